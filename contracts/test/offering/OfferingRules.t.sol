// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IModelOffering} from "../../src/interfaces/IModelOffering.sol";
import {ModelOffering} from "../../src/offering/ModelOffering.sol";
import {OfferingRules} from "../../src/offering/OfferingRules.sol";
import {OfferingBase} from "./OfferingBase.sol";
import {VastCoin} from "./OfferingCoins.sol";

contract OfferingRulesTest is OfferingBase {
    function refused(IModelOffering.Terms memory t, bytes memory why) private {
        vm.expectRevert(why);
        new ModelOffering(address(token), t);
    }

    function test_WhenTermsAreInOrder_TheyAreKept() external view {
        (address token_, IModelOffering.Terms memory t, address[3] memory wallets) = offering.terms();
        assertEq(token_, address(token));
        assertEq(keccak256(abi.encode(t)), keccak256(abi.encode(terms())));
        assertTrue(wallets[0] != wallets[1] && wallets[1] != wallets[2] && wallets[0].code.length > 0);
    }

    function test_WhenModelIsAnother_Refused() external {
        IModelOffering.Terms memory t = terms();
        t.modelId = keccak256("another");
        refused(t, abi.encodeWithSelector(OfferingRules.TermsWrongModel.selector, t.modelId, MODEL));
    }

    function test_WhenMoneyIsWrong_Refused() external {
        IModelOffering.Terms memory t = terms();
        t.currency = address(token);
        refused(t, abi.encodeWithSelector(OfferingRules.TermsInvalidCurrency.selector, t.currency));
        t.currency = alice;
        refused(t, abi.encodeWithSelector(OfferingRules.TermsInvalidCurrency.selector, t.currency));
        t.currency = address(new VastCoin());
        refused(t, abi.encodeWithSelector(OfferingRules.TermsInvalidCurrency.selector, t.currency));
        t = terms();
        t.target = 0;
        refused(t, abi.encodeWithSelector(OfferingRules.TermsInvalidTarget.selector, 0, t.cap));
        t.target = t.cap + 1;
        refused(t, abi.encodeWithSelector(OfferingRules.TermsInvalidTarget.selector, t.cap + 1, t.cap));
        t = terms();
        t.forSale = t.cap - 1;
        refused(t, abi.encodeWithSelector(OfferingRules.TermsPriceTooCoarse.selector, t.cap - 1, t.cap));
        t = terms();
        t.accountCap = 0;
        refused(t, abi.encodeWithSelector(OfferingRules.TermsInvalidAccountCap.selector, 0, t.cap));
        t.accountCap = t.cap + 1;
        refused(t, abi.encodeWithSelector(OfferingRules.TermsInvalidAccountCap.selector, t.cap + 1, t.cap));
    }

    function test_WhenTimesAreWrong_Refused() external {
        uint256 now_ = block.timestamp;
        uint64[2] memory starts = [uint64(now_ - 1), uint64(now_ + 365 days + 1)];
        for (uint256 i = 0; i < 2; ++i) {
            IModelOffering.Terms memory t = terms();
            (t.start, t.end) = (starts[i], starts[i] + 1 days);
            refused(t, abi.encodeWithSelector(OfferingRules.TermsInvalidStart.selector, t.start, now_, now_ + 365 days));
        }
        uint64[2] memory opens = [uint64(1 hours - 1), uint64(90 days + 1)];
        for (uint256 i = 0; i < 2; ++i) {
            IModelOffering.Terms memory t = terms();
            t.end = t.start + opens[i];
            refused(
                t,
                abi.encodeWithSelector(
                    OfferingRules.TermsInvalidEnd.selector, t.end, uint256(t.start) + 1 hours, uint256(t.start) + 90 days
                )
            );
        }
    }

    function test_WhenSharesAreWrong_Refused() external {
        IModelOffering.Terms memory t = terms();
        t.team.proceedsBps += 1;
        refused(t, abi.encodeWithSelector(OfferingRules.TermsSharesNotWhole.selector, 10_001));
        t = terms();
        t.liquidity.tokens -= 1;
        refused(t, abi.encodeWithSelector(OfferingRules.TermsSupplyMismatch.selector, SUPPLY - 1, SUPPLY));
        t = terms();
        t.treasury.beneficiary = address(0);
        refused(t, abi.encodeWithSelector(OfferingRules.TermsZeroBeneficiary.selector, IModelOffering.Part.Treasury));
    }

    function test_WhenSchedulesAreWrong_Refused() external {
        IModelOffering.Terms memory t = terms();
        t.team.duration = 30 days - 1;
        refused(t, vesting(IModelOffering.Part.Team, t.team));
        t = terms();
        t.treasury.duration = 3650 days + 1;
        refused(t, vesting(IModelOffering.Part.Treasury, t.treasury));
        t = terms();
        t.team.cliff = t.team.duration + 1;
        refused(t, vesting(IModelOffering.Part.Team, t.team));
        t = terms();
        t.liquidity.duration = 1;
        refused(t, vesting(IModelOffering.Part.Liquidity, t.liquidity));
    }

    function vesting(IModelOffering.Part part, IModelOffering.Share memory share) private pure returns (bytes memory) {
        return abi.encodeWithSelector(OfferingRules.TermsInvalidVesting.selector, part, share.cliff, share.duration);
    }
}
