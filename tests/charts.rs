//! Each chart as SVG: compared with a golden file byte for byte, its marks counted, odd data drawn.
//!
//! `ISOLOG_BLESS=1 cargo test --test charts` writes the golden files anew.
#![cfg(not(target_arch = "wasm32"))]

use isolog::charts::{
    Curve, Scale, Style, Theme, describe_curve, describe_histogram, describe_scatter,
    describe_timeline, draw_curve, draw_histogram, draw_scatter, draw_timeline, histogram_span,
};
use isolog::explain::metrics::Metrics;
use isolog::report::{Axis, Bucket, Histogram, Mark, Scatter, Timeline, Unit};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters_svg::SVGBackend;

const DESK: (u32, u32) = (800, 450);
const PHONE: (u32, u32) = (330, 300);
const PRINT: (u32, u32) = (1600, 1200);

/// Blue, as a disc or a bar has it.
const NORMAL: &str = "fill=\"#0072B2\"";
/// Vermillion.
const SUSPICIOUS: &str = "fill=\"#D55E00\"";

fn light() -> Style {
    Style {
        theme: Theme::light(),
        pixel_ratio: 1.0,
    }
}

fn print() -> Style {
    Style {
        theme: Theme::print(),
        pixel_ratio: 2.0,
    }
}

fn svg(size: (u32, u32), draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>)) -> String {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        draw(&area);
        area.present().expect("a string takes it");
    }
    text
}

fn scatter_svg(scatter: &Scatter, scale: Scale, size: (u32, u32), style: &Style) -> String {
    svg(size, |area| {
        draw_scatter(area, scatter, scale, style).expect("a string takes it")
    })
}

fn timeline_svg(timeline: &Timeline, size: (u32, u32), style: &Style) -> String {
    svg(size, |area| {
        draw_timeline(area, timeline, style).expect("a string takes it")
    })
}

fn histogram_svg(histogram: &Histogram, threshold: f64, size: (u32, u32), style: &Style) -> String {
    svg(size, |area| {
        draw_histogram(area, histogram, threshold, style).expect("a string takes it");
    })
}

/// Numbers from 0 to 1 that look random and are the same everywhere.
fn numbers() -> impl Iterator<Item = f64> {
    let mut state = 1_u64;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    })
}

fn axis(title: &str, unit: Unit, (low, high): (f64, f64)) -> Axis {
    Axis {
        column: title.to_owned(),
        title: title.to_owned(),
        unit,
        low,
        high,
    }
}

fn scatter_of(unit: Unit, normal: Vec<(f64, f64)>, suspicious: Vec<(f64, f64)>) -> Scatter {
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let values = normal.iter().chain(&suspicious).map(of);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    Scatter {
        x: axis("Bytes in", unit, ends(|point| point.0)),
        y: axis("Bytes out", unit, ends(|point| point.1)),
        n_normal: normal.len() as u64,
        n_suspicious: suspicious.len() as u64,
        normal: marks(normal),
        suspicious: marks(suspicious),
    }
}

fn marks(points: Vec<(f64, f64)>) -> Vec<Mark> {
    let mark = |(row, (x, y))| Mark { row, x, y };
    (0..).zip(points).map(mark).collect()
}

/// Bytes of a small log: most sessions small, a few of up to 25 MB.
fn traffic() -> Scatter {
    let mut numbers = numbers();
    let mut number = || numbers.next().expect("they never end");
    let normal = (0..267)
        .map(|_| {
            (
                40.0 * 10f64.powf(4.6 * number()),
                44.0 * 10f64.powf(3.9 * number()),
            )
        })
        .collect();
    let suspicious = (0..15)
        .map(|_| (2e6 + 23e6 * number(), 1e5 + 1.4e6 * number()))
        .collect();
    scatter_of(Unit::Bytes, normal, suspicious)
}

/// A night of 66 buckets of 10 minutes from 2024-04-25 23:00 UTC; one session of 10,000 in the highest is suspicious.
fn night() -> Timeline {
    let mut buckets: Vec<Bucket> = numbers()
        .take(66)
        .map(|number| Bucket {
            n_sessions: (6000.0 * number) as u64,
            n_flagged: 0,
        })
        .collect();
    buckets[20] = Bucket {
        n_sessions: 10_000,
        n_flagged: 1,
    };
    buckets[41].n_flagged = buckets[41].n_sessions / 2;
    buckets[50] = Bucket::default();
    Timeline {
        column: "creation_time".to_owned(),
        zone: "UTC".to_owned(),
        starts: (0..=66).map(|i| 1_714_086_000 + 600 * i).collect(),
        bucket_seconds: 600,
        buckets,
        n_without_time: 3,
    }
}

/// Scores from -0.75 to -0.35, 50 bars; those left of -0.6 are suspicious.
fn scores() -> Histogram {
    let height = |i: i32| 40_000.0 * (-0.5 * (f64::from(i - 38) / 7.0).powi(2)).exp();
    let bars = |keep: fn(i32) -> bool| {
        (0..50)
            .map(|i| if keep(i) { height(i) as u32 + 1 } else { 0 })
            .collect()
    };
    Histogram {
        low: -0.75,
        high: -0.35,
        normal: bars(|i| i >= 18),
        suspicious: bars(|i| i <= 18),
    }
}

const THRESHOLD: f64 = -0.6012;

fn n_of(text: &str, shape: &str, color: &str) -> usize {
    let start = format!("<{shape} ");
    text.lines()
        .filter(|line| line.starts_with(&start) && line.contains(color))
        .count()
}

fn texts(svg: &str) -> Vec<&str> {
    let mut lines = svg.lines();
    let mut texts = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("<text ") {
            texts.extend(lines.next());
        }
    }
    texts
}

fn assert_golden(name: &str, found: &str) {
    let path = format!(
        "{}/tests/golden/charts/{name}.svg",
        env!("CARGO_MANIFEST_DIR")
    );
    if std::env::var_os("ISOLOG_BLESS").is_some() {
        std::fs::write(&path, found).expect("the golden folder can be written");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == golden,
        "{name}.svg differs; look at it, then bless with ISOLOG_BLESS=1"
    );
}

#[test]
fn charts_look_as_agreed() {
    let dark = Style {
        theme: Theme::dark(),
        pixel_ratio: 1.0,
    };
    let (traffic, night, scores) = (traffic(), night(), scores());
    for (name, size, style) in [
        ("light", DESK, light()),
        ("dark", DESK, dark),
        ("phone", PHONE, light()),
        ("print", PRINT, print()),
    ] {
        for (scale, scale_name) in [(Scale::Linear, "linear"), (Scale::Log, "log")] {
            let found = scatter_svg(&traffic, scale, size, &style);
            assert_golden(&format!("scatter-{scale_name}-{name}"), &found);
        }
        assert_golden(
            &format!("timeline-{name}"),
            &timeline_svg(&night, size, &style),
        );
        assert_golden(
            &format!("histogram-{name}"),
            &histogram_svg(&scores, THRESHOLD, size, &style),
        );
    }
}

#[test]
fn every_chart_has_titles_units_and_a_legend() {
    for (size, style) in [(DESK, light()), (PHONE, light()), (PRINT, print())] {
        let linear = scatter_svg(&traffic(), Scale::Linear, size, &style);
        let log = scatter_svg(&traffic(), Scale::Log, size, &style);
        let timeline = timeline_svg(&night(), size, &style);
        let histogram = histogram_svg(&scores(), THRESHOLD, size, &style);
        for (chart, expected) in [
            (
                &linear,
                vec![
                    "Bytes in and bytes out of each session",
                    "Bytes in (bytes)",
                    "Bytes out (bytes)",
                    "Normal: 267",
                    "Suspicious: 15",
                    "10 MB",
                ],
            ),
            (
                &log,
                vec![
                    "Bytes in (bytes, log scale)",
                    "Bytes out (bytes, log scale)",
                    "1 MB",
                ],
            ),
            (
                &timeline,
                vec![
                    "Sessions over time",
                    "Time (UTC)",
                    "Sessions",
                    "2024-04-26",
                    "06:00",
                    "10,000",
                ],
            ),
            (
                &histogram,
                vec![
                    "Scores of the sessions",
                    "Score (lower is more suspicious)",
                    "Sessions",
                    "−0.6",
                    "Threshold −0.6012",
                ],
            ),
        ] {
            let found = texts(chart);
            for text in expected {
                assert!(
                    found.contains(&text),
                    "no {text:?} in {found:?} at {size:?}"
                );
            }
        }
    }
}

#[test]
fn every_session_far_from_others_has_a_mark() {
    let apart = |n: i32, y: f64| (0..n).map(|i| (f64::from(i), y)).collect();
    let scatter = scatter_of(Unit::Seconds, apart(30, 1.0), apart(20, 2.0));
    let drawn = scatter_svg(&scatter, Scale::Linear, DESK, &light());
    // one more of each in the legend
    assert_eq!(n_of(&drawn, "circle", NORMAL), 31);
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), 21);
    let last_disc = drawn.rfind("<circle").expect("discs");
    let first_mark = drawn[last_disc..].find("<polygon");
    assert!(first_mark.is_some(), "suspicious marks lie on top");
    assert!(texts(&drawn).contains(&"20 s"), "{:?}", texts(&drawn));
}

#[test]
fn marks_on_one_heap_are_drawn_once() {
    let heap = scatter_of(Unit::Plain, vec![(1.0, 1.0); 1000], vec![(5.0, 5.0); 1000]);
    let drawn = scatter_svg(&heap, Scale::Log, DESK, &light());
    assert_eq!(n_of(&drawn, "circle", NORMAL), 2);
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), 2);
}

#[test]
fn a_crowd_is_drawn_in_plainer_marks() {
    let grid = |n_columns, n_rows| -> Vec<(f64, f64)> {
        let row = |y| (0..n_columns).map(move |x| (f64::from(x), f64::from(y)));
        (0..n_rows).flat_map(row).collect()
    };
    let crowd = scatter_of(Unit::Plain, grid(120, 80), grid(80, 40));
    let drawn = scatter_svg(&crowd, Scale::Linear, DESK, &light());
    assert_eq!(n_of(&drawn, "rect", NORMAL), 9600);
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), 3201);
    // only the legend has a disc, and a triangle with an edge
    assert_eq!(n_of(&drawn, "circle", NORMAL), 1);
    assert_eq!(n_of(&drawn, "polygon", "fill=\"#FFFFFF\""), 1);
}

#[test]
fn one_suspicious_session_of_ten_thousand_is_seen() {
    let drawn = timeline_svg(&night(), DESK, &light());
    // 65 buckets are not empty; the legend has one bar of each class and one triangle
    assert_eq!(n_of(&drawn, "rect", NORMAL), 66);
    assert_eq!(n_of(&drawn, "rect", SUSPICIOUS), 3);
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), 3);
    let heights = drawn
        .lines()
        .filter(|line| line.starts_with("<rect") && line.contains(SUSPICIOUS));
    assert!(
        heights
            .into_iter()
            .any(|line| line.contains("height=\"2\""))
    );
}

#[test]
fn histogram_bars_are_counted() {
    let drawn = histogram_svg(&scores(), THRESHOLD, DESK, &light());
    assert_eq!(n_of(&drawn, "rect", NORMAL), 32 + 1);
    assert_eq!(n_of(&drawn, "rect", SUSPICIOUS), 19 + 1);
}

#[test]
fn odd_data_is_drawn() {
    let (infinity, nan) = (f64::INFINITY, f64::NAN);
    let points = |points: &[(f64, f64)]| points.to_vec();
    let cases = [
        ("empty", points(&[]), points(&[]), 0, 0),
        ("one row", points(&[(3.0, 4.0)]), points(&[]), 1, 0),
        (
            "one suspicious row",
            points(&[]),
            points(&[(3.0, 4.0)]),
            0,
            1,
        ),
        (
            "all equal",
            points(&[(5e6, 0.0); 9]),
            points(&[(5e6, 0.0)]),
            1,
            1,
        ),
        (
            "negative",
            points(&[(-1000.0, -5.0), (5e5, 5.0)]),
            points(&[(1e6, -1e6)]),
            2,
            1,
        ),
        (
            "huge range",
            points(&[(f64::MIN, 1e-300), (f64::MAX, 1e300)]),
            points(&[(0.0, 0.0)]),
            2,
            1,
        ),
        (
            "no numbers",
            points(&[(nan, 1.0), (1.0, infinity), (1.0, 1.0)]),
            points(&[(-infinity, nan)]),
            1,
            0,
        ),
    ];
    for (name, normal, suspicious, n_normal, n_suspicious) in cases {
        for unit in [Unit::Bytes, Unit::Seconds, Unit::Score, Unit::Plain] {
            let scatter = scatter_of(unit, normal.clone(), suspicious.clone());
            for (scale, size) in [Scale::Linear, Scale::Log]
                .into_iter()
                .flat_map(|scale| [DESK, PHONE, (40, 30), (1, 1)].map(|size| (scale, size)))
            {
                let drawn = scatter_svg(&scatter, scale, size, &light());
                if size == DESK {
                    assert_eq!(
                        n_of(&drawn, "circle", NORMAL),
                        n_normal + 1,
                        "{name}, {scale:?}"
                    );
                    assert_eq!(
                        n_of(&drawn, "polygon", SUSPICIOUS),
                        n_suspicious + 1,
                        "{name}, {scale:?}"
                    );
                    assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{name}");
                }
            }
            assert!(!describe_scatter(&scatter).contains("NaN"), "{name}");
        }
    }
}

#[test]
fn odd_timelines_and_histograms_are_drawn() {
    let timeline = |start: i64, bucket_seconds: i64, n_buckets: usize| Timeline {
        column: "time".to_owned(),
        zone: "UTC".to_owned(),
        starts: (0..=n_buckets as i64)
            .map(|i| start.saturating_add(bucket_seconds.saturating_mul(i)))
            .collect(),
        bucket_seconds,
        buckets: vec![
            Bucket {
                n_sessions: 1,
                n_flagged: 1
            };
            n_buckets
        ],
        n_without_time: 0,
    };
    for (start, length, n_buckets) in [
        (0, 1, 0),
        (0, 1, 1),
        (i64::MIN, i64::MAX, 2),
        (-377_705_000_000, 315_360_000, 120),
        (0, 600, 5000),
    ] {
        for size in [DESK, PHONE, (40, 30)] {
            let timeline = timeline(start, length, n_buckets);
            let drawn = timeline_svg(&timeline, size, &light());
            assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), n_buckets + 1);
            assert!(describe_timeline(&timeline).starts_with("Timeline of "));
        }
    }
    let histogram = |low, high, n_bars| Histogram {
        low,
        high,
        normal: vec![2; n_bars],
        suspicious: vec![1; n_bars],
    };
    for (low, high, n_bars) in [
        (f64::INFINITY, f64::NEG_INFINITY, 0),
        (-0.505, -0.495, 1),
        (-0.5, -0.5, 50),
        (f64::NAN, f64::NAN, 5),
    ] {
        for threshold in [-0.5, -0.9, f64::NAN, f64::NEG_INFINITY] {
            let histogram = histogram(low, high, n_bars);
            let drawn = histogram_svg(&histogram, threshold, PHONE, &light());
            assert!(!drawn.contains("NaN"));
            assert!(describe_histogram(&histogram, threshold).starts_with("Histogram of "));
        }
    }
}

#[test]
fn descriptions_have_real_figures() {
    let small = scatter_of(
        Unit::Bytes,
        vec![(532.0, 44.0), (25_207_794.0, 1_561_220.0)],
        vec![(1e3, 1e3)],
    );
    assert_eq!(
        describe_scatter(&small),
        "Scatter plot of bytes out from 44 B to 1.56 MB against bytes in from 532 B to 25.2 MB. Normal sessions: 2; suspicious: 1."
    );
    let timeline = Timeline {
        buckets: vec![
            Bucket {
                n_sessions: 7,
                n_flagged: 1,
            },
            Bucket {
                n_sessions: 5,
                n_flagged: 2,
            },
        ],
        ..night()
    };
    assert_eq!(
        describe_timeline(&timeline),
        "Timeline of sessions from 2024-04-25 23:00:00 to 2024-04-25 23:20:00 UTC: 12 in all, 3 suspicious; most, 2, \
         between 2024-04-25 23:10:00 and 2024-04-25 23:20:00. 3 sessions have no time."
    );
    let histogram = Histogram {
        low: -0.75,
        high: -0.35,
        normal: vec![1200, 34],
        suspicious: vec![5, 0],
    };
    assert_eq!(
        describe_histogram(&histogram, -0.512_345),
        "Histogram of scores from −0.75 to −0.35; lower is more suspicious. Sessions: 1,239; below the threshold of −0.5123: 5."
    );
}

#[test]
fn colours_are_those_of_the_page() {
    let path = format!("{}/style/isolog.css", env!("CARGO_MANIFEST_DIR"));
    let css = std::fs::read_to_string(path)
        .expect("the style sheet")
        .to_uppercase();
    let (day, night) = css
        .split_once("PREFERS-COLOR-SCHEME: DARK")
        .expect("colours by night");
    for (theme, css) in [(Theme::light(), day), (Theme::dark(), night)] {
        let style = Style {
            theme,
            pixel_ratio: 1.0,
        };
        let drawn = timeline_svg(&night_without_marks(), DESK, &style);
        let colors = drawn.match_indices('#').map(|(at, _)| &drawn[at..at + 7]);
        let mut unknown: Vec<&str> = colors.filter(|color| !css.contains(color)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        // the marks' own colours by day are Okabe and Ito's
        let expected: &[&str] = if theme == Theme::light() {
            &["#0072B2", "#D55E00"]
        } else {
            &[]
        };
        assert_eq!(unknown, expected);
    }
}

fn night_without_marks() -> Timeline {
    Timeline {
        buckets: vec![Bucket::default()],
        ..night()
    }
}

/// Scores that put half of the anomalies before all else, and spread the others among the rest.
fn metrics(threshold: f64) -> Metrics {
    let is_anomalous: Vec<bool> = (0..400).map(|i| i < 20 || i % 19 == 0).collect();
    let scores: Vec<f64> = (0..400).map(|i| f64::from(i) / 1000.0 - 0.8).collect();
    Metrics::measure(&scores, &is_anomalous, threshold).expect("both labels")
}

fn curve_svg(curve: &Curve<'_>, size: (u32, u32), style: &Style) -> String {
    svg(size, |area| {
        draw_curve(area, curve, style).expect("a string takes it")
    })
}

#[test]
fn curves_look_as_agreed() {
    let dark = Style {
        theme: Theme::dark(),
        pixel_ratio: 1.0,
    };
    let metrics = metrics(-0.7705);
    let curves = [
        ("roc", Curve::roc(&metrics)),
        ("precision-recall", Curve::precision_recall(&metrics)),
    ];
    for (name, curve) in &curves {
        for (look, size, style) in [
            ("light", DESK, light()),
            ("dark", DESK, dark),
            ("phone", PHONE, light()),
        ] {
            let found = curve_svg(curve, size, &style);
            assert_golden(&format!("curve-{name}-{look}"), &found);
        }
    }
}

#[test]
fn curves_have_titles_a_figure_and_the_threshold() {
    let metrics = metrics(-0.7705);
    let curve = Curve::precision_recall(&metrics);
    let drawn = curve_svg(&curve, DESK, &light());
    let figure = format!("Average precision {:.4}", metrics.average_precision);
    for text in [
        "Precision and recall",
        "Recall",
        "Precision",
        "At the threshold",
        figure.as_str(),
        "0.5",
    ] {
        assert!(texts(&drawn).contains(&text), "no {text:?}");
    }
    // 30 rows are below the threshold; of 40 anomalies they hold the first 20
    assert_eq!((metrics.n_flagged, metrics.n_anomalies), (30, 40));
    assert_eq!(curve.threshold, Some((20.0 / 40.0, 20.0 / 30.0)));
    assert_eq!(
        Curve::roc(&metrics).threshold,
        Some((10.0 / 360.0, 20.0 / 40.0))
    );
    assert_eq!(curve.chance, [(0.0, 0.1), (1.0, 0.1)]);
    // the triangle and its edge, and the one in the legend
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), 2);
    let nothing = self::metrics(-2.0);
    let nothing = Curve::precision_recall(&nothing);
    assert_eq!(
        n_of(&curve_svg(&nothing, DESK, &light()), "polygon", SUSPICIOUS),
        1
    );
    assert!(describe_curve(&nothing).ends_with("The threshold flags nothing."));
    assert!(describe_curve(&curve).contains("recall 0.5, precision 0.6667"));
}

#[test]
fn a_place_on_the_histogram_is_a_score() {
    for (size, threshold) in [(DESK, THRESHOLD), (PHONE, -0.9)] {
        let span = histogram_span(&scores(), threshold, (f64::from(size.0), f64::from(size.1)));
        assert_eq!((span.low.0, span.high.0), (threshold.min(-0.75), -0.35));
        assert_eq!(span.score_at(span.low.1), span.low.0);
        assert_eq!(span.score_at(-5.0), span.low.0);
        assert_eq!(span.score_at(1e6), span.high.0);
        // the first dash of the threshold stands where its score is
        let drawn = histogram_svg(&scores(), threshold, size, &light());
        let ink = "fill=\"#17212B\"";
        let dash = drawn
            .lines()
            .find(|line| line.starts_with("<rect") && line.contains(ink))
            .expect("a dash");
        let x: f64 = dash
            .split("x=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .and_then(|text| text.parse().ok())
            .expect("its place");
        let step = (span.high.0 - span.low.0) / (span.high.1 - span.low.1);
        assert!((span.score_at(x + 0.75) - threshold).abs() < 1.5 * step);
    }
}
