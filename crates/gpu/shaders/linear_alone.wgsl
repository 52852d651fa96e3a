// The output is not added to anything.

fn add_to_residual(place: u32, v: i32) {}
