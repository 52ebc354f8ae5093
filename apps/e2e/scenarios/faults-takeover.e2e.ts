// Faults, section 3, rows 7 and 35: two workers, one of which is stopped for longer than it may keep what it holds. The
// other one takes over; the first must not finish what it finds in its hands when it wakes.
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually, gate } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  isReady,
  startFaultWorld,
  whilePaused,
  type Accepted,
  type FaultWorld,
} from '../support/fault-world.ts';
import { withSecondWorker } from '../support/second-worker.ts';

describe('faults: takeover', () => {
  const spinUntil = path.join(tmpdir(), `sealpost-spin-${String(process.pid)}`);
  const spin = pathToFileURL(path.resolve(import.meta.dirname, '../support/preload/spin.mjs'));
  let world: FaultWorld;

  beforeAll(async () => {
    world = await startFaultWorld({ NODE_OPTIONS: `--import=${spin.href}`, SPIN_UNTIL: spinUntil });
  });

  beforeEach(() => {
    world.script({});
  });

  afterAll(async () => {
    await world.close();
  });

  /** Keeps the worker from running until `work` is done. */
  type Stop = (pid: number, work: () => Promise<void>) => Promise<void>;

  const stops: readonly (readonly [string, Stop])[] = [
    ['row 7: SIGSTOP', (pid, work) => whilePaused([pid], work)],
    ['row 35: a busy event loop', whileSpinning],
  ];

  describe.each(stops)('%s', (_name, stop) => {
    test('in the middle of a message: another delivers it, the first ends before the dot', async () => {
      const beforeDot = gate();
      world.script({ rules: [{ on: 'DATA', after: beforeDot.opened, times: 1 }] });
      const data = dataCommands();
      const message = await world.submit();
      await eventually(() => dataCommands() === data + 1, { what: 'DATA' });
      await takenOver(stop, message, beforeDot);
    });

    test('in the middle of a retry: the same', async () => {
      const beforeDot = gate();
      const rules = [
        { on: 'RCPT', reply: '450 4.2.1 later', times: 1 },
        // Pipelined behind the RCPT that is refused.
        { on: 'DATA', reply: '503 5.5.1 no recipient', times: 1 },
        { on: 'DATA', after: beforeDot.opened, times: 1 },
      ] as const;
      world.script({ rules });
      const data = dataCommands();
      const message = await world.submit();
      await eventually(() => dataCommands() === data + 2, { what: 'DATA of the retry' });
      await takenOver(stop, message, beforeDot);
    });
  });

  test('row 7: what was handed to it while it was stopped is delivered once, by the other', async () => {
    await withSecondWorker(world.system, async (first) => {
      await whilePaused([first], async () => {
        await copiesOf(await world.submitMany(20));
      });
      await world.submitMany(5);
      expect(await world.settled()).toMatchObject({ lost: [], delivered: 25, doubles: 0 });
    });
  });

  /** The first worker is at DATA, and may go on when it wakes. */
  async function takenOver(stop: Stop, message: Accepted, beforeDot: ReturnType<typeof gate>): Promise<void> {
    const before = givenUp();
    await withSecondWorker(world.system, async (first) => {
      await stop(first, async () => {
        await copiesOf([message]);
        beforeDot.open();
      });
      await eventually(() => givenUp() > before, { timeoutMs: 20_000, what: 'the end of the first attempt' });
    });
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 1, doubles: 0 });
  }

  async function copiesOf(messages: readonly Accepted[]): Promise<void> {
    await eventually(() => messages.every((each) => world.copies(each) === 1), {
      timeoutMs: 30_000,
      what: 'the other worker',
    });
  }

  function givenUp(): number {
    return world.system.output().split('an attempt was given up').length;
  }

  async function whileSpinning(pid: number, work: () => Promise<void>): Promise<void> {
    process.kill(pid, 'SIGUSR2');
    try {
      await work();
    } finally {
      await writeFile(spinUntil, '');
    }
    await eventually(() => isReady(world.system.ports.operations.mxDelivery), {
      what: 'a worker that answers',
    });
    await rm(spinUntil);
  }

  function dataCommands(): number {
    const commands = world
      .receiver()
      .connections()
      .flatMap((connection) => connection.commands);
    return commands.filter(({ line }) => line.startsWith('DATA')).length;
  }
});
