//! What is said of one value, such as a source, from the picture of its sessions.

use super::chips::moment_text;
use crate::charts::format::{format_bytes, format_count};
use crate::report::Picture;

/// A fact about a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// What is known of it.
    pub text: String,
}

/// Returns what is known of the sessions in a picture, times in its zone.
pub fn facts(picture: &Picture) -> Vec<Fact> {
    let totals = &picture.totals;
    let zone = &picture.query.zone;
    let mut facts = vec![
        ("Sessions", format_count(totals.n_sessions)),
        (
            "Suspicious",
            match (totals.n_flagged, totals.n_sessions) {
                (0, _) | (_, 0) => format_count(totals.n_flagged),
                (flagged, all) => format!(
                    "{} ({:.1} %)",
                    format_count(flagged),
                    flagged as f64 / all as f64 * 100.0
                ),
            },
        ),
    ];
    if totals.n_known > 0 {
        facts.push(("On the allow-list", format_count(totals.n_known)));
    }
    if totals.n_unscored > 0 {
        facts.push(("Not scored", format_count(totals.n_unscored)));
    }
    if let Some((first, last)) = totals.period_micros {
        facts.push(("First seen", moment_text(first, zone)));
        facts.push(("Last seen", moment_text(last, zone)));
    }
    let bytes = [
        ("Bytes in", totals.bytes_in),
        ("Bytes out", totals.bytes_out),
    ];
    let known = bytes
        .into_iter()
        .filter_map(|(name, bytes)| Some((name, format_bytes(bytes?))));
    facts.extend(known);
    facts
        .into_iter()
        .map(|(name, text)| Fact { name, text })
        .collect()
}
