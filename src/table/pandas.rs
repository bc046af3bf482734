//! What pandas 3.1 makes of cells: which type `read_csv` gives a column, and which value a cell then has.
//!
//! Found out by trying: `tests/pandas/differential.py` compares what follows from it with pandas itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::cell::is_pandas_missing;

/// Characters around a number that C's `isspace` passes over.
const BLANKS: [char; 6] = [' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dtype {
    /// `int64`, `uint64`, or Python's integers where those are too small.
    Integers,
    /// `float64`: a fraction, an exponent or, among integers, a missing cell.
    Floats,
    /// `bool`, or `True` and `False` as objects where a cell is missing.
    Truths,
    /// `str`.
    Text,
    /// `str` in which even the words for a missing value are text: what becomes of integers of 64 bits without a sign beside
    /// missing or negative ones.
    RawText,
}

/// The most distinct cells that are remembered because pandas takes them for text.
const MAX_BLANKS: usize = 100;

/// What pandas sees in a column, besides its values: told by the cells that are more than a few digits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seen {
    /// What decides the type of the column.
    pub forms: CellForms,
    /// The offsets of its times.
    pub offsets: Offsets,
    /// Whether a time is not written as ISO 8601 has it.
    pub has_other_times: bool,
    /// Whether a cell of a column of text is missing.
    pub has_missing_text: bool,
    /// Cells of text without a value that are text to pandas, such as `-` and blanks: the first hundred of them, sorted.
    pub blanks: BTreeSet<String>,
}

impl Seen {
    /// Adds a cell without a value of a column of text.
    pub(super) fn add_missing(&mut self, cell: &str) {
        if is_missing_word(cell) {
            self.forms.has_missing = true;
            self.has_missing_text = true;
        } else if self.blanks.len() < MAX_BLANKS {
            self.blanks.insert(cell.to_owned());
        }
    }

    /// Adds a time, with whether it names no offset.
    pub(super) fn add_time(&mut self, cell: &str, is_naive: bool) {
        let is_iso = cell.as_bytes().get(4) == Some(&b'-');
        self.has_other_times |= !is_iso;
        if !is_naive {
            self.offsets.add(offset_minutes(cell));
        }
    }

    /// Adds the cells of a column of text, each once.
    pub(super) fn add_names<'t>(&mut self, mut names: impl Iterator<Item = &'t str>) {
        let mut forms = self.forms;
        let mut add = |cell: &str| {
            forms.add(cell);
            forms.dtype() != Dtype::Text
        };
        // to the first that is only text
        let _ = self.blanks.iter().all(|cell| add(cell)) && names.all(add);
        self.forms = forms;
    }

    /// Adds what was seen in a later part of the column.
    pub(super) fn merge(&mut self, later: Seen) {
        self.forms.merge(&later.forms);
        self.offsets.merge(later.offsets);
        self.has_other_times |= later.has_other_times;
        self.has_missing_text |= later.has_missing_text;
        self.blanks.extend(later.blanks);
        while self.blanks.len() > MAX_BLANKS {
            self.blanks.pop_last();
        }
    }
}

/// What was seen of the cells of a column that decides its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CellForms {
    /// Why the cells are not all `int64`.
    signed: Stop,
    /// Why they are not all `uint64`, a sign passed over.
    unsigned: Stop,
    has_missing: bool,
    has_negative: bool,
    /// Integers beyond `int64` and within `uint64`.
    has_unsigned: bool,
    has_no_integer: bool,
    has_no_number: bool,
    has_no_truth: bool,
}

/// Why pandas stops to read a column as integers: by the first cell that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Stop {
    #[default]
    Nothing,
    Overflow,
    Invalid,
}

impl Stop {
    fn at(self, next: Stop) -> Stop {
        if self == Stop::Nothing { next } else { self }
    }
}

impl CellForms {
    /// Adds a cell as it stands in the file, without its quotes.
    pub(super) fn add(&mut self, cell: &str) {
        if is_missing_word(cell) {
            self.has_missing = true;
            return;
        }
        if let Some((_, 1..)) = digits(cell).filter(|_| !cell.starts_with('-')) {
            self.has_no_truth = true;
            self.has_no_integer = true;
            self.signed = self.signed.at(Stop::Invalid);
            self.unsigned = self.unsigned.at(Stop::Invalid);
            return;
        }
        self.has_no_truth |= truth(cell).is_none();
        let is_negative = cell.trim_start_matches(BLANKS).starts_with('-');
        self.has_negative |= is_negative;
        let (signed, unsigned) = match integer(cell) {
            Some(integer) => {
                let fits = integer.parse::<i64>().is_ok();
                let fits_unsigned = is_negative || integer.parse::<u64>().is_ok();
                self.has_unsigned |= !fits && !is_negative && fits_unsigned;
                // a blank after digits that are too many is one more that is none
                let stop = match cell.ends_with(BLANKS) {
                    true => Stop::Invalid,
                    false => Stop::Overflow,
                };
                let unless = |fits: bool| if fits { Stop::Nothing } else { stop };
                (unless(fits), unless(fits_unsigned))
            }
            None => {
                self.has_no_integer = true;
                self.has_no_number |= number(cell).is_none();
                let unsigned = match is_negative {
                    true => Stop::Nothing,
                    false => Stop::Invalid,
                };
                (Stop::Invalid, unsigned)
            }
        };
        self.signed = self.signed.at(signed);
        self.unsigned = self.unsigned.at(unsigned);
    }

    /// Notes that there are integers of a few digits.
    pub(super) fn add_plain_integers(&mut self) {
        self.has_no_truth = true;
    }

    /// Notes that there is text that is nothing else.
    pub(super) fn add_text(&mut self) {
        self.add("text");
    }

    /// Adds the cells of a later part of the column.
    pub(super) fn merge(&mut self, later: &CellForms) {
        self.signed = self.signed.at(later.signed);
        self.unsigned = self.unsigned.at(later.unsigned);
        self.has_missing |= later.has_missing;
        self.has_negative |= later.has_negative;
        self.has_unsigned |= later.has_unsigned;
        self.has_no_integer |= later.has_no_integer;
        self.has_no_number |= later.has_no_number;
        self.has_no_truth |= later.has_no_truth;
    }

    /// Whether the column is `uint64`.
    fn are_unsigned(&self) -> bool {
        self.dtype() == Dtype::Integers
            && (self.signed, self.unsigned) == (Stop::Overflow, Stop::Nothing)
            && self.has_unsigned
    }

    /// Whether the column is `int64`.
    fn are_signed(&self) -> bool {
        self.signed == Stop::Nothing && !self.has_missing
    }

    /// Adds a cell of this column and one of another as pandas does if both columns are `int64` or both `uint64`: to the last
    /// digit, and beginning anew at the other end where the sum is too large.
    pub fn sum(&self, cell: &str, other: &CellForms, other_cell: &str) -> Option<f64> {
        let (a, b) = (integer(cell)?, integer(other_cell)?);
        if self.are_signed() && other.are_signed() {
            let sum = a.parse::<i64>().ok()?.wrapping_add(b.parse().ok()?);
            Some(sum as f64)
        } else if self.are_unsigned() && other.are_unsigned() {
            let sum = a.parse::<u64>().ok()?.wrapping_add(b.parse().ok()?);
            Some(sum as f64)
        } else {
            None
        }
    }

    /// Returns the type that the column has in pandas, if it takes the column as a whole: of a file of very many rows it
    /// decides part by part.
    pub fn dtype(&self) -> Dtype {
        let other = match () {
            () if !self.has_no_number => Dtype::Floats,
            () if !self.has_no_truth => Dtype::Truths,
            () => Dtype::Text,
        };
        let of_any_size = match self.has_no_integer {
            true => Dtype::RawText,
            false => Dtype::Integers,
        };
        match (self.signed, self.unsigned) {
            (Stop::Nothing, _) if self.has_missing => Dtype::Floats,
            (Stop::Nothing, _) => Dtype::Integers,
            (Stop::Invalid, _) | (Stop::Overflow, Stop::Invalid) => other,
            (Stop::Overflow, Stop::Overflow) => of_any_size,
            (Stop::Overflow, Stop::Nothing) if !self.has_unsigned => of_any_size,
            (Stop::Overflow, Stop::Nothing) if self.has_negative || self.has_missing => {
                Dtype::RawText
            }
            (Stop::Overflow, Stop::Nothing) => Dtype::Integers,
        }
    }
}

/// Whether `read_csv` takes a cell as missing in any column: to the letter, without blanks around it.
pub fn is_missing_word(cell: &str) -> bool {
    cell == "NA" || is_pandas_missing(cell)
}

/// Returns an integer of any size as Python writes it.
pub fn integer(cell: &str) -> Option<String> {
    let text = cell.trim_matches(BLANKS);
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => format!("{sign}{digits}"),
    })
}

/// Returns a number, also an infinite one.
pub fn number(cell: &str) -> Option<f64> {
    let without_sign = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let is_infinite = ["inf", "infinity"]
        .iter()
        .any(|word| without_sign.eq_ignore_ascii_case(word));
    let text = cell.trim_matches(BLANKS);
    let is_digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    (is_infinite || is_digits).then(|| text.parse().ok())?
}

/// Returns the number of digits and of decimals of a number that is written with nothing else, without zeros that it does
/// not need before its first digit, and that is not minus zero.
pub(super) fn digits(cell: &str) -> Option<(usize, usize)> {
    let size = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, decimals) = match size.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, decimals)) => (whole, decimals),
        None => (size, ""),
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_usual = !whole.is_empty()
        && are_digits(whole)
        && are_digits(decimals)
        && (whole == "0" || !whole.starts_with('0'));
    let is_minus_zero = size.len() < cell.len() && size.bytes().all(|byte| b"0.".contains(&byte));
    (is_usual && !is_minus_zero).then_some((whole.len() + decimals.len(), decimals.len()))
}

/// Returns whether a cell says true.
pub fn truth(cell: &str) -> Option<bool> {
    match () {
        () if cell.eq_ignore_ascii_case("true") => Some(true),
        () if cell.eq_ignore_ascii_case("false") => Some(false),
        () => None,
    }
}

/// Returns the minutes from UTC that a time names: 0 for `Z` and for a time that names none.
pub(super) fn offset_minutes(time: &str) -> i32 {
    // the date has signs of its own
    let clock = time.trim_end().get(10..).unwrap_or("");
    let Some(at) = clock.rfind(['+', '-']) else {
        return 0;
    };
    let digits: String = clock[at + 1..].replace(':', "");
    let minutes = match (digits.len(), digits.parse::<i32>()) {
        (2, Ok(hours)) => hours * 60,
        (4, Ok(clock)) => clock / 100 * 60 + clock % 100,
        _ => return 0,
    };
    if clock[at..].starts_with('-') {
        -minutes
    } else {
        minutes
    }
}

/// The offsets from UTC of the times of a column, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offsets {
    least: i32,
    most: i32,
}

impl Default for Offsets {
    fn default() -> Offsets {
        Offsets {
            least: i32::MAX,
            most: i32::MIN,
        }
    }
}

impl Offsets {
    pub(super) fn add(&mut self, minutes: i32) {
        self.least = self.least.min(minutes);
        self.most = self.most.max(minutes);
    }

    pub(super) fn merge(&mut self, other: Offsets) {
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
    }

    /// Returns the offset if all times have the same.
    pub fn single(self) -> Option<i32> {
        (self.least == self.most).then_some(self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::Dtype::{Floats, Integers, RawText, Text, Truths};
    use super::*;

    /// The types are those that pandas 3.1.1 gave these columns.
    #[test]
    fn columns_have_the_type_that_pandas_gives_them() {
        const U64: &str = "16699327784941023797";
        const MORE: &str = "99999999999999999999";
        let cases: &[(&[&str], Dtype)] = &[
            (&["3", "007", "+7", " 7", "7\t"], Integers),
            (&["3", "7.0"], Floats),
            (&["3", ""], Floats),
            (&["3", "<NA>"], Floats),
            (&["NULL", "", "NA"], Floats),
            (&["3", " "], Text),
            (&["3", " NaN"], Text),
            (&["3", "NAN"], Text),
            (&["3", "-"], Text),
            (
                &["3", "1e5", "1e+5", ".5", "-.5", "7.", "1.e5", " 7.5 "],
                Floats,
            ),
            (&["3", "inf", "-Infinity", "1e400"], Floats),
            (&["3", " inf"], Text),
            (&["3", "1e"], Text),
            (&["3", "."], Text),
            (&["3", "+"], Text),
            (&["3", "+ 7"], Text),
            (&["3", "1,5"], Text),
            (&["3", "\u{a0}7"], Text),
            (&["1", U64], Integers),
            (&["1", "9223372036854775807"], Integers),
            (&["9223372036854775807", ""], Floats),
            (&[U64, ""], RawText),
            (&[U64, "-1"], RawText),
            (&[U64, "-x"], RawText),
            (&[U64, "x", "NA"], Text),
            (&[U64, "1.5", "-1"], Floats),
            (&["1", "16699327784941023797 "], Floats),
            (&[MORE, "1", ""], Integers),
            (&[MORE, "1.5"], RawText),
            (&["1.5", MORE], Floats),
            (&["1", "99999999999999999999 "], Floats),
            (&["-9223372036854775809", ""], Integers),
            (&["-9223372036854775809", "1.5"], Floats),
            (&["-9223372036854775808", "1"], Integers),
            (&[U64, "-9223372036854775809"], RawText),
            (&["True", "tRUE", "false"], Truths),
            (&["True", ""], Truths),
            (&["True", "1"], Text),
            (&["True", " False"], Text),
            (&["yes"], Text),
        ];
        for (cells, dtype) in cases {
            let (mut all, mut parts) = (CellForms::default(), CellForms::default());
            for cell in *cells {
                all.add(cell);
                let mut part = CellForms::default();
                part.add(cell);
                parts.merge(&part);
            }
            assert_eq!(all.dtype(), *dtype, "{cells:?}");
            assert_eq!(parts, all, "{cells:?}");
        }
    }

    /// Sums as numpy 2.4.6 has them.
    #[test]
    fn integers_are_added_to_the_last_digit() {
        let forms = |cells: &[&str]| {
            let mut forms = CellForms::default();
            cells.iter().for_each(|cell| forms.add(cell));
            forms
        };
        let (signed, unsigned) = (forms(&["-1"]), forms(&["14452414673234319775"]));
        let most = "9223372036854775807";
        assert_eq!(
            signed.sum("9007199254740993", &signed, "2"),
            Some(9007199254740996.0)
        );
        assert_eq!(
            signed.sum(most, &signed, "1"),
            Some(-9_223_372_036_854_775_808.0)
        );
        let sum = unsigned.sum("14452414673234319775", &unsigned, "6828");
        assert_eq!(sum, Some(1.445_241_467_323_432_7e19));
        assert_eq!(
            unsigned.sum("18446744073709551615", &unsigned, "8"),
            Some(7.0)
        );
        assert_eq!(unsigned.sum("7", &signed, "8"), None);
        assert_eq!(forms(&["7", ""]).sum("7", &signed, "8"), None);
    }

    #[test]
    fn offsets_are_read_from_the_end() {
        for (time, minutes) in [
            ("2024-04-25T23:30:00+03:00", 180),
            ("2024-04-25T23:30:00-0530", -330),
            ("2024-04-25T23:30:00.5+03", 180),
            ("2024-04-25 23:30:00 +0200", 120),
            ("2024-04-25T23:30:00Z", 0),
            ("2024-04-25 23:30:00", 0),
            ("2024-04-25", 0),
            ("25/Apr/2024:23:30:00 -0100", -60),
        ] {
            assert_eq!(offset_minutes(time), minutes, "{time}");
        }
    }
}
