//! How many other seeds to try, as it is typed.

use super::Problem;
use crate::explain::stability::MAX_SEEDS;

/// Reads the number of other seeds.
///
/// # Errors
/// A [`Problem`] if it is not a whole number from 1 to [`MAX_SEEDS`].
pub fn parse_n_seeds(text: &str) -> Result<u32, Problem> {
    let n_seeds = text.trim().parse().ok();
    n_seeds
        .filter(|n_seeds| (1..=MAX_SEEDS).contains(n_seeds))
        .ok_or_else(|| {
            Problem::setting(
                format!("“{text}” is not a number of seeds to try."),
                format!("Type a whole number from 1 to {MAX_SEEDS}, for example 50."),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_five_hundred_seeds() {
        for (text, n_seeds) in [("1", 1), (" 50 ", 50), ("500", 500)] {
            assert_eq!(parse_n_seeds(text), Ok(n_seeds));
        }
        for text in ["", "0", "501", "-1", "1.5", "many", "99999999999"] {
            assert!(parse_n_seeds(text).is_err(), "{text}");
        }
    }
}
