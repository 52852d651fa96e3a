// What went wrong, in words, and what to do next. Each page has its own table of codes; one that is not listed still shows its message.
import { el } from "./dom.js";

/** Whether this is the user's own cancelling. */
export const isCancel = (error) => error?.name === "AbortError";

/**
 * Finds and shows the words for errors.
 * @param {[string, string, string][]} table code, or what codes begin with; what it means; what to do. The first that fits is shown.
 */
export function adviser(table) {
  /** A title, the message, and a next step for any error. */
  const explain = (error) => {
    const code = error?.code ?? "";
    const known = table.find(([prefix]) => code === prefix || code.startsWith(`${prefix}.`));
    const [, title, next] = known ?? ["", "Something went wrong", "Try again; if it happens again, report the words above with the code."];
    return { title, message: error?.message ?? String(error), next, code };
  };
  /** Show an error in a `.problem` box; nothing clears it. */
  const showProblem = (box, error) => {
    box.replaceChildren();
    if (error === undefined) return;
    const { title, message, next, code } = explain(error);
    box.append(el("strong", {}, title), `${message.replace(/\.?$/, ".")} ${next}`, code ? el("span", {}, " ", el("code", {}, code)) : "");
  };
  return { explain, showProblem };
}
