// Large content on one machine: a file that its record names.
import { readdir, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listQueue, sealpost } from '../support/command.ts';
import { killAndAwait } from '../support/fault-world.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { SmtpSession } from '../support/smtp-session.ts';
import { bodyOf, mailText, submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';

const HOST = 'mx.receiver.test';
const LATER = '451 4.3.2 later';
const LINES = `${'x'.repeat(76)}\r\n..\r\n`.repeat(13_000);

describe('large content', () => {
  let internet: Internet;
  let system: System;

  beforeAll(async () => {
    internet = await startInternet({ [HOST]: {} }, { 'receiver.test': [HOST] });
    system = await startSystem({ env: { ...internet.env, RETRY_SCHEDULE: '1s', TAKEOVER_AFTER: '3s' } });
  });

  beforeEach(() => {
    hostOf(internet, HOST).setScript({ hostName: HOST });
  });

  afterAll(async () => {
    await system.dispose();
    await internet.close();
  });

  async function files(): Promise<readonly string[]> {
    const names = await readdir(path.join(system.dataDir, 'content'));
    return names.filter((name) => name !== 'sealpost-content');
  }

  /** smtp-ingress may have been killed just now. */
  function submit(subject: string): Promise<string> {
    const mail = { to: ['someone@receiver.test'], raw: mailText(subject) + LINES };
    return eventually(() => submitBySmtp(system, mail), { timeoutMs: 20_000, what: 'an accepted mail' });
  }

  function received(subject: string): readonly string[] {
    const messages = hostOf(internet, HOST).messages();
    return messages.map(({ content }) => content.toString()).filter((content) => content.includes(subject));
  }

  async function arrives(subject: string): Promise<void> {
    await eventually(() => received(subject).length > 0, { timeoutMs: 30_000, what: `the mail ${subject}` });
    expect(received(subject).map(bodyOf)).toEqual([bodyOf(mailText(subject) + LINES)]);
  }

  test('T13: arrives byte for byte, and nothing of it is left', async () => {
    await submit('large-at-once');
    await arrives('large-at-once');
    await eventually(async () => (await files()).length === 0, { what: 'an empty folder' });
  });

  test('T13: deferred and tried again arrives byte for byte, and nothing of it is left', async () => {
    hostOf(internet, HOST).setScript({ hostName: HOST, rules: [{ on: 'MAIL', reply: LATER, times: 2 }] });
    const messageId = await submit('large-later');
    expect(await files()).toEqual([expect.stringContaining(messageId)]);
    await arrives('large-later');
    await eventually(async () => (await files()).length === 0, { what: 'an empty folder' });
  });

  test('row 1: cut off by a kill of smtp-ingress, no record names what was written of it', async () => {
    const session = await SmtpSession.readyForContent(system);
    session.write(mailText('large-and-cut') + LINES);
    await eventually(async () => (await files()).length > 0, { what: 'the beginning of a file' });
    await killAndAwait(system, 'smtp-ingress');
    session.close();
    expect((await files()).every((name) => name.startsWith('.arriving-'))).toBe(true);
    await submit('large-behind-it');
    await arrives('large-behind-it');
    expect(received('large-and-cut')).toEqual([]);
  });

  test.each([
    ['cut off', (file: string) => truncate(file, 500_000), 'its MAC differs'],
    ['gone', (file: string) => rm(file), 'gone from where it was stored'],
  ])('row 40: its file %s: nothing of it is sent, and its record is set aside', async (how, harm, reason) => {
    const token = `large-and-${how.replace(' ', '-')}`;
    hostOf(internet, HOST).setScript({ hostName: HOST, rules: [{ on: 'MAIL', reply: LATER }] });
    const messageId = await submit(token);
    await eventually(
      async () =>
        (await listQueue(system)).some((job) => job.messageId === messageId && job.attemptCount > 0),
      { what: 'an attempt' },
    );
    const file = (await files()).find((name) => name.startsWith(messageId)) ?? '';
    await harm(path.join(system.dataDir, 'content', file));
    hostOf(internet, HOST).setScript({ hostName: HOST });
    await eventually(async () => (await sealpost(system, 'poison', 'list')).includes(reason), {
      timeoutMs: 30_000,
      what: 'a record in POISON',
    });
    expect(received(token)).toEqual([]);
  });

  test('row 4: mx-delivery killed while it waits: arrives from the file', async () => {
    hostOf(internet, HOST).setScript({ hostName: HOST, rules: [{ on: 'MAIL', reply: LATER }] });
    await submit('large-and-killed');
    await killAndAwait(system, 'mx-delivery');
    hostOf(internet, HOST).setScript({ hostName: HOST });
    await arrives('large-and-killed');
  });
});
