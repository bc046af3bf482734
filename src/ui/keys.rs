//! The dialog that lists all keys; `?` opens it.

use leptos::ev::KeyboardEvent;
use leptos::html::Dialog;
use leptos::prelude::*;

use crate::browser::page;
use crate::session::keys::{KEYS, KeyGroup};

/// The list, closed until `?` is pressed outside of a field.
#[component]
pub(super) fn Keys() -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let show = move || {
        if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
            // only a dialog outside of the document cannot be shown
            let _ = dialog.show_modal();
        }
    };
    let on_key = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let is_typing = event.target().is_some_and(|target| page::is_field(&target));
        if event.key() == "?" && !is_typing && !event.ctrl_key() && !event.meta_key() {
            event.prevent_default();
            show();
        }
    });
    on_cleanup(move || on_key.remove());
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let group = |group: &KeyGroup| {
        let key = |&(keys, does): &(&'static str, &'static str)| {
            view! { <div><dt><kbd>{keys}</kbd></dt><dd>{does}</dd></div> }
        };
        view! {
            <h3>{group.place}</h3>
            <dl>{group.keys.iter().map(key).collect_view()}</dl>
        }
    };
    view! {
        <button type="button" class="button is-small" data-testid="show-keys" on:click=move |_| show()><span class="key-word">"Keys"</span> <kbd>"?"</kbd></button>
        <dialog class="keys" data-testid="keys" aria-labelledby="keys-title" node_ref=dialog>
            <div class="details-head">
                <h2 id="keys-title">"Keys"</h2>
                <button type="button" class="button is-small" aria-label="Close" on:click=close>"✕"</button>
            </div>
            {KEYS.iter().map(group).collect_view()}
        </dialog>
    }
}
