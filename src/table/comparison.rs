//! When two cells are alike: what `drop_duplicates` finds in pandas after `read_csv`.
//!
//! Rows are compared by a hash of their bytes. Where most cells of a column are written in one way, cells of one value have
//! the same bytes, so that nothing is to be done; only a row with an odd cell is hashed with that cell in the usual spelling.
//! The head of the file tells what is usual.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Decimal;
use super::pandas::{CellForms, Dtype, digits, integer, is_missing_word, number, truth};

/// Digits that a number may have so that no other number of so many digits is the same f64.
const EXACT_DIGITS: usize = 15;

/// How cells of a column are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// By characters.
    Characters,
    /// By characters, but that all words for a missing value are alike.
    Text {
        /// Whether `NA` is one of them: not where it is Namibia.
        with_na: bool,
    },
    /// By value.
    Numbers {
        /// Decimals that every number is written with, also where fewer would do.
        min_decimals: usize,
        /// Whether integers beyond an f64 are told apart.
        are_integers: bool,
        /// What stands before the fraction.
        decimal: Decimal,
    },
    /// By value.
    Truths(Case),
}

/// How true and false are usually written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Case {
    /// `True`
    Title,
    /// `true`
    Lower,
    /// `TRUE`
    Upper,
}

impl Case {
    fn spell(self, is_true: bool) -> &'static str {
        match (self, is_true) {
            (Case::Title, true) => "True",
            (Case::Title, false) => "False",
            (Case::Lower, true) => "true",
            (Case::Lower, false) => "false",
            (Case::Upper, true) => "TRUE",
            (Case::Upper, false) => "FALSE",
        }
    }
}

impl Comparison {
    /// Tells by the head of a column.
    pub(super) fn of<'t>(
        name: &str,
        cells: impl Iterator<Item = &'t str> + Clone,
        decimal: Decimal,
    ) -> Comparison {
        let mut forms = CellForms::default();
        let mut min_decimals = usize::MAX;
        for cell in cells.clone() {
            let cell = with_point(cell, decimal);
            forms.add(&cell);
            if let Some((_, n_decimals)) = digits(&cell) {
                min_decimals = min_decimals.min(n_decimals);
            }
        }
        let with_na = !name.to_lowercase().contains("country");
        match forms.dtype() {
            Dtype::RawText => Comparison::Characters,
            Dtype::Text => Comparison::Text { with_na },
            dtype @ (Dtype::Integers | Dtype::Floats) => Comparison::Numbers {
                min_decimals: match min_decimals {
                    usize::MAX => 0,
                    n => n,
                },
                are_integers: dtype == Dtype::Integers,
                decimal,
            },
            Dtype::Truths => {
                let cells = cells.filter(|cell| truth(cell).is_some());
                let is = |is_so: fn(&str) -> bool| cells.clone().all(is_so);
                Comparison::Truths(match () {
                    () if is(|cell| cell.bytes().all(|byte| byte.is_ascii_lowercase())) => {
                        Case::Lower
                    }
                    () if is(|cell| cell.bytes().all(|byte| byte.is_ascii_uppercase())) => {
                        Case::Upper
                    }
                    () => Case::Title,
                })
            }
        }
    }

    /// Whether a cell of a few digits that begin with another one than 0 is odd.
    pub(super) fn are_digits_odd(self) -> bool {
        matches!(
            self,
            Comparison::Numbers {
                min_decimals: 1..,
                ..
            }
        )
    }

    /// Whether a cell of a few digits that begin with 0 is odd.
    pub(super) fn are_leading_zeros_odd(self) -> bool {
        matches!(self, Comparison::Numbers { .. })
    }

    /// Whether a cell is spelled otherwise than cells that are alike usually are.
    pub(super) fn is_odd(self, cell: &str) -> bool {
        match self {
            Comparison::Numbers {
                min_decimals,
                are_integers,
                decimal,
            } => {
                let text = with_point(cell, decimal);
                let is_usual = |n_digits: usize, n_decimals: usize| {
                    let is_exact = n_digits <= EXACT_DIGITS || (are_integers && n_decimals == 0);
                    let is_short = n_decimals == min_decimals || !text.ends_with('0');
                    is_exact && n_decimals >= min_decimals && is_short
                };
                !cell.is_empty()
                    && !digits(&text).is_some_and(|(n_digits, n)| is_usual(n_digits, n))
                    && self.usual(cell) != cell
            }
            _ => self.usual(cell) != cell,
        }
    }

    /// Spells a cell as cells that are alike usually are.
    pub(super) fn usual(self, cell: &str) -> Cow<'_, str> {
        match self {
            Comparison::Text { with_na: false } if cell == "NA" => Cow::Borrowed(cell),
            Comparison::Text { .. } | Comparison::Numbers { .. } | Comparison::Truths(_)
                if is_missing_word(cell) =>
            {
                Cow::Borrowed("")
            }
            Comparison::Numbers {
                min_decimals,
                are_integers,
                decimal,
            } => {
                let text = with_point(cell, decimal);
                let value = number(&text);
                let exact = integer(&text).filter(|_| are_integers);
                let spelled = exact.or(value.map(|value| spell(value, min_decimals)));
                match (spelled, decimal) {
                    (None, _) => Cow::Borrowed(cell),
                    (Some(spelled), Decimal::Point) => Cow::Owned(spelled),
                    (Some(spelled), Decimal::Comma) => Cow::Owned(spelled.replace('.', ",")),
                }
            }
            Comparison::Truths(case) => match truth(cell) {
                Some(is_true) => Cow::Borrowed(case.spell(is_true)),
                None => Cow::Borrowed(cell),
            },
            Comparison::Text { .. } | Comparison::Characters => Cow::Borrowed(cell),
        }
    }
}

fn with_point(cell: &str, decimal: Decimal) -> Cow<'_, str> {
    match decimal {
        // a point between thousands makes it text
        Decimal::Comma => Cow::Owned(cell.replace('.', "'").replace(',', ".")),
        Decimal::Point => Cow::Borrowed(cell),
    }
}

/// Spells a number with as few decimals as it needs, but not with less than these.
fn spell(value: f64, min_decimals: usize) -> String {
    // both zeros are alike
    let mut text = (value + 0.0).to_string();
    if value.is_finite() && min_decimals > 0 {
        let n_decimals = text.find('.').map_or(0, |at| text.len() - at - 1);
        if n_decimals == 0 {
            text.push('.');
        }
        text.extend(std::iter::repeat_n(
            '0',
            min_decimals.saturating_sub(n_decimals),
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(cells: &[&str]) -> Comparison {
        Comparison::of("a", cells.iter().copied(), Decimal::Point)
    }

    #[test]
    fn cells_that_pandas_takes_for_equal_are_alike() {
        let pairs: &[(&[&str], &str, &str, bool)] = &[
            (&["7", "12"], "7", "7.0", true),
            (&["7", "12"], "7", "+7", true),
            (&["7", "12"], "7", " 7e0", true),
            (&["7", "12"], "7", "007", true),
            (&["7", "12"], "0", "-0.0", true),
            (&["7", "12"], "", "NULL", true),
            (&["7", "12"], "", " ", false),
            (&["7", "12"], "9007199254740993", "9007199254740992", false),
            (&["7.5", ""], "9007199254740993", "9007199254740992", true),
            (&["7.0", "12.25"], "7", "7.0", true),
            (&["7.0", "12.25"], "7.00", "7.0", true),
            (&["7.50", "12.25"], "7.5", "7.50", true),
            (&["7.5", "12.25"], "1e-7", "0.0000001", true),
            (&["7.5", "12.25"], "0.1", "0.1000000000000000055", true),
            (&["7.5", "12.25"], "inf", "1e400", true),
            (&["7", "x"], "7", "7.0", false),
            (&["7", "x"], "NaN", "", true),
            (&["a", "x"], "NA", "", true),
            (&["a", "x"], " NaN", "", false),
            (&["a", "x"], "-", "", false),
            (&["True", "False"], "TRUE", "true", true),
            (&["true", "false"], "TRUE", "true", true),
            (&["16699327784941023797", ""], "NA", "", false),
            (
                &["16699327784941023797", "1"],
                "016699327784941023797",
                "16699327784941023797",
                true,
            ),
        ];
        for (head, a, b, are_alike) in pairs {
            let comparison = of(head);
            assert_eq!(
                comparison.usual(a) == comparison.usual(b),
                *are_alike,
                "{a:?} and {b:?} in {head:?}"
            );
        }
        let country = Comparison::of("src_ip_country_code", ["DE"].into_iter(), Decimal::Point);
        assert_ne!(country.usual("NA"), country.usual(""));
        let comma = Comparison::of("a", ["7,5"].into_iter(), Decimal::Comma);
        assert_eq!(comma.usual("7,50"), "7,5");
        assert_eq!(comma.usual("1,234"), "1,234");
        assert_eq!(comma.usual("1.234"), "1.234");
    }

    #[test]
    fn what_a_head_holds_is_usual_there() {
        let heads: &[&[&str]] = &[
            &["0", "7", "-12", "1234567890123456789"],
            &["7.0", "0.5", "12.25", "0.12345678901234568"],
            &["7.50", "12.25", "0.00"],
            &["0.5", "7", ""],
            &["true", "false"],
            &["a", "", "-"],
        ];
        for head in heads {
            for cell in *head {
                assert!(!of(head).is_odd(cell), "{cell:?} in {head:?}");
            }
        }
    }

    proptest! {
        /// A usual cell keeps its bytes, and an odd one gets others.
        #[test]
        fn only_odd_cells_are_spelled_otherwise(
            head in prop::collection::vec("-?[0-9]{1,3}(\\.[0-9]{0,3})?|", 1..4),
            cell in "[ +-]?[0-9]{0,18}(\\.[0-9]{0,18})?(e[0-9])?|NULL|true",
        ) {
            let comparison = Comparison::of("a", head.iter().map(String::as_str), Decimal::Point);
            prop_assert_eq!(comparison.is_odd(&cell), comparison.usual(&cell) != cell.as_str());
            let usual = comparison.usual(&cell);
            prop_assert!(!comparison.is_odd(&usual));
        }
    }
}
