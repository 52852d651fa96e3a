// conv2d, twin of `ops/conv2d.rs`, up to the neighbourhoods of a map's places as a batch, which linear then takes.
//
// An invocation copies 16 columns and the sums of their digits: channels are a multiple of 16, since nine times as many are one of the
// block's columns, so these lie together in the map too.

struct Params {
    height: u32,
    width: u32,
    // Of a place, in 16 columns.
    units: u32,
    // The first place of the batch, and places.
    first: u32,
    places: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> e: array<i32>;
@group(0) @binding(3) var<storage, read> sums: array<vec2<i32>>;
@group(0) @binding(4) var<storage, read_write> unfolded: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> unfolded_e: array<i32>;
@group(0) @binding(6) var<storage, read_write> unfolded_sums: array<vec2<i32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    let t = i / (9u * params.units);
    if t >= params.places {
        return;
    }
    let unit = i % (9u * params.units);
    let neighbour = unit / params.units;
    let place = params.first + t;
    // One more than the neighbour's place, so that nothing is below 0.
    let row = place / params.width + neighbour / 3u;
    let column = place % params.width + neighbour % 3u;
    let inside = row >= 1u && row <= params.height && column >= 1u && column <= params.width;
    let source = select(0u, ((row - 1u) * params.width + column - 1u) * params.units + unit % params.units, inside);
    for (var w = 0u; w < 4u; w += 1u) {
        unfolded[i * 4u + w] = select(vec2<u32>(0u), x[source * 4u + w], inside);
    }
    unfolded_sums[i] = select(vec2<i32>(0), sums[source], inside);
    if unit == 0u {
        unfolded_e[t] = e[0];
    }
}
