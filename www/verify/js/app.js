// The page: what comes in is opened, and its buttons are told what they are for.
import { openAssertions } from "./assertion.js";
import { openBundle } from "./bundle.js";
import { listenToDevice } from "./device.js";
import { $ } from "../../assets/js/dom.js";
import { showProblem } from "./errors.js";
import { showEngine } from "./facts.js";
import { fetchBundle, resolveAddress } from "./fetch.js";
import { listenToGenerate } from "./generate.js";
import { listen } from "./intake.js";
import * as model from "./model.js";
import { startOffline } from "../../assets/js/offline.js";
import { versions } from "./package.js";
import { listenToTokens } from "./passage.js";
import { awaitsModel, cancel, cannot, end, known, load } from "./run.js";
import { isSpot, openSpot } from "./spot.js";
import { openToken } from "./token.js";

/** A bundle, or one step of a run. */
const open = (incoming) => (isSpot(incoming.text) ? openSpot(incoming) : openBundle(incoming));
const problem = (error) => ($("intake").hidden ? cannot(error) : showProblem($("intake-problem"), error));

listen({
  // Not before the last line of this file has run.
  bundle: (incoming) => queueMicrotask(() => open(incoming)),
  token: (target) => openToken(target).catch(problem),
  assertion: (target) => openAssertions(target).catch(problem),
  model(file) {
    if (awaitsModel()) load({ chosen: file });
    else showProblem($("intake-problem"), { code: "page.model_first", message: `${file.name} is a model. Open a bundle first` });
  },
  problem,
});
listenToTokens();
listenToDevice(model.elsewhere);
$("another").addEventListener("click", end);
$("cancel").addEventListener("click", cancel);
$("model-run").addEventListener("click", () => load({ asked: true }));
$("model-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const address = $("model-url").value.trim();
  if (!address) return $("model-url").focus();
  try {
    load({ chosen: resolveAddress(address) });
  } catch (error) {
    showProblem($("model-problem"), error);
  }
});
listenToGenerate(openBundle);
startOffline();
// Until here a form would have been sent nowhere.
for (const button of document.querySelectorAll("[data-wait]")) button.disabled = false;
versions().then(
  (found) => showEngine(Object.assign(known, { versions: found })),
  (error) => showProblem($("intake-problem"), error),
);
const { source, ...target } = Object.fromEntries(new URLSearchParams(location.search));
if (source) fetchBundle(source).then(open, (error) => showProblem($("intake-problem"), error));
else if (target.collection && target.token && target.rpc) openToken(target).catch(problem);
else if (target.verifier && target.modelId && target.rpc) openAssertions(target).catch(problem);
