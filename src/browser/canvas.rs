//! Charts on canvas elements.

use js_sys::Promise;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlCanvasElement};

use super::page;

/// Draws on a canvas as large as its box on the page, in device pixels; false if the box is empty or the drawing failed.
pub fn draw_to_fit(
    canvas: &HtmlCanvasElement,
    draw: impl FnOnce(&DrawingArea<CanvasBackend, Shift>, f64) -> bool,
) -> bool {
    let ratio = page::pixel_ratio();
    let size = |css_px: i32| (f64::from(css_px) * ratio).round() as u32;
    let (width, height) = (size(canvas.client_width()), size(canvas.client_height()));
    if width == 0 || height == 0 {
        return false;
    }
    canvas.set_width(width);
    canvas.set_height(height);
    CanvasBackend::with_canvas_object(canvas.clone())
        .is_some_and(|backend| draw(&backend.into_drawing_area(), ratio))
}

/// Draws on a canvas of this size that is not on the page, and returns it as a PNG.
///
/// # Errors
/// What the browser says, or that the drawing failed.
pub async fn png(
    width: u32,
    height: u32,
    draw: impl FnOnce(&DrawingArea<CanvasBackend, Shift>) -> bool,
) -> Result<Blob, JsValue> {
    let canvas: HtmlCanvasElement = page::document().create_element("canvas")?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    let backend = CanvasBackend::with_canvas_object(canvas.clone())
        .ok_or("this browser draws on no canvas")?;
    if !draw(&backend.into_drawing_area()) {
        return Err("the plot could not be drawn".into());
    }
    let promise = Promise::new(&mut |resolve, reject| {
        if let Err(error) = canvas.to_blob(&resolve) {
            let _ = reject.call1(&JsValue::NULL, &error);
        }
    });
    JsFuture::from(promise)
        .await?
        .dyn_into()
        .map_err(|_| "this browser makes no PNG of this size".into())
}
