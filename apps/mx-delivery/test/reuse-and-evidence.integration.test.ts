// T11, T13, T14: what travels over a connection that is reused, and what is told of it.
import { createHash } from 'node:crypto';
import { eventually, gate, type ReceiverRule } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { bounceEvent, deliveryDelayEvent, deliveryEvent } from '../src/events/compose-events.ts';
import { logAttempt } from '../src/log-attempt.ts';
import { plainContent, useOutbounds, toldOf, type World } from './support/outbound.ts';

const outbound = useOutbounds();

const alone: World = { hosts: { 'mx1.y.test': {} }, domains: { 'y.test': ['mx1.y.test'] } };
const origin = { region: 'us-east-1', accountId: '123456789012', hostName: 'out.sealpost.test' };
const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const anyNumber = expect.any(Number) as number;

function memberOf(event: { readonly json: string }, name: string): Record<string, unknown> {
  return (JSON.parse(event.json) as Record<string, Record<string, unknown>>)[name] ?? {};
}

describe('connections are reused', () => {
  test('for many messages, also of other domains that share the MX host', async () => {
    const out = await outbound({
      hosts: { 'mx1.y.test': {} },
      domains: { 'y.test': ['mx1.y.test'], 'z.test': ['gone.z.test', 'mx1.y.test'] },
    });
    const preferences: (number | undefined)[] = [];
    for (const to of ['a@y.test', 'b@z.test', 'c@y.test', 'd@z.test']) {
      preferences.push((await out.send({ to })).mx?.preference);
    }
    // Each by the rank the host has in its own domain.
    expect(preferences).toEqual([10, 20, 10, 20]);
    expect(out.host('mx1.y.test').connections()).toHaveLength(1);
    expect(out.host('mx1.y.test').messages()).toHaveLength(4);
  });

  test('T11: one that was opened in the clear never carries Require mail', async () => {
    const out = await outbound(alone);
    const host = out.host('mx1.y.test');
    host.setScript({ hostName: 'mx1.y.test', starttls: 'absent' });
    await out.send({ to: 'b@y.test' });
    host.setScript({ hostName: 'mx1.y.test' });
    expect((await out.send({ to: 'b@y.test', policy: 'Require' })).achieved).toBe('authenticated');
    expect(host.connections()).toHaveLength(2);
  });

  test('T11: one whose certificate did not verify never carries mail that demands it', async () => {
    const script = { tls: { certificate: 'self-signed' } } as const;
    const out = await outbound({ ...alone, hosts: { 'mx1.y.test': script } }, { requireTlsVerify: true });
    await out.send({ to: 'b@y.test' });
    expect(toldOf(await out.send({ to: 'b@y.test', policy: 'Require' }))).toEqual(['bounced 5.7.5']);
    expect(out.host('mx1.y.test').messages()).toHaveLength(1);
  });

  test('one made for Require carries Optional mail too', async () => {
    const out = await outbound(alone);
    await out.send({ to: 'b@y.test', policy: 'Require' });
    expect((await out.send({ to: 'b@y.test' })).achieved).toBe('authenticated');
    expect(out.host('mx1.y.test').connections()).toHaveLength(1);
  });

  test('one that died while it was idle is no failure of the host', async () => {
    const out = await outbound(alone);
    await out.send({ to: 'b@y.test' });
    out.host('mx1.y.test').setScript({
      hostName: 'mx1.y.test',
      rules: [{ on: 'MAIL', reply: 'none', then: 'reset', times: 1 }],
    });
    const report = await out.send({ to: 'b@y.test' });
    expect(toldOf(report)).toEqual(['delivered']);
    expect(report).toMatchObject({ failures: [], hosts: [{ conduct: 'served' }] });
  });

  test('for a thousand messages at most, those that follow others included', async () => {
    const out = await outbound(alone, { concurrency: 1, laneWaitMs: 600_000 });
    const send = (index: number) => out.send({ to: `r${String(index)}@y.test` });
    await send(0);
    await Promise.all(Array.from({ length: 1010 }, (_each, index) => send(index)));
    const carried = out
      .host('mx1.y.test')
      .connections()
      .map(({ commands }) => commands.filter(({ line }) => line === 'DATA').length);
    expect(carried).toEqual([1000, 11]);
  });

  test('one that two had at a time, by one afterwards', async () => {
    const out = await outbound(alone, { concurrency: 2 });
    const host = out.host('mx1.y.test');
    const setRule = (rule: ReceiverRule) => {
      host.setScript({ hostName: 'mx1.y.test', rules: [rule] });
    };
    await out.send({ to: 'first@y.test' });
    const beside = gate();
    setRule({ on: 'RCPT', recipient: 'beside@y.test', after: beside.opened });
    const [one, other, two] = ['one', 'beside', 'two'].map((name) => out.send({ to: `${name}@y.test` }));
    await Promise.all([one, two]);
    // The other session ends, that of both is left.
    setRule({ on: 'content', then: 'close', times: 1 });
    beside.open();
    await other;
    const held = gate();
    setRule({ on: 'content', after: held.opened });
    const last = ['three', 'four'].map((name) => out.send({ to: `${name}@y.test` }));
    await eventually(() => host.connections().length === 3);
    held.open();
    expect((await Promise.all(last)).flatMap(toldOf)).toEqual(['delivered', 'delivered']);
  });
});

describe('T14: evidence', () => {
  test('T13: of a delivery, every member: what was demanded, what was achieved, with whom and how long', async () => {
    const out = await outbound(alone);
    const facts = await out.attempt({ to: 'b@y.test', policy: 'Require' });
    const outcomes = facts.report.outcomes.filter((each) => each.kind === 'delivered');
    const member = memberOf(deliveryEvent(facts, outcomes, origin), 'delivery');
    expect(member.tls).toEqual({
      policy: 'Require',
      required: 'encrypted',
      achieved: 'authenticated',
      version: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      keyExchange: 'X25519',
      serverName: 'mx1.y.test',
      mx: { host: 'mx1.y.test', address: '127.0.0.2', port: out.internet.port, preference: 10 },
      certificate: {
        subject: 'CN=mx1.y.test',
        issuer: 'CN=Sealpost test authority',
        subjectAltNames: ['mx1.y.test'],
        notBefore: iso,
        notAfter: iso,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        verified: true,
        verificationResult: 'valid',
      },
      failures: [],
    });
    const sha256 = createHash('sha256')
      .update(plainContent.subarray(plainContent.indexOf('\r\n\r\n') + 4))
      .digest('hex');
    expect(member.content).toEqual({
      bodySha256: sha256,
      sentBodySha256: sha256,
      sizeBytes: plainContent.length,
    });
    expect(member.attempt).toEqual({
      number: 1,
      startedAt: iso,
      milliseconds: {
        queued: anyNumber,
        dns: anyNumber,
        connect: anyNumber,
        tls: anyNumber,
        transmit: anyNumber,
        total: anyNumber,
      },
      reply: { code: 250, enhancedStatus: '2.0.0', text: '2.0.0 Ok: queued' },
      possiblyDelivered: false,
      dialogue: facts.report.dialogue,
    });
    expect(out.host('mx1.y.test').messages()[0]?.content.equals(plainContent)).toBe(true);
  });

  test('of a drop: no version, no certificate, the host and its definite no', async () => {
    const out = await outbound({ ...alone, hosts: { 'mx1.y.test': { starttls: 'absent' } } });
    const facts = await out.attempt({ to: 'b@y.test', policy: 'Require' });
    const outcomes = facts.report.outcomes.filter((each) => each.kind === 'bounced');
    expect(memberOf(bounceEvent(facts, outcomes, origin), 'bounce').tls).toEqual({
      policy: 'Require',
      required: 'encrypted',
      achieved: 'none',
      mx: { host: 'mx1.y.test', address: '127.0.0.2', port: out.internet.port, preference: 10 },
      failures: [
        {
          mxHost: 'mx1.y.test',
          mxAddress: '127.0.0.2',
          type: 'starttls-not-supported',
          detail: 'EHLO offered no STARTTLS',
          definite: true,
          timestamp: iso,
        },
      ],
    });
  });

  test('of a drop for want of verification: the certificate that did not do', async () => {
    const hosts = { 'mx1.y.test': { tls: { certificate: 'expired' } } } as const;
    const out = await outbound({ ...alone, hosts }, { requireTlsVerify: true });
    const facts = await out.attempt({ to: 'b@y.test', policy: 'Require' });
    const outcomes = facts.report.outcomes.filter((each) => each.kind === 'bounced');
    expect(memberOf(bounceEvent(facts, outcomes, origin), 'bounce').tls).toMatchObject({
      required: 'authenticated',
      achieved: 'encrypted',
      version: 'TLSv1.3',
      certificate: { verified: false, verificationResult: 'certificate-expired' },
      failures: [{ type: 'certificate-expired', definite: true }],
    });
  });

  test('of a delay: the TLS of the host that said later, its reply, and when it is tried again', async () => {
    const out = await outbound({
      ...alone,
      hosts: { 'mx1.y.test': { rules: [{ on: 'RCPT', reply: '421 4.3.2 going down', then: 'close' }] } },
    });
    const facts = await out.attempt({ to: 'b@y.test' });
    const outcomes = facts.report.outcomes.filter((each) => each.kind === 'deferred');
    const event = deliveryDelayEvent({ ...facts, nextAt: facts.endedAt + 60_000 }, outcomes, origin);
    const member = memberOf(event, 'deliveryDelay');
    expect(member.tls).toMatchObject({
      policy: 'Optional',
      required: 'none',
      achieved: 'authenticated',
      version: 'TLSv1.3',
      mx: { host: 'mx1.y.test' },
    });
    expect(member.attempt).toMatchObject({
      reply: { code: 421, enhancedStatus: '4.3.2' },
      next: { at: iso, giveUpAt: iso },
    });
  });

  test('in the log line too, one per recipient, without content', async () => {
    const out = await outbound(alone);
    const facts = await out.attempt({ to: ['b@y.test', 'c@y.test'], policy: 'Require' });
    const lines: unknown[] = [];
    const info = (line: unknown) => void lines.push(line);
    const outcomes: string[] = [];
    const outcome = (...told: readonly string[]) => void outcomes.push(told.join(' '));
    const versions: unknown[] = [];
    const delivered = (version: string | undefined) => void versions.push(version);
    logAttempt(facts.report.outcomes, facts, { metrics: { outcome, delivered }, logger: { info } });
    expect(versions).toEqual(['TLSv1.3', 'TLSv1.3']);
    expect(outcomes).toEqual(Array(2).fill('delivered Require authenticated'));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      recipient: 'b@y.test',
      mxHost: 'mx1.y.test',
      remoteAddress: '127.0.0.2',
      outcome: 'delivered',
      sentBodySha256: facts.job.message.bodySha256,
      tls: {
        required: 'encrypted',
        version: 'TLSv1.3',
        serverName: 'mx1.y.test',
        certificate: { verificationResult: 'valid' },
      },
    });
    expect(JSON.stringify(lines)).not.toContain('How are you');
  });

  test('of mail in the clear under Optional: why there was no TLS', async () => {
    const out = await outbound({ ...alone, hosts: { 'mx1.y.test': { starttls: 'alert-after-220' } } });
    const { report } = await out.attempt({ to: 'b@y.test' });
    expect(report).toMatchObject({
      policy: 'Optional',
      required: 'none',
      achieved: 'none',
      failures: [{ type: 'handshake-failed', mxAddress: '127.0.0.2' }],
    });
    expect(report.evidence).toBeUndefined();
  });

  test('the dialogue is that with the host of the outcome, and holds no content', async () => {
    const out = await outbound({
      hosts: {
        'mx1.y.test': { rules: [{ on: 'connect', reply: '421 4.3.2 busy', then: 'close' }] },
        'mx2.y.test': {},
      },
      domains: { 'y.test': ['mx1.y.test', 'mx2.y.test'] },
    });
    const { dialogue } = await out.send({ to: 'b@y.test' });
    const lines = dialogue.map(({ direction, line }) => `${direction} ${line}`);
    expect(lines[0]).toBe('received 220 mx2.y.test ESMTP');
    expect(lines).toContain(`sent MAIL FROM:<a@x.test> SIZE=${String(plainContent.length)}`);
    expect(lines.at(-1)).toBe('received 250 2.0.0 Ok: queued');
    expect(lines.join('\n')).not.toContain('How are you');
    expect(dialogue.every(({ atMilliseconds }) => atMilliseconds >= 0)).toBe(true);
  });
});
