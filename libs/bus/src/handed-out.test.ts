import { expect, test } from 'vitest';
import { watchHandedOut } from './handed-out.ts';

function watched() {
  let time = 0;
  const handedOut = watchHandedOut({ ackWaitMs: 1000, prefetch: 3 }, () => time);
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
  return { handedOut, pass, stop };
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
  expect(subscription.take(0)).toBe(0);
  stop(300);
  expect(subscription.take(0)).toBeUndefined();
  handedOut.tick();
  pass(100);
  expect(subscription.isStale()).toBe(true);
  expect(subscription.take(0)).toBeUndefined();
  expect(handedOut.subscribe().take(0)).toBe(400);
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

test('a message that waited behind others for long may be another worker\u2019s', () => {
  const { handedOut, pass } = watched();
  const subscription = handedOut.subscribe();
  expect(subscription.take(2)).toBe(0);
  pass(600);
  expect(subscription.take(2)).toBeUndefined();
  expect(subscription.take(2)).toBeUndefined();
  // Three may wait: the fourth arrived after the first was taken, the fifth after the second.
  expect(subscription.take(2)).toBeUndefined();
  expect(subscription.take(2)).toBe(600);
});

test('a subscription that was empty a moment ago has new messages only', () => {
  const { handedOut, pass } = watched();
  const subscription = handedOut.subscribe();
  pass(5000);
  subscription.noteEmpty();
  pass(100);
  expect(subscription.take(0)).toBe(5000);
});
