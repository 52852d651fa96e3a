import { OpenimoError } from '../errors.js';
import { fromBase64 } from '../picture.js';
import { chainError } from './errors.js';
import type { ChainReader } from './reader.js';
import type { Block, ContentView, Hex } from './types.js';
import { json, rule } from './wasm.js';

/** The event that carries content. */
const AIGC_CONTENT = 'AigcContent(uint256,bytes32,bytes)';

/** The content in a bundle's output: a picture in base 64, bytes as hex digits, or text. */
interface ContentOutput {
  readonly text: string;
  readonly content_hex?: string;
  readonly picture?: string;
}

/** What is used of a loaded model: the package's `Engine` fits. */
export interface Runner {
  readonly modelId: string;
  generate(request: string, options?: { signal?: AbortSignal }): Promise<{ bundle: { output: ContentOutput } }>;
}

/** One thing that was looked at. */
export interface TrustCheck {
  readonly code: 'chain.code' | 'chain.request' | 'chain.content' | 'chain.final' | 'chain.verifier' | 'chain.revenue' | 'engine.model' | 'engine.content';
  /** `warning`: it says nothing against the content, but should be known. */
  readonly status: 'passed' | 'failed' | 'warning' | 'skipped';
  readonly detail: string;
}

/** What the chain says about a token's content, and what running the model again said. */
export interface TrustReport {
  /** `recomputed`: the model gives exactly this content. `on_chain`: the chain is consistent, nothing was run. `not_verified`: a check failed. */
  readonly verdict: 'recomputed' | 'on_chain' | 'not_verified';
  readonly checks: readonly TrustCheck[];
  readonly facts: ContentView;
  /** The content's bytes, from the event that the collection points to; nothing in it is markup to this package. */
  readonly content: Uint8Array | null;
  readonly block: Block;
}

/** Read a token of a collection, and, with its model at hand, run the model again and compare. */
export async function trustReport(
  reader: ChainReader,
  collection: Hex,
  tokenId: bigint | Hex,
  options: { runner?: Runner; signal?: AbortSignal } = {},
): Promise<TrustReport> {
  const { value: facts, block } = await reader.content(collection, tokenId);
  const checks: TrustCheck[] = [];
  const note = (code: TrustCheck['code'], status: TrustCheck['status'] | boolean, detail: string): void => {
    checks.push({ code, status: typeof status === 'boolean' ? (status ? 'passed' : 'failed') : status, detail });
  };
  note('chain.code', facts.knownCode ? true : 'warning', facts.knownCode ? "The collection's code is the audited contract's." : "The collection's code is not the audited contract's: what it says of itself is its maker's word.");
  note('chain.request', true, "The token's id is keccak256 of its prompt.");
  const content = facts.contentHash === null ? null : await contentOf(reader, facts);
  note('chain.content', content === null ? 'skipped' : true, content ? 'The content has the hash that the chain keeps.' : 'The token has no content yet.');
  if (facts.finality === null) note('chain.final', 'skipped', 'The verifier does not say whether the content is final.');
  else note('chain.final', facts.finality ? true : 'skipped', facts.finality ? 'The verifier has the content as final.' : 'Not final yet, or only with a proof.');
  note('chain.verifier', facts.standIn ? 'warning' : true, facts.standIn ? 'The verifier says that it is a stand-in: a named account decides.' : 'The verifier does not call itself a stand-in.');
  note('chain.revenue', facts.revenueTokenBound ? true : 'warning', facts.revenueTokenBound ? 'Mint fees go to a token of the same model.' : 'The token that is paid names another model.');
  await rerun(facts, content, options, note);
  const ran = checks.some((check) => check.code === 'engine.content' && check.status === 'passed');
  const verdict = checks.some((check) => check.status === 'failed') ? 'not_verified' : ran ? 'recomputed' : 'on_chain';
  return { verdict, checks, facts, content, block };
}

async function rerun(
  facts: ContentView,
  content: Uint8Array | null,
  options: { runner?: Runner; signal?: AbortSignal },
  note: (code: TrustCheck['code'], status: TrustCheck['status'] | boolean, detail: string) => void,
): Promise<void> {
  const { runner, signal } = options;
  if (!runner || !content) return note('engine.content', 'skipped', runner ? 'There is no content to compare with.' : 'No model was given.');
  const right = runner.modelId.replace(/^0x/, '').toLowerCase() === facts.modelId.slice(2).toLowerCase();
  note('engine.model', right, right ? "The model at hand is the collection's." : 'The model at hand is another one.');
  if (!right) return;
  try {
    const { bundle } = await runner.generate(facts.prompt, signal ? { signal } : {});
    const got = bytesOf(bundle.output);
    const equal = got.length === content.length && got.every((byte, i) => byte === content[i]);
    note('engine.content', equal, equal ? 'Run again here, the model gives exactly this content.' : 'Run again here, the model gives another content.');
  } catch (e) {
    signal?.throwIfAborted();
    note('engine.content', false, `The prompt is no request that this model can run: ${e instanceof OpenimoError ? e.message : 'it failed'}`);
  }
}

/** The content, from the one event in its block that has its hash. */
async function contentOf(reader: ChainReader, facts: ContentView): Promise<Uint8Array> {
  const topic = await rule<string>((r) => r.chainHash(AIGC_CONTENT));
  const id = `0x${BigInt(facts.tokenId).toString(16).padStart(64, '0')}`;
  const topics = [topic.startsWith('0x') ? topic : `0x${topic}`, id, facts.contentHash];
  const filter = { address: facts.collection, fromBlock: facts.contentBlock, toBlock: facts.contentBlock, topics };
  const logs = await reader.request('eth_getLogs', [filter]);
  const [log] = Array.isArray(logs) ? (logs as { data?: unknown }[]) : [];
  if (typeof log?.data !== 'string') throw chainError('rpc.inconsistent', 'the event with the content is missing', { topics: json(topics) });
  const { data } = log;
  return rule((r) => r.chainContent(facts.contentHash!, data as string));
}

function bytesOf({ text, content_hex, picture }: ContentOutput): Uint8Array {
  if (picture !== undefined) return fromBase64(picture);
  return content_hex === undefined ? new TextEncoder().encode(text) : fromHex(content_hex);
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
