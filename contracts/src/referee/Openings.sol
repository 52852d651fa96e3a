// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Merkle} from "./Merkle.sol";
import {Program, Programs} from "./Program.sol";
import {Witness} from "./Witness.sol";

/// @title Opening tensors and weights
/// @notice A tensor has rows of leaves: a tree over each row, and one over the rows' roots. Pointers that are returned are to the call's data.
library Openings {
    using Witness for Witness.Cursor;

    /// @notice What is opened is not what was committed.
    error NotCommitted();
    /// @notice What is opened is not of the model.
    error NotOfModel();

    /// @dev Bytes before the numbers of a leaf of block floating point: exponent and peak.
    uint256 internal constant BFP_HEAD = 8;
    /// @dev Numbers of a leaf of integers.
    uint256 internal constant INTS = 512;
    /// @dev Numbers of a leaf of block floating point.
    uint256 internal constant NUMBERS = 1024;
    /// @dev Bytes of a full leaf of block floating point.
    uint256 internal constant BFP_LEAF = BFP_HEAD + 2 * NUMBERS;
    /// @dev Columns of a leaf of weights.
    uint256 internal constant COLUMNS = 2048;
    /// @dev Bytes of a leaf of a section that is no matrix.
    uint256 internal constant SECTION_LEAF = 1024;
    bytes private constant MODEL_DOMAIN = "openimo/model/1";

    /// @notice Rows, leaves of a row, and bytes of a leaf and of a row's last.
    struct Shape {
        uint256 rows;
        uint256 leaves;
        uint256 length;
        uint256 last;
    }

    /// @notice A matrix by its place among them.
    struct Matrix {
        uint256 index;
        uint256 rows;
        uint256 columns;
    }

    /// @notice Bytes `from` to before `to` of the section of this index, which has `length`.
    struct Section {
        uint256 index;
        uint256 length;
        uint256 from;
        uint256 to;
    }

    /// @notice An encoding of weights.
    struct Spec {
        uint256 bits;
        uint256 block;
        bool hasM;
        bool hasBias;
    }

    /// @dev The leaves `from` to before `to` of a row of the tensor with this root.
    function open(Witness.Cursor memory c, bytes32 root, Shape memory s, uint256 row, uint256 from, uint256 to)
        internal
        pure
        returns (uint256 at)
    {
        at = c.at;
        bytes32 found = Merkle.root(c, _digests(c, s, from, to), from, s.leaves);
        if (Merkle.root(c, found, row, s.rows) != root) revert NotCommitted();
    }

    /// @dev The leaves of a row of `n` integers that have those `from` to before `to`; integer i is at 4·i from what is returned.
    function ints(Witness.Cursor memory c, bytes32 root, uint256 rows, uint256 row, uint256 n, uint256 from, uint256 to)
        internal
        pure
        returns (uint256 base)
    {
        uint256 leaves = (n + INTS - 1) / INTS;
        Shape memory s = Shape(rows, leaves, 4 * INTS, 4 * (n - (leaves - 1) * INTS));
        uint256 first = from / INTS;
        uint256 at = open(c, root, s, row, first, (to + INTS - 1) / INTS);
        unchecked {
            base = at - 4 * INTS * first;
        }
    }

    /// @dev One of a row of `n` integers.
    function int32Of(Witness.Cursor memory c, bytes32 root, uint256 rows, uint256 row, uint256 n, uint256 i)
        internal
        pure
        returns (int256)
    {
        uint256 base = ints(c, root, rows, row, n, i, i + 1);
        unchecked {
            return Witness.int32At(base + 4 * i);
        }
    }

    /// @dev The leaves `from` to before `to` of a row of `n` numbers in block floating point.
    function bfp(Witness.Cursor memory c, bytes32 root, uint256 rows, uint256 row, uint256 n, uint256 from, uint256 to)
        internal
        pure
        returns (uint256)
    {
        uint256 leaves = bfpLeaves(n);
        Shape memory s = Shape(rows, leaves, BFP_LEAF, BFP_HEAD + 2 * (n - (leaves - 1) * NUMBERS));
        return open(c, root, s, row, from, to);
    }

    /// @dev A tensor whose leaves are heads.
    function headShape(uint256 rows, uint256 leaves, uint256 size) internal pure returns (Shape memory) {
        uint256 length = BFP_HEAD + 2 * size;
        return Shape(rows, leaves, length, length);
    }

    /// @dev Leaves of `n` numbers in block floating point.
    function bfpLeaves(uint256 n) internal pure returns (uint256) {
        return (n + NUMBERS - 1) / NUMBERS;
    }

    /// @dev The encoding of a matrix.
    function spec(Program memory p, uint256 matrix) internal pure returns (Spec memory) {
        uint256 b = Witness.word(p.matrices + matrix) >> 248;
        return Spec(b & 15, b & 16 == 0 ? 32 : 16, b & 32 != 0, b & 64 != 0);
    }

    /// @dev The leaves `from` to before `to` of a row of a matrix.
    function weights(
        Witness.Cursor memory c,
        Program memory p,
        bytes32 modelId,
        Matrix memory m,
        uint256 row,
        uint256 from,
        uint256 to
    ) internal pure returns (uint256 at) {
        at = c.at;
        Shape memory shape = _rowShape(spec(p, m.index), m);
        bytes32[] memory d = _digests(c, shape, from, to);
        bytes32 root = Merkle.root(c, d, row * shape.leaves + from, shape.rows * shape.leaves);
        _ofModel(c, p, modelId, root, Programs.FIRST_MATRIX + m.index);
    }

    function _rowShape(Spec memory s, Matrix memory m) private pure returns (Shape memory) {
        uint256 leaves = rowLeaves(m.columns);
        return Shape(m.rows, leaves, leafLength(s, COLUMNS), leafLength(s, m.columns - (leaves - 1) * COLUMNS));
    }

    /// @dev Leaves of a row of weights.
    function rowLeaves(uint256 columns) internal pure returns (uint256) {
        return (columns + COLUMNS - 1) / COLUMNS;
    }

    /// @dev Bytes of a leaf of weights.
    function leafLength(Spec memory s, uint256 columns) internal pure returns (uint256) {
        return (s.hasBias ? 8 : 4) + columns / s.block * (s.hasM ? 4 : 2) + columns * s.bits / 8;
    }

    /// @dev A normalisation: where its weights are.
    function norm(Witness.Cursor memory c, Program memory p, bytes32 modelId, uint256 index) internal pure returns (uint256 at) {
        uint256 each = 2 * (p.width + 1);
        Section memory s = Section(Programs.NORMS, each * (2 * p.layers + 1), index * each, (index + 1) * each);
        return section(c, p, modelId, s);
    }

    /// @dev Bytes of a section that is no matrix: where they are.
    function section(Witness.Cursor memory c, Program memory p, bytes32 modelId, Section memory b)
        internal
        pure
        returns (uint256 at)
    {
        at = c.at + b.from % SECTION_LEAF;
        uint256 leaves = (b.length + SECTION_LEAF - 1) / SECTION_LEAF;
        Shape memory s = Shape(1, leaves, SECTION_LEAF, b.length - (leaves - 1) * SECTION_LEAF);
        uint256 first = b.from / SECTION_LEAF;
        bytes32[] memory d = _digests(c, s, first, (b.to + SECTION_LEAF - 1) / SECTION_LEAF);
        _ofModel(c, p, modelId, Merkle.root(c, d, first, leaves), b.index);
    }

    /// @dev The digests of the leaves `from` to before `to` of a row.
    function _digests(Witness.Cursor memory c, Shape memory s, uint256 from, uint256 to) private pure returns (bytes32[] memory d) {
        d = new bytes32[](to - from);
        for (uint256 i = from; i < to; i++) {
            uint256 length = i + 1 == s.leaves ? s.last : s.length;
            d[i - from] = Merkle.leaf(c.take(length), length);
        }
    }

    function _ofModel(Witness.Cursor memory c, Program memory p, bytes32 modelId, bytes32 root, uint256 index) private pure {
        bytes32 all = Merkle.root(c, root, index + 1, p.sections + 1);
        if (keccak256(bytes.concat(MODEL_DOMAIN, all)) != modelId) revert NotOfModel();
    }
}
