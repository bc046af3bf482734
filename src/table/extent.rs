//! The smallest and the largest of some numbers.

use serde::{Deserialize, Serialize};

/// The smallest and the largest of some numbers; those that are not finite are passed over.
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
        values.iter().for_each(|&value| extent.add(value));
        *self = extent;
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
