//! How the features are distributed, among normal sessions and among suspicious ones.

use std::sync::Arc;

use leptos::prelude::*;

use super::live::{Live, Surface, of_size};
use crate::charts::{self, Direction, DistributionSpan, Region};
use crate::filter::View;
use crate::report::{Distribution, Picture};
use crate::session::picks;
use crate::text::visible;
use crate::ui::Analyst;
use crate::ui::charts::{Chart, Draw};
use crate::ui::pieces::ShowMore;
use crate::ui::views::card::ChartData;

/// Charts that are shown at first, and more each time that is asked for.
const N_CHARTS: usize = 24;

/// The bars of a feature in the last picture.
#[derive(Clone)]
struct Bars {
    picture: Arc<Picture>,
    place: usize,
    span: DistributionSpan,
}

impl Bars {
    fn distribution(&self) -> &Distribution {
        &self.picture.distributions[self.place]
    }
}

impl Surface for Bars {
    type Place = usize;

    fn plot(&self) -> Region {
        self.span.plot()
    }

    fn at(&self, point: (f64, f64)) -> Option<usize> {
        let is_within = self.plot().contains(point);
        self.span.bar_at(point.0).filter(|_| is_within)
    }

    fn first(&self) -> Option<usize> {
        (!self.distribution().normal.is_empty()).then_some(0)
    }

    fn step(&self, from: usize, direction: Direction) -> usize {
        self.span.moved(from, direction)
    }

    fn region(&self, from: usize, to: usize) -> Region {
        self.span.region(from, to)
    }

    fn readout(&self, bar: usize) -> Vec<String> {
        charts::distribution_readout(self.distribution(), bar)
    }
}

/// One small chart for each feature.
#[component]
pub(in crate::ui) fn Distributions() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let features = Memo::new(move |_| {
        analyst.report_here.with(|report| {
            let summary = report.iter().flat_map(|report| &report.summary);
            let names = summary.map(|feature| feature.name.clone());
            names.enumerate().collect::<Vec<_>>()
        })
    });
    let n_shown = RwSignal::new(N_CHARTS);
    let shown = move || {
        features.with(|features| {
            features
                .iter()
                .take(n_shown.get())
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    view! {
        <section class="card chart-card" aria-label="Distributions">
            <div class="card-head"><h2>"Distributions of the features"</h2></div>
            <div class="small-charts">
                <For each=shown key=|feature| feature.clone() children=|(i, feature)| view! { <DistributionChart i feature/> }/>
            </div>
            <ShowMore n_shown total=Signal::derive(move || features.with(Vec::len)) piece=N_CHARTS/>
        </section>
    }
}

#[component]
fn DistributionChart(i: usize, feature: String) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let picture = analyst.looking.picture;
    let size = RwSignal::new((0, 0));
    let column = StoredValue::new(feature.clone());
    let found = Signal::derive(move || {
        let picture = picture.get()?;
        let place = picture
            .distributions
            .iter()
            .position(|distribution| column.with_value(|column| distribution.column == *column))?;
        Some((picture, place))
    });
    let surface = of_size(size, move |size| {
        let (picture, place) = found.get()?;
        let span = charts::distribution_span(&picture.distributions[place], size);
        Some(Bars {
            picture,
            place,
            span,
        })
    });
    let description = Signal::derive(move || {
        found
            .get()
            .map(|(picture, place)| charts::describe_distribution(&picture.distributions[place]))
            .unwrap_or_default()
    });
    let table = move || {
        let (picture, place) = found.get()?;
        Some(charts::distribution_table(&picture.distributions[place]))
    };
    let draw = move || -> Option<Draw> {
        let (picture, place) = found.get()?;
        Some(Box::new(move |area, style| {
            charts::draw_distribution(area, &picture.distributions[place], style).is_ok()
        }))
    };
    let selected = move |bars: &Bars| {
        let ends = analyst
            .conditions
            .with(|conditions| picks::selected_bars(bars.distribution(), conditions));
        ends.map(|(from, to)| bars.span.region(from, to))
            .into_iter()
            .collect()
    };
    let select = move |bars: Option<(usize, usize)>| {
        let test = bars.and_then(|(from, to)| {
            let (picture, place) = found.get_untracked()?;
            picks::bars_test(&picture.distributions[place], from, to)
        });
        let made_in = View::Distribution(column.get_value());
        analyst.select(&made_in, test.into_iter().collect());
    };
    let name = visible(feature);
    view! {
        <div class="small-chart">
            <h3>{name.clone()}</h3>
            <div class="plot is-low">
                <Live
                    test_id=format!("live-distribution-{i}")
                    label=format!("Distribution of {name}")
                    help="Arrow keys go from bar to bar, with shift they select, Enter selects one, Escape gives the selection up. Drag to select."
                    surface
                    selected
                    select
                    size
                >
                    <Chart test_id="chart-distribution" description draw size/>
                </Live>
            </div>
            <ChartData title=format!("distribution of {name}") description table/>
        </div>
    }
}
