//! Results that say nothing, or not what was asked for, say so. Scores and counts are scikit-learn 1.9.1's on the same rows
//! (`IsolationForest(random_state=42)` on `StandardScaler`'s output, where nothing else is said).

mod support;

use isolog::explain::stability::refit_flags;
use isolog::export::{File, FormulaGuard};
use isolog::features::Matrix;
use isolog::features::blind::BlindCause;
use isolog::forest::{Contamination, Params};
use isolog::job::{OtherSeed, Reply, Request, Settings, Trial};
use isolog::report::{Report, SilenceReason};
use isolog::session::dial::Dial;
use isolog::session::{Kind, Problem, data_notes, result_notes};
use serde_bytes::ByteBuf;
use support::Page;

fn log(header: &str, rows: impl Iterator<Item = String>) -> Vec<u8> {
    let rows: Vec<String> = rows.collect();
    format!("{header}\n{}\n", rows.join("\n")).into_bytes()
}

fn analyse(
    text: &[u8],
    features: &[&str],
    contamination: Contamination,
    scale: bool,
) -> (Page, Settings, Report) {
    let mut page = Page::open(text).expect("a log");
    let mut settings = page.default_settings();
    settings.features = features.iter().map(|&name| name.to_owned()).collect();
    settings.params.contamination = contamination;
    settings.scale = scale;
    let report = page.analyse(&settings, 2).expect("a report");
    (page, settings, report)
}

/// scikit-learn gives -0.5000000000000006 to each of 40 equal rows, which is below its threshold of -0.5.
#[test]
fn equal_rows_are_not_suspicious_though_rounding_flags_them_in_the_files() {
    let text = log("name,bytes,seconds", (0..40).map(|i| format!("s{i},7,300")));
    let features = ["bytes", "seconds"];
    let (mut page, settings, report) = analyse(&text, &features, Contamination::Auto, true);
    let silence = report.silence.clone().expect("a reason");
    assert_eq!(silence.reason, SilenceReason::EqualRows);
    assert_eq!((silence.n_rows, silence.n_in_files), (40, 40));
    assert_eq!((report.counts.n_flagged, report.threshold), (0, -0.5));
    assert_eq!(
        result_notes(&report),
        [
            "Nothing stands out: all 40 scored rows have the same feature values. Choose other features. The files stay scikit-learn's: by rounding, or by the threshold that was asked for, 40 sessions are suspicious in them."
        ]
    );
    let meaning = Dial::of(&report, Contamination::Auto).meaning;
    assert!(!meaning.contains("flagged"), "{meaning}");
    assert_eq!(report.histogram.suspicious.iter().sum::<u32>(), 0);
    // the files are scikit-learn's, explanations or not
    for with_explanations in [false, true] {
        let file = page.export_with(File::Suspicious, FormulaGuard::Off, with_explanations);
        assert_eq!(file.expect("a file").lines().count(), 41);
    }
    let file = page.export(File::Scored, FormulaGuard::Off);
    let file = file.expect("a file");
    assert_eq!(file.matches("-0.5000000000000006").count(), 40);
    assert_eq!(file.matches("Suspicious").count(), 40);
    // no seed is said to flag them, and no sentence explains what is not there
    let other = OtherSeed {
        trial: Trial::AsSet,
        is_first: true,
        flagged: ByteBuf::from(0_u32.to_le_bytes().to_vec()),
    };
    let sureness = page.sureness(Some(other), 0, 40).expect("a count");
    assert_eq!(
        sureness.summary,
        "1 other seed: nothing stands out by any of them, as all scores are equal but for rounding."
    );
    let drivers = page.importance().expect("drivers");
    assert!(drivers.features.is_empty(), "{drivers:?}");
    assert!(drivers.sentences[0].starts_with("Nothing stands out"));
    let request = Request::ExplainRows { rows: vec![0] };
    let Ok(Reply::Explained(explained)) = page.ask(request, &mut |_| {}) else {
        panic!("no explanation");
    };
    assert_eq!(
        explained[0].clearance,
        "Its score of -0.5000 is that of every session, up to rounding."
    );
    assert!(!format!("{explained:?}").contains("below the threshold"));
    // a threshold above all scores does not tell them apart either
    let mut moved = settings;
    moved.params.contamination = Contamination::Score(-0.4);
    let report = page.move_threshold(&moved).expect("a report");
    assert_eq!(report.counts.n_flagged, 0);
    let silence = report.silence.expect("a reason");
    assert_eq!(silence.n_in_files, 40);
}

#[test]
fn other_seeds_flag_nothing_by_rounding() {
    let matrix = Matrix::from_columns(&[&[7.0; 40]]);
    let params = Params {
        contamination: Contamination::Auto,
        ..Params::default()
    };
    for seed in 0..20 {
        let flagged = refit_flags(&matrix, &params, seed).expect("in range");
        assert!(flagged.is_empty(), "{seed}");
    }
}

#[test]
fn few_rows_say_why_none_stands_apart() {
    let reason = |rows: &[&str]| {
        let text = log("a,b", rows.iter().map(|&row| row.to_owned()));
        let (_, _, report) = analyse(&text, &["a", "b"], Contamination::Auto, true);
        report.silence.map(|silence| silence.reason)
    };
    assert_eq!(reason(&["1,2"]), Some(SilenceReason::OneRow));
    assert_eq!(reason(&["1,2", "3,4"]), Some(SilenceReason::TwoRows));
    assert_eq!(reason(&["1,2", "3,4", "9,1"]), None);
}

#[test]
fn a_forest_without_splits_says_so() {
    let text = log("a,b", (0..50).map(|i| format!("{},{}", i, i * i % 17)));
    let mut page = Page::open(&text).expect("a log");
    let mut settings = page.default_settings();
    settings.features = vec!["a".to_owned(), "b".to_owned()];
    settings.params.max_samples = "1".parse().expect("a count");
    let report = page.analyse(&settings, 1).expect("a report");
    let silence = report.silence.expect("a reason");
    assert_eq!(silence.reason, SilenceReason::NoSplit);
}

/// 25 of 250 rows have the same score, two have lower ones: scikit-learn flags 2 at any contamination from 0.02 to 0.104, and
/// 27 at 0.105.
#[test]
fn what_ties_forbid_is_said_with_what_can_be_had() {
    let row = |i: u32| match i {
        50 | 150 => 9 + i,
        _ if i % 10 == 4 => 3,
        _ => i % 2,
    };
    let text = log("name,fails", (0..250).map(|i| format!("s{i},{}", row(i))));
    let tied = -0.560_744_531_237_074;
    for (asked, next) in [
        (Contamination::Top(20), Contamination::Top(27)),
        (
            Contamination::Fraction(0.02),
            Contamination::Fraction(0.105),
        ),
        (
            Contamination::Fraction(0.104),
            Contamination::Fraction(0.105),
        ),
        (Contamination::Score(tied), Contamination::Score(-0.5)),
    ] {
        let (mut page, mut settings, report) = analyse(&text, &["fails"], asked, true);
        assert_eq!((report.threshold, report.counts.n_flagged), (tied, 2));
        let ties = report.ties.clone().expect("ties");
        assert_eq!((ties.n_tied, ties.next), (25, Some(next)), "{asked}");
        let note = &result_notes(&report)[0];
        assert!(
            note.ends_with("The next count that can be met is 27 (10.8 %)."),
            "{note}"
        );
        settings.params.contamination = next;
        let report = page.move_threshold(&settings).expect("a report");
        assert_eq!((report.counts.n_flagged, report.ties), (27, None));
    }
    for met in [
        Contamination::Top(2),
        Contamination::Top(27),
        Contamination::Fraction(0.105),
        Contamination::Auto,
    ] {
        let (_, _, report) = analyse(&text, &["fails"], met, true);
        assert_eq!((report.ties, report.silence), (None, None), "{met}");
    }
}

/// Standardized, 150 values are two in single precision: scikit-learn flags 8 rows, by the other feature.
#[test]
fn a_feature_that_one_giant_drowns_is_named() {
    let bytes = |i: u64| match i {
        77 => 4_000_000_000_000_000,
        _ => 1000 + i % 90,
    };
    let text = log(
        "size,seconds",
        (0..150).map(|i| format!("{},{}", bytes(i), i * 37 % 101)),
    );
    let features = ["size", "seconds"];
    let fraction = Contamination::Fraction(0.05);
    let (mut page, _, report) = analyse(&text, &features, fraction, true);
    assert_eq!(report.counts.n_flagged, 8);
    assert_eq!(report.threshold, -0.569_991_334_187_960_8);
    let [blind] = &report.blind[..] else {
        panic!("{:?}", report.blind)
    };
    assert_eq!(blind.name, "size");
    let drowned = BlindCause::Drowned {
        by: 4e15,
        n_alike: 149,
        low: 1000.0,
        high: 1089.0,
    };
    assert_eq!(blind.cause, drowned);
    let said = "A value of 4e15 leaves size no room: beside it the forest cannot tell 149 sessions apart, which lie between 1,000 and 1,089. Take its logarithm (log1p), leave it out, or switch standardization off.";
    assert_eq!(result_notes(&report), [said]);
    let drivers = page.importance().expect("drivers");
    assert_eq!(drivers.sentences.last().map(String::as_str), Some(said));
    let (_, _, report) = analyse(&text, &features, fraction, false);
    assert_eq!(report.blind, []);
}

#[test]
fn values_too_close_are_named_without_standardization() {
    let row = |i: u32| format!("{}e-9,{}e-9", 10 + i * 7 % 13, 20 + i * 5 % 31);
    let text = log("a,b", (0..60).map(row));
    let fraction = Contamination::Fraction(0.05);
    let (_, _, report) = analyse(&text, &["a", "b"], fraction, false);
    let reason = report.silence.as_ref().map(|silence| silence.reason);
    assert_eq!(reason, Some(SilenceReason::Blind));
    let notes = result_notes(&report);
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(
        notes[1].ends_with("Switch standardization on."),
        "{notes:?}"
    );
    let (_, _, report) = analyse(&text, &["a", "b"], fraction, true);
    assert_eq!((report.silence, report.blind.len()), (None, 0));
}

/// Sessions a minute apart; the 5th and the 60th end five minutes before they start, the 9th has no bytes either way.
fn clock_skew() -> Vec<u8> {
    let moment = |seconds: u32| {
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("2026-03-02T{hour:02}:{minute:02}:{second:02}Z")
    };
    let row = |i: u32| {
        let start = 8 * 3600 + 60 * i;
        let end = match i {
            4 | 59 => start - 300,
            _ => start + 20 + i * 37 % 50,
        };
        let (bytes_in, bytes_out) = match i {
            8 => (0, 0),
            _ => (500 + i * 7919 % 499, 2000 + i * 104_729 % 1999),
        };
        format!("{},{},{bytes_in},{bytes_out}", moment(start), moment(end))
    };
    log("start_time,end_time,bytes_in,bytes_out", (0..120).map(row))
}

#[test]
fn sessions_that_end_before_they_start_are_counted_and_no_duration_below_zero_is_advised() {
    let text = clock_skew();
    let features = ["bytes_in", "bytes_out", "duration_seconds"];
    let fraction = Contamination::Fraction(0.05);
    let (mut page, _, report) = analyse(&text, &features, fraction, true);
    let tally = page.overview().ends_before_start;
    assert_eq!((tally.count, tally.first_line), (2, Some(6)));
    assert_eq!(
        data_notes(page.overview(), &report.unscored),
        [
            "2 rows end before they start (first at line 6): their durations are negative. Clocks may differ, or the two columns be swapped."
        ]
    );
    assert_eq!(report.counts.n_flagged, 6);
    let explained = page.explain(0, 6).expect("explanations");
    let skewed = explained
        .iter()
        .filter(|row| row.reasons.contains("duration_seconds -300 s"));
    assert_eq!(skewed.count(), 2, "{explained:?}");
    for row in &explained {
        assert!(!row.clearance.contains(" were -"), "{}", row.clearance);
    }
}

#[test]
fn a_formula_without_a_result_is_undefined_and_says_for_what() {
    let text = clock_skew();
    let features = ["bytes_in", "log1p_duration_seconds", "bytes_ratio"];
    let fraction = Contamination::Fraction(0.05);
    let (page, _, report) = analyse(&text, &features, fraction, true);
    assert_eq!(
        data_notes(page.overview(), &report.unscored)[1..],
        [
            "2 rows are not scored (first at line 6) because log1p_duration_seconds is undefined (duration_seconds = -300); kept in the exports.",
            "1 row is not scored (first at line 10) because bytes_ratio is undefined (bytes_out = 0 and bytes_in = 0); kept in the exports."
        ]
    );
}

#[test]
fn columns_that_are_all_constant_are_not_the_user_s_fault() {
    let text = log("name,a,b", (0..9).map(|i| format!("s{i},7,300")));
    let mut page = Page::open(&text).expect("a log");
    let settings = page.default_settings();
    assert!(settings.features.is_empty());
    let error = page.analyse(&settings, 1).expect_err("no feature");
    let problem = Problem::from_error(&error);
    assert_eq!(problem.kind, Kind::File);
    assert!(
        problem.what.contains("has the same value in all rows"),
        "{}",
        problem.what
    );
}
