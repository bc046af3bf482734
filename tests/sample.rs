//! The made-up log: well-formed, the same everywhere, and its planted attacks are found.

#[allow(
    dead_code,
    unreachable_pub,
    reason = "other tests share it and need more"
)]
mod support;

use std::collections::HashMap;

use isolog::export::{File, FormulaGuard};
use isolog::report::Counts;
use isolog::sample::{Behaviour, sample_log, write_log};
use support::Page;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const HEADER: [&str; 16] = [
    "bytes_in",
    "bytes_out",
    "creation_time",
    "end_time",
    "src_ip",
    "src_ip_country_code",
    "protocol",
    "response.code",
    "dst_port",
    "dst_ip",
    "rule_names",
    "observation_name",
    "source.meta",
    "source.name",
    "time",
    "detection_types",
];

const N_LARGER: u64 = 20_000;

fn larger_log() -> Vec<u8> {
    let mut log = Vec::new();
    write_log(N_LARGER, &mut log).expect("memory takes all bytes");
    log
}

/// The rows of a log below its header, each of as many fields as the header has.
fn rows(log: &[u8]) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_reader(log);
    assert_eq!(reader.headers().expect("a header"), &HEADER[..]);
    let rows = reader.records().map(|row| row.expect("well-formed"));
    rows.collect()
}

/// FNV-1a with 64 bits.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The hashes are pins, not truths: they say only that the bytes have changed, or differ between machines.
#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn the_bytes_are_the_same_everywhere() {
    assert_eq!(hash(&sample_log()), 0x3e04_bbaa_d703_28b9);
    assert_eq!(hash(&larger_log()), 0xc4fb_92c4_002e_c23b);
}

#[test]
fn a_log_of_any_size_has_its_rows() {
    for n_sessions in [0, 1, 2, 191, 3_000] {
        let mut log = Vec::new();
        write_log(n_sessions, &mut log).expect("memory takes all bytes");
        assert_eq!(rows(&log).len() as u64, n_sessions);
    }
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let mut small = [0; 1000];
    let error = write_log(10, &mut &mut small[..]).expect_err("no room");
    assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
}

#[test]
fn rows_are_what_they_claim_to_be() {
    for log in [sample_log(), larger_log()] {
        let mut last_start = String::new();
        for row in rows(&log) {
            let [start, end] = [2, 3].map(|i| row[i].parse::<jiff::Timestamp>().expect("a time"));
            assert!(start < end, "{row:?}");
            assert!(last_start.as_str() <= &row[2], "{row:?}");
            assert!((row[2].len(), &row[14]) == (20, &row[2]), "{row:?}");
            last_start = row[2].to_owned();

            let source: std::net::Ipv4Addr = row[4].parse().expect("an address");
            let is_benchmark = matches!(source.octets(), [198, 18 | 19, _, _]);
            assert!(source.is_documentation() || is_benchmark, "{row:?}");
            let server: std::net::Ipv4Addr = row[9].parse().expect("an address");
            assert_eq!(server.octets()[0], 10, "{row:?}");

            assert!(row[0].parse::<u64>().is_ok(), "{row:?}");
            assert!(row[1].is_empty() || row[1].parse::<u64>().is_ok());
            assert!(row[5].len() == 2 && row[5].bytes().all(|byte| byte.is_ascii_alphabetic()));
            assert!(["HTTPS", "HTTP"].contains(&&row[6]), "{row:?}");
            assert!(["200", "206", "301", "403", "404", "500"].contains(&&row[7]));
            assert!(["443", "80", "8443"].contains(&&row[8]), "{row:?}");
            assert!((10..16).all(|i| !row[i].is_empty()), "{row:?}");
        }
    }
}

#[test]
fn nights_are_quiet_and_clients_many() {
    let rows = rows(&sample_log());
    let in_hour = |hour| {
        let is_in = |row: &&csv::StringRecord| &row[2][11..13] == hour;
        rows.iter().filter(is_in).count()
    };
    assert!(in_hour("03") * 3 < in_hour("11"));
    let sources: std::collections::HashSet<&str> = rows.iter().map(|row| &row[4]).collect();
    assert!((200..400).contains(&sources.len()), "{}", sources.len());
    let lower = rows
        .iter()
        .filter(|row| row[5].bytes().all(|byte| byte.is_ascii_lowercase()));
    assert!((1..40).contains(&lower.count()));
}

/// Sessions and suspicious ones, by what their source does.
type Found = HashMap<Option<Behaviour>, (u64, u64)>;

fn analyse(log: &[u8], random_state: u32) -> (Counts, Found) {
    let mut page = Page::open(log).expect("a log");
    let mut settings = page.default_settings();
    settings.params.random_state = random_state;
    let report = page.analyse(&settings, 1).expect("an analysis");
    let scored = page.export(File::Scored, FormulaGuard::On).expect("a file");
    let mut reader = csv::Reader::from_reader(scored.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let column = |name| header.iter().position(|other| other == name);
    let (source, anomaly) = column("src_ip").zip(column("anomaly")).expect("both");
    let mut found = Found::new();
    for row in reader.records() {
        let row = row.expect("well-formed");
        let behaviour = Behaviour::of_source(&row[source]);
        let (n_sessions, n_flagged) = found.entry(behaviour).or_default();
        *n_sessions += 1;
        *n_flagged += u64::from(&row[anomaly] == "Suspicious");
    }
    (report.counts, found)
}

/// Asserts that the default threshold finds what was planted, and little else.
fn assert_found(found: &Found, n_scored: u64) {
    let (mut n_planted, mut n_planted_flagged) = (0, 0);
    for behaviour in Behaviour::ALL {
        let &(n_sessions, n_flagged) = found.get(&Some(behaviour)).expect("is planted");
        let least = match behaviour {
            Behaviour::Exfiltration | Behaviour::BulkDownload => n_sessions,
            Behaviour::Scanner | Behaviour::BruteForce => n_sessions * 8 / 10,
        };
        assert!(n_flagged >= least, "{behaviour:?} in {found:?}");
        n_planted += n_sessions;
        n_planted_flagged += n_flagged;
    }
    assert!((n_scored * 4 / 100..n_scored * 5 / 100).contains(&n_planted));
    assert!(n_planted_flagged > 4 * found[&None].1, "{found:?}");
}

#[test]
fn the_default_analysis_finds_what_is_planted() {
    let (counts, found) = analyse(&sample_log(), 42);
    assert_eq!((counts.n_read, counts.n_duplicates), (2_002, 2));
    assert_eq!((counts.n_unscored, counts.n_unusable), (1, 0));
    assert_found(&found, counts.n_scored);
}

#[test]
fn a_larger_log_is_of_the_same_kind() {
    let (counts, found) = analyse(&larger_log(), 42);
    assert_eq!(counts.n_scored, N_LARGER);
    assert_found(&found, counts.n_scored);
}
