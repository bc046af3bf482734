//! What became of the flags when a setting changed.

use leptos::prelude::*;

use super::Analyst;
use crate::report::Comparison;

/// The line that compares the result with the one before.
#[component]
pub(super) fn ComparisonLine() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let comparison = Memo::new(move |_| {
        analyst
            .report
            .with(|report| report.as_ref().and_then(|report| report.comparison.clone()))
    });
    let of = move |of: fn(&Comparison) -> Vec<String>| {
        move || comparison.with(|comparison| comparison.as_ref().map(of).unwrap_or_default())
    };
    let text = of(|comparison| vec![comparison.text()]);
    let lists = of(Comparison::lists);
    view! {
        <Show when=move || comparison.with(Option::is_some)>
            <section class="comparison" aria-label="Compared with the result before">
                <p data-testid="comparison" aria-live="polite">{text}</p>
                <Show when=move || !lists().is_empty()>
                    <details>
                        <summary>"Which lines"</summary>
                        <ul data-testid="comparison-lines">
                            {move || lists().into_iter().map(|list| view! { <li>{list}</li> }).collect_view()}
                        </ul>
                    </details>
                </Show>
            </section>
        </Show>
    }
}
