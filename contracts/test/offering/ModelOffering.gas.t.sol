// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelOffering} from "../../src/interfaces/IModelOffering.sol";
import {OfferingBase} from "./OfferingBase.sol";

/// @dev Whole transactions, printed as `gas <what> <figure>`.
/// forge-config: default.isolate = true
contract ModelOfferingGasTest is OfferingBase {
    function test_Gas_Deposit() external {
        open();
        pay(alice, 10 ether);
        most("deposit, the first", 120_000);
        pay(bob, 10 ether);
        most("deposit", 120_000);
    }

    function test_Gas_Claim() external {
        oversubscribe();
        offering.claim(alice);
        most("claim of tokens and the rest of a deposit", 160_000);
        offering.claim(bob);
        most("claim, not the first", 140_000);
    }

    function test_Gas_Refund() external {
        open();
        pay(alice, 10 ether);
        pay(bob, 10 ether);
        close();
        offering.refund(alice);
        most("refund, the first", 60_000);
        offering.refund(bob);
        most("refund", 60_000);
    }

    function test_Gas_Create() external {
        IModelOffering.Terms memory t = terms();
        factory.create(tokenTerms(), t);
        most("create token and offering", 12_000_000);
    }

    function most(string memory what, uint256 bound_) private {
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint(string.concat("gas ", what), used);
        assertLe(used, bound_);
    }
}
