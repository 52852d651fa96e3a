// linear for GPUs: sixteen rows, which lie side by side in memory, and sixteen invocations to a row, which
// share its blocks; each takes TILE rows of the batch. Larger batches are for `linear_tile.wgsl`.
//
// Digit sums of a slab are exact modulo 2^32 (|Σ W·h| <= 2^30, |Σ W·l| < 2^31), so they are kept in unsigned words.

const ROWS: u32 = 16u;
const PARTS: u32 = 16u;

@group(0) @binding(1) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;

var<workgroup> parts: array<vec2<u32>, 256>;

// The sums over the row's parts, for the lanes of part 0: sixteen reads cost less than four more barriers.
fn fold_parts(v: vec2<u32>, lane: u32) -> vec2<u32> {
    workgroupBarrier();
    parts[lane] = v;
    workgroupBarrier();
    var sum = v;
    if lane < ROWS {
        for (var other = lane + ROWS; other < ROWS * PARTS; other += ROWS) {
            sum += parts[other];
        }
    }
    return sum;
}

fn product(a: i32, b: i32) -> u32 {
    return bitcast<u32>(a) * bitcast<u32>(b);
}

@compute @workgroup_size(ROWS * PARTS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let part = lane / ROWS;
    let row = group.x * ROWS + lane % ROWS;
    let t0 = group.y * TILE;
    // Lanes past the end work on the last row, so that all reach the barriers; they store nothing.
    let used = min(row, params.rows - 1u);
    let at = used / 16u * shape.record;
    let r = used % 16u;
    let words = shape.blocks * shape.block / 4u;
    let units = shape.block / 16u;
    var place: array<u32, TILE>;
    for (var t = 0u; t < TILE; t += 1u) {
        place[t] = min(t0 + t, params.batch - 1u);
    }
    var acc: array<vec2<u32>, TILE>;
    for (var first = 0u; first < shape.blocks; first += shape.blocks_per_slab) {
        // Set one by one: SwiftShader does not clear an array again in the second round of a loop, as WGSL wants it.
        var high: array<u32, TILE>;
        var low: array<u32, TILE>;
        for (var t = 0u; t < TILE; t += 1u) {
            high[t] = 0u;
            low[t] = 0u;
        }
        for (var b = first + part; b < first + shape.blocks_per_slab; b += PARTS) {
            var sh: array<i32, TILE>;
            var sl: array<i32, TILE>;
            for (var t = 0u; t < TILE; t += 1u) {
                sh[t] = 0;
                sl[t] = 0;
            }
            let q = at + b * shape.q + r;
            let column = b * shape.block / 4u;
            let d = scale_of(at, r, b);
            if NIBBLES {
                for (var g = 0u; g < 4u; g += 1u) {
                    // Nibbles in the upper halves of the bytes: 16 times q, signed.
                    let w = weights[q + g * 16u];
                    let w0 = (w << 4u) & 0xf0f0f0f0u;
                    let w1 = w & 0xf0f0f0f0u;
                    for (var t = 0u; t < TILE; t += 1u) {
                        let x0 = x[place[t] * words + column + g];
                        let x1 = x[place[t] * words + column + 4u + g];
                        sh[t] += dot4(w0, x0.x) + dot4(w1, x1.x);
                        sl[t] += dot4(w0, x0.y) + dot4(w1, x1.y);
                    }
                }
            } else {
                for (var g = 0u; g < shape.block / 4u; g += 1u) {
                    let w = weights[q + g * 16u];
                    for (var t = 0u; t < TILE; t += 1u) {
                        let x0 = x[place[t] * words + column + g];
                        sh[t] += dot4(w, x0.x);
                        sl[t] += dot4(w, x0.y);
                    }
                }
            }
            for (var t = 0u; t < TILE; t += 1u) {
                if NIBBLES {
                    sh[t] >>= 4u;
                    sl[t] >>= 4u;
                }
                high[t] += product(d, sh[t]);
                low[t] += product(d, sl[t]);
            }
            if shape.has_m == 1u {
                let m = offset_of(at, r, b);
                for (var t = 0u; t < TILE; t += 1u) {
                    for (var u = 0u; u < units; u += 1u) {
                        let sum = sums[place[t] * (words / 4u) + b * units + u];
                        high[t] += product(m, sum.x);
                        low[t] += product(m, sum.y);
                    }
                }
            }
        }
        for (var t = 0u; t < TILE; t += 1u) {
            let sum = bitcast<vec2<i32>>(fold_parts(vec2<u32>(high[t], low[t]), lane));
            acc[t] = add64(acc[t], add64(shl64(i64_of(sum.x), 8u), i64_of(sum.y)));
        }
    }
    if row >= params.rows || part != 0u {
        return;
    }
    for (var t = 0u; t < TILE; t += 1u) {
        finish_row(t0 + t, row, acc[t]);
    }
}
