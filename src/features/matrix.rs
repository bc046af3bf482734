//! Rows of features, in the precision in which scikit-learn's trees see them.

use std::ops::Range;

/// A row-major matrix of f32.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    values: Vec<f32>,
    n_features: usize,
}

/// Some neighbouring rows of a matrix.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    values: &'a [f32],
    n_features: usize,
}

/// Numbers that do not fill rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{n_bytes} bytes do not make rows of {n_features} features")]
pub struct ShapeError {
    /// Number of bytes.
    pub n_bytes: usize,
    /// Features of a row.
    pub n_features: usize,
}

impl Matrix {
    /// Puts columns side by side, each value rounded once to the nearest f32 (beyond its range: infinite).
    ///
    /// # Panics
    /// If the columns are not of one length, or there is none.
    pub fn from_columns(columns: &[&[f64]]) -> Matrix {
        let n_rows = columns.first().expect("a matrix has a column").len();
        let mut matrix = Matrix::zeros(n_rows, columns.len());
        for (feature, column) in columns.iter().enumerate() {
            assert_eq!(column.len(), n_rows, "columns have one length");
            matrix.set_column(feature, column.iter().copied());
        }
        matrix
    }

    /// A matrix of zeros.
    ///
    /// # Panics
    /// If there is no feature.
    pub fn zeros(n_rows: usize, n_features: usize) -> Matrix {
        assert!(n_features > 0, "a matrix has a column");
        Matrix {
            values: vec![0.0; n_rows * n_features],
            n_features,
        }
    }

    /// Sets a column, each value rounded once to the nearest f32 (beyond its range: infinite).
    pub fn set_column(&mut self, feature: usize, column: impl Iterator<Item = f64>) {
        for (row, value) in self.values.chunks_exact_mut(self.n_features).zip(column) {
            row[feature] = value as f32;
        }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_features
    }

    /// Number of features, at least 1.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Returns the features of a row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.n_features..(row + 1) * self.n_features]
    }

    /// Returns some rows.
    pub fn rows(&self, rows: Range<usize>) -> Rows<'_> {
        Rows {
            values: &self.values[rows.start * self.n_features..rows.end * self.n_features],
            n_features: self.n_features,
        }
    }

    /// Returns all rows.
    pub fn all_rows(&self) -> Rows<'_> {
        self.rows(0..self.n_rows())
    }

    /// Puts more rows below.
    ///
    /// # Panics
    /// If they have another number of features.
    pub fn append(&mut self, rows: Rows<'_>) {
        assert_eq!(rows.n_features, self.n_features, "rows have one length");
        self.values.extend_from_slice(rows.values);
    }

    /// Decodes rows of this many features.
    ///
    /// # Errors
    /// [`ShapeError`] if the bytes are not full rows.
    pub fn from_le_bytes(bytes: &[u8], n_features: usize) -> Result<Matrix, ShapeError> {
        let (values, rest) = bytes.as_chunks::<4>();
        if n_features == 0 || !rest.is_empty() || !values.len().is_multiple_of(n_features) {
            return Err(ShapeError {
                n_bytes: bytes.len(),
                n_features,
            });
        }
        Ok(Matrix {
            values: values
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect(),
            n_features,
        })
    }
}

impl<'a> Rows<'a> {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_features
    }

    /// Number of features.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Returns the features of a row, counted from the first of these.
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.n_features..(row + 1) * self.n_features]
    }

    /// Encodes the rows; [`Matrix::from_le_bytes`] decodes them.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        self.values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }
}
