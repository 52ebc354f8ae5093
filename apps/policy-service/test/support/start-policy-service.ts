// policy-service in this process over a real NATS server, with a client, and a DNS server for identities.
import { randomBytes } from 'node:crypto';
import { connectBus, type Bucket, type Bus } from '@sealpost/bus';
import { connectPolicyClient, type PolicyClient } from '@sealpost/policy-client';
import { addressPolicy } from '@sealpost/runtime';
import { startDnsServer, startNats, type DnsServer, type Engine } from '@sealpost/testing';
import { Registry } from 'prom-client';
import { accountRecords } from '../../src/account/account-handlers.ts';
import { openCertificates } from '../../src/certificates/open-certificates.ts';
import { configurationSetRecords } from '../../src/configuration-sets/set-rules.ts';
import { credentialRecords, openCredentials } from '../../src/credentials.ts';
import { identityRecords } from '../../src/identities/identity-rules.ts';
import { parseEventTargets } from '../../src/event-delivery/event-targets.ts';
import {
  openEventDelivery,
  type EventDelivery,
  type EventDeliveryOptions,
} from '../../src/event-delivery/open-event-delivery.ts';
import { openDnsQuestions } from '../../src/identities/look-up-records.ts';
import { openIdentities, type Identities } from '../../src/identities/open-identities.ts';
import { startPolicyServer, type PolicyServerDeps } from '../../src/policy-server.ts';
import { poolRecords } from '../../src/pools/pool-handlers.ts';
import { recordStore } from '../../src/record-store.ts';
import { templateRecords } from '../../src/templates/template-rules.ts';

export const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
export const key = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

export interface RunningPolicyService {
  readonly address: () => string;
  readonly client: PolicyClient;
  readonly bucket: Bucket;
  readonly bus: Bus;
  readonly nats: Engine;
  readonly events: EventDelivery;
  readonly registry: Registry;
  readonly identities: Identities;
  readonly dns: DnsServer;
  /** For another server over the same store. */
  readonly deps: PolicyServerDeps;
  /** The result starts it again at the same address. */
  stopServer(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export interface PolicyServiceOptions {
  readonly verifies?: boolean;
  readonly clock?: { now: number };
  /** Default: one that is not there. */
  readonly certificatesFolder?: string;
  readonly events?: Partial<Omit<EventDeliveryOptions, 'webhooks'>> & {
    readonly webhooks?: Partial<EventDeliveryOptions['webhooks']>;
  };
}

/** The clock stands at `clock.now`; 1 unless told. */
export async function startPolicyService(options: PolicyServiceOptions = {}): Promise<RunningPolicyService> {
  const now = () => options.clock?.now ?? 1;
  const nats = await startNats();
  const dns = await startDnsServer({});
  const bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
  const bucket = await bus.openBucket('POLICY');
  const sealingKeys = [randomBytes(32)] as const;
  const credentials = openCredentials(recordStore(bucket, credentialRecords), sealingKeys);
  await credentials.ensure(key, 0);
  const identityStore = recordStore(bucket, identityRecords);
  const certificates = openCertificates({
    store: identityStore,
    folder: options.certificatesFolder ?? '/nowhere',
    now,
    logger: log,
  });
  const identities = openIdentities({
    store: identityStore,
    sealingKeys,
    certificates,
    dns: openDnsQuestions([dns.address]),
    feedbackHost: 'feedback.sealpost.test',
    verifies: options.verifies ?? false,
    now,
  });
  const registry = new Registry();
  const events = await openEventDelivery(
    {
      targets: parseEventTargets(''),
      publicUrl: 'https://api.sealpost.test',
      signatureVersion: '2',
      retryDelaysMs: [20],
      giveUpAfterMs: 600_000,
      region: 'us-east-1',
      ...options.events,
      webhooks: {
        refuseAddress: addressPolicy([], 'EVENT_ALLOWED_NETWORKS'),
        connections: 4,
        timeoutMs: 2000,
        ...options.events?.webhooks,
      },
    },
    { bus, bucket, sealingKeys, registry, now: Date.now, logger: log },
  );
  const deps = {
    events,
    sets: recordStore(bucket, configurationSetRecords),
    pools: recordStore(bucket, poolRecords),
    templates: recordStore(bucket, templateRecords),
    account: recordStore(bucket, accountRecords),
    identities,
    certificates,
    credentials,
    now,
    logger: log,
  };
  let server = await startPolicyServer('127.0.0.1:0', deps);
  const address = `127.0.0.1:${String(server.port)}`;
  const client = await connectPolicyClient({ address, bucket });
  return {
    address: () => address,
    client,
    bucket,
    bus,
    nats,
    events,
    registry,
    identities,
    dns,
    deps,
    stopServer: async () => {
      await server.close();
      return async () => {
        server = await startPolicyServer(address, deps);
      };
    },
    stop: async () => {
      client.close();
      await server.close();
      await events.close();
      await bus.close();
      await dns.close();
      await nats.stop();
    },
  };
}
