// Faults, section 3: policy-service ends between the durable steps of an event on its way out. Its own records are one
// write each: there is nothing in between.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateConfigurationSetEventDestinationCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { eventually, startWebhook, testAuthority, type Webhook } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCrashWorld, type CrashWorld } from '../support/crash-world.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:hook';

describe('faults: crash points of events', () => {
  let folder: string;
  let webhook: Webhook;
  let world: CrashWorld;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sealpost-crash-events-'));
    const ca = path.join(folder, 'ca.pem');
    await writeFile(ca, (await testAuthority()).certificatePem);
    webhook = await startWebhook();
    world = await startCrashWorld({
      NODE_EXTRA_CA_CERTS: ca,
      EVENT_TARGETS: `${TOPIC}=${webhook.origin}/hook`,
      EVENT_ALLOWED_NETWORKS: '127.0.0.0/8',
      EVENT_RETRY_SCHEDULE: '200ms',
    });
    await subscribe();
  });

  afterAll(async () => {
    await world.close();
    await webhook.close();
    await rm(folder, { recursive: true });
  });

  const calls = (messageId: string) =>
    webhook
      .calls('/hook')
      .filter(({ envelope }) => envelope.Message.startsWith('{') && envelope.Message.includes(messageId));

  test.each(['event:noticed', 'notice:posted'])(
    'policy-service killed at %s: the webhook is told, twice perhaps, under one id',
    async (point) => {
      const message = await world.crashingAt(point, () => world.submit({ set: 'told' }));
      const told = await eventually(() => calls(message.messageId).length > 0 && calls(message.messageId), {
        timeoutMs: 60_000,
        what: 'a call of the webhook',
      });
      expect(new Set(told.map(({ envelope }) => envelope.MessageId)).size).toBe(1);
      expect(await world.settled()).toMatchObject({ lost: [], delivered: 1, doubles: 0 });
    },
  );

  /** A set whose deliveries are told, and a receiver that has said that it wants them. */
  async function subscribe(): Promise<void> {
    await world.ses.createSet('told', 'Optional');
    const agent = await agentFor(world.system);
    const client = new SESv2Client(sdkSettings(world.system, agent));
    await client.send(
      new CreateConfigurationSetEventDestinationCommand({
        ConfigurationSetName: 'told',
        EventDestinationName: 'hook',
        EventDestination: {
          Enabled: true,
          MatchingEventTypes: ['DELIVERY'],
          SnsDestination: { TopicArn: TOPIC },
        },
      }),
    );
    const link = await eventually(() => webhook.calls('/hook')[0]?.envelope.SubscribeURL, {
      what: 'the question',
    });
    await new Promise<void>((resolve, reject) => {
      request(link, { agent }, (response) => {
        response.resume().once('end', resolve);
      })
        .once('error', reject)
        .end();
    });
    client.destroy();
    agent.destroy();
  }
});
