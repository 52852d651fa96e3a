// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Test} from "forge-std/Test.sol";

import {Rmsnorm} from "../../../src/referee/ops/Rmsnorm.sol";

/// @dev Judged by the definition, written one number at a time: what it gives holds, and nothing else does.
contract RmsnormTest is Test {
    uint256 private constant NUMBERS = 1024;
    uint256 private constant LEAF = 8 + 2 * NUMBERS;

    /// @notice Numbers before they are quantised, and their fraction bits.
    struct Vector {
        int256[] v;
        int256 fv;
    }

    function holds(bytes calldata x, bytes calldata g, uint256 eps, bytes calldata out) external pure returns (bool) {
        uint256 atX;
        uint256 atG;
        uint256 atOut;
        assembly ("memory-safe") {
            atX := x.offset
            atG := g.offset
            atOut := out.offset
        }
        return Rmsnorm.holds(atX, atG, x.length / 4, eps, atOut);
    }

    /// @dev Vectors of all sizes of numbers, of few different ones, so that many are the largest, and of no weight.
    function testFuzz_Holds(uint256 seed) external view {
        _check(seed, 16 * (1 + seed % 4), seed >> 8);
    }

    /// @dev Several leaves, and a last one that is not full.
    function test_Holds_Leaves() external view {
        for (uint256 seed = 0; seed < 8; seed++) {
            _check(seed, 1024 + 240 * seed, uint256(keccak256(abi.encode(seed))));
        }
    }

    /// @dev All zero: the least index of the largest is the first.
    function test_Holds_Zeros() external view {
        bytes memory x = new bytes(4 * 32);
        bytes memory g = new bytes(2 * 33);
        bytes memory out = _encode(_normalised(x, g, 1));
        assertTrue(this.holds(x, g, 1, out));
        for (uint256 peak = 1; peak < 40; peak++) {
            out[7] = bytes1(uint8(peak));
            assertFalse(this.holds(x, g, 1, out));
        }
    }

    /// @dev One unit of weight at the peak that is said, none there, and larger products before it.
    function test_Holds_PeakOfZero() external view {
        bytes memory x = new bytes(4 * 32);
        bytes memory g = new bytes(2 * 33);
        for (uint256 i = 0; i < 8; i++) {
            (x[4 * i + 3], g[2 * i]) = (0x01, 0x01);
        }
        bytes memory out = _encode(_normalised(x, g, 1));
        assertTrue(this.holds(x, g, 1, out));
        for (uint256 peak = 1; peak < 32; peak++) {
            out[7] = bytes1(uint8(peak));
            assertFalse(this.holds(x, g, 1, out));
        }
    }

    function _check(uint256 seed, uint256 n, uint256 shape) private view {
        (bytes memory x, bytes memory g) = (new bytes(4 * n), new bytes(2 * n + 2));
        uint256 kinds = shape % 3 == 0 ? 2 : 1 << 32;
        for (uint256 i = 0; i < n; i++) {
            uint256 random = uint256(keccak256(abi.encode(seed, uint256(keccak256(abi.encode(seed, i))) % kinds)));
            int256 value = int256(int32(uint32(random))) >> ((shape >> 8) % 32);
            if (random >> 255 == 1) value = -value;
            if (value > type(int32).max) value = type(int32).max;
            _put(x, 4 * i, 4, uint256(value));
            _put(g, 2 * i, 2, (shape >> 16) % 8 == 0 ? 0x0080 : random >> 64);
        }
        _put(g, 2 * n, 2, shape % 2 == 0 ? 0x0300 : 0xfdff);
        uint256 eps = 1 + (seed % (1 << 61) >> (shape >> 24) % 61);
        bytes memory out = _encode(_normalised(x, g, eps));
        assertTrue(this.holds(x, g, eps, out), "what it gives");
        for (uint256 i = 0; i < 4; i++) {
            uint256 at = uint256(keccak256(abi.encode(seed, "byte", i))) % (i < 2 ? 8 : out.length);
            bytes1 byte_ = out[at];
            out[at] ^= bytes1(uint8(1 << (seed >> (8 * i)) % 8));
            assertFalse(this.holds(x, g, eps, out), "something else");
            out[at] = byte_;
        }
        _anotherPeak(x, g, eps, out);
    }

    /// @dev Another index says as large a number, or one that is nearly as large.
    function _anotherPeak(bytes memory x, bytes memory g, uint256 eps, bytes memory out) private view {
        uint256 n = x.length / 4;
        uint256 peak = uint256(uint8(out[6])) << 8 | uint8(out[7]);
        for (uint256 i = 0; i < n; i += n > 64 ? 97 : 1) {
            for (uint256 leaf = 0; leaf < out.length; leaf += LEAF) {
                _put(out, leaf + 4, 4, i);
            }
            assertEq(this.holds(x, g, eps, out), i == peak, "another peak");
        }
    }

    /// @dev N of `openimo_core::ops::rmsnorm`.
    function _normalised(bytes memory x, bytes memory g, uint256 eps) private pure returns (Vector memory to) {
        uint256 n = x.length / 4;
        to.v = new int256[](n);
        uint256 largest = 0;
        for (uint256 i = 0; i < n; i++) {
            to.v[i] = int32(uint32(_get(x, 4 * i, 4)));
            if (_abs(to.v[i]) > largest) largest = _abs(to.v[i]);
        }
        int256 t = _bitlen(largest) > 24 ? _bitlen(largest) - 24 : int256(0);
        uint256 sum = eps >> uint256(2 * t);
        for (uint256 i = 0; i < n; i++) {
            to.v[i] = _rsh(to.v[i], t);
            sum += uint256(to.v[i] * to.v[i]);
        }
        int256 j = (_bitlen(sum) - 31) >> 1;
        int256 r = int256(Math.sqrt((1 << 62) / (j >= 0 ? sum >> uint256(2 * j) : sum << uint256(-2 * j))));
        for (uint256 i = 0; i < n; i++) {
            to.v[i] *= int256(_weight(g, i)) * r;
        }
        to.fv = 31 + j + _weight(g, n);
    }

    /// @dev The leaves of `openimo_core::ops::bfpq`.
    function _encode(Vector memory a) private pure returns (bytes memory out) {
        uint256 n = a.v.length;
        uint256 peak = 0;
        for (uint256 i = 1; i < n; i++) {
            if (_abs(a.v[i]) > _abs(a.v[peak])) peak = i;
        }
        int256 s = _bitlen(_abs(a.v[peak])) > 14 ? _bitlen(_abs(a.v[peak])) - 14 : int256(0);
        out = new bytes(8 * ((n + NUMBERS - 1) / NUMBERS) + 2 * n);
        for (uint256 i = 0; i < n; i++) {
            uint256 leaf = i / NUMBERS * LEAF;
            _put(out, leaf, 4, uint256(a.fv - s));
            _put(out, leaf + 4, 4, peak);
            _put(out, leaf + 8 + 2 * (i % NUMBERS), 2, uint256(_rsh(a.v[i], s)));
        }
    }

    function _rsh(int256 v, int256 s) private pure returns (int256) {
        return s == 0 ? v : (v + int256(1 << uint256(s - 1))) >> uint256(s);
    }

    function _bitlen(uint256 a) private pure returns (int256) {
        return a == 0 ? int256(0) : int256(Math.log2(a)) + 1;
    }

    function _abs(int256 v) private pure returns (uint256) {
        return uint256(v < 0 ? -v : v);
    }

    /// @dev Little-endian, as model files have them.
    function _weight(bytes memory g, uint256 i) private pure returns (int16) {
        return int16(uint16(uint8(g[2 * i])) | (uint16(uint8(g[2 * i + 1])) << 8));
    }

    function _get(bytes memory from, uint256 at, uint256 length) private pure returns (uint256 value) {
        for (uint256 i = 0; i < length; i++) {
            value = (value << 8) | uint8(from[at + i]);
        }
    }

    function _put(bytes memory to, uint256 at, uint256 length, uint256 value) private pure {
        for (uint256 i = 0; i < length; i++) {
            to[at + i] = bytes1(uint8(value >> (8 * (length - 1 - i))));
        }
    }
}
