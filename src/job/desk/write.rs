//! The files that the lead writes.

use serde_bytes::ByteBuf;

use super::{Desk, flagged, look, summarize, why};
use crate::explain::words;
use crate::export::anonymise::Anonymiser;
use crate::export::html::{self, Column, Content, Cover, MAX_ROWS, Row};
use crate::export::{self, Explained, File, Manner};
use crate::filter::Verdict;
use crate::job::{Error, Reply};
use crate::report::{Query, Report, ScatterQuery, SourcesBy};
use crate::source::Input;

/// Writes one of the tables; what explanation columns need must be prepared, and the rows ranked for one with scores.
/// Attributions that no helper told it computes itself, which takes some 65 us a row.
#[inline(never)]
pub(super) fn table(
    desk: &Desk,
    file: File,
    manner: Manner<'_>,
    with_explanations: bool,
    input: &mut dyn Input,
    tell: &mut dyn FnMut(Reply),
) -> Result<Reply, Error> {
    let analysis = desk.analysis()?;
    let mut sink = |piece| tell(Reply::Piece(ByteBuf::from(piece)));
    if file == File::Summary {
        let names = &analysis.selection.names;
        let summary = summarize(analysis.sessions, names, &mut desk.summaries.clone());
        sink(export::summary(&summary, manner));
        return Ok(Reply::Exported);
    }
    let mut explained_rows = Vec::new();
    let explained = if with_explanations {
        if file == File::Scored {
            explained_rows.extend(0..analysis.scoring.scores.len() as u32);
        } else {
            let verdict = |&position: &u32| analysis.scoring.verdict(position as usize);
            let rows = 0..analysis.scoring.scores.len() as u32;
            explained_rows.extend(rows.filter(|row| verdict(row) == Verdict::Suspicious));
        }
        let fitted = desk.fitted()?;
        fitted.why.as_ref().map(|why| Explained {
            explainer: &why.explainer,
            suspicions: fitted.all_suspicions(),
            stability: stability(desk, analysis.scoring.threshold),
            rows: &explained_rows,
        })
    } else {
        None
    };
    export::rows(analysis, file, manner, explained, input, &mut sink)?;
    Ok(Reply::Exported)
}

/// Writes the report.
#[inline(never)]
pub(super) fn report(
    desk: &mut Desk,
    cover: &Cover,
    anonymiser: Option<&Anonymiser>,
    input: &mut dyn Input,
    tell: &mut dyn FnMut(Reply),
) -> Result<Reply, Error> {
    let n_rows = MAX_ROWS as u32;
    let query = Query {
        conditions: Vec::new(),
        zone: cover.zone.clone(),
        bucket_seconds: None,
        sources_by: SourcesBy::default(),
        scatter: ScatterQuery::default(),
    };
    let Reply::Seen(picture) = look::look(desk, &query)? else {
        return Err(Error::protocol("no picture"));
    };
    let why::Sentences { rows: why, drivers } = why::sentences(desk, n_rows)?;
    let Reply::Flagged(listed) = flagged(desk, 0, n_rows, input)? else {
        return Err(Error::protocol("no rows to list"));
    };
    let analysis = desk.analysis()?;
    let (Some(scored), Some(backdrop)) = (&desk.scored, &desk.backdrop) else {
        return Err(Error::protocol("nothing is reported"));
    };
    let names = &analysis.selection.names;
    let mut report = Report::build(
        analysis.sessions,
        analysis.selection,
        analysis.scoring,
        &scored.standing,
        backdrop,
        &scored.field,
        summarize(analysis.sessions, names, &mut desk.summaries.clone()),
    );
    report.metrics = scored.metrics.clone();
    report.silence = scored.silence.clone();
    report.timeline = picture.timeline.clone();
    let columns = analysis.sessions.table.columns.iter().enumerate();
    let columns: Vec<Column> = columns
        .map(|(i, column)| Column {
            name: column.name.clone(),
            is_measure: analysis.measures(i),
        })
        .collect();
    let stability = stability(desk, analysis.scoring.threshold);
    let rows = listed.into_iter().zip(why).zip(&scored.flagged);
    let rows: Vec<Row> = rows
        .map(|((row, why), &position)| Row {
            line: row.line,
            score: row.score,
            why,
            stability: stability
                .map(|stability| words::frequency_in_short(stability, position as usize)),
            cells: row.cells,
        })
        .collect();
    let content = Content {
        cover,
        n_bytes: input.size(),
        report: &report,
        picture: &picture,
        columns: &columns,
        rows: &rows,
        drivers: &drivers,
    };
    let text = html::write(&content, anonymiser);
    tell(Reply::Piece(ByteBuf::from(text.into_bytes())));
    Ok(Reply::Exported)
}

fn stability(desk: &Desk, threshold: f64) -> Option<&crate::explain::stability::Stability> {
    desk.refits.as_ref().and_then(|refits| refits.of(threshold))
}
