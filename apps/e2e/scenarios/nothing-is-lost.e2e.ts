import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvents } from '../support/events.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { mailText, submitBySmtp } from '../support/submit.ts';
import { startSystem, type System } from '../support/system.ts';

describe('nothing is lost', () => {
  let internet: Internet;
  let system: System;

  beforeAll(async () => {
    internet = await startInternet({ 'mx.receiver.test': {} }, { 'receiver.test': ['mx.receiver.test'] });
    system = await startSystem({
      env: { ...internet.env, RETRY_SCHEDULE: '1s,2s', RETRY_GIVE_UP_AFTER: '5m', TAKEOVER_AFTER: '5s' },
    });
  });

  afterAll(async () => {
    await system.dispose();
    await internet.close();
  });

  const receiver = () => hostOf(internet, 'mx.receiver.test');
  const deferring = {
    hostName: 'mx.receiver.test',
    rules: [{ on: 'RCPT', reply: '451 4.7.1 greylisted' }],
  } as const;

  async function submit(subject: string): Promise<void> {
    await eventually(
      async () => {
        await submitBySmtp(system, { to: ['someone@receiver.test'], raw: mailText(subject) });
        return true;
      },
      { timeoutMs: 30_000, what: `acceptance of ${subject}` },
    );
  }

  function copies(subject: string): number {
    return receiver()
      .messages()
      .filter(({ content }) => content.includes(`Subject: ${subject}\r\n`)).length;
  }

  async function deferralsOf(count: number): Promise<void> {
    await eventually(
      () => {
        const lines = receiver()
          .connections()
          .flatMap(({ commands }) => commands);
        return lines.filter(({ line }) => line.startsWith('RCPT')).length >= count;
      },
      { what: 'attempts' },
    );
  }

  test('a message deferred with 451 is tried again by the schedule and delivered once', async () => {
    receiver().setScript(deferring);
    await submit('greylisted');
    await deferralsOf(2);
    receiver().setScript({ hostName: 'mx.receiver.test' });
    await eventually(() => copies('greylisted') === 1, { timeoutMs: 20_000 });
    const events = await readEvents(system.natsUrl);
    const id = await eventually(() => /"messageId":"([^"]+)"/.exec(system.output())?.[1]);
    expect((await events.waitFor(id, 'DeliveryDelay')).deliveryDelay?.delayType).toBeDefined();
    expect((await events.waitFor(id, 'Delivery')).delivery?.attempt.number).toBeGreaterThan(2);
    expect(events.of(id).filter(({ eventType }) => eventType === 'Send')).toHaveLength(1);
    await events.close();
  });

  test.each(['policy-service', 'smtp-ingress', 'api-ingress', 'mx-delivery', 'nats-server', 'redis-server'])(
    'kill -9 of %s while mail waits loses nothing, and the process is started again',
    async (name) => {
      receiver().setScript(deferring);
      const subject = `survives the loss of ${name}`;
      await submit(subject);
      await eventually(() => copies(subject) === 0);
      const pid = await system.pidOf(name);
      process.kill(pid, 'SIGKILL');
      await eventually(async () => (await system.pidOf(name)) !== pid, {
        timeoutMs: 20_000,
        what: `${name} again`,
      });
      receiver().setScript({ hostName: 'mx.receiver.test' });
      await eventually(() => copies(subject) >= 1, {
        timeoutMs: 80_000,
        what: `delivery after the loss of ${name}`,
      });
      expect(copies(subject)).toBe(1);
      await submit(`new mail after the loss of ${name}`);
      await eventually(() => copies(`new mail after the loss of ${name}`) === 1, { timeoutMs: 30_000 });
    },
  );
});
