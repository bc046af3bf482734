//! Sums, quantiles and `describe()` in numpy's order of operations, so that the last bit is pandas'.

use serde::{Deserialize, Serialize};

use crate::table::Extent;
use crate::traffic::not_finite;

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
    percentiles(values, [percent])[0]
}

/// Returns several of them, of which finding one more costs little.
fn percentiles<const N: usize>(values: &[f64], percents: [f64; N]) -> [f64; N] {
    let mut wanted = Vec::with_capacity(2 * N);
    let Some(last) = values.len().checked_sub(1) else {
        return [f64::NAN; N];
    };
    for percent in percents {
        let (index, _) = place(last, percent);
        wanted.extend([index, (index + 1).min(last)]);
    }
    wanted.sort_unstable();
    wanted.dedup();
    let found = order_statistics(values, &wanted);
    let at = |index: usize| {
        let i = wanted.binary_search(&index);
        found[i.expect("every index that is asked for was found")]
    };
    percents.map(|percent| percentile_by(values.len(), percent, at))
}

/// Does so for `n` values of which `at` tells the one with so many before it in ascending order.
pub fn percentile_by(n: usize, percent: f64, mut at: impl FnMut(usize) -> f64) -> f64 {
    let Some(last) = n.checked_sub(1) else {
        return f64::NAN;
    };
    let (index, share) = place(last, percent);
    if index == last {
        return at(last);
    }
    let (low, high) = (at(index), at(index + 1));
    let difference = high - low;
    if share >= 0.5 {
        high - difference * (1.0 - share)
    } else {
        low + difference * share
    }
}

/// Returns the place of a percentile among values of which the last has this index: the index of the value at or before it,
/// and the share of the way to the next.
fn place(last: usize, percent: f64) -> (usize, f64) {
    let position = last as f64 * (percent / 100.0);
    if position >= last as f64 {
        return (last, 0.0);
    }
    let index = position.floor() as usize;
    (index, position - index as f64)
}

/// Returns the values with so many before them in ascending order, for indices that ascend.
fn order_statistics(values: &[f64], indices: &[usize]) -> Vec<f64> {
    // how many values begin with which 16 bits of their key tells nearly where each stands
    let mut counts = vec![0_u32; 1 << 16];
    values.iter().for_each(|&value| counts[lead(value)] += 1);
    /// Values that begin alike, some of which are wanted.
    struct Alike {
        n_before: usize,
        values: Vec<f64>,
    }
    const NOT_WANTED: u8 = u8::MAX;
    let mut group_of = vec![NOT_WANTED; 1 << 16];
    let mut groups: Vec<Alike> = Vec::new();
    let (mut at, mut n_before) = (0, 0);
    let mut group_of_index = Vec::with_capacity(indices.len());
    for &index in indices {
        while n_before + counts[at] as usize <= index {
            n_before += counts[at] as usize;
            at += 1;
        }
        if group_of[at] == NOT_WANTED {
            group_of[at] = groups.len() as u8;
            groups.push(Alike {
                n_before,
                values: Vec::with_capacity(counts[at] as usize),
            });
        }
        group_of_index.push(group_of[at]);
    }
    for &value in values {
        let group = group_of[lead(value)];
        if group != NOT_WANTED {
            groups[group as usize].values.push(value);
        }
    }
    indices
        .iter()
        .zip(group_of_index)
        .map(|(&index, group)| {
            let Alike { n_before, values } = &mut groups[group as usize];
            *values
                .select_nth_unstable_by(index - *n_before, f64::total_cmp)
                .1
        })
        .collect()
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
pub fn describe(mut values: Vec<f64>) -> Describe {
    let is_complete = not_finite(0, &values).next().is_none();
    let known = |value: f64| if value.is_finite() { value } else { 0.0 };
    let n = values.iter().filter(|value| value.is_finite()).count() as f64;
    // pandas puts zeros where values are missing, which changes the order in which the others are added
    let mean = if is_complete {
        sum(&values)
    } else {
        sum_by(&values, known)
    } / n;
    let squares = sum_by(&values, |value| {
        let deviation = if value.is_finite() { mean - value } else { 0.0 };
        deviation * deviation
    });
    if !is_complete {
        values.retain(|value| value.is_finite());
    }
    let (min, max) = Extent::of(&values).ends().unwrap_or((f64::NAN, f64::NAN));
    let [q25, q50, q75] = percentiles(&values, [25.0, 50.0, 75.0]);
    Describe {
        count: values.len() as u64,
        mean,
        std: if n > 1.0 {
            (squares / (n - 1.0)).sqrt()
        } else {
            f64::NAN
        },
        min,
        q25,
        q50,
        q75,
        max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values() {
        let none = describe(vec![f64::NAN]);
        assert_eq!(none.count, 0);
        assert!(none.mean.is_nan() && none.min.is_nan() && none.q50.is_nan());
        let one = describe(vec![3.0, f64::NAN]);
        assert_eq!((one.count, one.mean, one.q25, one.max), (1, 3.0, 3.0, 3.0));
        assert!(one.std.is_nan());
    }

    /// Expected values by pandas 3.1.1; without the missing ones it has another last digit in both.
    #[test]
    fn missing_values_are_added_as_zeros_where_they_stand() {
        let value = |i: u32| match i % 7 {
            3 => f64::NAN,
            _ => f64::from(i * 7919 % 1009) * 0.37 + 1.0 / f64::from(i + 3),
        };
        let with_missing = describe((0..40).map(value).collect());
        assert_eq!(with_missing.count, 34);
        assert_eq!(
            (with_missing.mean, with_missing.std),
            (190.8612445299239, 117.55538805077556)
        );
        let known = (0..40).map(value).filter(|value| !value.is_nan());
        let known = describe(known.collect());
        assert_eq!(
            (known.mean, known.std),
            (190.86124452992394, 117.55538805077555)
        );
        assert_eq!(with_missing.q50, known.q50);
    }

    #[test]
    fn the_order_of_values_does_not_show_in_quantiles() {
        let values = [5.0, 1.0, 4.0, 2.0];
        assert_eq!(percentile(&values, 25.0), 1.75);
        assert_eq!(percentile(&values, 50.0), 3.0);
        assert_eq!(percentile(&values, 100.0), 5.0);
    }
}
