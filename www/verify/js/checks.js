// The list of status codes of a report, each with its result in words and an icon, and the explanation that the core gives for it.
import { $, el, icon } from "../../assets/js/dom.js";

const RESULTS = {
  passed: ["passed", ["m5 12.5 4.5 4.5L19 7.5"]],
  failed: ["failed", ["m6 6 12 12M18 6 6 18"]],
  warning: ["to know", ["M12 7v6M12 16.5h.01"]],
  skipped: ["not checked", ["M6 12h12"]],
  unsupported: ["not supported", ["M9.2 9.2a2.9 2.9 0 1 1 4.2 2.6c-.9.5-1.4 1-1.4 2M12 17.5h.01"]],
};

/** @param {{ code: string, status: string, explanation: string, detail?: string, reason?: string, version?: string }[]} checks of a report */
export function showChecks(checks) {
  $("checks-card").hidden = checks.length === 0;
  $("checks").replaceChildren(
    ...checks.map(({ code, status, explanation, detail, reason, version }) => {
      const [word, shape] = RESULTS[status];
      const more = detail ?? reason ?? version;
      return el(
        "li",
        { "data-result": status, "data-code": code },
        icon(shape),
        el(
          "div",
          {},
          el("div", { class: "what" }, el("code", {}, code), el("span", { class: "state" }, word)),
          el("p", {}, explanation),
          more && el("p", { class: "more" }, more),
        ),
      );
    }),
  );
}
