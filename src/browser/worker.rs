//! A worker's side of the protocol.

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use super::files::BlobInput;
use crate::job::{self, Desk, Error, Reply, Request, run};

/// Starts a worker: from now on it answers messages `[id, request, blob]` with messages `[id, reply or error]`.
#[wasm_bindgen]
pub fn worker_main() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let mut desk = Desk::default();
    let answer = {
        let scope = scope.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let message: Array = event.data().unchecked_into();
            let id = message.get(0);
            let post = |result: Result<Reply, Error>| post(&scope, &id, &result);
            let result = take(&mut desk, &message, &mut |reply| post(Ok(reply)));
            post(result);
        })
    };
    scope.set_onmessage(Some(answer.as_ref().unchecked_ref()));
    answer.forget();
}

/// Answers a message; decoding, answering and encoding stay functions of their own, which a browser compiles sooner.
#[inline(never)]
fn take(desk: &mut Desk, message: &Array, tell: &mut dyn FnMut(Reply)) -> Result<Reply, Error> {
    let broken = |what: String| Error::Protocol { what };
    let request = decode(message.get(1)).map_err(|error| broken(error.to_string()))?;
    match message.get(2).dyn_into::<Blob>() {
        Ok(blob) => {
            let mut input = BlobInput::new(blob).map_err(|error| broken(super::reason(&error)))?;
            run(desk, request, &mut input, tell)
        }
        Err(_) => run(desk, request, &mut &b""[..], tell),
    }
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
