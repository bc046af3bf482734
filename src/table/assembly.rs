//! Shards to a table, in the order of the file.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::cell::{is_missing_number, trim};
use super::column::{Categories, Column, Data, Noted, NumberFacts, Numbers, Times, Values};
use super::duplicates::Seen;
use super::moment::Moment;
use super::number::parse_number;
use super::packed::{MISSING, Packed};
use super::pandas::Seen as SeenByPandas;
use super::reading::{Kind, Reason, decide_late};
use super::schema::Schema;
use super::shard::{Cells, Shard};
use super::{Decimal, Error, Interner, LeftOut, Place, Table, Tally};
use crate::source;

/// Distinct values of a text column beyond which it is not kept: it is free text or an identifier.
const MAX_CATEGORIES: usize = 500_000;

/// The most rows: their numbers, and one to spare, fit in 32 bits.
const MAX_ROWS: usize = u32::MAX as usize - 1;

/// What became of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Absorbed {
    /// Its rows are in the table.
    Taken,
    /// It was begun inside a quoted field: its range must be read again, exactly from this offset.
    ReadAgain {
        /// Byte offset where its first record begins.
        start: u64,
    },
}

/// A table in the making.
#[derive(Debug)]
pub struct Assembly {
    schema: Schema,
    /// Bytes of the file.
    size: u64,
    /// The prints of the rows so far; `None` if duplicates are kept.
    seen: Option<Seen>,
    /// Byte offset where the next record begins.
    next: u64,
    /// Line of that record, from 1.
    next_line: u64,
    columns: Vec<Growing>,
    places: Places,
    left_out: LeftOut,
    n_read: u64,
    latin1: Tally,
    nul: Tally,
    first_misfit: Option<(u64, u64)>,
    /// Whether the lines before the next record sum up rows.
    sums_up: bool,
}

/// Where the rows stand in the file.
#[derive(Debug, Default)]
pub(super) struct Places {
    starts: Values,
    lengths: Values,
    lines: Values,
    /// [`Shard::checksums`] of each part.
    checksums: Vec<ByteBuf>,
    /// Byte offset and line that each part counts from.
    bases: Vec<(u64, u64)>,
}

/// A column of a table in the making.
#[derive(Debug)]
struct Growing {
    data: GrowingData,
    missing: Tally,
    malformed: Noted,
    otherwise: Noted,
    placeholders: Noted,
    seen: SeenByPandas,
}

#[derive(Debug)]
enum GrowingData {
    Numbers(Numbers),
    Times(Times),
    Text {
        categories: Categories,
        interner: Interner,
    },
    /// Text with too many distinct values.
    Dropped,
}

impl Places {
    pub(super) fn n_rows(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn get(&self, row: usize) -> Place {
        let (part, i) = self.starts.find(row);
        let (offset, _) = self.bases[part];
        let narrow = |value: i64| u32::try_from(value).expect("a shard is shorter than 4 GB");
        Place {
            start: offset + self.starts.part(part).integer(i) as u64,
            length: narrow(self.lengths.part(part).integer(i)),
            line: self.line(row),
            checksum: u16::from_le_bytes(self.checksums[part].as_chunks().0[i]),
        }
    }

    pub(super) fn line(&self, row: usize) -> u32 {
        let (part, i) = self.lines.find(row);
        let (_, line) = self.bases[part];
        u32::try_from(line + self.lines.part(part).integer(i) as u64 - 1).unwrap_or(u32::MAX)
    }

    fn push(
        &mut self,
        (starts, lengths, lines): (Packed, Packed, Packed),
        checksums: ByteBuf,
        base: (u64, u64),
    ) {
        if !starts.is_empty() {
            self.starts.push(starts);
            self.lengths.push(lengths);
            self.lines.push(lines);
            self.checksums.push(checksums);
            self.bases.push(base);
        }
    }
}

impl Assembly {
    /// An empty table of this schema, for a file of about this many bytes: how many decides only how much room is made.
    pub fn new(schema: Schema, drop_duplicates: bool, size: u64) -> Assembly {
        let columns = schema
            .kinds
            .iter()
            .map(|&kind| Growing::new(kind))
            .collect();
        Assembly {
            size,
            seen: drop_duplicates.then(Seen::default),
            next: schema.start,
            next_line: schema.start_line,
            columns,
            places: Places::default(),
            left_out: LeftOut {
                comments: schema.comments,
                ..LeftOut::default()
            },
            n_read: 0,
            latin1: Tally::default(),
            nul: Tally::default(),
            first_misfit: None,
            sums_up: false,
            schema,
        }
    }

    /// Number of rows of the file so far.
    pub fn n_read(&self) -> u64 {
        self.n_read
    }

    /// Takes in the shard of the next range; `end` is where that range ends.
    ///
    /// # Errors
    /// Why the file could not be read to the end of the range, [`Error::TooManyRows`], or [`Error::BrokenShard`].
    #[inline(never)]
    pub fn absorb(&mut self, mut shard: Shard, end: u64) -> Result<Absorbed, Error> {
        if shard.start.is_none_or(|start| start != self.next) {
            // a record that reaches over the whole range leaves nothing to begin in it
            return Ok(if self.next >= end {
                Absorbed::Taken
            } else {
                Absorbed::ReadAgain { start: self.next }
            });
        }
        if !shard.is_sound(&self.schema.kinds) {
            return Err(Error::BrokenShard);
        }
        let base_line = self.next_line;
        if let Some(stop) = shard.stop {
            return Err(shifted(stop, base_line - 1).into());
        }
        let first_misfit = shard
            .first_misfit
            .map(|(line, n_fields)| (base_line + line - 1, n_fields));
        self.first_misfit = self.first_misfit.or(first_misfit);
        self.n_read += shard.n_read;
        let (left_out, [short, long, remarks]) = (&mut self.left_out, shard.first_misfits);
        if self.sums_up {
            // the shard did not see that a total stands above
            self.n_read -= short.count + long.count;
            let mut all = [short, long, remarks];
            all.sort_by_key(|tally| tally.first_line.unwrap_or(u64::MAX));
            for tally in all {
                left_out.totals.add_later(tally, base_line - 1);
            }
        } else {
            left_out.short.add_later(short, base_line - 1);
            left_out.long.add_later(long, base_line - 1);
            left_out.remarks.add_later(remarks, base_line - 1);
        }
        left_out.add_later(&shard.left_out, base_line - 1);
        self.sums_up = shard.sums_up.unwrap_or(self.sums_up);
        self.drop_duplicates(&mut shard);
        for (tally, rows) in [
            (&mut self.latin1, &shard.latin1_rows),
            (&mut self.nul, &shard.nul_rows),
        ] {
            for &row in rows {
                tally.add(base_line + shard.lines.integer(row as usize) as u64 - 1);
            }
        }
        let first_row = self.places.n_rows();
        if first_row + shard.n_rows() > MAX_ROWS {
            return Err(Error::TooManyRows {
                limit: MAX_ROWS as u64,
            });
        }
        let columns = self.columns.iter_mut().zip(shard.columns);
        for ((column, cells), seen) in columns.zip(shard.seen) {
            column.seen.merge(seen);
            let notes = cells.notes(&shard.lines, base_line);
            column.missing.add_later(notes.missing, 0);
            column.malformed.add_later(notes.malformed);
            column.otherwise.add_later(notes.otherwise);
            column.placeholders.add_later(notes.placeholders);
            column.data.append(cells, first_row as u32);
        }
        self.places.push(
            (shard.starts, shard.lengths, shard.lines),
            shard.checksums,
            (self.next, base_line),
        );
        self.next = shard.end;
        self.next_line += shard.n_lines;
        Ok(Absorbed::Taken)
    }

    /// Of equal rows only the first stays.
    #[inline(never)]
    fn drop_duplicates(&mut self, shard: &mut Shard) {
        let Some(seen) = &mut self.seen else { return };
        if self.places.n_rows() == 0 {
            let n_bytes = shard.end.saturating_sub(self.next).max(1);
            let n_like_it = (self.size - self.next.min(self.size)) / n_bytes;
            seen.expect(shard.n_rows().saturating_mul(n_like_it as usize + 1));
        }
        let is_new = seen.insert_all(shard.prints.as_chunks().0);
        for (row, _) in is_new.iter().enumerate().filter(|(_, is_new)| !**is_new) {
            self.left_out
                .duplicates
                .add(self.next_line + shard.lines.integer(row) as u64 - 1);
        }
        if is_new.contains(&false) {
            shard.retain(&is_new);
        }
    }

    /// Ends the table.
    ///
    /// # Errors
    /// [`Error::HeaderOnly`] or [`Error::AllRagged`] if no row came.
    #[inline(never)]
    pub fn finish(self) -> Result<Table, Error> {
        let n_columns = self.schema.names.len();
        let header_line = self.schema.header.line;
        if self.n_read == 0 {
            return Err(Error::HeaderOnly {
                line: header_line.unwrap_or(1),
                n_columns,
            });
        }
        if self.places.n_rows() == 0 {
            let (line, found) = self
                .first_misfit
                .unwrap_or((self.left_out.cut_off.first_line.unwrap_or(1), 0));
            return Err(Error::AllRagged {
                header_line,
                n_columns,
                n_rows: self.n_read,
                line,
                found: found as usize,
            });
        }
        let Schema {
            format,
            names,
            kinds,
            mut reasons,
            header,
            ..
        } = self.schema;
        reasons.resize(n_columns, Reason::PLAIN);
        let is_comma =
            |kind: &Kind| matches!(kind, Kind::Number(form) if form.decimal == Decimal::Comma);
        let decimal = if kinds.iter().any(is_comma) {
            Decimal::Comma
        } else {
            Decimal::Point
        };
        let places = self.places;
        let columns = names.into_iter().zip(self.columns).zip(kinds).zip(reasons);
        Ok(Table {
            format,
            columns: columns
                .map(|(((name, column), kind), reason)| match kind {
                    Kind::Undecided => column.finish_late(name, decimal, &places),
                    _ => column.finish(name, kind, reason),
                })
                .collect(),
            left_out: self.left_out,
            n_read: self.n_read,
            latin1: self.latin1,
            nul: self.nul,
            header: *header,
            places,
        })
    }
}

/// Moves an error's lines to where its shard stands in the file.
fn shifted(error: source::Error, by: u64) -> source::Error {
    match error {
        source::Error::UnclosedQuote { line, last_line } => source::Error::UnclosedQuote {
            line: line + by,
            last_line: last_line + by,
        },
        source::Error::RecordTooLong { line, limit } => source::Error::RecordTooLong {
            line: line + by,
            limit,
        },
        source::Error::OtherColumns { line } => source::Error::OtherColumns { line: line + by },
        other => other,
    }
}

impl Growing {
    fn new(kind: Kind) -> Growing {
        let data = match kind {
            Kind::Number(_) => GrowingData::Numbers(Numbers::default()),
            Kind::Time(_) => GrowingData::Times(Times::default()),
            Kind::Text | Kind::Undecided => GrowingData::Text {
                categories: Categories::default(),
                interner: Interner::default(),
            },
        };
        Growing {
            data,
            missing: Tally::default(),
            malformed: Noted::default(),
            otherwise: Noted::default(),
            placeholders: Noted::default(),
            seen: SeenByPandas::default(),
        }
    }

    fn finish(mut self, name: String, kind: Kind, reason: Reason) -> Column {
        Column {
            name,
            data: match self.data {
                GrowingData::Numbers(numbers) => Data::Numbers(numbers),
                GrowingData::Times(times) => Data::Times(times),
                GrowingData::Text {
                    mut categories,
                    interner,
                } => {
                    categories.names = interner.into_names().into_strings();
                    self.seen
                        .add_names(categories.names.iter().map(String::as_str));
                    Data::Categories(categories)
                }
                GrowingData::Dropped => {
                    self.seen.forms.add_text();
                    Data::NotKept
                }
            },
            missing: self.missing,
            malformed: self.malformed,
            otherwise: self.otherwise,
            placeholders: self.placeholders,
            kind,
            reason,
            seen: self.seen,
        }
    }

    /// Ends a column without a value in the head, which was read as text: its texts decide.
    fn finish_late(self, name: String, decimal: Decimal, places: &Places) -> Column {
        let mut column = self.finish(name, Kind::Undecided, Reason::PLAIN);
        let Data::Categories(text) = &column.data else {
            return column;
        };
        let cells: Vec<&str> = text.names.iter().map(String::as_str).collect();
        let (kind, reason) = decide_late(&column.name, &cells, decimal);
        (column.kind, column.reason) = (kind, reason);
        match kind {
            Kind::Undecided => column.data = Data::NotKept,
            Kind::Text => {}
            Kind::Number(_) | Kind::Time(_) => column = retyped(column, places),
        }
        column
    }
}

/// Makes numbers or times of a column that was read as text.
fn retyped(mut column: Column, places: &Places) -> Column {
    let Data::Categories(text) = &column.data else {
        return column;
    };
    let (mut missing, mut malformed, mut placeholders) =
        (Tally::default(), Noted::default(), Noted::default());
    let mut malformed_rows = Vec::new();
    let (mut times, mut are_integers) = (Times::default(), true);
    let mut numbers = Vec::new();
    let mut integers = Vec::new();
    let mut row = 0;
    text.for_each_code(|code| {
        let cell = text.names.get(code as usize).map_or("", |name| trim(name));
        let line = || u64::from(places.get(row).line);
        let (mut number, mut micros) = (f64::NAN, MISSING);
        let mut is_value = true;
        match column.kind {
            Kind::Number(form) => match parse_number(cell, form) {
                Some(parsed) => {
                    number = parsed.value;
                    are_integers &= parsed.is_integer;
                }
                None => is_value = false,
            },
            Kind::Time(form) => match form.parse(cell) {
                Some(Moment::At(instant)) => {
                    micros = instant.micros;
                    times.note(instant);
                    column.seen.add_time(cell, instant.is_naive);
                }
                Some(Moment::Placeholder) => {
                    placeholders.add(line(), cell);
                    missing.add(line());
                }
                None => is_value = false,
            },
            Kind::Text | Kind::Undecided => {}
        }
        if !is_value && is_missing_number(cell) {
            missing.add(line());
        } else if !is_value {
            malformed.add(line(), cell);
            malformed_rows.push(row as u32);
        }
        match column.kind {
            Kind::Number(_) => numbers.push(number),
            _ => integers.push(micros),
        }
        row += 1;
    });
    let mut values = Values::default();
    let data = match column.kind {
        Kind::Number(_) => {
            let mut facts = NumberFacts {
                are_integers,
                ..NumberFacts::default()
            };
            facts.add_all(&numbers);
            values.push(Packed::of_numbers(&numbers));
            Data::Numbers(Numbers {
                values,
                malformed_rows,
                facts,
            })
        }
        _ => {
            values.push(Packed::of_integers(&integers));
            Data::Times(Times {
                values,
                malformed_rows,
                ..times
            })
        }
    };
    Column {
        data,
        missing,
        malformed,
        placeholders,
        ..column
    }
}

impl GrowingData {
    fn append(&mut self, cells: Cells, first_row: u32) {
        match (&mut *self, cells) {
            (
                GrowingData::Numbers(numbers),
                Cells::Numbers {
                    values,
                    malformed,
                    facts,
                    ..
                },
            ) => {
                numbers.facts.merge(&facts);
                numbers
                    .malformed_rows
                    .extend(malformed.rows.into_iter().map(|row| first_row + row));
                numbers.values.push(values);
            }
            (
                GrowingData::Times(times),
                Cells::Times {
                    values,
                    malformed,
                    has_naive,
                    has_aware,
                    fraction_digits,
                    ..
                },
            ) => {
                times
                    .malformed_rows
                    .extend(malformed.rows.into_iter().map(|row| first_row + row));
                times.has_naive |= has_naive;
                times.has_aware |= has_aware;
                times.fraction_digits = times.fraction_digits.max(usize::from(fraction_digits));
                times.values.push(values);
            }
            (
                GrowingData::Text {
                    categories,
                    interner,
                },
                Cells::Text { codes, names },
            ) => {
                let map: Vec<u32> = names.iter().map(|name| interner.code(name)).collect();
                categories.push(codes, map);
                if interner.names().len() > MAX_CATEGORIES {
                    *self = GrowingData::Dropped;
                }
            }
            _ => *self = GrowingData::Dropped,
        }
    }
}
