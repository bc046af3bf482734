//! How a row's values compare with those of all rows: ranks, the median, the range of the rows that are not flagged.

use serde::{Deserialize, Serialize};

/// Share of a value by which another may differ and still count as near.
const NEAR: f64 = 0.1;

/// What each feature's values look like over all rows; built once, then asked row by row.
#[derive(Debug, Clone)]
pub struct Context {
    features: Vec<Values>,
}

/// The values of a feature.
#[derive(Debug, Clone)]
struct Values {
    /// Those that are finite, ascending.
    sorted: Vec<f64>,
    normal: Option<(f64, f64)>,
}

/// Where a value lies among all rows' values of its feature, in the feature's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The value; not finite if the row has none.
    pub value: f64,
    /// Rows that have a value.
    pub n_rows: usize,
    /// Rows with a smaller value.
    pub n_below: usize,
    /// Rows with the same value, this one included.
    pub n_equal: usize,
    /// Rows with a value that differs from this one by at most a tenth of it, this one included.
    pub n_near: usize,
    /// Median of all rows; NaN if none has a value.
    pub median: f64,
    /// Smallest and largest value of the rows that are not flagged; `None` if there is none.
    pub normal: Option<(f64, f64)>,
}

impl Context {
    /// Sorts a copy of each column, which takes 8 bytes a value; the columns hold the scored rows in the order of the flags.
    ///
    /// # Panics
    /// If a column has another length than the flags.
    pub fn new(columns: &[&[f64]], is_flagged: &[bool]) -> Context {
        let values = |column: &&[f64]| {
            let mut sorted: Vec<f64> = column
                .iter()
                .copied()
                .filter(|value| value.is_finite())
                .collect();
            sorted.sort_unstable_by(f64::total_cmp);
            Values {
                sorted,
                normal: None,
            }
        };
        let mut context = Context {
            features: columns.iter().map(values).collect(),
        };
        context.flag(columns, is_flagged);
        context
    }

    /// Takes other flags for the same columns, without sorting again: the threshold has moved.
    ///
    /// # Panics
    /// If the number of columns has changed, or a column has another length than the flags.
    pub fn flag(&mut self, columns: &[&[f64]], is_flagged: &[bool]) {
        assert_eq!(
            columns.len(),
            self.features.len(),
            "the columns are the same"
        );
        for (feature, column) in self.features.iter_mut().zip(columns) {
            assert_eq!(column.len(), is_flagged.len(), "each row has a flag");
            let normal = column
                .iter()
                .zip(is_flagged)
                .filter(|&(value, is_flagged)| value.is_finite() && !is_flagged);
            feature.normal = normal.fold(None, |range, (&value, _)| {
                let (low, high) = range.unwrap_or((value, value));
                Some((value.min(low), value.max(high)))
            });
        }
    }

    /// Number of features.
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// Finds a value's place among all rows.
    pub fn place(&self, feature: usize, value: f64) -> Place {
        let Values { sorted, normal } = &self.features[feature];
        let n_below = |bound: f64| sorted.partition_point(|&other| other < bound);
        let n_up_to = |bound: f64| sorted.partition_point(|&other| other <= bound);
        let range = NEAR * value.abs();
        Place {
            value,
            n_rows: sorted.len(),
            n_below: n_below(value),
            n_equal: n_up_to(value) - n_below(value),
            n_near: n_up_to(value + range) - n_below(value - range),
            median: median(sorted),
            normal: *normal,
        }
    }

    /// Finds the places of a row's values, in the order of the features.
    pub fn places(&self, row: &[f64]) -> Vec<Place> {
        row.iter()
            .enumerate()
            .map(|(feature, &value)| self.place(feature, value))
            .collect()
    }
}

impl Place {
    /// Rows with a larger value.
    pub fn n_above(&self) -> usize {
        self.n_rows - self.n_below - self.n_equal
    }

    /// Share of the rows with a smaller value, 0 to 1; NaN if no row has a value.
    pub fn share_below(&self) -> f64 {
        self.n_below as f64 / self.n_rows as f64
    }

    /// Share of the rows with the same or a smaller value, 0 to 1: the percentile rank; NaN if no row has a value.
    pub fn share_at_or_below(&self) -> f64 {
        (self.n_below + self.n_equal) as f64 / self.n_rows as f64
    }

    /// Returns how many times the median the value is; `None` if that says nothing, because the median is 0 or of the other
    /// sign, or a value is missing.
    pub fn times_median(&self) -> Option<f64> {
        let times = self.value / self.median;
        (self.median != 0.0 && times >= 0.0 && times.is_finite()).then_some(times)
    }

    /// Whether the value lies within the range of the rows that are not flagged.
    pub fn is_in_normal_range(&self) -> bool {
        self.normal
            .is_some_and(|(low, high)| low <= self.value && self.value <= high)
    }
}

/// The median of ascending values, as numpy has it.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_by_hand() {
        let column = [4.0, 1.0, 100.0, 2.0, 2.0, f64::NAN];
        let flags = [false, false, true, false, false, false];
        let context = Context::new(&[&column], &flags);
        let largest = context.place(0, 100.0);
        assert_eq!(
            (
                largest.n_rows,
                largest.n_below,
                largest.n_equal,
                largest.n_above()
            ),
            (5, 4, 1, 0)
        );
        assert_eq!(
            (largest.share_below(), largest.share_at_or_below()),
            (0.8, 1.0)
        );
        assert_eq!((largest.median, largest.times_median()), (2.0, Some(50.0)));
        assert_eq!(
            (largest.normal, largest.is_in_normal_range()),
            (Some((1.0, 4.0)), false)
        );
        let tied = context.place(0, 2.0);
        assert_eq!(
            (tied.n_below, tied.n_equal, tied.n_above(), tied.n_near),
            (1, 2, 2, 2)
        );
        let missing = context.place(0, f64::NAN);
        assert_eq!(
            (missing.times_median(), missing.is_in_normal_range()),
            (None, false)
        );
    }

    #[test]
    fn near_values_are_counted_on_both_sides_of_zero() {
        let context = Context::new(
            &[&[
                -110.0, -100.0, -91.0, -89.0, 0.0, 89.0, 90.0, 100.0, 110.0, 111.0,
            ]],
            &[false; 10],
        );
        assert_eq!(context.place(0, 100.0).n_near, 3);
        assert_eq!(context.place(0, -100.0).n_near, 3);
        assert_eq!(context.place(0, 0.0).n_near, 1);
    }

    #[test]
    fn few_rows() {
        let one = Context::new(&[&[3.0]], &[true]);
        assert_eq!(one.place(0, 3.0).normal, None);
        assert_eq!(one.place(0, 3.0).median, 3.0);
        let two = Context::new(&[&[3.0, 5.0]], &[false, true]);
        assert_eq!(two.place(0, 5.0).median, 4.0);
        let none = Context::new(&[&[f64::NAN]], &[false]);
        assert_eq!(none.place(0, 1.0).n_rows, 0);
        assert!(none.place(0, 1.0).median.is_nan());
    }

    #[test]
    fn medians_of_zero_or_of_the_other_sign_are_no_measure() {
        let zero = Context::new(&[&[0.0, 0.0, 7.0]], &[false; 3]);
        assert_eq!(
            (
                zero.place(0, 7.0).times_median(),
                zero.place(0, 0.0).times_median()
            ),
            (None, None)
        );
        let negative = Context::new(&[&[-2.0, -2.0, 7.0]], &[false; 3]);
        assert_eq!(
            (
                negative.place(0, 7.0).times_median(),
                negative.place(0, -8.0).times_median()
            ),
            (None, Some(4.0))
        );
    }

    #[test]
    fn flags_change_only_the_normal_range() {
        let column: &[f64] = &[1.0, 2.0, 3.0];
        let mut context = Context::new(&[column], &[false, false, true]);
        assert_eq!(context.place(0, 3.0).normal, Some((1.0, 2.0)));
        context.flag(&[column], &[true, false, false]);
        assert_eq!(context.place(0, 3.0).normal, Some((2.0, 3.0)));
    }
}
