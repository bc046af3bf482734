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
    /// `None` until it is known.
    schema: Option<Schema>,
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
    /// A reading of a file of this size in bytes by so many helpers, which may begin before it is [known](Reading::know) how to
    /// read it.
    pub fn new(size: u64, n_helpers: usize, hash_key: Option<[u8; 16]>) -> Reading<S> {
        Reading {
            schema: None,
            size,
            range_bytes: LEAST_BYTES..=MOST_BYTES,
            n_helpers: n_helpers.max(1) as u64,
            hash_key,
            next: 0,
            front: 0,
            again: None,
            waiting: BTreeMap::new(),
            is_absorbing: false,
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
            schema: Some(schema),
            range_bytes: range_bytes..=range_bytes,
            next: start,
            front: start,
            ..Reading::new(size, 1, hash_key)
        }
    }

    /// Takes how the file is to be read, before any shard. Returns false if its head does not end in the first range: then
    /// what was handed out is void, and the reading begins anew.
    #[must_use]
    pub fn know(&mut self, schema: Schema) -> bool {
        let start = schema.start;
        let is_in_first = start < self.end_of_range(0);
        if !is_in_first {
            (self.next, self.front) = (start, start);
        }
        self.schema = Some(schema);
        is_in_first
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
        let head_end = self.schema.as_ref().map_or(0, |schema| schema.start);
        Some(range(start, end, start <= head_end))
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
            let mut reading: Reading<()> = Reading::new(size, n_helpers, None);
            let first = reading.next_read(1).expect("it needs no schema");
            assert_eq!(
                (first.start, first.is_exact, &first.schema),
                (0, true, &None)
            );
            assert!(reading.know(schema.clone()));
            let others = std::iter::from_fn(|| reading.next_read(usize::MAX));
            let ranges: Vec<_> = std::iter::once(first).chain(others).collect();
            assert_eq!(ranges.len(), n_ranges, "{size} by {n_helpers}");
            let ends = ranges.iter().map(|range| range.end);
            let starts = std::iter::once(0).chain(ends.clone());
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

    #[test]
    fn a_head_longer_than_the_first_range_voids_what_was_handed_out() {
        let size = 80 << 20;
        let schema = Schema::read(&mut "a,b\n1,2\n".as_bytes()).expect("a header");
        for (start, is_in_first) in [
            (MOST_BYTES - 1, true),
            (MOST_BYTES, false),
            (50 << 20, false),
        ] {
            let mut reading: Reading<()> = Reading::new(size, 2, None);
            let first = reading.next_read(4).expect("it needs no schema");
            assert_eq!((first.start, first.end), (0, MOST_BYTES));
            let schema = Schema {
                start,
                ..schema.clone()
            };
            assert_eq!(reading.know(schema), is_in_first);
            let next = reading.next_read(4).expect("there is more");
            let begin = if is_in_first { MOST_BYTES } else { start };
            assert_eq!((next.start, next.is_exact), (begin, !is_in_first));
        }
    }
}
