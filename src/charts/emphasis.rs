//! What is pointed at or selected on a chart, drawn over it.
//!
//! It fills no ground: it can be drawn on the chart's own area after the chart, or on a clear canvas above, which spares
//! drawing thousands of marks again when only the pointer moves.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::style::text_anchor::HPos;

use super::Style;
use super::frame::Sizes;
use super::pen::{Pen, cut_to_fit, text_width};
use crate::text::visible;

/// How much of what is not selected the ground covers.
const VEIL: f64 = 0.6;

/// A rectangle on a chart, in CSS pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its right edge, not left of the left one.
    pub right: f64,
    /// Its lower edge, not above the upper one.
    pub bottom: f64,
}

impl Region {
    /// Returns the rectangle with these two corners, whichever they are, such as the ends of a drag.
    pub fn between(from: (f64, f64), to: (f64, f64)) -> Region {
        Region {
            left: from.0.min(to.0),
            top: from.1.min(to.1),
            right: from.0.max(to.0),
            bottom: from.1.max(to.1),
        }
    }

    /// Returns the square around a point.
    pub fn around((x, y): (f64, f64), radius: f64) -> Region {
        Region::between((x - radius, y - radius), (x + radius, y + radius))
    }

    /// Returns whether a point lies in it or on its edge.
    pub fn contains(&self, (x, y): (f64, f64)) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    /// Returns the part of it that lies in another; of no width or height if there is none.
    pub fn within(&self, other: &Region) -> Region {
        let across = |x: f64| x.max(other.left).min(other.right);
        let down = |y: f64| y.max(other.top).min(other.bottom);
        Region {
            left: across(self.left),
            top: down(self.top),
            right: across(self.right),
            bottom: down(self.bottom),
        }
    }

    /// Returns its middle.
    pub fn middle(&self) -> (f64, f64) {
        (
            0.5 * (self.left + self.right),
            0.5 * (self.top + self.bottom),
        )
    }
}

/// Where an arrow key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Upwards.
    Up,
    /// Downwards.
    Down,
}

impl Direction {
    /// Returns the step across and down.
    pub(super) fn step(self) -> (i8, i8) {
        match self {
            Direction::Left => (-1, 0),
            Direction::Right => (1, 0),
            Direction::Up => (0, -1),
            Direction::Down => (0, 1),
        }
    }
}

/// Returns the place a step away from a place of a row or column of `n`, but not beyond its ends.
pub(super) fn stepped(place: usize, step: i8, n: usize) -> usize {
    place
        .saturating_add_signed(isize::from(step))
        .min(n.saturating_sub(1))
}

/// What is drawn over a chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Emphasis {
    /// What is selected; the rest of the plot fades. Nothing fades if there is none.
    pub selected: Vec<Region>,
    /// What the pointer or the keyboard's cursor is at.
    pub cursor: Option<Cursor>,
}

/// A place on a chart that is pointed at.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The place; a frame is drawn about it.
    pub target: Region,
    /// What stands there, a line each.
    pub readout: Vec<String>,
}

/// Draws what is pointed at or selected over a chart whose plot is `plot`.
///
/// # Errors
/// What the backend says.
pub fn draw_emphasis<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    plot: Region,
    emphasis: &Emphasis,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let pen = Pen::over(area, style);
    if !emphasis.selected.is_empty() {
        let selected: Vec<Region> = emphasis
            .selected
            .iter()
            .map(|region| region.within(&plot))
            .collect();
        for region in rest(&plot, &selected) {
            pen.veil(
                (region.left, region.top),
                (region.right, region.bottom),
                VEIL,
            )?;
        }
        for region in selected {
            pen.outline(region, 1.0, pen.theme.ink)?;
        }
    }
    match &emphasis.cursor {
        Some(cursor) => draw_cursor(&pen, &plot, cursor),
        None => Ok(()),
    }
}

/// Returns rectangles that cover a plot but for the selected ones.
fn rest(plot: &Region, selected: &[Region]) -> Vec<Region> {
    let ends = |of: fn(&Region) -> [f64; 2]| {
        let mut ends: Vec<f64> = of(plot)
            .into_iter()
            .chain(selected.iter().flat_map(of))
            .collect();
        ends.sort_by(f64::total_cmp);
        ends.dedup();
        ends
    };
    let (across, down) = (
        ends(|region| [region.left, region.right]),
        ends(|region| [region.top, region.bottom]),
    );
    let cells = down.windows(2).flat_map(|y| {
        across.windows(2).map(|x| Region {
            left: x[0],
            top: y[0],
            right: x[1],
            bottom: y[1],
        })
    });
    cells
        .filter(|cell| !selected.iter().any(|region| region.contains(cell.middle())))
        .collect()
}

fn draw_cursor<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    plot: &Region,
    cursor: &Cursor,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let target = cursor.target;
    let wider = |by: f64| Region {
        left: target.left - by,
        top: target.top - by,
        right: target.right + by,
        bottom: target.bottom + by,
    };
    // around it rather than on it, and set off from what lies about by the ground's colour
    pen.outline(wider(3.0), 1.0, pen.theme.surface)?;
    pen.outline(wider(2.0), 2.0, pen.theme.ink)?;
    if cursor.readout.is_empty() {
        return Ok(());
    }
    let size = pen.size();
    let sizes = Sizes::of(size);
    let (line, padding) = (1.45 * sizes.text, 0.5 * sizes.text);
    let room = size.0 - 2.0 * (sizes.margin + padding);
    let lines: Vec<String> = cursor
        .readout
        .iter()
        .map(|text| cut_to_fit(&visible(text), sizes.text, room))
        .collect();
    let widest = lines.iter().map(|text| text_width(text, sizes.text));
    let width = widest.fold(0.0, f64::max) + 2.0 * padding;
    let height = line * lines.len() as f64 + 2.0 * padding;
    // beside the target, or below or above it if there is no room, but never beyond the chart
    let gap = 8.0;
    let is_beside = target.right + gap + width <= size.0 || target.left - gap - width >= 0.0;
    let left = if target.right + gap + width <= size.0 {
        target.right + gap
    } else {
        (target.left - gap - width).max(0.0)
    };
    let above = target.top - gap - height;
    let top = if is_beside {
        above.max(plot.top)
    } else if target.bottom + gap + height <= size.1 {
        target.bottom + gap
    } else {
        above
    };
    let top = top.min(size.1 - height).max(0.0);
    let frame = Region {
        left,
        top,
        right: left + width,
        bottom: top + height,
    };
    pen.rectangle((left, top), (frame.right, frame.bottom), pen.theme.surface)?;
    pen.outline(frame, 1.0, pen.theme.muted)?;
    let mut lettering = sizes.label(pen, HPos::Left);
    lettering.color = pen.theme.ink;
    for (i, text) in lines.iter().enumerate() {
        let y = top + padding + line * (i as f64 + 0.5);
        pen.write(text, (left + padding, y), lettering)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_and_the_selected_are_the_whole() {
        let plot = Region::between((0.0, 0.0), (100.0, 50.0));
        let size = |region: &Region| (region.right - region.left) * (region.bottom - region.top);
        let first = Region::between((10.0, 10.0), (30.0, 20.0));
        let second = Region::between((20.0, 15.0), (40.0, 50.0));
        let area = |selected: &[Region]| rest(&plot, selected).iter().map(size).sum::<f64>();
        assert_eq!(area(&[first]), 5000.0 - 200.0);
        // they share 10 by 5
        assert_eq!(area(&[first, second]), 5000.0 - 200.0 - 700.0 + 50.0);
        assert_eq!(area(&[plot]), 0.0);
        let beyond = Region::between((90.0, 40.0), (300.0, 400.0)).within(&plot);
        assert_eq!(area(&[beyond]), 5000.0 - 100.0);
    }
}
