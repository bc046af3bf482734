//! The sessions that conditions leave: what the views ask for, and what they show.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Analyst;
use crate::browser::crew::Failure;
use crate::browser::page;
use crate::charts::{Scale, Window};
use crate::filter::{Condition, Test, View};
use crate::job::{Reply, Request};
use crate::report::{Picture, Query, ScatterQuery, SourcesBy};
use crate::session::chips::{self, Value};
use crate::session::{Problem, Shown, is_plain};
use crate::ui::rest::Rest;

/// How long the threshold stands still before what the report lacks is asked for.
const REST: Duration = Duration::from_millis(150);

/// What the views are asked to show, apart from the conditions, and what they show.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Looking {
    /// The last picture, of whatever conditions there were.
    pub(in crate::ui) picture: RwSignal<Option<Arc<Picture>>>,
    /// Whether a picture is under way.
    pub(in crate::ui) is_under_way: RwSignal<bool>,
    /// Length of a bucket of the timeline in seconds, `None` for a round one.
    pub(in crate::ui) bucket_seconds: RwSignal<Option<i64>>,
    /// How sources are grouped.
    pub(in crate::ui) sources_by: RwSignal<SourcesBy>,
    /// The part of the plane that the scatter plot shows, `None` for all of it.
    pub(in crate::ui) window: RwSignal<Option<Window>>,
    /// The part that a link or a project asks for until its axes are known, as shares of them.
    pub(in crate::ui) wished_shares: RwSignal<Option<Window>>,
    /// How its horizontal and its vertical axis are scaled.
    pub(in crate::ui) scales: RwSignal<(Scale, Scale)>,
    /// The value whose profile is open.
    pub(in crate::ui) profiled: RwSignal<Option<Profiled>>,
    /// The picture of that value.
    pub(in crate::ui) profile: RwSignal<Option<Arc<Picture>>>,
    wanted: StoredValue<Option<Query>>,
}

/// A value of a column, to be looked at alone.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ui) struct Profiled {
    /// Name of the column.
    pub(in crate::ui) column: String,
    /// The value.
    pub(in crate::ui) value: Value,
}

impl Default for Looking {
    fn default() -> Looking {
        Looking {
            picture: RwSignal::new(None),
            is_under_way: RwSignal::new(false),
            bucket_seconds: RwSignal::new(None),
            sources_by: RwSignal::new(SourcesBy::default()),
            window: RwSignal::new(None),
            wished_shares: RwSignal::new(None),
            scales: RwSignal::new((Scale::Linear, Scale::Linear)),
            profiled: RwSignal::new(None),
            profile: RwSignal::new(None),
            wanted: StoredValue::new(None),
        }
    }
}

impl Analyst {
    /// Returns what the views are asked to show. Tracked.
    pub(in crate::ui) fn query(self) -> Query {
        let looking = self.looking;
        let (x, y) = self.axes.get();
        let window = looking.window.get();
        Query {
            conditions: self.conditions.get(),
            zone: self.zone.get(),
            bucket_seconds: looking.bucket_seconds.get(),
            sources_by: looking.sources_by.get(),
            scatter: ScatterQuery { x, y, window },
        }
    }

    /// Returns where the views take their parts from; `None` without a result. Tracked.
    pub(in crate::ui) fn shown(self) -> Option<Shown> {
        let report = self.report_here.get()?;
        Some(Shown::choose(
            &self.query(),
            report,
            self.looking.picture.get(),
        ))
    }

    /// Asks for a picture after every report and every change of what is asked, as long as the caller's owner lives.
    pub(in crate::ui) fn keep_looking(self) {
        let is_busy = Memo::new(move |_| self.session.with(|session| session.stage.is_busy()));
        let rest = Rest::new(REST);
        Effect::new(move || {
            let query = self.query();
            let is_moving = self.is_threshold_moving();
            // while the threshold moves the report has all that a plain query wants
            if self.report.with(Option::is_none) || is_busy.get() || (is_moving && is_plain(&query))
            {
                return;
            }
            if is_plain(&query) {
                // the report has what is in view at first; what it lacks waits until the threshold stands still
                rest.put_off(move || self.want_picture(query));
            } else {
                rest.give_up();
                self.want_picture(query);
            }
        });
        Effect::new(move || {
            let profiled = self.looking.profiled.get();
            self.report.track();
            self.zone.track();
            match profiled {
                Some(profiled) if !is_busy.get() => self.look_at(profiled),
                Some(_) => {}
                None => self.looking.profile.set(None),
            }
        });
    }

    /// Forgets what was selected in the log before.
    pub(super) fn forget_selections(self) {
        let looking = self.looking;
        self.conditions.set(Vec::new());
        looking.picture.set(None);
        looking.profiled.set(None);
        looking.bucket_seconds.set(None);
        looking.window.set(None);
        looking.wished_shares.set(None);
    }

    /// At most one picture is under way; of those wanted meanwhile only the last is asked for.
    fn want_picture(self, query: Query) {
        if !self.is_scored.get_value() {
            return;
        }
        let looking = self.looking;
        looking.wanted.set_value(Some(query));
        if looking.is_under_way.get_untracked() {
            return;
        }
        looking.is_under_way.set(true);
        spawn_local(async move {
            while let Some(query) = looking.wanted.try_update_value(Option::take).flatten() {
                page::mark("isolog:look");
                if let Some(picture) = self.see(query).await {
                    looking.picture.set(Some(picture));
                    if looking.wanted.with_value(Option::is_none) {
                        page::painted().await;
                        page::measure("isolog:look");
                    }
                }
            }
            looking.is_under_way.set(false);
        });
    }

    fn look_at(self, profiled: Profiled) {
        if !self.is_scored.get_value() {
            return;
        }
        let query = Query {
            conditions: vec![Condition {
                made_in: View::Table,
                test: profiled.value.test(&profiled.column),
            }],
            zone: self.zone.get_untracked(),
            bucket_seconds: None,
            sources_by: SourcesBy::Address,
            scatter: ScatterQuery::default(),
        };
        let looking = self.looking;
        spawn_local(async move {
            let picture = self.see(query).await;
            let is_open = looking
                .profiled
                .with_untracked(|now| now.as_ref() == Some(&profiled));
            if is_open && picture.is_some() {
                looking.profile.set(picture);
            }
        });
    }

    /// Asks the lead for a picture; `None` if there is none, or a run has begun meanwhile.
    async fn see(self, query: Query) -> Option<Arc<Picture>> {
        let run = self.session.with_untracked(|session| session.last_run());
        let reply = self.ask_lead(&Request::Look(Box::new(query)), |_| {}).await;
        if !self.session.with_untracked(|session| session.is_last(run)) {
            return None;
        }
        match reply {
            Ok(Reply::Seen(picture)) => return Some(Arc::from(picture)),
            Ok(_) => self.refuse(Problem::bug(
                "A worker gave an answer that does not fit while filtering the sessions.",
            )),
            Err(Failure::Dismissed) => {}
            Err(Failure::Refused(error)) => self.refuse(Problem::from_error(&error)),
            Err(Failure::Died(why)) => {
                self.put_away();
                self.refuse(Problem::worker_died("filtering the sessions", &why));
            }
        }
        None
    }

    /// Puts what is selected in a view in the place of what was selected there before.
    pub(in crate::ui) fn select(self, made_in: &View, tests: Vec<Test>) {
        self.conditions
            .update(|conditions| chips::select(conditions, made_in, tests));
    }

    /// Selects a value among the groups of a column, or gives it up.
    pub(in crate::ui) fn toggle(self, made_in: &View, column: &str, value: &Value) {
        self.conditions
            .update(|conditions| chips::toggle(conditions, made_in, column, value));
    }

    /// Gives up every selection.
    pub(in crate::ui) fn clear_conditions(self) {
        if self
            .conditions
            .with_untracked(|conditions| !conditions.is_empty())
        {
            self.conditions.set(Vec::new());
        }
    }
}
