//! Why a row was flagged, how sure that is, and how good the scores are.
//!
//! Takes a [`Forest`](crate::forest::Forest), the values of its rows and their flags. [`shap`] shares a row's path length
//! out among its features, [`context`] compares its values with the other rows, [`counterfactual`] finds the smallest
//! change that would clear it, and [`words`] says all of that in sentences. [`importance`] sums up what drives all
//! flags, [`stability`] tells which flags are luck of the seed, and [`metrics`] measures the scores against known labels.
//! Knows nothing of logs and files.

pub mod context;
pub mod counterfactual;
pub mod importance;
pub mod metrics;
pub mod shap;
pub mod stability;
pub mod words;
