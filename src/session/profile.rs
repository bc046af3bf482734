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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Axis, Histogram, Query, Scatter, ScatterQuery, SourcesBy, Totals, Unit};

    #[test]
    fn facts_leave_out_what_is_not_known() {
        let axis = || Axis {
            column: "bytes_in".to_owned(),
            title: "Bytes in".to_owned(),
            unit: Unit::Bytes,
            low: 0.0,
            high: 1.0,
        };
        let mut picture = Picture {
            query: Query {
                conditions: vec![],
                zone: "UTC".to_owned(),
                bucket_seconds: None,
                sources_by: SourcesBy::Address,
                scatter: ScatterQuery::default(),
            },
            totals: Totals {
                n_sessions: 8,
                n_flagged: 2,
                bytes_in: Some(1500.0),
                period_micros: Some((1_714_082_400_000_000, 1_714_082_401_500_000)),
                ..Totals::default()
            },
            groups: vec![],
            timeline: None,
            scatter: Scatter {
                x: axis(),
                y: axis(),
                normal: vec![],
                suspicious: vec![],
                n_normal: 0,
                n_suspicious: 0,
            },
            histogram: Histogram {
                low: -1.0,
                high: 0.0,
                normal: vec![],
                suspicious: vec![],
            },
            distributions: vec![],
            heatmap: None,
            flows: None,
        };
        let texts = |picture: &Picture| {
            facts(picture)
                .into_iter()
                .map(|fact| format!("{}: {}", fact.name, fact.text))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            texts(&picture),
            [
                "Sessions: 8",
                "Suspicious: 2 (25.0 %)",
                "First seen: 2024-04-25 22:00 UTC",
                "Last seen: 2024-04-25 22:00:01 UTC",
                "Bytes in: 1.5 kB",
            ]
        );
        picture.totals = Totals::default();
        assert_eq!(texts(&picture), ["Sessions: 0", "Suspicious: 0"]);
    }
}
