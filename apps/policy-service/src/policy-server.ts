// The gRPC server, and what it answers of sets: requests are checked here once.
// Source: faults 4.3.
import {
  credentialServiceDefinition,
  fromRequestedOptions,
  identityServiceDefinition,
  policyServiceDefinition,
  toSetRecord,
  type ConfigurationSet,
  type DeliveryOptions,
  type PolicyServiceServer,
} from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { allowedCallersOnly } from './allowed-callers.ts';
import { isSetName, optionsFault, withOptions } from './configuration-sets.ts';
import { credentialHandlers } from './credential-handlers.ts';
import type { Credentials } from './credentials.ts';
import { Refused, unary } from './grpc-answers.ts';
import { identityHandlers } from './identities/identity-handlers.ts';
import type { Identities } from './identities/open-identities.ts';
import type { RecordStore } from './record-store.ts';

export interface PolicyServerDeps {
  readonly sets: RecordStore<ConfigurationSet>;
  readonly identities: Identities;
  readonly credentials: Credentials;
  /** Undefined: in the clear, and anyone may call. With certificates, each caller only what it needs. */
  readonly security?: ServerCredentials | undefined;
  readonly now: () => number;
  readonly logger: Logger;
}

export interface PolicyServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Names, options and key ids fit in far less. */
const MAX_REQUEST_BYTES = 64 * 1024;
const DRAIN_MS = 3000;

/** Rejects when the address can't be had. */
export async function startPolicyServer(address: string, deps: PolicyServerDeps): Promise<PolicyServer> {
  const server = new Server({
    interceptors: deps.security === undefined ? [] : [allowedCallersOnly],
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_concurrent_streams': 1000,
  });
  server.addService(policyServiceDefinition, policyHandlers(deps));
  server.addService(identityServiceDefinition, identityHandlers(deps.identities, deps.logger));
  server.addService(credentialServiceDefinition, credentialHandlers(deps.credentials, deps));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, deps.security ?? ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { port, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, DRAIN_MS);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}

function policyHandlers(deps: PolicyServerDeps): PolicyServiceServer {
  const { sets, logger } = deps;
  return {
    getConfigurationSet: unary(logger, async ({ name }) =>
      toSetRecord(found(await sets.get(checkedName(name)), name)),
    ),
    createConfigurationSet: unary(logger, async (request) => {
      const name = checkedName(request.name);
      const options = checkedOptions(fromRequestedOptions(request.deliveryOptions));
      const set = {
        name,
        deliveryOptions: { tlsPolicy: 'Optional', ...options },
        createdAt: deps.now(),
      } as const;
      const created = await sets.create(set);
      if (created === 'exists')
        throw new Refused(status.ALREADY_EXISTS, `Configuration set <${name}> already exists.`);
      if (created === 'limit') throw new Refused(status.RESOURCE_EXHAUSTED, 'Too many configuration sets.');
      return toSetRecord(set);
    }),
    deleteConfigurationSet: unary(logger, async ({ name }) => {
      if ((await sets.delete(checkedName(name))) === 'absent') throw absent(name);
      return {};
    }),
    listConfigurationSets: unary(logger, async ({ pageSize, afterName }) => {
      const { names, hasMore } = await sets.list(afterName, Math.min(pageSize === 0 ? 100 : pageSize, 1000));
      return { names: [...names], hasMore };
    }),
    putDeliveryOptions: unary(logger, async (request) => {
      const name = checkedName(request.name);
      const options = checkedOptions(fromRequestedOptions(request.deliveryOptions));
      return toSetRecord(found(await sets.change(name, (set) => withOptions(set, options)), name));
    }),
  };
}

function checkedName(name: string): string {
  // The name is not repeated: it may be anything.
  if (!isSetName(name)) throw new Refused(status.INVALID_ARGUMENT, 'Invalid configuration set name.');
  return name;
}

function checkedOptions(requested: ReturnType<typeof fromRequestedOptions>): DeliveryOptions {
  if (requested.kind === 'invalid') throw new Refused(status.INVALID_ARGUMENT, 'Unknown TlsPolicy.');
  const fault = optionsFault(requested.options);
  if (fault !== undefined) throw new Refused(status.INVALID_ARGUMENT, fault);
  return requested.options;
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw absent(name);
  return value;
}

function absent(name: string): Refused {
  return new Refused(status.NOT_FOUND, `Configuration set <${name}> does not exist.`);
}
