//! How well the scores find what a label column marks, and in words.

use serde::{Deserialize, Serialize};

use super::Scoring;
use crate::charts::format::{counted, format_count};
use crate::explain::metrics::{Metrics, Unmeasurable};
use crate::features::selection::Selection;
use crate::traffic::{Label, Labels, Sessions};

/// How good the scores are, by the labels of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricsReport {
    /// The label.
    pub label: Label,
    /// The metrics, or why there are none.
    pub metrics: Result<Metrics, Unmeasurable>,
    /// Rows that were not scored; they are not measured.
    pub n_unscored: u64,
    /// Scored rows without a label; they are not measured.
    pub n_unlabelled: u64,
    /// Whether the label is a feature too: then the forest saw the answer.
    pub is_feature: bool,
}

impl MetricsReport {
    /// Measures a scoring; `None` if the file has no such label.
    pub fn measure(
        sessions: &Sessions,
        selection: &Selection,
        scoring: Scoring<'_>,
        label: &Label,
    ) -> Option<MetricsReport> {
        let labels = sessions.labels(label)?;
        let n_rows = selection.rows.len();
        let (mut scores, mut is_anomalous) =
            (Vec::with_capacity(n_rows), Vec::with_capacity(n_rows));
        for (&row, &score) in selection.rows.iter().zip(scoring.scores) {
            if let Some(label) = labels.get(row as usize) {
                scores.push(score);
                is_anomalous.push(label);
            }
        }
        Some(MetricsReport {
            label: label.clone(),
            metrics: Metrics::measure(&scores, &is_anomalous, scoring.threshold),
            n_unscored: (sessions.n_rows() - n_rows) as u64,
            n_unlabelled: (n_rows - scores.len()) as u64,
            is_feature: selection.names.contains(&label.column),
        })
    }

    /// Counts the flags anew: all that a threshold changes. `rows` are the flagged rows.
    pub fn flag(&mut self, sessions: &Sessions, rows: impl Iterator<Item = u32>) {
        let (Ok(metrics), Some(labels)) = (&mut self.metrics, sessions.labels(&self.label)) else {
            return;
        };
        (metrics.n_flagged, metrics.n_found) = count(&labels, rows);
    }

    /// Says what was measured, what was left out, and what to beware of.
    pub fn notes(&self) -> Vec<String> {
        let column = &self.label.column;
        let mut notes = vec![match &self.metrics {
            Ok(metrics) => format!(
                "{} measured, {} of them anomalies: {}. Flagged: {}, of them rightly: {}.",
                counted(metrics.n_rows as u64, "row"),
                format_count(metrics.n_anomalies as u64),
                self.label.meaning(),
                format_count(metrics.n_flagged as u64),
                format_count(metrics.n_found as u64),
            ),
            Err(Unmeasurable::NoRows) => format!(
                "No scored row has a label in {column}, so accuracy cannot be measured here."
            ),
            Err(Unmeasurable::Constant { n_rows, .. }) => format!(
                "{} the same in {column}, so accuracy cannot be measured here.",
                match n_rows {
                    1 => "The only label says".to_owned(),
                    n => format!("All {} labels say", format_count(*n as u64)),
                }
            ),
        }];
        let left_out = |n: u64, one: &str, many: &str| match n {
            0 => None,
            1 => Some(format!("1 row {one} and is left out.")),
            n => Some(format!("{} rows {many} and are left out.", format_count(n))),
        };
        notes.extend(left_out(
            self.n_unscored,
            "was not scored",
            "were not scored",
        ));
        notes.extend(left_out(self.n_unlabelled, "has no label", "have no label"));
        if self.is_feature {
            notes.push(format!(
                "{column} is a feature too: the forest sees the answer, so these figures flatter it. Turn it off under Features."
            ));
        }
        notes
    }
}

/// Returns how many of these rows have a label, and how many are labelled as anomalies.
fn count(labels: &Labels<'_>, rows: impl Iterator<Item = u32>) -> (usize, usize) {
    rows.filter_map(|row| labels.get(row as usize))
        .fold((0, 0), |(n, n_found), label| {
            (n + 1, n_found + usize::from(label))
        })
}
