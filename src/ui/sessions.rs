//! The table of sessions: suspicious ones or all, in any order, with filters, a choice of columns and copies.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::context::Provider;
use leptos::html;
use leptos::prelude::*;

use super::Analyst;
use super::near::{follow, watch_in_view};
use super::pieces::{ColumnChoice, PIECE, ShowMore};
use super::popover::Popover;
use super::table::{Cells, Heading, Opening, Picking, Sorting, VirtualTable};
use super::why::{Details, HowSure};
use crate::charts::format::format_count;
use crate::filter::{SCORE, View};
use crate::session::Finding;
use crate::session::sheet::{Listed, Separator, SheetColumn, Shows, sheet_cell, sheet_columns};
use crate::text::visible;

/// Sessions in view at once.
const N_SHOWN: usize = 15;

/// Columns that the table has at once: each cell of each row in view is in the document.
const MOST_COLUMNS: usize = 100;

/// The card of the table.
#[component]
pub(super) fn Sessions() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let sheet = analyst.sheet;
    let is_prompt = Memo::new(move |_| analyst.is_sheet_prompt());
    let analyst = analyst.showing(follow(analyst.report_here, is_prompt).into());
    Effect::new(move || {
        if let Some(report) = analyst.settled.get() {
            untrack(|| analyst.begin_insight(report));
        }
    });
    Effect::new(move || {
        analyst.report_here.track();
        analyst.conditions.track();
        analyst.zone.track();
        sheet.order.track();
        sheet.listed.track();
        untrack(|| analyst.list());
    });
    let node = NodeRef::<html::Section>::new();
    watch_in_view(node, sheet.is_in_view);
    let n_rows = Signal::derive(move || analyst.n_listed());
    let n_kept = Signal::derive(move || analyst.n_unfiltered());
    let columns = Memo::new(move |_| {
        let listed = sheet.listed.get();
        analyst.overview.with(|overview| {
            let overview = overview.as_ref();
            overview.map_or_else(Vec::new, |overview| sheet_columns(overview, listed))
        })
    });
    let shown = Memo::new(move |_| {
        let is_shown =
            |column: &SheetColumn| sheet.hidden.with(|hidden| !hidden.contains(&column.title));
        let columns = columns.get().into_iter().filter(is_shown);
        columns.take(MOST_COLUMNS).collect::<Vec<_>>()
    });
    let caption = move || {
        let n = format_count(n_rows.get() as u64);
        let many = if n_rows.get() == 1 {
            "session"
        } else {
            "sessions"
        };
        let what = match sheet.listed.get() {
            Listed::Suspicious => format!("{n} suspicious {many}"),
            Listed::All => format!("{n} {many}"),
        };
        let filtered = if analyst.conditions.with(Vec::is_empty) {
            ""
        } else {
            " after the filters"
        };
        format!(
            "{what}{filtered}. Click a row, or press Enter on it, to see why; click a heading to sort."
        )
    };
    view! {
        <Provider value=analyst>
            <section class="card" aria-label="Sessions" node_ref=node>
                <div class="sheet-head">
                    <h2>"Sessions"</h2>
                    <Switch/>
                </div>
                <p class="caption" data-testid="sessions-caption" aria-live="polite">{caption}</p>
                <Show when=move || analyst.report_here.with(|report| report.as_ref().is_some_and(|report| report.counts.n_flagged > 0 || report.silence.is_some()))>
                    <HowSure/>
                </Show>
                <div class="sheet-tools">
                    <Filters columns/>
                    <Columns columns/>
                    <Copies shown/>
                </div>
                <div class="with-details">
                    {move || view! { <SheetTable columns=shown.get() n_rows n_kept/> }}
                    <Details n_rows/>
                </div>
            </section>
        </Provider>
    }
}

/// Chooses between the suspicious sessions and all.
#[component]
fn Switch() -> impl IntoView {
    let sheet = expect_context::<Analyst>().sheet;
    let choice = move |listed: Listed, label: &'static str, test_id: &'static str| {
        let choose = move |_| {
            sheet.picked.set(None);
            sheet.listed.set(listed);
        };
        view! {
            <label class="check">
                <input type="radio" name="listed" data-testid=test_id prop:checked=move || sheet.listed.get() == listed on:change=choose/>
                {label}
            </label>
        }
    };
    view! {
        <fieldset class="switch">
            <legend class="visually-hidden">"Which sessions"</legend>
            {choice(Listed::Suspicious, "Suspicious only", "list-suspicious")}
            {choice(Listed::All, "All sessions", "list-all")}
        </fieldset>
    }
}

#[component]
fn SheetTable(
    columns: Vec<SheetColumn>,
    n_rows: Signal<usize>,
    /// How many rows there are without filters.
    n_kept: Signal<usize>,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let (insight, sheet) = (analyst.insight, analyst.sheet);
    let headings = columns
        .iter()
        .map(|column| Heading {
            title: column.title.clone(),
            width_ch: column.width_ch,
            is_number: column.is_number,
        })
        .collect();
    let columns: Arc<[SheetColumn]> = columns.into();
    let cells: Cells = {
        let columns = columns.clone();
        Arc::new(move |place| {
            let row = sheet.rows.with(|rows| rows.get(&place).cloned())?;
            let (why, seeds) = insight.words_of(row.row);
            let cell = |column: &SheetColumn| sheet_cell(column.shows, &row, &why, &seeds);
            Some(columns.iter().map(cell).collect())
        })
    };
    let sorting = {
        let (of_state, of_choice) = (columns.clone(), columns.clone());
        Sorting {
            can: columns
                .iter()
                .map(|column| column.order.is_some())
                .collect(),
            by: Signal::derive(move || {
                let order = sheet.order.get();
                let column = of_state
                    .iter()
                    .position(|column| column.order.as_ref() == Some(&order.by))?;
                Some((column, order.is_descending))
            }),
            choose: Callback::new(move |column: usize| {
                let by = of_choice
                    .get(column)
                    .and_then(|column| column.order.clone());
                if let Some(by) = by {
                    sheet.order_by(by);
                }
            }),
        }
    };
    let copy = {
        let columns = columns.clone();
        Callback::new(move |cell: Option<(usize, usize)>| match cell {
            None => analyst.copy_rows(columns.to_vec(), Separator::Tab),
            Some((place, column)) => {
                let row = sheet.rows.with_untracked(|rows| rows.get(&place).cloned());
                if let Some((row, column)) = row.zip(columns.get(column)) {
                    analyst.copy_cell(row, column.clone());
                }
            }
        })
    };
    view! {
        <VirtualTable
            label="Sessions".to_owned()
            test_id="flagged-table"
            headings
            n_rows
            n_shown=N_SHOWN
            n_kept
            cells
            on_view=move |places| untrack(|| analyst.list_view(places))
            opening=Opening {
                opened: sheet.place.into(),
                open: Callback::new(move |place| analyst.open_place(place)),
            }
            sorting
            picking=Picking { picked: sheet.picked, copy }
        />
    }
}

/// Adds a condition on a column, and takes those made here away.
#[component]
fn Filters(columns: Memo<Vec<SheetColumn>>) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let finding = RwSignal::new(Finding::default());
    // what the file keeps of a column can be searched
    let offered = move || {
        let can = |column: &SheetColumn| {
            column.order.is_some() && !matches!(column.shows, Shows::Rank | Shows::Line)
        };
        columns.get().into_iter().filter(can).collect::<Vec<_>>()
    };
    let name = |column: &SheetColumn| match column.shows {
        Shows::Score => SCORE.to_owned(),
        _ => column.title.clone(),
    };
    let is_number = move || {
        let chosen = finding.with(|finding| finding.column.clone());
        let mut columns = offered().into_iter();
        columns.any(|column| name(&column) == chosen && column.is_number)
    };
    let has_column = move || finding.with(|finding| !finding.column.is_empty());
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match untrack(|| finding.with(|finding| finding.parse(is_number()))) {
            Ok(condition) => {
                analyst.sheet.picked.set(None);
                analyst
                    .conditions
                    .update(|conditions| conditions.push(condition));
                finding.update(|finding| {
                    finding.text.clear();
                    finding.low.clear();
                    finding.high.clear();
                });
            }
            Err(problem) => analyst.refuse(problem),
        }
    };
    let n_own = move || {
        analyst.conditions.with(|conditions| {
            let own = conditions.iter();
            own.filter(|condition| condition.made_in == View::Table)
                .count()
        })
    };
    let clear = move |_| {
        analyst
            .conditions
            .update(|conditions| conditions.retain(|condition| condition.made_in != View::Table));
    };
    let field = move |label: &'static str,
                      test_id: &'static str,
                      of: fn(&mut Finding) -> &mut String| {
        view! {
            <label class="check">
                {label}
                <input
                    type="text"
                    class="is-filter"
                    data-testid=test_id
                    prop:value=move || finding.with(|finding| of(&mut finding.clone()).clone())
                    on:input=move |event| finding.update(|finding| *of(finding) = event_target_value(&event))
                />
            </label>
        }
    };
    view! {
        <form class="sheet-filters" aria-label="Filter the sessions" on:submit=add>
            <label class="check">
                "Filter"
                <ColumnChoice
                    test_id="filter-column"
                    names=Signal::derive(move || offered().iter().map(name).collect())
                    chosen=Signal::derive(move || finding.with(|finding| Some(finding.column.clone())))
                    choose=Callback::new(move |column| finding.update(|finding| finding.column = column))
                    none="choose a column"
                />
            </label>
            <Show when=has_column>
                {move || if is_number() {
                    view! {
                        {field("from", "filter-low", |finding| &mut finding.low)}
                        {field("to", "filter-high", |finding| &mut finding.high)}
                    }.into_any()
                } else {
                    field("contains", "filter-text", |finding| &mut finding.text).into_any()
                }}
                <button type="submit" class="button is-small" data-testid="filter-add">"Add filter"</button>
            </Show>
            <Show when=move || n_own() != 0>
                <button type="button" class="button is-small" data-testid="filter-clear" on:click=clear>
                    {move || match n_own() { 1 => "Clear 1 filter".to_owned(), n => format!("Clear {n} filters") }}
                </button>
            </Show>
        </form>
    }
}

/// Chooses the columns.
#[component]
fn Columns(columns: Memo<Vec<SheetColumn>>) -> impl IntoView {
    let sheet = expect_context::<Analyst>().sheet;
    let titles = move || {
        columns
            .get()
            .into_iter()
            .map(|column| column.title)
            .collect::<Vec<_>>()
    };
    let n_hidden = move || {
        let titles = titles();
        sheet.hidden.with(|hidden| {
            titles
                .iter()
                .filter(|title| hidden.contains(*title))
                .count()
        })
    };
    let n_beyond = move || {
        let n_chosen = columns.with(Vec::len) - n_hidden();
        n_chosen.saturating_sub(MOST_COLUMNS)
    };
    let summary = move || match n_hidden() + n_beyond() {
        0 => "Columns".to_owned(),
        n => format!("Columns ({} hidden)", format_count(n as u64)),
    };
    let search = RwSignal::new(String::new());
    let n_shown = RwSignal::new(PIECE);
    let found = Memo::new(move |_| {
        let wanted = search.read().to_lowercase();
        let titles = titles().into_iter();
        let is_wanted = |title: &String| title.to_lowercase().contains(&wanted);
        titles.filter(is_wanted).collect::<Vec<_>>()
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
    // one stays, so that there is a table
    let hide_all = move |_| {
        sheet
            .hidden
            .set(untrack(titles).into_iter().skip(1).collect())
    };
    let is_open = RwSignal::new(false);
    let choice = move |title: String| {
        let (of_state, of_change) = (title.clone(), title.clone());
        let change = move |event| {
            let is_shown = event_target_checked(&event);
            sheet.hidden.update(|hidden| {
                if is_shown {
                    hidden.remove(&of_change);
                } else {
                    hidden.insert(of_change.clone());
                }
            });
        };
        let is_shown = Memo::new(move |_| sheet.hidden.with(|hidden| !hidden.contains(&of_state)));
        view! {
            <label class="check">
                <input type="checkbox" prop:checked=is_shown on:change=change/>
                <bdi>{visible(title)}</bdi>
            </label>
        }
    };
    view! {
        <Popover class="columns" summary_class="button is-small" is_open summary=view! { {summary} }.into_any()>
            <div class="columns-box" role="group" aria-label="Columns" data-testid="columns-shown">
                <div class="small-buttons">
                    <button type="button" class="button is-small" data-testid="columns-all" on:click=move |_| sheet.hidden.update(BTreeSet::clear)>"All"</button>
                    <button type="button" class="button is-small" data-testid="columns-none" on:click=hide_all>"None"</button>
                </div>
                <Show when=move || { n_beyond() > 0 }>
                    <p class="caption">{format!("The table has the first {MOST_COLUMNS} of the columns chosen here. Choose None, then those that you want to see.")}</p>
                </Show>
                <Show when=move || columns.with(|columns| columns.len() > PIECE)>
                    <input
                        type="search"
                        aria-label="Search columns"
                        placeholder="Search"
                        prop:value=search
                        on:input=move |event| {
                            search.set(event_target_value(&event));
                            n_shown.set(PIECE);
                        }
                    />
                </Show>
                {move || is_open.get().then(|| shown().into_iter().map(choice).collect_view())}
                <ShowMore n_shown total=Signal::derive(move || found.with(Vec::len))/>
            </div>
        </Popover>
    }
}

/// Copies the selected rows.
#[component]
fn Copies(shown: Memo<Vec<SheetColumn>>) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let sheet = analyst.sheet;
    let button = move |separator: Separator, label: &'static str, test_id: &'static str| {
        let copy = move |_| analyst.copy_rows(shown.get_untracked(), separator);
        view! { <button type="button" class="button is-small" data-testid=test_id on:click=copy>{label}</button> }
    };
    let n_picked = move || {
        sheet
            .picked
            .get()
            .map_or(String::new(), |(first, last)| match last - first + 1 {
                1 => "1 row selected".to_owned(),
                n => format!("{} rows selected", format_count(n as u64)),
            })
    };
    view! {
        <div class="copies">
            <span aria-live="polite" data-testid="picked">{n_picked}</span>
            <Show when=move || sheet.picked.with(Option::is_some)>
                {button(Separator::Comma, "Copy as CSV", "copy-csv")}
                {button(Separator::Tab, "Copy as TSV", "copy-tsv")}
            </Show>
            <span class="caption" aria-live="polite" data-testid="copied">{move || sheet.said.get()}</span>
        </div>
    }
}
