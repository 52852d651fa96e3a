// What a holder of the token can do: claim revenue, have it shared out, collect what was kept, burn.
import { $, el } from "../../assets/js/dom.js";
import { defineAction } from "./action.js";
import { amountOf, list, unit } from "./format.js";
import { parseUnits, redeemable } from "./package.js";

export function defineHolding() {
  defineAction("revenue", revenue);
  defineAction("collect", collect);
  defineAction("snapshot", snapshot);
  defineAction("burn", burn);
}

/** Amounts of assets as text, without those that are nothing. */
const texts = (data, amounts) => Promise.all(amounts.filter(([, amount]) => amount > 0n).map(([asset, amount]) => amountOf(data, asset, amount)));

async function revenue(data) {
  const { token, account } = data;
  const due = token.assets.filter(({ claimableSum }) => BigInt(claimableSum) > 0n);
  if (!account || due.length === 0) return undefined;
  const ids = [...new Set(due.flatMap(({ claimable }) => claimable.flatMap((amount, i) => (BigInt(amount) > 0n ? [token.firstSnapshotId + i] : []))))];
  ids.sort((a, b) => a - b);
  const amounts = await texts(data, due.map(({ asset, claimableSum }) => [asset, BigInt(claimableSum)]));
  const snapshots = ids.length === 1 ? `snapshot ${ids[0]}` : `${ids.length} snapshots at once`;
  return {
    text: `You get ${list(amounts)}, your shares of ${snapshots}.`,
    action: { action: "claimRevenue", token: token.token, snapshotIds: ids.map(BigInt), assets: due.map(({ asset }) => asset), to: account },
  };
}

async function collect(data) {
  const { token, account } = data;
  const kept = token.assets.filter(({ unpaid }) => BigInt(unpaid) > 0n);
  if (!account || kept.length === 0) return undefined;
  const amounts = await texts(data, kept.map(({ asset, unpaid }) => [asset, BigInt(unpaid)]));
  return {
    text: `${list(amounts)} could not be paid to you before and was kept.`,
    action: { action: "collect", token: token.token, assets: kept.map(({ asset }) => asset), to: account },
  };
}

async function snapshot(data) {
  const { token, block } = data;
  const fresh = token.assets.map(({ asset, pending }) => [asset, BigInt(pending)]).filter(([, amount]) => amount > 0n);
  if (fresh.length === 0) return undefined;
  const amounts = list(await texts(data, fresh));
  const next = Number(BigInt(token.nextSnapshotBlock));
  // It is in the next block at the earliest.
  if (block.number + 1 < next) return { text: `${amounts} came in. It can be shared out from block ${next} on; the chain is at ${block.number}.` };
  const claimable = Number(BigInt(token.percentClaimable));
  return {
    text: `${amounts} came in: ${claimable} % of it becomes the holders’, the rest waits for those who burn. Anyone can do this; it pays you nothing by itself.`,
    action: { action: "snapshot", token: token.token },
  };
}

async function burn(data) {
  const { token, account } = data;
  const balance = BigInt(token.balance);
  if (!account || balance === 0n) return undefined;
  const { symbol, decimals } = unit(data, token.token);
  $("burn-unit").textContent = symbol;
  $("burn-hint").textContent = `You have ${await amountOf(data, token.token, balance)}.`;
  const text = "Destroy tokens, and be paid their share of what waits for burns. Their shares of all later revenue are given up. Claims that you have stay yours.";
  const typed = $("burn-amount").value.trim();
  if (typed === "") return { text };
  const amount = await parseUnits(typed, decimals);
  if (amount === 0n) return { text };
  if (amount > balance) return { text, problem: { code: "page.amount", message: "this account has fewer tokens" } };
  const paid = (await redeemable(token, amount)).map((value, i) => [token.assets[i].asset, value]);
  const got = await texts(data, paid);
  const pays = paid.filter(([, value]) => value > 0n).map(([asset]) => asset);
  const extra = [
    el("p", { class: got.length > 0 ? "sentence" : "sentence warn" }, got.length > 0 ? `It pays ${list(got)}.` : "It pays nothing: no asset waits for burns now."),
    el("p", { class: "sentence" }, `Given up: ${await amountOf(data, token.token, amount)} of your ${await amountOf(data, token.token, balance)}, for good.`),
  ];
  return { text, extra, action: { action: "burn", token: token.token, amount, assets: pays, to: account } };
}
