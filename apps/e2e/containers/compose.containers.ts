// docker compose up, as an operator runs it: images from this clone, TLS and own users between all parts.
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCompose, type Compose } from '../support/compose.ts';
import { sesAdmin, type SesAdmin } from '../support/ses.ts';
import { mailText, submitBySmtp, type SmtpListener } from '../support/submit.ts';

describe('docker compose', () => {
  let compose: Compose;
  let listener: SmtpListener;
  let admin: SesAdmin;

  beforeAll(async () => {
    compose = await openCompose();
    await compose.run('build');
    await compose.up();
    const env = await compose.env();
    listener = { ports: compose.ports, env };
    admin = await sesAdmin({ env });
  });

  afterAll(async () => {
    admin.close();
    await compose.dispose();
  });

  const inboxHas = (subject: string) =>
    eventually(async () => (await compose.inbox()).some((mail) => mail.includes(`Subject: ${subject}\r\n`)), {
      timeoutMs: 60_000,
      what: `${subject} in the inbox`,
    });

  test('mail by SMTP and by the API arrives, under a policy that the API made', async () => {
    await admin.createSet('Required', 'Require');
    const raw = mailText('by SMTP', 'Required');
    await submitBySmtp(listener, { to: ['someone@receiver.test'], raw });
    await admin.send('by API', 'Required');
    await inboxHas('by SMTP');
    await inboxHas('by API');
  });

  test('content too large for a record arrives', async () => {
    const raw = `${mailText('large')}${`${'x'.repeat(70)}\r\n`.repeat(90_000)}`;
    await submitBySmtp(listener, { to: ['someone@receiver.test'], raw });
    await inboxHas('large');
  });

  test('the command of an operator makes credentials and looks at the queue', async () => {
    const command = (...args: readonly string[]) => compose.run('run', '--rm', 'operator', ...args, '--json');
    const made = JSON.parse(await command('credentials', 'create', '--scope', 'send')) as {
      readonly accessKeyId: string;
      readonly smtpPassword: string;
    };
    const env = { SMTP_USERNAME: made.accessKeyId, SMTP_PASSWORD: made.smtpPassword };
    await submitBySmtp({ ...listener, env }, { to: ['someone@receiver.test'], raw: mailText('own key') });
    await inboxHas('own key');
    expect(JSON.parse(await command('queue', 'list'))).toMatchObject({ jobs: [], hasMore: false });
    expect(JSON.parse(await command('poison', 'list'))).toEqual({ records: [] });
  });

  test('every container but those of the engines is without root, capabilities and a writable file system', async () => {
    for (const service of ['smtp-ingress', 'api-ingress', 'policy-service', 'mx-delivery']) {
      const { Config, HostConfig } = await compose.inspect(service);
      expect([service, Config.User, HostConfig.ReadonlyRootfs, HostConfig.CapDrop]).toEqual([
        service,
        '1000:1000',
        true,
        ['ALL'],
      ]);
    }
  });

  test('nothing accepted is lost while each container is killed in turn', async () => {
    const accepted: string[] = [];
    const sending = { isOver: false };
    const sender = (async () => {
      for (let number = 1; !sending.isOver; number += 1) {
        const subject = `number ${String(number)}`;
        // What is not accepted is the client's to repeat; here it is simply not counted.
        const send =
          number % 2 === 0
            ? submitBySmtp(listener, { to: ['someone@receiver.test'], raw: mailText(subject) })
            : admin.send(subject);
        await send.then(
          () => accepted.push(subject),
          () => undefined,
        );
        // The pace of the load, not a wait for anything.
        await delay(50);
      }
    })();
    for (const service of [
      'nats',
      'redis',
      'policy-service',
      'mx-delivery',
      'smtp-ingress',
      'api-ingress',
      'inbox',
    ]) {
      const before = accepted.length;
      await eventually(() => accepted.length > before, {
        timeoutMs: 60_000,
        what: `mail before ${service} is killed`,
      });
      await compose.run('kill', service);
      await compose.up();
    }
    sending.isOver = true;
    await sender;
    await eventually(
      async () => {
        const mails = await compose.inbox();
        return accepted.every((subject) => mails.some((mail) => mail.includes(`Subject: ${subject}\r\n`)));
      },
      { timeoutMs: 90_000, what: `all of ${String(accepted.length)} mails in the inbox` },
    );
  }, 300_000);

  test('each user in NATS and Redis may do what its service needs: nothing was refused', async () => {
    expect(await compose.run('logs', '--no-color', 'nats')).not.toMatch(/Violation|Authorization/i);
    const services = ['policy-service', 'smtp-ingress', 'api-ingress', 'mx-delivery'];
    expect(await compose.run('logs', '--no-color', ...services)).not.toMatch(/NOPERM|Permissions Violation/);
  });

  test('SIGTERM ends each service by itself, with status 0', async () => {
    const services = ['smtp-ingress', 'api-ingress', 'mx-delivery', 'policy-service'];
    await compose.run('stop', '-t', '60', ...services);
    for (const service of services) {
      expect([service, (await compose.inspect(service)).State.ExitCode]).toEqual([service, 0]);
    }
  });
});
