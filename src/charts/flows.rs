//! Sources and their destinations.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::Style;
use super::data::DataTable;
use super::emphasis::{Direction, Region, stepped};
use super::format::format_count;
use super::matrix::{Grid, Matrix};
use super::pen::Pen;
use crate::report::Flows;
use crate::text::visible;

/// Stands for the sources or destinations that have no row or column of their own.
const OTHERS: &str = "All others";

/// Draws the flows as a matrix: a row for each source, a column for each destination.
///
/// Ribbons between twelve sources and twelve destinations hide each other; cells do not, and the names find room. The
/// colour of a cell says how many sessions, the size of its triangle how many suspicious ones.
///
/// # Errors
/// What the backend says.
pub fn draw_flows<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    flows: &Flows,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::on(area, style)?;
    let counts = counts(flows);
    let count = |row: usize, column: usize| counts[row * flows.destinations.len() + column];
    matrix(flows, &count).draw(&pen)
}

fn matrix<'a>(flows: &Flows, count: &'a dyn Fn(usize, usize) -> (u64, u64)) -> Matrix<'a> {
    let names = |names: &[Option<String>]| names.iter().map(shown).collect();
    let (source, destination) = &flows.columns;
    Matrix {
        title: "Sources and destinations".to_owned(),
        x_title: visible(format!("Destination ({destination})")),
        y_title: visible(format!("Source ({source})")),
        columns: names(&flows.destinations),
        rows: names(&flows.sources),
        is_upright: true,
        count,
    }
}

/// Returns sessions, and suspicious ones, of every source and destination, row by row.
fn counts(flows: &Flows) -> Vec<(u64, u64)> {
    let n_columns = flows.destinations.len();
    let mut counts = vec![(0, 0); flows.sources.len() * n_columns];
    for flow in &flows.flows {
        let (row, column) = (flow.source as usize, flow.destination as usize);
        if let Some(count) = counts.get_mut(row * n_columns + column) {
            count.0 += flow.n_sessions;
            count.1 += flow.n_flagged;
        }
    }
    counts
}

fn shown(name: &Option<String>) -> String {
    match name.as_deref() {
        None => OTHERS.to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(name) => visible(name),
    }
}

/// What lies at a point of the flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowsPlace {
    /// The name of a source: its place in [`Flows::sources`].
    Source(usize),
    /// The name of a destination: its place in [`Flows::destinations`].
    Destination(usize),
    /// The cell of a source and a destination.
    Flow {
        /// Place in [`Flows::sources`].
        source: usize,
        /// Place in [`Flows::destinations`].
        destination: usize,
    },
}

impl FlowsPlace {
    /// Returns the places of the source and of the destination that it names.
    pub fn ends(self) -> (Option<usize>, Option<usize>) {
        match self {
            Self::Source(source) => (Some(source), None),
            Self::Destination(destination) => (None, Some(destination)),
            Self::Flow {
                source,
                destination,
            } => (Some(source), Some(destination)),
        }
    }
}

/// Where sources and destinations lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlowsSpan {
    grid: Grid,
}

/// Returns where sources and destinations lie on a chart of this width and height, in CSS pixels.
pub fn flows_span(flows: &Flows, size: (f64, f64)) -> FlowsSpan {
    let counts = counts(flows);
    let count = |row: usize, column: usize| counts[row * flows.destinations.len() + column];
    FlowsSpan {
        grid: matrix(flows, &count).grid(size),
    }
}

impl FlowsSpan {
    /// Returns where the cells lie.
    pub fn plot(&self) -> Region {
        self.grid.plot
    }

    /// Returns what lies at a point: left of the cells the names of the sources, below those of the destinations.
    pub fn place_at(&self, (x, y): (f64, f64)) -> Option<FlowsPlace> {
        let (row, column) = (self.grid.row_at(y), self.grid.column_at(x));
        match (row, column) {
            (Some(source), Some(destination)) => Some(FlowsPlace::Flow {
                source,
                destination,
            }),
            (Some(source), None) if x < self.grid.plot.left => Some(FlowsPlace::Source(source)),
            (None, Some(destination)) if y >= self.grid.plot.bottom => {
                Some(FlowsPlace::Destination(destination))
            }
            _ => None,
        }
    }

    /// Returns where a place lies: of a source the whole row of cells, of a destination the whole column.
    pub fn region(&self, place: FlowsPlace) -> Region {
        let all = |n: usize| (0, n.saturating_sub(1));
        let (rows, columns) = match place {
            FlowsPlace::Source(source) => ((source, source), all(self.grid.n_columns)),
            FlowsPlace::Destination(destination) => {
                (all(self.grid.n_rows), (destination, destination))
            }
            FlowsPlace::Flow {
                source,
                destination,
            } => ((source, source), (destination, destination)),
        };
        self.grid.region(rows, columns)
    }

    /// Returns the place that an arrow key leads to: from cell to cell, left of them to the source, below them to the
    /// destination.
    pub fn moved(&self, place: FlowsPlace, direction: Direction) -> FlowsPlace {
        let (n_rows, n_columns) = (self.grid.n_rows, self.grid.n_columns);
        let (across, down) = direction.step();
        match (place, direction) {
            (FlowsPlace::Source(source), Direction::Right) => FlowsPlace::Flow {
                source,
                destination: 0,
            },
            (FlowsPlace::Source(source), _) => FlowsPlace::Source(stepped(source, down, n_rows)),
            (FlowsPlace::Destination(destination), Direction::Up) => FlowsPlace::Flow {
                source: n_rows.saturating_sub(1),
                destination,
            },
            (FlowsPlace::Destination(destination), _) => {
                FlowsPlace::Destination(stepped(destination, across, n_columns))
            }
            (
                FlowsPlace::Flow {
                    source,
                    destination: 0,
                },
                Direction::Left,
            ) => FlowsPlace::Source(source),
            (
                FlowsPlace::Flow {
                    source,
                    destination,
                },
                Direction::Down,
            ) if source + 1 >= n_rows => FlowsPlace::Destination(destination),
            (
                FlowsPlace::Flow {
                    source,
                    destination,
                },
                _,
            ) => FlowsPlace::Flow {
                source: stepped(source, down, n_rows),
                destination: stepped(destination, across, n_columns),
            },
        }
    }
}

/// Puts a place into words, a line each.
pub fn flows_readout(flows: &Flows, place: FlowsPlace) -> Vec<String> {
    let name = |names: &[Option<String>], i: usize| names.get(i).map(shown).unwrap_or_default();
    let (source, destination) = place.ends();
    let is_there = |wanted: Option<usize>, found: u32| wanted.is_none_or(|i| i == found as usize);
    let (n_sessions, n_flagged) = flows
        .flows
        .iter()
        .filter(|flow| is_there(source, flow.source) && is_there(destination, flow.destination))
        .fold((0, 0), |sums, flow| {
            (sums.0 + flow.n_sessions, sums.1 + flow.n_flagged)
        });
    let source = source.map(|i| format!("Source: {}", name(&flows.sources, i)));
    let destination = destination.map(|i| format!("Destination: {}", name(&flows.destinations, i)));
    let counts = [
        format!("Sessions: {}", format_count(n_sessions)),
        format!("Suspicious: {}", format_count(n_flagged)),
    ];
    source
        .into_iter()
        .chain(destination)
        .chain(counts)
        .collect()
}

/// Says what the flows show.
pub fn describe_flows(flows: &Flows) -> String {
    let (source, destination) = &flows.columns;
    let head = format!("Sessions from sources ({source}) to destinations ({destination})");
    let n_named = |names: &[Option<String>]| names.iter().flatten().count();
    // of equal ones the first
    let most = flows
        .flows
        .iter()
        .rev()
        .max_by_key(|flow| (flow.n_flagged, flow.n_sessions));
    let Some(most) = most else {
        return format!("{head}: none.");
    };
    let sum = |of: fn(&crate::report::Flow) -> u64| flows.flows.iter().map(of).sum();
    let name = |names: &[Option<String>], i: u32| {
        let text = names.get(i as usize).map(shown).unwrap_or_default();
        if text == OTHERS {
            text.to_lowercase()
        } else {
            text
        }
    };
    let (kind, n) = if most.n_flagged > 0 {
        ("most suspicious ones", most.n_flagged)
    } else {
        ("most", most.n_sessions)
    };
    format!(
        "{head}: {} in all, {} suspicious, between {} and {} shown by name; {kind}, {}, from {} to {}.",
        format_count(sum(|flow| flow.n_sessions)),
        format_count(sum(|flow| flow.n_flagged)),
        counted(n_named(&flows.sources), "source"),
        counted(n_named(&flows.destinations), "destination"),
        format_count(n),
        name(&flows.sources, most.source),
        name(&flows.destinations, most.destination),
    )
}

fn counted(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

/// Returns the data of the flows: a row for each source and destination that have sessions.
pub fn flows_table(flows: &Flows) -> DataTable {
    let name =
        |names: &[Option<String>], i: u32| names.get(i as usize).map(shown).unwrap_or_default();
    let rows = flows.flows.iter().map(|flow| {
        [
            name(&flows.sources, flow.source),
            name(&flows.destinations, flow.destination),
            format_count(flow.n_sessions),
            format_count(flow.n_flagged),
        ]
    });
    let (source, destination) = &flows.columns;
    DataTable::new(
        format!("Sessions by source ({source}) and destination ({destination})"),
        ["Source", "Destination", "Sessions", "Suspicious"],
        rows,
    )
}
