//! The threshold moved, the flags compared, the scores measured, the features derived: through the worker protocol.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use isolog::explain::metrics::Unmeasurable;
use isolog::export::{File, FormulaGuard};
use isolog::filter::{Known, Subject};
use isolog::forest::Contamination;
use isolog::job::Settings;
use isolog::report::Report;
use isolog::sample::sample_log;
use isolog::traffic::{Blank, Candidate, Label};
use support::{Page, Reader, shared};

const LOG: &str = "data/CloudWatch_Traffic_Web_Attack.csv";

fn with(settings: &Settings, contamination: Contamination) -> Settings {
    let mut settings = settings.clone();
    settings.params.contamination = contamination;
    settings
}

/// Rows with one numeric feature that tells them apart, and what follows it.
fn log(header: &str, rows: impl Iterator<Item = String>) -> Vec<u8> {
    let rows: Vec<String> = rows.collect();
    format!("{header}\n{}\n", rows.join("\n")).into_bytes()
}

fn flagged_lines(page: &mut Page, report: &Report) -> Vec<u32> {
    let n = u32::try_from(report.counts.n_flagged).expect("few");
    let rows = page.flagged(0, n).expect("rows");
    rows.into_iter().map(|row| row.line).collect()
}

#[test]
fn the_threshold_moves_by_count_and_by_score_without_a_new_fit() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    let first = page.analyse(&settings, 2).expect("an analysis");
    let all = first.counts.n_scored;
    let mut scores: Vec<f64> = Vec::new();
    for count in [1, 2, 10, 57, all - 1, all, all + 5] {
        let report = page
            .move_threshold(&with(&settings, Contamination::Top(count)))
            .expect("a report");
        assert!(report.counts.n_flagged <= count, "{count}");
        assert_eq!(
            report
                .histogram
                .suspicious
                .iter()
                .map(|&n| u64::from(n))
                .sum::<u64>(),
            report.counts.n_flagged
        );
        if count == 57 {
            assert_eq!(
                report.counts.n_flagged, 57,
                "no two of the lowest scores are equal"
            );
            scores = page
                .flagged(0, 57)
                .expect("rows")
                .iter()
                .map(|row| row.score)
                .collect();
        }
        if count >= all {
            assert_eq!(report.counts.n_flagged, all);
        }
    }
    // a row that lies on the threshold is not below it
    let report = page
        .move_threshold(&with(&settings, Contamination::Score(scores[20])))
        .expect("a report");
    assert_eq!(
        (report.threshold, report.counts.n_flagged),
        (scores[20], 20)
    );
    let report = page
        .move_threshold(&with(&settings, Contamination::Auto))
        .expect("a report");
    assert_eq!(report.threshold, -0.5);
    let exported = page
        .export(File::Suspicious, FormulaGuard::On)
        .expect("a file");
    assert_eq!(
        exported.lines().count() as u64,
        report.counts.n_flagged + 1,
        "downloads follow"
    );
    let back = page.move_threshold(&settings).expect("a report");
    assert_eq!(
        (back.counts, back.threshold),
        (first.counts, first.threshold)
    );
}

/// Lines of flagged rows are kept from one threshold to the next: however it got there, a result is compared the same way.
#[test]
fn a_threshold_that_moves_back_and_forth_is_compared_as_one_that_jumps() {
    let known = vec![Known {
        subject: Subject::Network("203.0.113.0/24".parse().expect("a network")),
        reason: String::new(),
    }];
    let log = sample_log();
    let mut page = Page::open(&log).expect("a log");
    let settings = page.default_settings();
    page.analyse(&settings, 1).expect("an analysis");
    let mut jumping = Page::open(&log).expect("a log");
    jumping.known = known.clone();
    jumping
        .analyse(&with(&settings, Contamination::Top(40)), 1)
        .expect("an analysis");
    let go = |page: &mut Page, count| {
        let settings = with(&settings, Contamination::Top(count));
        page.move_threshold(&settings).expect("a report")
    };
    for count in [300, 20, 150] {
        go(&mut page, count);
    }
    page.known = known;
    for count in [150, 40] {
        go(&mut page, count);
    }
    for count in [100, 10, 400] {
        let (moved, jumped) = (go(&mut page, count), go(&mut jumping, count));
        assert_eq!(moved.counts, jumped.counts);
        assert!(moved.counts.n_known > 0, "the allow-list covers some");
        assert_eq!(moved.comparison, jumped.comparison);
    }
    // below a threshold that nothing reaches nobody is known
    let none = with(&settings, Contamination::Score(-1.0));
    let counts = page.move_threshold(&none).expect("a report").counts;
    assert_eq!((counts.n_flagged, counts.n_known), (0, 0));
    assert_eq!(go(&mut page, 100).counts, go(&mut jumping, 100).counts);
    let flagged = |page: &mut Page| page.flagged(0, 100).expect("rows");
    assert_eq!(flagged(&mut page), flagged(&mut jumping));
}

#[test]
fn tied_rows_are_flagged_together_or_not_at_all() {
    let text = log(
        "name,a",
        (0..40).map(|i| format!("s{i},{}", if i < 3 { 900 } else { i % 5 })),
    );
    let mut page = Page::open(&text).expect("a log");
    let settings = page.default_settings();
    page.analyse(&settings, 1).expect("an analysis");
    let mut n_flagged = |count| {
        page.move_threshold(&with(&settings, Contamination::Top(count)))
            .expect("a report")
            .counts
            .n_flagged
    };
    assert_eq!((n_flagged(2), n_flagged(3)), (0, 3));
}

#[test]
fn a_change_of_settings_says_what_became_of_the_flags() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    let first = page.analyse(&settings, 2).expect("an analysis");
    assert_eq!(first.comparison, None, "there is nothing to compare with");
    let before = flagged_lines(&mut page, &first);

    let mut other = settings.clone();
    other.params.random_state = 7;
    other.features.push("log1p_bytes_out".to_owned());
    let second = page.analyse(&other, 3).expect("an analysis");
    let now = flagged_lines(&mut page, &second);
    let comparison = second.comparison.expect("two results");
    let kept = now.iter().filter(|line| before.contains(line)).count() as u64;
    assert_eq!(comparison.n_kept, kept);
    assert_eq!(comparison.n_dropped, before.len() as u64 - kept);
    assert_eq!(comparison.n_new, now.len() as u64 - kept);
    let text = comparison.text();
    assert!(
        text.ends_with("log1p_bytes_out off → on, seed 42 → 7."),
        "{text}"
    );
    let first_dropped = before.iter().find(|line| !now.contains(line));
    assert_eq!(comparison.dropped.first(), first_dropped);

    // on the way to a new threshold everything is compared with the last that stood still
    for (count, is_last) in [(300, false), (200, false), (now.len() as u64 + 1, true)] {
        let wanted = with(&other, Contamination::Top(count));
        let report = if is_last {
            page.move_threshold(&wanted)
        } else {
            page.pass_threshold(&wanted)
        }
        .expect("a report");
        let comparison = report.comparison.expect("two results");
        assert_eq!(
            (comparison.n_kept, comparison.n_dropped),
            (now.len() as u64, 0)
        );
        assert_eq!(comparison.n_new, report.counts.n_flagged - now.len() as u64);
        assert!(
            comparison
                .text()
                .ends_with(&format!("threshold contamination 0.05 → top {count}."))
        );
    }
    // a report without a change keeps what the last change did
    let again = page
        .move_threshold(&with(&other, Contamination::Top(now.len() as u64 + 1)))
        .expect("a report");
    assert_eq!(again.comparison.expect("the last").n_new, 1);

    let scaled = Settings {
        scale: false,
        ..with(&other, Contamination::Top(now.len() as u64 + 1))
    };
    let unscaled = page
        .analyse(&scaled, 1)
        .expect("an analysis")
        .comparison
        .expect("two results");
    assert!(unscaled.text().contains("standardized features on → off"));
}

#[test]
fn labels_are_offered_and_measured() {
    let verdict = |i: u32| if i < 6 { "attack" } else { "normal" };
    let text = log(
        "name,bytes,label,flag,kind",
        (0..200).map(|i| {
            let bytes = if i < 5 {
                90_000 + 7 * i
            } else {
                100 + i * 37 % 91
            };
            let label = if i == 150 { "" } else { verdict(i) };
            let bytes = if i == 160 {
                String::new()
            } else {
                bytes.to_string()
            };
            format!("s{i},{bytes},{label},{},{}", i % 2, i % 3)
        }),
    );
    let mut page = Page::open(&text).expect("a log");
    let offered: Vec<&str> = page
        .overview()
        .labels
        .iter()
        .map(|label| label.name.as_str())
        .collect();
    assert_eq!(offered, ["label", "flag"]);
    let label = Label {
        column: "label".to_owned(),
        anomalies: vec!["attack".to_owned()],
        blank: Blank::LeftOut,
    };
    assert_eq!(page.label, Some(label.clone()));
    let mut settings = page.default_settings();
    settings.features = vec!["bytes".to_owned()];
    settings.params.contamination = Contamination::Top(5);
    let report = page
        .analyse(&settings, 2)
        .expect("an analysis")
        .metrics
        .expect("a label");
    assert_eq!(
        (report.n_unscored, report.n_unlabelled, report.is_feature),
        (1, 1, false)
    );
    let metrics = report.metrics.as_ref().expect("two labels");
    assert_eq!(
        (
            metrics.n_rows,
            metrics.n_anomalies,
            metrics.n_flagged,
            metrics.n_found
        ),
        (198, 6, 5, 5)
    );
    assert_eq!(metrics.precision(), Some(1.0));
    assert_eq!(metrics.recall(), 5.0 / 6.0);

    // the threshold changes the counts and not the curves, as measuring anew does
    let moved = page
        .move_threshold(&with(&settings, Contamination::Top(40)))
        .expect("a report");
    let moved = moved.metrics.expect("a label").metrics.expect("two labels");
    assert_eq!((moved.roc_auc, &moved.roc), (metrics.roc_auc, &metrics.roc));
    page.label = None;
    assert_eq!(
        page.move_threshold(&with(&settings, Contamination::Top(40)))
            .expect("a report")
            .metrics,
        None
    );
    page.label = Some(label);
    let anew = page
        .move_threshold(&with(&settings, Contamination::Top(40)))
        .expect("a report");
    assert_eq!(
        anew.metrics.expect("a label").metrics.expect("two labels"),
        moved
    );

    // the other value, another column, and a label that is a feature
    page.label = Some(Label {
        column: "label".to_owned(),
        anomalies: vec!["normal".to_owned()],
        blank: Blank::LeftOut,
    });
    let turned = page
        .move_threshold(&settings)
        .expect("a report")
        .metrics
        .expect("a label")
        .metrics
        .expect("two labels");
    assert!((turned.roc_auc - (1.0 - metrics.roc_auc)).abs() < 1e-12);
    page.label = Some(Label {
        column: "flag".to_owned(),
        anomalies: vec!["1".to_owned()],
        blank: Blank::LeftOut,
    });
    settings.features.push("flag".to_owned());
    let seen = page
        .analyse(&settings, 1)
        .expect("an analysis")
        .metrics
        .expect("a label");
    assert!(
        seen.is_feature
            && seen
                .notes()
                .iter()
                .any(|note| note.contains("sees the answer"))
    );
    page.label = Some(Label {
        column: "nothing".to_owned(),
        anomalies: vec!["1".to_owned()],
        blank: Blank::LeftOut,
    });
    assert_eq!(
        page.move_threshold(&settings).expect("a report").metrics,
        None
    );
}

#[test]
fn labels_of_many_values_and_constants_are_offered() {
    let kinds = ["BENIGN", "DDoS", "Bot", "PortScan"];
    let text = log(
        "bytes,kind,rule",
        (0..200).map(|i| {
            // ten rows stand far out, and those are the attacks
            let kind = if i % 20 == 0 {
                kinds[1 + i / 20 % 3]
            } else {
                kinds[0]
            };
            let bytes = if i % 20 == 0 {
                1_000_000 * (1 + i)
            } else {
                1000 + i
            };
            format!("{bytes},{kind},waf_rule")
        }),
    );
    let mut page = Page::open(&text).expect("a log");
    let labels = page.overview().labels.clone();
    let names: Vec<&str> = labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(names, ["kind", "rule"]);
    assert_eq!(page.label, None, "no name says that it is a label");
    let settings = page.default_settings();
    page.label = Some(labels[0].label());
    let report = page.analyse(&settings, 1).expect("a report");
    let metrics = report.metrics.expect("a label");
    let figures = metrics.metrics.as_ref().expect("two kinds of rows");
    assert_eq!(figures.n_anomalies, 10);
    assert!((figures.roc_auc - 1.0).abs() < 1e-12, "they come first");
    page.label = Some(labels[1].label());
    let report = page.analyse(&settings, 1).expect("a report");
    let notes = report.metrics.expect("a label").notes();
    assert_eq!(
        notes[0],
        "All 200 labels in rule count as anomalies, so accuracy cannot be measured here."
    );
}

/// Categories of attacks, and nothing where all is normal, as in UNSW-NB15. The figures are scikit-learn 1.9.1's
/// (`roc_auc_score`, `average_precision_score`) on the same rows, standardized, with the forest of the default settings.
#[test]
fn a_blank_label_means_normal_beside_attacks_only() {
    let kind = |i: u32| match i {
        _ if i.is_multiple_of(29) && i % 87 != 58 => ["Worms", "Fuzzers"][i as usize % 2],
        _ if i.is_multiple_of(101) => "Analysis",
        _ => "",
    };
    let text = |blank: &str| {
        let row = |i: u32| {
            let is_far = i.is_multiple_of(29);
            let bytes = match is_far {
                true => 90_000 + i * 977 % 5000 * 10,
                false => 1000 + i * 7919 % 997 * 3,
            };
            let seconds = match i % 58 {
                0 => 40 + i % 7,
                _ => 1 + i * 31 % 17,
            };
            let kind = match kind(i) {
                "" => blank,
                kind => kind,
            };
            format!("{bytes},{seconds},{kind}")
        };
        log("bytes,seconds,attack_cat", (0..300).map(row))
    };
    for blank in ["", "-", "None", "NaN"] {
        let mut page = Page::open(&text(blank)).expect("a log");
        let settings = page.default_settings();
        assert_eq!(settings.features, ["bytes", "seconds"]);
        let label = page.label.clone().expect("a label by name");
        assert_eq!(
            (label.anomalies.len(), label.blank),
            (3, Blank::Normal),
            "{blank}"
        );
        assert_eq!(page.overview().labels[0].n_blank, 290);
        let report = page.analyse(&settings, 2).expect("a report");
        let report = report.metrics.expect("a label");
        let metrics = report.metrics.as_ref().expect("two kinds of rows");
        assert!((metrics.roc_auc - 0.845_517_241_379_310_4).abs() < 1e-15);
        assert!((metrics.average_precision - 0.744_657_711_569_476_1).abs() < 1e-15);
        assert_eq!((metrics.n_flagged, metrics.n_found), (15, 8));
        assert_eq!(
            report.notes(),
            [
                "Measured on 300 rows: 10 with attack_cat Worms, Fuzzers and one more value count as anomalies, 290 blank ones as normal. Flagged: 15, of them rightly: 8."
            ]
        );
        // as unknown they are left out, and there is nothing to tell the attacks from
        page.label = Some(Label {
            blank: Blank::LeftOut,
            ..label.clone()
        });
        let report = page.move_threshold(&settings).expect("a report");
        assert_eq!(
            report.metrics.expect("a label").notes(),
            [
                "All 10 labels in attack_cat count as anomalies, so accuracy cannot be measured here.",
                "290 rows have no label and are left out.",
                "If a blank label means normal, choose that under “Label column”."
            ]
        );
        // some of the attacks alone, and the blanks the other way round
        page.label = Some(Label {
            anomalies: vec!["Worms".to_owned()],
            ..label.clone()
        });
        let report = page.move_threshold(&settings).expect("a report");
        let note = &report.metrics.expect("a label").notes()[0];
        assert!(
            note.contains("others and 290 blank ones as normal."),
            "{note}"
        );
        page.label = Some(Label {
            anomalies: Vec::new(),
            blank: Blank::Anomaly,
            ..label
        });
        let report = page.move_threshold(&settings).expect("a report");
        let note = &report.metrics.expect("a label").notes()[0];
        assert!(
            note.starts_with(
                "Measured on 300 rows: 290 blank ones count as anomalies, 10 others as normal."
            ),
            "{note}"
        );
    }
}

#[test]
fn labels_have_up_to_two_hundred_values_and_more_are_refused_by_name() {
    let row = |i: u32| {
        let kind = match i % 5 {
            0 => format!("attack {}", i / 5 % 199),
            _ => "normal".to_owned(),
        };
        format!("{},{kind},{},{}", 100 + i * 37 % 91, i % 200, i % 201)
    };
    let text = log("bytes,class,target,label", (0..2000).map(row));
    let page = Page::open(&text).expect("a log");
    let labels = page.overview().labels.iter();
    let labels: Vec<_> = labels
        .map(|column| {
            (
                column.name.as_str(),
                column.values.len(),
                column.anomalies.len(),
            )
        })
        .collect();
    assert_eq!(labels, [("class", 200, 199), ("target", 200, 199)]);
    let unfit: Vec<String> = page
        .overview()
        .unfit_labels
        .iter()
        .map(|column| format!("{}: {}", column.name, column.reason.text()))
        .collect();
    assert_eq!(unfit, ["label: more than 200 values, so no label"]);
}

#[test]
fn one_label_cannot_be_measured_and_says_so() {
    let text = log("bytes,label", (0..30).map(|i| format!("{},0", i * i)));
    let mut page = Page::open(&text).expect("a log");
    let settings = page.default_settings();
    let report = page
        .analyse(&settings, 1)
        .expect("an analysis")
        .metrics
        .expect("a label");
    assert!(matches!(
        report.metrics,
        Err(Unmeasurable::Constant { n_rows: 30, .. })
    ));
    assert!(report.notes()[0].ends_with("accuracy cannot be measured here."));
}

/// Columns that the log below has by derivation, worked out by hand.
#[test]
fn derived_features_are_what_their_names_say() {
    let text = b"src_ip,creation_time,end_time,bytes_in,bytes_out,mark\n\
        a,2026-03-02T09:10:00Z,2026-03-02T09:20:00Z,99,49.5,1\n\
        a,2026-03-02T09:59:59Z,2026-03-02T10:20:00Z,1,4,2\n\
        b,2026-03-02T09:30:00Z,2026-03-02T09:40:00Z,0,7,3\n\
        a,2026-03-02T10:00:00Z,2026-03-02T10:20:00Z,9,9,4\n\
        ,2026-03-03T00:00:00Z,2026-03-03T00:00:01Z,,3,5\n";
    let mut page = Page::open(text).expect("a log");
    let names: Vec<String> = page
        .overview()
        .candidates
        .iter()
        .filter(|candidate| candidate.is_derived)
        .map(|candidate| candidate.name.clone())
        .collect();
    assert_eq!(
        names,
        [
            "duration_seconds",
            "avg_packet_size",
            "log1p_bytes_in",
            "log1p_bytes_out",
            "log1p_duration_seconds",
            "bytes_ratio",
            "hour_of_day",
            "sessions_per_source_hour",
            "bytes_per_source_hour"
        ]
    );
    let further: Vec<&Candidate> = page
        .overview()
        .candidates
        .iter()
        .filter(|candidate| names[2..].contains(&candidate.name))
        .collect();
    assert!(
        further
            .iter()
            .all(|candidate| !candidate.is_default && !candidate.notes.is_empty())
    );

    let settings = Settings {
        features: names.clone(),
        ..page.default_settings()
    };
    page.analyse(&settings, 1).expect("an analysis");
    let exported = page
        .export(File::Scored, FormulaGuard::Off)
        .expect("a file");
    let mut reader = csv::Reader::from_reader(exported.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
    let column = |name: &str| -> Vec<String> {
        let at = header
            .iter()
            .position(|other| other == name)
            .unwrap_or_else(|| panic!("no {name}"));
        rows.iter().map(|row| row[at].to_owned()).collect()
    };
    assert_eq!(column("bytes_ratio"), ["0.5", "4.0", "inf", "1.0", ""]);
    assert_eq!(column("hour_of_day"), ["9.0", "9.0", "9.0", "10.0", "0.0"]);
    assert_eq!(
        column("sessions_per_source_hour"),
        ["2.0", "2.0", "1.0", "1.0", ""]
    );
    assert_eq!(
        column("bytes_per_source_hour"),
        ["153.5", "153.5", "7.0", "18.0", ""]
    );
    // math.log1p(99), (1), (0), (9) of Python
    assert_eq!(
        column("log1p_bytes_in"),
        [
            "4.605170185988092",
            "0.6931471805599453",
            "0.0",
            "2.302585092994046",
            ""
        ]
    );
    assert_eq!(
        column("anomaly")[2],
        "Not scored",
        "a ratio to nothing is undefined"
    );

    // what is not chosen is not exported
    page.analyse(&page.default_settings(), 1)
        .expect("an analysis");
    let exported = page
        .export(File::Scored, FormulaGuard::Off)
        .expect("a file");
    let header = exported.lines().next().expect("a header");
    assert!(header.contains("duration_seconds,avg_packet_size"));
    assert!(
        !header.contains("log1p") && !header.contains("hour"),
        "{header}"
    );
}

#[test]
fn a_second_reading_of_the_same_file_is_compared_by_line() {
    let mut text = log(
        "name,a,b",
        (0..60).map(|i| format!("s{i},{},{}", i * 7 % 31, i * i % 17)),
    );
    text.extend_from_slice(b"s0,0,0\nodd,900,900\n");
    let mut page = Page::open(&text).expect("a log");
    let settings = Settings {
        drop_duplicates: true,
        ..page.default_settings()
    };
    page.analyse(&settings, 1).expect("an analysis");
    page.read(Reader {
        drop_duplicates: false,
        ..Reader::default()
    })
    .expect("a log");
    let settings = Settings {
        drop_duplicates: false,
        ..settings
    };
    let comparison = page
        .analyse(&settings, 1)
        .expect("an analysis")
        .comparison
        .expect("two results");
    assert!(
        comparison.text().contains("dropped duplicates on → off"),
        "{}",
        comparison.text()
    );
    assert!(
        comparison.n_kept >= 1,
        "the odd row is flagged whatever its number"
    );
}

/// Figures of pandas and scikit-learn on the same log.
#[test]
fn log1p_keeps_seven_of_the_notebook_s_flags() {
    let Some(bytes) = shared(LOG) else { return };
    let mut page = Page::open(&bytes).expect("a log");
    let settings = page.default_settings();
    assert_eq!(
        page.analyse(&settings, 1)
            .expect("an analysis")
            .counts
            .n_flagged,
        15
    );
    let features = ["log1p_bytes_in", "log1p_bytes_out", "duration_seconds"]
        .map(str::to_owned)
        .to_vec();
    let log1p = Settings {
        features,
        ..settings
    };
    let comparison = page
        .analyse(&log1p, 1)
        .expect("an analysis")
        .comparison
        .expect("two results");
    assert_eq!(
        (comparison.n_kept, comparison.n_dropped, comparison.n_new),
        (7, 8, 8)
    );
    assert_eq!(
        comparison.text(),
        "Kept 7, dropped 8, new 8, against the result before: bytes_in on → off, bytes_out on → off, \
         log1p_bytes_in off → on, log1p_bytes_out off → on."
    );
}

/// Says how long a move of the threshold takes; run it alone, in release mode, with `--ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn how_long_a_move_takes() {
    use std::time::Instant;

    let mut text = Vec::new();
    isolog::sample::write_log(1_000_000, &mut text).expect("a log");
    let mut page = Page::open(&text).expect("a log");
    let settings = page.default_settings();
    page.analyse(&settings, 2).expect("an analysis");
    for share in [0.001, 0.01, 0.05, 0.2, 0.5] {
        let start = Instant::now();
        let report = page
            .pass_threshold(&with(&settings, Contamination::Fraction(share)))
            .expect("a report");
        println!(
            "{share}: {} flagged, {:.1} ms",
            report.counts.n_flagged,
            start.elapsed().as_secs_f64() * 1e3
        );
    }
}
