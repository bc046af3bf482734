//! Lines that are not rows, and bytes that do not belong: what a log holds beside its table never changes what is read of
//! the table, and is counted under its own name.

mod support;

use isolog::charts::format::format_count;
use isolog::export::{File, FormulaGuard};
use isolog::job::Settings;
use isolog::session::data_notes;
use isolog::traffic::Overview;
use proptest::prelude::*;
use support::{Page, Reader};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// What came of a log.
#[derive(Debug, PartialEq)]
struct Outcome {
    overview: Overview,
    /// The export of all rows: every cell, score and rank.
    scored: Vec<Vec<String>>,
}

impl Outcome {
    fn notes(&self) -> Vec<String> {
        data_notes(&self.overview, &[])
    }

    fn column(&self, name: &str) -> Vec<&str> {
        let header = &self.scored[0];
        let at = header.iter().position(|other| other == name);
        let at = at.unwrap_or_else(|| panic!("no {name} in {header:?}"));
        self.scored[1..]
            .iter()
            .map(|row| row[at].as_str())
            .collect()
    }
}

/// Reads, scores and exports a log, in ranges of any size; the same must come of it.
fn outcome(log: &[u8]) -> Outcome {
    let read = |range_bytes, n_helpers| {
        let reader = Reader {
            drop_duplicates: true,
            range_bytes,
            n_helpers,
        };
        let mut page = Page::open_with(log, reader).expect("a log");
        let columns = &page.overview().columns;
        let numbers = columns.iter().filter(|column| column.kind == "numbers");
        let settings = Settings {
            features: numbers.map(|column| column.name.clone()).collect(),
            ..page.default_settings()
        };
        page.analyse(&settings, 2).expect("an analysis");
        let text = page
            .export(File::Scored, FormulaGuard::Off)
            .expect("the rows are read again");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes());
        let row = |record: csv::Result<csv::StringRecord>| {
            let record = record.expect("as many cells in every row");
            record.iter().map(str::to_owned).collect()
        };
        Outcome {
            overview: page.overview().clone(),
            scored: reader.records().map(row).collect(),
        }
    };
    let whole = read(1 << 30, 1);
    for (range_bytes, n_helpers) in [(1, 1), (7, 2), (64, 8), (211, 3), (1000, 2)] {
        let cut = read(range_bytes, n_helpers);
        let what = format!("ranges of {range_bytes} bytes, {n_helpers} helpers");
        assert_eq!(cut.overview, whole.overview, "{what}");
        assert!(cut.scored == whole.scored, "{what}");
    }
    whole
}

/// Rows of a log, from the first to the last: a name, and two numbers that differ.
fn rows(n: u64) -> Vec<String> {
    let row = |i| {
        format!(
            "10.0.0.{},{},{}",
            i % 200,
            100 + i * i % 977,
            7 + i * 31 % 1013
        )
    };
    (0..n).map(row).collect()
}

#[test]
fn a_row_that_begins_with_a_byte_order_mark_is_read_the_same_again() {
    let mut lines = rows(40);
    lines[20] = "\u{feff}\"x, y\",900000".to_owned();
    lines[30].insert(0, '\u{feff}');
    let log = format!("name,bytes_in,bytes_out\n{}\n", lines.join("\n"));
    let outcome = outcome(log.as_bytes());
    assert_eq!(outcome.overview.n_rows, 40);
    let names = outcome.column("name");
    assert_eq!((names[20], names[30]), ("\u{feff}\"x", "\u{feff}10.0.0.30"));
    assert_eq!(outcome.column("bytes_out")[20], "900000");
}

#[test]
fn a_nul_byte_is_read_and_counted_wherever_it_stands() {
    let n = 9000;
    for row in [3, n - 3] {
        let mut lines = rows(n as u64);
        lines[row].insert(2, '\0');
        lines[row + 1].push('\0');
        let log = format!("name,bytes_in,bytes_out\n{}\n", lines.join("\n"));
        let reader = Reader {
            range_bytes: 100_000,
            ..Reader::default()
        };
        let mut page = Page::open_with(log.as_bytes(), reader).expect("a log");
        let settings = Settings {
            features: vec!["bytes_in".to_owned(), "bytes_out".to_owned()],
            ..page.default_settings()
        };
        let report = page.analyse(&settings, 1).expect("an analysis");
        let overview = page.overview();
        assert_eq!(overview.n_rows, n as u64);
        assert_eq!(
            (overview.nul.count, overview.nul.first_line),
            (2, Some(row as u64 + 2))
        );
        // the number with the byte is none
        assert_eq!(report.counts.n_scored, n as u64 - 1);
        let notes = data_notes(overview, &report.unscored);
        let begin = format!(
            "2 cells hold a NUL byte (first at line {})",
            format_count(row as u64 + 2)
        );
        assert!(
            notes.iter().any(|note| note.starts_with(&begin)),
            "{notes:?}"
        );
        let scored = page.export(File::Scored, FormulaGuard::On).expect("a file");
        assert!(scored.contains("10\0.0.0."));
    }
}

/// The log that the others are like, and what comes of it.
fn plain() -> (Vec<String>, Outcome) {
    let rows = rows(60);
    let log = format!("name,bytes_in,bytes_out\n{}\n", rows.join("\n"));
    let outcome = outcome(log.as_bytes());
    assert_eq!(outcome.overview.n_rows, 60);
    assert_eq!(outcome.notes(), [""; 0]);
    (rows, outcome)
}

/// Tells that a log has the rows and the scores of the plain one, that its header is this line, and what is said of it.
fn is_plain_with(log: &str, header_line: Option<u64>, notes: &[&str]) {
    let (_, plain) = plain();
    let mut log = outcome(log.as_bytes());
    if header_line.is_none() {
        log.scored[0] = plain.scored[0].clone();
    }
    assert_eq!(log.scored, plain.scored);
    assert_eq!(log.overview.header.line, header_line);
    assert_eq!(log.overview.n_read, plain.overview.n_read);
    assert_eq!(log.notes(), notes);
}

const HEADER: &str = "name,bytes_in,bytes_out";

#[test]
fn what_stands_above_the_header_is_not_read() {
    let (rows, _) = plain();
    let rows = rows.join("\n");
    is_plain_with(
        &format!("Traffic report, edge\nMade: today, by us\n\n{HEADER}\n{rows}\n"),
        Some(4),
        &["2 lines above the table are not read (first at line 1: “Traffic report, edge”)."],
    );
    is_plain_with(
        &format!("\u{feff}sep=;\r\n{HEADER}\r\n{rows}\r\n").replace(',', ";"),
        Some(2),
        &["1 line above the table is not read (first at line 1: “sep=;”)."],
    );
    is_plain_with(
        &format!("# made today, at night, by us\n# \"again\n{HEADER}\n{rows}\n"),
        Some(3),
        &["2 lines are comments (first at line 1): no rows."],
    );
    is_plain_with(&format!("#{HEADER}\n{rows}\n"), Some(1), &[]);
    is_plain_with(
        &format!("# made today\n# {HEADER}\n{rows}\n"),
        Some(2),
        &["1 line is a comment (first at line 1): no rows."],
    );
}

#[test]
fn comments_within_the_rows_are_no_rows() {
    let (rows, _) = plain();
    let (above, below) = (rows[..20].join("\n"), rows[20..].join("\n"));
    for mark in ["#", "//"] {
        let log = format!(
            "{mark} made today\n{HEADER}\n{above}\n{mark}10.0.0.9,1,1\n{mark} \"x, y\n{below}\n{mark} end"
        );
        is_plain_with(
            &log,
            Some(2),
            &["4 lines are comments (first at line 1): no rows."],
        );
    }
}

#[test]
fn comments_that_the_head_does_not_have_are_none_either() {
    let row = |i: u64| format!("{i},10.0.0.{},{}", i % 200, i * 31 % 1013);
    let mut lines: Vec<String> = (0..20_000).map(row).collect();
    let header = "bytes_in,name,bytes_out".to_owned();
    lines.insert(0, header);
    lines.insert(19_000, "# rotated".to_owned());
    lines.insert(19_010, "#5,10.0.0.1,7".to_owned());
    lines.insert(19_020, "// rotated, again".to_owned());
    let page = Page::open(lines.join("\n").as_bytes()).expect("a log");
    let overview = page.overview();
    assert_eq!((overview.n_rows, overview.n_read), (20_000, 20_000));
    let comments = overview.left_out.comments;
    assert_eq!((comments.count, comments.first_line), (3, Some(19_001)));
    assert_eq!(overview.columns[0].malformed.tally.count, 0);
}

#[test]
fn values_of_spreadsheets_are_no_comments() {
    let mut lines: Vec<String> = (0..40)
        .map(|i| format!("{}.5,{}", i * 37 % 101, i * 53 % 89))
        .collect();
    lines[7] = "#N/A,5".to_owned();
    lines[8] = "#DIV/0!,5".to_owned();
    lines[20] = "# made".to_owned();
    for above in ["", "# made\n"] {
        let log = format!("{above}bytes_in,bytes_out\n{}\n", lines.join("\n"));
        let outcome = outcome(log.as_bytes());
        assert_eq!(outcome.overview.n_rows, 39);
        assert_eq!(outcome.column("bytes_in")[8], "#DIV/0!");
    }
}

#[test]
fn a_comment_may_name_the_columns() {
    let (rows, _) = plain();
    let tabs = rows.join("\n").replace(',', "\t");
    is_plain_with(
        &format!(
            "#separator \\x09\n#unset_field\t-\n#fields\tname\tbytes_in\tbytes_out\n#types\taddr\tcount\tcount\n{tabs}\n#close\tnow\n"
        ),
        Some(3),
        &["4 lines are comments (first at line 1): no rows."],
    );
    // Zeek quotes nothing
    let odd = tabs.replace("10.0.0.30\t", "\"10.0.0.30\t");
    let odd = outcome(format!("#fields\tname\tbytes_in\tbytes_out\n{odd}\n").as_bytes());
    assert_eq!(odd.column("name")[30], "\"10.0.0.30");
    assert_eq!(odd.column("bytes_in")[30], "1000");
    let (above, below) = tabs.split_at(tabs.find("10.0.0.30").expect("a row"));
    let names = "#Version: 1.0\n#Fields: name bytes_in bytes_out\n";
    is_plain_with(
        &format!("{names}{above}{names}{below}\n"),
        Some(2),
        &["3 lines are comments (first at line 1): no rows."],
    );
    let other = "#Fields: name bytes_out bytes_in\n";
    let log = format!("{names}{above}{other}{below}\n");
    for range_bytes in [1 << 30, 100] {
        let reader = Reader {
            range_bytes,
            ..Reader::default()
        };
        let error = Page::open_with(log.as_bytes(), reader).err();
        let expected = isolog::source::Error::OtherColumns { line: 33 };
        let expected = isolog::job::Error::Table(isolog::table::Error::Source(expected));
        assert_eq!(error, Some(expected));
    }
}

#[test]
fn a_file_without_a_header_loses_no_row() {
    let (rows, _) = plain();
    let note = "No line is a header: the first line (“10.0.0.0 …”) is like the rows below it, so it is a row and the columns are numbered. If it is a header, choose so under “How each column is read”.";
    is_plain_with(&format!("{}\n", rows.join("\n")), None, &[note]);
    let numbered = outcome(format!("{}\n", rows.join("\n")).as_bytes());
    assert_eq!(
        &numbered.scored[0][..3],
        ["column_1", "column_2", "column_3"]
    );
    // numbers alone, and a title
    let numbers: String = (0..50)
        .map(|i| format!("{}.5,{}\n", i * 37 % 101 * 11, i * 53 % 89))
        .collect();
    for (log, n_notes) in [(numbers.clone(), 1), (format!("Made today\n{numbers}"), 2)] {
        let read = outcome(log.as_bytes());
        assert_eq!((read.overview.n_rows, read.notes().len()), (50, n_notes));
    }
}

#[test]
fn the_header_again_totals_and_remarks_are_no_rows() {
    let (rows, _) = plain();
    let (above, below) = (rows[..20].join("\n"), rows[20..].join("\n"));
    let rows = rows.join("\n");
    is_plain_with(
        &format!("\u{feff}{HEADER}\r\n{above}\r\n\u{feff}{HEADER}\r\n{below}\r\n{HEADER}\r\n")
            .replace("\r\n", "\n"),
        Some(1),
        &[
            "2 lines repeat the header (first at line 22): no rows. The file seems to be put together from several.",
        ],
    );
    is_plain_with(
        &format!("{HEADER}\n{rows}\nTotal,31337,4711\nAverage:,,17\n\n(60 rows)\n"),
        Some(1),
        &[
            "2 lines sum up the rows (first at line 62): no sessions.",
            "1 line below the header is text of its own (first at line 65): no rows.",
        ],
    );
    is_plain_with(
        &format!("{HEADER}\n{rows}\nSummary\nflows,bytes\n60,123456\n  \nend\n"),
        Some(1),
        &["4 lines sum up the rows (first at line 62): no sessions."],
    );
}

#[test]
fn words_for_totals_within_rows_are_what_they_are() {
    let mut lines: Vec<String> = (0..40)
        .map(|i| format!("host{i},total,{},{}", i * i, i % 7))
        .collect();
    lines[7] = "total,x,5,6".to_owned();
    lines[9] = "Sum,,5,".to_owned();
    lines[11] = "mean,10.0.0.1,,6".to_owned();
    let log = format!("name,kind,bytes_in,packets\n{}\n", lines.join("\n"));
    let outcome = outcome(log.as_bytes());
    assert_eq!(outcome.overview.n_rows, 39);
    assert_eq!(outcome.overview.left_out.totals.first_line, Some(11));
}

#[test]
fn a_delimiter_behind_the_last_field_is_dropped() {
    let (rows, plain) = plain();
    for header in [HEADER.to_owned(), format!("{HEADER},")] {
        is_plain_with(&format!("{header}\n{},\n", rows.join(",\n")), Some(1), &[]);
        // the last row without it
        is_plain_with(&format!("{header}\n{}\n", rows.join(",\n")), Some(1), &[]);
    }
    is_plain_with(&format!("{HEADER},\n{}\n", rows.join("\n")), Some(1), &[]);
    let mut odd = rows.clone();
    odd[30].push_str(",x");
    let log = format!("{HEADER}\n{},\n", odd.join(",\n"));
    let outcome = outcome(log.as_bytes());
    assert_eq!(outcome.overview.n_rows, 59);
    assert_eq!(outcome.overview.left_out.long.first_line, Some(32));
    assert_eq!(outcome.scored[0].len(), plain.scored[0].len());
}

#[test]
fn a_backslash_before_a_quote_is_no_end() {
    let agents = [
        r#"probe \"a,b\""#,
        r#"Mozilla/5.0 (X11; Linux)"#,
        r#"a \\ b"#,
        "two\nlines",
    ];
    let read = [
        r#"probe "a,b""#,
        "Mozilla/5.0 (X11; Linux)",
        r"a \ b",
        "two\nlines",
    ];
    let lines: String = (0..40)
        .map(|i| format!("\"{i}\",\"{}\",\"{}\"\n", agents[i % 4], i * i))
        .collect();
    let outcome = outcome(format!("\"id\",\"agent\",\"bytes_in\"\n{lines}").as_bytes());
    assert_eq!(outcome.overview.n_rows, 40);
    for (i, agent) in outcome.column("agent").into_iter().enumerate() {
        assert_eq!(agent, read[i % 4]);
    }
    let bytes: Vec<String> = (0..40).map(|i| (i * i).to_string()).collect();
    assert_eq!(outcome.column("bytes_in"), bytes);
}

/// Lines of any kind, most of them rows, some over several lines.
fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "10\\.0\\.0\\.[0-9],[0-9]{1,3},[0-9]{1,5}",
        2 => "\"a\n(#|//|Total|)b\",[0-9],[0-9]",
        2 => "[ab],[0-9]{1,3}(,[0-9],[0-9])?",
        1 => "(#|//)[ab,\" ]{0,9}",
        1 => "#(NA|N/A|NULL!|NAM),[0-9],[0-9]",
        1 => Just(HEADER.to_owned()),
        1 => Just(format!("\u{feff}{HEADER}")),
        1 => "(Total|Sum|average:),[0-9]{0,2},[0-9]{0,2}",
        1 => "(Summary|Total)(,[0-9])?",
        1 => "(\\([0-9] rows\\)|the end| |\t|)",
        1 => "10\\.0\0,\0,5",
        1 => "10\\.0\\.0\\.[0-9],[0-9],[0-9],",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn how_a_file_with_such_lines_is_cut_does_not_show(
        above in "(|Report, of today\n|# made\n|// made\n# made\n|sep=,\n|\n\n)",
        lines in prop::collection::vec(any_line(), 5..60),
        end in "(\n|\r\n|)",
        range_bytes in 1..200_u64,
        n_helpers in 1..5_usize,
        drop_duplicates: bool,
    ) {
        let log = format!("{above}{HEADER}\n{}{end}", lines.join("\n"));
        let open = |range_bytes, n_helpers| {
            Page::open_with(log.as_bytes(), Reader { drop_duplicates, range_bytes, n_helpers }).map(|page| page.overview().clone())
        };
        let whole = open(1 << 30, 1);
        prop_assert_eq!(&open(range_bytes, n_helpers), &whole);
        let Ok(overview) = whole else { return Ok(()) };
        let left_out = overview.left_out;
        let n_out = left_out.n_unusable() + left_out.duplicates.count;
        prop_assert_eq!(overview.n_read, overview.n_rows + n_out, "each row is there or counted");
    }
}
