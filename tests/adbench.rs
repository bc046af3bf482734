//! The ten ADBench sets give scikit-learn's scores, flags and thresholds, to the last bit; skipped, with a word, where they
//! are not at hand.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::io::Read as _;

use isolog::features::Matrix;
use isolog::forest::{Contamination, Forest, Params, is_anomaly, threshold};
use sha2::{Digest, Sha256};
use support::shared;

/// Reads the columns of a set, without the label, which is the last.
fn features(csv: &str) -> Vec<Vec<f64>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let n_features = reader.headers().expect("a header").len() - 1;
    let mut columns = vec![Vec::new(); n_features];
    for record in reader.records() {
        for (column, cell) in columns.iter_mut().zip(&record.expect("well-formed")) {
            column.push(cell.parse().expect("a number"));
        }
    }
    columns
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn ten_real_sets_equal_scikit_learn_s() {
    let Some(expected) = shared("data/adbench/expected.json") else {
        return;
    };
    let expected: serde_json::Value = serde_json::from_slice(&expected).expect("JSON");
    for (name, by_seed) in expected.as_object().expect("an object of sets") {
        let Some(packed) = shared(&format!("data/adbench/{name}")) else {
            continue;
        };
        let mut csv = String::new();
        flate2::read::MultiGzDecoder::new(packed.as_slice())
            .read_to_string(&mut csv)
            .expect("gzip");
        let columns = features(&csv);
        let matrix = Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
        for (seed, expected) in by_seed.as_object().expect("an object of seeds") {
            let params = Params {
                random_state: seed.parse().expect("a seed"),
                ..Params::default()
            };
            let checked = params
                .check(matrix.n_rows(), matrix.n_features())
                .expect("parameters that fit");
            let scores =
                Forest::fit(&matrix, &checked, &mut |_, _| {}).score_samples(matrix.all_rows());
            let offset = threshold(&scores, Contamination::Fraction(0.05));
            let flagged: Vec<String> = (0..scores.len())
                .filter(|&row| is_anomaly(scores[row], offset))
                .map(|row| row.to_string())
                .collect();
            let what = format!("{name}, seed {seed}");
            assert_eq!(
                format!("{:016x}", offset.to_bits()),
                expected["offset_bits"],
                "offset of {what}"
            );
            assert_eq!(
                flagged.len(),
                expected["flagged"],
                "number of flags of {what}"
            );
            assert_eq!(
                hex(flagged.join("\n")),
                expected["flagged_sha256"],
                "flags of {what}"
            );
            let bytes: Vec<u8> = scores
                .iter()
                .flat_map(|score| score.to_be_bytes())
                .collect();
            assert_eq!(hex(bytes), expected["scores_sha256"], "scores of {what}");
        }
    }
}
