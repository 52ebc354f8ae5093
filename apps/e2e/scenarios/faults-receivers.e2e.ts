// Faults, section 3: receivers and DNS that fail in their ways.
import { eventually, gate, startReceiver, type DnsZone } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listQueue } from '../support/command.ts';
import { startFaultWorld, type FaultWorld } from '../support/fault-world.ts';

describe('faults: receivers', () => {
  let world: FaultWorld;

  beforeAll(async () => {
    world = await startFaultWorld({}, { 'mx.gone.test': 'down' }, { 'gone.test': ['mx.gone.test'] });
  });

  beforeEach(() => {
    world.script({});
  });

  afterAll(async () => {
    await world.close();
  });

  test('row 25: DNS that fails defers with 4.4.3 and bounces nothing', async () => {
    world.internet.dns.setZone({ ...zone(), 'receiver.test': 'SERVFAIL' });
    const message = await world.submit();
    const delay = await world.events.waitFor(message.messageId, 'DeliveryDelay');
    expect(delay.deliveryDelay?.delayType).toBe('TransientCommunicationFailure');
    expect((await listQueue(world.system))[0]?.lastAnswer).toContain('4.4.3');
    world.internet.dns.setZone(zone());
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 1, bounced: 0, doubles: 0 });
  });

  test('row 26: a host that is not in DNS for a while: the other one takes the mail; a domain that does not exist bounces', async () => {
    const mx = [
      { preference: 10, exchange: 'mx.flaps.test' },
      { preference: 20, exchange: 'mx.receiver.test' },
    ];
    const flapping: DnsZone = { ...zone(), 'flaps.test': { MX: mx } };
    world.internet.dns.setZone(flapping);
    const first = await world.submit({ to: 'someone@flaps.test' });
    const delivery = await world.events.waitFor(first.messageId, 'Delivery');
    expect(delivery.delivery?.tls.mx?.host).toBe('mx.receiver.test');
    const nowhere = await world.submit({ to: 'someone@nowhere.test' });
    const bounce = await world.events.waitFor(nowhere.messageId, 'Bounce');
    expect(bounce.bounce?.bouncedRecipients[0]?.status).toBe('5.1.2');
    // Nobody says that there is no such domain: it is asked for again.
    world.internet.dns.setZone({ ...flapping, 'later.test': 'SERVFAIL' });
    const later = await world.submit({ to: 'someone@later.test' });
    await world.events.waitFor(later.messageId, 'DeliveryDelay');
    world.internet.dns.setZone({ ...flapping, 'later.test': { MX: mx } });
    expect(await world.settled()).toMatchObject({ lost: [], queued: 0, doubles: 0 });
    expect([world.copies(first), world.copies(later)]).toEqual([1, 1]);
    world.internet.dns.setZone(zone());
  });

  test('row 27: a host that is down is probed by one attempt at a time, and gets all its mail when it is back', async () => {
    const attempts = (recipient = 'someone@gone.test') =>
      world.system
        .output()
        .split('\n')
        .filter((line) => line.includes(`"recipient":"${recipient}"`) && line.includes('"attempt":')).length;
    const count = 30;
    const accepted = await Promise.all(
      Array.from({ length: count }, () => world.submit({ to: 'someone@gone.test' })),
    );
    await eventually(async () => (await listQueue(world.system, '--state', 'deferred')).length === count, {
      timeoutMs: 20_000,
      what: 'the queue',
    });
    // Lines are gathered before they are written, in order: those of the first attempts are there with a later one.
    await world.submit({ to: 'later@receiver.test' });
    await eventually(() => attempts('later@receiver.test') === 1, { what: 'the log of the first attempts' });
    const first = attempts();
    // Each job by itself would try again after a second: thirty attempts, not two.
    await eventually(() => attempts() >= first + 2, { timeoutMs: 20_000, what: 'two probes' });
    expect(attempts()).toBeLessThanOrEqual(first + 4);
    const address = '127.0.0.4';
    const receiver = await startReceiver({ hostName: 'mx.gone.test', address, port: world.internet.port });
    await eventually(() => receiver.messages().length === count, {
      timeoutMs: 60_000,
      what: 'all of its mail',
    });
    const tokens = accepted.map(({ token }) => token);
    const copies = receiver.messages().map(({ content }) => tokens.find((token) => content.includes(token)));
    expect(new Set(copies).size).toBe(count);
    await receiver.close();
    await eventually(async () => (await listQueue(world.system)).length === 0);
    world.forget();
  });

  test('row 28: 421 at the greeting: mail waits and arrives, nothing lost, nothing doubled', async () => {
    world.script({
      rules: [{ on: 'connect', reply: '421 4.3.2 too many connections', then: 'close', times: 5 }],
    });
    await world.submitMany(10);
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 10, doubles: 0 });
  });

  test('row 29: a receiver that is silent after the dot is waited for, nothing is sent again meanwhile', async () => {
    const reply = gate();
    const late = 'late@receiver.test';
    world.script({
      rules: [
        { on: 'content', after: reply.opened, times: 1 },
        { on: 'RCPT', recipient: late, reply: '450 4.2.1 later', times: 3 },
      ],
    });
    const before = dataCommands();
    await world.submit();
    await eventually(() => dataCommands() === before + 1, { what: 'the content' });
    // Its retries take longer than it takes for what a worker holds to be given to another.
    const last = await world.submit({ to: late });
    await eventually(() => world.copies(last) === 1, { timeoutMs: 30_000, what: 'the late one' });
    // One content, and four tries of the late one: DATA is pipelined behind RCPT.
    expect(dataCommands()).toBe(before + 5);
    reply.open();
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 2, doubles: 0 });
  });

  test('row 30: a receiver that takes the content and resets: sent again, flagged, and never reported as delivered', async () => {
    world.script({ rules: [{ on: 'content', reply: 'none', then: 'reset', times: 1 }] });
    const message = await world.submit();
    const delay = await world.events.waitFor(message.messageId, 'DeliveryDelay');
    expect(delay.deliveryDelay?.attempt.possiblyDelivered).toBe(true);
    const delivery = await world.events.waitFor(message.messageId, 'Delivery');
    expect(delivery.delivery?.attempt.number).toBe(2);
    expect((await world.settled()).lost).toEqual([]);
    expect(
      world.events.of(message.messageId).filter(({ eventType }) => eventType === 'Delivery'),
    ).toHaveLength(1);
  });

  test('row 31: greylisting: delivered once', async () => {
    world.script({ rules: [{ on: 'RCPT', reply: '451 4.7.1 greylisted', times: 3 }] });
    await world.submitMany(3);
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 3, doubles: 0 });
  });

  function dataCommands(): number {
    const commands = world
      .receiver()
      .connections()
      .flatMap((connection) => connection.commands);
    return commands.filter(({ line }) => line.startsWith('DATA')).length;
  }

  function zone(): DnsZone {
    const mx = (exchange: string) => ({ MX: [{ preference: 10, exchange }] });
    return {
      'mx.sender.test': { A: ['127.0.0.2'] },
      'mx.receiver.test': { A: ['127.0.0.3'] },
      'mx.gone.test': { A: ['127.0.0.4'] },
      'sender.test': mx('mx.sender.test'),
      'receiver.test': mx('mx.receiver.test'),
      'gone.test': mx('mx.gone.test'),
    };
  }
});
