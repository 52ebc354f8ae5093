// The parts of an installation, and what each is given: a certificate of the internal authority, users, secrets.
// Names of parts are those of the compose services and of the Kubernetes workloads.

export interface Part {
  readonly name: string;
  /** The user its image runs as. */
  readonly uid: number;
  /** Of the engines it uses, each with a user of its own. */
  readonly uses: readonly ('nats' | 'redis')[];
  /** Commands and keys in Redis (ACL rules). */
  readonly redisRules?: string;
}

const READ_AND_WRITE = '+@read +@write +@connection +@transaction -@dangerous +info';

export const PARTS: readonly Part[] = [
  { name: 'nats', uid: 1000, uses: [] },
  { name: 'redis', uid: 999, uses: [] },
  { name: 'policy-service', uid: 1000, uses: ['nats'] },
  {
    name: 'smtp-ingress',
    uid: 1000,
    uses: ['nats', 'redis'],
    // Counts of failed logins.
    redisRules: `~auth:* ${READ_AND_WRITE}`,
  },
  {
    name: 'api-ingress',
    uid: 1000,
    uses: ['nats', 'redis'],
    redisRules: `~auth:* ${READ_AND_WRITE}`,
  },
  {
    name: 'mx-delivery',
    uid: 1000,
    uses: ['nats', 'redis'],
    // The retry schedule, changed by small scripts of our own; what is done is marked.
    redisRules: `~{sealpost}:* ${READ_AND_WRITE} +eval +evalsha +time`,
  },
  { name: 'operator', uid: 1000, uses: ['nats', 'redis'], redisRules: '~* &* +@all' },
];

/** Names by which the other parts call this one: compose's, and those of a namespace. */
export function dnsNames({ name }: Part, namespace: string): readonly string[] {
  const inNamespace = [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
  // Pods of a stateful set have names of their own.
  const pods = inNamespace.map((each) => `*.${each}`);
  return [name, 'localhost', ...inNamespace, `*.${name}`, ...pods];
}
