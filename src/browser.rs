//! The browser's side: files, workers, canvas, downloads, clock.
//!
//! Thin wrappers that turn the browser's objects into the plain values of the modules above. wasm32 only.

pub mod canvas;
pub mod crew;
pub mod download;
pub mod files;
pub mod page;
pub mod reading;
pub mod tasks;
mod worker;

pub use worker::worker_main;

use wasm_bindgen::JsValue;

/// Returns what the browser says of a failure; where it says nothing, as Firefox of a file that it cannot read, what its name
/// means.
pub fn reason(value: &JsValue) -> String {
    let field = |name: &str| {
        let text = js_sys::Reflect::get(value, &name.into()).ok()?.as_string();
        text.filter(|text| !text.is_empty())
    };
    let named = || {
        let name = field("name")?;
        Some(match name.as_str() {
            "NotFoundError" => "it is not there any more".to_owned(),
            "NotReadableError" => "it is not as it was, or the browser may not read it".to_owned(),
            _ => name,
        })
    };
    let text = field("message")
        .or_else(|| value.as_string())
        .or_else(named);
    text.unwrap_or_else(|| "unknown reason".to_owned())
}
