//! The pipeline run once on a made-up log, for its side effect: a browser compiles a function well only after it has
//! been called often, and gives memory to a worker slowly.

use super::{Desk, run};
use crate::filter::{Condition, Test, Verdict, View};
use crate::forest::{Contamination, Params};
use crate::job::{Error, ReadRange, Reply, Request, RowShard, Settings};
use crate::report::{Query, ScatterQuery, SourcesBy};
use crate::sample;
use crate::traffic::NOTEBOOK_FEATURES;

/// Reads, fits, scores, reports and looks at a made-up log of this many sessions at a desk of its own.
#[inline(never)]
pub(super) fn warm_up(n_sessions: u64) -> Result<Reply, Error> {
    let mut log = Vec::new();
    sample::write_log(n_sessions, &mut log).expect("memory takes all bytes");
    let mut desk = Desk::default();
    let mut ask = |request| run(&mut desk, request, &mut log.as_slice(), &mut |_| ());
    let unexpected = || Error::protocol("a desk gave an answer that does not fit");

    let drop_duplicates = true;
    let Reply::Opened(schema) = ask(Request::Open { drop_duplicates })? else {
        return Err(unexpected());
    };
    let end = log.len() as u64;
    let range = ReadRange {
        start: schema.start,
        schema,
        end,
        is_exact: true,
        hash_key: Some([0; 16]),
    };
    let Reply::Read(shard) = ask(Request::Read(range))? else {
        return Err(unexpected());
    };
    ask(Request::Absorb { shard, end })?;
    ask(Request::Close)?;
    let settings = Settings {
        params: Params::default(),
        features: NOTEBOOK_FEATURES.map(str::to_owned).to_vec(),
        scale: true,
        drop_duplicates,
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
    // the first is the result, the others are moves of the threshold
    for contamination in [0.05, 0.01, 0.1, 0.2, 0.02, 0.05] {
        ask(Request::Report {
            contamination: Contamination::Fraction(contamination),
            label: None,
            is_moving: false,
            known: Vec::new(),
        })?;
    }
    let suspicious = Condition {
        made_in: View::Table,
        test: Test::Verdict(vec![Verdict::Suspicious]),
    };
    for conditions in [vec![], vec![suspicious]] {
        ask(Request::Look(Box::new(Query {
            conditions,
            zone: "UTC".to_owned(),
            bucket_seconds: None,
            sources_by: SourcesBy::default(),
            scatter: ScatterQuery::default(),
        })))?;
    }
    Ok(Reply::Warm)
}
