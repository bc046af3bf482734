//! Splitting records without quotes: most of any log.
//!
//! The `csv` crate's machine looks at every byte; here 64 bytes are asked at once which of them end a field. Whatever holds
//! a quote is left to the machine, so that quoting has one meaning.

use super::records::{MAX_RECORD_BYTES, Row};

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Ends that are written at once, right or not: how many of them there are is guessed wrong too often.
const HITS_AT_ONCE: usize = 8;

/// How many records are to be split.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Most records, at least one.
    pub(super) n_rows: usize,
    /// All of them begin before this byte.
    pub(super) begin_before: usize,
    /// None of them begins with this byte; a line end, with which no record begins, if any may.
    pub(super) not_begun_by: u8,
}

/// Splits the records at the start of `text`, of which the first is to be like `row`; `rows`, empty at first, gets one entry
/// each, `ends` where each field ends. Stops before a record with a quote, with another number of fields than the first, with
/// more than [`MAX_RECORD_BYTES`], that may be a comment, or whose line end does not lie in a whole block. Returns the number of fields of each.
pub(super) fn split(
    text: &[u8],
    delimiter: u8,
    wanted: Wanted,
    mut row: Row,
    ends: &mut Vec<usize>,
    rows: &mut Vec<Row>,
) -> usize {
    let (mut n_ends, mut n_fields) = (0, 0);
    let mut row_ends = 0;
    let offset = row.start;
    for (block, first) in text.as_chunks::<BLOCK>().0.iter().zip((0..).step_by(BLOCK)) {
        let Marks { hits, mut breaks } = Marks::of(block, delimiter);
        if ends.len() < n_ends + BLOCK {
            ends.resize(2 * (n_ends + BLOCK), 0);
        }
        let first_hit = n_ends;
        let (groups, _) = ends[n_ends..].as_chunks_mut::<HITS_AT_ONCE>();
        let mut left = hits;
        for group in groups {
            for end in group {
                *end = first + left.trailing_zeros() as usize;
                left &= left.wrapping_sub(1);
            }
            if left == 0 {
                break;
            }
        }
        n_ends += hits.count_ones() as usize;
        while breaks != 0 {
            let before = (breaks & breaks.wrapping_neg()) - 1;
            breaks &= breaks - 1;
            let end = first_hit + (hits & before).count_ones() as usize;
            let at = ends[end];
            if text[at] == b'"' {
                return n_fields;
            }
            let length = at - row.begin;
            let is_blank = length == 0;
            let is_end_of_crlf = is_blank && at > 0 && text[at - 1..=at] == *b"\r\n";
            if !is_blank {
                let found = end + 1 - row_ends;
                if rows.is_empty() {
                    n_fields = found;
                }
                let is_as_wanted = text[row.begin] != wanted.not_begun_by;
                if found != n_fields || length > MAX_RECORD_BYTES || !is_as_wanted {
                    return n_fields;
                }
                let place = rows.len() * n_fields;
                if place != row_ends {
                    ends.copy_within(row_ends..=end, place); // there was a blank line, or half a CRLF
                }
                row.length = length as u32;
                rows.push(row);
            }
            row_ends = end + 1;
            row = Row {
                begin: at + 1,
                start: offset + at as u64 + 1,
                length: 0,
                line: row.line + u64::from(!is_end_of_crlf),
            };
            if rows.len() == wanted.n_rows || row.begin >= wanted.begin_before {
                return n_fields;
            }
        }
    }
    n_fields
}

/// Whether a quote comes before the line end; false also if neither lies in a whole block.
pub(super) fn has_quote(text: &[u8]) -> bool {
    let (blocks, _) = text.as_chunks::<BLOCK>();
    let mut breaks = blocks
        .iter()
        .map(|block| (block, Marks::of(block, b'"').breaks));
    breaks
        .find(|(_, breaks)| *breaks != 0)
        .is_some_and(|(block, breaks)| block[breaks.trailing_zeros() as usize] == b'"')
}

/// A bit for each byte of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    /// The delimiter, a quote or a line end.
    hits: u64,
    /// A quote or a line end.
    breaks: u64,
}

impl Marks {
    #[cfg(target_arch = "wasm32")]
    fn of(block: &[u8; BLOCK], delimiter: u8) -> Marks {
        use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, u64x2, v128_or};

        let (parts, _) = block.as_chunks::<16>();
        let (mut hits, mut breaks) = (0, 0);
        for (part, shift) in parts.iter().zip([0, 16, 32, 48]) {
            let [low, high] = words(part);
            let bytes = u64x2(low, high);
            let is = |byte| u8x16_eq(bytes, u8x16_splat(byte));
            let ends_record = v128_or(v128_or(is(b'\n'), is(b'\r')), is(b'"'));
            breaks |= u64::from(u8x16_bitmask(ends_record)) << shift;
            hits |= u64::from(u8x16_bitmask(v128_or(ends_record, is(delimiter)))) << shift;
        }
        Marks { hits, breaks }
    }

    /// Looks at eight bytes at once; the tricks are those of Warren, Hacker's Delight, chapter 6 (a zero byte, exactly).
    #[cfg(not(target_arch = "wasm32"))]
    fn of(block: &[u8; BLOCK], delimiter: u8) -> Marks {
        const ONES: u64 = u64::MAX / 0xff;
        const LOW_BITS: u64 = ONES * 0x7f;
        let (mut hits, mut breaks) = (0, 0);
        for (bytes, shift) in block.as_chunks::<8>().0.iter().zip((0..).step_by(8)) {
            let word = u64::from_le_bytes(*bytes);
            let is = |byte: u8| {
                let zero_where_equal = word ^ (ONES * u64::from(byte));
                !(((zero_where_equal & LOW_BITS) + LOW_BITS) | zero_where_equal | LOW_BITS)
            };
            // moves the high bit of byte i to bit i
            let bits = |found: u64| (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            let ends_record = is(b'"') | is(b'\n') | is(b'\r');
            breaks |= bits(ends_record) << shift;
            hits |= bits(ends_record | is(delimiter)) << shift;
        }
        Marks { hits, breaks }
    }
}

#[cfg(target_arch = "wasm32")]
fn words(part: &[u8; 16]) -> [u64; 2] {
    let (words, _) = part.as_chunks::<8>();
    [u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The first record's fields, found byte by byte; none at a quote or without a line end.
    fn split_first(text: &str, delimiter: char) -> Option<Vec<&str>> {
        let end = text.find(['\r', '\n', '"'])?;
        (!text[end..].starts_with('"')).then(|| text[..end].split(delimiter).collect())
    }

    proptest! {
        #[test]
        fn every_special_byte_is_seen(block in any::<[[u8; 16]; 4]>(), delimiter in "[,;|\t]", at in 0..BLOCK, special in "[,;|\t\"\r\n]") {
            let (mut block, delimiter) = (block, delimiter.as_bytes()[0]);
            block.as_flattened_mut()[at] = special.as_bytes()[0];
            let block = *block.as_flattened().first_chunk::<BLOCK>().expect("as long");
            let bits = |specials: &[u8]| (0..BLOCK).filter(|&i| specials.contains(&block[i])).map(|i| 1 << i).sum::<u64>();
            let expected = Marks { hits: bits(&[delimiter, b'"', b'\n', b'\r']), breaks: bits(b"\"\n\r") };
            prop_assert_eq!(Marks::of(&block, delimiter), expected);
        }

        #[test]
        fn records_are_split_as_byte_by_byte(text in "[ab,][abc,]{0,9}[,\r\n]([abcd,]{0,12}(\r\n|\n|\r|\"|,,|\n\n)){0,30}", n_rows in 1..9_usize, begin_before in 1..300_usize) {
            let (mut ends, mut rows) = (Vec::new(), Vec::new());
            let n_fields = split(text.as_bytes(), b',', Wanted { n_rows, begin_before, not_begun_by: b'd' }, Row { begin: 0, start: 50, length: 0, line: 7 }, &mut ends, &mut rows);
            let (mut begin, mut line) = (0, 7);
            for (i, row) in rows.iter().enumerate() {
                while text[begin..].starts_with(['\r', '\n']) {
                    line += u64::from(!(begin > 0 && &text[begin - 1..=begin] == "\r\n"));
                    begin += 1;
                }
                let fields = split_first(&text[begin..], ',').expect("a plain record");
                prop_assert_eq!(fields.len(), n_fields);
                prop_assert_eq!((row.begin, row.start, row.line), (begin, 50 + begin as u64, line));
                prop_assert!(begin < begin_before && i < n_rows && !text[begin..].starts_with('d'));
                let mut from = begin;
                for (field, end) in fields.iter().zip(&ends[i * n_fields..]) {
                    prop_assert_eq!(&&text[from..*end], field);
                    from = end + 1;
                }
                prop_assert_eq!(row.begin + row.length as usize + 1, from);
                begin = from;
                line += 1;
            }
            // it stopped for a reason
            let (whole, _) = text.as_bytes().as_chunks::<BLOCK>();
            let seen = whole.len() * BLOCK;
            while text[begin..].starts_with(['\r', '\n']) { begin += 1; }
            if rows.len() < n_rows && begin < begin_before.min(seen) {
                let next = split_first(&text[begin..seen], ',');
                prop_assert!(text[begin..].starts_with('d') || next.is_none_or(|fields| !rows.is_empty() && fields.len() != n_fields));
            }
        }
    }
}
