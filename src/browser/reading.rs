//! Reading a file with many workers at once.

use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::future::{FutureExt, LocalBoxFuture};
use futures_util::stream::FuturesUnordered;
use wasm_bindgen::JsValue;
use web_sys::Blob;

use super::crew::{Crew, Failure, Worker, n_workers};
use super::page;
use crate::job::{Progress, ReadRange, Reading, Reply, Request, n_helpers_worth};
use crate::traffic::{ColumnChoices, Overview};

/// Ranges that a helper has in hand: the next one waits while it reads the first.
const RANGES_IN_HAND: usize = 2;

/// What the workers were asked for and did not answer yet.
type UnderWay<'a> = FuturesUnordered<LocalBoxFuture<'a, Done>>;

/// What a worker came back with.
enum Done {
    Read(Rc<Worker>, ReadRange, Result<JsValue, Failure>),
    Absorbed(Result<Reply, Failure>),
}

/// Reads a file into the lead's desk; `tell` gets the progress in bytes and rows.
///
/// # Errors
/// See [`Failure`].
pub async fn read(
    crew: &Crew,
    file: &Blob,
    drop_duplicates: bool,
    columns: &ColumnChoices,
    mut tell: impl FnMut(Progress),
) -> Result<Overview, Failure> {
    let lead = crew.lead()?;
    let total = file.size() as u64;
    // one range is read sooner by the lead than by a worker that must be started first; helpers start while it reads the head
    let helpers = match n_workers().min(n_helpers_worth(total)) {
        1 => vec![lead.clone()],
        n => crew.helpers(n)?,
    };
    let hash_key = if drop_duplicates {
        Some(page::random_key().map_err(Failure::Died)?)
    } else {
        None
    };
    let mut reading = Reading::new(total, helpers.len(), hash_key);
    let n_ahead = RANGES_IN_HAND * helpers.len();
    let mut under_way = UnderWay::new();
    // several helpers look at the head themselves, unless somebody chose how that is read: the lead's answer would come
    // behind all that the page shows anew
    if helpers.len() > 1 && columns.readings.is_empty() && columns.has_header.is_none() {
        for helper in &helpers {
            if let Some(range) = reading.next_read(n_ahead) {
                under_way.push(read_range(helper.clone(), range, file)?.boxed_local());
            }
        }
    }
    let open = Request::Open {
        drop_duplicates,
        columns: columns.clone(),
    };
    let opened = lead.ask(&open, Some(file), |_| {}).await?;
    let Reply::Opened(schema) = opened else {
        return Err(Failure::unexpected());
    };
    if !reading.know(schema) {
        under_way.clear();
    }
    let idle = helpers.iter().cycle().take(n_ahead - under_way.len());
    let mut idle: Vec<Rc<Worker>> = idle.cloned().collect();
    loop {
        while let Some(helper) = idle.pop() {
            let Some(range) = reading.next_read(n_ahead) else {
                idle.push(helper);
                break;
            };
            under_way.push(read_range(helper, range, file)?.boxed_local());
        }
        if let Some((shard, end)) = reading.next_absorb() {
            let lead = lead.clone();
            under_way.push(
                async move { Done::Absorbed(lead.hand_over(&shard, end).await) }.boxed_local(),
            );
        }
        match under_way.next().await {
            Some(Done::Read(helper, range, reply)) => {
                reading.accept(&range, reply?);
                idle.push(helper);
            }
            Some(Done::Absorbed(reply)) => {
                let Reply::Absorbed { absorbed, n_rows } = reply? else {
                    return Err(Failure::unexpected());
                };
                reading.absorbed(absorbed);
                tell(Progress {
                    done: reading.n_bytes_done(),
                    total,
                    n_rows,
                });
            }
            None => break,
        }
    }
    let Reply::Closed(overview) = lead.ask(&Request::Close, None, |_| {}).await? else {
        return Err(Failure::unexpected());
    };
    Ok(*overview)
}

/// Has a helper read a range, from now on.
fn read_range(
    helper: Rc<Worker>,
    range: ReadRange,
    file: &Blob,
) -> Result<impl Future<Output = Done> + use<>, Failure> {
    let request = Request::Read(range);
    let shard = helper.ask_for_shard(&request, file)?;
    let Request::Read(range) = request else {
        unreachable!("it was made two lines above")
    };
    Ok(async move { Done::Read(helper, range, shard.await) })
}
