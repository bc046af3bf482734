//! The tokenizer: `csv-core`'s state machine fed in chunks, with exact byte ranges and line numbers around it.

use std::borrow::Cow;

use csv_core::ReadRecordResult;

use super::{Error, Format, Input, plain};

/// Bytes asked of the input at once; Chromium reads files fastest in slices of 4 MiB and more.
const CHUNK_BYTES: usize = 4 << 20;

/// The largest record that is accepted; a larger one is almost always a quote that was never closed.
pub(super) const MAX_RECORD_BYTES: usize = 16 << 20;

/// One record: its fields, unquoted, and where it stands in the file.
#[derive(Debug)]
pub struct Record<'a> {
    text: &'a [u8],
    ends: &'a [usize],
    /// Bytes between two fields in `text`: one, the delimiter, if the record stands there as in the file.
    gap: usize,
    /// Byte offset of its first byte, from 0.
    pub start: u64,
    /// Number of bytes, without the line end.
    pub length: u32,
    /// Line of its first byte, from 1.
    pub line: u64,
}

impl<'a> Record<'a> {
    /// Number of fields, at least one.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Always false: a blank line is not a record.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns where each field ends, in an unspecified text that holds them all in order.
    pub fn ends(&self) -> &'a [usize] {
        self.ends
    }

    /// Returns the record as it stands in the file, if no field of it is quoted.
    pub fn as_plain(&self) -> Option<&'a [u8]> {
        (self.gap == 1).then_some(self.text)
    }

    /// Returns the fields from left to right.
    pub fn fields(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (text, mut from, gap) = (self.text, 0, self.gap);
        self.ends.iter().map(move |&end| {
            let field = &text[from..end];
            from = end + gap;
            field
        })
    }
}

/// Returns a field as text: UTF-8, or Latin-1 where the bytes are not UTF-8 (then `true`).
pub fn field_text(field: &[u8]) -> (Cow<'_, str>, bool) {
    match std::str::from_utf8(field) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (
            Cow::Owned(field.iter().map(|&byte| char::from(byte)).collect()),
            true,
        ),
    }
}

/// Reads an input's records from first to last; blank lines are skipped, as pandas does.
pub struct Records<'a> {
    input: &'a mut dyn Input,
    /// Bytes asked of the input at once.
    chunk_bytes: usize,
    delimiter: u8,
    core: csv_core::Reader,
    chunk: Vec<u8>,
    /// Position in `chunk`.
    at: usize,
    /// Offset in the file of the first byte of `chunk`.
    chunk_start: u64,
    /// Line of the next byte, from 1.
    line: u64,
    /// The last byte consumed was a CR that ended a record or a blank line.
    after_cr: bool,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The last record, of one line only, ended inside a quote.
    cut_off: bool,
}

impl<'a> Records<'a> {
    /// Starts at the first record.
    pub fn new(input: &'a mut dyn Input, format: Format) -> Records<'a> {
        Records::at(input, format, format.start(), CHUNK_BYTES)
    }

    /// Starts at a byte offset where a record begins, and counts lines from there; asks the input for this many bytes at
    /// once.
    pub fn at(
        input: &'a mut dyn Input,
        format: Format,
        offset: u64,
        chunk_bytes: usize,
    ) -> Records<'a> {
        let mut core = csv_core::ReaderBuilder::new()
            .delimiter(format.delimiter.byte())
            .build();
        // the machine drops a byte order mark from the first bytes that it sees: let those be a line end, since the first
        // record that it sees may be any
        core.read_record(b"\n", &mut [0], &mut [0]);
        Records {
            input,
            chunk_bytes,
            delimiter: format.delimiter.byte(),
            core,
            chunk: Vec::new(),
            at: 0,
            chunk_start: offset,
            line: 1,
            after_cr: false,
            text: vec![0; 4096],
            ends: vec![0; 64],
            cut_off: false,
        }
    }

    /// Number of bytes of the file consumed so far.
    pub fn position(&self) -> u64 {
        self.chunk_start + self.at as u64
    }

    /// Whether the file ended in the middle of a quoted field of the last record, which was not returned.
    pub fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// Line that the next byte belongs to, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns the next record, or `None` at the end.
    ///
    /// # Errors
    /// What the input says, [`Error::UnclosedQuote`] if an open quote swallows more than its own line, or
    /// [`Error::RecordTooLong`].
    pub fn read(&mut self) -> Result<Option<Record<'_>>, Error> {
        if !self.skip_line_ends()? {
            return Ok(None);
        }
        let start = self.position();
        let line = self.line;
        if let Some(plain) = plain::split(&self.chunk[self.at..], self.delimiter, &mut self.ends)
            .filter(|plain| plain.length <= MAX_RECORD_BYTES)
        {
            return Ok(Some(self.take_plain(plain, start, line)));
        }
        let (mut text_len, mut n_ends) = (0, 0);
        self.core.set_line(0);
        loop {
            let (result, n_in, n_out, n_end) = self.core.read_record(
                &self.chunk[self.at..],
                &mut self.text[text_len..],
                &mut self.ends[n_ends..],
            );
            self.at += n_in;
            text_len += n_out;
            n_ends += n_end;
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::OutputFull => {
                    if text_len > MAX_RECORD_BYTES {
                        return Err(Error::RecordTooLong {
                            line,
                            limit: MAX_RECORD_BYTES as u64,
                        });
                    }
                    self.text.resize(self.text.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty => {
                    if !self.fill()? {
                        return self.last_record(start, line, text_len, n_ends);
                    }
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
        let terminator = self.chunk[self.at - 1];
        self.after_cr = terminator == b'\r';
        let newlines = self.core.line();
        self.line += if self.after_cr {
            newlines + 1
        } else {
            newlines
        };
        let length = self.position() - 1 - start;
        Ok(Some(self.record(start, length, line, n_ends)))
    }

    fn take_plain(&mut self, plain: plain::Split, start: u64, line: u64) -> Record<'_> {
        let begin = self.at;
        let end = begin + plain.length;
        self.at = end + 1;
        self.after_cr = self.chunk[end] == b'\r';
        self.line += 1;
        let length = u32::try_from(plain.length).expect("a record is at most MAX_RECORD_BYTES");
        Record {
            text: &self.chunk[begin..end],
            ends: &self.ends[..plain.n_fields],
            gap: 1,
            start,
            length,
            line,
        }
    }

    fn record(&self, start: u64, length: u64, line: u64, n_ends: usize) -> Record<'_> {
        let length =
            u32::try_from(length).expect("a record is at most MAX_RECORD_BYTES and its quotes");
        Record {
            text: &self.text,
            ends: &self.ends[..n_ends],
            gap: 0,
            start,
            length,
            line,
        }
    }

    /// Ends a record that the end of the file cut: in order, unless a quote is open.
    fn last_record(
        &mut self,
        start: u64,
        line: u64,
        text_len: usize,
        mut n_ends: usize,
    ) -> Result<Option<Record<'_>>, Error> {
        let length = self.position() - start;
        let newlines = self.core.line();
        self.line += newlines;
        // a line end after the last byte ends the record, unless a quote is open: then it is one more character of it
        self.text.resize(self.text.len().max(text_len + 2), 0);
        self.ends.resize(self.ends.len().max(n_ends + 1), 0);
        let (result, _, _, n_end) =
            self.core
                .read_record(b"\n", &mut self.text[text_len..], &mut self.ends[n_ends..]);
        n_ends += n_end;
        if result == ReadRecordResult::Record {
            return Ok(Some(self.record(start, length, line, n_ends)));
        }
        if newlines > 0 {
            return Err(Error::UnclosedQuote {
                line,
                last_line: self.line,
            });
        }
        self.cut_off = true;
        Ok(None)
    }

    /// Moves to the next record and returns the offset of its first byte; `None` at the end of the file.
    ///
    /// # Errors
    /// What the input says.
    pub fn seek(&mut self) -> Result<Option<u64>, Error> {
        Ok(self.skip_line_ends()?.then(|| self.position()))
    }

    /// Moves behind the next line end, to where a record begins unless a quote is open there, and counts lines from
    /// there; false if there is none before this offset.
    ///
    /// # Errors
    /// What the input says.
    pub fn skip_line(&mut self, end: u64) -> Result<bool, Error> {
        while self.position() < end {
            match self.chunk.get(self.at).copied() {
                Some(byte) => {
                    self.at += 1;
                    self.after_cr = byte == b'\r';
                    if matches!(byte, b'\n' | b'\r') {
                        self.skip_line_ends()?;
                        self.line = 1;
                        return Ok(true);
                    }
                }
                None if self.fill()? => {}
                None => break,
            }
        }
        Ok(false)
    }

    /// Moves to the first byte of the next record, counting lines; false at the end of the file.
    fn skip_line_ends(&mut self) -> Result<bool, Error> {
        loop {
            while let Some(&byte) = self.chunk.get(self.at) {
                match byte {
                    b'\n' if self.after_cr => {}
                    b'\n' | b'\r' => self.line += 1,
                    _ => {
                        self.after_cr = false;
                        return Ok(true);
                    }
                }
                self.after_cr = byte == b'\r';
                self.at += 1;
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn fill(&mut self) -> Result<bool, Error> {
        self.chunk_start = self.position();
        self.at = 0;
        self.chunk = self.input.read(self.chunk_start, self.chunk_bytes)?;
        Ok(!self.chunk.is_empty())
    }
}

/// Reads single records again by their byte range; quick when they are asked for in the order of the file.
pub struct RowReader<'a> {
    input: &'a mut dyn Input,
    format: Format,
    window: Vec<u8>,
    window_start: u64,
    record: csv::ByteRecord,
    window_bytes: usize,
}

impl<'a> RowReader<'a> {
    /// A reader for many records in the order of the file.
    pub fn sequential(input: &'a mut dyn Input, format: Format) -> RowReader<'a> {
        Self::new(input, format, CHUNK_BYTES)
    }

    /// A reader for single records anywhere.
    pub fn scattered(input: &'a mut dyn Input, format: Format) -> RowReader<'a> {
        Self::new(input, format, 64 << 10)
    }

    fn new(input: &'a mut dyn Input, format: Format, window_bytes: usize) -> RowReader<'a> {
        RowReader {
            input,
            format,
            window: Vec::new(),
            window_start: 0,
            record: csv::ByteRecord::new(),
            window_bytes,
        }
    }

    /// Returns the texts of the record in this byte range, unquoted.
    ///
    /// # Errors
    /// As [`RowReader::read`].
    pub fn read_texts(&mut self, start: u64, length: u32) -> Result<Vec<String>, Error> {
        let record = self.read(start, length)?;
        let text = |field| field_text(field).0.into_owned();
        Ok(record.iter().map(text).collect())
    }

    /// Returns the fields of the record in this byte range.
    ///
    /// # Errors
    /// What the input says; [`Error::Unreadable`] also if the range no longer holds exactly one record.
    pub fn read(&mut self, start: u64, length: u32) -> Result<&csv::ByteRecord, Error> {
        let end = start + u64::from(length);
        if start < self.window_start || end > self.window_start + self.window.len() as u64 {
            self.window = self
                .input
                .read(start, self.window_bytes.max(length as usize))?;
            self.window_start = start;
        }
        let changed = || Error::Unreadable {
            offset: start,
            reason: "the file is not as it was when it was read".to_owned(),
        };
        let from = usize::try_from(start - self.window_start).map_err(|_| changed())?;
        let bytes = self
            .window
            .get(from..from + length as usize)
            .ok_or_else(changed)?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.format.delimiter.byte())
            .buffer_capacity(bytes.len().clamp(64, 1 << 16))
            .from_reader(bytes);
        match reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(&self.record),
            _ => Err(changed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::{Decimal, Delimiter};

    const FORMAT: Format = Format {
        delimiter: Delimiter::Comma,
        decimal: Decimal::Point,
        has_bom: false,
    };

    /// Bytes that arrive a few at a time, so that every boundary falls inside a record.
    struct Drip<'a> {
        bytes: &'a [u8],
        step: usize,
    }

    impl Input for Drip<'_> {
        fn size(&self) -> u64 {
            self.bytes.len() as u64
        }
        fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
            let mut all = self.bytes;
            all.read(offset, length.min(self.step))
        }
    }

    type Found = (Vec<String>, String, u64);

    fn read_all(text: &[u8], step: usize) -> Result<(Vec<Found>, bool), Error> {
        let mut input = Drip { bytes: text, step };
        let mut records = Records::new(&mut input, FORMAT);
        let mut found = Vec::new();
        while let Some(record) = records.read()? {
            let raw = &text[record.start as usize..record.start as usize + record.length as usize];
            let fields = record
                .fields()
                .map(|field| String::from_utf8_lossy(field).into_owned())
                .collect();
            found.push((
                fields,
                String::from_utf8_lossy(raw).into_owned(),
                record.line,
            ));
        }
        let cut_off = records.is_cut_off();
        Ok((found, cut_off))
    }

    fn summary(text: &str) -> Vec<(String, String, u64)> {
        let (found, _) = read_all(text.as_bytes(), 3).expect("well-formed");
        found
            .into_iter()
            .map(|(fields, raw, line)| (fields.join("/"), raw, line))
            .collect()
    }

    fn entry(fields: &str, raw: &str, line: u64) -> (String, String, u64) {
        (fields.to_owned(), raw.to_owned(), line)
    }

    #[test]
    fn lines_and_ranges_are_exact_with_crlf_and_blank_lines() {
        assert_eq!(
            summary("a,b\r\n1,2\r\n\r\n3,4\r\n5,\"x\r\ny\"\r\n7,8"),
            [
                entry("a/b", "a,b", 1),
                entry("1/2", "1,2", 2),
                entry("3/4", "3,4", 4),
                entry("5/x\r\ny", "5,\"x\r\ny\"", 5),
                entry("7/8", "7,8", 7)
            ]
        );
        assert_eq!(
            summary("\n\na\n\nb\n"),
            [entry("a", "a", 3), entry("b", "b", 5)]
        );
        assert_eq!(
            summary("a\rb\r\rc"),
            [entry("a", "a", 1), entry("b", "b", 2), entry("c", "c", 4)]
        );
        assert_eq!(summary("a,\n"), [entry("a/", "a,", 1)]);
        assert_eq!(summary("\"\"\n"), [entry("", "\"\"", 1)]);
    }

    #[test]
    fn an_open_quote_is_told_apart_by_what_it_swallows() {
        assert_eq!(
            read_all(b"a,b\n1,\"2\n3,4\n", 4),
            Err(Error::UnclosedQuote {
                line: 2,
                last_line: 4
            })
        );
        let (found, cut_off) = read_all(b"a,b\n1,2\n3,\"fo", 4).expect("only the last line is cut");
        assert_eq!(found.len(), 2);
        assert!(cut_off);
        assert!(!read_all(b"a,b\n1,\"2\"", 4).expect("closed").1);
    }

    #[test]
    fn a_row_is_read_again_by_its_range() {
        let text: &[u8] = b"a,b\r\n1,\"x, \"\"y\"\"\"\r\n3,4\r\n";
        let mut ranges = Vec::new();
        let mut input = text;
        let mut records = Records::new(&mut input, FORMAT);
        while let Some(record) = records.read().expect("well-formed") {
            ranges.push((record.start, record.length));
        }
        let mut input = text;
        let mut rows = RowReader::sequential(&mut input, FORMAT);
        assert_eq!(
            rows.read(ranges[1].0, ranges[1].1).expect("there"),
            vec!["1", "x, \"y\""]
        );
        assert_eq!(
            rows.read(ranges[0].0, ranges[0].1).expect("there"),
            vec!["a", "b"]
        );
        assert!(rows.read(1000, 5).is_err());
    }

    proptest! {
        /// The plain csv reader is the clear reference; chunk boundaries must not show.
        #[test]
        fn agrees_with_the_csv_crate_however_it_is_cut(text in "[ab,\"\r\n ]{0,60}", step in 1usize..9) {
            let Ok((found, cut_off)) = read_all(text.as_bytes(), step) else { return Ok(()) };
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let mut expected: Vec<Vec<String>> = reader
                .byte_records()
                .map(|record| record.expect("in memory").iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect())
                .collect();
            if cut_off { expected.pop(); }
            let fields: Vec<Vec<String>> = found.iter().map(|(fields, _, _)| fields.clone()).collect();
            prop_assert_eq!(fields, expected);
        }

        /// A record parsed alone from its byte range gives the same fields.
        #[test]
        fn ranges_round_trip(text in "[ab,\"\r\n ]{0,60}", step in 1usize..9) {
            let Ok((found, _)) = read_all(text.as_bytes(), step) else { return Ok(()) };
            for (fields, raw, _) in found {
                let mut alone = raw.as_bytes();
                let mut rows = RowReader::scattered(&mut alone, FORMAT);
                let again = rows.read(0, raw.len() as u32).expect("a record");
                prop_assert_eq!(again.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect::<Vec<_>>(), fields);
            }
        }
    }
}
