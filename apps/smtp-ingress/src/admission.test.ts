import { expect, test } from 'vitest';
import { Admission } from './admission.ts';
import type { Session } from './session/session.ts';

const limits = { maxConnections: 3, maxConnectionsPerAddress: 2, loginTimeoutMs: 60_000 };

function sessionFrom(clientAddress: string, on: Partial<Session> = {}): Session {
  const session = { clientAddress, isStranger: () => false, checkDeadline: () => undefined, ...on };
  return session as unknown as Session;
}

test('so many from an address, and so many in all, have a place', () => {
  const admission = new Admission(limits);
  const enter = (address: string) => admission.enter(sessionFrom(address));
  expect(['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'].map(enter)).toEqual([true, true, false, false]);
});

test('who leaves gives up one place, however often it is told', () => {
  const admission = new Admission(limits);
  const [first, second] = [sessionFrom('192.0.2.1'), sessionFrom('192.0.2.1')];
  admission.enter(first);
  admission.enter(second);
  admission.leave(first);
  admission.leave(first);
  expect(admission.all.size).toBe(1);
  expect([sessionFrom('192.0.2.1'), sessionFrom('192.0.2.1')].map((each) => admission.enter(each))).toEqual([
    true,
    false,
  ]);
});

test('each is looked at once a round, whoever leaves in it', () => {
  const admission = new Admission(limits);
  const looked: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const session = sessionFrom(name, {
      checkDeadline: () => {
        looked.push(name);
        admission.leave(session);
      },
    });
    admission.enter(session);
  }
  admission.sweep(0);
  expect(looked.sort()).toEqual(['a', 'b', 'c']);
});
