//! The scatter plot of any two columns.

use std::collections::HashMap;

use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::prelude::*;

use super::card::ChartCard;
use super::live::{Layer, Overlay, capture, direction, of_size};
use crate::charts::{
    self, Cursor, Direction, Emphasis, MarkPlace, Region, Scale, ScatterSpan, ScatterView, Window,
};
use crate::filter::{SCORE, View};
use crate::report::{Axis, Scatter};
use crate::session::{Shown, picks};
use crate::text::visible;
use crate::ui::Analyst;
use crate::ui::charts::{Chart, Draw};
use crate::ui::pieces::ColumnChoice;

/// How far from a mark the pointer may be, in CSS pixels.
const REACH: f64 = 14.0;

/// Movements of the pointer up to this are a click, in CSS pixels.
const CLICK: f64 = 4.0;

/// How much nearer a press of a key or button comes.
const ZOOM: f64 = 1.5;

/// How much nearer a turn of the wheel comes, for each CSS pixel that it would scroll.
const ZOOM_PER_PIXEL: f64 = 0.002;

/// How far an arrow key moves the plane, in CSS pixels.
const PAN: f64 = 48.0;

/// Where the marks lie on the canvas.
#[derive(Clone)]
struct Plane {
    shown: Shown,
    span: ScatterSpan,
}

/// What dragging does; with shift it does the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Select,
    Move,
}

/// A drag under way, from its first point to the last one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drag {
    tool: Tool,
    from: (f64, f64),
    to: (f64, f64),
}

impl Drag {
    fn is_click(&self) -> bool {
        (self.to.0 - self.from.0).hypot(self.to.1 - self.from.1) <= CLICK
    }
}

/// The plot with its axes' controls.
#[component]
pub(in crate::ui) fn ScatterCard() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let looking = analyst.looking;
    let size = RwSignal::new((0, 0));
    let tool = RwSignal::new(Tool::Select);
    let view = Signal::derive(move || {
        let (x, y) = looking.scales.get();
        ScatterView {
            x,
            y,
            window: looking.window.get(),
        }
    });
    let description = Signal::derive(move || {
        analyst
            .shown()
            .map(|shown| charts::describe_scatter(shown.scatter()))
            .unwrap_or_default()
    });
    let draw = move || -> Option<Draw> {
        let shown = analyst.shown()?;
        let view = view.get();
        Some(Box::new(move |area, style| {
            charts::draw_scatter(area, shown.scatter(), view, style).is_ok()
        }))
    };
    let plane = of_size(size, move |size| {
        let shown = analyst.shown()?;
        let span = charts::scatter_span(shown.scatter(), view.get(), size);
        Some(Plane { shown, span })
    });
    let table = move || Some(charts::scatter_table(analyst.shown()?.scatter()));
    let tools = move || {
        view! {
            <AxisField which=Which::X/>
            <AxisField which=Which::Y/>
            <ViewButtons plane tool/>
        }
    };
    view! {
        <ChartCard title="Scatter plot" tools description table>
            <div class="plot is-tall">
                <div class="is-live">
                    <Chart test_id="chart-scatter" description draw size comes_first=true/>
                    <Pointing plane tool size/>
                </div>
            </div>
        </ChartCard>
    }
}

/// Shows a part of the plane, `None` all of it.
fn show(analyst: Analyst, window: Option<Window>) {
    let shown = analyst.looking.window;
    if shown.get_untracked() != window {
        shown.set(window);
    }
}

/// Comes nearer to a point by a factor, to the middle of the plot if there is none.
fn zoom(analyst: Analyst, plane: Signal<Option<Plane>>, at: Option<(f64, f64)>, factor: f64) {
    let window = plane.with_untracked(|plane| {
        let span = &plane.as_ref()?.span;
        Some(span.zoomed(at.unwrap_or(span.plot().middle()), factor))
    });
    if let Some(window) = window {
        show(analyst, window);
    }
}

/// Selects the sessions in a part of the plane.
fn select(analyst: Analyst, plane: &Plane, region: Region) {
    let tests = picks::window_tests(plane.shown.scatter(), plane.span.window(region));
    analyst.select(&View::Scatter, tests);
}

/// The layer above the plot that takes pointer and keys.
#[component]
fn Pointing(
    plane: Signal<Option<Plane>>,
    tool: RwSignal<Tool>,
    size: RwSignal<(i32, i32)>,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let cursor = RwSignal::new(None::<MarkPlace>);
    let drag = RwSignal::new(None::<Drag>);
    // two fingers come nearer or go away
    let fingers = StoredValue::new(HashMap::<i32, (f64, f64)>::new());
    let emphasis = Memo::new(move |_| {
        plane.with(|plane| {
            let Plane { shown, span } = plane.as_ref()?;
            let scatter = shown.scatter();
            let box_dragged = drag
                .get()
                .filter(|drag| drag.tool == Tool::Select && !drag.is_click())
                .map(|drag| Region::between(drag.from, drag.to).within(&span.plot()));
            let selected = box_dragged.or_else(|| {
                let window = analyst
                    .conditions
                    .with(|conditions| picks::selected_window(scatter, conditions))?;
                span.region(window)
            });
            let cursor = cursor.get().and_then(|place| {
                Some(Cursor {
                    target: Region::around(span.point(values(scatter, place)?)?, 7.0),
                    readout: charts::scatter_readout(scatter, place),
                })
            });
            let emphasis = Emphasis {
                selected: selected.into_iter().collect(),
                cursor,
            };
            Some((span.plot(), emphasis))
        })
    });
    let nearest = move |point: (f64, f64)| {
        plane.with_untracked(|plane| {
            let plane = plane.as_ref()?;
            plane.span.nearest(plane.shown.scatter(), point, REACH)
        })
    };
    let point_at = move |place: Option<MarkPlace>| {
        if cursor.get_untracked() != place {
            cursor.set(place);
        }
    };
    let open = move |place: MarkPlace| {
        let row =
            plane.with_untracked(|plane| Some(place.mark(plane.as_ref()?.shown.scatter())?.row));
        if let Some(row) = row {
            analyst.open_row(row);
        }
    };
    let grab = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        capture(&event);
        let from = point(&event);
        fingers.update_value(|fingers| {
            fingers.insert(event.pointer_id(), from);
        });
        let is_other = event.shift_key();
        let tool = match (tool.get_untracked(), is_other) {
            (Tool::Select, false) | (Tool::Move, true) => Tool::Select,
            (Tool::Move, false) | (Tool::Select, true) => Tool::Move,
        };
        let is_one = fingers.with_value(|fingers| fingers.len() == 1);
        drag.set(is_one.then_some(Drag {
            tool,
            from,
            to: from,
        }));
    };
    let hover = move |event: PointerEvent| {
        let to = point(&event);
        let pinch = fingers
            .try_update_value(|fingers| pinch(fingers, event.pointer_id(), to))
            .flatten();
        if let Some((middle, factor)) = pinch {
            zoom(analyst, plane, Some(middle), factor);
            return;
        }
        let Some(before) = drag.get_untracked() else {
            point_at(nearest(to));
            return;
        };
        if before.tool == Tool::Move {
            let moved = (to.0 - before.to.0, to.1 - before.to.1);
            let window = plane.with_untracked(|plane| Some(plane.as_ref()?.span.panned(moved)));
            if let Some(window) = window {
                show(analyst, window);
            }
        }
        drag.set(Some(Drag { to, ..before }));
    };
    let drop = move |event: PointerEvent| {
        fingers.update_value(|fingers| {
            fingers.remove(&event.pointer_id());
        });
        let Some(done) = drag.get_untracked() else {
            return;
        };
        drag.set(None);
        if done.is_click() {
            let place = nearest(done.to);
            point_at(place);
            if let Some(place) = place {
                open(place);
            }
        } else if done.tool == Tool::Select {
            plane.with_untracked(|plane| {
                if let Some(plane) = plane {
                    select(analyst, plane, Region::between(done.from, done.to));
                }
            });
        }
    };
    let stop = move |event: PointerEvent| {
        fingers.update_value(|fingers| {
            fingers.remove(&event.pointer_id());
        });
        drag.set(None);
    };
    let leave = move |_| point_at(None);
    let is_focused = StoredValue::new(false);
    let turn = move |event: WheelEvent| {
        // over a plot that has not the focus the wheel scrolls the page
        if !(event.ctrl_key() || event.meta_key() || is_focused.get_value()) {
            return;
        }
        event.prevent_default();
        let at = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let factor = (-event.delta_y() * ZOOM_PER_PIXEL).exp();
        zoom(analyst, plane, Some(at), factor.clamp(0.25, 4.0));
    };
    let step = move |towards: Direction| {
        plane.with_untracked(|plane| {
            let Plane { shown, span } = plane.as_ref()?;
            match cursor.get_untracked() {
                Some(place) => span.next(shown.scatter(), place, towards).or(Some(place)),
                None => span.nearest(shown.scatter(), span.plot().middle(), f64::INFINITY),
            }
        })
    };
    let at_cursor = move || {
        plane.with_untracked(|plane| {
            let Plane { shown, span } = plane.as_ref()?;
            span.point(values(shown.scatter(), cursor.get_untracked()?)?)
        })
    };
    let has_selection = move || {
        analyst.conditions.with_untracked(|conditions| {
            conditions
                .iter()
                .any(|condition| condition.made_in == View::Scatter)
        })
    };
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let key = event.key();
        match (direction(&key), key.as_str()) {
            (Some(towards), _) if event.shift_key() => {
                let by = match towards {
                    Direction::Left => (PAN, 0.0),
                    Direction::Right => (-PAN, 0.0),
                    Direction::Up => (0.0, PAN),
                    Direction::Down => (0.0, -PAN),
                };
                let window = plane.with_untracked(|plane| Some(plane.as_ref()?.span.panned(by)));
                if let Some(window) = window {
                    show(analyst, window);
                }
            }
            (Some(towards), _) => point_at(step(towards)),
            (None, "+" | "=") => zoom(analyst, plane, at_cursor(), ZOOM),
            (None, "-" | "_") => zoom(analyst, plane, at_cursor(), 1.0 / ZOOM),
            (None, "0" | "Home") => show(analyst, None),
            (None, "s" | "S") => select_shown(analyst, plane),
            (None, "Enter" | " ") => {
                if let Some(place) = cursor.get_untracked() {
                    open(place);
                }
            }
            (None, "Escape") if has_selection() => analyst.select(&View::Scatter, Vec::new()),
            _ => return,
        }
        event.prevent_default();
    };
    let readout = move || {
        emphasis.with(|emphasis| {
            let (_, emphasis) = emphasis.as_ref()?;
            Some(visible(emphasis.cursor.as_ref()?.readout.join(", ")))
        })
    };
    view! {
        <Overlay size emphasis/>
        <Layer
            test_id="live-scatter"
            label="Scatter plot".to_owned()
            help="Arrow keys go from mark to mark, Enter opens one, + and - zoom, shift and arrow keys move, 0 shows all, S selects what is shown, Escape gives the selection up. Drag to select."
            readout=Signal::derive(readout)
            on:pointerdown=grab
            on:pointermove=hover
            on:pointerup=drop
            on:pointercancel=stop
            on:pointerleave=leave
            on:wheel=turn
            on:focus=move |_| is_focused.set_value(true)
            on:blur=move |_| {
                is_focused.set_value(false);
                point_at(None);
            }
            on:dblclick=move |_| show(analyst, None)
            on:keydown=on_key
        />
    }
}

fn values(scatter: &Scatter, place: MarkPlace) -> Option<(f64, f64)> {
    let mark = place.mark(scatter)?;
    Some((mark.x, mark.y))
}

fn select_shown(analyst: Analyst, plane: Signal<Option<Plane>>) {
    plane.with_untracked(|plane| {
        if let Some(plane) = plane {
            select(analyst, plane, plane.span.plot());
        }
    });
}

fn point(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.offset_x()), f64::from(event.offset_y()))
}

/// Moves a finger; returns the middle between two and how much farther apart they are now.
fn pinch(
    fingers: &mut HashMap<i32, (f64, f64)>,
    finger: i32,
    to: (f64, f64),
) -> Option<((f64, f64), f64)> {
    let from = std::mem::replace(fingers.get_mut(&finger)?, to);
    let (_, &other) = fingers.iter().find(|&(&id, _)| id != finger)?;
    let distance = |point: (f64, f64)| (point.0 - other.0).hypot(point.1 - other.1).max(1.0);
    let middle = (0.5 * (to.0 + other.0), 0.5 * (to.1 + other.1));
    Some((middle, distance(to) / distance(from)))
}

/// What a drag does, and how much of the plane is shown.
#[component]
fn ViewButtons(plane: Signal<Option<Plane>>, tool: RwSignal<Tool>) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let is_whole = move || analyst.looking.window.with(Option::is_none);
    let choice = move |of: Tool, name: &'static str, title: &'static str| {
        view! {
            <button type="button" class="button is-small" title=title aria-pressed=move || (tool.get() == of).to_string() on:click=move |_| tool.set(of)>
                {name}
            </button>
        }
    };
    view! {
        <span class="small-buttons" role="group" aria-label="Dragging">
            {choice(Tool::Select, "Select", "Dragging selects; with shift it moves")}
            {choice(Tool::Move, "Move", "Dragging moves what is shown; with shift it selects")}
        </span>
        <span class="small-buttons" role="group" aria-label="Zoom">
            <button type="button" class="button is-small" aria-label="Zoom in" title="Zoom in (+)" on:click=move |_| zoom(analyst, plane, None, ZOOM)>"+"</button>
            <button type="button" class="button is-small" aria-label="Zoom out" title="Zoom out (-)" on:click=move |_| zoom(analyst, plane, None, 1.0 / ZOOM)>"−"</button>
            <button type="button" class="button is-small" data-testid="scatter-reset" title="Show all (0)" disabled=is_whole on:click=move |_| show(analyst, None)>"All"</button>
        </span>
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
    let names = Memo::new(move |_| {
        let mut names: Vec<String> = analyst.overview.with(|overview| {
            let candidates = overview.iter().flat_map(|overview| &overview.candidates);
            candidates.map(|candidate| candidate.name.clone()).collect()
        });
        names.push(SCORE.to_owned());
        names
    });
    let choose = Callback::new(move |column: String| {
        let column = Some(column);
        looking.window.set(None);
        analyst.axes.update(|(x, y)| match which {
            Which::X => *x = column,
            Which::Y => *y = column,
        });
    });
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
                <ColumnChoice test_id=column_id names chosen=current choose/>
            </label>
            <label class="check">
                <input type="checkbox" data-testid=scale_id aria-label=format!("{title}: logarithmic") prop:checked=is_log on:change=spread/>
                "log"
            </label>
        </span>
    }
}
