//! How long a stage still takes, from how fast it went, and when that is worth showing.

use crate::job::Progress;

/// Seconds of a stage before which nothing is said: a short stage is over sooner than it can be guessed.
const SILENT_SECS: f64 = 1.0;

/// Seconds over which the speed is smoothed: a later step counts little for much older ones.
const SMOOTHED_SECS: f64 = 2.0;

/// Seconds between two steps of a stage that are worth showing: an eye needs no more, and for each the page is painted, on a
/// processor that the workers need.
const STEP_SECS: f64 = 0.1;

/// The speed of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pace {
    /// When the stage began, in seconds; `None` before anything is known of it.
    began: Option<f64>,
    /// When it was last looked at, and how much was done then.
    last: (f64, u64),
    /// Done in a second, smoothed; 0 before the first step.
    speed: f64,
}

impl Pace {
    /// Whether it is time to show how far the stage is: when something was not shown for a while, and at the end.
    pub fn is_due(&self, now: f64, progress: Progress) -> bool {
        progress.done >= progress.total || now - self.last.0 >= STEP_SECS
    }

    /// Takes in how far the stage is at `now`, in seconds of a clock that never goes back.
    pub fn note(&mut self, now: f64, progress: Progress) {
        if self.began.is_none() {
            self.began = Some(now);
            self.last = (now, progress.done);
            return;
        }
        let (before, done) = self.last;
        let elapsed = now - before;
        // a step that the clock does not see waits for the next one
        if progress.done <= done || elapsed <= 0.0 {
            return;
        }
        let speed = (progress.done - done) as f64 / elapsed;
        let weight = if self.speed == 0.0 {
            1.0
        } else {
            1.0 - (-elapsed / SMOOTHED_SECS).exp()
        };
        self.speed += weight * (speed - self.speed);
        self.last = (now, progress.done);
    }

    /// Returns how many seconds the stage still takes; `None` in its first second and while there is no telling.
    pub fn secs_left(&self, progress: Progress) -> Option<f64> {
        let (now, done) = self.last;
        let is_told = now - self.began? >= SILENT_SECS && self.speed > 0.0;
        is_told.then(|| progress.total.saturating_sub(done) as f64 / self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(done: u64) -> Progress {
        Progress {
            done,
            total: 1000,
            n_rows: 0,
        }
    }

    #[test]
    fn an_even_stage_is_told_exactly_but_not_in_its_first_second() {
        let mut pace = Pace::default();
        assert_eq!(pace.secs_left(at(0)), None);
        for tenth in 0..10 {
            pace.note(50.0 + 0.1 * f64::from(tenth), at(10 * tenth as u64));
            assert_eq!(pace.secs_left(at(10 * tenth as u64)), None);
        }
        for tenth in 10..=100 {
            pace.note(50.0 + 0.1 * f64::from(tenth), at(10 * tenth as u64));
            let left = pace.secs_left(at(10 * tenth as u64)).expect("an estimate");
            let truth = 10.0 - 0.1 * f64::from(tenth);
            assert!((left - truth).abs() < 1e-9, "{left} at {tenth}");
        }
    }

    #[test]
    fn one_slow_step_moves_the_estimate_a_little_and_a_slow_stage_all_the_way() {
        let mut pace = Pace::default();
        pace.note(0.0, at(0));
        pace.note(2.0, at(200));
        // by hand: the speed goes from 100 to 100 - (1 - e^-0.5) * 50 = 80.3
        pace.note(3.0, at(250));
        let left = pace.secs_left(at(250)).expect("an estimate");
        assert!(
            (left - 750.0 / 80.326_532_985_631_67).abs() < 1e-9,
            "{left}"
        );
        for i in 1..=20u32 {
            pace.note(3.0 + f64::from(i), at(250 + 10 * u64::from(i)));
        }
        let left = pace.secs_left(at(450)).expect("an estimate");
        assert!((left - 55.0).abs() < 0.1, "{left}");
    }

    #[test]
    fn steps_are_shown_some_times_a_second_and_the_last_one_always() {
        let mut pace = Pace::default();
        pace.note(7.0, at(0));
        let mut shown = vec![];
        for (step, done) in (1..=9).zip([10, 20, 30, 40, 50, 60, 70, 80, 1000]) {
            // 16 steps a second
            let now = 7.0 + f64::from(step) / 16.0;
            if pace.is_due(now, at(done)) {
                pace.note(now, at(done));
                shown.push(step);
            }
        }
        assert_eq!(shown, [2, 4, 6, 8, 9]);
    }

    #[test]
    fn no_step_and_a_clock_that_stands_still_change_nothing() {
        let mut pace = Pace::default();
        pace.note(0.0, at(0));
        pace.note(0.0, at(100));
        assert_eq!(pace.secs_left(at(100)), None, "no time passed");
        pace.note(5.0, at(0));
        assert_eq!(pace.secs_left(at(0)), None, "nothing was done");
        pace.note(5.0, at(500));
        assert_eq!(pace.secs_left(at(500)), Some(5.0));
    }
}
