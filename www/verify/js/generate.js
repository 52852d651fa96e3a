// Writing a text or drawing a picture here: a prompt and a seed in, what the model makes as it comes, and a bundle to keep or to verify at once.
import { deviceChanged, measured, perSecond } from "./device.js";
import { $, announce, count } from "../../assets/js/dom.js";
import { isCancel, showProblem } from "./errors.js";
import { resolveAddress } from "./fetch.js";
import * as model from "./model.js";
import { pictureOf } from "./package.js";
import { frame } from "./picture.js";

let stop;
let bundle;

/** Listen to the panel. @param {(incoming: { text: string, name: string }) => void} verify takes a bundle as if it had been opened */
export function listenToGenerate(verify) {
  const address = () => ($("generate-model").value ||= model.lastAddress() ?? "").trim();
  address();
  $("generate").addEventListener("toggle", () => {
    address();
    suit(model.current()?.engine);
  });
  $("generate-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (address()) write(() => resolveAddress(address()));
    else $("generate-model").focus();
  });
  $("generate-file").addEventListener("change", () => {
    const [file] = $("generate-file").files;
    $("generate-file").value = "";
    if (file) write(() => file);
  });
  $("generate-stop").addEventListener("click", () => stop?.abort(new DOMException("stopped", "AbortError")));
  $("generate-verify").addEventListener("click", () => verify({ text: JSON.stringify(bundle), name: "Written here" }));
  $("generate-save").addEventListener("click", () => save(`${bundle.output.picture ? "picture" : "answer"}.json`, `${JSON.stringify(bundle)}\n`, "application/json"));
  $("generate-save-picture").addEventListener("click", () => save("picture.png", pictureOf(bundle), "image/png"));
}

async function write(source) {
  if (stop) return;
  stop = new AbortController();
  const { signal } = stop;
  buttons(true);
  showProblem($("generate-problem"));
  $("generate-text").textContent = "";
  $("generate-picture").replaceChildren();
  $("generate-out").hidden = false;
  try {
    const from = source();
    const same = model.current()?.source === from;
    const { engine } = same ? model.current() : await model.load(from, { signal, show });
    suit(engine);
    const sketch = engine.image && sketchOf(engine.image);
    show("prompt", "Reading the prompt", 0, 0);
    const pieces = [];
    // Measured from a first token on, so that reading the prompt does not count.
    let first;
    const onToken = ({ phase, done, total, text, code, picture }) => {
      deviceChanged();
      if (phase === "draw") return sketch?.draw(picture, done);
      if (phase !== "generate") first = undefined;
      if (phase === "fallback") return show("fallback", `The GPU failed (${code}), loading the model for the processor`, done, total);
      if (phase === "prefill") return show("prompt", "Reading the prompt", done, total);
      // A device that was found wrong takes back what it wrote: only the tokens before this one stand.
      const stands = pieces.length === done - 1;
      pieces.splice(done - 1, Infinity, text);
      if (sketch) sketch.say(done);
      else if (stands) $("generate-text").append(text);
      else $("generate-text").textContent = pieces.join("");
      const now = performance.now();
      first ??= { at: now, done };
      const [tokens, ms] = [done - first.done, now - first.at];
      if (tokens > 0) measured("generate", tokens, ms);
      show("write", `${count(done, "token")}${tokens > 0 ? `, ${perSecond(tokens, ms)} a second` : ""}`, done, total);
    };
    ({ bundle } = await engine.generate(asked(engine.image), { onToken, signal }));
    bundle = { ...bundle, model: { ...bundle.model, sources: typeof from === "string" ? [from] : [] } };
    show("done", `${count(bundle.output.ids.length, "token")} ${sketch ? "drawn" : "written"}`, 1, 1);
    sketch?.end();
    announce(sketch ? "The picture is drawn." : "The text is written.");
  } catch (error) {
    bundle = undefined;
    show("stopped", isCancel(error) ? "Stopped" : "", 0, 1);
    if (!isCancel(error)) showProblem($("generate-problem"), error);
  } finally {
    stop = undefined;
    buttons(false);
  }
}

/** A picture has as many tokens as it has; a text is as long as it may be. */
function suit(engine) {
  const draws = Boolean(engine?.image);
  $("generate-length").closest("p").hidden = draws;
  $("generate-text").hidden = draws;
  $("generate-picture").hidden = !draws;
  $("generate-save-picture").hidden = !draws;
}

/** The picture as it is drawn, in the place of the text. @param {{ width: number, height: number, columns: number, rows: number, ids: number }} image */
function sketchOf(image) {
  const shown = frame(image);
  const size = `${image.width} by ${image.height} pixels`;
  shown.cover(image, 0);
  shown.say("Nothing is drawn yet");
  $("generate-picture").replaceChildren(shown.figure);
  const prompt = $("generate-prompt").value.trim();
  return {
    draw(src, done) {
      shown.show(src, `The picture so far: ${size}, ${done} of ${image.ids} tokens`);
      shown.cover(image, done);
    },
    say: (done) => shown.say(`${done} of ${image.ids} tokens, ${size}`),
    end() {
      shown.alt(`The picture for “${prompt}”, ${size}`);
      shown.say(size);
    },
  };
}

/** What is asked, in the package's words; it says what is wrong with a field. What is left empty is the model's to say. */
function asked(image) {
  return {
    messages: [{ role: "user", content: $("generate-prompt").value }],
    temperature: $("generate-temperature").value.trim() || undefined,
    seed: $("generate-seed").value.trim() || "0",
    maxTokens: image ? undefined : Number($("generate-length").value),
  };
}

function show(stage, label, done, total) {
  $("generate-label").textContent = label;
  const bar = $("generate-bar");
  if (total > 0) Object.assign(bar, { max: total, value: done });
  else bar.removeAttribute("value");
}

function buttons(busy) {
  $("generate-go").disabled = busy;
  $("generate-stop").disabled = !busy;
  for (const id of ["generate-verify", "generate-save", "generate-save-picture"]) $(id).disabled = busy || !bundle;
}

function save(download, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
