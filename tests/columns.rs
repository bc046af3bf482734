//! Columns of numbers, read in stretches: the same numbers as row by row.
#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Write;

use isolog::features::selection::Selection;
use isolog::table::{Assembly, Schema, Shard};
use isolog::traffic::Sessions;
use proptest::prelude::*;

/// Cells of sizes that are packed in every width, some of them missing.
fn log(n_rows: u32, is_gap: impl Fn(u32, u32) -> bool) -> String {
    let mut log = "src_ip,bytes_in,bytes_out,creation_time,end_time\n".to_owned();
    for i in 0..n_rows {
        let cell = |column, text: String| {
            if is_gap(i, column) {
                String::new()
            } else {
                text
            }
        };
        let sizes = [i % 9, i % 200, i % 60_000, 1 << (i % 31)];
        let bytes_in = cell(0, sizes[i as usize / 700 % 4].to_string());
        let bytes_out = cell(1, format!("{}.5", i % 977));
        let start = cell(
            2,
            format!("2026-03-{:02}T09:00:{:02}Z", 1 + i / 2000, i % 60),
        );
        let end = cell(
            3,
            format!("2026-03-{:02}T10:{:02}:00Z", 1 + i / 2000, i % 60),
        );
        writeln!(
            log,
            "192.0.2.{},{bytes_in},{bytes_out},{start},{end}",
            i % 250
        )
        .expect("a string takes it");
    }
    log
}

fn sessions(log: &str) -> Sessions {
    let input = &mut log.as_bytes();
    let schema = Schema::read(input).expect("a head");
    let range = schema.start..log.len() as u64;
    let shard = Shard::read(input, &schema, range.clone(), true, None).expect("a shard");
    let mut assembly = Assembly::new(schema, false, 0);
    assembly.absorb(shard, range.end).expect("the only shard");
    Sessions::from_table(assembly.finish().expect("rows"))
}

const COLUMNS: [&str; 10] = [
    "bytes_in",
    "bytes_out",
    "duration_seconds",
    "avg_packet_size",
    "log1p_bytes_in",
    "log1p_duration_seconds",
    "bytes_ratio",
    "hour_of_day",
    "sessions_per_source_hour",
    "bytes_per_source_hour",
];

fn bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
    // one NaN is as good as another
    let bits = |value: f64| if value.is_nan() { 0 } else { value.to_bits() };
    values.into_iter().map(bits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn stretches_hold_the_numbers_of_their_rows(
        n_rows in 1..9000_u32,
        gaps in prop::collection::vec(1..3000_u32, 4),
        step in 1..40_u32,
        cut in 0.0..1.0_f64,
    ) {
        let log = log(n_rows, |i, column| i % gaps[column as usize] == 1);
        let sessions = sessions(&log);
        let rows: Vec<u32> = (0..n_rows).rev().step_by(step as usize).collect();
        // before anything is computed of all rows
        let a_few = sessions.derived_in(&rows);
        prop_assert_eq!(a_few.len(), sessions.derived.len());
        for (derived, a_few) in sessions.derived.iter().zip(a_few) {
            let series = sessions.numbers(derived.name).expect("a column of numbers");
            prop_assert_eq!(bits(a_few), bits(rows.iter().map(|&row| series.number(row as usize))), "{}", derived.name);
        }
        for name in COLUMNS {
            let series = sessions.numbers(name).expect("a column of numbers");
            let row_by_row = bits((0..n_rows as usize).map(|row| series.number(row)));
            prop_assert_eq!(&bits(series.to_numbers()), &row_by_row, "{}", name);
            let mut visited = Vec::new();
            series.for_each_number(|value| visited.push(value));
            prop_assert_eq!(&bits(visited), &row_by_row, "{}", name);
            let start = (cut * f64::from(n_rows)) as usize;
            let mut some = Vec::new();
            series.append_numbers(start..n_rows as usize, &mut some);
            prop_assert_eq!(&bits(some)[..], &row_by_row[start..], "{}", name);
            // near to each other and far apart
            let rows: Vec<u32> = (0..n_rows).step_by(step as usize).collect();
            let mut picked = Vec::new();
            series.append_rows(&rows, &mut picked);
            let expected: Vec<u64> = rows.iter().map(|&row| row_by_row[row as usize]).collect();
            prop_assert_eq!(bits(picked), expected, "{}", name);
        }
    }

    #[test]
    fn a_selection_has_the_rows_without_gaps(n_rows in 1..9000_u32, gaps in prop::collection::vec(2..3000_u32, 4)) {
        let log = log(n_rows, |i, column| i % gaps[column as usize] == 1);
        let sessions = sessions(&log);
        let names = ["bytes_in", "bytes_out", "duration_seconds"].map(str::to_owned);
        let selection = Selection::choose(&sessions, &names).expect("row 0 has every value");
        let series: Vec<_> = names.iter().map(|name| sessions.numbers(name).expect("a column")).collect();
        let is_whole = |row: &u32| series.iter().all(|series| series.number(*row as usize).is_finite());
        let rows: Vec<u32> = (0..n_rows).filter(is_whole).collect();
        prop_assert_eq!(&selection.rows, &rows);
        let (encoded, scaler) = selection.encode(&sessions, true, 3);
        let positions: Vec<u32> = (0..rows.len() as u32).collect();
        prop_assert_eq!(encoded.gather(None), selection.matrix_of(&sessions, scaler.as_ref(), &positions));
        for (feature, series) in series.iter().enumerate() {
            let values = rows.iter().map(|&row| series.number(row as usize));
            prop_assert_eq!(bits(selection.column(&sessions, feature)), bits(values));
        }
    }
}
