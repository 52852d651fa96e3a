/** What crosses between whoever reads a chain and whoever runs the model, in a dispute of an asserted run. Plain data. */

/** `0x` and hex digits. */
type Hex = `0x${string}`;

/** What an optimistic verifier fixes, and what it knows of a model. */
export interface DisputeTerms {
  readonly verifier: Hex;
  /** Who decides whether a step holds. */
  readonly referee: Hex;
  /** Wei of an assertion. */
  readonly bond: Hex;
  /** Wei of a challenge, besides the fee of the first answer. */
  readonly challengeBond: Hex;
  /** Wei of an answer. */
  readonly questionFee: Hex;
  /** Seconds in which an assertion can be challenged. */
  readonly window: Hex;
  /** Seconds for a move. */
  readonly clock: Hex;
  /** keccak256 of the model's program; zero where the model is not known there. */
  readonly programHash: Hex;
  /** Whether the code of the verifier and of all contracts that it rests on is that of the project's. */
  readonly knownCode: boolean;
}

/** An assertion. */
export interface Asserted {
  readonly number: Hex;
  /** The block of its event. */
  readonly block: Hex;
  readonly asserter: Hex;
  readonly requestHash: Hex;
  /** The run, as the ABI encodes it. */
  readonly run: Hex;
}

/** Where an assertion stands: status 0 none, 1 asserted, 2 refuted, 3 final. */
export interface Standing {
  readonly status: number;
  /** The first second in which a challenge is too late. */
  readonly deadline: number;
  /** Challenges that are open. */
  readonly open: number;
}

/** An assertion as somebody sees it who may challenge it. */
export interface DisputeView {
  readonly standing: Standing;
  /** The account's challenges of it that are not closed: turn 1 and 3 are the asserter's, 2 the challenger's. */
  readonly challenges: readonly {
    readonly id: Hex;
    readonly turn: number;
    readonly deadline: number;
    readonly events: readonly unknown[];
  }[];
  /** Wei that the account can withdraw. */
  readonly credit: Hex;
}

/** Who would challenge, and what the chain says to that. */
export interface Stand {
  readonly account: Hex;
  readonly terms: DisputeTerms;
  readonly look: DisputeView;
  /** Seconds, of the block at which it was looked. */
  readonly now: number;
}

/** A call whose answer says whether a step holds. */
export interface RefereeCall {
  readonly to: Hex;
  readonly data: Hex;
}

/** What is wrong with an asserted run. */
export interface Fault {
  readonly fault:
    | { readonly kind: 'form' }
    | { readonly kind: 'picture' }
    | { readonly kind: 'piece'; readonly index: number }
    | { readonly kind: 'id' | 'choice'; readonly position: number }
    | { readonly kind: 'boundary'; readonly boundary: number };
  /** The same in words. */
  readonly text: string;
}

/** What to do next about a wrong assertion. */
export type NextMove =
  /** Call the verifier; `deed` says what that does. */
  | { readonly kind: 'send'; readonly value: Hex; readonly data: Hex; readonly deed: string }
  /** Wait for somebody else, or for time to pass. */
  | { readonly kind: 'wait' }
  /** It was refuted, and nothing is owed any more. */
  | { readonly kind: 'refuted' }
  /** It is wrong, and beyond every challenge. */
  | { readonly kind: 'beyond' }
  /** There is none any more: the chain was reorganised. */
  | { readonly kind: 'gone' }
  /** The referee finds nothing wrong: then it is not the referee that it should be. */
  | { readonly kind: 'nothing'; readonly challenge: Hex };

/** What running an asserted run again has found; `next` where something is wrong and it was asked for. */
export interface Examination {
  readonly fault: Fault | null;
  readonly next?: NextMove;
}

/** A step of an examination. */
export interface ExamineProgress {
  /** `load`: the model is on a GPU, and is loaded once more for the processor. */
  readonly phase: 'load' | 'verify';
  readonly done: number;
  readonly total: number;
}
