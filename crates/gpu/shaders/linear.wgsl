// linear, twin of `ops/linear.rs`: packed weights times a batch. What both shapes of the kernel have in common: parameters, bindings, and
// what is made of a row's exact sum.

struct Params {
    batch: u32,
    // Rows of this part of the matrix, and its first row's place in an output row.
    rows: u32,
    first: u32,
    stride: u32,
    fo: i32,
    // The row of the batch that is checked, where one is.
    checked: u32,
    // Where the outputs of the batch's first row begin.
    start: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> scales: array<i32>;
@group(0) @binding(4) var<uniform> shape: Layout;
@group(0) @binding(5) var<storage, read> e: array<i32>;
@group(0) @binding(6) var<storage, read> sums: array<vec2<i32>>;
@group(0) @binding(7) var<storage, read_write> y: array<i32>;

// The output of one row, and its place.
fn finish_row(t: u32, row: u32, sum: vec2<u32>) {
    if t >= params.batch || row >= params.rows {
        return;
    }
    keep_sum(t, row, sum);
    let scale = bitcast<u32>(scales[row]);
    var v = rss(mul64(sum, scale), e[t] + scales[shape.padded_rows + row] - params.fo);
    if shape.has_bias == 1u {
        v = add_sat(v, scales[2u * shape.padded_rows + row]);
    }
    let place = params.start + t * params.stride + params.first + row;
    y[place] = v;
    add_to_residual(place, v);
}
