//! What makes a model draw: how the ids that it generates become the pixels of a picture.
//!
//! A picture is a grid of codes. Each is looked up in a codebook, and convolutions turn the map of their vectors into colours, with SiLU
//! between two of them; some double the map first. All of it follows from the ids, so the ids are the picture.

use serde::{Deserialize, Serialize};

use super::config::ConfigError;
use crate::ops::conv2d::MapShape;

/// Channels of a picture: red, green, blue.
pub const COLOURS: u32 = 3;

/// The decoder of a model that draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageConfig {
    /// Channels of a code's vector.
    pub code_dim: u32,
    /// Entries of the codebook.
    pub codes: u32,
    /// The convolutions in order; the last one has the three colours.
    pub convs: Vec<ConvConfig>,
    /// The id of the first code; the others follow.
    pub first_code: u32,
    /// Rows of codes.
    pub grid_height: u32,
    /// Columns of codes.
    pub grid_width: u32,
}

/// One convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvConfig {
    /// Channels of its output.
    pub channels: u32,
    /// Whether the map is doubled before it.
    pub upsample: bool,
}

/// One convolution with the shapes that it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvShape {
    /// The map as the one before left it.
    pub before: MapShape,
    /// The map that is convolved: doubled, or the same.
    pub input: MapShape,
    /// What it gives.
    pub output: MapShape,
}

/// Most places of a side of a picture.
const SIDE_MAX: u64 = 1024;
/// Most values of a map.
const MAP_MAX: u64 = 1 << 24;

impl ImageConfig {
    /// Check every limit against the vocabulary and the context of the model.
    ///
    /// # Errors
    /// The first field outside its limits.
    pub fn validate(&self, vocab: u32, context: u32) -> Result<(), ConfigError> {
        let check = |field, got: u64, ok: bool, expected| if ok { Ok(()) } else { Err(ConfigError { field, got, expected }) };
        let within = |field, got: u32, most: u32, expected| check(field, got.into(), (1..=most).contains(&got), expected);
        within("image.code_dim", self.code_dim, 1 << 12, "not in 1..=4096")?;
        within("image.grid_height", self.grid_height, 256, "not in 1..=256")?;
        within("image.grid_width", self.grid_width, 256, "not in 1..=256")?;
        within("image.codes", self.codes, 1 << 20, "not in 1..=1048576")?;
        let end = u64::from(self.first_code) + u64::from(self.codes);
        check("image.first_code", self.first_code.into(), end <= vocab.into(), "too high for the codes to be in the vocabulary")?;
        let ids = u64::from(self.ids());
        check("image.grid_height", ids, ids < context.into(), "ids of a picture, which leaves none of the context to a prompt")?;
        let convs = self.convs.len();
        check("image.convs", convs as u64, (1..=64).contains(&convs), "convolutions, not 1 to 64")?;
        let (mut height, mut width) = (u64::from(self.grid_height), u64::from(self.grid_width));
        let mut channels = self.code_dim;
        for conv in &self.convs {
            within("image.convs.channels", conv.channels, 1 << 12, "not in 1..=4096")?;
            if conv.upsample {
                (height, width) = (2 * height, 2 * width);
            }
            let side = height.max(width);
            check("image.convs.upsample", side, side <= SIDE_MAX, "pixels a side, more than 1024")?;
            let largest = height * width * u64::from(channels.max(conv.channels));
            check("image.convs.channels", largest, largest <= MAP_MAX, "values of a map, more than 16777216")?;
            channels = conv.channels;
        }
        check("image.convs.channels", channels.into(), channels == COLOURS, "channels of the last convolution, not 3")
    }

    /// Ids of a picture. The configuration must be valid, as everywhere below.
    pub const fn ids(&self) -> u32 {
        self.grid_height * self.grid_width
    }

    /// The codebook's rows that `ids` stand for; an id that is no code stands for code 0.
    pub fn codes(&self, ids: &[u32]) -> Vec<u32> {
        let code = |id: &u32| id.checked_sub(self.first_code).filter(|&code| code < self.codes).unwrap_or(0);
        ids.iter().map(code).collect()
    }

    /// The map of the codes.
    pub const fn grid(&self) -> MapShape {
        MapShape { height: self.grid_height as usize, width: self.grid_width as usize, channels: self.code_dim as usize }
    }

    /// The convolutions with their shapes.
    pub fn shapes(&self) -> Vec<ConvShape> {
        let mut before = self.grid();
        let shape = |conv: &ConvConfig| {
            let by = if conv.upsample { 2 } else { 1 };
            let input = MapShape { height: by * before.height, width: by * before.width, ..before };
            let output = MapShape { channels: conv.channels as usize, ..input };
            let shape = ConvShape { before, input, output };
            before = output;
            shape
        };
        self.convs.iter().map(shape).collect()
    }

    /// Width and height of the picture in pixels.
    pub fn size(&self) -> (u32, u32) {
        let doubled = self.convs.iter().filter(|conv| conv.upsample).count();
        (self.grid_width << doubled, self.grid_height << doubled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ImageConfig {
        let conv = |channels, upsample| ConvConfig { channels, upsample };
        let convs = vec![conv(32, false), conv(64, true), conv(3, false)];
        ImageConfig { code_dim: 32, codes: 10, convs, first_code: 20, grid_height: 2, grid_width: 3 }
    }

    #[test]
    fn shapes_follow_the_doubling() {
        let shapes = config().shapes();
        assert_eq!(config().validate(30, 7), Ok(()));
        assert_eq!(shapes[1].before, MapShape { height: 2, width: 3, channels: 32 });
        assert_eq!(shapes[1].input, MapShape { height: 4, width: 6, channels: 32 });
        assert_eq!(shapes[2].output, MapShape { height: 4, width: 6, channels: 3 });
        assert_eq!(config().size(), (6, 4));
    }

    #[test]
    fn an_id_that_is_no_code_stands_for_the_first() {
        assert_eq!(config().codes(&[19, 20, 29, 30, 0, u32::MAX]), [0, 0, 9, 0, 0, 0]);
    }

    #[test]
    fn what_is_out_of_its_limits_is_named() {
        type Change = fn(&mut ImageConfig);
        let changes: [(&str, Change); 10] = [
            ("image.code_dim", |c| c.code_dim = 0),
            ("image.grid_height", |c| c.grid_height = 0),
            ("image.grid_width", |c| c.grid_width = 257),
            ("image.codes", |c| c.codes = 0),
            ("image.first_code", |c| c.first_code = 21),
            ("image.first_code", |c| c.first_code = u32::MAX),
            ("image.grid_height", |c| c.grid_height = 3),
            ("image.convs", |c| c.convs.clear()),
            ("image.convs.channels", |c| c.convs[2].channels = 4),
            ("image.convs.upsample", |c| {
                c.convs.splice(0..0, vec![ConvConfig { channels: 1, upsample: true }; 10]).for_each(drop)
            }),
        ];
        for (field, change) in changes {
            let mut changed = config();
            change(&mut changed);
            assert_eq!(changed.validate(30, 7).map_err(|e| e.field), Err(field));
        }
    }
}
