// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {BondedAssertionVerifier as Bonded} from "../../src/aigc/BondedAssertionVerifier.sol";
import {ContentClaim} from "../../src/interfaces/IContentVerifier.sol";
import {BondedHandler} from "./BondedHandler.sol";

/// @dev A request is settled after a few calls, so there are many requests and runs are not longer than they need.
/// forge-config: default.invariant.depth = 200
contract BondedAssertionVerifierInvariantTest is Test {
    uint256 private constant BOND = 1 ether;
    Bonded private _bonded;
    BondedHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        _bonded = new Bonded(BOND, 3 days, 7 days, makeAddr("arbiter"));
        _handler = new BondedHandler(_bonded);
        targetContract(address(_handler));
    }

    /// @dev Every wei is a live bond or somebody's balance: nothing is owed that is not there, and nothing is stuck.
    function invariant_EveryWeiHasAnOwner() external view {
        uint256 owed = 0;
        for (uint256 i = 0; i < _handler.ACCOUNTS(); i++) {
            owed += _bonded.balanceOf(_handler.account(i));
        }
        for (uint256 i = 0; i < _handler.REQUESTS(); i++) {
            Bonded.Status status = _bonded.assertionOf(_handler.MODEL(), _handler.requestHash(i)).status;
            if (status == Bonded.Status.Asserted) owed += BOND;
            if (status == Bonded.Status.Challenged) owed += 2 * BOND;
        }
        assertEq(address(_bonded).balance, owed);
        assertEq(address(_bonded).balance, _handler.paidIn() - _handler.paidOut());
    }

    /// @dev What was final once is final now, and is accepted; no other content is.
    function invariant_FinalIsForEver() external view {
        for (uint256 i = 0; i < _handler.REQUESTS(); i++) {
            bytes32 requestHash = _handler.requestHash(i);
            bytes32 content = _handler.wasFinal(requestHash);
            for (uint256 k = 0; k < 3; k++) {
                bytes32 other = keccak256(abi.encode(k));
                ContentClaim memory claim = ContentClaim(_handler.MODEL(), requestHash, other, address(0));
                assertEq(_bonded.isFinal(claim, ""), content == other);
                if (content != 0) assertEq(_bonded.accepts(claim, ""), content == other);
            }
        }
    }
}
