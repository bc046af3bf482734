//! Made-up matrices to measure on, the same on every machine but for the last bits of logarithms.

use isolog::features::Matrix;

/// What the rows are like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Independent normal features: the hardest for scoring, as no two rows are alike and nothing is skewed.
    Normal,
    /// Sessions: two correlated, heavy-tailed byte counts and a duration that is often the same, again and again.
    Traffic,
    /// One such session, and as many country columns as are left, of which one is 1.
    Countries,
}

/// Makes a matrix.
pub(crate) fn matrix(kind: Kind, n_rows: usize, n_features: usize) -> Matrix {
    let columns: Vec<Vec<f64>> = (0..n_features)
        .map(|column| {
            (0..n_rows)
                .map(|row| value(kind, row as u32, column as u32, n_features as u32))
                .collect()
        })
        .collect();
    Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn value(kind: Kind, row: u32, column: u32, n_features: u32) -> f64 {
    match kind {
        Kind::Normal => normal(row, column),
        Kind::Countries if column >= 3 => {
            let share = uniform(row, 0, 5).powi(3);
            let country = (share * f64::from(n_features - 3)) as u32;
            f64::from(u8::from(column - 3 == country))
        }
        Kind::Traffic | Kind::Countries => {
            let session = column / 3 * 3;
            let size = normal(row, session);
            match column % 3 {
                0 => (8.0 + 2.0 * size).exp().round(),
                1 => (8.0 + 1.6 * size + 0.8 * normal(row, column)).exp().round(),
                _ if uniform(row, column, 3) < 0.6 => 600.0,
                _ => (uniform(row, column, 4) * 3600.0).round(),
            }
        }
    }
}

/// A normal number, by Box and Muller (1958).
fn normal(row: u32, column: u32) -> f64 {
    let radius = (-2.0 * uniform(row, column, 1).ln()).sqrt();
    radius * (std::f64::consts::TAU * uniform(row, column, 2)).cos()
}

/// A number above 0 and below 1, by mixing the bits of its place (the shifts are those of the parity tests).
fn uniform(row: u32, column: u32, salt: u32) -> f64 {
    let mut h = row
        .wrapping_mul(0x9E37_79B1)
        .wrapping_add(column.wrapping_mul(0x85EB_CA77))
        .wrapping_add(salt.wrapping_mul(0xC2B2_AE3D));
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    (f64::from(h) + 0.5) / 4_294_967_296.0
}
