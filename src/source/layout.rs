//! Which character lies between two fields, which lines are comments, how quotes are escaped: told by the mass of the lines of
//! a head, not by the first one, which may be a title.

use serde::{Deserialize, Serialize};

use super::shape::Shape;
use super::{Delimiter, Format, Records, names_columns};

/// Records of the head that are looked at.
const SNIFFED_RECORDS: usize = 1000;

/// Records whose cells are looked at.
const SNIFFED_ROWS: usize = 100;

/// How lines begin that are comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comment {
    /// `#`
    Hash,
    /// `//`
    Slashes,
}

impl Comment {
    const ALL: [Comment; 2] = [Comment::Hash, Comment::Slashes];

    /// Returns what such lines begin with.
    pub fn mark(self) -> &'static str {
        match self {
            Comment::Hash => "#",
            Comment::Slashes => "//",
        }
    }

    /// Whether a line that begins with this text is a comment: not if its first field is a value of a spreadsheet.
    pub(crate) fn begins(self, text: &[u8], delimiter: Delimiter) -> bool {
        let is_end = |&byte: &u8| byte == delimiter.byte() || matches!(byte, b'\n' | b'\r');
        let seen = &text[..text.len().min(MARK_BYTES)];
        let field = seen.split(is_end).next().unwrap_or_default();
        text.starts_with(self.mark().as_bytes()) && !is_sheet_value(field)
    }

    /// Tells whether, and how, comments are marked in a file.
    ///
    /// A line that begins with the mark is none if it is the only one and has the names of the columns, or if such lines fit
    /// the rows of a table whose first column holds text.
    pub(super) fn sniff(text: &[u8], delimiter: Delimiter) -> Option<Comment> {
        let records = Sniffed::all(text, delimiter, false);
        Comment::ALL
            .into_iter()
            .find(|mark| mark.is_of(text, delimiter, &records))
    }

    fn is_of(self, text: &[u8], delimiter: Delimiter, records: &[Sniffed]) -> bool {
        let is_marked = |record: &Sniffed| self.begins(&text[record.start..], delimiter);
        let plain: Vec<&Sniffed> = records.iter().filter(|record| !is_marked(record)).collect();
        let Some(first) = plain.first() else {
            return records.len() > 1;
        };
        let (n_above, n_all) = (
            records
                .iter()
                .take_while(|record| is_marked(record))
                .count(),
            records.len() - plain.len(),
        );
        let (width, _) = mass(plain.iter().map(|record| record.cells.len()));
        let fits = |record: &&Sniffed| is_marked(record) && record.cells.len() == width;
        let n_fit = records.iter().skip(n_above).filter(fits).count();
        let below = plain.iter().filter(|record| record.start != first.start);
        let first_column = below.filter_map(|record| record.cells.first());
        let is_first_typed = Shape::of_most(first_column.copied()).is_some();
        match n_above {
            0 if n_all == 0 => false,
            // `#,time,bytes` and `#time,bytes`
            1 if n_all == 1 && width > 1 && records[0].cells.len() == width => false,
            0 => is_first_typed || n_fit * 2 < n_all,
            _ => true,
        }
    }
}

/// Bytes of a line by which it is seen whether it is a comment: more than a value of a spreadsheet and a delimiter have.
pub(super) const MARK_BYTES: usize = 16;

/// Whether a cell is what spreadsheets, and pandas after them, write where there is no value.
pub(crate) fn is_sheet_value(cell: &[u8]) -> bool {
    const VALUES: [&[u8]; 9] = [
        b"#N/A",
        b"#N/A N/A",
        b"#NA",
        b"#DIV/0!",
        b"#NAME?",
        b"#NULL!",
        b"#NUM!",
        b"#REF!",
        b"#VALUE!",
    ];
    VALUES.contains(&cell)
}

/// A record of the head.
struct Sniffed {
    start: usize,
    cells: Vec<Shape>,
}

impl Sniffed {
    /// Reads records up to the first fault.
    fn all(text: &[u8], delimiter: Delimiter, has_backslash_escapes: bool) -> Vec<Sniffed> {
        let (mut input, format) = (
            text,
            Format {
                has_backslash_escapes,
                ..Format::plain(delimiter)
            },
        );
        let mut records = Records::at(&mut input, format, 0, text.len());
        let mut found = Vec::new();
        while found.len() < SNIFFED_RECORDS
            && let Ok(Some(record)) = records.read()
        {
            let is_looked_at = found.len() < SNIFFED_ROWS;
            let shape = |cell| match is_looked_at {
                true => Shape::of(cell),
                false => Shape::Missing,
            };
            found.push(Sniffed {
                start: record.start as usize,
                cells: record.fields().map(shape).collect(),
            });
        }
        found
    }
}

/// Returns the number of fields that most records have, the larger of two, and how many have it.
pub(crate) fn mass(widths: impl Iterator<Item = usize>) -> (usize, usize) {
    let mut counts = std::collections::BTreeMap::new();
    for width in widths {
        *counts.entry(width).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .max_by_key(|&(width, count)| (count, width))
        .unwrap_or((0, 0))
}

impl Delimiter {
    /// Returns the delimiter that Excel's line `sep=;` names, which is above everything.
    pub(super) fn named(text: &[u8]) -> Option<Delimiter> {
        let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
        let name = named_separator(line)?;
        Delimiter::ALL
            .into_iter()
            .find(|delimiter| delimiter.byte() == name)
    }

    /// Finds the delimiter under which most records have equally many fields, and most cells look like values; among equals
    /// the one that gives more fields. Where none of them occurs there is one column.
    pub(super) fn sniff(text: &[u8]) -> Delimiter {
        Delimiter::ALL
            .into_iter()
            .rev()
            .max_by_key(|&delimiter| fitness(text, delimiter))
            .expect("there are four candidates")
    }
}

/// Returns the character that a line such as `sep=;` names; Excel takes it in quotes and with delimiters behind it as well.
pub(crate) fn named_separator(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (name, rest) = line.split_at_checked(4)?;
    if !name.eq_ignore_ascii_case(b"sep=") {
        return None;
    }
    let (&separator, rest) = rest.split_first()?;
    let is_rest = |&byte: &u8| byte == b'"' || byte == separator || byte == b',';
    rest.trim_ascii_end()
        .iter()
        .all(is_rest)
        .then_some(separator)
}

/// Per mille of records that have as many fields as most, plus per mille of their cells that look like values; then the number of fields. Zero
/// where there is one field only.
fn fitness(text: &[u8], delimiter: Delimiter) -> (usize, usize) {
    let mut records = Sniffed::all(text, delimiter, false);
    let is_comment = |record: &Sniffed| {
        let text = &text[record.start..];
        Comment::ALL.iter().any(|mark| mark.begins(text, delimiter))
    };
    if !records.iter().all(is_comment) {
        records.retain(|record| !is_comment(record));
    }
    let (width, n) = mass(records.iter().map(|record| record.cells.len()));
    if width < 2 {
        return (0, 0);
    }
    let rows = records.iter().filter(|record| record.cells.len() == width);
    let cells = rows.flat_map(|record| &record.cells);
    let (mut n_typed, mut n_cells) = (0, 0);
    for shape in cells.filter(|&&shape| shape != Shape::Missing) {
        n_cells += 1;
        n_typed += usize::from(shape.is_typed());
    }
    let share = n * 1000 / records.len() + n_typed * 1000 / n_cells.max(1);
    (share, width)
}

/// Whether most records have more than one field.
pub(super) fn splits(text: &[u8], delimiter: Delimiter) -> bool {
    let records = Sniffed::all(text, delimiter, false);
    mass(records.iter().map(|record| record.cells.len())).0 > 1
}

/// Tells whether a backslash takes the meaning from a quote inside quoted fields: only if the head is split better so.
pub(super) fn has_backslash_escapes(text: &[u8], delimiter: Delimiter) -> bool {
    if !text.windows(2).any(|pair| pair == b"\\\"") {
        return false;
    }
    let faults = |has_escapes| {
        let records = Sniffed::all(text, delimiter, has_escapes);
        let (_, n) = mass(records.iter().map(|record| record.cells.len()));
        // records beyond a quote that never closes were not read
        (
            records.len() - n + n_bad_quotes(text, delimiter, has_escapes),
            usize::MAX - n,
        )
    };
    faults(true) < faults(false)
}

/// Tells whether quotes are characters like any other: Zeek, which names the columns in a comment with delimiters, quotes nothing.
pub(super) fn has_plain_quotes(text: &[u8], delimiter: Delimiter) -> bool {
    let mut lines = text.split(|&byte| byte == b'\n');
    delimiter == Delimiter::Tab
        && lines.any(|line| names_columns(line) && line.contains(&delimiter.byte()))
}

/// Counts the quotes that end a field and are not followed by its end.
fn n_bad_quotes(text: &[u8], delimiter: Delimiter, has_escapes: bool) -> usize {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Start,
        Plain,
        Quoted,
        Escaped,
        Quote,
    }
    let (mut at, mut n_bad) = (At::Start, 0);
    for &byte in text {
        let ends_field = byte == delimiter.byte() || matches!(byte, b'\n' | b'\r');
        at = match (at, byte) {
            (At::Start, b'"') | (At::Quote, b'"') => At::Quoted,
            (At::Quoted, b'\\') if has_escapes => At::Escaped,
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted | At::Escaped, _) => At::Quoted,
            _ if ends_field => At::Start,
            (At::Quote, _) => {
                n_bad += 1;
                At::Plain
            }
            _ => At::Plain,
        };
    }
    n_bad
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> Delimiter {
        Delimiter::sniff(text.as_bytes())
    }

    #[test]
    fn a_title_does_not_choose_the_delimiter() {
        let rows = "1;a;2\n2;b;3\n3;c;4\n";
        for above in [
            "Report, of the edge, today\n",
            "Report | edge\n\n",
            "# a, b, c, d\n# e, f, g, h\n# a, b, c, d\n# e, f, g, h\n",
        ] {
            assert_eq!(
                delimiter(&format!("{above}x;y;z\n{rows}")),
                Delimiter::Semicolon,
                "{above}"
            );
        }
        assert_eq!(delimiter("1,5;2,5\n2,5;3,5\n"), Delimiter::Semicolon);
        let agent = "\"Mozilla/5.0 (X11; Linux; rv)\"";
        let ragged: String = (0..20)
            .map(|i| {
                format!(
                    "{i},10.0.0.1,{agent}{}\n",
                    if i % 3 == 0 { ",x" } else { "" }
                )
            })
            .collect();
        assert_eq!(delimiter(&ragged), Delimiter::Comma);
    }

    #[test]
    fn excel_s_line_names_the_separator() {
        let named = |line: &str| named_separator(line.as_bytes()).map(char::from);
        assert_eq!(named("sep=;"), Some(';'));
        assert_eq!(named("SEP=,"), Some(','));
        assert_eq!(named("\"sep=;\""), Some(';'));
        assert_eq!(named("sep=\t"), Some('\t'));
        assert_eq!(named("sep=;;;;"), Some(';'));
        for line in ["sep=", "sep,b", "separator=;", "sep=;b", ""] {
            assert_eq!(named(line), None, "{line}");
        }
        assert_eq!(
            Delimiter::named(b"sep=|\r\na,b|c\r\n"),
            Some(Delimiter::Pipe)
        );
        assert_eq!(Delimiter::named(b"sep=x\na\n"), None);
    }

    #[test]
    fn comments_are_told_from_rows() {
        let comment = |text: &str| Comment::sniff(text.as_bytes(), Delimiter::Comma);
        let hash = Some(Comment::Hash);
        assert_eq!(comment("# made today\na,b\n1,2\n"), hash);
        assert_eq!(comment("# made today\n# x,y\na,b\n1,2\n"), hash);
        assert_eq!(comment("#a,b\n1,2\n3,4\n"), None, "the names");
        assert_eq!(comment("#,b\n1,2\n3,4\n"), None, "the names");
        assert_eq!(comment("a,b\n1,2\n# later\n3,4\n"), hash);
        assert_eq!(comment("a,b\n1,2\n#3,4\n5,6\n"), hash, "a row put out");
        assert_eq!(comment("tag,b\n#x,2\ny,4\n#z,6\n"), None, "text");
        assert_eq!(comment("a\nx\n#y\nz\n"), None, "text");
        assert_eq!(
            comment("a,b\n1,2\n#N/A,4\n5,6\n#DIV/0!,7\n"),
            None,
            "values"
        );
        assert_eq!(comment("a,b\n1,2\n#NA stands for none\n5,6\n"), hash);
        assert_eq!(comment("// made today\na,b\n1,2\n"), Some(Comment::Slashes));
        assert_eq!(comment("path,b\n//x,2\n/y,4\n"), None, "text");
        assert_eq!(comment("# all\n# comments\n"), hash);
        assert_eq!(comment("#a,b\n"), None);
    }

    #[test]
    fn a_backslash_escapes_only_where_the_file_says_so() {
        let has = |text: &str| has_backslash_escapes(text.as_bytes(), Delimiter::Comma);
        assert!(has("a,b\n1,\"x \\\"y, z\\\"\"\n2,w\n"));
        assert!(
            has("a,b\n1,\"x \\\"y\\\" z\"\n2,w\n"),
            "no delimiter within"
        );
        assert!(!has("a,b\n\"C:\\dir\\\",2\n\"D:\\\",4\n"));
        assert!(!has("a,b\n\"say \"\"x\\\"\"\",2\n"));
        assert!(!has("a,b\nx\\\"y,2\n"));
    }
}
