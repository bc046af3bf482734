//! Logs whose fields are separated by blanks, and others that are lines but no table: told by what their lines look like, so that
//! the page can say what they are.

use serde::{Deserialize, Serialize};

use super::shape::Shape;
use super::{Delimiter, names_columns};

/// Lines that are looked at.
const SNIFFED_LINES: usize = 50;

/// Fields of a line of blanks from which on it is taken for a record, and from which on for one of a kind.
const MIN_FIELDS: usize = 3;
const MIN_FIELDS_OF_KIND: usize = 4;

/// A log of lines that is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineLog {
    /// AWS VPC flow records.
    VpcFlow,
    /// Requests to an AWS application, network or classic load balancer.
    LoadBalancer,
    /// Requests to a web server in the common or combined format, as Apache and nginx write it.
    Access,
    /// Requests to an AWS S3 bucket.
    S3Access,
    /// The W3C's extended format, as IIS writes it: `#Fields:`, and blanks between fields.
    W3c,
    /// Messages of syslog.
    Syslog,
    /// `key=value` pairs, as FortiGate writes them.
    KeyValue,
    /// Lines of a table that are each one quoted text.
    QuotedLines,
    /// Any other lines of as many fields with blanks between them.
    Blanks,
}

impl LineLog {
    /// Returns what the file is, with an article.
    pub fn name(self) -> &'static str {
        match self {
            Self::VpcFlow => "an AWS VPC flow log (fields separated by blanks)",
            Self::LoadBalancer => {
                "an access log of an AWS load balancer (fields separated by blanks)"
            }
            Self::Access => {
                "an access log of a web server such as nginx or Apache (fields separated by blanks)"
            }
            Self::S3Access => "an AWS S3 access log (fields separated by blanks)",
            Self::W3c => "a W3C extended log, as IIS writes it (fields separated by blanks)",
            Self::Syslog => "messages of syslog",
            Self::KeyValue => "a log of key=value pairs, as FortiGate writes it",
            Self::QuotedLines => "a table of which each whole line is in quotes",
            Self::Blanks => "lines of fields separated by blanks",
        }
    }

    /// Tells a log by its lines: of at least half of them the same must be true.
    pub(super) fn of_lines(text: &[u8]) -> Option<LineLog> {
        const RULES: [(LineLog, Rule); 6] = [
            (LineLog::S3Access, |line| line.is_s3_access()),
            (LineLog::Access, |line| line.is_access()),
            (LineLog::LoadBalancer, |line| line.is_load_balancer()),
            (LineLog::VpcFlow, |line| line.is_vpc_flow()),
            (LineLog::KeyValue, |line| line.is_key_value()),
            (LineLog::Syslog, |line| line.is_syslog()),
        ];
        let lines: Vec<Line<'_>> = lines(text).take(SNIFFED_LINES).collect();
        let is_most = |is: &dyn Fn(&Line<'_>) -> bool| {
            let n = lines.iter().filter(|line| is(line)).count();
            n > 0 && n * 2 >= lines.len()
        };
        if let Some(n_names) = n_names_of_comment(text)
            && is_most(&|line| !line.text.contains(&b'\t') && line.words.len() == n_names)
        {
            return Some(LineLog::W3c);
        }
        let found = RULES.into_iter().find(|(_, is)| is_most(is));
        found.map(|(log, _)| log)
    }

    /// Whether lines that no delimiter splits are so because each is in quotes as a whole.
    pub(super) fn are_quoted(text: &[u8]) -> bool {
        let lines: Vec<Line<'_>> = lines(text).take(SNIFFED_LINES).collect();
        let within = lines.iter().filter_map(|line| {
            let text = line.text.strip_prefix(b"\"")?;
            text.strip_suffix(b"\"")
        });
        let within: Vec<&[u8]> = within.collect();
        let is_split = |delimiter: Delimiter| {
            let n_fields = |line: &&[u8]| line.split(|&byte| byte == delimiter.byte()).count();
            let (n_fields, n) = super::mass(within.iter().map(n_fields));
            n_fields > 1 && n * 2 > lines.len()
        };
        lines.len() > 1 && Delimiter::ALL.into_iter().any(is_split)
    }

    /// Whether lines that no delimiter splits are fields with blanks between them: equally many, some of them values.
    pub(super) fn are_blanks(text: &[u8]) -> bool {
        let lines: Vec<Line<'_>> = lines(text).take(SNIFFED_LINES).collect();
        let (n_fields, n) = super::mass(lines.iter().map(|line| line.words.len()));
        let n_typed = lines.iter().filter(|line| line.n_typed() >= 2).count();
        lines.len() > 1
            && n_fields >= MIN_FIELDS
            && n * 5 >= lines.len() * 4
            && n_typed * 2 >= lines.len()
    }
}

/// What is asked of a line.
type Rule = fn(&Line<'_>) -> bool;

/// A line and its words, of which one in quotes may hold blanks.
struct Line<'t> {
    text: &'t [u8],
    words: Vec<&'t [u8]>,
}

/// Returns the lines that are neither blank nor comments.
fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let is_line = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"#");
    lines.filter(is_line).map(|text| Line {
        text,
        words: words(text),
    })
}

fn words(text: &[u8]) -> Vec<&[u8]> {
    let mut is_quoted = false;
    let words = text.split(|&byte| {
        is_quoted ^= byte == b'"';
        byte == b' ' && !is_quoted
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// Returns how many columns a comment `#Fields:` names.
fn n_names_of_comment(text: &[u8]) -> Option<usize> {
    let mut lines = text.split(|&byte| byte == b'\n');
    let comment = lines.find(|line| names_columns(line))?;
    let words = comment.split(u8::is_ascii_whitespace);
    Some(words.skip(1).filter(|word| !word.is_empty()).count())
}

impl Line<'_> {
    /// Whether no delimiter lies before the words in quotes.
    fn is_undelimited(&self) -> bool {
        let words = self.words.iter().filter(|word| !word.contains(&b'"'));
        !words
            .copied()
            .flatten()
            .any(|byte| matches!(byte, b'\t' | b';' | b'|'))
            && !self.words.first().is_some_and(|word| word.contains(&b','))
    }

    fn n_typed(&self) -> usize {
        let is_typed = |word: &&&[u8]| Shape::of(word).is_typed();
        self.words.iter().filter(is_typed).count()
    }

    fn n_addresses(&self) -> usize {
        let is_address = |word: &&&[u8]| Shape::of(word) == Shape::Address;
        self.words.iter().filter(is_address).count()
    }

    fn has_any(&self, wanted: &[&str]) -> bool {
        let mut words = self.words.iter();
        words.any(|word| wanted.iter().any(|wanted| word == &wanted.as_bytes()))
    }

    /// Whether a word is `[10/Oct/2024:13:55:36`.
    fn is_clf_time(word: &[u8]) -> bool {
        matches!(
            word,
            [b'[', d, e, b'/', m, _, _, b'/', _, _, _, _, b':', ..]
                if d.is_ascii_digit() && e.is_ascii_digit() && m.is_ascii_alphabetic()
        )
    }

    fn is_access(&self) -> bool {
        let time = self.words.iter().position(|word| Line::is_clf_time(word));
        time.is_some_and(|at| at >= 2) && self.is_undelimited()
    }

    fn is_s3_access(&self) -> bool {
        let is_owner = |word: &&[u8]| word.len() == 64 && word.iter().all(u8::is_ascii_hexdigit);
        self.words.first().is_some_and(is_owner)
            && self
                .words
                .get(2)
                .is_some_and(|word| Line::is_clf_time(word))
    }

    fn is_load_balancer(&self) -> bool {
        const KINDS: [&str; 7] = ["http", "https", "h2", "grpcs", "ws", "wss", "tls"];
        let is_time = |at: usize| {
            let word = self.words.get(at).copied().unwrap_or_default();
            word.contains(&b'T') && Shape::of(word) == Shape::Stamp
        };
        let first = self.words.first().copied().unwrap_or_default();
        let is_kind = KINDS.iter().any(|kind| first == kind.as_bytes());
        let is_newer = is_kind && (is_time(1) || is_time(2));
        let is_classic = is_time(0) && self.n_addresses() > 0 && self.text.ends_with(b"\"");
        let is_classic = is_classic || (is_time(0) && self.n_addresses() == 2);
        self.words.len() >= 10 && (is_newer || is_classic) && self.is_undelimited()
    }

    fn is_vpc_flow(&self) -> bool {
        let is_header = self.has_any(&["srcaddr"]) && self.has_any(&["dstaddr"]);
        let has_status = self.has_any(&["OK", "NODATA", "SKIPDATA", "ACCEPT", "REJECT"]);
        let has_interface = self.words.iter().any(|word| word.starts_with(b"eni-"));
        let is_record = has_status && (has_interface || self.n_addresses() >= 2);
        self.words.len() >= MIN_FIELDS_OF_KIND
            && (is_header || is_record)
            && !self.text.contains(&b',')
            && self.is_undelimited()
    }

    fn is_key_value(&self) -> bool {
        let is_pair = |word: &&&[u8]| {
            let key = word.split(|&byte| byte == b'=').next().unwrap_or_default();
            let is_of_key =
                |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            !key.is_empty() && key.len() < word.len() && key.iter().all(is_of_key)
        };
        let n_pairs = self.words.iter().filter(is_pair).count();
        n_pairs >= MIN_FIELDS_OF_KIND && n_pairs * 5 >= self.words.len() * 4
    }

    fn is_syslog(&self) -> bool {
        const MONTHS: [&[u8]; 12] = [
            b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
            b"Dec",
        ];
        let mut words = self.words.iter().copied();
        let first = words.next().unwrap_or_default();
        // `<34>Oct` and `<165>1`
        let first = match first.iter().position(|&byte| byte == b'>') {
            Some(end) if first.starts_with(b"<") => &first[end + 1..],
            _ => first,
        };
        let [second, third] = [words.next(), words.next()].map(Option::unwrap_or_default);
        let is_clock = third.len() == 8 && third[2] == b':' && third[5] == b':';
        let is_old = MONTHS.contains(&first) && second.len() <= 2 && is_clock;
        let is_tag =
            |word: &&[u8]| word.ends_with(b"]:") || (word.len() > 1 && word.ends_with(b":"));
        let begins_with_time = first.contains(&b'T') && Shape::of(first) == Shape::Stamp;
        let is_new = begins_with_time && is_tag(&third) && !second.contains(&b',');
        let is_newest = self.text.starts_with(b"<") && first == b"1" && second.contains(&b'T');
        is_old || is_new || is_newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_told_by_their_lines() {
        let owner = "0".repeat(64);
        let s3 = format!(
            "{owner} bucket [10/Oct/2024:13:55:36 +0000] 192.0.2.3 - 3E57 REST.GET.OBJECT a.txt \"GET /a HTTP/1.1\" 200 - 5 5 7 6 \"-\" \"curl\" -"
        );
        for (log, line) in [
            (
                LineLog::VpcFlow,
                "2 123456789012 eni-0123 192.0.2.1 198.51.100.2 443 50123 6 10 840 1710123951 1710123999 ACCEPT OK",
            ),
            (
                LineLog::VpcFlow,
                "2 123456789012 eni-0123 - - - - - - - 1710123951 1710123999 - NODATA",
            ),
            (LineLog::VpcFlow, "192.0.2.1 198.51.100.2 840 REJECT"),
            (
                LineLog::LoadBalancer,
                "h2 2024-03-11T01:30:28.703123Z app/web/0123 192.0.2.1:40066 198.51.100.2:443 0.001 1.2 0.0 200 200 632 11322 \"GET https://a/ HTTP/2.0\" \"x; y\" - -",
            ),
            (
                LineLog::LoadBalancer,
                "tls 2.0 2024-03-11T01:30:28 net/web/0123 01 192.0.2.1:40066 198.51.100.2:443 5 2 98 246 - - - ECDHE tlsv12 - a - - - 2024",
            ),
            (
                LineLog::LoadBalancer,
                "2024-03-11T01:30:28.703123Z web 192.0.2.1:40066 198.51.100.2:80 0.01 0.02 0.03 200 200 0 57 \"GET http://a:80/ HTTP/1.1\" \"curl\" - -",
            ),
            (
                LineLog::Access,
                "192.0.2.1 - - [10/Oct/2024:13:55:36 +0200] \"GET /a,b;c HTTP/1.1\" 200 5 \"-\" \"Mozilla/5.0 (X11; Linux)\"",
            ),
            (
                LineLog::Access,
                "a.example.org 192.0.2.1 - ann [10/Oct/2024:13:55:36 +0200] \"\\x03\\x00\" 400 -",
            ),
            (LineLog::S3Access, s3.as_str()),
            (
                LineLog::Syslog,
                "Mar  1 05:04:53 fw01 sshd[123]: Failed password for root, again, from 192.0.2.1",
            ),
            (LineLog::Syslog, "<34>Oct 11 22:14:15 fw01 su: failed"),
            (
                LineLog::Syslog,
                "<165>1 2024-03-11T05:04:53Z fw01 app 1 ID47 - text",
            ),
            (
                LineLog::Syslog,
                "2024-03-11T05:04:53.1+00:00 fw01 sshd[123]: text",
            ),
            (
                LineLog::KeyValue,
                "date=2024-03-11 time=05:04:53 devname=\"a b\" srcip=192.0.2.1 sentbyte=5 msg=\"x, y\"",
            ),
        ] {
            let text = format!("{line}\n").repeat(5);
            assert_eq!(LineLog::of_lines(text.as_bytes()), Some(log), "{line}");
        }
        let iis = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time c-ip sc-status\n2024-03-11 05:04:53 192.0.2.1 200\n";
        assert_eq!(LineLog::of_lines(iis.as_bytes()), Some(LineLog::W3c));
        let header = "version srcaddr dstaddr srcport bytes start action log-status\n2 192.0.2.1 198.51.100.2 443 840 1710123951 ACCEPT OK\n";
        assert_eq!(LineLog::of_lines(header.as_bytes()), Some(LineLog::VpcFlow));
        assert!(LineLog::are_blanks(
            b"time host bytes code\n1 a 5 6\n2 b 7 8\n3 c 9 1\n"
        ));
    }

    #[test]
    fn tables_are_none_of_them() {
        for line in [
            "2024-03-11T05:04:53Z,192.0.2.1,198.51.100.2,443,840,ACCEPT,OK",
            "2024-03-11 05:04:53,2 123456789012 eni-0123 192.0.2.1 198.51.100.2 443 50123 6 10 840 1 2 ACCEPT OK,all",
            "2024-03-11,\"192.0.2.1 - - [10/Oct/2024:13:55:36 +0200] \"\"GET / HTTP/1.1\"\" 200 5\"",
            "Mar 11 2024 05:04:53,192.0.2.1,5",
            "\"Mar 11, 2024 @ 00:33:05.827\",192.0.2.1,5",
            "1710132220.768000\tC04\t192.0.2.1\t50691\ttcp",
            "Traffic report of the edge firewall",
            "1;2;3",
        ] {
            let text = format!("{line}\n").repeat(5);
            assert_eq!(LineLog::of_lines(text.as_bytes()), None, "{line}");
        }
        let cloudfront = "#Version: 1.0\n#Fields: date time sc-bytes\n2024-03-11\t05:04:53\t5\n";
        assert_eq!(LineLog::of_lines(cloudfront.as_bytes()), None);
        assert!(LineLog::are_quoted(
            b"\"a,b\"\r\n\"1,2\"\r\n\"3,\"\"x\"\"\"\r\n"
        ));
        assert!(!LineLog::are_quoted(b"\"a\"\n\"1\"\n"));
        for text in [
            "alone\n1\n2\n",
            "a text of words\nanother text of words\n",
            "one 2 3 4\n",
        ] {
            assert!(!LineLog::are_blanks(text.as_bytes()), "{text}");
        }
    }
}
