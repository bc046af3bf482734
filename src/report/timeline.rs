//! Sessions over time, in buckets of a round length.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::table::Zone;
use crate::traffic::Sessions;

/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// The most buckets of a timeline.
const MAX_BUCKETS: i64 = 120;

/// The most buckets of a timeline whose bucket length was asked for.
pub(crate) const MAX_WANTED_BUCKETS: i64 = 2000;

/// Stands for a row without a time.
const NO_BUCKET: u16 = u16::MAX;

/// Stands for a row whose time lies far from nearly all others.
const OUTSIDE: u16 = NO_BUCKET - 1;

/// Times that are looked at to tell which of them lie far from the others.
const SAMPLED_TIMES: usize = 4096;

/// How many times the distance between the quartiles a time may lie from the median, at least.
const MOST_SPREADS: i64 = 100;

/// How far a time may lie from the median in any case, in microseconds: a year.
const NEAR: i64 = 366 * 86_400 * MICROS;

/// Round lengths of time in seconds, from a second to ten years; which the axis of a timeline uses too.
pub(crate) const ROUND_SECONDS: [i64; 25] = [
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
    /// IANA name of the time zone in which long buckets begin at midnight.
    pub zone: String,
    /// Length of a bucket in seconds, but for days on which clocks change.
    pub bucket_seconds: i64,
    /// Start of each bucket in seconds since 1970-01-01 UTC, ascending, and the end of the last: one more than buckets.
    pub starts: Vec<i64>,
    /// The buckets, without gaps.
    pub buckets: Vec<Bucket>,
    /// Sessions without a time; they are in no bucket.
    pub n_without_time: u64,
    /// Sessions whose time lies so far from nearly all others that an axis with it would show nothing; they are in no bucket.
    pub n_outside: u64,
    /// Earliest and latest of those times in the log, in seconds since 1970-01-01 UTC; `None` if there are none.
    pub outside: Option<(i64, i64)>,
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
    /// Counts all sessions, in UTC, and tells the bucket of each; none is suspicious yet.
    pub(super) fn build(sessions: &Sessions) -> Option<(Timeline, Vec<u16>)> {
        let frame = TimeFrame::choose(sessions, &Zone::utc(), None)?;
        let of_row = frame.buckets(sessions)?;
        let mut timeline = frame.timeline();
        for &bucket in &of_row {
            timeline.add(bucket, false);
        }
        Some((timeline, of_row))
    }

    /// Counts a session of this bucket, or of none.
    pub(super) fn add(&mut self, bucket: u16, is_flagged: bool) {
        match self.buckets.get_mut(bucket as usize) {
            Some(bucket) => {
                bucket.n_sessions += 1;
                bucket.n_flagged += u64::from(is_flagged);
            }
            None if bucket == OUTSIDE => self.n_outside += 1,
            None => self.n_without_time += 1,
        }
    }

    /// Says how many sessions of each bucket are suspicious.
    pub(super) fn flag(&self, n_flagged: &[u64]) -> Timeline {
        let mut timeline = self.clone();
        for (bucket, &n_flagged) in timeline.buckets.iter_mut().zip(n_flagged) {
            bucket.n_flagged = n_flagged;
        }
        timeline
    }
}

/// The buckets of a log, empty yet.
#[derive(Debug, Clone)]
pub(super) struct TimeFrame {
    column: String,
    zone: String,
    bucket_seconds: i64,
    starts: Vec<i64>,
    /// Earliest and latest of the times that lie far from the others, in seconds.
    outside: Option<(i64, i64)>,
}

impl TimeFrame {
    /// Chooses buckets of a round length, or of the one that is wanted unless that makes too many; `None` without times.
    pub(super) fn choose(
        sessions: &Sessions,
        zone: &Zone,
        wanted_seconds: Option<i64>,
    ) -> Option<TimeFrame> {
        let role = sessions.time_role()?;
        let moments = sessions.moments(role)?;
        let (mut extent, mut sample, mut row) = (Extent::default(), Vec::new(), 0);
        let step = sessions.n_rows() / SAMPLED_TIMES + 1;
        moments.for_each(|micros| {
            if let Some(micros) = micros {
                extent.add(micros);
                if row % step == 0 {
                    sample.push(micros);
                }
            }
            row += 1;
        });
        let outside = far_from_most(&mut sample, extent).and_then(|near| {
            let (mut inside, mut outside) = (Extent::default(), Extent::default());
            moments.for_each(|micros| {
                if let Some(micros) = micros {
                    if near.contains(&micros) {
                        inside.add(micros);
                    } else {
                        outside.add(micros);
                    }
                }
            });
            // many of them are no oddity
            (outside.n <= (inside.n / 100).max(1) && inside.n > 2).then(|| {
                extent = inside;
                outside.seconds()
            })
        });
        if extent.n == 0 {
            return None;
        }
        let (first, last) = extent.seconds();
        let n_buckets = |length: i64| last.div_euclid(length) - first.div_euclid(length) + 1;
        let (least, most) = match wanted_seconds {
            Some(wanted) => (wanted.max(1), MAX_WANTED_BUCKETS),
            None => (1, MAX_BUCKETS),
        };
        let bucket_seconds = wanted_seconds
            .into_iter()
            .chain(ROUND_SECONDS)
            .find(|&length| length >= least && n_buckets(length) <= most)
            .unwrap_or((last - first).max(1));
        Some(TimeFrame {
            column: sessions.table.columns[sessions.roles.column(role)?]
                .name
                .clone(),
            zone: zone.name().to_owned(),
            bucket_seconds,
            starts: zone.bucket_starts(first, last, bucket_seconds),
            outside,
        })
    }

    pub(super) fn n_buckets(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the bucket of each row, [`NO_BUCKET`] for one without a time.
    pub(super) fn buckets(&self, sessions: &Sessions) -> Option<Vec<u16>> {
        let mut buckets = Vec::with_capacity(sessions.n_rows());
        let mut cursor = Cursor::new(&self.starts);
        let moments = sessions.moments(sessions.time_role()?)?;
        moments.for_each(|micros| {
            buckets.push(match micros {
                None => NO_BUCKET,
                Some(micros) if self.is_outside(micros) => OUTSIDE,
                Some(micros) => cursor.bucket(micros) as u16,
            });
        });
        Some(buckets)
    }

    fn is_outside(&self, micros: i64) -> bool {
        let (Some(first), Some(end)) = (self.starts.first(), self.starts.last()) else {
            return false;
        };
        self.outside.is_some() && !(*first..*end).contains(&micros.div_euclid(MICROS))
    }

    /// Returns a timeline of no sessions.
    pub(super) fn timeline(&self) -> Timeline {
        Timeline {
            column: self.column.clone(),
            zone: self.zone.clone(),
            bucket_seconds: self.bucket_seconds,
            starts: self.starts.clone(),
            buckets: vec![Bucket::default(); self.n_buckets()],
            n_without_time: 0,
            n_outside: 0,
            outside: self.outside,
        }
    }
}

/// The earliest and the latest of some times, in microseconds.
#[derive(Clone, Copy)]
struct Extent {
    first: i64,
    last: i64,
    n: u64,
}

impl Default for Extent {
    fn default() -> Extent {
        Extent {
            first: i64::MAX,
            last: i64::MIN,
            n: 0,
        }
    }
}

impl Extent {
    fn add(&mut self, micros: i64) {
        self.first = self.first.min(micros);
        self.last = self.last.max(micros);
        self.n += 1;
    }

    fn seconds(self) -> (i64, i64) {
        (self.first.div_euclid(MICROS), self.last.div_euclid(MICROS))
    }
}

/// Returns where times do not lie far from nearly all others, by the quartiles of a sample; `None` if none lies elsewhere.
fn far_from_most(sample: &mut [i64], extent: Extent) -> Option<RangeInclusive<i64>> {
    sample.sort_unstable();
    let quartile = |i: usize| sample.get(sample.len() * i / 4).copied();
    let (low, median, high) = (quartile(1)?, quartile(2)?, quartile(3)?);
    let reach = high
        .saturating_sub(low)
        .saturating_mul(MOST_SPREADS)
        .max(NEAR);
    let near = median.saturating_sub(reach)..=median.saturating_add(reach);
    let is_near = near.contains(&extent.first) && near.contains(&extent.last);
    (!is_near).then_some(near)
}

/// Finds the bucket of a moment, at once if it is that of the moment before.
pub(super) struct Cursor<'a> {
    starts: &'a [i64],
    bucket: usize,
}

impl<'a> Cursor<'a> {
    fn new(starts: &'a [i64]) -> Cursor<'a> {
        Cursor { starts, bucket: 0 }
    }

    /// Returns the bucket of a moment that lies within the frame.
    pub(super) fn bucket(&mut self, micros: i64) -> usize {
        let second = micros.div_euclid(MICROS);
        let is_here = self.starts[self.bucket] <= second
            && self
                .starts
                .get(self.bucket + 1)
                .is_some_and(|&end| second < end);
        if !is_here {
            let after = self.starts.partition_point(|&start| start <= second);
            self.bucket = after.saturating_sub(1).min(self.starts.len() - 2);
        }
        self.bucket
    }
}
