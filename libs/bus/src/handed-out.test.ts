import { expect, test } from 'vitest';
import { watchHandedOut } from './handed-out.ts';

function watched() {
  let time = 0;
  const handedOut = watchHandedOut(1000, () => time);
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= handedOut.tickMs) {
      time += Math.min(left, handedOut.tickMs);
      handedOut.tick();
    }
  };
  /** Without a tick, as a stopped process. */
  const stop = (ms: number): void => {
    time += ms;
  };
  return { handedOut, pass, stop, now: () => time };
}

test('a message is ours while the server heard of it in time, and due before that is over', () => {
  const { handedOut, pass } = watched();
  expect([handedOut.isStillOurs(0), handedOut.isDue(0)]).toEqual([true, false]);
  pass(300);
  expect([handedOut.isStillOurs(0), handedOut.isDue(0)]).toEqual([true, true]);
  pass(500);
  // Told too late: the server may have given it away.
  expect([handedOut.isStillOurs(0), handedOut.isDue(0)]).toEqual([false, false]);
});

test('row 7: what lies in the buffer of a process that was stopped is not taken for new', () => {
  const { handedOut, stop, pass } = watched();
  const subscription = handedOut.subscribe();
  expect(subscription.take()).toBe(0);
  stop(300);
  expect(subscription.take()).toBeUndefined();
  handedOut.tick();
  pass(100);
  expect(subscription.isStale()).toBe(true);
  expect(subscription.take()).toBeUndefined();
  expect(handedOut.subscribe().take()).toBe(400);
});

test('a stop is noticed by the tick that comes late as well', () => {
  const { handedOut, stop, pass } = watched();
  const subscription = handedOut.subscribe();
  pass(1000);
  expect(subscription.isStale()).toBe(false);
  stop(300);
  handedOut.tick();
  expect(subscription.isStale()).toBe(true);
});

test('a message that waited behind others for long may be another worker\u2019s, however many they are', () => {
  const { handedOut, pass, now } = watched();
  const subscription = handedOut.subscribe();
  subscription.noteReceived(100, now());
  expect(subscription.take()).toBe(0);
  pass(600);
  subscription.noteReceived(100, now());
  for (let count = 1; count < 100; count += 1) expect(subscription.take()).toBeUndefined();
  // The 101st had not arrived at that time.
  expect(subscription.take()).toBe(600);
});

test('what arrived while others waited is as old as the last moment at which it had not been sent', () => {
  const { handedOut, pass, now } = watched();
  const subscription = handedOut.subscribe();
  for (const count of [1, 2, 2, 4]) {
    pass(100);
    subscription.noteReceived(count, now());
  }
  expect([1, 2, 3, 4, 5].map(() => subscription.take())).toEqual([0, 100, 300, 300, 400]);
});

test('a subscription that was empty a moment ago has new messages only', () => {
  const { handedOut, pass, now } = watched();
  const subscription = handedOut.subscribe();
  pass(5000);
  subscription.noteReceived(0, now());
  pass(100);
  expect(subscription.take()).toBe(5000);
});
