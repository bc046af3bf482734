//! Sessions grouped by source, country, rule, protocol and the like.

use std::sync::Arc;

use leptos::prelude::*;

use super::Analyst;
use super::table::{Cells, Heading, VirtualTable};
use crate::charts::format::{counted, format_bytes, format_count};
use crate::report::{Group, GroupTable};

/// Rows of a group table in view.
const N_SHOWN: usize = 8;

/// One card a column.
#[component]
pub(super) fn Groups(groups: Vec<GroupTable>) -> impl IntoView {
    view! {
        <div class="cards" data-testid="groups">
            {groups.into_iter().enumerate().map(|(place, table)| view! { <GroupCard table place/> }).collect_view()}
        </div>
    }
}

#[component]
fn GroupCard(table: GroupTable, place: usize) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let title = match table.role {
        Some(role) => format!("By {}", role.name()),
        None => format!("By {}", table.column),
    };
    let heading = |title: &str, width_ch, is_number| Heading {
        title: title.to_owned(),
        width_ch,
        is_number,
    };
    let longest = table
        .groups
        .iter()
        .filter_map(|group| group.name.as_ref())
        .map(|name| name.chars().count())
        .max();
    let mut headings = vec![
        heading(&table.column, longest.unwrap_or(0).clamp(10, 26), false),
        heading("Sessions", 8, true),
        heading("Flagged", 7, true),
        heading("Share", 6, true),
    ];
    if table.has_bytes {
        headings.push(heading("Bytes", 9, true));
    }
    let caption = match table.n_unlisted {
        0 => format!(
            "{} in {}",
            counted(table.groups.len() as u64, "value"),
            table.column
        ),
        n => format!(
            "{} in {}; {} more not listed",
            counted(table.groups.len() as u64, "value"),
            table.column,
            format_count(n)
        ),
    };
    let n_rows = table.groups.len();
    let has_bytes = table.has_bytes;
    let cells: Cells = Arc::new(move |i| {
        // the groups are those of the table, but their order and flags follow the threshold
        analyst.report.with(|report| {
            let group = report.as_ref()?.groups.get(place)?.groups.get(i)?;
            Some(group_cells(group, has_bytes))
        })
    });
    view! {
        <section class="card">
            <h3>{title.clone()}</h3>
            <p class="caption">{caption}</p>
            <VirtualTable label=title headings n_rows n_shown=N_SHOWN cells on_view=|_| ()/>
        </section>
    }
}

fn group_cells(group: &Group, has_bytes: bool) -> Vec<String> {
    let mut cells = vec![
        group.name.clone().unwrap_or_else(|| "(none)".to_owned()),
        format_count(group.n_sessions),
        format_count(group.n_flagged),
        group.flagged_share(),
    ];
    if has_bytes {
        cells.push(format_bytes(group.bytes));
    }
    cells
}
