// Elements of 32 bits.

@group(0) @binding(1) var<storage, read> source: array<i32>;

fn value(i: u32) -> vec2<u32> {
    return i64_of(source[i]);
}
