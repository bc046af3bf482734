//! Columns that can be taken as labels: what somebody says each row is.

use serde::{Deserialize, Serialize};

use super::role::plain;
use super::{Overview, Role, Sessions};
use crate::charts::format::counted;
use crate::table::{Categories, Data, NO_CATEGORY, Values};

/// The most distinct values of a column that is taken as a label.
pub const MAX_LABEL_VALUES: usize = 20;

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
    /// Its distinct values, at most [`MAX_LABEL_VALUES`]; with only one of them nothing can be measured.
    pub values: Vec<LabelValue>,
    /// Which of the values mean an anomaly unless the user says otherwise, ascending.
    pub anomalies: Vec<usize>,
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
    /// The values that mean an anomaly.
    pub anomalies: Vec<String>,
}

impl Label {
    /// Says which rows are anomalies: "label = attack", or "label is one of DoS, PortScan and 3 more values".
    pub fn meaning(&self) -> String {
        let column = &self.column;
        match &self.anomalies[..] {
            [] => format!("no value of {column}"),
            [one] => format!("{column} = {one}"),
            [first, second] => format!("{column} = {first} or {second}"),
            [first, second, rest @ ..] => format!(
                "{column} is one of {first}, {second} and {}",
                counted(rest.len() as u64, "more value").replace("1 more", "one more")
            ),
        }
    }
}

/// The labels of a log by row.
#[derive(Debug, Clone)]
pub struct Labels<'a>(Kind<'a>);

#[derive(Debug, Clone)]
enum Kind<'a> {
    Numbers {
        values: &'a Values,
        anomalies: Vec<f64>,
    },
    Categories {
        categories: &'a Categories,
        /// By code.
        is_anomaly: Vec<bool>,
    },
}

impl Labels<'_> {
    /// Whether a row is labelled as an anomaly; `None` if it has no label.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn get(&self, row: usize) -> Option<bool> {
        match &self.0 {
            Kind::Numbers { values, anomalies } => {
                let value = values.number(row);
                (!value.is_nan()).then(|| anomalies.contains(&value))
            }
            Kind::Categories {
                categories,
                is_anomaly,
            } => {
                let code = categories.code(row);
                (code != NO_CATEGORY).then(|| is_anomaly[code as usize])
            }
        }
    }
}

impl LabelColumn {
    /// Returns the label that this column is at first.
    pub fn label(&self) -> Label {
        Label {
            column: self.name.clone(),
            anomalies: self
                .anomalies
                .iter()
                .map(|&i| self.values[i].text.clone())
                .collect(),
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
    /// Returns the columns that say at most [`MAX_LABEL_VALUES`] different things about rows: any column with two values,
    /// text without another part, and a column whose name says that it is a label. A constant is among them, so that the
    /// page can say why it is of no use.
    pub(super) fn label_columns(&self) -> Vec<LabelColumn> {
        let column = |i: usize| {
            let column = &self.table.columns[i];
            let role = self.roles.of(i);
            let is_named = role == Some(Role::Label);
            let says_what_rows_are = is_named || matches!(role, None | Some(Role::Rule));
            let values = match &column.data {
                Data::Numbers(numbers) => {
                    let n_distinct = numbers.n_distinct()?;
                    if n_distinct != 2 && !is_named {
                        return None;
                    }
                    let mut counts: Vec<(f64, u64)> = Vec::with_capacity(n_distinct);
                    numbers.values.for_each_number(|value| {
                        match counts.iter_mut().find(|(known, _)| *known == value) {
                            Some((_, n_rows)) => *n_rows += 1,
                            None if value.is_nan() => {}
                            None => counts.push((value, 1)),
                        }
                    });
                    counts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
                    let text = |(value, n_rows): (f64, u64)| (value.to_string(), n_rows);
                    counts.into_iter().map(text).collect()
                }
                Data::Categories(categories) if categories.names.len() <= MAX_LABEL_VALUES => {
                    let names = categories.names.iter().cloned();
                    names.zip(categories.counts()).collect::<Vec<_>>()
                }
                _ => return None,
            };
            let values: Vec<LabelValue> = values
                .into_iter()
                .filter(|(_, n_rows)| *n_rows > 0)
                .map(|(text, n_rows)| LabelValue { text, n_rows })
                .collect();
            let is_label = values.len() == 2 || (!values.is_empty() && says_what_rows_are);
            is_label.then(|| LabelColumn {
                name: column.name.clone(),
                anomalies: guess_anomalies(&values),
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
                anomalies: label
                    .anomalies
                    .iter()
                    .map(|anomaly| anomaly.parse().ok())
                    .collect::<Option<_>>()?,
            },
            Data::Categories(categories) => Kind::Categories {
                categories,
                is_anomaly: categories
                    .names
                    .iter()
                    .map(|name| label.anomalies.contains(name))
                    .collect(),
            },
            Data::Times(_) | Data::NotKept => return None,
        };
        Some(Labels(kind))
    }
}

/// Tells by their words which values mean an anomaly; if no word helps it is all but the most frequent one, the first of
/// equals.
fn guess_anomalies(values: &[LabelValue]) -> Vec<usize> {
    // scikit-learn's own labels: -1 stands apart, 1 does not
    if let [a, b] = values
        && a.text == "-1"
        && b.text == "1"
    {
        return vec![0];
    }
    let places = |is_wanted: &dyn Fn(&LabelValue) -> bool| -> Vec<usize> {
        (0..values.len())
            .filter(|&i| is_wanted(&values[i]))
            .collect()
    };
    let is_one_of =
        |value: &LabelValue, words: &[&str]| words.contains(&plain(&value.text).as_str());
    let tells_apart = |places: &Vec<usize>| !places.is_empty() && places.len() < values.len();
    let not_normal = places(&|value| !is_one_of(value, &NORMAL_WORDS));
    let anomalous = places(&|value| is_one_of(value, &ANOMALY_WORDS));
    let most = (0..values.len()).rev().max_by_key(|&i| values[i].n_rows);
    let rare = (0..values.len()).filter(|&i| Some(i) != most).collect();
    // "1" is an anomaly beside "0", but one class of many beside "2"
    let by_word = if values.len() == 2 {
        [anomalous, not_normal]
    } else {
        [not_normal, anomalous]
    };
    match by_word.into_iter().find(tells_apart) {
        Some(told) => told,
        None if values.len() == 1 => vec![0],
        None => rare,
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
            let [anomaly] = guess_anomalies(&values)[..] else {
                panic!("one of two")
            };
            values[anomaly].text.clone()
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

    #[test]
    fn among_many_values_all_but_the_normal_or_the_most_frequent_are_anomalies() {
        let guess = |values: &[(&str, u64)]| {
            let value = |&(text, n_rows): &(&str, u64)| LabelValue {
                text: text.to_owned(),
                n_rows,
            };
            guess_anomalies(&values.iter().map(value).collect::<Vec<_>>())
        };
        assert_eq!(guess(&[("DDoS", 90), ("BENIGN", 5), ("Bot", 5)]), [0, 2]);
        assert_eq!(guess(&[("0", 90), ("1", 5), ("2", 5)]), [1, 2]);
        assert_eq!(guess(&[("web", 9), ("mail", 90), ("scan", 1)]), [0, 2]);
        assert_eq!(guess(&[("waf_rule", 9)]), [0]);
    }

    #[test]
    fn the_meaning_of_a_label_names_two_values_at_most() {
        let meaning = |anomalies: &[&str]| {
            Label {
                column: "label".to_owned(),
                anomalies: anomalies.iter().map(|&text| text.to_owned()).collect(),
            }
            .meaning()
        };
        assert_eq!(meaning(&["a"]), "label = a");
        assert_eq!(meaning(&["a", "b"]), "label = a or b");
        assert_eq!(
            meaning(&["a", "b", "c"]),
            "label is one of a, b and one more value"
        );
        assert_eq!(
            meaning(&["a", "b", "c", "d"]),
            "label is one of a, b and 2 more values"
        );
    }
}
