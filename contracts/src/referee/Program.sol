// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts are of numbers that are known to fit.
// forge-lint: disable-start(unsafe-typecast)

/// @title What the referee needs to know of a model
/// @notice The numbers of a model's manifest that shape its operators, as bytes: `d_model, n_layers, n_heads, n_kv_heads, head_dim, d_ff, vocab,
/// context, sliding window (0: none), score_c, length of the section pieces` u32 each, `eps` u64, `fres, score_ce, adjacent pairs` u8 each, a
/// byte of `tied` and twice the convolutions of the decoder, `rope_inc` u32 each, a byte for each matrix: its bits, and 16 where blocks have 16
/// columns, 32 with offsets, 64 with biases. Then, of a model that writes, the ids that end an output, u32 each; of one that draws `grid_height,
/// grid_width, first_code, codes, code_dim` u32 each, and for each convolution `channels` u32 and `upsample` u8. All big-endian.
struct Program {
    uint256 width;
    uint256 layers;
    uint256 heads;
    uint256 kvHeads;
    uint256 headSize;
    uint256 ffWidth;
    uint256 vocabulary;
    uint256 context;
    uint256 slidingWindow;
    uint256 scoreC;
    uint256 pieces;
    uint256 eps;
    int256 residualBits;
    int256 scoreExponent;
    bool adjacent;
    bool tied;
    /// Convolutions of the decoder; zero of a model that writes.
    uint256 convolutions;
    /// Sections of the model's file.
    uint256 sections;
    /// Where increments, matrices, and what is behind them are in the call's data: the ids that end an output, and how many of these there are;
    /// or the decoder.
    uint256 increments;
    uint256 matrices;
    uint256 stopIds;
    uint256 stops;
}

/// @title Reading a program
library Programs {
    /// @dev Bytes before the increments.
    uint256 internal constant HEAD = 56;
    /// @dev Sections before the first matrix.
    uint256 internal constant FIRST_MATRIX = 5;
    /// @dev Matrices of a layer.
    uint256 internal constant LAYER_MATRICES = 7;
    /// @dev Section of the normalisations.
    uint256 internal constant NORMS = 4;
    /// @dev Section of the bytes of ids.
    uint256 internal constant PIECES = 3;

    /// @dev Reads a program that has been found to be that of its model.
    function read(bytes calldata data) internal pure returns (Program memory p) {
        p.width = _uint32(data, 0);
        p.layers = _uint32(data, 4);
        p.heads = _uint32(data, 8);
        p.kvHeads = _uint32(data, 12);
        p.headSize = _uint32(data, 16);
        p.ffWidth = _uint32(data, 20);
        p.vocabulary = _uint32(data, 24);
        p.context = _uint32(data, 28);
        p.slidingWindow = _uint32(data, 32);
        p.scoreC = _uint32(data, 36);
        p.pieces = _uint32(data, 40);
        p.eps = uint64(bytes8(data[44:52]));
        p.residualBits = int256(uint256(uint8(data[52])));
        p.scoreExponent = int256(uint256(uint8(data[53])));
        p.adjacent = data[54] != 0;
        p.tied = uint8(data[55]) & 1 != 0;
        p.convolutions = convolutions(data);
        p.sections = sections(p.layers, p.tied, p.convolutions);
        uint256 at;
        assembly ("memory-safe") {
            at := data.offset
        }
        p.increments = at + HEAD;
        p.matrices = p.increments + 2 * p.headSize;
        p.stopIds = p.matrices + p.sections - FIRST_MATRIX;
        if (p.convolutions == 0) p.stops = (at + data.length - p.stopIds) / 4;
    }

    /// @dev Convolutions of the decoder of a model with this program.
    function convolutions(bytes calldata data) internal pure returns (uint256) {
        return uint8(data[55]) >> 1;
    }

    /// @dev Sections of the file of a model: those of the decoder, a codebook and the convolutions, are last.
    function sections(uint256 layers, bool tied, uint256 convs) internal pure returns (uint256) {
        return FIRST_MATRIX + 1 + LAYER_MATRICES * layers + (tied ? 0 : 1) + (convs > 0 ? convs + 1 : 0);
    }

    /// @dev The first position that a position sees.
    function firstVisible(Program memory p, uint256 position) internal pure returns (uint256) {
        return p.slidingWindow == 0 || position < p.slidingWindow ? 0 : position + 1 - p.slidingWindow;
    }

    function _uint32(bytes calldata data, uint256 at) private pure returns (uint256) {
        return uint32(bytes4(data[at:at + 4]));
    }
}
