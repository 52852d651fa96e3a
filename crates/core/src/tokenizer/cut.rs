//! The pre-tokenizer: cuts a text into the words that are encoded each by itself.
//!
//! A word is a part of the text, or a text of its own where a step writes it anew (byte-level characters, visible spaces).

use std::borrow::Cow;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::bytes::char_of;
use super::components::{PreTokenizer, PrependScheme};
use super::pattern::SplitPattern;

type Words<'t> = Vec<Cow<'t, str>>;

/// The words of `text`. `first` says whether it is the start of the whole text, nothing taken out before it.
pub(super) fn words<'t>(step: Option<&PreTokenizer>, text: Cow<'t, str>, first: bool) -> Words<'t> {
    let words = vec![text];
    match step {
        Some(step) => apply(step, words, first),
        None => words,
    }
}

fn apply<'t>(step: &PreTokenizer, words: Words<'t>, first: bool) -> Words<'t> {
    match step {
        PreTokenizer::Sequence { pretokenizers } => pretokenizers.iter().fold(words, |words, step| apply(step, words, first)),
        PreTokenizer::ByteLevel { add_prefix_space, use_regex, trim_offsets: _ } => {
            let words = words.into_iter().map(|word| match *add_prefix_space && !word.starts_with(' ') {
                true => Cow::Owned(format!(" {word}")),
                false => word,
            });
            let words = match use_regex {
                true => words.flat_map(|word| split(word, SplitPattern::Gpt2)).collect::<Words<'t>>(),
                false => words.collect(),
            };
            words.into_iter().map(|word| Cow::Owned(word.bytes().map(char_of).collect())).collect()
        }
        PreTokenizer::Digits { individual_digits } => {
            let pattern = if *individual_digits { SplitPattern::Digit } else { SplitPattern::Number };
            words.into_iter().flat_map(|word| split(word, pattern)).collect()
        }
        PreTokenizer::Split { pattern, behavior: _, invert: _ } => {
            words.into_iter().flat_map(|word| split(word, *pattern)).collect()
        }
        PreTokenizer::Metaspace { replacement, prepend_scheme, split } => {
            let spaced = words.into_iter().enumerate().map(|(i, word)| {
                let mut word = word.replace(' ', replacement.encode_utf8(&mut [0; 4]));
                let prepend = match prepend_scheme {
                    PrependScheme::Always => true,
                    PrependScheme::First => first && i == 0,
                    PrependScheme::Never => false,
                };
                if prepend && !word.starts_with(*replacement) {
                    word.insert(0, *replacement);
                }
                word
            });
            match *split {
                true => spaced.flat_map(|word| before_each(&word, *replacement)).collect(),
                false => spaced.map(Cow::Owned).collect(),
            }
        }
    }
}

/// Cuts before each `mark`.
fn before_each<'t>(word: &str, mark: char) -> Words<'t> {
    let mut starts: Vec<usize> = word.match_indices(mark).map(|(at, _)| at).filter(|&at| at > 0).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([word.len()]);
    starts.iter().zip(ends).map(|(&start, end)| Cow::Owned(word[start..end].to_owned())).collect()
}

/// The matches of a pattern in `word` and what lies between them, in order.
fn split(word: Cow<'_, str>, pattern: SplitPattern) -> Words<'_> {
    match word {
        Cow::Borrowed(text) => parts(text, pattern).map(Cow::Borrowed).collect(),
        Cow::Owned(text) => parts(&text, pattern).map(|part| Cow::Owned(part.to_owned())).collect(),
    }
}

fn parts(text: &str, pattern: SplitPattern) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let len = match first_match(rest, pattern) {
            0 => gap(rest, pattern),
            len => len,
        };
        let (part, after) = rest.split_at(len);
        rest = after;
        Some(part)
    })
}

/// Bytes before the next match.
fn gap(text: &str, pattern: SplitPattern) -> usize {
    let next = text.char_indices().skip(1).find(|&(at, _)| first_match(&text[at..], pattern) > 0);
    next.map_or(text.len(), |(at, _)| at)
}

/// Bytes of the match at the start of `text`; 0 if there is none.
fn first_match(text: &str, pattern: SplitPattern) -> usize {
    let found = match pattern {
        SplitPattern::Gpt2 => contraction(text, false)
            .or_else(|| after_space(text, is_letter))
            .or_else(|| after_space(text, is_number))
            .or_else(|| after_space(text, is_sign))
            .or_else(|| space(text)),
        SplitPattern::Llama3 => {
            contraction(text, true).or_else(|| word(text)).or_else(|| numbers(text, 3)).or_else(|| tail(text, "\r\n"))
        }
        SplitPattern::Qwen2 => {
            contraction(text, true).or_else(|| word(text)).or_else(|| numbers(text, 1)).or_else(|| tail(text, "\r\n"))
        }
        SplitPattern::Tekken => cased(text).or_else(|| numbers(text, 1)).or_else(|| tail(text, "\r\n/")),
        SplitPattern::Digit => numbers(text, 1),
        SplitPattern::Number => numbers(text, usize::MAX),
        SplitPattern::ThreeDigits => text.as_bytes().first_chunk::<3>().filter(|d| d.iter().all(u8::is_ascii_digit)).map(|_| 3),
        SplitPattern::Signs => Some(run(text, |c| "$+<=>^~|".contains(c) || group(c) == GeneralCategoryGroup::Punctuation)),
    };
    found.unwrap_or(0)
}

/// `'s|'t|'re|'ve|'m|'ll|'d`, in capitals too if `any_case`.
fn contraction(text: &str, any_case: bool) -> Option<usize> {
    let rest = text.strip_prefix('\'')?;
    let mut chars = rest.chars().map(|c| match c {
        // The long s is a form of s.
        'ſ' if any_case => 's',
        c if any_case => c.to_ascii_lowercase(),
        c => c,
    });
    let len = match (chars.next()?, chars.next()) {
        ('r' | 'v', Some('e')) | ('l', Some('l')) => 2,
        ('s' | 't' | 'm' | 'd', _) => 1,
        _ => return None,
    };
    Some(1 + rest.chars().take(len).map(char::len_utf8).sum::<usize>())
}

/// ` ?[…]+`
fn after_space(text: &str, class: impl Fn(char) -> bool) -> Option<usize> {
    let space = usize::from(text.starts_with(' '));
    [space, 0].into_iter().map(|skip| (skip, run(&text[skip..], &class))).find(|(_, len)| *len > 0).map(|(skip, len)| skip + len)
}

/// `[^\r\n\p{L}\p{N}]?\p{L}+`
fn word(text: &str) -> Option<usize> {
    before_word(text)
        .into_iter()
        .flatten()
        .map(|skip| (skip, run(&text[skip..], is_letter)))
        .find(|(_, len)| *len > 0)
        .map(|(s, len)| s + len)
}

/// Where a word may start: after a character that is `[^\r\n\p{L}\p{N}]`, or here.
fn before_word(text: &str) -> [Option<usize>; 2] {
    let c = text.chars().next().filter(|&c| !matches!(c, '\r' | '\n') && !is_letter(c) && !is_number(c));
    [c.map(char::len_utf8), Some(0)]
}

/// `\p{N}{1,most}`
fn numbers(text: &str, most: usize) -> Option<usize> {
    let len = text.chars().take(most).take_while(|&c| is_number(c)).map(char::len_utf8).sum();
    (len > 0).then_some(len)
}

/// ` ?[^\s\p{L}\p{N}]+[ends]*|\s*[\r\n]+|\s+(?!\S)|\s+`
fn tail(text: &str, ends: &str) -> Option<usize> {
    if let Some(len) = after_space(text, is_sign) {
        return Some(len + run(&text[len..], |c| ends.contains(c)));
    }
    let spaces = &text[..run(text, char::is_whitespace)];
    spaces.rfind(['\r', '\n']).map(|at| at + 1).or_else(|| space(text))
}

/// `\s+(?!\S)|\s+`: white space, its last character left to the word after it.
fn space(text: &str) -> Option<usize> {
    let len = run(text, char::is_whitespace);
    let (last, _) = text[..len].char_indices().next_back()?;
    Some(if len == text.len() || last == 0 { len } else { last })
}

/// `[^\r\n\p{L}\p{N}]?U*W+|[^\r\n\p{L}\p{N}]?U+W*`, where U are the letters of upper case and W those of lower case; letters without
/// case and marks are both.
fn cased(text: &str) -> Option<usize> {
    let starts = before_word(text).into_iter().flatten();
    let lower = starts.clone().find_map(|skip| ends_lower(&text[skip..]).map(|len| skip + len));
    lower.or_else(|| {
        starts.map(|skip| (skip, run(&text[skip..], is_upper))).find(|(_, len)| *len > 0).map(|(skip, len)| {
            let end = skip + len;
            end + run(&text[end..], is_lower)
        })
    })
}

/// `U*W+`: as many of U as leave one of W.
fn ends_lower(text: &str) -> Option<usize> {
    let upper = run(text, is_upper);
    match run(&text[upper..], is_lower) {
        0 => text[..upper].char_indices().rev().find(|&(_, c)| is_lower(c)).map(|(at, c)| at + c.len_utf8()),
        lower => Some(upper + lower),
    }
}

/// Bytes of the characters of a class at the start of `text`.
fn run(text: &str, class: impl Fn(char) -> bool) -> usize {
    text.find(|c| !class(c)).unwrap_or(text.len())
}

fn group(c: char) -> GeneralCategoryGroup {
    c.general_category_group()
}

/// `\p{L}`
fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { group(c) == GeneralCategoryGroup::Letter }
}

/// `\p{N}`
fn is_number(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { group(c) == GeneralCategoryGroup::Number }
}

/// `[^\s\p{L}\p{N}]`
fn is_sign(c: char) -> bool {
    !c.is_whitespace() && !is_letter(c) && !is_number(c)
}

/// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
fn is_upper(c: char) -> bool {
    use unicode_properties::GeneralCategory as G;
    matches!(c.general_category(), G::UppercaseLetter | G::TitlecaseLetter) || is_both(c)
}

/// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
fn is_lower(c: char) -> bool {
    c.general_category() == unicode_properties::GeneralCategory::LowercaseLetter || is_both(c)
}

/// `[\p{Lm}\p{Lo}\p{M}]`
fn is_both(c: char) -> bool {
    use unicode_properties::GeneralCategory as G;
    matches!(c.general_category(), G::ModifierLetter | G::OtherLetter) || group(c) == GeneralCategoryGroup::Mark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, pattern: SplitPattern) -> Vec<&str> {
        parts(text, pattern).collect()
    }

    #[test]
    fn words_take_what_is_before_them() {
        assert_eq!(cut("I'm  here,\n\n 123!", SplitPattern::Gpt2), ["I", "'m", " ", " here", ",", "\n\n", " 123", "!"]);
        assert_eq!(
            cut("I'M\t\there,\n\n 1234!\r\n", SplitPattern::Llama3),
            ["I", "'M", "\t", "\there", ",\n\n", " ", "123", "4", "!\r\n"]
        );
        assert_eq!(cut(" \n \n x 12", SplitPattern::Qwen2), [" \n \n", " x", " ", "1", "2"]);
        assert_eq!(cut("a1b22", SplitPattern::Digit), ["a", "1", "b", "2", "2"]);
        assert_eq!(cut("a1234", SplitPattern::ThreeDigits), ["a", "123", "4"]);
    }

    #[test]
    fn tekken_cuts_where_case_rises() {
        assert_eq!(cut("CamelCaseWORDSAnd", SplitPattern::Tekken), ["Camel", "Case", "WORDSAnd"]);
        assert_eq!(cut("日本Aa", SplitPattern::Tekken), ["日本Aa"]);
        assert_eq!(cut("aªB", SplitPattern::Tekken), ["aª", "B"]);
        assert_eq!(cut("AªB", SplitPattern::Tekken), ["Aª", "B"]);
        assert_eq!(cut("#/x/y\u{301}", SplitPattern::Tekken), ["#/", "x", "/y\u{301}"]);
    }

    #[test]
    fn nothing_is_lost() {
        let text = "Ǆ x'ſ  \u{85}\r\n١٢٣ ½<=>a\u{301}\u{1f99c}'LL ";
        for pattern in SplitPattern::ALL {
            assert_eq!(parts(text, pattern).collect::<String>(), text, "{pattern:?}");
        }
    }
}
