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

use super::Analyst;
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

/// A part of the page that is put in place in a task of its own, and in another one filled with the first report, unless that
/// was there before.
#[component]
pub(super) fn Later(children: ChildrenFn) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let has_report = move || analyst.report_here.with(Option::is_some);
    let is_due = RwSignal::new(false);
    let is_filled = RwSignal::new(untrack(has_report));
    // the part may be gone by then
    tasks::later(move || {
        is_due.try_set(true);
    });
    // parts are filled in the order in which they stand: the last one is the end
    Effect::new(move || {
        if is_due.get() && has_report() && !is_filled.get_untracked() {
            tasks::later(move || {
                is_filled.try_set(true);
            });
        }
    });
    let report_here =
        Signal::derive(move || is_filled.get().then(|| analyst.report_here.get()).flatten());
    move || {
        is_due.get().then(|| {
            provide_context(analyst.showing(report_here));
            children()
        })
    }
}
