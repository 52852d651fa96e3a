import { OpenimoError } from './errors.js';

/**
 * One rank's end of the memory that two workers share. A gather writes this rank's columns where the other reads them, publishes its
 * number, and waits until the other has published the same. Two halves take turns, so nothing is overwritten before it was read: a rank
 * writes number n + 2 only after it has seen n + 1 of the other, which had then read n.
 */
export class SharedExchange {
  readonly #rank: number;
  /** Published numbers, one a rank, a cache line apart. */
  readonly #published: Int32Array;
  readonly #slots: readonly Int32Array[];
  #number = 0;

  constructor(shared: SharedArrayBuffer, rank: number) {
    this.#rank = rank;
    this.#published = new Int32Array(shared, 0, RANKS * LINE);
    const slot = (i: number): Int32Array => new Int32Array(shared, (RANKS * LINE + i * SLOT) * 4, SLOT);
    this.#slots = Array.from({ length: RANKS * 2 }, (_, i) => slot(i));
  }

  /** Memory for two ranks. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer((RANKS * LINE + RANKS * 2 * SLOT) * 4);
  }

  /** What the wasm module calls: `data` is `[rows, stride]`, and rank r has filled the columns `starts[r]..ends[r]` of each row. */
  gather(data: Int32Array, stride: number, starts: Uint32Array, ends: Uint32Array): void {
    const [mine, theirs] = [this.#rank, 1 - this.#rank];
    const [from, to, peerFrom, peerTo] = [starts[mine]!, ends[mine]!, starts[theirs]!, ends[theirs]!];
    const rows = data.length / stride;
    // As many rows at a time as fit a slot; a row's columns are at most a vocabulary.
    const batch = Math.max(1, Math.floor(SLOT / Math.max(1, to - from, peerTo - peerFrom)));
    for (let row = 0; row < rows; row += batch) {
      const last = Math.min(rows, row + batch);
      const half = this.#number & 1;
      const out = this.#slots[mine * 2 + half]!;
      for (let r = row, at = 0; r < last; r++, at += to - from) out.set(data.subarray(r * stride + from, r * stride + to), at);
      this.#meet(theirs);
      const from2 = this.#slots[theirs * 2 + half]!;
      const width = peerTo - peerFrom;
      for (let r = row, at = 0; r < last; r++, at += width) data.set(from2.subarray(at, at + width), r * stride + peerFrom);
    }
  }

  /** Publish what was written, and wait for the other: a little while awake, since it computes as much as this rank, then asleep. */
  #meet(theirs: number): void {
    const number = (this.#number + 1) | 0;
    this.#number = number;
    Atomics.store(this.#published, this.#rank * LINE, number);
    Atomics.notify(this.#published, this.#rank * LINE);
    const at = theirs * LINE;
    for (let spin = 0; spin < SPINS; spin++) if (((Atomics.load(this.#published, at) - number) | 0) >= 0) return;
    for (;;) {
      const seen = Atomics.load(this.#published, at);
      if (((seen - number) | 0) >= 0) return;
      if (Atomics.wait(this.#published, at, seen, PATIENCE_MS) === 'timed-out') {
        throw new OpenimoError('worker.lost', `the other worker has not answered for ${PATIENCE_MS / 1000} s`);
      }
    }
  }
}

const RANKS = 2;
/** Numbers in a cache line. */
const LINE = 32;
/** Numbers in half of a rank's memory: a whole row of logits of the largest vocabulary. */
const SLOT = 1 << 20;
/** Looks before sleeping: some tens of microseconds. */
const SPINS = 20_000;
const PATIENCE_MS = 60_000;
