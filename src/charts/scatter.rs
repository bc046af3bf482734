//! The scatter plot.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};

use super::axis::Axis;
use super::cells::Cells;
use super::data::DataTable;
use super::emphasis::{Direction, Region};
use super::format::{format_count, format_near};
use super::frame::{Frame, Header, Key, Plot};
use super::pen::{Pen, Point};
use super::{Scale, Style};
use crate::report::{self, Mark, Scatter, Unit};
use crate::text::visible;

/// Free room around the outermost marks, in CSS pixels.
const INSET: f64 = 8.0;

/// Marks nearer than this to an earlier one of their class are not drawn again, in CSS pixels.
const NORMAL_CELL: f64 = 3.0;

/// The same of suspicious marks.
const SUSPICIOUS_CELL: f64 = 2.0;

/// The most rows of its data as a table.
const MAX_TABLE_ROWS: usize = 200;

/// What marks are told apart by, as a share of an axis; a digit more is written.
const PLACES_APART: f64 = 0.1;

/// More marks than this of a class are drawn plainer, so that a frame suffices for them.
const CROWD: usize = 3000;

/// A part of the plane of a scatter plot: lowest and highest value of the horizontal axis, and of the vertical one.
pub type Window = ((f64, f64), (f64, f64));

/// How the plane of a scatter plot is looked at. A [`Scale`] alone stands for both axes and the whole plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScatterView {
    /// How values are spread along the horizontal axis.
    pub x: Scale,
    /// How values are spread along the vertical axis.
    pub y: Scale,
    /// The part to show; `None` shows all of it.
    pub window: Option<Window>,
}

impl From<Scale> for ScatterView {
    fn from(scale: Scale) -> ScatterView {
        ScatterView {
            x: scale,
            y: scale,
            window: None,
        }
    }
}

/// Draws the scatter plot: normal sessions as discs, known ones as diamonds, suspicious ones as triangles on top.
///
/// # Errors
/// What the backend says.
pub fn draw_scatter<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    scatter: &Scatter,
    view: impl Into<ScatterView>,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::on(area, style)?;
    let view = view.into();
    let titles = axis_titles(scatter, view);
    let plot = frame(scatter, view, &titles).draw(&pen)?;
    let size = pen.size();
    let shown = |marks| inside(marks, view.window);
    let discs = places(&plot, shown(&scatter.normal), size, NORMAL_CELL);
    for &point in &discs {
        if discs.len() > CROWD {
            pen.square(point, plot.sizes.disc)?;
        } else {
            pen.disc(point, plot.sizes.disc)?;
        }
    }
    let diamonds = places(&plot, shown(&scatter.known), size, SUSPICIOUS_CELL);
    for &point in &diamonds {
        pen.diamond(point, plot.sizes.triangle)?;
    }
    let triangles = places(&plot, shown(&scatter.suspicious), size, SUSPICIOUS_CELL);
    let is_crowd = triangles.len() > CROWD;
    if is_crowd && pen.has_fixed_pixels {
        return pen.heap_of_triangles(&triangles, plot.sizes.triangle);
    }
    for &point in &triangles {
        if is_crowd {
            pen.triangle(point, plot.sizes.triangle)?;
        } else {
            pen.edged_triangle(point, plot.sizes.triangle)?;
        }
    }
    Ok(())
}

fn frame<'a>(scatter: &Scatter, view: ScatterView, titles: &'a [String; 2]) -> Frame<'a> {
    let axis = |axis: &report::Axis, scale, window: Option<(f64, f64)>| {
        let whole = Axis::of_values(axis.low, axis.high, axis.unit, scale);
        let shown = match window {
            Some(window) => whole.cut_to(window),
            None => whole,
        };
        shown.with_insets((INSET, INSET))
    };
    let entry = |key, name, n| (key, format!("{name}: {}", format_count(n)));
    let mut legend = vec![
        entry(Key::Disc, "Normal", scatter.n_normal),
        entry(Key::Triangle, "Suspicious", scatter.n_suspicious),
    ];
    if scatter.n_known > 0 {
        legend.push(entry(Key::Diamond, "Known", scatter.n_known));
    }
    Frame {
        header: Header {
            title: visible(format!(
                "{} and {} of each session",
                scatter.x.title,
                in_sentence(&scatter.y)
            )),
            legend,
        },
        x_title: &titles[0],
        y_title: &titles[1],
        x: axis(&scatter.x, view.x, view.window.map(|window| window.0)),
        y: axis(&scatter.y, view.y, view.window.map(|window| window.1)),
    }
}

fn axis_titles(scatter: &Scatter, view: ScatterView) -> [String; 2] {
    [
        visible(axis_title(&scatter.x, view.x)),
        visible(axis_title(&scatter.y, view.y)),
    ]
}

/// Returns the marks inside of a window, with their places among all.
fn inside(marks: &[Mark], window: Option<Window>) -> impl Iterator<Item = (usize, (f64, f64))> {
    let is_inside = move |&(_, (x, y)): &(usize, (f64, f64))| {
        let within = |(low, high): (f64, f64), value| low <= value && value <= high;
        window.is_none_or(|window| within(window.0, x) && within(window.1, y))
    };
    let values = marks.iter().map(|mark| (mark.x, mark.y));
    values.enumerate().filter(is_inside)
}

/// Returns where marks lie, one for each cell of this size.
fn places(
    plot: &Plot,
    marks: impl Iterator<Item = (usize, (f64, f64))>,
    (width, height): (f64, f64),
    cell: f64,
) -> Vec<Point> {
    let count = |length: f64| (length / cell) as usize + 1;
    let (n_columns, n_rows) = (count(width), count(height));
    let mut cells = Cells::new(n_columns, n_rows);
    let place = |(_, (x, y))| {
        let (x, y) = (plot.x(x)?, plot.y(y)?);
        let (column, row) = ((x / cell) as usize, (y / cell) as usize);
        cells
            .take(column.min(n_columns - 1), row.min(n_rows - 1))
            .then_some((x, y))
    };
    marks.filter_map(place).collect()
}

/// A mark of a scatter plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkPlace {
    /// Its place in [`Scatter::normal`].
    Normal(usize),
    /// Its place in [`Scatter::suspicious`].
    Suspicious(usize),
    /// Its place in [`Scatter::known`].
    Known(usize),
}

impl MarkPlace {
    /// Returns the mark; `None` if the plot has no such mark any more.
    pub fn mark(self, scatter: &Scatter) -> Option<Mark> {
        match self {
            MarkPlace::Normal(i) => scatter.normal.get(i).copied(),
            MarkPlace::Suspicious(i) => scatter.suspicious.get(i).copied(),
            MarkPlace::Known(i) => scatter.known.get(i).copied(),
        }
    }
}

/// Where values lie on a scatter plot.
#[derive(Debug, Clone)]
pub struct ScatterSpan {
    plot: Plot,
    view: ScatterView,
    /// Ends of the values of each axis.
    whole: Window,
}

/// Returns where values lie on a scatter plot of this width and height, in CSS pixels.
pub fn scatter_span(
    scatter: &Scatter,
    view: impl Into<ScatterView>,
    size: (f64, f64),
) -> ScatterSpan {
    let view = view.into();
    let titles = axis_titles(scatter, view);
    ScatterSpan {
        plot: frame(scatter, view, &titles).plot(size),
        view,
        whole: (
            (scatter.x.low, scatter.x.high),
            (scatter.y.low, scatter.y.high),
        ),
    }
}

impl ScatterSpan {
    /// Returns where the marks lie together.
    pub fn plot(&self) -> Region {
        self.plot.region()
    }

    /// Returns where a pair of values lies, at the plot's edge if it lies beyond; `None` unless both are finite.
    pub fn point(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        Some((self.plot.x(x)?, self.plot.y(y)?))
    }

    /// Returns the values at a point, beyond the plot as well.
    pub fn values_at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.plot.value_at_x(x), self.plot.value_at_y(y))
    }

    /// Returns the mark nearest to a point, not farther than `radius`; of equally near ones a suspicious one.
    pub fn nearest(&self, scatter: &Scatter, from: (f64, f64), radius: f64) -> Option<MarkPlace> {
        self.least(scatter, |(x, y)| {
            let distance = (x - from.0).hypot(y - from.1);
            (distance <= radius).then_some(distance)
        })
    }

    /// Returns the mark that an arrow key leads to from another; `None` if none lies that way.
    ///
    /// It is the nearest one within 45 degrees of that way, more than half a pixel off: so every mark can be reached.
    pub fn next(
        &self,
        scatter: &Scatter,
        from: MarkPlace,
        direction: Direction,
    ) -> Option<MarkPlace> {
        let from = from.mark(scatter)?;
        let (from_x, from_y) = self.point((from.x, from.y))?;
        let (across, down) = direction.step();
        let (across, down) = (f64::from(across), f64::from(down));
        self.least(scatter, |(x, y)| {
            let (x, y) = (x - from_x, y - from_y);
            let (along, aside) = (x * across + y * down, (x * down - y * across).abs());
            (along > 0.5 && aside <= along).then(|| along.hypot(2.0 * aside))
        })
    }

    /// Returns the mark for which a function of its point is least, if it is so for any.
    fn least(
        &self,
        scatter: &Scatter,
        of: impl Fn((f64, f64)) -> Option<f64>,
    ) -> Option<MarkPlace> {
        let mut least: Option<(f64, MarkPlace)> = None;
        let places = |marks, place: fn(usize) -> MarkPlace| {
            inside(marks, self.view.window).map(move |(i, values)| (place(i), values))
        };
        let suspicious = places(&scatter.suspicious, MarkPlace::Suspicious);
        let known = places(&scatter.known, MarkPlace::Known);
        let normal = places(&scatter.normal, MarkPlace::Normal);
        for (place, values) in suspicious.chain(known).chain(normal) {
            let Some(size) = self.point(values).and_then(&of) else {
                continue;
            };
            if least.is_none_or(|(smallest, _)| size < smallest) {
                least = Some((size, place));
            }
        }
        least.map(|(_, place)| place)
    }

    /// Returns the part of the plane in a rectangle, such as one that was drawn by dragging.
    pub fn window(&self, region: Region) -> Window {
        let region = region.within(&self.plot());
        let (left, top) = self.values_at((region.left, region.top));
        let (right, bottom) = self.values_at((region.right, region.bottom));
        ((left, right), (bottom, top))
    }

    /// Returns where a part of the plane lies, as far as it is shown.
    pub fn region(&self, ((left, right), (bottom, top)): Window) -> Option<Region> {
        Some(Region::between(
            self.point((left, bottom))?,
            self.point((right, top))?,
        ))
    }

    /// Returns the part of the plane to show after coming nearer by a factor, a point of the chart staying where it is;
    /// a factor below 1 goes farther away. `None` shows all of it.
    pub fn zoomed(&self, (x, y): (f64, f64), factor: f64) -> Option<Window> {
        let Region {
            left,
            top,
            right,
            bottom,
        } = self.inner();
        let nearer = |end: f64, fixed: f64| fixed + (end - fixed) / factor;
        self.shown(Region {
            left: nearer(left, x),
            top: nearer(top, y),
            right: nearer(right, x),
            bottom: nearer(bottom, y),
        })
    }

    /// Returns the part of the plane to show after the marks were moved to the right and down by so many pixels, without
    /// leaving the plane behind. `None` shows all of it.
    pub fn panned(&self, (across, down): (f64, f64)) -> Option<Window> {
        let inner = self.inner();
        let whole = self.region_beyond(self.whole);
        // as far as the other end of the plane comes to the end of the plot
        let kept = |by: f64, low: f64, high: f64, first: f64, last: f64| {
            by.min((low - first).max(0.0)).max((high - last).min(0.0))
        };
        let across = kept(across, inner.left, inner.right, whole.left, whole.right);
        let down = kept(down, inner.top, inner.bottom, whole.top, whole.bottom);
        self.shown(Region {
            left: inner.left - across,
            top: inner.top - down,
            right: inner.right - across,
            bottom: inner.bottom - down,
        })
    }

    /// Returns the plot without the free room around the outermost marks: its corners are those of the window.
    fn inner(&self) -> Region {
        let plot = self.plot();
        Region {
            left: plot.left + INSET,
            top: plot.top + INSET,
            right: plot.right - INSET,
            bottom: plot.bottom - INSET,
        }
    }

    /// Returns where a part of the plane lies, beyond the plot as well.
    fn region_beyond(&self, ((left, right), (bottom, top)): Window) -> Region {
        let (x, y) = (
            |value| self.plot.x_beyond(value),
            |value| self.plot.y_beyond(value),
        );
        Region::between((x(left), y(bottom)), (x(right), y(top)))
    }

    /// Returns the part of the plane in a rectangle that may reach beyond the plot; `None` if that is all of it, or the
    /// window is too small for numbers.
    fn shown(&self, region: Region) -> Option<Window> {
        let (left, top) = self.values_at((region.left, region.top));
        let (right, bottom) = self.values_at((region.right, region.bottom));
        let cut = |(low, high): (f64, f64), (least, most): (f64, f64)| {
            let (low, high) = (low.max(least), high.min(most));
            // numbers end somewhere: what is nearer than this is one place
            let hair = (1e-9 * most - 1e-9 * least).max(1e-12 * least.abs().max(most.abs()));
            if high - low > hair {
                (low, high)
            } else {
                (least, most)
            }
        };
        let window = (
            cut((left, right), self.whole.0),
            cut((bottom, top), self.whole.1),
        );
        (window != self.whole).then_some(window)
    }
}

/// Puts a mark into words, a line each.
pub fn scatter_readout(scatter: &Scatter, place: MarkPlace) -> Vec<String> {
    let Some(Mark { x, y, .. }) = place.mark(scatter) else {
        return Vec::new();
    };
    let line = |axis: &report::Axis, value| format!("{}: {}", axis.title, written(axis, value));
    let class = match place {
        MarkPlace::Normal(_) => "Normal",
        MarkPlace::Suspicious(_) => "Suspicious",
        MarkPlace::Known(_) => "Known",
    };
    vec![class.to_owned(), line(&scatter.x, x), line(&scatter.y, y)]
}

/// Writes a value with as many digits as tell marks apart that lie apart on the plot.
fn written(axis: &report::Axis, value: f64) -> String {
    format_near(value, PLACES_APART * (axis.high - axis.low), axis.unit)
}

/// Returns the data of the scatter plot: a row for each mark, suspicious ones first, as many as can be read.
pub fn scatter_table(scatter: &Scatter) -> DataTable {
    let suspicious = scatter.suspicious.iter().map(|mark| ("Suspicious", mark));
    let normal = scatter.normal.iter().map(|mark| ("Normal", mark));
    let known = scatter.known.iter().map(|mark| ("Known", mark));
    let rows = suspicious.chain(known).chain(normal).take(MAX_TABLE_ROWS);
    let n_marks = scatter.suspicious.len() + scatter.known.len() + scatter.normal.len();
    let caption = if n_marks > MAX_TABLE_ROWS {
        format!(
            "The first {MAX_TABLE_ROWS} of {} marks, suspicious ones first; the table of sessions has all sessions",
            format_count(n_marks as u64)
        )
    } else {
        "The marks of the scatter plot, suspicious ones first".to_owned()
    };
    DataTable::new(
        caption,
        ["Session", &scatter.x.title, &scatter.y.title],
        rows.map(|(class, &Mark { x, y, .. })| {
            [
                class.to_owned(),
                written(&scatter.x, x),
                written(&scatter.y, y),
            ]
        }),
    )
}

/// Says what the scatter plot shows.
pub fn describe_scatter(scatter: &Scatter) -> String {
    let range = |axis: &report::Axis| {
        if axis.low.is_finite() && axis.high.is_finite() {
            let end = |value| written(axis, value);
            format!(
                "{} from {} to {}",
                in_sentence(axis),
                end(axis.low),
                end(axis.high)
            )
        } else {
            format!("{} without values", in_sentence(axis))
        }
    };
    let known = match scatter.n_known {
        0 => String::new(),
        n => format!("; known: {}", format_count(n)),
    };
    format!(
        "Scatter plot of {} against {}. Normal sessions: {}; suspicious: {}{known}.",
        range(&scatter.y),
        range(&scatter.x),
        format_count(scatter.n_normal),
        format_count(scatter.n_suspicious),
    )
}

fn axis_title(axis: &report::Axis, scale: Scale) -> String {
    let title = &axis.title;
    let unit = match axis.unit {
        Unit::Bytes => "bytes",
        Unit::Seconds => "seconds",
        Unit::Score => "lower is more suspicious",
        Unit::Plain => "",
    };
    match (unit, scale) {
        ("", Scale::Linear) => title.clone(),
        ("", Scale::Log) => format!("{title} (log scale)"),
        (unit, Scale::Linear) => format!("{title} ({unit})"),
        (unit, Scale::Log) => format!("{title} ({unit}, log scale)"),
    }
}

/// Returns an axis' title for the middle of a sentence; the name of a column stays as it is.
fn in_sentence(axis: &report::Axis) -> String {
    let mut characters = axis.title.chars();
    match characters.next() {
        Some(first) if axis.unit != Unit::Plain => first.to_lowercase().chain(characters).collect(),
        _ => axis.title.clone(),
    }
}
