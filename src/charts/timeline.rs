//! The timeline.

use jiff::Timestamp;
use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::Style;
use super::axis::Axis;
use super::data::DataTable;
use super::emphasis::{Direction, Region, stepped};
use super::format::format_count;
use super::frame::{Frame, Header, Key, MARK_RADIUS, Plot};
use super::pen::Pen;
use crate::report::Timeline;

/// Free room above the highest bar, for its triangle, in CSS pixels.
const HEADROOM: f64 = 12.0;

/// Draws the timeline: a bar for the sessions of each bucket, its suspicious part at the foot and a triangle above.
///
/// # Errors
/// What the backend says.
pub fn draw_timeline<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    timeline: &Timeline,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::on(area, style)?;
    let plot = frame(timeline).draw(&pen)?;
    for (i, bucket) in timeline.buckets.iter().enumerate() {
        let Some((left, right)) = plot.sides(start(timeline, i), start(timeline, i + 1)) else {
            continue;
        };
        if bucket.n_sessions == 0 {
            continue;
        }
        let n_sessions = bucket.n_sessions as f64;
        let top = plot.bar(&pen, (left, right), n_sessions, pen.theme.normal)?;
        if bucket.n_flagged > 0 {
            let n_flagged = bucket.n_flagged as f64;
            plot.bar(&pen, (left, right), n_flagged, pen.theme.suspicious)?;
            pen.edged_triangle((0.5 * (left + right), top - 5.0), MARK_RADIUS)?;
        }
    }
    Ok(())
}

fn frame(timeline: &Timeline) -> Frame<'static> {
    let buckets = &timeline.buckets;
    let highest = buckets.iter().map(|bucket| bucket.n_sessions).max();
    let (n_sessions, n_flagged) = totals(timeline);
    Frame {
        header: Header {
            title: "Sessions over time".to_owned(),
            legend: [
                (Key::Bar, format!("All: {}", format_count(n_sessions))),
                (
                    Key::MarkedBar,
                    format!("Suspicious: {}", format_count(n_flagged)),
                ),
            ],
        },
        x_title: "Time (UTC)",
        y_title: "Sessions",
        x: Axis::of_time(start(timeline, 0), start(timeline, buckets.len())),
        y: Axis::of_counts(highest.unwrap_or(0)).with_insets((0.0, HEADROOM)),
    }
}

/// Returns when a bucket starts, in seconds since 1970-01-01 UTC; that after the last is the end.
fn start(timeline: &Timeline, bucket: usize) -> f64 {
    timeline.start_seconds as f64 + bucket as f64 * timeline.bucket_seconds as f64
}

/// Where the buckets lie on a timeline.
#[derive(Debug, Clone)]
pub struct TimelineSpan {
    plot: Plot,
    /// Where the buckets start, and the last one ends.
    edges: Vec<f64>,
}

/// Returns where the buckets lie on a timeline of this width and height, in CSS pixels.
pub fn timeline_span(timeline: &Timeline, size: (f64, f64)) -> TimelineSpan {
    let plot = frame(timeline).plot(size);
    let edge = |i| plot.x(start(timeline, i)).unwrap_or(plot.left);
    TimelineSpan {
        plot,
        edges: (0..=timeline.buckets.len()).map(edge).collect(),
    }
}

impl TimelineSpan {
    /// Returns where the bars lie together.
    pub fn plot(&self) -> Region {
        self.plot.region()
    }

    /// Returns the bucket nearest to a distance from the left edge; `None` without buckets.
    pub fn bucket_at(&self, x: f64) -> Option<usize> {
        let n_buckets = self.edges.len().checked_sub(1).filter(|&n| n > 0)?;
        let after = self.edges.partition_point(|&edge| edge <= x);
        Some(after.saturating_sub(1).min(n_buckets - 1))
    }

    /// Returns the moment at a distance from the left edge, in seconds since 1970-01-01 UTC, beyond the plot as well.
    pub fn seconds_at(&self, x: f64) -> f64 {
        self.plot.value_at_x(x)
    }

    /// Returns where a period lies, as far as it is shown, as high as the plot; `None` if it lies beyond.
    pub fn region(&self, start_micros: i64, end_micros: i64) -> Option<Region> {
        let place = |micros: i64| self.plot.x_beyond(micros as f64 / 1e6);
        let whole = self.plot.region();
        let (left, right) = (place(start_micros), place(end_micros));
        (left < whole.right && right > whole.left).then(|| Region {
            left: left.max(whole.left),
            right: right.min(whole.right),
            ..whole
        })
    }

    /// Returns where the buckets from one to another lie, both included, as high as the plot.
    pub fn region_of_buckets(&self, from: usize, to: usize) -> Region {
        let edge = |i: usize| self.edges.get(i).copied();
        let whole = self.plot.region();
        Region {
            left: edge(from.min(to)).unwrap_or(whole.left),
            right: edge(from.max(to) + 1).unwrap_or(whole.right),
            ..whole
        }
    }

    /// Returns the bucket beside one; at an end itself.
    pub fn moved(&self, bucket: usize, direction: Direction) -> usize {
        let n_buckets = self.edges.len().saturating_sub(1);
        stepped(bucket, direction.step().0, n_buckets)
    }
}

/// Returns the period from one bucket to another, both included, in microseconds since 1970-01-01 UTC: its first moment
/// and the first one after it.
pub fn period_of_buckets(timeline: &Timeline, from: usize, to: usize) -> (i64, i64) {
    // a cast of a float stops at the last number there is
    let micros = |bucket: usize| (start(timeline, bucket) * 1e6) as i64;
    (micros(from.min(to)), micros(from.max(to) + 1))
}

/// Puts a bucket into words, a line each.
pub fn timeline_readout(timeline: &Timeline, bucket: usize) -> Vec<String> {
    let Some(counts) = timeline.buckets.get(bucket) else {
        return Vec::new();
    };
    vec![
        format!("{} to", written(timeline, bucket)),
        format!("{} UTC", written(timeline, bucket + 1)),
        format!("Sessions: {}", format_count(counts.n_sessions)),
        format!("Suspicious: {}", format_count(counts.n_flagged)),
    ]
}

/// Returns the data of the timeline: a row for each bucket.
pub fn timeline_table(timeline: &Timeline) -> DataTable {
    let rows = timeline.buckets.iter().enumerate().map(|(i, bucket)| {
        [
            written(timeline, i),
            written(timeline, i + 1),
            format_count(bucket.n_sessions),
            format_count(bucket.n_flagged),
        ]
    });
    DataTable::new(
        "Sessions over time, UTC".to_owned(),
        ["From", "To", "Sessions", "Suspicious"],
        rows,
    )
}

fn written(timeline: &Timeline, bucket: usize) -> String {
    moment(start(timeline, bucket) as i64)
}

/// Says what the timeline shows.
pub fn describe_timeline(timeline: &Timeline) -> String {
    let (n_sessions, n_flagged) = totals(timeline);
    let start = |i: usize| written(timeline, i);
    let buckets = &timeline.buckets;
    let mut text = format!(
        "Timeline of sessions from {} to {} UTC: {} in all, {} suspicious",
        start(0),
        start(buckets.len()),
        format_count(n_sessions),
        format_count(n_flagged),
    );
    // of equally high ones the first
    let most = (0..buckets.len())
        .rev()
        .max_by_key(|&i| buckets[i].n_flagged);
    if let Some(i) = most.filter(|&i| buckets[i].n_flagged > 0) {
        let n_most = format_count(buckets[i].n_flagged);
        text += &format!(
            "; most, {n_most}, between {} and {}",
            start(i),
            start(i + 1)
        );
    }
    match timeline.n_without_time {
        0 => text + ".",
        1 => text + ". 1 session has no time.",
        n => text + &format!(". {} sessions have no time.", format_count(n)),
    }
}

fn totals(timeline: &Timeline) -> (u64, u64) {
    let sum = |of: fn(&crate::report::Bucket) -> u64| timeline.buckets.iter().map(of).sum();
    (
        sum(|bucket| bucket.n_sessions),
        sum(|bucket| bucket.n_flagged),
    )
}

fn moment(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(
        |_| format!("second {seconds}"),
        |moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}
