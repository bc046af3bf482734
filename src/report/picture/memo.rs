//! What was found out before, so that it is not found out again.

use std::rc::Rc;

/// The last few things that were found out, each under what it was found out for.
#[derive(Debug)]
pub(super) struct Memo<K, V> {
    /// Those used last come last.
    kept: Vec<(K, Rc<V>)>,
    most: usize,
}

impl<K: PartialEq, V> Memo<K, V> {
    /// Keeps at most this many, at least one.
    pub(super) fn of(most: usize) -> Memo<K, V> {
        Memo {
            kept: Vec::new(),
            most,
        }
    }

    /// Returns what was found out for a key, or finds it out now and keeps it.
    pub(super) fn get(&mut self, key: K, find_out: impl FnOnce(&K) -> V) -> Rc<V> {
        let found: Result<_, std::convert::Infallible> = self.try_get(key, |key| Ok(find_out(key)));
        match found {
            Ok(value) => value,
        }
    }

    /// Does so with something that can fail, which is not kept.
    pub(super) fn try_get<E>(
        &mut self,
        key: K,
        find_out: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Rc<V>, E> {
        let place = self.kept.iter().position(|(kept, _)| *kept == key);
        let entry = match place {
            Some(place) => self.kept.remove(place),
            None => {
                let value = Rc::new(find_out(&key)?);
                if self.kept.len() >= self.most {
                    self.kept.remove(0);
                }
                (key, value)
            }
        };
        let value = entry.1.clone();
        self.kept.push(entry);
        Ok(value)
    }

    /// Forgets what was found out for these keys.
    pub(super) fn forget(&mut self, mut is_over: impl FnMut(&K) -> bool) {
        self.kept.retain(|(key, _)| !is_over(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_used_are_kept() {
        let mut memo = Memo::of(2);
        let mut n_found = 0;
        let mut get = |key: u32| {
            *memo.get(key, |key| {
                n_found += 1;
                key * 10
            })
        };
        assert_eq!([1, 2, 1, 3, 1, 2].map(&mut get), [10, 20, 10, 30, 10, 20]);
        // 1, 2, 3, and 2 again, which 3 had pushed out
        assert_eq!(n_found, 4);
        memo.forget(|&key| key == 1);
        assert_eq!(memo.try_get(1, |_| Err("anew")), Err("anew"));
    }
}
