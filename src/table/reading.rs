//! How each column is read: decided once from the cells of the head, and why; or chosen by somebody.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cell::{is_missing, trim};
use super::format_time;
use super::moment::{
    DateOrder, Epoch, Moment, OrderEvidence, OrderGround, TimeForm, looks_like_time, parse_clock,
    parse_written,
};
use super::name::{self, Meaning, meaning};
use super::number::{
    Around, Decimal, Evidence, Ground, NumberForm, Open, Unit, bare, is_either, looks_like_amount,
    parse_number, unit_of,
};
use crate::source::Delimiter;

/// Share of the head's values that must parse for a column to be of numbers or of times.
const KIND_SHARE: f64 = 0.8;

/// Cells of a column of text that show that it is one.
const FIRST_CELLS: usize = 64;

/// Characters of a cell that is shown as an example.
const EXAMPLE_CHARS: usize = 60;

/// The kind of a column, and the form of its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// No value was seen yet; the values further down decide.
    Undecided,
    /// Numbers.
    Number(NumberForm),
    /// Timestamps.
    Time(TimeForm),
    /// Any other text.
    Text,
}

impl Kind {
    /// Numbers as programs write them.
    pub const NUMBER: Kind = Kind::Number(NumberForm::of(Decimal::Point));

    /// Reads a cell and writes its value as pandas would; `None` if it has none.
    pub fn value_of(self, cell: &str) -> Option<String> {
        let cell = trim(cell);
        match self {
            Self::Number(form) => {
                let number = parse_number(cell, form)?;
                let is_whole = number.value.fract() == 0.0 && number.value.abs() < 1e15;
                Some(if is_whole {
                    format!("{:.0}", number.value)
                } else {
                    number.value.to_string()
                })
            }
            Self::Time(form) => match form.parse(cell)? {
                Moment::At(instant) => Some(format_time(
                    instant.micros,
                    usize::from(instant.fraction_digits()),
                    instant.is_naive,
                )),
                Moment::Placeholder => None,
            },
            Self::Text | Self::Undecided => None,
        }
    }

    /// Says what the column holds: "numbers", "bytes", "time, as seconds since 1970".
    pub fn in_words(self) -> String {
        match self {
            Self::Number(form) => match form.unit {
                None => "numbers".to_owned(),
                Some(Unit::Percent) => "percent".to_owned(),
                Some(Unit::Bytes) => "bytes, 1 kB = 1000".to_owned(),
                Some(Unit::BytesBy1024) => "bytes, 1 kB = 1024".to_owned(),
                Some(Unit::Seconds | Unit::Clock) => "durations, in seconds".to_owned(),
            },
            Self::Time(TimeForm {
                epoch: Some(epoch), ..
            }) => format!("time, as {}", epoch.name()),
            Self::Time(_) => "time".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Undecided => "empty".to_owned(),
        }
    }
}

/// How somebody wants a column to be read, in place of what its cells say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// As text.
    Text,
    /// As numbers with this decimal mark.
    Numbers(Decimal),
    /// As bytes of which a kB has 1024.
    BytesBy1024,
    /// As dates in this order.
    Dates(DateOrder),
    /// As times that count this.
    Counts(Epoch),
}

impl Choice {
    /// All of them, with the names that links and projects use and those for people.
    pub const ALL: [(Choice, &'static str, &'static str); 11] = [
        (Self::Text, "text", "Text"),
        (Self::Numbers(Decimal::Point), "point", "Numbers: 1,234.5"),
        (Self::Numbers(Decimal::Comma), "comma", "Numbers: 1.234,5"),
        (Self::BytesBy1024, "1024", "Bytes: 1 kB = 1024"),
        (
            Self::Dates(DateOrder::DayFirst),
            "dmy",
            "Times: day before month",
        ),
        (
            Self::Dates(DateOrder::MonthFirst),
            "mdy",
            "Times: month before day",
        ),
        (
            Self::Counts(Epoch::Seconds),
            "s",
            "Times: seconds since 1970",
        ),
        (
            Self::Counts(Epoch::Milliseconds),
            "ms",
            "Times: milliseconds since 1970",
        ),
        (
            Self::Counts(Epoch::Microseconds),
            "us",
            "Times: microseconds since 1970",
        ),
        (
            Self::Counts(Epoch::Nanoseconds),
            "ns",
            "Times: nanoseconds since 1970",
        ),
        (
            Self::Counts(Epoch::ExcelDays),
            "excel",
            "Times: days since 1900 (Excel)",
        ),
    ];

    /// Returns the name that links and projects use.
    pub fn name(self) -> &'static str {
        let all = Self::ALL.iter();
        let mut names = all.filter(|(choice, ..)| *choice == self);
        names.next().map_or("", |(_, name, _)| name)
    }

    /// Returns the choice of this name.
    pub fn named(name: &str) -> Option<Choice> {
        let mut all = Self::ALL.iter();
        all.find(|(_, known, _)| *known == name)
            .map(|(choice, ..)| *choice)
    }

    /// Returns how a column is read then, which by its cells is read like this.
    fn apply(self, found: Kind) -> Kind {
        let numbers = match found {
            Kind::Number(form) => form,
            _ => NumberForm::default(),
        };
        let times = match found {
            Kind::Time(form) => form,
            _ => TimeForm::default(),
        };
        match self {
            Self::Text => Kind::Text,
            Self::Numbers(decimal) => Kind::Number(NumberForm {
                decimal,
                open: Open::Nothing,
                ..numbers
            }),
            Self::BytesBy1024 => Kind::Number(NumberForm {
                unit: Some(Unit::BytesBy1024),
                ..numbers
            }),
            Self::Dates(order) => Kind::Time(TimeForm {
                order,
                epoch: None,
                is_order_open: false,
                ..times
            }),
            Self::Counts(epoch) => Kind::Time(TimeForm {
                epoch: Some(epoch),
                decimal: numbers.decimal,
                ..times
            }),
        }
    }
}

/// What somebody chose, by the name of the column.
pub type Choices = BTreeMap<String, Choice>;

/// Why a column is read as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// Its cells can be read in no other way.
    Plain,
    /// What settled its decimal mark.
    Marks(Ground),
    /// What settled the order of days and months.
    Order(OrderGround),
    /// Its numbers are moments since 1970, or days since 1900.
    Moments,
    /// It holds the days to the times of day in another column.
    DayOf,
    /// It holds the times of day to the days in another column, or times of day without a day.
    ClockOf(Option<u32>),
    /// It holds days, and no column the times of day to them.
    DaysOnly,
    /// It looks like amounts in a unit that is not understood.
    StrangeAmounts,
    /// It looks like times, and is not understood.
    StrangeTimes,
    /// Somebody chose it.
    Chosen,
}

impl Why {
    /// Whether it could be the other way round as well.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Marks(Ground::Nothing) | Self::Order(OrderGround::Nothing)
        )
    }
}

/// Why a column is read as it is, with a cell that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Why.
    pub why: Why,
    /// A cell of the head, shortened; empty if there is none.
    pub example: String,
}

impl Reason {
    /// For cells that can be read in one way only.
    pub const PLAIN: Reason = Reason {
        why: Why::Plain,
        example: String::new(),
    };
}

/// Shortens a cell to be shown as an example.
pub(super) fn example(cell: &str) -> String {
    match cell.char_indices().nth(EXAMPLE_CHARS) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    }
}

/// Decides how columns are read, by their names and by the cells of each.
pub(super) fn decide(
    names: &[String],
    columns: &[Vec<&str>],
    delimiter: Delimiter,
    choices: &Choices,
) -> (Vec<Kind>, Vec<Reason>) {
    let columns: Vec<Vec<&str>> = columns
        .iter()
        .map(|cells| cells.iter().map(|cell| trim(cell)).collect())
        .collect();
    let evidence: Vec<Evidence> = columns.iter().map(|cells| evidence_of(cells)).collect();
    let n_sure = |mark| {
        let sure = evidence.iter().filter(|of| of.sure() == Some(mark));
        sure.count()
    };
    // a column that is sure does not ask the others
    let sure = match n_sure(Decimal::Point).cmp(&n_sure(Decimal::Comma)) {
        std::cmp::Ordering::Greater => Some(Decimal::Point),
        std::cmp::Ordering::Less => Some(Decimal::Comma),
        std::cmp::Ordering::Equal => None,
    };
    let (mut kinds, mut reasons) = (Vec::new(), Vec::new());
    for (i, cells) in columns.iter().enumerate() {
        let around = Around {
            sure,
            counts_whole_things: name::counts_whole_things(&names[i]),
            is_comma_separated: delimiter == Delimiter::Comma,
            is_semicolon_separated: delimiter == Delimiter::Semicolon,
        };
        let (mut kind, mut reason) = decide_one(&names[i], cells, &evidence[i], around);
        if let Some(choice) = choices.get(&names[i]) {
            kind = choice.apply(kind);
            reason.why = Why::Chosen;
        }
        kinds.push(kind);
        reasons.push(reason);
    }
    join_clocks(names, &columns, &mut kinds, &mut reasons);
    (kinds, reasons)
}

/// Decides how one column is read whose first values come late, by its distinct texts.
pub(super) fn decide_late(name: &str, cells: &[&str], decimal: Decimal) -> (Kind, Reason) {
    let cells: Vec<&str> = cells.iter().map(|cell| trim(cell)).collect();
    let around = Around {
        sure: Some(decimal),
        ..Around::default()
    };
    decide_one(name, &cells, &evidence_of(&cells), around)
}

fn evidence_of(cells: &[&str]) -> Evidence {
    let mut evidence = Evidence::default();
    for cell in cells.iter().filter(|cell| !is_missing(cell)) {
        evidence.add(bare(cell));
    }
    evidence
}

fn decide_one(name: &str, cells: &[&str], evidence: &Evidence, around: Around) -> (Kind, Reason) {
    let present: Vec<&str> = cells
        .iter()
        .copied()
        .filter(|cell| !is_missing(cell))
        .collect();
    if present.is_empty() {
        return (Kind::Undecided, Reason::PLAIN);
    }
    let is_most = |n: usize| n as f64 >= KIND_SHARE * present.len() as f64;
    let reason = |why, cell: Option<&&str>| Reason {
        why,
        example: cell.map(|cell| example(cell)).unwrap_or_default(),
    };

    let (decimal, ground) = evidence.decide(around);
    let form = NumberForm {
        decimal,
        unit: unit_of(present.iter().copied()),
        open: match ground {
            Ground::NoMarks | Ground::Nothing if around.is_comma_separated => Open::Commas,
            Ground::NoMarks | Ground::Nothing => Open::Both,
            _ => Open::Nothing,
        },
    };
    let numbers: Vec<f64> = present
        .iter()
        .filter_map(|cell| parse_number(cell, form))
        .map(|number| number.value)
        .collect();
    if is_most(numbers.len()) {
        if meaning(name) == Some(Meaning::Moment) && numbers.iter().all(|&n| n == 0.0 || n == -1.0)
        {
            // never set
            let form = TimeForm {
                epoch: Some(Epoch::Seconds),
                ..TimeForm::default()
            };
            return (Kind::Time(form), reason(Why::Moments, present.first()));
        }
        let epoch = match meaning(name) {
            _ if form.unit.is_some() => None,
            None => Epoch::of(&numbers, false, false),
            Some(Meaning::Moment) => Epoch::of(&numbers, true, name::is_date(name)),
            Some(_) => None,
        };
        if let Some(epoch) = epoch {
            let form = TimeForm {
                epoch: Some(epoch),
                decimal,
                ..TimeForm::default()
            };
            let shown = present.iter().find(|cell| !matches!(**cell, "0" | "-1"));
            return (Kind::Time(form), reason(Why::Moments, shown));
        }
        let is_moment = meaning(name) == Some(Meaning::Moment) || name::is_date(name);
        if is_moment && are_compact_days(&present) {
            let kind = Kind::Time(TimeForm::default());
            return (kind, reason(Why::Plain, present.first()));
        }
        if is_moment && are_compact_clocks(&present) {
            return (Kind::Text, reason(Why::ClockOf(None), present.first()));
        }
        if are_compact_times(&present) {
            let kind = Kind::Time(TimeForm::default());
            return (kind, reason(Why::Moments, present.first()));
        }
        let why = match ground {
            Ground::NoMarks if form.unit.is_none() => Why::Plain,
            Ground::Cells | Ground::Delimiter | Ground::ThousandsHaveNoMark
                if form.unit.is_none()
                    && decimal == Decimal::Point
                    && has_plain_points_only(&present) =>
            {
                Why::Plain
            }
            _ => Why::Marks(ground),
        };
        let shown = present
            .iter()
            .find(|cell| match why {
                _ if form.unit == Some(Unit::Bytes) => {
                    let by_1024 = NumberForm {
                        unit: Some(Unit::BytesBy1024),
                        ..form
                    };
                    parse_number(cell, by_1024) != parse_number(cell, form)
                }
                Why::Marks(Ground::Nothing) => is_either(cell),
                _ => cell.parse::<f64>().is_err(),
            })
            .or_else(|| present.iter().find(|cell| cell.contains(['.', ','])))
            .or(present.first());
        return (Kind::Number(form), reason(why, shown));
    }

    // most columns that are left are text, which their first cells show
    let first = &present[..present.len().min(FIRST_CELLS)];
    let may_be_more = |cell: &&&str| {
        TimeForm::default().parse(cell).is_some()
            || parse_clock(cell).is_some()
            || looks_like_time(cell)
            || looks_like_amount(cell)
    };
    if first.iter().filter(may_be_more).count() * 2 < first.len() {
        return (Kind::Text, reason(Why::Plain, present.first()));
    }

    let spans = NumberForm {
        unit: Some(Unit::Clock),
        ..NumberForm::of(decimal)
    };
    let is_span = |cell: &&&str| parse_number(cell, spans).is_some();
    if meaning(name) == Some(Meaning::Quantity) && is_most(present.iter().filter(is_span).count()) {
        return (
            Kind::Number(spans),
            reason(Why::Marks(Ground::NoMarks), present.first()),
        );
    }

    let mut orders = OrderEvidence::default();
    present.iter().for_each(|cell| orders.add(cell));
    let usual = if around.is_semicolon_separated || around.sure == Some(Decimal::Comma) {
        DateOrder::DayFirst
    } else {
        DateOrder::MonthFirst
    };
    let (order, ground) = orders.decide(usual);
    let form = TimeForm {
        order,
        is_order_open: matches!(ground, OrderGround::DoesNotMatter | OrderGround::Nothing),
        ..TimeForm::default()
    };
    let n_times = present
        .iter()
        .filter(|cell| form.parse(cell).is_some())
        .count();
    if is_most(n_times) {
        let why = match ground {
            OrderGround::DoesNotMatter => Why::Plain,
            ground => Why::Order(ground),
        };
        let depends = |cell: &&&str| {
            parse_written(cell, order).is_some_and(|written| written.depends_on_order)
        };
        let shown = match why {
            Why::Plain => present.first(),
            _ => present.iter().find(depends).or(present.first()),
        };
        return (Kind::Time(form), reason(why, shown));
    }
    if is_most(
        present
            .iter()
            .filter(|cell| parse_clock(cell).is_some())
            .count(),
    ) {
        return (Kind::Text, reason(Why::ClockOf(None), present.first()));
    }
    let strange: Vec<&&str> = present
        .iter()
        .filter(|cell| looks_like_time(cell))
        .collect();
    if is_most(strange.len()) {
        return (
            Kind::Text,
            reason(Why::StrangeTimes, strange.first().copied()),
        );
    }
    let amounts: Vec<&&str> = present
        .iter()
        .filter(|cell| looks_like_amount(cell))
        .collect();
    if is_most(amounts.len()) {
        let first = amounts.first().copied();
        return (Kind::Text, reason(Why::StrangeAmounts, first));
    }
    (Kind::Text, reason(Why::Plain, present.first()))
}

/// Whether marks stand only where every program writes them: a point before a fraction.
fn has_plain_points_only(present: &[&str]) -> bool {
    present.iter().all(|cell| !cell.contains(','))
        && present
            .iter()
            .filter(|cell| cell.parse::<f64>().is_ok())
            .count() as f64
            >= KIND_SHARE * present.len() as f64
}

/// Whether numbers are times written without marks, `20240311090501`.
fn are_compact_times(present: &[&str]) -> bool {
    let is_compact = |cell: &&str| {
        cell.len() == 14
            && parse_written(cell, DateOrder::default()).is_some_and(|written| written.has_clock)
    };
    present.iter().all(is_compact)
}

/// Whether numbers are days written without marks, `20240311`.
fn are_compact_days(present: &[&str]) -> bool {
    let is_day = |cell: &&str| {
        cell.len() == 8
            && (cell.starts_with("19") || cell.starts_with("20"))
            && parse_written(cell, DateOrder::default()).is_some()
    };
    present.iter().all(is_day)
}

/// Whether numbers are times of day written without marks, `090501` or `0905`, not all of them midnight.
fn are_compact_clocks(present: &[&str]) -> bool {
    let is_clock = |cell: &&str| matches!(cell.len(), 4 | 6) && parse_clock(cell).is_some();
    present.iter().all(is_clock) && present.iter().any(|cell| cell.starts_with(['0', '1']))
}

/// Finds the columns of days and those of times of day that belong to them, such as `date` and `time`: neighbours first.
fn join_clocks(
    names: &[String],
    columns: &[Vec<&str>],
    kinds: &mut [Kind],
    reasons: &mut [Reason],
) {
    let is_day = |i: usize, kinds: &[Kind]| match kinds[i] {
        Kind::Time(form) if form.epoch.is_none() => {
            let mut moments = columns[i]
                .iter()
                .filter(|cell| !is_missing(cell))
                .filter(|cell| matches!(form.parse(cell), Some(Moment::At(_))));
            moments.all(|cell| {
                parse_written(cell, form.order).is_some_and(|written| !written.has_clock)
            })
        }
        _ => false,
    };
    let is_free_clock = |i: usize, reasons: &[Reason]| reasons[i].why == Why::ClockOf(None);
    for day in 0..names.len() {
        if !is_day(day, kinds) {
            continue;
        }
        let stem = |name: &str| {
            let mut words = name::words(name);
            words.retain(|word| !matches!(word.as_str(), "date" | "time" | "day" | "clock"));
            words
        };
        let clocks = (0..names.len()).filter(|&i| is_free_clock(i, reasons));
        let clock = clocks.min_by_key(|&i| {
            let is_namesake = stem(&names[i]) == stem(&names[day]);
            (!is_namesake, i.abs_diff(day), i < day)
        });
        if let (Some(clock), Kind::Time(form)) = (clock, &mut kinds[day]) {
            form.clock = u32::try_from(clock).ok();
            reasons[day].why = Why::DayOf;
            reasons[clock].why = Why::ClockOf(u32::try_from(day).ok());
        } else if reasons[day].why == Why::Plain {
            reasons[day].why = Why::DaysOnly;
        }
    }
}
