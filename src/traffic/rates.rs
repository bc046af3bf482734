//! How much a source does in an hour: what no session shows alone.

use std::collections::HashMap;

use super::{Role, Sessions};
use crate::table::{Data, NO_CATEGORY, Values};

/// Microseconds of an hour.
const HOUR_MICROS: i64 = 3_600_000_000;

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
    let Data::Categories(sources) =
        &sessions.table.columns[sessions.roles.column(Role::SourceIp)?].data
    else {
        return None;
    };
    let moments = sessions.moments(sessions.time_role()?)?;
    let bytes = match rate {
        Rate::Sessions => None,
        Rate::Bytes => Some(sessions.bytes()?),
    };
    let mut codes = Vec::with_capacity(sessions.n_rows());
    sources.for_each_code(|code| codes.push(code));
    // each session's place among the sums
    let mut places = Vec::with_capacity(codes.len());
    let mut known: HashMap<(u32, i64), u32> = HashMap::new();
    let mut sums: Vec<f64> = Vec::new();
    moments.for_each(|micros| {
        let row = places.len();
        let place = micros.filter(|_| codes[row] != NO_CATEGORY).map(|micros| {
            let next =
                u32::try_from(sums.len()).expect("no more sums than rows, which fit in 32 bits");
            let place = *known
                .entry((codes[row], micros.div_euclid(HOUR_MICROS)))
                .or_insert(next);
            if place == next {
                sums.push(0.0);
            }
            let amount = bytes.as_ref().map_or(1.0, |bytes| bytes[row]);
            sums[place as usize] += if amount.is_nan() { 0.0 } else { amount };
            place
        });
        places.push(place);
    });
    let sum = |place: Option<u32>| place.map_or(f64::NAN, |place| sums[place as usize]);
    Some(Values::of_numbers(places.into_iter().map(sum)))
}
