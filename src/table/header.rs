//! Where the table begins in the head of a file: which line is its header, what stands above, or that there is none.

use serde::{Deserialize, Serialize};

use super::Tally;
use super::row_rules::begins_total;
use crate::source::{
    self, Delimiter, Format, Records, Shape, field_text, mass, named_separator, names_columns,
};

/// Records of the head among which the header is looked for.
const HEAD_RECORDS: usize = 200;

/// Cells of the head beyond which no more records of it are read.
const HEAD_CELLS: usize = 1 << 18;

/// Most characters of a line or a cell that are kept as an example.
const EXAMPLE_CHARS: usize = 60;

/// Most words of a column's name, and most characters.
const NAME_WORDS: usize = 6;
const NAME_CHARS: usize = 80;

/// Columns from which on `0,1,2,…` are names: pandas writes them where there are none.
const COUNTED_NAMES: usize = 5;

/// What stands at the top of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Line of the header, from 1; `None` if the file has none and its columns are numbered.
    pub line: Option<u64>,
    /// Lines above the table that are neither its header nor blank nor comments.
    pub above: Tally,
    /// The first of these, shortened.
    pub above_example: String,
    /// The first cell of a file without a header, shortened.
    pub first_cell: String,
    /// Whether the delimiter stands behind the last field of the rows as well.
    pub has_trailing_delimiter: bool,
}

/// A record of the head.
#[derive(Debug, Clone)]
pub(super) struct HeadRecord {
    pub(super) start: u64,
    pub(super) length: u32,
    pub(super) line: u64,
    pub(super) cells: Vec<Vec<u8>>,
}

/// A comment of the head.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadComment<'t> {
    start: u64,
    line: u64,
    text: &'t [u8],
}

/// Where a table was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) header: Header,
    /// The names as they stand in the file; empty if there are none.
    pub(super) names: Vec<Vec<u8>>,
    /// Number of columns.
    pub(super) n_columns: usize,
    /// Which of the head's records is the header, if one is.
    pub(super) header_record: Option<usize>,
    /// The first row, if there is one in the head; else as many as there are records.
    pub(super) first_row: usize,
    /// Whether the cells of each column look like values.
    pub(super) is_typed: Vec<bool>,
    /// The comment that names the columns by a word of its own, if one does.
    pub(super) names_comment: Vec<u8>,
    /// Comments above the first row, but for the one that names the columns.
    pub(super) comments: Tally,
}

/// Reads the first records of a file, from the start of `records` on, and finds the table in them.
///
/// # Errors
/// What reading says.
pub(super) fn read(
    records: &mut Records<'_>,
    head: &[u8],
    format: Format,
    has_header: Option<bool>,
) -> Result<(Vec<HeadRecord>, Found), source::Error> {
    let mut read: Vec<HeadRecord> = Vec::new();
    let mut n_cells = 0;
    while read.len() < HEAD_RECORDS
        && n_cells < HEAD_CELLS
        && let Some(record) = records.read()?
    {
        n_cells += record.len();
        read.push(HeadRecord {
            start: record.start,
            length: record.length,
            line: record.line,
            cells: record.fields().map(<[u8]>::to_vec).collect(),
        });
    }
    let comments = comments_of(head, format, &read);
    let found = find(&read, &comments, format, has_header);
    Ok((read, found))
}

/// Returns the comments of the head; what stands in a record, over several lines, is none.
fn comments_of<'t>(head: &'t [u8], format: Format, records: &[HeadRecord]) -> Vec<HeadComment<'t>> {
    let Some(comment) = format.comment else {
        return Vec::new();
    };
    let (mut start, mut line) = (format.start() as usize, 1);
    let mut comments = Vec::new();
    let mut records = records.iter().peekable();
    while start < head.len() {
        let rest = &head[start..];
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let text = &rest[..length.unwrap_or(rest.len())];
        let is_before =
            |record: &&HeadRecord| record.start + u64::from(record.length) <= start as u64;
        while records.next_if(is_before).is_some() {}
        let is_in_record = records
            .peek()
            .is_some_and(|record| record.start <= start as u64);
        if comment.begins(text, format.delimiter) && !is_in_record {
            comments.push(HeadComment {
                start: start as u64,
                line,
                text,
            });
        }
        start += text.len();
        start += if head[start..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        line += 1;
    }
    comments
}

/// Finds the header: the first line that has as many fields as most records of the head, stands directly above the first row whose cells
/// look like those of its columns, and is not prose.
///
/// Somebody may have said that the first line of the table is its header, or that it is a row.
///
/// If the first such line is a row itself, there is no header. If then a line of names with another number of fields stands directly
/// above it, that is the header, and no row fits it: a fault of the file that is to be seen.
pub(super) fn find(
    records: &[HeadRecord],
    comments: &[HeadComment<'_>],
    format: Format,
    has_header: Option<bool>,
) -> Found {
    let delimiter = format.delimiter.byte();
    let is_separator = |record: &HeadRecord| {
        let joined = record.cells.join(&delimiter);
        named_separator(&joined).is_some()
    };
    let n_separators = usize::from(records.first().is_some_and(is_separator));
    let widths = records[n_separators..]
        .iter()
        .map(|record| record.cells.len());
    let (width, _) = mass(widths);
    let shapes: Vec<Vec<Shape>> = records
        .iter()
        .map(|record| record.cells.iter().map(|cell| Shape::of(cell)).collect())
        .collect();
    let fits = |i: &usize| records[*i].cells.len() == width;
    let fitting: Vec<usize> = (n_separators..records.len()).filter(fits).collect();
    // of the records at the bottom none is a header or a title
    let below: Vec<usize> = fitting[fitting.len() / 2..]
        .iter()
        .copied()
        .filter(|&i| !begins_total(&records[i].cells))
        .collect();
    let types: Vec<Option<Shape>> = (0..width)
        .map(|column| Shape::of_most(below.iter().map(|&i| shapes[i][column])))
        .collect();
    let n_typed = types.iter().flatten().count();
    // cells that look like those of their column, and all that can be judged
    let likeness = |i: usize| {
        let pairs = types.iter().zip(&shapes[i]);
        let judged = pairs.filter_map(|(of, &shape)| {
            let of = (*of)?;
            (shape != Shape::Missing).then_some(of == shape)
        });
        judged.fold((0, 0), |(n_like, n), is_like| {
            (n_like + usize::from(is_like), n + 1)
        })
    };
    let is_row = |i: usize| {
        let (n_like, n_judged) = likeness(i);
        n_like >= n_typed.clamp(1, 2)
            && n_like * 4 >= n_judged * 3
            && !are_counted(&records[i].cells)
    };
    let begins_with_row = fitting.first().is_some_and(|&i| is_row(i));
    let start = fitting.first().map_or(u64::MAX, |&i| records[i].start);
    let above: Vec<HeadComment<'_>> = comments
        .iter()
        .copied()
        .filter(|comment| comment.start < start)
        .collect();
    let named_by = match has_header {
        Some(_) => None,
        None => named_by_comment(&above, format, width, begins_with_row),
    };
    let header = match has_header {
        Some(true) => fitting.first().copied(),
        Some(false) => None,
        None => header_of(records, &fitting, is_row),
    };
    let mut found = Found {
        header: Header::default(),
        names: Vec::new(),
        n_columns: width,
        header_record: None,
        first_row: n_separators,
        is_typed: types.iter().map(Option::is_some).collect(),
        names_comment: Vec::new(),
        comments: Tally::default(),
    };
    if let Some((named_by, names)) = named_by {
        found.header.line = Some(named_by.line);
        found.n_columns = names.len();
        found.names = names;
        if names_columns(named_by.text) {
            found.names_comment = named_by.text.trim_ascii().to_vec();
        }
    } else if let Some(header) = header {
        found.header.line = Some(records[header].line);
        found.names = records[header].cells.clone();
        found.n_columns = found.names.len();
        found.header_record = Some(header);
        // units below the names
        let is_of_units = |&i: &usize| {
            let (n_like, n_judged) = likeness(i);
            records[i].cells.len() == width && n_judged > 1 && n_like == 0
        };
        let n_units = (header + 1..records.len()).take_while(is_of_units).count();
        let has_rows = header + 1 + n_units < records.len();
        found.first_row = header + 1 + if has_rows { n_units } else { 0 };
    } else if let Some((header, names)) =
        with_other_delimiter(records, &fitting, delimiter).filter(|_| has_header.is_none())
    {
        found.header.line = Some(records[header].line);
        found.names = names;
        found.header_record = Some(header);
        found.first_row = header + 1;
    } else {
        found.first_row = fitting.first().copied().unwrap_or(records.len());
        let first = records.get(found.first_row);
        let first_cell = first.and_then(|record| record.cells.first());
        found.header.first_cell = first_cell.map_or(String::new(), |cell| example(cell));
    }
    let last_cells = || {
        fitting
            .iter()
            .filter(|&&i| i >= found.first_row)
            .map(|&i| &records[i].cells[width - 1])
    };
    let is_last_empty = width > 1
        && last_cells().count() > 0
        && last_cells().all(|cell| cell.trim_ascii().is_empty());
    let ends_empty = found
        .names
        .last()
        .is_some_and(|name| name.trim_ascii().is_empty());
    if ends_empty && found.n_columns > 1 && (is_last_empty || found.n_columns == width + 1) {
        found.names.pop();
        found.n_columns -= 1;
    } else if found.names.is_empty() && is_last_empty {
        found.n_columns -= 1;
    }
    found.header.has_trailing_delimiter = is_last_empty && found.n_columns + 1 == width;
    for (i, record) in records[..found.first_row].iter().enumerate() {
        if found.header_record != Some(i) && !is_blank(&record.cells) {
            if found.header.above.count == 0 {
                found.header.above_example = example(&record.cells.join(&delimiter));
            }
            found.header.above.add(record.line);
        }
    }
    let first_row = records.get(found.first_row);
    let start = first_row.map_or(u64::MAX, |record| record.start);
    for comment in comments.iter().filter(|comment| comment.start < start) {
        if found.header.line != Some(comment.line) {
            found.comments.add(comment.line);
        }
    }
    found
}

/// Returns which record is the header, if one is; `fitting` are those of the table's width.
fn header_of(
    records: &[HeadRecord],
    fitting: &[usize],
    is_row: impl Fn(usize) -> bool,
) -> Option<usize> {
    let first_row = fitting.iter().position(|&i| is_row(i));
    // without a row that is told by its cells, the first line of the table is its header
    let Some(first_row) = first_row else {
        let is_name =
            |&&i: &&usize| !is_prose(&records[i].cells) && is_mostly_filled(&records[i].cells);
        return fitting.iter().find(is_name).or(fitting.first()).copied();
    };
    // the lines of the table's width that end directly above it, without a blank line between
    let above = (0..first_row).rev().take_while(|&at| {
        let (record, next) = (&records[fitting[at]], &records[fitting[at + 1]]);
        let n_breaks = record
            .cells
            .iter()
            .flatten()
            .filter(|&&byte| byte == b'\n')
            .count();
        next.line == record.line + n_breaks as u64 + 1
    });
    let block: Vec<usize> = above.map(|at| fitting[at]).collect();
    let are_names = |i: usize| !is_prose(&records[i].cells) && is_mostly_filled(&records[i].cells);
    let in_block = block.iter().rev().copied().find(|&i| are_names(i));
    let of_other_width = || {
        let above = fitting[first_row].checked_sub(1)?;
        let (names, row) = (&records[above].cells, &records[fitting[first_row]].cells);
        let is_wide = names.len() > 1 && names.len() * 2 >= row.len();
        let are_words = names.iter().all(|name| !Shape::of(name).is_typed());
        (is_wide && are_words && are_names(above)).then_some(above)
    };
    // odd lines may stand between the header and the first row that is like the others
    let further_up = || {
        fitting[..first_row]
            .iter()
            .rev()
            .copied()
            .find(|&i| are_names(i))
    };
    in_block.or_else(of_other_width).or_else(further_up)
}

/// Returns the header directly above the first row if another delimiter splits it into as many names.
fn with_other_delimiter(
    records: &[HeadRecord],
    fitting: &[usize],
    delimiter: u8,
) -> Option<(usize, Vec<Vec<u8>>)> {
    let first = *fitting.first()?;
    let above = first.checked_sub(1)?;
    let line = records[above].cells.join(&delimiter);
    let others = Delimiter::ALL.map(Delimiter::byte);
    let mut names = others.iter().map(|&other| split(&line, other));
    let width = records[first].cells.len();
    let names = names.find(|names| names.len() == width && width > 1 && !is_prose(names))?;
    Some((above, names))
}

/// Returns the comment that names the columns, and the names: `#Fields: a b`, Zeek's `#fields`, or the last one above a table without another
/// header, if it has as many fields.
fn named_by_comment<'c, 't>(
    comments: &'c [HeadComment<'t>],
    format: Format,
    width: usize,
    begins_with_row: bool,
) -> Option<(&'c HeadComment<'t>, Vec<Vec<u8>>)> {
    let delimiter = format.delimiter.byte();
    let by_word = comments
        .iter()
        .rev()
        .find(|comment| names_columns(comment.text));
    if let Some(named_by) = by_word {
        let names = named_by.text[b"#fields".len()..].trim_ascii_start();
        let names = names.strip_prefix(b":").unwrap_or(names).trim_ascii();
        let names: Vec<Vec<u8>> = if names.contains(&delimiter) {
            split(names, delimiter)
        } else {
            let words = names.split(u8::is_ascii_whitespace);
            words
                .filter(|word| !word.is_empty())
                .map(<[u8]>::to_vec)
                .collect()
        };
        return Some((named_by, names));
    }
    let last = comments.last().filter(|_| begins_with_row)?;
    let names = last.text.strip_prefix(format.comment?.mark().as_bytes())?;
    let names = split(names.trim_ascii(), delimiter);
    let are_names = names.len() == width && width > 1 && !is_prose(&names);
    are_names.then_some((last, names))
}

fn split(text: &[u8], delimiter: u8) -> Vec<Vec<u8>> {
    let cells = text.split(|&byte| byte == delimiter);
    cells.map(|cell| cell.trim_ascii().to_vec()).collect()
}

/// Whether these are sentences, not names: a title, when it was made, how it was filtered.
fn is_prose(cells: &[Vec<u8>]) -> bool {
    cells.iter().any(|cell| {
        let (text, _) = field_text(cell);
        let text = text.trim();
        let n_words = text.split_whitespace().count();
        let ends_sentence = n_words > 1 && text.ends_with(['.', ':', '!', '?']);
        n_words > NAME_WORDS
            || text.chars().count() > NAME_CHARS
            || ends_sentence
            || text.contains(": ")
            || text.contains(" = ")
    })
}

/// Whether these are `0,1,2,…`, also below an empty first name.
fn are_counted(cells: &[Vec<u8>]) -> bool {
    let cells = match cells.split_first() {
        Some((first, rest)) if first.is_empty() => rest,
        _ => cells,
    };
    let is_counted = |(i, cell): (usize, &Vec<u8>)| cell.as_slice() == i.to_string().as_bytes();
    cells.len() >= COUNTED_NAMES && cells.iter().enumerate().all(is_counted)
}

/// Whether most cells hold something: a spreadsheet fills titles up with empty ones.
fn is_mostly_filled(cells: &[Vec<u8>]) -> bool {
    let n_filled = cells
        .iter()
        .filter(|cell| !cell.trim_ascii().is_empty())
        .count();
    n_filled * 2 > cells.len()
}

fn is_blank(cells: &[Vec<u8>]) -> bool {
    cells.iter().all(|cell| cell.trim_ascii().is_empty())
}

fn example(text: &[u8]) -> String {
    let (text, _) = field_text(text);
    let text = text.trim();
    let mut short: String = text.chars().take(EXAMPLE_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names, the line of the header and how many lines stand above the first row.
    fn found(text: &str) -> (String, Option<u64>, usize) {
        let records: Vec<HeadRecord> = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.is_empty())
            .map(|(line, number)| HeadRecord {
                start: 0,
                length: line.len() as u32,
                line: number,
                cells: line
                    .split(',')
                    .map(|cell| cell.as_bytes().to_vec())
                    .collect(),
            })
            .collect();
        let format = Format::sniff(b"a,b").expect("text");
        let found = find(&records, &[], format, None);
        let names = found
            .names
            .iter()
            .map(|name| field_text(name).0.into_owned());
        (
            names.collect::<Vec<_>>().join("/"),
            found.header.line,
            found.first_row,
        )
    }

    fn is(names: &str, line: Option<u64>, first_row: usize) -> (String, Option<u64>, usize) {
        (names.to_owned(), line, first_row)
    }

    #[test]
    fn the_header_is_the_line_above_the_rows() {
        assert_eq!(found("a,b\n1,2\n3,4\n"), is("a/b", Some(1), 1));
        assert_eq!(
            found("Report\nFilter: zone, all\n\na,b,c\n1,2,x\n3,4,y\n"),
            is("a/b/c", Some(4), 3)
        );
        assert_eq!(
            found("Report, edge\nmade today\n\na,b\nx,2\ny,4\nz,5\n"),
            is("a/b", Some(4), 3),
            "a title of the table's width"
        );
        assert_eq!(
            found("Zone: all, dmz\na,b\nx,2\ny,4\nz,5\n"),
            is("a/b", Some(2), 2),
            "directly above"
        );
        assert_eq!(
            found("Report,,\nMade today,,\n,,\na,b,c\nx,2,3\ny,4,5\nz,5,6\n"),
            is("a/b/c", Some(4), 4),
            "filled up by a spreadsheet"
        );
        assert_eq!(
            found("a,b,c\nx\nx,2,3\ny,4,5\nz,5,6\n"),
            is("a/b/c", Some(1), 1),
            "an odd line between"
        );
        assert_eq!(found("a,b\n[s],[B]\n1,2\n3,4\n"), is("a/b", Some(1), 2));
        assert_eq!(
            found(
                "Report,Edge\nTo,2024-03-14\nRows,60\n\na,b\n10.0.0.1,2\n10.0.0.2,4\n10.0.0.2,5\n10.0.0.2,6\n"
            ),
            is("a/b", Some(5), 4),
            "a title of the table's width"
        );
        assert_eq!(
            found(
                "Report,,\nMade 2024-03-14,,\n,,\na,b,c\n2024-03-14,2,3\n2024-03-14,4,5\n2024-03-14,5,6\n2024-03-14,5,6\n2024-03-14,5,6\n"
            ),
            is("a/b/c", Some(4), 4),
            "a title with a date"
        );
        assert_eq!(
            found("a;b;c\nx,1,2\ny,3,4\n"),
            is("a/b/c", Some(1), 1),
            "another delimiter"
        );
        assert_eq!(found("a,b\n,\n-,\n1,2\n3,4\n"), is("a/b", Some(1), 1));
        assert_eq!(found("a,b\nx,y\nz,w\n"), is("a/b", Some(1), 1));
        assert_eq!(found("a,443\n1,x\n2,y\n"), is("a/443", Some(1), 1));
        assert_eq!(
            found("0,1,2,3,4\n5,6,7,8,9\n1,2,3,4,5\n"),
            is("0/1/2/3/4", Some(1), 1)
        );
    }

    #[test]
    fn a_first_line_like_the_rows_is_one() {
        assert_eq!(found("1,2\n3,4\n"), is("", None, 0));
        assert_eq!(found("x,2\ny,4\n"), is("", None, 0));
        assert_eq!(
            found("2024-03-11 05:04:53,10.0.0.1,TCP,-\n2024-03-11 05:04:54,10.0.0.2,UDP,5\n"),
            is("", None, 0)
        );
        assert_eq!(found("Made today\n1,2\n3,4\n"), is("", None, 1));
    }

    #[test]
    fn a_header_of_another_width_is_the_header() {
        assert_eq!(found("a,b\n1,2,3\n4,5,6\n"), is("a/b", Some(1), 1));
        let trailing = found("a,b\n1,2,\n4,5,\n");
        assert_eq!(trailing, is("a/b", Some(1), 1));
        assert_eq!(found("a,b,\n1,2,\n4,5,\n"), is("a/b", Some(1), 1));
        assert_eq!(found("a,b,\n1,2\n4,5\n"), is("a/b", Some(1), 1));
    }
}
