//! The smallest change of a single feature that would clear a flagged row, proved by scoring the changed row.
//!
//! While the other features stay, the score is a step function of one feature, and it steps only at the forest's
//! thresholds for that feature. Each tree gives its few steps, their sum is followed outwards from the row's value in both
//! directions, and the first step that is high enough is it. A value is given in the feature's own unit, and lands on the
//! right side of the threshold once it is scaled and rounded to f32 like the matrix.

use serde::{Deserialize, Serialize};

use crate::features::{Matrix, StandardScaler};
use crate::forest::{Forest, Tree, average_path_length, is_anomaly};

/// Slack for sums of path lengths that are not added in the order of the trees, in edges; scoring decides in the end.
const SLACK: f64 = 1e-6;

/// From a feature's own unit to the matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureScale {
    mean: f64,
    scale: f64,
    spread: f64,
    is_integer: bool,
    /// The values that the feature can have.
    low: f64,
    high: f64,
}

/// A change that clears a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// The feature, from 0.
    pub feature: usize,
    /// The nearest value of it that clears the row, in its own unit.
    pub value: f64,
    /// The farthest value up to which all others from `value` on clear the row too, of those that the feature can have;
    /// infinite if there is no end.
    pub until: f64,
    /// scikit-learn's `score_samples` of the row with `value` in it.
    pub score: f64,
    /// Size of the change, in spreads of the feature.
    pub n_spreads: f64,
}

impl FeatureScale {
    /// A feature that the forest sees standardized; its spread is the standard deviation.
    pub fn standardized(scaler: &StandardScaler, feature: usize, is_integer: bool) -> FeatureScale {
        FeatureScale {
            mean: scaler.mean[feature],
            scale: scaler.scale[feature],
            spread: scaler.scale[feature],
            is_integer,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }
    }

    /// A feature that the forest sees as it is. `spread`, above 0, is the unit in which changes of different features are
    /// compared, for example the standard deviation.
    pub fn raw(spread: f64, is_integer: bool) -> FeatureScale {
        FeatureScale {
            mean: 0.0,
            scale: 1.0,
            spread,
            is_integer,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }
    }

    /// Offers only values from `low` to `high`: those that a column holds, or that make sense.
    pub fn within(self, low: f64, high: f64) -> FeatureScale {
        FeatureScale { low, high, ..self }
    }

    /// Scales a value like [`StandardScaler::transform_column`].
    fn transform(&self, value: f64) -> f64 {
        (value - self.mean) / self.scale
    }

    /// Returns the matrix' value, which never falls when `value` rises.
    fn to_matrix(self, value: f64) -> f32 {
        self.transform(value) as f32
    }

    /// Returns the largest value that the matrix has at or below a threshold; not above `largest`.
    fn last_at_most(&self, threshold: f64, largest: f64) -> f64 {
        let reaches = |value: f64| f64::from(self.to_matrix(value)) > threshold;
        let first = first_that(f64::MIN, largest, reaches);
        if reaches(first) {
            first.next_down()
        } else {
            first
        }
    }

    /// Returns the smallest value that the matrix has above a threshold; not below `smallest`.
    fn first_above(&self, threshold: f64, smallest: f64) -> f64 {
        first_that(smallest, f64::MAX, |value| {
            f64::from(self.to_matrix(value)) > threshold
        })
    }
}

/// Returns for each feature the nearest value that clears the row, if there is one, the smallest change first.
///
/// `row` holds the values in their own units. Empty if the row is not flagged, or if no change of a single feature
/// clears it.
///
/// # Panics
/// If the row or the scales have another number of features than the forest.
pub fn counterfactuals(
    forest: &Forest,
    row: &[f64],
    scales: &[FeatureScale],
    threshold: f64,
) -> Vec<Counterfactual> {
    assert_eq!(
        row.len(),
        forest.n_features(),
        "a row has the forest's features"
    );
    assert_eq!(row.len(), scales.len(), "each feature has a scale");
    let search = Search {
        forest,
        row,
        scales,
        in_matrix: row
            .iter()
            .zip(scales)
            .map(|(&value, scale)| scale.to_matrix(value))
            .collect(),
        threshold,
    };
    if !is_anomaly(search.score(0, row[0]), threshold) {
        return Vec::new();
    }
    let mut found: Vec<Counterfactual> = (0..row.len())
        .filter_map(|feature| search.nearest(feature))
        .collect();
    found.sort_by(|a, b| a.n_spreads.total_cmp(&b.n_spreads));
    found
}

/// What does not change from feature to feature.
struct Search<'a> {
    forest: &'a Forest,
    row: &'a [f64],
    scales: &'a [FeatureScale],
    in_matrix: Vec<f32>,
    threshold: f64,
}

/// Values of a feature in the matrix between which no sum of path lengths changes: above `low`, up to `high`.
#[derive(Debug, Clone, Copy)]
struct Step {
    low: f64,
    high: f64,
    /// Sum of the row's path lengths over all trees, in edges.
    sum: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Direction {
    Down,
    Up,
}

impl Search<'_> {
    /// Scores the row with one value replaced.
    fn score(&self, feature: usize, value: f64) -> f64 {
        let value = |i: usize| {
            let value = if i == feature { value } else { self.row[i] };
            [self.scales[i].transform(value)]
        };
        let columns: Vec<[f64; 1]> = (0..self.row.len()).map(value).collect();
        let matrix =
            Matrix::from_columns(&columns.iter().map(<[f64; 1]>::as_slice).collect::<Vec<_>>());
        self.forest.score_samples(matrix.all_rows())[0]
    }

    /// The sum of path lengths from which on a row is not flagged, up to rounding.
    fn needed(&self) -> f64 {
        let normalizer =
            self.forest.trees().len() as f64 * average_path_length(self.forest.n_samples());
        -(-self.threshold).log2() * normalizer
    }

    fn nearest(&self, feature: usize) -> Option<Counterfactual> {
        let steps = self.steps(feature);
        let own = f64::from(self.in_matrix[feature]);
        let at = steps.partition_point(|step| step.high < own);
        let down = self.first_clear(feature, steps[..at].iter().rev(), Direction::Down);
        let up = self.first_clear(feature, steps[at + 1..].iter(), Direction::Up);
        down.into_iter()
            .chain(up)
            .min_by(|a, b| a.n_spreads.total_cmp(&b.n_spreads))
    }

    /// Follows the steps outwards to the first that clears the row.
    fn first_clear<'a>(
        &self,
        feature: usize,
        steps: impl Iterator<Item = &'a Step> + Clone,
        direction: Direction,
    ) -> Option<Counterfactual> {
        let (needed, own, scale) = (self.needed(), self.row[feature], self.scales[feature]);
        let mut steps = steps;
        while let Some(step) = steps.next() {
            if step.sum < needed - SLACK {
                continue;
            }
            let value = scale.enter(step, own, direction);
            if !(scale.low..=scale.high).contains(&value) {
                // farther values lie outside, too
                return None;
            }
            let is_inside = |value: f64| {
                let value = f64::from(scale.to_matrix(value));
                step.low < value && value <= step.high
            };
            let score = self.score(feature, value);
            if !is_inside(value) || is_anomaly(score, self.threshold) {
                continue;
            }
            let clear = steps.clone().take_while(|next| next.sum > needed + SLACK);
            let last = clear.last().unwrap_or(step);
            return Some(Counterfactual {
                feature,
                value,
                until: scale.leave(last, own, direction),
                score,
                n_spreads: (value - own).abs() / scale.spread,
            });
        }
        None
    }

    /// The steps of the sum of path lengths along a feature, ascending; they cover all values.
    fn steps(&self, feature: usize) -> Vec<Step> {
        let mut sum = 0.0;
        let mut changes: Vec<(f64, f64)> = Vec::new();
        for tree in self.forest.trees() {
            let pieces = pieces(tree, &self.in_matrix, feature);
            sum += pieces[0].1;
            changes.extend(
                pieces
                    .windows(2)
                    .map(|pair| (pair[0].0, pair[1].1 - pair[0].1)),
            );
        }
        changes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut steps = vec![Step {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            sum,
        }];
        for (threshold, change) in changes {
            sum += change;
            let last = steps.last_mut().expect("there is a first step");
            if last.low == threshold {
                last.sum = sum;
                continue;
            }
            last.high = threshold;
            steps.push(Step {
                low: threshold,
                high: f64::INFINITY,
                sum,
            });
        }
        steps
    }
}

/// Returns a tree's path lengths along a feature, ascending: each up to a value of the matrix.
fn pieces(tree: &Tree, row: &[f32], feature: usize) -> Vec<(f64, f64)> {
    let mut pieces = Vec::new();
    let mut waiting = vec![(0, f64::NEG_INFINITY, f64::INFINITY)];
    while let Some((id, low, high)) = waiting.pop() {
        let node = &tree.nodes[id];
        let Some(split) = node.split else {
            pieces.push((high, node.path_length()));
            continue;
        };
        let (left, right) = (id + 1, split.right as usize);
        let (goes_left, goes_right) = if split.feature as usize == feature {
            (low < split.threshold, split.threshold < high)
        } else {
            let goes_left = split.goes_left(row[split.feature as usize]);
            (goes_left, !goes_left)
        };
        let is_cut = split.feature as usize == feature;
        if goes_right {
            let low = if is_cut {
                low.max(split.threshold)
            } else {
                low
            };
            waiting.push((right, low, high));
        }
        if goes_left {
            let high = if is_cut {
                high.min(split.threshold)
            } else {
                high
            };
            waiting.push((left, low, high));
        }
    }
    pieces
}

impl FeatureScale {
    /// The value of a step that lies nearest to `own`.
    fn enter(&self, step: &Step, own: f64, direction: Direction) -> f64 {
        match direction {
            Direction::Down => {
                let value = self.last_at_most(step.high, own).min(self.high);
                self.rounded(value, direction)
            }
            Direction::Up => {
                let value = self.first_above(step.low, own).max(self.low);
                self.rounded(value, direction)
            }
        }
    }

    /// The value of a step that lies farthest from `own`.
    fn leave(&self, step: &Step, own: f64, direction: Direction) -> f64 {
        let end = match direction {
            Direction::Down if step.low == f64::NEG_INFINITY => f64::NEG_INFINITY,
            Direction::Up if step.high == f64::INFINITY => f64::INFINITY,
            Direction::Down => {
                self.rounded(self.first_above(step.low, f64::MIN).min(own), Direction::Up)
            }
            Direction::Up => self.rounded(
                self.last_at_most(step.high, f64::MAX).max(own),
                Direction::Down,
            ),
        };
        end.clamp(self.low, self.high)
    }

    /// The next value in this direction that the feature can have.
    fn rounded(&self, value: f64, direction: Direction) -> f64 {
        match direction {
            _ if !self.is_integer => value,
            Direction::Down => value.floor(),
            Direction::Up => value.ceil(),
        }
    }
}

/// Returns the smallest number in `low..=high` for which a claim holds that, once true, stays true; `high` if it never does.
fn first_that(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (ordinal(low), ordinal(high));
    while low < high {
        let middle = low + (high.wrapping_sub(low) as u64 / 2) as i64;
        if holds(from_ordinal(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    from_ordinal(high)
}

/// Numbers the finite f64 in ascending order.
fn ordinal(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    if bits < 0 {
        i64::MIN.wrapping_sub(bits)
    } else {
        bits
    }
}

fn from_ordinal(ordinal: i64) -> f64 {
    let bits = if ordinal < 0 {
        i64::MIN.wrapping_sub(ordinal)
    } else {
        ordinal
    };
    f64::from_bits(bits as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::{Contamination, Params, threshold};

    fn noise(row: usize, column: usize) -> f64 {
        ((row * 7919 + column * 104_729 + row * row * 31 + row * column * 613) % 1009) as f64
            / 1009.0
    }

    #[test]
    fn only_values_that_a_feature_can_have_are_offered() {
        // the last row is below all that makes sense, the one before beyond all others
        for is_integer in [false, true] {
            let mut columns = log(300, is_integer);
            let n = columns[0].len();
            columns[0][n - 1] = -300.0;
            columns[1][n - 2] = 90_000.0;
            let free = fit(columns, true, is_integer);
            let cleared = |fitted: &Fitted, row: usize| {
                counterfactuals(
                    &fitted.forest,
                    &fitted.row(row),
                    &fitted.scales,
                    fitted.threshold,
                )
            };
            let is_below = |change: &Counterfactual| change.feature == 0 && change.value < 0.0;
            assert!(cleared(&free, n - 1).iter().any(is_below));
            let bounded = Fitted {
                scales: free
                    .scales
                    .iter()
                    .map(|scale| scale.within(0.0, 990.0))
                    .collect(),
                ..free
            };
            let mut n_changes = 0;
            for row in 0..n {
                for change in cleared(&bounded, row) {
                    n_changes += 1;
                    assert!((0.0..=990.0).contains(&change.value), "{change:?}");
                    assert!((0.0..=990.0).contains(&change.until), "{change:?}");
                    assert!(!is_integer || change.value.fract() == 0.0);
                    assert!(!bounded.is_flagged_with(row, change.feature, change.value));
                }
            }
            assert!(n_changes > 10, "{n_changes}");
        }
    }

    /// A log of some rows, of which the last one stands apart in its first feature.
    fn log(n_rows: usize, is_integer: bool) -> Vec<Vec<f64>> {
        let value = |row: usize, column: usize| match noise(row, column) * 1000.0 {
            _ if row + 1 == n_rows && column == 0 => 50_000.0,
            value if is_integer => value.floor(),
            value => value,
        };
        (0..3)
            .map(|column| (0..n_rows).map(|row| value(row, column)).collect())
            .collect()
    }

    struct Fitted {
        columns: Vec<Vec<f64>>,
        scales: Vec<FeatureScale>,
        forest: Forest,
        scores: Vec<f64>,
        threshold: f64,
    }

    fn fit(columns: Vec<Vec<f64>>, is_scaled: bool, is_integer: bool) -> Fitted {
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let scaler = StandardScaler::fit(&slices);
        let scaled: Vec<Vec<f64>> = slices
            .iter()
            .enumerate()
            .map(|(i, column)| scaler.transform_column(i, column))
            .collect();
        let scaled: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
        let matrix = Matrix::from_columns(if is_scaled { &scaled } else { &slices });
        let params = Params::default()
            .check(matrix.n_rows(), 3)
            .expect("in range");
        let forest = Forest::fit(&matrix, &params, &mut |_, _| {});
        let scores = forest.score_samples(matrix.all_rows());
        let scales = (0..3).map(|i| match is_scaled {
            true => FeatureScale::standardized(&scaler, i, is_integer),
            false => FeatureScale::raw(scaler.scale[i], is_integer),
        });
        Fitted {
            scales: scales.collect(),
            threshold: threshold(&scores, Contamination::Fraction(0.05)),
            columns,
            forest,
            scores,
        }
    }

    impl Fitted {
        fn row(&self, row: usize) -> Vec<f64> {
            self.columns.iter().map(|column| column[row]).collect()
        }

        /// Whether the row is flagged once a feature has this value; through a fresh matrix.
        fn is_flagged_with(&self, row: usize, feature: usize, value: f64) -> bool {
            let mut values = self.row(row);
            values[feature] = value;
            let columns: Vec<Vec<f64>> = values
                .iter()
                .zip(&self.scales)
                .map(|(&value, scale)| vec![scale.transform(value)])
                .collect();
            let matrix =
                Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
            is_anomaly(
                self.forest.score_samples(matrix.all_rows())[0],
                self.threshold,
            )
        }
    }

    #[test]
    fn each_change_clears_the_row_and_a_smaller_one_does_not() {
        let mut n_found = 0;
        for (n_rows, is_scaled, is_integer) in [
            (50, true, true),
            (400, true, false),
            (400, false, true),
            (400, false, false),
        ] {
            let fitted = fit(log(n_rows, is_integer), is_scaled, is_integer);
            for row in (0..n_rows).filter(|&row| is_anomaly(fitted.scores[row], fitted.threshold)) {
                let found = counterfactuals(
                    &fitted.forest,
                    &fitted.row(row),
                    &fitted.scales,
                    fitted.threshold,
                );
                assert!(found.is_sorted_by(|a, b| a.n_spreads <= b.n_spreads));
                for change in found {
                    n_found += 1;
                    let (feature, own) = (change.feature, fitted.columns[change.feature][row]);
                    assert!(!is_anomaly(change.score, fitted.threshold));
                    for value in [
                        change.value,
                        change.until.clamp(-1e9, 1e9),
                        (change.value + change.until.clamp(-1e9, 1e9)) / 2.0,
                    ] {
                        assert!(
                            !fitted.is_flagged_with(row, feature, value),
                            "{value} of {change:?}"
                        );
                    }
                    assert!(!is_integer || change.value.fract() == 0.0, "{change:?}");
                    let nearer = |share: f64| own + (change.value - own) * share;
                    for step in 0..100 {
                        let value = nearer(f64::from(step) / 100.0);
                        let value = if is_integer { value.round() } else { value };
                        assert!(
                            value == change.value || fitted.is_flagged_with(row, feature, value),
                            "{value} before {change:?}"
                        );
                        // nor is there a nearer one on the other side
                        let other = 2.0 * own - value;
                        let is_nearer = (other - own).abs() < (change.value - own).abs();
                        assert!(
                            !is_nearer || fitted.is_flagged_with(row, feature, other),
                            "{other} before {change:?}"
                        );
                    }
                    let next = match (is_integer, change.value < own) {
                        (true, true) => change.value + 1.0,
                        (true, false) => change.value - 1.0,
                        (false, true) => change.value.next_up(),
                        (false, false) => change.value.next_down(),
                    };
                    assert!(
                        fitted.is_flagged_with(row, feature, next),
                        "{next} clears too: {change:?}"
                    );
                }
            }
        }
        assert!(n_found > 60, "{n_found}");
    }

    #[test]
    fn the_planted_feature_is_the_one_to_change() {
        let fitted = fit(log(400, true), true, true);
        let found = counterfactuals(
            &fitted.forest,
            &fitted.row(399),
            &fitted.scales,
            fitted.threshold,
        );
        assert_eq!(found[0].feature, 0);
        assert!(found[0].value < 50_000.0);
    }

    #[test]
    fn nothing_clears_a_row_that_is_not_flagged() {
        for n_rows in [1, 2, 50] {
            let fitted = fit(log(n_rows, false), true, false);
            for row in (0..n_rows).filter(|&row| !is_anomaly(fitted.scores[row], fitted.threshold))
            {
                assert_eq!(
                    counterfactuals(
                        &fitted.forest,
                        &fitted.row(row),
                        &fitted.scales,
                        fitted.threshold
                    ),
                    []
                );
            }
        }
    }

    #[test]
    fn nothing_clears_a_row_under_a_threshold_beyond_all_scores() {
        let fitted = fit(log(50, false), true, false);
        assert_eq!(
            counterfactuals(&fitted.forest, &fitted.row(0), &fitted.scales, -1e-9),
            []
        );
    }

    #[test]
    fn ordinals_follow_the_order_of_numbers() {
        let values = [
            f64::MIN,
            -1.5,
            -f64::MIN_POSITIVE,
            -0.0,
            0.0,
            5e-324,
            1.0,
            f64::MAX,
        ];
        for value in values {
            assert_eq!(from_ordinal(ordinal(value)), value);
        }
        assert!(values.is_sorted_by(|&a, &b| ordinal(a) <= ordinal(b)));
        assert_eq!(
            first_that(-10.0, 10.0, |value| value > 3.0),
            3.0_f64.next_up()
        );
        assert_eq!(first_that(f64::MIN, f64::MAX, |value| value >= -2.0), -2.0);
        assert_eq!(first_that(1.0, 2.0, |_| false), 2.0);
    }
}
