//! Axes: where a value lies, and which round values are labelled. Lengths are CSS pixels; nothing is drawn here.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Scale;
use super::format::{exponent_of, format_tick};
use crate::report::{ROUND_SECONDS, Unit};
use crate::table::{Extent, Zone};

/// Least width of a range: below it numbers lose their digits.
const LEAST_WIDTH: f64 = f64::MIN_POSITIVE;

/// Logarithms above this are of numbers that may have no end on an axis that begins below zero.
const WIDE_LOG: f64 = 700.0;

/// Least distance of neighbouring ticks, in CSS pixels.
const MIN_TICK_DISTANCE: f64 = 14.0;

/// Round numbers of months, up to a millennium.
const MONTH_STEPS: [i64; 12] = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 12_000];

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// 1970-01-05, the first Monday since 1970.
const MONDAY: i64 = 4 * DAY;

/// One axis of a plot.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    /// What a logarithmic axis counts from: zero, or the lowest value of all if that is negative.
    origin: f64,
    values: Values,
    /// Room kept free before the lowest and after the highest value.
    insets: (f64, f64),
}

/// What the values are, which decides how they are spread and labelled.
#[derive(Debug, Clone)]
enum Values {
    Linear { unit: Unit, min_step: f64 },
    Log { unit: Unit },
    Share,
    Time(Zone),
}

/// A labelled place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Distance from the axis' start.
    pub(super) at: f64,
    /// What it says.
    pub(super) label: String,
    /// What it says on a second line, such as the day that begins here.
    pub(super) context: Option<String>,
}

impl Axis {
    /// Returns an axis of measured values.
    ///
    /// A linear one begins at zero if the values come near it. An empty or infinite range becomes a small one.
    pub(super) fn of_values(low: f64, high: f64, unit: Unit, scale: Scale) -> Axis {
        let (mut low, high) = widened(low, high, unit);
        let min_step = if unit == Unit::Bytes { 1.0 } else { 0.0 };
        let values = match scale {
            Scale::Linear => Values::Linear { unit, min_step },
            Scale::Log => Values::Log { unit },
        };
        if scale == Scale::Linear && 0.0 < low && low < 0.25 * high {
            low = 0.0;
        }
        Axis {
            low,
            high,
            origin: low.min(0.0),
            values,
            insets: (0.0, 0.0),
        }
    }

    /// Returns the axis cut to a part of it, which may reach beyond.
    pub(super) fn cut_to(self, (low, high): (f64, f64)) -> Axis {
        let unit = match self.values {
            Values::Linear { unit, .. } | Values::Log { unit } => unit,
            Values::Share | Values::Time(_) => Unit::Plain,
        };
        let (low, high) = widened(low, high, unit);
        Axis { low, high, ..self }
    }

    /// Returns an axis of shares in percent: some upwards from zero, others downwards.
    pub(super) fn of_shares(highest_down: f64, highest_up: f64) -> Axis {
        Axis {
            low: -highest_down,
            high: if highest_up + highest_down > 0.0 {
                highest_up
            } else {
                100.0
            },
            origin: 0.0,
            values: Values::Share,
            insets: (0.0, 0.0),
        }
    }

    /// Returns an axis of numbers of sessions, from zero to at least one.
    pub(super) fn of_counts(highest: u64) -> Axis {
        let values = Values::Linear {
            unit: Unit::Plain,
            min_step: 1.0,
        };
        Axis {
            low: 0.0,
            high: highest.max(1) as f64,
            origin: 0.0,
            values,
            insets: (0.0, 0.0),
        }
    }

    /// Returns an axis of time, in seconds since 1970-01-01 UTC, labelled as the clock in a zone shows them.
    pub(super) fn of_time(start: f64, end: f64, zone: Zone) -> Axis {
        Axis {
            low: start,
            high: if end > start { end } else { start + 1.0 },
            origin: 0.0,
            values: Values::Time(zone),
            insets: (0.0, 0.0),
        }
    }

    /// Keeps room free at both ends.
    pub(super) fn with_insets(self, insets: (f64, f64)) -> Axis {
        Axis { insets, ..self }
    }

    /// Returns whether neighbouring ticks may have a second line.
    pub(super) fn has_context(&self) -> bool {
        matches!(self.values, Values::Time(_))
    }

    /// Returns how far from the start of an axis of this length a value lies; `None` if it is no finite number.
    pub(super) fn position(&self, value: f64, length: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        let room = (length - self.insets.0 - self.insets.1).max(0.0);
        Some(self.insets.0 + self.share(value).clamp(0.0, 1.0) * room)
    }

    /// Returns how far from the start of an axis of this length a value lies, beyond its ends as well.
    pub(super) fn position_beyond(&self, value: f64, length: f64) -> f64 {
        let room = (length - self.insets.0 - self.insets.1).max(0.0);
        self.insets.0 + self.share(value) * room
    }

    /// Returns how far along the axis a value lies, from 0 at its lowest to 1 at its highest value.
    fn share(&self, value: f64) -> f64 {
        let value = value.clamp(f64::MIN, f64::MAX);
        self.mapped_ends().share(self.mapped(value))
    }

    /// Returns the value at a distance from the start of an axis of this length, beyond its ends as well.
    pub(super) fn value_at(&self, at: f64, length: f64) -> f64 {
        let room = (length - self.insets.0 - self.insets.1).max(1.0);
        let mapped = self.mapped_ends().at((at - self.insets.0) / room);
        let value = match self.values {
            // it may be finite only once it is counted from the origin
            Values::Log { .. } if mapped > WIDE_LOG => {
                2.0 * ((mapped - std::f64::consts::LN_2).exp() + 0.5 * self.origin)
            }
            Values::Log { .. } => mapped.max(0.0).exp_m1() + self.origin,
            Values::Linear { .. } | Values::Share | Values::Time(_) => mapped,
        };
        value.clamp(f64::MIN, f64::MAX)
    }

    /// Returns the most ticks that fit on an axis of this length, at round values.
    ///
    /// `extent` says how much of the axis a label needs, the gap to its neighbour included.
    pub(super) fn ticks(&self, length: f64, extent: impl Fn(&str) -> f64) -> Vec<Tick> {
        match &self.values {
            &Values::Linear { unit, min_step } => self.linear_ticks(length, unit, min_step, extent),
            &Values::Log { unit } => self.log_ticks(length, unit, extent),
            Values::Share => {
                let mut ticks = self.linear_ticks(length, Unit::Plain, 0.0, extent);
                for tick in &mut ticks {
                    tick.label = format!("{}%", tick.label.trim_start_matches('−'));
                }
                ticks
            }
            Values::Time(zone) => self.time_ticks(length, zone, extent),
        }
    }

    /// Returns its ends as they are spread.
    fn mapped_ends(&self) -> Extent {
        Extent {
            low: self.mapped(self.low),
            high: self.mapped(self.high),
        }
    }

    fn mapped(&self, value: f64) -> f64 {
        match self.values {
            Values::Log { .. } if (value - self.origin).is_infinite() => {
                (0.5 * value - 0.5 * self.origin).ln() + std::f64::consts::LN_2
            }
            Values::Log { .. } => (value - self.origin).max(0.0).ln_1p(),
            Values::Linear { .. } | Values::Share | Values::Time(_) => value,
        }
    }

    fn tick(&self, value: f64, label: String, length: f64) -> Option<Tick> {
        let hair = 1e-9 * self.high - 1e-9 * self.low;
        let is_within = self.low - hair <= value && value <= self.high + hair;
        is_within.then_some(Tick {
            at: self.position(value, length)?,
            label,
            context: None,
        })
    }

    fn linear_ticks(
        &self,
        length: f64,
        unit: Unit,
        min_step: f64,
        extent: impl Fn(&str) -> f64,
    ) -> Vec<Tick> {
        let width = (self.high - self.low).min(f64::MAX);
        // of a chart of next to no length the width itself
        let part = (MIN_TICK_DISTANCE / length.max(1.0)).min(1.0);
        let least = (width * part).max(min_step);
        // one more exponent than the least step has, so that a range always holds a coarsest one
        let exponent = exponent_of(least);
        let steps = (exponent..exponent + 5)
            .flat_map(|exponent| [1, 2, 5].map(|digit| round_multiple(digit, exponent)))
            .filter(|&step| step >= least && step.is_finite());
        let at_step = |step: f64| {
            // a hair more on both sides: 0.7 / 0.1 is a little less than 7
            let first = (self.low / step - 1e-9).ceil();
            let last = (self.high / step + 1e-9).floor();
            let n_steps = (last - first).clamp(-1.0, 1000.0) as i32;
            (0..=n_steps)
                .filter_map(|i| {
                    let value = (first + f64::from(i)) * step;
                    self.tick(value, format_tick(value, step, unit), length)
                })
                .collect()
        };
        first_that_fits(steps.map(at_step), extent)
    }

    fn log_ticks(&self, length: f64, unit: Unit, extent: impl Fn(&str) -> f64) -> Vec<Tick> {
        let top = exponent_of(self.high.abs().max(self.low.abs()).max(1.0));
        let powers = |every: i32, digits: &'static [u8]| {
            let sizes = (0..=top)
                .step_by(every as usize)
                .flat_map(move |exponent| digits.iter().map(move |&digit| (digit, exponent)));
            let mut ticks: Vec<Tick> = sizes
                .flat_map(|(digit, exponent)| {
                    let size = round_multiple(digit, exponent);
                    [-size, size]
                })
                .filter_map(|value| self.tick(value, format_tick(value, value.abs(), unit), length))
                .collect();
            ticks.sort_by(|a, b| a.at.total_cmp(&b.at));
            ticks
        };
        let with_zero = |ticks: Vec<Tick>| {
            let zero = self.tick(0.0, format_tick(0.0, 1.0, unit), length);
            keep_apart(zero, ticks, &extent)
        };
        let enough = |ticks: &Vec<Tick>| ticks.len() >= 3;
        // a range with a negative end crowds the decades about zero; only those that find room are kept
        if self.low < 0.0 {
            return with_zero(powers(1, &[1]));
        }
        let decades = with_zero(first_that_fits(
            (1..=top + 1).map(|every| powers(every, &[1])),
            &extent,
        ));
        if enough(&decades) {
            return decades;
        }
        let fine = with_zero(keep_apart(None, powers(1, &[1, 2, 5]), &extent));
        if enough(&fine) {
            return fine;
        }
        let linear = self.linear_ticks(length, unit, 0.0, &extent);
        if linear.len() > fine.len() {
            linear
        } else {
            fine
        }
    }

    fn time_ticks(&self, length: f64, zone: &Zone, extent: impl Fn(&str) -> f64) -> Vec<Tick> {
        let least = ((self.high - self.low) * MIN_TICK_DISTANCE / length.max(1.0)) as i64;
        // seconds as the clock shows them
        let wall = |second: i64| {
            let ahead = zone
                .clock()
                .offset_seconds(second.saturating_mul(1_000_000));
            second.saturating_add(ahead)
        };
        let (low, high) = (wall(self.low.ceil() as i64), wall(self.high.floor() as i64));
        let clock = ROUND_SECONDS
            .into_iter()
            .filter(|&step| least < step && step <= WEEK)
            .map(|step| {
                let origin = if step == WEEK { MONDAY } else { 0 };
                let first = low.saturating_sub(origin + 1).div_euclid(step) + 1;
                let n_steps = (high.saturating_sub(origin).div_euclid(step) - first).min(1000);
                let moments = (0..=n_steps).filter_map(|i| civil(origin + (first + i) * step));
                let format = match step {
                    ..60 => "%H:%M:%S",
                    60..DAY => "%H:%M",
                    _ => "%-d %b",
                };
                self.dated(
                    moments,
                    zone,
                    format,
                    if step < DAY { "%Y-%m-%d" } else { "%Y" },
                    length,
                )
            });
        let calendar = MONTH_STEPS
            .into_iter()
            .filter(|&step| step * 31 * DAY > least)
            .map(|step| {
                let format = if step < 12 { "%b" } else { "%Y" };
                let context = if step < 12 { "%Y" } else { "" };
                self.dated(
                    months(low, high, step).into_iter(),
                    zone,
                    format,
                    context,
                    length,
                )
            });
        first_that_fits(clock.chain(calendar), extent)
    }

    /// Labels moments; the second line stands where it differs from the one before.
    fn dated(
        &self,
        moments: impl Iterator<Item = DateTime>,
        zone: &Zone,
        format: &str,
        context: &str,
        length: f64,
    ) -> Vec<Tick> {
        let mut last_context = String::new();
        let tick = |moment: DateTime| {
            let seconds = zone.shown_at(moment)?;
            let mut tick =
                self.tick(seconds as f64, moment.strftime(format).to_string(), length)?;
            let now = moment.strftime(context).to_string();
            if now != last_context {
                last_context.clone_from(&now);
                tick.context = Some(now);
            }
            Some(tick)
        };
        moments.filter_map(tick).collect()
    }
}

/// Makes a range finite and longer than a rounding error.
fn widened(low: f64, high: f64, unit: Unit) -> (f64, f64) {
    if !(low.is_finite() && high.is_finite() && low <= high) {
        return (0.0, 1.0);
    }
    let size = low.abs().max(high.abs());
    if high - low > (1e-9 * size).max(LEAST_WIDTH) {
        return (low, high);
    }
    let smallest = if unit == Unit::Bytes { 1.0 } else { 0.0 };
    let margin = if size > LEAST_WIDTH {
        (0.1 * size).max(smallest)
    } else {
        1.0
    };
    let below = if low >= 0.0 {
        (low - margin).max(0.0)
    } else {
        (low - margin).max(f64::MIN)
    };
    (below, (high + margin).min(f64::MAX))
}

/// Returns `digit * 10^exponent`, rounded once; infinite if that is too large.
fn round_multiple(digit: u8, exponent: i32) -> f64 {
    // powers are rounded from 10^23 on, and products of them again: reading the digits rounds once
    let digits = format!("{digit}e{exponent}").parse();
    digits.expect("digits with an exponent are a number")
}

/// Returns the first candidate whose labels do not touch, or the last one thinned until they do not.
fn first_that_fits(
    candidates: impl Iterator<Item = Vec<Tick>>,
    extent: impl Fn(&str) -> f64,
) -> Vec<Tick> {
    let mut last = Vec::new();
    for ticks in candidates {
        if fits(&ticks, &extent) {
            // a coarser step that leaves a single tick says less than a finer one with labels left out
            return if ticks.len() < 2 && last.len() > 1 {
                keep_apart(None, last, &extent)
            } else {
                ticks
            };
        }
        last = ticks;
    }
    keep_apart(None, last, &extent)
}

fn fits(ticks: &[Tick], extent: impl Fn(&str) -> f64) -> bool {
    let apart = |at: f64, text: &str, next_at: f64, next: &str| {
        next_at - at >= 0.5 * (extent(text) + extent(next))
    };
    let labels = ticks
        .windows(2)
        .all(|pair| apart(pair[0].at, &pair[0].label, pair[1].at, &pair[1].label));
    let contexts: Vec<(f64, &str)> = ticks
        .iter()
        .filter_map(|tick| Some((tick.at, tick.context.as_deref()?)))
        .collect();
    labels
        && contexts
            .windows(2)
            .all(|pair| apart(pair[0].0, pair[0].1, pair[1].0, pair[1].1))
}

/// Keeps one tick and, from the far end on, those of the others that find room.
fn keep_apart(kept: Option<Tick>, others: Vec<Tick>, extent: impl Fn(&str) -> f64) -> Vec<Tick> {
    let mut ticks: Vec<Tick> = kept.into_iter().collect();
    for tick in others.into_iter().rev() {
        let i = ticks.partition_point(|other| other.at < tick.at);
        ticks.insert(i, tick);
        if !fits(&ticks, &extent) {
            ticks.remove(i);
        }
    }
    ticks
}

fn civil(seconds: i64) -> Option<DateTime> {
    let moment = Timestamp::from_second(seconds).ok()?;
    Some(TimeZone::UTC.to_datetime(moment))
}

/// Returns the first days of every so many months, counted from January of the year 0.
fn months(low: i64, high: i64, every: i64) -> Vec<DateTime> {
    let Some(first) = civil(low) else {
        return Vec::new();
    };
    let month = i64::from(first.year()) * 12 + i64::from(first.month()) - 1;
    let month = month.div_euclid(every) * every;
    let start = i16::try_from(month.div_euclid(12))
        .ok()
        .zip(i8::try_from(month.rem_euclid(12) + 1).ok());
    let start = start.and_then(|(year, month)| Date::new(year, month, 1).ok());
    let at = |i: i64| start?.checked_add((i * every).months()).ok();
    let is_before_end = |date: &Date| {
        let moment = date
            .to_zoned(TimeZone::UTC)
            .map(|zoned| zoned.timestamp().as_second());
        moment.is_ok_and(|seconds| seconds <= high)
    };
    (0..1000)
        .map_while(at)
        .take_while(is_before_end)
        .map(|date| date.at(0, 0, 0, 0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(axis: Axis, length: f64) -> Vec<String> {
        let ticks = axis.ticks(length, |label| 7.0 * label.chars().count() as f64 + 14.0);
        ticks
            .into_iter()
            .map(|tick| match tick.context {
                Some(context) => format!("{}|{context}", tick.label),
                None => tick.label,
            })
            .collect()
    }

    fn of(low: f64, high: f64, unit: Unit, scale: Scale) -> Axis {
        Axis::of_values(low, high, unit, scale)
    }

    #[test]
    fn linear_ticks_are_round_and_find_room() {
        let bytes = of(40.0, 25_207_794.0, Unit::Bytes, Scale::Linear);
        assert_eq!(
            labels(bytes.clone(), 400.0),
            ["0 B", "5 MB", "10 MB", "15 MB", "20 MB", "25 MB"]
        );
        assert_eq!(labels(bytes, 150.0), ["0 B", "10 MB", "20 MB"]);
        let score = of(-0.7, -0.4, Unit::Score, Scale::Linear);
        assert_eq!(labels(score, 250.0), ["−0.7", "−0.6", "−0.5", "−0.4"]);
        assert_eq!(
            labels(of(600.0, 600.0, Unit::Seconds, Scale::Linear), 200.0),
            ["550 s", "600 s", "650 s"]
        );
        assert_eq!(
            labels(of(0.0, 0.0, Unit::Bytes, Scale::Linear), 200.0),
            ["0 B", "1 B"]
        );
        assert_eq!(labels(Axis::of_counts(3), 300.0), ["0", "1", "2", "3"]);
        assert_eq!(labels(Axis::of_counts(0), 300.0), ["0", "1"]);
    }

    #[test]
    fn log_ticks_are_decades() {
        let bytes = of(0.0, 25_207_794.0, Unit::Bytes, Scale::Log);
        let all = [
            "0 B", "1 B", "10 B", "100 B", "1 kB", "10 kB", "100 kB", "1 MB", "10 MB",
        ];
        assert_eq!(labels(bytes.clone(), 1600.0), all);
        assert_eq!(labels(bytes, 250.0), ["0 B", "100 B", "10 kB", "1 MB"]);
        // less than a decade, and nearly nothing
        assert_eq!(
            labels(of(100.0, 900.0, Unit::Bytes, Scale::Log), 400.0),
            ["100 B", "200 B", "500 B"]
        );
        assert_eq!(
            labels(of(5000.0, 5600.0, Unit::Plain, Scale::Log), 300.0),
            ["5,000", "5,200", "5,400", "5,600"]
        );
        let negative = labels(of(-1000.0, 1e6, Unit::Plain, Scale::Log), 600.0);
        assert!(
            negative.contains(&"0".to_owned()) && negative.contains(&"100,000".to_owned()),
            "{negative:?}"
        );
    }

    #[test]
    fn time_ticks_name_the_day_once() {
        // 2024-04-25 23:00 to 2024-04-26 10:00 UTC
        let night = Axis::of_time(1_714_086_000.0, 1_714_125_600.0, Zone::utc());
        assert_eq!(
            labels(night, 300.0),
            [
                "00:00|2024-04-26",
                "02:00",
                "04:00",
                "06:00",
                "08:00",
                "10:00"
            ]
        );
        // 2024-01-15 to 2025-03-15
        let year = Axis::of_time(1_705_276_800.0, 1_741_996_800.0, Zone::utc());
        assert_eq!(labels(year, 300.0), ["Apr|2024", "Jul", "Oct", "Jan|2025"]);
        // 0001-01-01 to 2600-01-01
        let ages = Axis::of_time(-62_135_596_800.0, 19_880_899_200.0, Zone::utc());
        assert_eq!(labels(ages, 400.0), ["1000", "2000"]);
    }

    #[test]
    fn time_ticks_show_the_clock_of_the_zone() {
        let zone = |name| Zone::try_new(name).expect("it is in the database");
        // 2024-04-25 23:00 to 2024-04-26 10:00 UTC, 5:30 later in Kolkata
        let night = Axis::of_time(1_714_086_000.0, 1_714_125_600.0, zone("Asia/Kolkata"));
        let ticks = night.ticks(300.0, |label| 7.0 * label.len() as f64 + 14.0);
        assert_eq!(ticks[0].label, "06:00");
        // half past midnight UTC, an hour and a half after the start
        assert!((ticks[0].at - 300.0 * 1.5 / 11.0).abs() < 1e-6);
        // 2024-10-26 22:00 to 2024-10-29 23:00 UTC: in Berlin Sunday the 27th has 25 hours
        let autumn = Axis::of_time(1_729_980_000.0, 1_730_242_800.0, zone("Europe/Berlin"));
        let ticks = autumn.ticks(730.0, |_| 150.0);
        let found: Vec<_> = ticks
            .iter()
            .map(|tick| (tick.at.round(), tick.label.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (0.0, "27 Oct"),
                (250.0, "28 Oct"),
                (490.0, "29 Oct"),
                (730.0, "30 Oct")
            ]
        );
        // 2024-03-31 00:00 to 05:00 UTC: at 01:00 the clock in Berlin jumps from 2 to 3
        let spring = Axis::of_time(1_711_843_200.0, 1_711_861_200.0, zone("Europe/Berlin"));
        assert_eq!(
            labels(spring, 300.0),
            [
                "01:00|2024-03-31",
                "03:00",
                "04:00",
                "05:00",
                "06:00",
                "07:00"
            ]
        );
    }

    #[test]
    fn extreme_ranges_have_round_labels() {
        for (low, high, expected) in [
            (1e-8, 9e-8, vec!["0", "2e-8", "4e-8", "6e-8", "8e-8"]),
            (
                -1.7e308,
                1.7e308,
                vec![
                    "−1.5e308",
                    "−1e308",
                    "−5e307",
                    "0",
                    "5e307",
                    "1e308",
                    "1.5e308",
                ],
            ),
            (-1.7e308, 0.0, vec!["−1.5e308", "−1e308", "−5e307", "0"]),
            (f64::MIN, f64::MAX, vec!["−1e308", "0", "1e308"]),
            (0.0, 3e-303, vec!["0", "1e-303", "2e-303", "3e-303"]),
            (
                1e300,
                3e300,
                vec!["1e300", "1.5e300", "2e300", "2.5e300", "3e300"],
            ),
            (
                1e9,
                1e9 + 4.0,
                vec!["1 G", "1.000000002 G", "1.000000004 G"],
            ),
        ] {
            let length = if expected.len() > 6 { 600.0 } else { 230.0 };
            let axis = of(low, high, Unit::Plain, Scale::Linear);
            assert_eq!(labels(axis.clone(), length), expected, "{low} to {high}");
            let middle = axis.position(0.5 * low + 0.5 * high, 100.0);
            assert!(middle.is_some_and(|at| low < 0.0 && (at - 50.0).abs() < 1e-9 || at >= 0.0));
        }
        // the ends lie at the ends, and are found there again
        let axis = of(-1.7e308, 1.7e308, Unit::Plain, Scale::Linear);
        assert_eq!(axis.position(-1.7e308, 100.0), Some(0.0));
        assert_eq!(axis.position(1.7e308, 100.0), Some(100.0));
        assert_eq!(axis.value_at(0.0, 100.0), -1.7e308);
        assert_eq!(axis.value_at(100.0, 100.0), 1.7e308);
        assert!((axis.value_at(75.0, 100.0) / 0.85e308 - 1.0).abs() < 1e-9);
        assert!(axis.value_at(1e9, 100.0).is_finite());
        let log = of(-1.7e308, 1.7e308, Unit::Plain, Scale::Log);
        let there = log.position(1.2e308, 100.0).expect("a number");
        assert!((log.value_at(there, 100.0) / 1.2e308 - 1.0).abs() < 1e-9);
    }

    /// Reads a label as people do.
    fn read(label: &str) -> f64 {
        let label = label.replace(',', "").replace('−', "-");
        let label = label.trim_end_matches(['B', 's']).trim_end();
        let (digits, factor) = match label.split_once(' ') {
            Some((digits, prefix)) => {
                let place = ["k", "M", "G", "T", "P", "E"]
                    .iter()
                    .position(|of| *of == prefix);
                (digits, 1000_f64.powi(place.expect("a prefix") as i32 + 1))
            }
            None => (label, 1.0),
        };
        digits.parse::<f64>().expect("a number") * factor
    }

    proptest! {
        #[test]
        fn labels_tell_their_values(
            digits in -9.99..9.99f64,
            exponent in -300..300i32,
            // how much wider than a millionth of the values
            width in 0.0..6.5f64,
            unit in prop::sample::select(vec![Unit::Plain, Unit::Seconds, Unit::Bytes]),
            length in 60.0..1200.0f64,
        ) {
            let low = digits * 10f64.powi(exponent);
            let high = low + low.abs().max(1e-300) * 10f64.powf(width - 6.0);
            let axis = of(low, high, unit, Scale::Linear);
            let extent = |label: &str| 7.0 * label.chars().count() as f64 + 14.0;
            let ticks = axis.ticks(length, extent);
            let values: Vec<f64> = ticks.iter().map(|tick| axis.value_at(tick.at, length)).collect();
            let step = values.windows(2).map(|pair| pair[1] - pair[0]).fold(high - low, f64::min);
            for (tick, value) in ticks.iter().zip(&values) {
                let read = read(&tick.label);
                prop_assert!((read - value).abs() <= 0.5 * step, "{} at {value:e}", tick.label);
                let n_digits = (value.abs() / step).max(1.0).log10();
                let is_short = tick.label.chars().count() <= 13;
                prop_assert!(is_short || n_digits > 3.5, "{} in steps of {step:e}", tick.label);
            }
            for pair in ticks.windows(2) {
                prop_assert_ne!(&pair[0].label, &pair[1].label);
            }
        }
    }

    #[test]
    fn every_range_has_finite_places() {
        let ends = [
            f64::NAN,
            f64::NEG_INFINITY,
            f64::MIN,
            -1.0,
            0.0,
            f64::MIN_POSITIVE,
            1.0,
            f64::MAX,
        ];
        for (low, high) in ends.iter().flat_map(|&low| ends.map(|high| (low, high))) {
            for scale in [Scale::Linear, Scale::Log] {
                for unit in [Unit::Bytes, Unit::Plain] {
                    let axis = of(low, high, unit, scale);
                    for value in [low, high, 0.5]
                        .into_iter()
                        .filter(|value| value.is_finite())
                    {
                        let at = axis.position(value, 100.0).expect("a finite value");
                        assert!((0.0..=100.0).contains(&at), "{low} {high} {value}: {at}");
                    }
                    let ticks = axis.ticks(100.0, |_| 20.0);
                    assert!(ticks.iter().all(|tick| (0.0..=100.0).contains(&tick.at)));
                }
            }
        }
        assert_eq!(
            of(0.0, 1.0, Unit::Plain, Scale::Log).position(f64::NAN, 9.0),
            None
        );
    }
}
