//! A log to read, and how the page's workers read it.

use isolog::job::Reading;
use isolog::sample;
use isolog::table::{Assembly, Schema, Shard};

/// Helpers that the log is cut for.
pub(crate) const N_HELPERS: usize = 2;

/// A log in memory.
pub(crate) struct Log {
    pub(crate) bytes: Vec<u8>,
    schema: Schema,
}

impl Log {
    /// Makes a log of this many sessions.
    pub(crate) fn new(n_sessions: u64) -> Log {
        let mut bytes = Vec::new();
        sample::write_log(n_sessions, &mut bytes).expect("memory takes all bytes");
        let schema = Schema::read(&mut bytes.as_slice()).expect("the sample has a header");
        Log { bytes, schema }
    }

    /// Reads all its ranges, each at once; with the end of each.
    pub(crate) fn read(&self) -> Vec<(Shard, u64)> {
        let mut reading: Reading<Shard> =
            Reading::new(self.bytes.len() as u64, N_HELPERS, Some([7; 16]));
        assert!(reading.know(self.schema.clone()), "the head is short");
        let next = || reading.next_read(usize::MAX);
        std::iter::from_fn(next)
            .map(|range| {
                let mut bytes = self.bytes.as_slice();
                let shard = range.reader(&self.schema, &mut bytes).finish();
                (shard.expect("memory can be read"), range.end)
            })
            .collect()
    }

    /// Takes what was read into a table, as the lead does; returns the number of rows without duplicates.
    pub(crate) fn absorb(&self, shards: Vec<(Shard, u64)>) -> usize {
        let mut assembly = Assembly::new(self.schema.clone(), true, self.bytes.len() as u64);
        for (shard, end) in shards {
            assembly
                .absorb(shard, end)
                .expect("the shards are in order");
        }
        assembly.finish().expect("the log has rows").n_rows()
    }
}
