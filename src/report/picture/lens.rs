//! Counts what the views show.

use std::rc::Rc;

use super::{Class, Distribution, Flow, Flows, Heatmap, Picture, Query, SourcesBy, Totals};
use crate::features::selection::Selection;
use crate::filter::{self, Condition, Judged, RowSet, Test, Verdict, View};
use crate::report::groups::{Counts, Grouping, Networks, known, ranked};
use crate::report::scatter::Plane;
use crate::report::timeline::{Bucket, TimeFrame};
use crate::report::{Backdrop, FeatureSummary, GroupTable, Histogram, Timeline};
use crate::table::{Categories, Zone};
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

/// Hours of a week.
const HOURS: usize = 168;

/// Stands for a row that is in no bar, bucket or hour.
const NOWHERE: u16 = u16::MAX;

/// A result to look at.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The sessions and the verdicts on them.
    pub judged: Judged<'a>,
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
    sets: Vec<Kept<(Test, String), RowSet>>,
    hours: Option<Kept<String, Vec<u16>>>,
    frame: Option<Kept<(String, Option<i64>), Frame>>,
    bars: Vec<Kept<String, Bars>>,
    networks: Vec<Kept<SourcesBy, Networks>>,
    /// By the name of the column that is grouped.
    codes: Vec<Kept<String, Codes>>,
    /// Bytes of each row; 0 where they are unknown.
    bytes: Option<Rc<Vec<f64>>>,
}

/// The group of each row in as few bytes as it needs; the last group is that of the rows without a text.
#[derive(Debug)]
enum Codes {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Long(Vec<u32>),
}

impl Codes {
    fn build(categories: &Categories) -> Codes {
        let last = categories.names.len() as u32;
        let n_rows = categories.len();
        if u8::try_from(last).is_ok() {
            let mut codes = Vec::with_capacity(n_rows);
            categories.for_each_code(|code| codes.push(code.min(last) as u8));
            Codes::Byte(codes)
        } else if u16::try_from(last).is_ok() {
            let mut codes = Vec::with_capacity(n_rows);
            categories.for_each_code(|code| codes.push(code.min(last) as u16));
            Codes::Short(codes)
        } else {
            let mut codes = Vec::with_capacity(n_rows);
            categories.for_each_code(|code| codes.push(code.min(last)));
            Codes::Long(codes)
        }
    }

    /// Counts the sessions of so many groups, and adds up their bytes.
    fn sums(&self, n_groups: usize, classes: &[Class], bytes: Option<&[f64]>) -> Vec<Sums> {
        match self {
            Codes::Byte(codes) => sums(codes, n_groups, classes, bytes),
            Codes::Short(codes) => sums(codes, n_groups, classes, bytes),
            Codes::Long(codes) => sums(codes, n_groups, classes, bytes),
        }
    }

    /// Returns the place of each row among a few, given the one of each group.
    fn places(&self, of_group: &[u8]) -> Vec<u8> {
        fn of<T: Copy + Into<u32>>(codes: &[T], of_group: &[u8]) -> Vec<u8> {
            let place = |&code: &T| of_group[code.into() as usize];
            codes.iter().map(place).collect()
        }
        match self {
            Codes::Byte(codes) => of(codes, of_group),
            Codes::Short(codes) => of(codes, of_group),
            Codes::Long(codes) => of(codes, of_group),
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

fn sums<T: Copy + Into<u32>>(
    codes: &[T],
    n_groups: usize,
    classes: &[Class],
    bytes: Option<&[f64]>,
) -> Vec<Sums> {
    let mut groups = vec![Sums::default(); n_groups];
    let mut add = |code: T, class: Class, bytes: f64| {
        let group = &mut groups[code.into() as usize];
        group.n_sessions += u64::from(class != Class::Out);
        group.n_flagged += u64::from(class == Class::Suspicious);
        group.bytes += if class == Class::Out { 0.0 } else { bytes };
    };
    let rows = codes.iter().zip(classes);
    match bytes {
        Some(bytes) => {
            for ((&code, &class), &bytes) in rows.zip(bytes) {
                add(code, class, bytes);
            }
        }
        None => rows.for_each(|(&code, &class)| add(code, class, 0.0)),
    }
    groups
}

/// The buckets of the timeline, and the one of each row.
type Frame = (TimeFrame, Vec<u16>);

/// Something that was found out, under what it was found out for.
#[derive(Debug)]
struct Kept<K, V> {
    key: K,
    value: Rc<V>,
}

/// The bars of a distribution, and the one of each row.
#[derive(Debug)]
struct Bars {
    edges: Vec<f64>,
    is_log: bool,
    of_row: Vec<u16>,
}

impl Lens {
    /// Forgets what depends on scores or threshold.
    pub fn forget_result(&mut self) {
        self.sets.retain(|kept| !kept.key.0.is_of_result());
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
            rows.intersect(&*self.set(judged, &condition.test, &zone)?);
        }
        Ok(rows)
    }

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
        if let Some(kept) = self.sets.iter().find(|kept| kept.key == key) {
            return Ok(kept.value.clone());
        }
        let value = Rc::new(test.rows(judged, zone)?);
        if self.sets.len() == MAX_SETS {
            self.sets.remove(0);
        }
        self.sets.push(Kept {
            key,
            value: value.clone(),
        });
        Ok(value)
    }

    fn hours(&mut self, sessions: &Sessions, zone: &Zone) -> Option<Rc<Vec<u16>>> {
        if let Some(kept) = self.hours.as_ref().filter(|kept| kept.key == zone.name()) {
            return Some(kept.value.clone());
        }
        let moments = sessions.moments(sessions.time_role()?)?;
        let mut clock = zone.clock();
        let mut hours = Vec::with_capacity(sessions.n_rows());
        moments.for_each(|micros| {
            hours.push(micros.map_or(NOWHERE, |micros| u16::from(clock.hour_of_week(micros))));
        });
        let value = Rc::new(hours);
        self.hours = Some(Kept {
            key: zone.name().to_owned(),
            value: value.clone(),
        });
        Some(value)
    }

    fn frame(
        &mut self,
        sessions: &Sessions,
        zone: &Zone,
        bucket_seconds: Option<i64>,
    ) -> Option<Rc<Frame>> {
        let key = (zone.name().to_owned(), bucket_seconds);
        if let Some(kept) = self.frame.as_ref().filter(|kept| kept.key == key) {
            return Some(kept.value.clone());
        }
        let frame = TimeFrame::choose(sessions, zone, bucket_seconds)?;
        let mut buckets = Vec::with_capacity(sessions.n_rows());
        let mut cursor = frame.cursor();
        let moments = sessions.moments(sessions.time_role()?)?;
        moments.for_each(|micros| {
            buckets.push(micros.map_or(NOWHERE, |micros| cursor.bucket(micros) as u16));
        });
        let value = Rc::new((frame, buckets));
        self.frame = Some(Kept {
            key,
            value: value.clone(),
        });
        Some(value)
    }

    fn bars(&mut self, sessions: &Sessions, feature: &FeatureSummary) -> Option<Rc<Bars>> {
        if let Some(kept) = self.bars.iter().find(|kept| kept.key == feature.name) {
            return Some(kept.value.clone());
        }
        let series = sessions.numbers(&feature.name)?;
        let (edges, is_log) = edges(feature)?;
        let mut of_row = Vec::with_capacity(sessions.n_rows());
        series.for_each_number(|value| of_row.push(bar(&edges, value)));
        let value = Rc::new(Bars {
            edges,
            is_log,
            of_row,
        });
        self.bars.push(Kept {
            key: feature.name.clone(),
            value: value.clone(),
        });
        Some(value)
    }

    fn codes(&mut self, sessions: &Sessions, grouping: &Grouping) -> Rc<Codes> {
        let column = grouping.column(sessions);
        if let Some(kept) = self.codes.iter().find(|kept| kept.key == column) {
            return kept.value.clone();
        }
        let value = Rc::new(Codes::build(grouping.categories(sessions)));
        self.codes.push(Kept {
            key: column.to_owned(),
            value: value.clone(),
        });
        value
    }

    fn bytes(&mut self, sessions: &Sessions) -> Option<Rc<Vec<f64>>> {
        if self.bytes.is_none() {
            let mut bytes = sessions.bytes()?;
            bytes.iter_mut().for_each(|value| *value = known(*value));
            self.bytes = Some(Rc::new(bytes));
        }
        self.bytes.clone()
    }

    fn networks(&mut self, names: &[String], by: SourcesBy) -> Rc<Networks> {
        if let Some(kept) = self.networks.iter().find(|kept| kept.key == by) {
            return kept.value.clone();
        }
        let value = Rc::new(Networks::build(names, by));
        self.networks.push(Kept {
            key: by,
            value: value.clone(),
        });
        value
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
    let edge = |i: usize| match i {
        0 => low,
        N_BARS => high,
        _ => {
            let at = from + (to - from) * i as f64 / N_BARS as f64;
            if is_log { at.exp_m1() } else { at }
        }
    };
    Some(((0..=N_BARS).map(edge).collect(), is_log))
}

/// Returns the bar of a value: the last one is closed on both sides.
fn bar(edges: &[f64], value: f64) -> u16 {
    let n_bars = edges.len() - 1;
    if !(edges[0] <= value && value <= edges[n_bars]) {
        return NOWHERE;
    }
    let after = edges.partition_point(|&edge| edge <= value);
    (after.max(1) - 1).min(n_bars - 1) as u16
}

/// The classes of the rows in one view after another; most views share them.
struct Classes<'a> {
    verdicts: &'a [Verdict],
    conditions: &'a [Condition],
    sets: Vec<Rc<RowSet>>,
    known: Vec<Kept<Vec<bool>, Vec<Class>>>,
}

impl Classes<'_> {
    /// Returns the class of each row for a view: conditions made in it do not count. `None` counts them all.
    fn of(&mut self, view: Option<&View>) -> Rc<Vec<Class>> {
        let counts: Vec<bool> = self
            .conditions
            .iter()
            .map(|condition| view != Some(&condition.made_in))
            .collect();
        if let Some(kept) = self.known.iter().find(|kept| kept.key == counts) {
            return kept.value.clone();
        }
        let sets = self.sets.iter().zip(&counts);
        let rows = sets.filter(|(_, counts)| **counts).fold(
            RowSet::all(self.verdicts.len()),
            |mut rows, (set, _)| {
                rows.intersect(set);
                rows
            },
        );
        let class = |(row, verdict): (usize, &Verdict)| match verdict {
            _ if !rows.contains(row) => Class::Out,
            Verdict::Suspicious => Class::Suspicious,
            Verdict::Normal | Verdict::Known => Class::Normal,
            Verdict::NotScored => Class::NotScored,
        };
        let value = Rc::new(self.verdicts.iter().enumerate().map(class).collect());
        self.known.push(Kept {
            key: counts,
            value: Rc::clone(&value),
        });
        value
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
        let judged = &scene.judged;
        let sessions = judged.sessions;
        let zone = zone_of(&query.zone)?;
        let sets: Result<Vec<_>, filter::Error> = query
            .conditions
            .iter()
            .map(|condition| lens.set(judged, &condition.test, &zone))
            .collect();
        let mut classes = Classes {
            verdicts: judged.verdicts,
            conditions: &query.conditions,
            sets: sets?,
            known: Vec::new(),
        };
        let bytes = lens.bytes(sessions);
        let groups = scene.backdrop.groups.0.iter().map(|grouping| {
            let view = View::Groups(grouping.column(sessions).to_owned());
            let classes = classes.of(Some(&view));
            group_table(
                sessions,
                grouping,
                &classes,
                bytes.as_ref().map(|bytes| bytes.as_slice()),
                query,
                lens,
            )
        });
        let groups = groups.collect();
        let features = scene.summary.iter().take(MAX_DISTRIBUTIONS);
        let distributions = features.filter_map(|feature| {
            let view = View::Distribution(feature.name.clone());
            let bars = lens.bars(sessions, feature)?;
            Some(distribution(feature, &bars, &classes.of(Some(&view))))
        });
        let distributions = distributions.collect();
        let timeline = lens
            .frame(sessions, &zone, query.bucket_seconds)
            .map(|frame| timeline(&frame.0, &frame.1, &classes.of(Some(&View::Timeline))));
        let heatmap = lens
            .hours(sessions, &zone)
            .map(|hours| heatmap(&hours, &classes.of(Some(&View::Heatmap))));
        let scatter = Plane {
            judged: *judged,
            selection: scene.selection,
            query: &query.scatter,
            classes: &classes.of(Some(&View::Scatter)),
        }
        .marks()?;
        Ok(Picture {
            query: query.clone(),
            totals: totals(judged, &classes.of(None)),
            groups,
            timeline,
            scatter,
            histogram: histogram(judged, &classes.of(Some(&View::Scores))),
            distributions,
            heatmap,
            flows: flows(
                sessions,
                scene.backdrop,
                &classes.of(Some(&View::Flows)),
                lens,
            ),
        })
    }
}

/// Sessions of some class in each of so many places.
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

    fn add(&mut self, place: usize, class: Class) {
        self.n_sessions[place] += u64::from(class != Class::Out);
        self.n_flagged[place] += u64::from(class == Class::Suspicious);
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
    classes: &[Class],
    bytes: Option<&[f64]>,
    query: &Query,
    lens: &mut Lens,
) -> GroupTable {
    let categories = grouping.categories(sessions);
    let of_groups = lens
        .codes(sessions, grouping)
        .sums(categories.names.len() + 1, classes, bytes);
    let count = Count::of(&of_groups);
    let sums: Vec<f64> = of_groups.iter().map(|group| group.bytes).collect();
    let is_source = sessions
        .roles
        .column(Role::SourceIp)
        .is_some_and(|column| sessions.table.columns[column].name == grouping.column(sessions));
    if !is_source || query.sources_by == SourcesBy::Address {
        let counts = Counts {
            n_sessions: &count.n_sessions,
            n_flagged: &count.n_flagged,
            bytes: &sums,
        };
        return grouping.list(sessions, &categories.names, counts);
    }
    let networks = lens.networks(&categories.names, query.sources_by);
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

fn distribution(feature: &FeatureSummary, bars: &Bars, classes: &[Class]) -> Distribution {
    let n_bars = bars.edges.len() - 1;
    let (mut normal, mut suspicious) = (vec![0; n_bars], vec![0; n_bars]);
    for (&bar, &class) in bars.of_row.iter().zip(classes) {
        match class {
            _ if bar == NOWHERE => {}
            Class::Normal => normal[bar as usize] += 1,
            Class::Suspicious => suspicious[bar as usize] += 1,
            Class::Out | Class::NotScored => {}
        }
    }
    Distribution {
        column: feature.name.clone(),
        edges: bars.edges.clone(),
        is_log: bars.is_log,
        normal,
        suspicious,
    }
}

fn timeline(frame: &TimeFrame, buckets: &[u16], classes: &[Class]) -> Timeline {
    let mut counted = vec![Bucket::default(); frame.n_buckets()];
    let mut n_without_time = 0;
    for (&bucket, &class) in buckets.iter().zip(classes) {
        if class == Class::Out {
            continue;
        }
        if bucket == NOWHERE {
            n_without_time += 1;
            continue;
        }
        let bucket = &mut counted[bucket as usize];
        bucket.n_sessions += 1;
        bucket.n_flagged += u64::from(class == Class::Suspicious);
    }
    frame.timeline(counted, n_without_time)
}

fn heatmap(hours: &[u16], classes: &[Class]) -> Heatmap {
    let mut count = Count::new(HOURS);
    for (&hour, &class) in hours.iter().zip(classes) {
        if hour != NOWHERE {
            count.add(hour as usize, class);
        }
    }
    Heatmap {
        n_sessions: count.n_sessions,
        n_flagged: count.n_flagged,
    }
}

fn histogram(judged: &Judged<'_>, classes: &[Class]) -> Histogram {
    let mut histogram = Histogram::over(judged.scores);
    for (&row, &score) in judged.scored_rows.iter().zip(judged.scores) {
        let bar = histogram.bar(score);
        match classes[row as usize] {
            Class::Normal => histogram.normal[bar] += 1,
            Class::Suspicious => histogram.suspicious[bar] += 1,
            Class::Out | Class::NotScored => {}
        }
    }
    histogram
}

fn totals(judged: &Judged<'_>, classes: &[Class]) -> Totals {
    let sessions = judged.sessions;
    let mut totals = Totals::default();
    for (&class, &verdict) in classes.iter().zip(judged.verdicts) {
        let is_in = class != Class::Out;
        totals.n_sessions += u64::from(is_in);
        totals.n_flagged += u64::from(class == Class::Suspicious);
        totals.n_unscored += u64::from(class == Class::NotScored);
        totals.n_known += u64::from(is_in && verdict == Verdict::Known);
    }
    let sum = |role: Role| {
        let column = sessions.roles.column(role)?;
        let series = sessions.numbers(&sessions.table.columns[column].name)?;
        let (mut sum, mut classes) = (0.0, classes.iter());
        series.for_each_number(|value| {
            if classes.next().is_some_and(|&class| class != Class::Out) {
                sum += known(value);
            }
        });
        Some(sum)
    };
    totals.bytes_in = sum(Role::BytesIn);
    totals.bytes_out = sum(Role::BytesOut);
    let moments = sessions.time_role().and_then(|role| sessions.moments(role));
    if let Some(moments) = moments {
        let (mut period, mut classes) = (None, classes.iter());
        moments.for_each(|micros| {
            let is_in = classes.next().is_some_and(|&class| class != Class::Out);
            if let Some(micros) = micros.filter(|_| is_in) {
                let (first, last) = period.unwrap_or((micros, micros));
                period = Some((micros.min(first), micros.max(last)));
            }
        });
        totals.period_micros = period;
    }
    totals
}

fn flows(
    sessions: &Sessions,
    backdrop: &Backdrop,
    classes: &[Class],
    lens: &mut Lens,
) -> Option<Flows> {
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
    let (sources, of_source) = ends(sessions, source, classes, lens);
    let (destinations, of_destination) = ends(sessions, destination, classes, lens);
    let n_destinations = destinations.len();
    let mut count = Count::new(sources.len() * n_destinations);
    let rows = of_source.iter().zip(&of_destination).zip(classes);
    for ((&source, &destination), &class) in rows {
        if class != Class::Out {
            let pair = usize::from(source) * n_destinations + usize::from(destination);
            count.add(pair, class);
        }
    }
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

/// Returns the texts with the most suspicious sessions, then the most sessions, the rest being the last, without a name; and
/// where each row stands among them.
fn ends(
    sessions: &Sessions,
    grouping: &Grouping,
    classes: &[Class],
    lens: &mut Lens,
) -> (Vec<Option<String>>, Vec<u8>) {
    let names = &grouping.categories(sessions).names;
    let codes = lens.codes(sessions, grouping);
    let count = Count::of(&codes.sums(names.len() + 1, classes, None));
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
    (shown.chain(rest).collect(), codes.places(&of_group))
}
