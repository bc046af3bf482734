//! Features of which the forest sees nothing, or nothing of most rows.
//!
//! A forest sees single precision numbers, and scikit-learn splits no node whose values of a feature lie within
//! [`RESOLUTION`]. So a column says nothing once it overflows, is constant, or one value is so large that all others look
//! the same beside it.

use serde::{Deserialize, Serialize};

use super::StandardScaler;
use super::statistics::Describe;

/// scikit-learn's `FEATURE_THRESHOLD`: values of a feature that differ by no more are one to it.
pub const RESOLUTION: f64 = 1e-7;

/// The share of the rows that look the same from which on the forest is blind to a feature.
const BLIND_SHARE: f64 = 0.9;

/// A feature to which the forest is blind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blind {
    /// Name of the feature.
    pub name: String,
    /// Why.
    pub cause: BlindCause,
    /// Whether it was standardized.
    pub is_scaled: bool,
}

/// Why a forest is blind to a feature; values are the column's own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum BlindCause {
    /// It is the same in every scored row.
    Constant(f64),
    /// Its standard deviation is beyond a double, so that every standardized value is NaN.
    Overflow {
        /// The value farthest from 0.
        largest: f64,
    },
    /// Some values are beyond single precision.
    TooLarge {
        /// The value farthest from 0.
        largest: f64,
    },
    /// All values lie within [`RESOLUTION`].
    TooClose {
        /// The smallest value.
        low: f64,
        /// The largest value.
        high: f64,
    },
    /// Beside a few values, nearly all others lie within [`RESOLUTION`].
    Drowned {
        /// The value farthest from the others.
        by: f64,
        /// How many rows lie within.
        n_alike: u64,
        /// The smallest of their values.
        low: f64,
        /// The largest of their values.
        high: f64,
    },
}

/// From a column to the matrix: what is subtracted, then what is divided by.
#[derive(Debug, Clone, Copy)]
pub struct Scaling {
    mean: f64,
    scale: f64,
    /// Whether the variance is beyond a double: what comes of it is none, or as large as the values.
    overflows: bool,
}

impl Scaling {
    /// Returns the scaling of a feature; without a scaler values stay as they are.
    pub fn of(scaler: Option<&StandardScaler>, feature: usize) -> Scaling {
        scaler.map_or(
            Scaling {
                mean: 0.0,
                scale: 1.0,
                overflows: false,
            },
            |scaler| Scaling {
                mean: scaler.mean[feature],
                scale: scaler.scale[feature],
                overflows: !scaler.var[feature].is_finite(),
            },
        )
    }

    /// Returns what the matrix has of a value.
    fn see(self, value: f64) -> f64 {
        f64::from(((value - self.mean) / self.scale) as f32)
    }

    /// Tells by the statistics alone that the forest sees a feature, as it nearly always does. They are those of the `n_rows`
    /// scored rows, or of some more.
    fn is_surely_seen(self, describe: &Describe, n_rows: usize) -> bool {
        let spread = self.see(describe.q75) - self.see(describe.q25);
        let range = self.see(describe.max) - self.see(describe.min);
        describe.count == n_rows as u64 && spread > RESOLUTION && range.is_finite()
    }
}

/// Finds why a forest is blind to a feature; `None` if it sees it. `for_each` calls with some of the values of the scored
/// rows after the others; it is only asked where the statistics do not settle it.
pub fn find(
    scaling: Scaling,
    describe: &Describe,
    n_rows: usize,
    for_each: impl FnOnce(&mut dyn FnMut(&[f64])),
) -> Option<BlindCause> {
    if scaling.is_surely_seen(describe, n_rows) {
        return None;
    }
    if describe.count == n_rows as u64 && describe.min == describe.max {
        return Some(BlindCause::Constant(describe.min));
    }
    let middle = scaling.see(describe.q50);
    let (mut all, mut alike) = (Ends::default(), Ends::default());
    // as soon as too many others are seen for the feature to be drowned, the rest need not be looked at
    let range = scaling.see(describe.max) - scaling.see(describe.min);
    let can_only_drown = !scaling.overflows && range.is_finite() && range > RESOLUTION;
    let most_others = (1.0 - BLIND_SHARE) * n_rows as f64;
    let mut is_settled = false;
    for_each(&mut |values| {
        if is_settled {
            return;
        }
        is_settled = can_only_drown && (all.n - alike.n) as f64 > most_others;
        for &value in values {
            all.add(value);
            if (scaling.see(value) - middle).abs() <= RESOLUTION / 2.0 {
                alike.add(value);
            }
        }
    });
    if is_settled {
        return None;
    }
    let Ends { low, high, .. } = all;
    let largest = if low.abs() > high.abs() { low } else { high };
    let range = scaling.see(high) - scaling.see(low);
    let is_beyond = |value: f64| scaling.see(value).is_infinite();
    if low == high {
        Some(BlindCause::Constant(low))
    } else if scaling.overflows {
        Some(BlindCause::Overflow { largest })
    } else if is_beyond(low) || is_beyond(high) {
        Some(BlindCause::TooLarge { largest })
    } else if range <= RESOLUTION {
        Some(BlindCause::TooClose { low, high })
    } else if alike.n as f64 >= BLIND_SHARE * n_rows as f64 && alike.low < alike.high {
        let is_below = middle - scaling.see(low) > scaling.see(high) - middle;
        Some(BlindCause::Drowned {
            by: if is_below { low } else { high },
            n_alike: alike.n,
            low: alike.low,
            high: alike.high,
        })
    } else {
        None
    }
}

/// The smallest and the largest of some values, and how many they are.
#[derive(Debug)]
struct Ends {
    n: u64,
    low: f64,
    high: f64,
}

impl Default for Ends {
    fn default() -> Ends {
        Ends {
            n: 0,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
        }
    }
}

impl Ends {
    fn add(&mut self, value: f64) {
        self.n += 1;
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistics::describe;
    use super::*;

    fn blind(column: &[f64], is_scaled: bool) -> Option<BlindCause> {
        let scaler = is_scaled.then(|| StandardScaler::fit(&[column]));
        let scaling = Scaling::of(scaler.as_ref(), 0);
        find(scaling, &describe(column.to_vec()), column.len(), |visit| {
            column.chunks(7).for_each(visit);
        })
    }

    /// 1000 to 1099, twice, and what else there is.
    fn crowd(and: &[f64]) -> Vec<f64> {
        let crowd = (0..200).map(|i| 1000.0 + f64::from(i % 100));
        crowd.chain(and.iter().copied()).collect()
    }

    #[test]
    fn a_giant_drowns_the_others_once_standardized() {
        let drowned = BlindCause::Drowned {
            by: 9e15,
            n_alike: 200,
            low: 1000.0,
            high: 1099.0,
        };
        assert_eq!(blind(&crowd(&[9e15]), true), Some(drowned));
        assert_eq!(blind(&crowd(&[9e15]), false), None);
        let below = blind(&crowd(&[-9e15, 5000.0]), true);
        assert!(
            matches!(below, Some(BlindCause::Drowned { by, n_alike: 201, .. }) if by == -9e15),
            "{below:?}"
        );
        // 99 / (1e9 / sqrt(201)) is 1.4e-6: the forest sees that
        assert_eq!(blind(&crowd(&[1e9]), true), None);
        assert_eq!(blind(&crowd(&[]), true), None);
    }

    #[test]
    fn rare_values_beside_one_that_most_rows_share_are_seen() {
        let mut column = vec![0.0; 500];
        column.extend([1.0, 2.0, 3.0]);
        assert_eq!(blind(&column, true), None);
        // 1 to 3 are as 0 beside that once standardized
        column.push(1e12);
        assert_eq!(blind(&column, false), None);
        let drowned = blind(&column, true);
        assert!(
            matches!(drowned, Some(BlindCause::Drowned { n_alike: 503, .. })),
            "{drowned:?}"
        );
    }

    #[test]
    fn what_overflows_or_is_too_close_is_named() {
        let huge = crowd(&[])
            .into_iter()
            .map(|value| value * 1e200)
            .collect::<Vec<_>>();
        let largest = 1099.0 * 1e200;
        assert_eq!(blind(&huge, true), Some(BlindCause::Overflow { largest }));
        assert_eq!(blind(&huge, false), Some(BlindCause::TooLarge { largest }));
        assert_eq!(
            blind(&crowd(&[-1e39]), false),
            Some(BlindCause::TooLarge { largest: -1e39 })
        );
        let tiny = crowd(&[])
            .into_iter()
            .map(|value| value * 1e-10)
            .collect::<Vec<_>>();
        assert_eq!(blind(&tiny, true), None);
        let (low, high) = (1000.0 * 1e-10, 1099.0 * 1e-10);
        assert_eq!(
            blind(&tiny, false),
            Some(BlindCause::TooClose { low, high })
        );
        assert_eq!(blind(&[4.0; 9], true), Some(BlindCause::Constant(4.0)));
        assert_eq!(blind(&[4.0], false), Some(BlindCause::Constant(4.0)));
    }
}
