//! The linked views: what is selected in one filters all the others.

mod card;
mod distributions;
mod filters;
mod flows;
mod heatmap;
mod live;
mod profile;
mod scatter;
mod timeline;

use leptos::prelude::*;

use crate::browser::tasks;

pub(super) use card::ChartCard;
pub(super) use distributions::Distributions;
pub(super) use filters::Filters;
pub(super) use flows::FlowsCard;
pub(super) use heatmap::HeatmapCard;
pub(super) use live::{Live, Surface, capture, of_size};
pub(super) use profile::Profile;
pub(super) use scatter::ScatterCard;
pub(super) use timeline::TimelineCard;

/// A part of the page that is put in place in a task of its own.
#[component]
pub(super) fn Later(children: ChildrenFn) -> impl IntoView {
    let is_due = RwSignal::new(false);
    tasks::later(move || {
        // the part may be gone by then
        is_due.try_set(true);
    });
    view! {
        {move || is_due.get().then(|| children())}
    }
}
