// linear for software adapters: an invocation takes four rows, which lie side by side in a record, and TILE
// rows of the batch, alone. Lines with a dollar sign and a t are written once for each row of the tile: such adapters index arrays slowly.
//
// Within a block Σ q·X is below 2^26 (bytes) and exact in 32 bits; D times its upper and lower halves is below 2^30 and 2^27, and the
// halves of those are summed apart, so nothing overflows whatever the number of blocks.

@group(0) @binding(1) var<storage, read> x: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<u32>>;

const HALF: vec4<u32> = vec4<u32>(16u);

fn low_halves(w: vec4<u32>) -> vec4<i32> {
    return bitcast<vec4<i32>>(w << HALF) >> HALF;
}

fn high_halves(w: vec4<u32>) -> vec4<i32> {
    return bitcast<vec4<i32>>(w) >> HALF;
}

// Bits from `32 - shift - width` on, signed.
fn field(w: vec4<u32>, shift: u32, width: u32) -> vec4<i32> {
    return bitcast<vec4<i32>>(w << vec4<u32>(shift)) >> vec4<u32>(32u - width);
}

// Scales D of four rows from row r of the record at word `at`.
fn scales_of(at: u32, r: u32, b: u32) -> vec4<i32> {
    let w = weights[(at + shape.d + b * 8u + r / 2u) / 4u];
    let pair = select(w.zw, w.xy, (r & 4u) == 0u);
    return vec4<i32>(low_halves(pair.xxyy) * vec4<i32>(1, 0, 1, 0) + high_halves(pair.xxyy) * vec4<i32>(0, 1, 0, 1));
}

fn offsets_of(at: u32, r: u32, b: u32) -> vec4<i32> {
    let w = weights[(at + shape.m + b / 2u * 16u + r) / 4u];
    return select(high_halves(w), low_halves(w), (b & 1u) == 0u);
}

// 2^16·upper + lower.
fn joined(upper: i32, lower: i32) -> vec2<u32> {
    return add64(shl64(i64_of(upper), 16u), i64_of(lower));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x * 4u;
    let t0 = id.y * TILE;
    if row >= params.rows {
        return;
    }
    let at = row / 16u * shape.record;
    let r = row % 16u;
    let words = shape.blocks * shape.block / 4u;
    let place$t = min(t0 + $tu, params.batch - 1u) * words;
    // Halves of Σ D·(S >> 12) and of Σ D·(S & 4095).
    var a$t = vec4<i32>(0, 0, 0, 0);
    var b$t = vec4<i32>(0, 0, 0, 0);
    var c$t = vec4<i32>(0, 0, 0, 0);
    var d$t = vec4<i32>(0, 0, 0, 0);
    for (var b = 0u; b < shape.blocks; b += 1u) {
        let q = (at + b * shape.q + r) / 4u;
        let column = b * shape.block / 4u;
        var s$t = vec4<i32>(0, 0, 0, 0);
        if NIBBLES {
            for (var g = 0u; g < 4u; g += 1u) {
                let w = weights[q + g * 4u];
                let w0 = field(w, 28u, 4u);
                let w1 = field(w, 20u, 4u);
                let w2 = field(w, 12u, 4u);
                let w3 = field(w, 4u, 4u);
                let w4 = field(w, 24u, 4u);
                let w5 = field(w, 16u, 4u);
                let w6 = field(w, 8u, 4u);
                let w7 = field(w, 0u, 4u);
                let x$t = x[place$t + column + g];
                s$t += w0 * x$t.x + w1 * x$t.y + w2 * x$t.z + w3 * x$t.w;
                let z$t = x[place$t + column + 4u + g];
                s$t += w4 * z$t.x + w5 * z$t.y + w6 * z$t.z + w7 * z$t.w;
            }
        } else {
            for (var g = 0u; g < shape.block / 4u; g += 1u) {
                let w = weights[q + g * 4u];
                let w0 = field(w, 24u, 8u);
                let w1 = field(w, 16u, 8u);
                let w2 = field(w, 8u, 8u);
                let w3 = field(w, 0u, 8u);
                let x$t = x[place$t + column + g];
                s$t += w0 * x$t.x + w1 * x$t.y + w2 * x$t.z + w3 * x$t.w;
            }
        }
        let scale = scales_of(at, r, b);
        let upper$t = scale * (s$t >> vec4<u32>(12u));
        let lower$t = scale * (s$t & vec4<i32>(4095));
        a$t += upper$t >> HALF;
        b$t += upper$t & vec4<i32>(65535);
        c$t += lower$t >> HALF;
        d$t += lower$t & vec4<i32>(65535);
    }
    // The same of Σ M·h and Σ M·l, by the digit sums.
    var f$t = vec4<i32>(0, 0, 0, 0);
    var g$t = vec4<i32>(0, 0, 0, 0);
    var h$t = vec4<i32>(0, 0, 0, 0);
    var i$t = vec4<i32>(0, 0, 0, 0);
    if shape.has_m == 1u {
        let units = shape.block / 16u;
        for (var u = 0u; u < shape.blocks * units; u += 1u) {
            let m = offsets_of(at, r, u / units);
            let sum$t = sums[place$t / 4u + u];
            let high$t = m * sum$t.x;
            let low$t = m * sum$t.y;
            f$t += high$t >> HALF;
            g$t += high$t & vec4<i32>(65535);
            h$t += low$t >> HALF;
            i$t += low$t & vec4<i32>(65535);
        }
    }
    for (var k = 0u; k < 4u; k += 1u) {
        let p$t = add64(shl64(joined(a$t[k], b$t[k]), 12u), joined(c$t[k], d$t[k]));
        let o$t = add64(shl64(joined(f$t[k], g$t[k]), 8u), joined(h$t[k], i$t[k]));
        finish_row(t0 + $tu, row + k, add64(p$t, o$t));
    }
}
