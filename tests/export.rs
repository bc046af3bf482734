//! Files that leave the page: the report to keep, and pseudonyms in every one of them.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;

use isolog::charts::Scale;
use isolog::export::anonymise::{Anonymiser, Key};
use isolog::export::figure::Figure;
use isolog::export::html::Cover;
use isolog::export::{File, FormulaGuard};
use isolog::filter::{Condition, Known, Subject, SubjectKind, Test, View};
use isolog::job::{Error, Order, OrderBy, Request, Trial};
use isolog::report::Report;
use isolog::sample::sample_log;
use isolog::session::{InputFile, Project, Setup, settings_in_words};
use isolog::source;
use support::{Page, shared};

const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror='alert(2)'>\" onload=\"x";

fn key() -> Key {
    Key::from_bytes(*b"a key of the te$")
}

fn cover(page: &Page) -> Cover {
    Cover {
        file_name: "gateway-10.1.2.3.csv".to_owned(),
        // 2026-03-02 09:00:00 UTC
        made_at_micros: 1_772_442_000_000_000,
        zone: "UTC".to_owned(),
        scales: (Scale::Log, Scale::Log),
        settings: settings_in_words(&page.default_settings(), None),
        notes: vec!["3 rows of 10.1.2.3 repeat an earlier one.".to_owned()],
        decisions: vec!["Line 1 is the header.".to_owned()],
        known: vec!["10.1.0.0/16: our scanner, account 123456789012".to_owned()],
    }
}

fn analysed(log: &[u8]) -> (Page, Report) {
    let mut page = Page::open(log).expect("a log");
    let settings = page.default_settings();
    let report = page.analyse(&settings, 1).expect("an analysis");
    (page, report)
}

fn written(page: &mut Page, file: File, key: Option<Key>) -> String {
    let cover = (file == File::Report).then(|| Box::new(cover(page)));
    page.write(Request::Export {
        file,
        guard: FormulaGuard::Off,
        with_explanations: false,
        key,
        cover,
    })
    .expect("a file")
}

/// A log in which every kind of original stands in every kind of place.
fn telling_log() -> (String, BTreeSet<String>) {
    let mut log =
        "src_ip,account_id,bytes_in,bytes_out,user_agent,arn,bytes_total,time\n".to_owned();
    let mut originals = BTreeSet::new();
    for i in 0..200_u64 {
        let source = match i % 4 {
            0 => format!("10.{}.7.{}", i % 3, i + 1),
            1 => format!("203.0.113.{i}"),
            2 => format!("2001:db8:{:x}::{:x}", i % 5 + 1, i + 256),
            _ => format!("fe80::{:x}:beef", i + 4096),
        };
        let inner = format!("172.16.{}.{}", i % 7, i + 11);
        let account = format!("{:012}", 12_345_678_901 + i * 4_876_543_211);
        let n_bytes = if i % 40 == 0 {
            987_654_321_000 + i
        } else {
            1000 + i % 17
        };
        log += &format!(
            "{source},{account},{n_bytes},{},probe (http://{inner}:8080/?of={source}),\
             arn:aws:iam::{account}:role/ip-{},765432109876.5,2026-03-02T09:{:02}:00Z\n",
            500 + i % 11,
            inner.replace('.', "-"),
            i % 60
        );
        originals.extend([source, inner.replace('.', "-"), inner, account]);
    }
    (log, originals)
}

/// Whether an original stands in a text as a whole, not as a part of a longer number.
fn holds(text: &str, original: &str) -> bool {
    text.match_indices(original).any(|(at, _)| {
        let is_part = |character: Option<char>| {
            character.is_some_and(|character| character.is_ascii_hexdigit())
        };
        let (before, after) = (&text[..at], &text[at + original.len()..]);
        !is_part(before.chars().next_back()) && !is_part(after.chars().next())
    })
}

#[test]
fn no_export_holds_an_original() {
    let (log, originals) = telling_log();
    let (mut page, report) = analysed(log.as_bytes());
    for file in [File::Suspicious, File::Summary, File::Scored, File::Report] {
        let text = written(&mut page, file, Some(key()));
        for original in &originals {
            assert!(!holds(&text, original), "{original} is in {}", file.name());
        }
        assert!(!text.contains("10.1.2.3") && !text.contains("123456789012"));
    }
    let anonymous = Anonymiser::new(&key()).report(&report);
    for figure in Figure::all(&anonymous, Scale::Linear) {
        let svg = figure.svg();
        for original in &originals {
            assert!(!holds(&svg, original), "{original} is in {}", figure.name());
        }
    }
    // without a key they are all there: the search above does search
    let text = written(&mut page, File::Scored, None);
    let found = originals.iter().filter(|original| holds(&text, original));
    assert_eq!(found.count(), originals.len());
}

#[test]
fn measured_numbers_stay_and_pseudonyms_agree_between_files() {
    let (log, _) = telling_log();
    let (mut page, _) = analysed(log.as_bytes());
    let plain = written(&mut page, File::Scored, None);
    let scored = written(&mut page, File::Scored, Some(key()));
    let again = written(&mut page, File::Scored, Some(key()));
    assert_eq!(scored, again);
    let column = |text: &str, name: &str| -> Vec<String> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let headers = reader.headers().expect("a header").clone();
        let i = headers
            .iter()
            .position(|header| header == name)
            .expect("the column");
        let cell = |record: csv::Result<csv::StringRecord>| record.expect("a row")[i].to_owned();
        reader.records().map(cell).collect()
    };
    for measured in [
        "bytes_in",
        "bytes_out",
        "bytes_total",
        "time",
        "score",
        "rank",
        "anomaly",
    ] {
        assert_eq!(column(&plain, measured), column(&scored, measured));
    }
    assert_eq!(column(&scored, "bytes_in")[0], "987654321000");
    let anonymiser = Anonymiser::new(&key());
    for name in ["src_ip", "user_agent", "arn"] {
        for (plain, scored) in column(&plain, name).iter().zip(column(&scored, name)) {
            assert_eq!(anonymiser.text(plain), scored);
            assert_ne!(*plain, scored);
        }
    }
    // an account has the same pseudonym alone, with its leading zero, and within an ARN
    for (account, arn) in column(&scored, "account_id")
        .iter()
        .zip(column(&scored, "arn"))
    {
        assert!(arn.contains(&format!("::{account}:")), "{account} in {arn}");
    }
    let suspicious = written(&mut page, File::Suspicious, Some(key()));
    let sources: BTreeSet<String> = column(&scored, "src_ip").into_iter().collect();
    let html = written(&mut page, File::Report, Some(key()));
    for source in column(&suspicious, "src_ip") {
        assert!(sources.contains(&source) && html.contains(&source));
    }
    let other = written(&mut page, File::Scored, Some(Key::from_bytes([1; 16])));
    assert_ne!(column(&scored, "src_ip"), column(&other, "src_ip"));
}

#[test]
fn a_project_holds_no_original_and_still_covers_its_members() {
    let subject = |kind, text| Subject::parse(kind, text).expect("a subject");
    let known = |subject| Known {
        subject,
        reason: "owned by account 123456789012".to_owned(),
    };
    let project = Project {
        input: InputFile {
            name: "10.1.2.3.csv".to_owned(),
            size: 1,
            sha256: "123456789012".repeat(5) + "abcd",
        },
        setup: Setup::default(),
        known: vec![
            known(subject(SubjectKind::Source, "10.1.2.3")),
            known(subject(SubjectKind::Network, "10.1.0.0/16")),
        ],
        conditions: vec![Condition {
            made_in: View::Groups("src_ip".to_owned()),
            test: Test::OneOf {
                column: "src_ip".to_owned(),
                values: vec![None, Some("10.1.2.3".to_owned())],
            },
        }],
    };
    let anonymiser = Anonymiser::new(&key());
    let anonymous = project.clone().anonymised(&anonymiser);
    let text = String::from_utf8(anonymous.write()).expect("UTF-8");
    assert!(!holds(&text, "10.1.2.3") && !text.contains("10.1.0.0"));
    assert!(!text.contains("account 123456789012"));
    assert_eq!(anonymous.input.sha256, project.input.sha256);
    let Subject::Network(network) = &anonymous.known[1].subject else {
        panic!("a network stays a network")
    };
    let member: std::net::IpAddr = anonymiser.text("10.1.2.3").parse().expect("an address");
    assert!(network.prefix_len() == 16 && network.contains(&member));
}

#[test]
fn every_row_keeps_its_cells_as_they_stood() {
    let row = |account: &str, when: &str, n: &str, note: &str| {
        [account, when, n, note, "7"].map(str::to_owned).to_vec()
    };
    let cells = [
        row("0000000013", "2024-04-25T23:30:00+0300", "7.0", " NaN"),
        row("16699327784941023797", "2024-04-25 23:30:00", "+7", "   "),
        row("", "25/Apr/2024:23:30:00 +0200", "7e0", "NULL"),
        row("99999999999999999999", "", "007", "a\rb"),
        row("1", "2024-04-25T23:30:00.500Z", "900000", "a\r\n\"b\", c"),
        row("-0", "-", " 12.50", "-"),
    ];
    let mut log = csv::Writer::from_writer(Vec::new());
    let header = ["account", "time", "bytes_in", "note", "score"].map(str::to_owned);
    log.write_record(&header).expect("memory does not fail");
    for row in &cells {
        log.write_record(row).expect("memory does not fail");
    }
    let (mut page, _) = analysed(&log.into_inner().expect("memory does not fail"));
    let scored = written(&mut page, File::Scored, None);
    let mut reader = csv::Reader::from_reader(scored.as_bytes());
    let rows = reader.records().map(|record| {
        let cells = record.expect("a row");
        cells.iter().take(5).map(str::to_owned).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    assert_eq!(rows, cells);
}

/// Not in the notebook's schema: pandas reads a day beside its time of day as text.
#[test]
fn a_day_with_its_time_in_another_column_keeps_its_cell() {
    let mut log = "date,time,c-ip,sc-bytes,cs-bytes\n".to_owned();
    for i in 0..60_u64 {
        let size = if i == 7 { 5_000_000 } else { 100 + i % 7 };
        log += &format!("2026-03-02,09:{i:02}:01,192.0.2.{i},{size},{size}\n");
    }
    let (mut page, _) = analysed(log.as_bytes());
    let suspicious = written(&mut page, File::Suspicious, None);
    let expected = "\n2026-03-02,09:07:01,192.0.2.7,5000000,5000000,";
    assert!(suspicious.contains(expected), "{suspicious}");
}

#[test]
fn a_report_has_everything_and_asks_for_nothing() {
    let (mut page, report) = analysed(&sample_log());
    let settings = page.default_settings();
    page.try_seeds(&settings.params, Trial::AsSet, 43..46)
        .expect("seeds");
    let html = written(&mut page, File::Report, None);
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    for part in [
        "gateway-10.1.2.3.csv",
        "2026-03-02 09:00:00 UTC",
        env!("CARGO_PKG_VERSION"),
        "Times in charts are in UTC,",
        "repeat an earlier one",
        "our scanner",
        "Line 1 is the header.",
        "Worth knowing",
        "What drives the flags",
        "<h2>Groups</h2>",
        "Statistics of the features",
        "Method and limits",
        "<tr><th scope=\"row\">Trees</th><td>100</td></tr>",
        "<tr><th scope=\"row\">Seed</th><td>42</td></tr>",
        "default-src &#39;none&#39;",
    ] {
        let part = part.replace("&#39;", "'");
        assert!(html.contains(&part), "{part}");
    }
    assert_eq!(
        html.matches("role=\"img\"").count(),
        html.matches("<figure>").count()
    );
    assert!(html.matches("<figure>").count() > Figure::all(&report, Scale::Log).len());
    for title in [
        "Distribution of bytes_in",
        "Hours and weekdays",
        "Sources and destinations",
    ] {
        assert!(html.contains(&format!("aria-label=\"{title}\"")), "{title}");
    }
    for request in [
        "<script", "<link", "<img", "src=", "href", "url(", "@import", "<iframe",
    ] {
        assert!(!html.contains(request), "{request}");
    }
    // the only addresses are names of XML
    let links = html.matches("http").count();
    let names = html.matches("http://www.w3.org/").count() + html.matches("http-equiv").count();
    assert_eq!(links, names);
    let rows = html.matches("class=\"why\"").count();
    assert_eq!(rows as u64, report.counts.n_flagged.min(500));
    assert!(!html.contains("not tried"));
}

#[test]
fn hostile_cells_are_text() {
    let mut log = format!(
        "<b>ip</b>,bytes_in,bytes_out,{}\n",
        HOSTILE.replace('"', "'")
    );
    let quoted = HOSTILE.replace('"', "\"\"");
    for i in 0..60_u64 {
        let size = if i == 7 { 1_000_000 } else { 100 + i % 7 };
        log += &format!("\"{quoted}{}\",{size},{size},\"{quoted}\"\n", i % 3);
    }
    for key in [None, Some(key())] {
        let (mut page, _) = analysed(log.as_bytes());
        let mut cover = cover(&page);
        cover.file_name = HOSTILE.to_owned();
        for list in [&mut cover.notes, &mut cover.decisions, &mut cover.known] {
            *list = vec![HOSTILE.to_owned()];
        }
        cover.settings = vec![(HOSTILE.to_owned(), HOSTILE.to_owned())];
        let html = page
            .write(Request::Export {
                file: File::Report,
                guard: FormulaGuard::On,
                with_explanations: false,
                key,
                cover: Some(Box::new(cover)),
            })
            .expect("a file");
        assert!(html.contains("&lt;script&gt;"));
        for tag in ["<script", "<img", "<b>", "\" onload", "' onload"] {
            assert!(!html.contains(tag), "{tag}");
        }
    }
}

/// Returns the records of a CSV file, its header first.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let cells = |record: csv::Result<csv::StringRecord>| {
        let record = record.expect("a record");
        record.iter().map(str::to_owned).collect()
    };
    reader.records().map(cells).collect()
}

#[test]
fn no_column_has_the_name_of_another_however_often_a_file_comes_back() {
    let mut log = "src_ip,src_ip_country_code,bytes_in,bytes_out,score,rank (input),anomaly,score (input),\
                   scaled_bytes_in,stability,attribution_bytes_in,duration_seconds,creation_time,end_time,\
                   src_ip_country_code_US,__proto__\n"
        .to_owned();
    for i in 0..80_u64 {
        let size = if i == 9 { 900_000 } else { 100 + i * 7 % 31 };
        let country = if i % 3 == 0 { "US" } else { "DE" };
        log += &format!(
            "192.0.2.{i},{country},{size},{},{i},{},x,{},{i},y,{i},{i},2026-03-02T09:00:00Z,2026-03-02T09:{:02}:00Z,{},{}\n",
            i * 13 % 97,
            i % 5,
            i % 7,
            i % 60,
            i % 2,
            i % 4
        );
    }
    for (file, with_explanations) in [
        (File::Scored, false),
        (File::Scored, true),
        (File::Suspicious, true),
    ] {
        let mut text = log.clone();
        let mut n_before = 0;
        for round in 0..4 {
            let (mut page, _) = analysed(text.as_bytes());
            let summary = written(&mut page, File::Summary, None);
            text = page
                .export_with(file, FormulaGuard::On, with_explanations)
                .expect("a file");
            for text in [&summary, &text] {
                let rows = records(text);
                let names: BTreeSet<&String> = rows[0].iter().collect();
                assert_eq!(names.len(), rows[0].len(), "round {round}: {:?}", rows[0]);
                assert!(rows.iter().all(|row| row.len() == rows[0].len()));
            }
            let names = records(&text).swap_remove(0);
            assert!(names.len() > n_before && names.iter().any(|name| name == "anomaly"));
            n_before = names.len();
            if file == File::Suspicious && round == 0 {
                // too few rows for a second forest to find anything: only names matter
                break;
            }
        }
    }
}

#[test]
fn every_cell_of_every_table_is_defused() {
    let formulas = [
        "=1+1",
        " =1+1",
        "\n=2+2",
        "\u{a0}@x",
        "\u{feff}+x",
        "＝1+1",
        "\tx",
        "\rx",
        "-2+3",
    ];
    let quoted = formulas.map(|formula| format!("\"{formula}\""));
    let mut log = format!("src_ip,\"=1+1\",\" @b\",\"＋c\",{}\n", quoted.join(","));
    for i in 0..40_u64 {
        let size = if i == 9 { 900_000 } else { 100 + i * 7 % 31 };
        log += &format!(
            "192.0.2.{i},{size},-{},{},{}\n",
            i * 13 % 97,
            i % 3,
            quoted.join(",")
        );
    }
    let mut page = Page::open(log.as_bytes()).expect("a log");
    let mut settings = page.default_settings();
    settings.features = ["=1+1", " @b", "＋c"].map(str::to_owned).to_vec();
    page.analyse(&settings, 1).expect("an analysis");
    for file in [File::Suspicious, File::Summary, File::Scored] {
        let mut export = |guard| {
            let text = page.export_with(file, guard, file != File::Summary);
            records(&text.expect("a file"))
        };
        let (plain, defused) = (export(FormulaGuard::Off), export(FormulaGuard::On));
        let mut n_defused = 0;
        for (plain, defused) in plain.iter().flatten().zip(defused.iter().flatten()) {
            if plain == defused {
                let first = defused.trim().chars().next();
                let is_number = defused.parse::<f64>().is_ok();
                assert!(is_number || !first.is_some_and(|first| "=+-@＝＋".contains(first)));
            } else {
                assert_eq!(*defused, format!("'{plain}"));
                n_defused += 1;
            }
        }
        let n_rows = if file == File::Summary {
            0
        } else {
            plain.len() - 1
        };
        let n_header = if file == File::Summary { 3 } else { 12 };
        assert_eq!(n_defused, n_header + 9 * n_rows, "{}", file.name());
    }
}

#[test]
fn what_is_not_seen_in_a_name_is_seen_in_reports_and_stays_in_data() {
    let hidden = [
        '\u{202e}', '\u{2066}', '\u{200f}', '\u{61c}', '\u{200b}', '\u{feff}', '\u{2028}',
        '\u{85}', '\u{1b}',
    ];
    let marked: String = hidden.iter().collect();
    let mut log =
        format!("src_ip,dst_ip,rule{marked}names,\"{marked}bytes_in\",\u{202e}bytes_out\n");
    for i in 0..60_u64 {
        let size = if i == 9 { 900_000 } else { 100 + i * 7 % 31 };
        log += &format!(
            "\"{marked}gnp.exe {}\",192.0.2.{},\"\u{202e}rule {}\",{size},{}\n",
            i % 3,
            i % 5,
            i % 2,
            i * 13 % 97
        );
    }
    let mut page = Page::open(log.as_bytes()).expect("a log");
    let settings = page.default_settings();
    let report = page.analyse(&settings, 1).expect("an analysis");
    let html = written(&mut page, File::Report, None);
    let figures = Figure::all(&report, Scale::Linear).into_iter();
    for text in figures.map(|figure| figure.svg()).chain([html.clone()]) {
        for character in hidden {
            assert!(!text.contains(character), "{character:?}");
        }
    }
    for marker in ["⟨U+202E⟩bytes_out", "⟨U+200F⟩", "␛", "⟨U+202E⟩rule 1"] {
        assert!(html.contains(marker), "{marker}");
    }
    let data = written(&mut page, File::Scored, None);
    assert!(data.contains(&marked));
    assert!(data.contains("\u{202e}rule 1"));
}

#[test]
fn a_long_list_says_that_it_is_cut() {
    let mut log = "src_ip,bytes_in,bytes_out\n".to_owned();
    for i in 0..2000_u64 {
        log += &format!(
            "10.0.{}.{},{},{}\n",
            i / 250,
            i % 250,
            i * 7919 % 1009,
            i * 104_729 % 997
        );
    }
    let mut page = Page::open(log.as_bytes()).expect("a log");
    let mut settings = page.default_settings();
    settings.params.contamination = isolog::forest::Contamination::Fraction(0.5);
    page.analyse(&settings, 1).expect("an analysis");
    let html = written(&mut page, File::Report, None);
    assert!(html.contains("The 500 most suspicious of"));
    assert_eq!(html.matches("class=\"why\"").count(), 500);
    assert!(html.contains(": 20 of 2,000 groups"));
}

#[test]
fn the_notebook_s_log_has_a_report() {
    let Some(log) = shared("data/CloudWatch_Traffic_Web_Attack.csv") else {
        return;
    };
    let (mut page, _) = analysed(&log);
    let html = written(&mut page, File::Report, None);
    assert!(html.contains("All 15, most suspicious (lowest score) first."));
    assert!(html.contains("duration_seconds"));
    let anonymous = written(&mut page, File::Report, Some(key()));
    let text = String::from_utf8(log).expect("UTF-8");
    let originals: BTreeSet<&str> = text
        .split([',', '\n', '\r', '"'])
        .filter(|cell| cell.parse::<std::net::IpAddr>().is_ok())
        .collect();
    assert!(originals.iter().any(|original| holds(&html, original)));
    for original in originals {
        assert!(!holds(&anonymous, original), "{original}");
    }
}

/// A log of 40 sessions, of which one cell may be another one of the same length.
fn log_with(cell: &str) -> Vec<u8> {
    let row = |i: u32| match i {
        7 => format!("\"s,{cell}\",{},{}\n", 1_000 + i, 500 + i),
        39 => format!("s{cell}s,900000,5\n"),
        _ => format!("s{i},{},{}\n", 1_000 + i, 500 + i),
    };
    let rows: String = (0..40).map(row).collect();
    format!("name,bytes_in,bytes_out\n{rows}").into_bytes()
}

#[test]
fn a_file_written_over_at_its_size_is_neither_shown_nor_exported() {
    let mut page = Page::open(&log_with("one")).expect("a log");
    let settings = page.default_settings();
    page.analyse(&settings, 1).expect("a result");
    let sessions = || Request::Sessions {
        conditions: Vec::new(),
        zone: "UTC".to_owned(),
        order: Order {
            by: OrderBy::Line,
            is_descending: false,
        },
        first: 5,
        n: 5,
        find: None,
    };
    let export = |file| Request::Export {
        file,
        guard: FormulaGuard::On,
        with_explanations: false,
        key: None,
        cover: None,
    };
    let requests = [
        Request::Flagged { first: 0, n: 9 },
        sessions(),
        export(File::Suspicious),
        export(File::Scored),
    ];
    page.overwrite(&log_with("two"));
    for request in requests.clone() {
        let answer = page.ask(request.clone(), &mut |_| {});
        let is_refused = matches!(
            &answer,
            Err(Error::Source(source::Error::Unreadable { reason, .. }))
                if reason == "the file is not as it was when it was read"
        );
        assert!(is_refused, "{request:?}: {answer:?}");
    }
    page.overwrite(&log_with("one"));
    for request in requests {
        let answer = page.ask(request.clone(), &mut |_| {});
        assert!(answer.is_ok(), "{request:?}: {answer:?}");
    }
}
