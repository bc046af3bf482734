//! A result to a report that is read, kept and printed: one HTML file that needs nothing else.
//!
//! Takes the [`Report`], the rows to list and what the page knows of the run; gives one document without script that
//! loads nothing, which its own Content Security Policy makes sure of. Every text of the log is escaped.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::anonymise::Anonymiser;
use super::figure::Figure;
use super::float;
use crate::charts::format::{fixed, format_bytes, format_count};
use crate::charts::{Scale, ScatterView};
use crate::features::statistics::Describe;
use crate::report::{GroupTable, Picture, Report, Silence};
use crate::table::format_time;
use crate::text::visible;

/// Suspicious rows that are listed.
pub const MAX_ROWS: usize = 500;

/// Groups of a column that are listed.
const MAX_GROUPS: usize = 20;

const STYLE: &str = include_str!("report.css");

/// What the page knows of a run, and the log does not say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cover {
    /// Name of the file.
    pub file_name: String,
    /// When the report is made, in microseconds since 1970-01-01 UTC.
    pub made_at_micros: i64,
    /// The time zone of charts and tables.
    pub zone: String,
    /// How the scatter plot's horizontal and vertical axis are scaled.
    pub scales: (Scale, Scale),
    /// Each setting with its value, in words.
    pub settings: Vec<(String, String)>,
    /// What is odd about the data, in sentences.
    pub notes: Vec<String>,
    /// How the file was read, in sentences.
    pub decisions: Vec<String>,
    /// What the allow-list holds, a sentence for each entry.
    pub known: Vec<String>,
}

/// A column of the file.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether it holds measured numbers or moments, which name nobody.
    pub is_measure: bool,
}

/// A suspicious row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Line of the file, from 1.
    pub line: u32,
    /// scikit-learn's `score_samples`.
    pub score: f64,
    /// What makes it stand apart, in sentences.
    pub why: String,
    /// How often other seeds flag it, in two words; `None` if none was tried.
    pub stability: Option<String>,
    /// The fields as they stand in the file.
    pub cells: Vec<String>,
}

/// Everything that a report is written from.
#[derive(Debug, Clone)]
pub struct Content<'a> {
    /// What the page knows.
    pub cover: &'a Cover,
    /// Size of the file in bytes.
    pub n_bytes: u64,
    /// The result.
    pub report: &'a Report,
    /// All sessions in the views of the workbench, in the zone of the cover.
    pub picture: &'a Picture,
    /// The columns of the file.
    pub columns: &'a [Column],
    /// The most suspicious rows, at most [`MAX_ROWS`], most suspicious first.
    pub rows: &'a [Row],
    /// What drives the flags, in sentences.
    pub drivers: &'a [String],
}

/// Writes the report.
pub fn write(content: &Content<'_>, anonymiser: Option<&Anonymiser>) -> String {
    let report = match anonymiser {
        Some(anonymiser) => Cow::Owned(anonymiser.report(content.report)),
        None => Cow::Borrowed(content.report),
    };
    let picture = match anonymiser {
        Some(anonymiser) => Cow::Owned(anonymiser.picture(content.picture)),
        None => Cow::Borrowed(content.picture),
    };
    let mut html = Html {
        text: String::new(),
        anonymiser,
    };
    html.head(content);
    html.facts(content, &report);
    html.figures(content, &report, &picture);
    html.flagged(content, &report);
    html.groups(&report);
    html.statistics(&report);
    html.accuracy(content.report);
    html.list("Allow-list", &content.cover.known);
    html.settings(&content.cover.settings);
    html.list("How the file was read", &content.cover.decisions);
    html.method();
    html.text.push_str("</main>\n</body>\n</html>\n");
    html.text
}

/// A document in the making.
struct Html<'a> {
    text: String,
    anonymiser: Option<&'a Anonymiser>,
}

impl Html<'_> {
    fn put(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    /// Adds a text, with pseudonyms, escaped.
    fn say(&mut self, text: &str) {
        let text = match self.anonymiser {
            Some(anonymiser) => anonymiser.text(text),
            None => Cow::Borrowed(text),
        };
        escape(&text, &mut self.text);
    }

    /// Adds an element with nothing but a text in it.
    fn element(&mut self, tag: &str, text: &str) {
        let _ = write!(self.text, "<{tag}>");
        self.say(text);
        let name = tag.split(' ').next().unwrap_or(tag);
        let _ = write!(self.text, "</{name}>");
    }

    fn row(&mut self, tag: &str, first_tag: &str, cells: &[String]) {
        self.put("<tr>");
        for (i, cell) in cells.iter().enumerate() {
            self.element(if i == 0 { first_tag } else { tag }, cell);
        }
        self.put("</tr>\n");
    }

    fn list(&mut self, title: &str, sentences: &[String]) {
        if sentences.is_empty() {
            return;
        }
        self.put("<section>\n");
        self.element("h2", title);
        self.put("\n<ul>\n");
        for sentence in sentences {
            self.element("li", sentence);
        }
        self.put("</ul>\n</section>\n");
    }

    fn open_table(&mut self, name: &str) {
        self.put("<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"");
        self.say(name);
        self.put("\">\n<table>\n");
    }

    fn head(&mut self, content: &Content<'_>) {
        self.put(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             form-action 'none'; base-uri 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<title>",
        );
        self.say(&format!(
            "Suspicious sessions in {}",
            content.cover.file_name
        ));
        self.put("</title>\n<style>\n");
        self.put(STYLE);
        self.put("</style>\n</head>\n<body>\n<main>\n<header>\n");
        self.element("h1", "Suspicious sessions");
        let cover = content.cover;
        let made_at = format_time(cover.made_at_micros, 0, true);
        self.element(
            "p class=\"about\"",
            &format!(
                "{}, {}. Report made at {made_at} UTC by Isolog {}. Times in charts are in {}, those of the table as in the file.",
                cover.file_name,
                format_bytes(content.n_bytes as f64),
                env!("CARGO_PKG_VERSION"),
                cover.zone
            ),
        );
        if self.anonymiser.is_some() {
            self.element(
                "p class=\"notice\"",
                "Addresses and account numbers are pseudonyms: one original has one pseudonym throughout, and \
                 addresses of one network stay together. Other texts are as in the file.",
            );
        }
        self.put("\n</header>\n");
    }

    fn facts(&mut self, content: &Content<'_>, report: &Report) {
        let counts = report.counts;
        self.put("<section>\n<dl class=\"counts\">\n");
        let facts = [
            ("rows read", format_count(counts.n_read)),
            (
                "after cleaning",
                format_count(counts.n_scored + counts.n_unscored),
            ),
            ("scored", format_count(counts.n_scored)),
            ("suspicious", format_count(counts.n_flagged)),
            (
                "threshold: suspicious if the score is below",
                float(report.threshold),
            ),
        ];
        for (name, value) in facts {
            self.put("<div>");
            self.element("dt", name);
            self.element("dd", &value);
            self.put("</div>\n");
        }
        self.put("</dl>\n</section>\n");
        self.list("Worth knowing", &content.cover.notes);
        self.list("What drives the flags", content.drivers);
    }

    fn figures(&mut self, content: &Content<'_>, report: &Report, picture: &Picture) {
        self.put("<section>\n<h2>Charts</h2>\n<div class=\"figures\">\n");
        let (x, y) = content.cover.scales;
        let view = ScatterView { x, y, window: None };
        let figures = Figure::all(report, view).into_iter();
        for figure in figures.chain(Figure::of_picture(picture)) {
            self.put("<figure>\n<div role=\"img\" aria-label=\"");
            escape(&figure.title(), &mut self.text);
            self.put("\">\n");
            // its texts have their pseudonyms already, and what looks like an address in its shapes is none
            self.put(&figure.svg());
            self.put("</div>\n<figcaption>");
            escape(&figure.describe(), &mut self.text);
            self.put("</figcaption>\n</figure>\n");
        }
        self.put("</div>\n</section>\n");
    }

    fn flagged(&mut self, content: &Content<'_>, report: &Report) {
        self.put("<section class=\"on-own-page\">\n");
        self.element("h2", "Suspicious sessions");
        let n_flagged = report.counts.n_flagged;
        let n_listed = content.rows.len() as u64;
        self.element(
            "p",
            &match n_flagged {
                0 if report.silence.is_some() => report
                    .silence
                    .as_ref()
                    .map(Silence::text)
                    .unwrap_or_default(),
                0 => "No session has a score below the threshold.".to_owned(),
                n if n > n_listed => format!(
                    "The {} most suspicious of {} sessions; suspicious_results.csv has them all.",
                    format_count(n_listed),
                    format_count(n)
                ),
                1 => "One session has a score below the threshold.".to_owned(),
                n => format!(
                    "All {}, most suspicious (lowest score) first.",
                    format_count(n)
                ),
            },
        );
        if content.rows.is_empty() {
            self.put("</section>\n");
            return;
        }
        self.open_table("Suspicious sessions");
        let own = ["Rank", "Score", "Why", "Other seeds that flag it", "Line"];
        let names = content.columns.iter().map(|column| column.name.clone());
        let headings: Vec<String> = own.into_iter().map(str::to_owned).chain(names).collect();
        self.put("<thead>\n");
        self.row("th scope=\"col\"", "th scope=\"col\"", &headings);
        self.put("</thead>\n<tbody>\n");
        for (rank, row) in (1..).zip(content.rows) {
            self.put("<tr>");
            self.element("th scope=\"row\"", &format_count(rank));
            self.element("td class=\"number\"", &fixed(row.score, 4));
            self.element("td class=\"why\"", &row.why);
            self.element("td", row.stability.as_deref().unwrap_or("not tried"));
            self.element("td class=\"number\"", &format_count(u64::from(row.line)));
            for (column, cell) in content.columns.iter().zip(&row.cells) {
                if column.is_measure {
                    self.put("<td class=\"measure\">");
                    escape(cell, &mut self.text);
                    self.put("</td>");
                } else {
                    self.element("td", cell);
                }
            }
            self.put("</tr>\n");
        }
        self.put("</tbody>\n</table>\n</div>\n</section>\n");
    }

    fn groups(&mut self, report: &Report) {
        if report.groups.is_empty() {
            return;
        }
        self.put("<section>\n<h2>Groups</h2>\n<div class=\"groups\">\n");
        for table in &report.groups {
            self.group_table(table);
        }
        self.put("</div>\n</section>\n");
    }

    /// Writes a table of groups; its names are pseudonyms already where they must be.
    fn group_table(&mut self, table: &GroupTable) {
        self.put("<table>\n<caption>");
        escape(&table.column, &mut self.text);
        let n_groups = table.groups.len() as u64 + table.n_unlisted;
        if n_groups > MAX_GROUPS as u64 {
            self.say(&format!(
                ": {MAX_GROUPS} of {} groups",
                format_count(n_groups)
            ));
        }
        self.put("</caption>\n<thead>\n");
        let mut headings = vec!["Group", "Sessions", "Suspicious", "Share"];
        if table.has_bytes {
            headings.push("Bytes");
        }
        let headings: Vec<String> = headings.into_iter().map(str::to_owned).collect();
        self.row("th scope=\"col\"", "th scope=\"col\"", &headings);
        self.put("</thead>\n<tbody>\n");
        for group in table.groups.iter().take(MAX_GROUPS) {
            self.put("<tr><th scope=\"row\">");
            escape(group.name.as_deref().unwrap_or("(none)"), &mut self.text);
            self.put("</th>");
            let mut cells = vec![
                format_count(group.n_sessions),
                format_count(group.n_flagged),
                group.flagged_share(),
            ];
            if table.has_bytes {
                cells.push(format_bytes(group.bytes));
            }
            for cell in cells {
                self.element("td class=\"number\"", &cell);
            }
            self.put("</tr>\n");
        }
        self.put("</tbody>\n</table>\n");
    }

    fn statistics(&mut self, report: &Report) {
        self.put("<section>\n<h2>Statistics of the features</h2>\n");
        self.open_table("Statistics of the features");
        let mut headings = vec![String::new()];
        headings.extend(report.summary.iter().map(|feature| feature.name.clone()));
        self.put("<thead><tr>");
        for name in &headings {
            self.put("<th scope=\"col\">");
            escape(name, &mut self.text);
            self.put("</th>");
        }
        self.put("</tr></thead>\n<tbody>\n");
        for (name, of) in Describe::STATISTICS {
            self.put("<tr>");
            self.element("th scope=\"row\"", name);
            for feature in &report.summary {
                self.put("<td class=\"number\">");
                escape(&float(of(&feature.describe)), &mut self.text);
                self.put("</td>");
            }
            self.put("</tr>\n");
        }
        self.put("</tbody>\n</table>\n</div>\n</section>\n");
    }

    fn accuracy(&mut self, report: &Report) {
        let Some(measured) = &report.metrics else {
            return;
        };
        let mut sentences = measured.notes();
        if let Ok(metrics) = &measured.metrics {
            sentences.push(format!(
                "ROC AUC {}; average precision {}; at the threshold precision {} and recall {}.",
                fixed(metrics.roc_auc, 4),
                fixed(metrics.average_precision, 4),
                metrics
                    .precision()
                    .map_or("undefined".to_owned(), |precision| fixed(precision, 4)),
                fixed(metrics.recall(), 4),
            ));
        }
        self.list("Accuracy by the label column", &sentences);
    }

    fn settings(&mut self, settings: &[(String, String)]) {
        self.put("<section>\n<h2>Settings</h2>\n<table>\n<tbody>\n");
        for (name, value) in settings {
            self.put("<tr>");
            self.element("th scope=\"row\"", name);
            self.element("td", value);
            self.put("</tr>\n");
        }
        self.put("</tbody>\n</table>\n</section>\n");
    }

    fn method(&mut self) {
        self.list(
            "Method and limits",
            &[
                "An Isolation Forest (Liu, Ting and Zhou, 2008) cuts random samples of the sessions by random features at \
                 random values until each stands alone. A session that is alone after few cuts stands apart: its score is \
                 near -1, that of an ordinary one above -0.5. The computation is the same, to the last bit, as that of \
                 scikit-learn's IsolationForest.",
                "The threshold is a choice, not a finding. With a share of 5 % one session in twenty is flagged, whether or \
                 not anything happened.",
                "Suspicious means unusual in the chosen features. It does not mean hostile, and what looks ordinary is not \
                 thereby safe. A source is a source; nobody is accused.",
                "The forest is grown from a seed. Some flags depend on it: see the column of other seeds, where they were \
                 tried.",
                "Why a session is flagged is by TreeSHAP (Lundberg and others, 2020) on this forest: what the forest did, not \
                 what caused the traffic.",
                "Rows with a missing or malformed feature are not scored. Exact duplicates count once unless the settings say \
                 otherwise.",
                "The log was analysed in a browser tab; nothing of it was sent.",
            ]
            .map(str::to_owned),
        );
    }
}

/// Adds a text, what is not seen in it made visible, with everything escaped that means something in HTML, in an element or a quoted attribute.
fn escape(text: &str, into: &mut String) {
    for character in visible(text).chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            character => into.push(character),
        }
    }
}
