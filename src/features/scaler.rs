//! Standardization, as scikit-learn's `StandardScaler` does it on columns.

use super::statistics::sum;

/// Mean, variance and scale of each feature.
#[derive(Debug, Clone, PartialEq)]
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
        let mut scaler = StandardScaler {
            mean: Vec::new(),
            var: Vec::new(),
            scale: Vec::new(),
        };
        for column in columns {
            let n = column.len() as f64;
            let mean = sum(column) / n;
            let deviations: Vec<f64> = column.iter().map(|value| value - mean).collect();
            let squares: Vec<f64> = deviations
                .iter()
                .map(|deviation| deviation * deviation)
                .collect();
            // the two-pass variance, corrected for the rounding of the mean (Chan, Golub and LeVeque 1983)
            let correction = sum(&deviations);
            let var = (sum(&squares) - correction * correction / n) / n;
            let error = n * mean * f64::EPSILON;
            let is_constant = var <= n * f64::EPSILON * var + error * error;
            scaler.mean.push(mean);
            scaler.var.push(var);
            scaler
                .scale
                .push(if is_constant { 1.0 } else { var.sqrt() });
        }
        scaler
    }

    /// Standardizes values of a feature.
    pub fn transform_column(&self, feature: usize, values: &[f64]) -> Vec<f64> {
        let (mean, scale) = (self.mean[feature], self.scale[feature]);
        values.iter().map(|value| (value - mean) / scale).collect()
    }
}
