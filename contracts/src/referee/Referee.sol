// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ChoiceSteps} from "./ChoiceSteps.sol";
import {LayerSteps} from "./LayerSteps.sol";
import {Pieces} from "./Pieces.sol";
import {Programs} from "./Program.sol";
import {Part, Step, Steps} from "./Steps.sol";
import {Witness} from "./Witness.sol";

/// @title Referee
/// @notice Runs one element of one operator of a model again, on openings of what was committed. It knows nothing but the model's id: weights are
/// opened against it. A step that does not hold shows that whoever committed the tensors did not run the model.
/// @dev Steps and their witnesses are those of `openimo_core::trace::step`. Nothing is stored here.
contract Referee {
    using Witness for Witness.Cursor;

    /// @notice Whether a step of a part gives what is committed.
    /// @param program The model's program; the caller has found that it is the model's.
    /// @param part What is committed.
    /// @param witness The step and its openings.
    /// @return Whether it holds; a witness that opens something else is refused.
    function holds(bytes calldata program, Part calldata part, bytes calldata witness) external pure returns (bool) {
        Step memory s;
        s.c = Witness.open(witness);
        s.kind = Witness.word(s.c.take(1)) >> 248;
        s.a = s.c.uint32At();
        s.b = s.c.uint32At();
        s.i = s.c.uint32At();
        s.p = Programs.read(program);
        Steps.exists(s, part.position < part.positions);
        bool isRight = s.kind == ChoiceSteps.EMBEDDING
            ? ChoiceSteps.embeddingHolds(s, part)
            : s.kind >= ChoiceSteps.FIRST ? ChoiceSteps.holds(s, part) : LayerSteps.holds(s, part);
        s.c.close();
        return isRight;
    }

    /// @notice The bytes that an id stands for.
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
