//! Which rows of a long table are in view: only those are in the document.
//!
//! Browsers cut elements off at some 16 to 33 million pixels, so a table of a million rows is drawn less tall than it is,
//! and its scroll bar moves over several rows at a pixel.

use std::ops::Range;

/// Height of a row in CSS pixels; the style sheet has the same.
pub const ROW_CSS_PX: usize = 30;

/// The tallest that a table is drawn, in CSS pixels.
const MAX_HEIGHT_CSS_PX: usize = 6_000_000;

/// Rows kept in the document above and below those in view.
const OVERSCAN: usize = 10;

/// A table that scrolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scroll {
    /// Number of rows.
    pub n_rows: usize,
    /// Rows that fit in view at once.
    pub n_shown: usize,
}

/// What of a table is in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The rows, from 0.
    pub rows: Range<usize>,
    /// Height of the empty space above them, in CSS pixels.
    pub above_css_px: usize,
    /// Height of the empty space below them.
    pub below_css_px: usize,
}

impl Scroll {
    /// Returns how far the rows can be scrolled if they are all drawn, and how far they can be as they are drawn.
    fn travels(self) -> (usize, usize) {
        let shown = self.n_shown.min(self.n_rows) * ROW_CSS_PX;
        let full = self.n_rows * ROW_CSS_PX;
        (full - shown, full.min(MAX_HEIGHT_CSS_PX) - shown)
    }

    /// Returns what is in the document when the table is scrolled this far down.
    pub fn window(self, scroll_top_css_px: usize) -> Window {
        let (full, drawn) = self.travels();
        let at = scroll_top_css_px.min(drawn);
        // products of pixels go beyond the 32 bits of a wasm usize
        let true_top = scaled(at, full, drawn);
        let in_view = true_top / ROW_CSS_PX;
        // near the top of a shrunk table there is less room above than the rows above would take
        let without_room = true_top.saturating_sub(at).div_ceil(ROW_CSS_PX);
        let first = in_view
            .saturating_sub(OVERSCAN)
            .max(without_room.min(in_view));
        let total = drawn + self.n_shown.min(self.n_rows) * ROW_CSS_PX;
        // where the first row is if the true top is at the drawn one
        let above = (at + first * ROW_CSS_PX).saturating_sub(true_top);
        let room = (total - above.min(total)).div_ceil(ROW_CSS_PX);
        let end = (first + (self.n_shown + 2 * OVERSCAN).min(room)).min(self.n_rows);
        let height = (end - first) * ROW_CSS_PX;
        // the last row in the document ends with it: less than a row higher than it would
        let above = above.min(total.saturating_sub(height));
        Window {
            rows: first..end,
            above_css_px: above,
            below_css_px: total.saturating_sub(above + height),
        }
    }

    /// Returns how far down to scroll so that a row is in view; `None` if it is.
    pub fn reach(self, row: usize, scroll_top_css_px: usize) -> Option<usize> {
        let (full, drawn) = self.travels();
        let true_top = scaled(scroll_top_css_px.min(drawn), full, drawn);
        let top = row * ROW_CSS_PX;
        let shown = self.n_shown * ROW_CSS_PX;
        let to = if top < true_top {
            top
        } else if top + ROW_CSS_PX > true_top + shown {
            top + ROW_CSS_PX - shown
        } else {
            return None;
        };
        // rounded up, so that the row is not left half a row below
        Some(scaled(to.min(full), drawn, full).max(usize::from(to > 0)))
    }
}

/// Returns `value` · `to` / `from`, and 0 of nothing.
fn scaled(value: usize, to: usize, from: usize) -> usize {
    if from == 0 {
        return 0;
    }
    let product = value as u64 * to as u64 / from as u64;
    usize::try_from(product).expect("it is at most `to`")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_table_is_drawn_as_it_is() {
        let scroll = Scroll {
            n_rows: 100,
            n_shown: 15,
        };
        let window = scroll.window(50 * 30 + 7);
        assert_eq!(window.rows, 40..75);
        assert_eq!((window.above_css_px, window.below_css_px), (1200, 750));
        assert_eq!(scroll.reach(50, 50 * 30), None);
        assert_eq!(scroll.reach(49, 50 * 30), Some(49 * 30));
        assert_eq!(scroll.reach(99, 0), Some(85 * 30));
        let few = Scroll {
            n_rows: 3,
            n_shown: 15,
        };
        assert_eq!(
            few.window(0),
            Window {
                rows: 0..3,
                above_css_px: 0,
                below_css_px: 0
            }
        );
        assert_eq!(
            Scroll {
                n_rows: 0,
                n_shown: 15
            }
            .window(9)
            .rows,
            0..0
        );
    }

    proptest! {
        #[test]
        fn every_row_can_be_reached(n_rows in 1_usize..5_000_000, at in 0.0..1.0, n_shown in 1_usize..40) {
            let scroll = Scroll { n_rows, n_shown };
            let row = (at * n_rows as f64) as usize;
            let top = scroll.reach(row, 0).unwrap_or(0);
            let window = scroll.window(top);
            prop_assert!(window.rows.contains(&row));
            let total = window.above_css_px + window.rows.len() * ROW_CSS_PX + window.below_css_px;
            prop_assert!(total <= MAX_HEIGHT_CSS_PX.max(n_shown * ROW_CSS_PX));
            // the row is drawn within the view
            let drawn = window.above_css_px + (row - window.rows.start) * ROW_CSS_PX;
            prop_assert!(drawn + ROW_CSS_PX > top, "{drawn} {top}");
            prop_assert!(drawn < top + n_shown.min(n_rows) * ROW_CSS_PX, "{drawn} {top}");
        }

        #[test]
        fn the_end_shows_the_last_row(n_rows in 1_usize..5_000_000, n_shown in 1_usize..40) {
            let window = Scroll { n_rows, n_shown }.window(usize::MAX);
            prop_assert_eq!(window.rows.end, n_rows);
            prop_assert_eq!(window.below_css_px, 0);
        }
    }
}
