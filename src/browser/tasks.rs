//! Work of the page that waits for its turn: each piece in a task of its own, so that none holds up input or a frame.

use std::cell::RefCell;
use std::collections::VecDeque;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::page;

type Piece = Box<dyn FnOnce()>;

thread_local! {
    static WAITING: RefCell<VecDeque<Piece>> = const { RefCell::new(VecDeque::new()) };
}

/// Does a piece of work in a task of its own, after those that wait already.
pub fn later(piece: impl FnOnce() + 'static) {
    let is_first = WAITING.with_borrow_mut(|waiting| {
        waiting.push_back(Box::new(piece));
        waiting.len() == 1
    });
    if is_first {
        call_next();
    }
}

/// Waits until no piece of work is left.
pub async fn all_done() {
    while WAITING.with_borrow(|waiting| !waiting.is_empty()) {
        let turn = Promise::new(&mut |resolve, _| call(&resolve));
        // the promise only ever resolves
        let _ = JsFuture::from(turn).await;
    }
}

fn call_next() {
    let next = Closure::once_into_js(|| {
        // it stays in the queue until it is done, for those who wait for that
        let piece = WAITING.with_borrow_mut(|waiting| {
            waiting
                .front_mut()
                .map(|piece| std::mem::replace(piece, Box::new(|| ())))
        });
        if let Some(piece) = piece {
            piece();
        }
        let is_left = WAITING.with_borrow_mut(|waiting| {
            waiting.pop_front();
            !waiting.is_empty()
        });
        if is_left {
            call_next();
        }
    });
    call(next.unchecked_ref());
}

/// Calls a function in a task of its own.
fn call(function: &js_sys::Function) {
    let asked = page::window().set_timeout_with_callback_and_timeout_and_arguments_0(function, 0);
    if asked.is_err() {
        // without timers it is done at once
        let _ = function.call0(&JsValue::NULL);
    }
}
