//! Sources and their destinations.

use std::sync::Arc;

use leptos::prelude::*;

use super::card::LiveCard;
use super::live::{Surface, of_size};
use crate::charts::{self, Direction, FlowsPlace, FlowsSpan, Region};
use crate::filter::View;
use crate::report::Picture;
use crate::session::chips::Value;
use crate::session::picks;
use crate::text::visible;
use crate::ui::Analyst;
use crate::ui::analyst::Profiled;
use crate::ui::charts::{Chart, Draw};

/// The flows of the last picture.
#[derive(Clone)]
struct Pairs {
    picture: Arc<Picture>,
    span: FlowsSpan,
}

impl Surface for Pairs {
    type Place = FlowsPlace;

    fn plot(&self) -> Region {
        self.span.plot()
    }

    fn at(&self, point: (f64, f64)) -> Option<FlowsPlace> {
        self.span.place_at(point)
    }

    fn first(&self) -> Option<FlowsPlace> {
        let flows = self.picture.flows.as_ref()?;
        (!flows.sources.is_empty()).then_some(FlowsPlace::Source(0))
    }

    fn step(&self, from: FlowsPlace, direction: Direction) -> FlowsPlace {
        self.span.moved(from, direction)
    }

    fn region(&self, from: FlowsPlace, to: FlowsPlace) -> Region {
        let (from, to) = (self.span.region(from), self.span.region(to));
        Region {
            left: from.left.min(to.left),
            top: from.top.min(to.top),
            right: from.right.max(to.right),
            bottom: from.bottom.max(to.bottom),
        }
    }

    fn readout(&self, place: FlowsPlace) -> Vec<String> {
        let flows = self.picture.flows.as_ref();
        flows
            .map(|flows| charts::flows_readout(flows, place))
            .unwrap_or_default()
    }
}

/// The flows, whose ends can be selected.
#[component]
pub(in crate::ui) fn FlowsCard() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let picture = analyst.looking.picture;
    let size = RwSignal::new((0, 0));
    let surface = of_size(size, move |size| {
        let picture = picture.get()?;
        let span = charts::flows_span(picture.flows.as_ref()?, size);
        Some(Pairs { picture, span })
    });
    let description = Signal::derive(move || {
        picture
            .with(|picture| Some(charts::describe_flows(picture.as_ref()?.flows.as_ref()?)))
            .unwrap_or_default()
    });
    let table = move || {
        picture.with(|picture| Some(charts::flows_table(picture.as_ref()?.flows.as_ref()?)))
    };
    let draw = move || -> Option<Draw> {
        let picture = picture.get()?;
        Some(Box::new(move |area, style| {
            let flows = picture.flows.as_ref();
            flows.is_some_and(|flows| charts::draw_flows(area, flows, style).is_ok())
        }))
    };
    let selected = move |pairs: &Pairs| {
        let Some(flows) = pairs.picture.flows.as_ref() else {
            return Vec::new();
        };
        let places = analyst
            .conditions
            .with(|conditions| picks::selected_flows(flows, conditions));
        places
            .into_iter()
            .map(|place| pairs.span.region(place))
            .collect()
    };
    let select = move |places: Option<(FlowsPlace, FlowsPlace)>| {
        let tests = picture.with_untracked(|picture| {
            let flows = picture.as_ref()?.flows.as_ref()?;
            let (from, to) = places?;
            Some(picks::flows_tests(flows, from, to))
        });
        analyst.select(&View::Flows, tests.unwrap_or_default());
    };
    // a log without two such columns has no flows
    let has_none = move || {
        picture.with(|picture| {
            picture
                .as_ref()
                .is_some_and(|picture| picture.flows.is_none())
        })
    };
    view! {
        <Show when=move || !has_none()>
            <LiveCard
                title="Sources and destinations"
                test_id="live-flows"
                help="Arrow keys go from place to place, with shift they select, Enter selects one, Escape gives the selection up. Click a name or a cell."
                is_tall=true
                foot=move || view! { <EndProfiles/> }
                description
                table
                surface
                selected
                select
                size
            >
                <Chart test_id="chart-flows" description draw size/>
            </LiveCard>
        </Show>
    }
}

/// Opens the profile of any end of the flows.
#[component]
fn EndProfiles() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let ends = Memo::new(move |_| {
        analyst.looking.picture.with(|picture| {
            let flows = picture.as_ref().and_then(|picture| picture.flows.as_ref());
            flows.map(picks::flow_ends).unwrap_or_default()
        })
    });
    let end = move |(column, name): (String, String)| {
        let label = visible(format!("Profile of {name}, {column}"));
        let title = visible(name.clone());
        let profiled = Profiled {
            column,
            value: Value::Text(Some(name)),
        };
        view! {
            <button
                type="button"
                class="button is-small is-long"
                data-testid="flow-profile"
                aria-label=label
                on:click=move |_| analyst.looking.profiled.set(Some(profiled.clone()))
            >
                {title}
            </button>
        }
    };
    view! {
        <details class="ends">
            <summary>"Profiles of sources and destinations"</summary>
            <div class="small-buttons">
                <For each=move || ends.get() key=|end| end.clone() children=end/>
            </div>
        </details>
    }
}
