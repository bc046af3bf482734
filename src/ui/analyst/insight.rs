//! Why rows are flagged and how sure that is: what the page knows of it, and how it asks.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::aside::{Aside, Turn};
use super::{Analyst, put_away_problem};
use crate::browser::crew::{Crew, Failure, Worker};
use crate::explain::stability::{self, N_SEEDS};
use crate::filter::Verdict;
use crate::forest::Params;
use crate::job::{
    Drivers, Explanation, OtherSeed, Reply, Request, RowSureness, SessionRow, Settings, Sureness,
    Trial,
};
use crate::report::Report;
use crate::session::{Problem, parse_n_seeds};

/// How long a result must stay before it is summed up: a threshold that moves would ask for it at every step.
const SETTLE: Duration = Duration::from_millis(300);

/// Numbers that travel to the helpers at once; the page copies them for each, and must not stop for it.
const PIECE_VALUES: usize = 1 << 18;

/// Said when the threshold or the allow-list changes after other seeds were tried.
const FLAGS_CHANGED: &str = "The flags changed, so what other seeds flagged no longer compares. Press “How sure is each flag?” to try them again.";

/// What the page knows of the reasons for its flags.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Insight {
    /// What drives the flags of the result; `None` if that is not known yet, or could not be learned.
    pub(in crate::ui) drivers: RwSignal<Option<Arc<Drivers>>>,
    /// Whether they are to come, and those of an earlier result until then.
    pub(in crate::ui) is_late: RwSignal<bool>,
    /// The features that matter, by row of the table.
    pub(in crate::ui) reasons: RwSignal<HashMap<u32, String>>,
    /// Full explanations, by row of the table.
    pub(in crate::ui) explanations: RwSignal<HashMap<u32, Arc<Explanation>>>,
    /// The row of the table whose details are open.
    pub(in crate::ui) opened: RwSignal<Option<u32>>,
    /// What was read of it.
    pub(in crate::ui) open_session: RwSignal<Option<Arc<SessionRow>>>,
    /// How sure the flags are, once other seeds were tried.
    pub(in crate::ui) sureness: RwSignal<Option<Arc<Sureness>>>,
    /// How sure single flags are, by row of the table.
    pub(in crate::ui) seeds: RwSignal<HashMap<u32, RowSureness>>,
    /// Why there is no trial any more, in a sentence; empty if that needs no word.
    pub(in crate::ui) trial_note: RwSignal<&'static str>,
    /// The seeds being tried.
    pub(in crate::ui) trying: RwSignal<Option<Trying>>,
    /// How many seeds to try, as typed.
    pub(in crate::ui) n_seeds: RwSignal<String>,
    /// Whether exports get explanation columns.
    pub(in crate::ui) with_explanations: RwSignal<bool>,
    /// Scored rows in view.
    in_view: StoredValue<Vec<u32>>,
    /// The report that is known, and the result that it is of.
    known: StoredValue<Option<(u32, Arc<Report>)>>,
    /// Those who try other seeds.
    aside: Aside,
}

/// Seeds being tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ui) struct Trying {
    /// Which forests are grown.
    pub(in crate::ui) trial: Trial,
    /// Seeds done.
    pub(in crate::ui) done: u32,
    /// Seeds in all.
    pub(in crate::ui) total: u32,
}

impl Default for Insight {
    fn default() -> Insight {
        Insight {
            drivers: RwSignal::new(None),
            is_late: RwSignal::new(false),
            reasons: RwSignal::new(HashMap::new()),
            explanations: RwSignal::new(HashMap::new()),
            opened: RwSignal::new(None),
            open_session: RwSignal::new(None),
            sureness: RwSignal::new(None),
            seeds: RwSignal::new(HashMap::new()),
            trial_note: RwSignal::new(""),
            trying: RwSignal::new(None),
            n_seeds: RwSignal::new(N_SEEDS.to_string()),
            with_explanations: RwSignal::new(false),
            in_view: StoredValue::new(Vec::new()),
            known: StoredValue::new(None),
            aside: Aside::default(),
        }
    }
}

impl Insight {
    /// Ends the trial of other seeds going on, if any; what was counted stays.
    pub(in crate::ui) fn end_trial(self) {
        self.aside.end();
        if self.trying.with_untracked(Option::is_some) {
            self.trying.set(None);
        }
    }

    /// What is known of a row in words: the features that matter, and how sure its flag is. Tracked.
    pub(in crate::ui) fn words_of(self, row: u32) -> (String, String) {
        let why = self.reasons.with(|known| known.get(&row).cloned());
        let seeds = self
            .seeds
            .with(|known| known.get(&row).map(|row| row.short.clone()));
        (why.unwrap_or_default(), seeds.unwrap_or_default())
    }
}

impl Analyst {
    /// Forgets what was known of the last report, and learns what drives the flags of this one. The details of a row stay
    /// open while only the threshold moves.
    pub(in crate::ui) fn begin_insight(self, report: Arc<Report>) {
        let insight = self.insight;
        let result = self.n_results.get_untracked();
        let known = insight.known.get_value();
        let is_known = |(_, known): &(u32, Arc<Report>)| Arc::ptr_eq(known, &report);
        if known.as_ref().is_some_and(is_known) {
            return;
        }
        insight.known.set_value(Some((result, report.clone())));
        let had_trial = insight.trying.with_untracked(Option::is_some)
            || insight.sureness.with_untracked(Option::is_some);
        insight.end_trial();
        insight.explanations.set(HashMap::new());
        insight.sureness.set(None);
        insight.seeds.set(HashMap::new());
        insight.is_late.set(true);
        if known.is_some_and(|(known, _)| known == result) {
            if had_trial {
                insight.trial_note.set(FLAGS_CHANGED);
            }
            if let Some(row) = insight.opened.get_untracked() {
                self.open_row(row);
            }
        } else {
            insight.trial_note.set("");
            insight.reasons.set(HashMap::new());
            self.close_row();
        }
        let ask = move || {
            if self.is_on_page(&report) {
                spawn_local(self.learn_drivers(report));
            }
        };
        set_timeout(ask, SETTLE);
    }

    async fn learn_drivers(self, report: Arc<Report>) {
        let insight = self.insight;
        let run = self.session.with_untracked(|session| session.last_run());
        while let Some(Reply::Importance(drivers)) = self.learn(Request::Importance).await {
            if let Some(drivers) = drivers {
                insight.drivers.set(Some(Arc::from(drivers)));
                insight.is_late.set(false);
                return;
            }
        }
        // of a new run they are to come; this one may still be drawn
        let is_last = self
            .session
            .with_untracked(|session| session.last_run() == run);
        if self.is_on_page(&report) && is_last {
            insight.drivers.set(None);
            insight.is_late.set(false);
        }
    }

    fn is_on_page(self, report: &Arc<Report>) -> bool {
        self.report.with_untracked(|shown| {
            shown
                .as_ref()
                .is_some_and(|shown| Arc::ptr_eq(shown, report))
        })
    }

    /// Asks the lead about the result on the page; `None` if there is no answer, or the result is gone by then.
    async fn learn(self, request: Request) -> Option<Reply> {
        let report = self.report.get_untracked()?;
        if !self.is_scored.get_value() {
            return None;
        }
        match self.ask_lead(&request, |_| {}).await {
            Ok(reply) => self.is_on_page(&report).then_some(reply),
            Err(failure) => {
                self.say(&failure, "explaining rows");
                None
            }
        }
    }

    pub(super) fn say(self, failure: &Failure, doing: &str) {
        match failure {
            Failure::Refused(error) => self.refuse(Problem::from_error(error)),
            Failure::Died(why) => self.refuse(Problem::worker_died(doing, why)),
            Failure::Dismissed => {}
        }
    }

    /// Learns what the table shows of these rows.
    pub(super) fn look(self, rows: &[Arc<SessionRow>]) {
        let insight = self.insight;
        let scored = rows.iter().filter(|row| row.score.is_some());
        let scored: Vec<u32> = scored.map(|row| row.row).collect();
        insight.in_view.set_value(scored.clone());
        let is_suspicious = |row: &&Arc<SessionRow>| row.verdict == Verdict::Suspicious;
        let wanted: Vec<u32> = insight.reasons.with_untracked(|known| {
            let suspicious = rows.iter().filter(is_suspicious).map(|row| row.row);
            suspicious.filter(|row| !known.contains_key(row)).collect()
        });
        if !wanted.is_empty() {
            spawn_local(async move {
                let rows = wanted.clone();
                if let Some(Reply::Reasons(names)) = self.learn(Request::Reasons { rows }).await {
                    // what is not suspicious any more by now has no reasons
                    let named = wanted.into_iter().zip(names);
                    let named = named.filter(|(_, names)| !names.is_empty());
                    insight.reasons.update(|known| known.extend(named));
                }
            });
        }
        self.look_at_seeds(scored);
    }

    fn look_at_seeds(self, rows: Vec<u32>) {
        if self.insight.sureness.with_untracked(Option::is_none) {
            return;
        }
        spawn_local(async move {
            let request = Request::Sureness {
                other: None,
                rows: rows.clone(),
            };
            if let Some(Reply::Sureness(sureness)) = self.learn(request).await {
                self.show_sureness(rows, *sureness);
            }
        });
    }

    fn show_sureness(self, rows: Vec<u32>, sureness: Sureness) {
        let known = rows.into_iter().zip(sureness.rows.iter().cloned());
        self.insight.seeds.update(|seeds| seeds.extend(known));
        self.insight.trial_note.set("");
        self.insight.sureness.set(Some(Arc::new(sureness)));
    }

    /// Shows the details of any row of the table.
    pub(in crate::ui) fn open_row(self, row: u32) {
        let insight = self.insight;
        insight.opened.set(Some(row));
        self.read_open_row(row);
        self.list();
        self.look_at_seeds(vec![row]);
        if insight
            .explanations
            .with_untracked(|known| known.contains_key(&row))
        {
            return;
        }
        let request = Request::ExplainRows { rows: vec![row] };
        spawn_local(async move {
            if let Some(Reply::Explained(explanations)) = self.learn(request).await
                && let Some(explanation) = explanations.into_iter().next()
            {
                insight.explanations.update(|known| {
                    known.insert(row, Arc::new(explanation));
                });
            }
        });
    }

    /// Closes the details.
    pub(in crate::ui) fn close_row(self) {
        self.insight.opened.set(None);
        self.insight.open_session.set(None);
        self.sheet.close();
    }

    /// Fits with other seeds, as many as are typed, and shows how often each row is flagged.
    pub(in crate::ui) fn try_seeds(self, trial: Trial) {
        let insight = self.insight;
        if !self.is_scored.get_value() {
            self.refuse(put_away_problem());
            return;
        }
        let n_seeds = match insight.n_seeds.with_untracked(|text| parse_n_seeds(text)) {
            Ok(n_seeds) => n_seeds,
            Err(problem) => return self.refuse(problem),
        };
        let Some(settings) = self.applied.get_untracked() else {
            return;
        };
        self.notice.set(None);
        insight.end_trial();
        insight.trial_note.set("");
        let current = insight.aside.turn();
        let (done, total) = (0, n_seeds);
        insight.trying.set(Some(Trying { trial, done, total }));
        spawn_local(async move {
            let outcome = self.refit(current, trial, n_seeds, &settings).await;
            if insight.aside.check(current).is_ok() {
                insight.end_trial();
                if let Err(failure) = outcome {
                    self.say(&failure, "trying other seeds");
                }
            }
        });
    }

    async fn refit(
        self,
        current: Turn,
        trial: Trial,
        n_seeds: u32,
        settings: &Settings,
    ) -> Result<(), Failure> {
        // those of the run are idle now, and each holds memory
        self.crew.with_value(Crew::dismiss_helpers);
        let helpers = self.insight.aside.helpers(n_seeds.into())?;
        self.hand_out_rows(current, &helpers, settings.features.len())
            .await?;
        let params = params_of(trial, &settings.params);
        let seeds = RefCell::new(stability::seeds(params.random_state, n_seeds));
        let is_first = Cell::new(true);
        let work = helpers.iter().map(|helper| async {
            loop {
                let Some(seed) = seeds.borrow_mut().next() else {
                    return Ok(());
                };
                let request = Request::Refit {
                    params: params.clone(),
                    seed,
                };
                let reply = helper.ask(&request, None, |_| {}).await?;
                let Reply::Refitted { flagged } = reply else {
                    return Err(Failure::unexpected());
                };
                self.insight.aside.check(current)?;
                let other = OtherSeed {
                    trial,
                    is_first: is_first.replace(false),
                    flagged,
                };
                self.count(current, other).await?;
            }
        });
        try_join_all(work).await.map(|_| ())
    }

    /// Gives every helper the rows, once, a piece at a time.
    async fn hand_out_rows(
        self,
        current: Turn,
        helpers: &[std::rc::Rc<Worker>],
        n_features: usize,
    ) -> Result<(), Failure> {
        let n = (PIECE_VALUES / n_features.max(1)).max(1) as u64;
        let mut first = 0;
        loop {
            let reply = self.ask_lead(&Request::Rows { first, n }, |_| {}).await?;
            self.insight.aside.check(current)?;
            let Reply::Rows {
                rows,
                n_features,
                total,
            } = reply
            else {
                return Err(Failure::unexpected());
            };
            let request = Request::Keep {
                rows,
                n_features,
                first,
            };
            try_join_all(
                helpers
                    .iter()
                    .map(|helper| helper.ask(&request, None, |_| {})),
            )
            .await?;
            self.insight.aside.check(current)?;
            first += n;
            if first >= total {
                return Ok(());
            }
        }
    }

    /// Has the lead count the flags of a seed, and shows how sure the rows in view are.
    async fn count(self, current: Turn, other: OtherSeed) -> Result<(), Failure> {
        let insight = self.insight;
        let mut rows = insight.in_view.get_value();
        rows.extend(insight.opened.get_untracked());
        let request = Request::Sureness {
            other: Some(other),
            rows: rows.clone(),
        };
        let reply = self.ask_lead(&request, |_| {}).await?;
        self.insight.aside.check(current)?;
        let Reply::Sureness(sureness) = reply else {
            return Err(Failure::unexpected());
        };
        self.show_sureness(rows, *sureness);
        insight.trying.update(|trying| {
            if let Some(trying) = trying {
                trying.done += 1;
            }
        });
        Ok(())
    }
}

/// The parameters of a trial.
fn params_of(trial: Trial, params: &Params) -> Params {
    let mut params = params.clone();
    if trial == Trial::MoreTrees {
        params.n_estimators = stability::more_trees(params.n_estimators);
    }
    params
}
