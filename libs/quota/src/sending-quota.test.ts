import { expect, test } from 'vitest';
import { openSendingQuota } from './open-sending-quota.ts';
import { ownQuotaStore, type QuotaStore } from './quota-store.ts';
import type { QuotaLimits } from './quota-limits.ts';

const logger = { warn: () => undefined };

function quotaOn(store: QuotaStore, limits: QuotaLimits, clock = { now: 0 }) {
  return openSendingQuota({ limits, shared: store, logger, now: () => clock.now });
}

test('trap 23: after the last recipient of the day nothing passes', async () => {
  const quota = quotaOn(
    ownQuotaStore(() => 0),
    { daily: 2, rate: undefined },
  );
  expect(await quota.spend(1)).toBe('granted');
  expect(await quota.spend(1)).toBe('granted');
  expect(await quota.spend(1)).toBe('quota-exceeded');
  expect(await quota.sentLast24Hours()).toBe(2);
});

test('the day is any 24 hours', async () => {
  const clock = { now: 0 };
  const quota = quotaOn(
    ownQuotaStore(() => clock.now),
    { daily: 1, rate: undefined },
    clock,
  );
  await quota.spend(1);
  await quota.sentLast24Hours();
  clock.now += 23 * 3_600_000;
  expect(await quota.spend(1)).toBe('quota-exceeded');
  clock.now += 3_600_001;
  expect(await quota.spend(1)).toBe('granted');
});

test('trap 24: the rate counts recipients: one message passes while anything is left and is paid for by the next', async () => {
  const clock = { now: 0 };
  const quota = quotaOn(
    ownQuotaStore(() => clock.now),
    { daily: undefined, rate: 5 },
    clock,
  );
  expect(await quota.spend(5)).toBe('granted');
  expect(await quota.spend(1)).toBe('rate-exceeded');
  clock.now += 250;
  expect(await quota.spend(8)).toBe('granted');
  clock.now += 1000;
  expect(await quota.spend(1)).toBe('rate-exceeded');
  clock.now += 1000;
  expect(await quota.spend(1)).toBe('granted');
});

test('what was given back may be spent by others', async () => {
  const quota = quotaOn(
    ownQuotaStore(() => 0),
    { daily: 1, rate: undefined },
  );
  await quota.spend(1);
  quota.giveBack(1);
  expect(await quota.spend(1)).toBe('granted');
  expect(await quota.spend(1)).toBe('quota-exceeded');
});

test('in blocks: a hundred messages ask the store a few times, and without limits never', async () => {
  const store = ownQuotaStore(() => 0);
  let reports = 0;
  const counting: QuotaStore = {
    ...store,
    report: (report) => {
      reports += 1;
      return store.report(report).then((grant) => ({ ...grant, daily: Math.min(grant.daily, 50) }));
    },
  };
  const limited = quotaOn(counting, { daily: 5000, rate: undefined });
  for (let count = 0; count < 100; count += 1) expect(await limited.spend(1)).toBe('granted');
  expect(reports).toBeLessThanOrEqual(3);
  reports = 0;
  const unlimited = quotaOn(counting, { daily: undefined, rate: undefined });
  for (let count = 0; count < 100; count += 1) await unlimited.spend(1);
  expect(reports).toBe(0);
});

test('with the shared store away each copy goes by its own counts, from what it knew', async () => {
  const store = ownQuotaStore(() => 0);
  const away: { isAway: boolean } = { isAway: false };
  const shared: QuotaStore = {
    ...store,
    report: (report) => (away.isAway ? Promise.reject(new Error('away')) : store.report(report)),
  };
  const quota = quotaOn(shared, { daily: 1, rate: undefined });
  expect(await quota.spend(1)).toBe('granted');
  away.isAway = true;
  expect(await quota.spend(1)).toBe('quota-exceeded');
});

test('statistics are quarters of an hour of the last two weeks', async () => {
  const clock = { now: 0 };
  const store = ownQuotaStore(() => clock.now);
  const report = (sent: number) =>
    store.report({
      id: 'a',
      sent,
      heldRate: 0,
      limits: { daily: undefined, rate: undefined },
      wantsGrant: false,
    });
  await report(3);
  clock.now = 900_000;
  await report(4);
  await store.countBounces(1);
  expect(await store.statistics()).toEqual([
    { at: 0, attempts: 3, bounces: 0 },
    { at: 900_000, attempts: 4, bounces: 1 },
  ]);
  clock.now = 15 * 86_400_000;
  await report(5);
  expect(await store.statistics()).toEqual([{ at: clock.now, attempts: 5, bounces: 0 }]);
});
