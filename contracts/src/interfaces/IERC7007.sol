// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title ERC-7007, Verifiable AI-Generated Content Token
/// @dev The final text. The ERC-165 identifier, inherited functions left out, is 0x702c55a6.
interface IERC7007 is IERC165, IERC721 {
    /// @notice Data were added to a token. Prompt and data are indexed, so the log has their hashes only.
    event AigcData(uint256 indexed tokenId, bytes indexed prompt, bytes indexed aigcData, bytes proof);

    /// @notice Adds the content to a token.
    /// @param tokenId The token.
    /// @param prompt The prompt whose hash is the token's id.
    /// @param aigcData The content.
    /// @param proof What the verifier asks for; empty where it asks for nothing.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external;

    /// @notice Whether `aigcData` is the final content of `prompt`.
    /// @param prompt The prompt.
    /// @param aigcData The content.
    /// @param proof What the verifier asks for; empty where it asks for nothing.
    /// @return success True if and only if it is.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external view returns (bool success);
}
