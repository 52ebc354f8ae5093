// Faults, section 3, row 33: machines whose clocks are wrong. Not shifted here: the engines' own clocks, which are the
// reference (docs/faults.md).
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listQueue } from '../support/command.ts';
import { deferring, startFaultWorld, type Accepted, type FaultWorld } from '../support/fault-world.ts';
import { withSecondWorker } from '../support/second-worker.ts';

const HOUR_MS = 3_600_000;
// Signed requests may be a quarter of an hour off (SES contract): beyond it no client gets in.
const TEN_MINUTES_MS = 600_000;

describe('row 33: wrong clocks', () => {
  const preload = pathToFileURL(path.resolve(import.meta.dirname, '../support/preload/shift-clock.mjs'));
  let world: FaultWorld;

  beforeAll(async () => {
    const shifts = { 'smtp-ingress': HOUR_MS, 'api-ingress': -TEN_MINUTES_MS, 'mx-delivery': HOUR_MS };
    world = await startFaultWorld({
      NODE_OPTIONS: `--import=${preload.href}`,
      SHIFTED_CLOCKS: JSON.stringify(shifts),
      RETRY_GIVE_UP_AFTER: '8s',
    });
  });

  beforeEach(() => {
    world.script({});
  });

  afterAll(async () => {
    await world.close();
  });

  async function submitBothWays(count: number): Promise<readonly Accepted[]> {
    const byBoth = await Promise.all([world.submitMany(count), world.submitMany(count, { via: 'api' })]);
    return byBoth.flat();
  }

  test('row 33: a machine an hour off tells its operator', async () => {
    await eventually(() =>
      /"aheadMs":3[56]\d{5},"msg":"the clock of this machine/.test(world.system.output()),
    );
    const metrics = await fetch(
      `http://127.0.0.1:${String(world.system.ports.operations.mxDelivery)}/metrics`,
    );
    const skew = /^sealpost_clock_skew_seconds\{.*\} ([\d.]+)$/m.exec(await metrics.text())?.[1];
    expect(Math.abs(Number(skew) - HOUR_MS / 1000)).toBeLessThan(60);
  });

  test('row 33: an ingress ahead, another behind, a worker ahead and one behind: mail is given up in time, not early', async () => {
    world.script(deferring);
    await withSecondWorker(
      world.system,
      async () => {
        const accepted = await submitBothWays(4);
        expect(accepted).toHaveLength(8);
        for (const { messageId } of accepted) {
          const bounce = await world.events.waitFor(messageId, 'Bounce');
          const told = world.events.of(messageId).map(({ eventType }) => eventType);
          // It was tried more than once before it was given up.
          expect(told.filter((each) => each === 'DeliveryDelay').length).toBeGreaterThan(1);
          expect(bounce.bounce?.bouncedRecipients[0]?.status).toBe('4.4.7');
        }
        expect(await world.settled()).toMatchObject({ lost: [], bounced: 8, delivered: 0 });
      },
      { CLOCK_SHIFT_MS: String(-HOUR_MS) },
    );
  });

  test('row 33: the same: what is deferred is delivered once when the receiver takes it, and nobody steals a job', async () => {
    world.script(deferring);
    await withSecondWorker(
      world.system,
      async () => {
        await submitBothWays(10);
        await eventually(async () => (await listQueue(world.system, '--state', 'deferred')).length === 20, {
          timeoutMs: 6000,
          what: 'deferred mail',
        });
        world.script({});
        expect(await world.settled()).toMatchObject({ lost: [], delivered: 20, bounced: 0, doubles: 0 });
      },
      { CLOCK_SHIFT_MS: String(-HOUR_MS) },
    );
  });
});
