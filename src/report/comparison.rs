//! What became of the flags when a setting changed.

use serde::{Deserialize, Serialize};

use crate::charts::format::format_count;

/// Rows that are listed of those dropped, and of those new.
const N_LISTED: usize = 10;

/// Changes that are named.
const N_NAMED: usize = 6;

/// The flags of a result against those of the result before it, on the same file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The settings that differ.
    pub changes: Vec<Change>,
    /// Rows flagged in both.
    pub n_kept: u64,
    /// Rows flagged before only.
    pub n_dropped: u64,
    /// Rows flagged now only.
    pub n_new: u64,
    /// Lines of the file of the first dropped rows, the most suspicious first, from 1.
    pub dropped: Vec<u32>,
    /// Lines of the first new rows, likewise.
    pub new: Vec<u32>,
}

/// A setting that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The setting.
    pub setting: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub now: String,
}

impl Comparison {
    /// Compares flagged rows, each list with the most suspicious first; `line_of` tells the line of the file of what names a
    /// row in both.
    pub fn between(
        before: &[u32],
        now: &[u32],
        line_of: impl Fn(u32) -> u32,
        changes: Vec<Change>,
    ) -> Comparison {
        // of the same scores another threshold flags more of the same ranking, or less
        let n_common = before.len().min(now.len());
        if before[..n_common] == now[..n_common] {
            let rest = |rows: &[u32]| {
                let rest = rows[n_common..].iter().take(N_LISTED);
                rest.map(|&row| line_of(row)).collect()
            };
            return Comparison {
                changes,
                n_kept: n_common as u64,
                n_dropped: (before.len() - n_common) as u64,
                n_new: (now.len() - n_common) as u64,
                dropped: rest(before),
                new: rest(now),
            };
        }
        let sorted = |rows: &[u32]| {
            let mut rows = rows.to_vec();
            rows.sort_unstable();
            rows
        };
        let (of_before, of_now) = (sorted(before), sorted(now));
        let first = |rows: &[u32], others: &[u32]| {
            let is_missing = |row: &&u32| others.binary_search(row).is_err();
            let missing = rows.iter().filter(is_missing).take(N_LISTED);
            missing.map(|&row| line_of(row)).collect()
        };
        let n_kept = count_common(&of_before, &of_now);
        Comparison {
            changes,
            n_kept,
            n_dropped: before.len() as u64 - n_kept,
            n_new: now.len() as u64 - n_kept,
            dropped: first(before, &of_now),
            new: first(now, &of_before),
        }
    }

    /// Whether the same rows are flagged.
    pub fn is_same(&self) -> bool {
        self.n_dropped == 0 && self.n_new == 0
    }

    /// Says it in a sentence: "Kept 7, dropped 8, new 8, against the result before: seed 42 → 7."
    pub fn text(&self) -> String {
        let named = self.changes.iter().take(N_NAMED).map(|change| {
            let Change {
                setting,
                before,
                now,
            } = change;
            format!("{setting} {before} → {now}")
        });
        let mut changes = named.collect::<Vec<_>>().join(", ");
        if let Some(n_more @ 1..) = self.changes.len().checked_sub(N_NAMED) {
            changes.push_str(&format!(", and {n_more} more"));
        }
        let count = format_count;
        if self.is_same() {
            let what = match self.n_kept {
                0 => "No session is flagged, as before".to_owned(),
                1 => "The same session is flagged as before".to_owned(),
                n => format!("The same {} sessions are flagged as before", count(n)),
            };
            return format!("{what}: {changes}.");
        }
        format!(
            "Kept {}, dropped {}, new {}, against the result before: {changes}.",
            count(self.n_kept),
            count(self.n_dropped),
            count(self.n_new)
        )
    }

    /// Lists the first dropped and the first new rows by their lines; nothing for what is not there.
    pub fn lists(&self) -> Vec<String> {
        let list = |what: &str, lines: &[u32], n: u64| {
            let texts: Vec<String> = lines
                .iter()
                .map(|&line| format_count(u64::from(line)))
                .collect();
            let rest = match n - lines.len() as u64 {
                0 => String::new(),
                n => format!(" and {} more", format_count(n)),
            };
            (n > 0).then(|| format!("{what}: line {}{rest}.", texts.join("; ")))
        };
        let dropped = list("Dropped", &self.dropped, self.n_dropped);
        let new = list("New", &self.new, self.n_new);
        dropped.into_iter().chain(new).collect()
    }
}

/// Counts what two ascending lists have in common.
fn count_common(a: &[u32], b: &[u32]) -> u64 {
    let (mut i, mut j, mut n) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        n += u64::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(setting: &str) -> Change {
        Change {
            setting: setting.to_owned(),
            before: "off".to_owned(),
            now: "on".to_owned(),
        }
    }

    fn itself(line: u32) -> u32 {
        line
    }

    #[test]
    fn kept_dropped_and_new_are_counted_and_listed() {
        let before: Vec<u32> = (2..22).collect();
        let comparison = Comparison::between(
            &before,
            &[30, 5, 7, 29],
            itself,
            vec![change("log1p_bytes_in")],
        );
        assert_eq!(
            comparison.text(),
            "Kept 2, dropped 18, new 2, against the result before: log1p_bytes_in off → on."
        );
        assert_eq!(
            comparison.lists(),
            [
                "Dropped: line 2; 3; 4; 6; 8; 9; 10; 11; 12; 13 and 8 more.",
                "New: line 30; 29."
            ]
        );
    }

    #[test]
    fn another_threshold_cuts_the_same_ranking() {
        let ranking = [9, 4, 7, 2, 5];
        let fewer = Comparison::between(&ranking, &ranking[..3], itself, vec![change("a")]);
        assert_eq!((fewer.n_kept, fewer.n_dropped, fewer.n_new), (3, 2, 0));
        assert_eq!((fewer.dropped, fewer.new), (vec![2, 5], vec![]));
        let more = Comparison::between(&ranking[..3], &ranking, itself, vec![change("a")]);
        assert_eq!((more.n_kept, more.n_dropped, more.n_new), (3, 0, 2));
    }

    #[test]
    fn no_difference_is_said_too() {
        let changes: Vec<Change> = ["a", "b", "c", "d", "e", "f", "g"].map(change).to_vec();
        assert_eq!(
            Comparison::between(&[4, 2], &[2, 4], itself, changes).text(),
            "The same 2 sessions are flagged as before: a off → on, b off → on, c off → on, d off → on, e off → on, f off → on, and 1 more."
        );
        assert_eq!(
            Comparison::between(&[], &[], itself, vec![change("a")]).text(),
            "No session is flagged, as before: a off → on."
        );
    }
}
