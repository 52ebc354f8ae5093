// HTTPS in front of the two protocols (T1: there is no plaintext port). Bodies are read as they arrive, within the
// limits of body/; what is no HTTP gets one answer and the end of its connection. Source: faults 4.2.
import { hash, randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { SourceTls } from '@sealpost/mail';
import type { TlsFront } from '@sealpost/listening';
import { ConfigError, type Logger } from '@sealpost/runtime';
import { sourceTls } from '@sealpost/tls';
import {
  fastify,
  type ConnectionError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { ActionContext } from './action-context.ts';
import { ApiFault, UNAVAILABLE } from './api-fault.ts';
import { authenticate, type AuthenticateDeps } from './authenticate.ts';
import { bodyRoom, type BodyRoom } from './body/body-room.ts';
import { bodyLimits, EMPTY_BODY, receiveBody, tooLarge, type ReceivedBody } from './body/receive-body.ts';
import { dispatch, faultAnswer, isRestPath, type Answer, type ApiRequest } from './dispatch.ts';
import { serveLinks } from './links.ts';
import type { ApiMetrics } from './metrics.ts';
import { requireTls } from './require-tls.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** A request has to be here whole by then. */
  readonly requestTimeoutMs: number;
  /** Of large bodies that are held at a time; others wait. */
  readonly maxBodyBytesInFlight: number;
  readonly maxConnections: number;
  readonly reusePort?: boolean;
}

export interface ServerDeps extends AuthenticateDeps {
  readonly secure: TlsFront['secure'];
  /** What all actions share; the caller is added per request. */
  readonly actions: Omit<ActionContext, 'accessKeyId' | 'invocation' | 'region' | 'clientAddress' | 'tls'>;
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
}

export interface ApiServer {
  readonly port: number;
  /** Finishes the requests under way. */
  close(): Promise<void>;
}

/** Header section of a request; SES's clients send less than 4 KiB. */
const MAX_HEADER_BYTES = 16 * 1024;
const KEEP_ALIVE_MS = 75_000;

/** Throws ConfigError when the port can't be had. */
export async function startServer(options: ServerOptions, deps: ServerDeps): Promise<ApiServer> {
  const { requestTimeoutMs } = options;
  const app = fastify({
    // The head; the body has as long again.
    requestTimeout: 2 * requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Checked often enough that a short limit is one.
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(requestTimeoutMs, 5000),
    },
    clientErrorHandler: answerNoHttp,
    logger: false,
  });
  app.server.maxConnections = options.maxConnections;
  requireTls(app.server, deps.secure);
  const room = bodyRoom({ maxBytes: options.maxBodyBytesInFlight, maxWaitMs: requestTimeoutMs / 2 });
  readBodies(app, room, requestTimeoutMs);
  app.addHook('onRequest', refuseEncodings);
  app.setErrorHandler((error, request, reply) => {
    const requestId = randomUUID();
    return send(reply, faultAnswer(httpFault(error), rawPathOf(request), requestId), requestId);
  });
  serveLinks(app, deps.actions.policies);
  app.setNotFoundHandler((request, reply) => serve(request, reply, deps));
  try {
    const { host, port, reusePort = false } = options;
    // Fastify hands on what its types do not know.
    const place = { host, port, reusePort };
    await app.listen(place);
  } catch (error) {
    throw new ConfigError(`API_PORT ${options.port} on ${options.host} can't be opened: ${String(error)}.`);
  }
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => app.close(),
  };
}

/** Faults 4.2 row 46: before a byte of the body is read. */
function refuseEncodings(
  request: FastifyRequest,
  _reply: FastifyReply,
  next: (fault?: ApiFault) => void,
): void {
  const isEncoded = request.headers['content-encoding'] !== undefined;
  next(isEncoded ? new ApiFault('unsupported-encoding', 'Content-Encoding is not supported.') : undefined);
}

/** Large bodies wait for room, and give it back when the answer is out or the client gone. */
function readBodies(app: FastifyInstance, room: BodyRoom, timeoutMs: number): void {
  const leaving = new WeakMap<FastifyRequest, () => void>();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
    const protocol = isRestPath(rawPathOf(request)) ? 'rest' : 'query';
    const { maxBytes } = bodyLimits(protocol);
    const declared = request.headers['content-length'];
    const sizeBytes = declared === undefined ? maxBytes : Number(declared);
    if (sizeBytes > maxBytes) throw tooLarge();
    const leave = await room.enter(sizeBytes);
    if (leave === undefined) throw new ApiFault('unavailable', UNAVAILABLE);
    if (request.raw.destroyed) leave();
    else leaving.set(request, leave);
    return receiveBody(payload, { protocol, timeoutMs });
  });
  app.addHook('onResponse', (request, _reply, next) => {
    leaving.get(request)?.();
    next();
  });
}

async function serve(request: FastifyRequest, reply: FastifyReply, deps: ServerDeps): Promise<FastifyReply> {
  const requestId = randomUUID();
  const received = apiRequest(request);
  const answer = await dispatch(received, requestId, {
    authenticate: (signed) => authenticate(signed, deps),
    contextOf: ({ accessKeyId }) => ({
      ...deps.actions,
      accessKeyId,
      region: deps.region,
      invocation: invocationOf(received, accessKeyId),
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

/** The id that SDKs give a call stays the same when they try it again; it is the caller's and the body's (SES contract 3.7). */
function invocationOf({ headers, bodySha256 }: ApiRequest, accessKeyId: string): string | undefined {
  const id = headers['amz-sdk-invocation-id'];
  if (id === undefined || id === '') return undefined;
  return hash('sha256', `${accessKeyId}\n${id}\n${bodySha256}`, 'base64url');
}

function send(reply: FastifyReply, answer: Answer, requestId: string): FastifyReply {
  // What is refused before it was read is not read any more.
  if (!reply.request.raw.complete) void reply.header('connection', 'close');
  return reply
    .code(answer.status)
    .headers({ ...answer.headers, 'x-amzn-RequestId': requestId, 'content-type': answer.contentType })
    .send(answer.body);
}

function apiRequest(request: FastifyRequest): ApiRequest {
  const { url = '/' } = request.raw;
  const mark = url.indexOf('?');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.raw.headers)) {
    headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const body = (request.body as ReceivedBody | undefined) ?? EMPTY_BODY;
  return {
    method: request.method,
    rawPath: rawPathOf(request),
    rawQuery: mark < 0 ? '' : url.slice(mark + 1),
    headers,
    bodySha256: body.sha256,
    content: body.content,
  };
}

function rawPathOf(request: FastifyRequest): string {
  return (request.raw.url ?? '/').replace(/\?.*$/s, '');
}

function httpFault(error: unknown): ApiFault {
  if (error instanceof ApiFault) return error;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  if (status === 413) return tooLarge();
  return status === 500
    ? new ApiFault('internal', 'An internal failure has occurred.')
    : new ApiFault('serialization', 'The request could not be read.');
}

const NO_HTTP: Readonly<Record<string, readonly [status: string, code: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'RequestTimeout'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'RequestHeaderSectionTooLarge'],
};

/** Faults 4.2 rows 44 and 45: whatever may be read in two ways ends the connection (RFC 9112 §11.2). */
function answerNoHttp(error: ConnectionError, socket: Socket): void {
  const [status, code] = NO_HTTP[error.code] ?? ['400 Bad Request', 'MalformedRequest'];
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\ndate: ${new Date().toUTCString()}\r\ncontent-type: text/xml\r\n` +
      `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

const tlsOfSocket = new WeakMap<TLSSocket, SourceTls>();

/** Asked once per connection. */
function tlsOf(socket: unknown): SourceTls | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = tlsOfSocket.get(socket) ?? sourceTls(socket);
  tlsOfSocket.set(socket, known);
  return known;
}
