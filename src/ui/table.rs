//! A table of any length: only the rows in view are in the document.

use std::ops::Range;
use std::sync::Arc;

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::Div;
use leptos::prelude::*;

use crate::browser::page;
use crate::session::scroll::{ROW_CSS_PX, Scroll, Window};
use crate::text::visible;

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
    pub(super) opened: Signal<Option<usize>>,
    /// Told which row to open.
    pub(super) open: Callback<usize>,
}

/// How rows are ordered by a column.
#[derive(Clone)]
pub(super) struct Sorting {
    /// Of each column, whether rows can be ordered by it.
    pub(super) can: Vec<bool>,
    /// The column that rows are ordered by, and whether the largest comes first.
    pub(super) by: Signal<Option<(usize, bool)>>,
    /// Told which column to order by.
    pub(super) choose: Callback<usize>,
}

/// How cells and rows are selected and copied.
#[derive(Clone, Copy)]
pub(super) struct Picking {
    /// First and last row that are selected.
    pub(super) picked: RwSignal<Option<(usize, usize)>>,
    /// Told to copy the cell of a row and a column, or the selected rows.
    pub(super) copy: Callback<Option<(usize, usize)>>,
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
    /// Rows that room is kept for, of those shown at once: what stands below stays where it is when filters leave fewer.
    #[prop(optional, into)]
    n_kept: Signal<usize>,
    /// The cells.
    cells: Cells,
    /// Told which rows come into view.
    on_view: impl Fn(Range<usize>) + Send + Sync + 'static,
    /// Opens rows, by click or by Enter; arrow keys go from row to row.
    #[prop(optional)]
    opening: Option<Opening>,
    /// Orders rows by the heading that is clicked.
    #[prop(optional)]
    sorting: Option<Sorting>,
    /// Selects and copies.
    #[prop(optional)]
    picking: Option<Picking>,
) -> impl IntoView {
    let scroller = NodeRef::<Div>::new();
    // of all rows the keyboard stops at one, and there at one cell
    let stop = RwSignal::new(0_usize);
    let cell_stop = RwSignal::new(0_usize);
    // where a selection began
    let anchor = StoredValue::new(None::<usize>);
    let scroll_top = RwSignal::new(0_usize);
    let scroll = move || Scroll {
        n_rows: n_rows.get(),
        n_shown,
    };
    let window = Memo::new(move |_| scroll().window(scroll_top.get()));
    let view = Memo::new(move |_| window.with(|window| window.rows.clone()));
    Effect::new(move || on_view(view.get()));
    let top_of = |scroller: &web_sys::HtmlDivElement| {
        usize::try_from(scroller.scroll_top()).unwrap_or_default()
    };
    let on_scroll = move |_| {
        let Some(scroller) = scroller.get_untracked() else {
            return;
        };
        let top = top_of(&scroller);
        let Window { rows, .. } = untrack(scroll).window(top);
        // a row that leaves the document must not take the focus with it
        if !rows.contains(&stop.get_untracked()) && page::has_focus("tbody tr", &scroller) {
            page::focus_element(&scroller);
        }
        scroll_top.set(top);
    };
    let bring_into_view = move |row: usize| {
        let Some(scroller) = scroller.get_untracked() else {
            return;
        };
        if let Some(to) = untrack(scroll).reach(row, top_of(&scroller)) {
            scroller.set_scroll_top(i32::try_from(to).unwrap_or(i32::MAX));
            scroll_top.set(to);
        }
    };
    let opened = move || opening.and_then(|opening| opening.opened.get());
    Effect::new(move || {
        if let Some(row) = opened() {
            stop.set(row);
            bring_into_view(row);
        }
    });
    let go = move |to: usize, is_selecting: bool| {
        let Some(element) = scroller.get_untracked() else {
            return;
        };
        let from = stop.get_untracked();
        if let Some(picking) = picking {
            let began = is_selecting.then(|| anchor.get_value().unwrap_or(from));
            anchor.set_value(began);
            picking
                .picked
                .set(began.map(|began| (began.min(to), began.max(to))));
        }
        // the row may have to be drawn first: until then the box holds the focus, and its keys
        page::focus_element(&element);
        stop.set(to);
        bring_into_view(to);
        let selector = format!("tr[aria-rowindex='{}']", to + 2);
        request_animation_frame(move || {
            // of quick steps only the last takes the focus along
            if stop.try_get_untracked() == Some(to) {
                page::hand_focus_on(&element, &selector);
            }
        });
    };
    let n_columns = headings.len();
    let show_column = move |column: usize| {
        if let Some(scroller) = scroller.get_untracked() {
            page::show_sideways(&scroller, &format!("thead th:nth-child({})", column + 1));
        }
    };
    let go_to_cell = move |cell: usize| {
        cell_stop.set(cell);
        show_column(cell);
    };
    let on_key = move |event: KeyboardEvent| {
        let Some(opening) = opening else { return };
        let target = event.target();
        if target.is_some_and(|target| page::is_control(&target)) {
            return;
        }
        let (n_rows, at) = (n_rows.get_untracked(), stop.get_untracked());
        let Some(last) = n_rows.checked_sub(1) else {
            return;
        };
        let is_command = event.ctrl_key() || event.meta_key();
        let cell = cell_stop.get_untracked();
        match event.key().as_str() {
            "c" if is_command && !page::has_selection() => {
                if let Some(picking) = picking {
                    let is_picked = picking.picked.with_untracked(Option::is_some);
                    picking.copy.run((!is_picked).then_some((at, cell)));
                }
            }
            _ if event.alt_key() || is_command => return,
            "Enter" | " " => opening.open.run(at),
            "ArrowDown" => go((at + 1).min(last), event.shift_key()),
            "ArrowUp" => go(at.saturating_sub(1), event.shift_key()),
            "PageDown" => go((at + n_shown).min(last), event.shift_key()),
            "PageUp" => go(at.saturating_sub(n_shown), event.shift_key()),
            "Home" => go(0, event.shift_key()),
            "End" => go(last, event.shift_key()),
            "ArrowLeft" if picking.is_some() => go_to_cell(cell.saturating_sub(1)),
            "ArrowRight" if picking.is_some() => go_to_cell((cell + 1).min(n_columns - 1)),
            _ => return,
        }
        event.prevent_default();
    };
    let width: usize = headings.iter().map(|heading| heading.width_ch + 3).sum();
    let numbers: Arc<[bool]> = headings.iter().map(|heading| heading.is_number).collect();
    let row = move |i: usize| {
        let (cells, numbers) = (cells.clone(), numbers.clone());
        let is_stop = Memo::new(move |_| {
            let view = view.get();
            let at = stop
                .get()
                .clamp(view.start, view.end.max(view.start + 1) - 1);
            at == i
        });
        // a row that stays the same is not made anew
        let shown = Memo::new(move |_| cells(i));
        let content = move || {
            match shown.get() {
            Some(cells) => cells
                .into_iter()
                .enumerate()
                .map(|(column, cell)| {
                    let is_number = numbers.get(column).copied().unwrap_or(false);
                    let cell = visible(cell);
                    let tip = cell.clone();
                    let is_cell_stop =
                        move || picking.is_some() && is_stop.get() && cell_stop.get() == column;
                    let pick_cell = move |_| cell_stop.set(column);
                    view! { <td class:number=is_number class:is-stop=is_cell_stop title=tip on:click=pick_cell>{cell}</td> }
                })
                .collect_view()
                .into_any(),
            None => view! { <td class="pending" colspan=n_columns>"reading…"</td> }.into_any(),
        }
        };
        let tab_index = move || opening.map(|_| if is_stop.get() { "0" } else { "-1" });
        let is_picked = move || {
            let picked = picking.and_then(|picking| picking.picked.get());
            picked.is_some_and(|(first, last)| (first..=last).contains(&i))
        };
        let on_click = move |event: MouseEvent| {
            let Some(opening) = opening else { return };
            if event.shift_key() {
                go(i, true);
            } else {
                if let Some(picking) = picking {
                    anchor.set_value(None);
                    picking.picked.set(None);
                }
                opening.open.run(i);
            }
        };
        view! {
            <tr
                aria-rowindex=i + 2
                class:can-open=opening.is_some()
                class:is-open=move || opened() == Some(i)
                class:is-picked=is_picked
                aria-current=move || (opened() == Some(i)).then_some("true")
                tabindex=tab_index
                on:focus=move |event| {
                    stop.set(i);
                    // a mouse takes a row where it is
                    if page::is_focus_shown(&event) {
                        show_column(cell_stop.get_untracked());
                    }
                }
                on:click=on_click
            >
                {content}
            </tr>
        }
    };
    let box_label = format!("{label}, all rows");
    let height_of =
        move |n_rows: usize| format!("{}px", n_rows.min(n_shown) * ROW_CSS_PX + ROW_CSS_PX + 14);
    let max_height = move || height_of(n_rows.get().max(n_kept.get()));
    let min_height = move || (n_kept.get() > 0).then(|| height_of(n_kept.get()));
    let heading = move |(i, heading): (usize, Heading)| {
        let title = visible(heading.title);
        let tip = title.clone();
        let sorting = sorting
            .clone()
            .filter(|sorting| sorting.can.get(i).copied().unwrap_or(false));
        let direction = {
            let by = sorting.as_ref().map(|sorting| sorting.by);
            move || {
                let (column, is_descending) = by?.get()?;
                (column == i).then_some(is_descending)
            }
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
        let content = match sorting {
            Some(sorting) => view! {
                <button type="button" class="sort" on:click=move |_| sorting.choose.run(i) on:focus=move |_| show_column(i)>
                    {title}
                    <span class="sort-mark" aria-hidden="true">
                        {move || direction().map(|is_descending| if is_descending { "▼" } else { "▲" })}
                    </span>
                </button>
            }
            .into_any(),
            None => title.into_any(),
        };
        view! { <th scope="col" class:number=heading.is_number aria-sort=aria_sort title=tip>{content}</th> }
    };
    let columns = headings
        .iter()
        .map(|heading| view! { <col style:width=format!("{}ch", heading.width_ch + 3)/> })
        .collect_view();
    let above = move || format!("{}px", window.with(|window| window.above_css_px));
    let below = move || format!("{}px", window.with(|window| window.below_css_px));
    view! {
        <div
            class="table-box"
            role="region"
            tabindex="0"
            aria-label=box_label
            node_ref=scroller
            on:scroll=on_scroll
            on:keydown=on_key
            style:max-height=max_height
            style:min-height=min_height
        >
            <table class="virtual" data-testid=test_id aria-label=label aria-rowcount=move || n_rows.get() + 1 style:min-width=format!("{width}ch")>
                <colgroup>{columns}</colgroup>
                <thead>
                    <tr aria-rowindex="1">{headings.into_iter().enumerate().map(heading).collect_view()}</tr>
                </thead>
                <tbody>
                    <tr class="spacer" aria-hidden="true">
                        <td colspan=n_columns style:height=above></td>
                    </tr>
                    <For each=move || view.get() key=|i| *i children=row/>
                    <tr class="spacer" aria-hidden="true">
                        <td colspan=n_columns style:height=below></td>
                    </tr>
                </tbody>
            </table>
        </div>
    }
}
