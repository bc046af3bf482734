//! The choice of the time zone.

use leptos::prelude::*;

use super::Analyst;
use crate::browser::page;
use crate::session::UTC;
use crate::table::Zone;

/// The zone in which times are shown; it changes no score.
#[component]
pub(super) fn ZoneChoice() -> impl IntoView {
    let analyst = expect_context::<Analyst>();
    let own = page::own_zone();
    let problem = RwSignal::new(String::new());
    let set = move |name: &str| {
        let name = name.trim();
        match Zone::try_new(name) {
            Ok(zone) => {
                problem.set(String::new());
                analyst.zone.set(zone.name().to_owned());
            }
            Err(_) => problem.set(format!(
                "“{name}” is no name of a time zone; it stays as it was."
            )),
        }
    };
    // there are hundreds, made once
    let is_wanted = RwSignal::new(false);
    let are_wanted = Memo::new(move |_| is_wanted.get());
    let options = move || {
        are_wanted.get().then(|| {
            Zone::names()
                .into_iter()
                .map(|name| view! { <option value=name></option> })
                .collect_view()
        })
    };
    view! {
        <div class="field">
            <label for="zone">"Time zone"</label>
            <input
                id="zone"
                type="text"
                list="zones"
                autocomplete="off"
                spellcheck="false"
                data-testid="setting-zone"
                aria-describedby="zone-hint"
                prop:value=analyst.zone
                on:focus=move |_| is_wanted.set(true)
                on:change=move |event| set(&event_target_value(&event))
            />
            <datalist id="zones">{options}</datalist>
            <div class="small-buttons">
                <button type="button" class="button is-small" data-testid="zone-utc" on:click=move |_| set(UTC)>"UTC"</button>
                {own
                    .filter(|own| own != UTC)
                    .map(|own| {
                        let text = format!("This computer’s: {own}");
                        view! { <button type="button" class="button is-small" data-testid="zone-own" on:click=move |_| set(&own)>{text}</button> }
                    })}
            </div>
            <p class="caption" id="zone-hint">"For charts and reports, at once; it changes no score. Type a part of an IANA name, such as Berlin."</p>
            <p class="caption is-wrong" role="alert" data-testid="zone-problem">{problem}</p>
        </div>
    }
}
