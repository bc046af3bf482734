//! What the views show: the report, or the picture of the sessions that conditions leave.

use std::sync::Arc;

use crate::report::{
    GroupTable, Histogram, Picture, Query, Report, Scatter, ScatterQuery, SourcesBy, Timeline,
};

/// Where the views take their parts from.
#[derive(Debug, Clone)]
pub enum Shown {
    /// All sessions, shown as by default: the report has them, and follows the threshold at once.
    Report(Arc<Report>),
    /// The sessions that conditions leave, or all in another way.
    Picture(Arc<Picture>),
}

impl Shown {
    /// Chooses it for a query: a picture stays until the next one is there.
    pub fn choose(query: &Query, report: Arc<Report>, picture: Option<Arc<Picture>>) -> Shown {
        match picture {
            Some(picture) if !is_plain(query) => Shown::Picture(picture),
            _ => Shown::Report(report),
        }
    }

    /// Returns the sessions over time; `None` if no column says when they happened.
    pub fn timeline(&self) -> Option<&Timeline> {
        match self {
            Self::Report(report) => report.timeline.as_ref(),
            Self::Picture(picture) => picture.timeline.as_ref(),
        }
    }

    /// Returns the marks of the scatter plot.
    pub fn scatter(&self) -> &Scatter {
        match self {
            Self::Report(report) => &report.scatter,
            Self::Picture(picture) => &picture.scatter,
        }
    }

    /// Returns the groups.
    pub fn groups(&self) -> &[GroupTable] {
        match self {
            Self::Report(report) => &report.groups,
            Self::Picture(picture) => &picture.groups,
        }
    }

    /// Returns the scores.
    pub fn histogram(&self) -> &Histogram {
        match self {
            Self::Report(report) => &report.histogram,
            Self::Picture(picture) => &picture.histogram,
        }
    }
}

/// Whether a query asks for no more than the report has: all sessions, shown as by default.
pub fn is_plain(query: &Query) -> bool {
    let Query {
        conditions,
        zone,
        bucket_seconds,
        sources_by,
        scatter,
    } = query;
    conditions.is_empty()
        && zone == "UTC"
        && bucket_seconds.is_none()
        && *sources_by == SourcesBy::Address
        && *scatter == ScatterQuery::default()
}
