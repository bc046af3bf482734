//! The data of a chart as a table, for those who would rather read it or cannot see it.

use crate::text::visible;

/// The data of a chart as text, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataTable {
    /// What the table holds, and what it leaves out.
    pub caption: String,
    /// Names of the columns.
    pub headings: Vec<String>,
    /// The rows, as many cells each as there are headings.
    pub rows: Vec<Vec<String>>,
}

impl DataTable {
    /// Returns a table of these headings and rows.
    pub(super) fn new<const N: usize>(
        caption: String,
        headings: [&str; N],
        rows: impl Iterator<Item = [String; N]>,
    ) -> DataTable {
        DataTable {
            caption: visible(caption),
            headings: headings.map(visible).to_vec(),
            rows: rows.map(|cells| cells.map(visible).to_vec()).collect(),
        }
    }
}
