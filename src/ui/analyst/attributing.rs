//! Attributions of all scored rows, for the file that has them: helpers compute them, and one can stop them.

use std::cell::Cell;

use futures_util::future::try_join_all;
use leptos::prelude::*;

use super::Analyst;
use crate::browser::crew::{Crew, Failure, Worker, n_workers};

/// Scored rows up to which the lead attributes them by itself while it writes, in about half a second.
const ALONE_UP_TO: u64 = 8_000;

/// Rows attributed at once, in about a quarter of a second: how often the page tells how far it is.
const PIECE: u64 = 4_000;

/// Attributions of all rows, as far as they are.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Attributing {
    /// Rows attributed and rows in all, while it goes on.
    pub(in crate::ui) progress: RwSignal<Option<(u64, u64)>>,
    /// The result whose rows the lead knows all about.
    known: StoredValue<Option<u32>>,
    /// Helpers of their own, so that ending them ends nothing else.
    crew: StoredValue<Crew, LocalStorage>,
    /// Counts how often it began or ended, so that a late answer is known.
    turn: StoredValue<u32>,
}

impl Default for Attributing {
    fn default() -> Attributing {
        Attributing {
            progress: RwSignal::new(None),
            known: StoredValue::new(None),
            crew: StoredValue::new_local(Crew::default()),
            turn: StoredValue::new(0),
        }
    }
}

impl Attributing {
    /// Ends it, if it goes on; whoever waits for it learns that it was dismissed.
    pub(in crate::ui) fn end(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.crew.with_value(Crew::dismiss);
        if self.progress.with_untracked(Option::is_some) {
            self.progress.set(None);
        }
    }
}

impl Analyst {
    /// Has the lead know the attributions of all scored rows, unless it computes them sooner than helpers start.
    pub(super) async fn attribute_all(self) -> Result<(), Failure> {
        let attributing = self.attributing;
        let result = self.n_results.get_untracked();
        let n_rows = self
            .report
            .with_untracked(|report| report.as_ref().map_or(0, |report| report.counts.n_scored));
        if n_rows <= ALONE_UP_TO || attributing.known.get_value() == Some(result) {
            return Ok(());
        }
        attributing.progress.set(Some((0, n_rows)));
        let turn = attributing.turn.get_value();
        let outcome = self.attribute_pieces(n_rows, turn).await;
        if attributing.turn.get_value() == turn {
            attributing.end();
        }
        outcome?;
        attributing.known.set_value(Some(result));
        Ok(())
    }

    async fn attribute_pieces(self, n_rows: u64, turn: u32) -> Result<(), Failure> {
        // those of the run are idle now, and each holds memory
        self.crew.with_value(Crew::dismiss_helpers);
        let lead = self.crew.with_value(Crew::lead)?;
        let crew = self.attributing.crew.get_value();
        let mut helpers = vec![crew.lead()?];
        helpers.extend(crew.helpers(n_workers() - 1)?);
        let (lead, next) = (&lead, &Cell::new(0));
        let work = helpers.iter().map(|helper| async move {
            loop {
                let first = next.replace(next.get() + PIECE);
                if first >= n_rows {
                    return Ok(());
                }
                Worker::attribute(lead, helper, first, PIECE).await?;
                if self.attributing.turn.get_value() != turn {
                    return Err(Failure::Dismissed);
                }
                self.attributing.progress.update(|progress| {
                    if let Some((done, total)) = progress {
                        *done = (*done + PIECE).min(*total);
                    }
                });
            }
        });
        try_join_all(work).await.map(|_| ())
    }
}
