//! Which features drive the flags of a whole result.

use serde::{Deserialize, Serialize};

/// What each feature has to do with all flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// Mean suspicion of each feature over the flagged rows, in edges; negative if it mostly speaks against the flags.
    pub mean: Vec<f64>,
    /// Share of each feature in the sum of all positive means, 0 to 1; all 0 if there is none.
    pub share: Vec<f64>,
}

impl Importance {
    /// Takes the mean over the flagged rows' [`Attributions::suspicion`](super::shap::Attributions::suspicion).
    pub fn of<'a>(
        n_features: usize,
        suspicions: impl IntoIterator<Item = &'a [f64]>,
    ) -> Importance {
        let mut mean = vec![0.0; n_features];
        let mut n_rows = 0_u32;
        for suspicion in suspicions {
            n_rows += 1;
            for (sum, value) in mean.iter_mut().zip(suspicion) {
                *sum += value;
            }
        }
        for sum in &mut mean {
            *sum /= f64::from(n_rows.max(1));
        }
        let total: f64 = mean.iter().filter(|&&mean| mean > 0.0).sum();
        let share = |&mean: &f64| if mean > 0.0 { mean / total } else { 0.0 };
        Importance {
            share: mean.iter().map(share).collect(),
            mean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_speaks_for_the_flags() {
        let rows = [[3.0, -1.0, 0.0, 2.0], [3.0, -3.0, 0.0, 0.0]];
        let importance = Importance::of(4, rows.iter().map(|row| row.as_slice()));
        assert_eq!(importance.mean, [3.0, -2.0, 0.0, 1.0]);
        assert_eq!(importance.share, [0.75, 0.0, 0.0, 0.25]);
    }

    #[test]
    fn no_flags_have_no_drivers() {
        let importance = Importance::of(2, []);
        assert_eq!(
            (importance.mean, importance.share),
            (vec![0.0; 2], vec![0.0; 2])
        );
    }
}
