//! The table of sessions through the worker protocol: orders, windows, conditions, explanations of any row.

mod support;

use isolog::filter::{Condition, Test, Verdict, View};
use isolog::job::{Explanation, Order, OrderBy, Reply, Request, SessionRow, Settings};
use isolog::report::Ranking;
use isolog::sample::sample_log;
use support::Page;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// A log with ties, gaps and text that sorts differently from numbers.
const LOG: &str = "\
bytes_in,when,name
10,2026-01-02T00:00:00Z,b
9,2026-01-01T12:00:00Z,a
,2026-01-01T23:00:00Z,B
10,,b
-1,2026-01-03T00:00:00Z,
word,2025-12-31T00:00:00Z,é
1e3,2026-01-02T00:00:01Z,a
";

fn analysed(log: &[u8]) -> (Page, Settings, u64) {
    let mut page = Page::open(log).expect("a log");
    let settings = page.default_settings();
    let report = page.analyse(&settings, 2).expect("an analysis");
    (page, settings, report.counts.n_flagged)
}

fn by(by: OrderBy, is_descending: bool) -> Order {
    Order { by, is_descending }
}

fn column(name: &str, is_descending: bool) -> Order {
    by(OrderBy::Column(name.to_owned()), is_descending)
}

fn only(verdict: Verdict) -> Vec<Condition> {
    vec![Condition {
        made_in: View::Table,
        test: Test::Verdict(vec![verdict]),
    }]
}

/// The rows asked for, how many there are in all, and the place of the row to find.
fn ask(
    page: &mut Page,
    conditions: &[Condition],
    order: &Order,
    first: u32,
    n: u32,
    find: Option<u32>,
) -> (Vec<SessionRow>, u64, Option<u32>) {
    let request = Request::Sessions {
        conditions: conditions.to_vec(),
        zone: "UTC".to_owned(),
        order: order.clone(),
        first,
        n,
        find,
    };
    match page.ask(request, &mut |_| {}).expect("rows") {
        Reply::Sessions {
            n_rows,
            rows,
            place,
        } => (rows, n_rows, place),
        other => panic!("not an answer to Sessions: {other:?}"),
    }
}

fn all(page: &mut Page, conditions: &[Condition], order: &Order) -> Vec<SessionRow> {
    ask(page, conditions, order, 0, u32::MAX, None).0
}

fn lines(rows: &[SessionRow]) -> Vec<u32> {
    rows.iter().map(|row| row.line).collect()
}

fn explain(page: &mut Page, rows: &[u32]) -> Vec<Explanation> {
    let request = Request::ExplainRows {
        rows: rows.to_vec(),
    };
    match page.ask(request, &mut |_| {}).expect("explanations") {
        Reply::Explained(rows) => rows,
        other => panic!("not an answer to ExplainRows: {other:?}"),
    }
}

#[test]
fn columns_sort_by_value_and_text_by_characters_with_gaps_last() {
    let (mut page, ..) = analysed(LOG.as_bytes());
    // worked out by hand from the lines of LOG
    for (order, expected) in [
        (by(OrderBy::Line, false), [2, 3, 4, 5, 6, 7, 8]),
        (by(OrderBy::Line, true), [8, 7, 6, 5, 4, 3, 2]),
        (column("bytes_in", false), [6, 3, 2, 5, 8, 4, 7]),
        (column("bytes_in", true), [8, 2, 5, 3, 6, 4, 7]),
        (column("when", false), [7, 3, 4, 2, 8, 6, 5]),
        (column("when", true), [6, 8, 2, 4, 3, 7, 5]),
        (column("name", false), [4, 3, 8, 2, 5, 7, 6]),
        (column("name", true), [7, 2, 5, 3, 8, 4, 6]),
    ] {
        assert_eq!(lines(&all(&mut page, &[], &order)), expected, "{order:?}");
    }
    let unknown = Request::Sessions {
        conditions: Vec::new(),
        zone: "UTC".to_owned(),
        order: column("nothing", false),
        first: 0,
        n: 1,
        find: None,
    };
    assert!(page.ask(unknown, &mut |_| {}).is_err());
}

#[test]
fn a_row_says_what_became_of_it() {
    let (mut page, ..) = analysed(LOG.as_bytes());
    let rows = all(&mut page, &[], &by(OrderBy::Line, false));
    let lacks = |line: u32| {
        let lack = rows[line as usize - 2].lacks.clone()?;
        Some(lack.text())
    };
    assert_eq!(lacks(4).as_deref(), Some("bytes_in has no value"));
    assert_eq!(lacks(7).as_deref(), Some("bytes_in is not a number"));
    assert_eq!(lacks(2), None);
    for row in &rows {
        let is_scored = ![4, 7].contains(&row.line);
        assert_eq!(row.score.is_some(), is_scored);
        assert_eq!(row.rank.is_some(), is_scored);
        assert_eq!(row.verdict == Verdict::NotScored, !is_scored);
    }
    // equal values have equal scores, and share a rank
    assert_eq!(rows[0].score, rows[3].score);
    assert_eq!(rows[0].rank, rows[3].rank);
    let scored: Vec<&SessionRow> = rows.iter().filter(|row| row.score.is_some()).collect();
    let scores: Vec<f64> = scored.iter().filter_map(|row| row.score).collect();
    let found: Vec<u32> = scored.iter().filter_map(|row| row.rank).collect();
    let mut ranking = Ranking::of(&scores);
    ranking.sort_first(&scores, scores.len());
    assert_eq!(found, ranking.ranks(&scores));
}

#[test]
fn windows_make_up_the_whole_and_every_row_is_found() {
    let (mut page, ..) = analysed(&sample_log());
    for conditions in [Vec::new(), only(Verdict::Suspicious), only(Verdict::Normal)] {
        for order in [by(OrderBy::Score, false), column("bytes_out", true)] {
            let whole = all(&mut page, &conditions, &order);
            let mut windows = Vec::new();
            for first in (0..whole.len() as u32).step_by(97) {
                let (rows, n_rows, _) = ask(&mut page, &conditions, &order, first, 97, None);
                assert_eq!(n_rows, whole.len() as u64);
                windows.extend(rows);
            }
            // as text, because a value that is missing does not equal itself
            assert_eq!(format!("{windows:?}"), format!("{whole:?}"));
            for place in [0, whole.len() / 2, whole.len() - 1] {
                let row = Some(whole[place].row);
                let found = ask(&mut page, &conditions, &order, u32::MAX, 5, row);
                assert_eq!(found, (Vec::new(), whole.len() as u64, Some(place as u32)));
            }
        }
    }
    let suspicious = all(
        &mut page,
        &only(Verdict::Suspicious),
        &by(OrderBy::Line, false),
    );
    let row = Some(suspicious[0].row);
    let normal = only(Verdict::Normal);
    assert_eq!(
        ask(&mut page, &normal, &by(OrderBy::Line, false), 0, 1, row).2,
        None
    );
}

#[test]
fn the_suspicious_ones_follow_the_threshold() {
    let (mut page, mut settings, n) = analysed(&sample_log());
    let order = by(OrderBy::Score, false);
    let suspicious = only(Verdict::Suspicious);
    for fraction in [None, Some(0.01), Some(0.2)] {
        let mut n_flagged = n;
        if let Some(fraction) = fraction {
            settings.params.contamination = isolog::forest::Contamination::Fraction(fraction);
            n_flagged = page
                .move_threshold(&settings)
                .expect("a report")
                .counts
                .n_flagged;
        }
        let rows = all(&mut page, &suspicious, &order);
        let flagged = page.flagged(0, u32::MAX).expect("flagged rows");
        assert_eq!(rows.len() as u64, n_flagged);
        for (row, flagged) in rows.iter().zip(&flagged) {
            assert_eq!((row.row, row.line), (flagged.row, flagged.line));
            assert_eq!(row.score, Some(flagged.score));
            assert_eq!(row.cells, flagged.cells);
            assert_eq!(row.verdict, Verdict::Suspicious);
        }
    }
}

#[test]
fn rows_shown_before_are_shown_as_if_read_anew() {
    // some rows are too long to be kept
    let row = |i: usize| {
        let note = "x".repeat(if i % 9 == 2 { 5000 } else { i });
        let (source, hour) = (i % 7, i % 3);
        format!(
            "10.0.0.{source},2026-01-01T{hour:02}:00:00Z,{},{note}\n",
            i * i
        )
    };
    let log = "source_ip,time,bytes_in,note\n".to_owned() + &(0..60).map(row).collect::<String>();
    let (mut page, mut settings, _) = analysed(log.as_bytes());
    let order = by(OrderBy::Line, false);
    ask(&mut page, &[], &order, 10, 25, None);
    settings.params.contamination = isolog::forest::Contamination::Fraction(0.3);
    page.move_threshold(&settings).expect("a report");
    let mut anew = Page::open(log.as_bytes()).expect("a log");
    anew.analyse(&settings, 1).expect("an analysis");
    let expected = all(&mut anew, &[], &order);
    assert!(expected.iter().all(|row| row.derived.len() >= 3));
    for _ in 0..2 {
        let shown = all(&mut page, &[], &order);
        // as text, because a value that is missing does not equal itself
        assert_eq!(format!("{shown:?}"), format!("{expected:?}"));
    }
}

#[test]
fn any_scored_row_is_explained_and_flagged_ones_as_ever() {
    let (mut page, _, n) = analysed(&sample_log());
    let n = n as u32;
    let order = by(OrderBy::Score, false);
    let rows = all(&mut page, &[], &order);
    let flagged: Vec<u32> = rows[..n as usize].iter().map(|row| row.row).collect();
    assert_eq!(
        explain(&mut page, &flagged),
        page.explain(0, n).expect("explanations")
    );

    for (rank, row) in (n..).zip(&rows[n as usize..n as usize + 20]) {
        let explanation = &explain(&mut page, &[row.row])[0];
        assert_eq!(explanation.rank, rank);
        assert_eq!(Some(explanation.score), row.score);
        let sum: f64 = explanation.parts.iter().map(|part| part.suspicion).sum();
        assert!((explanation.base - sum - explanation.mean_path_length).abs() < 1e-9);
        assert!(
            explanation.clearance.contains("above the threshold"),
            "{}",
            explanation.clearance
        );
        assert!(
            explanation.arithmetic.contains("not below"),
            "{}",
            explanation.arithmetic
        );
    }
}

#[test]
fn rows_that_were_not_scored_are_not_explained() {
    let (mut page, ..) = analysed(LOG.as_bytes());
    assert_eq!(explain(&mut page, &[2, 5, u32::MAX]), []);
    assert_eq!(explain(&mut page, &[2, 0]).len(), 1);
    let request = Request::Reasons {
        rows: vec![2, 0, 1, 4],
    };
    let Ok(Reply::Reasons(reasons)) = page.ask(request, &mut |_| {}) else {
        panic!("no reasons");
    };
    let rows = all(&mut page, &[], &by(OrderBy::Line, false));
    for (row, reasons) in [2, 0, 1, 4].into_iter().zip(reasons) {
        assert_eq!(
            !reasons.is_empty(),
            rows[row].verdict == Verdict::Suspicious
        );
    }
}
