//! The worker protocol: typed requests and replies, and one pure [`run`] that answers them.
//!
//! One worker, the *lead*, holds the log at its [`Desk`]. The others are *helpers*: they answer [`Request::Read`] and
//! [`Request::Score`], which carry all that they need. Reading is shared out by byte ranges, which the lead takes in in
//! the order of the file ([`Reading`] keeps the books); scoring by rows. So the number of workers cannot show in the
//! result. Bulk data travels as bytes that the browser can transfer without a copy. Native tests call the same [`run`]; only a range is read
//! otherwise in a browser, by its [`ReadRange::reader`], which takes bytes as they come.

mod comparison;
mod desk;
mod packed;
mod reading;
mod why;

pub use desk::{Desk, run};
pub use reading::{Reading, n_helpers_worth};
pub use why::{Driver, Drivers, Explanation, OtherSeed, Part, RowSureness, Sureness, Trial};

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::export::anonymise::Key;
use crate::export::html::Cover;
use crate::export::{self, FormulaGuard};
use crate::features::selection::{self, Lack};
use crate::filter::{self, Condition, Known, Verdict};
use crate::forest::{Contamination, ParamError, Params};
use crate::report::{Picture, Query, Report};
use crate::source::{self, Input};
use crate::table::{self, Absorbed, Schema, Shard, ShardReader};
use crate::traffic::{ColumnChoices, Label, Overview};

/// What an analysis is asked to do; the default is the notebook's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Parameters of the forest.
    pub params: Params,
    /// Names of the features.
    pub features: Vec<String>,
    /// Whether the features are standardized first.
    pub scale: bool,
    /// Whether of equal rows only the first stays.
    pub drop_duplicates: bool,
    /// What somebody chose for columns, in place of what their names and cells say.
    pub columns: ColumnChoices,
}

/// What a worker is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read the head of the input, and begin an empty table.
    Open {
        /// Whether of equal rows only the first stays.
        drop_duplicates: bool,
        /// What somebody chose for columns.
        columns: ColumnChoices,
    },
    /// Read the rows that begin in a range.
    Read(ReadRange),
    /// Take in the rows of the next range.
    Absorb {
        /// What was read.
        shard: Box<Shard>,
        /// Byte offset where the range ends.
        end: u64,
    },
    /// End the table: every range is in.
    Close,
    /// Choose the features, scale them, grow the forest.
    Fit {
        /// What to do.
        settings: Settings,
        /// Into how many shards the rows are split for scoring, at least 1.
        n_shards: usize,
    },
    /// Score some rows with a forest.
    Score {
        /// [`crate::forest::Forest::to_bytes`].
        forest: ByteBuf,
        /// [`crate::features::Rows::to_le_bytes`].
        rows: ByteBuf,
    },
    /// Do what the report needs beside the scores, while helpers score; without this the report does it itself.
    Prepare,
    /// Keep scores of a new forest for the report.
    KeepScores {
        /// Position of the first row.
        first: u64,
        /// [`Reply::Scored`].
        scores: ByteBuf,
    },
    /// Set the threshold and build the report, of the scores kept since the forest was grown or else those of the last one.
    Report {
        /// Where to put the threshold.
        contamination: Contamination,
        /// The column to measure the scores by, if any.
        label: Option<Label>,
        /// Whether the threshold is still being moved: then the next result is not compared with this one, but with the
        /// last on which it stood still.
        is_moving: bool,
        /// The allow-list: a row below the threshold that it covers is not suspicious.
        known: Vec<Known>,
    },
    /// Show some of the suspicious rows.
    Flagged {
        /// How many more suspicious rows come before the first one to show.
        first: u32,
        /// How many to show at most.
        n: u32,
    },
    /// Show the sessions that some conditions leave, in every view.
    Look(Box<Query>),
    /// Show some rows of the table of sessions.
    Sessions {
        /// The conditions.
        conditions: Vec<Condition>,
        /// Time zone of [`crate::filter::Test::OnHours`].
        zone: String,
        /// The order of the rows.
        order: Order,
        /// How many rows come before the first one to show.
        first: u32,
        /// How many to show at most.
        n: u32,
        /// A row of the table whose place among those that are left is asked for.
        find: Option<u32>,
    },
    /// Do the work of an analysis on the input, a made-up log of the notebook's columns, so that the next one finds its code
    /// compiled and its memory there; the desk stays as it is.
    WarmUp,
    /// Compute the SHA-256 of the input.
    Digest,
    /// Write a file.
    Export {
        /// Which one.
        file: export::File,
        /// Whether formulas are defused.
        guard: FormulaGuard,
        /// Whether columns are added that say how sure a flag is and what each feature adds to it.
        with_explanations: bool,
        /// The secret of the pseudonyms that stand for addresses and account numbers; `None` keeps the originals.
        key: Option<Key>,
        /// What the page knows of the run, for [`export::File::Report`].
        cover: Option<Box<Cover>>,
    },
    /// Derive the secret of pseudonyms from a phrase, which takes a while on purpose.
    Key {
        /// The phrase.
        pass_phrase: String,
    },
    /// Name the features that make suspicious rows stand apart.
    Reasons {
        /// The rows of the table, from 0; those that are not suspicious are answered with nothing.
        rows: Vec<u32>,
    },
    /// Explain suspicious rows in full.
    Explain {
        /// How many more suspicious rows come before the first one.
        first: u32,
        /// How many at most.
        n: u32,
    },
    /// Explain any scored rows in full, by their row of the table, from 0; those that were not scored are left out.
    ExplainRows {
        /// The rows.
        rows: Vec<u32>,
    },
    /// Say what drives the flags of the whole result: asked again until it is answered, so that other requests have their
    /// turn in between.
    Importance,
    /// Give scored rows as the forest sees them, for a helper to keep.
    Rows {
        /// Position of the first one.
        first: u64,
        /// How many at most.
        n: u64,
    },
    /// Keep rows for [`Request::Refit`].
    Keep {
        /// [`crate::features::Rows::to_le_bytes`].
        rows: ByteBuf,
        /// Features of a row.
        n_features: u32,
        /// Position of the first one: 0 forgets the rows kept before, others must follow them.
        first: u64,
    },
    /// Fit the rows kept with another seed, and flag them anew.
    Refit {
        /// The parameters but for the seed.
        params: Params,
        /// The seed.
        seed: u32,
    },
    /// Give some scored rows and the forest, for a helper to attribute them.
    ToAttribute {
        /// Position of the first one.
        first: u64,
        /// How many at most.
        n: u64,
    },
    /// Attribute rows to the features: what [`Reply::ToAttribute`] holds.
    Attribute {
        /// [`crate::forest::Forest::to_bytes`].
        forest: ByteBuf,
        /// [`crate::features::Rows::to_le_bytes`].
        rows: ByteBuf,
    },
    /// Keep what was attributed, for the files: they need not do it again.
    KeepAttributed {
        /// Position of the first row.
        first: u64,
        /// [`Reply::Attributed`].
        suspicions: ByteBuf,
    },
    /// Say how sure some flags are.
    Sureness {
        /// What one more seed flags, to be counted first.
        other: Option<OtherSeed>,
        /// The rows of the table, from 0; those that are not scored are answered with nothing.
        rows: Vec<u32>,
    },
}

/// A range of the input to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadRange {
    /// How to read it; `None` if that is not known yet: then each reader finds it in the head of the input, where nobody chose
    /// how columns are read.
    pub schema: Option<Schema>,
    /// Byte offset where the range begins; what it has of the input's head is passed over.
    pub start: u64,
    /// Byte offset where it ends.
    pub end: u64,
    /// Whether a record is known to begin at `start`.
    pub is_exact: bool,
    /// Keys the hash that finds duplicates, so that no file can be made to collide; the result does not depend on it.
    /// `None` if duplicates are kept.
    pub hash_key: Option<[u8; 16]>,
}

impl ReadRange {
    /// Returns how to read it, if need be from the head of the input.
    ///
    /// # Errors
    /// As [`Schema::read`].
    pub fn schema(&self, input: &mut dyn Input) -> Result<Cow<'_, Schema>, table::Error> {
        match &self.schema {
            Some(schema) => Ok(Cow::Borrowed(schema)),
            None => Schema::read(input).map(Cow::Owned),
        }
    }

    fn range(&self, schema: &Schema) -> Range<u64> {
        self.start.max(schema.start)..self.end
    }

    /// Returns the bytes that reading it takes from the input at first.
    pub fn stretch(&self, schema: &Schema) -> Range<u64> {
        ShardReader::stretch(&self.range(schema), self.is_exact)
    }

    /// Returns what reads it.
    pub fn reader<'a>(&'a self, schema: &'a Schema, input: &'a mut dyn Input) -> ShardReader<'a> {
        ShardReader::new(
            input,
            schema,
            self.range(schema),
            self.is_exact,
            self.hash_key.as_ref(),
        )
    }
}

/// What a worker answers. Every request ends with one reply other than `Progress` and `Piece`, or with an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// How far the request is.
    Progress(Progress),
    /// The next piece of the file being written.
    Piece(ByteBuf),
    /// The head of the input is read.
    Opened(Schema),
    /// A range is read.
    Read(Box<Shard>),
    /// A shard is taken in, or refused.
    Absorbed {
        /// What became of it.
        absorbed: Absorbed,
        /// Rows of the file so far.
        n_rows: u64,
    },
    /// The table is complete.
    Closed(#[serde(with = "packed")] Box<Overview>),
    /// The forest is grown.
    Fitted {
        /// [`crate::forest::Forest::to_bytes`].
        forest: ByteBuf,
        /// The rows in order.
        shards: Vec<RowShard>,
        /// Number of rows in all shards.
        n_rows: u64,
    },
    /// Rows are scored.
    Scored {
        /// `score_samples` of each row as little-endian f64.
        scores: ByteBuf,
    },
    /// What does not depend on the scores is done.
    Prepared,
    /// The report is built.
    Reported(#[serde(with = "packed")] Box<Report>),
    /// The suspicious rows asked for, most suspicious first.
    Flagged(Vec<FlaggedRow>),
    /// What the views show.
    Seen(#[serde(with = "packed")] Box<Picture>),
    /// Rows of the table of sessions.
    Sessions {
        /// How many the conditions leave.
        n_rows: u64,
        /// The rows asked for.
        rows: Vec<SessionRow>,
        /// How many rows come before the one to find; `None` if the conditions leave it out.
        place: Option<u32>,
    },
    /// The made-up log is done with.
    Warm(Box<Rehearsal>),
    /// The SHA-256 of the input.
    Digest {
        /// In hexadecimal digits.
        sha256: String,
    },
    /// All pieces of the file were sent.
    Exported,
    /// The secret is derived.
    Key(Key),
    /// The features that make each of the rows asked for stand apart.
    Reasons(Vec<String>),
    /// The suspicious rows asked for, most suspicious first.
    Explained(Vec<Explanation>),
    /// What drives the flags; `None` while rows are still to be explained.
    Importance(Option<Box<Drivers>>),
    /// The rows asked for.
    Rows {
        /// [`crate::features::Rows::to_le_bytes`].
        rows: ByteBuf,
        /// Features of a row.
        n_features: u32,
        /// Number of scored rows in all.
        total: u64,
    },
    /// What a helper needs to attribute rows.
    ToAttribute {
        /// [`crate::forest::Forest::to_bytes`].
        forest: ByteBuf,
        /// [`crate::features::Rows::to_le_bytes`].
        rows: ByteBuf,
    },
    /// Rows are attributed.
    Attributed {
        /// By how much each feature makes each row suspicious, in edges: row-major little-endian f64.
        suspicions: ByteBuf,
    },
    /// What was to be kept is.
    Kept,
    /// The rows kept are fitted with another seed.
    Refitted {
        /// Positions of the flagged rows as little-endian u32, ascending.
        flagged: ByteBuf,
    },
    /// How sure some flags are.
    Sureness(Box<Sureness>),
}

/// Scored rows that follow each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowShard {
    /// Position of the first one.
    pub first: u64,
    /// [`crate::features::Rows::to_le_bytes`].
    pub rows: ByteBuf,
}

/// A suspicious row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlaggedRow {
    /// Row of the table, from 0.
    pub row: u32,
    /// Line of the file, from 1.
    pub line: u32,
    /// scikit-learn's `score_samples`: the lower, the more suspicious.
    pub score: f64,
    /// The fields as they stand in the file, unquoted.
    pub cells: Vec<String>,
}

/// A row of the table of sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Row of the table, from 0.
    pub row: u32,
    /// Line of the file, from 1.
    pub line: u32,
    /// What became of it.
    pub verdict: Verdict,
    /// scikit-learn's `score_samples`; `None` if it was not scored.
    pub score: Option<f64>,
    /// 1 is the most suspicious; equal scores share the smaller rank.
    pub rank: Option<u32>,
    /// The fields as they stand in the file, unquoted.
    pub cells: Vec<String>,
    /// Derived values, in the order of the derived columns of the [`Overview`]; NaN where an input is missing.
    pub derived: Vec<f64>,
    /// The first feature that it lacks and what is wrong with it, if it was not scored.
    pub lacks: Option<Lack>,
}

/// The order of the table of sessions; equal rows stay in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    /// What it goes by.
    pub by: OrderBy,
    /// Whether the largest comes first. Rows without a value come last either way.
    pub is_descending: bool,
}

/// What the table of sessions is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderBy {
    /// The line of the file.
    Line,
    /// The score: the lowest is the most suspicious.
    Score,
    /// A column of the file or derived: numbers and times by value, text by its characters.
    Column(String),
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Units done: bytes when opening, trees when fitting, rows when scoring.
    pub done: u64,
    /// Units in all.
    pub total: u64,
    /// Rows read so far, when opening; 0 otherwise.
    pub n_rows: u64,
}

/// A made-up log and its result, for a page that is to be ready for others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The log.
    pub overview: Overview,
    /// Its result.
    pub report: Report,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The input does not make a table.
    #[error(transparent)]
    Table(#[from] table::Error),
    /// The input cannot be read again.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// The features cannot be used.
    #[error(transparent)]
    Selection(#[from] selection::Error),
    /// A parameter of the forest does not fit the data.
    #[error(transparent)]
    Params(#[from] ParamError),
    /// A condition cannot be asked of this log.
    #[error(transparent)]
    Filter(#[from] filter::Error),
    /// Something was asked before what it needs was done, or a message made no sense: a bug of ours.
    #[error("protocol: {what}")]
    Protocol {
        /// What was wrong.
        what: String,
    },
}

impl Error {
    fn protocol(what: impl Into<String>) -> Error {
        Error::Protocol { what: what.into() }
    }
}
