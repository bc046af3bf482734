//! The cells of the file, written again: as they stand there, or as pandas writes them after the notebook's steps.

use super::float;
use crate::table::{
    Data, Dtype, Kind, Seen, Times, format_time, integer, is_missing_word, number, parse_time,
    truth,
};
use crate::traffic::{Role, Sessions};

/// How one column of the file is written again.
pub(super) enum Echo<'a> {
    /// As it stands in the file.
    Unchanged,
    /// As pandas writes a column of this type.
    Typed(Dtype),
    /// A moment, as pandas writes it.
    Times(Moments<'a>),
    /// In capitals.
    Country,
}

/// Moments, and how they are written.
pub(super) struct Moments<'a> {
    times: &'a Times,
    /// Minutes from UTC; `None` where the times name no offset.
    offset: Option<i32>,
    /// How each piece of the rows that are written has them.
    forms: Vec<Form>,
}

/// How a moment is written: as all those that pandas writes at once need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Date,
    /// With so many digits of a second.
    Time(usize),
}

/// The rows that are written, in order, and how many of them pandas writes at once.
#[derive(Clone, Copy)]
pub(super) struct Pieces<'a> {
    pub(super) rows: &'a [u32],
    pub(super) n_at_once: usize,
}

impl<'a> Echo<'a> {
    /// Returns how a column is written after the notebook's steps.
    pub(super) fn as_pandas(sessions: &'a Sessions, column: usize, pieces: Pieces<'_>) -> Echo<'a> {
        let role = sessions.roles.of(column);
        let column = &sessions.table.columns[column];
        let is_number = matches!(column.kind, Kind::Time(form) if form.epoch.is_some());
        let is_day = matches!(column.kind, Kind::Time(form) if form.clock.is_some());
        let is_moment = matches!(role, Some(Role::Start | Role::End | Role::Time));
        match &column.data {
            Data::Times(_) if is_number => Echo::Typed(column.seen.forms.dtype()),
            Data::Times(times) if is_moment && !is_day && !column.seen.has_other_times => {
                Echo::Times(Moments::new(times, &column.seen, pieces))
            }
            Data::Times(_) => Echo::Typed(Dtype::Text),
            Data::Categories(_) if role == Some(Role::Country) => Echo::Country,
            Data::Numbers(_) | Data::Categories(_) | Data::NotKept => {
                Echo::Typed(column.seen.forms.dtype())
            }
        }
    }

    /// Writes the cell of a row, which is in this piece of the rows that are written.
    pub(super) fn cell(&self, row: usize, piece: usize, text: &str) -> String {
        match self {
            Self::Unchanged => text.to_owned(),
            Self::Typed(Dtype::RawText) => text.to_owned(),
            // Namibia, not a missing value
            Self::Country if text == "NA" => text.to_owned(),
            _ if is_missing_word(text) => String::new(),
            Self::Typed(Dtype::Text) => text.to_owned(),
            Self::Typed(Dtype::Integers) => integer(text).unwrap_or_else(|| text.to_owned()),
            Self::Typed(Dtype::Floats) => number(text).map_or_else(|| text.to_owned(), float),
            Self::Typed(Dtype::Truths) => match truth(text) {
                Some(true) => "True".to_owned(),
                Some(false) => "False".to_owned(),
                None => text.to_owned(),
            },
            Self::Times(moments) => moments
                .cell(row, piece, text)
                .unwrap_or_else(|| text.to_owned()),
            Self::Country => text.to_uppercase(),
        }
    }
}

impl<'a> Moments<'a> {
    fn new(times: &'a Times, seen: &Seen, pieces: Pieces<'_>) -> Moments<'a> {
        let offset = match (times.has_naive, times.has_aware) {
            (true, false) => None,
            (false, _) => Some(seen.offsets.single().unwrap_or(0)),
            (true, true) => Some(0),
        };
        let form = |rows: &[u32]| {
            let moments = rows
                .iter()
                .filter_map(|&row| times.values.integer(row as usize));
            let (mut digits, mut are_dates) = (0, offset.is_none());
            for micros in moments {
                digits = digits.max(match micros {
                    micros if micros % 1_000_000 == 0 => 0,
                    micros if micros % 1000 == 0 => 3,
                    _ => 6,
                });
                are_dates &= micros % 86_400_000_000 == 0;
            }
            if are_dates {
                Form::Date
            } else {
                Form::Time(digits)
            }
        };
        Moments {
            times,
            offset,
            forms: pieces.rows.chunks(pieces.n_at_once).map(form).collect(),
        }
    }
}

impl Moments<'_> {
    fn cell(&self, row: usize, piece: usize, text: &str) -> Option<String> {
        let form = *self.forms.get(piece)?;
        let offset = self.offset.unwrap_or(0);
        let mut written = match self.times.values.integer(row) {
            Some(micros) => {
                let local = micros.saturating_add(i64::from(offset) * 60_000_000);
                match form {
                    Form::Date => format_time(local, 0, true).split(' ').next()?.to_owned(),
                    Form::Time(digits) => format_time(local, digits, true),
                }
            }
            None => placeholder(form, text)?,
        };
        if self.offset.is_some() {
            let sign = if offset < 0 { '-' } else { '+' };
            let minutes = offset.unsigned_abs();
            written += &format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        Some(written)
    }
}

/// Writes a date that stands for none, which is one to pandas, with its own time of day: it may be the last of all, which
/// has no moment in UTC.
fn placeholder(form: Form, text: &str) -> Option<String> {
    let date = text.get(..10)?;
    let clock = match text.len() {
        10 => "00:00:00",
        _ => text.get(11..19)?,
    };
    parse_time(&format!("2000{}T{clock}", date.get(4..)?))?;
    let fraction = text.get(19..).and_then(|rest| rest.strip_prefix('.'));
    let fraction = fraction.unwrap_or("").chars();
    let digits = fraction.take_while(char::is_ascii_digit);
    Some(match form {
        Form::Date => date.to_owned(),
        Form::Time(0) => format!("{date} {clock}"),
        Form::Time(n) => {
            let digits: String = digits.chain(std::iter::repeat('0')).take(n).collect();
            format!("{date} {clock}.{digits}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As pandas 3.1.1 writes them.
    #[test]
    fn dates_that_stand_for_none_keep_their_time_of_day() {
        for (form, text, written) in [
            (Form::Time(0), "9999-12-31T23:59:59Z", "9999-12-31 23:59:59"),
            (
                Form::Time(3),
                "1970-01-01T00:00:00.5+03:00",
                "1970-01-01 00:00:00.500",
            ),
            (
                Form::Time(6),
                "1970-01-01 00:00:00",
                "1970-01-01 00:00:00.000000",
            ),
            (Form::Date, "1970-01-01", "1970-01-01"),
            (Form::Time(0), "0001-01-01T00:00:00Z", "0001-01-01 00:00:00"),
        ] {
            assert_eq!(placeholder(form, text).as_deref(), Some(written));
        }
        for text in ["-", "soon", "0000-00-00 00:00:00", "1970-01-01T00:00"] {
            assert_eq!(placeholder(Form::Time(0), text), None, "{text}");
        }
    }
}
