import { expect, test } from 'vitest';
import { watchSingleCopy } from './single-copy.ts';

/** What the server says of the stream, and how often it was asked. */
function watched(config: { num_replicas: number; allow_direct: boolean } | undefined) {
  const state = { now: 0, asked: 0, config };
  const info = () => {
    state.asked += 1;
    return state.config === undefined
      ? Promise.reject(new Error('away'))
      : Promise.resolve({ config: state.config });
  };
  const copy = watchSingleCopy({ streams: { info } } as never, 'DEFERRED', () => state.now);
  const ask = async () => {
    copy.answersDirectly();
    // What was asked by that is answered.
    await Promise.resolve().then(() => undefined);
    await Promise.resolve();
    return copy.answersDirectly();
  };
  return { copy, state, ask };
}

test('one copy that answers directly does, from when that is known', async () => {
  const { copy, state, ask } = watched({ num_replicas: 1, allow_direct: true });
  expect(copy.answersDirectly()).toBe(false);
  expect(await ask()).toBe(true);
  expect(state.asked).toBe(1);
});

test.each([
  ['of several copies one that lags behind may answer', { num_replicas: 3, allow_direct: true }],
  ['direct reads are off', { num_replicas: 1, allow_direct: false }],
  ['nothing is known while NATS is away', undefined],
])('not when %s', async (_why, config) => {
  expect(await watched(config).ask()).toBe(false);
});

test('a stream that is given more copies is read through its leader from the next look on', async () => {
  const { state, ask } = watched({ num_replicas: 1, allow_direct: true });
  expect(await ask()).toBe(true);
  state.config = { num_replicas: 3, allow_direct: true };
  state.now = 10_000;
  expect(await ask()).toBe(false);
});

test('one that said nothing is not asked again before it was looked at', async () => {
  const { copy, state, ask } = watched({ num_replicas: 1, allow_direct: true });
  expect(await ask()).toBe(true);
  copy.noteSilence();
  expect(await ask()).toBe(false);
  state.now = 10_000;
  expect(await ask()).toBe(true);
});
