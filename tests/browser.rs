//! The page's parts in a real browser: SIMD, randomness, canvas, the mounted page.
#![cfg(target_arch = "wasm32")]

use isolog::browser::{canvas, page};
use isolog::charts::{Scale, Style, Theme, draw_scatter};
use isolog::report::{Axis, Mark, Scatter, Unit};
use isolog::table::Extent;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn find(test_id: &str) -> Option<web_sys::HtmlElement> {
    let found = page::document()
        .query_selector(&format!("[data-testid={test_id:?}]"))
        .expect("a valid selector");
    found.map(|element| element.unchecked_into())
}

#[wasm_bindgen_test]
fn simd_is_on() {
    const {
        assert!(
            cfg!(target_feature = "simd128"),
            "a RUSTFLAGS variable has replaced .cargo/config.toml's flags"
        )
    };
}

#[wasm_bindgen_test]
fn the_ends_of_numbers_are_found_wherever_they_stand() {
    for n in 2..12 {
        for (low, high) in (0..n).flat_map(|low| (0..n).map(move |high| (low, high))) {
            if low == high {
                continue;
            }
            let mut numbers: Vec<f64> = (0..n).map(f64::from).collect();
            numbers[low as usize] = -7.5;
            numbers[high as usize] = 1e9;
            assert_eq!(
                Extent::of(&numbers).ends(),
                Some((-7.5, 1e9)),
                "{numbers:?}"
            );
            for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut odd_numbers = vec![odd; n as usize];
                odd_numbers[low as usize] = 3.0;
                assert_eq!(Extent::of(&odd_numbers).ends(), Some((3.0, 3.0)));
                odd_numbers[high as usize] = -2.0;
                assert_eq!(Extent::of(&odd_numbers).ends(), Some((-2.0, 3.0)));
            }
        }
    }
}

#[wasm_bindgen_test]
fn random_keys_differ() {
    assert_ne!(
        page::random_key().expect("randomness"),
        page::random_key().expect("randomness")
    );
}

#[wasm_bindgen_test]
async fn a_plot_becomes_a_png() {
    let axis = |title: &str| Axis {
        column: title.to_owned(),
        title: title.to_owned(),
        unit: Unit::Bytes,
        low: 0.0,
        high: 9e6,
    };
    let mark = |row, x, y| Mark { row, x, y };
    let scatter = Scatter {
        x: axis("Bytes in"),
        y: axis("Bytes out"),
        normal: vec![mark(0, 1.0, 2.0), mark(1, 5e6, 3e6)],
        suspicious: vec![mark(2, 9e6, 9e6)],
        known: vec![],
        n_normal: 2,
        n_suspicious: 1,
        n_known: 0,
    };
    let style = Style::of_canvas(Theme::print(), 2.0);
    let blob = canvas::png(1600, 1200, |area| {
        draw_scatter(area, &scatter, Scale::Linear, &style).is_ok()
    })
    .await
    .expect("a PNG");
    assert_eq!(blob.type_(), "image/png");
    assert!(blob.size() > 5000.0, "{} bytes", blob.size());
}

#[wasm_bindgen_test]
async fn the_page_mounts_idle_and_says_its_promise() {
    let root: web_sys::HtmlElement = page::document()
        .create_element("div")
        .expect("an element")
        .unchecked_into();
    page::document()
        .body()
        .expect("a body")
        .append_child(&root)
        .expect("room");
    let mounted = leptos::mount::mount_to(root.clone(), isolog::ui::App);
    leptos::task::tick().await;
    assert_eq!(
        find("status")
            .expect("a status")
            .get_attribute("data-stage")
            .as_deref(),
        Some("idle")
    );
    for test_id in ["file-input", "drop-zone", "try-sample", "paste"] {
        assert!(find(test_id).is_some(), "{test_id}");
    }
    assert!(
        root.text_content()
            .expect("text")
            .contains("Nothing leaves this tab")
    );
    assert!(find("problem").is_none());
    drop(mounted);
    root.remove();
}
