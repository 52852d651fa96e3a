import type { Asserted, DisputeTerms, DisputeView, Examination, ExamineProgress, RefereeCall, Stand } from '../dispute.js';
import { chainError } from './errors.js';
import { planAction } from './plans.js';
import type { ChainReader } from './reader.js';
import type { Block, Hex, Plan } from './types.js';

/** What is used of a loaded model: the package's `Engine` fits. */
export interface Examiner {
  readonly modelId: string;
  examine(
    asserted: Asserted,
    options: { stand?: Stand; holds?: (call: RefereeCall) => Promise<boolean>; onProgress?: (progress: ExamineProgress) => void; signal?: AbortSignal },
  ): Promise<Examination>;
}

/** How the next move is found. */
export interface PlanDisputeOptions {
  /** The block of the last move (`execute` gives it): a node that is behind would have it made twice. */
  readonly after?: number;
  readonly onProgress?: (progress: ExamineProgress) => void;
  readonly signal?: AbortSignal;
}

/** What to do next about an assertion, and what that was found from. */
export interface DisputeStep extends Examination {
  readonly look: DisputeView;
  readonly block: Block;
  /** The transaction of the next move, where there is one. */
  readonly plan?: Plan;
}

/**
 * Look at an assertion, run the model on it, and plan the next move against it where it is wrong: a refutation or a challenge, then its
 * moves, then the money. Whoever has the plan signed (`execute`) and comes back here goes through the whole dispute; a page that was closed
 * in between goes on where it was, since all of it is read from the chain.
 */
export async function planDispute(
  reader: ChainReader,
  examiner: Examiner,
  { terms, asserted, account }: { readonly terms: DisputeTerms; readonly asserted: Asserted; readonly account: Hex },
  { after = 0, ...options }: PlanDisputeOptions = {},
): Promise<DisputeStep> {
  const { verifier } = terms;
  const { value: look, block } = await reader.dispute(verifier, asserted.number, account, Number(asserted.block));
  if (block.number < after) throw chainError('rpc.stale', `the node is at block ${block.number}, the last move is in ${after}`, { after });
  const stand = { account, terms, look, now: block.timestamp };
  const found = await examiner.examine(asserted, { stand, holds: (call) => reader.holds(call), ...options });
  if (found.next?.kind !== 'send') return { ...found, look, block };
  const book = { chainId: reader.chainId, account, entries: [{ address: verifier, kind: 'disputes' as const }] };
  const plan = await planAction({ action: 'dispute', verifier, value: found.next.value, data: found.next.data }, book);
  return { ...found, look, block, plan };
}
