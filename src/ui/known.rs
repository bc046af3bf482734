//! The allow-list: what is on it, and the dialog that adds to it.

use leptos::ev::SubmitEvent;
use leptos::html::Dialog;
use leptos::prelude::*;

use super::Analyst;
use super::pieces::{PIECE, ShowMore};
use crate::browser::page;
use crate::filter::{Known, KnownCount, SubjectKind};
use crate::session::{Problem, known_text, parse_known};
use crate::text::visible;

/// The card with the entries of the allow-list.
#[component]
pub(super) fn AllowListCard() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let n_shown = RwSignal::new(PIECE);
    let entries = move || {
        analyst.known.with(|known| {
            let shown = known.iter().take(n_shown.get()).cloned().enumerate();
            shown
                .map(|(place, known)| view! { <Entry place known/> })
                .collect_view()
        })
    };
    let summary = Memo::new(move |_| {
        let n_known = analyst
            .report
            .with(|report| report.as_ref().map_or(0, |report| report.counts.n_known));
        match n_known {
            0 => String::new(),
            1 => "1 session below the threshold is known and not counted.".to_owned(),
            n => format!("{n} sessions below the threshold are known and not counted."),
        }
    });
    view! {
        <section class="card" aria-labelledby="allow-list-title" data-testid="allow-list">
            <h2 id="allow-list-title">"Allow-list"</h2>
            <p class="caption">
                "Sources, networks and rules that you know. Their sessions stay visible as “Known” but are not counted as suspicious; the threshold stays where it is."
            </p>
            <ul class="known-list" data-testid="known-list">{entries}</ul>
            <ShowMore n_shown total=Signal::derive(move || analyst.known.with(Vec::len))/>
            <p class="caption" aria-live="polite" data-testid="known-summary">{summary}</p>
            <div class="small-buttons">
                <button type="button" class="button is-small" data-testid="known-add" on:click=move |_| analyst.marking.set(Some(None))>
                    "Add…"
                </button>
            </div>
        </section>
        <KnownDialog/>
    }
}

#[component]
fn Entry(
    /// Its place in the list, from 0.
    place: usize,
    known: Known,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let Known { subject, reason } = known;
    let covered = {
        let subject = subject.clone();
        move || {
            analyst.report.with(|report| {
                let counts = report.as_ref().map_or(&[][..], |report| &report.known);
                // at its place, unless an entry before it was taken off since
                let is_its = |count: &&KnownCount| count.known.subject == subject;
                let count = counts.get(place).filter(is_its);
                let count = count.or_else(|| counts.iter().find(is_its));
                visible(count.map(known_text).unwrap_or_default())
            })
        }
    };
    let label = visible(format!(
        "Remove {} {subject} from the allow-list",
        subject.kind().name()
    ));
    let title = visible(format!("{} {subject}", subject.kind().name()));
    let remove = move |_| {
        analyst.disallow(&subject);
        page::focus("[data-testid=known-add]");
    };
    view! {
        <li class="known-entry">
            <span class="known-subject">{title}</span>
            <span>{visible(reason)}</span>
            <span class="caption">{covered}</span>
            <button type="button" class="button is-small" data-testid="known-remove" aria-label=label on:click=remove>"Remove"</button>
        </li>
    }
}

/// Asks for an entry: what it is of may be given.
#[component]
fn KnownDialog() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let dialog = NodeRef::<Dialog>::new();
    let kind = RwSignal::new(SubjectKind::Source);
    let (value, reason) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<Problem>);
    Effect::new(move || {
        let (Some(asked), Some(dialog)) = (analyst.marking.get(), dialog.get_untracked()) else {
            return;
        };
        let is_given = asked.is_some();
        if let Some(subject) = asked {
            kind.set(subject.kind());
            value.set(subject.to_string());
        } else {
            value.set(String::new());
        }
        reason.set(String::new());
        problem.set(None);
        // one that is open stays open
        let _ = dialog.show_modal();
        page::focus(if is_given {
            "#known-reason"
        } else {
            "#known-kind"
        });
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        match parse_known(
            kind.get_untracked(),
            &value.read_untracked(),
            &reason.read_untracked(),
        ) {
            Ok(known) => {
                close();
                analyst.allow(known);
                // the row that the dialog was opened from may be gone
                page::focus("[data-testid=known-add]");
            }
            Err(found) => problem.set(Some(found)),
        }
    };
    let choose = move |event| {
        let name = event_target_value(&event);
        let chosen = SubjectKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name);
        kind.set(chosen.unwrap_or(SubjectKind::Source));
    };
    view! {
        <dialog
            class="dialog"
            aria-labelledby="known-title"
            data-testid="known-dialog"
            node_ref=dialog
            on:close=move |_| analyst.marking.set(None)
        >
            <form class="dialog-form" on:submit=save novalidate>
                <h2 id="known-title">"Mark as known"</h2>
                <div class="field">
                    <label for="known-kind">"What is known"</label>
                    <select id="known-kind" data-testid="known-kind" on:change=choose>
                        {SubjectKind::ALL
                            .into_iter()
                            .map(|of| view! { <option value=of.name() prop:selected=move || kind.get() == of>{of.name()}</option> })
                            .collect_view()}
                    </select>
                </div>
                <div class="field">
                    <label for="known-value">"Address, network in CIDR notation, or rule"</label>
                    <input
                        id="known-value"
                        type="text"
                        autocomplete="off"
                        spellcheck="false"
                        data-testid="known-value"
                        prop:value=value
                        on:input=move |event| value.set(event_target_value(&event))
                    />
                </div>
                <div class="field">
                    <label for="known-reason">"Reason"</label>
                    <input
                        id="known-reason"
                        type="text"
                        autocomplete="off"
                        data-testid="known-reason"
                        prop:value=reason
                        on:input=move |event| reason.set(event_target_value(&event))
                    />
                </div>
                <div role="alert" data-testid="known-problem">
                    {move || problem.get().map(|problem| view! { <p><b>{visible(problem.what)}</b>" "{visible(problem.hint)}</p> })}
                </div>
                <div class="small-buttons">
                    <button type="submit" class="button is-primary" data-testid="known-save">"Mark as known"</button>
                    <button type="button" class="button" data-testid="known-cancel" on:click=move |_| close()>"Cancel"</button>
                </div>
            </form>
        </dialog>
    }
}
