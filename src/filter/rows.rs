//! Sets of rows.

/// A set of rows of the table, a bit for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
    n_rows: usize,
}

impl RowSet {
    /// The set of all of this many rows.
    pub fn all(n_rows: usize) -> RowSet {
        let mut words = vec![u64::MAX; n_rows.div_ceil(64)];
        if let (Some(last), rest @ 1..) = (words.last_mut(), n_rows % 64) {
            *last = (1 << rest) - 1;
        }
        RowSet { words, n_rows }
    }

    /// The set of none of this many rows.
    pub fn none(n_rows: usize) -> RowSet {
        RowSet {
            words: vec![0; n_rows.div_ceil(64)],
            n_rows,
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn insert(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
    }

    /// Whether it holds a row; of rows that are not there, none.
    pub fn contains(&self, row: usize) -> bool {
        self.words
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Keeps the rows that the other set holds too.
    pub fn intersect(&mut self, other: &RowSet) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Number of rows that it holds.
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Number of rows that it could hold.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Its rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                (bit < 64).then_some(i as u32 * 64 + bit)
            })
        })
    }
}

/// Fills a set row by row, in order.
#[derive(Debug)]
pub(super) struct Filler {
    set: RowSet,
    next: usize,
}

impl Filler {
    pub(super) fn new(n_rows: usize) -> Filler {
        Filler {
            set: RowSet::none(n_rows),
            next: 0,
        }
    }

    /// Says whether the set holds the next row.
    pub(super) fn push(&mut self, holds: bool) {
        self.set.words[self.next / 64] |= u64::from(holds) << (self.next % 64);
        self.next += 1;
    }

    pub(super) fn finish(self) -> RowSet {
        self.set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_and_none() {
        for n in [0, 1, 63, 64, 65, 200] {
            assert_eq!(RowSet::all(n).len(), n);
            assert_eq!(RowSet::all(n).iter().count(), n);
            assert!(RowSet::none(n).is_empty());
        }
        assert!(!RowSet::all(3).contains(3));
    }

    #[test]
    fn filled_row_by_row() {
        let mut filler = Filler::new(130);
        (0..130).for_each(|row| filler.push(row % 3 == 0));
        let mut set = filler.finish();
        assert!(set.iter().eq((0..130).step_by(3)));
        let mut other = RowSet::none(130);
        other.insert(129);
        other.insert(128);
        set.intersect(&other);
        assert!(set.iter().eq([129]));
    }
}
