// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IERC7641} from "../interfaces/IERC7641.sol";
import {IRevShareToken} from "../interfaces/IRevShareToken.sol";
import {Payments} from "./Payments.sol";
import {RevShareMath} from "./RevShareMath.sol";

/// @title Snapshots: new revenue is split between the holders of the block before and the pool of burns
abstract contract Snapshots is Payments, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @dev What one unit of the token gets of one asset, times 2^128, and the block of the balances.
    struct Allotment {
        uint48 blockNumber;
        uint208 perShare;
    }

    uint256 private constant MOST_REVENUE_TOKENS = 8;

    /// @inheritdoc IRevShareToken
    uint256 public immutable percentClaimable;
    /// @inheritdoc IRevShareToken
    uint48 public immutable snapshotInterval;

    // A list whose length needs no read of storage.
    address[MOST_REVENUE_TOKENS] private _revenueTokens;
    uint256 private immutable _revenueTokenCount;
    /// @dev That of ETH is written by every snapshot, that of a token where it gives something.
    mapping(address asset => mapping(uint256 snapshotId => Allotment)) internal _allotments;

    /// @inheritdoc IRevShareToken
    uint256 public lastSnapshotId;
    uint48 private _lastSnapshot;

    constructor(uint256 percent, uint48 interval, address[] memory tokens) {
        if (percent > 100) revert InvalidPercent(percent);
        if (interval == 0) revert InvalidInterval();
        if (tokens.length > MOST_REVENUE_TOKENS) revert TooManyRevenueTokens(tokens.length);
        for (uint256 i = 0; i < tokens.length; ++i) {
            if (tokens[i].code.length == 0) revert InvalidRevenueToken(tokens[i]);
            for (uint256 j = 0; j < i; ++j) {
                if (tokens[j] == tokens[i]) revert InvalidRevenueToken(tokens[i]);
            }
            _revenueTokens[i] = tokens[i];
        }
        percentClaimable = percent;
        snapshotInterval = interval;
        _revenueTokenCount = tokens.length;
        _lastSnapshot = clock();
    }

    /// @inheritdoc IERC7641
    /// @dev For anyone to call, once an interval. The balances are those of the block before, which nobody can change any more: tokens
    /// borrowed or bought in the same block get nothing. A revenue token that does not answer is left to the next snapshot.
    function snapshot() external nonReentrant returns (uint256 snapshotId) {
        uint48 now_ = clock();
        if (now_ < nextSnapshotBlock()) revert SnapshotTooEarly(nextSnapshotBlock());
        uint48 before = now_ - 1;
        uint256 supply = _supplyAt(before);
        if (supply == 0) revert NoSupplyAt(before);
        snapshotId = ++lastSnapshotId;
        _lastSnapshot = now_;
        _allotments[ETH][snapshotId].blockNumber = before;
        emit Snapshot(snapshotId, before);
        _allot(snapshotId, ETH, before, supply);
        for (uint256 i = 0; i < _revenueTokenCount; ++i) {
            _allot(snapshotId, _revenueTokens[i], before, supply);
        }
    }

    /// @inheritdoc IRevShareToken
    function nextSnapshotBlock() public view returns (uint256) {
        return uint256(_lastSnapshot) + snapshotInterval;
    }

    /// @inheritdoc IRevShareToken
    function snapshotBlock(uint256 snapshotId) external view returns (uint256) {
        return _allotments[ETH][snapshotId].blockNumber;
    }

    /// @inheritdoc IRevShareToken
    function perShare(uint256 snapshotId, address asset) external view returns (uint256) {
        return _allotments[asset][snapshotId].perShare;
    }

    /// @inheritdoc IRevShareToken
    function revenueTokens() external view returns (address[] memory tokens) {
        tokens = new address[](_revenueTokenCount);
        for (uint256 i = 0; i < tokens.length; ++i) {
            tokens[i] = _revenueTokens[i];
        }
    }

    /// @inheritdoc IRevShareToken
    function pendingRevenue(address asset) external view returns (uint256) {
        return _isAsset(asset) ? _pending(asset) : 0;
    }

    /// @dev ETH and every revenue token.
    function _assets() internal view returns (address[] memory assets) {
        assets = new address[](_revenueTokenCount + 1);
        for (uint256 i = 1; i < assets.length; ++i) {
            assets[i] = _revenueTokens[i - 1];
        }
    }

    function _isAsset(address asset) internal view returns (bool) {
        address[] memory assets = _assets();
        for (uint256 i = 0; i < assets.length; ++i) {
            if (assets[i] == asset) return true;
        }
        return false;
    }

    /// @dev Whether a snapshot was taken, or the contract deployed, in this block.
    function _isSnapshotBlock() internal view returns (bool) {
        return _lastSnapshot == clock();
    }

    /// @dev A token whose balance shrank below what is promised has none until the gap is filled.
    function _pending(address asset) private view returns (uint256) {
        Ledger memory promised = _ledgers[asset];
        uint256 held = _held(asset);
        uint256 accounted = uint256(promised.owed) + promised.pool;
        return held > accounted ? held - accounted : 0;
    }

    function _allot(uint256 snapshotId, address asset, uint48 before, uint256 supply) private {
        uint256 fresh = _pending(asset);
        if (fresh == 0) return;
        Ledger storage held = _ledgers[asset];
        (uint256 unit, uint256 claimable, uint256 redeemable, uint256 carry) =
            RevShareMath.allot(fresh, percentClaimable, supply, held.carry);
        if (unit > 0) _allotments[asset][snapshotId] = Allotment(before, unit.toUint208());
        // With what is held for others already, both are at most what is held, which is below 2^128.
        held.owed += claimable.toUint128();
        held.pool += redeemable.toUint128();
        held.carry = carry.toUint128();
        emit Allotted(snapshotId, asset, claimable, redeemable);
    }
}
