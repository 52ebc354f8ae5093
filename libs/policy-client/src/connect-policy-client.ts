// What the ingresses ask of policy-service: gRPC with deadlines, answers cached until the store tells of a change.
// With the service away, sets that are known go on; one that is not is a temporary failure, never a guess (T11).
import type { Bucket } from '@sealpost/bus';
import {
  AccountServiceClient,
  CredentialServiceClient,
  IdentityServiceClient,
  PolicyServiceClient,
  PoolServiceClient,
  SubscriptionServiceClient,
  suppressionReasons,
  TemplateServiceClient,
} from '@sealpost/contracts';
import type { PinnedPolicy } from '@sealpost/mail';
import { credentials as grpcCredentials, type ChannelCredentials } from '@grpc/grpc-js';
import { openAccount, type AccountPlane } from './account.ts';
import type { Unavailable } from './ask.ts';
import { certificatePlane, type CertificatePlane } from './certificates.ts';
import { setPlane, type SetPlane } from './configuration-sets.ts';
import { openExpiringCache, type CacheClock, type ExpiringCache } from './expiring-cache.ts';
import { openCredentialPlane, type CredentialPlane } from './credentials.ts';
import { identityPlane, type IdentityPlane } from './identities.ts';
import { poolPlane, type PoolPlane } from './pools.ts';
import { openSenders, type ResolvedSender } from './senders.ts';
import { subscriptionPlane, type SubscriptionPlane } from './subscriptions.ts';
import { openTemplates, type TemplatePlane } from './templates.ts';

export type ResolvedPolicy =
  | {
      readonly kind: 'policy';
      readonly policy: PinnedPolicy;
      readonly isSendingPaused?: boolean;
      /** Mail is to be S/MIME-signed. */
      readonly isSmimeSigned?: boolean;
    }
  | { readonly kind: 'unknown-configuration-set' }
  | Unavailable;

export interface PolicyClient
  extends
    IdentityPlane,
    CertificatePlane,
    SetPlane,
    PoolPlane,
    TemplatePlane,
    AccountPlane,
    CredentialPlane,
    SubscriptionPlane {
  /** Without a name: Optional (T7). No I/O for a set that is known. */
  resolvePolicy(configurationSetName: string | undefined): Promise<ResolvedPolicy>;
  /** What holds for mail from an address. No I/O for one that is known. */
  resolveSender(address: string): Promise<ResolvedSender>;
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
const TEMPLATE_PREFIX = 'template.';
const ACCOUNT_PREFIX = 'account.';

export async function connectPolicyClient(options: PolicyClientOptions): Promise<PolicyClient> {
  const credentials = options.credentials ?? grpcCredentials.createInsecure();
  const clients = openClients(options.address, credentials);
  // Without a watch answers live for a minute; with one, only while it stands.
  let epoch: number | undefined = options.bucket === undefined ? 0 : undefined;
  const clock = { now: options.now ?? (() => performance.now()), epoch: () => epoch };
  const policies = openPolicyCache(clock);
  const { plane: credentialPlane, forget: forgetCredential } = openCredentialPlane(clients.credential, clock);
  const senders = openSenders(clients.identity, clock);
  const templates = openTemplates(clients.template, clock);
  const account = openAccount(clients.account, clock);
  const sets = setPlane(clients.policy, (name) => {
    policies.forget(name);
  });
  const watch = await options.bucket?.watch({
    onChange: (key) => {
      if (key.startsWith(SET_PREFIX)) policies.forget(key.slice(SET_PREFIX.length));
      if (key.startsWith(IDENTITY_PREFIX)) senders.forget(recordName(key.slice(IDENTITY_PREFIX.length)));
      if (key.startsWith(TEMPLATE_PREFIX)) templates.forget(key.slice(TEMPLATE_PREFIX.length));
      if (key.startsWith(ACCOUNT_PREFIX)) account.forget();
      if (key.startsWith(CREDENTIAL_PREFIX)) forgetCredential(key.slice(CREDENTIAL_PREFIX.length));
    },
    // T11: what changed while NATS was away is not told afterwards.
    onStanding: (standing) => {
      epoch = standing;
    },
  });
  return {
    ...sets,
    ...identityPlane(clients.identity, senders.forget),
    ...certificatePlane(clients.identity, senders.forget),
    ...poolPlane(clients.pool),
    ...templates.plane,
    ...account.plane,
    ...credentialPlane,
    ...subscriptionPlane(clients.subscription),
    resolveSender: senders.resolve,
    resolvePolicy: (name) => {
      if (name === undefined) return NO_SET;
      // A name that no set can have needs no question, and no place in the cache.
      if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) return UNKNOWN_SET;
      return policies.get(name, async () => pinnedPolicy(await sets.getConfigurationSet(name)));
    },
    close: () => {
      watch?.close();
      for (const client of Object.values(clients)) client.close();
    },
  };
}

function openClients(address: string, credentials: ChannelCredentials) {
  return {
    policy: new PolicyServiceClient(address, credentials, CHANNEL),
    identity: new IdentityServiceClient(address, credentials, CHANNEL),
    credential: new CredentialServiceClient(address, credentials, CHANNEL),
    pool: new PoolServiceClient(address, credentials, CHANNEL),
    template: new TemplateServiceClient(address, credentials, CHANNEL),
    account: new AccountServiceClient(address, credentials, CHANNEL),
    subscription: new SubscriptionServiceClient(address, credentials, CHANNEL),
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
function openPolicyCache(clock: CacheClock): ExpiringCache<ResolvedPolicy> {
  return openExpiringCache<ResolvedPolicy>(
    {
      keepMs: ({ kind }) => (kind === 'policy' ? KEEP_MS : 0),
      isWorthOldAge: ({ kind }) => kind === 'policy',
      isSilence: ({ kind }) => kind === 'unavailable',
      maxEntries: MAX_ENTRIES,
    },
    clock,
  );
}

const NO_SET: Promise<ResolvedPolicy> = Promise.resolve({
  kind: 'policy',
  policy: { tlsPolicy: 'Optional' },
  isSendingPaused: false,
});
const UNKNOWN_SET: Promise<ResolvedPolicy> = Promise.resolve({ kind: 'unknown-configuration-set' });

/** policy-service spells names that are no NATS keys as `=<base64url>`. */
function recordName(key: string): string {
  return key.startsWith('=') ? Buffer.from(key.slice(1), 'base64url').toString() : key;
}

function pinnedPolicy(answer: Awaited<ReturnType<PolicyClient['getConfigurationSet']>>): ResolvedPolicy {
  if (answer.kind === 'unknown') return { kind: 'unknown-configuration-set' };
  if (answer.kind === 'unavailable') return answer;
  const { name, deliveryOptions, isSendingPaused, suppressedReasons, signingScheme } = answer.set;
  const { tlsPolicy, maxDeliverySeconds, sendingPoolName } = deliveryOptions;
  return {
    kind: 'policy',
    isSendingPaused,
    isSmimeSigned: signingScheme === 'Smime',
    policy: {
      configurationSet: name,
      tlsPolicy,
      ...(maxDeliverySeconds === undefined ? {} : { maxDeliverySeconds }),
      ...(sendingPoolName === undefined ? {} : { sendingPool: sendingPoolName }),
      ...(suppressedReasons === undefined
        ? {}
        : { suppressedReasons: suppressionReasons(suppressedReasons) }),
    },
  };
}
