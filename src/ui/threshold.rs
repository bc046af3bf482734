//! The histogram of scores with its threshold, to be dragged, stepped or typed.

use std::time::Duration;

use leptos::ev::PointerEvent;
use leptos::html::Input;
use leptos::prelude::*;

use super::charts::{Chart, Draw};
use super::rest::Rest;
use super::views::{ChartCard, Live, Surface, capture, of_size};
use super::{Analyst, is_busy};
use crate::charts::format::format_count;
use crate::charts::{self, Direction, Region};
use crate::filter::View;
use crate::forest::Contamination;
use crate::session::dial::{
    Dial, at_score, parse_contamination, parse_percent, parse_score, parse_top,
};
use crate::session::{Problem, Shown, picks};

/// Half of the width of a slider's thumb in CSS pixels; the style sheet has the whole.
const HALF_THUMB_CSS_PX: f64 = 8.0;

/// How long after its last step by a key the threshold counts as standing still.
const KEYS_SETTLE_AFTER: Duration = Duration::from_millis(700);

/// How far from the threshold's line the pointer takes hold of it, in CSS pixels.
const REACH_CSS_PX: f64 = 12.0;

/// The bars of the histogram that is shown.
#[derive(Clone)]
struct Bars {
    shown: Shown,
    span: charts::Span,
}

impl Surface for Bars {
    type Place = usize;

    fn plot(&self) -> Region {
        self.span.plot
    }

    fn at(&self, point: (f64, f64)) -> Option<usize> {
        let bar = self.shown.histogram().bar(self.span.score_at(point.0));
        self.plot().contains(point).then_some(bar)
    }

    fn first(&self) -> Option<usize> {
        (!self.shown.histogram().normal.is_empty()).then_some(0)
    }

    fn step(&self, from: usize, direction: Direction) -> usize {
        charts::histogram_bar_beside(self.shown.histogram(), from, direction)
    }

    fn region(&self, from: usize, to: usize) -> Region {
        let range = self.shown.histogram().range(from.min(to), from.max(to));
        range.map_or(self.plot(), |(low, high)| self.span.region(low, high))
    }

    fn readout(&self, bar: usize) -> Vec<String> {
        charts::histogram_readout(self.shown.histogram(), bar)
    }
}

/// The card with the histogram, in which scores can be selected, and the threshold's controls.
#[component]
pub(super) fn Threshold() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let size = RwSignal::new((0, 0));
    let dial = Memo::new(move |_| {
        analyst.applied.with(|settings| {
            let contamination = settings.as_ref()?.params.contamination;
            analyst
                .report_here
                .with(|report| Some(Dial::of(report.as_ref()?, contamination)))
        })
    });
    let shown = Signal::derive(move || {
        let report = analyst.report_here.get()?;
        let threshold = report.threshold;
        let shown = analyst.conditions.with(|conditions| {
            Shown::choose_scores(conditions, report, analyst.looking.picture.get())
        });
        Some((shown, threshold))
    });
    let surface = of_size(size, move |size| {
        let (shown, threshold) = shown.get()?;
        let span = charts::histogram_span(shown.histogram(), threshold, size);
        Some(Bars { shown, span })
    });
    let span = Memo::new(move |_| surface.with(|bars| Some(bars.as_ref()?.span)));
    let description = Signal::derive(move || {
        let said = shown
            .get()
            .map(|(shown, threshold)| charts::describe_histogram(shown.histogram(), threshold));
        said.unwrap_or_default()
    });
    let table = move || Some(charts::histogram_table(shown.get()?.0.histogram()));
    let draw = move || -> Option<Draw> {
        let (shown, threshold) = shown.get()?;
        Some(Box::new(move |area, style| {
            charts::draw_histogram(area, shown.histogram(), threshold, style).is_ok()
        }))
    };
    let selected = move |bars: &Bars| {
        let ends = analyst
            .conditions
            .with(|conditions| picks::selected_scores(bars.shown.histogram(), conditions));
        ends.map(|(from, to)| bars.region(from, to))
            .into_iter()
            .collect()
    };
    let select = move |bars: Option<(usize, usize)>| {
        let test = bars.and_then(|(from, to)| {
            let (shown, _) = shown.get_untracked()?;
            picks::scores_test(shown.histogram(), from, to)
        });
        analyst.select(&View::Scores, test.into_iter().collect());
    };
    let aim = move |event: &PointerEvent, is_moving| {
        if let Some(span) = span.get_untracked() {
            let score = span.score_at(f64::from(event.offset_x()));
            analyst.move_threshold(at_score(score), is_moving);
        }
    };
    let is_at_line = move |event: &PointerEvent| {
        let threshold = analyst
            .report_here
            .with_untracked(|report| report.as_ref().map(|report| report.threshold));
        let line = threshold
            .zip(span.get_untracked())
            .map(|(threshold, span)| span.x(threshold));
        line.is_some_and(|line| (f64::from(event.offset_x()) - line).abs() <= REACH_CSS_PX)
    };
    // the line lies above the bars: what it takes, the selection below does not see
    let is_dragged = StoredValue::new(false);
    let is_held = RwSignal::new(false);
    let grab = move |event: PointerEvent| {
        if event.button() != 0 || !is_at_line(&event) {
            return;
        }
        event.stop_propagation();
        if !is_busy(analyst) {
            capture(&event);
            is_dragged.set_value(true);
            aim(&event, true);
        }
    };
    let drag = move |event: PointerEvent| {
        let is_dragged = is_dragged.get_value();
        if is_dragged {
            event.stop_propagation();
            aim(&event, true);
        }
        let is_over = is_dragged || is_at_line(&event);
        if is_held.get_untracked() != is_over {
            is_held.set(is_over);
        }
    };
    let drop = move |event: PointerEvent| {
        if is_dragged.get_value() {
            event.stop_propagation();
            is_dragged.set_value(false);
            aim(&event, false);
        }
    };
    let stop = move |_| is_dragged.set_value(false);
    view! {
        <ChartCard title="Scores and threshold" description table>
            <div
                class="plot"
                class:is-at-threshold=is_held
                on:pointerdown:capture=grab
                on:pointermove:capture=drag
                on:pointerup:capture=drop
                on:pointercancel:capture=stop
            >
                <Live
                    test_id="live-scores"
                    label="Scores"
                    help="Arrow keys go from bar to bar, with shift they select, Enter selects one, Escape gives the selection up. Drag to select; drag the dashed line to move the threshold."
                    surface
                    selected
                    select
                    size
                >
                    <Chart test_id="chart-scores" description draw size comes_first=true/>
                </Live>
            </div>
            <p class="caption">"Drag the dashed line to move the threshold; drag anywhere else to select scores, which filters the other views."</p>
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
            <Ties/>
        </ChartCard>
    }
}

/// Why the threshold is not where it was asked for, if sessions tie there, and what takes them all.
#[component]
fn Ties() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let ties = Memo::new(move |_| {
        analyst
            .report_here
            .with(|report| report.as_ref().and_then(|report| report.ties.clone()))
    });
    let offer = move || {
        ties.with(|ties| {
            let ties = ties.as_ref()?;
            Some((ties.next?, format_count(ties.n_next())))
        })
    };
    view! {
        <div class="small-buttons" aria-live="polite">
            {move || ties.get().map(|ties| view! { <p class="caption" data-testid="threshold-ties">{ties.text()}</p> })}
            {move || {
                offer()
                    .map(|(next, n)| {
                        view! {
                            <button
                                type="button"
                                class="button is-small"
                                data-testid="threshold-take-ties"
                                aria-disabled=move || is_busy(analyst).to_string()
                                on:click=move |_| if !is_busy(analyst) { analyst.move_threshold(next, false) }
                            >
                                {format!("Flag {n}")}
                            </button>
                        }
                    })
            }}
        </div>
    }
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
    let rest = Rest::new(KEYS_SETTLE_AFTER);
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
        rest.put_off(settle);
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
