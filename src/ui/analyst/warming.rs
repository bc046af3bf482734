//! Workers made ready before there is a log: started, their code compiled, their memory there.

use std::time::Duration;

use futures_util::future::try_join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Analyst;
use crate::browser::crew::{Crew, Failure, n_workers};
use crate::browser::page;
use crate::job::Request;

/// How long the page is left alone first: it paints, and who has a file at hand drops it.
const START_AFTER: Duration = Duration::from_millis(500);

/// How long warm workers wait for a log; what was compiled stays compiled.
const STAY_FOR: Duration = Duration::from_secs(120);

impl Analyst {
    /// Warms up the workers soon, unless a log comes first.
    pub(in crate::ui) fn warm_up_later(self) {
        set_timeout(move || spawn_local(self.warm_up()), START_AFTER);
    }

    async fn warm_up(self) {
        if self.file.with_untracked(Option::is_some) {
            return;
        }
        page::mark("isolog:warm-up");
        // the settings will ask for it
        page::own_zone();
        let warmed = warm_up(&self.crew.get_value()).await;
        if self.file.with_untracked(Option::is_some) {
            return;
        }
        if warmed.is_err() {
            // the first run will say what is wrong, if it still is
            return self.put_away();
        }
        page::measure("isolog:warm-up");
        self.is_warm.set_value(true);
        let retire = move || {
            if self.take_warm_workers() {
                self.put_away();
            }
        };
        set_timeout(retire, STAY_FOR);
    }

    /// Whether the workers are warm and hold nothing; from now on they do not count as such.
    pub(super) fn take_warm_workers(self) -> bool {
        self.is_warm
            .try_update_value(std::mem::take)
            .unwrap_or_default()
    }
}

/// The lead goes first, alone: what is compiled for one worker is compiled for all.
async fn warm_up(crew: &Crew) -> Result<(), Failure> {
    let request = Request::WarmUp;
    crew.lead()?.ask(&request, None, |_| {}).await?;
    let n_helpers = match n_workers() {
        1 => 0,
        n => n,
    };
    let helpers = crew.helpers(n_helpers)?;
    try_join_all(
        helpers
            .iter()
            .map(|helper| helper.ask(&request, None, |_| {})),
    )
    .await?;
    Ok(())
}
