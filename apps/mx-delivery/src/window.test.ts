import { expect, test } from 'vitest';
import { openWindow } from './window.ts';

test('the process holds so many messages and bytes; the rest waits in order', async () => {
  const window = openWindow({ messages: 2, bytes: 100 });
  await window.enter(10);
  await window.enter(20);
  const entered: string[] = [];
  const third = window.enter(30).then(() => entered.push('third'));
  const fourth = window.enter(1).then(() => entered.push('fourth'));
  expect(window.isFull()).toBe(true);
  window.leave(10);
  await third;
  expect(entered).toEqual(['third']);
  window.leave(20);
  await fourth;
  expect(window.isFull()).toBe(false);
  window.leave(30);
  window.leave(1);
  await window.empty();
});

test('one message larger than the whole window is let in alone', async () => {
  const window = openWindow({ messages: 10, bytes: 100 });
  await window.enter(5000);
  let entered = false;
  const second = window.enter(1).then(() => {
    entered = true;
  });
  expect(entered).toBe(false);
  window.leave(5000);
  await second;
});
