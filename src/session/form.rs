//! The settings as a person types them, and their check.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Problem;
use super::problem::param_sentence;
use crate::forest::{Contamination, Params, parse_n_estimators, parse_random_state};
use crate::job::Settings;
use crate::traffic::{ColumnChoices, Overview};

/// The settings as they stand on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// `auto`, a number above 0 and at most 0.5, or such as `top 20` or `score -0.6`.
    pub contamination: String,
    /// `n_estimators`.
    pub n_estimators: String,
    /// `auto`, a count or a fraction.
    pub max_samples: String,
    /// A count or a fraction.
    pub max_features: String,
    /// Whether rows are drawn with replacement.
    pub bootstrap: bool,
    /// Whether features are standardized.
    pub scale: bool,
    /// Whether of equal rows only the first stays.
    pub drop_duplicates: bool,
    /// `random_state`.
    pub random_state: String,
    /// Names of the chosen features.
    pub features: Vec<String>,
    /// What is chosen for columns, in place of what their names and cells say.
    #[serde(default)]
    pub columns: ColumnChoices,
}

impl Default for Form {
    fn default() -> Form {
        let params = Params::default();
        Form {
            contamination: params.contamination.to_string(),
            n_estimators: params.n_estimators.to_string(),
            max_samples: params.max_samples.to_string(),
            max_features: params.max_features.to_string(),
            bootstrap: params.bootstrap,
            scale: true,
            drop_duplicates: true,
            random_state: params.random_state.to_string(),
            features: Vec::new(),
            columns: ColumnChoices::default(),
        }
    }
}

impl Form {
    /// Chooses the features that this file has on by default; the other settings stay.
    pub fn choose_defaults(&mut self, overview: &Overview) {
        // a count or a score belongs to the file that it was chosen on
        if matches!(
            self.contamination.parse(),
            Ok(Contamination::Top(_) | Contamination::Score(_))
        ) {
            self.contamination = Params::default().contamination.to_string();
        }
        self.features = default_features(overview);
    }

    /// After the file was read otherwise: features that were the default are chosen anew, of others those stay that are still
    /// offered.
    pub fn keep_what_fits(&mut self, before: &Overview, now: &Overview) {
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names
        };
        let default_before = default_features(before);
        if sorted(&self.features) == sorted(&default_before) {
            self.features = default_features(now);
        } else {
            let is_offered = |name: &String| {
                let mut offered = now.candidates.iter();
                offered.any(|candidate| candidate.name == *name)
            };
            self.features.retain(is_offered);
        }
    }

    /// Turns a feature on or off.
    pub fn set_feature(&mut self, name: &str, is_on: bool) {
        self.features.retain(|feature| feature != name);
        if is_on {
            self.features.push(name.to_owned());
        }
    }

    /// Takes these features in, after those that are chosen already.
    pub fn choose_features(&mut self, names: Vec<String>) {
        let new: HashSet<&str> = names.iter().map(String::as_str).collect();
        self.features
            .retain(|feature| !new.contains(feature.as_str()));
        self.features.extend(names);
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting that does not fit, in words.
    pub fn parse(&self) -> Result<Settings, Problem> {
        let problem = |error: crate::forest::ParamError| {
            Problem::setting(param_sentence(&error), "Change it, then press Run again.")
        };
        Ok(Settings {
            params: Params {
                n_estimators: parse_n_estimators(&self.n_estimators).map_err(problem)?,
                max_samples: self.max_samples.parse().map_err(problem)?,
                max_features: self.max_features.parse().map_err(problem)?,
                bootstrap: self.bootstrap,
                contamination: self.contamination.parse().map_err(problem)?,
                random_state: parse_random_state(&self.random_state).map_err(problem)?,
            },
            features: self.features.clone(),
            scale: self.scale,
            drop_duplicates: self.drop_duplicates,
            columns: self.columns.clone(),
        })
    }
}

fn default_features(overview: &Overview) -> Vec<String> {
    let on = overview
        .candidates
        .iter()
        .filter(|candidate| candidate.is_default);
    on.map(|candidate| candidate.name.clone()).collect()
}
