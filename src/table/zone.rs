//! Time zones: where a day begins, and what the clock on the wall shows.

use std::fmt;

use jiff::{Timestamp, Zoned, civil::DateTime, tz::TimeZone};

/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// Buckets up to this long follow the clock without a jump; longer ones begin at a round hour or day on the wall.
const STEADY_SECONDS: i64 = 3600;

/// Seconds of a week.
const WEEK: i64 = 7 * 86_400;

/// A Monday, 1970-01-05, in seconds since 1970-01-01.
const MONDAY: i64 = 4 * 86_400;

/// A time zone of the IANA database, which is part of the program.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// There is no such zone in the IANA database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone {name:?}")]
pub struct UnknownZone {
    /// What was asked for.
    pub name: String,
}

impl Zone {
    /// Returns Coordinated Universal Time.
    pub fn utc() -> Zone {
        Zone {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }

    /// Returns the zone of this IANA name, such as `Europe/Berlin`, however its letters are cased.
    ///
    /// # Errors
    /// [`UnknownZone`].
    pub fn try_new(name: &str) -> Result<Zone, UnknownZone> {
        let unknown = || UnknownZone {
            name: name.to_owned(),
        };
        let rules = TimeZone::get(name).map_err(|_| unknown())?;
        let name = rules.iana_name().ok_or_else(unknown)?.to_owned();
        Ok(Zone { name, rules })
    }

    /// Returns the names of all zones, sorted.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = jiff::tz::db()
            .available()
            .map(|name| name.to_string())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns its IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns a clock of the zone.
    pub fn clock(&self) -> Clock<'_> {
        Clock {
            zone: self,
            from: i64::MAX,
            until: i64::MIN,
            offset: 0,
        }
    }

    /// Returns what the clock shows at a moment, in seconds since 1970-01-01 UTC; `None` beyond the years -9999 to 9999.
    pub(crate) fn wall(&self, second: i64) -> Option<DateTime> {
        let moment = Timestamp::from_second(second).ok()?;
        Some(self.rules.to_datetime(moment))
    }

    /// Writes what the clock shows at a moment, in seconds since 1970-01-01 UTC, with the offset where it shows the same
    /// twice because it was put back; `None` beyond the years -9999 to 9999.
    pub(crate) fn written(&self, second: i64) -> Option<String> {
        let moment = Timestamp::from_second(second).ok()?;
        let moment = moment.to_zoned(self.rules.clone());
        let text = moment.strftime("%Y-%m-%d %H:%M:%S").to_string();
        Some(text + &offset_if_repeated(&moment))
    }

    /// Returns when the clock first shows this, in seconds since 1970-01-01 UTC; `None` if it jumps over it.
    pub(crate) fn shown_at(&self, wall: DateTime) -> Option<i64> {
        let second = self.rules.to_timestamp(wall).ok()?.as_second();
        (self.wall(second) == Some(wall)).then_some(second)
    }

    /// Returns the starts of buckets of a round length, in seconds since 1970-01-01 UTC, from the one that holds the
    /// first second to the end of the one that holds the last: one more than buckets.
    ///
    /// Buckets longer than an hour begin at a multiple of their length on the wall, so days begin at midnight and are 23
    /// or 25 hours long when the clocks change, and weeks begin on Monday. Shorter ones go on steadily.
    pub fn bucket_starts(&self, first: i64, last: i64, length: i64) -> Vec<i64> {
        let offset_first = self.clock().offset_seconds(first.saturating_mul(MICROS));
        let anchor = if length % WEEK == 0 { MONDAY } else { 0 };
        let mut wall = (first + offset_first - anchor).div_euclid(length) * length + anchor;
        let second_of = |wall: i64| {
            if length <= STEADY_SECONDS {
                Some(wall.saturating_sub(offset_first))
            } else {
                self.second_of(wall)
            }
        };
        let mut starts: Vec<i64> = Vec::new();
        loop {
            let start = second_of(wall).unwrap_or(wall.saturating_sub(offset_first));
            if starts.last().is_none_or(|&before| before < start) {
                starts.push(start);
            }
            if start > last {
                return starts;
            }
            wall = wall.saturating_add(length);
        }
    }

    /// Returns the moment when the clock first shows this, in seconds, both counted from 1970-01-01. Where the clock
    /// jumps over it, the moment after the jump.
    fn second_of(&self, wall: i64) -> Option<i64> {
        let shown: DateTime = TimeZone::UTC.to_datetime(Timestamp::from_second(wall).ok()?);
        self.rules
            .to_timestamp(shown)
            .ok()
            .map(Timestamp::as_second)
    }
}

/// Returns the offset of a moment after a blank where the clock shows the same twice, nothing elsewhere.
pub(crate) fn offset_if_repeated(moment: &Zoned) -> String {
    let shown = moment.time_zone().to_ambiguous_timestamp(moment.datetime());
    if shown.is_ambiguous() {
        format!(" {}", moment.strftime("%:z"))
    } else {
        String::new()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// Tells what the clock on the wall shows, quickly for moments that lie near each other.
#[derive(Debug)]
pub struct Clock<'a> {
    zone: &'a Zone,
    /// Seconds between which the offset is known: from this one on, and before the next.
    from: i64,
    until: i64,
    offset: i64,
}

impl Clock<'_> {
    /// Returns how many seconds the clock is ahead of UTC at a moment, in microseconds since 1970-01-01 UTC.
    pub fn offset_seconds(&mut self, micros: i64) -> i64 {
        let second = micros.div_euclid(MICROS);
        if !(self.from <= second && second < self.until) {
            self.look_up(second);
        }
        self.offset
    }

    /// Returns the hour of the week at a moment: 0 is Monday from 00:00 on, 167 Sunday from 23:00 on.
    pub fn hour_of_week(&mut self, micros: i64) -> u8 {
        let wall = micros.div_euclid(MICROS) + self.offset_seconds(micros);
        // 1970-01-01 was a Thursday
        ((wall.div_euclid(3600) + 3 * 24).rem_euclid(168)) as u8
    }

    fn look_up(&mut self, second: i64) {
        let Ok(moment) = Timestamp::from_second(second) else {
            (self.from, self.until, self.offset) = (second, second + 1, 0);
            return;
        };
        let rules = &self.zone.rules;
        self.offset = i64::from(rules.to_offset(moment).seconds());
        let next_second = Timestamp::from_second(second + 1).unwrap_or(moment);
        self.from = rules
            .preceding(next_second)
            .next()
            .map_or(i64::MIN, |change| change.timestamp().as_second());
        self.until = rules
            .following(moment)
            .next()
            .map_or(i64::MAX, |change| change.timestamp().as_second());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a moment").as_second()
    }

    #[test]
    fn days_begin_at_midnight_when_the_clocks_change() {
        let berlin = Zone::try_new("europe/berlin").expect("a zone");
        assert_eq!(berlin.name(), "Europe/Berlin");
        let starts = berlin.bucket_starts(
            second("2024-03-30T12:00:00Z"),
            second("2024-04-01T12:00:00Z"),
            86_400,
        );
        let midnights = [
            "2024-03-29T23:00:00Z",
            "2024-03-30T23:00:00Z",
            "2024-03-31T22:00:00Z",
            "2024-04-01T22:00:00Z",
        ];
        assert_eq!(starts, midnights.map(second));
    }

    #[test]
    fn weeks_begin_on_monday() {
        let moment = second("2024-04-25T23:00:00Z");
        assert_eq!(
            Zone::utc().bucket_starts(moment, moment, WEEK),
            ["2024-04-22T00:00:00Z", "2024-04-29T00:00:00Z"].map(second)
        );
    }

    #[test]
    fn hours_go_on_steadily() {
        let berlin = Zone::try_new("Europe/Berlin").expect("a zone");
        let starts = berlin.bucket_starts(
            second("2024-10-27T00:10:00Z"),
            second("2024-10-27T02:10:00Z"),
            3600,
        );
        assert_eq!(starts.len(), 4);
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] == 3600));
    }

    #[test]
    fn what_the_clock_shows_twice_is_told_apart() {
        // in Oslo the clock went from 03:00 back to 02:00 on 25 October 2015 at 01:00 UTC
        let oslo = Zone::try_new("Europe/Oslo").expect("a zone");
        for (moment, text) in [
            ("2015-10-24T23:00:00Z", "2015-10-25 01:00:00"),
            ("2015-10-25T00:00:00Z", "2015-10-25 02:00:00 +02:00"),
            ("2015-10-25T01:00:00Z", "2015-10-25 02:00:00 +01:00"),
            ("2015-10-25T01:59:59Z", "2015-10-25 02:59:59 +01:00"),
            ("2015-10-25T02:00:00Z", "2015-10-25 03:00:00"),
            ("2015-03-29T01:00:00Z", "2015-03-29 03:00:00"),
        ] {
            assert_eq!(oslo.written(second(moment)).as_deref(), Some(text));
        }
        assert_eq!(oslo.written(i64::MAX), None);
    }

    #[test]
    fn buckets_of_any_length_end() {
        let lima = Zone::try_new("America/Lima").expect("a zone");
        for length in [1, 7, 3600, 86_400, i64::MAX / 2, i64::MAX] {
            let starts = lima.bucket_starts(-5, 5, length);
            assert!(
                starts.len() >= 2 && starts.len() <= 13,
                "{length}: {starts:?}"
            );
            assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(starts.last().is_some_and(|&end| end > 5));
        }
    }

    #[test]
    fn the_hour_of_the_week_follows_the_wall() {
        let berlin = Zone::try_new("Europe/Berlin").expect("a zone");
        let mut clock = berlin.clock();
        // Sunday 2024-03-31, when 02:00 became 03:00
        for (moment, hour) in [
            ("2024-03-31T00:59:59Z", 6 * 24 + 1),
            ("2024-03-31T01:00:00Z", 6 * 24 + 3),
            ("2024-03-31T21:59:59Z", 6 * 24 + 23),
            ("2024-03-31T22:00:00Z", 0),
            ("2024-03-30T23:00:00Z", 6 * 24),
        ] {
            assert_eq!(
                clock.hour_of_week(second(moment) * MICROS),
                hour,
                "{moment}"
            );
        }
    }

    #[test]
    fn zones_are_known_by_name_only() {
        assert!(Zone::try_new("Mars/Olympus").is_err());
        assert!(Zone::try_new("").is_err());
        let names = Zone::names();
        assert!(names.len() > 400 && names.iter().any(|name| name == "Asia/Kolkata"));
        assert_eq!(Zone::utc().clock().hour_of_week(0), 72);
    }
}
