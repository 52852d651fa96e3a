//! Rust source with comments and literals blanked out, line by line, so that words are found in code alone.

/// `text` with every character of a comment, string or character literal replaced by a blank; line ends stay.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let end = literal_end(&chars, i).unwrap_or(i);
        if end == i {
            out.push(chars[i]);
            i += 1;
        } else {
            out.extend(chars[i..end].iter().map(|&c| if c == '\n' { c } else { ' ' }));
            i = end;
        }
    }
    out
}

/// Where the comment or literal that begins at `i` ends, if one does.
fn literal_end(c: &[char], i: usize) -> Option<usize> {
    let at = |k: usize| c.get(k).copied().unwrap_or('\0');
    let part = |k: usize| at(k).is_alphanumeric() || at(k) == '_';
    // The b of a byte string is no word.
    let in_word = i > 0 && part(i - 1) && !(at(i - 1) == 'b' && (i == 1 || !part(i - 2)));
    match (at(i), at(i + 1)) {
        ('/', '/') => Some((i..c.len()).find(|&k| c[k] == '\n').unwrap_or(c.len())),
        ('/', '*') => {
            let (mut depth, mut k) = (1, i + 2);
            while k < c.len() && depth > 0 {
                match (at(k), at(k + 1)) {
                    ('/', '*') => (depth, k) = (depth + 1, k + 2),
                    ('*', '/') => (depth, k) = (depth - 1, k + 2),
                    _ => k += 1,
                }
            }
            Some(k)
        }
        ('r', '"' | '#') if !in_word => {
            let hashes = (i + 1..c.len()).take_while(|&k| c[k] == '#').count();
            if at(i + 1 + hashes) != '"' {
                return None;
            }
            let closes = |k: usize| c[k] == '"' && (1..=hashes).all(|h| at(k + h) == '#');
            (i + 2 + hashes..c.len()).find(|&k| closes(k)).map(|k| k + 1 + hashes).or(Some(c.len()))
        }
        ('"', _) => {
            let mut k = i + 1;
            while k < c.len() && c[k] != '"' {
                k += if c[k] == '\\' { 2 } else { 1 };
            }
            Some((k + 1).min(c.len()))
        }
        // A character literal, not a lifetime.
        ('\'', '\\') => (i + 3..c.len()).find(|&k| c[k] == '\'').map(|k| k + 1),
        ('\'', _) if at(i + 2) == '\'' => Some(i + 3),
        _ => None,
    }
}

/// The lines, counted from 1, in which `word` stands between characters that are no part of a word.
pub fn lines_with<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.lines().enumerate().filter(move |(_, line)| has_word(line, word)).map(|(i, _)| i + 1)
}

/// Whether `word` stands in `line` between characters that are no part of a word.
pub fn has_word(line: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(i, _)| !part(line[..i].chars().next_back()) && !part(line[i + word.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank() {
        let text = "a /* b /* c */ d */ e // f\ng \"h \\\" i\" j r#\"k \" l\"# m 'n' '\\'' 'o: p br\"q\"";
        let code = code_only(text);
        assert_eq!(code.lines().count(), 2);
        assert_eq!(code.split_whitespace().collect::<String>(), "aegjm'o:pb");
    }

    #[test]
    fn words_have_ends() {
        assert!(has_word("x: abc,", "abc") && has_word("abc", "abc"));
        assert!(!has_word("abcd", "abc") && !has_word("_abc", "abc"));
        assert_eq!(lines_with("a\nb a\nab", "a").collect::<Vec<_>>(), [1, 2]);
    }
}
