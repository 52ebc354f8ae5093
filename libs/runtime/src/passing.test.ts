import { keptBytes } from '@sealpost/testing';
import { expect, test } from 'vitest';
import { PassingMap, PassingSet } from './passing.ts';

interface Mail {
  readonly content: number[];
}

const TURNS = 100;
const AT_A_TIME = 20;
const MAIL_BYTES = 8000;

const someMail = (): readonly Mail[] =>
  Array.from({ length: AT_A_TIME }, () => ({ content: new Array<number>(MAIL_BYTES / 8).fill(1) }));

/** V8 may mark the whole heap in the middle of it: of three times the most. */
async function keptAtMost(passing: () => void): Promise<number> {
  const kept: number[] = [];
  for (let time = 0; time < 3; time += 1) kept.push(await keptBytes(TURNS, passing));
  return Math.max(...kept);
}

test('mail that has left a set is let go of, which a set of the language does not do', async () => {
  const comeAndGo = (set: { add(mail: Mail): unknown; delete(mail: Mail): boolean }) => () => {
    const all = someMail();
    for (const mail of all) set.add(mail);
    for (const mail of all) set.delete(mail);
  };
  const passed = TURNS * AT_A_TIME * MAIL_BYTES;
  expect(await keptBytes(TURNS, comeAndGo(new PassingSet<Mail>()))).toBeLessThan(passed / 20);
  expect(await keptAtMost(comeAndGo(new Set<Mail>()))).toBeGreaterThan(passed / 4);
});

test('mail that has left a map is let go of, which a map of the language does not do', async () => {
  const comeAndGo = (set: (key: number, mail: Mail) => unknown, leave: (key: number) => unknown) => () => {
    for (const [key, mail] of someMail().entries()) set(key, mail);
    for (let key = 0; key < AT_A_TIME; key += 1) leave(key);
  };
  const passed = TURNS * AT_A_TIME * MAIL_BYTES;
  const ours = new PassingMap<number, Mail>();
  const kept = comeAndGo(
    (key, mail) => {
      ours.set(key, mail);
    },
    (key) => ours.take(key),
  );
  expect(await keptBytes(TURNS, kept)).toBeLessThan(passed / 20);
  const theirs = new Map<number, Mail>();
  const keptToo = comeAndGo(
    (key, mail) => theirs.set(key, mail),
    (key) => theirs.delete(key),
  );
  expect(await keptAtMost(keptToo)).toBeGreaterThan(passed / 4);
});

test('a set has each of its members once, until it leaves', () => {
  const set = new PassingSet<string>();
  for (const name of ['a', 'b', 'a', 'c']) set.add(name);
  expect([...set].sort()).toEqual(['a', 'b', 'c']);
  expect([set.delete('a'), set.delete('a'), set.size]).toEqual([true, false, 2]);
  expect([...set].sort()).toEqual(['b', 'c']);
  for (const name of set) set.delete(name);
  expect([set.size, [...set]]).toEqual([0, []]);
});

test('a map has one value for a key, and gives it when it is taken', () => {
  const map = new PassingMap<string, { readonly of: string }>();
  map.set('a', { of: 'first' });
  map.set('b', { of: 'other' });
  map.set('a', { of: 'second' });
  expect([map.size, map.get('a'), map.get('c')]).toEqual([2, { of: 'second' }, undefined]);
  expect([...map]).toEqual([
    ['a', { of: 'second' }],
    ['b', { of: 'other' }],
  ]);
  expect([map.take('a'), map.take('a'), map.size]).toEqual([{ of: 'second' }, undefined, 1]);
  for (const [key] of map) map.take(key);
  expect(map.size).toBe(0);
});
