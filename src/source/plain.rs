//! Splitting records without quotes: most of any log.
//!
//! The `csv` crate's machine looks at every byte; here sixteen bytes are asked at once whether one of them ends a field.
//! Whatever holds a quote is left to the machine, so that quoting has one meaning.

use std::ops::ControlFlow;

/// Bytes that are looked at together.
const BLOCK: usize = 16;

/// Where a plain record was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    /// Number of fields, whose ends are set.
    pub(super) n_fields: usize,
    /// Number of bytes, without the line end.
    pub(super) length: usize,
}

/// Splits the record at the start of `text`; `ends` gets where each field ends. `None` if a quote comes before the line
/// end, or neither comes.
pub(super) fn split(text: &[u8], delimiter: u8, ends: &mut Vec<usize>) -> Option<Split> {
    let mut n_fields = 0;
    for (block, first) in text.as_chunks::<BLOCK>().0.iter().zip((0..).step_by(BLOCK)) {
        let mut hits = specials(block, delimiter);
        while hits != 0 {
            let at = first + hits.trailing_zeros() as usize;
            hits &= hits - 1;
            let flow = match text[at] {
                b'"' => return None,
                byte if byte == delimiter => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            };
            if n_fields == ends.len() {
                ends.resize(2 * n_fields, 0);
            }
            ends[n_fields] = at;
            n_fields += 1;
            if flow.is_break() {
                return Some(Split {
                    n_fields,
                    length: at,
                });
            }
        }
    }
    None
}

/// Returns a bit for each byte that is the delimiter, a quote or a line end.
#[cfg(target_arch = "wasm32")]
fn specials(block: &[u8; BLOCK], delimiter: u8) -> u32 {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, u64x2, v128_or};

    let [low, high] = words(block);
    let bytes = u64x2(low, high);
    let is = |byte| u8x16_eq(bytes, u8x16_splat(byte));
    let ends_line = v128_or(is(b'\n'), is(b'\r'));
    u32::from(u8x16_bitmask(v128_or(
        ends_line,
        v128_or(is(delimiter), is(b'"')),
    )))
}

/// Returns a bit for each byte that is the delimiter, a quote or a line end.
#[cfg(not(target_arch = "wasm32"))]
fn specials(block: &[u8; BLOCK], delimiter: u8) -> u32 {
    let [low, high] = words(block);
    specials_of_word(low, delimiter) | specials_of_word(high, delimiter) << 8
}

/// Looks at eight bytes at once; the tricks are those of Warren, Hacker's Delight, chapter 6 (a zero byte, exactly).
#[cfg(not(target_arch = "wasm32"))]
fn specials_of_word(word: u64, delimiter: u8) -> u32 {
    const ONES: u64 = u64::MAX / 0xff;
    const LOW_BITS: u64 = ONES * 0x7f;
    let is = |byte: u8| {
        let zero_where_equal = word ^ (ONES * u64::from(byte));
        !(((zero_where_equal & LOW_BITS) + LOW_BITS) | zero_where_equal | LOW_BITS)
    };
    let hits = is(delimiter) | is(b'"') | is(b'\n') | is(b'\r');
    // moves the high bit of byte i to bit 56 + i
    ((hits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

fn words(block: &[u8; BLOCK]) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = *block;
    [
        u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        u64::from_le_bytes(rest),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_special_byte_is_seen(block in any::<[u8; BLOCK]>(), delimiter in "[,;|\t]", at in 0..BLOCK, special in "[,;|\t\"\r\n]") {
            let (mut block, delimiter) = (block, delimiter.as_bytes()[0]);
            block[at] = special.as_bytes()[0];
            let expected = (0..BLOCK).filter(|&i| [delimiter, b'"', b'\n', b'\r'].contains(&block[i])).map(|i| 1 << i).sum::<u32>();
            prop_assert_eq!(specials(&block, delimiter), expected);
        }

        #[test]
        fn fields_are_those_between_delimiters(text in "[ab,\r\n]{0,80}") {
            let mut ends = vec![0; 1];
            match split(text.as_bytes(), b',', &mut ends) {
                Some(split) => {
                    let line = text.split(['\r', '\n']).next().expect("a split has a first part");
                    prop_assert_eq!(split.length, line.len());
                    let mut from = 0;
                    let fields: Vec<&str> = ends[..split.n_fields]
                        .iter()
                        .map(|&end| {
                            let field = &text[from..end];
                            from = end + 1;
                            field
                        })
                        .collect();
                    prop_assert_eq!(fields, line.split(',').collect::<Vec<_>>());
                }
                None => {
                    let whole = text.len() / BLOCK * BLOCK;
                    prop_assert!(!text[..whole].contains(['\r', '\n']));
                }
            }
        }
    }
}
