//! What the head of a file says: its format, its header, the kind of each column.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::comparison::Comparison;
use super::reading::{Choices, Kind, Reason, decide};
use super::{Decimal, Error, MAX_COLUMNS};
use crate::source::{self, Format, HEAD_BYTES, Input, Records, field_text};

/// Rows that are looked at before the kind of each column is decided.
const SNIFFED_ROWS: usize = 1000;

/// Records among which those rows are looked for.
const SNIFFED_RECORDS: usize = 10_000;

/// How a file is to be read: decided once, from its head, so that every shard of it is read alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// How the file is written.
    pub format: Format,
    /// Names of the columns, made unique.
    pub names: Vec<String>,
    /// How each column is read.
    pub kinds: Vec<Kind>,
    /// Why, by column; empty in a schema that only readers need.
    pub reasons: Vec<Reason>,
    /// How cells of each column are compared to find rows that repeat.
    pub comparisons: Vec<Comparison>,
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
        Schema::read_as_chosen(input, &Choices::new())
    }

    /// Reads the head of a file; what somebody chose for a column goes before what its cells say.
    ///
    /// # Errors
    /// As [`Schema::read`].
    pub fn read_as_chosen(input: &mut dyn Input, choices: &Choices) -> Result<Schema, Error> {
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
        let columns: Vec<Vec<&str>> = (0..names.len())
            .map(|i| rows.iter().map(|row| row[i].as_str()).collect())
            .collect();
        let (kinds, reasons) = decide(&names, &columns, format.delimiter, choices);
        let comparison = |(i, name): (usize, &String)| {
            let decimal = match kinds[i] {
                Kind::Number(form) => form.decimal,
                _ => Decimal::Point,
            };
            Comparison::of(name, columns[i].iter().copied(), decimal)
        };
        Ok(Schema {
            format,
            comparisons: names.iter().enumerate().map(comparison).collect(),
            names,
            kinds,
            reasons,
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
