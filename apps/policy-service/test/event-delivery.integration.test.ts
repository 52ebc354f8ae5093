import type { Bus } from '@sealpost/bus';
import type { EventDestination, EventSink } from '@sealpost/contracts';
import { addressPolicy } from '@sealpost/runtime';
import {
  eventually,
  isSignedBy,
  startWebhook,
  testAuthority,
  type SnsEnvelope,
  type Webhook,
} from '@sealpost/testing';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseEventTargets } from '../src/event-delivery/event-targets.ts';
import { deliveryOf, newMessageId, publish } from './support/ses-events.ts';
import { startPolicyService, type RunningPolicyService } from './support/start-policy-service.ts';

const topic = (name: string) => `arn:aws:sns:us-east-1:111122223333:${name}`;
const sns = (name: string): EventSink => ({ kind: 'sns', topicArn: topic(name) });

function destination(sink: EventSink, more: Partial<EventDestination> = {}): EventDestination {
  return { name: 'out', isEnabled: true, eventTypes: ['DELIVERY'], sink, ...more };
}

describe('events on their way out', () => {
  let webhook: Webhook;
  let running: RunningPolicyService;
  let bus: Bus;
  let nats: NatsConnection;

  beforeAll(async () => {
    webhook = await startWebhook();
    // Without an answer from the first moment on.
    webhook.script('/dead', 'silence');
    const targets = ['good', 'shy', 'dead', 'failing', 'gone', 'moved', 'identity'];
    running = await startPolicyService({
      events: {
        targets: parseEventTargets(
          [
            ...targets.map((name) => `${topic(name)}=${webhook.origin}/${name}`),
            `${topic('inside')}=https://10.1.2.3/hook`,
            `${topic('rebound')}=https://rebound.test/hook`,
            'arn:aws:firehose:us-east-1:111122223333:deliverystream/mapped=nats:lake.raw',
          ].join('\n'),
        ),
        webhooks: {
          refuseAddress: addressPolicy(['127.0.0.0/8'], 'EVENT_ALLOWED_NETWORKS'),
          ca: (await testAuthority()).certificatePem,
          timeoutMs: 500,
          lookUp: () => Promise.resolve([{ address: lookedUp.address, family: 4 }]),
        },
        giveUpAfterMs: 600_000,
      },
    });
    ({ bus } = running);
    nats = await connect({ servers: running.nats.url });
  });

  const lookedUp = { address: '127.0.0.1' };

  afterAll(async () => {
    await nats.close();
    await running.stop();
    await webhook.close();
  });

  const notifications = (path: string): readonly SnsEnvelope[] =>
    webhook
      .calls(path)
      .map(({ envelope }) => envelope)
      .filter(({ Type, Message }) => Type === 'Notification' && Message.startsWith('{'));
  const messageIds = (path: string) =>
    notifications(path).map(
      ({ Message }) => (JSON.parse(Message) as { mail: { messageId: string } }).mail.messageId,
    );

  /** At the webhook of a topic. */
  async function nothingWaits(name: string): Promise<boolean> {
    const [target] = parseEventTargets(`${topic(name)}=${webhook.origin}/${name}`).webhooks;
    const subject = `mail.notice.${target?.key ?? ''}`;
    const manager = await nats.jetstreamManager();
    const { state } = await manager.streams.info('NOTICES', { subjects_filter: subject });
    return state.subjects?.[subject] === undefined;
  }

  async function question(path: string): Promise<SnsEnvelope> {
    return eventually(
      () =>
        webhook.calls(path).findLast(({ envelope }) => envelope.Type === 'SubscriptionConfirmation')
          ?.envelope,
      { what: `a question at ${path}` },
    );
  }

  async function confirm(name: string): Promise<void> {
    const { Token = '', TopicArn } = await question(`/${name}`);
    expect(await running.events.subscriptions.confirm(TopicArn, Token)).toMatchObject({ state: 'confirmed' });
  }

  /** A set with this one destination. */
  async function setWith(name: string, ...destinations: readonly EventDestination[]): Promise<void> {
    await running.client.createConfigurationSet(name, {});
    for (const value of destinations) {
      const made = await running.client.updateConfigurationSet(name, { kind: 'newEventDestination', value });
      expect(made).toEqual({ kind: 'updated' });
    }
  }

  function certificateOf(envelope: SnsEnvelope): string {
    const name = /SimpleNotificationService-(\w+)\.pem$/.exec(envelope.SigningCertURL)?.[1] ?? '';
    return running.events.certificate(name) ?? '';
  }

  test('a webhook is asked to confirm first, and is told nothing before it has', async () => {
    const asked = await question('/shy');
    expect(asked).toMatchObject({ TopicArn: topic('shy'), SignatureVersion: '2' });
    expect(asked.SubscribeURL).toContain('https://api.sealpost.test/sns/?Action=ConfirmSubscription');
    expect(isSignedBy(certificateOf(asked), asked)).toBe(true);
    await setWith('shy', destination(sns('shy')), destination(sns('good'), { name: 'witness' }));
    await confirm('good');
    const before = deliveryOf({ configurationSet: 'shy' });
    await publish(bus, before);
    await eventually(() => messageIds('/good').includes(before.messageId));
    expect(await running.events.subscriptions.confirm(topic('shy'), 'a'.repeat(128))).toBeUndefined();
    expect(await running.events.subscriptions.confirm(topic('good'), asked.Token ?? '')).toBeUndefined();
    await confirm('shy');
    const after = deliveryOf({ configurationSet: 'shy' });
    await publish(bus, after);
    await eventually(() => messageIds('/shy').includes(after.messageId));
    expect(messageIds('/shy')).toEqual([after.messageId]);
  });

  test('what it is told is SES’s JSON with our evidence and without the dialogue, signed', async () => {
    const event = deliveryOf({ configurationSet: 'shy' });
    await publish(bus, event);
    await eventually(() => messageIds('/good').includes(event.messageId));
    const call = webhook
      .calls('/good')
      .findLast(({ envelope }) => envelope.Message.includes(event.messageId));
    const envelope = call?.envelope;
    if (envelope === undefined) throw new Error('no call');
    expect(envelope.Subject).toBe('Amazon SES Email Event Notification');
    expect(envelope.UnsubscribeURL).toContain('Action=Unsubscribe&SubscriptionArn=');
    expect(call?.headers).toMatchObject({
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': envelope.MessageId,
      'x-amz-sns-topic-arn': topic('good'),
      'content-type': 'text/plain; charset=UTF-8',
    });
    const published = JSON.parse(event.json) as { delivery: object };
    expect(JSON.parse(envelope.Message)).toEqual({
      ...published,
      delivery: { ...published.delivery, attempt: { number: 1 } },
    });
    const certificate = certificateOf(envelope);
    expect(isSignedBy(certificate, envelope)).toBe(true);
    expect(isSignedBy(certificate, { ...envelope, Message: '{}' })).toBe(false);
  });

  test('only what a destination asks for, and only while it is enabled', async () => {
    await setWith('choosy', destination(sns('good'), { eventTypes: ['BOUNCE'] }));
    await setWith('off', destination(sns('good'), { isEnabled: false }));
    const unwanted = [
      deliveryOf({ configurationSet: 'choosy' }),
      deliveryOf({ configurationSet: 'off' }),
      deliveryOf(),
    ];
    const last = deliveryOf({ configurationSet: 'shy' });
    await publish(bus, ...unwanted);
    await publish(bus, last);
    await eventually(() => messageIds('/good').includes(last.messageId));
    await eventually(() => nothingWaits('good'));
    for (const { messageId } of unwanted) expect(messageIds('/good')).not.toContain(messageId);
  });

  test('row 41: a webhook that never answers holds up no other; what waits for it is told when it is back', async () => {
    webhook.script('/dead', 200);
    await running.events.subscriptions.askAgain(topic('dead'));
    await confirm('dead');
    webhook.script('/dead', 'silence');
    await setWith('mixed', destination(sns('dead')), destination(sns('good'), { name: 'good' }));
    const events = Array.from({ length: 200 }, () => deliveryOf({ configurationSet: 'mixed' }));
    await publish(bus, ...events);
    const hasAll = (path: string) => {
      const told = new Set<string>(messageIds(path));
      return events.every(({ messageId }) => told.has(messageId));
    };
    await eventually(() => hasAll('/good'), { timeoutMs: 20_000 });
    expect(await bus.notices.waiting()).toBeGreaterThanOrEqual(200);
    // No more connections than are allowed, and no message that was given up.
    expect(await bus.notices.dead()).toBe(0);
    webhook.script('/dead', 200);
    await eventually(() => hasAll('/dead'), { timeoutMs: 20_000 });
    await eventually(() => nothingWaits('dead'));
  });

  test('a failure is tried again under the same id; 410 is kept aside at once; a redirect is none of ours', async () => {
    for (const name of ['failing', 'gone', 'moved']) await confirm(name);
    await setWith(
      'troubled',
      destination(sns('failing'), { name: 'failing' }),
      destination(sns('gone'), { name: 'gone' }),
      destination(sns('moved'), { name: 'moved' }),
    );
    await eventually(async () => (await nothingWaits('gone')) && (await nothingWaits('moved')));
    webhook.script('/failing', 500, 404, 200);
    webhook.script('/gone', 410);
    webhook.script('/moved', { status: 302, location: '/elsewhere' }, 200);
    const event = deliveryOf({ configurationSet: 'troubled' });
    await publish(bus, event);
    await eventually(() => notifications('/failing').length === 3 && notifications('/moved').length === 2);
    expect(new Set(notifications('/failing').map(({ MessageId }) => MessageId)).size).toBe(1);
    expect(webhook.calls('/elsewhere')).toEqual([]);
    await eventually(async () => (await bus.notices.dead()) === 1);
    const kept = await nats.jetstream().consumers.get('DEAD_NOTICES');
    const record = await kept.next();
    expect(record?.headers?.get('Sealpost-Reason')).toBe('HTTP 410');
    expect(notifications('/gone')).toHaveLength(1);
  });

  test('4.2 row 55: a webhook inside is refused when a destination is made', async () => {
    await running.client.createConfigurationSet('inside', {});
    const change = { kind: 'newEventDestination', value: destination(sns('inside')) } as const;
    const refused = { kind: 'invalid', message: `Could not access SNS topic ARN <${topic('inside')}>.` };
    expect(await running.client.updateConfigurationSet('inside', change)).toEqual(refused);
    expect(await running.client.createIdentity('inside.test', {})).toMatchObject({ kind: 'identity' });
    const topics = { bounce: { topicArn: topic('inside'), includesHeaders: false } };
    expect(await running.client.updateIdentity('inside.test', { topics })).toEqual(refused);
  });

  test('4.2 row 55: a name that leads inside later is not connected to (DNS rebinding)', async () => {
    lookedUp.address = '127.0.0.1';
    await setWith('rebound', destination(sns('rebound')));
    lookedUp.address = '169.254.169.254';
    const { key = '' } = parseEventTargets(`${topic('rebound')}=https://rebound.test/hook`).webhooks[0] ?? {};
    const stored = await bus.openBucket('POLICY');
    expect(await stored.get(`subscription.${key}`)).toBeDefined();
    const before = webhook.calls().length;
    await running.events.subscriptions.askAgain(topic('rebound'));
    await eventually(async () => {
      const metrics = await running.registry.metrics();
      return /sealpost_event_notices_total\{outcome="failed"\} [1-9]/.test(metrics);
    });
    expect(webhook.calls().length).toBe(before);
  });

  test('Firehose, EventBridge and topics without a place: subjects of NATS, kept for who comes later', async () => {
    await setWith(
      'lake',
      destination(
        {
          kind: 'firehose',
          iamRoleArn: 'arn:aws:iam::111122223333:role/r',
          deliveryStreamArn: 'arn:aws:firehose:us-east-1:111122223333:deliverystream/mapped',
        },
        { name: 'lake' },
      ),
      destination(
        { kind: 'eventBridge', eventBusArn: 'arn:aws:events:us-east-1:111122223333:event-bus/default' },
        { name: 'bus' },
      ),
      destination(sns('nowhere'), { name: 'nowhere' }),
    );
    const event = deliveryOf({ configurationSet: 'lake' });
    await publish(bus, event);
    const manager = await nats.jetstreamManager();
    const stored = (subject: string) =>
      eventually(async () => {
        const found = await manager.streams.getMessage('PUBLISHED', {
          last_by_subj: `sealpost.event.${subject}`,
        });
        return found.string();
      });
    const firehose = await stored('lake.raw');
    expect(firehose.endsWith('}\n')).toBe(true);
    expect(JSON.parse(firehose)).toMatchObject({
      eventType: 'Delivery',
      mail: { messageId: event.messageId },
    });
    expect(JSON.parse(await stored('events.event-bus.default'))).toMatchObject({
      source: 'aws.ses',
      'detail-type': 'Email Delivered',
      account: '111122223333',
      region: 'us-east-1',
      resources: ['arn:aws:ses:us-east-1:111122223333:configuration-set/lake'],
      detail: { eventType: 'Delivery', mail: { messageId: event.messageId } },
    });
    expect(JSON.parse(await stored('sns.nowhere'))).toMatchObject({ eventType: 'Delivery' });
  });

  test('CloudWatch destinations are counters of Prometheus, with dimensions as labels', async () => {
    const dimension = (name: string, valueSource: string) => ({ name, valueSource, defaultValue: 'none' });
    await setWith(
      'counted',
      destination(
        {
          kind: 'cloudWatch',
          dimensions: [dimension('campaign', 'MESSAGE_TAG'), dimension('X-Shop', 'EMAIL_HEADER')],
        },
        { name: 'metrics' },
      ),
    );
    await publish(bus, deliveryOf({ configurationSet: 'counted', tags: { campaign: ['spring'] } }));
    await publish(bus, deliveryOf({ configurationSet: 'counted', tags: { campaign: ['spring'] } }));
    await publish(bus, deliveryOf({ configurationSet: 'counted' }));
    await eventually(async () => {
      const lines = (await running.registry.metrics()).split('\n');
      const found = lines.filter((line) => line.startsWith('sealpost_cloudwatch_events_total{'));
      const has = (campaign: string, count: number) =>
        found.some(
          (line) =>
            line.includes(`campaign="${campaign}"`) &&
            line.includes('X_Shop="none"') &&
            line.includes('event="Delivery",configuration_set="counted",destination="metrics"') &&
            line.endsWith(` ${String(count)}`),
        );
      return has('spring', 2) && has('none', 1);
    });
  });

  test('topics of an identity: notificationType, no tags, headers for those who asked; the address before the domain', async () => {
    await confirm('identity');
    await running.client.createIdentity('shop.test', {});
    await running.client.createIdentity('quiet@shop.test', {});
    const asked = (includesHeaders: boolean) => ({
      topics: { delivery: { topicArn: topic('identity'), includesHeaders } },
    });
    await running.client.updateIdentity('shop.test', asked(false));
    const quiet = deliveryOf({ source: 'quiet@shop.test' });
    const bare = deliveryOf({ source: '"Shop, Inc." <news@mail.shop.test>', configurationSet: 'none' });
    await publish(bus, quiet, bare);
    await eventually(() => messageIds('/identity').includes(bare.messageId));
    const [first] = notifications('/identity');
    const told = JSON.parse(first?.Message ?? '') as { mail: object };
    expect(told).toMatchObject({
      notificationType: 'Delivery',
      delivery: { smtpResponse: '250 ok' },
      mail: { messageId: bare.messageId, sourceIp: '192.0.2.9', callerIdentity: 'AKIATEST' },
    });
    expect(Object.keys(told)).not.toContain('eventType');
    for (const name of ['tags', 'headers', 'commonHeaders'])
      expect(Object.keys(told.mail)).not.toContain(name);
    expect(first?.Subject).toBeUndefined();
    expect(messageIds('/identity')).not.toContain(quiet.messageId);
    await running.client.updateIdentity('shop.test', asked(true));
    const full = deliveryOf({ source: 'news@shop.test' });
    await eventually(async () => {
      await publish(bus, full);
      return messageIds('/identity').includes(full.messageId);
    });
    expect(JSON.parse(notifications('/identity').at(-1)?.Message ?? '')).toMatchObject({
      mail: { headers: [{ name: 'Subject', value: 'Hello' }], commonHeaders: { subject: 'Hello' } },
    });
  });

  test('a receiver that ends its subscription is told nothing more, and is asked when a destination names it again', async () => {
    const UnsubscribeURL = notifications('/shy')[0]?.UnsubscribeURL ?? '';
    const arn = new URL(UnsubscribeURL).searchParams.get('SubscriptionArn') ?? '';
    expect(await running.events.subscriptions.end(`${arn}x`)).toBe('absent');
    expect(await running.events.subscriptions.end(arn)).toBe('ended');
    const event = deliveryOf({ configurationSet: 'shy' });
    await publish(bus, event);
    await eventually(() => messageIds('/good').includes(event.messageId));
    expect(messageIds('/shy')).not.toContain(event.messageId);
    const questions = () =>
      webhook.calls('/shy').filter(({ envelope }) => envelope.Type === 'SubscriptionConfirmation').length;
    const before = questions();
    await setWith('again', destination(sns('shy')));
    await eventually(() => questions() === before + 1);
    await confirm('shy');
  });

  test('a webhook that has confirmed gets SES’s first message when a destination names it', async () => {
    const first = 'Successfully validated SNS topic for Amazon SES event publishing.';
    const told = () => webhook.calls('/shy').filter(({ envelope }) => envelope.Message === first).length;
    const before = told();
    await setWith('welcomed', destination(sns('shy')));
    await eventually(() => told() === before + 1);
  });

  test('an event is told once, however often it is stored again, and others flow past one that can’t be read', async () => {
    const messageId = newMessageId();
    const odd = { type: 'delivery', messageId, id: `${messageId}:odd`, json: 'no JSON' } as const;
    const event = deliveryOf({ configurationSet: 'shy' });
    await publish(bus, odd, event, event);
    const last = deliveryOf({ configurationSet: 'shy' });
    await publish(bus, last);
    await eventually(() => [event, last].every(({ messageId }) => messageIds('/good').includes(messageId)));
    await eventually(() => nothingWaits('good'));
    expect(messageIds('/good').filter((id) => id === event.messageId)).toHaveLength(1);
  });
});
