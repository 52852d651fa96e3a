// The exact sums of one row of the batch are kept, for the check on the processor.

@group(0) @binding(8) var<storage, read_write> exact: array<vec2<u32>>;

fn keep_sum(t: u32, row: u32, sum: vec2<u32>) {
    if t == params.checked {
        exact[params.first + row] = sum;
    }
}
