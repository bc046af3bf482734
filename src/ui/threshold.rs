//! The histogram of scores with its threshold, to be dragged, stepped or typed.

use std::time::Duration;

use leptos::ev::PointerEvent;
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::charts::{Chart, Draw};
use super::{Analyst, is_busy};
use crate::charts;
use crate::forest::Contamination;
use crate::report::Report;
use crate::session::Problem;
use crate::session::dial::{
    Dial, at_score, parse_contamination, parse_percent, parse_score, parse_top,
};

/// Half of the width of a slider's thumb in CSS pixels; the style sheet has the whole.
const HALF_THUMB_CSS_PX: f64 = 8.0;

/// How long after its last step by a key the threshold counts as standing still.
const KEYS_SETTLE_AFTER: Duration = Duration::from_millis(700);

/// The card with the histogram and the threshold's controls.
#[component]
pub(super) fn Threshold() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let size = RwSignal::new((0, 0));
    let dial = Memo::new(move |_| {
        analyst.applied.with(|settings| {
            let contamination = settings.as_ref()?.params.contamination;
            analyst
                .report
                .with(|report| Some(Dial::of(report.as_ref()?, contamination)))
        })
    });
    let span = Memo::new(move |_| {
        let (width, height) = size.get();
        let size = (f64::from(width), f64::from(height));
        analyst.report.with(|report| {
            let report = report.as_ref()?;
            Some(charts::histogram_span(
                &report.histogram,
                report.threshold,
                size,
            ))
        })
    });
    let description = Signal::derive(move || {
        of_report(analyst, |report| {
            charts::describe_histogram(&report.histogram, report.threshold)
        })
    });
    let draw = move || -> Option<Draw> {
        let report = analyst.report.get()?;
        Some(Box::new(move |area, style| {
            charts::draw_histogram(area, &report.histogram, report.threshold, style).is_ok()
        }))
    };
    let aim = move |event: &PointerEvent, is_moving| {
        if let Some(span) = span.get_untracked() {
            let score = span.score_at(f64::from(event.offset_x()));
            analyst.move_threshold(at_score(score), is_moving);
        }
    };
    let is_dragged = StoredValue::new(false);
    let grab = move |event: PointerEvent| {
        if event.button() != 0 || is_busy(analyst) {
            return;
        }
        if let Some(chart) = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
        {
            // without capture the drag ends at the chart's edge, no worse
            let _ = chart.set_pointer_capture(event.pointer_id());
        }
        is_dragged.set_value(true);
        aim(&event, true);
    };
    let drag = move |event: PointerEvent| {
        if is_dragged.get_value() {
            aim(&event, true);
        }
    };
    let drop = move |event: PointerEvent| {
        if is_dragged.get_value() {
            is_dragged.set_value(false);
            aim(&event, false);
        }
    };
    let stop = move |_| is_dragged.set_value(false);
    view! {
        <section class="card chart-card" aria-label="Scores and threshold">
            <div class="card-head"><h2>"Scores"</h2></div>
            <div class="plot is-draggable" on:pointerdown=grab on:pointermove=drag on:pointerup=drop on:pointercancel=stop>
                <Chart test_id="chart-scores" description draw size/>
            </div>
            <Slider dial span/>
            <div class="dial">
                <DialField
                    test_id="threshold-percent"
                    label="Percent"
                    text=Signal::derive(move || dial.with(|dial| dial.as_ref().map(|dial| dial.percent.clone()).unwrap_or_default()))
                    parse=parse_percent
                />
                <DialField
                    test_id="threshold-top"
                    label="Top rows"
                    text=Signal::derive(move || dial.with(|dial| dial.as_ref().map(|dial| dial.top.clone()).unwrap_or_default()))
                    parse=parse_top
                />
                <DialField
                    test_id="threshold-score"
                    label="Score"
                    text=Signal::derive(move || dial.with(|dial| dial.as_ref().map(|dial| dial.score.clone()).unwrap_or_default()))
                    parse=parse_score
                />
                <button
                    type="button"
                    class="button is-small"
                    data-testid="threshold-auto"
                    title="The score −0.5, as in the paper on Isolation Forests"
                    disabled=move || is_busy(analyst)
                    on:click=move |_| analyst.move_threshold(Contamination::Auto, false)
                >
                    "auto (−0.5)"
                </button>
            </div>
        </section>
    }
}

fn of_report(analyst: Analyst, of: impl Fn(&Report) -> String) -> String {
    analyst
        .report
        .with(|report| report.as_deref().map(of).unwrap_or_default())
}

/// The slider below the histogram, as wide as its axis.
#[component]
fn Slider(dial: Memo<Option<Dial>>, span: Memo<Option<charts::Span>>) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let node = NodeRef::<Input>::new();
    let of_dial = move |of: fn(&Dial) -> f64| move || dial.with(|dial| dial.as_ref().map(of));
    // under the user's hand the slider does not jump back to a report that is late
    let place = move || match analyst.aim.get() {
        Some(Contamination::Score(score)) => Some(score),
        _ => dial.with(|dial| dial.as_ref().map(|dial| dial.place)),
    };
    let meaning = move || {
        dial.with(|dial| {
            dial.as_ref()
                .map(|dial| dial.meaning.clone())
                .unwrap_or_default()
        })
    };
    let inset = move |of: fn(&charts::Span, f64) -> f64| {
        move || {
            span.with(|span| {
                span.as_ref()
                    .map(|span| format!("{}px", of(span, HALF_THUMB_CSS_PX)))
            })
        }
    };
    let turn = move |is_moving| {
        let Some(slider) = node.get_untracked() else {
            return;
        };
        let score = slider.value_as_number();
        if score.is_finite() {
            analyst.move_threshold(at_score(score), is_moving);
        }
    };
    // a key moves one step at a time: the move is over once no key follows for a while, or the focus goes elsewhere
    let n_keyed = StoredValue::new(0_u32);
    let (is_keyed, is_unsettled) = (StoredValue::new(false), StoredValue::new(false));
    let settle = move || {
        if is_unsettled.get_value() {
            is_unsettled.set_value(false);
            if !is_busy(analyst) {
                turn(false);
            }
        }
    };
    let change = move |_| {
        if !is_keyed.get_value() {
            turn(false);
            return;
        }
        is_unsettled.set_value(true);
        let n = n_keyed.get_value().wrapping_add(1);
        n_keyed.set_value(n);
        let settle_unless_moved = move || {
            if n_keyed.try_get_value() == Some(n) {
                settle();
            }
        };
        set_timeout(settle_unless_moved, KEYS_SETTLE_AFTER);
    };
    view! {
        <label class="visually-hidden" for="threshold-slider">"Threshold"</label>
        <div class="slider-box">
        <input
            id="threshold-slider"
            class="slider"
            type="range"
            data-testid="threshold-slider"
            node_ref=node
            min=of_dial(|dial| dial.low)
            max=of_dial(|dial| dial.high)
            step=of_dial(|dial| dial.step)
            prop:value=move || place().map(|place| place.to_string())
            aria-valuetext=meaning
            disabled=move || is_busy(analyst)
            style:margin-left=inset(charts::Span::left_of_slider)
            style:width=inset(charts::Span::width_of_slider)
            on:input=move |_| turn(true)
            on:change=change
            on:keydown=move |_| is_keyed.set_value(true)
            on:pointerdown=move |_| is_keyed.set_value(false)
            on:blur=move |_| settle()
        />
        </div>
        <p class="caption dial-meaning" data-testid="threshold-meaning">{meaning}</p>
    }
}

/// One way to state the threshold by typing it.
#[component]
fn DialField(
    test_id: &'static str,
    label: &'static str,
    text: Signal<String>,
    parse: fn(&str) -> Result<Contamination, Problem>,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let apply = move |event| {
        let typed = event_target_value(&event);
        // whoever types a form that the field beside the features takes is understood here too
        match parse(&typed).or_else(|problem| parse_contamination(&typed).or(Err(problem))) {
            Ok(contamination) => analyst.move_threshold(contamination, false),
            Err(problem) => analyst.refuse(problem),
        }
    };
    view! {
        <label class="dial-field">
            <span>{label}</span>
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                spellcheck="false"
                data-testid=test_id
                prop:value=text
                disabled=move || is_busy(analyst)
                on:change=apply
            />
        </label>
    }
}
