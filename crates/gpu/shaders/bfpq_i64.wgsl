// Elements of 64 bits.

@group(0) @binding(1) var<storage, read> source: array<vec2<u32>>;

fn value(i: u32) -> vec2<u32> {
    return source[i];
}
