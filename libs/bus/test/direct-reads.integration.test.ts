import type { DeferredJob } from '@sealpost/mail';
import { acceptedMessage, eventually, startNats, type Engine } from '@sealpost/testing';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectBus, type Bus } from '../src/index.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
let nats: Engine;
let operator: NatsConnection;
let bus: Bus;
/** How a record of DEFERRED was asked for: of what is answered, all of it has been seen after a flush. */
const asked = { directly: 0, ofLeader: 0 };

async function timesAsked(): Promise<{ readonly directly: number; readonly ofLeader: number }> {
  await operator.flush();
  return { ...asked };
}

beforeAll(async () => {
  nats = await startNats();
  operator = await connect({ servers: nats.url });
  operator.subscribe('$JS.API.DIRECT.GET.DEFERRED.>', { callback: () => (asked.directly += 1) });
  operator.subscribe('$JS.API.STREAM.MSG.GET.DEFERRED', { callback: () => (asked.ofLeader += 1) });
  await operator.flush();
  bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
});

afterAll(async () => {
  await bus.close();
  await operator.close();
  await nats.stop();
});

async function deferredJob(): Promise<{ readonly job: DeferredJob; readonly sequence: number }> {
  const content = { kind: 'inline', bytes: Buffer.from('Subject: x\r\n\r\n\u0000\u00ff') } as const;
  const message = acceptedMessage({ content });
  const { recipients } = message.envelope;
  const job = { jobId: `${message.messageId}-0`, recipients, attemptCount: 1, message };
  const written = await bus.deferred.write(job, 0);
  if (written.kind !== 'stored') throw new Error(written.kind);
  return { job, sequence: written.sequence };
}

/** `directly`: how it is read from now on. */
async function untilRead(jobId: string, directly: boolean): Promise<void> {
  const isDirect = async () => {
    const before = await timesAsked();
    await bus.deferred.find(jobId);
    return (await timesAsked()).directly > before.directly;
  };
  await eventually(async () => (await isDirect()) === directly, { timeoutMs: 20_000 });
}

test('a stream with one copy is read directly: the job as it was written, its newest record, and no more when it is gone', async () => {
  const { job, sequence } = await deferredJob();
  await untilRead(job.jobId, true);
  const { ofLeader } = await timesAsked();
  expect(await bus.deferred.find(job.jobId)).toEqual({ kind: 'job', job, sequence });
  const newer = { ...job, attemptCount: 2 };
  await bus.deferred.write(newer, sequence);
  expect(await bus.deferred.find(job.jobId)).toEqual({ kind: 'job', job: newer, sequence: sequence + 1 });
  expect((await timesAsked()).ofLeader).toBe(ofLeader);
  await bus.deferred.remove(sequence + 1);
  expect(await bus.deferred.find(job.jobId)).toEqual({ kind: 'gone' });
  // That it is gone is the leader's word.
  expect((await timesAsked()).ofLeader).toBe(ofLeader + 1);
});

test('a mirror that answers in place of the stream is not believed: it keeps what is settled', async () => {
  const manager = await operator.jetstreamManager();
  await manager.streams.add({ name: 'BACKUP', mirror: { name: 'DEFERRED' }, mirror_direct: true });
  const { job, sequence } = await deferredJob();
  await untilRead(job.jobId, true);
  // A mirror that could not begin tries again after some seconds.
  await eventually(async () => (await manager.streams.info('BACKUP')).state.messages > 0, {
    timeoutMs: 30_000,
  });
  const found = async () => (await bus.deferred.find(job.jobId)).kind;
  const reads = () => Promise.all(Array.from({ length: 50 }, found));
  expect(new Set(await reads())).toEqual(new Set(['job']));
  await bus.deferred.remove(sequence);
  expect(new Set(await reads())).toEqual(new Set(['gone']));
  await manager.streams.delete('BACKUP');
});

test('a stream that gives no direct reads any more is asked through its leader', async () => {
  const { job, sequence } = await deferredJob();
  await untilRead(job.jobId, true);
  const manager = await operator.jetstreamManager();
  await manager.streams.update('DEFERRED', { allow_direct: false });
  expect(await bus.deferred.find(job.jobId)).toEqual({ kind: 'job', job, sequence });
  await untilRead(job.jobId, false);
  expect(await bus.deferred.find(job.jobId)).toEqual({ kind: 'job', job, sequence });
});
