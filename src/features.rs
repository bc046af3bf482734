//! Columns of numbers to the matrix that the forest sees, and their statistics.
//!
//! Takes chosen columns, gives a [`Matrix`], a [`StandardScaler`] and `describe()`. Knows nothing of scores.

pub mod blind;
mod matrix;
mod scaler;
pub mod selection;
pub mod statistics;

pub use matrix::{EncodedRows, Matrix, Rows, ShapeError};
pub use scaler::StandardScaler;
