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

/** Small scripts of our own among them: claims of due retries, counts of what is sent. */
const COMMANDS = '+@read +@write +@connection +@transaction +eval +evalsha +time -@dangerous +info';
/** Failed logins, repeated calls, what was sent. */
const KEYS_OF_INGRESS = '~auth:* ~sent-before:* ~{sending-quota}:*';

export const PARTS: readonly Part[] = [
  { name: 'nats', uid: 1000, uses: [] },
  { name: 'redis', uid: 999, uses: [] },
  { name: 'policy-service', uid: 1000, uses: ['nats'] },
  {
    name: 'smtp-ingress',
    uid: 1000,
    uses: ['nats', 'redis'],
    redisRules: `${KEYS_OF_INGRESS} ${COMMANDS}`,
  },
  {
    name: 'api-ingress',
    uid: 1000,
    uses: ['nats', 'redis'],
    redisRules: `${KEYS_OF_INGRESS} ${COMMANDS}`,
  },
  {
    name: 'mx-delivery',
    uid: 1000,
    uses: ['nats', 'redis'],
    // The retry schedule, marks of what is done, counts of bounces.
    redisRules: `~{sealpost}:* ~{sending-quota}:* ${COMMANDS}`,
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
