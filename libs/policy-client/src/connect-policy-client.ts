// What the ingresses ask of policy-service: gRPC with deadlines, answers cached until the store tells of a change.
// With the service away, sets that are known go on; one that is not is a temporary failure, never a guess (T11).
import type { Bucket } from '@sealpost/bus';
import {
  CredentialServiceClient,
  fromSetRecord,
  IdentityServiceClient,
  PolicyServiceClient,
  toOptionsRecord,
  type ConfigurationSet,
  type DeliveryOptions,
} from '@sealpost/contracts';
import type { PinnedPolicy } from '@sealpost/mail';
import { credentials as grpcCredentials, status, type ChannelCredentials } from '@grpc/grpc-js';
import { ask, invalidOr, isAbsent, UNAVAILABLE, type Invalid, type Unavailable } from './ask.ts';
import { openExpiringCache, type ExpiringCache } from './expiring-cache.ts';
import { openCredentialPlane, type CredentialPlane } from './credentials.ts';
import { identityPlane, type IdentityPlane } from './identities.ts';
import { openSenders, type ResolvedSender } from './senders.ts';

export type ResolvedPolicy =
  | { readonly kind: 'policy'; readonly policy: PinnedPolicy }
  | { readonly kind: 'unknown-configuration-set' }
  | Unavailable;

export interface PolicyClient extends IdentityPlane, CredentialPlane {
  /** Without a name: Optional (T7). No I/O for a set that is known. */
  resolvePolicy(configurationSetName: string | undefined): Promise<ResolvedPolicy>;
  /** What holds for mail from an address. No I/O for one that is known. */
  resolveSender(address: string): Promise<ResolvedSender>;
  createConfigurationSet(
    name: string,
    options: DeliveryOptions,
  ): Promise<
    | { readonly kind: 'created' }
    | { readonly kind: 'exists' }
    | { readonly kind: 'limit' }
    | Invalid
    | Unavailable
  >;
  /** Not cached. */
  getConfigurationSet(
    name: string,
  ): Promise<
    { readonly kind: 'set'; readonly set: ConfigurationSet } | { readonly kind: 'unknown' } | Unavailable
  >;
  listConfigurationSets(page: {
    readonly pageSize: number;
    readonly afterName?: string;
  }): Promise<
    { readonly kind: 'page'; readonly names: readonly string[]; readonly hasMore: boolean } | Unavailable
  >;
  deleteConfigurationSet(
    name: string,
  ): Promise<{ readonly kind: 'deleted' } | { readonly kind: 'unknown' } | Unavailable>;
  /** Members left out keep their value. */
  putDeliveryOptions(
    name: string,
    options: DeliveryOptions,
  ): Promise<{ readonly kind: 'updated' } | { readonly kind: 'unknown' } | Invalid | Unavailable>;
  close(): void;
}

export interface PolicyClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** Watched for changes; without it, answers live for a minute. */
  readonly bucket?: Bucket;
  readonly now?: () => number;
  /** Default: in the clear. */
  readonly credentials?: ChannelCredentials;
}

const KEEP_MS = 60_000;
const MAX_ENTRIES = 10_000;
const SET_PREFIX = 'configuration-set.';
const CREDENTIAL_PREFIX = 'credential.';
const IDENTITY_PREFIX = 'identity.';

export async function connectPolicyClient(options: PolicyClientOptions): Promise<PolicyClient> {
  const credentials = options.credentials ?? grpcCredentials.createInsecure();
  const client = new PolicyServiceClient(options.address, credentials, CHANNEL);
  const identityClient = new IdentityServiceClient(options.address, credentials, CHANNEL);
  const credentialClient = new CredentialServiceClient(options.address, credentials, CHANNEL);
  const now = options.now ?? (() => performance.now());
  const policies = openPolicyCache(now);
  const { plane: credentialPlane, forget: forgetCredential } = openCredentialPlane(credentialClient, now);
  const senders = openSenders(identityClient, now);
  const watch = await options.bucket?.watch((key) => {
    if (key.startsWith(SET_PREFIX)) policies.forget(key.slice(SET_PREFIX.length));
    if (key.startsWith(IDENTITY_PREFIX)) senders.forgetAll();
    if (key.startsWith(CREDENTIAL_PREFIX)) forgetCredential(key.slice(CREDENTIAL_PREFIX.length));
  });
  const control = controlPlane(client, (name) => {
    policies.forget(name);
  });
  return {
    ...control,
    ...identityPlane(identityClient, senders.forgetAll),
    ...credentialPlane,
    resolveSender: senders.resolve,
    resolvePolicy: (name) => {
      if (name === undefined) return NO_SET;
      // A name that no set can have needs no question, and no place in the cache.
      if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) return UNKNOWN_SET;
      return policies.get(name, async () => pinnedPolicy(await control.getConfigurationSet(name)));
    },
    close: () => {
      watch?.close();
      client.close();
      identityClient.close();
      credentialClient.close();
    },
  };
}

const CHANNEL = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.keepalive_time_ms': 10_000,
  // Our own service is never behind the machine's HTTP proxy.
  'grpc.enable_http_proxy': 0,
};

/** What is known outlives its minute while policy-service is away; what is unknown is asked for again. */
function openPolicyCache(now: () => number): ExpiringCache<ResolvedPolicy> {
  return openExpiringCache<ResolvedPolicy>(
    {
      keepMs: ({ kind }) => (kind === 'policy' ? KEEP_MS : 0),
      isWorthOldAge: ({ kind }) => kind === 'policy',
      isSilence: ({ kind }) => kind === 'unavailable',
      maxEntries: MAX_ENTRIES,
    },
    now,
  );
}

const NO_SET: Promise<ResolvedPolicy> = Promise.resolve({
  kind: 'policy',
  policy: { tlsPolicy: 'Optional' },
});
const UNKNOWN_SET: Promise<ResolvedPolicy> = Promise.resolve({ kind: 'unknown-configuration-set' });

function pinnedPolicy(answer: Awaited<ReturnType<PolicyClient['getConfigurationSet']>>): ResolvedPolicy {
  if (answer.kind === 'unknown') return { kind: 'unknown-configuration-set' };
  if (answer.kind === 'unavailable') return answer;
  const { name, deliveryOptions } = answer.set;
  const { tlsPolicy, maxDeliverySeconds } = deliveryOptions;
  return {
    kind: 'policy',
    policy: {
      configurationSet: name,
      tlsPolicy,
      ...(maxDeliverySeconds === undefined ? {} : { maxDeliverySeconds }),
    },
  };
}

type ControlPlane = Omit<
  PolicyClient,
  keyof IdentityPlane | keyof CredentialPlane | 'resolvePolicy' | 'resolveSender' | 'close'
>;

function controlPlane(client: PolicyServiceClient, changed: (name: string) => void): ControlPlane {
  return {
    createConfigurationSet: async (name, options) => {
      const request = { name, deliveryOptions: toOptionsRecord(options) };
      const answer = await ask((call) => client.createConfigurationSet(request, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'created' };
      if (answer.error.code === status.ALREADY_EXISTS) return { kind: 'exists' };
      return answer.error.code === status.RESOURCE_EXHAUSTED ? { kind: 'limit' } : invalidOr(answer.error);
    },
    getConfigurationSet: async (name) => {
      const answer = await ask<Parameters<typeof fromSetRecord>[0]>((call) =>
        client.getConfigurationSet({ name }, ...call),
      );
      if (answer.kind === 'response') return { kind: 'set', set: fromSetRecord(answer.response) };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    listConfigurationSets: async ({ pageSize, afterName }) => {
      const answer = await ask<{ names: string[]; hasMore: boolean }>((call) =>
        client.listConfigurationSets({ pageSize, afterName: afterName ?? '' }, ...call),
      );
      return answer.kind === 'response' ? { kind: 'page', ...answer.response } : UNAVAILABLE;
    },
    deleteConfigurationSet: async (name) => {
      const answer = await ask((call) => client.deleteConfigurationSet({ name }, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'deleted' };
      return isAbsent(answer.error) ? { kind: 'unknown' } : UNAVAILABLE;
    },
    putDeliveryOptions: async (name, options) => {
      const request = { name, deliveryOptions: toOptionsRecord(options) };
      const answer = await ask((call) => client.putDeliveryOptions(request, ...call));
      changed(name);
      if (answer.kind === 'response') return { kind: 'updated' };
      return answer.error.code === status.NOT_FOUND ? { kind: 'unknown' } : invalidOr(answer.error);
    },
  };
}
