//! A project file: everything that was set, and which file it was set for.

use serde::{Deserialize, Serialize};

use super::chips::condition_text;
use super::setup::is_bucket;
use super::{Form, Problem, Setup};
use crate::charts::format::format_count;
use crate::charts::{Scale, Window};
use crate::export::anonymise::Anonymiser;
use crate::filter::{Condition, Known, Test};
use crate::report::SourcesBy;
use crate::table::Zone;
use crate::traffic::{Label, LabelColumn, Overview};

/// Name of the file that a project is saved as.
pub const FILE_NAME: &str = "isolog-project.json";

/// Bytes beyond which a file is no project.
pub const MAX_BYTES: u64 = 16 << 20;

/// What tells a project from other JSON.
const FORMAT: &str = "isolog-project";

/// The version of the format that is written, and the newest that can be read.
///
/// In version 1 a condition named one network; before version 3 nothing was chosen for columns.
const VERSION: u32 = 3;

/// A project: what an analysis is set to, and the file that it is of.
///
/// It can hold what the log holds: addresses and rules of the allow-list, values in conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// The file it was made on.
    pub input: InputFile,
    /// What was set.
    pub setup: Setup,
    /// The allow-list.
    pub known: Vec<Known>,
    /// The conditions on what is looked at.
    pub conditions: Vec<Condition>,
}

/// What a project sets for a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Its settings, as far as the file has the columns.
    pub setup: Setup,
    /// Its conditions that can be asked of the file.
    pub conditions: Vec<Condition>,
    /// What the file lacks, in sentences.
    pub remarks: Vec<String>,
}

/// A log by its name, size and content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// A project as it stands in its file.
#[derive(Serialize, Deserialize)]
struct Written {
    format: String,
    version: u32,
    app_version: String,
    input: InputFile,
    settings: Form,
    label: Option<Label>,
    time_zone: String,
    scatter: Plane,
    #[serde(default)]
    bucket_seconds: Option<i64>,
    #[serde(default)]
    sources_by: SourcesBy,
    allow_list: Vec<Known>,
    conditions: Vec<Condition>,
}

#[derive(Serialize, Deserialize)]
struct Plane {
    x: Option<String>,
    y: Option<String>,
    #[serde(default)]
    x_scale: Scale,
    #[serde(default)]
    y_scale: Scale,
    /// Shares of the axes.
    #[serde(default)]
    window: Option<Window>,
}

/// What must be known of a file before it is read as a project.
#[derive(Deserialize)]
struct Envelope {
    format: Option<String>,
    version: Option<u32>,
    app_version: Option<String>,
}

impl Project {
    /// Returns the project with pseudonyms in its allow-list and conditions and in the file's name: it fits an export of
    /// the log that has the pseudonyms of the same key.
    pub fn anonymised(mut self, anonymiser: &Anonymiser) -> Project {
        let hide = |text: &mut String| *text = anonymiser.text(text).into_owned();
        hide(&mut self.input.name);
        self.setup
            .label
            .iter_mut()
            .flat_map(|label| &mut label.anomalies)
            .for_each(hide);
        for known in &mut self.known {
            *known = anonymiser.known(known);
        }
        for condition in &mut self.conditions {
            match &mut condition.test {
                Test::OneOf { values, .. } => values.iter_mut().flatten().for_each(hide),
                Test::InNetwork { networks, .. } => networks.iter_mut().for_each(hide),
                Test::Contains { text, .. } => hide(text),
                Test::Between { .. }
                | Test::During { .. }
                | Test::OnHours { .. }
                | Test::Verdict(_) => {}
            }
        }
        self
    }

    /// Writes the project as JSON.
    pub fn write(&self) -> Vec<u8> {
        let Setup {
            form,
            label,
            zone,
            axes: (x, y),
            scales: (x_scale, y_scale),
            shares: window,
            bucket_seconds,
            sources_by,
        } = self.setup.clone();
        let written = Written {
            format: FORMAT.to_owned(),
            version: VERSION,
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            input: self.input.clone(),
            settings: form,
            label,
            time_zone: zone,
            scatter: Plane {
                x,
                y,
                x_scale,
                y_scale,
                window,
            },
            bucket_seconds,
            sources_by,
            allow_list: self.known.clone(),
            conditions: self.conditions.clone(),
        };
        let mut bytes =
            serde_json::to_vec_pretty(&written).expect("a project holds nothing that JSON cannot");
        bytes.push(b'\n');
        bytes
    }

    /// Returns what the project sets for a file.
    pub fn fit(&self, overview: &Overview) -> Fit {
        let mut setup = Setup {
            form: Form {
                features: Setup::default_for(overview).form.features,
                ..self.setup.form.clone()
            },
            ..self.setup.clone()
        };
        let mut remarks = Vec::new();
        remarks.extend(setup.choose_features(&self.setup.form.features, overview));
        if let Some(Label {
            column, anomalies, ..
        }) = &self.setup.label
        {
            let has_value = |labels: &&LabelColumn| {
                labels.name == *column
                    && anomalies
                        .iter()
                        .all(|anomaly| labels.values.iter().any(|value| value.text == *anomaly))
            };
            if !overview.labels.iter().any(|labels| has_value(&labels)) {
                setup.label = overview.default_label();
                remarks.push(format!(
                    "This file has no label column {column} with the value {}.",
                    anomalies.join(" and ")
                ));
            }
        }
        for axis in [&mut setup.axes.0, &mut setup.axes.1] {
            if let Some(name) = axis.take_if(|name| !overview.has_axis(name)) {
                remarks.push(format!("This file has no column of numbers called {name}."));
                setup.shares = None;
            }
        }
        setup.bucket_seconds = setup.bucket_seconds.filter(|&seconds| is_bucket(seconds));
        let mut conditions = Vec::new();
        for condition in &self.conditions {
            match condition.test.check(overview) {
                Ok(()) => conditions.push(condition.clone()),
                Err(error) => remarks.push(format!(
                    "The filter “{}” is left out: {error}.",
                    condition_text(condition, &setup.zone)
                )),
            }
        }
        Fit {
            setup,
            conditions,
            remarks,
        }
    }

    /// Reads a project.
    ///
    /// # Errors
    /// In words, if the bytes are no project, one of a newer version, or one with settings that do not fit.
    pub fn read(bytes: &[u8]) -> Result<Project, Problem> {
        let other =
            "Choose a file that Isolog saved as a project. Nothing on the page was changed.";
        let not_json = |error: serde_json::Error| {
            Problem::file(
                format!(
                    "The project cannot be read: at line {}, column {}, {}.",
                    error.line(),
                    error.column(),
                    reason(&error)
                ),
                other,
            )
        };
        let mut value: serde_json::Value = serde_json::from_slice(bytes).map_err(not_json)?;
        let no_project = || Problem::file("This file is JSON, but not a project of Isolog.", other);
        let envelope: Envelope = serde_json::from_value(value.clone()).map_err(|_| no_project())?;
        let version = match (envelope.format.as_deref(), envelope.version) {
            (Some(FORMAT), Some(version)) => version,
            _ => return Err(no_project()),
        };
        if version > VERSION {
            let app = envelope.app_version.unwrap_or_default();
            return Err(Problem::file(
                format!(
                    "The project is of format {version}, written by Isolog {app}; this page reads up to format {VERSION}."
                ),
                "Open it in a newer Isolog, or reload this page: it may have been updated.",
            ));
        }
        if version == 1 {
            name_several_networks(&mut value);
        }
        let written: Written = serde_json::from_value(value).map_err(|error| {
            Problem::file(
                format!("The project is damaged: {}.", reason(&error)),
                other,
            )
        })?;
        written.settings.parse()?;
        if let Err(error) = Zone::try_new(&written.time_zone) {
            return Err(Problem::file(
                format!("The project is damaged: {error}."),
                other,
            ));
        }
        Ok(Project {
            input: written.input,
            setup: Setup {
                form: written.settings,
                label: written.label,
                zone: written.time_zone,
                axes: (written.scatter.x, written.scatter.y),
                scales: (written.scatter.x_scale, written.scatter.y_scale),
                shares: written.scatter.window,
                bucket_seconds: written.bucket_seconds,
                sources_by: written.sources_by,
            },
            known: written.allow_list,
            conditions: written.conditions,
        })
    }
}

/// Has every condition that names one network, as version 1 did, name a list of one.
fn name_several_networks(project: &mut serde_json::Value) {
    let conditions = project
        .get_mut("conditions")
        .and_then(|conditions| conditions.as_array_mut());
    for condition in conditions.into_iter().flatten() {
        let test = condition.pointer_mut("/test/InNetwork");
        if let Some(test) = test.and_then(|test| test.as_object_mut())
            && let Some(network) = test.remove("network")
        {
            test.insert(
                "networks".to_owned(),
                serde_json::Value::from(vec![network]),
            );
        }
    }
}

/// The problem with a file that is too large for a project.
pub fn too_large() -> Problem {
    Problem::file(
        format!(
            "The file is larger than {} MB, so it is no project.",
            MAX_BYTES >> 20
        ),
        "Choose a file that Isolog saved as a project. A log is opened with “Open another file”.",
    )
}

/// The words of an error without its place, which is said apart.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

impl InputFile {
    /// Compares the file of a project with the one that is open, whose SHA-256 need not be known if the sizes differ.
    pub fn compare(&self, name: &str, size: u64, sha256: Option<&str>) -> String {
        let is_same = self.size == size && sha256 == Some(self.sha256.as_str());
        match (is_same, self.name == name) {
            (true, true) => {
                format!("{name} is the file that the project was made on: the same bytes.")
            }
            (true, false) => format!(
                "{name} is the file that the project was made on, then called {}: the same bytes.",
                self.name
            ),
            (false, _) => {
                let mut differences = Vec::new();
                if self.name != name {
                    differences.push(format!("it is called {name}, not {}", self.name));
                }
                if self.size == size {
                    differences.push("it is as large, but its bytes are others".to_owned());
                } else {
                    differences.push(format!(
                        "it has {} bytes, not {}",
                        format_count(size),
                        format_count(self.size)
                    ));
                }
                format!(
                    "This is a different file from the one that the project was made on: {}. The settings are applied all the same; the result can differ.",
                    differences.join("; ")
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::setup::Link;
    use super::super::setup::tests::overview as overview_of;
    use super::*;
    use crate::filter::{Subject, SubjectKind, Test, View};
    use crate::table::{Choice, Decimal};
    use crate::traffic::Blank;

    fn project() -> Project {
        let known = |kind, text: &str| Known {
            subject: Subject::parse(kind, text).expect("a subject"),
            reason: "our \"own\" scanner".to_owned(),
        };
        Project {
            input: InputFile {
                name: "a.csv".to_owned(),
                size: 1234,
                sha256: "00ff".to_owned(),
            },
            setup: Setup {
                form: Form {
                    features: vec!["bytes_in".to_owned()],
                    ..Form::default()
                },
                label: Some(Label {
                    column: "attack".to_owned(),
                    anomalies: vec!["1".to_owned()],
                    blank: Blank::Normal,
                }),
                zone: "Europe/Berlin".to_owned(),
                axes: (None, Some("score".to_owned())),
                scales: (Scale::Log, Scale::Linear),
                shares: Some(((0.1, 0.3), (-0.5, 1.5))),
                bucket_seconds: Some(3600),
                sources_by: SourcesBy::Slash16,
            },
            known: vec![
                known(SubjectKind::Source, "198.51.100.7"),
                known(SubjectKind::Network, "2001:db8::/32"),
                known(SubjectKind::Rule, "Health check"),
            ],
            conditions: vec![Condition {
                made_in: View::Timeline,
                test: Test::Between {
                    column: "score".to_owned(),
                    low: -0.1 - 0.2,
                    high: f64::INFINITY,
                },
            }],
        }
    }

    #[test]
    fn a_project_survives_its_file() {
        let project = project();
        assert_eq!(Project::read(&project.write()), Ok(project));
    }

    #[test]
    fn names_that_mean_something_elsewhere_survive_a_file_and_a_link() {
        let names = [
            "__proto__",
            "constructor",
            "toString",
            "hasOwnProperty",
            "=1+1",
            "a&b=c#d%41",
            "a,b:text",
            "\"quoted\"",
            "two\nlines",
            "\u{202e}exe.png",
            " blank ",
            "+",
        ];
        let quoted = names.map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
        let row = |n: usize| {
            let cells = (0..names.len()).map(|i| (n * (i + 3)).to_string());
            cells.collect::<Vec<_>>().join(",")
        };
        let overview = overview_of(
            &quoted.join(","),
            &format!("{}\n{}\n{}", row(1), row(4), row(9)),
        );
        let found: Vec<&str> = overview
            .columns
            .iter()
            .map(|column| &*column.name)
            .collect();
        assert_eq!(found, names);
        let default = Setup::default_for(&overview);
        for name in names {
            let mut setup = default.clone();
            setup.form.features = vec![name.to_owned()];
            setup.axes.0 = Some(name.to_owned());
            setup
                .form
                .columns
                .readings
                .insert(name.to_owned(), Choice::Numbers(Decimal::Comma));
            setup.form.columns.roles.insert(name.to_owned(), None);
            let project = Project {
                setup: setup.clone(),
                conditions: vec![Condition {
                    made_in: View::Groups(name.to_owned()),
                    test: Test::OneOf {
                        column: name.to_owned(),
                        values: vec![Some(name.to_owned())],
                    },
                }],
                ..project()
            };
            assert_eq!(Project::read(&project.write()), Ok(project));
            let (link, remarks) = Link::read(&Link::write(&setup, &default));
            let mut again = default.clone();
            assert_eq!(link.apply(&mut again, Some(&overview)), remarks);
            assert_eq!((again, remarks.as_slice()), (setup, &[][..]), "{name}");
        }
    }

    #[test]
    fn a_label_of_an_older_version_leaves_blanks_out() {
        let text = String::from_utf8(project().write()).expect("text");
        let older = text.replace(",\n    \"blank\": \"Normal\"", "");
        assert_ne!(older, text);
        let label = Project::read(older.as_bytes())
            .expect("a project")
            .setup
            .label;
        assert_eq!(label.map(|label| label.blank), Some(Blank::LeftOut));
    }

    #[test]
    fn conditions_that_a_file_cannot_be_asked_are_left_out_and_said() {
        let overview = overview_of(
            "time,src_ip,bytes_in,label",
            "2024-04-25T00:00:00Z,10.0.0.1,1,0\n2024-04-25T01:00:00Z,10.0.0.2,2,1",
        );
        let text = |text: &str| text.to_owned();
        let one_of = |column: &str| Test::OneOf {
            column: text(column),
            values: vec![Some(text("x"))],
        };
        let between = |column: &str, low, high| Test::Between {
            column: text(column),
            low,
            high,
        };
        let in_network = |network: &str| Test::InNetwork {
            column: text("src_ip"),
            networks: vec![text("10.0.0.0/8"), text(network)],
        };
        let during = |start_micros, end_micros| Test::During {
            start_micros,
            end_micros,
        };
        let on_hours = |weekdays, hours| Test::OnHours { weekdays, hours };
        let made_in = View::Table;
        let conditions = |tests: Vec<Test>| -> Vec<Condition> {
            let condition = |test| Condition {
                made_in: made_in.clone(),
                test,
            };
            tests.into_iter().map(condition).collect()
        };
        let good = conditions(vec![
            one_of("src_ip"),
            between("bytes_in", 1.0, f64::INFINITY),
            between("score", -1.0, -0.5),
            in_network("10.1.0.0/16"),
            during(1, 2),
            on_hours((0, 0), (3, 3)),
        ]);
        let bad = conditions(vec![
            one_of("country"),
            one_of("time"),
            between("src_ip", 1.0, 2.0),
            between("packets", 1.0, 2.0),
            between("bytes_in", 2.0, 1.0),
            in_network("10.0.0.0/33"),
            during(2, 1),
            on_hours((3, 2), (0, 1)),
        ]);
        let setup = Setup {
            zone: text("UTC"),
            shares: None,
            ..project().setup
        };
        let project = Project {
            setup: Setup {
                label: None,
                axes: (None, None),
                ..setup
            },
            conditions: [good.clone(), bad].concat(),
            ..project()
        };
        let fit = project.fit(&overview);
        assert_eq!(fit.conditions, good);
        assert_eq!(
            fit.remarks,
            [
                "The filter “country is x” is left out: there is no column \"country\".",
                "The filter “time is x” is left out: column \"time\" does not hold text.",
                "The filter “src_ip from 1 to 2” is left out: column \"src_ip\" does not hold numbers.",
                "The filter “packets from 1 to 2” is left out: there is no column \"packets\".",
                "The filter “bytes_in from 2 to 1” is left out: the range from 2 to 1 is empty.",
                "The filter “src_ip in 10.0.0.0/8 or 10.0.0.0/33” is left out: \"10.0.0.0/33\" is no network.",
                "The filter “1970-01-01 00:00:00 to 00:00:00 UTC” is left out: the range from 2 to 1 is empty.",
                "The filter “Thu–Wed, 00:00–01:59” is left out: the range from weekday 3, hour 0 to weekday 2, hour 1 is empty.",
            ]
        );
        let without_times = overview_of("src_ip,bytes_in", "10.0.0.1,1\n10.0.0.2,2");
        let project = Project {
            conditions: conditions(vec![during(1, 2)]),
            ..project
        };
        assert!(project.fit(&without_times).conditions.is_empty());
    }

    #[test]
    fn a_project_of_version_1_is_read() {
        let mut project = project();
        project.conditions.push(Condition {
            made_in: View::Groups("src_ip".to_owned()),
            test: Test::InNetwork {
                column: "src_ip".to_owned(),
                networks: vec!["10.0.0.0/8".to_owned()],
            },
        });
        let text = String::from_utf8(project.write()).expect("JSON is UTF-8");
        let text: String = text.split_whitespace().collect();
        let old = text.replace("\"version\":3", "\"version\":1").replace(
            "\"networks\":[\"10.0.0.0/8\"]",
            "\"network\":\"10.0.0.0/8\"",
        );
        assert_ne!(text, old);
        let read = Project::read(old.as_bytes()).map(|project| project.conditions);
        assert_eq!(read, Ok(project.conditions));
    }

    #[test]
    fn what_is_no_project_is_said() {
        let text = String::from_utf8(project().write()).expect("JSON is UTF-8");
        let newer = text.replace("\"version\": 3", "\"version\": 4");
        let damaged = text.replace("\"allow_list\"", "\"allowed\"");
        let does_not_fit = text.replace("\"n_estimators\": \"100\"", "\"n_estimators\": \"0\"");
        for (text, what) in [
            (
                "a,b\n1,2\n",
                "The project cannot be read: at line 1, column 1, expected value.",
            ),
            ("[1, 2]", "This file is JSON, but not a project of Isolog."),
            (
                "{\"version\": 2}",
                "This file is JSON, but not a project of Isolog.",
            ),
            (
                &newer,
                concat!(
                    "The project is of format 4, written by Isolog ",
                    env!("CARGO_PKG_VERSION"),
                    "; this page reads up to format 3."
                ),
            ),
            (
                &damaged,
                "The project is damaged: missing field `allow_list`.",
            ),
            (
                &does_not_fit,
                "The setting n_estimators is 0; it must be a whole number from 1 to 10000.",
            ),
        ] {
            assert_eq!(Project::read(text.as_bytes()).expect_err(what).what, what);
        }
    }

    #[test]
    fn another_file_is_said_to_be_different() {
        let InputFile { name, size, sha256 } = &project().input;
        let compare = |name: &str, size, sha256| project().input.compare(name, size, sha256);
        assert!(compare(name, *size, Some(sha256)).contains("the same bytes"));
        assert!(compare("b.csv", *size, Some(sha256)).contains("then called a.csv"));
        assert!(compare(name, *size, Some("11")).contains("as large, but its bytes are others"));
        assert!(
            compare("b.csv", 1235, None)
                .contains("it is called b.csv, not a.csv; it has 1,235 bytes, not 1,234")
        );
    }
}
