//! Pointer and keyboard on a chart whose places can be selected: bars, cells, bands.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser::{canvas, tasks};
use crate::charts::{Cursor, Direction, Emphasis, Region, Style, draw_emphasis};
use crate::text::visible;
use crate::ui::charts::theme;

/// Where the places of a chart lie, for a canvas of some size.
pub(in crate::ui) trait Surface: Clone + Send + Sync + 'static {
    /// A bar, a cell, a band.
    type Place: Copy + PartialEq + Send + Sync + 'static;

    /// Returns the rectangle that marks are drawn in.
    fn plot(&self) -> Region;

    /// Returns the place under a point, in CSS pixels from the upper left corner.
    fn at(&self, point: (f64, f64)) -> Option<Self::Place>;

    /// Returns where the keyboard begins.
    fn first(&self) -> Option<Self::Place>;

    /// Returns the place beside another.
    fn step(&self, from: Self::Place, direction: Direction) -> Self::Place;

    /// Returns what is covered from one place to another.
    fn region(&self, from: Self::Place, to: Self::Place) -> Region;

    /// Returns what stands at a place, a line each.
    fn readout(&self, place: Self::Place) -> Vec<String>;
}

/// Finds out where things lie on a chart, anew whenever the chart or its size changes.
pub(in crate::ui) fn of_size<S: Clone + Send + Sync + 'static>(
    size: RwSignal<(i32, i32)>,
    surface: impl Fn((f64, f64)) -> Option<S> + Send + Sync + 'static,
) -> Signal<Option<S>> {
    let find = move |_: Option<&Option<S>>| {
        let (width, height) = size.get();
        (width > 0 && height > 0)
            .then(|| surface((f64::from(width), f64::from(height))))
            .flatten()
    };
    Memo::new_with_compare(find, |_, _| true).into()
}

/// The chart with a layer above that takes pointer and keys: a drag or shift and arrow keys select from one place to
/// another, a click or Enter selects one.
#[component]
pub(in crate::ui) fn Live<S: Surface>(
    /// `data-testid` of the layer.
    #[prop(into)]
    test_id: String,
    /// What it is called.
    #[prop(into)]
    label: String,
    /// How the keys work, in a sentence.
    help: &'static str,
    /// Where the places lie.
    surface: Signal<Option<S>>,
    /// Returns what is selected. Tracked.
    selected: impl Fn(&S) -> Vec<Region> + Send + Sync + 'static,
    /// Told which places are selected, from the first one to the last; nothing gives the selection up.
    select: impl Fn(Option<(S::Place, S::Place)>) + Send + Sync + 'static,
    /// Width and height of the chart, in CSS pixels.
    size: RwSignal<(i32, i32)>,
    /// The chart.
    children: Children,
) -> impl IntoView {
    let cursor = RwSignal::new(None::<S::Place>);
    let anchor = RwSignal::new(None::<S::Place>);
    let is_dragged = StoredValue::new(false);
    let selected = StoredValue::new(selected);
    let select = StoredValue::new(select);
    let emphasis = Memo::new(move |_| {
        surface.with(|surface| {
            let surface = surface.as_ref()?;
            let regions = match (anchor.get(), cursor.get()) {
                (Some(from), Some(to)) => vec![surface.region(from, to)],
                _ => selected.with_value(|selected| selected(surface)),
            };
            let emphasis = Emphasis {
                selected: regions,
                cursor: cursor.get().map(|place| Cursor {
                    target: surface.region(place, place),
                    readout: surface.readout(place),
                }),
            };
            Some((surface.plot(), emphasis))
        })
    });
    let at = move |event: &PointerEvent| {
        let point = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        surface.with_untracked(|surface| surface.as_ref()?.at(point))
    };
    let tell = move |places| select.with_value(|select| select(places));
    let has_selection = move || {
        surface.with_untracked(|surface| {
            surface.as_ref().is_some_and(|surface| {
                untrack(|| selected.with_value(|selected| !selected(surface).is_empty()))
            })
        })
    };
    // what alone is selected is given up by selecting it again
    let choose = move |from: S::Place, to: S::Place| {
        let is_again = from == to
            && surface.with_untracked(|surface| {
                surface.as_ref().is_some_and(|surface| {
                    let region = surface.region(from, to);
                    untrack(|| selected.with_value(|selected| selected(surface) == [region]))
                })
            });
        tell((!is_again).then_some((from, to)));
    };
    let grab = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        let place = at(&event);
        if place.is_some() {
            capture(&event);
            is_dragged.set_value(true);
            anchor.set(place);
            cursor.set(place);
        }
    };
    let hover = move |event: PointerEvent| {
        let place = at(&event);
        // a drag that leaves the plot keeps its last place
        if cursor.get_untracked() != place && (place.is_some() || !is_dragged.get_value()) {
            cursor.set(place);
        }
    };
    let drop = move |_| {
        if is_dragged.get_value() {
            is_dragged.set_value(false);
            if let (Some(from), Some(to)) = (anchor.get_untracked(), cursor.get_untracked()) {
                choose(from, to);
            }
            anchor.set(None);
        }
    };
    let stop = move |_| {
        is_dragged.set_value(false);
        anchor.set(None);
    };
    let leave = move || {
        if !is_dragged.get_value() {
            cursor.set(None);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let key = event.key();
        if let Some(direction) = direction(&key) {
            let before = cursor.get_untracked();
            let place = surface.with_untracked(|surface| {
                let surface = surface.as_ref()?;
                match before {
                    Some(place) => Some(surface.step(place, direction)),
                    None => surface.first(),
                }
            });
            cursor.set(place);
            if event.shift_key() {
                if anchor.get_untracked().is_none() {
                    anchor.set(before.or(place));
                }
                if let (Some(from), Some(to)) = (anchor.get_untracked(), place) {
                    tell(Some((from, to)));
                }
            } else {
                anchor.set(None);
            }
        } else if matches!(key.as_str(), "Enter" | " ") {
            if let Some(place) = cursor.get_untracked() {
                choose(anchor.get_untracked().unwrap_or(place), place);
                anchor.set(None);
            }
        } else if key == "Escape" && (anchor.get_untracked().is_some() || has_selection()) {
            anchor.set(None);
            tell(None);
        } else {
            return;
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
        <div class="is-live">
            {children()}
            <Overlay size emphasis=emphasis/>
            <Layer test_id label help readout=Signal::derive(readout)
                on:pointerdown=grab
                on:pointermove=hover
                on:pointerup=drop
                on:pointercancel=stop
                on:pointerleave=move |_| leave()
                on:blur=move |_| leave()
                on:keydown=on_key
            />
        </div>
    }
}

/// What takes the focus above a chart, and says what is pointed at.
#[component]
pub(super) fn Layer(
    /// `data-testid`, of which there is one on the page.
    #[prop(into)]
    test_id: String,
    /// What it is called.
    label: String,
    /// How the keys work.
    help: &'static str,
    /// What is pointed at.
    readout: Signal<Option<String>>,
) -> impl IntoView {
    let own_id = format!("{test_id}-help");
    let (help_id, readout_id) = (format!("{test_id}-help"), format!("{test_id}-readout"));
    view! {
        <div
            class="layer"
            data-testid=test_id
            role="application"
            tabindex="0"
            aria-label=label
            aria-describedby=help_id
            title=help
        >
            <span class="visually-hidden" id=own_id>{help}</span>
            <span class="visually-hidden" data-testid=readout_id aria-live="polite">{move || readout.get()}</span>
        </div>
    }
}

/// What is pointed at or selected, drawn above the chart.
#[component]
pub(super) fn Overlay(
    /// Width and height of the chart, in CSS pixels.
    size: RwSignal<(i32, i32)>,
    /// The rectangle of the plot, and what is drawn over it.
    #[prop(into)]
    emphasis: Signal<Option<(Region, Emphasis)>>,
) -> impl IntoView {
    let node = NodeRef::<Canvas>::new();
    let is_dark = expect_context::<RwSignal<bool>>();
    let is_waiting = StoredValue::new(false);
    let draw = move || {
        is_waiting.try_set_value(false);
        // the chart may have left the page before its turn
        let (Some(canvas), Some(size), Some(emphasis)) = (
            node.try_get_untracked().flatten(),
            size.try_get_untracked(),
            emphasis.try_get_untracked(),
        ) else {
            return;
        };
        let theme = theme(is_dark.get_untracked());
        // a canvas that cannot be drawn on shows no selection; the chips still name it
        canvas::draw_to_fit(&canvas, size, |area, pixel_ratio| match &emphasis {
            Some((plot, emphasis)) => {
                let style = Style::of_canvas(theme, pixel_ratio);
                draw_emphasis(area, *plot, emphasis, &style).is_ok()
            }
            None => true,
        });
    };
    Effect::new(move || {
        node.track();
        size.track();
        emphasis.track();
        is_dark.track();
        if !is_waiting.get_value() {
            is_waiting.set_value(true);
            tasks::before_frame(draw);
        }
    });
    view! { <canvas class="overlay" aria-hidden="true" node_ref=node></canvas> }
}

/// Has the element of an event get the pointer's events wherever the pointer goes.
pub(in crate::ui) fn capture(event: &PointerEvent) {
    if let Some(element) = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    {
        // without capture a drag ends at the chart's edge, no worse
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// Returns where an arrow key leads.
pub(super) fn direction(key: &str) -> Option<Direction> {
    match key {
        "ArrowLeft" => Some(Direction::Left),
        "ArrowRight" => Some(Direction::Right),
        "ArrowUp" => Some(Direction::Up),
        "ArrowDown" => Some(Direction::Down),
        _ => None,
    }
}
