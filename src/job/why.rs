//! Messages about why rows are flagged and how sure that is.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Why a row is suspicious.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// How many more suspicious rows come before it; for a row that is not suspicious, how many scored ones.
    pub rank: u32,
    /// scikit-learn's `score_samples`.
    pub score: f64,
    /// Mean path length of a row of which nothing is known, in edges.
    pub base: f64,
    /// Mean path length of the row, in edges: `base` less every feature's suspicion.
    pub mean_path_length: f64,
    /// What makes it stand apart, in sentences.
    pub reasons: String,
    /// The smallest change of one feature that would clear it, in a sentence; for a row that is not suspicious, how far it is
    /// above the threshold.
    pub clearance: String,
    /// How the score comes about, in a sentence.
    pub arithmetic: String,
    /// The features, those that weigh most first; no more than a person can read.
    pub parts: Vec<Part>,
    /// Features that are not listed.
    pub n_unlisted: u32,
}

/// What one feature has to do with a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Name of the feature.
    pub name: String,
    /// By how much it makes the row suspicious, in edges; negative if it speaks for a normal row.
    pub suspicion: f64,
    /// The same with its sign, as people read it.
    pub suspicion_text: String,
    /// Length of its bar, -100 to 100, where 100 is the largest of the row.
    pub bar: f64,
    /// The value and how it compares with those of all rows.
    pub comparison: crate::explain::words::Comparison,
}

/// What drives the flags of a whole result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drivers {
    /// In sentences; also which features carry no information.
    pub sentences: Vec<String>,
    /// The features, the strongest first; no more than a person can read.
    pub features: Vec<Driver>,
    /// Suspicious rows that were explained.
    pub n_explained: u32,
}

/// What one feature has to do with all flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Name of the feature.
    pub name: String,
    /// Mean suspicion over the suspicious rows, in edges.
    pub mean: f64,
    /// The same with its sign, as people read it.
    pub mean_text: String,
    /// Length of its bar, -100 to 100, where 100 is the largest.
    pub bar: f64,
}

/// Which forests are grown with other seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trial {
    /// Those of the settings.
    AsSet,
    /// Those with [`MORE_TREES`](crate::explain::stability::MORE_TREES) times the trees.
    MoreTrees,
}

/// What one other seed flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherSeed {
    /// Which forest was grown.
    pub trial: Trial,
    /// Whether this is the first seed of a new count.
    pub is_first: bool,
    /// Positions of the flagged rows as little-endian u32, ascending.
    pub flagged: ByteBuf,
}

/// How sure the flags are, as far as other seeds were tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sureness {
    /// Seeds tried.
    pub n_seeds: u32,
    /// Rows that some seeds flag and others do not, the flags on the page being those of one more seed.
    pub n_dependent: u64,
    /// What came out, in sentences; empty if no seed was tried.
    pub summary: String,
    /// What more trees would change, in a sentence; empty if that was not tried.
    pub more_trees: String,
    /// The rows asked for.
    pub rows: Vec<RowSureness>,
}

/// How sure it is that one row is flagged, or not.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RowSureness {
    /// Seeds that flag it.
    pub n_flagged: u32,
    /// In two words: "90 % usually"; empty if it was not scored.
    pub short: String,
    /// In a sentence.
    pub text: String,
}
