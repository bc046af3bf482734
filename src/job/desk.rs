//! What a worker does with a request.

mod attribute;
mod look;
mod refit;
mod sessions;
mod warm_up;
mod why;
mod write;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde_bytes::ByteBuf;

use super::comparison::{History, Outcome};
use super::{Error, FlaggedRow, Progress, ReadRange, Reply, Request, RowShard, Settings};
use crate::export::anonymise::{Anonymiser, Key};
use crate::export::{self, Analysis, Manner};
use crate::features::blind::{self, Blind, Scaling};
use crate::features::selection::Selection;
use crate::features::statistics::{Describe, describe};
use crate::features::{Matrix, StandardScaler};
use crate::filter::{AllowList, Known};
use crate::forest::{self, Contamination, Forest};
use crate::report::{
    Backdrop, FeatureSummary, Field, Lens, MetricsReport, Ranking, Report, Scoring, Silence,
    Standing, Ties,
};
use crate::source::{self, Input, RowReader};
use crate::table::{Assembly, Schema, Shard};
use crate::traffic::{ColumnChoices, Label, Role, Sessions};
use refit::Refits;
use why::Why;

/// What a worker holds between two requests.
#[derive(Debug, Default)]
pub struct Desk {
    assembly: Option<Assembly>,
    /// The parts of columns that somebody chose.
    roles: BTreeMap<String, Option<Role>>,
    sessions: Option<Sessions>,
    backdrop: Option<Backdrop>,
    /// Statistics of columns that were features, by name: they do not change with the forest.
    summaries: HashMap<String, Describe>,
    fitted: Option<Fitted>,
    scored: Option<Scored>,
    /// What was found out for the last pictures.
    lens: Lens,
    /// What other seeds flagged.
    refits: Option<Refits>,
    /// The table of sessions as it was asked for last.
    listing: sessions::Listing,
    /// Rows that a helper fits with other seeds.
    kept: Option<Matrix>,
    /// The result before; it outlives a second reading of the same file.
    history: History,
}

#[derive(Debug)]
struct Fitted {
    settings: Settings,
    selection: Selection,
    scaler: Option<StandardScaler>,
    forest: Forest,
    /// The scores of all rows as far as they are here, NaN for other rows; empty again once they are reported.
    scores: Vec<f64>,
    /// The features to which the forest is blind; found with the first report.
    blind: Option<Vec<Blind>>,
    /// Built when it is first asked for.
    why: Option<Box<Why>>,
    /// By how much each feature makes each scored row suspicious, row-major, as far as helpers told; NaN for other rows, and
    /// empty as long as nobody asked for a file with all of them.
    suspicions: Vec<f64>,
}

#[derive(Debug)]
struct Scored {
    scores: Vec<f64>,
    ranking: Ranking,
    allow_list: AllowList,
    field: Field,
    standing: Standing,
    threshold: f64,
    /// Positions of the suspicious rows, the most suspicious first.
    flagged: Vec<u32>,
    /// [`Scoring::known`].
    known: Vec<u32>,
    /// Why nothing stands out, if so: then no row is among the suspicious.
    silence: Option<Silence>,
    /// The suspicions of the first rows of the sample that tells what drives the flags.
    sample: Vec<Vec<f64>>,
    /// What was measured last: of it only the flags change with the threshold.
    metrics: Option<MetricsReport>,
}

impl Scored {
    /// Whether a score makes a row suspicious, or known.
    fn is_below(&self, score: f64) -> bool {
        self.silence.is_none() && forest::is_anomaly(score, self.threshold)
    }

    /// Puts all rows in the order of their scores.
    fn rank_all(&mut self) {
        self.ranking.sort_first(&self.scores, usize::MAX);
    }
}

impl Desk {
    fn sessions(&self) -> Result<&Sessions, Error> {
        self.sessions
            .as_ref()
            .ok_or_else(|| Error::protocol("no log is open"))
    }

    fn fitted(&self) -> Result<&Fitted, Error> {
        self.fitted
            .as_ref()
            .ok_or_else(|| Error::protocol("no forest is grown"))
    }

    fn fitted_mut(&mut self) -> Result<&mut Fitted, Error> {
        self.fitted
            .as_mut()
            .ok_or_else(|| Error::protocol("no forest is grown"))
    }

    /// Prepares for another forest, or another reading of the file.
    fn leave_forest(&mut self) {
        if let (Some(sessions), Some(Fitted { selection, .. })) = (&self.sessions, &self.fitted) {
            let row = |position: u32| selection.rows[position as usize] as usize;
            self.history
                .leave_forest(|position| sessions.table.line(row(position)));
        }
    }

    fn analysis(&self) -> Result<Analysis<'_>, Error> {
        let (Some(fitted), Some(scored)) = (&self.fitted, &self.scored) else {
            return Err(Error::protocol("nothing is scored"));
        };
        Ok(Analysis {
            sessions: self.sessions()?,
            selection: &fitted.selection,
            scaler: fitted.scaler.as_ref(),
            scoring: Scoring {
                scores: &scored.scores,
                ranking: &scored.ranking,
                threshold: scored.threshold,
                known: &scored.known,
            },
        })
    }
}

/// Answers one request; `tell` gets the replies that come before the last one.
///
/// What it calls is never inlined: a browser compiles a function as a whole, and this one would take it a second.
///
/// # Errors
/// See [`Error`]. The desk keeps what it held before a request that failed, except that `Open` empties it first.
#[inline(never)]
pub fn run(
    desk: &mut Desk,
    request: Request,
    input: &mut dyn Input,
    tell: &mut dyn FnMut(Reply),
) -> Result<Reply, Error> {
    match request {
        Request::Open {
            drop_duplicates,
            columns,
        } => open(desk, drop_duplicates, columns, input),
        Request::Read(range) => read(&range, input),
        Request::Absorb { shard, end } => absorb(desk, *shard, end),
        Request::Close => close(desk),
        Request::Fit { settings, n_shards } => fit(desk, &settings, n_shards, tell),
        Request::Score { forest, rows } => score(&forest, &rows, tell),
        Request::Prepare => prepare(desk),
        Request::KeepScores { first, scores } => keep_scores(desk, first, &scores),
        Request::Report {
            contamination,
            label,
            is_moving,
            known,
        } => {
            let wanted = Wanted {
                contamination,
                label: label.as_ref(),
                is_moving,
                known: &known,
            };
            report(desk, wanted)
        }
        Request::Look(query) => look::look(desk, &query),
        Request::Sessions {
            conditions,
            zone,
            order,
            first,
            n,
            find,
        } => {
            let asked = sessions::Asked {
                conditions,
                zone,
                order,
            };
            sessions::sessions(desk, asked, first, n, find, input)
        }
        Request::Flagged { first, n } => flagged(desk, first, n, input),
        Request::WarmUp => warm_up::warm_up(input),
        Request::Digest => digest(input, tell),
        Request::Export {
            file,
            guard,
            with_explanations,
            key,
            cover,
        } => {
            if with_explanations {
                why::prepare(desk, why::Need::Attributions)?;
            }
            if let Some(scored) = &mut desk.scored
                && (with_explanations || file == export::File::Scored)
            {
                scored.rank_all();
            }
            let anonymiser = key.as_ref().map(Anonymiser::new);
            if file == export::File::Report {
                let cover =
                    cover.ok_or_else(|| Error::protocol("a report without what the page knows"))?;
                return write::report(desk, &cover, anonymiser.as_ref(), input, tell);
            }
            let manner = Manner {
                guard,
                anonymiser: anonymiser.as_ref(),
            };
            write::table(desk, file, manner, with_explanations, input, tell)
        }
        Request::Key { pass_phrase } => Ok(Reply::Key(Key::from_pass_phrase(&pass_phrase))),
        Request::Reasons { rows } => why::reasons(desk, &rows),
        Request::Explain { first, n } => why::explain(desk, first, n),
        Request::ExplainRows { rows } => why::explain_rows(desk, &rows),
        Request::Importance => why::importance(desk),
        Request::Rows { first, n } => refit::rows(desk, first, n),
        Request::Keep {
            rows,
            n_features,
            first,
        } => refit::keep(desk, &rows, n_features, first),
        Request::Refit { params, seed } => refit::refit(desk, &params, seed),
        Request::ToAttribute { first, n } => attribute::to_attribute(desk, first, n),
        Request::Attribute { forest, rows } => attribute::attribute(&forest, &rows),
        Request::KeepAttributed { first, suspicions } => attribute::keep(desk, first, &suspicions),
        Request::Sureness { other, rows } => refit::sureness(desk, other, &rows),
    }
}

#[inline(never)]
fn digest(input: &mut dyn Input, tell: &mut dyn FnMut(Reply)) -> Result<Reply, Error> {
    let total = input.size();
    let sha256 = source::sha256(input, &mut |done| {
        tell(Reply::Progress(Progress {
            done,
            total,
            n_rows: 0,
        }));
    })?;
    Ok(Reply::Digest { sha256 })
}

#[inline(never)]
fn open(
    desk: &mut Desk,
    drop_duplicates: bool,
    columns: ColumnChoices,
    input: &mut dyn Input,
) -> Result<Reply, Error> {
    desk.history = std::mem::take(&mut desk.history).of_file(input.size());
    desk.leave_forest();
    *desk = Desk {
        history: std::mem::take(&mut desk.history),
        ..Desk::default()
    };
    let schema = Schema::read_as_chosen(input, &columns.readings, columns.has_header)?;
    desk.roles = columns.roles;
    let for_readers = Schema {
        reasons: Vec::new(),
        ..schema.clone()
    };
    desk.assembly = Some(Assembly::new(schema, drop_duplicates, input.size()));
    Ok(Reply::Opened(for_readers))
}

#[inline(never)]
fn read(range: &ReadRange, input: &mut dyn Input) -> Result<Reply, Error> {
    let schema = range.schema(input)?;
    Ok(Reply::Read(Box::new(
        range.reader(&schema, input).finish()?,
    )))
}

#[inline(never)]
fn absorb(desk: &mut Desk, shard: Shard, end: u64) -> Result<Reply, Error> {
    let assembly = desk
        .assembly
        .as_mut()
        .ok_or_else(|| Error::protocol("no log is open"))?;
    let absorbed = assembly.absorb(shard, end)?;
    Ok(Reply::Absorbed {
        absorbed,
        n_rows: assembly.n_read(),
    })
}

#[inline(never)]
fn close(desk: &mut Desk) -> Result<Reply, Error> {
    let assembly = desk
        .assembly
        .take()
        .ok_or_else(|| Error::protocol("no log is open"))?;
    let sessions = desk
        .sessions
        .insert(Sessions::as_chosen(assembly.finish()?, &desk.roles));
    Ok(Reply::Closed(Box::new(sessions.overview())))
}

#[inline(never)]
fn fit(
    desk: &mut Desk,
    settings: &Settings,
    n_shards: usize,
    tell: &mut dyn FnMut(Reply),
) -> Result<Reply, Error> {
    desk.leave_forest();
    if let Some(sessions) = &mut desk.sessions {
        sessions.keep_only(&settings.features);
    }
    let sessions = desk.sessions()?;
    let selection = Selection::choose(sessions, &settings.features)?;
    let params = settings
        .params
        .check(selection.rows.len(), selection.names.len())?;
    let (rows, scaler) = selection.encode(sessions, settings.scale, n_shards);
    let forest = Forest::fit_to_drawn(
        &params,
        |drawn| Cow::Owned(rows.gather(drawn)),
        &mut |done, total| {
            tell(Reply::Progress(Progress {
                done: done as u64,
                total: total as u64,
                n_rows: 0,
            }));
        },
    );
    let n_rows = selection.rows.len() as u64;
    let shards = rows.into_shards().map(|(first, rows)| RowShard {
        first: first as u64,
        rows: ByteBuf::from(rows),
    });
    let bytes = forest.to_bytes();
    desk.fitted = Some(Fitted {
        settings: settings.clone(),
        selection,
        scaler,
        forest,
        scores: Vec::new(),
        blind: None,
        why: None,
        suspicions: Vec::new(),
    });
    desk.scored = None;
    desk.refits = None;
    desk.listing = sessions::Listing::default();
    Ok(Reply::Fitted {
        forest: ByteBuf::from(bytes),
        shards: shards.collect(),
        n_rows,
    })
}

#[inline(never)]
fn score(forest: &[u8], rows: &[u8], tell: &mut dyn FnMut(Reply)) -> Result<Reply, Error> {
    let (forest, matrix) = forest_and_rows(forest, rows)?;
    let scores = forest.score_samples_with_progress(matrix.all_rows(), &mut |done, total| {
        tell(Reply::Progress(Progress {
            done: done as u64,
            total: total as u64,
            n_rows: 0,
        }));
    });
    let mut bytes = vec![0; scores.len() * 8];
    for (place, score) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(scores) {
        *place = score.to_le_bytes();
    }
    Ok(Reply::Scored {
        scores: ByteBuf::from(bytes),
    })
}

fn forest_and_rows(forest: &[u8], rows: &[u8]) -> Result<(Forest, Matrix), Error> {
    let forest = Forest::from_bytes(forest).map_err(|error| Error::protocol(error.to_string()))?;
    let matrix = Matrix::from_le_bytes(rows, forest.n_features())
        .map_err(|error| Error::protocol(error.to_string()))?;
    Ok((forest, matrix))
}

/// Does what a report needs beside the scores.
#[inline(never)]
fn prepare(desk: &mut Desk) -> Result<Reply, Error> {
    let sessions = desk
        .sessions
        .as_ref()
        .ok_or_else(|| Error::protocol("no log is open"))?;
    let Fitted { selection, .. } = desk
        .fitted
        .as_ref()
        .ok_or_else(|| Error::protocol("no forest is grown"))?;
    desk.backdrop
        .get_or_insert_with(|| Backdrop::build(sessions));
    summarize(sessions, &selection.names, &mut desk.summaries);
    Ok(Reply::Prepared)
}

/// The report that is wanted: see [`Request::Report`].
struct Wanted<'a> {
    contamination: Contamination,
    label: Option<&'a Label>,
    is_moving: bool,
    known: &'a [Known],
}

#[inline(never)]
fn keep_scores(desk: &mut Desk, first: u64, scores: &[u8]) -> Result<Reply, Error> {
    let fitted = desk.fitted_mut()?;
    let (numbers, _) = scores.as_chunks::<8>();
    let is_score = |bytes: &[u8; 8]| (-1.0..=0.0).contains(&f64::from_le_bytes(*bytes));
    if !numbers.iter().all(is_score) {
        return Err(Error::protocol("a score outside of [-1, 0]"));
    }
    keep_values(
        &mut fitted.scores,
        fitted.selection.rows.len(),
        first,
        scores,
    )?;
    Ok(Reply::Kept)
}

/// Puts little-endian numbers in their place among so many, of which those that are not known yet are NaN.
fn keep_values(values: &mut Vec<f64>, n: usize, first: u64, bytes: &[u8]) -> Result<(), Error> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    let range = usize::try_from(first)
        .ok()
        .and_then(|first| Some(first..first.checked_add(numbers.len())?))
        .filter(|range| range.end <= n && rest.is_empty())
        .ok_or_else(|| Error::protocol("values of rows that do not exist"))?;
    values.resize(n, f64::NAN);
    for (value, bytes) in values[range].iter_mut().zip(numbers) {
        *value = f64::from_le_bytes(*bytes);
    }
    Ok(())
}

#[inline(never)]
fn report(desk: &mut Desk, wanted: Wanted<'_>) -> Result<Reply, Error> {
    let sessions = desk
        .sessions
        .as_ref()
        .ok_or_else(|| Error::protocol("no log is open"))?;
    let Fitted {
        selection,
        settings,
        scores: new_scores,
        scaler,
        blind,
        ..
    } = desk
        .fitted
        .as_mut()
        .ok_or_else(|| Error::protocol("no forest is grown"))?;
    if new_scores.iter().any(|score| score.is_nan()) {
        return Err(Error::protocol("not every row is scored"));
    }
    let new_scores = std::mem::take(new_scores);
    let backdrop = desk
        .backdrop
        .get_or_insert_with(|| Backdrop::build(sessions));
    let begin = |scores: &[f64], ranking: &Ranking| {
        let allow_list = AllowList::build(sessions, wanted.known);
        let field = Field::build(sessions, selection, scores, &allow_list);
        let standing = Standing::new(sessions, selection, scores, ranking, backdrop);
        (allow_list, field, standing)
    };
    let (scores, mut ranking, (allow_list, field, mut standing), known_metrics) =
        if new_scores.is_empty() {
            let scored = desk.scored.take();
            let scored = scored.ok_or_else(|| Error::protocol("nothing is scored"))?;
            desk.lens.forget_verdicts();
            let going_on = if scored.allow_list.is_of(wanted.known) {
                (scored.allow_list, scored.field, scored.standing)
            } else {
                begin(&scored.scores, &scored.ranking)
            };
            (scored.scores, scored.ranking, going_on, scored.metrics)
        } else {
            desk.lens.forget_scores();
            let ranking = Ranking::of(&new_scores);
            let begun = begin(&new_scores, &ranking);
            (new_scores, ranking, begun, None)
        };
    desk.listing.forget_result();
    let at = |index: usize| {
        ranking.sort_first(&scores, index + 1);
        scores[ranking.in_order()[index] as usize]
    };
    let threshold = forest::threshold_by(scores.len(), wanted.contamination, at);
    ranking.sort_up_to(&scores, threshold);
    let summary = summarize(sessions, &selection.names, &mut desk.summaries);
    let blind = blind.get_or_insert_with(|| {
        let scaler = scaler.as_ref();
        find_blind(sessions, selection, scaler, &summary)
    });
    let silence = Silence::of(&scores, &ranking, threshold, blind, selection.names.len());
    let ties = match silence {
        Some(_) => None,
        None => {
            let is_below =
                |&position: &u32| forest::is_anomaly(scores[position as usize], threshold);
            let n_below = ranking.in_order().partition_point(is_below);
            Ties::find(
                &scores,
                &mut ranking,
                wanted.contamination,
                threshold,
                n_below,
            )
        }
    };
    let scoring = Scoring {
        scores: &scores,
        ranking: &ranking,
        threshold: match silence {
            Some(_) => f64::NEG_INFINITY,
            None => threshold,
        },
        known: &[],
    };
    standing.follow(sessions, selection, scoring, &allow_list, backdrop);
    let (flagged, known) = standing.below(selection, scoring, &allow_list);
    let scoring = Scoring {
        known: &known,
        threshold,
        ..scoring
    };
    let mut report = Report::build(
        sessions, selection, scoring, &standing, backdrop, &field, summary,
    );
    let row_at = |&position: &u32| selection.rows[position as usize];
    report.known = allow_list.count(sessions, known.iter().map(row_at));
    report.blind = blind.clone();
    report.silence = silence.clone();
    report.ties = ties;
    let rows = || flagged.iter().map(row_at);
    let outcome = Outcome::new(settings, wanted.contamination, wanted.known, &flagged);
    let line_of = |position| sessions.table.line(row_at(&position) as usize);
    report.comparison = desk.history.compare(outcome, wanted.is_moving, line_of);
    report.metrics = wanted.label.and_then(|label| {
        let mut metrics = match known_metrics {
            Some(known) if known.label == *label => known,
            _ => MetricsReport::measure(sessions, selection, scoring, label)?,
        };
        metrics.flag(sessions, rows());
        Some(metrics)
    });
    // the files are scikit-learn's, and the allow-list's, though nobody is suspicious here
    let known = match &silence {
        Some(silence) if silence.n_in_files > 0 => {
            let row = |position: &u32| selection.rows[*position as usize] as usize;
            let is_known = |position: &u32| {
                forest::is_anomaly(scores[*position as usize], threshold)
                    && allow_list.covering(sessions, row(position)).is_some()
            };
            (0..scores.len() as u32).filter(is_known).collect()
        }
        _ => known,
    };
    desk.scored = Some(Scored {
        silence,
        metrics: report.metrics.clone(),
        sample: Vec::new(),
        scores,
        ranking,
        allow_list,
        field,
        standing,
        threshold,
        flagged,
        known,
    });
    Ok(Reply::Reported(Box::new(report)))
}

/// Finds the features to which the forest is blind, given the statistics of all.
fn find_blind(
    sessions: &Sessions,
    selection: &Selection,
    scaler: Option<&StandardScaler>,
    summary: &[FeatureSummary],
) -> Vec<Blind> {
    let features = summary.iter().enumerate();
    let blind = features.filter_map(|(feature, FeatureSummary { name, describe })| {
        let scaling = Scaling::of(scaler, feature);
        let cause = blind::find(scaling, describe, selection.rows.len(), |visit| {
            selection.for_each_stretch(sessions, feature, visit);
        })?;
        Some(Blind {
            name: name.clone(),
            cause,
            is_scaled: scaler.is_some(),
        })
    });
    blind.collect()
}

/// Returns the statistics of these features; those that are known are not computed again.
fn summarize(
    sessions: &Sessions,
    names: &[String],
    known: &mut HashMap<String, Describe>,
) -> Vec<FeatureSummary> {
    let summary = |name: &String| {
        let series = sessions.numbers(name)?;
        let describe = *known
            .entry(name.clone())
            .or_insert_with(|| describe(series.to_numbers()));
        Some(FeatureSummary {
            name: name.clone(),
            describe,
        })
    };
    names.iter().filter_map(summary).collect()
}

#[inline(never)]
fn flagged(desk: &Desk, first: u32, n: u32, input: &mut dyn Input) -> Result<Reply, Error> {
    let Analysis {
        sessions,
        selection,
        scoring,
        ..
    } = desk.analysis()?;
    let flagged = desk
        .scored
        .as_ref()
        .map_or(&[][..], |scored| &scored.flagged);
    let mut reader =
        RowReader::scattered(input, sessions.table.format, sessions.table.columns.len());
    let row = |&position: &u32| {
        let row = selection.rows[position as usize];
        let place = sessions.table.place(row as usize);
        let cells = reader.read_texts(place.start, place.length, place.checksum)?;
        Ok(FlaggedRow {
            row,
            line: place.line,
            score: scoring.scores[position as usize],
            cells,
        })
    };
    let rows: Result<_, Error> = flagged
        .iter()
        .skip(first as usize)
        .take(n as usize)
        .map(row)
        .collect();
    Ok(Reply::Flagged(rows?))
}
