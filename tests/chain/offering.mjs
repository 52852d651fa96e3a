// An offering made by the factory, as makers do, and what happens to it afterwards.
import { parseEther, parseEventLogs } from 'viem';

import { MODEL, ZERO, artifact, startChain, termsFrom } from './chain.mjs';

export { parseEther };
export { DAY, ZERO, account, artifact } from './chain.mjs';

/** A chain with a factory on it; `offer` creates an offering that is open. */
export async function startMarket(t) {
  const chain = await startChain(t);
  const factory = await chain.deploy('ModelOfferingFactory');

  /** `revenueTokens` are revenue besides ETH; `change` gives other terms. */
  const offer = async ({ currency = ZERO, name = 'A model', symbol = 'AMO', revenueTokens = [], change = (terms) => terms } = {}) => {
    const token = { name, symbol, percentClaimable: 80n, snapshotInterval: 5n, revenueTokens };
    const receipt = await chain.write('ModelOfferingFactory', factory, 'create', [token, change(termsFrom((await chain.now()) + 100n, currency))]);
    const [{ args }] = parseEventLogs({ abi: artifact('ModelOfferingFactory').abi, eventName: 'OfferingCreated', logs: receipt.logs });
    await chain.passTime(110n);
    return { offering: args.offering.toLowerCase(), token: args.token.toLowerCase() };
  };

  /** An ERC-20 with permit, all of it one account's. */
  const coin = (holder, symbol = 'COIN') =>
    chain.deploy('RevShareToken', [
      { name: symbol, symbol, supply: parseEther('1000000'), holder, percentClaimable: 0n, snapshotInterval: 1, modelId: MODEL, revenueTokens: [] },
    ]);

  const read = (name, address, functionName, args = []) => chain.client.readContract({ address, abi: artifact(name).abi, functionName, args });
  const tokens = (token, of) => read('RevShareToken', token, 'balanceOf', [of]);
  // The newest: viem keeps a number for seconds.
  const height = () => chain.client.getBlockNumber({ cacheTime: 0 });
  const eth = (of) => chain.client.getBalance({ address: of });

  /** Another account's deposit of ETH. */
  const depositBy = async (signer, offering, amount) => {
    const { request } = await chain.client.simulateContract({
      account: signer, address: offering, abi: artifact('ModelOffering').abi, functionName: 'deposit', args: [amount], value: amount });
    const hash = await chain.deployer.writeContract(request);
    await chain.client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
  };

  /** ETH that the token earns, and the blocks until it can be shared out. */
  const earn = async (token, amount, blocks = 5) => {
    const hash = await chain.deployer.sendTransaction({ to: token, value: amount });
    await chain.client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
    await chain.test.mine({ blocks });
  };

  return { ...chain, factory, offer, coin, read, tokens, eth, height, depositBy, earn };
}
