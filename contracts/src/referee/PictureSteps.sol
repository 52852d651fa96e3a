// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Openings} from "./Openings.sol";
import {Map, Pictures} from "./Pictures.sol";
import {Png} from "./Png.sol";
import {Program} from "./Program.sol";
import {Part, Step, Steps} from "./Steps.sol";
import {Witness} from "./Witness.sol";
import {Bfpq} from "./ops/Bfpq.sol";
import {Conv2d} from "./ops/Conv2d.sol";
import {Embedding} from "./ops/Embedding.sol";
import {Exp2neg} from "./ops/Exp2neg.sol";
import {Fixed} from "./ops/Fixed.sol";
import {Pixel} from "./ops/Pixel.sol";
import {Silu} from "./ops/Silu.sol";
import {Upsample} from "./ops/Upsample.sol";

/// @title Steps of a picture
/// @notice Its tensors are the map of the codes; of each convolution what its input is quantised with, that input, and what it gives; and the
/// picture's file.
library PictureSteps {
    using Pictures for Map;
    using Pictures for Program;

    /// @dev The first kind of a picture.
    uint256 internal constant FIRST = 64;
    uint256 private constant CODES = FIRST;
    uint256 private constant QUANTISED = 65;
    uint256 private constant CONVOLVED = 66;
    uint256 private constant PIXELS = 67;
    /// @dev Tensors of a convolution.
    uint256 private constant EACH = 3;

    /// @dev Whether a step holds.
    function holds(Step memory s, Part calldata part) internal pure returns (bool) {
        uint256 convs = s.p.convolutions;
        if (part.tensors.length != count(convs)) revert Steps.WrongTensors(part.tensors.length);
        Steps.exists(s, convs > 0 && s.b == 0);
        if (s.kind == QUANTISED || s.kind == CONVOLVED) {
            Steps.exists(s, s.a < convs);
            return s.kind == QUANTISED ? _quantised(s, part) : _convolved(s, part);
        }
        Steps.exists(s, s.a == 0 && s.kind <= PIXELS);
        return s.kind == CODES ? _code(s, part) : _pixel(s, part);
    }

    /// @dev Tensors of a picture.
    function count(uint256 convs) internal pure returns (uint256) {
        return EACH * convs + 2;
    }

    function _code(Step memory s, Part calldata part) private pure returns (bool) {
        Map memory m = s.p.grid();
        Steps.exists(s, s.i < m.length());
        int256 v = _lookedUp(s, part, m);
        return Openings.int32Of(s.c, part.tensors[0], 1, 0, m.length(), s.i) == v;
    }

    /// @dev What the codebook has for value `s.i` of the map of the codes.
    function _lookedUp(Step memory s, Part calldata part, Map memory m) private pure returns (int256) {
        Openings.Matrix memory x = Openings.Matrix(s.p.codebook(), 0, m.channels);
        uint256 first;
        (first, x.rows) = s.p.codes();
        uint256 place = uint256(part.prompt) + s.i / m.channels;
        uint256 id = uint32(int32(Openings.int32Of(s.c, part.ids, 1, 0, uint256(part.positions) + 1, place)));
        // An id that is no code stands for the first.
        return _weight(s, part, x, id >= first && id - first < x.rows ? id - first : 0, s.i % m.channels);
    }

    /// @dev A value of a row of the codebook.
    function _weight(Step memory s, Part calldata part, Openings.Matrix memory x, uint256 row, uint256 column)
        private
        pure
        returns (int256)
    {
        uint256 leaf = column / Openings.COLUMNS;
        uint256 columns = x.columns - leaf * Openings.COLUMNS;
        if (columns > Openings.COLUMNS) columns = Openings.COLUMNS;
        uint256 w = Openings.weights(s.c, s.p, part.modelId, x, row, leaf, leaf + 1);
        return Embedding.element(Openings.spec(s.p, x.index), w, columns, column % Openings.COLUMNS, Fixed.F);
    }

    function _quantised(Step memory s, Part calldata part) private pure returns (bool) {
        Map memory m = s.p.before(s.a);
        uint256 n = m.length();
        Steps.exists(s, s.i < n);
        uint256 scale = _scale(s, part);
        int256 x = _number(s, part, m);
        uint256 peak = Bfpq.peak(scale);
        if (peak >= n) return Steps.unread(s);
        int256 v = _activated(s, part, n, s.i);
        return Bfpq.holds(scale, x, s.i, v, _activated(s, part, n, peak), Fixed.F);
    }

    /// @dev Number `s.i` of the quantised map before convolution `s.a`.
    function _number(Step memory s, Part calldata part, Map memory m) private pure returns (int256) {
        uint256 place = s.i / m.channels;
        uint256 column = place % m.width;
        return Witness.int16At(_places(s, part, m, place / m.width, column, column + 1) + 2 * (s.i % m.channels));
    }

    function _convolved(Step memory s, Part calldata part) private pure returns (bool) {
        (Map memory m, Map memory out) = (s.p.before(s.a), s.p.before(s.a + 1));
        Steps.exists(s, s.i < out.length());
        Conv2d.Neighbourhood memory n;
        n.e = Bfpq.exponent(_scale(s, part));
        n.channels = m.channels;
        _open(s, part, m, out, n);
        Openings.Matrix memory x = Openings.Matrix(s.p.codebook() + 1 + s.a, out.channels, Conv2d.PLACES * m.channels);
        uint256 w = Openings.weights(s.c, s.p, part.modelId, x, s.i % out.channels, 0, Openings.rowLeaves(x.columns));
        int256 y = Openings.int32Of(s.c, part.tensors[EACH * (s.a + 1)], 1, 0, out.length(), s.i);
        return y == Conv2d.element(Openings.spec(s.p, x.index), w, n, Fixed.F);
    }

    /// @dev Opens what convolution `s.a` reads for its output `s.i`, of a map that may be doubled: each place once.
    function _open(Step memory s, Part calldata part, Map memory m, Map memory out, Conv2d.Neighbourhood memory n) private pure {
        bool isDoubled = out.height != m.height;
        uint256 row = s.i / out.channels / out.width;
        (uint256 opened, uint256 at) = (type(uint256).max, 0);
        for (uint256 ky = 0; ky < 3; ky++) {
            uint256 y = row + ky;
            if (y == 0 || y > out.height) continue;
            y = _source(y - 1, isDoubled);
            if (y != opened) (opened, at) = (y, _openRow(s, part, m, out, y));
            _look(s, m, out, n, 3 * ky, at);
        }
    }

    /// @dev Opens row `y` of the map where convolution `s.a` reads it for its output `s.i`.
    function _openRow(Step memory s, Part calldata part, Map memory m, Map memory out, uint256 y) private pure returns (uint256) {
        (uint256 left, uint256 right) = _columns(s, m, out);
        return _places(s, part, m, y, left, right + 1);
    }

    /// @dev Notes three places of the row whose opened places begin at `at`.
    function _look(Step memory s, Map memory m, Map memory out, Conv2d.Neighbourhood memory n, uint256 first, uint256 at)
        private
        pure
    {
        (uint256 left,) = _columns(s, m, out);
        uint256 column = s.i / out.channels % out.width;
        for (uint256 kx = 0; kx < 3; kx++) {
            uint256 x = column + kx;
            if (x == 0 || x > out.width) continue;
            n.at[first + kx] = at + 2 * m.channels * (_source(x - 1, out.width != m.width) - left);
        }
    }

    /// @dev The first and the last column of the map that convolution `s.a` reads for its output `s.i`.
    function _columns(Step memory s, Map memory m, Map memory out) private pure returns (uint256 left, uint256 right) {
        bool isDoubled = out.width != m.width;
        uint256 column = s.i / out.channels % out.width;
        left = _source(column == 0 ? 0 : column - 1, isDoubled);
        right = _source(column + 1 < out.width ? column + 1 : column, isDoubled);
    }

    function _pixel(Step memory s, Part calldata part) private pure returns (bool) {
        Map memory m = s.p.before(s.p.convolutions);
        uint256 n = m.length();
        Steps.exists(s, s.i < n);
        uint256 tensor = EACH * s.p.convolutions;
        uint256 found = _byte(s, part.tensors[tensor + 1], m);
        return found == Pixel.element(Openings.int32Of(s.c, part.tensors[tensor], 1, 0, n, s.i));
    }

    /// @dev Byte `s.i` of the colours in the file of the picture.
    function _byte(Step memory s, bytes32 file, Map memory m) private pure returns (uint256) {
        uint256 place = Png.place(s.i, m.width);
        uint256 last = Png.length(m.height, m.width);
        uint256 leaves = (last + Openings.SECTION_LEAF - 1) / Openings.SECTION_LEAF;
        last -= (leaves - 1) * Openings.SECTION_LEAF;
        uint256 leaf = place / Openings.SECTION_LEAF;
        Openings.Shape memory shape = Openings.Shape(1, leaves, Openings.SECTION_LEAF, last);
        return Witness.word(Openings.open(s.c, file, shape, 0, leaf, leaf + 1) + place % Openings.SECTION_LEAF) >> 248;
    }

    /// @dev Number `i` of the map before convolution `s.a`, as it is quantised: after SiLU, but for the codes.
    function _activated(Step memory s, Part calldata part, uint256 n, uint256 i) private pure returns (int256) {
        int256 x = Openings.int32Of(s.c, part.tensors[EACH * s.a], 1, 0, n, i);
        return s.a == 0 ? x : Silu.element(Exp2neg.table(), x);
    }

    /// @dev Exponent and peak of the quantised map before convolution `s.a`.
    function _scale(Step memory s, Part calldata part) private pure returns (uint256) {
        Openings.Shape memory shape = Openings.Shape(1, 1, Openings.BFP_HEAD, Openings.BFP_HEAD);
        return Openings.open(s.c, part.tensors[EACH * s.a + 1], shape, 0, 0, 1);
    }

    /// @dev Places `from` to before `to` of a row of the quantised map before convolution `s.a`.
    function _places(Step memory s, Part calldata part, Map memory m, uint256 row, uint256 from, uint256 to)
        private
        pure
        returns (uint256)
    {
        Openings.Shape memory shape = Openings.Shape(m.height, m.width, 2 * m.channels, 2 * m.channels);
        return Openings.open(s.c, part.tensors[EACH * s.a + 2], shape, row, from, to);
    }

    function _source(uint256 i, bool isDoubled) private pure returns (uint256) {
        return isDoubled ? Upsample.source(i) : i;
    }
}
