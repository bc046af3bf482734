//! The page as a whole: its script, its seal, its clock, its looks.

use std::cell::RefCell;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, MediaQueryList, Performance, Response, Window};

use super::tasks;

/// What a sealed page may still do: run the code it has, start workers of it, show what it makes itself.
///
/// A policy that is added later can only forbid more. From then on nothing is fetched any more, not even from the page's
/// own site: no kind of request may name a site here, because browsers prefetch whatever one of the kinds allows. The style
/// sheet that is loaded stays.
const SEAL: &str = "default-src 'none'; script-src 'wasm-unsafe-eval'; worker-src blob:; style-src-attr 'unsafe-inline'; \
    img-src data: blob:; form-action 'none'; base-uri 'none'";

thread_local! {
    static GLUE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Returns the window.
///
/// # Panics
/// Outside a page; workers do not come here.
pub fn window() -> Window {
    web_sys::window().expect("this code runs on a page")
}

/// Returns the document.
///
/// # Panics
/// Outside a page.
pub fn document() -> Document {
    window().document().expect("a page has a document")
}

/// Returns the text of the script that loads the wasm, once [`load_glue`] has it: workers start with it.
pub fn glue_text() -> Option<String> {
    GLUE.with_borrow(Clone::clone)
}

/// Reads the loader's text, from the page itself or, the last request that the page makes, from its file.
///
/// # Errors
/// What the browser says.
pub async fn load_glue() -> Result<(), JsValue> {
    let element = document()
        .get_element_by_id("glue")
        .ok_or("the page has no loader script")?;
    let text = match element.get_attribute("src") {
        Some(src) => {
            let response: Response = JsFuture::from(window().fetch_with_str(&src))
                .await?
                .unchecked_into();
            JsFuture::from(response.text()?)
                .await?
                .as_string()
                .ok_or("the loader script is not text")?
        }
        None => element.text_content().ok_or("the loader script is empty")?,
    };
    GLUE.set(Some(text));
    Ok(())
}

/// Forbids every further request for as long as the page lives.
///
/// # Errors
/// What the browser says.
pub fn seal() -> Result<(), JsValue> {
    let meta = document().create_element("meta")?;
    meta.set_attribute("http-equiv", "Content-Security-Policy")?;
    meta.set_attribute("content", SEAL)?;
    document()
        .head()
        .ok_or("the page has no head")?
        .append_child(&meta)?;
    Ok(())
}

/// Sets an attribute of the first element that a selector finds, if there is one.
pub fn set_attribute(selector: &str, name: &str, value: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        // only a name that is no attribute name can fail
        let _ = element.set_attribute(name, value);
    }
}

/// Moves the focus to the first element that a selector finds, if there is one.
pub fn focus(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector)
        && let Some(element) = element.dyn_ref::<web_sys::HtmlElement>()
    {
        // what cannot be focused leaves the focus where it is
        let _ = element.focus();
    }
}

/// Whether what has this `data-testid` has the focus.
pub fn is_focused(test_id: &str) -> bool {
    let focused = document().active_element();
    focused.is_some_and(|element| element.get_attribute("data-testid").as_deref() == Some(test_id))
}

/// Moves the focus to an element, and scrolls nothing.
pub fn focus_element(element: &web_sys::HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    // what cannot be focused leaves the focus where it is
    let _ = element.focus_with_options(&options);
}

/// Hands the focus that a box has on to the first element within it that a selector finds; a focus that has gone elsewhere
/// by now stays there.
pub fn hand_focus_on(from: &web_sys::Element, selector: &str) {
    let has_it = document().active_element().as_ref() == Some(from);
    if has_it
        && let Ok(Some(found)) = from.query_selector(selector)
        && let Some(found) = found.dyn_ref::<web_sys::HtmlElement>()
    {
        focus_element(found);
    }
}

/// Scrolls a box sideways so that the first element within it that a selector finds is in view.
pub fn show_sideways(within: &web_sys::Element, selector: &str) {
    if let Ok(Some(found)) = within.query_selector(selector)
        && let Some(found) = found.dyn_ref::<web_sys::HtmlElement>()
    {
        let (left, right) = (
            found.offset_left(),
            found.offset_left() + found.offset_width(),
        );
        let (from, width) = (within.scroll_left(), within.client_width());
        if left < from {
            within.set_scroll_left(left);
        } else if right > from + width {
            within.set_scroll_left(right - width);
        }
    }
}

/// Whether the element that an event is about shows that it has the focus: by keyboard, not by mouse.
pub fn is_focus_shown(event: &web_sys::Event) -> bool {
    let target = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| element.matches(":focus-visible").unwrap_or(false))
}

/// Whether the focus is on an element within another that a selector finds.
pub fn has_focus(selector: &str, within: &web_sys::Element) -> bool {
    document().active_element().is_some_and(|active| {
        within.contains(Some(&active)) && active.matches(selector).unwrap_or(false)
    })
}

/// Whether an element is a field in which text is typed.
pub fn is_field(target: &web_sys::EventTarget) -> bool {
    target.dyn_ref::<web_sys::Element>().is_some_and(|element| {
        element
            .matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select")
            .unwrap_or(false)
    })
}

/// Whether keys pressed on an element are its own: it is a button or a field.
pub fn is_control(target: &web_sys::EventTarget) -> bool {
    target.dyn_ref::<web_sys::Element>().is_some_and(|element| {
        element
            .matches("button, input, select, textarea, a, summary")
            .unwrap_or(false)
    })
}

/// Whether some text of the page is selected: then copying copies that.
pub fn has_selection() -> bool {
    let selection = window().get_selection().ok().flatten();
    selection.is_some_and(|selection| !selection.is_collapsed())
}

/// Says on an otherwise empty page that it cannot start.
pub fn say_broken(why: &str) {
    if let Some(app) = document().get_element_by_id("app") {
        app.set_text_content(Some(&format!(
            "Isolog could not start: {why}. Reload the page, or try another browser."
        )));
    }
}

/// Waits until the browser has painted what was on the page at the time of the call, charts that wait for their turn
/// included.
pub async fn painted() {
    loop {
        // what was asked for in this task may still ask for work
        tasks::turn().await;
        if tasks::is_any_waiting() {
            continue;
        }
        // a frame is painted after those who asked for it were called
        next_frame().await;
        tasks::turn().await;
        if !tasks::is_any_waiting() && !tasks::has_work_for_frame() {
            return;
        }
    }
}

/// Whether the tab is the one that is looked at: a hidden one has no frames.
pub(super) fn is_shown() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

async fn next_frame() {
    let frame = Promise::new(&mut |resolve, _| {
        // a hidden tab paints nothing: then a timer stands in for the frame
        let asked = if is_shown() {
            window().request_animation_frame(&resolve).map(|_| ())
        } else {
            window()
                .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 0)
                .map(|_| ())
        };
        if asked.is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    // the promise only ever resolves
    let _ = JsFuture::from(frame).await;
    if !is_shown() {
        tasks::do_for_frame();
    }
}

/// Marks the start of something that [`measure`] measures later.
pub fn mark(name: &str) {
    if let Some(performance) = performance() {
        let _ = performance.mark(&format!("{name}:start"));
    }
}

/// Writes a User Timing measure from the last [`mark`] of this name to now.
pub fn measure(name: &str) {
    if let Some(performance) = performance() {
        // a measure is only for those who look: a browser without marks still analyses
        let _ = performance.measure_with_start_mark(name, &format!("{name}:start"));
    }
}

/// Returns the time since the page was opened, in seconds; 0 in a browser that does not tell.
pub fn now_secs() -> f64 {
    performance().map_or(0.0, |performance| performance.now() / 1e3)
}

fn performance() -> Option<Performance> {
    window().performance()
}

/// Returns a random number: a new seed.
///
/// # Errors
/// What the browser says if it has no randomness.
pub fn random_u32() -> Result<u32, String> {
    getrandom::u32().map_err(|error| error.to_string())
}

/// Returns 16 random bytes: a hash key.
///
/// # Errors
/// What the browser says if it has no randomness.
pub fn random_key() -> Result<[u8; 16], String> {
    let mut key = [0; 16];
    getrandom::fill(&mut key).map_err(|error| error.to_string())?;
    Ok(key)
}

/// Returns the time of the system's clock, in microseconds since 1970-01-01 UTC.
pub fn now_micros() -> i64 {
    (js_sys::Date::now() * 1000.0) as i64
}

/// Returns the query that tells whether the user wants dark colours.
pub fn dark_query() -> Option<MediaQueryList> {
    window()
        .match_media("screen and (prefers-color-scheme: dark)")
        .ok()
        .flatten()
}

/// Returns device pixels per CSS pixel.
pub fn pixel_ratio() -> f64 {
    window().device_pixel_ratio().clamp(1.0, 4.0)
}

/// Returns the page's address, with its fragment.
pub fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Returns the fragment of an address, with its `#`; empty if there is none.
pub fn fragment_of(address: &str) -> &str {
    match address.find('#') {
        Some(start) if start + 1 < address.len() => &address[start..],
        _ => "",
    }
}

/// Puts another fragment, without `#`, in the page's address; nobody is told, and *Back* does not come here.
pub fn set_fragment(fragment: &str) {
    let location = window().location();
    let here = format!(
        "{}{}",
        location.pathname().unwrap_or_default(),
        location.search().unwrap_or_default()
    );
    let address = if fragment.is_empty() {
        here
    } else {
        format!("{here}#{fragment}")
    };
    // a page without an address of its own, or one that changes it too often, keeps the old one
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Copies text to the clipboard.
///
/// # Errors
/// Why the browser does not let the page, in words.
pub async fn copy(text: &str) -> Result<(), String> {
    let navigator = window().navigator();
    // an insecure page has no clipboard
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into());
    if clipboard.is_ok_and(|clipboard| clipboard.is_undefined()) {
        return Err("this page has no clipboard".to_owned());
    }
    let written = JsFuture::from(navigator.clipboard().write_text(text)).await;
    written.map(|_| ()).map_err(|error| super::reason(&error))
}

/// Returns the IANA name of the time zone that this computer is set to. The first time this takes a browser 10 ms.
pub fn own_zone() -> Option<String> {
    thread_local! {
        static OWN: Option<String> = find_own_zone();
    }
    OWN.with(Clone::clone)
}

fn find_own_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::default();
    let options = format.resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into())
        .ok()?
        .as_string()
}
