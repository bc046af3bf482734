//! Every message survives its journey; nonsense is an error, never a panic.

mod support;

use isolog::charts::Scale;
use isolog::export::anonymise::Key;
use isolog::export::html::Cover;
use isolog::export::{File, FormulaGuard};
use isolog::features::selection::{Lack, Reason};
use isolog::filter::{self, Condition, SCORE, Test, Verdict, View};
use isolog::filter::{Known, Subject};
use isolog::forest::Contamination;
use isolog::job::{
    Desk, Error, Order, OrderBy, OtherSeed, Progress, ReadRange, Rehearsal, Reply, Request,
    RowShard, SessionRow, Settings, Trial, run,
};
use isolog::report::{Query, ScatterQuery, SourcesBy};
use isolog::sample::sample_log;
use isolog::table::{Absorbed, Choice, Decimal, Schema, Shard};
use isolog::traffic::{Blank, ColumnChoices, Label, Role};
use serde_bytes::ByteBuf;
use support::Page;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const LOG: &[u8] = b"bytes_in,b,c\n1,2,2026-03-02T09:00:00Z\n3,4,x\n";

fn columns() -> ColumnChoices {
    ColumnChoices {
        readings: [("bytes_in".to_owned(), Choice::Numbers(Decimal::Comma))].into(),
        roles: [
            ("time".to_owned(), None),
            ("__proto__".to_owned(), Some(Role::BytesOut)),
        ]
        .into(),
        has_header: Some(false),
    }
}

fn schema() -> Schema {
    Schema::read(&mut &*LOG).expect("a head")
}

fn shard() -> Box<Shard> {
    Box::new(
        Shard::read(
            &mut &*LOG,
            &schema(),
            schema().start..LOG.len() as u64,
            true,
            Some(&[3; 16]),
        )
        .expect("rows"),
    )
}

fn requests() -> Vec<Request> {
    let (schema, end) = (schema(), LOG.len() as u64);
    vec![
        Request::Open {
            drop_duplicates: true,
            columns: columns(),
        },
        Request::Read(ReadRange {
            start: schema.start,
            end,
            schema: Some(schema),
            is_exact: false,
            hash_key: Some([3; 16]),
        }),
        Request::Absorb {
            shard: shard(),
            end,
        },
        Request::Close,
        Request::Fit {
            settings: settings(),
            n_shards: 3,
        },
        Request::Score {
            forest: ByteBuf::from(vec![1, 2, 3]),
            rows: ByteBuf::from(vec![]),
        },
        Request::Report {
            contamination: Contamination::Top(7),
            label: Some(Label {
                column: "bytes_in".to_owned(),
                anomalies: vec!["1".to_owned()],
                blank: Blank::Anomaly,
            }),
            is_moving: true,
            known: vec![Known {
                subject: Subject::Rule("r".to_owned()),
                reason: "a test".to_owned(),
            }],
        },
        Request::Report {
            contamination: Contamination::Fraction(0.05),
            label: None,
            is_moving: false,
            known: Vec::new(),
        },
        Request::KeepScores {
            first: 1,
            scores: ByteBuf::from(vec![0; 16]),
        },
        Request::Flagged {
            first: 3,
            n: u32::MAX,
        },
        Request::Look(Box::new(query())),
        Request::Sessions {
            conditions: query().conditions,
            zone: "Asia/Kolkata".to_owned(),
            order: Order {
                by: OrderBy::Column("bytes_in".to_owned()),
                is_descending: true,
            },
            first: 2,
            n: 50,
            find: Some(7),
        },
        Request::ExplainRows { rows: vec![0, 7] },
        Request::Prepare,
        Request::WarmUp,
        Request::Export {
            file: File::Scored,
            guard: FormulaGuard::Off,
            with_explanations: true,
            key: None,
            cover: None,
        },
        Request::Export {
            file: File::Report,
            guard: FormulaGuard::On,
            with_explanations: false,
            key: Some(Key::from_bytes([9; 16])),
            cover: Some(Box::new(Cover {
                file_name: "log.csv".to_owned(),
                made_at_micros: 1_700_000_000_000_000,
                zone: "UTC".to_owned(),
                scales: (Scale::Log, Scale::Linear),
                settings: vec![("Seed".to_owned(), "42".to_owned())],
                notes: vec!["A note.".to_owned()],
                decisions: Vec::new(),
                known: vec!["10.0.0.0/8".to_owned()],
            })),
        },
        Request::Key {
            pass_phrase: "open sesame".to_owned(),
        },
        Request::Reasons { rows: vec![0, 9] },
        Request::ExplainRows { rows: vec![7] },
        Request::Explain { first: 0, n: 9 },
        Request::Importance,
        Request::Rows {
            first: 1,
            n: u64::from(u32::MAX),
        },
        Request::Keep {
            rows: ByteBuf::from(vec![0; 16]),
            n_features: 2,
            first: 7,
        },
        Request::Refit {
            params: Default::default(),
            seed: 43,
        },
        Request::ToAttribute { first: 2, n: 5 },
        Request::Attribute {
            forest: ByteBuf::from(vec![9]),
            rows: ByteBuf::from(vec![0; 8]),
        },
        Request::KeepAttributed {
            first: 1,
            suspicions: ByteBuf::from(vec![0; 16]),
        },
        Request::Sureness {
            other: None,
            rows: vec![0],
        },
        Request::Sureness {
            other: Some(other_seed()),
            rows: vec![3, 9],
        },
    ]
}

fn query() -> Query {
    let column = || "bytes_in".to_owned();
    let tests = [
        (
            View::Groups(column()),
            Test::OneOf {
                column: column(),
                values: vec![None, Some("ü".to_owned())],
            },
        ),
        (
            View::Flows,
            Test::InNetwork {
                column: column(),
                networks: vec!["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()],
            },
        ),
        (
            View::Distribution(column()),
            Test::Between {
                column: SCORE.to_owned(),
                low: -0.1,
                high: f64::MAX,
            },
        ),
        (
            View::Timeline,
            Test::During {
                start_micros: -1,
                end_micros: 1_714_086_000_000_000,
            },
        ),
        (
            View::Heatmap,
            Test::OnHours {
                weekdays: (0, 6),
                hours: (8, 17),
            },
        ),
        (
            View::Table,
            Test::Contains {
                column: column(),
                text: "x".to_owned(),
            },
        ),
        (View::Scatter, Test::Verdict(vec![Verdict::Known])),
    ];
    Query {
        conditions: tests
            .into_iter()
            .map(|(made_in, test)| Condition { made_in, test })
            .collect(),
        zone: "Europe/Berlin".to_owned(),
        bucket_seconds: Some(3600),
        sources_by: SourcesBy::Slash24,
        scatter: ScatterQuery {
            x: Some(column()),
            y: None,
            window: Some(((0.0, 1.5), (-2.0, 1e300))),
        },
    }
}

fn other_seed() -> OtherSeed {
    OtherSeed {
        trial: Trial::MoreTrees,
        is_first: true,
        flagged: ByteBuf::from(vec![0, 0, 0, 0, 1, 0, 0, 0]),
    }
}

fn settings() -> Settings {
    Settings {
        params: Default::default(),
        features: vec!["bytes_in".to_owned(), "ü".to_owned()],
        scale: true,
        drop_duplicates: false,
        columns: columns(),
    }
}

fn replies() -> Vec<Result<Reply, Error>> {
    let mut page = Page::open(&sample_log()).expect("the sample");
    let settings = page.default_settings();
    let report = page.analyse(&settings, 2).expect("an analysis");
    vec![
        Ok(Reply::Progress(Progress {
            done: 1,
            total: 2,
            n_rows: 3,
        })),
        Ok(Reply::Piece(ByteBuf::from(b"a,b\n".to_vec()))),
        Ok(Reply::Opened(schema())),
        Ok(Reply::Read(shard())),
        Ok(Reply::Absorbed {
            absorbed: Absorbed::ReadAgain { start: 7 },
            n_rows: 9,
        }),
        Ok(Reply::Closed(Box::new(page.overview().clone()))),
        Ok(Reply::Fitted {
            forest: ByteBuf::from(vec![9]),
            shards: vec![RowShard {
                first: 7,
                rows: ByteBuf::from(vec![1; 12]),
            }],
            n_rows: 1,
        }),
        Ok(Reply::Scored {
            scores: ByteBuf::from(vec![0; 8]),
        }),
        Ok(Reply::Reported(Box::new(report.clone()))),
        Ok(Reply::Flagged(page.flagged(0, 2).expect("rows"))),
        Ok(Reply::Seen(Box::new(
            page.look(Query {
                conditions: Vec::new(),
                scatter: ScatterQuery::default(),
                ..query()
            })
            .expect("a picture"),
        ))),
        Ok(Reply::Sessions {
            n_rows: 1,
            rows: vec![SessionRow {
                row: 0,
                line: 2,
                verdict: Verdict::NotScored,
                score: None,
                rank: Some(1),
                cells: vec!["ü".to_owned()],
                derived: vec![0.5],
                lacks: Some(Lack {
                    column: "bytes_ratio".to_owned(),
                    reason: Reason::Undefined,
                    inputs: "bytes_out = 0 and bytes_in = 0".to_owned(),
                }),
            }],
            place: Some(3),
        }),
        Err(Error::Filter(filter::Error::NoNetwork {
            network: "x".to_owned(),
        })),
        Ok(Reply::Prepared),
        Ok(Reply::Warm(Box::new(Rehearsal {
            overview: page.overview().clone(),
            report: report.clone(),
        }))),
        Ok(Reply::Exported),
        Ok(Reply::Key(Key::from_bytes([3; 16]))),
        Ok(Reply::Reasons(page.reasons(0, 2).expect("rows"))),
        Ok(Reply::Explained(page.explain(0, 2).expect("rows"))),
        Ok(Reply::Importance(None)),
        Ok(Reply::Importance(Some(Box::new(
            page.importance().expect("drivers"),
        )))),
        Ok(Reply::Rows {
            rows: ByteBuf::from(vec![1; 8]),
            n_features: 2,
            total: 5,
        }),
        Ok(Reply::ToAttribute {
            forest: ByteBuf::from(vec![9]),
            rows: ByteBuf::from(vec![1; 8]),
        }),
        Ok(Reply::Attributed {
            suspicions: ByteBuf::from(vec![0; 16]),
        }),
        Ok(Reply::Kept),
        Ok(Reply::Refitted {
            flagged: ByteBuf::from(vec![1, 0, 0, 0]),
        }),
        Ok(Reply::Sureness(Box::new(
            page.sureness(Some(other_seed()), 0, 3).expect("a count"),
        ))),
        Err(Error::Protocol {
            what: "nonsense".to_owned(),
        }),
        Err(Page::open(b"").map(|_| ()).expect_err("an empty file")),
    ]
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_survive_an_encoding() {
        for request in requests() {
            let text = serde_json::to_string(&request).expect("encodes");
            assert_eq!(
                serde_json::from_str::<Request>(&text).expect("decodes"),
                request
            );
        }
        for reply in replies() {
            let text = serde_json::to_string(&reply).expect("encodes");
            assert_eq!(
                serde_json::from_str::<Result<Reply, Error>>(&text).expect("decodes"),
                reply
            );
        }
    }

    proptest! {
        #[test]
        fn score_takes_any_bytes(forest in proptest::collection::vec(any::<u8>(), 0..200), rows in proptest::collection::vec(any::<u8>(), 0..64)) {
            let request = Request::Score { forest: ByteBuf::from(forest), rows: ByteBuf::from(rows) };
            let _ = run(&mut Desk::default(), request, &mut &b""[..], &mut |_| {});
        }

        #[test]
        fn any_order_of_requests_gives_an_answer_or_an_error(order in proptest::collection::vec(0..requests().len(), 0..9)) {
            let mut desk = Desk::default();
            for i in order {
                let request = requests().swap_remove(i);
                let _ = run(&mut desk, request, &mut &*LOG, &mut |_| {});
            }
        }
    }

    /// A log of few rows that has all that a request can ask for.
    fn small_log() -> Vec<u8> {
        let mut log = Vec::new();
        isolog::sample::write_log(60, &mut log).expect("memory takes all bytes");
        log
    }

    /// Requests that a desk with a result of that log answers.
    fn fitting_requests(page: &Page) -> Vec<Request> {
        let mut requests: Vec<Request> = requests()
            .into_iter()
            .filter(|request| !matches!(request, Request::WarmUp | Request::Key { .. }))
            .collect();
        requests.push(Request::KeepScores {
            first: 0,
            scores: ByteBuf::from(vec![0; 60 * 8]),
        });
        for request in &mut requests {
            if let Request::Fit { settings, .. } = request {
                *settings = page.default_settings();
            }
            if let Request::Report { label, .. } = request {
                *label = page.label.clone();
            }
        }
        requests
    }

    /// One change of a request: the value to change, counted over all of them, and what to put there.
    #[derive(Debug, Clone)]
    struct Change {
        which: prop::sample::Index,
        to: serde_json::Value,
    }

    fn some_change() -> impl Strategy<Value = Change> {
        let numbers = prop::sample::select(vec![
            0_u64,
            1,
            2,
            7,
            59,
            60,
            61,
            255,
            u64::from(u32::MAX) - 1,
            u64::from(u32::MAX),
            u64::MAX,
        ]);
        let column = prop::sample::select(vec!["bytes_in", "src_ip", "creation_time", "nobody"]);
        let to = prop_oneof![
            numbers.prop_map(serde_json::Value::from),
            (-3_i64..0).prop_map(serde_json::Value::from),
            prop::sample::select(vec![-1e308, -0.0, 0.3, 5e-324, 1e308])
                .prop_map(serde_json::Value::from),
            column.prop_map(serde_json::Value::from),
            any::<bool>().prop_map(serde_json::Value::from),
            Just(serde_json::Value::Null),
            Just(serde_json::Value::Array(Vec::new())),
            prop::collection::vec(0_u32..70, 0..9).prop_map(serde_json::Value::from),
            prop::collection::vec(any::<u8>(), 8..33).prop_map(serde_json::Value::from),
        ];
        (any::<prop::sample::Index>(), to).prop_map(|(which, to)| Change { which, to })
    }

    fn n_values(value: &serde_json::Value) -> usize {
        1 + match value {
            serde_json::Value::Array(items) => items.iter().map(n_values).sum(),
            serde_json::Value::Object(fields) => fields.values().map(n_values).sum(),
            _ => 0,
        }
    }

    /// Puts something else in the place of a value, counted in depth; says how many are left to pass over.
    fn put(
        value: &mut serde_json::Value,
        n_before: usize,
        to: &serde_json::Value,
    ) -> Option<usize> {
        if n_before == 0 {
            *value = to.clone();
            return None;
        }
        let within: Vec<&mut serde_json::Value> = match value {
            serde_json::Value::Array(items) => items.iter_mut().collect(),
            serde_json::Value::Object(fields) => fields.values_mut().collect(),
            _ => Vec::new(),
        };
        within
            .into_iter()
            .try_fold(n_before - 1, |n_before, value| put(value, n_before, to))
    }

    fn changed(request: &Request, changes: &[Change]) -> Option<Request> {
        let mut value = serde_json::to_value(request).expect("encodes");
        for Change { which, to } in changes {
            // the root names the request
            let place = 1 + which.index(n_values(&value).max(2) - 1);
            let _ = put(&mut value, place, to);
        }
        serde_json::from_value(value).ok()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
        /// Whatever rows, positions, counts and columns a request names: a desk that holds a result answers or refuses it.
        #[test]
        fn a_changed_request_gives_an_answer_or_an_error(
            steps in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(some_change(), 0..3)), 1..12),
        ) {
            let mut page = Page::open(&small_log()).expect("a log");
            let settings = page.default_settings();
            page.analyse(&settings, 1).expect("a result");
            let requests = fitting_requests(&page);
            for (which, changes) in steps {
                if let Some(request) = changed(which.get(&requests), &changes) {
                    let _ = page.ask(request, &mut |_| {});
                }
            }
        }
    }
}

/// The same journey as between page and worker: through JavaScript values.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen_test::wasm_bindgen_test]
fn messages_survive_javascript() {
    for request in requests() {
        let value = serde_wasm_bindgen::to_value(&request).expect("encodes");
        assert_eq!(
            serde_wasm_bindgen::from_value::<Request>(value).expect("decodes"),
            request
        );
    }
    for reply in replies() {
        let value = serde_wasm_bindgen::to_value(&reply).expect("encodes");
        assert_eq!(
            serde_wasm_bindgen::from_value::<Result<Reply, Error>>(value).expect("decodes"),
            reply
        );
    }
    for nonsense in [
        js_sys::Object::new().into(),
        wasm_bindgen::JsValue::NULL,
        "Open".into(),
        5.into(),
    ] {
        assert!(serde_wasm_bindgen::from_value::<Request>(nonsense).is_err());
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn a_helper_finds_in_the_head_what_the_lead_does() {
    let read = |schema: Option<Schema>, start, end, is_exact| {
        let range = ReadRange {
            schema,
            start,
            end,
            is_exact,
            hash_key: Some([3; 16]),
        };
        run(
            &mut Desk::default(),
            Request::Read(range),
            &mut &*LOG,
            &mut |_| {},
        )
    };
    let (start, size) = (schema().start, LOG.len() as u64);
    assert_eq!(read(None, 0, size, true), Ok(Reply::Read(shard())));
    for (begin, end) in [(0, start), (start, start + 1), (start + 1, size)] {
        let is_exact = begin <= start;
        let known = read(Some(schema()), begin, end, is_exact);
        assert!(matches!(known, Ok(Reply::Read(_))), "{known:?}");
        assert_eq!(read(None, begin, end, is_exact), known);
    }
    let nothing = ReadRange {
        schema: None,
        start: 0,
        end: 9,
        is_exact: true,
        hash_key: None,
    };
    let answer = run(
        &mut Desk::default(),
        Request::Read(nothing),
        &mut &b""[..],
        &mut |_| {},
    );
    assert!(answer.is_err(), "{answer:?}");
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn a_desk_stays_as_it_is_when_it_is_warmed_up() {
    let mut log = Vec::new();
    isolog::sample::write_log(300, &mut log).expect("memory takes all bytes");
    let mut desk = Desk::default();
    let answer = run(&mut desk, Request::WarmUp, &mut log.as_slice(), &mut |_| {});
    let Ok(Reply::Warm(rehearsal)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(rehearsal.overview.n_read, 300);
    assert_eq!(rehearsal.report.counts.n_flagged, 15);
    let answer = run(&mut desk, Request::Close, &mut log.as_slice(), &mut |_| {});
    assert!(matches!(answer, Err(Error::Protocol { .. })), "{answer:?}");
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn a_request_before_its_time_is_an_error() {
    let needs_a_log = |request: &Request| !matches!(request, Request::Key { .. } | Request::WarmUp);
    for request in requests().into_iter().skip(2).filter(needs_a_log) {
        let answer = run(&mut Desk::default(), request, &mut &b""[..], &mut |_| {});
        assert!(matches!(answer, Err(Error::Protocol { .. })), "{answer:?}");
    }
}
