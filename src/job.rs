//! The worker protocol: typed requests and replies, and one pure [`run`] that answers them.
//!
//! One worker, the *lead*, holds the log at its [`Desk`]: it answers [`Request::Open`], [`Request::Fit`],
//! [`Request::Report`], [`Request::Rows`] and [`Request::Export`]. Any worker answers [`Request::Score`], which carries
//! all that it needs: scoring is shared out by rows, so the number of workers cannot show in the result. Bulk data
//! travels as bytes that the browser can transfer without a copy. Native tests call the same [`run`].

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::export::{self, Analysis, FormulaGuard};
use crate::features::selection::{self, Selection};
use crate::features::{Matrix, StandardScaler};
use crate::forest::{self, Contamination, Forest, ParamError, Params};
use crate::report::{Report, Scoring, summarize};
use crate::source::{self, Input, RowReader, field_text};
use crate::table::{self, Duplicates, Table};
use crate::traffic::{Overview, Sessions};

/// Rows scored between two reports of progress.
const PROGRESS_ROWS: usize = 16_384;

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
}

/// What a worker is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read the input into the lead's desk.
    Open {
        /// What becomes of rows that repeat.
        duplicates: Duplicates,
    },
    /// Choose the features, scale them, grow the forest.
    Fit {
        /// What to do.
        settings: Settings,
        /// Into how many shards the rows are split for scoring, at least 1.
        n_shards: usize,
    },
    /// Score some rows with a forest.
    Score {
        /// [`Forest::to_bytes`].
        forest: ByteBuf,
        /// [`Matrix::to_le_bytes`].
        rows: ByteBuf,
    },
    /// Set the threshold and build the report.
    Report {
        /// The scores of each shard as little-endian f64, in order; `None` keeps those of the last report.
        scores: Option<Vec<ByteBuf>>,
        /// Where to put the threshold.
        contamination: Contamination,
    },
    /// Read some rows' text again.
    Rows {
        /// Rows of the table, from 0.
        rows: Vec<u32>,
    },
    /// Write a file.
    Export {
        /// Which one.
        file: export::File,
        /// Whether formulas are defused.
        guard: FormulaGuard,
    },
}

/// What a worker answers. Every request ends with one reply other than `Progress` and `Piece`, or with an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// How far the request is.
    Progress(Progress),
    /// The next piece of the file being written.
    Piece(ByteBuf),
    /// The input is read.
    Opened(Overview),
    /// The forest is grown.
    Fitted {
        /// [`Forest::to_bytes`].
        forest: ByteBuf,
        /// [`Matrix::to_le_bytes`] of each shard of rows, in order.
        shards: Vec<ByteBuf>,
        /// Number of rows in all shards.
        n_rows: u64,
    },
    /// Rows are scored.
    Scored {
        /// `score_samples` of each row as little-endian f64.
        scores: ByteBuf,
    },
    /// The report is built.
    Reported(Box<Report>),
    /// The text of the rows asked for, in that order.
    Rows(Vec<RowText>),
    /// All pieces of the file were sent.
    Exported,
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

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowText {
    /// Row of the table, from 0.
    pub row: u32,
    /// Line of the file, from 1.
    pub line: u32,
    /// The fields, unquoted.
    pub cells: Vec<String>,
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

/// What a worker holds between two requests.
#[derive(Debug, Default)]
pub struct Desk {
    sessions: Option<Sessions>,
    fitted: Option<Fitted>,
    scored: Option<Scored>,
}

#[derive(Debug)]
struct Fitted {
    selection: Selection,
    scaler: Option<StandardScaler>,
}

#[derive(Debug)]
struct Scored {
    scores: Vec<f64>,
    threshold: f64,
}

impl Desk {
    fn sessions(&self) -> Result<&Sessions, Error> {
        self.sessions
            .as_ref()
            .ok_or_else(|| Error::protocol("no log is open"))
    }

    fn analysis(&self) -> Result<Analysis<'_>, Error> {
        let (Some(fitted), Some(scored)) = (&self.fitted, &self.scored) else {
            return Err(Error::protocol("nothing is scored"));
        };
        Ok(Analysis {
            sessions: self.sessions()?,
            selection: &fitted.selection,
            scaler: fitted.scaler.as_ref(),
            scoring: Scoring {
                scores: &scored.scores,
                threshold: scored.threshold,
            },
        })
    }
}

/// Answers one request; `tell` gets the replies that come before the last one.
///
/// # Errors
/// See [`Error`]. The desk keeps what it held before a request that failed, except that a failed `Open` empties it.
pub fn run(
    desk: &mut Desk,
    request: Request,
    input: &mut dyn Input,
    tell: &mut dyn FnMut(Reply),
) -> Result<Reply, Error> {
    match request {
        Request::Open { duplicates } => open(desk, duplicates, input, tell),
        Request::Fit { settings, n_shards } => fit(desk, &settings, n_shards, tell),
        Request::Score { forest, rows } => score(&forest, &rows, tell),
        Request::Report {
            scores,
            contamination,
        } => report(desk, scores, contamination),
        Request::Rows { rows } => read_rows(desk, &rows, input),
        Request::Export { file, guard } => write_file(desk, file, guard, input, tell),
    }
}

fn open(
    desk: &mut Desk,
    duplicates: Duplicates,
    input: &mut dyn Input,
    tell: &mut dyn FnMut(Reply),
) -> Result<Reply, Error> {
    *desk = Desk::default();
    let total = input.size();
    let table = Table::read(input, duplicates, &mut |done, n_rows| {
        tell(Reply::Progress(Progress {
            done,
            total,
            n_rows,
        }))
    })?;
    let sessions = desk.sessions.insert(Sessions::from_table(table));
    Ok(Reply::Opened(sessions.overview()))
}

fn fit(
    desk: &mut Desk,
    settings: &Settings,
    n_shards: usize,
    tell: &mut dyn FnMut(Reply),
) -> Result<Reply, Error> {
    let sessions = desk.sessions()?;
    let selection = Selection::choose(sessions, &settings.features)?;
    let scaler = settings.scale.then(|| {
        let columns = selection.columns(sessions);
        StandardScaler::fit(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
    });
    let matrix = selection.matrix(sessions, scaler.as_ref());
    let params = settings
        .params
        .check(matrix.n_rows(), matrix.n_features())?;
    let forest = Forest::fit(&matrix, &params, &mut |done, total| {
        tell(Reply::Progress(Progress {
            done: done as u64,
            total: total as u64,
            n_rows: 0,
        }));
    });
    let n_rows = matrix.n_rows();
    let shards = shard_bounds(n_rows, n_shards)
        .map(|rows| ByteBuf::from(matrix.rows(rows).to_le_bytes()))
        .collect();
    desk.fitted = Some(Fitted { selection, scaler });
    desk.scored = None;
    Ok(Reply::Fitted {
        forest: ByteBuf::from(forest.to_bytes()),
        shards,
        n_rows: n_rows as u64,
    })
}

/// Splits rows into shards of almost equal size, in order; never an empty one, except for no rows at all.
fn shard_bounds(n_rows: usize, n_shards: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let n_shards = n_shards.clamp(1, n_rows.max(1));
    (0..n_shards).map(move |i| n_rows * i / n_shards..n_rows * (i + 1) / n_shards)
}

fn score(forest: &[u8], rows: &[u8], tell: &mut dyn FnMut(Reply)) -> Result<Reply, Error> {
    let forest = Forest::from_bytes(forest).map_err(|error| Error::protocol(error.to_string()))?;
    let matrix = Matrix::from_le_bytes(rows, forest.n_features())
        .map_err(|error| Error::protocol(error.to_string()))?;
    let total = matrix.n_rows();
    let mut bytes = Vec::with_capacity(total * size_of::<f64>());
    for start in (0..total).step_by(PROGRESS_ROWS) {
        let end = (start + PROGRESS_ROWS).min(total);
        for score in forest.score_samples(matrix.rows(start..end)) {
            bytes.extend_from_slice(&score.to_le_bytes());
        }
        tell(Reply::Progress(Progress {
            done: end as u64,
            total: total as u64,
            n_rows: 0,
        }));
    }
    Ok(Reply::Scored {
        scores: ByteBuf::from(bytes),
    })
}

fn report(
    desk: &mut Desk,
    scores: Option<Vec<ByteBuf>>,
    contamination: Contamination,
) -> Result<Reply, Error> {
    let sessions = desk
        .sessions
        .as_ref()
        .ok_or_else(|| Error::protocol("no log is open"))?;
    let fitted = desk
        .fitted
        .as_ref()
        .ok_or_else(|| Error::protocol("no forest is grown"))?;
    let scores = match scores {
        Some(shards) => doubles(&shards),
        None => {
            desk.scored
                .take()
                .ok_or_else(|| Error::protocol("nothing is scored"))?
                .scores
        }
    };
    if scores.len() != fitted.selection.rows.len() {
        return Err(Error::protocol(format!(
            "{} scores for {} rows",
            scores.len(),
            fitted.selection.rows.len()
        )));
    }
    let threshold = forest::threshold(&scores, contamination);
    let report = Report::build(
        sessions,
        &fitted.selection,
        Scoring {
            scores: &scores,
            threshold,
        },
    );
    desk.scored = Some(Scored { scores, threshold });
    Ok(Reply::Reported(Box::new(report)))
}

fn doubles(shards: &[ByteBuf]) -> Vec<f64> {
    let chunks = shards.iter().flat_map(|shard| shard.as_chunks::<8>().0);
    chunks.map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

fn read_rows(desk: &Desk, rows: &[u32], input: &mut dyn Input) -> Result<Reply, Error> {
    let table = &desk.sessions()?.table;
    let mut reader = RowReader::scattered(input, table.format);
    let texts = rows
        .iter()
        .filter(|&&row| (row as usize) < table.n_rows())
        .map(|&row| {
            let place = table.place(row as usize);
            let record = reader.read(place.start, place.length)?;
            let cells = record
                .iter()
                .map(|field| field_text(field).0.into_owned())
                .collect();
            Ok(RowText {
                row,
                line: place.line,
                cells,
            })
        });
    Ok(Reply::Rows(texts.collect::<Result<_, Error>>()?))
}

fn write_file(
    desk: &Desk,
    file: export::File,
    guard: FormulaGuard,
    input: &mut dyn Input,
    tell: &mut dyn FnMut(Reply),
) -> Result<Reply, Error> {
    let analysis = desk.analysis()?;
    let mut sink = |piece| tell(Reply::Piece(ByteBuf::from(piece)));
    match file {
        export::File::Summary => sink(export::summary(&summarize(
            analysis.sessions,
            &analysis.selection.names,
        ))),
        export::File::Suspicious | export::File::Scored => {
            export::rows(analysis, file, guard, input, &mut sink)?
        }
    }
    Ok(Reply::Exported)
}
