// The return path of mx-delivery in one process, with a real NATS, a real Redis and real sockets.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { connectBus, type Bus } from '@sealpost/bus';
import type { AcceptedMessage, MessageId, TlsPolicy } from '@sealpost/mail';
import { createLogger } from '@sealpost/runtime';
import { openSpool } from '@sealpost/spool';
import { openSuppressionList, type SuppressionList } from '@sealpost/suppression';
import {
  acceptedMessage,
  eventually,
  startNats,
  startRedis,
  testCertificate,
  type Engine,
} from '@sealpost/testing';
import { acceptHandshake, listenerContexts } from '@sealpost/tls';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { envelopeSender } from '../../src/attempt/envelope-sender.ts';
import { sendEvent } from '../../src/events/compose-events.ts';
import { jobsOf } from '../../src/jobs.ts';
import { openFinishedRecipients } from '../../src/marks/finished-recipients.ts';
import {
  openReturnPath,
  type ReturnPathListener,
  type ReturnPathOptions,
} from '../../src/returns/open-return-path.ts';
import { parseReturnKeys } from '../../src/returns/return-address.ts';
import { returnMetrics } from '../../src/returns/return-metrics.ts';
import type { ReturnDeps } from '../../src/returns/take-return.ts';
import { ReportingHost } from './reporting-host.ts';

const { logger } = createLogger('mx-delivery', 'silent');

export const returnKeys = parseReturnKeys(Buffer.alloc(32, 1).toString('base64'));

export function sample(name: string): string {
  return readFileSync(path.join(import.meta.dirname, '..', 'returned', `${name}.eml`), 'latin1');
}

export interface Sent {
  readonly messageId: MessageId;
  /** The envelope sender of its first job. */
  readonly address: string;
}

export interface Mail {
  readonly recipients?: readonly string[];
  readonly tlsPolicy?: TlsPolicy;
  readonly forwardingDisabled?: true;
}

interface StoredEvent {
  readonly eventType: string;
  readonly [member: string]: unknown;
}

export class ReturnWorld {
  nats!: Engine;
  bus!: Bus;
  list!: SuppressionList;
  returns!: ReturnPathListener;
  private redisServer!: Engine;
  private redis!: Redis;
  private registry = new Registry();
  private readonly hosts: ReportingHost[] = [];

  async start(): Promise<void> {
    [this.nats, this.redisServer] = await Promise.all([startNats(), startRedis()]);
    this.redis = new Redis(this.redisServer.url);
    this.bus = await connectBus({ servers: this.nats.url, clientName: 'mx-delivery' }, logger);
    this.list = await openSuppressionList(await this.bus.openBucket('SUPPRESSION'));
  }

  async stop(): Promise<void> {
    this.list.close();
    await this.bus.close();
    this.redis.disconnect();
    await Promise.all([this.nats.stop(), this.redisServer.stop()]);
  }

  async open(options: Partial<ReturnPathOptions> = {}): Promise<void> {
    const issued = await testCertificate(['mx.returns.test']);
    const pair = { cert: issued.certificatePem, key: issued.keyPem };
    const contexts = listenerContexts('ses-classic', [pair], () => performance.now());
    this.registry = new Registry();
    this.returns = await openReturnPath(
      {
        host: '127.0.0.1',
        port: 0,
        heloName: 'mx.returns.test',
        maxConnections: 20,
        postmaster: 'admin@sender.test',
        secure: async (socket) => {
          const result = await acceptHandshake(socket, { contexts, takesSslv2Hello: false, timeoutMs: 5000 });
          return result.kind === 'failed' ? undefined : result;
        },
        ...options,
      },
      await this.deps(),
    );
  }

  async close(): Promise<void> {
    for (const host of this.hosts.splice(0)) host.end();
    await this.returns.close();
  }

  /** Greeted, and has said EHLO. */
  async host(): Promise<ReportingHost> {
    const host = await ReportingHost.greeted(this.returns.port);
    this.hosts.push(host);
    await host.say('EHLO mx1.receiver.test');
    return host;
  }

  /** The first words to a connection that may not be kept. */
  async greeting(): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: this.returns.port });
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
    await eventually(() => text.endsWith('\r\n'), { what: 'a greeting' });
    socket.destroy();
    return text;
  }

  /** A message on its way, as far as its Send event. */
  async send(mail: Mail = {}): Promise<Sent> {
    const message = messageOf(mail);
    const [job] = jobsOf(message);
    if (job === undefined) throw new Error('no recipients');
    const origin = { region: 'us-east-1', accountId: '000000000000', hostName: 'out.sealpost.test' };
    const stored = await this.bus.publishEvent(sendEvent(message, origin));
    if (stored.kind !== 'stored') throw new Error(stored.kind);
    const address = envelopeSender(job, { domain: undefined, keys: returnKeys });
    return { messageId: message.messageId, address };
  }

  /** Events of the message, but for the Send event. */
  async eventsOf({ messageId }: Sent): Promise<readonly StoredEvent[]> {
    const events = (await this.bus.eventsOf(messageId)).map((json) => JSON.parse(json) as StoredEvent);
    return events.filter(({ eventType }) => eventType !== 'Send');
  }

  /** Mail of our own that waits to be sent there and holds the text. */
  async toldTo(recipient: string, text: string): Promise<readonly AcceptedMessage[]> {
    const mails: AcceptedMessage[] = [];
    for await (const message of this.bus.waitingMessages()) {
      if (message.envelope.recipients.includes(recipient) && contentOf(message).includes(text)) {
        mails.push(message);
      }
    }
    return mails;
  }

  async counted(kind: string): Promise<number> {
    const metric = await this.registry.getSingleMetric('sealpost_returns_total')?.get();
    return metric?.values.find(({ labels }) => labels.kind === kind)?.value ?? 0;
  }

  private async deps(): Promise<ReturnDeps> {
    const { bus, list } = this;
    return {
      keys: returnKeys,
      bus,
      marks: openFinishedRecipients(this.redis),
      list,
      countBounces: () => Promise.resolve(),
      door: {
        bus,
        spool: await openSpool(bus, { inlineBytes: undefined, folder: undefined }),
        blockedExtensions: [],
        region: 'us-east-1',
        hostName: 'out.sealpost.test',
        now: Date.now,
        randomUuid: randomUUID,
        logger,
      },
      metrics: returnMetrics(this.registry, { connections: () => this.returns.connections() }),
      now: Date.now,
      logger,
    };
  }
}

/** For a file of tests: engines for all of them, a listener for each. */
export function useReturnWorld(): ReturnWorld {
  const world = new ReturnWorld();
  beforeAll(() => world.start());
  afterAll(() => world.stop());
  beforeEach(() => world.open());
  afterEach(() => world.close());
  return world;
}

export function contentOf({ content }: AcceptedMessage): string {
  return content.kind === 'inline' ? Buffer.from(content.bytes).toString() : '';
}

function messageOf({ recipients = ['bea@receiver.test'], ...policy }: Mail): AcceptedMessage {
  return acceptedMessage({
    envelope: { reversePath: 'app@sender.test', recipients },
    policy: { tlsPolicy: 'Optional', mailFromDomain: 'returns.test', ...policy },
    tags: { campaign: ['one'] },
    originalHeaders: Buffer.from('From: App <app@sender.test>\r\nSubject: confidential\r\n'),
    content: { kind: 'inline', bytes: Buffer.from('Subject: confidential\r\n\r\nsecret\r\n') },
  });
}
