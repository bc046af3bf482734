//! The scored rows in the order of their scores.

use super::Scoring;
use crate::features::statistics::order_key;

/// The most stretches of equal width that the scores are cut into before they are sorted.
const MAX_STRETCHES: usize = 1 << 18;

/// All scored rows, as positions in the selection, the lowest score first, equal scores in input order.
///
/// Whatever a threshold tells of the scores is found in it without looking at every row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranking(Vec<u32>);

impl Ranking {
    /// Ranks rows by their scores, which are numbers.
    ///
    /// # Panics
    /// If there are more than `u32::MAX` rows.
    pub fn of(scores: &[f64]) -> Ranking {
        let n = u32::try_from(scores.len()).expect("rows fit in 32 bits");
        let low = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let high = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let n_stretches = scores.len().next_power_of_two().min(MAX_STRETCHES);
        let per_unit = if low < high {
            (n_stretches - 1) as f64 / (high - low)
        } else {
            0.0
        };
        // rounding keeps the order of scores, so that no stretch has a score that belongs before another stretch
        let stretch = |position: u32| ((scores[position as usize] - low) * per_unit) as usize;
        let mut ends = vec![0_u32; n_stretches];
        (0..n).for_each(|position| ends[stretch(position)] += 1);
        let mut n_before = 0;
        for end in &mut ends {
            n_before += std::mem::replace(end, n_before);
        }
        let mut positions = vec![0; scores.len()];
        for position in 0..n {
            let place = &mut ends[stretch(position)];
            positions[*place as usize] = position;
            *place += 1;
        }
        let mut start = 0;
        // sorted beside their keys: looked up at each comparison, scores would be far apart in memory
        let mut keyed: Vec<(u64, u32)> = Vec::new();
        for end in ends {
            let stretch = &mut positions[start..end as usize];
            start = end as usize;
            let is_equal =
                |&position: &u32| scores[position as usize] == scores[stretch[0] as usize];
            if stretch.iter().all(is_equal) {
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
        Ranking(positions)
    }

    /// Returns the positions, the most suspicious first.
    pub fn positions(&self) -> &[u32] {
        &self.0
    }

    /// Returns how many rows have a lower score, given the scores that were ranked.
    pub fn n_before(&self, scores: &[f64], score: f64) -> usize {
        self.0
            .partition_point(|&position| scores[position as usize] < score)
    }

    /// Returns each position's rank, 1 being the most suspicious; equal scores share the smaller rank.
    pub fn ranks(&self, scores: &[f64]) -> Vec<u32> {
        let mut ranks = vec![0; self.0.len()];
        let (mut rank, mut last) = (0, None);
        for (&position, place) in self.0.iter().zip(1..) {
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

    /// Returns the lowest and the highest score; `None` without any.
    pub fn range(&self) -> Option<(f64, f64)> {
        let score = |&position: &u32| self.scores[position as usize];
        let positions = self.ranking.positions();
        Some((score(positions.first()?), score(positions.last()?)))
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
                prop_oneof![-1.0..0.0_f64, (-4_i32..0).prop_map(|n| f64::from(n) / 8.0), Just(-0.5_f64.next_up())],
                0..200,
            ),
        ) {
            let mut positions: Vec<u32> = (0..scores.len() as u32).collect();
            positions.sort_by(|&a, &b| scores[a as usize].total_cmp(&scores[b as usize]));
            let ranking = Ranking::of(&scores);
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
    fn scores_that_are_all_equal_keep_their_order() {
        assert_eq!(Ranking::of(&[-0.5; 5]).positions(), [0, 1, 2, 3, 4]);
        assert!(Ranking::of(&[]).positions().is_empty());
    }
}
