//! The books of one reading: which range comes next, which shards wait for their turn.

use std::collections::BTreeMap;

use super::ReadRange;
use crate::table::{Absorbed, Schema};

/// Bytes of a range: large enough that Chromium reads a file at its full speed, small enough that a few of them do not
/// weigh on memory.
const RANGE_BYTES: u64 = 16 << 20;

/// Returns into how many ranges a file of this size in bytes is cut, at least one.
pub fn n_ranges(size: u64) -> usize {
    usize::try_from(size.div_ceil(RANGE_BYTES))
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
    range_bytes: u64,
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
    /// A reading of a file of this size in bytes.
    pub fn new(schema: Schema, size: u64, hash_key: Option<[u8; 16]>) -> Reading<S> {
        Reading::in_ranges(schema, size, hash_key, RANGE_BYTES)
    }

    /// A reading in ranges of this many bytes, at least one.
    pub fn in_ranges(
        schema: Schema,
        size: u64,
        hash_key: Option<[u8; 16]>,
        range_bytes: u64,
    ) -> Reading<S> {
        let start = schema.start;
        Reading {
            schema,
            size,
            range_bytes: range_bytes.max(1),
            hash_key,
            next: start,
            front: start,
            again: None,
            waiting: BTreeMap::new(),
            is_absorbing: false,
        }
    }

    /// Returns the next range for a helper, unless all are handed out or `n_ahead` of them already wait for their turn.
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
            self.next - self.front >= self.range_bytes.saturating_mul(n_ahead as u64);
        if self.next >= self.size || is_far_ahead {
            return None;
        }
        let (start, end) = (
            self.next,
            self.next.saturating_add(self.range_bytes).min(self.size),
        );
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
        self.front.saturating_add(self.range_bytes).min(self.size)
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
