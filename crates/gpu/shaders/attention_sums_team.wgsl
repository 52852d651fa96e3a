// Sixteen invocations to a word of a head, which share the positions.

const WORDS: u32 = 16u;
const PARTS: u32 = 16u;

var<workgroup> partial: array<vec2<u32>, WORDS * PARTS>;

// The sum over the word's parts, for the lanes of part 0.
fn fold(v: vec2<u32>, lane: u32) -> vec2<u32> {
    workgroupBarrier();
    partial[lane] = v;
    workgroupBarrier();
    var sum = v;
    if lane < WORDS {
        for (var other = lane + WORDS; other < WORDS * PARTS; other += WORDS) {
            sum = add64(sum, partial[other]);
        }
    }
    return sum;
}
