//! Every program that a refusal hints at, run on a small file of the kind that is refused: what comes of it is a table that Isolog
//! reads.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use isolog::session::{Kind, Problem};
use support::Page;

/// A folder of its own for one run.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("hints")
        .join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn python(program: &str, folder: &Path) {
    let run = Command::new("python3")
        .args(["-c", program])
        .current_dir(folder)
        .output()
        .expect("python3 is on this machine");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{program}\n{errors}");
}

/// Has a file refused, runs the program of the hint on it, and reads what comes of it: its number of rows, and one column.
fn converted(name: &str, log: &[u8], column: &str) -> (u64, Vec<String>) {
    let error = Page::open(log).err();
    let problem = Problem::from_error(&error.unwrap_or_else(|| panic!("{name} was read")));
    assert_eq!(problem.kind, Kind::File, "{name}");
    let program = problem
        .program
        .unwrap_or_else(|| panic!("{name}: {problem:?}"));
    let mut files = program
        .split("open(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let (input, output) = (
        files.next().expect("an input"),
        files.next().expect("an output"),
    );
    let folder = folder(name);
    std::fs::write(folder.join(input), log).expect("the folder takes it");
    python(program, &folder);
    let table = std::fs::read(folder.join(output)).expect("the program has written it");
    let page = Page::open(&table).unwrap_or_else(|error| panic!("{name}: {error}"));
    let names: Vec<&str> = page
        .overview()
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let at = names.iter().position(|name| *name == column);
    let at = at.unwrap_or_else(|| panic!("{name}: no {column} in {names:?}"));
    let has_header = page.overview().header.line.is_some();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(has_header)
        .from_reader(table.as_slice());
    let cells = reader
        .records()
        .map(|record| record.expect("a table")[at].to_owned());
    let cells = cells.filter(|cell| cell != column).collect();
    (page.overview().n_rows, cells)
}

fn is(name: &str, log: &[u8], column: &str, expected: &[&str]) {
    let (n_rows, cells) = converted(name, log, column);
    assert_eq!(cells, expected, "{name}");
    assert_eq!(n_rows, expected.len() as u64, "{name}");
}

const TABLE: &str = "src_ip,bytes_in\n192.0.2.1,5\n192.0.2.2,70\n192.0.2.3,900\n";
const BYTES: [&str; 3] = ["5", "70", "900"];

#[test]
fn packed_files() {
    let member = |text: &str| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text.as_bytes()).expect("memory takes it");
        packed.finish().expect("memory takes it")
    };
    let (first, rest) = TABLE.split_at(30);
    is(
        "gzip",
        &[member(first), member(rest)].concat(),
        "bytes_in",
        &BYTES,
    );
    for (name, module) in [("bzip2", "bz2"), ("xz", "lzma")] {
        let folder = folder(&format!("{name}-packed"));
        std::fs::write(folder.join("log.csv"), TABLE).expect("the folder takes it");
        let program = format!(
            "import {module}; {module}.open('packed', 'wb').write(open('log.csv', 'rb').read())"
        );
        python(&program, &folder);
        let packed = std::fs::read(folder.join("packed")).expect("just written");
        is(name, &packed, "bytes_in", &BYTES);
    }
}

#[test]
fn utf_16() {
    for (name, mark, is_big_endian) in [
        ("utf-16-le", "\u{feff}", false),
        ("utf-16-be", "\u{feff}", true),
        ("utf-16-le-bare", "", false),
        ("utf-16-be-bare", "", true),
    ] {
        let text = format!("{mark}{TABLE}")
            .replace('\n', "\r\n")
            .replace(',', "\t");
        let units = text.encode_utf16();
        let bytes: Vec<u8> = units
            .flat_map(|unit| match is_big_endian {
                true => unit.to_be_bytes(),
                false => unit.to_le_bytes(),
            })
            .collect();
        let error = Page::open(&bytes).err();
        let problem = Problem::from_error(&error.expect("not read"));
        let folder = folder(name);
        std::fs::write(folder.join("log.csv"), bytes).expect("the folder takes it");
        python(problem.program.expect("a program"), &folder);
        let table = std::fs::read(folder.join("log-utf8.csv")).expect("written");
        assert_eq!(String::from_utf8(table), Ok(text), "{name}");
    }
}

#[test]
fn json() {
    let object = |i: usize| {
        format!(
            "{{\"timestamp\":17101{i},\"httpRequest\":{{\"clientIp\":\"192.0.2.{i}\",\"headers\":[{{\"name\":\"a}} {{b\"}}]}},\"bytes\":{}}}",
            BYTES[i]
        )
    };
    let [a, b, c] = [object(0), object(1), object(2)];
    let address = ["192.0.2.0", "192.0.2.1", "192.0.2.2"];
    for (name, text) in [
        ("json-lines", format!("{a}\n{b}\r\n{c}\n")),
        ("json-two-a-line", format!("{a}{b}\n{c}\n")),
        ("json-one-line", format!("{a} {b}{c}")),
        ("json-array", format!("[{a},\n{b}, {c}]")),
        ("json-records", format!("{{\"Records\":\n[{a},{b},{c}]}}\n")),
        (
            "json-hits",
            format!("{{\"took\":1,\"hits\":{{\"total\":3,\"hits\":[{a},{b},{c}]}}}}"),
        ),
    ] {
        is(name, text.as_bytes(), "bytes", &BYTES);
        is(name, text.as_bytes(), "httpRequest.clientIp", &address);
    }
}

#[test]
fn lines_of_fields_with_blanks() {
    let lines = |line: &dyn Fn(&str) -> String| {
        let mut log = String::new();
        for bytes in BYTES {
            writeln!(log, "{}", line(bytes)).expect("a string takes it");
        }
        log
    };
    let flow = |bytes: &str| {
        format!(
            "2 123456789012 eni-0a  192.0.2.1 198.51.100.2 443 50123 6 9 {bytes} 1710123951 1710123999 ACCEPT OK"
        )
    };
    is("vpc-flow", lines(&flow).as_bytes(), "column_10", &BYTES);
    let names = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n";
    let log = names.to_owned()
        + &lines(&flow)
        + "2 123456789012 eni-0a - - - - - - - 1710123951 1710123999 - NODATA\n";
    is(
        "vpc-flow-with-names",
        log.as_bytes(),
        "bytes",
        &["5", "70", "900", "-"],
    );
    let balancer = |bytes: &str| {
        format!(
            "https 2024-03-11T01:30:28.7Z app/web/01 192.0.2.1:4006 198.51.100.2:443 0.001 1.2 0.0 200 200 632 {bytes} \"GET https://a/?b=1,2 HTTP/2.0\" \"a \\\"b; c\\\"\" - TLSv1.2"
        )
    };
    is(
        "load-balancer",
        lines(&balancer).as_bytes(),
        "column_12",
        &BYTES,
    );
    is(
        "load-balancer-agent",
        lines(&balancer).as_bytes(),
        "column_14",
        &["a \"b; c\""; 3],
    );
    let access = |bytes: &str| {
        let request = match bytes {
            "70" => r"\x03\x00".to_owned(),
            _ => "GET /a[1];b,c HTTP/1.1".to_owned(),
        };
        format!(
            "192.0.2.1 - - [10/Oct/2024:13:55:36 +0200] \"{request}\" 200 {bytes} \"-\" \"Mozilla/5.0 (X11; Linux)\""
        )
    };
    is("access", lines(&access).as_bytes(), "column_7", &BYTES);
    is(
        "access-time",
        lines(&access).as_bytes(),
        "column_4",
        &["10/Oct/2024:13:55:36 +0200"; 3],
    );
    let owner = "0".repeat(64);
    let s3 = |bytes: &str| {
        format!(
            "{owner} bucket [10/Oct/2024:13:55:36 +0000] 192.0.2.3 - 3E57 REST.GET.OBJECT a.txt \"GET /a HTTP/1.1\" 200 - {bytes} 5 7 6 \"-\" \"curl\" -"
        )
    };
    is("s3-access", lines(&s3).as_bytes(), "column_12", &BYTES);
    let w3c =
        |bytes: &str| format!("2024-03-11 05:04:53 192.0.2.1 GET /a,b {bytes} Mozilla/5.0+(X11)");
    let names = "#Software: Microsoft Internet Information Services 10.0\r\n#Fields: date time c-ip cs-method cs-uri-stem sc-bytes cs(User-Agent)\r\n";
    // the names come again after a restart
    let log = names.to_owned() + &lines(&w3c) + names;
    is("w3c", log.as_bytes(), "sc-bytes", &BYTES);
    let pairs = |bytes: &str| {
        format!(
            "date=2024-03-11 time=05:04:53 devname=\"fw 1\" srcip=192.0.2.1 msg=\"a, b\" sentbyte={bytes}"
        )
    };
    is("key-value", lines(&pairs).as_bytes(), "sentbyte", &BYTES);
    let quoted = "\"src_ip,bytes_in,agent\"\r\n\"192.0.2.1,5,\"\"a, b\"\"\"\r\n\"192.0.2.1,70,c\"\r\n\"192.0.2.1,900,d\"\r\n";
    is("quoted-lines", quoted.as_bytes(), "bytes_in", &BYTES);
    let other = |bytes: &str| format!("1710123951.25 host \"GET /\" {bytes} 192.0.2.1");
    is("blanks", lines(&other).as_bytes(), "column_4", &BYTES);
}
