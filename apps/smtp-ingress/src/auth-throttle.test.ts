import { describe, expect, test, vi } from 'vitest';
import { authThrottle, delayFor, type AuthThrottle, type FailureCounts } from './auth-throttle.ts';
import { ownFailureCounts } from './failure-counts.ts';
import { networkOf } from './network-of.ts';

const USER = 'AKIAIOSFODNN7EXAMPLE';

describe('guessing', () => {
  const quiet = { debug: () => undefined };
  const guess = { clientAddress: '192.0.2.1', user: USER };

  async function failTimes(counts: FailureCounts, times: number, login = guess): Promise<void> {
    for (let count = 0; count < times; count += 1) await counts.begin(login);
  }

  async function logIn(throttle: AuthThrottle): Promise<void> {
    const admission = await throttle.admit(guess);
    if (admission.kind === 'admitted') await admission.succeeded();
  }

  test('4.1 row 9: failures slow further answers, first not at all, then up to four seconds', () => {
    expect([0, 9, 10, 11, 12, 14, 40].map(delayFor)).toEqual([0, 0, 250, 500, 1000, 4000, 4000]);
  });

  test('4.1 row 9: an address with fifty failures is not looked at, others are', async () => {
    const counts = ownFailureCounts(() => 0);
    const throttle = authThrottle(counts, undefined, quiet);
    await failTimes(counts, 50);
    expect(await throttle.admit({ ...guess, user: 'OTHER' })).toEqual({ kind: 'refused' });
    // The account is slowed for strangers, and never locked.
    expect(await throttle.admit({ ...guess, clientAddress: '192.0.2.2' })).toMatchObject({
      kind: 'admitted',
      delayMs: 4000,
    });
  });

  test('4.1 row 9: who has logged in from an address before is not slowed by others who guess', async () => {
    const counts = ownFailureCounts(() => 0);
    const throttle = authThrottle(counts, undefined, quiet);
    await logIn(throttle);
    await failTimes(counts, 100);
    expect(await throttle.admit(guess)).toMatchObject({ kind: 'admitted', delayMs: 0 });
  });

  test('who has logged in here before is admitted without a question to the other copies, and guesses are told them', async () => {
    const shared = ownFailureCounts(() => 0);
    const asked = vi.spyOn(shared, 'begin');
    const throttle = authThrottle(
      ownFailureCounts(() => 0),
      shared,
      quiet,
    );
    await logIn(throttle);
    expect(asked).toHaveBeenCalledTimes(1);
    await logIn(throttle);
    expect(asked).toHaveBeenCalledTimes(1);
    for (let count = 0; count < 3; count += 1) {
      const admission = await throttle.admit(guess);
      if (admission.kind === 'admitted') await admission.failed();
    }
    expect(await shared.begin(guess)).toEqual({ ofAddress: 3, ofUser: 3, isKnown: true });
  });

  test('4.1 row 9: a thousand guesses at the same time are no more than one after the other', async () => {
    const throttle = authThrottle(
      ownFailureCounts(() => 0),
      undefined,
      quiet,
    );
    const admissions = await Promise.all(Array.from({ length: 1000 }, () => throttle.admit(guess)));
    expect(admissions.filter(({ kind }) => kind === 'admitted')).toHaveLength(50);
  });

  test('an application that opens two hundred connections at once is no guesser, wherever it is new', async () => {
    const shared = ownFailureCounts(() => 0);
    const throttle = authThrottle(
      ownFailureCounts(() => 0),
      shared,
      quiet,
    );
    const delays = await Promise.all(
      Array.from({ length: 200 }, () =>
        throttle.inTurn(guess, async () => {
          const admission = await throttle.admit(guess);
          if (admission.kind === 'refused') return 'refused';
          // All that came at the same moment are here before the first is through.
          await new Promise(setImmediate);
          await admission.succeeded();
          return admission.delayMs;
        }),
      ),
    );
    expect(delays).toEqual(delays.map(() => 0));
    expect(await shared.begin(guess)).toEqual({ ofAddress: 0, ofUser: 0, isKnown: true });
  });

  test('who logs in often, or finds policy-service away, is no guesser', async () => {
    const counts = ownFailureCounts(() => 0);
    const throttle = authThrottle(counts, undefined, quiet);
    for (let count = 0; count < 200; count += 1) {
      const admission = await throttle.admit(guess);
      if (admission.kind === 'admitted') {
        await (count % 2 === 0 ? admission.succeeded() : admission.undecided());
      }
    }
    expect(await counts.begin(guess)).toEqual({ ofAddress: 0, ofUser: 0, isKnown: true });
  });

  test('after ten minutes all is forgotten', async () => {
    let now = 0;
    const counts = ownFailureCounts(() => now);
    await failTimes(counts, 50);
    now = 600_001;
    expect(await counts.begin(guess)).toEqual({ ofAddress: 0, ofUser: 0, isKnown: false });
  });

  test('counts are bounded, the oldest go first', async () => {
    const counts = ownFailureCounts(() => 0);
    await counts.begin(guess);
    for (let count = 0; count < 20_000; count += 1) {
      await counts.begin({
        clientAddress: `10.0.${String(count >> 8)}.${String(count & 255)}`,
        user: 'U',
      });
    }
    expect(await counts.begin(guess)).toMatchObject({ ofAddress: 0 });
  });

  test('with the shared store away each copy goes by its own counts', async () => {
    const away = () => Promise.reject(new Error('away'));
    const shared = { begin: away, takeBack: away, remember: away };
    const throttle = authThrottle(
      ownFailureCounts(() => 0),
      shared,
      quiet,
    );
    for (let count = 0; count < 50; count += 1) await throttle.admit(guess);
    expect(await throttle.admit(guess)).toEqual({ kind: 'refused' });
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is counted as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
