//! Work beside the runs, by helpers of its own, of which only the last begun counts.

use std::rc::Rc;

use leptos::prelude::*;

use crate::browser::crew::{Crew, Failure, Worker, n_workers};

/// Helpers that ending a run does not end, and the other way round.
#[derive(Clone, Copy)]
pub(super) struct Aside {
    crew: StoredValue<Crew, LocalStorage>,
    /// Counts what was ended, so that a late answer is known.
    turn: StoredValue<u32>,
}

/// One piece of work, from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn(u32);

impl Default for Aside {
    fn default() -> Aside {
        Aside {
            crew: StoredValue::new_local(Crew::default()),
            turn: StoredValue::new(0),
        }
    }
}

impl Aside {
    /// Ends what goes on, if anything, and its helpers; whoever waits for them learns that they were dismissed.
    pub(super) fn end(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.crew.with_value(Crew::dismiss);
    }

    /// Returns the turn that lasts until the next end.
    pub(super) fn turn(self) -> Turn {
        Turn(self.turn.get_value())
    }

    /// Whether a turn still lasts.
    ///
    /// # Errors
    /// [`Failure::Dismissed`] if not.
    pub(super) fn check(self, turn: Turn) -> Result<(), Failure> {
        if self.turn() == turn {
            Ok(())
        } else {
            Err(Failure::Dismissed)
        }
    }

    /// Returns helpers, one for each piece of work at most, and starts them if need be.
    ///
    /// # Errors
    /// [`Failure::Died`] if the browser starts no worker.
    pub(super) fn helpers(self, n_pieces: u64) -> Result<Vec<Rc<Worker>>, Failure> {
        let n = u64::try_from(n_workers()).unwrap_or(1).min(n_pieces).max(1);
        let crew = self.crew.get_value();
        let mut helpers = vec![crew.lead()?];
        helpers.extend(crew.helpers(n as usize - 1)?);
        Ok(helpers)
    }
}
