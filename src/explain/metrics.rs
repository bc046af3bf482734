//! How well the scores find what a label column marks: scikit-learn's metrics, or the reason why there are none.

use serde::{Deserialize, Serialize};

use crate::forest::is_anomaly;

/// Distance in the unit square below which a point of a curve is left out.
const RESOLUTION: f64 = 1.0 / 500.0;

/// Why nothing can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Unmeasurable {
    /// There is no row with a label.
    #[error("no row has a label")]
    NoRows,
    /// All rows have the same label, so accuracy cannot be measured.
    #[error("all {n_rows} labels are {label}")]
    Constant {
        /// The label that they have.
        label: bool,
        /// Number of rows.
        n_rows: usize,
    },
}

/// How well the scores find the rows with a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Rows with either label.
    pub n_rows: usize,
    /// Rows labelled as anomalies.
    pub n_anomalies: usize,
    /// Rows flagged at the threshold.
    pub n_flagged: usize,
    /// Rows flagged and labelled as anomalies.
    pub n_found: usize,
    /// Area under the ROC curve, 0 to 1, 0.5 being chance: scikit-learn's `roc_auc_score`.
    pub roc_auc: f64,
    /// Scikit-learn's `average_precision_score`, 0 to 1; chance is the share of anomalies.
    pub average_precision: f64,
    /// False positive rate and true positive rate, from (0, 0) to (1, 1), thinned for drawing.
    pub roc: Vec<(f64, f64)>,
    /// Recall and precision, from recall 0 to 1, thinned for drawing; the first point, (0, 1), is a convention.
    pub precision_recall: Vec<(f64, f64)>,
}

impl Metrics {
    /// Measures scores (scikit-learn's `score_samples`: the lower, the more suspicious) against labels; flags are those at
    /// the threshold.
    ///
    /// # Errors
    /// [`Unmeasurable`] if the labels are all the same.
    ///
    /// # Panics
    /// If there are not as many labels as scores.
    pub fn measure(
        scores: &[f64],
        is_anomalous: &[bool],
        threshold: f64,
    ) -> Result<Metrics, Unmeasurable> {
        assert_eq!(scores.len(), is_anomalous.len(), "each row has a label");
        let n_rows = scores.len();
        let n_anomalies = is_anomalous.iter().filter(|&&label| label).count();
        match is_anomalous.first() {
            None => return Err(Unmeasurable::NoRows),
            Some(&label) if n_anomalies == 0 || n_anomalies == n_rows => {
                return Err(Unmeasurable::Constant { label, n_rows });
            }
            Some(_) => {}
        }
        let (positives, negatives) = (n_anomalies as f64, (n_rows - n_anomalies) as f64);
        let (mut area, mut average_precision) = (0.0, 0.0);
        let mut roc = Curve::from(0.0, 0.0);
        let mut precision_recall = Curve::from(0.0, 1.0);
        let mut last = Step::default();
        for step in steps(scores, is_anomalous) {
            let (found, missed) = (step.n_true as f64, step.n_false as f64);
            // an integer, twice the area of the trapezium
            area += (step.n_false - last.n_false) as f64 * (step.n_true + last.n_true) as f64;
            let precision = found / (found + missed);
            average_precision += (step.n_true - last.n_true) as f64 / positives * precision;
            roc.add(missed / negatives, found / positives);
            precision_recall.add(found / positives, precision);
            last = step;
        }
        let is_flagged = |&(&score, _): &(&f64, &bool)| is_anomaly(score, threshold);
        let flagged = scores.iter().zip(is_anomalous).filter(is_flagged);
        Ok(Metrics {
            n_rows,
            n_anomalies,
            n_flagged: flagged.clone().count(),
            n_found: flagged.filter(|&(_, &label)| label).count(),
            roc_auc: area / (2.0 * positives * negatives),
            average_precision,
            roc: roc.finish(),
            precision_recall: precision_recall.finish(),
        })
    }

    /// Returns the share of the flagged rows that are anomalies; `None` if no row is flagged.
    pub fn precision(&self) -> Option<f64> {
        (self.n_flagged > 0).then(|| self.n_found as f64 / self.n_flagged as f64)
    }

    /// Returns the share of the anomalies that are flagged.
    pub fn recall(&self) -> f64 {
        self.n_found as f64 / self.n_anomalies as f64
    }
}

/// How many rows of either label score at or below some score.
#[derive(Debug, Default, Clone, Copy)]
struct Step {
    n_true: u64,
    n_false: u64,
}

/// Counts from the most suspicious row on, equal scores at once.
fn steps(scores: &[f64], is_anomalous: &[bool]) -> Vec<Step> {
    let mut rows: Vec<(f64, bool)> = scores
        .iter()
        .copied()
        .zip(is_anomalous.iter().copied())
        .collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut at = Step::default();
    let equal = rows.chunk_by(|a, b| a.0 == b.0);
    let step = |tied: &[(f64, bool)]| {
        let n_true = tied.iter().filter(|&&(_, label)| label).count() as u64;
        at.n_true += n_true;
        at.n_false += tied.len() as u64 - n_true;
        at
    };
    equal.map(step).collect()
}

/// A curve that keeps its ends, and of the points between those that can be told apart on a screen.
struct Curve {
    points: Vec<(f64, f64)>,
    last: (f64, f64),
}

impl Curve {
    fn from(x: f64, y: f64) -> Curve {
        Curve {
            points: vec![(x, y)],
            last: (x, y),
        }
    }

    fn add(&mut self, x: f64, y: f64) {
        let kept = self.points[self.points.len() - 1];
        if (x - kept.0).abs() >= RESOLUTION || (y - kept.1).abs() >= RESOLUTION {
            self.points.push((x, y));
        }
        self.last = (x, y);
    }

    fn finish(mut self) -> Vec<(f64, f64)> {
        if self.points.last() != Some(&self.last) {
            self.points.push(self.last);
        }
        self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let labels = [true, false, true, false];
        let metrics =
            Metrics::measure(&[-0.9, -0.8, -0.7, -0.4], &labels, -0.75).expect("both labels");
        // of four pairs of unequal labels, three are in the right order
        assert_eq!(metrics.roc_auc, 0.75);
        assert_eq!(metrics.average_precision, 0.5 + 0.5 * (2.0 / 3.0));
        assert_eq!((metrics.n_flagged, metrics.n_found), (2, 1));
        assert_eq!((metrics.precision(), metrics.recall()), (Some(0.5), 0.5));
        assert_eq!(
            metrics.roc,
            [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]
        );
        assert_eq!(
            metrics.precision_recall,
            [
                (0.0, 1.0),
                (0.5, 1.0),
                (0.5, 0.5),
                (1.0, 2.0 / 3.0),
                (1.0, 0.5)
            ]
        );
    }

    #[test]
    fn equal_scores_are_no_better_than_chance() {
        let metrics =
            Metrics::measure(&[-0.5; 4], &[true, false, false, false], -0.5).expect("both labels");
        assert_eq!((metrics.roc_auc, metrics.average_precision), (0.5, 0.25));
        assert_eq!((metrics.precision(), metrics.recall()), (None, 0.0));
    }

    #[test]
    fn one_label_is_not_enough() {
        let measure = |labels: &[bool]| Metrics::measure(&vec![-0.5; labels.len()], labels, -0.5);
        assert_eq!(measure(&[]), Err(Unmeasurable::NoRows));
        assert_eq!(
            measure(&[true]),
            Err(Unmeasurable::Constant {
                label: true,
                n_rows: 1
            })
        );
        assert_eq!(
            measure(&[false; 50]),
            Err(Unmeasurable::Constant {
                label: false,
                n_rows: 50
            })
        );
        assert!(measure(&[true, false]).is_ok());
    }

    #[test]
    fn curves_are_thin_and_keep_their_ends() {
        let scores: Vec<f64> = (0..100_000)
            .map(|i| f64::from(i) / 100_000.0 - 1.0)
            .collect();
        let labels: Vec<bool> = (0..100_000).map(|i| i % 7 == 0).collect();
        let metrics = Metrics::measure(&scores, &labels, -0.95).expect("both labels");
        assert!(metrics.roc.len() < 1100 && metrics.precision_recall.len() < 2000);
        assert_eq!(
            (metrics.roc[0], metrics.roc[metrics.roc.len() - 1]),
            ((0.0, 0.0), (1.0, 1.0))
        );
        assert_eq!(
            metrics.precision_recall.last().map(|point| point.0),
            Some(1.0)
        );
    }
}
