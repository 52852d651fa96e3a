// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

import {Merkle} from "../referee/Merkle.sol";
import {Map, Pictures} from "../referee/Pictures.sol";
import {Png} from "../referee/Png.sol";
import {Program, Programs} from "../referee/Program.sol";
import {Part} from "../referee/Steps.sol";
import {Witness} from "../referee/Witness.sol";
import {RequestFields} from "./RequestFields.sol";
import {Words} from "./Words.sol";

/// @notice A run of a model, as it is asserted: everything that somebody needs who wants to run it again, and the boundaries of its trace.
/// @param modelId The model.
/// @param prompt The canonical request.
/// @param content The bytes that the output ids stand for, without a stop id at the end; of a model that draws the file of the picture.
/// @param promptIds How many of the ids are the prompt's.
/// @param ids All ids, those of the prompt first, 4 bytes big-endian each.
/// @param lengths How many bytes of the content each output id stands for, 2 bytes big-endian each; none for a stop id at the end, and none
/// at all of a model that draws.
/// @param boundaries The roots of the trace's boundaries: the vectors after the embedding, then after each layer.
struct Run {
    bytes32 modelId;
    bytes prompt;
    bytes content;
    uint32 promptIds;
    bytes ids;
    bytes lengths;
    bytes32[] boundaries;
}

/// @notice A part of a run: the smallest thing whose tensors are asked for.
enum Stage {
    Embedding,
    Layer,
    Choice,
    Picture
}

/// @notice Which part.
/// @param stage What it does.
/// @param layer The layer; zero where there is none.
/// @param position The position; zero of the picture, which is made of all output ids.
struct Place {
    Stage stage;
    uint32 layer;
    uint32 position;
}

/// @title Reading runs
library Runs {
    /// @notice The run has no such part.
    error NoSuchPart(Stage stage, uint256 layer, uint256 position);

    /// @dev Bytes of a leaf of ids, and of a leaf of the file of a picture.
    uint256 private constant IDS_LEAF = 2048;
    uint256 private constant FILE_LEAF = 1024;

    /// @dev Whether a run is one that the model could give to the request, whatever its numbers are; and what the request asks for.
    function read(Run calldata run, bytes calldata program)
        internal
        pure
        returns (bool isWellFormed, RequestFields.Fields memory f)
    {
        Program memory p = Programs.read(program);
        (isWellFormed, f) = RequestFields.read(run.prompt);
        uint256 n = run.ids.length / 4;
        uint256 prompt = run.promptIds;
        bool draws = p.convolutions > 0;
        if (!isWellFormed || (p.pieces == 0 && !draws) || run.ids.length % 4 != 0 || prompt == 0 || prompt >= n) return (false, f);
        if (prompt + f.maxTokens > p.context || n - prompt > f.maxTokens) return (false, f);
        if (keccak256(run.ids[:4 * prompt]) != f.promptHash || run.boundaries.length != p.layers + 1) return (false, f);
        if (draws) return (n - prompt == f.maxTokens && _isPicture(run, p), f);
        if (_stopIn(p, run.ids[4 * prompt:4 * (n - 1)])) return (false, f);
        bool isStopped = Words.has32(p.stopIds, p.stops, idAt(run, n - 1));
        if (!isStopped && n - prompt < f.maxTokens) return (false, f);
        uint256 pieces = isStopped ? n - prompt - 1 : n - prompt;
        isWellFormed = run.lengths.length == 2 * pieces && contentBefore(run, pieces) == run.content.length;
    }

    /// @dev Bytes of the content before those of output id `i`.
    function contentBefore(Run calldata run, uint256 i) internal pure returns (uint256) {
        return Words.sum16(run.lengths[:2 * i]);
    }

    /// @dev The bytes of the content that output id `i` stands for.
    function contentOf(Run calldata run, uint256 i) internal pure returns (bytes calldata) {
        return run.content[contentBefore(run, i):contentBefore(run, i + 1)];
    }

    /// @dev An id of a run.
    function idAt(Run calldata run, uint256 i) internal pure returns (uint256) {
        return uint32(bytes4(run.ids[4 * i:4 * i + 4]));
    }

    /// @dev What is known of a part before its tensors are; and the root of the boundary that it ends in, zero for a choice, and for a picture the
    /// digest of its file.
    function part(Run calldata run, bytes calldata program, RequestFields.Fields memory f, Place calldata place)
        internal
        pure
        returns (Part memory q, bytes32 end)
    {
        (uint256 layer, uint256 position) = (place.layer, place.position);
        uint256 layers = run.boundaries.length - 1;
        (q.modelId, q.positions, q.prompt) = (run.modelId, uint32(run.ids.length / 4 - 1), run.promptIds);
        (q.position, q.layer, q.sampler, q.ids) = (place.position, place.layer, f.sampler, idsRoot(run.ids));
        bool isThere = position < q.positions;
        if (place.stage == Stage.Embedding) {
            end = run.boundaries[0];
            isThere = isThere && layer == 0;
        } else if (place.stage == Stage.Layer) {
            isThere = isThere && layer < layers;
            if (isThere) (q.before, end) = (run.boundaries[layer], run.boundaries[layer + 1]);
        } else if (place.stage == Stage.Choice) {
            q.before = run.boundaries[layers];
            isThere = isThere && layer == 0 && position + 1 >= run.promptIds;
        } else {
            uint256 convs = Programs.convolutions(program);
            isThere = convs > 0 && layer == 0 && position == 0;
            (q.layer, end) = (uint32(convs), _root(run.content, FILE_LEAF));
        }
        if (!isThere) revert NoSuchPart(place.stage, layer, position);
    }

    /// @dev The digest of ids, as the trace has it: a tree over leaves of 512.
    function idsRoot(bytes calldata ids) internal pure returns (bytes32) {
        return _root(ids, IDS_LEAF);
    }

    /// @dev The root of a tree over leaves of so many bytes; the last may be shorter.
    function _root(bytes calldata data, uint256 leaf) private pure returns (bytes32) {
        uint256 n = (data.length + leaf - 1) / leaf;
        bytes32[] memory d = new bytes32[](n);
        for (uint256 i = 0; i < n; i++) {
            uint256 to = leaf * (i + 1);
            d[i] = keccak256(bytes.concat(hex"00", data[leaf * i:to < data.length ? to : data.length]));
        }
        for (; n > 1; n = (n + 1) / 2) {
            for (uint256 i = 0; i < n; i += 2) {
                d[i / 2] = i + 1 < n ? Merkle.node(d[i], d[i + 1]) : d[i];
            }
        }
        return d[0];
    }

    /// @dev Whether there is an id for each place of the grid, and the content is the file of a picture of that size.
    function _isPicture(Run calldata run, Program memory p) private pure returns (bool) {
        Map memory m = Pictures.grid(p);
        if (run.ids.length / 4 - run.promptIds != m.height * m.width || run.lengths.length != 0) return false;
        m = Pictures.before(p, p.convolutions);
        return Png.isFile(run.content, m.height, m.width);
    }

    /// @dev Whether one of these ids ends an output.
    function _stopIn(Program memory p, bytes calldata ids) private pure returns (bool) {
        uint256 at;
        assembly ("memory-safe") {
            at := ids.offset
        }
        for (uint256 i = 0; i < p.stops; i++) {
            if (Words.has32(at, ids.length / 4, Witness.word(p.stopIds + 4 * i) >> 224)) return true;
        }
        return false;
    }
}
