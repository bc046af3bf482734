//! Writes the two files of the notebook for each log of a folder: `exports FOLDER`.
//!
//! Of `a.csv` it writes `a.suspicious` and `a.summary`, with the settings that the page has at first and without the formula
//! guard; of a log that cannot be analysed `a.error`. `differential.py` compares them with what pandas writes.

#[cfg(not(target_arch = "wasm32"))]
#[path = "../support/mod.rs"]
mod support;

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::io::Result<()> {
    use std::fs;

    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        match exports(&fs::read(&path)?) {
            Ok((suspicious, summary)) => {
                fs::write(path.with_extension("suspicious"), suspicious)?;
                fs::write(path.with_extension("summary"), summary)?;
            }
            Err(error) => fs::write(path.with_extension("error"), error.to_string())?,
        }
    }
    Ok(())
}

#[cfg(not(target_arch = "wasm32"))]
fn exports(log: &[u8]) -> Result<(String, String), isolog::job::Error> {
    use isolog::export::{File, FormulaGuard};

    let mut page = support::Page::open(log)?;
    let settings = page.default_settings();
    page.analyse(&settings, 1)?;
    let suspicious = page.export(File::Suspicious, FormulaGuard::Off)?;
    Ok((suspicious, page.export(File::Summary, FormulaGuard::Off)?))
}
