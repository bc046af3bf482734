//! Files of the browser as inputs.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DataTransfer, File, FilePropertyBag, FileReaderSync};

use super::reason;
use crate::source::{Error, Input};

/// A file as an input; its slices are read synchronously, which only workers may do.
#[derive(Debug)]
pub(super) struct BlobInput {
    blob: Blob,
    reader: FileReaderSync,
}

impl BlobInput {
    pub(super) fn new(blob: Blob) -> Result<BlobInput, JsValue> {
        Ok(BlobInput {
            blob,
            reader: FileReaderSync::new()?,
        })
    }
}

impl Input for BlobInput {
    fn size(&self) -> u64 {
        self.blob.size() as u64
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let end = (offset as f64 + length as f64).min(self.blob.size());
        let slice = self.blob.slice_with_f64_and_f64(offset as f64, end);
        let bytes = slice.and_then(|slice| self.reader.read_as_array_buffer(&slice));
        let bytes = bytes.map_err(|error| Error::Unreadable {
            offset,
            reason: reason(&error),
        })?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }
}

/// Makes a file of bytes that are in memory.
///
/// # Errors
/// What the browser says if it cannot.
pub fn file_of_bytes(bytes: &[u8], name: &str) -> Result<File, JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let options = FilePropertyBag::new();
    options.set_type("text/csv");
    File::new_with_u8_array_sequence_and_options(&parts, name, &options)
}

/// Returns the files that were dropped or pasted.
pub fn transferred_files(transfer: &DataTransfer) -> Vec<File> {
    let Some(files) = transfer.files() else {
        return Vec::new();
    };
    (0..files.length()).filter_map(|i| files.get(i)).collect()
}

/// Whether what is dragged holds files.
pub fn holds_files(transfer: &DataTransfer) -> bool {
    transfer.types().includes(&"Files".into(), 0)
}

/// Returns the file chosen in an `<input type=file>`, and empties the input so that the same file can be chosen again.
pub fn chosen_file(input: &web_sys::HtmlInputElement) -> Option<File> {
    let file = input.files().and_then(|files| files.get(0));
    input.set_value("");
    file.map(|file| file.unchecked_into())
}
