//! Every problem's wording, so that a change of words is read like a change of code.
//!
//! `ISOLOG_BLESS=1 cargo test --test messages` writes the file anew.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::fmt::Write as _;

use isolog::filter;
use isolog::job::Error;
use isolog::session::{Form, Problem};
use support::Page;

fn say(text: &mut String, what: &str, problem: &Problem) {
    let program = match problem.program {
        Some(_) => "\n  (a program)",
        None => "",
    };
    writeln!(
        text,
        "{what}\n  [{:?}] {}\n  {}{program}\n",
        problem.kind, problem.what, problem.hint
    )
    .expect("a string takes it");
}

#[test]
fn problems_read_as_agreed() {
    let mut text = String::new();
    let files: [(&str, &[u8]); 35] = [
        ("empty file", b""),
        ("header only", b"a,b\n"),
        ("only comments", b"# a\n# b\n"),
        ("gzip", b"\x1f\x8b\x08\0\0\0"),
        ("zip or workbook", b"PK\x03\x04\x14\0"),
        ("zstd", b"\x28\xb5\x2f\xfd\x24\0"),
        ("old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1"),
        ("Parquet", b"PAR1\x15\x04\x15"),
        ("PDF", b"%PDF-1.7\n"),
        ("picture", b"\x89PNG\r\n\x1a\n"),
        ("SQLite", b"SQLite format 3\0"),
        ("capture", b"\xd4\xc3\xb2\xa1\x02\0"),
        ("JSON", b"{\"Records\": [{\"a\": 1}]}"),
        ("JSON Lines", b"{\"a\": 1}\n{\"a\": 2}\n"),
        (
            "VPC flow log",
            b"2 123456789012 eni-0a 192.0.2.1 198.51.100.2 443 50123 6 9 840 1 2 ACCEPT OK\n",
        ),
        (
            "load balancer",
            b"h2 2024-03-11T01:30:28.7Z app/web/01 192.0.2.1:46 198.51.100.2:443 0.1 1.2 0.0 200 200 6 7 \"GET / HTTP/2.0\"\n",
        ),
        (
            "web server",
            b"192.0.2.1 - - [10/Oct/2024:13:55:36 +0200] \"GET / HTTP/1.1\" 200 5 \"-\" \"a; b\"\n",
        ),
        ("W3C", b"#Fields: date time c-ip\n2024-03-11 05:04:53 192.0.2.1\n"),
        (
            "syslog",
            b"Mar 11 05:04:53 fw01 sshd[123]: Failed password for root\n",
        ),
        (
            "key=value",
            b"date=2024-03-11 time=05:04:53 srcip=192.0.2.1 sentbyte=5\n",
        ),
        (
            "blanks",
            b"1710123951.25 host 5 192.0.2.1\n1710123952.25 host 7 192.0.2.1\n",
        ),
        (
            "other columns",
            b"#fields\ta\tb\n1\t2\n#fields\tb\ta\n3\t4\n",
        ),
        (
            "whole records",
            b"@timestamp,@message\n2024-03-11 05:04:53.000,2 1 eni-0a 192.0.2.1 - 443 5\n2024-03-11 05:04:54.000,2 1 eni-0a 192.0.2.1 - 443 7\n",
        ),
        ("web page", b"<!doctype html>\n<title>Sign in</title>\n"),
        ("XML", b"<?xml version=\"1.0\"?>\n<log/>\n"),
        ("binary without NUL", b"ab\x01\x02\x03,\xff\n"),
        ("binary", b"MZ\x90\0\x03\0\0\0\xff"),
        ("header of one column only", b"a\n"),
        ("one ragged row", b"a,b\n1,2,3\n"),
        ("one column of text", b"a\nx\ny\n"),
        ("UTF-16", b"\xff\xfea\0,\0b\0\n\0"),
        ("ragged throughout", b"a,b\n1,2,3\n4,5,6\n"),
        ("open quote", b"a,b\n1,2\n3,\"4\n5,6\n"),
        ("no numbers", b"a,b\nx,y\nz,w\n"),
        ("only constants", b"a,b\nx,1\ny,1\n"),
    ];
    for (what, log) in files {
        let error = match Page::open(log) {
            Err(error) => error,
            Ok(mut page) => {
                let settings = page.default_settings();
                page.analyse(&settings, 1).expect_err("a problem")
            }
        };
        say(&mut text, what, &Problem::from_error(&error));
    }
    let mut gaps = Page::open(b"p,q\n1,\n2,\n,3\n,4\n").expect("a table");
    let mut both = gaps.default_settings();
    both.features = vec!["p".to_owned(), "q".to_owned()];
    say(
        &mut text,
        "nothing complete",
        &Problem::from_error(&gaps.analyse(&both, 1).expect_err("a problem")),
    );
    both.features.clear();
    say(
        &mut text,
        "no feature chosen",
        &Problem::from_error(&gaps.analyse(&both, 1).expect_err("a problem")),
    );
    type Change = fn(&mut Form);
    let settings: [(&str, Change); 9] = [
        ("contamination 0", |form| form.contamination = "0".into()),
        ("contamination 0.6", |form| {
            form.contamination = "0.6".into()
        }),
        ("contamination text", |form| {
            form.contamination = "many".into()
        }),
        ("seed -1", |form| form.random_state = "-1".into()),
        ("max_samples 0", |form| form.max_samples = "0".into()),
        ("max_samples 1.5", |form| form.max_samples = "1.5".into()),
        ("max_features 0", |form| form.max_features = "0".into()),
        ("trees 0", |form| form.n_estimators = "0".into()),
        ("trees 99999", |form| form.n_estimators = "99999".into()),
    ];
    for (what, change) in settings {
        let mut form = Form::default();
        change(&mut form);
        say(&mut text, what, &form.parse().expect_err(what));
    }
    let column = || "src_ip".to_owned();
    let filters = [
        (
            "unknown column",
            filter::Error::NoColumn { column: column() },
        ),
        (
            "column of another kind",
            filter::Error::WrongKind {
                column: column(),
                wanted: "numbers".to_owned(),
            },
        ),
        ("text not kept", filter::Error::NotKept { column: column() }),
        ("empty column", filter::Error::NoValues { column: column() }),
        (
            "reversed range",
            filter::Error::EmptyRange {
                low: "2".to_owned(),
                high: "1".to_owned(),
            },
        ),
        (
            "no network",
            filter::Error::NoNetwork {
                network: "10.0.0.0/33".to_owned(),
            },
        ),
        (
            "no time zone",
            filter::Error::NoZone {
                zone: "Mars/Olympus".to_owned(),
            },
        ),
        ("no times", filter::Error::NoTimes),
    ];
    for (what, error) in filters {
        say(&mut text, what, &Problem::from_error(&Error::Filter(error)));
    }
    let mut page = Page::open(b"a,b\n1,2\n3,5\n8,8\n").expect("a table");
    let mut too_many = page.default_settings();
    too_many.params.max_features = isolog::forest::MaxFeatures::Count(3);
    say(
        &mut text,
        "max_features above the features",
        &Problem::from_error(&page.analyse(&too_many, 1).expect_err("a problem")),
    );
    too_many.params.max_features = isolog::forest::MaxFeatures::Count(1);
    too_many.params.max_samples = isolog::forest::MaxSamples::Fraction(0.1);
    say(
        &mut text,
        "max_samples below one row",
        &Problem::from_error(&page.analyse(&too_many, 1).expect_err("a problem")),
    );
    say(
        &mut text,
        "worker died",
        &Problem::worker_died("reading the file", "out of memory"),
    );

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/problems.txt");
    if std::env::var_os("ISOLOG_BLESS").is_some() {
        std::fs::write(path, &text).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file is there");
    assert_eq!(text, golden);
}
