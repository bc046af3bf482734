//! The conditions as chips, and how many sessions they leave.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser::page;
use crate::report::Totals;
use crate::session::Shown;
use crate::session::chips::{condition_text, totals_text};
use crate::text::visible;
use crate::ui::Analyst;

/// The chips, each of which takes its condition away; *Esc* takes all.
#[component]
pub(in crate::ui) fn Filters() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let looking = analyst.looking;
    let totals = Memo::new(move |_| {
        let shown = analyst.shown()?;
        analyst.report.with(|report| {
            let counts = &report.as_ref()?.counts;
            let n_in_all = counts.n_scored + counts.n_unscored;
            let totals = match shown {
                Shown::Picture(picture) => picture.totals,
                Shown::Report(_) => Totals {
                    n_sessions: n_in_all,
                    n_flagged: counts.n_flagged,
                    ..Totals::default()
                },
            };
            Some(totals_text(&totals, n_in_all))
        })
    });
    let is_any = Memo::new(move |_| analyst.conditions.with(|conditions| !conditions.is_empty()));
    let on_key = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.default_prevented() && !is_taken(&event) {
            analyst.clear_conditions();
        }
    });
    on_cleanup(move || on_key.remove());
    let remove = move |place: usize| {
        analyst.conditions.update(|conditions| {
            if place < conditions.len() {
                conditions.remove(place);
            }
        });
        focus_after_removal(place);
    };
    let clear = move |_| {
        analyst.clear_conditions();
        focus_after_removal(0);
    };
    let chips = move || {
        let zone = analyst.zone.get();
        analyst.conditions.with(|conditions| {
            conditions
                .iter()
                .enumerate()
                .map(|(place, condition)| {
                    let text = visible(condition_text(condition, &zone));
                    let label = format!("Remove the filter {text}");
                    view! {
                        <li>
                            <button type="button" class="chip" data-testid="chip" aria-label=label title="Remove this filter" on:click=move |_| remove(place)>
                                <span>{text}</span>
                                <span class="chip-cross" aria-hidden="true">"✕"</span>
                            </button>
                        </li>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <section class="filters" data-testid="filters" tabindex="-1" aria-label="Filters">
            <p class="filter-totals" data-testid="filter-totals" role="status" class:is-late=move || looking.is_under_way.get()>{move || totals.get()}</p>
            <Show
                when=move || is_any.get()
                fallback=|| view! { <p class="caption">"Select in any chart or group to filter all the others."</p> }
            >
                <ul class="chips" aria-label="Filters in force">{chips}</ul>
                <button type="button" class="button is-small" data-testid="clear-filters" title="Esc" on:click=clear>"Clear all"</button>
            </Show>
        </section>
    }
}

/// Keeps the focus near a chip that is gone: on the one that took its place, the one before, or the whole.
fn focus_after_removal(place: usize) {
    request_animation_frame(move || {
        let chip =
            |place: usize| format!("[data-testid=filters] li:nth-child({}) button", place + 1);
        let candidates = [chip(place), chip(place.saturating_sub(1))];
        let chosen = candidates
            .into_iter()
            .find(|selector| matches!(page::document().query_selector(selector), Ok(Some(_))));
        page::focus(&chosen.unwrap_or_else(|| "[data-testid=filters]".to_owned()));
    });
}

/// Whether the key belongs to a field, a menu or a dialog that is open.
fn is_taken(event: &KeyboardEvent) -> bool {
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return false;
    };
    let is_within = |selector| matches!(target.closest(selector), Ok(Some(_)));
    is_within("input:not([type=checkbox]), textarea, select, dialog, [role=dialog], details[open]")
        || matches!(page::document().query_selector("dialog[open]"), Ok(Some(_)))
}
