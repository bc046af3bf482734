//! The verdict on every row, and what is counted of the suspicious ones.

use super::{Backdrop, Histogram, Ranking, Scoring};
use crate::features::selection::Selection;
use crate::filter::{AllowList, Verdict};
use crate::forest::is_anomaly;
use crate::traffic::Sessions;

/// Who stands below the threshold. It follows the threshold from one place to the next, and looks only at the rows between.
#[derive(Debug)]
pub struct Standing {
    /// How many rows of the ranking are below the threshold.
    n_below: usize,
    verdicts: Vec<Verdict>,
    /// Suspicious sessions of each group of each grouping.
    pub(super) groups: Vec<Vec<u64>>,
    /// Suspicious sessions of each bucket of the timeline.
    pub(super) buckets: Vec<u64>,
    /// The scores, suspicious ones apart.
    pub(super) histogram: Histogram,
}

impl Standing {
    /// No scored row is suspicious yet.
    pub fn new(
        sessions: &Sessions,
        selection: &Selection,
        scores: &[f64],
        ranking: &Ranking,
        backdrop: &Backdrop,
    ) -> Standing {
        let mut verdicts = vec![Verdict::NotScored; sessions.n_rows()];
        for &row in &selection.rows {
            verdicts[row as usize] = Verdict::Normal;
        }
        let groupings = backdrop.groups.0.iter();
        let timeline = backdrop.timeline.as_ref();
        Standing {
            n_below: 0,
            verdicts,
            groups: groupings
                .map(|grouping| vec![0; grouping.n_groups()])
                .collect(),
            buckets: vec![0; timeline.map_or(0, |(timeline, _)| timeline.buckets.len())],
            histogram: Histogram::of(scores, ranking.range()),
        }
    }

    pub(super) fn n_below(&self) -> usize {
        self.n_below
    }

    /// Returns the verdict on each row of the table.
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// Follows to a threshold, up to which the ranking is sorted; the allow-list is always the same.
    pub fn follow(
        &mut self,
        sessions: &Sessions,
        selection: &Selection,
        scoring: Scoring<'_>,
        allow_list: &AllowList,
        backdrop: &Backdrop,
    ) {
        let positions = scoring.ranking.in_order();
        let is_below =
            |&position: &u32| is_anomaly(scoring.scores[position as usize], scoring.threshold);
        let n_below = positions.partition_point(is_below);
        let falls = n_below > self.n_below;
        let between = n_below.min(self.n_below)..n_below.max(self.n_below);
        let mut between = positions[between].to_vec();
        // in the order of the file, half of a million rows are counted nearly twice as fast as in that of their ranks
        between.sort_unstable();
        let mut rows = Vec::with_capacity(between.len());
        for position in between {
            let row = selection.rows[position as usize];
            let is_known = allow_list.covering(sessions, row as usize).is_some();
            self.verdicts[row as usize] = match (falls, is_known) {
                (false, _) => Verdict::Normal,
                (true, false) => Verdict::Suspicious,
                (true, true) => Verdict::Known,
            };
            if !is_known {
                self.histogram
                    .flag(scoring.scores[position as usize], falls);
                rows.push(row);
            }
        }
        let count = |n: &mut u64| *n = if falls { *n + 1 } else { *n - 1 };
        for (grouping, counts) in backdrop.groups.0.iter().zip(&mut self.groups) {
            rows.iter()
                .for_each(|&row| count(&mut counts[grouping.codes.get(row as usize)]));
        }
        if let Some((_, of_row)) = &backdrop.timeline {
            for &row in &rows {
                // none if it has no time
                if let Some(bucket) = self.buckets.get_mut(of_row[row as usize] as usize) {
                    count(bucket);
                }
            }
        }
        self.n_below = n_below;
    }

    /// Returns the rows below the threshold as positions in the selection: the suspicious ones, the most suspicious first;
    /// and the known ones, ascending.
    pub fn below(
        &self,
        selection: &Selection,
        scoring: Scoring<'_>,
        allow_list: &AllowList,
    ) -> (Vec<u32>, Vec<u32>) {
        let below = &scoring.ranking.in_order()[..self.n_below];
        if allow_list.is_empty() {
            return (below.to_vec(), Vec::new());
        }
        let is_suspicious = |&position: &u32| {
            self.verdicts[selection.rows[position as usize] as usize] == Verdict::Suspicious
        };
        let (flagged, mut known): (Vec<u32>, Vec<u32>) =
            below.iter().copied().partition(is_suspicious);
        known.sort_unstable();
        (flagged, known)
    }
}
