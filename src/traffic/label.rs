//! Columns that can be taken as labels: what somebody says each row is.

use serde::{Deserialize, Serialize};

use super::role::plain;
use super::{Overview, Role, Sessions};
use crate::charts::format::counted;
use crate::table::{Categories, Data, NO_CATEGORY, Numbers};

/// The most distinct values of a column that is taken as a label.
pub const MAX_LABEL_VALUES: usize = 200;

/// The most values that all columns together list whose names do not say that they are labels: a table of thousands of columns
/// may not send the page a million texts.
const MAX_UNNAMED_VALUES: usize = 20_000;

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

/// A column whose name does not say that it is a label can have so many values however few rows there are.
const FEW_VALUES: u64 = 20;

/// Words that values begin with that name a kind of attack, reduced by [`plain`]: the categories of UNSW-NB15, NSL-KDD,
/// CIC-IDS2017 and 2018, Bot-IoT and CTU-13.
const ATTACK_KINDS: [&str; 40] = [
    "analysis",
    "attack",
    "backdoor",
    "botnet",
    "bruteforce",
    "candc",
    "cc",
    "commandinjection",
    "ddos",
    "dos",
    "exfiltration",
    "exploit",
    "ftpbruteforce",
    "ftppatator",
    "fuzzer",
    "generic",
    "heartbleed",
    "infilteration",
    "infiltration",
    "injection",
    "ipsweep",
    "keylogging",
    "malware",
    "mirai",
    "neptune",
    "partofahorizontalportscan",
    "phishing",
    "portscan",
    "portsweep",
    "probe",
    "ransomware",
    "reconnaissance",
    "scan",
    "shellcode",
    "smurf",
    "sqlinjection",
    "sshbruteforce",
    "sshpatator",
    "webattack",
    "worm",
];

/// Values that name a kind of attack and begin too commonly for that, reduced by [`plain`].
const ATTACK_NAMES: [&str; 7] = ["r2l", "u2r", "theft", "xss", "bots", "mitm", "rce"];

/// What the name of a column begins with, reduced by [`plain`], that says of which kind the attack was.
const ATTACK_COLUMNS: [&str; 2] = ["attack", "threat"];

/// A column whose values can be taken as labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelColumn {
    /// Its name.
    pub name: String,
    /// Its distinct values, at most [`MAX_LABEL_VALUES`]; with only one of them nothing can be measured.
    pub values: Vec<LabelValue>,
    /// Rows without a value: the cell is empty, `-`, or one of pandas' words for that (`None`, `NaN`).
    pub n_blank: u64,
    /// Which of the values mean an anomaly unless the user says otherwise, ascending.
    pub anomalies: Vec<usize>,
    /// What a blank means unless the user says otherwise.
    pub blank: Blank,
}

/// What it means that a row has no label.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Blank {
    /// It is not known what the row is: it is not measured.
    #[default]
    LeftOut,
    /// Nothing happened: UNSW-NB15 names the category of attacks only.
    Normal,
    /// The row is an anomaly.
    Anomaly,
}

/// A column whose name says that it holds labels, which it cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfit {
    /// Its name.
    pub name: String,
    /// Why it cannot be taken.
    pub reason: UnfitReason,
}

/// Why a column cannot be a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnfitReason {
    /// It has more distinct values than [`MAX_LABEL_VALUES`].
    TooManyValues,
    /// It holds times.
    Times,
    /// No row has a value.
    Empty,
}

impl UnfitReason {
    /// Says why in a few words, to follow a name.
    pub fn text(self) -> String {
        match self {
            Self::TooManyValues => {
                format!("more than {MAX_LABEL_VALUES} values, so no label")
            }
            Self::Times => "times, so no label".to_owned(),
            Self::Empty => "no values, so no label".to_owned(),
        }
    }
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
    /// What a row without a value is; left out in projects of older versions.
    #[serde(default)]
    pub blank: Blank,
}

impl Label {
    /// Says which rows are anomalies: "label = attack", or "label is one of DoS, PortScan and 3 more values".
    pub fn meaning(&self) -> String {
        let column = &self.column;
        let values = match &self.anomalies[..] {
            [] => format!("no value of {column}"),
            [one] => format!("{column} = {one}"),
            [first, second] => format!("{column} = {first} or {second}"),
            [first, second, rest @ ..] => {
                format!(
                    "{column} is one of {first}, {second} and {}",
                    more(rest.len())
                )
            }
        };
        match self.blank {
            Blank::LeftOut => values,
            Blank::Normal => format!("{values}; blank counts as normal"),
            Blank::Anomaly => format!("{values}; blank counts as an anomaly"),
        }
    }

    /// Names the values that mean an anomaly: "DoS or Exploits", or "DoS, Exploits and 3 more values"; empty if none does.
    pub fn anomalies_in_words(&self) -> String {
        match &self.anomalies[..] {
            [] => String::new(),
            [one] => one.clone(),
            [first, second] => format!("{first} or {second}"),
            [first, second, rest @ ..] => format!("{first}, {second} and {}", more(rest.len())),
        }
    }
}

fn more(n: usize) -> String {
    counted(n as u64, "more value").replace("1 more", "one more")
}

/// The labels of a log by row.
#[derive(Debug, Clone)]
pub struct Labels<'a> {
    kind: Kind<'a>,
    blank: Option<bool>,
}

#[derive(Debug, Clone)]
enum Kind<'a> {
    Numbers {
        numbers: &'a Numbers,
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
        match &self.kind {
            Kind::Numbers { numbers, anomalies } => {
                let value = numbers.values.number(row);
                if !value.is_nan() {
                    return Some(anomalies.contains(&value));
                }
                self.blank.filter(|_| self.is_blank(row))
            }
            Kind::Categories {
                categories,
                is_anomaly,
            } => match categories.code(row) {
                NO_CATEGORY => self.blank,
                code => Some(is_anomaly[code as usize]),
            },
        }
    }

    /// Whether a row has no label because its cell is blank; what is there and no number is none.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn is_blank(&self, row: usize) -> bool {
        match &self.kind {
            Kind::Numbers { numbers, .. } => {
                let is_malformed = |row: u32| numbers.malformed_rows.binary_search(&row).is_ok();
                numbers.values.number(row).is_nan() && !u32::try_from(row).is_ok_and(is_malformed)
            }
            Kind::Categories { categories, .. } => categories.code(row) == NO_CATEGORY,
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
            blank: self.blank,
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
            let is_named = names_a_label(&column.name) && matches!(role, None | Some(Role::Label));
            let says_what_rows_are = is_named || matches!(role, None | Some(Role::Rule));
            let (values, n_malformed) = match &column.data {
                Data::Numbers(numbers) => {
                    let counts = if is_named {
                        numbers.counts(MAX_LABEL_VALUES)?
                    } else {
                        numbers.n_distinct().filter(|&n_distinct| n_distinct == 2)?;
                        numbers.counts(2)?
                    };
                    let text = |(value, n_rows): (f64, u64)| (value.to_string(), n_rows);
                    let counts: Vec<_> = counts.into_iter().map(text).collect();
                    (counts, numbers.malformed_rows.len() as u64)
                }
                Data::Categories(categories) if categories.names.len() <= MAX_LABEL_VALUES => {
                    let names = categories.names.iter().cloned();
                    (names.zip(categories.counts()).collect::<Vec<_>>(), 0)
                }
                _ => return None,
            };
            let values: Vec<LabelValue> = values
                .into_iter()
                .filter(|(_, n_rows)| *n_rows > 0)
                .map(|(text, n_rows)| LabelValue { text, n_rows })
                .collect();
            let n_known: u64 = values.iter().map(|value| value.n_rows).sum();
            // what is different in most rows is a name, not a class
            let are_classes = is_named || values.len() as u64 <= FEW_VALUES.max(n_known / 2);
            let is_label =
                values.len() == 2 || (!values.is_empty() && says_what_rows_are && are_classes);
            let n_blank = self.n_rows() as u64 - n_known - n_malformed;
            let (anomalies, blank) = guess(&values, n_blank, &column.name);
            is_label.then(|| {
                let column = LabelColumn {
                    name: column.name.clone(),
                    values,
                    n_blank,
                    anomalies,
                    blank,
                };
                (is_named, column)
            })
        };
        let mut n_listed = 0;
        (0..self.table.columns.len())
            .filter_map(column)
            .filter(|(is_named, column)| {
                n_listed += column.values.len();
                *is_named || n_listed <= MAX_UNNAMED_VALUES
            })
            .map(|(_, column)| column)
            .collect()
    }

    /// Returns the columns whose names say that they hold labels, and which cannot be taken, with the reason.
    pub(super) fn unfit_labels(&self) -> Vec<Unfit> {
        let columns = self.table.columns.iter().enumerate();
        let unfit = columns.filter_map(|(i, column)| {
            if !names_a_label(&column.name) || !matches!(self.roles.of(i), None | Some(Role::Label))
            {
                return None;
            }
            let reason = match &column.data {
                _ if self.table.is_empty_column(i) => UnfitReason::Empty,
                Data::Numbers(numbers) if numbers.range().is_none() => UnfitReason::Empty,
                Data::Numbers(numbers) if numbers.counts(MAX_LABEL_VALUES).is_some() => {
                    return None;
                }
                Data::Categories(categories) if categories.names.len() <= MAX_LABEL_VALUES => {
                    return None;
                }
                Data::Numbers(_) | Data::Categories(_) | Data::NotKept => {
                    UnfitReason::TooManyValues
                }
                Data::Times(_) => UnfitReason::Times,
            };
            Some(Unfit {
                name: column.name.clone(),
                reason,
            })
        });
        unfit.collect()
    }

    /// Returns the labels that a column gives; `None` if there is no such column, or it cannot hold labels.
    pub fn labels(&self, label: &Label) -> Option<Labels<'_>> {
        let kind = match &self.table.columns[self.table.find(&label.column)?].data {
            Data::Numbers(numbers) => Kind::Numbers {
                numbers,
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
        Some(Labels {
            kind,
            blank: match label.blank {
                Blank::LeftOut => None,
                Blank::Normal => Some(false),
                Blank::Anomaly => Some(true),
            },
        })
    }
}

/// Whether the name of a column says that it holds labels.
fn names_a_label(name: &str) -> bool {
    Role::Label.is_named(name)
}

/// Whether a value names a kind of attack or is a word for any.
fn is_attack(value: &LabelValue) -> bool {
    let text = plain(&value.text);
    ANOMALY_WORDS.contains(&text.as_str())
        || ATTACK_NAMES.contains(&text.as_str())
        || ATTACK_KINDS.iter().any(|kind| text.starts_with(kind))
}

/// Tells which values mean an anomaly, and whether a blank means none.
///
/// Where every value is an attack, none of them is measured against another: the blanks are what is normal, or nothing can be
/// measured.
fn guess(values: &[LabelValue], n_blank: u64, name: &str) -> (Vec<usize>, Blank) {
    let is_normal = |value: &LabelValue| NORMAL_WORDS.contains(&plain(&value.text).as_str());
    let is_number = |value: &LabelValue| value.text.parse::<f64>().is_ok();
    let names_attacks = ATTACK_COLUMNS
        .iter()
        .any(|word| plain(name).starts_with(word));
    let has_normal = values.iter().any(is_normal);
    let are_attacks = !has_normal && (values.iter().all(is_attack) || names_attacks);
    // class 1 beside class 2 says nothing of the rows without a class
    let are_classes = !has_normal && names_a_label(name) && !values.iter().any(is_number);
    if values.is_empty() || is_inlier_outlier(values) {
        (guess_anomalies(values), Blank::LeftOut)
    } else if are_attacks || (are_classes && n_blank > 0) {
        let blank = match n_blank {
            0 => Blank::LeftOut,
            _ => Blank::Normal,
        };
        ((0..values.len()).collect(), blank)
    } else {
        (guess_anomalies(values), Blank::LeftOut)
    }
}

/// Whether these are scikit-learn's own labels: -1 stands apart, 1 does not.
fn is_inlier_outlier(values: &[LabelValue]) -> bool {
    matches!(values, [a, b] if a.text == "-1" && b.text == "1")
}

/// Tells by their words which values mean an anomaly; if no word helps it is all but the most frequent one, the first of
/// equals.
fn guess_anomalies(values: &[LabelValue]) -> Vec<usize> {
    if is_inlier_outlier(values) {
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
        None if values.len() == 1 && is_one_of(&values[0], &NORMAL_WORDS) => Vec::new(),
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
        assert_eq!(guess(&[("BENIGN", 9)]), Vec::<usize>::new());
    }

    #[test]
    fn blanks_are_normal_where_every_value_is_an_attack() {
        let guess_in = |name: &str, texts: &[&str], n_blank| {
            let values: Vec<LabelValue> = texts
                .iter()
                .map(|&text| LabelValue {
                    text: text.to_owned(),
                    n_rows: 5,
                })
                .collect();
            let (anomalies, blank) = guess(&values, n_blank, name);
            (anomalies.len(), blank)
        };
        for (name, texts, n_blank, expected) in [
            ("kind", &["DoS", " Fuzzers "][..], 90, (2, Blank::Normal)),
            ("kind", &["attack"], 90, (1, Blank::Normal)),
            ("flag", &["1"], 90, (1, Blank::Normal)),
            ("label", &["teardrop", "phf"], 90, (2, Blank::Normal)),
            ("attack_id", &["3", "7"], 90, (2, Blank::Normal)),
            // a word for what is normal, or no word at all
            ("label", &["attack", "benign"], 90, (1, Blank::LeftOut)),
            ("label", &["0", "1"], 90, (1, Blank::LeftOut)),
            ("label", &["-1", "1"], 90, (1, Blank::LeftOut)),
            ("label", &["1", "2"], 90, (1, Blank::LeftOut)),
            ("kind", &["web", "mail"], 90, (1, Blank::LeftOut)),
            // attacks are not measured against attacks
            ("kind", &["DoS", "Exploits"], 0, (2, Blank::LeftOut)),
            ("label", &["web", "mail"], 0, (1, Blank::LeftOut)),
        ] {
            assert_eq!(guess_in(name, texts, n_blank), expected, "{name} {texts:?}");
        }
    }

    #[test]
    fn the_meaning_of_a_label_names_two_values_at_most() {
        let meaning = |anomalies: &[&str]| {
            Label {
                column: "label".to_owned(),
                anomalies: anomalies.iter().map(|&text| text.to_owned()).collect(),
                blank: Blank::LeftOut,
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
