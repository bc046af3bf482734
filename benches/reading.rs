//! How long a log takes to become a table in native code, on one core: `cargo bench --bench reading`.
//!
//! `benches/wasm` measures the same where it counts.

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    divan::main();
}

#[cfg(not(target_arch = "wasm32"))]
#[path = "data/log.rs"]
mod log;

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use divan::counter::BytesCount;
    use divan::{Bencher, black_box};

    use super::log::Log;

    const N_SESSIONS: u64 = 300_000;

    #[divan::bench(sample_count = 10)]
    fn read(bencher: Bencher<'_, '_>) {
        let log = Log::new(N_SESSIONS);
        bencher
            .counter(BytesCount::of_slice(&log.bytes))
            .bench(|| black_box(&log).read());
    }

    #[divan::bench(sample_count = 10)]
    fn absorb(bencher: Bencher<'_, '_>) {
        let log = Log::new(N_SESSIONS);
        bencher
            .with_inputs(|| log.read())
            .bench_values(|shards| log.absorb(shards));
    }
}
