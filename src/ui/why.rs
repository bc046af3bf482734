//! Why rows are flagged: what drives all flags, the details of one row, how sure the flags are.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html::Aside;
use leptos::prelude::*;

use super::analyst::{Profiled, Trying};
use super::cancel::Cancel;
use super::pieces::{PIECE, ShowMore};
use super::{Analyst, is_busy};
use crate::browser::page;
use crate::charts::format::format_count;
use crate::explain::stability::MAX_SEEDS;
use crate::filter::{Subject, SubjectKind, Verdict};
use crate::job::{Driver, Explanation, Part, Trial};
use crate::session::profile;
use crate::session::sheet::{Shows, derived_text, details_title, sheet_cell};
use crate::text::visible;
use crate::traffic::{ColumnSummary, Role};

/// What drives the flags of the whole result.
#[component]
pub(super) fn Drivers() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    // those of the result before stay until the new ones are known
    let is_late = analyst.insight.is_late;
    let content = move || {
        match analyst.insight.drivers.get() {
        None => view! { <p class="caption">{move || if is_late.get() { LOOKING } else { NOT_KNOWN }}</p> }.into_any(),
        Some(drivers) => {
            let has_bars = !drivers.features.is_empty();
            let row = |driver: &Driver| view! { <li><Bar name=driver.name.clone() bar=driver.bar text=driver.mean_text.clone()/></li> };
            view! {
                {drivers.sentences.iter().map(|sentence| view! { <p>{visible(sentence.clone())}</p> }).collect_view()}
                <ul class="bars">{drivers.features.iter().map(row).collect_view()}</ul>
                {has_bars.then(|| view! { <p class="caption">"Mean over the suspicious sessions. "{DIRECTION}</p> })}
            }
            .into_any()
        }
    }
    };
    view! {
        <section class="card" data-testid="drivers" aria-label="What drives the flags">
            <h2>"What drives the flags"</h2>
            <div class:is-late=move || is_late.get() aria-busy=move || is_late.get().to_string()>
                {content}
            </div>
        </section>
    }
}

const LOOKING: &str = "Looking for what the suspicious sessions have in common…";

/// Said if the lead cannot tell any more what drives the flags.
const NOT_KNOWN: &str =
    "Not known: the workers ended before they could tell. Press “Run again” to find out.";

/// Which way a bar points, and in what unit.
const DIRECTION: &str = "To the right (+): makes a session suspicious, because fewer splits set it apart. \
    To the left (−): speaks for an ordinary session. In splits (exact TreeSHAP values of the path length).";

/// A bar to the right if it speaks for suspicion, to the left if against.
#[component]
fn Bar(name: String, bar: f64, text: String) -> impl IntoView {
    let is_for = bar >= 0.0;
    let width = format!("{:.1}%", bar.abs());
    let name = visible(name);
    view! {
        <span class="bar-name" title=name.clone()>{name.clone()}</span>
        <span class="bar-track" aria-hidden="true">
            <span class="bar-half is-against">{(!is_for).then(|| view! { <span class="bar" style:width=width.clone()></span> })}</span>
            <span class="bar-half is-for">{is_for.then(|| view! { <span class="bar" style:width=width.clone()></span> })}</span>
        </span>
        <span class="bar-text">{text}</span>
    }
}

/// Tries other seeds, and says how sure the flags are.
#[component]
pub(super) fn HowSure() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let insight = analyst.insight;
    let is_trying = move || insight.trying.with(Option::is_some);
    let is_idle = move || !is_trying() && !is_busy(analyst);
    let has_result = move || insight.sureness.with(Option::is_some);
    let seeds = move |of: fn(Trying) -> u32| move || insight.trying.get().map(of);
    let progress = move || {
        let trying = insight.trying.get();
        trying.map(|Trying { done, total, .. }| format!("{done} of {total} seeds"))
    };
    let text = move |of: fn(&crate::job::Sureness) -> String| {
        move || {
            insight
                .sureness
                .with(|sureness| sureness.as_deref().map(of).unwrap_or_default())
        }
    };
    view! {
        <div class="how-sure">
            <button
                type="button"
                class="button is-small"
                data-testid="run-stability"
                aria-disabled=move || (!is_idle()).to_string()
                title="Grows the same forest with other seeds and counts how often each session is flagged."
                on:click=move |_| if is_idle() { analyst.try_seeds(Trial::AsSet) }
            >
                "How sure is each flag?"
            </button>
            <label class="check">
                "Other seeds to try"
                <input
                    type="text"
                    inputmode="numeric"
                    class="is-short"
                    data-testid="setting-stability-seeds"
                    title=format!("1 to {MAX_SEEDS}")
                    prop:value=insight.n_seeds
                    on:input=move |event| insight.n_seeds.set(event_target_value(&event))
                />
            </label>
            <Show when=has_result>
                <button
                    type="button"
                    class="button is-small"
                    data-testid="run-more-trees"
                    aria-disabled=move || (!is_idle()).to_string()
                    title="The same seeds with three times the trees: are the flags surer then?"
                    on:click=move |_| if is_idle() { analyst.try_seeds(Trial::MoreTrees) }
                >
                    "Would more trees help?"
                </button>
            </Show>
            <Show when=is_trying>
                <progress max=seeds(|trying| trying.total) value=seeds(|trying| trying.done) aria-label="Seeds tried"></progress>
                <span data-testid="stability-progress">{progress}</span>
                <Cancel test_id="cancel-stability" class="button is-small" next="run-stability" stop=move || insight.end_trial()/>
            </Show>
        </div>
        <p class="sureness" data-testid="stability-summary" aria-live="polite">
            {text(|sureness| sureness.summary.clone())}{move || insight.trial_note.get()}
        </p>
        <p class="sureness" data-testid="stability-more-trees">{text(|sureness| sureness.more_trees.clone())}</p>
    }
}

/// The details of the row that is open.
#[component]
pub(super) fn Details(
    /// Number of rows of the table that it is opened from.
    n_rows: Signal<usize>,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let insight = analyst.insight;
    view! {
        <Show when=move || insight.opened.with(Option::is_some)>
            <DetailsPanel n_rows/>
        </Show>
    }
}

#[component]
fn DetailsPanel(n_rows: Signal<usize>) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let (insight, sheet) = (analyst.insight, analyst.sheet);
    let panel = NodeRef::<Aside>::new();
    Effect::new(move || {
        if let Some(panel) = panel.get() {
            // a panel that is gone again needs no focus
            let _ = panel.focus();
        }
    });
    let go = move |to: Option<usize>| {
        if let Some(to) = to.filter(|&to| to < n_rows.get_untracked()) {
            analyst.open_place(to);
        }
    };
    let place = move || sheet.place.get_untracked();
    let previous = move || go(place().and_then(|place| place.checked_sub(1)));
    let next = move || go(place().and_then(|place| place.checked_add(1)));
    let close = move || {
        analyst.close_row();
        page::focus("[data-testid=flagged-table] tr[tabindex='0']");
    };
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "Escape" => close(),
            "ArrowUp" => previous(),
            "ArrowDown" => next(),
            _ => return,
        }
        // what is closed here must not clear something else, too
        event.stop_propagation();
        event.prevent_default();
    };
    let title = move || {
        let row = insight.open_session.get();
        row.map_or_else(|| "Session".to_owned(), |row| details_title(&row))
    };
    let content = move || {
        let row = insight.open_session.get();
        let lacks = row.as_ref().and_then(|row| row.lacks.clone());
        if let Some(lack) = lacks {
            let why = format!("It was not scored, because {}.", lack.text());
            let why = visible(why);
            return view! { <p class="reason" data-testid="details-reasons">{why}</p> }.into_any();
        }
        let row = insight.opened.get().unwrap_or_default();
        let explanation = insight.explanations.with(|known| known.get(&row).cloned());
        match explanation {
            None => view! { <p class="caption">"Explaining…"</p> }.into_any(),
            Some(explanation) => view! { <Reasons explanation/> }.into_any(),
        }
    };
    let sureness = move || {
        let row = insight.opened.get().unwrap_or_default();
        let text = insight
            .seeds
            .with(|seeds| seeds.get(&row).map(|row| row.text.clone()));
        text.unwrap_or_else(|| "not tried yet; press “How sure is each flag?”".to_owned())
    };
    let is_scored = move || {
        insight
            .open_session
            .with(|row| row.as_ref().is_none_or(|row| row.score.is_some()))
    };
    let is_suspicious = move || {
        insight.open_session.with(|row| {
            row.as_ref()
                .is_none_or(|row| row.verdict == Verdict::Suspicious)
        })
    };
    let is_first = move || sheet.place.get().is_none_or(|place| place == 0);
    let is_last = move || {
        sheet
            .place
            .get()
            .is_none_or(|place| place + 1 >= n_rows.get())
    };
    view! {
        <aside class="details" class:is-ordinary=move || !is_suspicious() data-testid="details" tabindex="-1" aria-labelledby="details-title" node_ref=panel on:keydown=on_key>
            <div class="details-head">
                <h3 id="details-title" aria-live="polite">{title}</h3>
                <span class="small-buttons">
                    <button type="button" class="button is-small" data-testid="details-previous" aria-label="Previous session" aria-disabled=move || is_first().to_string() on:click=move |_| previous()>"↑"</button>
                    <button type="button" class="button is-small" data-testid="details-next" aria-label="Next session" aria-disabled=move || is_last().to_string() on:click=move |_| next()>"↓"</button>
                    <button type="button" class="button is-small" data-testid="details-close" aria-label="Close" on:click=move |_| close()>"✕"</button>
                </span>
            </div>
            {content}
            <Show when=is_scored>
                <p data-testid="details-sureness"><b>"Other seeds: "</b>{sureness}</p>
            </Show>
            <Fields/>
        </aside>
    }
}

#[component]
fn Reasons(explanation: Arc<Explanation>) -> impl IntoView {
    let part = |part: &Part| {
        let comparison = &part.comparison;
        view! {
            <li>
                <Bar name=part.name.clone() bar=part.bar text=part.suspicion_text.clone()/>
                <dl class="beside-others">
                    <div><dt>"Value"</dt><dd>{comparison.value.clone()}</dd></div>
                    <div><dt>"Sessions below"</dt><dd>{comparison.above.clone()}</dd></div>
                    <div><dt>"Times the median"</dt><dd>{comparison.times_median.clone()}</dd></div>
                    <div><dt>"Normal sessions"</dt><dd>{comparison.normal.clone()}</dd></div>
                </dl>
            </li>
        }
    };
    let n_unlisted = explanation.n_unlisted;
    view! {
        <p class="reason" data-testid="details-reasons">{visible(explanation.reasons.clone())}</p>
        <p data-testid="details-clearance">{visible(explanation.clearance.clone())}</p>
        <ul class="bars" data-testid="details-bars">{explanation.parts.iter().map(part).collect_view()}</ul>
        {(n_unlisted > 0).then(|| view! { <p class="caption">{format!("{} more features weigh less.", format_count(n_unlisted.into()))}</p> })}
        <p class="caption">{DIRECTION}</p>
        <p class="caption">{explanation.arithmetic.clone()}</p>
    }
}

/// What became of the row, what is derived of it, and all its fields as they stand in the file.
#[component]
fn Fields() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let (columns, derived): (Vec<ColumnSummary>, Vec<String>) =
        analyst.overview.with_untracked(|overview| {
            let Some(overview) = overview.as_ref() else {
                return Default::default();
            };
            let derived = overview.candidates.iter();
            let derived = derived.filter(|candidate| candidate.is_derived);
            (
                overview.columns.clone(),
                derived.map(|candidate| candidate.name.clone()).collect(),
            )
        });
    let n_shown = RwSignal::new(PIECE);
    let item = |name: &str, text: String| {
        view! { <div><dt>{visible(name)}</dt><dd>{visible(text)}</dd></div> }
    };
    let field = move |column: &ColumnSummary, cell: &String| {
        let Some(value) = profile::value_of_cell(column, cell) else {
            return item(&column.name, cell.clone()).into_any();
        };
        let label = visible(format!("{cell}: open its profile"));
        let profiled = Profiled {
            column: column.name.clone(),
            value,
        };
        let open = move |_| analyst.looking.profiled.set(Some(profiled.clone()));
        view! {
            <div>
                <dt>{visible(column.name.clone())}</dt>
                <dd>
                    <button type="button" class="link" data-testid="details-profile" aria-label=label title="Profile: everything about this value" on:click=open>
                        {visible(cell.clone())}
                    </button>
                </dd>
            </div>
        }
        .into_any()
    };
    let list = move || {
        let row = analyst.insight.open_session.get()?;
        let n_fields = row.cells.len();
        let score = row.score.map_or("–".to_owned(), |score| score.to_string());
        let fields = columns.iter().zip(&row.cells).take(n_shown.get());
        let values = derived.iter().enumerate();
        Some(view! {
            <h4>"Verdict"</h4>
            <dl class="fields" data-testid="details-verdict">
                {item("Verdict", row.verdict.name().to_owned())}
                {item("Score", score)}
                {item("Rank", sheet_cell(Shows::Rank, &row, "", ""))}
            </dl>
            <h4>{format!("Line {} of the file", format_count(row.line.into()))}</h4>
            <dl class="fields" data-testid="details-fields">
                {fields.map(|(column, cell)| field(column, cell)).collect_view()}
            </dl>
            <ShowMore n_shown total=n_fields/>
            {(!derived.is_empty()).then(|| view! {
                <h4>"Derived"</h4>
                <dl class="fields" data-testid="details-derived">
                    {values.map(|(place, name)| item(name, derived_text(&row, place))).collect_view()}
                </dl>
            })}
        })
    };
    view! { {list} <MarkKnown/> }
}

/// Puts the source or the rule of the row on the allow-list.
#[component]
fn MarkKnown() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let button = move |test_id: &'static str, role: Role, kind: SubjectKind| {
        let row = analyst.insight.open_session.get()?;
        let place = analyst.overview.with_untracked(|overview| {
            let columns = &overview.as_ref()?.columns;
            columns.iter().position(|column| column.role == Some(role))
        })?;
        let subject = Subject::parse(kind, row.cells.get(place)?).ok()?;
        let text = visible(format!("Mark {} {subject} as known…", kind.name()));
        let mark = move |_| analyst.mark_known(subject.clone());
        Some(
            view! { <button type="button" class="button is-small is-long" data-testid=test_id on:click=mark>{text}</button> },
        )
    };
    view! {
        <div class="small-buttons">
            {move || button("mark-source", Role::SourceIp, SubjectKind::Source)}
            {move || button("mark-rule", Role::Rule, SubjectKind::Rule)}
        </div>
    }
}
