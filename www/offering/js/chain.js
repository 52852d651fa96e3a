// Reading the offering: through the node that was named, compared with the wallet's where that is on the same chain.
import { ZERO } from "./format.js";
import { ChainReader, inspectOffering } from "./package.js";

/** Seconds that a node's answer may take. */
const TIMEOUT_MS = 10_000;

/**
 * A reader for an offering's chain.
 * @param {{ chainId: number, rpc?: string }} link
 * @param {Wallet | undefined} wallet one that is connected
 */
export function readerFor({ chainId, rpc }, wallet) {
  const same = wallet?.chainId === chainId ? wallet.provider : undefined;
  if (!rpc && !same) {
    const where = wallet ? `the wallet is on chain ${wallet.chainId}, and the offering on ${chainId}` : "neither a node nor a wallet is there to read through";
    throw { code: "page.node", message: where };
  }
  const options = { chainId, timeoutMs: TIMEOUT_MS };
  return new ChainReader(rpc ?? same, rpc && same ? { ...options, crossCheck: same } : options);
}

/**
 * Everything that the page shows.
 * @param {object} before what was read earlier: the inspection is kept from it where nothing can have changed
 */
export async function readAll(reader, { offering: address }, account, before) {
  const who = account ?? ZERO;
  const { value: offering, block } = await reader.offering(address, who);
  const { token: tokenAddress, terms } = offering;
  const paid = terms.currency !== ZERO && account;
  const inspected = before && before.offering.finalized === offering.finalized && before.offering.phase === offering.phase;
  const inspection = inspected ? before.inspection : await inspectOffering(reader, address);
  try {
    const [token, history, currency] = await Promise.all([
      reader.token(tokenAddress, who),
      reader.history(tokenAddress, who),
      paid ? reader.erc20(terms.currency, account, address) : undefined,
    ]);
    return { offering, token: token.value, history: history.value, currency: currency?.value, inspection, block, account };
  } catch (error) {
    // A token that cannot be read is what the inspection warns of.
    throw Object.assign(error, { inspection });
  }
}
