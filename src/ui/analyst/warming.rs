//! Workers and page made ready before there is a log: their code compiled, their memory there.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Analyst;
use crate::browser::crew::{Crew, Failure, n_workers};
use crate::browser::page;
use crate::job::{Reply, Request};
use crate::session::Stage;
use crate::traffic::Overview;
use crate::ui::rehearsal::rehearse;

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
        let has_no_log = move || self.file.with_untracked(Option::is_none);
        let warmed = self.warm_all(has_no_log).await;
        if !has_no_log() {
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

    /// The lead goes first, alone: what is compiled for one worker is compiled for all. The page goes with the helpers.
    async fn warm_all(self, has_no_log: impl Fn() -> bool + 'static) -> Result<(), Failure> {
        let crew = self.crew.get_value();
        let lead = crew.lead()?;
        let Reply::Warm(rehearsal) = lead.ask(&Request::WarmUp, None, |_| {}).await? else {
            return Err(Failure::unexpected());
        };
        let n_helpers = match n_workers() {
            1 => 0,
            n => n,
        };
        let helpers = crew.helpers(n_helpers)?;
        let warmed = helpers
            .iter()
            .map(|helper| helper.ask(&Request::WarmUp, None, |_| {}));
        // workers that are warm do not wait for it
        spawn_local(rehearse(*rehearsal, has_no_log));
        try_join_all(warmed).await.map(|_| ())
    }

    /// An analyst of whom nobody sees anything, and who asks no worker.
    pub(in crate::ui) fn understudy() -> Analyst {
        let analyst = Analyst::default();
        analyst.crew.set_value(Crew::closed());
        analyst
    }

    /// Takes a log as read and scored, whose result comes next.
    pub(in crate::ui) fn expect_result(self, overview: Overview) {
        self.set_up_for(&overview);
        self.overview.set(Some(Arc::new(overview)));
        self.session.update(|session| {
            session.begin(Stage::Reporting);
        });
    }
}
