//! The order of the groups of a column.

use std::cmp::Ordering;

use crate::report::Group;

/// What groups are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupOrder {
    /// Their names, numbers by value.
    Name,
    /// Their number of sessions.
    Sessions,
    /// Their number of suspicious sessions.
    Flagged,
    /// The share of their sessions that are suspicious.
    Share,
    /// Their bytes.
    Bytes,
}

impl GroupOrder {
    /// Whether the largest comes first until somebody asks for the other direction.
    pub fn is_descending_at_first(self) -> bool {
        self != Self::Name
    }

    /// Returns the places of the groups in this order; equal ones keep theirs, and sessions without a value come last
    /// among names.
    pub fn places(self, groups: &[Group], is_descending: bool) -> Vec<usize> {
        let mut places: Vec<usize> = (0..groups.len()).collect();
        places.sort_by(|&a, &b| {
            let (a, b) = (&groups[a], &groups[b]);
            if self == Self::Name
                && let (None, Some(_)) | (Some(_), None) = (&a.name, &b.name)
            {
                return a.name.is_none().cmp(&b.name.is_none());
            }
            let order = self.compare(a, b);
            if is_descending {
                order.reverse()
            } else {
                order
            }
        });
        places
    }

    fn compare(self, a: &Group, b: &Group) -> Ordering {
        let share = |group: &Group| group.n_flagged as f64 / group.n_sessions.max(1) as f64;
        match self {
            Self::Name => compare_names(
                a.name.as_deref().unwrap_or_default(),
                b.name.as_deref().unwrap_or_default(),
            ),
            Self::Sessions => a.n_sessions.cmp(&b.n_sessions),
            Self::Flagged => a.n_flagged.cmp(&b.n_flagged),
            Self::Share => share(a).total_cmp(&share(b)),
            Self::Bytes => a.bytes.total_cmp(&b.bytes),
        }
    }
}

/// Compares ports as numbers, addresses as addresses, anything else by its characters.
fn compare_names(a: &str, b: &str) -> Ordering {
    if let (Ok(a), Ok(b)) = (a.parse::<f64>(), b.parse::<f64>()) {
        return a.total_cmp(&b);
    }
    let address = |name: &str| {
        let (address, _) = name.split_once('/').unwrap_or((name, ""));
        address.parse::<std::net::IpAddr>().ok()
    };
    match (address(a), address(b)) {
        (Some(x), Some(y)) => x.cmp(&y).then_with(|| a.cmp(b)),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: Option<&str>, n_sessions: u64, n_flagged: u64, bytes: f64) -> Group {
        Group {
            name: name.map(str::to_owned),
            n_sessions,
            n_flagged,
            bytes,
        }
    }

    #[test]
    fn each_order_puts_its_largest_first() {
        let groups = [
            group(Some("b"), 10, 1, 5.0),
            group(Some("a"), 2, 2, 9.0),
            group(Some("c"), 20, 0, 7.0),
        ];
        for (order, places) in [
            (GroupOrder::Sessions, [2, 0, 1]),
            (GroupOrder::Flagged, [1, 0, 2]),
            (GroupOrder::Share, [1, 0, 2]),
            (GroupOrder::Bytes, [1, 2, 0]),
            (GroupOrder::Name, [2, 0, 1]),
        ] {
            assert_eq!(order.places(&groups, true), places, "{order:?}");
        }
        assert_eq!(GroupOrder::Name.places(&groups, false), [1, 0, 2]);
    }

    #[test]
    fn names_that_are_numbers_or_addresses_go_by_value() {
        let named = |names: [Option<&str>; 3]| names.map(|name| group(name, 1, 0, 0.0));
        let ports = named([Some("8080"), None, Some("443")]);
        assert_eq!(GroupOrder::Name.places(&ports, false), [2, 0, 1]);
        assert_eq!(GroupOrder::Name.places(&ports, true), [0, 2, 1]);
        let addresses = named([
            Some("10.0.10.0/24"),
            Some("10.0.9.0/24"),
            Some("9.0.0.0/24"),
        ]);
        assert_eq!(GroupOrder::Name.places(&addresses, false), [2, 1, 0]);
    }
}
