//! What is in view, or soon will be: the rest of the page may follow a little later.

use std::time::Duration;

use leptos::html::ElementType;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use super::rest::Rest;

/// How far from view something counts as near, so that it is there when the page is scrolled: as a CSS margin.
const NEAR: &str = "50% 0px";

/// The same for what counts only while some of it is in view itself.
const IN_VIEW: &str = "0px";

/// How long after the last change what is out of view follows.
const UNHURRIED: Duration = Duration::from_millis(150);

/// Watches whether an element is near view, or in view, until dropped.
pub(super) struct NearnessWatch {
    observer: IntersectionObserver,
    _callback: Closure<dyn FnMut(js_sys::Array)>,
}

impl NearnessWatch {
    /// Tells a signal from now on whether an element is near view.
    pub(super) fn start(element: &Element, is_near: RwSignal<bool>) -> Option<NearnessWatch> {
        NearnessWatch::within(NEAR, element, is_near)
    }

    fn within(margin: &str, element: &Element, is_near: RwSignal<bool>) -> Option<NearnessWatch> {
        let callback = Closure::new(move |entries: js_sys::Array| {
            let last = entries.pop().dyn_into::<IntersectionObserverEntry>();
            let is_now = last.is_ok_and(|entry| entry.is_intersecting());
            let before = is_near.try_get_untracked();
            if before.is_some_and(|before| before != is_now) {
                is_near.set(is_now);
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(margin);
        let function = callback.as_ref().unchecked_ref();
        let observer = IntersectionObserver::new_with_options(function, &options).ok()?;
        observer.observe(element);
        Some(NearnessWatch {
            observer,
            _callback: callback,
        })
    }
}

/// Tells a signal whether an element is in view, as long as the calling part of the page is there.
pub(super) fn watch_in_view<E>(node: NodeRef<E>, is_in_view: RwSignal<bool>)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    Effect::new(move |watched: Option<Option<NearnessWatch>>| {
        watched
            .flatten()
            .or_else(|| NearnessWatch::within(IN_VIEW, node.get()?.unchecked_ref(), is_in_view))
    });
}

impl Drop for NearnessWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Follows a signal at once while that is `prompt`, and otherwise when it stands still.
pub(super) fn follow<T: Clone + Send + Sync + 'static>(
    signal: Signal<T>,
    prompt: impl Get<Value = bool> + GetUntracked<Value = bool> + Copy + 'static,
) -> ReadSignal<T> {
    let (followed, set) = RwSignal::new(signal.get_untracked()).split();
    let is_behind = StoredValue::new(false);
    let rest = Rest::new(UNHURRIED);
    let catch_up = move || {
        if is_behind.get_value() {
            rest.give_up();
            is_behind.set_value(false);
            set.set(signal.get_untracked());
        }
    };
    Effect::new(move || {
        signal.track();
        is_behind.set_value(true);
        if prompt.get_untracked() {
            catch_up();
        } else {
            rest.put_off(catch_up);
        }
    });
    Effect::new(move || {
        if prompt.get() {
            catch_up();
        }
    });
    // on paper everything is in view
    let before_print = window_event_listener_untyped("beforeprint", move |_| catch_up());
    on_cleanup(move || before_print.remove());
    followed
}
