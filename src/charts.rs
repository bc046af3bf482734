//! A report to marks on any plotters backend: a canvas in the page, SVG in native tests.
//!
//! Takes the parts of a [`Report`](crate::report::Report) that have a picture and gives drawn shapes, and a sentence for
//! those who do not see them. Axes, ticks and legend are laid out here, in CSS pixels, rather than by plotters' mesh:
//! its ticks know neither bytes nor UTC, and in a browser it measures text by elements with inline styles, which the
//! page's security policy forbids. Suspicious marks differ from normal ones in shape, not only in colour.

mod axis;
mod cells;
mod curve;
pub mod format;
mod frame;
mod histogram;
mod pen;
mod scatter;
mod timeline;

pub use curve::{Curve, describe_curve, draw_curve};
pub use histogram::{Span, describe_histogram, draw_histogram, histogram_span};
pub use scatter::{describe_scatter, draw_scatter};
pub use timeline::{describe_timeline, draw_timeline};

use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

/// How values are spread along the axes of a scatter plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps for equal differences.
    Linear,
    /// Equal steps for equal factors; zero and negative values keep a place.
    Log,
}

/// The colours of a chart.
///
/// Blue and vermillion are Okabe and Ito's, which people with any colour vision tell apart; ground, text and lines are
/// those of the page's style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    surface: RGBColor,
    ink: RGBColor,
    muted: RGBColor,
    grid: RGBColor,
    normal: RGBColor,
    suspicious: RGBColor,
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
}

/// How a chart looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Its colours.
    pub theme: Theme,
    /// Device pixels of a CSS pixel; fonts, strokes, marks and margins all scale by it.
    pub pixel_ratio: f64,
}

/// What a drawing step gives: nothing, or the backend's error.
type Drawn<E> = Result<(), DrawingAreaErrorKind<E>>;
