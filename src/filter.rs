//! Which sessions are looked at: conditions, each made in one view, that leave some of the sessions.
//!
//! Takes [`Sessions`](crate::traffic::Sessions) with their verdicts, gives the rows that all conditions leave. Knows
//! nothing of what is counted or drawn of them.

mod known;

pub use known::{AllowList, Known, KnownCount, Subject, SubjectError, SubjectKind};
mod rows;
mod sieve;

pub use rows::RowSet;
pub use sieve::{Error, Judged, address, numbers};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A condition that a session must meet to be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Where it was made: that view itself goes on showing what the other conditions leave, so that the selection in it
    /// can be seen among its neighbours and be changed.
    pub made_in: View,
    /// What is asked of the session.
    pub test: Test,
}

/// A view in which sessions can be selected.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum View {
    /// The scatter plot.
    Scatter,
    /// Sessions over time.
    Timeline,
    /// The groups of a column.
    Groups(String),
    /// The histogram of scores.
    Scores,
    /// The distribution of a column of numbers.
    Distribution(String),
    /// Sessions by hour and weekday.
    Heatmap,
    /// Sources and their destinations.
    Flows,
    /// The table of sessions, or nowhere in particular: it narrows every view.
    Table,
}

/// What is asked of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Test {
    /// The text in a column is one of these; `None` stands for no value. Countries are compared upper-cased, numbers of
    /// a grouped column (ports) as they are written in its groups.
    OneOf {
        /// Name of the column.
        column: String,
        /// The texts.
        values: Vec<Option<String>>,
    },
    /// The address in a column lies in one of these networks, such as `10.0.0.0/8` or `2001:db8::/32`.
    InNetwork {
        /// Name of the column.
        column: String,
        /// The networks in CIDR notation.
        networks: Vec<String>,
    },
    /// A number lies in a closed range. A session without the number does not.
    Between {
        /// Name of the column, of the file or derived, or [`SCORE`].
        column: String,
        /// Least number.
        #[serde(serialize_with = "end", deserialize_with = "low_end")]
        low: f64,
        /// Greatest number.
        #[serde(serialize_with = "end", deserialize_with = "high_end")]
        high: f64,
    },
    /// The session's time lies in a period.
    During {
        /// First moment, in microseconds since 1970-01-01 UTC.
        start_micros: i64,
        /// First moment after it.
        end_micros: i64,
    },
    /// The session's time falls on these hours of the week, in the zone of the [`crate::report::Query`].
    OnHours {
        /// First and last weekday, 0 being Monday.
        weekdays: (u8, u8),
        /// First and last hour, 0 to 23.
        hours: (u8, u8),
    },
    /// The text in a column holds this, whatever the case.
    Contains {
        /// Name of the column.
        column: String,
        /// What it holds.
        text: String,
    },
    /// The verdict on the session is one of these.
    Verdict(Vec<Verdict>),
}

/// Writes an end of a range; an open one as nothing, because JSON knows no infinity.
fn end<S: Serializer>(end: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    (!end.is_infinite()).then_some(end).serialize(serializer)
}

fn low_end<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NEG_INFINITY))
}

fn high_end<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}

/// Stands for the score where a column is named.
pub const SCORE: &str = "score";

/// What became of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Its score is below the threshold.
    Suspicious,
    /// Its score is not.
    Normal,
    /// A feature is missing.
    NotScored,
    /// Its score is below the threshold, but its source, network or rule is on the allow-list.
    Known,
}

impl Verdict {
    /// Returns its name in exports and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspicious => "Suspicious",
            Self::Normal => "Normal",
            Self::NotScored => "Not scored",
            Self::Known => "Known",
        }
    }
}
