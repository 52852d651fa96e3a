//! A picture on a terminal: two pixels a character, one as the colour of an upper half block, one as its ground.

use std::fmt::Write;

use openimo_core::picture::Picture;

/// The lines, with the escapes of 24-bit colours (ISO 8613-6).
pub fn picture(picture: &Picture) -> String {
    let mut text = String::new();
    let colour = |x: u32, y: u32| {
        let at = 3 * (y as usize * picture.width as usize + x as usize);
        match picture.pixels.get(at..at + 3) {
            Some(&[r, g, b]) => format!("{r};{g};{b}"),
            // Below the last line of an odd number.
            _ => "255;255;255".to_owned(),
        }
    };
    for y in (0..picture.height).step_by(2) {
        for x in 0..picture.width {
            let _ = write!(text, "\x1b[38;2;{};48;2;{}m▀", colour(x, y), colour(x, y + 1));
        }
        text.push_str("\x1b[0m\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_of_pixels_are_one_of_text() {
        let one = Picture { width: 1, height: 3, pixels: vec![1, 2, 3, 4, 5, 6, 7, 8, 9] };
        let expected = "\x1b[38;2;1;2;3;48;2;4;5;6m▀\x1b[0m\n\x1b[38;2;7;8;9;48;2;255;255;255m▀\x1b[0m\n";
        assert_eq!(picture(&one), expected);
    }
}
