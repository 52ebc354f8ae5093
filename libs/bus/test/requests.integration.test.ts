import { startNats, type Engine } from '@sealpost/testing';
import { connect, headers, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishDurably } from '../src/publish.ts';
import { openRequests } from '../src/requests.ts';
import { deleteRecord, lastRecordSoon } from '../src/stream-records.ts';
import { openTurn } from '../src/turn.ts';

let nats: Engine;
let connection: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url });
});

afterAll(async () => {
  await connection.close();
  await nats.stop();
});

function openOver(turn = openTurn()) {
  return openRequests(connection, { inboxPrefix: undefined, turn, isConnected: () => true });
}

test('what was given up before it left is not sent any more', async () => {
  const heard: string[] = [];
  connection.subscribe('desk', {
    callback: (_error, message) => {
      heard.push(message.string());
      message.respond('heard');
    },
  });
  const requests = openOver();
  const first = requests.ask({ subject: 'desk', bytes: Buffer.from('first') }, 1000);
  requests.abandon('the connection was lost');
  expect(await first).toEqual({ kind: 'unanswered', detail: 'the connection was lost' });
  expect(await requests.ask({ subject: 'desk', bytes: Buffer.from('second') }, 1000)).toMatchObject({
    kind: 'answer',
  });
  expect(heard).toEqual(['second']);
});

test('a question that nobody answers ends in time, and one that nobody serves at once', async () => {
  connection.subscribe('silent', { callback: () => undefined });
  const requests = openOver();
  const question = (subject: string) => requests.ask({ subject, bytes: Buffer.alloc(0) }, 200);
  expect(await question('silent')).toEqual({ kind: 'unanswered', detail: 'no answer of NATS in time' });
  expect(await question('nobody')).toMatchObject({
    kind: 'unanswered',
    detail: expect.stringMatching(/^503/) as string,
  });
});

test('a record that is gone is removed again without harm; a refusal for another reason is told', async () => {
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: 'RECORDS', subjects: ['records.*'] });
  const { seq } = await connection.jetstream().publish('records.a', 'x');
  const requests = openOver();
  await deleteRecord(requests, 'RECORDS', seq);
  await deleteRecord(requests, 'RECORDS', seq);
  await deleteRecord(requests, 'RECORDS', 1000);
  await expect(deleteRecord(requests, 'MISSING', 1)).rejects.toThrow('stream not found');
});

test('an answer to a direct read that does not tell where the record stands is not taken for one', async () => {
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: 'PLAIN', subjects: ['plain.*'], allow_direct: false });
  const { seq } = await connection.jetstream().publish('plain.a', 'kept');
  const told = headers();
  told.set('Nats-Stream', 'PLAIN');
  connection.subscribe('$JS.API.DIRECT.GET.PLAIN.>', {
    callback: (_error, message) => message.respond('another', { headers: told }),
  });
  const copy = { answersDirectly: () => true, noteSilence: () => undefined };
  const record = await lastRecordSoon(openOver(), 'PLAIN', { subject: 'plain.a', copy });
  expect(record).toEqual({ sequence: seq, data: Buffer.from('kept') });
});

test('what is published without hurry is added to the turn as such, and what is in a hurry is not', async () => {
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: 'HURRY', subjects: ['hurry.*'] });
  const turn = openTurn();
  const hurries: (boolean | undefined)[] = [];
  const requests = openOver({
    ...turn,
    add: (send, isUnhurried) => {
      hurries.push(isUnhurried);
      turn.add(send, isUnhurried);
    },
  });
  const bytes = Buffer.from('x');
  const unhurried = await publishDurably(requests, { subject: 'hurry.a', bytes, isUnhurried: true });
  const hurried = await publishDurably(requests, { subject: 'hurry.a', bytes });
  expect([unhurried.kind, hurried.kind]).toEqual(['stored', 'stored']);
  expect(hurries).toEqual([true, undefined]);
});
