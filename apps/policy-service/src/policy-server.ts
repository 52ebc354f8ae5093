// The gRPC server; each kind of record has its handlers. Source: faults 4.3.
import {
  accountServiceDefinition,
  credentialServiceDefinition,
  identityServiceDefinition,
  policyServiceDefinition,
  poolServiceDefinition,
  subscriptionServiceDefinition,
  templateServiceDefinition,
  type AccountSettings,
  type ConfigurationSet,
  type Pool,
  type Template,
} from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { accountHandlers } from './account/account-handlers.ts';
import { allowedCallersOnly } from './allowed-callers.ts';
import { setHandlers } from './configuration-sets/set-handlers.ts';
import { credentialHandlers } from './credential-handlers.ts';
import type { Certificates } from './certificates/open-certificates.ts';
import type { Credentials } from './credentials.ts';
import type { EventDelivery } from './event-delivery/open-event-delivery.ts';
import { subscriptionHandlers } from './event-delivery/subscription-handlers.ts';
import { identityHandlers } from './identities/identity-handlers.ts';
import type { Identities } from './identities/open-identities.ts';
import { poolHandlers } from './pools/pool-handlers.ts';
import type { RecordStore } from './record-store.ts';
import { templateHandlers } from './templates/template-handlers.ts';

export interface PolicyServerDeps {
  readonly sets: RecordStore<ConfigurationSet>;
  readonly pools: RecordStore<Pool>;
  readonly templates: RecordStore<Template>;
  readonly account: RecordStore<AccountSettings>;
  readonly identities: Identities;
  readonly certificates: Certificates;
  readonly credentials: Credentials;
  readonly events: Pick<EventDelivery, 'subscriptions' | 'certificate' | 'checkSink' | 'announce'>;
  /** Undefined: in the clear, and anyone may call. With certificates, each caller only what it needs. */
  readonly security?: ServerCredentials | undefined;
  readonly now: () => number;
  readonly logger: Logger;
}

export interface PolicyServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The largest template in UTF-8, and a little (faults 4.3 row 59). */
const MAX_REQUEST_BYTES = 2 * 1024 * 1024;
const DRAIN_MS = 3000;

/** Rejects when the address can't be had. */
export async function startPolicyServer(address: string, deps: PolicyServerDeps): Promise<PolicyServer> {
  const server = new Server({
    interceptors: deps.security === undefined ? [] : [allowedCallersOnly],
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    // Per connection; what is beyond waits at the caller (faults 4.3 row 66).
    'grpc.max_concurrent_streams': 100,
  });
  server.addService(policyServiceDefinition, setHandlers(deps));
  server.addService(identityServiceDefinition, identityHandlers(deps.identities, deps));
  server.addService(credentialServiceDefinition, credentialHandlers(deps.credentials, deps));
  server.addService(poolServiceDefinition, poolHandlers(deps));
  server.addService(templateServiceDefinition, templateHandlers(deps));
  server.addService(accountServiceDefinition, accountHandlers(deps.account, deps.logger));
  server.addService(subscriptionServiceDefinition, subscriptionHandlers(deps.events, deps.logger));
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
