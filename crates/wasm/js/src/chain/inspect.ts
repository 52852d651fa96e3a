import { RISKS, type RiskCode } from '../generated/chain-risks.js';
import type { ChainReader } from './reader.js';
import type { Block, Hex, Terms } from './types.js';
import { json, rule } from './wasm.js';

export { RISKS, type RiskCode };

/** A risk that was found. */
export interface Flag {
  readonly code: RiskCode;
  readonly severity: 'danger' | 'warning' | 'notice';
  readonly title: string;
  readonly explanation: string;
  readonly detail: string;
}

/** What is known besides the chain. */
export interface InspectOptions {
  /** The registry, and whose record of the model is meant: the makers' of the offering. */
  readonly registry?: { readonly address: Hex; readonly owner: Hex };
  /** ERC-20s that are known to pay exact amounts. */
  readonly currencies?: readonly Hex[];
  /** Contracts that are known to lock liquidity. */
  readonly lockers?: readonly Hex[];
  /**
   * The id of the model whose file begins at a URL, or undefined where there is none: `loadModel` of this package checks it against every
   * byte. By default it is only asked whether something is there.
   */
  readonly modelAt?: (url: string) => Promise<string | undefined>;
}

/** An offering's risks, and what they were found in. */
export interface Inspection {
  readonly flags: readonly Flag[];
  readonly terms: Terms;
  readonly token: Hex;
  readonly block: Block;
}

interface Facts {
  readonly token: Hex;
  readonly terms: Terms;
  readonly record: { readonly uris: readonly string[] } | null;
}

type ModelFile = 'verified' | 'answers' | 'other' | 'unreachable';

/** Read an offering from the chain and flag every risk that can be told from there. */
export async function inspectOffering(reader: ChainReader, offering: Hex, options: InspectOptions = {}): Promise<Inspection> {
  const { registry } = options;
  const { value, block } = await reader.view<Facts>({ view: 'inspect', offering, registry: registry ? [registry.address, registry.owner] : null });
  const circumstances = {
    now: block.timestamp,
    modelFile: await modelFile(value.terms.modelId, value.record?.uris ?? [], options.modelAt),
    currencies: options.currencies ?? [],
    lockers: options.lockers ?? [],
  };
  const flags = await rule<Flag[]>((r) => r.chainInspect(json(value), json(circumstances)));
  return { flags, terms: value.terms, token: value.token, block };
}

async function modelFile(modelId: Hex, uris: readonly string[], modelAt: InspectOptions['modelAt']): Promise<ModelFile> {
  let result: ModelFile = 'unreachable';
  for (const uri of uris) {
    const url = web(uri);
    if (!url) continue;
    const found = modelAt ? await modelAt(url).catch(() => undefined) : await answers(url);
    if (found === undefined || found === false) continue;
    if (found === true) return 'answers';
    if (same(found, modelId)) return 'verified';
    result = 'other';
  }
  return result;
}

/** A place that a page may look at: nothing but HTTPS, and IPFS through a gateway of the page's choosing, which it has not chosen. */
function web(uri: string): string | undefined {
  try {
    const url = new URL(uri);
    return url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'HEAD',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(15_000),
    });
    return response.ok;
  } catch {
    return false;
  }
}

function same(a: string, b: string): boolean {
  return a.replace(/^0x/, '').toLowerCase() === b.replace(/^0x/, '').toLowerCase();
}
