//! Cells that a spreadsheet would run as a formula.

use super::FormulaGuard;

/// Defuses cells that a spreadsheet would run as a formula, if they are to be.
pub(crate) fn guard_cells(cells: &mut [String], guard: FormulaGuard) {
    if guard == FormulaGuard::Off {
        return;
    }
    for cell in cells {
        if is_risky(cell) {
            cell.insert(0, '\'');
        }
    }
}

/// Whether a spreadsheet may take a cell for a formula, or may once a program before it has trimmed the cell or made
/// full-width characters plain.
fn is_risky(cell: &str) -> bool {
    // most cells begin with a letter or a digit
    match cell.bytes().next() {
        None => return false,
        Some(first) if first.is_ascii_alphanumeric() => return false,
        Some(b'\t' | b'\r' | b'\n') => return true,
        Some(_) => {}
    }
    let text = cell.trim_start_matches(is_skipped);
    let Some(first) = text.chars().next() else {
        return false;
    };
    match first {
        '=' | '@' | '＝' | '＠' | '﹦' | '﹫' => true,
        '+' | '-' | '＋' | '－' | '﹢' | '﹣' => {
            let text = text.trim_end_matches(is_skipped);
            // AWS writes a lone `-` for what is missing
            text != "-" && !is_number(text)
        }
        _ => false,
    }
}

/// What programs drop before they look at a cell: blanks, and what has no width.
fn is_skipped(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Whether a text with a sign is a number, however its thousands are marked: nothing that could be computed.
fn is_number(text: &str) -> bool {
    if text.parse::<f64>().is_ok() {
        return true;
    }
    let Some(digits) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let digits = digits.strip_suffix('%').map_or(digits, str::trim_end);
    let is_mark = |character: char| {
        matches!(
            character,
            '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}'
        )
    };
    let mut groups = digits.split(is_mark);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    groups.all(|group| !group.is_empty() && is_digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(text: &str) -> String {
        let mut cells = [text.to_owned()];
        guard_cells(&mut cells, FormulaGuard::On);
        cells[0].clone()
    }

    #[test]
    fn formulas_are_defused() {
        for text in [
            "=1+1",
            "+cmd|x",
            "-2+3",
            "-1-2",
            "--1",
            "@sum",
            "\tx",
            "\rx",
            "\nx",
            "\t5",
            " =1+1",
            "\n=2+2",
            "\u{a0}=1",
            "\u{feff}=1",
            "\u{200b}\u{2060} @x",
            "\u{202e}=1",
            "\u{3000}+x",
            "\u{0}=1",
            "＝1+1",
            "＋x",
            "－x",
            "＠x",
            "﹦1",
            " ＝1",
            "-1,2,",
            "-3.4 MB",
            "=",
        ] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
    }

    #[test]
    fn numbers_and_plain_texts_stay() {
        for text in [
            "-",
            " - ",
            "-5",
            "+5.5",
            "-1e3",
            "-1,234.5",
            "-12.345,67",
            "-1 234",
            "-45 %",
            "+0300",
            "-inf",
            " -5",
            "plain",
            "",
            " ",
            "a=b",
            "'=1+1",
            "'",
            "é=1",
            "مرحبا",
            "_x",
        ] {
            assert_eq!(guarded(text), text);
        }
    }

    #[test]
    fn a_defused_cell_is_not_defused_again() {
        let once = guarded("=1+1");
        assert_eq!(guarded(&once), once);
    }
}
