//! How a file is written: told from its first bytes, shown to the user, never assumed.

use serde::{Deserialize, Serialize};

use super::Error;

/// How many bytes of the start of a file [`Format::sniff`] wants to see.
pub const HEAD_BYTES: usize = 256 * 1024;

/// Records of the head that take part in choosing the delimiter.
const SNIFFED_RECORDS: usize = 200;

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
    const ALL: [Delimiter; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

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

/// The character before the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decimal {
    /// `1.5`
    Point,
    /// `1,5`, found only in files whose delimiter is not a comma.
    Comma,
}

/// How a text file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Between two fields.
    pub delimiter: Delimiter,
    /// Before the fraction of a number.
    pub decimal: Decimal,
    /// Whether the file starts with a UTF-8 byte order mark, which is skipped.
    pub has_bom: bool,
}

impl Format {
    /// Finds out how a file is written from its first bytes (up to [`HEAD_BYTES`]).
    ///
    /// The delimiter is the one under which most records have as many fields as the first; among equals the one that
    /// gives more fields. A file in which none of them occurs has one column.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::NotText`] or [`Error::Utf16`].
    pub fn sniff(head: &[u8]) -> Result<Format, Error> {
        reject_other_formats(head)?;
        let has_bom = head.starts_with(b"\xef\xbb\xbf");
        let text = if has_bom { &head[3..] } else { head };
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::Empty);
        }
        let delimiter = Delimiter::ALL
            .into_iter()
            .rev()
            .max_by_key(|&delimiter| consistency(text, delimiter))
            .expect("there are four candidates");
        Ok(Format {
            delimiter,
            decimal: sniff_decimal(text, delimiter),
            has_bom,
        })
    }

    /// Number of bytes before the first record.
    pub fn start(&self) -> u64 {
        if self.has_bom { 3 } else { 0 }
    }
}

fn reject_other_formats(head: &[u8]) -> Result<(), Error> {
    const SIGNATURES: [(&[u8], &str); 9] = [
        (b"\x1f\x8b", "a gzip archive"),
        (b"PK\x03\x04", "a zip archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"PAR1", "a Parquet file"),
        (b"BZh", "a bzip2 archive"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive"),
        (b"\xfd7zXZ", "an xz archive"),
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "a PNG picture"),
    ];
    if let Some((_, kind)) = SIGNATURES
        .iter()
        .find(|(signature, _)| head.starts_with(signature))
    {
        return Err(Error::NotText {
            kind: (*kind).to_owned(),
            offset: 0,
        });
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(Error::Utf16);
    }
    let Some(offset) = head.iter().position(|&byte| byte == 0) else {
        return Ok(());
    };
    let nul_share = head.iter().filter(|&&byte| byte == 0).count() as f64 / head.len() as f64;
    let one_half_only = head
        .iter()
        .skip(offset % 2)
        .step_by(2)
        .filter(|&&byte| byte == 0)
        .count()
        * 2
        > head.len() * 8 / 10;
    if one_half_only && nul_share < 0.6 {
        return Err(Error::Utf16);
    }
    Err(Error::NotText {
        kind: "binary data (it holds NUL bytes)".to_owned(),
        offset: offset as u64,
    })
}

fn reader(text: &[u8], delimiter: Delimiter) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.byte())
        .from_reader(text)
}

/// (per mille of records that have as many fields as the first, number of fields), zero where there is one field only.
fn consistency(text: &[u8], delimiter: Delimiter) -> (usize, usize) {
    let widths: Vec<usize> = reader(text, delimiter)
        .byte_records()
        .take(SNIFFED_RECORDS)
        .flatten()
        .map(|record| record.len())
        .collect();
    match widths.first() {
        Some(&width) if width > 1 => {
            let same = widths.iter().filter(|&&other| other == width).count();
            (same * 1000 / widths.len(), width)
        }
        _ => (0, 0),
    }
}

/// A decimal comma is taken only if some values need it and none has a point instead.
fn sniff_decimal(text: &[u8], delimiter: Delimiter) -> Decimal {
    if delimiter == Delimiter::Comma {
        return Decimal::Point;
    }
    let is_decimal = |field: &[u8], mark: u8| {
        let mut parts = field.trim_ascii().split(|&byte| byte == mark);
        let digits = |part: Option<&[u8]>| {
            part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
        };
        let whole = parts
            .next()
            .map(|part| part.strip_prefix(b"-").unwrap_or(part));
        digits(whole) && digits(parts.next()) && parts.next().is_none()
    };
    let (mut commas, mut points) = (0, 0);
    for record in reader(text, delimiter)
        .byte_records()
        .skip(1)
        .take(SNIFFED_RECORDS)
        .flatten()
    {
        commas += record
            .iter()
            .filter(|field| is_decimal(field, b','))
            .count();
        points += record
            .iter()
            .filter(|field| is_decimal(field, b'.'))
            .count();
    }
    if commas > 0 && points == 0 {
        Decimal::Comma
    } else {
        Decimal::Point
    }
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
    fn decimal_comma_only_where_values_need_it() {
        let decimal = |text: &str| Format::sniff(text.as_bytes()).expect("text").decimal;
        assert_eq!(decimal("a;b\n1,5;2\n"), Decimal::Comma);
        assert_eq!(decimal("a;b\n1.5;2\n"), Decimal::Point);
        assert_eq!(decimal("a;b\n1.5;2,5\n"), Decimal::Point);
        assert_eq!(decimal("a,b\n1,5\n"), Decimal::Point);
    }

    #[test]
    fn other_formats_are_named() {
        assert_eq!(Format::sniff(b""), Err(Error::Empty));
        assert_eq!(Format::sniff(b" \r\n\n"), Err(Error::Empty));
        assert_eq!(Format::sniff(b"\xef\xbb\xbf"), Err(Error::Empty));
        assert!(matches!(
            Format::sniff(b"\x1f\x8b\x08\0"),
            Err(Error::NotText { offset: 0, .. })
        ));
        assert!(matches!(
            Format::sniff(b"ab\0\x01\x02\0\0\0"),
            Err(Error::NotText { offset: 2, .. })
        ));
        assert_eq!(Format::sniff(b"\xff\xfea\0,\0b\0"), Err(Error::Utf16));
        assert_eq!(
            Format::sniff(b"a\0,\0b\0\n\x001\0,\x002\0\n\0"),
            Err(Error::Utf16)
        );
    }

    #[test]
    fn a_byte_order_mark_is_noticed() {
        let format = Format::sniff(b"\xef\xbb\xbfa,b\n1,2\n").expect("text");
        assert!(format.has_bom);
        assert_eq!(format.start(), 3);
    }
}
