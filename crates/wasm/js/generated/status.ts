// Written by `cargo xtask vectors` from crates/core/src/verify/status.rs; do not edit.

/** One check of a verification, in the order of a report. */
export type StatusCode =
  | "bundle.parse"
  | "bundle.version"
  | "request.parse"
  | "request.version"
  | "request.canonical"
  | "request.sampler"
  | "request.limits"
  | "statement.request_hash"
  | "statement.content_hash"
  | "statement.model_id"
  | "statement.trace_root"
  | "output.ids"
  | "output.finish"
  | "model.id"
  | "request.prompt_ids"
  | "request.context"
  | "output.text"
  | "recompute.ids";

/** What is checked, and what a failure means. */
export const STATUS_CODES: Readonly<Record<StatusCode, { readonly checks: string; readonly failure: string }>> = {
  "bundle.parse": {
    checks: "The file is a bundle: JSON with exactly the fields of its version, within the size limits.",
    failure: "The file is damaged or is not a bundle; nothing in it was believed.",
  },
  "bundle.version": {
    checks: "The bundle's version is one that this verifier knows.",
    failure: "This cannot fail: an unknown version is unsupported, not false.",
  },
  "request.parse": {
    checks: "The request in the bundle has exactly the fields of its version.",
    failure: "The request cannot be read, so nobody can run it again.",
  },
  "request.version": {
    checks: "The request's version is one that this verifier knows.",
    failure: "This cannot fail: an unknown version is unsupported, not false.",
  },
  "request.canonical": {
    checks: "The request is written in its one canonical form (RFC 8785), the form that is hashed.",
    failure: "The same request spelt differently has another hash; the bundle was not written by a correct program.",
  },
  "request.sampler": {
    checks: "The sampler's integers are in their domain.",
    failure: "No sampler has these parameters, so no model can have produced the output with them.",
  },
  "request.limits": {
    checks: "The request asks for 1 to 131072 ids.",
    failure: "No generation has this length.",
  },
  "statement.request_hash": {
    checks: "The statement's request hash is the hash of the request in the bundle.",
    failure: "The statement is about another request than the one shown: the prompt, sampler, seed or length was changed.",
  },
  "statement.content_hash": {
    checks: "The statement's content hash is the hash of the content in the bundle.",
    failure: "The statement is about another content than the one shown: the text was changed.",
  },
  "statement.model_id": {
    checks: "The statement's model id is the id of the model that the bundle names.",
    failure: "The statement is about another model than the one that the bundle names.",
  },
  "statement.trace_root": {
    checks: "The statement's trace root is the root over the run's intermediates.",
    failure: "The run's intermediates are not the committed ones.",
  },
  "output.ids": {
    checks: "There are 1 to max_tokens ids, each in the model's vocabulary.",
    failure: "No model can have produced these ids for this request.",
  },
  "output.finish": {
    checks: "The output ends with its only stop id, or has exactly max_tokens ids and none.",
    failure: "The output was cut short, continued, or says wrongly why it ended.",
  },
  "model.id": {
    checks: "The model at hand is the one that the statement names.",
    failure: "This cannot fail: with another model at hand the statement could not be checked.",
  },
  "request.prompt_ids": {
    checks: "The prompt's ids, made by the model's own tokenizer and template, have the hash in the request.",
    failure: "The request commits to other ids than those of the prompt shown: the model was given something else to read.",
  },
  "request.context": {
    checks: "Prompt and requested length fit the model's context.",
    failure: "The model cannot have run on a sequence of this length.",
  },
  "output.text": {
    checks: "The ids decode to exactly the content in the bundle.",
    failure: "What is shown is not what the ids decode to, be it text or picture: one of them was changed.",
  },
  "recompute.ids": {
    checks: "Run again here, the model picks exactly these ids, one after the other.",
    failure: "The model picks another id at the position named: this output is not what this model produces for this request.",
  },
};

/** Why a GPU is not used, or not any longer. */
export const DEVICE_CODES = {
  "device.unavailable": "no GPU can be used here",
  "device.self_test": "the GPU does not compute exactly, by its self-test",
  "device.too_small": "the model does not fit the GPU's memory or its limits",
  "device.lost": "the GPU went away during the run",
  "device.out_of_memory": "the GPU ran out of memory during the run",
  "device.mismatch": "a product that was checked on the processor was wrong",
} as const;
