/**
 * Buy, claim, refund and burn in the user's own wallet, and look before doing so.
 *
 * {@link discoverWallets} and {@link Wallet} reach a wallet, {@link ChainReader} reads a chain, {@link planAction} says exactly what would be
 * signed and in plain words what it does, {@link execute} has it signed; {@link inspectOffering} and {@link trustReport} look for what is wrong.
 * Needs nothing of the engine: a page that only buys downloads this part alone.
 */
export { OpenimoError, type ErrorData } from '../errors.js';
export * from '../generated/chain-abi.js';
export { CHAIN_CODES, PROVIDER_CODES, type ChainCode } from '../generated/chain-codes.js';
export { chooseWallet, discoverWallets, type FoundWallet, type WalletInfo } from './discover.js';
export type * from '../dispute.js';
export { planDispute, type DisputeStep, type Examiner, type PlanDisputeOptions } from './disputes.js';
export { execute, type ExecuteOptions, type Outcome, type Progress } from './execute.js';
export { inspectOffering, RISKS, type Flag, type InspectOptions, type Inspection, type RiskCode } from './inspect.js';
export { Journal, memoryStorage, type Storage } from './journal.js';
export type { Waiting } from './pending.js';
export { bookOf, formatUnits, parseUnits, planAction, randomSalt, redeemable, reviewPlan } from './plans.js';
export { ChainReader, type Read, type ReaderOptions } from './reader.js';
export { inert } from './text.js';
export type { Limits } from './transport.js';
export { trustReport, type Runner, type TrustCheck, type TrustReport } from './trust.js';
export type * from './types.js';
export { Wallet, type ChainToAdd, type WalletEvents } from './wallet.js';
