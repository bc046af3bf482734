//! How each column is read, in sentences: what was decided, why, and what to choose if it is wrong.

use crate::charts::format::{counted, format_count};
use crate::table::{
    Choice, DateOrder, Decimal, Ground, Kind, Noted, NumberForm, Open, OrderGround, TimeForm, Unit,
    Why,
};
use crate::text::visible;
use crate::traffic::{ColumnSummary, Overview};

/// Something to know of how a column is read, and what to choose instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingNote {
    /// Name of the column.
    pub column: String,
    /// The note, in sentences.
    pub text: String,
    /// What it can be switched to, and the words for that.
    pub switch: Option<(Choice, String)>,
}

/// Says how the cells of a column are read, with an example: "“1,234” is 1234.0 (what it counts is whole)".
pub fn decision(overview: &Overview, column: &ColumnSummary) -> String {
    let cell = &column.reason.example;
    let example = visible(cell);
    let other = |i: Option<u32>| {
        let other = i.and_then(|i| overview.columns.get(i as usize));
        other.map_or_else(String::new, |column| visible(&column.name))
    };
    let because = match column.reason.why {
        Why::Plain | Why::Marks(Ground::NoMarks) | Why::Moments | Why::DaysOnly => "",
        Why::Marks(Ground::Cells) => "some cells can be read in no other way",
        Why::Marks(Ground::SmallNumbersAreWhole) => "numbers below 1,000 have no mark",
        Why::Marks(Ground::ThousandsHaveNoMark) => "other numbers above 1,000 have no mark",
        Why::Marks(Ground::OtherColumns) => "as in other columns",
        Why::Marks(Ground::Name) => "what it counts is whole",
        Why::Marks(Ground::Delimiter) => "as in other files separated by commas",
        Why::Marks(Ground::Nothing) | Why::Order(OrderGround::Nothing) => {
            "nothing in the file settles it"
        }
        Why::Order(OrderGround::DoesNotMatter) => "",
        Why::Order(OrderGround::Days) => "some days are above 12",
        Why::Order(OrderGround::InOrder) => "only so are the rows in order of time",
        Why::DayOf => {
            let Kind::Time(form) = column.reading else {
                return String::new();
            };
            return format!(
                "“{example}” is a day; its time of day is in {}",
                other(form.clock)
            );
        }
        Why::ClockOf(Some(day)) => {
            return format!("“{example}” is the time of day to {}", other(Some(day)));
        }
        Why::ClockOf(None) => return format!("“{example}” is a time of day without a day"),
        Why::StrangeAmounts => {
            return format!("“{example}” looks like an amount, and is not understood");
        }
        Why::StrangeTimes => {
            return format!("“{example}” looks like a time, and is not understood");
        }
        Why::Chosen => "you chose it",
    };
    let because = match because {
        "" => String::new(),
        because => format!(" ({because})"),
    };
    match column.reading.value_of(cell) {
        _ if example.is_empty() => because.trim_start().to_owned(),
        Some(value) if value == example || is_same_number(cell, &value) => {
            format!("“{example}”{because}")
        }
        Some(value) => format!("“{example}” is {value}{because}"),
        None => format!("“{example}”{because}"),
    }
}

/// Whether a cell is a number as every program reads it.
fn is_same_number(cell: &str, value: &str) -> bool {
    let number = cell.trim().parse::<f64>();
    number.is_ok() && number == value.parse::<f64>()
}

/// Says of which columns it must be known how they are read: those that could be read otherwise first.
pub fn reading_notes(overview: &Overview) -> Vec<ReadingNote> {
    let (mut open, mut others) = (Vec::new(), Vec::new());
    for column in &overview.columns {
        open.extend(open_note(column));
        others.extend(contradiction(column));
        others.extend(rounded_bytes(column));
        others.extend(strange_times(column));
        others.extend(placeholders(column));
    }
    let has_times = overview.columns.iter().any(ColumnSummary::is_time);
    if !has_times {
        others.push(ReadingNote {
            column: String::new(),
            text: "No column holds times, so there is no timeline, and nothing is told by hour or day.".to_owned(),
            switch: None,
        });
    }
    open.extend(others);
    open
}

/// Says what another choice does.
fn switch(choice: Choice) -> Option<(Choice, String)> {
    let words = match choice {
        Choice::Numbers(Decimal::Point) => "Read points as decimal, commas as thousands",
        Choice::Numbers(Decimal::Comma) => "Read commas as decimal, points as thousands",
        Choice::BytesBy1024 => "Read 1 kB as 1024 bytes",
        Choice::Dates(DateOrder::DayFirst) => "Read the day first",
        Choice::Dates(DateOrder::MonthFirst) => "Read the month first",
        _ => return None,
    };
    Some((choice, words.to_owned()))
}

/// Of a column that could be read the other way round as well.
fn open_note(column: &ColumnSummary) -> Option<ReadingNote> {
    let name = visible(&column.name);
    match column.reading {
        Kind::Number(form) if form.open != Open::Nothing => {
            let Noted { tally, example } = &column.otherwise;
            let first_line = tally.first_line?;
            let other = Kind::Number(NumberForm {
                decimal: form.decimal.other(),
                ..form
            });
            let values = column
                .reading
                .value_of(example)
                .zip(other.value_of(example));
            let example = visible(example);
            let (value, other_value) = values?;
            let cells = counted(tally.count, "cell");
            let has = if tally.count == 1 { "has" } else { "have" };
            let settles = if column.reason.why.is_open() {
                "nothing in the file settles which"
            } else {
                "none of the first rows has such a mark"
            };
            Some(ReadingNote {
                column: column.name.clone(),
                text: format!(
                    "{cells} of {name} {has} a mark before three digits, such as “{example}” (first at line {}): that can be {value} \
                     or {other_value}, and {settles}. It is read as {value}.",
                    format_count(first_line)
                ),
                switch: switch(Choice::Numbers(form.decimal.other())),
            })
        }
        Kind::Time(form) if form.is_order_open => {
            let is_late = !column.reason.why.is_open();
            let Noted { tally, example } = &column.otherwise;
            let first_line = tally.first_line?;
            let other = Kind::Time(TimeForm {
                order: form.order.other(),
                ..form
            });
            let (value, other_value) = column
                .reading
                .value_of(example)
                .zip(other.value_of(example))?;
            let example = visible(example);
            let dates = if is_late {
                format!(
                    "{} of {name}, such as “{example}” (first at line {}),",
                    counted(tally.count, "date"),
                    format_count(first_line)
                )
            } else {
                format!("{name} holds dates such as “{example}”, which")
            };
            let settles = match (is_late, only_in_other_order(column).is_some()) {
                (true, _) => "none of the first rows has such a date",
                (false, true) => "the first rows do not settle which",
                (false, false) => "nothing in the file settles which",
            };
            Some(ReadingNote {
                column: column.name.clone(),
                text: format!(
                    "{dates} can be {value} or {other_value}, and {settles}. They are read as {value}."
                ),
                switch: switch(Choice::Dates(form.order.other())),
            })
        }
        _ => None,
    }
}

/// Cells that are no dates, if the first of them is one with days and months in the other order.
fn only_in_other_order(column: &ColumnSummary) -> Option<&Noted> {
    let Kind::Time(form) = column.reading else {
        return None;
    };
    let other = Kind::Time(TimeForm {
        order: form.order.other(),
        ..form
    });
    let is_date = other.value_of(&column.malformed.example).is_some();
    is_date.then_some(&column.malformed)
}

/// Of cells that say that the column is to be read otherwise.
fn contradiction(column: &ColumnSummary) -> Option<ReadingNote> {
    let Noted { tally, example } = match column.reading {
        Kind::Time(_) => only_in_other_order(column)?,
        _ => &column.otherwise,
    };
    let first_line = tally.first_line?;
    let (what, choice) = match column.reading {
        Kind::Number(form)
            if form.open == Open::Nothing || column.reading.value_of(example).is_none() =>
        {
            (
                match form.decimal {
                    Decimal::Point => "numbers only if commas are decimal",
                    Decimal::Comma => "numbers only if points are decimal",
                },
                Choice::Numbers(form.decimal.other()),
            )
        }
        Kind::Time(form) => (
            match form.order.other() {
                DateOrder::DayFirst => "dates only if the day comes first",
                DateOrder::MonthFirst => "dates only if the month comes first",
            },
            Choice::Dates(form.order.other()),
        ),
        _ => return None,
    };
    let is = if tally.count == 1 { "is" } else { "are" };
    Some(ReadingNote {
        column: column.name.clone(),
        text: format!(
            "{} of {}, such as “{}” (first at line {}), {is} {what}. Most of the first rows say otherwise, so {} left out.",
            counted(tally.count, "cell"),
            visible(&column.name),
            visible(example),
            format_count(first_line),
            if tally.count == 1 {
                "it is"
            } else {
                "they are"
            },
        ),
        switch: switch(choice),
    })
}

/// Of amounts that somebody shortened.
fn rounded_bytes(column: &ColumnSummary) -> Option<ReadingNote> {
    let Kind::Number(form) = column.reading else {
        return None;
    };
    if form.unit != Some(Unit::Bytes) {
        return None;
    }
    let example = &column.reason.example;
    let by_1024 = Kind::Number(NumberForm {
        unit: Some(Unit::BytesBy1024),
        ..form
    });
    let value = column.reading.value_of(example)?;
    if by_1024.value_of(example).as_ref() == Some(&value) {
        return None;
    }
    Some(ReadingNote {
        column: column.name.clone(),
        text: format!(
            "{} is written with units, such as “{}”, so its numbers were rounded before; that is read as {value}, since 1 kB is 1000 \
             bytes unless you say otherwise.",
            visible(&column.name),
            visible(example)
        ),
        switch: switch(Choice::BytesBy1024),
    })
}

fn strange_times(column: &ColumnSummary) -> Option<ReadingNote> {
    let example = visible(&column.reason.example);
    let name = visible(&column.name);
    let text = match column.reason.why {
        Why::StrangeTimes => format!(
            "{name} looks like times, such as “{example}”, that are not understood, so it is read as text. A form such as \
             2024-03-11 09:05:01 is."
        ),
        Why::StrangeAmounts => format!(
            "{name} looks like amounts, such as “{example}”, in a unit that is not understood, so it is read as text."
        ),
        Why::DaysOnly if column.role.is_some() => format!(
            "{name} holds days without a time of day, such as “{example}”: every session of a day counts as at its midnight."
        ),
        Why::ClockOf(None) => format!(
            "{name} holds times of day, such as “{example}”, and no column holds the days to them, so it is read as text."
        ),
        _ => return None,
    };
    Some(ReadingNote {
        column: column.name.clone(),
        text,
        switch: None,
    })
}

fn placeholders(column: &ColumnSummary) -> Option<ReadingNote> {
    let Noted { tally, example } = &column.placeholders;
    let first_line = tally.first_line?;
    let stand = if tally.count == 1 { "stands" } else { "stand" };
    let count = if tally.count == 1 { "counts" } else { "count" };
    Some(ReadingNote {
        column: column.name.clone(),
        text: format!(
            "{} of {}, such as “{}” (first at line {}), {stand} for no time and {count} as missing.",
            counted(tally.count, "cell"),
            visible(&column.name),
            visible(example),
            format_count(first_line)
        ),
        switch: None,
    })
}
