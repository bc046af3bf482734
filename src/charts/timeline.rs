//! The timeline.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::Style;
use super::axis::Axis;
use super::data::DataTable;
use super::emphasis::{Direction, Region, stepped};
use super::format::{counted, format_count};
use super::frame::{Frame, Header, Key, MARK_RADIUS, Plot};
use super::pen::Pen;
use crate::report::{MAX_WANTED_BUCKETS, Timeline};
use crate::table::Zone;

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
    let zone = zone(timeline);
    let x_title = x_title(timeline, &zone);
    let plot = frame(timeline, zone, &x_title).draw(&pen)?;
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

fn x_title(timeline: &Timeline, zone: &Zone) -> String {
    format!(
        "Time ({zone}), {} a bar",
        bucket_length(timeline.bucket_seconds)
    )
}

fn frame<'a>(timeline: &Timeline, zone: Zone, x_title: &'a str) -> Frame<'a> {
    let buckets = &timeline.buckets;
    let highest = buckets.iter().map(|bucket| bucket.n_sessions).max();
    let (n_sessions, n_flagged) = totals(timeline);
    Frame {
        header: Header {
            title: "Sessions over time".to_owned(),
            legend: vec![
                (Key::Bar, format!("All: {}", format_count(n_sessions))),
                (
                    Key::MarkedBar,
                    format!("Suspicious: {}", format_count(n_flagged)),
                ),
            ],
        },
        x_title,
        y_title: "Sessions",
        x: Axis::of_time(start(timeline, 0), start(timeline, buckets.len()), zone),
        y: Axis::of_counts(highest.unwrap_or(0)).with_insets((0.0, HEADROOM)),
    }
}

/// Returns the zone of the timeline; UTC, which is then said, if there is no such zone.
fn zone(timeline: &Timeline) -> Zone {
    Zone::try_new(&timeline.zone).unwrap_or_else(|_| Zone::utc())
}

/// Returns when a bucket starts, in seconds since 1970-01-01 UTC; that after the last is the end.
fn start_seconds(timeline: &Timeline, bucket: usize) -> i64 {
    let start = timeline.starts.get(bucket).or(timeline.starts.last());
    start.copied().unwrap_or(0)
}

fn start(timeline: &Timeline, bucket: usize) -> f64 {
    start_seconds(timeline, bucket) as f64
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
    let zone = zone(timeline);
    let x_title = x_title(timeline, &zone);
    let plot = frame(timeline, zone, &x_title).plot(size);
    let edge = |i| plot.x(start(timeline, i)).unwrap_or(plot.left);
    TimelineSpan {
        edges: (0..=timeline.buckets.len()).map(edge).collect(),
        plot,
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
    let micros = |bucket| start_seconds(timeline, bucket).saturating_mul(1_000_000);
    (micros(from.min(to)), micros(from.max(to) + 1))
}

/// Puts a bucket into words, a line each.
pub fn timeline_readout(timeline: &Timeline, bucket: usize) -> Vec<String> {
    let Some(counts) = timeline.buckets.get(bucket) else {
        return Vec::new();
    };
    vec![
        format!("{} to", written(timeline, bucket)),
        format!("{} {}", written(timeline, bucket + 1), zone(timeline)),
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
        format!(
            "Sessions over time, {} a bar, in the time zone {}",
            bucket_length(timeline.bucket_seconds),
            zone(timeline)
        ),
        ["From", "To", "Sessions", "Suspicious"],
        rows,
    )
}

/// Writes when a bucket starts as the clock in the timeline's zone shows it.
fn written(timeline: &Timeline, bucket: usize) -> String {
    let seconds = start_seconds(timeline, bucket);
    let written = zone(timeline).written(seconds);
    written.unwrap_or_else(|| format!("second {seconds}"))
}

/// Says how long a bucket is: "15 minutes", "1 hour", "2 weeks".
pub fn bucket_length(seconds: i64) -> String {
    let units = [
        (604_800, "week"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
    ];
    let (size, name) = units
        .into_iter()
        .find(|(size, _)| seconds % size == 0)
        .unwrap_or((1, "second"));
    counted((seconds / size).unsigned_abs(), name)
}

/// Says why the buckets are longer than was asked for; `None` if they are as asked.
pub fn why_longer(timeline: &Timeline, wanted_seconds: Option<i64>) -> Option<String> {
    let wanted = wanted_seconds.filter(|&wanted| wanted < timeline.bucket_seconds)?;
    Some(format!(
        "Bars of {} would be more than {}: each is {}.",
        bucket_length(wanted),
        format_count(MAX_WANTED_BUCKETS.unsigned_abs()),
        bucket_length(timeline.bucket_seconds)
    ))
}

/// Says what the timeline shows.
pub fn describe_timeline(timeline: &Timeline) -> String {
    let (n_sessions, n_flagged) = totals(timeline);
    let start = |i: usize| written(timeline, i);
    let buckets = &timeline.buckets;
    let mut text = format!(
        "Timeline of sessions from {} to {} {}, {} a bar: {} in all, {} suspicious",
        start(0),
        start(buckets.len()),
        zone(timeline),
        bucket_length(timeline.bucket_seconds),
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
    text.push('.');
    match timeline.n_without_time {
        0 => {}
        1 => text += " 1 session has no time.",
        n => text += &format!(" {} sessions have no time.", format_count(n)),
    }
    if let Some(outside) = outside_text(timeline) {
        text.push(' ');
        text += &outside;
    }
    text
}

/// Says which times the axis leaves out; `None` if it leaves out none.
pub fn outside_text(timeline: &Timeline) -> Option<String> {
    let (first, last) = timeline.outside?;
    let day = |seconds: i64| crate::table::format_time(seconds.saturating_mul(1_000_000), 0, true);
    let (lie, is) = if timeline.n_outside == 1 {
        ("lies", "is")
    } else {
        ("lie", "are")
    };
    let when = if first == last {
        format!("at {} UTC", day(first))
    } else {
        format!("between {} and {} UTC", day(first), day(last))
    };
    (timeline.n_outside > 0).then(|| {
        format!(
            "{} {lie} far from all others, {when}, and {is} not on the axis.",
            crate::charts::format::counted(timeline.n_outside, "session")
        )
    })
}

fn totals(timeline: &Timeline) -> (u64, u64) {
    let sum = |of: fn(&crate::report::Bucket) -> u64| timeline.buckets.iter().map(of).sum();
    (
        sum(|bucket| bucket.n_sessions),
        sum(|bucket| bucket.n_flagged),
    )
}
