//! The marks of the scatter plot, thinned to what a plot can show.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Scoring;
use crate::features::selection::Selection;
use crate::forest;
use crate::traffic::{DURATION, Role, Sessions};

/// Cells of the grid that keep one mark of each class: finer than any plot that is drawn.
const GRID: (f64, f64) = (1600.0, 1200.0);

/// Scored rows in the plane of two columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scatter {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Normal rows, at most one for each cell of a fine grid.
    pub normal: Vec<(f64, f64)>,
    /// Suspicious rows, at most one for each cell.
    pub suspicious: Vec<(f64, f64)>,
    /// All normal rows, those thinned away included.
    pub n_normal: u64,
    /// All suspicious rows.
    pub n_suspicious: u64,
}

/// One axis of a plot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Name of the column.
    pub column: String,
    /// Title in words, such as "Bytes in".
    pub title: String,
    /// What its numbers count.
    pub unit: Unit,
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
}

/// What the numbers of an axis count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// A score of the forest.
    Score,
    /// Not known.
    Plain,
}

impl Axis {
    fn new(column: &str, title: String, unit: Unit, values: &[f64], rows: &[u32]) -> Axis {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for &row in rows {
            low = low.min(values[row as usize]);
            high = high.max(values[row as usize]);
        }
        Axis {
            column: column.to_owned(),
            title,
            unit,
            low,
            high,
        }
    }

    /// Returns where a value lies from 0 to 1, on a linear and on a logarithmic axis.
    fn shares(&self, value: f64) -> (f64, f64) {
        let log = |value: f64| (value - self.low.min(0.0)).ln_1p();
        let share = |value: f64, low: f64, high: f64| {
            if high > low {
                (value - low) / (high - low)
            } else {
                0.5
            }
        };
        (
            share(value, self.low, self.high),
            share(log(value), log(self.low), log(self.high)),
        )
    }
}

impl Scatter {
    pub(super) fn build(
        sessions: &Sessions,
        selection: &Selection,
        scoring: Scoring<'_>,
    ) -> Scatter {
        let scores_by_row = || {
            let mut values = vec![f64::NAN; sessions.n_rows()];
            for (&row, &score) in selection.rows.iter().zip(scoring.scores) {
                values[row as usize] = score;
            }
            values
        };
        let scores;
        let (x_name, y_name) = axes(sessions, selection);
        let column = |name: &str| {
            sessions
                .numbers(name)
                .expect("a feature or a column with a part is a column of numbers")
        };
        let x_values = column(&x_name);
        let x = Axis::new(
            &x_name,
            title(sessions, &x_name),
            unit(sessions, &x_name),
            x_values,
            &selection.rows,
        );
        let (y, y_values) = match &y_name {
            Some(name) => {
                let values = column(name);
                (
                    Axis::new(
                        name,
                        title(sessions, name),
                        unit(sessions, name),
                        values,
                        &selection.rows,
                    ),
                    values,
                )
            }
            None => {
                scores = scores_by_row();
                (
                    Axis::new(
                        "score",
                        "Score".to_owned(),
                        Unit::Score,
                        &scores,
                        &selection.rows,
                    ),
                    scores.as_slice(),
                )
            }
        };
        let (mut normal, mut suspicious) = (Vec::new(), Vec::new());
        let (mut n_normal, mut n_suspicious) = (0, 0);
        let mut taken = HashSet::new();
        for (&row, &score) in selection.rows.iter().zip(scoring.scores) {
            let is_flagged = forest::is_anomaly(score, scoring.threshold);
            *(if is_flagged {
                &mut n_suspicious
            } else {
                &mut n_normal
            }) += 1;
            let (x_value, y_value) = (x_values[row as usize], y_values[row as usize]);
            if !(x_value.is_finite() && y_value.is_finite()) {
                continue;
            }
            let (x_shares, y_shares) = (x.shares(x_value), y.shares(y_value));
            let cell = |x: f64, y: f64| ((x * GRID.0) as u16, (y * GRID.1) as u16);
            let is_new_linear = taken.insert((is_flagged, false, cell(x_shares.0, y_shares.0)));
            let is_new_log = taken.insert((is_flagged, true, cell(x_shares.1, y_shares.1)));
            if is_new_linear || is_new_log {
                if is_flagged {
                    &mut suspicious
                } else {
                    &mut normal
                }
                .push((x_value, y_value));
            }
        }
        Scatter {
            x,
            y,
            normal,
            suspicious,
            n_normal,
            n_suspicious,
        }
    }
}

/// Bytes in against bytes out if the log has them, as in the notebook; otherwise the first two features, or a single
/// feature against the score.
fn axes(sessions: &Sessions, selection: &Selection) -> (String, Option<String>) {
    let of_role = |role| {
        let name = sessions.table.columns[sessions.roles.column(role)?]
            .name
            .clone();
        sessions.numbers(&name).is_some().then_some(name)
    };
    match (of_role(Role::BytesIn), of_role(Role::BytesOut)) {
        (Some(x), Some(y)) => (x, Some(y)),
        _ => (selection.names[0].clone(), selection.names.get(1).cloned()),
    }
}

fn title(sessions: &Sessions, name: &str) -> String {
    let role = sessions
        .table
        .find(name)
        .and_then(|column| sessions.roles.of(column));
    match role {
        Some(Role::BytesIn) => "Bytes in".to_owned(),
        Some(Role::BytesOut) => "Bytes out".to_owned(),
        _ if name == DURATION => "Duration".to_owned(),
        _ => name.to_owned(),
    }
}

fn unit(sessions: &Sessions, name: &str) -> Unit {
    let role = sessions
        .table
        .find(name)
        .and_then(|column| sessions.roles.of(column));
    match role {
        Some(Role::BytesIn | Role::BytesOut) => Unit::Bytes,
        _ if name == DURATION => Unit::Seconds,
        _ => Unit::Plain,
    }
}
