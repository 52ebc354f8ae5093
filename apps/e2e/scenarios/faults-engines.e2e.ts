// Faults, section 3: NATS and policy-service that die, hang, lose their data or fill up; rubbish on the queue. Redis:
// faults-redis.
import { eventually, gate } from '@sealpost/testing';
import { connect } from 'nats';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listQueue, sealpost } from '../support/command.ts';
import {
  deferring,
  isReady,
  redisCommand,
  startFaultWorld,
  whilePaused,
  type FaultWorld,
} from '../support/fault-world.ts';

describe('faults: engines', () => {
  let world: FaultWorld;

  beforeAll(async () => {
    world = await startFaultWorld(
      {},
      { 'mx.other.test': {}, 'mx.plain.test': { starttls: 'absent' } },
      { 'other.test': ['mx.other.test'], 'plain.test': ['mx.plain.test'] },
    );
    await world.ses.createSet('strict', 'Require');
    await world.ses.createSet('changing', 'Optional');
  });

  beforeEach(() => {
    world.script({});
  });

  afterAll(async () => {
    await world.close();
  });

  /** The reply that a refused client got. */
  async function refusal(): Promise<string> {
    const error = await world.submit().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof Error ? error.message : 'accepted';
  }

  interface SetAside {
    readonly sequence: number;
    readonly subject: string;
    readonly reason: string;
  }

  async function poison(): Promise<readonly SetAside[]> {
    const listing = await sealpost(world.system, 'poison', 'list', '--json');
    return (JSON.parse(listing) as { readonly records: readonly SetAside[] }).records;
  }

  function setAside(isIt: (record: SetAside) => boolean = () => true): Promise<SetAside> {
    return eventually(async () => (await poison()).find(isIt), { what: 'a record in POISON' });
  }

  async function withStreams<T>(
    use: (
      manager: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['jetstreamManager']>>,
    ) => Promise<T>,
  ): Promise<T> {
    const connection = await connect({ servers: world.nats.url });
    try {
      return await use(await connection.jetstreamManager());
    } finally {
      await connection.close();
    }
  }

  const ingressPort = () => world.system.ports.operations.smtpIngress;

  test('rows 8 and 10: NATS killed under load and away: no 250 meanwhile, refused in time, not ready, nothing lost', async () => {
    const submitting = world.submitMany(20);
    await world.nats.kill();
    await submitting;
    expect(await refusal()).toMatch(/ (?:451|421|454) /);
    await eventually(async () => !(await isReady(ingressPort())), { what: 'an ingress that is not ready' });
    await world.nats.restart();
    await world.submitWhenBack();
    const { lost, doubles } = await world.settled();
    expect(lost).toEqual([]);
    expect(doubles).toBeLessThanOrEqual(20);
  });

  test('row 9: NATS told to end under load: nothing lost, nothing doubled', async () => {
    const submitting = world.submitMany(20);
    await world.nats.restart();
    await submitting;
    await world.submitWhenBack();
    expect(await world.settled()).toMatchObject({ lost: [], doubles: 0 });
  });

  test('row 11: NATS hangs: the client is answered, not left hanging, and nothing is lost', async () => {
    const answer = await whilePaused([world.nats.pid()], refusal);
    expect(answer).toMatch(/ (?:451|421|454) /);
    await world.submitWhenBack();
    expect((await world.settled()).lost).toEqual([]);
  });

  test('row 15: the store nearly full: 452 at MAIL while delivery goes on, and it recovers by itself', async () => {
    const block = gate();
    world.script({ rules: [{ on: 'DATA', after: block.opened }] });
    const limit = async (max_bytes: number) => {
      await withStreams((manager) => manager.streams.update('MAIL', { max_bytes }));
    };
    await limit(20_000);
    const answer = await eventually(async () => {
      const said = await refusal();
      return said !== 'accepted' && said;
    });
    expect(answer).toMatch(/ 452 4\.3\.1 /);
    block.open();
    await world.submitWhenBack();
    expect(await world.settled()).toMatchObject({ lost: [], doubles: 0 });
    await limit(8 * 1024 ** 3);
  });

  test('rows 23 and 24: policy-service does not answer: known sets go on, unknown ones wait, Require is never in the clear', async () => {
    const strict = { to: 'someone@plain.test', set: 'strict' };
    const before = await world.submit(strict);
    await whilePaused([await world.system.pidOf('policy-service')], async () => {
      await world.submit(strict);
      await expect(world.submit({ set: 'never-seen' })).rejects.toThrow(/ (?:451|454) /);
    });
    expect((await world.events.waitFor(before.messageId, 'Bounce')).bounce?.tls.policy).toBe('Require');
    expect(await world.settled()).toMatchObject({ lost: [], bounced: 2, delivered: 0 });
    const plain = world.internet.hosts['mx.plain.test'];
    expect(plain?.plaintextBytes().toString()).not.toMatch(/MAIL|RCPT|Subject/);
  });

  test('row 42: a set changed to Require: mail that is queued goes by the policy of its acceptance', async () => {
    const plain = world.internet.hosts['mx.plain.test'];
    plain?.setScript({ hostName: 'mx.plain.test', starttls: 'absent', ...deferring });
    const early = await world.submit({ to: 'someone@plain.test', set: 'changing' });
    await world.events.waitFor(early.messageId, 'DeliveryDelay');
    await world.ses.setPolicy('changing', 'Require');
    const late = await eventually(async () => {
      const message = await world.submit({ to: 'someone@plain.test', set: 'changing' });
      const event = await Promise.race(
        ['Bounce', 'DeliveryDelay'].map((type) => world.events.waitFor(message.messageId, type)),
      );
      // The change reaches the ingress through a watch.
      return event.eventType === 'Bounce' && message;
    });
    plain?.setScript({ hostName: 'mx.plain.test', starttls: 'absent' });
    await eventually(() => world.copies(early) === 1, { timeoutMs: 20_000 });
    expect(world.copies(late)).toBe(0);
    expect((await world.settled()).lost).toEqual([]);
  });

  test('row 37: rubbish on the queue is set aside with an alarm, others flow, and it can be dropped by command', async () => {
    const connection = await connect({ servers: world.nats.url });
    await connection.jetstream().publish('mail.accepted.message', Buffer.from('rubbish'));
    await connection.close();
    await world.submitMany(3);
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 3 });
    const record = await setAside();
    const metrics = await (
      await fetch(`http://127.0.0.1:${String(world.system.ports.operations.mxDelivery)}/metrics`)
    ).text();
    expect(metrics).toMatch(/^sealpost_poison_records\{.*\} 1$/m);
    const number = String(record.sequence);
    expect(await sealpost(world.system, 'poison', 'show', number)).toContain('rubbish');
    expect(await sealpost(world.system, 'poison', 'put-back', number)).toBe('1 done.\n');
    const again = await setAside((each) => each.sequence !== record.sequence);
    expect(await sealpost(world.system, 'poison', 'drop', String(again.sequence))).toBe('1 done.\n');
    expect(await poison()).toEqual([]);
  });

  test('row 37: a deferred record that ended five workers waits in POISON, and put back it is due at once', async () => {
    world.script(deferring);
    const message = await world.submit();
    const [job] = await eventually(async () => {
      const jobs = await listQueue(world.system, '--state', 'deferred');
      return jobs.length === 1 && jobs;
    });
    const jobId = String(job?.jobId);
    const record = await eventually(async () => {
      // An attempt that comes to its end in between takes the mark off again.
      await redisCommand(world.redis, `HSET {sealpost}:retry:job:${jobId} lapses 5`);
      return (await poison())[0];
    });
    expect(record).toMatchObject({
      subject: `mail.deferred.${jobId}`,
      reason: '5 workers ended in the middle of it',
    });
    world.script({});
    await eventually(async () => (await listQueue(world.system)).length === 0);
    expect(world.copies(message)).toBe(0);
    // Nothing else would look for it within five minutes.
    expect(await sealpost(world.system, 'poison', 'put-back', String(record.sequence))).toBe('1 done.\n');
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 1, doubles: 0 });
    expect(await poison()).toEqual([]);
  });

  test('row 39: the durable consumer deleted: made again, nothing lost, nothing doubled', async () => {
    const block = gate();
    world.script({ rules: [{ on: 'DATA', after: block.opened }] });
    await world.submitMany(5);
    await withStreams((manager) => manager.consumers.delete('MAIL', 'mx-delivery'));
    block.open();
    await world.submitMany(5);
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 10, doubles: 0 });
  });
});
