//! Numbers for people: thousands separators, bytes in decimal prefixes.

use crate::report::Unit;

/// Decimal prefixes, a factor of 1000 each.
const PREFIXES: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];

/// Where numbers with prefixes go on in powers of ten: the end of the prefixes.
const PREFIXED_BELOW: f64 = 1e21;

/// Where numbers without prefixes go on in powers of ten.
const WHOLE_BELOW: f64 = 1e15;

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
    let (factor, prefix) = prefix_of(bytes, 999.5);
    let scaled = bytes / factor;
    let text = match scaled.abs() {
        size if size >= PREFIXED_BELOW || (0.0 < size && size < 0.01) => {
            to_place(scaled, exponent_of(scaled) - 2)
        }
        size if size < 9.995 => fixed(scaled, 2),
        size if size < 99.95 => fixed(scaled, 1),
        _ => fixed(scaled, 0),
    };
    format!("{text} {prefix}B")
}

/// Writes a value of a unit in a sentence, to three digits or so.
pub(super) fn format_value(value: f64, unit: Unit) -> String {
    format_near(value, f64::INFINITY, unit)
}

/// Writes a value of a unit in a sentence, with as many digits as tell it from others that lie this far away.
pub(super) fn format_near(value: f64, distance: f64, unit: Unit) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = exponent_of(value);
    let wanted = match unit {
        // a dozen bytes and their hundredths
        Unit::Bytes => return bytes_near(value, distance),
        Unit::Score => -4,
        _ if value.abs() >= WHOLE_BELOW => size - 3,
        Unit::Seconds => (size - 1).min(-1),
        Unit::Plain => (size - 2).min(-3),
    };
    let text = to_place(value, wanted.min(place_near(distance)));
    match unit {
        Unit::Seconds => format!("{text} s"),
        _ => text,
    }
}

fn bytes_near(bytes: f64, distance: f64) -> String {
    let text = format_bytes(bytes);
    let (factor, prefix) = prefix_of(bytes, 999.5);
    // three digits say as much
    if !distance.is_finite() || place_near(distance) >= exponent_of(bytes) - 2 {
        return text;
    }
    format!(
        "{} {prefix}B",
        to_place(bytes / factor, place_near(distance / factor))
    )
}

/// Returns the place of the last digit that tells numbers this far apart from each other, with one to spare.
pub(crate) fn place_near(distance: f64) -> i32 {
    if distance.is_finite() && distance != 0.0 {
        exponent_of(distance) - 1
    } else {
        i32::MAX
    }
}

/// Writes the label of a tick, with as many digits as neighbours a `step` apart need.
pub(super) fn format_tick(value: f64, step: f64, unit: Unit) -> String {
    let is_prefixed = unit == Unit::Bytes || value.abs() >= 1e6;
    let (factor, prefix) = if is_prefixed {
        prefix_of(value, 1000.0)
    } else {
        (1.0, "")
    };
    let text = to_place(value / factor, last_place(step / factor));
    match unit {
        Unit::Bytes => format!("{text} {prefix}B"),
        _ if !prefix.is_empty() => format!("{text} {prefix}"),
        Unit::Seconds => format!("{text} s"),
        Unit::Score | Unit::Plain => text,
    }
}

/// Returns the factor that leaves less than `limit` of a value, and its prefix; none where prefixes end.
fn prefix_of(value: f64, limit: f64) -> (f64, &'static str) {
    if value.abs() >= PREFIXED_BELOW {
        return (1.0, "");
    }
    let mut factor = 1.0;
    let mut prefix = 0;
    while value.abs() / factor >= limit && prefix + 1 < PREFIXES.len() {
        factor *= 1000.0;
        prefix += 1;
    }
    (factor, PREFIXES[prefix])
}

/// Writes a number rounded to multiples of a power of ten, plainly or with an exponent if that is shorter.
pub(crate) fn to_place(value: f64, place: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = exponent_of(value);
    let plain = || fixed(value, (-place).clamp(0, 20) as usize);
    let is_plain = value.abs() < WHOLE_BELOW && place >= -6;
    let n_digits = size.saturating_sub(place);
    if is_plain || n_digits < 0 {
        return plain();
    }
    let text = format!("{:.*e}", n_digits.min(16) as usize, value.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = match digits.split_once('.') {
        Some(_) => digits.trim_end_matches('0').trim_end_matches('.'),
        None => digits,
    };
    let sign = if value < 0.0 { "−" } else { "" };
    let powers = format!("{sign}{digits}e{exponent}");
    if value.abs() >= WHOLE_BELOW || place < -20 {
        return powers;
    }
    let plain = plain();
    if plain.chars().count() <= powers.chars().count() {
        plain
    } else {
        powers
    }
}

/// Returns the power of ten of a number's first digit; 0 for zero.
pub(crate) fn exponent_of(value: f64) -> i32 {
    let text = format!("{value:e}");
    let exponent = text
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok());
    exponent.unwrap_or(0)
}

/// Returns the place of a step's last digit; what comes after twelve digits is the dust of rounding.
fn last_place(step: f64) -> i32 {
    let text = format!("{:.11e}", step.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let n_decimals = digits.trim_end_matches('0').len().saturating_sub(2) as i32;
    exponent.parse::<i32>().unwrap_or(0) - n_decimals
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
    fn values_have_three_digits_or_as_many_as_tell_them_apart() {
        let all = f64::INFINITY;
        for (value, distance, unit, text) in [
            (6.000_000_000_000_001e-8, all, Unit::Plain, "6e-8"),
            (5.4217e-8, all, Unit::Plain, "5.42e-8"),
            (5.4217e-8, 1e-11, Unit::Plain, "5.4217e-8"),
            (0.001_234, all, Unit::Plain, "0.00123"),
            (1_234.567_89, all, Unit::Plain, "1,234.568"),
            (1.000_000_01, 2e-8, Unit::Plain, "1.00000001"),
            (-1.7e308, f64::INFINITY, Unit::Plain, "−1.7e308"),
            (f64::MAX, all, Unit::Plain, "1.798e308"),
            (0.0, 1e-9, Unit::Plain, "0"),
            (0.04, all, Unit::Seconds, "0.04 s"),
            (600.04, all, Unit::Seconds, "600 s"),
            (3e-9, all, Unit::Seconds, "3e-9 s"),
            (6e-8, all, Unit::Bytes, "6e-8 B"),
            (1_234_567.0, 5.0, Unit::Bytes, "1.234567 MB"),
            (1_234_567.0, 5e6, Unit::Bytes, "1.23 MB"),
            (-0.500_001_2, 1e-6, Unit::Score, "−0.5000012"),
            (f64::NAN, all, Unit::Plain, "–"),
        ] {
            assert_eq!(format_near(value, distance, unit), text, "{value}");
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
            // products of rounded steps
            (3.0 * 1e-8, 1e-8, Unit::Plain, "3e-8"),
            (6.0 * 1e-8, 2e-8, Unit::Seconds, "6e-8 s"),
            (0.7 + 0.1 + 0.1, 0.1, Unit::Plain, "0.9"),
            (1e300 * 1.000_000_000_000_000_4, 1e300, Unit::Plain, "1e300"),
            (2.5e-9, 5e-10, Unit::Plain, "2.5e-9"),
            (5.000_000_2, 1e-7, Unit::Plain, "5.0000002"),
            (1e-17, 0.1, Unit::Plain, "0"),
            (1e-17, 1e-9, Unit::Plain, "0"),
        ] {
            assert_eq!(format_tick(value, step, unit), text);
        }
    }
}
