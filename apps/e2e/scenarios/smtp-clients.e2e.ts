import { createHash } from 'node:crypto';
import { smtpPassword } from '@sealpost/aws-auth';
import { eventually } from '@sealpost/testing';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';
import { bodyOf, mailText } from '../support/submit.ts';
import { startSystem, type InboxMail, type System } from '../support/system.ts';

const OK = /250 Ok ([0-9a-f]{16}-[0-9a-f-]{36}-\d{6})$/m;

describe('SMTP clients', () => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem();
  });

  afterAll(async () => {
    await system.dispose();
  });

  function arrived(subject: string): Promise<InboxMail> {
    return eventually(
      async () => (await system.inbox()).find(({ content }) => content.includes(`Subject: ${subject}\r\n`)),
      { what: `${subject} in the inbox` },
    );
  }

  const modes = [
    ['STARTTLS', 'PLAIN'],
    ['STARTTLS', 'LOGIN'],
    ['TLS Wrapper', 'PLAIN'],
    ['TLS Wrapper', 'LOGIN'],
  ] as const;

  test.each(modes)('T3, T4: swaks submits over %s with AUTH %s', async (mode, mechanism) => {
    const subject = `swaks ${mode} ${mechanism}`;
    const result = await runProgram('swaks', [
      ...['--server', '127.0.0.1', '--timeout', '10'],
      ...(mode === 'STARTTLS'
        ? ['--port', String(system.ports.starttls), '-tls']
        : ['--port', String(system.ports.tls), '-tlsc']),
      ...['--auth', mechanism],
      ...['--auth-user', system.env.SMTP_USERNAME ?? '', '--auth-password', system.env.SMTP_PASSWORD ?? ''],
      ...['--from', 'app@sender.test', '--to', 'someone@receiver.test'],
      ...['--data', mailText(subject)],
    ]);
    expect(result.status, result.stdout + result.stderr).toBe(0);
    expect(result.stdout).toMatch(OK);
    const mail = await arrived(subject);
    expect(mail.envelope).toEqual({ reversePath: 'app@sender.test', recipients: ['someone@receiver.test'] });
    expect(mail.tls).toMatchObject({ version: 'TLSv1.3' });
    expect(bodyOf(mail.content)).toContain(`Hello ${subject}\r\n.dot at the start\r\n`);
  });

  test.each(modes)(
    'nodemailer submits over %s with AUTH %s, and the body arrives byte for byte',
    async (mode, method) => {
      const subject = `nodemailer ${mode} ${method}`;
      const transport = createTransport({
        host: '127.0.0.1',
        port: mode === 'STARTTLS' ? system.ports.starttls : system.ports.tls,
        secure: mode === 'TLS Wrapper',
        requireTLS: true,
        authMethod: method,
        auth: { user: system.env.SMTP_USERNAME ?? '', pass: system.env.SMTP_PASSWORD ?? '' },
        tls: { rejectUnauthorized: false },
      });
      const raw = `${mailText(subject)}trailing blanks  \r\n\r\n..\r\n8-bit: Grüße\r\n\r\n`;
      const sent = await transport.sendMail({
        envelope: { from: 'app@sender.test', to: ['someone@receiver.test', 'other@receiver.test'] },
        raw,
      });
      transport.close();
      expect(sent.response).toMatch(OK);
      const mail = await arrived(subject);
      const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
      expect(sha256(bodyOf(mail.content))).toBe(sha256(bodyOf(raw)));
      expect(mail.envelope.recipients).toEqual(['someone@receiver.test', 'other@receiver.test']);
    },
  );

  test('the certificate verifies against the authority that dev.env names', async () => {
    const result = await runProgram(
      'openssl',
      [
        's_client',
        ...['-connect', `127.0.0.1:${String(system.ports.tls)}`, '-quiet', '-verify_return_error'],
        ...['-verify_ip', '127.0.0.1', '-CAfile', system.env.AWS_CA_BUNDLE ?? '', '-crlf'],
      ],
      { input: 'QUIT\n' },
    );
    expect(result.status, result.stderr).toBe(0);
    expect(result.stdout).toContain('220 ');
  });

  test('T2: without TLS swaks gets 530 for AUTH and MAIL, and nothing is accepted', async () => {
    const result = await runProgram('swaks', [
      ...['--server', '127.0.0.1', '--port', String(system.ports.starttls)],
      ...['--from', 'app@sender.test', '--to', 'someone@receiver.test'],
      ...['--data', mailText('in the clear')],
    ]);
    expect(result.status).not.toBe(0);
    expect(result.stdout).toContain('530 Must issue a STARTTLS command first');
    expect((await system.inbox()).some(({ content }) => content.includes('in the clear'))).toBe(false);
  });

  test('trap 28: a wrong password, the raw secret key and the password of another region are refused alike', async () => {
    const secret = system.env.AWS_SECRET_ACCESS_KEY ?? '';
    for (const password of ['wrong', secret, smtpPassword(secret, 'eu-west-1')]) {
      const result = await runProgram('swaks', [
        ...['--server', '127.0.0.1', '--port', String(system.ports.starttls), '-tls', '--auth', 'PLAIN'],
        ...['--auth-user', system.env.SMTP_USERNAME ?? '', '--auth-password', password],
        ...['--from', 'app@sender.test', '--to', 'someone@receiver.test', '--quit-after', 'AUTH'],
      ]);
      expect(result.stdout).toContain('535 Authentication Credentials Invalid');
    }
  });

  test.each(['tls1', 'tls1_1', 'tls1_2', 'tls1_3'])(
    'T3, T4: openssl gets in with %s on both kinds of port',
    async (version) => {
      const legacy = ['-cipher', 'ALL:@SECLEVEL=0'];
      const run = (port: number, extra: readonly string[]) =>
        runProgram(
          'openssl',
          ['s_client', '-connect', `127.0.0.1:${String(port)}`, `-${version}`, ...legacy, '-crlf', ...extra],
          { input: 'QUIT\n' },
        );
      const name = { tls1: 'TLSv1', tls1_1: 'TLSv1.1', tls1_2: 'TLSv1.2', tls1_3: 'TLSv1.3' }[version] ?? '';
      const wrapped = await run(system.ports.tls, []);
      expect(wrapped.stdout).toMatch(new RegExp(`(New, ${name}, |Protocol *: ${name}\\b)`));
      const upgraded = await run(system.ports.starttls, ['-starttls', 'smtp']);
      expect(upgraded.stdout).toMatch(new RegExp(`(New, ${name}, |Protocol *: ${name}\\b)`));
    },
  );
});
