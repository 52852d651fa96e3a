// Fixed-point helpers, the twin of `ops/fixed.rs`: 64-bit integers as two 32-bit limbs.
//
// Limbs are unsigned, so nothing depends on what a driver does with signed overflow; shifts branch at 32, because WGSL takes shift
// counts modulo 32. A 64-bit value is a vec2<u32>(low, high) in two's complement.

const I32_MAX: u32 = 0x7fffffffu;

// A dispatch has at most 65,535 workgroups a dimension; larger ones go on in the second.
fn flat(id: vec3<u32>) -> u32 {
    return id.x + id.y * (65535u * 64u);
}

fn flat_group(group: vec3<u32>) -> u32 {
    return group.x + group.y * 65535u;
}

fn i64_of(v: i32) -> vec2<u32> {
    return vec2<u32>(bitcast<u32>(v), select(0u, 0xffffffffu, v < 0));
}

fn is_negative(a: vec2<u32>) -> bool {
    return (a.y >> 31u) == 1u;
}

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn neg64(a: vec2<u32>) -> vec2<u32> {
    let low = ~a.x + 1u;
    return vec2<u32>(low, ~a.y + select(0u, 1u, low == 0u));
}

fn sub64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    return vec2<u32>(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

// Magnitude; exact for |a| < 2^63.
fn abs64(a: vec2<u32>) -> vec2<u32> {
    if is_negative(a) {
        return neg64(a);
    }
    return a;
}

// a < b, both unsigned.
fn below64(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn max64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    if below64(a, b) {
        return b;
    }
    return a;
}

// Full product of two unsigned words, by halves.
fn mul_wide(a: u32, b: u32) -> vec2<u32> {
    let a0 = a & 0xffffu;
    let a1 = a >> 16u;
    let b0 = b & 0xffffu;
    let b1 = b >> 16u;
    let low = a0 * b0;
    let mid = a1 * b0 + (low >> 16u);
    let mid2 = a0 * b1 + (mid & 0xffffu);
    return vec2<u32>((mid2 << 16u) | (low & 0xffffu), a1 * b1 + (mid >> 16u) + (mid2 >> 16u));
}

// a·b modulo 2^64, b unsigned: exact wherever the product fits.
fn mul64(a: vec2<u32>, b: u32) -> vec2<u32> {
    let p = mul_wide(a.x, b);
    return vec2<u32>(p.x, p.y + a.y * b);
}

// Product of two signed words.
fn mul_i32(a: i32, b: i32) -> vec2<u32> {
    let p = mul_wide(magnitude(a), magnitude(b));
    if (a < 0) != (b < 0) {
        return neg64(p);
    }
    return p;
}

fn magnitude(v: i32) -> u32 {
    let u = bitcast<u32>(v);
    return select(u, ~u + 1u, v < 0);
}

fn shl64(a: vec2<u32>, s: u32) -> vec2<u32> {
    if s == 0u {
        return a;
    }
    if s >= 64u {
        return vec2<u32>(0u, 0u);
    }
    if s >= 32u {
        return vec2<u32>(0u, a.x << (s - 32u));
    }
    return vec2<u32>(a.x << s, (a.y << s) | (a.x >> (32u - s)));
}

// Unsigned shift right.
fn shr64(a: vec2<u32>, s: u32) -> vec2<u32> {
    if s == 0u {
        return a;
    }
    if s >= 64u {
        return vec2<u32>(0u, 0u);
    }
    if s >= 32u {
        return vec2<u32>(a.y >> (s - 32u), 0u);
    }
    return vec2<u32>((a.x >> s) | (a.y << (32u - s)), a.y >> s);
}

// Arithmetic shift right by 0 to 63.
fn sar64(a: vec2<u32>, s: u32) -> vec2<u32> {
    if !is_negative(a) {
        return shr64(a, s);
    }
    return ~shr64(~a, s);
}

// The least b with n < 2^b.
fn bitlen64(n: vec2<u32>) -> i32 {
    if n.y != 0u {
        return 64 - i32(countLeadingZeros(n.y));
    }
    return 32 - i32(countLeadingZeros(n.x));
}

// floor(v / 2^s + 1/2); 0 from s = 63 on.
fn rsh64(v: vec2<u32>, s: i32) -> vec2<u32> {
    if s <= 0 {
        return v;
    }
    if s > 62 {
        return vec2<u32>(0u, 0u);
    }
    let t = sar64(v, u32(s - 1));
    return add64(sar64(t, 1u), vec2<u32>(t.x & 1u, 0u));
}

// Saturate to ±(2^31 − 1).
fn sat32(v: vec2<u32>) -> i32 {
    let m = abs64(v);
    let clamped = select(m.x, I32_MAX, m.y != 0u || m.x > I32_MAX);
    return bitcast<i32>(select(clamped, ~clamped + 1u, is_negative(v)));
}

// sat32(v·2^−s), rounded half up for s > 0; a left shift saturates.
fn rss(v: vec2<u32>, s: i32) -> i32 {
    if s >= 0 {
        return sat32(rsh64(v, s));
    }
    let m = abs64(v);
    // A magnitude of 2^31 or more saturates at any left shift, and so does all but 0 at one by 31 or more.
    var clamped = m.x;
    if m.y != 0u || m.x > I32_MAX {
        clamped = I32_MAX;
    } else if m.x != 0u && (s <= -31 || countLeadingZeros(m.x) < u32(1 - s)) {
        clamped = I32_MAX;
    } else if m.x != 0u {
        clamped = m.x << u32(-s);
    }
    return bitcast<i32>(select(clamped, ~clamped + 1u, is_negative(v)));
}

// sat32(a + b) for |a|, |b| <= 2^31 − 1.
fn add_sat(a: i32, b: i32) -> i32 {
    return sat32(add64(i64_of(a), i64_of(b)));
}

// floor(n / d), unsigned; d is not 0 and below 2^63.
fn div64(n: vec2<u32>, d: vec2<u32>) -> vec2<u32> {
    var q = vec2<u32>(0u, 0u);
    var r = vec2<u32>(0u, 0u);
    for (var i = bitlen64(n) - 1; i >= 0; i -= 1) {
        r = shl64(r, 1u);
        r.x |= shr64(n, u32(i)).x & 1u;
        q = shl64(q, 1u);
        if !below64(r, d) {
            r = sub64(r, d);
            q.x |= 1u;
        }
    }
    return q;
}
