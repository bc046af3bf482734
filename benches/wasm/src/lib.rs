//! Reading and scoring, cut into calls that a script can time.

use std::cell::RefCell;

use isolog::features::Matrix;
use isolog::forest::{Contamination, Forest, Params, threshold};
use isolog::table::Shard;
use wasm_bindgen::prelude::wasm_bindgen;

#[path = "../../data/mod.rs"]
mod data;
#[path = "../../data/log.rs"]
mod log;

use data::Kind;
use log::Log;

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
