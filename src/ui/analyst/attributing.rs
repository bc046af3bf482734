//! Attributions of all scored rows, for the file that has them: helpers compute them, and one can stop them.

use std::cell::Cell;

use futures_util::future::try_join_all;
use leptos::prelude::*;

use super::Analyst;
use super::aside::{Aside, Turn};
use crate::browser::crew::{Crew, Failure, Worker};

/// Scored rows, times trees, up to which the lead attributes them by itself while it writes, in about half a second.
const ALONE_UP_TO: u64 = 800_000;

/// Rows, times trees, that are attributed at once, in about a quarter of a second: how often the page tells how far it is.
const PIECE: u64 = 400_000;

/// The fewest rows of a piece: each takes the forest along.
const MIN_PIECE_ROWS: u64 = 100;

/// Attributions of all rows, as far as they are.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Attributing {
    /// Rows attributed and rows in all, while it goes on.
    pub(in crate::ui) progress: RwSignal<Option<(u64, u64)>>,
    /// Whether the lead knows all about the rows that it scored last.
    is_known: StoredValue<bool>,
    aside: Aside,
}

impl Default for Attributing {
    fn default() -> Attributing {
        Attributing {
            progress: RwSignal::new(None),
            is_known: StoredValue::new(false),
            aside: Aside::default(),
        }
    }
}

impl Attributing {
    /// Ends it, if it goes on; whoever waits for it learns that it was dismissed.
    pub(in crate::ui) fn end(self) {
        self.aside.end();
        if self.progress.with_untracked(Option::is_some) {
            self.progress.set(None);
        }
    }

    /// Notes that the lead grows another forest, and so knows nothing.
    pub(super) fn forget(self) {
        self.is_known.set_value(false);
    }
}

impl Analyst {
    /// Has the lead know the attributions of all scored rows, unless it computes them sooner than helpers start.
    pub(super) async fn attribute_all(self) -> Result<(), Failure> {
        let attributing = self.attributing;
        let n_rows = self
            .report
            .with_untracked(|report| report.as_ref().map_or(0, |report| report.counts.n_scored));
        let n_trees = self.applied.with_untracked(|applied| {
            applied
                .as_ref()
                .map_or(1, |settings| u64::from(settings.params.n_estimators).max(1))
        });
        if n_rows * n_trees <= ALONE_UP_TO || attributing.is_known.get_value() {
            return Ok(());
        }
        attributing.progress.set(Some((0, n_rows)));
        let turn = attributing.aside.turn();
        let piece = (PIECE / n_trees).max(MIN_PIECE_ROWS);
        let outcome = self.attribute_pieces(n_rows, piece, turn).await;
        if attributing.aside.check(turn).is_ok() {
            attributing.end();
        }
        outcome?;
        attributing.is_known.set_value(true);
        Ok(())
    }

    async fn attribute_pieces(self, n_rows: u64, piece: u64, turn: Turn) -> Result<(), Failure> {
        // those of the run are idle now, and each holds memory
        self.crew.with_value(Crew::dismiss_helpers);
        let lead = self.crew.with_value(Crew::lead)?;
        let aside = self.attributing.aside;
        let helpers = aside.helpers(n_rows.div_ceil(piece))?;
        let (lead, next) = (&lead, &Cell::new(0));
        let work = helpers.iter().map(|helper| async move {
            loop {
                let first = next.replace(next.get() + piece);
                if first >= n_rows {
                    return Ok(());
                }
                Worker::attribute(lead, helper, first, piece).await?;
                aside.check(turn)?;
                self.attributing.progress.update(|progress| {
                    if let Some((done, total)) = progress {
                        *done += piece.min(*total - first);
                    }
                });
            }
        });
        try_join_all(work).await.map(|_| ())
    }
}
