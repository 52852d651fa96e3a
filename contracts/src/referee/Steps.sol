// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Openings} from "./Openings.sol";
import {Program, Programs} from "./Program.sol";
import {Witness} from "./Witness.sol";
import {Bfpq} from "./ops/Bfpq.sol";
import {Linear} from "./ops/Linear.sol";
import {Rmsnorm} from "./ops/Rmsnorm.sol";
import {Sample} from "./ops/Sample.sol";

/// @notice What is committed about a part of a run at one position.
/// @param modelId The model.
/// @param positions Positions of the run.
/// @param prompt Ids of the prompt.
/// @param position The position.
/// @param layer The layer, where the part is one; of a picture, how many convolutions it has.
/// @param sampler How ids are chosen.
/// @param ids Digest of the ids.
/// @param before Root of the boundary before the part.
/// @param tensors Roots of the part's tensors: of a layer all 19, of a choice normalised stream and logits, and of a seeded one thresholds and
/// sums; of the embedding the digest of its vector; of a picture those of `PictureSteps`.
struct Part {
    bytes32 modelId;
    uint32 positions;
    uint32 prompt;
    uint32 position;
    uint32 layer;
    Sample.Sampler sampler;
    bytes32 ids;
    bytes32 before;
    bytes32[] tensors;
}

/// @notice A step that is being read: its kind, and the numbers that name it.
struct Step {
    Witness.Cursor c;
    Program p;
    uint256 kind;
    uint256 a;
    uint256 b;
    uint256 i;
}

/// @notice What a projection reads and writes.
struct Projection {
    uint256 input;
    uint256 inputRows;
    uint256 inputRow;
    Openings.Matrix matrix;
    uint256 outputRows;
    uint256 outputRow;
    int256 bits;
}

/// @title What the steps of all parts share
library Steps {
    using Witness for Witness.Cursor;

    /// @notice The part has no such step.
    error NoSuchStep(uint256 kind, uint256 a, uint256 b, uint256 c);
    /// @notice The part has another number of tensors.
    error WrongTensors(uint256 tensors);

    /// @dev Reads which step a witness is of.
    function begin(Step memory s, bytes calldata program, bytes calldata witness) internal pure {
        s.c = Witness.open(witness);
        s.kind = Witness.word(s.c.take(1)) >> 248;
        s.a = s.c.uint32At();
        s.b = s.c.uint32At();
        s.i = s.c.uint32At();
        s.p = Programs.read(program);
    }

    /// @dev Whether row `s.a` of a tensor is the vector at `x` normalised, with the weights of this index.
    function normed(Step memory s, Part calldata part, uint256 x, uint256 index, bytes32 output, uint256 rows)
        internal
        pure
        returns (bool)
    {
        uint256 d = s.p.width;
        uint256 g = Openings.norm(s.c, s.p, part.modelId, index);
        uint256 out = Openings.bfp(s.c, output, rows, s.a, d, 0, Openings.bfpLeaves(d));
        return Rmsnorm.holds(x, g, d, s.p.eps, out);
    }

    /// @dev Whether one number is that of a row of weights times a vector.
    function linear(Step memory s, Part calldata part, Projection memory j, bytes32 output) internal pure returns (bool) {
        Openings.Matrix memory m = j.matrix;
        exists(s, s.b == 0 && s.i < m.rows);
        uint256 leaves = Openings.bfpLeaves(m.columns);
        uint256 x = Openings.bfp(s.c, part.tensors[j.input], j.inputRows, j.inputRow, m.columns, 0, leaves);
        uint256 w = Openings.weights(s.c, s.p, part.modelId, m, s.i, 0, Openings.rowLeaves(m.columns));
        int256 y = Openings.int32Of(s.c, output, j.outputRows, j.outputRow, m.rows, s.i);
        int256 e = Bfpq.exponent(x);
        // A vector whose leaves disagree is none.
        for (uint256 leaf = 1; leaf < leaves; leaf++) {
            if (Bfpq.exponent(x + leaf * Openings.BFP_LEAF) != e) return false;
        }
        return y == Linear.element(Openings.spec(s.p, m.index), w, x, m.columns, e, j.bits);
    }

    /// @dev The leaf of number `s.i` of a vector in block floating point, and the peak that it says.
    function number(Step memory s, bytes32 root, uint256 n) internal pure returns (uint256 out, uint256 peak) {
        uint256 leaf = s.i / Openings.NUMBERS;
        out = Openings.bfp(s.c, root, 1, 0, n, leaf, leaf + 1);
        peak = Bfpq.peak(out);
    }

    /// @dev Nothing more is to be read: what has been shows that the step does not hold.
    function unread(Step memory s) internal pure returns (bool) {
        s.c.close();
        return false;
    }

    function exists(Step memory s, bool it) internal pure {
        if (!it) none(s);
    }

    function none(Step memory s) internal pure {
        revert NoSuchStep(s.kind, s.a, s.b, s.i);
    }
}
