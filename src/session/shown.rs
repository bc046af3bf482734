//! What the views show: the report, or the picture of the sessions that conditions leave.

use std::sync::Arc;

use crate::filter::{Condition, View};
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

    /// Chooses it for the score histogram, which shows its own selection among all scores and knows neither zone nor axes:
    /// as long as no other view filters it follows the threshold at once.
    pub fn choose_scores(
        conditions: &[Condition],
        report: Arc<Report>,
        picture: Option<Arc<Picture>>,
    ) -> Shown {
        let is_filtered = conditions
            .iter()
            .any(|condition| condition.made_in != View::Scores);
        match picture {
            Some(picture) if is_filtered => Shown::Picture(picture),
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

    /// Returns how sources are grouped among them.
    pub fn sources_by(&self) -> SourcesBy {
        match self {
            Self::Report(_) => SourcesBy::Address,
            Self::Picture(picture) => picture.query.sources_by,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Test, Verdict};

    #[test]
    fn only_what_the_report_lacks_needs_a_picture() {
        let plain = Query {
            conditions: vec![],
            zone: "UTC".to_owned(),
            bucket_seconds: None,
            sources_by: SourcesBy::Address,
            scatter: ScatterQuery::default(),
        };
        assert!(is_plain(&plain));
        let condition = Condition {
            made_in: View::Table,
            test: Test::Verdict(vec![Verdict::Suspicious]),
        };
        let column = ScatterQuery {
            x: Some("score".to_owned()),
            ..ScatterQuery::default()
        };
        for query in [
            Query {
                conditions: vec![condition],
                ..plain.clone()
            },
            Query {
                zone: "Europe/Berlin".to_owned(),
                ..plain.clone()
            },
            Query {
                bucket_seconds: Some(60),
                ..plain.clone()
            },
            Query {
                sources_by: SourcesBy::Slash24,
                ..plain.clone()
            },
            Query {
                scatter: column,
                ..plain.clone()
            },
        ] {
            assert!(!is_plain(&query), "{query:?}");
        }
    }
}
