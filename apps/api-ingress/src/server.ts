// HTTPS in front of the two protocols (T1: there is no plaintext port). The body stays raw until its hash is checked.
import { randomUUID } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { SignedRequest } from '@sealpost/aws-auth';
import type { SourceTls } from '@sealpost/mail';
import type { TlsFront } from '@sealpost/listening';
import { ConfigError, type Logger } from '@sealpost/runtime';
import { sourceTls } from '@sealpost/tls';
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ActionContext } from './action-context.ts';
import { ApiFault } from './api-fault.ts';
import { authenticate, type AuthenticateDeps } from './authenticate.ts';
import { dispatch, faultAnswer, type Answer } from './dispatch.ts';
import type { ApiMetrics } from './metrics.ts';
import { requireTls } from './require-tls.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
}

export interface ServerDeps extends AuthenticateDeps {
  readonly secure: TlsFront['secure'];
  /** What all actions share; the caller is added per request. */
  readonly actions: Omit<ActionContext, 'accessKeyId' | 'clientAddress' | 'tls'>;
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
}

export interface ApiServer {
  readonly port: number;
  /** Finishes the requests under way. */
  close(): Promise<void>;
}

/** 40 MiB of content in base64 inside JSON, and a little. */
const MAX_BODY_BYTES = 60 * 1024 * 1024;
const REQUEST_MS = 120_000;

/** Throws ConfigError when the port can't be had. */
export async function startServer(options: ServerOptions, deps: ServerDeps): Promise<ApiServer> {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    logger: false,
  });
  requireTls(app.server, deps.secure);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error, request, reply) => {
    const requestId = randomUUID();
    return send(reply, faultAnswer(httpFault(error), rawPathOf(request), requestId), requestId);
  });
  app.setNotFoundHandler((request, reply) => serve(request, reply, deps));
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    throw new ConfigError(`API_PORT ${options.port} on ${options.host} can't be opened: ${String(error)}.`);
  }
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => app.close(),
  };
}

async function serve(request: FastifyRequest, reply: FastifyReply, deps: ServerDeps): Promise<FastifyReply> {
  const requestId = randomUUID();
  if (request.headers['content-encoding'] !== undefined) {
    const fault = new ApiFault('unsupported-encoding', 'Content-Encoding is not supported.');
    return send(reply, faultAnswer(fault, rawPathOf(request), requestId), requestId);
  }
  const answer = await dispatch(signedRequest(request), requestId, {
    authenticate: (signed) => authenticate(signed, deps),
    contextOf: ({ accessKeyId }) => ({
      ...deps.actions,
      accessKeyId,
      clientAddress: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      tls: tlsOf(request.socket),
    }),
    onBug: (error) => {
      deps.logger.error({ err: error, requestId }, 'a request failed');
    },
  });
  deps.metrics.request(answer.operation, answer.code);
  deps.logger.debug({ requestId, operation: answer.operation, code: answer.code }, 'request');
  return send(reply, answer, requestId);
}

function send(reply: FastifyReply, answer: Answer, requestId: string): FastifyReply {
  return reply
    .code(answer.status)
    .headers({ ...answer.headers, 'x-amzn-RequestId': requestId, 'content-type': answer.contentType })
    .send(answer.body);
}

function signedRequest(request: FastifyRequest): SignedRequest {
  const { url = '/' } = request.raw;
  const mark = url.indexOf('?');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.raw.headers)) {
    headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return {
    method: request.method,
    rawPath: rawPathOf(request),
    rawQuery: mark < 0 ? '' : url.slice(mark + 1),
    headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  };
}

function rawPathOf(request: FastifyRequest): string {
  return (request.raw.url ?? '/').replace(/\?.*$/s, '');
}

function httpFault(error: unknown): ApiFault {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  if (status === 413) return new ApiFault('too-large', 'The request is too large.');
  return status === 500
    ? new ApiFault('internal', 'An internal failure has occurred.')
    : new ApiFault('serialization', 'The request could not be read.');
}

const tlsOfSocket = new WeakMap<TLSSocket, SourceTls>();

/** Asked once per connection. */
function tlsOf(socket: unknown): SourceTls | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = tlsOfSocket.get(socket) ?? sourceTls(socket);
  tlsOfSocket.set(socket, known);
  return known;
}
