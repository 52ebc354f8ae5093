// Faults, section 3, rows 2, 5, 6 and all that lies between: a service ends, as by SIGKILL, between any two durable steps
// of a message. Nothing is lost, nothing comes twice but what a receiver said 250 to before it could be marked, and
// what became of a message is told: twice perhaps, but never not at all.
import { PutSuppressedDestinationCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { eventually, gate } from '@sealpost/testing';
import { connect } from 'nats';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sealpost } from '../support/command.ts';
import { INLINE_BYTES, startCrashWorld, type CrashWorld } from '../support/crash-world.ts';
import { deferring, type Accepted } from '../support/fault-world.ts';
import { hostOf } from '../support/receivers.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';
import { mailText, submitBySmtp } from '../support/submit.ts';

/** It is spooled. */
const LARGE = `${'x'.repeat(70)}\r\n`.repeat(INLINE_BYTES / 70);

describe('faults: crash points', () => {
  let world: CrashWorld;

  beforeAll(async () => {
    world = await startCrashWorld();
  });

  beforeEach(() => {
    world.script({});
  });

  afterAll(async () => {
    await world.close();
  });

  const eventsOf = ({ messageId }: Accepted, type: string) =>
    world.events.of(messageId).filter(({ eventType }) => eventType === type).length;

  /** Nothing is lost, and the delivery of each is told. */
  async function expectDelivered(message: Accepted, mostDoubles = 0): Promise<void> {
    const { lost, delivered, doubles } = await world.settled();
    expect({ lost, delivered }).toEqual({ lost: [], delivered: 1 });
    expect(doubles).toBeLessThanOrEqual(mostDoubles);
    await world.events.waitFor(message.messageId, 'Delivery');
    expect(eventsOf(message, 'Send')).toBe(1);
  }

  /** Each message has had its first attempt, however often it came. */
  async function emptyQueue(): Promise<void> {
    const connection = await connect({ servers: world.nats.url });
    const manager = await connection.jetstreamManager();
    await eventually(async () => (await manager.streams.info('MAIL')).state.messages === 0, {
      what: 'an empty queue',
    });
    await connection.close();
  }

  describe.each(['smtp', 'api'] as const)('the door, by %s', (via) => {
    const submit = (token: string): Promise<string> => {
      const raw = mailText(token) + LARGE;
      const to = 'someone@receiver.test';
      return via === 'api' ? world.ses.sendRaw(to, raw) : submitBySmtp(world.system, { to: [to], raw });
    };

    test.each([
      ['door:kept', 'stored', 0],
      ['door:stored', 'answered', 1],
    ] as const)(
      'row 2: killed at %s, before it is %s: no 250, and %i at the receiver',
      async (point, _before, copies) => {
        const token = `${via} ${point}`;
        const answer = await world.crashingAt(point, () => submit(token).catch(() => 'refused'));
        expect(answer).toBe('refused');
        const later = await eventually(() => world.submit(via === 'api' ? { via } : {}), {
          timeoutMs: 20_000,
          what: 'a door that is open again',
        });
        await expectDelivered(later);
        await eventually(() => world.copies({ messageId: '', token }) === copies);
      },
    );
  });

  test.each([
    ['queue:taken', 0],
    // The announcement goes on beside the delivery, which may be as far as its answer.
    ['queue:announced', 1],
    ['delivered:answered', 1],
    ['delivered:marked', 0],
    ['delivered:told', 0],
    ['queue:settled', 0],
    ['queue:discarded', 0],
  ])(
    'rows 5 and 6: mx-delivery killed at %s: delivered and told, %i doubles at most',
    async (point, doubles) => {
      const message = await world.crashingAt(point, () => world.submit());
      await expectDelivered(message, doubles);
    },
  );

  test('row 6: killed after the mark while NATS is away: the delivery is told by who finds the mark', async () => {
    const beforeReply = gate();
    world.script({ rules: [{ on: 'content', after: beforeReply.opened, times: 1 }] });
    const message = await world.crashingAt('delivered:marked', async () => {
      const submitted = await world.submit();
      await eventually(() => world.copies(submitted) === 1);
      await world.nats.kill();
      beforeReply.open();
      return submitted;
    });
    expect(eventsOf(message, 'Delivery')).toBe(0);
    await world.nats.restart();
    await expectDelivered(message);
  });

  test.each(['deferred:told', 'deferred:written', 'deferred:scheduled'])(
    'a deferral killed at %s: told, tried again, delivered once',
    async (point) => {
      world.script(deferring);
      const message = await world.crashingAt(point, () => world.submit());
      world.script({});
      await expectDelivered(message);
      expect(eventsOf(message, 'DeliveryDelay')).toBeGreaterThan(0);
    },
  );

  test('a large message that is deferred when it comes again to the next worker keeps its content', async () => {
    world.script(deferring);
    const message = await world.crashingAt('deferred:scheduled', () => world.submit({ body: LARGE }));
    await emptyQueue();
    world.script({});
    await expectDelivered(message);
  });

  test.each([
    ['retry:leased', 0],
    ['delivered:answered', 1],
    ['delivered:marked', 0],
    ['delivered:told', 0],
    ['retry:settled', 0],
    ['retry:removed', 0],
  ])('a retry killed at %s: delivered and told, %i doubles at most', async (point, doubles) => {
    world.script(deferring);
    const message = await world.submit();
    await world.events.waitFor(message.messageId, 'DeliveryDelay');
    await world.crashingAt(point, () => {
      world.script({});
      return Promise.resolve();
    });
    await expectDelivered(message, doubles);
  });

  test.each(['bounced:told', 'bounced:reported', 'bounced:marked'])(
    'a bounce killed at %s: told at least once, to the sender as well',
    async (point) => {
      const to = `gone-${point.replace(':', '-')}@receiver.test`;
      world.script({ rules: [{ on: 'RCPT', recipient: to, reply: '550 5.1.1 unknown user' }] });
      const message = await world.crashingAt(point, () => world.submit({ to }));
      expect(await world.settled()).toMatchObject({ lost: [], bounced: 1, doubles: 0 });
      const reports = () =>
        hostOf(world.internet, 'mx.sender.test')
          .messages()
          .filter(({ content }) => content.includes(to)).length;
      await eventually(() => reports() > 0, { what: 'the report' });
      expect(eventsOf(message, 'Bounce')).toBeGreaterThan(0);
      // The report is mail too, and may have been at its own receiver at the moment of the crash.
      expect(reports()).toBeLessThanOrEqual(2);
    },
  );

  test('a suppressed complainant, killed at complained:told: told at least once, nothing sent', async () => {
    const to = 'angry@receiver.test';
    await suppress(to);
    const message = await world.crashingAt('complained:told', () => world.submit({ to }));
    world.forget();
    await world.events.waitFor(message.messageId, 'Complaint');
    expect(world.copies(message)).toBe(0);
    await expectDelivered(await world.submit());
  });

  test('row 37: rubbish, killed at poison:kept: it is set aside once, and others flow', async () => {
    const connection = await connect({ servers: world.nats.url });
    await world.crashingAt('poison:kept', () =>
      connection.jetstream().publish('mail.accepted.message', Buffer.from('rubbish')),
    );
    await expectDelivered(await world.submit());
    await connection.close();
    await emptyQueue();
    const { records } = JSON.parse(await sealpost(world.system, 'poison', 'list', '--json')) as {
      readonly records: readonly unknown[];
    };
    expect(records).toHaveLength(1);
  });

  async function suppress(EmailAddress: string): Promise<void> {
    const agent = await agentFor(world.system);
    const client = new SESv2Client(sdkSettings(world.system, agent));
    await client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: 'COMPLAINT' }));
    client.destroy();
    agent.destroy();
  }
});
