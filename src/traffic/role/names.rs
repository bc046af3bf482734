//! Names that headers use for each part, and what the values of such a column must be.

use std::net::{IpAddr, SocketAddr};

use super::Role;
use crate::table::name::words;
use crate::table::{Categories, Column, Data};
use crate::traffic::evidence::Evidence;

/// The most texts of a column that are looked at.
const MAX_TEXTS: usize = 1000;

/// The most protocols that a log is thought to have.
const MAX_PROTOCOLS: usize = 64;

/// Wrappers of what other tools write, as they stand before a dot: `flow.bytes_toserver`, `_source.source.ip`.
const WRAPPERS: [&str; 14] = [
    "source",
    "fields",
    "jsonpayload",
    "connection",
    "httprequest",
    "request",
    "flow",
    "netflow",
    "properties",
    "data",
    "record",
    "result",
    "message",
    "identity",
];

/// The most of them before one name.
const MAX_WRAPPERS: usize = 3;

/// Bytes that went one way, seen from the sender: whose that is depends on who wrote the log.
const SENT: [&str; 5] = ["sentbytes", "bytessent", "bytesent", "sent", "txbytes"];

/// Bytes that went the other way.
const RECEIVED: [&str; 8] = [
    "receivedbytes",
    "bytesreceived",
    "rcvdbytes",
    "recvbytes",
    "bytesrecv",
    "received",
    "rcvd",
    "rxbytes",
];

/// The words of this program's own exports for what it found.
const VERDICTS: [&str; 4] = ["Suspicious", "Normal", "Known", "Not scored"];

/// Where a log stands: that decides what *sent* means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// It is a server's, or of what stands for it: it sends to the client.
    Server,
    /// It is of something between a source and a destination, such as a firewall: the source sends.
    Between,
}

/// How well a name fits a part: the smaller the better.
pub(super) type Rank = (usize, usize);

/// The names of a part.
struct Names {
    /// The notebook's first.
    certain: &'static [&'static str],
    /// Names that mean it only where another column has the name beside it.
    beside: &'static [(&'static str, &'static str)],
    /// Names that mean it only where the values are IP addresses.
    of_addresses: &'static [&'static str],
}

fn names(role: Role) -> Names {
    let certain: &[&str] = match role {
        Role::BytesIn => &[
            "bytesin",
            "csbytes",
            "inbytes",
            "requestbytes",
            "bytestoserver",
            "clientrequestbytes",
            "sentbyte",
            "ibyt",
            "inbyt",
            "origbytes",
            "sourcebytes",
            "srcbytes",
            "sbytes",
            "clientbytes",
            "bytesfromclient",
            "bytesclienttoserver",
            "src2dstbytes",
            "bytessrctodst",
            "bytessrctodest",
            "bytestransferredin",
            "bytesread",
            "totallengthoffwdpacket",
            "totallengthoffwdpackets",
            "totlenfwdpkts",
            "totalfwdbytes",
            "fwdbytes",
            "uploadbytes",
            "bytesuploaded",
            "requestlength",
            "requestsize",
            "requestbodylen",
            "requestcontentsize",
        ],
        Role::BytesOut => &[
            "bytesout",
            "scbytes",
            "outbytes",
            "responsebytes",
            "bytestoclient",
            "edgeresponsebytes",
            "rcvdbyte",
            "obyt",
            "outbyt",
            "respbytes",
            "destinationbytes",
            "destbytes",
            "dstbytes",
            "dbytes",
            "serverbytes",
            "bytesfromserver",
            "bytesservertoclient",
            "dst2srcbytes",
            "bytesdsttosrc",
            "bytesdesttosrc",
            "bytestransferredout",
            "totallengthofbwdpacket",
            "totallengthofbwdpackets",
            "totlenbwdpkts",
            "totalbwdbytes",
            "bwdbytes",
            "downloadbytes",
            "bytesdownloaded",
            "bodybytessent",
            "responselength",
            "responsesize",
            "responsebodylen",
            "downstreamcontentsize",
        ],
        Role::Start => &[
            "creationtime",
            "starttime",
            "start",
            "firstseen",
            "requestcreationtime",
            "eventstart",
            "edgestarttimestamp",
            "timestampstart",
            "starttimestamp",
            "startdatetime",
            "startutc",
            "starttimeutc",
            "flowstart",
            "flowstartseconds",
            "flowstartmilliseconds",
            "sessionstart",
            "begintime",
            "firstswitched",
            "firsttime",
            "tlsconnectioncreationtime",
        ],
        Role::End => &[
            "endtime",
            "end",
            "lastseen",
            "eventend",
            "edgeendtimestamp",
            "timestampend",
            "endtimestamp",
            "enddatetime",
            "endutc",
            "endtimeutc",
            "flowend",
            "flowendseconds",
            "flowendmilliseconds",
            "sessionend",
            "stoptime",
            "lastswitched",
            "lasttime",
        ],
        Role::Time => &[
            "time",
            "timestamp",
            "datetime",
            "date",
            "eventtime",
            "timegenerated",
            "ts",
            "timereceived",
            "receivetime",
            "generatetime",
            "generatedtime",
            "logtime",
            "timelocal",
            "timeiso8601",
            "querytimestamp",
            "requesttimeepoch",
            "requesttime",
            "eventtimestamp",
            "eventcreated",
            "msec",
            "utctime",
            "createdat",
        ],
        Role::SourceIp => &[
            "srcip",
            "srcaddr",
            "sourceip",
            "sourceaddress",
            "clientip",
            "remoteaddr",
            "pktsrcaddr",
            "saddr",
            "sourceipaddress",
            "srcipaddr",
            "srcaddress",
            "sourceaddr",
            "clientipaddress",
            "clientaddress",
            "clientaddr",
            "clienthost",
            "idorigh",
            "origh",
            "remoteip",
            "remotehost",
            "ipv4srcaddr",
            "ipsrc",
            "callerip",
            "callingip",
        ],
        Role::Country => &[
            "srcipcountrycode",
            "country",
            "countrycode",
            "srccountry",
            "clientcountry",
            "ccountry",
            "sourcecountry",
            "srccountrycode",
            "sourcecountrycode",
            "clientcountrycode",
            "sourcegeocountryisocode",
            "clientgeocountryisocode",
            "geoipcountrycode",
            "geoipcountrycode2",
            "geocountryisocode",
            "srclocationcountry",
            "sourcelocation",
            "sourcegeocountryname",
            "geoipcountryname",
            "countryname",
            "clientcountryname",
            "ipcountry",
        ],
        Role::Protocol => &[
            "protocol",
            "proto",
            "csprotocol",
            "networktransport",
            "ipprotocol",
            "ipproto",
            "transportprotocol",
            "protocolname",
            "l4protocol",
            "transport",
            "clientrequestprotocol",
            "requestprotocol",
            "protocolidentifier",
        ],
        Role::Rule => &[
            "rulenames",
            "rulename",
            "rule",
            "terminatingruleid",
            "ruleid",
            "policyname",
            "policy",
            "securityruleid",
            "securityrule",
            "securitypolicy",
            "firewallrule",
            "aclname",
            "alertsignature",
            "signature",
        ],
        Role::DestinationIp => &[
            "dstip",
            "dstaddr",
            "destinationip",
            "destip",
            "serverip",
            "daddr",
            "destinationaddress",
            "destaddress",
            "dstaddress",
            "destaddr",
            "destinationaddr",
            "dstipaddr",
            "destinationipaddress",
            "pktdstaddr",
            "serveraddress",
            "serveraddr",
            "targetip",
            "idresph",
            "resph",
            "originip",
            "ipv4dstaddr",
            "ipdst",
        ],
        Role::DestinationPort => &[
            "dstport",
            "destinationport",
            "destport",
            "serverport",
            "dport",
            "dsport",
            "dpt",
            "idrespp",
            "respp",
            "targetport",
            "originport",
            "l4dstport",
            "tcpdstport",
        ],
        Role::UserAgent => &[
            "useragent",
            "csuseragent",
            "httpuseragent",
            "agent",
            "useragentoriginal",
            "clientrequestuseragent",
            "requestuseragent",
            "httprequestuseragent",
        ],
        Role::Label => &[
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
    };
    let beside: &[(&str, &str)] = match role {
        Role::Start => &[("ts", "te"), ("stime", "ltime"), ("first", "last")],
        Role::End => &[("te", "ts"), ("ltime", "stime"), ("last", "first")],
        Role::Protocol => &[("pr", "sa")],
        Role::DestinationPort => &[("dp", "sp"), ("dp", "da")],
        _ => &[],
    };
    let of_addresses: &[&str] = match role {
        Role::SourceIp => &["cip", "sa", "source", "src", "client", "ip"],
        Role::DestinationIp => &["sip", "da", "destination", "dest", "dst", "server"],
        _ => &[],
    };
    Names {
        certain,
        beside,
        of_addresses,
    }
}

/// Returns what a name is compared by: its words, and those without what wraps it; nothing for a name that begins with two
/// underscores, which is a program's own.
pub(super) fn keys(name: &str) -> Vec<String> {
    let name = without_unit(name.trim());
    if name.starts_with("__") {
        return Vec::new();
    }
    // W3C logs say by one letter whose port it is
    if name.eq_ignore_ascii_case("s-port") {
        return vec!["serverport".to_owned()];
    }
    let mut keys = vec![words(name).concat()];
    let mut rest = name;
    while keys.len() <= MAX_WRAPPERS
        && let Some((wrapper, inner)) = rest.split_once('.')
        && WRAPPERS.contains(&words(wrapper).concat().as_str())
    {
        keys.push(words(inner).concat());
        rest = inner;
    }
    keys
}

/// Cuts off what says only in which zone or unit the values are: `TimeGenerated [UTC]`.
fn without_unit(name: &str) -> &str {
    const UNITS: [&str; 8] = [
        "utc",
        "gmt",
        "local",
        "local time",
        "bytes",
        "b",
        "s",
        "seconds",
    ];
    let open = name.rfind(['[', '(']);
    let unit = open.and_then(|open| {
        let inner = name[open..].strip_suffix([']', ')'])?;
        Some((open, inner[1..].to_lowercase()))
    });
    match unit {
        Some((open, unit)) if open > 0 && UNITS.contains(&unit.as_str()) => name[..open].trim_end(),
        _ => name,
    }
}

/// Whether a name says by itself that a column plays a part.
pub(super) fn are_certain(role: Role, keys: &[String]) -> bool {
    let mut names = names(role).certain.iter();
    names.any(|name| keys.iter().any(|key| key == name))
}

/// Returns how well a column fits a part, if its name and its values say that it plays it; `has` tells whether some column
/// has a name.
pub(super) fn rank(
    role: Role,
    column: &Column,
    keys: &[String],
    view: View,
    has: impl Fn(&str) -> bool,
) -> Option<Rank> {
    // what the notebook takes is taken as it takes it, whatever the values
    if role.notebook_name() == Some(column.name.as_str()) {
        return role.accepts(&column.data).then_some((0, 0));
    }
    if !role.accepts(&column.data) {
        return None;
    }
    let names = names(role);
    let by_view: &[&str] = match (role, view) {
        (Role::BytesIn, View::Between) | (Role::BytesOut, View::Server) => &SENT,
        (Role::BytesIn, View::Server) | (Role::BytesOut, View::Between) => &RECEIVED,
        _ => &[],
    };
    let (first, rest) = names.certain.split_at(1);
    let anyway = || first.iter().chain(by_view).chain(rest);
    let n_anyway = by_view.len() + names.certain.len();
    keys.iter().enumerate().find_map(|(depth, key)| {
        if let Some(place) = anyway().position(|name| name == key) {
            return fits(role, column).then_some((1 + place, depth));
        }
        let mut beside = names.beside.iter();
        if let Some(place) = beside.position(|(name, other)| name == key && has(other)) {
            return fits(role, column).then_some((1 + n_anyway + place, depth));
        }
        let place = names.of_addresses.iter().position(|name| name == key)?;
        let place = 1 + n_anyway + names.beside.len() + place;
        holds_mostly(&column.data, is_address).then_some((place, depth))
    })
}

/// Tells where a log stands by the names of the columns that hold its addresses.
pub(super) fn view_of(source: Option<&[String]>, destination: Option<&[String]>) -> View {
    let begins = |keys: Option<&[String]>, letter: char| {
        keys.is_some_and(|keys| keys.iter().any(|key| key.starts_with(letter)))
    };
    // a source and a destination: `client_ip` and `server_ip` are the words of a server
    let is_between = begins(source, 's') && begins(destination, 'd');
    if is_between {
        View::Between
    } else {
        View::Server
    }
}

/// Whether the values of a column are what a part needs.
fn fits(role: Role, column: &Column) -> bool {
    match (role, &column.data) {
        (Role::BytesIn | Role::BytesOut, Data::Numbers(numbers)) => {
            let lowest = numbers.range().map(|(low, _)| low);
            lowest.is_some_and(|low| {
                low >= 0.0 || Evidence::of(numbers).are_mostly(0.95, |value| value >= 0.0)
            })
        }
        (Role::SourceIp | Role::DestinationIp, data) => {
            holds_mostly(data, |text| is_address(text) || is_host(text))
        }
        (Role::Country, data) => holds_mostly(data, is_place),
        (Role::Protocol, Data::Categories(categories)) => categories.names.len() <= MAX_PROTOCOLS,
        (Role::Protocol, Data::Numbers(numbers)) => {
            let evidence = Evidence::of(numbers);
            evidence.are_whole() && evidence.are_mostly(1.0, |value| (0.0..256.0).contains(&value))
        }
        (Role::DestinationPort, Data::Numbers(numbers)) => {
            let evidence = Evidence::of(numbers);
            let is_port = |value: f64| (0.0..=65535.0).contains(&value);
            evidence.are_whole() && evidence.are_mostly(0.5, is_port)
        }
        (Role::DestinationPort, data) => holds_mostly(data, |text| {
            text.len() <= 32 && !text.contains(char::is_whitespace)
        }),
        // what this program found is no answer to measure it by
        (Role::Label, Data::Categories(categories)) => {
            let mut names = categories.names.iter();
            names.any(|name| !VERDICTS.contains(&name.as_str()))
        }
        (Role::UserAgent, data) => holds_mostly(data, |text| text.contains(char::is_alphabetic)),
        _ => true,
    }
}

/// Whether at least half of the texts of a column pass a test.
fn holds_mostly(data: &Data, test: impl Fn(&str) -> bool) -> bool {
    let Data::Categories(Categories { names, .. }) = data else {
        return false;
    };
    let texts = &names[..names.len().min(MAX_TEXTS)];
    let n = texts.iter().filter(|text| test(text.trim())).count();
    n > 0 && 2 * n >= texts.len()
}

/// Whether a text is an IP address, also with a port, a prefix length or a zone, or a list that begins with one.
fn is_address(text: &str) -> bool {
    let first = text.split([',', ' ']).next().unwrap_or(text);
    let address = first.split(['/', '%']).next().unwrap_or(first);
    let address = address.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok() || first.parse::<SocketAddr>().is_ok()
}

/// Whether a text can be the name of a host.
fn is_host(text: &str) -> bool {
    let is_of_host = |c: char| c.is_alphanumeric() || ['.', '-', '_', ':'].contains(&c);
    text.len() <= 253 && text.contains(char::is_alphabetic) && text.chars().all(is_of_host)
}

/// Whether a text can be the code or the name of a country.
fn is_place(text: &str) -> bool {
    let is_of_place = |c: char| c.is_alphabetic() || " -'’.,&()".contains(c);
    text.chars().count() <= 60
        && text.chars().next().is_some_and(char::is_alphabetic)
        && text.chars().all(is_of_place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_words() {
        for (name, expected) in [
            ("Bytes In", "bytesin"),
            ("clientIP_s", "clientip"),
            ("TimeGenerated [UTC]", "timegenerated"),
            ("cs(User-Agent)", "csuseragent"),
            ("s-port", "serverport"),
            ("score (input)", "scoreinput"),
            ("flow.bytes_toserver", "flowbytestoserver bytestoserver"),
            ("_source.source.ip", "sourcesourceip sourceip ip"),
            ("destination.ip", "destinationip"),
            ("__proto__", ""),
            ("__mv_protocol", ""),
        ] {
            assert_eq!(keys(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn addresses_hosts_and_countries_are_told_apart() {
        for text in [
            "192.0.2.1",
            "2001:db8::1",
            "192.0.2.1:443",
            "[2001:db8::1]:443",
            "10.0.0.0/8",
            "192.0.2.1, 10.0.0.1",
            "fe80::1%eth0",
        ] {
            assert!(is_address(text), "{text}");
        }
        for text in ["", "1", "192.0.2", "host-7.example.org", "sip:192.0.2.1"] {
            assert!(!is_address(text), "{text}");
        }
        assert!(is_host("host-7.example.org") && is_host("gateway"));
        assert!(!is_host("17") && !is_host("sip:a@example.org") && !is_host("GET /index.html"));
        assert!(is_place("DE") && is_place("Côte d'Ivoire") && is_place("Korea (Republic of)"));
        assert!(!is_place("49") && !is_place("10.0.0.0-10.255.255.255") && !is_place(""));
    }

    #[test]
    fn no_two_parts_share_a_name() {
        let mut known = std::collections::HashMap::new();
        for role in Role::ALL {
            let names = names(role);
            let shared = names.certain.iter().chain(names.of_addresses);
            for name in shared {
                assert_eq!(known.insert(*name, role), None, "{name}");
            }
        }
        for name in SENT.iter().chain(&RECEIVED) {
            assert!(!known.contains_key(name), "{name}");
        }
    }
}
