//! Exact attributions: a row's mean path length, shared out among its features (path-dependent TreeSHAP).
//!
//! The values are those of `shap.TreeExplainer` (Lundberg et al. 2020, feature perturbation `tree_path_dependent`) on
//! scikit-learn's forest: the game is the path length expected when only some features are known and every split on
//! another one is passed in proportion to the rows on its sides, as drawn, repeats included.
//!
//! **Sign.** Values are in edges of a path. A suspicious row has a short path, so a *negative* attribution makes a row
//! suspicious; [`Attributions::suspicion`] has the sign flipped for people. Base value plus attributions is the row's
//! mean path length, and `score = -2^(-(base + sum) / c(n_samples))`.
//!
//! **How.** On the way to a leaf, feature `j` passes the share `z_j` of the rows, and the row itself agrees with all of its
//! splits (`o_j = 1`) or not (`o_j = 0`). The Shapley value of feature `i` in the leaf's part of the game is a sum over
//! sets of features, whose weights are integrals: `s! (d-1-s)! / d!` is that of `t^s (1-t)^(d-1-s)` over `t` from 0 to 1.
//! The sum inside the integral is a product, so
//!
//! ```text
//! phi_i = length · ∫ (o_i - z_i) · Π_(j ≠ i) (o_j t + z_j (1-t)) dt
//! ```
//!
//! which a Gauss-Legendre rule with `ceil(d / 2)` points integrates exactly. Products and sums run along the edges of a
//! tree, so that a row costs a few operations a node and a point (the idea of Linear TreeSHAP, Yu et al. 2022).

use serde::{Deserialize, Serialize};

use crate::features::Rows;
use crate::forest::{Forest, Node, Split, Tree};

/// Attributions of some rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attributions {
    /// Mean path length when nothing is known of a row, in edges: the same for all rows of a forest.
    pub base: f64,
    /// Row-major, in edges.
    values: Vec<f64>,
    n_features: usize,
}

impl Attributions {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_features
    }

    /// Number of features.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Returns what each feature adds to the row's mean path length, in edges; *negative* is suspicious.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_features..(row + 1) * self.n_features]
    }

    /// Returns by how much each feature makes the row suspicious, in edges: the path length that it takes away.
    pub fn suspicion(&self, row: usize) -> Vec<f64> {
        // not a mere change of sign, which would make -0 of 0
        self.row(row).iter().map(|value| 0.0 - value).collect()
    }

    /// Returns the row's mean path length, in edges: the base value and all attributions.
    pub fn mean_path_length(&self, row: usize) -> f64 {
        self.base + self.row(row).iter().sum::<f64>()
    }
}

/// A forest made ready to explain rows.
#[derive(Debug, Clone)]
pub struct Explainer {
    trees: Vec<Paths>,
    n_features: usize,
    base: f64,
    /// Points and weights of the quadrature; as many as the tree with the most features on a path needs.
    rule: Vec<(f64, f64)>,
}

/// A tree, as the edges that lead into its nodes; the root's does not exist, and stands for "no such edge".
#[derive(Debug, Clone)]
struct Paths {
    edges: Vec<Edge>,
    /// For each edge and point `t`: `1 / (t + z (1-t))`.
    inverses: Vec<f64>,
}

/// The edge into a node.
#[derive(Debug, Clone, Copy)]
struct Edge {
    /// The node that it leaves.
    parent: u32,
    /// The last edge above that belongs to the same feature; 0 if there is none.
    above: u32,
    /// The feature of the parent's split.
    feature: u32,
    /// The node's own split; `None` in a leaf.
    split: Option<Split>,
    /// Share `z` of the rows that all edges of this feature pass, down to this one.
    share: f64,
    /// Path length of a leaf, in edges; unused for other nodes.
    length: f64,
}

/// The quadrature, its number of points known to the compiler.
struct Rule<const N: usize> {
    /// `t`
    points: [f64; N],
    /// `1 - t`
    complements: [f64; N],
    weights: [f64; N],
}

/// What a walk over a tree writes down, for each edge.
struct Walk<const N: usize> {
    /// Downwards the product of all features' factors, upwards the sum of those of the leaves below, times their length.
    products: Vec<[f64; N]>,
    /// Whether the row agrees with all splits of the edge's feature, down to this edge.
    agrees: Vec<bool>,
}

impl Explainer {
    /// Prepares a forest; takes about as long as explaining two rows, and some dozens of bytes a node.
    pub fn new(forest: &Forest) -> Explainer {
        Explainer::of_trees(forest.trees(), forest.n_features())
    }

    fn of_trees(trees: &[Tree], n_features: usize) -> Explainer {
        let mut paths: Vec<Paths> = trees.iter().map(Paths::new).collect();
        let n_on_path = paths.iter().map(Paths::n_features_on_path).max();
        // a power of two, at most 16: a tree is at most 32 deep
        let n_points = n_on_path
            .unwrap_or(0)
            .div_ceil(2)
            .max(1)
            .next_power_of_two();
        let rule = gauss_legendre(n_points);
        for paths in &mut paths {
            paths.fill_inverses(&rule);
        }
        Explainer {
            base: trees.iter().map(expected_length).sum::<f64>() / trees.len() as f64,
            trees: paths,
            n_features,
            rule,
        }
    }

    /// Returns the base value: the mean path length when nothing is known of a row, in edges.
    pub fn base(&self) -> f64 {
        self.base
    }

    /// Whether any tree asks for this feature. If not, as for one that is constant, its attributions are exactly 0.
    pub fn uses(&self, feature: usize) -> bool {
        let mut splits = self
            .trees
            .iter()
            .flat_map(|paths| &paths.edges)
            .filter_map(|edge| edge.split);
        splits.any(|split| split.feature as usize == feature)
    }

    /// Returns the attributions of every row, in row order; equal bits whichever rows come together.
    ///
    /// # Panics
    /// If the rows have another number of features than the forest.
    pub fn explain(&self, rows: Rows<'_>) -> Attributions {
        assert_eq!(
            rows.n_features(),
            self.n_features,
            "rows have the forest's features"
        );
        let values = match self.rule.len() {
            1 => self.values::<1>(rows),
            2 => self.values::<2>(rows),
            4 => self.values::<4>(rows),
            8 => self.values::<8>(rows),
            _ => self.values::<16>(rows),
        };
        Attributions {
            base: self.base,
            values,
            n_features: self.n_features,
        }
    }

    fn values<const N: usize>(&self, rows: Rows<'_>) -> Vec<f64> {
        let rule = Rule::<N>::new(&self.rule);
        let mut values = vec![0.0; rows.n_rows() * self.n_features];
        for paths in &self.trees {
            let mut walk = Walk::new(paths.edges.len());
            for (row, values) in values.chunks_exact_mut(self.n_features).enumerate() {
                walk.down(paths, &rule, rows.row(row));
                walk.up(paths, &rule, values);
            }
        }
        for value in &mut values {
            *value /= self.trees.len() as f64;
        }
        values
    }
}

/// Returns the path length that a tree gives a row of which nothing is known, in edges.
fn expected_length(tree: &Tree) -> f64 {
    let n_drawn = f64::from(tree.nodes[0].n_drawn);
    let leaves = tree.nodes.iter().filter(|node| node.split.is_none());
    leaves
        .map(|leaf| f64::from(leaf.n_drawn) / n_drawn * leaf.path_length())
        .sum()
}

impl Paths {
    fn new(tree: &Tree) -> Paths {
        let edge = |node: &Node| Edge {
            parent: 0,
            above: 0,
            feature: 0,
            split: node.split,
            share: 1.0,
            length: node.path_length(),
        };
        let mut edges: Vec<Edge> = tree.nodes.iter().map(edge).collect();
        for (id, node) in (0..).zip(&tree.nodes) {
            let Some(split) = node.split else { continue };
            let mut above = id;
            while above != 0 && edges[above as usize].feature != split.feature {
                above = edges[above as usize].parent;
            }
            let share = edges[above as usize].share;
            for child in [id + 1, split.right] {
                let passed =
                    f64::from(tree.nodes[child as usize].n_drawn) / f64::from(node.n_drawn);
                edges[child as usize] = Edge {
                    parent: id,
                    above,
                    feature: split.feature,
                    share: share * passed,
                    ..edges[child as usize]
                };
            }
        }
        Paths {
            edges,
            inverses: Vec::new(),
        }
    }

    /// The largest number of different features on one path.
    fn n_features_on_path(&self) -> usize {
        let mut counts = vec![0; self.edges.len()];
        for (id, edge) in self.edges.iter().enumerate().skip(1) {
            counts[id] = counts[edge.parent as usize] + usize::from(edge.above == 0);
        }
        counts.into_iter().max().unwrap_or(0)
    }

    fn fill_inverses(&mut self, rule: &[(f64, f64)]) {
        let inverses = |edge: &Edge| {
            let share = edge.share;
            rule.iter()
                .map(move |&(t, _)| 1.0 / (t + share * (1.0 - t)))
        };
        self.inverses = self.edges.iter().flat_map(inverses).collect();
    }
}

impl<const N: usize> Rule<N> {
    fn new(rule: &[(f64, f64)]) -> Rule<N> {
        Rule {
            points: std::array::from_fn(|q| rule[q].0),
            complements: std::array::from_fn(|q| 1.0 - rule[q].0),
            weights: std::array::from_fn(|q| rule[q].1),
        }
    }

    /// Integrates a function given at the points.
    fn integrate(&self, value: impl Fn(usize) -> f64) -> f64 {
        (0..N).map(|q| self.weights[q] * value(q)).sum()
    }
}

impl<const N: usize> Walk<N> {
    fn new(n_edges: usize) -> Walk<N> {
        Walk {
            products: vec![[1.0; N]; n_edges],
            agrees: vec![true; n_edges],
        }
    }

    /// Gives each edge its product: that of its parent, with the factor of the feature's last edge replaced by its own.
    fn down(&mut self, paths: &Paths, rule: &Rule<N>, row: &[f32]) {
        let (inverses, _) = paths.inverses.as_chunks::<N>();
        self.products[0] = [1.0; N];
        for (id, edge) in paths.edges.iter().enumerate() {
            if let Some(split) = edge.split {
                let goes_left = split.goes_left(row[split.feature as usize]);
                self.agrees[id + 1] = goes_left;
                self.agrees[split.right as usize] = !goes_left;
            }
            if id == 0 {
                continue;
            }
            let above = edge.above as usize;
            let before = self.products[edge.parent as usize];
            self.products[id] = if self.agrees[above] {
                let known = f64::from(u8::from(self.agrees[id]));
                std::array::from_fn(|q| {
                    let factor = known * rule.points[q] + edge.share * rule.complements[q];
                    before[q] * factor * inverses[above][q]
                })
            } else {
                self.agrees[id] = false;
                let ratio = edge.share / paths.edges[above].share;
                before.map(|product| product * ratio)
            };
        }
    }

    /// Sums up, and adds to each feature what each of its edges has more than the last one above it:
    /// `(1 - z) / (t + z (1-t))` where the row agrees, `-1 / (1-t)` where it does not.
    fn up(&mut self, paths: &Paths, rule: &Rule<N>, values: &mut [f64]) {
        let (inverses, _) = paths.inverses.as_chunks::<N>();
        for (id, edge) in paths.edges.iter().enumerate().skip(1).rev() {
            let mut sums = self.products[id];
            if edge.split.is_none() {
                sums = sums.map(|product| product * edge.length);
            }
            // on the way up the right child comes first, and replaces what the way down left at the parent
            let at_parent = &mut self.products[edge.parent as usize];
            let is_left = id == edge.parent as usize + 1;
            *at_parent = std::array::from_fn(|q| {
                if is_left {
                    at_parent[q] + sums[q]
                } else {
                    sums[q]
                }
            });

            let above = edge.above as usize;
            let value = &mut values[edge.feature as usize];
            if self.agrees[id] {
                let difference = paths.edges[above].share - edge.share;
                *value +=
                    difference * rule.integrate(|q| sums[q] * inverses[id][q] * inverses[above][q]);
            } else if self.agrees[above] {
                *value -= rule.integrate(|q| sums[q] * inverses[above][q] / rule.complements[q]);
            }
        }
    }
}

/// Returns points and weights of the Gauss-Legendre rule on 0 to 1, which is exact for polynomials of degree `2n - 1`.
///
/// The points are the roots of the Legendre polynomial, found by Newton's method from the usual first guess
/// (Abramowitz and Stegun 1964, 22.16.6).
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let point = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut derivative = 1.0;
        for _ in 0..8 {
            let (mut value, mut last) = (1.0, 0.0);
            for degree in 1..=n {
                let k = degree as f64;
                (value, last) = (((2.0 * k - 1.0) * x * value - (k - 1.0) * last) / k, value);
            }
            derivative = n as f64 * (last - x * value) / (1.0 - x * x);
            x -= value / derivative;
        }
        (
            (1.0 - x) / 2.0,
            1.0 / ((1.0 - x * x) * derivative * derivative),
        )
    };
    (0..n).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Matrix;
    use crate::forest::Params;

    /// A value in [0, 1) that depends on row and column.
    fn noise(row: usize, column: usize) -> f64 {
        ((row * 7919 + column * 104_729 + row * row * 31 + row * column * 613) % 1009) as f64
            / 1009.0
    }

    fn matrix(n_rows: usize, n_features: usize, value: impl Fn(usize, usize) -> f64) -> Matrix {
        let columns: Vec<Vec<f64>> = (0..n_features)
            .map(|column| (0..n_rows).map(|row| value(row, column)).collect())
            .collect();
        Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    fn forest(matrix: &Matrix, params: &Params) -> Forest {
        let checked = params
            .check(matrix.n_rows(), matrix.n_features())
            .expect("in range");
        Forest::fit(matrix, &checked, &mut |_, _| {})
    }

    /// The expected path length from a node on when the features of `known` (a bit each) are known.
    fn expected(tree: &Tree, id: usize, row: &[f32], known: usize) -> f64 {
        let node = &tree.nodes[id];
        let Some(split) = node.split else {
            return node.path_length();
        };
        let (left, right) = (id + 1, split.right as usize);
        if known >> split.feature & 1 == 1 {
            let next = if split.goes_left(row[split.feature as usize]) {
                left
            } else {
                right
            };
            return expected(tree, next, row, known);
        }
        let part = |child: usize| {
            f64::from(tree.nodes[child].n_drawn) / f64::from(node.n_drawn)
                * expected(tree, child, row, known)
        };
        part(left) + part(right)
    }

    /// Shapley values by their definition: a sum over all sets of features.
    fn by_the_book(trees: &[Tree], row: &[f32]) -> Vec<f64> {
        let n = row.len();
        let factorial = |k: usize| (1..=k).map(|k| k as f64).product::<f64>();
        let value = |known: usize| {
            trees
                .iter()
                .map(|tree| expected(tree, 0, row, known))
                .sum::<f64>()
                / trees.len() as f64
        };
        let attribution = |feature: usize| {
            let sets = (0..1_usize << n).filter(|set| set >> feature & 1 == 0);
            sets.map(|set| {
                let size = set.count_ones() as usize;
                let weight = factorial(size) * factorial(n - 1 - size) / factorial(n);
                weight * (value(set | 1 << feature) - value(set))
            })
            .sum()
        };
        (0..n).map(attribution).collect()
    }

    #[track_caller]
    fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < tolerance,
                "{found}, not {expected}"
            );
        }
    }

    #[test]
    fn quadrature_is_exact_for_polynomials() {
        for n in [1, 2, 4, 8, 16] {
            let rule = gauss_legendre(n);
            for degree in 0..2 * n {
                let sum: f64 = rule
                    .iter()
                    .map(|(t, weight)| weight * t.powi(degree as i32))
                    .sum();
                assert_near(&[sum], &[1.0 / (degree as f64 + 1.0)], 1e-15);
            }
        }
    }

    #[test]
    fn equals_the_definition() {
        for (n_rows, n_features) in [(1, 1), (2, 2), (50, 3), (50, 6), (400, 9)] {
            for (bootstrap, max_features) in [(false, "1.0"), (true, "1.0"), (false, "0.5")] {
                let matrix = matrix(n_rows, n_features, noise);
                let max_features = max_features.parse().expect("a share");
                let params = Params {
                    n_estimators: 5,
                    bootstrap,
                    max_features,
                    ..Params::default()
                };
                let forest = forest(&matrix, &params);
                let n_explained = n_rows.min(8);
                let attributions = Explainer::new(&forest).explain(matrix.rows(0..n_explained));
                for row in 0..n_explained {
                    let expected = by_the_book(forest.trees(), matrix.row(row));
                    assert_near(attributions.row(row), &expected, 1e-12);
                }
            }
        }
    }

    #[test]
    fn base_and_attributions_add_up_to_the_mean_path_length() {
        for (n_rows, n_features, n_samples) in [
            (1, 2, "auto"),
            (2, 3, "auto"),
            (50, 3, "auto"),
            (5000, 40, "4000"),
        ] {
            for bootstrap in [false, true] {
                let max_samples = n_samples.parse().expect("a number");
                let params = Params {
                    n_estimators: 20,
                    bootstrap,
                    max_samples,
                    ..Params::default()
                };
                let matrix = matrix(n_rows, n_features, noise);
                let forest = forest(&matrix, &params);
                let rows = matrix.rows(0..n_rows.min(60));
                let attributions = Explainer::new(&forest).explain(rows);
                for (row, sum) in forest.path_length_sums(rows).into_iter().enumerate() {
                    assert_near(&[attributions.mean_path_length(row)], &[sum / 20.0], 1e-11);
                }
            }
        }
    }

    #[test]
    fn a_constant_feature_gets_exactly_nothing() {
        let matrix = matrix(100, 3, |row, column| {
            if column == 1 {
                600.0
            } else {
                noise(row, column)
            }
        });
        let explainer = Explainer::new(&forest(&matrix, &Params::default()));
        let attributions = explainer.explain(matrix.all_rows());
        assert!((0..100).all(|row| attributions.row(row)[1] == 0.0));
        assert!((0..100).all(|row| attributions.suspicion(row)[1].to_bits() == 0));
        assert_eq!(
            [0, 1, 2].map(|feature| explainer.uses(feature)),
            [true, false, true]
        );
    }

    #[test]
    fn permuting_features_permutes_attributions() {
        let permutation = [2, 0, 3, 1];
        let before = matrix(200, 4, noise);
        let forest = forest(&before, &Params::default());
        let mut trees = forest.trees().to_vec();
        for split in trees
            .iter_mut()
            .flat_map(|tree| &mut tree.nodes)
            .filter_map(|node| node.split.as_mut())
        {
            split.feature = permutation[split.feature as usize];
        }
        let after = matrix(200, 4, |row, column| {
            let from = permutation.iter().position(|&to| to as usize == column);
            noise(row, from.expect("a permutation"))
        });
        let found = Explainer::of_trees(&trees, 4).explain(after.all_rows());
        let expected = Explainer::new(&forest).explain(before.all_rows());
        for row in 0..200 {
            for (from, &to) in permutation.iter().enumerate() {
                assert_eq!(found.row(row)[to as usize], expected.row(row)[from]);
            }
        }
    }

    #[test]
    fn missing_values_go_where_the_forest_sends_them() {
        let matrix = matrix(60, 3, |row, column| {
            if row % 5 == column {
                f64::NAN
            } else {
                noise(row, column)
            }
        });
        let forest = forest(&matrix, &Params::default());
        let attributions = Explainer::new(&forest).explain(matrix.all_rows());
        for (row, sum) in forest
            .path_length_sums(matrix.all_rows())
            .into_iter()
            .enumerate()
        {
            assert_near(&[attributions.mean_path_length(row)], &[sum / 100.0], 1e-11);
            assert_near(
                attributions.row(row),
                &by_the_book(forest.trees(), matrix.row(row)),
                1e-11,
            );
        }
    }
}
