// As many packed dot products as a device can do: eight chains an invocation, from registers alone.

struct Params {
    rounds: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> result: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    var a = vec4<u32>(id.x, id.x + 1u, id.x + 2u, id.x + 3u);
    var b = a + vec4<u32>(4u, 4u, 4u, 4u);
    for (var i = 0u; i < params.rounds; i += 1u) {
        a = vec4<u32>(chain(a.x), chain(a.y), chain(a.z), chain(a.w));
        b = vec4<u32>(chain(b.x), chain(b.y), chain(b.z), chain(b.w));
    }
    let sum = a + b;
    result[id.x] = bitcast<i32>(sum.x + sum.y + sum.z + sum.w);
}

fn chain(v: u32) -> u32 {
    return v + bitcast<u32>(dot4(v, 0x01fd0703u));
}
