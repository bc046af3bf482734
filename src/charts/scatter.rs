//! The scatter plot.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::axis::Axis;
use super::cells::Cells;
use super::format::{format_count, format_value};
use super::frame::{Frame, Key, Plot};
use super::pen::{Pen, Point};
use super::{Scale, Style};
use crate::report::{self, Mark, Scatter, Unit};

/// Free room around the outermost marks, in CSS pixels.
const INSET: f64 = 8.0;

/// Marks nearer than this to an earlier one of their class are not drawn again, in CSS pixels.
const NORMAL_CELL: f64 = 3.0;

/// The same of suspicious marks.
const SUSPICIOUS_CELL: f64 = 2.0;

/// More marks than this of a class are drawn plainer, so that a frame suffices for them.
const CROWD: usize = 3000;

/// Draws the scatter plot: normal sessions as discs, suspicious ones as triangles on top.
///
/// # Errors
/// What the backend says.
pub fn draw_scatter<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    scatter: &Scatter,
    scale: Scale,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::on(area, style)?;
    let axis = |axis: &report::Axis| {
        Axis::of_values(axis.low, axis.high, axis.unit, scale).with_insets((INSET, INSET))
    };
    let frame = Frame {
        title: format!(
            "{} and {} of each session",
            scatter.x.title,
            in_sentence(&scatter.y)
        ),
        legend: [
            (
                Key::Disc,
                format!("Normal: {}", format_count(scatter.n_normal)),
            ),
            (
                Key::Triangle,
                format!("Suspicious: {}", format_count(scatter.n_suspicious)),
            ),
        ],
        x_title: &axis_title(&scatter.x, scale),
        y_title: &axis_title(&scatter.y, scale),
        x: axis(&scatter.x),
        y: axis(&scatter.y),
    };
    let plot = frame.draw(&pen)?;
    let size = pen.size();
    let discs = places(&plot, &scatter.normal, size, NORMAL_CELL);
    for &point in &discs {
        if discs.len() > CROWD {
            pen.square(point, plot.sizes.disc)?;
        } else {
            pen.disc(point, plot.sizes.disc)?;
        }
    }
    let triangles = places(&plot, &scatter.suspicious, size, SUSPICIOUS_CELL);
    for &point in &triangles {
        if triangles.len() > CROWD {
            pen.triangle(point, plot.sizes.triangle)?;
        } else {
            pen.edged_triangle(point, plot.sizes.triangle)?;
        }
    }
    Ok(())
}

/// Returns where marks lie, one for each cell of this size.
fn places(plot: &Plot, marks: &[Mark], (width, height): (f64, f64), cell: f64) -> Vec<Point> {
    let count = |length: f64| (length / cell) as usize + 1;
    let (n_columns, n_rows) = (count(width), count(height));
    let mut cells = Cells::new(n_columns, n_rows);
    let place = |mark: &Mark| {
        let (x, y) = (plot.x(mark.x)?, plot.y(mark.y)?);
        let (column, row) = ((x / cell) as usize, (y / cell) as usize);
        cells
            .take(column.min(n_columns - 1), row.min(n_rows - 1))
            .then_some((x, y))
    };
    marks.iter().filter_map(place).collect()
}

/// Says what the scatter plot shows.
pub fn describe_scatter(scatter: &Scatter) -> String {
    let range = |axis: &report::Axis| {
        if axis.low.is_finite() && axis.high.is_finite() {
            let end = |value| format_value(value, axis.unit);
            format!(
                "{} from {} to {}",
                in_sentence(axis),
                end(axis.low),
                end(axis.high)
            )
        } else {
            format!("{} without values", in_sentence(axis))
        }
    };
    format!(
        "Scatter plot of {} against {}. Normal sessions: {}; suspicious: {}.",
        range(&scatter.y),
        range(&scatter.x),
        format_count(scatter.n_normal),
        format_count(scatter.n_suspicious),
    )
}

fn axis_title(axis: &report::Axis, scale: Scale) -> String {
    let title = &axis.title;
    let unit = match axis.unit {
        Unit::Bytes => "bytes",
        Unit::Seconds => "seconds",
        Unit::Score => "lower is more suspicious",
        Unit::Plain => "",
    };
    match (unit, scale) {
        ("", Scale::Linear) => title.clone(),
        ("", Scale::Log) => format!("{title} (log scale)"),
        (unit, Scale::Linear) => format!("{title} ({unit})"),
        (unit, Scale::Log) => format!("{title} ({unit}, log scale)"),
    }
}

/// Returns an axis' title for the middle of a sentence; the name of a column stays as it is.
fn in_sentence(axis: &report::Axis) -> String {
    let mut characters = axis.title.chars();
    match characters.next() {
        Some(first) if axis.unit != Unit::Plain => first.to_lowercase().chain(characters).collect(),
        _ => axis.title.clone(),
    }
}
