//! One analysis after another: what the page holds, and how a run moves on.

mod aside;
mod attributing;
mod insight;
mod looking;
mod moving;
mod saving;
mod sessions;
mod setup;
mod warming;

pub(super) use attributing::Attributing;
pub(super) use insight::{Insight, Trying};
pub(super) use looking::{Looking, Profiled};
pub(super) use sessions::Sheet;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{try_join, try_join_all};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use crate::browser::crew::{Crew, Failure, Grown, n_workers};
use crate::browser::{page, reading, tasks};
use crate::charts;
use crate::filter::{Condition, Known, Subject};
use crate::forest::Contamination;
use crate::job::{Progress, Reply, Request, Settings};
use crate::report::Report;
use crate::session::{Event, Form, Problem, Run, Session, Stage, UTC};
use crate::traffic::{ColumnChoices, Label, Overview};
use moving::Queue;
use saving::{Anonymity, put_away_problem};
use setup::Wish;

/// Rows from which on scoring is shared out among all workers: below, starting them takes longer than they save.
const SHARED_FROM_ROWS: u64 = 20_000;

/// Most rows that are scored at once; a helper holds as many shards as it has in hand.
const MAX_SHARD_ROWS: u64 = 1 << 18;

/// Shards that a helper has in hand at most: the next one waits while it scores the first. It has two only if at least half
/// of all are left then, for whoever is done first: the lead takes its time from one of the helpers.
const MOST_IN_HAND: usize = 2;

/// How long helpers wait for the next run.
const RETIRE_AFTER: Duration = Duration::from_secs(10);

/// The log that the page works on.
#[derive(Clone)]
pub(super) struct LogFile(pub(super) File);

impl LogFile {
    /// Returns its name and size.
    pub(super) fn caption(&self) -> String {
        format!(
            "{} · {}",
            self.0.name(),
            charts::format::format_bytes(self.0.size())
        )
    }
}

/// What the page holds and does.
#[derive(Clone, Copy)]
pub struct Analyst {
    pub(super) session: RwSignal<Session>,
    pub(super) file: RwSignal<Option<LogFile>, LocalStorage>,
    pub(super) overview: RwSignal<Option<Arc<Overview>>>,
    pub(super) report: RwSignal<Option<Arc<Report>>>,
    /// The report as far as this part of the page shows it: parts are filled one after the other.
    pub(super) report_here: Signal<Option<Arc<Report>>>,
    /// The last report on which the threshold stood still.
    pub(super) settled: RwSignal<Option<Arc<Report>>>,
    /// Counts the results on the page: a threshold that moves makes no new one.
    pub(super) n_results: RwSignal<u32>,
    /// The label that scores are measured by.
    pub(super) label: RwSignal<Option<Label>>,
    /// The allow-list.
    pub(super) known: RwSignal<Vec<Known>>,
    /// What is being put on the allow-list; `Some(None)` if that is not known yet.
    pub(super) marking: RwSignal<Option<Option<Subject>>>,
    /// IANA name of the time zone that charts and reports show.
    pub(super) zone: RwSignal<String>,
    /// Columns of the scatter plot's axes; `None` as the notebook chooses.
    pub(super) axes: RwSignal<(Option<String>, Option<String>)>,
    /// What is looked at.
    pub(super) conditions: RwSignal<Vec<Condition>>,
    /// What a link or a project could not do, and how the file compares.
    pub(super) remarks: RwSignal<Vec<String>>,
    /// Share of the file that is hashed, while it is.
    pub(super) hashing: RwSignal<Option<f64>>,
    wish: StoredValue<Option<Wish>>,
    /// Where the threshold is to be while the report on the page does not show it yet.
    pub(super) aim: RwSignal<Option<Contamination>>,
    wanted: StoredValue<Queue>,
    pub(super) form: RwSignal<Form>,
    /// Settings of the report on the page.
    pub(super) applied: RwSignal<Option<Settings>>,
    /// The table of sessions.
    pub(super) sheet: Sheet,
    /// Something that went wrong beside a run: a download, a row that cannot be read again.
    pub(super) notice: RwSignal<Option<Problem>>,
    pub(super) guard: RwSignal<bool>,
    /// Whether and how downloads are anonymised.
    pub(super) anonymity: Anonymity,
    /// Attributions of all rows, for the file that has them.
    pub(super) attributing: Attributing,
    /// What the views show.
    pub(super) looking: Looking,
    /// Why rows are flagged, and how sure that is.
    pub(super) insight: Insight,
    crew: StoredValue<Crew, LocalStorage>,
    /// Whether the lead holds the log, and how it was read.
    open: StoredValue<Option<HowRead>>,
    /// Whether the lead holds the scores of the report on the page.
    is_scored: StoredValue<bool>,
    /// Whether the workers wait for their first log, warm and holding nothing.
    is_warm: StoredValue<bool>,
}

/// How the log that the lead holds was read.
#[derive(Debug, Clone, PartialEq)]
struct HowRead {
    /// Whether of equal rows only the first is there.
    drop_duplicates: bool,
    /// What was chosen for columns.
    columns: ColumnChoices,
}

/// Why a run did not come to its end.
enum Stop {
    Problem(Problem),
    /// Another run began, or the user cancelled.
    Over,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Problem(problem)
    }
}

impl Stop {
    fn from_failure(failure: &Failure, doing: &str) -> Stop {
        match failure {
            Failure::Refused(error) => Stop::Problem(Problem::from_error(error)),
            Failure::Died(why) => Stop::Problem(Problem::worker_died(doing, why)),
            Failure::Dismissed => Stop::Over,
        }
    }
}

impl Default for Analyst {
    /// A page without a log.
    fn default() -> Analyst {
        let report = RwSignal::new(None);
        Analyst {
            session: RwSignal::new(Session::default()),
            file: RwSignal::new_local(None),
            overview: RwSignal::new(None),
            report,
            report_here: report.into(),
            settled: RwSignal::new(None),
            n_results: RwSignal::new(0),
            label: RwSignal::new(None),
            known: RwSignal::new(Vec::new()),
            marking: RwSignal::new(None),
            zone: RwSignal::new(UTC.to_owned()),
            axes: RwSignal::new((None, None)),
            conditions: RwSignal::new(Vec::new()),
            remarks: RwSignal::new(Vec::new()),
            hashing: RwSignal::new(None),
            wish: StoredValue::new(None),
            aim: RwSignal::new(None),
            wanted: StoredValue::new(Queue::default()),
            form: RwSignal::new(Form::default()),
            applied: RwSignal::new(None),
            sheet: Sheet::default(),
            notice: RwSignal::new(None),
            guard: RwSignal::new(true),
            anonymity: Anonymity::default(),
            attributing: Attributing::default(),
            looking: Looking::default(),
            insight: Insight::default(),
            crew: StoredValue::new_local(Crew::default()),
            open: StoredValue::new(None),
            is_scored: StoredValue::new(false),
            is_warm: StoredValue::new(false),
        }
    }
}

impl Analyst {
    /// The same for a part of the page that shows the report only as this signal has it.
    pub(super) fn showing(self, report_here: Signal<Option<Arc<Report>>>) -> Analyst {
        Analyst {
            report_here,
            ..self
        }
    }

    /// Takes a new log and analyses it with the settings on the page.
    pub(super) fn open(self, file: File) {
        page::mark("isolog:analysis");
        if !self.take_warm_workers() || self.crew.with_value(Crew::has_lost_log) {
            self.put_away();
        }
        self.remarks.set(Vec::new());
        self.forget_result();
        self.applied.set(None);
        self.insight.drivers.set(None);
        self.forget_selections();
        self.sheet.clear();
        self.file.set(Some(LogFile(file)));
        let run = self.begin(Stage::Reading);
        tasks::start(async move { self.end(run, self.analyse(run).await) });
    }

    /// Applies the settings on the page.
    pub(super) fn rerun(self) {
        page::mark("isolog:analysis");
        if self.crew.with_value(Crew::has_lost_log) {
            self.put_away();
        }
        let first = if self.must_read() {
            Stage::Reading
        } else {
            Stage::Fitting
        };
        let run = self.begin(first);
        tasks::start(async move { self.end(run, self.analyse(run).await) });
    }

    /// Ends the run going on; memory is free at once, because the workers are ended.
    pub(super) fn cancel(self) {
        if self.session.try_update(Session::cancel).unwrap_or(false) {
            self.put_away();
        }
    }

    /// Says that something cannot be done, outside a run.
    pub(super) fn refuse(self, problem: Problem) {
        self.notice.set(Some(problem));
    }

    fn begin(self, stage: Stage) -> Run {
        self.notice.set(None);
        self.insight.end_trial();
        self.attributing.end();
        let run = self
            .session
            .try_update(|session| session.begin(stage))
            .unwrap_or_default();
        // effects run later; whoever pressed the button must find the page busy at once
        show_stage(stage);
        run
    }

    /// Shows nothing of a log any more.
    pub(in crate::ui) fn forget_result(self) {
        self.overview.set(None);
        self.report.set(None);
        self.settled.set(None);
    }

    /// Shows a result.
    pub(in crate::ui) fn show_result(self, report: Arc<Report>) {
        self.report.set(Some(report.clone()));
        self.settled.set(Some(report));
    }

    fn put_away(self) {
        self.insight.end_trial();
        self.attributing.end();
        self.crew.with_value(Crew::dismiss);
        self.open.set_value(None);
        self.is_scored.set_value(false);
    }

    fn tell(self, run: Run, event: Event) {
        self.session.try_update(|session| {
            if session.apply(run, event) {
                session.tell_time(page::now_secs());
            }
        });
    }

    fn end(self, run: Run, outcome: Result<(), Stop>) {
        self.retire_helpers_later(run);
        if let Err(Stop::Problem(problem)) = outcome
            && self
                .session
                .with_untracked(|session| session.is_current(run))
        {
            if problem.kind == crate::session::Kind::Bug {
                self.put_away();
            }
            self.tell(run, Event::Failed(problem));
            // it may have failed before any effect: then the page never learnt that it had begun
            show_stage(Stage::Failed);
        }
    }

    /// Ends the helpers once no run has wanted them for a while: each holds memory.
    fn retire_helpers_later(self, run: Run) {
        let retire = move || {
            if self.session.with_untracked(|session| session.is_last(run)) {
                self.crew.with_value(Crew::dismiss_helpers);
            }
        };
        set_timeout(retire, RETIRE_AFTER);
    }

    /// The pipeline: read the log, fit the forest, score the rows, report, draw.
    async fn analyse(self, run: Run) -> Result<(), Stop> {
        if self.must_read() {
            self.read(run).await?;
        }
        let settings = self.form.with_untracked(Form::parse)?;
        let has_new_scores = !self.only_threshold_changes(&settings);
        if has_new_scores {
            let grown = self.fit(run, &settings).await?;
            self.score(run, grown).await?;
        } else {
            page::mark("isolog:report");
        }
        let report = self
            .build_report(run, settings.params.contamination)
            .await?;
        // the report was taken out of its message in this task
        tasks::turn().await;
        self.check_current(run)?;
        page::mark("isolog:draw");
        self.applied.set(Some(settings));
        self.is_scored.set_value(true);
        self.show_result(Arc::new(report));
        if has_new_scores {
            self.n_results.update(|n| *n = n.wrapping_add(1));
        }
        page::painted().await;
        page::measure("isolog:draw");
        page::measure("isolog:analysis");
        self.tell(run, Event::Reached(Stage::Ready));
        spawn_local(async move {
            page::painted().await;
            self.write_address();
        });
        if !self.shows_allow_list() {
            self.report_anew();
        }
        Ok(())
    }

    /// Whether the lead does not hold the log as the settings want it.
    fn must_read(self) -> bool {
        self.open.get_value() != Some(self.how_to_read())
    }

    fn how_to_read(self) -> HowRead {
        self.form.with_untracked(|form| HowRead {
            drop_duplicates: form.drop_duplicates,
            columns: form.columns.clone(),
        })
    }

    /// Whether the scores of the report on the page can be kept.
    fn only_threshold_changes(self, settings: &Settings) -> bool {
        self.applied.with_untracked(|applied| {
            applied.as_ref().is_some_and(|applied| {
                let mut same = settings.clone();
                same.params.contamination = applied.params.contamination;
                same == *applied
            })
        }) && self.is_scored.get_value()
    }

    async fn read(self, run: Run) -> Result<(), Stop> {
        page::mark("isolog:read");
        self.open.set_value(None);
        self.is_scored.set_value(false);
        self.tell(run, Event::Reached(Stage::Reading));
        let how = self.how_to_read();
        let crew = self.crew.get_value();
        let file = self.file.with_untracked(Clone::clone).ok_or(Stop::Over)?;
        let tell = |progress| self.tell_progress(run, progress);
        let overview = reading::read(&crew, &file.0, how.drop_duplicates, &how.columns, tell)
            .await
            .map_err(|failure| Stop::from_failure(&failure, "reading the file"))?;
        self.check_current(run)?;
        page::measure("isolog:read");
        match self.overview.get_untracked() {
            None => self.set_up_for(&overview),
            Some(before) => self.keep_what_fits(&before, &overview),
        }
        self.overview.set(Some(Arc::new(overview)));
        self.open.set_value(Some(how));
        Ok(())
    }

    async fn fit(self, run: Run, settings: &Settings) -> Result<Grown, Stop> {
        page::mark("isolog:fit");
        self.is_scored.set_value(false);
        self.attributing.forget();
        let n_rows = self
            .overview
            .with_untracked(|overview| overview.as_ref().map_or(0, |overview| overview.n_rows));
        let n_shards = if n_rows < SHARED_FROM_ROWS {
            1
        } else {
            n_workers() * n_rows.div_ceil(MAX_SHARD_ROWS * n_workers() as u64) as usize
        };
        let request = Request::Fit {
            settings: settings.clone(),
            n_shards,
        };
        self.tell(run, Event::Reached(Stage::Fitting));
        let stop = |failure: Failure| Stop::from_failure(&failure, "growing the forest");
        let lead = self.crew.with_value(Crew::lead).map_err(stop)?;
        let grown = lead
            .ask_for_forest(&request, |reply| {
                if let Reply::Progress(progress) = reply {
                    self.tell_progress(run, progress);
                }
            })
            .await
            .map_err(stop)?;
        self.check_current(run)?;
        page::measure("isolog:fit");
        Ok(grown)
    }

    /// Shares the rows out among the helpers, while the lead prepares the report; a few rows the lead scores itself. The lead
    /// has all scores then.
    async fn score(self, run: Run, grown: Grown) -> Result<(), Stop> {
        page::mark("isolog:score");
        self.tell(run, Event::Reached(Stage::Scoring));
        let stop = |failure: Failure| Stop::from_failure(&failure, "scoring the rows");
        let crew = self.crew.get_value();
        let Grown {
            forest,
            shards,
            n_rows,
        } = grown;
        let n_shards = shards.len();
        let n_helpers = n_workers().min(n_shards);
        let is_shared = n_helpers > 1;
        let workers = if is_shared {
            crew.helpers(n_helpers).map_err(stop)?
        } else {
            vec![crew.lead().map_err(stop)?]
        };
        let n_scored = RefCell::new(vec![0; n_shards]);
        let tell = |shard: usize, n: u64| {
            n_scored.borrow_mut()[shard] = n;
            let progress = Progress {
                done: n_scored.borrow().iter().sum(),
                total: n_rows,
                n_rows: 0,
            };
            self.tell_progress(run, progress);
        };
        let lead = crew.lead().map_err(stop)?;
        let keeping = RefCell::new(Vec::new());
        let left = RefCell::new(shards.into_iter().enumerate());
        let (forest, lead, tell, keeping, left) = (&forest, &lead, &tell, &keeping, &left);
        let n_in_hand = (n_shards / (2 * workers.len())).clamp(1, MOST_IN_HAND);
        let hands = workers.iter().cycle().take(n_in_hand * workers.len());
        let scorings = hands.map(|worker| async move {
            loop {
                self.check_current(run)?;
                let next = left.borrow_mut().next();
                let Some((i, shard)) = next else {
                    return Ok::<(), Stop>(());
                };
                let tell = |reply| {
                    if let Reply::Progress(of_shard) = reply {
                        tell(i, of_shard.done);
                    }
                };
                let scores = worker.ask_for_scores(forest, &shard.rows, tell).await;
                let scores = scores.map_err(stop)?;
                // the lead takes what it gets for scores of its own forest, which may be another by now
                self.check_current(run)?;
                let kept = lead.hand_over_scores(shard.first, &scores);
                keeping.borrow_mut().push(kept.map_err(stop)?);
            }
        });
        let scoring = async {
            try_join_all(scorings).await?;
            self.check_current(run)?;
            page::measure("isolog:score");
            page::mark("isolog:report");
            try_join_all(keeping.take()).await.map_err(stop)?;
            self.check_current(run)
        };
        if !is_shared {
            return scoring.await;
        }
        let preparing = async {
            self.ask_lead(&Request::Prepare, |_| {})
                .await
                .map_err(stop)?;
            self.check_current(run)
        };
        try_join(scoring, preparing).await.map(|_| ())
    }

    async fn build_report(self, run: Run, contamination: Contamination) -> Result<Report, Stop> {
        let request = Request::Report {
            contamination,
            label: self.label.get_untracked(),
            is_moving: false,
            known: self.known.get_untracked(),
        };
        self.tell(run, Event::Reached(Stage::Reporting));
        let doing = "building the report";
        let reply = self.ask_lead(&request, |_| {}).await;
        let reply = reply.map_err(|failure| Stop::from_failure(&failure, doing))?;
        self.check_current(run)?;
        let Reply::Reported(report) = reply else {
            return Err(unexpected(doing));
        };
        page::measure("isolog:report");
        Ok(*report)
    }

    fn tell_progress(self, run: Run, progress: Progress) {
        let is_due = |session: &Session| session.pace.is_due(page::now_secs(), progress);
        if self.session.try_with_untracked(is_due) == Some(true) {
            self.tell(run, Event::Progressed(progress));
        }
    }

    /// Stops a run that another one, or the user, has ended.
    fn check_current(self, run: Run) -> Result<(), Stop> {
        let is_current = self
            .session
            .with_untracked(|session| session.is_current(run));
        if is_current { Ok(()) } else { Err(Stop::Over) }
    }

    async fn ask_lead(
        self,
        request: &Request,
        on_reply: impl FnMut(Reply),
    ) -> Result<Reply, Failure> {
        let lead = self.crew.with_value(Crew::lead)?;
        let file = self
            .file
            .with_untracked(|file| file.as_ref().map(|file| file.0.clone()));
        lead.ask(request, file.as_deref(), on_reply).await
    }
}

fn show_stage(stage: Stage) {
    page::set_attribute("[data-testid=status]", "data-stage", stage.name());
}

fn unexpected(doing: &str) -> Stop {
    Stop::Problem(Problem::bug(format!(
        "A worker gave an answer that does not fit while {doing}."
    )))
}
