//! The allow-list through the protocol: what it covers is not counted, and nothing else changes.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use isolog::charts::describe_scatter;
use isolog::export::{File, FormulaGuard};
use isolog::filter::{Known, Subject, SubjectKind};
use support::{Page, shared};

fn known(kind: SubjectKind, text: &str) -> Known {
    Known {
        subject: Subject::parse(kind, text).expect("a subject"),
        reason: "a test".to_owned(),
    }
}

/// 200 ordinary sessions and 10 that stand apart: 4 of a scanner, 3 of a network, 2 of a rule, 1 of nobody known.
fn log() -> Vec<u8> {
    let mut text = "src_ip,rule_names,bytes_in,bytes_out\n".to_owned();
    for i in 0..200 {
        let (source, rule) = (i % 50, if i % 7 == 0 { "health" } else { "web" });
        text += &format!(
            "203.0.113.{source},{rule},{},{}\n",
            100 + i % 13,
            200 + i % 17
        );
    }
    for i in 0..10 {
        let (source, rule) = match i {
            0..4 => ("198.51.100.7".to_owned(), "web"),
            4..7 => (format!("2001:db8::{i}"), "web"),
            7..9 => (format!("203.0.113.{i}"), "backup"),
            _ => ("192.0.2.1".to_owned(), "web"),
        };
        text += &format!(
            "{source},{rule},{},{}\n",
            90_000 + 977 * i,
            80_000 + 1_313 * i
        );
    }
    text.into_bytes()
}

/// The cells of a column, by its name; the log above quotes nothing.
fn column<'a>(csv: &'a str, name: &str) -> Vec<&'a str> {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let place = header.iter().position(|title| *title == name).expect(name);
    lines
        .map(|line| line.split(',').nth(place).expect("a cell"))
        .collect()
}

#[test]
fn what_is_known_is_not_counted_and_stays_visible() {
    let mut page = Page::open(&log()).expect("a log");
    let mut settings = page.default_settings();
    settings.params.contamination = isolog::forest::Contamination::Top(10);
    let before = page.analyse(&settings, 1).expect("a result");
    let scored = page
        .export(File::Scored, FormulaGuard::Off)
        .expect("a file");
    assert_eq!((before.counts.n_flagged, before.counts.n_known), (10, 0));
    assert!(before.known.is_empty());

    page.known = vec![
        known(SubjectKind::Source, "198.51.100.7"),
        known(SubjectKind::Network, "2001:db8::/64"),
        known(SubjectKind::Rule, "backup"),
        // covered by the first entry already, and what is not there
        known(SubjectKind::Network, "198.51.100.0/24"),
        known(SubjectKind::Source, "8.8.8.8"),
    ];
    let after = page.move_threshold(&settings).expect("a result");
    assert_eq!(
        after.threshold, before.threshold,
        "the threshold knows nothing of it"
    );
    assert_eq!((after.counts.n_flagged, after.counts.n_known), (1, 9));
    let counts: Vec<_> = after
        .known
        .iter()
        .map(|count| (count.n_sessions, count.n_below))
        .collect();
    assert_eq!(
        counts,
        [
            (Some(4), 4),
            (Some(3), 3),
            (Some(2), 2),
            (Some(0), 0),
            (Some(0), 0)
        ]
    );
    let scatter = &after.scatter;
    assert_eq!((scatter.n_suspicious, scatter.n_known), (1, 9));
    assert_eq!(scatter.n_normal, before.scatter.n_normal);
    assert!((1..=9).contains(&scatter.known.len()));
    assert!(describe_scatter(scatter).ends_with("suspicious: 1; known: 9."));
    assert_eq!(after.histogram.suspicious.iter().sum::<u32>(), 1);
    assert_eq!(
        after
            .groups
            .iter()
            .map(|table| table.groups.iter().map(|group| group.n_flagged).sum())
            .collect::<Vec<u64>>(),
        vec![1; after.groups.len()]
    );
    let text = after.comparison.expect("a result before").text();
    assert!(
        text.contains("dropped 9") && text.contains("allow-list 0 entries → 5 entries"),
        "{text}"
    );

    let flagged = page.flagged(0, 20).expect("rows");
    assert_eq!(flagged.len(), 1);
    assert_eq!(flagged[0].cells[0], "192.0.2.1");
    let suspicious = page
        .export(File::Suspicious, FormulaGuard::Off)
        .expect("a file");
    assert_eq!(column(&suspicious, "src_ip"), ["192.0.2.1"]);
    let known_now = page
        .export(File::Scored, FormulaGuard::Off)
        .expect("a file");
    let verdicts = column(&known_now, "anomaly");
    assert_eq!(
        verdicts
            .iter()
            .filter(|verdict| **verdict == "Known")
            .count(),
        9
    );
    assert_eq!(
        known_now.replace(",Known", ",Suspicious"),
        scored,
        "every score and rank stays"
    );

    page.known.clear();
    let again = page.move_threshold(&settings).expect("a result");
    assert_eq!(again.counts, before.counts);
    assert_eq!(
        page.export(File::Scored, FormulaGuard::Off)
            .expect("a file"),
        scored
    );
}

#[test]
fn a_log_that_cannot_tell_says_so() {
    let mut text = "bytes_in,bytes_out\n50000,50000\n".to_owned();
    for i in 0..100 {
        text += &format!("{},{}\n", i % 9, i % 11);
    }
    let mut page = Page::open(text.as_bytes()).expect("a log");
    let settings = page.default_settings();
    page.known = vec![
        known(SubjectKind::Rule, "4711"),
        known(SubjectKind::Source, "10.0.0.1"),
    ];
    let report = page.analyse(&settings, 1).expect("a result");
    assert_eq!(report.counts.n_known, 0);
    assert!(report.known.iter().all(|count| count.n_sessions.is_none()));
}

#[test]
fn the_notebook_s_log_loses_the_flags_of_a_known_source() {
    let Some(bytes) = shared("data/CloudWatch_Traffic_Web_Attack.csv") else {
        return;
    };
    let mut page = Page::open(&bytes).expect("a log");
    let settings = page.default_settings();
    page.analyse(&settings, 1).expect("a result");
    let all = page
        .export(File::Suspicious, FormulaGuard::Off)
        .expect("a file");
    let sources: Vec<String> = column(&all, "src_ip")
        .into_iter()
        .map(str::to_owned)
        .collect();
    let source = sources.first().expect("a flag").clone();
    let n_of_source = sources.iter().filter(|other| **other == source).count();
    page.known = vec![known(SubjectKind::Source, &source)];
    let report = page.move_threshold(&settings).expect("a result");
    assert_eq!(
        report.counts.n_flagged as usize,
        sources.len() - n_of_source
    );
    let rest = page
        .export(File::Suspicious, FormulaGuard::Off)
        .expect("a file");
    let expected: Vec<&str> = all
        .lines()
        .filter(|line| !line.split(',').any(|cell| cell == source))
        .collect();
    assert_eq!(rest.lines().collect::<Vec<_>>(), expected);
}

/// A result follows threshold and allow-list by what changes; it must be the result of an analysis begun anew.
#[test]
fn a_result_does_not_depend_on_the_way_to_it() {
    let lists = [
        vec![],
        vec![known(SubjectKind::Network, "198.51.100.0/24")],
        vec![
            known(SubjectKind::Rule, "backup"),
            known(SubjectKind::Network, "203.0.113.0/25"),
        ],
    ];
    let log = log();
    let mut page = Page::open(&log).expect("a log");
    let mut settings = page.default_settings();
    page.analyse(&settings, 1).expect("a result");
    let counts = [10, 3, 40, 209, 1, 40, 12, 12, 500, 5];
    for (i, &count) in counts.iter().enumerate() {
        settings.params.contamination = isolog::forest::Contamination::Top(count);
        page.known = lists[i * 2 % 3].clone();
        let mut followed = page.move_threshold(&settings).expect("a result");
        let mut fresh = Page::open(&log).expect("a log");
        fresh.known = page.known.clone();
        let anew = fresh.analyse(&settings, 2).expect("a result");
        followed.comparison = None;
        assert_eq!(followed, anew, "top {count}");
        // a file with scores has all rows ranked: at first only as many are as a threshold needs
        if i < counts.len() / 2 {
            continue;
        }
        assert_eq!(
            page.export(File::Scored, FormulaGuard::Off)
                .expect("a file"),
            fresh
                .export(File::Scored, FormulaGuard::Off)
                .expect("a file")
        );
    }
}
