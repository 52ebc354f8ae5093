// api-ingress on a free port, over real TLS, with a door that remembers what it was given.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deriveSigningKey } from '@sealpost/aws-auth';
import type { ConfigurationSet } from '@sealpost/contracts';
import { openTlsFront } from '@sealpost/listening';
import { formatMessageId } from '@sealpost/mail';
import type { PolicyClient } from '@sealpost/policy-client';
import type { Submission, SubmissionResult } from '@sealpost/submission';
import { testAuthority, testCertificate } from '@sealpost/testing';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Registry } from 'prom-client';
import { apiMetrics } from '../../src/metrics.ts';
import { openSendCounter } from '../../src/send/send-counter.ts';
import { startServer, type ServerOptions } from '../../src/server.ts';

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
  /** What the door was given, in order. */
  readonly submissions: Submitted[];
  /** The door's answer. */
  answer: SubmissionResult;
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
  close(): Promise<void>;
}

export async function startApi(options: Partial<ServerOptions> = {}): Promise<RunningApi> {
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
  const running: RunningApi = {
    get port() {
      return server.port;
    },
    ca,
    submissions: [],
    answer: { kind: 'accepted', messageId: ID },
    granted: 'full',
    settings: () => ({
      endpoint: `https://127.0.0.1:${String(server.port)}`,
      region: 'us-east-1',
      credentials: key,
      requestHandler: new NodeHttpHandler({ httpsAgent: agent }),
      maxAttempts: 1,
    }),
    close: async () => {
      agent.destroy();
      await server.close();
      front.close();
      rmSync(folder, { recursive: true });
    },
  };
  const policies = policiesInMemory(() => running.granted);
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
        submit: (submission) => submitTo(running, submission),
        sends: openSendCounter(Date.now),
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

/** Configuration sets in memory, as policy-service keeps them. */
function policiesInMemory(granted: () => RunningApi['granted']): PolicyClient {
  const sets = new Map<string, ConfigurationSet>();
  const answer = <T>(value: T) => Promise.resolve(value);
  return {
    resolvePolicy: () => answer({ kind: 'unavailable' }),
    resolveSender: () => answer({ kind: 'unavailable' }),
    createIdentity: () => answer({ kind: 'unavailable' }),
    getIdentity: () => answer({ kind: 'unavailable' }),
    updateIdentity: () => answer({ kind: 'unavailable' }),
    deleteIdentity: () => answer({ kind: 'unavailable' }),
    listIdentities: () => answer({ kind: 'unavailable' }),
    smtpPassword: () => answer({ kind: 'unknown' }),
    createCredential: () => answer({ kind: 'unavailable' }),
    listCredentials: () => answer({ kind: 'unavailable' }),
    setCredentialEnabled: () => answer({ kind: 'unavailable' }),
    deleteCredential: () => answer({ kind: 'unavailable' }),
    signingKey: ({ accessKeyId, ...scope }) =>
      answer(
        accessKeyId === key.accessKeyId
          ? { kind: 'key', key: deriveSigningKey(key.secretAccessKey, scope), scope: granted() }
          : { kind: 'unknown' },
      ),
    createConfigurationSet: (name, deliveryOptions) => {
      if (sets.has(name)) return answer({ kind: 'exists' });
      sets.set(name, { name, deliveryOptions: { tlsPolicy: 'Optional', ...deliveryOptions }, createdAt: 0 });
      return answer({ kind: 'created' });
    },
    getConfigurationSet: (name) => {
      const set = sets.get(name);
      return answer(set === undefined ? { kind: 'unknown' } : { kind: 'set', set });
    },
    listConfigurationSets: ({ pageSize, afterName = '' }) => {
      const names = [...sets.keys()].sort().filter((name) => name > afterName);
      return answer({ kind: 'page', names: names.slice(0, pageSize), hasMore: names.length > pageSize });
    },
    deleteConfigurationSet: (name) => answer({ kind: sets.delete(name) ? 'deleted' : 'unknown' }),
    putDeliveryOptions: (name, options) => {
      const set = sets.get(name);
      if (set === undefined) return answer({ kind: 'unknown' });
      sets.set(name, { ...set, deliveryOptions: { ...set.deliveryOptions, ...options } });
      return answer({ kind: 'updated' });
    },
    close: () => undefined,
  };
}
