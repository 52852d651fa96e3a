// The request and the engine in readable form.
import { BUILDS } from "./device.js";
import { $, bytes, count, el, fill, hash } from "../../assets/js/dom.js";

/** The request of a report, with the prompt above the content. */
export function showRequest({ request, model, output, statement }) {
  const { sampler } = request;
  const greedy = sampler.beta === 0;
  $("prompt").replaceChildren(
    ...(request.messages ?? [{ role: "prompt", content: request.prompt }]).map(({ role, content }) => el("p", {}, el("b", {}, role), content)),
  );
  fill($("request"), [
    ["Model", model.name],
    ["Model id", hash(model.id)],
    ["How a token is chosen", greedy ? "always the most likely one" : "drawn by the seed"],
    ["Temperature", greedy ? undefined : number((65536 * Math.LOG2E) / sampler.beta)],
    ["Only the most likely (top-k)", greedy || !sampler.top_k ? undefined : count(sampler.top_k, "token")],
    ["Only the share (top-p)", greedy || sampler.top_p >= 65536 ? undefined : number(sampler.top_p / 65536)],
    ["Seed", /^0x0+$/.test(request.seed) ? "0" : hash(request.seed)],
    ["Length", `${count(output.ids.length, "token")}, at most ${request.max_tokens}`],
    ["Ended", output.picture ? "when the picture was whole" : { stop: "by the model itself", length: "at the length asked for" }[output.finish]],
    ["Request hash", hash(statement.request_hash)],
    ["Content hash", hash(statement.content_hash)],
  ]);
}

/** What recomputes, or that nothing has yet. @param {{ engine?: object, load?: object, run?: object, versions?: object }} known */
export function showEngine({ engine, load, run, versions }) {
  const device = engine?.device;
  const by = device && (device.kind === "gpu" ? `WebGPU, ${device.name}` : (BUILDS[device.name] ?? device.name));
  fill($("engine"), [
    ["Engine", by ?? "nothing yet"],
    ["Workers", engine && String(engine.workers ?? 1)],
    ["Model file", load && `${bytes(load.bytes)}, from ${load.from}`],
    ["Time", run && `${seconds(run.ms)} for ${count(run.tokens, "token")}`],
    ["Arithmetic", versions?.arithmetic],
    ["Version", versions && [versions.version, versions.git?.slice(0, 9)].filter(Boolean).join(", ")],
  ]);
}

/** A decimal that came through an integer: three digits tell it. */
const number = (x) => String(Number(x.toPrecision(4)));

/** Milliseconds as people read them. */
export const seconds = (ms) => (ms < 950 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
