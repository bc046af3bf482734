//! One analysis through the worker protocol, as the page runs it.

use isolog::export::{File, FormulaGuard};
use isolog::job::{Desk, Error, Reply, Request, Settings, run};
use isolog::report::Report;
use isolog::table::Duplicates;
use isolog::traffic::Overview;
use serde_bytes::ByteBuf;

/// A lead with a log, and helpers that score for it.
pub struct Page {
    lead: Desk,
    log: Vec<u8>,
    /// What the lead said of the log.
    pub overview: Overview,
}

impl Page {
    pub fn open(log: &[u8]) -> Result<Page, Error> {
        Page::open_with(log, Duplicates::Drop { hash_key: [7; 16] })
    }

    pub fn open_with(log: &[u8], duplicates: Duplicates) -> Result<Page, Error> {
        let mut lead = Desk::default();
        match run(
            &mut lead,
            Request::Open { duplicates },
            &mut &*log,
            &mut |_| {},
        )? {
            Reply::Opened(overview) => Ok(Page {
                lead,
                log: log.to_vec(),
                overview,
            }),
            other => panic!("not an answer to Open: {other:?}"),
        }
    }

    fn ask(&mut self, request: Request, tell: &mut dyn FnMut(Reply)) -> Result<Reply, Error> {
        run(&mut self.lead, request, &mut self.log.as_slice(), tell)
    }

    /// Settings as the page has them at first.
    pub fn default_settings(&self) -> Settings {
        let features = self
            .overview
            .candidates
            .iter()
            .filter(|candidate| candidate.is_default);
        Settings {
            params: Default::default(),
            features: features.map(|candidate| candidate.name.clone()).collect(),
            scale: true,
            drop_duplicates: true,
        }
    }

    /// Fits, scores in this many shards, each at a desk of its own, and reports.
    pub fn analyse(&mut self, settings: &Settings, n_shards: usize) -> Result<Report, Error> {
        let fitted = self.ask(
            Request::Fit {
                settings: settings.clone(),
                n_shards,
            },
            &mut |_| {},
        )?;
        let Reply::Fitted { forest, shards, .. } = fitted else {
            panic!("not an answer to Fit: {fitted:?}")
        };
        let scores: Result<Vec<ByteBuf>, Error> = shards
            .into_iter()
            .map(|rows| {
                let request = Request::Score {
                    forest: forest.clone(),
                    rows,
                };
                match run(&mut Desk::default(), request, &mut &b""[..], &mut |_| {})? {
                    Reply::Scored { scores } => Ok(scores),
                    other => panic!("not an answer to Score: {other:?}"),
                }
            })
            .collect();
        self.report(Some(scores?), settings)
    }

    /// Moves only the threshold.
    pub fn move_threshold(&mut self, settings: &Settings) -> Result<Report, Error> {
        self.report(None, settings)
    }

    fn report(
        &mut self,
        scores: Option<Vec<ByteBuf>>,
        settings: &Settings,
    ) -> Result<Report, Error> {
        match self.ask(
            Request::Report {
                scores,
                contamination: settings.params.contamination,
            },
            &mut |_| {},
        )? {
            Reply::Reported(report) => Ok(*report),
            other => panic!("not an answer to Report: {other:?}"),
        }
    }

    pub fn export(&mut self, file: File, guard: FormulaGuard) -> Result<String, Error> {
        let mut bytes = Vec::new();
        self.ask(Request::Export { file, guard }, &mut |reply| match reply {
            Reply::Piece(piece) => bytes.extend_from_slice(&piece),
            other => panic!("not a piece: {other:?}"),
        })?;
        Ok(String::from_utf8(bytes).expect("exports are UTF-8"))
    }

    pub fn rows(&mut self, rows: &[u32]) -> Result<Vec<isolog::job::RowText>, Error> {
        match self.ask(
            Request::Rows {
                rows: rows.to_vec(),
            },
            &mut |_| {},
        )? {
            Reply::Rows(rows) => Ok(rows),
            other => panic!("not an answer to Rows: {other:?}"),
        }
    }
}

/// Bytes of a file that may not be published; says on the terminal that a test is skipped where it is not.
#[cfg(not(target_arch = "wasm32"))]
pub fn shared(path: &str) -> Option<Vec<u8>> {
    let full = format!("{}/../shared/{path}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&full).ok();
    if bytes.is_none() {
        eprintln!("skipped: ../shared/{path} is not on this machine");
    }
    bytes
}
