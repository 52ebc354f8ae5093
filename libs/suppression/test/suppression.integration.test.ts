import { connectBus, type Bus } from '@sealpost/bus';
import { eventually, startNats, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSuppressionList, type SuppressionList } from '../src/index.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const ALWAYS = { reasons: [], from: 0, until: Number.MAX_SAFE_INTEGER };

let nats: Engine;
let bus: Bus;
let list: SuppressionList;
let other: SuppressionList;

beforeAll(async () => {
  nats = await startNats();
  bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
  const bucket = await bus.openBucket('SUPPRESSION');
  list = await openSuppressionList(bucket);
  other = await openSuppressionList(bucket);
});

afterAll(async () => {
  list.close();
  other.close();
  await bus.close();
  await nats.stop();
});

const entry = (emailAddress: string, reason: 'BOUNCE' | 'COMPLAINT' = 'BOUNCE', lastUpdate = 1) => ({
  emailAddress,
  reason,
  lastUpdate,
  messageId: undefined,
  feedbackId: undefined,
});

test('trap 48: the domain of an address is compared without case, its local part with', async () => {
  await list.put(entry(' Foo@X.test '));
  expect(await list.get('Foo@x.TEST')).toMatchObject({ emailAddress: 'Foo@x.test', reason: 'BOUNCE' });
  expect(await list.get('foo@x.test')).toBeUndefined();
  await eventually(() => other.reasonFor('Foo@X.test', undefined) === 'BOUNCE');
  expect(other.reasonFor('foo@x.test', undefined)).toBeUndefined();
});

test('reasons of the message come before those of the account', async () => {
  await list.put(entry('c@x.test', 'COMPLAINT'));
  await eventually(() => other.reasonFor('c@x.test', undefined) === 'COMPLAINT');
  expect(other.reasonFor('c@x.test', [])).toBeUndefined();
  expect(other.reasonFor('c@x.test', ['BOUNCE'])).toBeUndefined();
  expect(list.accountReasons()).toEqual(['BOUNCE', 'COMPLAINT']);
  await list.setAccountReasons(['BOUNCE']);
  await eventually(() => other.reasonFor('c@x.test', undefined) === undefined);
  expect(other.reasonFor('c@x.test', ['COMPLAINT'])).toBe('COMPLAINT');
  await list.setAccountReasons(['BOUNCE', 'COMPLAINT']);
});

test('addresses are listed in pages by reason and time, and deleted everywhere', async () => {
  for (const at of [1, 2, 3]) await list.put(entry(`p${String(at)}@page.test`, 'BOUNCE', 1000 + at));
  await eventually(() => other.reasonFor('p3@page.test', undefined) !== undefined);
  const filter = { ...ALWAYS, from: 1000, until: 1003 };
  const first = other.list(filter, { afterAddress: '', pageSize: 2 });
  expect(first.addresses.map(({ emailAddress }) => emailAddress)).toEqual(['p1@page.test', 'p2@page.test']);
  expect(first.hasMore).toBe(true);
  expect(other.list(filter, { afterAddress: 'p2@page.test', pageSize: 2 })).toMatchObject({ hasMore: false });
  expect(
    other.list({ ...ALWAYS, reasons: ['COMPLAINT'] }, { afterAddress: '', pageSize: 9 }).addresses,
  ).toHaveLength(1);
  expect(await list.delete('p1@PAGE.test')).toBe('deleted');
  expect(await list.delete('p1@page.test')).toBe('absent');
  await eventually(() => other.reasonFor('p1@page.test', undefined) === undefined);
  expect(other.list(filter, { afterAddress: '', pageSize: 9 }).addresses).toHaveLength(2);
});

test('one that starts later knows what was there', async () => {
  const late = await openSuppressionList(await bus.openBucket('SUPPRESSION'));
  expect(late.reasonFor('c@x.test', undefined)).toBe('COMPLAINT');
  late.close();
});
