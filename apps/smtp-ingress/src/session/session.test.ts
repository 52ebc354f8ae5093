import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SubmissionResult } from '@sealpost/submission';
import { eventually } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { ID, PASSWORD, plainAuth, USER, useListener } from '../../test/support/start-listener.ts';

describe('an SMTP session', () => {
  const mail = useListener();

  describe('before TLS (T2)', () => {
    test('trap 31: EHLO offers STARTTLS, knowingly no AUTH before TLS, and ends in 250 Ok', async () => {
      const client = await mail.plain();
      const reply = await client.say('EHLO client.test', /250 Ok\r\n/);
      expect(reply).toBe('250 Ok\r\n');
      client.write('EHLO client.test\r\n');
      const whole = await client.expect(/^250-in[^]*250 Ok\r\n/);
      expect(whole).toContain('250-STARTTLS\r\n');
      expect(whole).toContain('250-SIZE 100000\r\n');
      expect(whole).not.toContain('AUTH');
    });

    test.each([
      'MAIL FROM:<a@x.test>',
      'RCPT TO:<b@y.test>',
      'DATA',
      `AUTH PLAIN ${plainAuth}`,
      'VRFY a',
      'HELP',
    ])('T2, 4.1 rows 1 and 2, trap 30: %s is refused with 530', async (line) => {
      const client = await mail.plain();
      await client.say('EHLO client.test', /250 Ok\r\n/);
      await client.say(line, /^530 Must issue a STARTTLS command first\r\n/);
    });

    test('4.1 row 4, trap 32: what is pipelined behind STARTTLS is never executed', async () => {
      const client = await mail.plain();
      client.write('EHLO client.test\r\nSTARTTLS\r\nNOOP\r\n');
      await client.expect(/250 Ok\r\n554 5\.5\.0 .*\r\n/);
      await client.closed();
      expect(client.received).toBe('');
    });

    test('RFC 3207 §4.2: what was said before TLS does not count inside it', async () => {
      const client = await mail.plain();
      await client.say('EHLO client.test', /250 Ok\r\n/);
      await client.upgrade();
      await client.say(`AUTH PLAIN ${plainAuth}`, /^503 .*\r\n/);
    });

    test('4.1 row 5: garbage instead of a ClientHello ends the connection, and the service lives', async () => {
      const client = await mail.plain();
      await client.say('STARTTLS', /^220 .*\r\n/);
      client.write('this is no handshake\r\n');
      await client.closed();
      await mail.plain();
    });
  });

  describe.each(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
    const options = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };

    test('T3: STARTTLS is done, and the version is kept with the message', async () => {
      const client = await mail.plain();
      await client.say('EHLO client.test', /250 Ok\r\n/);
      await client.upgrade(options);
      await client.say('EHLO client.test', /250 Ok\r\n/);
      await client.say(`AUTH PLAIN ${plainAuth}`, /^235/);
      client.write('MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n');
      await client.expect(/354 .*\r\n/);
      await client.say('Subject: x\r\n\r\nbody\r\n.', new RegExp(`250 Ok ${ID}\r\n`));
      expect(mail.submissions[0]?.source.tls?.version).toBe(version);
    });

    test('T4: TLS Wrapper is TLS from the first byte, greets inside, and offers no STARTTLS', async () => {
      const port = mail.listener.tlsPorts[0] ?? 0;
      const client = mail.add(connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }));
      await client.expect(/^220 .*\r\n/);
      client.write('EHLO client.test\r\n');
      const reply = await client.expect(/250-in[^]*250 Ok\r\n/);
      expect(reply).toContain('AUTH PLAIN LOGIN');
      expect(reply).not.toContain('STARTTLS');
    });
  });

  test('T4, 4.1 row 5: plaintext on a TLS Wrapper port gets no answer but the end', async () => {
    const client = mail.add(connectPlain({ host: '127.0.0.1', port: mail.listener.tlsPorts[0] ?? 0 }));
    client.write('EHLO client.test\r\n');
    await client.closed();
    expect(client.received).not.toMatch(/^2/m);
  });

  describe('a mail transaction', () => {
    test('4.1 row 6: MAIL before AUTH is refused', async () => {
      const client = await mail.inTls();
      await client.say('MAIL FROM:<a@x.test>', /^530 Authentication required\r\n/);
    });

    test('trap 35: is submitted with its envelope, and answered with the bare id', async () => {
      const client = await mail.readyForContent();
      await client.say('Subject: x\r\n\r\n..dot\r\n.', new RegExp(`^250 Ok ${ID}\r\n`));
      expect(mail.submissions).toMatchObject([
        {
          reversePath: 'a@x.test',
          recipients: ['b@y.test'],
          content: Buffer.from('Subject: x\r\n\r\n.dot\r\n'),
          source: {
            operation: 'SendSmtpEmail',
            callerIdentity: USER,
            helo: 'client.test',
            clientAddress: '127.0.0.1',
          },
        },
      ]);
      await client.say('MAIL FROM:<c@x.test>', /^250 Ok\r\n/);
    });

    test('pipelined as a whole, twice, it is answered in order', async () => {
      const client = await mail.authenticated();
      const one = 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n';
      client.write(`${one}Subject: 1\r\n\r\n1\r\n.\r\n${one}Subject: 2\r\n\r\n2\r\n.\r\nQUIT\r\n`);
      await client.expect(/^(?:250 Ok\r\n250 Ok\r\n354 .*\r\n250 Ok 0.*\r\n){2}221 Bye\r\n$/);
      expect(mail.submissions.map(({ content }) => content.toString())).toEqual([
        'Subject: 1\r\n\r\n1\r\n',
        'Subject: 2\r\n\r\n2\r\n',
      ]);
    });

    test('byte by byte it is the same', async () => {
      const client = await mail.authenticated();
      client.socket.setNoDelay(true);
      for (const byte of 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n.\r\n') client.write(byte);
      await client.expect(/250 Ok\r\n250 Ok\r\n354 .*\r\n250 Ok 0/);
    });

    test('trap 33: the documented piped dialogue of openssl works', async () => {
      const client = await mail.inTls();
      client.write(
        [
          'AUTH LOGIN',
          Buffer.from(USER).toString('base64'),
          Buffer.from(PASSWORD).toString('base64'),
          'MAIL FROM: a@x.test',
          'RCPT TO: b@y.test',
          'DATA',
          'Subject: piped',
          '',
          'body',
          '.',
          'QUIT',
          '',
        ].join('\r\n'),
      );
      await client.expect(/235[^]*250 Ok\r\n250 Ok\r\n354 .*\r\n250 Ok 0.*\r\n221 Bye\r\n$/);
    });

    test.each<[string, SubmissionResult, RegExp]>([
      [
        '4.1 row 28: an unknown set',
        {
          kind: 'refused',
          refusal: {
            code: 'configuration-set-does-not-exist',
            message: 'Configuration set <none> does not exist.',
            configurationSetName: 'none',
          },
        },
        /^554 Message rejected: Configuration set <none> does not exist\.\r\n/,
      ],
      [
        'bad content',
        { kind: 'refused', refusal: { code: 'invalid-content', message: "Duplicate header 'Subject'." } },
        /^554 Transaction failed: Duplicate header 'Subject'\.\r\n/,
      ],
      ['a store that is away', { kind: 'unavailable', cause: 'queue' }, /^451 Temporary service failure\r\n/],
      ['a full stream', { kind: 'unavailable', cause: 'queue-full' }, /^452 4\.3\.1 /],
      [
        'too many recipients a second',
        { kind: 'throttled', limit: 'sending-rate' },
        /^454 Throttling failure: Maximum sending rate exceeded\r\n/,
      ],
      [
        'too many recipients a day',
        { kind: 'throttled', limit: 'daily-quota' },
        /^454 Throttling failure: Daily message quota exceeded\r\n/,
      ],
    ])('%s is answered at the final dot, and never with 250', async (_title, result, pattern) => {
      mail.answer = () => Promise.resolve(result);
      const client = await mail.readyForContent();
      await client.say('From: a@x.test\r\n\r\nx\r\n.', pattern);
    });

    test('a bug behind the door is a temporary failure, and the session lives', async () => {
      mail.answer = () => Promise.reject(new Error('bug'));
      const client = await mail.readyForContent();
      await client.say('From: a@x.test\r\n\r\nx\r\n.', /^451 /);
      await client.say('NOOP', /^250 Ok\r\n/);
    });

    test.each([
      ['4.1 row 10: MAIL twice', 'MAIL FROM:<b@x.test>', /^503/],
      ['4.1 row 11: an address without domain', 'RCPT TO:<nobody>', /^501/],
      ['4.1 row 30: DATA without recipients', 'DATA', /^554/],
    ])('%s', async (_title, line, pattern) => {
      const client = await mail.authenticated();
      await client.say('MAIL FROM:<a@x.test>', /^250/);
      await client.say(line, pattern);
    });

    test.each([
      ['4.1 row 13: a SIZE over the limit', 'MAIL FROM:<a@x.test> SIZE=100001', /^552/],
      ['the null reverse-path, as SES', 'MAIL FROM:<>', /^501 Invalid MAIL FROM address provided\r\n/],
      ['4.1 row 10: RCPT before MAIL', 'RCPT TO:<b@y.test>', /^503/],
      ['4.1 row 10: DATA before MAIL', 'DATA', /^503/],
    ])('%s', async (_title, line, pattern) => {
      const client = await mail.authenticated();
      await client.say(line, pattern);
    });

    test('4.1 row 15: fifty recipients are taken, one more is not', async () => {
      const client = await mail.authenticated();
      await client.say('MAIL FROM:<a@x.test>', /^250/);
      client.write(
        Array.from({ length: 51 }, (_each, index) => `RCPT TO:<r${String(index)}@y.test>\r\n`).join(''),
      );
      await client.expect(/^(?:250 Ok\r\n){50}452 4\.5\.3 .*\r\n/);
    });

    test('4.1 row 14: content over the limit is refused after the dot, and the session goes on', async () => {
      const client = await mail.readyForContent();
      client.write(`Subject: x\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(1100)}.\r\n`);
      await client.expect(/^552 Message is too long\.\r\n/);
      await client.say('NOOP', /^250 Ok\r\n/);
      expect(mail.submissions).toEqual([]);
    });

    test.each([
      ['a bare LF', 'a\nb'],
      ['a bare CR', 'a\rb'],
      ['NUL', 'a\0b'],
      ['a line over 998 octets', 'x'.repeat(999)],
    ])('4.1 rows 19 to 21: %s in the content is refused', async (_title, text) => {
      const client = await mail.readyForContent();
      await client.say(`Subject: x\r\n\r\n${text}\r\n.`, /^554 5\.6\.0 .*\r\n/);
      expect(mail.submissions).toEqual([]);
    });

    test('4.1 row 31: a disconnect in the content delivers nothing', async () => {
      const client = await mail.readyForContent();
      client.write('Subject: x\r\n\r\nhalf');
      client.socket.destroy();
      await eventually(() => mail.listener.connections() === 0);
      expect(mail.submissions).toEqual([]);
    });
  });

  test('4.1 row 18: a bare LF ends no command, and gets one answer', async () => {
    const client = await mail.inTls();
    client.write('NOOP\nNOOP\n');
    await client.expect(/^500 .*\r\n/);
    await client.say('NOOP', /^250 Ok\r\n/);
    expect(client.received).toBe('');
  });

  test('4.1 row 16: a line without end is cut off with bounded memory', async () => {
    const client = await mail.inTls();
    client.write('x'.repeat(3000));
    await client.expect(/^500 .*\r\n421 .*\r\n/);
    await client.closed();
  });

  test('4.1 row 25: after twenty errors the session is over', async () => {
    const client = await mail.inTls();
    client.write('XYZZY\r\n'.repeat(20));
    await client.expect(/^(?:500 .*\r\n){20}421 4\.7\.0 .*\r\n/);
    await client.closed();
  });

  test('4.1 row 32: one connection too many is told so at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => mail.plain()));
    const client = mail.add(connectPlain({ host: '127.0.0.1', port: mail.listener.starttlsPorts[0] ?? 0 }));
    await client.expect(/^421 Too many concurrent SMTP connections\r\n/);
  });
});
