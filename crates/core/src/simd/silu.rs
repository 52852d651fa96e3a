//! silu, twin of [`crate::ops::silu`]: the first half of [`super::swiglu`].

use super::exp2neg::TILE;
use super::isa::{Isa, per_level};
use super::level::Level;
use super::swiglu::silu_tile;

/// Replace each value by its SiLU.
pub fn silu(level: Level, x: &mut [i32]) {
    per_level!(level, all(x: &mut [i32]));
}

#[inline(always)]
fn all<I: Isa>(x: &mut [i32]) {
    let mut room = [0; TILE];
    let mut tiles = x.chunks_exact_mut(TILE);
    for tile in &mut tiles {
        let tile: &mut [i32; TILE] = tile.try_into().expect("a tile");
        *tile = silu_tile::<I>(tile, &mut room);
    }
    let rest = tiles.into_remainder();
    if !rest.is_empty() {
        let mut tile = [0; TILE];
        tile[..rest.len()].copy_from_slice(rest);
        rest.copy_from_slice(&silu_tile::<I>(&tile, &mut room)[..rest.len()]);
    }
}
