//! Every call that the contracts take from people: what it is called, what is shown of it, and how it reads as a sentence.
//!
//! One table: the preview is made by it from calldata, and the ERC-7730 descriptors are rendered from it, so a wallet that shows the
//! descriptors says what the page said.

use alloy_sol_types::SolInterface;

use super::abi::aigc::AigcToken::AigcTokenCalls;
use super::abi::bonded::BondedAssertionVerifier::BondedAssertionVerifierCalls;
use super::abi::disputes::OptimisticVerifier::OptimisticVerifierCalls;
use super::abi::erc20::Erc20::Erc20Calls;
use super::abi::factory::ModelOfferingFactory::ModelOfferingFactoryCalls;
use super::abi::offering::ModelOffering::ModelOfferingCalls;
use super::abi::oracle::AIOracle::AIOracleCalls;
use super::abi::registry::ModelRegistry::ModelRegistryCalls;
use super::abi::revshare::RevShareToken::RevShareTokenCalls;
use super::abi::vesting::OfferingVesting::OfferingVestingCalls;
use super::book::Kind;
pub use super::value::Value;

/// Where a call names the currency of its amounts.
pub(super) const CURRENCY: &str = "terms.currency";
/// Decimals of a token that a factory creates.
pub(super) const NEW_DECIMALS: u8 = 18;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An amount of the currency: that of the called offering, or the one that the call names.
    Currency,
    /// An amount of the called token.
    This,
    /// An amount of the chain's own currency.
    Native,
    /// An amount of a token that is not there yet, with 18 decimals.
    New,
    /// Hundredths of a per cent.
    BasisPoints,
    /// An account or contract.
    Name,
    /// ETH or a token, or a list of them.
    Asset,
    /// A moment in seconds.
    Date,
    /// A time in seconds.
    Duration,
    /// Bytes: their number and digest, and the text where they are one.
    Content,
    /// A part of an offering.
    Part,
    /// A part of a model's run.
    Stage,
    /// As it is.
    Raw,
}

/// A value that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The parameter, with dots into a struct, or `@.value` for the payment.
    pub path: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// How it is written.
    pub format: Format,
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Of which contract.
    pub kind: Kind,
    /// Its Solidity signature.
    pub signature: &'static str,
    /// What the user wants, in a word or three.
    pub intent: &'static str,
    /// What is shown.
    pub fields: &'static [Field],
    /// Parameters that say nothing to people.
    pub excluded: &'static [&'static str],
    /// The sentence, with labels in braces.
    pub sentence: &'static str,
}

/// A call with the values of its fields, the payment's left out.
pub type Decoded = (&'static Call, Vec<Value>);

macro_rules! calls {
    ($($kind:ident $interface:ident { $(
        $name:ident $signature:literal $intent:literal
        [$($path:ident $(.$inner:ident)* $label:literal $format:ident),* $(,)?] $(value $payment:literal)? $(without [$($excluded:literal),*])? $sentence:literal
    )* })*) => {
        /// Every call.
        pub const CALLS: &[Call] = &[$($(
            Call {
                kind: Kind::$kind,
                signature: $signature,
                intent: $intent,
                fields: &[
                    $(Field { path: concat!(stringify!($path) $(, ".", stringify!($inner))*), label: $label, format: Format::$format },)*
                    $(Field { path: "@.value", label: $payment, format: Format::Native },)?
                ],
                excluded: &[$($($excluded),*)?],
                sentence: $sentence,
            },
        )*)*];

        /// The call in `data` to a contract of a kind, only if `data` is exactly how that call is encoded.
        pub fn decode(kind: Kind, data: &[u8]) -> Option<Decoded> {
            match kind {
                $(Kind::$kind => {
                    let call = $interface::abi_decode(data).ok()?;
                    if call.abi_encode() != data {
                        return None;
                    }
                    let (signature, values) = match call {
                        $($interface::$name(_call) => ($signature, vec![$(Value::from(_call.$path $(.$inner)*)),*]),)*
                        _ => return None,
                    };
                    Some((CALLS.iter().find(|call| call.kind == kind && call.signature == signature)?, values))
                })*
            }
        }
    };
}

calls! {
    Offering ModelOfferingCalls {
        deposit "deposit(uint256)" "Deposit" [amount "Deposit" Currency] value "ETH sent"
            "Deposit {Deposit} into this offering. If it misses its target you can take all of it back; what goes beyond its cap you can take back in proportion."
        depositWithPermit "depositWithPermit(uint256,uint256,uint8,bytes32,bytes32)" "Deposit"
            [amount "Deposit" Currency, deadline "Permit valid until" Date] without ["v", "r", "s"]
            "Deposit {Deposit} into this offering, allowed by your permit. If it misses its target you can take all of it back; what goes beyond its cap you can take back in proportion."
        claim "claim(address)" "Claim allocation" [account "For" Name]
            "Pay the tokens bought, and the rest of the deposit, to {For}."
        claimTo "claimTo(address)" "Claim allocation" [to "To" Name]
            "Pay the tokens you bought, and the rest of your deposit, to {To}."
        refund "refund(address)" "Refund" [account "For" Name]
            "Pay the whole deposit back to {For}."
        refundTo "refundTo(address)" "Refund" [to "To" Name]
            "Pay your whole deposit back, to {To}."
        finalize "finalize()" "Finalise the offering" []
            "Book the outcome of this offering. You pay and get nothing but the fee of the transaction."
        release "release(uint8)" "Release a part" [part "Part" Part]
            "Move tokens and proceeds of {Part} to its vesting wallet. You get nothing."
        forwardExcess "forwardExcess(address)" "Forward excess" [asset "Asset" Asset]
            "Move what this offering holds of {Asset} beyond what it owes to where it belongs. You get nothing."
    }
    Factory ModelOfferingFactoryCalls {
        create "create((string,string,uint256,uint48,address[]),(bytes32,address,uint128,uint128,uint128,uint128,uint64,uint64,(address,uint128,uint16,uint64,uint64),(address,uint128,uint16,uint64,uint64),(address,uint128,uint16,uint64,uint64)))"
            "Offer a model"
            [
                terms.modelId "Model" Raw, t.name "Name" Raw, t.symbol "Symbol" Raw, t.percentClaimable "Per cent claimable" Raw,
                t.snapshotInterval "Blocks between snapshots" Raw, t.revenueTokens "Revenue also in" Asset,
                terms.currency "Currency" Asset, terms.forSale "For sale" New, terms.target "Target" Currency, terms.cap "Cap" Currency,
                terms.accountCap "Account cap" Currency, terms.start "Start" Date, terms.end "End" Date,
                terms.team.beneficiary "Team" Name, terms.team.tokens "Team tokens" New, terms.team.proceedsBps "Team proceeds" BasisPoints,
                terms.team.cliff "Team cliff" Duration, terms.team.duration "Team vesting" Duration,
                terms.treasury.beneficiary "Treasury" Name, terms.treasury.tokens "Treasury tokens" New,
                terms.treasury.proceedsBps "Treasury proceeds" BasisPoints, terms.treasury.cliff "Treasury cliff" Duration,
                terms.treasury.duration "Treasury vesting" Duration, terms.liquidity.beneficiary "Liquidity" Name,
                terms.liquidity.tokens "Liquidity tokens" New, terms.liquidity.proceedsBps "Liquidity proceeds" BasisPoints,
                terms.liquidity.cliff "Liquidity cliff" Duration, terms.liquidity.duration "Liquidity vesting" Duration,
            ]
            "Create the token {Name} with the symbol {Symbol}, bound to model {Model}, and offer {For sale} of it from {Start} to {End}. From {Target} on the offering succeeds and at most {Cap} are kept, of which the team gets {Team proceeds}, the treasury {Treasury proceeds} and the liquidity {Liquidity proceeds}. Nobody can change this afterwards."
    }
    Token RevShareTokenCalls {
        approve "approve(address,uint256)" "Allow spending" [spender "Spender" Name, value "At most" This]
            "Allow {Spender} to take up to {At most} from you."
        burn "burn(uint256)" "Burn and redeem" [amount "Burn" This]
            "Destroy {Burn} for good, and be paid their share of every pool."
        burnTo "burnTo(uint256,address[],address)" "Burn and redeem" [amount "Burn" This, assets "Paid in" Asset, to "To" Name]
            "Destroy {Burn} for good. Their share of the pools of {Paid in} is paid to {To}; shares of other pools are lost to you."
        claim "claim(uint256)" "Claim revenue" [snapshotId "Snapshot" Raw]
            "Pay you your share of every asset at snapshot {Snapshot}."
        claimFor "claimFor(address,uint256[],address[])" "Claim revenue for another"
            [account "For" Name, snapshotIds "Snapshots" Raw, assets "Paid in" Asset]
            "Pay {For} its shares of {Paid in} at snapshots {Snapshots}."
        claimTo "claimTo(uint256[],address[],address)" "Claim revenue" [snapshotIds "Snapshots" Raw, assets "Paid in" Asset, to "To" Name]
            "Pay your shares of {Paid in} at snapshots {Snapshots} to {To}."
        collect "collect(address[],address)" "Collect unpaid revenue" [assets "Paid in" Asset, to "To" Name]
            "Pay what is kept for you of {Paid in} to {To}."
        collectRemainder "collectRemainder(address[],address)" "Collect the remainder" [assets "Paid in" Asset, to "To" Name]
            "As the last holder, take what is left of {Paid in} to {To}."
        permit "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)" "Allow spending"
            [owner "Owner" Name, spender "Spender" Name, value "At most" This, deadline "Valid until" Date] without ["v", "r", "s"]
            "Let {Spender} take up to {At most} from {Owner}, as a signature allows until {Valid until}."
        snapshot "snapshot()" "Take a snapshot" []
            "Share out the revenue that came in since the last snapshot, by the balances of the block before. You pay only the fee of the transaction."
        transfer "transfer(address,uint256)" "Send" [to "To" Name, value "Amount" This]
            "Send {Amount} to {To}."
        transferFrom "transferFrom(address,address,uint256)" "Send" [from "From" Name, to "To" Name, value "Amount" This]
            "Send {Amount} from {From} to {To}, as you are allowed to."
    }
    Collection AigcTokenCalls {
        commit "commit(bytes32)" "Reserve a prompt" [commitment "Commitment" Raw]
            "Reserve a prompt under the commitment {Commitment}, so that nobody can copy it. The mint follows."
        mint "mint(bytes,bytes32)" "Mint" [prompt_ "Prompt" Content] value "Mint fee" without ["salt"]
            "Mint the token of the prompt {Prompt}, without content yet, for {Mint fee}."
        mintWithAigcData "mintWithAigcData(bytes,bytes,bytes,bytes32)" "Mint"
            [prompt_ "Prompt" Content, aigcData "Content" Content] value "Mint fee" without ["proof", "salt"]
            "Mint the token of the prompt {Prompt} with the content {Content}, for {Mint fee}."
        addAigcData "addAigcData(uint256,bytes,bytes,bytes)" "Add content"
            [id "Token" Raw, prompt_ "Prompt" Content, aigcData "Content" Content] without ["proof"]
            "Add the content {Content} to token {Token}, whose prompt is {Prompt}."
        approve "approve(address,uint256)" "Allow a transfer" [to "Who" Name, tokenId "Token" Raw]
            "Allow {Who} to take token {Token} from you."
        setApprovalForAll "setApprovalForAll(address,bool)" "Allow all transfers" [operator "Who" Name, approved "Allowed" Raw]
            "Set whether {Who} may take every token of this collection from you: {Allowed}."
        transferFrom "transferFrom(address,address,uint256)" "Send" [from "From" Name, to "To" Name, tokenId "Token" Raw]
            "Send token {Token} from {From} to {To}."
        safeTransferFrom_0 "safeTransferFrom(address,address,uint256)" "Send" [from "From" Name, to "To" Name, tokenId "Token" Raw]
            "Send token {Token} from {From} to {To}."
        safeTransferFrom_1 "safeTransferFrom(address,address,uint256,bytes)" "Send"
            [from "From" Name, to "To" Name, tokenId "Token" Raw, data "Message" Content]
            "Send token {Token} from {From} to {To} with the message {Message}."
        update "update(bytes,bytes)" "Replace content" [prompt_ "Prompt" Content, aigcData "Content" Content]
            "As the verifier, replace the content of the token whose prompt is {Prompt} by {Content}."
    }
    Verifier BondedAssertionVerifierCalls {
        assertContent "assertContent(bytes32,bytes,bytes)" "Assert content"
            [modelId "Model" Raw, prompt "Prompt" Content, content "Content" Content] value "Bond"
            "Assert with a bond of {Bond} that model {Model} gives {Content} for the prompt {Prompt}. If another content is right, the bond is lost."
        challenge "challenge(bytes32,bytes32,bytes)" "Challenge content"
            [modelId "Model" Raw, requestHash "Request" Raw, content "Content" Content] value "Bond"
            "Assert with a bond of {Bond} that model {Model} gives {Content} for the request {Request}, against what is asserted. If it does not, the bond is lost."
        correct "correct(address,bytes,bytes)" "Correct a token" [collection "Collection" Name, prompt "Prompt" Content, content "Content" Content]
            "Replace the content of the token of {Collection} whose prompt is {Prompt} by the final one, {Content}."
        rule "rule(bytes32,bytes32,bool)" "Decide a dispute"
            [modelId "Model" Raw, requestHash "Request" Raw, challengerIsRight "Challenger is right" Raw]
            "As the arbiter, decide the dispute about request {Request} to model {Model}. The challenger is right: {Challenger is right}."
        settle "settle(bytes32,bytes32)" "Settle an assertion" [modelId "Model" Raw, requestHash "Request" Raw]
            "Give the bond of the undisputed assertion about request {Request} to model {Model} back to who made it."
        voidAssertion "voidAssertion(bytes32,bytes32)" "Void an assertion" [modelId "Model" Raw, requestHash "Request" Raw]
            "Give both bonds of the dispute about request {Request} to model {Model} back, as the arbiter's time is over."
        withdraw "withdraw(address)" "Withdraw" [to "To" Name]
            "Pay your whole balance of bonds to {To}."
    }
    Disputes OptimisticVerifierCalls {
        assertRun "assertRun(address,(bytes32,bytes,bytes,uint32,bytes,bytes,bytes32[]))" "Assert a run" [asserter "Asserter" Name, run.modelId "Model" Raw, run.prompt "Request" Content, run.content "Content" Content] value "Bond" without ["run.promptIds", "run.ids", "run.lengths", "run.boundaries"]
            "Assert with a bond of {Bond}, as {Asserter}, that model {Model} gives {Content} to the request {Request}. Whoever shows that it does not takes the bond."
        challenge "challenge(address,(bytes32,bytes,bytes,uint32,bytes,bytes,bytes32[]),bytes,(uint8,uint32,uint32))" "Challenge a run"
            [asserter "Asserter" Name, run.modelId "Model" Raw, run.prompt "Request" Content, run.content "Content" Content, place.stage "Part" Stage, place.layer "Layer" Raw, place.position "Position" Raw] value "At stake" without ["run.promptIds", "run.ids", "run.lengths", "run.boundaries", "program"]
            "Challenge, with {At stake} at stake, what {Asserter} asserts that model {Model} gives to the request {Request}: {Part} at position {Position} (layer {Layer}). If that is right, or you do not go on in time, it is lost; if it is wrong and you show so, you have the bond back and half of the asserter's."
        relocate "relocate(uint256,address,(bytes32,bytes,bytes,uint32,bytes,bytes,bytes32[]),bytes,(uint8,uint32,uint32))" "Challenge another part"
            [id "Challenge" Raw, asserter "Asserter" Name, run.modelId "Model" Raw, run.prompt "Request" Content, run.content "Content" Content, place.stage "Part" Stage, place.layer "Layer" Raw, place.position "Position" Raw] value "Fee" without ["run.promptIds", "run.ids", "run.lengths", "run.boundaries", "program"]
            "In challenge {Challenge}, challenge {Part} at position {Position} (layer {Layer}) instead, for {Fee}."
        reveal "reveal(uint256,uint8,(bytes32,uint32,uint32,uint32,uint32,(uint32,uint32,uint32,bytes32),bytes32,bytes32,bytes32[]),bytes32,bytes)" "Answer a challenge"
            [id "Challenge" Raw, stage "Part" Stage] without ["part.modelId", "part.positions", "part.prompt", "part.position", "part.layer", "part.sampler.beta", "part.sampler.topK", "part.sampler.topP", "part.sampler.seed", "part.ids", "part.before", "part.tensors", "end", "siblings"]
            "Answer challenge {Challenge}: commit to the numbers of {Part} that is challenged."
        ask "ask(uint256,bytes13)" "Ask for a step" [id "Challenge" Raw] value "Fee" without ["step"]
            "Ask the asserter in challenge {Challenge} to show a step, and pay {Fee} for the answer."
        defend "defend(uint256,bytes,(bytes32,uint32,uint32,uint32,uint32,(uint32,uint32,uint32,bytes32),bytes32,bytes32,bytes32[]),bytes)" "Show a step" [id "Challenge" Raw] without ["program", "part.modelId", "part.positions", "part.prompt", "part.position", "part.layer", "part.sampler.beta", "part.sampler.topK", "part.sampler.topP", "part.sampler.seed", "part.ids", "part.before", "part.tensors", "witness"]
            "Show the step that was asked for in challenge {Challenge}."
        prove "prove(uint256,bytes,(bytes32,uint32,uint32,uint32,uint32,(uint32,uint32,uint32,bytes32),bytes32,bytes32,bytes32[]),bytes)" "Show what is wrong" [id "Challenge" Raw] without ["program", "part.modelId", "part.positions", "part.prompt", "part.position", "part.layer", "part.sampler.beta", "part.sampler.topK", "part.sampler.topP", "part.sampler.seed", "part.ids", "part.before", "part.tensors", "witness"]
            "Show in challenge {Challenge} a step that does not hold, which refutes the assertion. The challenger has his bond back, and half of the asserter's."
        timeout "timeout(uint256)" "End a challenge" [id "Challenge" Raw]
            "End challenge {Challenge}, since whose move it was did not make it in time."
        reclaim "reclaim(uint256)" "Fetch a bond" [id "Challenge" Raw]
            "Fetch the bond of challenge {Challenge} back, since its assertion was refuted by somebody else."
        refuteForm "refuteForm(address,(bytes32,bytes,bytes,uint32,bytes,bytes,bytes32[]),bytes)" "Refute a run" [asserter "Asserter" Name, run.modelId "Model" Raw, run.prompt "Request" Content, run.content "Content" Content] without ["run.promptIds", "run.ids", "run.lengths", "run.boundaries", "program"]
            "Refute what {Asserter} asserts that model {Model} gives to the request {Request}: no model could give it. You get half of the bond."
        refutePiece "refutePiece(address,(bytes32,bytes,bytes,uint32,bytes,bytes,bytes32[]),bytes,uint256,bytes)" "Refute a run"
            [asserter "Asserter" Name, run.modelId "Model" Raw, run.prompt "Request" Content, run.content "Content" Content, index "Output id" Raw] without ["run.promptIds", "run.ids", "run.lengths", "run.boundaries", "program", "witness"]
            "Refute what {Asserter} asserts that model {Model} gives to the request {Request}: output id {Output id} stands for other bytes. You get half of the bond."
        settle "settle((address,bytes32,bytes32,bytes32,bytes32))" "Settle an assertion" [claimed.asserter "Asserter" Name] without ["claimed.modelId", "claimed.requestHash", "claimed.contentHash", "claimed.traceHash"]
            "Give the bond of an assertion that nobody refuted back to {Asserter}."
        correct "correct(address,bytes,bytes)" "Correct a token" [collection "Collection" Name, prompt "Prompt" Content, content "Content" Content]
            "Replace the content of the token of {Collection} whose prompt is {Prompt} by the final one, {Content}."
        withdraw "withdraw(address)" "Withdraw" [to "To" Name]
            "Pay your whole balance of bonds and rewards to {To}."
    }
    Oracle AIOracleCalls {
        requestCallback "requestCallback(uint256,bytes,address,uint64,bytes)" "Ask a model"
            [modelId "Model" Raw, input "Request" Content, callbackContract "Receiver" Name, gasLimit "Gas for it" Raw] value "Fee" without ["callbackData"]
            "Ask model {Model} for its answer to {Request}, for {Fee}; what is too much goes back. {Receiver} is called once the result is final, and all of it can be fetched back if nobody answers."
        requestEarlyCallback "requestEarlyCallback(uint256,bytes,address,uint64,bytes)" "Ask a model"
            [modelId "Model" Raw, input "Request" Content, callbackContract "Receiver" Name, gasLimit "Gas for it" Raw] value "Fee" without ["callbackData"]
            "Ask model {Model} for its answer to {Request}, for {Fee}; what is too much goes back. {Receiver} is called with the first answer, which may be wrong, and again if the final one is another."
        requestBatch "requestBatch(uint256,bytes[],address,uint64,bytes)" "Ask a model"
            [modelId "Model" Raw, inputs "Requests" Content, callbackContract "Receiver" Name, gasLimit "Gas for it" Raw] value "Fee" without ["callbackData"]
            "Ask model {Model} for its answers to {Requests}, for {Fee}; what is too much goes back. {Receiver} is called with each result once it is final."
        addReward "addReward(uint256)" "Raise a reward" [requestId "Oracle request" Raw] value "Added"
            "Add {Added} to what the answer to request {Oracle request} is paid."
        commit "commit(bytes32)" "Reserve an answer" [commitment "Commitment" Raw]
            "Reserve an answer under the commitment {Commitment}, so that nobody can copy it."
        answer "answer(uint256,(uint256,bytes32,address,address,uint64,uint8,bytes32,uint128,uint128,uint48),(bytes32,bytes,bytes,uint32,bytes,bytes,bytes32[]),bytes,bytes32)" "Answer a request"
            [requestId "Oracle request" Raw, request.modelId "Model" Raw, request.callbackContract "Receiver" Name, run.prompt "Request" Content, run.content "Content" Content]
            value "Bond" without ["request.inputHash", "request.account", "request.gasLimit", "request.callback", "request.callbackHash", "request.modelFee", "request.gasFee", "request.expiry", "run.modelId", "run.promptIds", "run.ids", "run.lengths", "run.boundaries", "callbackData", "salt"]
            "Answer request {Oracle request} with {Content}, and assert it with a bond of {Bond}. Whoever shows that the model does not give it takes the bond."
        finalize "finalize(uint256,(uint256,bytes32,address,address,uint64,uint8,bytes32,uint128,uint128,uint48),uint256,(address,bytes32,bytes32,bytes32,bytes32),bytes,bytes)" "Hand a result over"
            [requestId "Oracle request" Raw, request.modelId "Model" Raw, request.callbackContract "Receiver" Name, index "Answer" Raw, claimed.asserter "Asserter" Name, output "Content" Content]
            without ["request.inputHash", "request.account", "request.gasLimit", "request.callback", "request.callbackHash", "request.modelFee", "request.gasFee", "request.expiry", "claimed.modelId", "claimed.requestHash", "claimed.contentHash", "claimed.traceHash", "callbackData"]
            "Hand the final result of request {Oracle request} to {Receiver}, and pay {Asserter} for it. You are paid for the call."
        handOver "handOver(uint256,(uint256,bytes32,address,address,uint64,uint8,bytes32,uint128,uint128,uint48),bytes,bytes)" "Hand a result over again"
            [requestId "Oracle request" Raw, request.modelId "Model" Raw, request.callbackContract "Receiver" Name, output "Content" Content] without ["request.inputHash", "request.account", "request.gasLimit", "request.callback", "request.callbackHash", "request.modelFee", "request.gasFee", "request.expiry", "callbackData"]
            "Hand the result of request {Oracle request} to {Receiver} again, which did not take it."
        refund "refund(uint256,(uint256,bytes32,address,address,uint64,uint8,bytes32,uint128,uint128,uint48))" "Refund a request"
            [requestId "Oracle request" Raw, request.modelId "Model" Raw, request.callbackContract "Receiver" Name] without ["request.inputHash", "request.account", "request.gasLimit", "request.callback", "request.callbackHash", "request.modelFee", "request.gasFee", "request.expiry"]
            "Pay what was paid for request {Oracle request} back to who asked, since nobody has answered it."
        listModel "listModel(bytes32,address)" "List a model" [id "Model" Raw, owner "Owner" Name]
            "Make model {Model}, as {Owner} has registered it, known to this oracle."
        claimModelRevenue "claimModelRevenue(uint256)" "Pay revenue out" [modelId "Model" Raw]
            "Pay the fees that model {Model} has earned to its revenue token."
        withdraw "withdraw(address)" "Withdraw" [to "To" Name]
            "Pay your whole balance to {To}."
    }
    Registry ModelRegistryCalls {
        register "register(bytes32,address,uint208,string)" "Register a model"
            [modelId "Model" Raw, revenueToken "Fees go to" Name, fee "Fee for a use" Native, uri "File" Raw]
            "Register model {Model} as yours: its file is at {File}, a use costs {Fee for a use}, and fees go to {Fees go to}."
        addUri "addUri(bytes32,string)" "Add a place" [modelId "Model" Raw, uri "File" Raw]
            "Add {File} to the places where the file of model {Model} can be had."
        announceFee "announceFee(bytes32,uint208)" "Announce a fee" [modelId "Model" Raw, fee "Fee for a use" Native]
            "Announce that a use of model {Model} will cost {Fee for a use}."
    }
    Vesting OfferingVestingCalls {
        release_1 "release(address)" "Release vested tokens" [token "Token" Asset]
            "Pay what is vested of {Token} to the owner of this wallet."
        release_0 "release()" "Release vested ETH" []
            "Pay the vested ETH to the owner of this wallet."
        transferOwnership "transferOwnership(address)" "Give the wallet away" [newOwner "New owner" Name]
            "Give this wallet, with all that is and will be vested, to {New owner}."
        renounceOwnership "renounceOwnership()" "Give the wallet up" []
            "Give this wallet up: all that is and will be vested is lost for good."
    }
    Erc20 Erc20Calls {
        approve "approve(address,uint256)" "Allow spending" [spender "Spender" Name, value "At most" This]
            "Allow {Spender} to take up to {At most} from you."
        transfer "transfer(address,uint256)" "Send" [to "To" Name, value "Amount" This]
            "Send {Amount} to {To}."
    }
}
