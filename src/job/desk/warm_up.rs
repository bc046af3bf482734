//! The pipeline run on a made-up log, for its side effect: a browser compiles a function well only after it has
//! been called often, and gives memory to a worker slowly.

use super::{Desk, run};
use crate::filter::{Condition, Test, Verdict, View};
use crate::forest::{Contamination, Params};
use crate::job::{Error, Order, OrderBy, Reading, Rehearsal, Reply, Request, RowShard, Settings};
use crate::report::{Query, Report, ScatterQuery, SourcesBy};
use crate::source::Input;
use crate::traffic::{ColumnChoices, NOTEBOOK_FEATURES, Overview};

/// Sessions that are listed and explained.
const N_LISTED: u32 = 40;

/// Ranges that the log is read in: what is done once a range is to be called often too.
const N_RANGES: u64 = 4;

/// Times that all is done: a browser compiles what holds a loop well when it is called again.
const N_TIMES: usize = 2;

/// Reads, fits, scores, reports, looks at and lists a made-up log at a desk of its own.
#[inline(never)]
pub(super) fn warm_up(input: &mut dyn Input) -> Result<Reply, Error> {
    let n_bytes = input.size();
    let mut desk = Desk::default();
    let mut ask = |request| run(&mut desk, request, input, &mut |_| ());
    let mut once = || {
        let overview = read(&mut ask, n_bytes)?;
        let report = score(&mut ask)?;
        look(&mut ask)?;
        Ok(Rehearsal { overview, report })
    };
    for _ in 1..N_TIMES {
        once()?;
    }
    once().map(|rehearsal| Reply::Warm(Box::new(rehearsal)))
}

fn unexpected() -> Error {
    Error::protocol("a desk gave an answer that does not fit")
}

fn read(
    ask: &mut impl FnMut(Request) -> Result<Reply, Error>,
    n_bytes: u64,
) -> Result<Overview, Error> {
    let Reply::Opened(schema) = ask(Request::Open {
        drop_duplicates: true,
        columns: ColumnChoices::default(),
    })?
    else {
        return Err(unexpected());
    };
    let range_bytes = n_bytes.div_ceil(N_RANGES);
    let mut reading = Reading::in_ranges(schema, n_bytes, Some([0; 16]), range_bytes);
    while let Some(range) = reading.next_read(1) {
        let Reply::Read(shard) = ask(Request::Read(range.clone()))? else {
            return Err(unexpected());
        };
        reading.accept(&range, shard);
        while let Some((shard, end)) = reading.next_absorb() {
            let Reply::Absorbed { absorbed, .. } = ask(Request::Absorb { shard, end })? else {
                return Err(unexpected());
            };
            reading.absorbed(absorbed);
        }
    }
    match ask(Request::Close)? {
        Reply::Closed(overview) => Ok(*overview),
        _ => Err(unexpected()),
    }
}

fn score(ask: &mut impl FnMut(Request) -> Result<Reply, Error>) -> Result<Report, Error> {
    let settings = Settings {
        params: Params::default(),
        features: NOTEBOOK_FEATURES.map(str::to_owned).to_vec(),
        scale: true,
        drop_duplicates: true,
        columns: ColumnChoices::default(),
    };
    let fitted = ask(Request::Fit {
        settings,
        n_shards: 1,
    })?;
    let Reply::Fitted { forest, shards, .. } = fitted else {
        return Err(unexpected());
    };
    let RowShard { first, rows } = shards.into_iter().next().ok_or_else(unexpected)?;
    let Reply::Scored { scores } = ask(Request::Score { forest, rows })? else {
        return Err(unexpected());
    };
    ask(Request::KeepScores { first, scores })?;
    let mut report = |share| {
        ask(Request::Report {
            contamination: Contamination::Fraction(share),
            label: None,
            is_moving: false,
            known: Vec::new(),
        })
    };
    // the threshold moves a few times too
    for share in [0.05, 0.01, 0.1, 0.2, 0.02] {
        report(share)?;
    }
    match report(0.05)? {
        Reply::Reported(report) => Ok(*report),
        _ => Err(unexpected()),
    }
}

fn look(ask: &mut impl FnMut(Request) -> Result<Reply, Error>) -> Result<(), Error> {
    let suspicious = Condition {
        made_in: View::Table,
        test: Test::Verdict(vec![Verdict::Suspicious]),
    };
    for conditions in [vec![], vec![suspicious]] {
        let zone = "UTC".to_owned();
        ask(Request::Look(Box::new(Query {
            conditions: conditions.clone(),
            zone: zone.clone(),
            bucket_seconds: None,
            sources_by: SourcesBy::default(),
            scatter: ScatterQuery::default(),
        })))?;
        let order = Order {
            by: OrderBy::Score,
            is_descending: false,
        };
        let listed = ask(Request::Sessions {
            conditions,
            zone,
            order,
            first: 0,
            n: N_LISTED,
            find: None,
        })?;
        let Reply::Sessions { rows, .. } = listed else {
            return Err(unexpected());
        };
        let rows = rows.iter().map(|session| session.row).collect();
        ask(Request::Reasons { rows })?;
    }
    ask(Request::Importance)?;
    Ok(())
}
