//! Lines that are not rows, and bytes that do not belong: what a log holds beside its table never changes what is read of
//! the table, and is counted under its own name.

mod support;

use isolog::charts::format::format_count;
use isolog::export::{File, FormulaGuard};
use isolog::session::data_notes;
use isolog::traffic::Overview;
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
        let settings = page.default_settings();
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
        assert_eq!(
            cut, whole,
            "ranges of {range_bytes} bytes, {n_helpers} helpers"
        );
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
        let settings = page.default_settings();
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
