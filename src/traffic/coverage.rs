//! Which features leave enough rows that have a value in each of them.
//!
//! A log that several tools wrote into may have columns that only a part of its rows fills: together they may leave no row at
//! all to be scored.

use super::candidate::{Candidate, Note};
use super::{Sessions, not_finite};

/// The least share of the rows that must be left, in percent.
const MIN_PERCENT: u64 = 95;

/// Turns off default features until those that stay leave enough rows with a value in each: the fullest come first, and one
/// that would leave too few is passed over.
///
/// Enough are 95 % of the rows, or of those that the fullest feature has where that is less. Looks at rows only where the
/// numbers of missing cells do not settle it.
pub(super) fn leave_out_sparse(sessions: &Sessions, candidates: &mut [Candidate]) {
    let n_rows = sessions.n_rows() as u64;
    let mut defaults: Vec<&mut Candidate> = candidates
        .iter_mut()
        .filter(|candidate| candidate.is_default)
        .collect();
    defaults.sort_by(|a, b| (lacking(a), &a.name).cmp(&(lacking(b), &b.name)));
    let Some(fullest) = defaults.first().map(|fullest| lacking(fullest)) else {
        return;
    };
    let share_of = |n: u64| (n * MIN_PERCENT).div_ceil(100);
    let n_wanted = match share_of(n_rows) {
        enough if n_rows - fullest >= enough => enough,
        _ => share_of(n_rows - fullest),
    };
    let n_spare = n_rows - n_wanted;
    if defaults.iter().map(|one| lacking(one)).sum::<u64>() <= n_spare {
        return;
    }
    let mut incomplete = Rows::default();
    for candidate in defaults {
        let n_lacking = lacking(candidate);
        let stays = n_lacking == 0
            || n_lacking <= n_spare && incomplete.take_in(sessions, &candidate.name, n_spare);
        if !stays {
            candidate.is_default = false;
            let note = Note::Sparse { n_lacking, n_rows };
            candidate.notes.insert(0, note);
        }
    }
}

/// Number of rows without a value.
fn lacking(candidate: &Candidate) -> u64 {
    candidate.missing.count + candidate.malformed.count
}

/// Some rows, a bit for each.
#[derive(Default)]
struct Rows {
    words: Vec<u64>,
    n: u64,
}

impl Rows {
    /// Takes in the rows in which a feature has no value, unless they are more than so many with those that are there.
    fn take_in(&mut self, sessions: &Sessions, feature: &str, most: u64) -> bool {
        let Some(series) = sessions.numbers(feature) else {
            return false;
        };
        let mut words = self.words.clone();
        words.resize(sessions.n_rows().div_ceil(64), 0);
        let mut n = self.n;
        series.for_each_stretch(|first, numbers| {
            for (row, _) in not_finite(first, numbers) {
                let (word, bit) = (&mut words[row / 64], 1 << (row % 64));
                n += u64::from(*word & bit == 0);
                *word |= bit;
            }
        });
        let fits = n <= most;
        if fits {
            *self = Rows { words, n };
        }
        fits
    }
}
