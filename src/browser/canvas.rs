//! Charts on canvas elements.

use js_sys::Promise;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement};

use super::page;

/// The area of a canvas that charts are drawn on.
pub type Area = DrawingArea<Board, Shift>;

/// A canvas to draw on: the backend of plotters, but rectangles and polygons, of which a chart has thousands, are filled
/// without saying their colour each time.
pub struct Board {
    backend: CanvasBackend,
    context: CanvasRenderingContext2d,
    /// Red, green and blue, and the opacity, that the context fills with, if they were set here last.
    fill: Option<((u8, u8, u8), f64)>,
}

type Done = Result<(), DrawingErrorKind<<CanvasBackend as DrawingBackend>::ErrorType>>;

impl Board {
    fn of(canvas: &HtmlCanvasElement) -> Option<Board> {
        let context = canvas.get_context("2d").ok()??;
        Some(Board {
            backend: CanvasBackend::with_canvas_object(canvas.clone())?,
            context: context.unchecked_into(),
            fill: None,
        })
    }

    fn fill_with(&mut self, color: BackendColor) {
        let ((r, g, b), alpha) = (color.rgb, color.alpha);
        let fill = Some(((r, g, b), alpha));
        if self.fill != fill {
            self.context
                .set_fill_style_str(&format!("rgba({r},{g},{b},{alpha})"));
            self.fill = fill;
        }
    }

    /// The backend, which may set another colour.
    fn backend(&mut self) -> &mut CanvasBackend {
        self.fill = None;
        &mut self.backend
    }
}

impl DrawingBackend for Board {
    type ErrorType = <CanvasBackend as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.backend.get_size()
    }

    fn ensure_prepared(&mut self) -> Done {
        self.backend.ensure_prepared()
    }

    fn present(&mut self) -> Done {
        self.backend.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Done {
        self.backend().draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Done {
        self.backend().draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        if !fill {
            return self
                .backend()
                .draw_rect(upper_left, bottom_right, style, fill);
        }
        self.fill_with(style.color());
        let (left, top) = (f64::from(upper_left.0), f64::from(upper_left.1));
        let (right, bottom) = (f64::from(bottom_right.0), f64::from(bottom_right.1));
        self.context
            .fill_rect(left, top, right - left, bottom - top);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.backend().draw_path(path, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        self.backend().draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        let mut corners = path.into_iter().map(|(x, y)| (f64::from(x), f64::from(y)));
        let Some((x, y)) = corners.next() else {
            return Ok(());
        };
        self.fill_with(style.color());
        self.context.begin_path();
        self.context.move_to(x, y);
        corners.for_each(|(x, y)| self.context.line_to(x, y));
        self.context.fill();
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        self.backend().draw_text(text, style, at)
    }
}

/// Returns width and height of a canvas in CSS pixels, which has the browser lay out the page; a usual size if the canvas is
/// not on the page, where a result is rehearsed.
pub fn size_on_page(canvas: &HtmlCanvasElement) -> (i32, i32) {
    if canvas.is_connected() {
        (canvas.client_width(), canvas.client_height())
    } else {
        (720, 360)
    }
}

/// Draws on a canvas of this size in CSS pixels, in device pixels; false if it is empty or the drawing failed.
pub fn draw_to_fit(
    canvas: &HtmlCanvasElement,
    (width, height): (i32, i32),
    draw: impl FnOnce(&Area, f64) -> bool,
) -> bool {
    let ratio = page::pixel_ratio();
    let size = |css_px: i32| (f64::from(css_px) * ratio).round() as u32;
    let (width, height) = (size(width), size(height));
    if width == 0 || height == 0 {
        return false;
    }
    canvas.set_width(width);
    canvas.set_height(height);
    Board::of(canvas).is_some_and(|board| draw(&board.into_drawing_area(), ratio))
}

/// Draws on a canvas of this size that is not on the page, and returns it as a PNG.
///
/// # Errors
/// What the browser says, or that the drawing failed.
pub async fn png(
    width: u32,
    height: u32,
    draw: impl FnOnce(&Area) -> bool,
) -> Result<Blob, JsValue> {
    let canvas: HtmlCanvasElement = page::document().create_element("canvas")?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    let board = Board::of(&canvas).ok_or("this browser draws on no canvas")?;
    if !draw(&board.into_drawing_area()) {
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
