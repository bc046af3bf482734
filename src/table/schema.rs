//! What the head of a file says: its format, its header, the kind of each column.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::cell::{is_missing, parse_number, trim};
use super::{Error, MAX_COLUMNS, parse_time};
use crate::source::{self, Decimal, Format, HEAD_BYTES, Input, Records, field_text};

/// Rows that are looked at before the kind of each column is decided.
const SNIFFED_ROWS: usize = 1000;

/// Records among which those rows are looked for.
const SNIFFED_RECORDS: usize = 10_000;

/// Share of the sniffed values that must parse for a column to be of numbers or of times.
const KIND_SHARE: f64 = 0.8;

/// The kind of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// No value was seen yet; the first one of the file decides.
    Undecided,
    /// Numbers.
    Number,
    /// Timestamps.
    Time,
    /// Any other text.
    Text,
}

/// How a file is to be read: decided once, from its head, so that every shard of it is read alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// How the file is written.
    pub format: Format,
    /// Names of the columns, made unique.
    pub names: Vec<String>,
    /// The kind of each column.
    pub kinds: Vec<Kind>,
    /// Byte offset of the first record below the header.
    pub start: u64,
    /// Line of that record, from 1.
    pub start_line: u64,
}

impl Schema {
    /// Reads the head of a file.
    ///
    /// # Errors
    /// [`Error::Source`], [`Error::TooManyColumns`], or [`Error::HeaderOnly`].
    pub fn read(input: &mut dyn Input) -> Result<Schema, Error> {
        let format = Format::sniff(&input.read(0, HEAD_BYTES)?)?;
        let mut records = Records::at(input, format, format.start(), HEAD_BYTES);
        let names = read_header(&mut records)?;
        let Some(start) = records.seek()? else {
            return Err(Error::HeaderOnly {
                n_columns: names.len(),
            });
        };
        let start_line = records.line();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for _ in 0..SNIFFED_RECORDS {
            if rows.len() == SNIFFED_ROWS {
                break;
            }
            let Some(record) = records.read()? else { break };
            if record.len() == names.len() {
                rows.push(
                    record
                        .fields()
                        .map(|field| field_text(field).0.into_owned())
                        .collect(),
                );
            }
        }
        let kinds = (0..names.len())
            .map(|i| Kind::of(rows.iter().map(|row| row[i].as_str()), format.decimal))
            .collect();
        Ok(Schema {
            format,
            names,
            kinds,
            start,
            start_line,
        })
    }

    /// Whether every field of the header is a number: then the file probably has no header.
    pub fn header_is_numeric(&self) -> bool {
        self.names
            .iter()
            .all(|name| name.trim().parse::<f64>().is_ok())
    }
}

impl Kind {
    /// Tells the kind of these cells.
    pub(super) fn of<'t>(cells: impl Iterator<Item = &'t str>, decimal: Decimal) -> Kind {
        let (mut n, mut numbers, mut times) = (0, 0, 0);
        for text in cells.map(trim).filter(|text| !is_missing(text)) {
            n += 1;
            if parse_number(text, decimal).is_some() {
                numbers += 1;
            } else if parse_time(text).is_some() {
                times += 1;
            }
        }
        let is_most = |count: u32| f64::from(count) >= KIND_SHARE * f64::from(n);
        match n {
            0 => Kind::Undecided,
            _ if is_most(numbers) => Kind::Number,
            _ if is_most(times) => Kind::Time,
            _ => Kind::Text,
        }
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
