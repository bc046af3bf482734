//! From what is selected on a chart to what is asked of sessions, and back.

use super::chips;
use crate::charts::{FlowsPlace, Hour, Window, period_of_buckets};
use crate::filter::{Condition, SCORE, Test, View};
use crate::report::{Axis, Distribution, Flows, Histogram, Scatter, Timeline};
use crate::table::Extent;

/// Returns what the bars from one to another of a distribution ask for, both included.
pub fn bars_test(distribution: &Distribution, from: usize, to: usize) -> Option<Test> {
    let edges = &distribution.edges;
    let (first, last) = (from.min(to), from.max(to));
    let (&low, &end) = (edges.get(first)?, edges.get(last + 1)?);
    // a value on an edge between two bars belongs to the upper one
    let high = if last + 2 == edges.len() {
        end
    } else {
        end.next_down()
    };
    Some(Test::Between {
        column: distribution.column.clone(),
        low,
        high,
    })
}

/// Returns the first and the last bar of a distribution that are selected in it.
pub fn selected_bars(
    distribution: &Distribution,
    conditions: &[Condition],
) -> Option<(usize, usize)> {
    let view = View::Distribution(distribution.column.clone());
    let (low, high) = chips::range(conditions, &view, &distribution.column)?;
    let edges = &distribution.edges;
    let n_bars = edges.len().checked_sub(1).filter(|&n| n > 0)?;
    let bar = |value: f64| {
        let n_below = edges.partition_point(|&edge| edge <= value);
        n_below.saturating_sub(1).min(n_bars - 1)
    };
    Some((bar(low), bar(high)))
}

/// Returns what the bars from one to another of the score histogram ask for, both included.
pub fn scores_test(histogram: &Histogram, from: usize, to: usize) -> Option<Test> {
    let (low, high) = histogram.range(from.min(to), from.max(to))?;
    Some(Test::Between {
        column: SCORE.to_owned(),
        low,
        high,
    })
}

/// Returns the first and the last bar of the score histogram that are selected in it.
pub fn selected_scores(histogram: &Histogram, conditions: &[Condition]) -> Option<(usize, usize)> {
    let (low, high) = chips::range(conditions, &View::Scores, SCORE)?;
    Some((histogram.bar(low), histogram.bar(high)))
}

/// Returns what a part of the plane of a scatter plot asks for.
pub fn window_tests(scatter: &Scatter, (x, y): Window) -> Vec<Test> {
    let between = |axis: &Axis, (low, high): (f64, f64)| Test::Between {
        column: axis.column.clone(),
        low,
        high,
    };
    if scatter.x.column == scatter.y.column {
        return vec![between(&scatter.x, (x.0.max(y.0), x.1.min(y.1)))];
    }
    vec![between(&scatter.x, x), between(&scatter.y, y)]
}

/// Returns the part of the plane of a scatter plot that is selected in it, if it is one of these two columns.
pub fn selected_window(scatter: &Scatter, conditions: &[Condition]) -> Option<Window> {
    let range = |axis: &Axis| chips::range(conditions, &View::Scatter, &axis.column);
    Some((range(&scatter.x)?, range(&scatter.y)?))
}

/// Returns which part of a scatter plot's plane is shown, as shares of its axes: 0 is the lowest value of all sessions, 1 the
/// highest. So it can be named without naming a value. `None` if an axis has but one value.
pub fn shares_of_window(scatter: &Scatter, (x, y): Window) -> Option<Window> {
    let share = |axis: &Axis, value: f64| {
        let share = ends(axis).share(value);
        // more digits than a place on a screen means make a link no truer
        format!("{share:.9e}")
            .parse()
            .ok()
            .filter(|share: &f64| share.is_finite())
    };
    let of = |axis, (low, high)| Some((share(axis, low)?, share(axis, high)?));
    Some((of(&scatter.x, x)?, of(&scatter.y, y)?))
}

fn ends(axis: &Axis) -> Extent {
    Extent {
        low: axis.low,
        high: axis.high,
    }
}

/// Undoes [`shares_of_window`]; `None` if that is no part of the plane.
pub fn window_of_shares(scatter: &Scatter, (x, y): Window) -> Option<Window> {
    let of = |axis, (low, high)| {
        let window = (ends(axis).at(low), ends(axis).at(high));
        (window.0 < window.1 && window.0.is_finite() && window.1.is_finite()).then_some(window)
    };
    Some((of(&scatter.x, x)?, of(&scatter.y, y)?))
}

/// Returns what the buckets from one to another of a timeline ask for, both included.
pub fn buckets_test(timeline: &Timeline, from: usize, to: usize) -> Test {
    let (start_micros, end_micros) = period_of_buckets(timeline, from, to);
    Test::During {
        start_micros,
        end_micros,
    }
}

/// Returns what the hours of a week between two corners ask for.
pub fn hours_test(from: Hour, to: Hour) -> Test {
    let ordered = |a: u8, b: u8| (a.min(b), a.max(b));
    Test::OnHours {
        weekdays: ordered(from.weekday, to.weekday),
        hours: ordered(from.hour, to.hour),
    }
}

/// Returns the corners of the hours of a week that are selected.
pub fn selected_hours(conditions: &[Condition]) -> Option<(Hour, Hour)> {
    let (weekdays, hours) = chips::hours(conditions, &View::Heatmap)?;
    let corner = |weekday, hour| Hour { weekday, hour };
    Some((corner(weekdays.0, hours.0), corner(weekdays.1, hours.1)))
}

/// Returns what sources and destinations from one place to another ask for, both included.
///
/// What is counted together as the rest has no name to ask for: a place in it asks for nothing of its kind.
pub fn flows_tests(flows: &Flows, from: FlowsPlace, to: FlowsPlace) -> Vec<Test> {
    let named = |names: &[Option<String>], from: Option<usize>, to: Option<usize>| {
        let (from, to) = (from?, to?);
        let names = names.get(from.min(to)..=from.max(to))?;
        let values: Vec<_> = names
            .iter()
            .filter(|name| name.is_some())
            .cloned()
            .collect();
        (!values.is_empty()).then_some(values)
    };
    let ((source, destination), (last_source, last_destination)) = (from.ends(), to.ends());
    let of_sources = named(&flows.sources, source, last_source);
    let of_destinations = named(&flows.destinations, destination, last_destination);
    let columns = [&flows.columns.0, &flows.columns.1];
    columns
        .into_iter()
        .zip([of_sources, of_destinations])
        .filter_map(|(column, values)| {
            Some(Test::OneOf {
                column: column.clone(),
                values: values?,
            })
        })
        .collect()
}

/// Returns the column and the name of each source and each destination that has a name.
pub fn flow_ends(flows: &Flows) -> Vec<(String, String)> {
    let (of_sources, of_destinations) = &flows.columns;
    let sources = flows.sources.iter().map(|name| (of_sources, name));
    let destinations = flows
        .destinations
        .iter()
        .map(|name| (of_destinations, name));
    let ends = sources.chain(destinations);
    ends.filter_map(|(column, name)| Some((column.clone(), name.clone()?)))
        .collect()
}

/// Returns the places that are selected among sources and destinations.
pub fn selected_flows(flows: &Flows, conditions: &[Condition]) -> Vec<FlowsPlace> {
    let chosen = |column: &str, names: &[Option<String>]| -> Vec<usize> {
        let is_chosen = |name: &Option<String>| {
            let value = chips::Value::Text(name.clone());
            name.is_some() && chips::is_selected(conditions, &View::Flows, column, &value)
        };
        (0..names.len()).filter(|&i| is_chosen(&names[i])).collect()
    };
    let sources = chosen(&flows.columns.0, &flows.sources);
    let destinations = chosen(&flows.columns.1, &flows.destinations);
    match (sources.is_empty(), destinations.is_empty()) {
        (false, true) => sources.into_iter().map(FlowsPlace::Source).collect(),
        (true, false) => destinations
            .into_iter()
            .map(FlowsPlace::Destination)
            .collect(),
        _ => sources
            .iter()
            .flat_map(|&source| {
                destinations
                    .iter()
                    .map(move |&destination| FlowsPlace::Flow {
                        source,
                        destination,
                    })
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Unit;
    use crate::session::tests::empty_scatter;

    fn conditions(made_in: View, tests: Vec<Test>) -> Vec<Condition> {
        let mut conditions = vec![];
        chips::select(&mut conditions, &made_in, tests);
        conditions
    }

    #[test]
    fn bars_ask_for_their_values_and_no_others() {
        let distribution = Distribution {
            column: "bytes_in".to_owned(),
            edges: vec![0.0, 10.0, 20.0, 30.0],
            is_log: false,
            normal: vec![1, 1, 1],
            suspicious: vec![0, 0, 0],
        };
        for (from, to, range) in [
            (0, 0, (0.0, 10f64.next_down())),
            (1, 0, (0.0, 20f64.next_down())),
            (1, 2, (10.0, 30.0)),
        ] {
            let test = bars_test(&distribution, from, to).expect("the bars are there");
            let Test::Between { low, high, .. } = test else {
                panic!("a range");
            };
            assert_eq!((low, high), range);
            let view = View::Distribution("bytes_in".to_owned());
            assert_eq!(
                selected_bars(&distribution, &conditions(view, vec![test.clone()])),
                Some((from.min(to), from.max(to)))
            );
        }
        assert_eq!(bars_test(&distribution, 2, 3), None);
        assert_eq!(selected_bars(&distribution, &[]), None);
    }

    #[test]
    fn a_window_comes_back_from_its_shares() {
        let axis = |low, high| Axis {
            column: "bytes_in".to_owned(),
            title: "Bytes in".to_owned(),
            unit: Unit::Bytes,
            low,
            high,
        };
        let mut scatter = empty_scatter(axis(100.0, 300.0), axis(-1.0, 0.0));
        let window = ((150.0, 200.0), (-0.75, -0.5));
        let shares = ((0.25, 0.5), (0.25, 0.5));
        assert_eq!(shares_of_window(&scatter, window), Some(shares));
        assert_eq!(window_of_shares(&scatter, shares), Some(window));
        assert_eq!(window_of_shares(&scatter, ((0.5, 0.5), (0.0, 1.0))), None);
        scatter.y = axis(2.0, 2.0);
        assert_eq!(shares_of_window(&scatter, window), None);
        assert_eq!(window_of_shares(&scatter, shares), None);
    }

    #[test]
    fn bars_of_scores_ask_for_just_the_scores_they_count() {
        // thirds of these ends are no binary fractions, so ends of bars are rounded
        for (low, high, n_bars) in [(-0.7, -0.4, 3), (-0.812_345, -0.3, 50), (-0.505, -0.495, 7)] {
            let histogram = Histogram {
                low,
                high,
                normal: vec![0; n_bars],
                suspicious: vec![0; n_bars],
            };
            let mut before = f64::NEG_INFINITY;
            for bar in 0..n_bars {
                let test = scores_test(&histogram, bar, bar).expect("there is such a bar");
                let Test::Between { column, low, high } = &test else {
                    panic!("a range");
                };
                assert_eq!(column, SCORE);
                assert_eq!((histogram.bar(*low), histogram.bar(*high)), (bar, bar));
                assert!(
                    before.next_up() == *low || bar == 0,
                    "no score lies between"
                );
                before = *high;
                let conditions = conditions(View::Scores, vec![test]);
                assert_eq!(
                    selected_scores(&histogram, &conditions),
                    Some((bar, bar)),
                    "{bar} of {n_bars}"
                );
            }
            assert_eq!((histogram.range(0, n_bars - 1)), Some((low, high)));
            assert_eq!(scores_test(&histogram, 0, n_bars), None);
        }
        let empty = Histogram {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            normal: vec![0; 3],
            suspicious: vec![0; 3],
        };
        assert_eq!(scores_test(&empty, 0, 1), None);
    }

    #[test]
    fn hours_come_back_as_they_were_selected() {
        let hour = |weekday, hour| Hour { weekday, hour };
        let test = hours_test(hour(4, 17), hour(0, 8));
        assert_eq!(
            test,
            Test::OnHours {
                weekdays: (0, 4),
                hours: (8, 17)
            }
        );
        assert_eq!(
            selected_hours(&conditions(View::Heatmap, vec![test])),
            Some((hour(0, 8), hour(4, 17)))
        );
    }

    #[test]
    fn flows_ask_for_names_and_the_rest_has_none() {
        let names = |names: &[&str]| -> Vec<Option<String>> {
            names
                .iter()
                .map(|&name| Some(name.to_owned()))
                .chain([None])
                .collect()
        };
        let flows = Flows {
            columns: ("src".to_owned(), "dst".to_owned()),
            sources: names(&["a", "b"]),
            destinations: names(&["x"]),
            flows: vec![],
        };
        let end = |column: &str, name: &str| (column.to_owned(), name.to_owned());
        assert_eq!(
            flow_ends(&flows),
            [end("src", "a"), end("src", "b"), end("dst", "x")]
        );
        let flow = |source, destination| FlowsPlace::Flow {
            source,
            destination,
        };
        let one_of = |column: &str, values: &[&str]| Test::OneOf {
            column: column.to_owned(),
            values: values.iter().map(|&value| Some(value.to_owned())).collect(),
        };
        for (from, to, tests, places) in [
            (
                FlowsPlace::Source(0),
                FlowsPlace::Source(1),
                vec![one_of("src", &["a", "b"])],
                vec![FlowsPlace::Source(0), FlowsPlace::Source(1)],
            ),
            (
                flow(1, 0),
                flow(1, 0),
                vec![one_of("src", &["b"]), one_of("dst", &["x"])],
                vec![flow(1, 0)],
            ),
            (
                flow(2, 0),
                flow(2, 0),
                vec![one_of("dst", &["x"])],
                vec![FlowsPlace::Destination(0)],
            ),
            (FlowsPlace::Source(2), FlowsPlace::Source(2), vec![], vec![]),
        ] {
            assert_eq!(flows_tests(&flows, from, to), tests);
            assert_eq!(
                selected_flows(&flows, &conditions(View::Flows, tests)),
                places
            );
        }
    }
}
