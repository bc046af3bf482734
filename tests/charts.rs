//! Each chart as SVG: compared with a golden file byte for byte, its marks counted, odd data drawn.
//!
//! `ISOLOG_BLESS=1 cargo test --test charts` writes the golden files anew.
#![cfg(not(target_arch = "wasm32"))]

use isolog::charts::{
    Cursor, Curve, Direction, Emphasis, FlowsPlace, Hour, MarkPlace, Region, Scale, ScatterView,
    Style, Theme, bucket_length, describe_curve, describe_distribution, describe_flows,
    describe_heatmap, describe_histogram, describe_scatter, describe_timeline,
    distribution_readout, distribution_span, distribution_table, draw_curve, draw_distribution,
    draw_emphasis, draw_flows, draw_heatmap, draw_histogram, draw_scatter, draw_timeline,
    flows_readout, flows_span, flows_table, heatmap_readout, heatmap_span, heatmap_table,
    histogram_readout, histogram_span, histogram_table, period_of_buckets, scatter_readout,
    scatter_span, scatter_table, timeline_readout, timeline_span, timeline_table, why_longer,
};
use isolog::explain::metrics::Metrics;
use isolog::export::figure::Figure;
use isolog::report::{
    Axis, Bucket, Distribution, Flow, Flows, Heatmap, Histogram, Mark, Scatter, Timeline, Unit,
};
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
        has_fixed_pixels: false,
    }
}

fn print() -> Style {
    Style {
        theme: Theme::print(),
        pixel_ratio: 2.0,
        has_fixed_pixels: false,
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
        known: vec![],
        n_known: 0,
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
        n_outside: 0,
        outside: None,
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
        has_fixed_pixels: false,
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
                    "Time (UTC), 10 minutes a bar",
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
fn a_heap_is_drawn_in_fewer_shapes_where_pixels_stay() {
    let heap: Vec<(f64, f64)> = (0..40_000)
        .map(|i| (f64::from(i % 200), f64::from(i / 200)))
        .collect();
    let heap = scatter_of(Unit::Plain, vec![(-2000.0, -2000.0)], heap);
    let drawn = |has_fixed_pixels| {
        let style = Style {
            has_fixed_pixels,
            ..light()
        };
        let drawn = scatter_svg(&heap, Scale::Linear, (4000, 4000), &style);
        (
            n_of(&drawn, "polygon", SUSPICIOUS),
            n_of(&drawn, "rect", SUSPICIOUS),
        )
    };
    let ((n_alone, n_rectangles), (n_at_edge, n_runs)) = (drawn(false), drawn(true));
    assert!(
        n_alone > 10_000 && n_rectangles == 0,
        "{n_alone}, {n_rectangles}"
    );
    assert!(
        n_at_edge + n_runs < n_alone / 4,
        "{n_at_edge}, {n_runs} of {n_alone}"
    );
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
        n_outside: 0,
        outside: None,
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
        "Timeline of sessions from 2024-04-25 23:00:00 to 2024-04-25 23:20:00 UTC, 10 minutes a bar: 12 in all, 3 \
         suspicious; most, 2, between 2024-04-25 23:10:00 and 2024-04-25 23:20:00. 3 sessions have no time."
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
            has_fixed_pixels: false,
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
        has_fixed_pixels: false,
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
        let region = span.region(-0.6, -0.5);
        assert!((span.score_at(region.left) + 0.6).abs() < 1e-9);
        assert!((span.score_at(region.right) + 0.5).abs() < 1e-9);
        assert!(span.plot.contains(region.middle()));
        assert_eq!(span.region(-9.0, 9.0), span.region(span.low.0, span.high.0));
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

/// A week of a firm: busy on workdays from 8 to 18, suspicious sessions in the nights from Friday to Sunday.
fn week() -> Heatmap {
    let mut numbers = numbers();
    let mut heatmap = Heatmap {
        n_sessions: Vec::new(),
        n_flagged: Vec::new(),
    };
    for (weekday, hour) in (0..7).flat_map(|weekday| (0..24).map(move |hour| (weekday, hour))) {
        let number = numbers.next().expect("they never end");
        let is_work = weekday < 5 && (8..18).contains(&hour);
        let n_sessions = (number * if is_work { 900.0 } else { 60.0 }) as u64;
        let is_bad = weekday >= 4 && (1..5).contains(&hour);
        heatmap.n_sessions.push(n_sessions + u64::from(is_bad));
        heatmap
            .n_flagged
            .push(if is_bad { 1 + n_sessions / 6 } else { 0 });
    }
    heatmap.n_sessions[30] = 0;
    heatmap.n_sessions[31] = 0;
    heatmap
}

/// Twelve sources and the rest of them, twelve destinations and the rest; the first source scans, others seldom talk.
fn net() -> Flows {
    let mut numbers = numbers();
    let mut flows = Vec::new();
    for (source, destination) in (0..13).flat_map(|s| (0..13).map(move |d| (s, d))) {
        let number = numbers.next().expect("they never end");
        if source == 0 || number < 0.4 {
            let n_sessions = 1 + (20_000.0 * number.powi(6)) as u64;
            flows.push(Flow {
                source,
                destination,
                n_sessions,
                n_flagged: if source == 0 || number < 0.03 {
                    n_sessions.div_ceil(2)
                } else {
                    0
                },
            });
        }
    }
    let sources = (0..12).map(|i| match i {
        3 => Some("2001:db8:85a3:1234:5678:8a2e:370:7334".to_owned()),
        _ => Some(format!("203.0.113.{}", 10 * i + 7)),
    });
    let destinations = (0..12).map(|i| match i {
        5 => Some("2001:db8:ffff:ffff:ffff:ffff:ffff:1".to_owned()),
        _ => Some(format!("10.138.69.{}", 9 * i + 90)),
    });
    Flows {
        columns: ("src_ip".to_owned(), "dst_ip".to_owned()),
        sources: sources.chain([None]).collect(),
        destinations: destinations.chain([None]).collect(),
        flows,
    }
}

/// Bytes of a log on a logarithmic axis: 100,000 normal sessions about 10 kB, 13 suspicious ones about 10 MB.
fn bytes() -> Distribution {
    let n_bars = 30;
    let top = 25e6_f64.ln_1p();
    let edge = |i: i32| (top * f64::from(i) / f64::from(n_bars)).exp_m1();
    let normal =
        (0..n_bars).map(|i| (9000.0 * (-0.5 * (f64::from(i - 16) / 4.0).powi(2)).exp()) as u64);
    let mut suspicious = vec![0; 30];
    suspicious[3] = 1;
    suspicious[26] = 2;
    suspicious[28] = 7;
    suspicious[29] = 3;
    Distribution {
        column: "bytes_in".to_owned(),
        edges: (0..=n_bars).map(edge).collect(),
        is_log: true,
        normal: normal.collect(),
        suspicious,
    }
}

/// Seconds on a linear axis.
fn seconds() -> Distribution {
    Distribution {
        column: "duration_seconds".to_owned(),
        edges: (0..=20).map(|i| f64::from(i) * 30.0).collect(),
        is_log: false,
        normal: (0..20).map(|i| 400 / (i + 1)).collect(),
        suspicious: (0..20).map(|i| u64::from(i > 14) * 3).collect(),
    }
}

fn heatmap_svg(heatmap: &Heatmap, size: (u32, u32), style: &Style) -> String {
    svg(size, |area| {
        draw_heatmap(area, heatmap, "Europe/Berlin", style).expect("a string takes it");
    })
}

fn flows_svg(flows: &Flows, size: (u32, u32), style: &Style) -> String {
    svg(size, |area| {
        draw_flows(area, flows, style).expect("a string takes it");
    })
}

fn distribution_svg(distribution: &Distribution, size: (u32, u32), style: &Style) -> String {
    svg(size, |area| {
        draw_distribution(area, distribution, style).expect("a string takes it");
    })
}

fn dark() -> Style {
    Style {
        theme: Theme::dark(),
        pixel_ratio: 1.0,
        has_fixed_pixels: false,
    }
}

fn css(size: (u32, u32)) -> (f64, f64) {
    (f64::from(size.0), f64::from(size.1))
}

#[test]
fn cells_and_distributions_look_as_agreed() {
    for (name, size, style) in [
        ("light", DESK, light()),
        ("dark", DESK, dark()),
        ("phone", PHONE, light()),
        ("print", PRINT, print()),
    ] {
        assert_golden(
            &format!("heatmap-{name}"),
            &heatmap_svg(&week(), size, &style),
        );
        assert_golden(&format!("flows-{name}"), &flows_svg(&net(), size, &style));
        for (kind, distribution) in [("log", bytes()), ("linear", seconds())] {
            let found = distribution_svg(&distribution, size, &style);
            assert_golden(&format!("distribution-{kind}-{name}"), &found);
        }
    }
}

/// Draws a chart and, on top, a selection and the cursor.
fn emphasized(
    size: (u32, u32),
    style: &Style,
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>),
    plot: Region,
    selected: Vec<Region>,
    cursor: Cursor,
) -> String {
    let emphasis = Emphasis {
        selected,
        cursor: Some(cursor),
    };
    svg(size, |area| {
        draw(area);
        draw_emphasis(area, plot, &emphasis, style).expect("a string takes it");
    })
}

#[test]
fn emphasis_looks_as_agreed() {
    for (name, size, style) in [
        ("light", DESK, light()),
        ("dark", DESK, dark()),
        ("phone", PHONE, light()),
    ] {
        let (traffic, night, week, net) = (traffic(), night(), week(), net());
        let view = ScatterView {
            x: Scale::Log,
            y: Scale::Linear,
            window: Some(((1e3, 3e7), (-1e4, 4e5))),
        };
        let span = scatter_span(&traffic, view, css(size));
        let selected = span.region(((1e6, 1e7), (5e4, 3e5))).expect("finite");
        let mark = span
            .nearest(&traffic, selected.middle(), 200.0)
            .expect("a mark");
        let found = mark.mark(&traffic).expect("it is one");
        let at = span.point((found.x, found.y)).expect("finite");
        let found = emphasized(
            size,
            &style,
            |area| draw_scatter(area, &traffic, view, &style).expect("a string takes it"),
            span.plot(),
            vec![selected],
            Cursor {
                target: Region::around(at, 7.0),
                readout: scatter_readout(&traffic, mark),
            },
        );
        assert_golden(&format!("emphasis-scatter-{name}"), &found);

        let span = timeline_span(&night, css(size));
        let (start, end) = period_of_buckets(&night, 38, 44);
        let found = emphasized(
            size,
            &style,
            |area| draw_timeline(area, &night, &style).expect("a string takes it"),
            span.plot(),
            span.region(start, end).into_iter().collect(),
            Cursor {
                target: span.region_of_buckets(41, 41),
                readout: timeline_readout(&night, 41),
            },
        );
        assert_golden(&format!("emphasis-timeline-{name}"), &found);

        let span = heatmap_span(&week, css(size));
        let hour = |weekday, hour| Hour { weekday, hour };
        let found = emphasized(
            size,
            &style,
            |area| draw_heatmap(area, &week, "UTC", &style).expect("a string takes it"),
            span.plot(),
            vec![span.region(hour(4, 0), hour(6, 5))],
            Cursor {
                target: span.region(hour(5, 3), hour(5, 3)),
                readout: heatmap_readout(&week, "UTC", hour(5, 3)),
            },
        );
        assert_golden(&format!("emphasis-heatmap-{name}"), &found);

        let span = flows_span(&net, css(size));
        let place = FlowsPlace::Flow {
            source: 3,
            destination: 12,
        };
        let found = emphasized(
            size,
            &style,
            |area| draw_flows(area, &net, &style).expect("a string takes it"),
            span.plot(),
            vec![
                span.region(FlowsPlace::Source(3)),
                span.region(FlowsPlace::Source(0)),
            ],
            Cursor {
                target: span.region(place),
                readout: flows_readout(&net, place),
            },
        );
        assert_golden(&format!("emphasis-flows-{name}"), &found);
    }
}

#[test]
fn charts_of_nothing_are_drawn() {
    let nothing = Heatmap {
        n_sessions: vec![0; 168],
        n_flagged: vec![0; 168],
    };
    let no_flows = Flows {
        columns: ("a".to_owned(), "b".to_owned()),
        sources: vec![],
        destinations: vec![],
        flows: vec![],
    };
    let one_flow = Flows {
        sources: vec![Some(String::new())],
        destinations: vec![None],
        flows: vec![Flow {
            source: 0,
            destination: 0,
            n_sessions: 1,
            n_flagged: 1,
        }],
        ..no_flows.clone()
    };
    let no_bars = Distribution {
        edges: vec![],
        normal: vec![],
        suspicious: vec![],
        ..bytes()
    };
    let odd_bars = Distribution {
        edges: vec![f64::NAN, f64::INFINITY, 3.0],
        normal: vec![0, 1],
        suspicious: vec![1, 0],
        ..bytes()
    };
    for size in [DESK, PHONE, (40, 30), (1, 1)] {
        let drawn = heatmap_svg(&nothing, size, &light());
        if size == DESK {
            assert!(texts(&drawn).contains(&"No sessions"));
        }
        for flows in [&no_flows, &one_flow] {
            assert!(!flows_svg(flows, size, &light()).contains("NaN"));
            let span = flows_span(flows, css(size));
            span.place_at((5.0, 5.0));
        }
        for distribution in [&no_bars, &odd_bars] {
            assert!(!distribution_svg(distribution, size, &light()).contains("NaN"));
            distribution_span(distribution, css(size)).bar_at(5.0);
        }
    }
    assert_eq!(distribution_span(&no_bars, css(DESK)).bar_at(9.0), None);
    assert_eq!(
        describe_heatmap(&nothing, "UTC"),
        "Heatmap of sessions by hour and weekday, UTC: no sessions."
    );
    assert_eq!(
        describe_flows(&no_flows),
        "Sessions from sources (a) to destinations (b): none."
    );
    assert_eq!(
        describe_flows(&one_flow),
        "Sessions from sources (a) to destinations (b): 1 in all, 1 suspicious, between 1 source and 0 destinations shown \
         by name; most suspicious ones, 1, from (empty) to all others."
    );
    assert_eq!(
        describe_distribution(&no_bars),
        "Distribution of bytes_in: no sessions."
    );
}

#[test]
fn one_suspicious_session_has_a_triangle_in_its_cell() {
    let mut one = week();
    one.n_flagged = vec![0; 168];
    one.n_flagged[100] = 1;
    let drawn = heatmap_svg(&one, DESK, &light());
    // and the one in the legend
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), 2);
    let drawn = heatmap_svg(&week(), DESK, &light());
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), 3 * 4 + 1);
    let net = net();
    let n_flagged = net.flows.iter().filter(|flow| flow.n_flagged > 0).count();
    let drawn = flows_svg(&net, PHONE, &light());
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), n_flagged + 1);
}

#[test]
fn a_class_of_few_is_as_tall_as_one_of_many() {
    let few = Distribution {
        edges: vec![0.0, 1.0, 2.0],
        is_log: false,
        normal: vec![1_000_000, 0],
        suspicious: vec![0, 2],
        ..bytes()
    };
    let drawn = distribution_svg(&few, DESK, &light());
    let heights = |color: &str| -> Vec<f64> {
        let bars = drawn
            .lines()
            .filter(|line| line.starts_with("<rect") && line.contains(color));
        bars.map(|line| attribute(line, "height")).collect()
    };
    // the first is the legend's
    assert_eq!(heights(NORMAL).len(), 2);
    assert!((heights(NORMAL)[1] - heights(SUSPICIOUS)[1]).abs() <= 1.0);
    let texts = texts(&drawn);
    for text in ["Share of its class", "100%", "0%"] {
        assert!(texts.contains(&text), "no {text:?} in {texts:?}");
    }
}

fn attribute(line: &str, name: &str) -> f64 {
    let start = format!(" {name}=\"");
    line.split(&start)
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .and_then(|text| text.parse().ok())
        .expect("a number")
}

#[test]
fn descriptions_and_readouts_of_cells_have_real_figures() {
    let mut heatmap = Heatmap {
        n_sessions: vec![0; 168],
        n_flagged: vec![0; 168],
    };
    // Tuesday 09:00 and Sunday 23:00
    (heatmap.n_sessions[33], heatmap.n_sessions[167]) = (1200, 34);
    heatmap.n_flagged[167] = 5;
    assert_eq!(
        describe_heatmap(&heatmap, "Asia/Kolkata"),
        "Heatmap of sessions by hour and weekday, Asia/Kolkata: 1,234 in all, 5 suspicious; most sessions, 1,200, on \
         Tuesday 09:00–10:00; most suspicious ones, 5, on Sunday 23:00–24:00."
    );
    let sunday = Hour {
        weekday: 6,
        hour: 23,
    };
    assert_eq!(
        heatmap_readout(&heatmap, "Asia/Kolkata", sunday),
        [
            "Sunday 23:00–24:00 Asia/Kolkata",
            "Sessions: 34",
            "Suspicious: 5"
        ]
    );
    let table = heatmap_table(&heatmap, "Asia/Kolkata");
    assert_eq!(
        table.headings,
        ["Weekday", "Hour", "Sessions", "Suspicious"]
    );
    assert_eq!(
        table.rows,
        [
            ["Tuesday", "09:00–10:00", "1,200", "0"],
            ["Sunday", "23:00–24:00", "34", "5"]
        ]
    );
    let distribution = Distribution {
        column: "bytes_out".to_owned(),
        edges: vec![0.0, 10.0, 20.0],
        is_log: false,
        normal: vec![30, 10],
        suspicious: vec![1, 2],
    };
    assert_eq!(
        describe_distribution(&distribution),
        "Distribution of bytes_out among 40 normal and 3 suspicious sessions, each as shares of its class; of the normal \
         ones most, 75%, from 0 to 10; of the suspicious ones most, 66.7%, from 10 to 20."
    );
    assert_eq!(
        distribution_readout(&distribution, 1),
        [
            "bytes_out 10 to 20",
            "Normal: 10 (25%)",
            "Suspicious: 2 (66.7%)"
        ]
    );
    assert_eq!(
        distribution_table(&distribution).rows[1],
        ["10 to 20", "10", "25%", "2", "66.7%"]
    );
    let flow = |source, destination, n_sessions, n_flagged| Flow {
        source,
        destination,
        n_sessions,
        n_flagged,
    };
    let flows = Flows {
        columns: ("src_ip".to_owned(), "dst_port".to_owned()),
        sources: vec![Some("10.0.0.1".to_owned()), None],
        destinations: vec![Some("443".to_owned()), Some("22".to_owned())],
        flows: vec![flow(0, 0, 2000, 0), flow(0, 1, 7, 7), flow(1, 0, 12, 1)],
    };
    assert_eq!(
        describe_flows(&flows),
        "Sessions from sources (src_ip) to destinations (dst_port): 2,019 in all, 8 suspicious, between 1 source and 2 \
         destinations shown by name; most suspicious ones, 7, from 10.0.0.1 to 22."
    );
    assert_eq!(
        flows_readout(&flows, FlowsPlace::Destination(0)),
        ["Destination: 443", "Sessions: 2,012", "Suspicious: 1"]
    );
    assert_eq!(
        flows_table(&flows).rows[2],
        ["All others", "443", "12", "1"]
    );
}

#[test]
fn a_timeline_states_its_zone() {
    let berlin = Timeline {
        zone: "Europe/Berlin".to_owned(),
        ..night()
    };
    for size in [DESK, PHONE] {
        let drawn = timeline_svg(&berlin, size, &light());
        assert!(texts(&drawn).contains(&"Time (Europe/Berlin), 10 minutes a bar"));
    }
    // 23:00 UTC is 01:00 of the next day in summer time
    let text = describe_timeline(&berlin);
    assert!(
        text.starts_with(
            "Timeline of sessions from 2024-04-26 01:00:00 to 2024-04-26 12:00:00 Europe/Berlin, 10 minutes"
        ),
        "{text}"
    );
    assert_eq!(
        timeline_readout(&berlin, 0)[..2],
        [
            "2024-04-26 01:00:00 to",
            "2024-04-26 01:10:00 Europe/Berlin"
        ]
    );
    assert!(timeline_table(&berlin).caption.ends_with("Europe/Berlin"));
}

#[test]
fn hours_that_the_clock_shows_twice_are_told_apart() {
    // summer time ended in Oslo on 25 October 2015 at 01:00 UTC
    let autumn = Timeline {
        zone: "Europe/Oslo".to_owned(),
        starts: (-1..=3).map(|i| 1_445_731_200 + 3600 * i).collect(),
        bucket_seconds: 3600,
        buckets: vec![Bucket::default(); 4],
        ..night()
    };
    let rows = timeline_table(&autumn).rows;
    let ends: Vec<[&str; 2]> = rows.iter().map(|row| [row[0].as_str(), &row[1]]).collect();
    assert_eq!(
        ends,
        [
            ["2015-10-25 01:00:00", "2015-10-25 02:00:00 +02:00"],
            ["2015-10-25 02:00:00 +02:00", "2015-10-25 02:00:00 +01:00"],
            ["2015-10-25 02:00:00 +01:00", "2015-10-25 03:00:00"],
            ["2015-10-25 03:00:00", "2015-10-25 04:00:00"],
        ]
    );
    assert_eq!(
        timeline_readout(&autumn, 1)[..2],
        [
            "2015-10-25 02:00:00 +02:00 to",
            "2015-10-25 02:00:00 +01:00 Europe/Oslo"
        ]
    );
}

#[test]
fn a_timeline_says_how_long_its_bars_are() {
    for (seconds, text) in [
        (1, "1 second"),
        (90, "90 seconds"),
        (900, "15 minutes"),
        (3600, "1 hour"),
        (86_400, "1 day"),
        (1_209_600, "2 weeks"),
        (2_592_000, "30 days"),
        (315_360_000, "3,650 days"),
    ] {
        assert_eq!(bucket_length(seconds), text);
    }
    let weeks = Timeline {
        bucket_seconds: 1_209_600,
        ..night()
    };
    assert_eq!(
        why_longer(&weeks, Some(3600)).as_deref(),
        Some("Bars of 1 hour would be more than 2,000: each is 2 weeks.")
    );
    assert_eq!(why_longer(&weeks, Some(1_209_600)), None);
    assert_eq!(why_longer(&weeks, None), None);
    let drawn = timeline_svg(&weeks, DESK, &light());
    assert!(texts(&drawn).contains(&"Time (UTC), 2 weeks a bar"));
}

#[test]
fn known_sessions_have_a_shape_and_a_legend_of_their_own() {
    const KNOWN: &str = "fill=\"#008A64\"";
    let mut scatter = traffic();
    let svg = |scatter: &Scatter| Figure::Scatter(scatter, Scale::Log.into()).svg();
    assert!(!svg(&scatter).contains("Known") && !svg(&scatter).contains(KNOWN));
    scatter.known = vec![
        scatter.normal.pop().expect("there are some"),
        scatter.normal.pop().expect("there are some"),
    ];
    (scatter.n_known, scatter.n_normal) = (2, scatter.n_normal - 2);
    let drawn = svg(&scatter);
    assert!(drawn.contains("Known: 2"));
    assert_eq!(drawn.matches(KNOWN).count(), 3, "two marks, and the legend");
    assert!(describe_scatter(&scatter).ends_with("suspicious: 15; known: 2."));
    let table = scatter_table(&scatter);
    assert_eq!(
        (table.rows[14][0].as_str(), table.rows[15][0].as_str()),
        ("Suspicious", "Known")
    );
    let place = MarkPlace::Known(0);
    assert_eq!(scatter_readout(&scatter, place)[0], "Known");
    let span = scatter_span(&scatter, Scale::Log, (800.0, 450.0));
    let mark = scatter.known[0];
    let point = span.point((mark.x, mark.y)).expect("finite values");
    assert_eq!(span.nearest(&scatter, point, 0.5), Some(place));
}

#[test]
fn a_saved_scatter_plot_is_looked_at_as_on_the_page() {
    let scatter = traffic();
    let view = ScatterView {
        x: Scale::Log,
        y: Scale::Linear,
        window: Some(((100.0, 10_000.0), (0.0, 5_000.0))),
    };
    let saved = Figure::Scatter(&scatter, view).svg();
    assert!(saved.contains("Bytes in (bytes, log scale)"));
    assert!(saved.contains("Bytes out (bytes)"));
    let n_shapes = |svg: &str| svg.matches("<circle").count() + svg.matches("<polygon").count();
    let whole = Figure::Scatter(&scatter, Scale::Linear.into()).svg();
    assert!(n_shapes(&saved) < n_shapes(&whole), "the rest lies outside");
}

#[test]
fn other_charts_have_their_data_as_tables() {
    let night = Timeline {
        buckets: night().buckets[..2].to_vec(),
        starts: night().starts[..3].to_vec(),
        ..night()
    };
    let table = timeline_table(&night);
    assert_eq!(table.rows.len(), 2);
    assert_eq!(
        table.rows[1][..2],
        ["2024-04-25 23:10:00", "2024-04-25 23:20:00"]
    );
    let histogram = Histogram {
        low: -0.6,
        high: -0.4,
        normal: vec![0, 3],
        suspicious: vec![1, 0],
    };
    assert_eq!(
        histogram_table(&histogram).rows,
        [["−0.6 to −0.5", "0", "1"], ["−0.5 to −0.4", "3", "0"]]
    );
    for (bar, expected) in [
        (0, ["Score −0.6 to −0.5", "Normal: 0", "Suspicious: 1"]),
        (1, ["Score −0.5 to −0.4", "Normal: 3", "Suspicious: 0"]),
    ] {
        assert_eq!(histogram_readout(&histogram, bar), expected);
    }
    assert!(histogram_readout(&histogram, 2).is_empty());
    let table = scatter_table(&traffic());
    assert_eq!(table.headings, ["Session", "Bytes in", "Bytes out"]);
    assert_eq!(
        (table.rows.len(), table.rows[0][0].as_str()),
        (200, "Suspicious")
    );
    assert!(table.caption.starts_with("The first 200 of 282 marks"));
}

#[test]
fn a_place_on_the_scatter_plot_is_a_pair_of_values() {
    let traffic = traffic();
    for (x, y) in [Scale::Linear, Scale::Log]
        .into_iter()
        .flat_map(|x| [Scale::Linear, Scale::Log].map(|y| (x, y)))
    {
        for (window, size) in [
            (None, css(DESK)),
            (Some(((1e3, 1e7), (2e4, 9e5))), css(PHONE)),
        ] {
            let span = scatter_span(&traffic, ScatterView { x, y, window }, size);
            for values in [(2e3, 3e4), (5e6, 4e5), (9.9e6, 8e5)] {
                let point = span.point(values).expect("finite");
                let found = span.values_at(point);
                assert!(
                    (found.0 / values.0 - 1.0).abs() < 1e-9,
                    "{found:?} {values:?}"
                );
                assert!(
                    (found.1 / values.1 - 1.0).abs() < 1e-9,
                    "{found:?} {values:?}"
                );
                let nearer = span.zoomed(point, 2.0).expect("a part");
                let after = scatter_span(
                    &traffic,
                    ScatterView {
                        x,
                        y,
                        window: Some(nearer),
                    },
                    size,
                );
                // a label of the vertical axis may be wider now, which moves the plot
                let (before, after_plot) = (span.plot(), after.plot());
                let share = |at: f64, low: f64, high: f64| (at - low) / (high - low);
                let now = after.point(values).expect("finite");
                assert!(
                    (share(point.0, before.left, before.right)
                        - share(now.0, after_plot.left, after_plot.right))
                    .abs()
                        < 0.02,
                    "{x:?} {y:?} {window:?}"
                );
                assert!((point.1 - now.1).abs() < 2.0, "{x:?} {y:?} {window:?}");
            }
            let region = Region::between((150.0, 150.0), (200.0, 180.0));
            let again = span.region(span.window(region)).expect("finite");
            for (a, b) in [
                (again.left, region.left),
                (again.top, region.top),
                (again.right, region.right),
                (again.bottom, region.bottom),
            ] {
                assert!((a - b).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn zooming_out_and_panning_end_with_the_plane() {
    let traffic = traffic();
    let whole = scatter_span(&traffic, Scale::Linear, css(DESK));
    let middle = whole.plot().middle();
    assert_eq!(whole.zoomed(middle, 0.5), None);
    assert_eq!(whole.panned((50.0, -30.0)), None);
    let view = |window| ScatterView {
        x: Scale::Linear,
        y: Scale::Log,
        window: Some(window),
    };
    let window = ((1e6, 2e6), (1e5, 5e5));
    let part = scatter_span(&traffic, view(window), css(DESK));
    let right = part.panned((-100.0, 0.0)).expect("a part");
    assert!(right.0.0 > 1e6 && (right.0.1 - right.0.0 - 1e6).abs() < 1.0);
    assert!((right.1.0 - 1e5).abs() < 1e-3 && (right.1.1 - 5e5).abs() < 1e-3);
    let far = part.panned((1e9, 1e9)).expect("still as narrow");
    assert!((far.0.0 - traffic.x.low).abs() < 1.0 && (far.0.1 - far.0.0 - 1e6).abs() < 10.0);
    assert!((far.1.1 / traffic.y.high - 1.0).abs() < 1e-9);
    // nearer and nearer ends somewhere, and never in an empty window
    let mut window = Some(window);
    for _ in 0..200 {
        let now = scatter_span(
            &traffic,
            ScatterView {
                window,
                ..view(((0.0, 1.0), (0.0, 1.0)))
            },
            css(DESK),
        );
        window = now.zoomed(now.plot().middle(), 2.0);
        if let Some(((left, right), (bottom, top))) = window {
            assert!(left < right && bottom < top);
        }
    }
}

#[test]
fn only_marks_in_the_window_are_drawn_and_found() {
    let row = |y: f64| (0..10).map(|x| (f64::from(x), y)).collect();
    let scatter = scatter_of(Unit::Plain, row(0.0), row(9.0));
    let view = ScatterView {
        x: Scale::Linear,
        y: Scale::Linear,
        window: Some(((2.0, 4.0), (-1.0, 5.0))),
    };
    let drawn = svg(DESK, |area| {
        draw_scatter(area, &scatter, view, &light()).expect("a string takes it")
    });
    assert_eq!(n_of(&drawn, "circle", NORMAL), 3 + 1);
    assert_eq!(n_of(&drawn, "polygon", SUSPICIOUS), 1);
    let span = scatter_span(&scatter, view, css(DESK));
    let at = span.point((3.0, 0.0)).expect("finite");
    let near = (at.0 + 3.0, at.1 - 4.0);
    assert_eq!(
        span.nearest(&scatter, near, 5.0),
        Some(MarkPlace::Normal(3))
    );
    assert_eq!(span.nearest(&scatter, near, 4.9), None);
    let moved = |from, direction| span.next(&scatter, from, direction);
    assert_eq!(
        moved(MarkPlace::Normal(3), Direction::Right),
        Some(MarkPlace::Normal(4))
    );
    assert_eq!(moved(MarkPlace::Normal(4), Direction::Right), None);
    assert_eq!(moved(MarkPlace::Normal(3), Direction::Up), None);
    let whole = scatter_span(&scatter, Scale::Linear, css(DESK));
    assert_eq!(
        whole.next(&scatter, MarkPlace::Normal(3), Direction::Up),
        Some(MarkPlace::Suspicious(3))
    );
    assert_eq!(
        whole.next(&scatter, MarkPlace::Suspicious(3), Direction::Down),
        Some(MarkPlace::Normal(3))
    );
    assert_eq!(
        scatter_readout(&scatter, MarkPlace::Suspicious(3)),
        ["Suspicious", "Bytes in: 3", "Bytes out: 9"]
    );
}

#[test]
fn a_place_on_the_timeline_is_a_bucket() {
    let night = night();
    for size in [css(DESK), css(PHONE)] {
        let span = timeline_span(&night, size);
        for bucket in [0, 20, 65] {
            let region = span.region_of_buckets(bucket, bucket);
            assert_eq!(span.bucket_at(region.middle().0), Some(bucket));
            let start = 1_714_086_000 + 600 * bucket as i64;
            assert!((span.seconds_at(region.left) - start as f64).abs() < 1e-3);
            let period = period_of_buckets(&night, bucket, bucket);
            assert_eq!(period, (start * 1_000_000, (start + 600) * 1_000_000));
            let again = span.region(period.0, period.1).expect("it is shown");
            assert!((again.left - region.left).abs() < 1e-3);
            assert!((again.right - region.right).abs() < 1e-3);
        }
        assert_eq!(
            (span.bucket_at(-9.0), span.bucket_at(1e6)),
            (Some(0), Some(65))
        );
        assert_eq!(span.region(0, 1_000_000), None);
        assert_eq!(span.moved(65, Direction::Right), 65);
        assert_eq!(span.moved(65, Direction::Left), 64);
    }
}

#[test]
fn a_place_among_cells_is_an_hour_or_a_flow() {
    let (week, net, bytes) = (week(), net(), bytes());
    for size in [css(DESK), css(PHONE)] {
        let span = heatmap_span(&week, size);
        for weekday in 0..7 {
            for hour in 0..24 {
                let hour = Hour { weekday, hour };
                let middle = span.region(hour, hour).middle();
                assert_eq!(span.hour_at(middle), Some(hour));
            }
        }
        assert_eq!(span.hour_at((1.0, 1.0)), None);
        let last = Hour {
            weekday: 6,
            hour: 23,
        };
        assert_eq!(span.nearest_hour((1e5, 1e5)), last);
        assert_eq!(last.moved(Direction::Down), last);
        let span = flows_span(&net, size);
        for source in 0..13 {
            for destination in 0..13 {
                let place = FlowsPlace::Flow {
                    source,
                    destination,
                };
                assert_eq!(span.place_at(span.region(place).middle()), Some(place));
            }
            let row = span.region(FlowsPlace::Source(source)).middle().1;
            assert_eq!(span.place_at((8.0, row)), Some(FlowsPlace::Source(source)));
            let column = span.region(FlowsPlace::Destination(source)).middle().0;
            let below = span.plot().bottom + 9.0;
            assert_eq!(
                span.place_at((column, below)),
                Some(FlowsPlace::Destination(source))
            );
        }
        let corner = FlowsPlace::Flow {
            source: 12,
            destination: 0,
        };
        let source = span.moved(corner, Direction::Left);
        assert_eq!(source, FlowsPlace::Source(12));
        assert_eq!(span.moved(source, Direction::Right), corner);
        let destination = span.moved(corner, Direction::Down);
        assert_eq!(destination, FlowsPlace::Destination(0));
        assert_eq!(span.moved(destination, Direction::Up), corner);
        let span = distribution_span(&bytes, size);
        for bar in 0..30 {
            assert_eq!(span.bar_at(span.region(bar, bar).middle().0), Some(bar));
        }
        assert_eq!((span.bar_at(-5.0), span.bar_at(1e6)), (Some(0), Some(29)));
    }
}

/// Relative luminance of a colour written as `#RRGGBB` (WCAG 2.2).
fn luminance(color: &str) -> f64 {
    let part = |at: usize| {
        let value = u8::from_str_radix(&color[at..at + 2], 16).expect("two hexadecimal digits");
        let share = f64::from(value) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn colours_of_cells_stand_off_the_ground_in_order() {
    let steps = Heatmap {
        n_sessions: (1..=168).collect(),
        n_flagged: vec![0; 168],
    };
    for style in [light(), dark(), print()] {
        let drawn = heatmap_svg(&steps, (1000, 600), &style);
        let rectangles: Vec<&str> = drawn
            .lines()
            .filter(|line| line.starts_with("<rect"))
            .collect();
        let color = |line: &str| {
            let at = line.find("fill=\"#").expect("it has a colour") + 6;
            line[at..at + 7].to_owned()
        };
        let ground = luminance(&color(rectangles[0]));
        let cells = &rectangles[rectangles.len() - 168..];
        let contrasts: Vec<f64> = cells
            .iter()
            .map(|line| {
                let cell = luminance(&color(line));
                (cell.max(ground) + 0.05) / (cell.min(ground) + 0.05)
            })
            .collect();
        assert!(contrasts[0] >= 3.0, "{}", contrasts[0]);
        assert!(contrasts[167] >= 14.0, "{}", contrasts[167]);
        assert!(contrasts.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}

#[test]
fn charts_are_crisp_at_any_pixel_ratio() {
    for pixel_ratio in [1.0, 1.5, 2.0, 3.0] {
        let style = Style {
            pixel_ratio,
            ..light()
        };
        let size = (
            (f64::from(DESK.0) * pixel_ratio) as u32,
            (f64::from(DESK.1) * pixel_ratio) as u32,
        );
        let drawn = [
            heatmap_svg(&week(), size, &style),
            flows_svg(&net(), size, &style),
            distribution_svg(&bytes(), size, &style),
        ];
        for (chart, n_marks) in drawn.iter().zip([168 - 2, net().flows.len(), 30]) {
            let rectangles = chart.lines().filter(|line| line.starts_with("<rect"));
            // whole device pixels, none of them empty
            let mut n_rectangles = 0;
            for line in rectangles {
                for name in ["x", "y", "width", "height"] {
                    assert_eq!(attribute(line, name).fract(), 0.0, "{line}");
                }
                assert!(attribute(line, "width") >= 1.0 && attribute(line, "height") >= 1.0);
                n_rectangles += 1;
            }
            assert!(n_rectangles >= n_marks);
        }
        // the same texts in the same places at every ratio
        let plain = heatmap_svg(&week(), DESK, &light());
        assert_eq!(texts(&plain), texts(&drawn[0]));
    }
}
