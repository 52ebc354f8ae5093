// A receiver of SNS notifications: an HTTPS server that remembers what it was told, answers as scripted, and verifies
// signatures by the words of SNS's guide ("Verifying the signatures of Amazon SNS messages").
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import { testCertificate } from './authority.ts';

export interface SnsEnvelope extends Readonly<Record<string, string | undefined>> {
  readonly Type: string;
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly SigningCertURL: string;
}

export interface WebhookCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly envelope: SnsEnvelope;
}

/** A status, with headers where they matter; or nothing at all. */
type WebhookScript = number | 'silence' | { readonly status: number; readonly location: string };

export interface Webhook {
  /** `https://127.0.0.1:port`, without a path. */
  readonly origin: string;
  readonly port: number;
  /** Of one path, or all. */
  calls(path?: string): readonly WebhookCall[];
  /** Of one path, in the order of calls; the last one stays. 200 without a script. */
  script(path: string, ...answers: readonly WebhookScript[]): void;
  close(): Promise<void>;
}

export async function startWebhook(names: readonly string[] = ['127.0.0.1', 'localhost']): Promise<Webhook> {
  const { certificatePem, keyPem } = await testCertificate(names);
  const calls: WebhookCall[] = [];
  const scripts = new Map<string, readonly WebhookScript[]>();
  const next = (path: string): WebhookScript => {
    const [first = 200, ...rest] = scripts.get(path) ?? [];
    if (rest.length > 0) scripts.set(path, rest);
    return first;
  };
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const envelope = JSON.parse(Buffer.concat(chunks).toString()) as SnsEnvelope;
      calls.push({ path, headers: request.headers, envelope });
      const answer = next(path);
      if (answer === 'silence') return;
      if (typeof answer === 'number') response.writeHead(answer).end('ok');
      else response.writeHead(answer.status, { location: answer.location }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    origin: `https://127.0.0.1:${port}`,
    calls: (path) => (path === undefined ? [...calls] : calls.filter((call) => call.path === path)),
    script: (path, ...answers) => {
      scripts.set(path, answers);
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const SIGNED = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
};

/** `certificate` is what SigningCertURL leads to. */
export function isSignedBy(certificate: string, envelope: SnsEnvelope): boolean {
  const names = envelope.Type === 'Notification' ? SIGNED.Notification : SIGNED.SubscriptionConfirmation;
  const signed = names
    .flatMap((name) => (envelope[name] === undefined ? [] : [`${name}\n${envelope[name]}\n`]))
    .join('');
  const algorithm = envelope.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1';
  const signature = Buffer.from(envelope.Signature ?? '', 'base64');
  return verify(algorithm, Buffer.from(signed), createPublicKey(certificate), signature);
}
