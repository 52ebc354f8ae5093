import { describe, expect, test } from 'vitest';
import { assertOwnAddresses, parseSendingPools, sendingPools, sourceFor } from './sending-pools.ts';

const pools = parseSendingPools('bulk=192.0.2.1,2001:db8::1,192.0.2.2\n  news-1=192.0.2.3');

test('pools are names with addresses of both families', () => {
  expect(pools).toEqual([
    { name: 'bulk', addresses: ['192.0.2.1', '2001:db8::1', '192.0.2.2'] },
    { name: 'news-1', addresses: ['192.0.2.3'] },
  ]);
  expect(parseSendingPools('')).toEqual([]);
});

test.each([
  ['bulk', 'expected name=address'],
  ['bulk=', 'expected name=address'],
  ['=192.0.2.1', 'expected name=address'],
  ['bulk=192.0.2.1,', ' is no address'],
  ['bulk=mail.example.com', 'mail.example.com is no address'],
  ['bulk=192.0.2.1 bulk=192.0.2.2', 'twice'],
])('%s is no setting', (text, words) => {
  expect(() => parseSendingPools(text)).toThrow(words);
});

describe('the source of a connection', () => {
  const [bulk, news] = pools;
  if (bulk === undefined || news === undefined) throw new Error('no pools');

  test('is of the family of its destination, and any of the pool', () => {
    expect(sourceFor('198.51.100.1', bulk, () => 0)).toBe('192.0.2.1');
    expect(sourceFor('198.51.100.1', bulk, () => 0.99)).toBe('192.0.2.2');
    expect(sourceFor('2001:db8::99', bulk, () => 0.99)).toBe('2001:db8::1');
  });

  test('is none when the pool has none of that family', () => {
    expect(sourceFor('2001:db8::99', news, () => 0)).toBeUndefined();
  });

  test('a set without a pool, or with one that is not here, leaves it to the machine', () => {
    expect(sendingPools(pools).of(undefined)).toBeUndefined();
    expect(sendingPools(pools).of('elsewhere')).toBeUndefined();
    expect(sendingPools(pools).of('bulk')).toBe(bulk);
  });
});

test('an address that this machine does not have is told at the start', async () => {
  await expect(assertOwnAddresses(pools)).rejects.toThrow('192.0.2.1 of bulk is not this machine');
  await assertOwnAddresses(parseSendingPools('here=127.0.0.1,127.0.0.9'));
});
