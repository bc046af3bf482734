//! Timestamps: parsed by jiff, kept as microseconds since 1970-01-01 UTC, written as pandas writes them.

use jiff::{Timestamp, civil::DateTime, fmt::strtime, tz::TimeZone};

/// A moment, and whether the text named an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// Microseconds since 1970-01-01 00:00 UTC.
    pub micros: i64,
    /// True if the text had no offset; it is then taken as UTC, as pandas does.
    pub is_naive: bool,
}

impl Instant {
    /// Returns how many digits of a second it needs: 0, 3 or 6.
    pub(super) fn fraction_digits(self) -> u8 {
        match self.micros {
            micros if micros % 1_000_000 == 0 => 0,
            micros if micros % 1000 == 0 => 3,
            _ => 6,
        }
    }
}

/// Parses an ISO 8601 / RFC 3339 date and time (`2024-04-25T23:00:00Z`, `2024-04-25 23:00:00.250+02:00`, `2024-04-25`)
/// or one of the Common Log Format (`25/Apr/2024:23:00:00 +0000`). Anything else is `None`: `04/05/2024` is not guessed.
pub fn parse_time(text: &str) -> Option<Instant> {
    let text = text.trim();
    let bytes = text.as_bytes();
    if bytes.len() < 10 {
        return None;
    }
    if bytes[4] == b'-' && bytes[7] == b'-' {
        let text = text
            .strip_suffix(" UTC")
            .map_or_else(|| text.into(), |rest| format!("{rest}Z"));
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Some(Instant {
                micros: timestamp.as_microsecond(),
                is_naive: false,
            });
        }
        let date_time: DateTime = text.parse().ok()?;
        let timestamp = TimeZone::UTC.to_timestamp(date_time).ok()?;
        return Some(Instant {
            micros: timestamp.as_microsecond(),
            is_naive: true,
        });
    }
    if bytes[2] == b'/' && bytes[6] == b'/' {
        let text = text.trim_start_matches('[').trim_end_matches(']');
        let timestamp = strtime::parse("%d/%b/%Y:%H:%M:%S %z", text)
            .and_then(|parts| parts.to_timestamp())
            .ok()?;
        return Some(Instant {
            micros: timestamp.as_microsecond(),
            is_naive: false,
        });
    }
    None
}

/// Writes a moment as pandas does: `2024-04-25 23:30:00+00:00`, without the offset for naive columns, with
/// `fraction_digits` (0, 3 or 6) digits of a second.
pub fn format_time(micros: i64, fraction_digits: usize, is_naive: bool) -> String {
    let Ok(timestamp) = Timestamp::from_microsecond(micros) else {
        return micros.to_string();
    };
    let time = TimeZone::UTC.to_datetime(timestamp);
    let (date, clock) = (time.date(), time.time());
    let mut text = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    );
    let micros_of_second = clock.subsec_nanosecond() / 1000;
    match fraction_digits {
        0 => {}
        3 => text.push_str(&format!(".{:03}", micros_of_second / 1000)),
        _ => text.push_str(&format!(".{micros_of_second:06}")),
    }
    if !is_naive {
        text.push_str("+00:00");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_logs_write() {
        let micros =
            |text: &str| parse_time(text).map(|instant| (instant.micros, instant.is_naive));
        assert_eq!(
            micros("2024-04-25T23:30:00Z"),
            Some((1_714_087_800_000_000, false))
        );
        assert_eq!(
            micros("2024-04-25 23:30:00"),
            Some((1_714_087_800_000_000, true))
        );
        assert_eq!(
            micros("2024-04-25 23:30:00 UTC"),
            Some((1_714_087_800_000_000, false))
        );
        assert_eq!(
            micros("2024-04-26T01:30:00.25+02:00"),
            Some((1_714_087_800_250_000, false))
        );
        assert_eq!(
            micros("25/Apr/2024:23:30:00 +0000"),
            Some((1_714_087_800_000_000, false))
        );
        assert_eq!(micros("2024-04-25"), Some((1_714_003_200_000_000, true)));
        for text in [
            "",
            "10.138.69.97",
            "04/25/2024 23:30",
            "2024-13-45",
            "1714087800",
            "a long text that is none",
            "ÄÖÜÄÖÜÄÖÜ",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    #[test]
    fn writes_as_pandas_does() {
        assert_eq!(
            format_time(1_714_087_800_000_000, 0, false),
            "2024-04-25 23:30:00+00:00"
        );
        assert_eq!(
            format_time(1_714_087_800_250_000, 3, true),
            "2024-04-25 23:30:00.250"
        );
        assert_eq!(
            format_time(1_714_087_800_250_001, 6, false),
            "2024-04-25 23:30:00.250001+00:00"
        );
    }
}
