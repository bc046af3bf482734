//! The threshold and the label, which change the report and need no run.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Analyst, put_away_problem};
use crate::browser::crew::Failure;
use crate::browser::page;
use crate::forest::Contamination;
use crate::job::{Reply, Request};
use crate::report::Report;
use crate::session::{Kind, Problem};
use crate::traffic::Label;

/// A report that is wanted of the scores that the lead holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    contamination: Contamination,
    is_moving: bool,
}

impl Analyst {
    /// Moves the threshold; `is_moving` as long as it is on its way to where it stays.
    ///
    /// At most one report is under way; of those wanted meanwhile only the last is asked for.
    pub(in crate::ui) fn move_threshold(self, contamination: Contamination, is_moving: bool) {
        if !self.can_report() {
            self.refuse(put_away_problem());
            return;
        }
        if self.notice.with_untracked(Option::is_some) {
            self.notice.set(None);
        }
        self.form
            .update(|form| form.contamination = contamination.to_string());
        self.aim.set(Some(contamination));
        self.want(Wanted {
            contamination,
            is_moving,
        });
    }

    /// Measures the scores by another label, or by none.
    pub(in crate::ui) fn measure_by(self, label: Option<Label>) {
        self.label.set(label);
        self.report_anew();
    }

    /// Builds the report of the same scores again, with another label or allow-list.
    pub(super) fn report_anew(self) {
        let applied = self.applied.with_untracked(|applied| {
            applied
                .as_ref()
                .map(|settings| settings.params.contamination)
        });
        // without scores at hand the next run takes it up
        if let Some(contamination) = applied.filter(|_| self.can_report()) {
            self.want(Wanted {
                contamination,
                is_moving: false,
            });
        }
    }

    /// Whether the threshold of the report on the page is only passed on the way to another one. Tracked.
    pub(in crate::ui) fn is_threshold_moving(self) -> bool {
        let settled = self.settled.get();
        self.report.with(|report| {
            let both = report.as_ref().zip(settled.as_ref());
            both.is_some_and(|(report, settled)| !Arc::ptr_eq(report, settled))
        })
    }

    /// Whether the lead holds scores and no run is going on.
    fn can_report(self) -> bool {
        self.is_scored.get_value()
            && !self
                .session
                .with_untracked(|session| session.stage.is_busy())
    }

    fn want(self, wanted: Wanted) {
        let is_under_way = self.wanted.with_value(|wanted| wanted.is_under_way);
        self.wanted.update_value(|queue| {
            queue.last = Some(wanted);
            queue.is_under_way = true;
        });
        if is_under_way {
            return;
        }
        spawn_local(async move {
            while let Some(wanted) = self
                .wanted
                .try_update_value(|queue| queue.last.take())
                .flatten()
            {
                self.report_again(wanted).await;
            }
            self.wanted.update_value(|queue| queue.is_under_way = false);
            self.aim.set(None);
        });
    }

    async fn report_again(self, wanted: Wanted) {
        let run = self.session.with_untracked(|session| session.last_run());
        page::mark("isolog:threshold");
        self.wanted.update_value(|queue| queue.n_asked += 1);
        let request = Request::Report {
            contamination: wanted.contamination,
            label: self.label.get_untracked(),
            is_moving: wanted.is_moving,
            known: self.known.get_untracked(),
        };
        let reply = self.ask_lead(&request, |_| {}).await;
        // a run that began meanwhile brings its own report
        if !self.session.with_untracked(|session| session.is_last(run)) {
            return;
        }
        match reply {
            Ok(Reply::Reported(report)) => {
                self.show_again(*report, wanted);
                self.measure_painting();
            }
            Ok(_) => self.refuse(Problem::bug(
                "A worker gave an answer that does not fit while moving the threshold.",
            )),
            Err(Failure::Dismissed) => {}
            Err(Failure::Refused(error)) => {
                let problem = Problem::from_error(&error);
                if problem.kind == Kind::Bug {
                    self.put_away();
                }
                self.refuse(problem);
            }
            Err(Failure::Died(why)) => {
                self.put_away();
                self.refuse(Problem::worker_died("moving the threshold", &why));
            }
        }
    }

    /// Measures the time until the report is painted, unless another one is asked for by then: that one does not wait.
    fn measure_painting(self) {
        let n_asked = move || self.wanted.with_value(|queue| queue.n_asked);
        let of_this = n_asked();
        spawn_local(async move {
            page::painted().await;
            if n_asked() == of_this {
                page::measure("isolog:threshold");
            }
        });
    }

    fn show_again(self, report: Report, wanted: Wanted) {
        self.applied.update(|applied| {
            if let Some(settings) = applied {
                settings.params.contamination = wanted.contamination;
            }
        });
        let is_other_list = self.report.with_untracked(|shown| {
            let shown = shown.iter().flat_map(|shown| &shown.known);
            !shown
                .map(|count| &count.known)
                .eq(report.known.iter().map(|count| &count.known))
        });
        if is_other_list {
            // other rows have the ranks now
            self.n_results.update(|n| *n = n.wrapping_add(1));
        }
        let report = Arc::new(report);
        self.report.set(Some(report.clone()));
        if !wanted.is_moving {
            self.settled.set(Some(report));
        }
    }
}

/// The reports wanted, of which only the last counts.
#[derive(Debug, Default)]
pub(super) struct Queue {
    last: Option<Wanted>,
    is_under_way: bool,
    n_asked: u64,
}
