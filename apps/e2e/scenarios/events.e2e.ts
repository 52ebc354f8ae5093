import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type Agent } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v1 from '@aws-sdk/client-ses';
import * as v2 from '@aws-sdk/client-sesv2';
import {
  eventually,
  isSignedBy,
  startWebhook,
  testAuthority,
  type SnsEnvelope,
  type Webhook,
} from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listDeadNotices, runCommand, sealpost } from '../support/command.ts';
import { hostOf, startInternet, type Internet } from '../support/receivers.ts';
import { startSystem, type System } from '../support/system.ts';
import { agentFor, sdkSettings } from '../support/sdk-settings.ts';

const topic = (name: string) => `arn:aws:sns:us-east-1:111122223333:${name}`;

interface Told {
  readonly eventType?: string;
  readonly notificationType?: string;
  readonly mail: { readonly messageId: string };
}

describe('events on their way out', () => {
  let internet: Internet;
  let webhook: Webhook;
  let system: System;
  let folder: string;
  let ses: v1.SESClient;
  let sesv2: v2.SESv2Client;
  let agent: Agent;

  beforeAll(async () => {
    internet = await startInternet(
      {
        'mx.good.test': {},
        'mx.unknown.test': { rules: [{ on: 'RCPT', reply: '550 5.1.1 unknown user' }] },
      },
      { 'good.test': ['mx.good.test'], 'unknown.test': ['mx.unknown.test'] },
    );
    webhook = await startWebhook();
    folder = await mkdtemp(path.join(tmpdir(), 'sealpost-events-'));
    const ca = path.join(folder, 'ca.pem');
    await writeFile(ca, (await testAuthority()).certificatePem);
    system = await startSystem({
      env: {
        ...internet.env,
        NODE_EXTRA_CA_CERTS: ca,
        EVENT_TARGETS: ['hook', 'dead', 'identity', 'gone', 'quiet']
          .map((name) => `${topic(name)}=${webhook.origin}/${name}`)
          .join(' '),
        EVENT_ALLOWED_NETWORKS: '127.0.0.0/8',
        EVENT_WEBHOOK_TIMEOUT: '1s',
        EVENT_RETRY_SCHEDULE: '200ms',
      },
    });
    agent = await agentFor(system);
    const settings = sdkSettings(system, agent);
    ses = new v1.SESClient(settings);
    sesv2 = new v2.SESv2Client(settings);
  });

  afterAll(async () => {
    ses.destroy();
    sesv2.destroy();
    agent.destroy();
    await system.dispose();
    await webhook.close();
    await internet.close();
    await rm(folder, { recursive: true });
  });

  /** What anybody gets who opens a link. */
  function open(url: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      get(url, { agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
        });
      }).once('error', reject);
    });
  }

  /** As a receiver does: it waits for the question, checks who asks, and follows the link. */
  async function confirm(name: string): Promise<void> {
    const asked = await eventually(
      () =>
        webhook.calls(`/${name}`).find(({ envelope }) => envelope.Type === 'SubscriptionConfirmation')
          ?.envelope,
      { what: `a question at ${name}` },
    );
    expect(isSignedBy((await open(asked.SigningCertURL)).body, asked)).toBe(true);
    const answer = await open(asked.SubscribeURL ?? '');
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(`<SubscriptionArn>${topic(name)}:`);
  }

  const told = (name: string): readonly (Told & { readonly envelope: SnsEnvelope })[] =>
    webhook
      .calls(`/${name}`)
      .filter(({ envelope }) => envelope.Message.startsWith('{'))
      .map(({ envelope }) => ({ ...(JSON.parse(envelope.Message) as Told), envelope }));

  const waitFor = (name: string, messageId: string, type: string) =>
    eventually(
      () =>
        told(name).find(
          (each) => each.mail.messageId === messageId && (each.eventType ?? each.notificationType) === type,
        ),
      { timeoutMs: 30_000, what: `${type} of ${messageId} at ${name}` },
    );

  const addDestination = (set: string, name: string, to: v2.EventDestinationDefinition) =>
    sesv2.send(
      new v2.CreateConfigurationSetEventDestinationCommand({
        ConfigurationSetName: set,
        EventDestinationName: name,
        EventDestination: {
          Enabled: true,
          MatchingEventTypes: ['SEND', 'DELIVERY', 'BOUNCE', 'DELIVERY_DELAY'],
          ...to,
        },
      }),
    );

  async function send(set: string, to: string): Promise<string> {
    const sent = await sesv2.send(
      new v2.SendEmailCommand({
        FromEmailAddress: 'Shop <app@sender.test>',
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hello' } } } },
        EmailTags: [{ Name: 'campaign', Value: 'spring' }],
        ConfigurationSetName: set,
      }),
    );
    return sent.MessageId ?? '';
  }

  test('a webhook confirms by the link it was sent, and gets the events of its set, signed, with the TLS evidence', async () => {
    await confirm('hook');
    await sesv2.send(new v2.CreateConfigurationSetCommand({ ConfigurationSetName: 'shop' }));
    await addDestination('shop', 'webhook', { SnsDestination: { TopicArn: topic('hook') } });
    await addDestination('shop', 'counters', {
      CloudWatchDestination: {
        DimensionConfigurations: [
          { DimensionName: 'campaign', DimensionValueSource: 'MESSAGE_TAG', DefaultDimensionValue: 'none' },
        ],
      },
    });
    const messageId = await send('shop', 'b@good.test');
    await waitFor('hook', messageId, 'Send');
    const delivery = await waitFor('hook', messageId, 'Delivery');
    expect(delivery).toMatchObject({
      mail: { tags: { campaign: ['spring'], 'ses:configuration-set': ['shop'] } },
      delivery: {
        recipients: ['b@good.test'],
        tls: { achieved: 'authenticated', mx: { host: 'mx.good.test' } },
      },
    });
    expect(JSON.stringify(delivery)).not.toContain('dialogue');
    const certificate = await open(delivery.envelope.SigningCertURL);
    expect(certificate.status).toBe(200);
    expect(isSignedBy(certificate.body, delivery.envelope)).toBe(true);
    expect(delivery.envelope.SigningCertURL).toMatch(/\.pem$/);
    await eventually(async () => {
      const metrics = await fetch(
        `http://127.0.0.1:${String(system.ports.operations.policyService)}/metrics`,
      );
      return /^sealpost_cloudwatch_events_total\{.*campaign="spring".*event="Delivery".* 1$/m.test(
        await metrics.text(),
      );
    });
  });

  test('what became of a message is asked by its id: GetMessageInsights, sealpost message, sealpost evidence', async () => {
    const messageId = await send('shop', 'gone@unknown.test');
    await waitFor('hook', messageId, 'Bounce');
    const insights = await sesv2.send(new v2.GetMessageInsightsCommand({ MessageId: messageId }));
    expect(insights).toMatchObject({
      MessageId: messageId,
      FromEmailAddress: 'Shop <app@sender.test>',
      Subject: 'Hello',
      Insights: [{ Destination: 'gone@unknown.test', Events: [{ Type: 'SEND' }, { Type: 'BOUNCE' }] }],
    });
    const bounce = insights.Insights?.[0]?.Events?.[1];
    expect(bounce?.Timestamp).toBeInstanceOf(Date);
    expect(bounce?.Details?.Bounce).toEqual({
      BounceType: 'PERMANENT',
      BounceSubType: 'NoEmail',
      DiagnosticCode: 'smtp; 550 5.1.1 unknown user',
    });
    expect(insights.EmailTags).toContainEqual({ Name: 'campaign', Value: 'spring' });
    const unknown = messageId.replace(/-\d{6}$/, '-000001');
    await expect(sesv2.send(new v2.GetMessageInsightsCommand({ MessageId: unknown }))).rejects.toBeInstanceOf(
      v2.NotFoundException,
    );
    const shown = await sealpost(system, 'message', messageId);
    expect(shown).toContain('subject  Hello');
    expect(shown).toMatch(/Bounce +gone@unknown\.test +Permanent\/NoEmail +smtp; 550 5\.1\.1 unknown user/);
    const evidence = await sealpost(system, 'evidence', messageId, '--dialogue');
    expect(evidence).toMatch(/^ {2}TLS +TLSv1\.[23] /m);
    expect(evidence).toMatch(/^ {2}host +mx\.unknown\.test \[127\./m);
    expect(evidence).toMatch(/^ {2}< +550 5\.1\.1 unknown user$/m);
    const missing = await runCommand(['message', unknown], { NATS_URL: system.natsUrl });
    expect(missing).toMatchObject({ status: 1, stdout: '' });
    expect(missing.stderr).toContain('No event of');
  });

  test('row 41: with a webhook that never answers, mail and the other webhooks go on', async () => {
    await confirm('dead');
    webhook.script('/dead', 'silence');
    await addDestination('shop', 'silent', { SnsDestination: { TopicArn: topic('dead') } });
    const ids = await Promise.all(Array.from({ length: 30 }, () => send('shop', 'b@good.test')));
    for (const id of ids) await waitFor('hook', id, 'Delivery');
    expect(hostOf(internet, 'mx.good.test').messages().length).toBeGreaterThanOrEqual(30);
    webhook.script('/dead', 200);
    for (const id of ids) await waitFor('dead', id, 'Delivery');
  });

  const notices = () => listDeadNotices(system);

  test('what a webhook refused is kept aside: listed with the reason, shown, put back, dropped', async () => {
    await confirm('gone');
    await addDestination('shop', 'gone', { SnsDestination: { TopicArn: topic('gone') } });
    // The question, and that the topic is good.
    await eventually(() => webhook.calls('/gone').length === 2);
    webhook.script('/gone', 410);
    const messageId = await send('shop', 'b@good.test');
    const [first] = await eventually(
      async () => {
        const kept = await notices();
        return kept.length === 2 ? kept : undefined;
      },
      { what: 'two notices kept aside' },
    );
    expect(first?.reason).toContain('410');
    expect(await sealpost(system, 'notices', 'list')).toMatch(/^NUMBER +GIVEN UP +WEBHOOK +NOTICE +REASON\n/);
    const number = String(first?.sequence);
    expect(await sealpost(system, 'notices', 'show', number)).toContain(messageId);
    // Refused again: it is kept again, and not taken for a repeat of the first time.
    expect(await sealpost(system, 'notices', 'put-back', number)).toBe('1 done.\n');
    await eventually(async () => (await notices()).some(({ sequence }) => sequence > 2));
    expect(await notices()).toHaveLength(2);
    webhook.script('/gone', 200);
    expect(await sealpost(system, 'notices', 'put-back', '--webhook', first?.key ?? '')).toBe('2 done.\n');
    await waitFor('gone', messageId, 'Send');
    await waitFor('gone', messageId, 'Delivery');
    expect(await sealpost(system, 'notices', 'list')).toBe('No notice is kept.\n');
    webhook.script('/gone', 410);
    await send('shop', 'b@good.test');
    await eventually(async () => (await notices()).length === 2);
    expect(await sealpost(system, 'notices', 'drop', '--all')).toBe('2 done.\n');
    expect(await notices()).toEqual([]);
    await expect(sealpost(system, 'notices', 'drop')).rejects.toThrow('Say which');
    webhook.script('/gone', 200);
  });

  test('the webhooks are listed with the state of their subscription, and without the token that confirms it', async () => {
    const env = {
      NATS_URL: system.natsUrl,
      POLICY_SERVICE_ADDRESS: `127.0.0.1:${String(system.ports.policy)}`,
    };
    const { stdout } = await runCommand(['notices', 'subscriptions'], env);
    expect(stdout).toMatch(/^WEBHOOK +STATE +SINCE +TOPIC +URL\n/);
    expect(stdout).toMatch(/^[0-9a-f]{32} +confirmed +\S+ +arn:aws:sns:\S+:gone +https:\S+\/gone$/m);
    expect(stdout).toMatch(/^[0-9a-f]{32} +pending +\S+ +arn:aws:sns:\S+:quiet /m);
    expect(stdout).not.toMatch(/[0-9a-f]{128}/);
  });

  test('what happens while nobody can tell of it is told afterwards', async () => {
    process.kill(await system.pidOf('policy-service'), 'SIGKILL');
    const messageId = await send('shop', 'b@good.test');
    await waitFor('hook', messageId, 'Delivery');
  });

  test('the topic of an identity gets notifications in their own form', async () => {
    await confirm('identity');
    await ses.send(new v1.VerifyDomainIdentityCommand({ Domain: 'sender.test' }));
    await ses.send(
      new v1.SetIdentityNotificationTopicCommand({
        Identity: 'sender.test',
        NotificationType: 'Bounce',
        SnsTopic: topic('identity'),
      }),
    );
    const messageId = await send('shop', 'gone2@unknown.test');
    expect(await waitFor('identity', messageId, 'Bounce')).toMatchObject({
      notificationType: 'Bounce',
      bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: 'gone2@unknown.test' }] },
    });
  });
});
