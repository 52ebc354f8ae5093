import { createHash } from 'node:crypto';
import { formatMessageId, type TlsPolicy } from '@sealpost/mail';
import { startReceiver, testAuthority, type Receiver, type ReceiverScript } from '@sealpost/testing';
import { deliverySecureContext } from '@sealpost/tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { attemptRoute, type AttemptDeps, type AttemptReport } from './attempt-route.ts';
import { dial } from './dial.ts';
import { openSessionPool, type SessionPool } from './session-pool.ts';
import { RequirementNotMet, sendMessage } from './send-message.ts';
import { SmtpClient } from './smtp-client.ts';

const content = Buffer.from('Received: x\r\nSubject: one\r\n\r\n.dot\r\nGr\u00fc\u00dfe\r\n');
const bodyStart = content.indexOf('\r\n\r\n') + 4;

describe('an attempt', () => {
  const receivers: Receiver[] = [];
  let pool: SessionPool;

  beforeEach(() => {
    pool = openSessionPool();
  });

  afterEach(async () => {
    pool.close();
    for (const receiver of receivers.splice(0)) await receiver.close();
  });

  async function receiver(script: ReceiverScript = {}): Promise<Receiver> {
    const started = await startReceiver({ hostName: 'mx.test', ...script });
    receivers.push(started);
    return started;
  }

  async function depsFor(port: number, verify = false): Promise<AttemptDeps> {
    return {
      open: {
        dial,
        refuseAddress: () => undefined,
        timeouts: {
          connectMs: 2000,
          greetingMs: 2000,
          ehloMs: 2000,
          starttlsMs: 500,
          mailMs: 2000,
          rcptMs: 2000,
          dataMs: 2000,
          finalDotMs: 1000,
        },
        heloName: 'out.sealpost.test',
        secureContext: deliverySecureContext((await testAuthority()).certificatePem),
      },
      reach: {
        pool,
        port,
        now: Date.now,
        resolveAddresses: () => Promise.resolve({ kind: 'addresses', addresses: ['127.0.0.1'] }),
      },
      requireTlsVerify: verify,
    };
  }

  async function attempt(
    to: Receiver,
    tlsPolicy: TlsPolicy = 'Optional',
    extra: { recipients?: readonly string[]; verify?: boolean; host?: string; smtpUtf8?: boolean } = {},
  ): Promise<AttemptReport> {
    return attemptRoute(
      {
        messageId: formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb'),
        reversePath: 'a@x.test',
        recipients: extra.recipients ?? ['b@y.test'],
        content,
        bodyStart,
        smtpUtf8: extra.smtpUtf8 ?? false,
        tlsPolicy,
        handshakeRefusedBefore: false,
      },
      [{ host: extra.host ?? 'mx.test', preference: 10 }],
      await depsFor(to.port, extra.verify),
    );
  }

  test('T13: the receiver gets the exact bytes, and their hash is known', async () => {
    const to = await receiver();
    const report = await attempt(to);
    expect(report.outcomes).toMatchObject([{ kind: 'delivered', recipient: 'b@y.test' }]);
    expect(to.messages()[0]?.content.equals(content)).toBe(true);
    expect(report.sentBodySha256).toBe(
      createHash('sha256').update(content.subarray(bodyStart)).digest('hex'),
    );
    expect(to.messages()[0]?.mailParameters).toEqual([`SIZE=${String(content.length)}`, 'BODY=8BITMIME']);
  });

  test('RFC 6531: mail that needs SMTPUTF8 goes to a receiver that offers it', async () => {
    const to = await receiver();
    const report = await attempt(to, 'Optional', { recipients: ['grün@y.test'], smtpUtf8: true });
    expect(report.outcomes).toMatchObject([{ kind: 'delivered', recipient: 'grün@y.test' }]);
    expect(to.messages()[0]).toMatchObject({ recipients: ['grün@y.test'] });
    expect(to.messages()[0]?.mailParameters).toContain('SMTPUTF8');
  });

  test('RFC 6531: mail that needs SMTPUTF8 bounces with 5.6.7 where no host offers it', async () => {
    const to = await receiver({ capabilities: ['PIPELINING'] });
    const report = await attempt(to, 'Optional', { recipients: ['grün@y.test'], smtpUtf8: true });
    expect(report.outcomes).toMatchObject([{ kind: 'bounced', status: '5.6.7' }]);
    expect(to.messages()).toEqual([]);
  });

  test('T14: evidence of the handshake, with a certificate that verifies', async () => {
    const to = await receiver();
    const { evidence, achieved, mx } = await attempt(to, 'Require');
    expect(achieved).toBe('authenticated');
    expect(mx).toMatchObject({ host: 'mx.test', address: '127.0.0.1', port: to.port, preference: 10 });
    expect(evidence).toMatchObject({
      version: 'TLSv1.3',
      keyExchange: 'X25519',
      serverName: 'mx.test',
      certificate: { subjectAltNames: ['mx.test'], verified: true, verificationResult: 'valid' },
    });
    expect(evidence?.certificate.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['self-signed', 'certificate-not-trusted'],
    ['expired', 'certificate-expired'],
    ['wrong-name', 'certificate-host-mismatch'],
    ['unknown-authority', 'certificate-not-trusted'],
  ] as const)(
    '5.2: a %s certificate is encrypted, never shown as authenticated; with verification it is a no',
    async (certificate, result) => {
      const to = await receiver({ tls: { certificate } });
      const lax = await attempt(to, 'Require');
      expect(lax).toMatchObject({
        achieved: 'encrypted',
        evidence: { certificate: { verified: false, verificationResult: result } },
      });
      const strict = await attempt(to, 'Require', { verify: true, host: 'mx.test' });
      expect(strict.outcomes).toMatchObject([{ kind: 'bounced', status: '5.7.10' }]);
      expect(strict.failures).toMatchObject([{ type: result, definite: true }]);
      expect(to.messages()).toHaveLength(1);
    },
  );

  test.each(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const)(
    'T6: a receiver that speaks %s only is reached over it',
    async (version) => {
      const to = await receiver({ tls: { minVersion: version, maxVersion: version } });
      expect((await attempt(to, 'Require')).evidence?.version).toBe(version);
    },
  );

  const withoutTls: readonly (readonly [string, ReceiverScript])[] = [
    ['no STARTTLS', { starttls: 'absent' }],
    ['454 to STARTTLS', { starttls: { reply: '454 4.7.0 later' } }],
    ['502 to STARTTLS', { starttls: { reply: '502 5.5.1 no' } }],
    ['garbage behind the 220', { starttls: 'garbage-after-220' }],
    ['an alert', { starttls: 'alert-after-220' }],
    ['a close behind the 220', { starttls: 'close-after-220' }],
    ['a reset behind the 220', { starttls: 'reset-after-220' }],
    ['silence behind the 220', { starttls: 'stall-after-220' }],
    ['plaintext injected behind the 220', { starttls: 'inject-plaintext-after-220' }],
    ['a greeting of 554', { rules: [{ on: 'connect', reply: '554 no' }] }],
    ['EHLO refused', { starttls: 'absent', rules: [{ on: 'EHLO', reply: '502 no' }] }],
  ];

  test.each(withoutTls)(
    'T9, T15: under Require a receiver with %s sees no MAIL, RCPT or content',
    async (_title, script) => {
      const to = await receiver(script);
      const report = await attempt(to, 'Require');
      expect(report.outcomes[0]?.kind).not.toBe('delivered');
      expect(to.plaintextBytes().toString()).not.toMatch(/MAIL|RCPT|DATA|Subject/i);
      const lines = to
        .connections()
        .flatMap(({ commands }) => commands.map(({ line }) => line.split(' ')[0]));
      expect(lines.filter((verb) => !['EHLO', 'HELO', 'STARTTLS', 'QUIT'].includes(verb ?? ''))).toEqual([]);
      expect(report.failures.length).toBeGreaterThan(0);
    },
  );

  test.each(withoutTls.filter(([title]) => title !== 'a greeting of 554'))(
    'T7: under Optional a receiver with %s gets the mail in the clear',
    async (_title, script) => {
      const to = await receiver(script);
      const report = await attempt(to);
      expect(report).toMatchObject({ achieved: 'none', outcomes: [{ kind: 'delivered' }] });
      expect(to.messages()[0]?.tls).toBeUndefined();
    },
  );

  test('T15: the sentinel throws before the first byte when the evidence does not give what is required', async () => {
    const to = await receiver({ starttls: 'absent' });
    const socket = await dial({ host: 'mx.test', preference: 0, address: '127.0.0.1', port: to.port }, 1000);
    const client = new SmtpClient(socket);
    const deps = await depsFor(to.port);
    const session = {
      client,
      mx: { host: 'mx.test', preference: 0, address: '127.0.0.1', port: to.port },
      extensions: new Map(),
    };
    const message = {
      required: 'encrypted',
      reversePath: '',
      recipients: ['b@y.test'],
      content,
      smtpUtf8: false,
    } as const;
    await expect(sendMessage(session, message, deps.open.timeouts)).rejects.toThrow(RequirementNotMet);
    // Evidence that belongs to another connection does not help: the socket itself is asked.
    const { evidence } = await attempt(await receiver());
    if (evidence === undefined) throw new Error('no evidence');
    await expect(sendMessage({ ...session, evidence }, message, deps.open.timeouts)).rejects.toThrow(
      RequirementNotMet,
    );
    client.destroy();
    expect(to.plaintextBytes().length).toBe(0);
  });

  test('T11: a session opened in the clear never carries Require mail', async () => {
    const to = await receiver({ starttls: 'absent' });
    await attempt(to, 'Optional');
    to.setScript({ hostName: 'mx.test' });
    const report = await attempt(to, 'Require');
    expect(report.achieved).toBe('authenticated');
    expect(to.connections()).toHaveLength(2);
  });

  test('a session is reused for the next message, and a dead one is no failure', async () => {
    const to = await receiver();
    await attempt(to);
    await attempt(to);
    expect(to.connections()).toHaveLength(1);
    to.setScript({ hostName: 'mx.test', rules: [{ on: 'MAIL', reply: 'none', then: 'reset', times: 1 }] });
    expect((await attempt(to)).outcomes[0]?.kind).toBe('delivered');
    expect(to.messages()).toHaveLength(3);
  });

  test('4.6 row 104: silence after the content is noted as possibly delivered', async () => {
    const to = await receiver({ rules: [{ on: 'content', reply: 'none' }] });
    expect(await attempt(to)).toMatchObject({
      possiblyDelivered: true,
      outcomes: [{ kind: 'deferred', status: '4.4.2' }],
    });
  });

  test('4.6 row 103: a 250 followed by a reset is delivered', async () => {
    const to = await receiver({ rules: [{ on: 'content', then: 'reset' }] });
    expect((await attempt(to)).outcomes[0]?.kind).toBe('delivered');
  });

  test('4.6 row 97: replies byte by byte and without PIPELINING', async () => {
    const to = await receiver({ byteWise: true, capabilities: [] });
    const report = await attempt(to, 'Optional', { recipients: ['b@y.test', 'c@y.test'] });
    expect(report.outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'delivered']);
    expect(to.connections()[0]?.pipelinedUnasked).toBe(false);
  });

  test('4.6 row 102: recipients that are too many are sent in a second transaction', async () => {
    const to = await receiver({
      rules: [{ on: 'RCPT', recipient: 'c@y.test', reply: '452 4.5.3 too many', times: 1 }],
    });
    const report = await attempt(to, 'Optional', { recipients: ['b@y.test', 'c@y.test'] });
    expect(report.outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'delivered']);
    expect(to.messages().map(({ recipients }) => recipients)).toEqual([['b@y.test'], ['c@y.test']]);
  });

  test('4.6 row 107: a message larger than SIZE is not sent', async () => {
    const to = await receiver({ capabilities: ['SIZE 10'] });
    expect((await attempt(to)).outcomes).toMatchObject([{ kind: 'bounced', status: '5.3.4' }]);
    expect(to.messages()).toHaveLength(0);
  });

  test('the dialogue is evidence, and holds no content', async () => {
    const report = await attempt(await receiver());
    const lines = report.dialogue.map(({ line }) => line).join('\n');
    expect(lines).toContain('MAIL FROM:<a@x.test>');
    expect(lines).not.toContain('Subject');
  });
});
