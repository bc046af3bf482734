//! The one-hot columns of the country, as scikit-learn's encoder makes them.

use std::collections::HashMap;

use crate::table::{Categories, NO_CATEGORY, is_missing_word};
use crate::traffic::{Role, Sessions};

/// Distinct countries beyond which no one-hot columns are made.
const MAX_COLUMNS: usize = 1000;

/// The columns, and which of them each session has.
#[derive(Default)]
pub(super) struct OneHot<'a> {
    /// Names of the columns: of the countries in order, then of the missing ones, if any is.
    pub(super) names: Vec<String>,
    countries: Option<(usize, &'a Categories)>,
    of_code: Vec<usize>,
    /// What has no code: no value to us, yet text to pandas, such as `-`.
    of_text: HashMap<String, usize>,
}

impl<'a> OneHot<'a> {
    /// No columns if there is no country, or far too many.
    pub(super) fn new(sessions: &'a Sessions) -> OneHot<'a> {
        let (Some(countries), Some(column)) =
            (&sessions.countries, sessions.roles.column(Role::Country))
        else {
            return OneHot::default();
        };
        let described = &sessions.table.columns[column];
        let blanks = described.seen.blanks.iter().map(|text| text.to_uppercase());
        let mut values: Vec<String> = countries.names.iter().cloned().chain(blanks).collect();
        values.sort_unstable();
        values.dedup();
        if values.len() > MAX_COLUMNS {
            return OneHot::default();
        }
        let place = |text: &String| values.binary_search(text).unwrap_or(usize::MAX);
        let of_code = countries.names.iter().map(place).collect();
        let blanks = described.seen.blanks.iter();
        let of_text = blanks.map(|text| (text.clone(), place(&text.to_uppercase())));
        let of_text = of_text.collect();
        if described.seen.has_missing_text {
            values.push("nan".to_owned());
        }
        OneHot {
            names: values
                .iter()
                .map(|value| format!("{}_{value}", described.name))
                .collect(),
            countries: Some((column, countries)),
            of_code,
            of_text,
        }
    }

    /// Adds the cells of a row, of which `text` returns the text in a column of the file.
    pub(super) fn append<'t>(
        &self,
        row: usize,
        text: impl FnOnce(usize) -> std::borrow::Cow<'t, str>,
        cells: &mut Vec<String>,
    ) {
        let Some((column, countries)) = self.countries else {
            return;
        };
        let place = match countries.code(row) {
            NO_CATEGORY => {
                let text = text(column);
                match is_missing_word(&text) {
                    true => Some(self.names.len() - 1),
                    false => self.of_text.get(text.as_ref()).copied(),
                }
            }
            code => self.of_code.get(code as usize).copied(),
        };
        let cell = |i| if Some(i) == place { "1.0" } else { "0.0" }.to_owned();
        cells.extend((0..self.names.len()).map(cell));
    }
}
