//! Problems in words: what happened, where, what to try. The one place for them.

use crate::charts::format::{counted, format_count};
use crate::features::selection;
use crate::filter;
use crate::forest::ParamError;
use crate::job;
use crate::source::{self, Archive, Foreign};
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
}

impl Problem {
    /// A problem with the file.
    pub fn file(what: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            kind: Kind::File,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// A folder was given where a file is wanted.
    pub fn folder(name: &str) -> Problem {
        Problem::file(
            format!("“{name}” is a folder, not a file."),
            "Open the folder and drop the log that is in it.",
        )
    }

    /// A setting that does not fit.
    pub fn setting(what: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            kind: Kind::Setting,
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// A failure of ours.
    pub fn bug(what: impl Into<String>) -> Problem {
        let hint = "Nothing was sent and your file is untouched. Try again; if it comes back, please report it with this text.";
        Problem {
            kind: Kind::Bug,
            what: what.into(),
            hint: hint.to_owned(),
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
        source::Error::NotTable { kind, offset } => foreign_problem(*kind, *offset),
        source::Error::Utf16 => Problem::file(
            "The file is written in UTF-16, from its first byte on.",
            "Save it as UTF-8: in Excel choose “CSV UTF-8”, in PowerShell use Export-Csv -Encoding utf8.",
        ),
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
    let hint = match kind {
        Foreign::Gzip => {
            "Unpack it first: gunzip on Linux or macOS, 7-Zip on Windows. Then choose the CSV file that comes out."
        }
        Foreign::Zip => {
            "Unpack an archive first, then choose the CSV file in it. Save a workbook as “CSV UTF-8”."
        }
        Foreign::Archive(
            Archive::Bzip2 | Archive::Zstd | Archive::Xz | Archive::SevenZip | Archive::Rar,
        ) => "Unpack it first, then choose the CSV file that comes out.",
        Foreign::OldWorkbook => "Open it in a spreadsheet and save it as “CSV UTF-8”.",
        Foreign::Parquet => {
            "Convert it first, for example in Python: pandas.read_parquet(\"log.parquet\").to_csv(\"log.csv\", index=False)."
        }
        Foreign::Json | Foreign::JsonLines => {
            "Export the log as CSV, or convert it: one row a session, one column a field, the names in the first line. \
             In Python: pandas.read_json reads it and to_csv writes it."
        }
        Foreign::Html => {
            "Perhaps a sign-in or error page was saved in place of the log. Download the log again, as CSV."
        }
        Foreign::Xml => "Export the log as CSV.",
        Foreign::Sqlite => "Export the table that holds the log as CSV.",
        Foreign::Capture => {
            "Isolog compares sessions, not packets: export the conversations as CSV, for example from Wireshark."
        }
        Foreign::Pdf | Foreign::Picture | Foreign::Binary => {
            "Choose a CSV file: text with a header line and one row a session."
        }
    };
    Problem::file(what, hint)
}

fn table_problem(error: &table::Error) -> Problem {
    match error {
        table::Error::Source(error) => source_problem(error),
        table::Error::HeaderOnly { n_columns } => Problem::file(
            format!(
                "The file has a header of {} at line 1, and no rows below it.",
                counted(*n_columns as u64, "column")
            ),
            "Choose a file with at least one row, or export the log again.",
        ),
        table::Error::AllRagged {
            n_columns,
            n_rows,
            line,
            found,
        } => Problem::file(
            format!(
                "{} the header's {}; the row at line {} has {found}.",
                none_has(*n_rows),
                counted(*n_columns as u64, "field"),
                format_count(*line)
            ),
            "Look for a missing header line, a delimiter that differs between header and rows, or an unclosed quote.",
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
            "Choose a log with at least one numeric column, such as bytes, packets or a duration.",
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
