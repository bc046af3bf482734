//! The allow-list as people type and read it.

use super::Problem;
use crate::charts::format::format_count;
use crate::filter::{Known, KnownCount, Subject, SubjectError, SubjectKind};

/// Reads an entry of the allow-list as it was typed.
///
/// # Errors
/// In words, if the value is none of its kind or there is no reason.
pub fn parse_known(kind: SubjectKind, value: &str, reason: &str) -> Result<Known, Problem> {
    let subject = Subject::parse(kind, value).map_err(|error| subject_problem(&error))?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Problem::setting(
            "There is no reason.",
            "Say in a few words why it is not suspicious: whoever reads the result will ask.",
        ));
    }
    Ok(Known {
        subject,
        reason: reason.to_owned(),
    })
}

fn subject_problem(error: &SubjectError) -> Problem {
    match error {
        SubjectError::Empty { kind } => Problem::setting(
            format!("There is no {}.", kind.name()),
            match kind {
                SubjectKind::Source => "Type an address such as 198.51.100.7.",
                SubjectKind::Network => "Type a network such as 10.0.0.0/8 or 2001:db8::/32.",
                SubjectKind::Rule => "Type the rule as it stands in the log.",
            },
        ),
        SubjectError::IsNetwork { text } => Problem::setting(
            format!("“{text}” is a network, not a source."),
            "Choose Network, or type a single address.",
        ),
        SubjectError::NoAddress { text } => Problem::setting(
            format!("“{text}” is no address."),
            "Type one such as 198.51.100.7 or 2001:db8::1.",
        ),
        SubjectError::NoNetwork { text } => Problem::setting(
            format!("“{text}” is no network."),
            "Type one in CIDR notation, such as 10.0.0.0/8 or 2001:db8::/32.",
        ),
    }
}

/// Says what an entry of the allow-list covers.
pub fn known_text(count: &KnownCount) -> String {
    let sessions = |n: u64| match n {
        1 => "1 session".to_owned(),
        n => format!("{} sessions", format_count(n)),
    };
    match (count.n_sessions, count.n_below) {
        (None, _) => "This log has no column that could tell.".to_owned(),
        (Some(0), _) => "No session of this log.".to_owned(),
        (Some(n), 0) => format!("{}, none below the threshold.", sessions(n)),
        (Some(n), below) => format!(
            "{}, of which {} below the threshold and not counted.",
            sessions(n),
            match below {
                1 => "1 is".to_owned(),
                below => format!("{} are", format_count(below)),
            }
        ),
    }
}

/// Names an entry of the allow-list with its reason, and says what it covers.
pub fn known_entry(count: &KnownCount) -> String {
    let Known { subject, reason } = &count.known;
    let kind = subject.kind().name();
    format!("The {kind} {subject}: {reason}. {}", known_text(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_needs_a_fitting_value_and_a_reason() {
        let what = |kind, value, reason| {
            parse_known(kind, value, reason)
                .expect_err("a problem")
                .what
        };
        assert_eq!(what(SubjectKind::Rule, "", "r"), "There is no rule.");
        assert_eq!(
            what(SubjectKind::Source, "10.0.0.0/8", "r"),
            "“10.0.0.0/8” is a network, not a source."
        );
        assert_eq!(
            what(SubjectKind::Network, "10.0.0.0", "r"),
            "“10.0.0.0” is no network."
        );
        assert_eq!(
            what(SubjectKind::Source, "10.0.0.1", " "),
            "There is no reason."
        );
        let known = parse_known(SubjectKind::Network, " 10.1.0.0/8", " ours ").expect("an entry");
        assert_eq!(
            (known.subject.to_string(), known.reason),
            ("10.0.0.0/8".to_owned(), "ours".to_owned())
        );
    }
}
