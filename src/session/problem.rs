//! Problems in words: what happened, where, what to try. The one place for them.

use super::conversion;
use crate::charts::format::{counted, format_count};
use crate::features::selection;
use crate::filter;
use crate::forest::ParamError;
use crate::job;
use crate::source::{self, Archive, Foreign, LineLog};
use crate::table;
use crate::traffic::Note;

/// Whose problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The file cannot be used as it is.
    File,
    /// A setting does not fit.
    Setting,
    /// The program or the browser gave up: ours to fix.
    Bug,
}

/// A problem, as the user reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whose it is.
    pub kind: Kind,
    /// What happened, and where: one sentence.
    pub what: String,
    /// What to try.
    pub hint: String,
    /// A program in Python that does what the hint says.
    pub program: Option<&'static str>,
}

impl Problem {
    /// A problem with the file.
    pub fn file(what: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            kind: Kind::File,
            what: what.into(),
            hint: hint.into(),
            program: None,
        }
    }

    /// A folder was given where a file is wanted.
    pub fn folder(name: &str) -> Problem {
        Problem::file(
            format!("“{name}” is a folder, not a file."),
            "Open the folder and drop the log that is in it.",
        )
    }

    /// The same, with a program that helps.
    fn with(self, program: Option<&'static str>) -> Problem {
        Problem { program, ..self }
    }

    /// A setting that does not fit.
    pub fn setting(what: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            kind: Kind::Setting,
            what: what.into(),
            hint: hint.into(),
            program: None,
        }
    }

    /// A failure of ours.
    pub fn bug(what: impl Into<String>) -> Problem {
        let hint = "Nothing was sent and your file is untouched. Try again; if it comes back, please report it with this text.";
        Problem {
            kind: Kind::Bug,
            what: what.into(),
            hint: hint.to_owned(),
            program: None,
        }
    }

    /// A worker that died at work.
    pub fn worker_died(doing: &str, why: &str) -> Problem {
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(" ({why})")
        };
        Problem {
            kind: Kind::Bug,
            what: format!("The worker stopped while {doing}{why}."),
            hint: "Your file is untouched and nothing was sent. Close other tabs to free memory or try fewer features or trees, \
                   then press Run again."
                .to_owned(),
            program: None,
        }
    }

    /// Puts a failed request into words.
    pub fn from_error(error: &job::Error) -> Problem {
        match error {
            job::Error::Table(error) => table_problem(error),
            job::Error::Source(error) => source_problem(error),
            job::Error::Selection(error) => selection_problem(error),
            job::Error::Params(error) => Problem::setting(
                param_sentence(error),
                "Change that setting, then press Run again.",
            ),
            job::Error::Filter(error) => filter_problem(error),
            job::Error::Protocol { what } => {
                Problem::bug(format!("Isolog made a mistake: {what}."))
            }
        }
    }
}

/// Says what is wrong with a parameter, calling it by scikit-learn's name.
pub(super) fn param_sentence(error: &ParamError) -> String {
    match error {
        ParamError::NoData { n_rows, n_features } => {
            format!(
                "A forest needs rows and features; there are {} and {}.",
                counted(*n_rows as u64, "row"),
                counted(*n_features as u64, "feature")
            )
        }
        _ => format!("The setting {error}."),
    }
}

fn filter_problem(error: &filter::Error) -> Problem {
    match error {
        filter::Error::NoColumn { column } => Problem::setting(
            format!("The log has no column “{column}”."),
            "Choose one of the columns under “How the file was read”.",
        ),
        filter::Error::WrongKind { column, wanted } => Problem::setting(
            format!("Column “{column}” does not hold {wanted}."),
            "Choose another column, or a filter that fits this one.",
        ),
        filter::Error::NotKept { column } => Problem::setting(
            format!(
                "Column “{column}” cannot be filtered: almost every row has a text of its own there, so they are not kept."
            ),
            "Filter another column; the text of each row is in its details and in the downloads.",
        ),
        filter::Error::NoValues { column } => Problem::setting(
            format!("Column “{column}” is empty: no row has a value there."),
            "Choose another column.",
        ),
        filter::Error::EmptyRange { low, high } => Problem::setting(
            format!("The range from {low} to {high} holds nothing."),
            "Give the lower end first, and numbers for both ends.",
        ),
        filter::Error::NoNetwork { network } => Problem::setting(
            format!("“{network}” is not a network."),
            "Write it in CIDR notation, such as 10.0.0.0/8 or 2001:db8::/32.",
        ),
        filter::Error::NoZone { zone } => Problem::setting(
            format!("There is no time zone “{zone}”."),
            "Choose one of the IANA time zones, such as UTC or Europe/Berlin.",
        ),
        filter::Error::NoTimes => Problem::setting(
            "The log has no column that says when a session happened.",
            "Filter by another column.",
        ),
    }
}

fn source_problem(error: &source::Error) -> Problem {
    match error {
        source::Error::Empty => Problem::file(
            "The file is empty.",
            "Choose a CSV file with a header line and at least one row.",
        ),
        source::Error::OnlyComments => Problem::file(
            "Every line of the file is a comment.",
            "Choose a file with at least one row, or export the log again.",
        ),
        source::Error::NotTable { kind, offset } => foreign_problem(*kind, *offset),
        source::Error::Utf16 { is_big_endian } => Problem::file(
            "The file is written in UTF-16, from its first byte on.",
            "Save it as UTF-8: Excel calls that “CSV UTF-8”. Or rewrite it by this program, with the name of your file.",
        )
        .with(Some(match is_big_endian {
            false => conversion::UTF16_LE,
            true => conversion::UTF16_BE,
        })),
        source::Error::UnclosedQuote { line, last_line } => Problem::file(
            format!(
                "The quote opened in the record at line {} is never closed: it swallows everything to the end, line {}.",
                format_count(*line),
                format_count(*last_line)
            ),
            "Look for a lone \" on that line; close it, or double it if it belongs to the text.",
        ),
        source::Error::RecordTooLong { line, limit } => Problem::file(
            format!(
                "The record that begins at line {} is longer than {} MB.",
                format_count(*line),
                limit >> 20
            ),
            "That is almost always a quote that is never closed. Look for a lone \" on that line.",
        ),
        source::Error::Unreadable { offset: 0, reason } => Problem::file(
            format!("The file could not be read: {reason}."),
            "If it is a folder, open it and drop the log that is in it. A file may have been changed, moved or deleted since you \
             chose it. Choose it again.",
        ),
        source::Error::OtherColumns { line } => Problem::file(
            format!(
                "From line {} on the file has other columns: a comment there names them anew.",
                format_count(*line)
            ),
            "Split the file above that line and analyse the parts one by one.",
        ),
        source::Error::Unreadable { reason, .. } => Problem::file(
            format!("The file could not be read any more: {reason}."),
            "It may have been changed, moved or deleted since you chose it. Choose it again.",
        ),
    }
}

fn foreign_problem(kind: Foreign, offset: u64) -> Problem {
    let what = match kind {
        Foreign::Binary => format!(
            "This is not a text file: byte {} is one that text does not hold.",
            format_count(offset)
        ),
        _ => format!("This is not a CSV file: it is {}.", kind.name()),
    };
    let (hint, program) = match kind {
        Foreign::Gzip => (
            "Unpack it first, for example with 7-Zip or by this program, then choose the CSV file that comes out.",
            Some(conversion::GZIP),
        ),
        Foreign::Zip => (
            "Unpack an archive first, then choose the CSV file in it. Save a workbook as “CSV UTF-8”.",
            None,
        ),
        Foreign::Archive(archive) => (
            "Unpack it first, then choose the CSV file that comes out.",
            match archive {
                Archive::Bzip2 => Some(conversion::BZIP2),
                Archive::Xz => Some(conversion::XZ),
                Archive::Zstd | Archive::SevenZip | Archive::Rar => None,
            },
        ),
        Foreign::OldWorkbook => ("Open it in a spreadsheet and save it as “CSV UTF-8”.", None),
        Foreign::Parquet => (
            "Convert it to CSV first, for example with pandas or DuckDB.",
            None,
        ),
        Foreign::Json | Foreign::JsonLines => (
            "Export the log as CSV, or convert it by this program, with the name of your file: each object becomes a row. \
             Isolog compares sessions by amounts, such as bytes or a duration: a log that has none cannot be compared.",
            Some(conversion::JSON),
        ),
        Foreign::Lines(LineLog::Syslog) => (
            "Its messages are text. Export their fields as columns of a CSV file from the program that keeps them.",
            None,
        ),
        Foreign::Lines(log @ (LineLog::W3c | LineLog::KeyValue | LineLog::QuotedLines)) => (
            "Make a CSV file of it by this program, with the name of your file.",
            conversion::of_lines(log),
        ),
        Foreign::Lines(log) => (
            "Make a CSV file of it by this program, with the name of your file. Its columns are numbered, unless a line of \
             names stands at the top.",
            conversion::of_lines(log),
        ),
        Foreign::Html => (
            "Perhaps a sign-in or error page was saved in place of the log. Download the log again, as CSV.",
            None,
        ),
        Foreign::Xml => ("Export the log as CSV.", None),
        Foreign::Sqlite => ("Export the table that holds the log as CSV.", None),
        Foreign::Capture => (
            "Isolog compares sessions, not packets: export the conversations as CSV, for example from Wireshark.",
            None,
        ),
        Foreign::Pdf | Foreign::Picture | Foreign::Binary => (
            "Choose a CSV file: text with a header line and one row a session.",
            None,
        ),
    };
    Problem::file(what, hint).with(program)
}

fn table_problem(error: &table::Error) -> Problem {
    match error {
        table::Error::Source(error) => source_problem(error),
        table::Error::HeaderOnly { line, n_columns } => Problem::file(
            format!(
                "The file has a header of {} at line {}, and no rows below it.",
                counted(*n_columns as u64, "column"),
                format_count(*line)
            ),
            "Choose a file with at least one row, or export the log again.",
        ),
        table::Error::AllRagged {
            header_line,
            n_columns,
            n_rows,
            line,
            found,
        } => Problem::file(
            format!(
                "{} {}; the row at line {} has {found}.",
                none_has(*n_rows),
                match header_line {
                    Some(header_line) => format!(
                        "the {} of the header at line {}",
                        counted(*n_columns as u64, "field"),
                        format_count(*header_line)
                    ),
                    None => counted(*n_columns as u64, "field"),
                },
                format_count(*line)
            ),
            match header_line {
                Some(_) if *found == n_columns + 1 => {
                    "The header lacks a name: put one before the first name or behind the last, for the column that has none."
                }
                _ => {
                    "Look for a delimiter that differs between header and rows, a delimiter inside a field that is not quoted, or an unclosed quote."
                }
            },
        ),
        table::Error::TooManyColumns { found, limit } => Problem::file(
            format!(
                "The header at line 1 has {} columns; at most {} are supported.",
                format_count(*found as u64),
                format_count(*limit as u64)
            ),
            "Keep the columns you need and save the file again.",
        ),
        table::Error::BrokenShard => {
            Problem::bug("Isolog made a mistake: parts of the file do not fit together.")
        }
        table::Error::TooManyRows { limit } => Problem::file(
            format!("The file has more than {} rows.", format_count(*limit)),
            "Split the file by time and analyse the parts.",
        ),
    }
}

fn selection_problem(error: &selection::Error) -> Problem {
    match error {
        selection::Error::NoFeatures => {
            let hint = "Choose at least one column under Features, then press Run again. Columns that are constant, \
                identifiers, ports, codes or labels are off at first.";
            Problem::setting("No feature is chosen.", hint)
        }
        selection::Error::NoAmounts { left_off }
            if left_off.iter().all(|(_, note)| *note == Note::Constant) =>
        {
            Problem::file(
                "Every column of numbers has the same value in all rows, so no row can stand out.",
                "Choose a log in which sessions differ, or one that covers a longer time.",
            )
        }
        selection::Error::NoAmounts { left_off } => Problem::file(
            format!(
                "{} an amount to compare rows by: {}.",
                match left_off.len() {
                    1 => "The only column of numbers is not".to_owned(),
                    n => format!("None of the {n} columns of numbers is"),
                },
                left_off_in_words(left_off)
            ),
            "If one of them is an amount all the same, choose it under Features, then press Run again. If none is, choose a log \
             with bytes, packets or a duration.",
        ),
        selection::Error::NoNumbers { n_columns } => Problem::file(
            match n_columns {
                1 => "The only column holds no numbers, so there is nothing to compare rows by."
                    .to_owned(),
                n => format!(
                    "None of the {n} columns holds numbers, so there is nothing to compare rows by."
                ),
            },
            match n_columns {
                1 => {
                    "Commas, semicolons, tabs and pipes separate fields here. If another character does so in this file, put one of \
                      these in its place."
                }
                _ => {
                    "Choose a log with at least one numeric column, such as bytes, packets or a duration."
                }
            },
        ),
        selection::Error::WholeRecords { column } => Problem::file(
            format!(
                "Column “{column}” holds whole records as text, and no other column holds amounts to compare rows by."
            ),
            match column.as_str() {
                "@message" => {
                    "Have CloudWatch Logs Insights export columns. VPC flow logs: “fields @timestamp, srcAddr, dstAddr, srcPort, \
                     dstPort, protocol, packets, bytes, start, end, action”. Messages in JSON: name their fields in the same way. \
                     Others: “parse @message \"* * *\" as a, b, c | display a, b, c”, with a star for each field."
                }
                _ => {
                    "Export the fields of the records as columns of their own, in place of the text."
                }
            },
        ),
        selection::Error::UnknownFeature { name } => Problem::setting(
            format!("“{name}” is not a column of numbers in this file."),
            "Choose another feature, then press Run again.",
        ),
        selection::Error::NothingToScore { n_rows, column } => Problem::setting(
            format!(
                "{} a number in every chosen feature; “{column}” lacks most.",
                none_has(*n_rows)
            ),
            format!("Leave “{column}” out under Features, then press Run again."),
        ),
    }
}

/// Names columns by the reasons why they are off: "a, b (constant), session_id (identifier)".
fn left_off_in_words(left_off: &[(String, Note)]) -> String {
    const MAX_NAMES: usize = 5;
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, note) in left_off {
        let reason = off_because(*note);
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => by_reason.push((reason, vec![name])),
        }
    }
    let groups = by_reason.into_iter().map(|(reason, names)| {
        let n_more = names.len().saturating_sub(MAX_NAMES);
        let shown = names[..names.len() - n_more].join(", ");
        match n_more {
            0 => format!("{shown} ({reason})"),
            _ => format!("{shown} and {n_more} more ({reason})"),
        }
    });
    groups.collect::<Vec<_>>().join(", ")
}

/// Says in a word or two why a column of numbers is no feature at first.
fn off_because(note: Note) -> &'static str {
    match note {
        Note::Empty => "no values",
        Note::Constant => "constant",
        Note::Identifier | Note::AllDifferent { .. } | Note::Wide => "identifier",
        Note::Counter => "counter or clock",
        Note::Port | Note::PortByValues => "port",
        Note::Code | Note::CodeByValues => "code",
        Note::Network => "network or interface number",
        Note::Timestamp | Note::DatePart => "time",
        Note::LogText => "counts lines of the log",
        Note::OwnResult => "earlier result",
        Note::Label => "label",
        Note::Sparse { .. } => "mostly empty",
        _ => "computed",
    }
}

/// Begins a sentence on what no row has.
fn none_has(n_rows: u64) -> String {
    match n_rows {
        1 => "The only row does not have".to_owned(),
        n => format!("None of the {} rows has", format_count(n)),
    }
}
