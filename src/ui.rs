//! The page: Leptos components without arithmetic or parsing. wasm32 only.

#![allow(
    unreachable_pub,
    reason = "Leptos' component macro makes what it writes pub"
)]

mod accuracy;
mod analyst;
mod cancel;
mod charts;
mod columns;
mod comparison;
mod downloads;
mod groups;
mod intake;
mod keys;
mod known;
mod near;
mod pieces;
mod popover;
mod project;
mod rehearsal;
mod rest;
mod result;
mod sessions;
mod settings;
mod status;
mod table;
mod threshold;
mod views;
mod why;
mod zone;

pub use analyst::Analyst;

use leptos::prelude::*;

use crate::session::Stage;
use crate::text::visible;
use views::Later;

/// Mounts the page on the document's `<main>`.
pub fn mount() {
    let main = crate::browser::page::document()
        .get_element_by_id("app")
        .expect("index.html has an element for the page");
    main.set_inner_html("");
    leptos::mount::mount_to(wasm_bindgen::JsCast::unchecked_into(main), App).forget();
}

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let analyst = Analyst::default();
    provide_context(analyst);
    provide_context(charts::dark_signal());
    analyst.follow_address();
    analyst.warm_up_later();
    let has_log = move || analyst.file.with(Option::is_some);
    let file_name = move || {
        analyst
            .file
            .with(|file| file.as_ref().map(|file| visible(file.0.name())))
    };
    view! {
        <Header/>
        <div class="page" class:is-empty=move || !has_log()>
            <Show when=has_log>
                <h1 class="visually-hidden">"Suspicious sessions in " {file_name}</h1>
            </Show>
            <div class="top-row">
                <intake::Intake/>
                <status::Status/>
            </div>
            <status::Problems/>
            <project::Remarks/>
            <Show when=has_log>
                <Workbench/>
            </Show>
            <Show when=move || !has_log()>
                <Introduction/>
            </Show>
        </div>
        <Footer/>
    }
}

/// What stands there with a log: its settings and its result.
#[component]
fn Workbench() -> impl IntoView {
    view! {
        <div class="workbench">
            <aside class="side" aria-label="Settings">
                <Later>
                    <settings::SettingsPanel/>
                </Later>
                <Later>
                    <known::AllowListCard/>
                    <project::ShareCard/>
                </Later>
            </aside>
            <div class="results">
                <result::Results/>
            </div>
        </div>
    }
}

#[component]
fn Header() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    // something always stands there, so that a file's name moves nothing
    let caption = move || {
        analyst.file.with(|file| {
            file.as_ref().map_or_else(
                || "isolation forest for logs".to_owned(),
                |file| visible(file.caption()),
            )
        })
    };
    view! {
        <header class="masthead">
            <p class="wordmark">
                <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
                    <g fill="currentColor">
                        <circle cx="6" cy="15" r="2"/><circle cx="10.5" cy="18" r="2"/><circle cx="5.5" cy="20" r="2"/>
                        <circle cx="11" cy="13" r="2"/>
                    </g>
                    <path class="mark-outlier" d="M15.5 3.5l5 5m0-5l-5 5" stroke-width="2.6" stroke-linecap="round"/>
                </svg>
                "Isolog"
            </p>
            <p class="file-caption">{caption}</p>
            <keys::Keys/>
            <popover::Popover
                class="promise"
                is_open=RwSignal::new(false)
                summary=view! { <span class="lock" aria-hidden="true"></span>"Nothing leaves this tab" }.into_any()
            >
                <div class="promise-text">
                    <p>
                        "Your log is read, analysed and drawn by this page alone. Once loaded, the page forbids itself every "
                        "request with a Content Security Policy, even to the site it came from: not a byte of the log can "
                        "be fetched, posted or hidden in a picture’s address."
                    </p>
                    <p>
                        "No policy can forbid a page to open another address or a WebRTC connection. Only our own code runs "
                        "here, and it does neither. To be quite sure, go offline now: everything keeps working."
                    </p>
                </div>
            </popover::Popover>
        </header>
    }
}

#[component]
fn Introduction() -> impl IntoView {
    view! {
        <section class="introduction" aria-label="What Isolog does">
            <div>
                <h2>"What you get"</h2>
                <p>
                    "The sessions that stand apart, most suspicious first; a scatter plot, a timeline, groups by source, country, "
                    "rule and protocol; statistics; and the notebook’s files to download."
                </p>
            </div>
            <div>
                <h2>"How it decides"</h2>
                <p>
                    "An Isolation Forest, bit for bit scikit-learn’s: the same seed flags the same rows with the same scores. "
                    "Every parameter is yours to change."
                </p>
            </div>
            <div>
                <h2>"What it reads"</h2>
                <p>
                    "CSV with a header line: comma, semicolon, tab or pipe. AWS CloudWatch and VPC column names are recognised; "
                    "in any other file the numeric columns are offered as features."
                </p>
            </div>
        </section>
    }
}

#[component]
fn Footer() -> impl IntoView {
    view! {
        <footer class="colophon">
            <p>
                "A flagged session is unusual, not proven hostile: Isolog shows sources, it does not accuse them. "
                "Version " {env!("CARGO_PKG_VERSION")} ", MIT or Apache-2.0."
            </p>
        </footer>
    }
}

/// Whether the stage of a session is one in which a run goes on.
fn is_busy(analyst: Analyst) -> bool {
    analyst.session.with(|session| session.stage.is_busy())
}

/// Whether there is neither a run nor a result yet.
fn stage(analyst: Analyst) -> Stage {
    analyst.session.with(|session| session.stage)
}
