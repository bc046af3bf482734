//! Sums, quantiles and `describe()` in numpy's order of operations, so that the last bit is pandas'.

use serde::{Deserialize, Serialize};

/// Numbers that are added with eight accumulators at once; more are split in two.
const PAIRWISE_BLOCK: usize = 128;

/// Adds numbers pairwise, as numpy adds a contiguous column.
pub fn sum(values: &[f64]) -> f64 {
    sum_by(values, |value| value)
}

/// Adds what `of` makes of each number, in the same order as [`sum`].
pub fn sum_by(values: &[f64], of: impl Fn(f64) -> f64 + Copy) -> f64 {
    pairwise(values, of) + 0.0
}

fn pairwise(values: &[f64], of: impl Fn(f64) -> f64 + Copy) -> f64 {
    let n = values.len();
    if n < 8 {
        return values.iter().fold(-0.0, |sum, &value| sum + of(value));
    }
    if n > PAIRWISE_BLOCK {
        let half = n / 2 - n / 2 % 8;
        return pairwise(&values[..half], of) + pairwise(&values[half..], of);
    }
    let (eights, rest) = values.as_chunks::<8>();
    let mut lanes = eights[0].map(of);
    for eight in &eights[1..] {
        for (lane, &value) in lanes.iter_mut().zip(eight) {
            *lane += of(value);
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    rest.iter()
        .fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, &value| {
            sum + of(value)
        })
}

/// Returns the value below which `percent` of the values lie, interpolated linearly as `numpy.percentile` does.
///
/// NaN for no values.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    percentile_of(&mut values.to_vec(), percent)
}

/// Does so in place: the values change their order.
fn percentile_of(values: &mut [f64], percent: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = last as f64 * (percent / 100.0);
    if position >= last as f64 {
        return values
            .iter()
            .copied()
            .max_by(f64::total_cmp)
            .unwrap_or(f64::NAN);
    }
    let index = position.floor() as usize;
    let share = position - index as f64;
    let (_, &mut low, above) = values.select_nth_unstable_by(index, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    let difference = high - low;
    if share >= 0.5 {
        high - difference * (1.0 - share)
    } else {
        low + difference * share
    }
}

/// A column's statistics, as `DataFrame.describe()` has them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Describe {
    /// Number of values.
    pub count: u64,
    /// Mean; NaN if there is no value, as all that follow.
    pub mean: f64,
    /// Standard deviation of the sample (`ddof=1`); NaN for a single value.
    pub std: f64,
    /// Smallest value.
    pub min: f64,
    /// First quartile.
    pub q25: f64,
    /// Median.
    pub q50: f64,
    /// Third quartile.
    pub q75: f64,
    /// Largest value.
    pub max: f64,
}

/// A statistic's name, and what reads it.
pub type Statistic = (&'static str, fn(&Describe) -> f64);

impl Describe {
    /// The statistics under pandas' names, in its order.
    pub const STATISTICS: [Statistic; 8] = [
        ("count", |describe| describe.count as f64),
        ("mean", |describe| describe.mean),
        ("std", |describe| describe.std),
        ("min", |describe| describe.min),
        ("25%", |describe| describe.q25),
        ("50%", |describe| describe.q50),
        ("75%", |describe| describe.q75),
        ("max", |describe| describe.max),
    ];
}

/// Describes a column; values that are not finite numbers are passed over, as pandas passes over NaN.
pub fn describe(column: &[f64]) -> Describe {
    let mut values = column.to_vec();
    values.retain(|value| value.is_finite());
    let n = values.len() as f64;
    let mean = sum(&values) / n;
    let squares = sum_by(&values, |value| (mean - value) * (mean - value));
    let extreme = |fold: fn(f64, f64) -> f64| values.iter().copied().fold(f64::NAN, fold);
    let (min, max) = (extreme(f64::min), extreme(f64::max));
    // quantiles of equal values are that value, as interpolation between them gives
    let mut quantile = |percent| {
        if min == max {
            min
        } else {
            percentile_of(&mut values, percent)
        }
    };
    Describe {
        count: column.iter().filter(|value| value.is_finite()).count() as u64,
        mean,
        std: if n > 1.0 {
            (squares / (n - 1.0)).sqrt()
        } else {
            f64::NAN
        },
        min,
        q50: quantile(50.0),
        q25: quantile(25.0),
        q75: quantile(75.0),
        max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values() {
        let none = describe(&[f64::NAN]);
        assert_eq!(none.count, 0);
        assert!(none.mean.is_nan() && none.min.is_nan() && none.q50.is_nan());
        let one = describe(&[3.0, f64::NAN]);
        assert_eq!((one.count, one.mean, one.q25, one.max), (1, 3.0, 3.0, 3.0));
        assert!(one.std.is_nan());
    }

    #[test]
    fn the_order_of_values_does_not_show_in_quantiles() {
        let values = [5.0, 1.0, 4.0, 2.0];
        assert_eq!(percentile(&values, 25.0), 1.75);
        assert_eq!(percentile(&values, 50.0), 3.0);
        assert_eq!(percentile(&values, 100.0), 5.0);
    }
}
