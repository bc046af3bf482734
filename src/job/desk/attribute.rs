//! Attributions of all scored rows: helpers compute them, the lead keeps them for its files.

use serde_bytes::ByteBuf;

use super::{Desk, Fitted, forest_and_rows, keep_values};
use crate::explain::shap::Explainer;
use crate::features::Matrix;
use crate::job::{Error, Reply};

impl Fitted {
    /// Returns some of the scored rows, as the forest sees them.
    pub(super) fn scored_rows(
        &self,
        sessions: &crate::traffic::Sessions,
        first: u64,
        n: u64,
    ) -> Matrix {
        let end = first
            .saturating_add(n)
            .min(self.selection.rows.len() as u64);
        let positions: Vec<u32> = (first..end).map(|position| position as u32).collect();
        self.selection
            .matrix_of(sessions, self.scaler.as_ref(), &positions)
    }

    /// Returns by how much each feature makes each scored row suspicious, row-major; `None` unless all rows are known.
    pub(super) fn all_suspicions(&self) -> Option<&[f64]> {
        let is_complete =
            !self.suspicions.is_empty() && !self.suspicions.iter().any(|x| x.is_nan());
        is_complete.then_some(&self.suspicions)
    }
}

/// Gives some of the scored rows, and the forest.
#[inline(never)]
pub(super) fn to_attribute(desk: &Desk, first: u64, n: u64) -> Result<Reply, Error> {
    let fitted = desk.fitted()?;
    let matrix = fitted.scored_rows(desk.sessions()?, first, n);
    Ok(Reply::ToAttribute {
        forest: ByteBuf::from(fitted.forest.to_bytes()),
        rows: ByteBuf::from(matrix.all_rows().to_le_bytes()),
    })
}

/// Attributes rows to the features.
#[inline(never)]
pub(super) fn attribute(forest: &[u8], rows: &[u8]) -> Result<Reply, Error> {
    let (forest, matrix) = forest_and_rows(forest, rows)?;
    let attributions = Explainer::new(&forest).explain(matrix.all_rows());
    let rows = 0..attributions.n_rows();
    let suspicions = rows.flat_map(|row| attributions.suspicion(row));
    let bytes: Vec<u8> = suspicions.flat_map(f64::to_le_bytes).collect();
    Ok(Reply::Attributed {
        suspicions: ByteBuf::from(bytes),
    })
}

/// Keeps what a helper attributed.
#[inline(never)]
pub(super) fn keep(desk: &mut Desk, first: u64, suspicions: &[u8]) -> Result<Reply, Error> {
    let fitted = desk.fitted_mut()?;
    let n_features = fitted.selection.names.len();
    let n_values = fitted.selection.rows.len() * n_features;
    let first = first.saturating_mul(n_features as u64);
    keep_values(&mut fitted.suspicions, n_values, first, suspicions)?;
    Ok(Reply::Kept)
}
