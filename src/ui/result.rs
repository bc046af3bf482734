//! The result: counts, notes, plots, flagged sessions, groups, statistics, downloads.

use std::sync::Arc;

use leptos::prelude::*;

use super::accuracy::Accuracy;
use super::columns::{Columns, ReadingItem};
use super::comparison::ComparisonLine;
use super::downloads::Downloads;
use super::groups::Groups;
use super::pieces::{PIECE, ShowMore};
use super::sessions::Sessions;
use super::threshold::Threshold;
use super::views::{
    Distributions, Filters, FlowsCard, HeatmapCard, Later, Profile, ScatterCard, TimelineCard,
};
use super::why::Drivers;
use super::{Analyst, is_busy};
use crate::browser::tasks;
use crate::charts::format::format_count;
use crate::export::float;
use crate::features::statistics::Describe;
use crate::report::{FeatureSummary, Report};
use crate::session::{Stage, data_notes, file_decisions, reading_notes, result_notes};
use crate::text::visible;

/// Features whose statistics are shown at first, and more each time that is asked for.
const N_STATISTICS: usize = 50;

/// Everything below the settings.
#[component]
pub(super) fn Results() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    analyst.keep_looking();
    // the page has time while the report is built; one result follows the other inside, so that the page keeps its place and
    // its focus
    let is_due = Memo::new(move |_| {
        let is_coming = || {
            analyst
                .session
                .with(|session| session.stage == Stage::Reporting)
        };
        analyst.report.with(Option::is_some) || is_coming()
    });
    // shown at once: parts that came one after the other would each be laid out and painted for nothing
    let is_whole = RwSignal::new(false);
    let is_waiting = move || !is_whole.get() && is_busy(analyst);
    view! {
        <FileNotes is_waiting/>
        <div class="stale" class:is-stale=move || is_busy(analyst) hidden=move || !is_whole.get()>
            {move || is_due.get().then(|| view! { <Result is_whole/> })}
        </div>
        <Show when=is_waiting>
            <div class="placeholder" aria-hidden="true"><div></div><div></div><div></div></div>
        </Show>
    }
}

/// How the file was read, and what is odd about it.
#[component]
fn FileNotes(
    /// Whether the result is still to come, which they would push down.
    is_waiting: impl Fn() -> bool + Send + Sync + 'static,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let decisions = move || {
        analyst
            .overview
            .with(|overview| overview.as_deref().map(file_decisions).unwrap_or_default())
    };
    let readings = move || {
        analyst
            .overview
            .with(|overview| overview.as_deref().map(reading_notes).unwrap_or_default())
    };
    let n_shown = RwSignal::new(PIECE);
    let notes = Memo::new(move |_| {
        let mut notes = analyst.overview.with(|overview| {
            analyst.report.with(|report| {
                let unscored = report
                    .as_ref()
                    .map(|report| report.unscored.as_slice())
                    .unwrap_or_default();
                overview
                    .as_deref()
                    .map(|overview| data_notes(overview, unscored))
                    .unwrap_or_default()
            })
        });
        notes.extend(
            analyst
                .report
                .with(|report| report.as_deref().map(result_notes).unwrap_or_default()),
        );
        notes
    });
    let total = Signal::derive(move || notes.with(Vec::len).max(readings().len()));
    let list = |items: Vec<String>| {
        items
            .into_iter()
            .map(|item| view! { <li>{visible(item)}</li> })
            .collect_view()
    };
    let is_due = move || analyst.overview.with(Option::is_some) && !is_waiting();
    view! {
        <Show when=is_due>
            <section class="notes card" data-testid="warnings" aria-label="How the file was read">
                <Show when=move || notes.with(|notes| !notes.is_empty()) || !readings().is_empty()>
                    <h2>"Worth knowing"</h2>
                    <ul>
                        {move || readings().into_iter().take(n_shown.get()).map(|note| view! { <ReadingItem note/> }).collect_view()}
                        {move || list(notes.get().into_iter().take(n_shown.get()).collect())}
                    </ul>
                    <ShowMore n_shown total/>
                </Show>
                <details>
                    <summary>"How the file was read"</summary>
                    <ul>{move || list(decisions())}</ul>
                    <Columns/>
                </details>
            </section>
        </Show>
    }
}

#[component]
fn Result(
    /// Told whether all parts show the report.
    is_whole: RwSignal<bool>,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let has_report = Memo::new(move |_| analyst.report.with(Option::is_some));
    view! {
        {move || has_report.get().then(|| view! { <CountStrip/> })}
        <ComparisonLine/>
        <Downloads/>
        <Filters/>
        <Later>
            <div class="views">
                <ScatterCard/>
                <Threshold/>
            </div>
        </Later>
        <Later>
            <OverTime/>
        </Later>
        <Later>
            <Sessions/>
            <Drivers/>
        </Later>
        <Later>
            <Distributions/>
        </Later>
        <Later>
            <FlowsCard/>
        </Later>
        <Later>
            <section aria-label="Groups">
                <h2>"Groups"</h2>
                <AllGroups/>
            </section>
        </Later>
        <Later>
            <Accuracy/>
            <Statistics/>
            <Profile/>
            <End is_whole/>
        </Later>
    }
}

/// What comes after all else.
#[component]
fn End(is_whole: RwSignal<bool>) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    Effect::new(move || {
        if analyst.report_here.with(Option::is_some) {
            // parts that were filled before may have put others in the queue
            tasks::later(move || {
                is_whole.try_set(true);
            });
        }
    });
    on_cleanup(move || {
        is_whole.try_set(false);
    });
}

/// The sessions over time, if it is known when they happened.
#[component]
fn OverTime() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let has_timeline = Memo::new(move |_| {
        let has_timeline = |report: &Arc<Report>| report.timeline.is_some();
        analyst
            .report_here
            .with(|report| report.as_ref().is_some_and(has_timeline))
    });
    view! {
        <div class="views">{move || has_timeline.get().then(|| view! { <TimelineCard/><HeatmapCard/> })}</div>
    }
}

#[component]
fn AllGroups() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    // groups out of view follow late: the first ones must be there from the beginning
    let has_report = Memo::new(move |_| analyst.report_here.with(Option::is_some));
    move || {
        let shown = Signal::derive(move || analyst.shown());
        has_report.get().then(|| view! { <Groups shown/> })
    }
}

/// Describes the report on the page, which follows the threshold.
fn describe(analyst: Analyst, of: fn(&Report) -> String) -> Signal<String> {
    Signal::derive(move || {
        analyst
            .report
            .with(|report| report.as_deref().map(of).unwrap_or_default())
    })
}

#[component]
fn CountStrip() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let read = describe(analyst, |report| format_count(report.counts.n_read));
    let clean = describe(analyst, |report| {
        format_count(report.counts.n_scored + report.counts.n_unscored)
    });
    let scored = describe(analyst, |report| format_count(report.counts.n_scored));
    let flagged = describe(analyst, |report| format_count(report.counts.n_flagged));
    let threshold = describe(analyst, |report| float(report.threshold));
    let caption = describe(analyst, |report| match report.counts.n_known {
        _ if report.silence.is_some() => "suspicious: nothing stands out".to_owned(),
        0 => "suspicious".to_owned(),
        n => format!("suspicious, besides {} known", format_count(n)),
    });
    let item = |test_id: &'static str, number: Signal<String>, label: &'static str| {
        view! {
            <div class="count">
                <dd data-testid=test_id>{number}</dd>
                <dt>{label}</dt>
            </div>
        }
    };
    view! {
        <dl class="counts">
            {item("rows-read", read, "rows read")}
            {item("rows-clean", clean, "after cleaning")}
            {item("rows-scored", scored, "scored")}
            <div class="count is-flagged">
                <dd data-testid="flagged-count">{flagged}</dd>
                <dt data-testid="suspicious-caption">{caption}</dt>
            </div>
            <div class="count is-wide">
                <dd data-testid="threshold">{threshold}</dd>
                <dt>"threshold: flagged if the score is below"</dt>
            </div>
        </dl>
    }
}

#[component]
fn Statistics() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let summary = Memo::new(move |_| {
        analyst
            .report_here
            .with(|report| report.as_ref().map(|report| report.summary.clone()))
            .unwrap_or_default()
    });
    let n_shown = RwSignal::new(N_STATISTICS);
    let value = |value: f64| {
        if value.is_nan() {
            "–".to_owned()
        } else {
            float(value)
        }
    };
    let line = move |(label, of): (&'static str, fn(&Describe) -> f64)| {
        let cells = move || {
            let cell = |feature: &FeatureSummary| view! { <td class="number">{value(of(&feature.describe))}</td> };
            summary.with(|summary| summary.iter().take(n_shown.get()).map(cell).collect_view())
        };
        view! { <tr><th scope="row">{label}</th>{cells}</tr> }
    };
    view! {
        <section class="card" aria-label="Statistics of the features">
            <h2>"Statistics"</h2>
            <p class="caption">"As pandas’ describe() gives them, over every row that has a value."</p>
            <div class="table-box" role="region" tabindex="0" aria-label="Table of statistics">
                <table class="statistics" data-testid="statistics">
                    <thead>
                        <tr>
                            <td></td>
                            {move || summary.get().into_iter().take(n_shown.get()).map(|feature| view! { <th scope="col" class="number">{visible(feature.name)}</th> }).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{Describe::STATISTICS.into_iter().map(line).collect_view()}</tbody>
                </table>
            </div>
            <ShowMore n_shown total=Signal::derive(move || summary.with(Vec::len)) piece=N_STATISTICS/>
        </section>
    }
}
