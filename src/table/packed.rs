//! Integers and numbers in as few bytes as their spread needs: what lets a table follow its columns, not its file.
//!
//! Values lie in blocks of 256. A block keeps its smallest value and, for each value, the distance to it in 0, ½, 1, 2, 4
//! or 8 bytes ("frame of reference"), in whole seconds if microseconds allow that; numbers with a fraction are kept as
//! they are. Neighbouring rows of a log are alike, so a timestamp takes two bytes, a country one, one of a few rules half
//! a byte and a column that never changes none.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Extent, NO_CATEGORY};

/// Values of a block; the last block may have fewer.
pub(super) const BLOCK: usize = 256;

/// Bytes of a block's head: base, start of its values in the data, width with the float flag.
const HEAD_BYTES: usize = 16;

/// The bits of half a byte.
const HALF: u8 = 0xf;

/// Set in the width of a block whose values are floats.
const FLOATS: u32 = 0x100;

/// Set in the width of a block that lacks a value, so that the others need not be searched.
const GAPS: u32 = 0x200;

/// Set in the width of a block whose distances are in millions: microseconds of a log that knows whole seconds.
const SECONDS: u32 = 0x400;

/// The width of a block whose distances lie two in a byte, the first in its lower half.
const HALVES: u32 = 0xf;

/// One second in microseconds.
const SECOND: u64 = 1_000_000;

/// The largest distance of two bytes.
const MOST_SHORT: u64 = 0xfffe;

/// Stands for a missing integer.
pub(crate) const MISSING: i64 = i64::MIN;

/// Integers beyond this do not all fit in a f64.
const MAX_EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// Values of a column, packed; plain bytes inside, so that they travel between workers without being packed anew.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Packed {
    n: u32,
    heads: ByteBuf,
    data: ByteBuf,
}

#[derive(Clone, Copy)]
struct Head {
    base: i64,
    start: u32,
    width: u32,
}

impl Head {
    fn from_bytes(bytes: &[u8; HEAD_BYTES]) -> Head {
        let [
            b0,
            b1,
            b2,
            b3,
            b4,
            b5,
            b6,
            b7,
            s0,
            s1,
            s2,
            s3,
            w0,
            w1,
            w2,
            w3,
        ] = *bytes;
        Head {
            base: i64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]),
            start: u32::from_le_bytes([s0, s1, s2, s3]),
            width: u32::from_le_bytes([w0, w1, w2, w3]),
        }
    }

    /// Returns the bytes of each value, if they are whole.
    fn n_bytes(self) -> usize {
        (self.width & 0xf) as usize
    }

    fn has_halves(self) -> bool {
        self.width & 0xf == HALVES
    }

    /// Returns the bytes of so many values.
    fn n_bytes_of(self, n: usize) -> usize {
        if self.has_halves() {
            n.div_ceil(2)
        } else {
            n * self.n_bytes()
        }
    }

    fn has_gaps(self) -> bool {
        self.width & GAPS != 0
    }

    fn unit(self) -> i64 {
        if self.width & SECONDS == 0 {
            1
        } else {
            SECOND as i64
        }
    }

    /// Returns an integer of the block; [`MISSING`] if there is none.
    fn integer(self, data: &[u8], i: usize) -> i64 {
        if self.has_halves() {
            let pair = data[self.start as usize + i / 2];
            return self.of_half(if i.is_multiple_of(2) {
                pair & HALF
            } else {
                pair >> 4
            });
        }
        let at = self.start as usize + i * self.n_bytes();
        let n_bytes = self.n_bytes();
        let distance = match n_bytes {
            0 => return self.base,
            1 => u64::from(data[at]),
            2 => u64::from(u16::from_le_bytes(array(data, at))),
            4 => u64::from(u32::from_le_bytes(array(data, at))),
            _ => return i64::from_le_bytes(array(data, at)),
        };
        if distance == u64::MAX >> (64 - 8 * n_bytes) {
            MISSING
        } else {
            self.base
                .wrapping_add((distance as i64).wrapping_mul(self.unit()))
        }
    }

    fn of_half(self, distance: u8) -> i64 {
        if distance == HALF {
            MISSING
        } else {
            self.base
                .wrapping_add(i64::from(distance).wrapping_mul(self.unit()))
        }
    }

    /// Unpacks the first integers of the block.
    fn integers(self, data: &[u8], integers: &mut [i64]) {
        let (base, unit) = (self.base, self.unit());
        match self.n_bytes() {
            0 => integers.fill(base),
            8 => unpack(&data[self.start as usize..], integers, i64::from_le_bytes),
            // to multiply costs more than all else
            _ if unit == 1 => self.distances(data, integers, |distance| {
                distance.map_or(MISSING, |distance| base.wrapping_add(distance.into()))
            }),
            _ => self.distances(data, integers, |distance| {
                let integer = |distance| base.wrapping_add(i64::from(distance).wrapping_mul(unit));
                distance.map_or(MISSING, integer)
            }),
        }
    }

    /// Makes a value of each of the first distances of the block, which take four bytes at most; `None` stands for a missing
    /// value.
    fn distances<T>(self, data: &[u8], values: &mut [T], of: impl Fn(Option<u32>) -> T) {
        let data = &data[self.start as usize..];
        let known = |distance: u32, missing| of((distance != missing).then_some(distance));
        if self.has_halves() {
            for (pair, &byte) in values.chunks_mut(2).zip(data) {
                for (value, half) in pair.iter_mut().zip([byte & HALF, byte >> 4]) {
                    *value = known(half.into(), HALF.into());
                }
            }
            return;
        }
        match self.n_bytes() {
            1 => unpack(data, values, |[byte]| known(byte.into(), 0xff)),
            2 => unpack(data, values, |bytes| {
                known(u16::from_le_bytes(bytes).into(), 0xffff)
            }),
            _ => unpack(data, values, |bytes| {
                known(u32::from_le_bytes(bytes), u32::MAX)
            }),
        }
    }

    /// Unpacks the first codes of the block; [`NO_CATEGORY`] for an integer that is none.
    fn codes(self, data: &[u8], codes: &mut [u32]) {
        match u32::try_from(self.base) {
            Ok(base) if !matches!(self.n_bytes(), 0 | 8) && self.unit() == 1 => {
                self.distances(data, codes, |distance| {
                    distance.map_or(NO_CATEGORY, |distance| base.saturating_add(distance))
                })
            }
            _ => {
                let mut integers = [0; BLOCK];
                self.integers(data, &mut integers[..codes.len()]);
                for (code, integer) in codes.iter_mut().zip(integers) {
                    *code = u32::try_from(integer).unwrap_or(NO_CATEGORY);
                }
            }
        }
    }

    /// Unpacks the first numbers of the block.
    fn numbers(self, data: &[u8], numbers: &mut [f64]) {
        if self.width & FLOATS != 0 {
            return unpack(&data[self.start as usize..], numbers, f64::from_le_bytes);
        }
        let unit = self.unit();
        let largest = self
            .base
            .unsigned_abs()
            .saturating_add(u64::from(u32::MAX) * unit as u64);
        if largest <= MAX_EXACT && !matches!(self.n_bytes(), 0 | 8) {
            // all of these are integers that a f64 holds, and so is what comes out
            let (base, unit) = (self.base as f64, unit as f64);
            return self.distances(data, numbers, |distance| {
                distance.map_or(f64::NAN, |distance| base + f64::from(distance) * unit)
            });
        }
        let mut integers = [0; BLOCK];
        self.integers(data, &mut integers[..numbers.len()]);
        for (number, integer) in numbers.iter_mut().zip(integers) {
            *number = if integer == MISSING {
                f64::NAN
            } else {
                integer as f64
            };
        }
    }

    fn number(self, data: &[u8], i: usize) -> f64 {
        if self.width & FLOATS != 0 {
            return f64::from_le_bytes(array(data, self.start as usize + i * 8));
        }
        match self.integer(data, i) {
            MISSING => f64::NAN,
            integer => integer as f64,
        }
    }
}

/// How often each pair of halves stands in blocks of the same base: pairs are counted without being unpacked.
struct PairCounts {
    base: i64,
    /// Neighbours have counters of their own: each would wait for that of the one before.
    counts: [[u32; 256]; 2],
}

impl Default for PairCounts {
    fn default() -> PairCounts {
        PairCounts {
            base: 0,
            counts: [[0; 256]; 2],
        }
    }
}

impl PairCounts {
    fn add(&mut self, pairs: &[u8]) {
        let [even, odd] = &mut self.counts;
        for &[a, b] in pairs.as_chunks().0 {
            even[usize::from(a)] += 1;
            odd[usize::from(b)] += 1;
        }
    }

    /// Calls with every code that was counted, and counts from 0 again.
    fn tell(&mut self, visit: &mut impl FnMut(u32, u64)) {
        let mut of_halves = [0; HALF as usize + 1];
        let [even, odd] = std::mem::replace(&mut self.counts, [[0; 256]; 2]);
        for (pair, (&a, &b)) in even.iter().zip(&odd).enumerate() {
            let n = u64::from(a) + u64::from(b);
            of_halves[pair & usize::from(HALF)] += n;
            of_halves[pair >> 4] += n;
        }
        for (half, n) in (0..).zip(of_halves).filter(|(_, n)| *n > 0) {
            let code = Some(half).filter(|&half| half != i64::from(HALF));
            let code = code.and_then(|half| u32::try_from(self.base.saturating_add(half)).ok());
            visit(code.unwrap_or(NO_CATEGORY), n);
        }
    }
}

/// Returns the width that distances up to this one need: the largest of each width stands for a missing value.
fn width(spread: u64, n_missing: usize) -> u32 {
    match spread {
        0 if n_missing == 0 => 0,
        0..=0xe => HALVES,
        0xf..=0xfe => 1,
        0xff..=MOST_SHORT => 2,
        0xffff..=0xffff_fffe => 4,
        _ => 8,
    }
}

/// Turns distances in microseconds into seconds, if all of them are whole; else they stay as they are.
fn to_seconds(distances: &mut [u64]) -> bool {
    let is_whole = |&distance: &u64| distance == u64::MAX || whole_seconds(distance).is_some();
    let are_whole = distances.iter().all(is_whole);
    if are_whole {
        for distance in distances {
            *distance = whole_seconds(*distance).unwrap_or(u64::MAX);
        }
    }
    are_whole
}

/// Divides by a million if that leaves no rest, by multiplying with the inverse of 5⁶ modulo 2⁶⁴ (Granlund and Montgomery
/// 1994).
fn whole_seconds(micros: u64) -> Option<u64> {
    const INVERSE: u64 = {
        let fives: u64 = SECOND >> SECOND.trailing_zeros();
        let mut inverse = fives;
        let mut round = 0;
        // each round doubles the number of right bits, of which an odd number has three at first
        while round < 5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(fives.wrapping_mul(inverse)));
            round += 1;
        }
        inverse
    };
    let seconds = micros
        .wrapping_mul(INVERSE)
        .rotate_right(SECOND.trailing_zeros());
    (seconds <= u64::MAX / SECOND).then_some(seconds)
}

/// Makes a value of each piece of some bytes, in a loop that the compiler can vectorize.
fn unpack<T, const N: usize>(bytes: &[u8], values: &mut [T], of: impl Fn([u8; N]) -> T) {
    let (pieces, _) = bytes.as_chunks::<N>();
    for (value, &piece) in values.iter_mut().zip(pieces) {
        *value = of(piece);
    }
}

fn array<const N: usize>(data: &[u8], at: usize) -> [u8; N] {
    *data[at..]
        .first_chunk()
        .expect("a block's values lie in the data, as `is_sound` checked")
}

impl Packed {
    /// Packs integers; [`MISSING`] stands for a missing one.
    pub(super) fn of_integers(values: &[i64]) -> Packed {
        Packed::of_blocks(values, Packed::push_integers)
    }

    /// Packs codes; [`NO_CATEGORY`] stands for a missing one.
    pub(super) fn of_codes(codes: &[u32]) -> Packed {
        Packed::of_blocks(codes, Packed::push_codes)
    }

    /// Packs finite numbers; NaN stands for a missing one. Infinities are kept too.
    pub fn of_numbers(values: &[f64]) -> Packed {
        Packed::of_blocks(values, Packed::push_numbers)
    }

    fn of_blocks<T>(values: &[T], push: impl Fn(&mut Packed, &[T])) -> Packed {
        let mut packed = Packed::default();
        values
            .chunks(BLOCK)
            .for_each(|block| push(&mut packed, block));
        packed
    }

    fn push_numbers(&mut self, block: &[f64]) {
        if self.push_short_integers(block) {
            return;
        }
        let mut integers = [0; BLOCK];
        let (mut are_integers, mut n_missing) = (true, 0);
        for (integer, &value) in integers.iter_mut().zip(block) {
            *integer = if value.is_nan() {
                n_missing += 1;
                MISSING
            } else {
                value as i64
            };
            let is_same = *integer as f64 == value && (value != 0.0 || value.is_sign_positive());
            are_integers &= value.is_nan() || (is_same && value.abs() <= MAX_EXACT as f64);
        }
        if are_integers {
            self.push_integers(&integers[..block.len()]);
        } else {
            self.push_head(0, 8 | FLOATS, n_missing, block.len());
            self.extend_data(block, |value| value.to_le_bytes());
        }
    }

    /// Packs numbers if all are there and whole and have 32 bits, as most have: without integers of 64 bits, a processor takes
    /// two at a time.
    fn push_short_integers(&mut self, block: &[f64]) -> bool {
        /// What is added to this is rounded to an integer.
        const ROUNDING: f64 = (MAX_EXACT / 2 + MAX_EXACT / 4) as f64;
        /// The low bits of the sum of this and an integer of 32 bits are those of the integer.
        const OFFSET: f64 = (MAX_EXACT / 2) as f64;
        // minus zero is none of them
        let is_short = |value: f64| {
            ((value + ROUNDING - ROUNDING).to_bits() == value.to_bits())
                & (value.abs() <= f64::from(i32::MAX))
        };
        if !block.iter().fold(true, |all, &value| all & is_short(value)) {
            return false;
        }
        let Extent { low, high } = Extent::of(block);
        let spread = (high - low) as u64;
        if spread > MOST_SHORT && whole_seconds(spread).is_some() {
            return false;
        }
        let mut distances = [0; BLOCK];
        for (distance, &value) in distances.iter_mut().zip(block) {
            *distance = (value - low + OFFSET).to_bits() as u32;
        }
        self.push_distances(low as i64, 0, spread, &distances[..block.len()], 0);
        true
    }

    fn push_integers(&mut self, block: &[i64]) {
        let (mut low, mut high, mut n_missing) = (i64::MAX, i64::MIN, 0);
        for &value in block {
            let is_missing = value == MISSING;
            n_missing += usize::from(is_missing);
            low = low.min(if is_missing { i64::MAX } else { value });
            high = high.max(value);
        }
        if n_missing == block.len() {
            return self.push_head(MISSING, 0, n_missing, block.len());
        }
        let spread = high.wrapping_sub(low) as u64;
        if spread <= MOST_SHORT {
            let mut distances = [0; BLOCK];
            for (distance, &value) in distances.iter_mut().zip(block) {
                *distance = if value == MISSING {
                    u32::MAX
                } else {
                    value.wrapping_sub(low) as u32
                };
            }
            return self.push_distances(low, 0, spread, &distances[..block.len()], n_missing);
        }
        let mut distances = [0; BLOCK];
        let distances = &mut distances[..block.len()];
        for (distance, &value) in distances.iter_mut().zip(block) {
            *distance = if value == MISSING {
                u64::MAX
            } else {
                value.wrapping_sub(low) as u64
            };
        }
        let (spread, unit) = match whole_seconds(spread) {
            Some(seconds) if to_seconds(distances) => (seconds, SECONDS),
            _ => (spread, 0),
        };
        if width(spread, n_missing) == 8 {
            self.push_head(0, 8, n_missing, block.len());
            return self.extend_data(block, i64::to_le_bytes);
        }
        let mut narrow = [0; BLOCK];
        for (narrow, &mut distance) in narrow.iter_mut().zip(distances) {
            *narrow = distance as u32;
        }
        self.push_distances(low, unit, spread, &narrow[..block.len()], n_missing);
    }

    /// Packs codes; [`NO_CATEGORY`] stands for a missing one.
    fn push_codes(&mut self, block: &[u32]) {
        let (mut low, mut high, mut n_missing) = (u32::MAX, 0, 0);
        for &code in block {
            let is_missing = code == NO_CATEGORY;
            n_missing += u32::from(is_missing);
            low = low.min(code);
            high = high.max(if is_missing { 0 } else { code });
        }
        let n_missing = n_missing as usize;
        if n_missing == block.len() {
            return self.push_head(MISSING, 0, n_missing, block.len());
        }
        let mut distances = [0; BLOCK];
        for (distance, &code) in distances.iter_mut().zip(block) {
            *distance = if code == NO_CATEGORY {
                u32::MAX
            } else {
                code - low
            };
        }
        let spread = u64::from(high - low);
        self.push_distances(low.into(), 0, spread, &distances[..block.len()], n_missing);
    }

    /// Packs distances, of which `u32::MAX` stands for a missing value, in as few bytes as the largest needs.
    fn push_distances(
        &mut self,
        base: i64,
        unit: u32,
        spread: u64,
        distances: &[u32],
        n_missing: usize,
    ) {
        let width = width(spread, n_missing);
        self.push_head(base, width | unit, n_missing, distances.len());
        match width {
            0 => {}
            HALVES => {
                let (pairs, last) = distances.as_chunks();
                let byte =
                    |[first, second]: [u32; 2]| [(first & u32::from(HALF) | second << 4) as u8];
                self.extend_data(pairs, byte);
                self.data.extend(last.iter().map(|&last| last as u8 & HALF));
            }
            1 => self.extend_data(distances, |distance| [distance as u8]),
            2 => self.extend_data(distances, |distance| (distance as u16).to_le_bytes()),
            _ => self.extend_data(distances, u32::to_le_bytes),
        }
    }

    fn push_head(&mut self, base: i64, width: u32, n_missing: usize, n: usize) {
        let start = u32::try_from(self.data.len()).expect("a part of a table has fewer than 4 GB");
        let gaps = if n_missing > 0 { GAPS } else { 0 };
        self.heads.extend(base.to_le_bytes());
        self.heads.extend(start.to_le_bytes());
        self.heads.extend((width | gaps).to_le_bytes());
        self.n = u32::try_from(self.len() + n).expect("a part of a table has fewer than 2^32 rows");
    }

    /// Adds each value's bytes, in a loop that the compiler can vectorize.
    fn extend_data<T: Copy, const N: usize>(&mut self, block: &[T], bytes: impl Fn(T) -> [u8; N]) {
        let start = self.data.len();
        self.data.resize(start + block.len() * N, 0);
        let (places, _) = self.data[start..].as_chunks_mut::<N>();
        for (place, &value) in places.iter_mut().zip(block) {
            *place = bytes(value);
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.n as usize
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Number of bytes that the values take.
    pub fn n_bytes(&self) -> usize {
        self.heads.len() + self.data.len()
    }

    fn head(&self, block: usize) -> Head {
        Head::from_bytes(
            self.heads[block * HEAD_BYTES..]
                .first_chunk()
                .expect("every value has a block"),
        )
    }

    /// Returns an integer; [`MISSING`] if there is none.
    pub(super) fn integer(&self, i: usize) -> i64 {
        self.head(i / BLOCK).integer(&self.data, i % BLOCK)
    }

    /// Returns a number; NaN if there is none.
    pub fn number(&self, i: usize) -> f64 {
        self.head(i / BLOCK).number(&self.data, i % BLOCK)
    }

    fn blocks(&self) -> impl Iterator<Item = (Head, usize)> {
        (0..self.len().div_ceil(BLOCK))
            .map(|block| (self.head(block), BLOCK.min(self.len() - block * BLOCK)))
    }

    /// Calls with every integer in order; `None` where there is none.
    pub fn for_each_integer(&self, mut visit: impl FnMut(Option<i64>)) {
        let mut integers = [0; BLOCK];
        for (head, n) in self.blocks() {
            head.integers(&self.data, &mut integers[..n]);
            for &value in &integers[..n] {
                visit(Some(value).filter(|&value| value != MISSING));
            }
        }
    }

    /// Calls with the codes of one block after the other; [`NO_CATEGORY`] where there is none that fits.
    pub(super) fn for_each_code_block(&self, mut visit: impl FnMut(&[u32])) {
        let mut codes = [0; BLOCK];
        for (head, n) in self.blocks() {
            head.codes(&self.data, &mut codes[..n]);
            visit(&codes[..n]);
        }
    }

    /// Calls with codes and how often each stands there, in any order, the same one perhaps several times; [`NO_CATEGORY`] for
    /// an integer that is none.
    pub(super) fn count_codes(&self, mut visit: impl FnMut(u32, u64)) {
        let mut pairs = PairCounts::default();
        let mut codes = [0; BLOCK];
        for (head, n) in self.blocks() {
            if head.n_bytes() == 0 {
                head.codes(&self.data, &mut codes[..1]);
                visit(codes[0], n as u64);
            } else if head.has_halves() && head.unit() == 1 && n == BLOCK {
                if head.base != pairs.base {
                    pairs.tell(&mut visit);
                    pairs.base = head.base;
                }
                pairs.add(&self.data[head.start as usize..][..BLOCK / 2]);
            } else {
                head.codes(&self.data, &mut codes[..n]);
                codes[..n].iter().for_each(|&code| visit(code, 1));
            }
        }
        pairs.tell(&mut visit);
    }

    /// Calls with the index of every missing value, in order.
    pub(super) fn for_each_missing(&self, mut visit: impl FnMut(usize)) {
        for (block, (head, n)) in self.blocks().enumerate() {
            if head.has_gaps() {
                (0..n)
                    .filter(|&i| head.number(&self.data, i).is_nan())
                    .for_each(|i| visit(block * BLOCK + i));
            }
        }
    }

    /// Calls with every number in order.
    pub fn for_each_number(&self, mut visit: impl FnMut(f64)) {
        let mut numbers = [0.0; BLOCK];
        for (head, n) in self.blocks() {
            head.numbers(&self.data, &mut numbers[..n]);
            numbers[..n].iter().for_each(|&value| visit(value));
        }
    }

    /// Appends some of the numbers, in order, which must be there; NaN where there is none.
    pub(super) fn append_numbers(&self, range: Range<usize>, numbers: &mut Vec<f64>) {
        self.append(range, numbers, Head::numbers);
    }

    /// Appends some of the integers, in order, which must be there; [`MISSING`] where there is none.
    pub(crate) fn append_integers(&self, range: Range<usize>, integers: &mut Vec<i64>) {
        self.append(range, integers, Head::integers);
    }

    fn append<T: Copy + Default>(
        &self,
        range: Range<usize>,
        values: &mut Vec<T>,
        unpack: impl Fn(Head, &[u8], &mut [T]),
    ) {
        let mut block = [T::default(); BLOCK];
        let mut first = range.start;
        while first < range.end {
            let (start, end) = (first % BLOCK, BLOCK.min(range.end - first + first % BLOCK));
            unpack(self.head(first / BLOCK), &self.data, &mut block[..end]);
            values.extend_from_slice(&block[start..end]);
            first += end - start;
        }
    }

    /// Keeps the values whose flag is set.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        let kept = |i: usize| keep[i].then_some(i);
        let has_floats = self.blocks().any(|(head, _)| head.width & FLOATS != 0);
        *self = if has_floats {
            Packed::of_numbers(
                &(0..self.len())
                    .filter_map(kept)
                    .map(|i| self.number(i))
                    .collect::<Vec<_>>(),
            )
        } else {
            Packed::of_integers(
                &(0..self.len())
                    .filter_map(kept)
                    .map(|i| self.integer(i))
                    .collect::<Vec<_>>(),
            )
        };
    }

    /// Whether this came out of a packing: false for bytes that no packing makes.
    pub(super) fn is_sound(&self, n: usize) -> bool {
        self.len() == n
            && self.heads.len() == n.div_ceil(BLOCK) * HEAD_BYTES
            && self.blocks().all(|(head, n)| {
                // in 64 bits: a made-up start must not lead around the end
                let end = u64::from(head.start) + head.n_bytes_of(n) as u64;
                matches!(
                    head.width & !GAPS,
                    0 | HALVES | 1 | 2 | 4 | 8 | 0x108 | 0x40f | 0x401 | 0x402 | 0x404
                ) && end <= self.data.len() as u64
            })
    }
}

/// Packs values as they come, a block at a time.
#[derive(Debug)]
pub(super) struct Packer<T> {
    packed: Packed,
    block: [T; BLOCK],
    n: usize,
}

impl<T: Copy + Default> Default for Packer<T> {
    fn default() -> Packer<T> {
        Packer {
            packed: Packed::default(),
            block: [T::default(); BLOCK],
            n: 0,
        }
    }
}

impl<T: Packable> Packer<T> {
    /// Number of values so far.
    pub(super) fn len(&self) -> usize {
        self.packed.len() + self.n
    }

    /// Number of values that fit in the block that is begun, at least one.
    pub(super) fn room(&self) -> usize {
        BLOCK - self.n
    }

    /// Adds so many values, for which there must be [`Packer::room`].
    pub(super) fn fill(&mut self, n: usize, set: impl FnOnce(&mut [T])) {
        set(&mut self.block[self.n..][..n]);
        self.n += n;
        if self.n == BLOCK {
            self.flush();
        }
    }

    #[inline(never)]
    fn flush(&mut self) {
        T::pack(&mut self.packed, &self.block[..self.n]);
        self.n = 0;
    }

    pub(super) fn finish(mut self) -> Packed {
        if self.n > 0 {
            self.flush();
        }
        self.packed
    }
}

/// What a [`Packer`] takes: codes and other whole numbers of four bytes ([`NO_CATEGORY`] is none), integers ([`MISSING`] is none) or numbers (NaN is none).
pub(super) trait Packable: Copy {
    /// Packs a block.
    fn pack(packed: &mut Packed, block: &[Self]);
}

impl Packable for u32 {
    fn pack(packed: &mut Packed, block: &[u32]) {
        packed.push_codes(block);
    }
}

impl Packable for i64 {
    fn pack(packed: &mut Packed, block: &[i64]) {
        packed.push_integers(block);
    }
}

impl Packable for f64 {
    fn pack(packed: &mut Packed, block: &[f64]) {
        packed.push_numbers(block);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_constant_takes_no_room_and_a_timestamp_few_bytes() {
        assert_eq!(Packed::of_integers(&[7; 256]).data.len(), 0);
        assert_eq!(Packed::of_numbers(&[f64::NAN; 256]).data.len(), 0);
        let few: Vec<i64> = (0..255).map(|i| 7 + i % 15).collect();
        assert_eq!(Packed::of_integers(&few).data.len(), 128, "two in a byte");
        let n_bytes = |step: i64| {
            let times: Vec<i64> = (0..256).map(|i| 1_714_087_800_000_000 + i * step).collect();
            Packed::of_integers(&times).data.len()
        };
        assert_eq!(n_bytes(600_000_000), 4 * 256, "ten minutes apart");
        assert_eq!(n_bytes(60_000_000), 2 * 256, "a minute apart");
        assert_eq!(n_bytes(1_000), 4 * 256, "a millisecond apart");
    }

    #[test]
    fn whole_seconds_are_told_from_others() {
        for seconds in [0, 1, 59, 86_400, 1 << 32, u64::MAX / SECOND] {
            assert_eq!(whole_seconds(seconds * SECOND), Some(seconds));
            for off in [1, 64, 15_625, 999_999] {
                let micros = (seconds * SECOND).wrapping_add(off);
                assert_eq!(whole_seconds(micros), None, "{micros}");
            }
        }
    }

    fn codes(packed: &Packed) -> Vec<u32> {
        let mut codes = Vec::new();
        packed.for_each_code_block(|block| codes.extend_from_slice(block));
        codes
    }

    fn counts(packed: &Packed) -> BTreeMap<u32, u64> {
        let mut counts = BTreeMap::new();
        packed.count_codes(|code, n| *counts.entry(code).or_default() += n);
        counts
    }

    fn counted(codes: &[u32]) -> BTreeMap<u32, u64> {
        let mut counts = BTreeMap::new();
        codes
            .iter()
            .for_each(|&code| *counts.entry(code).or_default() += 1);
        counts
    }

    /// The head of a block, mostly of a width that there is, and of a start within some data.
    fn head() -> impl Strategy<Value = Vec<u8>> {
        let widths = [
            0,
            HALVES,
            1,
            2,
            4,
            8,
            8 | FLOATS,
            HALVES | SECONDS,
            1 | SECONDS,
            4 | SECONDS,
        ];
        let width = prop_oneof![9 => prop::sample::select(widths.to_vec()), 1 => any::<u32>()];
        let start = prop_oneof![9 => 0..70_u32, 1 => any::<u32>(), 1 => Just(u32::MAX - 255)];
        (any::<i64>(), start, width, any::<bool>()).prop_map(|(base, start, width, has_gaps)| {
            let width = width | if has_gaps { GAPS } else { 0 };
            [
                &base.to_le_bytes()[..],
                &start.to_le_bytes(),
                &width.to_le_bytes(),
            ]
            .concat()
        })
    }

    proptest! {
        #[test]
        fn integers_come_back(
            values in prop_oneof![
                proptest::collection::vec(
                    prop_oneof![Just(MISSING), -3..300_i64, -70_000..70_000_i64, any::<i64>()], 0..600),
                proptest::collection::vec(prop_oneof![Just(MISSING), -3..12_i64], 0..600),
            ],
            scale in prop_oneof![Just(0_i64), Just(1), Just(1_000_000)],
        ) {
            let values: Vec<i64> =
                values.into_iter().map(|value| if value == MISSING { value } else { value.saturating_mul(scale) }).collect();
            let packed = Packed::of_integers(&values);
            prop_assert!(packed.is_sound(values.len()));
            let mut unpacked = Vec::new();
            packed.for_each_integer(|value| unpacked.push(value.unwrap_or(MISSING)));
            prop_assert_eq!(&unpacked, &values);
            prop_assert!((0..values.len()).all(|i| packed.integer(i) == values[i]));
        }

        #[test]
        fn numbers_come_back(
            values in proptest::collection::vec(
                prop_oneof![Just(f64::NAN), Just(-0.0), Just(f64::INFINITY), (0..9_i32).prop_map(f64::from), any::<f64>()], 0..600),
        ) {
            let packed = Packed::of_numbers(&values);
            prop_assert!(packed.is_sound(values.len()));
            let mut unpacked = Vec::new();
            packed.for_each_number(|value| unpacked.push(value));
            let is_same = |a: f64, b: f64| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
            prop_assert!(unpacked.iter().zip(&values).all(|(&a, &b)| is_same(a, b)));
            prop_assert!((0..values.len()).all(|i| is_same(packed.number(i), values[i])));
            let mut some = vec![0.5];
            let range = values.len() / 3..values.len() / 2 + values.len() / 3;
            packed.append_numbers(range.clone(), &mut some);
            prop_assert!(some.iter().skip(1).zip(&values[range.clone()]).all(|(&a, &b)| is_same(a, b)));
            prop_assert_eq!(some.len(), 1 + range.len());
        }

        #[test]
        fn whole_numbers_take_what_integers_take(
            values in proptest::collection::vec(
                prop_oneof![4 => -5..300_i64, 2 => (-9..9_i64).prop_map(|n| n * 1_000_000), 2 => any::<i32>().prop_map(i64::from),
                    1 => prop::sample::select(vec![i64::from(i32::MIN), i64::from(i32::MAX), 1 << 31, 1 << 40, MISSING])],
                1..600),
        ) {
            let number = |&value: &i64| if value == MISSING { f64::NAN } else { value as f64 };
            let numbers: Vec<f64> = values.iter().map(number).collect();
            prop_assert_eq!(Packed::of_numbers(&numbers), Packed::of_integers(&values));
        }

        #[test]
        fn codes_come_back(
            values in prop_oneof![
                proptest::collection::vec(prop_oneof![Just(u32::MAX), 7..300_u32, 7..80_000_u32, any::<u32>()], 0..600),
                proptest::collection::vec(prop_oneof![Just(u32::MAX), 7..22_u32], 0..600),
                (proptest::collection::vec(0..14_u32, 900), 0..2_u32).prop_map(|(mut codes, by)| { codes[300..].iter_mut().for_each(|code| *code += by); codes }),
                proptest::collection::vec(7..9_u32, 0..600),
            ],
            n_at_once in 1..300_usize,
        ) {
            let mut packer = Packer::default();
            let mut left = values.as_slice();
            while !left.is_empty() {
                let (taken, rest) = left.split_at(n_at_once.min(packer.room()).min(left.len()));
                packer.fill(taken.len(), |places| places.copy_from_slice(taken));
                left = rest;
            }
            let packed = packer.finish();
            prop_assert!(packed.is_sound(values.len()));
            prop_assert_eq!(codes(&packed), values.as_slice());
            prop_assert_eq!(counts(&packed), counted(&values));
            prop_assert_eq!(&packed, &Packed::of_codes(&values));
            let integer = |value: &u32| if *value == u32::MAX { MISSING } else { i64::from(*value) };
            let integers: Vec<i64> = values.iter().map(integer).collect();
            prop_assert!((0..values.len()).all(|i| packed.integer(i) == integers[i]));
            // as integers they may be whole seconds, which take less
            prop_assert!(packed.n_bytes() >= Packed::of_integers(&integers).n_bytes());
        }

        #[test]
        fn what_is_kept_stays(values in proptest::collection::vec((-9..9_i64, any::<bool>()), 0..600)) {
            let (integers, keep): (Vec<i64>, Vec<bool>) = values.iter().copied().unzip();
            let mut packed = Packed::of_integers(&integers);
            packed.retain(&keep);
            let expected: Vec<i64> = values.iter().filter(|(_, keep)| *keep).map(|(value, _)| *value).collect();
            let mut unpacked = Vec::new();
            packed.for_each_integer(|value| unpacked.extend(value));
            prop_assert_eq!(unpacked, expected);
        }

        #[test]
        fn any_bytes_are_refused_or_readable(
            n in 0..600_u32,
            heads in proptest::collection::vec(head(), 0..4),
            data in proptest::collection::vec(any::<u8>(), 0..2100),
        ) {
            let packed = Packed { n, heads: ByteBuf::from(heads.concat()), data: ByteBuf::from(data) };
            let n = n as usize;
            if packed.is_sound(n) {
                let (mut numbers, mut integers) = (Vec::new(), Vec::new());
                packed.append_numbers(0..n, &mut numbers);
                packed.append_integers(0..n, &mut integers);
                let is_same = |i: usize| {
                    let (number, integer) = (packed.number(i), packed.head(i / BLOCK).width & FLOATS == 0);
                    number.to_bits() == numbers[i].to_bits() && (!integer || packed.integer(i) == integers[i])
                };
                prop_assert!((0..n).all(is_same));
                prop_assert_eq!(counts(&packed), counted(&codes(&packed)));
            }
        }
    }
}
