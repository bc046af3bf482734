//! Columns that say how sure a flag is and what each feature adds to the score.

use super::{Analysis, float};
use crate::explain::shap::{Attributions, Explainer};
use crate::explain::stability::Stability;

/// Rows explained at once.
const BLOCK: usize = 256;

/// What the explanation columns are made of.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    /// The forest, made ready to explain.
    pub explainer: &'a Explainer,
    /// By how much each feature makes each scored row suspicious, row-major, if that is known already.
    pub suspicions: Option<&'a [f64]>,
    /// What other seeds flagged; `None` if none was tried.
    pub stability: Option<&'a Stability>,
    /// Positions in the selection of the rows that get attributions, ascending.
    pub rows: &'a [u32],
}

/// Makes the cells, for one row after another.
pub(super) struct ExplainedCells<'a> {
    analysis: Analysis<'a>,
    explained: Explained<'a>,
    /// Rows with attributions written so far.
    n_written: usize,
    block: Option<Attributions>,
}

impl<'a> ExplainedCells<'a> {
    pub(super) fn new(analysis: Analysis<'a>, explained: Explained<'a>) -> ExplainedCells<'a> {
        ExplainedCells {
            analysis,
            explained,
            n_written: 0,
            block: None,
        }
    }

    /// Adds `stability`, the share of other seeds that flag the row, and the attributions, which only
    /// [`Explained::rows`] have: positive makes it suspicious, in edges of a path.
    pub(super) fn append(&mut self, scored: Option<usize>, cells: &mut Vec<String>) {
        let share = |position| self.explained.stability?.share(position);
        cells.push(scored.and_then(share).map(float).unwrap_or_default());
        let rows = self.explained.rows;
        let n_features = self.analysis.selection.names.len();
        let next = rows.get(self.n_written).map(|&next| next as usize);
        let Some(position) = scored.filter(|_| scored == next) else {
            cells.extend((0..n_features).map(|_| String::new()));
            return;
        };
        if let Some(known) = self.explained.suspicions {
            let row = &known[position * n_features..(position + 1) * n_features];
            cells.extend(row.iter().copied().map(float));
            self.n_written += 1;
            return;
        }
        let i = self.n_written % BLOCK;
        if i == 0 {
            let end = (self.n_written + BLOCK).min(rows.len());
            let matrix = self.analysis.selection.matrix_of(
                self.analysis.sessions,
                self.analysis.scaler,
                &rows[self.n_written..end],
            );
            self.block = Some(self.explained.explainer.explain(matrix.all_rows()));
        }
        let block = self.block.as_ref().expect("a block starts with its rows");
        cells.extend(block.suspicion(i).into_iter().map(float));
        self.n_written += 1;
    }
}
