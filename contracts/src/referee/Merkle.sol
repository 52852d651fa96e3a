// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Witness} from "./Witness.sol";

/// @title Merkle trees over keccak256
/// @notice Those of docs/formats.md: `leaf = keccak256(0x00 ‖ bytes)`, `node = keccak256(0x01 ‖ left ‖ right)`, the last digest of an odd level
/// moves up unchanged.
library Merkle {
    using Witness for Witness.Cursor;

    /// @notice The tree is smaller.
    error NoSuchLeaves(uint256 start, uint256 leaves, uint256 width);

    /// @dev The digest of a leaf that lies in the call's data.
    function leaf(uint256 at, uint256 length) internal pure returns (bytes32 d) {
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore8(p, 0)
            calldatacopy(add(p, 1), at, length)
            d := keccak256(p, add(length, 1))
        }
    }

    /// @dev The digest over two others.
    function node(bytes32 left, bytes32 right) internal pure returns (bytes32 d) {
        assembly ("memory-safe") {
            let p := mload(0x40)
            mstore8(p, 1)
            mstore(add(p, 1), left)
            mstore(add(p, 33), right)
            d := keccak256(p, 65)
        }
    }

    /// @dev The root of the tree of `width` leaves in which `d` are those from `start` on; the digests beside them come from the witness, on
    /// each level first the left one, then the right one, where there is one. `d` is used up.
    function root(Witness.Cursor memory c, bytes32[] memory d, uint256 start, uint256 width) internal pure returns (bytes32) {
        unchecked {
            uint256 n = d.length;
            if (n == 0 || start + n > width) revert NoSuchLeaves(start, n, width);
            while (width > 1) {
                uint256 i = 0;
                uint256 k = 0;
                if (start & 1 == 1) {
                    d[0] = node(c.digest(), d[0]);
                    (i, k) = (1, 1);
                }
                for (; i + 1 < n; i += 2) {
                    d[k++] = node(d[i], d[i + 1]);
                }
                if (i < n) d[k++] = start + n < width ? node(d[i], c.digest()) : d[i];
                (n, start, width) = (k, start >> 1, (width + 1) >> 1);
            }
        }
        return d[0];
    }

    /// @dev The root of the tree of `width` leaves in which `d` is that at `index`.
    function root(Witness.Cursor memory c, bytes32 d, uint256 index, uint256 width) internal pure returns (bytes32) {
        bytes32[] memory one = new bytes32[](1);
        one[0] = d;
        return root(c, one, index, width);
    }
}
