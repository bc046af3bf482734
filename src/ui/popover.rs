//! A box that opens below its button.

use leptos::ev;
use leptos::html::Details;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};

/// A box that opens below what it is opened by, and closes again by *Escape* or a press elsewhere.
#[component]
pub(super) fn Popover(
    /// Class of the whole.
    class: &'static str,
    /// Class of what it is opened by.
    #[prop(default = "")]
    summary_class: &'static str,
    /// Whether it is open.
    is_open: RwSignal<bool>,
    /// What it is opened by.
    summary: AnyView,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<Details>::new();
    let holds = move |target: Option<web_sys::EventTarget>| {
        node.get_untracked().is_some_and(|details| {
            details.contains(
                target
                    .and_then(|target| target.dyn_into::<Node>().ok())
                    .as_ref(),
            )
        })
    };
    let close = move || {
        is_open.set(false);
        let summary = node
            .get_untracked()
            .and_then(|details| details.query_selector("summary").ok().flatten())
            .and_then(|summary| summary.dyn_into::<HtmlElement>().ok());
        if let Some(summary) = summary {
            // what cannot be focused leaves the focus where it is
            let _ = summary.focus();
        }
    };
    let on_key = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && is_open.get_untracked() {
            // whoever else listens for it must not undo something as well
            event.prevent_default();
            close();
        }
    });
    let on_press = window_event_listener(ev::pointerdown, move |event| {
        if is_open.get_untracked() && !holds(event.target()) {
            is_open.set(false);
        }
    });
    on_cleanup(move || {
        on_key.remove();
        on_press.remove();
    });
    view! {
        <details
            class=class
            node_ref=node
            prop:open=is_open
            on:toggle=move |_| is_open.set(node.get_untracked().is_some_and(|details| details.open()))
        >
            <summary class=summary_class>{summary}</summary>
            {children()}
        </details>
    }
}
