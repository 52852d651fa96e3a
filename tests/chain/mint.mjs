// A collection with one token, minted as the package does it.
import { parseEther } from 'viem';

import { ChainReader, Wallet, execute, planAction, randomSalt } from '../../pkg/chain/node.js';
import { account, artifact, startOffering } from './chain.mjs';
import { TestWallet } from './wallet.mjs';

const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;

/** Mint a token of a prompt, with content (text or bytes) that has been asserted with a bond; without, where it is null. */
export async function mint(chain, { modelId, prompt, content }) {
  const minter = account(4).address.toLowerCase();
  const { token } = await startOffering(chain, { modelId });
  const verifier = await chain.deploy('BondedAssertionVerifier', [parseEther('1'), 3600n, 3600n, account(8).address]);
  const terms = { name: 'Texts', symbol: 'TXT', aigcType: 'text', modelId, verifier, revenueToken: token, mintFee: 0n, royaltyBps: 500, minCommitAge: 1, maxCommitAge: 100 };
  const collection = await chain.deploy('AigcToken', [terms]);
  const wallet = await Wallet.connect(new TestWallet(chain.url, account(4)));
  const reader = new ChainReader(chain.url, { chainId: 31337 });
  const entries = [{ address: collection, kind: 'collection' }, { address: verifier, kind: 'verifier' }];
  const run = async (action) => {
    const plan = await planAction(action, { chainId: 31337, account: minter, entries });
    await chain.mining(() => execute(plan, wallet, { reader, pollMs: 20, timeoutMs: 20_000 }));
  };
  const given = content === null ? {} : { content: hex(content) };
  if (content !== null) await run({ action: 'assertContent', verifier, modelId, prompt, ...given, bond: parseEther('1') });
  await run({ action: 'mint', collection, prompt, ...given, salt: randomSalt(), fee: 0n, minCommitAge: 1 });
  const { abi } = artifact('AigcToken');
  const id = await chain.client.readContract({ address: collection, abi, functionName: 'tokenId', args: [hex(prompt)] });
  return { collection, id };
}
