//! Drawing rows and columns without replacement, by scikit-learn's choice of three methods.

use std::collections::HashSet;

use super::random::MersenneTwister;

/// Draws `n_samples` distinct integers of `0..n_population`, as `sample_without_replacement(method="auto")` does.
pub fn sample_without_replacement(
    rng: &mut MersenneTwister,
    n_population: u32,
    n_samples: u32,
) -> Vec<u32> {
    let ratio = f64::from(n_samples) / f64::from(n_population);
    if ratio > 0.01 && ratio < 0.99 {
        let mut drawn = rng.permutation(n_population);
        drawn.truncate(n_samples as usize);
        drawn
    } else if ratio < 0.2 {
        tracking_selection(rng, n_population, n_samples)
    } else {
        reservoir(rng, n_population, n_samples)
    }
}

fn tracking_selection(rng: &mut MersenneTwister, n_population: u32, n_samples: u32) -> Vec<u32> {
    let mut taken = HashSet::with_capacity(n_samples as usize);
    (0..n_samples)
        .map(|_| {
            loop {
                let candidate = rng.randint(0, n_population);
                if taken.insert(candidate) {
                    return candidate;
                }
            }
        })
        .collect()
}

fn reservoir(rng: &mut MersenneTwister, n_population: u32, n_samples: u32) -> Vec<u32> {
    let mut drawn: Vec<u32> = (0..n_samples).collect();
    for i in n_samples..n_population {
        let j = rng.randint(0, i + 1);
        if j < n_samples {
            drawn[j as usize] = i;
        }
    }
    drawn
}
