// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Openings} from "../../../src/referee/Openings.sol";
import {Conv2d} from "../../../src/referee/ops/Conv2d.sol";
import {Vectors} from "./Vectors.sol";

contract Conv2dTest is Vectors {
    /// @notice A map as a case has it.
    struct Shape {
        uint256 height;
        uint256 width;
        uint256 channels;
        int256 e;
    }

    /// @dev One output of a row, where the numbers of each place lie one after another.
    function element(Openings.Spec calldata s, bytes calldata w, bytes calldata x, Shape calldata m, uint256 row, uint256 column)
        external
        pure
        returns (int256)
    {
        Conv2d.Neighbourhood memory n;
        (n.e, n.channels) = (m.e, m.channels);
        (uint256 atW, uint256 atX) = (0, 0);
        assembly ("memory-safe") {
            atW := w.offset
            atX := x.offset
        }
        for (uint256 k = 0; k < 9; k++) {
            (uint256 i, uint256 j) = (row + k / 3, column + k % 3);
            if (i == 0 || j == 0 || i > m.height || j > m.width) continue;
            n.at[k] = atX + 2 * m.channels * ((i - 1) * m.width + j - 1);
        }
        return Conv2d.element(s, atW, n, 16);
    }

    function test_Vectors() external view {
        (, uint256 cases) = load("conv2d");
        for (uint256 i = 0; i < cases; i++) {
            // In a call of its own, whose memory is given back.
            this.check(i);
        }
    }

    /// @dev One case.
    function check(uint256 i) external view {
        string memory json = vm.readFile("../vectors/ops/conv2d.json");
        string memory matrix = string.concat(path(i), ".params.matrix");
        Openings.Spec memory s = Openings.Spec(
            vm.parseJsonUint(json, string.concat(matrix, ".bits")),
            vm.parseJsonUint(json, string.concat(matrix, ".block")),
            vm.parseJsonBool(json, string.concat(matrix, ".has_m")),
            vm.parseJsonBool(json, string.concat(matrix, ".has_bias"))
        );
        int256[] memory map = numbers(json, i, ".params.map");
        int256 e = vm.parseJsonInt(json, string.concat(path(i), ".inputs.x[1]"));
        Shape memory m = Shape(uint256(map[0]), uint256(map[1]), uint256(map[2]), e);
        _check(json, i, s, m, vm.parseJsonUint(json, string.concat(matrix, ".rows")));
    }

    /// @dev All outputs of a case; of many rows the first and the last few.
    function _check(string memory json, uint256 i, Openings.Spec memory s, Shape memory m, uint256 rows) private view {
        bytes memory x = _numbers(numbers(json, i, ".inputs.x[0]"));
        int256[] memory y = numbers(json, i, ".outputs");
        assertEq(y.length, m.height * m.width * rows);
        for (uint256 row = 0; row < rows; row += row == 2 && rows > 6 ? rows - 5 : 1) {
            bytes memory w = _row(json, i, s, row);
            for (uint256 place = 0; place < m.height * m.width; place++) {
                assertEq(this.element(s, w, x, m, place / m.width, place % m.width), y[place * rows + row]);
            }
        }
    }

    /// @dev The leaf of a row, as the model file has it.
    function _row(string memory json, uint256 i, Openings.Spec memory s, uint256 row) private pure returns (bytes memory) {
        string memory at = string.concat(".inputs.rows[", vm.toString(row), "]");
        bytes memory head = bytes.concat(_le16(_number(json, i, at, ".r")), _le16(_number(json, i, at, ".re")));
        if (s.hasBias) {
            int256 bias = _number(json, i, at, ".bias");
            head = bytes.concat(head, _le16(bias), _le16(bias >> 16));
        }
        head = bytes.concat(head, _le(numbers(json, i, string.concat(at, ".d"))));
        if (s.hasM) head = bytes.concat(head, _le(numbers(json, i, string.concat(at, ".m"))));
        return bytes.concat(head, _packed(numbers(json, i, string.concat(at, ".q")), s.bits));
    }

    /// @dev The low bits of every column, then the high ones.
    function _packed(int256[] memory q, uint256 bits) private pure returns (bytes memory packed) {
        packed = new bytes(q.length * bits / 8);
        uint256 zero = 1 << (bits - 1);
        for (uint256 k = 0; k < q.length; k++) {
            uint256 v = uint256(q[k] + int256(zero));
            if (bits == 8) {
                packed[k] = bytes1(uint8(v));
                continue;
            }
            packed[k / 2] |= bytes1(uint8((v & 15) << (4 * (k % 2))));
            uint256 high = bits - 4;
            if (high == 0) continue;
            uint256 each = 8 / high;
            packed[q.length / 2 + k / each] |= bytes1(uint8((v >> 4) << (high * (k % each))));
        }
    }

    function _number(string memory json, uint256 i, string memory at, string memory key) private pure returns (int256) {
        return vm.parseJsonInt(json, string.concat(path(i), at, key));
    }

    function _numbers(int256[] memory x) private pure returns (bytes memory out) {
        out = new bytes(2 * x.length);
        for (uint256 k = 0; k < x.length; k++) {
            (out[2 * k], out[2 * k + 1]) = (bytes1(uint8(uint256(x[k] >> 8))), bytes1(uint8(uint256(x[k]))));
        }
    }

    function _le(int256[] memory x) private pure returns (bytes memory out) {
        for (uint256 k = 0; k < x.length; k++) {
            out = bytes.concat(out, _le16(x[k]));
        }
    }

    function _le16(int256 v) private pure returns (bytes2) {
        return bytes2(uint16((uint256(v) & 255) << 8 | (uint256(v) >> 8 & 255)));
    }
}
