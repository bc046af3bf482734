//! The result before, to compare the next one with.

use super::Settings;
use crate::filter::Known;
use crate::forest::Contamination;
use crate::report::{Change, Comparison};

/// The flags of a result, and the settings that they come from.
#[derive(Debug)]
pub(super) struct Outcome {
    settings: Settings,
    allow_list: Vec<Known>,
    /// The flagged rows, the most suspicious first, by what `names` says.
    flagged: Vec<u32>,
    names: Names,
}

/// What rows are named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Positions in the selection of the present forest: at hand, where each line must be looked up.
    Positions,
    /// Lines of the file.
    Lines,
}

/// The result that the next one is compared with, and what came of the last comparison.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Size of the file in bytes: the history ends with its file.
    size: u64,
    before: Option<Outcome>,
    comparison: Option<Comparison>,
}

impl Outcome {
    /// `flagged` are positions in the selection.
    pub(super) fn new(
        settings: &Settings,
        contamination: Contamination,
        allow_list: &[Known],
        flagged: &[u32],
    ) -> Outcome {
        let mut settings = settings.clone();
        settings.params.contamination = contamination;
        Outcome {
            settings,
            allow_list: allow_list.to_vec(),
            flagged: flagged.to_vec(),
            names: Names::Positions,
        }
    }

    fn name_by_lines(&mut self, line_of: impl Fn(u32) -> u32) {
        if self.names == Names::Positions {
            self.flagged.iter_mut().for_each(|row| *row = line_of(*row));
            self.names = Names::Lines;
        }
    }
}

impl History {
    /// Keeps the history of this file only.
    pub(super) fn of_file(self, size: u64) -> History {
        if self.size == size {
            self
        } else {
            History {
                size,
                ..History::default()
            }
        }
    }

    /// Another forest follows, maybe on other rows: from now on rows are named by their lines, which `line_of` a position
    /// tells.
    pub(super) fn leave_forest(&mut self, line_of: impl Fn(u32) -> u32) {
        if let Some(before) = &mut self.before {
            before.name_by_lines(line_of);
        }
    }

    /// Compares a result with the one before, and becomes that of the next comparison unless it is only passed on the way.
    /// With the settings of the one before the last comparison stays.
    pub(super) fn compare(
        &mut self,
        mut outcome: Outcome,
        is_passing: bool,
        line_of: impl Fn(u32) -> u32,
    ) -> Option<Comparison> {
        let compared = self.before.as_ref().and_then(|before| {
            let changes = changes(before, &outcome);
            if changes.is_empty() {
                return self.comparison.clone();
            }
            if before.names == Names::Lines {
                outcome.name_by_lines(&line_of);
            }
            let line_of = |row| match outcome.names {
                Names::Positions => line_of(row),
                Names::Lines => row,
            };
            let (before, now) = (&before.flagged, &outcome.flagged);
            Some(Comparison::between(before, now, line_of, changes))
        });
        if !is_passing {
            self.before = Some(outcome);
            self.comparison.clone_from(&compared);
        }
        compared
    }
}

/// Names the settings that differ, features first.
fn changes(before: &Outcome, now: &Outcome) -> Vec<Change> {
    let on = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
    let mut changes = Vec::new();
    let mut add = |setting: &str, before: String, now: String| {
        if before != now {
            changes.push(Change {
                setting: setting.to_owned(),
                before,
                now,
            });
        }
    };
    let (allowed_before, allowed_now) = (&before.allow_list, &now.allow_list);
    let (before, now) = (&before.settings, &now.settings);
    let mut names: Vec<&String> = before.features.iter().chain(&now.features).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        add(
            name,
            on(before.features.contains(name)),
            on(now.features.contains(name)),
        );
    }
    add("standardized features", on(before.scale), on(now.scale));
    add(
        "dropped duplicates",
        on(before.drop_duplicates),
        on(now.drop_duplicates),
    );
    let (a, b) = (&before.params, &now.params);
    add(
        "trees",
        a.n_estimators.to_string(),
        b.n_estimators.to_string(),
    );
    add(
        "rows per tree",
        a.max_samples.to_string(),
        b.max_samples.to_string(),
    );
    add(
        "features per tree",
        a.max_features.to_string(),
        b.max_features.to_string(),
    );
    add("bootstrap", on(a.bootstrap), on(b.bootstrap));
    add(
        "seed",
        a.random_state.to_string(),
        b.random_state.to_string(),
    );
    add(
        "threshold",
        threshold(a.contamination),
        threshold(b.contamination),
    );
    let entries = |allowed: &[Known]| match allowed.len() {
        1 => "1 entry".to_owned(),
        n => format!("{n} entries"),
    };
    if allowed_before != allowed_now {
        changes.push(Change {
            setting: "allow-list".to_owned(),
            before: entries(allowed_before),
            now: entries(allowed_now),
        });
    }
    changes
}

fn threshold(contamination: Contamination) -> String {
    match contamination {
        Contamination::Fraction(_) => format!("contamination {contamination}"),
        Contamination::Auto | Contamination::Top(_) | Contamination::Score(_) => {
            contamination.to_string()
        }
    }
}
