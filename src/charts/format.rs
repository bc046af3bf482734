//! Numbers for people: thousands separators, bytes in decimal prefixes.

use crate::report::Unit;

/// Decimal prefixes, a factor of 1000 each.
const PREFIXES: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];

/// Where plain numbers go on in powers of ten: the end of the prefixes.
const PREFIXED_BELOW: f64 = 1e21;

/// Writes a number with thousands separators.
///
/// ```
/// assert_eq!(isolog::charts::format::format_count(1_234_567), "1,234,567");
/// ```
pub fn format_count(number: u64) -> String {
    group(&number.to_string())
}

/// Writes a number with its noun, which gets an `s` unless there is one of it.
///
/// ```
/// use isolog::charts::format::counted;
///
/// assert_eq!(counted(1, "row"), "1 row");
/// assert_eq!(counted(1_200, "row"), "1,200 rows");
/// ```
pub fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", format_count(number))
}

/// Writes bytes with a decimal prefix, to three digits; a dash for what is no number.
///
/// ```
/// use isolog::charts::format::format_bytes;
///
/// assert_eq!(format_bytes(1_561_220.0), "1.56 MB");
/// assert_eq!(format_bytes(532.0), "532 B");
/// ```
pub fn format_bytes(bytes: f64) -> String {
    if !bytes.is_finite() {
        return "–".to_owned();
    }
    let three_digits = |scaled: f64| match scaled.abs() {
        size if size < 9.995 => fixed(scaled, 2),
        size if size < 99.95 => fixed(scaled, 1),
        _ => fixed(scaled, 0),
    };
    prefixed(bytes, 999.5, "B", three_digits)
}

/// Writes a value of a unit in a sentence, to three digits or so.
pub(super) fn format_value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => format_bytes(value),
        _ if !value.is_finite() => "–".to_owned(),
        Unit::Seconds => format!("{} s", fixed(value, 1)),
        Unit::Score => fixed(value, 4),
        Unit::Plain if value.abs() >= PREFIXED_BELOW => format!("{value:e}"),
        Unit::Plain => fixed(value, 3),
    }
}

/// Writes the label of a tick, with as many decimals as neighbours a `step` apart need.
pub(super) fn format_tick(value: f64, step: f64, unit: Unit) -> String {
    let short = |suffix| {
        prefixed(value, 1000.0, suffix, |scaled| {
            let factor = if scaled == 0.0 { 1.0 } else { value / scaled };
            fixed(scaled, decimals(step / factor))
        })
    };
    match unit {
        Unit::Bytes => short("B"),
        _ if value.abs() >= 1e6 => short("").trim_end().to_owned(),
        _ if value != 0.0 && decimals(step) > 6 => format!("{value:e}"),
        Unit::Seconds => format!("{} s", fixed(value, decimals(step))),
        Unit::Score | Unit::Plain => fixed(value, decimals(step)),
    }
}

/// Scales a value by the prefix that leaves less than `limit` of it.
fn prefixed(value: f64, limit: f64, unit: &str, write: impl Fn(f64) -> String) -> String {
    if value.abs() >= PREFIXED_BELOW {
        return format!("{value:e} {unit}");
    }
    let mut scaled = value;
    let mut prefix = 0;
    while scaled.abs() >= limit && prefix + 1 < PREFIXES.len() {
        scaled /= 1000.0;
        prefix += 1;
    }
    format!("{} {}{unit}", write(scaled), PREFIXES[prefix])
}

/// How many decimals tell multiples of a step apart, at most 12.
fn decimals(step: f64) -> usize {
    let is_whole = |&digits: &usize| {
        let shifted = step * 10f64.powi(digits as i32);
        (shifted - shifted.round()).abs() < 1e-6 * shifted.abs() && shifted.abs() > 0.5
    };
    (0..12).find(is_whole).unwrap_or(12)
}

/// Writes a number with at most this many decimals, thousands separators and a real minus.
pub fn fixed(value: f64, n_decimals: usize) -> String {
    let text = format!("{:.n_decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let is_zero = whole == "0" && fraction.is_empty();
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}{point}{fraction}", group(whole))
}

fn group(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(format_count(number), text);
        }
    }

    #[test]
    fn bytes_have_three_digits_and_no_carry() {
        for (bytes, text) in [
            (0.0, "0 B"),
            (-0.0, "0 B"),
            (0.5, "0.5 B"),
            (999.0, "999 B"),
            (999.6, "1 kB"),
            (1000.0, "1 kB"),
            (9_994.0, "9.99 kB"),
            (9_996.0, "10 kB"),
            (25_207_794.0, "25.2 MB"),
            (999_950.0, "1 MB"),
            (-1_561_220.0, "−1.56 MB"),
            (1.5e18, "1.5 EB"),
            (1e300, "1e300 B"),
            (f64::NAN, "–"),
            (f64::NEG_INFINITY, "–"),
        ] {
            assert_eq!(format_bytes(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn ticks_have_the_decimals_of_their_step() {
        for (value, step, unit, text) in [
            (5e6, 5e6, Unit::Bytes, "5 MB"),
            (0.0, 5e6, Unit::Bytes, "0 B"),
            (1.5e6, 5e5, Unit::Bytes, "1.5 MB"),
            (1_000_500.0, 500.0, Unit::Bytes, "1.0005 MB"),
            (600.0, 200.0, Unit::Seconds, "600 s"),
            (-0.45, 0.05, Unit::Score, "−0.45"),
            (10_000.0, 10_000.0, Unit::Plain, "10,000"),
            (2e7, 1e7, Unit::Plain, "20 M"),
            (3e-9, 1e-9, Unit::Plain, "3e-9"),
        ] {
            assert_eq!(format_tick(value, step, unit), text);
        }
    }
}
