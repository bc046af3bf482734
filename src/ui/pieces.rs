//! Long lists of which only a piece is in the document: thousands of rows or options at once would hold up the page.

use leptos::prelude::*;

use crate::browser::tasks;
use crate::charts::format::format_count;
use crate::text::visible;

/// Items that are shown at first, and so many more each time that is asked for.
pub(super) const PIECE: usize = 100;

/// Options that are put into a list in one task.
const OPTIONS_AT_ONCE: usize = 200;

/// The button that shows more of a list, as long as there is more.
#[component]
pub(super) fn ShowMore(
    /// How many items are shown.
    n_shown: RwSignal<usize>,
    /// How many there are.
    #[prop(into)]
    total: Signal<usize>,
    /// How many more it shows.
    #[prop(default = PIECE)]
    piece: usize,
) -> impl IntoView {
    let n_left = move || total.get().saturating_sub(n_shown.get());
    view! {
        <Show when=move || { n_left() > 0 }>
            <button type="button" class="button is-small more" data-testid="show-more" on:click=move |_| n_shown.update(|n| *n += piece)>
                {move || format!("Show {} more of {}", format_count(n_left().min(piece) as u64), format_count(total.get() as u64))}
            </button>
        </Show>
    }
}

/// The choice of a column among many. Few options are there at once; the others come, some in each task, when somebody is
/// about to choose.
#[component]
pub(super) fn ColumnChoice(
    /// `data-testid`.
    test_id: &'static str,
    /// The columns.
    #[prop(into)]
    names: Signal<Vec<String>>,
    /// The one that is chosen.
    #[prop(into)]
    chosen: Signal<Option<String>>,
    /// Told which one to choose.
    choose: Callback<String>,
    /// What the first option says, which stands for no column.
    #[prop(optional)]
    none: Option<&'static str>,
) -> impl IntoView {
    let n_built = RwSignal::new(OPTIONS_AT_ONCE);
    let options = move || {
        let chosen = chosen.get();
        names.with(|names| {
            let (first, beyond) = names.split_at(names.len().min(n_built.get()));
            // the chosen one is always there
            let beyond = (first.len()..).zip(beyond);
            let chosen = beyond.filter(|(_, name)| chosen.as_ref() == Some(name));
            let options = first.iter().enumerate().chain(chosen);
            // of equal names each has its option
            let options = options.map(|(place, name)| (place, name.clone()));
            options.collect::<Vec<(usize, String)>>()
        })
    };
    let build = move || {
        let is_left = move || names.with_untracked(Vec::len) > n_built.get_untracked();
        if is_left() && n_built.get_untracked() == OPTIONS_AT_ONCE {
            build_more(n_built, names);
        }
    };
    view! {
        <select
            data-testid=test_id
            on:focus=move |_| build()
            on:pointerdown=move |_| build()
            on:change=move |event| choose.run(event_target_value(&event))
        >
            {none.map(|text| view! { <option value="" prop:selected=move || chosen.with(|chosen| chosen.as_ref().is_none_or(String::is_empty))>{text}</option> })}
            <For
                each=options
                key=|option| option.clone()
                children=move |(_, name)| {
                    let column = name.clone();
                    let is_chosen = move || chosen.with(|chosen| chosen.as_ref() == Some(&column));
                    view! { <option value=name.clone() prop:selected=is_chosen>{visible(name.clone())}</option> }
                }
            />
        </select>
    }
}

/// Puts more options in, until all are there or the list is gone.
fn build_more(n_built: RwSignal<usize>, names: Signal<Vec<String>>) {
    tasks::later(move || {
        let n_before = n_built.try_get_untracked();
        let total = names.try_with_untracked(Vec::len);
        if let (Some(n_before), Some(total)) = (n_before, total)
            && n_before < total
        {
            n_built.set(n_before + OPTIONS_AT_ONCE);
            build_more(n_built, names);
        }
    });
}
