// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Openings} from "./Openings.sol";
import {Program, Programs} from "./Program.sol";
import {Part, Projection, Step, Steps} from "./Steps.sol";
import {Witness} from "./Witness.sol";
import {Attention} from "./ops/Attention.sol";
import {Bfpq} from "./ops/Bfpq.sol";
import {Exp2neg} from "./ops/Exp2neg.sol";
import {Fixed} from "./ops/Fixed.sol";
import {Residual} from "./ops/Residual.sol";
import {Rope} from "./ops/Rope.sol";
import {Swiglu} from "./ops/Swiglu.sol";

/// @title Steps of a layer
library LayerSteps {
    using Programs for Program;

    /// @dev By the order of the layer's tensors, which is that of the kinds of steps.
    enum Kind {
        Normed,
        Q,
        K,
        V,
        QBfp,
        KBfp,
        VBfp,
        Scores,
        Folds,
        Attended,
        AttendedBfp,
        O,
        Mid,
        FfnNormed,
        Gate,
        Up,
        Gated,
        Down,
        After
    }

    /// @dev Tensors of a layer.
    uint256 internal constant TENSORS = 19;

    /// @dev Whether a step holds.
    function holds(Step memory s, Part calldata part) internal pure returns (bool) {
        if (part.tensors.length != TENSORS) revert Steps.WrongTensors(part.tensors.length);
        Steps.exists(s, s.kind < TENSORS && part.layer < s.p.layers);
        Kind kind = Kind(s.kind);
        if (kind == Kind.Normed || kind == Kind.FfnNormed) return _normed(s, part);
        if (kind == Kind.QBfp || kind == Kind.KBfp || kind == Kind.VBfp) return _head(s, part);
        if (kind == Kind.Scores) return _score(s, part);
        if (kind == Kind.Folds) return _folds(s, part);
        if (kind == Kind.Q || kind == Kind.K || kind == Kind.V) return _projection(s, part);
        if (s.a != 0) Steps.none(s);
        if (kind == Kind.Attended) return _attended(s, part);
        if (kind == Kind.AttendedBfp) return _attendedBfp(s, part);
        if (kind == Kind.Mid || kind == Kind.After) return _residual(s, part);
        if (kind == Kind.Gated) return _gated(s, part);
        return _projection(s, part);
    }

    function _normed(Step memory s, Part calldata part) private pure returns (bool) {
        bool isFirst = Kind(s.kind) == Kind.Normed;
        uint256 rows = isFirst ? uint256(part.position) + 1 : 1;
        Steps.exists(s, s.a < rows && s.b == 0 && s.i == 0);
        (bytes32 input, uint256 inputRows) = isFirst ? (part.before, part.positions) : (part.tensors[uint256(Kind.Mid)], 1);
        uint256 x = Openings.ints(s.c, input, inputRows, s.a, s.p.width, 0, s.p.width);
        return Steps.normed(s, part, x, 2 * uint256(part.layer) + (isFirst ? 0 : 1), part.tensors[s.kind], rows);
    }

    function _projection(Step memory s, Part calldata part) private pure returns (bool) {
        Program memory p = s.p;
        Kind kind = Kind(s.kind);
        uint256 seen = uint256(part.position) + 1;
        Projection memory j;
        Openings.Matrix memory m = j.matrix;
        (j.inputRows, j.outputRows, j.bits) = (1, 1, Fixed.F);
        if (kind == Kind.Q || kind == Kind.K || kind == Kind.V) {
            Steps.exists(s, kind == Kind.Q ? s.a == part.position : s.a < seen);
            (j.input, j.inputRows, j.inputRow, m.columns) = (uint256(Kind.Normed), seen, s.a, p.width);
            (m.index, m.rows) = (s.kind - 1, (kind == Kind.Q ? p.heads : p.kvHeads) * p.headSize);
            if (kind != Kind.Q) (j.outputRows, j.outputRow) = (seen, s.a);
        } else if (kind == Kind.O) {
            (j.input, m.columns) = (uint256(Kind.AttendedBfp), p.heads * p.headSize);
            (m.index, m.rows, j.bits) = (3, p.width, p.residualBits);
        } else if (kind == Kind.Down) {
            (j.input, m.columns) = (uint256(Kind.Gated), p.ffWidth);
            (m.index, m.rows, j.bits) = (6, p.width, p.residualBits);
        } else {
            (j.input, m.columns) = (uint256(Kind.FfnNormed), p.width);
            (m.index, m.rows) = (kind == Kind.Gate ? 4 : 5, p.ffWidth);
        }
        m.index += 1 + Programs.LAYER_MATRICES * uint256(part.layer);
        return Steps.linear(s, part, j, part.tensors[s.kind]);
    }

    function _head(Step memory s, Part calldata part) private pure returns (bool) {
        uint256 dh = s.p.headSize;
        uint256 seen = uint256(part.position) + 1;
        bool isQuery = Kind(s.kind) == Kind.QBfp;
        Steps.exists(s, (isQuery ? s.a == part.position : s.a < seen) && s.b < (isQuery ? s.p.heads : s.p.kvHeads) && s.i < dh);
        uint256 out = _headOut(s, part, isQuery, seen);
        uint256 x = _headIn(s, part, isQuery, seen);
        return Bfpq.peak(out) < dh && (Kind(s.kind) == Kind.VBfp ? _quantised(s, out, x) : _rotated(s, out, x));
    }

    function _quantised(Step memory s, uint256 out, uint256 x) private pure returns (bool) {
        unchecked {
            return Bfpq.holds(out, s.i, Witness.int32At(x + 4 * s.i), Witness.int32At(x + 4 * Bfpq.peak(out)), Fixed.F);
        }
    }

    function _rotated(Step memory s, uint256 out, uint256 x) private pure returns (bool) {
        Rope.Turn memory t = Rope.Turn(Rope.table(), x, s.p.headSize, s.a, s.p.increments, s.p.adjacent);
        return Bfpq.holds(out, s.i, Rope.rotated(t, s.i), Rope.rotated(t, Bfpq.peak(out)), Fixed.F + 15);
    }

    function _headOut(Step memory s, Part calldata part, bool isQuery, uint256 seen) private pure returns (uint256) {
        bytes32 root = part.tensors[s.kind];
        uint256 dh = s.p.headSize;
        if (isQuery) return Openings.open(s.c, root, Openings.headShape(1, s.p.heads, dh), 0, s.b, s.b + 1);
        return Openings.open(s.c, root, Openings.headShape(s.p.kvHeads, seen, dh), s.b, s.a, s.a + 1);
    }

    /// @dev The integers of the head before the operator, whose tensor is three places ahead.
    function _headIn(Step memory s, Part calldata part, bool isQuery, uint256 seen) private pure returns (uint256 x) {
        bytes32 root = part.tensors[s.kind - 3];
        uint256 dh = s.p.headSize;
        (uint256 from, uint256 to) = (s.b * dh, (s.b + 1) * dh);
        x = isQuery
            ? Openings.ints(s.c, root, 1, 0, s.p.heads * dh, from, to)
            : Openings.ints(s.c, root, seen, s.a, s.p.kvHeads * dh, from, to);
        unchecked {
            x += 4 * from;
        }
    }

    function _score(Step memory s, Part calldata part) private pure returns (bool) {
        Program memory p = s.p;
        Seen memory n = _seen(p, part);
        Steps.exists(s, s.a >= n.first && s.a < n.positions && s.b < p.heads && s.i == 0);
        Openings.Shape memory shape = Openings.headShape(1, p.heads, p.headSize);
        uint256 q = Openings.open(s.c, part.tensors[uint256(Kind.QBfp)], shape, 0, s.b, s.b + 1);
        (shape.rows, shape.leaves) = (p.kvHeads, n.positions);
        uint256 k = Openings.open(s.c, part.tensors[uint256(Kind.KBfp)], shape, s.b * p.kvHeads / p.heads, s.a, s.a + 1);
        uint256 at = s.a - n.first;
        uint256 z = _scores(s, part, n, at / Attention.CHUNK) + 4 * (at % Attention.CHUNK);
        return Witness.int32At(z) == Attention.score(q, k, p.headSize, p.scoreC, p.scoreExponent);
    }

    function _folds(Step memory s, Part calldata part) private pure returns (bool) {
        Seen memory n = _seen(s.p, part);
        Steps.exists(s, s.a < n.chunks && s.b < s.p.heads && s.i < s.p.headSize);
        Attention.Chunk memory chunk;
        (chunk.size, chunk.column) = (s.p.headSize, s.i);
        uint256 from = n.first + s.a * Attention.CHUNK;
        chunk.positions = n.positions - from < Attention.CHUNK ? n.positions - from : Attention.CHUNK;
        chunk.scores = _scores(s, part, n, s.a);
        chunk.values = _values(s, part, from, chunk.positions);
        Attention.Sums memory before = Attention.Sums(type(int32).min, type(int32).max, 0, 0);
        if (s.a > 0) before = _sums(s, part, n, s.a - 1);
        Attention.Sums memory now_ = _sums(s, part, n, s.a);
        return Attention.holds(before, now_, _sums(s, part, n, n.chunks - 1), chunk);
    }

    function _attended(Step memory s, Part calldata part) private pure returns (bool) {
        uint256 i = s.i;
        uint256 n = s.p.heads * s.p.headSize;
        Steps.exists(s, s.b == 0 && i < n);
        Seen memory seen = _seen(s.p, part);
        (s.b, s.i) = (i / s.p.headSize, i % s.p.headSize);
        Attention.Sums memory last = _sums(s, part, seen, seen.chunks - 1);
        int256 found = Openings.int32Of(s.c, part.tensors[uint256(Kind.Attended)], 1, 0, n, i);
        (bool isOne, int256 y) = Attention.element(last);
        return isOne && found == y;
    }

    function _attendedBfp(Step memory s, Part calldata part) private pure returns (bool) {
        uint256 n = s.p.heads * s.p.headSize;
        Steps.exists(s, s.b == 0 && s.i < n);
        (uint256 out, uint256 peak) = Steps.number(s, part.tensors[s.kind], n);
        if (peak >= n) return Steps.unread(s);
        bytes32 input = part.tensors[uint256(Kind.Attended)];
        int256 v = Openings.int32Of(s.c, input, 1, 0, n, s.i);
        int256 top = Openings.int32Of(s.c, input, 1, 0, n, peak);
        return Bfpq.holds(out, s.i, v, top, Fixed.F);
    }

    function _gated(Step memory s, Part calldata part) private pure returns (bool) {
        uint256 n = s.p.ffWidth;
        Steps.exists(s, s.b == 0 && s.i < n);
        (uint256 out, uint256 peak) = Steps.number(s, part.tensors[s.kind], n);
        if (peak >= n) return Steps.unread(s);
        bytes memory exp2 = Exp2neg.table();
        int256 v = _product(s, part, exp2, n, s.i);
        int256 top = _product(s, part, exp2, n, peak);
        return Bfpq.holds(out, s.i, v, top, 2 * Fixed.F);
    }

    function _product(Step memory s, Part calldata part, bytes memory exp2, uint256 n, uint256 i) private pure returns (int256) {
        int256 g = Openings.int32Of(s.c, part.tensors[uint256(Kind.Gate)], 1, 0, n, i);
        int256 u = Openings.int32Of(s.c, part.tensors[uint256(Kind.Up)], 1, 0, n, i);
        return Swiglu.product(exp2, g, u);
    }

    function _residual(Step memory s, Part calldata part) private pure returns (bool) {
        uint256 d = s.p.width;
        bool isMid = Kind(s.kind) == Kind.Mid;
        Steps.exists(s, s.b == 0 && s.i < d);
        int256 x = isMid
            ? Openings.int32Of(s.c, part.before, part.positions, part.position, d, s.i)
            : Openings.int32Of(s.c, part.tensors[uint256(Kind.Mid)], 1, 0, d, s.i);
        int256 y = Openings.int32Of(s.c, part.tensors[s.kind - 1], 1, 0, d, s.i);
        return Openings.int32Of(s.c, part.tensors[s.kind], 1, 0, d, s.i) == Residual.element(x, y);
    }

    /// @dev Positions up to the part's, the first that it sees, and the chunks of those.
    struct Seen {
        uint256 positions;
        uint256 first;
        uint256 chunks;
    }

    function _seen(Program memory p, Part calldata part) private pure returns (Seen memory n) {
        n.positions = uint256(part.position) + 1;
        n.first = p.firstVisible(part.position);
        n.chunks = (n.positions - n.first + Attention.CHUNK - 1) / Attention.CHUNK;
    }

    /// @dev The scores of head `s.b` in a chunk.
    function _scores(Step memory s, Part calldata part, Seen memory n, uint256 chunk) private pure returns (uint256) {
        uint256 last = 4 * (n.positions - n.first - (n.chunks - 1) * Attention.CHUNK);
        Openings.Shape memory shape = Openings.Shape(s.p.heads, n.chunks, 4 * Attention.CHUNK, last);
        return Openings.open(s.c, part.tensors[uint256(Kind.Scores)], shape, s.b, chunk, chunk + 1);
    }

    /// @dev The value heads of head `s.b` at positions.
    function _values(Step memory s, Part calldata part, uint256 from, uint256 count) private pure returns (uint256) {
        Program memory p = s.p;
        Openings.Shape memory shape = Openings.headShape(p.kvHeads, uint256(part.position) + 1, p.headSize);
        uint256 row = s.b * p.kvHeads / p.heads;
        return Openings.open(s.c, part.tensors[uint256(Kind.VBfp)], shape, row, from, from + count);
    }

    /// @dev The sums of head `s.b` and column `s.i` up to a chunk.
    function _sums(Step memory s, Part calldata part, Seen memory n, uint256 chunk) private pure returns (Attention.Sums memory) {
        uint256 length = Attention.SUMS_HEAD + 8 * s.p.headSize;
        Openings.Shape memory shape = Openings.Shape(s.p.heads, n.chunks, length, length);
        uint256 at = Openings.open(s.c, part.tensors[uint256(Kind.Folds)], shape, s.b, chunk, chunk + 1);
        return Attention.sums(at, s.i);
    }
}
