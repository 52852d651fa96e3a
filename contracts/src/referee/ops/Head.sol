// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title head: the greedy choice
/// @notice `openimo_core::ops::head`.
library Head {
    /// @dev Whether id `j` does not beat the chosen one.
    function holds(int256 chosenLogit, uint256 chosen, int256 logit, uint256 j) internal pure returns (bool) {
        return logit < chosenLogit || (logit == chosenLogit && j >= chosen);
    }
}
