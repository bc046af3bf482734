//! Chosen columns to the rows that can be scored.

use serde::{Deserialize, Serialize};

use super::{EncodedRows, Matrix, StandardScaler};
use crate::table::{Data, Table, Tally};
use crate::traffic::{Note, STRETCH_ROWS, Sessions, not_finite};

/// Why the chosen columns cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// No feature is chosen.
    #[error("no feature is chosen")]
    NoFeatures,
    /// No feature is chosen, for this file has none on at first.
    #[error("none of {} columns of numbers is an amount", left_off.len())]
    NoAmounts {
        /// Its columns of numbers, and why they are off.
        left_off: Vec<(String, Note)>,
    },
    /// The file has no column of numbers at all.
    #[error("none of {n_columns} columns holds numbers")]
    NoNumbers {
        /// Columns of the file.
        n_columns: usize,
    },
    /// No column holds numbers that can be compared, but one holds whole records as text.
    #[error("{column:?} holds whole records")]
    WholeRecords {
        /// Its name.
        column: String,
    },
    /// A chosen feature is not a column of numbers of this file.
    #[error("{name:?} is not a column of numbers")]
    UnknownFeature {
        /// The name asked for.
        name: String,
    },
    /// Every row lacks a feature.
    #[error("none of {n_rows} rows has a value in every feature; {column:?} lacks most")]
    NothingToScore {
        /// Rows of the table.
        n_rows: u64,
        /// The feature that lacks the most values.
        column: String,
    },
}

/// The chosen features, and which rows have a value in each of them.
#[derive(Debug)]
pub struct Selection {
    /// Names of the features, in the order of the file, derived ones last.
    pub names: Vec<String>,
    /// Rows with a value in every feature, ascending: these are scored.
    pub rows: Vec<u32>,
    /// The other rows, counted under the first feature that they lack.
    pub unscored: Vec<Unscored>,
}

/// Rows that are not scored for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unscored {
    /// The feature that lacks a value.
    pub column: String,
    /// What is wrong with the cell.
    pub reason: Reason,
    /// What the formula is undefined for in the first row, such as `bytes_out = 0 and bytes_in = 0`; empty otherwise.
    pub inputs: String,
    /// How many rows, and the line of the first.
    pub tally: Tally,
}

impl Unscored {
    /// Says what is wrong: "bytes_ratio is undefined (bytes_out = 0 and bytes_in = 0)".
    pub fn text(&self) -> String {
        lack(&self.column, self.reason, &self.inputs)
    }
}

/// The first feature that a row lacks, so that it is not scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lack {
    /// The feature.
    pub column: String,
    /// What is wrong with the cell.
    pub reason: Reason,
    /// What the formula is undefined for; empty otherwise.
    pub inputs: String,
}

impl Lack {
    /// Says what is wrong: "bytes_in has no value".
    pub fn text(&self) -> String {
        lack(&self.column, self.reason, &self.inputs)
    }
}

fn lack(column: &str, reason: Reason, inputs: &str) -> String {
    let reason = reason.text();
    match inputs {
        "" => format!("{column} {reason}"),
        inputs => format!("{column} {reason} ({inputs})"),
    }
}

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// There is no value.
    Missing,
    /// There is text that is not a number.
    Malformed,
    /// The formula has no finite result, for example because it divides by zero, though all inputs are there.
    Undefined,
}

impl Reason {
    /// Says it after the name of the feature: "has no value".
    pub fn text(self) -> &'static str {
        match self {
            Self::Missing => "has no value",
            Self::Malformed => "is not a number",
            Self::Undefined => "is undefined",
        }
    }
}

/// Names of columns that hold whole records where a log was exported as it is stored.
const RECORD_NAMES: [&str; 7] = [
    "@message",
    "message",
    "_raw",
    "raw",
    "log",
    "event.original",
    "textPayload",
];

/// Blanks of a cell from which on it is taken for a whole record.
const RECORD_BLANKS: usize = 5;

impl Error {
    fn or_whole_records(self, sessions: &Sessions) -> Error {
        match whole_records(&sessions.table) {
            Some(column) => Error::WholeRecords { column },
            None => self,
        }
    }
}

/// Returns the name of a column whose cells are whole records.
fn whole_records(table: &Table) -> Option<String> {
    let is_record = |text: &String| {
        text.starts_with('{') || text.matches([' ', ',', '\t']).count() >= RECORD_BLANKS
    };
    let column = table.columns.iter().find(|column| {
        RECORD_NAMES.contains(&column.name.as_str())
            && match &column.data {
                Data::Categories(categories) => {
                    let names = categories.names.iter().take(100);
                    let n_records = names.clone().filter(|name| is_record(name)).count();
                    n_records * 2 > names.count()
                }
                Data::NotKept => column.missing.count < table.n_rows() as u64,
                _ => false,
            }
    });
    column.map(|column| column.name.clone())
}

impl Selection {
    /// Chooses features by name; their order is that of the columns, not of the names.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn choose(sessions: &Sessions, names: &[String]) -> Result<Selection, Error> {
        let of_file = sessions
            .table
            .columns
            .iter()
            .filter(|column| matches!(column.data, Data::Numbers(_)));
        let offered: Vec<&str> = of_file
            .map(|column| column.name.as_str())
            .chain(sessions.derived.iter().map(|derived| derived.name))
            .collect();
        if offered.is_empty() {
            return Err(Error::NoNumbers {
                n_columns: sessions.table.columns.len(),
            }
            .or_whole_records(sessions));
        }
        if let Some(name) = names.iter().find(|name| !offered.contains(&name.as_str())) {
            return Err(Error::UnknownFeature { name: name.clone() });
        }
        let chosen: Vec<&str> = offered
            .into_iter()
            .filter(|name| names.iter().any(|wanted| wanted == name))
            .collect();
        if chosen.is_empty() {
            return Err(no_features(sessions));
        }
        Self::split_rows(sessions, chosen)
    }

    fn split_rows(sessions: &Sessions, chosen: Vec<&str>) -> Result<Selection, Error> {
        let mut is_complete = vec![true; sessions.n_rows()];
        let mut unscored: Vec<Unscored> = Vec::new();
        for &column in &chosen {
            let series = sessions
                .numbers(column)
                .expect("a chosen feature is a column of numbers");
            let mut leave_out = |(row, value): (usize, f64)| {
                if !is_complete[row] {
                    return;
                }
                is_complete[row] = false;
                let reason = reason(sessions, column, row as u32, value);
                let known = unscored
                    .iter()
                    .position(|known| known.column == column && known.reason == reason);
                let i = known.unwrap_or_else(|| {
                    unscored.push(Unscored {
                        column: column.to_owned(),
                        reason,
                        inputs: inputs(sessions, column, row as u32, reason),
                        tally: Tally::default(),
                    });
                    unscored.len() - 1
                });
                unscored[i].tally.add(u64::from(sessions.table.line(row)));
            };
            series.for_each_stretch(|first, numbers| {
                not_finite(first, numbers).for_each(&mut leave_out);
            });
        }
        let n_rows = u32::try_from(sessions.n_rows()).expect("rows fit in 32 bits");
        let rows: Vec<u32> = if unscored.is_empty() {
            (0..n_rows).collect()
        } else {
            (0..n_rows)
                .filter(|&row| is_complete[row as usize])
                .collect()
        };
        if rows.is_empty() {
            let worst = unscored.iter().max_by_key(|unscored| unscored.tally.count);
            let column = worst
                .map(|unscored| unscored.column.clone())
                .unwrap_or_default();
            return Err(Error::NothingToScore {
                n_rows: sessions.n_rows() as u64,
                column,
            });
        }
        Ok(Selection {
            names: chosen.into_iter().map(str::to_owned).collect(),
            rows,
            unscored,
        })
    }

    /// Returns the position of a row among the scored ones, if it is.
    pub fn position(&self, row: u32) -> Option<u32> {
        // without unscored rows before it a row is its own position
        if self.rows.get(row as usize) == Some(&row) {
            return Some(row);
        }
        let position = self.rows.binary_search(&row).ok()?;
        Some(u32::try_from(position).expect("rows fit in 32 bits"))
    }

    /// Returns the first feature that a row lacks and what is wrong with it; `None` if it is scored.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn lacks(&self, sessions: &Sessions, row: u32) -> Option<Lack> {
        self.names.iter().find_map(|name| {
            let value = sessions.numbers(name)?.number(row as usize);
            (!value.is_finite()).then(|| {
                let reason = reason(sessions, name, row, value);
                Lack {
                    column: name.clone(),
                    reason,
                    inputs: inputs(sessions, name, row, reason),
                }
            })
        })
    }

    /// Returns the values of a feature (by its index in `names`) in the scored rows, in row order.
    pub fn column(&self, sessions: &Sessions, feature: usize) -> Vec<f64> {
        let mut values = Vec::with_capacity(self.rows.len());
        self.append_column(sessions, feature, &mut values);
        values
    }

    fn append_column(&self, sessions: &Sessions, feature: usize, values: &mut Vec<f64>) {
        let series = sessions
            .numbers(&self.names[feature])
            .expect("a selection holds columns of numbers only");
        for rows in self.rows.chunks(STRETCH_ROWS) {
            series.append_rows(rows, values);
        }
    }

    /// Calls with the values of a feature in some thousand scored rows after the other.
    pub fn for_each_stretch(
        &self,
        sessions: &Sessions,
        feature: usize,
        visit: &mut dyn FnMut(&[f64]),
    ) {
        let series = sessions
            .numbers(&self.names[feature])
            .expect("a selection holds columns of numbers only");
        let mut values = Vec::with_capacity(STRETCH_ROWS);
        for rows in self.rows.chunks(STRETCH_ROWS) {
            values.clear();
            series.append_rows(rows, &mut values);
            visit(&values);
        }
    }

    /// Returns the rows that the forest sees, and the scaler if the features are standardized first.
    pub fn encode(
        &self,
        sessions: &Sessions,
        scale: bool,
        n_shards: usize,
    ) -> (EncodedRows, Option<StandardScaler>) {
        let mut scaler = StandardScaler::default();
        let mut rows = EncodedRows::zeros(self.rows.len(), self.names.len(), n_shards);
        let mut column = Vec::with_capacity(self.rows.len());
        for feature in 0..self.names.len() {
            column.clear();
            self.append_column(sessions, feature, &mut column);
            if scale {
                scaler.fit_column(&column);
                rows.set_column(feature, &column, |value| scaler.transform(feature, value));
            } else {
                rows.set_column(feature, &column, |value| value);
            }
        }
        (rows, scale.then_some(scaler))
    }

    /// Returns some of the rows of [`Selection::encode`], by position, with the scaler that came with it.
    ///
    /// # Panics
    /// If a position is beyond the scored rows.
    pub fn matrix_of(
        &self,
        sessions: &Sessions,
        scaler: Option<&StandardScaler>,
        positions: &[u32],
    ) -> Matrix {
        let mut matrix = Matrix::zeros(positions.len(), self.names.len());
        for (feature, name) in self.names.iter().enumerate() {
            let series = sessions
                .numbers(name)
                .expect("a selection holds columns of numbers only");
            let value = |&position: &u32| {
                let value = series.number(self.rows[position as usize] as usize);
                scaler.map_or(value, |scaler| scaler.transform(feature, value))
            };
            matrix.set_column(feature, positions.iter().map(value));
        }
        matrix
    }
}

/// Tells whether it is the file's or the user's choice that there is no feature.
fn no_features(sessions: &Sessions) -> Error {
    let candidates = sessions.overview().candidates;
    if candidates.iter().any(|candidate| candidate.is_default) {
        return Error::NoFeatures;
    }
    let of_file = candidates
        .into_iter()
        .filter(|candidate| !candidate.is_derived);
    let left_off = of_file.filter_map(|candidate| {
        let note = candidate.notes.into_iter().find(|note| note.turns_off())?;
        Some((candidate.name, note))
    });
    let left_off: Vec<(String, Note)> = left_off.collect();
    let none = match left_off.is_empty() {
        true => Error::NoNumbers {
            n_columns: sessions.table.columns.len(),
        },
        false => Error::NoAmounts { left_off },
    };
    none.or_whole_records(sessions)
}

fn reason(sessions: &Sessions, name: &str, row: u32, value: f64) -> Reason {
    let inputs = sessions.inputs(name);
    let has_inputs = !inputs.is_empty()
        && inputs
            .iter()
            .all(|(_, values)| !values.number(row as usize).is_nan());
    if value.is_infinite() || has_inputs {
        return Reason::Undefined;
    }
    match sessions
        .table
        .find(name)
        .map(|column| &sessions.table.columns[column].data)
    {
        Some(Data::Numbers(numbers)) if numbers.malformed_rows.binary_search(&row).is_ok() => {
            Reason::Malformed
        }
        _ => Reason::Missing,
    }
}

/// Says what a formula is undefined for in a row.
fn inputs(sessions: &Sessions, name: &str, row: u32, reason: Reason) -> String {
    if reason != Reason::Undefined {
        return String::new();
    }
    let inputs = sessions.inputs(name).into_iter();
    let inputs = inputs.map(|(name, values)| format!("{name} = {}", values.number(row as usize)));
    inputs.collect::<Vec<_>>().join(" and ")
}
