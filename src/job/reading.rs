//! The books of one reading: which range comes next, which shards wait for their turn.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::ReadRange;
use crate::table::{Absorbed, Schema};

/// Bytes of a range at most. Each costs about 5 ms of processor time beside its rows (measured in Chromium with ranges of 4, 8
/// and 16 MiB), and a few of them, as columns, must not weigh on memory.
const MOST_BYTES: u64 = 32 << 20;

/// Bytes of a range at least, but for the last one: towards the end they get short, so that all helpers end together.
const LEAST_BYTES: u64 = 8 << 20;

/// Returns how many helpers a file of this size in bytes is worth, at least one.
pub fn n_helpers_worth(size: u64) -> usize {
    usize::try_from(size.div_ceil(LEAST_BYTES))
        .unwrap_or(usize::MAX)
        .max(1)
}

/// One reading of a file by many workers: hands out ranges, and brings the shards to the lead in the order of the file.
///
/// A shard is whatever form it travels in: the page hands it on without looking inside.
#[derive(Debug)]
pub struct Reading<S> {
    schema: Schema,
    size: u64,
    /// The least and the most bytes of a range.
    range_bytes: RangeInclusive<u64>,
    n_helpers: u64,
    hash_key: Option<[u8; 16]>,
    /// Where the next range to hand out begins.
    next: u64,
    /// Where the next range to take in begins.
    front: u64,
    /// What must be read again before anything else: where its first record begins, and where the range ends.
    again: Option<(u64, u64)>,
    /// Shards by the end of their range.
    waiting: BTreeMap<u64, S>,
    /// Whether the lead is taking in a shard.
    is_absorbing: bool,
}

impl<S> Reading<S> {
    /// A reading of a file of this size in bytes by so many helpers.
    pub fn new(
        schema: Schema,
        size: u64,
        n_helpers: usize,
        hash_key: Option<[u8; 16]>,
    ) -> Reading<S> {
        let range_bytes = LEAST_BYTES..=MOST_BYTES;
        Reading {
            range_bytes,
            n_helpers: n_helpers.max(1) as u64,
            ..Reading::in_ranges(schema, size, hash_key, 1)
        }
    }

    /// A reading in ranges of this many bytes, at least one.
    pub fn in_ranges(
        schema: Schema,
        size: u64,
        hash_key: Option<[u8; 16]>,
        range_bytes: u64,
    ) -> Reading<S> {
        let range_bytes = range_bytes.max(1);
        let start = schema.start;
        Reading {
            schema,
            size,
            range_bytes: range_bytes..=range_bytes,
            n_helpers: 1,
            hash_key,
            next: start,
            front: start,
            again: None,
            waiting: BTreeMap::new(),
            is_absorbing: false,
        }
    }

    /// Returns the next range for a helper, unless all are handed out, or so many bytes as `n_ahead` of the longest have and are not taken in yet.
    pub fn next_read(&mut self, n_ahead: usize) -> Option<ReadRange> {
        let range = |start, end, is_exact| ReadRange {
            schema: self.schema.clone(),
            start,
            end,
            is_exact,
            hash_key: self.hash_key,
        };
        if let Some((start, end)) = self.again.take() {
            return Some(range(start, end, true));
        }
        let is_far_ahead =
            self.next - self.front >= self.range_bytes.end().saturating_mul(n_ahead as u64);
        if self.next >= self.size || is_far_ahead {
            return None;
        }
        let (start, end) = (self.next, self.end_of_range(self.next));
        self.next = end;
        Some(range(start, end, start == self.schema.start))
    }

    /// Takes what a helper read of a range.
    pub fn accept(&mut self, range: &ReadRange, shard: S) {
        self.waiting.insert(range.end, shard);
    }

    /// Returns the shard that the lead is to take in next, with the end of its range, once it is there and the lead is done
    /// with the one before.
    pub fn next_absorb(&mut self) -> Option<(S, u64)> {
        if self.is_absorbing {
            return None;
        }
        let end = self.front_end();
        let shard = self.waiting.remove(&end)?;
        self.is_absorbing = true;
        Some((shard, end))
    }

    /// Takes the lead's answer.
    pub fn absorbed(&mut self, absorbed: Absorbed) {
        self.is_absorbing = false;
        match absorbed {
            Absorbed::Taken => self.front = self.front_end(),
            Absorbed::ReadAgain { start } => self.again = Some((start, self.front_end())),
        }
    }

    /// Returns where the next range to take in ends.
    fn front_end(&self) -> u64 {
        self.end_of_range(self.front)
    }

    /// Returns where the range ends that begins here: always the same, so that ranges are found again when their turn comes.
    fn end_of_range(&self, start: u64) -> u64 {
        let n_left = self.size.saturating_sub(start);
        let (&least, &most) = (self.range_bytes.start(), self.range_bytes.end());
        start + (n_left / self.n_helpers).clamp(least, most).min(n_left)
    }

    /// Number of bytes that are in the table.
    pub fn n_bytes_done(&self) -> u64 {
        self.front
    }

    /// Whether every range is in the table.
    pub fn is_done(&self) -> bool {
        self.front >= self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_each_other_and_get_short_towards_the_end() {
        let schema = Schema::read(&mut "a,b\n1,2\n".as_bytes()).expect("a header");
        for (size, n_helpers, n_ranges) in [(20_u64, 2, 1), (209 << 20, 1, 7), (209 << 20, 2, 9)] {
            let mut reading: Reading<()> = Reading::new(schema.clone(), size, n_helpers, None);
            let ranges: Vec<_> = std::iter::from_fn(|| reading.next_read(usize::MAX)).collect();
            assert_eq!(ranges.len(), n_ranges, "{size} by {n_helpers}");
            let ends = ranges.iter().map(|range| range.end);
            let starts = std::iter::once(schema.start).chain(ends.clone());
            assert!(
                ranges
                    .iter()
                    .map(|range| range.start)
                    .eq(starts.take(n_ranges))
            );
            assert_eq!(ranges[n_ranges - 1].end, size);
            let lengths = || ranges.iter().map(|range| range.end - range.start);
            assert!(lengths().zip(lengths().skip(1)).all(|(a, b)| a >= b));
            for range in &ranges {
                reading.accept(range, ());
                // it began inside a quoted field
                reading.next_absorb().expect("it is there");
                reading.absorbed(Absorbed::ReadAgain { start: range.start });
                let again = reading.next_read(1).expect("the same range");
                assert_eq!(
                    (again.start, again.end, again.is_exact),
                    (range.start, range.end, true)
                );
                reading.accept(&again, ());
                let (_, end) = reading.next_absorb().expect("it is there");
                assert_eq!(end, range.end);
                reading.absorbed(Absorbed::Taken);
            }
            assert!(reading.is_done());
        }
    }
}
