//! A filter of the table of sessions, as it is typed.

use super::Problem;
use crate::filter::{Condition, Test, View};

/// What is typed to find sessions by a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// Name of the column, or [`crate::filter::SCORE`].
    pub column: String,
    /// What a column of text is to hold.
    pub text: String,
    /// The least number of a column of numbers; empty for any.
    pub low: String,
    /// The greatest number; empty for any.
    pub high: String,
}

impl Finding {
    /// Makes the condition.
    ///
    /// # Errors
    /// A [`Problem`] if nothing is typed, a number is none, or the numbers are the wrong way round.
    pub fn parse(&self, is_number: bool) -> Result<Condition, Problem> {
        let column = self.column.clone();
        let test = if is_number {
            if self.low.trim().is_empty() && self.high.trim().is_empty() {
                return Err(nothing());
            }
            let low = number(&self.low, f64::NEG_INFINITY)?;
            let high = number(&self.high, f64::INFINITY)?;
            if low > high {
                return Err(Problem::setting(
                    format!("No number is at least {low} and at most {high}."),
                    "Type the smaller number first.",
                ));
            }
            Test::Between { column, low, high }
        } else {
            let text = self.text.trim().to_owned();
            if text.is_empty() {
                return Err(nothing());
            }
            Test::Contains { column, text }
        };
        Ok(Condition {
            made_in: View::Table,
            test,
        })
    }
}

fn nothing() -> Problem {
    Problem::setting(
        "There is nothing to filter by.",
        "Type a text that the column holds, or the least or greatest number.",
    )
}

fn number(text: &str, otherwise: f64) -> Result<f64, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(otherwise);
    }
    let number = text.parse().ok().filter(|number: &f64| !number.is_nan());
    number.ok_or_else(|| {
        Problem::setting(
            format!("“{text}” is not a number."),
            "Type digits with a decimal point, for example 1500 or 0.25.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(text: &str, low: &str, high: &str) -> Finding {
        let [text, low, high] = [text, low, high].map(str::to_owned);
        Finding {
            column: "c".to_owned(),
            text,
            low,
            high,
        }
    }

    #[test]
    fn text_is_found_and_numbers_lie_between() {
        let condition = finding(" ab ", "", "").parse(false).expect("a condition");
        assert_eq!(condition.made_in, View::Table);
        let column = || "c".to_owned();
        let text = "ab".to_owned();
        assert_eq!(
            condition.test,
            Test::Contains {
                column: column(),
                text
            }
        );
        for (typed, (low, high)) in [
            (("1", "2.5"), (1.0, 2.5)),
            (("-3e2", ""), (-300.0, f64::INFINITY)),
            (("", " 7 "), (f64::NEG_INFINITY, 7.0)),
        ] {
            let condition = finding("", typed.0, typed.1)
                .parse(true)
                .expect("a condition");
            assert_eq!(
                condition.test,
                Test::Between {
                    column: column(),
                    low,
                    high
                }
            );
        }
    }

    #[test]
    fn nonsense_is_named() {
        for (text, low, high, is_number) in [
            (" ", "1", "2", false),
            ("a", "", " ", true),
            ("", "2", "1", true),
            ("", "nan", "1", true),
            ("", "1", "many", true),
        ] {
            assert!(finding(text, low, high).parse(is_number).is_err());
        }
    }
}
