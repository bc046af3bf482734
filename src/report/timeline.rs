//! Sessions over time, in buckets of a round length.

use serde::{Deserialize, Serialize};

use crate::traffic::Sessions;

/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// The most buckets of a timeline.
const MAX_BUCKETS: i64 = 120;

/// Round bucket lengths in seconds, from a second to ten years.
const LENGTHS: [i64; 25] = [
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    604_800,
    1_209_600,
    2_592_000,
    7_776_000,
    31_536_000,
    315_360_000,
];

/// Sessions over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Name of the column that says when.
    pub column: String,
    /// Start of the first bucket, in seconds since 1970-01-01 UTC.
    pub start_seconds: i64,
    /// Length of a bucket in seconds.
    pub bucket_seconds: i64,
    /// The buckets, without gaps.
    pub buckets: Vec<Bucket>,
    /// Sessions without a time; they are in no bucket.
    pub n_without_time: u64,
}

/// The sessions of one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bucket {
    /// Number of sessions.
    pub n_sessions: u64,
    /// Number of suspicious sessions.
    pub n_flagged: u64,
}

impl Timeline {
    /// Counts all sessions; none is suspicious yet.
    pub(super) fn build(sessions: &Sessions) -> Option<Timeline> {
        let role = sessions.time_role()?;
        let moments = sessions.moments(role)?;
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        moments.for_each(|micros| {
            if let Some(seconds) = micros.map(|micros| micros.div_euclid(MICROS)) {
                first = first.min(seconds);
                last = last.max(seconds);
            }
        });
        if first > last {
            return None;
        }
        let n_buckets = |length: i64| last.div_euclid(length) - first.div_euclid(length) + 1;
        let bucket_seconds = LENGTHS
            .into_iter()
            .find(|&length| n_buckets(length) <= MAX_BUCKETS)
            .unwrap_or((last - first).max(1));
        let first_bucket = first.div_euclid(bucket_seconds);
        let mut buckets = vec![Bucket::default(); usize::try_from(n_buckets(bucket_seconds)).ok()?];
        let mut n_without_time = 0;
        moments.for_each(|micros| match micros {
            Some(micros) => {
                let bucket = micros.div_euclid(MICROS * bucket_seconds) - first_bucket;
                let bucket =
                    &mut buckets[usize::try_from(bucket).expect("no moment is before the first")];
                bucket.n_sessions += 1;
            }
            None => n_without_time += 1,
        });
        let column = sessions.table.columns[sessions.roles.column(role)?]
            .name
            .clone();
        Some(Timeline {
            column,
            start_seconds: first_bucket * bucket_seconds,
            bucket_seconds,
            buckets,
            n_without_time,
        })
    }

    /// Counts these rows as suspicious.
    pub(super) fn flag(&self, sessions: &Sessions, rows: &[u32]) -> Timeline {
        let mut timeline = self.clone();
        let moments = sessions.time_role().and_then(|role| sessions.moments(role));
        for micros in rows.iter().filter_map(|&row| moments?.get(row as usize)) {
            let bucket = (micros.div_euclid(MICROS) - self.start_seconds) / self.bucket_seconds;
            timeline.buckets[bucket as usize].n_flagged += 1;
        }
        timeline
    }
}
