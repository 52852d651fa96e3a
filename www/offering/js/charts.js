// Revenue as pictures, one per asset: what each snapshot shared out, and the account's share of it, claimed or not. A table says the same.
import { $, el } from "../../assets/js/dom.js";
import { amountOf, list, unit } from "./format.js";
import { position, svg } from "./meter.js";

/** Height of the bars. */
const HEIGHT = 110;

/** Show the charts, unless they are shown already. */
export async function showHistory(data) {
  const { history, token, account } = data;
  $("history-card").hidden = history.snapshots.length === 0 && token.assets.every(({ pending }) => BigInt(pending) === 0n);
  const key = JSON.stringify([history, account, token.assets.map(({ pending, pool }) => [pending, pool])]);
  if ($("history").dataset.key === key) return;
  $("history").dataset.key = key;
  const waiting = await Promise.all(token.assets.filter(({ pending }) => BigInt(pending) > 0n).map(({ asset, pending }) => amountOf(data, asset, pending)));
  const pools = await Promise.all(token.assets.filter(({ pool }) => BigInt(pool) > 0n).map(({ asset, pool }) => amountOf(data, asset, pool)));
  const words = [
    waiting.length > 0 ? `${list(waiting)} came in since the last snapshot.` : "Nothing came in since the last snapshot.",
    pools.length > 0 ? `${list(pools)} waits for those who burn.` : "",
  ];
  const shown = history.assets.map((asset, i) => [asset, i]).filter(([, i]) => history.snapshots.some(({ shares }) => BigInt(shares[i].holders) > 0n));
  $("history").replaceChildren(el("p", {}, words.join(" ").trim()), ...(await Promise.all(shown.map(([asset, i]) => figure(data, asset, i)))));
}

async function figure(data, asset, i) {
  const rows = data.history.snapshots.map(({ id, block, shares }) => {
    const { holders, account, claimed } = shares[i];
    return { id, block, holders: BigInt(holders), own: BigInt(account), claimed };
  });
  const { symbol } = unit(data, asset);
  const sum = (of) => rows.reduce((all, row) => all + of(row), 0n);
  const [all, own, open] = await Promise.all(
    [sum((row) => row.holders), sum((row) => row.own), sum((row) => (row.claimed ? 0n : row.own))].map((amount) => amountOf(data, asset, amount)),
  );
  const texts = await Promise.all(rows.map(async (row) => ({ ...row, all: await amountOf(data, asset, row.holders), mine: await amountOf(data, asset, row.own) })));
  const charts = [chart(`${symbol} shared out at each snapshot: ${all} in all`, rows, ({ holders }) => holders, () => "holders")];
  if (data.account) {
    const words = `Your shares in ${symbol}: ${own}, of which ${open} is not claimed`;
    charts.push(chart(words, rows, (row) => row.own, ({ claimed }) => (claimed ? "claimed" : "unclaimed")));
    charts.push(el("ul", { class: "legend" }, key("claimed", "claimed"), key("unclaimed", "not claimed yet")));
  }
  return el("figure", { class: "history" }, ...charts, table(symbol, texts, Boolean(data.account)));
}

const key = (name, text) => el("li", {}, el("span", { class: `swatch ${name}`, "aria-hidden": "true" }), text);

/** Bars, one for each snapshot, with their number below. */
function chart(words, rows, amount, kind) {
  const most = rows.reduce((most, row) => (amount(row) > most ? amount(row) : most), 0n);
  const width = 100 / Math.max(rows.length, 6);
  const bars = rows.flatMap((row, i) => {
    const height = (HEIGHT * position(amount(row), most)) / 100;
    // What is there is seen, however little it is.
    const tall = amount(row) > 0n ? Math.max(2, height) : 0;
    const x = i * width;
    const bar = svg("rect", { class: kind(row), x: `${x + width * 0.15}%`, y: HEIGHT - tall + 4, width: `${width * 0.7}%`, height: tall, rx: 2 });
    return [bar, svg("text", { x: `${x + width / 2}%`, y: HEIGHT + 20, "text-anchor": "middle" }, String(row.id))];
  });
  const base = svg("line", { x1: 0, x2: "100%", y1: HEIGHT + 4.5, y2: HEIGHT + 4.5 });
  return el("div", {}, el("p", { class: "chart-title", "aria-hidden": "true" }, words), svg("svg", { class: "chart", role: "img", "aria-label": words, width: "100%", height: HEIGHT + 26 }, base, ...bars));
}

function table(symbol, rows, personal) {
  const head = ["Snapshot", "Block", `To holders, ${symbol}`, ...(personal ? ["Yours", "Claimed"] : [])];
  const cells = ({ id, block, all, mine, own, claimed }) => [String(id), String(block), all, ...(personal ? [mine, own === 0n ? "nothing to claim" : claimed ? "yes" : "no"] : [])];
  return el(
    "details",
    {},
    el("summary", {}, `The same as a table (${symbol})`),
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": `Revenue in ${symbol}, snapshot by snapshot` },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
        el("tbody", {}, ...rows.map((row) => el("tr", {}, ...cells(row).map((text, i) => el(i === 0 ? "th" : "td", i === 0 ? { scope: "row" } : {}, text))))),
      ),
    ),
  );
}
