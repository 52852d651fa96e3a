// One invocation to a word of a head, at all positions.

const WORDS: u32 = 64u;
const PARTS: u32 = 1u;

fn fold(v: vec2<u32>, lane: u32) -> vec2<u32> {
    return v;
}
