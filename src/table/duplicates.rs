//! The prints of the rows so far, to tell a row that repeats.

use super::shard::PRINT_BYTES;

/// A hash table of prints. Prints are hashes already, so a print's first bits say where it belongs.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// First eight bytes of each print; 0 where there is none.
    keys: Vec<u64>,
    /// Last four bytes of each print.
    tags: Vec<u32>,
    n: usize,
}

impl Seen {
    /// Adds a print; false if it was there.
    pub(super) fn insert(&mut self, print: &[u8; PRINT_BYTES]) -> bool {
        let [k0, k1, k2, k3, k4, k5, k6, k7, tag @ ..] = *print;
        self.insert_parts(
            u64::from_le_bytes([k0, k1, k2, k3, k4, k5, k6, k7]).max(1),
            u32::from_le_bytes(tag),
        )
    }

    fn insert_parts(&mut self, key: u64, tag: u32) -> bool {
        // linear probing stays short up to two thirds full
        if self.n * 3 >= self.keys.len() * 2 {
            self.grow();
        }
        let mask = self.keys.len() - 1;
        let mut slot = key as usize & mask;
        while self.keys[slot] != 0 {
            if self.keys[slot] == key && self.tags[slot] == tag {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        self.keys[slot] = key;
        self.tags[slot] = tag;
        self.n += 1;
        true
    }

    fn grow(&mut self) {
        let n_slots = (self.keys.len() * 2).max(1024);
        let old = std::mem::replace(
            self,
            Seen {
                keys: vec![0; n_slots],
                tags: vec![0; n_slots],
                n: 0,
            },
        );
        for (key, tag) in old
            .keys
            .into_iter()
            .zip(old.tags)
            .filter(|(key, _)| *key != 0)
        {
            self.insert_parts(key, tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_set(prints in proptest::collection::vec((0..50_u64, 0..3_u32), 0..3000)) {
            let mut seen = Seen::default();
            let mut set = HashSet::new();
            for (key, tag) in prints {
                let mut print = [0; PRINT_BYTES];
                print[..8].copy_from_slice(&(key + 1).to_le_bytes());
                print[8..].copy_from_slice(&tag.to_le_bytes());
                prop_assert_eq!(seen.insert(&print), set.insert(print));
            }
        }
    }
}
