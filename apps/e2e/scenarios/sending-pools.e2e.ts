// Mail of a configuration set leaves from the addresses of its pool.
import * as v2 from '@aws-sdk/client-sesv2';
import { eventually, startReceiver, type Receiver } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listQueue } from '../support/command.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';
import { startSystem, type System } from '../support/system.ts';

describe('sending pools', () => {
  let internet: Internet;
  let six: Receiver;
  let system: System;
  let ses: v2.SESv2Client;

  beforeAll(async () => {
    internet = await startInternet(
      { 'mx.receiver.test': {} },
      { 'receiver.test': ['mx.receiver.test'], 'six.test': ['mx.six.test'] },
      { 'mx.six.test': { AAAA: ['::1'] } },
    );
    six = await startReceiver({ hostName: 'mx.six.test', address: '::1', port: internet.port });
    system = await startSystem({
      env: {
        ...internet.env,
        MX_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
        SENDING_POOLS: 'news=127.0.0.51,127.0.0.52 receipts=127.0.0.61,::1',
      },
    });
    ses = new v2.SESv2Client(sdkSettings(system, await agentFor(system)));
    for (const PoolName of ['news', 'receipts', 'elsewhere']) {
      await ses.send(new v2.CreateDedicatedIpPoolCommand({ PoolName }));
      await ses.send(
        new v2.CreateConfigurationSetCommand({
          ConfigurationSetName: PoolName,
          DeliveryOptions: { SendingPoolName: PoolName },
        }),
      );
    }
  });

  afterAll(async () => {
    ses.destroy();
    await system.dispose();
    await six.close();
    await internet.close();
  });

  const send = (set: string | undefined, subject: string, to = 'someone@receiver.test') =>
    ses.send(
      new v2.SendEmailCommand({
        FromEmailAddress: 'app@sender.test',
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: 'x' } } } },
        ConfigurationSetName: set,
      }),
    );

  /** Where the mails of this subject came from, one each. */
  const sourcesOf = (subject: string) =>
    hostOf(internet, 'mx.receiver.test')
      .connections()
      .flatMap(({ messages, remoteAddress }) => messages.map(({ content }) => ({ content, remoteAddress })))
      .filter(({ content }) => content.includes(`Subject: ${subject}\r\n`))
      .map(({ remoteAddress }) => remoteAddress);

  test('mail of each set leaves from addresses of its pool, on connections of their own', async () => {
    // Beside each other and after each other: connections are kept, and never shared by two pools.
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(['news', 'receipts', 'elsewhere'].flatMap((set) => [send(set, set), send(set, set)]));
      await send(undefined, 'none');
    }
    await eventually(() => ['news', 'receipts', 'elsewhere'].every((set) => sourcesOf(set).length === 10));
    await eventually(() => sourcesOf('none').length === 5);
    const all = (subject: string) => new Set(sourcesOf(subject));
    expect([...all('news')].every((source) => ['127.0.0.51', '127.0.0.52'].includes(source))).toBe(true);
    expect(all('receipts')).toEqual(new Set(['127.0.0.61']));
    for (const subject of ['elsewhere', 'none']) {
      const pooled = [...all(subject)].filter((source) => /^127\.0\.0\.[56]\d$/.test(source));
      expect(pooled).toEqual([]);
    }
  });

  test('an IPv6 host gets mail from the IPv6 address of the pool, and none from a pool that has none', async () => {
    await send('receipts', 'by IPv6', 'someone@six.test');
    await eventually(() => six.messages().length === 1);
    expect(six.connections().map(({ remoteAddress }) => remoteAddress)).toEqual(['::1']);
    await send('news', 'not by IPv6', 'someone@six.test');
    const waiting = await eventually(
      async () => (await listQueue(system, '--domain', 'six.test')).find(({ state }) => state === 'deferred'),
      { what: 'the deferred mail' },
    );
    expect(waiting.lastAnswer).toContain('the pool news has no address to reach ::1 from');
    expect(six.connections()).toHaveLength(1);
  });
});
