//! Isolog finds suspicious sessions in web-traffic logs with an Isolation Forest, in one browser tab.
//!
//! The modules are the pipeline, in this order; a module uses only modules above it:
//!
//! ```text
//! text      any text -> what people see of it
//! source    bytes -> records: encoding, delimiter, tokens, byte ranges
//! table     records -> typed columns; what was missing or malformed, with line numbers
//! traffic   columns -> sessions: roles, derived columns, which features are offered and why
//! features  chosen columns -> matrix; StandardScaler, one-hot, describe
//! forest    Isolation Forest: fit, score, threshold
//! explain   forest + rows -> why a row was flagged, what would clear it, how sure that is; how good the scores are
//! filter    conditions -> the sessions that are looked at
//! report    scores + sessions -> what people see
//! charts    report -> marks on any plotters backend
//! export    report -> bytes and a file name
//! sample    a made-up log with planted attacks, for trying the page and for tests
//! job       the worker protocol: typed requests and replies, one pure `run`
//! session   the page's state machine; problems in words
//! browser   wasm only: files, workers, canvas, downloads
//! ui        wasm only: Leptos components
//! ```
//!
//! Everything above `browser` is plain Rust: it builds and tests natively and knows neither the DOM nor Leptos. The
//! browser crates are declared for wasm32 only, so the compiler keeps that rule.

pub mod charts;
pub mod explain;
pub mod export;
pub mod features;
pub mod filter;
pub mod forest;
pub mod job;
pub mod report;
pub mod sample;
pub mod session;
pub mod source;
pub mod table;
pub mod text;
pub mod traffic;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod ui;

/// Starts the page: reads what workers start with, mounts, then forbids itself every further request.
#[cfg(target_arch = "wasm32")]
pub fn start_page() {
    use browser::page;

    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let ready = page::load_glue().await;
        let sealed = ready.and_then(|()| page::seal());
        match sealed {
            Ok(()) => ui::mount(),
            Err(error) => page::say_broken(&browser::reason(&error)),
        }
    });
}
