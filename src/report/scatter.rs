//! The marks of the scatter plot, thinned to what a plot can show.

use serde::{Deserialize, Serialize};

use super::picture::Class;
use super::{ScatterQuery, Scoring};
use crate::features::selection::Selection;
use crate::filter::{self, Judged, SCORE, Verdict};
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
    pub normal: Vec<Mark>,
    /// Suspicious rows, at most one for each cell.
    pub suspicious: Vec<Mark>,
    /// Rows on the allow-list that would be suspicious, at most one for each cell.
    pub known: Vec<Mark>,
    /// All normal rows in the plane that is shown, those thinned away included.
    pub n_normal: u64,
    /// All suspicious rows.
    pub n_suspicious: u64,
    /// All rows on the allow-list that would be suspicious.
    pub n_known: u64,
}

/// A row in the plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Row of the table, from 0.
    pub row: u32,
    /// Value on the horizontal axis.
    pub x: f64,
    /// Value on the vertical axis.
    pub y: f64,
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
    /// Smallest value of all scored rows, in the part of the plane that is shown or not.
    pub low: f64,
    /// Largest value of them.
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
        for &value in values.iter().filter(|value| value.is_finite()) {
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
    lowest: (u32, Mark),
    highest: (u32, Mark),
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
    fn new((lowest, highest): (f64, f64), n_cells: usize) -> Ruler {
        let per = |low: f64, high: f64| {
            if high > low {
                (n_cells as f64 - 0.5) / (high - low)
            } else {
                0.0
            }
        };
        let floor = lowest.min(0.0);
        let (log_low, log_high) = (rough_log(lowest - floor), rough_log(highest - floor));
        Ruler {
            low: lowest,
            per_unit: per(lowest, highest),
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
        let (x_ruler, y_ruler) = (
            Ruler::new((x.low, x.high), CELLS.0),
            Ruler::new((y.low, y.high), CELLS.1),
        );
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
            let mark = Mark {
                row: selection.rows[position as usize],
                x: x_values[position as usize],
                y: y_values[position as usize],
            };
            (position, mark)
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
        let verdict = |mark: &(u32, Mark)| scoring.verdict(mark.0 as usize);
        let points = |of: fn(&Cell) -> (u32, Mark), is: Verdict| {
            let marks = self.cells.iter().map(of);
            let marks = marks.filter(|mark| verdict(mark) == is);
            without_repeats(marks.map(|(_, mark)| mark).collect())
        };
        let n_known = scoring.known.len() as u64;
        Scatter {
            x: self.x.clone(),
            y: self.y.clone(),
            normal: points(|cell| cell.highest, Verdict::Normal),
            suspicious: points(|cell| cell.lowest, Verdict::Suspicious),
            known: points(|cell| cell.lowest, Verdict::Known),
            n_normal: scoring.scores.len() as u64 - n_suspicious - n_known,
            n_suspicious,
            n_known,
        }
    }
}

fn checked((low, high): (f64, f64)) -> Result<(f64, f64), filter::Error> {
    let is_range = low < high;
    if is_range {
        Ok((low, high))
    } else {
        Err(filter::Error::EmptyRange {
            low: low.to_string(),
            high: high.to_string(),
        })
    }
}

/// A row can be the mark of a cell on both kinds of axes.
fn without_repeats(mut marks: Vec<Mark>) -> Vec<Mark> {
    marks.sort_unstable_by_key(|mark| mark.row);
    marks.dedup_by_key(|mark| mark.row);
    marks
}

/// The plane that a query asks for, and what of it is kept.
pub(super) struct Plane<'a> {
    pub(super) judged: Judged<'a>,
    pub(super) selection: &'a Selection,
    pub(super) query: &'a ScatterQuery,
    /// The class of each row.
    pub(super) classes: &'a [Class],
}

impl Plane<'_> {
    /// Returns the marks of the rows that have a class: of each cell the most suspicious suspicious one, the most suspicious
    /// known one and the most normal one, as [`Field`] does.
    ///
    /// # Errors
    /// [`filter::Error`] for columns that have no numbers, and for an empty window.
    pub(super) fn marks(&self) -> Result<Scatter, filter::Error> {
        let Judged {
            sessions,
            scored_rows,
            scores,
            verdicts,
        } = self.judged;
        let (default_x, default_y) = axes(sessions, self.selection);
        let x_name = self.query.x.clone().unwrap_or(default_x);
        let y_name = self
            .query
            .y
            .clone()
            .or(default_y)
            .unwrap_or_else(|| SCORE.to_owned());
        let (x_values, y_values) = (self.values(&x_name)?, self.values(&y_name)?);
        let axis = |name: &str, values: &[f64]| {
            Axis::new(name, title(sessions, name), unit(sessions, name), values)
        };
        let (x, y) = (axis(&x_name, &x_values), axis(&y_name, &y_values));
        let (x_shown, y_shown) = match self.query.window {
            Some((x_window, y_window)) => (checked(x_window)?, checked(y_window)?),
            None => ((x.low, x.high), (y.low, y.high)),
        };
        let (x_ruler, y_ruler) = (Ruler::new(x_shown, CELLS.0), Ruler::new(y_shown, CELLS.1));
        let within = |(low, high): (f64, f64), value: f64| low <= value && value <= high;
        const NONE: u32 = u32::MAX;
        // of each class, on linear axes and on logarithmic ones
        let mut cells = [(); 6].map(|()| vec![NONE; CELLS.0 * CELLS.1]);
        let mut counts = [0_u64; 3];
        for (position, &row) in scored_rows.iter().enumerate() {
            let class = match self.classes[row as usize] {
                Class::Normal if verdicts[row as usize] == Verdict::Known => 2,
                Class::Normal => 0,
                Class::Suspicious => 1,
                Class::Out | Class::NotScored => continue,
            };
            let (x_value, y_value) = (x_values[position], y_values[position]);
            let is_shown = within(x_shown, x_value) && within(y_shown, y_value);
            if self.query.window.is_none() || is_shown {
                counts[class] += 1;
            }
            if !is_shown {
                continue;
            }
            let (x_cells, y_cells) = (x_ruler.cells(x_value), y_ruler.cells(y_value));
            for (kind, at) in [(x_cells.0, y_cells.0), (x_cells.1, y_cells.1)]
                .into_iter()
                .enumerate()
            {
                let cell = &mut cells[2 * class + kind][at.1 * CELLS.0 + at.0];
                let is_better = *cell == NONE || {
                    let (new, old) = (scores[position], scores[*cell as usize]);
                    if class == 0 { new > old } else { new < old }
                };
                if is_better {
                    *cell = position as u32;
                }
            }
        }
        let marks = |of: &[Vec<u32>]| {
            let mark = |&position: &u32| Mark {
                row: scored_rows[position as usize],
                x: x_values[position as usize],
                y: y_values[position as usize],
            };
            let positions = of.iter().flatten().filter(|&&position| position != NONE);
            without_repeats(positions.map(mark).collect())
        };
        Ok(Scatter {
            normal: marks(&cells[..2]),
            suspicious: marks(&cells[2..4]),
            known: marks(&cells[4..]),
            n_normal: counts[0],
            n_suspicious: counts[1],
            n_known: counts[2],
            x,
            y,
        })
    }

    /// Returns the values of a column on the scored rows.
    fn values(&self, column: &str) -> Result<Vec<f64>, filter::Error> {
        let Judged {
            sessions,
            scored_rows,
            scores,
            ..
        } = self.judged;
        if column == SCORE {
            return Ok(scores.to_vec());
        }
        let series = filter::numbers(sessions, column)?;
        let values = series.to_numbers();
        if scored_rows.len() == values.len() {
            return Ok(values);
        }
        Ok(scored_rows
            .iter()
            .map(|&row| values[row as usize])
            .collect())
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
        None if name == SCORE => "Score".to_owned(),
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
        None if name == SCORE => Unit::Score,
        _ => Unit::Plain,
    }
}
