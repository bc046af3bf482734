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
    let sketch = Sketch::of(values);
    percentile_by(values.len(), percent, |index| {
        sketch.order_statistic(values, index)
    })
}

/// Does so for `n` values of which `at` tells the one with so many before it in ascending order.
pub fn percentile_by(n: usize, percent: f64, at: impl Fn(usize) -> f64) -> f64 {
    let Some(last) = n.checked_sub(1) else {
        return f64::NAN;
    };
    let position = last as f64 * (percent / 100.0);
    if position >= last as f64 {
        return at(last);
    }
    let index = position.floor() as usize;
    let share = position - index as f64;
    let (low, high) = (at(index), at(index + 1));
    let difference = high - low;
    if share >= 0.5 {
        high - difference * (1.0 - share)
    } else {
        low + difference * share
    }
}

/// How many values begin with which 16 bits of their [`order_key`]: tells nearly where a value stands among the others.
struct Sketch(Vec<usize>);

impl Sketch {
    fn of(values: &[f64]) -> Sketch {
        let mut counts = vec![0; 1 << 16];
        values.iter().for_each(|&value| counts[lead(value)] += 1);
        Sketch(counts)
    }

    /// Returns the value with so many before it in ascending order.
    fn order_statistic(&self, values: &[f64], index: usize) -> f64 {
        let (mut lead_of_it, mut n_before) = (0, 0);
        while n_before + self.0[lead_of_it] <= index {
            n_before += self.0[lead_of_it];
            lead_of_it += 1;
        }
        let mut alike: Vec<f64> = Vec::with_capacity(self.0[lead_of_it]);
        alike.extend(values.iter().filter(|&&value| lead(value) == lead_of_it));
        *alike
            .select_nth_unstable_by(index - n_before, f64::total_cmp)
            .1
    }
}

fn lead(value: f64) -> usize {
    (order_key(value) >> 48) as usize
}

/// Returns a key that is larger for a larger number; both zeros have the same one. The largest of all belongs to a NaN.
pub(crate) fn order_key(value: f64) -> u64 {
    const SIGN: u64 = 1 << 63;
    let bits = (value + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
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
    let finite = column.iter().copied().filter(|value| value.is_finite());
    let values: Vec<f64> = finite.collect();
    let n = values.len() as f64;
    let mean = sum(&values) / n;
    let squares = sum_by(&values, |value| (mean - value) * (mean - value));
    let extreme = |fold: fn(f64, f64) -> f64| values.iter().copied().fold(f64::NAN, fold);
    let (min, max) = (extreme(f64::min), extreme(f64::max));
    let sketch = Sketch::of(&values);
    let quantile = |percent| {
        percentile_by(values.len(), percent, |index| {
            sketch.order_statistic(&values, index)
        })
    };
    Describe {
        count: values.len() as u64,
        mean,
        std: if n > 1.0 {
            (squares / (n - 1.0)).sqrt()
        } else {
            f64::NAN
        },
        min,
        q25: quantile(25.0),
        q50: quantile(50.0),
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
