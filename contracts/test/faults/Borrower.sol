// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {RevShareToken} from "../../src/revshare/RevShareToken.sol";
import {SampleToken} from "./PublishedTokens.sol";

/// @dev Has tokens for one transaction only.
contract Borrower {
    function takeSample(SampleToken token, address lender) external {
        uint256 all = token.balanceOf(lender);
        require(token.transferFrom(lender, address(this), all));
        token.claim(token.snapshot());
        require(token.transfer(lender, all));
    }

    function takeOurs(RevShareToken token, address lender) external {
        uint256 all = token.balanceOf(lender);
        require(token.transferFrom(lender, address(this), all));
        token.claim(token.snapshot());
        require(token.transfer(lender, all));
    }

    receive() external payable {}
}

/// @dev Takes no ETH, but can call.
contract Vault {
    function run(address target, bytes calldata data) external returns (bool done) {
        (done,) = target.call(data);
    }
}

/// @dev Takes ETH, but cannot call.
contract Pool {
    receive() external payable {}
}
