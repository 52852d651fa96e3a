// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Openings} from "./Openings.sol";
import {Program, Programs} from "./Program.sol";
import {Part, Projection, Step, Steps} from "./Steps.sol";
import {Embedding} from "./ops/Embedding.sol";
import {Fixed} from "./ops/Fixed.sol";
import {Head} from "./ops/Head.sol";
import {Sample} from "./ops/Sample.sol";

/// @title Steps of a choice and of the embedding
library ChoiceSteps {
    /// @dev The first kind of a choice.
    uint256 internal constant FIRST = 32;
    uint256 private constant FINAL_NORMED = FIRST;
    uint256 private constant LOGITS = 33;
    uint256 private constant GREEDY = 34;
    uint256 private constant MASSES = 35;
    uint256 private constant SAMPLED = 36;
    /// @dev The kind of the embedding.
    uint256 internal constant EMBEDDING = 48;

    /// @dev Whether a step of a choice holds.
    function holds(Step memory s, Part calldata part) internal pure returns (bool) {
        Program memory p = s.p;
        Steps.exists(s, uint256(part.position) + 1 >= part.prompt);
        bool isSeeded = part.sampler.beta > 0;
        if (part.tensors.length != (isSeeded ? 4 : 2)) revert Steps.WrongTensors(part.tensors.length);
        if (s.kind == FINAL_NORMED) {
            Steps.exists(s, s.a == 0 && s.b == 0 && s.i == 0);
            uint256 x = Openings.ints(s.c, part.before, part.positions, part.position, p.width, 0, p.width);
            return Steps.normed(s, part, x, 2 * p.layers, part.tensors[0], 1);
        }
        if (s.kind == LOGITS) {
            Steps.exists(s, s.a == 0);
            uint256 index = p.tied ? 0 : 1 + Programs.LAYER_MATRICES * p.layers;
            Openings.Matrix memory m = Openings.Matrix(index, p.vocabulary, p.width);
            return Steps.linear(s, part, Projection(0, 1, 0, m, 1, 0, Fixed.F), part.tensors[1]);
        }
        if (s.kind == GREEDY && !isSeeded) {
            Steps.exists(s, s.a == 0 && s.b == 0 && s.i < p.vocabulary);
            uint256 id = _id(s, part, uint256(part.position) + 1);
            if (id >= p.vocabulary) return Steps.unread(s);
            int256 chosen = Openings.int32Of(s.c, part.tensors[1], 1, 0, p.vocabulary, id);
            return Head.holds(chosen, id, Openings.int32Of(s.c, part.tensors[1], 1, 0, p.vocabulary, s.i), s.i);
        }
        if (s.kind == MASSES && isSeeded) return _masses(s, part);
        if (s.kind == SAMPLED && isSeeded) return _sampled(s, part);
        Steps.none(s);
    }

    function _masses(Step memory s, Part calldata part) private pure returns (bool) {
        uint256 vocabulary = s.p.vocabulary;
        uint256 chunks = (vocabulary + Openings.INTS - 1) / Openings.INTS;
        Steps.exists(s, s.a < chunks && s.b == 0 && s.i == 0);
        Sample.Thresholds memory t = _thresholds(s, part);
        uint256 from = s.a * Openings.INTS;
        uint256 n = vocabulary - from < Openings.INTS ? vocabulary - from : Openings.INTS;
        uint256 logits = _chunk(s, part, s.a);
        Sample.Sums memory before = s.a > 0 ? _mass(s, part, s.a - 1) : Sample.none();
        return Sample.holds(t, before, _mass(s, part, s.a), logits, n, part.sampler.beta);
    }

    function _sampled(Step memory s, Part calldata part) private pure returns (bool) {
        uint256 vocabulary = s.p.vocabulary;
        Steps.exists(s, s.a == 0 && s.b == 0 && s.i == 0);
        Sample.Thresholds memory t = _thresholds(s, part);
        Sample.Sums memory last = _mass(s, part, (vocabulary + Openings.INTS - 1) / Openings.INTS - 1);
        uint256 id = _id(s, part, uint256(part.position) + 1);
        if (id >= vocabulary) return Steps.unread(s);
        uint256 chunk = id / Openings.INTS;
        uint256 prefix = chunk > 0 ? _mass(s, part, chunk - 1).massFrom : 0;
        uint256 logits = _chunk(s, part, chunk);
        uint256 theta = Sample.draw(part.sampler.seed, uint256(part.position) + 1 - part.prompt, last.massFrom);
        return Sample.areThresholds(part.sampler, t, last, vocabulary)
            && Sample.chooses(t, part.sampler.beta, theta, prefix, logits, id % Openings.INTS);
    }

    /// @dev Whether an element of the embedding holds.
    function embeddingHolds(Step memory s, Part calldata part) internal pure returns (bool) {
        Program memory p = s.p;
        if (part.tensors.length != 1) revert Steps.WrongTensors(part.tensors.length);
        Steps.exists(s, s.a == 0 && s.b == 0 && s.i < p.width);
        uint256 id = _id(s, part, part.position);
        if (id >= p.vocabulary) return Steps.unread(s);
        uint256 leaf = s.i / Openings.COLUMNS;
        uint256 w = Openings.weights(s.c, p, part.modelId, Openings.Matrix(0, p.vocabulary, p.width), id, leaf, leaf + 1);
        uint256 columns = p.width - leaf * Openings.COLUMNS;
        if (columns > Openings.COLUMNS) columns = Openings.COLUMNS;
        int256 x = Embedding.element(Openings.spec(p, 0), w, columns, s.i % Openings.COLUMNS, p.residualBits);
        return Openings.int32Of(s.c, part.tensors[0], 1, 0, p.width, s.i) == x;
    }

    function _id(Step memory s, Part calldata part, uint256 position) private pure returns (uint256) {
        return uint256(uint32(int32(Openings.int32Of(s.c, part.ids, 1, 0, uint256(part.positions) + 1, position))));
    }

    function _thresholds(Step memory s, Part calldata part) private pure returns (Sample.Thresholds memory) {
        Openings.Shape memory shape = Openings.Shape(1, 1, Sample.THRESHOLDS, Sample.THRESHOLDS);
        return Sample.thresholds(Openings.open(s.c, part.tensors[2], shape, 0, 0, 1));
    }

    function _chunk(Step memory s, Part calldata part, uint256 chunk) private pure returns (uint256 at) {
        uint256 from = chunk * Openings.INTS;
        at = Openings.ints(s.c, part.tensors[1], 1, 0, s.p.vocabulary, from, from + 1);
        unchecked {
            at += 4 * from;
        }
    }

    function _mass(Step memory s, Part calldata part, uint256 chunk) private pure returns (Sample.Sums memory) {
        uint256 chunks = (s.p.vocabulary + Openings.INTS - 1) / Openings.INTS;
        Openings.Shape memory shape = Openings.Shape(1, chunks, Sample.SUMS, Sample.SUMS);
        return Sample.sums(Openings.open(s.c, part.tensors[3], shape, 0, chunk, chunk + 1));
    }
}
