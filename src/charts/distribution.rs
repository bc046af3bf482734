//! How a column of numbers is distributed among normal and among suspicious sessions.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::axis::Axis;
use super::data::DataTable;
use super::emphasis::{Direction, Region, stepped};
use super::format::{fixed, format_count, format_near};
use super::frame::{Frame, Header, Key, Plot};
use super::pen::Pen;
use super::{Scale, Style};
use crate::report::{Distribution, Unit};
use crate::text::visible;

/// Draws the distribution: normal sessions upwards, suspicious ones downwards, each bar as a share of its class.
///
/// So a few suspicious sessions stand as tall as a million normal ones, and no bar covers another.
///
/// # Errors
/// What the backend says.
pub fn draw_distribution<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    distribution: &Distribution,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::on(area, style)?;
    let x_title = x_title(distribution);
    let plot = frame(distribution, &x_title).draw(&pen)?;
    let (n_normal, n_suspicious) = totals(distribution);
    for (i, (normal, suspicious)) in bars(distribution).enumerate() {
        let Some(sides) = sides(&plot, distribution, i) else {
            continue;
        };
        if normal > 0 {
            plot.bar(&pen, sides, percent(normal, n_normal), pen.theme.normal)?;
        }
        if suspicious > 0 {
            let share = percent(suspicious, n_suspicious);
            plot.bar(&pen, sides, -share, pen.theme.suspicious)?;
        }
    }
    match plot.y(0.0) {
        Some(foot) => pen.rule((plot.left, foot), (plot.right, foot), pen.theme.ink),
        None => Ok(()),
    }
}

fn frame<'a>(distribution: &Distribution, x_title: &'a str) -> Frame<'a> {
    let (n_normal, n_suspicious) = totals(distribution);
    let (highest_up, highest_down) = bars(distribution).fold((0.0_f64, 0.0_f64), |most, bar| {
        (
            most.0.max(percent(bar.0, n_normal)),
            most.1.max(percent(bar.1, n_suspicious)),
        )
    });
    let edges = &distribution.edges;
    let ends = match (edges.first(), edges.last()) {
        (Some(&low), Some(&high)) => (low, high),
        _ => (f64::NAN, f64::NAN),
    };
    let scale = if distribution.is_log {
        Scale::Log
    } else {
        Scale::Linear
    };
    Frame {
        header: Header {
            title: visible(format!("Distribution of {}", distribution.column)),
            legend: vec![
                (Key::Bar, format!("Normal (up): {}", format_count(n_normal))),
                (
                    Key::FlaggedBar,
                    format!("Suspicious (down): {}", format_count(n_suspicious)),
                ),
            ],
        },
        x_title,
        y_title: "Share of its class",
        x: Axis::of_values(ends.0, ends.1, Unit::Plain, scale).with_insets((4.0, 4.0)),
        y: Axis::of_shares(highest_down, highest_up).with_insets((4.0, 4.0)),
    }
}

fn x_title(distribution: &Distribution) -> String {
    let scale = if distribution.is_log {
        " (log scale)"
    } else {
        ""
    };
    visible(format!("{}{scale}", distribution.column))
}

fn percent(n: u64, of: u64) -> f64 {
    100.0 * n as f64 / of.max(1) as f64
}

/// Returns normal and suspicious sessions of each bar.
fn bars(distribution: &Distribution) -> impl Iterator<Item = (u64, u64)> {
    let normal = distribution.normal.iter().copied();
    normal.zip(distribution.suspicious.iter().copied())
}

fn totals(distribution: &Distribution) -> (u64, u64) {
    bars(distribution).fold((0, 0), |sums, bar| (sums.0 + bar.0, sums.1 + bar.1))
}

fn sides(plot: &Plot, distribution: &Distribution, bar: usize) -> Option<(f64, f64)> {
    let edges = &distribution.edges;
    plot.sides(*edges.get(bar)?, *edges.get(bar + 1)?)
}

/// Where the bars of a distribution lie.
#[derive(Debug, Clone)]
pub struct DistributionSpan {
    plot: Plot,
    /// Where the bars end.
    edges: Vec<f64>,
}

/// Returns where the bars lie on a chart of this width and height, in CSS pixels.
pub fn distribution_span(distribution: &Distribution, size: (f64, f64)) -> DistributionSpan {
    let x_title = x_title(distribution);
    let plot = frame(distribution, &x_title).plot(size);
    let place = |&edge: &f64| plot.x(edge).unwrap_or(plot.left);
    DistributionSpan {
        edges: distribution.edges.iter().map(place).collect(),
        plot,
    }
}

impl DistributionSpan {
    /// Returns where the bars lie together.
    pub fn plot(&self) -> Region {
        self.plot.region()
    }

    /// Returns the bar nearest to a distance from the left edge; `None` without bars.
    pub fn bar_at(&self, x: f64) -> Option<usize> {
        let n_bars = self.edges.len().checked_sub(1).filter(|&n| n > 0)?;
        let after = self.edges.partition_point(|&edge| edge <= x);
        Some(after.saturating_sub(1).min(n_bars - 1))
    }

    /// Returns where the bars from one to another lie, both included, as high as the plot.
    ///
    /// Its ends are the [`Distribution::edges`] of the first and after the last.
    pub fn region(&self, from: usize, to: usize) -> Region {
        let edge = |i: usize| self.edges.get(i).copied();
        let (first, last) = (from.min(to), from.max(to));
        let whole = self.plot.region();
        Region {
            left: edge(first).unwrap_or(whole.left),
            right: edge(last + 1).unwrap_or(whole.right),
            ..whole
        }
    }

    /// Returns the bar beside one; at an end itself.
    pub fn moved(&self, bar: usize, direction: Direction) -> usize {
        stepped(bar, direction.step().0, self.edges.len().saturating_sub(1))
    }
}

/// Puts a bar into words, a line each.
pub fn distribution_readout(distribution: &Distribution, bar: usize) -> Vec<String> {
    let (n_normal, n_suspicious) = totals(distribution);
    let (normal, suspicious) = bars(distribution).nth(bar).unwrap_or_default();
    vec![
        format!("{} {}", distribution.column, range(distribution, bar)),
        format!("Normal: {}", counted(normal, n_normal)),
        format!("Suspicious: {}", counted(suspicious, n_suspicious)),
    ]
}

fn range(distribution: &Distribution, bar: usize) -> String {
    let edge = |i: usize| distribution.edges.get(i).copied().unwrap_or(f64::NAN);
    let (low, high) = (edge(bar), edge(bar + 1));
    let end = |value| format_near(value, high - low, Unit::Plain);
    format!("{} to {}", end(low), end(high))
}

fn counted(n: u64, of: u64) -> String {
    format!("{} ({}%)", format_count(n), fixed(percent(n, of), 1))
}

/// Says what the distribution shows.
pub fn describe_distribution(distribution: &Distribution) -> String {
    let (n_normal, n_suspicious) = totals(distribution);
    let name = &distribution.column;
    if n_normal + n_suspicious == 0 {
        return format!("Distribution of {name}: no sessions.");
    }
    let mut text = format!(
        "Distribution of {name} among {} normal and {} suspicious sessions, each as shares of its class",
        format_count(n_normal),
        format_count(n_suspicious)
    );
    // of equally high ones the first
    let highest = |counts: &[u64]| (0..counts.len()).rev().max_by_key(|&i| counts[i]);
    for (class, counts, total) in [
        ("normal", &distribution.normal, n_normal),
        ("suspicious", &distribution.suspicious, n_suspicious),
    ] {
        if let Some(i) = highest(counts).filter(|_| total > 0) {
            let share = fixed(percent(counts[i], total), 1);
            let range = range(distribution, i);
            text += &format!("; of the {class} ones most, {share}%, from {range}");
        }
    }
    text + "."
}

/// Returns the data of the distribution: a row for each bar.
pub fn distribution_table(distribution: &Distribution) -> DataTable {
    let (n_normal, n_suspicious) = totals(distribution);
    let rows = bars(distribution)
        .enumerate()
        .map(|(i, (normal, suspicious))| {
            [
                range(distribution, i),
                format_count(normal),
                format!("{}%", fixed(percent(normal, n_normal), 1)),
                format_count(suspicious),
                format!("{}%", fixed(percent(suspicious, n_suspicious), 1)),
            ]
        });
    DataTable::new(
        format!("Sessions by {}", distribution.column),
        [
            &distribution.column,
            "Normal",
            "Share of normal",
            "Suspicious",
            "Share of suspicious",
        ],
        rows,
    )
}
