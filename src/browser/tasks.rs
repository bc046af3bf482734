//! Work of the page that waits for its turn: each piece in a task of its own, so that none holds up input or a frame.

use std::cell::RefCell;
use std::collections::VecDeque;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

type Piece = Box<dyn FnOnce()>;

thread_local! {
    static WAITING: RefCell<VecDeque<Piece>> = const { RefCell::new(VecDeque::new()) };
    static CALLS: RefCell<VecDeque<Function>> = const { RefCell::new(VecDeque::new()) };
    static CHANNEL: Option<MessageChannel> = channel();
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
    loop {
        // what was asked for in this task may still ask for work
        turn().await;
        if WAITING.with_borrow(VecDeque::is_empty) {
            return;
        }
    }
}

/// Waits for a task of its own.
pub async fn turn() {
    let turn = Promise::new(&mut |resolve, _| call(resolve));
    // the promise only ever resolves
    let _ = JsFuture::from(turn).await;
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
    call(next.unchecked_into());
}

/// Calls a function in a task of its own, at once: a timer would wait four milliseconds each time.
fn call(function: Function) {
    CALLS.with_borrow_mut(|calls| calls.push_back(function));
    let is_posted = CHANNEL.with(|channel| {
        let channel = channel.as_ref()?;
        channel.port2().post_message(&JsValue::NULL).ok()
    });
    if is_posted.is_none() {
        // without a channel it is done at once
        make_call();
    }
}

fn channel() -> Option<MessageChannel> {
    let channel = MessageChannel::new().ok()?;
    let on_message = Closure::<dyn FnMut()>::new(make_call);
    channel
        .port1()
        .set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // it listens as long as the page lives
    on_message.forget();
    Some(channel)
}

fn make_call() {
    if let Some(function) = CALLS.with_borrow_mut(VecDeque::pop_front) {
        // a piece of work that fails is reported by the browser, and the next one is done all the same
        let _ = function.call0(&JsValue::NULL);
    }
}
