//! How good the scores are, by a label column that the user chooses.

use leptos::prelude::*;

use super::charts::{Chart, Draw};
use super::{Analyst, is_busy};
use crate::charts::format::{counted, format_count};
use crate::charts::{Curve, describe_curve, draw_curve};
use crate::explain::metrics::Metrics;
use crate::report::MetricsReport;
use crate::session::{BLANKS, accuracy_figures, blank_name, parse_blank};
use crate::text::visible;
use crate::traffic::{LabelColumn, LabelValue, MAX_LABEL_VALUES};

/// So many values can be looked through without a search.
const SEARCH_FROM: usize = 12;

/// The choice of the label column, of the values in it that mean an anomaly, and of what a blank means.
#[component]
pub(super) fn LabelChoice() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let columns = Memo::new(move |_| {
        analyst.overview.with(|overview| {
            overview
                .as_ref()
                .map(|overview| overview.labels.clone())
                .unwrap_or_default()
        })
    });
    let unfit = Memo::new(move |_| {
        analyst.overview.with(|overview| {
            overview
                .as_ref()
                .map(|overview| overview.unfit_labels.clone())
                .unwrap_or_default()
        })
    });
    let find = move |name: &str| {
        columns.with_untracked(|columns| columns.iter().find(|column| column.name == name).cloned())
    };
    let is_chosen = move |name: Option<&str>| {
        analyst
            .label
            .with(|label| label.as_ref().map(|label| label.column.as_str()) == name)
    };
    let choose = move |event| {
        let column = find(&event_target_value(&event));
        analyst.measure_by(column.as_ref().map(LabelColumn::label));
    };
    let chosen = Memo::new(move |_| {
        let name = analyst
            .label
            .with(|label| label.as_ref().map(|label| label.column.clone()));
        columns.with(|columns| {
            columns
                .iter()
                .find(|column| Some(&column.name) == name.as_ref())
                .cloned()
        })
    });
    let n_values = Memo::new(move |_| {
        chosen.with(|column| column.as_ref().map_or(0, |column| column.values.len()))
    });
    let n_blank = Memo::new(move |_| {
        chosen.with(|column| column.as_ref().map_or(0, |column| column.n_blank))
    });
    let choose_blank = move |event| {
        let mut label = analyst.label.get_untracked();
        if let (Some(label), Some(blank)) = (&mut label, parse_blank(&event_target_value(&event))) {
            label.blank = blank;
        }
        analyst.measure_by(label);
    };
    let is_blank = move |name: &str| {
        analyst.label.with(|label| {
            label
                .as_ref()
                .is_some_and(|label| blank_name(label.blank) == name)
        })
    };
    let change = move |change: &dyn Fn(&mut Vec<String>)| {
        let mut label = analyst.label.get_untracked();
        if let Some(label) = &mut label {
            change(&mut label.anomalies);
        }
        analyst.measure_by(label);
    };
    let choose_anomaly = move |event| {
        let anomaly = event_target_value(&event);
        change(&|anomalies| *anomalies = vec![anomaly.clone()]);
    };
    let is_anomaly = move |text: &str| {
        analyst.label.with(|label| {
            label
                .as_ref()
                .is_some_and(|label| label.anomalies.iter().any(|anomaly| anomaly == text))
        })
    };
    // of two values one is chosen from a list; else, or where blanks are others, any number is
    let are_two = Memo::new(move |_| n_values.get() == 2 && n_blank.get() == 0);
    let are_many = Memo::new(move |_| n_values.get() > 0 && !are_two.get());
    let values = move || {
        chosen.with(|column| {
            column
                .as_ref()
                .map(|column| column.values.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <div class="field">
            <label for="label">"Label column"</label>
            <select id="label" data-testid="setting-label" aria-describedby="label-hint" disabled=move || is_busy(analyst) on:change=choose>
                <option value="" prop:selected=move || is_chosen(None)>"none"</option>
                {move || {
                    columns
                        .get()
                        .into_iter()
                        .map(|column| {
                            let name = column.name.clone();
                            view! {
                                <option value=column.name.clone() prop:selected=move || is_chosen(Some(&name))>{visible(column.name.clone())}</option>
                            }
                        })
                        .collect_view()
                }}
                {move || {
                    unfit
                        .get()
                        .into_iter()
                        .map(|column| view! { <option value="" disabled=true>{visible(format!("{}: {}", column.name, column.reason.text()))}</option> })
                        .collect_view()
                }}
            </select>
            <Show when=move || are_many.get()>
                <LabelValues chosen/>
            </Show>
            <Show when=move || are_two.get()>
                <label for="label-anomaly">"Anomalies are the rows with"</label>
                <select id="label-anomaly" data-testid="label-anomaly" disabled=move || is_busy(analyst) on:change=choose_anomaly>
                    {move || {
                        values()
                            .into_iter()
                            .map(|value| {
                                let text = value.text.clone();
                                view! {
                                    <option value=value.text.clone() prop:selected=move || is_anomaly(&text)>
                                        {visible(format!("{} ({})", value.text, counted(value.n_rows, "row")))}
                                    </option>
                                }
                            })
                            .collect_view()
                    }}
                </select>
            </Show>
            <Show when=move || { n_blank.get() > 0 }>
                <label for="label-blank">{move || format!("Rows with a blank label ({})", format_count(n_blank.get()))}</label>
                <select id="label-blank" data-testid="label-blank" aria-describedby="label-blank-hint" disabled=move || is_busy(analyst) on:change=choose_blank>
                    {BLANKS
                        .iter()
                        .map(|(name, text, _)| view! { <option value=*name prop:selected=move || is_blank(name)>{*text}</option> })
                        .collect_view()}
                </select>
                <p class="caption" id="label-blank-hint">"Blank: nothing in the cell, -, or a word such as None or NaN."</p>
            </Show>
            <p class="caption" id="label-hint">
                {format!("Says what a row really is, to measure the scores by; the forest does not see it. Columns of up to {MAX_LABEL_VALUES} values.")}
            </p>
        </div>
    }
}

/// The values of the label column, of which any number can mean an anomaly.
#[component]
fn LabelValues(chosen: Memo<Option<LabelColumn>>) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let search = RwSignal::new(String::new());
    let n_values = Memo::new(move |_| {
        chosen.with(|column| column.as_ref().map_or(0, |column| column.values.len()))
    });
    let shown = move || {
        let wanted = search.read().to_lowercase();
        let is_wanted = |value: &LabelValue| value.text.to_lowercase().contains(&wanted);
        chosen.with(|column| {
            let values = column.iter().flat_map(|column| &column.values);
            values
                .filter(|value| is_wanted(value))
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    let set = move |texts: &[String], is_on: bool| {
        let mut label = analyst.label.get_untracked();
        if let Some(label) = &mut label {
            label.anomalies.retain(|anomaly| !texts.contains(anomaly));
            if is_on {
                label.anomalies.extend_from_slice(texts);
            }
        }
        analyst.measure_by(label);
    };
    let set_shown = move |is_on: bool| {
        if !is_busy(analyst) {
            let texts: Vec<String> = untrack(shown).into_iter().map(|value| value.text).collect();
            set(&texts, is_on);
        }
    };
    let is_anomaly = move |text: &str| {
        analyst.label.with(|label| {
            label
                .as_ref()
                .is_some_and(|label| label.anomalies.iter().any(|anomaly| anomaly == text))
        })
    };
    let count = move || match (shown().len(), n_values.get()) {
        (0, _) => "No value holds that.".to_owned(),
        (n, of) => format!("{n} of {of} values"),
    };
    view! {
        <fieldset class="label-values" data-testid="label-anomalies">
            <legend>"Anomalies are the rows with"</legend>
            <Show when=move || { n_values.get() > SEARCH_FROM }>
                <input
                    type="search"
                    aria-label="Search values"
                    placeholder="Search"
                    data-testid="label-search"
                    prop:value=search
                    on:input=move |event| search.set(event_target_value(&event))
                />
                <p class="caption" aria-live="polite">{count}</p>
            </Show>
            <For
                each=shown
                key=|value| (value.text.clone(), value.n_rows)
                children=move |value| {
                    let text = value.text.clone();
                    let is_on = { let text = text.clone(); move || is_anomaly(&text) };
                    view! {
                        <label class="check">
                            <input
                                type="checkbox"
                                prop:checked=is_on
                                aria-disabled=move || is_busy(analyst).to_string()
                                on:change=move |event| set(std::slice::from_ref(&text), event_target_checked(&event))
                            />
                            {visible(format!("{} ({})", value.text, counted(value.n_rows, "row")))}
                        </label>
                    }
                }
            />
            <Show when=move || { n_values.get() > SEARCH_FROM }>
                <div class="small-buttons">
                    <button type="button" class="button is-small" data-testid="label-all" aria-disabled=move || is_busy(analyst).to_string() on:click=move |_| set_shown(true)>"All shown"</button>
                    <button type="button" class="button is-small" data-testid="label-none" aria-disabled=move || is_busy(analyst).to_string() on:click=move |_| set_shown(false)>"None shown"</button>
                </div>
            </Show>
        </fieldset>
    }
}

/// The figures and curves, if there is a label.
#[component]
pub(super) fn Accuracy() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let metrics = Memo::new(move |_| {
        analyst
            .report_here
            .with(|report| report.as_ref().and_then(|report| report.metrics.clone()))
    });
    let is_measured = Memo::new(move |_| {
        metrics.with(|report| report.as_ref().is_some_and(|report| report.metrics.is_ok()))
    });
    let notes = move || {
        metrics.with(|report| {
            report
                .as_ref()
                .map(MetricsReport::notes)
                .unwrap_or_default()
        })
    };
    let figures = move || {
        metrics.with(|report| {
            report
                .as_ref()
                .and_then(|report| report.metrics.as_ref().ok())
                .map(accuracy_figures)
                .unwrap_or_default()
        })
    };
    view! {
        <Show when=move || metrics.with(Option::is_some)>
            <section class="card" data-testid="accuracy" aria-label="Accuracy by the label column">
                <h2>"Accuracy"</h2>
                <ul class="plain-list" data-testid="accuracy-notes">
                    {move || notes().into_iter().map(|note| view! { <li class="caption">{visible(note)}</li> }).collect_view()}
                </ul>
                <Show when=move || is_measured.get()>
                    <dl class="figures">
                        {move || {
                            figures()
                                .into_iter()
                                .map(|figure| {
                                    view! {
                                        <div class="count">
                                            <dd><data data-testid=figure.test_id value=figure.value>{figure.text}</data></dd>
                                            <dt>{figure.name}</dt>
                                        </div>
                                    }
                                })
                                .collect_view()
                        }}
                    </dl>
                    <div class="two-charts">
                        <div class="plot"><CurveChart test_id="chart-roc" metrics of=Curve::roc/></div>
                        <div class="plot"><CurveChart test_id="chart-pr" metrics of=Curve::precision_recall/></div>
                    </div>
                </Show>
            </section>
        </Show>
    }
}

#[component]
fn CurveChart(
    test_id: &'static str,
    metrics: Memo<Option<MetricsReport>>,
    of: fn(&Metrics) -> Curve<'_>,
) -> impl IntoView {
    let description = Signal::derive(move || {
        metrics.with(|report| {
            report
                .as_ref()
                .and_then(|report| report.metrics.as_ref().ok())
                .map(|metrics| describe_curve(&of(metrics)))
                .unwrap_or_default()
        })
    });
    let draw = move || -> Option<Draw> {
        let report = metrics.get()?;
        Some(Box::new(move |area, style| {
            let metrics = report.metrics.as_ref();
            metrics.is_ok_and(|metrics| draw_curve(area, &of(metrics), style).is_ok())
        }))
    };
    view! { <Chart test_id description draw/> }
}
