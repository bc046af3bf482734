//! Counts what the views show.

use std::rc::Rc;

use super::memo::Memo;
use super::{Distribution, Flow, Flows, Heatmap, Picture, Query, SourcesBy, Totals};
use crate::features::selection::Selection;
use crate::filter::{self, Condition, Judged, RowSet, Test, Verdict, View};
use crate::report::groups::{Codes, Counts, Grouping, Networks, known, ranked};
use crate::report::scatter::Plane;
use crate::report::timeline::TimeFrame;
use crate::report::{Axis, Backdrop, FeatureSummary, GroupTable, Histogram, Scatter, Timeline};
use crate::table::{Extent, Zone};
use crate::traffic::{Role, Sessions};

/// Bars of a distribution.
const N_BARS: usize = 40;

/// The most distributions that are shown.
const MAX_DISTRIBUTIONS: usize = 12;

/// A distribution is shown on a logarithmic axis if the largest value is more than this many times the median.
const LOG_FROM: f64 = 100.0;

/// Sources and destinations in the view of flows, each; what is beyond is put together.
const N_ENDS: usize = 12;

/// Conditions whose rows are kept for the next picture.
const MAX_SETS: usize = 16;

/// Queries for which the counts of a view are kept.
const MAX_QUERIES: usize = 12;

/// Axes whose ends are kept.
const MAX_AXES: usize = 8;

/// Columns whose groups, and features whose bars are kept: all that are shown.
const MAX_COLUMNS: usize = 64;

/// Hours of a week.
const HOURS: usize = 168;

/// Stands for a row that is in no hour.
const NO_HOUR: u16 = u16::MAX;

/// Stands for a row that is in no bar.
const NO_BAR: u8 = u8::MAX;

/// A result to look at.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The sessions and the verdicts on them.
    pub judged: Judged<'a>,
    /// The lowest and the highest score; `None` without any.
    pub scores: Option<(f64, f64)>,
    /// The features.
    pub selection: &'a Selection,
    /// Their statistics.
    pub summary: &'a [FeatureSummary],
    /// The groups of the log.
    pub backdrop: &'a Backdrop,
}

/// What is kept between two pictures of a log, so that the next one is quick.
#[derive(Debug, Default)]
pub struct Lens {
    facts: Facts,
    counted: Counted,
}

/// What was found out of the rows.
#[derive(Debug)]
struct Facts {
    /// By the test and the name of the zone in which it counts hours.
    sets: Memo<(Test, String), RowSet>,
    /// The hour of the week of each row, by the name of the zone.
    hours: Memo<String, Option<Vec<u16>>>,
    frames: Memo<(String, Option<i64>), Option<Frame>>,
    bars: Memo<String, Option<Bars>>,
    networks: Memo<SourcesBy, Networks>,
    /// Bytes of each row; 0 where they are unknown.
    bytes: Memo<(), Option<Vec<f64>>>,
    /// By the name of the column.
    axes: Memo<String, Axis>,
}

/// What was counted of the rows, for the last few queries with only the conditions that count for the view.
#[derive(Debug)]
struct Counted {
    groups: Memo<(String, Query), GroupTable>,
    timelines: Memo<Query, Option<Timeline>>,
    scatters: Memo<Query, Scatter>,
    histograms: Memo<Query, Histogram>,
    distributions: Memo<(String, Query), Option<Distribution>>,
    heatmaps: Memo<Query, Option<Heatmap>>,
    flows: Memo<Query, Option<Flows>>,
    totals: Memo<Query, Totals>,
}

impl Default for Facts {
    fn default() -> Facts {
        Facts {
            sets: Memo::of(MAX_SETS),
            hours: Memo::of(1),
            frames: Memo::of(1),
            bars: Memo::of(MAX_COLUMNS),
            networks: Memo::of(2),
            bytes: Memo::of(1),
            axes: Memo::of(MAX_AXES),
        }
    }
}

impl Default for Counted {
    fn default() -> Counted {
        Counted {
            groups: Memo::of(MAX_QUERIES * MAX_COLUMNS),
            timelines: Memo::of(MAX_QUERIES),
            scatters: Memo::of(MAX_QUERIES),
            histograms: Memo::of(MAX_QUERIES),
            distributions: Memo::of(MAX_QUERIES * MAX_DISTRIBUTIONS),
            heatmaps: Memo::of(MAX_QUERIES),
            flows: Memo::of(MAX_QUERIES),
            totals: Memo::of(MAX_QUERIES),
        }
    }
}

/// The rows that conditions leave.
#[derive(Debug)]
pub(in crate::report) enum Left {
    /// All of so many rows.
    All(usize),
    /// These, ascending.
    Rows(Vec<u32>),
}

impl Left {
    /// Calls with every row, ascending.
    pub(in crate::report) fn for_each(&self, mut visit: impl FnMut(usize)) {
        match self {
            Left::All(n) => (0..*n).for_each(visit),
            Left::Rows(rows) => rows.iter().for_each(|&row| visit(row as usize)),
        }
    }
}

/// What is counted of a group; together, so that a row touches one place in memory.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n_sessions: u64,
    n_flagged: u64,
    bytes: f64,
}

/// Counts the sessions of so many groups, and adds up their bytes.
fn sums(
    codes: &Codes,
    n_groups: usize,
    looked_at: &LookedAt<'_>,
    bytes: Option<&[f64]>,
) -> Vec<Sums> {
    match codes {
        Codes::Byte(codes) => sums_of(codes, n_groups, looked_at, bytes),
        Codes::Short(codes) => sums_of(codes, n_groups, looked_at, bytes),
        Codes::Long(codes) => sums_of(codes, n_groups, looked_at, bytes),
    }
}

fn sums_of<T: Copy + Into<u32>>(
    codes: &[T],
    n_groups: usize,
    looked_at: &LookedAt<'_>,
    bytes: Option<&[f64]>,
) -> Vec<Sums> {
    let mut groups = vec![Sums::default(); n_groups];
    looked_at.for_each(|row, verdict| {
        let group = &mut groups[codes[row].into() as usize];
        group.n_sessions += 1;
        group.n_flagged += u64::from(verdict == Verdict::Suspicious);
        group.bytes += bytes.map_or(0.0, |bytes| bytes[row]);
    });
    groups
}

/// The buckets of the timeline, and the one of each row.
type Frame = (TimeFrame, Vec<u16>);

/// The bars of a distribution, and the one of each row.
#[derive(Debug)]
struct Bars {
    edges: Vec<f64>,
    is_log: bool,
    of_row: Vec<u8>,
}

impl Lens {
    /// Forgets what depends on the verdicts.
    pub fn forget_verdicts(&mut self) {
        self.facts.sets.forget(|(test, _)| test.is_of_result());
        self.counted = Counted::default();
    }

    /// Forgets what depends on scores, and on which rows have one.
    pub fn forget_scores(&mut self) {
        self.forget_verdicts();
        self.facts.axes.forget(|_| true);
    }

    /// Returns the rows that all conditions leave.
    ///
    /// # Errors
    /// See [`filter::Error`].
    pub fn rows(
        &mut self,
        judged: &Judged<'_>,
        conditions: &[Condition],
        zone: &str,
    ) -> Result<RowSet, filter::Error> {
        let zone = zone_of(zone)?;
        let mut rows = RowSet::all(judged.sessions.n_rows());
        for condition in conditions {
            rows.intersect(&*self.facts.set(judged, &condition.test, &zone)?);
        }
        Ok(rows)
    }
}

impl Facts {
    fn set(
        &mut self,
        judged: &Judged<'_>,
        test: &Test,
        zone: &Zone,
    ) -> Result<Rc<RowSet>, filter::Error> {
        let zone_name = match test {
            Test::OnHours { .. } => zone.name().to_owned(),
            _ => String::new(),
        };
        let key = (test.clone(), zone_name);
        self.sets.try_get(key, |(test, _)| test.rows(judged, zone))
    }

    fn hours(&mut self, sessions: &Sessions, zone: &Zone) -> Rc<Option<Vec<u16>>> {
        self.hours.get(zone.name().to_owned(), |_| {
            let moments = sessions.moments(sessions.time_role()?)?;
            let mut clock = zone.clock();
            let mut hours = Vec::with_capacity(sessions.n_rows());
            moments.for_each(|micros| {
                let hour = |micros| u16::from(clock.hour_of_week(micros));
                hours.push(micros.map_or(NO_HOUR, hour));
            });
            Some(hours)
        })
    }

    fn frame(
        &mut self,
        sessions: &Sessions,
        zone: &Zone,
        bucket_seconds: Option<i64>,
    ) -> Rc<Option<Frame>> {
        let key = (zone.name().to_owned(), bucket_seconds);
        self.frames.get(key, |_| {
            let frame = TimeFrame::choose(sessions, zone, bucket_seconds)?;
            let buckets = frame.buckets(sessions)?;
            Some((frame, buckets))
        })
    }

    fn bars(&mut self, sessions: &Sessions, feature: &FeatureSummary) -> Rc<Option<Bars>> {
        self.bars.get(feature.name.clone(), |name| {
            let series = sessions.numbers(name)?;
            let (edges, is_log) = edges(feature)?;
            let mut of_row = Vec::with_capacity(sessions.n_rows());
            series.for_each_number(|value| of_row.push(bar(&edges, value)));
            Some(Bars {
                edges,
                is_log,
                of_row,
            })
        })
    }

    fn bytes(&mut self, sessions: &Sessions) -> Rc<Option<Vec<f64>>> {
        self.bytes.get((), |()| {
            let bytes = sessions.bytes()?;
            Some(bytes.into_iter().map(known).collect())
        })
    }
}

fn zone_of(name: &str) -> Result<Zone, filter::Error> {
    Zone::try_new(name).map_err(|error| filter::Error::NoZone { zone: error.name })
}

/// Returns the ends of the bars, and whether they are equally wide on a logarithmic axis; `None` without values.
fn edges(feature: &FeatureSummary) -> Option<(Vec<f64>, bool)> {
    let describe = &feature.describe;
    let (low, high) = (describe.min, describe.max);
    if !(low.is_finite() && high.is_finite()) {
        return None;
    }
    if low == high {
        return Some((vec![low, high], false));
    }
    let is_log = low >= 0.0 && high > LOG_FROM * describe.q50.max(1.0);
    let (from, to) = if is_log {
        (low.ln_1p(), high.ln_1p())
    } else {
        (low, high)
    };
    let ends = Extent {
        low: from,
        high: to,
    };
    let edge = |i: usize| match i {
        0 => low,
        N_BARS => high,
        _ => {
            let at = from + (to - from) * i as f64 / N_BARS as f64;
            let at = if at.is_finite() {
                at
            } else {
                ends.at(i as f64 / N_BARS as f64)
            };
            if is_log { at.exp_m1() } else { at }
        }
    };
    Some(((0..=N_BARS).map(edge).collect(), is_log))
}

/// Returns the bar of a value: the last one is closed on both sides.
fn bar(edges: &[f64], value: f64) -> u8 {
    let n_bars = edges.len() - 1;
    if !(edges[0] <= value && value <= edges[n_bars]) {
        return NO_BAR;
    }
    let after = edges.partition_point(|&edge| edge <= value);
    (after.max(1) - 1).min(n_bars - 1) as u8
}

/// The rows that a view shows, with the verdicts on them.
#[derive(Clone, Copy)]
struct LookedAt<'a> {
    left: &'a Left,
    verdicts: &'a [Verdict],
}

impl LookedAt<'_> {
    fn for_each(&self, mut visit: impl FnMut(usize, Verdict)) {
        self.left.for_each(|row| visit(row, self.verdicts[row]));
    }
}

/// The conditions of a query, and the rows that those made elsewhere leave to one view after another; most share them.
struct Crossing<'a> {
    query: &'a Query,
    n_rows: usize,
    sets: Vec<Rc<RowSet>>,
    left: Memo<Vec<bool>, Left>,
}

impl Crossing<'_> {
    /// Returns which conditions count for a view: those made elsewhere. For no view in particular all of them count.
    fn counts(&self, view: Option<&View>) -> Vec<bool> {
        let conditions = self.query.conditions.iter();
        conditions
            .map(|condition| view != Some(&condition.made_in))
            .collect()
    }

    /// Returns the query with only the conditions that count for a view.
    fn query_of(&self, view: Option<&View>) -> Query {
        let conditions = self.query.conditions.iter().zip(self.counts(view));
        let counting = conditions.filter(|(_, counts)| *counts);
        Query {
            conditions: counting.map(|(condition, _)| condition.clone()).collect(),
            ..self.query.clone()
        }
    }

    fn left(&mut self, view: Option<&View>) -> Rc<Left> {
        let counts = self.counts(view);
        let (n_rows, sets) = (self.n_rows, &self.sets);
        self.left.get(counts, |counts| {
            let counting = sets.iter().zip(counts).filter(|(_, counts)| **counts);
            let rows = counting.fold(None, |rows: Option<RowSet>, (set, _)| match rows {
                Some(mut rows) => {
                    rows.intersect(set);
                    Some(rows)
                }
                None => Some(set.as_ref().clone()),
            });
            rows.map_or(Left::All(n_rows), |rows| Left::Rows(rows.iter().collect()))
        })
    }
}

impl Picture {
    /// Counts what every view shows of the sessions that the conditions leave it.
    ///
    /// # Errors
    /// See [`filter::Error`].
    pub fn build(
        scene: Scene<'_>,
        query: &Query,
        lens: &mut Lens,
    ) -> Result<Picture, filter::Error> {
        let Lens { facts, counted } = lens;
        let judged = &scene.judged;
        let sessions = judged.sessions;
        let zone = zone_of(&query.zone)?;
        let sets: Result<Vec<_>, filter::Error> = query
            .conditions
            .iter()
            .map(|condition| facts.set(judged, &condition.test, &zone))
            .collect();
        let mut crossing = Crossing {
            query,
            n_rows: sessions.n_rows(),
            sets: sets?,
            left: Memo::of(query.conditions.len() + 1),
        };
        let verdicts = judged.verdicts;
        let groups = scene.backdrop.groups.0.iter().map(|grouping| {
            let column = grouping.column(sessions).to_owned();
            let view = View::Groups(column.clone());
            let key = (column, crossing.query_of(Some(&view)));
            let table = counted.groups.get(key, |_| {
                let left = &crossing.left(Some(&view));
                group_table(
                    sessions,
                    grouping,
                    &LookedAt { left, verdicts },
                    query.sources_by,
                    facts,
                )
            });
            table.as_ref().clone()
        });
        let groups = groups.collect();
        let features = scene.summary.iter().take(MAX_DISTRIBUTIONS);
        let distributions = features.filter_map(|feature| {
            let view = View::Distribution(feature.name.clone());
            let key = (feature.name.clone(), crossing.query_of(Some(&view)));
            let distribution = counted.distributions.get(key, |_| {
                let left = &crossing.left(Some(&view));
                let bars = facts.bars(sessions, feature);
                let bars = bars.as_ref().as_ref()?;
                Some(distribution(feature, bars, &LookedAt { left, verdicts }))
            });
            distribution.as_ref().clone()
        });
        let distributions = distributions.collect();
        let view = Some(&View::Timeline);
        let timeline = counted.timelines.get(crossing.query_of(view), |_| {
            let left = &crossing.left(view);
            let frame = facts.frame(sessions, &zone, query.bucket_seconds);
            let (frame, buckets) = frame.as_ref().as_ref()?;
            Some(timeline(frame, buckets, &LookedAt { left, verdicts }))
        });
        let view = Some(&View::Heatmap);
        let heatmap = counted.heatmaps.get(crossing.query_of(view), |_| {
            let left = &crossing.left(view);
            let hours = facts.hours(sessions, &zone);
            Some(heatmap(
                hours.as_ref().as_ref()?,
                &LookedAt { left, verdicts },
            ))
        });
        let view = Some(&View::Scatter);
        let scatter = counted.scatters.try_get(crossing.query_of(view), |_| {
            let left = &crossing.left(view);
            let plane = Plane {
                judged: *judged,
                selection: scene.selection,
                query: &query.scatter,
                left,
            };
            let mut axis = |column: String| -> Result<Axis, filter::Error> {
                let axis = facts.axes.try_get(column, |column| plane.axis(column))?;
                Ok(axis.as_ref().clone())
            };
            let (x, y) = plane.columns();
            plane.marks(axis(x)?, axis(y)?)
        })?;
        let view = Some(&View::Scores);
        let histogram = counted.histograms.get(crossing.query_of(view), |_| {
            histogram(&scene, &crossing.left(view))
        });
        let view = Some(&View::Flows);
        let flows = counted.flows.get(crossing.query_of(view), |_| {
            let left = &crossing.left(view);
            flows(sessions, scene.backdrop, &LookedAt { left, verdicts })
        });
        let totals = counted.totals.get(query.clone(), |_| {
            let left = &crossing.left(None);
            totals(sessions, &LookedAt { left, verdicts })
        });
        Ok(Picture {
            query: query.clone(),
            totals: *totals,
            groups,
            timeline: timeline.as_ref().clone(),
            scatter: scatter.as_ref().clone(),
            histogram: histogram.as_ref().clone(),
            distributions,
            heatmap: heatmap.as_ref().clone(),
            flows: flows.as_ref().clone(),
        })
    }
}

/// Sessions of some verdict in each of so many places.
struct Count {
    n_sessions: Vec<u64>,
    n_flagged: Vec<u64>,
}

impl Count {
    fn new(n_places: usize) -> Count {
        Count {
            n_sessions: vec![0; n_places],
            n_flagged: vec![0; n_places],
        }
    }

    fn add(&mut self, place: usize, verdict: Verdict) {
        self.n_sessions[place] += 1;
        self.n_flagged[place] += u64::from(verdict == Verdict::Suspicious);
    }

    fn of(sums: &[Sums]) -> Count {
        Count {
            n_sessions: sums.iter().map(|group| group.n_sessions).collect(),
            n_flagged: sums.iter().map(|group| group.n_flagged).collect(),
        }
    }
}

fn group_table(
    sessions: &Sessions,
    grouping: &Grouping,
    looked_at: &LookedAt<'_>,
    sources_by: SourcesBy,
    facts: &mut Facts,
) -> GroupTable {
    let categories = grouping.categories(sessions);
    let bytes = facts.bytes(sessions);
    let of_groups = sums(
        &grouping.codes,
        grouping.n_groups(),
        looked_at,
        bytes.as_ref().as_deref(),
    );
    let count = Count::of(&of_groups);
    let sums: Vec<f64> = of_groups.iter().map(|group| group.bytes).collect();
    let is_source = sessions
        .roles
        .column(Role::SourceIp)
        .is_some_and(|column| sessions.table.columns[column].name == grouping.column(sessions));
    if !is_source || sources_by == SourcesBy::Address {
        let counts = Counts {
            n_sessions: &count.n_sessions,
            n_flagged: &count.n_flagged,
            bytes: &sums,
        };
        return grouping.list(sessions, &categories.names, counts);
    }
    let networks = facts
        .networks
        .get(sources_by, |&by| Networks::build(&categories.names, by));
    let n_networks = networks.names.len();
    let mut whole = Count::new(n_networks + 1);
    let mut whole_sums = vec![0.0; n_networks + 1];
    for (place, &network) in networks.of.iter().enumerate() {
        whole.n_sessions[network] += count.n_sessions[place];
        whole.n_flagged[network] += count.n_flagged[place];
        whole_sums[network] += sums[place];
    }
    let counts = Counts {
        n_sessions: &whole.n_sessions,
        n_flagged: &whole.n_flagged,
        bytes: &whole_sums,
    };
    grouping.list(sessions, &networks.names, counts)
}

fn distribution(feature: &FeatureSummary, bars: &Bars, looked_at: &LookedAt<'_>) -> Distribution {
    let n_bars = bars.edges.len() - 1;
    let (mut normal, mut suspicious) = (vec![0; n_bars], vec![0; n_bars]);
    looked_at.for_each(|row, verdict| {
        let bar = bars.of_row[row];
        match verdict {
            _ if bar == NO_BAR => {}
            Verdict::Normal | Verdict::Known => normal[bar as usize] += 1,
            Verdict::Suspicious => suspicious[bar as usize] += 1,
            Verdict::NotScored => {}
        }
    });
    Distribution {
        column: feature.name.clone(),
        edges: bars.edges.clone(),
        is_log: bars.is_log,
        normal,
        suspicious,
    }
}

fn timeline(frame: &TimeFrame, buckets: &[u16], looked_at: &LookedAt<'_>) -> Timeline {
    let mut timeline = frame.timeline();
    looked_at.for_each(|row, verdict| timeline.add(buckets[row], verdict == Verdict::Suspicious));
    timeline
}

fn heatmap(hours: &[u16], looked_at: &LookedAt<'_>) -> Heatmap {
    let mut count = Count::new(HOURS);
    looked_at.for_each(|row, verdict| {
        if hours[row] != NO_HOUR {
            count.add(hours[row] as usize, verdict);
        }
    });
    Heatmap {
        n_sessions: count.n_sessions,
        n_flagged: count.n_flagged,
    }
}

fn histogram(scene: &Scene<'_>, left: &Left) -> Histogram {
    let Judged {
        scores, verdicts, ..
    } = scene.judged;
    let mut histogram = Histogram::over(scene.scores);
    left.for_each(|row| {
        let Some(position) = scene.selection.position(row as u32) else {
            return;
        };
        let bar = histogram.bar(scores[position as usize]);
        if verdicts[row] == Verdict::Suspicious {
            histogram.suspicious[bar] += 1;
        } else {
            histogram.normal[bar] += 1;
        }
    });
    histogram
}

fn totals(sessions: &Sessions, looked_at: &LookedAt<'_>) -> Totals {
    let mut totals = Totals::default();
    looked_at.for_each(|_, verdict| {
        totals.n_sessions += 1;
        totals.n_flagged += u64::from(verdict == Verdict::Suspicious);
        totals.n_unscored += u64::from(verdict == Verdict::NotScored);
        totals.n_known += u64::from(verdict == Verdict::Known);
    });
    let left = looked_at.left;
    let sum = |role: Role| {
        let column = sessions.roles.column(role)?;
        let series = sessions.numbers(&sessions.table.columns[column].name)?;
        let mut sum = 0.0;
        match left {
            Left::All(_) => series.for_each_number(|value| sum += known(value)),
            Left::Rows(_) => left.for_each(|row| sum += known(series.number(row))),
        }
        Some(sum)
    };
    totals.bytes_in = sum(Role::BytesIn);
    totals.bytes_out = sum(Role::BytesOut);
    let moments = sessions.time_role().and_then(|role| sessions.moments(role));
    if let Some(moments) = moments {
        let mut period = None;
        let mut widen = |micros: Option<i64>| {
            if let Some(micros) = micros {
                let (first, last) = period.unwrap_or((micros, micros));
                period = Some((micros.min(first), micros.max(last)));
            }
        };
        match left {
            Left::All(_) => moments.for_each(widen),
            Left::Rows(_) => left.for_each(|row| widen(moments.get(row))),
        }
        totals.period_micros = period;
    }
    totals
}

fn flows(sessions: &Sessions, backdrop: &Backdrop, looked_at: &LookedAt<'_>) -> Option<Flows> {
    let groups = &backdrop.groups;
    let source = groups.of(sessions, Role::SourceIp)?;
    // one destination for all says nothing
    let several = |grouping: &&Grouping| grouping.categories(sessions).names.len() > 1;
    let destination = [Role::DestinationIp, Role::DestinationPort]
        .into_iter()
        .filter_map(|role| groups.of(sessions, role));
    let destination = destination
        .clone()
        .find(several)
        .or_else(|| destination.clone().next())?;
    let (sources, of_source) = ends(sessions, source, looked_at);
    let (destinations, of_destination) = ends(sessions, destination, looked_at);
    let n_destinations = destinations.len();
    let mut count = Count::new(sources.len() * n_destinations);
    looked_at.for_each(|row, verdict| {
        count.add(
            of_source.get(row) * n_destinations + of_destination.get(row),
            verdict,
        );
    });
    let flows = (0..count.n_sessions.len())
        .filter(|&i| count.n_sessions[i] > 0)
        .map(|i| Flow {
            source: (i / n_destinations) as u32,
            destination: (i % n_destinations) as u32,
            n_sessions: count.n_sessions[i],
            n_flagged: count.n_flagged[i],
        });
    Some(Flows {
        columns: (
            source.column(sessions).to_owned(),
            destination.column(sessions).to_owned(),
        ),
        flows: flows.collect(),
        sources,
        destinations,
    })
}

/// Where each row stands among the few ends that are shown.
struct Ends<'a> {
    codes: &'a Codes,
    of_group: Vec<u8>,
}

impl Ends<'_> {
    fn get(&self, row: usize) -> usize {
        self.of_group[self.codes.get(row)].into()
    }
}

/// Returns the texts with the most suspicious sessions, then the most sessions, the rest being the last, without a name; and
/// where each row stands among them.
fn ends<'a>(
    sessions: &Sessions,
    grouping: &'a Grouping,
    looked_at: &LookedAt<'_>,
) -> (Vec<Option<String>>, Ends<'a>) {
    let names = &grouping.categories(sessions).names;
    let count = Count::of(&sums(&grouping.codes, grouping.n_groups(), looked_at, None));
    let counts = Counts {
        n_sessions: &count.n_sessions,
        n_flagged: &count.n_flagged,
        bytes: &vec![0.0; count.n_sessions.len()],
    };
    let (shown, n_more) = ranked(names, counts, N_ENDS);
    let shown: Vec<usize> = shown
        .into_iter()
        .filter(|&place| place < names.len())
        .collect();
    let has_rest = n_more > 0 || count.n_sessions.last().is_some_and(|&n| n > 0);
    let mut of_group = vec![shown.len() as u8; names.len() + 1];
    for (i, &place) in (0..).zip(&shown) {
        of_group[place] = i;
    }
    let shown = shown.iter().map(|&place| Some(names[place].clone()));
    let rest = has_rest.then_some(None);
    (
        shown.chain(rest).collect(),
        Ends {
            codes: &grouping.codes,
            of_group,
        },
    )
}
