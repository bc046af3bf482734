//! Sessions grouped by the text of one column.

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::SourcesBy;
use crate::filter::address;
use crate::table::{Categories, Data};
use crate::traffic::{Role, Sessions, number_categories};

/// Groups of one column that are listed; the rest is counted together.
const MAX_GROUPS: usize = 1000;

/// Distinct values up to which a column that plays no part is grouped.
const MAX_OTHER_VALUES: usize = 100;

/// Columns that play no part and are grouped all the same.
const MAX_OTHER_COLUMNS: usize = 6;

/// The sessions of a log by the values of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupTable {
    /// Name of the column.
    pub column: String,
    /// The part it plays, if any.
    pub role: Option<Role>,
    /// Groups with the most suspicious sessions first, then the largest.
    pub groups: Vec<Group>,
    /// Number of groups that are not listed.
    pub n_unlisted: u64,
    /// Whether the sessions have byte counts.
    pub has_bytes: bool,
}

/// Sessions that have the same value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The value; `None` for the sessions without one.
    pub name: Option<String>,
    /// Number of sessions.
    pub n_sessions: u64,
    /// Number of suspicious sessions.
    pub n_flagged: u64,
    /// Bytes in and out together.
    pub bytes: f64,
}

impl Group {
    /// Returns the share of its sessions that are suspicious, in percent: "12.5 %".
    pub fn flagged_share(&self) -> String {
        match self.n_flagged {
            0 => "0 %".to_owned(),
            flagged => format!("{:.1} %", flagged as f64 / self.n_sessions as f64 * 100.0),
        }
    }
}

/// The groups of a log, before it is known which sessions are suspicious.
#[derive(Debug)]
pub(super) struct Groups(pub(super) Vec<Grouping>);

#[derive(Debug)]
pub(super) struct Grouping {
    column: usize,
    /// Categories that are not those of the column itself: the ports of a column of numbers.
    owned: Option<Categories>,
    pub(super) codes: Codes,
    n_sessions: Vec<u64>,
    bytes: Vec<f64>,
    has_bytes: bool,
}

/// The group of each row in as few bytes as it needs; the last group is that of the rows without a text.
#[derive(Debug)]
pub(super) enum Codes {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Long(Vec<u32>),
}

impl Codes {
    fn build(categories: &Categories) -> Codes {
        fn all<C>(categories: &Categories, narrow: impl Fn(u32) -> C) -> Vec<C> {
            let last = categories.names.len() as u32;
            let mut all = Vec::with_capacity(categories.len());
            categories.for_each_block(|codes| {
                all.extend(codes.iter().map(|&code| narrow(code.min(last))));
            });
            all
        }
        match categories.names.len() {
            0..=0xff => Codes::Byte(all(categories, |code| code as u8)),
            0x100..=0xffff => Codes::Short(all(categories, |code| code as u16)),
            _ => Codes::Long(all(categories, |code| code)),
        }
    }

    /// Returns the group of a row.
    pub(super) fn get(&self, row: usize) -> usize {
        match self {
            Codes::Byte(codes) => codes[row].into(),
            Codes::Short(codes) => codes[row].into(),
            Codes::Long(codes) => codes[row] as usize,
        }
    }
}

/// Counts the sessions of each group, and their bytes.
///
/// Rows that follow each other add to sums of their own, as many as `LANES`: most are of one group where groups are few, and
/// would wait for the sum of the row before.
fn tally<C: Copy + Into<u32>, const LANES: usize>(
    codes: &[C],
    bytes: &[f64],
    n_groups: usize,
) -> (Vec<u64>, Vec<f64>) {
    let mut lanes = vec![[(0_u32, 0.0); LANES]; n_groups];
    let mut add = |lane: usize, code: C, bytes: f64| {
        let (n_sessions, sum) = &mut lanes[code.into() as usize][lane];
        *n_sessions += 1;
        *sum += bytes;
    };
    let (rows, last_rows) = codes.as_chunks::<LANES>();
    let (bytes, last_bytes) = bytes.as_chunks::<LANES>();
    for (codes, bytes) in rows.iter().zip(bytes) {
        for lane in 0..LANES {
            add(lane, codes[lane], bytes[lane]);
        }
    }
    for (lane, (&code, &bytes)) in last_rows.iter().zip(last_bytes).enumerate() {
        add(lane, code, bytes);
    }
    let total = |lanes: &[(u32, f64); LANES]| {
        lanes.iter().fold((0, 0.0), |(n, sum), &(more, bytes)| {
            (n + u64::from(more), sum + bytes)
        })
    };
    lanes.iter().map(total).unzip()
}

/// What is counted of each category of a column, and last of the sessions without one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts<'a> {
    pub(super) n_sessions: &'a [u64],
    pub(super) n_flagged: &'a [u64],
    pub(super) bytes: &'a [f64],
}

impl Groups {
    pub(super) fn build(sessions: &Sessions) -> Groups {
        const ROLES: [Role; 7] = [
            Role::SourceIp,
            Role::Country,
            Role::Rule,
            Role::Protocol,
            Role::DestinationPort,
            Role::DestinationIp,
            Role::UserAgent,
        ];
        let by_role = ROLES
            .into_iter()
            .filter_map(|role| sessions.roles.column(role));
        let others = (0..sessions.table.columns.len()).filter(|&column| {
            let few = |names: &[String]| (2..=MAX_OTHER_VALUES).contains(&names.len());
            sessions.roles.of(column).is_none()
                && matches!(&sessions.table.columns[column].data, Data::Categories(values) if few(&values.names))
        });
        let bytes = sessions.bytes().map(|mut bytes| {
            bytes.iter_mut().for_each(|bytes| *bytes = known(*bytes));
            bytes
        });
        let has_bytes = bytes.is_some();
        let bytes = bytes.unwrap_or_else(|| vec![0.0; sessions.n_rows()]);
        let grouping = |column| Grouping::build(sessions, column, &bytes, has_bytes);
        Groups(
            by_role
                .chain(others.take(MAX_OTHER_COLUMNS))
                .filter_map(grouping)
                .collect(),
        )
    }

    /// Lists the groups, given how many sessions of each are suspicious.
    pub(super) fn flag(&self, sessions: &Sessions, n_flagged: &[Vec<u64>]) -> Vec<GroupTable> {
        let groupings = self.0.iter().zip(n_flagged);
        groupings
            .map(|(grouping, n_flagged)| grouping.flag(sessions, n_flagged))
            .collect()
    }

    /// Returns the grouping by the column that plays this part.
    pub(super) fn of(&self, sessions: &Sessions, role: Role) -> Option<&Grouping> {
        let column = sessions.roles.column(role)?;
        self.0.iter().find(|grouping| grouping.column == column)
    }
}

impl Grouping {
    fn build(
        sessions: &Sessions,
        column: usize,
        bytes: &[f64],
        has_bytes: bool,
    ) -> Option<Grouping> {
        let owned = match &sessions.table.columns[column].data {
            Data::Numbers(numbers) => Some(number_categories(&numbers.values)),
            Data::Categories(_) => None,
            Data::Times(_) | Data::NotKept => return None,
        };
        let values = categories(sessions, column, owned.as_ref());
        let codes = Codes::build(values);
        let n_groups = values.names.len() + 1;
        let (n_sessions, sums) = match &codes {
            Codes::Byte(codes) => tally::<_, 4>(codes, bytes, n_groups),
            Codes::Short(codes) => tally::<_, 1>(codes, bytes, n_groups),
            Codes::Long(codes) => tally::<_, 1>(codes, bytes, n_groups),
        };
        Some(Grouping {
            column,
            owned,
            codes,
            n_sessions,
            bytes: sums,
            has_bytes,
        })
    }

    /// Returns the name of its column.
    pub(super) fn column<'a>(&self, sessions: &'a Sessions) -> &'a str {
        &sessions.table.columns[self.column].name
    }

    /// Returns the categories that it groups by.
    pub(super) fn categories<'a>(&'a self, sessions: &'a Sessions) -> &'a Categories {
        categories(sessions, self.column, self.owned.as_ref())
    }

    /// Returns the number of groups, that of the sessions without a text included: the last.
    pub(super) fn n_groups(&self) -> usize {
        self.n_sessions.len()
    }

    fn flag(&self, sessions: &Sessions, n_flagged: &[u64]) -> GroupTable {
        let counts = Counts {
            n_sessions: &self.n_sessions,
            n_flagged,
            bytes: &self.bytes,
        };
        self.list(sessions, &self.categories(sessions).names, counts)
    }

    /// Lists the groups that have sessions; `names` are those of the groups but the last, which has none.
    pub(super) fn list(
        &self,
        sessions: &Sessions,
        names: &[String],
        counts: Counts<'_>,
    ) -> GroupTable {
        let (places, n_unlisted) = ranked(names, counts, MAX_GROUPS);
        let group = |place: usize| Group {
            name: names.get(place).cloned(),
            n_sessions: counts.n_sessions[place],
            n_flagged: counts.n_flagged[place],
            bytes: counts.bytes[place],
        };
        GroupTable {
            column: self.column(sessions).to_owned(),
            role: sessions.roles.of(self.column),
            groups: places.into_iter().map(group).collect(),
            n_unlisted,
            has_bytes: self.has_bytes,
        }
    }
}

/// Returns the categories of a column: those that are not its own, its upper-cased countries, or its own.
fn categories<'a>(
    sessions: &'a Sessions,
    column: usize,
    owned: Option<&'a Categories>,
) -> &'a Categories {
    match (
        owned,
        &sessions.countries,
        &sessions.table.columns[column].data,
    ) {
        (Some(owned), _, _) => owned,
        (_, Some(countries), _) if sessions.roles.of(column) == Some(Role::Country) => countries,
        (_, _, Data::Categories(values)) => values,
        _ => unreachable!("only columns with categories are grouped"),
    }
}

/// Returns the places of the groups that have sessions, at most so many, those with the most suspicious sessions first,
/// then the largest; and how many more there are.
pub(super) fn ranked(names: &[String], counts: Counts<'_>, most: usize) -> (Vec<usize>, u64) {
    let order = |a: &usize, b: &usize| -> Ordering {
        let (a, b) = (*a, *b);
        let sizes = |place: usize| (counts.n_flagged[place], counts.n_sessions[place]);
        sizes(b)
            .cmp(&sizes(a))
            .then_with(|| counts.bytes[b].total_cmp(&counts.bytes[a]))
            .then_with(|| names.get(a).cmp(&names.get(b)))
    };
    let mut places: Vec<usize> = (0..counts.n_sessions.len())
        .filter(|&place| counts.n_sessions[place] > 0)
        .collect();
    let n_unlisted = places.len().saturating_sub(most);
    if n_unlisted > 0 {
        places.select_nth_unstable_by(most, order);
        places.truncate(most);
    }
    places.sort_unstable_by(order);
    (places, n_unlisted as u64)
}

/// A session of unknown size adds nothing.
pub(super) fn known(bytes: f64) -> f64 {
    if bytes.is_nan() { 0.0 } else { bytes }
}

/// Addresses put together by network.
#[derive(Debug)]
pub(super) struct Networks {
    /// In CIDR notation; a text that is no address stays alone.
    pub(super) names: Vec<String>,
    /// The place in `names` of each address, and at the end of those without.
    pub(super) of: Vec<usize>,
}

impl Networks {
    pub(super) fn build(addresses: &[String], by: SourcesBy) -> Networks {
        let mut interner = crate::table::Interner::default();
        let mut of: Vec<usize> = addresses
            .iter()
            .map(|text| match network(text, by) {
                Some(network) => interner.code(network.to_string().as_bytes()) as usize,
                None => interner.code(text.as_bytes()) as usize,
            })
            .collect();
        let names = interner.into_names().into_strings();
        of.push(names.len());
        Networks { names, of }
    }
}

fn network(text: &str, by: SourcesBy) -> Option<IpNet> {
    let address = address(text)?;
    let n_bits = match (by, address) {
        (SourcesBy::Address, _) => return None,
        (SourcesBy::Slash24, IpAddr::V4(_)) => 24,
        (SourcesBy::Slash24, IpAddr::V6(_)) => 64,
        (SourcesBy::Slash16, IpAddr::V4(_)) => 16,
        (SourcesBy::Slash16, IpAddr::V6(_)) => 48,
    };
    IpNet::new(address, n_bits)
        .ok()
        .map(|network| network.trunc())
}
