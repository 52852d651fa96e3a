// pixel, twin of `ops/pixel.rs` in 32 bits.

struct Params {
    count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<i32>;
@group(0) @binding(2) var<storage, read_write> bytes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i < params.count {
        let shifted = bitcast<u32>(clamp(x[i], -65536, 65536) + 65536);
        bytes[i] = (shifted * 255u + 65536u) >> 17u;
    }
}
