//! A result shown where nobody sees it: a browser compiles what shows one when it is first called, which takes time that
//! nobody has once there is a log.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{Analyst, Workbench};
use crate::browser::{page, tasks};
use crate::job::Rehearsal;

/// Puts a workbench with a result together, outside the document, and takes it apart again; sooner if it does not go on.
pub(super) async fn rehearse(
    Rehearsal { overview, report }: Rehearsal,
    goes_on: impl Fn() -> bool,
) {
    let Ok(stage) = page::document().create_element("div") else {
        return;
    };
    let analyst = Analyst::understudy();
    let mounted = leptos::mount::mount_to(stage.unchecked_into(), move || {
        provide_context(analyst);
        provide_context(RwSignal::new(false));
        view! { <Workbench/> }
    });
    // what a change sets off is in the queue only after this task
    let rest = async || {
        tasks::turn().await;
        while goes_on() && (tasks::is_any_waiting() || tasks::has_work_for_frame()) {
            // nobody sees what is drawn, and a page that nobody sees has no frames
            tasks::do_for_frame();
            tasks::turn().await;
        }
        goes_on()
    };
    if rest().await {
        analyst.expect_result(overview);
    }
    if rest().await {
        analyst.show_result(Arc::new(report));
        rest().await;
    }
    drop(mounted);
    analyst.forget_result();
}
