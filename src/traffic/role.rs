//! Which column plays which part, told by its name and kind.

use std::collections::{BTreeMap, HashMap};

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

    /// Names that headers use for this part, reduced by [`plain`]; the notebook's first.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::BytesIn => &[
                "bytesin",
                "receivedbytes",
                "bytesreceived",
                "csbytes",
                "inbytes",
                "requestbytes",
                "bytestoserver",
            ],
            Self::BytesOut => &[
                "bytesout",
                "sentbytes",
                "bytessent",
                "scbytes",
                "outbytes",
                "responsebytes",
                "bytestoclient",
            ],
            Self::Start => &[
                "creationtime",
                "starttime",
                "start",
                "firstseen",
                "requestcreationtime",
            ],
            Self::End => &["endtime", "end", "lastseen"],
            Self::Time => &["time", "timestamp", "datetime", "date", "eventtime"],
            Self::SourceIp => &[
                "srcip",
                "srcaddr",
                "sourceip",
                "sourceaddress",
                "clientip",
                "cip",
                "remoteaddr",
                "pktsrcaddr",
                "saddr",
            ],
            Self::Country => &[
                "srcipcountrycode",
                "country",
                "countrycode",
                "srccountry",
                "clientcountry",
                "ccountry",
            ],
            Self::Protocol => &["protocol", "proto", "csprotocol"],
            Self::Rule => &[
                "rulenames",
                "rulename",
                "rule",
                "terminatingruleid",
                "ruleid",
            ],
            Self::DestinationIp => &[
                "dstip",
                "dstaddr",
                "destinationip",
                "destip",
                "serverip",
                "sip",
                "daddr",
            ],
            Self::DestinationPort => &["dstport", "destinationport", "destport", "serverport"],
            Self::UserAgent => &["useragent", "csuseragent", "httpuseragent", "agent"],
            Self::Label => &[
                "label",
                "labels",
                "class",
                "target",
                "isattack",
                "isanomaly",
                "attack",
                "outlier",
                "groundtruth",
                "attackcat",
                "attackcategory",
                "attacktype",
                "attackclass",
                "attackname",
                "anomaly",
                "ismalicious",
                "malicious",
                "detailedlabel",
            ],
        }
    }

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
    /// Assigns each part to the column that was chosen for it by its name, or else to the one whose name comes first in the
    /// part's list and whose kind fits. A column that was chosen for no part plays none.
    pub fn assign(table: &Table, chosen: &BTreeMap<String, Option<Role>>) -> Roles {
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| plain(&column.name))
            .collect();
        let mut roles = Roles::default();
        for (name, role) in chosen {
            if let (Some(role), Some(column)) = (*role, table.find(name))
                && role.accepts(&table.columns[column].data)
            {
                roles.columns.insert(role, column);
            }
        }
        let is_chosen = |i: usize| chosen.contains_key(&table.columns[i].name);
        for role in Role::ALL {
            if roles.columns.contains_key(&role) {
                continue;
            }
            let fits = |wanted: &str| {
                (0..names.len()).find(|&i| {
                    names[i] == *wanted
                        && roles.of(i).is_none()
                        && !is_chosen(i)
                        && role.accepts(&table.columns[i].data)
                })
            };
            if let Some(column) = role.names().iter().find_map(|wanted| fits(wanted)) {
                roles.columns.insert(role, column);
            }
        }
        if roles.time_is_unknown() {
            let first_time = table.columns.iter().position(|column| {
                matches!(column.data, Data::Times(_)) && !chosen.contains_key(&column.name)
            });
            roles
                .columns
                .extend(first_time.map(|column| (Role::Time, column)));
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
