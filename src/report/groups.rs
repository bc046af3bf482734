//! Sessions grouped by the text of one column.

use serde::{Deserialize, Serialize};

use crate::table::{Data, NO_CATEGORY};
use crate::traffic::{Role, Sessions, categories};

/// Groups of one column that are listed; the rest is counted together.
const MAX_GROUPS: usize = 5000;

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

pub(super) fn group(sessions: &Sessions, flags: &[bool]) -> Vec<GroupTable> {
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
    by_role
        .chain(others.take(MAX_OTHER_COLUMNS))
        .filter_map(|column| group_by(sessions, column, flags))
        .collect()
}

fn group_by(sessions: &Sessions, column: usize, flags: &[bool]) -> Option<GroupTable> {
    let role = sessions.roles.of(column);
    let owned;
    let values = match (&sessions.countries, &sessions.table.columns[column].data) {
        (Some(countries), _) if role == Some(Role::Country) => countries,
        (_, Data::Categories(values)) => values,
        (_, data) => {
            owned = categories(data)?;
            &owned
        }
    };
    let empty = |name| Group {
        name,
        n_sessions: 0,
        n_flagged: 0,
        bytes: 0.0,
    };
    let mut groups: Vec<Group> = values
        .names
        .iter()
        .map(|name| empty(Some(name.clone())))
        .collect();
    let unnamed = groups.len();
    groups.push(empty(None));
    let mut has_bytes = false;
    for (row, &code) in values.codes.iter().enumerate() {
        let group = &mut groups[if code == NO_CATEGORY {
            unnamed
        } else {
            code as usize
        }];
        group.n_sessions += 1;
        group.n_flagged += u64::from(flags[row]);
        if let Some(bytes) = sessions.bytes(row) {
            group.bytes += bytes;
            has_bytes = true;
        }
    }
    groups.retain(|group| group.n_sessions > 0);
    groups.sort_by(|a, b| {
        (b.n_flagged, b.n_sessions)
            .cmp(&(a.n_flagged, a.n_sessions))
            .then(b.bytes.total_cmp(&a.bytes))
            .then(a.name.cmp(&b.name))
    });
    let n_unlisted = groups.len().saturating_sub(MAX_GROUPS) as u64;
    groups.truncate(MAX_GROUPS);
    Some(GroupTable {
        column: sessions.table.columns[column].name.clone(),
        role,
        groups,
        n_unlisted,
        has_bytes,
    })
}
