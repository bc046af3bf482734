//! Records to typed columns, and what was missing, malformed or left out, with line numbers.
//!
//! Takes an [`Input`](crate::source::Input), gives a [`Table`]. The head of the file decides the [`Schema`]; each stretch of the file becomes a
//! [`Shard`], read by any worker in any order; an [`Assembly`] puts the shards together in the order of the file. The
//! table does not depend on how the file was cut. The text of the file is not kept: a row remembers its byte range, a
//! column its typed values, packed. Knows nothing of what a column means for traffic.

mod assembly;
mod cell;
mod column;
mod comparison;
mod duplicates;
mod extent;
mod header;
mod interner;
mod moment;
pub(crate) mod name;
mod number;
mod packed;
mod pandas;
mod reading;
mod row_rules;
mod schema;
mod shard;
mod time;
mod zone;

pub use assembly::{Absorbed, Assembly};
pub use cell::is_pandas_missing;
pub use column::{Categories, Column, Data, NO_CATEGORY, Noted, Numbers, Times, Values};
pub use comparison::{Case, Comparison};
pub use extent::Extent;
pub use header::Header;
pub use moment::{DateOrder, Epoch, OrderGround, TimeForm};
pub use number::{Decimal, Ground, NumberForm, Open, Unit};
pub(crate) use packed::MISSING;
pub use packed::Packed;
pub use pandas::{Dtype, Seen, integer, is_missing_word, number, truth};
pub use reading::{Choice, Choices, Kind, Reason, Why};
pub use row_rules::RowRules;
pub use schema::Schema;
pub use shard::{Shard, ShardReader};
pub use time::{Instant, format_time, parse_time};
pub(crate) use zone::offset_if_repeated;
pub use zone::{Clock, UnknownZone, Zone};

pub(crate) use interner::Interner;

use serde::{Deserialize, Serialize};

use crate::source::{self, Format};

/// The most columns a file may have.
pub const MAX_COLUMNS: usize = 4096;

/// Why records do not make a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The file cannot be split into records.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// There is a header and nothing below it.
    #[error("the file has a header of {n_columns} columns at line {line} and no rows")]
    HeaderOnly {
        /// Line of the header, from 1.
        line: u64,
        /// Columns of the header.
        n_columns: usize,
    },
    /// No row has as many fields as the header.
    #[error("none of {n_rows} rows has the header's {n_columns} fields; line {line} has {found}")]
    AllRagged {
        /// Line of the header, from 1; `None` if there is none.
        header_line: Option<u64>,
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
    /// A shard that no worker makes: a bug of ours.
    #[error("a shard of the file does not fit the others")]
    BrokenShard,
    /// More rows than can be numbered.
    #[error("the file has more than {limit} rows")]
    TooManyRows {
        /// The limit.
        limit: u64,
    },
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

    /// Counts those of a later stretch of the file, whose lines count from the one before `base_line` + 1.
    fn add_later(&mut self, later: Tally, base_line: u64) {
        self.count += later.count;
        self.first_line = self
            .first_line
            .or(later.first_line.map(|line| base_line + line));
    }
}

/// Rows of the file that are not in the table, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// Equal in every field to an earlier row, numbers by value.
    pub duplicates: Tally,
    /// Fewer fields than the header.
    pub short: Tally,
    /// More fields than the header.
    pub long: Tally,
    /// The last row, cut off inside a quoted field by the end of the file.
    pub cut_off: Tally,
    /// Comments, which are no rows; the header is none of them.
    pub comments: Tally,
    /// Lines that repeat the header: no rows.
    pub headers: Tally,
    /// Lines that sum up rows: no rows.
    pub totals: Tally,
    /// Other lines of text below the header: no rows.
    pub remarks: Tally,
}

impl LeftOut {
    /// Counts those of a later stretch of the file, as [`Tally::add_later`] does; duplicates are found later.
    fn add_later(&mut self, later: &LeftOut, base_line: u64) {
        for (tally, later) in [
            (&mut self.short, later.short),
            (&mut self.long, later.long),
            (&mut self.cut_off, later.cut_off),
            (&mut self.comments, later.comments),
            (&mut self.headers, later.headers),
            (&mut self.totals, later.totals),
            (&mut self.remarks, later.remarks),
        ] {
            tally.add_later(later, base_line);
        }
    }

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
    /// What [`Record::checksum`](crate::source::Record::checksum) said of it: a file may be written over.
    pub checksum: u16,
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
    /// Rows of the file: those of the table and those left out; lines that are no rows do not count.
    pub n_read: u64,
    /// Fields that are not UTF-8 and were read as Latin-1.
    pub latin1: Tally,
    /// Fields that hold a NUL byte: text with it as it stands, never a number or a time.
    pub nul: Tally,
    /// What stands at the top of the file.
    pub header: Header,
    places: assembly::Places,
}

impl Table {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.places.n_rows()
    }

    /// Returns where a row (from 0) stands in the file.
    pub fn place(&self, row: usize) -> Place {
        self.places.get(row)
    }

    /// Returns the line of the file that a row (from 0) begins on, from 1.
    pub fn line(&self, row: usize) -> u32 {
        self.places.line(row)
    }

    /// Whether a column, from 0, has no value in any row.
    pub fn is_empty_column(&self, column: usize) -> bool {
        self.columns[column].missing.count == self.n_rows() as u64
    }

    /// Returns the index of the column with this name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
