//! What every chart has around it: heading, controls, its data as a table.

use leptos::prelude::*;

use super::live::{Live, Surface};
use crate::charts::{DataTable, Region};
use crate::text::visible;

/// Rows of a data table in the document at most.
const MAX_ROWS: usize = 500;

/// A chart with its heading, controls beside it, and its data as a table.
#[component]
pub(in crate::ui) fn ChartCard(
    /// What the chart is called.
    title: &'static str,
    /// Controls beside the heading.
    #[prop(optional, into)]
    tools: ViewFn,
    /// What the chart shows, in a sentence or two.
    #[prop(into)]
    description: Signal<String>,
    /// Its data. Tracked, and only asked for while it is open.
    table: impl Fn() -> Option<DataTable> + Send + Sync + 'static,
    /// The chart.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card chart-card" aria-label=title>
            <div class="card-head">
                <h2>{title}</h2>
                <div class="tools">{tools.run()}</div>
            </div>
            {children()}
            <ChartData title description table/>
        </section>
    }
}

/// A chart whose places can be selected, as a card.
#[component]
pub(super) fn LiveCard<S: Surface>(
    /// What it is called.
    title: &'static str,
    /// `data-testid` of the layer that takes pointer and keys.
    test_id: &'static str,
    /// How the keys work, in a sentence.
    help: &'static str,
    /// Controls beside the heading.
    #[prop(optional, into)]
    tools: ViewFn,
    /// What stands below the chart.
    #[prop(optional, into)]
    foot: ViewFn,
    /// Whether it is higher than others.
    #[prop(optional)]
    is_tall: bool,
    /// What the chart shows, in a sentence or two.
    description: Signal<String>,
    /// Its data. Tracked, and only asked for while it is open.
    table: impl Fn() -> Option<DataTable> + Send + Sync + 'static,
    /// Where the places lie.
    surface: Signal<Option<S>>,
    /// Returns what is selected. Tracked.
    selected: impl Fn(&S) -> Vec<Region> + Send + Sync + 'static,
    /// Told which places are selected, from the first one to the last; nothing gives the selection up.
    select: impl Fn(Option<(S::Place, S::Place)>) + Send + Sync + 'static,
    /// Width and height of the chart, in CSS pixels.
    size: RwSignal<(i32, i32)>,
    /// The chart.
    children: Children,
) -> impl IntoView {
    view! {
        <ChartCard title tools description table>
            <div class="plot" class:is-tall=is_tall>
                <Live test_id label=title help surface selected select size>
                    {children()}
                </Live>
            </div>
            {foot.run()}
        </ChartCard>
    }
}

/// What a chart shows in words, and its data as a table.
#[component]
pub(super) fn ChartData(
    /// What the chart is called.
    #[prop(into)]
    title: String,
    /// What it shows.
    description: Signal<String>,
    /// Its data. Tracked, and only asked for while it is open.
    table: impl Fn() -> Option<DataTable> + Send + Sync + 'static,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let table = move || is_open.get().then(&table).flatten();
    let label = format!("Data of the chart {title}");
    view! {
        <details class="data" on:toggle=move |event| is_open.set(is_details_open(&event))>
            <summary aria-label=label.clone()>"Data"</summary>
            <p class="caption">{move || visible(description.get())}</p>
            {move || table().map(|table| view! { <Table label=label.clone() table/> })}
        </details>
    }
}

#[component]
fn Table(label: String, table: DataTable) -> impl IntoView {
    let DataTable {
        caption,
        headings,
        rows,
    } = table;
    let n_left_out = rows.len().saturating_sub(MAX_ROWS);
    let row = |cells: Vec<String>| {
        let mut cells = cells.into_iter();
        let first = cells.next();
        view! {
            <tr>
                <th scope="row">{first}</th>
                {cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}
            </tr>
        }
    };
    view! {
        <p class="caption">{caption}</p>
        <div class="table-box data-box" role="region" tabindex="0" aria-label=label>
            <table class="statistics">
                <thead>
                    <tr>{headings.into_iter().map(|heading| view! { <th scope="col">{heading}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{rows.into_iter().take(MAX_ROWS).map(row).collect_view()}</tbody>
            </table>
        </div>
        {(n_left_out > 0).then(|| view! { <p class="caption">{format!("{n_left_out} more rows are not listed.")}</p> })}
    }
}

/// Whether the disclosure that an event comes from is open.
fn is_details_open(event: &web_sys::Event) -> bool {
    event_target::<web_sys::HtmlDetailsElement>(event).open()
}
