//! The timeline.

use jiff::Timestamp;
use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::Style;
use super::axis::Axis;
use super::format::format_count;
use super::frame::{Frame, Key, MARK_RADIUS};
use super::pen::Pen;
use crate::report::Timeline;

/// Free room above the highest bar, for its triangle, in CSS pixels.
const HEADROOM: f64 = 12.0;

/// Least height of a bar that is not empty, in CSS pixels.
pub(super) const MIN_BAR: f64 = 2.0;

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
    let buckets = &timeline.buckets;
    let start = |i: usize| timeline.starts[i] as f64;
    let highest = buckets
        .iter()
        .map(|bucket| bucket.n_sessions)
        .max()
        .unwrap_or(0);
    let (n_sessions, n_flagged) = totals(timeline);
    let frame = Frame {
        title: "Sessions over time".to_owned(),
        legend: [
            (Key::Bar, format!("All: {}", format_count(n_sessions))),
            (
                Key::MarkedBar,
                format!("Suspicious: {}", format_count(n_flagged)),
            ),
        ],
        x_title: "Time (UTC)",
        y_title: "Sessions",
        x: Axis::of_time(start(0), start(buckets.len())),
        y: Axis::of_counts(highest).with_insets((0.0, HEADROOM)),
    };
    let plot = frame.draw(&pen)?;
    for (i, bucket) in buckets.iter().enumerate() {
        let (Some(left), Some(right), Some(top), Some(flagged_top)) = (
            plot.x(start(i)),
            plot.x(start(i + 1)),
            plot.y(bucket.n_sessions as f64),
            plot.y(bucket.n_flagged as f64),
        ) else {
            continue;
        };
        if bucket.n_sessions == 0 {
            continue;
        }
        let right = if right - left > 3.0 {
            right - 1.0
        } else {
            right.max(left + 1.0)
        };
        let lowest = plot.bottom - MIN_BAR;
        let top = top.min(lowest);
        pen.rectangle((left, top), (right, plot.bottom), pen.theme.normal)?;
        if bucket.n_flagged > 0 {
            let from = flagged_top.min(lowest);
            pen.rectangle((left, from), (right, plot.bottom), pen.theme.suspicious)?;
            pen.edged_triangle((0.5 * (left + right), top - 5.0), MARK_RADIUS)?;
        }
    }
    Ok(())
}

/// Says what the timeline shows.
pub fn describe_timeline(timeline: &Timeline) -> String {
    let (n_sessions, n_flagged) = totals(timeline);
    let start = |i: usize| moment(timeline.starts[i]);
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
