//! A short checksum of a record, to tell when it is read again that the file still holds what it held.

/// An odd number with its bits well mixed: the golden ratio in 64 bits.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns a checksum of some bytes: of two that differ it is the same once in 65,536 times.
///
/// It is no secret: whoever wants to make a file that passes can. Four words at a time, which do not wait for each other; they
/// are rotated and added, which loses nothing, and multiplied once at the end.
pub(crate) fn checksum(bytes: &[u8]) -> u16 {
    let mix = |sum: u64, word: u64| (sum.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let mut sums = [bytes.len() as u64, 1, 2, 3];
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        for (sum, word) in sums.iter_mut().zip(block.as_chunks::<8>().0) {
            *sum = sum.rotate_left(23).wrapping_add(u64::from_le_bytes(*word));
        }
    }
    let (words, rest) = rest.as_chunks::<8>();
    for (sum, word) in sums.iter_mut().zip(words) {
        *sum = mix(*sum, u64::from_le_bytes(*word));
    }
    let last = rest
        .iter()
        .fold(0, |word, &byte| (word << 8) | u64::from(byte));
    let all = sums.into_iter().fold(last, mix);
    (mix(all, all >> 32) >> 48) as u16
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Each byte counts, wherever it stands.
        #[test]
        fn a_change_is_seen(text in "[0-9a-z,. ]{1,150}", at in any::<prop::sample::Index>()) {
            let before = checksum(text.as_bytes());
            let mut changed = text.into_bytes();
            let at = at.index(changed.len());
            let alike = (0..=255).filter(|&byte| {
                changed[at] = byte;
                checksum(&changed) == before
            });
            // the text itself; three more of 255 would be alike by chance once in a hundred million times
            prop_assert!((1..4).contains(&alike.count()));
        }
    }

    #[test]
    fn rows_of_a_log_have_all_checksums_equally_often() {
        let row = |i: u32| {
            format!(
                "2026-03-02T09:{:02}:{:02}Z,10.0.{}.{},{},443,allow",
                i / 60 % 60,
                i % 60,
                i >> 8,
                i & 255,
                i * 7
            )
        };
        let mut counts = HashMap::<u16, u32>::new();
        let n = 1 << 18;
        for i in 0..n {
            *counts.entry(checksum(row(i).as_bytes())).or_default() += 1;
        }
        // four each on average: by chance about 2% of all are never met, and none is met 30 times
        assert!(counts.len() > 63_000, "{}", counts.len());
        assert!(counts.values().all(|&count| count < 30));
    }
}
