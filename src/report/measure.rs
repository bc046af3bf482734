//! How well the scores find what a label column marks, and in words.

use serde::{Deserialize, Serialize};

use super::Scoring;
use crate::charts::format::{counted, format_count};
use crate::explain::metrics::{Metrics, Unmeasurable};
use crate::features::selection::Selection;
use crate::traffic::{Blank, Label, Labels, Sessions};

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
    /// Scored rows whose blank label is measured as [`Label::blank`] says.
    pub n_blank: u64,
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
        let mut n_blank = 0;
        for (&row, &score) in selection.rows.iter().zip(scoring.scores) {
            if let Some(is_anomaly) = labels.get(row as usize) {
                scores.push(score);
                is_anomalous.push(is_anomaly);
                let may_be_blank = label.blank != Blank::LeftOut;
                n_blank += u64::from(may_be_blank && labels.is_blank(row as usize));
            }
        }
        Some(MetricsReport {
            label: label.clone(),
            metrics: Metrics::measure(&scores, &is_anomalous, scoring.threshold),
            n_unscored: (sessions.n_rows() - n_rows) as u64,
            n_unlabelled: (n_rows - scores.len()) as u64,
            n_blank,
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
                "Measured on {}: {}, {} as normal. Flagged: {}, of them rightly: {}.",
                counted(metrics.n_rows as u64, "row"),
                self.anomalies_in_words(metrics.n_anomalies as u64),
                self.normal_in_words((metrics.n_rows - metrics.n_anomalies) as u64),
                format_count(metrics.n_flagged as u64),
                format_count(metrics.n_found as u64),
            ),
            Err(Unmeasurable::NoRows) => format!(
                "No scored row has a label in {column}, so accuracy cannot be measured here."
            ),
            Err(Unmeasurable::Constant { n_rows: 1, .. }) => {
                format!("There is only one label in {column}, so accuracy cannot be measured here.")
            }
            Err(Unmeasurable::Constant { n_rows, label }) => format!(
                "All {} labels in {column} count as {}, so accuracy cannot be measured here.",
                format_count(*n_rows as u64),
                if *label { "anomalies" } else { "normal" },
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
        let is_constant = matches!(
            self.metrics,
            Err(Unmeasurable::Constant { label: true, .. })
        );
        if is_constant && self.n_unlabelled > 0 && self.label.blank == Blank::LeftOut {
            notes.push(
                "If a blank label means normal, choose that under “Label column”.".to_owned(),
            );
        }
        if self.is_feature {
            notes.push(format!(
                "{column} is a feature too: the forest sees the answer, so these figures flatter it. Turn it off under Features."
            ));
        }
        notes
    }

    /// Says which rows count as anomalies: "75 with label DoS or Exploits count as anomalies".
    fn anomalies_in_words(&self, n_anomalies: u64) -> String {
        let blank = match self.label.blank {
            Blank::Anomaly => self.n_blank,
            Blank::LeftOut | Blank::Normal => 0,
        };
        let (column, values) = (&self.label.column, self.label.anomalies_in_words());
        let with = |n: u64| format!("{} with {column} {values}", format_count(n));
        let who = match (n_anomalies - blank, blank) {
            (n, 0) => with(n),
            (0, blank) => blank_ones(blank),
            (n, blank) => format!("{} and {}", with(n), blank_ones(blank)),
        };
        match n_anomalies {
            1 => format!("{who} counts as an anomaly"),
            _ => format!("{who} count as anomalies"),
        }
    }

    /// Says which rows count as normal: "100 others and 525 blank ones".
    fn normal_in_words(&self, n_normal: u64) -> String {
        let blank = match self.label.blank {
            Blank::Normal => self.n_blank,
            Blank::LeftOut | Blank::Anomaly => 0,
        };
        match (n_normal - blank, blank) {
            (n, 0) => counted(n, "other"),
            (0, blank) => blank_ones(blank),
            (n, blank) => format!("{} and {}", counted(n, "other"), blank_ones(blank)),
        }
    }
}

fn blank_ones(n: u64) -> String {
    counted(n, "blank one")
}

/// Returns how many of these rows have a label, and how many are labelled as anomalies.
fn count(labels: &Labels<'_>, rows: impl Iterator<Item = u32>) -> (usize, usize) {
    rows.filter_map(|row| labels.get(row as usize))
        .fold((0, 0), |(n, n_found), label| {
            (n + 1, n_found + usize::from(label))
        })
}
