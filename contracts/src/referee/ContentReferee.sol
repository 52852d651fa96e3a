// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {PictureSteps} from "./PictureSteps.sol";
import {Pieces} from "./Pieces.sol";
import {Programs} from "./Program.sol";
import {Part, Step, Steps} from "./Steps.sol";
import {Witness} from "./Witness.sol";

/// @title Referee of contents
/// @notice The half of `Referee` that knows what the ids of an output stand for: bytes of text, or the pixels of a picture. A contract of its own
/// for its size.
contract ContentReferee {
    using Witness for Witness.Cursor;

    /// @notice Whether a step of a picture gives what is committed: as `Referee.holds`.
    /// @param program The model's program; the caller has found that it is the model's.
    /// @param part What is committed.
    /// @param witness The step and its openings.
    /// @return Whether it holds; a witness that opens something else is refused.
    function holds(bytes calldata program, Part calldata part, bytes calldata witness) external pure returns (bool) {
        Step memory s;
        Steps.begin(s, program, witness);
        Steps.exists(s, s.kind >= PictureSteps.FIRST && part.position == 0);
        bool isRight = PictureSteps.holds(s, part);
        s.c.close();
        return isRight;
    }

    /// @notice The bytes that an id stands for: as `Referee.piece`.
    /// @param program The model's program; the caller has found that it is the model's.
    /// @param modelId The model.
    /// @param id The id.
    /// @param witness Where the bytes of the id before it and its own end, and themselves, opened.
    /// @return The bytes; a witness that opens something else is refused.
    function piece(bytes calldata program, bytes32 modelId, uint256 id, bytes calldata witness)
        external
        pure
        returns (bytes memory)
    {
        Witness.Cursor memory c = Witness.open(witness);
        bytes memory found = Pieces.piece(c, Programs.read(program), modelId, id);
        c.close();
        return found;
    }
}
