// upsample, twin of `ops/upsample.rs`: an invocation makes 16 columns of the doubled map, and the sums of their digits, which linear wants.

struct Params {
    width: u32,
    channels: u32,
    // Values of the doubled map.
    count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> e: array<i32>;
@group(0) @binding(3) var<storage, read_write> doubled: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> doubled_e: array<i32>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec2<i32>>;

// Value `i` of the doubled map.
fn value(i: u32) -> i32 {
    let place = i / params.channels;
    let row = place / (2u * params.width) / 2u;
    let column = place % (2u * params.width) / 2u;
    let source = (row * params.width + column) * params.channels + i % params.channels;
    let digits = x[source / 4u];
    let shift = vec2<u32>(24u - source % 4u * 8u);
    let signed = bitcast<vec2<i32>>(digits << shift) >> vec2<u32>(24u);
    return signed.x * 256 + signed.y;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let unit = flat(id);
    let words = (params.count + 3u) / 4u;
    if unit >= (words + 3u) / 4u {
        return;
    }
    var sum = vec2<i32>(0, 0);
    for (var w = unit * 4u; w < min(unit * 4u + 4u, words); w += 1u) {
        var v = vec4<i32>(0, 0, 0, 0);
        for (var i = 0u; i < 4u; i += 1u) {
            if w * 4u + i < params.count {
                v[i] = value(w * 4u + i);
            }
        }
        let digits = pack_digits(v);
        doubled[w] = digits;
        sum += vec2<i32>(sum_digits(digits.x), sum_digits(digits.y));
    }
    sums[unit] = sum;
    if unit == 0u {
        doubled_e[0] = e[0];
    }
}
