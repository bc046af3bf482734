//! Scoring rows in groups of neighbours: ordered once, pruned on the way, then compared many at a time.
//!
//! Rows are parted again and again at thresholds of the forest itself, until the rows of a group are few or few splits part
//! them. With the rows goes what is left of the forest: at first, each tree is entered at the lowest node that all rows at
//! hand pass; once they are few enough, it is pruned to the splits that part them, and every further cut prunes what is
//! left. Each row of a group asks only those splits, whatever the size of the trees, and the sums are still added in the
//! order of the trees.

use super::{LANES, Scorer, Walk};
use crate::features::Rows;

/// Most rows of a group: their values and sums stay in the first cache.
const GROUP_ROWS: usize = 1024;

/// Fewer rows are not parted: that costs a step over all splits left, and saves each row some of them.
const MIN_PARTED_ROWS: usize = 700;

/// Nor are rows parted while no more splits, or trees, than this part them.
const MAX_OPEN: usize = 4;

/// Most rows for which trees are pruned, unless few part them: for more, too many keep too many leaves.
const MAX_PRUNED_ROWS: usize = 4096;

/// The bounds of fewer rows are measured; those of more are what the cuts left of them.
const MAX_MEASURED_ROWS: usize = 600;

/// Rows looked at for their median.
const MEDIAN_ROWS: usize = 15;

/// Most bytes of rows that are put in order together: more rows lie closer, but take more memory.
const MAX_RECORD_BYTES: usize = 1 << 24;

/// Most leaves of a pruned tree, a bit each; through a tree with more, the rows of a group walk.
const MAX_LEAVES: usize = u32::BITS as usize;

/// Path lengths of the leaves of a pruned tree; one more than leaves, so that the place of no bit is an index.
type LeafLengths = [f64; MAX_LEAVES + 1];

/// A row as whole vectors of four: its features, and in the last place its number, as the bits of an f32.
type Record<const VECTORS: usize> = [[f32; 4]; VECTORS];

/// Scores rows of less than four times `VECTORS` features.
pub(super) struct Neighbours<'a, const VECTORS: usize> {
    scorer: &'a Scorer,
    /// Sums of all rows, by number.
    sums: &'a mut [f64],
    progress: &'a mut dyn FnMut(usize),
    group: Group,
    /// By tree; those of the trees that are pruned for the rows at hand are right.
    leaf_lengths: Vec<LeafLengths>,
    /// By tree, the path length of all rows of the group, where they have one.
    lengths: Vec<f64>,
}

/// Values of the rows of a group by feature, and their sums.
struct Group {
    columns: Vec<[f32; GROUP_ROWS]>,
    sums: [f64; GROUP_ROWS],
    /// The leaves of a pruned tree that each row can still reach, a bit each.
    leaves: [u32; GROUP_ROWS],
}

/// What is left of the forest for some rows.
#[derive(Clone, Default)]
struct Pruned {
    /// By tree, the leaves that the rows can reach, a bit each, from left to right; none if there were too many.
    leaves: Vec<u32>,
    /// Those that part the rows, of one tree after another, each from its root down.
    splits: Vec<PrunedSplit>,
}

#[derive(Clone, Copy)]
struct PrunedSplit {
    tree: u16,
    feature: u16,
    threshold: f32,
    /// The leaves below it on either side, a bit each.
    left: u32,
    right: u32,
}

/// A tree while it is pruned to the splits that part rows within the bounds.
struct Pruning<'p, const VECTORS: usize> {
    scorer: &'p Scorer,
    bounds: &'p Bounds<VECTORS>,
    tree: u16,
    splits: &'p mut Vec<PrunedSplit>,
    leaf_lengths: &'p mut LeafLengths,
    n_leaves: usize,
}

/// Least and greatest value of each feature among some rows, or numbers beyond.
#[derive(Clone, Copy)]
struct Bounds<const VECTORS: usize> {
    low: Record<VECTORS>,
    high: Record<VECTORS>,
}

/// One side of a cut.
struct Side<'r, const VECTORS: usize> {
    records: &'r mut [Record<VECTORS>],
    bounds: Bounds<VECTORS>,
}

impl<'a, const VECTORS: usize> Neighbours<'a, VECTORS> {
    /// Adds each row's path lengths to its sum; `progress` gets the number of rows done since it was last called.
    pub(super) fn score(
        scorer: &'a Scorer,
        rows: Rows<'_>,
        sums: &'a mut [f64],
        progress: &'a mut dyn FnMut(usize),
    ) {
        let n_rows = rows.n_rows();
        let mut neighbours: Neighbours<'_, VECTORS> = Neighbours {
            scorer,
            sums,
            progress,
            group: Group {
                columns: vec![[0.0; GROUP_ROWS]; rows.n_features()],
                sums: [0.0; GROUP_ROWS],
                leaves: [0; GROUP_ROWS],
            },
            leaf_lengths: vec![[0.0; MAX_LEAVES + 1]; scorer.trees.len()],
            lengths: vec![0.0; scorer.trees.len()],
        };
        let span = MAX_RECORD_BYTES / size_of::<Record<VECTORS>>();
        let mut records = Vec::with_capacity(n_rows.min(span));
        for start in (0..n_rows).step_by(span) {
            records.clear();
            for row in start..(start + span).min(n_rows) {
                neighbours.record(rows.row(row), row, &mut records);
            }
            let bounds = Bounds::of(&records);
            let records = &mut records;
            neighbours.part(Side { records, bounds }, scorer.trees.clone());
        }
    }

    /// Records a row, or scores it at once if it lacks a value: it would lie nowhere.
    fn record(&mut self, values: &[f32], row: usize, records: &mut Vec<Record<VECTORS>>) {
        let value = |place: usize| values.get(place).copied().unwrap_or(0.0);
        let mut record: Record<VECTORS> =
            std::array::from_fn(|vector| std::array::from_fn(|lane| value(4 * vector + lane)));
        let is_nan = record.as_flattened().iter().map(|value| value.is_nan());
        // not `any`, which would branch at every value
        if is_nan.fold(false, |some, is_nan| some | is_nan) {
            for &walk in &self.scorer.trees {
                self.scorer
                    .walk(walk, &mut self.sums[row..=row], |_| values);
            }
            (self.progress)(1);
            return;
        }
        let number = u32::try_from(row).expect("rows fit in 32 bits");
        record[VECTORS - 1][3] = f32::from_bits(number);
        records.push(record);
    }

    /// Parts rows until the trees can be pruned; all of them pass the nodes where the walks start.
    fn part(&mut self, mut side: Side<'_, VECTORS>, mut walks: Vec<Walk>) {
        let mut open = Vec::with_capacity(walks.len());
        loop {
            open.clear();
            for walk in &mut walks {
                walk.root = side.bounds.narrow(self.scorer, walk.root);
                let step = &self.scorer.nodes[walk.root as usize];
                if !step.is_leaf() {
                    open.push((step.feature as usize, step.threshold));
                }
            }
            if open.len() <= MAX_OPEN || side.records.len() <= MAX_PRUNED_ROWS {
                let pruned = self.prune(&walks, &Bounds::of(side.records));
                self.part_pruned(side, pruned, &walks);
                return;
            }
            // the smaller side first, and the other in this loop: the stack stays low
            let (small, large) = side.cut(open.iter().copied());
            if !small.records.is_empty() {
                self.part(small, walks.clone());
            }
            side = large;
        }
    }

    /// Parts rows into groups and scores them.
    fn part_pruned(&mut self, mut side: Side<'_, VECTORS>, mut pruned: Pruned, walks: &[Walk]) {
        while side.records.len() >= MIN_PARTED_ROWS && pruned.splits.len() > MAX_OPEN {
            let open = pruned.splits.iter();
            let open = open.map(|split| (usize::from(split.feature), split.threshold));
            let (mut small, mut large) = side.cut(open);
            small.measure();
            large.measure();
            if !small.records.is_empty() {
                let pruned = pruned.clone().within(&small.bounds);
                self.part_pruned(small, pruned, walks);
            }
            pruned = pruned.within(&large.bounds);
            side = large;
        }
        let bounds = Bounds::of(side.records);
        for records in side.records.chunks(GROUP_ROWS) {
            self.score_group(records, &bounds, &pruned, walks);
        }
    }

    fn prune(&mut self, walks: &[Walk], bounds: &Bounds<VECTORS>) -> Pruned {
        let mut pruned = Pruned::default();
        for (tree, &walk) in walks.iter().enumerate() {
            let n_splits = pruned.splits.len();
            let leaves = self.prune_tree(tree, walk, bounds, &mut pruned.splits);
            if leaves.is_none() {
                pruned.splits.truncate(n_splits);
            }
            pruned.leaves.push(leaves.unwrap_or(0));
        }
        pruned
    }

    /// Prunes a tree; returns the leaves that are left, or `None` if they are too many.
    fn prune_tree(
        &mut self,
        tree: usize,
        walk: Walk,
        bounds: &Bounds<VECTORS>,
        splits: &mut Vec<PrunedSplit>,
    ) -> Option<u32> {
        let mut pruning = Pruning {
            scorer: self.scorer,
            bounds,
            tree: u16::try_from(tree).expect("a forest has at most 10,000 trees"),
            splits,
            leaf_lengths: &mut self.leaf_lengths[tree],
            n_leaves: 0,
        };
        pruning.prune(walk.root)
    }

    fn score_group(
        &mut self,
        records: &[Record<VECTORS>],
        bounds: &Bounds<VECTORS>,
        pruned: &Pruned,
        walks: &[Walk],
    ) {
        let n_rows = records.len();
        self.group.fill(records);
        let leaf_lengths = self.leaf_lengths.iter().zip(&pruned.leaves);
        for (length, (lengths, leaves)) in self.lengths.iter_mut().zip(leaf_lengths) {
            *length = lengths[leaves.trailing_zeros() as usize];
        }
        let mut splits = &pruned.splits[..];
        let mut n_added = 0;
        for (tree, &leaves) in pruned.leaves.iter().enumerate() {
            if leaves.is_power_of_two() {
                continue;
            }
            self.group.add_same(&self.lengths[n_added..tree], n_rows);
            n_added = tree + 1;
            if leaves != 0 {
                let is_of_tree = |split: &PrunedSplit| usize::from(split.tree) == tree;
                let n_splits = splits.iter().take_while(|split| is_of_tree(split)).count();
                let (of_tree, others) = splits.split_at(n_splits);
                self.group
                    .add(leaves, of_tree, &self.leaf_lengths[tree], n_rows);
                splits = others;
                continue;
            }
            // there were too many leaves for the rows at the start, but there may be less for these
            let mut splits = Vec::new();
            if let Some(leaves) = self.prune_tree(tree, walks[tree], bounds, &mut splits) {
                self.group
                    .add(leaves, &splits, &self.leaf_lengths[tree], n_rows);
                continue;
            }
            let sums = self.group.sums[..n_rows].chunks_mut(LANES);
            for (sums, records) in sums.zip(records.chunks(LANES)) {
                self.scorer
                    .walk(walks[tree], sums, |lane| records[lane].as_flattened());
            }
        }
        self.group.add_same(&self.lengths[n_added..], n_rows);
        for (record, &sum) in records.iter().zip(&self.group.sums) {
            self.sums[record[VECTORS - 1][3].to_bits() as usize] = sum;
        }
        (self.progress)(n_rows);
    }
}

impl<const VECTORS: usize> Pruning<'_, VECTORS> {
    /// Takes what is left of the tree from this node on; returns its leaves, or `None` if the tree has too many.
    fn prune(&mut self, at: u32) -> Option<u32> {
        let at = self.bounds.narrow(self.scorer, at);
        let step = &self.scorer.nodes[at as usize];
        if step.is_leaf() {
            let leaf = self.n_leaves;
            *self.leaf_lengths[..MAX_LEAVES].get_mut(leaf)? = self.scorer.lengths[at as usize];
            self.n_leaves += 1;
            return Some(1 << leaf);
        }
        let place = self.splits.len();
        self.splits.push(PrunedSplit {
            tree: self.tree,
            feature: step.feature as u16,
            threshold: step.threshold,
            left: 0,
            right: 0,
        });
        let left = self.prune(step.left)?;
        let right = self.prune(step.right)?;
        let split = &mut self.splits[place];
        (split.left, split.right) = (left, right);
        Some(left | right)
    }
}

impl Pruned {
    /// Returns what of it is left for rows within the bounds. Without a branch: half of them would be guessed wrong.
    fn within<const VECTORS: usize>(mut self, bounds: &Bounds<VECTORS>) -> Pruned {
        for split in &self.splits {
            let (low, high) = bounds.of_feature(usize::from(split.feature));
            let no_right = if high <= split.threshold {
                split.right
            } else {
                0
            };
            let no_left = if low > split.threshold { split.left } else { 0 };
            self.leaves[usize::from(split.tree)] &= !(no_left | no_right);
        }
        let mut n_kept = 0;
        for at in 0..self.splits.len() {
            let split = self.splits[at];
            self.splits[n_kept] = split;
            let leaves = self.leaves[usize::from(split.tree)];
            n_kept += usize::from((leaves & split.left != 0) & (leaves & split.right != 0));
        }
        self.splits.truncate(n_kept);
        self
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

    /// Adds path lengths that all rows have, one after another.
    fn add_same(&mut self, lengths: &[f64], n_rows: usize) {
        if lengths.is_empty() {
            return;
        }
        // whole chunks, which stay in registers: the sums beyond the last row are of none
        let (chunks, _) = self.sums.as_chunks_mut::<8>();
        for sums in &mut chunks[..n_rows.div_ceil(8)] {
            let mut chunk = *sums;
            for length in lengths {
                for sum in &mut chunk {
                    *sum += length;
                }
            }
            *sums = chunk;
        }
    }

    /// Adds the path lengths in a pruned tree of which the rows can reach these leaves.
    fn add(
        &mut self,
        leaves: u32,
        splits: &[PrunedSplit],
        leaf_lengths: &LeafLengths,
        n_rows: usize,
    ) {
        let length = |leaves: u32| leaf_lengths[leaves.trailing_zeros() as usize];
        let values = |split: &PrunedSplit| &self.columns[usize::from(split.feature)][..n_rows];
        let [root, others @ ..] = splits else {
            self.add_same(&[length(leaves)], n_rows);
            return;
        };
        let sums = &mut self.sums[..n_rows];
        let threshold = root.threshold;
        if others.is_empty() {
            // a choice without a branch, two rows at a time
            let right = length(leaves & root.right).to_bits();
            let change = length(leaves & root.left).to_bits() ^ right;
            for (sum, &value) in sums.iter_mut().zip(values(root)) {
                let is_left = -i64::from(value <= threshold);
                *sum += f64::from_bits(right ^ (change & is_left.cast_unsigned()));
            }
            return;
        }
        let reached = &mut self.leaves[..n_rows];
        let right = leaves & !root.left;
        for (reached, &value) in reached.iter_mut().zip(values(root)) {
            *reached = if value <= threshold { leaves } else { right };
        }
        for split in others {
            let (threshold, right) = (split.threshold, !split.left);
            for (reached, &value) in reached.iter_mut().zip(values(split)) {
                *reached &= if value <= threshold { u32::MAX } else { right };
            }
        }
        // the first leaf left: those to its right are only left because the way there asked no further
        for (sum, &reached) in sums.iter_mut().zip(&*reached) {
            *sum += length(reached);
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

    /// Follows a tree down from a node as long as all rows within the bounds go one way.
    fn narrow(&self, scorer: &Scorer, mut at: u32) -> u32 {
        loop {
            let step = &scorer.nodes[at as usize];
            let (low, high) = self.of_feature(step.feature as usize);
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

    fn of_feature(&self, feature: usize) -> (f32, f32) {
        (
            self.low.as_flattened()[feature],
            self.high.as_flattened()[feature],
        )
    }
}

impl<'r, const VECTORS: usize> Side<'r, VECTORS> {
    /// Cuts the rows in two at one of these features and thresholds; returns the side with fewer rows first.
    fn cut(self, open: impl Iterator<Item = (usize, f32)> + Clone) -> (Self, Self) {
        let (feature, threshold) = choose_cut(open, self.records);
        let (left, right) = partition(self.records, feature, threshold);
        let (mut left_bounds, mut right_bounds) = (self.bounds, self.bounds);
        left_bounds.high.as_flattened_mut()[feature] = threshold;
        right_bounds.low.as_flattened_mut()[feature] = threshold.next_up();
        let left = Side {
            records: left,
            bounds: left_bounds,
        };
        let right = Side {
            records: right,
            bounds: right_bounds,
        };
        if left.records.len() < right.records.len() {
            (left, right)
        } else {
            (right, left)
        }
    }

    /// Narrows the bounds to the rows, if they are few.
    fn measure(&mut self) {
        if self.records.len() < MAX_MEASURED_ROWS {
            self.bounds = Bounds::of(self.records);
        }
    }
}

/// Chooses where to cut rows: at the feature that has most of these thresholds, at the threshold next to the median row.
fn choose_cut<const VECTORS: usize>(
    open: impl Iterator<Item = (usize, f32)> + Clone,
    records: &[Record<VECTORS>],
) -> (usize, f32) {
    let mut n_open = [[0; 4]; VECTORS];
    let n_open = n_open.as_flattened_mut();
    for (feature, _) in open.clone() {
        n_open[feature] += 1;
    }
    let feature = (0..n_open.len())
        .max_by_key(|&feature| n_open[feature])
        .expect("there is a feature");
    let mut values: [f32; MEDIAN_ROWS] = std::array::from_fn(|i| {
        records[(2 * i + 1) * records.len() / (2 * MEDIAN_ROWS)].as_flattened()[feature]
    });
    let (_, &mut median, _) = values.select_nth_unstable_by(MEDIAN_ROWS / 2, f32::total_cmp);
    let distance = |threshold: f32| (threshold - median).abs();
    let thresholds = open
        .filter(|&(other, _)| other == feature)
        .map(|(_, threshold)| threshold);
    let threshold = thresholds
        .min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
        .expect("the feature has a threshold");
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
