import { expect, test } from 'vitest';
import { rememberByAddress } from './by-address.ts';

const mx = { host: 'mx.y.test', preference: 10, address: '127.0.0.2', port: 25 };
const other = (index: number) => ({ ...mx, host: `mx${String(index)}.z.test` });

test('what is known of an address of a host is its own, whatever rank the host has', () => {
  const of = rememberByAddress((key) => ({ key }));
  const known = of(mx);
  expect(of({ ...mx, preference: 20 })).toBe(known);
  for (const apart of [{ host: 'mx2.y.test' }, { address: '127.0.0.3' }, { port: 2525 }])
    expect(of({ ...mx, ...apart })).not.toBe(known);
});

test('of more than 20 000 the one not heard of for longest is forgotten', () => {
  const of = rememberByAddress((key) => ({ key }));
  const [first, second] = [of(other(0)), of(other(1))];
  for (let index = 2; index < 20_000; index += 1) of(other(index));
  expect(of(other(0))).toBe(first);
  of(mx);
  expect(of(other(0))).toBe(first);
  expect(of(other(1))).not.toBe(second);
});
