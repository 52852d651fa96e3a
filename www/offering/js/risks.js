// The risks that the package finds, each with its code, how bad it is, what it means and what to do.
import { $, count, el, icon } from "../../assets/js/dom.js";
import { ADVICE } from "./advice.js";

const FACES = {
  danger: ["danger", ["*M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z", "M12 7.5v5.5M12 16.3h.01"]],
  warning: ["warning", ["*M12 3.5 21.5 20h-19z", "M12 10v4.2M12 17.2h.01"]],
  notice: ["notice", ["*M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18", "M12 11v5M12 8h.01"]],
};

/** @param {{ flags: { code: string, severity: string, title: string, explanation: string, detail: string }[] }} inspection */
export function showRisks({ flags }) {
  const bad = flags.filter(({ severity }) => severity !== "notice").length;
  $("risks-count").textContent = flags.length === 0 ? "none found" : `${count(bad, "danger or warning", "dangers or warnings")}, ${count(flags.length - bad, "notice")}`;
  $("risks").replaceChildren(
    ...flags.map(({ code, severity, title, explanation, detail }) => {
      const [word, shape] = FACES[severity];
      return el(
        "li",
        { "data-severity": severity, "data-code": code },
        icon(shape),
        el(
          "div",
          {},
          el("div", { class: "what" }, el("strong", {}, title), el("span", { class: "state" }, word)),
          el("p", {}, explanation),
          detail && el("p", { class: "more" }, detail),
          el("p", {}, el("b", {}, "What to do: "), ADVICE[code] ?? "Find out more before you deposit."),
          el("code", {}, code),
        ),
      );
    }),
  );
}
