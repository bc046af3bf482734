//! Which column plays which part, told by its name and kind.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::MAX_LABEL_VALUES;
use crate::table::{Data, Numbers, Table};

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
    const ALL: [Role; 13] = [
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
                matches!(data, Data::Times(_)) || EpochUnit::of_data(data).is_some()
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

/// Unit of a time that is written as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochUnit {
    /// Seconds since 1970-01-01 UTC.
    Seconds,
    /// Milliseconds since 1970-01-01 UTC.
    Milliseconds,
    /// Microseconds since 1970-01-01 UTC.
    Microseconds,
}

impl EpochUnit {
    /// Tells the unit from the values: all must lie between the years 2001 and 2096.
    pub(super) fn of(numbers: &Numbers) -> Option<EpochUnit> {
        let (low, high) = numbers.range()?;
        [Self::Seconds, Self::Milliseconds, Self::Microseconds]
            .into_iter()
            .find(|unit| {
                (1e9..4e9).contains(&(low / unit.per_second()))
                    && (1e9..4e9).contains(&(high / unit.per_second()))
            })
    }

    fn of_data(data: &Data) -> Option<EpochUnit> {
        match data {
            Data::Numbers(numbers) => Self::of(numbers),
            _ => None,
        }
    }

    fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1e6,
        }
    }

    /// Returns the unit in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
        }
    }

    /// Converts a value to microseconds; `None` for NaN.
    pub(super) fn micros(self, value: f64) -> Option<i64> {
        value
            .is_finite()
            .then(|| (value * (1e6 / self.per_second())).round() as i64)
    }
}

/// The column of each part that is played.
#[derive(Debug, Default)]
pub struct Roles {
    columns: HashMap<Role, usize>,
    epochs: HashMap<Role, EpochUnit>,
}

impl Roles {
    /// Assigns each part to the column whose name comes first in the part's list and whose kind fits.
    pub fn assign(table: &Table) -> Roles {
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| plain(&column.name))
            .collect();
        let mut roles = Roles::default();
        for role in Role::ALL {
            let fits = |wanted: &str| {
                (0..names.len()).find(|&i| {
                    names[i] == *wanted
                        && roles.of(i).is_none()
                        && role.accepts(&table.columns[i].data)
                })
            };
            if let Some(column) = role.names().iter().find_map(|wanted| fits(wanted)) {
                roles.columns.insert(role, column);
                if matches!(role, Role::Start | Role::End | Role::Time)
                    && let Some(unit) = EpochUnit::of_data(&table.columns[column].data)
                {
                    roles.epochs.insert(role, unit);
                }
            }
        }
        if roles.time_is_unknown() {
            let first_time = table
                .columns
                .iter()
                .position(|column| matches!(column.data, Data::Times(_)));
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

    /// Returns the unit of a time that is written as a number.
    pub fn epoch_unit(&self, role: Role) -> Option<EpochUnit> {
        self.epochs.get(&role).copied()
    }
}
