// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {RevShareToken} from "../../src/revshare/RevShareToken.sol";

/// @dev A revenue token of a model.
function revenueOf(bytes32 modelId) returns (address) {
    return address(
        new RevShareToken(
            IRevShareToken.Terms({
                name: "Tiny revenue",
                symbol: "TINYR",
                supply: 1_000_000 ether,
                holder: address(0xcafe),
                percentClaimable: 80,
                snapshotInterval: 7200,
                modelId: modelId,
                revenueTokens: new address[](0)
            })
        )
    );
}
