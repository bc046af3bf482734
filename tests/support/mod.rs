//! One analysis through the worker protocol, as the page runs it.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of this"
)]

use isolog::export::{File, FormulaGuard};
use isolog::filter::Known;
use isolog::forest::Params;
use isolog::job::{
    Desk, Drivers, Error, Explanation, FlaggedRow, OtherSeed, Reading, Reply, Request, RowShard,
    Settings, Sureness, Trial, run,
};
use isolog::report::{Picture, Query, Report};
use isolog::traffic::{ColumnChoices, Label, Overview};

/// A lead with a log, and helpers that score for it.
pub struct Page {
    lead: Desk,
    log: Vec<u8>,
    overview: Option<Overview>,
    /// The label that scores are measured by; that of the file at first.
    pub label: Option<Label>,
    /// The allow-list.
    pub known: Vec<Known>,
    /// What is chosen for columns when the log is read.
    pub columns: ColumnChoices,
}

/// How a file is read: nothing of this may show in the result.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    pub drop_duplicates: bool,
    pub range_bytes: u64,
    /// Ranges that are under way at once; they come back last first.
    pub n_helpers: usize,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader {
            drop_duplicates: true,
            range_bytes: 64 << 10,
            n_helpers: 3,
        }
    }
}

impl Page {
    pub fn open(log: &[u8]) -> Result<Page, Error> {
        Page::open_with(log, Reader::default())
    }

    pub fn open_with(log: &[u8], reader: Reader) -> Result<Page, Error> {
        let mut page = Page {
            lead: Desk::default(),
            log: log.to_vec(),
            overview: None,
            label: None,
            known: Vec::new(),
            columns: ColumnChoices::default(),
        };
        page.read(reader)?;
        Ok(page)
    }

    /// Reads the log, for the first time or again.
    pub fn read(&mut self, reader: Reader) -> Result<(), Error> {
        let log = self.log.clone();
        let opened = self.ask(
            Request::Open {
                drop_duplicates: reader.drop_duplicates,
                columns: self.columns.clone(),
            },
            &mut |_| {},
        )?;
        let Reply::Opened(schema) = opened else {
            panic!("not an answer to Open: {opened:?}")
        };
        let hash_key = reader.drop_duplicates.then_some([7; 16]);
        let mut reading =
            Reading::in_ranges(schema, log.len() as u64, hash_key, reader.range_bytes);
        let mut under_way = Vec::new();
        while !reading.is_done() {
            while under_way.len() < reader.n_helpers
                && let Some(range) = reading.next_read(reader.n_helpers + 1)
            {
                under_way.push(range);
            }
            if let Some(range) = under_way.pop() {
                let read = run(
                    &mut Desk::default(),
                    Request::Read(range.clone()),
                    &mut log.as_slice(),
                    &mut |_| {},
                )?;
                let Reply::Read(shard) = read else {
                    panic!("not an answer to Read: {read:?}")
                };
                reading.accept(&range, shard);
            }
            while let Some((shard, end)) = reading.next_absorb() {
                let reply = self.ask(Request::Absorb { shard, end }, &mut |_| {})?;
                let Reply::Absorbed { absorbed, .. } = reply else {
                    panic!("not an answer to Absorb: {reply:?}")
                };
                reading.absorbed(absorbed);
            }
        }
        let closed = self.ask(Request::Close, &mut |_| {})?;
        let Reply::Closed(overview) = closed else {
            panic!("not an answer to Close: {closed:?}")
        };
        self.label = overview.default_label();
        self.overview = Some(*overview);
        Ok(())
    }

    /// Puts something else in the place of the log, as a file is written over.
    pub fn overwrite(&mut self, log: &[u8]) {
        self.log = log.to_vec();
    }

    pub fn ask(&mut self, request: Request, tell: &mut dyn FnMut(Reply)) -> Result<Reply, Error> {
        run(&mut self.lead, request, &mut self.log.as_slice(), tell)
    }

    /// What the lead said of the log.
    pub fn overview(&self) -> &Overview {
        self.overview.as_ref().expect("an open page has one")
    }

    /// Settings as the page has them at first.
    pub fn default_settings(&self) -> Settings {
        let features = self
            .overview()
            .candidates
            .iter()
            .filter(|candidate| candidate.is_default);
        Settings {
            params: Default::default(),
            features: features.map(|candidate| candidate.name.clone()).collect(),
            scale: true,
            drop_duplicates: true,
            columns: self.columns.clone(),
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
        for RowShard { first, rows } in shards {
            let request = Request::Score {
                forest: forest.clone(),
                rows,
            };
            let Reply::Scored { scores } =
                run(&mut Desk::default(), request, &mut &b""[..], &mut |_| {})?
            else {
                panic!("not an answer to Score")
            };
            self.ask(Request::KeepScores { first, scores }, &mut |_| {})?;
        }
        self.report(settings, false)
    }

    /// Moves only the threshold.
    pub fn move_threshold(&mut self, settings: &Settings) -> Result<Report, Error> {
        self.report(settings, false)
    }

    /// Moves only the threshold, and not yet to where it stays.
    pub fn pass_threshold(&mut self, settings: &Settings) -> Result<Report, Error> {
        self.report(settings, true)
    }

    fn report(&mut self, settings: &Settings, is_moving: bool) -> Result<Report, Error> {
        let label = self.label.clone();
        match self.ask(
            Request::Report {
                contamination: settings.params.contamination,
                label,
                is_moving,
                known: self.known.clone(),
            },
            &mut |_| {},
        )? {
            Reply::Reported(report) => Ok(*report),
            other => panic!("not an answer to Report: {other:?}"),
        }
    }

    pub fn export(&mut self, file: File, guard: FormulaGuard) -> Result<String, Error> {
        self.export_with(file, guard, false)
    }

    /// Exports with or without explanation columns.
    pub fn export_with(
        &mut self,
        file: File,
        guard: FormulaGuard,
        with_explanations: bool,
    ) -> Result<String, Error> {
        self.write(Request::Export {
            file,
            guard,
            with_explanations,
            key: None,
            cover: None,
        })
    }

    /// Returns the file that a request has written.
    pub fn write(&mut self, request: Request) -> Result<String, Error> {
        let mut bytes = Vec::new();
        self.ask(request, &mut |reply| match reply {
            Reply::Piece(piece) => bytes.extend_from_slice(&piece),
            other => panic!("not a piece: {other:?}"),
        })?;
        Ok(String::from_utf8(bytes).expect("exports are UTF-8"))
    }

    pub fn flagged(&mut self, first: u32, n: u32) -> Result<Vec<FlaggedRow>, Error> {
        match self.ask(Request::Flagged { first, n }, &mut |_| {})? {
            Reply::Flagged(rows) => Ok(rows),
            other => panic!("not an answer to Flagged: {other:?}"),
        }
    }

    fn flagged_rows(&mut self, first: u32, n: u32) -> Result<Vec<u32>, Error> {
        Ok(self.flagged(first, n)?.iter().map(|row| row.row).collect())
    }

    pub fn explain(&mut self, first: u32, n: u32) -> Result<Vec<Explanation>, Error> {
        match self.ask(Request::Explain { first, n }, &mut |_| {})? {
            Reply::Explained(rows) => Ok(rows),
            other => panic!("not an answer to Explain: {other:?}"),
        }
    }

    pub fn reasons(&mut self, first: u32, n: u32) -> Result<Vec<String>, Error> {
        let rows = self.flagged_rows(first, n)?;
        match self.ask(Request::Reasons { rows }, &mut |_| {})? {
            Reply::Reasons(rows) => Ok(rows),
            other => panic!("not an answer to Reasons: {other:?}"),
        }
    }

    pub fn look(&mut self, query: Query) -> Result<Picture, Error> {
        match self.ask(Request::Look(Box::new(query)), &mut |_| {})? {
            Reply::Seen(picture) => Ok(*picture),
            other => panic!("not an answer to Look: {other:?}"),
        }
    }

    pub fn importance(&mut self) -> Result<Drivers, Error> {
        loop {
            match self.ask(Request::Importance, &mut |_| {})? {
                Reply::Importance(Some(drivers)) => return Ok(*drivers),
                Reply::Importance(None) => {}
                other => panic!("not an answer to Importance: {other:?}"),
            }
        }
    }

    pub fn sureness(
        &mut self,
        other: Option<OtherSeed>,
        first: u32,
        n: u32,
    ) -> Result<Sureness, Error> {
        let rows = self.flagged_rows(first, n)?;
        match self.ask(Request::Sureness { other, rows }, &mut |_| {})? {
            Reply::Sureness(sureness) => Ok(*sureness),
            other => panic!("not an answer to Sureness: {other:?}"),
        }
    }

    /// Hands all rows to a helper in pieces, has it fit them with these seeds, and has the lead count.
    pub fn try_seeds(
        &mut self,
        params: &Params,
        trial: Trial,
        seeds: impl Iterator<Item = u32>,
    ) -> Result<(), Error> {
        let mut helper = Desk::default();
        let (mut first, n) = (0, 1000);
        loop {
            let reply = self.ask(Request::Rows { first, n }, &mut |_| {})?;
            let Reply::Rows {
                rows,
                n_features,
                total,
            } = reply
            else {
                panic!("not an answer to Rows: {reply:?}")
            };
            let keep = Request::Keep {
                rows,
                n_features,
                first,
            };
            let kept = run(&mut helper, keep, &mut &b""[..], &mut |_| {})?;
            assert_eq!(kept, Reply::Kept);
            first += n;
            if first >= total {
                break;
            }
        }
        for (i, seed) in seeds.enumerate() {
            let request = Request::Refit {
                params: params.clone(),
                seed,
            };
            let reply = run(&mut helper, request, &mut &b""[..], &mut |_| {})?;
            let Reply::Refitted { flagged } = reply else {
                panic!("not an answer to Refit: {reply:?}")
            };
            let other = OtherSeed {
                trial,
                is_first: i == 0,
                flagged,
            };
            self.sureness(Some(other), 0, 0)?;
        }
        Ok(())
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
