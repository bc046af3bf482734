//! The notebook's two files as pandas 3.1.1 writes them, on logs that `tests/pandas/differential.py` made.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::fs;

use isolog::export::{File, FormulaGuard};
use support::Page;

#[test]
fn both_files_equal_those_of_pandas() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pandas");
    let mut n_logs = 0;
    for entry in fs::read_dir(folder).expect("the sample") {
        let path = entry.expect("the sample").path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        n_logs += 1;
        let read =
            |suffix| fs::read_to_string(path.with_extension(suffix)).expect("a file of the sample");
        let mut page = Page::open(&fs::read(&path).expect("a log")).expect("a log");
        let settings = page.default_settings();
        page.analyse(&settings, 2).expect("an analysis");
        for (file, expected) in [
            (File::Suspicious, read("suspicious")),
            (File::Summary, read("summary")),
        ] {
            let written = page.export(file, FormulaGuard::Off).expect("a file");
            assert_eq!(written, expected, "{} of {}", file.name(), path.display());
        }
    }
    assert_eq!(n_logs, 12);
}
