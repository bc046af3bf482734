//! How much a flag depends on the seed: the same forest is grown with other seeds, and each row's flags are counted.

use serde::{Deserialize, Serialize};

use crate::features::Matrix;
use crate::forest::{Forest, MAX_ESTIMATORS, ParamError, Params, ROUNDING, is_anomaly, threshold};
use crate::table::Extent;

/// Seeds tried by default.
pub const N_SEEDS: u32 = 50;

/// The most seeds that are tried.
pub const MAX_SEEDS: u32 = 500;

/// How many times the trees of the settings are grown to see whether more trees make flags surer.
pub const MORE_TREES: u32 = 3;

/// Returns [`MORE_TREES`] times as many trees, but never more than a forest can have.
pub fn more_trees(n_estimators: u32) -> u32 {
    n_estimators.saturating_mul(MORE_TREES).min(MAX_ESTIMATORS)
}

/// Returns the other seeds: those that follow `random_state`, beginning at 0 again after the largest.
pub fn seeds(random_state: u32, n_seeds: u32) -> impl Iterator<Item = u32> {
    (1..=n_seeds).map(move |i| random_state.wrapping_add(i))
}

/// Fits with another seed, scores, sets the threshold anew, and returns the positions of the flagged rows, ascending.
///
/// One seed is one unit of work: its result does not depend on any other.
///
/// # Errors
/// [`ParamError`] if the parameters do not fit the matrix.
pub fn refit_flags(matrix: &Matrix, params: &Params, seed: u32) -> Result<Vec<u32>, ParamError> {
    let params = Params {
        random_state: seed,
        ..params.clone()
    };
    let checked = params.check(matrix.n_rows(), matrix.n_features())?;
    let forest = Forest::fit(matrix, &checked, &mut |_, _| {});
    let scores = forest.score_samples(matrix.all_rows());
    let Extent { low, high } = Extent::of(&scores);
    if high - low <= ROUNDING {
        // what rounding flags does not stand apart
        return Ok(Vec::new());
    }
    let offset = threshold(&scores, params.contamination);
    let flagged = (0..)
        .zip(&scores)
        .filter(|&(_, &score)| is_anomaly(score, offset));
    Ok(flagged.map(|(position, _)| position).collect())
}

/// How often each row was flagged; grows seed by seed, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stability {
    n_seeds: u32,
    n_flagged: Vec<u32>,
}

/// How often other seeds flag a row, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Frequency {
    /// Less than a quarter of the seeds: this seed's luck.
    ByChance,
    /// A quarter of the seeds or more, but less than half.
    Sometimes,
    /// At least half of the seeds, but not all.
    Usually,
    /// All seeds.
    Always,
}

impl Frequency {
    /// Puts a number of seeds that flag a row, of all tried, in a class; no seed tried counts as none that flags it.
    pub fn of(n_flagged: u32, n_seeds: u32) -> Frequency {
        let (n_flagged, n_seeds) = (u64::from(n_flagged), u64::from(n_seeds));
        match n_flagged {
            0 => Frequency::ByChance,
            n if n == n_seeds => Frequency::Always,
            n if 2 * n >= n_seeds => Frequency::Usually,
            n if 4 * n >= n_seeds => Frequency::Sometimes,
            _ => Frequency::ByChance,
        }
    }
}

impl Stability {
    /// Starts with no seed tried.
    pub fn new(n_rows: usize) -> Stability {
        Stability {
            n_seeds: 0,
            n_flagged: vec![0; n_rows],
        }
    }

    /// Adds the flagged positions of one more seed, as [`refit_flags`] gives them.
    ///
    /// # Panics
    /// If a position is beyond the rows.
    pub fn add(&mut self, flagged: &[u32]) {
        self.n_seeds += 1;
        for &position in flagged {
            self.n_flagged[position as usize] += 1;
        }
    }

    /// Number of seeds tried.
    pub fn n_seeds(&self) -> u32 {
        self.n_seeds
    }

    /// Number of seeds that flag the row at this position.
    pub fn n_flagged(&self, position: usize) -> u32 {
        self.n_flagged[position]
    }

    /// Returns the share of the seeds that flag a row, 0 to 1; `None` if no seed was tried.
    pub fn share(&self, position: usize) -> Option<f64> {
        (self.n_seeds > 0).then(|| f64::from(self.n_flagged[position]) / f64::from(self.n_seeds))
    }

    /// Returns the class of a row; `None` if no seed was tried.
    pub fn frequency(&self, position: usize) -> Option<Frequency> {
        (self.n_seeds > 0).then(|| Frequency::of(self.n_flagged[position], self.n_seeds))
    }

    /// Number of rows that some seeds flag and others do not, among all rows; with `is_flagged`, the flags on screen count
    /// as one more seed.
    ///
    /// # Panics
    /// If there are flags for another number of rows.
    pub fn n_dependent(&self, is_flagged: Option<&[bool]>) -> usize {
        if let Some(is_flagged) = is_flagged {
            assert_eq!(
                is_flagged.len(),
                self.n_flagged.len(),
                "each row has a flag"
            );
        }
        let n_seeds = self.n_seeds + u32::from(is_flagged.is_some());
        let here = |position: usize| u32::from(is_flagged.is_some_and(|flags| flags[position]));
        let depends = |&(position, &n_flagged): &(usize, &u32)| {
            let n_flagged = n_flagged + here(position);
            0 < n_flagged && n_flagged < n_seeds
        };
        self.n_flagged.iter().enumerate().filter(depends).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_by_hand() {
        let of = |n_flagged| Frequency::of(n_flagged, 50);
        assert_eq!([50, 49, 25, 24, 13, 12, 0].map(of), {
            use Frequency::{Always, ByChance, Sometimes, Usually};
            [
                Always, Usually, Usually, Sometimes, Sometimes, ByChance, ByChance,
            ]
        });
    }

    #[test]
    fn seeds_are_counted_one_by_one() {
        let mut stability = Stability::new(3);
        assert_eq!(
            (
                stability.share(0),
                stability.frequency(0),
                stability.n_dependent(None)
            ),
            (None, None, 0)
        );
        stability.add(&[0, 1]);
        stability.add(&[0]);
        assert_eq!((stability.n_seeds(), stability.share(1)), (2, Some(0.5)));
        assert_eq!(stability.frequency(0), Some(Frequency::Always));
        assert_eq!(stability.n_dependent(None), 1);
        assert_eq!(stability.n_dependent(Some(&[true, true, false])), 1);
        assert_eq!(stability.n_dependent(Some(&[false, true, true])), 3);
    }

    #[test]
    fn other_seeds_follow_and_wrap() {
        assert_eq!(seeds(42, 3).collect::<Vec<_>>(), [43, 44, 45]);
        assert_eq!(seeds(u32::MAX, 2).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn few_rows() {
        for n_rows in [1_u32, 2, 50] {
            let column: Vec<f64> = (0..n_rows).map(f64::from).collect();
            let matrix = Matrix::from_columns(&[&column]);
            let flagged = refit_flags(&matrix, &Params::default(), 7).expect("in range");
            assert!(flagged.len() <= 3 && flagged.is_sorted());
        }
    }
}
