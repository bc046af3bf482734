//! How a file is written: told from its first bytes, shown to the user, never assumed.

use serde::{Deserialize, Serialize};

use super::Error;
use super::LineLog;
use super::layout::{self, Comment};

/// How many bytes of the start of a file [`Format::sniff`] wants to see.
pub const HEAD_BYTES: usize = 256 * 1024;

/// The character between two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// a tab
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    pub(crate) const ALL: [Delimiter; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// Returns the delimiter's byte.
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    /// Returns the delimiter's English name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Pipe => "pipe",
        }
    }
}

/// How a text file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Between two fields.
    pub delimiter: Delimiter,
    /// Whether the file starts with a UTF-8 byte order mark, which is skipped.
    pub has_bom: bool,
    /// How lines begin that are comments and no records; `None` if there are none.
    pub comment: Option<Comment>,
    /// Whether a backslash takes the meaning from a quote inside a quoted field, as doubling it does.
    pub has_backslash_escapes: bool,
    /// Whether a quote is a character like any other, as in Zeek's logs.
    pub has_plain_quotes: bool,
}

impl Format {
    /// Finds out how a file is written from its first bytes (up to [`HEAD_BYTES`]).
    ///
    /// The delimiter is the one that Excel's line `sep=;` names, or under which most records have equally many fields whose
    /// cells look like values. A file in which none of them occurs has one column.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::NotTable`] or [`Error::Utf16`].
    pub fn sniff(head: &[u8]) -> Result<Format, Error> {
        reject_other_formats(head)?;
        let has_bom = head.starts_with(b"\xef\xbb\xbf");
        let text = if has_bom { &head[3..] } else { head };
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::Empty);
        }
        if let Some(kind) = Foreign::of_text(text) {
            let offset = if has_bom { 3 } else { 0 };
            return Err(Error::NotTable { kind, offset });
        }
        let text = whole_lines(text, head.len());
        let not_table = |log| Error::NotTable {
            kind: Foreign::Lines(log),
            offset: 0,
        };
        let named = Delimiter::named(text);
        if named.is_none()
            && let Some(log) = LineLog::of_lines(text)
        {
            return Err(not_table(log));
        }
        let delimiter = named.unwrap_or_else(|| Delimiter::sniff(text));
        if !layout::splits(text, delimiter) {
            if LineLog::are_quoted(text) {
                return Err(not_table(LineLog::QuotedLines));
            }
            if LineLog::are_blanks(text) {
                return Err(not_table(LineLog::Blanks));
            }
        }
        Ok(Format {
            delimiter,
            has_bom,
            comment: Comment::sniff(text, delimiter),
            has_backslash_escapes: layout::has_backslash_escapes(text, delimiter),
            has_plain_quotes: layout::has_plain_quotes(text, delimiter),
        })
    }

    /// A format of which only the delimiter is unusual.
    pub(super) fn plain(delimiter: Delimiter) -> Format {
        Format {
            delimiter,
            has_bom: false,
            comment: None,
            has_backslash_escapes: false,
            has_plain_quotes: false,
        }
    }

    /// Number of bytes before the first record.
    pub fn start(&self) -> u64 {
        if self.has_bom { 3 } else { 0 }
    }
}

/// What a file is that is not a table of text, told from its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Foreign {
    /// A file packed by gzip.
    Gzip,
    /// A zip archive, which newer workbooks of Excel are too.
    Zip,
    /// Another archive or packed file, by its name: "a zstd archive".
    Archive(Archive),
    /// A workbook of Excel as written up to 2003.
    OldWorkbook,
    /// Apache Parquet: a table, but not of text.
    Parquet,
    /// A PDF document.
    Pdf,
    /// A picture.
    Picture,
    /// A database of SQLite.
    Sqlite,
    /// Packets as they were captured, by tcpdump or Wireshark.
    Capture,
    /// One JSON value.
    Json,
    /// One JSON object a line.
    JsonLines,
    /// A web page.
    Html,
    /// XML.
    Xml,
    /// Lines of text that are no table.
    Lines(LineLog),
    /// Bytes that are no text.
    Binary,
}

/// Ways to pack files that are only told to be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Archive {
    /// `.bz2`
    Bzip2,
    /// `.zst`
    Zstd,
    /// `.xz`
    Xz,
    /// `.7z`
    SevenZip,
    /// `.rar`
    Rar,
}

impl Foreign {
    /// Returns what the file is, with an article.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "a gzip archive",
            Self::Zip => "a zip archive or an Excel workbook",
            Self::Archive(Archive::Bzip2) => "a bzip2 archive",
            Self::Archive(Archive::Zstd) => "a zstd archive",
            Self::Archive(Archive::Xz) => "an xz archive",
            Self::Archive(Archive::SevenZip) => "a 7z archive",
            Self::Archive(Archive::Rar) => "a RAR archive",
            Self::OldWorkbook => "an old Excel workbook",
            Self::Parquet => "a Parquet file",
            Self::Pdf => "a PDF document",
            Self::Picture => "a picture",
            Self::Sqlite => "an SQLite database",
            Self::Capture => "a capture of packets",
            Self::Json => "JSON",
            Self::JsonLines => "JSON Lines (JSON objects, one or more a line)",
            Self::Html => "a web page (HTML)",
            Self::Xml => "XML",
            Self::Lines(log) => log.name(),
            Self::Binary => "binary data",
        }
    }

    /// Tells by the bytes that files of a kind begin with.
    fn of_signature(head: &[u8]) -> Option<Foreign> {
        const SIGNATURES: [(&[u8], Foreign); 18] = [
            (b"\x1f\x8b", Foreign::Gzip),
            (b"PK\x03\x04", Foreign::Zip),
            (b"BZh", Foreign::Archive(Archive::Bzip2)),
            (b"\x28\xb5\x2f\xfd", Foreign::Archive(Archive::Zstd)),
            (b"\xfd7zXZ", Foreign::Archive(Archive::Xz)),
            (b"7z\xbc\xaf\x27\x1c", Foreign::Archive(Archive::SevenZip)),
            (b"Rar!\x1a", Foreign::Archive(Archive::Rar)),
            (b"\xd0\xcf\x11\xe0", Foreign::OldWorkbook),
            (b"PAR1", Foreign::Parquet),
            (b"%PDF-", Foreign::Pdf),
            (b"\x89PNG", Foreign::Picture),
            (b"\xff\xd8\xff", Foreign::Picture),
            (b"GIF8", Foreign::Picture),
            (b"SQLite format 3\0", Foreign::Sqlite),
            (b"\xd4\xc3\xb2\xa1", Foreign::Capture),
            (b"\x4d\x3c\xb2\xa1", Foreign::Capture),
            (b"\xa1\xb2\xc3\xd4", Foreign::Capture),
            (b"\x0a\x0d\x0d\x0a", Foreign::Capture),
        ];
        let (signature, kind) = SIGNATURES
            .iter()
            .find(|(signature, _)| head.starts_with(signature))?;
        // letters alone can begin a header line as well: "PAR1,PAR2"
        let is_only_letters = signature.iter().all(u8::is_ascii_alphanumeric);
        (!is_only_letters || first_control(head).is_some()).then_some(*kind)
    }

    /// Tells text that is no table by how it begins.
    fn of_text(text: &[u8]) -> Option<Foreign> {
        let text = text.trim_ascii_start();
        let after = |n: usize| text[n..].trim_ascii_start().first().copied();
        match text.first()? {
            b'{' if matches!(after(1), Some(b'"' | b'}')) => {
                let mut lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
                let is_object = |line: &[u8]| line.starts_with(b"{") && line.ends_with(b"}");
                let is_first_whole = lines.next().is_some_and(is_object);
                let follows = lines.find(|line| !line.is_empty());
                if is_first_whole && follows.is_some_and(|line| line.starts_with(b"{")) {
                    Some(Foreign::JsonLines)
                } else {
                    Some(Foreign::Json)
                }
            }
            b'[' if matches!(after(1), Some(b'{' | b'[' | b'"' | b']')) => Some(Foreign::Json),
            b'<' => {
                let start = text[..text.len().min(64)].to_ascii_lowercase();
                if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
                    Some(Foreign::Html)
                } else {
                    (start.starts_with(b"<?xml") || start.starts_with(b"<!"))
                        .then_some(Foreign::Xml)
                }
            }
            _ => None,
        }
    }
}

/// Returns the text without its last line, which the end of the head cut, if it did.
fn whole_lines(text: &[u8], n_head_bytes: usize) -> &[u8] {
    let end = text.iter().rposition(|&byte| byte == b'\n');
    match end {
        Some(end) if n_head_bytes >= HEAD_BYTES => &text[..end],
        _ => text,
    }
}

fn reject_other_formats(head: &[u8]) -> Result<(), Error> {
    if let Some(kind) = Foreign::of_signature(head) {
        return Err(Error::NotTable { kind, offset: 0 });
    }
    for (mark, is_big_endian) in [(b"\xff\xfe", false), (b"\xfe\xff", true)] {
        if head.starts_with(mark) {
            return Err(Error::Utf16 { is_big_endian });
        }
    }
    reject_utf16(head)?;
    reject_controls(head)
}

/// Refuses text in UTF-16 without a mark: every other byte is mostly 0.
fn reject_utf16(head: &[u8]) -> Result<(), Error> {
    let n_nul = |skip: usize| {
        let half = head.iter().skip(skip).step_by(2);
        half.filter(|&&byte| byte == 0).count()
    };
    let (even, odd) = (n_nul(0), n_nul(1));
    let is_one_half_only = even.max(odd) * 10 > head.len() * 4;
    if is_one_half_only && (even + odd) * 10 < head.len() * 6 {
        // the first half of what is written in Latin letters
        let is_big_endian = even > odd;
        return Err(Error::Utf16 { is_big_endian });
    }
    Ok(())
}

/// Most control characters of a head that are no sign of binary data, however short it is.
const FEW_CONTROLS: usize = 2;

/// Refuses what holds more control characters than text does: random bytes have one in ten. Single ones are put into logs by
/// whoever can send a request, and must not keep a log from being read.
fn reject_controls(head: &[u8]) -> Result<(), Error> {
    let n_controls = head.iter().filter(|&&byte| is_control(byte)).count();
    match first_control(head) {
        Some(offset) if n_controls > FEW_CONTROLS && n_controls * 50 > head.len() => {
            Err(Error::NotTable {
                kind: Foreign::Binary,
                offset: offset as u64,
            })
        }
        _ => Ok(()),
    }
}

fn first_control(head: &[u8]) -> Option<usize> {
    head.iter().position(|&byte| is_control(byte))
}

/// Whether a byte is a control character that text does not hold.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0c' | b'\x1b')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> Delimiter {
        Format::sniff(text.as_bytes()).expect("text").delimiter
    }

    #[test]
    fn finds_each_delimiter() {
        assert_eq!(delimiter("a,b\n1,2\n"), Delimiter::Comma);
        assert_eq!(delimiter("a;b\n1,5;2,5\n"), Delimiter::Semicolon);
        assert_eq!(delimiter("a\tb c, d\n1\t2\n"), Delimiter::Tab);
        assert_eq!(delimiter("a|b\n1|2\n"), Delimiter::Pipe);
        assert_eq!(delimiter("alone\n1\n2\n"), Delimiter::Comma);
    }

    #[test]
    fn a_delimiter_inside_quotes_does_not_count() {
        assert_eq!(
            delimiter("a,b\n\"x;y;z\",2\n\"p;q;r\",3\n"),
            Delimiter::Comma
        );
    }

    #[test]
    fn other_formats_are_named() {
        assert_eq!(Format::sniff(b""), Err(Error::Empty));
        assert_eq!(Format::sniff(b" \r\n\n"), Err(Error::Empty));
        assert_eq!(Format::sniff(b"\xef\xbb\xbf"), Err(Error::Empty));
        let kind = |head: &[u8]| match Format::sniff(head) {
            Err(Error::NotTable { kind, offset }) => Some((kind, offset)),
            _ => None,
        };
        assert_eq!(kind(b"\x1f\x8b\x08\0"), Some((Foreign::Gzip, 0)));
        assert_eq!(kind(b"PK\x03\x04\x14\0"), Some((Foreign::Zip, 0)));
        assert_eq!(kind(b"PAR1\x15\x04\x15"), Some((Foreign::Parquet, 0)));
        assert_eq!(kind(b"%PDF-1.7\n%\xe2\xe3"), Some((Foreign::Pdf, 0)));
        assert_eq!(kind(b"ab\0\x01\x02\0\0\0"), Some((Foreign::Binary, 2)));
        assert_eq!(kind(b"ab\x01\x02,\x03\n"), Some((Foreign::Binary, 2)));
        let little = |is_little: bool| {
            Err(Error::Utf16 {
                is_big_endian: !is_little,
            })
        };
        assert_eq!(Format::sniff(b"\xff\xfea\0,\0b\0"), little(true));
        assert_eq!(Format::sniff(b"\xfe\xff\0a\0,\0b"), little(false));
        assert_eq!(
            Format::sniff(b"a\0,\0b\0\n\x001\0,\x002\0\n\0"),
            little(true)
        );
        assert_eq!(
            Format::sniff(b"\0a\0,\0b\0\n\x001\0,\x002\0\n"),
            little(false)
        );
    }

    #[test]
    fn text_that_is_no_table_is_named() {
        let kind = |head: &str| match Format::sniff(head.as_bytes()) {
            Err(Error::NotTable { kind, .. }) => Some(kind),
            Ok(_) => None,
            Err(error) => panic!("{error}"),
        };
        for (head, expected) in [
            ("[{\"a\": 1}, {\"a\": 2}]", Foreign::Json),
            ("\u{feff} [ [1, 2], [3, 4] ]", Foreign::Json),
            ("{\n  \"Records\": [\n  {\"a\": 1}\n]}", Foreign::Json),
            ("{\"a\": 1}\n", Foreign::Json),
            ("{\"a\": 1}\r\n{\"a\": 2}\r\n", Foreign::JsonLines),
            ("\n<!DOCTYPE html>\n<title>Sign in</title>", Foreign::Html),
            ("<html lang=en>", Foreign::Html),
            ("<?xml version=\"1.0\"?>\n<log/>", Foreign::Xml),
        ] {
            assert_eq!(kind(head), Some(expected), "{head}");
        }
        for head in [
            "PAR1,PAR2\n1,2\n",
            "BZh,GIF8\n1,2\n",
            "{id},bytes\n1,2\n",
            "[time],bytes\n1,2\n",
            "<ip>,bytes\n1,2\n",
            "\"{\",b\n1,2\n",
            "a,b\n\x1b[31mred\x1b[0m,2\n",
        ] {
            assert_eq!(kind(head), None, "{head}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_noticed() {
        let format = Format::sniff(b"\xef\xbb\xbfa,b\n1,2\n").expect("text");
        assert!(format.has_bom);
        assert_eq!(format.start(), 3);
    }
}
