//! What must hold for any forest, whatever the data.
#![cfg(not(target_arch = "wasm32"))]

use isolog::features::{EncodedRows, Matrix};
use isolog::forest::{
    Contamination, Forest, MaxSamples, Params, average_path_length, is_anomaly, threshold,
};
use proptest::prelude::*;

fn matrix(columns: &[Vec<f64>]) -> Matrix {
    Matrix::from_columns(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn fit(matrix: &Matrix, n_estimators: u32, random_state: u32) -> Forest {
    let params = Params {
        n_estimators,
        random_state,
        ..Params::default()
    };
    let checked = params
        .check(matrix.n_rows(), matrix.n_features())
        .expect("parameters that fit");
    Forest::fit(matrix, &checked, &mut |_, _| {})
}

fn scores(columns: &[Vec<f64>], random_state: u32) -> Vec<f64> {
    let matrix = matrix(columns);
    fit(&matrix, 20, random_state).score_samples(matrix.all_rows())
}

/// What a forest is like apart from its thresholds: split features, row counts and depths.
fn structure(forest: &Forest) -> Vec<Vec<(Option<u32>, u32, u32)>> {
    let node = |node: &isolog::forest::Node| {
        (
            node.split.map(|split| split.feature),
            node.n_samples,
            node.depth,
        )
    };
    forest
        .trees()
        .iter()
        .map(|tree| tree.nodes.iter().map(node).collect())
        .collect()
}

/// Rows of whole numbers, many of them equal.
fn rows(n_features: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<Vec<f64>>> {
    (n_features, 1..120_usize).prop_flat_map(|(n_features, n_rows)| {
        let value = prop_oneof![
            (0..5_i32).prop_map(f64::from),
            (-9999..9999_i32).prop_map(f64::from)
        ];
        proptest::collection::vec(proptest::collection::vec(value, n_rows), n_features)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Only such transforms keep every bit of where between two values a threshold falls; a curved one moves it.
    #[test]
    fn stretching_a_feature_by_a_power_of_two_changes_no_tree(columns in rows(1..=4), power in 1..20_i32, seed in any::<u32>()) {
        let stretched: Vec<Vec<f64>> =
            columns.iter().map(|column| column.iter().map(|value| value * 2_f64.powi(power)).collect()).collect();
        let (plain, wide) = (matrix(&columns), matrix(&stretched));
        let (a, b) = (fit(&plain, 10, seed), fit(&wide, 10, seed));
        prop_assert_eq!(structure(&a), structure(&b));
        prop_assert_eq!(a.score_samples(plain.all_rows()), b.score_samples(wide.all_rows()));
    }

    #[test]
    fn a_row_s_score_does_not_depend_on_its_neighbours(columns in rows(1..=4), seed in any::<u32>()) {
        let grown = matrix(&columns);
        let forest = fit(&grown, 10, seed);
        let reversed: Vec<Vec<f64>> = columns.iter().map(|column| column.iter().rev().copied().collect()).collect();
        let mut backwards = forest.score_samples(matrix(&reversed).all_rows());
        backwards.reverse();
        let together = forest.score_samples(grown.all_rows());
        prop_assert_eq!(&backwards, &together);
        let alone: Vec<f64> =
            (0..grown.n_rows()).flat_map(|row| forest.score_samples(grown.rows(row..row + 1))).collect();
        prop_assert_eq!(alone, together);
    }

    #[test]
    fn equal_rows_have_equal_scores(columns in rows(1..=3), seed in any::<u32>()) {
        let doubled: Vec<Vec<f64>> = columns.iter().map(|column| [column.as_slice(), column].concat()).collect();
        let scores = scores(&doubled, seed);
        let (first, second) = scores.split_at(scores.len() / 2);
        prop_assert_eq!(first, second);
    }

    #[test]
    fn a_constant_column_is_never_split(columns in rows(1..=3), value in -5..5_i32, seed in any::<u32>()) {
        let mut columns = columns;
        let constant = columns.len() as u32;
        columns.push(vec![f64::from(value); columns[0].len()]);
        let forest = fit(&matrix(&columns), 10, seed);
        let features = structure(&forest).concat().into_iter().filter_map(|(feature, _, _)| feature);
        prop_assert!(features.into_iter().all(|feature| feature != constant));
    }

    #[test]
    fn scores_lie_between_minus_one_and_zero_with_missing_values_too(
        columns in rows(1..=4), holes in proptest::collection::vec((0..4_usize, 0..120_usize), 0..40), seed in any::<u32>(),
    ) {
        let mut columns = columns;
        for (column, row) in holes {
            let n_columns = columns.len();
            let column = &mut columns[column % n_columns];
            let n_rows = column.len();
            column[row % n_rows] = f64::NAN;
        }
        prop_assert!(scores(&columns, seed).iter().all(|score| (-1.0..0.0).contains(score)));
    }

    #[test]
    fn no_more_rows_are_flagged_than_asked_for(columns in rows(1..=3), share in 0.001..0.5_f64, seed in any::<u32>()) {
        let scores = scores(&columns, seed);
        let offset = threshold(&scores, Contamination::Fraction(share));
        let n_flagged = scores.iter().filter(|&&score| is_anomaly(score, offset)).count();
        prop_assert!(n_flagged as f64 <= share * scores.len() as f64 + 1.0);
    }
}

/// Two trees gather the few rows that they draw, two hundred take all: the first two are the same trees.
#[test]
fn trees_do_not_depend_on_how_many_there_are() {
    let columns: Vec<Vec<f64>> = (1..4_u32)
        .map(|k| (0..1000_u32).map(|i| f64::from(i * i * k % 997)).collect())
        .collect();
    let matrix = matrix(&columns);
    let fit = |n_estimators, bootstrap| {
        let params = Params {
            n_estimators,
            max_samples: MaxSamples::Count(16),
            bootstrap,
            ..Params::default()
        };
        let checked = params.check(1000, 3).expect("parameters that fit");
        Forest::fit(&matrix, &checked, &mut |_, _| {})
    };
    for bootstrap in [false, true] {
        let (few, many) = (fit(2, bootstrap), fit(200, bootstrap));
        assert_eq!(few.trees(), &many.trees()[..2]);
    }
}

/// Rows that travel in any number of shards are those of the matrix.
#[test]
fn encoded_rows_are_the_rows() {
    let columns: Vec<Vec<f64>> = (1..3_u32)
        .map(|k| (0..10).map(|i| f64::from(i) / f64::from(k)).collect())
        .collect();
    let matrix = matrix(&columns);
    for n_shards in [1, 2, 3, 10, 11] {
        let mut rows = EncodedRows::zeros(10, 2, n_shards);
        for (feature, column) in columns.iter().enumerate() {
            rows.set_column(feature, column, |value| value);
        }
        assert_eq!(rows.gather(None), matrix);
        let some = [0, 3, 4, 9];
        assert_eq!(rows.gather(Some(&some)), *matrix.gather(Some(&some)));
        let (firsts, shards): (Vec<usize>, Vec<Vec<u8>>) = rows.into_shards().unzip();
        assert_eq!(shards.len(), n_shards.min(10));
        assert_eq!(firsts[0], 0);
        let n_rows = shards.iter().map(|shard| shard.len() / 8);
        assert!(
            firsts
                .windows(2)
                .map(|pair| pair[1] - pair[0])
                .eq(n_rows.take(shards.len() - 1))
        );
        assert_eq!(shards.concat(), matrix.all_rows().to_le_bytes());
    }
}

#[test]
fn one_row_two_rows_and_equal_rows() {
    assert_eq!(scores(&[vec![7.0], vec![-3.0]], 42), [-0.5]);
    let two = scores(&[vec![1.0, 9.0]], 42);
    assert_eq!(two[0], two[1]);
    let equal = scores(&[vec![5.0; 40], vec![6.0; 40]], 42);
    let offset = threshold(&equal, Contamination::Fraction(0.1));
    assert!(
        equal
            .iter()
            .all(|&score| score == equal[0] && !is_anomaly(score, offset))
    );
}

#[test]
fn a_planted_outlier_is_the_most_suspicious_among_many_features() {
    for n_features in [1, 3, 50, 300] {
        let value = |row: usize, feature: usize| ((row * 7919 + feature * 104_729) % 101) as f64;
        let columns: Vec<Vec<f64>> = (0..n_features)
            .map(|feature| {
                (0..200)
                    .map(|row| {
                        if row == 123 {
                            5000.0
                        } else {
                            value(row, feature)
                        }
                    })
                    .collect()
            })
            .collect();
        let scores = scores(&columns, 42);
        let lowest = (0..scores.len()).min_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        assert_eq!(lowest, Some(123), "{n_features} features");
    }
}

/// Liu, Ting and Zhou 2008, equation 1, with scikit-learn's exceptions: c(1) = 0 and c(2) = 1.
#[test]
fn average_path_lengths_follow_the_paper() {
    const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
    assert_eq!(
        (
            average_path_length(0),
            average_path_length(1),
            average_path_length(2)
        ),
        (0.0, 0.0, 1.0)
    );
    for n in [3_u32, 5, 100, 256, 5000] {
        let m = f64::from(n);
        let expected = 2.0 * ((m - 1.0).ln() + EULER_GAMMA) - 2.0 * (m - 1.0) / m;
        assert!((average_path_length(n) - expected).abs() < 1e-12, "{n}");
    }
}
