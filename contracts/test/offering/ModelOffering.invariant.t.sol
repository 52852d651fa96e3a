// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelOffering} from "../../src/interfaces/IModelOffering.sol";
import {OfferingBase} from "./OfferingBase.sol";
import {OfferingHandler} from "./OfferingHandler.sol";

contract ModelOfferingInvariantTest is OfferingBase {
    OfferingHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = new OfferingHandler(offering, token);
        targetContract(address(handler));
    }

    /// @dev What everyone is owed is there, and the contract's sum of deposits is that of the accounts.
    function invariant_EverythingOwedIsThere() external view {
        (, IModelOffering.Terms memory t,) = offering.terms();
        assertEq(keccak256(abi.encode(t)), handler.termsHash());
        IModelOffering.State memory s;
        uint256 owed;
        uint256 tokens;
        uint256 sum;
        for (uint256 i = 0; i < handler.count(); ++i) {
            s = offering.state(handler.accounts(i));
            sum += s.deposited;
            if (!s.settled) {
                owed += s.refund;
                tokens += s.allocation;
            }
        }
        assertEq(s.raised, sum);
        assertEq(sum, handler.raised());
        if (uint8(offering.phase()) < uint8(IModelOffering.Phase.Succeeded)) {
            assertEq(address(offering).balance, sum + handler.forced());
            return;
        }
        assertGe(address(offering).balance, owed);
        if (offering.phase() == IModelOffering.Phase.Succeeded) {
            assertGe(token.balanceOf(address(offering)), tokens);
            assertLe(handler.tokensOut() + tokens, t.forSale);
            assertLe(handler.paidBack() + owed, sum - _kept(sum, t.cap));
        } else {
            assertEq(handler.paidBack() + owed, sum);
        }
    }

    /// @dev At the end everyone is paid, in whatever order.
    function afterInvariant() external {
        close();
        if (!handler.finalized()) offering.finalize();
        bool won = offering.phase() == IModelOffering.Phase.Succeeded;
        uint256 parts;
        if (won) {
            (,, address[3] memory wallets) = offering.terms();
            for (uint8 i = 0; i < 3; ++i) {
                if (token.balanceOf(wallets[i]) == 0) offering.release(IModelOffering.Part(i));
                parts += wallets[i].balance;
            }
            assertEq(parts, _kept(handler.raised(), terms().cap));
        }
        for (uint256 i = handler.count(); i > 0; --i) {
            handler.settle(i - 1, true);
        }
        // Every wei that came in is with the accounts, the parts, the token or, by rounding, still here.
        try offering.forwardExcess(ETH) {} catch {}
        assertEq(address(offering).balance, 0);
        assertLe(handler.paidBack() + parts, handler.raised());
        assertLe(handler.raised() - handler.paidBack() - parts, handler.count());
    }

    function _kept(uint256 raised, uint256 cap) private pure returns (uint256) {
        return raised < cap ? raised : cap;
    }
}
