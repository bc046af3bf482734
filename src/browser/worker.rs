//! A worker's side of the protocol.

use futures_channel::mpsc::unbounded;
use futures_util::StreamExt;
use js_sys::{Array, Date, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use super::files::{BlobInput, file_of_bytes};
use crate::job::{self, Desk, Error, ReadRange, Reply, Request, run};
use crate::sample;

/// How long a worker that told how far it is says nothing more of that, unless it is at the end: messages take time.
const PROGRESS_PAUSE_MS: f64 = 50.0;

/// Sessions of the log to warm up with: about as many bytes as the shortest range of a file, and enough calls for a browser
/// to compile well.
const WARM_UP_SESSIONS: u64 = 40_000;

/// Starts a worker: from now on it answers messages `[id, request, blob]` with messages `[id, reply or error]`, one after
/// the other.
#[wasm_bindgen]
pub fn worker_main() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let (sender, mut messages) = unbounded::<Array>();
    let take_in = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // the other end lives as long as the worker
        let _ = sender.unbounded_send(event.data().unchecked_into());
    });
    scope.set_onmessage(Some(take_in.as_ref().unchecked_ref()));
    take_in.forget();
    spawn_local(async move {
        let mut desk = Desk::default();
        while let Some(message) = messages.next().await {
            let id = message.get(0);
            let post = |result: Result<Reply, Error>| post(&scope, &id, &result);
            let mut told = Date::now();
            let mut tell = |reply: Reply| {
                if let Reply::Progress(progress) = reply {
                    let now = Date::now();
                    // a clock may be set back
                    let is_due = (now - told).abs() >= PROGRESS_PAUSE_MS;
                    if !is_due && progress.done < progress.total {
                        return;
                    }
                    told = now;
                }
                post(Ok(reply));
            };
            match open(&message) {
                Ok((request, None)) => {
                    post(run(&mut desk, request, &mut &b""[..], &mut tell));
                }
                Ok((Request::Read(range), Some(input))) => post(read(&range, input).await),
                Ok((request, Some(mut input))) => {
                    post(run(&mut desk, request, &mut input, &mut tell));
                }
                Err(error) => post(Err(error)),
            }
        }
    });
}

/// Reads a range while its bytes come: the browser fetches the next ones meanwhile, as far as its own buffer holds them.
async fn read(range: &ReadRange, mut input: BlobInput) -> Result<Reply, Error> {
    let schema = range.schema(&mut input)?;
    let ahead = input.read_ahead(range.stretch(&schema));
    let mut reader = range.reader(&schema, &mut input);
    if let Some(mut ahead) = ahead {
        while let Some(available) = ahead.next().await
            && reader.take_what_came(available)?
        {}
    }
    Ok(Reply::Read(Box::new(reader.finish()?)))
}

/// Takes a request out of its message, with the file that it is about, or one to warm up with; decoding, answering and
/// encoding stay functions of their own, which a browser compiles sooner.
#[inline(never)]
fn open(message: &Array) -> Result<(Request, Option<BlobInput>), Error> {
    let broken = |what: String| Error::Protocol { what };
    let request = decode(message.get(1)).map_err(|error| broken(error.to_string()))?;
    let blob = match request {
        Request::WarmUp => made_up_log().map(Some),
        _ => Ok(message.get(2).dyn_into::<Blob>().ok()),
    };
    let input = blob.and_then(|blob| blob.map(BlobInput::new).transpose());
    Ok((
        request,
        input.map_err(|error| broken(super::reason(&error)))?,
    ))
}

/// Makes a log to warm up with. It is a file, as logs are: a browser compiles for the kinds of input that it has seen, and
/// again once another one comes.
fn made_up_log() -> Result<Blob, JsValue> {
    let mut log = Vec::new();
    sample::write_log(WARM_UP_SESSIONS, &mut log).expect("memory takes all bytes");
    file_of_bytes(&log, "warm-up.csv").map(Blob::from)
}

#[inline(never)]
fn decode(request: JsValue) -> Result<Request, serde_wasm_bindgen::Error> {
    serde_wasm_bindgen::from_value(request)
}

#[inline(never)]
fn post(scope: &DedicatedWorkerGlobalScope, id: &JsValue, result: &Result<Reply, job::Error>) {
    let value = match to_value(result) {
        Ok(value) => value,
        Err(error) => {
            let broken: Result<Reply, Error> = Err(Error::Protocol {
                what: error.to_string(),
            });
            to_value(&broken).unwrap_or(JsValue::NULL)
        }
    };
    let message = Array::of2(id, &value);
    if let Err(error) = scope.post_message_with_transfer(&message, &transferables(&value)) {
        wasm_bindgen::throw_val(error);
    }
}

/// Encodes a message for the other side.
pub(super) fn to_value(message: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    message.serialize(&serde_wasm_bindgen::Serializer::new())
}

/// Collects the buffers of a message, so that they change hands without a copy.
pub(super) fn transferables(message: &JsValue) -> Array {
    /// Buffers sit at most this deep: result, variant, shard, list, column, variant, values, bytes.
    const DEPTH: u32 = 9;
    let buffers = Array::new();
    collect(message, DEPTH, &buffers);
    buffers
}

fn collect(value: &JsValue, depth: u32, buffers: &Array) {
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        buffers.push(&bytes.buffer());
    } else if let Some(list) = value.dyn_ref::<Array>() {
        // a list is of objects throughout or not at all
        if depth > 0 && list.get(0).is_object() {
            list.iter()
                .for_each(|item| collect(&item, depth - 1, buffers));
        }
    } else if let Some(object) = value.dyn_ref::<js_sys::Object>().filter(|_| depth > 0) {
        js_sys::Object::values(object)
            .iter()
            .for_each(|item| collect(&item, depth - 1, buffers));
    }
}
