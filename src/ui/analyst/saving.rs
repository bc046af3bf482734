//! Downloads: files that the lead writes, charts that the page draws.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Analyst, Failure};
use crate::browser::{canvas, download, page, reason};
use crate::charts::{Scale, ScatterView, Style, Theme};
use crate::export::anonymise::{Anonymiser, Key};
use crate::export::figure::{self, Figure, Format};
use crate::export::html::Cover;
use crate::export::{self, FormulaGuard};
use crate::job::{Reply, Request};
use crate::report::{Report, Scatter};
use crate::session::{
    Problem, Shown, data_notes, file_decisions, known_entry, reading_notes, result_notes,
    settings_in_words,
};

/// Size of the notebook's plot, in pixels.
const PLOT_SIZE: (u32, u32) = (1600, 1200);

/// How much larger than on the page its letters and marks are.
const PLOT_RATIO: f64 = 2.0;

/// Whether and how downloads are anonymised. The secret is kept in this tab's memory only.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Anonymity {
    /// Whether pseudonyms stand for addresses and account numbers.
    pub(in crate::ui) is_on: RwSignal<bool>,
    /// What the secret is derived from; if empty, it is a random one for as long as the page is open.
    pub(in crate::ui) pass_phrase: RwSignal<String>,
    random: StoredValue<Option<Key>>,
    /// The phrase that was derived from last, and the secret.
    derived: StoredValue<Option<(String, Key)>>,
}

impl Default for Anonymity {
    fn default() -> Anonymity {
        Anonymity {
            is_on: RwSignal::new(false),
            pass_phrase: RwSignal::new(String::new()),
            random: StoredValue::new(None),
            derived: StoredValue::new(None),
        }
    }
}

impl Analyst {
    /// Writes a file in the lead and offers it as a download.
    pub(in crate::ui) fn save(self, file: export::File) {
        if self.open.get_value().is_none() {
            self.refuse(put_away_problem());
            return;
        }
        let is_attributing = self.attributing.progress.with_untracked(Option::is_some);
        if file == export::File::Scored && is_attributing {
            return;
        }
        self.notice.set(None);
        let cover = (file == export::File::Report)
            .then(|| self.cover())
            .flatten();
        let guard = if self.guard.get_untracked() {
            FormulaGuard::On
        } else {
            FormulaGuard::Off
        };
        let with_explanations = self.insight.with_explanations.get_untracked();
        spawn_local(async move {
            // as asked for at the click, whatever is changed while attributions take their time
            let key = self.key().await;
            if with_explanations
                && file == export::File::Scored
                && let Err(failure) = self.attribute_all().await
            {
                return self.report_failure(Err(failure));
            }
            let written = match key {
                Ok(key) => {
                    let request = Request::Export {
                        file,
                        guard,
                        with_explanations,
                        key,
                        cover: cover.map(Box::new),
                    };
                    self.write(&request, file).await
                }
                Err(failure) => Err(failure),
            };
            self.report_failure(written);
        });
    }

    async fn write(self, request: &Request, file: export::File) -> Result<(), Failure> {
        let pieces = download::Pieces::default();
        let mut failed = None;
        self.ask_lead(request, |reply| {
            if let Reply::Piece(bytes) = reply
                && let Err(error) = pieces.push(&bytes)
            {
                failed = Some(reason(&error));
            }
        })
        .await?;
        let saved = match failed {
            None => pieces
                .save(file.name(), file.media_type())
                .map_err(|error| reason(&error)),
            Some(why) => Err(why),
        };
        if let Err(why) = saved {
            self.refuse(could_not_save(file.name(), &why));
        }
        Ok(())
    }

    /// Draws the notebook's plot, as it is looked at on the page, as a PNG and offers it as a download.
    pub(in crate::ui) fn save_plot(self) {
        let style = Style::of_canvas(Theme::print(), PLOT_RATIO);
        let name = "anomaly_scatter_plot.png";
        let (shown, view) = self.shown_plane();
        self.with_shown_report(move |report, anonymiser| async move {
            let scatter = scatter_to_save(report.scatter, shown, anonymiser.as_ref());
            let figure = Figure::Scatter(&scatter, view);
            let draw = |area: &_| figure.draw(area, &style).is_ok();
            let drawn = canvas::png(PLOT_SIZE.0, PLOT_SIZE.1, draw).await;
            let saved = drawn.and_then(|blob| download::save(&blob, name));
            saved.map_err(|error| could_not_save(name, &reason(&error)))
        });
    }

    /// Draws the chart of this name and offers it as a download.
    pub(in crate::ui) fn save_figure(self, chart: String, format: Format) {
        let (shown, view) = self.shown_plane();
        let picture = self.looking.picture.get_untracked();
        self.with_shown_report(move |mut report, anonymiser| async move {
            report.scatter = scatter_to_save(report.scatter, shown, anonymiser.as_ref());
            let picture = picture.map(|picture| match anonymiser {
                Some(anonymiser) => anonymiser.picture(&picture),
                None => (*picture).clone(),
            });
            let mut figures = Figure::all(&report, view);
            figures.extend(picture.iter().flat_map(Figure::of_picture));
            let Some(figure) = figures.iter().find(|figure| figure.name() == chart) else {
                return Ok(());
            };
            let name = format!("isolog_{chart}.{}", format.extension());
            let saved = match format {
                Format::Svg => {
                    let pieces = download::Pieces::default();
                    pieces
                        .push(figure.svg().as_bytes())
                        .and_then(|()| pieces.save(&name, "image/svg+xml"))
                }
                Format::Png(times) => {
                    let (width, height) = figure::SIZE;
                    let style = Style::of_canvas(Theme::print(), f64::from(times));
                    let draw = |area: &_| figure.draw(area, &style).is_ok();
                    let drawn = canvas::png(times * width, times * height, draw).await;
                    drawn.and_then(|blob| download::save(&blob, &name))
                }
            };
            saved.map_err(|error| could_not_save(&name, &reason(&error)))
        });
    }

    /// Returns where the scatter plot on the page takes its marks from, and how its plane is looked at. Not tracked.
    fn shown_plane(self) -> (Option<Shown>, ScatterView) {
        let (x, y) = self.looking.scales.get_untracked();
        let window = self.looking.window.get_untracked();
        (untrack(|| self.shown()), ScatterView { x, y, window })
    }

    /// Does something with the report on the page, anonymised if that is asked for; then with what anonymised it.
    fn with_shown_report<Saved>(
        self,
        save: impl FnOnce(Report, Option<Anonymiser>) -> Saved + 'static,
    ) where
        Saved: Future<Output = Result<(), Problem>> + 'static,
    {
        let Some(report) = self.report.get_untracked() else {
            return;
        };
        self.notice.set(None);
        spawn_local(async move {
            let anonymiser = match self.key().await {
                Ok(key) => key.map(|key| Anonymiser::new(&key)),
                Err(failure) => return self.report_failure(Err(failure)),
            };
            let report = match &anonymiser {
                Some(anonymiser) => anonymiser.report(&report),
                None => (*report).clone(),
            };
            if let Err(problem) = save(report, anonymiser).await {
                self.refuse(problem);
            }
        });
    }

    /// The secret of the pseudonyms, if there are to be any.
    pub(super) async fn key(self) -> Result<Option<Key>, Failure> {
        let anonymity = self.anonymity;
        if !anonymity.is_on.get_untracked() {
            return Ok(None);
        }
        let pass_phrase = anonymity.pass_phrase.get_untracked();
        if pass_phrase.is_empty() {
            if let Some(key) = anonymity.random.get_value() {
                return Ok(Some(key));
            }
            let key = Key::from_bytes(page::random_key().map_err(Failure::Died)?);
            anonymity.random.set_value(Some(key.clone()));
            return Ok(Some(key));
        }
        if let Some((phrase, key)) = anonymity.derived.get_value()
            && phrase == pass_phrase
        {
            return Ok(Some(key));
        }
        let request = Request::Key {
            pass_phrase: pass_phrase.clone(),
        };
        let Reply::Key(key) = self.ask_lead(&request, |_| {}).await? else {
            return Err(Failure::unexpected());
        };
        anonymity
            .derived
            .set_value(Some((pass_phrase, key.clone())));
        Ok(Some(key))
    }

    /// What the report says of the run, beside the result; `None` without one.
    fn cover(self) -> Option<Cover> {
        let report = self.report.get_untracked()?;
        let overview = self.overview.get_untracked()?;
        let settings = self.applied.get_untracked()?;
        let label = self.label.get_untracked();
        let readings = reading_notes(&overview).into_iter();
        let mut notes: Vec<String> = readings.map(|note| note.text).collect();
        notes.extend(data_notes(&overview, &report.unscored));
        notes.extend(result_notes(&report));
        Some(Cover {
            file_name: self
                .file
                .with_untracked(|file| Some(file.as_ref()?.0.name()))?,
            made_at_micros: page::now_micros(),
            zone: self.zone.get_untracked(),
            // the report has the notebook's columns, whatever the page shows
            scales: match self.axes.get_untracked() {
                (None, None) => self.looking.scales.get_untracked(),
                _ => (Scale::Linear, Scale::Linear),
            },
            settings: settings_in_words(&settings, label.as_ref()),
            notes,
            decisions: file_decisions(&overview),
            known: report.known.iter().map(known_entry).collect(),
        })
    }

    /// Says on the page why nothing was saved.
    pub(super) fn report_failure(self, outcome: Result<(), Failure>) {
        match outcome {
            Ok(()) | Err(Failure::Dismissed) => {}
            Err(Failure::Refused(error)) => self.refuse(Problem::from_error(&error)),
            Err(Failure::Died(why)) => self.refuse(Problem::worker_died("writing the file", &why)),
        }
    }
}

/// Returns the scatter plot that is shown, or that of the report.
fn scatter_to_save(
    of_report: Scatter,
    shown: Option<Shown>,
    anonymiser: Option<&Anonymiser>,
) -> Scatter {
    match (shown, anonymiser) {
        (None, _) => of_report,
        (Some(shown), None) => shown.scatter().clone(),
        (Some(shown), Some(anonymiser)) => anonymiser.scatter(shown.scatter()),
    }
}

fn could_not_save(name: &str, why: &str) -> Problem {
    Problem::bug(format!("{name} could not be saved: {why}."))
}

pub(super) fn put_away_problem() -> Problem {
    Problem::setting(
        "The log was put away when the last run was cancelled, so its rows cannot be written.",
        "Press Run again, then download.",
    )
}
