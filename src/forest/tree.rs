//! Growing one isolation tree, draw for draw as scikit-learn's `ExtraTreeRegressor(splitter="random", max_features=1)`.
//!
//! The tree is a regression tree on a random target, which the splits hardly feel: it only makes a node a leaf when its
//! target does not vary, or when a split would make it worse. Both happen, rarely, so both are here, with every sum in
//! scikit-learn's order.

use super::random::XorShift;

/// Range of a feature in a node below which it counts as constant, as f32.
const FEATURE_THRESHOLD: f32 = 1e-7;

/// The rows that a tree is grown on, gathered: row `i` below is the `i`-th of them in ascending order.
#[derive(Debug)]
pub(super) struct Sample {
    /// A column a feature of the tree.
    pub(super) columns: Vec<Vec<f32>>,
    /// The random target.
    pub(super) target: Vec<f64>,
    /// How often each row was drawn.
    pub(super) weights: Vec<f64>,
}

/// A node of a tree, in the order of creation: a node's left child, if any, comes right after it.
#[derive(Debug, Clone, PartialEq)]
pub struct GrownNode {
    /// The split; `None` in a leaf.
    pub split: Option<Split>,
    /// Number of distinct rows.
    pub n_samples: u32,
    /// Sum of the rows' weights.
    pub weight: f64,
    /// Mean squared deviation of the target.
    pub impurity: f64,
    /// Depth, 0 at the root.
    pub depth: u32,
}

/// How a node is split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The tree's feature, from 0.
    pub feature: u32,
    /// Rows with at most this value go left.
    pub threshold: f64,
    /// Whether rows without a value go left.
    pub is_nan_left: bool,
    /// Index of the right child.
    pub right: u32,
}

impl Split {
    /// Whether a row with this value of the feature goes left.
    pub fn goes_left(&self, value: f32) -> bool {
        if value.is_nan() {
            self.is_nan_left
        } else {
            f64::from(value) <= self.threshold
        }
    }
}

/// Grows a tree.
pub(super) fn grow(sample: &Sample, max_depth: u32, random: XorShift) -> Vec<GrownNode> {
    let n_rows = sample.target.len();
    let n_features = sample.columns.len();
    let mut grower = Grower {
        sample,
        random,
        rows: (0..n_rows).collect(),
        features: (0..n_features).collect(),
        constants: vec![0; n_features],
        total_weight: sample.weights.iter().sum(),
    };
    let mut nodes: Vec<GrownNode> = Vec::new();
    let mut stack = vec![Task {
        start: 0,
        end: n_rows,
        depth: 0,
        parent: None,
        impurity: None,
        n_constants: 0,
    }];
    while let Some(task) = stack.pop() {
        let id = nodes.len();
        if let Some(parent) = task.parent {
            nodes[parent]
                .split
                .as_mut()
                .expect("a parent is split")
                .right = index(id);
        }
        let sums = grower.sums(task.start, task.end);
        let impurity = task.impurity.unwrap_or_else(|| sums.impurity());
        let n_samples = task.end - task.start;
        let is_leaf = task.depth >= max_depth || n_samples < 2 || impurity <= f64::EPSILON;
        let found = if is_leaf {
            None
        } else {
            grower.split(&task, &sums, impurity)
        };
        nodes.push(GrownNode {
            split: found.as_ref().map(|found| found.split),
            n_samples: index(n_samples),
            weight: sums.weight,
            impurity,
            depth: task.depth,
        });
        if let Some(found) = found {
            let child = |start, end, parent, impurity| Task {
                start,
                end,
                depth: task.depth + 1,
                parent,
                impurity: Some(impurity),
                n_constants: found.n_constants,
            };
            stack.push(child(
                found.middle,
                task.end,
                Some(id),
                found.right_impurity,
            ));
            stack.push(child(task.start, found.middle, None, found.left_impurity));
        }
    }
    nodes
}

fn index(value: usize) -> u32 {
    u32::try_from(value).expect("rows fit in 32 bits, and a tree has fewer than two nodes a row")
}

/// A node that waits to be made of `rows[start..end]`.
struct Task {
    start: usize,
    end: usize,
    depth: u32,
    /// The parent, for a right child only: a left child follows its parent.
    parent: Option<usize>,
    /// `None` at the root.
    impurity: Option<f64>,
    /// How many of the first features are known to be constant.
    n_constants: usize,
}

/// A split that was found and made.
struct Found {
    split: Split,
    middle: usize,
    left_impurity: f64,
    right_impurity: f64,
    n_constants: usize,
}

/// Sums over the rows of a node.
struct Sums {
    weight: f64,
    target: f64,
    square: f64,
}

impl Sums {
    fn impurity(&self) -> f64 {
        let mean = self.target / self.weight;
        self.square / self.weight - mean * mean
    }
}

/// What stays from node to node: the order of rows, features and constants is part of the random choice.
struct Grower<'a> {
    sample: &'a Sample,
    random: XorShift,
    rows: Vec<usize>,
    features: Vec<usize>,
    constants: Vec<usize>,
    total_weight: f64,
}

/// A feature and the threshold drawn for it.
struct Candidate {
    feature: usize,
    threshold: f64,
    /// Side drawn for rows without a value, if there are any.
    nan_left: Option<bool>,
}

/// The values of a feature in a node.
struct Range {
    low: f32,
    high: f32,
    n_nan: usize,
}

impl Grower<'_> {
    fn sums(&self, start: usize, end: usize) -> Sums {
        let mut sums = Sums {
            weight: 0.0,
            target: 0.0,
            square: 0.0,
        };
        for &row in &self.rows[start..end] {
            let (weight, target) = (self.sample.weights[row], self.sample.target[row]);
            let weighted = weight * target;
            sums.target += weighted;
            sums.square += weighted * target;
            sums.weight += weight;
        }
        sums
    }

    /// Draws a split and makes it; `None` if the node stays a leaf.
    fn split(&mut self, task: &Task, sums: &Sums, impurity: f64) -> Option<Found> {
        let (drawn, n_constants) = self.draw(task);
        let (candidate, middle) = drawn?;
        let (left_impurity, right_impurity, improvement) = self.judge(task, middle, sums, impurity);
        if improvement + f64::EPSILON < 0.0 {
            return None;
        }
        let larger_is_left = middle - task.start > task.end - middle;
        let split = Split {
            feature: index(candidate.feature),
            threshold: candidate.threshold,
            is_nan_left: candidate.nan_left.unwrap_or(larger_is_left),
            right: 0,
        };
        Some(Found {
            split,
            middle,
            left_impurity,
            right_impurity,
            n_constants,
        })
    }

    /// Draws features until one varies, then its threshold, and parts the rows by it; gives also the number of features
    /// now known to be constant.
    ///
    /// `features` holds the known constants first, then those met here, and the others last; drawing one of them swaps it
    /// out of the way. The children must see the known constants in the order in which the parent saw them.
    fn draw(&mut self, task: &Task) -> (Option<(Candidate, usize)>, usize) {
        let known = task.n_constants;
        let mut n_left = self.features.len();
        let (mut n_found, mut n_drawn, mut n_total, mut n_visited) = (0, 0, known, 0);
        let mut result = None;
        while n_left > n_total && (n_visited < 1 || n_visited <= n_found + n_drawn) {
            n_visited += 1;
            let mut at = self.random.index(n_drawn, n_left - n_found);
            if at < known {
                self.features.swap(n_drawn, at);
                n_drawn += 1;
                continue;
            }
            at += n_found;
            let feature = self.features[at];
            let range = self.range(feature, task);
            if range.is_constant(task.end - task.start) {
                self.features.swap(at, n_total);
                n_found += 1;
                n_total += 1;
                continue;
            }
            n_left -= 1;
            self.features.swap(n_left, at);
            let candidate = self.draw_threshold(feature, &range);
            let middle = self.partition(task, &candidate);
            if task.start < middle && middle < task.end {
                result = Some((candidate, middle));
            }
        }
        self.features[..known].copy_from_slice(&self.constants[..known]);
        self.constants[known..known + n_found]
            .copy_from_slice(&self.features[known..known + n_found]);
        (result, n_total)
    }

    fn range(&self, feature: usize, task: &Task) -> Range {
        let column = &self.sample.columns[feature];
        let mut range = Range {
            low: f32::INFINITY,
            high: f32::NEG_INFINITY,
            n_nan: 0,
        };
        let mut is_first = true;
        for &row in &self.rows[task.start..task.end] {
            let value = column[row];
            if value.is_nan() {
                range.n_nan += 1;
            } else if is_first {
                (range.low, range.high) = (value, value);
                is_first = false;
            } else if value < range.low {
                range.low = value;
            } else if value > range.high {
                range.high = value;
            }
        }
        range
    }

    fn draw_threshold(&mut self, feature: usize, range: &Range) -> Candidate {
        let (low, high) = (f64::from(range.low), f64::from(range.high));
        let threshold = self.random.uniform(low, high);
        let nan_left = (range.n_nan > 0).then(|| self.random.index(0, 2) == 1);
        let threshold = if threshold == high { low } else { threshold };
        Candidate {
            feature,
            threshold,
            nan_left,
        }
    }

    /// Brings the rows that go left to the front; the order left behind decides later sums, so it is scikit-learn's.
    fn partition(&mut self, task: &Task, candidate: &Candidate) -> usize {
        let column = &self.sample.columns[candidate.feature];
        let (mut start, mut end) = (task.start, task.end);
        while start < end {
            let value = column[self.rows[start]];
            let goes_left = if value.is_nan() {
                candidate.nan_left == Some(true)
            } else {
                f64::from(value) <= candidate.threshold
            };
            if goes_left {
                start += 1;
            } else {
                end -= 1;
                self.rows.swap(start, end);
            }
        }
        end
    }

    /// Impurity of both sides, and the improvement of the whole tree by the split.
    fn judge(&self, task: &Task, middle: usize, sums: &Sums, impurity: f64) -> (f64, f64, f64) {
        let of = |row: usize| (self.sample.weights[row], self.sample.target[row]);
        let (mut left_target, mut left_weight);
        if middle - task.start <= task.end - middle {
            (left_target, left_weight) = (0.0, 0.0);
            for &row in &self.rows[task.start..middle] {
                let (weight, target) = of(row);
                left_target += weight * target;
                left_weight += weight;
            }
        } else {
            (left_target, left_weight) = (sums.target, sums.weight);
            for &row in self.rows[middle..task.end].iter().rev() {
                let (weight, target) = of(row);
                left_target -= weight * target;
                left_weight -= weight;
            }
        }
        let mut left_square = 0.0;
        for &row in &self.rows[task.start..middle] {
            let (weight, target) = of(row);
            left_square += (weight * target) * target;
        }
        let left = Sums {
            weight: left_weight,
            target: left_target,
            square: left_square,
        };
        let right = Sums {
            weight: sums.weight - left_weight,
            target: sums.target - left_target,
            square: sums.square - left_square,
        };
        let (left_impurity, right_impurity) = (left.impurity(), right.impurity());
        let improvement = (sums.weight / self.total_weight)
            * ((impurity - (right.weight / sums.weight) * right_impurity)
                - (left.weight / sums.weight) * left_impurity);
        (left_impurity, right_impurity, improvement)
    }
}

impl Range {
    fn is_constant(&self, n_rows: usize) -> bool {
        self.n_nan == n_rows || (self.n_nan == 0 && self.high <= self.low + FEATURE_THRESHOLD)
    }
}
