// Which MX hosts are down, known to all workers, in Redis. A host that can't be reached is left alone, longer each
// time; then one attempt probes it; when it is back, attempts grow from one. What is lost with Redis is learnt anew.
// Source: faults Q17, row 27.
import type { MxHost } from '@sealpost/mail';
import type { Redis } from '@sealpost/redis';
import type { Logger } from '@sealpost/runtime';
import { askHost, noteHostFailed, noteHostReached } from './health-scripts.ts';

export type Readiness =
  /** In the order to try them: those known to be down come last. */
  | { readonly kind: 'go'; readonly hosts: readonly MxHost[] }
  /** Every host is down, or has as many attempts as it can take for now. */
  | { readonly kind: 'wait'; readonly delayMs: number };

export interface HostHealth {
  /** Never throws: with Redis away every host counts as up. */
  ask(hosts: readonly MxHost[]): Promise<Readiness>;
  /** What an attempt learnt of hosts. */
  note(learnt: {
    readonly unreachable: readonly string[];
    readonly reached: readonly string[];
    /** Somebody else may probe them. */
    readonly untried: readonly string[];
  }): Promise<void>;
}

export interface HealthLimits {
  /** After the first failure; doubles with each that follows. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A probe that is not heard of for so long is given up. */
  readonly probeMs: number;
}

/** Faults Q17: min(30 s · 2^k, 15 min). A probe may wait for a greeting for 5 minutes (RFC 5321 §4.5.3.2.1). */
export const HEALTH_LIMITS: HealthLimits = {
  firstPauseMs: 30_000,
  longestPauseMs: 15 * 60_000,
  probeMs: 6 * 60_000,
};

const PREFIX = '{sealpost}:host:';
// A host that is up is asked about once a second, not once a message.
const FRESH_MS = 1000;
const MAX_CACHED = 10_000;

interface HostState {
  readonly name: string;
  /** 0: it may be tried. */
  readonly waitMs: number;
}

export function openHostHealth(
  redis: Redis,
  limits: HealthLimits,
  deps: { readonly random: () => number; readonly logger: Logger },
): HostHealth {
  /** Host → until when it counts as up without asking; on the monotonic clock. */
  const upUntil = new Map<string, number>();
  const isKnownUp = ({ host }: MxHost): boolean => (upUntil.get(host) ?? 0) > performance.now();
  const look = async (mx: MxHost): Promise<HostState> => {
    const { host } = mx;
    if (isKnownUp(mx)) return { name: host, waitMs: 0 };
    const answer = await askHost(redis, [PREFIX + host], [limits.probeMs, limits.longestPauseMs]);
    const [kind, waitMs] = Array.isArray(answer) ? answer.map(Number) : [0, 0];
    if (kind === UP) {
      if (upUntil.size >= MAX_CACHED) upUntil.clear();
      upUntil.set(host, performance.now() + FRESH_MS);
    }
    return { name: host, waitMs: waitMs ?? 0 };
  };
  return {
    ask: async (hosts) => {
      // Nearly always.
      if (hosts.every(isKnownUp)) return { kind: 'go', hosts };
      try {
        return readinessOf(hosts, await Promise.all(hosts.map(look)), deps.random);
      } catch {
        // Expected while Redis is away: first attempts go on, each finds out for itself.
        return { kind: 'go', hosts };
      }
    },
    note: async ({ unreachable, reached, untried }) => {
      for (const host of unreachable) upUntil.delete(host);
      // One that counted as up a moment ago has nothing to be told back.
      const returned = reached.filter((host) => !upUntil.has(host));
      const unprobed = untried.filter((host) => !upUntil.has(host));
      if (unreachable.length + returned.length + unprobed.length === 0) return;
      const jitter = 0.9 + 0.2 * deps.random();
      const pauses = [limits.firstPauseMs * jitter, limits.longestPauseMs].map(Math.round);
      try {
        await Promise.all([
          ...unreachable.map((host) => noteHostFailed(redis, [PREFIX + host], pauses)),
          ...returned.map((host) => noteHostReached(redis, [PREFIX + host], [])),
          ...unprobed.map((host) => redis.hdel(PREFIX + host, 'probe')),
        ]);
      } catch (error) {
        deps.logger.debug({ unreachable, err: error }, 'the health of hosts could not be noted');
      }
    },
  };
}

const UP = 1;

function readinessOf(
  hosts: readonly MxHost[],
  states: readonly HostState[],
  random: () => number,
): Readiness {
  const waits = new Map(states.map(({ name, waitMs }) => [name, waitMs]));
  const isReady = ({ host }: MxHost) => (waits.get(host) ?? 0) === 0;
  const ready = hosts.filter(isReady);
  if (ready.length > 0) return { kind: 'go', hosts: [...ready, ...hosts.filter((host) => !isReady(host))] };
  const shortest = Math.min(...waits.values());
  // Spread, so that not all come back in one moment.
  return { kind: 'wait', delayMs: Math.round(shortest * (1 + random() / 4) + random() * 1000) };
}
