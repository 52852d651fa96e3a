// swiglu, twin of `ops/swiglu.rs`, up to the products h = SiLU(g)·u, which bfpq then quantises from 64 bits.

struct Params {
    count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> gate: array<i32>;
@group(0) @binding(3) var<storage, read> up: array<i32>;
@group(0) @binding(4) var<storage, read_write> h: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i < params.count {
        h[i] = mul_i32(silu16(gate[i]), up[i]);
    }
}
