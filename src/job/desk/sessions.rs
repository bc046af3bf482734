//! The table of sessions: any order, any conditions, a window of rows at a time.
//!
//! An order of all rows is kept until another one is asked for, and so are the rows that the conditions leave of it: then
//! scrolling costs the rows that come into view, and for what their sources do in an hour a look at every source and time.

use std::collections::HashMap;
use std::ops::Range;

use super::{Analysis, Desk, look};
use crate::features::statistics::order_key;
use crate::filter::{Condition, Test, Verdict};
use crate::job::{Error, Order, OrderBy, Reply, SessionRow};
use crate::source::{Input, RowReader};
use crate::table::{Categories, Data, NO_CATEGORY};
use crate::traffic::Sessions;

/// Rows beyond which what is kept of those shown before is given up.
const MAX_KEPT: usize = 2000;

/// The longest row of which something is kept, in bytes.
const MAX_KEPT_BYTES: u32 = 4096;

/// What a table of sessions shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) conditions: Vec<Condition>,
    /// Time zone of the conditions.
    pub(super) zone: String,
    pub(super) order: Order,
}

/// The rows of the table as they were asked for last.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// All rows in an order.
    ordered: Option<(Order, Vec<u32>)>,
    /// What the conditions leave, in the order asked for; not kept without conditions.
    left: Option<(Asked, Vec<u32>)>,
    /// What no threshold changes of rows that were shown lately: reading a row again takes a browser a millisecond, and what
    /// its source does in an hour a look at all rows.
    kept: HashMap<u32, Kept>,
}

/// What is kept of a row.
#[derive(Debug, Clone)]
struct Kept {
    cells: Vec<String>,
    derived: Vec<f64>,
}

/// Shows some rows of the table of sessions.
#[inline(never)]
pub(super) fn sessions(
    desk: &mut Desk,
    asked: Asked,
    first: u32,
    n: u32,
    find: Option<u32>,
    input: &mut dyn Input,
) -> Result<Reply, Error> {
    let mut listing = std::mem::take(&mut desk.listing);
    let reply = list(
        desk,
        &mut listing,
        asked,
        first..first.saturating_add(n),
        find,
        input,
    );
    desk.listing = listing;
    reply
}

fn list(
    desk: &mut Desk,
    listing: &mut Listing,
    asked: Asked,
    wanted: Range<u32>,
    find: Option<u32>,
    input: &mut dyn Input,
) -> Result<Reply, Error> {
    if !listing.has_at_hand(&asked) {
        listing.prepare(desk, asked)?;
    }
    let verdicts = look::judged(desk)?.verdicts;
    let analysis = desk.analysis()?;
    let rows = listing.rows();
    let n_rows = rows.len() as u64;
    let end = (wanted.end as usize).min(rows.len());
    let start = (wanted.start as usize).min(end);
    let shown = rows[start..end].to_vec();
    let place = find.and_then(|row| {
        let place = rows.iter().position(|&other| other == row)?;
        u32::try_from(place).ok()
    });
    Ok(Reply::Sessions {
        n_rows,
        rows: listing.show(analysis, verdicts, &shown, input)?,
        place,
    })
}

impl Listing {
    /// Forgets what depends on the verdicts.
    pub(super) fn forget_result(&mut self) {
        self.left = None;
    }

    fn has_at_hand(&self, asked: &Asked) -> bool {
        match &self.left {
            Some((left, _)) => left == asked,
            None => asked.conditions.is_empty() && self.is_in(&asked.order),
        }
    }

    fn is_in(&self, order: &Order) -> bool {
        self.ordered.as_ref().is_some_and(|(kept, _)| kept == order)
    }

    /// Has the rows at hand that are asked for.
    fn prepare(&mut self, desk: &mut Desk, asked: Asked) -> Result<(), Error> {
        let by_suspicion = Order {
            by: OrderBy::Score,
            is_descending: false,
        };
        // the suspicious rows are in this order already: the others need not be looked at
        let is_given = |condition: &Condition| {
            asked.order == by_suspicion
                && condition.test == Test::Verdict(vec![Verdict::Suspicious])
        };
        let (given, others): (Vec<_>, Vec<_>) =
            asked.conditions.iter().cloned().partition(is_given);
        let left = if others.is_empty() {
            None
        } else {
            Some(look::rows(desk, &others, &asked.zone)?)
        };
        let is_left = |row: &u32| {
            left.as_ref()
                .is_none_or(|left| left.contains(*row as usize))
        };
        if let (Some(scored), false) = (&desk.scored, given.is_empty()) {
            let selection = &desk.fitted()?.selection;
            let row = |&position: &u32| selection.rows[position as usize];
            let rows = scored.flagged.iter().map(row).filter(is_left);
            self.left = Some((asked, rows.collect()));
            return Ok(());
        }
        if !self.is_in(&asked.order) {
            if let (Some(scored), OrderBy::Score) = (&mut desk.scored, &asked.order.by) {
                scored.rank_all();
            }
            let rows = order_rows(desk.analysis()?, &asked.order)?;
            self.ordered = Some((asked.order.clone(), rows));
        }
        self.left = match &self.ordered {
            Some((_, rows)) if left.is_some() => {
                Some((asked, rows.iter().copied().filter(is_left).collect()))
            }
            _ => None,
        };
        Ok(())
    }

    fn rows(&self) -> &[u32] {
        match (&self.left, &self.ordered) {
            (Some((_, rows)), _) | (None, Some((_, rows))) => rows,
            (None, None) => &[],
        }
    }

    /// Shows some rows, none of them twice.
    fn show(
        &mut self,
        analysis: Analysis<'_>,
        verdicts: &[Verdict],
        rows: &[u32],
        input: &mut dyn Input,
    ) -> Result<Vec<SessionRow>, Error> {
        let Analysis {
            sessions,
            selection,
            scoring,
            ..
        } = analysis;
        if self.kept.len() > MAX_KEPT {
            self.kept.clear();
        }
        let mut new = self.read_new(sessions, rows, input)?;
        let show = |&row: &u32| {
            let place = sessions.table.place(row as usize);
            let Kept { cells, derived } = match new.remove(&row) {
                Some(read) if place.length > MAX_KEPT_BYTES => read,
                Some(read) => self.kept.entry(row).or_insert(read).clone(),
                None => self.kept[&row].clone(),
            };
            let score = selection
                .position(row)
                .map(|position| scoring.scores[position as usize]);
            let n_before = |score| scoring.ranking.n_before(scoring.scores, score);
            SessionRow {
                row,
                line: place.line,
                verdict: verdicts[row as usize],
                score,
                rank: score.map(|score| n_before(score) as u32 + 1),
                cells,
                derived,
                lacks: selection.lacks(sessions, row),
            }
        };
        Ok(rows.iter().map(show).collect())
    }

    /// Reads those of some rows again that are not kept.
    fn read_new(
        &self,
        sessions: &Sessions,
        rows: &[u32],
        input: &mut dyn Input,
    ) -> Result<HashMap<u32, Kept>, Error> {
        let is_new = |row: &&u32| !self.kept.contains_key(row);
        let new: Vec<u32> = rows.iter().filter(is_new).copied().collect();
        if new.is_empty() {
            return Ok(HashMap::new());
        }
        let derived = sessions.derived_in(&new);
        let mut reader =
            RowReader::scattered(input, sessions.table.format, sessions.table.columns.len());
        let read = |(i, row): (usize, u32)| {
            let place = sessions.table.place(row as usize);
            let kept = Kept {
                cells: reader.read_texts(place.start, place.length, place.checksum)?,
                derived: derived.iter().map(|numbers| numbers[i]).collect(),
            };
            Ok((row, kept))
        };
        new.into_iter().enumerate().map(read).collect()
    }
}

/// Returns all rows in an order.
fn order_rows(analysis: Analysis<'_>, order: &Order) -> Result<Vec<u32>, Error> {
    let Analysis {
        sessions,
        selection,
        scoring,
        ..
    } = analysis;
    let n_rows = u32::try_from(sessions.n_rows()).expect("rows fit in 32 bits");
    let rows = 0..n_rows;
    match &order.by {
        OrderBy::Line if order.is_descending => Ok(rows.rev().collect()),
        OrderBy::Line => Ok(rows.collect()),
        OrderBy::Score => {
            let mut is_scored = vec![false; sessions.n_rows()];
            for &row in &selection.rows {
                is_scored[row as usize] = true;
            }
            let row = |&position: &u32| selection.rows[position as usize];
            let ranked = scoring.ranked(order.is_descending).map(row);
            Ok(ranked
                .chain(rows.filter(|&row| !is_scored[row as usize]))
                .collect())
        }
        OrderBy::Column(name) => {
            let keys = column_keys(sessions, name)?;
            Ok(sorted(keys.into_iter(), order.is_descending))
        }
    }
}

/// The key of a row without a value.
const MISSING: u64 = u64::MAX;

/// Returns a key for every row of a column, in row order.
fn column_keys(sessions: &Sessions, name: &str) -> Result<Vec<u64>, Error> {
    if let Some(series) = sessions.numbers(name) {
        return Ok(series.to_numbers().into_iter().map(number_key).collect());
    }
    let column = sessions.table.find(name);
    let mut keys = Vec::with_capacity(sessions.n_rows());
    match column.map(|column| &sessions.table.columns[column].data) {
        Some(Data::Times(times)) => {
            let key = |micros: i64| (micros as u64) ^ (1 << 63);
            times
                .values
                .for_each_integer(|micros| keys.push(micros.map_or(MISSING, key)));
        }
        Some(Data::Categories(categories)) => {
            let places = places_of_texts(categories);
            categories.for_each_code(|code| {
                keys.push(match code {
                    NO_CATEGORY => MISSING,
                    code => places[code as usize],
                });
            });
        }
        Some(Data::NotKept) | Some(Data::Numbers(_)) | None => {
            let what = format!("{name} is not a column that rows can be ordered by");
            return Err(Error::protocol(what));
        }
    }
    Ok(keys)
}

/// Returns the place of each text in the order of their characters.
fn places_of_texts(categories: &Categories) -> Vec<u64> {
    let names = &categories.names;
    let mut codes: Vec<usize> = (0..names.len()).collect();
    codes.sort_by(|&a, &b| names[a].cmp(&names[b]));
    let mut places = vec![0; names.len()];
    for (place, code) in (0..).zip(codes) {
        places[code] = place;
    }
    places
}

/// Returns a key that is larger for a larger number; NaN is missing.
fn number_key(value: f64) -> u64 {
    if value.is_nan() {
        MISSING
    } else {
        order_key(value)
    }
}

/// Returns the indices in the order of their keys; equal ones in their own order, missing ones last.
fn sorted(keys: impl Iterator<Item = u64>, is_descending: bool) -> Vec<u32> {
    let directed = |key| match key {
        MISSING => MISSING,
        key if is_descending => !key,
        key => key,
    };
    let mut pairs: Vec<(u64, u32)> = keys.map(directed).zip(0..).collect();
    // no two pairs are equal, so that this is a stable order of the keys
    pairs.sort_unstable();
    pairs.into_iter().map(|(_, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The plain order: by value, missing ones last, equal ones as they come.
    fn plainly_sorted(values: &[f64], is_descending: bool) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..values.len() as u32).collect();
        rows.sort_by(|&a, &b| {
            let (a, b) = (values[a as usize], values[b as usize]);
            let by_value = a.partial_cmp(&b).map(|order| {
                if is_descending {
                    order.reverse()
                } else {
                    order
                }
            });
            by_value.unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
        });
        rows
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_a_plain_stable_sort(
            values in prop::collection::vec(
                prop_oneof![any::<f64>(), (-3_i32..3).prop_map(f64::from), Just(f64::NAN), Just(-0.0)],
                0..60,
            ),
            is_descending: bool,
        ) {
            let keys = values.iter().map(|&value| number_key(value));
            prop_assert_eq!(sorted(keys, is_descending), plainly_sorted(&values, is_descending));
        }
    }

    #[test]
    fn extremes_have_their_place() {
        let values = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.0,
            -0.0,
            f64::MAX,
        ];
        let by =
            |is_descending| sorted(values.iter().map(|&value| number_key(value)), is_descending);
        assert_eq!(by(false), [2, 3, 4, 5, 1, 0]);
        assert_eq!(by(true), [1, 5, 3, 4, 2, 0]);
    }
}
