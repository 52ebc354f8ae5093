// The clients that the conformance suite drives, behind one call.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as sesv1 from '@aws-sdk/client-ses';
import * as sesv2 from '@aws-sdk/client-sesv2';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { findProgram } from '../run-program.ts';
import type { Step } from './step.ts';

type Outcome =
  | { readonly kind: 'answer'; readonly answer: unknown }
  /** `status`: undefined where the client does not tell it. */
  | { readonly kind: 'error'; readonly code: string; readonly status: number | undefined };

export type Call = (step: Step) => Promise<Outcome>;

interface Client {
  readonly call: Call;
  close(): unknown;
}

interface PythonAnswer {
  readonly answer?: unknown;
  readonly code?: string;
  readonly status?: number;
  readonly failure?: string;
}

/** boto3 or the AWS CLI of the distribution. `env` holds the credentials. */
export function pythonClient(
  client: 'boto3' | 'cli',
  { endpoint, caFile }: { readonly endpoint: string; readonly caFile: string },
  env: Readonly<Record<string, string>>,
): Client {
  const { PATH, HOME } = process.env;
  const python = findProgram('/usr/bin/python3') ?? 'python3';
  const script = path.join(import.meta.dirname, 'clients.py');
  const child = spawn(python, [script, client, endpoint, caFile], {
    env: { PATH, HOME, ...env, AWS_CA_BUNDLE: caFile, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    call: async ({ api, operation, input }) => {
      child.stdin.write(`${JSON.stringify({ api, operation, input })}\n`);
      const { value } = (await lines.next()) as { readonly value?: string };
      if (value === undefined) throw new Error(`${client} has ended`);
      return outcomeOf(JSON.parse(value) as PythonAnswer);
    },
    close: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

function outcomeOf({ answer, code, status, failure }: PythonAnswer): Outcome {
  if (failure !== undefined) throw new Error(failure);
  return code === undefined ? { kind: 'answer', answer } : { kind: 'error', code, status };
}

interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: NodeHttpHandler;
  readonly maxAttempts: number;
}

/** @aws-sdk/client-ses and client-sesv2. */
export function javascriptClients(settings: ClientSettings): Client {
  const apis = {
    ses: { client: new sesv1.SESClient(settings) as AnyClient, sdk: sesv1 as object },
    sesv2: { client: new sesv2.SESv2Client(settings) as AnyClient, sdk: sesv2 as object },
  };
  return {
    call: async ({ api, operation, input }) => {
      const { client, sdk } = apis[api];
      const command = commandOf(sdk, operation);
      try {
        const answer = await client.send(new command(withBytes(input)));
        // As a program sees it, but times as text.
        return { kind: 'answer', answer: JSON.parse(JSON.stringify(answer)) as unknown };
      } catch (error) {
        if (!isServiceError(error)) throw error;
        return { kind: 'error', code: error.name, status: error.$metadata.httpStatusCode };
      }
    },
    close: () => {
      for (const { client } of Object.values(apis)) client.destroy();
    },
  };
}

/** Any client of the SDK with any of its commands: which belong together is the SDK's own knowledge. */
interface AnyClient {
  send(command: object): Promise<object>;
  destroy(): void;
}

function commandOf(sdk: object, operation: string): new (input: unknown) => object {
  const found = Object.entries(sdk).find(([name]) => name === `${operation}Command`)?.[1] as unknown;
  if (typeof found !== 'function') throw new Error(`no ${operation} in the SDK`);
  return found as new (input: unknown) => object;
}

function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (typeof value !== 'object' || value === null) return value;
  if ('$bytes' in value) return Buffer.from(String(value.$bytes), 'base64');
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withBytes(each)]));
}

function isServiceError(
  error: unknown,
): error is Error & { readonly $metadata: { readonly httpStatusCode: number } } {
  return error instanceof Error && '$metadata' in error;
}
