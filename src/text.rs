//! Text of a log, made safe to show: what a file holds may change how other text is shown, or not be seen at all.
//!
//! Takes any text and gives one for people's eyes; knows nobody. What is saved or compared is the text as it stands.

/// Begins a stretch of text whose direction changes nothing around it.
const ISOLATE: char = '\u{2068}';

/// Ends it.
const END_ISOLATE: char = '\u{2069}';

/// The most characters of a text that are shown: longer ones would hold up the page, and nobody reads them.
const MOST_SHOWN: usize = 2000;

/// How many of those are its last ones.
const LAST_SHOWN: usize = 400;

/// Returns a text as it is shown to people, in one line; of one of more than 2,000 characters the middle is cut out, and `…`
/// stands there.
///
/// Characters that are not seen, or that change the order of others, become visible: a tab is `␉`, a right-to-left override
/// `⟨U+202E⟩`. Joiners stay where the script or an emoji needs them. Words that run from right to left are isolated if the
/// text has others, so that numbers beside them keep their place. Shown again, the text stays the same.
pub fn visible(text: impl Into<String>) -> String {
    let text = shortened(text.into());
    // most texts are printable ASCII
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text;
    }
    let characters: Vec<char> = text.chars().collect();
    let is_mixed = characters.iter().any(|&character| is_leftward(character))
        && (0..characters.len())
            .any(|at| is_rightward(characters[at]) || is_marked(&characters, at));
    let mut shown = String::with_capacity(text.len() + 16);
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        if let Some(end) = isolated_words(&characters, at) {
            shown.extend(&characters[at..end]);
            at = end;
        } else if is_mixed && is_leftward(character) {
            let end = leftward_words(&characters, at);
            shown.push(ISOLATE);
            shown.extend(&characters[at..end]);
            shown.push(END_ISOLATE);
            at = end;
        } else {
            push(&mut shown, &characters, at);
            at += 1;
        }
    }
    shown
}

/// Cuts the middle out of a long text, in time that does not depend on its length.
fn shortened(text: String) -> String {
    // no text has more characters than bytes
    if text.len() <= MOST_SHOWN || text.chars().nth(MOST_SHOWN).is_none() {
        return text;
    }
    let end_of_first = text.char_indices().nth(MOST_SHOWN - LAST_SHOWN - 1);
    let start_of_last = text.char_indices().nth_back(LAST_SHOWN - 1);
    match (end_of_first, start_of_last) {
        (Some((first, _)), Some((last, _))) => format!("{}…{}", &text[..first], &text[last..]),
        _ => text,
    }
}

/// Adds a character, visibly.
fn push(shown: &mut String, characters: &[char], at: usize) {
    let character = characters[at];
    match character {
        '\n' => shown.push('␤'),
        '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(character))),
        '\u{7f}' => shown.push('␡'),
        _ if is_marked(characters, at) => {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character)));
        }
        _ => shown.push(character),
    }
}

/// Whether a character is not seen, or changes the order of others.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a character is shown by its code.
fn is_marked(characters: &[char], at: usize) -> bool {
    is_hidden(characters[at]) && !is_needed(characters, at)
}

/// Whether a hidden character does what it is there for: it joins or parts letters of a script that does so, or it belongs
/// to an emoji.
fn is_needed(characters: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| characters[before]);
    let after = characters.get(at + 1).copied();
    let Some(before) = before else { return false };
    let can_join = |character: char| character >= '\u{590}' && is_sign(character);
    match characters[at] {
        '\u{200c}' | '\u{200d}' => after.is_some_and(|after| {
            can_join(before) && can_join(after) && is_leftward(before) == is_leftward(after)
        }),
        // it follows what it varies: an emoji, also one that begins as a digit
        '\u{fe00}'..='\u{fe0f}' => {
            let is_keycap = after == Some('\u{20e3}') && before.is_ascii_graphic();
            is_keycap || (can_join(before) && !is_leftward(before))
        }
        _ => false,
    }
}

/// Whether a character is a letter, a mark or a picture rather than a blank or something hidden; what varies a picture
/// counts as a part of it.
fn is_sign(character: char) -> bool {
    let varies = matches!(character, '\u{fe00}'..='\u{fe0f}');
    varies || !(character.is_whitespace() || is_hidden(character))
}

/// Whether a letter is written from right to left.
fn is_leftward(character: char) -> bool {
    matches!(
        character,
        '\u{590}'..='\u{5ff}'
            | '\u{600}'..='\u{60b}'
            | '\u{60d}'..='\u{61b}'
            | '\u{61d}'..='\u{65f}'
            | '\u{66a}'..='\u{6ef}'
            | '\u{6fa}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

/// Whether a letter is written from left to right.
fn is_rightward(character: char) -> bool {
    character.is_alphabetic() && !is_leftward(character)
}

/// Returns where words from right to left end that begin at a place, with what is between them.
fn leftward_words(characters: &[char], start: usize) -> usize {
    let is_end = |&at: &usize| {
        let character = characters[at];
        is_rightward(character) || character.is_control() || is_marked(characters, at)
    };
    let places = start..characters.len();
    let last = places
        .take_while(|at| !is_end(at))
        .filter(|&at| is_leftward(characters[at]))
        .last();
    last.map_or(start, |last| last + 1)
}

/// Returns where isolated words from right to left end that begin at a place, if some do.
fn isolated_words(characters: &[char], at: usize) -> Option<usize> {
    let first = *characters.get(at + 1)?;
    if characters[at] != ISOLATE || !is_leftward(first) {
        return None;
    }
    let end = leftward_words(characters, at + 1);
    (characters.get(end) == Some(&END_ISOLATE)).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_seen_is_marked() {
        for (text, expected) in [
            ("", ""),
            ("plain, text ~", "plain, text ~"),
            ("\u{202e}gnp.exe", "⟨U+202E⟩gnp.exe"),
            ("a\tb\nc\r\n", "a␉b␤c␍␤"),
            ("\0\u{1b}[31m\u{7f}", "␀␛[31m␡"),
            ("\u{85}\u{9b}", "⟨U+0085⟩⟨U+009B⟩"),
            ("a\u{2028}b\u{2029}", "a⟨U+2028⟩b⟨U+2029⟩"),
            ("\u{feff}a\u{200b}b", "⟨U+FEFF⟩a⟨U+200B⟩b"),
            ("pay\u{200d}pal\u{2060}", "pay⟨U+200D⟩pal⟨U+2060⟩"),
            ("\u{2066}a\u{2069}", "⟨U+2066⟩a⟨U+2069⟩"),
            ("\u{2068}a\u{2069}", "⟨U+2068⟩a⟨U+2069⟩"),
            ("so\u{ad}ft", "so⟨U+00AD⟩ft"),
            ("\u{e0041}x", "⟨U+E0041⟩x"),
            ("Größe 𝕏 漢字 €", "Größe 𝕏 漢字 €"),
            // a family, a heart, a key that is pressed
            ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
            ("❤\u{fe0f}\u{200d}🔥", "❤\u{fe0f}\u{200d}🔥"),
            ("1\u{fe0f}\u{20e3}", "1\u{fe0f}\u{20e3}"),
            ("a\u{fe0f}", "a⟨U+FE0F⟩"),
            // Persian needs what parts its letters
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("👨\u{200d}", "👨⟨U+200D⟩"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn words_from_right_to_left_change_nothing_beside_them() {
        for (text, expected) in [
            ("مرحبا", "مرحبا"),
            ("مرحبا 5", "مرحبا 5"),
            ("מ, ע", "מ, ע"),
            (
                "مرحبا 57 kB is the largest",
                "\u{2068}مرحبا\u{2069} 57 kB is the largest",
            ),
            ("מ ע, 3 of ע", "\u{2068}מ ע\u{2069}, 3 of \u{2068}ע\u{2069}"),
            (
                "a \u{2067}ע b\u{202c}",
                "a ⟨U+2067⟩\u{2068}ע\u{2069} b⟨U+202C⟩",
            ),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn of_a_long_text_both_ends_are_shown() {
        let fits = "é".repeat(2000);
        assert_eq!(visible(fits.as_str()), fits);
        for n in [2001, 1_000_000] {
            let text = format!("first{}last", "é".repeat(n - 9));
            let shown = visible(text);
            assert_eq!(shown.chars().count(), 2000);
            assert!(
                shown.starts_with("firsté") && shown.ends_with("élast"),
                "{shown}"
            );
            assert_eq!(shown.matches('…').count(), 1);
            assert_eq!(visible(shown.as_str()), shown);
        }
    }

    fn character() -> impl Strategy<Value = char> {
        prop_oneof![
            any::<char>(),
            prop::sample::select(vec![
                'a', '1', ' ', 'ע', 'م', '👨', '\u{fe0f}', '\u{200c}', '\u{200d}', '\u{202e}',
                '\u{2066}', '\u{2068}', '\u{2069}', '\u{200f}', '\n', '\t',
            ]),
        ]
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left_and_once_is_enough(
            characters in prop::collection::vec(character(), 0..24),
        ) {
            let text: String = characters.iter().collect();
            let once = visible(text.as_str());
            prop_assert_eq!(&visible(once.as_str()), once.as_str());
            let mut depth = 0;
            for character in once.chars() {
                prop_assert!(!character.is_control());
                match character {
                    ISOLATE => depth += 1,
                    END_ISOLATE => depth -= 1,
                    _ => {
                        let is_known = matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
                        prop_assert!(is_known || !is_hidden(character), "{}", once.escape_unicode());
                    }
                }
                prop_assert!((0..=1).contains(&depth), "isolates are closed");
            }
            prop_assert_eq!(depth, 0);
            let plain: Vec<char> = text.chars().filter(|&c| !is_hidden(c) && !c.is_control()).collect();
            let kept: Vec<char> = once.chars().filter(|&c| plain.contains(&c)).collect();
            prop_assert!(kept.len() >= plain.len(), "no letter is lost");
        }
    }
}
