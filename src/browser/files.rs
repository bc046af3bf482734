//! Files of the browser as inputs.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, DataTransfer, File, FilePropertyBag, FileReaderSync, ReadableStreamByobReader,
    ReadableStreamReadResult,
};

use super::reason;
use crate::source::{Ahead, Error, Input};

/// Bytes that a stream is asked for at a time: so few that they are still in a processor's cache when they are parsed, so many
/// that there are few answers (measured from 128 KiB to 16 MiB).
const PIECE_BYTES: u32 = 1 << 19;

#[wasm_bindgen]
extern "C" {
    /// A [`ReadableStreamByobReader`] that can be told how much to wait for, as web-sys cannot. A browser that does not know
    /// the option gives what it has, in more pieces.
    type FillingReader;

    #[wasm_bindgen(method)]
    fn read(this: &FillingReader, view: &Uint8Array, options: &Object) -> Promise;
}

/// A file as an input; what no [`ReadAhead`] brought is read synchronously, which only workers may do.
#[derive(Debug)]
pub(super) struct BlobInput {
    blob: Blob,
    reader: FileReaderSync,
    ahead: Rc<RefCell<Ahead>>,
}

/// Reads a range of an input before it is asked for, into memory that is used again and again: a slice takes new memory for
/// all of it at once.
pub(super) struct ReadAhead {
    /// Held throughout: Chromium throws away a byte stream that is only waited for, and no more bytes come.
    reader: FillingReader,
    buffer: ArrayBuffer,
    range: Range<u64>,
    ahead: Rc<RefCell<Ahead>>,
}

impl BlobInput {
    pub(super) fn new(blob: Blob) -> Result<BlobInput, JsValue> {
        Ok(BlobInput {
            blob,
            reader: FileReaderSync::new()?,
            ahead: Rc::default(),
        })
    }

    /// Begins to read a range ahead; `None` if the browser cannot.
    pub(super) fn read_ahead(&self, range: Range<u64>) -> Option<ReadAhead> {
        let range = range.start..range.end.min(self.size());
        let slice = self.slice(range.clone()).ok()?;
        let reader = ReadableStreamByobReader::new(&slice.stream()).ok()?;
        *self.ahead.borrow_mut() = Ahead::from(range.start);
        Some(ReadAhead {
            reader: reader.unchecked_into(),
            buffer: ArrayBuffer::new(PIECE_BYTES),
            range,
            ahead: self.ahead.clone(),
        })
    }

    fn slice(&self, range: Range<u64>) -> Result<Blob, JsValue> {
        self.blob
            .slice_with_f64_and_f64(range.start as f64, range.end as f64)
    }
}

impl ReadAhead {
    /// Waits for the next bytes, and returns the offset up to which they are there; `None` at the end, and after a failure,
    /// which is told once what is not there is asked for. Not to be called again then.
    pub(super) async fn next(&mut self) -> Option<u64> {
        let bytes = self.read().await.ok().flatten()?;
        self.range.start += bytes.len() as u64;
        self.ahead.borrow_mut().push(bytes);
        Some(self.range.start)
    }

    async fn read(&mut self) -> Result<Option<Vec<u8>>, JsValue> {
        let n_left = self.range.end.saturating_sub(self.range.start);
        if n_left == 0 {
            return Ok(None);
        }
        let options = Object::new();
        let min = n_left.min(PIECE_BYTES.into());
        Reflect::set(&options, &"min".into(), &(min as f64).into())?;
        let read = self.reader.read(&Uint8Array::new(&self.buffer), &options);
        let read: ReadableStreamReadResult = JsFuture::from(read).await?.unchecked_into();
        // with fewer bytes than it was to wait for if the file got shorter: those are asked for again, which says so
        if read.get_done().unwrap_or(true) {
            return Ok(None);
        }
        let view: Uint8Array = read.get_value().unchecked_into();
        self.buffer = view.buffer();
        // an input takes a piece without bytes for the end of the file
        Ok((view.length() > 0).then(|| view.to_vec()))
    }
}

impl Input for BlobInput {
    fn size(&self) -> u64 {
        self.blob.size() as u64
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let range = offset..offset.saturating_add(length as u64).min(self.size());
        if let Some(bytes) = self.ahead.borrow_mut().take(offset, length) {
            return Ok(bytes);
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

/// Returns the name of a folder among what was dropped: browsers list it with the files, but cannot read it as one.
pub fn transferred_folder(transfer: &DataTransfer) -> Option<String> {
    let items = transfer.items();
    (0..items.length()).find_map(|i| {
        let item = Reflect::get_u32(&items, i).ok()?;
        // a browser without this function tells no folders from files
        let get = Reflect::get(&item, &"webkitGetAsEntry".into()).ok()?;
        let entry = get.dyn_into::<js_sys::Function>().ok()?.call0(&item).ok()?;
        let field = |name: &str| Reflect::get(&entry, &name.into()).ok();
        field("isDirectory")?.is_truthy().then_some(())?;
        field("name")?.as_string()
    })
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
