//! The threshold as people state it: as a share, a count, a score, or a place on the slider.

use super::Problem;
use super::problem::param_sentence;
use crate::charts::format::{counted, fixed, format_count};
use crate::export::float;
use crate::forest::{Contamination, ParamError};
use crate::report::Report;

/// Steps of the slider, about.
const N_STEPS: f64 = 400.0;

/// The threshold of a report in every way to state it; all four agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Dial {
    /// The flagged share of the scored rows in percent, as typed.
    pub percent: String,
    /// The number of flagged rows, as typed.
    pub top: String,
    /// The threshold's score, as typed.
    pub score: String,
    /// Lowest place of the slider, a score.
    pub low: f64,
    /// Highest place of the slider.
    pub high: f64,
    /// Its step, a round number.
    pub step: f64,
    /// Its place: the threshold's score.
    pub place: f64,
    /// What the place means.
    pub meaning: String,
}

impl Dial {
    /// States the threshold of a report that was asked for as `contamination`.
    pub fn of(report: &Report, contamination: Contamination) -> Dial {
        let (n_flagged, n_scored) = (report.counts.n_flagged, report.counts.n_scored);
        let share = n_flagged as f64 / n_scored.max(1) as f64;
        let flagged_percent = fixed(100.0 * share, 4).replace(',', "");
        let percent = match contamination {
            Contamination::Fraction(share) => fixed(100.0 * share, 10),
            _ => flagged_percent.clone(),
        };
        let (low, high) = (
            report.histogram.low.min(report.threshold),
            report.histogram.high.max(report.threshold),
        );
        // the largest power of ten, or half of it, that makes enough steps
        let power = 10f64.powf(((high - low) / N_STEPS).log10().ceil());
        let step = if power.is_finite() && power > 0.0 {
            power.min(1.0)
        } else {
            1e-3
        };
        let step = if (high - low) / step < 0.5 * N_STEPS {
            step / 5.0
        } else {
            step
        };
        Dial {
            percent,
            top: n_flagged.to_string(),
            score: float(report.threshold),
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
            place: report.threshold,
            meaning: match &report.silence {
                Some(_) => {
                    "all scores are equal: no threshold makes a session stand out".to_owned()
                }
                None => format!(
                    "score {}: {} of {} flagged, {flagged_percent} %",
                    fixed(report.threshold, 4),
                    format_count(n_flagged),
                    counted(n_scored, "session")
                ),
            },
        }
    }
}

/// Reads a share in percent.
///
/// # Errors
/// In words, if it is not above 0 and at most 50.
pub fn parse_percent(text: &str) -> Result<Contamination, Problem> {
    let digits = text.trim().trim_end_matches('%').trim_end();
    // the exponent shifts the digits as typed: dividing by 100 could round twice
    let share = format!("{digits}e-2").parse().ok();
    share
        .filter(|&share: &f64| 0.0 < share && share <= 0.5)
        .map(Contamination::Fraction)
        .ok_or_else(|| does_not_fit("percentage", text, "above 0 and at most 50"))
}

/// Reads a number of rows.
///
/// # Errors
/// In words, if it is not a whole number from 1.
pub fn parse_top(text: &str) -> Result<Contamination, Problem> {
    let digits = text.trim().replace(',', "");
    format!("top {digits}")
        .parse()
        .map_err(|_: ParamError| does_not_fit("number of rows", text, "a whole number from 1"))
}

/// Reads a score.
///
/// # Errors
/// In words, if it is no number.
pub fn parse_score(text: &str) -> Result<Contamination, Problem> {
    let digits = text.trim().replace('−', "-");
    format!("score {digits}")
        .parse()
        .map_err(|_: ParamError| does_not_fit("score", text, "a number such as -0.55"))
}

/// Reads a contamination in any of its forms.
///
/// # Errors
/// In words, if it is none.
pub fn parse_contamination(text: &str) -> Result<Contamination, Problem> {
    text.parse().map_err(|error: ParamError| {
        Problem::setting(
            param_sentence(&error),
            "Change it. The threshold stays where it was.",
        )
    })
}

/// Returns the threshold at a score, kept to as many digits as a place on the screen means.
pub fn at_score(score: f64) -> Contamination {
    Contamination::Score((score * 1e4).round() / 1e4)
}

fn does_not_fit(what: &str, text: &str, allowed: &str) -> Problem {
    let given = if text.trim().is_empty() {
        "empty"
    } else {
        text.trim()
    };
    Problem::setting(
        format!("The threshold's {what} is {given}; it must be {allowed}."),
        "Change it. The threshold stays where it was.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_to_the_last_bit() {
        for (text, share) in [
            ("5", 0.05),
            ("0.1 %", 0.001),
            ("12.5%", 0.125),
            ("50", 0.5),
            ("0.29", 0.0029),
        ] {
            assert_eq!(
                parse_percent(text),
                Ok(Contamination::Fraction(share)),
                "{text}"
            );
        }
        for text in ["0", "51", "-1", "", "x", "5e1"] {
            assert!(parse_percent(text).is_err(), "{text}");
        }
        assert_eq!(parse_top(" 1,000 "), Ok(Contamination::Top(1000)));
        assert_eq!(parse_score("−0.55"), Ok(Contamination::Score(-0.55)));
        assert_eq!(at_score(-0.600_049), Contamination::Score(-0.6));
        for text in ["0", "-3", "1.5", ""] {
            assert!(parse_top(text).is_err(), "{text}");
        }
        let problem = parse_score("low").expect_err("no number");
        assert_eq!(
            problem.what,
            "The threshold's score is low; it must be a number such as -0.55."
        );
    }
}
