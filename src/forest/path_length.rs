//! The average path length of an unsuccessful search in a binary tree, which stands for what a leaf would still need.

use std::sync::OnceLock;

/// Euler's constant as scikit-learn has it.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// Integers up to 200,000 whose logarithm glibc rounds one unit in the last place above the correct rounding.
const ROUNDED_UP_BY_GLIBC: [u32; 4] = [9170, 136_837, 141_614, 147_674];

/// Values of [`average_path_length`] that are kept: those of every leaf at the default `max_samples`.
const TABLE_LENGTH: usize = 257;

/// Returns the average path length `c(n)` of a leaf with `n` rows, in edges (Liu, Ting and Zhou 2008, equation 1, with
/// scikit-learn's approximation of the harmonic number).
///
/// ```
/// assert_eq!(isolog::forest::average_path_length(1), 0.0);
/// assert_eq!(isolog::forest::average_path_length(2), 1.0);
/// assert!((isolog::forest::average_path_length(256) - 10.244_770_920_1).abs() < 1e-9);
/// ```
pub fn average_path_length(n: u32) -> f64 {
    static TABLE: OnceLock<Vec<f64>> = OnceLock::new();
    let table = TABLE.get_or_init(|| (0..TABLE_LENGTH as u32).map(compute).collect());
    table.get(n as usize).copied().unwrap_or_else(|| compute(n))
}

fn compute(n: u32) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => 2.0 * (ln(n - 1) + EULER_GAMMA) - (2.0 * f64::from(n - 1)) / f64::from(n),
    }
}

/// Returns the natural logarithm of a positive integer as glibc gives it, the same on every platform.
///
/// Evaluated with twice the precision of f64, which is enough for the correct rounding of every integer up to 200,000
/// (the closest case lies 1.3e-4 of a unit from a tie up to 9169); glibc's own four exceptions are added.
fn ln(n: u32) -> f64 {
    let exponent = n.ilog2() + u32::from(u64::from(n) * u64::from(n) > 1 << (2 * n.ilog2() + 1));
    let power = Double::new(f64::from(exponent)).times(LN_2);
    // n / 2^exponent lies within sqrt(1/2)..sqrt(2); its logarithm is 2 atanh of this ratio
    let scale = (1_u64 << exponent) as f64;
    let ratio = Double::sum(f64::from(n), -scale).divided_by(Double::sum(f64::from(n), scale));
    let square = ratio.times(ratio);
    let mut series = Double::new(0.0);
    for odd in (1..=45).rev().step_by(2) {
        series = series
            .times(square)
            .plus(Double::new(1.0).divided_by(Double::new(f64::from(odd))));
    }
    let rounded = power.plus(series.times(ratio).times(Double::new(2.0))).high;
    if ROUNDED_UP_BY_GLIBC.contains(&n) {
        rounded.next_up()
    } else {
        rounded
    }
}

/// The sum of two f64, the second far smaller than the first (Dekker 1971).
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

/// The natural logarithm of 2.
const LN_2: Double = Double {
    high: f64::from_bits(0x3fe6_2e42_fefa_39ef),
    low: f64::from_bits(0x3c7a_bc9e_3b39_803f),
};

impl Double {
    fn new(value: f64) -> Double {
        Double {
            high: value,
            low: 0.0,
        }
    }

    /// The exact sum of two numbers (Knuth).
    fn sum(a: f64, b: f64) -> Double {
        let high = a + b;
        let of_b = high - a;
        Double {
            high,
            low: (a - (high - of_b)) + (b - of_b),
        }
    }

    fn plus(self, other: Double) -> Double {
        let highs = Double::sum(self.high, other.high);
        let lows = Double::sum(self.low, other.low);
        let first = Double::sum(highs.high, highs.low + lows.high);
        Double::sum(first.high, first.low + lows.low)
    }

    fn times(self, other: Double) -> Double {
        let high = self.high * other.high;
        let error = self.high.mul_add(other.high, -high);
        Double::sum(
            high,
            error + (self.high * other.low + self.low * other.high),
        )
    }

    fn divided_by(self, other: Double) -> Double {
        let first = self.high / other.high;
        let rest = self.plus(other.times(Double::new(-first)));
        let second = rest.high / other.high;
        let rest = rest.plus(other.times(Double::new(-second)));
        Double::sum(first, second).plus(Double::new(rest.high / other.high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_scikit_learn_s() {
        let golden: serde_json::Value = serde_json::from_str(include_str!(
            "../../tests/golden/sklearn/avg_path_length.json"
        ))
        .expect("golden files are JSON");
        let list = |name: &str| golden[name].as_array().expect("a list").clone();
        for (n, expected) in list("n").iter().zip(list("c_bits")) {
            let n = u32::try_from(n.as_u64().expect("an integer")).expect("small");
            let expected = u64::from_str_radix(expected.as_str().expect("hex"), 16).expect("hex");
            assert_eq!(average_path_length(n).to_bits(), expected, "c({n})");
        }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
    fn logarithms_equal_glibc_s() {
        for n in 2..=200_000 {
            assert_eq!(ln(n).to_bits(), f64::from(n).ln().to_bits(), "ln({n})");
        }
    }
}
