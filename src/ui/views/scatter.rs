//! The scatter plot of any two columns.

use leptos::prelude::*;

use super::card::ChartCard;
use crate::charts::{self, Scale};
use crate::filter::SCORE;
use crate::report::{Axis, Scatter};
use crate::session::Shown;
use crate::ui::Analyst;
use crate::ui::charts::{Chart, Draw};

/// The plot with its axes' controls.
#[component]
pub(in crate::ui) fn ScatterCard() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let scales = analyst.looking.scales;
    let description = Signal::derive(move || {
        analyst
            .shown()
            .map(|shown| charts::describe_scatter(shown.scatter()))
            .unwrap_or_default()
    });
    let draw = move || -> Option<Draw> {
        let shown = analyst.shown()?;
        let (scale, _) = scales.get();
        Some(Box::new(move |area, style| {
            charts::draw_scatter(area, shown.scatter(), scale, style).is_ok()
        }))
    };
    let tools = move || {
        view! {
            <AxisField which=Which::X/>
            <AxisField which=Which::Y/>
        }
    };
    view! {
        <ChartCard title="Scatter plot" tools description table=move || None>
            <div class="plot is-tall">
                <Chart test_id="chart-scatter" description draw/>
            </div>
        </ChartCard>
    }
}

/// One of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    X,
    Y,
}

impl Which {
    fn of(self, scatter: &Scatter) -> &Axis {
        match self {
            Self::X => &scatter.x,
            Self::Y => &scatter.y,
        }
    }

    /// Returns its name, and the `data-testid` of its column and of its scale.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::X => ("Across", "scatter-x", "scatter-x-log"),
            Self::Y => ("Up", "scatter-y", "scatter-y-log"),
        }
    }
}

/// The column of an axis, and whether it is logarithmic.
#[component]
fn AxisField(which: Which) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let looking = analyst.looking;
    let (title, column_id, scale_id) = which.names();
    let current = Memo::new(move |_| {
        analyst
            .shown()
            .map(|shown: Shown| which.of(shown.scatter()).column.clone())
    });
    let columns = move || {
        let mut names: Vec<String> = analyst.overview.with(|overview| {
            let candidates = overview.iter().flat_map(|overview| &overview.candidates);
            candidates.map(|candidate| candidate.name.clone()).collect()
        });
        names.push(SCORE.to_owned());
        names
            .into_iter()
            .map(|name| {
                let column = name.clone();
                let is_current = move || current.with(|current| current.as_ref() == Some(&column));
                view! { <option value=name.clone() prop:selected=is_current>{name.clone()}</option> }
            })
            .collect_view()
    };
    let choose = move |event| {
        let column = Some(event_target_value(&event));
        looking.scatter.update(|scatter| {
            match which {
                Which::X => scatter.x = column,
                Which::Y => scatter.y = column,
            }
            scatter.window = None;
        });
    };
    let is_log = move || {
        let (x, y) = looking.scales.get();
        match which {
            Which::X => x == Scale::Log,
            Which::Y => y == Scale::Log,
        }
    };
    let spread = move |event| {
        let scale = if event_target_checked(&event) {
            Scale::Log
        } else {
            Scale::Linear
        };
        looking.scales.update(|(x, y)| match which {
            Which::X => *x = scale,
            Which::Y => *y = scale,
        });
    };
    view! {
        <span class="tool">
            <label class="tool">
                <span>{title}</span>
                <select data-testid=column_id on:change=choose>{columns}</select>
            </label>
            <label class="check">
                <input type="checkbox" data-testid=scale_id aria-label=format!("{title}: logarithmic") prop:checked=is_log on:change=spread/>
                "log"
            </label>
        </span>
    }
}
