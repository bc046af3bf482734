//! One column while it is read and after.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Interner, Tally, parse_time};
use crate::source::Decimal;

/// The code of a missing category.
pub const NO_CATEGORY: u32 = u32::MAX;

/// Share of the sniffed values that must parse for a column to be of numbers or of times.
const KIND_SHARE: f64 = 0.8;

/// Distinct values of a text column beyond which it is not kept: it is free text or an identifier.
const MAX_CATEGORIES: usize = 200_000;

/// Distinct values of a number column that are remembered, to tell labels and codes.
const MAX_DISTINCT: usize = 20;

/// A named, typed column.
#[derive(Debug)]
pub struct Column {
    /// Name in the header, made unique.
    pub name: String,
    /// The values.
    pub data: Data,
    /// Cells with nothing in them, or one of pandas' words for that (`NaN`, `null`, `-`).
    pub missing: Tally,
    /// Cells that are not of the column's kind.
    pub malformed: Tally,
}

/// The values of a column, by kind.
#[derive(Debug)]
pub enum Data {
    /// Numbers.
    Numbers(Numbers),
    /// Timestamps.
    Times(Times),
    /// Repeating text.
    Categories(Categories),
    /// Text with too many distinct values to keep, or a column without any value.
    NotKept,
}

/// Values of a column of numbers.
#[derive(Debug, Default)]
pub struct Numbers {
    /// One value a row; NaN where missing or malformed. All others are finite.
    pub values: Vec<f64>,
    /// Rows whose cell was malformed, ascending; the other NaN are missing.
    pub malformed_rows: Vec<u32>,
    /// Whether every value is written as an integer and fits in 64 bits (then pandas has an integer column, unless
    /// values are missing).
    pub are_integers: bool,
    /// Smallest and largest value; `None` if there is no value.
    pub range: Option<(f64, f64)>,
    /// The bits of the distinct values if they are few, otherwise `None`.
    distinct: Option<BTreeSet<u64>>,
}

impl Numbers {
    /// Whether all values are equal (or there is none).
    pub fn is_constant(&self) -> bool {
        self.range.is_none_or(|(low, high)| low == high)
    }

    /// Number of distinct values if that is at most twenty.
    pub fn n_distinct(&self) -> Option<usize> {
        self.distinct.as_ref().map(BTreeSet::len)
    }
}

/// Values of a column of timestamps.
#[derive(Debug, Default)]
pub struct Times {
    /// Microseconds since 1970-01-01 UTC a row; `None` where missing or malformed.
    pub values: Vec<Option<i64>>,
    /// Rows whose cell was malformed, ascending.
    pub malformed_rows: Vec<u32>,
    /// Number of values that named no offset from UTC.
    pub n_naive: u64,
    /// 0, 3 or 6: the most digits of a second that a value needs.
    pub fraction_digits: usize,
}

/// Values of a column of repeating text.
#[derive(Debug, Default)]
pub struct Categories {
    /// One code a row, or [`NO_CATEGORY`].
    pub codes: Vec<u32>,
    /// The text of each code, in the order of appearance.
    pub names: Vec<String>,
}

/// Whether pandas reads a cell as missing; without `NA`, which is also Namibia.
pub fn is_pandas_missing(text: &str) -> bool {
    matches!(
        text,
        "" | "#N/A"
            | "#N/A N/A"
            | "#NA"
            | "-1.#IND"
            | "-1.#QNAN"
            | "-NaN"
            | "-nan"
            | "1.#IND"
            | "1.#QNAN"
            | "<NA>"
            | "N/A"
            | "NULL"
            | "NaN"
            | "None"
            | "n/a"
            | "nan"
            | "null"
    )
}

/// Whether a text cell has no value; AWS writes `-` for that.
fn is_missing(text: &str) -> bool {
    text == "-" || is_pandas_missing(text)
}

fn is_missing_number(text: &str) -> bool {
    text == "NA" || is_missing(text)
}

/// Parses a finite number; `None` for anything else, infinities and numbers beyond f64 included.
fn parse_number(text: &str, decimal: Decimal) -> Option<f64> {
    let text = match decimal {
        Decimal::Comma if text.contains(',') => Cow::Owned(text.replace(',', ".")),
        _ => Cow::Borrowed(text),
    };
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn is_integer(text: &str) -> bool {
    text.parse::<i64>().is_ok()
}

/// A column being read.
pub(super) struct Builder {
    kind: Kind,
    decimal: Decimal,
    missing: Tally,
    malformed: Tally,
    n_rows: u32,
}

enum Kind {
    /// Only missing cells so far.
    Undecided,
    Numbers(Numbers),
    Times(Times),
    Categories {
        codes: Vec<u32>,
        interner: Interner,
    },
    NotKept,
}

impl Kind {
    fn of<'t>(values: impl Iterator<Item = Cow<'t, str>>, decimal: Decimal) -> Kind {
        let (mut n, mut numbers, mut times) = (0, 0, 0);
        for value in values {
            let value = value.trim();
            if is_missing(value) {
                continue;
            }
            n += 1;
            if parse_number(value, decimal).is_some() {
                numbers += 1;
            } else if parse_time(value).is_some() {
                times += 1;
            }
        }
        let is_most = |count: u32| f64::from(count) >= KIND_SHARE * f64::from(n);
        if n == 0 {
            Kind::Undecided
        } else if is_most(numbers) {
            Kind::Numbers(Numbers {
                are_integers: true,
                distinct: Some(BTreeSet::new()),
                ..Numbers::default()
            })
        } else if is_most(times) {
            Kind::Times(Times::default())
        } else {
            Kind::Categories {
                codes: Vec::new(),
                interner: Interner::default(),
            }
        }
    }
}

impl Builder {
    pub(super) fn sniff<'t>(
        values: impl Iterator<Item = Cow<'t, str>>,
        decimal: Decimal,
    ) -> Builder {
        Builder {
            kind: Kind::of(values, decimal),
            decimal,
            missing: Tally::default(),
            malformed: Tally::default(),
            n_rows: 0,
        }
    }

    pub(super) fn push(&mut self, cell: &str, line: u32) {
        let text = cell.trim();
        let row = self.n_rows;
        self.n_rows += 1;
        if matches!(self.kind, Kind::Undecided) && !is_missing(text) {
            self.kind = Kind::of(std::iter::once(Cow::Borrowed(text)), self.decimal);
            self.kind.fill_missing(row);
        }
        match &mut self.kind {
            Kind::Undecided => self.missing.add(u64::from(line)),
            Kind::Numbers(numbers) => {
                let value = parse_number(text, self.decimal);
                if value.is_none() {
                    if is_missing_number(text) {
                        self.missing.add(u64::from(line));
                    } else {
                        self.malformed.add(u64::from(line));
                        numbers.malformed_rows.push(row);
                    }
                }
                numbers.push(value, || is_integer(text));
            }
            Kind::Times(times) => {
                let value = parse_time(text);
                if value.is_none() {
                    if is_missing_number(text) {
                        self.missing.add(u64::from(line));
                    } else {
                        self.malformed.add(u64::from(line));
                        times.malformed_rows.push(row);
                    }
                }
                times.push(value);
            }
            Kind::Categories { codes, interner } => {
                if is_missing(text) {
                    self.missing.add(u64::from(line));
                    codes.push(NO_CATEGORY);
                } else {
                    codes.push(interner.code(cell));
                }
                if interner.names.len() > MAX_CATEGORIES {
                    self.kind = Kind::NotKept;
                }
            }
            Kind::NotKept => {}
        }
    }

    pub(super) fn finish(self, name: String) -> Column {
        let data = match self.kind {
            Kind::Numbers(numbers) => Data::Numbers(numbers),
            Kind::Times(times) => Data::Times(times),
            Kind::Categories { codes, interner } => Data::Categories(Categories {
                codes,
                names: interner.names,
            }),
            Kind::Undecided | Kind::NotKept => Data::NotKept,
        };
        Column {
            name,
            data,
            missing: self.missing,
            malformed: self.malformed,
        }
    }
}

impl Kind {
    /// Gives a kind decided late the missing values of the rows before.
    fn fill_missing(&mut self, n_rows: u32) {
        for _ in 0..n_rows {
            match self {
                Kind::Numbers(numbers) => numbers.values.push(f64::NAN),
                Kind::Times(times) => times.values.push(None),
                Kind::Categories { codes, .. } => codes.push(NO_CATEGORY),
                Kind::Undecided | Kind::NotKept => {}
            }
        }
    }
}

impl Numbers {
    fn push(&mut self, value: Option<f64>, is_integer: impl Fn() -> bool) {
        let Some(value) = value else {
            self.values.push(f64::NAN);
            return;
        };
        self.values.push(value);
        self.are_integers = self.are_integers && is_integer();
        self.range = Some(self.range.map_or((value, value), |(low, high)| {
            (low.min(value), high.max(value))
        }));
        if let Some(distinct) = &mut self.distinct {
            distinct.insert(value.to_bits());
            if distinct.len() > MAX_DISTINCT {
                self.distinct = None;
            }
        }
    }
}

impl Times {
    fn push(&mut self, value: Option<super::Instant>) {
        self.values.push(value.map(|instant| instant.micros));
        if let Some(instant) = value {
            self.n_naive += u64::from(instant.is_naive);
            let needed = match instant.micros {
                micros if micros % 1_000_000 == 0 => 0,
                micros if micros % 1000 == 0 => 3,
                _ => 6,
            };
            self.fraction_digits = self.fraction_digits.max(needed);
        }
    }
}
