//! The columns of a table: packed values in parts, one part for each shard of the file.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Extent, Instant, Kind, Packed, Reason, Seen, Tally};
use crate::table::packed::{BLOCK, MISSING};

/// The code of a missing category.
pub const NO_CATEGORY: u32 = u32::MAX;

/// Rows of a part of a column that is not read from a file.
const PART_ROWS: usize = 1 << 16;

/// Distinct values of a number column that are remembered, to tell labels and codes.
pub(super) const MAX_DISTINCT: usize = 20;

/// Bits of the place of a value among those seen lately: more places than distinct values, so that few share one.
const RECENT_BITS: u32 = 6;

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
    pub malformed: Noted,
    /// Cells that another reading of the column would take for another value, or for one at all.
    pub otherwise: Noted,
    /// Dates that stand for none, such as 1970-01-01; they are among the missing.
    pub placeholders: Noted,
    /// How its cells are read.
    pub kind: Kind,
    /// Why.
    pub reason: Reason,
    /// What pandas sees in it.
    pub seen: Seen,
}

/// Cells that need a word: how many, where first, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Noted {
    /// How many, and the line of the first.
    pub tally: Tally,
    /// The first, shortened; empty if there is none.
    pub example: String,
}

impl Noted {
    /// Counts those of a later stretch of the file.
    pub(super) fn add_later(&mut self, later: Noted) {
        if self.tally.count == 0 {
            self.example = later.example;
        }
        self.tally.add_later(later.tally, 0);
    }

    /// Counts one more.
    pub(super) fn add(&mut self, line: u64, cell: &str) {
        if self.tally.count == 0 {
            self.example = super::reading::example(cell);
        }
        self.tally.add(line);
    }
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

/// Values of a whole column, by row.
#[derive(Debug, Clone, Default)]
pub struct Values {
    parts: Vec<Packed>,
    /// First row of each part, and the number of rows at the end.
    starts: Vec<u32>,
}

impl Values {
    /// Makes a column of two others of the same table, part by part.
    pub fn combine(
        a: &Values,
        b: &Values,
        of_parts: impl Fn(&Packed, &Packed) -> Vec<f64>,
    ) -> Values {
        let mut combined = Values::default();
        for (a, b) in a.parts.iter().zip(&b.parts) {
            combined.push(Packed::of_numbers(&of_parts(a, b)));
        }
        combined
    }

    /// Packs numbers; NaN stands for a missing one.
    pub fn of_numbers(values: impl Iterator<Item = f64>) -> Values {
        let mut packed = Values::default();
        let mut part = Vec::with_capacity(PART_ROWS);
        for value in values {
            part.push(value);
            if part.len() == PART_ROWS {
                packed.push(Packed::of_numbers(&part));
                part.clear();
            }
        }
        packed.push(Packed::of_numbers(&part));
        packed
    }

    pub(super) fn push(&mut self, part: Packed) {
        if part.is_empty() {
            return;
        }
        let start = self.len();
        if self.parts.is_empty() {
            self.starts.push(0);
        }
        self.starts
            .push(u32::try_from(start + part.len()).expect("rows fit in 32 bits"));
        self.parts.push(part);
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Number of bytes that the values take.
    pub fn n_bytes(&self) -> usize {
        self.parts.iter().map(Packed::n_bytes).sum()
    }

    /// Returns the part that holds a row, and the row's place in it.
    pub(super) fn find(&self, row: usize) -> (usize, usize) {
        let part = self.starts.partition_point(|&start| start as usize <= row) - 1;
        (part, row - self.starts[part] as usize)
    }

    pub(super) fn part(&self, part: usize) -> &Packed {
        &self.parts[part]
    }

    /// Returns the number in a row; NaN if there is none.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn number(&self, row: usize) -> f64 {
        let (part, i) = self.find(row);
        self.parts[part].number(i)
    }

    /// Returns the integer in a row, if there is one.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn integer(&self, row: usize) -> Option<i64> {
        let (part, i) = self.find(row);
        Some(self.parts[part].integer(i)).filter(|&value| value != MISSING)
    }

    /// Calls with every number, in row order; NaN where there is none.
    pub fn for_each_number(&self, mut visit: impl FnMut(f64)) {
        self.parts
            .iter()
            .for_each(|part| part.for_each_number(&mut visit));
    }

    /// Calls with every integer, in row order.
    pub fn for_each_integer(&self, mut visit: impl FnMut(Option<i64>)) {
        self.parts
            .iter()
            .for_each(|part| part.for_each_integer(&mut visit));
    }

    /// Returns every number, in row order; NaN where there is none.
    pub fn to_numbers(&self) -> Vec<f64> {
        let mut numbers = Vec::with_capacity(self.len());
        self.append_numbers(0..self.len(), &mut numbers);
        numbers
    }

    /// Appends the numbers in some rows, in their order; NaN where there is none.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn append_numbers(&self, rows: Range<usize>, numbers: &mut Vec<f64>) {
        self.for_each_part(rows, |part, range| part.append_numbers(range, numbers));
    }

    /// Calls with every integer in some rows, in their order.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn for_each_integer_in(&self, rows: Range<usize>, mut visit: impl FnMut(Option<i64>)) {
        let mut integers = Vec::new();
        self.for_each_part(rows, |part, range| {
            integers.clear();
            part.append_integers(range, &mut integers);
            for &value in &integers {
                visit(Some(value).filter(|&value| value != MISSING));
            }
        });
    }

    /// Calls with the parts that hold some rows, and where in them.
    fn for_each_part(&self, rows: Range<usize>, mut visit: impl FnMut(&Packed, Range<usize>)) {
        let mut row = rows.start;
        while row < rows.end {
            let (part, first) = self.find(row);
            let end = self.parts[part].len().min(first + rows.end - row);
            visit(&self.parts[part], first..end);
            row += end - first;
        }
    }
}

/// Returns a place among 2 to the power of `n_bits`, at least one bit, for a word: the high bits of a product depend on all
/// bits of its factors (Knuth's multiplicative hashing).
pub(super) fn place_of(word: u64, n_bits: u32) -> usize {
    (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - n_bits)) as usize
}

/// What is known of the values of a column of numbers, or of a part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NumberFacts {
    pub(super) are_integers: bool,
    pub(super) extent: Extent,
    /// The distinct values in the order of appearance if they are few.
    pub(super) distinct: Option<Vec<f64>>,
}

impl Default for NumberFacts {
    fn default() -> NumberFacts {
        NumberFacts {
            are_integers: true,
            extent: Extent::default(),
            distinct: Some(Vec::new()),
        }
    }
}

impl NumberFacts {
    /// Adds values; NaN is none.
    pub(super) fn add_all(&mut self, values: &[f64]) {
        self.extent.add_all(values);
        if self.distinct.is_none() {
            return;
        }
        // most rows are like others nearby
        let mut recent = [f64::NAN.to_bits(); 1 << RECENT_BITS];
        for &value in values {
            let bits = value.to_bits();
            let place = &mut recent[place_of(bits, RECENT_BITS)];
            let is_recent = std::mem::replace(place, bits) == bits;
            if !is_recent && !self.note_distinct(value) {
                return;
            }
        }
    }

    /// Notes one of the distinct values; false if they are too many to go on.
    fn note_distinct(&mut self, value: f64) -> bool {
        let Some(distinct) = &mut self.distinct else {
            return false;
        };
        // zero and minus zero are two values here
        let mut known = distinct.iter();
        let is_known = known.any(|known| known.to_bits() == value.to_bits());
        if !is_known && !value.is_nan() {
            distinct.push(value);
        }
        if distinct.len() > MAX_DISTINCT {
            self.distinct = None;
        }
        self.distinct.is_some()
    }

    /// Adds what is known of another part.
    pub(super) fn merge(&mut self, other: &NumberFacts) {
        self.are_integers &= other.are_integers;
        self.extent.merge(other.extent);
        match &other.distinct {
            Some(distinct) => {
                let mut distinct = distinct.iter();
                // to the first that is one too many
                let _ = distinct.all(|&value| self.note_distinct(value));
            }
            None => self.distinct = None,
        }
    }
}

/// Values of a column of numbers.
#[derive(Debug, Default)]
pub struct Numbers {
    /// One value a row; NaN where missing or malformed. All others are finite.
    pub values: Values,
    /// Rows whose cell was malformed, ascending; the other NaN are missing.
    pub malformed_rows: Vec<u32>,
    pub(super) facts: NumberFacts,
}

impl Numbers {
    /// Whether every value is written as an integer and fits in 64 bits (then pandas has an integer column, unless
    /// values are missing).
    pub fn are_integers(&self) -> bool {
        self.facts.are_integers
    }

    /// Returns the smallest and the largest value; `None` if there is no value.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.facts.extent.ends()
    }

    /// Whether all values are equal (or there is none).
    pub fn is_constant(&self) -> bool {
        self.range().is_none_or(|(low, high)| low == high)
    }

    /// Counts the rows of each distinct value, ascending; `None` if there are more values than `most`.
    ///
    /// It takes a pass over the rows, up to where there are too many values.
    pub fn counts(&self, most: usize) -> Option<Vec<(f64, u64)>> {
        let mut counts: HashMap<u64, u64> = HashMap::new();
        let mut numbers = Vec::with_capacity(PART_ROWS);
        for start in (0..self.values.len()).step_by(PART_ROWS) {
            numbers.clear();
            let end = self.values.len().min(start + PART_ROWS);
            self.values.append_numbers(start..end, &mut numbers);
            // neighbours are often equal
            for equal in numbers.chunk_by(|a, b| a == b) {
                // minus zero is zero
                let value = equal[0] + 0.0;
                if !value.is_nan() {
                    *counts.entry(value.to_bits()).or_default() += equal.len() as u64;
                }
                if counts.len() > most {
                    return None;
                }
            }
        }
        let counts = counts.into_iter();
        let mut counts: Vec<(f64, u64)> = counts
            .map(|(bits, n_rows)| (f64::from_bits(bits), n_rows))
            .collect();
        counts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Some(counts)
    }

    /// Number of distinct values if that is at most twenty.
    pub fn n_distinct(&self) -> Option<usize> {
        self.facts.distinct.as_ref().map(Vec::len)
    }
}

/// Values of a column of timestamps.
#[derive(Debug, Default)]
pub struct Times {
    /// Microseconds since 1970-01-01 UTC a row; none where missing or malformed.
    pub values: Values,
    /// Rows whose cell was malformed, ascending.
    pub malformed_rows: Vec<u32>,
    /// Whether a value named no offset from UTC.
    pub has_naive: bool,
    /// Whether a value named one.
    pub has_aware: bool,
    /// 0, 3 or 6: the most digits of a second that a value needs.
    pub fraction_digits: usize,
}

impl Times {
    /// Takes in what a moment says of how the times are written.
    pub(super) fn note(&mut self, instant: Instant) {
        self.has_naive |= instant.is_naive;
        self.has_aware |= !instant.is_naive;
        self.fraction_digits = self
            .fraction_digits
            .max(usize::from(instant.fraction_digits()));
    }
}

/// Values of a column of repeating text.
#[derive(Debug, Default)]
pub struct Categories {
    codes: Values,
    /// For each part, the column's code of each of the part's own codes; none if they are the same.
    maps: Vec<Option<Vec<u32>>>,
    /// The text of each code, in the order of appearance.
    pub names: Vec<String>,
}

impl Categories {
    /// Makes categories of one code a row, or [`NO_CATEGORY`].
    pub fn of_codes(codes: &[u32], names: Vec<String>) -> Categories {
        let mut values = Values::default();
        for part in codes.chunks(PART_ROWS) {
            values.push(Packed::of_codes(part));
        }
        let codes = values;
        Categories {
            maps: vec![None; codes.parts.len()],
            codes,
            names,
        }
    }

    pub(super) fn push(&mut self, codes: Packed, map: Vec<u32>) {
        if !codes.is_empty() {
            self.codes.push(codes);
            self.maps.push(Some(map));
        }
    }

    /// Gives every code another one; `names` are the texts of the new codes.
    pub fn recode(&self, new: &[u32], names: Vec<String>) -> Categories {
        let recoded = |code: u32| new.get(code as usize).copied().unwrap_or(NO_CATEGORY);
        let maps = self.maps.iter().map(|map| match map {
            Some(map) => Some(map.iter().map(|&code| recoded(code)).collect()),
            None => Some(new.to_vec()),
        });
        Categories {
            codes: self.codes.clone(),
            maps: maps.collect(),
            names,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Returns the code of a row, or [`NO_CATEGORY`].
    ///
    /// # Panics
    /// If there is no such row.
    pub fn code(&self, row: usize) -> u32 {
        let (part, i) = self.codes.find(row);
        let code = u32::try_from(self.codes.parts[part].integer(i));
        mapped(self.maps[part].as_deref(), code.unwrap_or(NO_CATEGORY))
    }

    /// Calls with every code, in row order.
    pub fn for_each_code(&self, mut visit: impl FnMut(u32)) {
        self.for_each_block(|codes| codes.iter().for_each(|&code| visit(code)));
    }

    /// Calls with the codes of some hundred rows after the other, in row order.
    pub fn for_each_block(&self, mut visit: impl FnMut(&[u32])) {
        let mut codes = [0; BLOCK];
        for (part, map) in self.codes.parts.iter().zip(&self.maps) {
            let Some(map) = map else {
                part.for_each_code_block(&mut visit);
                continue;
            };
            part.for_each_code_block(|block| {
                let codes = &mut codes[..block.len()];
                for (code, &of_part) in codes.iter_mut().zip(block) {
                    *code = mapped(Some(map), of_part);
                }
                visit(codes);
            });
        }
    }

    /// Counts the rows of each category.
    pub fn counts(&self) -> Vec<u64> {
        let n = self.names.len();
        let mut counts = vec![0; n + 1];
        for (part, map) in self.codes.parts.iter().zip(&self.maps) {
            part.count_codes(|code, n_rows| {
                let code = mapped(map.as_deref(), code) as usize;
                counts[n.min(code)] += n_rows;
            });
        }
        counts.truncate(n);
        counts
    }
}

/// A code that a worker made up is no category.
fn mapped(map: Option<&[u32]>, code: u32) -> u32 {
    match map {
        Some(map) => map.get(code as usize).copied().unwrap_or(NO_CATEGORY),
        None => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_counted_in_every_part() {
        let mut categories = Categories::of_codes(&[0, 1, NO_CATEGORY, 1], texts(3));
        // the second part has codes of its own, of which one is made up
        categories.push(Packed::of_codes(&[1, 0, 9, NO_CATEGORY, 1]), vec![0, 2]);
        let codes: Vec<u32> = (0..categories.len())
            .map(|row| categories.code(row))
            .collect();
        assert_eq!(
            codes,
            [0, 1, NO_CATEGORY, 1, 2, 0, NO_CATEGORY, NO_CATEGORY, 2]
        );
        let mut in_blocks = Vec::new();
        categories.for_each_block(|codes| in_blocks.extend_from_slice(codes));
        assert_eq!(in_blocks, codes);
        assert_eq!(categories.counts(), [2, 2, 2]);
    }

    #[test]
    fn values_are_counted_up_to_a_number_of_them() {
        let values = [3.0, 3.0, f64::NAN, -0.0, 0.0, -1.5, 3.0];
        let numbers = Numbers {
            values: Values::of_numbers(values.into_iter()),
            ..Numbers::default()
        };
        let expected = vec![(-1.5, 1), (0.0, 2), (3.0, 3)];
        assert_eq!(numbers.counts(3), Some(expected));
        assert_eq!(numbers.counts(2), None);
        assert_eq!(Numbers::default().counts(0), Some(Vec::new()));
    }

    fn texts(n: usize) -> Vec<String> {
        (0..n).map(|i| i.to_string()).collect()
    }
}
