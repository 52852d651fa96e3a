// A local chain with the contracts on it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { createTestClient, createPublicClient, createWalletClient, getContractAddress, http, parseEther, publicActions } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

export { parseEther } from 'viem';

const root = new URL('../../', import.meta.url);
const packaged = new URL('contracts/node_modules/.bin/anvil', root);
const anvilPath = process.env.ANVIL ?? (existsSync(packaged) ? packaged.pathname : 'anvil');
const MNEMONIC = 'test test test test test test test test test test test junk';

export const DAY = 86_400n;
export const ZERO = '0x0000000000000000000000000000000000000000';
export const MODEL = `0x${'5a'.repeat(32)}`;

/** What forge has built of a contract. */
export function artifact(name) {
  const { abi, bytecode } = JSON.parse(readFileSync(new URL(`contracts/out/${name}.sol/${name}.json`, root), 'utf8'));
  return { abi, bytecode: bytecode.object };
}

/** An account of the chain, with its key. */
export const account = (index) => mnemonicToAccount(MNEMONIC, { addressIndex: index });

/** Start anvil; `t.after` ends it. */
export async function startChain(t) {
  const port = await freePort();
  const child = spawn(anvilPath, ['--port', String(port), '--silent', '--mnemonic', MNEMONIC, '--hardfork', 'prague'], { stdio: 'inherit' });
  t.after(() => child.kill());
  const url = `http://127.0.0.1:${port}`;
  const transport = http(url, { retryCount: 0 });
  const client = createPublicClient({ chain: foundry, transport });
  for (let i = 0; ; i++) {
    try {
      await client.getChainId();
      break;
    } catch (e) {
      if (i === 200) throw e;
      await sleep(50);
    }
  }
  const test = createTestClient({ chain: foundry, mode: 'anvil', transport }).extend(publicActions);
  const deployer = createWalletClient({ account: account(9), chain: foundry, transport });
  const deploy = async (name, args) => {
    const hash = await deployer.deployContract({ ...artifact(name), args });
    return (await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })).contractAddress.toLowerCase();
  };
  const write = async (name, address, functionName, args = [], value = 0n) => {
    const hash = await deployer.writeContract({ address, abi: artifact(name).abi, functionName, args, value });
    return client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
  };
  const now = async () => (await client.getBlock()).timestamp;
  const passTime = async (seconds) => {
    await test.increaseTime({ seconds: Number(seconds) });
    await test.mine({ blocks: 1 });
  };
  // Blocks go on coming while something waits for them, and none is asked for once it is done.
  const mining = async (run) => {
    let on = true;
    const miner = (async () => {
      for (; on; await sleep(50)) await test.mine({ blocks: 1 });
    })();
    try {
      return await run();
    } finally {
      on = false;
      await miner;
    }
  };
  return { url, client, test, deployer, deploy, write, now, passTime, mining };
}

/** Terms without a risk, of an offering that opens at `start`. */
export function termsFrom(start, currency = ZERO, modelId = MODEL) {
  const [team, treasury, liquidity] = [1, 2, 3].map((i) => account(i).address);
  const share = (beneficiary, tokens, proceedsBps, duration) => ({ beneficiary, tokens: parseEther(tokens), proceedsBps, cliff: 0n, duration });
  return {
    modelId, currency, forSale: parseEther('600'), target: parseEther('10'), cap: parseEther('20'), accountCap: parseEther('15'),
    start, end: start + 7n * DAY,
    team: share(team, '100', 1000, 365n * DAY), treasury: share(treasury, '300', 9000, 365n * DAY), liquidity: share(liquidity, '0', 0, 0n),
  };
}

/** A revenue token and an offering of it that is open. */
export async function startOffering(chain, { currency = ZERO, change = (terms) => terms, token: other, modelId = MODEL } = {}) {
  const nonce = await chain.client.getTransactionCount({ address: chain.deployer.account.address });
  const offering = getContractAddress({ from: chain.deployer.account.address, nonce: BigInt(nonce + 1) });
  const supply = parseEther('1000');
  const token = other ?? (await chain.deploy('RevShareToken', [{
    name: 'A model', symbol: 'AMO', supply, holder: offering, percentClaimable: 80n, snapshotInterval: 5, modelId, revenueTokens: [],
  }]));
  const terms = change(termsFrom((await chain.now()) + 100n, currency, modelId));
  const deployed = await chain.deploy('ModelOffering', [token, terms]);
  await chain.passTime(110n);
  return { token, offering: deployed, terms };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
