//! Bytes to the user's downloads.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use super::page::{document, window};

/// Milliseconds until the address of a download is given back: browsers begin reading it after the click returns.
const REVOKE_AFTER_MS: i32 = 60_000;

/// A file in the making.
#[derive(Debug, Default)]
pub struct Pieces(Array);

impl Pieces {
    /// Adds bytes at the end; the browser keeps them, not this program's memory.
    pub fn push(&self, bytes: &[u8]) -> Result<(), JsValue> {
        let piece =
            Blob::new_with_u8_array_sequence(&Array::of1(&js_sys::Uint8Array::from(bytes)))?;
        self.0.push(&piece);
        Ok(())
    }

    /// Offers the file as a download.
    ///
    /// # Errors
    /// What the browser says.
    pub fn save(&self, name: &str, mime: &str) -> Result<(), JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type(mime);
        save(
            &Blob::new_with_blob_sequence_and_options(&self.0, &options)?,
            name,
        )
    }
}

/// Offers a blob as a download.
///
/// # Errors
/// What the browser says.
pub fn save(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    let revoke = Closure::once_into_js(move || {
        let _ = Url::revoke_object_url(&url);
    });
    window().set_timeout_with_callback_and_timeout_and_arguments_0(
        revoke.unchecked_ref(),
        REVOKE_AFTER_MS,
    )?;
    Ok(())
}
