//! The columns of a shard being read: a batch of cells at a time, each column by itself, so that the few steps that most
//! cells need stay together.

use std::borrow::Cow;

use super::{Cells, Marked};
use crate::source::{Batch, Field, field_text};
use crate::table::cell::{TimeParser, is_missing, is_missing_number, parse_digits, trim};
use crate::table::column::{NumberFacts, place_of};
use crate::table::comparison::Comparison;
use crate::table::interner::{Interner, Names};
use crate::table::moment::{Moment, is_surely_a_moment, join, parse_clock};
use crate::table::number::{fits_other_decimal, parse_number};
use crate::table::packed::{MISSING, Packer};
use crate::table::pandas::Seen as SeenByPandas;
use crate::table::{Instant, Kind, NO_CATEGORY, NumberForm, TimeForm};

/// The rows of a batch.
pub(super) struct Rows<'a> {
    /// The shard's row that the batch begins with.
    pub(super) first: u32,
    /// Gets the rows with a field that is not UTF-8, once for each such field.
    pub(super) latin1: &'a mut Vec<u32>,
    /// What pandas sees in the column.
    pub(super) seen: &'a mut SeenByPandas,
    /// How cells of the column are compared.
    pub(super) comparison: Comparison,
    /// Whether a cell is spelled otherwise than usual.
    pub(super) has_odd: bool,
}

impl Rows<'_> {
    fn text<'t>(&mut self, row: u32, field: Field<'t>) -> Cow<'t, str> {
        let (text, is_latin1) = field_text(field.bytes());
        if is_latin1 {
            self.latin1.push(row);
        }
        text
    }
}

/// A column of a shard being read.
pub(super) enum Column {
    Numbers(Numbers),
    Times(Times),
    Texts(Texts),
}

impl Column {
    pub(super) fn new(kind: Kind) -> Column {
        match kind {
            Kind::Number(form) => Column::Numbers(Numbers {
                values: Packer::default(),
                cells: NumberCells {
                    form,
                    ..NumberCells::default()
                },
            }),
            Kind::Time(form) => Column::Times(Times {
                values: Packer::default(),
                cells: TimeCells {
                    form,
                    ..TimeCells::default()
                },
            }),
            Kind::Text | Kind::Undecided => Column::Texts(Texts::default()),
        }
    }

    /// Adds the cells of a batch, of this column of it; as many as there is room for in a block.
    pub(super) fn take(&mut self, batch: &Batch<'_>, column: usize, rows: &mut Rows<'_>) {
        if let Column::Times(times) = self
            && let Some(clock) = times.cells.form.clock
        {
            let fields = batch.column(column).zip(batch.column(clock as usize));
            times.take_with_clock(batch.n_records(), fields, rows);
            return;
        }
        self.take_fields(batch.n_records(), batch.column(column), rows);
    }

    fn take_fields<'t>(
        &mut self,
        n: usize,
        fields: impl Iterator<Item = Field<'t>> + Clone,
        rows: &mut Rows<'_>,
    ) {
        let fields = (rows.first..).zip(fields);
        match self {
            Column::Numbers(numbers) => numbers.take(n, fields, rows),
            Column::Times(times) => times.take(n, fields, rows),
            Column::Texts(texts) => texts.take(n, fields, rows),
        }
    }

    pub(super) fn finish(self) -> Cells {
        match self {
            Column::Numbers(numbers) => Cells::Numbers {
                values: numbers.values.finish(),
                malformed: numbers.cells.malformed,
                otherwise: numbers.cells.otherwise,
                facts: numbers.cells.facts,
            },
            Column::Times(times) => Cells::Times {
                values: times.values.finish(),
                malformed: times.cells.malformed,
                otherwise: times.cells.otherwise,
                placeholders: times.cells.placeholders,
                has_naive: times.cells.has_naive,
                has_aware: times.cells.has_aware,
                fraction_digits: times.cells.fraction_digits,
            },
            Column::Texts(texts) => Cells::Text {
                codes: texts.codes.finish(),
                names: texts.dictionary.interner.into_names(),
            },
        }
    }
}

pub(super) struct Numbers {
    values: Packer<f64>,
    cells: NumberCells,
}

/// How numbers are read, and what was found of them.
#[derive(Default)]
struct NumberCells {
    form: NumberForm,
    malformed: Marked,
    otherwise: Marked,
    facts: NumberFacts,
}

impl Numbers {
    #[inline(never)]
    fn take<'t>(
        &mut self,
        n: usize,
        fields: impl Iterator<Item = (u32, Field<'t>)>,
        rows: &mut Rows<'_>,
    ) {
        let (mut has_digits, mut has_leading_zeros) = (false, false);
        self.values.fill(n, |places| {
            for (place, (row, field)) in places.iter_mut().zip(fields) {
                *place = match parse_digits(field) {
                    Some(digits) => {
                        has_digits = true;
                        has_leading_zeros |=
                            field.len() > 1 && field.bytes().first() == Some(&b'0');
                        digits as f64
                    }
                    None => self.cells.parse_other(row, field, rows),
                };
            }
            self.cells.facts.add_all(places);
        });
        rows.seen.forms.add_plain_integers();
        rows.has_odd |= (has_digits && rows.comparison.are_digits_odd())
            || (has_leading_zeros && rows.comparison.are_leading_zeros_odd());
    }
}

impl NumberCells {
    /// Parses a cell that is more than digits; NaN if it is no number.
    #[inline(never)]
    fn parse_other(&mut self, row: u32, field: Field<'_>, rows: &mut Rows<'_>) -> f64 {
        let text = rows.text(row, field);
        rows.seen.forms.add(&text);
        rows.has_odd = rows.has_odd || rows.comparison.is_odd(&text);
        let text = trim(&text);
        match parse_number(text, self.form) {
            Some(number) => {
                self.facts.are_integers &= number.is_integer;
                if self.form.leaves_open(text) {
                    self.otherwise.add(row, text);
                }
                return number.value;
            }
            None if is_missing_number(text) => {}
            None => {
                if fits_other_decimal(text, self.form) {
                    self.otherwise.add(row, text);
                }
                self.malformed.add(row, text);
            }
        }
        f64::NAN
    }
}

pub(super) struct Times {
    values: Packer<i64>,
    cells: TimeCells,
}

/// How times are read, and what was found of them.
#[derive(Default)]
struct TimeCells {
    form: TimeForm,
    malformed: Marked,
    otherwise: Marked,
    placeholders: Marked,
    has_naive: bool,
    has_aware: bool,
    fraction_digits: u8,
    /// Whether one of the usual form names UTC.
    has_plain_utc: bool,
    parser: TimeParser,
}

impl Times {
    #[inline(never)]
    fn take<'t>(
        &mut self,
        n: usize,
        fields: impl Iterator<Item = (u32, Field<'t>)>,
        rows: &mut Rows<'_>,
    ) {
        self.values.fill(n, |places| {
            for (place, (row, field)) in places.iter_mut().zip(fields) {
                *place = self.cells.micros(row, field, rows);
            }
        });
        if self.cells.has_plain_utc {
            rows.seen.offsets.add(0);
        }
    }

    fn take_with_clock<'t>(
        &mut self,
        n: usize,
        fields: impl Iterator<Item = (Field<'t>, Field<'t>)>,
        rows: &mut Rows<'_>,
    ) {
        let fields = (rows.first..).zip(fields);
        self.values.fill(n, |places| {
            for (place, (row, fields)) in places.iter_mut().zip(fields) {
                *place = self.cells.micros_with_clock(row, fields, rows);
            }
        });
    }
}

impl TimeCells {
    fn micros(&mut self, row: u32, field: Field<'_>, rows: &mut Rows<'_>) -> i64 {
        let plain = self.parser.parse_plain(field.bytes());
        self.has_plain_utc |= plain.is_some_and(|instant| !instant.is_naive);
        match plain.filter(|instant| is_surely_a_moment(instant.micros)) {
            Some(instant) => self.note(instant),
            None => match self.parse_other(row, field, rows) {
                Some(instant) => self.note(instant),
                None => MISSING,
            },
        }
    }

    fn note(&mut self, instant: Instant) -> i64 {
        self.has_naive |= instant.is_naive;
        self.has_aware |= !instant.is_naive;
        instant.micros
    }

    /// Parses a day and the time of day that belongs to it.
    #[inline(never)]
    fn micros_with_clock(
        &mut self,
        row: u32,
        (day, clock): (Field<'_>, Field<'_>),
        rows: &mut Rows<'_>,
    ) -> i64 {
        let (clock, _) = field_text(clock.bytes());
        let clock = trim(&clock);
        let Some(day) = self.parse_other(row, day, rows) else {
            return MISSING;
        };
        // a day without its time of day would be midnight
        let joined = parse_clock(clock).and_then(|clock| join(day, clock));
        match joined {
            Some(instant) => {
                self.fraction_digits = self.fraction_digits.max(instant.fraction_digits());
                self.note(instant)
            }
            None => {
                if !is_missing_number(clock) {
                    self.malformed.add(row, clock);
                }
                MISSING
            }
        }
    }

    /// Parses a cell of any form.
    #[inline(never)]
    fn parse_other(&mut self, row: u32, field: Field<'_>, rows: &mut Rows<'_>) -> Option<Instant> {
        let text = rows.text(row, field);
        rows.has_odd = rows.has_odd || rows.comparison.is_odd(&text);
        if self.form.epoch.is_some() {
            // pandas reads numbers
            rows.seen.forms.add(&text);
        }
        let text = trim(&text);
        match self.form.parse(text) {
            Some(Moment::At(instant)) => {
                rows.seen.add_time(text, instant.is_naive);
                if self.form.leaves_open(text) {
                    self.otherwise.add(row, text);
                }
                self.fraction_digits = self.fraction_digits.max(instant.fraction_digits());
                return Some(instant);
            }
            Some(Moment::Placeholder) => self.placeholders.add(row, text),
            None if is_missing_number(text) => {}
            None => self.malformed.add(row, text),
        }
        None
    }
}

#[derive(Default)]
pub(super) struct Texts {
    codes: Packer<u32>,
    dictionary: Dictionary,
}

impl Texts {
    #[inline(never)]
    fn take<'t>(
        &mut self,
        n: usize,
        fields: impl Iterator<Item = (u32, Field<'t>)> + Clone,
        rows: &mut Rows<'_>,
    ) {
        let odd_fields = fields.clone();
        let (dictionary, comparison) = (&mut self.dictionary, rows.comparison);
        let mut has_odd = false;
        self.codes.fill(n, |places| {
            for (place, (row, field)) in places.iter_mut().zip(fields) {
                let known = dictionary.known(field);
                *place = known.unwrap_or_else(|| {
                    let text = rows.text(row, field);
                    let code = dictionary.code(&text);
                    if code == NO_CATEGORY {
                        rows.seen.add_missing(&text);
                    }
                    code
                });
            }
            // no word for a missing value is shorter than two letters
            let is_word = |(&code, (_, field)): (&u32, (u32, Field<'_>))| {
                code == dictionary.na || (code == NO_CATEGORY && field.len() > 1)
            };
            has_odd = match comparison {
                Comparison::Characters => false,
                Comparison::Text { .. } => {
                    let codes = places.iter();
                    let has_words = codes.fold(false, |has, &code| {
                        has | (code == NO_CATEGORY) | (code == dictionary.na)
                    });
                    has_words && places.iter().zip(odd_fields).any(is_word)
                }
                Comparison::Numbers { .. } | Comparison::Truths(_) => {
                    let mut fields =
                        odd_fields.map(|(_, field)| std::str::from_utf8(field.bytes()));
                    fields.any(|text| text.is_ok_and(|text| comparison.is_odd(text)))
                }
            };
        });
        rows.has_odd |= has_odd;
    }
}

/// Bits of a mark at first.
const FEWEST_MARK_BITS: u32 = 6;

/// Bits of a mark at most: more places than a processor's cache holds would help little where most texts are new.
const MOST_MARK_BITS: u32 = 14;

/// Places in which a text is looked for.
const N_PLACES: usize = 4;

/// The distinct texts of a column of a shard.
struct Dictionary {
    interner: Interner,
    recent: Recent,
    /// The code of `NA`, or one that no text has.
    na: u32,
}

impl Default for Dictionary {
    fn default() -> Dictionary {
        Dictionary {
            interner: Interner::default(),
            recent: Recent::default(),
            na: NO_CATEGORY - 1,
        }
    }
}

/// Texts seen lately, by which most are found at next to no cost: each in one of [`N_PLACES`] from its mark on.
struct Recent {
    places: Vec<Seen>,
    mark_bits: u32,
}

/// A text that was seen lately.
#[derive(Clone, Copy)]
struct Seen {
    words: Words,
    /// Its code, or [`NO_CATEGORY`].
    code: u32,
}

/// A text of up to 32 bytes as a whole, of a longer one both ends.
#[derive(Clone, Copy)]
struct Words {
    /// The first bytes: sixteen, or of a text of less than that eight, or none.
    first: [u64; 2],
    /// The last bytes: sixteen, or of a text of less than that eight.
    last: [u64; 2],
    length: u32,
}

impl Words {
    fn of(text: Field<'_>) -> Words {
        let length = text.len() as u32;
        match text.first_and_last_words() {
            Some((first, last)) => Words {
                first,
                last,
                length,
            },
            None => Words {
                first: [text.first_word(), 0],
                last: [0, text.end_word()],
                length,
            },
        }
    }

    fn are_whole(self) -> bool {
        self.length <= 32
    }

    fn mark(self, bits: u32) -> usize {
        let all = self.last[1] ^ self.first[0].rotate_left(32) ^ u64::from(self.length);
        place_of(all, bits)
    }
}

/// All compared at once: which of them differ is guessed wrong too often.
impl PartialEq for Words {
    fn eq(&self, other: &Words) -> bool {
        let differing = |a: [u64; 2], b: [u64; 2]| (a[0] ^ b[0]) | (a[1] ^ b[1]);
        differing(self.first, other.first)
            | differing(self.last, other.last)
            | u64::from(self.length ^ other.length)
            == 0
    }
}

impl Seen {
    /// No text is so long.
    const NOTHING: Seen = Seen {
        words: Words {
            first: [0; 2],
            last: [0; 2],
            length: u32::MAX,
        },
        code: NO_CATEGORY,
    };
}

impl Default for Recent {
    fn default() -> Recent {
        Recent::with_bits(FEWEST_MARK_BITS)
    }
}

impl Recent {
    fn with_bits(mark_bits: u32) -> Recent {
        Recent {
            places: vec![Seen::NOTHING; (1 << mark_bits) + N_PLACES],
            mark_bits,
        }
    }

    fn find(&self, words: Words) -> Option<&Seen> {
        let places = &self.places[words.mark(self.mark_bits)..][..N_PLACES];
        places.iter().find(|seen| seen.words == words)
    }

    fn note(&mut self, text: Field<'_>, code: u32) {
        let words = Words::of(text);
        let places = &mut self.places[words.mark(self.mark_bits)..][..N_PLACES];
        let is_free = |seen: &Seen| [words, Seen::NOTHING.words].contains(&seen.words);
        let place = places.iter().position(is_free).unwrap_or(0);
        places[place] = Seen { words, code };
    }

    /// Makes room, so that few of these texts share a mark; they are those with a code.
    fn make_room_for(&mut self, names: &Names) {
        if names.len() * 2 > 1 << self.mark_bits && self.mark_bits < MOST_MARK_BITS {
            *self = Recent::with_bits(self.mark_bits + 2);
            for (code, name) in (0..).zip(names.iter()) {
                self.note(name, code);
            }
        }
    }
}

impl Dictionary {
    /// Returns the code of a text that was seen lately, or [`NO_CATEGORY`].
    fn known(&self, text: Field<'_>) -> Option<u32> {
        let words = Words::of(text);
        let seen = self.recent.find(words)?;
        if seen.code == NO_CATEGORY {
            return Some(NO_CATEGORY);
        }
        let is_it = words.are_whole() || {
            let name = self.interner.names().field(seen.code as usize);
            name.has_same_middle(text)
        };
        is_it.then_some(seen.code)
    }

    /// Returns the code of a text, a new one for a new text; [`NO_CATEGORY`] for one that stands for no value.
    fn code(&mut self, text: &str) -> u32 {
        let field = Field::from(text.as_bytes());
        if is_missing(trim(text)) {
            if Words::of(field).are_whole() {
                self.recent.note(field, NO_CATEGORY);
            }
            return NO_CATEGORY;
        }
        let code = self.interner.code(field);
        if text == "NA" {
            self.na = code;
        }
        self.recent.make_room_for(self.interner.names());
        self.recent.note(field, code);
        code
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Cells that the quick ways must tell apart.
    fn any_cell() -> impl Strategy<Value = Vec<u8>> {
        let text = prop_oneof![
            "[0-9]{1,16}",
            "[0-9/:;?]{1,9}",
            "-?[0-9]{1,4}(\\.[0-9])?",
            "(0|-1|1970-01-01( 00:00:00|T00:00:01Z|)|9999-12-31 23:59:59|0000-00-00 00:00:00|1[0-9]/1[0-9]/2024 9:05)",
            "2024-0[1-3]-1[0-9][T _][0-2][0-9]:[0-5][0-9]:00(Z|z|\\.5Z|)",
            "(GET|PUT) /(a|b){6,24}(/x|/y|/zz){0,2}(/index|/other)\\.htm",
            "[ab]{0,36}",
            "a{16}[ab]{0,9}b{16}",
            "aaaaaaaa[ab]{0,9}bbbbbbbb",
            " {8}[a ]{1,3} {23}-",
            " {0,36}(-|NULL|nan|) {0,2}",
        ];
        prop_oneof![
            9 => text.prop_map(String::into_bytes),
            1 => prop::collection::vec(b'0'..=0xff, 0..12),
            1 => Just(b"\xa0-".to_vec()),
        ]
    }

    /// Takes cells in batches; returns them with the rows that are not UTF-8.
    fn take(kind: Kind, batches: &[Vec<Vec<u8>>]) -> (Cells, Vec<u32>) {
        let mut column = Column::new(kind);
        let (mut first, mut latin1) = (0, Vec::new());
        let mut seen = SeenByPandas::default();
        for cells in batches {
            let mut rows = Rows {
                first,
                latin1: &mut latin1,
                seen: &mut seen,
                comparison: Comparison::Characters,
                has_odd: false,
            };
            let fields = cells.iter().map(|cell| cell.as_slice().into());
            column.take_fields(cells.len(), fields, &mut rows);
            first += cells.len() as u32;
        }
        (column.finish(), latin1)
    }

    proptest! {
        /// Each cell by itself, by the standard library, is the clear reference.
        #[test]
        fn cells_are_what_they_are_one_by_one(batches in prop::collection::vec(prop::collection::vec(any_cell(), 1..40), 1..5)) {
            let texts: Vec<(Cow<'_, str>, bool)> = batches.iter().flatten().map(|cell| field_text(cell)).collect();
            let rows_of = |is_so: &dyn Fn(&str) -> bool| -> Vec<u32> {
                (0..).zip(&texts).filter(|(_, (text, _))| is_so(text.trim())).map(|(row, _)| row).collect()
            };
            let not_utf8: Vec<u32> = (0..).zip(&texts).filter(|(_, (_, is_latin1))| *is_latin1).map(|(row, _)| row).collect();

            let (cells, latin1) = take(Kind::Text, &batches);
            prop_assert_eq!(&latin1, &not_utf8);
            let Cells::Text { codes, names } = cells else { panic!("a column of text") };
            for (row, (text, _)) in texts.iter().enumerate() {
                match codes.integer(row) {
                    MISSING => prop_assert!(is_missing(text.trim()), "{text:?}"),
                    code => prop_assert_eq!(names.field(code as usize).bytes(), text.as_bytes()),
                }
            }
            let missing = rows_of(&|text| is_missing(text));
            prop_assert!(missing.iter().all(|&row| codes.integer(row as usize) == MISSING));

            let (cells, latin1) = take(Kind::NUMBER, &batches);
            prop_assert_eq!(&latin1, &not_utf8);
            let Cells::Numbers { values, malformed, facts, .. } = cells else { panic!("a column of numbers") };
            let number = |text: &str| text.parse().ok().filter(|value: &f64| value.is_finite());
            for (row, (text, _)) in texts.iter().enumerate() {
                let value = Some(values.number(row)).filter(|value| !value.is_nan());
                prop_assert_eq!(value, number(text.trim()), "{:?}", text);
            }
            prop_assert_eq!(malformed.rows, rows_of(&|text| number(text).is_none() && !is_missing_number(text)));
            let numbers: Vec<f64> = texts.iter().filter_map(|(text, _)| number(text.trim())).collect();
            let range = numbers.iter().copied().reduce(f64::min).zip(numbers.iter().copied().reduce(f64::max));
            prop_assert_eq!(facts.extent.ends(), range);
            let are_integers = rows_of(&|text| number(text).is_some() && text.parse::<i64>().is_err()).is_empty();
            prop_assert_eq!(facts.are_integers, are_integers);

            let (cells, latin1) = take(Kind::Time(TimeForm::default()), &batches);
            prop_assert_eq!(&latin1, &not_utf8);
            let Cells::Times { values, malformed, placeholders, has_naive, has_aware, .. } = cells else { panic!("a column of times") };
            let read = |text: &str| TimeForm::default().parse(text);
            let times: Vec<Option<Instant>> = texts.iter().map(|(text, _)| match read(text.trim()) {
                Some(Moment::At(instant)) => Some(instant),
                _ => None,
            }).collect();
            for (row, time) in times.iter().enumerate() {
                prop_assert_eq!(values.integer(row), time.map_or(MISSING, |time| time.micros));
            }
            prop_assert_eq!(malformed.rows, rows_of(&|text| read(text).is_none() && !is_missing_number(text)));
            prop_assert_eq!(placeholders.rows, rows_of(&|text| read(text) == Some(Moment::Placeholder)));
            prop_assert_eq!(has_naive, times.iter().flatten().any(|time| time.is_naive));
            prop_assert_eq!(has_aware, times.iter().flatten().any(|time| !time.is_naive));
        }
    }
}
