//! The allow-list: sources, networks and rules that are known, each with a reason.
//!
//! A session that they cover stays visible but is not counted as suspicious. The threshold does not know of it.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::address;
use crate::table::Data;
use crate::traffic::{Role, Sessions};

/// Something that is known, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What is known.
    pub subject: Subject,
    /// Why it is not suspicious, in the user's words.
    pub reason: String,
}

/// What sessions can be known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The source: an address however it is written, or any other text of the source column.
    Source(String),
    /// The network that the source's address lies in.
    Network(IpNet),
    /// The rule that matched: the whole text of the rule column.
    Rule(String),
}

/// The kind of a [`Subject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// [`Subject::Source`].
    Source,
    /// [`Subject::Network`].
    Network,
    /// [`Subject::Rule`].
    Rule,
}

/// Why a text is no [`Subject`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// There is no text.
    #[error("there is no {}", kind.name())]
    Empty {
        /// What it should be.
        kind: SubjectKind,
    },
    /// A network was given as a source.
    #[error("{text:?} is a network, not a source")]
    IsNetwork {
        /// What was given.
        text: String,
    },
    /// Digits and dots, or hexadecimal digits and colons, that make no address.
    #[error("{text:?} is no address")]
    NoAddress {
        /// What was given.
        text: String,
    },
    /// Not in CIDR notation.
    #[error("{text:?} is no network in CIDR notation")]
    NoNetwork {
        /// What was given.
        text: String,
    },
}

impl SubjectKind {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [SubjectKind; 3] = [Self::Source, Self::Network, Self::Rule];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Network => "network",
            Self::Rule => "rule",
        }
    }
}

impl Subject {
    /// Reads what somebody typed; spaces around it do not count, and of a network only its own bits stay.
    ///
    /// # Errors
    /// See [`SubjectError`].
    pub fn parse(kind: SubjectKind, text: &str) -> Result<Subject, SubjectError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SubjectError::Empty { kind });
        }
        let given = || text.to_owned();
        match kind {
            SubjectKind::Source if text.parse::<IpNet>().is_ok() => {
                Err(SubjectError::IsNetwork { text: given() })
            }
            SubjectKind::Source if is_like_address(text) && address(text).is_none() => {
                Err(SubjectError::NoAddress { text: given() })
            }
            SubjectKind::Source => Ok(Self::Source(given())),
            SubjectKind::Network => match text.parse::<IpNet>() {
                Ok(network) => Ok(Self::Network(network.trunc())),
                Err(_) => Err(SubjectError::NoNetwork { text: given() }),
            },
            SubjectKind::Rule => Ok(Self::Rule(given())),
        }
    }

    /// Returns its kind.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Source(_) => SubjectKind::Source,
            Self::Network(_) => SubjectKind::Network,
            Self::Rule(_) => SubjectKind::Rule,
        }
    }
}

/// Writes the value without its kind: `10.0.0.0/8`.
impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(text) | Self::Rule(text) => formatter.write_str(text),
            Self::Network(network) => network.fmt(formatter),
        }
    }
}

fn is_like_address(text: &str) -> bool {
    let only = |allowed: fn(char) -> bool| text.chars().all(allowed);
    (text.contains('.') && only(|c| c.is_ascii_digit() || c == '.'))
        || (text.contains(':') && only(|c| c.is_ascii_hexdigit() || c == ':' || c == '.'))
}

/// How many sessions an entry of the allow-list covers. One that many entries cover counts for the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownCount {
    /// The entry.
    pub known: Known,
    /// Sessions that it covers; `None` if the log has no column that could tell.
    pub n_sessions: Option<u64>,
    /// Those of them with a score below the threshold.
    pub n_below: u64,
}

/// The allow-list, laid out for one log.
#[derive(Debug)]
pub struct AllowList {
    entries: Vec<Known>,
    sources: Lookup,
    rules: Lookup,
    n_sessions: Vec<Option<u64>>,
}

/// The first entry that covers each text of a column; `None` if there is no such column, or its texts are not kept.
#[derive(Debug)]
struct Lookup(Option<OfColumn>);

#[derive(Debug)]
struct OfColumn {
    column: usize,
    /// By the code of the text.
    entries: Vec<Option<u32>>,
}

impl AllowList {
    /// Looks every distinct source and rule of a log up, once.
    pub fn build(sessions: &Sessions, entries: &[Known]) -> AllowList {
        let index = Index::of(entries);
        let mut list = AllowList {
            entries: entries.to_vec(),
            sources: Lookup::build(sessions, Role::SourceIp, |text| index.of_source(text)),
            rules: Lookup::build(sessions, Role::Rule, |text| index.of_rule(text)),
            n_sessions: Vec::new(),
        };
        let count = |known: &Known| {
            let lookup = match known.subject {
                Subject::Rule(_) => &list.rules,
                Subject::Source(_) | Subject::Network(_) => &list.sources,
            };
            lookup.0.as_ref().map(|_| 0)
        };
        let mut n_sessions: Vec<Option<u64>> = entries.iter().map(count).collect();
        if !entries.is_empty() {
            for row in 0..sessions.n_rows() {
                if let Some(n) = list
                    .covering(sessions, row)
                    .and_then(|i| n_sessions[i].as_mut())
                {
                    *n += 1;
                }
            }
        }
        list.n_sessions = n_sessions;
        list
    }

    /// Whether it is made of these entries.
    pub fn is_of(&self, entries: &[Known]) -> bool {
        self.entries == entries
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the place of the first entry that covers a session.
    pub fn covering(&self, sessions: &Sessions, row: usize) -> Option<usize> {
        if self.entries.is_empty() {
            return None;
        }
        let entries = [
            self.sources.get(sessions, row),
            self.rules.get(sessions, row),
        ];
        entries.into_iter().flatten().min().map(|i| i as usize)
    }

    /// Counts sessions by the entry that covers them: `rows` are those below the threshold.
    pub fn count(&self, sessions: &Sessions, rows: impl Iterator<Item = u32>) -> Vec<KnownCount> {
        let mut counts: Vec<KnownCount> = self
            .entries
            .iter()
            .zip(&self.n_sessions)
            .map(|(known, &n_sessions)| KnownCount {
                known: known.clone(),
                n_sessions,
                n_below: 0,
            })
            .collect();
        for row in rows {
            if let Some(i) = self.covering(sessions, row as usize) {
                counts[i].n_below += 1;
            }
        }
        counts
    }
}

/// The places of the entries by what they cover: a look-up costs the same however many there are.
#[derive(Debug, Default)]
struct Index<'a> {
    texts: HashMap<&'a str, u32>,
    addresses: HashMap<IpAddr, u32>,
    networks: HashMap<IpNet, u32>,
    /// The prefix lengths that networks have, each once.
    lengths: Vec<u8>,
    rules: HashMap<&'a str, u32>,
}

impl<'a> Index<'a> {
    fn of(entries: &'a [Known]) -> Index<'a> {
        /// Of equal ones the first counts.
        fn keep<K: Eq + Hash>(places: &mut HashMap<K, u32>, key: K, place: u32) {
            places.entry(key).or_insert(place);
        }
        let mut index = Index::default();
        for (known, place) in entries.iter().zip(0..) {
            match &known.subject {
                Subject::Source(text) => {
                    keep(&mut index.texts, text, place);
                    if let Some(address) = address(text) {
                        keep(&mut index.addresses, address, place);
                    }
                }
                Subject::Network(network) => {
                    keep(&mut index.networks, network.trunc(), place);
                    index.lengths.push(network.prefix_len());
                }
                Subject::Rule(rule) => keep(&mut index.rules, rule, place),
            }
        }
        index.lengths.sort_unstable();
        index.lengths.dedup();
        index
    }

    /// Returns the place of the first entry that covers a source.
    fn of_source(&self, text: &str) -> Option<u32> {
        let by_text = self.texts.get(text).copied();
        let Some(address) = address(text) else {
            return by_text;
        };
        let by_address = self.addresses.get(&address).copied();
        let by_network = self.lengths.iter().filter_map(|&length| {
            // an IPv4 address is in no network of more than 32 bits
            let network = IpNet::new(address, length).ok()?;
            self.networks.get(&network.trunc()).copied()
        });
        by_text
            .into_iter()
            .chain(by_address)
            .chain(by_network)
            .min()
    }

    /// Returns the place of the first entry that names a rule.
    fn of_rule(&self, text: &str) -> Option<u32> {
        self.rules.get(text).copied()
    }
}

impl Lookup {
    fn build(sessions: &Sessions, role: Role, find: impl Fn(&str) -> Option<u32>) -> Lookup {
        let of_column = |column: usize| match &sessions.table.columns[column].data {
            Data::Categories(categories) => Some(OfColumn {
                column,
                entries: categories.names.iter().map(|name| find(name)).collect(),
            }),
            _ => None,
        };
        Lookup(sessions.roles.column(role).and_then(of_column))
    }

    fn get(&self, sessions: &Sessions, row: usize) -> Option<u32> {
        let of_column = self.0.as_ref()?;
        match &sessions.table.columns[of_column.column].data {
            // a session without a value has a code beyond every name
            Data::Categories(categories) => {
                let code = categories.code(row);
                of_column.entries.get(code as usize).copied().flatten()
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_typed_is_read_or_refused() {
        let parse = Subject::parse;
        let source = |text: &str| Ok(Subject::Source(text.to_owned()));
        assert_eq!(parse(SubjectKind::Source, " 10.0.0.1 "), source("10.0.0.1"));
        assert_eq!(
            parse(SubjectKind::Source, "web-01.example"),
            source("web-01.example")
        );
        assert_eq!(
            parse(SubjectKind::Network, "10.1.2.3/8").map(|network| network.to_string()),
            Ok("10.0.0.0/8".to_owned())
        );
        assert_eq!(
            parse(SubjectKind::Network, "2001:DB8::1/32").map(|network| network.to_string()),
            Ok("2001:db8::/32".to_owned())
        );
        for (kind, text) in [
            (SubjectKind::Source, ""),
            (SubjectKind::Source, "10.0.0"),
            (SubjectKind::Source, "10.0.0.256"),
            (SubjectKind::Source, "fe80:::1"),
            (SubjectKind::Source, "10.0.0.0/8"),
            (SubjectKind::Network, "10.0.0.1"),
            (SubjectKind::Network, "10.0.0.0/33"),
            (SubjectKind::Network, "anywhere"),
            (SubjectKind::Rule, "  "),
        ] {
            assert!(parse(kind, text).is_err(), "{kind:?} {text:?}");
        }
    }

    /// The plain way: a look at every entry.
    fn plainly(entries: &[Known], text: &str) -> (Option<u32>, Option<u32>) {
        let source = address(text);
        let first = |covers: &dyn Fn(&Subject) -> bool| {
            let place = entries.iter().position(|known| covers(&known.subject));
            place.map(|place| place as u32)
        };
        let of_source = first(&|subject| match subject {
            Subject::Source(known) => {
                known == text || (source.is_some() && address(known) == source)
            }
            Subject::Network(network) => source.is_some_and(|source| network.contains(&source)),
            Subject::Rule(_) => false,
        });
        let of_rule = first(&|subject| matches!(subject, Subject::Rule(rule) if rule == text));
        (of_source, of_rule)
    }

    fn entry(subject: Subject) -> Known {
        Known {
            subject,
            reason: "a test".to_owned(),
        }
    }

    /// Addresses of few networks, in several notations, so that entries and texts meet.
    fn some_text() -> impl Strategy<Value = String> {
        prop_oneof![
            (0_u8..3, 0_u8..4).prop_map(|(a, b)| format!("10.{a}.0.{b}")),
            (0_u8..3, 0_u8..4).prop_map(|(a, b)| format!("::ffff:10.{a}.0.{b}")),
            (0_u8..3, 0_u8..4).prop_map(|(a, b)| format!("2001:DB8:{a}::{b}")),
            (0_u8..3, 0_u8..4).prop_map(|(a, b)| format!(" 2001:0db8:{a}:0::{b}")),
            (0_u8..4).prop_map(|a| format!("web-{a}")),
            Just(String::new()),
        ]
    }

    fn some_subject() -> impl Strategy<Value = Subject> {
        let network = (some_text(), prop_oneof![Just(0), 7_u8..33, 30_u8..129]);
        prop_oneof![
            some_text().prop_map(Subject::Source),
            some_text().prop_map(Subject::Rule),
            // a project file may hold a network with bits of its own
            network.prop_filter_map("an address", |(text, length)| {
                let ip: IpAddr = text.trim().parse().ok()?;
                IpNet::new(ip, length).ok().map(Subject::Network)
            }),
        ]
    }

    proptest! {
        #[test]
        fn the_first_entry_that_covers_a_text_is_that_of_a_plain_loop(
            subjects in prop::collection::vec(some_subject(), 0..40),
            texts in prop::collection::vec(some_text(), 1..20),
        ) {
            let entries: Vec<Known> = subjects.into_iter().map(entry).collect();
            let index = Index::of(&entries);
            for text in &texts {
                let found = (index.of_source(text), index.of_rule(text));
                prop_assert_eq!(found, plainly(&entries, text), "{:?}", text);
            }
        }
    }

    #[test]
    fn twenty_thousand_entries_do_not_hold_up_twenty_thousand_sources() {
        let text = |i: u32| format!("10.{}.{}.{}", i >> 16, (i >> 8) & 255, i & 255);
        let entries: Vec<Known> = (0..20_000)
            .map(|i| {
                entry(match i % 2 {
                    0 => Subject::Source(text(i)),
                    _ => Subject::Network(format!("{}/31", text(i)).parse().expect("a network")),
                })
            })
            .collect();
        let began = std::time::Instant::now();
        let index = Index::of(&entries);
        for i in 0..20_000 {
            assert_eq!(index.of_source(&text(i)), Some(i));
        }
        // a look at every entry for every source would be one at 200 million
        assert!(began.elapsed().as_secs_f64() < 2.0, "{:?}", began.elapsed());
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let covers = |kind, known: &str, text: &str| {
            let entries = [entry(Subject::parse(kind, known).expect("a subject"))];
            Index::of(&entries).of_source(text).is_some()
        };
        let (source, network) = (SubjectKind::Source, SubjectKind::Network);
        assert!(covers(source, "2001:db8::1", "2001:0DB8:0::0001"));
        assert!(covers(source, "10.0.0.1", "::ffff:10.0.0.1"));
        assert!(!covers(source, "10.0.0.1", "10.0.0.11"));
        assert!(covers(network, "10.0.0.0/8", "10.255.255.255"));
        assert!(!covers(network, "10.0.0.0/8", "11.0.0.0"));
        assert!(covers(network, "2001:db8::/32", "2001:db8:ffff::"));
        assert!(!covers(network, "2001:db8::/32", "2001:db9::"));
        assert!(!covers(network, "0.0.0.0/0", "2001:db8::1"));
        assert!(!covers(network, "::/0", "web-01.example"));
    }
}
