//! Explanations against shap, stability and metrics against scikit-learn, and culprits that are planted to be found.
//!
//! The expected values are made by `tests/explain/make_golden.py`, whose formulas for data are repeated here.

use isolog::explain::metrics::Metrics;
use isolog::explain::shap::Explainer;
use isolog::explain::stability::{N_SEEDS, Stability, refit_flags, seeds};
use isolog::features::Matrix;
use isolog::forest::{Contamination, Forest, MaxFeatures, MaxSamples, Params};
use serde_json::Value;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// The same functions run as native tests and in the browser.
macro_rules! explained {
    ($($name:ident: $body:block)*) => {$(
        #[cfg_attr(not(target_arch = "wasm32"), test)]
        #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
        fn $name() $body
    )*};
}

macro_rules! golden {
    ($file:literal) => {
        match serde_json::from_str(include_str!(concat!("golden/explain/", $file)))
            .expect("golden files are JSON")
        {
            Value::Array(entries) => entries,
            other => panic!("a list, not {other}"),
        }
    };
}

fn list(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("a list, not {value}"))
}

fn small(value: &Value) -> u32 {
    let integer = value
        .as_u64()
        .unwrap_or_else(|| panic!("an integer, not {value}"));
    u32::try_from(integer).expect("32 bits")
}

fn float(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("a number, not {value}"))
}

fn floats(value: &Value) -> Vec<f64> {
    list(value).iter().map(float).collect()
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("text, not {value}"))
}

#[track_caller]
fn assert_near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: {found}, not {expected}"
    );
}

/// A value in [0, 1).
fn mix(row: u32, column: u32, salt: u32) -> f64 {
    let mut h = row
        .wrapping_mul(0x9E37_79B1)
        .wrapping_add(column.wrapping_mul(0x85EB_CA77))
        .wrapping_add(salt.wrapping_mul(0xC2B2_AE3D));
    h ^= h >> 15;
    h = h.wrapping_mul(0x2C1B_3C6D);
    h ^= h >> 12;
    h = h.wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    f64::from(h) / 4_294_967_296.0
}

fn columns(n_rows: u32, n_features: u32, value: impl Fn(u32, u32) -> f64) -> Vec<Vec<f64>> {
    (0..n_features)
        .map(|column| (0..n_rows).map(|row| value(row, column)).collect())
        .collect()
}

fn matrix(columns: &[Vec<f64>]) -> Matrix {
    Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// The matrix of a golden entry.
fn matrix_of(entry: &Value) -> Matrix {
    let salt = small(&entry["salt"]);
    let shape = text(&entry["shape"]).to_owned();
    let value = |row, column| {
        let u = mix(row, column, salt);
        match shape.as_str() {
            "skewed" => 1000.0 * u / (1.001 - u),
            "steps" => (u * 8.0).trunc(),
            "constant" if column == 1 => 600.0,
            "constant" => u * 10.0 - 5.0,
            other => panic!("no such shape: {other}"),
        }
    };
    matrix(&columns(
        small(&entry["n_rows"]),
        small(&entry["n_features"]),
        value,
    ))
}

fn fit(matrix: &Matrix, params: &Params) -> Forest {
    let checked = params
        .check(matrix.n_rows(), matrix.n_features())
        .expect("in range");
    Forest::fit(matrix, &checked, &mut |_, _| {})
}

/// scikit-learn's arguments; what is not named has its default there.
fn params(arguments: &Value) -> Params {
    let mut params = Params::default();
    for (name, value) in arguments.as_object().expect("named arguments") {
        match name.as_str() {
            "n_estimators" => params.n_estimators = small(value),
            "bootstrap" => params.bootstrap = value.as_bool().expect("a flag"),
            "max_samples" => {
                params.max_samples = value.to_string().parse::<MaxSamples>().expect("in range")
            }
            "max_features" => {
                params.max_features = value.to_string().parse::<MaxFeatures>().expect("in range")
            }
            other => panic!("no such argument: {other}"),
        }
    }
    params
}

/// Counts how often each row is flagged by the seeds after 42.
fn stability(matrix: &Matrix, contamination: Contamination) -> Stability {
    let params = Params {
        contamination,
        ..Params::default()
    };
    let mut stability = Stability::new(matrix.n_rows());
    for seed in seeds(params.random_state, N_SEEDS) {
        stability.add(&refit_flags(matrix, &params, seed).expect("in range"));
    }
    stability
}

fn counts(stability: &Stability, n_rows: usize) -> Vec<u32> {
    (0..n_rows)
        .map(|position| stability.n_flagged(position))
        .collect()
}

fn check_metrics(name: &str, metrics: &Metrics, expected: &Value) {
    let near = |found, field: &str| {
        assert_near(
            found,
            float(&expected[field]),
            1e-12,
            &format!("{name}: {field}"),
        )
    };
    near(metrics.roc_auc, "roc_auc");
    near(metrics.average_precision, "average_precision");
    near(metrics.recall(), "recall");
    match metrics.precision() {
        Some(precision) => near(precision, "precision"),
        None => assert!(expected["precision"].is_null(), "{name}: no row is flagged"),
    }
}

explained! {
    attributions_equal_shap_s: {
        for case in golden!("shap.json") {
            let matrix = matrix_of(&case);
            let forest = fit(&matrix, &params(&case["params"]));
            let expected = list(&case["attributions"]);
            let rows = matrix.rows(0..expected.len());
            let found = Explainer::new(&forest).explain(rows);
            let name = format!("{} {}", case["shape"], case["params"]);
            assert_near(found.base, float(&case["base"]), 1e-6, &name);
            let n_trees = forest.trees().len() as f64;
            for (row, (expected, sum)) in expected.iter().zip(forest.path_length_sums(rows)).enumerate() {
                for (&found, expected) in found.row(row).iter().zip(floats(expected)) {
                    assert_near(found, expected, 1e-6, &name);
                }
                assert_near(found.mean_path_length(row), sum / n_trees, 1e-9, &name);
            }
        }
    }

    flags_of_other_seeds_equal_scikit_learn_s: {
        for case in golden!("stability.json") {
            let matrix = matrix_of(&case);
            let contamination = text(&case["contamination"]).parse().expect("in range");
            let found = stability(&matrix, contamination);
            let expected: Vec<u32> = list(&case["n_flagged"]).iter().map(small).collect();
            assert_eq!(counts(&found, matrix.n_rows()), expected, "{} {}", case["shape"], case["n_rows"]);
        }
    }

    metrics_equal_scikit_learn_s: {
        for case in golden!("metrics.json") {
            let (n_rows, tie, salt) = (small(&case["n_rows"]), float(&case["tie"]), small(&case["salt"]));
            let n = f64::from(n_rows);
            let scores: Vec<f64> = (0..n_rows).map(|i| -((mix(i, 0, salt) * n / tie).trunc() + 1.0) / (n + 1.0)).collect();
            let is_anomalous = |i: u32| match n_rows {
                2 => i == 0,
                _ => mix(i, 1, salt) * (1.5 + scores[i as usize]) < float(&case["share"]),
            };
            let labels: Vec<bool> = (0..n_rows).map(is_anomalous).collect();
            let metrics = Metrics::measure(&scores, &labels, -0.5).expect("both labels");
            let name = format!("{n_rows} rows, {tie} alike");
            check_metrics(&name, &metrics, &case);
            for (field, curve) in [("roc", &metrics.roc), ("precision_recall", &metrics.precision_recall)] {
                let Some(expected) = case.get(field) else { continue };
                let expected: Vec<Vec<f64>> = list(expected).iter().map(floats).collect();
                for &(x, y) in curve {
                    let is_there = expected.iter().any(|point| (point[0] - x).abs() < 1e-12 && (point[1] - y).abs() < 1e-12);
                    assert!(is_there, "{name}: {field} has no point ({x}, {y})");
                }
            }
        }
    }

    the_top_attribution_names_the_culprit: {
        let n_features = 6;
        let n_rows = 4000;
        // one row of 20 has one value far out of the range of the others, above or below
        let culprit = |row: u32| (row % 20 == 7).then_some(row / 20 % n_features);
        let columns = columns(n_rows, n_features, |row, column| {
            let usual = mix(row, column, 5) + mix(row, column, 6) + mix(row, column, 7);
            match culprit(row) {
                Some(planted) if planted == column => usual + if row % 40 == 7 { 6.0 } else { -6.0 },
                _ => usual,
            }
        });
        let matrix = matrix(&columns);
        let explainer = Explainer::new(&fit(&matrix, &Params::default()));
        let planted: Vec<(u32, u32)> = (0..n_rows).filter_map(|row| Some((row, culprit(row)?))).collect();
        assert_eq!(planted.len(), 200);
        let attributions = explainer.explain(matrix.all_rows());
        let is_named = |&&(row, column): &&(u32, u32)| {
            let suspicion = attributions.suspicion(row as usize);
            (0..suspicion.len()).max_by(|&a, &b| suspicion[a].total_cmp(&suspicion[b])) == Some(column as usize)
        };
        let n_named = planted.iter().filter(is_named).count();
        assert!(n_named >= 199, "only {n_named} of 200");
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::io::Read;
    use std::path::Path;
    use std::process::Command;

    use isolog::features::selection::Selection;
    use isolog::forest::{is_anomaly, threshold};
    use isolog::table::{Assembly, Schema, Shard};
    use isolog::traffic::{NOTEBOOK_FEATURES, Sessions};

    use super::*;

    /// A file that may not be published; says that a test is skipped where it is not.
    fn shared(path: &str) -> Option<std::path::PathBuf> {
        let full = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared/data")
            .join(path);
        if !full.exists() {
            eprintln!("skipped: ../shared/data/{path} is not on this machine");
            return None;
        }
        Some(full)
    }

    /// The Python of the environment variable `PYTHON`, or `python3`, if it has scikit-learn 1.9.1.
    fn python() -> Option<String> {
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let version = Command::new(&python)
            .args(["-c", "import sklearn; print(sklearn.__version__)"])
            .output()
            .ok()?;
        let is_there = version.stdout.starts_with(b"1.9.1");
        if !is_there {
            eprintln!("skipped: {python} has no scikit-learn 1.9.1; set PYTHON to one that has");
        }
        is_there.then_some(python)
    }

    #[test]
    fn flags_of_the_notebook_s_log_equal_scikit_learn_s() {
        let (Some(log), Some(python)) = (shared("CloudWatch_Traffic_Web_Attack.csv"), python())
        else {
            return;
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explain/make_golden.py");
        let output = Command::new(python)
            .args([script, "frequencies"])
            .arg(&log)
            .output()
            .expect("Python starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let expected: Vec<u32> = serde_json::from_slice(&output.stdout).expect("a list of counts");

        let bytes = std::fs::read(&log).expect("the log is there");
        let input = &mut bytes.as_slice();
        let schema = Schema::read(input).expect("the log has a head");
        let range = schema.start..bytes.len() as u64;
        let shard =
            Shard::read(input, &schema, range.clone(), true, None).expect("the log can be read");
        let mut assembly = Assembly::new(schema, false, 0);
        assembly
            .absorb(shard, range.end)
            .expect("the only shard fits");
        let sessions = Sessions::from_table(assembly.finish().expect("the log has rows"));
        let selection = Selection::choose(&sessions, &NOTEBOOK_FEATURES.map(str::to_owned))
            .expect("its features are there");
        let (rows, _) = selection.encode(&sessions, true, 1);
        let matrix = rows.gather(None);
        let found = stability(&matrix, Contamination::Fraction(0.05));
        assert_eq!(counts(&found, matrix.n_rows()), expected);
    }

    #[test]
    fn metrics_of_real_data_equal_scikit_learn_s() {
        for expected in golden!("adbench.json") {
            let name = text(&expected["name"]);
            let Some(path) = shared(&format!("adbench/{name}.csv.gz")) else {
                continue;
            };
            let mut csv = String::new();
            let file = std::fs::File::open(path).expect("the file is there");
            flate2::read::MultiGzDecoder::new(file)
                .read_to_string(&mut csv)
                .expect("gzip");
            let rows = csv.lines().skip(1).map(|line| {
                line.split(',')
                    .map(|cell| cell.parse::<f64>().expect("a number"))
            });
            let mut columns: Vec<Vec<f64>> = Vec::new();
            for row in rows {
                for (i, value) in row.enumerate() {
                    if columns.len() == i {
                        columns.push(Vec::new());
                    }
                    columns[i].push(value);
                }
            }
            let labels: Vec<bool> = columns
                .pop()
                .expect("a label")
                .into_iter()
                .map(|label| label == 1.0)
                .collect();
            let matrix = matrix(&columns);
            let params = Params::default();
            let scores = fit(&matrix, &params).score_samples(matrix.all_rows());
            let metrics =
                Metrics::measure(&scores, &labels, threshold(&scores, params.contamination))
                    .expect("both labels");
            check_metrics(name, &metrics, &expected);
        }
    }

    /// Says how long things take; run it alone, in release mode, with `--ignored --nocapture`.
    #[test]
    #[ignore = "measures time"]
    fn how_long_explanations_take() {
        use isolog::explain::counterfactual::{FeatureScale, counterfactuals};
        use std::time::Instant;

        for n_features in [3, 10, 30] {
            let columns = columns(20_000, n_features, |row, column| {
                let u = mix(row, column, 1);
                1000.0 * u / (1.001 - u)
            });
            let matrix = matrix(&columns);
            let forest = fit(&matrix, &Params::default());
            let scores = forest.score_samples(matrix.all_rows());
            let offset = threshold(&scores, Contamination::Fraction(0.05));
            let started = Instant::now();
            let explainer = Explainer::new(&forest);
            let prepared = started.elapsed();
            let started = Instant::now();
            explainer.explain(matrix.rows(0..1));
            let first = started.elapsed();
            let started = Instant::now();
            explainer.explain(matrix.rows(0..1000));
            let batch = started.elapsed();
            let scales: Vec<FeatureScale> = columns
                .iter()
                .map(|_| FeatureScale::raw(1000.0, false))
                .collect();
            let flagged: Vec<usize> = (0..scores.len())
                .filter(|&row| is_anomaly(scores[row], offset))
                .take(200)
                .collect();
            let started = Instant::now();
            let n_cleared = flagged
                .iter()
                .filter(|&&row| {
                    let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
                    !counterfactuals(&forest, &values, &scales, offset).is_empty()
                })
                .count();
            let cleared = started.elapsed();
            println!(
                "{n_features} features: prepare {prepared:?}, one row {first:?}, 1000 rows {batch:?}; \
                 counterfactuals {:?} a row ({n_cleared} of {} found)",
                cleared / 200,
                flagged.len()
            );
        }
    }
}
