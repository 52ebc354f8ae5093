import { describe, expect, test } from 'vitest';
import { PASSWORD, plainAuth, USER, useListener } from '../../test/support/start-listener.ts';

describe('AUTH', () => {
  const mail = useListener();

  test('trap 29: PLAIN and LOGIN, with and without initial response', async () => {
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

  test('4.1 row 25: mistakes in AUTH end the session as others do', async () => {
    const client = await mail.inTls();
    client.write('AUTH FOO\r\n'.repeat(20));
    await client.expect(/^(?:504 .*\r\n){20}421 4\.7\.0 .*\r\n/);
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
