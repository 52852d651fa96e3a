import { chainError } from './errors.js';
import type { Hex, Plan } from './types.js';

/** Where a page keeps what it must not forget: `localStorage` fits. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** How far a step is. */
export type StepState =
  | { readonly state: 'open' }
  /** The wallet was asked, when the account's next nonce was `nonce` and the newest block `block`; it may have sent. */
  | { readonly state: 'asked'; readonly nonce: number; readonly block: number }
  | { readonly state: 'sent'; readonly nonce: number; readonly block: number; readonly hash: Hex }
  | { readonly state: 'signed'; readonly signature: string }
  | { readonly state: 'done'; readonly hash?: Hex; readonly block?: number };

/** What is kept of a run until it is done. */
export interface Run {
  readonly version: 1;
  readonly plan: Plan;
  readonly steps: StepState[];
  /** Of the wallet, where the steps went to it as one batch. */
  batch?: string;
}

const PREFIX = 'openimo-run:';
const LIST = 'openimo-runs';

/** Runs that survive a reload. */
export class Journal {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** The run of a plan, begun or new. */
  open(id: string, plan: Plan): Run {
    const kept = this.#read(id);
    if (kept && kept.steps.length !== plan.steps.length) throw chainError('journal.unreadable', id);
    return kept ?? { version: 1, plan, steps: plan.steps.map(() => ({ state: 'open' })) };
  }

  save(id: string, run: Run): void {
    this.#storage.setItem(PREFIX + id, JSON.stringify(run));
    this.#list([...new Set([...this.#ids(), id])]);
  }

  /** It is done, or given up. */
  remove(id: string): void {
    this.#storage.removeItem(PREFIX + id);
    this.#list(this.#ids().filter((other) => other !== id));
  }

  /** Plans that were begun and not done: `execute` goes on with them. */
  unfinished(): Plan[] {
    return this.#ids().flatMap((id) => this.#read(id)?.plan ?? []);
  }

  #ids(): string[] {
    try {
      const ids: unknown = JSON.parse(this.#storage.getItem(LIST) ?? '[]');
      if (Array.isArray(ids)) return ids.filter((id) => typeof id === 'string');
    } catch {
      // Said below.
    }
    throw chainError('journal.unreadable', LIST);
  }

  #list(ids: string[]): void {
    this.#storage.setItem(LIST, JSON.stringify(ids));
  }

  #read(id: string): Run | undefined {
    const text = this.#storage.getItem(PREFIX + id);
    if (text === null) return undefined;
    try {
      const run = JSON.parse(text) as Run;
      if (run.version === 1 && Array.isArray(run.steps) && Array.isArray(run.plan.steps)) return run;
    } catch {
      // Said below.
    }
    throw chainError('journal.unreadable', id);
  }
}

/** Where nothing needs to survive. */
export function memoryStorage(): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}
