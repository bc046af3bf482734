//! Results that say nothing: scores that are equal up to rounding, and sessions that tie at the threshold.

use serde::{Deserialize, Serialize};

use super::Ranking;
use crate::charts::format::{counted, fixed, format_count};
use crate::features::blind::{Blind, BlindCause};
use crate::forest::{self, Contamination, ROUNDING, is_anomaly};

/// Why no session stands apart from the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The reason.
    pub reason: SilenceReason,
    /// Rows that were scored.
    pub n_rows: u64,
    /// Rows whose score is below the threshold all the same, which takes rounding: the files have them, as scikit-learn does.
    pub n_in_files: u64,
}

/// The reason why no session stands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SilenceReason {
    /// There is nothing to compare the only row to.
    OneRow,
    /// Each of two rows is as far from the other.
    TwoRows,
    /// All rows have the same values.
    EqualRows,
    /// They differ, but the forest is blind to each feature.
    Blind,
    /// The forest has no tree that tells rows apart, for example because each has one row.
    NoSplit,
}

impl Silence {
    /// Tells whether a result says nothing, and why.
    pub fn of(
        scores: &[f64],
        ranking: &Ranking,
        threshold: f64,
        blind: &[Blind],
        n_features: usize,
    ) -> Option<Silence> {
        let (low, high) = ranking.range()?;
        if high - low > ROUNDING {
            return None;
        }
        let is_constant = |blind: &Blind| matches!(blind.cause, BlindCause::Constant(_));
        let reason = match scores.len() {
            1 => SilenceReason::OneRow,
            _ if blind.len() == n_features && blind.iter().all(is_constant) => {
                SilenceReason::EqualRows
            }
            _ if blind.len() == n_features => SilenceReason::Blind,
            2 => SilenceReason::TwoRows,
            _ => SilenceReason::NoSplit,
        };
        let is_below = |&&score: &&f64| is_anomaly(score, threshold);
        Some(Silence {
            reason,
            n_rows: scores.len() as u64,
            n_in_files: scores.iter().filter(is_below).count() as u64,
        })
    }
}

impl Silence {
    /// Says that nothing stands out, why, and what the files have all the same.
    pub fn text(&self) -> String {
        let n = format_count(self.n_rows);
        let why = match self.reason {
            SilenceReason::OneRow => {
                "only one row was scored, with nothing to compare it to".to_owned()
            }
            SilenceReason::TwoRows => {
                "of two rows neither stands apart, because each is as far from the other".to_owned()
            }
            SilenceReason::EqualRows => {
                format!("all {n} scored rows have the same feature values. Choose other features")
            }
            SilenceReason::Blind => format!(
                "the {n} scored rows differ by less than the forest can see, so that all have the same score"
            ),
            SilenceReason::NoSplit => format!(
                "all {n} scored rows have the same score, because no tree of this forest tells them apart. Try more rows or \
                 features for each tree"
            ),
        };
        let files = match self.n_in_files {
            0 => String::new(),
            n => format!(
                " The files stay scikit-learn's: by rounding, or by the threshold that was asked for, {} in them.",
                match n {
                    1 => "1 session is suspicious".to_owned(),
                    n => format!("{} sessions are suspicious", format_count(n)),
                }
            ),
        };
        format!("Nothing stands out: {why}.{files}")
    }
}

/// Sessions that tie exactly at the threshold, so that what was asked for cannot be met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ties {
    /// What was asked for.
    pub asked: Contamination,
    /// Sessions that have the threshold's score.
    pub n_tied: u64,
    /// Sessions below it.
    pub n_below: u64,
    /// Scored sessions.
    pub n_rows: u64,
    /// What takes the sessions that tie too and no others; `None` if these are all there are.
    pub next: Option<Contamination>,
}

impl Ties {
    /// Says why what was asked for cannot be met, and what can: "Top 20 flags none: 30 sessions tie exactly …".
    pub fn text(&self) -> String {
        let asked = match self.asked {
            Contamination::Top(count) => format!("Top {}", format_count(count)),
            Contamination::Fraction(share) => format!("A share of {}", percent(share)),
            Contamination::Score(_) | Contamination::Auto => "This score".to_owned(),
        };
        let flags = match self.n_below {
            0 => "none".to_owned(),
            n => format!("{} alone", format_count(n)),
        };
        let (tied, n_next) = (counted(self.n_tied, "session"), self.n_next());
        let tie = if self.n_tied == 1 { "lies" } else { "tie" };
        let next = match self.next {
            None => format!("The next count is all {}.", counted(self.n_rows, "session")),
            Some(_) => format!(
                "The next count that can be met is {} ({}).",
                format_count(n_next),
                percent(n_next as f64 / self.n_rows as f64)
            ),
        };
        format!(
            "{asked} flags {flags}: {tied} {tie} exactly at the threshold, and equal scores are flagged together or not at all. {next}"
        )
    }

    /// Sessions below the threshold if those that tie are, too.
    pub fn n_next(&self) -> u64 {
        self.n_below + self.n_tied
    }

    /// Finds the sessions that tie at the threshold, `n_below` being those below it; `None` if what was asked for is met.
    pub fn find(
        scores: &[f64],
        ranking: &mut Ranking,
        asked: Contamination,
        threshold: f64,
        n_below: usize,
    ) -> Option<Ties> {
        let n_rows = scores.len();
        let n_wanted = match asked {
            Contamination::Auto => return None,
            Contamination::Top(count) => usize::try_from(count).unwrap_or(n_rows).min(n_rows),
            // numpy interpolates between the rows before and after that place, which it takes from a percentage
            Contamination::Fraction(share) => {
                ((n_rows - 1) as f64 * (100.0 * share / 100.0)).ceil() as usize
            }
            Contamination::Score(_) => n_rows,
        };
        if n_below >= n_wanted {
            return None;
        }
        ranking.sort_up_to(scores, threshold);
        let at_threshold = |&&position: &&u32| scores[position as usize] == threshold;
        let after = &ranking.in_order()[n_below..];
        let n_tied = after.iter().take_while(at_threshold).count();
        if n_tied == 0 {
            return None;
        }
        let n_next = n_below + n_tied;
        let mut at = |index: usize| {
            ranking.sort_first(scores, index + 1);
            scores[ranking.in_order()[index] as usize]
        };
        let next = (n_next < n_rows).then(|| match asked {
            Contamination::Score(_) => {
                let score = shortest(threshold, at(n_next), |score| score > threshold);
                score.map_or(Contamination::Top(n_next as u64), Contamination::Score)
            }
            Contamination::Fraction(_) => {
                let last = (n_rows - 1) as f64;
                let (low, high) = ((n_next - 1) as f64 / last, n_next as f64 / last);
                let share = shortest(low, high.min(0.5), |share| {
                    let contamination = Contamination::Fraction(share);
                    let threshold = forest::threshold_by(n_rows, contamination, &mut at);
                    is_anomaly(at(n_next - 1), threshold) && !is_anomaly(at(n_next), threshold)
                });
                share.map_or(Contamination::Top(n_next as u64), Contamination::Fraction)
            }
            Contamination::Top(_) | Contamination::Auto => Contamination::Top(n_next as u64),
        });
        Some(Ties {
            asked,
            n_tied: n_tied as u64,
            n_below: n_below as u64,
            n_rows: n_rows as u64,
            next,
        })
    }
}

/// Writes a share in percent, to as many as four decimals.
fn percent(share: f64) -> String {
    let text = fixed(100.0 * share, 4);
    format!("{text} %")
}

/// Returns the number above `low` and at most `high` with the fewest decimals that does; `None` if there is none.
fn shortest(low: f64, high: f64, mut does: impl FnMut(f64) -> bool) -> Option<f64> {
    (1..=17).find_map(|n_decimals| {
        let step = 10f64.powi(n_decimals);
        let nearest = ((low * step).floor() + 1.0) / step;
        // as it is typed
        let number: f64 = format!("{nearest:.*}", n_decimals as usize).parse().ok()?;
        (low < number && number <= high && does(number)).then_some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ties(scores: &[f64], asked: Contamination) -> Option<Ties> {
        let mut ranking = Ranking::of(scores);
        let threshold = forest::threshold(scores, asked);
        let below = scores.iter().filter(|&&score| is_anomaly(score, threshold));
        let n_below = below.count();
        Ties::find(scores, &mut ranking, asked, threshold, n_below)
    }

    /// Two rows, then thirty that are equal, then others.
    fn scores() -> Vec<f64> {
        let tied = std::iter::repeat_n(-0.6125, 30);
        let rest = (0..168).map(|i| -0.5 + f64::from(i) / 1000.0);
        tied.chain([-0.7, -0.65]).chain(rest).collect()
    }

    #[test]
    fn a_count_that_ties_forbid_is_said_with_the_next() {
        let scores = scores();
        let expected = |asked, next| {
            Some(Ties {
                asked,
                n_tied: 30,
                n_below: 2,
                n_rows: 200,
                next: Some(next),
            })
        };
        let top = Contamination::Top(20);
        assert_eq!(ties(&scores, top), expected(top, Contamination::Top(32)));
        assert_eq!(
            ties(&scores, top).map(|ties| ties.text()).as_deref(),
            Some(
                "Top 20 flags 2 alone: 30 sessions tie exactly at the threshold, and equal scores are flagged together or not at all. The next count that can be met is 32 (16 %)."
            )
        );
        // by hand: 31 / 199 is 0.1558, 32 / 199 is 0.1608
        let share = Contamination::Fraction(0.1);
        let next = Contamination::Fraction(0.16);
        assert_eq!(ties(&scores, share), expected(share, next));
        let score = Contamination::Score(-0.6125);
        let next = Contamination::Score(-0.6);
        assert_eq!(ties(&scores, score), expected(score, next));
        for offered in [top, share, score] {
            let next = ties(&scores, offered).and_then(|ties| ties.next);
            let next = next.expect("an offer");
            let threshold = forest::threshold(&scores, next);
            let below = scores.iter().filter(|&&score| is_anomaly(score, threshold));
            assert_eq!(below.count(), 32, "{next}");
            assert_eq!(ties(&scores, next), None);
        }
    }

    #[test]
    fn a_wish_that_is_met_is_not_talked_about() {
        let scores = scores();
        for met in [
            Contamination::Top(2),
            Contamination::Top(32),
            Contamination::Top(33),
            Contamination::Top(999),
            Contamination::Fraction(0.01),
            Contamination::Fraction(0.2),
            Contamination::Score(-0.62),
            Contamination::Auto,
        ] {
            assert_eq!(ties(&scores, met), None, "{met}");
        }
    }

    #[test]
    fn any_share_of_different_scores_is_met() {
        for n_rows in (2..300).step_by(7) {
            let scores: Vec<f64> = (0..n_rows).map(|i| -1.0 / f64::from(i + 2)).collect();
            for thousandth in (1..=500).step_by(3) {
                let share = Contamination::Fraction(f64::from(thousandth) / 1000.0);
                assert_eq!(ties(&scores, share), None, "{share} of {n_rows}");
            }
        }
    }

    #[test]
    fn where_all_others_tie_there_is_nothing_to_offer() {
        let mut scores = vec![-0.45; 50];
        scores.push(-0.8);
        let ties = ties(&scores, Contamination::Top(20)).expect("ties");
        assert_eq!((ties.n_tied, ties.n_below, ties.next), (50, 1, None));
    }
}
