//! How numbers and times of a whole log are read: by the evidence of the column, said, and changed. The right values are those
//! of the rule by which each log is made.

mod support;

use isolog::export::{File, FormulaGuard};
use isolog::session::{ReadingNote, decision, reading_notes};
use isolog::table::{Choice, DateOrder, Decimal};
use isolog::traffic::{ColumnSummary, Role};
use support::{Page, Reader};

/// Bytes of the row `i`: mostly small, some above a thousand, few above a million.
fn bytes(i: u64) -> u64 {
    match i % 10 {
        0..7 => 20 + i * 37 % 900,
        7 | 8 => 1000 + i * 7919 % 90_000,
        _ => 1_000_000 + i * 104_729 % 60_000_000,
    }
}

/// Writes a number with a mark between thousands.
fn grouped(n: u64, mark: &str) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push_str(mark);
        }
        text.push(digit);
    }
    text
}

fn log(header: &str, n_rows: u64, row: impl Fn(u64) -> String) -> Vec<u8> {
    let mut log = format!("{header}\n");
    for i in 0..n_rows {
        log += &row(i);
        log.push('\n');
    }
    log.into_bytes()
}

fn open(log: &[u8]) -> Page {
    Page::open(log).expect("a log")
}

fn column<'a>(page: &'a Page, name: &str) -> &'a ColumnSummary {
    let mut columns = page.overview().columns.iter();
    columns
        .find(|column| column.name == name)
        .expect("a column")
}

fn decided(page: &Page, name: &str) -> String {
    decision(page.overview(), column(page, name))
}

fn notes(page: &Page) -> Vec<ReadingNote> {
    reading_notes(page.overview())
}

/// The sum of a feature, which its mean and count tell.
fn sum(page: &mut Page, feature: &str) -> f64 {
    let settings = isolog::job::Settings {
        features: vec![feature.to_owned()],
        ..page.default_settings()
    };
    page.analyse(&settings, 1).expect("an analysis");
    let summary = page
        .export(File::Summary, FormulaGuard::Off)
        .expect("a file");
    let of = |name: &str| {
        let mut lines = summary.lines();
        let line = lines.find(|line| line.starts_with(&format!("{name},")));
        line.and_then(|line| line.split(',').nth(1)?.parse::<f64>().ok())
            .expect("a statistic")
    };
    (of("count") * of("mean")).round()
}

#[test]
fn no_large_number_is_lost_however_thousands_are_grouped() {
    let n = 400;
    let expected: u64 = (0..n).map(bytes).sum();
    for (delimiter, mark, quote) in [
        (',', ",", "\""),
        (';', ".", ""),
        (';', ",", ""),
        ('\t', ",", ""),
        ('\t', ".", ""),
        (';', " ", ""),
        (',', " ", ""),
        (',', "'", ""),
        (',', "\u{a0}", ""),
        (';', "\u{202f}", ""),
        ('|', "\u{2019}", ""),
    ] {
        let header = format!("src_ip{delimiter}bytes_out{delimiter}n");
        let log = log(&header, n, |i| {
            let bytes = grouped(bytes(i), mark);
            format!(
                "10.0.0.{}{delimiter}{quote}{bytes}{quote}{delimiter}{i}",
                i % 250
            )
        });
        let mut page = open(&log);
        assert_eq!(
            column(&page, "bytes_out").malformed.tally.count,
            0,
            "{delimiter}{mark}"
        );
        assert_eq!(
            sum(&mut page, "bytes_out"),
            expected as f64,
            "{delimiter:?} {mark:?}"
        );
        assert!(
            page.default_settings()
                .features
                .contains(&"bytes_out".to_owned()),
            "{delimiter:?} {mark:?}"
        );
    }
}

#[test]
fn decimal_commas_and_points_are_told_by_their_column() {
    // thousandths, so that every number has three digits behind its mark; only small ones tell
    let log = log("a;b;c", 300, |i| {
        let value = 1000 + i * 7919 % 90_000;
        format!("{},{:03};{};{},5", value / 1000, value % 1000, i % 9, i)
    });
    let mut page = open(&log);
    let expected: u64 = (0..300).map(|i| 1000 + i * 7919 % 90_000).sum();
    assert_eq!(sum(&mut page, "a"), (expected as f64 / 1000.0).round());
    assert_eq!(decided(&page, "a"), "“1,000” is 1 (as in other columns)");
}

#[test]
fn what_the_file_does_not_settle_is_said_first_and_can_be_switched() {
    let log = log("x\ty", 200, |i| {
        format!("{}.{:03}\tk{i}", 10 + i % 80, i * 37 % 1000)
    });
    let mut page = open(&log);
    let as_fraction: f64 = (0..200)
        .map(|i| (10 + i % 80) as f64 + (i * 37 % 1000) as f64 / 1000.0)
        .sum();
    assert_eq!(sum(&mut page, "x"), as_fraction.round());
    let first = notes(&page).remove(0);
    assert_eq!(
        first.text,
        "200 cells of x have a mark before three digits, such as “10.000” (first at line 2): that can be 10 or 10000, and nothing \
         in the file settles which. It is read as 10."
    );
    let (choice, words) = first.switch.expect("a switch");
    assert_eq!(words, "Read commas as decimal, points as thousands");
    page.columns.readings.insert("x".to_owned(), choice);
    page.read(Reader::default()).expect("a log");
    let as_thousands: u64 = (0..200).map(|i| (10 + i % 80) * 1000 + i * 37 % 1000).sum();
    assert_eq!(sum(&mut page, "x"), as_thousands as f64);
    assert_eq!(decided(&page, "x"), "“10.000” is 10000 (you chose it)");
    assert!(notes(&page).iter().all(|note| note.switch.is_none()));
}

#[test]
fn a_row_far_into_the_file_that_contradicts_is_counted_with_its_line() {
    let log = log("name,amount", 3000, |i| match i {
        2500 => "late,\"1.234,5\"".to_owned(),
        2600 => "late,\"7,5\"".to_owned(),
        _ => format!("n{},{}.5", i % 7, i % 50),
    });
    let page = open(&log);
    let noted = &column(&page, "amount").otherwise;
    assert_eq!((noted.tally.count, noted.tally.first_line), (2, Some(2502)));
    let note = &notes(&page)[0];
    assert_eq!(
        note.text,
        "2 cells of amount, such as “1.234,5” (first at line 2,502), are numbers only if commas are decimal. Most of the first rows say \
         otherwise, so they are left out."
    );
    assert_eq!(
        note.switch.as_ref().map(|(choice, _)| *choice),
        Some(Choice::Numbers(Decimal::Comma))
    );
}

#[test]
fn marks_that_come_late_are_read_and_said() {
    // no head of a thousand rows has a number above 999
    let log = log("ip,bytes_out", 3000, |i| match i {
        2000.. if i % 100 == 0 => format!("10.0.0.1,\"{}\"", grouped(5_000 + i, ",")),
        _ => format!("10.0.0.1,{}", i % 900),
    });
    let mut page = open(&log);
    let expected: u64 = (0..3000)
        .map(|i| {
            if i >= 2000 && i % 100 == 0 {
                5000 + i
            } else {
                i % 900
            }
        })
        .sum();
    page.columns = Default::default();
    page.read(Reader {
        drop_duplicates: false,
        ..Reader::default()
    })
    .expect("a log");
    assert_eq!(sum(&mut page, "bytes_out"), expected as f64);
    let note = &notes(&page)[0];
    assert!(note.text.starts_with("10 cells of bytes_out have a mark before three digits, such as “7,000” (first at line 2,002)"), "{}", note.text);
    assert!(note.text.ends_with("It is read as 7000."), "{}", note.text);
}

#[test]
fn units_are_multiplied() {
    let log = log("size,took,load", 90, |i| {
        format!(
            "{}.5 {},{} ms,{} %",
            i,
            ["kB", "MB", "B"][i as usize % 3],
            i * 10,
            i
        )
    });
    let mut page = open(&log);
    let factor = |i: u64| [1e3, 1e6, 1.0][i as usize % 3];
    let expected: f64 = (0..90).map(|i| (i as f64 + 0.5) * factor(i)).sum();
    assert_eq!(sum(&mut page, "size"), expected.round());
    assert_eq!(
        sum(&mut page, "took"),
        (0..90).map(|i| i as f64 / 100.0).sum::<f64>().round()
    );
    assert_eq!(sum(&mut page, "load"), (0..90).sum::<u64>() as f64);
    assert_eq!(column(&page, "size").kind, "bytes, 1 kB = 1000");
    assert_eq!(decided(&page, "took"), "“0 ms” is 0");
    assert!(
        notes(&page)[0]
            .text
            .starts_with("size is written with units, such as “0.5 kB”")
    );
    page.columns
        .readings
        .insert("size".to_owned(), Choice::BytesBy1024);
    page.read(Reader::default()).expect("a log");
    let factor = |i: u64| [1024.0, 1024.0 * 1024.0, 1.0][i as usize % 3];
    let expected: f64 = (0..90).map(|i| (i as f64 + 0.5) * factor(i)).sum();
    assert_eq!(sum(&mut page, "size"), expected.round());
}

#[test]
fn a_duration_in_clock_form_is_an_amount() {
    let log = log("took_time,duration,bytes", 100, |i| {
        format!("x,{}:{:02}:{:02},{}", i / 60, i % 60, i * 7 % 60, bytes(i))
    });
    let mut page = open(&log);
    let expected: u64 = (0..100).map(|i| i * 60 + i * 7 % 60).sum();
    assert_eq!(sum(&mut page, "duration"), expected as f64);
    assert_eq!(column(&page, "duration").kind, "durations, in seconds");
    assert_eq!(page.default_settings().features, ["duration", "bytes"]);
}

/// Seconds since 1970 of the row `i`: 2024-03-11 09:00:00 and on, by Python.
fn second(i: u64) -> u64 {
    1_710_147_600 + i * 61
}

fn times(page: &mut Page) -> (i64, i64, u64) {
    let report = page
        .analyse(&page.default_settings(), 1)
        .expect("an analysis");
    let timeline = report.timeline.expect("times");
    let n = timeline
        .buckets
        .iter()
        .map(|bucket| bucket.n_sessions)
        .sum();
    (
        timeline.starts[0],
        timeline.starts[timeline.starts.len() - 1],
        n,
    )
}

#[test]
fn times_of_every_form_are_the_same_times() {
    let n = 300;
    let clock = |i: u64| {
        let of_day = second(i) % 86_400;
        (of_day / 3600, of_day / 60 % 60, of_day % 60)
    };
    // 300 rows stay within that day: 09:00 to 14:04
    let plain = log("time,bytes", n, |i| {
        let (h, m, s) = clock(i);
        format!("2024-03-11 {h:02}:{m:02}:{s:02},{}", bytes(i))
    });
    let expected = times(&mut open(&plain));
    assert_eq!(expected.2, n);
    type Form = fn(u64, (u64, u64, u64)) -> String;
    let forms: [(&str, Form); 12] = [
        ("time", |_, (h, m, s)| {
            format!("2024/03/11 {h}:{m:02}:{s:02}")
        }),
        ("when", |_, (h, m, s)| {
            format!("\"Mar 11, 2024 @ {h:02}:{m:02}:{s:02}.000\"")
        }),
        ("t", |_, (h, m, s)| {
            format!("Mon Mar 11 2024 {h:02}:{m:02}:{s:02}")
        }),
        ("stamp", |_, (h, m, s)| {
            format!("11/Mar/2024:{h:02}:{m:02}:{s:02} +0000")
        }),
        ("x", |_, (h, m, s)| {
            format!("\"Mon, 11 Mar 2024 {h:02}:{m:02}:{s:02} +0000\"")
        }),
        ("logged", |_, (h, m, s)| {
            format!("\"2024-03-11 {h:02}:{m:02}:{s:02},000\"")
        }),
        ("ts", |i, _| format!("{}.000000", second(i))),
        ("any", |i, _| second(i).to_string()),
        ("c7", |i, _| format!("{}000", second(i))),
        ("c8", |i, _| format!("{}000000", second(i))),
        ("c9", |i, _| format!("{}000000000", second(i))),
        ("date", |i, _| {
            format!("{:.9}", second(i) as f64 / 86_400.0 + 25_569.0)
        }),
    ];
    for (name, form) in forms {
        let log = log(&format!("{name},bytes"), n, |i| {
            format!("{},{}", form(i, clock(i)), bytes(i))
        });
        let mut page = open(&log);
        assert!(
            column(&page, name).is_time(),
            "{name}: {}",
            column(&page, name).kind
        );
        assert_eq!(times(&mut page), expected, "{name}");
        assert_eq!(page.default_settings().features, ["bytes"], "{name}");
    }
}

#[test]
fn a_day_and_its_time_of_day_are_one_moment() {
    let n = 300;
    let row = |i: u64| {
        let of_day = second(i) % 86_400;
        format!(
            "2024-03-11\t{:02}:{:02}:{:02}",
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60
        )
    };
    for header in [
        "date\ttime\tbytes",
        "start_date\tstart_time\tbytes",
        "day\tclock\tbytes",
    ] {
        let mut page = open(&log(header, n, |i| format!("{}\t{}", row(i), bytes(i))));
        let (start, end, n_sessions) = times(&mut page);
        assert_eq!(n_sessions, n, "{header}");
        assert!(
            start >= second(0) as i64 - 600 && end <= second(n) as i64 + 600,
            "{header}: not from midnight"
        );
    }
    // a day without its time of day is no midnight
    let log = log("date\ttime\tbytes", n, |i| match i {
        7 => format!("2024-03-11\t-\t{}", bytes(i)),
        8 => format!("2024-03-11\tnoon\t{}", bytes(i)),
        _ => format!("{}\t{}", row(i), bytes(i)),
    });
    let page = open(&log);
    let date = column(&page, "date");
    assert_eq!((date.missing.count, date.malformed.tally.count), (1, 1));
    assert_eq!(
        decided(&page, "date"),
        "“2024-03-11” is a day; its time of day is in time"
    );
}

#[test]
fn days_and_times_of_day_without_marks_are_one_moment() {
    for (date, has_seconds) in [
        ("20240311", true),
        ("2024-03-11", true),
        ("20240311", false),
    ] {
        let mut page = open(&log("date,time,bytes", 300, |i| {
            let of_day = second(i) % 86_400;
            let (h, m, s) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
            let seconds = if has_seconds {
                format!("{s:02}")
            } else {
                String::new()
            };
            format!("{date},{h:02}{m:02}{seconds},{}", bytes(i))
        }));
        let (start, end, n) = times(&mut page);
        assert_eq!(n, 300, "{date} {has_seconds}");
        assert!(
            start >= second(0) as i64 - 600 && end <= second(300) as i64 + 600,
            "{date} {has_seconds}"
        );
        assert_eq!(
            page.default_settings().features,
            ["bytes"],
            "{date} {has_seconds}"
        );
    }
}

#[test]
fn amounts_that_are_not_understood_are_named() {
    let log = log("sent,bytes", 60, |i| format!("{} pkts,{}", i * 3, bytes(i)));
    assert_eq!(
        notes(&open(&log))[0].text,
        "sent looks like amounts, such as “0 pkts”, in a unit that is not understood, so it is read as text."
    );
}

#[test]
fn the_order_of_days_and_months_is_settled_or_said() {
    let dates = |of: fn(u64) -> (u64, u64)| {
        log("at,bytes", 120, move |i| {
            let (first, second) = of(i);
            format!("{first:02}/{second:02}/2024 10:{:02},{}", i % 60, bytes(i))
        })
    };
    // up to the 28th of March
    let page = open(&dates(|i| (1 + i / 5 % 28, 3)));
    assert_eq!(
        decided(&page, "at"),
        "“01/03/2024 10:00” is 2024-03-01 10:00:00 (some days are above 12)"
    );
    // from the 5th to the 9th of March, then from the 1st to the 5th of April
    let page = open(&dates(|i| (1 + (i + 48) / 12 % 9, 3 + i / 60)));
    assert!(
        decided(&page, "at")
            .ends_with("is 2024-03-05 10:00:00 (only so are the rows in order of time)"),
        "{}",
        decided(&page, "at")
    );
    let mut page = open(&dates(|i| (5 + i % 2, 4 + i % 2)));
    let note = notes(&page).remove(0);
    assert_eq!(
        note.text,
        "at holds dates such as “05/04/2024 10:00”, which can be 2024-05-04 10:00:00 or 2024-04-05 10:00:00, and nothing in the file \
         settles which. They are read as 2024-05-04 10:00:00."
    );
    let (choice, _) = note.switch.expect("a switch");
    assert_eq!(choice, Choice::Dates(DateOrder::DayFirst));
    page.columns.readings.insert("at".to_owned(), choice);
    page.read(Reader::default()).expect("a log");
    assert!(decided(&page, "at").contains("is 2024-04-05 10:00:00 (you chose it)"));
}

#[test]
fn dates_of_another_form_far_into_the_file_are_said() {
    // 2024-03-01 to -05 in the ISO form, then the 6th of March, day first, and from line 2,502 on the 13th
    let log = log("at,bytes", 3000, |i| match i {
        2500.. => format!("13/03/2024 10:{:02},{}", i % 60, bytes(i)),
        2000.. => format!("06/03/2024 10:{:02},{}", i % 60, bytes(i)),
        _ => format!(
            "2024-03-{:02} 10:{:02}:00,{}",
            1 + i / 400,
            i % 60,
            bytes(i)
        ),
    });
    let texts: Vec<String> = notes(&open(&log))
        .into_iter()
        .map(|note| note.text)
        .collect();
    assert_eq!(
        texts,
        [
            "500 dates of at, such as “06/03/2024 10:20” (first at line 2,002), can be 2024-06-03 10:20:00 or 2024-03-06 10:20:00, and none \
             of the first rows has such a date. They are read as 2024-06-03 10:20:00.",
            "500 cells of at, such as “13/03/2024 10:40” (first at line 2,502), are dates only if the day comes first. Most of the first \
             rows say otherwise, so they are left out.",
        ]
    );
}

#[test]
fn shuffled_dates_settle_no_order() {
    let log = log("at,bytes", 200, |i| {
        format!(
            "{:02}/{:02}/2024 10:00,{}",
            1 + i * 7 % 12,
            1 + i * 5 % 11,
            bytes(i)
        )
    });
    let page = open(&log);
    assert!(
        decided(&page, "at").ends_with("(nothing in the file settles it)"),
        "{}",
        decided(&page, "at")
    );
    assert!(notes(&page)[0].switch.is_some());
}

#[test]
fn days_without_a_time_of_day_are_said() {
    let log = log("date,bytes", 60, |i| {
        format!("2024-03-{:02},{}", 1 + i % 28, bytes(i))
    });
    assert_eq!(
        notes(&open(&log))[0].text,
        "date holds days without a time of day, such as “2024-03-01”: every session of a day counts as at its midnight."
    );
}

#[test]
fn dates_that_stand_for_none_are_missing_and_odd_ones_do_not_stretch_the_axis() {
    let log = log("end_time,bytes", 300, |i| {
        let time = match i {
            3 => "1970-01-01T00:00:00Z".to_owned(),
            4 => "9999-12-31T23:59:59Z".to_owned(),
            5 => "-".to_owned(),
            6 => "0".to_owned(),
            7 => "1980-01-06T00:00:00Z".to_owned(),
            8 => "oops".to_owned(),
            _ => format!("2024-03-11T{:02}:{:02}:00Z", i / 60, i % 60),
        };
        format!("{time},{}", bytes(i))
    });
    let mut page = open(&log);
    let column = column(&page, "end_time");
    assert!(column.is_time());
    assert_eq!(
        (column.missing.count, column.placeholders.tally.count),
        (4, 3)
    );
    assert_eq!(column.placeholders.tally.first_line, Some(5));
    assert_eq!(
        (
            column.malformed.tally.count,
            column.malformed.example.as_str()
        ),
        (1, "oops")
    );
    assert_eq!(
        notes(&page)[0].text,
        "3 cells of end_time, such as “1970-01-01T00:00:00Z” (first at line 5), stand for no time and count as missing."
    );
    let report = page
        .analyse(&page.default_settings(), 1)
        .expect("an analysis");
    let timeline = report.timeline.clone().expect("times");
    assert!(
        timeline.starts[0] >= 1_710_115_200,
        "the axis begins on that day: {}",
        timeline.starts[0]
    );
    assert_eq!((timeline.n_outside, timeline.n_without_time), (1, 5));
    // 1980-01-06, when GPS begins to count
    assert_eq!(timeline.outside, Some((315_964_800, 315_964_800)));
    let notes = isolog::session::result_notes(&report);
    assert_eq!(
        notes[0],
        "1 session lies far from all others, at 1980-01-06 00:00:00 UTC, and is not on the axis."
    );
}

#[test]
fn times_that_are_not_understood_are_named() {
    let syslog = log("when,bytes", 50, |i| {
        format!("Mar 11 09:{:02}:00,{}", i, bytes(i))
    });
    let page = open(&syslog);
    let texts: Vec<String> = notes(&page).into_iter().map(|note| note.text).collect();
    assert_eq!(
        texts,
        [
            "when looks like times, such as “Mar 11 09:00:00”, that are not understood, so it is read as text. A form such as 2024-03-11 \
             09:05:01 is.",
            "No column holds times, so there is no timeline, and nothing is told by hour or day.",
        ]
    );
    let clocks = log("at,bytes", 50, |i| format!("09:{:02}:00,{}", i, bytes(i)));
    assert!(
        notes(&open(&clocks))[0]
            .text
            .starts_with("at holds times of day, such as “09:00:00”, and no column holds the days")
    );
}

#[test]
fn a_chosen_part_goes_before_the_name() {
    let log = log("up,down,bytes_in", 50, |i| {
        format!("{},{},{}", i * 3, i * 7, i)
    });
    let mut page = open(&log);
    assert_eq!(column(&page, "bytes_in").role, Some(Role::BytesIn));
    page.columns.roles = [
        ("up".to_owned(), Some(Role::BytesIn)),
        ("bytes_in".to_owned(), None),
        ("gone".to_owned(), Some(Role::BytesOut)),
    ]
    .into();
    page.read(Reader::default()).expect("a log");
    let roles: Vec<Option<Role>> = page
        .overview()
        .columns
        .iter()
        .map(|column| column.role)
        .collect();
    assert_eq!(roles, [Some(Role::BytesIn), None, None]);
}

#[test]
fn what_the_first_line_is_can_be_chosen() {
    let log = log("443,80", 40, |i| format!("{},{}", 1000 + i, i % 9));
    let mut page = open(&log);
    let names = |page: &Page| -> Vec<String> {
        let columns = page.overview().columns.iter();
        columns.map(|column| column.name.clone()).collect()
    };
    assert_eq!(
        (names(&page), page.overview().n_rows),
        (vec!["column_1".to_owned(), "column_2".to_owned()], 41)
    );
    page.columns.has_header = Some(true);
    page.read(Reader::default()).expect("a log");
    assert_eq!(
        (names(&page), page.overview().n_rows),
        (vec!["443".to_owned(), "80".to_owned()], 40)
    );

    let mut page = open(b"title line\nname,bytes\na,1\nb,2\nc,30\n");
    assert_eq!(
        (names(&page), page.overview().n_rows),
        (vec!["name".to_owned(), "bytes".to_owned()], 3)
    );
    page.columns.has_header = Some(false);
    page.read(Reader::default()).expect("a log");
    assert_eq!(
        (names(&page), page.overview().n_rows),
        (vec!["column_1".to_owned(), "column_2".to_owned()], 4)
    );
}

#[test]
fn a_column_chosen_to_be_text_is_no_number() {
    let log = log("code,bytes", 60, |i| format!("{:04},{}", i % 7, bytes(i)));
    let mut page = open(&log);
    page.columns
        .readings
        .insert("code".to_owned(), Choice::Text);
    page.read(Reader::default()).expect("a log");
    assert_eq!(column(&page, "code").kind, "text, 7 values");
    assert!(
        page.overview()
            .candidates
            .iter()
            .all(|candidate| candidate.name != "code")
    );
}

/// However a log is cut into ranges, the same is said of it.
#[test]
fn what_is_noted_does_not_depend_on_ranges() {
    let log = log("t\tn\tm", 4000, |i| {
        let n = if i % 997 == 5 {
            "1.234.567".to_owned()
        } else {
            format!("{}.25", i % 800)
        };
        let t = if i % 501 == 9 {
            "1970-01-01".to_owned()
        } else {
            format!("{:02}/03/2024 10:00", 1 + i % 28)
        };
        let m = if i > 2000 && i % 91 == 0 {
            "1.250".to_owned()
        } else {
            (i % 700).to_string()
        };
        format!("{t}\t{n}\t{m}")
    });
    let overview = |range_bytes, n_helpers| {
        let reader = Reader {
            range_bytes,
            n_helpers,
            ..Reader::default()
        };
        Page::open_with(&log, reader)
            .expect("a log")
            .overview()
            .clone()
    };
    let whole = overview(1 << 30, 1);
    for (range_bytes, n_helpers) in [(64, 1), (1000, 3), (4096, 2)] {
        assert_eq!(overview(range_bytes, n_helpers), whole);
    }
    assert!(
        whole
            .columns
            .iter()
            .all(|column| column.placeholders.tally.count + column.otherwise.tally.count > 0)
    );
}
