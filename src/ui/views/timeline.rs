//! Sessions over time.

use leptos::prelude::*;

use super::card::LiveCard;
use super::live::{Surface, of_size};
use crate::charts::{self, Direction, Region, TimelineSpan};
use crate::filter::View;
use crate::session::{BUCKETS, Shown, chips, picks};
use crate::ui::Analyst;
use crate::ui::charts::{Chart, Draw};

/// The buckets of the timeline that is shown.
#[derive(Clone)]
struct Buckets {
    shown: Shown,
    span: TimelineSpan,
}

impl Surface for Buckets {
    type Place = usize;

    fn plot(&self) -> Region {
        self.span.plot()
    }

    fn at(&self, point: (f64, f64)) -> Option<usize> {
        let is_within = self.plot().contains(point);
        self.span.bucket_at(point.0).filter(|_| is_within)
    }

    fn first(&self) -> Option<usize> {
        let timeline = self.shown.timeline()?;
        (!timeline.buckets.is_empty()).then_some(0)
    }

    fn step(&self, from: usize, direction: Direction) -> usize {
        self.span.moved(from, direction)
    }

    fn region(&self, from: usize, to: usize) -> Region {
        self.span.region_of_buckets(from, to)
    }

    fn readout(&self, bucket: usize) -> Vec<String> {
        let timeline = self.shown.timeline();
        timeline
            .map(|timeline| charts::timeline_readout(timeline, bucket))
            .unwrap_or_default()
    }
}

/// The timeline, whose periods can be selected, with the length of its buckets.
#[component]
pub(in crate::ui) fn TimelineCard() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let size = RwSignal::new((0, 0));
    let shown = Signal::derive(move || analyst.shown());
    let surface = of_size(size, move |size| {
        let shown = shown.get()?;
        let span = charts::timeline_span(shown.timeline()?, size);
        Some(Buckets { shown, span })
    });
    let description = description(shown);
    let table = move || Some(charts::timeline_table(shown.get()?.timeline()?));
    let selected = move |buckets: &Buckets| {
        let period = analyst
            .conditions
            .with(|conditions| chips::period(conditions, &View::Timeline));
        period
            .and_then(|(start, end)| buckets.span.region(start, end))
            .into_iter()
            .collect()
    };
    let longer = move || {
        let shown = shown.get()?;
        charts::why_longer(shown.timeline()?, analyst.looking.bucket_seconds.get())
    };
    let select = move |buckets: Option<(usize, usize)>| {
        let test = buckets.and_then(|(from, to)| {
            let shown = shown.get_untracked()?;
            Some(picks::buckets_test(shown.timeline()?, from, to))
        });
        analyst.select(&View::Timeline, test.into_iter().collect());
    };
    view! {
        <LiveCard
            title="Timeline"
            test_id="live-timeline"
            help="Arrow keys go from bucket to bucket, with shift they select a period, Enter selects one, Escape gives the selection up. Drag to select."
            tools=move || view! { <BucketField/> }
            foot=move || view! { <p class="caption" role="status" data-testid="timeline-longer">{longer}</p> }
            description
            table
            surface
            selected
            select
            size
        >
            <PeriodChart test_id="chart-timeline" shown size comes_first=true/>
        </LiveCard>
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
    /// Told the width and height of the canvas, in CSS pixels.
    #[prop(optional)]
    size: RwSignal<(i32, i32)>,
    /// As of [`Chart`].
    #[prop(optional)]
    comes_first: bool,
) -> impl IntoView {
    let draw = move || -> Option<Draw> {
        let shown = shown.get()?;
        shown.timeline()?;
        Some(Box::new(move |area, style| {
            let timeline = shown.timeline();
            timeline.is_some_and(|timeline| charts::draw_timeline(area, timeline, style).is_ok())
        }))
    };
    view! { <Chart test_id description=description(shown) draw size comes_first/> }
}

#[component]
fn BucketField() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let bucket_seconds = analyst.looking.bucket_seconds;
    let choose = move |event| bucket_seconds.set(event_target_value(&event).parse().ok());
    let drawn = Memo::new(move |_| {
        let shown = analyst.shown()?;
        Some(shown.timeline()?.bucket_seconds)
    });
    // the one that is chosen says how long its bars are, if its name does not
    let named = move |name: &'static str, seconds: Option<i64>| match drawn.get() {
        Some(drawn) if bucket_seconds.get() == seconds && seconds != Some(drawn) => {
            format!("{name}: {}", charts::bucket_length(drawn))
        }
        _ => name.to_owned(),
    };
    view! {
        <label class="tool">
            <span>"Bucket"</span>
            <select data-testid="timeline-bucket" on:change=choose>
                <option value="" prop:selected=move || bucket_seconds.get().is_none()>{move || named("Automatic", None)}</option>
                {BUCKETS
                    .into_iter()
                    .map(|(seconds, name)| {
                        view! {
                            <option value=seconds prop:selected=move || bucket_seconds.get() == Some(seconds)>
                                {move || named(name, Some(seconds))}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}
