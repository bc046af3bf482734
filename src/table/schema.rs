//! What the head of a file says: its format, its header, the kind of each column.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::comparison::Comparison;
use super::header;
use super::reading::{Choices, Kind, Reason, decide};
use super::row_rules::Line;
use super::{Decimal, Error, Header, MAX_COLUMNS, RowRules, Tally};
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
    /// Byte offset of the first record of the table.
    pub start: u64,
    /// Line of that record, from 1.
    pub start_line: u64,
    /// What stands at the top of the file.
    pub header: Box<Header>,
    /// Comments above that record, but for one that names the columns.
    pub comments: Tally,
    /// Which lines below are rows.
    pub rules: Box<RowRules>,
}

impl Schema {
    /// Reads the head of a file.
    ///
    /// # Errors
    /// [`Error::Source`], [`Error::TooManyColumns`], or [`Error::HeaderOnly`].
    pub fn read(input: &mut dyn Input) -> Result<Schema, Error> {
        Schema::read_as_chosen(input, &Choices::new(), None)
    }

    /// Reads the head of a file; what somebody chose for a column, or said of the first line of the table being its header,
    /// goes before what the cells say.
    ///
    /// # Errors
    /// As [`Schema::read`].
    pub fn read_as_chosen(
        input: &mut dyn Input,
        choices: &Choices,
        has_header: Option<bool>,
    ) -> Result<Schema, Error> {
        let head = input.read(0, HEAD_BYTES)?;
        let format = Format::sniff(&head)?;
        let mut records = Records::at(input, format, format.start(), HEAD_BYTES);
        let (head_records, found) = header::read(&mut records, &head, format, has_header)?;
        if head_records.is_empty() && found.names.is_empty() {
            return Err(match found.comments.count {
                0 => source::Error::Empty.into(),
                _ => source::Error::OnlyComments.into(),
            });
        }
        if found.n_columns > MAX_COLUMNS {
            return Err(Error::TooManyColumns {
                found: found.n_columns,
                limit: MAX_COLUMNS,
            });
        }
        let names = names(&found.names, found.n_columns);
        let header_length = found.header_record.map_or(0, |i| head_records[i].length);
        let rules = RowRules {
            n_columns: names.len(),
            has_trailing_delimiter: found.header.has_trailing_delimiter,
            header: match found.header_record {
                Some(i) => head_records[i].cells.clone(),
                None => Vec::new(),
            },
            header_length,
            is_typed: found.is_typed,
            names_comment: found.names_comment,
        };
        let first = head_records.get(found.first_row);
        let (start, start_line) = match first.map(|record| (record.start, record.line)) {
            Some(place) => place,
            None => match records.seek()? {
                Some(start) => (start, records.line()),
                None => {
                    return Err(Error::HeaderOnly {
                        line: found.header.line.unwrap_or(1),
                        n_columns: names.len(),
                    });
                }
            },
        };
        let mut rows: Vec<Vec<String>> = Vec::new();
        let text = |field: &[u8]| field_text(field).0.into_owned();
        for record in head_records.iter().skip(found.first_row) {
            let cells: Vec<&[u8]> = record.cells.iter().map(Vec::as_slice).collect();
            if rules.line(&cells, false) == Line::Row {
                rows.push(cells.into_iter().take(names.len()).map(text).collect());
            }
        }
        for _ in head_records.len()..SNIFFED_RECORDS {
            if rows.len() >= SNIFFED_ROWS {
                break;
            }
            let Some(record) = records.read()? else { break };
            let cells: Vec<&[u8]> = record.fields().collect();
            if rules.line(&cells, false) == Line::Row {
                rows.push(cells.into_iter().take(names.len()).map(text).collect());
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
            header: Box::new(found.header),
            comments: found.comments,
            rules: Box::new(rules),
        })
    }
}

/// Returns names for so many columns as pandas does: a name that comes again gets `.1`, `.2`, an empty one becomes `Unnamed: 3`. Without a
/// header they are `column_1`, `column_2`, ….
fn names(header: &[Vec<u8>], n_columns: usize) -> Vec<String> {
    if header.is_empty() {
        return (1..=n_columns).map(|i| format!("column_{i}")).collect();
    }
    let mut taken = HashSet::new();
    let names = header.iter().enumerate().map(|(i, field)| {
        let text = field_text(field).0;
        let name = match text.strip_prefix('#').map(str::trim) {
            // a header that is marked as a comment
            Some(name) if i == 0 && !name.is_empty() => name.to_owned(),
            _ if text.trim().is_empty() => format!("Unnamed: {i}"),
            _ => text.into_owned(),
        };
        let mut unique = name.clone();
        let mut n = 0;
        while !taken.insert(unique.clone()) {
            n += 1;
            unique = format!("{name}.{n}");
        }
        unique
    });
    names.collect()
}
