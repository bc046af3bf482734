//! The figures of accuracy, as they are shown.

use crate::charts::format::fixed;
use crate::explain::metrics::Metrics;
use crate::export::float;

/// A figure of accuracy.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Its name on the page.
    pub name: &'static str,
    /// Its name for tests and tools.
    pub test_id: &'static str,
    /// To four digits, or a dash if it is undefined.
    pub text: String,
    /// To the last digit; empty if it is undefined.
    pub value: String,
}

/// Returns the figures of a measurement.
pub fn accuracy_figures(metrics: &Metrics) -> Vec<Figure> {
    let figure = |name, test_id, value: Option<f64>| Figure {
        name,
        test_id,
        text: value.map_or_else(|| "–".to_owned(), |value| fixed(value, 4)),
        value: value.map(float).unwrap_or_default(),
    };
    vec![
        figure(
            "ROC AUC; chance is 0.5",
            "metric-roc-auc",
            Some(metrics.roc_auc),
        ),
        figure(
            "average precision; chance is the share of anomalies",
            "metric-average-precision",
            Some(metrics.average_precision),
        ),
        figure(
            "precision at the threshold",
            "metric-precision",
            metrics.precision(),
        ),
        figure(
            "recall at the threshold",
            "metric-recall",
            Some(metrics.recall()),
        ),
    ]
}
