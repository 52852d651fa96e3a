//! Text of strangers, made inert before anybody sees it.

/// Longest name or symbol that is shown, characters.
pub const MAX_NAME: usize = 32;

/// At most `most` characters of `text`, with U+FFFD for each that cannot be seen or moves others: controls, direction marks, zero widths,
/// line ends, private use, tags. What is cut ends with an ellipsis.
pub fn inert(text: &str, most: usize) -> String {
    let mut shown: String =
        text.chars().take(most).map(|c| if is_visible(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a name says what it seems to: not empty, nothing that [`inert`] would change, no blanks around it.
pub fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && inert(text, MAX_NAME) == text
}

fn is_visible(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(inert("US\u{202e}DC\n", 32), "US\u{fffd}DC\u{fffd}");
        assert_eq!(inert("<b>&\"'", 32), "<b>&\"'");
        assert_eq!(inert(&"é".repeat(33), 32), format!("{}…", "é".repeat(32)));
        assert!(is_plain("Token π"));
        for name in ["", " A", "A\u{200b}", "A\u{e0041}", "a\0b"] {
            assert!(!is_plain(name), "{name:?}");
        }
    }
}
