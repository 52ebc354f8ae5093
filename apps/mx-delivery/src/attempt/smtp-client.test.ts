import { eventually } from '@sealpost/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { useConnections, type Connection } from '../../test/support/open-connection.ts';

const connection = useConnections();

afterEach(() => {
  vi.useRealTimers();
});

const codes = (answers: readonly { readonly kind: string; readonly reply?: { readonly text: string } }[]) =>
  answers.map(({ kind, reply }) => reply?.text ?? kind);

/** Nobody has asked for it. */
async function say({ session, receiver }: Connection, text: string): Promise<void> {
  receiver.write(text);
  await eventually(() => session.client.hasUnreadBytes);
}

describe('several wait for their replies', () => {
  test('each gets its own, also when they come together', async () => {
    const { session, receiver } = await connection();
    const answers = [session.client.readReply(5000), session.client.readReply(5000)];
    receiver.write('250 first\r\n250 second\r\n');
    expect(codes(await Promise.all(answers))).toEqual(['first', 'second']);
  });

  test('the time of each begins when it is the first', async () => {
    const { session, receiver } = await connection();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const answers = [session.client.readReply(1000), session.client.readReply(5000)] as const;
    receiver.write('250 first\r\n');
    await answers[0];
    vi.advanceTimersByTime(4900);
    receiver.write('250 second\r\n');
    expect(codes(await Promise.all(answers))).toEqual(['first', 'second']);
  });

  test.each([
    { when: 'a handshake begins', end: ({ session }: Connection) => void session.client.detach() },
    { when: 'the connection ends', end: ({ receiver }: Connection) => void receiver.destroy() },
  ])('no timer is left when $when', async ({ end }) => {
    const connected = await connection();
    const { session, receiver } = connected;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const answer = session.client.readReply(5000);
    receiver.write('220 go ahead\r\n');
    await answer;
    expect(vi.getTimerCount()).toBe(1);
    end(connected);
    await eventually(() => vi.getTimerCount() === 0);
  });

  test('row 100: out of step at one, they are all: what else came is nobody’s answer', async () => {
    const { session, receiver } = await connection();
    const answers = [session.client.readReply(5000, () => false), session.client.readReply(5000)];
    receiver.write('250 one\r\n250 another\r\n');
    expect(codes(await Promise.all(answers))).toEqual(['broken', 'broken']);
    expect(session.client.isOpen).toBe(false);
  });
});

describe('row 100: replies ahead of the command', () => {
  test('a yes is none to it, nor is what follows that', async () => {
    const open = await connection();
    await say(open, '250 ahead\r\n250 more\r\n');
    open.session.client.sendCommands(['MAIL FROM:<a@x.test>']);
    expect(codes([await open.session.client.readReply(5000)])).toEqual(['broken']);
  });

  test('row 106: a 421 is understood', async () => {
    const open = await connection();
    await say(open, '421 4.3.2 bye\r\n');
    open.session.client.sendCommands(['MAIL FROM:<a@x.test>']);
    expect(codes([await open.session.client.readReply(5000)])).toEqual(['4.3.2 bye']);
    expect(open.session.client.isOpen).toBe(false);
  });
});

test('a connection over which no reply came in time is over', async () => {
  const { session } = await connection();
  expect(codes([await session.client.readReply(20)])).toEqual(['timeout']);
  expect(session.client.isOpen).toBe(false);
});
