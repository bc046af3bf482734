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
                if self.wanted.with_value(|queue| queue.last.is_none()) {
                    page::painted().await;
                    page::measure("isolog:threshold");
                }
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
}
