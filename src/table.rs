//! Records to typed columns, and what was missing, malformed or left out, with line numbers.
//!
//! Takes an [`Input`] and its [`Format`], gives a [`Table`]. The text of the file is not kept: a row remembers its byte
//! range, a column its typed values. Knows nothing of what a column means for traffic.

mod column;
mod time;

pub use column::{Categories, Column, Data, NO_CATEGORY, Numbers, Times, is_pandas_missing};
pub use time::{Instant, format_time, parse_time};

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::source::{self, Format, HEAD_BYTES, Input, Records, field_text};
use column::Builder;

/// The most columns a file may have.
pub const MAX_COLUMNS: usize = 4096;

/// Records that are looked at before the kind of each column is decided.
const SNIFFED_ROWS: usize = 1000;

/// Records between two reports of progress.
const PROGRESS_ROWS: u64 = 16_384;

/// Why records do not make a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The file cannot be split into records.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// There is a header and nothing below it.
    #[error("the file has a header of {n_columns} columns and no rows")]
    HeaderOnly {
        /// Columns of the header.
        n_columns: usize,
    },
    /// No row has as many fields as the header.
    #[error("none of {n_rows} rows has the header's {n_columns} fields; line {line} has {found}")]
    AllRagged {
        /// Columns of the header.
        n_columns: usize,
        /// Rows read.
        n_rows: u64,
        /// Line of the first row, from 1.
        line: u64,
        /// Fields of the first row.
        found: usize,
    },
    /// More columns than [`MAX_COLUMNS`].
    #[error("the header has {found} columns; at most {limit} are supported")]
    TooManyColumns {
        /// Columns of the header.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// More rows than can be numbered.
    #[error("the file has more than {limit} rows")]
    TooManyRows {
        /// The limit.
        limit: u64,
    },
}

/// What becomes of a row that equals an earlier one in every field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Duplicates {
    /// Only the first stays, as with `drop_duplicates()`.
    Drop {
        /// Keys the hash that finds them, so that no file can be made to collide; the result does not depend on it.
        hash_key: [u8; 16],
    },
    /// All stay.
    Keep,
}

/// How often something happened, and where first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Number of times.
    pub count: u64,
    /// Line of the first time, from 1; `None` if it never happened.
    pub first_line: Option<u64>,
}

impl Tally {
    /// Counts one more, at this line.
    pub fn add(&mut self, line: u64) {
        self.count += 1;
        self.first_line.get_or_insert(line);
    }
}

/// Rows of the file that are not in the table, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// Equal in every field to an earlier row.
    pub duplicates: Tally,
    /// Fewer fields than the header.
    pub short: Tally,
    /// More fields than the header.
    pub long: Tally,
    /// The last row, cut off inside a quoted field by the end of the file.
    pub cut_off: Tally,
}

impl LeftOut {
    /// Number of rows that could not be used; duplicates are not among them.
    pub fn n_unusable(&self) -> u64 {
        self.short.count + self.long.count + self.cut_off.count
    }
}

/// Where a row stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Byte offset of its first byte, from 0.
    pub start: u64,
    /// Number of bytes without the line end.
    pub length: u32,
    /// Line of its first byte, from 1.
    pub line: u32,
}

/// The typed columns of a file.
#[derive(Debug)]
pub struct Table {
    /// How the file is written.
    pub format: Format,
    /// The columns, from left to right; all have [`Table::n_rows`] values.
    pub columns: Vec<Column>,
    /// Rows of the file that are not in the table.
    pub left_out: LeftOut,
    /// Rows of the file: those of the table and those left out.
    pub n_read: u64,
    /// Fields that are not UTF-8 and were read as Latin-1.
    pub latin1: Tally,
    /// Whether every field of the header is a number: then the file probably has no header.
    pub header_is_numeric: bool,
    places: Vec<Place>,
}

impl Table {
    /// Reads a whole input.
    ///
    /// `progress` gets bytes consumed and rows read, now and then.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn read(
        input: &mut dyn Input,
        duplicates: Duplicates,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Table, Error> {
        let format = Format::sniff(&input.read(0, HEAD_BYTES)?)?;
        let mut records = Records::new(input, format);
        let header = read_header(&mut records)?;
        let mut reading = Reading::new(format, &header, duplicates);
        while let Some(record) = records.read()? {
            let first_misfit = reading.take(&record)?;
            if let Some(found) = first_misfit {
                reading.first_misfit.get_or_insert((record.line, found));
            }
            if reading.n_read.is_multiple_of(PROGRESS_ROWS) {
                progress(records.position(), reading.n_read);
            }
        }
        if records.is_cut_off() {
            reading.n_read += 1;
            reading.left_out.cut_off.add(records.line());
        }
        progress(records.position(), reading.n_read);
        reading.finish()
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.places.len()
    }

    /// Returns where a row (from 0) stands in the file.
    pub fn place(&self, row: usize) -> Place {
        self.places[row]
    }

    /// Returns the index of the column with this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// Reads the header as pandas does: a name that comes again gets `.1`, `.2`, an empty one becomes `Unnamed: 3`.
fn read_header(records: &mut Records<'_>) -> Result<Vec<String>, Error> {
    let Some(record) = records.read()? else {
        return Err(source::Error::Empty.into());
    };
    if record.len() > MAX_COLUMNS {
        return Err(Error::TooManyColumns {
            found: record.len(),
            limit: MAX_COLUMNS,
        });
    }
    let mut taken = HashSet::new();
    let names = record.fields().enumerate().map(|(i, field)| {
        let text = field_text(field).0;
        let name = if text.trim().is_empty() {
            format!("Unnamed: {i}")
        } else {
            text.into_owned()
        };
        let mut unique = name.clone();
        let mut n = 0;
        while !taken.insert(unique.clone()) {
            n += 1;
            unique = format!("{name}.{n}");
        }
        unique
    });
    Ok(names.collect())
}

/// A table in the making.
struct Reading {
    format: Format,
    builders: Vec<Builder>,
    names: Vec<String>,
    /// Fields of the first rows, until the kinds of the columns are decided.
    sniffed: Vec<(u32, Vec<Vec<u8>>)>,
    places: Vec<Place>,
    /// Fingerprints of the rows so far, and their hasher; `None` if duplicates are kept.
    seen: Option<(HashSet<u128>, SipHasher13)>,
    left_out: LeftOut,
    n_read: u64,
    latin1: Tally,
    first_misfit: Option<(u64, usize)>,
}

impl Reading {
    fn new(format: Format, names: &[String], duplicates: Duplicates) -> Reading {
        let seen = match duplicates {
            Duplicates::Keep => None,
            Duplicates::Drop { hash_key } => {
                Some((HashSet::new(), SipHasher13::new_with_key(&hash_key)))
            }
        };
        Reading {
            format,
            builders: Vec::new(),
            names: names.to_vec(),
            sniffed: Vec::new(),
            places: Vec::new(),
            seen,
            left_out: LeftOut::default(),
            n_read: 0,
            latin1: Tally::default(),
            first_misfit: None,
        }
    }

    /// Adds a record, or counts why not; returns its number of fields if that is not the header's.
    fn take(&mut self, record: &source::Record<'_>) -> Result<Option<usize>, Error> {
        self.n_read += 1;
        let n_columns = self.names.len();
        if record.len() != n_columns {
            let tally = if record.len() < n_columns {
                &mut self.left_out.short
            } else {
                &mut self.left_out.long
            };
            tally.add(record.line);
            return Ok(Some(record.len()));
        }
        if let Some((seen, hasher)) = &mut self.seen
            && !seen.insert(fingerprint(*hasher, record))
        {
            self.left_out.duplicates.add(record.line);
            return Ok(None);
        }
        let too_many = || Error::TooManyRows {
            limit: u64::from(u32::MAX) - 1,
        };
        let line = u32::try_from(record.line).map_err(|_| too_many())?;
        if self.places.len() >= u32::MAX as usize - 1 {
            return Err(too_many());
        }
        self.places.push(Place {
            start: record.start,
            length: record.length,
            line,
        });
        if self.builders.is_empty() {
            self.sniffed
                .push((line, record.fields().map(<[u8]>::to_vec).collect()));
            if self.sniffed.len() == SNIFFED_ROWS {
                self.decide();
            }
        } else {
            self.append(line, record.fields());
        }
        Ok(None)
    }

    fn append<'f>(&mut self, line: u32, fields: impl Iterator<Item = &'f [u8]>) {
        for (builder, field) in self.builders.iter_mut().zip(fields) {
            let (text, is_latin1) = field_text(field);
            if is_latin1 {
                self.latin1.add(u64::from(line));
            }
            builder.push(&text, line);
        }
    }

    /// Decides every column's kind from the rows sniffed, and adds those rows.
    fn decide(&mut self) {
        let sniffed = std::mem::take(&mut self.sniffed);
        self.builders = (0..self.names.len())
            .map(|i| {
                Builder::sniff(
                    sniffed.iter().map(|(_, fields)| field_text(&fields[i]).0),
                    self.format.decimal,
                )
            })
            .collect();
        for (line, fields) in &sniffed {
            self.append(*line, fields.iter().map(Vec::as_slice));
        }
    }

    fn finish(mut self) -> Result<Table, Error> {
        let n_columns = self.names.len();
        if self.n_read == 0 {
            return Err(Error::HeaderOnly { n_columns });
        }
        if self.places.is_empty() {
            let (line, found) = self
                .first_misfit
                .unwrap_or((self.left_out.cut_off.first_line.unwrap_or(1), 0));
            return Err(Error::AllRagged {
                n_columns,
                n_rows: self.n_read,
                line,
                found,
            });
        }
        if self.builders.is_empty() {
            self.decide();
        }
        let header_is_numeric = self
            .names
            .iter()
            .all(|name| name.trim().parse::<f64>().is_ok());
        let columns = self
            .names
            .into_iter()
            .zip(self.builders)
            .map(|(name, builder)| builder.finish(name))
            .collect();
        Ok(Table {
            format: self.format,
            columns,
            left_out: self.left_out,
            n_read: self.n_read,
            latin1: self.latin1,
            header_is_numeric,
            places: self.places,
        })
    }
}

/// Hashes every field with its length, so that equal prints mean equal rows.
fn fingerprint(mut hasher: SipHasher13, record: &source::Record<'_>) -> u128 {
    for field in record.fields() {
        field.hash(&mut hasher);
    }
    hasher.finish128().as_u128()
}

/// Gives each distinct text a code, in the order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    codes: HashMap<Box<str>, u32>,
    pub(crate) names: Vec<String>,
}

impl Interner {
    pub(crate) fn code(&mut self, text: &str) -> u32 {
        if let Some(&code) = self.codes.get(text) {
            return code;
        }
        let code = u32::try_from(self.names.len())
            .expect("fewer distinct texts than rows, which fit in 32 bits");
        self.codes.insert(text.into(), code);
        self.names.push(text.to_owned());
        code
    }
}
