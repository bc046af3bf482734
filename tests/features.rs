//! Which columns are features at first, told by their names and by their values, and why the others are not.

mod support;

use isolog::export::{File, FormulaGuard};
use isolog::session::{Kind, Problem, data_notes};
use isolog::traffic::{Candidate, Note};
use support::Page;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Numbers in [0, 1) that look random: those of a linear congruential generator (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() * n as f64) as u64
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }

    /// An amount as logs have it: mostly small, at times large.
    fn amount(&mut self, typical: f64) -> u64 {
        (typical * (-2.0 * (1.0 - self.next()).ln()).exp() / 4.0) as u64
    }
}

/// A log of these columns; each is given the row and the random numbers.
type Cell = fn(u64, &mut Random) -> String;

fn log(n_rows: u64, columns: &[(&str, Cell)]) -> Vec<u8> {
    let mut random = Random(11);
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut log = names.join(",");
    for row in 0..n_rows {
        let cells: Vec<String> = columns
            .iter()
            .map(|(_, cell)| cell(row, &mut random))
            .collect();
        log += "\n";
        log += &cells.join(",");
    }
    log.into_bytes()
}

fn page(log: &[u8]) -> Page {
    Page::open(log).expect("a log")
}

fn defaults(page: &Page) -> Vec<String> {
    page.default_settings().features
}

fn candidate<'a>(page: &'a Page, name: &str) -> &'a Candidate {
    let mut candidates = page.overview().candidates.iter();
    candidates
        .find(|candidate| candidate.name == name)
        .unwrap_or_else(|| panic!("{name} is no column of numbers"))
}

fn notes(page: &Page, name: &str) -> Vec<Note> {
    candidate(page, name).notes.clone()
}

#[test]
fn what_a_name_calls_an_amount_is_one_whatever_its_values() {
    let page = page(&log(
        300,
        &[
            ("up_octets", |row, _| {
                (9_007_199_254_741_000 + 3 * row).to_string()
            }),
            ("report_count", |row, _| (row / 2).to_string()),
            ("transport_ms", |_, random| {
                (random.below(1 << 40)).to_string()
            }),
            ("open_ports", |_, random| {
                random.pick(&["443", "80", "22"]).to_owned()
            }),
            ("status_ratio", |_, random| {
                random.pick(&["200", "404"]).to_owned()
            }),
            ("session_duration", |_, random| {
                random.amount(1700.0).to_string()
            }),
        ],
    ));
    assert_eq!(
        defaults(&page),
        [
            "up_octets",
            "report_count",
            "transport_ms",
            "open_ports",
            "status_ratio",
            "session_duration"
        ]
    );
}

#[test]
fn what_a_name_calls_a_number_of_something_is_off() {
    let columns: [(&str, Cell, Note); 17] = [
        (
            "policyid",
            |_, random| random.below(9).to_string(),
            Note::Identifier,
        ),
        (
            "account_no",
            |_, random| (8_234_567_890_123_456_789 + random.below(1 << 50)).to_string(),
            Note::Identifier,
        ),
        (
            "flow_hash",
            |_, random| (16_699_327_784_941_023_797 + random.below(1 << 60)).to_string(),
            Note::Identifier,
        ),
        (
            "trans_id",
            |_, random| random.amount(90.0).to_string(),
            Note::Identifier,
        ),
        (
            "sp",
            |_, random| random.below(65536).to_string(),
            Note::Port,
        ),
        (
            "Src Port",
            |_, random| random.below(65536).to_string(),
            Note::Port,
        ),
        (
            "destination.port",
            |_, random| format!("{}.0", random.pick(&["443", "22"])),
            Note::Port,
        ),
        (
            "sc-status",
            |_, random| random.pick(&["200", "404"]).to_owned(),
            Note::Code,
        ),
        (
            "tls_version",
            |_, random| random.pick(&["1.2", "1.3"]).to_owned(),
            Note::Code,
        ),
        (
            "tcp_flags",
            |_, random| random.below(64).to_string(),
            Note::Code,
        ),
        (
            "severity",
            |_, random| random.below(8).to_string(),
            Note::Code,
        ),
        (
            "srcas",
            |_, random| (64496 + random.below(9)).to_string(),
            Note::Network,
        ),
        (
            "ifIndex",
            |_, random| (500 + random.below(9)).to_string(),
            Note::Network,
        ),
        (
            "linecount",
            |_, random| random.below(9).to_string(),
            Note::LogText,
        ),
        (
            "date_hour",
            |_, random| random.below(24).to_string(),
            Note::DatePart,
        ),
        (
            "day of week",
            |_, random| random.below(7).to_string(),
            Note::DatePart,
        ),
        (
            "input",
            |_, random| (500 + random.below(3)).to_string(),
            Note::Network,
        ),
    ];
    let mut with_bytes: Vec<(&str, Cell)> = columns
        .iter()
        .map(|(name, cell, _)| (*name, *cell))
        .collect();
    with_bytes.push(("obytes", |_, random| random.amount(900.0).to_string()));
    let page = page(&log(200, &with_bytes));
    assert_eq!(defaults(&page), ["obytes"]);
    for (name, _, note) in columns {
        assert_eq!(notes(&page, name), [note], "{name}");
        assert!(candidate(&page, name).notes[0].text().ends_with('.'));
    }
}

#[test]
fn values_tell_where_names_do_not() {
    let page = page(&log(
        400,
        &[
            ("c1", |row, _| (1_700_000_000 + 37 * row).to_string()),
            ("c2", |_, random| {
                (8_234_567_890_123_456_789 + random.below(1 << 50)).to_string()
            }),
            ("c3", |row, random| {
                (5000 + 10 * row + random.below(9)).to_string()
            }),
            ("c4", |_, random| random.below(1 << 52).to_string()),
            ("c5", |_, random| (32768 + random.below(28232)).to_string()),
            ("c6", |_, random| {
                random.pick(&["443", "443", "80", "22", "61234"]).to_owned()
            }),
            ("c7", |_, random| {
                random.pick(&["200", "200", "301", "404"]).to_owned()
            }),
            ("c8", |_, random| random.pick(&["6", "17", "1"]).to_owned()),
            ("c9", |_, random| {
                format!("202603{:02}", 1 + random.below(28))
            }),
            // amounts: whole, small, with a fraction, hardly ever equal
            ("d1", |_, random| random.amount(900.0).to_string()),
            ("d2", |_, random| random.below(20).to_string()),
            ("d3", |_, random| format!("{:.3}", 9.0 * random.next())),
            ("d4", |_, random| random.amount(5e6).to_string()),
            // alone, without bytes by name, these may be the bytes
            ("in", |_, random| random.amount(900.0).to_string()),
        ],
    ));
    assert_eq!(defaults(&page), ["d1", "d2", "d3", "d4", "in"]);
    for (name, note) in [
        ("c2", Note::Wide),
        ("c3", Note::Counter),
        ("c4", Note::AllDifferent { n_values: 400 }),
        ("c5", Note::PortByValues),
        ("c6", Note::PortByValues),
        ("c7", Note::CodeByValues),
        ("c8", Note::CodeByValues),
        ("c9", Note::Timestamp),
    ] {
        assert_eq!(notes(&page, name), [note], "{name}");
    }
    let c1 = &page.overview().columns[0];
    assert!(c1.is_time(), "seconds since 1970: {}", c1.kind);
}

#[test]
fn what_numbers_the_rows_is_no_amount_whatever_its_name() {
    let page = page(&log(
        60,
        &[
            ("pkt_count", |row, _| (7000 + row).to_string()),
            ("hits", |_, random| random.amount(9.0).to_string()),
        ],
    ));
    assert_eq!(defaults(&page), ["hits"]);
    assert_eq!(notes(&page, "pkt_count"), [Note::Counter]);
}

#[test]
fn a_few_rows_prove_nothing() {
    let page = page(b"a,b,c\n443,200,9\n80,404,3\n22,301,5\n8080,500,4\n");
    assert_eq!(defaults(&page), ["a", "b", "c"]);
}

/// Without the notebook's three columns an export is a file like any other.
#[test]
fn own_results_are_no_features() {
    let columns: [(&str, Cell); 4] = [
        ("country", |_, random| {
            random.pick(&["DE", "FR", "at"]).to_owned()
        }),
        ("bytes_in", |_, random| random.amount(900.0).to_string()),
        ("bytes_out", |_, random| random.amount(9000.0).to_string()),
        ("score", |_, random| random.below(100).to_string()),
    ];
    let mut log = log(120, &columns);
    let mut first = page(&log);
    let own = ["bytes_in", "bytes_out", "score"];
    assert_eq!(defaults(&first), own, "nobody has analysed it yet");
    for round in 0..2 {
        let settings = first.default_settings();
        first.analyse(&settings, 1).expect("an analysis");
        log = first
            .export_with(File::Scored, FormulaGuard::On, true)
            .expect("a file")
            .into_bytes();
        first = page(&log);
        assert_eq!(defaults(&first), ["bytes_in", "bytes_out"], "round {round}");
        for name in [
            "rank",
            "scaled_bytes_in",
            "attribution_bytes_out",
            "country_AT",
        ] {
            assert_eq!(notes(&first, name), [Note::OwnResult], "{name}");
        }
    }
}

#[test]
fn a_duration_in_the_file_goes_before_one_from_its_times() {
    let start: Cell = |row, _| format!("2026-03-02T08:{:02}:00Z", row % 60);
    let end: Cell = |row, random| format!("2026-03-02T08:{:02}:{:02}Z", row % 60, random.below(60));
    let elapsed: Cell = |_, random| format!("{:.3}", 60.0 * random.next());
    let without = page(&log(50, &[("start", start), ("end", end)]));
    assert_eq!(defaults(&without), ["duration_seconds"]);
    let with = page(&log(50, &[("start", start), ("end", end), ("td", elapsed)]));
    assert_eq!(defaults(&with), ["td"]);
    assert_eq!(notes(&with, "duration_seconds"), [Note::DurationInFile]);
}

#[test]
fn no_label_is_a_feature() {
    let page = page(&log(
        90,
        &[
            ("bytes", |_, random| random.amount(900.0).to_string()),
            ("label", |_, random| random.below(2).to_string()),
            ("is_attack", |_, random| random.below(2).to_string()),
        ],
    ));
    assert_eq!(defaults(&page), ["bytes"]);
    assert_eq!(notes(&page, "is_attack"), [Note::Label]);
}

/// Four tools wrote into one log, each fills its own column.
#[test]
fn columns_that_few_rows_fill_are_left_out_at_first() {
    let columns: [(&str, Cell); 5] = [
        ("waf_requests", |row, random| {
            if row % 4 == 0 {
                random.amount(9.0).to_string()
            } else {
                String::new()
            }
        }),
        ("bytes_in", |_, random| random.amount(900.0).to_string()),
        ("alb_ms", |row, random| {
            if row % 4 == 1 {
                random.amount(50.0).to_string()
            } else {
                "-".to_owned()
            }
        }),
        ("bytes_out", |_, random| random.amount(9000.0).to_string()),
        ("packets", |row, random| {
            if row % 50 == 7 {
                String::new()
            } else {
                random.amount(9.0).to_string()
            }
        }),
    ];
    let mut analysed = page(&log(200, &columns));
    assert_eq!(defaults(&analysed), ["bytes_in", "bytes_out", "packets"]);
    let sparse = Note::Sparse {
        n_lacking: 150,
        n_rows: 200,
    };
    assert_eq!(notes(&analysed, "waf_requests"), [sparse]);
    assert_eq!(notes(&analysed, "alb_ms"), [sparse]);
    assert_eq!(
        sparse.text(),
        "150 of 200 rows have no value here (75 %): with it too few rows could be scored."
    );
    let said = data_notes(analysed.overview(), &[]);
    assert!(said.contains(
        &"Left out of the features at first, for with them too few rows could be scored: waf_requests (75 % without a value), \
          alb_ms (75 % without a value)."
            .to_owned()
    ));
    let settings = analysed.default_settings();
    let report = analysed.analyse(&settings, 1).expect("an analysis");
    assert_eq!(report.counts.n_scored, 196);

    let mut reversed = columns.to_vec();
    reversed.reverse();
    let reversed = page(&log(200, &reversed));
    assert_eq!(defaults(&reversed), ["packets", "bytes_out", "bytes_in"]);
}

/// A tenth of the rows has no amount at all: that is no reason to leave out any.
#[test]
fn rows_without_any_amount_leave_out_no_column() {
    let columns: [(&str, Cell); 4] = [
        ("bytes", |row, random| {
            if row % 10 == 3 {
                "-".to_owned()
            } else {
                random.amount(900.0).to_string()
            }
        }),
        ("packets", |row, random| {
            if row % 10 == 3 {
                "-".to_owned()
            } else {
                random.amount(9.0).to_string()
            }
        }),
        ("retries", |row, random| {
            if row % 10 == 4 {
                "-".to_owned()
            } else {
                random.amount(9.0).to_string()
            }
        }),
        ("rtt", |row, random| {
            if row % 30 == 3 {
                "-".to_owned()
            } else {
                random.amount(9.0).to_string()
            }
        }),
    ];
    // 97 % have an rtt, 90 % bytes and packets, the same rows; 80 % all four
    assert_eq!(defaults(&page(&log(300, &columns))), ["rtt"]);
    assert_eq!(
        defaults(&page(&log(300, &columns[..3]))),
        ["bytes", "packets"]
    );
    assert_eq!(
        defaults(&page(&log(300, &columns[..2]))),
        ["bytes", "packets"]
    );
}

/// Columns that fit one by one need not fit together: of 4 % gaps each in other rows only one is borne.
#[test]
fn gaps_add_up_over_columns() {
    let columns: [(&str, Cell); 4] = [
        ("d", |row, random| {
            if row % 25 == 1 {
                String::new()
            } else {
                random.amount(900.0).to_string()
            }
        }),
        ("c", |row, random| {
            if row % 25 == 2 {
                String::new()
            } else {
                random.amount(900.0).to_string()
            }
        }),
        ("b", |row, random| {
            if row % 25 == 1 {
                String::new()
            } else {
                random.amount(900.0).to_string()
            }
        }),
        ("a", |_, random| random.amount(900.0).to_string()),
    ];
    assert_eq!(defaults(&page(&log(500, &columns))), ["d", "b", "a"]);
}

#[test]
fn the_notebook_s_three_stay_whatever_they_lack() {
    let columns: [(&str, Cell); 4] = [
        ("bytes_in", |row, random| {
            if row % 2 == 1 {
                String::new()
            } else {
                random.amount(900.0).to_string()
            }
        }),
        ("bytes_out", |_, random| random.amount(900.0).to_string()),
        ("duration_seconds", |_, random| {
            random.amount(9.0).to_string()
        }),
        ("packets", |_, random| random.amount(9.0).to_string()),
    ];
    assert_eq!(
        defaults(&page(&log(100, &columns))),
        ["bytes_in", "bytes_out", "duration_seconds"]
    );
}

#[test]
fn a_file_without_amounts_is_told_so() {
    let mut none = page(&log(
        60,
        &[
            ("session_id", |row, _| (7 * row).to_string()),
            ("status", |_, random| {
                random.pick(&["200", "404"]).to_owned()
            }),
            ("bytes", |_, _| "5".to_owned()),
            ("packets", |_, _| "1".to_owned()),
        ],
    ));
    let settings = none.default_settings();
    let problem = Problem::from_error(&none.analyse(&settings, 1).expect_err("no feature"));
    assert_eq!(problem.kind, Kind::File);
    assert_eq!(
        problem.what,
        "None of the 4 columns of numbers is an amount to compare rows by: session_id (identifier), status (code), \
         bytes, packets (constant)."
    );
    // by hand it can be done all the same
    let by_hand = isolog::job::Settings {
        features: vec!["status".to_owned()],
        ..settings
    };
    none.analyse(&by_hand, 1).expect("an analysis");

    // who turns all of them off is told of the setting
    let mut some = page(b"a,b\n1,2\n3,5\n8,8\n");
    let nothing = isolog::job::Settings {
        features: Vec::new(),
        ..some.default_settings()
    };
    let problem = Problem::from_error(&some.analyse(&nothing, 1).expect_err("no feature"));
    assert_eq!(problem.kind, Kind::Setting);
}
