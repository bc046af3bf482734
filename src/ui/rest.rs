//! What waits until nothing happens any more.

use std::time::Duration;

use leptos::prelude::*;

/// Of calls that are put off one soon after another only the last is made, unless its owner is gone by then.
#[derive(Clone, Copy)]
pub(super) struct Rest {
    after: Duration,
    n_put_off: StoredValue<u32>,
}

impl Rest {
    /// Lets calls wait for so long.
    pub(super) fn new(after: Duration) -> Rest {
        Rest {
            after,
            n_put_off: StoredValue::new(0),
        }
    }

    /// Makes a call later, and none of those put off before.
    pub(super) fn put_off(self, call: impl FnOnce() + 'static) {
        self.give_up();
        let n = self.n_put_off.get_value();
        let call_if_last = move || {
            if self.n_put_off.try_get_value() == Some(n) {
                call();
            }
        };
        set_timeout(call_if_last, self.after);
    }

    /// Makes none of the calls put off before.
    pub(super) fn give_up(self) {
        self.n_put_off.update_value(|n| *n = n.wrapping_add(1));
    }
}
