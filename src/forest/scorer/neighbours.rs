//! Scoring rows in groups of neighbours: ordered once, pruned per group, then compared many at a time.
//!
//! Rows are parted again and again at thresholds of the forest itself, until the rows of a group are few or most trees
//! lead all of them to one leaf. Beside the rows go the trees: each is entered at the lowest node that all rows of the
//! group pass. In a group, a tree shrinks to the few splits that part its rows, whatever the tree's size; each row asks
//! only those, and the sums are still added in the order of the trees.

use super::{LANES, Scorer, Walk};
use crate::features::Rows;

/// Most rows of a group: their values and sums stay in the first cache.
const GROUP_ROWS: usize = 512;

/// Fewer rows are not parted.
const MIN_PARTED_ROWS: usize = 32;

/// Groups are parted while their rows times the trees that part them at their root are at least this many: parting costs
/// a step over all trees, and saves each row some splits.
const MIN_OPEN_WALKS: usize = 50_000;

/// Nor are they parted while no more trees than this part them.
const MAX_OPEN_TREES: usize = 4;

/// Rows looked at for their median.
const MEDIAN_ROWS: usize = 31;

/// Rows done between two reports of progress.
const PROGRESS_ROWS: usize = 16_384;

/// Most leaves of a pruned tree, a bit each.
const MAX_LEAVES: usize = u32::BITS as usize;

/// A row as whole vectors of four: its features, and in the last place its number, as the bits of an f32.
type Record<const VECTORS: usize> = [[f32; 4]; VECTORS];

/// Scores rows of less than four times `VECTORS` features.
pub(super) struct Neighbours<'a, const VECTORS: usize> {
    scorer: &'a Scorer,
    /// Sums of all rows, by number.
    sums: &'a mut [f64],
    progress: &'a mut dyn FnMut(usize),
    /// Rows done since progress was last reported.
    n_unreported: usize,
    group: Group,
    pruned: Pruned,
}

/// Values of the rows of a group by feature, and their sums.
struct Group {
    columns: Vec<[f32; GROUP_ROWS]>,
    sums: [f64; GROUP_ROWS],
    /// The leaves of a pruned tree that each row can still reach, a bit each.
    leaves: [u32; GROUP_ROWS],
}

/// What is left of a tree in a group.
#[derive(Default)]
struct Pruned {
    splits: Vec<PrunedSplit>,
    /// Path length of each leaf, from left to right.
    lengths: Vec<f64>,
    /// Right children to come, each with the split that it is of.
    waiting: Vec<(u32, usize)>,
}

struct PrunedSplit {
    feature: usize,
    threshold: f32,
    /// The leaves that a row to the right can still reach, a bit each.
    leaves_right: u32,
}

/// Least and greatest value of each feature among some rows.
struct Bounds<const VECTORS: usize> {
    low: Record<VECTORS>,
    high: Record<VECTORS>,
}

impl<'a, const VECTORS: usize> Neighbours<'a, VECTORS> {
    /// Adds up the path lengths of each row.
    pub(super) fn score(
        scorer: &'a Scorer,
        rows: Rows<'_>,
        sums: &'a mut [f64],
        progress: &'a mut dyn FnMut(usize),
    ) {
        let mut records = Vec::with_capacity(rows.n_rows());
        for (row, sum) in sums.iter_mut().enumerate() {
            let values = rows.row(row);
            if values.iter().any(|value| value.is_nan()) {
                for &walk in &scorer.trees {
                    scorer.walk(walk, std::slice::from_mut(sum), |_| values);
                }
            } else {
                let mut record = [[0.0; 4]; VECTORS];
                record.as_flattened_mut()[..values.len()].copy_from_slice(values);
                let number = u32::try_from(row).expect("rows fit in 32 bits");
                record[VECTORS - 1][3] = f32::from_bits(number);
                records.push(record);
            }
        }
        let mut neighbours = Neighbours {
            scorer,
            n_unreported: sums.len() - records.len(),
            sums,
            progress,
            group: Group {
                columns: vec![[0.0; GROUP_ROWS]; rows.n_features()],
                sums: [0.0; GROUP_ROWS],
                leaves: [0; GROUP_ROWS],
            },
            pruned: Pruned::default(),
        };
        neighbours.part(&mut records, scorer.trees.clone());
        (neighbours.progress)(neighbours.n_unreported);
    }

    /// Parts rows into groups and scores them; all of them pass the nodes where the walks start.
    fn part(&mut self, mut records: &mut [Record<VECTORS>], mut walks: Vec<Walk>) {
        let mut open = Vec::with_capacity(walks.len());
        loop {
            let bounds = Bounds::of(records);
            open.clear();
            for walk in &mut walks {
                walk.root = self.narrow(walk.root, &bounds);
                let step = &self.scorer.nodes[walk.root as usize];
                if !step.is_leaf() {
                    open.push((step.feature, step.threshold));
                }
            }
            if open.len() <= MAX_OPEN_TREES
                || records.len() < MIN_PARTED_ROWS
                || records.len() * open.len() < MIN_OPEN_WALKS
            {
                for group in records.chunks(GROUP_ROWS) {
                    self.score_group(group, &walks, &bounds);
                }
                return;
            }
            let (feature, threshold) = choose_cut(&mut open, records);
            let (left, right) = partition(records, feature, threshold);
            // the smaller side first, and the other in this loop: the stack stays low
            let (small, large) = if left.len() < right.len() {
                (left, right)
            } else {
                (right, left)
            };
            self.part(small, walks.clone());
            records = large;
        }
    }

    /// Follows a tree down from a node as long as all rows go one way.
    fn narrow(&self, mut at: u32, bounds: &Bounds<VECTORS>) -> u32 {
        loop {
            let step = &self.scorer.nodes[at as usize];
            let (low, high) = bounds.of_feature(step.feature as usize);
            if step.is_leaf() || (low <= step.threshold && step.threshold < high) {
                return at;
            }
            at = if high <= step.threshold {
                step.left
            } else {
                step.right
            };
        }
    }

    fn score_group(
        &mut self,
        records: &[Record<VECTORS>],
        walks: &[Walk],
        bounds: &Bounds<VECTORS>,
    ) {
        self.group.fill(records);
        for &walk in walks {
            if self.prune(walk.root, bounds) {
                self.group.add(&self.pruned, records.len());
            } else {
                let sums = self.group.sums[..records.len()].chunks_mut(LANES);
                for (sums, records) in sums.zip(records.chunks(LANES)) {
                    self.scorer
                        .walk(walk, sums, |lane| records[lane].as_flattened());
                }
            }
        }
        for (record, &sum) in records.iter().zip(&self.group.sums) {
            self.sums[record[VECTORS - 1][3].to_bits() as usize] = sum;
        }
        self.n_unreported += records.len();
        if self.n_unreported >= PROGRESS_ROWS {
            (self.progress)(self.n_unreported);
            self.n_unreported = 0;
        }
    }

    /// Prunes a tree to the splits that part rows within the bounds; false if it has too many leaves even so.
    fn prune(&mut self, root: u32, bounds: &Bounds<VECTORS>) -> bool {
        let Pruned {
            splits,
            lengths,
            waiting,
        } = &mut self.pruned;
        splits.clear();
        lengths.clear();
        waiting.clear();
        let mut at = root;
        loop {
            let step = &self.scorer.nodes[at as usize];
            let (low, high) = bounds.of_feature(step.feature as usize);
            if step.is_leaf() {
                lengths.push(self.scorer.lengths[at as usize]);
                let Some((right, split)) = waiting.pop() else {
                    return true;
                };
                if lengths.len() == MAX_LEAVES {
                    return false;
                }
                // what was there when the split was met, without the leaves on its left
                splits[split].leaves_right |= u32::MAX << lengths.len();
                at = right;
            } else if high <= step.threshold {
                at = step.left;
            } else if low > step.threshold {
                at = step.right;
            } else {
                waiting.push((step.right, splits.len()));
                splits.push(PrunedSplit {
                    feature: step.feature as usize,
                    threshold: step.threshold,
                    leaves_right: (1 << lengths.len()) - 1,
                });
                at = step.left;
            }
        }
    }
}

impl Group {
    fn fill<const VECTORS: usize>(&mut self, records: &[Record<VECTORS>]) {
        for (row, record) in records.iter().enumerate() {
            for (column, &value) in self.columns.iter_mut().zip(record.as_flattened()) {
                column[row] = value;
            }
        }
        self.sums[..records.len()].fill(0.0);
    }

    /// Adds the path lengths in a pruned tree to the sums of the rows.
    fn add(&mut self, pruned: &Pruned, n_rows: usize) {
        let sums = &mut self.sums[..n_rows];
        let values = |split: &PrunedSplit| &self.columns[split.feature][..n_rows];
        match (&pruned.splits[..], &pruned.lengths[..]) {
            ([], &[length]) => {
                for sum in sums {
                    *sum += length;
                }
            }
            ([split], &[left, right]) => {
                // a choice without a branch, two rows at a time
                let (threshold, right) = (split.threshold, right.to_bits());
                let change = left.to_bits() ^ right;
                for (sum, &value) in sums.iter_mut().zip(values(split)) {
                    let is_left = -i64::from(value <= threshold);
                    *sum += f64::from_bits(right ^ (change & is_left.cast_unsigned()));
                }
            }
            (splits, leaf_lengths) => {
                let leaves = &mut self.leaves[..n_rows];
                leaves.fill(u32::MAX);
                for split in splits {
                    let (threshold, right) = (split.threshold, split.leaves_right);
                    for (leaves, &value) in leaves.iter_mut().zip(values(split)) {
                        *leaves &= if value <= threshold { u32::MAX } else { right };
                    }
                }
                // one more than leaves, so that no index can be out of bounds
                let mut lengths = [0.0; MAX_LEAVES + 1];
                lengths[..leaf_lengths.len()].copy_from_slice(leaf_lengths);
                // the first leaf left: those to its right are only left because the way there asked no further
                for (sum, leaves) in sums.iter_mut().zip(leaves) {
                    *sum += lengths[leaves.trailing_zeros() as usize];
                }
            }
        }
    }
}

impl<const VECTORS: usize> Bounds<VECTORS> {
    fn of(records: &[Record<VECTORS>]) -> Bounds<VECTORS> {
        let mut low = [[f32::INFINITY; 4]; VECTORS];
        let mut high = [[f32::NEG_INFINITY; 4]; VECTORS];
        for record in records {
            for ((low, high), values) in low.iter_mut().zip(&mut high).zip(record) {
                for ((low, high), &value) in low.iter_mut().zip(high).zip(values) {
                    *low = if value < *low { value } else { *low };
                    *high = if *high < value { value } else { *high };
                }
            }
        }
        Bounds { low, high }
    }

    fn of_feature(&self, feature: usize) -> (f32, f32) {
        (
            self.low.as_flattened()[feature],
            self.high.as_flattened()[feature],
        )
    }
}

/// Chooses where to part rows: at the feature that most trees part them at, at the threshold next to the median row.
fn choose_cut<const VECTORS: usize>(
    open: &mut Vec<(u32, f32)>,
    records: &[Record<VECTORS>],
) -> (usize, f32) {
    let mut n_open = vec![0; 4 * VECTORS];
    for &(feature, _) in open.iter() {
        n_open[feature as usize] += 1;
    }
    let feature = (0..n_open.len())
        .max_by_key(|&feature| n_open[feature])
        .expect("there is a feature");
    open.retain(|&(other, _)| other as usize == feature);
    open.sort_unstable_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut values: [f32; MEDIAN_ROWS] = std::array::from_fn(|i| {
        records[(2 * i + 1) * records.len() / (2 * MEDIAN_ROWS)].as_flattened()[feature]
    });
    values.sort_unstable_by(f32::total_cmp);
    let median = values[MEDIAN_ROWS / 2];
    let next = open.partition_point(|&(_, threshold)| threshold < median);
    let (_, threshold) = open[next.min(open.len() - 1)];
    (feature, threshold)
}

/// Brings the rows with at most this value to the front.
fn partition<const VECTORS: usize>(
    records: &mut [Record<VECTORS>],
    feature: usize,
    threshold: f32,
) -> (&mut [Record<VECTORS>], &mut [Record<VECTORS>]) {
    assert!(feature < 4 * VECTORS, "a record has the feature");
    let mut n_left = 0;
    for row in 0..records.len() {
        // without a branch, which would be guessed wrong half the time
        let goes_left = records[row].as_flattened()[feature] <= threshold;
        records.swap(row, n_left);
        n_left += usize::from(goes_left);
    }
    records.split_at_mut(n_left)
}
