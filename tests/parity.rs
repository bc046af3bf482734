//! Every golden vector made with scikit-learn 1.9.1, numpy 2.4.6 and pandas 3.1.1, bit for bit, natively and in wasm.

use isolog::features::statistics::{describe, percentile};
use isolog::features::{Matrix, StandardScaler};
use isolog::forest::random::{MersenneTwister, XorShift};
use isolog::forest::{
    Contamination, Draw, Forest, Ground, GrownNode, MaxFeatures, MaxSamples, Params, is_anomaly,
    random_target, sample_without_replacement, threshold, tree_seeds,
};
use serde_json::Value;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// The same functions run as native tests and in the browser.
macro_rules! parity {
    ($($name:ident: $body:block)*) => {$(
        #[cfg_attr(not(target_arch = "wasm32"), test)]
        #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
        fn $name() $body
    )*};
}

macro_rules! golden {
    ($file:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("golden/sklearn/", $file)))
            .expect("golden files are JSON")
    };
}

fn list(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("a list, not {value}"))
}

fn int(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("an integer, not {value}"))
}

fn small(value: &Value) -> u32 {
    u32::try_from(int(value)).expect("32 bits")
}

fn smalls(value: &Value) -> Vec<u32> {
    list(value).iter().map(small).collect()
}

fn float(value: &Value) -> f64 {
    f64::from_bits(u64::from_str_radix(value.as_str().expect("hex"), 16).expect("hex"))
}

fn floats(value: &Value) -> Vec<f64> {
    list(value).iter().map(float).collect()
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (u32, &Value)> {
    value
        .as_object()
        .expect("an object")
        .iter()
        .map(|(key, value)| (key.parse().expect("a number"), value))
}

/// The generator of the synthetic matrices, as their README documents it: a value in [0, 1).
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

fn matrix(rows: &[Vec<f64>]) -> Matrix {
    let columns: Vec<Vec<f64>> = (0..rows[0].len())
        .map(|j| rows.iter().map(|row| row[j]).collect())
        .collect();
    Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// scikit-learn's arguments; what is not named has its default there.
fn params(arguments: &Value) -> Params {
    let is_integer = |value: &Value| value.is_u64();
    let real = |value: &Value| value.as_f64().expect("a number");
    let count = |value: &Value| value.as_u64().expect("an integer");
    Params {
        n_estimators: arguments.get("n_estimators").map_or(100, small),
        max_samples: arguments.get("max_samples").map_or(
            MaxSamples::Auto,
            |value| match is_integer(value) {
                true => MaxSamples::Count(count(value)),
                false => MaxSamples::Fraction(real(value)),
            },
        ),
        max_features: arguments
            .get("max_features")
            .map_or(MaxFeatures::Fraction(1.0), |value| {
                match is_integer(value) {
                    true => MaxFeatures::Count(count(value)),
                    false => MaxFeatures::Fraction(real(value)),
                }
            }),
        bootstrap: arguments
            .get("bootstrap")
            .is_some_and(|value| value.as_bool().expect("a flag")),
        contamination: arguments
            .get("contamination")
            .map_or(Contamination::Auto, |value| {
                Contamination::Fraction(real(value))
            }),
        random_state: small(&arguments["random_state"]),
    }
}

fn check_tree(name: &str, nodes: &[GrownNode], expected: &Value) {
    let split = |node: &GrownNode| node.split;
    let column = |of: &dyn Fn(usize, &GrownNode) -> i64| {
        nodes
            .iter()
            .enumerate()
            .map(|(i, node)| of(i, node))
            .collect::<Vec<_>>()
    };
    let integers = |field: &str| list(&expected[field]).iter().map(int).collect::<Vec<_>>();
    let id = |i: usize| i64::try_from(i).expect("small");
    assert_eq!(
        column(&|_, node| split(node).map_or(-2, |split| i64::from(split.feature))),
        integers("feature"),
        "{name}: feature"
    );
    assert_eq!(
        column(&|i, node| split(node).map_or(-1, |_| id(i + 1))),
        integers("left"),
        "{name}: left"
    );
    assert_eq!(
        column(&|_, node| split(node).map_or(-1, |split| i64::from(split.right))),
        integers("right"),
        "{name}: right"
    );
    assert_eq!(
        column(&|_, node| i64::from(node.n_samples)),
        integers("n_node_samples"),
        "{name}: n_node_samples"
    );
    assert_eq!(
        column(&|_, node| i64::from(node.depth)),
        integers("node_depth"),
        "{name}: depth"
    );
    assert_eq!(
        column(&|_, node| split(node).map_or(0, |split| i64::from(split.is_nan_left))),
        integers("nan_left"),
        "{name}: side of NaN"
    );
    let reals = |of: &dyn Fn(&GrownNode) -> f64| bits(&nodes.iter().map(of).collect::<Vec<_>>());
    let threshold = |node: &GrownNode| split(node).map_or(-2.0, |split| split.threshold);
    assert_eq!(
        reals(&threshold),
        bits(&floats(&expected["threshold_bits"])),
        "{name}: threshold"
    );
    assert_eq!(
        reals(&|node| node.impurity),
        bits(&floats(&expected["impurity_bits"])),
        "{name}: impurity"
    );
    let weights: Vec<f64> = list(&expected["weighted_n"])
        .iter()
        .map(|value| value.as_f64().expect("a number"))
        .collect();
    assert_eq!(reals(&|node| node.weight), bits(&weights), "{name}: weight");
}

/// Checks a model: seeds, first trees, path lengths, scores, offset, predictions; only of the first rows scored.
fn check_model(name: &str, matrix: &Matrix, arguments: &Value, n_scored: usize, expected: &Value) {
    let params = params(arguments);
    let checked = params
        .check(matrix.n_rows(), matrix.n_features())
        .expect(name);
    assert_eq!(
        checked.n_samples(),
        small(&expected["max_samples_"]),
        "{name}: max_samples_"
    );
    assert_eq!(
        checked.n_tree_features(),
        small(&expected["max_features_"]),
        "{name}: max_features"
    );
    assert_eq!(
        checked.max_depth(),
        small(&expected["max_depth"]),
        "{name}: max_depth"
    );

    let seeds = tree_seeds(&checked);
    let first = smalls(&expected["seeds_first"]);
    assert_eq!(seeds[..first.len()], first, "{name}: seeds");
    let ground = Ground::gather(&checked, &seeds, |rows| matrix.gather(rows));
    for (i, tree_seed) in smalls(&expected["tree_seeds_first"])
        .into_iter()
        .enumerate()
    {
        assert_eq!(
            Draw::new(seeds[i], &checked).tree_seed,
            tree_seed,
            "{name}: seed of tree {i}"
        );
    }
    for (i, tree) in list(&expected["trees"]).iter().enumerate() {
        let draw = Draw::new(seeds[i], &checked);
        assert_eq!(
            draw.tree_seed,
            small(&tree["tree_seed"]),
            "{name}: seed of tree {i}"
        );
        assert_eq!(
            draw.columns,
            smalls(&expected["tree_features"][i]),
            "{name}: columns of tree {i}"
        );
        assert_eq!(
            draw.rows,
            smalls(&expected["tree_rows"][i]),
            "{name}: rows of tree {i}"
        );
        check_tree(
            &format!("{name}, tree {i}"),
            &draw.grow(&ground, &checked),
            tree,
        );
    }

    let forest = Forest::fit(matrix, &checked, &mut |_, _| {});
    let rows = matrix.rows(0..n_scored);
    assert_eq!(
        bits(&forest.path_length_sums(rows)),
        bits(&floats(&expected["depth_sum_bits"])),
        "{name}: path lengths"
    );
    let by_the_book: Vec<f64> = (0..n_scored)
        .map(|row| forest.path_length_sum_by_the_book(matrix.row(row)))
        .collect();
    assert_eq!(
        bits(&by_the_book),
        bits(&floats(&expected["depth_sum_bits"])),
        "{name}: path lengths by the book"
    );
    let scores = forest.score_samples(rows);
    assert_eq!(
        bits(&scores),
        bits(&floats(&expected["score_bits"])),
        "{name}: scores"
    );
    let offset = threshold(&scores, params.contamination);
    assert_eq!(
        offset.to_bits(),
        float(&expected["offset_bits"]).to_bits(),
        "{name}: offset"
    );
    let predictions: Vec<i64> = scores
        .iter()
        .map(|&score| if is_anomaly(score, offset) { -1 } else { 1 })
        .collect();
    assert_eq!(
        predictions,
        list(&expected["predict"])
            .iter()
            .map(int)
            .collect::<Vec<_>>(),
        "{name}: predictions"
    );
}

parity! {
    mersenne_twister: {
        for (seed, expected) in entries(&golden!("mt19937.json")) {
            let fresh = || MersenneTwister::new(seed);
            let mut rng = fresh();
            assert_eq!(smalls(&expected["u32"]), (0..20).map(|_| rng.next_u32()).collect::<Vec<_>>(), "seed {seed}");
            let mut rng = fresh();
            assert_eq!(bits(&floats(&expected["f64_bits"])), bits(&(0..10).map(|_| rng.next_f64()).collect::<Vec<_>>()));
            let mut rng = fresh();
            let wide = (0..10).map(|_| rng.randint(0, 2_147_483_647)).collect::<Vec<_>>();
            assert_eq!(smalls(&expected["randint_0_2147483647"]), wide);
            let mut rng = fresh();
            assert_eq!(smalls(&expected["randint_0_282"]), (0..20).map(|_| rng.randint(0, 282)).collect::<Vec<_>>());
            assert_eq!(smalls(&expected["permutation_12"]), fresh().permutation(12));
        }
    }

    xorshift: {
        for (state, expected) in entries(&golden!("xorshift32.json")) {
            let mut random = XorShift::new(state);
            assert_eq!(smalls(expected), (0..10).map(|_| random.next_u31()).collect::<Vec<_>>(), "state {state}");
        }
    }

    estimator_seeds: {
        for (random_state, expected) in entries(&golden!("estimator_seeds.json")) {
            let params = Params { n_estimators: 12, random_state, ..Params::default() };
            let checked = params.check(5, 2).expect("in range");
            assert_eq!(bits(&random_target(&checked, 0..5)), bits(&floats(&expected["y_first_bits"])));
            let seeds = tree_seeds(&checked);
            assert_eq!(seeds, smalls(&expected["estimator_seeds"]));
            let draws: Vec<Draw> = seeds.iter().map(|&seed| Draw::new(seed, &checked)).collect();
            assert_eq!(draws.iter().map(|draw| draw.tree_seed).collect::<Vec<_>>(), smalls(&expected["tree_seeds"]));
            assert_eq!(draws.iter().map(|draw| draw.stream_state).collect::<Vec<_>>(), smalls(&expected["xorshift_states"]));
        }
    }

    sampling: {
        for case in list(&golden!("sampling.json")) {
            let mut rng = MersenneTwister::new(small(&case["seed"]));
            let drawn = sample_without_replacement(&mut rng, small(&case["n_population"]), small(&case["n_samples"]));
            assert_eq!(drawn, smalls(&case["indices"]), "{} of {}", case["n_samples"], case["n_population"]);
            assert_eq!(rng.next_u32(), small(&case["next_u32"]), "the number of draws");
        }
    }

    percentiles: {
        for case in list(&golden!("percentile.json")["cases"]) {
            let values: Vec<f64> = (0..small(&case["n"])).map(|i| mix(i, 0, small(&case["salt"])) - 0.75).collect();
            let contamination = float(&case["contamination_bits"]);
            let expected = float(&case["result_bits"]).to_bits();
            assert_eq!(percentile(&values, 100.0 * contamination).to_bits(), expected, "{contamination} of {}", values.len());
            assert_eq!(threshold(&values, Contamination::Fraction(contamination)).to_bits(), expected);
        }
    }

    tiny_forest_in_full: {
        let golden = golden!("tiny_forest.json");
        let row = |row: &Value| list(row).iter().map(|value| value.as_f64().expect("a number")).collect();
        let rows: Vec<Vec<f64>> = list(&golden["X"]).iter().map(row).collect();
        assert_eq!(list(&golden["trees"]).len(), 3);
        check_model("tiny", &matrix(&rows), &golden["params"], rows.len(), &golden);
    }

    synthetic_models: {
        let golden = golden!("synthetic.json");
        assert_eq!(list(&golden).len(), 13);
        for case in list(&golden) {
            let rows: Vec<Vec<f64>> = list(&case["x_bits"]).iter().map(floats).collect();
            check_model(case["name"].as_str().expect("a name"), &matrix(&rows), &case["params"], rows.len(), case);
        }
    }

    many_rows_by_formula: {
        let case = golden!("synthetic_formula_only.json");
        let (n, d, salt) = (small(&case["n"]), small(&case["d"]), small(&case["salt"]));
        let rows: Vec<Vec<f64>> = (0..n).map(|i| (0..d).map(|j| mix(i, j, salt)).collect()).collect();
        assert_eq!(bits(&rows[rows.len() - 1]), bits(&floats(&case["last_row_bits"])));
        check_model("tracking", &matrix(&rows), &case["params"], 100, &case["first_100"]);
    }

    scaler_and_describe: {
        for case in list(&golden!("scaler_describe.json")) {
            let column: Vec<f64> = (0..small(&case["n"])).map(|i| mix(i, 0, small(&case["salt"])) * 1000.0 - 3.0).collect();
            let scaler = StandardScaler::fit(&[&column]);
            let expected = &case["F"];
            let found = [scaler.mean[0], scaler.var[0], scaler.scale[0]];
            let wanted = ["mean_bits", "var_bits", "scale_bits"].map(|field| float(&expected[field]));
            assert_eq!(bits(&found), bits(&wanted), "{} rows", column.len());
            let first = &column[..column.len().min(5)];
            assert_eq!(bits(&scaler.transform_column(0, first)), bits(&floats(&expected["first_scaled_bits"])));
            let d = describe(column.clone());
            let found = [d.count as f64, d.mean, d.std, d.min, d.q25, d.q50, d.q75, d.max];
            let wanted = floats(&case["describe_bits"]);
            // pandas' NaN (the deviation of one value) has no bits to agree on
            let same = found.iter().zip(&wanted).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()));
            assert!(same && found.len() == wanted.len(), "{} rows: {found:?}, not {wanted:?}", column.len());
        }
    }
}
