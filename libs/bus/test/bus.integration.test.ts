import { formatMessageId, type AcceptedMessage } from '@sealpost/mail';
import { eventually, startNats, type Engine } from '@sealpost/testing';
import { connect } from 'nats';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus, type AcceptedDelivery, type Bus } from '../src/index.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function message(content = 'Subject: x\r\n\r\nbody\r\n'): AcceptedMessage {
  return {
    messageId: formatMessageId('us-east-1', Date.now(), randomUUID()),
    acceptedAt: Date.now(),
    envelope: { reversePath: 'a@sender.test', recipients: ['b@receiver.test'] },
    policy: { tlsPolicy: 'Require', configurationSet: 'strict' },
    source: { operation: 'SendRawEmail', clientAddress: '127.0.0.1', callerIdentity: 'AKIATEST' },
    tags: { campaign: ['spring'] },
    originalHeaders: Buffer.from('Subject: x\r\n'),
    originalHeadersTruncated: false,
    content: { kind: 'inline', bytes: Buffer.from(content) },
    bodySha256: '00'.repeat(32),
  };
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

  test('T11: an accepted message arrives whole, with the policy that was pinned', async () => {
    const sent = message();
    expect(await bus.publishAccepted(sent)).toMatchObject({ kind: 'stored', duplicate: false });
    const [delivery] = await take(1, (each) => {
      each.ack();
    });
    expect(delivery?.message).toEqual(sent);
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
    await bus.publishAccepted(message());
    let calls = 0;
    const taken = await take(2, (each) => {
      calls += 1;
      if (calls === 1) each.nak(0);
      else each.ack();
    });
    expect(taken.map((each) => each.mayBeRepeat)).toEqual([false, true]);
  });

  test('4.4 row 67: a record that is no message is set aside in POISON and the queue moves on', async () => {
    const raw = await connect({ servers: nats.url });
    await raw.jetstream().publish('mail.accepted.message', Buffer.from('rubbish'));
    const good = message();
    await bus.publishAccepted(good);
    const [delivery] = await take(1, (each) => {
      each.ack();
    });
    expect(delivery?.message.messageId).toBe(good.messageId);
    const manager = await raw.jetstreamManager();
    const poison = await manager.streams.getMessage('POISON', { last_by_subj: 'mail.poison.accepted' });
    expect(Buffer.from(poison.data).toString()).toBe('rubbish');
    await raw.close();
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

  test('a bucket keeps values by compare-and-set and tells its watchers of every change', async () => {
    const bucket = await bus.openBucket('TEST');
    const seen: string[] = [];
    const watch = await bucket.watch((key) => seen.push(key));
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
        await bus.publishEvent({ type: 'send', id: 'in the middle', json: '{}' });
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
