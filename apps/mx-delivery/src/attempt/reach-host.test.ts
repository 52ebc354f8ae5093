import { eventually } from '@sealpost/testing';
import type { TlsLevel } from '@sealpost/mail';
import { expect, test } from 'vitest';
import { useConnections, type Connection } from '../../test/support/open-connection.ts';
import { handedSession } from './reach-host.ts';

const connection = useConnections();

/** What an attempt at `host` has of a session that came with its place. */
function handed({ session }: Connection, host = 'mx.y.test', required: TlsLevel = 'none') {
  let drops = 0;
  const takeOver = () => ({ session, drop: () => (drops += 1) });
  const demand = { required, handshakeRefusedBefore: false, sendingPool: undefined };
  const taken = handedSession({ host, preference: 20 }, demand, { takeOver });
  return { taken, drops };
}

test('a session that came with the place is used, by the rank of the host in its own domain', async () => {
  const open = await connection();
  const { taken, drops } = handed(open);
  expect(taken?.client).toBe(open.session.client);
  expect(taken?.mx.preference).toBe(20);
  expect(drops).toBe(0);
});

test.each<[string, string, TlsLevel, (open: Connection) => void]>([
  ['is with another host', 'mx2.y.test', 'none', () => undefined],
  ['T11: is in the clear where TLS is required', 'mx.y.test', 'encrypted', () => undefined],
  ['has ended meanwhile', 'mx.y.test', 'none', ({ receiver }) => receiver.destroy()],
])('one that %s is dropped', async (_why, host, required, happens) => {
  const open = await connection();
  happens(open);
  await eventually(() => open.session.client.isOpen === !open.receiver.destroyed);
  expect(handed(open, host, required)).toEqual({ taken: undefined, drops: 1 });
});
