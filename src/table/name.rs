//! What the name of a column says of the numbers in it.
//!
//! Names are read word by word, so that `report_count` is not a port and `account_no` is not a count.

/// What a name says that numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// An amount: sizes, counts, durations, rates.
    Quantity,
    /// Something that is numbered or named.
    Identifier,
    /// A port.
    Port,
    /// A code, a set of flags or a version.
    Code,
    /// A code if there are few of them, for the same word also measures.
    CodeIfFew,
    /// An autonomous system, an interface or a virtual network.
    Network,
    /// A moment, if the values can be one.
    Moment,
    /// A part of a date: the hour, the weekday.
    DatePart,
    /// Lines or characters of the log's own text.
    LogText,
}

/// Names as a whole, without case, blanks and punctuation.
const WHOLE: [(&str, Meaning); 45] = [
    // what pandas calls the column of its row numbers
    ("unnamed0", Meaning::Identifier),
    ("ifindex", Meaning::Network),
    ("af", Meaning::Code),
    ("trafficpath", Meaning::Code),
    ("customer", Meaning::Identifier),
    ("tenant", Meaning::Identifier),
    // the time of day of nginx, not an amount of milliseconds
    ("msec", Meaning::Moment),
    ("linecount", Meaning::LogText),
    ("timestartpos", Meaning::LogText),
    ("timeendpos", Meaning::LogText),
    ("sp", Meaning::Port),
    ("dp", Meaning::Port),
    ("spt", Meaning::Port),
    ("dpt", Meaning::Port),
    ("idorigp", Meaning::Port),
    ("idrespp", Meaning::Port),
    ("origp", Meaning::Port),
    ("respp", Meaning::Port),
    ("pr", Meaning::Code),
    ("fwd", Meaning::Code),
    ("dir", Meaning::Code),
    ("flg", Meaning::Code),
    ("smk", Meaning::Code),
    ("dmk", Meaning::Code),
    ("srcmask", Meaning::Code),
    ("dstmask", Meaning::Code),
    ("sas", Meaning::Network),
    ("das", Meaning::Network),
    ("as", Meaning::Network),
    ("ifin", Meaning::Network),
    ("ifout", Meaning::Network),
    ("inif", Meaning::Network),
    ("outif", Meaning::Network),
    ("svln", Meaning::Network),
    ("dvln", Meaning::Network),
    ("eng", Meaning::Identifier),
    ("exid", Meaning::Identifier),
    ("account", Meaning::Identifier),
    ("session", Meaning::Identifier),
    ("user", Meaning::Identifier),
    ("policy", Meaning::Identifier),
    ("rule", Meaning::Identifier),
    ("td", Meaning::Quantity),
    ("sload", Meaning::Quantity),
    ("dload", Meaning::Quantity),
];

/// Last words of amounts that may be written as one word with what is counted: `sentbyte`, `totalpkts`.
const AMOUNT_ENDINGS: [&str; 13] = [
    "bytes", "byte", "byt", "octets", "packets", "packet", "pkts", "pkt", "count", "size",
    "length", "duration", "seconds",
];

/// First words of amounts that may be written as one word with a direction: `bytesin`.
const AMOUNT_BEGINNINGS: [&str; 4] = ["bytes", "packets", "pkts", "octets"];

/// What may stand before `port` in one word; other words that end so (`report`, `support`, `viewport`) are no ports.
const PORT_STEMS: [&str; 28] = [
    "src",
    "dst",
    "source",
    "destination",
    "dest",
    "target",
    "client",
    "server",
    "local",
    "remote",
    "peer",
    "proxy",
    "origin",
    "orig",
    "resp",
    "listener",
    "nat",
    "natsrc",
    "natdst",
    "xlate",
    "tcp",
    "udp",
    "s",
    "d",
    "ds",
    "c",
    "r",
    "l",
];

/// What may stand before `id`, `no`, `num`, `number`, `hash`, `index`, `code` or `as` in one word.
const STEMS: [&str; 58] = [
    "session",
    "policy",
    "account",
    "acct",
    "user",
    "flow",
    "request",
    "req",
    "response",
    "trans",
    "transaction",
    "customer",
    "order",
    "device",
    "dev",
    "app",
    "application",
    "proc",
    "process",
    "thread",
    "rule",
    "site",
    "vlan",
    "event",
    "log",
    "msg",
    "message",
    "conn",
    "connection",
    "client",
    "server",
    "host",
    "group",
    "role",
    "tenant",
    "track",
    "ticket",
    "serial",
    "seq",
    "sequence",
    "record",
    "row",
    "line",
    "object",
    "item",
    "product",
    "source",
    "src",
    "dst",
    "dest",
    "peer",
    "error",
    "err",
    "status",
    "http",
    "country",
    "if",
    "zone",
];

/// Words that only say which way, which side or which of several, and so say nothing at the end of a name.
fn is_side(word: &str) -> bool {
    const SIDES: [&str; 33] = [
        "in",
        "out",
        "sent",
        "received",
        "rcvd",
        "recv",
        "src",
        "dst",
        "source",
        "destination",
        "dest",
        "client",
        "server",
        "fwd",
        "bwd",
        "forward",
        "backward",
        "orig",
        "resp",
        "originator",
        "responder",
        "local",
        "remote",
        "upstream",
        "downstream",
        "raw",
        "utc",
        "field",
        "edge",
        "origin",
        "ingress",
        "egress",
        "relative",
    ];
    SIDES.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the words of a name, in lower case: they end at blanks and punctuation and where a capital begins the next.
pub(crate) fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let is = |i: usize, test: fn(char) -> bool| characters.get(i).is_some_and(|&c| test(c));
    let mut words: Vec<String> = Vec::new();
    let mut is_inside = false;
    for (i, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            is_inside = false;
            continue;
        }
        // the capital of `userId`, and that of `Address` in `IPAddress`, but not those of `IDs` and `IPv4`
        let is_first = character.is_uppercase()
            && i > 0
            && (!is(i - 1, char::is_uppercase)
                || is(i + 1, char::is_lowercase) && is(i + 2, char::is_lowercase));
        if !is_inside || is_first {
            words.push(String::new());
        }
        is_inside = true;
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    // Azure Monitor appends the type: `clientIP_s`, `sentBytes_d`
    let is_typed = ["_s", "_d", "_b", "_t", "_g", "_l"];
    if words.len() > 1 && is_typed.iter().any(|ending| name.ends_with(ending)) {
        words.pop();
    }
    words
}

/// Returns what the name of a column of numbers says that they are; `None` if it says nothing.
pub(crate) fn meaning(name: &str) -> Option<Meaning> {
    // a program's own, not a word: `__proto__`
    if name.starts_with("__") {
        return None;
    }
    let words = words(name);
    let whole = words.concat();
    if let Some((_, meaning)) = WHOLE.iter().find(|(known, _)| *known == whole) {
        return Some(*meaning);
    }
    if words.iter().any(|word| word == "per") {
        return Some(Meaning::Quantity);
    }
    if is_date_part(&words) {
        return Some(Meaning::DatePart);
    }
    if words.ends_with(&["as".to_owned(), "number".to_owned()]) {
        return Some(Meaning::Network);
    }
    let is_amount = words
        .iter()
        .any(|word| of_word(word) == Some(Meaning::Quantity))
        || words.windows(2).any(|pair| pair == ["number", "of"])
        || words.len() > 1 && ["num", "n", "no"].contains(&words[0].as_str());
    // the last word says what it is: a `port_count` is a count, a `count_id` an identifier
    let head = words.iter().rev().find(|word| !is_side(word));
    match head.and_then(|word| of_word(word)) {
        Some(Meaning::Moment) if is_amount => Some(Meaning::Quantity),
        Some(meaning) => Some(meaning),
        None if is_amount => Some(Meaning::Quantity),
        None => None,
    }
}

/// Whether a name says that what a column counts is whole.
pub(crate) fn counts_whole_things(name: &str) -> bool {
    const THINGS: [&str; 21] = [
        "byte",
        "bytes",
        "octets",
        "packet",
        "packets",
        "pkt",
        "pkts",
        "count",
        "requests",
        "hits",
        "flows",
        "sessions",
        "connections",
        "events",
        "errors",
        "port",
        "id",
        "ibyt",
        "obyt",
        "ipkt",
        "opkt",
    ];
    words(name)
        .iter()
        .any(|word| THINGS.contains(&word.as_str()))
}

/// Whether a name says that a column holds days.
pub(crate) fn is_date(name: &str) -> bool {
    let words = words(name);
    let mut words = words.iter().map(String::as_str);
    words.any(|word| matches!(word, "date" | "datetime" | "day"))
}

fn is_date_part(words: &[String]) -> bool {
    const PARTS: [&str; 12] = [
        "hour", "minute", "second", "mday", "wday", "weekday", "dow", "day", "month", "year",
        "week", "zone",
    ];
    match words {
        [part] => PARTS[..11].contains(&part.as_str()),
        [date, part] => {
            let dates = ["date", "time", "event", "start", "end", "local", "utc"];
            dates.contains(&date.as_str()) && PARTS.contains(&part.as_str())
        }
        [part, of, whole] => {
            of == "of"
                && PARTS.contains(&part.as_str())
                && ["day", "week", "month", "year", "hour"].contains(&whole.as_str())
        }
        _ => false,
    }
}

fn of_word(word: &str) -> Option<Meaning> {
    let stem = word.trim_end_matches(|character: char| character.is_ascii_digit());
    match if stem.is_empty() { word } else { stem } {
        "byte" | "bytes" | "byts" | "octet" | "octets" | "size" | "sizes" | "length" | "len"
        | "packet" | "packets" | "pkt" | "pkts" | "count" | "counts" | "cnt" | "total" | "tot"
        | "sum" | "avg" | "average" | "mean" | "median" | "min" | "max" | "std" | "stddev"
        | "var" | "variance" | "entropy" | "duration" | "dur" | "elapsed" | "taken" | "latency"
        | "delay" | "rtt" | "jitter" | "iat" | "rate" | "ratio" | "percent" | "percentage"
        | "pct" | "share" | "fraction" | "throughput" | "speed" | "bandwidth" | "bps" | "pps"
        | "kbps" | "mbps" | "gbps" | "ms" | "msec" | "msecs" | "millis" | "milliseconds" | "us"
        | "usec" | "micros" | "microseconds" | "ns" | "nsec" | "nanos" | "nanoseconds" | "sec"
        | "secs" | "seconds" | "mins" | "minutes" | "hours" | "days" | "kb" | "mb" | "gb"
        | "kib" | "mib" | "gib" | "bits" | "chars" | "requests" | "hits" | "errors"
        | "failures" | "logins" | "attempts" | "retries" | "queries" | "flows" | "sessions"
        | "connections" | "conns" | "streams" | "transactions" | "events" | "messages"
        | "files" | "pages" | "clicks" | "views" | "visits" | "visitors" | "users" | "hosts"
        | "clients" | "peers" | "ports" | "ips" | "ids" | "addresses" | "records" | "items"
        | "objects" | "amount" | "volume" | "load" | "memory" | "cpu" | "usage" | "age"
        | "uptime" | "quantity" | "qty" | "score" | "probability" | "confidence" | "ibyt"
        | "obyt" | "ipkt" | "opkt" | "totlen" => Some(Meaning::Quantity),
        "id" | "uuid" | "guid" | "uid" | "gid" | "pid" | "tid" | "sid" | "oid" | "key" | "hash"
        | "checksum" | "digest" | "crc" | "fingerprint" | "serial" | "index" | "idx" | "row"
        | "rownum" | "line" | "lineno" | "seq" | "seqno" | "seqnum" | "sequence" | "ack"
        | "nonce" | "number" | "num" | "no" | "nr" | "acct" | "account" | "ip" | "addr"
        | "address" | "mac" | "phone" | "msisdn" | "imei" | "imsi" | "iban" | "ssn" | "zip"
        | "postcode" | "ray" => Some(Meaning::Identifier),
        "port" => Some(Meaning::Port),
        "code" | "status" | "substatus" | "proto" | "protocol" | "flag" | "flags" | "version"
        | "ver" | "opcode" | "rcode" | "errno" | "tos" | "stos" | "dtos" | "dscp" | "severity"
        | "facility" | "rev" | "bitmap" | "qtype" | "qclass" => Some(Meaning::Code),
        "type" | "subtype" | "level" | "state" | "class" | "category" | "priority" | "prio"
        | "mode" | "kind" | "action" | "reason" | "method" | "direction" | "zone" | "mask"
        | "result" => Some(Meaning::CodeIfFew),
        "asn" | "as" | "snmp" | "iface" | "interface" | "intf" | "vlan" | "vni" | "vrf" => {
            Some(Meaning::Network)
        }
        "time" | "timestamp" | "ts" | "date" | "datetime" | "epoch" | "at" => Some(Meaning::Moment),
        stem => of_glued(stem),
    }
}

/// Reads a word that is made of several, as many tools write them: `sessionid`, `srcport`, `sentbyte`.
fn of_glued(word: &str) -> Option<Meaning> {
    let has_stem = |ending: &str, stems: &[&str]| {
        let stem = word.strip_suffix(ending);
        stem.is_some_and(|stem| stems.contains(&stem))
    };
    if has_stem("port", &PORT_STEMS) {
        return Some(Meaning::Port);
    }
    for (ending, meaning) in [
        ("id", Meaning::Identifier),
        ("no", Meaning::Identifier),
        ("num", Meaning::Identifier),
        ("number", Meaning::Identifier),
        ("hash", Meaning::Identifier),
        ("index", Meaning::Identifier),
        ("code", Meaning::Code),
        ("status", Meaning::Code),
        ("as", Meaning::Network),
        ("asn", Meaning::Network),
    ] {
        if has_stem(ending, &STEMS) {
            return Some(meaning);
        }
    }
    let is_amount = AMOUNT_ENDINGS.iter().any(|ending| word.ends_with(ending))
        && !["account", "discount", "viscount"].contains(&word)
        || AMOUNT_BEGINNINGS
            .iter()
            .any(|beginning| word.starts_with(beginning));
    is_amount.then_some(Meaning::Quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        for (name, expected) in [
            ("src_ip", "src ip"),
            ("clientIP_s", "client ip"),
            ("sentBytes_d", "sent bytes"),
            ("ClientIPAddress", "client ip address"),
            ("IPv4Addr", "ipv4 addr"),
            ("userIDs", "user ids"),
            ("http.response.status_code", "http response status code"),
            ("cs(User-Agent)", "cs user agent"),
            (
                " Total Length of Fwd Packets",
                "total length of fwd packets",
            ),
            ("ASN", "asn"),
            ("@timestamp", "timestamp"),
            ("größeInBytes", "größe in bytes"),
            ("_s", "s"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name:?}");
        }
    }

    #[test]
    fn a_name_says_what_its_numbers_are() {
        let all = |meaning: Option<Meaning>, names: &[&str]| {
            for name in names {
                assert_eq!(super::meaning(name), meaning, "{name:?}");
            }
        };
        all(
            Some(Meaning::Quantity),
            &[
                "bytes_in",
                "Flow Bytes/s",
                "sentbyte",
                "rcvdpkt",
                "totlen_fwd",
                "time-taken",
                "report_count",
                "port_count",
                "distinct ports",
                "transport_ms",
                "support_hours",
                "session_duration",
                "sessions",
                "orig_ip_bytes",
                "waf_score",
                "response_time_ms",
                "bytes_per_port",
                "number of policies",
                "num_hosts",
                "timeTaken_d",
                "Fwd Header Length",
                "packetcount",
                "ibyt",
                "td",
                "id_length",
                "Init Fwd Win Byts",
                "event.duration",
            ],
        );
        all(
            Some(Meaning::Identifier),
            &[
                "id",
                "session_id",
                "sessionid",
                "policyid",
                "account_no",
                "accountId",
                "Session ID",
                "flow_hash",
                "seq",
                "trans_id",
                "uid",
                "account",
                "accountnumber",
                "Serial Number",
                "count_id",
                "row",
                "src_ip",
                "request index",
                "vlanid",
                "Repeat No.",
            ],
        );
        all(
            Some(Meaning::Port),
            &[
                "port",
                "sport",
                "dport",
                "sp",
                "dp",
                "spt",
                "dpt",
                "src_port",
                "source.port",
                "Src Port",
                "dstport",
                "port_in",
                "id.orig_p",
                "id.resp_p",
                "destPort",
                "c-port",
            ],
        );
        all(
            Some(Meaning::Code),
            &[
                "status",
                "sc-status",
                "httpStatus_d",
                "elb_status_code",
                "protocol",
                "tcp_flags",
                "version",
                "severity",
                "errorcode",
                "stos",
            ],
        );
        all(
            Some(Meaning::Network),
            &[
                "sas",
                "das",
                "srcas",
                "dst_as",
                "ClientASN",
                "ifIndex",
                "vlan",
                "sourceASN",
                "source.as.number",
                "INPUT_SNMP",
                "input_interface",
            ],
        );
        all(
            Some(Meaning::Moment),
            &[
                "timestamp",
                "ts",
                "_time",
                "created_at",
                "Date",
                "msec",
                "frame.time_relative",
            ],
        );
        all(
            Some(Meaning::DatePart),
            &[
                "date_hour",
                "date_mday",
                "hour",
                "hour_of_day",
                "day of week",
                "month",
                "date_year",
            ],
        );
        all(Some(Meaning::LogText), &["linecount", "timestartpos"]);
        all(
            None,
            &[
                "transport",
                "support",
                "viewport",
                "a",
                "temp",
                "valid",
                "grid",
                "in",
                "out",
                "x1",
                "fixed",
                "__proto__",
            ],
        );
    }
}
