// What runs the model: the choice between GPU and processor, what is used and why, and how fast it was.
import { $, count, el, fill } from "../../assets/js/dom.js";

/** The engine that is loaded, and how fast it was at what. */
let engine;
let rates = {};

/** `auto`, `gpu` or `cpu`: as the page's address says, else as it was last chosen. */
export function choice() {
  return document.querySelector('input[name="device"]:checked').value;
}

/** Listen to the choice. @param {() => boolean} pending whether what is loaded is not what is chosen */
export function listenToDevice(pending) {
  const given = new URLSearchParams(location.search).get("device") ?? remembered();
  const inputs = [...document.querySelectorAll('input[name="device"]')];
  for (const input of inputs) {
    if (input.value === given) input.checked = true;
    input.addEventListener("change", () => {
      remember(input.value);
      $("device-note").textContent = pending() ? "From the next run on." : "";
    });
  }
  showDevice();
}

/** Show what `loaded` runs on; without one, that nothing is loaded. */
export function showDevice(loaded) {
  engine = loaded;
  rates = {};
  $("device-note").textContent = "";
  draw();
}

/** Show that the device is another now, as after a fault. */
export function deviceChanged() {
  if (!engine || $("device").dataset.kind === engine.device.kind) return;
  rates = {};
  draw();
}

/** Keep how fast a run was. @param {"generate" | "verify"} what */
export function measured(what, tokens, ms) {
  if (!engine || !(tokens > 0 && ms > 0)) return;
  rates[what] = `${perSecond(tokens, ms)} tokens/s (${count(tokens, "token")})`;
  draw();
}

/** Tokens a second, with a digit after the point where it matters. */
export function perSecond(tokens, ms) {
  const rate = (1000 * tokens) / ms;
  return rate.toFixed(rate < 10 ? 1 : 0);
}

/** Where a report was recomputed, in a few words. @param {{ kind: string, name: string, fallback: object | null } | null} on */
export function recomputedOn(on) {
  if (!on) return "";
  const after = on.fallback ? `, after the GPU failed (${on.fallback.code})` : "";
  // The browser tells the page more of its GPU than the module that runs there.
  const name = engine?.device.kind === on.kind && on.kind === "gpu" ? engine.device.name : on.name;
  return ` on the ${on.kind === "gpu" ? "GPU" : "processor"} (${name})${after}`;
}

function draw() {
  const device = engine?.device;
  const { kind = "", name, driver, api, software, selfTest, fallback } = device ?? {};
  $("device").dataset.kind = kind;
  const now = { "": "No model is loaded yet", gpu: "Running on the GPU", cpu: "Running on the processor" };
  $("device-used").textContent = now[kind];
  const tested = selfTest && `passed, ${count(selfTest.cases, "case")}, ${selfTest.cached ? "on an earlier visit" : "just now"}`;
  fill($("device-facts"), [
    ["Name", kind === "cpu" ? (BUILDS[name] ?? name) : name && (software ? `${name} (a program on the processor)` : name)],
    ["Driver", driver || undefined],
    ["Reached by", { webgpu: "WebGPU" }[api] ?? (api || undefined)],
    ["Self-test", tested],
    ["Writing", rates.generate],
    ["Recomputing", rates.verify],
  ]);
  $("device-facts").hidden = !device;
  $("device-why").replaceChildren(
    ...(fallback ? ["Not the GPU: ", `${fallback.message.replace(/\.?$/, ".")} `, el("code", {}, fallback.code)] : []),
  );
}

/** What the builds for the processor use. */
export const BUILDS = { relaxed: "WebAssembly, relaxed SIMD", simd128: "WebAssembly, 128-bit SIMD" };

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(value) {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // No storage: it has to be chosen again next time.
  }
}

const KEY = "openimo.device";
