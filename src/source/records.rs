//! The tokenizer: `csv-core`'s state machine fed in chunks, with exact byte ranges and line numbers around it.

use std::borrow::Cow;
use std::ops::Range;

use csv_core::ReadRecordResult;

use super::checksum::checksum;
use super::layout::MARK_BYTES;
use super::{Error, Format, Input, plain};

/// Bytes asked of the input at once; Chromium reads files fastest in slices of 4 MiB and more.
pub(crate) const CHUNK_BYTES: usize = 4 << 20;

/// The largest record that is accepted; a larger one is almost always a quote that was never closed.
pub(super) const MAX_RECORD_BYTES: usize = 16 << 20;

/// Most records that are usually asked for at once.
const BATCH_ROWS: usize = 256;

/// Neighbouring records with equally many fields, ready to be taken column by column.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    text: &'a [u8],
    /// Where each field ends in `text`, record by record.
    ends: &'a [usize],
    rows: &'a [Row],
    /// Bytes between two fields in `text`: one, the delimiter, if the records stand there as in the file.
    gap: usize,
    n_fields: usize,
}

/// Where a record of a batch stands.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Where it begins in the text.
    pub(super) begin: usize,
    /// Byte offset in the file of its first byte, from 0.
    pub start: u64,
    /// Number of bytes in the file, without the line end.
    pub length: u32,
    /// Line of its first byte, from 1.
    pub line: u64,
}

impl<'a> Batch<'a> {
    /// Number of fields of every record, at least one.
    pub fn n_fields(&self) -> usize {
        self.n_fields
    }

    /// Number of records, at least one.
    pub fn n_records(&self) -> usize {
        self.rows.len()
    }

    /// Whether a field holds a NUL byte.
    pub fn has_nul(&self) -> bool {
        memchr::memchr(0, self.text).is_some()
    }

    /// Whether the first three bytes of any record's text are such; a shorter one has zeros.
    pub fn begin_with(&self, are_such: impl Fn([u8; 3]) -> bool) -> bool {
        self.rows.iter().any(|row| {
            let text = &self.text[row.begin..];
            let first = text.first_chunk().copied();
            are_such(first.unwrap_or_else(|| [0, 1, 2].map(|i| text.get(i).copied().unwrap_or(0))))
        })
    }

    /// Returns some of the records, which must be at least one.
    pub fn part(&self, records: Range<usize>) -> Batch<'a> {
        Batch {
            ends: &self.ends[records.start * self.n_fields..records.end * self.n_fields],
            rows: &self.rows[records],
            ..*self
        }
    }

    /// Returns where each record stands.
    pub fn rows(&self) -> &'a [Row] {
        self.rows
    }

    /// Returns the records from first to last.
    pub fn records(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        let batch = *self;
        let rows = self.rows.iter().zip(self.ends.chunks_exact(self.n_fields));
        rows.map(move |(row, ends)| Record {
            text: batch.text,
            begin: row.begin,
            ends,
            gap: batch.gap,
            start: row.start,
            length: row.length,
            line: row.line,
        })
    }

    /// Returns the fields of a column, from the first record's to the last's.
    ///
    /// # Panics
    /// If there are not so many columns.
    pub fn column(&self, column: usize) -> impl Iterator<Item = Field<'a>> + Clone + use<'a> {
        let batch = *self;
        let rows = self.rows.iter().zip(self.ends.chunks_exact(self.n_fields));
        rows.map(move |(row, ends)| {
            let from = match column {
                0 => row.begin,
                _ => ends[column - 1] + batch.gap,
            };
            Field::new(&batch.text[..ends[column]], from)
        })
    }
}

/// A field with what stands before it, so that its last bytes can be taken as a word however short it is.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    text: &'a [u8],
    from: usize,
}

impl<'a> Field<'a> {
    /// A field from this byte of a text, which must be in it, to its end.
    pub fn new(text: &'a [u8], from: usize) -> Field<'a> {
        Field { text, from }
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.text.len() - self.from
    }

    /// Whether it has no byte.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Returns its bytes, unquoted.
    pub fn bytes(self) -> &'a [u8] {
        &self.text[self.from..]
    }

    /// Returns its last eight bytes as a little-endian word; of a shorter field all of them, with zeros before the first.
    pub fn end_word(self) -> u64 {
        let Some(last) = self.text.last_chunk() else {
            let shift = |word: u64, &byte: &u8| (word >> 8) | (u64::from(byte) << 56);
            return self.bytes().iter().fold(0, shift);
        };
        u64::from_le_bytes(*last) & !self.bits_before()
    }

    /// Returns the bits of [`Field::end_word`] that are before the first byte of a shorter field.
    pub fn bits_before(self) -> u64 {
        u64::MAX.checked_shr(8 * self.len() as u32).unwrap_or(0)
    }

    /// Returns its first eight bytes as a little-endian word; zero of a shorter field.
    pub fn first_word(self) -> u64 {
        let first = self.bytes().first_chunk();
        first.map_or(0, |first| u64::from_le_bytes(*first))
    }

    /// Returns its first and its last sixteen bytes as little-endian words; `None` of a shorter field.
    pub fn first_and_last_words(self) -> Option<([u64; 2], [u64; 2])> {
        let bytes = self.bytes();
        let words = |sixteen: &[u8; 16]| {
            let (words, _) = sixteen.as_chunks();
            [u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])]
        };
        Some((words(bytes.first_chunk()?), words(bytes.last_chunk()?)))
    }

    /// Whether it is the same as one of its length but for the first and the last sixteen bytes.
    pub fn has_same_middle(self, other: Field<'_>) -> bool {
        self.words().zip(other.words()).skip(2).all(|(a, b)| a == b)
    }

    /// Returns its bytes eight by eight, without those left over.
    fn words(self) -> impl Iterator<Item = u64> + use<'a> {
        let (words, _) = self.bytes().as_chunks();
        words.iter().map(|word| u64::from_le_bytes(*word))
    }

    /// Returns what stands before its last eight bytes.
    pub fn before_end_word(self) -> Field<'a> {
        let end = self.text.len().saturating_sub(8).max(self.from);
        Field::new(&self.text[..end], self.from)
    }
}

/// Equal if their bytes are: by words, because a call to compare memory costs more in WebAssembly than these few bytes.
impl PartialEq for Field<'_> {
    fn eq(&self, other: &Field<'_>) -> bool {
        self.len() == other.len()
            && self.end_word() == other.end_word()
            && self.words().eq(other.words())
    }
}

impl<'a> From<&'a [u8]> for Field<'a> {
    fn from(text: &'a [u8]) -> Field<'a> {
        Field::new(text, 0)
    }
}

/// One record: its fields, unquoted, and where it stands in the file.
#[derive(Debug)]
pub struct Record<'a> {
    text: &'a [u8],
    begin: usize,
    ends: &'a [usize],
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

    /// Returns where each field ends, in a text of them all in order.
    pub fn ends(&self) -> impl Iterator<Item = usize> + use<'a> {
        let begin = self.begin;
        self.ends.iter().map(move |end| end - begin)
    }

    /// Returns the record as it stands in the file, if no field of it is quoted.
    pub fn as_plain(&self) -> Option<&'a [u8]> {
        (self.gap == 1).then(|| &self.text[self.begin..][..self.length as usize])
    }

    /// Returns a checksum of its fields, for [`RowReader::read`]; `joined` is room to join them in.
    pub fn checksum(&self, delimiter: u8, joined: &mut Vec<u8>) -> u16 {
        match self.ends.last() {
            // they stand in the text as they are joined
            Some(&end) if self.gap == 1 => checksum(&self.text[self.begin..end]),
            _ => checksum_of(self.fields(), delimiter, joined),
        }
    }

    /// Returns the fields from left to right.
    pub fn fields(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (text, mut from, gap) = (self.text, self.begin, self.gap);
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
    format: Format,
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
    rows: Vec<Row>,
    /// The last record, of one line only, ended inside a quote.
    cut_off: bool,
    n_comments: u64,
    first_comment: Option<u64>,
    /// The comment that names the columns.
    names: Option<&'a [u8]>,
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
        Records {
            input,
            chunk_bytes,
            format,
            core: start_machine(format),
            chunk: Vec::new(),
            at: 0,
            chunk_start: offset,
            line: 1,
            after_cr: false,
            text: vec![0; 1 << 16],
            ends: vec![0; 4096],
            rows: Vec::with_capacity(BATCH_ROWS),
            cut_off: false,
            n_comments: 0,
            first_comment: None,
            names: None,
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
    /// As [`Records::read_batch`].
    pub fn read(&mut self) -> Result<Option<Record<'_>>, Error> {
        let batch = self.read_batch(1, u64::MAX)?;
        Ok(batch.and_then(|batch| batch.records().next()))
    }

    /// Returns the next records, at most `n_rows`, which is at least one; `None` if none begins before this offset.
    ///
    /// # Errors
    /// What the input says, [`Error::UnclosedQuote`] if an open quote swallows more than its own line, or
    /// [`Error::RecordTooLong`].
    pub fn read_batch(&mut self, n_rows: usize, end: u64) -> Result<Option<Batch<'_>>, Error> {
        if !self.skip_to_record(end)? {
            return Ok(None);
        }
        let wanted = plain::Wanted {
            n_rows,
            begin_before: usize::try_from(end - self.position()).unwrap_or(usize::MAX),
            not_begun_by: self.first_of_comment().unwrap_or(b'\n'),
        };
        self.rows.clear();
        let start = Row {
            begin: 0,
            start: self.position(),
            length: 0,
            line: self.line,
        };
        let text = &self.chunk[self.at..];
        let n_fields = plain::split(
            text,
            self.format.delimiter.byte(),
            wanted,
            start,
            &mut self.ends,
            &mut self.rows,
        );
        match self.rows.last().copied() {
            Some(last) => Ok(Some(self.take_plain(n_fields, last))),
            None => self.read_quoted(n_rows, end),
        }
    }

    /// Moves behind the records that were split.
    fn take_plain(&mut self, n_fields: usize, last: Row) -> Batch<'_> {
        let begin = self.at;
        let end = begin + last.begin + last.length as usize;
        self.at = end + 1;
        self.after_cr = self.chunk[end] == b'\r';
        self.line = last.line + 1;
        Batch {
            text: &self.chunk[begin..end],
            ends: &self.ends,
            rows: &self.rows,
            gap: 1,
            n_fields,
        }
    }

    /// Reads records that may hold quotes, of which the first may lie on both sides of a chunk's end.
    fn read_quoted(&mut self, n_rows: usize, end: u64) -> Result<Option<Batch<'_>>, Error> {
        let Some((mut text_len, n_fields)) = self.read_one_quoted()? else {
            return Ok(None);
        };
        while self.rows.len() < n_rows {
            match self.read_another_quoted(text_len, n_fields, end) {
                Some(new_len) => text_len = new_len,
                None => break,
            }
        }
        Ok(Some(Batch {
            text: &self.text[..text_len],
            ends: &self.ends,
            rows: &self.rows,
            gap: 0,
            n_fields,
        }))
    }

    /// Reads one more record with as many fields behind those in `text`, if it lies in the chunk and holds a quote; returns
    /// where it ends.
    fn read_another_quoted(&mut self, begin: usize, n_fields: usize, end: u64) -> Option<usize> {
        let (at, line, after_cr) = (self.at, self.line, self.after_cr);
        let is_there = self.skip_line_ends_here()
            && self.position() < end
            && self.chunk.get(self.at).copied() != self.first_of_comment()
            && plain::has_quote(&self.chunk[self.at..]);
        let first_end = self.rows.len() * n_fields;
        let (start, first_line) = (self.position(), self.line);
        if is_there && first_end + n_fields < self.ends.len() {
            self.core.set_line(0);
            let (result, n_in, n_out, n_ends) = self.core.read_record(
                &self.chunk[self.at..],
                &mut self.text[begin..],
                &mut self.ends[first_end..],
            );
            let is_short = n_in as u64 <= MAX_RECORD_BYTES as u64;
            if result == ReadRecordResult::Record && n_ends == n_fields && is_short {
                self.at += n_in;
                self.end_line();
                for field_end in &mut self.ends[first_end..][..n_fields] {
                    *field_end += begin;
                }
                self.push_row(begin, start, self.position() - 1, first_line);
                return Some(begin + n_out);
            }
            self.core = start_machine(self.format);
        }
        // the next call begins with it
        (self.at, self.line, self.after_cr) = (at, line, after_cr);
        None
    }

    /// Reads one record into `text`; returns the length of its text and its number of fields.
    fn read_one_quoted(&mut self) -> Result<Option<(usize, usize)>, Error> {
        let (start, line) = (self.position(), self.line);
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
            // with its line end
            if self.position() - start > MAX_RECORD_BYTES as u64 + 1 {
                return Err(Error::RecordTooLong {
                    line,
                    limit: MAX_RECORD_BYTES as u64,
                });
            }
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty => {
                    if !self.fill()? {
                        return self.last_record(start, line, text_len, n_ends);
                    }
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
        self.end_line();
        self.push_row(0, start, self.position() - 1, line);
        Ok(Some((text_len, n_ends)))
    }

    /// Counts the lines of the record that the machine ended just now.
    fn end_line(&mut self) {
        self.after_cr = self.chunk[self.at - 1] == b'\r';
        self.line += self.core.line() + u64::from(self.after_cr);
    }

    fn push_row(&mut self, begin: usize, start: u64, end: u64, line: u64) {
        self.rows.push(Row {
            begin,
            start,
            length: u32::try_from(end - start).expect("a record is at most MAX_RECORD_BYTES"),
            line,
        });
    }

    /// Ends a record that the end of the file cut: in order, unless a quote is open.
    fn last_record(
        &mut self,
        start: u64,
        line: u64,
        text_len: usize,
        mut n_ends: usize,
    ) -> Result<Option<(usize, usize)>, Error> {
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
            self.push_row(0, start, self.position(), line);
            return Ok(Some((text_len, n_ends)));
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
        Ok(self.skip_to_record(u64::MAX)?.then(|| self.position()))
    }

    /// Moves behind the next line end, to where a record begins unless a quote is open there, and counts lines and comments
    /// from there; false if there is none before this offset.
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
                        self.skip_to_record(u64::MAX)?;
                        self.line = 1;
                        (self.n_comments, self.first_comment) = (0, None);
                        return Ok(true);
                    }
                }
                None if self.fill()? => {}
                None => break,
            }
        }
        Ok(false)
    }

    /// From now on a comment that names other columns than this one is an error.
    pub fn expect_names(&mut self, names: &'a [u8]) {
        self.names = Some(names);
    }

    /// Number of comments passed over, and the line of the first.
    pub fn comments(&self) -> (u64, Option<u64>) {
        (self.n_comments, self.first_comment)
    }

    fn first_of_comment(&self) -> Option<u8> {
        let comment = self.format.comment?;
        comment.mark().bytes().next()
    }

    /// Moves over line ends and comments to the next record; false if none begins before this offset.
    fn skip_to_record(&mut self, end: u64) -> Result<bool, Error> {
        loop {
            if !self.skip_line_ends()? || self.position() >= end {
                return Ok(false);
            }
            let is_comment = match self.format.comment {
                Some(comment) => {
                    let delimiter = self.format.delimiter;
                    comment.begins(self.see(MARK_BYTES)?, delimiter)
                }
                None => false,
            };
            if !is_comment {
                return Ok(true);
            }
            self.skip_comment()?;
        }
    }

    /// Returns what comes next, at least so many bytes unless the file ends.
    fn see(&mut self, n_bytes: usize) -> Result<&[u8], Error> {
        while self.chunk.len() - self.at < n_bytes {
            let end = self.chunk_start + self.chunk.len() as u64;
            let more = self.input.read(end, self.chunk_bytes)?;
            if more.is_empty() {
                break;
            }
            self.chunk.extend(more);
        }
        Ok(&self.chunk[self.at..])
    }

    /// Moves to the end of the line.
    fn skip_comment(&mut self) -> Result<(), Error> {
        self.n_comments += 1;
        self.first_comment.get_or_insert(self.line);
        let mut comment = Vec::new();
        loop {
            let rest = &self.chunk[self.at..];
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let length = end.unwrap_or(rest.len());
            if self.names.is_some() {
                comment.extend_from_slice(&rest[..length.min(MAX_RECORD_BYTES - comment.len())]);
            }
            self.at += length;
            if end.is_some() || !self.fill()? {
                break;
            }
        }
        match self.names {
            Some(names)
                if names_columns(&comment) && !comment.trim_ascii().eq(names.trim_ascii()) =>
            {
                Err(Error::OtherColumns { line: self.line })
            }
            _ => Ok(()),
        }
    }

    /// Moves to the first byte of the next line that is not empty, counting lines; false at the end of the file.
    fn skip_line_ends(&mut self) -> Result<bool, Error> {
        loop {
            if self.skip_line_ends_here() {
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// Moves to the first byte of the next record, counting lines; false at the end of the chunk.
    fn skip_line_ends_here(&mut self) -> bool {
        while let Some(&byte) = self.chunk.get(self.at) {
            match byte {
                b'\n' if self.after_cr => {}
                b'\n' | b'\r' => self.line += 1,
                _ => {
                    self.after_cr = false;
                    return true;
                }
            }
            self.after_cr = byte == b'\r';
            self.at += 1;
        }
        false
    }

    fn fill(&mut self) -> Result<bool, Error> {
        self.chunk_start = self.position();
        self.at = 0;
        self.chunk = self.input.read(self.chunk_start, self.chunk_bytes)?;
        Ok(!self.chunk.is_empty())
    }
}

/// Whether a comment names the columns, as Zeek and the W3C's format have it.
pub(crate) fn names_columns(comment: &[u8]) -> bool {
    const WORD: &[u8] = b"#fields";
    let (word, rest) = comment.split_at(comment.len().min(WORD.len()));
    word.eq_ignore_ascii_case(WORD) && matches!(rest.first(), Some(b':' | b' ' | b'\t'))
}

/// Returns a machine that expects a record.
fn start_machine(format: Format) -> csv_core::Reader {
    let mut core = csv_core::ReaderBuilder::new()
        .delimiter(format.delimiter.byte())
        .escape(format.has_backslash_escapes.then_some(b'\\'))
        .quoting(!format.has_plain_quotes)
        .build();
    // the machine drops a byte order mark from the first bytes that it sees: let those be a line end, since the first
    // record that it sees may be any
    core.read_record(b"\n", &mut [0], &mut [0]);
    core
}

/// Returns the checksum of fields, joined by the delimiter.
fn checksum_of<'a>(
    fields: impl Iterator<Item = &'a [u8]>,
    delimiter: u8,
    joined: &mut Vec<u8>,
) -> u16 {
    joined.clear();
    for field in fields {
        joined.extend(field);
        joined.push(delimiter);
    }
    joined.pop();
    checksum(joined)
}

/// Reads single records again by their byte range; quick when they are asked for in the order of the file.
///
/// They are split by the machine that reads the whole file, so that a record has the same fields both times.
pub struct RowReader<'a> {
    input: &'a mut dyn Input,
    format: Format,
    n_columns: usize,
    window: Vec<u8>,
    window_start: u64,
    window_bytes: usize,
    core: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    record: csv::ByteRecord,
    joined: Vec<u8>,
}

impl<'a> RowReader<'a> {
    /// A reader for many records, of so many columns, in the order of the file.
    pub fn sequential(input: &'a mut dyn Input, format: Format, n_columns: usize) -> RowReader<'a> {
        Self::new(input, format, n_columns, CHUNK_BYTES)
    }

    /// A reader for single records, of so many columns, anywhere.
    pub fn scattered(input: &'a mut dyn Input, format: Format, n_columns: usize) -> RowReader<'a> {
        Self::new(input, format, n_columns, 64 << 10)
    }

    fn new(
        input: &'a mut dyn Input,
        format: Format,
        n_columns: usize,
        window_bytes: usize,
    ) -> RowReader<'a> {
        RowReader {
            input,
            format,
            n_columns,
            window: Vec::new(),
            window_start: 0,
            window_bytes,
            core: start_machine(format),
            text: vec![0; 1024],
            ends: vec![0; 64],
            record: csv::ByteRecord::new(),
            joined: Vec::new(),
        }
    }

    /// Returns the texts of the record in this byte range, unquoted.
    ///
    /// # Errors
    /// As [`RowReader::read`].
    pub fn read_texts(
        &mut self,
        start: u64,
        length: u32,
        checksum: u16,
    ) -> Result<Vec<String>, Error> {
        let record = self.read(start, length, checksum)?;
        let text = |field| field_text(field).0.into_owned();
        Ok(record.iter().map(text).collect())
    }

    /// Returns the fields of the record in this byte range, without those beyond the last column.
    ///
    /// # Errors
    /// What the input says; [`Error::Unreadable`] also if the range no longer holds exactly one record, of this checksum.
    pub fn read(
        &mut self,
        start: u64,
        length: u32,
        checksum: u16,
    ) -> Result<&csv::ByteRecord, Error> {
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
        let range = from..from + length as usize;
        if self.window.get(range.clone()).is_none() {
            return Err(changed());
        }
        let Some(n_fields) = self.split(range) else {
            self.core = start_machine(self.format);
            return Err(changed());
        };
        self.record.clear();
        let mut from = 0;
        for &end in &self.ends[..n_fields] {
            self.record.push_field(&self.text[from..end]);
            from = end;
        }
        let delimiter = self.format.delimiter.byte();
        if checksum_of(self.record.iter(), delimiter, &mut self.joined) != checksum {
            return Err(changed());
        }
        self.record.truncate(self.n_columns);
        Ok(&self.record)
    }

    /// Splits the record in this range of the window; returns its number of fields, or `None` unless it is exactly one record.
    fn split(&mut self, range: Range<usize>) -> Option<usize> {
        let (mut at, end) = (range.start, range.end);
        let (mut text_len, mut n_fields) = (0, 0);
        loop {
            // a line end after the last byte ends the record, unless a quote is open
            let input = if at < end {
                &self.window[at..end]
            } else {
                b"\n"
            };
            let (result, n_in, n_out, n_ends) = self.core.read_record(
                input,
                &mut self.text[text_len..],
                &mut self.ends[n_fields..],
            );
            let is_line_end = at >= end;
            at += n_in;
            text_len += n_out;
            n_fields += n_ends;
            match result {
                ReadRecordResult::Record => return (is_line_end && n_in == 1).then_some(n_fields),
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty if is_line_end => return None,
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::End => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::{Comment, Delimiter};

    const FORMAT: Format = Format {
        delimiter: Delimiter::Comma,
        has_bom: false,
        comment: None,
        has_backslash_escapes: false,
        has_plain_quotes: false,
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

    /// Fields, bytes, line and checksum of a record.
    type Found = (Vec<String>, String, u64, u16);

    fn read_all(text: &[u8], step: usize) -> Result<(Vec<Found>, bool), Error> {
        read_as(FORMAT, text, step)
    }

    fn read_as(format: Format, text: &[u8], step: usize) -> Result<(Vec<Found>, bool), Error> {
        let mut input = Drip { bytes: text, step };
        let mut records = Records::new(&mut input, format);
        let mut found = Vec::new();
        while let Some(batch) = records.read_batch(BATCH_ROWS, u64::MAX)? {
            let columns: Vec<Vec<Field<'_>>> = (0..batch.n_fields())
                .map(|column| batch.column(column).collect())
                .collect();
            assert_eq!(batch.records().count(), batch.n_records());
            for (i, record) in batch.records().enumerate() {
                let raw = &text[record.start as usize..][..record.length as usize];
                let fields = record.fields().zip(&columns).map(|(field, column)| {
                    assert_eq!(field, column[i].bytes());
                    String::from_utf8_lossy(field).into_owned()
                });
                let raw = String::from_utf8_lossy(raw).into_owned();
                let fields = fields.collect();
                let checksum = record.checksum(b',', &mut Vec::new());
                found.push((fields, raw, record.line, checksum));
            }
        }
        let cut_off = records.is_cut_off();
        Ok((found, cut_off))
    }

    fn summary(text: &str) -> Vec<(String, String, u64)> {
        let (found, _) = read_all(text.as_bytes(), 3).expect("well-formed");
        found
            .into_iter()
            .map(|(fields, raw, line, _)| (fields.join("/"), raw, line))
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
    fn a_record_has_a_limit_with_and_without_quotes() {
        for quote in ["", "\""] {
            let log = |n| format!("a\n{quote}{}{quote}\nb\n", "x".repeat(n - 2 * quote.len()));
            let whole =
                read_all(log(MAX_RECORD_BYTES).as_bytes(), usize::MAX).expect("as long as may be");
            assert_eq!(whole.0.len(), 3);
            let too_long = read_all(log(MAX_RECORD_BYTES + 1).as_bytes(), usize::MAX);
            let limit = MAX_RECORD_BYTES as u64;
            assert_eq!(too_long, Err(Error::RecordTooLong { line: 2, limit }));
        }
    }

    #[test]
    fn a_row_is_read_again_by_its_range() {
        let text: &[u8] = b"a,b\r\n1,\"x, \"\"y\"\"\"\r\n3,4\r\n";
        let mut ranges = Vec::new();
        let mut input = text;
        let mut records = Records::new(&mut input, FORMAT);
        while let Some(record) = records.read().expect("well-formed") {
            let checksum = record.checksum(b',', &mut Vec::new());
            ranges.push((record.start, record.length, checksum));
        }
        let mut input = text;
        let mut rows = RowReader::sequential(&mut input, FORMAT, 2);
        assert_eq!(
            rows.read(ranges[1].0, ranges[1].1, ranges[1].2)
                .expect("there"),
            vec!["1", "x, \"y\""]
        );
        assert_eq!(
            rows.read(ranges[0].0, ranges[0].1, ranges[0].2)
                .expect("there"),
            vec!["a", "b"]
        );
        assert!(rows.read(1000, 5, 0).is_err());

        let mut other: &[u8] = b"a,b\r\n1,\"x, \"\"z\"\"\"\r\n3,4\r\n";
        let mut rows = RowReader::scattered(&mut other, FORMAT, 2);
        let (start, length, checksum) = ranges[1];
        assert!(matches!(
            rows.read(start, length, checksum),
            Err(Error::Unreadable { offset: 5, .. })
        ));
    }

    /// Short texts full of quotes, and long ones with many plain lines.
    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ab,\"\r\n ]{0,60}",
            "([ab ]{0,9}(,[ab ]{0,30}){1,2}(\r\n|\n|\r|\n\n|,\n)){0,30}",
            "(([ab ]{0,9},){2}([ab ]{0,40}|\"[ab,\n]{0,9}\"|\")\n){0,20}",
        ]
    }

    /// A file with comments, or with quotes after backslashes or like any other character.
    fn any_format() -> impl Strategy<Value = Format> {
        let comment = prop_oneof![
            Just(Some(Comment::Hash)),
            Just(Some(Comment::Slashes)),
            Just(None)
        ];
        (comment, any::<(bool, bool)>()).prop_map(
            |(comment, (has_backslash_escapes, has_plain_quotes))| Format {
                comment,
                has_backslash_escapes,
                has_plain_quotes,
                ..FORMAT
            },
        )
    }

    /// Texts with what such files hold.
    fn any_odd_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ab,\"#/\\\\\r\n ]{0,60}",
            "((#|//|/|)[ab \"]{0,9}(,([ab ]{0,30}|\"([ab,\n#]|\\\\\"|\\\\\\\\|\"\"){0,9}\")){0,2}(\r\n|\n|\n\n|\r)){0,30}",
        ]
    }

    /// Such texts with byte order marks and NUL bytes, also where a record begins.
    fn any_text_with_marks() -> impl Strategy<Value = String> {
        prop_oneof![
            any_text(),
            "(\u{feff}?[ab\0]{0,9}(,(\u{feff}|\0|)([ab\0]{0,30}|\"[ab,\n\0]{0,9}\")){1,2}(\r\n|\n|\n\u{feff}\")){0,30}",
        ]
    }

    proptest! {
        /// A field's words, whatever stands before it.
        #[test]
        fn words_tell_fields_apart(before in "[ab]{0,9}", text in "[ab]{1,40}", at in any::<prop::sample::Index>()) {
            let long = before.clone() + &text;
            let field = Field::new(long.as_bytes(), before.len());
            prop_assert_eq!(field.bytes(), text.as_bytes());
            let alone = Field::from(text.as_bytes());
            prop_assert_eq!((field.first_word(), field.end_word()), (alone.first_word(), alone.end_word()));
            prop_assert!(field == alone && field.has_same_middle(alone));
            prop_assert_eq!(field.first_and_last_words(), alone.first_and_last_words());
            prop_assert_eq!(field.first_and_last_words().is_some(), field.len() >= 16);
            let rest = &text.as_bytes()[..text.len().saturating_sub(8)];
            prop_assert_eq!(field.before_end_word().bytes(), rest);

            let mut other = text.clone().into_bytes();
            let at = at.index(other.len());
            other[at] = b'c';
            let other = Field::from(other.as_slice());
            prop_assert!(field != other);
            if field.len() >= 8 {
                prop_assert_eq!(field.first_word() == other.first_word(), at >= 8);
                prop_assert_eq!(field.end_word() == other.end_word(), at + 8 < field.len());
            }
            if let (Some((first, last)), Some((other_first, other_last))) = (field.first_and_last_words(), other.first_and_last_words()) {
                prop_assert_eq!(first == other_first, at >= 16);
                prop_assert_eq!(last == other_last, at + 16 < field.len());
                let is_middle = (16..field.len().max(32) - 16).contains(&at);
                prop_assert!(!is_middle || !field.has_same_middle(other));
            }
        }

        /// The plain csv reader is the clear reference; chunk boundaries must not show.
        #[test]
        fn agrees_with_the_csv_crate_however_it_is_cut(text in any_text(), step in 1usize..300) {
            let read = read_all(text.as_bytes(), step);
            prop_assert_eq!(&read, &read_all(text.as_bytes(), usize::MAX));
            let Ok((found, cut_off)) = read else { return Ok(()) };
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let mut expected: Vec<Vec<String>> = reader
                .byte_records()
                .map(|record| record.expect("in memory").iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect())
                .collect();
            if cut_off { expected.pop(); }
            let fields: Vec<Vec<String>> = found.iter().map(|(fields, _, _, _)| fields.clone()).collect();
            prop_assert_eq!(fields, expected);
        }

        /// Whoever reads up to an offset gets the records that begin before it, and the next one the others.
        #[test]
        fn batches_end_where_they_should(text in any_text(), end in 0u64..400) {
            let starts = |records: &mut Records<'_>, end| -> Result<Vec<u64>, Error> {
                let mut starts = Vec::new();
                while let Some(batch) = records.read_batch(BATCH_ROWS, end)? {
                    starts.extend(batch.records().map(|record| record.start));
                }
                Ok(starts)
            };
            let (mut whole, mut parts) = (text.as_bytes(), text.as_bytes());
            let Ok(all) = starts(&mut Records::new(&mut whole, FORMAT), u64::MAX) else { return Ok(()) };
            let mut records = Records::new(&mut parts, FORMAT);
            let first = starts(&mut records, end).expect("as before");
            let rest = starts(&mut records, u64::MAX).expect("as before");
            prop_assert_eq!(&first, &all.iter().copied().filter(|&start| start < end).collect::<Vec<_>>());
            prop_assert_eq!([first, rest].concat(), all);
        }

        /// Comments are passed over, and whatever is read again is read the same.
        #[test]
        fn odd_files_are_read_the_same_however_they_are_cut(format in any_format(), text in any_odd_text(), step in 1usize..300) {
            let read = read_as(format, text.as_bytes(), step);
            prop_assert_eq!(&read, &read_as(format, text.as_bytes(), usize::MAX));
            let Ok((found, _)) = read else { return Ok(()) };
            for (fields, raw, _, checksum) in found {
                prop_assert!(format.comment.is_none_or(|comment| !raw.starts_with(comment.mark())));
                let mut alone = raw.as_bytes();
                let mut rows = RowReader::scattered(&mut alone, format, usize::MAX);
                let again = rows.read(0, raw.len() as u32, checksum).expect("a record");
                prop_assert_eq!(again.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect::<Vec<_>>(), fields);
            }
        }

        /// Without quotes the records are the lines that are no comments.
        #[test]
        fn comments_are_lines(text in "((#|//|)[ab]{0,3}(,[ab]{0,40}){0,2}\n){0,40}", step in 1usize..300) {
            for comment in [Comment::Hash, Comment::Slashes] {
                let format = Format { comment: Some(comment), ..FORMAT };
                let (found, _) = read_as(format, text.as_bytes(), step).expect("no quotes");
                let lines = (1..).zip(text.lines());
                let records = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(comment.mark()));
                let expected: Vec<(u64, String)> = records.map(|(number, line)| (number, line.to_owned())).collect();
                let found: Vec<(u64, String)> = found.into_iter().map(|(_, raw, line, _)| (line, raw)).collect();
                prop_assert_eq!(found, expected);
            }
        }

        /// A record parsed alone from its byte range gives the same fields.
        #[test]
        fn ranges_round_trip(text in any_text_with_marks(), step in 1usize..300) {
            let Ok((found, _)) = read_all(text.as_bytes(), step) else { return Ok(()) };
            for (fields, raw, _, checksum) in found {
                let mut alone = raw.as_bytes();
                let mut rows = RowReader::scattered(&mut alone, FORMAT, usize::MAX);
                let again = rows.read(0, raw.len() as u32, checksum).expect("a record");
                prop_assert_eq!(again.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect::<Vec<_>>(), fields);
            }
        }
    }
}
