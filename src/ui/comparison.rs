//! What became of the flags when a setting changed.

use leptos::prelude::*;

use super::Analyst;
use crate::report::Comparison;

/// Stands where the first comparison will be.
const NOTHING_YET: &str =
    "Move the threshold or change a setting, and see here which flags were kept, dropped and new.";

/// The line that compares the result with the one before.
#[component]
pub(super) fn ComparisonLine() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let comparison = Memo::new(move |_| {
        analyst
            .report
            .with(|report| report.as_ref().and_then(|report| report.comparison.clone()))
    });
    let has_any = move || comparison.with(Option::is_some);
    let text = move || match comparison.get() {
        Some(comparison) => comparison.text(),
        None => NOTHING_YET.to_owned(),
    };
    let lists = move || {
        comparison.with(|comparison| {
            let lists = comparison.as_ref().map(Comparison::lists);
            lists.unwrap_or_default()
        })
    };
    // there from the beginning, so that the first change does not push down what the visitor is busy with
    view! {
        <section class="comparison" class:is-idle=move || !has_any() aria-label="Comparison with the result before">
            <p data-testid=move || has_any().then_some("comparison") aria-live="polite">{text}</p>
            <Show when=move || !lists().is_empty()>
                <details>
                    <summary>"Which lines"</summary>
                    <ul data-testid="comparison-lines">
                        {move || lists().into_iter().map(|list| view! { <li>{list}</li> }).collect_view()}
                    </ul>
                </details>
            </Show>
        </section>
    }
}
