// The port by which a test steers the container: plain HTTP and JSON, for `@sealpost/testcontainers`.
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import type { PolicyClient } from '@sealpost/policy-client';
import * as z from 'zod';
import type { Arrival, Receivers } from './receivers.ts';

export interface ControlDeps {
  readonly receivers: Receivers;
  readonly policies: PolicyClient;
  readonly dataDir: string;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

const tlsPolicy = z.object({ tlsPolicy: z.enum(['Require', 'Optional']) });

/** What a receiver can be told: the part of a script that is data. */
const scriptSchema = z.object({
  starttls: z
    .enum(['offered', 'absent', 'alert-after-220', 'close-after-220', 'reset-after-220', 'stall-after-220'])
    .optional(),
  tls: z
    .object({
      maxVersion: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']),
      minVersion: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']),
    })
    .optional(),
  rules: z
    .array(
      z.object({
        on: z.enum(['connect', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'content']),
        reply: z.string().regex(/^[245]\d\d [ -~]*$/),
        recipient: z.string().optional(),
        times: z.number().int().positive().optional(),
      }),
    )
    .optional(),
});

export async function startControl(port: number, deps: ControlDeps): Promise<{ close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request, deps)
      .catch((error: unknown): Answer => ({ status: 400, body: { error: String(error) } }))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body === undefined ? '' : JSON.stringify(body));
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '0.0.0.0', resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, deps: ControlDeps): Promise<Answer> {
  const [, resource = '', name = ''] = (request.url ?? '').split('/').map(decodeURIComponent);
  switch (`${request.method ?? ''} ${resource}`) {
    case 'GET ready':
      return { status: 200, body: { ready: true } };
    case 'GET client':
      return { status: 200, body: await clientFacts(deps.dataDir) };
    case 'GET messages':
      return { status: 200, body: (await deps.receivers.arrivals()).map(describe) };
    case 'POST reset':
      await deps.receivers.reset();
      return { status: 204 };
    case 'PUT receivers':
      await deps.receivers.setScript(name, dropUndefined(scriptSchema.parse(await json(request))));
      return { status: 204 };
    case 'PUT configuration-sets':
      return setPolicy(name, tlsPolicy.parse(await json(request)), deps.policies);
    default:
      return { status: 404 };
  }
}

async function clientFacts(dataDir: string): Promise<unknown> {
  const text = await readFile(path.join(dataDir, 'dev.env'), 'utf8');
  const env = Object.fromEntries(
    [...text.matchAll(/^export ([A-Z_0-9]+)='(.*)'$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  return { env, ca: await readFile(path.join(dataDir, 'tls', 'ca.pem'), 'utf8') };
}

function describe({ id, mxHost, message }: Arrival): unknown {
  const { reversePath, recipients, tls, content } = message;
  return {
    id,
    mxHost,
    envelope: { reversePath, recipients },
    tls: tls ?? null,
    content: content.toString('base64'),
  };
}

async function setPolicy(
  name: string,
  options: z.infer<typeof tlsPolicy>,
  policies: PolicyClient,
): Promise<Answer> {
  const created = await policies.createConfigurationSet(name, { deliveryOptions: options });
  const result =
    created.kind === 'exists'
      ? await policies.updateConfigurationSet(name, { kind: 'deliveryOptions', value: options })
      : created;
  if (result.kind === 'created' || result.kind === 'updated') return { status: 204 };
  return { status: 400, body: { error: 'message' in result ? result.message : result.kind } };
}

/** For exactOptionalPropertyTypes: JSON knows no member that is undefined. */
function dropUndefined(value: z.infer<typeof scriptSchema>): Parameters<Receivers['setScript']>[1] {
  return JSON.parse(JSON.stringify(value)) as Parameters<Receivers['setScript']>[1];
}
