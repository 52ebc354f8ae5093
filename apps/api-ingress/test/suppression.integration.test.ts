import * as v2 from '@aws-sdk/client-sesv2';
import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type RunningApi } from './support/start-api.ts';

let api: RunningApi;
let ses: v2.SESv2Client;

beforeAll(async () => {
  api = await startApi();
  ses = new v2.SESv2Client(api.settings());
});

afterAll(async () => {
  ses.destroy();
  await api.close();
});

const put = (EmailAddress: string, Reason: v2.SuppressionListReason = 'BOUNCE') =>
  ses.send(new v2.PutSuppressedDestinationCommand({ EmailAddress, Reason }));
const get = (EmailAddress: string) => ses.send(new v2.GetSuppressedDestinationCommand({ EmailAddress }));

test('traps 1, 17, 48: an address is put, got with its time, and deleted, whatever the case of its domain', async () => {
  await put('Foo+a/b@X.test');
  const { SuppressedDestination: found } = await get('Foo+a/b@x.TEST');
  expect(found).toMatchObject({ EmailAddress: 'Foo+a/b@x.test', Reason: 'BOUNCE' });
  expect(Math.abs((found?.LastUpdateTime?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  await expect(get('foo+a/b@x.test')).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'Email address foo+a/b@x.test does not exist on your suppression list.',
    $metadata: { httpStatusCode: 404 },
  });
  await ses.send(new v2.DeleteSuppressedDestinationCommand({ EmailAddress: 'Foo+a/b@x.test' }));
  await expect(get('Foo+a/b@x.test')).rejects.toBeInstanceOf(v2.NotFoundException);
  await expect(
    ses.send(new v2.DeleteSuppressedDestinationCommand({ EmailAddress: 'Foo+a/b@x.test' })),
  ).rejects.toBeInstanceOf(v2.NotFoundException);
});

test('4.2 row 42: a reason that is none, an address that is none, a tenant', async () => {
  await expect(put('a@x.test', 'SPAM' as v2.SuppressionListReason)).rejects.toMatchObject({
    name: 'BadRequestException',
    message: 'Reason SPAM is invalid, must be one of [BOUNCE, COMPLAINT].',
  });
  await expect(put('nobody')).rejects.toMatchObject({ name: 'BadRequestException' });
  await expect(
    ses.send(
      new v2.PutSuppressedDestinationCommand({ EmailAddress: 'a@x.test', Reason: 'BOUNCE', TenantName: 't' }),
    ),
  ).rejects.toBeInstanceOf(v2.NotFoundException);
});

test('traps 7, 54: addresses are listed by reasons and dates, in pages, and the last has no token', async () => {
  const before = new Date(Date.now() - 1000);
  for (const name of ['a', 'b', 'c']) await put(`${name}@list.test`, name === 'c' ? 'COMPLAINT' : 'BOUNCE');
  const list = (input: v2.ListSuppressedDestinationsCommandInput) =>
    ses.send(new v2.ListSuppressedDestinationsCommand(input));
  const both: v2.SuppressionListReason[] = ['BOUNCE', 'COMPLAINT'];
  await eventually(async () => (await list({ Reasons: both })).SuppressedDestinationSummaries?.length === 3);
  const bounces = await list({ Reasons: ['BOUNCE'], PageSize: 1, StartDate: before });
  expect(bounces.SuppressedDestinationSummaries).toMatchObject([
    { EmailAddress: 'a@list.test', Reason: 'BOUNCE' },
  ]);
  const next = await list({ Reasons: ['BOUNCE'], PageSize: 1, NextToken: bounces.NextToken });
  expect(next.SuppressedDestinationSummaries).toMatchObject([{ EmailAddress: 'b@list.test' }]);
  expect(next.NextToken).toBeUndefined();
  expect((await list({ EndDate: before })).SuppressedDestinationSummaries).toEqual([]);
  await expect(list({ NextToken: '?' })).rejects.toBeInstanceOf(v2.InvalidNextTokenException);
});

test('the reasons of the account are both at first, and what was put afterwards', async () => {
  const reasons = async () =>
    (await ses.send(new v2.GetAccountCommand({}))).SuppressionAttributes?.SuppressedReasons;
  expect(await reasons()).toEqual(['BOUNCE', 'COMPLAINT']);
  await ses.send(new v2.PutAccountSuppressionAttributesCommand({ SuppressedReasons: ['COMPLAINT'] }));
  expect(await reasons()).toEqual(['COMPLAINT']);
  await ses.send(new v2.PutAccountSuppressionAttributesCommand({ SuppressedReasons: [] }));
  expect(await reasons()).toEqual([]);
});
