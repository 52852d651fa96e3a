//! upsample: a map twice as high and twice as wide, each place four times.
//!
//! * **Meaning**: `Y[r,c,i] = X[floor(r/2), floor(c/2), i]`; the exponent stays.
//! * **Shapes**: `X[height, width, channels]` i16 → `Y[2·height, 2·width, channels]` i16.
//! * **Domain**: any.
//! * **Bounds**: those of X.
//! * **Rounding and ties**: none.
//! * **Witness**: none.
//! * **Identities**: copy.
//! * **Step**: one element.

use super::conv2d::MapShape;

/// Double the map `x` into `y`.
///
/// # Panics
/// If a length is not the shape's.
pub fn upsample(x: &[i16], map: MapShape, y: &mut [i16]) {
    assert_eq!((x.len(), y.len()), (map.len(), 4 * map.len()), "upsample: lengths differ from the map's shape");
    for (place, y) in y.chunks_exact_mut(map.channels).enumerate() {
        let (row, column) = (place / (2 * map.width) / 2, place % (2 * map.width) / 2);
        y.copy_from_slice(&x[(row * map.width + column) * map.channels..][..map.channels]);
    }
}
