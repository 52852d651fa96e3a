// Four signed bytes times four signed bytes where the language feature is missing: the same number by shifts.

fn byte_at(v: u32, i: u32) -> i32 {
    return bitcast<i32>(v << (24u - 8u * i)) >> 24u;
}

fn dot4(a: u32, b: u32) -> i32 {
    return byte_at(a, 0u) * byte_at(b, 0u) + byte_at(a, 1u) * byte_at(b, 1u) + byte_at(a, 2u) * byte_at(b, 2u)
        + byte_at(a, 3u) * byte_at(b, 3u);
}
