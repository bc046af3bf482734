//! The settings, as they are typed; nothing is applied before *Run again*.

use leptos::prelude::*;

use super::accuracy::LabelChoice;
use super::pieces::{PIECE, ShowMore};
use super::zone::ZoneChoice;
use super::{Analyst, is_busy};
use crate::browser::page;
use crate::charts::format::counted;
use crate::explain::words::{Unit, blindness};
use crate::job::Settings;
use crate::session::{Form, Problem};
use crate::text::visible;
use crate::traffic::Candidate;

/// Features from which on a search box is offered.
const SEARCH_FROM: usize = 16;

/// The settings form.
#[component]
pub(super) fn SettingsPanel() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !is_busy(analyst) {
            analyst.rerun();
        }
    };
    // what is on the page can differ from what is typed: say so beside the button
    let is_changed = move || {
        analyst.form.with(|form| {
            analyst
                .applied
                .with(|applied| match (form.parse(), applied) {
                    (Ok(settings), Some(applied)) => {
                        let sorted = |mut names: Vec<String>| {
                            names.sort_unstable();
                            names
                        };
                        let comparable = |settings: Settings| Settings {
                            features: sorted(settings.features),
                            ..settings
                        };
                        comparable(settings) != comparable(applied.clone())
                    }
                    (Err(_), _) => true,
                    (Ok(_), None) => false,
                })
        })
    };
    view! {
        <form class="settings card" on:submit=submit novalidate>
            <h2>"Settings"</h2>
            <TextSetting
                id="contamination"
                test_id="setting-contamination"
                label="Contamination"
                hint="Expected share of suspicious rows: above 0, at most 0.5, or auto. Also: top 20, score -0.6. Moves with the threshold."
                get=|form| form.contamination.clone()
                set=|form, text| form.contamination = text
            />
            <Features/>
            <LabelChoice/>
            <ZoneChoice/>
            <CheckSetting
                id="scale"
                test_id="setting-scale"
                label="Standardize features"
                hint="StandardScaler, as in the notebook. It seldom changes which rows are flagged, but matters for tiny and giant values: without it differences below 1e-7 are not seen and values above 3.4e38 are too large; with it one giant value can leave all others no room."
                get=|form| form.scale
                set=|form, is_on| form.scale = is_on
            />
            <CheckSetting
                id="duplicates"
                test_id="setting-duplicates"
                label="Drop duplicate rows"
                hint="Of rows equal in every field, numbers by value, only the first counts, as in the notebook. A change reads the file again."
                get=|form| form.drop_duplicates
                set=|form, is_on| form.drop_duplicates = is_on
            />
            <div class="pair">
                <TextSetting
                    id="trees"
                    test_id="setting-trees"
                    label="Trees"
                    hint="n_estimators: 1 to 10,000."
                    get=|form| form.n_estimators.clone()
                    set=|form, text| form.n_estimators = text
                />
                <TextSetting
                    id="max-samples"
                    test_id="setting-max-samples"
                    label="Rows per tree"
                    hint="max_samples: auto (256), a count, or a share such as 0.5."
                    get=|form| form.max_samples.clone()
                    set=|form, text| form.max_samples = text
                />
            </div>
            <TextSetting
                id="max-features"
                test_id="setting-max-features"
                label="Features per tree"
                hint="max_features: a count such as 2, or a share such as 1.0 (all)."
                get=|form| form.max_features.clone()
                set=|form, text| form.max_features = text
            />
            <CheckSetting
                id="bootstrap"
                test_id="setting-bootstrap"
                label="Bootstrap"
                hint="Draw the rows of a tree with replacement."
                get=|form| form.bootstrap
                set=|form, is_on| form.bootstrap = is_on
            />
            <Seed/>
            <div class="run">
                <button type="submit" class="button is-primary" data-testid="run" aria-disabled=move || is_busy(analyst).to_string()>"Run again"</button>
                <p class="caption" aria-live="polite">{move || if is_changed() { "Changed since the last run." } else { "" }}</p>
            </div>
        </form>
    }
}

#[component]
fn TextSetting(
    id: &'static str,
    test_id: &'static str,
    label: &'static str,
    hint: &'static str,
    get: fn(&Form) -> String,
    set: fn(&mut Form, String),
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                type="text"
                inputmode="text"
                autocomplete="off"
                spellcheck="false"
                data-testid=test_id
                aria-describedby=hint_id.clone()
                prop:value=move || analyst.form.with(get)
                on:input=move |event| analyst.form.update(|form| set(form, event_target_value(&event)))
            />
            <p class="caption" id=hint_id>{hint}</p>
        </div>
    }
}

#[component]
fn CheckSetting(
    id: &'static str,
    test_id: &'static str,
    label: &'static str,
    hint: &'static str,
    get: fn(&Form) -> bool,
    set: fn(&mut Form, bool),
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label class="check">
                <input
                    id=id
                    type="checkbox"
                    data-testid=test_id
                    aria-describedby=hint_id.clone()
                    prop:checked=move || analyst.form.with(get)
                    on:change=move |event| analyst.form.update(|form| set(form, event_target_checked(&event)))
                />
                {label}
            </label>
            <p class="caption" id=hint_id>{hint}</p>
        </div>
    }
}

#[component]
fn Seed() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let roll = move |_| match page::random_u32() {
        Ok(seed) => analyst
            .form
            .update(|form| form.random_state = seed.to_string()),
        Err(why) => analyst.refuse(Problem::bug(format!(
            "This browser gave no random number: {why}."
        ))),
    };
    view! {
        <div class="with-button">
            <TextSetting
                id="seed"
                test_id="setting-seed"
                label="Seed"
                hint="random_state: 0 to 4294967295. The same seed gives the same result."
                get=|form| form.random_state.clone()
                set=|form, text| form.random_state = text
            />
            <button type="button" class="button" data-testid="new-seed" on:click=roll>"New seed"</button>
        </div>
    }
}

#[component]
fn Features() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let search = RwSignal::new(String::new());
    let n_shown = RwSignal::new(PIECE);
    let candidates = move || {
        analyst.overview.with(|overview| {
            overview
                .as_ref()
                .map(|overview| overview.candidates.clone())
                .unwrap_or_default()
        })
    };
    let n_candidates = move || {
        analyst.overview.with(|overview| {
            overview
                .as_ref()
                .map_or(0, |overview| overview.candidates.len())
        })
    };
    let is_unread = move || analyst.overview.with(Option::is_none);
    let found = Memo::new(move |_| {
        let wanted = search.read().to_lowercase();
        candidates()
            .into_iter()
            .filter(|candidate| candidate.name.to_lowercase().contains(&wanted))
            .collect::<Vec<_>>()
    });
    let shown = move || {
        found.with(|found| {
            found
                .iter()
                .take(n_shown.get())
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    let choose_all = move |_| {
        let names: Vec<String> = found
            .get_untracked()
            .into_iter()
            .map(|candidate| candidate.name)
            .collect();
        analyst.form.update(|form| form.choose_features(names));
    };
    let choose_none = move |_| analyst.form.update(|form| form.features.clear());
    let choose_defaults = move |_| {
        if let Some(overview) = analyst.overview.get_untracked() {
            analyst.form.update(|form| form.choose_defaults(&overview));
        }
    };
    let count = move || {
        format!(
            "{} of {} chosen",
            analyst.form.with(|form| form.features.len()),
            counted(n_candidates() as u64, "column")
        )
    };
    view! {
        <fieldset class="features">
            <legend>"Features"</legend>
            <p class="caption">{count}</p>
            <Show when=move || { n_candidates() > SEARCH_FROM }>
                <input
                    type="search"
                    aria-label="Search features"
                    placeholder="Search"
                    prop:value=search
                    on:input=move |event| {
                        search.set(event_target_value(&event));
                        n_shown.set(PIECE);
                    }
                />
            </Show>
            <div class="feature-list" class:is-waiting=move || is_unread() && is_busy(analyst)>
                <For each=shown key=|candidate| candidate.name.clone() children=|candidate| view! { <Feature candidate/> }/>
                <ShowMore n_shown total=Signal::derive(move || found.with(Vec::len))/>
                <Show when=move || n_candidates() == 0>
                    <p class="caption">
                        {move || if is_unread() { "Columns of numbers, once the file is read." } else { "This file has no column of numbers." }}
                    </p>
                </Show>
            </div>
            <div class="small-buttons">
                <button type="button" class="button is-small" on:click=choose_all>"All"</button>
                <button type="button" class="button is-small" on:click=choose_none>"None"</button>
                <button type="button" class="button is-small" on:click=choose_defaults>"Default"</button>
            </div>
        </fieldset>
    }
}

#[component]
fn Feature(candidate: Candidate) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let name = candidate.name.clone();
    let is_on = {
        let name = name.clone();
        move || analyst.form.with(|form| form.features.contains(&name))
    };
    let change = {
        let name = name.clone();
        move |event| {
            analyst
                .form
                .update(|form| form.set_feature(&name, event_target_checked(&event)))
        }
    };
    let blind = {
        let name = name.clone();
        move || {
            analyst.report_here.with(|report| {
                let mut blind = report.iter().flat_map(|report| &report.blind);
                let blind = blind.find(|blind| blind.name == name)?;
                Some(blindness(blind, Unit::Plain))
            })
        }
    };
    let notes = candidate
        .notes
        .iter()
        .map(|note| note.text())
        .collect::<Vec<_>>()
        .join(" ");
    view! {
        <div class="feature">
            <label class="check">
                <input type="checkbox" data-testid=format!("feature-{name}") prop:checked=is_on on:change=change/>
                <span class="feature-name">{visible(name)}</span>
                {candidate.is_derived.then(|| view! { <span class="tag">"derived"</span> })}
            </label>
            {(!notes.is_empty()).then(|| view! { <p class="caption">{visible(notes)}</p> })}
            {move || blind().map(|text| view! { <p class="caption" data-testid="feature-blind">{visible(text)}</p> })}
        </div>
    }
}
