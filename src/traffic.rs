//! Columns to sessions: which column plays which part, the notebook's derived columns, and which columns are offered
//! as features.
//!
//! Takes a [`Table`], gives [`Sessions`] and an [`Overview`] of every decision, so that nothing is guessed in silence.
//! Knows nothing of forests.

mod candidate;
mod coverage;
mod evidence;
mod label;
mod log1p;

mod rates;
mod role;

pub use candidate::{Candidate, Note};
pub use label::{
    Blank, Label, LabelColumn, LabelValue, Labels, MAX_LABEL_VALUES, Unfit, UnfitReason,
};
pub use role::{Role, Roles};

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::OnceLock;

use log1p::log1p;
use rates::{Rate, hour_of_day, per_source_hour, per_source_hour_of};
use serde::{Deserialize, Serialize};

use crate::source::Format;
use crate::table::{
    Categories, Choices, Data, Header, Interner, Kind, LeftOut, MISSING, NO_CATEGORY, Noted,
    Packed, Reason, Table, Tally, Values,
};

/// The notebook's three features.
pub const NOTEBOOK_FEATURES: [&str; 3] = ["bytes_in", "bytes_out", DURATION];

/// Name of the derived session length.
pub const DURATION: &str = "duration_seconds";

/// Name of the derived byte rate, which the notebook calls a packet size.
pub const AVG_PACKET_SIZE: &str = "avg_packet_size";

/// The most rows that are looked at together.
pub(crate) const STRETCH_ROWS: usize = 4096;

/// How many times as many rows as are wanted are unpacked at once: beyond, each of them is looked up.
const MAX_SPREAD: usize = 8;

/// A column computed from others.
#[derive(Debug)]
pub struct Derived {
    /// Its name in exports.
    pub name: &'static str,
    formula: Formula,
}

#[derive(Debug)]
enum Formula {
    /// Seconds from the start to the end.
    Duration(Values),
    /// (bytes in + bytes out) / duration.
    BytesPerSecond,
    /// log(1 + an amount).
    Log1p(Amount),
    /// Bytes out / bytes in.
    BytesRatio,
    /// Hour of the day, in UTC.
    HourOfDay,
    /// What the source did in the same hour, computed when first asked for.
    PerSourceHour(Rate, OnceLock<Values>),
}

/// An amount that a session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    BytesIn,
    BytesOut,
    Duration,
}

impl Derived {
    /// Whether the notebook derives it too: then it is in every export, chosen or not.
    pub fn is_of_notebook(&self) -> bool {
        [DURATION, AVG_PACKET_SIZE].contains(&self.name)
    }
}

/// The values of a column of numbers, of the file or derived.
#[derive(Debug, Clone, Copy)]
pub enum Series<'a> {
    /// Values that are kept.
    Kept(&'a Values),
    /// (bytes in + bytes out) / duration, computed when asked for.
    BytesPerSecond {
        /// Bytes in.
        bytes_in: &'a Values,
        /// Bytes out.
        bytes_out: &'a Values,
        /// Seconds.
        duration: &'a Values,
    },
    /// log(1 + a value), computed when asked for.
    Log1p(&'a Values),
    /// Bytes out / bytes in, computed when asked for.
    BytesRatio {
        /// Bytes in.
        bytes_in: &'a Values,
        /// Bytes out.
        bytes_out: &'a Values,
    },
    /// Hour of the day of a time, in UTC, computed when asked for.
    HourOfDay(Moments<'a>),
}

impl Series<'_> {
    /// Returns the number in a row: NaN where an input is missing, infinite where the division is by zero.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn number(&self, row: usize) -> f64 {
        match self {
            Series::Kept(values) => values.number(row),
            Series::BytesPerSecond {
                bytes_in,
                bytes_out,
                duration,
            } => (bytes_in.number(row) + bytes_out.number(row)) / duration.number(row),
            Series::Log1p(values) => log1p(values.number(row)),
            Series::BytesRatio {
                bytes_in,
                bytes_out,
            } => bytes_out.number(row) / bytes_in.number(row),
            Series::HourOfDay(moments) => moments.get(row).map_or(f64::NAN, hour_of_day),
        }
    }

    /// Number of rows.
    fn n_rows(&self) -> usize {
        match self {
            Series::Kept(values) | Series::Log1p(values) => values.len(),
            Series::BytesPerSecond { bytes_in, .. } | Series::BytesRatio { bytes_in, .. } => {
                bytes_in.len()
            }
            Series::HourOfDay(moments) => moments.values.len(),
        }
    }

    /// Appends the numbers in some rows, in their order.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn append_numbers(&self, rows: Range<usize>, numbers: &mut Vec<f64>) {
        let start = numbers.len();
        let with = |numbers: &mut Vec<f64>, others: &Values, of: fn(f64, f64) -> f64| {
            let mut of_others = Vec::with_capacity(rows.len());
            others.append_numbers(rows.clone(), &mut of_others);
            for (number, other) in numbers[start..].iter_mut().zip(of_others) {
                *number = of(*number, other);
            }
        };
        match self {
            Series::Kept(values) => values.append_numbers(rows, numbers),
            Series::BytesPerSecond {
                bytes_in,
                bytes_out,
                duration,
            } => {
                bytes_in.append_numbers(rows.clone(), numbers);
                with(numbers, bytes_out, |a, b| a + b);
                with(numbers, duration, |a, b| a / b);
            }
            Series::Log1p(values) => {
                values.append_numbers(rows, numbers);
                let values = numbers[start..].iter_mut();
                values.for_each(|value| *value = log1p(*value));
            }
            Series::BytesRatio {
                bytes_in,
                bytes_out,
            } => {
                bytes_out.append_numbers(rows.clone(), numbers);
                with(numbers, bytes_in, |a, b| a / b);
            }
            Series::HourOfDay(moments) => moments.for_each_in(rows, |micros| {
                numbers.push(micros.map_or(f64::NAN, hour_of_day));
            }),
        }
    }

    /// Appends the numbers in these rows, which ascend.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn append_rows(&self, rows: &[u32], numbers: &mut Vec<f64>) {
        let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else {
            return;
        };
        let (first, end) = (first as usize, last as usize + 1);
        if end - first == rows.len() {
            self.append_numbers(first..end, numbers);
        } else if end - first <= MAX_SPREAD * rows.len() {
            let mut all = Vec::with_capacity(end - first);
            self.append_numbers(first..end, &mut all);
            numbers.extend(rows.iter().map(|&row| all[row as usize - first]));
        } else {
            numbers.extend(rows.iter().map(|&row| self.number(row as usize)));
        }
    }

    /// Calls with every number, in row order.
    pub fn for_each_number(&self, mut visit: impl FnMut(f64)) {
        self.for_each_stretch(|_, numbers| numbers.iter().for_each(|&value| visit(value)));
    }

    /// Calls with the first row and the numbers of some thousand rows after the other, in row order.
    pub(crate) fn for_each_stretch(&self, mut visit: impl FnMut(usize, &[f64])) {
        let mut numbers = Vec::with_capacity(STRETCH_ROWS);
        for rows in self.stretches() {
            numbers.clear();
            let first = rows.start;
            self.append_numbers(rows, &mut numbers);
            visit(first, &numbers);
        }
    }

    /// Returns every number, in row order.
    pub fn to_numbers(&self) -> Vec<f64> {
        let mut numbers = Vec::with_capacity(self.n_rows());
        for rows in self.stretches() {
            self.append_numbers(rows, &mut numbers);
        }
        numbers
    }

    /// Whether all numbers are whole, up to the first that is not.
    pub fn are_whole(&self) -> bool {
        let mut numbers = Vec::with_capacity(STRETCH_ROWS);
        self.stretches().all(|rows| {
            numbers.clear();
            self.append_numbers(rows, &mut numbers);
            let mut numbers = numbers.iter();
            numbers.all(|value| value.fract() == 0.0 || !value.is_finite())
        })
    }

    /// Returns all rows, some at a time: what is computed on the way takes little room.
    fn stretches(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let n_rows = self.n_rows();
        let starts = (0..n_rows).step_by(STRETCH_ROWS);
        starts.map(move |start| start..n_rows.min(start + STRETCH_ROWS))
    }
}

/// Returns the rows, of which the first is given, whose number is missing or infinite, and that number.
pub(crate) fn not_finite(first: usize, numbers: &[f64]) -> impl Iterator<Item = (usize, f64)> {
    // looked at together first, which is quicker: nearly always there are none
    let is_none = numbers
        .iter()
        .fold(true, |all, value| all & value.is_finite());
    let numbers = if is_none { &[] } else { numbers };
    let rows = (first..).zip(numbers.iter().copied());
    rows.filter(|(_, value)| !value.is_finite())
}

/// Adds two numbers of which one may be missing; NaN if both are.
fn sum_of_known(a: f64, b: f64) -> f64 {
    match (a.is_nan(), b.is_nan()) {
        (true, _) => b,
        (false, true) => a,
        (false, false) => a + b,
    }
}

/// A log, cleaned: its table, the parts its columns play, and what is derived from them.
#[derive(Debug)]
pub struct Sessions {
    /// The columns of the file.
    pub table: Table,
    /// Which column plays which part.
    pub roles: Roles,
    /// `duration_seconds` and `avg_packet_size`, then what the notebook does not derive, where their inputs are there.
    pub derived: Vec<Derived>,
    /// Rows that end before they start.
    pub ends_before_start: Tally,
    /// The country of each row, upper-cased, with sorted names; `None` if no column has that part.
    pub countries: Option<Categories>,
}

/// What is known of a file once it is read: everything the page needs to show its decisions and offer its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// How the file is written.
    pub format: Format,
    /// Rows of the file below the header.
    pub n_read: u64,
    /// Rows that remain after cleaning.
    pub n_rows: u64,
    /// Rows left out, by reason.
    pub left_out: LeftOut,
    /// Fields that are not UTF-8 and were read as Latin-1.
    pub latin1: Tally,
    /// Rows that end before they start.
    pub ends_before_start: Tally,
    /// Fields that hold a NUL byte.
    pub nul: Tally,
    /// What stands at the top of the file.
    pub header: Header,
    /// The columns of the file.
    pub columns: Vec<ColumnSummary>,
    /// The columns offered as features, derived ones last.
    pub candidates: Vec<Candidate>,
    /// Column whose name says that it holds labels, if any.
    pub label: Option<String>,
    /// The columns that can be taken as labels.
    pub labels: Vec<LabelColumn>,
    /// The columns that cannot, though their names say that they are labels.
    pub unfit_labels: Vec<Unfit>,
}

/// What a column was taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// Its kind in words.
    pub kind: String,
    /// The part it plays, if any.
    pub role: Option<Role>,
    /// Cells without a value.
    pub missing: Tally,
    /// Cells that are not of the column's kind.
    pub malformed: Noted,
    /// Cells that another reading of the column would take for another value, or for one at all.
    pub otherwise: Noted,
    /// Dates that stand for none.
    pub placeholders: Noted,
    /// How its cells are read.
    pub reading: Kind,
    /// Why.
    pub reason: Reason,
}

impl ColumnSummary {
    /// Whether its values are kept, so that rows can be asked for them.
    pub fn is_kept(&self) -> bool {
        self.kind != "empty" && !self.kind.starts_with("free text")
    }

    /// Whether it holds moments.
    pub fn is_time(&self) -> bool {
        matches!(self.reading, Kind::Time(_))
    }

    /// Whether it holds numbers.
    pub fn is_number(&self) -> bool {
        matches!(self.reading, Kind::Number(_))
    }
}

/// What somebody chose for the columns of a file, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ColumnChoices {
    /// How cells are read.
    pub readings: Choices,
    /// The part that a column plays; `None` for none.
    pub roles: BTreeMap<String, Option<Role>>,
    /// Whether the first line of the table is its header; `None` if its cells decide.
    #[serde(default)]
    pub has_header: Option<bool>,
}

impl ColumnChoices {
    /// Whether nothing is chosen.
    pub fn is_empty(&self) -> bool {
        self.readings.is_empty() && self.roles.is_empty() && self.has_header.is_none()
    }
}

/// The times of a column.
#[derive(Debug, Clone, Copy)]
pub struct Moments<'a> {
    /// Microseconds since 1970-01-01 UTC.
    values: &'a Values,
}

impl Moments<'_> {
    /// Returns the times of a part of the column; [`MISSING`] where there is none.
    fn of_part(&self, part: &Packed) -> Vec<i64> {
        let mut times = Vec::with_capacity(part.len());
        part.append_integers(0..part.len(), &mut times);
        times
    }

    /// Calls with every time, in row order, in microseconds since 1970-01-01 UTC.
    pub fn for_each(&self, visit: impl FnMut(Option<i64>)) {
        self.values.for_each_integer(visit);
    }

    /// Calls with every time in some rows, in their order.
    fn for_each_in(&self, rows: Range<usize>, visit: impl FnMut(Option<i64>)) {
        self.values.for_each_integer_in(rows, visit);
    }

    /// Returns the time in a row, in microseconds since 1970-01-01 UTC.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn get(&self, row: usize) -> Option<i64> {
        self.values.integer(row)
    }
}

impl Sessions {
    /// Assigns the parts by the names of the columns and derives the notebook's columns.
    pub fn from_table(table: Table) -> Sessions {
        Sessions::as_chosen(table, &BTreeMap::new())
    }

    /// As [`Sessions::from_table`], with parts that somebody chose for columns, by their names.
    pub fn as_chosen(table: Table, chosen: &BTreeMap<String, Option<Role>>) -> Sessions {
        let roles = Roles::assign(&table, chosen);
        let countries = roles
            .column(Role::Country)
            .and_then(|column| upper_case(&table.columns[column].data));
        let mut sessions = Sessions {
            table,
            roles,
            derived: Vec::new(),
            ends_before_start: Tally::default(),
            countries,
        };
        sessions.derive();
        sessions
    }

    /// Number of sessions.
    pub fn n_rows(&self) -> usize {
        self.table.n_rows()
    }

    /// Adds the derived columns, unless an input is absent or the file already has such a column.
    fn derive(&mut self) {
        if let Some(values) = self.durations() {
            self.ends_before_start = self.below_zero(&values);
            if self.table.find(DURATION).is_none() {
                self.derived.push(Derived {
                    name: DURATION,
                    formula: Formula::Duration(values),
                });
            }
        }
        if self.bytes_per_second().is_some() && self.table.find(AVG_PACKET_SIZE).is_none() {
            self.derived.push(Derived {
                name: AVG_PACKET_SIZE,
                formula: Formula::BytesPerSecond,
            });
        }
        for (name, formula) in self.further_formulas() {
            if self.table.find(name).is_none() {
                self.derived.push(Derived { name, formula });
            }
        }
    }

    /// Returns what the notebook does not derive, as far as the inputs are there.
    fn further_formulas(&self) -> Vec<(&'static str, Formula)> {
        let mut formulas = Vec::new();
        let has = |amount| self.amount(amount).is_some();
        let (has_in, has_out) = (has(Amount::BytesIn), has(Amount::BytesOut));
        for (name, amount) in [
            ("log1p_bytes_in", Amount::BytesIn),
            ("log1p_bytes_out", Amount::BytesOut),
            ("log1p_duration_seconds", Amount::Duration),
        ] {
            if has(amount) {
                formulas.push((name, Formula::Log1p(amount)));
            }
        }
        if has_in && has_out {
            formulas.push(("bytes_ratio", Formula::BytesRatio));
        }
        let has_times = self
            .time_role()
            .is_some_and(|role| self.moments(role).is_some());
        if has_times {
            formulas.push(("hour_of_day", Formula::HourOfDay));
        }
        if has_times && self.roles.column(Role::SourceIp).is_some() {
            let rate = |rate| Formula::PerSourceHour(rate, OnceLock::new());
            formulas.push(("sessions_per_source_hour", rate(Rate::Sessions)));
            if has_in || has_out {
                formulas.push(("bytes_per_source_hour", rate(Rate::Bytes)));
            }
        }
        formulas
    }

    /// Gives back the memory of derived columns that are not among the chosen ones.
    pub fn keep_only(&mut self, chosen: &[String]) {
        for derived in &mut self.derived {
            if let Formula::PerSourceHour(_, values) = &mut derived.formula
                && !chosen.iter().any(|name| name == derived.name)
            {
                values.take();
            }
        }
    }

    /// Counts the rows with a number below 0.
    fn below_zero(&self, values: &Values) -> Tally {
        let mut tally = Tally::default();
        Series::Kept(values).for_each_stretch(|first, numbers| {
            // looked at together first, which is quicker: nearly always there are none
            if !numbers
                .iter()
                .fold(false, |any, &value| any | (value < 0.0))
            {
                return;
            }
            for (row, _) in (first..).zip(numbers).filter(|(_, value)| **value < 0.0) {
                tally.add(u64::from(self.table.line(row)));
            }
        });
        tally
    }

    /// Returns what a derived column is computed from, by name; nothing for a column of the file, or one for which more than
    /// the row is looked at.
    pub fn inputs(&self, name: &str) -> Vec<(&str, &Values)> {
        let input = |amount| {
            let name = match amount {
                Amount::BytesIn => self.role_name(Role::BytesIn)?,
                Amount::BytesOut => self.role_name(Role::BytesOut)?,
                Amount::Duration => DURATION,
            };
            Some((name, self.amount(amount)?))
        };
        let amounts: &[Amount] = match self.formula(name) {
            Some(Formula::BytesPerSecond) => &[Amount::BytesIn, Amount::BytesOut, Amount::Duration],
            Some(Formula::BytesRatio) => &[Amount::BytesOut, Amount::BytesIn],
            Some(Formula::Log1p(Amount::BytesIn)) => &[Amount::BytesIn],
            Some(Formula::Log1p(Amount::BytesOut)) => &[Amount::BytesOut],
            Some(Formula::Log1p(Amount::Duration)) => &[Amount::Duration],
            _ => &[],
        };
        amounts.iter().copied().filter_map(input).collect()
    }

    fn role_name(&self, role: Role) -> Option<&str> {
        let column = self.roles.column(role)?;
        Some(&self.table.columns[column].name)
    }

    fn amount(&self, amount: Amount) -> Option<&Values> {
        match amount {
            Amount::BytesIn => self.role_numbers(Role::BytesIn),
            Amount::BytesOut => self.role_numbers(Role::BytesOut),
            Amount::Duration => match self.numbers(DURATION)? {
                Series::Kept(values) => Some(values),
                _ => None,
            },
        }
    }

    fn durations(&self) -> Option<Values> {
        let (start, end) = (self.moments(Role::Start)?, self.moments(Role::End)?);
        Some(Values::combine(
            start.values,
            end.values,
            |of_start, of_end| {
                let (starts, ends) = (start.of_part(of_start), end.of_part(of_end));
                let seconds = |(&start, &end): (&i64, &i64)| match (start, end) {
                    (MISSING, _) | (_, MISSING) => f64::NAN,
                    _ => total_seconds(end.saturating_sub(start)),
                };
                starts.iter().zip(&ends).map(seconds).collect()
            },
        ))
    }

    fn bytes_per_second(&self) -> Option<Series<'_>> {
        Some(Series::BytesPerSecond {
            bytes_in: self.amount(Amount::BytesIn)?,
            bytes_out: self.amount(Amount::BytesOut)?,
            duration: self.amount(Amount::Duration)?,
        })
    }

    /// Returns the times in the column that plays this part.
    pub fn moments(&self, role: Role) -> Option<Moments<'_>> {
        match &self.table.columns[self.roles.column(role)?].data {
            Data::Times(times) => Some(Moments {
                values: &times.values,
            }),
            Data::Numbers(_) | Data::Categories(_) | Data::NotKept => None,
        }
    }

    /// Returns the part whose column says when a session happened.
    pub fn time_role(&self) -> Option<Role> {
        [Role::Start, Role::Time, Role::End]
            .into_iter()
            .find(|&role| self.roles.column(role).is_some())
    }

    /// Returns the values of a column of numbers, of the file or derived; NaN where there is none.
    pub fn numbers(&self, name: &str) -> Option<Series<'_>> {
        match self.formula(name) {
            Some(Formula::Duration(values)) => return Some(Series::Kept(values)),
            Some(Formula::BytesPerSecond) => return self.bytes_per_second(),
            Some(&Formula::Log1p(amount)) => return Some(Series::Log1p(self.amount(amount)?)),
            Some(Formula::BytesRatio) => {
                return Some(Series::BytesRatio {
                    bytes_in: self.amount(Amount::BytesIn)?,
                    bytes_out: self.amount(Amount::BytesOut)?,
                });
            }
            Some(Formula::HourOfDay) => {
                return Some(Series::HourOfDay(self.moments(self.time_role()?)?));
            }
            Some(Formula::PerSourceHour(rate, values)) => {
                let computed = || {
                    per_source_hour(self, *rate).expect("it is derived only where its inputs are")
                };
                return Some(Series::Kept(values.get_or_init(computed)));
            }
            None => {}
        }
        match &self.table.columns[self.table.find(name)?].data {
            Data::Numbers(numbers) => Some(Series::Kept(&numbers.values)),
            _ => None,
        }
    }

    /// Returns the values of each derived column in a few rows, in their order; what takes all rows to compute is not kept for
    /// that.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn derived_in(&self, rows: &[u32]) -> Vec<Vec<f64>> {
        let mut rates = None;
        let derived = self.derived.iter();
        derived
            .map(|derived| match &derived.formula {
                Formula::PerSourceHour(rate, values) if values.get().is_none() => {
                    let rates = rates.get_or_insert_with(|| per_source_hour_of(self, rows));
                    rates.iter().map(|rates| rates.of(*rate)).collect()
                }
                _ => {
                    let series = self.numbers(derived.name);
                    let series = series.expect("it is derived only where its inputs are");
                    let rows = rows.iter();
                    rows.map(|&row| series.number(row as usize)).collect()
                }
            })
            .collect()
    }

    fn formula(&self, name: &str) -> Option<&Formula> {
        let mut derived = self.derived.iter();
        derived
            .find(|derived| derived.name == name)
            .map(|derived| &derived.formula)
    }

    /// Returns the numbers of the column that plays this part.
    pub fn role_numbers(&self, role: Role) -> Option<&Values> {
        match &self.table.columns[self.roles.column(role)?].data {
            Data::Numbers(numbers) => Some(&numbers.values),
            _ => None,
        }
    }

    /// Returns bytes in plus bytes out of every row, what is missing counting nothing; NaN if both are missing, `None` if
    /// no column has either part.
    pub fn bytes(&self) -> Option<Vec<f64>> {
        let (bytes_in, bytes_out) = (
            self.role_numbers(Role::BytesIn),
            self.role_numbers(Role::BytesOut),
        );
        let mut bytes = bytes_in.or(bytes_out)?.to_numbers();
        if let (Some(_), Some(bytes_out)) = (bytes_in, bytes_out) {
            let mut row = 0;
            bytes_out.for_each_number(|value| {
                bytes[row] = sum_of_known(bytes[row], value);
                row += 1;
            });
        }
        Some(bytes)
    }

    /// Returns what [`Self::bytes`] has for a row.
    fn bytes_of(&self, row: usize) -> f64 {
        let number = |role| {
            let values = self.role_numbers(role);
            values.map_or(f64::NAN, |values| values.number(row))
        };
        sum_of_known(number(Role::BytesIn), number(Role::BytesOut))
    }

    /// Says what was read and decided.
    pub fn overview(&self) -> Overview {
        let table = &self.table;
        let columns = table
            .columns
            .iter()
            .enumerate()
            .map(|(i, column)| ColumnSummary {
                name: column.name.clone(),
                kind: self.kind_in_words(i),
                role: self.roles.of(i),
                missing: column.missing,
                malformed: column.malformed.clone(),
                otherwise: column.otherwise.clone(),
                placeholders: column.placeholders.clone(),
                reading: column.kind,
                reason: column.reason.clone(),
            });
        Overview {
            format: table.format,
            n_read: table.n_read,
            n_rows: table.n_rows() as u64,
            left_out: table.left_out,
            latin1: table.latin1,
            ends_before_start: self.ends_before_start,
            nul: table.nul,
            header: table.header.clone(),
            columns: columns.collect(),
            candidates: candidate::candidates(self),
            label: self
                .roles
                .column(Role::Label)
                .map(|column| table.columns[column].name.clone()),
            labels: self.label_columns(),
            unfit_labels: self.unfit_labels(),
        }
    }

    fn kind_in_words(&self, column: usize) -> String {
        let kind = self.table.columns[column].kind;
        match &self.table.columns[column].data {
            Data::Numbers(_) => kind.in_words(),
            Data::Times(times) if times.has_naive => {
                format!("{} without an offset, taken as UTC", kind.in_words())
            }
            Data::Times(_) => kind.in_words(),
            Data::Categories(categories) => match categories.names.len() {
                1 => "text, one value".to_owned(),
                n => format!("text, {n} values"),
            },
            Data::NotKept if self.table.is_empty_column(column) => "empty".to_owned(),
            Data::NotKept => "free text, too many values to group".to_owned(),
        }
    }
}

/// Returns microseconds as seconds, to the last bit as pandas 3.1's `total_seconds()` does: whole seconds and the rest are
/// converted apart, and a rest never rounds away.
fn total_seconds(micros: i64) -> f64 {
    let (whole, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let seconds = whole as f64 + rest as f64 / 1e6;
    if rest == 0 {
        seconds
    } else if seconds == whole as f64 {
        seconds.next_up()
    } else if seconds == whole as f64 + 1.0 {
        seconds.next_down()
    } else {
        seconds
    }
}

/// Merges categories that differ only in case, and sorts the names, as `str.upper()` and `get_dummies` do.
fn upper_case(data: &Data) -> Option<Categories> {
    let Data::Categories(raw) = data else {
        return None;
    };
    let mut names: Vec<String> = raw.names.iter().map(|name| name.to_uppercase()).collect();
    names.sort_unstable();
    names.dedup();
    let code = |name: &String| {
        names
            .binary_search(&name.to_uppercase())
            .ok()
            .and_then(|i| u32::try_from(i).ok())
            .unwrap_or(NO_CATEGORY)
    };
    let merged: Vec<u32> = raw.names.iter().map(code).collect();
    Some(raw.recode(&merged, names))
}

/// Makes categories of a column of numbers, in the order of appearance.
pub fn number_categories(values: &Values) -> Categories {
    let mut interner = Interner::default();
    let mut known: HashMap<u64, u32> = HashMap::new();
    // ports and codes are small whole numbers, which need no hashing
    let mut small = vec![NO_CATEGORY; 1 + usize::from(u16::MAX)];
    let mut code = |value: f64| {
        let whole = value as i32;
        let is_whole = f64::from(whole).to_bits() == value.to_bits();
        if is_whole && (0..small.len() as i32).contains(&whole) {
            let code = &mut small[whole as usize];
            if *code == NO_CATEGORY {
                *code = interner.code(value.to_string().as_bytes());
            }
            *code
        } else if value.is_nan() {
            NO_CATEGORY
        } else {
            *known
                .entry(value.to_bits())
                .or_insert_with(|| interner.code(value.to_string().as_bytes()))
        }
    };
    let mut codes = Vec::with_capacity(values.len());
    // most rows have the port of the row before
    let (mut last, mut last_code) = (f64::NAN.to_bits(), NO_CATEGORY);
    values.for_each_number(|value| {
        if value.to_bits() != last {
            (last, last_code) = (value.to_bits(), code(value));
        }
        codes.push(last_code);
    });
    Categories::of_codes(&codes, interner.into_names().into_strings())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by pandas 3.1.1, of the differences of times.
    #[test]
    fn seconds_are_those_of_pandas() {
        let most = 315_537_897_600_000_000; // the years 1 to 9999
        for (micros, seconds) in [
            (0, 0.0),
            (600_000_000, 600.0),
            (4_919_000, 4.9190000000000005), // 4919.0 / 1000.0 is 4.919
            (-4_997_000, -4.997),
            (900_000, 0.9),
            (300_100_000, 300.1),
            (most - 1, 315537897599.99994),
            (most - 999_999, 315537897599.00006),
            (999_999 - most, -315537897599.00006),
        ] {
            assert_eq!(total_seconds(micros), seconds, "{micros}");
        }
    }
}
