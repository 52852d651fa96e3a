import { batchOutcome, refusesBatches, sendBatch, takesBatches } from './batch.js';
import { chainError } from './errors.js';
import { Journal, memoryStorage, type Run, type StepState } from './journal.js';
import { checkSent, included, position, replacement, sleep, type Call, type Waiting } from './pending.js';
import { reviewPlan } from './plans.js';
import { small, type ChainReader } from './reader.js';
import type { Hex, Plan, Step } from './types.js';
import { isHash, type Wallet } from './wallet.js';
import { json, rule } from './wasm.js';

/** What a page is told while a plan runs. */
export interface Progress {
  /** Which step of how many. */
  readonly step: number;
  readonly of: number;
  readonly id: string;
  /** `confirm`: the wallet shows it. `wait`: blocks must pass first. */
  readonly phase: 'wait' | 'confirm' | 'sent' | 'done';
  readonly hash?: Hex;
  /** Of a transaction that is done: where it is. */
  readonly block?: number;
}

/** How a plan is run. */
export interface ExecuteOptions extends Waiting {
  /** Where the chain is read: not through the wallet, where it can be avoided. */
  readonly reader: ChainReader;
  /** Where the run is kept, so that it goes on after a reload (default: nowhere). */
  readonly journal?: Journal;
  readonly onStep?: (progress: Progress) => void;
  /** Hand all calls to a wallet that takes batches (default `auto`). */
  readonly batch?: 'auto' | 'never';
}

/** What became of a plan: the transaction of each step, and its block where that is known; none for a signature. */
export interface Outcome {
  readonly transactions: readonly (Hex | undefined)[];
  readonly blocks: readonly (number | undefined)[];
}

/**
 * Run a plan: ask the wallet for each of its requests, exactly as they were shown, and wait for each. A plan that the journal knows goes on
 * where it stopped: what was sent is looked for, not sent again.
 */
export async function execute(plan: Plan, wallet: Wallet, options: ExecuteOptions): Promise<Outcome> {
  const id = await reviewPlan(plan);
  const journal = options.journal ?? new Journal(memoryStorage());
  const run = journal.open(id, plan);
  const save = (step: number, state: StepState): void => {
    run.steps[step] = state;
    journal.save(id, run);
  };
  await wallet.check(plan.chainId, plan.account);
  await runBatch(plan, run, wallet, options, () => journal.save(id, run));
  for (let step = 0; step < plan.steps.length; step++) {
    await runStep(plan, run, step, wallet, options, (state) => save(step, state));
  }
  journal.remove(id);
  return {
    transactions: run.steps.map((state) => (state.state === 'done' ? state.hash : undefined)),
    blocks: run.steps.map((state) => (state.state === 'done' ? state.block : undefined)),
  };
}

/** All steps as one batch, where the wallet and the plan allow it and none has begun. */
async function runBatch(plan: Plan, run: Run, wallet: Wallet, options: ExecuteOptions, save: () => void): Promise<void> {
  const calls = plan.steps.map((step) => step.request).filter((request): request is Call => request.type === 'transaction');
  const whole = calls.length > 1 && calls.length === plan.steps.length && plan.steps.every((step) => step.waitBlocks === 0);
  const fresh = run.steps.every((state) => state.state === 'open');
  if (run.batch === undefined) {
    if (!whole || !fresh || options.batch === 'never' || !(await takesBatches(wallet, plan.chainId, plan.account))) return;
    tell(options, plan, 0, 'confirm');
    await wallet.check(plan.chainId, plan.account);
    try {
      run.batch = await sendBatch(wallet, plan.chainId, plan.account, calls);
    } catch (e) {
      if (refusesBatches(e)) return;
      throw e;
    }
    save();
  }
  const settled = batchOutcome(wallet, run.batch, plan.steps.length, options);
  const outcome = await settled.catch((e) => {
    // Nothing of it had an effect: the next attempt starts anew.
    if ((e as { code?: unknown }).code === 'batch.failed') {
      delete run.batch;
      save();
    }
    throw e;
  });
  outcome.calls.forEach((hash, step) => {
    if (hash === null) return;
    run.steps[step] = { state: 'done', hash };
    tell(options, plan, step, 'done', hash);
  });
  delete run.batch;
  save();
  const open = plan.steps.filter((_, step) => run.steps[step]?.state !== 'done').map((step) => step.id);
  // The rest can be sent one by one, but only after the user has seen that it came to this.
  if (outcome.partial || open.length > 0) throw chainError('batch.partial', `open: ${open.join(', ')}`, { open });
}

async function runStep(
  plan: Plan,
  run: Run,
  index: number,
  wallet: Wallet,
  options: ExecuteOptions,
  save: (state: StepState) => void,
): Promise<void> {
  const shown = plan.steps[index]!;
  const { account } = plan;
  let state = run.steps[index]!;
  if (state.state === 'done' || state.state === 'signed') return;
  if (shown.request.type === 'signature') {
    tell(options, plan, index, 'confirm');
    await wallet.check(plan.chainId, account);
    const signature = await wallet.request('eth_signTypedData_v4', [account, shown.request.typedData]);
    if (typeof signature !== 'string') throw chainError('wallet.malformed', 'eth_signTypedData_v4');
    // Refused now, and not by the contract, if no contract could take it.
    const next = plan.steps.find((step) => step.signedBy === index);
    if (next) await rule((r) => r.chainComplete(json(next), signature));
    save({ state: 'signed', signature });
    tell(options, plan, index, 'done');
    return;
  }
  const call = (await signed(run, shown)).request as Call;
  if (state.state === 'asked') state = await recover(options.reader, account, call, state, save);
  if (state.state === 'open') {
    await blocksPassed(plan, run, index, options);
    const before = await position(options.reader, account);
    tell(options, plan, index, 'confirm');
    await wallet.check(plan.chainId, account);
    // From here on the wallet may have sent, whatever becomes of this page.
    save({ state: 'asked', ...before });
    const transaction = { from: account, to: call.to, value: call.value, data: call.data };
    const answer = await wallet.request('eth_sendTransaction', [transaction]).catch((e) => {
      if (neverSent(e)) save({ state: 'open' });
      throw e;
    });
    if (!isHash(answer)) throw chainError('wallet.malformed', 'eth_sendTransaction');
    const hash = answer.toLowerCase() as Hex;
    const nonce = (await checkSent(options.reader, hash, account, call)) ?? before.nonce;
    state = { state: 'sent', hash, nonce, block: before.block };
    save(state);
  }
  if (state.state !== 'sent') throw chainError('journal.unreadable', shown.id);
  tell(options, plan, index, 'sent', state.hash);
  try {
    const { hash, block } = await included(options.reader, account, call, state, options);
    save({ state: 'done', hash, block });
    tell(options, plan, index, 'done', hash, block);
  } catch (e) {
    // What failed for good is asked for anew by the next attempt; what may still come is waited for.
    if (['transaction.reverted', 'transaction.replaced', 'transaction.dropped'].includes(String((e as { code?: unknown }).code))) {
      // Another chain knows nothing of it: asking again could pay twice.
      await options.reader.sameChain();
      save({ state: 'open' });
    }
    throw e;
  }
}

/** The step with the signature of an earlier one. */
async function signed(run: Run, step: Step): Promise<Step> {
  if (step.signedBy === undefined) return step;
  const state = run.steps[step.signedBy];
  if (state?.state !== 'signed') throw chainError('journal.unreadable', step.id);
  return rule((r) => r.chainComplete(json(step), state.signature));
}

/** The wallet was asked before the page was closed: has it sent? */
async function recover(
  reader: ChainReader,
  account: Hex,
  call: Call,
  asked: Extract<StepState, { state: 'asked' }>,
  save: (state: StepState) => void,
): Promise<StepState> {
  const pending = small(await reader.request('eth_getTransactionCount', [account, 'pending']));
  const { nonce } = await position(reader, account);
  let state: StepState = { state: 'open' };
  if (nonce > asked.nonce) {
    const hash = await replacement(reader, account, call, asked).catch((e) => {
      // Another transaction took the nonce: this one was never sent, or never will be.
      if ((e as { code?: unknown }).code === 'transaction.replaced') return undefined;
      throw e;
    });
    if (hash) state = { state: 'sent', hash, nonce: asked.nonce, block: asked.block };
  } else if (pending > asked.nonce) {
    // It waits among others, unknown by its hash. Sending again could pay twice.
    throw chainError('wallet.pending', 'a transaction of this account waits to be included; try again when it is');
  }
  await reader.sameChain();
  save(state);
  return state;
}

/** Errors after which the wallet has certainly sent nothing. */
function neverSent(e: unknown): boolean {
  const codes = ['wallet.rejected', 'wallet.unauthorized', 'wallet.unsupported_method', 'wallet.invalid_input', 'wallet.pending', 'wallet.transaction_refused'];
  return codes.includes(String((e as { code?: unknown }).code));
}

async function blocksPassed(plan: Plan, run: Run, index: number, options: ExecuteOptions): Promise<void> {
  const { waitBlocks } = plan.steps[index]!;
  const before = run.steps[index - 1];
  if (waitBlocks === 0 || before?.state !== 'done' || before.block === undefined) return;
  // The transaction is in the next block at the earliest.
  for (let told = false; ; told = true) {
    const newest = small(await options.reader.request('eth_blockNumber', []));
    if (newest + 1 >= before.block + waitBlocks) return;
    if (!told) tell(options, plan, index, 'wait');
    await sleep(options.pollMs ?? 2000, options.signal);
  }
}

function tell(options: ExecuteOptions, plan: Plan, step: number, phase: Progress['phase'], hash?: Hex, block?: number): void {
  const where = { ...(hash === undefined ? {} : { hash }), ...(block === undefined ? {} : { block }) };
  options.onStep?.({ step, of: plan.steps.length, id: plan.steps[step]!.id, phase, ...where });
}
