// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC7007} from "./IERC7007.sol";

/// @title ERC-7007, enumeration extension
/// @dev The ERC-165 identifier is 0xfa1a557a.
interface IERC7007Enumerable is IERC7007 {
    /// @notice The id of the token of a prompt.
    /// @param prompt The prompt.
    /// @return The id.
    function tokenId(bytes calldata prompt) external view returns (uint256);

    /// @notice The prompt of a token.
    /// @param tokenId The token.
    /// @return The prompt.
    function prompt(uint256 tokenId) external view returns (string memory);
}
