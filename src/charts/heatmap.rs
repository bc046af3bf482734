//! Sessions by hour and weekday.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::Style;
use super::data::DataTable;
use super::emphasis::{Direction, Region, stepped};
use super::format::format_count;
use super::matrix::{Grid, Matrix};
use super::pen::Pen;
use crate::report::Heatmap;

/// Names of the days, from Monday.
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Hours of a day.
const HOURS: usize = 24;

/// An hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// 0 is Monday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
}

impl Hour {
    /// Returns the hour with the most suspicious sessions, of those the one with the most sessions, of those the first.
    pub fn busiest(heatmap: &Heatmap) -> Option<Hour> {
        let counts = heatmap.n_flagged.iter().zip(&heatmap.n_sessions);
        let (place, _) = counts.enumerate().rev().max_by_key(|(_, counts)| *counts)?;
        Some(Hour::of((place / 24, place % 24)))
    }

    fn of((row, column): (usize, usize)) -> Hour {
        Hour {
            weekday: row as u8,
            hour: column as u8,
        }
    }

    fn place(self) -> (usize, usize) {
        (
            usize::from(self.weekday).min(DAYS.len() - 1),
            usize::from(self.hour).min(HOURS - 1),
        )
    }

    /// Returns the hour beside it in the heatmap; at an edge itself.
    pub fn moved(self, direction: Direction) -> Hour {
        let ((weekday, hour), (across, down)) = (self.place(), direction.step());
        Hour::of((
            stepped(weekday, down, DAYS.len()),
            stepped(hour, across, HOURS),
        ))
    }
}

/// Draws the heatmap: a row for each weekday, Monday on top, a column for each hour of the day in a time zone.
///
/// The darker a cell by day, or the lighter by night, the more sessions; the larger its triangle, the more suspicious
/// ones.
///
/// # Errors
/// What the backend says.
pub fn draw_heatmap<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    heatmap: &Heatmap,
    zone: &str,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::on(area, style)?;
    let count = |row, column| count(heatmap, (row, column));
    matrix(zone, &count).draw(&pen)
}

fn matrix<'a>(zone: &str, count: &'a dyn Fn(usize, usize) -> (u64, u64)) -> Matrix<'a> {
    let hour = |hour: usize| match hour % 6 {
        0 => format!("{hour:02}:00"),
        _ => String::new(),
    };
    Matrix {
        title: "Sessions by hour and weekday".to_owned(),
        x_title: format!("Hour of the day ({zone})"),
        y_title: String::new(),
        columns: (0..HOURS).map(hour).collect(),
        rows: DAYS.map(|day| day[..3].to_owned()).to_vec(),
        is_upright: false,
        count,
    }
}

/// Returns sessions, and suspicious ones, of an hour.
fn count(heatmap: &Heatmap, (row, column): (usize, usize)) -> (u64, u64) {
    let of = |counts: &[u64]| counts.get(row * HOURS + column).copied().unwrap_or(0);
    (of(&heatmap.n_sessions), of(&heatmap.n_flagged))
}

/// Where the hours lie on a heatmap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeatmapSpan {
    grid: Grid,
}

/// Returns where the hours lie on a heatmap of this width and height, in CSS pixels.
pub fn heatmap_span(heatmap: &Heatmap, size: (f64, f64)) -> HeatmapSpan {
    let count = |row, column| count(heatmap, (row, column));
    HeatmapSpan {
        grid: matrix("UTC", &count).grid(size),
    }
}

impl HeatmapSpan {
    /// Returns where the cells lie.
    pub fn plot(&self) -> Region {
        self.grid.plot
    }

    /// Returns the hour at a point.
    pub fn hour_at(&self, point: (f64, f64)) -> Option<Hour> {
        self.grid.cell_at(point).map(Hour::of)
    }

    /// Returns the hour nearest to a point, for a drag that leaves the plot.
    pub fn nearest_hour(&self, point: (f64, f64)) -> Hour {
        Hour::of(self.grid.nearest(point).unwrap_or_default())
    }

    /// Returns where the hours between two corners lie, both included.
    pub fn region(&self, from: Hour, to: Hour) -> Region {
        let (from, to) = (from.place(), to.place());
        let ordered = |a: usize, b: usize| (a.min(b), a.max(b));
        self.grid
            .region(ordered(from.0, to.0), ordered(from.1, to.1))
    }
}

/// Puts an hour into words, a line each.
pub fn heatmap_readout(heatmap: &Heatmap, zone: &str, hour: Hour) -> Vec<String> {
    let place = hour.place();
    let (n_sessions, n_flagged) = count(heatmap, place);
    vec![
        format!("{} {} {zone}", DAYS[place.0], period(place.1)),
        format!("Sessions: {}", format_count(n_sessions)),
        format!("Suspicious: {}", format_count(n_flagged)),
    ]
}

fn period(hour: usize) -> String {
    format!("{hour:02}:00–{:02}:00", hour + 1)
}

/// Says what the heatmap shows.
pub fn describe_heatmap(heatmap: &Heatmap, zone: &str) -> String {
    let sum = |counts: &[u64]| counts.iter().sum::<u64>();
    let (n_sessions, n_flagged) = (sum(&heatmap.n_sessions), sum(&heatmap.n_flagged));
    if n_sessions == 0 {
        return format!("Heatmap of sessions by hour and weekday, {zone}: no sessions.");
    }
    // of equally high ones the first
    let most = |counts: &[u64]| (0..counts.len()).rev().max_by_key(|&i| counts[i]);
    let name = |i: usize| format!("{} {}", DAYS[(i / HOURS).min(6)], period(i % HOURS));
    let mut text = format!(
        "Heatmap of sessions by hour and weekday, {zone}: {} in all, {} suspicious",
        format_count(n_sessions),
        format_count(n_flagged)
    );
    if let Some(i) = most(&heatmap.n_sessions) {
        let n = format_count(heatmap.n_sessions[i]);
        text += &format!("; most sessions, {n}, on {}", name(i));
    }
    if let Some(i) = most(&heatmap.n_flagged).filter(|_| n_flagged > 0) {
        let n = format_count(heatmap.n_flagged[i]);
        text += &format!("; most suspicious ones, {n}, on {}", name(i));
    }
    text + "."
}

/// Returns the heatmap's data: a row for each hour of the week that has sessions.
pub fn heatmap_table(heatmap: &Heatmap, zone: &str) -> DataTable {
    let hours = (0..DAYS.len()).flat_map(|row| (0..HOURS).map(move |column| (row, column)));
    let rows = hours.filter_map(|place| {
        let (n_sessions, n_flagged) = count(heatmap, place);
        (n_sessions > 0).then(|| {
            [
                DAYS[place.0].to_owned(),
                period(place.1),
                format_count(n_sessions),
                format_count(n_flagged),
            ]
        })
    });
    DataTable::new(
        format!("Hours of the week with sessions, in the time zone {zone}"),
        ["Weekday", "Hour", "Sessions", "Suspicious"],
        rows,
    )
}
