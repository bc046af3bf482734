//! Distinct texts and their codes.

use std::hash::Hasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use siphasher::sip128::SipHasher13;

use crate::source::Field;

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
    pub(crate) fn field(&self, i: usize) -> Field<'_> {
        let ends = self.ends.as_chunks::<4>().0;
        let end = |i: usize| u32::from_le_bytes(ends[i]) as usize;
        let from = if i == 0 { 0 } else { end(i - 1) };
        match self.text.get(..end(i)) {
            Some(text) if from <= text.len() => Field::new(text, from),
            _ => Field::new(&[], 0),
        }
    }

    /// Number of texts.
    pub(crate) fn len(&self) -> usize {
        self.ends.len() / 4
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        (0..self.len()).map(|i| self.field(i))
    }

    /// Returns the texts as such; bytes that are none become empty.
    pub(crate) fn into_strings(self) -> Vec<String> {
        let text = |name: Field<'_>| {
            let text = std::str::from_utf8(name.bytes()).unwrap_or_default();
            text.to_owned()
        };
        self.iter().map(text).collect()
    }
}

/// Gives each distinct text a code, in the order of appearance.
#[derive(Debug)]
pub(crate) struct Interner {
    codes: HashTable<u32>,
    hasher: SipHasher13,
    names: Names,
}

impl Default for Interner {
    /// With a key of its own, so that no file can be made to collide; the codes do not depend on it.
    fn default() -> Interner {
        let mut key = [0; 16];
        // without randomness a key that can be known must do
        let _ = getrandom::fill(&mut key);
        Interner {
            codes: HashTable::new(),
            hasher: SipHasher13::new_with_key(&key),
            names: Names::default(),
        }
    }
}

impl Interner {
    /// Returns the code of a text, a new one for a new text.
    pub(crate) fn code<'t>(&mut self, text: impl Into<Field<'t>>) -> u32 {
        let text = text.into();
        let hash = |text: Field<'_>| {
            let mut hasher = self.hasher;
            hasher.write(text.bytes());
            hasher.finish()
        };
        let name = |code: &u32| self.names.field(*code as usize);
        let entry = self.codes.entry(
            hash(text),
            |code| name(code) == text,
            |code| hash(name(code)),
        );
        match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let code = u32::try_from(self.names.len())
                    .expect("fewer distinct texts than rows, which fit in 32 bits");
                place.insert(code);
                self.names.push(text.bytes());
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
