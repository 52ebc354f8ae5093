import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Bus } from '@sealpost/bus';
import type { AcceptedMessage, PinnedPolicy } from '@sealpost/mail';
import { openSendingQuota } from '@sealpost/quota';
import { ContentStoreFull } from '@sealpost/spool';
import { eventually, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submitMessage, type SenderRules, type Submission } from '../src/index.ts';
import { log, sentBy, startDoor, storedRecord, submission, type TestDoor } from './support/start-door.ts';

const policies: Readonly<Record<string, PinnedPolicy>> = {
  strict: { tlsPolicy: 'Require', configurationSet: 'strict' },
  paused: { tlsPolicy: 'Optional', configurationSet: 'paused' },
  loose: { tlsPolicy: 'Optional', configurationSet: 'loose' },
};

describe('the door over a real NATS server', () => {
  let door: TestDoor;
  let nats: Engine;
  let bus: Bus;
  let deps: TestDoor['deps'];

  beforeAll(async () => {
    door = await startDoor((name) => {
      if (name === 'away') return Promise.resolve({ kind: 'unavailable' });
      const policy: PinnedPolicy | undefined =
        name === undefined ? { tlsPolicy: 'Optional' } : policies[name];
      return Promise.resolve(
        policy === undefined
          ? { kind: 'unknown-configuration-set' }
          : { kind: 'policy', policy, isSendingPaused: name === 'paused' },
      );
    });
    ({ nats, bus, deps } = door);
  });

  afterAll(() => door.close());

  const stored = (content: string, extra: Partial<Submission> = {}) =>
    storedRecord(submission(content, extra), bus, deps);

  function text(message: AcceptedMessage): string {
    return message.content.kind === 'inline' ? Buffer.from(message.content.bytes).toString() : '';
  }

  test('T10, T11: the set named in the header is pinned with its policy, and the header is gone', async () => {
    const message = await stored('From: a@x.test\r\nX-SES-CONFIGURATION-SET: strict\r\n\r\nbody\r\n');
    expect(message.policy).toEqual(policies.strict);
    expect(text(message)).not.toContain('X-SES');
  });

  test('4.1 row 28: of two sets in the header the first one counts, as in SES (contract 4.7), and both are gone', async () => {
    const message = await stored(
      'From: a@x.test\r\nX-SES-CONFIGURATION-SET: strict\r\nx-ses-configuration-set: loose\r\n\r\nx',
    );
    expect(message.policy).toEqual(policies.strict);
    expect(text(message).toLowerCase()).not.toContain('x-ses');
  });

  test('trap 40: the parameter of an API call wins over the header, and its tags replace those of the header', async () => {
    const message = await stored(
      'From: a@x.test\r\nX-SES-CONFIGURATION-SET: loose\r\nX-SES-MESSAGE-TAGS: a=1\r\n\r\nx',
      {
        configurationSetName: 'strict',
        tags: { b: ['2'] },
      },
    );
    expect(message.policy.tlsPolicy).toBe('Require');
    expect(message.tags).toEqual({ b: ['2'] });
  });

  test('T13: the body is stored byte for byte, and its hash with it', async () => {
    const body = '.\r\n..\r\n trailing  \r\n\tGrüße\r\n\r\n';
    const message = await stored(`From: a@x.test\r\n\r\n${body}`);
    expect(text(message).endsWith(`\r\n\r\n${body}`)).toBe(true);
    expect(message.bodySha256).toBe(createHash('sha256').update(body).digest('hex'));
  });

  test('trace fields are added in front, Message-ID and Date only when they are missing or unusable', async () => {
    const bare = await stored('From: a@x.test\r\n\r\nx');
    expect(text(bare)).toMatch(/^Received: by out\.sealpost\.test \(Sealpost\) with ESMTPSA\r\n\tid /);
    expect(text(bare)).toContain(`\r\nMessage-ID: <${bare.messageId}@out.sealpost.test>\r\nDate: `);
    const full = await stored(
      'From: a@x.test\r\nMessage-ID: <mine@x.test>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n\r\nx',
    );
    expect(text(full).match(/Message-ID|Date:/g)).toHaveLength(2);
    const broken = await stored('From: a@x.test\r\nMessage-ID: none\r\nDate: soon\r\n\r\nx');
    expect(text(broken)).not.toMatch(/none|soon/);
  });

  test('trap 41: events get the original headers, control headers and all', async () => {
    const message = await stored('From: a@x.test\r\nX-SES-CONFIGURATION-SET: strict\r\n\r\nbody');
    expect(Buffer.from(message.originalHeaders).toString()).toBe(
      'From: a@x.test\r\nX-SES-CONFIGURATION-SET: strict\r\n',
    );
    const large = await stored(`From: a@x.test\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\nbody`);
    expect(large.originalHeadersTruncated).toBe(true);
    expect(Buffer.from(large.originalHeaders).toString()).toBe('From: a@x.test\r\n');
  });

  test.each([
    ['a message without From', 'Subject: x\r\n\r\n', "Missing required header 'From'."],
    [
      'a repeated Subject',
      'From: a@x.test\r\nSubject: a\r\nSubject: b\r\n\r\n',
      "Duplicate header 'Subject'.",
    ],
    [
      'an attachment with a blocked extension',
      'From: a@x.test\r\nContent-Type: application/octet-stream; name="run.EXE"\r\n\r\n',
      "Illegal filename 'run.EXE'.",
    ],
    ['a malformed header section', 'From: a@x.test\r\nrubbish\r\n\r\n', 'Malformed header field'],
    [
      '4.1 row 28: an unknown set',
      'From: a@x.test\r\nX-SES-CONFIGURATION-SET: none\r\n\r\n',
      'Configuration set <none> does not exist.',
    ],
  ])('%s is refused', async (_title, content, message) => {
    expect(await submitMessage(submission(content), deps)).toMatchObject({
      kind: 'refused',
      refusal: { message },
    });
  });

  test('T11: with policy-service away a set that is not known is no guess but a temporary failure', async () => {
    const result = await submitMessage(
      submission('From: a@x.test\r\n\r\n', { configurationSetName: 'away' }),
      deps,
    );
    expect(result).toEqual({ kind: 'unavailable', cause: 'policy' });
  });

  test('4.1 row 14 and below: content over the inline limit is spooled before its record', async () => {
    const message = await stored(`From: a@x.test\r\n\r\n${'line\r\n'.repeat(1_000_000)}`);
    expect(message.content.kind === 'spooled' && message.content.objectName).toContain(message.messageId);
  });

  /** How much was stored apart. */
  const sweepAll = () => deps.spool.sweep(Date.now() + 60_000);

  function arriving(rest: readonly string[], fault?: string): Submission['content'] {
    return {
      head: Buffer.from('From: a@x.test\r\nX-SES-CONFIGURATION-SET: strict\r\n\r\n'),
      rest: Readable.from(rest.map((part) => Buffer.from(part))),
      fault: () => fault,
    };
  }

  test('T13: content that still arrives is stored byte for byte, and its hash with it', async () => {
    const body = ['.\r', '\n..\r\n trailing  \r\n', 'line\r\n'.repeat(500_000), ' end'];
    const message = await stored('', { content: arriving(body) });
    expect(message.policy.tlsPolicy).toBe('Require');
    expect(message.bodySha256).toBe(createHash('sha256').update(body.join('')).digest('hex'));
    const content = (await deps.spool.read(message.content))?.toString() ?? '';
    expect(content.endsWith(`\r\n\r\n${body.join('')}`)).toBe(true);
    expect(content).not.toContain('X-SES');
  });

  test('a blocked extension in content that still arrives is refused, and nothing of it is kept', async () => {
    const content = {
      head: Buffer.from('From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'),
      rest: Readable.from([
        Buffer.from('--b\r\nContent-Disposition: attachment;\r\n filen'),
        Buffer.from(`ame=run.exe\r\n\r\n${'line\r\n'.repeat(100_000)}--b--\r\n`),
      ]),
      fault: () => undefined,
    };
    await sweepAll();
    expect(await submitMessage(submission('', { content }), deps)).toMatchObject({
      kind: 'refused',
      refusal: { message: "Illegal filename 'run.exe'." },
    });
    expect(await sweepAll()).toBe(0);
  });

  test('4.1 rows 14, 19, 31: what turns out faulty at its end is refused, and nothing of it is kept', async () => {
    const content = arriving(['line\r\n'.repeat(500_000)], 'too-large');
    await sweepAll();
    expect(await submitMessage(submission('', { content }), deps)).toMatchObject({
      kind: 'refused',
      refusal: { message: 'too-large' },
    });
    expect(await sweepAll()).toBe(0);
  });

  test.each([
    ['full', new ContentStoreFull('nearly full'), 'queue-full'],
    ['away', new Error('no answer'), 'queue'],
  ])('row 16: with the store of large content %s nothing is accepted', async (_how, error, cause) => {
    const spool = { ...deps.spool, keepArriving: () => Promise.reject(error) };
    const large = submission('', { content: arriving(['line']) });
    expect(await submitMessage(large, { ...deps, spool })).toEqual({ kind: 'unavailable', cause });
  });

  test('RFC 6531: SMTPUTF8 is kept only where it is needed, and named in the trace field', async () => {
    const plain = await stored('From: a@x.test\r\n\r\nGrüße', { smtpUtf8: true });
    expect(plain.envelope.smtpUtf8).toBeUndefined();
    const header = await stored('From: a@x.test\r\nSubject: Grüße\r\n\r\nx', { smtpUtf8: true });
    expect(header.envelope.smtpUtf8).toBe(true);
    const envelope = await stored('From: a@x.test\r\n\r\nx', { smtpUtf8: true, recipients: ['grün@y.test'] });
    expect(envelope.envelope.smtpUtf8).toBe(true);
    expect(text(envelope)).toContain('with UTF8SMTPSA');
  });

  const submitAs = (senders: SenderRules, extra: Partial<Submission> = {}) =>
    submitMessage(submission('From: a@x.test\r\n\r\n', extra), { ...deps, senders });

  test('T11, 5.7: the MAIL FROM domain of the identity and its feedback forwarding are pinned', async () => {
    const before = deps;
    deps = { ...deps, senders: sentBy({ mailFromDomain: 'bounce.x.test', forwardingDisabled: true }) };
    const message = await stored('From: a@x.test\r\n\r\n');
    deps = before;
    expect(message.policy).toEqual({
      tlsPolicy: 'Optional',
      mailFromDomain: 'bounce.x.test',
      forwardingDisabled: true,
    });
    expect(message.envelope.reversePath).toBe('app@sender.test');
  });

  test('5.7: with RejectMessage a MAIL FROM domain without its records refuses the message', async () => {
    expect(await submitAs(sentBy({ isMailFromMissing: true }))).toMatchObject({
      refusal: {
        code: 'mail-from-not-verified',
        message: 'MAIL FROM domain not verified: DNS setup for MAIL FROM domain is invalid.',
      },
    });
  });

  test('a paused set and a paused account refuse, but not the mail this system writes itself', async () => {
    expect(await submitAs(sentBy({}), { configurationSetName: 'paused' })).toMatchObject({
      refusal: { code: 'configuration-set-paused', configurationSetName: 'paused' },
    });
    expect(await submitAs(sentBy({}, true))).toMatchObject({ refusal: { code: 'account-paused' } });
    expect((await submitMessage(submission('From: a@x.test\r\n\r\n'), deps)).kind).toBe('accepted');
  });

  test('T11: with the account unknown nothing is accepted', async () => {
    const senders: SenderRules = { ...sentBy({}), account: () => Promise.resolve({ kind: 'unavailable' }) };
    expect(await submitAs(senders)).toEqual({ kind: 'unavailable', cause: 'policy' });
  });

  test('with NATS away nothing is accepted', async () => {
    await nats.kill();
    await eventually(() => !bus.isConnected());
    expect(await submitMessage(submission('From: a@x.test\r\n\r\n'), deps)).toEqual({
      kind: 'unavailable',
      cause: 'queue',
    });
    await nats.restart();
    await eventually(() => bus.isConnected());
    expect(await submitMessage(submission('From: a@x.test\r\n\r\n'), deps)).toMatchObject({
      kind: 'accepted',
    });
  });

  test('traps 23, 24: the quota counts recipients, and what is not accepted counts nothing', async () => {
    const quota = openSendingQuota({ limits: { daily: 3, rate: undefined }, shared: undefined, logger: log });
    const door = { ...deps, quota };
    const mail = 'From: app@sender.test\r\n\r\nx';
    const send = (extra: Partial<Submission>) => submitMessage(submission(mail, extra), door);
    const recipients = ['b@receiver.test', 'c@receiver.test'];
    const away = { ...door, bus: { publishAccepted: () => Promise.resolve({ kind: 'full' } as const) } };
    expect(await submitMessage(submission(mail, { recipients }), away)).toMatchObject({
      kind: 'unavailable',
    });
    expect(await send({ recipients, configurationSetName: 'nowhere' })).toMatchObject({ kind: 'refused' });
    expect(await quota.sentLast24Hours()).toBe(0);
    expect(await send({ recipients })).toMatchObject({ kind: 'accepted' });
    expect(await send({ recipients })).toMatchObject({ kind: 'accepted' });
    expect(await send({})).toEqual({ kind: 'throttled', limit: 'daily-quota' });
    expect(await quota.sentLast24Hours()).toBe(4);
  });
});
