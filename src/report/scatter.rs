//! The marks of the scatter plot, thinned to what a plot can show.

use serde::{Deserialize, Serialize};

use super::{Cells, Scoring};
use crate::features::selection::Selection;
use crate::forest;
use crate::traffic::{DURATION, Role, Sessions};

/// Columns and rows of the grid that keeps one normal mark a cell: about the size of a mark on a large plot.
const NORMAL_GRID: (usize, usize) = (400, 300);

/// Columns and rows of the grid that keeps one suspicious mark a cell: so fine that a mark covers all that it stands for.
const SUSPICIOUS_GRID: (usize, usize) = (800, 600);

/// Scored rows in the plane of two columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scatter {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Normal rows, the first in each cell of a grid over the linear or the logarithmic plane.
    pub normal: Vec<(f64, f64)>,
    /// Suspicious rows, the first in each cell of a finer grid.
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
    /// Smallest finite value; infinity if there is none.
    pub low: f64,
    /// Largest finite value; minus infinity if there is none.
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
            let value = values[row as usize];
            if value < low && value > f64::NEG_INFINITY {
                low = value;
            }
            if value > high && value < f64::INFINITY {
                high = value;
            }
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

/// Where the values of an axis lie, as shares from 0 to 1.
#[derive(Debug, Clone, Copy)]
struct Shares {
    low: f64,
    per_value: f64,
    log_base: f64,
    log_low: f64,
    per_log: f64,
}

impl Shares {
    fn of(axis: &Axis) -> Shares {
        let log_base = axis.low.min(0.0);
        let log_low = rough_log2(1.0 + (axis.low - log_base));
        // an axis of one value has all its marks in the first cell
        let inverse = |length: f64| if length > 0.0 { 1.0 / length } else { 0.0 };
        Shares {
            low: axis.low,
            per_value: inverse(axis.high - axis.low),
            log_base,
            log_low,
            per_log: inverse(rough_log2(1.0 + (axis.high - log_base)) - log_low),
        }
    }

    fn linear(&self, value: f64) -> f64 {
        (value - self.low) * self.per_value
    }

    fn log(&self, value: f64) -> f64 {
        (rough_log2(1.0 + (value - self.log_base)) - self.log_low) * self.per_log
    }
}

/// Returns the binary logarithm of a number from 1 on to about 0.01, without a call of the C library.
///
/// It grows with its argument, which is all that a grid needs: exponent plus a parabola through the ends of the
/// mantissa's range, 0.3437 being where its largest errors above and below are least.
fn rough_log2(number: f64) -> f64 {
    let bits = number.to_bits();
    let exponent = (bits >> 52) as i64 - 1023;
    let fraction = f64::from_bits(bits & ((1 << 52) - 1) | 1.0_f64.to_bits()) - 1.0;
    exponent as f64 + fraction * (1.0 + 0.3437 * (1.0 - fraction))
}

/// Keeps the first mark of each cell, in the linear and in the logarithmic plane.
struct Thinning {
    grid: (usize, usize),
    linear: Cells,
    log: Cells,
    marks: Vec<(f64, f64)>,
    n_rows: u64,
}

impl Thinning {
    fn new(grid: (usize, usize)) -> Thinning {
        Thinning {
            grid,
            linear: Cells::new(grid.0, grid.1),
            log: Cells::new(grid.0, grid.1),
            marks: Vec::new(),
            n_rows: 0,
        }
    }

    fn add(&mut self, (x, y): (f64, f64), x_shares: &Shares, y_shares: &Shares) {
        self.n_rows += 1;
        if !(x.is_finite() && y.is_finite()) {
            return;
        }
        let cell =
            |share: f64, n_cells: usize| ((share * n_cells as f64) as usize).min(n_cells - 1);
        let (n_columns, n_rows) = self.grid;
        let is_new_linear = self.linear.take(
            cell(x_shares.linear(x), n_columns),
            cell(y_shares.linear(y), n_rows),
        );
        let is_new_log = self.log.take(
            cell(x_shares.log(x), n_columns),
            cell(y_shares.log(y), n_rows),
        );
        if is_new_linear || is_new_log {
            self.marks.push((x, y));
        }
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
        let (x_shares, y_shares) = (Shares::of(&x), Shares::of(&y));
        let mut normal = Thinning::new(NORMAL_GRID);
        let mut suspicious = Thinning::new(SUSPICIOUS_GRID);
        for (&row, &score) in selection.rows.iter().zip(scoring.scores) {
            let class = if forest::is_anomaly(score, scoring.threshold) {
                &mut suspicious
            } else {
                &mut normal
            };
            let point = (x_values[row as usize], y_values[row as usize]);
            class.add(point, &x_shares, &y_shares);
        }
        Scatter {
            x,
            y,
            normal: normal.marks,
            suspicious: suspicious.marks,
            n_normal: normal.n_rows,
            n_suspicious: suspicious.n_rows,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(values: impl Iterator<Item = f64> + Clone) -> Axis {
        let values: Vec<f64> = values.collect();
        let rows: Vec<u32> = (0..).take(values.len()).collect();
        Axis::new("", String::new(), Unit::Plain, &values, &rows)
    }

    /// Points spread over seven decades and both signs, the same everywhere.
    fn points(n: u32) -> Vec<(f64, f64)> {
        let spread =
            |i: u32, factor: u32| f64::from(i.wrapping_mul(factor) >> 8) / f64::from(1 << 24);
        (0..n)
            .map(|i| {
                let x = 10f64.powf(7.0 * spread(i, 2_654_435_761));
                (x, 1e4 * spread(i, 40_503_001) - 5e3)
            })
            .collect()
    }

    #[test]
    fn rough_logarithms_grow_and_are_near() {
        let mut last = -1.0;
        for i in 0..20_000 {
            let number = 1.001_f64.powi(i);
            let rough = rough_log2(number);
            assert!(rough > last, "{number}");
            assert!((rough - number.log2()).abs() < 0.009, "{number}: {rough}");
            last = rough;
        }
        assert_eq!(rough_log2(1.0), 0.0);
    }

    #[test]
    fn every_point_has_a_mark_in_its_cell() {
        let points = points(20_000);
        let x = Shares::of(&axis(points.iter().map(|point| point.0)));
        let y = Shares::of(&axis(points.iter().map(|point| point.1)));
        let grid = (20, 15);
        let mut thinning = Thinning::new(grid);
        for &point in &points {
            thinning.add(point, &x, &y);
        }
        assert_eq!(thinning.n_rows, 20_000);
        assert!(
            thinning.marks.len() <= 2 * grid.0 * grid.1,
            "{}",
            thinning.marks.len()
        );
        let is_near = |a: f64, b: f64, n_cells: usize| (a - b).abs() <= 1.0 / n_cells as f64;
        for &(point_x, point_y) in &points {
            assert!(thinning.marks.iter().any(|mark| {
                is_near(x.linear(mark.0), x.linear(point_x), grid.0)
                    && is_near(y.linear(mark.1), y.linear(point_y), grid.1)
            }));
            assert!(thinning.marks.iter().any(|mark| {
                is_near(x.log(mark.0), x.log(point_x), grid.0)
                    && is_near(y.log(mark.1), y.log(point_y), grid.1)
            }));
        }
    }

    #[test]
    fn equal_huge_and_missing_values_find_a_cell() {
        for values in [
            [5.0, 5.0],
            [f64::MIN, f64::MAX],
            [f64::NAN, 1.0],
            [f64::INFINITY, f64::NAN],
        ] {
            let axis = axis(values.into_iter());
            let shares = Shares::of(&axis);
            let mut thinning = Thinning::new(NORMAL_GRID);
            for value in values {
                thinning.add((value, value), &shares, &shares);
            }
            let n_finite = values.iter().filter(|value| value.is_finite()).count();
            assert_eq!(thinning.n_rows, 2);
            assert!(
                thinning.marks.len() <= n_finite && thinning.marks.is_empty() == (n_finite == 0)
            );
        }
    }
}
