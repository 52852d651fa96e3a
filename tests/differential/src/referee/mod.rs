//! Steps of runs in the referee's bytecode, on the witnesses that the core makes: what the model did holds, and what it did not do does not.

pub mod chain;
pub mod compare;
pub mod run;

alloy_sol_types::sol! {
    struct Sampler { uint32 beta; uint32 topK; uint32 topP; bytes32 seed; }

    struct Part {
        bytes32 modelId;
        uint32 positions;
        uint32 prompt;
        uint32 position;
        uint32 layer;
        Sampler sampler;
        bytes32 ids;
        bytes32 before;
        bytes32[] tensors;
    }

    function holds(bytes program, Part part, bytes witness) external pure returns (bool);

    error NoSuchStep(uint256 kind, uint256 a, uint256 b, uint256 c);
    error WrongTensors(uint256 tensors);
    error NotCommitted();
    error NotOfModel();
    error NoSuchLeaves(uint256 start, uint256 leaves, uint256 width);
    error WitnessTooShort();
    error WitnessTooLong();
}
