//! What the views show of the sessions that some conditions leave.

use super::super::{Error, Reply};
use super::{Desk, summarize};
use crate::filter::{Condition, Judged, RowSet};
use crate::report::{Picture, Query, Scene};

#[inline(never)]
pub(super) fn look(desk: &mut Desk, query: &Query) -> Result<Reply, Error> {
    let mut lens = std::mem::take(&mut desk.lens);
    let picture = picture(desk, query, &mut lens);
    desk.lens = lens;
    Ok(Reply::Seen(Box::new(picture?)))
}

fn picture(
    desk: &mut Desk,
    query: &Query,
    lens: &mut crate::report::Lens,
) -> Result<Picture, Error> {
    let mut summaries = std::mem::take(&mut desk.summaries);
    let names = desk
        .fitted
        .as_ref()
        .map(|fitted| fitted.selection.names.clone())
        .unwrap_or_default();
    let summary = desk
        .sessions()
        .map(|sessions| summarize(sessions, &names, &mut summaries));
    desk.summaries = summaries;
    let summary = summary?;
    let (Some(fitted), Some(backdrop)) = (&desk.fitted, &desk.backdrop) else {
        return Err(Error::protocol("nothing is scored"));
    };
    let scene = Scene {
        judged: judged(desk)?,
        scores: desk.analysis()?.scoring.ranking.range(),
        selection: &fitted.selection,
        summary: &summary,
        backdrop,
    };
    Ok(Picture::build(scene, query, lens)?)
}

/// Returns the rows of the table that all conditions leave.
pub(super) fn rows(desk: &mut Desk, conditions: &[Condition], zone: &str) -> Result<RowSet, Error> {
    let mut lens = std::mem::take(&mut desk.lens);
    let rows = judged(desk).map(|judged| lens.rows(&judged, conditions, zone));
    desk.lens = lens;
    Ok(rows??)
}

/// Returns the sessions with the verdicts on them.
pub(super) fn judged(desk: &Desk) -> Result<Judged<'_>, Error> {
    let analysis = desk.analysis()?;
    let verdicts = desk
        .scored
        .as_ref()
        .map(|scored| scored.standing.verdicts())
        .unwrap_or_default();
    Ok(Judged {
        sessions: analysis.sessions,
        scored_rows: &analysis.selection.rows,
        scores: analysis.scoring.scores,
        verdicts,
    })
}
