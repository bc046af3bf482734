//! Bytes to records: finds out how a file is written, then tokenizes it in chunks.
//!
//! Takes an [`Input`] that can be read at any offset, gives [`Record`]s with their byte range and line number. Knows
//! nothing of what the columns mean.

mod ahead;
mod checksum;
mod digest;
mod format;
mod layout;
mod line_log;
mod plain;
mod records;
mod shape;

pub use ahead::Ahead;
pub use digest::sha256;
pub use format::{Archive, Delimiter, Foreign, Format, HEAD_BYTES};
pub use layout::Comment;
pub(crate) use layout::{is_sheet_value, mass, named_separator};
pub use line_log::LineLog;
pub use records::{Batch, Field, Record, Records, Row, RowReader, field_text};
pub(crate) use records::{CHUNK_BYTES, names_columns};
pub(crate) use shape::Shape;

use serde::{Deserialize, Serialize};

/// Something that can be read at any offset: a file of the browser, or bytes in memory.
pub trait Input {
    /// Size in bytes.
    fn size(&self) -> u64;

    /// Returns the bytes from `offset`: at least one and at most `length` of them, none only at the end.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if the bytes cannot be had any more.
    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Error>;
}

impl Input for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.len());
        let end = start.saturating_add(length).min(self.len());
        Ok(self[start..end].to_vec())
    }
}

/// Why a file cannot be split into records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The file has no bytes, or only blank lines.
    #[error("the file is empty")]
    Empty,
    /// Every line is a comment.
    #[error("the file holds nothing but comments")]
    OnlyComments,
    /// The first bytes are those of something else than a table of text.
    #[error("the file is {}, not a table of text", kind.name())]
    NotTable {
        /// What they look like.
        kind: Foreign,
        /// Byte offset of the first sign of it, from 0.
        offset: u64,
    },
    /// The file is text, but in UTF-16.
    #[error("the file is written in UTF-16")]
    Utf16 {
        /// Whether the first byte of two is the one that counts more.
        is_big_endian: bool,
    },
    /// A quote opens in this line and never closes; more than that line is swallowed.
    #[error(
        "the quote opened in the record at line {line} is never closed (the file ends at line {last_line})"
    )]
    UnclosedQuote {
        /// Line where the record starts, from 1.
        line: u64,
        /// Last line of the file, from 1.
        last_line: u64,
    },
    /// A comment in this line names other columns than the one before.
    #[error("the comment at line {line} names other columns")]
    OtherColumns {
        /// Line of the comment, from 1.
        line: u64,
    },
    /// One record is larger than the limit.
    #[error("the record at line {line} is longer than {limit} bytes")]
    RecordTooLong {
        /// Line where the record starts, from 1.
        line: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file could not be read at this offset.
    #[error("bytes from {offset} could not be read: {reason}")]
    Unreadable {
        /// Byte offset, from 0.
        offset: u64,
        /// The reader's own words.
        reason: String,
    },
}
