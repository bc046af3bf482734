//! Reasons in sentences: what matters about a flagged row, and what would clear it.
//!
//! Percentages are cut off, not rounded, so that "above 99.9 %" is never too much.

use serde::{Deserialize, Serialize};

use super::context::Place;
use super::counterfactual::Counterfactual;
use super::importance::Importance;
use super::stability::{self, Frequency, Stability};
use crate::features::blind::{Blind, BlindCause, RESOLUTION};
use crate::forest::is_anomaly;

/// The most features that a sentence names.
const MAX_NAMED: usize = 3;

/// Share of what makes a row suspicious below which a feature is not named.
const MIN_SHARE: f64 = 0.1;

/// Digits of a number that is not a count.
const DIGITS: usize = 3;

/// Digits that tell every f64 from the next one.
const ALL_DIGITS: usize = 17;

/// Beyond, and below its inverse, standardization fails: squares of such numbers overflow, or vanish.
const CAN_BE_SQUARED: f64 = 1e150;

/// What a feature is called, and what its numbers are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Name of the column.
    pub name: String,
    /// Unit of its values.
    pub unit: Unit,
}

/// The unit of a feature's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Bytes, said in powers of 1000.
    Bytes,
    /// Seconds.
    Seconds,
    /// Not known.
    Plain,
}

/// Returns the features that make a row suspicious, the strongest first: at most three, and each with at least a tenth
/// of the sum of all that do.
pub fn reasons(suspicion: &[f64]) -> Vec<usize> {
    let total: f64 = suspicion.iter().filter(|&&value| value > 0.0).sum();
    let mut features: Vec<usize> = (0..suspicion.len())
        .filter(|&feature| suspicion[feature] > 0.0 && suspicion[feature] >= MIN_SHARE * total)
        .collect();
    features.sort_by(|&a, &b| suspicion[b].total_cmp(&suspicion[a]));
    features.truncate(MAX_NAMED);
    features
}

/// Says why a row is flagged: a sentence for each feature that matters, the strongest first.
///
/// `suspicion` is [`Attributions::suspicion`](super::shap::Attributions::suspicion), `places` is [`Context::places`](super::context::Context::places).
pub fn explanation(labels: &[Label], suspicion: &[f64], places: &[Place]) -> String {
    let sentences: Vec<String> = reasons(suspicion)
        .into_iter()
        .map(|feature| comparison(&labels[feature], &places[feature]))
        .collect();
    if sentences.is_empty() {
        "No single feature makes this row stand apart.".to_owned()
    } else {
        sentences.join(" ")
    }
}

/// Says how a value compares with those of all sessions.
pub fn comparison(label: &Label, place: &Place) -> String {
    let Label { name, unit } = label;
    if !place.value.is_finite() {
        return format!("{name} has no value.");
    }
    let mut text = format!(
        "{name} {} {}",
        quantity(place.value, *unit),
        standing(place)
    );
    if let Some(times) = times_median(place, *unit) {
        text.push_str(", ");
        text.push_str(&times);
    }
    if let Some(range) = place.normal.filter(|_| !place.is_in_normal_range()) {
        text.push_str("; ");
        text.push_str(&normal_range(range, place.value, *unit));
    }
    text.push('.');
    text
}

/// Says within which range the normal sessions lie, for a value outside of it.
fn normal_range((low, high): (f64, f64), value: f64, unit: Unit) -> String {
    let [low_text, high_text, value] = [low, high, value].map(|value| quantity(value, unit));
    let just = if value == low_text || value == high_text {
        "just outside: "
    } else {
        ""
    };
    if low == high {
        format!("{just}it is {low_text} in every normal session")
    } else {
        format!("{just}normal sessions lie between {low_text} and {high_text}")
    }
}

/// Where a value stands among all.
fn standing(place: &Place) -> String {
    let Place {
        n_rows,
        n_below,
        n_equal,
        n_near,
        ..
    } = *place;
    let n_above = place.n_above();
    let sessions = count(n_rows);
    match (n_below, n_above) {
        _ if n_rows <= 1 => "is the only value".to_owned(),
        (0, 0) => "is the value of every session".to_owned(),
        (_, 0) if n_equal == 1 => format!("is the largest of {sessions} sessions"),
        (0, _) if n_equal == 1 => format!("is the smallest of {sessions} sessions"),
        _ if n_equal * 10 >= n_rows => {
            format!("is shared by {} of sessions", percent(n_equal, n_rows))
        }
        _ if n_below * 4 >= n_rows * 3 => {
            format!("is above {} of sessions", percent(n_below, n_rows))
        }
        _ if n_above * 4 >= n_rows * 3 => {
            format!("is below {} of sessions", percent(n_above, n_rows))
        }
        // in the middle, but perhaps alone there
        _ if n_near == 1 => {
            "is far from others: no other session lies within 10 % of it".to_owned()
        }
        _ if n_near * 100 < n_rows => {
            format!(
                "is far from most: only {} of {sessions} sessions lie within 10 % of it",
                count(n_near)
            )
        }
        _ => format!(
            "is ordinary by itself, above {} of sessions",
            percent(n_below, n_rows)
        ),
    }
}

/// How a value compares with the median, where that says something.
fn times_median(place: &Place, unit: Unit) -> Option<String> {
    if place.n_rows <= 1 || place.value == place.median {
        return None;
    }
    let median = quantity(place.median, unit);
    match place.times_median() {
        None => Some(format!("where the median is {median}")),
        Some(times) if times >= 10.0 => Some(format!(
            "{} times the median",
            count(times.round() as usize)
        )),
        Some(times) if times >= 1.5 => Some(format!("{} times the median", significant(times, 2))),
        Some(times) if times > 0.0 && times <= 0.67 => {
            Some(format!("{} % of the median", significant(100.0 * times, 2)))
        }
        Some(0.0) => Some(format!("where the median is {median}")),
        Some(_) => None,
    }
}

/// Says what would clear a row; `None` says that nothing would.
pub fn clearance(labels: &[Label], row: &[f64], change: Option<&Counterfactual>) -> String {
    let Some(change) = change else {
        return "No change of a single feature would clear it.".to_owned();
    };
    let (label, own) = (&labels[change.feature], row[change.feature]);
    let (value, n_digits) = readable(change, own);
    format!(
        "It would not be flagged if {} were {} instead of {}.",
        label.name,
        in_unit(value, label.unit, n_digits),
        in_unit(own, label.unit, n_digits)
    )
}

/// Returns a value that clears the row too and has few digits, and how many.
fn readable(change: &Counterfactual, own: f64) -> (f64, usize) {
    let (low, high) = (
        change.value.min(change.until),
        change.value.max(change.until),
    );
    for n_digits in DIGITS..ALL_DIGITS {
        let own_shown = to_digits(own, n_digits);
        let fits = |&value: &f64| low <= value && value <= high && value != own_shown;
        let nearest = to_digits(change.value, n_digits);
        let away = (change.value - own).signum();
        let farther = to_digits(nearest + away * last_place(nearest, n_digits), n_digits);
        if let Some(value) = [nearest, farther].into_iter().find(fits) {
            return (value, n_digits);
        }
    }
    (change.value, ALL_DIGITS)
}

/// What the last of some digits counts; 0 for 0.
fn last_place(value: f64, n_digits: usize) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let exponent = value.abs().log10().floor() + 1.0 - n_digits as f64;
    10_f64.powf(exponent)
}

/// Says which features drive all flags, and to which of them the forest is blind.
pub fn drivers(labels: &[Label], importance: &Importance, blind: &[Blind]) -> Vec<String> {
    let mut order: Vec<usize> = (0..labels.len())
        .filter(|&feature| importance.share[feature] >= 0.005)
        .collect();
    order.sort_by(|&a, &b| importance.share[b].total_cmp(&importance.share[a]));
    let parts: Vec<String> = order
        .iter()
        .map(|&feature| {
            format!(
                "{} {} %",
                labels[feature].name,
                (100.0 * importance.share[feature]).round()
            )
        })
        .collect();
    let mut sentences = Vec::new();
    if !parts.is_empty() {
        sentences.push(format!(
            "What makes the flagged sessions stand apart: {}.",
            parts.join(", ")
        ));
    }
    for blind in blind {
        let unit = labels.iter().find(|label| label.name == blind.name);
        sentences.push(blindness(
            blind,
            unit.map_or(Unit::Plain, |label| label.unit),
        ));
    }
    sentences
}

/// Says of a feature that the forest does not see it, why, and what to try.
pub fn blindness(blind: &Blind, unit: Unit) -> String {
    let Blind {
        name,
        cause,
        is_scaled,
    } = blind;
    let number = |value: f64| quantity(value, unit);
    match *cause {
        BlindCause::Constant(value) => format!(
            "{name} is {} in every session: it carries no information.",
            number(value)
        ),
        BlindCause::Overflow { largest } => format!(
            "The forest sees nothing of {name}: with values as far out as {} its standard deviation is beyond any number, so \
             that no standardized value is one. Leave it out, or take its logarithm.",
            number(largest)
        ),
        BlindCause::TooLarge { largest } => format!(
            "The forest sees {name} wrongly: values as far out as {} are infinite in single precision, which ends at 3.4e38. {}.",
            number(largest),
            if *is_scaled || largest.abs() > CAN_BE_SQUARED {
                "Leave it out, or take its logarithm"
            } else {
                "Switch standardization on, leave it out, or take its logarithm"
            }
        ),
        BlindCause::TooClose { low, high } => {
            let why = if high - low > RESOLUTION && !is_scaled {
                "single precision, which keeps 7 digits, does not tell them apart"
            } else {
                "differences below 1e-7 are not seen"
            };
            let advice = if *is_scaled || high - low < 1.0 / CAN_BE_SQUARED {
                "Leave it out, or give it in another unit"
            } else {
                "Switch standardization on"
            };
            format!(
                "The forest sees nothing of {name}: all values lie between {} and {}, and {why}. {advice}.",
                number(low),
                number(high),
            )
        }
        BlindCause::Drowned {
            by,
            n_alike,
            low,
            high,
        } => format!(
            "A value of {} leaves {name} no room: beside it the forest cannot tell {} apart, which lie between {} and {}. {}.",
            number(by),
            match n_alike {
                1 => "1 session".to_owned(),
                n => format!("{} sessions", count(n as usize)),
            },
            number(low),
            number(high),
            match (*is_scaled, f64::from(high as f32) - f64::from(low as f32)) {
                (false, _) => "Give it in a smaller unit, or leave it out",
                (true, range) if range > RESOLUTION =>
                    "Take its logarithm (log1p), leave it out, or switch standardization off",
                (true, _) => "Take its logarithm (log1p), or leave it out",
            }
        ),
    }
}

/// Says of so many other seeds that none of them makes a session stand apart that does not by the own one.
pub fn silent_seeds(n_seeds: u32) -> String {
    let seeds = match n_seeds {
        0 => return String::new(),
        1 => "1 other seed".to_owned(),
        n => format!("{} other seeds", count(n as usize)),
    };
    format!("{seeds}: nothing stands out by any of them, as all scores are equal but for rounding.")
}

/// Says that not all suspicious sessions were looked at.
pub fn sampled(n: usize, n_flagged: usize) -> String {
    format!(
        "Measured on {} of the {} suspicious sessions, evenly spread over their ranks.",
        count(n),
        count(n_flagged)
    )
}

/// Names the features that make a row suspicious, the strongest first.
pub fn named(labels: &[Label], suspicion: &[f64]) -> String {
    let names: Vec<&str> = reasons(suspicion)
        .into_iter()
        .map(|feature| labels[feature].name.as_str())
        .collect();
    if names.is_empty() {
        "no single feature".to_owned()
    } else {
        names.join(", ")
    }
}

/// Writes an attribution with its sign and two decimals: "+2.31", "−0.40", "0.00".
pub fn signed(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    match text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        false => text,
        true if value < 0.0 => format!("−{text}"),
        true => format!("+{text}"),
    }
}

/// Says how a score comes about: lengths in edges, score and threshold as scikit-learn has them.
pub fn arithmetic(base: f64, mean_path_length: f64, score: f64, threshold: f64) -> String {
    let side = if is_anomaly(score, threshold) {
        "below"
    } else {
        "not below"
    };
    format!(
        "A session of which nothing is known takes {base:.2} splits to set apart; the features below take {} off, which \
         leaves {mean_path_length:.2}: a score of {score:.4}, {side} the threshold of {threshold:.4}.",
        signed(base - mean_path_length).trim_start_matches('+')
    )
}

/// Says that a session has the score of all others.
pub fn same_score(score: f64) -> String {
    format!("Its score of {score:.4} is that of every session, up to rounding.")
}

/// Says how far a session that is not suspicious is from being so.
pub fn distance(score: f64, threshold: f64) -> String {
    format!(
        "It is not flagged: its score of {score:.4} is {} above the threshold of {threshold:.4}.",
        to_digits(score - threshold, DIGITS)
    )
}

/// A value and how it compares with those of all sessions, for a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The value with its unit.
    pub value: String,
    /// Share of the sessions with a smaller value.
    pub above: String,
    /// How many times the median it is; a dash where that says nothing.
    pub times_median: String,
    /// The range of the sessions that are not flagged; a dash if there is none.
    pub normal: String,
}

/// Compares a value with those of all sessions, for a table.
pub fn compared(label: &Label, place: &Place) -> Comparison {
    let unit = label.unit;
    let dash = || "–".to_owned();
    let times = place.times_median().map(|times| {
        if times >= 10.0 {
            count(times.round() as usize)
        } else {
            significant(times, 2)
        }
    });
    let range = place.normal.map(|(low, high)| {
        let [low, high] = [low, high].map(|value| quantity(value, unit));
        if low == high {
            low
        } else {
            format!("{low} to {high}")
        }
    });
    Comparison {
        value: quantity(place.value, unit),
        above: percent(place.n_below, place.n_rows),
        times_median: times.unwrap_or_else(dash),
        normal: range.unwrap_or_else(dash),
    }
}

/// Says how often other seeds flag a row: "usually: flagged by 45 of 50 other seeds (90 %)".
pub fn frequency(stability: &Stability, position: usize) -> String {
    let n_seeds = stability.n_seeds();
    if n_seeds == 0 {
        return "not yet known".to_owned();
    }
    let n_flagged = stability.n_flagged(position);
    let name = Frequency::of(n_flagged, n_seeds).name();
    let share = percent(n_flagged as usize, n_seeds as usize);
    format!("{name}: flagged by {n_flagged} of {n_seeds} other seeds ({share})")
}

impl Frequency {
    /// Returns the class in a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Frequency::Always => "always",
            Frequency::Usually => "usually",
            Frequency::Sometimes => "sometimes",
            Frequency::ByChance => "by chance",
        }
    }
}

/// Says how often other seeds flag a row, for a table: "90 % usually"; nothing if no seed was tried.
pub fn frequency_in_short(stability: &Stability, position: usize) -> String {
    let Some(frequency) = stability.frequency(position) else {
        return String::new();
    };
    let n_flagged = stability.n_flagged(position) as usize;
    let share = percent(n_flagged, stability.n_seeds() as usize);
    format!("{share} {}", frequency.name())
}

/// Says how sure all flags are: `flagged` has the positions of the suspicious rows, `n_dependent` is
/// [`Stability::n_dependent`]; empty if no seed was tried.
pub fn sureness(stability: &Stability, flagged: &[u32], n_dependent: usize) -> String {
    let n_seeds = stability.n_seeds();
    if n_seeds == 0 {
        return String::new();
    }
    let classes = [
        Frequency::Always,
        Frequency::Usually,
        Frequency::Sometimes,
        Frequency::ByChance,
    ];
    let parts = classes.map(|class| {
        let is_in = |&&position: &&u32| stability.frequency(position as usize) == Some(class);
        format!(
            "{} {}",
            count(flagged.iter().filter(is_in).count()),
            class.name()
        )
    });
    format!(
        "{} other {}: of {} suspicious {}, they flag {}. {}",
        count(n_seeds as usize),
        if n_seeds == 1 { "seed" } else { "seeds" },
        count(flagged.len()),
        if flagged.len() == 1 {
            "session"
        } else {
            "sessions"
        },
        parts.join(", "),
        match n_dependent {
            0 => "No session depends on the seed.".to_owned(),
            1 => "1 session depends on the seed: some seeds flag it, others do not.".to_owned(),
            n => format!(
                "{} sessions depend on the seed: some seeds flag them, others do not.",
                count(n)
            ),
        }
    )
}

/// Says what more trees change: how many rows depend on the seed, among the other seeds alone.
pub fn more_trees(as_set: &Stability, more: &Stability, n_trees: u32) -> String {
    let (n_seeds, n_more) = (as_set.n_seeds(), more.n_seeds());
    let trees = count(stability::more_trees(n_trees) as usize);
    let depend = match more.n_dependent(None) {
        1 => "1 session depends".to_owned(),
        n => format!("{} sessions depend", count(n)),
    };
    if n_seeds == n_more {
        format!(
            "With {trees} trees instead of {}, {depend} on the seed instead of {}, among {} other seeds.",
            count(n_trees as usize),
            count(as_set.n_dependent(None)),
            count(n_seeds as usize)
        )
    } else {
        format!(
            "With {trees} trees, {depend} on the seed among {} other seeds.",
            count(n_more as usize)
        )
    }
}

/// Writes a number with its unit and at most three digits; whole seconds and whole plain numbers in full.
pub fn quantity(value: f64, unit: Unit) -> String {
    let is_whole = value.fract() == 0.0 && value.abs() < 1e15;
    match unit {
        Unit::Bytes if value.abs() < 1000.0 && is_whole => in_unit(value, unit, ALL_DIGITS),
        Unit::Bytes => in_unit(value, unit, DIGITS),
        Unit::Seconds | Unit::Plain if is_whole => in_unit(value, unit, ALL_DIGITS),
        Unit::Seconds | Unit::Plain => in_unit(value, unit, DIGITS),
    }
}

fn in_unit(value: f64, unit: Unit, n_digits: usize) -> String {
    let value = to_digits(value, n_digits);
    match unit {
        Unit::Plain => significant(value, n_digits),
        Unit::Seconds => format!("{} s", significant(value, n_digits)),
        Unit::Bytes => {
            let steps = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
            let (size, name) = steps
                .into_iter()
                .find(|&(size, _)| value.abs() >= size)
                .unwrap_or((1.0, "B"));
            format!("{} {name}", significant(value / size, n_digits))
        }
    }
}

/// Rounds to this many digits.
fn to_digits(value: f64, n_digits: usize) -> f64 {
    if n_digits >= ALL_DIGITS {
        return value;
    }
    format!("{value:.*e}", n_digits - 1)
        .parse()
        .unwrap_or(value)
}

/// Writes a number with this many digits at most, and thousands separated.
fn significant(value: f64, n_digits: usize) -> String {
    let value = to_digits(value, n_digits);
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{value:e}");
    }
    let text = format!("{size}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = crate::charts::format::format_count(whole.parse().unwrap_or(0));
    let sign = if value < 0.0 { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// Writes a share of a whole in percent, cut off after one decimal.
fn percent(part: usize, whole: usize) -> String {
    let tenths = part as u128 * 1000 / whole.max(1) as u128;
    match tenths {
        0 if part > 0 => "less than 0.1 %".to_owned(),
        _ if tenths.is_multiple_of(10) => format!("{} %", tenths / 10),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// Writes a count with its thousands separated.
fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::context::Context;
    use super::*;

    fn label(name: &str, unit: Unit) -> Label {
        Label {
            name: name.to_owned(),
            unit,
        }
    }

    fn compare(column: &[f64], is_flagged: &[bool], value: f64, unit: Unit) -> String {
        comparison(
            &label("x", unit),
            &Context::new(&[column], is_flagged).place(0, value),
        )
    }

    /// 1 to `n`, and one value far above.
    fn column(n: u32, top: f64) -> (Vec<f64>, Vec<bool>) {
        let values = (1..=n).map(f64::from).chain([top]).collect();
        (values, (0..=n).map(|i| i == n).collect())
    }

    #[test]
    fn quantities() {
        let bytes = |value| quantity(value, Unit::Bytes);
        assert_eq!(
            [
                0.0,
                12.0,
                999.0,
                1000.0,
                1_561_220.0,
                999_950.0,
                25_207_794_000.0,
                0.5,
                -2048.0
            ]
            .map(bytes),
            [
                "0 B", "12 B", "999 B", "1 kB", "1.56 MB", "1 MB", "25.2 GB", "0.5 B", "-2.05 kB"
            ]
        );
        let seconds = |value| quantity(value, Unit::Seconds);
        assert_eq!(
            [0.0, 600.0, 86_400.0, 0.01234, 12.345].map(seconds),
            ["0 s", "600 s", "86,400 s", "0.0123 s", "12.3 s"]
        );
        let plain = |value| quantity(value, Unit::Plain);
        assert_eq!(
            [
                443.0,
                -1_234_567.0,
                0.1 + 0.2,
                1234.5678,
                0.000_012_345,
                1e21
            ]
            .map(plain),
            ["443", "-1,234,567", "0.3", "1,230", "1.23e-5", "1e21"]
        );
    }

    #[test]
    fn percentages_are_cut_off() {
        assert_eq!(percent(9999, 10_000), "99.9 %");
        assert_eq!(percent(1, 2), "50 %");
        assert_eq!(percent(2, 3), "66.6 %");
        assert_eq!(percent(1, 1_000_000), "less than 0.1 %");
        assert_eq!(percent(0, 7), "0 %");
    }

    #[test]
    fn extremes() {
        let (mut values, mut flags) = column(1999, 57_000.0);
        assert_eq!(
            compare(&values, &flags, 57_000.0, Unit::Bytes),
            "x 57 kB is the largest of 2,000 sessions, 57 times the median; normal sessions lie between 1 B and 2 kB."
        );
        values.push(60_000.0);
        flags.push(true);
        assert_eq!(
            compare(&values, &flags, 57_000.0, Unit::Bytes),
            "x 57 kB is above 99.9 % of sessions, 57 times the median; normal sessions lie between 1 B and 2 kB."
        );
        assert_eq!(
            compare(&values, &flags, 1.0, Unit::Plain),
            "x 1 is the smallest of 2,001 sessions, 0.1 % of the median."
        );
        assert_eq!(
            compare(&values, &flags, 100.0, Unit::Plain),
            "x 100 is below 95 % of sessions, 10 % of the median."
        );
        assert_eq!(
            compare(&values, &flags, 1700.0, Unit::Plain),
            "x 1,700 is above 84.9 % of sessions, 1.7 times the median."
        );
    }

    #[test]
    fn medians_of_zero_ties_and_missing_values() {
        let mut values = vec![0.0; 90];
        values.extend([3.0; 9]);
        values.push(0.25);
        let flags: Vec<bool> = values.iter().map(|&value| value == 3.0).collect();
        assert_eq!(
            compare(&values, &flags, 3.0, Unit::Seconds),
            "x 3 s is above 91 % of sessions, where the median is 0 s; normal sessions lie between 0 s and 0.25 s."
        );
        assert_eq!(
            compare(&values, &flags, 0.0, Unit::Seconds),
            "x 0 s is shared by 90 % of sessions."
        );
        assert_eq!(
            compare(&values, &flags, f64::NAN, Unit::Seconds),
            "x has no value."
        );
        let close = [18_301_000.0, 18_302_000.0, 2.0];
        assert_eq!(
            compare(&close, &[false, true, false], 18_302_000.0, Unit::Bytes),
            "x 18.3 MB is the largest of 3 sessions; just outside: normal sessions lie between 2 B and 18.3 MB."
        );
        let normal = vec![5.0, 5.0, 5.0, 0.0];
        assert_eq!(
            compare(&normal, &[false, false, false, true], 0.0, Unit::Bytes),
            "x 0 B is the smallest of 4 sessions, where the median is 5 B; it is 5 B in every normal session."
        );
    }

    #[test]
    fn values_in_the_middle() {
        let values: Vec<f64> = (1..=100)
            .chain(1000..=1099)
            .map(f64::from)
            .chain([300.0])
            .collect();
        let flags: Vec<bool> = values.iter().map(|&value| value == 300.0).collect();
        assert_eq!(
            compare(&values, &flags, 300.0, Unit::Plain),
            "x 300 is far from others: no other session lies within 10 % of it."
        );
        assert_eq!(
            compare(&values, &flags, 1020.0, Unit::Plain),
            "x 1,020 is ordinary by itself, above 60.1 % of sessions, 3.4 times the median."
        );
    }

    #[test]
    fn few_rows() {
        assert_eq!(
            compare(&[3.0], &[false], 3.0, Unit::Plain),
            "x 3 is the only value."
        );
        assert_eq!(
            compare(&[3.0, 3.0], &[false; 2], 3.0, Unit::Plain),
            "x 3 is the value of every session."
        );
        assert_eq!(
            compare(&[3.0, 9.0], &[false, true], 9.0, Unit::Plain),
            "x 9 is the largest of 2 sessions, 1.5 times the median; it is 3 in every normal session."
        );
        assert_eq!(
            compare(&[3.0, 9.0], &[true, true], 9.0, Unit::Plain),
            "x 9 is the largest of 2 sessions, 1.5 times the median."
        );
    }

    #[test]
    fn only_what_matters_is_named() {
        assert_eq!(reasons(&[0.5, -1.0, 2.0, 0.1, 1.0, 0.9]), [2, 4, 5]);
        assert_eq!(reasons(&[0.1, 5.0]), [1]);
        assert!(reasons(&[0.0, -1.0]).is_empty());
        let labels = [
            label("bytes_in", Unit::Bytes),
            label("bytes_out", Unit::Bytes),
        ];
        let (values, flags) = column(999, 57_000.0);
        let context = Context::new(&[&values, &values], &flags);
        assert_eq!(
            explanation(&labels, &[0.5, 2.0], &context.places(&[900.0, 57_000.0])),
            "bytes_out 57 kB is the largest of 1,000 sessions, 114 times the median; normal sessions lie between 1 B and 999 B. \
             bytes_in 900 B is above 89.9 % of sessions, 1.8 times the median."
        );
        assert_eq!(
            explanation(&labels, &[0.0, 0.0], &context.places(&[1.0, 1.0])),
            "No single feature makes this row stand apart."
        );
    }

    #[test]
    fn what_would_clear_a_row() {
        let labels = [label("bytes_in", Unit::Bytes), label("port", Unit::Plain)];
        let change = |feature, value, until| Counterfactual {
            feature,
            value,
            until,
            score: -0.4,
            n_spreads: 1.0,
        };
        let say = |change: Counterfactual| clearance(&labels, &[1_561_220.0, 443.0], Some(&change));
        assert_eq!(
            say(change(0, 1_203_456.0, 1000.0)),
            "It would not be flagged if bytes_in were 1.2 MB instead of 1.56 MB."
        );
        assert_eq!(
            say(change(0, 1_208_456.0, 1000.0)),
            "It would not be flagged if bytes_in were 1.2 MB instead of 1.56 MB."
        );
        assert_eq!(
            say(change(0, 1_561_219.0, 1_561_215.0)),
            "It would not be flagged if bytes_in were 1.561219 MB instead of 1.56122 MB."
        );
        assert_eq!(
            say(change(1, 444.0, f64::INFINITY)),
            "It would not be flagged if port were 444 instead of 443."
        );
        assert_eq!(
            say(change(1, 80.0, 80.0)),
            "It would not be flagged if port were 80 instead of 443."
        );
        assert_eq!(
            say(change(1, 0.0, f64::NEG_INFINITY)),
            "It would not be flagged if port were 0 instead of 443."
        );
        assert_eq!(
            clearance(&labels, &[1.0, 2.0], None),
            "No change of a single feature would clear it."
        );
    }

    #[test]
    fn what_drives_all_flags() {
        let labels = [
            label("bytes_in", Unit::Bytes),
            label("duration_seconds", Unit::Seconds),
            label("bytes_out", Unit::Bytes),
        ];
        let importance =
            Importance::of(3, [[1.0, 0.0, 2.0].as_slice(), [0.5, 0.0, 1.0].as_slice()]);
        assert_eq!(
            drivers(
                &labels,
                &importance,
                &[Blind {
                    name: "duration_seconds".to_owned(),
                    cause: BlindCause::Constant(600.0),
                    is_scaled: true
                }]
            ),
            [
                "What makes the flagged sessions stand apart: bytes_out 67 %, bytes_in 33 %.",
                "duration_seconds is 600 s in every session: it carries no information."
            ]
        );
    }

    #[test]
    fn a_feature_that_is_not_seen_is_said_with_what_to_try() {
        let say = |cause, is_scaled| {
            let name = "bytes_in".to_owned();
            blindness(
                &Blind {
                    name,
                    cause,
                    is_scaled,
                },
                Unit::Plain,
            )
        };
        let drowned = BlindCause::Drowned {
            by: 9e15,
            n_alike: 199,
            low: 60.0,
            high: 60_000.0,
        };
        assert_eq!(
            say(drowned, true),
            "A value of 9e15 leaves bytes_in no room: beside it the forest cannot tell 199 sessions apart, which lie between 60 and 60,000. Take its logarithm (log1p), leave it out, or switch standardization off."
        );
        let (low, high) = (1e-8, 6.02e-8);
        assert_eq!(
            say(BlindCause::TooClose { low, high }, false),
            "The forest sees nothing of bytes_in: all values lie between 1e-8 and 6.02e-8, and differences below 1e-7 are not seen. Switch standardization on."
        );
        let (low, high) = (1_700_000_000.0, 1_700_000_060.0);
        assert_eq!(
            say(BlindCause::TooClose { low, high }, false),
            "The forest sees nothing of bytes_in: all values lie between 1,700,000,000 and 1,700,000,060, and single precision, which keeps 7 digits, does not tell them apart. Switch standardization on."
        );
        let tiny = BlindCause::Drowned {
            by: 5.0,
            n_alike: 99,
            low: 0.0,
            high: 1e-8,
        };
        assert!(say(tiny, true).ends_with("Take its logarithm (log1p), or leave it out."));
        assert!(say(tiny, false).ends_with("Give it in a smaller unit, or leave it out."));
        assert_eq!(
            say(BlindCause::Overflow { largest: -1.7e308 }, true),
            "The forest sees nothing of bytes_in: with values as far out as -1.7e308 its standard deviation is beyond any number, so that no standardized value is one. Leave it out, or take its logarithm."
        );
        assert_eq!(
            say(
                BlindCause::TooClose {
                    low: 0.0,
                    high: 1e-300
                },
                false
            ),
            "The forest sees nothing of bytes_in: all values lie between 0 and 1e-300, and differences below 1e-7 are not seen. Leave it out, or give it in another unit."
        );
        assert_eq!(
            say(BlindCause::TooLarge { largest: 1.8e40 }, false),
            "The forest sees bytes_in wrongly: values as far out as 1.8e40 are infinite in single precision, which ends at 3.4e38. Switch standardization on, leave it out, or take its logarithm."
        );
    }

    #[test]
    fn what_a_table_says() {
        let (values, flags) = column(999, 57_000.0);
        let context = Context::new(&[&values], &flags);
        let label = label("bytes_out", Unit::Bytes);
        let cells = |value| {
            let comparison = compared(&label, &context.place(0, value));
            [
                comparison.value,
                comparison.above,
                comparison.times_median,
                comparison.normal,
            ]
        };
        assert_eq!(cells(57_000.0), ["57 kB", "99.9 %", "114", "1 B to 999 B"]);
        assert_eq!(cells(1.0), ["1 B", "0 %", "0.002", "1 B to 999 B"]);
        let alone = Context::new(&[&[0.0]], &[true]).place(0, 0.0);
        let alone = compared(&label, &alone);
        assert_eq!(
            (alone.times_median.as_str(), alone.normal.as_str()),
            ("–", "–")
        );
    }

    #[test]
    fn large_numbers_are_whole() {
        assert_eq!(quantity(1.5e12, Unit::Plain), "1,500,000,000,000");
        assert_eq!(quantity(-5e9, Unit::Seconds), "-5,000,000,000 s");
    }

    #[test]
    fn numbers_with_their_sign() {
        let texts = [2.306, -0.4, 0.0, -0.001, 0.005_1].map(signed);
        assert_eq!(texts, ["+2.31", "−0.40", "0.00", "0.00", "+0.01"]);
        assert_eq!(
            arithmetic(14.204, 2.331, -0.85421, -0.54983),
            "A session of which nothing is known takes 14.20 splits to set apart; the features below take 11.87 off, which \
             leaves 2.33: a score of -0.8542, below the threshold of -0.5498."
        );
    }

    #[test]
    fn how_sure_all_flags_are() {
        let mut stability = Stability::new(5);
        assert_eq!(sureness(&stability, &[0, 1], 0), "");
        assert_eq!(frequency_in_short(&stability, 0), "");
        stability.add(&[0, 3]);
        assert_eq!(
            sureness(&stability, &[0], 1),
            "1 other seed: of 1 suspicious session, they flag 1 always, 0 usually, 0 sometimes, 0 by chance. \
             1 session depends on the seed: some seeds flag it, others do not."
        );
        stability.add(&[0, 1]);
        assert_eq!(
            sureness(&stability, &[0, 1, 2], 3),
            "2 other seeds: of 3 suspicious sessions, they flag 1 always, 1 usually, 0 sometimes, 1 by chance. \
             3 sessions depend on the seed: some seeds flag them, others do not."
        );
        assert_eq!(frequency_in_short(&stability, 1), "50 % usually");
        let mut more = Stability::new(5);
        more.add(&[0, 1]);
        assert_eq!(
            more_trees(&stability, &more, 100),
            "With 300 trees, 0 sessions depend on the seed among 1 other seeds."
        );
        more.add(&[0, 1]);
        assert_eq!(
            more_trees(&stability, &more, 4000),
            "With 10,000 trees instead of 4,000, 0 sessions depend on the seed instead of 2, among 2 other seeds."
        );
        assert_eq!(
            sampled(2000, 50_000),
            "Measured on 2,000 of the 50,000 suspicious sessions, evenly spread over their ranks."
        );
    }

    #[test]
    fn how_often_other_seeds_agree() {
        let mut stability = Stability::new(4);
        assert_eq!(frequency(&stability, 0), "not yet known");
        for flagged in [[0, 1].as_slice(), &[0, 1], &[0, 2], &[0]] {
            stability.add(flagged);
        }
        let texts: Vec<String> = (0..4).map(|row| frequency(&stability, row)).collect();
        assert_eq!(
            texts,
            [
                "always: flagged by 4 of 4 other seeds (100 %)",
                "usually: flagged by 2 of 4 other seeds (50 %)",
                "sometimes: flagged by 1 of 4 other seeds (25 %)",
                "by chance: flagged by 0 of 4 other seeds (0 %)"
            ]
        );
    }
}
