//! Which column plays which part: by the names that tools use, and only where the values fit.

mod support;

use isolog::session::file_decisions;
use isolog::traffic::Role;
use support::Page;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// The parts that columns play, by name.
fn roles(log: &str) -> Vec<(Role, String)> {
    let page = Page::open(log.as_bytes()).expect("a log");
    let columns = page.overview().columns.iter();
    let mut roles: Vec<(Role, String)> = columns
        .filter_map(|column| Some((column.role?, column.name.clone())))
        .collect();
    roles.sort_by_key(|(role, _)| role.name());
    roles
}

/// The cells of two rows in each kind of column.
fn cells(role: Role) -> [&'static str; 2] {
    match role {
        Role::BytesIn => ["120", "4500"],
        Role::BytesOut => ["900", "33"],
        Role::Start => ["2026-03-02T08:00:00Z", "2026-03-02T08:01:00Z"],
        Role::End => ["2026-03-02T08:00:09Z", "2026-03-02T08:01:30Z"],
        Role::Time => ["2026-03-02 08:00:10", "2026-03-02 08:01:31"],
        Role::SourceIp => ["192.0.2.1", "2001:db8::7"],
        Role::Country => ["DE", "FR"],
        Role::Protocol => ["tcp", "udp"],
        Role::Rule => ["allow-web", "block"],
        Role::DestinationIp => ["198.51.100.2", "198.51.100.3"],
        Role::DestinationPort => ["443", "53"],
        Role::UserAgent => ["curl/8.5.0", "Mozilla/5.0 (X11)"],
        Role::Label => ["attack", "normal"],
    }
}

/// A log of these columns, each with the values of its part.
fn log(columns: &[(Role, &str)]) -> String {
    let line = |of: &dyn Fn(&(Role, &str)) -> String| {
        let cells: Vec<String> = columns.iter().map(of).collect();
        cells.join(";") + "\n"
    };
    line(&|(_, name)| (*name).to_owned())
        + &line(&|(role, _)| cells(*role)[0].to_owned())
        + &line(&|(role, _)| cells(*role)[1].to_owned())
}

#[test]
fn the_names_of_common_tools_are_known() {
    use Role::*;
    let tools: [&[(Role, &str)]; 14] = [
        // nfdump
        &[
            (Start, "ts"),
            (End, "te"),
            (SourceIp, "sa"),
            (DestinationIp, "da"),
            (DestinationPort, "dp"),
            (Protocol, "pr"),
            (BytesIn, "ibyt"),
            (BytesOut, "obyt"),
        ],
        &[
            (Start, "firstSeen"),
            (End, "lastSeen"),
            (SourceIp, "srcAddr"),
            (DestinationIp, "dstAddr"),
            (DestinationPort, "dstPort"),
        ],
        // FortiGate
        &[
            (SourceIp, "srcip"),
            (DestinationIp, "dstip"),
            (DestinationPort, "dstport"),
            (BytesIn, "sentbyte"),
            (BytesOut, "rcvdbyte"),
            (Country, "srccountry"),
            (Rule, "policyname"),
            (Protocol, "proto"),
        ],
        // Azure Monitor
        &[
            (Time, "TimeGenerated [UTC]"),
            (SourceIp, "clientIP_s"),
            (BytesIn, "receivedBytes_d"),
            (BytesOut, "sentBytes_d"),
        ],
        // Elastic's common schema
        &[
            (Start, "event.start"),
            (End, "event.end"),
            (SourceIp, "source.ip"),
            (DestinationIp, "destination.ip"),
            (DestinationPort, "destination.port"),
            (BytesIn, "source.bytes"),
            (BytesOut, "destination.bytes"),
            (Protocol, "network.transport"),
            (UserAgent, "user_agent.original"),
            (Rule, "rule.name"),
            (Country, "source.geo.country_iso_code"),
        ],
        &[
            (Time, "@timestamp"),
            (SourceIp, "source.address"),
            (BytesIn, "source.bytes"),
        ],
        // Zeek
        &[
            (Time, "ts"),
            (SourceIp, "id.orig_h"),
            (DestinationIp, "id.resp_h"),
            (DestinationPort, "id.resp_p"),
            (Protocol, "proto"),
            (BytesIn, "orig_bytes"),
            (BytesOut, "resp_bytes"),
        ],
        // CICFlowMeter, both generations
        &[
            (Time, "Timestamp"),
            (SourceIp, "Src IP"),
            (DestinationIp, "Dst IP"),
            (DestinationPort, "Dst Port"),
            (BytesIn, "TotLen Fwd Pkts"),
            (BytesOut, "TotLen Bwd Pkts"),
            (Label, "Label"),
        ],
        &[
            (SourceIp, " Source IP"),
            (DestinationIp, " Destination IP"),
            (DestinationPort, " Destination Port"),
            (BytesIn, "Total Length of Fwd Packets"),
            (BytesOut, " Total Length of Bwd Packets"),
        ],
        // W3C: CloudFront, IIS
        &[
            (SourceIp, "c-ip"),
            (DestinationIp, "s-ip"),
            (DestinationPort, "s-port"),
            (BytesIn, "cs-bytes"),
            (BytesOut, "sc-bytes"),
            (UserAgent, "cs(User-Agent)"),
            (Protocol, "cs-protocol"),
            (Country, "c-country"),
        ],
        // Cloudflare
        &[
            (Start, "EdgeStartTimestamp"),
            (End, "EdgeEndTimestamp"),
            (SourceIp, "ClientIP"),
            (Country, "ClientCountry"),
            (BytesIn, "ClientRequestBytes"),
            (BytesOut, "EdgeResponseBytes"),
            (UserAgent, "ClientRequestUserAgent"),
            (DestinationIp, "OriginIP"),
            (Rule, "SecurityRuleID"),
        ],
        // Palo Alto's table
        &[
            (Time, "Receive Time"),
            (SourceIp, "Source address"),
            (DestinationIp, "Destination address"),
            (DestinationPort, "Destination Port"),
            (Protocol, "IP Protocol"),
            (BytesIn, "Bytes Sent"),
            (BytesOut, "Bytes Received"),
            (Country, "Source Country"),
            (Rule, "Rule"),
        ],
        // Suricata, flattened
        &[
            (Start, "flow.start"),
            (End, "flow.end"),
            (BytesIn, "flow.bytes_toserver"),
            (BytesOut, "flow.bytes_toclient"),
            (SourceIp, "src_ip"),
            (DestinationIp, "dest_ip"),
            (DestinationPort, "dest_port"),
            (Rule, "alert.signature"),
        ],
        // nginx and VPC flow logs
        &[
            (Time, "time_local"),
            (SourceIp, "remote_addr"),
            (BytesIn, "request_length"),
            (BytesOut, "bytes_sent"),
            (UserAgent, "http_user_agent"),
        ],
    ];
    for columns in tools {
        let mut expected: Vec<(Role, String)> = columns
            .iter()
            .map(|(role, name)| (*role, (*name).to_owned()))
            .collect();
        expected.sort_by_key(|(role, _)| role.name());
        assert_eq!(roles(&log(columns)), expected);
        // in any order
        let mut reversed = columns.to_vec();
        reversed.reverse();
        assert_eq!(roles(&log(&reversed)), expected);
    }
}

#[test]
fn values_that_do_not_fit_play_no_part() {
    let none = |log: &str| assert_eq!(roles(log), [], "{log}");
    none("cip\n17\n18\n");
    none("sip\nsip:alice@example.org\nsip:bob@example.org\n");
    none("sa\nyes\nno\n");
    none("source\n/var/log/messages\n/var/log/auth.log\n");
    none("src_ip\nGET /index.html\nGET /login now\n");
    none("country\n49\n33\n");
    none("country\n10.0.0.0-10.255.255.255\n192.168.0.0-192.168.255.255\n");
    none("time\n0.5\n0.7\n");
    none("dst_port\n70000\n99999\n");
    none("dst_port\n0.5\n80.25\n");
    none("received_bytes\n-5\n-7\n");
    none("protocol\n6\n1700\n");
    none("anomaly\nSuspicious\nNormal\nNot scored\n");
    none("__proto__,__country\ntcp,DE\nudp,FR\n");
    let many: String = (0..99).map(|i| format!("p{i}\n")).collect();
    none(&format!("proto\n{many}"));
    // one odd cell is not most
    let log = "src_ip,bytes_sent\n192.0.2.1,5\nAWS Internal,-1\n192.0.2.2,7\n".to_owned();
    let rows: String = (0..40).map(|i| format!("192.0.2.{i},{i}\n")).collect();
    let columns = [
        (Role::BytesOut, "bytes_sent".to_owned()),
        (Role::SourceIp, "src_ip".to_owned()),
    ];
    assert_eq!(roles(&(log + &rows)), columns);
    // the notebook's own names are taken as the notebook takes them
    assert_eq!(
        roles("bytes_in\n-5\n-7\n"),
        [(Role::BytesIn, "bytes_in".to_owned())]
    );
}

#[test]
fn the_better_name_wins_in_any_order() {
    let header = ["client", "src_ip", "Source IP", "remote_addr", "SRC_IP"];
    let mut orders = vec![header.to_vec()];
    orders.push(header.iter().rev().copied().collect());
    orders.push(vec![
        "Source IP",
        "SRC_IP",
        "client",
        "src_ip",
        "remote_addr",
    ]);
    for order in orders {
        // of two columns of one name the fuller
        let cells: Vec<&str> = order
            .iter()
            .map(|&name| if name == "SRC_IP" { "" } else { "192.0.2.2" })
            .collect();
        let log = format!(
            "{}\n192.0.2.1,192.0.2.1,192.0.2.1,192.0.2.1,192.0.2.1\n{}\n",
            order.join(","),
            cells.join(",")
        );
        assert_eq!(roles(&log), [(Role::SourceIp, "src_ip".to_owned())]);
    }
    // a name that is better by itself does not win where its values do not fit
    assert_eq!(
        roles("src_ip,client_ip\n7,192.0.2.1\n8,192.0.2.2\n"),
        [(Role::SourceIp, "client_ip".to_owned())]
    );
}

#[test]
fn what_is_sent_depends_on_where_the_log_stands() {
    let bytes = |addresses: &str| {
        let log = format!(
            "{addresses},bytes_sent,bytes_received\n192.0.2.1,198.51.100.1,5,6\n192.0.2.2,198.51.100.1,7,8\n"
        );
        let page = Page::open(log.as_bytes()).expect("a log");
        let said = file_decisions(page.overview());
        let columns = page.overview().columns.iter();
        let role = columns
            .filter(|column| column.name == "bytes_sent")
            .find_map(|column| column.role);
        (
            role,
            said.iter()
                .any(|sentence| sentence.contains("was sent by the source")),
        )
    };
    assert_eq!(bytes("client_ip,server_ip"), (Some(Role::BytesOut), false));
    assert_eq!(bytes("src_ip,host"), (Some(Role::BytesOut), false));
    assert_eq!(bytes("src_ip,dst_ip"), (Some(Role::BytesIn), true));
    assert_eq!(
        bytes("Source address,Destination address"),
        (Some(Role::BytesIn), true)
    );
}
