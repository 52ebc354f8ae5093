// What one repetition of a scenario came to: pure arithmetic over what was counted.
import type { LoadResult } from '../load/load-plan.ts';
import type { Counts, Latencies } from '../sink/receipts.ts';
import type { QueueMemory, ServiceMemory } from './queue-memory.ts';

export interface Observed {
  readonly load: LoadResult;
  readonly counts: Counts;
  readonly latencies: Latencies;
  /** Of the system under test, from the first message to the last delivery. */
  readonly cpuSeconds: number;
  /** Of that: of the service that takes the load; undefined where it is no one process. */
  readonly ingressCpuSeconds?: number;
  readonly memoryBytes: number;
  /** Cores that were busy meanwhile with neither the system nor the bench. */
  readonly foreignCores: number;
  /** When the receiver ended its deferrals. */
  readonly acceptsSinceUs?: number;
  /** Where a full queue is looked at. */
  readonly queueMemory?: QueueMemory;
}

export interface Measurement {
  readonly scenario: string;
  readonly system: string;
  readonly repetition: number;
  readonly accepted: number;
  readonly refused: number;
  readonly brokenConnections: number;
  readonly complaints: readonly string[];
  readonly delivered: number;
  readonly lost: number;
  readonly doubled: number;
  readonly damaged: number;
  readonly attempts: number;
  readonly wallSeconds: number;
  readonly acceptedPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly cpuMsPerMessage: number;
  /** A deferral is an attempt too. */
  readonly cpuMsPerAttempt: number;
  /** In the service that accepts it, and nowhere else. */
  readonly ingressCpuMsPerAccepted?: number;
  readonly deliveredPerCpuSecond: number;
  readonly acceptP50Ms: number;
  readonly acceptP99Ms: number;
  readonly endToEndP50Ms: number;
  readonly endToEndP99Ms: number;
  readonly memoryMiB: number;
  readonly foreignCores: number;
  readonly drainSeconds?: number;
  /** MiB by service: without a queue, with the full one, and when it is drained. */
  readonly queueMemoryMiB?: QueueMemory;
}

export type Subject = Pick<Measurement, 'scenario' | 'system' | 'repetition'>;

const MIB = 1024 * 1024;

export function measurementOf(subject: Subject, observed: Observed): Measurement {
  const { load, counts, latencies, cpuSeconds } = observed;
  const { accepted, refused, broken, complaints } = load;
  const delivered = counts.unique;
  const attempts = delivered + counts.doubled + counts.deferred;
  const wallSeconds = (Math.max(counts.lastAtUs, load.endedAtUs) - load.beganAtUs) / 1e6;
  const { acceptsSinceUs, ingressCpuSeconds, queueMemory } = observed;
  return {
    ...subject,
    accepted,
    refused,
    brokenConnections: broken,
    complaints,
    delivered,
    lost: Math.max(0, accepted - delivered),
    doubled: counts.doubled,
    damaged: counts.damaged,
    attempts,
    wallSeconds,
    acceptedPerSecond: (accepted * 1e6) / (load.endedAtUs - load.beganAtUs),
    deliveredPerSecond: delivered / wallSeconds,
    cpuMsPerMessage: (cpuSeconds * 1000) / delivered,
    cpuMsPerAttempt: (cpuSeconds * 1000) / attempts,
    deliveredPerCpuSecond: delivered / cpuSeconds,
    acceptP50Ms: load.acceptP50Ms,
    acceptP99Ms: load.acceptP99Ms,
    endToEndP50Ms: latencies.p50Ms,
    endToEndP99Ms: latencies.p99Ms,
    memoryMiB: observed.memoryBytes / MIB,
    foreignCores: observed.foreignCores,
    ...(ingressCpuSeconds === undefined
      ? {}
      : { ingressCpuMsPerAccepted: (ingressCpuSeconds * 1000) / accepted }),
    ...(acceptsSinceUs === undefined ? {} : { drainSeconds: (counts.lastAtUs - acceptsSinceUs) / 1e6 }),
    ...(queueMemory === undefined
      ? {}
      : {
          queueMemoryMiB: {
            before: inMiB(queueMemory.before),
            full: inMiB(queueMemory.full),
            drained: inMiB(queueMemory.drained),
          },
        }),
  };
}

function inMiB(memory: ServiceMemory): ServiceMemory {
  return Object.fromEntries(Object.entries(memory).map(([name, bytes]) => [name, bytes / MIB]));
}

/** Why the figures of this repetition do not count; undefined: they do. */
export function faultOf(measured: Measurement): string | undefined {
  const { accepted, refused, brokenConnections, lost, doubled, damaged } = measured;
  const faults = { lost, doubled, damaged, refused, 'broken connections': brokenConnections };
  const told = Object.entries(faults).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  if (accepted === 0) told.unshift('nothing was accepted');
  return told.length === 0 ? undefined : told.join(', ');
}
