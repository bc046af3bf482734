//! Columns that can be taken as labels: what somebody says each row is.

use serde::{Deserialize, Serialize};

use super::role::plain;
use super::{Overview, Role, Sessions};
use crate::table::{Categories, Data, NO_CATEGORY, Values};

/// Values that mean an anomaly, reduced by [`plain`].
const ANOMALY_WORDS: [&str; 21] = [
    "1",
    "true",
    "yes",
    "y",
    "t",
    "attack",
    "attacks",
    "anomaly",
    "anomalous",
    "malicious",
    "malware",
    "suspicious",
    "outlier",
    "abnormal",
    "intrusion",
    "fraud",
    "bad",
    "positive",
    "threat",
    "bot",
    "o",
];

/// Values that mean no anomaly, reduced by [`plain`].
const NORMAL_WORDS: [&str; 16] = [
    "0",
    "false",
    "no",
    "n",
    "f",
    "normal",
    "benign",
    "inlier",
    "legitimate",
    "legit",
    "ok",
    "good",
    "negative",
    "clean",
    "background",
    "none",
];

/// A column whose values can be taken as labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelColumn {
    /// Its name.
    pub name: String,
    /// Its distinct values, two of them; one in a column that only its name makes a label.
    pub values: Vec<LabelValue>,
    /// Which of the values means an anomaly unless the user says otherwise.
    pub anomaly: usize,
}

/// A value of a label column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelValue {
    /// The value as text.
    pub text: String,
    /// How many rows have it.
    pub n_rows: u64,
}

/// Which column says what a row is, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Name of the column.
    pub column: String,
    /// The value that means an anomaly.
    pub anomaly: String,
}

/// The labels of a log by row.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a>(Kind<'a>);

#[derive(Debug, Clone, Copy)]
enum Kind<'a> {
    Numbers {
        values: &'a Values,
        anomaly: f64,
    },
    Categories {
        categories: &'a Categories,
        anomaly: u32,
    },
}

impl Labels<'_> {
    /// Whether a row is labelled as an anomaly; `None` if it has no label.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn get(&self, row: usize) -> Option<bool> {
        match self.0 {
            Kind::Numbers { values, anomaly } => {
                let value = values.number(row);
                (!value.is_nan()).then_some(value == anomaly)
            }
            Kind::Categories {
                categories,
                anomaly,
            } => {
                let code = categories.code(row);
                (code != NO_CATEGORY).then_some(code == anomaly)
            }
        }
    }
}

impl LabelColumn {
    /// Returns the label that this column is at first.
    pub fn label(&self) -> Label {
        Label {
            column: self.name.clone(),
            anomaly: self.values[self.anomaly].text.clone(),
        }
    }
}

impl Overview {
    /// Returns the label that the file has unless the user says otherwise: that of the column whose name says so.
    pub fn default_label(&self) -> Option<Label> {
        let name = self.label.as_ref()?;
        let column = self.labels.iter().find(|column| column.name == *name)?;
        Some(column.label())
    }
}

impl Sessions {
    /// Returns the columns with exactly two distinct values, and a column with one if its name says that it is a label.
    pub(super) fn label_columns(&self) -> Vec<LabelColumn> {
        let is_named = |column| self.roles.of(column) == Some(Role::Label);
        let column = |i: usize| {
            let column = &self.table.columns[i];
            let values = match &column.data {
                Data::Numbers(numbers) if numbers.n_distinct().is_some_and(|n| n <= 2) => {
                    let (low, high) = numbers.range()?;
                    let (mut n_low, mut n_high) = (0, 0);
                    numbers.values.for_each_number(|value| {
                        n_low += u64::from(value == low);
                        n_high += u64::from(value == high && low != high);
                    });
                    vec![(low.to_string(), n_low), (high.to_string(), n_high)]
                }
                Data::Categories(categories) if categories.names.len() <= 2 => {
                    let mut counts = vec![0; categories.names.len()];
                    categories.for_each_code(|code| {
                        if let Some(count) = counts.get_mut(code as usize) {
                            *count += 1;
                        }
                    });
                    categories.names.iter().cloned().zip(counts).collect()
                }
                _ => return None,
            };
            let values: Vec<LabelValue> = values
                .into_iter()
                .filter(|(_, n_rows)| *n_rows > 0)
                .map(|(text, n_rows)| LabelValue { text, n_rows })
                .collect();
            let is_label = values.len() == 2 || (values.len() == 1 && is_named(i));
            is_label.then(|| LabelColumn {
                name: column.name.clone(),
                anomaly: guess_anomaly(&values),
                values,
            })
        };
        (0..self.table.columns.len()).filter_map(column).collect()
    }

    /// Returns the labels that a column gives; `None` if there is no such column, or it cannot hold labels.
    pub fn labels(&self, label: &Label) -> Option<Labels<'_>> {
        let kind = match &self.table.columns[self.table.find(&label.column)?].data {
            Data::Numbers(numbers) => Kind::Numbers {
                values: &numbers.values,
                anomaly: label.anomaly.parse().ok()?,
            },
            Data::Categories(categories) => Kind::Categories {
                categories,
                anomaly: categories
                    .names
                    .iter()
                    .position(|name| *name == label.anomaly)
                    .and_then(|code| u32::try_from(code).ok())?,
            },
            Data::Times(_) | Data::NotKept => return None,
        };
        Some(Labels(kind))
    }
}

/// Tells by its word which of two values means an anomaly; if no word helps it is the rarer one, the second of equals.
fn guess_anomaly(values: &[LabelValue]) -> usize {
    let [a, b] = values else { return 0 };
    // scikit-learn's own labels: -1 stands apart, 1 does not
    if a.text == "-1" && b.text == "1" {
        return 0;
    }
    let is_one_of =
        |value: &LabelValue, words: &[&str]| words.contains(&plain(&value.text).as_str());
    match (is_one_of(a, &ANOMALY_WORDS), is_one_of(b, &ANOMALY_WORDS)) {
        (true, false) => return 0,
        (false, true) => return 1,
        _ => {}
    }
    match (is_one_of(a, &NORMAL_WORDS), is_one_of(b, &NORMAL_WORDS)) {
        (true, false) => 1,
        (false, true) => 0,
        _ => usize::from(b.n_rows <= a.n_rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_that_means_an_anomaly_is_told_by_its_word_or_its_rarity() {
        let guess = |a: (&str, u64), b: (&str, u64)| {
            let values = [a, b].map(|(text, n_rows)| LabelValue {
                text: text.to_owned(),
                n_rows,
            });
            values[guess_anomaly(&values)].text.clone()
        };
        for (a, b, anomaly) in [
            (("0", 5), ("1", 50), "1"),
            (("-1", 50), ("1", 5), "-1"),
            (("True", 50), ("False", 5), "True"),
            (("BENIGN", 5), ("DDoS", 50), "DDoS"),
            (("attack", 50), ("normal", 5), "attack"),
            (("x", 5), ("z", 50), "x"),
            (("x", 50), ("z", 5), "z"),
            (("7", 50), ("9", 50), "9"),
        ] {
            assert_eq!(guess(a, b), anomaly);
        }
    }
}
