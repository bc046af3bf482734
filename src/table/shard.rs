//! One stretch of the file, read by one worker: typed columns of its rows, packed, ready to travel.

use std::hash::Hasher;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::cell::{TimeParser, is_missing, is_missing_number, parse_digits, parse_number, trim};
use super::column::NumberFacts;
use super::interner::{Interner, Names, end_word, is_same};
use super::packed::{MISSING, Packed, Packer};
use super::schema::{Kind, Schema};
use super::{LeftOut, Tally};
use crate::source::{self, Decimal, Input, Record, Records, field_text};

/// Bytes read beyond a range, to end its last record.
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
    /// Rows with a field that is not UTF-8, once for each such field.
    pub(super) latin1_rows: Vec<u32>,
    /// Byte offset of each row from `start`.
    pub(super) starts: Packed,
    /// Bytes of each row.
    pub(super) lengths: Packed,
    /// Line of each row, the shard's first being 1.
    pub(super) lines: Packed,
    /// [`PRINT_BYTES`] a row; empty if duplicates are kept.
    pub(super) prints: ByteBuf,
    pub(super) columns: Vec<Cells>,
}

/// The cells of one column in one shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Cells {
    Numbers {
        values: Packed,
        malformed_rows: Vec<u32>,
        /// Also of rows that repeat: those add no value.
        facts: NumberFacts,
    },
    Times {
        values: Packed,
        malformed_rows: Vec<u32>,
        has_naive: bool,
        has_aware: bool,
        fraction_digits: u8,
    },
    Text {
        codes: Packed,
        names: Names,
    },
}

impl Shard {
    /// Reads the rows that begin in `range`. Unless the range begins where a record does (`is_exact`), the first record
    /// is taken to begin after the first line end: whether that is right is seen where the shard before it ends.
    ///
    /// # Errors
    /// [`source::Error::Unreadable`] if the first bytes cannot be read; later failures are the shard's `stop`.
    #[inline(never)]
    pub fn read(
        input: &mut dyn Input,
        schema: &Schema,
        range: Range<u64>,
        is_exact: bool,
        hash_key: Option<&[u8; 16]>,
    ) -> Result<Shard, source::Error> {
        let stretch = Shard::stretch(&range, is_exact);
        let n_bytes = usize::try_from(stretch.end - stretch.start).unwrap_or(usize::MAX >> 1);
        let mut records = Records::at(input, schema.format, stretch.start, n_bytes);
        let mut builder = Builder::new(schema, hash_key);
        if !is_exact && !records.skip_line(range.end)? {
            return Ok(builder.finish(None, range.end, 0, None));
        }
        let start = records.seek()?;
        let first = start.filter(|&start| start < range.end);
        let stop = first.and_then(|first| {
            builder.base = first;
            builder.take_all(&mut records, range.end).err()
        });
        Ok(builder.finish(first, records.position(), records.line() - 1, stop))
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

    /// Number of rows.
    pub(super) fn n_rows(&self) -> usize {
        self.lines.len()
    }

    /// Whether a worker made this: false for parts that do not fit together.
    pub(super) fn is_sound(&self, n_columns: usize) -> bool {
        let n = self.n_rows();
        let is_sound = |packed: &Packed| packed.is_sound(n);
        self.columns.len() == n_columns
            && [&self.starts, &self.lengths, &self.lines]
                .into_iter()
                .all(is_sound)
            && (self.prints.is_empty() || self.prints.len() == n * PRINT_BYTES)
            && self.latin1_rows.iter().all(|&row| (row as usize) < n)
            && self.columns.iter().all(|cells| match cells {
                Cells::Numbers {
                    values,
                    malformed_rows,
                    ..
                }
                | Cells::Times {
                    values,
                    malformed_rows,
                    ..
                } => is_sound(values) && malformed_rows.iter().all(|&row| (row as usize) < n),
                Cells::Text { codes, .. } => is_sound(codes),
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
        for cells in &mut self.columns {
            match cells {
                Cells::Numbers {
                    values,
                    malformed_rows,
                    ..
                }
                | Cells::Times {
                    values,
                    malformed_rows,
                    ..
                } => {
                    values.retain(keep);
                    renumber(malformed_rows);
                }
                Cells::Text { codes, .. } => codes.retain(keep),
            }
        }
        self.prints.clear();
    }
}

impl Cells {
    /// Returns the missing and the malformed cells; `lines` are those of the rows.
    pub(super) fn tally(&self, lines: &Packed, base_line: u64) -> (Tally, Tally) {
        let (values, malformed_rows) = match self {
            Cells::Numbers {
                values,
                malformed_rows,
                ..
            }
            | Cells::Times {
                values,
                malformed_rows,
                ..
            } => (values, malformed_rows.as_slice()),
            Cells::Text { codes, .. } => (codes, [].as_slice()),
        };
        let line = |row: usize| base_line + lines.integer(row) as u64 - 1;
        let malformed = Tally {
            count: malformed_rows.len() as u64,
            first_line: malformed_rows.first().map(|&row| line(row as usize)),
        };
        let (mut missing, mut malformed_rows) =
            (Tally::default(), malformed_rows.iter().peekable());
        values.for_each_missing(|row| {
            if malformed_rows
                .next_if(|&&malformed| malformed as usize == row)
                .is_none()
            {
                missing.add(line(row));
            }
        });
        (missing, malformed)
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
    latin1_rows: Vec<u32>,
    /// Byte offset that the rows' offsets count from.
    base: u64,
    starts: Packer<i64>,
    lengths: Packer<i64>,
    lines: Packer<i64>,
    prints: Vec<u8>,
    columns: Vec<Column>,
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
            latin1_rows: Vec::new(),
            base: 0,
            starts: Packer::default(),
            lengths: Packer::default(),
            lines: Packer::default(),
            prints: Vec::new(),
            columns: schema
                .kinds
                .iter()
                .map(|&kind| Column::new(kind, hash_key))
                .collect(),
        }
    }

    fn take_all(&mut self, records: &mut Records<'_>, end: u64) -> Result<(), source::Error> {
        while records.seek()?.is_some_and(|start| start < end) {
            match records.read()? {
                Some(record) => self.take(&record),
                None => break,
            }
        }
        if records.is_cut_off() {
            self.n_read += 1;
            self.left_out.cut_off.add(records.line());
        }
        Ok(())
    }

    /// Never inlined: a browser compiles a function well once it is called often, and a loop over a whole range would
    /// run to its end as it was first compiled.
    #[inline(never)]
    fn take(&mut self, record: &Record<'_>) {
        self.n_read += 1;
        let n_columns = self.columns.len();
        if record.len() != n_columns {
            let tally = if record.len() < n_columns {
                &mut self.left_out.short
            } else {
                &mut self.left_out.long
            };
            tally.add(record.line);
            self.first_misfit
                .get_or_insert((record.line, record.len() as u64));
            return;
        }
        if let Some(hasher) = self.hasher {
            let delimiter = self.schema.format.delimiter.byte();
            let print = fingerprint(hasher, record, delimiter, &mut self.joined).to_le_bytes();
            self.prints.extend(&print[..PRINT_BYTES]);
        }
        let row = self.starts.len() as u32;
        self.starts.push((record.start - self.base) as i64);
        self.lengths.push(i64::from(record.length));
        self.lines.push(record.line as i64);
        for (column, field) in self.columns.iter_mut().zip(record.fields()) {
            if column.push_plain(field) {
                continue;
            }
            let (text, is_latin1) = field_text(field);
            if is_latin1 {
                self.latin1_rows.push(row);
            }
            column.push(row, &text, self.schema.format.decimal);
        }
    }

    fn finish(
        self,
        start: Option<u64>,
        end: u64,
        n_lines: u64,
        stop: Option<source::Error>,
    ) -> Shard {
        Shard {
            start,
            end,
            n_lines,
            n_read: self.n_read,
            stop,
            first_misfit: self.first_misfit,
            left_out: self.left_out,
            latin1_rows: self.latin1_rows,
            starts: self.starts.finish(),
            lengths: self.lengths.finish(),
            lines: self.lines.finish(),
            prints: ByteBuf::from(self.prints),
            columns: self.columns.into_iter().map(Column::finish).collect(),
        }
    }
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
                record
                    .ends()
                    .iter()
                    .for_each(|&end| hasher.write_usize(end));
            }
        }
    }
    hasher.finish128().as_u128()
}

/// A column of a shard being read.
enum Column {
    Numbers {
        values: Packer<f64>,
        malformed_rows: Vec<u32>,
        facts: NumberFacts,
        /// The number in the row before; neighbouring rows are often alike.
        last: f64,
    },
    Times {
        values: Packer<i64>,
        malformed_rows: Vec<u32>,
        has_naive: bool,
        has_aware: bool,
        fraction_digits: u8,
        parser: TimeParser,
    },
    Text {
        codes: Packer<i64>,
        dictionary: Dictionary,
    },
}

impl Column {
    fn new(kind: Kind, hash_key: Option<&[u8; 16]>) -> Column {
        match kind {
            Kind::Number => Column::Numbers {
                values: Packer::default(),
                malformed_rows: Vec::new(),
                facts: NumberFacts::default(),
                last: f64::NAN,
            },
            Kind::Time => Column::Times {
                values: Packer::default(),
                malformed_rows: Vec::new(),
                has_naive: false,
                has_aware: false,
                fraction_digits: 0,
                parser: TimeParser::default(),
            },
            Kind::Text | Kind::Undecided => Column::Text {
                codes: Packer::default(),
                dictionary: Dictionary::new(hash_key),
            },
        }
    }

    /// Adds a cell of the plainest form of its kind; false if it is of another.
    fn push_plain(&mut self, cell: &[u8]) -> bool {
        match self {
            Column::Numbers {
                values,
                facts,
                last,
                ..
            } => {
                let Some(digits) = parse_digits(cell) else {
                    return false;
                };
                let value = digits as f64;
                if value != *last {
                    facts.add(value);
                    *last = value;
                }
                values.push(value);
                true
            }
            Column::Times {
                values,
                has_naive,
                has_aware,
                parser,
                ..
            } => {
                let instant = parser.parse_plain(cell);
                if let Some(instant) = instant {
                    *if instant.is_naive {
                        has_naive
                    } else {
                        has_aware
                    } = true;
                    values.push(instant.micros);
                }
                instant.is_some()
            }
            Column::Text { codes, dictionary } => {
                let code = dictionary.known(cell);
                if let Some(code) = code {
                    codes.push(i64::from(code));
                }
                code.is_some()
            }
        }
    }

    fn push(&mut self, row: u32, cell: &str, decimal: Decimal) {
        match self {
            Column::Numbers {
                values,
                malformed_rows,
                facts,
                ..
            } => {
                let text = trim(cell);
                let number = parse_number(text, decimal);
                match number {
                    Some(number) => {
                        facts.are_integers &= number.is_integer;
                        facts.add(number.value);
                    }
                    None if is_missing_number(text) => {}
                    None => malformed_rows.push(row),
                }
                values.push(number.map_or(f64::NAN, |number| number.value));
            }
            Column::Times {
                values,
                malformed_rows,
                has_naive,
                has_aware,
                fraction_digits,
                parser,
            } => {
                let text = trim(cell);
                let instant = parser.parse(text);
                match instant {
                    Some(instant) => {
                        *if instant.is_naive {
                            &mut *has_naive
                        } else {
                            &mut *has_aware
                        } = true;
                        *fraction_digits = instant.fraction_digits().max(*fraction_digits);
                    }
                    None if is_missing_number(text) => {}
                    None => malformed_rows.push(row),
                }
                values.push(instant.map_or(MISSING, |instant| instant.micros));
            }
            Column::Text { codes, dictionary } => {
                let code = (!is_missing(trim(cell))).then(|| dictionary.code(cell.as_bytes()));
                codes.push(code.map_or(MISSING, i64::from));
            }
        }
    }

    fn finish(self) -> Cells {
        match self {
            Column::Numbers {
                values,
                malformed_rows,
                facts,
                ..
            } => Cells::Numbers {
                values: values.finish(),
                malformed_rows,
                facts,
            },
            Column::Times {
                values,
                malformed_rows,
                has_naive,
                has_aware,
                fraction_digits,
                ..
            } => Cells::Times {
                values: values.finish(),
                malformed_rows,
                has_naive,
                has_aware,
                fraction_digits,
            },
            Column::Text { codes, dictionary } => Cells::Text {
                codes: codes.finish(),
                names: dictionary.interner.into_names(),
            },
        }
    }
}

/// The code of no text.
const NO_CODE: u32 = u32::MAX;

/// Bits of a mark at first.
const FEWEST_MARK_BITS: u32 = 6;

/// The distinct texts of a column of a shard.
struct Dictionary {
    interner: Interner,
    /// The code last given to a text with this mark, by which most texts are found at next to no cost.
    recent: Vec<u32>,
    mark_bits: u32,
}

impl Dictionary {
    fn new(hash_key: Option<&[u8; 16]>) -> Dictionary {
        Dictionary {
            interner: hash_key.map(Interner::with_key).unwrap_or_default(),
            recent: vec![NO_CODE; 1 << FEWEST_MARK_BITS],
            mark_bits: FEWEST_MARK_BITS,
        }
    }

    fn mark(text: &[u8], mark_bits: u32) -> usize {
        // the high bits of a product depend on all bits of its factors (Knuth's multiplicative hashing)
        let product = (end_word(text) ^ text.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (product >> (64 - mark_bits)) as usize
    }

    /// Returns the code of a text that was seen lately.
    fn known(&self, text: &[u8]) -> Option<u32> {
        let code = self.recent[Dictionary::mark(text, self.mark_bits)];
        (code != NO_CODE && is_same(self.interner.names().bytes(code as usize), text))
            .then_some(code)
    }

    /// Returns the code of a text, a new one for a new text.
    fn code(&mut self, text: &[u8]) -> u32 {
        let code = self.interner.code(text);
        if self.interner.names().len() * 2 > self.recent.len() {
            self.widen();
        }
        self.recent[Dictionary::mark(text, self.mark_bits)] = code;
        code
    }

    /// Makes room, so that few texts share a mark.
    fn widen(&mut self) {
        self.mark_bits += 2;
        self.recent = vec![NO_CODE; 1 << self.mark_bits];
        for (code, name) in (0..).zip(self.interner.names().iter()) {
            self.recent[Dictionary::mark(name, self.mark_bits)] = code;
        }
    }
}
