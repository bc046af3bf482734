//! Single cells: what counts as missing, as a number, as a time.

use super::{Instant, parse_time};
use crate::source::Field;

/// Whether pandas reads a cell as missing; without `NA`, which is also Namibia.
pub fn is_pandas_missing(text: &str) -> bool {
    matches!(
        text,
        "" | "#N/A"
            | "#N/A N/A"
            | "#NA"
            | "-1.#IND"
            | "-1.#QNAN"
            | "-NaN"
            | "-nan"
            | "1.#IND"
            | "1.#QNAN"
            | "<NA>"
            | "N/A"
            | "NULL"
            | "NaN"
            | "None"
            | "n/a"
            | "nan"
            | "null"
    )
}

/// Whether a text cell has no value; AWS writes `-` for that.
pub(super) fn is_missing(text: &str) -> bool {
    text == "-" || is_pandas_missing(text)
}

/// Whether a cell of a column of numbers or times has no value.
pub(super) fn is_missing_number(text: &str) -> bool {
    text == "NA" || is_missing(text)
}

/// Trims a cell; quick where there is nothing to trim.
pub(super) fn trim(cell: &str) -> &str {
    let is_plain = |byte: Option<&u8>| byte.is_some_and(|byte| (b'!'..0x80).contains(byte));
    if is_plain(cell.as_bytes().first()) && is_plain(cell.as_bytes().last()) {
        cell
    } else {
        cell.trim()
    }
}

/// Parses one to fifteen digits: a f64 holds every such integer.
#[inline]
pub(super) fn parse_digits(field: Field<'_>) -> Option<i64> {
    let last = last_digits(field);
    match field.len() {
        1..=8 => last,
        9..=15 => Some(last_digits(field.before_end_word())? * 100_000_000 + last?),
        _ => None,
    }
}

/// Parses the last digits of a field, at most eight; all at once, since a loop whose end the processor cannot foresee costs
/// more. The sums of neighbours are those of Johnny Lee, "Fast numeric string to int" (2016).
fn last_digits(field: Field<'_>) -> Option<i64> {
    const ZEROS: u64 = u64::from_le_bytes(*b"00000000");
    const LIMITS: u64 = u64::from_le_bytes([0x76; 8]);
    const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);
    let digits = field.end_word() ^ (ZEROS & !field.bits_before());
    // a byte overflows into its high bit if it is above 9
    if (((digits & !HIGH_BITS) + LIMITS) | digits) & HIGH_BITS != 0 {
        return None;
    }
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let eight = (fours * 10_000 + (fours >> 32)) & 0xffff_ffff;
    Some(eight as i64)
}

/// Parses times, remembering the last date: in a log neighbouring rows mostly share it.
#[derive(Debug, Default)]
pub(super) struct TimeParser {
    date: [u8; 10],
    /// Microseconds since 1970-01-01 UTC at the start of `date`.
    midnight: Option<i64>,
}

impl TimeParser {
    /// Parses `2024-04-25T23:00:00Z`, also with a space and without the `Z`; `None` for any other form.
    pub(super) fn parse_plain(&mut self, text: &[u8]) -> Option<Instant> {
        let (date, time) = text.split_first_chunk::<10>()?;
        let ([b'T' | b' ', clock @ ..], zone @ ([] | [b'Z'])) = time.split_first_chunk::<9>()?
        else {
            return None;
        };
        let seconds = parse_clock(*clock)?;
        if *date != self.date || self.midnight.is_none() {
            self.midnight = std::str::from_utf8(date)
                .ok()
                .and_then(parse_time)
                .map(|instant| instant.micros);
            self.date = *date;
        }
        Some(Instant {
            micros: self.midnight? + seconds * 1_000_000,
            is_naive: zone.is_empty(),
        })
    }
}

/// Parses `23:59:59` to seconds, all eight bytes at once.
fn parse_clock(text: [u8; 8]) -> Option<i64> {
    // each byte less `0`, or less `:` where one belongs
    let distances = u64::from_le_bytes(text) ^ u64::from_le_bytes(*b"00:00:00");
    // a byte overflows into its high bit if a digit is above 9, or there is no colon
    const LIMITS: u64 = u64::from_le_bytes([0x76, 0x76, 0x7f, 0x76, 0x76, 0x7f, 0x76, 0x76]);
    const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);
    if (((distances & !HIGH_BITS) + LIMITS) | distances) & HIGH_BITS != 0 {
        return None;
    }
    let pairs = distances * 10 + (distances >> 8);
    let [hours, _, _, minutes, _, _, seconds, _] = pairs.to_le_bytes().map(i64::from);
    (hours < 24 && minutes < 60 && seconds < 60).then_some((hours * 60 + minutes) * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quick_times_are_the_same(
            year in 0..9999_u32, month in 0..14_u32, day in 0..33_u32, hour in 0..26_u32, minute in 0..62_u32, second in 0..62_u32,
            separator in "[T _]", zone in "(Z|z|)",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{zone}");
            let mut parser = TimeParser::default();
            let mut parse = || parser.parse_plain(text.as_bytes()).or_else(|| parse_time(&text));
            prop_assert_eq!(parse(), parse_time(&text));
            prop_assert_eq!(parse(), parse_time(&text), "remembered");
        }

        #[test]
        fn trimming_is_trimming(text in "\\PC{0,4}[ \u{a0}\t]{0,2}") {
            prop_assert_eq!(trim(&text), text.trim());
        }
    }
}
