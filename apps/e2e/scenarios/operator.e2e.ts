import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listQueue, runCommand, sealpost } from '../support/command.ts';
import { readEvents } from '../support/events.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { sesAdmin } from '../support/ses.ts';
import { mailText, submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';

describe('an operator', () => {
  let internet: Internet;
  let system: System;

  beforeAll(async () => {
    internet = await startInternet(
      { 'mx.receiver.test': {}, 'mx.other.test': {} },
      { 'receiver.test': ['mx.receiver.test'], 'other.test': ['mx.other.test'] },
    );
    // Longer than any test: nothing is tried again but on request.
    system = await startSystem({ env: { ...internet.env, RETRY_SCHEDULE: '10m' } });
  });

  afterAll(async () => {
    await system.dispose();
    await internet.close();
  });

  const receiver = () => hostOf(internet, 'mx.receiver.test');

  function defer(host: 'mx.receiver.test' | 'mx.other.test') {
    hostOf(internet, host).setScript({
      hostName: host,
      rules: [{ on: 'RCPT', reply: '452 4.2.2 mailbox full' }],
    });
  }

  /** Submits and waits until it is deferred; the job's id. */
  async function deferred(subject: string, to = 'someone@receiver.test'): Promise<string> {
    const messageId = await submitBySmtp(system, { to: [to], raw: mailText(subject) });
    return eventually(
      async () =>
        (await listQueue(system, '--state', 'deferred')).find((job) => job.messageId === messageId)?.jobId,
      { what: `${subject} in the queue` },
    );
  }

  function copies(subject: string): number {
    return receiver()
      .messages()
      .filter(({ content }) => content.includes(`Subject: ${subject}\r\n`)).length;
  }

  test('what waits is listed with its reason, for people and for programs, and shown with its headers', async () => {
    defer('mx.receiver.test');
    const jobId = await deferred('listed');
    const [job] = await listQueue(system, '--domain', 'receiver.test');
    expect(job).toMatchObject({
      jobId,
      state: 'deferred',
      attemptCount: 1,
      recipients: ['someone@receiver.test'],
    });
    expect(job?.lastAnswer).toContain('mailbox full');
    expect(await listQueue(system, '--domain', 'elsewhere.test')).toEqual([]);
    const table = await sealpost(system, 'queue', 'list');
    expect(table).toMatch(/^JOB +STATE +AGE +NEXT +TRIED +FROM +TO +LAST ANSWER\n/);
    expect(table).toContain('452 4.2.2 mailbox full');
    const shown = await sealpost(system, 'queue', 'show', jobId);
    expect(shown).toContain('Subject: listed');
    expect(shown).toMatch(/TLS policy +Optional/);
  });

  test('retry: a job is tried at once, and is gone when it is delivered', async () => {
    defer('mx.receiver.test');
    const jobId = await deferred('tried now');
    receiver().setScript({ hostName: 'mx.receiver.test' });
    expect(await sealpost(system, 'queue', 'retry', jobId)).toBe('1 done.\n');
    await eventually(() => copies('tried now') === 1);
    await eventually(async () => !(await listQueue(system)).some((job) => job.jobId === jobId));
    await expect(sealpost(system, 'queue', 'retry', jobId)).rejects.toThrow('it is not deferred');
  });

  test('hold and release: a held job is not tried, not even on request, until it is released', async () => {
    defer('mx.receiver.test');
    const jobId = await deferred('held');
    await sealpost(system, 'queue', 'hold', jobId);
    receiver().setScript({ hostName: 'mx.receiver.test' });
    await expect(sealpost(system, 'queue', 'retry', jobId)).rejects.toThrow('it is held: release it');
    expect(await listQueue(system, '--state', 'held')).toMatchObject([{ jobId }]);
    expect(copies('held')).toBe(0);
    await sealpost(system, 'queue', 'release', jobId);
    await eventually(() => copies('held') === 1);
  });

  test('drop: all jobs of a domain end as bounces with a report, those of others stay', async () => {
    defer('mx.receiver.test');
    defer('mx.other.test');
    const kept = await deferred('kept');
    const dropped = await deferred('dropped', 'someone@other.test');
    expect(await sealpost(system, 'queue', 'drop', '--domain', 'OTHER.test')).toBe('1 done.\n');
    const events = await readEvents(system.natsUrl);
    const bounce = await events.waitFor(dropped.slice(0, -2), 'Bounce');
    expect(bounce.bounce?.bouncedRecipients).toMatchObject([
      { emailAddress: 'someone@other.test', status: '5.3.0' },
    ]);
    await events.close();
    await eventually(() => hostOf(internet, 'mx.sender.test').messages().length === 1, {
      what: 'the report',
    });
    const left = (await listQueue(system)).map(({ jobId }) => jobId);
    expect(left).toContain(kept);
    expect(left).not.toContain(dropped);
  });

  test('a credential is made with key, secret and SMTP password, sends within its scope, and ends when it is disabled or deleted', async () => {
    const here = (...args: readonly string[]) =>
      runCommand(['credentials', ...args], { SEALPOST_DATA_DIR: system.dataDir });
    const created = await here('create', '--scope', 'send', '--description', 'shop', '--json');
    const made = JSON.parse(created.stdout) as Record<
      'accessKeyId' | 'secretAccessKey' | 'smtpPassword',
      string
    >;
    const { accessKeyId, secretAccessKey, smtpPassword } = made;
    const listener = {
      ...system,
      env: {
        ...system.env,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        SMTP_USERNAME: accessKeyId,
        SMTP_PASSWORD: smtpPassword,
      },
    };
    const mail = { to: ['someone@receiver.test'], raw: mailText('of a credential') };
    const admin = await sesAdmin(listener);
    await admin.send('of a credential');
    await submitBySmtp(listener, mail);
    await expect(admin.createSet('any', 'Require')).rejects.toMatchObject({ name: 'AccessDenied' });

    const listed = await here('list');
    expect(listed.stdout).toMatch(
      new RegExp(`^${accessKeyId} +send +enabled +\\d{4}-\\d\\d-\\d\\d  shop$`, 'm'),
    );
    expect(listed.stdout).not.toContain(secretAccessKey);
    expect((await here('disable', accessKeyId)).stdout).toBe('1 done.\n');
    await expect(admin.send('disabled')).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await expect(submitBySmtp(listener, mail)).rejects.toMatchObject({ responseCode: 535 });
    await here('enable', accessKeyId);
    await submitBySmtp(listener, mail);
    await here('delete', accessKeyId);
    await expect(admin.send('deleted')).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    expect((await here('list')).stdout).not.toContain(accessKeyId);
    expect(await here('disable', accessKeyId)).toMatchObject({
      status: 1,
      stderr: `sealpost: There is no credential ${accessKeyId}.\n`,
    });
    admin.close();
  });

  test('a credential for people is printed as lines for a shell, and bad arguments make none', async () => {
    const env = { SEALPOST_DATA_DIR: system.dataDir };
    const made = await runCommand(['credentials', 'create'], env);
    expect(made.stdout).toMatch(
      /^AWS_ACCESS_KEY_ID=AKIA[A-Z2-7]{16}\nAWS_SECRET_ACCESS_KEY=\S{40}\nSMTP_USERNAME=AKIA\w{16}\nSMTP_PASSWORD=B\S{43}\n# Scope full, region us-east-1\./,
    );
    for (const wrong of [
      ['--scope', 'all'],
      ['--description', 'two\nlines'],
    ]) {
      expect(await runCommand(['credentials', 'create', ...wrong], env)).toMatchObject({
        status: 1,
        stdout: '',
      });
    }
    const away = { POLICY_SERVICE_ADDRESS: '127.0.0.1:1' };
    expect((await runCommand(['credentials', 'list'], away)).stderr).toBe(
      'sealpost: policy-service does not answer at 127.0.0.1:1: is Sealpost running?\n',
    );
  });

  test('without NATS_URL the running npm start is found; without either, and on bad arguments, one sentence helps', async () => {
    const found = await runCommand(['queue', 'list', '--json'], { SEALPOST_DATA_DIR: system.dataDir });
    expect(found.status).toBe(0);
    const lost = await runCommand(['queue', 'list'], { SEALPOST_DATA_DIR: '/nonexistent' });
    expect(lost).toMatchObject({ status: 1, stdout: '' });
    expect(lost.stderr).toMatch(/^sealpost: Set NATS_URL, or run .*\n$/);
    const away = await runCommand(['queue', 'list'], { NATS_URL: 'nats://127.0.0.1:1' });
    expect(away.stderr).toBe(
      'sealpost: No NATS server answers at nats://127.0.0.1:1: is Sealpost running?\n',
    );
    const wrong = await runCommand(['queue', 'list', '--limit', 'many'], {
      SEALPOST_DATA_DIR: system.dataDir,
    });
    expect(wrong).toMatchObject({ status: 1, stdout: '' });
    await expect(sealpost(system, 'queue', 'hold')).rejects.toThrow('Name jobs, or --domain, or --all');
    await expect(sealpost(system, 'queue', 'show', 'mail.>')).rejects.toThrow('does not understand');
  });
});
