//! One stretch of the file, read by one worker: typed columns of its rows, packed, ready to travel.

mod columns;

use std::hash::Hasher;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use siphasher::sip128::{Hasher128, SipHasher13};

use self::columns::{Column, Rows};
use super::column::{Noted, NumberFacts};
use super::comparison::Comparison;
use super::interner::Names;
use super::packed::{Packed, Packer};
use super::pandas::Seen;
use super::reading::{Kind, example};
use super::row_rules::Line;
use super::schema::Schema;
use super::{LeftOut, Tally};
use crate::source::{self, Batch, CHUNK_BYTES, Input, Record, Records, Row};

/// Bytes read beyond a range, to end its last record, and beyond the rows that are taken while more bytes come: hardly any
/// record is longer.
const OVERLAP_BYTES: u64 = 64 << 10;

/// Bytes of a row's print: enough that no two rows of a file are taken for equal by chance.
pub(super) const PRINT_BYTES: usize = 12;

/// The rows that begin in a range of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// Byte offset of the first record that begins in the range; `None` if none does.
    pub start: Option<u64>,
    /// Byte offset of the first record that begins after the range, or the end of the file.
    pub end: u64,
    /// Lines from `start` to `end`.
    pub n_lines: u64,
    /// Records that begin in the range.
    pub n_read: u64,
    /// Why reading stopped before the end of the range; its lines count from the shard's first.
    pub stop: Option<source::Error>,
    /// Line of the first record with another number of fields than the header, from the shard's first as 1, and that
    /// number.
    pub first_misfit: Option<(u64, u64)>,
    pub(super) left_out: LeftOut,
    /// Short and long rows and remarks before the first other line: if a total stands above the range, they belong to it.
    pub(super) first_misfits: [Tally; 3],
    /// Whether the last lines sum up rows; `None` if that is for the range before to say.
    pub(super) sums_up: Option<bool>,
    /// Rows with a field that is not UTF-8, once for each such field.
    pub(super) latin1_rows: Vec<u32>,
    /// Rows with a field that holds a NUL byte, once for each such field.
    pub(super) nul_rows: Vec<u32>,
    /// Byte offset of each row from `start`.
    pub(super) starts: Packed,
    /// Bytes of each row.
    pub(super) lengths: Packed,
    /// Line of each row, the shard's first being 1.
    pub(super) lines: Packed,
    /// [`PRINT_BYTES`] a row; empty if duplicates are kept.
    pub(super) prints: ByteBuf,
    /// Two bytes a row, little-endian: its checksum.
    pub(super) checksums: ByteBuf,
    pub(super) columns: Vec<Cells>,
    /// What pandas sees in each column, rows that repeat included.
    pub(super) seen: Vec<Seen>,
}

/// The cells of one column in one shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Cells {
    Numbers {
        values: Packed,
        malformed: Marked,
        /// Cells that another reading would take for another number, or for one at all.
        otherwise: Marked,
        /// Also of rows that repeat: those add no value.
        facts: NumberFacts,
    },
    Times {
        values: Packed,
        malformed: Marked,
        /// Dates that could be others with days and months in the other order.
        otherwise: Marked,
        /// Dates that stand for none.
        placeholders: Marked,
        has_naive: bool,
        has_aware: bool,
        fraction_digits: u8,
    },
    Text {
        codes: Packed,
        names: Names,
    },
}

/// Rows whose cell needs a word.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Marked {
    /// Ascending.
    pub(super) rows: Vec<u32>,
    /// The first cell, shortened.
    pub(super) example: String,
}

impl Marked {
    pub(super) fn add(&mut self, row: u32, cell: &str) {
        if self.rows.is_empty() {
            self.example = example(cell);
        }
        self.rows.push(row);
    }

    fn noted(&self, line: impl Fn(usize) -> u64) -> Noted {
        let first_line = self.rows.first().map(|&row| line(row as usize));
        Noted {
            tally: Tally {
                count: self.rows.len() as u64,
                first_line,
            },
            example: self.example.clone(),
        }
    }
}

/// What a shard's cells of a column need said.
#[derive(Debug, Default)]
pub(super) struct CellNotes {
    pub(super) missing: Tally,
    pub(super) malformed: Noted,
    pub(super) otherwise: Noted,
    pub(super) placeholders: Noted,
}

impl Shard {
    /// Reads the rows that begin in a range: see [`ShardReader`].
    ///
    /// # Errors
    /// As [`ShardReader::finish`].
    pub fn read(
        input: &mut dyn Input,
        schema: &Schema,
        range: Range<u64>,
        is_exact: bool,
        hash_key: Option<&[u8; 16]>,
    ) -> Result<Shard, source::Error> {
        ShardReader::new(input, schema, range, is_exact, hash_key).finish()
    }

    /// Number of rows.
    pub(super) fn n_rows(&self) -> usize {
        self.lines.len()
    }

    /// Whether a worker made this: false for parts that do not fit together.
    pub(super) fn is_sound(&self, kinds: &[Kind]) -> bool {
        let n = self.n_rows();
        let is_sound = |packed: &Packed| packed.is_sound(n);
        self.columns.len() == kinds.len()
            && self.seen.len() == kinds.len()
            && [&self.starts, &self.lengths, &self.lines]
                .into_iter()
                .all(is_sound)
            && (self.prints.is_empty() || self.prints.len() == n * PRINT_BYTES)
            && self.checksums.len() == 2 * n
            && [&self.latin1_rows, &self.nul_rows]
                .into_iter()
                .flatten()
                .all(|&row| (row as usize) < n)
            && self.columns.iter().zip(kinds).all(|(cells, kind)| {
                let is_of_kind = matches!(
                    (cells, kind),
                    (Cells::Numbers { .. }, Kind::Number(_))
                        | (Cells::Times { .. }, Kind::Time(_))
                        | (Cells::Text { .. }, Kind::Text | Kind::Undecided)
                );
                let mut marked = cells.marked().into_iter();
                is_of_kind
                    && is_sound(cells.values())
                    && marked.all(|marked| marked.rows.iter().all(|&row| (row as usize) < n))
            })
    }

    /// Keeps the rows whose flag is set.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        let mut n_kept = 0;
        let new: Vec<Option<u32>> = keep
            .iter()
            .map(|&is_kept| {
                n_kept += u32::from(is_kept);
                is_kept.then(|| n_kept - 1)
            })
            .collect();
        let renumber = |rows: &mut Vec<u32>| {
            *rows = rows.iter().filter_map(|&row| new[row as usize]).collect()
        };
        [&mut self.starts, &mut self.lengths, &mut self.lines]
            .into_iter()
            .for_each(|packed| packed.retain(keep));
        renumber(&mut self.latin1_rows);
        renumber(&mut self.nul_rows);
        for cells in &mut self.columns {
            let (values, marked) = cells.parts_mut();
            values.retain(keep);
            for marked in marked {
                renumber(&mut marked.rows);
            }
        }
        self.prints.clear();
        let checksums = self.checksums.as_chunks::<2>().0.iter().zip(keep);
        let kept = checksums.filter(|&(_, &is_kept)| is_kept);
        self.checksums = ByteBuf::from(kept.flat_map(|(bytes, _)| *bytes).collect::<Vec<u8>>());
    }
}

impl Cells {
    fn values(&self) -> &Packed {
        match self {
            Cells::Numbers { values, .. } | Cells::Times { values, .. } => values,
            Cells::Text { codes, .. } => codes,
        }
    }

    fn marked(&self) -> Vec<&Marked> {
        match self {
            Cells::Numbers {
                malformed,
                otherwise,
                ..
            } => vec![malformed, otherwise],
            Cells::Times {
                malformed,
                otherwise,
                placeholders,
                ..
            } => vec![malformed, otherwise, placeholders],
            Cells::Text { .. } => Vec::new(),
        }
    }

    fn parts_mut(&mut self) -> (&mut Packed, Vec<&mut Marked>) {
        match self {
            Cells::Numbers {
                values,
                malformed,
                otherwise,
                ..
            } => (values, vec![malformed, otherwise]),
            Cells::Times {
                values,
                malformed,
                otherwise,
                placeholders,
                ..
            } => (values, vec![malformed, otherwise, placeholders]),
            Cells::Text { codes, .. } => (codes, Vec::new()),
        }
    }

    /// Counts the cells that need a word; `lines` are those of the rows.
    pub(super) fn notes(&self, lines: &Packed, base_line: u64) -> CellNotes {
        let line = |row: usize| base_line + lines.integer(row) as u64 - 1;
        let mut notes = CellNotes::default();
        let marked = self.marked();
        let noted = |i: usize| marked.get(i).map(|marked| marked.noted(line));
        notes.malformed = noted(0).unwrap_or_default();
        notes.otherwise = noted(1).unwrap_or_default();
        notes.placeholders = noted(2).unwrap_or_default();
        let malformed_rows = marked.first().map_or(&[][..], |malformed| &malformed.rows);
        let mut malformed_rows = malformed_rows.iter().peekable();
        self.values().for_each_missing(|row| {
            let is_malformed = |&&malformed: &&u32| malformed as usize == row;
            if malformed_rows.next_if(is_malformed).is_none() {
                notes.missing.add(line(row));
            }
        });
        notes
    }
}

/// Reads a shard, at once or while its bytes come.
pub struct ShardReader<'a> {
    records: Records<'a>,
    range: Range<u64>,
    is_exact: bool,
    is_begun: bool,
    start: Option<u64>,
    builder: Builder<'a>,
    stop: Option<source::Error>,
}

impl<'a> ShardReader<'a> {
    /// A reader of the rows that begin in `range`. Unless the range begins where a record does (`is_exact`), the first record
    /// is taken to begin after the first line end: whether that is right is seen where the shard before it ends.
    pub fn new(
        input: &'a mut dyn Input,
        schema: &'a Schema,
        range: Range<u64>,
        is_exact: bool,
        hash_key: Option<&[u8; 16]>,
    ) -> ShardReader<'a> {
        let start = ShardReader::stretch(&range, is_exact).start;
        ShardReader {
            records: Records::at(input, schema.format, start, CHUNK_BYTES),
            range,
            is_exact,
            is_begun: false,
            start: None,
            builder: Builder::new(schema, hash_key),
            stop: None,
        }
    }

    /// Returns the bytes that reading a range takes from the input at first; seldom more are wanted, to end its last record.
    pub fn stretch(range: &Range<u64>, is_exact: bool) -> Range<u64> {
        let offset = if is_exact {
            range.start
        } else {
            range.start.saturating_sub(1)
        };
        offset..range.end.max(offset).saturating_add(OVERLAP_BYTES)
    }

    /// Takes the rows that begin 64 KiB or more before this offset, up to which the input has the bytes at hand; of a longer row
    /// the input is asked for the rest. Returns whether more rows may come. To be called again as more bytes come.
    ///
    /// # Errors
    /// As [`ShardReader::finish`], which is not to be called then.
    pub fn take_what_came(&mut self, available: u64) -> Result<bool, source::Error> {
        let end = available.saturating_sub(OVERLAP_BYTES);
        if end > self.records.position() {
            self.take_to(end)?;
        }
        Ok(!self.is_begun || (self.start.is_some() && self.stop.is_none()))
    }

    /// Takes the rows that are left.
    ///
    /// # Errors
    /// [`source::Error::Unreadable`] if the first bytes cannot be read; later failures are the shard's `stop`.
    pub fn finish(mut self) -> Result<Shard, source::Error> {
        self.take_to(u64::MAX)?;
        if self.start.is_some() && self.stop.is_none() {
            // comments behind the last row belong to this range
            self.stop = self.records.seek().err();
            let (count, first_line) = self.records.comments();
            let odd = &mut self.builder.left_out.comments;
            *odd = Tally {
                count: odd.count + count,
                first_line: first_line.into_iter().chain(odd.first_line).min(),
            };
        }
        if self.records.is_cut_off() {
            self.builder.n_read += 1;
            self.builder.left_out.cut_off.add(self.records.line());
        }
        let (end, n_lines) = (self.records.position(), self.records.line() - 1);
        Ok(self.builder.finish(self.start, end, n_lines, self.stop))
    }

    #[inline(never)]
    fn take_to(&mut self, end: u64) -> Result<(), source::Error> {
        if !self.is_begun {
            self.is_begun = true;
            self.begin()?;
        }
        if self.start.is_some() && self.stop.is_none() {
            let end = end.min(self.range.end);
            self.stop = self.builder.take_all(&mut self.records, end).err();
        }
        Ok(())
    }

    /// Moves to the first record.
    fn begin(&mut self) -> Result<(), source::Error> {
        if self.is_exact || self.records.skip_line(self.range.end)? {
            let start = self.records.seek()?;
            self.start = start.filter(|&start| start < self.range.end);
            self.builder.base = self.start.unwrap_or(0);
        }
        let names = &self.builder.schema.rules.names_comment;
        if !names.is_empty() {
            self.records.expect_names(names);
        }
        Ok(())
    }
}

/// A shard being read.
struct Builder<'a> {
    schema: &'a Schema,
    hasher: Option<SipHasher13>,
    joined: Vec<u8>,
    n_read: u64,
    first_misfit: Option<(u64, u64)>,
    left_out: LeftOut,
    first_misfits: [Tally; 3],
    sums_up: Option<bool>,
    latin1_rows: Vec<u32>,
    nul_rows: Vec<u32>,
    /// Byte offset that the rows' offsets count from.
    base: u64,
    starts: Packer<u32>,
    lengths: Packer<u32>,
    lines: Packer<u32>,
    prints: Vec<u8>,
    checksums: Vec<u8>,
    columns: Vec<Column>,
    seen: Vec<Seen>,
}

impl<'a> Builder<'a> {
    fn new(schema: &'a Schema, hash_key: Option<&[u8; 16]>) -> Builder<'a> {
        Builder {
            schema,
            hasher: hash_key.map(SipHasher13::new_with_key),
            joined: Vec::new(),
            n_read: 0,
            first_misfit: None,
            left_out: LeftOut::default(),
            first_misfits: [Tally::default(); 3],
            sums_up: None,
            latin1_rows: Vec::new(),
            nul_rows: Vec::new(),
            base: 0,
            starts: Packer::default(),
            lengths: Packer::default(),
            lines: Packer::default(),
            prints: Vec::new(),
            checksums: Vec::new(),
            columns: schema.kinds.iter().map(|&kind| Column::new(kind)).collect(),
            seen: vec![Seen::default(); schema.kinds.len()],
        }
    }

    fn take_all(&mut self, records: &mut Records<'_>, end: u64) -> Result<(), source::Error> {
        // no batch reaches beyond a block, so that its cells are written straight into one
        while let Some(batch) = records.read_batch(self.starts.room(), end)? {
            self.take(&batch);
        }
        Ok(())
    }

    /// Never inlined: a browser compiles a function well once it is called often, and a loop over a whole range would
    /// run to its end as it was first compiled.
    #[inline(never)]
    fn take(&mut self, batch: &Batch<'_>) {
        if self.schema.rules.are_rows(batch) {
            self.sums_up = Some(false);
            self.take_rows(batch);
        } else {
            self.take_one_by_one(batch);
        }
    }

    /// Takes the rows among records of which some may be none.
    #[inline(never)]
    fn take_one_by_one(&mut self, batch: &Batch<'_>) {
        let mut first_row = 0;
        for (i, record) in batch.records().enumerate() {
            let fields: Vec<&[u8]> = record.fields().collect();
            let line = self.schema.rules.line(&fields, self.sums_up == Some(true));
            if line == Line::Row {
                self.sums_up = Some(false);
                continue;
            }
            if first_row < i {
                self.take_rows(&batch.part(first_row..i));
            }
            first_row = i + 1;
            self.leave_out(line, record.line, fields.len());
        }
        if first_row < batch.n_records() {
            self.take_rows(&batch.part(first_row..batch.n_records()));
        }
    }

    fn leave_out(&mut self, line: Line, number: u64, n_fields: usize) {
        let is_first = self.sums_up.is_none();
        let [first_short, first_long, first_remarks] = &mut self.first_misfits;
        let tally = match line {
            Line::Row | Line::Blank => return,
            Line::Header => &mut self.left_out.headers,
            Line::Comment => &mut self.left_out.comments,
            Line::Total => &mut self.left_out.totals,
            Line::Remark if is_first => first_remarks,
            Line::Remark => &mut self.left_out.remarks,
            Line::Short if is_first => first_short,
            Line::Short => &mut self.left_out.short,
            Line::Long if is_first => first_long,
            Line::Long => &mut self.left_out.long,
        };
        tally.add(number);
        match line {
            Line::Header => self.sums_up = Some(false),
            // a block of another width follows a total of another width
            Line::Total => self.sums_up = Some(n_fields != self.schema.rules.width()),
            Line::Short | Line::Long => {
                self.n_read += 1;
                self.first_misfit.get_or_insert((number, n_fields as u64));
            }
            Line::Row | Line::Blank | Line::Comment | Line::Remark => {}
        }
    }

    /// Takes records that are rows.
    fn take_rows(&mut self, batch: &Batch<'_>) {
        self.n_read += batch.n_records() as u64;
        let (n_prints, delimiter) = (self.prints.len(), self.schema.format.delimiter.byte());
        for record in batch.records() {
            let checksum = record.checksum(delimiter, &mut self.joined);
            self.checksums.extend(checksum.to_le_bytes());
        }
        if let Some(hasher) = self.hasher {
            for record in batch.records() {
                let print = fingerprint(hasher, &record, delimiter, &mut self.joined).to_le_bytes();
                self.prints.extend(&print[..PRINT_BYTES]);
            }
        }
        let first = self.starts.len() as u32;
        if batch.has_nul() {
            for (row, record) in (first..).zip(batch.records()) {
                let n_fields = record.fields().filter(|field| field.contains(&0)).count();
                self.nul_rows.extend(std::iter::repeat_n(row, n_fields));
            }
        }
        let base = self.base;
        let narrow = |value: u64| u32::try_from(value).expect("a shard is shorter than 4 GB");
        fill(&mut self.starts, batch, |row| narrow(row.start - base));
        fill(&mut self.lengths, batch, |row| row.length);
        fill(&mut self.lines, batch, |row| narrow(row.line));
        let columns = self.columns.iter_mut().zip(&mut self.seen);
        let mut has_odd = false;
        for (i, (column, seen)) in columns.enumerate() {
            let mut rows = Rows {
                first,
                latin1: &mut self.latin1_rows,
                seen,
                comparison: self.schema.comparisons[i],
                has_odd: false,
            };
            column.take(batch, i, &mut rows);
            has_odd |= rows.has_odd;
        }
        if has_odd && let Some(hasher) = self.hasher {
            self.prints.truncate(n_prints);
            let comparisons = &self.schema.comparisons;
            for record in batch.records() {
                let joined = &mut self.joined;
                let print = fingerprint_by_value(hasher, &record, comparisons, delimiter, joined);
                self.prints.extend(&print.to_le_bytes()[..PRINT_BYTES]);
            }
        }
    }

    fn finish(
        mut self,
        start: Option<u64>,
        end: u64,
        n_lines: u64,
        stop: Option<source::Error>,
    ) -> Shard {
        self.latin1_rows.sort_unstable(); // they came column by column
        Shard {
            start,
            end,
            n_lines,
            n_read: self.n_read,
            stop,
            first_misfit: self.first_misfit,
            left_out: self.left_out,
            first_misfits: self.first_misfits,
            sums_up: self.sums_up,
            latin1_rows: self.latin1_rows,
            nul_rows: self.nul_rows,
            starts: self.starts.finish(),
            lengths: self.lengths.finish(),
            lines: self.lines.finish(),
            prints: ByteBuf::from(self.prints),
            checksums: ByteBuf::from(self.checksums),
            columns: self.columns.into_iter().map(Column::finish).collect(),
            seen: self.seen,
        }
    }
}

fn fill(packer: &mut Packer<u32>, batch: &Batch<'_>, of: impl Fn(&Row) -> u32) {
    packer.fill(batch.n_records(), |places| {
        for (place, row) in places.iter_mut().zip(batch.rows()) {
            *place = of(row);
        }
    });
}

/// Hashes the fields, joined by the delimiter as most rows have them in the file, so that equal prints mean equal rows.
/// `joined` is room to join them in.
fn fingerprint(
    mut hasher: SipHasher13,
    record: &Record<'_>,
    delimiter: u8,
    joined: &mut Vec<u8>,
) -> u128 {
    match record.as_plain() {
        Some(plain) => hasher.write(plain),
        None => {
            joined.clear();
            for field in record.fields() {
                joined.extend(field);
                joined.push(delimiter);
            }
            joined.pop();
            hasher.write(joined);
            // a quoted field can hold the delimiter: then the ends tell it from two fields
            if joined.iter().filter(|&&byte| byte == delimiter).count() >= record.len() {
                record.ends().for_each(|end| hasher.write_usize(end));
            }
        }
    }
    hasher.finish128().as_u128()
}

/// Does so for the fields as they are usually spelled: the same as [`fingerprint`] of a row whose fields are.
#[inline(never)]
fn fingerprint_by_value(
    mut hasher: SipHasher13,
    record: &Record<'_>,
    comparisons: &[Comparison],
    delimiter: u8,
    joined: &mut Vec<u8>,
) -> u128 {
    joined.clear();
    let mut ends = Vec::with_capacity(record.len());
    for (field, comparison) in record.fields().zip(comparisons) {
        match std::str::from_utf8(field) {
            Ok(text) => joined.extend(comparison.usual(text).as_bytes()),
            Err(_) => joined.extend(field),
        }
        ends.push(joined.len() - ends.len());
        joined.push(delimiter);
    }
    joined.pop();
    hasher.write(joined);
    if joined.iter().filter(|&&byte| byte == delimiter).count() >= record.len() {
        ends.into_iter().for_each(|end| hasher.write_usize(end));
    }
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use proptest::prelude::*;

    use super::*;
    use crate::source::Ahead;

    /// A log of which some bytes come before they are asked for.
    struct Coming<'a> {
        log: &'a [u8],
        ahead: &'a RefCell<Ahead>,
        n_not_there: &'a Cell<usize>,
    }

    impl Input for Coming<'_> {
        fn size(&self) -> u64 {
            self.log.len() as u64
        }

        fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, source::Error> {
            if let Some(bytes) = self.ahead.borrow_mut().take(offset, length) {
                return Ok(bytes);
            }
            self.n_not_there.set(self.n_not_there.get() + 1);
            self.log.read(offset, length)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn a_shard_is_the_same_while_its_bytes_come(
            rows in prop::collection::vec("[ab]{0,9},[abc]{0,9}(\r\n|\n)|\"[ab\n,]{0,9}\",(b|\"\"\"a\")\n|\n", 20..60),
            long in prop::option::of(OVERLAP_BYTES as usize..200_000),
            end in "|a|a,|\"a",
            to_the_end in any::<bool>(),
            pieces in prop::collection::vec(1..90_000_usize, 1..20),
            cut in 0.0..1.0_f64,
            is_exact in any::<bool>(),
            has_key in any::<bool>(),
        ) {
            let rows = rows.concat().repeat(400);
            let long_row = long.map_or(String::new(), |n| "a".repeat(n) + ",b\n");
            let log = ["x,y\n", &rows, &long_row, &rows, &end].concat();
            let log = log.as_bytes();
            let schema = Schema::read(&mut &*log).expect("a header");
            let start = if is_exact { schema.start } else { (cut * log.len() as f64 / 2.0) as u64 + schema.start };
            let range = start..if to_the_end { log.len() as u64 } else { start + log.len() as u64 / 3 };
            let key = has_key.then_some([3; 16]);
            let at_once = Shard::read(&mut &*log, &schema, range.clone(), is_exact, key.as_ref());
            let mut there = ShardReader::stretch(&range, is_exact).start as usize;
            let (ahead, n_not_there) = (RefCell::new(Ahead::from(there as u64)), Cell::new(0));
            let mut input = Coming { log, ahead: &ahead, n_not_there: &n_not_there };
            let mut reader = ShardReader::new(&mut input, &schema, range, is_exact, key.as_ref());
            let mut is_wanted = true;
            for piece in pieces {
                let new = &log[there..log.len().min(there + piece)];
                if new.is_empty() || !is_wanted { break; }
                ahead.borrow_mut().push(new.to_vec());
                there += new.len();
                is_wanted = reader.take_what_came(there as u64).expect("a log in memory");
            }
            prop_assert!(n_not_there.get() == 0 || long.is_some(), "bytes were asked for before they came");
            prop_assert_eq!(reader.finish(), at_once);
        }
    }

    #[test]
    fn rows_that_are_not_utf8_are_told_in_order() {
        // enough that many rows are taken together
        let rows = b"x,caf\xe9\ncaf\xe9,y\nx,y\ncaf\xe9,caf\xe9\n".repeat(10);
        let log = [b"a,b\n".to_vec(), rows].concat();
        let log = log.as_slice();
        let schema = Schema::read(&mut &*log).expect("a header");
        let range = schema.start..log.len() as u64;
        let shard = Shard::read(&mut &*log, &schema, range, true, None).expect("a log in memory");
        let expected: Vec<u32> = (0..40)
            .step_by(4)
            .flat_map(|row| [row, row + 1, row + 3, row + 3])
            .collect();
        assert_eq!(shard.latin1_rows, expected);
    }
}
