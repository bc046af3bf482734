//! The marks of the scatter plot, thinned to what a plot can show.

use serde::{Deserialize, Serialize};

use super::Scoring;
use crate::features::selection::Selection;
use crate::filter::Verdict;
use crate::traffic::{DURATION, Role, Sessions};

/// Cells across and down the plot; each keeps at most one mark of each class, and is smaller than a mark.
const CELLS: (usize, usize) = (400, 300);

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
    fn new(column: &str, title: String, unit: Unit, values: &[f64]) -> Axis {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for &value in values {
            low = low.min(value);
            high = high.max(value);
        }
        Axis {
            column: column.to_owned(),
            title,
            unit,
            low,
            high,
        }
    }
}

/// The plane of the plot in cells about as large as a mark; of each cell only the rows that can become its marks.
#[derive(Debug)]
pub struct Field {
    x: Axis,
    y: Axis,
    /// One for each cell that holds rows, on linear axes and on logarithmic ones.
    cells: Vec<Cell>,
}

/// The rows with the lowest and the highest score in a cell: wherever the threshold lies, the cell holds a suspicious row
/// if the first is one, and a normal row unless the second is suspicious.
#[derive(Debug, Clone, Copy)]
struct Cell {
    lowest: (u32, f64, f64),
    highest: (u32, f64, f64),
}

/// Cuts an axis into cells, both linearly and by a rough logarithm.
struct Ruler {
    low: f64,
    per_unit: f64,
    log_low: f64,
    per_log: f64,
}

/// The logarithm of 1 + a value, up to a constant and factor, straight between powers of two: enough to choose a cell.
fn rough_log(value: f64) -> f64 {
    (1.0 + value).to_bits() as f64
}

impl Ruler {
    fn new(axis: &Axis, n_cells: usize) -> Ruler {
        let per = |low: f64, high: f64| {
            if high > low {
                (n_cells as f64 - 0.5) / (high - low)
            } else {
                0.0
            }
        };
        let floor = axis.low.min(0.0);
        let (log_low, log_high) = (rough_log(axis.low - floor), rough_log(axis.high - floor));
        Ruler {
            low: axis.low,
            per_unit: per(axis.low, axis.high),
            log_low,
            per_log: per(log_low, log_high),
        }
    }

    fn cells(&self, value: f64) -> (usize, usize) {
        let floor = self.low.min(0.0);
        let linear = (value - self.low) * self.per_unit;
        (
            linear as usize,
            ((rough_log(value - floor) - self.log_low) * self.per_log) as usize,
        )
    }
}

impl Field {
    /// Builds it from the scores of all rows of the selection.
    pub fn build(sessions: &Sessions, selection: &Selection, scores: &[f64]) -> Field {
        let (x_name, y_name) = axes(sessions, selection);
        let column = |name: &str| {
            let series = sessions
                .numbers(name)
                .expect("a feature or a column with a part is a column of numbers");
            let values = series.to_numbers();
            selection
                .rows
                .iter()
                .map(|&row| values[row as usize])
                .collect::<Vec<f64>>()
        };
        let axis = |name: &str, values: &[f64]| {
            Axis::new(name, title(sessions, name), unit(sessions, name), values)
        };
        let x_values = column(&x_name);
        let x = axis(&x_name, &x_values);
        let (y, y_values) = match &y_name {
            Some(name) => {
                let values = column(name);
                (axis(name, &values), values)
            }
            None => (
                Axis::new("score", "Score".to_owned(), Unit::Score, scores),
                scores.to_vec(),
            ),
        };
        let (x_ruler, y_ruler) = (Ruler::new(&x, CELLS.0), Ruler::new(&y, CELLS.1));
        let mut extremes = [
            vec![None::<(u32, u32)>; CELLS.0 * CELLS.1],
            vec![None; CELLS.0 * CELLS.1],
        ];
        for (position, (&x_value, &y_value)) in x_values.iter().zip(&y_values).enumerate() {
            if !(x_value.is_finite() && y_value.is_finite()) {
                continue;
            }
            let (x_cells, y_cells) = (x_ruler.cells(x_value), y_ruler.cells(y_value));
            let here = position as u32;
            for (cells, at) in extremes
                .iter_mut()
                .zip([(x_cells.0, y_cells.0), (x_cells.1, y_cells.1)])
            {
                let (lowest, highest) = cells[at.1 * CELLS.0 + at.0].get_or_insert((here, here));
                if scores[position] < scores[*lowest as usize] {
                    *lowest = here;
                }
                if scores[position] > scores[*highest as usize] {
                    *highest = here;
                }
            }
        }
        let mark = |position: u32| {
            (
                position,
                x_values[position as usize],
                y_values[position as usize],
            )
        };
        let cell = |(lowest, highest)| Cell {
            lowest: mark(lowest),
            highest: mark(highest),
        };
        Field {
            x,
            y,
            cells: extremes.into_iter().flatten().flatten().map(cell).collect(),
        }
    }

    /// Returns the marks for a threshold.
    pub(super) fn marks(&self, scoring: Scoring<'_>, n_suspicious: u64) -> Scatter {
        let is_suspicious =
            |mark: &(u32, f64, f64)| scoring.verdict(mark.0 as usize) == Verdict::Suspicious;
        // a row can be the mark of a cell on both kinds of axes
        let points = |marks: &mut dyn Iterator<Item = (u32, f64, f64)>| {
            let mut marks: Vec<_> = marks.collect();
            marks.sort_unstable_by_key(|mark| mark.0);
            marks.dedup_by_key(|mark| mark.0);
            marks.into_iter().map(|(_, x, y)| (x, y)).collect()
        };
        Scatter {
            x: self.x.clone(),
            y: self.y.clone(),
            normal: points(
                &mut self
                    .cells
                    .iter()
                    .map(|cell| cell.highest)
                    .filter(|mark| !is_suspicious(mark)),
            ),
            suspicious: points(
                &mut self
                    .cells
                    .iter()
                    .map(|cell| cell.lowest)
                    .filter(is_suspicious),
            ),
            n_normal: scoring.scores.len() as u64 - n_suspicious,
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
