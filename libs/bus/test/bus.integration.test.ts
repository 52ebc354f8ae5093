import { encodeAcceptedMessage } from '@sealpost/contracts';
import type { AcceptedMessage } from '@sealpost/mail';
import { acceptedMessage, eventually, startNats, type Engine } from '@sealpost/testing';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectBus, type AcceptedDelivery, type Bus } from '../src/index.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function message(content = 'Subject: x\r\n\r\nbody\r\n'): AcceptedMessage {
  return acceptedMessage({
    policy: { tlsPolicy: 'Require', configurationSet: 'strict' },
    tags: { campaign: ['spring'] },
    content: { kind: 'inline', bytes: Buffer.from(content) },
  });
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('the bus over a real NATS server', () => {
  let nats: Engine;
  let bus: Bus;

  beforeAll(async () => {
    nats = await startNats();
    bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
  });

  afterAll(async () => {
    await bus.close();
    await nats.stop();
  });

  async function take(
    count: number,
    answer: (delivery: AcceptedDelivery) => void,
  ): Promise<AcceptedDelivery[]> {
    const taken: AcceptedDelivery[] = [];
    const consumption = bus.consumeAccepted((delivery) => {
      taken.push(delivery);
      answer(delivery);
      return Promise.resolve();
    });
    await eventually(() => taken.length >= count, { what: `${String(count)} messages` });
    await consumption.stop();
    return taken;
  }

  test('messages published at once are each acknowledged under a sequence of their own', async () => {
    const results = await Promise.all(Array.from({ length: 500 }, () => bus.publishAccepted(message())));
    const sequences = results.map((result) => (result.kind === 'stored' ? result.sequence : 0));
    expect(new Set(sequences).size).toBe(500);
    expect(sequences).not.toContain(0);
    await take(500, (delivery) => {
      delivery.ack();
    });
  });

  test('T11: an accepted message arrives whole, with the policy that was pinned', async () => {
    const sent = message();
    expect(await bus.publishAccepted(sent)).toMatchObject({ kind: 'stored', duplicate: false });
    const [delivery] = await take(1, (each) => {
      each.ack();
    });
    expect(delivery?.message).toEqual({ ...sent, acceptedAt: expect.any(Number) as number });
  });

  test('row 33: a message was accepted when the server stored it, whatever the clock of its ingress said', async () => {
    const clock = await bus.openClock();
    const ahead = { ...message(), acceptedAt: Date.now() + 3_600_000 };
    const behind = { ...message(), acceptedAt: Date.now() - 3_600_000 };
    const before = clock.now();
    await bus.publishAccepted(ahead);
    await bus.publishAccepted(behind);
    const [waiting] = await collect(bus.waitingMessages());
    const taken = await take(2, (each) => {
      each.ack();
    });
    const times = taken.map((each) => each.message.acceptedAt);
    expect(waiting?.acceptedAt).toBe(times[0]);
    for (const time of times) expect(Math.abs(time - before)).toBeLessThan(60_000);
    clock.close();
  });

  test('row 33: what was there before this start may be a repeat, also for a machine whose clock is an hour behind', async () => {
    const old = message();
    await bus.publishAccepted(old);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    try {
      const [first] = await take(1, (each) => {
        each.ack();
      });
      expect(first).toMatchObject({ mayBeRepeat: true, message: { messageId: old.messageId } });
    } finally {
      vi.useRealTimers();
    }
  });

  test('a publish that is repeated under the same message id is stored once', async () => {
    const sent = message();
    await bus.publishAccepted(sent);
    expect(await bus.publishAccepted(sent)).toMatchObject({ kind: 'stored', duplicate: true });
    const taken = await take(1, (each) => {
      each.ack();
    });
    expect(taken).toHaveLength(1);
  });

  test('a message that was given back comes again and counts as a possible repeat', async () => {
    const taken: AcceptedDelivery[] = [];
    const consumption = bus.consumeAccepted((delivery) => {
      const isFirst = taken.every((each) => each.message.messageId !== delivery.message.messageId);
      taken.push(delivery);
      if (isFirst) delivery.nak(0);
      else delivery.ack();
      return Promise.resolve();
    });
    // What comes before the consumption knows what is new may be a repeat as well.
    const { messageId } = await eventually(async () => {
      await bus.publishAccepted(message());
      return taken.find((each) => !each.mayBeRepeat)?.message;
    });
    const deliveries = () => taken.filter((each) => each.message.messageId === messageId);
    await eventually(() => deliveries().length === 2 && taken.length % 2 === 0);
    expect(deliveries().map((each) => each.mayBeRepeat)).toEqual([false, true]);
    await consumption.stop();
  });

  test.each([
    ['rubbish', Buffer.from('rubbish')],
    ['empty', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"to":"b@receiver.test"}')],
    ['truncated', Buffer.from(encodeAcceptedMessage(message())).subarray(0, 60)],
  ])(
    '4.4 row 67: a record that is %s is set aside in POISON and the queue moves on',
    async (_kind, bytes) => {
      const raw = await connect({ servers: nats.url });
      await raw.jetstream().publish('mail.accepted.message', bytes);
      const good = message();
      await bus.publishAccepted(good);
      const [delivery] = await take(1, (each) => {
        each.ack();
      });
      expect(delivery?.message.messageId).toBe(good.messageId);
      const record = (await collect(bus.poison.list())).at(-1);
      expect(record?.subject).toBe('mail.accepted.message');
      expect(record?.reason).not.toBe('');
      expect(Buffer.from(record?.bytes ?? []).equals(bytes)).toBe(true);
      await bus.poison.drop(record?.sequence ?? 0);
      expect(await bus.poison.count()).toBe(0);
      await raw.close();
    },
  );

  test('4.4 row 68: a record of a newer schema is left for a newer worker, and goes aside after five tries', async () => {
    const raw = await connect({ servers: nats.url });
    const bytes = Buffer.from(encodeAcceptedMessage(message()));
    // schema_version is the first field: tag 0x08 and its value.
    bytes[1] = 2;
    await raw.jetstream().publish('mail.accepted.message', bytes);
    const good = message();
    await bus.publishAccepted(good);
    await take(1, (each) => {
      each.ack();
    });
    expect(await bus.poison.count()).toBe(0);
    const manager = await raw.jetstreamManager();
    // The ack of the good one is on its way.
    await eventually(async () => (await manager.consumers.info('MAIL', 'mx-delivery')).num_ack_pending === 1);
    await manager.streams.purge('MAIL');
    await raw.close();
  });

  test('4.4 row 72: a second message under the same id is not stored, the first stays as it is', async () => {
    const first = message('Subject: first\r\n\r\n');
    await bus.publishAccepted(first);
    const second = { ...message('Subject: second\r\n\r\n'), messageId: first.messageId };
    expect(await bus.publishAccepted(second)).toMatchObject({ kind: 'stored', duplicate: true, tries: 1 });
    const taken = await take(1, (each) => {
      each.ack();
    });
    expect(taken.map((each) => each.message.content)).toEqual([first.content]);
  });

  test('row 37: a record that ended five workers in a row is set aside; one that was given back often is not', async () => {
    const given = message();
    const deadly = message();
    await bus.publishAccepted(given);
    await bus.publishAccepted(deadly);
    let backs = 0;
    let deaths = 0;
    const consumption = bus.consumeAccepted(
      (delivery) => {
        if (delivery.message.messageId === deadly.messageId) {
          // A worker that dies says nothing more: neither an answer nor a heartbeat.
          deaths += 1;
          delivery.supersede();
        } else if (backs < 12) {
          backs += 1;
          delivery.nak(0);
        } else delivery.ack();
        return Promise.resolve();
      },
      { ackWaitMs: 300 },
    );
    const [record] = await eventually(
      async () => {
        const records = await collect(bus.poison.list());
        return records.length > 0 && records;
      },
      { what: 'the deadly record in POISON' },
    );
    await eventually(() => backs === 12);
    await consumption.stop();
    expect(deaths).toBe(5);
    expect(record?.reason).toBe('5 workers ended in the middle of it');
    expect(await bus.poison.count()).toBe(1);
    // Put back it is taken for a possible repeat: it may have been sent to some.
    if (record === undefined) throw new Error('nothing is set aside');
    expect(await bus.poison.putBack(record)).toBe('put-back');
    const [again] = await take(1, (each) => {
      each.ack();
    });
    expect(again).toMatchObject({ mayBeRepeat: true, message: { messageId: deadly.messageId } });
    expect(await bus.poison.count()).toBe(0);
  });

  test('row 35: what waited behind one message for half the ack wait may be another worker\u2019s, and is left to come again', async () => {
    const delivered: AcceptedDelivery[] = [];
    const ids = Array.from({ length: 15 }, () => message());
    let blockedAt: number | undefined;
    const consumption = bus.consumeAccepted(
      async (delivery) => {
        delivered.push(delivery);
        delivery.ack();
        if (blockedAt !== undefined) return;
        blockedAt = performance.now();
        const until = blockedAt + 700;
        await eventually(() => performance.now() > until);
      },
      { ackWaitMs: 1000 },
    );
    const [first, ...others] = ids;
    if (first === undefined) throw new Error('none');
    await bus.publishAccepted(first);
    await eventually(() => blockedAt !== undefined);
    await Promise.all(others.map((each) => bus.publishAccepted(each)));
    await eventually(() => delivered.length === ids.length, { what: 'all of them' });
    await consumption.stop();
    expect(delivered.slice(1).map(({ mayBeRepeat }) => mayBeRepeat)).toEqual(others.map(() => true));
  });

  test('a deferred record that is set aside leaves the queue, and comes back only when its place is free', async () => {
    const accepted = message();
    const jobId = `${accepted.messageId}-0`;
    const job = { jobId, message: accepted, recipients: ['b@receiver.test'], attemptCount: 1 };
    await bus.deferred.write(job, 0);
    await bus.deferred.setAside(jobId, 'a test wants it');
    expect(await bus.deferred.find(jobId)).toEqual({ kind: 'gone' });
    const [record] = await collect(bus.poison.list());
    if (record === undefined) throw new Error('nothing is set aside');
    expect(record).toMatchObject({ subject: `mail.deferred.${jobId}`, reason: 'a test wants it' });
    await bus.deferred.write({ ...job, attemptCount: 2 }, 0);
    expect(await bus.poison.putBack(record)).toBe('taken');
    const newer = await bus.deferred.find(jobId);
    await bus.deferred.remove(newer.kind === 'job' ? newer.sequence : 0);
    expect(await bus.poison.putBack(record)).toBe('put-back');
    expect(await bus.deferred.find(jobId)).toMatchObject({ kind: 'job', job: { attemptCount: 1 } });
    expect(await collect(bus.deferred.list())).toMatchObject([{ jobId, attemptCount: 1 }]);
    const back = await bus.deferred.find(jobId);
    await bus.deferred.remove(back.kind === 'job' ? back.sequence : 0);
  });

  test('what waits for its first attempt can be looked at without taking it', async () => {
    const sent = [message(), message(), message()];
    for (const each of sent) await bus.publishAccepted(each);
    const seen = await collect(bus.waitingMessages());
    expect(seen.map(({ messageId }) => messageId)).toEqual(sent.map(({ messageId }) => messageId));
    await take(3, (each) => {
      each.ack();
    });
    await eventually(async () => (await collect(bus.waitingMessages())).length === 0);
    expect(await collect(bus.deferred.list())).toEqual([]);
  });

  test('a deferred job is replaced, fenced against a second writer, listed and removed', async () => {
    const accepted = message();
    const job = {
      jobId: `${accepted.messageId}-0`,
      message: accepted,
      recipients: ['b@receiver.test'],
      attemptCount: 1,
    };
    const first = await bus.deferred.write(job, 0);
    expect((await bus.deferred.write(job, 0)).kind).toBe('conflict');
    if (first.kind !== 'stored') throw new Error(first.kind);
    const second = await bus.deferred.write({ ...job, attemptCount: 2 }, first.sequence);
    expect(second.kind).toBe('stored');
    expect((await bus.deferred.write({ ...job, attemptCount: 9 }, first.sequence)).kind).toBe('conflict');
    const found = await bus.deferred.find(job.jobId);
    if (found.kind !== 'job') throw new Error(found.kind);
    expect(found.job).toEqual({ ...job, attemptCount: 2 });
    expect(await bus.deferred.listIds()).toEqual([job.jobId]);
    expect(await collect(bus.deferred.list())).toEqual([
      expect.objectContaining({ jobId: job.jobId, recipients: job.recipients, attemptCount: 2 }),
    ]);
    await bus.deferred.remove(found.sequence);
    await bus.deferred.remove(found.sequence);
    expect(await bus.deferred.find(job.jobId)).toEqual({ kind: 'gone' });
  });

  test('a list of deferred jobs ends, also when the last of them is settled while it is made', async () => {
    const accepted = message();
    const jobId = `${accepted.messageId}-0`;
    const job = { jobId, message: accepted, recipients: ['b@receiver.test'], attemptCount: 1 };
    const written = await bus.deferred.write(job, 0);
    if (written.kind !== 'stored') throw new Error(written.kind);
    // It has been counted by then, and is gone when it is read.
    const [listed] = await Promise.all([collect(bus.deferred.list()), bus.deferred.remove(written.sequence)]);
    expect(listed).toEqual([]);
  });

  test('a bucket keeps values by compare-and-set and tells its watchers of every change', async () => {
    const bucket = await bus.openBucket('TEST');
    const seen: string[] = [];
    const watch = await bucket.watch({ onChange: (key) => seen.push(key), onStanding: () => undefined });
    expect(await bucket.create('set.a', Buffer.from('1'))).toBe('created');
    expect(await bucket.create('set.a', Buffer.from('2'))).toBe('exists');
    const entry = await bucket.get('set.a');
    expect(await bucket.update('set.a', Buffer.from('3'), entry?.revision ?? 0)).toBe('updated');
    expect(await bucket.update('set.a', Buffer.from('4'), entry?.revision ?? 0)).toBe('conflict');
    expect(await bucket.keys('set.')).toEqual(['set.a']);
    await bucket.delete('set.a');
    expect(await bucket.get('set.a')).toBeUndefined();
    expect(await bucket.create('set.a', Buffer.from('5'))).toBe('created');
    await eventually(() => seen.length === 4, { what: 'four changes' });
    watch.close();
  });

  test('T11: after a restart of the server a watch stands again, and tells that changes may have been missed', async () => {
    const bucket = await bus.openBucket('TEST');
    const seen: string[] = [];
    const standings: (number | undefined)[] = [];
    const followed = new Map<string, string>();
    const watch = await bucket.watch({
      onChange: (key) => seen.push(key),
      onStanding: (standing) => standings.push(standing),
    });
    const follow = await bucket.follow((key, value) => followed.set(key, String(value)));
    await nats.restart();
    await eventually(() => standings.length === 4);
    expect(standings).toEqual([undefined, 1, undefined, 2]);
    await bucket.put('set.after', Buffer.from('new'));
    await eventually(() => seen.includes('set.after') && followed.has('set.after'));
    watch.close();
    follow.close();
  });

  test('a message that comes after a quiet time is handed out at once, not when it is given to another worker', async () => {
    const raw = await connect({ servers: nats.url });
    let pulls = 0;
    raw.subscribe('$JS.API.CONSUMER.MSG.NEXT.MAIL.mx-delivery', { callback: () => (pulls += 1) });
    await raw.flush();
    const taken: AcceptedDelivery[] = [];
    const consumption = bus.consumeAccepted(
      (delivery) => {
        taken.push(delivery);
        delivery.ack();
        return Promise.resolve();
      },
      { ackWaitMs: 2000 },
    );
    // A pull expires after 5 s, more than half of the ack wait.
    await eventually(() => pulls >= 2, { timeoutMs: 20_000, what: 'a second pull' });
    const manager = await raw.jetstreamManager();
    const handedOut = async () =>
      (await manager.consumers.info('MAIL', 'mx-delivery')).delivered.consumer_seq;
    const before = await handedOut();
    await bus.publishAccepted(message());
    await eventually(() => taken.length === 1);
    expect(await handedOut()).toBe(before + 1);
    await consumption.stop();
    await raw.close();
  });

  test('the events of one message are found by its id, in order, and nobody else’s', async () => {
    const [mine, others] = [message().messageId, message().messageId];
    await bus.publishEvent({ type: 'send', messageId: mine, id: `${mine}:send`, json: '{"n":1}' });
    await bus.publishEvent({ type: 'send', messageId: others, id: `${others}:send`, json: '{"n":9}' });
    await bus.publishEvent({ type: 'delivery-delay', messageId: mine, id: `${mine}:1`, json: '{"n":2}' });
    await bus.publishEvent({ type: 'delivery-delay', messageId: mine, id: `${mine}:2`, json: '{"n":3}' });
    await bus.publishEvent({ type: 'bounce', messageId: mine, id: `${mine}:3`, json: '{"n":4}' });
    expect(await bus.eventsOf(mine)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}']);
    expect(await bus.eventsOf(message().messageId)).toEqual([]);
    expect(await bus.hasEvent('send', mine)).toBe(true);
    expect(await bus.hasEvent('delivery', mine)).toBe(false);
  });

  test('large content survives a restart of the server in the object store', async () => {
    const objects = await bus.openObjectStore('TESTOBJ');
    const bytes = Buffer.alloc(5 * 1024 * 1024, 'abcdefg');
    await objects.put('one', [bytes.subarray(0, 100_000), bytes.subarray(100_000)]);
    await nats.restart();
    await eventually(() => bus.isConnected());
    expect((await objects.get('one'))?.equals(bytes)).toBe(true);
    expect(await objects.get('two')).toBeUndefined();
    expect((await objects.list()).map(({ name }) => name)).toEqual(['one']);
    await objects.delete('one');
    expect(await objects.get('one')).toBeUndefined();
  });

  test('a store that hangs in the middle of large content fails it, and what is left of it is swept', async () => {
    const objects = await bus.openObjectStore('TESTOBJ');
    let goOn: (() => void) | undefined;
    const chunks = async function* () {
      for (let count = 0; count < 20; count += 1) {
        yield Buffer.alloc(512 * 1024, count);
        if (count !== 10) continue;
        await bus.publishEvent({
          type: 'send',
          messageId: message().messageId,
          id: 'in the middle',
          json: '{}',
        });
        goOn = nats.hang();
      }
    };
    await expect(objects.put('half', chunks())).rejects.toThrow();
    goOn?.();
    await eventually(() => bus.isConnected());
    expect(await objects.get('half')).toBeUndefined();
    // The purge that was asked for while it hung may have been faster than the sweep.
    await objects.sweepUnfinished(Date.now() + 60_000);
    expect(await objects.sweepUnfinished(Date.now() + 60_000)).toBe(0);
    await objects.put('whole', [Buffer.alloc(600_000, 1)]);
    expect(await objects.sweepUnfinished(Date.now() + 60_000)).toBe(0);
    expect((await objects.get('whole'))?.length).toBe(600_000);
  });

  test('with the server away a publish is answered within 5 s, and nothing is stored later', async () => {
    await nats.kill();
    await eventually(() => !bus.isConnected());
    const sent = message();
    const started = performance.now();
    expect((await bus.publishAccepted(sent)).kind).toBe('unavailable');
    expect(performance.now() - started).toBeLessThan(5000);
    await nats.restart();
    await eventually(() => bus.isConnected());
    expect(await bus.publishAccepted(sent)).toMatchObject({ kind: 'stored', duplicate: false });
  });
});
