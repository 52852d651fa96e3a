// Sixteen rows, which lie side by side in memory, and sixteen invocations to a row.

const ROWS: u32 = 16u;
const PARTS: u32 = 16u;

var<workgroup> parts: array<u32, 256>;

// The sum over the row's parts.
fn fold_parts(v: u32, lane: u32) -> u32 {
    workgroupBarrier();
    parts[lane] = v;
    workgroupBarrier();
    for (var half = PARTS / 2u; half > 0u; half /= 2u) {
        if lane < half * ROWS {
            parts[lane] += parts[lane + half * ROWS];
        }
        workgroupBarrier();
    }
    return parts[lane % ROWS];
}
