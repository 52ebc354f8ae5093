// policy-service in this process over a real NATS server, with a client, and a DNS server for identities.
import { randomBytes } from 'node:crypto';
import { connectBus, type Bucket } from '@sealpost/bus';
import { connectPolicyClient, type PolicyClient } from '@sealpost/policy-client';
import { startDnsServer, startNats, type DnsServer } from '@sealpost/testing';
import { accountRecords } from '../../src/account/account-handlers.ts';
import { configurationSetRecords } from '../../src/configuration-sets/set-rules.ts';
import { credentialRecords, openCredentials } from '../../src/credentials.ts';
import { identityRecords } from '../../src/identities/identity-rules.ts';
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
  readonly identities: Identities;
  readonly dns: DnsServer;
  /** For another server over the same store. */
  readonly deps: PolicyServerDeps;
  /** The result starts it again at the same address. */
  stopServer(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

/** The clock stands at `clock.now`; 1 unless told. */
export async function startPolicyService(
  options: { readonly verifies?: boolean; readonly clock?: { now: number } } = {},
): Promise<RunningPolicyService> {
  const now = () => options.clock?.now ?? 1;
  const nats = await startNats();
  const dns = await startDnsServer({});
  const bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
  const bucket = await bus.openBucket('POLICY');
  const sealingKeys = [randomBytes(32)] as const;
  const credentials = openCredentials(recordStore(bucket, credentialRecords), sealingKeys);
  await credentials.ensure(key, 0);
  const identities = openIdentities({
    store: recordStore(bucket, identityRecords),
    sealingKeys,
    dns: openDnsQuestions([dns.address]),
    feedbackHost: 'feedback.sealpost.test',
    verifies: options.verifies ?? false,
    now,
  });
  const deps = {
    sets: recordStore(bucket, configurationSetRecords),
    pools: recordStore(bucket, poolRecords),
    templates: recordStore(bucket, templateRecords),
    account: recordStore(bucket, accountRecords),
    identities,
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
      await bus.close();
      await dns.close();
      await nats.stop();
    },
  };
}
