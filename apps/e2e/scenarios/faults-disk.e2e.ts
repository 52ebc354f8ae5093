// Faults, section 3, row 16: the disk of NATS is full for other reasons than mail: none of the streams' limits is
// reached, and nothing warns before. What nats-server does then differs by its version (docs/faults.md).
import path from 'node:path';
import { eventually, gate } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { startFaultWorld, type FaultWorld } from '../support/fault-world.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';

describe('row 16: a full disk', () => {
  test('row 16: intake refuses for now, and what was accepted is delivered once there is room', async ({
    skip,
  }) => {
    const disk = mountSmallDisk(64);
    if (typeof disk === 'string') return skip(disk);
    try {
      await withWorldOn(disk, (world) => fillAndMakeRoom(disk, world));
    } finally {
      disk.remove();
    }
  });
});

async function withWorldOn(disk: SmallDisk, use: (world: FaultWorld) => Promise<void>): Promise<void> {
  const store = path.join(disk.folder, 'store');
  const world = await startFaultWorld({}, {}, {}, ({ port }) =>
    // So much that the disk is full before a stream is.
    [
      `host: 127.0.0.1`,
      `port: ${port}`,
      'max_payload: 8MB',
      `jetstream { store_dir: "${store}", max_file: 64GB }`,
    ].join('\n'),
  );
  try {
    await use(world);
  } finally {
    // It may not listen to anything else.
    await world.nats.kill();
    await world.close();
  }
}

async function fillAndMakeRoom(disk: SmallDisk, world: FaultWorld): Promise<void> {
  const block = gate();
  world.script({ rules: [{ on: 'DATA', after: block.opened }] });
  const accepted = await world.submitMany(10);
  expect(accepted).toHaveLength(10);
  await disk.fill();
  const said = await eventually(() => refusalOf(world), { timeoutMs: 30_000, what: 'a refusal' });
  expect(said).toMatch(/ (?:421|451|452) /);
  await expect(world.submit({ via: 'api' })).rejects.toThrow(/ServiceUnavailable|unavailable/i);
  block.open();
  await disk.makeRoom();
  // nats-server 2.9.10 answers no more, not even SIGTERM, until it is killed.
  await world.nats.kill();
  await world.nats.restart();
  await world.submitWhenBack();
  expect(await world.settled()).toMatchObject({ lost: [], bounced: 0, doubles: 0 });
}

/** The reply to a client; false: it was accepted. */
function refusalOf(world: FaultWorld): Promise<string | false> {
  return world.submit().then(
    () => false,
    (error: unknown) => String(error),
  );
}
