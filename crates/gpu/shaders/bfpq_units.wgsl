// An invocation does 16 columns of a long vector, of which the largest magnitude is known.

@group(0) @binding(5) var<storage, read> largest: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    let vector = i / units_of_vector();
    if vector >= params.count {
        return;
    }
    let s = bfpq_shift(i64_of(largest[vector]));
    put_unit(vector, i % units_of_vector(), s);
    if i % units_of_vector() == 0u {
        e[vector] = params.fv - s;
    }
}
