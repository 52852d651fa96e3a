// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Openings} from "./Openings.sol";
import {Program, Programs} from "./Program.sol";
import {Witness} from "./Witness.sol";

/// @title The bytes of an id
/// @notice The section `pieces` of a model file: for each id of the vocabulary where its bytes end, then all bytes. So what an id stands for
/// is looked up, without a tokenizer.
library Pieces {
    using Witness for Witness.Cursor;

    /// @notice The model has no bytes for this id; one that draws has none for any.
    error NoSuchPiece(uint256 id);

    /// @dev The bytes of an id, which are opened against the model id.
    function piece(Witness.Cursor memory c, Program memory p, bytes32 modelId, uint256 id)
        internal
        pure
        returns (bytes memory out)
    {
        if (p.pieces == 0 || p.convolutions > 0 || id >= p.vocabulary) revert NoSuchPiece(id);
        uint256 from = id == 0 ? 0 : 4 * (id - 1);
        uint256 at = Openings.section(c, p, modelId, Openings.Section(Programs.PIECES, p.pieces, from, 4 * id + 4));
        uint256 start = id == 0 ? 0 : Witness.word(at) >> 224;
        uint256 end = Witness.word(id == 0 ? at : at + 4) >> 224;
        uint256 first = 4 * p.vocabulary;
        if (start > end || first + end > p.pieces) revert NoSuchPiece(id);
        if (start == end) return out;
        at = Openings.section(c, p, modelId, Openings.Section(Programs.PIECES, p.pieces, first + start, first + end));
        out = new bytes(end - start);
        assembly ("memory-safe") {
            calldatacopy(add(out, 32), at, mload(out))
        }
    }
}
