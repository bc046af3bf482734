//! Which lines below the header are no rows: the header again, totals, remarks. Told by the line alone, so that it does not matter
//! who reads it.

use serde::{Deserialize, Serialize};

use crate::source::{Batch, Shape, is_sheet_value};

/// Words at the start of a line that sums up the rows above it, in lower case.
const TOTAL_WORDS: [&str; 15] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "sum",
    "sums",
    "summary",
    "average",
    "avg",
    "mean",
    "gesamt",
    "summe",
    "somme",
    "totale",
    "suma",
];

/// A byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What the rows of a table are told by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRules {
    /// Number of columns.
    pub(super) n_columns: usize,
    /// Whether rows end with a delimiter, behind which an empty field follows.
    pub(super) has_trailing_delimiter: bool,
    /// The fields of the header; none if there is no header, or if it is a comment.
    pub(super) header: Vec<Vec<u8>>,
    /// Bytes of the header in the file.
    pub(super) header_length: u32,
    /// Whether the cells of each column look like values.
    pub(super) is_typed: Vec<bool>,
    /// The comment that names the columns by a word of its own; empty if none does.
    pub(super) names_comment: Vec<u8>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A row of the table.
    Row,
    /// The header once more.
    Header,
    /// A comment, in a file whose head has none.
    Comment,
    /// A line that sums up rows.
    Total,
    /// Text that is no row.
    Remark,
    /// Blanks.
    Blank,
    /// A row with fewer fields than columns.
    Short,
    /// A row with more fields than columns.
    Long,
}

impl RowRules {
    /// Number of fields of a row.
    pub(super) fn width(&self) -> usize {
        self.n_columns + usize::from(self.has_trailing_delimiter)
    }

    /// Whether all of these records are rows, for all that can be seen at a glance.
    pub(super) fn are_rows(&self, batch: &Batch<'_>) -> bool {
        let has_header_s_length = |length: u32| {
            !self.header.is_empty()
                && (length == self.header_length || length == self.header_length + BOM.len() as u32)
        };
        batch.n_fields() == self.width()
            && !batch
                .rows()
                .iter()
                .any(|row| has_header_s_length(row.length))
            && !batch.begin_with(may_be_other)
            && (!self.has_trailing_delimiter
                || batch.column(self.n_columns).all(|field| field.is_empty()))
    }

    /// Tells what a line with these fields is; `sums_up` says whether those before it sum up rows.
    pub(super) fn line(&self, fields: &[&[u8]], sums_up: bool) -> Line {
        if self.is_header(fields) {
            return Line::Header;
        }
        if self.is_comment(fields) {
            return Line::Comment;
        }
        let ends_empty = fields.last().is_some_and(|field| field.is_empty());
        let is_whole = match self.has_trailing_delimiter {
            false => fields.len() == self.n_columns,
            true if ends_empty => fields.len() == self.width(),
            // a line without the delimiter that all others end with
            true => fields.len() == self.n_columns,
        };
        if self.is_total(fields, is_whole) {
            Line::Total
        } else if is_whole {
            Line::Row
        } else {
            match self.misfit(fields) {
                Line::Blank => Line::Blank,
                _ if sums_up => Line::Total,
                misfit => misfit,
            }
        }
    }

    fn misfit(&self, fields: &[&[u8]]) -> Line {
        let first = fields.first().map_or(&[][..], |field| field.trim_ascii());
        match fields.len() {
            1 if first.is_empty() => Line::Blank,
            1 => {
                let is_typed = self.is_typed.first() == Some(&true);
                let is_begun_row = match is_typed {
                    true => Shape::of(first).is_typed(),
                    false => !first.iter().any(u8::is_ascii_whitespace),
                };
                if is_begun_row {
                    Line::Short
                } else {
                    Line::Remark
                }
            }
            n if n < self.n_columns => Line::Short,
            _ => Line::Long,
        }
    }

    /// Whether a line begins as comments do and so does not fit the first column, or is no whole row.
    fn is_comment(&self, fields: &[&[u8]]) -> bool {
        let first = fields.first().copied().unwrap_or_default();
        let is_typed = self.is_typed.first() == Some(&true);
        (first.starts_with(b"#") || first.starts_with(b"//"))
            && !is_sheet_value(first)
            && (is_typed || fields.len() != self.width())
    }

    fn is_header(&self, fields: &[&[u8]]) -> bool {
        let first = fields.first().copied().unwrap_or_default();
        let first = first.strip_prefix(BOM).unwrap_or(first);
        !self.header.is_empty()
            && fields.len() == self.header.len()
            && first == self.header[0].as_slice()
            && fields[1..].iter().eq(&self.header[1..])
    }

    /// Whether a line begins with a word for a total and has only numbers besides; in a whole row a cell must be empty as well, or
    /// the word stand in a column of values.
    fn is_total(&self, fields: &[&[u8]], is_whole: bool) -> bool {
        let label = fields
            .iter()
            .position(|field| !field.trim_ascii().is_empty());
        let Some(label) = label.filter(|&label| is_total_word(fields[label])) else {
            return false;
        };
        let of_columns = &fields[label + 1..fields.len().min(self.n_columns).max(label + 1)];
        let is = |wanted: Shape| move |field: &&&[u8]| Shape::of(field) == wanted;
        let n_empty = of_columns.iter().filter(is(Shape::Missing)).count();
        let n_numbers = of_columns.iter().filter(is(Shape::Number)).count();
        let is_in_values = self.is_typed.get(label) == Some(&true);
        let is_odd = !is_whole || label + n_empty > 0 || is_in_values;
        is_odd && n_empty + n_numbers == of_columns.len()
    }
}

/// Whether a line that begins with these bytes may be a total or a comment: quick, since it is asked of every row.
fn may_be_other(first: [u8; 3]) -> bool {
    // digits begin most rows
    !first[0].is_ascii_digit()
        && matches!(
            first.map(|byte| byte.to_ascii_lowercase()),
            [b't', b'o', b't']
                | [b'g', b'r', b'a']
                | [b's', b'u', b'b' | b'm']
                | [b's', b'o', b'm']
                | [b'a', b'v', _]
                | [b'm', b'e', b'a']
                | [b'#', _, _]
                | [b'/', b'/', _]
                | [b'g', b'e', b's']
                | [b',' | b';' | b'\t' | b'|' | b' ' | b'"', _, _]
        )
}

/// Whether the first cell that is not empty is a word for a total.
pub(super) fn begins_total(cells: &[Vec<u8>]) -> bool {
    let label = cells.iter().find(|cell| !cell.trim_ascii().is_empty());
    label.is_some_and(|label| is_total_word(label))
}

fn is_total_word(label: &[u8]) -> bool {
    let label = label.trim_ascii();
    let label = label.strip_suffix(b":").unwrap_or(label);
    TOTAL_WORDS
        .iter()
        .any(|word| label.eq_ignore_ascii_case(word.as_bytes()))
}
