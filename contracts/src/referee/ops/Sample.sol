// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Witness} from "../Witness.sol";
import {Exp2neg} from "./Exp2neg.sol";
import {Fixed} from "./Fixed.sol";

/// @title sample: seeded choice with temperature, top-k and top-p
/// @notice `openimo_core::ops::sample`: the sums of a chunk of logits, or the choice itself.
library Sample {
    /// @dev Bytes of a leaf of sums.
    uint256 internal constant SUMS = 36;
    /// @dev Bytes of the thresholds.
    uint256 internal constant THRESHOLDS = 12;
    /// @dev Where a threshold is that is off.
    int256 private constant OFF = -2_147_483_648;

    /// @notice The sampler's integers and the seed.
    struct Sampler {
        uint32 beta;
        uint32 topK;
        uint32 topP;
        bytes32 seed;
    }

    /// @notice Largest logit, and the thresholds λ_k and λ.
    struct Thresholds {
        int256 top;
        int256 kth;
        int256 mass;
    }

    /// @notice What is summed over the logits up to a chunk.
    struct Sums {
        int256 top;
        uint256 aboveKth;
        uint256 fromKth;
        uint256 massKth;
        uint256 massAbove;
        uint256 massFrom;
    }

    /// @dev The thresholds of a leaf.
    function thresholds(uint256 at) internal pure returns (Thresholds memory) {
        unchecked {
            return Thresholds(Witness.int32At(at), Witness.int32At(at + 4), Witness.int32At(at + 8));
        }
    }

    /// @dev The sums of a leaf.
    function sums(uint256 at) internal pure returns (Sums memory s) {
        unchecked {
            s.top = Witness.int32At(at);
            s.aboveKth = Witness.word(at + 4) >> 224;
            s.fromKth = Witness.word(at + 8) >> 224;
            s.massKth = Witness.word(at + 12) >> 192;
            s.massAbove = Witness.word(at + 20) >> 192;
            s.massFrom = Witness.word(at + 28) >> 192;
        }
    }

    /// @dev The sums before the first chunk.
    function none() internal pure returns (Sums memory s) {
        s.top = OFF;
    }

    /// @dev Whether the sums `now_` follow from those before them by the `n` logits at `logits`.
    function holds(Thresholds memory t, Sums memory before, Sums memory now_, uint256 logits, uint256 n, uint256 beta)
        internal
        pure
        returns (bool)
    {
        bytes memory exp2 = Exp2neg.table();
        unchecked {
            for (uint256 i = 0; i < n; i++) {
                int256 l = Witness.int32At(logits + 4 * i);
                if (l > t.top) return false;
                if (l > before.top) before.top = l;
                if (l > t.kth) before.aboveKth++;
                if (l < t.kth) continue;
                before.fromKth++;
                uint256 p = weight(exp2, t.top, l, beta);
                before.massKth += p;
                if (l > t.mass) before.massAbove += p;
                if (l >= t.mass) before.massFrom += p;
            }
        }
        return before.top == now_.top && before.aboveKth == now_.aboveKth && before.fromKth == now_.fromKth
            && before.massKth == now_.massKth && before.massAbove == now_.massAbove && before.massFrom == now_.massFrom;
    }

    /// @dev The weight of a logit that is at most `top`, Q23.
    function weight(bytes memory exp2, int256 top, int256 l, uint256 beta) internal pure returns (uint256) {
        unchecked {
            int256 below = top - l;
            if (below > 1 << 31) below = 1 << 31;
            int256 y = Fixed.rsh(below * int256(beta), 16);
            if (y > Fixed.I32_MAX) y = Fixed.I32_MAX;
            return uint256(Exp2neg.at(exp2, uint256(y), 23));
        }
    }

    /// @dev Whether the thresholds are those of the sums over all `vocabulary` logits.
    function areThresholds(Sampler memory s, Thresholds memory t, Sums memory last, uint256 vocabulary)
        internal
        pure
        returns (bool)
    {
        if (last.top != t.top) return false;
        bool byK = s.topK > 0 && s.topK < vocabulary;
        if (byK ? last.fromKth < s.topK || last.aboveKth >= s.topK : t.kth != OFF) return false;
        if (s.topP >= 65_536) return t.mass == OFF;
        uint256 share = s.topP * last.massKth;
        return last.massFrom << 16 >= share && last.massAbove << 16 < share;
    }

    /// @dev What the draw for generated id `position` falls on, of a mass.
    function draw(bytes32 seed, uint256 position, uint256 total) internal pure returns (uint256) {
        unchecked {
            return ((uint256(keccak256(abi.encode(seed, position))) >> 192) * total) >> 64;
        }
    }

    /// @dev Whether `theta` falls on logit `index` of the chunk at `logits`, before which there is the mass `prefix`.
    function chooses(Thresholds memory t, uint256 beta, uint256 theta, uint256 prefix, uint256 logits, uint256 index)
        internal
        pure
        returns (bool)
    {
        bytes memory exp2 = Exp2neg.table();
        unchecked {
            for (uint256 i = 0;; i++) {
                int256 l = Witness.int32At(logits + 4 * i);
                // What is above the largest is refuted where it is summed.
                bool isKept = l >= t.kth && l >= t.mass && l <= t.top;
                uint256 p = isKept ? weight(exp2, t.top, l, beta) : 0;
                if (i == index) return prefix <= theta && theta < prefix + p;
                prefix += p;
            }
        }
        return false;
    }
}
