//! What was read, decided and noticed, in sentences.

use super::Stage;
use crate::charts::format::format_count;
use crate::charts::outside_text;
use crate::explain::words::{Unit, blindness};
use crate::features::blind::BlindCause;
use crate::features::selection::Unscored;
use crate::job::{Progress, Settings};
use crate::report::{Report, Silence, SilenceReason, Ties};
use crate::table::{Header, Tally};
use crate::traffic::{ColumnSummary, Label, Note, Overview, Role};

/// Says how far a stage is: "Reading: 12.5 of 60.1 MB, 52,000 rows, about 4 s left".
///
/// `secs_left` is how long the stage still takes, if that can be told; see [`Pace`](super::Pace).
pub fn progress_text(stage: Stage, progress: Progress, secs_left: Option<f64>) -> String {
    let left = secs_left.map(time_left).unwrap_or_default();
    how_far(stage, progress) + &left
}

/// Says how long a stage still takes: whole seconds below a minute and a half, then minutes, rounded up; nothing for its last half
/// second.
fn time_left(secs: f64) -> String {
    if secs < 0.5 {
        String::new()
    } else if secs < 89.5 {
        format!(", about {secs:.0} s left")
    } else {
        format!(", about {} min left", (secs / 60.0).ceil())
    }
}

fn how_far(stage: Stage, progress: Progress) -> String {
    let Progress {
        done,
        total,
        n_rows,
    } = progress;
    match stage {
        Stage::Idle => "Waiting for a file".to_owned(),
        Stage::Reading if total == 0 => "Opening the file".to_owned(),
        Stage::Reading => format!(
            "Reading: {:.1} of {:.1} MB, {} rows",
            done as f64 / 1e6,
            total as f64 / 1e6,
            format_count(n_rows)
        ),
        Stage::Fitting if total == 0 => "Choosing and scaling the features".to_owned(),
        Stage::Fitting => format!(
            "Growing trees: {} of {}",
            format_count(done),
            format_count(total)
        ),
        Stage::Scoring if total == 0 => "Scoring".to_owned(),
        Stage::Scoring => format!(
            "Scoring: {} of {} rows",
            format_count(done),
            format_count(total)
        ),
        Stage::Reporting => "Building the report".to_owned(),
        Stage::Ready => "Done".to_owned(),
        Stage::Failed => "Stopped by a problem".to_owned(),
        Stage::Cancelled => "Cancelled".to_owned(),
    }
}

/// Says how the file was read: the decisions that nobody made by hand.
pub fn file_decisions(overview: &Overview) -> Vec<String> {
    let mut decisions = vec![format!(
        "{}; {}.",
        match overview.columns.len() {
            1 => "1 column".to_owned(),
            n => format!(
                "{} columns separated by {}s",
                format_count(n as u64),
                overview.format.delimiter.name()
            ),
        },
        match overview.header.line {
            Some(line) => format!("line {} is the header", format_count(line)),
            None => "no line is a header".to_owned(),
        }
    )];
    if overview.header.has_trailing_delimiter {
        decisions.push(format!(
            "Each row ends with a {}: the empty field behind it is dropped.",
            overview.format.delimiter.name()
        ));
    }
    if overview.format.has_backslash_escapes {
        decisions.push(r#"Quotes inside quoted fields are written as \"."#.to_owned());
    }
    let parts: Vec<String> = overview
        .columns
        .iter()
        .filter_map(|column| {
            column
                .role
                .map(|role| format!("{} = {}", role.name(), column.name))
        })
        .collect();
    decisions.push(if parts.is_empty() {
        "No column has a name that says which part it plays in a traffic log.".to_owned()
    } else {
        format!("Taken by name: {}.", parts.join(", "))
    });
    let is_sent = |column: &&ColumnSummary| {
        column.role == Some(Role::BytesIn) && column.name.to_lowercase().contains("sent")
    };
    if let Some(column) = overview.columns.iter().find(is_sent) {
        decisions.push(format!(
            "The log names a source and a destination, so what it calls sent was sent by the source: {} is what the server received.",
            column.name
        ));
    }
    let naive: Vec<&str> = overview
        .columns
        .iter()
        .filter(|column| column.kind.contains("without an offset"))
        .map(|column| column.name.as_str())
        .collect();
    if !naive.is_empty() {
        decisions.push(format!(
            "Times without an offset are taken as UTC: {}.",
            naive.join(", ")
        ));
    }
    decisions
}

/// Says what was left out or looks odd, each with a count and the first line; beside what [`reading_notes`](super::reading_notes)
/// says of columns.
pub fn data_notes(overview: &Overview, unscored: &[Unscored]) -> Vec<String> {
    let left_out = &overview.left_out;
    let mut notes = header_notes(&overview.header);
    let mut add = |tally: Tally, one: &str, many: &str, rest: &str| {
        if let Some(line) = tally.first_line {
            let what = if tally.count == 1 { one } else { many };
            notes.push(format!(
                "{} {what} (first at line {}){rest}",
                format_count(tally.count),
                format_count(line)
            ));
        }
    };
    add(
        left_out.short,
        "row has fewer fields than the header",
        "rows have fewer fields than the header",
        " and cannot be used. Look for a missing delimiter.",
    );
    add(
        left_out.long,
        "row has more fields than the header",
        "rows have more fields than the header",
        " and cannot be used. Look for an unquoted delimiter.",
    );
    add(
        left_out.cut_off,
        "row is cut off by the end of the file",
        "rows are cut off by the end of the file",
        " inside a quoted field and cannot be used.",
    );
    add(
        left_out.headers,
        "line repeats the header",
        "lines repeat the header",
        ": no rows. The file seems to be put together from several.",
    );
    add(
        left_out.totals,
        "line sums up the rows",
        "lines sum up the rows",
        ": no sessions.",
    );
    add(
        left_out.remarks,
        "line below the header is text of its own",
        "lines below the header are text of their own",
        ": no rows.",
    );
    add(
        left_out.comments,
        "line is a comment",
        "lines are comments",
        ": no rows.",
    );
    add(
        left_out.duplicates,
        "row repeats an earlier one in every field",
        "rows repeat an earlier one in every field",
        ": only the first of them counts, as in the notebook.",
    );
    add(
        overview.latin1,
        "cell is not UTF-8",
        "cells are not UTF-8",
        ": read as Latin-1. Save the file as UTF-8 if letters look wrong.",
    );
    add(
        overview.nul,
        "cell holds a NUL byte",
        "cells hold a NUL byte",
        ": kept as it stands in texts, never read as a number or a time. Whoever can send a request can put one into a log.",
    );
    add(
        overview.ends_before_start,
        "row ends before it starts",
        "rows end before they start",
        ": their durations are negative. Clocks may differ, or the two columns be swapped.",
    );
    for unscored in unscored {
        let rest = format!(" because {}; kept in the exports.", unscored.text());
        add(
            unscored.tally,
            "row is not scored",
            "rows are not scored",
            &rest,
        );
    }
    for column in overview
        .columns
        .iter()
        .filter(|column| column.malformed.tally.count > 0)
    {
        let rest = format!(
            ", such as “{}”, in {}, which holds {}.",
            column.malformed.example, column.name, column.kind
        );
        add(
            column.malformed.tally,
            "cell is malformed",
            "cells are malformed",
            &rest,
        );
    }
    notes.extend(sparse_columns(overview));
    notes
}

/// Says what stands above the rows, if it is not just a header.
fn header_notes(header: &Header) -> Vec<String> {
    let mut notes = Vec::new();
    if header.line.is_none() {
        notes.push(format!(
            "No line is a header: the first line (“{} …”) is like the rows below it, so it is a row and the columns are \
             numbered. If it is a header, choose so under “How each column is read”.",
            header.first_cell
        ));
    }
    if let Some(line) = header.above.first_line {
        let (lines, are) = match header.above.count {
            1 => ("line", "is"),
            _ => ("lines", "are"),
        };
        notes.push(format!(
            "{} {lines} above the table {are} not read (first at line {}: “{}”).",
            format_count(header.above.count),
            format_count(line),
            header.above_example
        ));
    }
    notes
}

/// Says which columns are no features at first because too few rows have a value in them.
fn sparse_columns(overview: &Overview) -> Option<String> {
    const MAX_NAMES: usize = 5;
    let sparse = overview.candidates.iter().filter_map(|candidate| {
        let mut notes = candidate.notes.iter();
        notes.find_map(|note| match *note {
            Note::Sparse { n_lacking, n_rows } => {
                let percent = 100.0 * n_lacking as f64 / n_rows as f64;
                Some(format!(
                    "{} ({percent:.0} % without a value)",
                    candidate.name
                ))
            }
            _ => None,
        })
    });
    let sparse: Vec<String> = sparse.collect();
    let names = match sparse.len() {
        0 => return None,
        n if n > MAX_NAMES => {
            let shown = sparse[..MAX_NAMES].join(", ");
            format!("{shown} and {} more", n - MAX_NAMES)
        }
        _ => sparse.join(", "),
    };
    Some(format!(
        "Left out of the features at first, for with them too few rows could be scored: {names}."
    ))
}

/// Says what an analysis was asked to do: each setting by its name on the page, and its value.
pub fn settings_in_words(settings: &Settings, label: Option<&Label>) -> Vec<(String, String)> {
    let yes_or_no = |is_on: bool| if is_on { "yes" } else { "no" }.to_owned();
    let params = &settings.params;
    let mut words = vec![
        ("Features", settings.features.join(", ")),
        ("Features standardized", yes_or_no(settings.scale)),
        ("Duplicates dropped", yes_or_no(settings.drop_duplicates)),
        ("Trees", format_count(u64::from(params.n_estimators))),
        ("Rows for each tree", params.max_samples.to_string()),
        ("Features for each tree", params.max_features.to_string()),
        ("Rows drawn with replacement", yes_or_no(params.bootstrap)),
        (
            "Threshold (contamination)",
            params.contamination.to_string(),
        ),
        ("Seed", params.random_state.to_string()),
    ];
    if let Some(label) = label {
        words.push(("Label", format!("anomalies: {}", label.meaning())));
    }
    words
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Says what a reader of the result must know before trusting it.
pub fn result_notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(report.silence.as_ref().map(Silence::text));
    notes.extend(report.ties.as_ref().map(Ties::text));
    let says_all = report.silence.as_ref().is_some_and(|silence| {
        matches!(
            silence.reason,
            SilenceReason::OneRow | SilenceReason::EqualRows
        )
    });
    // with the same values in all rows, each feature is constant
    let blind = if says_all { &[] } else { &report.blind[..] };
    notes.extend(blind.iter().map(|blind| match blind.cause {
        BlindCause::Constant(value) => format!(
            "{} is {} in every row, so it carries no information for the forest.",
            blind.name,
            crate::export::float(value)
        ),
        _ => blindness(blind, Unit::Plain),
    }));
    notes.extend(report.timeline.as_ref().and_then(outside_text));
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_how_far_and_how_long() {
        let progress = Progress {
            done: 12_500_000,
            total: 60_100_000,
            n_rows: 52_000,
        };
        let text = |secs_left| progress_text(Stage::Reading, progress, secs_left);
        let how_far = "Reading: 12.5 of 60.1 MB, 52,000 rows";
        for (secs_left, ending) in [
            (None, ""),
            (Some(0.4), ""),
            (Some(0.6), ", about 1 s left"),
            (Some(3.8), ", about 4 s left"),
            (Some(89.4), ", about 89 s left"),
            (Some(89.6), ", about 2 min left"),
            (Some(3600.0), ", about 60 min left"),
        ] {
            assert_eq!(text(secs_left), format!("{how_far}{ending}"));
        }
    }
}
