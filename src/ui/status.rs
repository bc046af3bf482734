//! Where the run is, and what went wrong.

use leptos::prelude::*;

use super::cancel::Cancel;
use super::{Analyst, is_busy, stage};
use crate::charts::format::{counted, format_count};
use crate::session::{Kind, Problem, Session, Stage, progress_text};
use crate::text::visible;

/// The status line with its progress bar and *Cancel*; it is equally high in every stage, so that nothing below it moves.
#[component]
pub(super) fn Status() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    // read aloud once a stage, not at every step of the bar
    let spoken = Memo::new(move |_| match stage(analyst) {
        Stage::Ready => analyst.report.with(|report| {
            report.as_ref().map_or_else(String::new, |report| {
                if report.silence.is_some() {
                    return "Done: nothing stands out.".to_owned();
                }
                format!(
                    "Done: {} of {} suspicious.",
                    format_count(report.counts.n_flagged),
                    counted(report.counts.n_scored, "session")
                )
            })
        }),
        stage => progress_text(stage, crate::job::Progress::default(), None),
    });
    let text = move || match stage(analyst) {
        Stage::Ready => spoken.get(),
        stage => analyst.session.with(|session| {
            let Session { progress, pace, .. } = session;
            progress_text(stage, *progress, pace.secs_left(*progress))
        }),
    };
    let share = move || {
        analyst.session.with(|session| {
            let progress = session.progress;
            (progress.total > 0).then(|| progress.done as f64 / progress.total as f64)
        })
    };
    let is_idle = move || stage(analyst) == Stage::Idle;
    view! {
        <section
            class="status"
            class:is-idle=is_idle
            class:is-busy=move || is_busy(analyst)
            data-testid="status"
            data-stage=move || stage(analyst).name()
            aria-label="Status"
        >
            <p class="status-text" aria-hidden="true">{text}</p>
            <p class="visually-hidden" role="status">{spoken}</p>
            <Show when=move || is_busy(analyst)>
                <progress max="1" prop:value=share aria-label="Progress of this stage"></progress>
                <Cancel test_id="cancel" class="button" next="run" stop=move || analyst.cancel()/>
            </Show>
            <Show when=move || stage(analyst) == Stage::Cancelled>
                <p class="caption">"The workers were ended and their memory is free. Press Run again to start over; its result will have none before to be compared with."</p>
            </Show>
        </section>
    }
}

/// The problem, if there is one.
#[component]
pub(super) fn Problems() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let problem = move || {
        let of_run = || analyst.session.with(|session| session.problem.clone());
        match analyst.notice.get() {
            Some(notice) => Some((notice, false)),
            None => of_run().map(|problem| (problem, true)),
        }
    };
    view! {
        <div role="alert">{move || problem().map(|(problem, is_of_run)| view! { <ProblemBox problem is_of_run/> })}</div>
    }
}

#[component]
fn ProblemBox(
    problem: Problem,
    /// Whether it ended a run, rather than come up beside one.
    is_of_run: bool,
) -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let title = match problem.kind {
        Kind::File => "This file cannot be used as it is",
        Kind::Setting => "This setting does not fit",
        Kind::Bug => "Something broke on our side",
    };
    let has_old_result = move || is_of_run && analyst.report.with(Option::is_some);
    view! {
        <section class="problem" data-testid="problem">
            <h2>{title}</h2>
            <p>{visible(problem.what)}</p>
            <p class="hint">{visible(problem.hint)}</p>
            {problem.program.map(|program| view! { <pre class="program" data-testid="program" tabindex="0" aria-label="Program in Python">{program}</pre> })}
            <Show when=has_old_result>
                <p class="caption">"The result below is still that of the run before."</p>
            </Show>
        </section>
    }
}
