import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openWindow, type Stay } from './window.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function windowOf(limits: Partial<Parameters<typeof openWindow>[0]>) {
  const window = openWindow({ messages: 1000, bytes: 1e6, waitingMessages: 1000, ...limits }, () =>
    performance.now(),
  );
  const inside = new Map<string, Stay>();
  const enter = async (name: string, sizeBytes = 1) => {
    inside.set(name, await window.enter(sizeBytes));
  };
  const names = async () => {
    await vi.advanceTimersByTimeAsync(0);
    return [...inside.keys()];
  };
  return { window, inside, enter, names };
}

test('the process holds so many messages and bytes; the rest waits in order', async () => {
  const { window, inside, enter, names } = windowOf({ messages: 2, bytes: 100 });
  await enter('first', 10);
  await enter('second', 20);
  void enter('third', 30);
  void enter('fourth', 1);
  expect(window.isFull()).toBe(true);
  inside.get('first')?.leave();
  expect(await names()).toEqual(['first', 'second', 'third']);
  inside.get('second')?.leave();
  expect(await names()).toEqual(['first', 'second', 'third', 'fourth']);
  expect(window.isFull()).toBe(false);
  inside.get('third')?.leave();
  inside.get('fourth')?.leave();
  await window.empty();
});

test('one message larger than the whole window is let in alone', async () => {
  const { inside, enter, names } = windowOf({ bytes: 100 });
  await enter('large', 5000);
  void enter('small', 1);
  expect(await names()).toEqual(['large']);
  inside.get('large')?.leave();
  expect(await names()).toEqual(['large', 'small']);
});

test('a few messages wait here for their attempts, the rest in the stream, and attempts under way do not count', async () => {
  const { window, inside, enter, names } = windowOf({ waitingMessages: 2 });
  await enter('first');
  await enter('second');
  void enter('third');
  expect(await names()).toEqual(['first', 'second']);
  expect(window.isFull()).toBe(false);
  inside.get('first')?.begins();
  inside.get('first')?.begins();
  inside.get('second')?.leave();
  expect(await names()).toEqual(['first', 'second', 'third']);
  void enter('fourth');
  void enter('fifth');
  expect(await names()).toEqual(['first', 'second', 'third', 'fourth']);
});

test('mail that has waited for a place for 60 ms lets other mail pass', async () => {
  const { inside, enter, names } = windowOf({ waitingMessages: 2, messages: 5 });
  const wait = async () => {
    for (const name of await names()) inside.get(name)?.waits();
  };
  for (const name of ['slow 1', 'slow 2', 'slow 3', 'slow 4', 'quick', 'too many']) void enter(name);
  await wait();
  expect(await names()).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(50);
  await wait();
  expect(await names()).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(20);
  await wait();
  expect(await names()).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(5000);
  expect(await names()).toEqual(['slow 1', 'slow 2', 'slow 3', 'slow 4', 'quick']);
});

test('mail whose route is not known after 40 ms lets other mail pass, and counts again when it waits for a place', async () => {
  const { inside, enter, names } = windowOf({ waitingMessages: 2 });
  for (const name of ['unknown 1', 'unknown 2', 'known 1', 'known 2', 'known 3']) void enter(name);
  await vi.advanceTimersByTimeAsync(30);
  expect(await names()).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(20);
  expect(await names()).toHaveLength(4);
  for (const name of ['unknown 1', 'unknown 2']) inside.get(name)?.waits();
  await vi.advanceTimersByTimeAsync(45);
  expect(await names()).toHaveLength(4);
  for (const name of ['unknown 1', 'unknown 2']) inside.get(name)?.begins();
  await vi.advanceTimersByTimeAsync(5);
  expect(await names()).toHaveLength(5);
});

test('a message with several destinations has begun with the first of them, and counts no more', async () => {
  const { inside, enter, names } = windowOf({ waitingMessages: 1 });
  await enter('first');
  inside.get('first')?.begins();
  inside.get('first')?.waits();
  await enter('second');
  inside.get('second')?.leave();
  inside.get('second')?.waits();
  await enter('third');
  expect(await names()).toHaveLength(3);
});

test.each([5, 80, 300])(
  'however late routes are known, at %i ms, 650 messages a second are let in',
  async (routeMs) => {
    const { window } = windowOf({ waitingMessages: 30 });
    let count = 0;
    let isOver = false;
    const run = async () => {
      while (!isOver) {
        const stay = await window.enter(1);
        count += 1;
        setTimeout(() => {
          stay.waits();
          stay.begins();
          setTimeout(() => {
            stay.leave();
          }, 1);
        }, routeMs);
      }
    };
    const running = run();
    await vi.advanceTimersByTimeAsync(1000);
    isOver = true;
    await vi.advanceTimersByTimeAsync(2000);
    await running;
    expect(count).toBeGreaterThan(650);
  },
);
