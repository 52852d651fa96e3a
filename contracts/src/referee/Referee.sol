// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ChoiceSteps} from "./ChoiceSteps.sol";
import {ContentReferee} from "./ContentReferee.sol";
import {LayerSteps} from "./LayerSteps.sol";
import {PictureSteps} from "./PictureSteps.sol";
import {Part, Step, Steps} from "./Steps.sol";
import {Witness} from "./Witness.sol";

/// @title Referee
/// @notice Runs one element of one operator of a model again, on openings of what was committed. It knows nothing but the model's id: weights are
/// opened against it. A step that does not hold shows that whoever committed the tensors did not run the model.
/// @dev Steps and their witnesses are those of `openimo_core::trace::step`. Nothing is stored here.
contract Referee {
    using Witness for Witness.Cursor;

    constructor() {
        assert(address(new ContentReferee()) == contents());
    }

    /// @notice Whether a step of a part gives what is committed.
    /// @param program The model's program; the caller has found that it is the model's.
    /// @param part What is committed.
    /// @param witness The step and its openings.
    /// @return Whether it holds; a witness that opens something else is refused.
    function holds(bytes calldata program, Part calldata part, bytes calldata witness) external view returns (bool) {
        Step memory s;
        Steps.begin(s, program, witness);
        if (s.kind >= PictureSteps.FIRST) _askContents();
        Steps.exists(s, part.position < part.positions);
        bool isRight = s.kind == ChoiceSteps.EMBEDDING
            ? ChoiceSteps.embeddingHolds(s, part)
            : s.kind >= ChoiceSteps.FIRST ? ChoiceSteps.holds(s, part) : LayerSteps.holds(s, part);
        s.c.close();
        return isRight;
    }

    /// @notice The bytes that an id stands for.
    /// @dev Of the program, the model, the id, and where its bytes and those before them end, and themselves, opened: `ContentReferee.piece`.
    /// @return The bytes; a witness that opens something else is refused.
    function piece(bytes calldata, bytes32, uint256, bytes calldata) external view returns (bytes memory) {
        _askContents();
    }

    /// @notice The referee of contents, the first contract that this one made: its address follows from this one's, so whoever has seen the code
    /// of both knows that no other is asked.
    /// @return Its address.
    function contents() public view returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), hex"01")))));
    }

    /// @dev The call as it came is the other's, and so is the answer.
    function _askContents() private view {
        address to = contents();
        assembly {
            calldatacopy(0, 0, calldatasize())
            let isAnswer := staticcall(gas(), to, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if isAnswer { return(0, returndatasize()) }
            revert(0, returndatasize())
        }
    }
}
