//! The table of sessions: what it shows, what was read of it, and how it asks for more.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Analyst;
use crate::browser::{page, tasks};
use crate::export::anonymise::Anonymiser;
use crate::export::{FormulaGuard, Manner};
use crate::filter::{Condition, Test, Verdict, View};
use crate::job::{Order, OrderBy, Reply, Request, SessionRow};
use crate::report::Report;
use crate::session::Problem;
use crate::session::sheet::{Listed, Separator, SheetColumn, copied_cell, copied_rows};

/// Rows that are copied at once, at most.
const MAX_COPIED: usize = 10_000;

/// Sessions of a log from which on those that are listed come after what is in view: of fewer they are there at once.
const LONG_FROM_ROWS: u64 = 100_000;

/// The table of sessions.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Sheet {
    /// Which sessions it lists.
    pub(in crate::ui) listed: RwSignal<Listed>,
    /// Their order.
    pub(in crate::ui) order: RwSignal<Order>,
    /// Titles of the columns that are not shown.
    pub(in crate::ui) hidden: RwSignal<BTreeSet<String>>,
    /// The rows by place from 0, as far as they were read.
    pub(in crate::ui) rows: RwSignal<HashMap<usize, Arc<SessionRow>>>,
    /// Place of the row whose details are open, if it is listed.
    pub(in crate::ui) place: RwSignal<Option<usize>>,
    /// First and last place of the rows that are selected.
    pub(in crate::ui) picked: RwSignal<Option<(usize, usize)>>,
    /// What was copied, in words.
    pub(in crate::ui) said: RwSignal<String>,
    /// Whether it is in view.
    pub(in crate::ui) is_in_view: RwSignal<bool>,
    n_rows: RwSignal<usize>,
    /// Places in view.
    in_view: StoredValue<Range<usize>>,
    /// What the rows that were read are of.
    source: StoredValue<Option<Source>>,
    /// The row whose place is known.
    placed: StoredValue<Option<u32>>,
    /// The place of a row that is to be opened once it is read.
    opening: StoredValue<Option<usize>>,
    is_asking: StoredValue<bool>,
    is_wanted: StoredValue<bool>,
}

/// What rows were read of.
#[derive(Debug, Clone)]
struct Source {
    report: Arc<Report>,
    conditions: Vec<Condition>,
    zone: String,
    order: Order,
}

impl PartialEq for Source {
    fn eq(&self, other: &Source) -> bool {
        Arc::ptr_eq(&self.report, &other.report)
            && self.conditions == other.conditions
            && self.zone == other.zone
            && self.order == other.order
    }
}

impl Source {
    fn request(&self, first: usize, n: usize, find: Option<u32>) -> Request {
        Request::Sessions {
            conditions: self.conditions.clone(),
            zone: self.zone.clone(),
            order: self.order.clone(),
            first: first as u32,
            n: n as u32,
            find,
        }
    }
}

/// The order at first: most suspicious first.
fn first_order() -> Order {
    Order {
        by: OrderBy::Score,
        is_descending: false,
    }
}

impl Default for Sheet {
    fn default() -> Sheet {
        Sheet {
            listed: RwSignal::new(Listed::default()),
            order: RwSignal::new(first_order()),
            hidden: RwSignal::new(BTreeSet::new()),
            rows: RwSignal::new(HashMap::new()),
            place: RwSignal::new(None),
            picked: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            is_in_view: RwSignal::new(false),
            n_rows: RwSignal::new(0),
            in_view: StoredValue::new(0..0),
            source: StoredValue::new(None),
            placed: StoredValue::new(None),
            opening: StoredValue::new(None),
            is_asking: StoredValue::new(false),
            is_wanted: StoredValue::new(false),
        }
    }
}

impl Sheet {
    /// Orders by something else, or the other way round.
    pub(in crate::ui) fn order_by(self, by: OrderBy) {
        self.picked.set(None);
        self.order.update(|order| {
            let is_descending = order.by == by && !order.is_descending;
            *order = Order { by, is_descending };
        });
    }

    /// Forgets the rows of a log, and what belongs to its columns.
    pub(in crate::ui) fn clear(self) {
        self.order.set(first_order());
        self.hidden.set(BTreeSet::new());
        self.rows.set(HashMap::new());
        self.picked.set(None);
        self.source.set_value(None);
        self.close();
    }

    /// Closes the details.
    pub(in crate::ui) fn close(self) {
        self.place.set(None);
        self.placed.set_value(None);
        self.opening.set_value(None);
    }
}

impl Analyst {
    /// Number of sessions that the table lists. Tracked.
    pub(in crate::ui) fn n_listed(self) -> usize {
        let n_rows = self.sheet.n_rows.get();
        let is_plain =
            self.sheet.listed.get() == Listed::Suspicious && self.conditions.with(Vec::is_empty);
        // known with the report, while the rows are still asked for
        if is_plain {
            self.n_unfiltered()
        } else {
            n_rows
        }
    }

    /// Number of sessions that the table would list without filters. Tracked.
    pub(in crate::ui) fn n_unfiltered(self) -> usize {
        let listed = self.sheet.listed.get();
        self.report_here.with(|report| {
            let counts = report.as_ref().map(|report| report.counts);
            let n = counts.map_or(0, |counts| match listed {
                Listed::Suspicious => counts.n_flagged,
                Listed::All => counts.n_scored + counts.n_unscored,
            });
            usize::try_from(n).unwrap_or(usize::MAX)
        })
    }

    /// Reads what the table shows now; call it when that changes.
    pub(in crate::ui) fn list(self) {
        let sheet = self.sheet;
        sheet.is_wanted.set_value(true);
        if sheet.is_asking.get_value() {
            return;
        }
        sheet.is_asking.set_value(true);
        spawn_local(async move {
            while sheet.is_wanted.get_value() {
                // the views, which ask in the same task, go first
                tasks::turn().await;
                if untrack(|| self.is_sheet_late()) {
                    page::painted().await;
                }
                sheet.is_wanted.set_value(false);
                self.list_once().await;
            }
            sheet.is_asking.set_value(false);
        });
    }

    /// Whether the rows of the table come after what is in view: those of a long log, as long as they are not. Tracked.
    fn is_sheet_late(self) -> bool {
        let is_long = self.overview.with(|overview| {
            let n_rows = overview.as_ref().map_or(0, |overview| overview.n_rows);
            n_rows >= LONG_FROM_ROWS
        });
        is_long && !self.sheet.is_in_view.get()
    }

    /// Whether the table follows the report at once, or only where the threshold stands still on its way. Tracked.
    pub(in crate::ui) fn is_sheet_prompt(self) -> bool {
        !(self.is_sheet_late() && self.is_threshold_moving())
    }

    /// Reads the rows at these places, which are in view.
    pub(in crate::ui) fn list_view(self, places: Range<usize>) {
        self.sheet.in_view.set_value(places);
        self.list();
    }

    fn source(self) -> Option<Source> {
        let mut conditions = self.conditions.get_untracked();
        if self.sheet.listed.get_untracked() == Listed::Suspicious {
            conditions.push(Condition {
                made_in: View::Table,
                test: Test::Verdict(vec![Verdict::Suspicious]),
            });
        }
        Some(Source {
            report: self.report.get_untracked()?,
            conditions,
            zone: self.zone.get_untracked(),
            order: self.sheet.order.get_untracked(),
        })
    }

    async fn list_once(self) {
        let sheet = self.sheet;
        let Some(source) = self.source() else {
            return;
        };
        let is_same = sheet
            .source
            .with_value(|known| known.as_ref() == Some(&source));
        let view = sheet.in_view.get_value();
        let missing =
            |place: &usize| !is_same || sheet.rows.with_untracked(|rows| !rows.contains_key(place));
        let first = view.clone().find(missing);
        let last = view.clone().rev().find(missing);
        let (first, n) = match first.zip(last) {
            Some((first, last)) => (first, last - first + 1),
            None => (0, 0),
        };
        let find = self.insight.opened.get_untracked();
        if is_same && n == 0 && sheet.placed.get_value() == find {
            self.learn_of(view);
            return;
        }
        let request = source.request(first, n, find);
        let Some(Reply::Sessions {
            n_rows,
            rows,
            place,
        }) = self.ask_of_rows(&request).await
        else {
            return;
        };
        let rows = (first..).zip(rows.into_iter().map(Arc::new));
        sheet
            .n_rows
            .set(usize::try_from(n_rows).unwrap_or(usize::MAX));
        if is_same {
            sheet.rows.update(|known| known.extend(rows));
        } else {
            sheet.rows.set(rows.collect());
            sheet.source.set_value(Some(source));
        }
        if sheet.opening.get_value().is_none() && self.insight.opened.get_untracked() == find {
            sheet.placed.set_value(find);
            let place = place.map(|place| place as usize);
            // said again, the table would scroll back to the row
            if sheet.place.get_untracked() != place {
                sheet.place.set(place);
            }
        }
        self.learn_of(view);
    }

    /// Asks the lead for rows of the result on the page.
    async fn ask_of_rows(self, request: &Request) -> Option<Reply> {
        let result = self.n_results.get_untracked();
        if !self.is_scored.get_value() {
            return None;
        }
        match self.ask_lead(request, |_| {}).await {
            // rows of a result that is gone are not shown in the next one
            Ok(reply) => (self.n_results.get_untracked() == result).then_some(reply),
            Err(failure) => {
                self.say(&failure, "reading rows again");
                None
            }
        }
    }

    fn learn_of(self, places: Range<usize>) {
        let rows = self.sheet.rows.with_untracked(|rows| {
            let rows = places.filter_map(|place| rows.get(&place));
            rows.cloned().collect::<Vec<_>>()
        });
        self.look(&rows);
    }

    /// Opens the details of the row at a place of the table.
    pub(in crate::ui) fn open_place(self, place: usize) {
        let sheet = self.sheet;
        sheet.place.set(Some(place));
        let known = sheet.rows.with_untracked(|rows| rows.get(&place).cloned());
        if let Some(row) = known {
            sheet.opening.set_value(None);
            sheet.placed.set_value(Some(row.row));
            self.open_row(row.row);
            return;
        }
        let Some(source) = self.source() else {
            return;
        };
        sheet.opening.set_value(Some(place));
        spawn_local(async move {
            let reply = self.ask_of_rows(&source.request(place, 1, None)).await;
            if sheet.opening.get_value() != Some(place) {
                return;
            }
            sheet.opening.set_value(None);
            if let Some(Reply::Sessions { rows, .. }) = reply
                && let Some(row) = rows.first()
            {
                sheet.placed.set_value(Some(row.row));
                self.open_row(row.row);
            }
        });
    }

    /// Learns all of the row whose details are open.
    pub(super) fn read_open_row(self, row: u32) {
        let insight = self.insight;
        let known = self.sheet.rows.with_untracked(|rows| {
            let mut rows = rows.values();
            rows.find(|known| known.row == row).cloned()
        });
        let is_open = move || insight.opened.get_untracked() == Some(row);
        let is_other = insight
            .open_session
            .with_untracked(|open| open.as_ref().is_none_or(|open| open.row != row));
        if known.is_some() || is_other {
            insight.open_session.set(known);
        }
        let Some(source) = self.source() else {
            return;
        };
        // without conditions, in the order of the file, a row is its own place
        let alone = Source {
            conditions: Vec::new(),
            order: Order {
                by: OrderBy::Line,
                is_descending: false,
            },
            ..source
        };
        spawn_local(async move {
            let request = alone.request(row as usize, 1, None);
            if let Some(Reply::Sessions { rows, .. }) = self.ask_of_rows(&request).await
                && is_open()
            {
                insight
                    .open_session
                    .set(rows.into_iter().next().map(Arc::new));
            }
        });
    }

    /// Copies a text, and says what it is.
    pub(in crate::ui) fn copy(self, text: String, what: String) {
        spawn_local(async move {
            match page::copy(&text).await {
                Ok(()) => self.sheet.said.set(format!("Copied {what}.")),
                Err(why) => self.refuse(Problem::setting(
                    format!("The browser did not let the page copy: {why}."),
                    "Select the text with the mouse and copy it, or download the file.",
                )),
            }
        });
    }

    /// Copies a cell of a row that is on the page.
    pub(in crate::ui) fn copy_cell(self, row: Arc<SessionRow>, column: SheetColumn) {
        let (why, seeds) = untrack(|| self.insight.words_of(row.row));
        self.copy_hidden("the cell".to_owned(), move |manner| {
            copied_cell(&column, (&row, &why, &seeds), manner)
        });
    }

    /// Copies a text that is written as files are: with pseudonyms and without formulas, if that is asked for.
    fn copy_hidden(self, what: String, write: impl FnOnce(Manner<'_>) -> String + 'static) {
        let guard = if self.guard.get_untracked() {
            FormulaGuard::On
        } else {
            FormulaGuard::Off
        };
        spawn_local(async move {
            let key = match self.key().await {
                Ok(key) => key,
                Err(failure) => return self.report_failure(Err(failure)),
            };
            let anonymiser = key.as_ref().map(Anonymiser::new);
            let anonymiser = anonymiser.as_ref();
            self.copy(write(Manner { guard, anonymiser }), what);
        });
    }

    /// Copies the selected rows.
    pub(in crate::ui) fn copy_rows(self, columns: Vec<SheetColumn>, separator: Separator) {
        let Some((first, last)) = self.sheet.picked.get_untracked() else {
            return;
        };
        let n = last - first + 1;
        if n > MAX_COPIED {
            self.refuse(Problem::setting(
                format!("{n} rows are too many to copy."),
                format!("Select at most {MAX_COPIED} rows, or download them as a file."),
            ));
            return;
        }
        let Some(source) = self.source() else {
            return;
        };
        spawn_local(async move {
            let request = source.request(first, n, None);
            let Some(Reply::Sessions { rows, .. }) = self.ask_of_rows(&request).await else {
                return;
            };
            let what = match rows.len() {
                1 => "one row".to_owned(),
                n => format!("{n} rows"),
            };
            self.copy_hidden(what, move |manner| {
                let with_words = rows.iter().map(|row| {
                    let (why, seeds) = self.insight.words_of(row.row);
                    (row, why, seeds)
                });
                let rows: Vec<_> = with_words.collect();
                copied_rows(&columns, &rows, separator, manner)
            });
        });
    }
}
