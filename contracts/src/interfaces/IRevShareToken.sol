// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC7641AltRevToken} from "./IERC7641AltRevToken.sol";

/// @title What openimo's token adds to ERC-7641
/// @notice An asset is ETH, written as the zero address, or one of the revenue tokens fixed at deployment. Any other asset has nothing
/// to claim and nothing to redeem. Nobody owns the contract, and no term can change.
interface IRevShareToken is IERC7641AltRevToken {
    /// @notice The terms, fixed at deployment.
    /// @param name The token's name.
    /// @param symbol Its symbol.
    /// @param supply The whole supply, in the smallest unit: 1 to 2^128 - 1.
    /// @param holder Who receives it.
    /// @param percentClaimable The part of revenue that snapshots make claimable, 0 to 100 per cent; the rest is redeemable by burning.
    /// @param snapshotInterval The least number of blocks between snapshots, and between deployment and the first: 1 or more.
    /// @param modelId The identity of the model whose revenue is shared.
    /// @param revenueTokens The ERC-20s that count as revenue beside ETH, at most eight.
    struct Terms {
        string name;
        string symbol;
        uint256 supply;
        address holder;
        uint256 percentClaimable;
        uint48 snapshotInterval;
        bytes32 modelId;
        address[] revenueTokens;
    }

    /// @notice What the contract holds of an asset for whom: `owed` to accounts, by claims and failed payments; `pool` to burns. What it
    /// holds beyond that is revenue that no snapshot has seen. `carry`, in 2^-128 of the smallest unit, is the part of `owed` that division by
    /// the supply left over; the next snapshot shares it out.
    struct Ledger {
        uint128 owed;
        uint128 pool;
        uint128 carry;
    }

    /// @notice ETH arrived by a plain transfer. ERC-20s, and ETH that is forced upon the contract, are first seen by a snapshot.
    event RevenueReceived(address indexed from, uint256 amount);
    /// @notice A snapshot was taken of the balances at the end of a block.
    event Snapshot(uint256 indexed snapshotId, uint256 indexed blockNumber);
    /// @notice A snapshot allotted revenue of an asset: `claimable` to its holders, `redeemable` to burns.
    event Allotted(uint256 indexed snapshotId, address indexed asset, uint256 claimable, uint256 redeemable);
    /// @notice Shares of an account were settled, and paid unless `Unpaid` follows.
    event Claimed(address indexed account, address indexed asset, address indexed to, uint256 amount);
    /// @notice Burnt tokens were redeemed, and paid unless `Unpaid` follows.
    event Redeemed(address indexed account, address indexed asset, address indexed to, uint256 burnt, uint256 amount);
    /// @notice A token refused a payment, which is kept for the account: see `collect`.
    event Unpaid(address indexed account, address indexed asset, uint256 amount);
    /// @notice An account took what had been kept for it.
    event Collected(address indexed account, address indexed asset, address indexed to, uint256 amount);

    error InvalidSupply(uint256 supply);
    error InvalidPercent(uint256 percent);
    error InvalidInterval();
    error InvalidModel();
    error TooManyRevenueTokens(uint256 count);
    /// @notice Not a contract, or listed twice.
    error InvalidRevenueToken(address token);
    /// @notice Not before that block.
    error SnapshotTooEarly(uint256 earliestBlock);
    /// @notice There was no token at that block, so nobody to share with.
    error NoSupplyAt(uint256 blockNumber);
    /// @notice A burn must wait for the block after a snapshot, so that nobody buys, takes a snapshot and burns in one transaction.
    error BurnInSnapshotBlock();
    /// @notice The zero address, or the token itself.
    error InvalidRecipient(address to);
    /// @notice The recipient refused ETH. Choose another one.
    error EthRefused(address to);
    /// @notice Less gas than a revenue token may need. A call that went on would fail in the token and not in the caller.
    error InsufficientGas();
    /// @notice The balance of a block is known when the block is over.
    error FutureLookup(uint256 blockNumber, uint48 clock);
    /// @notice Only the account that burnt the last token.
    error NotLastHolder(address account);

    /// @notice The part of revenue that snapshots make claimable, in per cent.
    function percentClaimable() external view returns (uint256);

    /// @notice The least number of blocks between snapshots.
    function snapshotInterval() external view returns (uint48);

    /// @notice The identity of the model whose revenue is shared.
    function modelId() external view returns (bytes32);

    /// @notice The ERC-20s that count as revenue beside ETH.
    function revenueTokens() external view returns (address[] memory);

    /// @notice The newest snapshot; ids count from 1, so 0 says that there is none.
    function lastSnapshotId() external view returns (uint256);

    /// @notice The first block in which the next snapshot can be taken.
    function nextSnapshotBlock() external view returns (uint256);

    /// @notice The block at whose end a snapshot's balances stand; 0 for an unknown snapshot.
    function snapshotBlock(uint256 snapshotId) external view returns (uint256);

    /// @notice What a snapshot pays for one unit of the token, times 2^128.
    function perShare(uint256 snapshotId, address asset) external view returns (uint256);

    /// @notice What the contract holds of an asset for claims and for burns.
    function ledger(address asset) external view returns (Ledger memory);

    /// @notice Revenue that no snapshot has seen, 0 for an asset that is none.
    function pendingRevenue(address asset) external view returns (uint256);

    /// @notice Whether an account has been settled for a snapshot.
    function isClaimed(address account, uint256 snapshotId, address asset) external view returns (bool);

    /// @notice What `claimTo` would pay for the snapshots `firstId` to `lastId`, asset by asset and snapshot by snapshot.
    /// @dev The sum over an asset's snapshots is exactly the payment. Unknown ids are cut off at the newest.
    /// @return amounts One list for each of `assets`, which holds no asset twice.
    function previewClaim(address account, uint256 firstId, uint256 lastId, address[] calldata assets)
        external
        view
        returns (uint256[][] memory amounts);

    /// @notice Pays the caller's shares of any snapshots and assets to any address. What is unknown, claimed or nothing is skipped.
    function claimTo(uint256[] calldata snapshotIds, address[] calldata assets, address to) external;

    /// @notice Pays the shares of `account` to itself, for holders that cannot call, such as a vesting wallet. For anyone to call: a
    /// contract that shares out what it claims must go by its balance, not by what its own call brought in.
    function claimFor(address account, uint256[] calldata snapshotIds, address[] calldata assets) external;

    /// @notice Burns tokens of the caller and pays their share of the chosen assets' pools to any address. The share of an asset that is
    /// not chosen is left to the other holders.
    function burnTo(uint256 amount, address[] calldata assets, address to) external;

    /// @notice What is kept for an account because a token refused its payment.
    function unpaid(address account, address asset) external view returns (uint256);

    /// @notice Pays what is kept for the caller to any address; what is refused again stays.
    function collect(address[] calldata assets, address to) external;

    /// @notice The account that burnt the last token, the zero address while there is one.
    function lastHolder() external view returns (address);

    /// @notice Pays the last holder what nobody else has a right to: pools, and revenue that no snapshot has seen or will see.
    function collectRemainder(address[] calldata assets, address to) external;

    /// @notice The balance of an account at the end of a past block.
    function getPastBalance(address account, uint256 blockNumber) external view returns (uint256);

    /// @notice The supply at the end of a past block.
    function getPastTotalSupply(uint256 blockNumber) external view returns (uint256);
}
