//! A picture and its file: PNG (ISO/IEC 15948) in the one form that this encoder writes.
//!
//! Eight bits a colour, no filter, no compression (stored blocks of DEFLATE), no other chunks. So a picture has exactly one file and a
//! file exactly one picture: the hash of the file is the hash of the pixels, and each pixel stands at a place that follows from the
//! width alone.

/// Media type of the file.
pub const MEDIA_TYPE: &str = "image/png";
/// Longest file that is read: more than a picture of 1024 by 1024.
const FILE_MAX: usize = 4 << 20;
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Bytes before the first block: signature, IHDR, and IDAT's length, type and zlib header.
const HEAD: usize = 8 + 25 + 8 + 2;
/// Longest stored block.
const BLOCK: usize = 65535;

/// Pixels of red, green and blue, line by line from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Lines.
    pub height: u32,
    /// `3·width·height` bytes.
    pub pixels: Vec<u8>,
}

/// Why bytes are not the file of a picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Another kind of file.
    #[error("it is no PNG file")]
    NotPng,
    /// Too long.
    #[error("it has {got} bytes, more than {FILE_MAX}")]
    TooLong {
        /// Its length.
        got: usize,
    },
    /// A PNG file that this encoder would have written otherwise.
    #[error("at byte {at} it is not the PNG file that this picture has: it was written by another program, or changed")]
    NotCanonical {
        /// The first byte that differs.
        at: usize,
    },
}

/// Where two pictures differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// Pixels that differ.
    pub pixels: usize,
    /// Column and line of the first.
    pub first: (u32, u32),
}

/// Where byte `i` of a picture's pixels is in its file: behind the filter bytes of the lines, and the heads of the blocks.
pub const fn place(i: usize, width: u32) -> usize {
    raw_place(i + i / (3 * width as usize) + 1)
}

/// Where byte `i` of the lines is in the file, each with its filter byte: behind the heads of the blocks.
const fn raw_place(i: usize) -> usize {
    HEAD + 5 * (i / BLOCK + 1) + i
}

/// Whether `content` is a picture's file, at least by its first bytes.
pub fn is_png(content: &[u8]) -> bool {
    content.starts_with(&SIGNATURE)
}

impl Picture {
    /// The file.
    ///
    /// # Panics
    /// If there are not as many bytes as the size says.
    pub fn png(&self) -> Vec<u8> {
        let line = 3 * self.width as usize;
        assert_eq!(self.pixels.len(), line * self.height as usize, "a picture has three bytes a pixel");
        let mut raw = Vec::with_capacity((line + 1) * self.height as usize);
        for line in self.pixels.chunks_exact(line.max(1)) {
            raw.push(0);
            raw.extend_from_slice(line);
        }
        let mut header = Vec::with_capacity(13);
        header.extend(self.width.to_be_bytes());
        header.extend(self.height.to_be_bytes());
        header.extend([8, 2, 0, 0, 0]);
        let mut data = vec![0x78, 0x01];
        let blocks = raw.len().div_ceil(BLOCK);
        for (i, block) in raw.chunks(BLOCK).enumerate() {
            let len = block.len() as u16;
            data.push(u8::from(i + 1 == blocks));
            data.extend(len.to_le_bytes());
            data.extend((!len).to_le_bytes());
            data.extend_from_slice(block);
        }
        data.extend(adler2::adler32_slice(&raw).to_be_bytes());
        let mut file = SIGNATURE.to_vec();
        for (kind, bytes) in [(b"IHDR", header), (b"IDAT", data), (b"IEND", Vec::new())] {
            let mut sum = crc32fast::Hasher::new();
            sum.update(kind);
            sum.update(&bytes);
            file.extend((bytes.len() as u32).to_be_bytes());
            file.extend(kind);
            file.extend(&bytes);
            file.extend(sum.finalize().to_be_bytes());
        }
        file
    }

    /// The picture of a file.
    ///
    /// # Errors
    /// If it is not the file that [`Picture::png`] gives for a picture.
    pub fn read(file: &[u8]) -> Result<Self, PictureError> {
        if !is_png(file) {
            return Err(PictureError::NotPng);
        }
        if file.len() > FILE_MAX {
            return Err(PictureError::TooLong { got: file.len() });
        }
        let number = |at: usize| {
            let bytes = file.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map(u32::from_be_bytes).ok_or(PictureError::NotCanonical { at: file.len() })
        };
        let (width, height) = (number(16)?, number(20)?);
        let line = 1 + 3 * u64::from(width);
        if width == 0 || height == 0 || line.saturating_mul(height.into()) > file.len() as u64 {
            return Err(PictureError::NotCanonical { at: 16 });
        }
        let (line, all) = (line as usize, line as usize * height as usize);
        if raw_place(all - 1) >= file.len() {
            return Err(PictureError::NotCanonical { at: file.len() });
        }
        let pixels = (0..all).filter(|i| i % line != 0).map(|i| file[raw_place(i)]).collect();
        let picture = Self { width, height, pixels };
        let expected = picture.png();
        if expected == file {
            return Ok(picture);
        }
        let at = expected.iter().zip(file).take_while(|(a, b)| a == b).count();
        Err(PictureError::NotCanonical { at })
    }

    /// Where another picture of the same size differs; none if nowhere, or if the sizes do.
    pub fn differing(&self, other: &Self) -> Option<Differing> {
        if (self.width, self.height) != (other.width, other.height) {
            return None;
        }
        let mut places = (0..).zip(self.pixels.chunks_exact(3).zip(other.pixels.chunks_exact(3))).filter(|(_, (a, b))| a != b);
        let (first, _) = places.next()?;
        Some(Differing { pixels: 1 + places.count(), first: (first % self.width, first / self.width) })
    }

    /// The colour of a pixel as `#rrggbb`.
    ///
    /// # Panics
    /// If it is outside.
    pub fn colour(&self, x: u32, y: u32) -> String {
        let at = 3 * (y as usize * self.width as usize + x as usize);
        format!("#{}", hex::encode(&self.pixels[at..at + 3]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn picture(width: u32, height: u32) -> Picture {
        let mut random = Random::new(u64::from(width));
        Picture { width, height, pixels: (0..3 * width * height).map(|_| random.below(256) as u8).collect() }
    }

    #[test]
    fn reads_what_it_writes() {
        // The last two need more than one block.
        for (width, height) in [(1, 1), (2, 3), (48, 48), (147, 148), (300, 220)] {
            let picture = picture(width, height);
            let file = picture.png();
            assert!(picture.pixels.iter().enumerate().all(|(i, &pixel)| file[place(i, width)] == pixel));
            assert_eq!(Picture::read(&file), Ok(picture));
        }
    }

    #[test]
    fn the_file_of_one_pixel() {
        let file = Picture { width: 1, height: 1, pixels: vec![0xff, 0x80, 0x00] }.png();
        let expected = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de\
                        0000000f49444154780101040\
                        0fbff00ff800004";
        assert!(hex::encode(&file).starts_with(expected), "{}", hex::encode(&file));
        assert!(file.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
    }

    #[test]
    fn every_changed_byte_is_another_file_or_another_picture() {
        let picture = picture(3, 2);
        let file = picture.png();
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(Picture::read(&changed).is_err(), "byte {at}");
        }
        for len in 0..file.len() {
            assert!(Picture::read(&file[..len]).is_err(), "{len} bytes");
        }
        let longer = [file.as_slice(), b"x"].concat();
        assert_eq!(Picture::read(&longer), Err(PictureError::NotCanonical { at: file.len() }));
        assert_eq!(Picture::read(b"GIF89a"), Err(PictureError::NotPng));
    }

    #[test]
    fn a_size_that_the_file_cannot_have_is_no_allocation() {
        let mut file = picture(2, 2).png();
        for (at, bytes) in [(16, [0xff; 4]), (20, [0xff; 4]), (16, [0; 4])] {
            file[at..at + 4].copy_from_slice(&bytes);
            assert!(Picture::read(&file).is_err());
        }
    }

    #[test]
    fn differing_pixels_are_counted_and_the_first_is_named() {
        let one = picture(4, 3);
        let mut other = one.clone();
        assert_eq!(one.differing(&other), None);
        other.pixels[3 * 6 + 1] ^= 1;
        other.pixels[3 * 9] ^= 1;
        assert_eq!(one.differing(&other), Some(Differing { pixels: 2, first: (2, 1) }));
        assert_eq!(one.differing(&picture(3, 4)), None);
    }
}
