//! How much a source does in an hour: what no session shows alone.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::{Moments, Role, Sessions};
use crate::table::{Categories, Data, NO_CATEGORY, Values};

/// Microseconds of an hour.
const HOUR_MICROS: i64 = 3_600_000_000;

/// A table of sources and hours has at most so many places for each row, and so many in all (128 MiB); more are looked up,
/// which takes longer.
const MOST_GROUPS_A_ROW: usize = 4;
const MOST_GROUPS: usize = 1 << 25;

/// What is counted of a source and a clock hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rate {
    /// Its sessions.
    Sessions,
    /// Their bytes in and out; what is missing counts nothing.
    Bytes,
}

/// Returns the hour of a moment, from 0 to 23, in UTC.
pub(super) fn hour_of_day(micros: i64) -> f64 {
    micros.div_euclid(HOUR_MICROS).rem_euclid(24) as f64
}

/// Returns for each session what its source did in the same clock hour (UTC), itself included; NaN without a source or a
/// time. `None` if the log has no sources, no times, or no bytes to add.
pub(super) fn per_source_hour(sessions: &Sessions, rate: Rate) -> Option<Values> {
    let (sources, moments) = sources_and_moments(sessions)?;
    let bytes = match rate {
        Rate::Sessions => None,
        Rate::Bytes => Some(sessions.bytes()?),
    };
    let mut codes = Vec::with_capacity(sessions.n_rows());
    sources.for_each_block(|block| codes.extend_from_slice(block));
    let mut hours = Hours::default();
    let (mut first_hour, mut last_hour) = (i64::MAX, i64::MIN);
    moments.for_each(|micros| {
        if let Some(micros) = micros {
            let hour = hours.of(micros);
            (first_hour, last_hour) = (first_hour.min(hour), last_hour.max(hour));
        }
    });
    let mut groups = Groups::new(sources.names.len(), first_hour..=last_hour, codes.len());
    let mut sums: Vec<f64> = Vec::new();
    let mut row = 0;
    // each code makes way for the place of its session's sum
    moments.for_each(|micros| {
        let place = match micros {
            Some(micros) if codes[row] != NO_CATEGORY => {
                let next = u32::try_from(sums.len())
                    .expect("no more sums than rows, which fit in 32 bits");
                let place = groups.place(codes[row], hours.of(micros), next);
                if place == next {
                    sums.push(0.0);
                }
                let amount = bytes.as_ref().map_or(1.0, |bytes| bytes[row]);
                sums[place as usize] += if amount.is_nan() { 0.0 } else { amount };
                place
            }
            _ => NO_PLACE,
        };
        codes[row] = place;
        row += 1;
    });
    let sum = |place: u32| sums.get(place as usize).copied().unwrap_or(f64::NAN);
    Some(Values::of_numbers(codes.into_iter().map(sum)))
}

fn sources_and_moments(sessions: &Sessions) -> Option<(&Categories, Moments<'_>)> {
    let source = sessions.roles.column(Role::SourceIp)?;
    let Data::Categories(sources) = &sessions.table.columns[source].data else {
        return None;
    };
    Some((sources, sessions.moments(sessions.time_role()?)?))
}

/// What a source does in a clock hour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    sessions: f64,
    bytes: f64,
}

impl Rates {
    const NONE: Rates = Rates {
        sessions: f64::NAN,
        bytes: f64::NAN,
    };

    pub(super) fn of(self, rate: Rate) -> f64 {
        match rate {
            Rate::Sessions => self.sessions,
            Rate::Bytes => self.bytes,
        }
    }
}

/// Returns what [`per_source_hour`] has for a few rows, in their order, in one look at the sources and times of all of them.
/// All are NaN without sources or times; bytes are 0 where there are none to add.
pub(super) fn per_source_hour_of(sessions: &Sessions, rows: &[u32]) -> Vec<Rates> {
    let Some((sources, moments)) = sources_and_moments(sessions) else {
        return vec![Rates::NONE; rows.len()];
    };
    let group = |row: usize| {
        let source = Some(sources.code(row)).filter(|&code| code != NO_CATEGORY);
        source.zip(moments.get(row).map(|micros| Hours::default().of(micros)))
    };
    let groups: Vec<_> = rows.iter().map(|&row| group(row as usize)).collect();
    let mut sums: Vec<Option<HashMap<i64, Rates>>> = vec![None; sources.names.len()];
    for &(source, hour) in groups.iter().flatten() {
        let nothing = Rates {
            sessions: 0.0,
            bytes: 0.0,
        };
        sums[source as usize]
            .get_or_insert_default()
            .insert(hour, nothing);
    }
    let mut codes = Vec::with_capacity(sessions.n_rows());
    sources.for_each_block(|block| codes.extend_from_slice(block));
    let mut hours = Hours::default();
    let mut row = 0;
    moments.for_each(|micros| {
        let of_source = sums.get_mut(codes[row] as usize).and_then(Option::as_mut);
        if let (Some(of_source), Some(micros)) = (of_source, micros)
            && let Some(sum) = of_source.get_mut(&hours.of(micros))
        {
            let bytes = sessions.bytes_of(row);
            sum.sessions += 1.0;
            sum.bytes += if bytes.is_nan() { 0.0 } else { bytes };
        }
        row += 1;
    });
    let sum = |group: Option<(u32, i64)>| {
        let (source, hour) = group?;
        sums[source as usize].as_ref()?.get(&hour).copied()
    };
    let sums = groups.into_iter().map(sum);
    sums.map(|sum| sum.unwrap_or(Rates::NONE)).collect()
}

/// Stands for the place of a session that is in no group, and of a group that no session was in yet.
const NO_PLACE: u32 = u32::MAX;

/// Tells the hour of moments, of which neighbouring ones mostly share it: a division is dear.
#[derive(Default)]
struct Hours {
    last: i64,
}

impl Hours {
    fn of(&mut self, micros: i64) -> i64 {
        let start = self.last.checked_mul(HOUR_MICROS);
        let since = start.and_then(|start| micros.checked_sub(start));
        if !since.is_some_and(|since| (0..HOUR_MICROS).contains(&since)) {
            self.last = micros.div_euclid(HOUR_MICROS);
        }
        self.last
    }
}

/// The places of the sums of sources and hours.
enum Groups {
    /// By source and hour, if all of them together are not many more than the rows.
    Table {
        first_hour: i64,
        n_hours: usize,
        places: Vec<u32>,
    },
    Map(HashMap<(u32, i64), u32>),
}

impl Groups {
    /// Without a row no hour is within `hours`.
    fn new(n_sources: usize, hours: RangeInclusive<i64>, n_rows: usize) -> Groups {
        let n_hours = hours.end().checked_sub(*hours.start());
        let n_hours = n_hours.and_then(|n| usize::try_from(n).ok()?.checked_add(1));
        let n_groups = n_hours.and_then(|n| n.checked_mul(n_sources));
        match (n_hours, n_groups) {
            (Some(n_hours), Some(n_groups))
                if n_groups <= MOST_GROUPS.min(n_rows.saturating_mul(MOST_GROUPS_A_ROW)) =>
            {
                Groups::Table {
                    first_hour: *hours.start(),
                    n_hours,
                    places: vec![NO_PLACE; n_groups],
                }
            }
            _ => Groups::Map(HashMap::new()),
        }
    }

    /// Returns the place of a group; `next` for a new one.
    fn place(&mut self, source: u32, hour: i64, next: u32) -> u32 {
        let place = match self {
            Groups::Table {
                first_hour,
                n_hours,
                places,
            } => &mut places[source as usize * *n_hours + (hour - *first_hour) as usize],
            Groups::Map(known) => known.entry((source, hour)).or_insert(NO_PLACE),
        };
        if *place == NO_PLACE {
            *place = next;
        }
        *place
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A table and a map give the same places, wherever the hours begin.
        #[test]
        fn places_do_not_depend_on_how_they_are_found(
            rows in prop::collection::vec((0..5_u32, -40..40_i64, 0..HOUR_MICROS), 1..200),
            first in -1000..1000_i64,
        ) {
            let mut hours = Hours::default();
            let rows: Vec<(u32, i64)> = rows
                .iter()
                .map(|&(source, hour, rest)| (source, hours.of((first + hour) * HOUR_MICROS + rest)))
                .collect();
            let mut table = Groups::new(5, first - 40..=first + 39, 1000);
            let is_table = matches!(table, Groups::Table { .. });
            prop_assert!(is_table);
            let mut map = Groups::new(5, i64::MIN..=i64::MAX, 1000);
            prop_assert!(matches!(map, Groups::Map(_)));
            let mut known = Vec::new();
            for group in rows {
                let next = known.len() as u32;
                let place = known.iter().position(|other| *other == group);
                let expected = place.map_or(next, |place| place as u32);
                if place.is_none() {
                    known.push(group);
                }
                prop_assert_eq!(table.place(group.0, group.1, next), expected);
                prop_assert_eq!(map.place(group.0, group.1, next), expected);
            }
        }
    }

    #[test]
    fn hours_are_those_of_the_clock() {
        let mut hours = Hours::default();
        for micros in [
            0,
            -1,
            HOUR_MICROS - 1,
            HOUR_MICROS,
            -HOUR_MICROS,
            i64::MAX,
            i64::MIN,
            1,
        ] {
            assert_eq!(hours.of(micros), micros.div_euclid(HOUR_MICROS), "{micros}");
        }
    }
}
