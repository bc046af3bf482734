//! Files of the browser as inputs.

use std::collections::VecDeque;
use std::ops::Range;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DataTransfer, File, FilePropertyBag, FileReaderSync, ReadableStreamByobReader,
    ReadableStreamReadResult,
};

use super::reason;
use crate::source::{Error, Input};

/// Bytes that a stream is asked for at a time; Chromium gives less.
const PIECE_BYTES: u32 = 1 << 20;

/// A file as an input; what was not read ahead is read synchronously, which only workers may do.
#[derive(Debug)]
pub(super) struct BlobInput {
    blob: Blob,
    reader: FileReaderSync,
    /// What was read ahead: where it begins, and pieces that follow each other.
    ahead: (u64, VecDeque<Vec<u8>>),
}

impl BlobInput {
    pub(super) fn new(blob: Blob) -> Result<BlobInput, JsValue> {
        Ok(BlobInput {
            blob,
            reader: FileReaderSync::new()?,
            ahead: (0, VecDeque::new()),
        })
    }

    /// Reads a range before it is asked for, by a stream into memory that is used again and again: a slice takes new memory
    /// for all of it at once. What no stream gives is read when it is asked for.
    pub(super) async fn read_ahead(&mut self, range: Range<u64>) {
        let Ok(slice) = self.slice(range.clone()) else {
            return;
        };
        let mut pieces = VecDeque::new();
        // what came before a failure is good
        let _ = stream(&slice, &mut pieces).await;
        self.ahead = (range.start, pieces);
    }

    fn slice(&self, range: Range<u64>) -> Result<Blob, JsValue> {
        let end = (range.end as f64).min(self.blob.size());
        self.blob.slice_with_f64_and_f64(range.start as f64, end)
    }
}

async fn stream(blob: &Blob, pieces: &mut VecDeque<Vec<u8>>) -> Result<(), JsValue> {
    let reader = ReadableStreamByobReader::new(&blob.stream())?;
    let mut buffer = ArrayBuffer::new(PIECE_BYTES);
    loop {
        let read = reader.read_with_array_buffer_view(&Uint8Array::new(&buffer));
        let read: ReadableStreamReadResult = JsFuture::from(read).await?.unchecked_into();
        if read.get_done().unwrap_or(true) {
            return Ok(());
        }
        let view: Uint8Array = read.get_value().unchecked_into();
        // a piece without bytes would be the end of the file
        if view.length() > 0 {
            pieces.push_back(view.to_vec());
        }
        buffer = view.buffer();
    }
}

impl Input for BlobInput {
    fn size(&self) -> u64 {
        self.blob.size() as u64
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let range = offset..offset.saturating_add(length as u64).min(self.size());
        let (start, pieces) = &mut self.ahead;
        if *start == offset
            && let Some(piece) = pieces.pop_front_if(|piece| piece.len() <= length)
        {
            *start += piece.len() as u64;
            return Ok(piece);
        }
        let bytes = self.slice(range);
        let bytes = bytes.and_then(|slice| self.reader.read_as_array_buffer(&slice));
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
