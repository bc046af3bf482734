//! The charts of a report, each by its name, as SVG or on whatever draws.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters_svg::SVGBackend;

use crate::charts::{self, Curve, ScatterView, Style, Theme};
use crate::report::{Distribution, Flows, Heatmap, Histogram, Picture, Report, Scatter, Timeline};

/// Width and height of an exported chart at scale 1, in pixels.
pub const SIZE: (u32, u32) = (960, 600);

/// How a chart is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Shapes and text, sharp at any size.
    #[default]
    Svg,
    /// Pixels, this many times [`SIZE`].
    Png(u32),
}

impl Format {
    /// Every format that is offered.
    pub const ALL: [Format; 5] = [
        Format::Svg,
        Format::Png(1),
        Format::Png(2),
        Format::Png(3),
        Format::Png(4),
    ];

    /// Returns its name for people, which says how large the picture is.
    pub fn title(self) -> String {
        match self {
            Self::Svg => "SVG".to_owned(),
            Self::Png(scale) => format!("PNG, {} × {}", scale * SIZE.0, scale * SIZE.1),
        }
    }

    /// Returns its name in files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png(_) => "png",
        }
    }
}

/// A chart with what it shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure<'a> {
    /// The scatter plot, and how its plane is looked at.
    Scatter(&'a Scatter, ScatterView),
    /// Sessions over time.
    Timeline(&'a Timeline),
    /// The histogram of scores, and the threshold.
    Scores(&'a Histogram, f64),
    /// The ROC curve.
    Roc(Curve<'a>),
    /// The curve of precision over recall.
    PrecisionRecall(Curve<'a>),
    /// The distribution of a column.
    Distribution(&'a Distribution),
    /// Sessions by hour and weekday, in a time zone.
    Heatmap(&'a Heatmap, &'a str),
    /// Sources and destinations.
    Flows(&'a Flows),
}

impl<'a> Figure<'a> {
    /// Returns the charts that a report has; `view` is how the scatter plot is looked at.
    pub fn all(report: &'a Report, view: impl Into<ScatterView>) -> Vec<Figure<'a>> {
        let mut figures = vec![Figure::Scatter(&report.scatter, view.into())];
        figures.extend(report.timeline.as_ref().map(Figure::Timeline));
        figures.push(Figure::Scores(&report.histogram, report.threshold));
        let measured = report.metrics.as_ref();
        if let Some(metrics) = measured.and_then(|measured| measured.metrics.as_ref().ok()) {
            figures.push(Figure::Roc(Curve::roc(metrics)));
            figures.push(Figure::PrecisionRecall(Curve::precision_recall(metrics)));
        }
        figures
    }

    /// Returns the charts that only a picture has: distributions, hours and weekdays, sources and destinations.
    pub fn of_picture(picture: &'a Picture) -> Vec<Figure<'a>> {
        let distributions = picture.distributions.iter().map(Figure::Distribution);
        let zone = picture.query.zone.as_str();
        let heatmap = picture.heatmap.iter().map(|map| Figure::Heatmap(map, zone));
        let flows = picture.flows.iter().map(Figure::Flows);
        distributions.chain(heatmap).chain(flows).collect()
    }

    /// Returns its name in files and tests.
    pub fn name(&self) -> String {
        let name = match self {
            Self::Scatter(..) => "scatter",
            Self::Timeline(_) => "timeline",
            Self::Scores(..) => "scores",
            Self::Roc(_) => "roc",
            Self::PrecisionRecall(_) => "precision_recall",
            Self::Heatmap(..) => "heatmap",
            Self::Flows(_) => "flows",
            Self::Distribution(distribution) => {
                let plain = |character: char| match character {
                    character if character.is_alphanumeric() => character,
                    _ => '_',
                };
                let column: String = distribution.column.chars().map(plain).collect();
                return format!("distribution_{column}");
            }
        };
        name.to_owned()
    }

    /// Returns its name for people.
    pub fn title(&self) -> String {
        let title = match self {
            Self::Scatter(..) => "Scatter plot",
            Self::Timeline(_) => "Sessions over time",
            Self::Scores(..) => "Scores and threshold",
            Self::Roc(_) => "ROC curve",
            Self::PrecisionRecall(_) => "Precision and recall",
            Self::Heatmap(..) => "Hours and weekdays",
            Self::Flows(_) => "Sources and destinations",
            Self::Distribution(distribution) => {
                return format!("Distribution of {}", distribution.column);
            }
        };
        title.to_owned()
    }

    /// Says what it shows.
    pub fn describe(&self) -> String {
        match self {
            Self::Scatter(scatter, _) => charts::describe_scatter(scatter),
            Self::Timeline(timeline) => charts::describe_timeline(timeline),
            Self::Scores(histogram, threshold) => charts::describe_histogram(histogram, *threshold),
            Self::Roc(curve) | Self::PrecisionRecall(curve) => charts::describe_curve(curve),
            Self::Distribution(distribution) => charts::describe_distribution(distribution),
            Self::Heatmap(heatmap, zone) => charts::describe_heatmap(heatmap, zone),
            Self::Flows(flows) => charts::describe_flows(flows),
        }
    }

    /// Draws it.
    ///
    /// # Errors
    /// What the backend says.
    pub fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        style: &Style,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        match self {
            Self::Scatter(scatter, view) => charts::draw_scatter(area, scatter, *view, style),
            Self::Timeline(timeline) => charts::draw_timeline(area, timeline, style),
            Self::Scores(histogram, threshold) => {
                charts::draw_histogram(area, histogram, *threshold, style)
            }
            Self::Roc(curve) | Self::PrecisionRecall(curve) => {
                charts::draw_curve(area, curve, style)
            }
            Self::Distribution(distribution) => {
                charts::draw_distribution(area, distribution, style)
            }
            Self::Heatmap(heatmap, zone) => charts::draw_heatmap(area, heatmap, zone, style),
            Self::Flows(flows) => charts::draw_flows(area, flows, style),
        }
    }

    /// Returns it as an SVG document of [`SIZE`], in the colours for print.
    pub fn svg(&self) -> String {
        let style = Style {
            theme: Theme::print(),
            pixel_ratio: 1.0,
            has_fixed_pixels: false,
        };
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            self.draw(&area, &style)
                .and_then(|()| area.present())
                .expect("a string takes every shape");
        }
        svg
    }
}
