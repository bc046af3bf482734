//! Which column plays which part, told by its name and its values.

mod names;

use std::collections::{BTreeMap, HashMap};

use names::View;
use serde::{Deserialize, Serialize};

use super::MAX_LABEL_VALUES;
use crate::table::{Data, Table};

/// A part that a column can play in a traffic log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Bytes received by the server.
    BytesIn,
    /// Bytes sent by the server.
    BytesOut,
    /// When a session began.
    Start,
    /// When a session ended.
    End,
    /// When a session was recorded.
    Time,
    /// Address the session came from.
    SourceIp,
    /// Country of that address, as a code.
    Country,
    /// Protocol.
    Protocol,
    /// Rule that matched.
    Rule,
    /// Address the session went to.
    DestinationIp,
    /// Port the session went to.
    DestinationPort,
    /// Program that the client says it is.
    UserAgent,
    /// What somebody says the session was.
    Label,
}

impl Role {
    /// All parts.
    pub const ALL: [Role; 13] = [
        Self::BytesIn,
        Self::BytesOut,
        Self::Start,
        Self::End,
        Self::Time,
        Self::SourceIp,
        Self::Country,
        Self::Protocol,
        Self::Rule,
        Self::DestinationIp,
        Self::DestinationPort,
        Self::UserAgent,
        Self::Label,
    ];

    /// Returns the part of this [key](Role::key).
    pub fn named(key: &str) -> Option<Role> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    /// Returns the name that links use.
    pub fn key(self) -> &'static str {
        match self {
            Self::BytesIn => "bytes_in",
            Self::BytesOut => "bytes_out",
            Self::Start => "start",
            Self::End => "end",
            Self::Time => "time",
            Self::SourceIp => "source",
            Self::Country => "country",
            Self::Protocol => "protocol",
            Self::Rule => "rule",
            Self::DestinationIp => "destination",
            Self::DestinationPort => "port",
            Self::UserAgent => "user_agent",
            Self::Label => "label",
        }
    }

    /// Returns the part in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::BytesIn => "bytes in",
            Self::BytesOut => "bytes out",
            Self::Start => "start time",
            Self::End => "end time",
            Self::Time => "time",
            Self::SourceIp => "source IP",
            Self::Country => "country",
            Self::Protocol => "protocol",
            Self::Rule => "rule",
            Self::DestinationIp => "destination IP",
            Self::DestinationPort => "destination port",
            Self::UserAgent => "user agent",
            Self::Label => "label",
        }
    }

    /// The name of the column that the notebook takes for this part, if it has one.
    fn notebook_name(self) -> Option<&'static str> {
        match self {
            Self::BytesIn => Some("bytes_in"),
            Self::BytesOut => Some("bytes_out"),
            Self::Start => Some("creation_time"),
            Self::End => Some("end_time"),
            Self::Country => Some("src_ip_country_code"),
            _ => None,
        }
    }

    /// Whether a name by itself says that a column plays the part.
    pub(super) fn is_named(self, name: &str) -> bool {
        names::are_certain(self, &names::keys(name))
    }

    /// Whether a column of this kind can play the part.
    fn accepts(self, data: &Data) -> bool {
        match self {
            Self::BytesIn | Self::BytesOut => matches!(data, Data::Numbers(_)),
            Self::Start | Self::End | Self::Time => {
                matches!(data, Data::Times(_))
            }
            Self::SourceIp | Self::Country | Self::Rule | Self::DestinationIp | Self::UserAgent => {
                matches!(data, Data::Categories(_))
            }
            Self::Protocol | Self::DestinationPort => {
                matches!(data, Data::Categories(_) | Data::Numbers(_))
            }
            Self::Label => match data {
                Data::Numbers(numbers) => numbers.counts(MAX_LABEL_VALUES).is_some(),
                Data::Categories(categories) => categories.names.len() <= MAX_LABEL_VALUES,
                Data::Times(_) | Data::NotKept => false,
            },
        }
    }
}

/// A header name without case, blanks and punctuation.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The column of each part that is played.
#[derive(Debug, Default)]
pub struct Roles {
    columns: HashMap<Role, usize>,
}

impl Roles {
    /// Assigns each part to the column that was chosen for it by its name, or else to the one whose name fits it best, of those
    /// whose values fit it: the same whatever the order of the columns. A column that was chosen for no part plays none.
    pub fn assign(table: &Table, chosen: &BTreeMap<String, Option<Role>>) -> Roles {
        let names = table.columns.iter().map(|column| names::keys(&column.name));
        let names: Vec<Vec<String>> = names.collect();
        let has = |name: &str| names.iter().flatten().any(|key| key == name);
        let is_chosen = |i: usize| chosen.contains_key(&table.columns[i].name);
        let mut roles = Roles::default();
        for (name, role) in chosen {
            if let (Some(role), Some(column)) = (*role, table.find(name))
                && role.accepts(&table.columns[column].data)
            {
                roles.columns.insert(role, column);
            }
        }
        let best = |roles: &Roles, role: Role, view: View| {
            let fitting = (0..names.len()).filter_map(|i| {
                let column = &table.columns[i];
                if is_chosen(i) || roles.of(i).is_some() {
                    return None;
                }
                let rank = names::rank(role, column, &names[i], view, has)?;
                // of equal names the fuller column
                Some(((rank, column.missing.count, &column.name), i))
            });
            fitting.min().map(|(_, i)| i)
        };
        let keys_of = |role| {
            let column = roles.column(role);
            let column = column.or_else(|| best(&roles, role, View::Server));
            column.map(|i| &names[i][..])
        };
        let view = names::view_of(keys_of(Role::SourceIp), keys_of(Role::DestinationIp));
        for role in Role::ALL {
            if roles.columns.contains_key(&role) {
                continue;
            }
            if let Some(column) = best(&roles, role, view) {
                roles.columns.insert(role, column);
            }
        }
        if roles.time_is_unknown() {
            let times = table.columns.iter().enumerate();
            let times =
                times.filter(|(i, column)| matches!(column.data, Data::Times(_)) && !is_chosen(*i));
            let fullest = times.min_by_key(|(_, column)| (column.missing.count, &column.name));
            roles
                .columns
                .extend(fullest.map(|(column, _)| (Role::Time, column)));
        }
        roles
    }

    fn time_is_unknown(&self) -> bool {
        [Role::Start, Role::End, Role::Time]
            .iter()
            .all(|role| !self.columns.contains_key(role))
    }

    /// Returns the column that plays this part.
    pub fn column(&self, role: Role) -> Option<usize> {
        self.columns.get(&role).copied()
    }

    /// Returns the part that this column plays.
    pub fn of(&self, column: usize) -> Option<Role> {
        Role::ALL
            .into_iter()
            .find(|role| self.columns.get(role) == Some(&column))
    }
}
