//! Links and project files, and remarks on them.

use leptos::html::Input;
use leptos::prelude::*;

use super::{Analyst, is_busy};
use crate::browser::files;
use crate::text::visible;

/// The card that shares what was set.
#[component]
pub(super) fn ShareCard() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let can_share = move || analyst.report.with(Option::is_some) && !is_busy(analyst);
    let is_hashing = move || analyst.hashing.with(Option::is_some);
    let can_save = move || can_share() && !is_hashing();
    let copy_link = move |_| {
        if untrack(can_share) {
            analyst.copy_link();
        }
    };
    let save = move |_| {
        if untrack(can_save) {
            analyst.save_project();
        }
    };
    view! {
        <section class="card" aria-labelledby="share-title" data-testid="share">
            <h2 id="share-title">"Link and project"</h2>
            <p class="caption" id="link-hint">"A link names settings and columns, never what the rows hold. On the same file it gives the same result."</p>
            <div class="small-buttons">
                <button type="button" class="button is-small" data-testid="copy-link" aria-describedby="link-hint" aria-disabled=move || (!can_share()).to_string() on:click=copy_link>
                    "Copy link"
                </button>
            </div>
            <p class="caption" id="project-hint">
                "A project file also holds the allow-list with its reasons and the filters, so it can hold addresses; and the name, size and SHA-256 of the log."
            </p>
            <div class="small-buttons">
                <button
                    type="button"
                    class="button is-small"
                    data-testid="project-save"
                    aria-describedby="project-hint"
                    aria-disabled=move || (!can_save()).to_string()
                    on:click=save
                >
                    "Save project"
                </button>
                <OpenProject/>
            </div>
            <Show when=is_hashing>
                <progress max="1" prop:value=move || analyst.hashing.get() aria-label="Computing the SHA-256 of the file"></progress>
            </Show>
        </section>
    }
}

/// The button that opens a project.
#[component]
pub(super) fn OpenProject() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let input = NodeRef::<Input>::new();
    let open = move |_| {
        if let Some(file) = input
            .get_untracked()
            .and_then(|input| files::chosen_file(&input))
        {
            analyst.open_project(file);
        }
    };
    view! {
        <label class="button is-small">
            <input
                type="file"
                class="visually-hidden"
                data-testid="project-open"
                accept=".json,application/json"
                node_ref=input
                on:change=open
            />
            "Open project"
        </label>
    }
}

/// What a link or a project could not do, and how the file compares.
#[component]
pub(super) fn Remarks() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let has_some = move || analyst.remarks.with(|remarks| !remarks.is_empty());
    let list = move || {
        let remarks = analyst.remarks.get();
        remarks
            .into_iter()
            .map(|remark| view! { <li>{visible(remark)}</li> })
            .collect_view()
    };
    view! {
        <div role="status" class="remarks-box">
            <Show when=has_some>
                <div class="remarks" data-testid="remarks">
                    <ul class="plain-list">{list}</ul>
                    <button type="button" class="button is-small" data-testid="remarks-close" aria-label="Close the remarks" on:click=move |_| analyst.remarks.set(Vec::new())>
                        "✕"
                    </button>
                </div>
            </Show>
        </div>
    }
}
