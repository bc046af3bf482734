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

/// Returns what the browser says of a failure.
pub fn reason(value: &JsValue) -> String {
    let text = js_sys::Reflect::get(value, &"message".into())
        .ok()
        .and_then(|message| message.as_string());
    text.or_else(|| value.as_string())
        .unwrap_or_else(|| "unknown reason".to_owned())
}
