//! The prints of the rows so far, to tell a row that repeats.

use super::shard::PRINT_BYTES;

/// The most slots that are made at first: a file may repeat itself, and room is dear.
const MANY: usize = 1 << 21;

/// How many times as many slots are made at once at most, up to the first that are more than [`MANY`]; then twice as many.
const MOST_GROWTH: usize = 8;

/// Prints whose places are looked at together.
const BATCH: usize = 16;

/// A print as three words: a slot of the table is then read and written at one place in memory. The first word is never
/// 0, which marks a slot without a print.
type Slot = [u32; PRINT_BYTES / 4];

/// A hash table of prints. Prints are hashes already, so a print's first bits say where it belongs.
#[derive(Debug, Default)]
pub(super) struct Seen {
    slots: Vec<Slot>,
    n: usize,
    n_expected: usize,
}

impl Seen {
    /// Makes room for so many prints to come, as far as that is not dear.
    pub(super) fn expect(&mut self, n: usize) {
        self.n_expected = n;
        let n_slots = self.n_slots_expected().min(MANY);
        if n_slots > self.slots.len() {
            self.resize(n_slots);
        }
    }

    /// Adds prints; says of each whether it was not there.
    #[inline(never)]
    pub(super) fn insert_all(&mut self, prints: &[[u8; PRINT_BYTES]]) -> Vec<bool> {
        let mut is_new = Vec::with_capacity(prints.len());
        for prints in prints.chunks(BATCH) {
            // places far apart in memory are fetched at the same time, not one after the other
            let fetched = prints.iter().map(|print| self.word_at_place(print));
            std::hint::black_box(fetched.fold(0, |all, word| all | word));
            is_new.extend(prints.iter().map(|print| self.insert(print)));
        }
        is_new
    }

    fn word_at_place(&self, print: &[u8; PRINT_BYTES]) -> u32 {
        let place = slot_of(print)[0] as usize & self.slots.len().wrapping_sub(1);
        self.slots.get(place).map_or(0, |slot| slot[0])
    }

    /// Adds a print; false if it was there.
    fn insert(&mut self, print: &[u8; PRINT_BYTES]) -> bool {
        self.insert_slot(slot_of(print))
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
        let n_slots = self.slots.len().max(512);
        let n_wanted = self.n_slots_expected();
        let most = if n_slots > MANY { 2 } else { MOST_GROWTH };
        self.resize(n_wanted.clamp(2 * n_slots, most * n_slots));
    }

    fn n_slots_expected(&self) -> usize {
        (self.n_expected.saturating_mul(3) / 2)
            .checked_next_power_of_two()
            .unwrap_or(usize::MAX)
    }

    fn resize(&mut self, n_slots: usize) {
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); n_slots]);
        self.n = 0;
        for slot in old.into_iter().filter(|slot| slot[0] != 0) {
            self.insert_slot(slot);
        }
    }
}

fn slot_of(print: &[u8; PRINT_BYTES]) -> Slot {
    let mut slot = Slot::default();
    for (word, bytes) in slot.iter_mut().zip(print.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    slot[0] = slot[0].max(1);
    slot
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_set(
            prints in proptest::collection::vec((0..500_u64, 0..3_u32), 0..6000),
            n_expected in 0..10_000_usize,
            n_at_once in 1..100_usize,
        ) {
            let mut seen = Seen::default();
            seen.expect(n_expected);
            let mut set = HashSet::new();
            let prints: Vec<_> = prints.into_iter().map(|(key, tag)| {
                let mut print = [0; PRINT_BYTES];
                print[..8].copy_from_slice(&(key + 1).to_le_bytes());
                print[8..].copy_from_slice(&tag.to_le_bytes());
                print
            }).collect();
            for prints in prints.chunks(n_at_once) {
                let is_new: Vec<bool> = prints.iter().map(|print| set.insert(*print)).collect();
                prop_assert_eq!(seen.insert_all(prints), is_new);
            }
        }
    }
}
