//! A table of any length: only the rows in view are in the document.

use std::ops::Range;
use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;

/// Height of a row in CSS pixels; the style sheet has the same.
const ROW_CSS_PX: usize = 30;

/// Rows kept in the document above and below those in view.
const OVERSCAN: usize = 10;

/// The heading of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heading {
    /// Its text.
    pub(super) title: String,
    /// Width in `ch`.
    pub(super) width_ch: usize,
    /// Whether its cells are numbers, set right-aligned.
    pub(super) is_number: bool,
}

/// The cells of a row by its index; `None` while they are being read. Tracked.
pub(super) type Cells = Arc<dyn Fn(usize) -> Option<Vec<String>> + Send + Sync>;

/// A table that scrolls in a box of its own.
#[component]
pub(super) fn VirtualTable(
    /// Name for screen readers.
    label: String,
    /// `data-testid`.
    #[prop(optional)]
    test_id: &'static str,
    /// The columns.
    headings: Vec<Heading>,
    /// Number of rows.
    #[prop(into)]
    n_rows: Signal<usize>,
    /// Rows shown at once, at most.
    n_shown: usize,
    /// The cells.
    cells: Cells,
    /// Told which rows come into view.
    on_view: impl Fn(Range<usize>) + Send + Sync + 'static,
) -> impl IntoView {
    let scroller = NodeRef::<Div>::new();
    let scroll_top = RwSignal::new(0_usize);
    let view = Memo::new(move |_| {
        let first = (scroll_top.get() / ROW_CSS_PX).saturating_sub(OVERSCAN);
        first..(first + n_shown + 2 * OVERSCAN).min(n_rows.get())
    });
    Effect::new(move || on_view(view.get()));
    let on_scroll = move |_| {
        if let Some(scroller) = scroller.get_untracked() {
            scroll_top.set(usize::try_from(scroller.scroll_top()).unwrap_or(0));
        }
    };
    let width: usize = headings.iter().map(|heading| heading.width_ch + 3).sum();
    let n_columns = headings.len();
    let numbers: Arc<[bool]> = headings.iter().map(|heading| heading.is_number).collect();
    let row = move |i: usize| {
        let (cells, numbers) = (cells.clone(), numbers.clone());
        let content = move || match cells(i) {
            Some(cells) => cells
                .into_iter()
                .enumerate()
                .map(|(column, cell)| {
                    let is_number = numbers.get(column).copied().unwrap_or(false);
                    let tip = cell.clone();
                    view! { <td class:number=is_number title=tip>{cell}</td> }
                })
                .collect_view()
                .into_any(),
            None => view! { <td class="pending" colspan=n_columns>"reading…"</td> }.into_any(),
        };
        view! { <tr aria-rowindex=i + 2>{content}</tr> }
    };
    let box_label = label.clone();
    let height = move || {
        format!(
            "{}px",
            n_rows.get().min(n_shown) * ROW_CSS_PX + ROW_CSS_PX + 14
        )
    };
    view! {
        <div
            class="table-box"
            role="region"
            tabindex="0"
            aria-label=box_label
            node_ref=scroller
            on:scroll=on_scroll
            style:max-height=height
        >
            <table class="virtual" data-testid=test_id aria-label=label aria-rowcount=move || n_rows.get() + 1 style:min-width=format!("{width}ch")>
                <colgroup>
                    {headings.iter().map(|heading| view! { <col style:width=format!("{}ch", heading.width_ch + 3)/> }).collect_view()}
                </colgroup>
                <thead>
                    <tr aria-rowindex="1">
                        {headings
                            .into_iter()
                            .map(|heading| {
                                let tip = heading.title.clone();
                                view! { <th scope="col" class:number=heading.is_number title=tip>{heading.title}</th> }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>
                    <tr class="spacer" aria-hidden="true">
                        <td colspan=n_columns style:height=move || format!("{}px", view.get().start * ROW_CSS_PX)></td>
                    </tr>
                    <For each=move || view.get() key=|i| *i children=row/>
                    <tr class="spacer" aria-hidden="true">
                        <td colspan=n_columns style:height=move || format!("{}px", (n_rows.get() - view.get().end) * ROW_CSS_PX)></td>
                    </tr>
                </tbody>
            </table>
        </div>
    }
}
