//! Isolation Forest, bit for bit as scikit-learn 1.9.1's (Liu, Ting and Zhou 2008).
//!
//! Takes a [`Matrix`] and [`Params`], gives a [`Forest`]; the forest scores rows, and [`threshold`] tells from the scores
//! which rows stand apart. Knows nothing of logs. The same `random_state` gives the same bits as scikit-learn on a
//! machine whose numpy takes `2 ** x` from the C library; where numpy uses AVX-512 instead, about one score of twenty
//! differs in its last bit, and no flag.
//!
//! ```
//! use isolog::features::Matrix;
//! use isolog::forest::{Contamination, Forest, Params, is_anomaly, threshold};
//!
//! let matrix = Matrix::from_columns(&[&[1.0, 1.1, 0.9, 1.2, 1.0, 9.0]]);
//! let params = Params::default().check(matrix.n_rows(), matrix.n_features())?;
//! let forest = Forest::fit(&matrix, &params, &mut |_, _| {});
//! let scores = forest.score_samples(matrix.all_rows());
//! let offset = threshold(&scores, Contamination::Fraction(0.2));
//! let flagged: Vec<bool> = scores.iter().map(|&score| is_anomaly(score, offset)).collect();
//! assert_eq!(flagged, [false, false, false, false, false, true]);
//! # Ok::<(), isolog::forest::ParamError>(())
//! ```

mod encoding;
mod params;
mod path_length;
mod pow2;
pub mod random;
mod sampling;
mod scorer;
mod tree;

pub use encoding::DecodeError;
pub use params::{
    CheckedParams, Contamination, MAX_ESTIMATORS, MaxFeatures, MaxSamples, ParamError, Params,
    parse_n_estimators, parse_random_state,
};
pub use path_length::average_path_length;
#[doc(hidden)]
pub use sampling::sample_without_replacement;
pub use tree::{GrownNode, Split};

use std::borrow::Cow;

use crate::features::{Matrix, Rows, statistics};
use random::{MersenneTwister, XorShift};
use scorer::Scorer;
use tree::Sample;

/// Rows scored between two reports of progress.
const PROGRESS_ROWS: usize = 16_384;

/// Scores that differ by no more than this differ by rounding alone.
pub const ROUNDING: f64 = 1e-9;

/// One more than the largest seed of a tree.
const SEED_END: u32 = i32::MAX as u32;

/// A grown forest.
#[derive(Debug, Clone)]
pub struct Forest {
    trees: Vec<Tree>,
    n_features: u32,
    /// Rows drawn for each tree, repeats included.
    n_samples: u32,
    scorer: Scorer,
}

/// A tree of a forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The nodes, a parent before its children, the left child right after its parent.
    pub nodes: Vec<Node>,
}

/// A node of a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// The split, by column of the matrix; `None` in a leaf.
    pub split: Option<Split>,
    /// Number of distinct rows that it was grown on.
    pub n_samples: u32,
    /// Number of rows that it was grown on, repeats included: scikit-learn's `weighted_n_node_samples`. More than
    /// `n_samples` only with `bootstrap`.
    pub n_drawn: u32,
    /// Depth, 0 at the root.
    pub depth: u32,
}

impl Node {
    /// Returns what a row that ends here adds to its path length: the depth, and what the rows in the leaf would still
    /// need. The detour over 1 is scikit-learn's, and rounds.
    pub fn path_length(&self) -> f64 {
        (f64::from(self.depth + 1) + average_path_length(self.n_samples)) - 1.0
    }
}

/// What is drawn for one tree before it is grown.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// The tree's own `random_state`.
    pub tree_seed: u32,
    /// Start of the stream inside the tree.
    pub stream_state: u32,
    /// Columns of the matrix that the tree sees, in order.
    pub columns: Vec<u32>,
    /// Rows drawn, in the order drawn.
    pub rows: Vec<u32>,
}

impl Draw {
    /// Draws for the tree with this seed: columns first, then rows, each from its own place in the streams.
    pub fn new(seed: u32, params: &CheckedParams) -> Draw {
        let tree_seed = MersenneTwister::new(seed).randint(0, SEED_END);
        let mut rng = MersenneTwister::new(seed);
        let columns =
            sample_without_replacement(&mut rng, params.n_features, params.n_tree_features);
        let columns = if params.n_tree_features == params.n_features {
            (0..params.n_features).collect()
        } else {
            columns
        };
        let rows = if params.bootstrap {
            (0..params.n_samples)
                .map(|_| rng.randint(0, params.n_rows))
                .collect()
        } else {
            sample_without_replacement(&mut rng, params.n_rows, params.n_samples)
        };
        let stream_state = MersenneTwister::new(tree_seed).randint(0, SEED_END);
        Draw {
            tree_seed,
            stream_state,
            columns,
            rows,
        }
    }

    /// Grows the tree.
    pub fn grow(&self, ground: &Ground<'_>, params: &CheckedParams) -> Vec<GrownNode> {
        let mut rows = self.rows.clone();
        rows.sort_unstable();
        let mut weights: Vec<f64> = Vec::with_capacity(rows.len());
        let mut last = None;
        rows.retain(|&row| {
            let is_new = last.replace(row) != Some(row);
            match weights.last_mut() {
                Some(weight) if !is_new => *weight += 1.0,
                _ => weights.push(1.0),
            }
            is_new
        });
        let places: Vec<usize> = rows.iter().map(|&row| ground.place(row)).collect();
        let column = |&column: &u32| {
            let value = |&place: &usize| ground.matrix.row(place)[column as usize];
            places.iter().map(value).collect()
        };
        let sample = Sample {
            columns: self.columns.iter().map(column).collect(),
            target: places.iter().map(|&place| ground.target[place]).collect(),
            weights,
        };
        tree::grow(&sample, params.max_depth, XorShift::new(self.stream_state))
    }
}

/// The rows that trees are grown on: a log has many more.
#[doc(hidden)]
#[derive(Debug)]
pub struct Ground<'a> {
    /// Their numbers, ascending; `None` if all rows are there.
    rows: Option<Vec<u32>>,
    matrix: Cow<'a, Matrix>,
    target: Vec<f64>,
}

impl<'a> Ground<'a> {
    /// Gathers the rows that are drawn for the trees with these seeds.
    pub fn gather(
        params: &CheckedParams,
        seeds: &[u32],
        gather: impl FnOnce(Option<&[u32]>) -> Cow<'a, Matrix>,
    ) -> Ground<'a> {
        let n_drawn = u64::from(params.n_samples) * seeds.len() as u64;
        let rows = (n_drawn < u64::from(params.n_rows)).then(|| {
            let drawn = seeds.iter().flat_map(|&seed| Draw::new(seed, params).rows);
            let mut rows: Vec<u32> = drawn.collect();
            rows.sort_unstable();
            rows.dedup();
            rows
        });
        Ground {
            target: match &rows {
                None => random_target(params, 0..params.n_rows),
                Some(rows) => random_target(params, rows.iter().copied()),
            },
            matrix: gather(rows.as_deref()),
            rows,
        }
    }

    /// Returns where a drawn row is.
    fn place(&self, row: u32) -> usize {
        match &self.rows {
            None => row as usize,
            Some(rows) => rows.binary_search(&row).expect("every drawn row is there"),
        }
    }
}

/// Draws the random target of the trees, a number a row, and returns that of these rows, which ascend.
#[doc(hidden)]
pub fn random_target(params: &CheckedParams, rows: impl Iterator<Item = u32>) -> Vec<f64> {
    let mut rng = MersenneTwister::new(params.random_state);
    let mut next = 0;
    let mut of_row = |row: u32| {
        // two draws each
        rng.skip(2 * u64::from(row - next));
        next = row + 1;
        rng.next_f64()
    };
    rows.map(&mut of_row).collect()
}

/// Draws the seed of each tree, from the start of the same stream as the target.
#[doc(hidden)]
pub fn tree_seeds(params: &CheckedParams) -> Vec<u32> {
    let mut rng = MersenneTwister::new(params.random_state);
    (0..params.n_estimators)
        .map(|_| rng.randint(0, SEED_END))
        .collect()
}

impl Forest {
    /// Grows a forest; `progress` gets the number of trees grown and of all trees after each.
    ///
    /// # Panics
    /// If the parameters were checked for a matrix of another size.
    pub fn fit(
        matrix: &Matrix,
        params: &CheckedParams,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Forest {
        let size = (params.n_rows as usize, params.n_features as usize);
        assert_eq!(
            size,
            (matrix.n_rows(), matrix.n_features()),
            "the parameters were checked for this matrix"
        );
        Forest::fit_to_drawn(params, |rows| matrix.gather(rows), progress)
    }

    /// Grows the forest of [`Forest::fit`] on the rows that it draws, few of many: `gather` makes a matrix of the rows with
    /// these numbers, which ascend, or of all.
    ///
    /// # Panics
    /// If the parameters were checked for a matrix of another size.
    pub fn fit_to_drawn<'a>(
        params: &CheckedParams,
        gather: impl FnOnce(Option<&[u32]>) -> Cow<'a, Matrix>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Forest {
        let seeds = tree_seeds(params);
        let ground = Ground::gather(params, &seeds, gather);
        let trees = seeds.iter().enumerate().map(|(i, &seed)| {
            let draw = Draw::new(seed, params);
            let tree = Tree::of_columns(&draw.grow(&ground, params), &draw.columns);
            progress(i + 1, seeds.len());
            tree
        });
        Forest::new(trees.collect(), params.n_features, params.n_samples)
    }

    fn new(trees: Vec<Tree>, n_features: u32, n_samples: u32) -> Forest {
        let scorer = Scorer::new(&trees);
        Forest {
            trees,
            n_features,
            n_samples,
            scorer,
        }
    }

    /// Number of features that a row has.
    pub fn n_features(&self) -> usize {
        self.n_features as usize
    }

    /// Number of rows drawn for each tree, repeats included: scikit-learn's `max_samples_`.
    pub fn n_samples(&self) -> u32 {
        self.n_samples
    }

    /// Returns the trees.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// Returns the sum of each row's path lengths over all trees, added in the order of the trees.
    ///
    /// # Panics
    /// If the rows have another number of features than the forest.
    pub fn path_length_sums(&self, rows: Rows<'_>) -> Vec<f64> {
        self.sums(rows, &mut |_, _| {})
    }

    /// Returns the score of every row, in row order: scikit-learn's `score_samples`.
    ///
    /// A score lies in [-1, 0): near -1 a row stands apart at once, about -0.5 or above it is ordinary. Equal seeds give
    /// equal bits however the rows are sharded, but many rows at once take less time each than few.
    ///
    /// # Panics
    /// If the rows have another number of features than the forest.
    pub fn score_samples(&self, rows: Rows<'_>) -> Vec<f64> {
        self.score_samples_with_progress(rows, &mut |_, _| {})
    }

    /// Scores like [`Forest::score_samples`]; `progress` gets the number of rows done and of all rows now and then.
    ///
    /// # Panics
    /// If the rows have another number of features than the forest.
    pub fn score_samples_with_progress(
        &self,
        rows: Rows<'_>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Vec<f64> {
        let normalizer = self.trees.len() as f64 * average_path_length(self.n_samples);
        let mut scores = self.sums(rows, progress);
        for score in &mut scores {
            let exponent = if normalizer == 0.0 {
                -1.0
            } else {
                -(*score / normalizer)
            };
            *score = -pow2::pow2(exponent);
        }
        scores
    }

    fn sums(&self, rows: Rows<'_>, progress: &mut dyn FnMut(usize, usize)) -> Vec<f64> {
        assert_eq!(
            rows.n_features(),
            self.n_features(),
            "rows have the forest's features"
        );
        let (mut done, mut reported) = (0, 0);
        self.scorer.sums(rows, &mut |n_more| {
            done += n_more;
            if done == rows.n_rows() || done - reported >= PROGRESS_ROWS {
                progress(done, rows.n_rows());
                reported = done;
            }
        })
    }

    /// Scores like [`Forest::path_length_sums`], row by row and node by node: the clear version that tests the quick one.
    #[doc(hidden)]
    pub fn path_length_sum_by_the_book(&self, row: &[f32]) -> f64 {
        self.trees
            .iter()
            .map(|tree| tree.leaf(row).path_length())
            .fold(0.0, |sum, length| sum + length)
    }
}

impl Tree {
    fn of_columns(grown: &[GrownNode], columns: &[u32]) -> Tree {
        let node = |node: &GrownNode| Node {
            split: node.split.map(|split| Split {
                feature: columns[split.feature as usize],
                ..split
            }),
            n_samples: node.n_samples,
            // a sum of ones, at most the number of rows drawn
            n_drawn: node.weight as u32,
            depth: node.depth,
        };
        Tree {
            nodes: grown.iter().map(node).collect(),
        }
    }

    /// Returns the leaf that a row ends in.
    fn leaf(&self, row: &[f32]) -> &Node {
        let mut at = 0;
        while let Some(split) = self.nodes[at].split {
            let value = row[split.feature as usize];
            at = if split.goes_left(value) {
                at + 1
            } else {
                split.right as usize
            };
        }
        &self.nodes[at]
    }
}

/// Returns the threshold for these scores: scikit-learn's `offset_` where scikit-learn has such a one.
pub fn threshold(scores: &[f64], contamination: Contamination) -> f64 {
    match contamination {
        Contamination::Fraction(share) => statistics::percentile(scores, 100.0 * share),
        Contamination::Top(_) => {
            let mut ascending = scores.to_vec();
            ascending.sort_unstable_by(f64::total_cmp);
            threshold_by(ascending.len(), contamination, |index| ascending[index])
        }
        Contamination::Auto | Contamination::Score(_) => {
            threshold_by(scores.len(), contamination, |index| scores[index])
        }
    }
}

/// Returns the [`threshold`] for `n` scores of which `at` tells the one with so many before it in ascending order.
pub fn threshold_by(
    n: usize,
    contamination: Contamination,
    mut at: impl FnMut(usize) -> f64,
) -> f64 {
    match contamination {
        Contamination::Auto => -0.5,
        Contamination::Fraction(share) => statistics::percentile_by(n, 100.0 * share, at),
        // exactly so many scores are below it, fewer if some are equal; all of them if there are fewer
        Contamination::Top(count) => match usize::try_from(count) {
            Ok(count) if count < n => at(count),
            _ => n.checked_sub(1).map_or(f64::NEG_INFINITY, at).next_up(),
        },
        Contamination::Score(score) => score,
    }
}

/// Whether a row with this score is suspicious; one that lies on the threshold is not.
pub fn is_anomaly(score: f64, threshold: f64) -> bool {
    score - threshold < 0.0
}
