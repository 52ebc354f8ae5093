// The pure parts of delivery (requirement, classification, conclusion, schedule, lanes) and what settles their decisions, in
// simulated worlds: clock, network, stores and crashes by seed. SIMULATION_SEED=n plays one of them again.
import { expect, test } from 'vitest';
import { simulate } from './simulation/simulate.ts';

const WORLDS = 10_000;
const AT_A_TIME = 1000;

const only = process.env.SIMULATION_SEED;

test('the same seed gives the same world', async () => {
  expect(await simulate(1)).toEqual(await simulate(1));
});

const firstSeeds =
  only === undefined
    ? Array.from({ length: WORLDS / AT_A_TIME }, (_each, index) => index * AT_A_TIME)
    : [Number(only)];

test.each(firstSeeds)(
  'no recipient is lost, nothing is in the clear under Require, nothing is dropped after delivery: worlds from %i on',
  { timeout: 120_000 },
  async (first) => {
    const count = only === undefined ? AT_A_TIME : 1;
    for (let seed = first; seed < first + count; seed += 1) {
      expect({ seed, violations: await simulate(seed) }).toEqual({ seed, violations: [] });
    }
  },
);
