//! The forest's parameters, by scikit-learn's names: as a person types them, as they are kept, and resolved for a matrix.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most trees that a forest may have.
pub const MAX_ESTIMATORS: u32 = 10_000;

/// Parameters of an Isolation Forest; the default is the notebook's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Number of trees, 1 to [`MAX_ESTIMATORS`]; 100 by default.
    pub n_estimators: u32,
    /// Rows drawn for each tree; `auto` by default.
    pub max_samples: MaxSamples,
    /// Features drawn for each tree; all by default.
    pub max_features: MaxFeatures,
    /// Whether rows are drawn with replacement; not by default.
    pub bootstrap: bool,
    /// Expected share of suspicious rows; 0.05 by default.
    pub contamination: Contamination,
    /// The seed; 42 by default.
    pub random_state: u32,
}

impl Default for Params {
    fn default() -> Params {
        Params {
            n_estimators: 100,
            max_samples: MaxSamples::Auto,
            max_features: MaxFeatures::Fraction(1.0),
            bootstrap: false,
            contamination: Contamination::Fraction(0.05),
            random_state: 42,
        }
    }
}

/// How many rows are drawn for each tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum MaxSamples {
    /// 256, or all rows if there are fewer.
    Auto,
    /// This many, at least 1, or all rows if there are fewer.
    Count(u64),
    /// This share of all rows, above 0 and at most 1.
    Fraction(f64),
}

/// How many features are drawn for each tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum MaxFeatures {
    /// This many, at least 1.
    Count(u64),
    /// This share of all features, above 0 and at most 1; never less than one feature.
    Fraction(f64),
}

/// Where the threshold is put.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Contamination {
    /// At a score of -0.5, as in the original paper.
    Auto,
    /// Where this share of the rows lies below, above 0 and at most 0.5.
    Fraction(f64),
    /// Where this many rows lie below, at least 1; fewer if rows tie at the threshold, all if there are fewer.
    Top(u64),
    /// At this score, a finite number.
    Score(f64),
}

/// A parameter that does not fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum ParamError {
    /// A value that is not allowed whatever the data.
    #[error("{parameter} is {}; it must be {allowed}", shown(given))]
    NotAllowed {
        /// The parameter's name.
        parameter: String,
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: String,
    },
    /// More features per tree than there are.
    #[error("max_features is {given}, but only {} chosen", match n_features { 1 => "1 feature is".to_owned(), n => format!("{n} features are") })]
    TooManyFeatures {
        /// What was given.
        given: u64,
        /// Features of the data.
        n_features: usize,
    },
    /// A share of the rows that is less than one row.
    #[error("max_samples is {given}, which is less than one of {n_rows} rows")]
    NoSamples {
        /// What was given.
        given: f64,
        /// Rows of the data.
        n_rows: usize,
    },
    /// There is nothing to learn from.
    #[error(
        "there are {n_rows} rows and {n_features} features; a forest needs at least one of each"
    )]
    NoData {
        /// Rows of the data.
        n_rows: usize,
        /// Features of the data.
        n_features: usize,
    },
}

fn shown(given: &str) -> &str {
    if given.trim().is_empty() {
        "empty"
    } else {
        given.trim()
    }
}

fn not_allowed(parameter: &str, given: &impl ToString, allowed: &str) -> ParamError {
    ParamError::NotAllowed {
        parameter: parameter.to_owned(),
        given: given.to_string(),
        allowed: allowed.to_owned(),
    }
}

const CONTAMINATION: (&str, &str) = (
    "contamination",
    "auto, a number above 0 and at most 0.5, or such as top 20 or score -0.6",
);
const MAX_SAMPLES: (&str, &str) = (
    "max_samples",
    "auto, a whole number from 1, or a share above 0 and at most 1.0",
);
const MAX_FEATURES: (&str, &str) = (
    "max_features",
    "a whole number from 1, or a share above 0 and at most 1.0",
);

/// A number as Python tells them apart: `1` is a count, `1.0` a share.
enum Number {
    Count(u64),
    Fraction(f64),
}

fn parse_number(text: &str) -> Option<Number> {
    let text = text.trim();
    match text.parse() {
        Ok(count) => Some(Number::Count(count)),
        Err(_) => text.parse().ok().map(Number::Fraction),
    }
}

fn is_auto(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("auto")
}

fn is_share(value: f64) -> bool {
    0.0 < value && value <= 1.0
}

impl FromStr for Contamination {
    type Err = ParamError;

    fn from_str(text: &str) -> Result<Contamination, ParamError> {
        if is_auto(text) {
            return Ok(Self::Auto);
        }
        let words = text.trim().to_ascii_lowercase();
        let value = if let Some(count) = words.strip_prefix("top ") {
            let count = count.trim().parse::<u32>().ok();
            count
                .filter(|&count| count >= 1)
                .map(|count| Self::Top(count.into()))
        } else if let Some(score) = words.strip_prefix("score ") {
            let score = score.trim().parse().ok();
            score
                .filter(|score: &f64| score.is_finite())
                .map(Self::Score)
        } else {
            let share = words.parse().ok();
            share
                .filter(|&share: &f64| 0.0 < share && share <= 0.5)
                .map(Self::Fraction)
        };
        value.ok_or_else(|| not_allowed(CONTAMINATION.0, &text, CONTAMINATION.1))
    }
}

impl FromStr for MaxSamples {
    type Err = ParamError;

    fn from_str(text: &str) -> Result<MaxSamples, ParamError> {
        match parse_number(text) {
            _ if is_auto(text) => Ok(Self::Auto),
            Some(Number::Count(count)) if count >= 1 => Ok(Self::Count(count)),
            Some(Number::Fraction(share)) if is_share(share) => Ok(Self::Fraction(share)),
            _ => Err(not_allowed(MAX_SAMPLES.0, &text, MAX_SAMPLES.1)),
        }
    }
}

impl FromStr for MaxFeatures {
    type Err = ParamError;

    fn from_str(text: &str) -> Result<MaxFeatures, ParamError> {
        match parse_number(text) {
            Some(Number::Count(count)) if count >= 1 => Ok(Self::Count(count)),
            Some(Number::Fraction(share)) if is_share(share) => Ok(Self::Fraction(share)),
            _ => Err(not_allowed(MAX_FEATURES.0, &text, MAX_FEATURES.1)),
        }
    }
}

/// Parses a number of trees.
///
/// # Errors
/// [`ParamError::NotAllowed`] if it is not a whole number from 1 to [`MAX_ESTIMATORS`].
pub fn parse_n_estimators(text: &str) -> Result<u32, ParamError> {
    let count = text
        .trim()
        .parse()
        .ok()
        .filter(|count| (1..=MAX_ESTIMATORS).contains(count));
    count.ok_or_else(|| not_allowed("n_estimators", &text, "a whole number from 1 to 10000"))
}

/// Parses a seed.
///
/// # Errors
/// [`ParamError::NotAllowed`] if it is not a whole number from 0 to 4294967295.
pub fn parse_random_state(text: &str) -> Result<u32, ParamError> {
    text.trim()
        .parse()
        .map_err(|_| not_allowed("random_state", &text, "a whole number from 0 to 4294967295"))
}

impl fmt::Display for Contamination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Fraction(share) => write!(formatter, "{share:?}"),
            Self::Top(count) => write!(formatter, "top {count}"),
            Self::Score(score) => write!(formatter, "score {score:?}"),
        }
    }
}

impl fmt::Display for MaxSamples {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Fraction(share) => write!(formatter, "{share:?}"),
        }
    }
}

impl fmt::Display for MaxFeatures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Fraction(share) => write!(formatter, "{share:?}"),
        }
    }
}

/// Parameters resolved for a matrix: every number is within its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckedParams {
    pub(super) n_estimators: u32,
    /// Rows drawn for each tree.
    pub(super) n_samples: u32,
    /// Features drawn for each tree.
    pub(super) n_tree_features: u32,
    pub(super) n_rows: u32,
    pub(super) n_features: u32,
    pub(super) max_depth: u32,
    pub(super) bootstrap: bool,
    pub(super) random_state: u32,
}

impl CheckedParams {
    /// Number of rows drawn for each tree: scikit-learn's `max_samples_`.
    pub fn n_samples(&self) -> u32 {
        self.n_samples
    }

    /// Number of features drawn for each tree.
    pub fn n_tree_features(&self) -> u32 {
        self.n_tree_features
    }

    /// The depth at which a node is a leaf whatever it holds.
    pub fn max_depth(&self) -> u32 {
        self.max_depth
    }
}

impl Params {
    /// Resolves the parameters for a matrix of this size.
    ///
    /// # Errors
    /// [`ParamError`] if a parameter is out of range, alone or for this matrix.
    pub fn check(&self, n_rows: usize, n_features: usize) -> Result<CheckedParams, ParamError> {
        let no_data = || ParamError::NoData { n_rows, n_features };
        let rows = u32::try_from(n_rows)
            .ok()
            .filter(|&n| n > 0)
            .ok_or_else(no_data)?;
        let features = u32::try_from(n_features)
            .ok()
            .filter(|&n| n > 0)
            .ok_or_else(no_data)?;
        parse_n_estimators(&self.n_estimators.to_string())?;
        self.contamination.to_string().parse::<Contamination>()?;
        self.max_samples.to_string().parse::<MaxSamples>()?;
        self.max_features.to_string().parse::<MaxFeatures>()?;
        let n_samples = match self.max_samples {
            MaxSamples::Auto => rows.min(256),
            MaxSamples::Count(count) => u32::try_from(count).unwrap_or(u32::MAX).min(rows),
            // both factors are positive, and the product is at most the number of rows
            MaxSamples::Fraction(share) => (share * f64::from(rows)) as u32,
        };
        if n_samples == 0 {
            let MaxSamples::Fraction(given) = self.max_samples else {
                return Err(no_data());
            };
            return Err(ParamError::NoSamples { given, n_rows });
        }
        let n_tree_features = match self.max_features {
            MaxFeatures::Count(count) => u32::try_from(count)
                .ok()
                .filter(|&count| count <= features)
                .ok_or(ParamError::TooManyFeatures {
                    given: count,
                    n_features,
                })?,
            MaxFeatures::Fraction(share) => ((share * f64::from(features)) as u32).max(1),
        };
        Ok(CheckedParams {
            n_estimators: self.n_estimators,
            n_samples,
            n_tree_features,
            n_rows: rows,
            n_features: features,
            max_depth: (n_samples.max(2) - 1).ilog2() + 1,
            bootstrap: self.bootstrap,
            random_state: self.random_state,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in ["auto", "0.05", "0.5", "1e-5", "top 20", "score -0.6"] {
            assert_eq!(text.parse::<Contamination>().expect(text).to_string(), text);
        }
        for text in ["auto", "256", "0.5", "1.0", "1"] {
            assert_eq!(text.parse::<MaxSamples>().expect(text).to_string(), text);
        }
        assert_eq!(" AUTO ".parse::<MaxSamples>(), Ok(MaxSamples::Auto));
        assert_eq!("1".parse::<MaxFeatures>(), Ok(MaxFeatures::Count(1)));
        assert_eq!("1.0".parse::<MaxFeatures>(), Ok(MaxFeatures::Fraction(1.0)));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let message = |error: ParamError| error.to_string();
        assert_eq!(
            message("0.6".parse::<Contamination>().expect_err("too large")),
            "contamination is 0.6; it must be auto, a number above 0 and at most 0.5, or such as top 20 or score -0.6"
        );
        assert_eq!(
            message(" ".parse::<MaxSamples>().expect_err("empty")),
            "max_samples is empty; it must be auto, a whole number from 1, or a share above 0 and at most 1.0"
        );
        assert_eq!(
            message(parse_random_state("-1").expect_err("negative")),
            "random_state is -1; it must be a whole number from 0 to 4294967295"
        );
        for text in ["top 0", "top 1.5", "top", "score", "score NaN", "score inf"] {
            assert!(text.parse::<Contamination>().is_err(), "{text}");
        }
        for text in ["0", "0.0", "-0.1", "NaN", "inf", "many"] {
            assert!(text.parse::<Contamination>().is_err(), "{text}");
            assert!(text.parse::<MaxSamples>().is_err(), "{text}");
            assert!(text.parse::<MaxFeatures>().is_err(), "{text}");
        }
        for text in ["0", "10001", "1.5", "x"] {
            assert!(parse_n_estimators(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parameters_resolve_as_in_scikit_learn() {
        let samples = |max_samples: &str, n_rows| {
            let params = Params {
                max_samples: max_samples.parse().expect("a value"),
                ..Params::default()
            };
            params
                .check(n_rows, 3)
                .map(|checked| (checked.n_samples, checked.max_depth))
        };
        assert_eq!(samples("auto", 1000), Ok((256, 8)));
        assert_eq!(samples("auto", 100), Ok((100, 7)));
        assert_eq!(samples("257", 1000), Ok((257, 9)));
        assert_eq!(samples("1", 1000), Ok((1, 1)));
        assert_eq!(samples("99999999999", 10), Ok((10, 4)));
        assert_eq!(samples("0.5", 5), Ok((2, 1)));
        assert_eq!(
            samples("0.1", 5),
            Err(ParamError::NoSamples {
                given: 0.1,
                n_rows: 5
            })
        );
        let features = |text: &str| {
            let params = Params {
                max_features: text.parse().expect("a value"),
                ..Params::default()
            };
            params.check(10, 3).map(|checked| checked.n_tree_features)
        };
        assert_eq!(features("1.0"), Ok(3));
        assert_eq!(features("0.1"), Ok(1));
        assert_eq!(features("2"), Ok(2));
        assert_eq!(
            features("4"),
            Err(ParamError::TooManyFeatures {
                given: 4,
                n_features: 3
            })
        );
        assert!(Params::default().check(0, 3).is_err());
        assert!(
            Params {
                contamination: Contamination::Fraction(f64::NAN),
                ..Params::default()
            }
            .check(10, 3)
            .is_err()
        );
    }
}
