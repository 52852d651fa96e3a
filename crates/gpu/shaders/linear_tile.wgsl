// linear for GPUs and batches: a workgroup takes a square of 64 rows of the matrix and 64 of the batch, block by block through workgroup
// memory, and an invocation a square of four by four of it. While some invocations still multiply a block, others fetch the next one
// into the other half of that memory. Lines with a dollar sign and a t are written once for each row of the batch that an invocation takes.
//
// Digit sums of a slab are exact modulo 2^32 (|Σ W·h| <= 2^30, |Σ W·l| < 2^31), so they are kept in unsigned words.

// Vectors of four rows on each side of the square, and words of four columns in the largest block.
const SIDE: u32 = 16u;
const WORDS: u32 = 8u;

@group(0) @binding(1) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<u32>>;

// q of four rows; high and low digits of four rows of the batch; D and M of four rows; sums of the digits of a row of the batch.
var<workgroup> q: array<vec4<u32>, 2u * WORDS * SIDE>;
var<workgroup> high_digits: array<vec4<u32>, 2u * WORDS * SIDE>;
var<workgroup> low_digits: array<vec4<u32>, 2u * WORDS * SIDE>;
var<workgroup> scale: array<vec4<i32>, 2u * SIDE>;
var<workgroup> offset: array<vec4<i32>, 2u * SIDE>;
var<workgroup> digit_sums: array<vec2<i32>, 8u * SIDE>;

fn low_halves(w: vec4<u32>) -> vec4<i32> {
    return bitcast<vec4<i32>>(w << vec4<u32>(16u)) >> vec4<u32>(16u);
}

fn high_halves(w: vec4<u32>) -> vec4<i32> {
    return bitcast<vec4<i32>>(w) >> vec4<u32>(16u);
}

// The vector of the record at word `at` that holds rows 4·(side % 4) and on; the last record stands for those past the end.
fn record_of(group: u32, side: u32) -> u32 {
    let last = shape.padded_rows / 16u - 1u;
    return min(group * 4u + side / 4u, last) * shape.record;
}

// The weights of block `b`, four rows a lane.
fn fetch_weights(group: u32, b: u32, half: u32, lane: u32) {
    let side = lane % SIDE;
    let g = lane / SIDE;
    let start = record_of(group, side) + b * shape.q + side % 4u * 4u;
    let dest = half * WORDS * SIDE + side;
    if NIBBLES {
        // Nibbles in the upper halves of the bytes: 16 times q, signed.
        let w = weights[(start + g * 16u) / 4u];
        q[dest + g * SIDE] = (w << vec4<u32>(4u)) & vec4<u32>(0xf0f0f0f0u);
        q[dest + (g + 4u) * SIDE] = w & vec4<u32>(0xf0f0f0f0u);
    } else {
        for (var k = g; k < shape.block / 4u; k += 4u) {
            q[dest + k * SIDE] = weights[(start + k * 16u) / 4u];
        }
    }
}

// D and M of block `b`, four rows a lane.
fn fetch_scales(group: u32, b: u32, half: u32, side: u32) {
    let at = record_of(group, side);
    let r = side % 4u * 4u;
    let d = weights[(at + shape.d + b * 8u + r / 2u) / 4u];
    let pair = select(d.zw, d.xy, (r & 4u) == 0u);
    let lower = low_halves(pair.xxyy);
    let upper = high_halves(pair.xxyy);
    scale[half * SIDE + side] = vec4<i32>(lower.x, upper.y, lower.z, upper.w);
    if shape.has_m == 1u {
        let m = weights[(at + shape.m + b / 2u * 16u + r) / 4u];
        offset[half * SIDE + side] = select(high_halves(m), low_halves(m), (b & 1u) == 0u);
    }
}

fn digits_of(t: u32, word: u32) -> vec2<u32> {
    return x[min(t, params.batch - 1u) * (shape.blocks * shape.block / 4u) + word];
}

// The digits of block `b`, one word of four rows of the batch a lane.
fn fetch_digits(t0: u32, b: u32, half: u32, lane: u32) {
    let k = lane % WORDS;
    let side = lane / WORDS;
    if k < shape.block / 4u {
        let word = b * shape.block / 4u + k;
        let x$t = digits_of(t0 + side * 4u + $tu, word);
        let dest = half * WORDS * SIDE + k * SIDE + side;
        high_digits[dest] = vec4<u32>(x0.x, x1.x, x2.x, x3.x);
        low_digits[dest] = vec4<u32>(x0.y, x1.y, x2.y, x3.y);
    }
}

fn fetch_sums(t0: u32, b: u32, half: u32, row: u32) {
    let units = shape.block / 16u;
    let at = min(t0 + row, params.batch - 1u) * shape.blocks * units + b * units;
    var sum = sums[at];
    if units == 2u {
        sum += sums[at + 1u];
    }
    digit_sums[half * 4u * SIDE + row] = sum;
}

fn fetch(group: u32, t0: u32, b: u32, half: u32, lane: u32) {
    if lane < 64u {
        fetch_weights(group, b, half, lane);
    } else if lane < 80u {
        fetch_scales(group, b, half, lane - 64u);
    } else if lane >= 128u {
        fetch_digits(t0, b, half, lane - 128u);
    }
    if shape.has_m == 1u && lane >= 64u && lane < 128u {
        fetch_sums(t0, b, half, lane - 64u);
    }
}

fn dots(w: vec4<u32>, x: u32) -> vec4<i32> {
    return vec4<i32>(dot4(w.x, x), dot4(w.y, x), dot4(w.z, x), dot4(w.w, x));
}

fn products(a: vec4<i32>, b: vec4<i32>) -> vec4<u32> {
    return bitcast<vec4<u32>>(a) * bitcast<vec4<u32>>(b);
}

fn carry(sum: vec4<u32>, part: vec4<u32>) -> vec4<u32> {
    return select(vec4<u32>(0u), vec4<u32>(1u), sum < part);
}

fn sign(v: vec4<u32>) -> vec4<u32> {
    return bitcast<vec4<u32>>(bitcast<vec4<i32>>(v) >> vec4<u32>(31u));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let rows = lane % SIDE;
    let columns = lane / SIDE;
    let t0 = group.y * TILE;
    // Exact sums, lower and upper words of four rows.
    var lower$t = vec4<u32>(0u);
    var upper$t = vec4<u32>(0u);
    for (var first = 0u; first < shape.blocks; first += shape.blocks_per_slab) {
        var high$t = vec4<u32>(0u);
        var low$t = vec4<u32>(0u);
        for (var b = first; b < first + shape.blocks_per_slab; b += 1u) {
            let half = b & 1u;
            fetch(group.x, t0, b, half, lane);
            // One barrier a block: who fetches the block after the next has passed the one between.
            workgroupBarrier();
            var sh$t = vec4<i32>(0);
            var sl$t = vec4<i32>(0);
            for (var k = 0u; k < shape.block / 4u; k += 1u) {
                let at = half * WORDS * SIDE + k * SIDE;
                let w = q[at + rows];
                let h = high_digits[at + columns];
                let l = low_digits[at + columns];
                sh$t += dots(w, h[$t]);
                sl$t += dots(w, l[$t]);
            }
            if NIBBLES {
                sh$t >>= vec4<u32>(4u);
                sl$t >>= vec4<u32>(4u);
            }
            let d = scale[half * SIDE + rows];
            high$t += products(d, sh$t);
            low$t += products(d, sl$t);
            if shape.has_m == 1u {
                let m = offset[half * SIDE + rows];
                let at = (half * SIDE + columns) * 4u;
                let sum$t = digit_sums[at + $tu];
                high$t += products(m, vec4<i32>(sum$t.x));
                low$t += products(m, vec4<i32>(sum$t.y));
            }
        }
        // 2^8 · high + low, both signed.
        let shifted$t = high$t << vec4<u32>(8u);
        let slab$t = shifted$t + low$t;
        let above$t = bitcast<vec4<u32>>(bitcast<vec4<i32>>(high$t) >> vec4<u32>(24u)) + sign(low$t) + carry(slab$t, shifted$t);
        lower$t += slab$t;
        upper$t += above$t + carry(lower$t, slab$t);
    }
    for (var k = 0u; k < 4u; k += 1u) {
        let row = (group.x * SIDE + rows) * 4u + k;
        finish_row(t0 + columns * 4u + $tu, row, vec2<u32>(lower$t[k], upper$t[k]));
    }
}
