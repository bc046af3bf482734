//! The sessions that some conditions leave, in every view.

mod lens;
mod memo;

pub(super) use lens::Left;
pub use lens::{Lens, Scene};

use serde::{Deserialize, Serialize};

use super::{GroupTable, Histogram, Scatter, Timeline};
use crate::filter::Condition;

/// What to show, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// The conditions; without any, all sessions are shown.
    pub conditions: Vec<Condition>,
    /// IANA name of the time zone in which days and hours are counted, such as `UTC` or `Europe/Berlin`.
    pub zone: String,
    /// Length of a bucket of the timeline in seconds; `None` chooses a round one.
    pub bucket_seconds: Option<i64>,
    /// By how many leading bits of their address sources are grouped.
    pub sources_by: SourcesBy,
    /// The axes of the scatter plot.
    pub scatter: ScatterQuery,
}

/// How sources are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum SourcesBy {
    /// Each address alone.
    #[default]
    Address,
    /// By network of 24 bits; of 64 for IPv6.
    Slash24,
    /// By network of 16 bits; of 48 for IPv6.
    Slash16,
}

/// What the scatter plot shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ScatterQuery {
    /// Name of the horizontal column, of the file or derived, or [`crate::filter::SCORE`]; `None` chooses as the notebook.
    pub x: Option<String>,
    /// Name of the vertical column.
    pub y: Option<String>,
    /// The part of the plane to show, closed: `(low, high)` of each axis; `None` for all of it.
    pub window: Option<((f64, f64), (f64, f64))>,
}

/// What the views show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// What was asked.
    pub query: Query,
    /// Sums over the sessions that all conditions leave.
    pub totals: Totals,
    /// Sessions by the text of a column.
    pub groups: Vec<GroupTable>,
    /// Sessions over time.
    pub timeline: Option<Timeline>,
    /// The marks of the scatter plot.
    pub scatter: Scatter,
    /// The scores.
    pub histogram: Histogram,
    /// One for each feature.
    pub distributions: Vec<Distribution>,
    /// Sessions by hour and weekday; `None` if no column says when they happened.
    pub heatmap: Option<Heatmap>,
    /// Sources and destinations; `None` if the log lacks either.
    pub flows: Option<Flows>,
}

/// Sums over sessions.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Number of sessions.
    pub n_sessions: u64,
    /// Number of suspicious ones.
    pub n_flagged: u64,
    /// Those that would be suspicious but are on the allow-list.
    pub n_known: u64,
    /// Number of sessions that were not scored.
    pub n_unscored: u64,
    /// Their bytes in; `None` without such a column. What is missing counts nothing.
    pub bytes_in: Option<f64>,
    /// Their bytes out.
    pub bytes_out: Option<f64>,
    /// First and last moment in microseconds since 1970-01-01 UTC; `None` without any.
    pub period_micros: Option<(i64, i64)>,
}

/// How the values of a column of numbers are distributed, among normal sessions and among suspicious ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Name of the column.
    pub column: String,
    /// Ends of the bars, one more than bars, ascending. With a logarithmic axis they are equally far apart in `log1p`.
    pub edges: Vec<f64>,
    /// Whether the bars are equally wide on a logarithmic axis rather than on a linear one: chosen where the values are
    /// not negative and the largest is more than a hundred times the median.
    pub is_log: bool,
    /// Normal sessions in each bar.
    pub normal: Vec<u64>,
    /// Suspicious sessions in each bar.
    pub suspicious: Vec<u64>,
}

/// Sessions by hour and weekday.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heatmap {
    /// Sessions of each hour of the week, from Monday 00:00 in the zone of the query: 168 of them.
    pub n_sessions: Vec<u64>,
    /// Suspicious ones.
    pub n_flagged: Vec<u64>,
}

/// Which sources had sessions with which destinations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flows {
    /// Name of the source column, and of the destination column: an address, or a port if the log has no such addresses or
    /// only one.
    pub columns: (String, String),
    /// The sources with the most suspicious sessions, then the most sessions; at most 12, the rest together as `None`.
    pub sources: Vec<Option<String>>,
    /// The same of destinations.
    pub destinations: Vec<Option<String>>,
    /// The pairs that have sessions, in the order of sources, then destinations.
    pub flows: Vec<Flow>,
}

/// The sessions from a source to a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Place in [`Flows::sources`].
    pub source: u32,
    /// Place in [`Flows::destinations`].
    pub destination: u32,
    /// Number of sessions.
    pub n_sessions: u64,
    /// Number of suspicious ones.
    pub n_flagged: u64,
}
