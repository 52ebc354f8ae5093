// The operator's port: alive, ready, metrics. Plain HTTP, for loopback and the pod network only.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { ConfigError } from './load-config.ts';
import type { Logger } from './logger.ts';

export interface OperationsOptions {
  readonly host: string;
  readonly port: number;
  /** Names of what is not ready; an empty list means ready. */
  readonly ready: () => Promise<readonly string[]>;
}

interface Operations {
  close(): Promise<void>;
}

/** `GET /healthz`, `/readyz`, `/metrics`. Throws ConfigError when the port is taken. */
export async function startOperations(
  options: OperationsOptions,
  registry: Registry,
  logger: Logger,
): Promise<Operations> {
  const server = createServer((request, response) => {
    answer(request, response, { ...options, registry }).catch((error: unknown) => {
      logger.warn({ err: error }, 'the operations port could not answer');
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new ConfigError(`OPERATIONS_PORT ${options.port} can't be opened: ${error.message}.`));
    });
    server.listen(options.port, options.host, resolve);
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

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: OperationsOptions & { readonly registry: Registry },
): Promise<void> {
  switch (request.url) {
    case '/healthz':
      send(response, 200, 'ok\n');
      return;
    case '/readyz': {
      const missing = await options.ready();
      if (missing.length === 0) send(response, 200, 'ready\n');
      else send(response, 503, `not ready: ${missing.join(', ')}\n`);
      return;
    }
    case '/metrics':
      send(response, 200, await options.registry.metrics());
      return;
    default:
      send(response, 404, 'not found\n');
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(body);
}
