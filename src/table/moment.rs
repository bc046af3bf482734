//! Moments as people and programs write them: `11/03/2024 10:00`, `Mar 11, 2024 @ 00:33:05.827`, `1710115200.25`, `45362.5`.
//!
//! A whole column has one [`TimeForm`]: whether days come before months, or what a number counts. Dates are checked by jiff.

use jiff::{civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::cell::parse_digits;
use super::number::{Decimal, NumberForm, parse_number};
use super::{Instant, parse_time};

const MICROS_OF_SECOND: i64 = 1_000_000;
const MICROS_OF_DAY: i64 = 86_400 * MICROS_OF_SECOND;

/// 9999-01-01: times from here on mean "never".
const NEVER: i64 = 253_370_764_800 * MICROS_OF_SECOND;

/// Which comes first in `11/03/2024`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DateOrder {
    /// 11 March.
    DayFirst,
    /// November 3.
    #[default]
    MonthFirst,
}

impl DateOrder {
    /// Returns the other one.
    pub fn other(self) -> DateOrder {
        match self {
            Self::DayFirst => Self::MonthFirst,
            Self::MonthFirst => Self::DayFirst,
        }
    }
}

/// What a time written as a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Epoch {
    /// Seconds since 1970-01-01 UTC.
    Seconds,
    /// Milliseconds since 1970-01-01 UTC.
    Milliseconds,
    /// Microseconds since 1970-01-01 UTC.
    Microseconds,
    /// Nanoseconds since 1970-01-01 UTC.
    Nanoseconds,
    /// Days since 1899-12-30, as spreadsheets count.
    ExcelDays,
}

impl Epoch {
    /// Returns the unit in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds since 1970",
            Self::Milliseconds => "milliseconds since 1970",
            Self::Microseconds => "microseconds since 1970",
            Self::Nanoseconds => "nanoseconds since 1970",
            Self::ExcelDays => "days since 1900, as spreadsheets count",
        }
    }

    /// How many there are in a second.
    fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1e6,
            Self::Nanoseconds => 1e9,
            Self::ExcelDays => 1.0 / 86_400.0,
        }
    }

    /// Returns the microseconds since 1970 of an amount.
    fn micros(self, amount: f64) -> Option<i64> {
        let micros = match self {
            // a serial has no more than eleven digits, so finer than a millisecond it is rounding
            Self::ExcelDays => ((amount - 25_569.0) * 86_400e3).round() * 1e3,
            _ => (amount * (1e6 / self.per_second())).round(),
        };
        (micros.abs() < 9e18).then_some(micros as i64)
    }

    /// Parses an amount with every digit that counts.
    fn parse(self, text: &str, decimal: Decimal) -> Option<i64> {
        let shift: i64 = match self {
            Self::Seconds => 6,
            Self::Milliseconds => 3,
            Self::Microseconds => 0,
            Self::Nanoseconds | Self::ExcelDays => -1,
        };
        if let (Some(count), 0..) = (parse_digits(text.as_bytes().into()), shift) {
            return count.checked_mul(10_i64.pow(shift as u32));
        }
        if self == Self::Nanoseconds
            && let Ok(count) = text.parse::<i64>()
        {
            return Some(count.div_euclid(1000));
        }
        if let (Some((whole, fraction)), 0..) = (text.split_once('.'), shift)
            && fraction.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(count) = whole.parse::<i64>()
        {
            let digits = format!("{fraction:0<6}");
            let part: i64 = digits[..shift as usize].parse().unwrap_or(0);
            let part = if whole.starts_with('-') { -part } else { part };
            return count
                .checked_mul(10_i64.pow(shift as u32))?
                .checked_add(part);
        }
        self.micros(parse_number(text, NumberForm::of(decimal))?.value)
    }

    /// Tells what the numbers of a column count since 1970, by their values: nearly all must be moments since the year 2000. A
    /// name that says that they are times makes do with less; see [`meaning`](super::name::meaning).
    pub(super) fn of(values: &[f64], is_named_time: bool, is_named_date: bool) -> Option<Epoch> {
        let is_moment = |value: &&f64| !matches!(**value, 0.0 | -1.0);
        let moments: Vec<f64> = values.iter().filter(is_moment).copied().collect();
        let least = if is_named_time { 1 } else { 3 };
        if moments.len() < least {
            return None;
        }
        let n_wanted = (0.95 * moments.len() as f64).ceil() as usize;
        // 2000 to 2039; to 2096 if the name helps
        let seconds = 946_684_800.0..if is_named_time { 4e9 } else { 2.2e9 };
        let fits = |epoch: Epoch| {
            let inside = |sign: f64| {
                let counted = moments
                    .iter()
                    .map(move |value| sign * value / epoch.per_second());
                counted.filter(|seconds_of| seconds.contains(seconds_of))
            };
            [1.0, -1.0].into_iter().any(|sign| {
                let (mut n, mut low, mut high) = (0, f64::INFINITY, f64::NEG_INFINITY);
                for seconds_of in inside(sign) {
                    n += 1;
                    low = low.min(seconds_of);
                    high = high.max(seconds_of);
                }
                // logs span a few years, quantities many sizes
                n >= n_wanted && (is_named_time || high - low < 10.0 * 365.25 * 86_400.0)
            })
        };
        let since_1970 = [
            Self::Seconds,
            Self::Milliseconds,
            Self::Microseconds,
            Self::Nanoseconds,
        ];
        let is_serial = |value: &&f64| (36_526.0..58_000.0).contains(*value);
        let are_serials = || {
            let has_fraction = moments.iter().any(|value| value.fract() != 0.0);
            is_named_time
                && (is_named_date || has_fraction)
                && moments.iter().filter(is_serial).count() >= n_wanted
        };
        since_1970
            .into_iter()
            .find(|&epoch| fits(epoch))
            .or_else(|| are_serials().then_some(Self::ExcelDays))
    }
}

/// How the times of a column are written. Times in the forms of [`parse_time`] are read whatever this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeForm {
    /// Which comes first in `11/03/2024`.
    pub order: DateOrder,
    /// What numbers count; `None` if numbers are no times.
    pub epoch: Option<Epoch>,
    /// Decimal mark of those numbers.
    pub decimal: Decimal,
    /// Column, from 0, that holds the time of day that belongs to a date.
    pub clock: Option<u32>,
    /// Whether no date of the head says which comes first: dates that depend on it are noted.
    pub is_order_open: bool,
}

/// What a cell of a column of times says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// A moment.
    At(Instant),
    /// A date that stands for none: 1970-01-01 00:00, 9999-12-31, zeros.
    Placeholder,
}

impl TimeForm {
    /// Parses a cell, trimmed; `None` if it is no time of this form.
    pub(super) fn parse(self, text: &str) -> Option<Moment> {
        let instant = match self.epoch {
            Some(epoch) => epoch.parse(text, self.decimal).map(|micros| Instant {
                micros,
                is_naive: false,
            }),
            None => None,
        };
        let instant = instant
            .or_else(|| parse_time(text))
            .or_else(|| parse_written(text, self.order).map(|written| written.instant));
        match instant {
            Some(Instant {
                micros: -1_000_000..=0,
                ..
            }) if self.epoch.is_some() => is_zero(text).then_some(Moment::Placeholder),
            Some(instant) if is_placeholder(instant.micros) => Some(Moment::Placeholder),
            Some(instant) => Some(Moment::At(instant)),
            None => is_zero(text).then_some(Moment::Placeholder),
        }
    }

    /// Whether a cell could be another day, and the head does not say which.
    pub(super) fn leaves_open(self, text: &str) -> bool {
        self.is_order_open
            && self.epoch.is_none()
            && parse_written(text, self.order).is_some_and(|written| written.depends_on_order)
    }
}

/// Whether a moment stands for none. Midnight of the years that programs count from, and years that none lives to see.
pub(super) fn is_placeholder(micros: i64) -> bool {
    const YEAR_2: i64 = -62_104_060_800 * MICROS_OF_SECOND;
    // 1601-01-01 of Windows, 1899-12-30 and -31 and 1900-01-01 of spreadsheets
    const ZEROS: [i64; 5] = [
        0,
        -11_644_473_600,
        -2_209_161_600,
        -2_209_075_200,
        -2_208_988_800,
    ];
    !(YEAR_2..NEVER).contains(&micros) || ZEROS.iter().any(|zero| zero * MICROS_OF_SECOND == micros)
}

/// Whether moments cannot be placeholders, at a glance.
pub(super) fn is_surely_a_moment(micros: i64) -> bool {
    (1..NEVER).contains(&micros)
}

/// Whether a text is a zero, minus one, or a date of zeros, as MySQL writes it.
fn is_zero(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    matches!(digits.parse::<f64>(), Ok(0.0))
        || matches!(text.parse::<f64>(), Ok(-1.0))
        || text.starts_with("0000-00-00")
}

/// A moment read from a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) instant: Instant,
    /// Whether the text has a time of day.
    pub(super) has_clock: bool,
    /// Whether it would be another day with days and months in the other order, or none.
    pub(super) depends_on_order: bool,
}

/// Parses a date, with or without a time of day: in the forms of [`parse_time`], and in those that people, spreadsheets and
/// mail write. Months are English; a year of two digits is one of 1969 to 2068.
pub(super) fn parse_written(text: &str, order: DateOrder) -> Option<Written> {
    if text.len() > 80 {
        return None;
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"'));
    if let Some(instant) = parse_time(text) {
        return Some(Written {
            instant,
            has_clock: text.len() > 10,
            depends_on_order: false,
        });
    }
    let mut cursor = Cursor { rest: text };
    let mut date = cursor.date(order)?;
    let has_clock = cursor.between_date_and_clock();
    let clock = if has_clock { cursor.clock()? } else { 0 };
    let mut zone = cursor.zone()?;
    if date.year.is_none() {
        // as C's ctime writes it: Mon Mar 11 09:05:01 2024
        cursor.skip_blanks();
        date.year = Some(cursor.number(4..=4)? as i16);
        zone = zone.or(cursor.zone()?);
    }
    if !cursor.rest.is_empty() {
        return None;
    }
    let day = civil::Date::new(date.year?, date.month, date.day).ok()?;
    // jiff's moments end within that year, whose days all mean "never"
    let midnight = if day.year() == 9999 {
        NEVER
    } else {
        let midnight = day.to_datetime(civil::Time::midnight());
        TimeZone::UTC.to_timestamp(midnight).ok()?.as_microsecond()
    };
    Some(Written {
        instant: Instant {
            micros: midnight + clock - zone.unwrap_or(0) * 60 * MICROS_OF_SECOND,
            is_naive: zone.is_none(),
        },
        has_clock,
        depends_on_order: date.depends_on_order,
    })
}

/// Parses a time of day alone, `09:05:01.250`; in microseconds since midnight.
pub(super) fn parse_clock(text: &str) -> Option<i64> {
    let mut cursor = Cursor { rest: text };
    let clock = cursor.clock()?;
    let zone = cursor.zone()?;
    (cursor.rest.is_empty() && matches!(zone, None | Some(0))).then_some(clock)
}

/// Whether a text seems to be a time, in whatever form: digits parted by colons, or by slashes, points or hyphens twice.
pub(super) fn looks_like_time(text: &str) -> bool {
    let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !(4..=24).contains(&n_digits) || text.len() > 48 || text.parse::<std::net::IpAddr>().is_ok()
    {
        return false;
    }
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let marks = |marks: &[u8]| {
        (1..bytes.len())
            .filter(|&at| marks.contains(&bytes[at]) && is_digit(at - 1) && is_digit(at + 1))
            .count()
    };
    let is_mac = text.matches(':').count() > 3;
    let has_month = text
        .split(|c: char| !c.is_alphabetic())
        .any(|word| month(word).is_some());
    let has_clock = marks(b":") > 0 && !is_mac && !text.contains("::");
    has_clock
        || has_month && n_digits >= 4
        || marks(b"/") == 2
        || marks(b"-") == 2 && n_digits <= 14
}

/// A date as it is written.
struct Date {
    year: Option<i16>,
    month: i8,
    day: i8,
    depends_on_order: bool,
}

/// What is left of a text.
#[derive(Clone, Copy)]
struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes one of these characters.
    fn take(&mut self, wanted: &[char]) -> Option<char> {
        let next = self.rest.chars().next().filter(|c| wanted.contains(c))?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn digits(&mut self) -> &'t str {
        let n = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(n);
        self.rest = rest;
        digits
    }

    /// Takes a number of so many digits.
    fn number(&mut self, n_digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
        let digits = self.digits();
        n_digits
            .contains(&digits.len())
            .then(|| digits.parse().ok())?
    }

    fn word(&mut self) -> &'t str {
        let end = self.rest.find(|c: char| !c.is_alphabetic());
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn date(&mut self, order: DateOrder) -> Option<Date> {
        let before = *self;
        let first = self.word();
        if is_weekday(first) {
            self.take(&['.']);
            self.take(&[',']);
            self.skip_blanks();
        } else {
            *self = before;
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            self.numeric_date(order)
        } else {
            self.month_and_day()
        }
    }

    /// `Mar 11, 2024`, `March 11 2024`, `Mar-11-2024`, or without a year.
    fn month_and_day(&mut self) -> Option<Date> {
        let month = month(self.word())?;
        self.take(&['.']);
        self.take(&[' ', '-', '/'])?;
        self.skip_blanks();
        let day = self.number(1..=2)? as i8;
        let before = *self;
        self.take(&[',', '-', '/']);
        self.skip_blanks();
        let year = self.number(4..=4).map(|year| year as i16);
        if year.is_none() {
            *self = before;
        }
        Some(Date {
            year,
            month,
            day,
            depends_on_order: false,
        })
    }

    /// A date that begins with a number.
    fn numeric_date(&mut self, order: DateOrder) -> Option<Date> {
        let whole = self.rest;
        let first = self.digits();
        let number: i64 = first.parse().ok()?;
        match first.len() {
            8 | 14 => {
                self.rest = &whole[8..];
                compact_date(&first[..8])
            }
            4 => {
                let mark = self.take(&['/', '-', '.'])?;
                let month = self.number(1..=2)? as i8;
                self.take(&[mark])?;
                let day = self.number(1..=2)? as i8;
                Some(Date {
                    year: Some(number as i16),
                    month,
                    day,
                    depends_on_order: false,
                })
            }
            1 | 2 => {
                let mark = self.take(&['/', '-', '.', ' '])?;
                if self.rest.starts_with(|c: char| c.is_alphabetic()) {
                    let month = month(self.word())?;
                    self.take(&['.', ',']);
                    self.take(&[mark, ' '])?;
                    let year = self.year()?;
                    return Some(Date {
                        year: Some(year),
                        month,
                        day: number as i8,
                        depends_on_order: false,
                    });
                }
                if mark == ' ' {
                    return None;
                }
                let second = self.number(1..=2)?;
                self.take(&[mark])?;
                let year = self.year()?;
                // only days come before months where points part them
                let order = if mark == '.' {
                    DateOrder::DayFirst
                } else {
                    order
                };
                let (day, month) = match order {
                    DateOrder::DayFirst => (number, second),
                    DateOrder::MonthFirst => (second, number),
                };
                Some(Date {
                    year: Some(year),
                    month: month as i8,
                    day: day as i8,
                    depends_on_order: mark != '.' && number != second,
                })
            }
            _ => None,
        }
    }

    fn year(&mut self) -> Option<i16> {
        let digits = self.digits();
        let year: i16 = digits.parse().ok()?;
        match digits.len() {
            4 => Some(year),
            2 if year < 69 => Some(2000 + year),
            2 => Some(1900 + year),
            _ => None,
        }
    }

    /// Moves to the time of day; false if there is none.
    fn between_date_and_clock(&mut self) -> bool {
        let before = *self;
        self.take(&['T', 't', ':', ',']);
        self.skip_blanks();
        self.take(&['@', '-']);
        self.skip_blanks();
        let is_there = self.rest.starts_with(|c: char| c.is_ascii_digit());
        if !is_there {
            *self = before;
        }
        is_there
    }

    /// Takes `9:05`, `09:05:01`, `09:05:01.250`, `09:05:01,250`, `9:05 PM`; in microseconds since midnight.
    fn clock(&mut self) -> Option<i64> {
        let first = self.digits();
        let (mut hours, minutes, seconds) = match first.len() {
            1 | 2 => {
                self.take(&[':'])?;
                let minutes = self.number(2..=2)?;
                let has_seconds = self.take(&[':']).is_some();
                let seconds = if has_seconds { self.number(2..=2)? } else { 0 };
                (first.parse().ok()?, minutes, seconds)
            }
            4 | 6 => {
                let part = |at: usize| {
                    first
                        .get(at..at + 2)
                        .map_or(Some(0), |part| part.parse::<i64>().ok())
                };
                (part(0)?, part(2)?, part(4)?)
            }
            _ => return None,
        };
        let mut micros = 0;
        if self.take(&['.', ',']).is_some() {
            let digits = self.digits();
            if digits.is_empty() || digits.len() > 9 {
                return None;
            }
            let padded = format!("{digits:0<6}");
            micros = padded[..6].parse().ok()?;
        }
        let before = *self;
        self.skip_blanks();
        let half = self.word();
        let rest = *self;
        match half.to_ascii_lowercase().as_str() {
            "am" | "pm" | "a" | "p" => {
                if half.len() == 1 {
                    // a.m.
                    self.take(&['.'])?;
                    if !self.word().eq_ignore_ascii_case("m") {
                        return None;
                    }
                    self.take(&['.']);
                }
                if !(1..=12).contains(&hours) {
                    return None;
                }
                hours = hours % 12
                    + if half.to_ascii_lowercase().starts_with('p') {
                        12
                    } else {
                        0
                    };
            }
            _ => *self = if half.is_empty() { rest } else { before },
        }
        // a leap second is the one before it
        let seconds = if seconds == 60 { 59 } else { seconds };
        let is_clock = hours < 24 && minutes < 60 && seconds < 60;
        is_clock.then_some(((hours * 60 + minutes) * 60 + seconds) * MICROS_OF_SECOND + micros)
    }

    /// Takes an offset from UTC in minutes: `Z`, `UTC`, `GMT+0100`, `+02:00`, `-0500`, or one that RFC 2822 names; what stands
    /// behind it in brackets is passed over. `Some(None)` if there is none, `None` if what stands here is no offset.
    #[allow(clippy::option_option)]
    fn zone(&mut self) -> Option<Option<i64>> {
        self.skip_blanks();
        let before = *self;
        let word = self.word();
        let mut minutes = match word.to_ascii_uppercase().as_str() {
            "" => None,
            "Z" | "UTC" | "GMT" | "UT" => Some(0),
            "EDT" => Some(-4 * 60),
            "EST" | "CDT" => Some(-5 * 60),
            "CST" | "MDT" => Some(-6 * 60),
            "MST" | "PDT" => Some(-7 * 60),
            "PST" => Some(-8 * 60),
            _ => {
                *self = before;
                return None;
            }
        };
        if let Some(sign) = self.take(&['+', '-', '\u{2212}']) {
            let digits = self.digits();
            let (hours, rest) = match digits.len() {
                4 => digits.split_at(2),
                1 | 2 if self.take(&[':']).is_some() => (digits, self.digits()),
                1 | 2 => (digits, "0"),
                _ => return None,
            };
            let (hours, rest): (i64, i64) = (hours.parse().ok()?, rest.parse().ok()?);
            if hours > 15 || rest > 59 {
                return None;
            }
            let size = hours * 60 + rest;
            minutes = Some(if sign == '+' { size } else { -size });
        }
        self.skip_blanks();
        if self.rest.starts_with('(') && self.rest.ends_with(')') {
            self.rest = "";
        }
        Some(minutes)
    }
}

fn compact_date(digits: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| digits[range].parse::<i16>().ok();
    Some(Date {
        year: part(0..4),
        month: part(4..6)? as i8,
        day: part(6..8)? as i8,
        depends_on_order: false,
    })
}

fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    is_one_of(word, &DAYS).is_some()
}

/// Returns the month of a name, from 1.
fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    is_one_of(word, &MONTHS).map(|i| i as i8 + 1)
}

/// Finds a name by its first three letters, by four as some write September, or by all.
fn is_one_of(word: &str, names: &[&str]) -> Option<usize> {
    let word = word.to_ascii_lowercase();
    names
        .iter()
        .position(|name| matches!(word.len(), 3 | 4) && name.starts_with(&word) || *name == word)
}

/// What the dates of a column say about their order.
#[derive(Debug, Clone, Default)]
pub(super) struct OrderEvidence {
    /// Cells that are dates in one order only.
    only_day_first: usize,
    only_month_first: usize,
    /// The moments of cells that are dates in both orders, in each.
    both: Vec<(i64, i64)>,
}

/// What settled the order of days and months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderGround {
    /// No cell depends on it.
    DoesNotMatter,
    /// A day above 12.
    Days,
    /// The rows are in order of time only so.
    InOrder,
    /// Nothing: it could be the other way round.
    Nothing,
}

impl OrderEvidence {
    pub(super) fn add(&mut self, text: &str) {
        if parse_time(text).is_some() {
            return;
        }
        let day_first = parse_written(text, DateOrder::DayFirst);
        let month_first = parse_written(text, DateOrder::MonthFirst);
        match (day_first, month_first) {
            (Some(_), None) => self.only_day_first += 1,
            (None, Some(_)) => self.only_month_first += 1,
            (Some(day), Some(month)) if day.depends_on_order => {
                self.both.push((day.instant.micros, month.instant.micros));
            }
            _ => {}
        }
    }

    /// Decides the order; `usual` is taken if nothing settles it.
    pub(super) fn decide(&self, usual: DateOrder) -> (DateOrder, OrderGround) {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match self.only_day_first.cmp(&self.only_month_first) {
            Greater => return (DateOrder::DayFirst, OrderGround::Days),
            Less => return (DateOrder::MonthFirst, OrderGround::Days),
            Equal if self.both.is_empty() => return (usual, OrderGround::DoesNotMatter),
            Equal => {}
        }
        let (day_first, month_first): (Vec<i64>, Vec<i64>) = self.both.iter().copied().unzip();
        // nearly every step goes on in one order, and far fewer do in the other
        let (day_back, month_back) = (n_steps_back(&day_first), n_steps_back(&month_first));
        let is_in_order =
            |back: usize, other: usize| back * 20 <= day_first.len() && back * 4 < other;
        if is_in_order(day_back, month_back) || day_back == 0 && month_back > 0 {
            (DateOrder::DayFirst, OrderGround::InOrder)
        } else if is_in_order(month_back, day_back) || month_back == 0 && day_back > 0 {
            (DateOrder::MonthFirst, OrderGround::InOrder)
        } else {
            (usual, OrderGround::Nothing)
        }
    }
}

/// How often a time comes before the one above it, or after it if that is rarer: logs are written newest first, too.
fn n_steps_back(times: &[i64]) -> usize {
    let steps = || times.windows(2).map(|pair| pair[1].cmp(&pair[0]));
    let n = |wanted| steps().filter(|&step| step == wanted).count();
    n(std::cmp::Ordering::Less).min(n(std::cmp::Ordering::Greater))
}

/// Adds a time of day to a date, if the date is one without.
pub(super) fn join(date: Instant, clock: i64) -> Option<Instant> {
    (date.micros.rem_euclid(MICROS_OF_DAY) == 0).then_some(Instant {
        micros: date.micros + clock,
        ..date
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Python 3: `int(datetime(2024, 3, 11, 9, 5, 1, tzinfo=timezone.utc).timestamp())`.
    const NINE_O_FIVE: i64 = 1_710_147_901;

    fn seconds(text: &str, order: DateOrder) -> Option<f64> {
        parse_written(text, order).map(|written| written.instant.micros as f64 / 1e6)
    }

    #[test]
    fn times_are_read_as_people_and_programs_write_them() {
        let at = |offset: f64| Some(NINE_O_FIVE as f64 + offset);
        for (text, expected) in [
            ("2024/03/11 9:05:01", at(0.0)),
            ("2024/3/11 09:05:01.403", at(0.403)),
            ("2024.03.11 09:05:01", at(0.0)),
            ("2024-3-11 9:05:01", at(0.0)),
            ("2024-03-11 09:05:01,250", at(0.25)),
            ("Mar 11, 2024 @ 09:05:01.827", at(0.827)),
            ("March 11, 2024 9:05:01 AM", at(0.0)),
            ("Mon Mar 11 2024 09:05:01", at(0.0)),
            ("Mon Mar 11 2024 10:05:01 GMT+0100 (CET)", at(0.0)),
            ("Mon Mar 11 09:05:01 2024", at(0.0)),
            ("Mon Mar 11 09:05:01 UTC 2024", at(0.0)),
            ("11/Mar/2024:11:05:01 +0200", at(0.0)),
            ("[11/Mar/2024:09:05:01 +0000]", at(0.0)),
            ("Mon, 11 Mar 2024 09:05:01 GMT", at(0.0)),
            ("Mon, 11 Mar 2024 04:05:01 EST", at(0.0)),
            ("11 Mar 2024 09:05:01 -0000", at(0.0)),
            ("11-Mar-2024 09:05:01", at(0.0)),
            ("11-MAR-24 09.05.01", None),
            ("11.03.2024 09:05:01", at(0.0)),
            ("11/03/2024 09:05:01", at(0.0)),
            ("11/03/24 9:05:01", at(0.0)),
            ("11/03/2024 09:05:01 PM", at(43_200.0)),
            ("11/03/2024 12:05:01 a.m.", at(-9.0 * 3600.0)),
            ("20240311T090501Z", at(0.0)),
            ("20240311 090501", at(0.0)),
            ("20240311090501", at(0.0)),
            ("11/03/2024 10:00", at(3299.0)),
            ("Mar 11, 2024", at(-32_701.0)),
            ("2024/03/11", at(-32_701.0)),
            ("2024-03-11T09:05:01-0500", at(18_000.0)),
            ("11/13/2024", None),
            ("31/02/2024", None),
            ("2024/03/11 25:00:00", None),
            ("Mar 11 09:05:01", None),
            ("09:05:01", None),
            ("10.0.0.1", None),
            ("1710147901", None),
            ("", None),
        ] {
            let read = seconds(text, DateOrder::DayFirst);
            let is_near = match (read, expected) {
                (Some(read), Some(expected)) => (read - expected).abs() < 1e-6,
                (read, expected) => read == expected,
            };
            assert!(is_near, "{text}: {read:?}, expected {expected:?}");
        }
        assert_eq!(
            seconds("03/11/2024 09:05:01", DateOrder::MonthFirst),
            at(0.0)
        );
    }

    #[test]
    fn epochs_are_told_by_their_values() {
        let of = |values: &[f64]| Epoch::of(values, false, false);
        let named = |values: &[f64]| Epoch::of(values, true, false);
        for (unit, factor) in [
            (Epoch::Seconds, 1.0),
            (Epoch::Milliseconds, 1e3),
            (Epoch::Microseconds, 1e6),
            (Epoch::Nanoseconds, 1e9),
        ] {
            let moments = [1.71e9, 1.7101e9, 1.7102e9].map(|value| value * factor);
            assert_eq!(of(&moments), Some(unit));
            assert_eq!(of(&moments.map(|value| -value)), Some(unit));
            assert_eq!(of(&[&moments[..], &[0.0, -1.0]].concat()), Some(unit));
            assert_eq!(of(&moments[..1]), None, "one value is no evidence");
            assert_eq!(named(&moments[..1]), Some(unit));
        }
        // sizes: too far apart
        assert_eq!(of(&[1e9, 1.7e9, 2.1e9]), None);
        assert_eq!(of(&[443.0, 80.0, 22.0]), None);
        assert_eq!(named(&[45_362.5, 45_363.25]), Some(Epoch::ExcelDays));
        assert_eq!(named(&[45_362.0, 45_363.0]), None, "that may be ports");
        assert_eq!(named(&[0.0, 0.0]), None);
    }

    #[test]
    fn every_digit_of_an_epoch_counts() {
        let parse = |epoch: Epoch, text| epoch.parse(text, Decimal::Point);
        for (epoch, text, micros) in [
            (Epoch::Seconds, "1710147901", 1_710_147_901_000_000),
            (Epoch::Seconds, "1710147901.25", 1_710_147_901_250_000),
            (
                Epoch::Seconds,
                "1710147901.123456789",
                1_710_147_901_123_456,
            ),
            (Epoch::Seconds, "-1.5", -1_500_000),
            (Epoch::Seconds, "1,710,147,901", 1_710_147_901_000_000),
            (Epoch::Milliseconds, "1710147901001", 1_710_147_901_001_000),
            (
                Epoch::Microseconds,
                "1710147901000001",
                1_710_147_901_000_001,
            ),
            (
                Epoch::Nanoseconds,
                "1710147901000001999",
                1_710_147_901_000_001,
            ),
            (Epoch::ExcelDays, "45362.378483796", 1_710_147_901_000_000),
        ] {
            assert_eq!(parse(epoch, text), Some(micros), "{text}");
        }
        assert_eq!(parse(Epoch::Seconds, "x"), None);
    }

    #[test]
    fn dates_that_stand_for_none_are_no_moments() {
        let form = TimeForm::default();
        for text in [
            "1970-01-01",
            "1970-01-01T00:00:00Z",
            "9999-12-31 23:59:59",
            "0001-01-01T00:00:00Z",
            "0000-00-00 00:00:00",
            "1900-01-01 00:00:00",
            "0",
            "-1",
            "01/01/1970",
        ] {
            assert_eq!(form.parse(text), Some(Moment::Placeholder), "{text}");
        }
        assert!(matches!(
            form.parse("1970-01-01 00:00:01"),
            Some(Moment::At(_))
        ));
        let seconds = TimeForm {
            epoch: Some(Epoch::Seconds),
            ..form
        };
        assert_eq!(seconds.parse("0"), Some(Moment::Placeholder));
        assert_eq!(seconds.parse("-1"), Some(Moment::Placeholder));
        assert!(matches!(seconds.parse("1710147901"), Some(Moment::At(_))));
    }

    #[test]
    fn the_order_of_days_and_months_is_told_by_the_column() {
        let decide = |cells: &[&str]| {
            let mut evidence = OrderEvidence::default();
            cells.iter().for_each(|cell| evidence.add(cell));
            evidence.decide(DateOrder::MonthFirst)
        };
        use DateOrder::{DayFirst, MonthFirst};
        for (cells, expected) in [
            (
                &["11/03/2024", "13/03/2024"][..],
                (DayFirst, OrderGround::Days),
            ),
            (
                &["03/11/2024", "03/13/2024"],
                (MonthFirst, OrderGround::Days),
            ),
            (
                &["11/03/2024", "12/03/2024", "01/04/2024"],
                (DayFirst, OrderGround::InOrder),
            ),
            (
                &["03/11/2024", "03/12/2024", "04/01/2024"],
                (MonthFirst, OrderGround::InOrder),
            ),
            (
                &["04/01/2024", "03/12/2024", "03/11/2024"],
                (MonthFirst, OrderGround::InOrder),
            ),
            (
                &["03/11/2024", "03/12/2024"],
                (MonthFirst, OrderGround::Nothing),
            ),
            (
                &["03/03/2024", "2024-03-04"],
                (MonthFirst, OrderGround::DoesNotMatter),
            ),
            (&["11.03.2024"], (MonthFirst, OrderGround::DoesNotMatter)),
        ] {
            assert_eq!(decide(cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn what_looks_like_a_time_is_told_from_what_does_not() {
        for text in [
            "Mar 11 09:05:01",
            "11-Mär-2024 09:05",
            "2024年03月11日 09:05",
            "09:05:01",
            "Lun 11/03/2024",
        ] {
            assert!(looks_like_time(text), "{text}");
        }
        for text in [
            "10.0.0.1",
            "2001:db8::1",
            "00:1b:44:11:3a:b7",
            "GET /index.html",
            "443",
            "rule-12",
            "arn:aws:waf:eu-central-1:123456789012:rule",
            "Mozilla/5.0 (X11; Linux x86_64)",
        ] {
            assert!(!looks_like_time(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,40}") {
            parse_written(&text, DateOrder::DayFirst);
            parse_clock(&text);
            looks_like_time(&text);
            TimeForm { epoch: Some(Epoch::Seconds), ..TimeForm::default() }.parse(&text);
        }

        /// A moment is the same in every form that it is written in.
        #[test]
        fn a_moment_is_the_same_in_every_form(seconds in 946_684_800..2_200_000_000_i64, offset in -12..12_i64) {
            let text = crate::table::format_time(seconds * 1_000_000, 0, true);
            let (date, clock) = text.split_once(' ').expect("a date and a time of day");
            let parts: Vec<&str> = date.split('-').collect();
            let [year, month, day] = parts[..] else { panic!("a date") };
            let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month.parse::<usize>().expect("a month") - 1];
            let sign = if offset < 0 { '-' } else { '+' };
            let hours = offset.abs();
            for (form, is_shifted) in [
                (format!("{day}/{month}/{year} {clock}"), false),
                (format!("{year}/{month}/{day} {clock}"), false),
                (format!("{name} {day}, {year} @ {clock}.000"), false),
                (format!("{day}/{name}/{year}:{clock} {sign}{hours:02}00"), true),
                (format!("{day} {name} {year} {clock} {sign}{hours:02}00"), true),
                (format!("{day}-{name}-{year} {clock}"), false),
            ] {
                let expected = if is_shifted { seconds - offset * 3600 } else { seconds };
                let read = parse_written(&form, DateOrder::DayFirst).map(|written| written.instant.micros);
                prop_assert_eq!(read, Some(expected * 1_000_000), "{}", form);
            }
        }
    }
}
