//! Curves in the unit square: how well scores find what labels mark.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::axis::Axis;
use super::format::fixed;
use super::frame::{Frame, Header, Key};
use super::pen::Pen;
use super::{Scale, Style};
use crate::explain::metrics::Metrics;
use crate::report::Unit;

/// Room around the unit square, so that a curve along its edge is seen whole, in CSS pixels.
const INSETS: (f64, f64) = (3.0, 3.0);

/// A curve in the unit square.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve<'a> {
    /// What it shows.
    pub title: &'a str,
    /// Title of the horizontal axis.
    pub x_title: &'a str,
    /// Title of the vertical axis.
    pub y_title: &'a str,
    /// What the curve says in one number.
    pub name: String,
    /// The curve, from left to right.
    pub points: &'a [(f64, f64)],
    /// Where scores without any sense would lie, from left to right.
    pub chance: [(f64, f64); 2],
    /// Where the threshold lies, if it flags anything.
    pub threshold: Option<(f64, f64)>,
}

impl Curve<'_> {
    /// Returns the ROC curve.
    pub fn roc(metrics: &Metrics) -> Curve<'_> {
        let n_false = (metrics.n_flagged - metrics.n_found) as f64;
        let n_normal = (metrics.n_rows - metrics.n_anomalies) as f64;
        Curve {
            title: "ROC curve",
            x_title: "False positive rate",
            y_title: "True positive rate (recall)",
            name: format!("AUC {}", fixed(metrics.roc_auc, 4)),
            points: &metrics.roc,
            chance: [(0.0, 0.0), (1.0, 1.0)],
            threshold: (metrics.n_flagged > 0).then(|| (n_false / n_normal, metrics.recall())),
        }
    }

    /// Returns the curve of precision over recall.
    pub fn precision_recall(metrics: &Metrics) -> Curve<'_> {
        let share = metrics.n_anomalies as f64 / metrics.n_rows as f64;
        Curve {
            title: "Precision and recall",
            x_title: "Recall",
            y_title: "Precision",
            name: format!("Average precision {}", fixed(metrics.average_precision, 4)),
            points: &metrics.precision_recall,
            chance: [(0.0, share), (1.0, share)],
            threshold: metrics
                .precision()
                .map(|precision| (metrics.recall(), precision)),
        }
    }
}

/// Draws the curve over the dashed line of chance, with a triangle where the threshold lies.
///
/// # Errors
/// What the backend says.
pub fn draw_curve<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    curve: &Curve<'_>,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::on(area, style)?;
    let axis = Axis::of_values(0.0, 1.0, Unit::Plain, Scale::Linear).with_insets(INSETS);
    let frame = Frame {
        header: Header {
            title: curve.title.to_owned(),
            legend: vec![
                (Key::Line, curve.name.clone()),
                (Key::Triangle, "At the threshold".to_owned()),
            ],
        },
        x_title: curve.x_title,
        y_title: curve.y_title,
        x: axis.clone(),
        y: axis,
    };
    let plot = frame.draw(&pen)?;
    let place = |&(x, y): &(f64, f64)| Some((plot.x(x)?, plot.y(y)?));
    if let [Some(from), Some(to)] = curve.chance.each_ref().map(place) {
        pen.dashed_line(from, to, pen.theme.muted)?;
    }
    let points: Vec<_> = curve.points.iter().filter_map(place).collect();
    pen.line(&points, pen.theme.normal)?;
    match curve.threshold.as_ref().and_then(place) {
        Some(place) => pen.edged_triangle(place, plot.sizes.triangle),
        None => Ok(()),
    }
}

/// Says what the curve shows.
pub fn describe_curve(curve: &Curve<'_>) -> String {
    let threshold = match curve.threshold {
        Some((x, y)) => format!(
            "At the threshold: {} {}, {} {}.",
            curve.x_title.to_lowercase(),
            fixed(x, 4),
            curve.y_title.to_lowercase(),
            fixed(y, 4)
        ),
        None => "The threshold flags nothing.".to_owned(),
    };
    format!(
        "{}: {} over {}. {}. {threshold}",
        curve.title,
        curve.y_title.to_lowercase(),
        curve.x_title.to_lowercase(),
        curve.name
    )
}
