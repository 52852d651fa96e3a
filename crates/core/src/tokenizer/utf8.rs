//! Bytes that arrive in parts, shown as text: an id may end in the middle of a character.

/// Turns bytes into text as they arrive. What is pushed out in total is `String::from_utf8_lossy` of all bytes, however they are cut.
#[derive(Clone, Debug, Default)]
pub struct Utf8Stream {
    /// The start of a character that is not complete, at most three bytes.
    rest: Vec<u8>,
}

impl Utf8Stream {
    /// A stream that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes more bytes, gives the characters that they complete. Bytes that are no UTF-8 become U+FFFD.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.rest.extend_from_slice(bytes);
        let whole = match self.rest.utf8_chunks().last() {
            // The last chunk's invalid part is at the end of the input: it may be a character that is still coming.
            Some(chunk) if may_continue(chunk.invalid()) => self.rest.len() - chunk.invalid().len(),
            _ => self.rest.len(),
        };
        let text = String::from_utf8_lossy(&self.rest[..whole]).into_owned();
        self.rest.drain(..whole);
        text
    }

    /// What is left when no more bytes come: nothing, or U+FFFD for a character that was cut off.
    pub fn finish(self) -> String {
        String::from_utf8_lossy(&self.rest).into_owned()
    }
}

/// Whether more bytes could make a character of these. They are a maximal invalid part as `utf8_chunks` gives it.
fn may_continue(part: &[u8]) -> bool {
    let wanted = match part.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => return false,
    };
    part.len() < wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn streamed(bytes: &[u8], cut: usize) -> String {
        let mut stream = Utf8Stream::new();
        let mut text: String = bytes.chunks(cut).map(|part| stream.push(part)).collect();
        text.push_str(&stream.finish());
        text
    }

    #[test]
    fn a_character_is_shown_when_it_is_complete() {
        let mut stream = Utf8Stream::new();
        let bytes = "é🦜".as_bytes();
        assert_eq!(stream.push(&bytes[..1]), "");
        assert_eq!(stream.push(&bytes[1..4]), "é");
        assert_eq!(stream.push(&bytes[4..]), "🦜");
        assert_eq!(stream.finish(), "");
    }

    #[test]
    fn invalid_bytes_do_not_hold_anything_back() {
        let mut stream = Utf8Stream::new();
        assert_eq!(stream.push(b"\xff"), "\u{fffd}");
        assert_eq!(stream.push(b"\xe2a"), "\u{fffd}a");
        assert_eq!(stream.push(b"\xed\xa0"), "\u{fffd}\u{fffd}");
        assert_eq!(stream.push(b"\xf0\x9f"), "");
        assert_eq!(stream.finish(), "\u{fffd}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]
        #[test]
        fn cuts_do_not_show(
            bytes in proptest::collection::vec(prop_oneof![Just(0xe2u8), Just(0x82), Just(0xac), Just(0xf0), Just(0x9f), any::<u8>()], 0..40),
            cut in 1usize..6,
        ) {
            prop_assert_eq!(streamed(&bytes, cut), String::from_utf8_lossy(&bytes));
        }
    }
}
