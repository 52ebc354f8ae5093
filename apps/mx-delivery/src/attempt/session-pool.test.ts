import { once } from 'node:events';
import { eventually } from '@sealpost/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { useConnections } from '../../test/support/open-connection.ts';
import type { ReceiverSession } from './open-session.ts';
import { openSessionPool, type SessionPool } from './session-pool.ts';

const connection = useConnections();
const pools: SessionPool[] = [];

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

async function poolWithSession() {
  const { session, receiver } = await connection();
  const pool = openSessionPool();
  pools.push(pool);
  const { host, port } = session.mx;
  return {
    pool,
    session,
    receiver,
    take: () => pool.take({ host, port, required: 'none', sources: undefined }),
  };
}

/** Nobody asked for it. */
async function say(what: { session: ReceiverSession; receiver: { write: (text: string) => unknown } }) {
  what.receiver.write('421 4.3.2 Shutting down\r\n');
  await eventually(() => what.session.client.hasUnreadBytes);
}

describe('a session that several have', () => {
  test('carries no further message until the last one has put it back', async () => {
    const { pool, session, take } = await poolWithSession();
    pool.share(session);
    pool.share(session);
    pool.put(session);
    expect(take()).toBeUndefined();
    pool.put(session);
    expect(take()).toBeUndefined();
    pool.put(session);
    expect(take()).toBe(session);
    expect(take()).toBeUndefined();
  });

  test('is given to no more than there are messages left of a thousand, and closed after those', async () => {
    const { pool, session, take } = await poolWithSession();
    for (let served = 0; served < 998; served += 1) {
      pool.put(session);
      expect(take()).toBe(session);
    }
    expect(pool.mayShare(session)).toBe(true);
    pool.share(session);
    expect(pool.mayShare(session)).toBe(false);
    pool.put(session);
    expect(session.client.isOpen).toBe(true);
    pool.put(session);
    expect(session.client.isOpen).toBe(false);
    expect(take()).toBeUndefined();
  });
});

describe('row 100: a session in which the receiver said what nobody asked for', () => {
  test('is neither shared nor kept', async () => {
    const all = await poolWithSession();
    expect(all.pool.mayShare(all.session)).toBe(true);
    await say(all);
    expect(all.pool.mayShare(all.session)).toBe(false);
    all.pool.put(all.session);
    expect(all.session.client.isOpen).toBe(false);
    expect(all.take()).toBeUndefined();
  });

  test('while it was idle, ends instead of carrying mail', async () => {
    const all = await poolWithSession();
    all.pool.put(all.session);
    await say(all);
    const closed = once(all.receiver, 'close');
    expect(all.take()).toBeUndefined();
    await closed;
  });
});

test('a session that the receiver closed is not shared', async () => {
  const { pool, session, receiver } = await poolWithSession();
  receiver.end();
  await eventually(() => !session.client.isOpen);
  expect(pool.mayShare(session)).toBe(false);
});
