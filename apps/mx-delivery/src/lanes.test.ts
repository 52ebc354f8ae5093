import { expect, test } from 'vitest';
import { openLanes } from './lanes.ts';

function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    open: () => {
      resolve(undefined);
    },
    opened: promise,
  };
}

test('a destination gets so many attempts at a time, and another destination does not wait for it', async () => {
  const lanes = openLanes({ concurrency: 2, maxWaitMs: 60_000, maxWaiting: 100, crowdedAfterMs: 1000 });
  const slow = gate();
  const started: string[] = [];
  const run = (destination: string, name: string) =>
    lanes.run(destination, async () => {
      started.push(name);
      if (destination === 'slow') await slow.opened;
      return name;
    });
  const all = [run('slow', 's1'), run('slow', 's2'), run('slow', 's3')];
  expect(await run('quick', 'q1')).toEqual({ kind: 'ran', value: 'q1' });
  expect(started).toEqual(['s1', 's2', 'q1']);
  slow.open();
  expect(await Promise.all(all)).toEqual(['s1', 's2', 's3'].map((value) => ({ kind: 'ran', value })));
  lanes.close();
});

test('what waits too long for its destination is told that it is busy', async () => {
  const lanes = openLanes({ concurrency: 1, maxWaitMs: 1, maxWaiting: 100, crowdedAfterMs: 1000 });
  const slow = gate();
  const first = lanes.run('slow', () => slow.opened);
  expect(await lanes.run('slow', () => Promise.resolve())).toEqual({ kind: 'busy' });
  slow.open();
  expect(await first).toMatchObject({ kind: 'ran' });
  lanes.close();
});

test('a crowded destination turns newcomers away at once', async () => {
  const lanes = openLanes({ concurrency: 1, maxWaitMs: 60_000, maxWaiting: 1, crowdedAfterMs: 0 });
  const slow = gate();
  const held = [lanes.run('slow', () => slow.opened), lanes.run('slow', () => slow.opened)];
  expect(await lanes.run('slow', () => slow.opened)).toEqual({ kind: 'busy' });
  slow.open();
  await Promise.all(held);
  lanes.close();
});

test('a failing attempt gives its place back', async () => {
  const lanes = openLanes({ concurrency: 1, maxWaitMs: 60_000, maxWaiting: 1, crowdedAfterMs: 0 });
  await expect(lanes.run('d', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await lanes.run('d', () => Promise.resolve(1))).toEqual({ kind: 'ran', value: 1 });
  lanes.close();
});
