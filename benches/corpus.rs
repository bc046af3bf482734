//! Writes the log that the benchmarks run on: `corpus ROWS FILE`, the same bytes every time.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, path] = arguments.as_slice() else {
        return Err("usage: corpus ROWS FILE".into());
    };
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    isolog::sample::write_log(rows.parse()?, &mut out)?;
    out.flush()?;
    Ok(())
}
