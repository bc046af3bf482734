//! Shapes and text in CSS pixels, drawn crisply in device pixels.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, RGBColor, TextStyle,
};

use super::emphasis::Region;
use super::heap::{Heap, Triangle};
use super::{Drawn, Style, Theme};
use crate::text::visible;

/// The page's fonts, in the order of its style sheet.
const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

/// A point in CSS pixels from the upper left corner.
pub(super) type Point = (f64, f64);

/// Draws on an area.
pub(super) struct Pen<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    ratio: f64,
    /// [`Style::has_fixed_pixels`].
    pub(super) has_fixed_pixels: bool,
    /// The colours to draw in.
    pub(super) theme: Theme,
}

/// How a text looks and which of its corners lies at its point.
#[derive(Clone, Copy)]
pub(super) struct Lettering {
    /// Height of the font in CSS pixels.
    pub(super) size: f64,
    /// Whether it is bold.
    pub(super) is_bold: bool,
    /// Whether it runs upwards.
    pub(super) is_upright: bool,
    /// Its colour.
    pub(super) color: RGBColor,
    /// Whether it begins, centres or ends at its point.
    pub(super) across: HPos,
    /// Whether its top, middle or bottom is at its point.
    pub(super) along: VPos,
}

impl<'a, DB: DrawingBackend> Pen<'a, DB> {
    /// Takes a pen and fills the area with the ground's colour.
    pub(super) fn on(
        area: &'a DrawingArea<DB, Shift>,
        style: &Style,
    ) -> Result<Pen<'a, DB>, plotters::drawing::DrawingAreaErrorKind<DB::ErrorType>> {
        area.fill(&style.theme.surface)?;
        Ok(Pen::over(area, style))
    }

    /// Takes a pen and leaves the area as it is.
    pub(super) fn over(area: &'a DrawingArea<DB, Shift>, style: &Style) -> Pen<'a, DB> {
        let ratio = if style.pixel_ratio.is_finite() && style.pixel_ratio > 0.0 {
            style.pixel_ratio
        } else {
            1.0
        };
        Pen {
            area,
            ratio,
            has_fixed_pixels: style.has_fixed_pixels,
            theme: style.theme,
        }
    }

    /// Returns width and height of the area in CSS pixels.
    pub(super) fn size(&self) -> (f64, f64) {
        let (width, height) = self.area.dim_in_pixel();
        (
            f64::from(width) / self.ratio,
            f64::from(height) / self.ratio,
        )
    }

    /// Fills a rectangle.
    pub(super) fn rectangle(
        &self,
        from: Point,
        to: Point,
        color: RGBColor,
    ) -> Drawn<DB::ErrorType> {
        self.area.draw(&Rectangle::new(
            [self.pixel(from), self.pixel(to)],
            color.filled(),
        ))
    }

    /// Lays a veil of the ground's colour over a rectangle.
    pub(super) fn veil(&self, from: Point, to: Point, share: f64) -> Drawn<DB::ErrorType> {
        self.area.draw(&Rectangle::new(
            [self.pixel(from), self.pixel(to)],
            self.theme.surface.mix(share).filled(),
        ))
    }

    /// Draws the edges of a rectangle, inwards.
    pub(super) fn outline(
        &self,
        region: Region,
        width: f64,
        color: RGBColor,
    ) -> Drawn<DB::ErrorType> {
        let Region {
            left,
            top,
            right,
            bottom,
        } = region;
        self.rectangle((left, top), (right, top + width), color)?;
        self.rectangle((left, bottom - width), (right, bottom), color)?;
        self.rectangle((left, top), (left + width, bottom), color)?;
        self.rectangle((right - width, top), (right, bottom), color)
    }

    /// Draws a line to the right, or down, of this length, on whole pixels.
    pub(super) fn rule(&self, from: Point, to: Point, color: RGBColor) -> Drawn<DB::ErrorType> {
        let (x, y) = self.pixel(from);
        let (mut to_x, mut to_y) = self.pixel(to);
        let width = self.ratio.round().max(1.0) as i32;
        if to_x - x >= to_y - y {
            to_y = y + width;
        } else {
            to_x = x + width;
        }
        self.area
            .draw(&Rectangle::new([(x, y), (to_x, to_y)], color.filled()))
    }

    /// Draws a dashed line downwards.
    pub(super) fn dashes(
        &self,
        (x, top): Point,
        bottom: f64,
        color: RGBColor,
    ) -> Drawn<DB::ErrorType> {
        let (dash, gap, half_width) = (6.0, 4.0, 0.75);
        let n_dashes = ((bottom - top) / (dash + gap)).ceil().clamp(0.0, 1000.0) as i32;
        for i in 0..n_dashes {
            let start = top + f64::from(i) * (dash + gap);
            let end = (start + dash).min(bottom);
            self.rectangle((x - half_width, start), (x + half_width, end), color)?;
        }
        Ok(())
    }

    /// Draws a line through points.
    pub(super) fn line(&self, points: &[Point], color: RGBColor) -> Drawn<DB::ErrorType> {
        let points: Vec<(i32, i32)> = points.iter().map(|&point| self.pixel(point)).collect();
        let width = (2.0 * self.ratio).round() as u32;
        self.area
            .draw(&PathElement::new(points, color.stroke_width(width)))
    }

    /// Draws a thin dashed line between two points.
    pub(super) fn dashed_line(
        &self,
        from: Point,
        to: Point,
        color: RGBColor,
    ) -> Drawn<DB::ErrorType> {
        let (dash, gap) = (6.0, 4.0);
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let length = across.hypot(down).max(1.0);
        let at = |along: f64| {
            let share = (along / length).min(1.0);
            self.pixel((from.0 + share * across, from.1 + share * down))
        };
        let n_dashes = (length / (dash + gap)).ceil().clamp(0.0, 1000.0) as i32;
        let style = color.stroke_width(self.ratio.round().max(1.0) as u32);
        for i in 0..n_dashes {
            let start = f64::from(i) * (dash + gap);
            let points = vec![at(start), at(start + dash)];
            self.area.draw(&PathElement::new(points, style))?;
        }
        Ok(())
    }

    /// Draws the mark of a normal session: a disc, see-through so that many on a heap look darker.
    pub(super) fn disc(&self, center: Point, radius: f64) -> Drawn<DB::ErrorType> {
        let radius = (radius * self.ratio).round().max(1.0) as u32;
        let disc = Circle::new(self.pixel(center), radius, self.see_through().filled());
        self.area.draw(&disc)
    }

    /// Draws a square instead of a disc: in a crowd they look alike, and a canvas fills squares five times as fast.
    pub(super) fn square(&self, (x, y): Point, radius: f64) -> Drawn<DB::ErrorType> {
        let half = 0.9 * radius;
        let corners = [
            self.pixel((x - half, y - half)),
            self.pixel((x + half, y + half)),
        ];
        self.area
            .draw(&Rectangle::new(corners, self.see_through().filled()))
    }

    /// Draws the mark of a suspicious session: a triangle.
    pub(super) fn triangle(&self, center: Point, radius: f64) -> Drawn<DB::ErrorType> {
        self.fill_triangle(center, radius, self.theme.suspicious)
    }

    /// Draws such a triangle with a thin edge in the ground's colour, which sets it off from what it covers.
    pub(super) fn edged_triangle(&self, center: Point, radius: f64) -> Drawn<DB::ErrorType> {
        self.fill_triangle(center, radius + 1.8, self.theme.surface)?;
        self.triangle(center, radius)
    }

    /// Draws many triangles without an edge, each pixel as if one by one.
    pub(super) fn heap_of_triangles(&self, centers: &[Point], radius: f64) -> Drawn<DB::ErrorType> {
        let centers: Vec<(i32, i32)> = centers.iter().map(|&center| self.pixel(center)).collect();
        let triangle = self.triangle_of(radius);
        let heap = Heap::of(&centers, triangle, self.area.dim_in_pixel());
        let style = self.theme.suspicious.filled();
        for (row, columns) in heap.runs {
            let corners = [(columns.start, row), (columns.end, row + 1)];
            self.area.draw(&Rectangle::new(corners, style))?;
        }
        for center in heap.at_edge {
            self.fill_triangle_at(center, triangle, self.theme.suspicious)?;
        }
        Ok(())
    }

    /// Draws the mark of a session on the allow-list: a hollow diamond.
    pub(super) fn diamond(&self, center: Point, radius: f64) -> Drawn<DB::ErrorType> {
        self.fill_diamond(center, radius, self.theme.known)?;
        self.fill_diamond(center, 0.45 * radius, self.theme.surface)
    }

    fn fill_diamond(&self, center: Point, radius: f64, color: RGBColor) -> Drawn<DB::ErrorType> {
        let (x, y) = self.pixel(center);
        let reach = (radius * self.ratio).round() as i32;
        let corners = vec![
            (x, y - reach),
            (x + reach, y),
            (x, y + reach),
            (x - reach, y),
        ];
        self.area.draw(&Polygon::new(corners, color.filled()))
    }

    fn fill_triangle(&self, center: Point, radius: f64, color: RGBColor) -> Drawn<DB::ErrorType> {
        self.fill_triangle_at(self.pixel(center), self.triangle_of(radius), color)
    }

    fn fill_triangle_at(
        &self,
        (x, y): (i32, i32),
        triangle: Triangle,
        color: RGBColor,
    ) -> Drawn<DB::ErrorType> {
        let Triangle {
            above,
            half_side,
            below,
        } = triangle;
        let corners = vec![
            (x, y - above),
            (x + half_side, y + below),
            (x - half_side, y + below),
        ];
        self.area.draw(&Polygon::new(corners, color.filled()))
    }

    fn triangle_of(&self, radius: f64) -> Triangle {
        let pixels = |share: f64| (share * radius * self.ratio).round() as i32;
        Triangle {
            above: pixels(1.0),
            half_side: pixels(0.866),
            below: pixels(0.5),
        }
    }

    fn see_through(&self) -> RGBAColor {
        self.theme.normal.mix(0.65)
    }

    /// Writes a text; what it holds that is not seen becomes visible.
    pub(super) fn write(
        &self,
        text: &str,
        at: Point,
        lettering: Lettering,
    ) -> Drawn<DB::ErrorType> {
        let weight = if lettering.is_bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let mut font = FontDesc::new(FontFamily::Name(FONTS), lettering.size * self.ratio, weight);
        if lettering.is_upright {
            font = font.transform(FontTransform::Rotate270);
        }
        let style = TextStyle::from(font)
            .color(&lettering.color)
            .pos(Pos::new(lettering.across, lettering.along));
        self.area
            .draw(&Text::new(visible(text), self.pixel(at), style))
    }

    fn pixel(&self, (x, y): Point) -> (i32, i32) {
        (
            (x * self.ratio).round() as i32,
            (y * self.ratio).round() as i32,
        )
    }
}

/// How many characters of a text are looked at: even in narrow ones so many are wider than any chart.
const MOST_LOOKED_AT: usize = 4096;

/// How wide a character is at most or about, as a share of its font's size.
fn share(character: char) -> f64 {
    match character {
        ' ' | ',' | '.' | ':' | ';' | '|' | '\'' | 'i' | 'j' | 'l' | 'I' | '(' | ')' | '-' => 0.34,
        'm' | 'w' | 'M' | 'W' | '−' => 0.86,
        // what isolates words has no width
        '\u{2068}' | '\u{2069}' => 0.0,
        character if character.is_ascii_uppercase() => 0.7,
        character if character.is_ascii() => 0.6,
        _ => 1.0,
    }
}

/// Returns about how wide a text is, rather more than less: the widths of common sans-serif fonts, without asking any. Of a
/// text that is wider than any chart it tells no more than that.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    size * text.chars().take(MOST_LOOKED_AT).map(share).sum::<f64>()
}

/// Which part of a text stays that is too wide.
#[derive(Clone, Copy, PartialEq)]
enum Keep {
    Beginning,
    /// Of addresses the ends tell most.
    BothEnds,
}

/// Cuts a text that is wider than `room`, with an ellipsis at its end.
pub(super) fn cut_to_fit(text: &str, size: f64, room: f64) -> String {
    cut(text, size, room, Keep::Beginning)
}

/// Cuts the middle out of a text that is wider than `room`.
pub(super) fn cut_in_middle(text: &str, size: f64, room: f64) -> String {
    cut(text, size, room, Keep::BothEnds)
}

/// Cuts a text that is wider than `room`, in time that does not depend on its length.
fn cut(text: &str, size: f64, room: f64, keep: Keep) -> String {
    let n_characters = text.chars().take(MOST_LOOKED_AT + 1).count();
    if n_characters <= MOST_LOOKED_AT && text_width(text, size) <= room {
        return text.to_owned();
    }
    let kept = |n_kept: usize| {
        let n_first = match keep {
            Keep::Beginning => n_kept,
            Keep::BothEnds => n_kept.div_ceil(2),
        };
        let first: String = text.chars().take(n_first).collect();
        let mut last: Vec<char> = text.chars().rev().take(n_kept - n_first).collect();
        last.reverse();
        let first = match keep {
            Keep::Beginning => first.trim_end(),
            Keep::BothEnds => &first,
        };
        let mut cut = format!("{first}…");
        cut.extend(last);
        cut
    };
    // the widest that fits is between the two: more characters are never narrower
    let (mut fits, mut too_many) = (0, n_characters.clamp(1, MOST_LOOKED_AT));
    while too_many - fits > 1 {
        let n_kept = fits.midpoint(too_many);
        if text_width(&kept(n_kept), size) <= room {
            fits = n_kept;
        } else {
            too_many = n_kept;
        }
    }
    kept(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_addresses_keep_their_ends() {
        let address = "2001:db8:85a3:1234:5678:8a2e:370:7334";
        let cut = cut_in_middle(address, 12.0, 90.0);
        assert!(cut.starts_with("2001:") && cut.ends_with("7334"), "{cut}");
        assert!(text_width(&cut, 12.0) <= 90.0);
        assert_eq!(cut_in_middle("10.0.0.1", 12.0, 90.0), "10.0.0.1");
        assert_eq!(cut_in_middle(address, 12.0, 0.0), "…");
        assert_eq!(cut_in_middle("", 12.0, 0.0), "");
    }

    #[test]
    fn the_most_that_fits_stays() {
        for text in [
            "web attack rule 7 of 12",
            "WAF: ............... i",
            "ÄÖÜ äöü ß",
        ] {
            let all = text.chars().count();
            for room in 0..300 {
                let room = f64::from(room);
                let plain = |n_kept: usize| {
                    let first: String = text.chars().take(n_kept).collect();
                    format!("{}…", first.trim_end())
                };
                let fits = |cut: &String| text_width(cut, 12.0) <= room;
                let plainly = match text_width(text, 12.0) <= room {
                    true => text.to_owned(),
                    false => (0..all)
                        .rev()
                        .map(plain)
                        .find(fits)
                        .unwrap_or("…".to_owned()),
                };
                assert_eq!(cut_to_fit(text, 12.0, room), plainly, "{text:?} in {room}");
            }
        }
    }

    #[test]
    fn a_text_of_a_million_characters_costs_no_more_than_a_screen_of_it() {
        let room = 400.0;
        let short = "0123456789".repeat(500);
        let long = format!("{}{short}", short.repeat(200));
        assert_eq!(long.chars().count(), 1_005_000);
        for cut in [cut_to_fit, cut_in_middle] {
            let began = std::time::Instant::now();
            let cut_short = cut(&short, 12.0, room);
            for _ in 0..100 {
                assert_eq!(cut(&long, 12.0, room), cut_short);
            }
            // a look at all characters takes a hundred times as long, the quadratic way hours
            assert!(began.elapsed().as_secs_f64() < 2.0, "{:?}", began.elapsed());
            assert!(text_width(&cut_short, 12.0) <= room && cut_short.len() > 40);
        }
        // a drawing wider than a text is looked at still has it cut
        assert!(cut_to_fit(&long, 12.0, 1e9).ends_with('…'));
    }
}
