// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title An Initial Model Offering
/// @notice Sells a fixed part of a model's revenue token at a price that is known before: `cap / forSale`. Below `target` every
/// deposit is paid back in full; above `cap` each deposit buys in proportion and the rest of it is paid back. The rules, as integer
/// formulas, are in docs/contracts/offering.md.
/// @dev Nobody owns an offering. Terms are fixed by its constructor; what follows is decided by deposits and by time alone.
interface IModelOffering {
    /// @notice Where an offering stands. The outcome is known at `end`; it waits for nobody's call.
    enum Phase {
        Pending,
        Open,
        Succeeded,
        Failed
    }

    /// @notice Who shares in tokens and proceeds besides the buyers.
    enum Part {
        Team,
        Treasury,
        Liquidity
    }

    /// @notice The share of a part. It is paid to a vesting wallet of its own that is created with the offering.
    /// @param beneficiary The first owner of the vesting wallet.
    /// @param tokens Tokens at full success, in the token's smallest unit; less in proportion when less than `cap` is raised.
    /// @param proceedsBps Share of the proceeds in hundredths of a per cent.
    /// @param cliff Seconds after `end` in which nothing can be taken.
    /// @param duration Seconds after `end` over which all becomes available, linearly. 0 is at once.
    struct Share {
        address beneficiary;
        uint128 tokens;
        uint16 proceedsBps;
        uint64 cliff;
        uint64 duration;
    }

    /// @notice What is fixed at creation. Amounts are in the smallest unit of the token or of the currency.
    /// @param modelId The model whose revenue token is sold.
    /// @param currency The ERC-20 that deposits are made in; zero for ETH.
    /// @param forSale Tokens sold when `cap` or more is raised.
    /// @param target The least amount raised for the offering to succeed.
    /// @param cap The most that is kept.
    /// @param accountCap The most that one account can deposit.
    /// @param start The first second of deposits.
    /// @param end The first second after deposits.
    /// @param team Tokens and proceeds of the makers.
    /// @param treasury Tokens and proceeds for the model's upkeep; it has what rounding leaves of the proceeds.
    /// @param liquidity Tokens and proceeds for a market, available at once.
    struct Terms {
        bytes32 modelId;
        address currency;
        uint128 forSale;
        uint128 target;
        uint128 cap;
        uint128 accountCap;
        uint64 start;
        uint64 end;
        Share team;
        Share treasury;
        Share liquidity;
    }

    /// @notice An offering as one account sees it. While deposits are open, `allocation` and `refund` are what they would be if the
    /// offering ended now.
    /// @param phase Where the offering stands.
    /// @param finalized Whether `finalize` was called.
    /// @param raised The sum of all deposits.
    /// @param deposited The account's deposits.
    /// @param allocation Tokens that the account gets, or got.
    /// @param refund Currency that the account gets back, or got back.
    /// @param settled Whether the account was paid.
    struct State {
        Phase phase;
        bool finalized;
        uint256 raised;
        uint256 deposited;
        uint256 allocation;
        uint256 refund;
        bool settled;
    }

    /// @notice `account` deposited `amount`; it has `deposited` in all, the offering `raised`.
    event Deposited(address indexed account, uint256 amount, uint256 deposited, uint256 raised);
    /// @notice `account` was paid `tokens`, and `refund` of its deposit, at `to`.
    event Claimed(address indexed account, address indexed to, uint256 tokens, uint256 refund);
    /// @notice `account` was paid back its whole deposit at `to`.
    event Refunded(address indexed account, address indexed to, uint256 amount);
    /// @notice The outcome is booked: `proceeds` for the parts, `sold` tokens for the buyers, `burnt` tokens gone.
    event Finalized(bool indexed success, uint256 raised, uint256 proceeds, uint256 sold, uint256 burnt);
    /// @notice A failed offering gave the whole supply to the treasury's beneficiary.
    event SupplyReturned(address indexed to, uint256 tokens);
    /// @notice A part's tokens and proceeds went to its vesting wallet.
    event Released(Part indexed part, address indexed wallet, uint256 tokens, uint256 proceeds);
    /// @notice What the offering held beyond what it owes went to `to`; zero where it was burnt.
    event ExcessForwarded(address indexed asset, address indexed to, uint256 amount);

    /// @notice The call needs another phase.
    error OfferingWrongPhase(Phase phase);
    /// @notice A deposit of nothing.
    error OfferingZeroDeposit();
    /// @notice The account can deposit `room` more, not `amount`.
    error OfferingAccountCapExceeded(address account, uint256 amount, uint256 room);
    /// @notice ETH sent and amount named differ; offerings in an ERC-20 take no ETH.
    error OfferingWrongValue(uint256 expected, uint256 sent);
    /// @notice The currency did not move the exact amount: a fee on transfers, or a balance that changes by itself.
    error OfferingInexactTransfer(uint256 expectedBalance, uint256 balance);
    /// @notice ETH has no permit.
    error OfferingPermitOfEther();
    /// @notice ETH comes in by `deposit` alone.
    error OfferingDirectPayment(address from);
    /// @notice The account has no deposit.
    error OfferingNoDeposit(address account);
    /// @notice The account was paid before.
    error OfferingAlreadySettled(address account);
    /// @notice Nothing can be paid to this address.
    error OfferingInvalidRecipient(address to);
    /// @notice The outcome was booked before.
    error OfferingAlreadyFinalized();
    /// @notice The outcome was not booked yet.
    error OfferingNotFinalized();
    /// @notice The part was paid before.
    error OfferingAlreadyReleased(Part part);
    /// @notice The offering holds no more of this asset than it owes.
    error OfferingNoExcess(address asset);

    /// @notice Deposits `amount` for the caller. Deposits above `cap` are taken too, and shared in proportion.
    /// @param amount In the currency's smallest unit; must be the value sent where the currency is ETH.
    function deposit(uint256 amount) external payable;

    /// @notice Deposits after an ERC-2612 permit of the caller. A permit that somebody else used up first does no harm.
    /// @param amount The amount of deposit and permit.
    /// @param deadline The permit's last second.
    /// @param v Of the permit's signature.
    /// @param r Of the permit's signature.
    /// @param s Of the permit's signature.
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice After success, pays an account its tokens and the rest of its deposit. Anyone may call.
    /// @param account Who is paid.
    function claim(address account) external;

    /// @notice As `claim` for the caller, paid to another address.
    /// @param to Who is paid.
    function claimTo(address to) external;

    /// @notice After failure, pays an account its whole deposit back. Anyone may call.
    /// @param account Who is paid.
    function refund(address account) external;

    /// @notice As `refund` for the caller, paid to another address.
    /// @param to Who is paid.
    function refundTo(address to) external;

    /// @notice After `end`, books the outcome, once: after success burns what was not sold, after failure returns the supply to the
    /// treasury's beneficiary. Anyone may call; claims and refunds do not wait for it.
    function finalize() external;

    /// @notice After a finalized success, moves a part's tokens and proceeds to its vesting wallet, once. Anyone may call.
    /// @param part Which one.
    function release(Part part) external;

    /// @notice After `finalize`, moves what is held beyond what is owed: dust of rounding, forced ETH, strays, and revenue of tokens
    /// that wait here. The model's token is burnt; ETH and the token's revenue currencies become revenue of the token; other assets
    /// go to the treasury's wallet. Anyone may call.
    /// @param asset The ERC-20; zero for ETH.
    function forwardExcess(address asset) external;

    /// @notice All that is fixed.
    /// @return token The model's revenue token.
    /// @return fixedTerms The terms.
    /// @return wallets The vesting wallets of team, treasury and liquidity.
    function terms() external view returns (address token, Terms memory fixedTerms, address[3] memory wallets);

    /// @notice The offering as one account sees it.
    /// @param account The account.
    /// @return All that changes.
    function state(address account) external view returns (State memory);

    /// @notice Where the offering stands.
    /// @return The phase.
    function phase() external view returns (Phase);
}
