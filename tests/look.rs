//! What every view shows, against a slow clear count that asks each row of a made-up log anew.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use isolog::export::{File, FormulaGuard};
use isolog::filter::{self, Condition, Known, SCORE, Subject, Test, Verdict, View};
use isolog::forest::Contamination;
use isolog::job::{Error, Settings};
use isolog::report::{GroupTable, Picture, Query, ScatterQuery, SourcesBy};
use isolog::sample::sample_log;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use support::{Page, Reader};

/// A session of a made-up log, and what became of it.
#[derive(Debug, Clone)]
struct Row {
    seconds: Option<i64>,
    source: Option<Ipv4Addr>,
    destination: Ipv4Addr,
    country: &'static str,
    bytes: Option<(u32, u32)>,
    verdict: Verdict,
    score: Option<f64>,
}

/// The last Saturday before clocks change in Berlin, at midnight UTC.
const SATURDAY: i64 = 1_711_756_800;

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        proptest::option::weighted(0.9, SATURDAY..SATURDAY + 3 * 86_400),
        proptest::option::weighted(0.9, (0..3_u8, 0..3_u8)),
        0..3_u8,
        prop_oneof![Just("DE"), Just("us"), Just("")],
        proptest::option::weighted(0.9, (0..5000_u32, 0..9_u32)),
    );
    let row = row.prop_map(|(seconds, source, destination, country, bytes)| Row {
        seconds,
        source: source.map(|(network, host)| Ipv4Addr::new(10, 0, network, host)),
        destination: Ipv4Addr::new(192, 168, 0, destination),
        country,
        bytes,
        verdict: Verdict::NotScored,
        score: None,
    });
    proptest::collection::vec(row, 1..60).prop_map(|mut rows| {
        // a log of which nothing can be scored is refused, and a column without any text cannot be filtered by it
        rows[0].country = "DE";
        rows[0].bytes.get_or_insert((7, 1));
        rows[0].source.get_or_insert(Ipv4Addr::new(10, 0, 0, 1));
        rows[0].seconds.get_or_insert(SATURDAY);
        rows
    })
}

fn log_of(rows: &[Row]) -> String {
    let mut log = "creation_time,src_ip,dst_ip,country,bytes_in,bytes_out\n".to_owned();
    for row in rows {
        let time = row.seconds.map(|seconds| {
            let moment = Timestamp::from_second(seconds).expect("a moment");
            moment.to_string()
        });
        let source = row.source.map(|source| source.to_string());
        let (bytes_in, bytes_out) = row.bytes.unzip();
        let number = |bytes: Option<u32>| bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
        writeln!(
            log,
            "{},{},{},{},{},{}",
            time.unwrap_or_default(),
            source.unwrap_or_default(),
            row.destination,
            row.country,
            number(bytes_in),
            number(bytes_out)
        )
        .expect("a string takes it");
    }
    log
}

/// Analyses the log and notes the verdicts, as the export has them.
fn analyse(rows: &mut [Row], known: Vec<Known>) -> Page {
    let reader = Reader {
        drop_duplicates: false,
        ..Reader::default()
    };
    let mut page = Page::open_with(log_of(rows).as_bytes(), reader).expect("a log");
    page.known = known;
    let mut settings = Settings {
        features: ["bytes_in", "bytes_out"].map(str::to_owned).to_vec(),
        ..page.default_settings()
    };
    settings.params.contamination = Contamination::Fraction(0.3);
    page.analyse(&settings, 2).expect("an analysis");
    let scored = page
        .export(File::Scored, FormulaGuard::Off)
        .expect("an export");
    let mut reader = csv::Reader::from_reader(scored.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|column| column == name);
    let (score, verdict) = (
        place("score").expect("a score"),
        place("anomaly").expect("a verdict"),
    );
    for (row, record) in rows.iter_mut().zip(reader.records()) {
        let record = record.expect("a record");
        row.score = record[score].parse().ok();
        let verdicts = [
            Verdict::Suspicious,
            Verdict::Normal,
            Verdict::NotScored,
            Verdict::Known,
        ];
        let is_it = |of: &Verdict| of.name() == &record[verdict];
        row.verdict = verdicts.into_iter().find(is_it).expect("a verdict");
    }
    page
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").expect("a zone")
}

/// The weekday (0 is Monday) and the hour that clocks in Berlin show.
fn weekday_and_hour(seconds: i64) -> (u8, u8) {
    let moment = Timestamp::from_second(seconds).expect("a moment");
    let shown = moment.to_zoned(berlin());
    (
        shown.weekday().to_monday_zero_offset() as u8,
        shown.hour() as u8,
    )
}

/// Whether a row meets a condition of the kinds that [`conditions`] makes.
fn meets(row: &Row, test: &Test) -> bool {
    let is_in = |value: f64, low: f64, high: f64| low <= value && value <= high;
    match test {
        Test::OneOf { column, values } if column == "country" => {
            let country = Some(row.country.to_uppercase()).filter(|country| !country.is_empty());
            values.contains(&country)
        }
        Test::OneOf { values, .. } => values.contains(&row.source.map(|source| source.to_string())),
        Test::InNetwork { networks, .. } => row.source.is_some_and(|source| {
            let octets = source.octets();
            octets[..3] == [10, 0, 1] || (networks.len() == 2 && octets[..3] == [10, 0, 2])
        }),
        Test::Between { column, low, high } if column == SCORE => {
            row.score.is_some_and(|score| is_in(score, *low, *high))
        }
        Test::Between { low, high, .. } => row
            .bytes
            .is_some_and(|(bytes_in, _)| is_in(f64::from(bytes_in), *low, *high)),
        Test::During {
            start_micros,
            end_micros,
        } => row
            .seconds
            .is_some_and(|seconds| (*start_micros..*end_micros).contains(&(seconds * 1_000_000))),
        Test::OnHours { weekdays, hours } => row.seconds.is_some_and(|seconds| {
            let (weekday, hour) = weekday_and_hour(seconds);
            (weekdays.0..=weekdays.1).contains(&weekday) && (hours.0..=hours.1).contains(&hour)
        }),
        Test::Contains { text, .. } => row
            .source
            .is_some_and(|source| source.to_string().contains(text)),
        Test::Verdict(verdicts) => verdicts.contains(&row.verdict),
    }
}

/// Conditions, each made in the view that makes such.
fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let source = || View::Groups("src_ip".to_owned());
    let column = |name: &str| name.to_owned();
    let condition = prop_oneof![
        (0..3_u8).prop_map(move |host| (
            source(),
            Test::OneOf {
                column: column("src_ip"),
                values: vec![
                    Some(format!("10.0.0.{host}")),
                    Some("10.0.2.1".to_owned()),
                    None
                ]
            }
        )),
        any::<bool>().prop_map(move |is_none| (
            View::Groups("country".to_owned()),
            Test::OneOf {
                column: column("country"),
                values: vec![(!is_none).then(|| "US".to_owned())]
            }
        )),
        (1..=2_usize).prop_map(move |n| (
            source(),
            Test::InNetwork {
                column: column("src_ip"),
                networks: ["10.0.1.0/24", "10.0.2.0/24"][..n]
                    .iter()
                    .map(|&network| network.to_owned())
                    .collect()
            }
        )),
        (0..5000_u32, 0..5000_u32).prop_map(move |(a, b)| (
            View::Distribution("bytes_in".to_owned()),
            Test::Between {
                column: column("bytes_in"),
                low: f64::from(a.min(b)),
                high: f64::from(a.max(b))
            }
        )),
        (0.4..0.6_f64).prop_map(move |score| (
            View::Scores,
            Test::Between {
                column: column(SCORE),
                low: -1.0,
                high: -score
            }
        )),
        (0..3 * 86_400_i64, 1..86_400_i64).prop_map(|(from, length)| (
            View::Timeline,
            Test::During {
                start_micros: (SATURDAY + from) * 1_000_000,
                end_micros: (SATURDAY + from + length) * 1_000_000
            }
        )),
        (0..7_u8, 0..24_u8).prop_map(|(weekday, hour)| (
            View::Heatmap,
            Test::OnHours {
                weekdays: (weekday.min(4), 6),
                hours: (hour / 2, hour)
            }
        )),
        Just((
            View::Table,
            Test::Contains {
                column: column("src_ip"),
                text: "0.1".to_owned()
            }
        )),
        Just((
            View::Scatter,
            Test::Verdict(vec![Verdict::Suspicious, Verdict::NotScored])
        )),
    ];
    let condition = condition.prop_map(|(made_in, test)| Condition { made_in, test });
    proptest::collection::vec(condition, 0..4)
}

fn query(conditions: Vec<Condition>) -> Query {
    Query {
        conditions,
        zone: "Europe/Berlin".to_owned(),
        bucket_seconds: None,
        sources_by: SourcesBy::Address,
        scatter: ScatterQuery::default(),
    }
}

/// Sessions, suspicious ones and bytes of each name.
type Counted = BTreeMap<Option<String>, (u64, u64, f64)>;

fn counted(rows: &[&Row], name: impl Fn(&Row) -> Option<String>) -> Counted {
    let mut groups = Counted::new();
    for row in rows {
        let group = groups.entry(name(row)).or_default();
        group.0 += 1;
        group.1 += u64::from(row.verdict == Verdict::Suspicious);
        group.2 += row
            .bytes
            .map_or(0.0, |(bytes_in, bytes_out)| f64::from(bytes_in + bytes_out));
    }
    groups
}

fn listed(table: &GroupTable) -> Counted {
    let entry = |group: &isolog::report::Group| {
        (
            group.name.clone(),
            (group.n_sessions, group.n_flagged, group.bytes),
        )
    };
    table.groups.iter().map(entry).collect()
}

/// Compares every view with a count of the rows that the conditions made elsewhere leave.
fn check(rows: &[Row], conditions: &[Condition], picture: &Picture, sources_by: SourcesBy) {
    let seen_in = |view: Option<View>| -> Vec<&Row> {
        let counts = |condition: &&Condition| view.as_ref() != Some(&condition.made_in);
        let of_view: Vec<&Condition> = conditions.iter().filter(counts).collect();
        let passes = |row: &&Row| of_view.iter().all(|condition| meets(row, &condition.test));
        rows.iter().filter(passes).collect()
    };
    let number = |rows: &[&Row], verdict: Verdict| {
        rows.iter().filter(|row| row.verdict == verdict).count() as u64
    };

    let left = seen_in(None);
    let totals = picture.totals;
    let sum =
        |of: fn((u32, u32)) -> u32| left.iter().filter_map(|row| row.bytes).map(of).sum::<u32>();
    assert_eq!(totals.n_sessions, left.len() as u64);
    assert_eq!(totals.n_flagged, number(&left, Verdict::Suspicious));
    assert_eq!(totals.n_known, number(&left, Verdict::Known));
    assert_eq!(totals.n_unscored, number(&left, Verdict::NotScored));
    assert_eq!(totals.bytes_in, Some(f64::from(sum(|bytes| bytes.0))));
    assert_eq!(totals.bytes_out, Some(f64::from(sum(|bytes| bytes.1))));
    let seconds = || left.iter().filter_map(|row| row.seconds);
    let period = seconds().min().zip(seconds().max());
    assert_eq!(
        totals.period_micros,
        period.map(|(first, last)| (first * 1_000_000, last * 1_000_000))
    );

    let table = |column: &str| {
        let is_it = |table: &&GroupTable| table.column == column;
        picture.groups.iter().find(is_it)
    };
    let source = |row: &Row| {
        row.source.map(|source| {
            let [a, b, c, _] = source.octets();
            match sources_by {
                SourcesBy::Address => source.to_string(),
                SourcesBy::Slash24 => format!("{a}.{b}.{c}.0/24"),
                SourcesBy::Slash16 => format!("{a}.{b}.0.0/16"),
            }
        })
    };
    let of_source = table("src_ip").expect("there are sources");
    assert_eq!(
        listed(of_source),
        counted(&seen_in(Some(View::Groups("src_ip".to_owned()))), source)
    );
    assert!(
        of_source
            .groups
            .is_sorted_by_key(|group| { std::cmp::Reverse((group.n_flagged, group.n_sessions)) })
    );
    if let Some(of_country) = table("country") {
        let country =
            |row: &Row| Some(row.country.to_uppercase()).filter(|country| !country.is_empty());
        assert_eq!(
            listed(of_country),
            counted(&seen_in(Some(View::Groups("country".to_owned()))), country)
        );
    }

    let timeline = picture.timeline.as_ref().expect("there are times");
    let in_time = seen_in(Some(View::Timeline));
    assert_eq!(timeline.starts.len(), timeline.buckets.len() + 1);
    for (bounds, bucket) in timeline.starts.windows(2).zip(&timeline.buckets) {
        let here = |row: &&&Row| {
            row.seconds
                .is_some_and(|seconds| (bounds[0]..bounds[1]).contains(&seconds))
        };
        let here: Vec<&Row> = in_time.iter().filter(here).copied().collect();
        assert_eq!(bucket.n_sessions, here.len() as u64);
        assert_eq!(bucket.n_flagged, number(&here, Verdict::Suspicious));
    }
    let timeless = in_time.iter().filter(|row| row.seconds.is_none()).count();
    assert_eq!(timeline.n_without_time, timeless as u64);

    let heatmap = picture.heatmap.as_ref().expect("there are times");
    let mut hours = [(0, 0); 168];
    for row in seen_in(Some(View::Heatmap)) {
        if let Some((weekday, hour)) = row.seconds.map(weekday_and_hour) {
            let cell = &mut hours[usize::from(weekday) * 24 + usize::from(hour)];
            cell.0 += 1;
            cell.1 += u64::from(row.verdict == Verdict::Suspicious);
        }
    }
    let (n_sessions, n_flagged): (Vec<u64>, Vec<u64>) = hours.into_iter().unzip();
    assert_eq!(
        (&heatmap.n_sessions, &heatmap.n_flagged),
        (&n_sessions, &n_flagged)
    );

    // known sessions are drawn among the normal ones
    let n_normal = |rows: &[&Row]| number(rows, Verdict::Normal) + number(rows, Verdict::Known);
    let of_scores = seen_in(Some(View::Scores));
    let bars = |bars: &[u32]| bars.iter().map(|&n| u64::from(n)).sum::<u64>();
    assert_eq!(bars(&picture.histogram.normal), n_normal(&of_scores));
    assert_eq!(
        bars(&picture.histogram.suspicious),
        number(&of_scores, Verdict::Suspicious)
    );

    let distribution = picture
        .distributions
        .iter()
        .find(|distribution| distribution.column == "bytes_in")
        .expect("it is a feature");
    let scored = seen_in(Some(View::Distribution("bytes_in".to_owned())));
    let last = distribution.normal.len() - 1;
    for (bar, edges) in distribution.edges.windows(2).enumerate() {
        let here = |row: &&&Row| {
            row.bytes.is_some_and(|(bytes_in, _)| {
                let value = f64::from(bytes_in);
                edges[0] <= value && (value < edges[1] || bar == last)
            })
        };
        let here: Vec<&Row> = scored.iter().filter(here).copied().collect();
        assert_eq!(distribution.normal[bar], n_normal(&here), "bar {bar}");
        assert_eq!(
            distribution.suspicious[bar],
            number(&here, Verdict::Suspicious)
        );
    }

    let in_plane = seen_in(Some(View::Scatter));
    let scatter = &picture.scatter;
    let kinds = [
        (&scatter.normal, scatter.n_normal, Verdict::Normal),
        (
            &scatter.suspicious,
            scatter.n_suspicious,
            Verdict::Suspicious,
        ),
        (&scatter.known, scatter.n_known, Verdict::Known),
    ];
    for (marks, of_class, verdict) in kinds {
        assert_eq!(of_class, number(&in_plane, verdict));
        assert_eq!(marks.is_empty(), of_class == 0);
        for mark in marks {
            let row = &rows[mark.row as usize];
            let place = row
                .bytes
                .map(|(bytes_in, bytes_out)| (f64::from(bytes_in), f64::from(bytes_out)));
            assert_eq!(place, Some((mark.x, mark.y)));
            assert_eq!(row.verdict, verdict);
            assert!(in_plane.iter().any(|seen| std::ptr::eq(*seen, row)));
        }
    }

    let flows = picture.flows.as_ref().expect("there are both ends");
    let end = |ends: &[Option<String>], place: u32| ends[place as usize].clone();
    let found: BTreeMap<_, _> = flows
        .flows
        .iter()
        .map(|flow| {
            let ends = (
                end(&flows.sources, flow.source),
                end(&flows.destinations, flow.destination),
            );
            (ends, (flow.n_sessions, flow.n_flagged))
        })
        .collect();
    let mut expected = BTreeMap::new();
    for row in seen_in(Some(View::Flows)) {
        let ends = (
            row.source.map(|source| source.to_string()),
            Some(row.destination.to_string()),
        );
        let flow = expected.entry(ends).or_insert((0, 0));
        flow.0 += 1;
        flow.1 += u64::from(row.verdict == Verdict::Suspicious);
    }
    assert_eq!(found, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn every_view_counts_what_the_others_leave(
        mut rows in rows(),
        conditions in proptest::collection::vec(conditions(), 3),
        sources_by in prop_oneof![
            Just(SourcesBy::Address),
            Just(SourcesBy::Slash24),
            Just(SourcesBy::Slash16),
        ],
        bucket_seconds in proptest::option::of(prop_oneof![Just(3600_i64), Just(10_800), Just(86_400)]),
        has_known in any::<bool>(),
    ) {
        let network = Known {
            subject: Subject::Network("10.0.0.0/24".parse().expect("a network")),
            reason: "ours".to_owned(),
        };
        let mut page = analyse(&mut rows, has_known.then_some(network).into_iter().collect());
        // one after another, as what is kept of the first must not spoil the second
        for conditions in conditions {
            let picture = page
                .look(Query { sources_by, bucket_seconds, ..query(conditions.clone()) })
                .expect("a picture");
            check(&rows, &conditions, &picture, sources_by);
        }
    }
}

#[test]
fn without_conditions_it_is_the_report() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    for fraction in [0.05, 0.2] {
        let mut settings = settings.clone();
        settings.params.contamination = Contamination::Fraction(fraction);
        let report = page.analyse(&settings, 2).expect("an analysis");
        let picture = page
            .look(Query {
                zone: "UTC".to_owned(),
                ..query(Vec::new())
            })
            .expect("a picture");
        assert_eq!(picture.groups, report.groups);
        assert_eq!(picture.timeline, report.timeline);
        assert_eq!(picture.scatter, report.scatter);
        assert_eq!(picture.histogram, report.histogram);
        assert_eq!(picture.totals.n_flagged, report.counts.n_flagged);
    }
}

#[test]
fn a_day_on_which_clocks_change_is_shorter() {
    let day = |seconds| Row {
        seconds: Some(seconds),
        source: Some(Ipv4Addr::new(10, 0, 0, 1)),
        destination: Ipv4Addr::new(192, 168, 0, 1),
        country: "DE",
        bytes: Some((seconds as u32 % 97, 1)),
        verdict: Verdict::NotScored,
        score: None,
    };
    // Saturday 23:30, Sunday 00:30 and 23:30, Monday 00:30 in Berlin, where Sunday began at 23:00 UTC
    let sunday = SATURDAY + 23 * 3600;
    let mut rows = [-1800, 1800, 22 * 3600 + 1800, 23 * 3600 + 1800].map(|at| day(sunday + at));
    let mut page = analyse(&mut rows, Vec::new());
    let picture = page
        .look(Query {
            bucket_seconds: Some(86_400),
            ..query(Vec::new())
        })
        .expect("a picture");
    let timeline = picture.timeline.expect("there are times");
    let n_sessions: Vec<u64> = timeline.buckets.iter().map(|day| day.n_sessions).collect();
    assert_eq!(n_sessions, [1, 2, 1]);
    assert_eq!(timeline.starts[1..3], [sunday, sunday + 23 * 3600]);
}

#[test]
fn a_window_shows_more_of_less() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    page.analyse(&settings, 1).expect("an analysis");
    let mut of = |window| {
        let scatter = ScatterQuery {
            x: Some("bytes_out".to_owned()),
            y: Some(SCORE.to_owned()),
            window,
        };
        page.look(Query {
            scatter,
            ..query(Vec::new())
        })
        .expect("a picture")
        .scatter
    };
    let whole = of(None);
    let (x, y) = ((whole.x.low, 0.1 * whole.x.high), (-0.5, whole.y.high));
    let part = of(Some((x, y)));
    // an axis says how far all rows reach, whatever part is shown
    assert_eq!((&part.x, &part.y), (&whole.x, &whole.y));
    let is_inside = |mark: &isolog::report::Mark| {
        x.0 <= mark.x && mark.x <= x.1 && y.0 <= mark.y && mark.y <= y.1
    };
    assert!(part.normal.iter().chain(&part.suspicious).all(is_inside));
    let n_before = whole.normal.iter().filter(|mark| is_inside(mark)).count();
    assert!(part.normal.len() >= n_before && n_before > 0);
    assert!(part.n_normal < whole.n_normal);
}

#[test]
fn what_cannot_be_asked_is_an_error() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    page.analyse(&settings, 1).expect("an analysis");
    let column = || "no such".to_owned();
    let between = |low, high| Test::Between {
        column: "bytes_in".to_owned(),
        low,
        high,
    };
    for test in [
        Test::Contains {
            column: column(),
            text: "x".to_owned(),
        },
        Test::InNetwork {
            column: "src_ip".to_owned(),
            networks: vec!["10.0.0.0/8".to_owned(), "10.0.0.0/33".to_owned()],
        },
        between(2.0, 1.0),
        between(f64::NAN, 1.0),
        Test::During {
            start_micros: 1,
            end_micros: 0,
        },
        Test::OnHours {
            weekdays: (3, 2),
            hours: (0, 1),
        },
    ] {
        let condition = Condition {
            made_in: View::Table,
            test: test.clone(),
        };
        let answer = page.look(query(vec![condition]));
        assert!(matches!(answer, Err(Error::Filter(_))), "{test:?}");
    }
    let zone = Query {
        zone: "Mars/Olympus".to_owned(),
        ..query(Vec::new())
    };
    let unknown = filter::Error::NoZone {
        zone: "Mars/Olympus".to_owned(),
    };
    assert_eq!(page.look(zone), Err(Error::Filter(unknown)));
}

/// Says how long a picture takes; run it alone, in release mode, with `--ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn how_long_a_picture_takes() {
    use std::time::Instant;

    let mut text = Vec::new();
    isolog::sample::write_log(1_000_000, &mut text).expect("a log");
    let mut page = Page::open(&text).expect("a log");
    let settings = page.default_settings();
    page.analyse(&settings, 2).expect("an analysis");
    let countries = |codes: &[&str]| Condition {
        made_in: View::Groups("src_ip_country_code".to_owned()),
        test: Test::OneOf {
            column: "src_ip_country_code".to_owned(),
            values: codes.iter().map(|code| Some((*code).to_owned())).collect(),
        },
    };
    let few = Condition {
        made_in: View::Table,
        test: Test::Verdict(vec![Verdict::Suspicious]),
    };
    for (what, conditions) in [
        ("all, for the first time", vec![]),
        ("all again", vec![]),
        ("one country", vec![countries(&["DE"])]),
        ("another", vec![countries(&["US"])]),
        ("suspicious ones", vec![few.clone()]),
        ("both", vec![countries(&["US"]), few]),
        ("all once more", vec![]),
    ] {
        let start = Instant::now();
        let picture = page.look(query(conditions)).expect("a picture");
        println!(
            "{what}: {} sessions, {:.1} ms",
            picture.totals.n_sessions,
            start.elapsed().as_secs_f64() * 1e3
        );
    }
}

#[test]
fn an_empty_column_is_said_to_be_empty() {
    let mut page = Page::open(b"a,b,none\n1,2,\n3,5,-\n8,8,\n").expect("a table");
    let settings = page.default_settings();
    page.analyse(&settings, 1).expect("an analysis");
    let empty = Err(Error::Filter(filter::Error::NoValues {
        column: "none".to_owned(),
    }));
    let tests = [
        Test::OneOf {
            column: "none".to_owned(),
            values: vec![None],
        },
        Test::Between {
            column: "none".to_owned(),
            low: 0.0,
            high: 1.0,
        },
    ];
    for test in tests {
        let condition = Condition {
            made_in: View::Table,
            test,
        };
        assert_eq!(page.look(query(vec![condition])), empty);
    }
}

#[test]
fn columns_as_wide_as_numbers_go_have_bars_and_marks() {
    for (least, most) in [
        ("-1.7e308", "1.7e308"),
        ("3e-306", "9e-304"),
        ("-1e308", "0"),
    ] {
        let mut log = format!("a,b\n{least},1\n{most},99\n");
        for i in 0..50 {
            let share = f64::from(i) / 50.0;
            let ends = (
                least.parse::<f64>().expect("a number"),
                most.parse::<f64>().expect("a number"),
            );
            let _ = writeln!(
                log,
                "{:e},{}",
                ends.0 * (1.0 - share) + ends.1 * share,
                i % 7
            );
        }
        let mut page = Page::open(log.as_bytes()).expect("a table");
        let mut settings = page.default_settings();
        settings.features = vec!["a".to_owned(), "b".to_owned()];
        settings.scale = false;
        page.analyse(&settings, 1).expect("an analysis");
        let mut query = query(Vec::new());
        query.scatter.x = Some("a".to_owned());
        query.scatter.y = Some("b".to_owned());
        let picture = page.look(query).expect("a picture");
        let distribution = &picture.distributions[0];
        let edges = &distribution.edges;
        assert!(edges.iter().all(|edge| edge.is_finite()));
        assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
        let counts: Vec<u64> = std::iter::zip(&distribution.normal, &distribution.suspicious)
            .map(|(normal, suspicious)| normal + suspicious)
            .collect();
        assert_eq!(counts.iter().sum::<u64>(), 52);
        assert!(counts.iter().all(|&n| (1..=4).contains(&n)), "{counts:?}");
        // nearly each of them has a cell of its own
        let n_marks = picture.scatter.normal.len() + picture.scatter.suspicious.len();
        assert!(n_marks >= 50, "{n_marks} marks of {least} to {most}");
        let words = isolog::charts::describe_distribution(distribution);
        assert!(words.contains("e") && !words.contains('–'), "{words}");
    }
}
