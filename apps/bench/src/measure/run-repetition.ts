// One repetition of one scenario with one system: load it, wait until everything arrived, count what it cost.
import { setTimeout as delay } from 'node:timers/promises';
import { nowUs } from '../bench-mail.ts';
import type { LoadPlan, LoadResult } from '../load/load-plan.ts';
import { machineBusySeconds, programCpuSeconds, readTree } from '../processes/process-tree.ts';
import type { Scenario } from '../scenarios.ts';
import type { Counts } from '../sink/receipts.ts';
import type { SystemUnderTest } from '../systems/system-under-test.ts';
import type { Observed } from './measurement.ts';
import { holdBack, holdOf, quietMemory, type ServiceMemory } from './queue-memory.ts';
import type { Tools } from './tools.ts';

export interface Repetition {
  readonly scenario: Scenario;
  readonly system: SystemUnderTest;
  readonly tools: Tools;
  /** Not measured: at full speed, and nothing is deferred. */
  readonly isWarmUp: boolean;
  readonly onProgress: (accepted: number, delivered: number) => void;
}

const POLL_MS = 100;
/** What has not come by then is lost. */
const STALL_MS = 40_000;
/** Longer than a deferral of the scenarios with a full queue. */
const QUEUE_STALL_MS = 240_000;
/** What comes twice comes soon after. */
const SETTLE_MS = 500;

let runs = 0;

export async function runRepetition(repetition: Repetition): Promise<Observed> {
  const { system, tools, scenario, isWarmUp } = repetition;
  const plan = planOf(repetition);
  const { run, messages, bodyBytes } = plan;
  const looksAtQueue = scenario.queue !== undefined && !isWarmUp;
  const look = () => (looksAtQueue ? quietMemory(system) : Promise.resolve({}));
  await tools.ask({ kind: 'begin', run, messages, bodyBytes });
  const memoryBefore = await look();
  const before = usage(repetition);
  const { load, memoryFull, acceptsSinceUs, peakBytes } = await sendThrough(plan, repetition, look);
  await delay(SETTLE_MS);
  const after = usage(repetition);
  const { counts, latencies } = await tools.ask({ kind: 'latencies' });
  if (latencies === undefined) throw new Error('the receiver told no latencies');
  return {
    load,
    counts,
    latencies,
    cpuSeconds: after.system - before.system,
    ...(doorOf(repetition).program === undefined
      ? {}
      : { ingressCpuSeconds: after.ingress - before.ingress }),
    memoryBytes: peakBytes,
    foreignCores: Math.max(0, after.foreign - before.foreign) / (after.at - before.at),
    ...(acceptsSinceUs === undefined ? {} : { acceptsSinceUs }),
    ...(looksAtQueue
      ? { queueMemory: { before: memoryBefore, full: memoryFull, drained: await look() } }
      : {}),
  };
}

/** Everything in, and everything out again; in between, where the scenario holds mail back, the look at a full queue. */
async function sendThrough(
  plan: LoadPlan,
  repetition: Repetition,
  look: () => Promise<ServiceMemory>,
): Promise<{
  readonly load: LoadResult;
  readonly memoryFull: ServiceMemory;
  readonly acceptsSinceUs: number | undefined;
  readonly peakBytes: number;
}> {
  const { system, tools, scenario, isWarmUp, onProgress } = repetition;
  const hold = isWarmUp ? undefined : holdOf(scenario);
  if (hold !== undefined) await holdBack(hold, true, repetition);
  const progress = { accepted: 0, isLoaded: false };
  const loading = tools.run(plan, (count) => {
    progress.accepted = count;
  });
  const finished = loading.then((result) => {
    progress.accepted = result.accepted;
    progress.isLoaded = true;
  });
  const watch = watchMemory(system);
  const arrival = (isThere: (counts: Counts) => boolean) =>
    awaitArrival(tools, (counts) => progress.isLoaded && isThere(counts), {
      onLook: (counts) => {
        watch.look();
        onProgress(progress.accepted, counts.unique);
      },
      come: (counts) => counts.unique + counts.deferred + progress.accepted,
      stallMs: scenario.queue === undefined ? STALL_MS : QUEUE_STALL_MS,
    });
  let memoryFull: ServiceMemory = {};
  let acceptsSinceUs: number | undefined;
  if (hold !== undefined) {
    await arrival((counts) => hold === 'waiting' || counts.deferred >= progress.accepted);
    memoryFull = await look();
    acceptsSinceUs = nowUs();
    await holdBack(hold, false, repetition);
  }
  await arrival((counts) => counts.unique >= progress.accepted);
  await finished;
  return { load: await loading, memoryFull, acceptsSinceUs, peakBytes: watch.peakBytes() };
}

function planOf(repetition: Repetition): LoadPlan {
  const { scenario, isWarmUp } = repetition;
  runs += 1;
  const { load, bodyBytes, connections, messagesPerConnection, messagesPerSecond, domains, neighbour } =
    scenario;
  return {
    ...doorOf(repetition),
    kind: load,
    run: `r${process.pid}x${runs}`,
    messages: isWarmUp ? scenario.warmUpMessages : scenario.messages,
    bodyBytes,
    connections,
    messagesPerConnection,
    ...(messagesPerSecond === undefined || isWarmUp ? {} : { messagesPerSecond }),
    ...(domains === undefined ? {} : { domains }),
    ...(neighbour === undefined || isWarmUp ? {} : { neighbour }),
  };
}

function doorOf({ scenario, system }: Repetition) {
  const door = scenario.load === 'smtp' ? system.smtp : system.api;
  if (door === undefined) throw new Error(`${system.name} has no API`);
  return door;
}

/** Waits for `isThere`, or until nothing has come for a long time. */
async function awaitArrival(
  tools: Tools,
  isThere: (counts: Counts) => boolean,
  watch: {
    readonly onLook: (counts: Counts) => void;
    /** How much has come so far. */
    readonly come: (counts: Counts) => number;
    readonly stallMs: number;
  },
): Promise<void> {
  let [last, lastAt] = [-1, performance.now()];
  for (;;) {
    const { counts } = await tools.ask({ kind: 'counts' });
    watch.onLook(counts);
    if (isThere(counts)) return;
    const come = watch.come(counts);
    if (come !== last) [last, lastAt] = [come, performance.now()];
    if (performance.now() - lastAt > watch.stallMs) return;
    await delay(POLL_MS);
  }
}

/** In seconds. */
function usage(repetition: Repetition) {
  const { pid } = repetition.system;
  const { program } = doorOf(repetition);
  return {
    system: readTree(pid).cpuSeconds,
    ingress: program === undefined ? 0 : programCpuSeconds(pid, program),
    // The tree of this process holds the system, load and receiver too.
    foreign: machineBusySeconds() - readTree(process.pid).cpuSeconds,
    at: performance.now() / 1000,
  };
}

/** Looking costs: not more often than twice a second. */
function watchMemory({ pid }: SystemUnderTest) {
  let [peak, nextLook] = [0, 0];
  return {
    look: () => {
      if (performance.now() < nextLook) return;
      nextLook = performance.now() + 500;
      peak = Math.max(peak, readTree(pid).memoryBytes);
    },
    peakBytes: () => peak,
  };
}
