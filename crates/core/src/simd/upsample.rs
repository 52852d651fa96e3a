//! upsample, twin of [`crate::ops::upsample`]: each line of the map is widened once and copied once.

use crate::ops::conv2d::MapShape;

/// Double the map `x` into `y`.
///
/// # Panics
/// If a length is not the shape's.
pub fn upsample(x: &[i16], map: MapShape, y: &mut [i16]) {
    assert_eq!((x.len(), y.len()), (map.len(), 4 * map.len()), "upsample: lengths differ from the map's shape");
    let line = map.width * map.channels;
    for (x, y) in x.chunks_exact(line).zip(y.chunks_exact_mut(4 * line)) {
        let (first, second) = y.split_at_mut(2 * line);
        for (x, y) in x.chunks_exact(map.channels).zip(first.chunks_exact_mut(2 * map.channels)) {
            y[..map.channels].copy_from_slice(x);
            y[map.channels..].copy_from_slice(x);
        }
        second.copy_from_slice(first);
    }
}
