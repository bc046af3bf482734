//! The marks of the scatter plot, thinned to what a plot can show.

use serde::{Deserialize, Serialize};

use super::picture::Left;
use super::{Counts, ScatterQuery};
use crate::features::selection::Selection;
use crate::filter::{self, AllowList, Judged, SCORE, Verdict};
use crate::table::Extent;
use crate::traffic::{DURATION, Role, STRETCH_ROWS, Series, Sessions};

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
    fn new(column: &str, title: String, unit: Unit, Extent { low, high }: Extent) -> Axis {
        Axis {
            column: column.to_owned(),
            title,
            unit,
            low,
            high,
        }
    }
}

/// The plane of the plot in cells about as large as a mark, on linear axes and on logarithmic ones; of each cell only the
/// rows that can become its marks.
///
/// Wherever the threshold lies, a cell holds a suspicious row if the one with its lowest score is one, and a normal row if
/// the one with its highest score is one.
#[derive(Debug)]
pub struct Field {
    x: Axis,
    y: Axis,
    /// The rows with the lowest score of a cell, without those on the allow-list; here and below by row.
    lowest: Vec<Mark>,
    /// The rows with the lowest score of those on the allow-list.
    lowest_known: Vec<Mark>,
    /// The rows with the highest score, of all.
    highest: Vec<Mark>,
}

/// Stands for no row.
const NONE: u32 = u32::MAX;

/// The lowest and the highest score in a cell so far, and whose they are: looked up in the scores, each would be far away in
/// memory.
#[derive(Debug, Clone, Copy)]
struct Extremes {
    low: f64,
    high: f64,
    lowest: u32,
    highest: u32,
}

impl Extremes {
    const NONE: Extremes = Extremes {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        lowest: NONE,
        highest: NONE,
    };

    fn take_low(&mut self, score: f64, position: u32) {
        if score < self.low {
            (self.low, self.lowest) = (score, position);
        }
    }

    fn take_high(&mut self, score: f64, position: u32) {
        if score > self.high {
            (self.high, self.highest) = (score, position);
        }
    }
}

/// Cuts an axis into cells, both linearly and by a rough logarithm.
struct Ruler {
    /// What values are multiplied by, so that their differences are numbers with all their digits; mostly 1.
    scale: f64,
    low: f64,
    per_unit: f64,
    /// Zero, or the lowest value if that is negative: what logarithms count from.
    floor: f64,
    log_low: f64,
    per_log: f64,
}

/// The logarithm of 1 + a value, up to a constant and factor, straight between powers of two: enough to choose a cell.
fn rough_log(value: f64) -> f64 {
    // the sign bit is off, and processors turn signed integers into floats at once
    (1.0 + value).to_bits() as i64 as f64
}

impl Ruler {
    fn new((lowest, highest): (f64, f64), n_cells: usize) -> Ruler {
        let per = |low: f64, high: f64| {
            let per = (n_cells as f64 - 0.5) / (high - low);
            // of one value, or of values that are next to none apart, all lie in the first cell
            if per.is_finite() { per } else { 0.0 }
        };
        let scale = match lowest.abs().max(highest.abs()) {
            size if size > 1e300 => 0.125,
            // 2^512
            size if size < 1e-290 => 1.340_780_792_994_259_7e154,
            _ => 1.0,
        };
        let floor = lowest.min(0.0);
        let (log_low, log_high) = (rough_log(lowest - floor), rough_log(highest - floor));
        Ruler {
            scale,
            low: scale * lowest,
            per_unit: per(scale * lowest, scale * highest),
            floor,
            log_low,
            per_log: per(log_low, log_high),
        }
    }

    fn cells(&self, value: f64) -> (usize, usize) {
        let linear = (self.scale * value - self.low) * self.per_unit;
        let log = (rough_log(value - self.floor) - self.log_low) * self.per_log;
        // neither is negative, and processors turn signed integers into floats and back at once
        (linear as i32 as usize, log as i32 as usize)
    }
}

/// The scored rows by the values on both axes.
struct Spread<'a> {
    selection: &'a Selection,
    scores: &'a [f64],
    x: Series<'a>,
    /// `None` for the scores.
    y: Option<Series<'a>>,
}

impl Spread<'_> {
    /// Calls with the first position and the values of a block of rows after the other: those of all rows at once would take
    /// twice the room of the scores.
    fn for_each_block(&self, mut visit: impl FnMut(usize, &[f64], &[f64])) {
        let (mut x_values, mut y_values) = (Vec::new(), Vec::new());
        let mut first = 0;
        for rows in self.selection.rows.chunks(STRETCH_ROWS) {
            x_values.clear();
            self.x.append_rows(rows, &mut x_values);
            match self.y {
                Some(series) => {
                    y_values.clear();
                    series.append_rows(rows, &mut y_values);
                    visit(first, &x_values, &y_values);
                }
                None => visit(first, &x_values, &self.scores[first..first + rows.len()]),
            }
            first += rows.len();
        }
    }

    /// Returns the extents of the values on both axes.
    fn extents(&self) -> (Extent, Extent) {
        let (mut x_range, mut y_range) = (Extent::default(), Extent::default());
        self.for_each_block(|_, x_values, y_values| {
            x_range.add_all(x_values);
            y_range.add_all(y_values);
        });
        (x_range, y_range)
    }

    fn mark(&self, position: u32) -> Mark {
        let row = self.selection.rows[position as usize];
        let score = || self.scores[position as usize];
        Mark {
            row,
            x: self.x.number(row as usize),
            y: self
                .y
                .map_or_else(score, |series| series.number(row as usize)),
        }
    }
}

impl Field {
    /// Builds it from the scores of all rows of the selection.
    pub fn build(
        sessions: &Sessions,
        selection: &Selection,
        scores: &[f64],
        allow_list: &AllowList,
    ) -> Field {
        let (x_name, y_name) = axes(sessions, selection);
        let series = |name: &str| {
            sessions
                .numbers(name)
                .expect("a feature or a column with a part is a column of numbers")
        };
        let spread = Spread {
            selection,
            scores,
            x: series(&x_name),
            y: y_name.as_deref().map(series),
        };
        let (x_range, y_range) = spread.extents();
        let axis = |name: &str, range: Extent| {
            Axis::new(name, title(sessions, name), unit(sessions, name), range)
        };
        let x = axis(&x_name, x_range);
        let y = axis(y_name.as_deref().unwrap_or(SCORE), y_range);
        let (x_ruler, y_ruler) = (
            Ruler::new((x.low, x.high), CELLS.0),
            Ruler::new((y.low, y.high), CELLS.1),
        );
        let cells = || [(); 2].map(|()| vec![Extremes::NONE; CELLS.0 * CELLS.1]);
        let mut found = cells();
        let mut found_known = (!allow_list.is_empty()).then(cells);
        spread.for_each_block(|first, x_values, y_values| {
            let values = x_values.iter().zip(y_values).zip(&scores[first..]);
            for (position, ((&x_value, &y_value), &score)) in (first..).zip(values) {
                if !(x_value.is_finite() && y_value.is_finite()) {
                    continue;
                }
                let (x_cells, y_cells) = (x_ruler.cells(x_value), y_ruler.cells(y_value));
                let at = [(x_cells.0, y_cells.0), (x_cells.1, y_cells.1)];
                let at = at.map(|(x, y)| y * CELLS.0 + x);
                let here = position as u32;
                let row = selection.rows[position] as usize;
                let known = found_known
                    .as_mut()
                    .filter(|_| allow_list.covering(sessions, row).is_some());
                for (cells, at) in found.iter_mut().zip(at) {
                    cells[at].take_high(score, here);
                }
                for (cells, at) in known.unwrap_or(&mut found).iter_mut().zip(at) {
                    cells[at].take_low(score, here);
                }
            }
        });
        let marks = |cells: &[Vec<Extremes>], of: fn(&Extremes) -> u32| {
            let positions = each_once(cells.iter().flatten().map(of)).into_iter();
            positions.map(|position| spread.mark(position)).collect()
        };
        Field {
            x,
            y,
            lowest: marks(&found, |cell| cell.lowest),
            lowest_known: marks(
                found_known.as_ref().map_or(&[], |cells| &cells[..]),
                |cell| cell.lowest,
            ),
            highest: marks(&found, |cell| cell.highest),
        }
    }

    /// Returns the marks for a threshold, given the verdict on each row of the table.
    pub(super) fn marks(&self, verdicts: &[Verdict], counts: Counts) -> Scatter {
        let marks = |of: &[Mark], verdict: Verdict| {
            let marks = of.iter().copied();
            marks
                .filter(|mark| verdicts[mark.row as usize] == verdict)
                .collect()
        };
        Scatter {
            x: self.x.clone(),
            y: self.y.clone(),
            normal: marks(&self.highest, Verdict::Normal),
            suspicious: marks(&self.lowest, Verdict::Suspicious),
            known: marks(&self.lowest_known, Verdict::Known),
            n_normal: counts.n_scored - counts.n_flagged - counts.n_known,
            n_suspicious: counts.n_flagged,
            n_known: counts.n_known,
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

/// Returns the positions that cells keep, ascending: a row can be the mark of a cell on both kinds of axes.
fn each_once(kept: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut positions: Vec<u32> = kept.filter(|&position| position != NONE).collect();
    positions.sort_unstable();
    positions.dedup();
    positions
}

/// The plane that a query asks for, and what of it is kept.
pub(super) struct Plane<'a> {
    pub(super) judged: Judged<'a>,
    pub(super) selection: &'a Selection,
    pub(super) query: &'a ScatterQuery,
    /// The rows that the conditions leave.
    pub(super) left: &'a Left,
}

/// The numbers along an axis.
enum Along<'a> {
    /// By position in the selection.
    Scores(&'a [f64]),
    /// By row, where all rows are looked at.
    Numbers(Vec<f64>),
    /// By row, where some are.
    Column(Series<'a>),
}

impl Along<'_> {
    fn number(&self, row: u32, position: u32) -> f64 {
        match self {
            Along::Scores(scores) => scores[position as usize],
            Along::Numbers(numbers) => numbers[row as usize],
            Along::Column(series) => series.number(row as usize),
        }
    }
}

impl Plane<'_> {
    /// Returns the names of its columns.
    pub(super) fn columns(&self) -> (String, String) {
        let (default_x, default_y) = axes(self.judged.sessions, self.selection);
        let y = self.query.y.clone().or(default_y);
        (
            self.query.x.clone().unwrap_or(default_x),
            y.unwrap_or_else(|| SCORE.to_owned()),
        )
    }

    /// Returns the axis of a column, from its least value of all scored rows to the greatest.
    ///
    /// # Errors
    /// [`filter::Error`] for a column that has no numbers.
    pub(super) fn axis(&self, column: &str) -> Result<Axis, filter::Error> {
        let along = self.along(column, true)?;
        let rows = self.judged.scored_rows.iter().zip(0..);
        let mut extent = Extent::default();
        rows.for_each(|(&row, position)| extent.add(along.number(row, position)));
        let sessions = self.judged.sessions;
        Ok(Axis::new(
            column,
            title(sessions, column),
            unit(sessions, column),
            extent,
        ))
    }

    /// Returns the marks of the rows that are left: of each cell the most suspicious suspicious one, the most suspicious
    /// known one and the most normal one, as [`Field`] does.
    ///
    /// # Errors
    /// [`filter::Error`] for columns that have no numbers, and for an empty window.
    pub(super) fn marks(&self, x: Axis, y: Axis) -> Result<Scatter, filter::Error> {
        let scores = self.judged.scores;
        let is_all = matches!(self.left, Left::All(_));
        let (along_x, along_y) = (
            self.along(&x.column, is_all)?,
            self.along(&y.column, is_all)?,
        );
        let (x_shown, y_shown) = match self.query.window {
            Some((x_window, y_window)) => (checked(x_window)?, checked(y_window)?),
            None => ((x.low, x.high), (y.low, y.high)),
        };
        let (x_ruler, y_ruler) = (Ruler::new(x_shown, CELLS.0), Ruler::new(y_shown, CELLS.1));
        let within = |(low, high): (f64, f64), value: f64| low <= value && value <= high;
        // of each class, on linear axes and on logarithmic ones
        let mut cells = [(); 6].map(|()| vec![NONE; CELLS.0 * CELLS.1]);
        let mut counts = [0_u64; 3];
        self.left.for_each(|row| {
            let class = match self.judged.verdicts[row] {
                Verdict::Normal => 0,
                Verdict::Suspicious => 1,
                Verdict::Known => 2,
                Verdict::NotScored => return,
            };
            let row = row as u32;
            let Some(position) = self.selection.position(row) else {
                return;
            };
            let (x_value, y_value) = (along_x.number(row, position), along_y.number(row, position));
            let is_shown = within(x_shown, x_value) && within(y_shown, y_value);
            counts[class] += u64::from(self.query.window.is_none() || is_shown);
            if !is_shown {
                return;
            }
            let (x_cells, y_cells) = (x_ruler.cells(x_value), y_ruler.cells(y_value));
            for (kind, at) in [(x_cells.0, y_cells.0), (x_cells.1, y_cells.1)]
                .into_iter()
                .enumerate()
            {
                let cell = &mut cells[2 * class + kind][at.1 * CELLS.0 + at.0];
                let is_better = *cell == NONE || {
                    let (new, old) = (scores[position as usize], scores[*cell as usize]);
                    if class == 0 { new > old } else { new < old }
                };
                if is_better {
                    *cell = position;
                }
            }
        });
        let marks = |of: &[Vec<u32>]| {
            let mark = |position: u32| {
                let row = self.judged.scored_rows[position as usize];
                Mark {
                    row,
                    x: along_x.number(row, position),
                    y: along_y.number(row, position),
                }
            };
            let positions = each_once(of.iter().flatten().copied());
            positions.into_iter().map(mark).collect()
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

    fn along(&self, column: &str, is_all: bool) -> Result<Along<'_>, filter::Error> {
        if column == SCORE {
            return Ok(Along::Scores(self.judged.scores));
        }
        let series = filter::numbers(self.judged.sessions, column)?;
        Ok(if is_all {
            Along::Numbers(series.to_numbers())
        } else {
            Along::Column(series)
        })
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
