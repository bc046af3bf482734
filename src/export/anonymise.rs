//! Texts to texts in which pseudonyms stand for addresses and account numbers.
//!
//! Takes any text of a log, gives it back with every IPv4 and IPv6 address and every twelve-digit AWS account number
//! replaced. One key gives one original the same pseudonym wherever it stands. Nothing else is replaced: not names, not
//! host names, not user agents.
//!
//! Addresses keep their structure, after Xu, Fan, Ammar and Moon, *Prefix-preserving IP address anonymization:
//! measurement-based security evaluation and a new cryptography-based scheme* (ICNP 2002): two addresses that share
//! their first `n` bits, and no more, have pseudonyms that share their first `n` bits, and no more. Their AES is
//! SipHash-2-4 here, a pseudorandom function with a key of 128 bits. So networks and neighbours stay visible, and
//! whoever knows some originals, or can have chosen addresses written into the log, learns the leading bits of others
//! from them. Whether an address is private does not stay visible.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

use crate::filter::{Known, Subject};
use crate::report::{Picture, Report, Scatter};

/// Rounds of PBKDF2: what OWASP's *Password Storage Cheat Sheet* asks of HMAC-SHA-256 (2023).
const N_KDF_ROUNDS: u32 = 600_000;

/// The same for everyone, for the same phrase must give the same pseudonyms anywhere.
const KDF_SALT: &[u8] = b"isolog: pseudonyms of addresses and accounts, version 1";

/// Digits of an AWS account number.
const ACCOUNT_DIGITS: usize = 12;

/// Values of half an account number.
const HALF: u64 = 1_000_000;

/// Rounds of the Feistel network for account numbers, as many as NIST's FF1 has (SP 800-38G).
const N_ROUNDS: u8 = 10;

/// Characters of the longest way to write an IPv6 address.
const MAX_IPV6_CHARS: usize = 45;

/// A secret that pseudonyms depend on; whoever has it can find the originals.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key([u8; 16]);

impl Key {
    /// Takes random bytes as the key.
    pub fn from_bytes(bytes: [u8; 16]) -> Key {
        Key(bytes)
    }

    /// Derives the key from a phrase, so that the same phrase gives the same pseudonyms on any day and machine.
    ///
    /// By PBKDF2 with HMAC-SHA-256, 600,000 rounds: it takes a good part of a second, for an attacker's every guess too.
    /// Yet it is no stronger than the phrase. The salt is the same for everyone, so short or well-known phrases can be
    /// tried in advance; six random words or more cannot.
    pub fn from_pass_phrase(phrase: &str) -> Key {
        Key(pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 16>(
            phrase.as_bytes(),
            KDF_SALT,
            N_KDF_ROUNDS,
        ))
    }
}

/// Does not show the secret.
impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// Gives pseudonyms.
#[derive(Clone)]
pub struct Anonymiser {
    random: SipHasher24,
}

/// Does not show the secret.
impl fmt::Debug for Anonymiser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Anonymiser(..)")
    }
}

/// What the pseudorandom function is asked for; no two kinds have an input in common.
#[derive(Clone, Copy)]
enum Kind {
    Ipv4 = 4,
    Ipv6 = 6,
    Account = 12,
}

impl Anonymiser {
    /// Makes the anonymiser of a key.
    pub fn new(key: &Key) -> Anonymiser {
        Anonymiser {
            random: SipHasher24::new_with_key(&key.0),
        }
    }

    /// Returns a text with pseudonyms for all addresses and account numbers in it.
    ///
    /// Four numbers with dots count as an address wherever they stand, even as the version of a browser: a version too
    /// many replaced is better than an address too few. Found are also addresses in URLs, in brackets, with ports, and in
    /// the host names of AWS (`ip-10-0-0-1`). After an address of a network such as `10.0.0.0/8` only the bits of the
    /// network are changed, so that it holds the pseudonyms of its members. An account number is twelve digits, or three
    /// times four with hyphens. Not found are addresses written as one number, in hexadecimal or percent-encoded.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !text.bytes().any(|byte| byte.is_ascii_digit()) && !text.contains("::") {
            return Cow::Borrowed(text);
        }
        let mut replaced = String::new();
        let (mut copied, mut at) = (0, 0);
        let bytes = text.as_bytes();
        while at < bytes.len() {
            let found = self
                .ipv6(text, at)
                .or_else(|| self.ipv4(text, at))
                .or_else(|| self.account(text, at));
            if let Some((end, pseudonym)) = found {
                replaced.push_str(&text[copied..at]);
                replaced.push_str(&pseudonym);
                (copied, at) = (end, end);
            } else {
                at += 1;
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        replaced.push_str(&text[copied..]);
        Cow::Owned(replaced)
    }

    /// Returns the pseudonym of an IPv4 address.
    pub fn ipv4_address(&self, address: Ipv4Addr) -> Ipv4Addr {
        let bits = u128::from(address.to_bits()) << 96;
        Ipv4Addr::from_bits((self.address(Kind::Ipv4, bits, 32) >> 96) as u32)
    }

    /// Returns the pseudonym of an IPv6 address; in `::ffff:10.0.0.1` the IPv4 address has its own pseudonym.
    pub fn ipv6_address(&self, address: Ipv6Addr) -> Ipv6Addr {
        match address.to_ipv4_mapped() {
            Some(mapped) => self.ipv4_address(mapped).to_ipv6_mapped(),
            None => Ipv6Addr::from_bits(self.address(Kind::Ipv6, address.to_bits(), 128)),
        }
    }

    /// Returns the pseudonym of an account number below 10^12; no two numbers have the same.
    ///
    /// # Panics
    /// If the number has more digits.
    pub fn account_number(&self, number: u64) -> u64 {
        assert!(
            number < HALF * HALF,
            "an account number has {ACCOUNT_DIGITS} digits"
        );
        let (mut left, mut right) = (number / HALF, number % HALF);
        for round in 0..N_ROUNDS {
            let mask = self.random(Kind::Account, round, u128::from(right));
            (left, right) = (right, (left + mask % HALF) % HALF);
        }
        left * HALF + right
    }

    /// Returns a report with pseudonyms in all its texts.
    pub fn report(&self, report: &Report) -> Report {
        let mut report = report.clone();
        let replace = |text: &mut String| {
            if let Cow::Owned(replaced) = self.text(text) {
                *text = replaced;
            }
        };
        report.scatter = self.scatter(&report.scatter);
        for table in &mut report.groups {
            replace(&mut table.column);
            let names = table.groups.iter_mut();
            names
                .filter_map(|group| group.name.as_mut())
                .for_each(replace);
        }
        let summary = report.summary.iter_mut().map(|feature| &mut feature.name);
        let unscored = report.unscored.iter_mut().map(|reason| &mut reason.column);
        let timeline = report
            .timeline
            .iter_mut()
            .map(|timeline| &mut timeline.column);
        summary.chain(unscored).chain(timeline).for_each(replace);
        if let Some(metrics) = &mut report.metrics {
            replace(&mut metrics.label.column);
            metrics.label.anomalies.iter_mut().for_each(replace);
        }
        for count in &mut report.known {
            count.known = self.known(&count.known);
        }
        report
    }

    /// Returns a scatter plot with pseudonyms in the names of its axes.
    pub fn scatter(&self, scatter: &Scatter) -> Scatter {
        let mut scatter = scatter.clone();
        for axis in [&mut scatter.x, &mut scatter.y] {
            for name in [&mut axis.column, &mut axis.title] {
                *name = self.text(name).into_owned();
            }
        }
        scatter
    }

    /// Returns an entry of the allow-list with pseudonyms, as it covers them in an anonymised log.
    pub fn known(&self, known: &Known) -> Known {
        let subject = match &known.subject {
            Subject::Source(text) => Subject::Source(self.text(text).into_owned()),
            Subject::Rule(text) => Subject::Rule(self.text(text).into_owned()),
            Subject::Network(network) => {
                let pseudonym = self.text(&network.trunc().to_string()).parse();
                // the network of all addresses of a family is its own pseudonym
                Subject::Network(pseudonym.unwrap_or(*network))
            }
        };
        Known {
            subject,
            reason: self.text(&known.reason).into_owned(),
        }
    }

    /// Returns a picture with pseudonyms in the texts of its distributions and flows; its other parts stay as they are.
    pub fn picture(&self, picture: &Picture) -> Picture {
        let mut picture = picture.clone();
        let hide = |text: &mut String| *text = self.text(text).into_owned();
        let columns = picture.distributions.iter_mut();
        columns.map(|of| &mut of.column).for_each(hide);
        if let Some(flows) = &mut picture.flows {
            hide(&mut flows.columns.0);
            hide(&mut flows.columns.1);
            let ends = flows.sources.iter_mut().chain(&mut flows.destinations);
            ends.flatten().for_each(hide);
        }
        picture
    }

    /// Flips each of the first `n_bits` bits, or not, as the bits before it and the key decide.
    fn address(&self, kind: Kind, bits: u128, n_bits: u8) -> u128 {
        let flips = (0..n_bits).fold(0, |flips, i| {
            let prefix = bits & !u128::MAX.checked_shr(u32::from(i)).unwrap_or(0);
            let flip = self.random(kind, i, prefix) & 1;
            flips | u128::from(flip) << (127 - i)
        });
        bits ^ flips
    }

    fn random(&self, kind: Kind, step: u8, value: u128) -> u64 {
        let mut message = [0; 18];
        (message[0], message[1]) = (kind as u8, step);
        message[2..].copy_from_slice(&value.to_le_bytes());
        self.random.hash(&message)
    }

    /// The end of an IPv4 address that begins here, with what is to stand in its place.
    fn ipv4(&self, text: &str, at: usize) -> Option<(usize, String)> {
        let bytes = text.as_bytes();
        if !bytes[at].is_ascii_digit() || is_digit_before(bytes, at) {
            return None;
        }
        let separator = match octet(bytes, at) {
            Some((end, _)) if bytes.get(end) == Some(&b'.') => b'.',
            Some((end, _)) if bytes.get(end) == Some(&b'-') && is_host_of_aws(bytes, at) => b'-',
            _ => return None,
        };
        let (mut octets, mut end) = ([0; 4], at);
        for (i, value) in octets.iter_mut().enumerate() {
            if i > 0 {
                end = (bytes.get(end) == Some(&separator)).then_some(end + 1)?;
            }
            (end, *value) = octet(bytes, end)?;
        }
        let original = Ipv4Addr::from(octets);
        let mut pseudonym = self.ipv4_address(original);
        if let Some(mask) = network_bits(bytes, end, 32) {
            let mask = (mask >> 96) as u32;
            if original.to_bits() & !mask == 0 {
                pseudonym = Ipv4Addr::from_bits(pseudonym.to_bits() & mask);
            }
        }
        let pseudonym = pseudonym.to_string();
        Some((
            end,
            match separator {
                b'-' => pseudonym.replace('.', "-"),
                _ => pseudonym,
            },
        ))
    }

    /// The same of an IPv6 address.
    fn ipv6(&self, text: &str, at: usize) -> Option<(usize, String)> {
        let bytes = text.as_bytes();
        let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        if !(bytes[at].is_ascii_hexdigit() || bytes[at] == b':')
            || at > 0 && bytes[at - 1].is_ascii_alphanumeric()
        {
            return None;
        }
        let n = bytes[at..]
            .iter()
            .take(MAX_IPV6_CHARS)
            .take_while(|byte| is_part(byte))
            .count();
        let run = &text[at..at + n];
        if !run.contains("::") && run.bytes().filter(|&byte| byte == b':').count() < 6 {
            return None;
        }
        let (length, original) = (2..=n).rev().find_map(|length| {
            let is_whole = !bytes
                .get(at + length)
                .is_some_and(u8::is_ascii_alphanumeric);
            let address = run[..length].parse::<Ipv6Addr>().ok()?;
            (is_whole && !address.is_unspecified()).then_some((length, address))
        })?;
        let mut pseudonym = self.ipv6_address(original);
        if let Some(mask) = network_bits(bytes, at + length, 128)
            && original.to_bits() & !mask == 0
        {
            pseudonym = Ipv6Addr::from_bits(pseudonym.to_bits() & mask);
        }
        Some((at + length, pseudonym.to_string()))
    }

    /// The same of an account number.
    fn account(&self, text: &str, at: usize) -> Option<(usize, String)> {
        let bytes = text.as_bytes();
        if !bytes[at].is_ascii_digit() || is_digit_before(bytes, at) {
            return None;
        }
        let n_digits = digits(bytes, at);
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let after = at + n_digits;
        let is_decimal = at > 1 && bytes[at - 1] == b'.' && is_digit(at - 2)
            || bytes.get(after) == Some(&b'.') && is_digit(after + 1);
        if n_digits == ACCOUNT_DIGITS && !is_decimal {
            let end = at + n_digits;
            let number = text[at..end].parse().ok()?;
            return Some((end, format!("{:012}", self.account_number(number))));
        }
        let end = at + 14;
        let is_hyphenated = n_digits == 4
            && bytes.get(at + 4) == Some(&b'-')
            && digits(bytes, at + 5) == 4
            && bytes.get(at + 9) == Some(&b'-')
            && digits(bytes, at + 10) == 4
            && !(at > 0 && bytes[at - 1] == b'-')
            && bytes.get(end) != Some(&b'-');
        if !is_hyphenated {
            return None;
        }
        let number = text[at..end].replace('-', "").parse().ok()?;
        let pseudonym = format!("{:012}", self.account_number(number));
        let parts = [&pseudonym[..4], &pseudonym[4..8], &pseudonym[8..]];
        Some((end, parts.join("-")))
    }
}

fn is_digit_before(bytes: &[u8], at: usize) -> bool {
    at > 0 && bytes[at - 1].is_ascii_digit()
}

/// The number of digits from here on.
fn digits(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The end and the value of one to three digits, at most 255, leading zeros allowed.
fn octet(bytes: &[u8], at: usize) -> Option<(usize, u8)> {
    let n = digits(bytes, at);
    if !(1..=3).contains(&n) {
        return None;
    }
    let value = std::str::from_utf8(&bytes[at..at + n]).ok()?.parse().ok()?;
    Some((at + n, value))
}

/// Whether what stands before is how AWS begins the names of hosts by their address.
fn is_host_of_aws(bytes: &[u8], at: usize) -> bool {
    let before = &bytes[..at];
    before.ends_with(b"ip-") || before.ends_with(b"ec2-")
}

/// The mask of a network's length that stands here after a slash, in the leading bits.
fn network_bits(bytes: &[u8], at: usize, n_bits: u32) -> Option<u128> {
    let Range { start, end } = at + 1..at + 1 + digits(bytes, at + 1);
    if bytes.get(at) != Some(&b'/') || !(1..=3).contains(&(end - start)) {
        return None;
    }
    let length: u32 = std::str::from_utf8(&bytes[start..end]).ok()?.parse().ok()?;
    (length <= n_bits).then(|| !u128::MAX.checked_shr(length).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn anonymiser() -> Anonymiser {
        Anonymiser::new(&Key::from_bytes(*b"0123456789abcdef"))
    }

    fn v4(text: &str) -> String {
        let address: Ipv4Addr = text.parse().expect("an address");
        anonymiser().ipv4_address(address).to_string()
    }

    fn v6(text: &str) -> String {
        let address: Ipv6Addr = text.parse().expect("an address");
        anonymiser().ipv6_address(address).to_string()
    }

    fn shared(a: u128, b: u128) -> u32 {
        (a ^ b).leading_zeros()
    }

    #[test]
    fn finds_addresses_wherever_they_stand() {
        let (a, b) = (v4("10.0.0.1"), v4("8.8.4.4"));
        let (c, d) = (v6("2001:db8::1"), v6("fe80::1"));
        let dashes = a.replace('.', "-");
        let cases = [
            ("10.0.0.1".to_owned(), a.clone()),
            (
                "10.0.0.1:443 to 8.8.4.4".to_owned(),
                format!("{a}:443 to {b}"),
            ),
            (
                "http://8.8.4.4/a?from=10.0.0.1&x=1".to_owned(),
                format!("http://{b}/a?from={a}&x=1"),
            ),
            ("010.000.000.001".to_owned(), a.clone()),
            ("x10.0.0.1.".to_owned(), format!("x{a}.")),
            ("10.0.0.1.443".to_owned(), format!("{a}.443")),
            (
                "ip-10-0-0-1.ec2.internal".to_owned(),
                format!("ip-{dashes}.ec2.internal"),
            ),
            ("[2001:db8::1]:443".to_owned(), format!("[{c}]:443")),
            ("2001:0DB8:0:0:0:0:0:1".to_owned(), c.clone()),
            (
                "from 2001:db8::1, then fe80::1%eth0.".to_owned(),
                format!("from {c}, then {d}%eth0."),
            ),
            ("::ffff:10.0.0.1".to_owned(), format!("::ffff:{a}")),
            ("Größe 10.0.0.1 ✓".to_owned(), format!("Größe {a} ✓")),
        ];
        for (text, expected) in cases {
            assert_eq!(anonymiser().text(&text), expected, "{text}");
        }
    }

    #[test]
    fn leaves_other_text_alone() {
        for text in [
            "",
            "Suspicious",
            "2024-04-25T23:10:00+00:00",
            "2024-04-25 23:10:00.123456",
            "256.1.1.1 is none",
            "1.2.3",
            "std::vector",
            "a :: b",
            "00:1a:2b:3c:4d:5e",
            "12345678901",
            "1234567890123",
            "0.123456789012",
            "123456789012.5",
            "1-2-3-4",
            "DE, US",
        ] {
            assert!(
                matches!(anonymiser().text(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn a_network_holds_the_pseudonyms_of_its_members() {
        let network = anonymiser().text("10.20.0.0/16").into_owned();
        let (base, length) = network.split_once('/').expect("a network");
        let base: Ipv4Addr = base.parse().expect("an address");
        let member: Ipv4Addr = v4("10.20.7.9").parse().expect("an address");
        assert_eq!(length, "16");
        assert_eq!(member.to_bits() & 0xffff_0000, base.to_bits());
        let network = anonymiser().text("2001:db8::/32").into_owned();
        let base: Ipv6Addr = network
            .strip_suffix("/32")
            .expect("a network")
            .parse()
            .expect("an address");
        let member: Ipv6Addr = v6("2001:db8:7::9").parse().expect("an address");
        assert_eq!(member.to_bits() >> 96 << 96, base.to_bits());
    }

    #[test]
    fn account_numbers_in_names_of_resources() {
        let account = format!("{:012}", anonymiser().account_number(123_456_789_012));
        assert_ne!(account, "123456789012");
        for (text, expected) in [
            (
                "arn:aws:iam::123456789012:user/eve",
                format!("arn:aws:iam::{account}:user/eve"),
            ),
            ("123456789012", account.clone()),
            (
                "1234-5678-9012",
                format!("{}-{}-{}", &account[..4], &account[4..8], &account[8..]),
            ),
        ] {
            assert_eq!(anonymiser().text(text), expected);
        }
    }

    #[test]
    fn no_two_originals_have_one_pseudonym() {
        let anonymiser = anonymiser();
        let v4: HashSet<Ipv4Addr> = (0..1 << 16)
            .map(|i| anonymiser.ipv4_address(Ipv4Addr::from_bits(0x0a01_0000 + i)))
            .collect();
        let accounts: HashSet<u64> = (0..1 << 16)
            .map(|i| anonymiser.account_number(i * 9_999_991))
            .collect();
        assert_eq!((v4.len(), accounts.len()), (1 << 16, 1 << 16));
    }

    #[test]
    fn a_pass_phrase_gives_the_key_that_python_gives() {
        // hashlib.pbkdf2_hmac("sha256", phrase, salt, 600000, 16).hex()
        let key = Key::from_pass_phrase("correct horse battery staple");
        assert_eq!(
            key.0,
            [
                0xe4, 0x82, 0xd3, 0x1e, 0x3f, 0x9e, 0xff, 0xbe, 0x84, 0xf4, 0x32, 0x8d, 0xc3, 0x40,
                0x0e, 0x75
            ]
        );
        assert_eq!(format!("{key:?}"), "Key(..)");
    }

    proptest! {
        #[test]
        fn ipv4_prefixes_are_kept_exactly(a in any::<u32>(), b in any::<u32>(), n in 0_u32..=32) {
            // the second address shares at least n bits with the first
            let b = a ^ b.checked_shr(n).unwrap_or(0);
            let of = |bits| anonymiser().ipv4_address(Ipv4Addr::from_bits(bits)).to_bits();
            prop_assert_eq!((a ^ b).leading_zeros(), (of(a) ^ of(b)).leading_zeros());
        }

        #[test]
        fn ipv6_prefixes_are_kept_exactly(a in any::<u128>(), b in any::<u128>(), n in 0_u32..=128) {
            let (a, b) = (a | 1 << 127, b & !(1 << 127));
            let b = a ^ b.checked_shr(n).unwrap_or(0);
            let of = |bits| anonymiser().ipv6_address(Ipv6Addr::from_bits(bits)).to_bits();
            prop_assert_eq!(shared(a, b), shared(of(a), of(b)));
        }

        #[test]
        fn any_text_survives(text in "[0-9a-f:./\\-x é]{0,60}") {
            let once = anonymiser().text(&text).into_owned();
            prop_assert_eq!(anonymiser().text(&text).into_owned(), once);
        }

        /// One colon at most follows: two would be an address of their own.
        #[test]
        fn an_address_in_a_text_has_its_pseudonym(
            a in any::<u32>(),
            before in "[a-z =\"(]{0,5}",
            after in "[ ,;)\"/a-z]{0,2}:?[ ,;)\"/a-z]{0,2}",
        ) {
            let address = Ipv4Addr::from_bits(a);
            prop_assert_eq!(
                anonymiser().text(&format!("{before}{address}{after}")).into_owned(),
                format!("{before}{}{after}", anonymiser().ipv4_address(address))
            );
        }
    }
}
