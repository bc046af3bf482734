//! What is set beside the form: the allow-list, links, projects.

use std::time::Duration;

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use super::Analyst;
use crate::browser::crew::{Crew, Failure};
use crate::browser::{download, page, reason};
use crate::charts::Window;
use crate::export::anonymise::Anonymiser;
use crate::filter::{Known, Subject};
use crate::job::{Reply, Request};
use crate::session::{Form, InputFile, Link, Problem, Project, Setup, picks, project};
use crate::traffic::{Label, Overview};
use crate::ui::rest::Rest;

/// How long all that the address names stays as it is before the address names it.
const STILL_AFTER: Duration = Duration::from_millis(300);

/// What a link or a project asks for, until there is a file to do it on.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Link(Link),
    Project(Box<Project>),
}

impl Analyst {
    /// Adds an entry to the allow-list; one with the same subject gives way.
    pub(in crate::ui) fn allow(self, known: Known) {
        self.known.update(|list| {
            list.retain(|other| other.subject != known.subject);
            list.push(known);
        });
        self.report_anew();
    }

    /// Takes an entry off the allow-list.
    pub(in crate::ui) fn disallow(self, subject: &Subject) {
        self.known
            .update(|list| list.retain(|known| known.subject != *subject));
        self.report_anew();
    }

    /// Whether the report on the page is that of the allow-list: it can change while a run goes on.
    pub(super) fn shows_allow_list(self) -> bool {
        self.report.with_untracked(|report| {
            let counts = report.iter().flat_map(|report| &report.known);
            self.known
                .with_untracked(|list| counts.map(|count| &count.known).eq(list))
        })
    }

    /// Asks why something is known, then puts it on the allow-list.
    pub(in crate::ui) fn mark_known(self, subject: Subject) {
        self.marking.set(Some(Some(subject)));
    }

    /// Returns what the result on the page was set to; `None` without one.
    fn setup(self) -> Option<Setup> {
        let form = self
            .applied
            .with_untracked(|applied| applied.as_ref().map(Form::of))?;
        Some(Setup {
            form,
            label: self.label.get_untracked(),
            zone: self.zone.get_untracked(),
            axes: self.axes.get_untracked(),
            scales: self.looking.scales.get_untracked(),
            shares: self.shares(),
            bucket_seconds: self.looking.bucket_seconds.get_untracked(),
            sources_by: self.looking.sources_by.get_untracked(),
        })
    }

    /// Returns the part of the scatter plot's plane that is shown, or is to be, as shares of its axes; `None` for all of it.
    fn shares(self) -> Option<Window> {
        let looking = self.looking;
        let wished = looking.wished_shares.get_untracked();
        let shown = || {
            let window = looking.window.get_untracked()?;
            picks::shares_of_window(untrack(|| self.shown())?.scatter(), window)
        };
        wished.or_else(shown)
    }

    fn set_up(self, setup: Setup) {
        self.form.set(setup.form);
        self.label.set(setup.label);
        self.zone.set(setup.zone);
        self.axes.set(setup.axes);
        let looking = self.looking;
        looking.scales.set(setup.scales);
        looking.bucket_seconds.set(setup.bucket_seconds);
        looking.sources_by.set(setup.sources_by);
        looking.window.set(None);
        // the axes that it is a part of are those of the next picture
        looking.picture.set(None);
        looking.wished_shares.set(setup.shares);
    }

    /// Shows the part of the scatter plot's plane that a link or a project asks for, once its axes are known.
    fn show_wished_part(self) {
        let looking = self.looking;
        Effect::new(move || {
            let Some(shares) = looking.wished_shares.get() else {
                return;
            };
            let axes = self.axes.get();
            let window = looking.picture.with(|picture| {
                let picture = picture.as_ref()?;
                let scatter = &picture.query.scatter;
                let has_axes = (&scatter.x, &scatter.y) == (&axes.0, &axes.1);
                has_axes.then(|| picks::window_of_shares(&picture.scatter, shares))
            });
            if let Some(window) = window {
                looking.window.set(window);
                looking.wished_shares.set(None);
            }
        });
    }

    /// Keeps the page's address a link to the result on it, and follows an address that somebody changes.
    pub(in crate::ui) fn follow_address(self) {
        self.take_fragment(page::fragment_of(&page::address()));
        // by now the address may be that of the result again: what somebody changed it to is in the event
        let _changed = window_event_listener(leptos::ev::hashchange, move |event| {
            self.take_fragment(page::fragment_of(&event.new_url()));
        });
        self.show_wished_part();
        let looking = self.looking;
        // browsers do not let a page change its address as often as a wheel turns
        let rest = Rest::new(STILL_AFTER);
        Effect::new(move || {
            self.settled.track();
            self.label.track();
            self.zone.track();
            self.axes.track();
            looking.window.track();
            looking.scales.track();
            looking.bucket_seconds.track();
            looking.sources_by.track();
            rest.put_off(move || self.write_address());
        });
    }

    pub(super) fn write_address(self) {
        let default = self
            .overview
            .with_untracked(|overview| overview.as_deref().map(Setup::default_for));
        if let (Some(setup), Some(default)) = (self.setup(), default) {
            page::set_fragment(&Link::write(&setup, &default));
        }
    }

    /// Sets what a fragment of the page's address names; on a log that is open, runs.
    fn take_fragment(self, fragment: &str) {
        let overview = self.overview.get_untracked();
        if fragment.is_empty() && overview.is_none() {
            return;
        }
        let (link, mut remarks) = Link::read(fragment);
        let mut setup = overview
            .as_deref()
            .map_or_else(Setup::default, Setup::default_for);
        remarks.extend(link.apply(&mut setup, overview.as_deref()));
        self.remarks.set(remarks);
        let is_read_otherwise = self.is_read_otherwise(&setup);
        self.set_up(setup);
        if overview.is_none() || is_read_otherwise {
            self.wish.set_value(Some(Wish::Link(link)));
        }
        if overview.is_some() {
            self.rerun();
        }
    }

    /// Whether a log that is open must be read otherwise for this: what the file has is known only then.
    fn is_read_otherwise(self, setup: &Setup) -> bool {
        let is_other = self
            .form
            .with_untracked(|form| form.columns != setup.form.columns);
        if is_other {
            self.forget_result();
        }
        is_other
    }

    /// After a log was read otherwise, keeps of what is set what it still has.
    pub(super) fn keep_what_fits(self, before: &Overview, now: &Overview) {
        self.form.update(|form| form.keep_what_fits(before, now));
        let has_label = |label: &Option<Label>| {
            label.as_ref().is_none_or(|label| {
                let mut labels = now.labels.iter();
                labels.any(|column| column.name == label.column)
            })
        };
        if !self.label.with_untracked(has_label) {
            self.label.set(now.default_label());
        }
        let has = |axis: &Option<String>| axis.as_ref().is_none_or(|name| now.has_axis(name));
        if !self.axes.with_untracked(|(x, y)| has(x) && has(y)) {
            self.axes.set((None, None));
        }
        let kinds = |overview: &Overview| {
            let columns = overview.columns.iter();
            columns
                .map(|column| column.kind.clone())
                .collect::<Vec<_>>()
        };
        if kinds(before) != kinds(now) {
            self.forget_selections();
        }
    }

    /// Chooses the columns of a file that was just read: its defaults, or what a link or a project asks for.
    pub(super) fn set_up_for(self, overview: &Overview) {
        self.form.update(|form| form.choose_defaults(overview));
        self.label.set(overview.default_label());
        self.axes.set((None, None));
        match self.wish.try_update_value(Option::take).flatten() {
            None => {}
            Some(Wish::Link(link)) => {
                let mut setup = Setup {
                    form: self.form.get_untracked(),
                    label: self.label.get_untracked(),
                    zone: self.zone.get_untracked(),
                    scales: self.looking.scales.get_untracked(),
                    sources_by: self.looking.sources_by.get_untracked(),
                    ..Setup::default()
                };
                let remarks = link.apply(&mut setup, Some(overview));
                self.remarks.update(|all| all.extend(remarks));
                self.set_up(setup);
            }
            Some(Wish::Project(project)) => self.apply_project(&project, overview),
        }
    }

    fn apply_project(self, project: &Project, overview: &Overview) {
        let fit = project.fit(overview);
        self.set_up(fit.setup);
        self.conditions.set(fit.conditions);
        self.remarks.set(fit.remarks);
        self.compare_file(project.input.clone());
    }

    /// Copies the page's address, which is a link to the result on it.
    pub(in crate::ui) fn copy_link(self) {
        self.write_address();
        spawn_local(async move {
            let remark = match page::copy(&page::address()).await {
                Ok(()) => "The link is copied. It names settings and columns, nothing else of the log.".to_owned(),
                Err(_) => "The browser does not let this page copy. Copy the address from its address bar: it is the link.".to_owned(),
            };
            self.remarks.set(vec![remark]);
        });
    }

    /// Offers the project as a download.
    pub(in crate::ui) fn save_project(self) {
        let (Some(setup), Some(file)) = (self.setup(), self.file.get_untracked()) else {
            return;
        };
        let known = self.known.get_untracked();
        let conditions = self.conditions.get_untracked();
        spawn_local(async move {
            let Some(sha256) = self.digest(&file.0).await else {
                return;
            };
            let key = match self.key().await {
                Ok(key) => key,
                Err(failure) => return self.report_failure(Err(failure)),
            };
            let project = Project {
                input: InputFile {
                    name: file.0.name(),
                    size: file.0.size() as u64,
                    sha256,
                },
                setup,
                known,
                conditions,
            };
            let project = match key {
                Some(key) => project.anonymised(&Anonymiser::new(&key)),
                None => project,
            };
            let pieces = download::Pieces::default();
            let saved = pieces
                .push(&project.write())
                .and_then(|()| pieces.save(project::FILE_NAME, "application/json"));
            if let Err(error) = saved {
                self.refuse(Problem::bug(reason(&error)));
            }
        });
    }

    /// Reads a project and applies it, at once or to the next file.
    pub(in crate::ui) fn open_project(self, file: File) {
        spawn_local(async move {
            match read_project(&file).await {
                Ok(project) => self.take_project(project),
                Err(problem) => self.refuse(problem),
            }
        });
    }

    fn take_project(self, project: Project) {
        self.notice.set(None);
        self.known.set(project.known.clone());
        match self.overview.get_untracked() {
            Some(_) if self.is_read_otherwise(&project.setup) => {
                self.set_up(project.setup.clone());
                self.wish.set_value(Some(Wish::Project(Box::new(project))));
                self.rerun();
            }
            Some(overview) => {
                self.apply_project(&project, &overview);
                self.rerun();
            }
            None => {
                self.remarks.set(vec![format!(
                    "The project is kept. Open {} to apply it.",
                    project.input.name
                )]);
                self.set_up(project.setup.clone());
                self.wish.set_value(Some(Wish::Project(Box::new(project))));
            }
        }
    }

    /// Says whether the open file is the one that a project was made on.
    fn compare_file(self, made_on: InputFile) {
        let Some(file) = self.file.get_untracked() else {
            return;
        };
        let size = file.0.size() as u64;
        spawn_local(async move {
            let sha256 = if size == made_on.size {
                match self.digest(&file.0).await {
                    Some(sha256) => Some(sha256),
                    None => return,
                }
            } else {
                None
            };
            if self
                .file
                .with_untracked(|now| now.as_ref().is_none_or(|now| now.0 != file.0))
            {
                return;
            }
            let remark = made_on.compare(&file.0.name(), size, sha256.as_deref());
            self.remarks.update(|remarks| remarks.push(remark));
        });
    }

    /// Returns the SHA-256 of a file, by a worker of its own: the lead is not kept waiting. `None` if it failed, which is said.
    async fn digest(self, file: &File) -> Option<String> {
        let crew = Crew::default();
        let total = file.size();
        self.hashing.set(Some(0.0));
        let digest = match crew.lead() {
            Ok(worker) => {
                worker
                    .ask(&Request::Digest, Some(file), |reply| {
                        if let Reply::Progress(progress) = reply {
                            self.hashing.set(Some(progress.done as f64 / total));
                        }
                    })
                    .await
            }
            Err(failure) => Err(failure),
        };
        crew.dismiss();
        self.hashing.set(None);
        let problem = match digest {
            Ok(Reply::Digest { sha256 }) => return Some(sha256),
            Ok(_) => Problem::bug("A worker gave an answer that does not fit."),
            Err(Failure::Refused(error)) => Problem::from_error(&error),
            Err(Failure::Died(why)) => Problem::worker_died("computing the SHA-256", &why),
            Err(Failure::Dismissed) => return None,
        };
        self.refuse(problem);
        None
    }
}

async fn read_project(file: &File) -> Result<Project, Problem> {
    if file.size() > project::MAX_BYTES as f64 {
        return Err(project::too_large());
    }
    let bytes = wasm_bindgen_futures::JsFuture::from(file.array_buffer())
        .await
        .map_err(|error| {
            Problem::file(
                format!("The project could not be read: {}.", reason(&error)),
                "It may have been moved or deleted. Choose it again.",
            )
        })?;
    Project::read(&Uint8Array::new(&bytes).to_vec())
}
