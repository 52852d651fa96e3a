// Sums of the digits over each 16 columns, which the offsets M of linear are multiplied with.

struct Params {
    count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec2<i32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= params.count {
        return;
    }
    var sum = vec2<i32>(0, 0);
    for (var g = 0u; g < 4u; g += 1u) {
        let w = x[i * 4u + g];
        sum += vec2<i32>(dot4(0x01010101u, w.x), dot4(0x01010101u, w.y));
    }
    sums[i] = sum;
}
