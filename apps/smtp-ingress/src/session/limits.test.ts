import { connect as connectPlain } from 'node:net';
import { Deadline } from '@sealpost/listening';
import { describe, expect, test } from 'vitest';
import { loginTimeoutMs } from '../admission.ts';
import { useListener } from '../../test/support/start-listener.ts';

describe('a client that is slow', () => {
  const mail = useListener({ deps: { deadlines: { idleMs: 400, minContentBytesPerSecond: 1024 } } });

  test('4.1 row 26: is told so when it says nothing, and is closed', async () => {
    const client = await mail.inTls();
    await client.expect(/^451 4\.4\.2 Timeout waiting for data from client\.\r\n/);
    await client.closed();
  });

  test('4.1 row 26: bytes of a command that never ends buy no time', async () => {
    const client = await mail.inTls();
    const dripping = setInterval(() => {
      client.write('N');
    }, 50);
    try {
      await client.expect(/^451 4\.4\.2 .*\r\n/);
    } finally {
      clearInterval(dripping);
    }
  });

  test('4.1 row 26: silence in the middle of content ends it, nothing is accepted', async () => {
    const client = await mail.readyForContent();
    client.write('Subject: half');
    await client.expect(/^451 4\.4\.2 .*\r\n/);
    expect(mail.submissions).toEqual([]);
  });

  test('4.1 row 26: chunks of one byte with NOOP between them buy no time', async () => {
    const client = await mail.authenticated();
    client.write('MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n');
    const dripping = setInterval(() => {
      client.write('BDAT 1\r\nxNOOP\r\n');
    }, 50);
    try {
      await client.expect(/^451 4\.4\.2 .*\r\n/m);
    } finally {
      clearInterval(dripping);
    }
  });

  test("a door that takes its time is not the client's fault", async () => {
    const client = await mail.readyForContent();
    const { promise, resolve } = Promise.withResolvers<{ kind: 'unavailable'; cause: 'queue' }>();
    mail.answer = () => promise;
    client.write('Subject: x\r\n\r\nx\r\n.\r\n');
    const other = await mail.inTls();
    await other.expect(/^451 4\.4\.2 .*\r\n/);
    expect(client.received).toBe('');
    resolve({ kind: 'unavailable', cause: 'queue' });
    await client.expect(/^451 Temporary service failure\r\n/);
  });
});

describe('the deadline', () => {
  const limits = { idleMs: 300_000, minContentBytesPerSecond: 1024 };

  test('4.1 row 26: content at one byte a second is given up after its first minute', () => {
    const deadline = new Deadline(limits, 0);
    const endedAt = Array.from({ length: 200 }, (_each, index) => (index + 1) * 1000).find((now) => {
      deadline.contentBytes(1, now);
      return deadline.isOver(now, false);
    });
    expect(endedAt).toBe(61_000);
  });

  test('content at a fair pace may take hours', () => {
    const deadline = new Deadline(limits, 0);
    for (let now = 1000; now < 4 * 3_600_000; now += 1000) {
      deadline.contentBytes(1100, now);
      expect(deadline.isOver(now, false)).toBe(false);
    }
  });

  test('4.1 row 26: a burst at the beginning pays for no trickle behind it', () => {
    const deadline = new Deadline(limits, 0);
    deadline.contentBytes(5_000_000, 0);
    const endedAt = Array.from({ length: 1000 }, (_each, index) => (index + 1) * 1000).find((now) => {
      deadline.contentBytes(1, now);
      return deadline.isOver(now, false);
    });
    expect(endedAt).toBe(301_000);
  });

  test('4.1 row 26: commands between chunks do not stop the clock of their transaction', () => {
    const deadline = new Deadline(limits, 0);
    deadline.contentBytes(5_000_000, 0);
    const endedAt = Array.from({ length: 1000 }, (_each, index) => (index + 1) * 1000).find((now) => {
      deadline.renew(now);
      return deadline.isOver(now, false);
    });
    expect(endedAt).toBe(301_000);
    deadline.contentEnds();
    expect(deadline.isOver(302_000, false)).toBe(false);
  });

  test('time in which we did not read does not count', () => {
    const deadline = new Deadline(limits, 0);
    deadline.contentBytes(1, 0);
    for (let now = 1000; now < 3_600_000; now += 1000) expect(deadline.isOver(now, true)).toBe(false);
    expect(deadline.isOver(3_601_000, false)).toBe(false);
  });
});

describe('a client that does not log in', () => {
  const mail = useListener({ admission: { loginTimeoutMs: 400 } });

  test('4.1 row 26: is told so and closed, whatever it says meanwhile; who has logged in stays', async () => {
    const known = await mail.authenticated();
    const stranger = await mail.inTls();
    const talking = setInterval(() => {
      stranger.write('NOOP\r\n');
    }, 50);
    try {
      await stranger.expect(/^421 4\.4\.2 Timeout waiting for authentication\r\n/m);
      await stranger.closed();
    } finally {
      clearInterval(talking);
    }
    await known.say('NOOP', /^250 Ok\r\n/);
  });

  test('T4: is told nothing while it owes a handshake on a TLS Wrapper port', async () => {
    const client = mail.add(connectPlain({ host: '127.0.0.1', port: mail.listener.tlsPorts[0] ?? 0 }));
    await client.closed();
    expect(client.received).toBe('');
  });

  test('4.1 row 32: has to hurry when three quarters of the places are taken', () => {
    const limits = { maxConnections: 20, maxConnectionsPerAddress: 20, loginTimeoutMs: 300_000 };
    expect([15, 16].map((count) => loginTimeoutMs(count, limits))).toEqual([300_000, 10_000]);
    expect(loginTimeoutMs(16, { ...limits, loginTimeoutMs: 5000 })).toBe(5000);
  });
});

describe('too many connections', () => {
  const mail = useListener({ admission: { maxConnections: 20, maxConnectionsPerAddress: 10 } });

  test('4.1 row 32: one more than an address may have is told so at once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => mail.plain()));
    const client = mail.add(connectPlain({ host: '127.0.0.1', port: mail.listener.starttlsPorts[0] ?? 0 }));
    await client.expect(/^421 Too many concurrent SMTP connections\r\n/);
    const other = mail.add(
      connectPlain({
        host: '127.0.0.1',
        port: mail.listener.starttlsPorts[0] ?? 0,
        localAddress: '127.0.0.2',
      }),
    );
    await other.expect(/^220 /);
  });
});

describe('overload', () => {
  const mail = useListener();

  test('row 15: with the store nearly full MAIL gets 452, and works again when there is room', async () => {
    const client = await mail.authenticated();
    mail.isStoreFull = true;
    await client.say('MAIL FROM:<a@x.test>', /^452 4\.3\.1 Insufficient system storage\r\n/);
    mail.isStoreFull = false;
    await client.say('MAIL FROM:<a@x.test>', /^250 /);
  });

  test('Q15: with too many messages waiting at the door MAIL gets 454, and works again afterwards', async () => {
    const client = await mail.authenticated();
    mail.isOverloaded = true;
    await client.say('MAIL FROM:<a@x.test>', /^454 Throttling failure: Maximum sending rate exceeded\r\n/);
    mail.isOverloaded = false;
    await client.say('MAIL FROM:<a@x.test>', /^250 Ok\r\n/);
  });

  test('a client that reads no answers gets no further commands in', async () => {
    const client = await mail.authenticated();
    client.socket.pause();
    const flood = Buffer.from('NOOP\r\n'.repeat(100_000));
    let isBlocked = false;
    for (let count = 0; count < 40 && !isBlocked; count += 1) isBlocked = !client.socket.write(flood);
    expect(isBlocked).toBe(true);
    await (await mail.inTls()).say('NOOP', /^250 Ok\r\n/);
  });
});
