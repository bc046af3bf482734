//! Reading and scoring, cut into calls that a script can time.

use std::cell::RefCell;

use isolog::features::Matrix;
use isolog::forest::{Contamination, Forest, Params, threshold};
use isolog::job::{Desk, Reading, Reply, Request, RowShard, Settings};
use isolog::table::Shard;
use isolog::traffic::{ColumnChoices, NOTEBOOK_FEATURES};
use wasm_bindgen::prelude::wasm_bindgen;

#[path = "../../data/mod.rs"]
mod data;
#[path = "../../data/log.rs"]
mod log;

use data::Kind;
use log::{Log, N_HELPERS};

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

struct Bench {
    matrix: Matrix,
    forest: Forest,
    encoded: Vec<u8>,
    scores: Vec<f64>,
}

fn with<T>(measure: impl FnOnce(&Bench) -> T) -> T {
    BENCH.with_borrow(|bench| measure(bench.as_ref().expect("setup comes first")))
}

/// Makes a matrix of one of the kinds and grows its forest.
#[wasm_bindgen]
pub fn setup(kind: u32, n_rows: usize, n_features: usize) {
    let kind = [Kind::Normal, Kind::Traffic, Kind::Countries][kind as usize];
    let matrix = data::matrix(kind, n_rows, n_features);
    let params = Params::default()
        .check(n_rows, n_features)
        .expect("the default fits every matrix");
    let forest = Forest::fit(&matrix, &params, &mut |_, _| {});
    let encoded = forest.to_bytes();
    let scores = forest.score_samples(matrix.all_rows());
    BENCH.set(Some(Bench {
        matrix,
        forest,
        encoded,
        scores,
    }));
}

/// Adds up path lengths.
#[wasm_bindgen]
pub fn path_lengths() -> f64 {
    with(|bench| bench.forest.path_length_sums(bench.matrix.all_rows())[0])
}

/// Scores.
#[wasm_bindgen]
pub fn scores() -> f64 {
    with(|bench| bench.forest.score_samples(bench.matrix.all_rows())[0])
}

/// Decodes the forest, as each worker does.
#[wasm_bindgen]
pub fn decode() -> usize {
    with(|bench| Forest::from_bytes(&bench.encoded).map_or(0, |forest| forest.trees().len()))
}

/// Finds the threshold.
#[wasm_bindgen]
pub fn threshold_of_scores() -> f64 {
    with(|bench| threshold(&bench.scores, Contamination::Fraction(0.05)))
}

thread_local! {
    static LOG: RefCell<Option<(Log, Vec<(Shard, u64)>)>> = const { RefCell::new(None) };
}

/// Makes a log of this many sessions; returns its size in bytes.
#[wasm_bindgen]
pub fn setup_log(n_sessions: u64) -> usize {
    let log = Log::new(n_sessions);
    let n_bytes = log.bytes.len();
    LOG.set(Some((log, Vec::new())));
    n_bytes
}

/// Reads the log to shards.
#[wasm_bindgen]
pub fn read_log() {
    LOG.with_borrow_mut(|log| {
        let (log, shards) = log.as_mut().expect("setup_log comes first");
        *shards = log.read();
    });
}

/// Takes the shards that were read into a table.
#[wasm_bindgen]
pub fn absorb_log() -> usize {
    LOG.with_borrow_mut(|log| {
        let (log, shards) = log.as_mut().expect("setup_log comes first");
        log.absorb(std::mem::take(shards))
    })
}

thread_local! {
    static LEAD: RefCell<Lead> = RefCell::default();
}

/// A lead in the middle of an analysis.
#[derive(Default)]
struct Lead {
    desk: Desk,
    to_score: Option<(Vec<u8>, RowShard)>,
}

impl Lead {
    fn ask(&mut self, request: Request) -> Reply {
        self.ask_of(b"", request)
    }

    fn ask_of(&mut self, mut log: &[u8], request: Request) -> Reply {
        isolog::job::run(&mut self.desk, request, &mut log, &mut |_| ())
            .expect("the log is well-formed")
    }
}

/// Has the log that was set up read, absorbed and closed by a lead.
#[wasm_bindgen]
pub fn read_to_lead() {
    LOG.with_borrow(|log| {
        let bytes = &log.as_ref().expect("setup_log comes first").0.bytes;
        let mut lead = Lead::default();
        let mut ask = |request| lead.ask_of(bytes, request);
        let open = Request::Open {
            drop_duplicates: true,
            columns: ColumnChoices::default(),
        };
        let Reply::Opened(schema) = ask(open) else {
            unreachable!("it answers what it is asked")
        };
        let mut reading = Reading::new(bytes.len() as u64, N_HELPERS, Some([7; 16]));
        assert!(reading.know(schema), "the head is short");
        while let Some(range) = reading.next_read(1) {
            let Reply::Read(shard) = ask(Request::Read(range.clone())) else {
                unreachable!("it answers what it is asked")
            };
            reading.accept(&range, shard);
            while let Some((shard, end)) = reading.next_absorb() {
                let Reply::Absorbed { absorbed, .. } = ask(Request::Absorb { shard, end }) else {
                    unreachable!("it answers what it is asked")
                };
                reading.absorbed(absorbed);
            }
        }
        ask(Request::Close);
        LEAD.set(lead);
    });
}

/// Has the lead grow the forest and encode the rows.
#[wasm_bindgen]
pub fn fit() {
    LEAD.with_borrow_mut(|lead| {
        let settings = Settings {
            params: Params::default(),
            features: NOTEBOOK_FEATURES.map(str::to_owned).to_vec(),
            scale: true,
            drop_duplicates: true,
            columns: ColumnChoices::default(),
        };
        let fit = Request::Fit {
            settings,
            n_shards: 1,
        };
        let Reply::Fitted { forest, shards, .. } = lead.ask(fit) else {
            unreachable!("it answers what it is asked")
        };
        lead.to_score = shards
            .into_iter()
            .next()
            .map(|shard| (forest.into_vec(), shard));
    });
}

/// Has the lead do what a report needs beside the scores.
#[wasm_bindgen]
pub fn prepare() {
    LEAD.with_borrow_mut(|lead| {
        lead.ask(Request::Prepare);
    });
}

/// Scores the rows, and has the lead keep the scores.
#[wasm_bindgen]
pub fn score() {
    LEAD.with_borrow_mut(|lead| {
        let (forest, RowShard { first, rows }) = lead.to_score.take().expect("fit comes first");
        let forest = forest.into();
        let Reply::Scored { scores } = lead.ask(Request::Score { forest, rows }) else {
            unreachable!("it answers what it is asked")
        };
        lead.ask(Request::KeepScores { first, scores });
    });
}

/// Has the lead build the report.
#[wasm_bindgen]
pub fn report() {
    LEAD.with_borrow_mut(|lead| {
        lead.ask(Request::Report {
            contamination: Contamination::Fraction(0.05),
            label: None,
            is_moving: false,
            known: Vec::new(),
        });
    });
}
