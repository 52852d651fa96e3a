// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {RevShareToken} from "../../src/revshare/RevShareToken.sol";
import {Coin, RevShareBase} from "./RevShareBase.sol";

contract RevShareTokenTest is RevShareBase {
    function test_WhenDeployed_TermsAreReadable() external view {
        assertEq(token.name(), "OpenLM");
        assertEq(token.symbol(), "OLM");
        assertEq(token.decimals(), 18);
        assertEq(token.totalSupply(), SUPPLY);
        assertEq(token.balanceOf(alice), SUPPLY * 60 / 100);
        assertEq(token.percentClaimable(), 80);
        assertEq(token.snapshotInterval(), INTERVAL);
        assertEq(token.modelId(), keccak256("model"));
        assertEq(token.revenueTokens(), list(address(coin)));
        assertEq(token.lastSnapshotId(), 0);
        assertEq(token.nextSnapshotBlock(), 1000 + INTERVAL);
        assertEq(token.lastHolder(), address(0));
    }

    function test_WhenAskedForInterfaces_AnswersTheIdentifiersOfTheERCs() external view {
        bytes4[7] memory known = [
            bytes4(0xed7b2e4e), // IERC7641
            0x5d18f986, // IERC7641AltRevToken
            0x36372b07, // IERC20
            0x01ffc9a7, // IERC165
            0xa219a025, // IERC20Metadata
            0x9d8ff7da, // IERC20Permit
            0xda287a1d // IERC6372
        ];
        for (uint256 i = 0; i < known.length; ++i) {
            assertTrue(token.supportsInterface(known[i]));
        }
        assertTrue(token.supportsInterface(type(IRevShareToken).interfaceId));
        assertFalse(token.supportsInterface(0xffffffff));
        assertFalse(token.supportsInterface(0xdb4c0549));
    }

    function test_WhenPublishedSelectorIsCalled_Answers() external {
        (bool done, bytes memory answer) = address(token).staticcall(abi.encodePacked(bytes4(0x32e2c0c2)));
        assertTrue(done);
        assertEq(abi.decode(answer, (uint256)), 80);
        (done,) = address(token).staticcall(abi.encodeWithSelector(0x2be2bb11, alice, 1));
        assertTrue(done);
        (done,) = address(token).staticcall(abi.encodeWithSelector(0x24888f98, 1));
        assertTrue(done);
        (done,) = address(token).staticcall(abi.encodeWithSelector(0x41273d45, alice, 1, address(coin)));
        assertTrue(done);
        (done,) = address(token).staticcall(abi.encodeWithSelector(0x1c3fc4c3, 1, address(coin)));
        assertTrue(done);
        vm.roll(token.nextSnapshotBlock());
        (done,) = address(token).call(abi.encodePacked(bytes4(0x9711715a)));
        assertTrue(done);
        (done,) = address(token).call(abi.encodeWithSelector(0x379607f5, 1));
        assertTrue(done);
    }

    function test_RevertWhen_SupplyIsZero() external {
        IRevShareToken.Terms memory t = terms(80, new address[](0));
        t.supply = 0;
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidSupply.selector, 0));
        new RevShareToken(t);
    }

    function test_RevertWhen_SupplyExceeds128Bits() external {
        IRevShareToken.Terms memory t = terms(80, new address[](0));
        t.supply = 2 ** 128;
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidSupply.selector, 2 ** 128));
        new RevShareToken(t);
        t.supply = 2 ** 128 - 1;
        assertEq(new RevShareToken(t).totalSupply(), 2 ** 128 - 1);
    }

    function test_RevertWhen_PercentExceeds100() external {
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidPercent.selector, 101));
        deploy(101, new address[](0));
        assertEq(deploy(100, new address[](0)).percentClaimable(), 100);
    }

    function test_RevertWhen_IntervalIsZero() external {
        IRevShareToken.Terms memory t = terms(80, new address[](0));
        t.snapshotInterval = 0;
        vm.expectRevert(IRevShareToken.InvalidInterval.selector);
        new RevShareToken(t);
    }

    function test_RevertWhen_ModelIsZero() external {
        IRevShareToken.Terms memory t = terms(80, new address[](0));
        t.modelId = 0;
        vm.expectRevert(IRevShareToken.InvalidModel.selector);
        new RevShareToken(t);
    }

    function test_RevertWhen_HolderIsZero() external {
        IRevShareToken.Terms memory t = terms(80, new address[](0));
        t.holder = address(0);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        new RevShareToken(t);
    }

    function test_RevertWhen_MoreThanEightRevenueTokens() external {
        address[] memory tokens = new address[](9);
        for (uint256 i = 0; i < 9; ++i) {
            tokens[i] = address(new Coin());
        }
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.TooManyRevenueTokens.selector, 9));
        deploy(80, tokens);
        assembly {
            mstore(tokens, 8)
        }
        assertEq(deploy(80, tokens).revenueTokens().length, 8);
    }

    function test_RevertWhen_RevenueTokenIsNoContractOrListedTwice() external {
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidRevenueToken.selector, address(0)));
        deploy(80, list(address(0)));
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidRevenueToken.selector, alice));
        deploy(80, list(alice));
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.InvalidRevenueToken.selector, address(coin)));
        deploy(80, list(address(coin), address(coin)));
    }

    function test_WhenEthArrives_SaysSo() external {
        vm.expectEmit(address(token));
        emit IRevShareToken.RevenueReceived(payer, 5 ether);
        earn(5 ether);
        assertEq(token.pendingRevenue(ETH), 5 ether);
    }

    function test_WhenSenderGives2300Gas_EthArrives() external {
        vm.deal(payer, 1 ether);
        vm.prank(payer);
        payable(address(token)).transfer(1 ether);
        assertEq(address(token).balance, 1 ether);
    }

    function test_WhenAskedForPast_AnswersTheEndOfThatBlock() external {
        vm.roll(2000);
        vm.prank(alice);
        assertTrue(token.transfer(bob, 1));
        vm.prank(alice);
        assertTrue(token.transfer(bob, 1));
        vm.roll(2001);
        assertEq(token.clock(), 2001);
        assertEq(token.CLOCK_MODE(), "mode=blocknumber&from=default");
        assertEq(token.getPastBalance(bob, 999), 0);
        assertEq(token.getPastBalance(bob, 1999), SUPPLY * 30 / 100);
        assertEq(token.getPastBalance(bob, 2000), SUPPLY * 30 / 100 + 2);
        assertEq(token.getPastTotalSupply(999), 0);
        assertEq(token.getPastTotalSupply(2000), SUPPLY);
    }

    function test_RevertWhen_BlockIsNotOver() external {
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.FutureLookup.selector, block.number, block.number));
        token.getPastBalance(alice, block.number);
        vm.expectRevert(abi.encodeWithSelector(IRevShareToken.FutureLookup.selector, block.number + 1, block.number));
        token.getPastTotalSupply(block.number + 1);
    }

    function test_WhenSigned_PermitAllows() external {
        (address signer, uint256 key) = makeAddrAndKey("signer");
        bytes32 permit = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(permit, signer, bob, 7, 0, block.timestamp));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), hash)));
        token.permit(signer, bob, 7, block.timestamp, v, r, s);
        assertEq(token.allowance(signer, bob), 7);
    }

    function testFuzz_PastBalancesAreThoseOfAPlainRecord(uint256[20] calldata seeds) external {
        address[3] memory holders = [alice, bob, carol];
        uint256[20] memory blocks;
        uint256[3][20] memory balances;
        for (uint256 i = 0; i < 20; ++i) {
            uint256 from = seeds[i] % 3;
            uint256 amount = (seeds[i] >> 16) % (token.balanceOf(holders[from]) + 1);
            vm.prank(holders[from]);
            assertTrue(token.transfer(holders[(seeds[i] >> 8) % 3], amount));
            blocks[i] = block.number;
            for (uint256 k = 0; k < 3; ++k) {
                balances[i][k] = token.balanceOf(holders[k]);
            }
            vm.roll(block.number + (seeds[i] >> 250) % 3);
        }
        vm.roll(block.number + 1);
        for (uint256 i = 0; i < 20; ++i) {
            if (i < 19 && blocks[i] == blocks[i + 1]) continue;
            for (uint256 k = 0; k < 3; ++k) {
                assertEq(token.getPastBalance(holders[k], blocks[i]), balances[i][k]);
            }
        }
    }
}
