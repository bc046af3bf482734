//! The scored rows in the order of their scores.

use std::ops::Range;

use super::Scoring;
use crate::features::statistics::order_key;
use crate::table::Extent;

/// The most stretches of equal width that the scores are cut into before they are sorted: so many counts stay near a
/// processor.
const MAX_STRETCHES: usize = 1 << 16;

/// All scored rows, as positions in the selection, the lowest score first, equal scores in input order.
///
/// Whatever a threshold tells of the scores is found in it without looking at the rows above. A result shows the most
/// suspicious rows: the others are put in their order when somebody asks.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Ascending from stretch to stretch; within a stretch once it is sorted.
    positions: Vec<u32>,
    cuts: Cuts,
    /// Where each stretch ends in `positions`.
    ends: Vec<u32>,
    /// How many stretches are sorted, from the lowest scores on.
    n_sorted: usize,
}

/// Cuts the scores into stretches. Rounding keeps the order of scores, so that no stretch has a score that belongs before
/// another stretch.
#[derive(Debug, Clone, Copy)]
struct Cuts {
    low: f64,
    high: f64,
    per_unit: f64,
}

impl Cuts {
    fn stretch(self, score: f64) -> usize {
        // not negative, and processors turn signed integers into floats and back at once
        ((score - self.low) * self.per_unit) as i32 as usize
    }
}

impl Ranking {
    /// Ranks rows by their scores, which are numbers: no stretch is sorted yet.
    ///
    /// # Panics
    /// If there are more than `u32::MAX` rows.
    pub fn of(scores: &[f64]) -> Ranking {
        let n = u32::try_from(scores.len()).expect("rows fit in 32 bits");
        let Extent { low, high } = Extent::of(scores);
        let n_stretches = scores.len().next_power_of_two().min(MAX_STRETCHES);
        let per_unit = if low < high {
            // finite also where the scores lie closer together than a number can say
            ((n_stretches - 1) as f64 / (high - low)).min(f64::MAX)
        } else {
            0.0
        };
        let cuts = Cuts {
            low,
            high,
            per_unit,
        };
        let mut ends = vec![0_u32; n_stretches];
        for &score in scores {
            ends[cuts.stretch(score)] += 1;
        }
        let mut n_before = 0;
        for end in &mut ends {
            n_before += std::mem::replace(end, n_before);
        }
        let mut positions = vec![0; scores.len()];
        for (position, &score) in (0..n).zip(scores) {
            let place = &mut ends[cuts.stretch(score)];
            positions[*place as usize] = position;
            *place += 1;
        }
        Ranking {
            positions,
            cuts,
            ends,
            n_sorted: 0,
        }
    }

    /// Puts at least the first `n` positions in their order, given the scores that were ranked.
    pub fn sort_first(&mut self, scores: &[f64], n: usize) {
        // sorted beside their keys: looked up at each comparison, scores would be far apart in memory
        let mut keyed: Vec<(u64, u32)> = Vec::new();
        let n = n.min(self.positions.len());
        while self.n_in_order() < n {
            let stretch = self.places(self.n_sorted);
            let stretch = &mut self.positions[stretch];
            self.n_sorted += 1;
            let first = stretch.first().map(|&position| scores[position as usize]);
            if stretch
                .iter()
                .all(|&position| Some(scores[position as usize]) == first)
            {
                continue;
            }
            keyed.clear();
            let key = |&position: &u32| (order_key(scores[position as usize]), position);
            keyed.extend(stretch.iter().map(key));
            keyed.sort_unstable();
            for (position, &(_, sorted)) in stretch.iter_mut().zip(&keyed) {
                *position = sorted;
            }
        }
    }

    /// Puts at least the positions with scores up to this one in their order.
    pub fn sort_up_to(&mut self, scores: &[f64], score: f64) {
        if score >= self.cuts.low {
            let last = self.cuts.stretch(score.min(self.cuts.high));
            let end = self.ends.get(last).map_or(0, |&end| end as usize);
            self.sort_first(scores, end);
        }
    }

    /// Where a stretch lies in the positions.
    fn places(&self, stretch: usize) -> Range<usize> {
        let start = stretch
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize);
        start..self.ends[stretch] as usize
    }

    fn n_in_order(&self) -> usize {
        let last = self.n_sorted.checked_sub(1);
        last.map_or(0, |last| self.ends[last] as usize)
    }

    /// Returns the lowest and the highest score; `None` without any.
    pub fn range(&self) -> Option<(f64, f64)> {
        let Cuts { low, high, .. } = self.cuts;
        (!self.positions.is_empty()).then_some((low, high))
    }

    /// Returns the positions that are in their order, the most suspicious first: those that were sorted.
    pub fn in_order(&self) -> &[u32] {
        &self.positions[..self.n_in_order()]
    }

    /// Returns all positions, the most suspicious first.
    ///
    /// # Panics
    /// If not all of them were sorted.
    pub fn positions(&self) -> &[u32] {
        let positions = self.in_order();
        assert_eq!(positions.len(), self.positions.len(), "not all are sorted");
        positions
    }

    /// Returns how many rows have a lower score, given the scores that were ranked and one of them. Where they are not sorted yet
    /// it looks at all rows with scores near it.
    pub fn n_before(&self, scores: &[f64], score: f64) -> usize {
        let stretch = self.cuts.stretch(score);
        let places = self.places(stretch);
        let (start, positions) = (places.start, &self.positions[places]);
        let is_lower = |position: &u32| scores[*position as usize] < score;
        let n_lower = if stretch < self.n_sorted {
            positions.partition_point(is_lower)
        } else {
            positions.iter().copied().filter(is_lower).count()
        };
        start + n_lower
    }

    /// Returns each position's rank, 1 being the most suspicious; equal scores share the smaller rank.
    ///
    /// # Panics
    /// If not all positions were sorted.
    pub fn ranks(&self, scores: &[f64]) -> Vec<u32> {
        let mut ranks = vec![0; self.positions.len()];
        let (mut rank, mut last) = (0, None);
        for (&position, place) in self.positions().iter().zip(1..) {
            let score = scores[position as usize];
            if last.replace(score) != Some(score) {
                rank = place;
            }
            ranks[position as usize] = rank;
        }
        ranks
    }
}

impl Scoring<'_> {
    /// Returns the positions by score; equal scores in input order, however the others are ordered.
    ///
    /// # Panics
    /// If not all of them were sorted.
    pub fn ranked(&self, is_descending: bool) -> impl Iterator<Item = &u32> {
        let is_equal = |&a: &u32, &b: &u32| self.scores[a as usize] == self.scores[b as usize];
        let mut alike = self.ranking.positions().chunk_by(is_equal);
        let next = move || {
            if is_descending {
                alike.next_back()
            } else {
                alike.next()
            }
        };
        std::iter::from_fn(next).flatten()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_a_plain_stable_sort(
            scores in prop::collection::vec(
                prop_oneof![
                    -1.0..0.0_f64,
                    (-4_i32..0).prop_map(|n| f64::from(n) / 8.0),
                    Just(-0.5_f64.next_up()),
                    Just(0.0_f64.next_down()),
                ],
                0..200,
            ),
            n_first: prop::sample::Index,
            beyond in prop_oneof![-2.0..1.0_f64, Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(f64::NAN)],
        ) {
            let mut positions: Vec<u32> = (0..scores.len() as u32).collect();
            positions.sort_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize]));
            let mut ranking = Ranking::of(&scores);
            let range = positions.first().zip(positions.last());
            let range = range.map(|(&first, &last)| (scores[first as usize], scores[last as usize]));
            prop_assert_eq!(ranking.range(), range);
            ranking.sort_first(&scores, n_first.index(scores.len() + 1));
            let n_sorted = ranking.in_order().len();
            prop_assert!(n_sorted >= n_first.index(scores.len() + 1));
            prop_assert_eq!(ranking.in_order(), &positions[..n_sorted]);
            for &score in scores.iter().chain([&beyond]) {
                let mut ranking = ranking.clone();
                ranking.sort_up_to(&scores, score);
                let n_up_to = scores.iter().filter(|&&other| other <= score).count();
                prop_assert!(ranking.in_order().len() >= n_up_to);
                prop_assert!(positions.starts_with(ranking.in_order()));
            }
            for &score in &scores {
                let n_lower = scores.iter().filter(|&&other| other < score).count();
                prop_assert_eq!(ranking.n_before(&scores, score), n_lower);
            }
            ranking.sort_first(&scores, usize::MAX);
            prop_assert_eq!(ranking.positions(), &positions);
            for &score in &scores {
                let n_lower = scores.iter().filter(|&&other| other < score).count();
                prop_assert_eq!(ranking.n_before(&scores, score), n_lower);
            }
            let plain_rank = |&score: &f64| 1 + scores.iter().filter(|&&other| other < score).count() as u32;
            let mut falling: Vec<u32> = (0..scores.len() as u32).collect();
            falling.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
            let scoring = Scoring { scores: &scores, ranking: &ranking, threshold: 0.0, known: &[] };
            prop_assert!(scoring.ranked(true).eq(&falling));
            prop_assert!(scoring.ranked(false).eq(&positions));
            prop_assert_eq!(ranking.ranks(&scores), scores.iter().map(plain_rank).collect::<Vec<_>>());
        }
    }

    #[test]
    fn scores_as_close_as_numbers_can_be_are_ranked() {
        let scores = [0.0, -5e-324, 0.0, -1e-323];
        let mut ranking = Ranking::of(&scores);
        ranking.sort_first(&scores, 4);
        assert_eq!(ranking.positions(), [3, 1, 0, 2]);
    }

    #[test]
    fn scores_that_are_all_equal_keep_their_order() {
        let mut ranking = Ranking::of(&[-0.5; 5]);
        ranking.sort_up_to(&[-0.5; 5], -0.5);
        assert_eq!(ranking.positions(), [0, 1, 2, 3, 4]);
        assert!(Ranking::of(&[]).positions().is_empty());
    }
}
