//! What a cell looks like, whatever its column is called: enough to tell a header from a row, and a table from prose.

use std::net::{IpAddr, SocketAddr};

use super::{field_text, is_sheet_value};

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing, or a word for it.
    Missing,
    /// A number, as any tool writes one: `12`, `-1.5e3`, `1,234`, `45 %`, `0x1f`.
    Number,
    /// An IP address, also with a port.
    Address,
    /// Groups of digits with marks or short words between them, as moments are written.
    Stamp,
    /// Anything else.
    Text,
}

/// Groups of digits of the shortest moment: day, month and year.
const STAMP_GROUPS: usize = 3;

/// Most characters of a moment: `Mon Mar 11 2024 00:33:05.827123456 GMT+0200`.
const STAMP_CHARS: usize = 48;

/// Most letters beside the number in one cell: ` KiB`.
const UNIT_CHARS: usize = 4;

impl Shape {
    /// Tells what a cell looks like.
    pub(crate) fn of(cell: &[u8]) -> Shape {
        let (text, _) = field_text(cell);
        let text = text.trim();
        if is_missing(text) {
            Shape::Missing
        } else if is_address(text) {
            Shape::Address
        } else if is_number(text) {
            Shape::Number
        } else if is_stamp(text) {
            Shape::Stamp
        } else {
            Shape::Text
        }
    }

    /// Whether values of this shape are told from a name.
    pub(crate) fn is_typed(self) -> bool {
        matches!(self, Shape::Number | Shape::Address | Shape::Stamp)
    }

    /// Returns the shape that most of these cells have, if it is told from a name; cells without a value do not count.
    pub(crate) fn of_most(shapes: impl Iterator<Item = Shape>) -> Option<Shape> {
        let mut counts = [(Shape::Number, 0), (Shape::Address, 0), (Shape::Stamp, 0)];
        let mut n = 0;
        for shape in shapes.filter(|&shape| shape != Shape::Missing) {
            n += 1;
            for (of, count) in &mut counts {
                *count += usize::from(shape == *of);
            }
        }
        let most = counts.into_iter().max_by_key(|&(_, count)| count);
        most.filter(|&(_, count)| count > 0 && count * 5 >= n * 4)
            .map(|(shape, _)| shape)
    }
}

fn is_missing(text: &str) -> bool {
    const WORDS: [&str; 8] = ["", "-", "na", "nan", "n/a", "null", "none", "(empty)"];
    is_sheet_value(text.as_bytes())
        || (text.len() <= 7 && WORDS.contains(&text.to_ascii_lowercase().as_str()))
}

fn is_address(text: &str) -> bool {
    text.contains(['.', ':'])
        && (text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok())
}

fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    if text.parse::<f64>().is_ok() {
        return true;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let is_mark = |c: char| matches!(c, '.' | ',' | '\'' | '_' | ' ' | '\u{a0}' | '\u{202f}');
    let end = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '%' || c == '/');
    let n_unit_chars = text.chars().count() - end.chars().count();
    n_unit_chars <= UNIT_CHARS
        && end.contains(|c: char| c.is_ascii_digit())
        && end.chars().all(|c| c.is_ascii_digit() || is_mark(c))
}

fn is_stamp(text: &str) -> bool {
    if text.len() > STAMP_CHARS || text.contains([';', '|', '\t', '"']) {
        return false;
    }
    let is_digit = |c: &char| c.is_ascii_digit();
    let n_digits = text.chars().filter(is_digit).count();
    let n_letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let groups = text.split(|c: char| !c.is_ascii_digit());
    groups.filter(|group| !group.is_empty()).count() >= STAMP_GROUPS && n_digits >= n_letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_by_their_looks() {
        for (shape, cells) in [
            (
                Shape::Missing,
                &["", " ", "-", "NULL", "NaN", "N/A", "(empty)"][..],
            ),
            (
                Shape::Number,
                &[
                    "0", "-12", "+1.5", ".5", "1e3", "1,234", "1.234,5", "1 234", "1'234", "45 %",
                    "3.4 MB", "120ms", "0x1f",
                ],
            ),
            (
                Shape::Address,
                &[
                    "10.0.0.1",
                    "2001:db8::1",
                    "::",
                    "10.0.0.1:443",
                    "[2001:db8::1]:443",
                ],
            ),
            (
                Shape::Stamp,
                &[
                    "2024-03-11",
                    "2024-03-11T05:04:53Z",
                    "11/03/2024 10:00",
                    "Mar 11, 2024 @ 00:33:05.827",
                    "10/Oct/2024:13:55:36 +0200",
                    "Mon, 11 Mar 2024 09:05:01 GMT",
                ],
            ),
            (
                Shape::Text,
                &[
                    "bytes",
                    "p95",
                    "TLSv1.2",
                    "443/tcp ok",
                    "a.b",
                    "h1_h2",
                    "/api/v1",
                    "-x",
                    "Chrome/122.0.0.0 on a machine",
                    "time 2024",
                    ".AP.SF",
                ],
            ),
        ] {
            for cell in cells {
                assert_eq!(Shape::of(cell.as_bytes()), shape, "{cell}");
            }
        }
    }

    #[test]
    fn most_of_a_column_say_what_it_is() {
        let of =
            |cells: &[&str]| Shape::of_most(cells.iter().map(|cell| Shape::of(cell.as_bytes())));
        assert_eq!(of(&["1", "2", "-", "", "3", "4", "x"]), Some(Shape::Number));
        assert_eq!(of(&["1", "2", "x"]), None);
        assert_eq!(of(&["a", "b"]), None);
        assert_eq!(of(&["", "-"]), None);
    }
}
