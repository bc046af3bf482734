//! A table of any length: only the rows in view are in the document.

use std::ops::Range;
use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

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

/// How rows open to their details.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    /// The row that is open, from 0.
    pub(super) opened: ReadSignal<Option<usize>>,
    /// Told which row to open.
    pub(super) open: Callback<usize>,
}

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
    /// Opens rows, by click or by Enter; arrow keys go from row to row.
    #[prop(optional)]
    opening: Option<Opening>,
) -> impl IntoView {
    let scroller = NodeRef::<Div>::new();
    // of all rows the keyboard stops at one
    let stop = RwSignal::new(0_usize);
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
    let opened = move || opening.and_then(|opening| opening.opened.get());
    Effect::new(move || {
        let (Some(row), Some(scroller)) = (opened(), scroller.get_untracked()) else {
            return;
        };
        stop.set(row);
        let top = row * ROW_CSS_PX;
        let above = usize::try_from(scroller.scroll_top()).unwrap_or(0);
        let height = usize::try_from(scroller.client_height()).unwrap_or(0);
        // the head covers one row
        if top < above || top + 2 * ROW_CSS_PX > above + height {
            scroller.set_scroll_top(i32::try_from(top).unwrap_or(i32::MAX));
        }
    });
    let on_key = move |i: usize, event: KeyboardEvent| {
        let Some(opening) = opening else { return };
        match event.key().as_str() {
            "Enter" | " " => opening.open.run(i),
            "ArrowDown" => focus_row(&event, Neighbour::Next),
            "ArrowUp" => focus_row(&event, Neighbour::Previous),
            _ => return,
        }
        event.prevent_default();
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
        let tab_index = move || {
            let view = view.get();
            let at = stop
                .get()
                .clamp(view.start, view.end.max(view.start + 1) - 1);
            opening.map(|_| if at == i { "0" } else { "-1" })
        };
        view! {
            <tr
                aria-rowindex=i + 2
                class:can-open=opening.is_some()
                class:is-open=move || opened() == Some(i)
                aria-current=move || (opened() == Some(i)).then_some("true")
                tabindex=tab_index
                on:focus=move |_| stop.set(i)
                on:click=move |_| {
                    if let Some(opening) = opening {
                        opening.open.run(i);
                    }
                }
                on:keydown=move |event| on_key(i, event)
            >
                {content}
            </tr>
        }
    };
    let box_label = format!("{label}, all rows");
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

/// The row before or after.
#[derive(Clone, Copy)]
enum Neighbour {
    Previous,
    Next,
}

/// Moves the focus from the row of an event to its neighbour, if that one can have it.
fn focus_row(event: &KeyboardEvent, neighbour: Neighbour) {
    let row = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let to = row.and_then(|row| match neighbour {
        Neighbour::Previous => row.previous_element_sibling(),
        Neighbour::Next => row.next_element_sibling(),
    });
    if let Some(to) = to.filter(|to| to.has_attribute("tabindex"))
        && let Ok(to) = to.dyn_into::<web_sys::HtmlElement>()
    {
        // what cannot be focused leaves the focus where it is
        let _ = to.focus();
    }
}
