//! The conditions on the page in words, and how a selection in a view changes them.

use ipnet::IpNet;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::charts::format::{exponent_of, format_count, place_near, to_place};
use crate::filter::{Condition, SCORE, Test, View};
use crate::report::Totals;
use crate::table::offset_if_repeated;

/// Names that a chip spells out; the rest is counted.
const MAX_NAMES: usize = 3;

/// Stands for the sessions without a value.
pub const NO_VALUE: &str = "(none)";

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Says what a condition asks, moments in a time zone: "country is DE or US".
pub fn condition_text(condition: &Condition, zone: &str) -> String {
    match &condition.test {
        Test::OneOf { column, values } => {
            let names: Vec<&str> = values
                .iter()
                .map(|value| value.as_deref().unwrap_or(NO_VALUE))
                .collect();
            format!("{column} is {}", alternatives(&names))
        }
        Test::InNetwork { column, networks } => {
            let names: Vec<&str> = networks.iter().map(String::as_str).collect();
            format!("{column} in {}", alternatives(&names))
        }
        Test::Between { column, low, high } => range_text(column, *low, *high),
        Test::During {
            start_micros,
            end_micros,
        } => period_text(*start_micros, *end_micros, zone),
        Test::OnHours { weekdays, hours } => hours_text(*weekdays, *hours),
        Test::Contains { column, text } => format!("{column} holds “{text}”"),
        Test::Verdict(verdicts) => {
            let names: Vec<&str> = verdicts.iter().map(|verdict| verdict.name()).collect();
            alternatives(&names)
        }
    }
}

/// Says how many sessions the conditions leave: "12 of 262 sessions, 3 suspicious".
pub fn totals_text(totals: &Totals, n_in_all: u64) -> String {
    let sessions = if n_in_all == 1 { "session" } else { "sessions" };
    let mut text = format!(
        "{} of {} {sessions}, {} suspicious",
        format_count(totals.n_sessions),
        format_count(n_in_all),
        format_count(totals.n_flagged)
    );
    if totals.n_known > 0 {
        text += &format!(", {} known", format_count(totals.n_known));
    }
    text
}

/// Puts what is selected in a view in the place of what was selected there before; nothing clears it.
pub fn select(conditions: &mut Vec<Condition>, made_in: &View, tests: Vec<Test>) {
    conditions.retain(|condition| condition.made_in != *made_in);
    conditions.extend(tests.into_iter().map(|test| Condition {
        made_in: made_in.clone(),
        test,
    }));
}

/// Adds a value of a column to those of its kind selected in a view, or takes it away.
///
/// Addresses give way to networks, and networks to addresses: both at once would leave nothing.
pub fn toggle(conditions: &mut Vec<Condition>, made_in: &View, column: &str, value: &Value) {
    let test = match value {
        Value::Network(network) => {
            let networks = toggled(networks(conditions, made_in, column), network);
            (!networks.is_empty()).then(|| Test::InNetwork {
                column: column.to_owned(),
                networks,
            })
        }
        Value::Text(text) => {
            let values = toggled(values(conditions, made_in, column), text);
            (!values.is_empty()).then(|| Test::OneOf {
                column: column.to_owned(),
                values,
            })
        }
    };
    conditions.retain(|condition| {
        let is_of_column = match &condition.test {
            Test::OneOf { column: of, .. } | Test::InNetwork { column: of, .. } => of == column,
            _ => false,
        };
        condition.made_in != *made_in || !is_of_column
    });
    conditions.extend(test.map(|test| Condition {
        made_in: made_in.clone(),
        test,
    }));
}

/// Returns the values without one, or with it if it was not there.
fn toggled<T: Clone + PartialEq>(values: &[T], value: &T) -> Vec<T> {
    let mut others: Vec<T> = values.iter().filter(|of| *of != value).cloned().collect();
    if others.len() == values.len() {
        others.push(value.clone());
    }
    others
}

/// Whether a value of a column is selected in a view.
pub fn is_selected(conditions: &[Condition], made_in: &View, column: &str, value: &Value) -> bool {
    match value {
        Value::Text(text) => values(conditions, made_in, column).contains(text),
        Value::Network(network) => networks(conditions, made_in, column).contains(network),
    }
}

/// A value that can be selected among the groups of a column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// The text, `None` for sessions without one.
    Text(Option<String>),
    /// The network that addresses are grouped by.
    Network(String),
}

impl Value {
    /// Returns the value of a group by its name; where sources are grouped by network, a text that is no address is a group
    /// of its own.
    pub fn of_group(name: Option<String>, is_by_network: bool) -> Value {
        match name {
            Some(network) if is_by_network && network.parse::<IpNet>().is_ok() => {
                Self::Network(network)
            }
            text => Self::Text(text),
        }
    }

    /// Returns what a condition on a column asks for this value.
    pub fn test(&self, column: &str) -> Test {
        let column = column.to_owned();
        match self {
            Self::Text(text) => Test::OneOf {
                column,
                values: vec![text.clone()],
            },
            Self::Network(network) => Test::InNetwork {
                column,
                networks: vec![network.clone()],
            },
        }
    }

    /// Returns it in words.
    pub fn name(&self) -> &str {
        match self {
            Self::Text(text) => text.as_deref().unwrap_or(NO_VALUE),
            Self::Network(network) => network,
        }
    }
}

/// Returns the period selected in a view, from its first microsecond to the first one after it.
pub fn period(conditions: &[Condition], made_in: &View) -> Option<(i64, i64)> {
    tests(conditions, made_in).find_map(|test| match *test {
        Test::During {
            start_micros,
            end_micros,
        } => Some((start_micros, end_micros)),
        _ => None,
    })
}

/// Returns the closed range of a column that is selected in a view.
pub fn range(conditions: &[Condition], made_in: &View, column: &str) -> Option<(f64, f64)> {
    tests(conditions, made_in).find_map(|test| match test {
        Test::Between {
            column: of,
            low,
            high,
        } if of == column => Some((*low, *high)),
        _ => None,
    })
}

/// Returns the weekdays and hours selected in a view.
pub fn hours(conditions: &[Condition], made_in: &View) -> Option<((u8, u8), (u8, u8))> {
    tests(conditions, made_in).find_map(|test| match *test {
        Test::OnHours { weekdays, hours } => Some((weekdays, hours)),
        _ => None,
    })
}

/// Returns what is selected in a view.
fn tests<'a>(conditions: &'a [Condition], made_in: &View) -> impl Iterator<Item = &'a Test> {
    let of_view = conditions
        .iter()
        .filter(move |condition| condition.made_in == *made_in);
    of_view.map(|condition| &condition.test)
}

fn values<'a>(conditions: &'a [Condition], made_in: &View, column: &str) -> &'a [Option<String>] {
    tests(conditions, made_in)
        .find_map(|test| match test {
            Test::OneOf { column: of, values } if of == column => Some(values.as_slice()),
            _ => None,
        })
        .unwrap_or_default()
}

fn networks<'a>(conditions: &'a [Condition], made_in: &View, column: &str) -> &'a [String] {
    tests(conditions, made_in)
        .find_map(|test| match test {
            Test::InNetwork {
                column: of,
                networks,
            } if of == column => Some(networks.as_slice()),
            _ => None,
        })
        .unwrap_or_default()
}

fn alternatives(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [name] => (*name).to_owned(),
        [first @ .., last] if names.len() <= MAX_NAMES => {
            format!("{} or {last}", first.join(", "))
        }
        _ => format!(
            "{} or {} more",
            names[..MAX_NAMES - 1].join(", "),
            names.len() - (MAX_NAMES - 1)
        ),
    }
}

fn range_text(column: &str, low: f64, high: f64) -> String {
    let number = |value| number_text(column, value, high - low);
    match (low.is_finite(), high.is_finite()) {
        (true, false) => format!("{column} at least {}", number(low)),
        (false, true) => format!("{column} at most {}", number(high)),
        (false, false) => format!("{column} is a number"),
        (true, true) if low == high => format!("{column} is {}", number(low)),
        (true, true) => format!("{column} from {} to {}", number(low), number(high)),
    }
}

/// Writes a number to four digits or so, whole if it is large; to more if the other end of its range is near.
fn number_text(column: &str, value: f64, distance: f64) -> String {
    let size = exponent_of(value);
    let place = if column == SCORE || size >= 0 {
        (size - 4).clamp(-4, 0)
    } else {
        size - 3
    };
    to_place(value, place.min(place_near(distance)))
}

/// Says when a period begins and ends, in a time zone that it names.
pub fn period_text(start_micros: i64, end_micros: i64, zone: &str) -> String {
    let (Some(start), Some(end)) = (moment(start_micros, zone), moment(end_micros, zone)) else {
        return format!("microseconds {start_micros} to {end_micros}");
    };
    let end_day = if start.date() == end.date() {
        String::new()
    } else {
        format!("{} ", end.date())
    };
    format!(
        "{} {} to {end_day}{} {}",
        start.date(),
        time_of_day(&start),
        time_of_day(&end),
        zone_name(&start)
    )
}

/// Says when something happened, in a time zone that it names.
pub fn moment_text(micros: i64, zone: &str) -> String {
    moment(micros, zone).map_or_else(
        || format!("microsecond {micros}"),
        |moment| {
            format!(
                "{} {} {}",
                moment.date(),
                time_of_day(&moment),
                zone_name(&moment)
            )
        },
    )
}

/// A zone that is not known counts as UTC, and is named so.
fn moment(micros: i64, zone: &str) -> Option<Zoned> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let moment = Timestamp::from_microsecond(micros).ok()?;
    Some(moment.to_zoned(zone))
}

fn zone_name(moment: &Zoned) -> &str {
    moment.time_zone().iana_name().unwrap_or("UTC")
}

fn time_of_day(moment: &Zoned) -> String {
    let format = if moment.second() == 0 && moment.subsec_nanosecond() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    moment.strftime(format).to_string() + &offset_if_repeated(moment)
}

fn hours_text(weekdays: (u8, u8), hours: (u8, u8)) -> String {
    let name = |day: u8| WEEKDAYS.get(usize::from(day)).copied().unwrap_or("?");
    let days = if weekdays.0 == weekdays.1 {
        name(weekdays.0).to_owned()
    } else {
        format!("{}–{}", name(weekdays.0), name(weekdays.1))
    };
    format!("{days}, {:02}:00–{:02}:59", hours.0, hours.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Verdict;

    fn text(test: Test) -> String {
        let condition = Condition {
            made_in: View::Table,
            test,
        };
        condition_text(&condition, "UTC")
    }

    fn one_of(values: &[&str]) -> Test {
        Test::OneOf {
            column: "country".to_owned(),
            values: values.iter().map(|&value| Some(value.to_owned())).collect(),
        }
    }

    fn between(column: &str, low: f64, high: f64) -> Test {
        Test::Between {
            column: column.to_owned(),
            low,
            high,
        }
    }

    #[test]
    fn only_networks_are_asked_for_as_such() {
        let value =
            |name: &str, is_by_network| Value::of_group(Some(name.to_owned()), is_by_network);
        let (network, text) = ("10.0.1.0/24".to_owned(), |text: &str| {
            Value::Text(Some(text.to_owned()))
        });
        assert_eq!(value(&network, true), Value::Network(network.clone()));
        assert_eq!(value(&network, false), text(&network));
        assert_eq!(value("2001:db8::/64", true).name(), "2001:db8::/64");
        for no_address in ["unknown", "1.2.3.4:443", "", "10.0.1.0/99"] {
            assert_eq!(value(no_address, true), text(no_address));
        }
        assert_eq!(Value::of_group(None, true), Value::Text(None));
    }

    #[test]
    fn a_chip_says_what_is_asked() {
        for (test, words) in [
            (one_of(&["DE"]), "country is DE"),
            (one_of(&["DE", "US", "FR"]), "country is DE, US or FR"),
            (
                one_of(&["DE", "US", "FR", "IT", "NL"]),
                "country is DE, US or 3 more",
            ),
            (
                Test::OneOf {
                    column: "rule".to_owned(),
                    values: vec![None],
                },
                "rule is (none)",
            ),
            (
                Test::InNetwork {
                    column: "src_ip".to_owned(),
                    networks: vec!["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()],
                },
                "src_ip in 10.0.0.0/8 or 2001:db8::/32",
            ),
            (
                between("bytes_in", 532.0, 1_561_220.0),
                "bytes_in from 532 to 1,561,220",
            ),
            (
                between("score", -0.654_321, -0.5),
                "score from −0.6543 to −0.5",
            ),
            (
                between("ratio", 0.001_234, 0.5),
                "ratio from 0.001234 to 0.5",
            ),
            (
                between("bytes_in", 5.0, f64::INFINITY),
                "bytes_in at least 5",
            ),
            (
                between("bytes_in", f64::NEG_INFINITY, 0.0),
                "bytes_in at most 0",
            ),
            (between("port", 443.0, 443.0), "port is 443"),
            (
                Test::During {
                    start_micros: 1_714_082_400_000_000,
                    end_micros: 1_714_083_000_000_000,
                },
                "2024-04-25 22:00 to 22:10 UTC",
            ),
            (
                Test::During {
                    start_micros: 1_714_082_401_000_000,
                    end_micros: 1_714_089_600_000_000,
                },
                "2024-04-25 22:00:01 to 2024-04-26 00:00 UTC",
            ),
            (
                Test::OnHours {
                    weekdays: (0, 4),
                    hours: (8, 17),
                },
                "Mon–Fri, 08:00–17:59",
            ),
            (
                Test::OnHours {
                    weekdays: (6, 6),
                    hours: (3, 3),
                },
                "Sun, 03:00–03:59",
            ),
            (
                Test::Contains {
                    column: "agent".to_owned(),
                    text: "curl".to_owned(),
                },
                "agent holds “curl”",
            ),
            (
                Test::Verdict(vec![Verdict::Suspicious, Verdict::Known]),
                "Suspicious or Known",
            ),
        ] {
            assert_eq!(text(test), words);
        }
    }

    #[test]
    fn moments_are_those_of_the_zone() {
        // clocks went from 02:00 to 03:00 on 31 March 2024
        let (start, end) = (1_711_843_200_000_000, 1_711_850_400_000_000);
        assert_eq!(
            period_text(start, end, "Europe/Berlin"),
            "2024-03-31 01:00 to 04:00 Europe/Berlin"
        );
        // and from 03:00 back to 02:00 on 27 October
        let again = 1_729_990_800_000_000;
        assert_eq!(
            period_text(again - 3_600_000_000, again, "Europe/Berlin"),
            "2024-10-27 02:00 +02:00 to 02:00 +01:00 Europe/Berlin"
        );
        assert_eq!(moment_text(start, "UTC"), "2024-03-31 00:00 UTC");
        assert_eq!(moment_text(start, "Mars/Olympus"), "2024-03-31 00:00 UTC");
        assert_eq!(
            moment_text(i64::MAX, "UTC"),
            "microsecond 9223372036854775807"
        );
    }

    #[test]
    fn what_is_left_is_counted() {
        let totals = Totals {
            n_sessions: 1200,
            n_flagged: 3,
            ..Totals::default()
        };
        assert_eq!(
            totals_text(&totals, 5000),
            "1,200 of 5,000 sessions, 3 suspicious"
        );
        let totals = Totals {
            n_sessions: 1,
            n_known: 1,
            ..Totals::default()
        };
        assert_eq!(
            totals_text(&totals, 1),
            "1 of 1 session, 0 suspicious, 1 known"
        );
    }

    #[test]
    fn values_are_added_and_taken_away() {
        let view = View::Groups("country".to_owned());
        let value = |name: &str| Value::Text(Some(name.to_owned()));
        let mut conditions = vec![];
        select(
            &mut conditions,
            &View::Timeline,
            vec![between("x", 0.0, 1.0)],
        );
        for name in ["DE", "US"] {
            toggle(&mut conditions, &view, "country", &value(name));
        }
        assert_eq!(conditions[1].test, one_of(&["DE", "US"]));
        toggle(&mut conditions, &view, "country", &value("DE"));
        assert_eq!(conditions[1].test, one_of(&["US"]));
        assert!(is_selected(&conditions, &view, "country", &value("US")));
        assert!(!is_selected(&conditions, &view, "country", &value("DE")));
        toggle(&mut conditions, &view, "country", &value("US"));
        assert_eq!(conditions.len(), 1, "an empty selection is none");
        assert_eq!(range(&conditions, &View::Timeline, "x"), Some((0.0, 1.0)));
        assert_eq!(range(&conditions, &View::Scatter, "x"), None);
    }

    #[test]
    fn networks_are_added_and_taken_away_and_stand_apart_from_addresses() {
        let view = View::Groups("src_ip".to_owned());
        let network = |text: &str| Value::Network(text.to_owned());
        let in_networks = |networks: &[&str]| Test::InNetwork {
            column: "src_ip".to_owned(),
            networks: networks.iter().map(|&network| network.to_owned()).collect(),
        };
        let mut conditions = vec![];
        let mut toggle = |value: &Value| {
            toggle(&mut conditions, &view, "src_ip", value);
            let tests = conditions.iter().map(|condition| condition.test.clone());
            tests.collect::<Vec<_>>()
        };
        toggle(&Value::Text(None));
        assert_eq!(
            toggle(&network("10.0.0.0/24")),
            [in_networks(&["10.0.0.0/24"])]
        );
        assert_eq!(
            toggle(&network("10.0.1.0/24")),
            [in_networks(&["10.0.0.0/24", "10.0.1.0/24"])]
        );
        assert_eq!(
            toggle(&network("10.0.0.0/24")),
            [in_networks(&["10.0.1.0/24"])]
        );
        let of_address = toggle(&Value::Text(None));
        assert!(matches!(of_address.as_slice(), [Test::OneOf { .. }]));
        toggle(&network("10.0.1.0/24"));
        assert_eq!(toggle(&network("10.0.1.0/24")), []);
    }

    #[test]
    fn a_view_gives_back_what_is_selected_in_it() {
        let mut conditions = vec![];
        let during = Test::During {
            start_micros: 1,
            end_micros: 2,
        };
        let on_hours = Test::OnHours {
            weekdays: (0, 1),
            hours: (2, 3),
        };
        select(&mut conditions, &View::Timeline, vec![during]);
        select(&mut conditions, &View::Heatmap, vec![on_hours]);
        assert_eq!(period(&conditions, &View::Timeline), Some((1, 2)));
        assert_eq!(hours(&conditions, &View::Heatmap), Some(((0, 1), (2, 3))));
        select(&mut conditions, &View::Timeline, vec![]);
        assert_eq!(period(&conditions, &View::Timeline), None);
    }
}
