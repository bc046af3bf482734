//! Explanations through the worker protocol: attributions, words, other seeds, exports.

mod support;

use isolog::explain::stability::{N_SEEDS, seeds};
use isolog::export::{File, FormulaGuard};
use isolog::features::Matrix;
use isolog::forest::average_path_length;
use isolog::job::{Desk, Error, Reply, Request, Settings, Trial, run};
use isolog::sample::{Behaviour, sample_log, write_log};
use serde_bytes::ByteBuf;
use support::Page;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// A page with the result of a log, all settings as they are at first.
fn analysed(log: &[u8]) -> (Page, Settings, u32) {
    let mut page = Page::open(log).expect("a log");
    let settings = page.default_settings();
    let report = page.analyse(&settings, 2).expect("an analysis");
    (page, settings, report.counts.n_flagged as u32)
}

fn numbers(n_rows: u32) -> Vec<u8> {
    let row = |i: u32| match i {
        7 => "900000,3,5\n".to_owned(),
        _ => format!("{},{},5\n", 1000 + i * 37 % 101, i * 53 % 97),
    };
    let rows: String = (0..n_rows).map(row).collect();
    format!("bytes_in,b,constant\n{rows}").into_bytes()
}

#[test]
fn planted_behaviours_have_sensible_reasons() {
    let (mut page, _, n) = analysed(&sample_log());
    let rows = page.flagged(0, n).expect("rows");
    let explanations = page.explain(0, n).expect("explanations");
    let reasons = page.reasons(0, n).expect("reasons");
    assert_eq!(
        (explanations.len(), reasons.len()),
        (n as usize, n as usize)
    );
    let source = 4;
    let mut n_planted = 0;
    for ((rank, row), explanation) in (0..).zip(&rows).zip(&explanations) {
        assert_eq!((explanation.rank, explanation.score), (rank, row.score));
        // where it is flagged at all, the behaviour is seen in what it does to the bytes or to the time
        let expected: &[&str] = match Behaviour::of_source(&row.cells[source]) {
            Some(Behaviour::Exfiltration) => &["bytes_in", "bytes_out", "duration_seconds"],
            Some(Behaviour::BulkDownload) => &["bytes_in", "bytes_out"],
            Some(Behaviour::BruteForce | Behaviour::Scanner) => &["duration_seconds"],
            None => continue,
        };
        n_planted += 1;
        let top = &explanation.parts[0].name;
        assert!(
            expected.contains(&top.as_str()),
            "{:?}: {explanation:?}",
            row.cells
        );
        assert!(reasons[rank as usize].starts_with(top.as_str()));
        assert!(explanation.reasons.starts_with(top.as_str()));
    }
    assert!(n_planted > 20, "{n_planted} planted rows are flagged");
}

#[test]
fn attributions_add_up_to_the_score() {
    let (mut page, _, n) = analysed(&sample_log());
    for explanation in page.explain(0, n).expect("explanations") {
        let sum: f64 = explanation.parts.iter().map(|part| part.suspicion).sum();
        let mean = explanation.mean_path_length;
        assert!((explanation.base - sum - mean).abs() < 1e-9);
        let score = -(-mean / average_path_length(256)).exp2();
        assert!((score - explanation.score).abs() < 1e-9, "{score}");
        let parts = &explanation.parts;
        assert!(parts.iter().all(|part| part.bar.abs() <= 100.0));
        assert_eq!(parts[0].bar.abs(), 100.0);
        assert!(
            explanation.clearance.contains("would"),
            "{}",
            explanation.clearance
        );
    }
    assert_eq!(page.explain(n, 5).expect("none"), []);
    assert_eq!(page.explain(u32::MAX, u32::MAX).expect("none"), []);
}

#[test]
fn the_planted_value_is_named_in_words() {
    let (mut page, mut settings, n) = analysed(&numbers(50));
    assert!(n > 0);
    let first = &page.explain(0, 1).expect("one")[0];
    assert!(
        first
            .reasons
            .starts_with("bytes_in 900 kB is the largest of 50 sessions"),
        "{}",
        first.reasons
    );
    assert!(
        first.clearance.starts_with("It would not be flagged if "),
        "{}",
        first.clearance
    );
    assert_eq!(
        page.reasons(0, 1).expect("one")[0].split(", ").next(),
        Some("bytes_in")
    );

    // a constant feature carries no information, and the drivers say so
    settings.features.push("constant".to_owned());
    page.analyse(&settings, 1).expect("an analysis");
    let drivers = page.importance().expect("drivers");
    let text = drivers.sentences.join(" ");
    assert!(
        text.contains("constant is 5 in every session: it carries no information."),
        "{text}"
    );
    let constant = drivers
        .features
        .iter()
        .find(|driver| driver.name == "constant");
    assert_eq!(constant.map(|driver| driver.mean), Some(0.0));
}

#[test]
fn any_number_of_rows_can_be_explained() {
    for n_rows in [1, 2, 50] {
        for scale in [true, false] {
            let mut page = Page::open(&numbers(n_rows)).expect("a log");
            let settings = Settings {
                features: vec!["bytes_in".to_owned(), "b".to_owned()],
                scale,
                ..page.default_settings()
            };
            let report = page.analyse(&settings, 1).expect("an analysis");
            let n_flagged = report.counts.n_flagged as u32;
            assert_eq!(page.explain(0, 99).expect("rows").len(), n_flagged as usize);
            assert_eq!(page.reasons(0, 99).expect("rows").len(), n_flagged as usize);
            assert_eq!(page.importance().expect("drivers").n_explained, n_flagged);
            page.try_seeds(&settings.params, Trial::AsSet, seeds(42, 3))
                .expect("seeds");
            let sureness = page.sureness(None, 0, 99).expect("a count");
            assert_eq!(
                (sureness.n_seeds, sureness.rows.len()),
                (3, n_flagged as usize)
            );
            page.export_with(File::Scored, FormulaGuard::Off, true)
                .expect("a file");
        }
    }
}

#[test]
fn a_moved_threshold_keeps_attributions_and_forgets_seeds() {
    let (mut page, mut settings, n) = analysed(&sample_log());
    let before = page.explain(0, 3).expect("rows");
    page.try_seeds(&settings.params, Trial::AsSet, seeds(42, 2))
        .expect("seeds");
    settings.params.contamination = "0.01".parse().expect("in range");
    let report = page.move_threshold(&settings).expect("a report");
    assert!((report.counts.n_flagged as u32) < n);
    let after = page.explain(0, 3).expect("rows");
    for (before, after) in before.iter().zip(&after) {
        for (before, after) in before.parts.iter().zip(&after.parts) {
            assert_eq!(before.suspicion, after.suspicion);
        }
    }
    // rows that are normal now widen the range
    assert_ne!(
        before[0].parts[0].comparison.normal,
        after[0].parts[0].comparison.normal
    );
    assert_eq!(page.sureness(None, 0, 1).expect("no count").n_seeds, 0);
}

#[test]
fn other_seeds_are_counted_as_scikit_learn_does() {
    let mut log = Vec::new();
    write_log(2000, &mut log).expect("memory takes all bytes");
    let (mut page, settings, n) = analysed(&log);
    page.try_seeds(&settings.params, Trial::AsSet, seeds(42, N_SEEDS))
        .expect("seeds");
    let sureness = page.sureness(None, 0, n).expect("a count");
    // `tests/explain/make_golden.py frequencies` on this log, which `cargo run --example corpus 2000 FILE` writes
    let expected: Vec<u32> =
        serde_json::from_str(include_str!("golden/explain/made_up_frequencies.json"))
            .expect("counts");
    assert_eq!(sureness.n_seeds, N_SEEDS);
    // no export column tells a count, so the share is taken back to one
    let scored = page
        .export_with(File::Scored, FormulaGuard::Off, true)
        .expect("a file");
    let found: Vec<u32> = column(&scored, "stability")
        .iter()
        .map(|share| (share.parse::<f64>().expect("a share") * f64::from(N_SEEDS)).round() as u32)
        .collect();
    assert_eq!(found, expected);
    let flags = column(&scored, "anomaly");
    let here = |verdict: &String| u32::from(verdict == "Suspicious");
    let depends = |&(&n_flagged, verdict): &(&u32, &String)| {
        let n_flagged = n_flagged + here(verdict);
        0 < n_flagged && n_flagged < N_SEEDS + 1
    };
    let n_dependent = expected.iter().zip(&flags).filter(depends).count();
    assert_eq!(sureness.n_dependent, n_dependent as u64);
    let n_here: u32 = flags.iter().map(here).sum();
    assert_eq!(n_here, n);
    let words = format!("{n_dependent} sessions depend on the seed");
    assert!(sureness.summary.contains(&words), "{}", sureness.summary);
    assert!(sureness.more_trees.is_empty());

    let mut more = settings.params.clone();
    more.n_estimators = 300;
    page.try_seeds(&more, Trial::MoreTrees, seeds(42, 2))
        .expect("seeds");
    let text = page.sureness(None, 0, 0).expect("a count").more_trees;
    assert!(text.starts_with("With 300 trees, "), "{text}");
    page.try_seeds(&settings.params, Trial::AsSet, seeds(42, 2))
        .expect("a new count");
    let text = page.sureness(None, 0, 0).expect("a count").more_trees;
    assert!(
        text.starts_with("With 300 trees instead of 100, "),
        "{text}"
    );
}

/// The cells of a column of a file without quotes.
fn column(file: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let i = header
        .iter()
        .position(|title| title == name)
        .expect("the column is there");
    let cell = |row: csv::Result<csv::StringRecord>| row.expect("a row")[i].to_owned();
    reader.records().map(cell).collect()
}

#[test]
fn explanation_columns_come_after_the_others() {
    let (mut page, settings, n) = analysed(&sample_log());
    for (file, added) in [(File::Scored, ""), (File::Suspicious, "score,rank,")] {
        let plain = page.export(file, FormulaGuard::Off).expect("a file");
        let header = format!(
            ",{added}stability,attribution_bytes_in,attribution_bytes_out,attribution_duration_seconds"
        );
        let explained = page
            .export_with(file, FormulaGuard::Off, true)
            .expect("a file");
        let (mut plain, mut explained) = (plain.lines(), explained.lines());
        let (first, explained_first) = (
            plain.next().expect("a header"),
            explained.next().expect("a header"),
        );
        assert_eq!(explained_first, format!("{first}{header}"));
        for (plain, explained) in plain.by_ref().zip(explained.by_ref()) {
            assert!(explained.starts_with(plain), "{explained}");
        }
        assert_eq!((plain.next(), explained.next()), (None, None));
    }
    let suspicious = page
        .export_with(File::Suspicious, FormulaGuard::Off, true)
        .expect("a file");
    assert!(
        column(&suspicious, "stability")
            .iter()
            .all(String::is_empty)
    );
    let ranks: Vec<u32> = column(&suspicious, "rank")
        .iter()
        .map(|rank| rank.parse().expect("a rank"))
        .collect();
    let mut explanations = page.explain(0, n).expect("rows");
    explanations.sort_by(|a, b| a.score.total_cmp(&b.score));
    for name in &settings.features {
        let attributions = column(&suspicious, &format!("attribution_{name}"));
        for (rank, attribution) in ranks.iter().zip(attributions) {
            let explanation = &explanations[*rank as usize - 1];
            let part = explanation
                .parts
                .iter()
                .find(|part| part.name == *name)
                .expect("a part");
            // rows of one rank may stand in another order
            let ties = explanations
                .iter()
                .filter(|other| other.score == explanation.score);
            if ties.count() == 1 {
                assert_eq!(attribution.parse(), Ok(part.suspicion));
            }
        }
    }
    let scored = page
        .export_with(File::Scored, FormulaGuard::Off, true)
        .expect("a file");
    // a log of few rows has the attributions of every scored one
    let verdicts = column(&scored, "anomaly");
    for (verdict, attribution) in verdicts.iter().zip(column(&scored, "attribution_bytes_in")) {
        assert_eq!(verdict != "Not scored", !attribution.is_empty());
    }
}

#[test]
fn what_helpers_attribute_is_what_the_lead_writes_by_itself() {
    let mut log = Vec::new();
    isolog::sample::write_log(3000, &mut log).expect("memory takes it");
    let (mut page, settings, _) = analysed(&log);
    let export_file = |page: &mut Page, file| {
        page.export_with(file, FormulaGuard::Off, true)
            .expect("a file")
    };
    let export = |page: &mut Page| export_file(page, File::Scored);
    let alone = export(&mut page);
    let suspicious_alone = export_file(&mut page, File::Suspicious);
    let ask = |page: &mut Page, request| page.ask(request, &mut |_| {}).expect("an answer");
    // as if two helpers ended in another order than they began
    let mut pieces = Vec::new();
    for first in [2000, 0, 1000] {
        let request = Request::ToAttribute { first, n: 1000 };
        let Reply::ToAttribute { forest, rows } = ask(&mut page, request) else {
            panic!("another answer");
        };
        let reply = run(
            &mut Desk::default(),
            Request::Attribute { forest, rows },
            &mut &b""[..],
            &mut |_| {},
        );
        let Ok(Reply::Attributed { suspicions }) = reply else {
            panic!("another answer");
        };
        pieces.push((first, suspicions));
    }
    let n_scored: usize = pieces.iter().map(|(_, piece)| piece.len() / 8).sum();
    assert_eq!(n_scored, 3000 * settings.features.len());
    for (first, suspicions) in pieces.drain(..2) {
        ask(&mut page, Request::KeepAttributed { first, suspicions });
    }
    assert!(
        export(&mut page) == alone,
        "a part of them is not mistaken for all"
    );
    // told apart from what the lead computes, in order to see that it is what helpers told that is written
    let (first, mut last) = pieces.remove(0);
    last[..8].copy_from_slice(&123.5_f64.to_le_bytes());
    let suspicions = last;
    ask(&mut page, Request::KeepAttributed { first, suspicions });
    let by_helpers = export(&mut page);
    assert_eq!(
        export_file(&mut page, File::Suspicious),
        suspicious_alone,
        "the row that was changed is an ordinary one"
    );
    let differing: Vec<_> = alone
        .lines()
        .zip(by_helpers.lines())
        .enumerate()
        .filter(|(_, (alone, by_helpers))| alone != by_helpers)
        .map(|(line, _)| line)
        .collect();
    assert_eq!(differing, [1001], "the row that was changed, and no other");
    assert!(by_helpers.contains("123.5"));
    let refused = page.ask(
        Request::KeepAttributed {
            first: 3000,
            suspicions: ByteBuf::from(vec![0; 8]),
        },
        &mut |_| {},
    );
    assert!(
        matches!(refused, Err(Error::Protocol { .. })),
        "no such row"
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let ask = |desk: &mut Desk, request| run(desk, request, &mut &b""[..], &mut |_| {});
    let keep = |n_bytes, n_features, first| Request::Keep {
        rows: ByteBuf::from(vec![0; n_bytes]),
        n_features,
        first,
    };
    let refit = || Request::Refit {
        params: Default::default(),
        seed: 1,
    };
    let mut desk = Desk::default();
    let refused = |answer| matches!(answer, Err(Error::Protocol { .. }));
    assert!(refused(ask(&mut desk, refit())), "no rows are kept");
    assert!(refused(ask(&mut desk, keep(8, 0, 0))), "no features");
    assert!(refused(ask(&mut desk, keep(9, 2, 0))), "half a number");
    assert_eq!(ask(&mut desk, keep(16, 2, 0)), Ok(Reply::Kept));
    assert!(
        refused(ask(&mut desk, keep(8, 2, 1))),
        "a row that is there"
    );
    assert!(refused(ask(&mut desk, keep(12, 3, 2))), "other features");
    assert_eq!(ask(&mut desk, keep(8, 2, 2)), Ok(Reply::Kept));
    assert!(matches!(
        ask(&mut desk, refit()),
        Ok(Reply::Refitted { .. })
    ));
    assert_eq!(ask(&mut desk, keep(0, 2, 0)), Ok(Reply::Kept));
    assert!(ask(&mut desk, refit()).is_err(), "no row at all");

    let (mut page, settings, _) = analysed(&numbers(50));
    let mut other = isolog::job::OtherSeed {
        trial: Trial::AsSet,
        is_first: true,
        flagged: ByteBuf::from(50_u32.to_le_bytes().to_vec()),
    };
    assert!(
        page.sureness(Some(other.clone()), 0, 1).is_err(),
        "a row beyond the last"
    );
    other.flagged = ByteBuf::from(vec![0; 3]);
    assert!(page.sureness(Some(other), 0, 1).is_err(), "half a row");
    page.try_seeds(&settings.params, Trial::AsSet, seeds(u32::MAX, 1))
        .expect("seed 0");
}

#[test]
fn pieces_of_a_matrix_are_the_whole() {
    let columns = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let whole = Matrix::from_columns(&[&columns[0], &columns[1]]);
    let mut pieces = Matrix::from_columns(&[&columns[0][..1], &columns[1][..1]]);
    pieces.append(whole.rows(1..3));
    assert_eq!(pieces, whole);
}

/// The Python of the environment variable `PYTHON`, or `python3`, if it has scikit-learn 1.9.1.
#[cfg(not(target_arch = "wasm32"))]
fn python() -> Option<String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let version = std::process::Command::new(&python)
        .args(["-c", "import sklearn; print(sklearn.__version__)"])
        .output()
        .ok()?;
    let is_there = version.stdout.starts_with(b"1.9.1");
    if !is_there {
        eprintln!("skipped: {python} has no scikit-learn 1.9.1; set PYTHON to one that has");
    }
    is_there.then_some(python)
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn other_seeds_of_the_notebook_s_log_are_counted_as_scikit_learn_does() {
    let path = "data/CloudWatch_Traffic_Web_Attack.csv";
    let (Some(log), Some(python)) = (support::shared(path), python()) else {
        return;
    };
    let folder = env!("CARGO_MANIFEST_DIR");
    let output = std::process::Command::new(python)
        .arg(format!("{folder}/tests/explain/make_golden.py"))
        .arg("frequencies")
        .arg(format!("{folder}/../shared/{path}"))
        .output()
        .expect("Python starts");
    assert!(output.status.success());
    let expected: Vec<u32> = serde_json::from_slice(&output.stdout).expect("counts");
    let mut page = Page::open(&log).expect("a log");
    let settings = Settings {
        features: isolog::traffic::NOTEBOOK_FEATURES.map(str::to_owned).into(),
        ..page.default_settings()
    };
    page.analyse(&settings, 2).expect("an analysis");
    page.try_seeds(&settings.params, Trial::AsSet, seeds(42, N_SEEDS))
        .expect("seeds");
    let scored = page
        .export_with(File::Scored, FormulaGuard::Off, true)
        .expect("a file");
    let expected: Vec<f64> = expected
        .iter()
        .map(|&n| f64::from(n) / f64::from(N_SEEDS))
        .collect();
    let share = |share: &String| share.parse::<f64>().expect("a share");
    let found: Vec<f64> = column(&scored, "stability").iter().map(share).collect();
    assert_eq!(found, expected);
}
