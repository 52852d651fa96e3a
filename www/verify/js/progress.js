// The strip that shows what is being done, how far it is, and how to stop it. Its place is kept while idle, so nothing moves.
import { $, announce } from "../../assets/js/dom.js";

let stage = "";
let told = 0;

/** Show `label` with `done` of `total`; `rate` is a few words on the right. */
export function working(name, label, done, total, rate = "") {
  const bar = $("work-bar");
  delete $("work").dataset.idle;
  delete $("work").dataset.done;
  if (name !== stage) {
    stage = name;
    told = performance.now();
    announce(label);
  } else if (performance.now() - told > TELL_EVERY_MS && total > 0) {
    told = performance.now();
    announce(`${Math.floor((100 * done) / total)} per cent`);
  }
  $("work-label").textContent = label;
  $("work-rate").textContent = rate;
  if (total > 0) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute("value");
  }
}

/** The work has ended, after `done` of `total`: the bar and a few words stay where they were. */
export function finished(label, done, total) {
  stage = "";
  $("work").dataset.done = "";
  $("work-label").textContent = label;
  $("work-rate").textContent = "";
  $("work-bar").max = total;
  $("work-bar").value = done;
}

/** Nothing is being done. */
export function idle() {
  stage = "";
  $("work").dataset.idle = "";
  delete $("work").dataset.done;
  $("work-label").textContent = "";
  $("work-rate").textContent = "";
  $("work-bar").value = 0;
}

/** How often those who listen are told how far it is. */
const TELL_EVERY_MS = 5000;
