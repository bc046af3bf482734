//! Sessions by hour and weekday.

use std::sync::Arc;

use leptos::prelude::*;

use super::card::LiveCard;
use super::live::{Surface, of_size};
use crate::charts::{self, Direction, HeatmapSpan, Hour, Region};
use crate::filter::View;
use crate::report::{Heatmap, Picture};
use crate::session::picks;
use crate::ui::Analyst;
use crate::ui::charts::{Chart, Draw};

/// The hours of the last picture.
#[derive(Clone)]
struct Hours {
    picture: Arc<Picture>,
    span: HeatmapSpan,
}

impl Surface for Hours {
    type Place = Hour;

    fn plot(&self) -> Region {
        self.span.plot()
    }

    fn at(&self, point: (f64, f64)) -> Option<Hour> {
        self.span.hour_at(point)
    }

    fn first(&self) -> Option<Hour> {
        Hour::busiest(self.picture.heatmap.as_ref()?)
    }

    fn step(&self, from: Hour, direction: Direction) -> Hour {
        from.moved(direction)
    }

    fn region(&self, from: Hour, to: Hour) -> Region {
        self.span.region(from, to)
    }

    fn readout(&self, hour: Hour) -> Vec<String> {
        let zone = &self.picture.query.zone;
        let heatmap = self.picture.heatmap.as_ref();
        heatmap
            .map(|heatmap| charts::heatmap_readout(heatmap, zone, hour))
            .unwrap_or_default()
    }
}

/// The heatmap, whose hours can be selected.
#[component]
pub(in crate::ui) fn HeatmapCard() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let picture = analyst.looking.picture;
    let size = RwSignal::new((0, 0));
    let surface = of_size(size, move |size| {
        let picture = picture.get()?;
        let span = charts::heatmap_span(picture.heatmap.as_ref()?, size);
        Some(Hours { picture, span })
    });
    let description = description(picture);
    let table = move || picture.with(|picture| of(picture.as_ref()?, charts::heatmap_table));
    let selected = move |hours: &Hours| {
        let corners = analyst
            .conditions
            .with(|conditions| picks::selected_hours(conditions));
        corners
            .map(|(from, to)| hours.span.region(from, to))
            .into_iter()
            .collect()
    };
    let select = move |corners: Option<(Hour, Hour)>| {
        let test = corners.map(|(from, to)| picks::hours_test(from, to));
        analyst.select(&View::Heatmap, test.into_iter().collect());
    };
    view! {
        <LiveCard
            title="Hours of the week"
            test_id="live-heatmap"
            help="Arrow keys go from hour to hour, with shift they select, Enter selects one, Escape gives the selection up. Drag to select."
            description
            table
            surface
            selected
            select
            size
        >
            <HoursChart test_id="chart-heatmap" picture size/>
        </LiveCard>
    }
}

fn of<T>(picture: &Picture, say: fn(&Heatmap, &str) -> T) -> Option<T> {
    let heatmap = picture.heatmap.as_ref()?;
    Some(say(heatmap, &picture.query.zone))
}

fn description(picture: RwSignal<Option<Arc<Picture>>>) -> Signal<String> {
    Signal::derive(move || {
        picture
            .with(|picture| of(picture.as_ref()?, charts::describe_heatmap))
            .unwrap_or_default()
    })
}

/// The heatmap alone.
#[component]
pub(super) fn HoursChart(
    /// `data-testid` of the canvas.
    test_id: &'static str,
    /// Where it takes its hours from.
    picture: RwSignal<Option<Arc<Picture>>>,
    /// Told the width and height of the canvas, in CSS pixels.
    #[prop(optional)]
    size: RwSignal<(i32, i32)>,
) -> impl IntoView {
    let draw = move || -> Option<Draw> {
        let picture = picture.get()?;
        Some(Box::new(move |area, style| {
            let zone = &picture.query.zone;
            let heatmap = picture.heatmap.as_ref();
            heatmap.is_some_and(|heatmap| charts::draw_heatmap(area, heatmap, zone, style).is_ok())
        }))
    };
    view! { <Chart test_id description=description(picture) draw size/> }
}
