//! The histogram of scores.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::style::text_anchor::HPos;

use super::axis::Axis;
use super::data::DataTable;
use super::emphasis::{Direction, Region, stepped};
use super::format::{format_count, format_near, format_value};
use super::frame::{Frame, Header, Key};
use super::pen::{Pen, text_width};
use super::{Scale, Style};
use crate::report::{Histogram, Unit};

/// Free room above the highest bar, for the threshold's label, in CSS pixels.
const HEADROOM: f64 = 22.0;

/// Draws the histogram: a bar for each stretch of scores, its suspicious part at the foot, the threshold as a dashed line.
///
/// # Errors
/// What the backend says.
pub fn draw_histogram<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    histogram: &Histogram,
    threshold: f64,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::on(area, style)?;
    let bars: Vec<(u64, u64)> = bars(histogram).collect();
    let plot = frame(histogram, threshold).draw(&pen)?;
    let edge = |i: usize| edge(histogram, i);
    for (i, &(normal, suspicious)) in bars.iter().enumerate() {
        let Some(sides) = plot.sides(edge(i), edge(i + 1)) else {
            continue;
        };
        if normal > 0 {
            let n_rows = (normal + suspicious) as f64;
            plot.bar(&pen, sides, n_rows, pen.theme.normal)?;
        }
        if suspicious > 0 {
            plot.bar(&pen, sides, suspicious as f64, pen.theme.suspicious)?;
        }
    }
    let Some(x) = plot.x(threshold) else {
        return Ok(());
    };
    pen.dashes((x, plot.top), plot.bottom, pen.theme.ink)?;
    let label = format!("Threshold {}", format_value(threshold, Unit::Score));
    let room = text_width(&label, plot.sizes.text) + 8.0;
    let (across, offset) = if x + room <= plot.right {
        (HPos::Left, 6.0)
    } else {
        (HPos::Right, -6.0)
    };
    let mut lettering = plot.label(&pen, across);
    lettering.color = pen.theme.ink;
    pen.write(
        &label,
        (x + offset, plot.top + 0.7 * plot.sizes.text),
        lettering,
    )
}

/// Where the scores lie across a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Lowest score of the axis, and where it lies, in CSS pixels from the left edge.
    pub low: (f64, f64),
    /// Highest score of the axis, and where it lies.
    pub high: (f64, f64),
    /// Where the bars lie together.
    pub plot: Region,
}

impl Span {
    /// Returns the score at this distance from the left edge, in CSS pixels; beyond the axis that of its end.
    pub fn score_at(&self, x: f64) -> f64 {
        let ((low, left), (high, right)) = (self.low, self.high);
        let share = ((x - left) / (right - left).max(1.0)).clamp(0.0, 1.0);
        low + share * (high - low)
    }

    /// Returns where a score lies, in CSS pixels from the left edge.
    pub fn x(&self, score: f64) -> f64 {
        self.region(score, score).left
    }

    /// Returns where a range of scores lies, as far as it is shown, as high as the plot.
    pub fn region(&self, low: f64, high: f64) -> Region {
        let ((first, left), (last, right)) = (self.low, self.high);
        let place = |score: f64| {
            let share = (score - first) / (last - first);
            left + share.clamp(0.0, 1.0) * (right - left)
        };
        Region {
            left: place(low),
            right: place(high),
            ..self.plot
        }
    }

    /// Returns the left edge of a slider with thumbs of this half width whose ends are those of the axis, in CSS pixels.
    pub fn left_of_slider(&self, half_thumb: f64) -> f64 {
        (self.low.1 - half_thumb).max(0.0)
    }

    /// Returns the width of that slider.
    pub fn width_of_slider(&self, half_thumb: f64) -> f64 {
        self.high.1 - self.low.1 + 2.0 * half_thumb
    }
}

/// Returns where the scores lie across a histogram of this width and height, in CSS pixels.
pub fn histogram_span(histogram: &Histogram, threshold: f64, size: (f64, f64)) -> Span {
    let plot = frame(histogram, threshold).plot(size);
    let (low, high) = ends(histogram, threshold);
    let place = |score| (score, plot.x(score).unwrap_or_default());
    Span {
        low: place(low),
        high: place(high),
        plot: plot.region(),
    }
}

/// Returns the ends of the axis: the threshold can lie beyond all scores.
fn ends(histogram: &Histogram, threshold: f64) -> (f64, f64) {
    let (low, high) = (histogram.low, histogram.high);
    if threshold.is_finite() {
        (low.min(threshold), high.max(threshold))
    } else {
        (low, high)
    }
}

fn frame(histogram: &Histogram, threshold: f64) -> Frame<'static> {
    let highest = bars(histogram)
        .map(|(normal, suspicious)| normal + suspicious)
        .max()
        .unwrap_or(0);
    let (n_normal, n_suspicious) = totals(histogram);
    let ends = ends(histogram, threshold);
    Frame {
        header: Header {
            title: "Scores of the sessions".to_owned(),
            legend: vec![
                (Key::Bar, format!("Normal: {}", format_count(n_normal))),
                (
                    Key::FlaggedBar,
                    format!("Suspicious: {}", format_count(n_suspicious)),
                ),
            ],
        },
        x_title: "Score (lower is more suspicious)",
        y_title: "Sessions",
        x: Axis::of_values(ends.0, ends.1, Unit::Score, Scale::Linear).with_insets((4.0, 4.0)),
        y: Axis::of_counts(highest).with_insets((0.0, HEADROOM)),
    }
}

/// Says what the histogram shows.
pub fn describe_histogram(histogram: &Histogram, threshold: f64) -> String {
    let (n_normal, n_suspicious) = totals(histogram);
    let score = |value| format_value(value, Unit::Score);
    let threshold = score(threshold);
    if n_normal + n_suspicious == 0 {
        return format!(
            "Histogram of scores: no session was scored. The threshold is {threshold}."
        );
    }
    format!(
        "Histogram of scores from {} to {}; lower is more suspicious. Sessions: {}; below the threshold of {threshold}: {}.",
        score(histogram.low),
        score(histogram.high),
        format_count(n_normal + n_suspicious),
        format_count(n_suspicious),
    )
}

/// Returns the bar beside one; at an end itself.
pub fn histogram_bar_beside(histogram: &Histogram, bar: usize, direction: Direction) -> usize {
    stepped(bar, direction.step().0, histogram.normal.len())
}

/// Puts a bar into words, a line each; nothing if there is no such bar.
pub fn histogram_readout(histogram: &Histogram, bar: usize) -> Vec<String> {
    let Some((normal, suspicious)) = bars(histogram).nth(bar) else {
        return Vec::new();
    };
    vec![
        format!("Score {}", range(histogram, bar)),
        format!("Normal: {}", format_count(normal)),
        format!("Suspicious: {}", format_count(suspicious)),
    ]
}

fn range(histogram: &Histogram, bar: usize) -> String {
    let width = edge(histogram, bar + 1) - edge(histogram, bar);
    let end = |i: usize| format_near(edge(histogram, i), width, Unit::Score);
    format!("{} to {}", end(bar), end(bar + 1))
}

/// Returns the data of the histogram: a row for each bar.
pub fn histogram_table(histogram: &Histogram) -> DataTable {
    let rows = bars(histogram)
        .enumerate()
        .map(|(i, (normal, suspicious))| {
            [
                range(histogram, i),
                format_count(normal),
                format_count(suspicious),
            ]
        });
    DataTable::new(
        "Sessions by score; lower is more suspicious".to_owned(),
        ["Score", "Normal", "Suspicious"],
        rows,
    )
}

/// Returns where a bar begins.
fn edge(histogram: &Histogram, bar: usize) -> f64 {
    let (low, high) = (histogram.low, histogram.high);
    low + (high - low) * bar as f64 / histogram.normal.len() as f64
}

/// Returns normal and suspicious rows of each bar.
fn bars(histogram: &Histogram) -> impl Iterator<Item = (u64, u64)> {
    let both = histogram.normal.iter().zip(&histogram.suspicious);
    both.map(|(&normal, &suspicious)| (u64::from(normal), u64::from(suspicious)))
}

fn totals(histogram: &Histogram) -> (u64, u64) {
    bars(histogram).fold((0, 0), |sums, bar| (sums.0 + bar.0, sums.1 + bar.1))
}
