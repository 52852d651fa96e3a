// Block floating point as the other shaders read it: four elements to a vec2<u32>, high digits first, X = 256·h + l with signed bytes.

// Four signed digits added up.
fn sum_digits(w: u32) -> i32 {
    let v = unpack_bytes(w);
    return v.x + v.y + v.z + v.w;
}

// Bits of a quantised activation.
const B: i32 = 14;

// bfpq's shift for a vector of this largest magnitude.
fn bfpq_shift(largest: vec2<u32>) -> i32 {
    return max(0, bitlen64(largest) - B);
}

fn pack_digits(x: vec4<i32>) -> vec2<u32> {
    let h = (x + 128) >> vec4<u32>(8u);
    let l = x - h * 256;
    return vec2<u32>(pack_bytes(h), pack_bytes(l));
}

fn pack_bytes(v: vec4<i32>) -> u32 {
    let b = bitcast<vec4<u32>>(v) & vec4<u32>(255u);
    return b.x | (b.y << 8u) | (b.z << 16u) | (b.w << 24u);
}

fn unpack_bytes(v: u32) -> vec4<i32> {
    return bitcast<vec4<i32>>(vec4<u32>(v << 24u, v << 16u, v << 8u, v)) >> vec4<u32>(24u);
}

fn unpack_digits(w: vec2<u32>) -> vec4<i32> {
    return unpack_bytes(w.x) * 256 + unpack_bytes(w.y);
}
