//! Sessions and scores to the bytes of files, as pandas writes them.
//!
//! Takes the log again, row by row, because its text is not kept. Gives bytes in pieces, so that a file larger than
//! memory can be written. Knows nothing of downloads.

pub mod anonymise;
mod echo;
mod explained;
pub mod figure;
mod guard;
mod header;
pub mod html;
mod one_hot;

pub use explained::Explained;

use echo::{Echo, Pieces};
use explained::ExplainedCells;
use guard::guard_cells;
pub(crate) use header::unique_names;
use one_hot::OneHot;

use serde::{Deserialize, Serialize};

use crate::features::StandardScaler;
use crate::features::selection::Selection;
use crate::features::statistics::Describe;
use crate::filter::Verdict;
use crate::report::{FeatureSummary, Scoring};
use crate::source::{self, Input, RowReader, field_text};
use crate::table::Data;
use crate::traffic::{AVG_PACKET_SIZE, DURATION, Role, Series, Sessions};
use anonymise::Anonymiser;

/// Cells that pandas writes at once: of these rows times have one form.
const CELLS_AT_ONCE: usize = 100_000;

/// Bytes handed on at once.
const PIECE_BYTES: usize = 1 << 20;

/// A file that can be downloaded; the plot is drawn on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum File {
    /// `suspicious_results.csv`: the flagged rows in input order, as the notebook writes them.
    Suspicious,
    /// `traffic_stats_summary.csv`: `describe()` of the features.
    Summary,
    /// `scored_sessions.csv`: every row in input order, with score and rank.
    Scored,
    /// `isolog_report.html`: the result to read, keep and print.
    Report,
}

impl File {
    /// Returns the file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspicious => "suspicious_results.csv",
            Self::Summary => "traffic_stats_summary.csv",
            Self::Scored => "scored_sessions.csv",
            Self::Report => "isolog_report.html",
        }
    }

    /// Returns the file's media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Report => "text/html",
            Self::Suspicious | Self::Summary | Self::Scored => "text/csv",
        }
    }
}

/// Whether cells that a spreadsheet would run as a formula are defused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormulaGuard {
    /// A `'` is put before text that starts with `=`, `+`, `-`, `@` or one of their full-width forms, also after blanks and
    /// characters without width, and before text that starts with a tab or a line break (CWE-1236); numbers and AWS's lone
    /// `-` stay as they are. Names of columns are text too.
    On,
    /// Cells are written as they are, byte for byte what pandas writes.
    Off,
}

/// How cells are written.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// Whether formulas are defused.
    pub guard: FormulaGuard,
    /// Gives pseudonyms for addresses and account numbers, in every text but those that are measured.
    pub anonymiser: Option<&'a Anonymiser>,
}

impl Manner<'_> {
    /// Defuses the cells of a record, if that is asked for.
    pub fn finish(self, cells: &mut [String]) {
        guard_cells(cells, self.guard);
    }

    /// Returns the header of a table: the names of the file's columns and those that are added, with pseudonyms, defused,
    /// none twice.
    pub(crate) fn header(self, of_file: Vec<String>, added: Vec<String>) -> Vec<String> {
        let write = |names: Vec<String>| {
            let mut names: Vec<String> = names.into_iter().map(|name| self.hide(name)).collect();
            self.finish(&mut names);
            names
        };
        // what is told apart by a mark at its end begins as before
        unique_names(write(of_file), write(added))
    }

    /// Puts pseudonyms into a text, if they are asked for.
    pub fn hide(self, text: String) -> String {
        match self.anonymiser.map(|anonymiser| anonymiser.text(&text)) {
            Some(std::borrow::Cow::Owned(replaced)) => replaced,
            _ => text,
        }
    }
}

/// One finished analysis, to be written.
#[derive(Debug, Clone, Copy)]
pub struct Analysis<'a> {
    /// The log.
    pub sessions: &'a Sessions,
    /// The features and the rows scored.
    pub selection: &'a Selection,
    /// The scaler, if the features were standardized.
    pub scaler: Option<&'a StandardScaler>,
    /// The scores.
    pub scoring: Scoring<'a>,
}

/// Writes `describe()` of the features as `DataFrame.to_csv` does.
pub fn summary(features: &[FeatureSummary], manner: Manner<'_>) -> Vec<u8> {
    let mut writer = writer(Vec::new());
    let mut line = |label: &str, values: Vec<String>| {
        writer
            .write_record(std::iter::once(label.to_owned()).chain(values))
            .expect("memory does not fail");
    };
    let names = features.iter().map(|feature| feature.name.clone());
    line("", manner.header(names.collect(), Vec::new()));
    for (name, of) in Describe::STATISTICS {
        let values = features.iter().map(|feature| float(of(&feature.describe)));
        line(name, values.collect());
    }
    writer.into_inner().expect("memory does not fail")
}

/// Writes the flagged rows, or every row with its score and rank, in input order; `sink` gets the file in pieces.
///
/// With `explained`, columns come after those that are there without: the score and the rank where they are not there
/// already, `stability` (the share of other seeds that flag a row, empty if none was tried) and `attribution_<feature>`
/// (by how much the feature makes the row suspicious, in edges; only the rows of [`Explained::rows`] have these).
///
/// # Errors
/// What the input says when it is read again.
///
/// # Panics
/// If the file has scores and not all rows were sorted in the ranking.
pub fn rows(
    analysis: Analysis<'_>,
    file: File,
    manner: Manner<'_>,
    explained: Option<Explained<'_>>,
    input: &mut dyn Input,
    sink: &mut dyn FnMut(Vec<u8>),
) -> Result<(), source::Error> {
    let columns = Columns::new(analysis, file);
    let scores = match (file, &explained) {
        (File::Scored, _) => Scores::BeforeVerdict,
        (_, Some(_)) => Scores::AfterVerdict,
        (_, None) => Scores::None,
    };
    let ranks = if scores != Scores::None {
        let scoring = analysis.scoring;
        scoring.ranking.ranks(scoring.scores)
    } else {
        Vec::new()
    };
    let sessions = analysis.sessions;
    let mut reader =
        RowReader::sequential(input, sessions.table.format, sessions.table.columns.len());
    let mut out = writer(Vec::with_capacity(PIECE_BYTES + (64 << 10)));
    let write = |out: &mut csv::Writer<Vec<u8>>, cells: &[String]| {
        out.write_record(cells).expect("memory does not fail")
    };

    let mut explained_cells = explained.map(|explained| ExplainedCells::new(analysis, explained));
    let mut cells = columns.header(scores, explained_cells.is_some(), manner);
    write(&mut out, &cells);

    let (mut position, mut n_written) = (0, 0);
    for row in 0..sessions.n_rows() {
        let scored = analysis
            .selection
            .rows
            .get(position)
            .is_some_and(|&scored| scored as usize == row)
            .then_some(position);
        position += usize::from(scored.is_some());
        let verdict = scored.map_or(Verdict::NotScored, |i| analysis.scoring.verdict(i));
        if file == File::Suspicious && verdict != Verdict::Suspicious {
            continue;
        }
        let place = sessions.table.place(row);
        let record = reader.read(place.start, place.length, place.checksum)?;
        cells.clear();
        columns.echo(row, n_written, record, manner, &mut cells);
        manner.finish(&mut cells);
        columns.append(row, scored, record, &mut cells);
        n_written += 1;
        let score_and_rank = |cells: &mut Vec<String>| {
            let score = scored.map(|i| float(analysis.scoring.scores[i]));
            let rank = scored.map(|i| ranks[i].to_string());
            cells.extend([score.unwrap_or_default(), rank.unwrap_or_default()]);
        };
        if scores == Scores::BeforeVerdict {
            score_and_rank(&mut cells);
        }
        cells.push(verdict.name().to_owned());
        if scores == Scores::AfterVerdict {
            score_and_rank(&mut cells);
        }
        if let Some(explained) = &mut explained_cells {
            explained.append(scored, &mut cells);
        }
        write(&mut out, &cells);
        if out.get_ref().len() >= PIECE_BYTES {
            sink(out.into_inner().expect("memory does not fail"));
            out = writer(Vec::with_capacity(PIECE_BYTES + (64 << 10)));
        }
    }
    sink(out.into_inner().expect("memory does not fail"));
    Ok(())
}

/// Where a row's score and rank are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scores {
    None,
    BeforeVerdict,
    AfterVerdict,
}

fn writer(buffer: Vec<u8>) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .flexible(true)
        .from_writer(buffer)
}

/// Writes a number as pandas does: the shortest digits that parse back, in Python's notation; nothing for NaN.
pub fn float(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    // of two shortest texts that are equally near it takes the even one, as Python does; Rust's own takes the upper one
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format(value);
    if let Some((digits, exponent)) = text.split_once('e') {
        return match exponent.strip_prefix('-') {
            Some(size) => format!("{digits}e-{size:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        };
    }
    // Python begins exponents one place sooner
    let (sign, size) = text.split_at(usize::from(value.is_sign_negative()));
    match size.strip_prefix("0.0000").map(|digits| digits.split_at(1)) {
        Some((first, "")) => format!("{sign}{first}e-05"),
        Some((first, rest)) => format!("{sign}{first}.{rest}e-05"),
        None => text.to_owned(),
    }
}

/// The columns of an export, in order.
struct Columns<'a> {
    analysis: Analysis<'a>,
    /// How each column is written, and whether its numbers are measured, so that they name nobody.
    echoes: Vec<(Echo<'a>, bool)>,
    /// The notebook's derived columns, and others that are features.
    derived: Vec<(&'static str, Series<'a>)>,
    /// The features, in the order of the selection.
    features: Vec<Series<'a>>,
    one_hot: OneHot<'a>,
    /// Rows that pandas writes at once.
    n_at_once: usize,
    /// The columns of bytes in and out whose sum is to be pandas' to the last digit.
    summed: Option<(usize, usize)>,
}

impl<'a> Columns<'a> {
    fn new(analysis: Analysis<'a>, file: File) -> Columns<'a> {
        let sessions = analysis.sessions;
        let names = &analysis.selection.names;
        let derived = sessions
            .derived
            .iter()
            .filter(|derived| {
                derived.is_of_notebook() || names.iter().any(|name| name == derived.name)
            })
            .filter_map(|derived| Some((derived.name, sessions.numbers(derived.name)?)));
        let derived: Vec<_> = derived.collect();
        let one_hot = OneHot::new(sessions);
        let n_scaled = analysis.scaler.map_or(0, |_| names.len());
        let n_columns =
            sessions.table.columns.len() + derived.len() + n_scaled + one_hot.names.len() + 1;
        let n_at_once = (CELLS_AT_ONCE / n_columns).max(1);
        let is_suspicious = |&(i, _): &(usize, &u32)| {
            file == File::Suspicious && analysis.scoring.verdict(i) == Verdict::Suspicious
        };
        let rows = analysis.selection.rows.iter().enumerate();
        let rows: Vec<u32> = rows.filter(is_suspicious).map(|(_, &row)| row).collect();
        let pieces = Pieces {
            rows: &rows,
            n_at_once,
        };
        let echo = |column| match file {
            File::Suspicious => Echo::as_pandas(sessions, column, pieces),
            File::Summary | File::Scored | File::Report => Echo::Unchanged,
        };
        let summed = sessions.roles.column(Role::BytesIn);
        let summed = summed.zip(sessions.roles.column(Role::BytesOut));
        Columns {
            analysis,
            echoes: (0..sessions.table.columns.len())
                .map(|column| (echo(column), analysis.measures(column)))
                .collect(),
            derived,
            features: names
                .iter()
                .filter_map(|name| sessions.numbers(name))
                .collect(),
            one_hot,
            n_at_once,
            summed: summed.filter(|_| file == File::Suspicious),
        }
    }

    fn header(&self, scores: Scores, with_explanations: bool, manner: Manner<'_>) -> Vec<String> {
        let sessions = self.analysis.sessions;
        let derived = self.derived.iter().map(|(name, _)| (*name).to_owned());
        let scaled = self
            .analysis
            .selection
            .names
            .iter()
            .filter(|_| self.analysis.scaler.is_some())
            .map(|name| format!("scaled_{name}"));
        let verdict = match scores {
            Scores::None => &["anomaly"][..],
            Scores::BeforeVerdict => &["score", "rank", "anomaly"],
            Scores::AfterVerdict => &["anomaly", "score", "rank"],
        };
        let names = &self.analysis.selection.names;
        let explanations = std::iter::once("stability".to_owned())
            .chain(names.iter().map(|name| format!("attribution_{name}")))
            .filter(|_| with_explanations);
        let added = derived
            .chain(scaled)
            .chain(self.one_hot.names.iter().cloned())
            .chain(verdict.iter().map(|&name| name.to_owned()))
            .chain(explanations);
        let of_file = sessions.table.columns.iter();
        let of_file = of_file.map(|column| column.name.clone());
        manner.header(of_file.collect(), added.collect())
    }

    fn echo(
        &self,
        row: usize,
        n_written: usize,
        record: &csv::ByteRecord,
        manner: Manner<'_>,
        cells: &mut Vec<String>,
    ) {
        for ((echo, is_measure), field) in self.echoes.iter().zip(record) {
            let (text, _) = field_text(field);
            let pseudonym = match manner.anonymiser {
                Some(anonymiser) if !is_measure => anonymiser.text(&text),
                _ => std::borrow::Cow::Borrowed(text.as_ref()),
            };
            cells.push(match pseudonym {
                std::borrow::Cow::Owned(replaced) => replaced,
                std::borrow::Cow::Borrowed(_) => echo.cell(row, n_written / self.n_at_once, &text),
            });
        }
    }

    /// Returns what pandas makes of integers that are too large for an f64.
    fn bytes_per_second(
        &self,
        row: usize,
        (bytes_in, bytes_out): (usize, usize),
        record: &csv::ByteRecord,
    ) -> Option<f64> {
        let sessions = self.analysis.sessions;
        let forms = |column: usize| &sessions.table.columns[column].seen.forms;
        let text = |column| field_text(record.get(column).unwrap_or_default()).0;
        let (a, b) = (text(bytes_in), text(bytes_out));
        let sum = forms(bytes_in).sum(&a, forms(bytes_out), &b)?;
        Some(sum / sessions.numbers(DURATION)?.number(row))
    }

    fn append(
        &self,
        row: usize,
        scored: Option<usize>,
        record: &csv::ByteRecord,
        cells: &mut Vec<String>,
    ) {
        cells.extend(self.derived.iter().map(|(name, series)| {
            let exact = self.summed.filter(|_| *name == AVG_PACKET_SIZE);
            let exact = exact.and_then(|columns| self.bytes_per_second(row, columns, record));
            float(exact.unwrap_or_else(|| series.number(row)))
        }));
        if let Some(scaler) = self.analysis.scaler {
            let scaled =
                |(i, series): (usize, &Series<'_>)| float(scaler.transform(i, series.number(row)));
            cells.extend(
                self.features
                    .iter()
                    .enumerate()
                    .map(|feature| match scored {
                        Some(_) => scaled(feature),
                        None => String::new(),
                    }),
            );
        }
        let text = |column| field_text(record.get(column).unwrap_or_default()).0;
        self.one_hot.append(row, text, cells);
    }
}

impl Analysis<'_> {
    /// Whether a column of the file holds numbers that are measured or moments, not names that look like numbers.
    pub fn measures(&self, column: usize) -> bool {
        let sessions = self.sessions;
        let described = &sessions.table.columns[column];
        let is_feature = || self.selection.names.contains(&described.name);
        match &described.data {
            Data::Numbers(_) => {
                described.malformed.tally.count == 0
                    && (sessions.roles.of(column).is_some() || is_feature())
            }
            Data::Times(_) => described.malformed.tally.count == 0,
            Data::Categories(_) | Data::NotKept => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_as_pandas_writes_them() {
        let cases = [
            (600.0, "600.0"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1e16, "1e+16"),
            (9.9e-5, "9.9e-05"),
            (1.5e-7, "1.5e-07"),
            (5e-324, "5e-324"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e-4, "0.0001"),
            (1.5e300, "1.5e+300"),
            (1e-5, "1e-05"),
            (-9.25e-5, "-9.25e-05"),
            (-1e-5, "-1e-05"),
            // halfway between two texts of 17 digits; as Python 3.11 writes them
            (467_432_077.0 / 4096.0, "114119.15942382812"),
            (374_655_137.0 / 4096.0, "91468.53930664062"),
            (5e-324 * 2.0, "1e-323"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, ""),
        ];
        for (value, text) in cases {
            assert_eq!(float(value), text);
        }
    }
}
