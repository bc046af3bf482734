//! The files to download, and how they are written.

use leptos::prelude::*;

use super::cancel::Cancel;
use super::{Analyst, is_busy};
use crate::charts::Scale;
use crate::charts::format::format_count;
use crate::export::File;
use crate::export::figure::{Figure, Format};
use crate::text::visible;

/// The panel of downloads.
#[component]
pub(super) fn Downloads() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let button = move |test_id: &'static str, file: File| {
        let save = move |_| {
            if !is_busy(analyst) {
                analyst.save(file);
            }
        };
        view! {
            <button type="button" class="button" data-testid=test_id on:click=save aria-disabled=move || is_busy(analyst).to_string()>
                {file.name()}
            </button>
        }
    };
    let save_plot = move |_| analyst.save_plot();
    view! {
        <section class="downloads" aria-label="Downloads">
            <h2>"Download"</h2>
            {button("download-suspicious", File::Suspicious)}
            {button("download-summary", File::Summary)}
            <button type="button" class="button" data-testid="download-scatter" on:click=save_plot>"anomaly_scatter_plot.png"</button>
            {button("download-scored", File::Scored)}
            {button("download-report", File::Report)}
            <ChartDownload/>
            <div class="download-choices">
                <label class="check" title="Puts ' before cells that a spreadsheet would run as a formula. Off: cells exactly as pandas writes them.">
                    <input
                        type="checkbox"
                        data-testid="setting-formula-guard"
                        prop:checked=analyst.guard
                        on:change=move |event| analyst.guard.set(event_target_checked(&event))
                    />
                    "Defuse spreadsheet formulas"
                </label>
                <label class="check" title="Adds stability (the share of other seeds that flag a session, once tried) and what each feature adds to the score of each. Of a long log that takes a while, and can be stopped. Off: the files as the notebook writes them.">
                    <input
                        type="checkbox"
                        data-testid="setting-explain-exports"
                        prop:checked=analyst.insight.with_explanations
                        on:change=move |event| analyst.insight.with_explanations.set(event_target_checked(&event))
                    />
                    "Add explanation columns"
                </label>
                <Anonymise/>
            </div>
            <Attributing/>
        </section>
    }
}

/// How far the attributions of all sessions are.
#[component]
fn Attributing() -> impl IntoView {
    let attributing = expect_context::<Analyst>().attributing;
    let text = move || {
        attributing.progress.get().map(|(done, total)| {
            format!(
                "{}: {} of {} sessions explained",
                File::Scored.name(),
                format_count(done),
                format_count(total)
            )
        })
    };
    view! {
        <Show when=move || attributing.progress.with(Option::is_some)>
            <div class="how-sure">
                <progress
                    aria-label="Sessions explained"
                    max=move || attributing.progress.get().map(|(_, total)| total)
                    value=move || attributing.progress.get().map(|(done, _)| done)
                ></progress>
                <span data-testid="attributing">{text}</span>
                <Cancel test_id="cancel-attributing" class="button is-small" next="download-scored" stop=move || attributing.end()/>
            </div>
        </Show>
    }
}

/// The switch for pseudonyms, with the phrase that makes them the same another time.
#[component]
fn Anonymise() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let anonymity = analyst.anonymity;
    view! {
        <label class="check">
            <input
                type="checkbox"
                data-testid="setting-anonymise"
                prop:checked=anonymity.is_on
                on:change=move |event| anonymity.is_on.set(event_target_checked(&event))
            />
            "Anonymise addresses and accounts"
        </label>
        <Show when=move || anonymity.is_on.get()>
            <div class="pass-phrase">
                <label for="pass-phrase">"Pass phrase (optional)"</label>
                <input
                    id="pass-phrase"
                    type="text"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    data-testid="setting-pass-phrase"
                    aria-describedby="pass-phrase-hint"
                    prop:value=anonymity.pass_phrase
                    on:change=move |event| anonymity.pass_phrase.set(event_target_value(&event))
                />
                <p class="caption" id="pass-phrase-hint">
                    "In every file, pseudonyms stand for IP addresses and AWS account numbers; addresses of one network stay \
                    together. Names, host names and user agents stay. Without a phrase the pseudonyms are those of this tab \
                    alone. The same phrase gives the same ones another day, and is only as safe as it is hard to guess: take \
                    six random words."
                </p>
            </div>
        </Show>
    }
}

/// Any chart, as a picture of its own.
#[component]
fn ChartDownload() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let charts = Memo::new(move |_| {
        let (report, picture) = (analyst.report.get(), analyst.looking.picture.get());
        let report = report
            .iter()
            .flat_map(|report| Figure::all(report, Scale::Linear));
        let picture = picture
            .iter()
            .flat_map(|picture| Figure::of_picture(picture));
        let named = report
            .chain(picture)
            .map(|figure| (figure.name(), figure.title()));
        named.collect::<Vec<_>>()
    });
    let chosen = RwSignal::new("scatter".to_owned());
    let format = RwSignal::new(Format::default());
    let choose_format = move |event| {
        let title = event_target_value(&event);
        let found = Format::ALL
            .into_iter()
            .find(|format| format.title() == title);
        format.set(found.unwrap_or_default());
    };
    let save = move |_| analyst.save_figure(chosen.get_untracked(), format.get_untracked());
    view! {
        <div class="chart-download" role="group" aria-label="Download a chart">
            <select aria-label="Chart" data-testid="chart-choice" on:change=move |event| chosen.set(event_target_value(&event))>
                {move || {
                    charts
                        .get()
                        .into_iter()
                        .map(|(name, title)| {
                            view! { <option value=name.clone() prop:selected=move || chosen.with(|chosen| *chosen == name)>{visible(title)}</option> }
                        })
                        .collect_view()
                }}
            </select>
            <select aria-label="Format" data-testid="chart-format" on:change=choose_format>
                {Format::ALL.map(|each| view! { <option value=each.title() prop:selected=move || format.get() == each>{each.title()}</option> }).collect_view()}
            </select>
            <button type="button" class="button" data-testid="download-chart" on:click=save>"Save chart"</button>
        </div>
    }
}
