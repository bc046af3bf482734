//! How long growing, scoring and the threshold take in native code: `cargo bench --bench forest`.
//!
//! `benches/wasm` measures scoring where it counts; figures are in `benches/SCORING.md`.

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    divan::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod data;

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use divan::counter::ItemsCount;
    use divan::{Bencher, black_box};
    use isolog::features::Matrix;
    use isolog::forest::{Contamination, Forest, Params, threshold};

    use super::data::{Kind, matrix};

    /// Kind of data, rows and features.
    const SHAPES: [(Kind, usize, usize); 7] = [
        (Kind::Normal, 1_000_000, 3),
        (Kind::Traffic, 1_000_000, 3),
        (Kind::Normal, 100_000, 3),
        (Kind::Traffic, 100_000, 3),
        (Kind::Traffic, 100_000, 10),
        (Kind::Traffic, 100_000, 30),
        (Kind::Countries, 100_000, 30),
    ];

    fn fit(matrix: &Matrix) -> Forest {
        let params = Params::default()
            .check(matrix.n_rows(), matrix.n_features())
            .expect("the default fits every matrix");
        Forest::fit(matrix, &params, &mut |_, _| {})
    }

    #[divan::bench(args = SHAPES, sample_count = 10)]
    fn grow(bencher: Bencher<'_, '_>, (kind, n_rows, n_features): (Kind, usize, usize)) {
        let matrix = matrix(kind, n_rows, n_features);
        bencher.bench(|| fit(black_box(&matrix)));
    }

    #[divan::bench(args = SHAPES, sample_count = 10)]
    fn decode(bencher: Bencher<'_, '_>, (kind, n_rows, n_features): (Kind, usize, usize)) {
        let bytes = fit(&matrix(kind, n_rows, n_features)).to_bytes();
        bencher.bench(|| Forest::from_bytes(black_box(&bytes)));
    }

    #[divan::bench(args = SHAPES, sample_count = 10)]
    fn path_lengths(bencher: Bencher<'_, '_>, (kind, n_rows, n_features): (Kind, usize, usize)) {
        let matrix = matrix(kind, n_rows, n_features);
        let forest = fit(&matrix);
        bencher
            .counter(ItemsCount::new(n_rows))
            .bench(|| forest.path_length_sums(black_box(matrix.all_rows())));
    }

    #[divan::bench(args = SHAPES, sample_count = 10)]
    fn scores(bencher: Bencher<'_, '_>, (kind, n_rows, n_features): (Kind, usize, usize)) {
        let matrix = matrix(kind, n_rows, n_features);
        let forest = fit(&matrix);
        bencher
            .counter(ItemsCount::new(n_rows))
            .bench(|| forest.score_samples(black_box(matrix.all_rows())));
    }

    #[divan::bench(args = [100_000, 1_000_000], sample_count = 20)]
    fn threshold_of_scores(bencher: Bencher<'_, '_>, n_rows: usize) {
        let matrix = matrix(Kind::Traffic, n_rows, 3);
        let scores = fit(&matrix).score_samples(matrix.all_rows());
        bencher
            .counter(ItemsCount::new(n_rows))
            .bench(|| threshold(black_box(&scores), Contamination::Fraction(0.05)));
    }
}
