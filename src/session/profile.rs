//! What is said of one value, such as a source, from the picture of its sessions.

use super::chips::{Value, moment_text};
use crate::charts::format::{format_bytes, format_count};
use crate::filter::Subject;
use crate::report::Picture;
use crate::table::is_pandas_missing;
use crate::traffic::{ColumnSummary, Role};

/// A fact about a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// What is known of it.
    pub text: String,
}

/// Returns what a value is on an allow-list, if a value of a column with this part can be on one.
pub fn subject(role: Role, value: &Value) -> Option<Subject> {
    match (role, value) {
        (Role::SourceIp, Value::Text(Some(source))) => Some(Subject::Source(source.clone())),
        (Role::SourceIp, Value::Network(network)) => network.parse().ok().map(Subject::Network),
        (Role::Rule, Value::Text(Some(rule))) => Some(Subject::Rule(rule.clone())),
        _ => None,
    }
}

/// Returns the value that a cell of a row stands for, if it is one that has a profile.
pub fn value_of_cell(column: &ColumnSummary, cell: &str) -> Option<Value> {
    let has_profile = matches!(
        column.role?,
        Role::SourceIp
            | Role::DestinationIp
            | Role::Country
            | Role::Rule
            | Role::Protocol
            | Role::UserAgent
    );
    let is_missing = cell == "-" || is_pandas_missing(cell);
    if !has_profile || !column.is_kept() || is_missing {
        return None;
    }
    let text = match column.role {
        Some(Role::Country) => cell.to_uppercase(),
        _ => cell.to_owned(),
    };
    Some(Value::Text(Some(text)))
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
    use crate::report::{Axis, Histogram, Query, ScatterQuery, SourcesBy, Totals, Unit};
    use crate::session::tests::empty_scatter;
    use crate::table::{Kind, Noted, Reason, Tally};

    #[test]
    fn only_sources_and_rules_can_be_known() {
        let text = |text: &str| Value::Text(Some(text.to_owned()));
        let network = Value::Network("10.0.0.0/24".to_owned());
        let of = |role, value: &Value| subject(role, value).map(|subject| subject.to_string());
        assert_eq!(
            of(Role::SourceIp, &text("10.0.0.1")).as_deref(),
            Some("10.0.0.1")
        );
        assert_eq!(of(Role::SourceIp, &network).as_deref(), Some("10.0.0.0/24"));
        assert_eq!(of(Role::Rule, &text("Scan")).as_deref(), Some("Scan"));
        assert_eq!(of(Role::Country, &text("DE")), None);
        assert_eq!(of(Role::SourceIp, &Value::Text(None)), None);
    }

    #[test]
    fn cells_of_grouped_texts_have_a_profile() {
        let column = |role, kind: &str| ColumnSummary {
            name: "x".to_owned(),
            kind: kind.to_owned(),
            role,
            missing: Tally::default(),
            malformed: Noted::default(),
            otherwise: Noted::default(),
            placeholders: Noted::default(),
            reading: Kind::Text,
            reason: Reason::PLAIN,
        };
        let country = column(Some(Role::Country), "text, 3 values");
        let text = |text: &str| Some(Value::Text(Some(text.to_owned())));
        assert_eq!(value_of_cell(&country, "de"), text("DE"));
        for missing in ["", "-", "NaN"] {
            assert_eq!(value_of_cell(&country, missing), None);
        }
        let source = column(Some(Role::SourceIp), "text, 3 values");
        assert_eq!(value_of_cell(&source, "2001:db8::a"), text("2001:db8::a"));
        for column in [
            column(Some(Role::SourceIp), "free text, too many values to group"),
            column(Some(Role::BytesIn), "numbers"),
            column(None, "text, 3 values"),
        ] {
            assert_eq!(value_of_cell(&column, "10.0.0.1"), None);
        }
    }

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
            scatter: empty_scatter(axis(), axis()),
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
