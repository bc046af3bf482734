//! How a log gets in: dropped, chosen, pasted, or the sample.

use leptos::ev;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use web_sys::{DataTransfer, File};

use super::popover::Popover;
use super::project::OpenProject;
use super::{Analyst, is_busy};
use crate::browser::{files, page, reason};
use crate::sample::sample_log;
use crate::session::Problem;

/// Name that the sample log is given.
const SAMPLE_NAME: &str = "isolog-sample.csv";

/// The drop zone with everything that can be done instead of dropping; the whole window takes drops.
#[component]
pub(super) fn Intake() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let input = NodeRef::<Input>::new();
    let pasted = NodeRef::<Textarea>::new();
    let is_over = RwSignal::new(false);
    let is_pasting = RwSignal::new(false);
    // whatever way a log came in, the box has done its work
    Effect::new(move |_| {
        if analyst.file.with(Option::is_some) {
            is_pasting.set(false);
        }
    });
    take_drops(analyst, is_over);
    take_pastes(analyst);

    let open_chosen = move |_| {
        if let Some(file) = input
            .get_untracked()
            .and_then(|input| files::chosen_file(&input))
        {
            analyst.open(file);
        }
    };
    let open_pasted = move |_| {
        if let Some(area) = pasted.get_untracked() {
            open_text(analyst, &area.value());
            page::focus(".paste summary");
        }
    };
    let try_sample = move |_| {
        if !is_busy(analyst) {
            open_bytes(analyst, &sample_log(), SAMPLE_NAME);
        }
    };
    let has_log = move || analyst.file.with(Option::is_some);
    view! {
        <section class="intake" class:is-over=is_over class:is-compact=has_log data-testid="drop-zone" aria-label="Choose a log">
            <Show when=move || !has_log()>
                <h1>"Find the suspicious sessions in a traffic log"</h1>
                <p class="lead">"Drop a CSV anywhere on this page. An Isolation Forest ranks what stands apart. Everything happens here, in your browser: the log goes nowhere else."</p>
            </Show>
            <div class="actions">
                <label class="button is-primary">
                    <input
                        type="file"
                        class="visually-hidden"
                        data-testid="file-input"
                        accept=".csv,.tsv,.txt,.log,text/csv,text/plain,text/tab-separated-values"
                        node_ref=input
                        on:change=open_chosen
                    />
                    {move || if has_log() { "Open another file" } else { "Choose a file" }}
                </label>
                <button type="button" class="button" data-testid="try-sample" on:click=try_sample aria-disabled=move || is_busy(analyst).to_string()>
                    "Try the sample"
                </button>
                <Popover class="paste" summary_class="button" is_open=is_pasting summary="Paste text".into_any()>
                    <div class="paste-box">
                        <label for="pasted">"Rows with a header line. Pasting anywhere on the page works too."</label>
                        <textarea id="pasted" rows="6" spellcheck="false" data-testid="paste" node_ref=pasted></textarea>
                        <button type="button" class="button is-primary" data-testid="analyse-pasted" on:click=open_pasted>
                            "Analyse the text"
                        </button>
                    </div>
                </Popover>
                <Show when=move || !has_log()><OpenProject/></Show>
            </div>
        </section>
    }
}

fn open_bytes(analyst: Analyst, bytes: &[u8], name: &str) {
    match files::file_of_bytes(bytes, name) {
        Ok(file) => analyst.open(file),
        Err(error) => analyst.refuse(Problem::bug(reason(&error))),
    }
}

fn open_text(analyst: Analyst, text: &str) {
    if text.trim().is_empty() {
        analyst.refuse(Problem::file(
            "There is no text to analyse.",
            "Copy rows with their header line, then paste them.",
        ));
    } else {
        open_bytes(analyst, text.as_bytes(), "pasted.csv");
    }
}

fn open_files(analyst: Analyst, mut files: Vec<File>) {
    match files.len() {
        1 => analyst.open(files.remove(0)),
        0 => analyst.refuse(Problem::file(
            "What was dropped is not a file.",
            "Drop a CSV file, or copy its rows and paste them.",
        )),
        n => analyst.refuse(Problem::file(
            format!("{n} files were dropped; one is analysed at a time."),
            "Drop one file, or join them first (one header line, then all rows).",
        )),
    }
}

fn take_drops(analyst: Analyst, is_over: RwSignal<bool>) {
    let transfer = |event: &ev::DragEvent| event.data_transfer();
    let dragged = move |event: ev::DragEvent| {
        if transfer(&event).is_some_and(|transfer| files::holds_files(&transfer)) {
            event.prevent_default();
            is_over.set(true);
        }
    };
    let _enter = window_event_listener(ev::dragenter, dragged);
    let _over = window_event_listener(ev::dragover, dragged);
    let _leave = window_event_listener(ev::dragleave, move |event| {
        if event.related_target().is_none() {
            is_over.set(false);
        }
    });
    let _drop = window_event_listener(ev::drop, move |event| {
        event.prevent_default();
        is_over.set(false);
        if let Some(transfer) = transfer(&event) {
            take_files(analyst, &transfer);
        }
    });
}

/// Opens what was dropped or pasted.
fn take_files(analyst: Analyst, transfer: &DataTransfer) {
    match files::transferred_folder(transfer) {
        Some(name) => analyst.refuse(Problem::folder(&name)),
        None => open_files(analyst, files::transferred_files(transfer)),
    }
}

fn take_pastes(analyst: Analyst) {
    let _paste = window_event_listener(ev::paste, move |event| {
        let Some(transfer) = event.clipboard_data() else {
            return;
        };
        if is_text_field(event.target()) {
            return;
        }
        event.prevent_default();
        let files = files::transferred_files(&transfer);
        if files.is_empty() {
            open_text(analyst, &pasted_text(&transfer));
        } else {
            take_files(analyst, &transfer);
        }
    });
}

fn pasted_text(transfer: &DataTransfer) -> String {
    transfer.get_data("text/plain").unwrap_or_default()
}

fn is_text_field(target: Option<web_sys::EventTarget>) -> bool {
    use wasm_bindgen::JsCast;
    target.is_some_and(|target| {
        target.has_type::<web_sys::HtmlTextAreaElement>()
            || target
                .dyn_ref::<web_sys::HtmlInputElement>()
                .is_some_and(|input| input.type_() == "text" || input.type_() == "search")
    })
}
