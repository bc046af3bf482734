//! Numbers as the world writes them: `1,234`, `12.345,67`, `1 234`, `45 %`, `3.4 MB`, `120 ms`, `0x1f`.
//!
//! Two readings of a mark are possible, and a whole column has one of them: either points are decimal and commas group
//! thousands, or the reverse. Blanks and apostrophes can only group. [`Evidence`] weighs the cells of a head.

use serde::{Deserialize, Serialize};

use super::cell::parse_digits;

/// The mark before the fraction of a number; the other one of the two groups thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Decimal {
    /// `1,234.5`
    #[default]
    Point,
    /// `1.234,5`
    Comma,
}

impl Decimal {
    fn mark(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    /// Returns the other one.
    pub fn other(self) -> Decimal {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

/// What the words after the numbers of a column measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// `45 %`, kept in percent.
    Percent,
    /// `3.4 MB`, kept in bytes: kB, MB, GB count by 1000, KiB, MiB, GiB by 1024. The words K, M and G alone count too.
    Bytes,
    /// As [`Unit::Bytes`], but kB, MB, GB count by 1024 too, as Kibana and Windows write them.
    BytesBy1024,
    /// `120 ms`, kept in seconds.
    Seconds,
    /// `1:02:03.5`, kept in seconds.
    Clock,
}

/// Which marks before three digits the head of a file leaves open: a fraction, or thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Open {
    /// None.
    #[default]
    Nothing,
    /// Commas.
    Commas,
    /// Commas and points.
    Both,
}

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NumberForm {
    /// The decimal mark.
    pub decimal: Decimal,
    /// What the words after the numbers measure; `None` if there are none.
    pub unit: Option<Unit>,
    /// What is left open: cells that show it are noted.
    pub open: Open,
}

impl NumberForm {
    /// Numbers with this decimal mark, without a unit.
    pub const fn of(decimal: Decimal) -> NumberForm {
        NumberForm {
            decimal,
            unit: None,
            open: Open::Nothing,
        }
    }

    /// Whether a cell could be another number, and the head does not say which.
    pub(super) fn leaves_open(self, text: &str) -> bool {
        match self.open {
            Open::Nothing => false,
            Open::Commas => text.contains(',') && is_either(text),
            Open::Both => is_either(text),
        }
    }
}

/// A finite number, and whether it is written as an integer that fits in 64 bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) is_integer: bool,
}

/// Parses a finite number; `None` for anything else, infinities and numbers beyond f64 included.
pub(super) fn parse_number(text: &str, form: NumberForm) -> Option<Number> {
    if let Some(integer) = parse_digits(text.as_bytes().into()) {
        return Some(Number {
            value: integer as f64,
            is_integer: true,
        });
    }
    let unit = match form.unit {
        None => return parse_bare(text, form.decimal),
        Some(Unit::Clock) => return parse_span(text),
        Some(unit) => unit,
    };
    let (number, word) = split_word(text);
    let (times, by) = unit.factor(word)?;
    let number = parse_bare(number, form.decimal)?;
    Some(Number {
        value: number.value * times / by,
        is_integer: number.is_integer && word.is_empty(),
    })
}

/// Parses a length of time, `2:03` or `1:02:03.5`, with minutes and seconds below 60.
fn parse_span(text: &str) -> Option<Number> {
    let (sign, text) = split_sign(text);
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let mut parts = whole.split(':').map(|part| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok()).flatten()
    });
    let (first, second, third) = (parts.next()??, parts.next()??, parts.next());
    let is_over = parts.next().is_some();
    let (hours, minutes, seconds) = match third {
        Some(third) => (first, second, third?),
        None => (0, first, second),
    };
    let is_span = !is_over && seconds < 60 && (third.is_none() || minutes < 60);
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    let size = f64::from(hours) * 3600.0 + f64::from(minutes * 60 + seconds) + fraction;
    is_span.then_some(Number {
        value: if sign == "-" { -size } else { size },
        is_integer: false,
    })
}

/// Whether a cell that is no number in this form is one with the other decimal mark.
pub(super) fn fits_other_decimal(text: &str, form: NumberForm) -> bool {
    let other = NumberForm {
        decimal: form.decimal.other(),
        ..form
    };
    parse_number(text, other).is_some()
}

/// Whether a number can be read with either mark: one to three digits, a mark, three digits.
pub(super) fn is_either(text: &str) -> bool {
    let (_, digits) = split_sign(bare(text));
    let Some((whole, fraction)) = digits.split_once(['.', ',']) else {
        return false;
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&whole.len())
        && fraction.len() == 3
        && !whole.starts_with('0')
        && is_digits(whole)
        && is_digits(fraction)
}

fn parse_bare(text: &str, decimal: Decimal) -> Option<Number> {
    let begins = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '\u{2212}' | '.' | ',');
    if !text.starts_with(begins) {
        return None;
    }
    // what every program writes: digits, a point, an exponent
    if decimal == Decimal::Point
        && let Ok(value) = text.parse::<f64>()
    {
        return value.is_finite().then(|| Number {
            value,
            is_integer: text.parse::<i64>().is_ok(),
        });
    }
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let value = u64::from_str_radix(digits, 16).ok()?;
        return Some(Number {
            value: value as f64,
            is_integer: true,
        });
    }
    let plain = without_groups(text, decimal)?;
    let value = plain
        .parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())?;
    Some(Number {
        value,
        is_integer: plain.parse::<i64>().is_ok(),
    })
}

/// Returns a number with a decimal point and without marks between thousands; `None` if the marks do not stand where they
/// should.
fn without_groups(text: &str, decimal: Decimal) -> Option<String> {
    let (sign, digits) = split_sign(text);
    let (whole, fraction) = match digits.split_once(decimal.mark()) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let other = decimal.other().mark();
    let mut plain = sign.to_owned();
    match whole.chars().find(|&c| c == other || is_only_grouping(c)) {
        Some(mark) => {
            groups(whole, mark)?.for_each(|group| plain.push_str(group));
        }
        None => plain.push_str(whole),
    }
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    (plain.chars().all(is_number) && !plain.ends_with('.')).then_some(plain)
}

/// Splits at a mark if thousands are grouped: three digits behind each mark, or two but for the last, as in India.
fn groups(whole: &str, mark: char) -> Option<std::str::Split<'_, char>> {
    let mut lengths = whole.split(mark).map(|group| {
        let is_digits = group.bytes().all(|byte| byte.is_ascii_digit());
        if is_digits { group.len() } else { 0 }
    });
    let first = lengths.next()?;
    let rest: Vec<usize> = lengths.collect();
    let (last, middle) = rest.split_last()?;
    let is_address = mark == '.' && rest.len() == 3 && whole.parse::<std::net::Ipv4Addr>().is_ok();
    let is_grouped = *last == 3
        && !is_address
        && !whole.starts_with('0')
        && (middle.iter().all(|&n| n == 3) && (1..=3).contains(&first)
            || middle.iter().all(|&n| n == 2) && (1..=2).contains(&first));
    is_grouped.then(|| whole.split(mark))
}

/// Whether a character between digits can only group them.
fn is_only_grouping(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}' | '_'
    )
}

fn split_sign(text: &str) -> (&str, &str) {
    match text.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Splits a number from the word after it, which is empty if there is none.
fn split_word(text: &str) -> (&str, &str) {
    let is_of_word = |c: char| c.is_alphabetic() || c == '%';
    let number = text.trim_end_matches(is_of_word);
    // the word is letters alone: `0x1f` and `1e6` end in digits or have no number before their letters
    if number.is_empty() || text.starts_with("0x") || text.starts_with("0X") {
        return (text, "");
    }
    (number.trim_end(), &text[number.len()..])
}

impl Unit {
    /// Returns what a word multiplies and divides by; `None` if it is not of this unit.
    fn factor(self, word: &str) -> Option<(f64, f64)> {
        let lower = word.to_lowercase();
        let times = |factor: f64| Some((factor, 1.0));
        match self {
            _ if word.is_empty() => times(1.0),
            Self::Percent => (word == "%").then_some((1.0, 1.0)),
            Self::Bytes | Self::BytesBy1024 => {
                let prefix = match lower.as_str() {
                    "b" | "byte" | "bytes" => return times(1.0),
                    _ => lower.strip_suffix('b').unwrap_or(&lower),
                };
                let (prefix, is_binary) = match prefix.strip_suffix('i') {
                    Some(prefix) => (prefix, true),
                    None => (prefix, self == Self::BytesBy1024),
                };
                let power = ["k", "m", "g", "t", "p"]
                    .iter()
                    .position(|&one| one == prefix)? as i32
                    + 1;
                let base: f64 = if is_binary { 1024.0 } else { 1000.0 };
                times(base.powi(power))
            }
            Self::Clock => None,
            Self::Seconds => match lower.as_str() {
                "ns" => Some((1.0, 1e9)),
                "us" | "\u{b5}s" | "\u{3bc}s" => Some((1.0, 1e6)),
                "ms" | "msec" => Some((1.0, 1e3)),
                "s" | "sec" | "secs" | "second" | "seconds" => times(1.0),
                "m" | "min" | "mins" | "minute" | "minutes" => times(60.0),
                "h" | "hr" | "hrs" | "hour" | "hours" => times(3600.0),
                "d" | "day" | "days" => times(86_400.0),
                _ => None,
            },
        }
    }
}

/// How the marks of a number stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Digits alone, at least a thousand.
    Thousands,
    /// Digits alone, 1 to 999.
    Small,
    /// Only one decimal mark makes it a number.
    Only(Decimal),
    /// One to three digits, this mark, three digits.
    Either(char),
    /// Any other number.
    Other,
}

impl Shape {
    /// Tells the shape of a number without its unit; `None` if it is none.
    fn of(text: &str) -> Option<Shape> {
        let (_, digits) = split_sign(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let size = digits.trim_start_matches('0').len();
            return Some(match size {
                0 => Self::Other,
                1..=3 => Self::Small,
                _ => Self::Thousands,
            });
        }
        if is_either(text) {
            return Some(Self::Either(if text.contains('.') { '.' } else { ',' }));
        }
        let fits = |decimal| parse_bare(text, decimal).is_some();
        match (fits(Decimal::Point), fits(Decimal::Comma)) {
            (true, true) => Some(Self::Other),
            (true, false) => Some(Self::Only(Decimal::Point)),
            (false, true) => Some(Self::Only(Decimal::Comma)),
            (false, false) => None,
        }
    }
}

/// What settled how the marks of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ground {
    /// No cell of the head has a mark.
    NoMarks,
    /// Cells that can be read in one way only.
    Cells,
    /// Numbers below 1,000 have no mark, all others one before three digits.
    SmallNumbersAreWhole,
    /// Numbers of 1,000 and more stand beside them without a mark.
    ThousandsHaveNoMark,
    /// Other columns of the file.
    OtherColumns,
    /// The column's name: what it counts is whole.
    Name,
    /// The character between fields.
    Delimiter,
    /// Nothing: it could be the other way round.
    Nothing,
}

/// What the cells of a column say about its marks.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    only_point: usize,
    only_comma: usize,
    either_point: usize,
    either_comma: usize,
    n_small: usize,
    n_thousands: usize,
}

impl Evidence {
    pub(super) fn add(&mut self, number: &str) {
        match Shape::of(number) {
            Some(Shape::Thousands) => self.n_thousands += 1,
            Some(Shape::Small) => self.n_small += 1,
            Some(Shape::Only(Decimal::Point)) => self.only_point += 1,
            Some(Shape::Only(Decimal::Comma)) => self.only_comma += 1,
            Some(Shape::Either('.')) => self.either_point += 1,
            Some(Shape::Either(_)) => self.either_comma += 1,
            Some(Shape::Other) | None => {}
        }
    }

    /// Returns the decimal mark if some cells can be read with one only.
    pub(super) fn sure(&self) -> Option<Decimal> {
        match self.only_point.cmp(&self.only_comma) {
            std::cmp::Ordering::Greater => Some(Decimal::Point),
            std::cmp::Ordering::Less => Some(Decimal::Comma),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Decides how the marks are read.
    pub(super) fn decide(&self, around: Around) -> (Decimal, Ground) {
        if let Some(decimal) = self.sure() {
            return (decimal, Ground::Cells);
        }
        let n_either = self.either_point + self.either_comma;
        if n_either == 0 {
            let decimal = around.sure.unwrap_or_default();
            return (decimal, Ground::NoMarks);
        }
        // a cell with each of the two marks and three digits behind it: one of them is decimal, and it is not told which
        let mark = if self.either_point > self.either_comma {
            Decimal::Point
        } else {
            Decimal::Comma
        };
        // pandas and nearly every program write a point only before a fraction where commas part the fields
        if around.is_comma_separated && around.sure.is_none() && mark == Decimal::Point {
            return (Decimal::Point, Ground::Delimiter);
        }
        let (as_groups, as_decimal) = (mark.other(), mark);
        if self.n_thousands > 0 {
            (as_decimal, Ground::ThousandsHaveNoMark)
        } else if self.n_small > 0 && n_either > 1 {
            (as_groups, Ground::SmallNumbersAreWhole)
        } else if let Some(sure) = around.sure {
            (sure, Ground::OtherColumns)
        } else if around.counts_whole_things {
            (as_groups, Ground::Name)
        } else if around.is_comma_separated {
            // a quoted comma between three digits and three
            (as_groups, Ground::Nothing)
        } else if around.is_semicolon_separated {
            (Decimal::Comma, Ground::Nothing)
        } else {
            (Decimal::Point, Ground::Nothing)
        }
    }
}

/// What stands around a column whose marks are to be read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    /// The decimal mark that cells of other columns settle.
    pub(super) sure: Option<Decimal>,
    /// Whether the name says that what is counted is whole: bytes, packets, requests.
    pub(super) counts_whole_things: bool,
    pub(super) is_comma_separated: bool,
    pub(super) is_semicolon_separated: bool,
}

/// Finds the unit that most cells share; `None` if most have none.
pub(super) fn unit_of<'t>(cells: impl Iterator<Item = &'t str> + Clone) -> Option<Unit> {
    let words = cells
        .clone()
        .map(|cell| split_word(cell).1)
        .filter(|word| !word.is_empty());
    let n_words = words.clone().count();
    if n_words == 0 {
        return None;
    }
    let is_minutes = !words.clone().any(|word| word == "M");
    [Unit::Percent, Unit::Seconds, Unit::Bytes]
        .into_iter()
        .filter(|&unit| unit != Unit::Seconds || is_minutes)
        .max_by_key(|unit| {
            let fitting = words.clone().filter(|word| unit.factor(word).is_some());
            // of equals the first
            (fitting.count(), *unit == Unit::Seconds)
        })
        .filter(|unit| words.clone().any(|word| unit.factor(word).is_some()))
}

/// Whether a text seems to be an amount, with a word or a currency that is not understood: `13 pkts`, `$5,505`.
pub(super) fn looks_like_amount(text: &str) -> bool {
    let amount = text.trim_start_matches(['$', '€', '£', '¥']);
    let at = amount.find(char::is_alphabetic).unwrap_or(amount.len());
    let (number, word) = (amount[..at].trim_end(), &amount[at..]);
    let is_word = word.len() <= 8 && word.chars().all(|c| c.is_alphabetic() || c == '/');
    let is_number = [Decimal::Point, Decimal::Comma]
        .into_iter()
        .any(|decimal| parse_bare(number, decimal).is_some());
    is_number && is_word && (!word.is_empty() || amount.len() < text.len())
}

/// Splits off the unit, to weigh the marks of what is left.
pub(super) fn bare(text: &str) -> &str {
    split_word(text).0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POINT: NumberForm = NumberForm::of(Decimal::Point);
    const COMMA: NumberForm = NumberForm::of(Decimal::Comma);

    fn value(text: &str, form: NumberForm) -> Option<f64> {
        parse_number(text, form).map(|number| number.value)
    }

    #[test]
    fn numbers_are_told_from_other_text() {
        let number =
            |text: &str| parse_number(text, POINT).map(|number| (number.value, number.is_integer));
        assert_eq!(number("0012"), Some((12.0, true)));
        assert_eq!(number("-5"), Some((-5.0, true)));
        assert_eq!(number("1.5"), Some((1.5, false)));
        assert_eq!(number("1e3"), Some((1000.0, false)));
        assert_eq!(number("1.2e6"), Some((1_200_000.0, false)));
        assert_eq!(number("99999999999999999999"), Some((1e20, false)));
        assert_eq!(number("0x1f"), Some((31.0, true)));
        assert_eq!(number("1,234"), Some((1234.0, true)));
        assert_eq!(number("-1,234,567.25"), Some((-1_234_567.25, false)));
        assert_eq!(number("12,34,567"), Some((1_234_567.0, true)));
        for text in [
            "1 234 567",
            "1\u{a0}234\u{a0}567",
            "1\u{202f}234\u{202f}567",
            "1'234'567",
            "1\u{2019}234\u{2019}567",
            "1_234_567",
        ] {
            assert_eq!(number(text), Some((1_234_567.0, true)), "{text}");
        }
        for text in [
            "",
            "inf",
            "NaN",
            "1,5",
            "1e999",
            "12 ",
            "1.234.567",
            "1,23",
            "12,3456",
            "1,234,56",
            "1'23",
            "0,123",
            "0x",
            "0xg",
            "1,234e3,1",
            "10.0.0.1",
            "1.2.3",
            "-",
            "+",
            ".",
            ",",
            "1,,234",
            "1, 234",
            "1 2",
            "1.234 567",
            "5.",
            "5,",
        ] {
            let expected = if text == "5." {
                Some((5.0, false))
            } else {
                None
            };
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn decimal_commas_are_the_mirror_of_decimal_points() {
        for (text, expected) in [
            ("1,5", Some(1.5)),
            ("12.345,67", Some(12_345.67)),
            ("12.345", Some(12_345.0)),
            ("1.234.567", Some(1_234_567.0)),
            ("-0,25", Some(-0.25)),
            ("1.5", None),
            ("192.168.100.200", None),
            ("1,234,567", None),
            ("1,5e3", Some(1500.0)),
        ] {
            assert_eq!(value(text, COMMA), expected, "{text}");
        }
    }

    #[test]
    fn units_multiply() {
        let with = |unit| NumberForm {
            unit: Some(unit),
            ..POINT
        };
        for (text, unit, expected) in [
            ("45 %", Unit::Percent, Some(45.0)),
            ("0.5%", Unit::Percent, Some(0.5)),
            ("3.4 MB", Unit::Bytes, Some(3_400_000.0)),
            ("3.5KiB", Unit::Bytes, Some(3584.0)),
            ("1,024 kB", Unit::Bytes, Some(1_024_000.0)),
            ("1.5 KB", Unit::BytesBy1024, Some(1536.0)),
            ("2.0 G", Unit::Bytes, Some(2e9)),
            ("17 bytes", Unit::Bytes, Some(17.0)),
            ("17", Unit::Bytes, Some(17.0)),
            ("120 ms", Unit::Seconds, Some(0.12)),
            ("1.5s", Unit::Seconds, Some(1.5)),
            ("350\u{b5}s", Unit::Seconds, Some(0.00035)),
            ("2 min", Unit::Seconds, Some(120.0)),
            ("3 apples", Unit::Bytes, None),
            ("3 MB", Unit::Seconds, None),
            ("MB", Unit::Bytes, None),
            ("0:00:12", Unit::Clock, Some(12.0)),
            ("1:02:03.5", Unit::Clock, Some(3723.5)),
            ("26:00:00", Unit::Clock, Some(93_600.0)),
            ("75:30", Unit::Clock, Some(4530.0)),
            ("1:60:00", Unit::Clock, None),
            ("1:2:3:4", Unit::Clock, None),
            ("noon", Unit::Clock, None),
        ] {
            assert_eq!(value(text, with(unit)), expected, "{text}");
        }
        let unit = |cells: &[&str]| unit_of(cells.iter().copied());
        assert_eq!(unit(&["1 kB", "2 MB", "0"]), Some(Unit::Bytes));
        assert_eq!(unit(&["1.2 M", "17"]), Some(Unit::Bytes));
        assert_eq!(unit(&["2 m", "30 s"]), Some(Unit::Seconds));
        assert_eq!(unit(&["45 %"]), Some(Unit::Percent));
        assert_eq!(unit(&["1", "2"]), None);
        assert_eq!(unit(&["1 x", "GET"]), None);
    }

    #[test]
    fn amounts_that_are_not_understood_are_told_from_other_text() {
        for text in [
            "13 pkts",
            "5.5 Mbps",
            "5,5 Ko",
            "$5,505",
            "1.234 €",
            "5.5KB/s",
        ] {
            let is_euro = text.ends_with('€');
            assert_eq!(looks_like_amount(text), !is_euro, "{text}");
        }
        for text in [
            "",
            "GET",
            "10.0.0.1",
            "host-7",
            "7b2f",
            "2 be or not",
            "HTTP/1.1",
            "12",
            "0m 49s",
        ] {
            assert!(!looks_like_amount(text), "{text}");
        }
    }

    fn decide(cells: &[&str], around: Around) -> (Decimal, Ground) {
        let mut evidence = Evidence::default();
        cells.iter().for_each(|cell| evidence.add(cell));
        evidence.decide(around)
    }

    #[test]
    fn marks_are_read_by_the_evidence_of_the_column() {
        use Decimal::{Comma, Point};
        let tab = Around::default();
        for (cells, expected) in [
            (&["12", "345"][..], (Point, Ground::NoMarks)),
            (&["12.5", "1.234"], (Point, Ground::Cells)),
            (&["0.816", "1.234"], (Point, Ground::Cells)),
            (&["1.234.567", "12.345"], (Comma, Ground::Cells)),
            (&["1.234,5", "12.345"], (Comma, Ground::Cells)),
            (&["1,5", "12,345"], (Comma, Ground::Cells)),
            (&["1,234.5", "12,345"], (Point, Ground::Cells)),
            (
                &["52", "12.345", "1.024"],
                (Comma, Ground::SmallNumbersAreWhole),
            ),
            (
                &["52", "12,345", "1,024"],
                (Point, Ground::SmallNumbersAreWhole),
            ),
            (&["5200", "12.345"], (Point, Ground::ThousandsHaveNoMark)),
            (&["12.345", "1.024"], (Point, Ground::Nothing)),
            (&["0", "12.345"], (Point, Ground::Nothing)),
        ] {
            assert_eq!(decide(cells, tab), expected, "{cells:?}");
        }
        let cells = ["12.345", "1.024"];
        let semicolon = Around {
            is_semicolon_separated: true,
            ..tab
        };
        assert_eq!(decide(&cells, semicolon), (Comma, Ground::Nothing));
        let named = Around {
            counts_whole_things: true,
            ..tab
        };
        assert_eq!(decide(&cells, named), (Comma, Ground::Name));
        let other = Around {
            sure: Some(Point),
            ..named
        };
        assert_eq!(decide(&cells, other), (Point, Ground::OtherColumns));
        let comma = Around {
            is_comma_separated: true,
            ..named
        };
        assert_eq!(
            decide(&["7", "12.345", "1.024"], comma),
            (Point, Ground::Delimiter)
        );
        assert_eq!(
            decide(
                &["1,024", "7,000"],
                Around {
                    counts_whole_things: false,
                    ..comma
                }
            ),
            (Point, Ground::Nothing)
        );
        assert_eq!(decide(&["1,5", "7,000"], comma), (Comma, Ground::Cells));
    }

    proptest! {
        #[test]
        fn quick_numbers_are_the_same(text in "[-+]?[0-9]{1,17}(\\.[0-9]{1,3})?") {
            let number = parse_number(&text, POINT).expect("a number");
            prop_assert_eq!(number.value, text.parse::<f64>().expect("a number"));
            prop_assert_eq!(number.is_integer, text.parse::<i64>().is_ok());
        }

        /// A number is the same however its thousands are grouped, with either mark.
        #[test]
        fn grouped_numbers_are_what_they_are_without_marks(whole in 1000..u64::from(u32::MAX), cents in prop::option::of(0..100_u32), mark in "[,. '\u{a0}\u{202f}]", is_negative in any::<bool>()) {
            let digits = whole.to_string();
            let mut grouped = String::new();
            for (i, digit) in digits.chars().enumerate() {
                if i > 0 && (digits.len() - i) % 3 == 0 { grouped.push_str(&mark); }
                grouped.push(digit);
            }
            let decimal = if mark == "." { Decimal::Comma } else { Decimal::Point };
            let sign = if is_negative { "-" } else { "" };
            let fraction = |mark| cents.map_or(String::new(), |cents| format!("{mark}{cents:02}"));
            let text = format!("{sign}{grouped}{}", fraction(decimal.mark()));
            // four groups below 256 are an address
            prop_assume!(grouped.parse::<std::net::Ipv4Addr>().is_err());
            let plain: f64 = format!("{sign}{digits}{}", fraction('.')).parse().expect("a number");
            prop_assert_eq!(value(&text, NumberForm::of(decimal)), Some(plain), "{}", text);
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,12}") {
            for form in [POINT, COMMA, NumberForm { unit: Some(Unit::Bytes), ..POINT }] {
                parse_number(&text, form);
                fits_other_decimal(&text, form);
            }
            is_either(&text);
        }
    }
}
