//! Which columns are offered as features, which are on at first, and why.

use serde::{Deserialize, Serialize};

use super::role::plain;
use super::{AVG_PACKET_SIZE, NOTEBOOK_FEATURES, Role, Sessions, not_finite};
use crate::table::{Column, Data, Extent, Numbers, Tally};

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
    /// The name or the values say that it numbers or names things.
    Identifier,
    /// A port number: near numbers are not alike.
    Port,
    /// A code: near numbers are not alike.
    Code,
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
    pub fn text(self) -> &'static str {
        match self {
            Self::Empty => "Has no values.",
            Self::Constant => "Has the same value in every row, so it carries no information.",
            Self::Identifier => "Looks like an identifier: its size means nothing.",
            Self::Port => "A port number: near numbers are not alike.",
            Self::Code => "A code: near numbers are not alike.",
            Self::Label => "Looks like a label: the forest must not see the answer.",
            Self::Timestamp => "A moment in time, written as a number.",
            Self::NotInNotebook => "Not one of the notebook's features.",
            Self::InNotebook => "One of the notebook's features.",
            Self::BytesPerSecond => {
                "Bytes in and out per second of the session: elsewhere bytes_per_second."
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
        }
    }

    fn turns_off(self) -> bool {
        !matches!(self, Self::InNotebook | Self::BytesPerSecond)
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
    let of_file = sessions
        .table
        .columns
        .iter()
        .enumerate()
        .filter_map(|(i, column)| {
            let Data::Numbers(numbers) = &column.data else {
                return None;
            };
            let notes = notes_of_column(column, numbers, sessions.roles.of(i), sessions.n_rows());
            Some(candidate(
                &column.name,
                false,
                notes,
                is_notebook,
                column.missing,
                column.malformed,
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
    of_file.chain(derived).chain(further).collect()
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

fn notes_of_column(
    column: &Column,
    numbers: &Numbers,
    role: Option<Role>,
    n_rows: usize,
) -> Vec<Note> {
    let name = plain(&column.name);
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let mut notes = Vec::new();
    if numbers.range().is_none() {
        notes.push(Note::Empty);
    } else if numbers.is_constant() && n_rows > 1 {
        notes.push(Note::Constant);
    }
    match role {
        Some(Role::Label) => notes.push(Note::Label),
        Some(Role::Start | Role::End | Role::Time) => notes.push(Note::Timestamp),
        Some(Role::DestinationPort) => notes.push(Note::Port),
        Some(Role::Protocol) => notes.push(Note::Code),
        _ if has(&["port"]) && numbers.are_integers() => notes.push(Note::Port),
        _ if has(&["code", "status", "version", "asn"]) && numbers.are_integers() => {
            notes.push(Note::Code)
        }
        _ if is_identifier(&column.name, numbers) => notes.push(Note::Identifier),
        _ => {}
    }
    notes
}

/// By name (`id`, `session_id`, `accountId`, `index`) or because the integers count up by one.
fn is_identifier(name: &str, numbers: &Numbers) -> bool {
    let words = name.to_lowercase();
    let named = ["id", "uuid", "guid", "index", "idx", "row"].contains(&words.as_str())
        || ["_id", "-id", ".id", " id"]
            .iter()
            .any(|ending| words.ends_with(ending))
        || name.ends_with("Id")
        || name.starts_with("Unnamed: ");
    let counts_up = || {
        let value = |row| numbers.values.number(row);
        numbers.values.len() > 2
            && (1..numbers.values.len()).all(|row| value(row) == value(row - 1) + 1.0)
    };
    numbers.are_integers() && (named || counts_up())
}
