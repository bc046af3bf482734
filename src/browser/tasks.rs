//! Work of the page that waits for its turn: each piece in a task of its own, so that none holds up input or a frame.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::{Context, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::MessageChannel;

use super::page;

type Piece = Box<dyn FnOnce()>;

/// How long pieces of work may hold up a frame before another one is begun: as long as a frame lasts. What waits longer is
/// seen a frame later, and each frame has its own layout and painting.
const FRAME_BUDGET_SECS: f64 = 0.016;

thread_local! {
    static WAITING: RefCell<VecDeque<Piece>> = const { RefCell::new(VecDeque::new()) };
    static FOR_FRAME: RefCell<VecDeque<Piece>> = const { RefCell::new(VecDeque::new()) };
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

/// Does a piece of work right before the next frame, so that this frame shows it; in a task of its own if others take up
/// the frame's time, or the page is hidden and has no frames.
pub fn before_frame(piece: impl FnOnce() + 'static) {
    let piece: Piece = Box::new(piece);
    let is_first = FOR_FRAME.with_borrow_mut(|pieces| {
        pieces.push_back(piece);
        pieces.len() == 1
    });
    if !is_first {
        return;
    }
    let draw = Closure::once_into_js(do_for_frame);
    let is_asked = page::is_shown()
        && page::window()
            .request_animation_frame(draw.unchecked_ref())
            .is_ok();
    if !is_asked {
        later(do_for_frame);
    }
}

/// Does what waits for the next frame, as far as there is time.
pub fn do_for_frame() {
    let began = page::now_secs();
    while let Some(piece) = FOR_FRAME.with_borrow_mut(VecDeque::pop_front) {
        if page::now_secs() - began < FRAME_BUDGET_SECS {
            piece();
        } else {
            later(piece);
        }
    }
}

/// Runs a future from now on, not from the end of this task: what it asks workers for comes before what the page has to
/// change.
pub fn start(future: impl Future<Output = ()> + 'static) {
    let mut future = Box::pin(future);
    // the next to poll it brings the waker that counts
    let mut context = Context::from_waker(Waker::noop());
    if future.as_mut().poll(&mut context).is_pending() {
        spawn_local(future);
    }
}

/// Whether a piece of work waits for a task of its own.
pub fn is_any_waiting() -> bool {
    !WAITING.with_borrow(VecDeque::is_empty)
}

/// Whether a piece of work waits for the next frame.
pub fn has_work_for_frame() -> bool {
    !FOR_FRAME.with_borrow(VecDeque::is_empty)
}

/// Waits for a task of its own.
pub async fn turn() {
    let turn = Promise::new(&mut |resolve, _| call(resolve));
    // the promise only ever resolves
    let _ = JsFuture::from(turn).await;
}

/// Waits for so many milliseconds.
pub(super) async fn pause(millis: i32) {
    let pause = Promise::new(&mut |resolve, _| {
        let asked =
            page::window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
        if asked.is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    // the promise only ever resolves
    let _ = JsFuture::from(pause).await;
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
