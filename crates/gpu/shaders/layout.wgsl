// Packed weights: records of 16 rows as `simd/pack.rs` makes them, with q as signed nibbles or bytes. Four columns of a row are a word,
// 16 rows lie side by side, then come the scales D and the offsets M.

struct Layout {
    // 1 where q are nibbles, and the columns of a block.
    nibbles: u32,
    block: u32,
    blocks: u32,
    blocks_per_slab: u32,
    has_m: u32,
    has_bias: u32,
    // Words of a record, of a block's q, and where the scales and offsets begin.
    record: u32,
    q: u32,
    d: u32,
    m: u32,
    // R, re and bias follow each other in `scales`, this many of each.
    padded_rows: u32,
}
