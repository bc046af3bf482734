//! Distinct texts and their codes.

use std::hash::Hasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use siphasher::sip128::SipHasher13;

/// Texts, one after another: next to each other they stay in a processor's cache.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Names {
    text: ByteBuf,
    /// Little-endian u32 each.
    ends: ByteBuf,
}

impl Names {
    fn push(&mut self, name: &[u8]) {
        self.text.extend(name);
        self.ends.extend(
            u32::try_from(self.text.len())
                .expect("the texts of a column take less than 4 GB")
                .to_le_bytes(),
        );
    }

    /// Returns a text; none for ends that a worker made up.
    pub(crate) fn bytes(&self, i: usize) -> &[u8] {
        let ends = self.ends.as_chunks::<4>().0;
        let end = |i: usize| u32::from_le_bytes(ends[i]) as usize;
        self.text
            .get(if i == 0 { 0 } else { end(i - 1) }..end(i))
            .unwrap_or_default()
    }

    /// Number of texts.
    pub(crate) fn len(&self) -> usize {
        self.ends.len() / 4
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|i| self.bytes(i))
    }

    /// Returns the texts as such; bytes that are none become empty.
    pub(crate) fn into_strings(self) -> Vec<String> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default().to_owned();
        self.iter().map(text).collect()
    }
}

/// Gives each distinct text a code, in the order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    codes: HashTable<u32>,
    hasher: SipHasher13,
    names: Names,
}

impl Interner {
    /// With a key, so that no file can be made to collide.
    pub(crate) fn with_key(key: &[u8; 16]) -> Interner {
        Interner {
            hasher: SipHasher13::new_with_key(key),
            ..Interner::default()
        }
    }

    /// Returns the code of a text, a new one for a new text.
    pub(crate) fn code(&mut self, text: &[u8]) -> u32 {
        let hash = |text: &[u8]| {
            let mut hasher = self.hasher;
            hasher.write(text);
            hasher.finish()
        };
        let name = |code: &u32| self.names.bytes(*code as usize);
        let entry = self.codes.entry(
            hash(text),
            |code| is_same(name(code), text),
            |code| hash(name(code)),
        );
        match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let code = u32::try_from(self.names.len())
                    .expect("fewer distinct texts than rows, which fit in 32 bits");
                place.insert(code);
                self.names.push(text);
                code
            }
        }
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn into_names(self) -> Names {
        self.names
    }
}

/// Returns the last eight bytes of a text; of a shorter one a word that no other text of its length has.
pub(super) fn end_word(text: &[u8]) -> u64 {
    if let Some(last) = text.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => text
            .iter()
            .fold(0, |word, &byte| (word << 8) | u64::from(byte)),
    }
}

/// Whether two texts are equal: by words, because a call to compare memory costs more in WebAssembly than these few bytes.
pub(super) fn is_same(a: &[u8], b: &[u8]) -> bool {
    let ((a_words, _), (b_words, _)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    a.len() == b.len()
        && end_word(a) == end_word(b)
        && a_words
            .iter()
            .zip(b_words)
            .all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b))
}
