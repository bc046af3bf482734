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
use crate::traffic::Overview;

/// Ranges that a helper has in hand: the next one waits while it reads the first.
const RANGES_IN_HAND: usize = 2;

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
    mut tell: impl FnMut(Progress),
) -> Result<Overview, Failure> {
    let lead = crew.lead()?;
    let total = file.size() as u64;
    // one range is read sooner by the lead than by a worker that must be started first; helpers start while it reads the head
    let helpers = match n_workers().min(n_helpers_worth(total)) {
        1 => vec![lead.clone()],
        n => crew.helpers(n)?,
    };
    let opened = lead
        .ask(&Request::Open { drop_duplicates }, Some(file), |_| {})
        .await?;
    let Reply::Opened(schema) = opened else {
        return Err(Failure::unexpected());
    };
    let hash_key = if drop_duplicates {
        Some(page::random_key().map_err(Failure::Died)?)
    } else {
        None
    };
    let mut reading = Reading::new(schema, total, helpers.len(), hash_key);
    let mut idle: Vec<Rc<Worker>> = (0..RANGES_IN_HAND).flat_map(|_| helpers.clone()).collect();
    let n_ahead = idle.len();
    let mut under_way: FuturesUnordered<LocalBoxFuture<'_, Done>> = FuturesUnordered::new();
    loop {
        while let Some(helper) = idle.pop() {
            let Some(range) = reading.next_read(n_ahead) else {
                idle.push(helper);
                break;
            };
            under_way.push(read_range(helper, range, file).boxed_local());
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
    Ok(overview)
}

async fn read_range(helper: Rc<Worker>, range: ReadRange, file: &Blob) -> Done {
    let request = Request::Read(range);
    let shard = helper.ask_for_shard(&request, file).await;
    let Request::Read(range) = request else {
        unreachable!("it was made two lines above")
    };
    Done::Read(helper, range, shard)
}
