// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC7007} from "./IERC7007.sol";

/// @title ERC-7007, updatable extension
/// @dev The ERC-165 identifier is 0x3f37dce2.
interface IERC7007Updatable is IERC7007 {
    /// @notice The content of a token was replaced.
    event Update(uint256 indexed tokenId, bytes indexed prompt, bytes indexed aigcData);

    /// @notice Replaces the content of a token.
    /// @param prompt The prompt whose hash is the token's id.
    /// @param aigcData The new content.
    function update(bytes calldata prompt, bytes calldata aigcData) external;
}
