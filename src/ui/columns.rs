//! How each column is read, and what can be chosen instead.

use leptos::prelude::*;

use super::{Analyst, is_busy};
use crate::charts::format::{counted, format_count};
use crate::session::{ReadingNote, decision};
use crate::table::Choice;
use crate::text::visible;
use crate::traffic::{ColumnChoices, ColumnSummary, Role};

/// Columns that are shown at first, and more each time that is asked for.
const SHOWN: usize = 50;

/// Columns from which on a search box is offered.
const SEARCH_FROM: usize = 16;

/// What a list says for what the page finds by itself.
const BY_ITSELF: &str = "";

/// What a list says for a column without a part.
const NO_ROLE: &str = "none";

/// The table *How each column is read*.
#[component]
pub(super) fn Columns() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let search = RwSignal::new(String::new());
    let n_shown = RwSignal::new(SHOWN);
    let n_columns = move || {
        let overview = analyst.overview.get();
        overview.map_or(0, |overview| overview.columns.len())
    };
    let found = move || {
        let wanted = search.get().to_lowercase();
        let overview = analyst.overview.get();
        let columns = overview.iter().flat_map(|overview| {
            let places = 0..overview.columns.len();
            places.filter(|&i| overview.columns[i].name.to_lowercase().contains(&wanted))
        });
        columns.collect::<Vec<usize>>()
    };
    let rows = move || {
        let overview = analyst.overview.get();
        overview.map(|overview| {
            found()
                .into_iter()
                .take(n_shown.get())
                .filter_map(|i| {
                    let column = overview.columns.get(i)?;
                    let decision = decision(&overview, column);
                    Some(view! { <ColumnRow place=i column=column.clone() decision/> })
                })
                .collect_view()
        })
    };
    let n_left = move || found().len().saturating_sub(n_shown.get());
    view! {
        <div class="columns" data-testid="columns">
            <h3 id="columns-title">"How each column is read"</h3>
            <HeaderChoice/>
            <Show when=move || { n_columns() >= SEARCH_FROM }>
                <input
                    type="search"
                    aria-label="Search columns"
                    placeholder="Search columns"
                    data-testid="columns-search"
                    prop:value=move || search.get()
                    on:input=move |event| {
                        search.set(event_target_value(&event));
                        n_shown.set(SHOWN);
                    }
                />
            </Show>
            <div class="table-box" tabindex="0" role="region" aria-labelledby="columns-title">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Column"</th>
                            <th scope="col">"Holds"</th>
                            <th scope="col">"Decision"</th>
                            <th scope="col">"Read as"</th>
                            <th scope="col">"Part"</th>
                            <th scope="col" class="number">"Missing"</th>
                            <th scope="col" class="number">"Malformed"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <Show when=move || { n_left() > 0 }>
                <button type="button" class="button" on:click=move |_| n_shown.update(|n| *n += SHOWN)>
                    {move || format!("Show more ({} left)", format_count(n_left() as u64))}
                </button>
            </Show>
            <Apply/>
        </div>
    }
}

/// Whether the first line of the table is its header.
#[component]
fn HeaderChoice() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let chosen = move || match analyst.form.with(|form| form.columns.has_header) {
        None => BY_ITSELF,
        Some(true) => "on",
        Some(false) => "off",
    };
    let choose = move |event| {
        let has_header = match event_target_value(&event).as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        analyst
            .form
            .update(|form| form.columns.has_header = has_header);
    };
    view! {
        <label class="tool">
            <span>"First line of the table"</span>
            <select data-testid="setting-header" prop:value=chosen on:change=choose>
                <option value=BY_ITSELF selected=move || chosen() == BY_ITSELF>"As its cells say"</option>
                <option value="on" selected=move || chosen() == "on">"Is the header"</option>
                <option value="off" selected=move || chosen() == "off">"Is a row: number the columns"</option>
            </select>
        </label>
    }
}

/// Whether what is chosen for columns differs from how the log was read.
fn is_changed(analyst: Analyst) -> bool {
    let applied = |choices: &ColumnChoices| {
        analyst.applied.with(|applied| {
            let applied = applied.as_ref().map(|applied| &applied.columns);
            applied.unwrap_or(&ColumnChoices::default()) == choices
        })
    };
    !analyst.form.with(|form| applied(&form.columns))
}

/// Reads the file again as chosen, or takes the choices back.
#[component]
fn Apply() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let changed = Memo::new(move |_| is_changed(analyst));
    let is_chosen = Memo::new(move |_| analyst.form.with(|form| !form.columns.is_empty()));
    let n_chosen = move || {
        analyst.form.with(|form| {
            let readings = form.columns.readings.len();
            readings + form.columns.roles.len() + usize::from(form.columns.has_header.is_some())
        })
    };
    view! {
        <div class="columns-actions">
            <button
                type="button"
                class="button is-primary is-small"
                data-testid="columns-apply"
                aria-disabled=move || (!changed.get() || is_busy(analyst)).to_string()
                on:click=move |_| if changed.get_untracked() && !is_busy(analyst) { analyst.rerun() }
            >
                "Read the file again"
            </button>
            <button
                type="button"
                class="button is-small"
                data-testid="columns-undo"
                aria-disabled=move || (!changed.get()).to_string()
                on:click=move |_| {
                    let applied = analyst.applied.with_untracked(|applied| applied.as_ref().map(|applied| applied.columns.clone()));
                    analyst.form.update(|form| form.columns = applied.unwrap_or_default());
                }
            >
                "Undo changes"
            </button>
            <button
                type="button"
                class="button is-small"
                data-testid="columns-reset"
                aria-disabled=move || (!is_chosen.get()).to_string()
                on:click=move |_| analyst.form.update(|form| form.columns = ColumnChoices::default())
            >
                "Forget all choices"
            </button>
            <p class="caption" aria-live="polite">
                {move || match (changed.get(), n_chosen()) {
                    (true, _) => "Changed since the file was read.".to_owned(),
                    (false, 0) => String::new(),
                    (false, n) => format!("{} in force.", counted(n as u64, "choice")),
                }}
            </p>
        </div>
    }
}

#[component]
fn ColumnRow(
    /// Where the column stands, from 0.
    place: usize,
    column: ColumnSummary,
    /// How its cells are read, in words.
    decision: String,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let name = StoredValue::new(column.name.clone());
    let chosen_reading = move || {
        let choice = analyst
            .form
            .with(|form| name.with_value(|name| form.columns.readings.get(name).copied()));
        choice.map_or(BY_ITSELF, Choice::name)
    };
    let choose_reading = move |event| {
        let choice = Choice::named(&event_target_value(&event));
        let name = name.get_value();
        analyst.form.update(|form| {
            match choice {
                Some(choice) => form.columns.readings.insert(name, choice),
                None => form.columns.readings.remove(&name),
            };
        });
    };
    let chosen_role = move || {
        let role = analyst
            .form
            .with(|form| name.with_value(|name| form.columns.roles.get(name).copied()));
        match role {
            None => BY_ITSELF,
            Some(role) => role.map_or(NO_ROLE, Role::key),
        }
    };
    let choose_role = move |event| {
        let key = event_target_value(&event);
        let name = name.get_value();
        analyst.form.update(|form| {
            let roles = &mut form.columns.roles;
            match key.as_str() {
                BY_ITSELF => roles.remove(&name),
                key => roles.insert(name, Role::named(key)),
            };
        });
    };
    let shown_name = visible(column.name.clone());
    let found_role = column.role.map_or("no part", Role::name);
    let readings = Choice::ALL
        .map(|(choice, key, words)| view! { <option value=key selected=move || chosen_reading() == choice.name()>{words}</option> });
    let roles = Role::ALL
        .map(|role| view! { <option value=role.key() selected=move || chosen_role() == role.key()>{role.name()}</option> });
    view! {
        <tr>
            <th scope="row">{shown_name.clone()}</th>
            <td>{column.kind.clone()}</td>
            <td class="decision">{visible(decision)}</td>
            <td>
                <select
                    aria-label=format!("How {shown_name} is read")
                    data-testid=format!("column-reading-{place}")
                    prop:value=chosen_reading
                    on:change=choose_reading
                >
                    <option value=BY_ITSELF selected=move || chosen_reading() == BY_ITSELF>"By its cells"</option>
                    {readings}
                </select>
            </td>
            <td>
                <select
                    aria-label=format!("Part that {shown_name} plays")
                    data-testid=format!("column-role-{place}")
                    prop:value=chosen_role
                    on:change=choose_role
                >
                    <option value=BY_ITSELF selected=move || chosen_role() == BY_ITSELF>{format!("By itself: {found_role}")}</option>
                    <option value=NO_ROLE selected=move || chosen_role() == NO_ROLE>"None"</option>
                    {roles}
                </select>
            </td>
            <td class="number">{format_count(column.missing.count)}</td>
            <td class="number">{format_count(column.malformed.tally.count)}</td>
        </tr>
    }
}

/// A note on how a column is read, with a button that reads it otherwise.
#[component]
pub(super) fn ReadingItem(note: ReadingNote) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let ReadingNote {
        column,
        text,
        switch,
    } = note;
    let button = switch.map(|(choice, words)| {
        let read_otherwise = move |_| {
            if is_busy(analyst) {
                return;
            }
            let column = column.clone();
            analyst.form.update(|form| {
                form.columns.readings.insert(column, choice);
            });
            analyst.rerun();
        };
        view! {
            " "
            <button type="button" class="button is-small" data-testid="note-switch" aria-disabled=move || is_busy(analyst).to_string() on:click=read_otherwise>
                {words}
            </button>
        }
    });
    view! { <li>{visible(text)}{button}</li> }
}
