//! Sessions over time.

use leptos::prelude::*;

use super::card::ChartCard;
use crate::charts;
use crate::session::Shown;
use crate::ui::Analyst;
use crate::ui::charts::{Chart, Draw};

/// Lengths of a bucket to choose from, in seconds.
const BUCKETS: [(i64, &str); 7] = [
    (60, "1 minute"),
    (300, "5 minutes"),
    (900, "15 minutes"),
    (3600, "1 hour"),
    (21_600, "6 hours"),
    (86_400, "1 day"),
    (604_800, "1 week"),
];

/// The timeline with the length of its buckets.
#[component]
pub(in crate::ui) fn TimelineCard() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let shown = Signal::derive(move || analyst.shown());
    let description = description(shown);
    view! {
        <ChartCard title="Timeline" tools=move || view! { <BucketField/> } description table=move || None>
            <div class="plot">
                <PeriodChart test_id="chart-timeline" shown/>
            </div>
        </ChartCard>
    }
}

fn description(shown: Signal<Option<Shown>>) -> Signal<String> {
    Signal::derive(move || {
        shown.with(|shown| {
            let timeline = shown.as_ref().and_then(Shown::timeline);
            timeline.map(charts::describe_timeline).unwrap_or_default()
        })
    })
}

/// The timeline alone.
#[component]
pub(super) fn PeriodChart(
    /// `data-testid` of the canvas.
    test_id: &'static str,
    /// Where it takes its part from. Tracked.
    shown: Signal<Option<Shown>>,
) -> impl IntoView {
    let draw = move || -> Option<Draw> {
        let shown = shown.get()?;
        shown.timeline()?;
        Some(Box::new(move |area, style| {
            let timeline = shown.timeline();
            timeline.is_some_and(|timeline| charts::draw_timeline(area, timeline, style).is_ok())
        }))
    };
    view! { <Chart test_id description=description(shown) draw/> }
}

#[component]
fn BucketField() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let bucket_seconds = analyst.looking.bucket_seconds;
    let choose = move |event| bucket_seconds.set(event_target_value(&event).parse().ok());
    view! {
        <label class="tool">
            <span>"Bucket"</span>
            <select data-testid="timeline-bucket" on:change=choose>
                <option value="" prop:selected=move || bucket_seconds.get().is_none()>"Automatic"</option>
                {BUCKETS
                    .into_iter()
                    .map(|(seconds, name)| {
                        view! { <option value=seconds prop:selected=move || bucket_seconds.get() == Some(seconds)>{name}</option> }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}
