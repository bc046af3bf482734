//! Bytes to report to files, through the worker protocol.

mod support;

use isolog::export::{File, FormulaGuard};
use isolog::forest::Contamination;
use isolog::job::{Error, Reply, Request, RowShard};
use isolog::sample::sample_log;
use support::{Page, Reader};

/// Columns of `text` by name, a row a vector.
fn columns(text: &str, names: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let at: Vec<usize> = names
        .iter()
        .map(|name| {
            header
                .iter()
                .position(|other| other == *name)
                .unwrap_or_else(|| panic!("no {name}"))
        })
        .collect();
    let row = |record: csv::Result<csv::StringRecord>| {
        let record = record.expect("well-formed");
        at.iter().map(|&i| record[i].to_owned()).collect()
    };
    reader.records().map(row).collect()
}

#[cfg(not(target_arch = "wasm32"))]
mod notebook {
    //! The notebook's own log; skipped, with a word, where it is not at hand.

    use super::*;
    use support::shared;

    const LOG: &str = "data/CloudWatch_Traffic_Web_Attack.csv";

    #[test]
    fn both_files_equal_the_notebook_s_byte_for_byte() {
        let (Some(log), Some(suspicious), Some(summary)) = (
            shared(LOG),
            shared("data/notebook_outputs/suspicious_results.csv"),
            shared("data/notebook_outputs/traffic_stats_summary.csv"),
        ) else {
            return;
        };
        let mut page = Page::open(&log).expect("a log");
        let settings = page.default_settings();
        let report = page.analyse(&settings, 1).expect("an analysis");
        assert_eq!(
            (
                report.counts.n_read,
                report.counts.n_scored,
                report.counts.n_flagged
            ),
            (282, 282, 15)
        );
        for guard in [FormulaGuard::On, FormulaGuard::Off] {
            assert_eq!(
                page.export(File::Suspicious, guard)
                    .expect("a file")
                    .as_bytes(),
                suspicious
            );
            assert_eq!(
                page.export(File::Summary, guard)
                    .expect("a file")
                    .as_bytes(),
                summary
            );
        }
    }

    #[test]
    fn five_seeds_give_scikit_learn_s_scores() {
        let (Some(log), Some(golden)) = (shared(LOG), shared("facts/golden/cloudwatch.json"))
        else {
            return;
        };
        let golden: serde_json::Value = serde_json::from_slice(&golden).expect("JSON");
        let mut page = Page::open(&log).expect("a log");
        for (seed, expected) in golden["by_random_state"].as_object().expect("an object") {
            let mut settings = page.default_settings();
            settings.params.random_state = seed.parse().expect("a seed");
            let report = page.analyse(&settings, 3).expect("an analysis");
            let bits = |text: &serde_json::Value| {
                u64::from_str_radix(text.as_str().expect("hex"), 16).expect("hex")
            };
            assert_eq!(
                report.threshold.to_bits(),
                bits(&expected["offset_bits"]),
                "offset of seed {seed}"
            );
            let scored = page.export(File::Scored, FormulaGuard::On).expect("a file");
            let scores: Vec<u64> = columns(&scored, &["score"])
                .iter()
                .map(|row| row[0].parse::<f64>().expect("a score").to_bits())
                .collect();
            let expected: Vec<u64> = expected["score_bits"]
                .as_array()
                .expect("a list")
                .iter()
                .map(bits)
                .collect();
            assert_eq!(scores, expected, "scores of seed {seed}");
        }
    }

    #[test]
    fn other_ways_to_write_the_log_give_the_same_result() {
        let Some(log) = shared(LOG) else { return };
        let text = String::from_utf8(log).expect("UTF-8");
        assert!(
            !text.contains([';', '"', '|', '\t']),
            "the log can be rewritten by plain replacement"
        );
        let mut plain = Page::open(text.as_bytes()).expect("a log");
        let settings = plain.default_settings();
        plain.analyse(&settings, 1).expect("an analysis");
        let expected = plain
            .export(File::Suspicious, FormulaGuard::On)
            .expect("a file");
        let unix = text.replace("\r\n", "\n");
        let quoted = unix
            .lines()
            .map(|line| format!("\"{}\"\n", line.replace(',', "\",\"")))
            .collect::<String>();
        let variants = [
            unix.clone(),
            unix.replace(',', ";"),
            unix.replace(',', "\t"),
            unix.replace(',', "|"),
            format!("\u{feff}{unix}"),
            quoted,
            unix + "\n\n",
        ];
        for variant in variants {
            let mut page = Page::open(variant.as_bytes()).expect("a log");
            let settings = page.default_settings();
            page.analyse(&settings, 2).expect("an analysis");
            assert_eq!(
                page.export(File::Suspicious, FormulaGuard::On)
                    .expect("a file"),
                expected
            );
        }
    }
}

#[test]
fn the_number_of_shards_does_not_show() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    let expected = page.analyse(&settings, 1).expect("an analysis");
    let file = page.export(File::Scored, FormulaGuard::On).expect("a file");
    for n_shards in [2, 3, 8, 5000] {
        assert_eq!(
            page.analyse(&settings, n_shards).expect("an analysis"),
            expected,
            "{n_shards} shards"
        );
        assert_eq!(
            page.export(File::Scored, FormulaGuard::On).expect("a file"),
            file
        );
    }
}

#[test]
fn moving_the_threshold_needs_no_new_scores() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let mut settings = page.default_settings();
    page.analyse(&settings, 1).expect("an analysis");
    for contamination in [
        Contamination::Auto,
        Contamination::Fraction(0.01),
        Contamination::Fraction(0.5),
    ] {
        settings.params.contamination = contamination;
        let moved = page.move_threshold(&settings).expect("a report");
        let refitted = page.analyse(&settings, 1).expect("an analysis");
        assert_eq!(moved, refitted);
    }
}

#[test]
fn every_row_is_in_the_result_or_counted() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    let report = page.analyse(&settings, 1).expect("an analysis");
    let counts = report.counts;
    assert_eq!(
        counts.n_read,
        counts.n_duplicates + counts.n_unusable + counts.n_scored + counts.n_unscored
    );
    assert_eq!(
        counts.n_unscored,
        report
            .unscored
            .iter()
            .map(|unscored| unscored.tally.count)
            .sum::<u64>()
    );
    let scored = page.export(File::Scored, FormulaGuard::On).expect("a file");
    let rows = columns(&scored, &["score", "rank", "anomaly"]);
    assert_eq!(rows.len() as u64, counts.n_scored + counts.n_unscored);
    let with = |verdict: &str| rows.iter().filter(|row| row[2] == verdict).count() as u64;
    assert_eq!(with("Suspicious"), counts.n_flagged);
    assert_eq!(with("Not scored"), counts.n_unscored);
    assert!(
        rows.iter()
            .all(|row| (row[2] == "Not scored") == row[0].is_empty()
                && row[0].is_empty() == row[1].is_empty())
    );
    let best = rows.iter().filter(|row| !row[0].is_empty()).min_by(|a, b| {
        let score = |row: &[String]| row[0].parse::<f64>().expect("a score");
        score(a).total_cmp(&score(b))
    });
    assert_eq!(
        best.map(|row| row[1].as_str()),
        Some("1"),
        "rank 1 is the most suspicious"
    );
}

#[test]
fn what_was_exported_can_be_read_again() {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    let first = page.analyse(&settings, 1).expect("an analysis");
    let scored = page.export(File::Scored, FormulaGuard::On).expect("a file");
    let mut again = Page::open(scored.as_bytes()).expect("our own export");
    let settings = again.default_settings();
    assert_eq!(
        settings.features,
        ["bytes_in", "bytes_out", "duration_seconds"]
    );
    let second = again.analyse(&settings, 1).expect("an analysis");
    assert_eq!(second.threshold, first.threshold);
    assert_eq!(second.counts.n_flagged, first.counts.n_flagged);
    let header = again
        .export(File::Scored, FormulaGuard::On)
        .expect("a file");
    let header = header.lines().next().expect("a header").to_owned();
    for kept in [
        "score (input)",
        "rank (input)",
        "anomaly (input)",
        ",score,rank,anomaly",
    ] {
        assert!(header.contains(kept), "{kept} in {header}");
    }
}

#[test]
fn a_flagged_row_is_shown_as_it_stands_in_the_file() {
    let mut page = Page::open(b"a,b\n1,\"x, y\"\n2,z\n\n900,w\n3,v\n2.5,u\n").expect("a table");
    let mut settings = page.default_settings();
    settings.params.contamination = Contamination::Fraction(0.3);
    let report = page.analyse(&settings, 2).expect("an analysis");
    assert_eq!(report.counts.n_flagged, 2);
    let rows = page.flagged(0, 9).expect("rows");
    assert_eq!(
        (rows[0].row, rows[0].line, rows[0].cells.concat().as_str()),
        (2, 5, "900w")
    );
    assert!(rows[0].score < rows[1].score);
    assert_eq!(page.flagged(1, 1).expect("rows"), rows[1..]);
    assert_eq!(page.flagged(2, 5).expect("rows"), []);
}

#[test]
fn how_the_file_was_cut_does_not_show() {
    let mut log = String::from_utf8(sample_log())
        .expect("UTF-8")
        .lines()
        .take(300)
        .collect::<Vec<_>>()
        .join("\r\n");
    log.push_str("\r\n\r\n1,2\r\n\"5\",\"6\",2026-03-02T09:00:00Z,2026-03-02T09:00:09Z,\"192.0.2.1\",de,\"a\r\nb \"\"c\"\"\",");
    log.push_str("200,443,10.0.0.1,\"x,\n\ny\",o,m,n,2026-03-02T09:00:00Z,d\r\n");
    let outcome = |range_bytes, n_helpers, drop_duplicates| {
        let reader = Reader {
            drop_duplicates,
            range_bytes,
            n_helpers,
        };
        let mut page = Page::open_with(log.as_bytes(), reader).expect("a log");
        let settings = page.default_settings();
        let report = page.analyse(&settings, 2).expect("an analysis");
        (
            page.overview().clone(),
            report,
            page.export(File::Scored, FormulaGuard::On).expect("a file"),
        )
    };
    for drop_duplicates in [true, false] {
        let expected = outcome(1 << 30, 1, drop_duplicates);
        for (range_bytes, n_helpers) in [(1, 1), (7, 2), (64, 8), (211, 3), (1000, 1), (65_536, 2)]
        {
            let outcome = outcome(range_bytes, n_helpers, drop_duplicates);
            assert_eq!(
                outcome, expected,
                "ranges of {range_bytes} bytes, {n_helpers} helpers"
            );
        }
    }
}

/// The four that pandas 3.1.1 finds.
#[test]
fn rows_that_repeat_by_value_are_found_however_the_file_is_cut() {
    let log = "bytes_in,note,is_ok\n7,x,true\n7.0,x,TRUE\n+7,y,true\n007,\"y\",true\n 8,x,false\n8,x ,false\n8e0,x,False\n\
               9,,true\n9,NULL,true\n9,-,true\n10,a,true\n";
    for (range_bytes, n_helpers) in [(1 << 30, 1), (1, 1), (7, 2), (31, 3), (64, 2)] {
        let reader = Reader {
            drop_duplicates: true,
            range_bytes,
            n_helpers,
        };
        let page = Page::open_with(log.as_bytes(), reader).expect("a log");
        let duplicates = page.overview().left_out.duplicates;
        assert_eq!((duplicates.count, duplicates.first_line), (4, Some(3)));
        assert_eq!(page.overview().n_rows, 7);
    }
}

#[test]
fn formulas_are_defused_unless_the_notebook_s_bytes_are_wanted() {
    let log = b"name,bytes_in\n=1+1,5\n-,900\n@x,7\nplain,6\n";
    let mut page = Page::open(log).expect("a table");
    let settings = page.default_settings();
    page.analyse(&settings, 1).expect("an analysis");
    let names = |text: String| columns(&text, &["name"]).concat();
    assert_eq!(
        names(page.export(File::Scored, FormulaGuard::On).expect("a file")),
        ["'=1+1", "-", "'@x", "plain"]
    );
    assert_eq!(
        names(
            page.export(File::Scored, FormulaGuard::Off)
                .expect("a file")
        ),
        ["=1+1", "-", "@x", "plain"]
    );
}

/// Scores come in pieces, in any order; there is a report once all are there.
#[test]
fn a_report_waits_for_every_score() {
    let mut log = Vec::new();
    isolog::sample::write_log(1000, &mut log).expect("memory takes it");
    let mut page = Page::open(&log).expect("a log");
    let settings = page.default_settings();
    let whole = page.analyse(&settings, 1).expect("a report");
    let mut ask = |request| page.ask(request, &mut |_| {});
    let report = || Request::Report {
        contamination: settings.params.contamination,
        label: None,
        is_moving: false,
        known: Vec::new(),
    };
    let fit = Request::Fit {
        settings: settings.clone(),
        n_shards: 3,
    };
    let Ok(Reply::Fitted { forest, shards, .. }) = ask(fit) else {
        panic!("not an answer to Fit")
    };
    let is_refused = |answer| matches!(answer, Err(Error::Protocol { .. }));
    assert!(
        is_refused(ask(report())),
        "the scores before are of another forest"
    );
    for RowShard { first, rows } in shards.into_iter().rev() {
        let forest = forest.clone();
        let Ok(Reply::Scored { scores }) = ask(Request::Score { forest, rows }) else {
            panic!("not an answer to Score")
        };
        if first == 0 {
            assert!(is_refused(ask(report())), "a shard is missing");
        }
        let beyond = Request::KeepScores {
            first: 1000,
            scores: scores.clone(),
        };
        assert!(is_refused(ask(beyond)), "there are no such rows");
        ask(Request::KeepScores { first, scores }).expect("it has its place");
    }
    let Ok(Reply::Reported(in_pieces)) = ask(report()) else {
        panic!("not an answer to Report")
    };
    assert_eq!(in_pieces.threshold, whole.threshold);
    assert_eq!(in_pieces.counts, whole.counts);
}
