//! Everything that can be set, and how a link carries it.
//!
//! A link names settings and columns, never what the log holds: no allow-list, no value of a label, no condition. The part
//! of the scatter plot that is shown is named by shares of its axes, not by values.

use super::Form;
use crate::charts::{Scale, Window};
use crate::filter::SCORE;
use crate::forest::{
    Contamination, MaxFeatures, MaxSamples, parse_n_estimators, parse_random_state,
};
use crate::job::Settings;
use crate::report::SourcesBy;
use crate::table::{Choice, Zone};
use crate::traffic::{Blank, Label, LabelColumn, Overview, Role};

/// The zone in which times are shown unless somebody chooses another one.
pub const UTC: &str = "UTC";

/// What an analysis is set to.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// The settings.
    pub form: Form,
    /// The label that scores are measured by.
    pub label: Option<Label>,
    /// IANA name of the time zone.
    pub zone: String,
    /// Columns of the scatter plot's axes, horizontal and vertical; `None` as the notebook chooses.
    pub axes: (Option<String>, Option<String>),
    /// How they are scaled.
    pub scales: (Scale, Scale),
    /// The part of its plane that it shows, as [shares](super::picks::shares_of_window) of its axes; `None` for all of it.
    pub shares: Option<Window>,
    /// Length of a bucket of the timeline in seconds, one of [`BUCKETS`]; `None` for a round one.
    pub bucket_seconds: Option<i64>,
    /// How sources are grouped.
    pub sources_by: SourcesBy,
}

/// Lengths of a bucket of the timeline to choose from, in seconds, with their names.
pub const BUCKETS: [(i64, &str); 7] = [
    (60, "1 minute"),
    (300, "5 minutes"),
    (900, "15 minutes"),
    (3600, "1 hour"),
    (21_600, "6 hours"),
    (86_400, "1 day"),
    (604_800, "1 week"),
];

/// Ways to group sources, with the names of links and those for people.
pub const SOURCES_BY: [(&str, &str, SourcesBy); 3] = [
    ("address", "Address", SourcesBy::Address),
    ("24", "Network of 24 bits (IPv6: 64)", SourcesBy::Slash24),
    ("16", "Network of 16 bits (IPv6: 48)", SourcesBy::Slash16),
];

impl Default for Setup {
    /// The notebook's settings, without a file.
    fn default() -> Setup {
        Setup {
            form: Form::default(),
            label: None,
            zone: UTC.to_owned(),
            axes: (None, None),
            scales: (Scale::Linear, Scale::Linear),
            shares: None,
            bucket_seconds: None,
            sources_by: SourcesBy::Address,
        }
    }
}

impl Setup {
    /// Returns what is set for a file unless somebody says otherwise.
    pub fn default_for(overview: &Overview) -> Setup {
        let mut setup = Setup::default();
        setup.form.choose_defaults(overview);
        setup.label = overview.default_label();
        setup
    }

    /// Chooses these features, as far as the file has them; if it has none of them the features stay. Says what it lacks.
    pub fn choose_features(&mut self, wanted: &[String], overview: &Overview) -> Option<String> {
        let offers = |name: &&String| {
            overview
                .candidates
                .iter()
                .any(|candidate| candidate.name == **name)
        };
        let (found, missing): (Vec<&String>, Vec<&String>) = wanted.iter().partition(offers);
        if !found.is_empty() {
            self.form.features = found.into_iter().cloned().collect();
        }
        let names: Vec<&str> = missing.into_iter().map(String::as_str).collect();
        match names.as_slice() {
            [] => None,
            [name] => Some(format!("This file has no column of numbers called {name}.")),
            names => Some(format!(
                "This file has no columns of numbers called {}.",
                names.join(", ")
            )),
        }
    }
}

impl Overview {
    /// Whether a scatter plot can have an axis of this name: a column of numbers, or the score.
    pub fn has_axis(&self, name: &str) -> bool {
        let mut candidates = self.candidates.iter();
        name == SCORE || candidates.any(|candidate| candidate.name == name)
    }
}

impl Form {
    /// Returns the form that these settings are typed in.
    pub fn of(settings: &Settings) -> Form {
        let params = &settings.params;
        Form {
            contamination: params.contamination.to_string(),
            n_estimators: params.n_estimators.to_string(),
            max_samples: params.max_samples.to_string(),
            max_features: params.max_features.to_string(),
            bootstrap: params.bootstrap,
            scale: settings.scale,
            drop_duplicates: settings.drop_duplicates,
            random_state: params.random_state.to_string(),
            features: settings.features.clone(),
            columns: settings.columns.clone(),
        }
    }
}

/// A setting that a link can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Contamination,
    Columns,
    Roles,
    Header,
    Features,
    Label,
    BlankLabels,
    Scale,
    Duplicates,
    Trees,
    MaxSamples,
    MaxFeatures,
    Bootstrap,
    Seed,
    Zone,
    X,
    Y,
    XScale,
    YScale,
    Window,
    Bucket,
    SourcesBy,
}

impl Key {
    const ALL: [Key; 22] = [
        Self::Contamination,
        Self::Columns,
        Self::Roles,
        Self::Header,
        Self::Features,
        Self::Label,
        Self::BlankLabels,
        Self::Scale,
        Self::Duplicates,
        Self::Trees,
        Self::MaxSamples,
        Self::MaxFeatures,
        Self::Bootstrap,
        Self::Seed,
        Self::Zone,
        Self::X,
        Self::Y,
        Self::XScale,
        Self::YScale,
        Self::Window,
        Self::Bucket,
        Self::SourcesBy,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Contamination => "contamination",
            Self::Columns => "columns",
            Self::Roles => "roles",
            Self::Header => "header",
            Self::Features => "features",
            Self::Label => "label",
            Self::BlankLabels => "blank_labels",
            Self::Scale => "scale",
            Self::Duplicates => "drop_duplicates",
            Self::Trees => "trees",
            Self::MaxSamples => "max_samples",
            Self::MaxFeatures => "max_features",
            Self::Bootstrap => "bootstrap",
            Self::Seed => "seed",
            Self::Zone => "zone",
            Self::X => "x",
            Self::Y => "y",
            Self::XScale => "x_scale",
            Self::YScale => "y_scale",
            Self::Window => "window",
            Self::Bucket => "bucket",
            Self::SourcesBy => "sources_by",
        }
    }

    /// Writes a setting, percent-encoded but for the commas between features or numbers.
    fn value(self, setup: &Setup) -> String {
        let form = &setup.form;
        let text = |text: &str| encode(text);
        let on = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
        match self {
            Self::Contamination => text(&form.contamination),
            Self::Features => {
                let mut names = form.features.clone();
                names.sort_unstable();
                let names: Vec<String> = names.iter().map(|name| encode(name)).collect();
                names.join(",")
            }
            Self::Columns => {
                let readings = form.columns.readings.iter();
                pairs(readings.map(|(name, choice)| (name, choice.name())))
            }
            Self::Roles => {
                let roles = form.columns.roles.iter();
                pairs(roles.map(|(name, role)| (name, role.map_or(NO_ROLE, Role::key))))
            }
            Self::Header => form.columns.has_header.map_or("auto".to_owned(), on),
            Self::Label => text(setup.label.as_ref().map_or("", |label| &label.column)),
            Self::BlankLabels => {
                let label = setup.label.as_ref();
                label.map_or("", |label| blank_name(label.blank)).to_owned()
            }
            Self::Scale => on(form.scale),
            Self::Duplicates => on(form.drop_duplicates),
            Self::Trees => text(&form.n_estimators),
            Self::MaxSamples => text(&form.max_samples),
            Self::MaxFeatures => text(&form.max_features),
            Self::Bootstrap => on(form.bootstrap),
            Self::Seed => text(&form.random_state),
            Self::Zone => text(&setup.zone),
            Self::X => text(setup.axes.0.as_deref().unwrap_or_default()),
            Self::Y => text(setup.axes.1.as_deref().unwrap_or_default()),
            Self::XScale => scale_name(setup.scales.0).to_owned(),
            Self::YScale => scale_name(setup.scales.1).to_owned(),
            Self::Window => setup.shares.map_or_else(String::new, window_text),
            Self::Bucket => {
                let seconds = setup.bucket_seconds;
                seconds.map_or_else(|| "auto".to_owned(), |seconds| seconds.to_string())
            }
            Self::SourcesBy => {
                let mut ways = SOURCES_BY.iter();
                let way = ways.find(|(_, _, by)| *by == setup.sources_by);
                way.map_or("address", |(name, _, _)| *name).to_owned()
            }
        }
    }

    /// Whether a decoded value can be set; names of columns are compared with the file later.
    fn allows(self, value: &str) -> bool {
        match self {
            Self::Contamination => value.parse::<Contamination>().is_ok(),
            Self::Trees => parse_n_estimators(value).is_ok(),
            Self::MaxSamples => value.parse::<MaxSamples>().is_ok(),
            Self::MaxFeatures => value.parse::<MaxFeatures>().is_ok(),
            Self::Seed => parse_random_state(value).is_ok(),
            Self::Scale | Self::Duplicates | Self::Bootstrap => ["on", "off"].contains(&value),
            Self::Zone => Zone::try_new(value).is_ok(),
            Self::XScale | Self::YScale => parse_scale(value).is_some(),
            Self::Window => value.is_empty() || parse_window(value).is_some(),
            Self::Bucket => value == "auto" || parse_bucket(value).is_some(),
            Self::SourcesBy => parse_sources_by(value).is_some(),
            Self::BlankLabels => parse_blank(value).is_some(),
            Self::Columns => parse_pair(value, Choice::named).is_some(),
            Self::Roles => parse_pair(value, role_named).is_some(),
            Self::Header => ["on", "off", "auto"].contains(&value),
            Self::Features | Self::Label | Self::X | Self::Y => true,
        }
    }
}

/// The settings that a link names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link(Vec<(Key, Vec<String>)>);

impl Link {
    /// Writes the fragment of a link, without `#`, that names what differs from the default of the file.
    pub fn write(setup: &Setup, default: &Setup) -> String {
        let column = |setup: &Setup| setup.label.as_ref().map(|label| label.column.clone());
        // what a blank means at first depends on the column
        let has_other_label = setup.label.is_some() && column(setup) != column(default);
        let is_named = |key: &Key| match key {
            Key::BlankLabels if setup.label.is_none() => false,
            Key::BlankLabels if has_other_label => true,
            key => key.value(setup) != key.value(default),
        };
        let named = Key::ALL
            .into_iter()
            .filter(is_named)
            .map(|key| format!("{}={}", key.name(), key.value(setup)));
        named.collect::<Vec<_>>().join("&")
    }

    /// Reads the fragment of a link, with or without `#`; what it does not understand it leaves out, and says so.
    pub fn read(fragment: &str) -> (Link, Vec<String>) {
        let (mut link, mut remarks) = (Link::default(), Vec::new());
        let pairs = fragment.trim_start_matches('#').split('&');
        for pair in pairs.filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let shown = shorten(&decode(name));
            let Some(key) = Key::ALL.into_iter().find(|key| key.name() == name) else {
                remarks.push(format!(
                    "The link names a setting that there is not: {shown}."
                ));
                continue;
            };
            let values: Vec<String> = match key {
                Key::Features | Key::Columns | Key::Roles => value
                    .split(',')
                    .filter(|name| !name.is_empty())
                    .map(decode)
                    .collect(),
                _ => vec![decode(value)],
            };
            if link.0.iter().any(|(known, _)| *known == key) {
                remarks.push(format!("The link names {shown} twice; the first counts."));
            } else if values.iter().all(|value| key.allows(value)) {
                link.0.push((key, values));
            } else {
                let value = shorten(&values.concat());
                remarks.push(format!(
                    "The link sets {shown} to “{value}”, which does not fit; it is left as it was."
                ));
            }
        }
        (link, remarks)
    }

    /// Sets what the link names. Columns are chosen once a file is there to have them; says which ones it lacks.
    pub fn apply(&self, setup: &mut Setup, overview: Option<&Overview>) -> Vec<String> {
        let mut remarks = Vec::new();
        let mut lacks_axis = false;
        let mut blank = None;
        for (key, values) in &self.0 {
            let value = || values.first().cloned().unwrap_or_default();
            let is_on = || value() == "on";
            let form = &mut setup.form;
            match (key, overview) {
                (Key::Contamination, _) => form.contamination = value(),
                (Key::Scale, _) => form.scale = is_on(),
                (Key::Header, _) => {
                    form.columns.has_header = (value() != "auto").then(is_on);
                }
                (Key::Duplicates, _) => form.drop_duplicates = is_on(),
                (Key::Trees, _) => form.n_estimators = value(),
                (Key::MaxSamples, _) => form.max_samples = value(),
                (Key::MaxFeatures, _) => form.max_features = value(),
                (Key::Bootstrap, _) => form.bootstrap = is_on(),
                (Key::Seed, _) => form.random_state = value(),
                (Key::Zone, _) => setup.zone = value(),
                (Key::Columns, _) => {
                    let pairs = values.iter();
                    form.columns.readings = pairs
                        .filter_map(|value| parse_pair(value, Choice::named))
                        .collect();
                    remarks.extend(lacking(form.columns.readings.keys(), overview));
                }
                (Key::Roles, _) => {
                    let pairs = values.iter();
                    form.columns.roles = pairs
                        .filter_map(|value| parse_pair(value, role_named))
                        .collect();
                    remarks.extend(lacking(form.columns.roles.keys(), overview));
                }
                (Key::Features, Some(overview)) => {
                    remarks.extend(setup.choose_features(values, overview));
                }
                (Key::Label, Some(overview)) => {
                    let wanted = value();
                    let column = overview.labels.iter().find(|column| column.name == wanted);
                    if column.is_none() && !wanted.is_empty() {
                        remarks.push(format!(
                            "This file has no column called {wanted} that can be a label."
                        ));
                    } else {
                        setup.label = column.map(LabelColumn::label);
                    }
                }
                (Key::X | Key::Y, Some(overview)) => {
                    let wanted = value();
                    if !wanted.is_empty() && !overview.has_axis(&wanted) {
                        remarks.push(format!(
                            "This file has no column of numbers called {wanted}."
                        ));
                        lacks_axis = true;
                        continue;
                    }
                    let axis = Some(wanted).filter(|name| !name.is_empty());
                    match key {
                        Key::X => setup.axes.0 = axis,
                        _ => setup.axes.1 = axis,
                    }
                }
                (Key::BlankLabels, Some(_)) => blank = parse_blank(&value()),
                (Key::Features | Key::Label | Key::BlankLabels | Key::X | Key::Y, None) => {}
                (Key::XScale, _) => setup.scales.0 = parse_scale(&value()).unwrap_or_default(),
                (Key::YScale, _) => setup.scales.1 = parse_scale(&value()).unwrap_or_default(),
                (Key::Window, _) => setup.shares = parse_window(&value()),
                (Key::Bucket, _) => setup.bucket_seconds = parse_bucket(&value()),
                (Key::SourcesBy, _) => {
                    setup.sources_by = parse_sources_by(&value()).unwrap_or_default();
                }
            }
        }
        if let (Some(label), Some(blank)) = (&mut setup.label, blank) {
            label.blank = blank;
        }
        if lacks_axis {
            // a part of another plane
            setup.shares = None;
        }
        remarks
    }
}

/// Ways to take a blank label, with the names of links and those for people.
pub const BLANKS: [(&str, &str, Blank); 3] = [
    ("left_out", "are unknown: left out", Blank::LeftOut),
    ("normal", "count as normal", Blank::Normal),
    ("anomaly", "count as anomalies", Blank::Anomaly),
];

/// Returns the name that links have for what a blank label means.
pub fn blank_name(blank: Blank) -> &'static str {
    let mut ways = BLANKS.iter();
    let way = ways.find(|(_, _, of)| *of == blank);
    way.map_or("left_out", |(name, _, _)| *name)
}

/// Returns what a blank label means by the name that links have for it.
pub fn parse_blank(text: &str) -> Option<Blank> {
    let mut ways = BLANKS.into_iter();
    ways.find_map(|(name, _, blank)| (name == text).then_some(blank))
}

/// What a link says for a column that plays no part.
const NO_ROLE: &str = "none";

fn role_named(name: &str) -> Option<Option<Role>> {
    if name == NO_ROLE {
        return Some(None);
    }
    Role::named(name).map(Some)
}

/// Writes what is chosen for columns: `name:choice` each, with commas between.
fn pairs<'n>(pairs: impl Iterator<Item = (&'n String, &'static str)>) -> String {
    let pairs = pairs.map(|(name, choice)| format!("{}:{choice}", encode(name)));
    pairs.collect::<Vec<_>>().join(",")
}

/// Reads what is chosen for one column.
fn parse_pair<T>(text: &str, choice: impl Fn(&str) -> Option<T>) -> Option<(String, T)> {
    let (name, word) = text.rsplit_once(':')?;
    Some((name.to_owned(), choice(word)?))
}

/// Says which of these columns a file lacks.
fn lacking<'n>(
    names: impl Iterator<Item = &'n String>,
    overview: Option<&Overview>,
) -> Option<String> {
    let columns = &overview?.columns;
    let is_there = |name: &&String| columns.iter().any(|column| column.name == **name);
    let missing: Vec<&str> = names
        .filter(|name| !is_there(name))
        .map(String::as_str)
        .collect();
    let noun = if missing.len() == 1 {
        "column"
    } else {
        "columns"
    };
    (!missing.is_empty()).then(|| format!("This file has no {noun} called {}.", missing.join(", ")))
}

fn scale_name(scale: Scale) -> &'static str {
    match scale {
        Scale::Linear => "linear",
        Scale::Log => "log",
    }
}

fn parse_scale(name: &str) -> Option<Scale> {
    [Scale::Linear, Scale::Log]
        .into_iter()
        .find(|&scale| scale_name(scale) == name)
}

fn parse_bucket(text: &str) -> Option<i64> {
    text.parse().ok().filter(|&seconds| is_bucket(seconds))
}

/// Whether a bucket of the timeline can be chosen to be so long.
pub(super) fn is_bucket(seconds: i64) -> bool {
    BUCKETS.iter().any(|(of, _)| *of == seconds)
}

fn parse_sources_by(text: &str) -> Option<SourcesBy> {
    let mut ways = SOURCES_BY.into_iter();
    ways.find_map(|(name, _, by)| (name == text).then_some(by))
}

/// Writes left, right, lower and upper end.
fn window_text(((left, right), (bottom, top)): Window) -> String {
    format!("{left},{right},{bottom},{top}")
}

fn parse_window(text: &str) -> Option<Window> {
    let ends: Option<Vec<f64>> = text.split(',').map(|end| end.parse().ok()).collect();
    let [left, right, bottom, top] = ends?[..] else {
        return None;
    };
    let is_range = |low: f64, high: f64| low < high && (high - low).is_finite();
    (is_range(left, right) && is_range(bottom, top)).then_some(((left, right), (bottom, top)))
}

/// Percent-encodes what has a meaning in a fragment; a space becomes `+`.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Undoes [`encode`]; a lone `%` stands for itself.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = match tail {
            [high, low, ..] if *first == b'%' => char::from(*high)
                .to_digit(16)
                .zip(char::from(*low).to_digit(16)),
            _ => None,
        };
        (bytes, rest) = match (first, hex) {
            (_, Some((high, low))) => {
                bytes.push((16 * high + low) as u8);
                (bytes, &tail[2..])
            }
            (b'+', None) => {
                bytes.push(b' ');
                (bytes, tail)
            }
            (&byte, None) => {
                bytes.push(byte);
                (bytes, tail)
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Cuts a text that may be of any length, for a remark.
fn shorten(text: &str) -> String {
    const MAX_CHARS: usize = 40;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::tests::overview_of;

    pub(in crate::session) fn overview(header: &str, row: &str) -> Overview {
        overview_of(&format!("{header}\n{row}\n"))
    }

    #[test]
    fn a_link_names_only_what_differs_and_can_be_read() {
        let default = Setup::default_for(&overview("bytes_in,bytes_out,label", "1,2,0\n3,4,1"));
        assert_eq!(Link::write(&default, &default), "");
        let mut setup = default.clone();
        setup.form.contamination = "top 20".to_owned();
        setup.form.features = vec!["odd, name & more".to_owned(), "bytes_in".to_owned()];
        setup.form.random_state = "7".to_owned();
        setup.form.bootstrap = true;
        setup.label = None;
        setup.zone = "Europe/Berlin".to_owned();
        setup.scales.1 = Scale::Log;
        setup.shares = Some(((0.25, 0.5), (-0.01, 1e-9)));
        setup.bucket_seconds = Some(3600);
        setup.sources_by = SourcesBy::Slash24;
        let mut expected = "contamination=top+20&features=bytes_in,odd%2C+name+%26+more".to_owned();
        if default.label.is_some() {
            expected.push_str("&label=");
        }
        expected.push_str("&bootstrap=on&seed=7&zone=Europe/Berlin&y_scale=log");
        expected.push_str("&window=0.25,0.5,-0.01,0.000000001&bucket=3600&sources_by=24");
        assert_eq!(Link::write(&setup, &default), expected);
        let mut shown = default.clone();
        let (link, remarks) = Link::read(&expected);
        assert_eq!(remarks, Vec::<String>::new());
        link.apply(&mut shown, None);
        let looks = |setup: &Setup| {
            (
                setup.scales,
                setup.shares,
                setup.bucket_seconds,
                setup.sources_by,
            )
        };
        assert_eq!(looks(&shown), looks(&setup));
    }

    #[test]
    fn what_a_link_gets_wrong_is_said_and_left_out() {
        let (link, remarks) = Link::read(
            "#trees=0&colour=red&seed=7&seed=8&scale=maybe&zone=Atlantis&x&x_scale=cubic&window=0,1,1,0&bucket=61&sources_by=8",
        );
        assert_eq!(
            remarks,
            [
                "The link sets trees to “0”, which does not fit; it is left as it was.",
                "The link names a setting that there is not: colour.",
                "The link names seed twice; the first counts.",
                "The link sets scale to “maybe”, which does not fit; it is left as it was.",
                "The link sets zone to “Atlantis”, which does not fit; it is left as it was.",
                "The link sets x_scale to “cubic”, which does not fit; it is left as it was.",
                "The link sets window to “0,1,1,0”, which does not fit; it is left as it was.",
                "The link sets bucket to “61”, which does not fit; it is left as it was.",
                "The link sets sources_by to “8”, which does not fit; it is left as it was.",
            ]
        );
        let mut setup = Setup::default();
        assert!(link.apply(&mut setup, None).is_empty());
        let expected = Setup {
            form: Form {
                random_state: "7".to_owned(),
                ..Form::default()
            },
            ..Setup::default()
        };
        assert_eq!(setup, expected);
    }

    #[test]
    fn a_link_says_what_a_blank_label_means() {
        let overview = overview("bytes,attack_cat,class", "1,DoS,\n3,,\n4,,a\n5,DoS,b");
        let default = Setup::default_for(&overview);
        let with = |column: &str, blank| {
            let columns = &overview.labels;
            let column = columns.iter().find(|of| of.name == column).expect("it is");
            let label = Label {
                blank,
                ..column.label()
            };
            Setup {
                label: Some(label),
                ..default.clone()
            }
        };
        assert_eq!(default, with("class", Blank::Normal));
        for (setup, link) in [
            (with("class", Blank::LeftOut), "blank_labels=left_out"),
            (
                with("attack_cat", Blank::Normal),
                "label=attack_cat&blank_labels=normal",
            ),
            (
                with("attack_cat", Blank::Anomaly),
                "label=attack_cat&blank_labels=anomaly",
            ),
        ] {
            assert_eq!(Link::write(&setup, &default), link);
            let mut again = default.clone();
            let (link, remarks) = Link::read(link);
            assert_eq!(remarks, Vec::<String>::new());
            link.apply(&mut again, Some(&overview));
            assert_eq!(again, setup);
        }
        // a link of an older version names the column alone
        let mut older = default.clone();
        Link::read("label=attack_cat")
            .0
            .apply(&mut older, Some(&overview));
        assert_eq!(older, with("attack_cat", Blank::Normal));
        let (_, remarks) = Link::read("blank_labels=maybe");
        assert_eq!(remarks.len(), 1);
    }

    #[test]
    fn columns_that_a_file_lacks_are_named() {
        let overview = overview("bytes_in,bytes_out", "1,2\n3,4");
        let mut setup = Setup::default_for(&overview);
        let (link, remarks) =
            Link::read("features=bytes_in,packets,flows&label=attack&window=0,1,0,1&x=packets");
        assert!(remarks.is_empty());
        assert_eq!(
            link.apply(&mut setup, Some(&overview)),
            [
                "This file has no columns of numbers called packets, flows.",
                "This file has no column called attack that can be a label.",
                "This file has no column of numbers called packets.",
            ]
        );
        assert_eq!(setup.form.features, ["bytes_in"]);
        assert_eq!(setup.shares, None, "without its axis it is no part");
        let (link, _) = Link::read("features=packets");
        link.apply(&mut setup, Some(&overview));
        assert_eq!(
            setup.form.features,
            ["bytes_in"],
            "none of them is there, so they stay"
        );
    }

    proptest! {
        #[test]
        fn a_link_brings_every_setting_back(
            contamination in prop_oneof![
                Just("auto".to_owned()),
                (1u32..).prop_map(|n| format!("top {n}")),
                (-1.0..0.0f64).prop_map(|score| format!("score {score:?}")),
                (1e-9..0.5f64).prop_map(|share| format!("{share:?}")),
            ],
            trees in 1u32..=10_000,
            seed in any::<u32>(),
            samples in prop_oneof![Just("auto".to_owned()), (1u64..).prop_map(|n| n.to_string())],
            flags in any::<[bool; 3]>(),
            names in proptest::collection::btree_set("[a-z,&=#%+ é\"<]{1,8}", 1..4),
            is_chosen in any::<[bool; 4]>(),
        ) {
            let header: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
            let row = |n: usize| (0..names.len()).map(|i| (n + i).to_string()).collect::<Vec<_>>().join(",");
            let overview = overview(&header.join(","), &format!("{}\n{}\n{}", row(1), row(4), row(9)));
            let default = Setup::default_for(&overview);
            let mut setup = default.clone();
            setup.form = Form {
                contamination,
                n_estimators: trees.to_string(),
                max_samples: samples,
                bootstrap: flags[0],
                scale: flags[1],
                drop_duplicates: flags[2],
                random_state: seed.to_string(),
                features: overview.candidates.iter().zip(is_chosen).filter(|(_, is_on)| *is_on).map(|(candidate, _)| candidate.name.clone()).collect(),
                ..setup.form
            };
            // no feature at all cannot be run, so no link holds it
            prop_assume!(!setup.form.features.is_empty());
            let (link, remarks) = Link::read(&Link::write(&setup, &default));
            prop_assert_eq!(remarks, Vec::<String>::new());
            let mut again = default.clone();
            prop_assert_eq!(link.apply(&mut again, Some(&overview)), Vec::<String>::new());
            again.form.features.sort_unstable();
            setup.form.features.sort_unstable();
            prop_assert_eq!(again, setup);
        }

        #[test]
        fn any_fragment_is_read(text in ".{0,60}") {
            let (link, _) = Link::read(&text);
            link.apply(&mut Setup::default(), None);
        }
    }
}
