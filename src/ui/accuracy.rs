//! How good the scores are, by a label column that the user chooses.

use leptos::prelude::*;

use super::charts::{Chart, Draw};
use super::{Analyst, is_busy};
use crate::charts::format::counted;
use crate::charts::{Curve, describe_curve, draw_curve};
use crate::explain::metrics::Metrics;
use crate::report::MetricsReport;
use crate::session::accuracy_figures;
use crate::text::visible;
use crate::traffic::LabelColumn;

/// The choice of the label column, and of the value in it that means an anomaly.
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
    let values = move || {
        let chosen = analyst
            .label
            .with(|label| label.as_ref().map(|label| label.column.clone()));
        chosen
            .and_then(|name| find(&name))
            .map(|column| column.values)
            .unwrap_or_default()
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
    let set_anomaly = move |text: &str, is_on: bool| {
        change(&|anomalies| {
            anomalies.retain(|anomaly| anomaly != text);
            if is_on {
                anomalies.push(text.to_owned());
            }
        });
    };
    // of two values one is chosen from a list; of more any number is
    let n_values = Memo::new(move |_| values().len());
    let is_anomaly = move |text: &str| {
        analyst.label.with(|label| {
            label
                .as_ref()
                .is_some_and(|label| label.anomalies.iter().any(|anomaly| anomaly == text))
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
            </select>
            <Show when=move || { n_values.get() > 2 }>
                <fieldset class="label-values" data-testid="label-anomalies">
                    <legend>"Anomalies are the rows with"</legend>
                    {move || {
                        values()
                            .into_iter()
                            .map(|value| {
                                let text = value.text.clone();
                                let is_on = { let text = text.clone(); move || is_anomaly(&text) };
                                view! {
                                    <label class="check">
                                        <input
                                            type="checkbox"
                                            prop:checked=is_on
                                            aria-disabled=move || is_busy(analyst).to_string()
                                            on:change=move |event| set_anomaly(&text, event_target_checked(&event))
                                        />
                                        {visible(format!("{} ({})", value.text, counted(value.n_rows, "row")))}
                                    </label>
                                }
                            })
                            .collect_view()
                    }}
                </fieldset>
            </Show>
            <Show when=move || { (1..=2).contains(&n_values.get()) }>
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
            <p class="caption" id="label-hint">"Says what a row really is, to measure the scores by; the forest does not see it. Columns with few values."</p>
        </div>
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
