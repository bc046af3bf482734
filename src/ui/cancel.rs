//! The button that stops what is going on, and goes with it.

use leptos::prelude::*;

use crate::browser::page;

/// A button *Cancel*; mounted as long as there is something to stop.
///
/// Whoever stands on it when it goes, pressed or not, must not be thrown back to the top of the page.
#[component]
pub(super) fn Cancel(
    /// `data-testid` of the button.
    test_id: &'static str,
    class: &'static str,
    /// `data-testid` of what gets the focus then.
    next: &'static str,
    /// Stops it.
    stop: impl Fn() + 'static,
) -> impl IntoView {
    on_cleanup(move || {
        if page::is_focused(test_id) {
            page::focus(&format!("[data-testid={next}]"));
        }
    });
    view! { <button type="button" class=class data-testid=test_id on:click=move |_| stop()>"Cancel"</button> }
}
