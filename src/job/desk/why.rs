//! Why rows are suspicious: what an explanation needs is built when it is first asked for, and kept with the forest.

use std::collections::HashMap;

use super::{Desk, Fitted, Scored};
use crate::explain::context::Context;
use crate::explain::counterfactual::{FeatureScale, counterfactuals};
use crate::explain::importance::Importance;
use crate::explain::shap::Explainer;
use crate::explain::words::{self, Label};
use crate::features::selection::Selection;
use crate::features::statistics::{Describe, describe};
use crate::job::{Driver, Drivers, Error, Explanation, Part, Reply};
use crate::table::Data;
use crate::table::name::{Meaning, meaning, words as words_of};
use crate::traffic::{DURATION, Role, Sessions};

/// Features of a row or a result that are listed.
const MAX_LISTED: usize = 40;

/// Suspicious rows up to which all are explained to find what drives the flags, by a forest of 100 trees.
const MAX_EXPLAINED: usize = 2000;

/// Rows that are explained at once: meanwhile the lead does nothing else.
const EXPLAINED_AT_ONCE: u32 = 200;

/// Rows that are put in the order of their scores at once, likewise.
const SORTED_AT_ONCE: usize = 1 << 18;

/// Values up to which they are sorted before anyone asks how a row's compare: it takes a fraction of a second, and 8 bytes
/// a value.
const MAX_SORTED_AHEAD: usize = 1 << 22;

/// What explanations need beside the forest.
#[derive(Debug)]
pub(super) struct Why {
    pub(super) explainer: Explainer,
    labels: Vec<Label>,
    scales: Vec<FeatureScale>,
    /// The values of all rows, with the threshold that their flags are of.
    context: Option<(f64, Context)>,
}

/// A result with everything that its explanation needs.
struct Explained<'a> {
    sessions: &'a Sessions,
    fitted: &'a Fitted,
    scored: &'a Scored,
    why: &'a Why,
}

impl Why {
    fn new(sessions: &Sessions, fitted: &Fitted, summaries: &mut HashMap<String, Describe>) -> Why {
        let names = &fitted.selection.names;
        let scale = |(feature, name): (usize, &String)| {
            let is_integer = is_integer(sessions, name);
            let describe = summary(sessions, name, summaries);
            let scale = match &fitted.scaler {
                Some(scaler) => FeatureScale::standardized(scaler, feature, is_integer),
                None => FeatureScale::raw(spread(&describe), is_integer),
            };
            let (low, high) = possible(sessions, name, &describe);
            scale.within(low, high)
        };
        Why {
            explainer: Explainer::new(&fitted.forest),
            scales: names.iter().enumerate().map(scale).collect(),
            labels: names.iter().map(|name| label(sessions, name)).collect(),
            context: None,
        }
    }

    /// Has the values of all rows at hand, with the flags of this threshold.
    fn compare(&mut self, sessions: &Sessions, selection: &Selection, scored: &Scored) {
        if self
            .context
            .as_ref()
            .is_some_and(|(threshold, _)| *threshold == scored.threshold)
        {
            return;
        }
        let columns: Vec<Vec<f64>> = (0..selection.names.len())
            .map(|feature| selection.column(sessions, feature))
            .collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let is_flagged: Vec<bool> = scored
            .scores
            .iter()
            .map(|&score| scored.is_below(score))
            .collect();
        let context = match self.context.take() {
            Some((_, mut context)) => {
                context.flag(&columns, &is_flagged);
                context
            }
            None => Context::new(&columns, &is_flagged),
        };
        self.context = Some((scored.threshold, context));
    }
}

fn is_integer(sessions: &Sessions, name: &str) -> bool {
    let column = sessions.table.find(name);
    let is_written_so = column.is_some_and(|column| match &sessions.table.columns[column].data {
        Data::Numbers(numbers) => numbers.are_integers(),
        _ => false,
    });
    is_written_so
        || sessions
            .numbers(name)
            .is_some_and(|series| series.are_whole())
}

/// The statistics of a feature; those that are known are not computed again.
fn summary(sessions: &Sessions, name: &str, summaries: &mut HashMap<String, Describe>) -> Describe {
    *summaries.entry(name.to_owned()).or_insert_with(|| {
        let series = sessions.numbers(name);
        describe(series.map_or_else(Vec::new, |series| series.to_numbers()))
    })
}

/// The values that a feature can have: those between the ends of its column, and no amount below 0 though the log has such.
fn possible(sessions: &Sessions, name: &str, describe: &Describe) -> (f64, f64) {
    let is_amount = sessions.table.find(name).is_none() || is_amount(name);
    let low = if is_amount && describe.max >= 0.0 {
        describe.min.max(0.0)
    } else {
        describe.min
    };
    if low <= describe.max {
        (low, describe.max)
    } else {
        // no row has a value
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}

/// Whether a name says that a column holds sizes, counts or durations, of which none is below 0 unless it is a difference.
fn is_amount(name: &str) -> bool {
    let is_difference = |word: &String| {
        ["delta", "diff", "difference", "change", "offset", "skew"].contains(&word.as_str())
    };
    meaning(name) == Some(Meaning::Quantity) && !words_of(name).iter().any(is_difference)
}

/// The standard deviation of a feature; 1 if it has none.
fn spread(describe: &Describe) -> f64 {
    let std = describe.std;
    if std > 0.0 && std.is_finite() {
        std
    } else {
        1.0
    }
}

fn label(sessions: &Sessions, name: &str) -> Label {
    let role = sessions
        .table
        .find(name)
        .and_then(|column| sessions.roles.of(column));
    let unit = match role {
        Some(Role::BytesIn | Role::BytesOut) => words::Unit::Bytes,
        _ if name == DURATION => words::Unit::Seconds,
        _ => words::Unit::Plain,
    };
    Label {
        name: name.to_owned(),
        unit,
    }
}

/// Whether the values of all rows must be at hand.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Need {
    Attributions,
    Comparisons,
}

/// Builds what is not there yet.
pub(super) fn prepare(desk: &mut Desk, need: Need) -> Result<(), Error> {
    let (Some(sessions), Some(fitted), Some(scored)) =
        (&desk.sessions, &mut desk.fitted, &desk.scored)
    else {
        return Err(Error::protocol("nothing is scored"));
    };
    let mut why = fitted
        .why
        .take()
        .unwrap_or_else(|| Box::new(Why::new(sessions, fitted, &mut desk.summaries)));
    if need == Need::Comparisons {
        why.compare(sessions, &fitted.selection, scored);
    }
    fitted.why = Some(why);
    Ok(())
}

fn explained(desk: &mut Desk, need: Need) -> Result<Explained<'_>, Error> {
    prepare(desk, need)?;
    let (Some(sessions), Some(fitted), Some(scored)) = (&desk.sessions, &desk.fitted, &desk.scored)
    else {
        return Err(Error::protocol("nothing is scored"));
    };
    let why = fitted.why.as_ref().expect("it was prepared just now");
    Ok(Explained {
        sessions,
        fitted,
        scored,
        why,
    })
}

/// Names the features that make suspicious rows stand apart.
#[inline(never)]
pub(super) fn reasons(desk: &mut Desk, rows: &[u32]) -> Result<Reply, Error> {
    let explained = explained(desk, Need::Attributions)?;
    let flagged = |&row: &u32| {
        let position = explained.fitted.selection.position(row);
        position.filter(|&position| explained.is_flagged(position))
    };
    let positions: Vec<u32> = rows.iter().filter_map(flagged).collect();
    let mut suspicions = explained.suspicions(&positions).into_iter();
    let named = |row| match flagged(row).and_then(|_| suspicions.next()) {
        Some(suspicion) => words::named(&explained.why.labels, &suspicion),
        None => String::new(),
    };
    Ok(Reply::Reasons(rows.iter().map(named).collect()))
}

/// Explains suspicious rows in full.
#[inline(never)]
pub(super) fn explain(desk: &mut Desk, first: u32, n: u32) -> Result<Reply, Error> {
    let explained = explained(desk, Need::Comparisons)?;
    let positions = window(&explained.scored.flagged, first, n);
    let suspicions = explained.suspicions(positions);
    let rows = (first..).zip(positions).zip(&suspicions);
    Ok(Reply::Explained(
        rows.map(|((rank, &position), suspicion)| explained.row(rank, position, suspicion))
            .collect(),
    ))
}

/// Explains any scored rows in full.
#[inline(never)]
pub(super) fn explain_rows(desk: &mut Desk, rows: &[u32]) -> Result<Reply, Error> {
    let explained = explained(desk, Need::Comparisons)?;
    let selection = &explained.fitted.selection;
    let positions: Vec<u32> = rows
        .iter()
        .filter_map(|&row| selection.position(row))
        .collect();
    let suspicions = explained.suspicions(&positions);
    let rows = positions.iter().zip(&suspicions);
    Ok(Reply::Explained(
        rows.map(|(&position, suspicion)| {
            explained.row(explained.rank(position), position, suspicion)
        })
        .collect(),
    ))
}

/// Says what drives the flags, once enough rows are explained and all are in their order: a few for each time it is asked.
#[inline(never)]
pub(super) fn importance(desk: &mut Desk) -> Result<Reply, Error> {
    let fitted = desk.fitted.as_ref();
    let n_values = fitted.map_or(0, |fitted| {
        fitted.selection.rows.len() * fitted.selection.names.len()
    });
    let need = if n_values <= MAX_SORTED_AHEAD {
        Need::Comparisons
    } else {
        Need::Attributions
    };
    let mut suspicions = match &mut desk.scored {
        Some(scored) => {
            // the next threshold finds more rows in their order
            let n_sorted = scored.ranking.in_order().len();
            let n_wanted = n_sorted.saturating_add(SORTED_AT_ONCE);
            scored.ranking.sort_first(&scored.scores, n_wanted);
            std::mem::take(&mut scored.sample)
        }
        None => Vec::new(),
    };
    let explained = explained(desk, need)?;
    let sample = explained.sample();
    let next = window(&sample, suspicions.len() as u32, EXPLAINED_AT_ONCE);
    suspicions.extend(explained.suspicions(next));
    let is_ranked = explained.scored.ranking.in_order().len() == explained.scored.scores.len();
    let is_done = is_ranked && suspicions.len() == sample.len();
    let drivers = is_done.then(|| Box::new(explained.drivers(&suspicions)));
    if let Some(scored) = &mut desk.scored {
        scored.sample = suspicions;
    }
    Ok(Reply::Importance(drivers))
}

/// Why rows are suspicious, in words alone.
pub(super) struct Sentences {
    /// Of each suspicious row, most suspicious first.
    pub(super) rows: Vec<String>,
    /// Of the whole result.
    pub(super) drivers: Vec<String>,
}

/// Says why the first suspicious rows are, and what drives the flags.
pub(super) fn sentences(desk: &mut Desk, n: u32) -> Result<Sentences, Error> {
    let explained = explained(desk, Need::Comparisons)?;
    let positions = window(&explained.scored.flagged, 0, n);
    let sentence = |(&position, suspicion): (&u32, &Vec<f64>)| {
        let places = explained.context().places(&explained.values(position));
        words::explanation(&explained.why.labels, suspicion, &places)
    };
    let suspicions = explained.suspicions(positions);
    Ok(Sentences {
        rows: positions.iter().zip(&suspicions).map(sentence).collect(),
        drivers: explained
            .drivers(&explained.suspicions(&explained.sample()))
            .sentences,
    })
}

/// The part of a list that was asked for.
fn window(list: &[u32], first: u32, n: u32) -> &[u32] {
    let first = (first as usize).min(list.len());
    let end = first.saturating_add(n as usize).min(list.len());
    &list[first..end]
}

impl Explained<'_> {
    fn suspicions(&self, positions: &[u32]) -> Vec<Vec<f64>> {
        let Fitted {
            selection, scaler, ..
        } = self.fitted;
        let matrix = selection.matrix_of(self.sessions, scaler.as_ref(), positions);
        let attributions = self.why.explainer.explain(matrix.all_rows());
        (0..positions.len())
            .map(|row| attributions.suspicion(row))
            .collect()
    }

    fn context(&self) -> &Context {
        let (_, context) = self.why.context.as_ref().expect("it was prepared");
        context
    }

    /// The values of a row in their own units.
    fn values(&self, position: u32) -> Vec<f64> {
        let selection = &self.fitted.selection;
        let row = selection.rows[position as usize] as usize;
        let value = |name: &String| {
            let series = self.sessions.numbers(name);
            series.map_or(f64::NAN, |series| series.number(row))
        };
        selection.names.iter().map(value).collect()
    }

    fn is_flagged(&self, position: u32) -> bool {
        self.scored.is_below(self.scored.scores[position as usize])
    }

    /// How many scored rows are more suspicious; of equal ones those that stand before it in the file.
    fn rank(&self, position: u32) -> u32 {
        let scores = &self.scored.scores;
        let own = scores[position as usize];
        let before = |&(other, score): &(usize, &f64)| {
            *score < own || (*score == own && other < position as usize)
        };
        scores.iter().enumerate().filter(before).count() as u32
    }

    /// Says what would clear a suspicious row, or how far another one is from being suspicious.
    fn clearance(&self, position: u32, values: &[f64]) -> String {
        let (score, threshold) = (self.scored.scores[position as usize], self.scored.threshold);
        if !self.is_flagged(position) {
            return words::distance(score, threshold);
        }
        let changes = counterfactuals(&self.fitted.forest, values, &self.why.scales, threshold);
        words::clearance(&self.why.labels, values, changes.first())
    }

    fn row(&self, rank: u32, position: u32, suspicion: &[f64]) -> Explanation {
        let (labels, base) = (&self.why.labels, self.why.explainer.base());
        let values = self.values(position);
        let places = self.context().places(&values);
        let score = self.scored.scores[position as usize];
        let mean_path_length = base - suspicion.iter().sum::<f64>();
        let (order, bars) = bars(suspicion);
        let part = |&feature: &usize| Part {
            name: labels[feature].name.clone(),
            suspicion: suspicion[feature],
            suspicion_text: words::signed(suspicion[feature]),
            bar: bars[feature],
            comparison: words::compared(&labels[feature], &places[feature]),
        };
        let (reasons, clearance, arithmetic) = match &self.scored.silence {
            Some(silence) => (silence.text(), words::same_score(score), String::new()),
            None => (
                words::explanation(labels, suspicion, &places),
                self.clearance(position, &values),
                words::arithmetic(base, mean_path_length, score, self.scored.threshold),
            ),
        };
        Explanation {
            rank,
            score,
            base,
            mean_path_length,
            reasons,
            clearance,
            arithmetic,
            n_unlisted: n_unlisted(labels),
            parts: order.iter().take(MAX_LISTED).map(part).collect(),
        }
    }

    /// The suspicious rows that stand for all of them: the same ones every time.
    fn sample(&self) -> Vec<u32> {
        let flagged = &self.scored.flagged;
        // a row costs time in proportion to the trees
        let n_trees = self.fitted.forest.trees().len();
        let n = (MAX_EXPLAINED * 100 / n_trees)
            .clamp(MAX_EXPLAINED / 20, MAX_EXPLAINED)
            .min(flagged.len());
        (0..n).map(|i| flagged[i * flagged.len() / n]).collect()
    }

    /// Says what drives the flags, given the suspicions of the sample.
    fn drivers(&self, suspicions: &[Vec<f64>]) -> Drivers {
        let (flagged, n) = (&self.scored.flagged, suspicions.len());
        let labels = &self.why.labels;
        let importance = Importance::of(labels.len(), suspicions.iter().map(Vec::as_slice));
        let blind = self.fitted.blind.as_deref().unwrap_or_default();
        let mut sentences = words::drivers(labels, &importance, blind);
        if let Some(silence) = &self.scored.silence {
            sentences.insert(0, silence.text());
        }
        if n < flagged.len() {
            sentences.push(words::sampled(n, flagged.len()));
        }
        let (order, bars) = bars(&importance.mean);
        let driver = |&feature: &usize| Driver {
            name: labels[feature].name.clone(),
            mean: importance.mean[feature],
            mean_text: words::signed(importance.mean[feature]),
            bar: bars[feature],
        };
        let listed = if flagged.is_empty() { 0 } else { MAX_LISTED };
        Drivers {
            sentences,
            features: order.iter().take(listed).map(driver).collect(),
            n_explained: n as u32,
        }
    }
}

fn n_unlisted(labels: &[Label]) -> u32 {
    labels.len().saturating_sub(MAX_LISTED) as u32
}

/// The features by the size of their values, and the length of each one's bar.
fn bars(values: &[f64]) -> (Vec<usize>, Vec<f64>) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
    let largest = order.first().map_or(0.0, |&feature| values[feature].abs());
    let bar = |&value: &f64| {
        if largest > 0.0 {
            100.0 * value / largest
        } else {
            0.0
        }
    };
    (order, values.iter().map(bar).collect())
}
