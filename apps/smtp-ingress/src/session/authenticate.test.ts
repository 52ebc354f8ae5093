import { describe, expect, test } from 'vitest';
import type { FailureCounts } from '../auth-throttle.ts';
import { authThrottle, delayFor } from '../auth-throttle.ts';
import { networkOf, ownFailureCounts } from '../failure-counts.ts';
import { PASSWORD, plainAuth, USER, useListener } from '../../test/support/start-listener.ts';

describe('AUTH', () => {
  const mail = useListener();

  test('PLAIN and LOGIN, with and without initial response (trap 29)', async () => {
    const first = await mail.inTls();
    await first.say('AUTH PLAIN', /^334 Ok\r\n/);
    await first.say(plainAuth, /^235/);
    const second = await mail.inTls();
    await second.say('AUTH LOGIN', /^334 VXNlcm5hbWU6\r\n/);
    await second.say(Buffer.from(USER).toString('base64'), /^334 UGFzc3dvcmQ6\r\n/);
    await second.say(Buffer.from(PASSWORD).toString('base64'), /^235/);
    const third = await mail.inTls();
    await third.say(`AUTH LOGIN ${Buffer.from(USER).toString('base64')}`, /^334 UGFzc3dvcmQ6\r\n/);
    await third.say(Buffer.from(PASSWORD).toString('base64'), /^235/);
  });

  const credentials = (text: string) => Buffer.from(text).toString('base64');

  test.each([
    [
      '4.1 row 7: a wrong password',
      `AUTH PLAIN ${credentials(`\0${USER}\0wrong`)}`,
      /^535 Authentication Credentials Invalid\r\n/,
    ],
    [
      '4.1 row 7: an unknown user',
      `AUTH PLAIN ${credentials('\0NOBODY\0wrong')}`,
      /^535 Authentication Credentials Invalid\r\n/,
    ],
    ['4.1 row 8: a foreign authzid', `AUTH PLAIN ${credentials(`other\0${USER}\0${PASSWORD}`)}`, /^535/],
    ['4.1 row 8: no base64', 'AUTH PLAIN !!!', /^501/],
    ['4.1 row 8: an unknown mechanism', 'AUTH CRAM-MD5', /^504/],
  ])('%s', async (_title, line, pattern) => {
    const client = await mail.inTls();
    await client.say(line, pattern);
  });

  test('4.1 row 8: * cancels', async () => {
    const client = await mail.inTls();
    await client.say('AUTH LOGIN', /^334/);
    await client.say('*', /^501/);
  });

  test('4.1 row 9: the fourth bad AUTH ends the connection', async () => {
    const client = await mail.inTls();
    const wrong = `AUTH PLAIN ${credentials(`\0${USER}\0wrong`)}`;
    for (let count = 0; count < 3; count += 1) await client.say(wrong, /^535 /);
    await client.say(wrong, /^421 4\.7\.0 .*\r\n/);
    await client.closed();
  });

  test('with policy-service away it is a temporary failure', async () => {
    mail.policyIsAway = true;
    const client = await mail.inTls();
    await client.say(`AUTH PLAIN ${plainAuth}`, /^454 Temporary authentication failure\r\n/);
  });
});

describe('a credential that changes while its session is open', () => {
  const mail = useListener();

  test.each([
    ['disabled', undefined, /^535 Authentication Credentials Invalid\r\n/],
    [
      'of a scope that is not known here',
      'none',
      /^554 Access denied: User `arn:aws:iam::000000000000:user\/\w+' is not authorized to perform `ses:SendRawEmail' on resource `\*'\r\n/,
    ],
  ] as const)('%s sends nothing more', async (_title, scope, reply) => {
    const client = await mail.readyForContent();
    mail.scope = scope;
    await client.say('From: a@x.test\r\n\r\nx\r\n.', reply);
    expect(mail.submissions).toEqual([]);
  });

  test('for sending only is enough', async () => {
    mail.scope = 'send';
    const client = await mail.readyForContent();
    await client.say('From: a@x.test\r\n\r\nx\r\n.', /^250 Ok .*\r\n/);
  });
});

describe('guessing', () => {
  const quiet = { debug: () => undefined };
  const guess = { clientAddress: '192.0.2.1', user: USER };

  async function failTimes(counts: FailureCounts, times: number, login = guess): Promise<void> {
    for (let count = 0; count < times; count += 1) await counts.countFailure(login);
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
    expect(await throttle.admit({ ...guess, clientAddress: '192.0.2.2' })).toEqual({
      kind: 'admitted',
      delayMs: 4000,
    });
  });

  test('4.1 row 9: who has logged in from an address before is not slowed by others who guess', async () => {
    const counts = ownFailureCounts(() => 0);
    const throttle = authThrottle(counts, undefined, quiet);
    await throttle.succeeded(guess);
    await failTimes(counts, 100);
    expect(await throttle.admit(guess)).toEqual({ kind: 'admitted', delayMs: 0 });
  });

  test('after ten minutes all is forgotten', async () => {
    let now = 0;
    const counts = ownFailureCounts(() => now);
    await failTimes(counts, 50);
    now = 600_001;
    expect(await counts.read(guess)).toEqual({ ofAddress: 0, ofUser: 0, isKnown: false });
  });

  test('counts are bounded, the oldest go first', async () => {
    const counts = ownFailureCounts(() => 0);
    await counts.countFailure(guess);
    for (let count = 0; count < 20_000; count += 1) {
      await counts.countFailure({
        clientAddress: `10.0.${String(count >> 8)}.${String(count & 255)}`,
        user: 'U',
      });
    }
    expect(await counts.read(guess)).toMatchObject({ ofAddress: 0 });
  });

  test('with the shared store away each copy goes by its own counts', async () => {
    const away = () => Promise.reject(new Error('away'));
    const shared = { read: away, countFailure: away, remember: away };
    const throttle = authThrottle(
      ownFailureCounts(() => 0),
      shared,
      quiet,
    );
    for (let count = 0; count < 50; count += 1) await throttle.failed(guess);
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
