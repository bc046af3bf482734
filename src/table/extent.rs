//! The smallest and the largest of some numbers.

use serde::{Deserialize, Serialize};

/// The smallest and the largest of some numbers; those that are not finite are passed over. Where zero and minus zero are among
/// them, an end that is zero has the sign of either.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    /// The smallest; infinite if there is none.
    pub low: f64,
    /// The largest; less than `low` if there is none.
    pub high: f64,
}

impl Default for Extent {
    /// Of none.
    fn default() -> Extent {
        Extent {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
        }
    }
}

impl Extent {
    /// Returns that of some numbers.
    pub fn of(values: &[f64]) -> Extent {
        let mut extent = Extent::default();
        extent.add_all(values);
        extent
    }

    /// Whether its ends lie farther apart than numbers go.
    pub fn is_wide(self) -> bool {
        (self.high - self.low).is_infinite()
    }

    /// Returns how far along it a number lies, 0 at the low end and 1 at the high one; beyond them as well.
    pub fn share(self, value: f64) -> f64 {
        let Extent { low, high } = self;
        if self.is_wide() || (value - low).is_infinite() {
            (0.5 * value - 0.5 * low) / (0.5 * high - 0.5 * low)
        } else {
            (value - low) / (high - low)
        }
    }

    /// Undoes [`Extent::share`].
    pub fn at(self, share: f64) -> f64 {
        let Extent { low, high } = self;
        if self.is_wide() {
            2.0 * (0.5 * low + share * (0.5 * high - 0.5 * low))
        } else {
            low + share * (high - low)
        }
    }

    /// Takes in a number. `f64::min` would be a call of a function in WebAssembly.
    pub fn add(&mut self, value: f64) {
        if value.is_finite() {
            self.low = if value < self.low { value } else { self.low };
            self.high = if value > self.high { value } else { self.high };
        }
    }

    /// Takes in numbers.
    pub fn add_all(&mut self, values: &[f64]) {
        // not by itself: a place in memory that is written for each value is slower than two local variables
        let mut extent = *self;
        let (fours, rest) = values.as_chunks::<4>();
        extent.add_fours(fours);
        rest.iter().for_each(|&value| extent.add(value));
        *self = extent;
    }

    /// With instructions that the compiler does not choose by itself: one number after the other waits for the one before.
    #[cfg(target_arch = "wasm32")]
    fn add_fours(&mut self, fours: &[[f64; 4]]) {
        use core::arch::wasm32::{
            f64x2, f64x2_abs, f64x2_extract_lane, f64x2_lt, f64x2_pmax, f64x2_pmin, f64x2_splat,
            v128_bitselect,
        };

        let none = Extent::default();
        let (no_low, no_high) = (f64x2_splat(none.low), f64x2_splat(none.high));
        let (mut lows, mut highs) = ([no_low; 2], [no_high; 2]);
        for &[a, b, c, d] in fours {
            let pairs = [f64x2(a, b), f64x2(c, d)];
            for ((low, high), pair) in lows.iter_mut().zip(&mut highs).zip(pairs) {
                let is_finite = f64x2_lt(f64x2_abs(pair), no_low);
                *low = f64x2_pmin(*low, v128_bitselect(pair, no_low, is_finite));
                *high = f64x2_pmax(*high, v128_bitselect(pair, no_high, is_finite));
            }
        }
        for (low, high) in lows.into_iter().zip(highs) {
            self.merge(Extent {
                low: f64x2_extract_lane::<0>(low),
                high: f64x2_extract_lane::<0>(high),
            });
            self.merge(Extent {
                low: f64x2_extract_lane::<1>(low),
                high: f64x2_extract_lane::<1>(high),
            });
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn add_fours(&mut self, fours: &[[f64; 4]]) {
        fours
            .as_flattened()
            .iter()
            .for_each(|&value| self.add(value));
    }

    /// Takes in all of another.
    pub fn merge(&mut self, other: Extent) {
        self.add(other.low);
        self.add(other.high);
    }

    /// Returns both ends; `None` if there is no number.
    pub fn ends(self) -> Option<(f64, f64)> {
        (self.low <= self.high).then_some((self.low, self.high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_numbers_count() {
        let extent = Extent::of(&[f64::NAN, 2.0, f64::INFINITY, -1.5, f64::NEG_INFINITY]);
        assert_eq!(extent.ends(), Some((-1.5, 2.0)));
        assert_eq!(Extent::of(&[f64::NAN, f64::INFINITY]).ends(), None);
        assert_eq!(Extent::of(&[0.0]).ends(), Some((0.0, 0.0)));
    }

    #[test]
    fn an_empty_one_adds_nothing() {
        let (mut some, mut none) = (Extent::of(&[3.0, 1.0]), Extent::default());
        some.merge(Extent::default());
        assert_eq!(some.ends(), Some((1.0, 3.0)));
        none.merge(some);
        assert_eq!(none, some);
    }
}
