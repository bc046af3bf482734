//! What every chart has around its marks: title, legend, axes, grid.

use plotters::backend::DrawingBackend;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::{Axis, Tick};
use super::emphasis::Region;
use super::pen::{Lettering, Pen, Point, cut_to_fit, text_width};

/// Charts narrower or lower than this, in CSS pixels, have smaller text and margins.
const COMPACT_BELOW: (f64, f64) = (480.0, 260.0);

/// Number of colours in the key of a ramp.
const RAMP_STEPS: u32 = 5;

/// Radius of the triangle above a bar with suspicious sessions, in CSS pixels.
pub(super) const MARK_RADIUS: f64 = 4.0;

/// Least height of a bar that is not empty, in CSS pixels.
const MIN_BAR: f64 = 2.0;

/// Title and legend of a chart.
pub(super) struct Header {
    /// What the chart shows.
    pub(super) title: String,
    /// The kinds of marks and their names.
    pub(super) legend: Vec<(Key, String)>,
}

/// Title, legend and axes of a chart.
pub(super) struct Frame<'a> {
    /// Its title and legend.
    pub(super) header: Header,
    /// Title of the horizontal axis, with its unit.
    pub(super) x_title: &'a str,
    /// Title of the vertical axis, with its unit.
    pub(super) y_title: &'a str,
    /// The horizontal axis.
    pub(super) x: Axis,
    /// The vertical axis.
    pub(super) y: Axis,
}

/// What a kind of mark looks like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    /// A normal session.
    Disc,
    /// A suspicious session.
    Triangle,
    /// A session on the allow-list.
    Diamond,
    /// A bar of sessions.
    Bar,
    /// A bar of suspicious sessions.
    FlaggedBar,
    /// A bar of suspicious sessions with a triangle above.
    MarkedBar,
    /// A curve.
    Line,
    /// The colours of cells, from few sessions to many.
    Ramp,
}

/// The rectangle that marks are drawn in, with its axes.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    /// Its left edge, in CSS pixels.
    pub(super) left: f64,
    /// Its upper edge, in CSS pixels.
    pub(super) top: f64,
    /// Its right edge.
    pub(super) right: f64,
    /// Its lower edge.
    pub(super) bottom: f64,
    x: Axis,
    y: Axis,
    /// Sizes of text and marks.
    pub(super) sizes: Sizes,
}

/// Sizes of text, marks and margins, in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Font of the title.
    title: f64,
    /// Font of everything else.
    pub(super) text: f64,
    /// Room at the edges of the chart.
    pub(super) margin: f64,
    /// Least gap between the labels of the horizontal axis.
    label_gap: f64,
    /// Radius of a disc.
    pub(super) disc: f64,
    /// Radius of a triangle.
    pub(super) triangle: f64,
}

impl Sizes {
    /// Returns the sizes for a chart of this width and height.
    pub(super) fn of((width, height): (f64, f64)) -> Sizes {
        if width < COMPACT_BELOW.0 || height < COMPACT_BELOW.1 {
            Sizes {
                title: 13.0,
                text: 11.0,
                margin: 6.0,
                label_gap: 16.0,
                disc: 2.0,
                triangle: 4.5,
            }
        } else {
            Sizes {
                title: 15.0,
                text: 12.0,
                margin: 10.0,
                label_gap: 32.0,
                disc: 2.5,
                triangle: 5.5,
            }
        }
    }
}

impl Sizes {
    /// Returns the lettering of labels.
    pub(super) fn label<DB: DrawingBackend>(self, pen: &Pen<'_, DB>, across: HPos) -> Lettering {
        Lettering {
            size: self.text,
            is_bold: false,
            is_upright: false,
            color: pen.theme.muted,
            across,
            along: VPos::Center,
        }
    }
}

impl Plot {
    /// Returns where a value lies across the area, in CSS pixels.
    pub(super) fn x(&self, value: f64) -> Option<f64> {
        Some(self.left + self.x.position(value, self.right - self.left)?)
    }

    /// Returns where a value lies down the area, in CSS pixels.
    pub(super) fn y(&self, value: f64) -> Option<f64> {
        Some(self.bottom - self.y.position(value, self.bottom - self.top)?)
    }

    /// Returns the value at this distance from the left edge of the area, beyond the plot as well.
    pub(super) fn value_at_x(&self, x: f64) -> f64 {
        self.x.value_at(x - self.left, self.right - self.left)
    }

    /// Returns the value at this distance from the upper edge of the area, beyond the plot as well.
    pub(super) fn value_at_y(&self, y: f64) -> f64 {
        self.y.value_at(self.bottom - y, self.bottom - self.top)
    }

    /// Returns where a value lies across the area, beyond the plot as well.
    pub(super) fn x_beyond(&self, value: f64) -> f64 {
        self.left + self.x.position_beyond(value, self.right - self.left)
    }

    /// Returns where a value lies down the area, beyond the plot as well.
    pub(super) fn y_beyond(&self, value: f64) -> f64 {
        self.bottom - self.y.position_beyond(value, self.bottom - self.top)
    }

    /// Returns the rectangle.
    pub(super) fn region(&self) -> Region {
        Region {
            left: self.left,
            top: self.top,
            right: self.right,
            bottom: self.bottom,
        }
    }

    /// Returns where the bar between two values begins and ends, a gap to its neighbour left free if there is room.
    pub(super) fn sides(&self, low: f64, high: f64) -> Option<(f64, f64)> {
        let (left, right) = (self.x(low)?, self.x(high)?);
        let right = if right - left > 3.0 {
            right - 1.0
        } else {
            right.max(left + 1.0)
        };
        Some((left, right))
    }

    /// Draws a bar from zero to a value, high enough to be seen, and returns where it ends.
    pub(super) fn bar<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        (left, right): (f64, f64),
        value: f64,
        color: RGBColor,
    ) -> Result<f64, DrawingAreaErrorKind<DB::ErrorType>> {
        let (Some(foot), Some(end)) = (self.y(0.0), self.y(value)) else {
            return Ok(self.bottom);
        };
        let end = if value < 0.0 {
            end.max(foot + MIN_BAR)
        } else {
            end.min(foot - MIN_BAR)
        };
        pen.rectangle((left, end.min(foot)), (right, end.max(foot)), color)?;
        Ok(end)
    }
}

impl Frame<'_> {
    /// Returns where the marks go on a chart of this width and height, in CSS pixels.
    pub(super) fn plot(&self, (width, height): (f64, f64)) -> Plot {
        let sizes = Sizes::of((width, height));
        let line = 1.45 * sizes.text;
        let n_label_lines = if self.x.has_context() { 2.0 } else { 1.0 };
        let (top, below) = (
            self.header.end(width, sizes) + 0.5 * line,
            sizes.margin + line * (n_label_lines + 1.0) + 6.0,
        );
        let bottom = (height - below).max(top + 1.0);
        let mut plot = Plot {
            left: 0.0,
            top,
            right: 0.0,
            bottom,
            x: self.x.clone(),
            y: self.y.clone(),
            sizes,
        };
        let widest = plot
            .y_ticks()
            .iter()
            .map(|tick| text_width(&tick.label, sizes.text))
            .fold(0.0, f64::max);
        plot.left = sizes.margin + line + widest + 6.0;
        plot.right = (width - sizes.margin - 12.0).max(plot.left + 1.0);
        plot
    }

    /// Draws it and returns where the marks go.
    pub(super) fn draw<DB: DrawingBackend>(
        self,
        pen: &Pen<'_, DB>,
    ) -> Result<Plot, DrawingAreaErrorKind<DB::ErrorType>> {
        let (width, height) = pen.size();
        let plot = self.plot((width, height));
        let sizes = plot.sizes;
        let header = self.header.draw(pen, sizes)?;
        plot.draw_axes(pen)?;
        let (left, top, right, bottom) = (plot.left, plot.top, plot.right, plot.bottom);
        let title = Lettering {
            color: pen.theme.ink,
            along: VPos::Bottom,
            ..plot.label(pen, HPos::Center)
        };
        let x_title = cut_to_fit(self.x_title, sizes.text, right - left);
        pen.write(
            &x_title,
            (0.5 * (left + right), height - sizes.margin),
            title,
        )?;
        let y_title = cut_to_fit(self.y_title, sizes.text, height - header);
        let upright = Lettering {
            is_upright: true,
            along: VPos::Top,
            ..title
        };
        // beside the middle of its axis, but never beyond the area's lower edge
        let half = 0.5 * text_width(&y_title, sizes.text);
        let middle = (0.5 * (top + bottom)).max(header + half).min(height - half);
        pen.write(&y_title, (sizes.margin, middle), upright)?;
        Ok(plot)
    }
}

impl Header {
    /// Returns the middle of the legend's line, and where it begins if it stands beside the title.
    fn legend_place(&self, width: f64, sizes: Sizes) -> (Option<f64>, f64) {
        let gap = 1.5 * sizes.text;
        let entries = self
            .legend
            .iter()
            .map(|(key, name)| key.room(sizes) + text_width(name, sizes.text));
        let legend_width = gap + entries.sum::<f64>();
        // bold text is a little wider
        let title_width = 1.08 * text_width(&self.title, sizes.title);
        let middle = sizes.margin + 0.7 * sizes.title;
        let room = width - 2.0 * sizes.margin;
        if title_width + 2.0 * gap + legend_width <= room {
            (Some(width - sizes.margin - legend_width), middle)
        } else {
            (None, middle + 0.7 * sizes.title + 0.9 * sizes.text)
        }
    }

    /// Returns where title and legend end.
    pub(super) fn end(&self, width: f64, sizes: Sizes) -> f64 {
        self.legend_place(width, sizes).1 + 0.9 * sizes.text
    }

    /// Draws title and legend, beside or below each other, and returns where they end.
    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        sizes: Sizes,
    ) -> Result<f64, DrawingAreaErrorKind<DB::ErrorType>> {
        let (width, _) = pen.size();
        let title = Lettering {
            size: sizes.title,
            is_bold: true,
            is_upright: false,
            color: pen.theme.ink,
            across: HPos::Left,
            along: VPos::Center,
        };
        let text = cut_to_fit(&self.title, 1.08 * sizes.title, width - 2.0 * sizes.margin);
        pen.write(
            &text,
            (sizes.margin, sizes.margin + 0.7 * sizes.title),
            title,
        )?;
        let (x, middle) = self.legend_place(width, sizes);
        let mut x = x.unwrap_or(sizes.margin);
        for (key, name) in &self.legend {
            draw_key(pen, *key, (x + 0.4 * sizes.text, middle), sizes)?;
            let lettering = Lettering {
                size: sizes.text,
                is_bold: false,
                ..title
            };
            let room = key.room(sizes);
            pen.write(name, (x + room, middle), lettering)?;
            x += room + text_width(name, sizes.text) + 1.5 * sizes.text;
        }
        Ok(self.end(width, sizes))
    }
}

impl Key {
    /// Returns the width of the key in the legend, the gap to its name included.
    fn room(self, sizes: Sizes) -> f64 {
        match self {
            Key::Ramp => 4.0 * sizes.text,
            _ => 1.5 * sizes.text,
        }
    }
}

impl Plot {
    fn y_ticks(&self) -> Vec<Tick> {
        self.y
            .ticks(self.bottom - self.top, |_| 2.8 * self.sizes.text)
    }

    fn x_ticks(&self) -> Vec<Tick> {
        self.x.ticks(self.right - self.left, |label| {
            text_width(label, self.sizes.text) + self.sizes.label_gap
        })
    }

    fn draw_axes<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let (width, _) = pen.size();
        let line = 1.45 * self.sizes.text;
        for tick in self.y_ticks() {
            let y = self.bottom - tick.at;
            pen.rule((self.left, y), (self.right, y), pen.theme.grid)?;
            let label = self.label(pen, HPos::Right);
            pen.write(&tick.label, (self.left - 6.0, y), label)?;
        }
        for tick in self.x_ticks() {
            let x = self.left + tick.at;
            pen.rule((x, self.top), (x, self.bottom + 4.0), pen.theme.grid)?;
            let texts = [Some(&tick.label), tick.context.as_ref()];
            for (i, text) in texts.into_iter().flatten().enumerate() {
                // a label at an end moves inwards rather than being cut off
                let half = 0.5 * text_width(text, self.sizes.text);
                let x = x.min(width - self.sizes.margin - half).max(half);
                let y = self.bottom + 5.0 + line * (i as f64 + 0.5);
                pen.write(text, (x, y), self.label(pen, HPos::Center))?;
            }
        }
        pen.rule(
            (self.left, self.bottom),
            (self.right, self.bottom),
            pen.theme.muted,
        )
    }

    /// Returns the lettering of labels.
    pub(super) fn label<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, across: HPos) -> Lettering {
        self.sizes.label(pen, across)
    }
}

fn draw_key<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    key: Key,
    center: Point,
    sizes: Sizes,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let (x, y) = center;
    let half = 0.36 * sizes.text;
    let bar =
        |top: f64, color| pen.rectangle((x - half, y + top), (x + half, y + half + 1.0), color);
    match key {
        Key::Disc => pen.disc(center, 1.4 * sizes.disc),
        Key::Triangle => pen.edged_triangle((x, y + 1.0), sizes.triangle),
        Key::Diamond => pen.diamond(center, sizes.triangle),
        Key::Bar => bar(-half, pen.theme.normal),
        Key::Line => pen.line(&[(x - half, y), (x + half, y)], pen.theme.normal),
        Key::Ramp => {
            let (left, width) = (x - half, 3.3 * sizes.text / f64::from(RAMP_STEPS));
            for step in 0..RAMP_STEPS {
                let share = f64::from(step) / f64::from(RAMP_STEPS - 1);
                let from = left + f64::from(step) * width;
                let color = pen.theme.ramp_at(share);
                pen.rectangle((from, y - half), (from + width, y + half + 1.0), color)?;
            }
            Ok(())
        }
        Key::FlaggedBar => bar(-half, pen.theme.suspicious),
        Key::MarkedBar => {
            bar(1.0, pen.theme.suspicious)?;
            pen.edged_triangle((x, y - 3.0), MARK_RADIUS)
        }
    }
}
