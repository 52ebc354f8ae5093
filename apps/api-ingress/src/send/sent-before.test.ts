import { formatMessageId } from '@sealpost/mail';
import { expect, test } from 'vitest';
import { sentBefore } from './sent-before.ts';

const log = { debug: () => undefined };
const idAt = (at: number) => formatMessageId('us-east-1', at, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');

test('the first id of a call counts until it is forgotten; another call has another', async () => {
  const clock = { now: 0 };
  const calls = sentBefore(undefined, () => clock.now, log);
  expect(await calls.claim('a', idAt(1))).toMatchObject({ messageId: idAt(1), isDone: false });
  expect(await calls.claim('a', idAt(2))).toMatchObject({ messageId: idAt(1), isDone: false });
  calls.done('a', idAt(1));
  expect(await calls.claim('a', idAt(3))).toMatchObject({ messageId: idAt(1), isDone: true });
  expect(await calls.claim('b', idAt(4))).toMatchObject({ messageId: idAt(4), isDone: false });
  clock.now = 600_001;
  expect(await calls.claim('a', idAt(5))).toMatchObject({ messageId: idAt(5), isDone: false });
});

test('calls are bounded, the oldest go first', async () => {
  const calls = sentBefore(undefined, () => 0, log);
  for (let count = 0; count <= 10_000; count += 1) await calls.claim(String(count), idAt(count));
  expect(await calls.claim('10000', idAt(1))).toMatchObject({ messageId: idAt(10_000) });
  expect(await calls.claim('0', idAt(7))).toMatchObject({ messageId: idAt(7) });
});
