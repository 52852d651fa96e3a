//! conv2d, twin of [`crate::ops::conv2d`]: all neighbourhoods of a map side by side, so that the convolution is one batch of
//! [`super::linear`] and has its kernels. Each value is copied nine times, which is little against the products it takes part in.

use crate::ops::conv2d::{KERNEL, MapShape};

/// The neighbourhoods of the places of `x` in order, `[height·width, 9·channels]`.
///
/// # Panics
/// If a length is not the shape's.
pub fn unfold(x: &[i16], map: MapShape, out: &mut [i16]) {
    assert_eq!(
        (x.len(), out.len()),
        (map.len(), map.height * map.width * map.unfolded()),
        "conv2d: lengths differ from the shape"
    );
    let line = KERNEL * map.channels;
    for (place, out) in out.chunks_exact_mut(map.unfolded()).enumerate() {
        let (row, column) = (place / map.width, place % map.width);
        for (ky, out) in out.chunks_exact_mut(line).enumerate() {
            // Three neighbours of a line stand side by side in the map too, but at its ends.
            match map.neighbour(row, column, ky, 1) {
                None => out.fill(0),
                Some(at) if column > 0 && column + 1 < map.width => {
                    out.copy_from_slice(&x[at - map.channels..][..line]);
                }
                Some(_) => {
                    for (kx, out) in out.chunks_exact_mut(map.channels).enumerate() {
                        match map.neighbour(row, column, ky, kx) {
                            Some(at) => out.copy_from_slice(&x[at..][..map.channels]),
                            None => out.fill(0),
                        }
                    }
                }
            }
        }
    }
}
