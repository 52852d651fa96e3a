// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Part} from "../referee/Steps.sol";
import {RequestFields} from "./RequestFields.sol";
import {Place, Run, Runs} from "./Runs.sol";

/// @title Reader of runs
/// @notice What a dispute needs to know of a run, found in its bytes. Nothing is stored here; a contract of its own for its size.
contract RunReader {
    /// @notice The run is none that the model could give, whatever it computes.
    error NotWellFormed();

    /// @notice Whether a run is one that the model could give, whatever its numbers are.
    /// @param run The run.
    /// @param program The model's program; the caller has found that it is the model's.
    /// @return isIt Whether it is.
    function isWellFormed(Run calldata run, bytes calldata program) external pure returns (bool isIt) {
        (isIt,) = Runs.read(run, program);
    }

    /// @notice Digest of what is known of a part of a well-formed run before its tensors are: what it does, the part, and the root of the boundary
    /// that it ends in.
    /// @param run The run.
    /// @param program The model's program; the caller has found that it is the model's.
    /// @param place The part.
    /// @return The digest: of `abi.encode(stage, part, end)`.
    function known(Run calldata run, bytes calldata program, Place calldata place) external pure returns (bytes32) {
        (bool isIt, RequestFields.Fields memory f) = Runs.read(run, program);
        if (!isIt) revert NotWellFormed();
        (Part memory part, bytes32 end) = Runs.part(run, program, f, place);
        return keccak256(abi.encode(place.stage, part, end));
    }
}
