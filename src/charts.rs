//! A report to marks on any plotters backend: a canvas in the page, SVG in native tests.
//!
//! Takes the parts of a [`Report`](crate::report::Report) that have a picture and gives drawn shapes, and a sentence for
//! those who do not see them. Axes, ticks and legend are laid out here, in CSS pixels, rather than by plotters' mesh:
//! its ticks know neither bytes nor UTC, and in a browser it measures text by elements with inline styles, which the
//! page's security policy forbids. Suspicious marks differ from normal ones in shape, not only in colour.
//!
//! Every chart comes as a family: `draw_x` draws it, `describe_x` says it in a sentence, `x_table` gives its data as
//! text. Those that can be pointed at have `x_span`, which says where everything lies on a chart of some size, without
//! drawing: from a pixel to what lies there, and back to a [`Region`]. `x_readout` puts what lies there into words, and
//! [`draw_emphasis`] draws cursor and selection over the chart. All lengths are CSS pixels.

mod axis;
mod cells;
mod curve;
mod data;
mod distribution;
mod emphasis;
mod flows;
pub mod format;
mod frame;
mod heap;
mod heatmap;
mod histogram;
mod matrix;
mod pen;
mod scatter;
mod timeline;

pub use curve::{Curve, describe_curve, draw_curve};
pub use data::DataTable;
pub use distribution::{
    DistributionSpan, describe_distribution, distribution_readout, distribution_span,
    distribution_table, draw_distribution,
};
pub use emphasis::{Cursor, Direction, Emphasis, Region, draw_emphasis};
pub use flows::{
    FlowsPlace, FlowsSpan, describe_flows, draw_flows, flows_readout, flows_span, flows_table,
};
pub use heatmap::{
    HeatmapSpan, Hour, describe_heatmap, draw_heatmap, heatmap_readout, heatmap_span, heatmap_table,
};
pub use histogram::{
    Span, describe_histogram, draw_histogram, histogram_bar_beside, histogram_readout,
    histogram_span, histogram_table,
};
pub use scatter::{
    MarkPlace, ScatterSpan, ScatterView, Window, describe_scatter, draw_scatter, scatter_readout,
    scatter_span, scatter_table,
};
pub use timeline::{
    TimelineSpan, bucket_length, describe_timeline, draw_timeline, outside_text, period_of_buckets,
    timeline_readout, timeline_span, timeline_table, why_longer,
};

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;
use serde::{Deserialize, Serialize};

/// How values are spread along the axes of a scatter plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal factors; zero and negative values keep a place.
    Log,
}

/// The colours of a chart.
///
/// Blue and vermillion are Okabe and Ito's, and green is theirs but darker, which people with any colour vision tell apart;
/// ground, text and lines are those of the page's style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    surface: RGBColor,
    ink: RGBColor,
    muted: RGBColor,
    grid: RGBColor,
    normal: RGBColor,
    suspicious: RGBColor,
    known: RGBColor,
    /// Colours of cells with the fewest sessions, with some, with the most; they stand off the ground more and more.
    ramp: [RGBColor; 3],
}

impl Theme {
    /// Returns the colours of the page by day.
    pub const fn light() -> Theme {
        Theme {
            surface: RGBColor(0xff, 0xff, 0xff),
            ink: RGBColor(0x17, 0x21, 0x2b),
            muted: RGBColor(0x52, 0x60, 0x6d),
            grid: RGBColor(0xd5, 0xdb, 0xe1),
            normal: RGBColor(0x00, 0x72, 0xb2),
            suspicious: RGBColor(0xd5, 0x5e, 0x00),
            known: RGBColor(0x00, 0x8a, 0x64),
            ramp: [
                RGBColor(0x63, 0x94, 0xc0),
                RGBColor(0x00, 0x72, 0xb2),
                RGBColor(0x06, 0x24, 0x3d),
            ],
        }
    }

    /// Returns the colours of the page by night, the marks lighter to stand out.
    pub const fn dark() -> Theme {
        Theme {
            surface: RGBColor(0x17, 0x1f, 0x27),
            ink: RGBColor(0xe4, 0xea, 0xf0),
            muted: RGBColor(0x9f, 0xad, 0xba),
            grid: RGBColor(0x2d, 0x38, 0x43),
            normal: RGBColor(0x6d, 0xb8, 0xf2),
            suspicious: RGBColor(0xff, 0x9a, 0x4d),
            known: RGBColor(0x3c, 0xc9, 0xa0),
            ramp: [
                RGBColor(0x3b, 0x74, 0xa0),
                RGBColor(0x6d, 0xb8, 0xf2),
                RGBColor(0xee, 0xf7, 0xff),
            ],
        }
    }

    /// Returns the colours of an exported picture: white ground, darker text.
    pub const fn print() -> Theme {
        Theme {
            ink: RGBColor(0x00, 0x00, 0x00),
            muted: RGBColor(0x33, 0x3d, 0x47),
            ..Theme::light()
        }
    }

    /// Returns the colour of a cell, from the fewest sessions at 0 to the most at 1.
    fn ramp_at(&self, share: f64) -> RGBColor {
        let [few, some, many] = self.ramp;
        let (from, to, along) = if share < 0.5 {
            (few, some, 2.0 * share)
        } else {
            (some, many, 2.0 * share - 1.0)
        };
        let mix = |from: u8, to: u8| {
            (f64::from(from) + along.clamp(0.0, 1.0) * (f64::from(to) - f64::from(from))).round()
                as u8
        };
        RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
    }
}

/// How a chart looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Its colours.
    pub theme: Theme,
    /// Device pixels of a CSS pixel; fonts, strokes, marks and margins all scale by it.
    pub pixel_ratio: f64,
    /// Whether its pixels stay as they are drawn, as on a canvas: then a heap of marks is drawn in fewer shapes. A picture
    /// that is shown at any size, such as an SVG, would have seams between them.
    pub has_fixed_pixels: bool,
}

impl Style {
    /// For a canvas.
    pub fn of_canvas(theme: Theme, pixel_ratio: f64) -> Style {
        Style {
            theme,
            pixel_ratio,
            has_fixed_pixels: true,
        }
    }
}

/// What a drawing step gives: nothing, or the backend's error.
type Drawn<E> = Result<(), DrawingAreaErrorKind<E>>;
