//! Other seeds: helpers keep the rows and fit them again, the lead counts what each seed flags.

use serde_bytes::ByteBuf;

use super::Desk;
use crate::explain::stability::{Stability, refit_flags};
use crate::explain::words;
use crate::features::Matrix;
use crate::forest::{Params, is_anomaly};
use crate::job::{Error, OtherSeed, Reply, RowSureness, Sureness, Trial};

/// What other seeds flagged.
#[derive(Debug)]
pub(super) struct Refits {
    /// The threshold of the flags that they are compared with.
    threshold: f64,
    as_set: Stability,
    /// `None` until tried: a count costs 4 bytes a row.
    more_trees: Option<Stability>,
}

/// Gives some of the scored rows, as the forest sees them.
#[inline(never)]
pub(super) fn rows(desk: &Desk, first: u64, n: u64) -> Result<Reply, Error> {
    let fitted = desk.fitted()?;
    let matrix = fitted.scored_rows(desk.sessions()?, first, n);
    Ok(Reply::Rows {
        rows: ByteBuf::from(matrix.all_rows().to_le_bytes()),
        n_features: fitted.selection.names.len() as u32,
        total: fitted.selection.rows.len() as u64,
    })
}

/// Keeps rows; the first ones take the place of those kept before.
#[inline(never)]
pub(super) fn keep(
    desk: &mut Desk,
    rows: &[u8],
    n_features: u32,
    first: u64,
) -> Result<Reply, Error> {
    let piece = Matrix::from_le_bytes(rows, n_features as usize)
        .map_err(|error| Error::protocol(error.to_string()))?;
    match &mut desk.kept {
        _ if first == 0 => desk.kept = Some(piece),
        Some(kept) if kept.n_rows() as u64 == first && kept.n_features() == piece.n_features() => {
            kept.append(piece.all_rows());
        }
        _ => return Err(Error::protocol("rows that do not follow those kept")),
    }
    Ok(Reply::Kept)
}

/// Fits the kept rows with another seed.
#[inline(never)]
pub(super) fn refit(desk: &Desk, params: &Params, seed: u32) -> Result<Reply, Error> {
    let matrix = desk
        .kept
        .as_ref()
        .ok_or_else(|| Error::protocol("no rows are kept"))?;
    let flagged = refit_flags(matrix, params, seed)?;
    let bytes: Vec<u8> = flagged
        .iter()
        .flat_map(|position| position.to_le_bytes())
        .collect();
    Ok(Reply::Refitted {
        flagged: ByteBuf::from(bytes),
    })
}

/// Counts the flags of another seed, if there is one, and says how sure some rows are.
#[inline(never)]
pub(super) fn sureness(
    desk: &mut Desk,
    other: Option<OtherSeed>,
    rows: &[u32],
) -> Result<Reply, Error> {
    let (Some(fitted), Some(scored)) = (&desk.fitted, &desk.scored) else {
        return Err(Error::protocol("nothing is scored"));
    };
    let n_rows = scored.scores.len();
    if desk
        .refits
        .as_ref()
        .is_none_or(|refits| refits.threshold != scored.threshold)
    {
        desk.refits = Some(Refits {
            threshold: scored.threshold,
            as_set: Stability::new(n_rows),
            more_trees: None,
        });
    }
    let refits = desk.refits.as_mut().expect("it was set just now");
    if let Some(other) = other {
        refits.count(&other, n_rows)?;
    }
    let stability = &refits.as_set;
    let is_flagged: Vec<bool> = scored
        .scores
        .iter()
        .map(|&score| is_anomaly(score, scored.threshold))
        .collect();
    if scored.silence.is_some() {
        return Ok(Reply::Sureness(Box::new(Sureness {
            n_seeds: stability.n_seeds(),
            n_dependent: 0,
            summary: words::silent_seeds(stability.n_seeds()),
            more_trees: String::new(),
            rows: rows.iter().map(|_| RowSureness::default()).collect(),
        })));
    }
    let n_dependent = stability.n_dependent(Some(&is_flagged));
    let row = |&row: &u32| match fitted.selection.position(row) {
        None => RowSureness::default(),
        Some(position) => RowSureness {
            n_flagged: stability.n_flagged(position as usize),
            short: words::frequency_in_short(stability, position as usize),
            text: words::frequency(stability, position as usize),
        },
    };
    let n_trees = fitted.forest.trees().len() as u32;
    let more_trees = refits.more_trees.as_ref();
    Ok(Reply::Sureness(Box::new(Sureness {
        n_seeds: stability.n_seeds(),
        n_dependent: n_dependent as u64,
        summary: words::sureness(stability, &scored.flagged, n_dependent),
        more_trees: more_trees.map_or_else(String::new, |more_trees| {
            words::more_trees(stability, more_trees, n_trees)
        }),
        rows: rows.iter().map(row).collect(),
    })))
}

impl Refits {
    fn count(&mut self, other: &OtherSeed, n_rows: usize) -> Result<(), Error> {
        let (positions, rest) = other.flagged.as_chunks::<4>();
        let flagged: Vec<u32> = positions
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
            .collect();
        let fits = rest.is_empty() && flagged.iter().all(|&position| (position as usize) < n_rows);
        if !fits {
            return Err(Error::protocol("flags of rows that do not exist"));
        }
        let stability = match other.trial {
            Trial::AsSet => &mut self.as_set,
            Trial::MoreTrees => self
                .more_trees
                .get_or_insert_with(|| Stability::new(n_rows)),
        };
        if other.is_first {
            *stability = Stability::new(n_rows);
        }
        stability.add(&flagged);
        Ok(())
    }

    /// The counts, if they belong to this threshold and any seed was tried.
    pub(super) fn of(&self, threshold: f64) -> Option<&Stability> {
        let is_counted = self.threshold == threshold && self.as_set.n_seeds() > 0;
        is_counted.then_some(&self.as_set)
    }
}
