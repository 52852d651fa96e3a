//! The stored vectors of every operator on a GPU, in every shape of the kernels.

#[path = "room/device.rs"]
mod device;
mod room;

use device::{open, ways};
use openimo_core::ops::Op;
use openimo_core::vectors::check;
use room::GpuRoom;

#[test]
fn every_operator_gives_the_stored_vectors() {
    for options in ways() {
        let mut room = GpuRoom(open(&options));
        let mut cases = 0;
        for op in Op::ALL {
            let path = format!("{}/../../vectors/ops/{}.json", env!("CARGO_MANIFEST_DIR"), op.info().name);
            let stored = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
            cases += check(op, &stored, &mut room).unwrap_or_else(|e| panic!("{:?}: {e}", room.0.shape()));
        }
        let adapter = room.0.adapter();
        println!(
            "{}, {} ({}), {:?}, packed dot products {}: {cases} cases, 0 mismatches",
            adapter.name,
            adapter.driver,
            adapter.api,
            room.0.shape(),
            room.0.packed_dot()
        );
    }
}
