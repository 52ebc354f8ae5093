// Faults, section 3, row 46: a random service or engine is killed every ten seconds, under load. SOAK_SECONDS says for how
// long; the accounts at the end are by message.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killAndAwait, startFaultWorld, type FaultWorld } from '../support/fault-world.ts';

const SOAK_MS = Number(process.env.SOAK_SECONDS ?? '60') * 1000;
const KILL_EACH_MS = 10_000;
const AT_A_TIME = 3;

describe('row 46: random kills', () => {
  let world: FaultWorld;

  beforeAll(async () => {
    world = await startFaultWorld();
  });

  afterAll(async () => {
    await world.close();
  });

  const victims: Readonly<Record<string, () => Promise<void>>> = {
    ...Object.fromEntries(
      ['policy-service', 'smtp-ingress', 'api-ingress', 'mx-delivery'].map((name) => [
        name,
        () => killAndAwait(world.system, name),
      ]),
    ),
    'nats-server': async () => {
      await world.nats.kill();
      await world.nats.restart();
    },
    'redis-server': async () => {
      await world.redis.kill();
      await world.redis.restart();
    },
  };

  test(
    `for ${String(SOAK_MS / 1000)} s: no message that was accepted is lost, and few come twice`,
    { timeout: SOAK_MS + 180_000 },
    async () => {
      const over = new AbortController();
      let accepted = 0;
      const load = (async () => {
        for (let turn = 0; !over.signal.aborted; turn += 1) {
          const via = turn % 2 === 0 ? {} : ({ via: 'api' } as const);
          accepted += (await world.submitMany(AT_A_TIME, via)).length;
          await delay(50);
        }
      })();
      const killed: string[] = [];
      const names = Object.keys(victims);
      for (let left = SOAK_MS; left > 0; left -= KILL_EACH_MS) {
        const name = names[Math.floor(Math.random() * names.length)] ?? '';
        killed.push(name);
        await Promise.all([victims[name]?.(), delay(Math.min(left, KILL_EACH_MS))]);
      }
      over.abort();
      await load;
      const { lost, doubles, queued } = await world.settled();
      expect({ lost, queued, killed }).toEqual({ lost: [], queued: 0, killed });
      expect(accepted).toBeGreaterThan(0);
      // What was under way at the moment of a kill.
      expect(doubles).toBeLessThanOrEqual(killed.length * AT_A_TIME);
    },
  );
});
