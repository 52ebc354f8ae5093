import { expect, test } from 'vitest';
import { openFollowers } from './followers.ts';

const mx = { host: 'mx.y.test', preference: 10, address: '127.0.0.2', port: 25 };
const other = { ...mx, address: '127.0.0.3' };
const TEN_MINUTES_MS = 600_000;

function followersAt() {
  let time = 0;
  const followers = openFollowers(() => time);
  return { followers, pass: (ms: number) => (time += ms) };
}

test('of a receiver that was not met yet one message finds out whether it takes commands behind a content', () => {
  const { followers, pass } = followersAt();
  expect(followers.mayFollow(mx)).toBe(true);
  followers.follow(mx);
  expect(followers.mayFollow(mx)).toBe(false);
  expect(followers.mayFollow(other)).toBe(true);
  // Of what became of it nothing was heard.
  pass(TEN_MINUTES_MS);
  expect(followers.mayFollow(mx)).toBe(true);
});

test('once it answered them, all do', () => {
  const { followers } = followersAt();
  followers.follow(mx);
  followers.tell(mx, true);
  followers.follow(mx);
  expect(followers.mayFollow(mx)).toBe(true);
});

test('one that did not answer gets none for ten minutes, then one to try', () => {
  const { followers, pass } = followersAt();
  followers.follow(mx);
  followers.tell(mx, true);
  followers.tell(mx, false);
  pass(TEN_MINUTES_MS - 1);
  expect(followers.mayFollow(mx)).toBe(false);
  pass(1);
  expect(followers.mayFollow(mx)).toBe(true);
  followers.follow(mx);
  expect(followers.mayFollow(mx)).toBe(false);
  followers.tell(mx, false);
  pass(2 * TEN_MINUTES_MS - 1);
  expect(followers.mayFollow(mx)).toBe(false);
  pass(1);
  expect(followers.mayFollow(mx)).toBe(true);
});

test('one that never answers gets one to try a day, after some time', () => {
  const { followers, pass } = followersAt();
  for (let failures = 0; failures < 20; failures += 1) followers.tell(mx, false);
  pass(128 * TEN_MINUTES_MS - 1);
  expect(followers.mayFollow(mx)).toBe(false);
  pass(1);
  expect(followers.mayFollow(mx)).toBe(true);
});
