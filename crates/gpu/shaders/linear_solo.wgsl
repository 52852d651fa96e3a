// A row is one invocation's.

const ROWS: u32 = 64u;
const PARTS: u32 = 1u;

fn fold_parts(v: u32, lane: u32) -> u32 {
    return v;
}
