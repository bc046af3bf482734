//! The quick scorer: small nodes, trees in the outer loop over blocks of rows, several rows in flight.

use super::Tree;
use crate::features::Rows;

/// Rows that go through one tree before the next: their values and sums stay in the first cache.
const BLOCK_ROWS: usize = 256;

/// Rows in flight: enough independent walks to hide the latency of one.
const LANES: usize = 8;

/// All trees, one node after another.
#[derive(Debug, Clone)]
pub(super) struct Scorer {
    nodes: Vec<Step>,
    /// Path length of each node that is a leaf; unused for the others.
    lengths: Vec<f64>,
    /// First node and depth of each tree.
    trees: Vec<(u32, u32)>,
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

impl Scorer {
    pub(super) fn new(trees: &[Tree]) -> Scorer {
        let mut scorer = Scorer {
            nodes: Vec::new(),
            lengths: Vec::new(),
            trees: Vec::new(),
        };
        for tree in trees {
            let first =
                u32::try_from(scorer.nodes.len()).expect("a forest has fewer than 2^32 nodes");
            let depth = tree.nodes.iter().map(|node| node.depth).max().unwrap_or(0);
            scorer.trees.push((first, depth));
            for (id, node) in (first..).zip(&tree.nodes) {
                scorer.lengths.push(node.path_length());
                scorer.nodes.push(match node.split {
                    Some(split) => Step {
                        threshold: floor_to_f32(split.threshold),
                        feature: split.feature,
                        left: id + 1,
                        right: first + split.right,
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

    pub(super) fn sums(&self, rows: Rows<'_>) -> Vec<f64> {
        let mut sums = vec![0.0; rows.n_rows()];
        for (block, sums) in sums.chunks_mut(BLOCK_ROWS).enumerate() {
            let first_row = block * BLOCK_ROWS;
            for &(root, depth) in &self.trees {
                for (group, sums) in sums.chunks_mut(LANES).enumerate() {
                    self.add(rows, first_row + group * LANES, root, depth, sums);
                }
            }
        }
        sums
    }

    /// Walks some neighbouring rows down one tree, side by side.
    fn add(&self, rows: Rows<'_>, first_row: usize, root: u32, depth: u32, sums: &mut [f64]) {
        let mut at = [root; LANES];
        // lanes beyond the last row repeat it
        let values: [&[f32]; LANES] =
            std::array::from_fn(|lane| rows.row(first_row + lane.min(sums.len() - 1)));
        for _ in 0..depth {
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
