// One thing that can be done: its section says what it is, shows exactly what would be signed, and has it signed when its button is pressed.
import { $, el } from "../../assets/js/dom.js";
import { showProblem } from "./errors.js";
import { bookOf, planAction } from "./package.js";
import { start } from "./runs.js";

/** What the actions are made from: what was read, the wallet, and why nothing can be signed now, if so. */
let context = { data: undefined, wallet: undefined, blocked: undefined };
const actions = [];

/**
 * Define the action of the section `id`.
 * @param {(data: object) => Promise<undefined | { text: string, action?: object, problem?: object, extra?: Node[] }>} propose what can be
 *   done with what was read: nothing hides the section; `action` is what would be planned; `extra` is shown with the preview
 */
export function defineAction(id, propose) {
  actions.push({ id, propose, turn: 0, key: undefined, plan: undefined });
  const action = actions.at(-1);
  $(`${id}-fields`)?.addEventListener("input", () => show(action));
  $(`${id}-fields`)?.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!$(`${id}-go`).disabled) $(`${id}-go`).click();
  });
  $(`${id}-go`).addEventListener("click", async () => {
    const { plan } = action;
    if (!plan || context.blocked) return;
    const done = await start(plan);
    if (done && $(`${id}-fields`)) $(`${id}-fields`).reset();
    await show(action);
  });
}

/** Show every action for a new context. */
export async function showActions(now) {
  context = now;
  $("actions-note").textContent = context.blocked ?? "";
  await Promise.all(actions.map(show));
  const any = actions.some(({ id }) => !$(id).hidden);
  $("actions").dataset.account = context.data?.account ?? "";
  if (!any && context.data) $("actions-note").textContent = `${context.blocked ?? ""} There is nothing to do now.`.trim();
}

async function show(action) {
  const { id } = action;
  const mine = ++action.turn;
  const { data } = context;
  try {
    const proposal = data && (await action.propose(data));
    const { plan, key } = await planned(action, proposal, data);
    if (mine !== action.turn) return;
    $(id).hidden = !proposal;
    $(`${id}-text`).textContent = proposal?.text ?? "";
    showProblem($(`${id}-problem`), proposal?.problem);
    if (key !== action.key || !plan) $(`${id}-preview`).replaceChildren(...(plan ? preview(plan, proposal.extra ?? []) : []));
    Object.assign(action, { plan, key });
  } catch (error) {
    if (mine !== action.turn) return;
    Object.assign(action, { plan: undefined, key: undefined });
    $(`${id}-preview`).replaceChildren();
    showProblem($(`${id}-problem`), error);
  }
  $(`${id}-go`).disabled = !action.plan || Boolean(context.blocked);
}

/** The plan of a proposal; the one that is shown already, if it is the same. */
async function planned(action, proposal, data) {
  if (!proposal?.action || !data.account) return {};
  const book = bookOf(context.chainId, data.account, data.offering, data.token);
  const key = JSON.stringify([proposal.action, book, (proposal.extra ?? []).map((node) => node.textContent)], (_, value) => (typeof value === "bigint" ? `${value}` : value));
  return key === action.key ? { plan: action.plan, key } : { plan: await planAction(proposal.action, book), key };
}

/** What the wallet will be asked, request by request. */
function preview(plan, extra) {
  const steps = plan.steps.map(({ request, preview: { intent, contract, facts, sentence } }, i) => {
    const kind = request.type === "signature" ? "a signature" : "a transaction";
    const rows = [["To", contract], ...facts.map(({ label, text }) => [label, text])];
    return el(
      "li",
      {},
      el("p", { class: "note" }, `Request ${i + 1} of ${plan.steps.length}: ${kind}`),
      el("p", { class: "sentence" }, sentence),
      el(
        "details",
        {},
        el("summary", {}, `Your wallet will show: ${intent}`),
        el("dl", { class: "facts" }, ...rows.map(([label, text]) => el("div", {}, el("dt", {}, label), el("dd", {}, text)))),
      ),
    );
  });
  return [...extra, el("ol", { class: "requests", "aria-label": "What you will be asked to sign" }, ...steps)];
}
