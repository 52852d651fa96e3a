// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IModelOffering} from "../interfaces/IModelOffering.sol";
import {IRevShareToken} from "../interfaces/IRevShareToken.sol";
import {OfferingMath} from "./OfferingMath.sol";
import {OfferingTerms} from "./OfferingTerms.sol";

/// @title An Initial Model Offering
/// @dev What accounts are owed follows from `_raised`, their deposit and the terms; the balance of the contract is never asked, so
/// ETH or tokens that nobody deposited change nothing. Every account and part is paid by a call of its own.
contract ModelOffering is OfferingTerms, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct Account {
        uint128 deposited;
        bool settled;
    }

    uint128 private _raised;
    /// @dev Deposits of accounts that were paid. What is owed to the others follows from the difference, without a loop.
    uint128 private _settled;
    mapping(address => Account) private _accounts;

    bool private _finalized;
    bool[3] private _released;

    /// @param token The model's revenue token. The creator gives this contract its whole supply.
    /// @param fixedTerms The terms.
    constructor(address token, Terms memory fixedTerms) OfferingTerms(token, fixedTerms) {}

    /// @dev The token pays revenue of the tokens that wait here; `forwardExcess` passes it on.
    receive() external payable {
        if (msg.sender != TOKEN) revert OfferingDirectPayment(msg.sender);
    }

    /// @inheritdoc IModelOffering
    function deposit(uint256 amount) external payable nonReentrant {
        _deposit(amount);
    }

    /// @inheritdoc IModelOffering
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external nonReentrant {
        if (CURRENCY == address(0)) revert OfferingPermitOfEther();
        // A permit can be sent by anyone who sees it. If it is used up, the allowance is there; if not, the transfer says so.
        try IERC20Permit(CURRENCY).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(amount);
    }

    /// @inheritdoc IModelOffering
    function claim(address account) external nonReentrant {
        _claim(account, account);
    }

    /// @inheritdoc IModelOffering
    function claimTo(address to) external nonReentrant {
        _claim(msg.sender, to);
    }

    /// @inheritdoc IModelOffering
    function refund(address account) external nonReentrant {
        _refund(account, account);
    }

    /// @inheritdoc IModelOffering
    function refundTo(address to) external nonReentrant {
        _refund(msg.sender, to);
    }

    /// @inheritdoc IModelOffering
    function finalize() external nonReentrant {
        Phase now_ = phase();
        if (now_ != Phase.Succeeded && now_ != Phase.Failed) revert OfferingWrongPhase(now_);
        if (_finalized) revert OfferingAlreadyFinalized();
        _finalized = true;

        uint256 raised = _raised;
        if (now_ == Phase.Failed) {
            emit Finalized(false, raised, 0, 0, 0);
            uint256 supply = IERC20(TOKEN).balanceOf(address(this));
            emit SupplyReturned(TREASURY_BENEFICIARY, supply);
            IERC20(TOKEN).safeTransfer(TREASURY_BENEFICIARY, supply);
            return;
        }

        uint256 sold = OfferingMath.scaled(FOR_SALE, raised, CAP);
        uint256 burnt = FOR_SALE - sold;
        for (uint256 i = 0; i < 3; ++i) {
            (, uint256 tokens,) = _part(Part(i));
            burnt += tokens - OfferingMath.scaled(tokens, raised, CAP);
        }
        emit Finalized(true, raised, OfferingMath.proceeds(raised, CAP), sold, burnt);
        // The token burns nothing in the block of a snapshot, which anyone can take. Then what is unsold is excess: `forwardExcess`.
        if (burnt > 0) try IRevShareToken(TOKEN).burnTo(burnt, new address[](0), address(this)) {} catch {}
    }

    /// @inheritdoc IModelOffering
    function release(Part part) external nonReentrant {
        _requireFinalized();
        Phase now_ = phase();
        if (now_ != Phase.Succeeded) revert OfferingWrongPhase(now_);
        if (_released[uint8(part)]) revert OfferingAlreadyReleased(part);
        _released[uint8(part)] = true;

        (address wallet,,) = _part(part);
        (uint256 tokens, uint256 money) = _due(part);
        emit Released(part, wallet, tokens, money);
        IERC20(TOKEN).safeTransfer(wallet, tokens);
        _pay(wallet, money);
    }

    /// @inheritdoc IModelOffering
    function forwardExcess(address asset) external nonReentrant {
        _requireFinalized();
        uint256 balance = asset == address(0) ? address(this).balance : IERC20(asset).balanceOf(address(this));
        uint256 owed = _owed(asset);
        if (balance <= owed) revert OfferingNoExcess(asset);
        uint256 excess = balance - owed;

        if (asset == TOKEN) {
            emit ExcessForwarded(asset, address(0), excess);
            // What burnt tokens could redeem is left to the other holders.
            IRevShareToken(TOKEN).burnTo(excess, new address[](0), address(this));
        } else if (asset == address(0)) {
            emit ExcessForwarded(asset, TOKEN, excess);
            Address.sendValue(payable(TOKEN), excess);
        } else {
            address to = _isRevenueToken(asset) ? TOKEN : TREASURY_WALLET;
            emit ExcessForwarded(asset, to, excess);
            IERC20(asset).safeTransfer(to, excess);
        }
    }

    /// @inheritdoc IModelOffering
    function state(address account) external view returns (State memory) {
        uint256 raised = _raised;
        uint256 deposited = _accounts[account].deposited;
        bool enough = raised >= TARGET;
        return State({
            phase: phase(),
            finalized: _finalized,
            raised: raised,
            deposited: deposited,
            allocation: enough ? OfferingMath.allocation(deposited, raised, CAP, FOR_SALE) : 0,
            refund: enough ? OfferingMath.rest(deposited, raised, CAP) : deposited,
            settled: _accounts[account].settled
        });
    }

    /// @inheritdoc IModelOffering
    function phase() public view returns (Phase) {
        if (block.timestamp < START) return Phase.Pending;
        if (block.timestamp < END) return Phase.Open;
        return _raised >= TARGET ? Phase.Succeeded : Phase.Failed;
    }

    function _deposit(uint256 amount) private {
        Phase now_ = phase();
        if (now_ != Phase.Open) revert OfferingWrongPhase(now_);
        if (amount == 0) revert OfferingZeroDeposit();
        uint256 value = CURRENCY == address(0) ? amount : 0;
        if (msg.value != value) revert OfferingWrongValue(value, msg.value);

        uint256 deposited = _accounts[msg.sender].deposited;
        uint256 room = ACCOUNT_CAP - deposited;
        if (amount > room) revert OfferingAccountCapExceeded(msg.sender, amount, room);

        // The cap of an account is below 2^128.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint128 added = uint128(amount);
        _accounts[msg.sender].deposited += added;
        uint128 raised = _raised + added;
        _raised = raised;
        emit Deposited(msg.sender, amount, deposited + amount, raised);

        if (CURRENCY != address(0)) {
            uint256 expected = IERC20(CURRENCY).balanceOf(address(this)) + amount;
            IERC20(CURRENCY).safeTransferFrom(msg.sender, address(this), amount);
            uint256 balance = IERC20(CURRENCY).balanceOf(address(this));
            if (balance != expected) revert OfferingInexactTransfer(expected, balance);
        }
    }

    function _claim(address account, address to) private {
        Phase now_ = phase();
        if (now_ != Phase.Succeeded) revert OfferingWrongPhase(now_);
        uint256 deposited = _settle(account, to);

        uint256 raised = _raised;
        uint256 tokens = OfferingMath.allocation(deposited, raised, CAP, FOR_SALE);
        uint256 rest = OfferingMath.rest(deposited, raised, CAP);
        emit Claimed(account, to, tokens, rest);
        IERC20(TOKEN).safeTransfer(to, tokens);
        _pay(to, rest);
    }

    function _refund(address account, address to) private {
        Phase now_ = phase();
        if (now_ != Phase.Failed) revert OfferingWrongPhase(now_);
        uint256 deposited = _settle(account, to);
        emit Refunded(account, to, deposited);
        _pay(to, deposited);
    }

    function _settle(address account, address to) private returns (uint256 deposited) {
        if (to == address(0) || to == address(this)) revert OfferingInvalidRecipient(to);
        deposited = _accounts[account].deposited;
        if (deposited == 0) revert OfferingNoDeposit(account);
        if (_accounts[account].settled) revert OfferingAlreadySettled(account);
        _accounts[account].settled = true;
        // The sum of deposits is `_raised`.
        // forge-lint: disable-next-line(unsafe-typecast)
        _settled += uint128(deposited);
    }

    function _pay(address to, uint256 amount) private {
        if (amount == 0) return;
        if (CURRENCY == address(0)) Address.sendValue(payable(to), amount);
        else IERC20(CURRENCY).safeTransfer(to, amount);
    }

    function _isRevenueToken(address asset) private view returns (bool) {
        address[] memory tokens = IRevShareToken(TOKEN).revenueTokens();
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (tokens[i] == asset) return true;
        }
        return false;
    }

    function _requireFinalized() private view {
        if (!_finalized) revert OfferingNotFinalized();
    }

    function _part(Part part) private view returns (address wallet, uint256 tokens, uint256 bps) {
        if (part == Part.Team) return (TEAM_WALLET, TEAM_TOKENS, TEAM_BPS);
        if (part == Part.Treasury) return (TREASURY_WALLET, TREASURY_TOKENS, TREASURY_BPS);
        return (LIQUIDITY_WALLET, LIQUIDITY_TOKENS, LIQUIDITY_BPS);
    }

    /// @dev What a part is paid. The treasury's money is what the others' rounded shares leave, so the three sum to the proceeds.
    function _due(Part part) private view returns (uint256 tokens, uint256 money) {
        uint256 bps;
        (, tokens, bps) = _part(part);
        tokens = OfferingMath.scaled(tokens, _raised, CAP);
        uint256 total = OfferingMath.proceeds(_raised, CAP);
        money = part == Part.Treasury
            ? total - OfferingMath.shareOf(total, TEAM_BPS) - OfferingMath.shareOf(total, LIQUIDITY_BPS)
            : OfferingMath.shareOf(total, bps);
    }

    /// @dev The most that is still owed of an asset, after `finalize`. The accounts' sum of rounded amounts is no more than the
    /// rounded amount of their sum, so this falls to what is left for the parts when the last account is paid.
    function _owed(address asset) private view returns (uint256 owed) {
        uint256 raised = _raised;
        uint256 waiting = raised - _settled;
        if (raised < TARGET) return asset == CURRENCY ? waiting : 0;

        if (asset == TOKEN) owed = OfferingMath.allocation(waiting, raised, CAP, FOR_SALE);
        else if (asset == CURRENCY) owed = OfferingMath.rest(waiting, raised, CAP);
        else return 0;
        for (uint256 i = 0; i < 3; ++i) {
            if (_released[i]) continue;
            (uint256 tokens, uint256 money) = _due(Part(i));
            owed += asset == TOKEN ? tokens : money;
        }
    }
}
