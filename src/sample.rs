//! A made-up traffic log with planted attacks, for trying the page, for tests and for benchmarks.
//!
//! Gives bytes in the notebook's schema, the same on every machine: all arithmetic is on integers. Sources are
//! documentation and benchmark addresses (RFC 5737, RFC 2544), servers are private ones; nothing is a real session.
//! Which sessions are planted follows from their source, see [`Behaviour::of_source`]. Knows nothing of forests.

use std::io::{self, Write};

/// The columns, as the notebook's log has them.
const HEADER: &str = "bytes_in,bytes_out,creation_time,end_time,src_ip,src_ip_country_code,protocol,response.code,\
dst_port,dst_ip,rule_names,observation_name,source.meta,source.name,time,detection_types";

/// Sessions in the sample, before two of them are written twice.
const N_SAMPLE_SESSIONS: u64 = 2_000;

/// First state of the random stream; another number gives another log of the same kind.
const SEED: u64 = 2026;

/// Bytes gathered before they are handed on.
const BUFFER_SIZE: usize = 1 << 16;

/// Longest row, with room to spare.
const MAX_ROW_SIZE: usize = 512;

/// Length of a slot, the grain of the rhythm, in seconds.
const SLOT_SECS: u64 = 900;

/// Slots in the two days that every log spans.
const N_SLOTS: usize = 2 * 24 * 4;

/// Weight of ordinary traffic in each slot of an hour, from midnight UTC on.
const RHYTHM: [u64; 24] = [
    3, 2, 2, 2, 2, 3, 5, 8, 12, 15, 16, 16, 14, 15, 16, 16, 15, 14, 12, 11, 10, 8, 6, 4,
];

/// An attack that is planted in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// Hundreds of megabytes leave in long sessions, at night.
    Exfiltration,
    /// Tens of megabytes are fetched in each of many ordinary-looking sessions, at midday.
    BulkDownload,
    /// A burst of tiny sessions of a second or two asks for paths that do not exist or are forbidden.
    Scanner,
    /// Sessions of nearly one size try passwords, each held open for about an hour.
    BruteForce,
}

impl Behaviour {
    /// Every behaviour.
    pub const ALL: [Behaviour; 4] = [
        Behaviour::Exfiltration,
        Behaviour::BulkDownload,
        Behaviour::Scanner,
        Behaviour::BruteForce,
    ];

    /// Returns what the source with this address does; `None` for ordinary traffic.
    ///
    /// ```
    /// use isolog::sample::Behaviour;
    /// assert_eq!(Behaviour::of_source("192.0.2.7"), None);
    /// assert_eq!(Behaviour::of_source("203.0.113.6"), Some(Behaviour::Scanner));
    /// ```
    pub fn of_source(address: &str) -> Option<Behaviour> {
        let host: usize = address.strip_prefix("203.0.113.")?.parse().ok()?;
        Some(Behaviour::ALL[host % Behaviour::ALL.len()])
    }

    /// Returns the address of one of up to [`MAX_ATTACKERS`] sources that do this.
    fn source(self, attacker: u64) -> Address {
        let scattered = (attacker * 17 + 1) % MAX_ATTACKERS;
        Address([203, 0, 113, octet(scattered * 4 + self as u64)])
    }
}

/// Sources that can share a behaviour: those addresses of 203.0.113.0/24 that leave the same remainder by 4.
const MAX_ATTACKERS: u64 = 63;

/// When a behaviour is at work.
struct Campaign {
    behaviour: Behaviour,
    first_slot: usize,
    n_slots: usize,
    /// Weight in each slot, beside [`RHYTHM`]'s.
    weight: u64,
}

/// One slot has at most one campaign.
const CAMPAIGNS: [Campaign; 4] = [
    Campaign {
        behaviour: Behaviour::BulkDownload,
        first_slot: 12 * 4,
        n_slots: 8,
        weight: 2,
    },
    Campaign {
        behaviour: Behaviour::Scanner,
        first_slot: 16 * 4 + 2,
        n_slots: 3,
        weight: 8,
    },
    Campaign {
        behaviour: Behaviour::Exfiltration,
        first_slot: (24 + 1) * 4,
        n_slots: 12,
        weight: 1,
    },
    Campaign {
        behaviour: Behaviour::BruteForce,
        first_slot: (24 + 6) * 4,
        n_slots: 14,
        weight: 2,
    },
];

/// What clients come for: where it runs, and what the log says of it.
struct Service {
    /// Second and third octet of its servers' addresses.
    network: [u8; 2],
    n_servers: u64,
    protocol: &'static str,
    port: u64,
    rule: &'static str,
    observation: &'static str,
    source_name: &'static str,
    detection: &'static str,
    /// Median of the bytes that a session brings.
    bytes_in: u64,
    /// Median of the bytes that a session takes.
    bytes_out: u64,
}

const LOGIN: usize = 3;

const SERVICES: [Service; 5] = [
    Service {
        network: [20, 4],
        n_servers: 12,
        protocol: "HTTPS",
        port: 443,
        rule: "Public Website Traffic",
        observation: "Web Session From The Internet",
        source_name: "prod_shop_frontend",
        detection: "flow_rule",
        bytes_in: 21_000,
        bytes_out: 46_000,
    },
    Service {
        network: [20, 9],
        n_servers: 6,
        protocol: "HTTPS",
        port: 8443,
        rule: "Partner Interface Traffic",
        observation: "Programmatic Partner Access",
        source_name: "prod_partner_gateway",
        detection: "flow_rule",
        bytes_in: 26_000,
        bytes_out: 39_000,
    },
    Service {
        network: [20, 4],
        n_servers: 4,
        protocol: "HTTP",
        port: 80,
        rule: "Unencrypted Web Traffic",
        observation: "Session Without Encryption",
        source_name: "prod_shop_redirect",
        detection: "waf_rule",
        bytes_in: 18_000,
        bytes_out: 34_000,
    },
    Service {
        network: [31, 2],
        n_servers: 3,
        protocol: "HTTPS",
        port: 443,
        rule: "Customer Login Traffic",
        observation: "Customer Account Access",
        source_name: "prod_identity_portal",
        detection: "waf_rule",
        bytes_in: 19_000,
        bytes_out: 32_000,
    },
    Service {
        network: [47, 1],
        n_servers: 5,
        protocol: "HTTPS",
        port: 443,
        rule: "Document Library Traffic",
        observation: "Document Transfer",
        source_name: "prod_document_store",
        detection: "flow_rule",
        bytes_in: 24_000,
        bytes_out: 58_000,
    },
];

/// Which service a client likes, by 16ths.
const POPULARITY: [usize; 16] = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 4, 4, 4];

/// Countries of clients; the more often listed, the more clients.
const COUNTRIES: [&str; 32] = [
    "US", "US", "US", "US", "US", "US", "GB", "GB", "GB", "DE", "DE", "DE", "FR", "FR", "NL", "NL",
    "CA", "CA", "ES", "IT", "SE", "PL", "IN", "IN", "JP", "AU", "BR", "MX", "IE", "CH", "AE", "ZA",
];

/// Response codes of ordinary sessions, by 64ths.
const RESPONSES: [u64; 64] = {
    let mut codes = [200; 64];
    let others = [206, 206, 206, 301, 301, 301, 301, 404, 404, 403, 500];
    let mut i = 0;
    while i < others.len() {
        codes[i] = others[i];
        i += 1;
    }
    codes
};

/// Quantiles of a skewed size, in thousandths of its median.
///
/// Half of the median is there always (handshakes, headers), the rest is log-normal with sigma = 0.6. The quantiles are
/// at 16ths, but the ends are at 0.4 % and 99.9 %.
const SIZE_QUANTILES: [u64; 17] = [
    602, 699, 751, 794, 834, 873, 913, 955, 1000, 1049, 1105, 1170, 1249, 1351, 1497, 1755, 3693,
];

/// Quantiles of the length of an ordinary session at 16ths, in seconds.
const DURATION_QUANTILES: [u64; 17] = [
    6, 200, 290, 350, 400, 445, 490, 530, 570, 615, 660, 710, 770, 845, 945, 1090, 1800,
];

/// Returns the sample that the page offers: about two thousand sessions over two days.
///
/// Two rows are there twice and one has no `bytes_out`, so that the page has something to say of each.
pub fn sample_log() -> Vec<u8> {
    let mut log = Vec::new();
    write_log(N_SAMPLE_SESSIONS, &mut log).expect("memory takes all bytes");
    let mut blemished = Vec::with_capacity(log.len() + 2 * MAX_ROW_SIZE);
    for (line, row) in log.split_inclusive(|&byte| byte == b'\n').enumerate() {
        match line {
            412 | 1377 => {
                blemished.extend_from_slice(row);
                blemished.extend_from_slice(row);
            }
            905 => {
                let mut fields = row.splitn(3, |&byte| byte == b',');
                blemished.extend_from_slice(fields.next().unwrap_or_default());
                blemished.extend_from_slice(b",,");
                blemished.extend_from_slice(fields.nth(1).unwrap_or_default());
            }
            _ => blemished.extend_from_slice(row),
        }
    }
    blemished
}

/// Writes a log of `n_sessions` in order of their start, about 4.3 % of them planted.
///
/// Every log spans the same two days: a larger one has more sessions a second, more clients (340 for two thousand
/// sessions, 125,315 for ten million) and more attackers. Memory does not grow with the log.
///
/// # Errors
/// Those of `out`.
pub fn write_log(n_sessions: u64, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(BUFFER_SIZE + MAX_ROW_SIZE);
    buffer.extend_from_slice(HEADER.as_bytes());
    buffer.push(b'\n');
    let mut clock = Clock::new(n_sessions);
    let mut random = Random(SEED);
    let crowd = Crowd::of(n_sessions);
    for i in 0..n_sessions {
        let (start_secs, campaign) = clock.start_of(i, &mut random);
        let session = match campaign {
            Some(behaviour) => crowd.attack(behaviour, &mut random),
            None => crowd.visit(&mut random),
        };
        session.write(start_secs, &mut buffer);
        if buffer.len() >= BUFFER_SIZE {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)
}

/// Deals out the starts of sessions: evenly over the weights of the slots, thus never backwards.
struct Clock {
    /// Weight of one session, in 2^-32.
    step: u64,
    slot: usize,
    /// Weight of all slots before `slot`, in 2^-32.
    passed: u64,
}

impl Clock {
    fn new(n_sessions: u64) -> Clock {
        let total: u64 = (0..N_SLOTS).map(Clock::weight).sum();
        Clock {
            step: ((total << 32) / n_sessions.max(1)).max(1),
            slot: 0,
            passed: 0,
        }
    }

    fn campaign(slot: usize) -> Option<&'static Campaign> {
        CAMPAIGNS.iter().find(|campaign| {
            (campaign.first_slot..campaign.first_slot + campaign.n_slots).contains(&slot)
        })
    }

    fn weight(slot: usize) -> u64 {
        RHYTHM[slot / 4 % 24] + Clock::campaign(slot).map_or(0, |campaign| campaign.weight)
    }

    /// Returns the second at which a session starts, from the first midnight on, and whose it is if it is planted.
    fn start_of(&mut self, session: u64, random: &mut Random) -> (u64, Option<Behaviour>) {
        let place = session * self.step + random.below(self.step);
        let mut weight = Clock::weight(self.slot);
        while place - self.passed >= weight << 32 && self.slot + 1 < N_SLOTS {
            self.passed += weight << 32;
            self.slot += 1;
            weight = Clock::weight(self.slot);
        }
        let in_slot = ((place - self.passed) * SLOT_SECS / weight) >> 32;
        let campaign = Clock::campaign(self.slot)
            .filter(|campaign| random.below(weight) < campaign.weight)
            .map(|campaign| campaign.behaviour);
        (self.slot as u64 * SLOT_SECS + in_slot, campaign)
    }
}

/// Everybody who shows up in a log.
struct Crowd {
    n_clients: u64,
    /// Attackers of each behaviour.
    n_attackers: u64,
}

impl Crowd {
    fn of(n_sessions: u64) -> Crowd {
        Crowd {
            n_clients: (315 + n_sessions / 80).min(N_CLIENT_ADDRESSES),
            n_attackers: (1 + n_sessions / 20_000).min(MAX_ATTACKERS),
        }
    }

    /// Draws a session of an ordinary client: few clients come often, most of them seldom.
    fn visit(&self, random: &mut Random) -> Session {
        let client = (random.skewed() * self.n_clients) >> 32;
        let traits = Random(client).next();
        let mut country = COUNTRIES[pick(traits, COUNTRIES.len())].as_bytes();
        if random.below(40) == 0 {
            country = match country {
                b"US" => b"us",
                b"DE" => b"de",
                other => other,
            };
        }
        let favourite = POPULARITY[pick(traits >> 8, POPULARITY.len())];
        let service = match random.below(4) {
            0 => POPULARITY[pick(random.next(), POPULARITY.len())],
            _ => favourite,
        };
        let service = &SERVICES[service];
        Session {
            bytes_in: service.bytes_in * random.quantile(&SIZE_QUANTILES) / 1000,
            bytes_out: service.bytes_out * random.quantile(&SIZE_QUANTILES) / 1000,
            duration_secs: random.quantile(&DURATION_QUANTILES),
            source: client_address(client),
            country,
            response: RESPONSES[pick(random.next(), RESPONSES.len())],
            server: random.below(service.n_servers),
            service,
        }
    }

    /// Draws a planted session, which stands apart in its bytes or its length.
    fn attack(&self, behaviour: Behaviour, random: &mut Random) -> Session {
        let source = behaviour.source(random.below(self.n_attackers));
        let service = |i: usize| &SERVICES[i];
        match behaviour {
            Behaviour::Exfiltration => {
                let bytes_out = random.between(180_000_000, 620_000_000);
                Session {
                    bytes_in: bytes_out / random.between(60, 90),
                    bytes_out,
                    duration_secs: random.between(2_400, 5_400),
                    source,
                    country: b"RO",
                    response: 200,
                    server: 0,
                    service: service(1),
                }
            }
            Behaviour::BulkDownload => {
                let bytes_out = random.between(25_000_000, 90_000_000);
                Session {
                    bytes_in: bytes_out / random.between(40, 60),
                    bytes_out,
                    duration_secs: random.between(240, 1_500),
                    source,
                    country: b"SG",
                    response: if random.below(3) == 0 { 200 } else { 206 },
                    server: random.below(2),
                    service: service(4),
                }
            }
            Behaviour::Scanner => Session {
                bytes_in: random.between(90, 400),
                bytes_out: random.between(150, 700),
                duration_secs: random.between(1, 3),
                source,
                country: b"VN",
                response: if random.below(4) == 0 { 403 } else { 404 },
                server: random.below(3),
                service: service(pick(random.next(), 3)),
            },
            Behaviour::BruteForce => Session {
                bytes_in: random.between(3_900, 3_960),
                bytes_out: random.between(2_810, 2_840),
                duration_secs: random.between(3_300, 3_600),
                source,
                country: b"UA",
                response: 403,
                server: 1,
                service: service(LOGIN),
            },
        }
    }
}

/// One row but for its start.
struct Session {
    bytes_in: u64,
    bytes_out: u64,
    duration_secs: u64,
    source: Address,
    country: &'static [u8],
    response: u64,
    /// Which of the service's servers.
    server: u64,
    service: &'static Service,
}

impl Session {
    fn write(&self, start_secs: u64, out: &mut Vec<u8>) {
        let Service {
            network: [second, third],
            protocol,
            rule,
            observation,
            source_name,
            detection,
            ..
        } = *self.service;
        push_number(out, self.bytes_in);
        out.push(b',');
        push_number(out, self.bytes_out);
        out.push(b',');
        push_time(out, start_secs);
        out.push(b',');
        push_time(out, start_secs + self.duration_secs);
        out.push(b',');
        self.source.push_to(out);
        out.push(b',');
        out.extend_from_slice(self.country);
        out.push(b',');
        out.extend_from_slice(protocol.as_bytes());
        out.push(b',');
        push_number(out, self.response);
        out.push(b',');
        push_number(out, self.service.port);
        out.push(b',');
        Address([10, second, third, octet(11 + self.server)]).push_to(out);
        for text in [rule, observation, "VPC_Flow_Log", source_name] {
            out.push(b',');
            out.extend_from_slice(text.as_bytes());
        }
        out.push(b',');
        push_time(out, start_secs);
        out.push(b',');
        out.extend_from_slice(detection.as_bytes());
        out.push(b'\n');
    }
}

/// An IPv4 address.
struct Address([u8; 4]);

impl Address {
    fn push_to(&self, out: &mut Vec<u8>) {
        for (i, &octet) in self.0.iter().enumerate() {
            if i > 0 {
                out.push(b'.');
            }
            push_number(out, u64::from(octet));
        }
    }
}

/// Hosts of 192.0.2.0/24 and 198.51.100.0/24 that are clients.
const N_DOCUMENTATION_ADDRESSES: u64 = 2 * 254;

/// All addresses that are clients: those, and 198.18.0.0/15.
const N_CLIENT_ADDRESSES: u64 = N_DOCUMENTATION_ADDRESSES + (1 << 17);

fn client_address(client: u64) -> Address {
    if client < N_DOCUMENTATION_ADDRESSES {
        let host = octet(client / 2 + 1);
        return Address(match client % 2 {
            0 => [192, 0, 2, host],
            _ => [198, 51, 100, host],
        });
    }
    let host = client - N_DOCUMENTATION_ADDRESSES;
    Address([
        198,
        octet(18 + (host >> 16)),
        octet(host >> 8 & 255),
        octet(host & 255),
    ])
}

fn octet(value: u64) -> u8 {
    u8::try_from(value).expect("octets are made of small parts")
}

/// Takes an index below `n` from the low bits of a random number; `n` is far below 2^32.
fn pick(bits: u64, n: usize) -> usize {
    (bits % n as u64) as usize
}

/// Appends a number in decimal.
fn push_number(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    let mut rest = value;
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

/// Appends a time, given in seconds since Monday 2 March 2026, 00:00 UTC; at most a week later.
fn push_time(out: &mut Vec<u8>, secs: u64) {
    let mut text = *b"2026-03-02T00:00:00Z";
    let mut put = |at: usize, value: u64| {
        text[at] = b'0' + (value / 10) as u8;
        text[at + 1] = b'0' + (value % 10) as u8;
    };
    put(8, 2 + secs / 86_400);
    put(11, secs / 3_600 % 24);
    put(14, secs / 60 % 60);
    put(17, secs % 60);
    out.extend_from_slice(&text);
}

/// SplitMix64 (Steele, Lea and Flood 2014), which gives equal bits everywhere.
struct Random(u64);

impl Random {
    /// Draws 64 uniform bits.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Draws a number below `n`, nearly uniform where `n` is far below 2^64.
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Draws a number from `low` to `high`, both possible.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Draws the square of a uniform number from 0 to 1, in 2^-32.
    fn skewed(&mut self) -> u64 {
        let uniform = self.next() >> 32;
        (uniform * uniform) >> 32
    }

    /// Draws from a distribution given by its quantiles at 16ths, straight between them.
    fn quantile(&mut self, quantiles: &[u64; 17]) -> u64 {
        let bits = self.next();
        let low = (bits >> 60) as usize;
        let fraction = bits >> 40 & 0xf_ffff;
        quantiles[low] + (((quantiles[low + 1] - quantiles[low]) * fraction) >> 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_in_order() {
        for quantiles in [SIZE_QUANTILES, DURATION_QUANTILES] {
            assert!(quantiles.is_sorted());
        }
    }

    #[test]
    fn every_attacker_has_an_address_of_its_own() {
        let mut hosts = std::collections::HashSet::new();
        for behaviour in Behaviour::ALL {
            for attacker in 0..MAX_ATTACKERS {
                let mut text = Vec::new();
                let address = behaviour.source(attacker);
                address.push_to(&mut text);
                let text = String::from_utf8(text).expect("ASCII");
                assert_eq!(Behaviour::of_source(&text), Some(behaviour), "{text}");
                assert!(hosts.insert(address.0), "{text} twice");
            }
        }
    }

    #[test]
    fn clients_have_addresses_of_their_own() {
        let addresses: std::collections::HashSet<_> = (0..N_CLIENT_ADDRESSES)
            .map(|client| client_address(client).0)
            .collect();
        assert_eq!(addresses.len() as u64, N_CLIENT_ADDRESSES);
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 9, 10, 65_535, u64::MAX] {
            let mut text = Vec::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string().into_bytes());
        }
    }

    #[test]
    fn times_go_on_into_the_next_days() {
        let mut text = Vec::new();
        push_time(&mut text, 2 * 86_400 + 3_661);
        assert_eq!(text, b"2026-03-04T01:01:01Z");
    }
}
