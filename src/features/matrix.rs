//! Rows of features, in the precision in which scikit-learn's trees see them.

use std::borrow::Cow;
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

/// All rows as they travel to other workers, in shards.
#[derive(Debug)]
pub struct EncodedRows {
    /// Row-major little-endian f32.
    shards: Vec<Vec<u8>>,
    /// The first row of each shard.
    starts: Vec<usize>,
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

    /// Returns these rows, or all.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn gather(&self, rows: Option<&[u32]>) -> Cow<'_, Matrix> {
        let Some(rows) = rows else {
            return Cow::Borrowed(self);
        };
        let mut values = Vec::with_capacity(rows.len() * self.n_features);
        for &row in rows {
            values.extend_from_slice(self.row(row as usize));
        }
        Cow::Owned(Matrix {
            values,
            n_features: self.n_features,
        })
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
        let mut bytes = vec![0; self.values.len() * 4];
        let (places, _) = bytes.as_chunks_mut::<4>();
        for (place, value) in places.iter_mut().zip(self.values) {
            *place = value.to_le_bytes();
        }
        bytes
    }
}

impl EncodedRows {
    /// Rows of zeros, in shards of almost equal size; never an empty one, except for no rows at all.
    ///
    /// # Panics
    /// If there is no feature.
    pub fn zeros(n_rows: usize, n_features: usize, n_shards: usize) -> EncodedRows {
        assert!(n_features > 0, "a row has a feature");
        let n_shards = n_shards.clamp(1, n_rows.max(1));
        // in 64 bits: the product is larger than a 32-bit machine counts
        let start = |shard: usize| (n_rows as u64 * shard as u64 / n_shards as u64) as usize;
        EncodedRows {
            starts: (0..n_shards).map(start).collect(),
            shards: (0..n_shards)
                .map(|shard| vec![0; (start(shard + 1) - start(shard)) * 4 * n_features])
                .collect(),
            n_features,
        }
    }

    /// Sets a column to what `of` makes of some values, each rounded once to the nearest f32 (beyond its range: infinite).
    pub fn set_column(&mut self, feature: usize, values: &[f64], of: impl Fn(f64) -> f64) {
        for (shard, &start) in self.shards.iter_mut().zip(&self.starts) {
            let (places, _) = shard.as_chunks_mut::<4>();
            let rows = places.chunks_exact_mut(self.n_features);
            for (row, &value) in rows.zip(&values[start..]) {
                row[feature] = (of(value) as f32).to_le_bytes();
            }
        }
    }

    /// Decodes these rows, or all.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn gather(&self, rows: Option<&[u32]>) -> Matrix {
        let n_bytes: usize = self.shards.iter().map(Vec::len).sum();
        let n_values = rows.map_or(n_bytes / 4, |rows| rows.len() * self.n_features);
        let mut values = Vec::with_capacity(n_values);
        let mut decode = |bytes: &[[u8; 4]]| {
            values.extend(bytes.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        };
        match rows {
            None => self
                .shards
                .iter()
                .for_each(|shard| decode(shard.as_chunks().0)),
            Some(rows) => {
                for row in rows.iter().map(|&row| row as usize) {
                    let shard = self.starts.partition_point(|&start| start <= row) - 1;
                    let first = (row - self.starts[shard]) * self.n_features;
                    decode(&self.shards[shard].as_chunks().0[first..][..self.n_features]);
                }
            }
        }
        Matrix {
            values,
            n_features: self.n_features,
        }
    }

    /// Returns the first row of each shard and its rows, as [`Matrix::from_le_bytes`] decodes them.
    pub fn into_shards(self) -> impl Iterator<Item = (usize, Vec<u8>)> {
        self.starts.into_iter().zip(self.shards)
    }
}
