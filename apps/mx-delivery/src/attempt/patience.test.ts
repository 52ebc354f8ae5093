import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Patience } from './patience.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function patient() {
  const over = vi.fn();
  return { patience: new Patience(over), over };
}

test('a receiver that does not answer is waited for as long as its turn says', () => {
  const { patience, over } = patient();
  patience.begin(1000);
  vi.advanceTimersByTime(999);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(over).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(60_000);
  expect(over).toHaveBeenCalledOnce();
});

test('after each reply the next one has its whole time', () => {
  const { patience, over } = patient();
  patience.begin(1000);
  vi.advanceTimersByTime(900);
  patience.begin(1000);
  vi.advanceTimersByTime(999);
  expect(over).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(over).toHaveBeenCalledOnce();
});

test('a reply that is waited for shorter than the one before has no more time than its own', () => {
  const { patience, over } = patient();
  patience.begin(10_000);
  patience.begin(1000);
  vi.advanceTimersByTime(1000);
  expect(over).toHaveBeenCalledOnce();
});

test('when the reply has come nobody is out of time, and the next wait has its own', () => {
  const { patience, over } = patient();
  patience.begin(1000);
  patience.end();
  vi.advanceTimersByTime(5000);
  expect(over).not.toHaveBeenCalled();
  patience.begin(1000);
  vi.advanceTimersByTime(1000);
  expect(over).toHaveBeenCalledOnce();
});

test('a conversation of many replies in time sets no timer for each', () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  const { patience, over } = patient();
  for (let reply = 0; reply < 100; reply += 1) {
    patience.begin(1000);
    vi.advanceTimersByTime(10);
    patience.end();
  }
  expect(over).not.toHaveBeenCalled();
  expect(set.mock.calls.length).toBeLessThan(3);
});

test('when the connection has ended no timer is left', () => {
  const { patience, over } = patient();
  patience.begin(1000);
  patience.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(over).not.toHaveBeenCalled();
});
