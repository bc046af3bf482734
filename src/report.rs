//! Scores and sessions to what people see: counts, ranking, groups, timeline, histogram, marks of the scatter plot.
//!
//! Takes [`Sessions`] with a [`Selection`] of them and their scores, gives a [`Report`] of a few kilobytes: marks are
//! thinned to what a plot can show, texts of rows stay in the file. Knows nothing of drawing.

mod comparison;
mod groups;
mod measure;
mod picture;
mod ranking;
mod scatter;
mod silence;
mod standing;
mod timeline;

use groups::Groups;

pub use comparison::{Change, Comparison};
pub use groups::{Group, GroupTable};
pub use measure::MetricsReport;
pub use picture::{
    Distribution, Flow, Flows, Heatmap, Lens, Picture, Query, ScatterQuery, Scene, SourcesBy,
    Totals,
};
pub use ranking::Ranking;
pub use scatter::{Axis, Field, Mark, Scatter, Unit};
pub use silence::{Silence, SilenceReason, Ties};
pub use standing::Standing;
pub use timeline::{Bucket, Timeline};
pub(crate) use timeline::{MAX_WANTED_BUCKETS, ROUND_SECONDS};

use serde::{Deserialize, Serialize};

use crate::features::blind::Blind;
use crate::features::selection::{Selection, Unscored};
use crate::features::statistics::Describe;
use crate::filter::{KnownCount, Verdict};
use crate::forest;
use crate::traffic::Sessions;

/// Bars of the score histogram.
const HISTOGRAM_BARS: usize = 50;

/// Everything that one analysis has to show; a few kilobytes, whatever the size of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many rows went which way.
    pub counts: Counts,
    /// `offset_`: a row is suspicious if its score is below it.
    pub threshold: f64,
    /// Statistics of each feature, over all rows that have a value.
    pub summary: Vec<FeatureSummary>,
    /// Rows that were not scored, by reason.
    pub unscored: Vec<Unscored>,
    /// Sessions by source, country, rule, protocol and so on.
    pub groups: Vec<GroupTable>,
    /// Sessions over time; `None` if no column says when they happened.
    pub timeline: Option<Timeline>,
    /// The scatter plot's marks.
    pub scatter: Scatter,
    /// How many rows have which score.
    pub histogram: Histogram,
    /// The flags against those of the result before; `None` if there is none before. Whoever knows it adds it.
    pub comparison: Option<Comparison>,
    /// How good the scores are; `None` without a label column. Whoever knows the label adds it.
    pub metrics: Option<MetricsReport>,
    /// What the allow-list covers, by entry. Whoever knows the list adds it.
    pub known: Vec<KnownCount>,
    /// Why nothing stands out, if so: then no row counts as suspicious, whatever rounding makes of the scores.
    pub silence: Option<Silence>,
    /// Sessions that tie at the threshold, if they keep it from being where it was asked for.
    pub ties: Option<Ties>,
    /// Features to which the forest is blind. Whoever knows it adds this, and the two above.
    pub blind: Vec<Blind>,
}

/// How many rows went which way; `n_read = n_duplicates + n_unusable + n_scored + n_unscored`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of the file below the header.
    pub n_read: u64,
    /// Rows equal to an earlier one.
    pub n_duplicates: u64,
    /// Rows with another number of fields than the header.
    pub n_unusable: u64,
    /// Rows that the forest scored.
    pub n_scored: u64,
    /// Rows with a missing or malformed feature.
    pub n_unscored: u64,
    /// Rows that are suspicious.
    pub n_flagged: u64,
    /// Rows with a score below the threshold that are on the allow-list, and so are not suspicious.
    pub n_known: u64,
}

/// A feature and its statistics, as `DataFrame.describe()` has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureSummary {
    /// Name of the column.
    pub name: String,
    /// Its statistics.
    pub describe: Describe,
}

/// Numbers of rows in bars of equal width over the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Left end of the first bar.
    pub low: f64,
    /// Right end of the last bar.
    pub high: f64,
    /// Rows of each bar, from low scores to high ones.
    pub normal: Vec<u32>,
    /// Suspicious rows of each bar.
    pub suspicious: Vec<u32>,
}

/// A finished scoring: one score for each row of the selection.
#[derive(Debug, Clone, Copy)]
pub struct Scoring<'a> {
    /// The scores, in the order of [`Selection::rows`].
    pub scores: &'a [f64],
    /// Their order.
    pub ranking: &'a Ranking,
    /// `offset_`.
    pub threshold: f64,
    /// Positions of the rows below the threshold that the allow-list covers, ascending.
    pub known: &'a [u32],
}

impl Scoring<'_> {
    /// Returns what became of a scored row, by its position in the selection.
    pub fn verdict(&self, position: usize) -> Verdict {
        let is_below = forest::is_anomaly(self.scores[position], self.threshold);
        let is_known = || self.known.binary_search(&(position as u32)).is_ok();
        match is_below {
            false => Verdict::Normal,
            true if is_known() => Verdict::Known,
            true => Verdict::Suspicious,
        }
    }
}

/// What a report shows of a log whatever the scores: built once, so that another seed or threshold is quick.
#[derive(Debug)]
pub struct Backdrop {
    groups: Groups,
    /// Without a suspicious session, and the bucket of each row.
    timeline: Option<(Timeline, Vec<u16>)>,
}

impl Backdrop {
    /// Counts the sessions by group and over time.
    pub fn build(sessions: &Sessions) -> Backdrop {
        Backdrop {
            groups: Groups::build(sessions),
            timeline: Timeline::build(sessions),
        }
    }
}

impl Report {
    /// Builds the report of one analysis; `standing` has followed to the threshold, `summary` is that of the features.
    pub fn build(
        sessions: &Sessions,
        selection: &Selection,
        scoring: Scoring<'_>,
        standing: &Standing,
        backdrop: &Backdrop,
        field: &Field,
        summary: Vec<FeatureSummary>,
    ) -> Report {
        let table = &sessions.table;
        // where nothing stands out nobody is suspicious, though files may say so
        let n_known = scoring.known.len().min(standing.n_below());
        let counts = Counts {
            n_read: table.n_read,
            n_duplicates: table.left_out.duplicates.count,
            n_unusable: table.left_out.n_unusable(),
            n_scored: selection.rows.len() as u64,
            n_unscored: (sessions.n_rows() - selection.rows.len()) as u64,
            n_flagged: (standing.n_below() - n_known) as u64,
            n_known: n_known as u64,
        };
        Report {
            counts,
            threshold: scoring.threshold,
            summary,
            unscored: selection.unscored.clone(),
            groups: backdrop.groups.flag(sessions, &standing.groups),
            timeline: backdrop
                .timeline
                .as_ref()
                .map(|(timeline, _)| timeline.flag(&standing.buckets)),
            scatter: field.marks(standing.verdicts(), counts),
            histogram: standing.histogram.clone(),
            comparison: None,
            metrics: None,
            known: Vec::new(),
            silence: None,
            ties: None,
            blind: Vec::new(),
        }
    }
}

impl Histogram {
    /// Counts scores in this range, of which none is suspicious yet.
    fn of(scores: &[f64], range: Option<(f64, f64)>) -> Histogram {
        let mut histogram = Histogram::over(range);
        for &score in scores {
            let bar = histogram.bar(score);
            histogram.normal[bar] += 1;
        }
        histogram
    }

    /// Counts one of the scores as suspicious, or as normal again.
    fn flag(&mut self, score: f64, is_suspicious: bool) {
        let bar = self.bar(score);
        let (from, to) = if is_suspicious {
            (&mut self.normal, &mut self.suspicious)
        } else {
            (&mut self.suspicious, &mut self.normal)
        };
        from[bar] -= 1;
        to[bar] += 1;
    }

    /// Bars from the lowest score to the highest, empty yet.
    fn over(range: Option<(f64, f64)>) -> Histogram {
        let (low, high) = range.unwrap_or((-0.5, -0.5));
        let (low, high) = if low < high {
            (low, high)
        } else {
            (low - 0.005, low + 0.005)
        };
        Histogram {
            low,
            high,
            normal: vec![0; HISTOGRAM_BARS],
            suspicious: vec![0; HISTOGRAM_BARS],
        }
    }

    /// Returns the bar that a score belongs to; one beyond the ends belongs to the bar at that end.
    pub fn bar(&self, score: f64) -> usize {
        let n_bars = self.normal.len();
        let share = (score - self.low) / (self.high - self.low);
        // by a signed integer, which a processor makes of a float at once
        let bar = (share * n_bars as f64) as i32;
        (bar.max(0) as usize).min(n_bars.saturating_sub(1))
    }

    /// Returns the closed range that holds the scores of the bars from one to another and no others; `None` if there are no
    /// such bars, or none has a width.
    pub fn range(&self, first: usize, last: usize) -> Option<(f64, f64)> {
        let n_bars = self.normal.len();
        let has_width = self.low < self.high && (self.high - self.low).is_finite();
        if !has_width || first > last || last >= n_bars {
            return None;
        }
        // rounding may put the end of a bar a little beside where it is drawn
        let least = |bar: usize| {
            let mut score = self.low + (self.high - self.low) * bar as f64 / n_bars as f64;
            while self.bar(score) < bar {
                score = score.next_up();
            }
            while bar > 0 && self.bar(score.next_down()) >= bar {
                score = score.next_down();
            }
            score
        };
        let high = if last + 1 == n_bars {
            self.high
        } else {
            least(last + 1).next_down()
        };
        Some((least(first), high))
    }
}
