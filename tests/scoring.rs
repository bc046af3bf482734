//! The quick scorer against the clear one, bit for bit, on forests and rows of every kind.

use isolog::features::Matrix;
use isolog::forest::{Forest, MaxFeatures, MaxSamples, Params, average_path_length};
use proptest::prelude::*;

/// A stream of integers, so that one seed tells a whole matrix (Steele, Lea and Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What the values of a matrix are like.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Values {
    Uniform,
    /// Most small, few very large.
    HeavyTailed,
    /// Many rows alike.
    FewDistinct,
    /// Now and then none, or an infinite one.
    Odd,
}

fn value(values: Values, random: &mut SplitMix) -> f64 {
    match values {
        Values::Uniform => random.unit(),
        Values::HeavyTailed => (random.unit() * 20.0).exp(),
        Values::FewDistinct => random.below(5) as f64 - 2.0,
        Values::Odd => match random.below(40) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => -0.0,
            4 => 1e-44,
            _ => (random.unit() - 0.5) * 4.0,
        },
    }
}

fn matrix(values: &[Values], n_rows: usize, random: &mut SplitMix) -> Matrix {
    let columns: Vec<Vec<f64>> = values
        .iter()
        .map(|&kind| (0..n_rows).map(|_| value(kind, random)).collect())
        .collect();
    Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Rows of values at, just below and just above the forest's thresholds, and of none.
fn rows_at_thresholds(forest: &Forest, n_rows: usize, random: &mut SplitMix) -> Matrix {
    let mut thresholds = vec![vec![0.0_f32]; forest.n_features()];
    for split in forest.trees().iter().flat_map(|tree| &tree.nodes) {
        if let Some(split) = split.split {
            thresholds[split.feature as usize].push(split.threshold as f32);
        }
    }
    let columns: Vec<Vec<f64>> = thresholds
        .iter()
        .map(|thresholds| {
            let mut draw = || {
                let threshold = thresholds[random.below(thresholds.len() as u64) as usize];
                f64::from(match random.below(100) {
                    0 => f32::NAN,
                    1 => f32::INFINITY,
                    2 => f32::NEG_INFINITY,
                    3..30 => threshold.next_down(),
                    30..60 => threshold.next_up(),
                    _ => threshold,
                })
            };
            (0..n_rows).map(|_| draw()).collect()
        })
        .collect();
    Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn assert_quick_equals_clear(forest: &Forest, matrix: &Matrix) {
    let sums = forest.path_length_sums(matrix.all_rows());
    for (row, sum) in sums.iter().enumerate() {
        let expected = forest.path_length_sum_by_the_book(matrix.row(row));
        assert_eq!(sum.to_bits(), expected.to_bits(), "row {row}: {sum}");
    }
    let middle = matrix.n_rows() / 2;
    let parts = [0..middle, middle..matrix.n_rows()];
    let sums_by_part = parts.map(|part| forest.path_length_sums(matrix.rows(part)));
    assert_eq!(sums_by_part.concat(), sums, "shards do not show");
}

fn values() -> impl Strategy<Value = Values> {
    prop_oneof![
        Just(Values::Uniform),
        Just(Values::HeavyTailed),
        Just(Values::FewDistinct),
        Just(Values::Odd),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quick_scores_equal_clear_ones(
        values in prop_oneof![
            prop::collection::vec(values(), 1..5),
            prop::collection::vec(values(), 1..41),
        ],
        n_rows in 1_usize..3000,
        n_estimators in 1_u32..60,
        max_samples in 1_u64..2000,
        max_features in 0.01..=1.0,
        bootstrap: bool,
        seed: u32,
    ) {
        let mut random = SplitMix(u64::from(seed));
        let matrix = matrix(&values, n_rows, &mut random);
        let params = Params {
            n_estimators,
            max_samples: MaxSamples::Count(max_samples),
            max_features: MaxFeatures::Fraction(max_features),
            bootstrap,
            random_state: seed,
            ..Params::default()
        };
        let params = params.check(n_rows, values.len()).expect("in range");
        let forest = Forest::fit(&matrix, &params, &mut |_, _| {});
        assert_quick_equals_clear(&forest, &matrix);
        assert_quick_equals_clear(&forest, &rows_at_thresholds(&forest, 700, &mut random));
        let decoded = Forest::from_bytes(&forest.to_bytes()).expect("a forest");
        assert_quick_equals_clear(&decoded, &matrix);
    }
}

#[test]
fn many_rows_and_trees_of_all_rows() {
    let mut random = SplitMix(7);
    for (values, n_rows, max_samples) in [
        (vec![Values::Uniform; 3], 30_000, MaxSamples::Auto),
        (
            vec![Values::HeavyTailed; 3],
            30_000,
            MaxSamples::Fraction(1.0),
        ),
        (vec![Values::Odd; 5], 10_000, MaxSamples::Fraction(1.0)),
        (vec![Values::Uniform; 12], 10_000, MaxSamples::Auto),
        (vec![Values::FewDistinct; 2], 20_000, MaxSamples::Auto),
    ] {
        let matrix = matrix(&values, n_rows, &mut random);
        let params = Params {
            max_samples,
            ..Params::default()
        };
        let params = params.check(n_rows, values.len()).expect("in range");
        let forest = Forest::fit(&matrix, &params, &mut |_, _| {});
        assert_quick_equals_clear(&forest, &matrix);
    }
}

/// Such a threshold comes of a feature that is infinite in one row of a node and lacks a value in another.
#[test]
fn thresholds_that_are_no_numbers_part_nothing() {
    let a = |row: usize| match row % 10 {
        0..3 => f64::NAN,
        3 => f64::NEG_INFINITY,
        _ => 0.0,
    };
    let columns: [Vec<f64>; 2] = [
        (0..3000).map(a).collect(),
        (0..3000).map(|row| (row / 10 % 2) as f64).collect(),
    ];
    let matrix = Matrix::from_columns(&columns.each_ref().map(Vec::as_slice));
    let params = Params::default().check(3000, 2).expect("in range");
    let forest = Forest::fit(&matrix, &params, &mut |_, _| {});
    let mut splits = forest.trees().iter().flat_map(|tree| &tree.nodes);
    assert!(splits.any(|node| node.split.is_some_and(|split| split.threshold.is_nan())));
    assert_quick_equals_clear(&forest, &matrix);
}

#[test]
fn progress_rises_to_all_rows() {
    let mut random = SplitMix(1);
    for values in [vec![Values::Odd; 2], vec![Values::Uniform; 40]] {
        let matrix = matrix(&values, 50_000, &mut random);
        let params = Params {
            n_estimators: 5,
            ..Params::default()
        };
        let params = params.check(50_000, values.len()).expect("in range");
        let forest = Forest::fit(&matrix, &params, &mut |_, _| {});
        let mut reports = Vec::new();
        forest.score_samples_with_progress(matrix.all_rows(), &mut |done, total| {
            reports.push(done);
            assert_eq!(total, 50_000);
        });
        assert!(reports.is_sorted() && reports.len() > 2, "{reports:?}");
        assert_eq!(reports.last(), Some(&50_000));
    }
}

#[test]
fn no_rows_have_no_sums() {
    let matrix = Matrix::from_columns(&[&[1.0, 2.0]]);
    let params = Params::default().check(2, 1).expect("in range");
    let forest = Forest::fit(&matrix, &params, &mut |_, _| {});
    assert!(forest.path_length_sums(matrix.rows(1..1)).is_empty());
    // two rows, parted by every tree: (1 + 1 + c(1)) - 1
    let sum = 100.0 * (1.0 + average_path_length(1));
    assert_eq!(forest.path_length_sums(matrix.all_rows()), [sum, sum]);
}
