//! The quick scorer: rows that lie close together take the same way through most of a tree, so most of it is asked once.
//!
//! Two ways, with the same sums: [`neighbours`] groups rows and asks each tree only what still parts the rows of a group;
//! [`Scorer::walk`] goes node by node, several rows in flight, where groups would not pay (many features) or cannot be
//! (rows without a value).

mod neighbours;

use super::Tree;
use crate::features::Rows;
use neighbours::Neighbours;

/// Rows in flight: enough independent walks to hide the latency of one.
const LANES: usize = 8;

/// Rows that walk through one tree before the next: their values and sums stay in the first cache.
const WALK_BLOCK_ROWS: usize = 256;

/// All trees, one node after another.
#[derive(Debug, Clone)]
pub(super) struct Scorer {
    nodes: Vec<Step>,
    /// Path length of each node that is a leaf; unused for the others.
    lengths: Vec<f64>,
    trees: Vec<Walk>,
}

/// One step of a walk. A leaf leads to itself, so that every walk of a tree takes the same number of steps.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// The largest f32 not above the split's threshold: f32 values compare with it as they do with the f64.
    threshold: f32,
    feature: u32,
    left: u32,
    right: u32,
    is_nan_left: bool,
}

impl Step {
    fn is_leaf(&self) -> bool {
        self.left == self.right
    }
}

/// Where the walks of a tree start, and how many steps lead to a leaf.
#[derive(Debug, Clone, Copy)]
struct Walk {
    root: u32,
    n_steps: u32,
}

impl Scorer {
    pub(super) fn new(trees: &[Tree]) -> Scorer {
        let mut scorer = Scorer {
            nodes: Vec::new(),
            lengths: Vec::new(),
            trees: Vec::new(),
        };
        for tree in trees {
            let root =
                u32::try_from(scorer.nodes.len()).expect("a forest has fewer than 2^32 nodes");
            let n_steps = tree.nodes.iter().map(|node| node.depth).max().unwrap_or(0);
            scorer.trees.push(Walk { root, n_steps });
            for (id, node) in (root..).zip(&tree.nodes) {
                scorer.lengths.push(node.path_length());
                scorer.nodes.push(match node.split {
                    Some(split) => Step {
                        threshold: floor_to_f32(split.threshold),
                        feature: split.feature,
                        left: id + 1,
                        right: root + split.right,
                        is_nan_left: split.is_nan_left,
                    },
                    None => Step {
                        threshold: 0.0,
                        feature: 0,
                        left: id,
                        right: id,
                        is_nan_left: true,
                    },
                });
            }
        }
        scorer
    }

    /// Returns the sum of each row's path lengths; `progress` gets the number of rows done since it was last called.
    pub(super) fn sums(&self, rows: Rows<'_>, progress: &mut dyn FnMut(usize)) -> Vec<f64> {
        let mut sums = vec![0.0; rows.n_rows()];
        match rows.n_features() {
            0..4 => Neighbours::<1>::score(self, rows, &mut sums, progress),
            4..8 => Neighbours::<2>::score(self, rows, &mut sums, progress),
            8..16 => Neighbours::<4>::score(self, rows, &mut sums, progress),
            _ => self.walk_all(rows, &mut sums, progress),
        }
        sums
    }

    fn walk_all(&self, rows: Rows<'_>, sums: &mut [f64], progress: &mut dyn FnMut(usize)) {
        for (block, sums) in sums.chunks_mut(WALK_BLOCK_ROWS).enumerate() {
            for &walk in &self.trees {
                for (group, sums) in sums.chunks_mut(LANES).enumerate() {
                    let first = block * WALK_BLOCK_ROWS + group * LANES;
                    self.walk(walk, sums, |lane| rows.row(first + lane));
                }
            }
            progress(sums.len());
        }
    }

    /// Walks at most [`LANES`] rows down a tree, side by side, and adds what they get to their sums.
    fn walk<'a>(&self, walk: Walk, sums: &mut [f64], row: impl Fn(usize) -> &'a [f32]) {
        let mut at = [walk.root; LANES];
        // lanes beyond the last row repeat it
        let values: [&[f32]; LANES] = std::array::from_fn(|lane| row(lane.min(sums.len() - 1)));
        for _ in 0..walk.n_steps {
            for (at, values) in at.iter_mut().zip(values) {
                let step = self.nodes[*at as usize];
                let value = values[step.feature as usize];
                let goes_left = value <= step.threshold || (value.is_nan() && step.is_nan_left);
                *at = if goes_left { step.left } else { step.right };
            }
        }
        for (sum, at) in sums.iter_mut().zip(at) {
            *sum += self.lengths[at as usize];
        }
    }
}

fn floor_to_f32(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if f64::from(nearest) > threshold {
        nearest.next_down()
    } else {
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::floor_to_f32;

    #[test]
    fn a_floored_threshold_parts_f32_values_alike() {
        for threshold in [
            0.1,
            -0.1,
            1.0,
            1e-300,
            -1e-300,
            16_777_217.0,
            f64::from(f32::MAX) * 1.0001,
            3e38,
            f64::from(0.3_f32),
        ] {
            let nearest = threshold as f32;
            for value in [
                nearest.next_down(),
                nearest,
                nearest.next_up(),
                f32::INFINITY,
                f32::NEG_INFINITY,
                0.0,
                -0.0,
            ] {
                assert_eq!(
                    value <= floor_to_f32(threshold),
                    f64::from(value) <= threshold,
                    "{value} <= {threshold}"
                );
            }
        }
    }
}
