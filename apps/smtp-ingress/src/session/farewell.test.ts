import { eventually } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { useListener } from '../../test/support/start-listener.ts';

describe('a client that says goodbye', () => {
  const mail = useListener();

  test.each([
    ['in the clear', () => mail.plain()],
    ['inside TLS', () => mail.inTls()],
    ['logged in', () => mail.authenticated()],
  ])('%s is answered, and the connection is over on both sides', async (_where, begin) => {
    const client = await begin();
    await client.say('QUIT', /^221 Bye\r\n$/);
    await client.closed();
    await eventually(() => mail.listener.connections() === 0);
  });

  test('and goes on talking has its answer all the same, and nothing else', async () => {
    const client = await mail.authenticated();
    client.write(`QUIT\r\n${'NOOP\r\n'.repeat(10_000)}`);
    await client.expect(/^221 Bye\r\n/);
    await client.closed();
    expect(client.received).not.toContain('250');
  });
});
