// api-ingress on a free port, over real TLS, in front of a real policy-service. The door is the real one, or one that
// remembers what it was given.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectBus } from '@sealpost/bus';
import { openTlsFront } from '@sealpost/listening';
import { formatMessageId } from '@sealpost/mail';
import { openSendingQuota } from '@sealpost/quota';
import type { Submission, SubmissionResult } from '@sealpost/submission';
import { openSuppressionList } from '@sealpost/suppression';
import { startNats, testAuthority, testCertificate, type DnsServer } from '@sealpost/testing';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Registry } from 'prom-client';
import type { ActionContext } from '../../src/action-context.ts';
import { mailVerificationLink } from '../../src/identities/verification-mail.ts';
import { apiMetrics } from '../../src/metrics.ts';
import { publishRenderingFailure } from '../../src/send/rendering-failure.ts';
import { sentBefore } from '../../src/send/sent-before.ts';
import { startServer, type ServerOptions } from '../../src/server.ts';
import { startPolicyService } from './start-policy-service.ts';

export const key = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
export const ID = formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A submission as the door got it, all of its content arrived. */
type Submitted = Omit<Submission, 'content'> & { readonly content: Buffer };

export interface RunningApi {
  readonly port: number;
  /** PEM of who signed the server's certificate. */
  readonly ca: string;
  /** Every setting of the identities' DNS. */
  readonly dns: DnsServer;
  /** Links that were mailed, by address. */
  readonly links: Map<string, string>;
  /** What the door was given, in order. */
  readonly submissions: Submitted[];
  /** The door's answer. */
  answer: SubmissionResult;
  /** Stored templates by name. */
  readonly templates: Map<
    string,
    { readonly subject?: string; readonly text?: string; readonly html?: string }
  >;
  /** The events of templates that could not be rendered. */
  readonly renderingFailures: string[];
  /** What the one credential may do. */
  granted: 'full' | 'send' | 'none';
  /** For the clients of the AWS SDK. */
  settings(): {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: typeof key;
    readonly requestHandler: NodeHttpHandler;
    readonly maxAttempts: number;
  };
  /** A page, as a browser opens it. */
  get(url: string): Promise<{ readonly status: number | undefined; readonly body: string }>;
  close(): Promise<void>;
}

export interface ApiOptions extends Partial<ServerOptions> {
  /** The real door, with identities that have to be verified. */
  readonly hasRealDoor?: boolean;
}

export async function startApi({ hasRealDoor = false, ...options }: ApiOptions = {}): Promise<RunningApi> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-api-'));
  const { certificatePem, keyPem } = await testCertificate(['localhost', '127.0.0.1']);
  const certFile = path.join(folder, 'server.pem');
  const keyFile = path.join(folder, 'server.key');
  writeFileSync(certFile, certificatePem);
  writeFileSync(keyFile, keyPem);
  const front = openTlsFront(
    { certFile, keyFile, profile: 'ses-classic', handshakeTimeoutMs: 2000, alpnProtocols: ['http/1.1'] },
    new Registry(),
    log,
  );
  const ca = (await testAuthority()).certificatePem;
  const agent = new Agent({ ca });
  const policyService = await startPolicyService({ key, verifies: hasRealDoor });
  const { door } = policyService;
  const running: RunningApi = {
    get port() {
      return server.port;
    },
    ca,
    dns: policyService.dns,
    links: new Map(),
    submissions: [],
    templates: new Map(),
    renderingFailures: [],
    answer: { kind: 'accepted', messageId: ID },
    granted: 'full',
    settings: () => ({
      endpoint: `https://127.0.0.1:${String(server.port)}`,
      region: 'us-east-1',
      credentials: key,
      requestHandler: new NodeHttpHandler({ httpsAgent: agent }),
      maxAttempts: 1,
    }),
    get: (url) => openPage(url, agent),
    close: async () => {
      agent.destroy();
      await server.close();
      await policyService.stop();
      front.close();
      suppression.close();
      await bus.close();
      await nats.stop();
      rmSync(folder, { recursive: true });
    },
  };
  const policies: ActionContext['policies'] = {
    ...door.policies,
    signingKey: async (scope) => {
      const known = await door.policies.signingKey(scope);
      return known.kind === 'key' ? { ...known, scope: running.granted } : known;
    },
  };
  const nats = await startNats();
  const bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
  const suppression = await openSuppressionList(await bus.openBucket('SUPPRESSION'));
  const server = await startServer(
    {
      host: '127.0.0.1',
      port: 0,
      requestTimeoutMs: 10_000,
      maxBodyBytesInFlight: 128_000_000,
      maxConnections: 100,
      ...options,
    },
    {
      secure: front.secure,
      policies,
      region: 'us-east-1',
      accountId: '111122223333',
      now: Date.now,
      actions: {
        policies,
        submit: hasRealDoor ? door.submit : (submission) => submitTo(running, submission),
        mailVerificationLink: (address, token) =>
          mailVerificationLink(address, token, {
            submitOwn: async (submission) => {
              running.links.set(address, linkIn(submission));
              return door.submitOwn(submission);
            },
            from: 'no-reply@sealpost.test',
            publicUrl: `https://127.0.0.1:${String(server.port)}`,
            region: 'us-east-1',
          }),
        suppression,
        storedTemplate: (name) => {
          const content = running.templates.get(name);
          return Promise.resolve(
            content === undefined ? { kind: 'unknown' } : { kind: 'template', template: { content } },
          );
        },
        publishRenderingFailure: (failure) =>
          publishRenderingFailure(failure, {
            bus: {
              publishEvent: (event) => {
                running.renderingFailures.push(event.json);
                return bus.publishEvent(event);
              },
            },
            origin: { region: 'us-east-1', accountId: '111122223333', hostName: 'out.sealpost.test' },
            now: Date.now,
          }),
        eventsOf: (messageId) => bus.eventsOf(messageId),
        sentBefore: sentBefore(undefined, Date.now, log),
        quota: openSendingQuota({
          limits: { daily: undefined, rate: undefined },
          shared: undefined,
          logger: log,
        }),
        maxMessageBytes: 41_943_040,
        inlineBytes: 1_000_000,
        logger: log,
      },
      metrics: apiMetrics(new Registry()),
      logger: log,
    },
  );
  return running;
}

function openPage(url: string, agent: Agent): ReturnType<RunningApi['get']> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.once('end', () => {
        resolve({ status: response.statusCode, body });
      });
    });
    asked.once('error', reject);
  });
}

function linkIn({ content }: Submission): string {
  const text = (Buffer.isBuffer(content) ? content : content.head).toString().replace(/=\r\n/g, '');
  return /https:\S+/.exec(text.replace(/=3D/g, '='))?.[0] ?? '';
}

/** As the door does: content that arrives is read to its end, and asked for its fault then. */
async function submitTo(running: RunningApi, submission: Submission): Promise<SubmissionResult> {
  const { content } = submission;
  const parts = [Buffer.isBuffer(content) ? content : content.head];
  if (!Buffer.isBuffer(content)) {
    for await (const part of content.rest) parts.push(part);
    const fault = content.fault();
    if (fault !== undefined) return { kind: 'refused', refusal: { code: 'invalid-content', message: fault } };
  }
  running.submissions.push({ ...submission, content: Buffer.concat(parts) });
  return running.answer;
}
