//! Cells in rows and columns: their colour says how many sessions, the size of a triangle how many suspicious ones.

use plotters::backend::DrawingBackend;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::text_anchor::{HPos, VPos};

use super::emphasis::Region;
use super::format::format_count;
use super::frame::{Header, Key, Sizes};
use super::pen::{Lettering, Pen, cut_in_middle, cut_to_fit, text_width};

/// Most of the width that names of rows take, as a share of the chart and in heights of the font.
const MAX_NAME: (f64, f64) = (0.3, 15.0);

/// Most of the height that names of columns take if they run upwards, as a share of the chart; but an IPv4 address finds
/// room.
const MAX_UPRIGHT_SHARE: f64 = 0.22;

/// About the width of an IPv4 address, in heights of the font.
const ADDRESS: f64 = 7.5;

/// A matrix to be drawn.
pub(super) struct Matrix<'a> {
    /// What it shows.
    pub(super) title: String,
    /// Title of the columns, below them.
    pub(super) x_title: String,
    /// Title of the rows, beside them; empty if their names say enough.
    pub(super) y_title: String,
    /// Names of the columns; empty ones are not written.
    pub(super) columns: Vec<String>,
    /// Names of the rows.
    pub(super) rows: Vec<String>,
    /// Whether the names of the columns run upwards.
    pub(super) is_upright: bool,
    /// Sessions, and suspicious ones, of a row and a column.
    pub(super) count: &'a dyn Fn(usize, usize) -> (u64, u64),
}

/// Where the cells of a matrix lie, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// All cells together.
    pub(super) plot: Region,
    /// Number of rows.
    pub(super) n_rows: usize,
    /// Number of columns.
    pub(super) n_columns: usize,
    /// Where the chart ends.
    size: (f64, f64),
}

impl Grid {
    /// Returns the row and column of the cell at a point.
    pub(super) fn cell_at(&self, (x, y): (f64, f64)) -> Option<(usize, usize)> {
        Some((self.row_at(y)?, self.column_at(x)?))
    }

    /// Returns the row at a distance from the upper edge.
    pub(super) fn row_at(&self, y: f64) -> Option<usize> {
        place(y, self.plot.top, self.plot.bottom, self.n_rows)
    }

    /// Returns the column at a distance from the left edge.
    pub(super) fn column_at(&self, x: f64) -> Option<usize> {
        place(x, self.plot.left, self.plot.right, self.n_columns)
    }

    /// Returns the row and column of the cell nearest to a point; `None` without cells.
    pub(super) fn nearest(&self, (x, y): (f64, f64)) -> Option<(usize, usize)> {
        let hair = 1e-6;
        let x = x.min(self.plot.right - hair).max(self.plot.left);
        let y = y.min(self.plot.bottom - hair).max(self.plot.top);
        self.cell_at((x, y))
    }

    /// Returns where the cells of some rows and columns lie, first and last included.
    pub(super) fn region(&self, rows: (usize, usize), columns: (usize, usize)) -> Region {
        let down = |row: usize| {
            let share = row as f64 / self.n_rows.max(1) as f64;
            self.plot.top + share * (self.plot.bottom - self.plot.top)
        };
        let across = |column: usize| {
            let share = column as f64 / self.n_columns.max(1) as f64;
            self.plot.left + share * (self.plot.right - self.plot.left)
        };
        Region {
            left: across(columns.0),
            top: down(rows.0),
            right: across(columns.1 + 1),
            bottom: down(rows.1 + 1),
        }
    }
}

/// Returns which of `n` equal parts between two ends a place lies in.
fn place(at: f64, start: f64, end: f64, n: usize) -> Option<usize> {
    let share = (at - start) / (end - start);
    (n > 0 && (0.0..1.0).contains(&share)).then(|| ((share * n as f64) as usize).min(n - 1))
}

impl Matrix<'_> {
    fn totals(&self) -> (u64, u64) {
        self.counts().fold((0, 0), |sums, (n_sessions, n_flagged)| {
            (sums.0 + n_sessions, sums.1 + n_flagged)
        })
    }

    /// Returns the largest number of sessions of a cell, and of suspicious ones.
    fn most(&self) -> (u64, u64) {
        self.counts().fold((0, 0), |most, (n_sessions, n_flagged)| {
            (most.0.max(n_sessions), most.1.max(n_flagged))
        })
    }

    fn counts(&self) -> impl Iterator<Item = (u64, u64)> {
        let cells = (0..self.rows.len())
            .flat_map(|row| (0..self.columns.len()).map(move |column| (row, column)));
        cells.map(|(row, column)| (self.count)(row, column))
    }

    fn header(&self) -> Header {
        let sessions = match self.most().0 {
            0 => "No sessions".to_owned(),
            1 => "1 session".to_owned(),
            most => format!("1 to {} sessions", format_count(most)),
        };
        let suspicious = format!("Suspicious: {}", format_count(self.totals().1));
        Header {
            title: self.title.clone(),
            legend: vec![(Key::Ramp, sessions), (Key::Triangle, suspicious)],
        }
    }

    /// Returns where the cells lie on a chart of this width and height.
    pub(super) fn grid(&self, (width, height): (f64, f64)) -> Grid {
        let sizes = Sizes::of((width, height));
        let line = 1.45 * sizes.text;
        let room = |names: &[String], most: f64| {
            let widest = names.iter().map(|name| text_width(name, sizes.text));
            // a hair more, so that the widest fits whatever the rounding
            widest.fold(0.0, f64::max).min(most) + 0.5
        };
        let most = (MAX_NAME.0 * width).min(MAX_NAME.1 * sizes.text);
        let title = if self.y_title.is_empty() { 0.0 } else { line };
        let left = sizes.margin + title + room(&self.rows, most) + 6.0;
        let right = (width - sizes.margin - 2.0).max(left + 1.0);
        let names = if self.is_upright {
            room(
                &self.columns,
                (MAX_UPRIGHT_SHARE * height).max(ADDRESS * sizes.text),
            ) + 6.0
        } else {
            line + 5.0
        };
        let top = self.header().end(width, sizes) + 0.4 * line;
        let bottom = (height - sizes.margin - line - names).max(top + 1.0);
        Grid {
            plot: Region {
                left,
                top,
                right,
                bottom,
            },
            n_rows: self.rows.len(),
            n_columns: self.columns.len(),
            size: (width, height),
        }
    }

    /// Draws it.
    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let size = pen.size();
        let sizes = Sizes::of(size);
        self.header().draw(pen, sizes)?;
        let grid = self.grid(size);
        self.draw_names(pen, &grid, sizes)?;
        let (most_sessions, most_flagged) = self.most();
        if most_sessions == 0 {
            pen.outline(grid.plot, 1.0, pen.theme.grid)?;
            let text = cut_to_fit("No sessions", sizes.text, grid.plot.right - grid.plot.left);
            return pen.write(&text, grid.plot.middle(), sizes.label(pen, HPos::Center));
        }
        let share = |n: u64, most: u64| (n as f64 / most.max(1) as f64).sqrt();
        for (row, column) in
            (0..grid.n_rows).flat_map(|row| (0..grid.n_columns).map(move |column| (row, column)))
        {
            let cell = grid.region((row, row), (column, column));
            let n_sessions = (self.count)(row, column).0;
            let to = (cell.right - 1.0, cell.bottom - 1.0);
            if n_sessions == 0 {
                let frame = Region {
                    right: to.0,
                    bottom: to.1,
                    ..cell
                };
                pen.outline(frame, 1.0, pen.theme.grid)?;
            } else {
                let along = if most_sessions > 1 {
                    share(n_sessions - 1, most_sessions - 1)
                } else {
                    1.0
                };
                pen.rectangle((cell.left, cell.top), to, pen.theme.ramp_at(along))?;
            }
        }
        // on top of all cells: in small ones a triangle reaches beyond its own
        for (row, column) in
            (0..grid.n_rows).flat_map(|row| (0..grid.n_columns).map(move |column| (row, column)))
        {
            let n_flagged = (self.count)(row, column).1;
            if n_flagged > 0 {
                let cell = grid.region((row, row), (column, column));
                let half = 0.5 * (cell.right - cell.left).min(cell.bottom - cell.top) - 2.5;
                let largest = half.clamp(3.0, 11.0);
                let radius = (largest * share(n_flagged, most_flagged)).max(2.5);
                let (x, y) = cell.middle();
                pen.edged_triangle((x - 0.5, y + 0.2 * radius), radius)?;
            }
        }
        Ok(())
    }

    fn draw_names<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        grid: &Grid,
        sizes: Sizes,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let (width, height) = grid.size;
        let line = 1.45 * sizes.text;
        let label = sizes.label(pen, HPos::Right);
        let row_height = (grid.plot.bottom - grid.plot.top) / grid.n_rows.max(1) as f64;
        // in low rows every other name, or fewer; letters are a little lower than their font
        let every = ((0.95 * sizes.text / row_height.max(1.0)).ceil() as usize).max(1);
        for (row, name) in self.rows.iter().enumerate().step_by(every) {
            let y = grid.region((row, row), (0, 0)).middle().1;
            let title = if self.y_title.is_empty() { 0.0 } else { line };
            let room = grid.plot.left - 6.0 - sizes.margin - title;
            let name = cut_in_middle(name, sizes.text, room);
            pen.write(&name, (grid.plot.left - 6.0, y), label)?;
        }
        let below = grid.plot.bottom + 5.0;
        for (column, name) in self.columns.iter().enumerate() {
            let cell = grid.region((0, 0), (column, column));
            let x = cell.middle().0;
            if self.is_upright {
                let room = height - sizes.margin - line - below;
                let name = cut_in_middle(name, sizes.text, room);
                let upright = Lettering {
                    is_upright: true,
                    along: VPos::Center,
                    ..label
                };
                if cell.right - cell.left >= sizes.text || column % 2 == 0 {
                    pen.write(&name, (x, below), upright)?;
                }
            } else if !name.is_empty() {
                let at = (cell.left, below + 0.5 * line);
                pen.write(name, at, sizes.label(pen, HPos::Center))?;
            }
        }
        let title = Lettering {
            color: pen.theme.ink,
            along: VPos::Bottom,
            ..sizes.label(pen, HPos::Center)
        };
        let (middle_x, middle_y) = grid.plot.middle();
        let x_title = cut_to_fit(&self.x_title, sizes.text, width - grid.plot.left);
        let half = 0.5 * text_width(&x_title, sizes.text);
        let x = middle_x.min(width - half);
        pen.write(&x_title, (x, height - sizes.margin), title)?;
        let y_title = cut_to_fit(&self.y_title, sizes.text, grid.plot.bottom - grid.plot.top);
        let upright = Lettering {
            is_upright: true,
            along: VPos::Top,
            ..title
        };
        pen.write(&y_title, (sizes.margin, middle_y), upright)
    }
}
