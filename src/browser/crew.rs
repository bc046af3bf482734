//! The page's side of the protocol: workers of this same wasm, started late, asked, dismissed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::pin;
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, ErrorEvent, MessageEvent, Url};

use super::worker::{to_value, transferables};
use super::{page, reason, tasks};
use crate::job::{Error, Reply, Request};

/// The most workers that are started.
const MAX_WORKERS: usize = 8;

/// What a worker's script does with its first message, the compiled module and a name: the same wasm starts again as a worker,
/// holding a lock of that name for as long as it lives. It says so with the message `true`; messages that come before that wait.
/// Where a page has no locks it starts without one.
const WORKER_START: &str = ";self.onmessage=(e)=>{\
    const [module,name]=e.data,early=[];\
    self.onmessage=(e)=>early.push(e);\
    wasm_bindgen.initSync({module});\
    let isStarted=false;\
    const start=()=>{if(isStarted)return;isStarted=true;self.onmessage=null;wasm_bindgen.worker_main();early.forEach((e)=>self.onmessage(e));};\
    const held=()=>{postMessage(true);queueMicrotask(start);return new Promise(()=>{});};\
    const locks=navigator.locks;\
    if(locks)locks.request(name,held).catch(()=>queueMicrotask(start));else start();};";

/// What is said of a worker that ended without an error: browsers end some that take too much memory.
const ENDED: &str = "the browser ended it";

/// How long a worker may say nothing of what it was asked where a page has no locks. The longest silence of one that works is
/// that of a few seconds, with 10 million sessions.
const MOST_SILENCE_MS: i32 = 300_000;

/// Why a worker gave no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// It answered that it could not.
    Refused(Error),
    /// It died; with the browser's words.
    Died(String),
    /// It was dismissed.
    Dismissed,
}

impl Failure {
    /// A worker gave an answer to another question: a bug of ours.
    pub fn unexpected() -> Failure {
        Failure::Refused(Error::Protocol {
            what: "a worker gave an answer that does not fit".to_owned(),
        })
    }
}

/// A forest and the rows to score with it, as one worker made them for others.
pub struct Grown {
    /// [`crate::forest::Forest::to_bytes`].
    pub forest: Uint8Array,
    /// [`crate::job::RowShard`] each, in order.
    pub shards: Vec<GrownShard>,
    /// Number of rows in all shards.
    pub n_rows: u64,
}

/// Rows to score.
pub struct GrownShard {
    /// Position of the first one.
    pub first: u64,
    /// [`crate::features::Rows::to_le_bytes`].
    pub rows: JsValue,
}

/// An answer as it came, or why the worker died.
type Answer = Result<JsValue, String>;

/// A question on its way; dropped, nobody waits for its answers any more.
struct Asked {
    id: u32,
    answers: UnboundedReceiver<Answer>,
    life: Rc<Life>,
}

/// What is known of a worker.
#[derive(Default)]
struct Life {
    pending: RefCell<HashMap<u32, UnboundedSender<Answer>>>,
    /// Why it died, if it did: it answers nothing any more.
    died: RefCell<Option<String>>,
    /// Whether it holds a lock, which the browser takes from it when it ends.
    has_lock: Cell<bool>,
    /// Counts the messages that came.
    n_heard: Cell<u64>,
}

impl Life {
    /// Takes it for dead, and tells those who wait for it; the first reason counts.
    fn die(&self, why: &str) {
        self.died.borrow_mut().get_or_insert_with(|| why.to_owned());
        for (_, sender) in self.pending.borrow_mut().drain() {
            // a caller that stopped listening need not know
            let _ = sender.unbounded_send(Err(why.to_owned()));
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.life.pending.borrow_mut().remove(&self.id);
    }
}

/// One worker.
pub struct Worker {
    worker: web_sys::Worker,
    life: Rc<Life>,
    next_id: Cell<u32>,
    is_ended: Cell<bool>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Worker {
    fn start() -> Result<Worker, JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type("text/javascript");
        let script = page::glue_text().ok_or("the page's script is not at hand")?;
        let script = Array::of2(&script.into(), &WORKER_START.into());
        let url = Url::create_object_url_with_blob(&Blob::new_with_str_sequence_and_options(
            &script, &options,
        )?)?;
        let worker = web_sys::Worker::new(&url)?;
        Url::revoke_object_url(&url)?;
        // no other tab of this page may have a lock of that name
        let name = format!(
            "isolog-worker-{}",
            page::random_u32().map_err(JsValue::from)?
        );
        let start = Array::of2(&wasm_bindgen::module(), &name.as_str().into());
        worker.post_message(&start)?;

        let life = Rc::<Life>::default();
        let on_message = {
            let life = life.clone();
            Closure::new(move |event: MessageEvent| {
                life.n_heard.set(life.n_heard.get().wrapping_add(1));
                if event.data() == JsValue::TRUE {
                    return watch(&name, &life);
                }
                let message: Array = event.data().unchecked_into();
                let Some(id) = message.get(0).as_f64() else {
                    return;
                };
                if let Some(sender) = life.pending.borrow().get(&(id as u32)) {
                    // a caller that stopped listening needs no answer
                    let _ = sender.unbounded_send(Ok(message.get(1)));
                }
            })
        };
        let on_error = {
            let life = life.clone();
            Closure::new(move |event: ErrorEvent| {
                event.prevent_default();
                life.die(&event.message());
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Worker {
            worker,
            life,
            next_id: Cell::new(0),
            is_ended: Cell::new(false),
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Asks for something; `on_reply` gets the replies before the last one. Requests are answered in order.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ask(
        &self,
        request: &Request,
        file: Option<&Blob>,
        on_reply: impl FnMut(Reply),
    ) -> Result<Reply, Failure> {
        decode(&self.ask_raw(&encode(request)?, file, on_reply).await?)
    }

    /// Asks at once for a range to be read; whoever awaits that gets the shard as it came: the page only hands it on.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn ask_for_shard(
        &self,
        request: &Request,
        file: &Blob,
    ) -> Result<impl Future<Output = Result<JsValue, Failure>> + use<>, Failure> {
        let asked = self.send(&encode(request)?, Some(file))?;
        Ok(async move { content(&asked.answer(|_| {}).await?, "Read") })
    }

    /// Hands a shard to the lead, as [`Request::Absorb`].
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn hand_over(&self, shard: &JsValue, end: u64) -> Result<Reply, Failure> {
        let message = object(&[(
            "Absorb",
            &object(&[("shard", shard), ("end", &(end as f64).into())]),
        )]);
        decode(&self.ask_raw(&message, None, |_| {}).await?)
    }

    /// Asks for a forest, by [`Request::Fit`], and returns it and its rows as they came.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ask_for_forest(
        &self,
        request: &Request,
        on_reply: impl FnMut(Reply),
    ) -> Result<Grown, Failure> {
        let answer = self.ask_raw(&encode(request)?, None, on_reply).await?;
        let grown = content(&answer, "Fitted")?;
        let number = |of: &JsValue, name| {
            let number = field(of, name).as_f64().ok_or_else(Failure::unexpected)?;
            Ok::<u64, Failure>(number as u64)
        };
        let shard = |shard: JsValue| {
            Ok(GrownShard {
                first: number(&shard, "first")?,
                rows: field(&shard, "rows"),
            })
        };
        let shards = Array::from(&field(&grown, "shards"));
        Ok(Grown {
            forest: field(&grown, "forest").unchecked_into(),
            shards: shards.iter().map(shard).collect::<Result<_, Failure>>()?,
            n_rows: number(&grown, "n_rows")?,
        })
    }

    /// Hands a forest and a shard of rows to a helper, as [`Request::Score`]; returns the scores as they came.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ask_for_scores(
        &self,
        forest: &Uint8Array,
        rows: &JsValue,
        on_reply: impl FnMut(Reply),
    ) -> Result<JsValue, Failure> {
        // what is sent is gone: the next helper needs the forest too
        let forest = forest.slice(0, forest.length());
        let message = object(&[(
            "Score",
            &object(&[("forest", &forest.into()), ("rows", rows)]),
        )]);
        let answer = self.ask_raw(&message, None, on_reply).await?;
        Ok(field(&content(&answer, "Scored")?, "scores"))
    }

    /// Hands scores to the lead at once, as [`Request::KeepScores`]; whoever awaits that knows that they are there.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn hand_over_scores(
        &self,
        first: u64,
        scores: &JsValue,
    ) -> Result<impl Future<Output = Result<Reply, Failure>> + use<>, Failure> {
        let message = object(&[(
            "KeepScores",
            &object(&[("first", &(first as f64).into()), ("scores", scores)]),
        )]);
        let asked = self.send(&message, None)?;
        Ok(async move { decode(&asked.answer(|_| {}).await?) })
    }

    /// Has a helper attribute rows of the lead, which keeps what comes out; the page only hands it on.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn attribute(
        lead: &Worker,
        helper: &Worker,
        first: u64,
        n: u64,
    ) -> Result<(), Failure> {
        let request = encode(&Request::ToAttribute { first, n })?;
        let answer = lead.ask_raw(&request, None, |_| {}).await?;
        let message = object(&[("Attribute", &content(&answer, "ToAttribute")?)]);
        let answer = helper.ask_raw(&message, None, |_| {}).await?;
        let suspicions = field(&content(&answer, "Attributed")?, "suspicions");
        let message = object(&[(
            "KeepAttributed",
            &object(&[
                ("first", &(first as f64).into()),
                ("suspicions", &suspicions),
            ]),
        )]);
        decode(&lead.ask_raw(&message, None, |_| {}).await?).map(|_| ())
    }

    /// Returns the last answer as it came.
    async fn ask_raw(
        &self,
        message: &JsValue,
        file: Option<&Blob>,
        on_reply: impl FnMut(Reply),
    ) -> Result<JsValue, Failure> {
        let asked = self.send(message, file)?;
        asked.answer(on_reply).await
    }

    fn send(&self, request: &JsValue, file: Option<&Blob>) -> Result<Asked, Failure> {
        if self.is_ended.get() {
            return Err(Failure::Dismissed);
        }
        if let Some(why) = self.life.died.borrow().clone() {
            return Err(Failure::Died(why));
        }
        let id = self.next_id.replace(self.next_id.get().wrapping_add(1));
        let message = Array::of3(
            &id.into(),
            request,
            &file.map_or(JsValue::NULL, JsValue::from),
        );
        let (sender, answers) = unbounded();
        self.life.pending.borrow_mut().insert(id, sender);
        let asked = Asked {
            id,
            answers,
            life: self.life.clone(),
        };
        self.worker
            .post_message_with_transfer(&message, &transferables(request))
            .map_err(|error| Failure::Died(reason(&error)))?;
        Ok(asked)
    }
}

impl Asked {
    /// Returns the last answer as it came.
    async fn answer(mut self, mut on_reply: impl FnMut(Reply)) -> Result<JsValue, Failure> {
        loop {
            let answer = match self.next_answer().await {
                Some(answer) => answer.map_err(Failure::Died)?,
                None => return Err(Failure::Dismissed),
            };
            if !is_on_the_way(&answer) {
                return Ok(answer);
            }
            on_reply(decode(&answer)?);
        }
    }

    /// Waits for the next answer, but no longer than a worker that lives would take. One with a lock is waited for however
    /// long it takes: its end is noticed.
    async fn next_answer(&mut self) -> Option<Answer> {
        loop {
            if self.life.has_lock.get() {
                return self.answers.next().await;
            }
            let n_heard = self.life.n_heard.get();
            let pause = pin!(tasks::pause(MOST_SILENCE_MS));
            match select(self.answers.next(), pause).await {
                Either::Left((answer, _)) => return answer,
                Either::Right(_) if self.life.has_lock.get() => {}
                Either::Right(_) if self.life.n_heard.get() != n_heard => {}
                Either::Right(_) => self.life.die(ENDED),
            }
        }
    }
}

/// Has a worker that holds the lock of this name taken for dead once the lock is free.
fn watch(name: &str, life: &Rc<Life>) {
    let ended = {
        let life = life.clone();
        // called when the worker ends, also when it is dismissed
        Closure::once_into_js(move || life.die(ENDED))
    };
    let locks = field(&page::window().navigator(), "locks");
    let request = field(&locks, "request").dyn_into::<js_sys::Function>();
    let asked = request.and_then(|request| request.call2(&locks, &name.into(), &ended));
    life.has_lock.set(asked.is_ok());
}

fn decode(answer: &JsValue) -> Result<Reply, Failure> {
    match serde_wasm_bindgen::from_value(answer.clone()) {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(error)) => Err(Failure::Refused(error)),
        Err(error) => Err(Failure::Died(error.to_string())),
    }
}

/// Whether more answers to the same question follow.
fn is_on_the_way(answer: &JsValue) -> bool {
    let reply = field(answer, "Ok");
    ["Progress", "Piece"]
        .into_iter()
        .any(|name| !field(&reply, name).is_undefined())
}

/// Returns what a reply of this name holds.
fn content(answer: &JsValue, name: &str) -> Result<JsValue, Failure> {
    let content = field(&field(answer, "Ok"), name);
    if content.is_object() {
        Ok(content)
    } else {
        Err(decode(answer).err().unwrap_or_else(Failure::unexpected))
    }
}

fn encode(request: &Request) -> Result<JsValue, Failure> {
    to_value(request).map_err(|error| Failure::Died(error.to_string()))
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Makes an object of these fields.
fn object(fields: &[(&str, &JsValue)]) -> JsValue {
    let object: JsValue = Object::new().into();
    for (name, value) in fields {
        set_field(&object, name, value);
    }
    object
}

fn set_field(object: &JsValue, name: &str, value: &JsValue) {
    // a plain object takes every field
    let _ = Reflect::set(object, &name.into(), value);
}

impl Worker {
    fn has_died(&self) -> bool {
        self.life.died.borrow().is_some()
    }

    /// Ends it, whatever it is doing; those who wait for it learn that it was dismissed.
    fn end(&self) {
        self.worker.terminate();
        self.is_ended.set(true);
        self.life.pending.borrow_mut().clear();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

/// The workers of the page; the first is the lead, which holds the log.
#[derive(Clone, Default)]
pub struct Crew {
    workers: Rc<RefCell<Vec<Rc<Worker>>>>,
    /// Whether no worker is ever started.
    is_closed: bool,
}

impl Crew {
    /// A crew without workers: whoever asks for one is told that it was dismissed.
    pub fn closed() -> Crew {
        Crew {
            is_closed: true,
            ..Crew::default()
        }
    }

    /// Returns the lead, and starts it if need be.
    ///
    /// # Errors
    /// [`Failure::Died`] if the browser starts no worker, [`Failure::Dismissed`] if none is to be.
    pub fn lead(&self) -> Result<Rc<Worker>, Failure> {
        self.worker(0)
    }

    /// Returns this many helpers, and starts them if need be.
    ///
    /// # Errors
    /// [`Failure::Died`] if the browser starts no worker, [`Failure::Dismissed`] if none is to be.
    pub fn helpers(&self, n: usize) -> Result<Vec<Rc<Worker>>, Failure> {
        (1..=n).map(|i| self.worker(i)).collect()
    }

    fn worker(&self, i: usize) -> Result<Rc<Worker>, Failure> {
        if self.is_closed {
            return Err(Failure::Dismissed);
        }
        let mut workers = self.workers.borrow_mut();
        let start = || match Worker::start() {
            Ok(worker) => Ok(Rc::new(worker)),
            Err(error) => Err(Failure::Died(reason(&error))),
        };
        while workers.len() <= i {
            workers.push(start()?);
        }
        // a helper holds nothing that another could not be given
        if i > 0 && workers[i].has_died() {
            workers[i] = start()?;
        }
        Ok(workers[i].clone())
    }

    /// Whether the lead died, and the log with it.
    pub fn has_lost_log(&self) -> bool {
        let workers = self.workers.borrow();
        workers.first().is_some_and(|lead| lead.has_died())
    }

    /// Ends every worker at once; what they held is gone.
    pub fn dismiss(&self) {
        self.dismiss_from(0);
    }

    /// Ends every worker but the lead.
    pub fn dismiss_helpers(&self) {
        self.dismiss_from(1);
    }

    /// Ends workers though somebody may still wait for their answer.
    fn dismiss_from(&self, first: usize) {
        let mut workers = self.workers.borrow_mut();
        let first = first.min(workers.len());
        workers.drain(first..).for_each(|worker| worker.end());
    }
}

/// How many workers this machine can use.
pub fn n_workers() -> usize {
    let cores = page::window().navigator().hardware_concurrency();
    (cores as usize).clamp(1, MAX_WORKERS)
}
