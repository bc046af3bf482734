//! The columns and cells of the table of sessions, as people read and copy them.

use crate::charts::format::format_count;
use crate::export::{Manner, float};
use crate::filter::Verdict;
use crate::job::{OrderBy, SessionRow};
use crate::table::Kind;
use crate::traffic::Overview;

/// Width of the widest column of cells, in `ch`.
const MAX_WIDTH_CH: usize = 28;

/// A column of the table of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetColumn {
    /// Its heading.
    pub title: String,
    /// Width in `ch`.
    pub width_ch: usize,
    /// Whether its cells are numbers.
    pub is_number: bool,
    /// What clicking its heading orders by; `None` if rows cannot be ordered by it.
    pub order: Option<OrderBy>,
    /// Whether its cells can name somebody: texts, and numbers of which nobody knows that they are measured.
    pub can_name: bool,
    /// What its cells show.
    pub shows: Shows,
}

/// What the cells of a column show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The rank.
    Rank,
    /// The score.
    Score,
    /// The features that make it suspicious.
    Why,
    /// How many other seeds flag it.
    Seeds,
    /// The line of the file.
    Line,
    /// What became of it.
    Verdict,
    /// A field of the file, by its place.
    Field(usize),
    /// A derived value, by its place.
    Derived(usize),
}

/// Which sessions the table lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listed {
    /// The suspicious ones.
    #[default]
    Suspicious,
    /// All of them.
    All,
}

/// Returns the columns of the table, from left to right.
pub fn sheet_columns(overview: &Overview, listed: Listed) -> Vec<SheetColumn> {
    let own = |title: &str, width_ch, is_number, order, shows| SheetColumn {
        title: title.to_owned(),
        width_ch,
        is_number,
        order,
        can_name: shows == Shows::Why,
        shows,
    };
    let mut columns = vec![
        own("Rank", 6, true, Some(OrderBy::Score), Shows::Rank),
        own("Score", 10, true, Some(OrderBy::Score), Shows::Score),
        own("Why", 22, false, None, Shows::Why),
        own("Seeds", 13, false, None, Shows::Seeds),
        own("Line", 8, true, Some(OrderBy::Line), Shows::Line),
    ];
    if listed == Listed::All {
        columns.push(own("Verdict", 10, false, None, Shows::Verdict));
    }
    let fields = overview.columns.iter().enumerate();
    columns.extend(fields.map(|(place, column)| {
        let is_kept = column.is_kept();
        let of_kind = match column.reading {
            Kind::Number(_) => 10,
            Kind::Time(_) => 20,
            Kind::Text | Kind::Undecided => 16,
        };
        let is_measured = column.malformed.tally.count == 0
            && (column.is_time() || column.is_number() && column.role.is_some());
        SheetColumn {
            title: column.name.clone(),
            width_ch: (column.name.chars().count() + 2)
                .max(of_kind)
                .min(MAX_WIDTH_CH),
            is_number: column.is_number(),
            order: is_kept.then(|| OrderBy::Column(column.name.clone())),
            can_name: !is_measured,
            shows: Shows::Field(place),
        }
    }));
    let derived = overview.candidates.iter();
    let derived = derived.filter(|candidate| candidate.is_derived).enumerate();
    columns.extend(derived.map(|(place, candidate)| SheetColumn {
        title: candidate.name.clone(),
        width_ch: (candidate.name.chars().count() + 2).clamp(10, MAX_WIDTH_CH),
        is_number: true,
        order: Some(OrderBy::Column(candidate.name.clone())),
        can_name: false,
        shows: Shows::Derived(place),
    }));
    columns
}

/// Writes a cell; `why` and `seeds` are what is known of the row by now.
pub fn sheet_cell(shows: Shows, row: &SessionRow, why: &str, seeds: &str) -> String {
    let dash = || "–".to_owned();
    match shows {
        Shows::Rank => row.rank.map_or_else(dash, |rank| format_count(rank.into())),
        Shows::Score => row.score.map_or_else(dash, |score| format!("{score:.4}")),
        Shows::Why => why.to_owned(),
        Shows::Seeds if seeds.is_empty() => dash(),
        Shows::Seeds => seeds.to_owned(),
        Shows::Line => format_count(row.line.into()),
        Shows::Verdict => row.verdict.name().to_owned(),
        Shows::Field(place) => row.cells.get(place).cloned().unwrap_or_default(),
        Shows::Derived(place) => derived_text(row, place),
    }
}

/// Writes a cell to be copied by itself, as it is on the page but for pseudonyms.
pub fn copied_cell(
    column: &SheetColumn,
    (row, why, seeds): (&SessionRow, &str, &str),
    manner: Manner<'_>,
) -> String {
    hide(column, sheet_cell(column.shows, row, why, seeds), manner)
}

fn hide(column: &SheetColumn, text: String, manner: Manner<'_>) -> String {
    if column.can_name {
        manner.hide(text)
    } else {
        text
    }
}

/// Writes a derived value; a dash where an input is missing.
pub fn derived_text(row: &SessionRow, place: usize) -> String {
    match row.derived.get(place) {
        Some(value) if !value.is_nan() => float(*value),
        _ => "–".to_owned(),
    }
}

/// Returns the title of a row's details.
pub fn details_title(row: &SessionRow) -> String {
    let line = format_count(row.line.into());
    match (row.verdict, row.rank) {
        (Verdict::Suspicious, Some(rank)) => {
            format!("Why session {} is flagged", format_count(rank.into()))
        }
        (Verdict::NotScored, _) => format!("Why line {line} was not scored"),
        (Verdict::Known, _) => format!("Line {line} is known"),
        _ => format!("Line {line} is not flagged"),
    }
}

/// What stands between two cells that are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// CSV, as spreadsheets open it.
    Comma,
    /// What spreadsheets paste.
    Tab,
}

/// Writes rows with a line of headings, to be copied: quoted where needed, numbers and texts as they stand in the file but for
/// pseudonyms.
pub fn copied_rows(
    columns: &[SheetColumn],
    rows: &[(&SessionRow, String, String)],
    separator: Separator,
    manner: Manner<'_>,
) -> String {
    let delimiter = match separator {
        Separator::Comma => b',',
        Separator::Tab => b'\t',
    };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    let mut write = |cells: &[String]| {
        writer.write_record(cells).expect("memory does not fail");
    };
    write(&titles(columns, manner));
    for (row, why, seeds) in rows {
        let cell = |column: &SheetColumn| match column.shows {
            // with all its digits, and without separators of thousands
            Shows::Rank => row.rank.map_or_else(String::new, |rank| rank.to_string()),
            Shows::Score => row
                .score
                .map_or_else(String::new, |score| score.to_string()),
            Shows::Line => row.line.to_string(),
            Shows::Derived(place) => match row.derived.get(place) {
                Some(value) if !value.is_nan() => float(*value),
                _ => String::new(),
            },
            _ => copied_cell(column, (row, why, seeds), manner),
        };
        let mut cells: Vec<String> = columns.iter().map(cell).collect();
        manner.finish(&mut cells);
        write(&cells);
    }
    let bytes = writer.into_inner().expect("memory does not fail");
    String::from_utf8(bytes).expect("texts make text")
}

/// Returns the headings, none twice: a column of the file gives way to one of the table.
fn titles(columns: &[SheetColumn], manner: Manner<'_>) -> Vec<String> {
    let is_of_file = |column: &&SheetColumn| matches!(column.shows, Shows::Field(_));
    let of = |columns: Vec<&SheetColumn>| -> Vec<String> {
        columns.iter().map(|column| column.title.clone()).collect()
    };
    let (of_file, own): (Vec<_>, Vec<_>) = columns.iter().partition(is_of_file);
    let n_of_file = of_file.len();
    let mut of_file = manner.header(of(of_file), of(own));
    let mut own = of_file.split_off(n_of_file).into_iter();
    let mut of_file = of_file.into_iter();
    let title = |column: &SheetColumn| {
        if is_of_file(&column) {
            of_file.next()
        } else {
            own.next()
        }
    };
    columns.iter().filter_map(title).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::FormulaGuard;
    use crate::export::anonymise::{Anonymiser, Key};
    use crate::session::tests::overview_of;

    fn row() -> SessionRow {
        SessionRow {
            row: 0,
            line: 1234,
            verdict: Verdict::Normal,
            score: Some(-0.5123456789),
            rank: Some(1000),
            cells: vec!["=1+1".to_owned(), "a, \"b\"".to_owned()],
            derived: vec![f64::NAN, 2.5],
            lacks: None,
        }
    }

    fn column(title: &str, shows: Shows) -> SheetColumn {
        SheetColumn {
            title: title.to_owned(),
            width_ch: 8,
            is_number: false,
            order: None,
            can_name: matches!(shows, Shows::Field(_)),
            shows,
        }
    }

    #[test]
    fn cells_are_for_people() {
        let cells = [
            (Shows::Rank, "1,000"),
            (Shows::Score, "-0.5123"),
            (Shows::Why, "bytes_in"),
            (Shows::Seeds, "–"),
            (Shows::Line, "1,234"),
            (Shows::Verdict, "Normal"),
            (Shows::Field(0), "=1+1"),
            (Shows::Field(7), ""),
            (Shows::Derived(0), "–"),
            (Shows::Derived(1), "2.5"),
        ];
        for (shows, expected) in cells {
            assert_eq!(sheet_cell(shows, &row(), "bytes_in", ""), expected);
        }
        let unscored = SessionRow {
            score: None,
            rank: None,
            ..row()
        };
        assert_eq!(sheet_cell(Shows::Score, &unscored, "", ""), "–");
    }

    #[test]
    fn copies_are_for_programs() {
        let columns = [
            column("Rank", Shows::Rank),
            column("Score", Shows::Score),
            column("x", Shows::Field(0)),
            column("y", Shows::Field(1)),
            column("z", Shows::Derived(0)),
        ];
        let row = row();
        let rows = [(&row, String::new(), String::new())];
        let copy = |separator, guard| {
            let manner = Manner {
                guard,
                anonymiser: None,
            };
            copied_rows(&columns, &rows, separator, manner)
        };
        assert_eq!(
            copy(Separator::Comma, FormulaGuard::On),
            "Rank,Score,x,y,z\n1000,-0.5123456789,'=1+1,\"a, \"\"b\"\"\",\n"
        );
        assert_eq!(
            copy(Separator::Tab, FormulaGuard::Off),
            "Rank\tScore\tx\ty\tz\n1000\t-0.5123456789\t=1+1\t\"a, \"\"b\"\"\"\t\n"
        );
    }

    #[test]
    fn copies_hold_pseudonyms_if_files_do() {
        let anonymiser = Anonymiser::new(&Key::from_bytes([7; 16]));
        let manner = Manner {
            guard: FormulaGuard::On,
            anonymiser: Some(&anonymiser),
        };
        let row = SessionRow {
            cells: vec!["192.0.2.7".to_owned(), "123456789012".to_owned()],
            ..row()
        };
        let measured = SheetColumn {
            can_name: false,
            ..column("bytes", Shows::Field(1))
        };
        let columns = [
            column("source", Shows::Field(0)),
            column("account", Shows::Field(1)),
            measured,
        ];
        let rows = [(&row, String::new(), String::new())];
        let copy = copied_rows(&columns, &rows, Separator::Comma, manner);
        let source = copied_cell(&columns[0], (&row, "", ""), manner);
        let account = copied_cell(&columns[1], (&row, "", ""), manner);
        assert_eq!(source, anonymiser.text("192.0.2.7"));
        assert_ne!((&*source, &*account), ("192.0.2.7", "123456789012"));
        assert_eq!(
            copy,
            format!("source,account,bytes\n{source},{account},123456789012\n")
        );
    }

    #[test]
    fn numbers_that_nobody_knows_can_name() {
        let log = "account_id,bytes_in,src_ip,time\n123456789012,5,192.0.2.7,2024-01-01T00:00:00Z\n\
                    123456789013,6,192.0.2.8,2024-01-01T00:00:01Z\n";
        let overview = overview_of(log);
        let columns = sheet_columns(&overview, Listed::All);
        let can_name = |title: &str| {
            let mut columns = columns.iter();
            let column = columns.find(|column| column.title == title);
            column.expect("the log has it").can_name
        };
        assert!(can_name("account_id") && can_name("src_ip") && can_name("Why"));
        assert!(!can_name("bytes_in") && !can_name("time") && !can_name("Score"));
    }
}
