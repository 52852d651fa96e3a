// Single weights of a packed matrix; see `layout.wgsl`.

fn low_half(w: u32) -> i32 {
    return bitcast<i32>(w << 16u) >> 16u;
}

fn high_half(w: u32) -> i32 {
    return bitcast<i32>(w) >> 16u;
}

// The scale of block `b` in row `r` of the record at word `at`.
fn scale_of(at: u32, r: u32, b: u32) -> i32 {
    let w = weights[at + shape.d + b * 8u + r / 2u];
    if (r & 1u) == 0u {
        return low_half(w);
    }
    return high_half(w);
}

fn offset_of(at: u32, r: u32, b: u32) -> i32 {
    let w = weights[at + shape.m + b / 2u * 16u + r];
    if (b & 1u) == 0u {
        return low_half(w);
    }
    return high_half(w);
}

// W[row, k] = D·q + M; below 2^24 in magnitude.
fn weight(row: u32, k: u32) -> i32 {
    let at = row / 16u * shape.record;
    let r = row % 16u;
    let b = k / shape.block;
    let c = k % shape.block;
    var q: i32;
    if shape.nibbles == 1u {
        let w = weights[at + b * shape.q + c % 16u / 4u * 16u + r];
        q = bitcast<i32>(w << (28u - (c % 4u * 8u + c / 16u * 4u))) >> 28u;
    } else {
        let w = weights[at + b * shape.q + c / 4u * 16u + r];
        q = bitcast<i32>(w << (24u - c % 4u * 8u)) >> 24u;
    }
    var v = scale_of(at, r, b) * q;
    if shape.has_m == 1u {
        v += offset_of(at, r, b);
    }
    return v;
}
