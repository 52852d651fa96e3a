// An optimistic verifier on a local chain that knows a small model, and somebody who asserts runs of it, right and wrong ones, and answers.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { decodeEventLog, parseEther } from 'viem';

import { artifact } from './chain.mjs';

export const BOND = parseEther('1');
export const CLOCK = 3600n;

const root = fileURLToPath(new URL('../../', import.meta.url));
const ASSERTER = process.env.OPENIMO_ASSERTER_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/examples/asserter');
const asserter = (...args) => execFileSync(ASSERTER, args.map(String), { encoding: 'utf8' }).trim();

/** Deploy it; the model's file is written to `file`. */
export async function startVerifier(chain, file) {
  const made = JSON.parse(asserter(file, chain.deployer.account.address));
  const [programs, referee, reader] = [await chain.deploy('ModelPrograms', []), await chain.deploy('Referee', []), await chain.deploy('RunReader', [])];
  const terms = { bond: BOND, challengeBond: parseEther('0.2'), questionFee: parseEther('0.005'), window: 86_400, clock: Number(CLOCK) };
  const verifier = await chain.deploy('OptimisticVerifier', [programs, referee, reader, terms]);
  const { abi } = artifact('OptimisticVerifier');
  const send = async (data, to = verifier, value = 0n) => {
    const hash = await chain.deployer.sendTransaction({ to, data, value });
    return chain.client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
  };
  const view = (functionName, args = []) => chain.client.readContract({ address: verifier, abi, functionName, args });
  await send(made.register, programs);
  return {
    verifier,
    modelId: made.modelId,
    view,
    /** Assert the `right` run, a `wrong` one, or one that is `told` with another text; its number. */
    assert: async (which) => (await send(made[which], verifier, BOND)).logs[0].topics[1],
    /** The asserter of the wrong run answers until it is refuted, or he has nothing that the contract takes: then time passes. */
    async answers(number) {
      const isOver = async () => (await view('stakeOf', [number])).status === 2;
      for (let id = 1n; !(await isOver()); await sleep(50)) {
        const challenge = await view('challengeOf', [id]);
        if (![1, 3].includes(challenge.turn)) continue;
        const logs = await chain.client.getLogs({ address: verifier, fromBlock: 0n });
        const { place } = logs.map((log) => decodeEventLog({ abi, ...log })).findLast(({ eventName }) => eventName === 'Challenged').args;
        const at = [id, place.stage, place.layer, place.position];
        const data = challenge.turn === 1 ? asserter('reveal', 'wrong', ...at) : asserter('defend', 'wrong', ...at, challenge.step);
        try {
          await chain.client.call({ account: chain.deployer.account, to: verifier, data });
        } catch {
          await chain.passTime(CLOCK);
          while (![0, 2].includes((await view('challengeOf', [id])).turn) && !(await isOver())) await sleep(50);
          continue;
        }
        await send(data);
      }
    },
  };
}
