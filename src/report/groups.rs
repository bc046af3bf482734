//! Sessions grouped by the text of one column.

use serde::{Deserialize, Serialize};

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
pub(super) struct Groups(Vec<Grouping>);

#[derive(Debug)]
struct Grouping {
    column: usize,
    /// Categories that are not those of the column itself: the ports of a column of numbers.
    owned: Option<Categories>,
    /// One for each category, and one for the sessions without.
    groups: Vec<Group>,
    has_bytes: bool,
}

impl Groups {
    pub(super) fn build(sessions: &Sessions) -> Groups {
        const ROLES: [Role; 6] = [
            Role::SourceIp,
            Role::Country,
            Role::Rule,
            Role::Protocol,
            Role::DestinationPort,
            Role::DestinationIp,
        ];
        let by_role = ROLES
            .into_iter()
            .filter_map(|role| sessions.roles.column(role));
        let others = (0..sessions.table.columns.len()).filter(|&column| {
            let few = |names: &[String]| (2..=MAX_OTHER_VALUES).contains(&names.len());
            sessions.roles.of(column).is_none()
                && matches!(&sessions.table.columns[column].data, Data::Categories(values) if few(&values.names))
        });
        let bytes = sessions.bytes();
        let grouping = |column| Grouping::build(sessions, column, bytes.as_deref());
        Groups(
            by_role
                .chain(others.take(MAX_OTHER_COLUMNS))
                .filter_map(grouping)
                .collect(),
        )
    }

    /// Counts these rows as suspicious.
    pub(super) fn flag(&self, sessions: &Sessions, rows: &[u32]) -> Vec<GroupTable> {
        self.0
            .iter()
            .map(|grouping| grouping.flag(sessions, rows))
            .collect()
    }
}

impl Grouping {
    fn build(sessions: &Sessions, column: usize, bytes: Option<&[f64]>) -> Option<Grouping> {
        let owned = match &sessions.table.columns[column].data {
            Data::Numbers(numbers) => Some(number_categories(&numbers.values)),
            Data::Categories(_) => None,
            Data::Times(_) | Data::NotKept => return None,
        };
        let mut grouping = Grouping {
            column,
            owned,
            groups: Vec::new(),
            has_bytes: bytes.is_some(),
        };
        let values = grouping.categories(sessions);
        let empty = |name| Group {
            name,
            n_sessions: 0,
            n_flagged: 0,
            bytes: 0.0,
        };
        let names = values.names.iter().map(|name| Some(name.clone()));
        let mut groups: Vec<Group> = names.chain([None]).map(empty).collect();
        let mut row = 0;
        values.for_each_code(|code| {
            let last = groups.len() - 1;
            let group = &mut groups[last.min(code as usize)];
            group.n_sessions += 1;
            // a session of unknown size adds nothing
            group.bytes += bytes.map_or(
                0.0,
                |bytes| if bytes[row].is_nan() { 0.0 } else { bytes[row] },
            );
            row += 1;
        });
        grouping.groups = groups;
        Some(grouping)
    }

    fn categories<'a>(&'a self, sessions: &'a Sessions) -> &'a Categories {
        match (
            &self.owned,
            &sessions.countries,
            &sessions.table.columns[self.column].data,
        ) {
            (Some(owned), _, _) => owned,
            (_, Some(countries), _) if sessions.roles.of(self.column) == Some(Role::Country) => {
                countries
            }
            (_, _, Data::Categories(values)) => values,
            _ => unreachable!("only columns with categories are grouped"),
        }
    }

    fn flag(&self, sessions: &Sessions, rows: &[u32]) -> GroupTable {
        let mut groups = self.groups.clone();
        let values = self.categories(sessions);
        let last = groups.len() - 1;
        for &row in rows {
            groups[last.min(values.code(row as usize) as usize)].n_flagged += 1;
        }
        groups.retain(|group| group.n_sessions > 0);
        groups.sort_by(|a, b| {
            let counts = |group: &Group| (group.n_flagged, group.n_sessions);
            counts(b)
                .cmp(&counts(a))
                .then(b.bytes.total_cmp(&a.bytes))
                .then(a.name.cmp(&b.name))
        });
        let n_unlisted = groups.len().saturating_sub(MAX_GROUPS) as u64;
        groups.truncate(MAX_GROUPS);
        GroupTable {
            column: sessions.table.columns[self.column].name.clone(),
            role: sessions.roles.of(self.column),
            groups,
            n_unlisted,
            has_bytes: self.has_bytes,
        }
    }
}
