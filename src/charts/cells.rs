//! A set of cells of a grid.

/// The taken cells of a grid, one bit each.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    n_columns: usize,
    bits: Vec<u64>,
}

impl Cells {
    /// Returns a grid with no cell taken.
    pub(super) fn new(n_columns: usize, n_rows: usize) -> Cells {
        Cells {
            n_columns,
            bits: vec![0; (n_columns * n_rows).div_ceil(64)],
        }
    }

    /// Takes a cell and returns whether it was free.
    ///
    /// # Panics
    /// If the cell is outside of the grid.
    pub(super) fn take(&mut self, column: usize, row: usize) -> bool {
        let (word, bit) = self.find(column, row);
        let is_free = self.bits[word] & bit == 0;
        self.bits[word] |= bit;
        is_free
    }

    /// Whether a cell is taken.
    ///
    /// # Panics
    /// If the cell is outside of the grid.
    pub(super) fn is_taken(&self, column: usize, row: usize) -> bool {
        let (word, bit) = self.find(column, row);
        self.bits[word] & bit != 0
    }

    fn find(&self, column: usize, row: usize) -> (usize, u64) {
        let i = row * self.n_columns + column;
        (i / 64, 1 << (i % 64))
    }
}
