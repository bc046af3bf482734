//! Everything about one value, such as a source: a dialog with its own picture.

use leptos::ev::KeyboardEvent;
use leptos::html::Dialog;
use leptos::prelude::*;

use super::heatmap::HoursChart;
use super::timeline::PeriodChart;
use crate::filter::{Subject, View};
use crate::session::Shown;
use crate::session::profile::{self, Fact, facts};
use crate::text::visible;
use crate::ui::Analyst;
use crate::ui::analyst::Profiled;
use crate::ui::groups::Groups;

/// The profile that is open, if any.
#[component]
pub(in crate::ui) fn Profile() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let profiled = analyst.looking.profiled;
    view! {
        {move || profiled.get().map(|profiled| view! { <ProfileDialog profiled/> })}
    }
}

#[component]
fn ProfileDialog(profiled: Profiled) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let looking = analyst.looking;
    let node = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = node.get() {
            // the focus goes into it, and back to where it was when it closes
            request_animation_frame(move || {
                let _ = dialog.show_modal();
            });
        }
    });
    // the dialog is closed before it goes, so that the browser gives the focus back
    let close = move || {
        if let Some(dialog) = node.get_untracked() {
            dialog.close();
        }
    };
    let shown = Signal::derive(move || looking.profile.get().map(Shown::Picture));
    let name = profiled.value.name().to_owned();
    let title = visible(format!("{}: {name}", profiled.column));
    let show_only = {
        let profiled = profiled.clone();
        move |_| {
            let made_in = View::Groups(profiled.column.clone());
            analyst.select(&made_in, vec![profiled.value.test(&profiled.column)]);
            close();
        }
    };
    let subject = subject(analyst, &profiled);
    let mark = subject.map(|subject| {
        let mark = move |_| {
            close();
            analyst.mark_known(subject.clone());
        };
        view! { <button type="button" class="button is-small" data-testid="profile-known" on:click=mark>"Mark as known…"</button> }
    });
    let fact = |Fact { name, text }: Fact| view! { <div class="fact"><dt>{name}</dt><dd>{visible(text)}</dd></div> };
    let content = move || {
        let Some(picture) = looking.profile.get() else {
            return view! { <p class="caption" role="status">"Collecting its sessions…"</p> }
                .into_any();
        };
        view! {
            <dl class="facts" data-testid="profile-facts">{facts(&picture).into_iter().map(fact).collect_view()}</dl>
        }
        .into_any()
    };
    let has_timeline = move || {
        shown.with(|shown| {
            shown
                .as_ref()
                .is_some_and(|shown| shown.timeline().is_some())
        })
    };
    let on_key = move |event: KeyboardEvent| {
        // it closes this dialog and clears no filter
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    view! {
        <dialog
            class="profile"
            data-testid="profile-dialog"
            aria-labelledby="profile-title"
            node_ref=node
            on:keydown=on_key
            on:close=move |_| looking.profiled.set(None)
        >
            <div class="card-head">
                <h2 id="profile-title">{title}</h2>
                <span class="small-buttons">
                    {mark}
                    <button type="button" class="button is-small" data-testid="profile-filter" on:click=show_only>"Show only these sessions"</button>
                    <button type="button" class="button is-small" data-testid="profile-close" aria-label="Close" on:click=move |_| close()>"✕"</button>
                </span>
            </div>
            {content}
            <Show when=has_timeline>
                <div class="profile-plots">
                    <div class="plot is-low"><PeriodChart test_id="chart-profile" shown/></div>
                    <div class="plot is-low"><HoursChart test_id="chart-profile-hours" picture=looking.profile/></div>
                </div>
            </Show>
            <Groups shown is_still=true/>
        </dialog>
    }
}

/// Returns what the value is on an allow-list, if it can be on one.
fn subject(analyst: Analyst, profiled: &Profiled) -> Option<Subject> {
    let role = analyst.overview.with_untracked(|overview| {
        let mut columns = overview.iter().flat_map(|overview| &overview.columns);
        columns.find(|column| column.name == profiled.column)?.role
    })?;
    profile::subject(role, &profiled.value)
}
