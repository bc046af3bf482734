//! The page's state machine, and its words.
//!
//! Takes events of one run after another, gives the [`Stage`] to show; a late event of an old run changes nothing.
//! Knows nothing of signals or elements.

mod accuracy;
pub mod chips;
mod columns;
mod conversion;
pub mod dial;
mod finding;
mod form;
pub mod keys;
mod known;
mod pace;
pub mod picks;
mod problem;
pub mod profile;
pub mod project;
mod ranking;
pub mod scroll;
mod seeds;
mod setup;
pub mod sheet;
mod shown;
mod words;

pub use accuracy::{Figure, accuracy_figures};
pub use columns::{ReadingNote, decision, reading_notes};
pub use finding::Finding;
pub use form::Form;
pub use known::{known_entry, known_text, parse_known};
pub use pace::Pace;
pub use problem::{Kind, Problem};
pub use project::{InputFile, Project};
pub use ranking::GroupOrder;
pub use seeds::parse_n_seeds;
pub use setup::{BLANKS, BUCKETS, Link, SOURCES_BY, Setup, UTC, blank_name, parse_blank};
pub use shown::{Shown, is_plain};
pub use words::{data_notes, file_decisions, progress_text, result_notes, settings_in_words};

use crate::job::Progress;

/// Where the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Waiting for a file.
    #[default]
    Idle,
    /// Reading and cleaning the file.
    Reading,
    /// Growing the forest.
    Fitting,
    /// Scoring the rows.
    Scoring,
    /// Building and painting the report.
    Reporting,
    /// The result is on the page.
    Ready,
    /// The run ended with a problem.
    Failed,
    /// The user ended the run.
    Cancelled,
}

impl Stage {
    /// Returns the stage's name in `data-stage`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Reading => "reading",
            Self::Fitting => "fitting",
            Self::Scoring => "scoring",
            Self::Reporting => "reporting",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether a run is going on.
    pub fn is_busy(self) -> bool {
        matches!(
            self,
            Self::Reading | Self::Fitting | Self::Scoring | Self::Reporting
        )
    }
}

/// The number of a run; a later run has a larger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Run(u64);

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run moved on to this stage.
    Reached(Stage),
    /// The stage is this far.
    Progressed(Progress),
    /// The run ended with a problem.
    Failed(Problem),
    /// The user ended the run.
    Cancelled,
}

/// The state of the page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Session {
    /// Where the page is.
    pub stage: Stage,
    /// How far the stage is.
    pub progress: Progress,
    /// How fast the stage goes.
    pub pace: Pace,
    /// What went wrong in the last run.
    pub problem: Option<Problem>,
    run: Run,
}

impl Session {
    /// Begins a run at this stage; whatever the run before still sends is late from now on.
    pub fn begin(&mut self, stage: Stage) -> Run {
        self.run = Run(self.run.0 + 1);
        self.stage = stage;
        self.progress = Progress::default();
        self.pace = Pace::default();
        self.problem = None;
        self.run
    }

    /// Whether this is the run going on.
    pub fn is_current(&self, run: Run) -> bool {
        self.run == run && self.stage.is_busy()
    }

    /// Returns the last run that began.
    pub fn last_run(&self) -> Run {
        self.run
    }

    /// Whether no run began after this one, and it is over.
    pub fn is_last(&self, run: Run) -> bool {
        self.run == run && !self.stage.is_busy()
    }

    /// Takes an event in; returns false and changes nothing if its run is over.
    pub fn apply(&mut self, run: Run, event: Event) -> bool {
        if !self.is_current(run) {
            return false;
        }
        match event {
            Event::Reached(stage) => {
                self.stage = stage;
                self.progress = Progress::default();
                self.pace = Pace::default();
            }
            Event::Progressed(progress) => self.progress = progress,
            Event::Failed(problem) => {
                self.stage = Stage::Failed;
                self.problem = Some(problem);
            }
            Event::Cancelled => self.stage = Stage::Cancelled,
        }
        true
    }

    /// Tells the time, in seconds of a clock that never goes back, so that what is left can be guessed.
    pub fn tell_time(&mut self, now: f64) {
        self.pace.note(now, self.progress);
    }

    /// Ends the run going on, if any.
    pub fn cancel(&mut self) -> bool {
        self.apply(self.run, Event::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Axis, Scatter};
    use crate::table::{Assembly, Schema, Shard};
    use crate::traffic::{Overview, Sessions};

    /// A scatter plot without a mark.
    pub(super) fn empty_scatter(x: Axis, y: Axis) -> Scatter {
        Scatter {
            x,
            y,
            normal: vec![],
            suspicious: vec![],
            known: vec![],
            n_normal: 0,
            n_suspicious: 0,
            n_known: 0,
        }
    }

    /// Reads a log and says what is in it.
    pub(super) fn overview_of(log: &str) -> Overview {
        let mut input = log.as_bytes();
        let schema = Schema::read(&mut input).expect("a head");
        let mut assembly = Assembly::new(schema.clone(), false, 0);
        let end = log.len() as u64;
        let shard = Shard::read(&mut input, &schema, schema.start..end, true, None).expect("rows");
        assembly.absorb(shard, end).expect("a fitting shard");
        Sessions::from_table(assembly.finish().expect("a table")).overview()
    }

    #[test]
    fn a_late_event_changes_nothing() {
        let mut session = Session::default();
        let first = session.begin(Stage::Reading);
        let second = session.begin(Stage::Reading);
        assert!(!session.apply(first, Event::Reached(Stage::Ready)));
        assert!(session.apply(second, Event::Reached(Stage::Fitting)));
        assert!(session.cancel());
        assert!(!session.apply(second, Event::Reached(Stage::Ready)));
        assert_eq!(session.stage, Stage::Cancelled);
        assert!(!session.cancel(), "nothing is left to cancel");
    }

    #[test]
    fn a_new_run_forgets_the_problem() {
        let mut session = Session::default();
        let run = session.begin(Stage::Reading);
        session.apply(run, Event::Failed(Problem::bug("it broke")));
        assert_eq!(session.stage, Stage::Failed);
        session.begin(Stage::Fitting);
        assert_eq!(
            (session.stage, session.problem.is_none()),
            (Stage::Fitting, true)
        );
    }
}
