//! Conditions to the rows that meet them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::rows::Filler;
use super::{RowSet, SCORE, Test, Verdict};
use crate::table::{Categories, Data, Zone};
use crate::traffic::{Overview, Role, Series, Sessions, number_categories};

/// Sessions with what became of them.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The sessions.
    pub sessions: &'a Sessions,
    /// Rows that were scored, ascending.
    pub scored_rows: &'a [u32],
    /// `score_samples` of each of them.
    pub scores: &'a [f64],
    /// The verdict on each row of the table.
    pub verdicts: &'a [Verdict],
}

/// Why a condition cannot be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The log has no such column.
    #[error("there is no column {column:?}")]
    NoColumn {
        /// Its name.
        column: String,
    },
    /// The column holds something that this condition is not asked of.
    #[error("column {column:?} does not hold {wanted}")]
    WrongKind {
        /// Its name.
        column: String,
        /// What it should hold, in words.
        wanted: String,
    },
    /// The texts of the column are not kept, because almost every row has another one.
    #[error("the texts of column {column:?} are not kept")]
    NotKept {
        /// Its name.
        column: String,
    },
    /// The column has no value in any row.
    #[error("column {column:?} has no values")]
    NoValues {
        /// Its name.
        column: String,
    },
    /// The range holds nothing: its ends are the wrong way round, or no numbers.
    #[error("the range from {low} to {high} is empty")]
    EmptyRange {
        /// Its lower end.
        low: String,
        /// Its upper end.
        high: String,
    },
    /// The network is not in CIDR notation.
    #[error("{network:?} is no network")]
    NoNetwork {
        /// What was given.
        network: String,
    },
    /// The time zone is not in the IANA database.
    #[error("there is no time zone {zone:?}")]
    NoZone {
        /// What was given.
        zone: String,
    },
    /// No column says when the sessions happened.
    #[error("no column holds times")]
    NoTimes,
}

/// Returns the address that a text is; one of IPv4 that is written as IPv6 counts as IPv4.
pub fn address(text: &str) -> Option<IpAddr> {
    text.trim()
        .parse::<IpAddr>()
        .ok()
        .map(|ip| ip.to_canonical())
}

/// Returns the categories of a column: its own, the upper-cased countries, or those of its numbers.
///
/// # Errors
/// [`Error::NoColumn`], [`Error::NoValues`], [`Error::NotKept`], or [`Error::WrongKind`] for times.
fn with_categories<T>(
    sessions: &Sessions,
    column: &str,
    then: impl FnOnce(&Categories) -> T,
) -> Result<T, Error> {
    let name = || column.to_owned();
    let place = sessions
        .table
        .find(column)
        .ok_or_else(|| Error::NoColumn { column: name() })?;
    match (&sessions.countries, &sessions.table.columns[place].data) {
        (Some(countries), _) if sessions.roles.column(Role::Country) == Some(place) => {
            Ok(then(countries))
        }
        (_, Data::Categories(categories)) => Ok(then(categories)),
        (_, Data::Numbers(numbers)) => Ok(then(&number_categories(&numbers.values))),
        (_, Data::Times(_)) => Err(Error::WrongKind {
            column: name(),
            wanted: "text".to_owned(),
        }),
        (_, Data::NotKept) if sessions.table.is_empty_column(place) => {
            Err(Error::NoValues { column: name() })
        }
        (_, Data::NotKept) => Err(Error::NotKept { column: name() }),
    }
}

/// Returns the numbers of a column, of the file or derived.
///
/// # Errors
/// [`Error::NoColumn`], [`Error::NoValues`], or [`Error::WrongKind`] if it does not hold numbers.
pub fn numbers<'a>(sessions: &'a Sessions, column: &str) -> Result<Series<'a>, Error> {
    sessions.numbers(column).ok_or_else(|| {
        let column = column.to_owned();
        match sessions.table.find(&column) {
            Some(place) if sessions.table.is_empty_column(place) => Error::NoValues { column },
            Some(_) => Error::WrongKind {
                column,
                wanted: "numbers".to_owned(),
            },
            None => Error::NoColumn { column },
        }
    })
}

impl Test {
    /// Returns the rows that meet it.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn rows(&self, judged: &Judged<'_>, zone: &Zone) -> Result<RowSet, Error> {
        let sessions = judged.sessions;
        match self {
            Test::OneOf { column, values } => {
                let is_country = is_country(sessions, column);
                by_text(sessions, column, &|text| {
                    let is_it = |value: &String| Some(value.as_str()) == text;
                    let is_asked = |value: &Option<String>| match value {
                        Some(value) if is_country => is_it(&value.to_uppercase()),
                        Some(value) => is_it(value),
                        None => text.is_none(),
                    };
                    values.iter().any(is_asked)
                })
            }
            Test::Contains { column, text } => {
                let wanted = text.to_lowercase();
                by_text(sessions, column, &|text| {
                    text.is_some_and(|text| text.to_lowercase().contains(&wanted))
                })
            }
            Test::InNetwork { column, networks } => {
                let networks = networks_of(networks)?;
                by_text(sessions, column, &|text| {
                    text.and_then(address)
                        .is_some_and(|address| networks.iter().any(|of| of.contains(&address)))
                })
            }
            Test::Between { column, low, high } => between(judged, column, *low, *high),
            Test::During {
                start_micros,
                end_micros,
            } => {
                check_period(*start_micros, *end_micros)?;
                by_time(sessions, |micros| {
                    (*start_micros..*end_micros).contains(&micros)
                })
            }
            Test::OnHours { weekdays, hours } => {
                check_hours(*weekdays, *hours)?;
                let mut clock = zone.clock();
                by_time(sessions, |micros| {
                    let hour = clock.hour_of_week(micros);
                    (weekdays.0..=weekdays.1).contains(&(hour / 24))
                        && (hours.0..=hours.1).contains(&(hour % 24))
                })
            }
            Test::Verdict(wanted) => {
                let mut filler = Filler::new(sessions.n_rows());
                judged
                    .verdicts
                    .iter()
                    .for_each(|verdict| filler.push(wanted.contains(verdict)));
                Ok(filler.finish())
            }
        }
    }

    /// Checks that it can be asked of a log, as far as its overview tells.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn check(&self, overview: &Overview) -> Result<(), Error> {
        let text = |column: &str| {
            let mut columns = overview.columns.iter();
            let found = columns.find(|of| of.name == column);
            let column = column.to_owned();
            match found {
                None => Err(Error::NoColumn { column }),
                Some(of) if of.is_time() => Err(Error::WrongKind {
                    column,
                    wanted: "text".to_owned(),
                }),
                Some(of) if !of.is_kept() => Err(Error::NotKept { column }),
                Some(_) => Ok(()),
            }
        };
        let times = || {
            let mut roles = overview.columns.iter().filter_map(|column| column.role);
            let has_times = roles.any(|role| [Role::Start, Role::Time, Role::End].contains(&role));
            if has_times {
                Ok(())
            } else {
                Err(Error::NoTimes)
            }
        };
        match self {
            Test::OneOf { column, .. } | Test::Contains { column, .. } => text(column),
            Test::InNetwork { column, networks } => {
                networks_of(networks)?;
                text(column)
            }
            Test::Between { column, low, high } => {
                let mut candidates = overview.candidates.iter();
                let is_number = column == SCORE || candidates.any(|of| of.name == *column);
                if !is_number {
                    text(column)?;
                    return Err(Error::WrongKind {
                        column: column.clone(),
                        wanted: "numbers".to_owned(),
                    });
                }
                check_range(*low, *high)
            }
            Test::During {
                start_micros,
                end_micros,
            } => check_period(*start_micros, *end_micros).and_then(|()| times()),
            Test::OnHours { weekdays, hours } => {
                check_hours(*weekdays, *hours).and_then(|()| times())
            }
            Test::Verdict(_) => Ok(()),
        }
    }

    /// Whether it asks what only the scores or the threshold tell.
    pub fn is_of_result(&self) -> bool {
        match self {
            Test::Verdict(_) => true,
            Test::Between { column, .. } => column == SCORE,
            _ => false,
        }
    }
}

/// Returns the network that a text is, in CIDR notation or a single address; one of IPv4 that is written as IPv6 counts as
/// IPv4.
fn network_of(text: &str) -> Option<IpNet> {
    let network = match address(text) {
        Some(address) => IpNet::from(address),
        None => text.trim().parse().ok()?,
    };
    let IpNet::V6(v6) = network else {
        return Some(network);
    };
    let mapped = v6.addr().to_ipv4_mapped();
    let n_bits = v6.prefix_len().checked_sub(96);
    Some(match mapped.zip(n_bits) {
        Some((address, n_bits)) => IpNet::new(address.into(), n_bits).ok()?,
        None => network,
    })
}

fn check_range(low: f64, high: f64) -> Result<(), Error> {
    // a range with an end that is no number is empty too
    let is_range = low <= high;
    check(is_range, || (low.to_string(), high.to_string()))
}

fn check_period(start_micros: i64, end_micros: i64) -> Result<(), Error> {
    check(start_micros < end_micros, || {
        (start_micros.to_string(), end_micros.to_string())
    })
}

fn check_hours(weekdays: (u8, u8), hours: (u8, u8)) -> Result<(), Error> {
    let corner = |weekday, hour| format!("weekday {weekday}, hour {hour}");
    check(weekdays.0 <= weekdays.1 && hours.0 <= hours.1, || {
        (corner(weekdays.0, hours.0), corner(weekdays.1, hours.1))
    })
}

fn check(is_range: bool, ends: impl FnOnce() -> (String, String)) -> Result<(), Error> {
    if is_range {
        return Ok(());
    }
    let (low, high) = ends();
    Err(Error::EmptyRange { low, high })
}

/// Reads networks.
///
/// # Errors
/// [`Error::NoNetwork`] for the first that is none.
fn networks_of(texts: &[String]) -> Result<Vec<IpNet>, Error> {
    let network = |text: &String| {
        network_of(text).ok_or_else(|| Error::NoNetwork {
            network: text.clone(),
        })
    };
    texts.iter().map(network).collect()
}

fn is_country(sessions: &Sessions, column: &str) -> bool {
    let place = sessions.table.find(column);
    place.is_some() && place == sessions.roles.column(Role::Country)
}

/// Asks each distinct text once.
fn by_text(
    sessions: &Sessions,
    column: &str,
    holds: &dyn Fn(Option<&str>) -> bool,
) -> Result<RowSet, Error> {
    with_categories(sessions, column, |categories| {
        let texts = categories.names.iter().map(|name| Some(name.as_str()));
        let answers: Vec<bool> = texts.chain([None]).map(holds).collect();
        let last = answers.len() - 1;
        let mut filler = Filler::new(sessions.n_rows());
        categories.for_each_code(|code| filler.push(answers[last.min(code as usize)]));
        filler.finish()
    })
}

fn between(judged: &Judged<'_>, column: &str, low: f64, high: f64) -> Result<RowSet, Error> {
    let sessions = judged.sessions;
    check_range(low, high)?;
    if column == SCORE {
        let mut set = RowSet::none(sessions.n_rows());
        for (&row, &score) in judged.scored_rows.iter().zip(judged.scores) {
            if low <= score && score <= high {
                set.insert(row as usize);
            }
        }
        return Ok(set);
    }
    let series = numbers(sessions, column)?;
    let mut filler = Filler::new(sessions.n_rows());
    series.for_each_number(|value| filler.push(low <= value && value <= high));
    Ok(filler.finish())
}

fn by_time(sessions: &Sessions, mut holds: impl FnMut(i64) -> bool) -> Result<RowSet, Error> {
    let moments = sessions
        .time_role()
        .and_then(|role| sessions.moments(role))
        .ok_or(Error::NoTimes)?;
    let mut filler = Filler::new(sessions.n_rows());
    moments.for_each(|micros| filler.push(micros.is_some_and(&mut holds)));
    Ok(filler.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.1.2.3/24", "10.1.2.255", "10.1.3.0"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
            ("10.1.2.0/24", "::ffff:10.1.2.9", "::10.1.2.9"),
            ("::ffff:10.1.2.0/120", "10.1.2.9", "10.1.3.9"),
            ("2001:db8::/32", " 2001:DB8:1::1", "2001:db9::"),
            ("0.0.0.0/0", "255.1.2.3", "2001:db8::1"),
        ] {
            let parsed = network_of(network).expect("a network");
            let holds = |text| address(text).is_some_and(|address| parsed.contains(&address));
            assert!(holds(inside), "{inside} in {network}");
            assert!(!holds(outside), "{outside} in {network}");
        }
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "2001:db8::/129",
            "x/8",
            "host",
        ] {
            assert_eq!(network_of(text), None, "{text}");
        }
    }
}
