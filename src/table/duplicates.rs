//! The prints of the rows so far, to tell a row that repeats.

use super::shard::PRINT_BYTES;

/// Slots up to which the table grows by four at a time, which moves each print seldom; beyond, room is dear.
const SMALL: usize = 1 << 21;

/// A print as three words: a slot of the table is then read and written at one place in memory. The first word is never
/// 0, which marks a slot without a print.
type Slot = [u32; PRINT_BYTES / 4];

/// A hash table of prints. Prints are hashes already, so a print's first bits say where it belongs.
#[derive(Debug, Default)]
pub(super) struct Seen {
    slots: Vec<Slot>,
    n: usize,
}

impl Seen {
    /// Makes room for so many prints, as far as that is not dear.
    pub(super) fn reserve(&mut self, n: usize) {
        let n_slots = (n.saturating_mul(3) / 2).next_power_of_two().min(SMALL);
        if n_slots > self.slots.len() {
            self.resize(n_slots);
        }
    }

    /// Adds a print; false if it was there.
    #[inline(never)]
    pub(super) fn insert(&mut self, print: &[u8; PRINT_BYTES]) -> bool {
        let (words, _) = print.as_chunks::<4>();
        let mut slot = Slot::default();
        for (word, bytes) in slot.iter_mut().zip(words) {
            *word = u32::from_le_bytes(*bytes);
        }
        slot[0] = slot[0].max(1);
        self.insert_slot(slot)
    }

    fn insert_slot(&mut self, print: Slot) -> bool {
        // linear probing stays short up to two thirds full
        if self.n * 3 >= self.slots.len() * 2 {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut place = print[0] as usize & mask;
        while self.slots[place][0] != 0 {
            if self.slots[place] == print {
                return false;
            }
            place = (place + 1) & mask;
        }
        self.slots[place] = print;
        self.n += 1;
        true
    }

    fn grow(&mut self) {
        let by = if self.slots.len() < SMALL { 4 } else { 2 };
        self.resize((self.slots.len() * by).max(1024));
    }

    fn resize(&mut self, n_slots: usize) {
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); n_slots]);
        self.n = 0;
        for slot in old.into_iter().filter(|slot| slot[0] != 0) {
            self.insert_slot(slot);
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
