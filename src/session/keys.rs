//! The keys of the page, in words.

/// Keys that work in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyGroup {
    /// Where they work.
    pub place: &'static str,
    /// The keys, as they are written on them, and what they do.
    pub keys: &'static [(&'static str, &'static str)],
}

/// Every key that does something beyond what browsers do by themselves.
pub const KEYS: &[KeyGroup] = &[
    KeyGroup {
        place: "Anywhere",
        keys: &[
            ("?", "Show these keys"),
            ("Esc", "Close what is open, or else take all filters away"),
        ],
    },
    KeyGroup {
        place: "On the scatter plot",
        keys: &[
            ("↑ ↓ ← →", "Go from mark to mark"),
            ("Enter", "Open the session of the mark"),
            ("+ −", "Zoom in and out"),
            ("Shift with ↑ ↓ ← →", "Move what is shown"),
            ("0", "Show all"),
            ("S", "Select the sessions that are shown"),
            ("Esc", "Give up what is selected here"),
        ],
    },
    KeyGroup {
        place: "On any other chart",
        keys: &[
            ("↑ ↓ ← →", "Go from place to place"),
            ("Enter", "Select the place"),
            ("Shift with ↑ ↓ ← →", "Select from place to place"),
            ("Esc", "Give up what is selected here"),
        ],
    },
    KeyGroup {
        place: "On a row of the sessions",
        keys: &[
            ("↑ ↓", "Go to the row above or below"),
            ("Page Up, Page Down", "Go a page up or down"),
            ("Home, End", "Go to the first or the last row"),
            ("← →", "Go to a cell of the row"),
            ("Enter", "Open the details of the row"),
            ("Shift with ↑ ↓ and the like", "Select rows"),
            ("Ctrl C", "Copy the selected rows, or else the cell"),
        ],
    },
    KeyGroup {
        place: "In the details of a row",
        keys: &[
            ("↑ ↓", "Open the row above or below"),
            ("Esc", "Close, and go back to the row"),
        ],
    },
    KeyGroup {
        place: "On the slider of the threshold",
        keys: &[("← →", "Flag one session less or more")],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_place_and_every_key_of_it_is_there_once() {
        let places: HashSet<&str> = KEYS.iter().map(|group| group.place).collect();
        assert_eq!(places.len(), KEYS.len());
        for group in KEYS {
            let keys: HashSet<&str> = group.keys.iter().map(|(key, _)| *key).collect();
            assert_eq!(keys.len(), group.keys.len(), "{}", group.place);
            assert!(group.keys.iter().all(|(_, does)| !does.ends_with('.')));
        }
    }
}
