//! Charts on the page: a canvas that redraws when its data, its size or the colours change.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, ResizeObserver};

use super::near::NearnessWatch;
use crate::browser::canvas::{self, Area};
use crate::browser::{page, tasks};
use crate::charts::{Style, Theme};
use crate::text::visible;

/// Draws on an area in a style; false if that failed.
pub(super) type Draw = Box<dyn Fn(&Area, &Style) -> bool>;

/// A chart with its name and description.
#[component]
pub(super) fn Chart(
    /// `data-testid` of the canvas.
    test_id: &'static str,
    /// A sentence or two that say what the chart shows, for screen readers.
    #[prop(into)]
    description: Signal<String>,
    /// Takes what is to be drawn, as far as it is there. Tracked; the drawing itself follows in a task of its own.
    draw: impl Fn() -> Option<Draw> + Send + Sync + 'static,
    /// Told the width and height of the canvas, in CSS pixels.
    #[prop(optional)]
    size: RwSignal<(i32, i32)>,
    /// Whether a result begins with it, so that it is likely near view: a browser tells that only after a frame.
    #[prop(optional)]
    comes_first: bool,
) -> impl IntoView {
    let node = NodeRef::<Canvas>::new();
    let is_dark = expect_context::<RwSignal<bool>>();
    let failed = RwSignal::new(false);
    let is_near = RwSignal::new(comes_first);
    Effect::new(move |watched: Option<Option<(SizeWatch, NearnessWatch)>>| {
        watched.flatten().or_else(|| {
            let canvas = node.get()?;
            Some((
                SizeWatch::start(&canvas, size)?,
                NearnessWatch::start(&canvas, is_near)?,
            ))
        })
    });
    // of what changes before its turn, or while the chart is far from view, only the last is drawn
    let last = Rc::new(RefCell::new(None::<Draw>));
    let is_waiting = Rc::new(Cell::new(false));
    let draw_last = {
        let (last, is_waiting) = (last.clone(), is_waiting.clone());
        move |theme: Theme, known_size: Option<(i32, i32)>| {
            // the chart may have left the page before its turn
            let canvas = node.try_get_untracked().flatten();
            let last = last.borrow();
            let (Some(canvas), Some(draw)) = (canvas, last.as_ref()) else {
                return;
            };
            is_waiting.set(false);
            let size = known_size.unwrap_or_else(|| canvas::size_on_page(&canvas));
            let drawn = canvas::draw_to_fit(&canvas, size, |area, pixel_ratio| {
                draw(area, &Style::of_canvas(theme, pixel_ratio))
            });
            let has_failed = !drawn && size.0 > 0;
            if failed.try_get_untracked() == Some(!has_failed) {
                failed.set(has_failed);
            }
        }
    };
    {
        // paper is white, and has no place that is far from view
        let (before, after) = (draw_last.clone(), draw_last.clone());
        let before = move |_| before(Theme::light(), None);
        let after = move |_| after(theme(is_dark.get_untracked()), None);
        let before = window_event_listener_untyped("beforeprint", before);
        let after = window_event_listener_untyped("afterprint", after);
        on_cleanup(move || {
            before.remove();
            after.remove();
        });
    }
    Effect::new(move || {
        if node.get().is_none() {
            return;
        }
        size.track();
        is_dark.track();
        let Some(draw) = draw() else { return };
        last.replace(Some(draw));
        is_waiting.set(true);
        if is_near.get() {
            let (is_waiting, draw_last) = (is_waiting.clone(), draw_last.clone());
            tasks::before_frame(move || {
                // its part of the page may be gone by then, and with it all signals
                let is_dark = is_dark.try_get_untracked().filter(|_| is_waiting.get());
                if let Some(is_dark) = is_dark {
                    let size = size.try_get_untracked().filter(|&size| size != (0, 0));
                    draw_last(theme(is_dark), size);
                }
            });
        }
    });
    let label = move || {
        let description = description.get();
        if description.is_empty() {
            "This chart is on its way.".to_owned()
        } else {
            visible(description)
        }
    };
    view! {
        <canvas class="chart" data-testid=test_id role="img" aria-label=label node_ref=node></canvas>
        <Show when=move || failed.get()>
            <p class="caption">"This chart could not be drawn; its numbers are in the tables and downloads."</p>
        </Show>
    }
}

/// Returns the colours by day or by night.
pub(super) fn theme(is_dark: bool) -> Theme {
    if is_dark {
        Theme::dark()
    } else {
        Theme::light()
    }
}

/// Watches the size of a canvas until dropped.
struct SizeWatch {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut(js_sys::Array)>,
}

impl SizeWatch {
    fn start(canvas: &HtmlCanvasElement, size: RwSignal<(i32, i32)>) -> Option<SizeWatch> {
        let watched = canvas.clone();
        let callback = Closure::new(move |_: js_sys::Array| {
            let now = (watched.client_width(), watched.client_height());
            if size.try_get_untracked().is_some_and(|before| before != now) {
                size.set(now);
            }
        });
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
        observer.observe(canvas);
        Some(SizeWatch {
            observer,
            _callback: callback,
        })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Returns a signal that follows the user's wish for dark colours.
pub(super) fn dark_signal() -> RwSignal<bool> {
    let query = page::dark_query();
    let is_dark = RwSignal::new(query.as_ref().is_some_and(|query| query.matches()));
    if let Some(query) = query {
        let watched = query.clone();
        let on_change = Closure::<dyn FnMut()>::new(move || is_dark.set(watched.matches()));
        query.set_onchange(Some(on_change.as_ref().unchecked_ref()));
        // it listens as long as the page lives
        on_change.forget();
    }
    is_dark
}
