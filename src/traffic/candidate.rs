//! Which columns are offered as features, which are on at first, and why.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::coverage::leave_out_sparse;
use super::evidence::Evidence;
use super::{AVG_PACKET_SIZE, DURATION, NOTEBOOK_FEATURES, Role, Sessions, not_finite};
use crate::charts::format::{counted, format_count};
use crate::table::name::{Meaning, meaning, words};
use crate::table::{Column, Data, Extent, Numbers, Table, Tally};

/// The sum of squares of larger numbers overflows.
const CAN_BE_SQUARED: f64 = 1e150;

/// Values that differ by no more are one to scikit-learn's trees.
const RESOLUTION: f64 = 1e-7;

/// A column of numbers that can be a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Whether it is computed from other columns.
    pub is_derived: bool,
    /// Whether it is a feature unless the user says otherwise.
    pub is_default: bool,
    /// What the user should know of it, most important first.
    pub notes: Vec<Note>,
    /// Rows without a value.
    pub missing: Tally,
    /// Rows whose cell is not a number.
    pub malformed: Tally,
}

/// Something to know of a feature, usually why it is off at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// No row has a value.
    Empty,
    /// Every row has the same value, so it cannot tell rows apart.
    Constant,
    /// Its squares overflow, so that it is lost once standardized.
    Overflows,
    /// Its values are beyond single precision unless they are standardized.
    TooLarge,
    /// Its values lie so close together that they are seen only standardized.
    TooClose,
    /// The name says that it numbers or names things.
    Identifier,
    /// All values are different whole numbers, and evenly spread.
    AllDifferent {
        /// Values that were looked at.
        n_values: u64,
    },
    /// Whole numbers of more digits than an f64 keeps apart.
    Wide,
    /// The values rise or fall evenly from row to row.
    Counter,
    /// A port number: near numbers are not alike.
    Port,
    /// The values are those of ports, the name says nothing.
    PortByValues,
    /// A code: near numbers are not alike.
    Code,
    /// The values are those of a well-known code, the name says nothing.
    CodeByValues,
    /// The number of an autonomous system, an interface or a virtual network.
    Network,
    /// A part of a date, such as the hour.
    DatePart,
    /// Lines or characters of the log's own text.
    LogText,
    /// What an analysis by this program found or made.
    OwnResult,
    /// Too few rows would be scored with it.
    Sparse {
        /// Rows without a value.
        n_lacking: u64,
        /// All rows.
        n_rows: u64,
    },
    /// What somebody says the row is; the forest must not see it.
    Label,
    /// A moment, written as a number.
    Timestamp,
    /// The notebook does not use it.
    NotInNotebook,
    /// One of the notebook's three features.
    InNotebook,
    /// What `avg_packet_size` is called elsewhere.
    BytesPerSecond,
    /// The logarithm of 1 + an amount.
    Log1p,
    /// The file has a column of durations of its own.
    DurationInFile,
    /// Bytes out / bytes in.
    BytesRatio,
    /// Hour of the day.
    HourOfDay,
    /// Sessions of the same source in the same hour.
    SessionsPerSourceHour,
    /// Bytes of the same source in the same hour.
    BytesPerSourceHour,
}

impl Note {
    /// Returns the note as a sentence.
    pub fn text(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::AllDifferent { n_values } => {
                return Cow::Owned(format!(
                    "No two of {} are equal and they are spread evenly, as identifiers are: their size means nothing.",
                    counted(n_values, "whole number")
                ));
            }
            Self::Empty => "Has no values.",
            Self::Overflows => {
                "Reaches beyond 1e150: the forest does not see it rightly, as its standard deviation overflows."
            }
            Self::TooLarge => {
                "Reaches beyond 3.4e38: the forest sees it rightly only standardized."
            }
            Self::TooClose => {
                "All values lie within 0.0000001 of each other: the forest sees them only standardized."
            }
            Self::Constant => "Has the same value in every row, so it carries no information.",
            Self::Sparse { n_lacking, n_rows } => {
                let percent = 100.0 * n_lacking as f64 / n_rows as f64;
                return Cow::Owned(format!(
                    "{} of {} have no value here ({percent:.0} %): with it too few rows could be scored.",
                    format_count(n_lacking),
                    counted(n_rows, "row"),
                ));
            }
            Self::Identifier => "Named as an identifier: its size means nothing.",
            Self::Wide => {
                "Whole numbers of 16 digits or more, as 64-bit identifiers and hashes are: their size means nothing."
            }
            Self::Counter => {
                "Changes evenly from row to row, as a counter or a clock does: it says when, not how much."
            }
            Self::Port => "A port number: near numbers are not alike.",
            Self::PortByValues => "The values are those of ports: near numbers are not alike.",
            Self::Code => "A code: near numbers are not alike.",
            Self::CodeByValues => {
                "The values are HTTP status codes or protocol numbers: near numbers are not alike."
            }
            Self::Network => {
                "The number of an autonomous system, an interface or a virtual network: near numbers are not alike."
            }
            Self::DatePart => "A part of a date, such as the hour: it says when, not how much.",
            Self::LogText => "Counts lines or characters of the log's own text, not traffic.",
            Self::OwnResult => {
                "A result of an earlier analysis by Isolog: the forest must not see the answer."
            }
            Self::Label => "Looks like a label: the forest must not see the answer.",
            Self::Timestamp => "A moment in time, written as a number.",
            Self::NotInNotebook => "Not one of the notebook's features.",
            Self::InNotebook => "One of the notebook's features.",
            Self::BytesPerSecond => {
                "Bytes in and out per second of the session: elsewhere bytes_per_second."
            }
            Self::DurationInFile => {
                "From the start to the end; the file has durations of its own, which are more exact."
            }
            Self::Log1p => {
                "Logarithm of 1 + the amount: compares sizes by factor, so that a few huge sessions do not drown the rest."
            }
            Self::BytesRatio => {
                "Bytes out / bytes in: finds much data leaving for little asked, or the reverse, whatever the size."
            }
            Self::HourOfDay => {
                "Hour of the start, 0 to 23 (UTC): finds traffic at unusual times of day."
            }
            Self::SessionsPerSourceHour => {
                "Sessions of the same source in the same clock hour: finds scans and floods of small requests."
            }
            Self::BytesPerSourceHour => {
                "Bytes of the same source in the same clock hour: finds large transfers cut into small sessions."
            }
        })
    }

    /// Returns what the smallest and the largest of values say of whether the forest can see them.
    fn of_range((low, high): (f64, f64)) -> Option<Note> {
        let largest = high.max(-low);
        if largest > CAN_BE_SQUARED {
            Some(Self::Overflows)
        } else if largest > f64::from(f32::MAX) {
            Some(Self::TooLarge)
        } else if low < high && high - low <= RESOLUTION {
            Some(Self::TooClose)
        } else {
            None
        }
    }

    /// Whether a column with this note is no feature unless the user says otherwise.
    pub fn turns_off(self) -> bool {
        !matches!(
            self,
            Self::InNotebook
                | Self::BytesPerSecond
                | Self::Overflows
                | Self::TooLarge
                | Self::TooClose
        )
    }

    /// Returns what a derived column that the notebook does not have is for.
    fn of_derived(name: &str) -> Option<Note> {
        match name {
            "bytes_ratio" => Some(Self::BytesRatio),
            "hour_of_day" => Some(Self::HourOfDay),
            "sessions_per_source_hour" => Some(Self::SessionsPerSourceHour),
            "bytes_per_source_hour" => Some(Self::BytesPerSourceHour),
            _ if name.starts_with("log1p_") => Some(Self::Log1p),
            _ => None,
        }
    }
}

pub(super) fn candidates(sessions: &Sessions) -> Vec<Candidate> {
    let is_notebook = NOTEBOOK_FEATURES
        .iter()
        .all(|name| sessions.numbers(name).is_some());
    let company = Company::of(sessions);
    let of_file = sessions
        .table
        .columns
        .iter()
        .enumerate()
        .filter_map(|(i, column)| {
            let Data::Numbers(numbers) = &column.data else {
                return None;
            };
            let notes = company.notes(column, numbers, sessions.roles.of(i));
            Some(candidate(
                &column.name,
                false,
                notes,
                is_notebook,
                column.missing,
                column.malformed.tally,
            ))
        });
    let of_notebook = sessions
        .derived
        .iter()
        .filter(|derived| derived.is_of_notebook());
    let derived = of_notebook.filter_map(|derived| {
        let series = sessions.numbers(derived.name)?;
        let (mut missing, mut range) = (Tally::default(), Extent::default());
        series.for_each_stretch(|first, numbers| {
            range.add_all(numbers);
            for (row, _) in not_finite(first, numbers) {
                missing.add(u64::from(sessions.table.line(row)));
            }
        });
        let mut notes = Vec::new();
        if range.ends().is_none() {
            notes.push(Note::Empty);
        } else if range.low == range.high {
            notes.push(Note::Constant);
        }
        if derived.name == DURATION && !is_notebook && company.has_durations {
            notes.push(Note::DurationInFile);
        }
        if derived.name == AVG_PACKET_SIZE {
            notes.push(Note::BytesPerSecond);
            if !is_notebook {
                notes.push(Note::NotInNotebook);
            }
        }
        Some(candidate(
            derived.name,
            true,
            notes,
            is_notebook,
            missing,
            Tally::default(),
        ))
    });
    // these are computed only once they are chosen, so what they lack is not known here
    let further = sessions.derived.iter().filter_map(|derived| {
        let note = Note::of_derived(derived.name)?;
        Some(Candidate {
            name: derived.name.to_owned(),
            is_derived: true,
            is_default: false,
            notes: vec![note],
            missing: Tally::default(),
            malformed: Tally::default(),
        })
    });
    let mut candidates: Vec<Candidate> = of_file.chain(derived).chain(further).collect();
    if !is_notebook {
        leave_out_sparse(sessions, &mut candidates);
    }
    candidates
}

fn candidate(
    name: &str,
    is_derived: bool,
    mut notes: Vec<Note>,
    is_notebook: bool,
    missing: Tally,
    malformed: Tally,
) -> Candidate {
    let in_notebook = is_notebook && NOTEBOOK_FEATURES.contains(&name);
    if is_notebook {
        notes.push(if in_notebook {
            Note::InNotebook
        } else {
            Note::NotInNotebook
        });
    }
    let is_default = in_notebook || !notes.iter().any(|note| note.turns_off());
    Candidate {
        name: name.to_owned(),
        is_derived,
        is_default,
        notes,
        missing,
        malformed,
    }
}

/// What the columns of a file say together.
struct Company<'a> {
    table: &'a Table,
    /// Whether an analysis by this program has added its columns.
    is_own_export: bool,
    /// Whether a column counts bytes by its name.
    has_bytes: bool,
    /// Whether a column of numbers that differ is called a duration.
    has_durations: bool,
}

impl<'a> Company<'a> {
    fn of(sessions: &'a Sessions) -> Company<'a> {
        let table = &sessions.table;
        let has = |name: &str| table.find(name).is_some();
        let company = Company {
            table,
            is_own_export: false,
            has_bytes: false,
            has_durations: false,
        };
        let mut names = table.columns.iter().map(|column| column.name.as_str());
        let is_own_export = has("anomaly")
            && (has("score") && has("rank") || names.any(|name| company.is_scaled(name)));
        let counts_bytes = |word: &String| {
            let endings = ["byte", "bytes", "byt", "octets"];
            endings.iter().any(|ending| word.ends_with(ending))
        };
        let mut names = table.columns.iter().map(|column| words(&column.name));
        let is_duration = |column: &Column| {
            let is_one = |word: &String| {
                ["duration", "dur", "elapsed", "taken", "td"].contains(&word.as_str())
            };
            matches!(&column.data, Data::Numbers(numbers) if !numbers.is_constant())
                && words(&column.name).iter().any(is_one)
        };
        Company {
            is_own_export,
            has_durations: table.columns.iter().any(is_duration),
            has_bytes: names.any(|words| words.iter().any(counts_bytes)),
            ..company
        }
    }

    /// Whether the name is that of another column, scaled.
    fn is_scaled(&self, name: &str) -> bool {
        let scaled = name.strip_prefix("scaled_");
        scaled.is_some_and(|of| {
            self.table.find(of).is_some() || [DURATION, AVG_PACKET_SIZE].contains(&of)
        })
    }

    /// Whether a column holds what an analysis by this program found or made.
    fn is_own_result(&self, name: &str, numbers: &Numbers) -> bool {
        const RESULTS: [&str; 4] = ["score", "rank", "anomaly", "stability"];
        let base = name.split(" (input").next().unwrap_or(name);
        let is_renamed = base.len() < name.len();
        self.is_scaled(base)
            || RESULTS.contains(&base) && (self.is_own_export || is_renamed)
            || self.is_own_export
                && (base.starts_with("attribution_")
                    || Note::of_derived(base).is_some()
                    || self.is_one_hot(base, numbers))
    }

    /// Whether a column is 1 where another column of text has the value that the name ends in, and 0 elsewhere.
    fn is_one_hot(&self, name: &str, numbers: &Numbers) -> bool {
        numbers
            .range()
            .is_some_and(|(low, high)| low >= 0.0 && high <= 1.0)
            && numbers.n_distinct().is_some_and(|n| n <= 2)
            && self.table.columns.iter().any(|column| {
                let value = name.strip_prefix(&column.name);
                let value = value.and_then(|rest| rest.strip_prefix('_'));
                matches!((value, &column.data), (Some(value), Data::Categories(categories))
                    if categories.names.iter().any(|name| name.to_uppercase() == value))
            })
    }

    fn notes(&self, column: &Column, numbers: &Numbers, role: Option<Role>) -> Vec<Note> {
        if numbers.range().is_none() {
            return vec![Note::Empty];
        }
        let mut notes = Vec::new();
        if numbers.is_constant() && self.table.n_rows() > 1 {
            notes.push(Note::Constant);
        } else {
            notes.extend(numbers.range().and_then(Note::of_range));
        }
        notes.extend(match role {
            Some(Role::Label) => Some(Note::Label),
            Some(Role::Start | Role::End | Role::Time) => Some(Note::Timestamp),
            Some(Role::DestinationPort) => Some(Note::Port),
            Some(Role::Protocol) => Some(Note::Code),
            Some(Role::BytesIn | Role::BytesOut) => None,
            // not the best of several labels, but one all the same
            None if Role::Label.is_named(&column.name) && numbers.n_distinct().is_some() => {
                Some(Note::Label)
            }
            _ if self.is_own_result(&column.name, numbers) => Some(Note::OwnResult),
            _ => self.note_of_values(&column.name, numbers),
        });
        notes
    }

    /// Returns why a column without a part of its own is no quantity, if it is none.
    fn note_of_values(&self, name: &str, numbers: &Numbers) -> Option<Note> {
        let meaning = meaning(name);
        let evidence = Evidence::of(numbers);
        if meaning == Some(Meaning::Quantity) {
            // not even what is called a count goes up by one from row to row
            return evidence.number_the_rows().then_some(Note::Counter);
        }
        let is_whole = evidence.are_whole();
        let is_few = numbers.n_distinct().is_some();
        if is_whole && evidence.are_days() {
            return Some(Note::Timestamp);
        }
        match meaning {
            Some(Meaning::Port) if is_whole => return Some(Note::Port),
            Some(Meaning::Identifier) if is_whole => return Some(Note::Identifier),
            Some(Meaning::Network) if is_whole => return Some(Note::Network),
            Some(Meaning::Code) => return Some(Note::Code),
            Some(Meaning::CodeIfFew) if is_whole && is_few => return Some(Note::Code),
            Some(Meaning::DatePart) if is_whole => return Some(Note::DatePart),
            Some(Meaning::LogText) => return Some(Note::LogText),
            Some(Meaning::Moment) if evidence.never_falls() => return Some(Note::Timestamp),
            _ => {}
        }
        // nfdump calls interfaces so, other tools bytes
        let is_way = ["in", "out", "input", "output"].contains(&words(name).concat().as_str());
        if is_way && self.has_bytes && is_whole && is_few {
            return Some(Note::Network);
        }
        if is_whole && evidence.are_wide() {
            return Some(Note::Wide);
        }
        if evidence.change_evenly() {
            return Some(Note::Counter);
        }
        if !is_whole {
            return None;
        }
        if evidence.are_codes() {
            Some(Note::CodeByValues)
        } else if evidence.are_ports() {
            Some(Note::PortByValues)
        } else if evidence.are_different_and_even() {
            Some(Note::AllDifferent {
                n_values: evidence.n_values(),
            })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_says_what_the_forest_cannot_see() {
        for (low, high, note) in [
            (0.0, 1e12, None),
            (-1e200, 5.0, Some(Note::Overflows)),
            (1.0, 3.5e38, Some(Note::TooLarge)),
            (1e-8, 9e-8, Some(Note::TooClose)),
            (0.0, 2e-7, None),
            (4.0, 4.0, None),
        ] {
            assert_eq!(Note::of_range((low, high)), note, "{low} to {high}");
        }
    }
}
