//! Standardization, as scikit-learn's `StandardScaler` does it on columns.

use super::statistics::{sum, sum_by};

/// Mean, variance and scale of each feature.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StandardScaler {
    /// `mean_`
    pub mean: Vec<f64>,
    /// `var_`, of the population (`ddof=0`).
    pub var: Vec<f64>,
    /// `scale_`; 1 for a feature that is constant but for rounding.
    pub scale: Vec<f64>,
}

impl StandardScaler {
    /// Learns from columns without missing values.
    pub fn fit(columns: &[&[f64]]) -> StandardScaler {
        let mut scaler = StandardScaler::default();
        columns.iter().for_each(|column| scaler.fit_column(column));
        scaler
    }

    /// Learns one more feature.
    pub fn fit_column(&mut self, column: &[f64]) {
        let n = column.len() as f64;
        let mean = sum(column) / n;
        // the two-pass variance, corrected for the rounding of the mean (Chan, Golub and LeVeque 1983)
        let correction = sum_by(column, |value| value - mean);
        let squares = sum_by(column, |value| (value - mean) * (value - mean));
        let var = (squares - correction * correction / n) / n;
        let error = n * mean * f64::EPSILON;
        let is_constant = var <= n * f64::EPSILON * var + error * error;
        self.mean.push(mean);
        self.var.push(var);
        self.scale.push(if is_constant { 1.0 } else { var.sqrt() });
    }

    /// Standardizes a value of a feature.
    pub fn transform(&self, feature: usize, value: f64) -> f64 {
        (value - self.mean[feature]) / self.scale[feature]
    }

    /// Standardizes values of a feature.
    pub fn transform_column(&self, feature: usize, values: &[f64]) -> Vec<f64> {
        values
            .iter()
            .map(|&value| self.transform(feature, value))
            .collect()
    }
}
