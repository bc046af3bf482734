//! Sessions grouped by source, country, rule, protocol and the like: selecting groups filters the other views.

use leptos::html::Div;
use leptos::prelude::*;

use super::Analyst;
use super::analyst::Profiled;
use super::near::{follow, watch_in_view};
use super::views::Later;
use crate::charts::format::{format_bytes, format_count};
use crate::filter::View;
use crate::report::{Group, GroupTable, SourcesBy};
use crate::session::chips::{Value, is_selected};
use crate::session::profile;
use crate::session::{GroupOrder, SOURCES_BY, Shown};
use crate::text::visible;
use crate::traffic::Role;

/// Groups listed at first.
const N_SHOWN: usize = 8;

/// How many more groups are listed at a time.
const N_MORE: usize = 50;

/// The cards of all columns with groups.
#[component]
pub(super) fn Groups(
    /// Where they take their parts from. Tracked.
    #[prop(into)]
    shown: Signal<Option<Shown>>,
    /// Whether groups can be selected and opened, or are only shown.
    #[prop(optional)]
    is_still: bool,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let is_in_view = RwSignal::new(false);
    watch_in_view(node, is_in_view);
    let shown: Signal<Option<Shown>> = follow(shown, is_in_view).into();
    let columns = Memo::new(move |_| {
        shown.with(|shown| {
            let tables = shown.as_ref().map(Shown::groups).unwrap_or_default();
            tables
                .iter()
                .map(|table| (table.column.clone(), table.role))
                .collect::<Vec<_>>()
        })
    });
    view! {
        <div class="cards" data-testid=(!is_still).then_some("groups") node_ref=node>
            <For
                each=move || columns.get()
                key=|column| column.clone()
                children=move |(column, role)| {
                    // all cards in one task would hold up the page for longer than a frame or two
                    view! { <Later><GroupCard shown column=column.clone() role is_still/></Later> }
                }
            />
        </div>
    }
}

/// A group as it stands in its row.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    value: Value,
    n_sessions: u64,
    n_flagged: u64,
    share: String,
    bytes: Option<String>,
    /// Its sessions and the suspicious of them, in thousandths of the largest group.
    bars: (u64, u64),
}

impl Row {
    fn of(group: &Group, table: &GroupTable, is_by_network: bool, most: u64) -> Row {
        let thousandths = |n: u64| (1000 * n).div_ceil(most.max(1));
        Row {
            value: Value::of_group(group.name.clone(), is_by_network),
            n_sessions: group.n_sessions,
            n_flagged: group.n_flagged,
            share: group.flagged_share(),
            bytes: table.has_bytes.then(|| format_bytes(group.bytes)),
            bars: (
                thousandths(group.n_sessions - group.n_flagged.min(group.n_sessions)),
                thousandths(group.n_flagged),
            ),
        }
    }
}

#[component]
fn GroupCard(
    shown: Signal<Option<Shown>>,
    column: String,
    role: Option<Role>,
    is_still: bool,
) -> impl IntoView {
    let title = match role {
        Some(role) => format!("By {}", role.name()),
        None => visible(format!("By {column}")),
    };
    let order = RwSignal::new(None::<(GroupOrder, bool)>);
    let n_listed = RwSignal::new(N_SHOWN);
    let name = column.clone();
    let of_table = move |of: &mut dyn FnMut(&GroupTable, SourcesBy)| {
        shown.with(|shown| {
            let Some(shown) = shown else { return };
            let mut tables = shown.groups().iter();
            if let Some(table) = tables.find(|table| table.column == name) {
                of(table, shown.sources_by());
            }
        });
    };
    let rows = {
        let of_table = of_table.clone();
        Memo::new(move |_| {
            let mut rows = Vec::new();
            of_table(&mut |table, sources_by| {
                let is_by_network =
                    role == Some(Role::SourceIp) && sources_by != SourcesBy::Address;
                let most = table.groups.iter().map(|group| group.n_sessions).max();
                let places = match order.get() {
                    Some((order, is_descending)) => order.places(&table.groups, is_descending),
                    None => (0..table.groups.len()).collect(),
                };
                let listed = places.into_iter().take(n_listed.get());
                rows = listed
                    .map(|place| &table.groups[place])
                    .map(|group| Row::of(group, table, is_by_network, most.unwrap_or(0)))
                    .collect();
            });
            rows
        })
    };
    let counts = {
        let of_table = of_table.clone();
        Memo::new(move |_| {
            let mut counts = (0, 0, false);
            of_table(&mut |table, _| {
                counts = (table.groups.len() as u64, table.n_unlisted, table.has_bytes);
            });
            counts
        })
    };
    let caption = {
        let column = column.clone();
        move || {
            let (n_groups, n_unlisted, _) = counts.get();
            let values = if n_groups == 1 { "value" } else { "values" };
            let mut text = format!("{} {values} in {column}", format_count(n_groups));
            if n_unlisted > 0 {
                text += &format!("; {} more are not listed", format_count(n_unlisted));
            }
            visible(text)
        }
    };
    let has_bytes = move || counts.get().2;
    let has_addresses = matches!(role, Some(Role::SourceIp | Role::DestinationIp));
    let n_hidden = move || counts.get().0.saturating_sub(n_listed.get() as u64);
    let row = {
        let column = column.clone();
        move |row: Row| {
            let value = row.value.clone();
            // with other figures it stays the same row, and keeps the focus
            let row = Memo::new(move |before: Option<&Row>| {
                let value = &before.unwrap_or(&row).value;
                rows.with(|rows| rows.iter().find(|row| row.value == *value).cloned())
                    .unwrap_or_else(|| before.unwrap_or(&row).clone())
            });
            view! { <GroupRow row value column=column.clone() role is_still/> }
        }
    };
    let (card_title, heading_title) = (title.clone(), title.clone());
    let box_title = format!("{title}, all values");
    let heading = move |by: GroupOrder, title: &'static str, is_number: bool| {
        view! { <Heading order by title is_number/> }
    };
    view! {
        <section class="card group-card" aria-label=card_title>
            <div class="card-head">
                <h3>{heading_title}</h3>
                {(role == Some(Role::SourceIp) && !is_still).then(|| view! { <SourcesByField/> })}
            </div>
            <p class="caption">{caption}</p>
            <div class="table-box" role="region" tabindex="0" aria-label=box_title>
                <table class="groups" class:has-addresses=has_addresses aria-label=title>
                    <thead>
                        <tr>
                            {heading(GroupOrder::Name, "Value", false)}
                            {heading(GroupOrder::Sessions, "Sessions", true)}
                            {heading(GroupOrder::Flagged, "Flagged", true)}
                            {heading(GroupOrder::Share, "Share", true)}
                            {move || has_bytes().then(|| heading(GroupOrder::Bytes, "Bytes", true))}
                            {(!is_still && role.is_some()).then(|| view! { <td></td> })}
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || rows.get() key=|row| row.value.clone() children=row/>
                    </tbody>
                </table>
            </div>
            <Show when=move || { n_hidden() > 0 }>
                <button type="button" class="button is-small more" on:click=move |_| n_listed.update(|n| *n += N_MORE)>
                    {move || format!("Show {} more", format_count(n_hidden().min(N_MORE as u64)))}
                </button>
            </Show>
        </section>
    }
}

/// The heading of a column, which orders the groups by it.
#[component]
fn Heading(
    order: RwSignal<Option<(GroupOrder, bool)>>,
    by: GroupOrder,
    title: &'static str,
    is_number: bool,
) -> impl IntoView {
    let direction = move || match order.get() {
        Some((of, is_descending)) if of == by => Some(is_descending),
        _ => None,
    };
    let sort = move |_| {
        order.update(|order| {
            *order = Some(match *order {
                Some((of, is_descending)) if of == by => (by, !is_descending),
                _ => (by, by.is_descending_at_first()),
            });
        });
    };
    let aria_sort = move || {
        direction().map(|is_descending| {
            if is_descending {
                "descending"
            } else {
                "ascending"
            }
        })
    };
    let arrow = move || match direction() {
        Some(true) => "↓",
        Some(false) => "↑",
        None => "",
    };
    view! {
        <th scope="col" class:number=is_number aria-sort=aria_sort>
            <button type="button" class="sort" on:click=sort>{title}<span aria-hidden="true">{arrow}</span></button>
        </th>
    }
}

#[component]
fn GroupRow(
    row: Memo<Row>,
    value: Value,
    column: String,
    role: Option<Role>,
    is_still: bool,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let made_in = View::Groups(column.clone());
    let name = visible(value.name());
    let bar = move |of: fn((u64, u64)) -> u64| {
        move || format!("{:.1}%", row.with(|row| of(row.bars)) as f64 / 10.0)
    };
    let bars = view! {
        <span class="share-bars" aria-hidden="true">
            <span class="share-bar is-flagged" style:width=bar(|bars| bars.1)></span>
            <span class="share-bar" style:width=bar(|bars| bars.0)></span>
        </span>
    };
    let is_pressed = {
        let (made_in, column, value) = (made_in.clone(), column.clone(), value.clone());
        Memo::new(move |_| {
            analyst
                .conditions
                .with(|conditions| is_selected(conditions, &made_in, &column, &value))
        })
    };
    let tip = name.clone();
    let first = if is_still {
        view! { <span class="group-name" title=tip>{name.clone()}</span>{bars} }.into_any()
    } else {
        let (column, value) = (column.clone(), value.clone());
        view! {
            <button
                type="button"
                class="group-name"
                title=tip
                aria-pressed=move || is_pressed.get().to_string()
                on:click=move |_| analyst.toggle(&made_in, &column, &value)
            >
                <span class="tick" aria-hidden="true"></span>
                {name.clone()}
            </button>
            {bars}
        }
        .into_any()
    };
    let profile = (!is_still && role.is_some()).then(|| {
        let label = format!("Profile of {name}");
        let subject = role.and_then(|role| profile::subject(role, &value));
        let mark = subject.map(|subject| {
            let label = format!("Mark {name} as known");
            view! {
                <button
                    type="button"
                    class="button is-tiny"
                    data-testid="group-known"
                    aria-label=label
                    title="Mark as known: put it on the allow-list"
                    on:click=move |_| analyst.mark_known(subject.clone())
                >
                    <span aria-hidden="true">"✓"</span>
                </button>
            }
        });
        let profiled = Profiled { column, value };
        view! {
            <td class="number group-tools">
                {mark}
                <button
                    type="button"
                    class="button is-tiny"
                    data-testid="profile"
                    aria-label=label
                    title="Profile: everything about this value"
                    on:click=move |_| analyst.looking.profiled.set(Some(profiled.clone()))
                >
                    <span class="info" aria-hidden="true">"i"</span>
                </button>
            </td>
        }
    });
    view! {
        <tr class:is-selected=move || is_pressed.get()>
            <th scope="row">{first}</th>
            <td class="number">{move || row.with(|row| format_count(row.n_sessions))}</td>
            <td class="number" class:is-flagged=move || row.with(|row| row.n_flagged != 0)>{move || row.with(|row| format_count(row.n_flagged))}</td>
            <td class="number">{move || row.with(|row| row.share.clone())}</td>
            {move || row.with(|row| row.bytes.clone()).map(|bytes| view! { <td class="number">{bytes}</td> })}
            {profile}
        </tr>
    }
}

/// How sources are grouped.
#[component]
fn SourcesByField() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let sources_by = analyst.looking.sources_by;
    let choose = move |event| {
        let chosen = event_target_value(&event);
        if let Some((_, _, by)) = SOURCES_BY.into_iter().find(|(name, _, _)| *name == chosen) {
            sources_by.set(by);
        }
    };
    view! {
        <label class="tool">
            <span class="visually-hidden">"Group sources by"</span>
            <select data-testid="sources-by" on:change=choose>
                {SOURCES_BY
                    .into_iter()
                    .map(|(name, title, by)| view! { <option value=name prop:selected=move || sources_by.get() == by>{title}</option> })
                    .collect_view()}
            </select>
        </label>
    }
}
