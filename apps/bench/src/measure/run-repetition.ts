// One repetition of one scenario with one system: load it, wait until everything arrived, count what it cost.
import { setTimeout as delay } from 'node:timers/promises';
import { nowUs } from '../bench-mail.ts';
import type { LoadPlan, LoadResult } from '../load/load-plan.ts';
import { machineBusySeconds, programCpuSeconds, readTree } from '../processes/process-tree.ts';
import type { Scenario } from '../scenarios.ts';
import type { Counts } from '../sink/receipts.ts';
import type { SystemUnderTest } from '../systems/system-under-test.ts';
import type { Observed } from './measurement.ts';
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
/** What comes twice comes soon after. */
const SETTLE_MS = 500;

let runs = 0;

export async function runRepetition(repetition: Repetition): Promise<Observed> {
  const { system, tools } = repetition;
  const plan = planOf(repetition);
  const { run, messages, bodyBytes } = plan;
  const defers = repetition.scenario.defersFirst === true && !repetition.isWarmUp;
  await tools.ask({ kind: 'begin', run, messages, bodyBytes });
  await tools.ask({ kind: 'defer', all: defers });
  const before = usage(repetition);
  let accepted = 0;
  let load: LoadResult | undefined;
  const loading = tools.run(plan, (count) => {
    accepted = count;
  });
  const finished = loading.then((result) => {
    load = result;
    accepted = result.accepted;
  });
  const watch = watchMemory(system);
  const progress = (counts: Counts) => {
    watch.look();
    repetition.onProgress(accepted, counts.unique);
  };
  let acceptsSinceUs: number | undefined;
  const isLoaded = () => load !== undefined;
  if (defers) {
    await arrival(tools, (counts) => isLoaded() && counts.deferred >= accepted, progress);
    acceptsSinceUs = nowUs();
    await tools.ask({ kind: 'defer', all: false });
  }
  await arrival(tools, (counts) => isLoaded() && counts.unique >= accepted, progress);
  await delay(SETTLE_MS);
  await finished;
  const after = usage(repetition);
  const { counts, latencies } = await tools.ask({ kind: 'latencies' });
  if (latencies === undefined) throw new Error('the receiver told no latencies');
  return {
    load: await loading,
    counts,
    latencies,
    cpuSeconds: after.system - before.system,
    ...(doorOf(repetition).program === undefined
      ? {}
      : { ingressCpuSeconds: after.ingress - before.ingress }),
    memoryBytes: watch.peakBytes(),
    foreignCores: Math.max(0, after.foreign - before.foreign) / (after.at - before.at),
    ...(acceptsSinceUs === undefined ? {} : { acceptsSinceUs }),
  };
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
async function arrival(
  tools: Tools,
  isThere: (counts: Counts) => boolean,
  onLook: (counts: Counts) => void,
): Promise<void> {
  let [last, lastAt] = [-1, performance.now()];
  for (;;) {
    const { counts } = await tools.ask({ kind: 'counts' });
    onLook(counts);
    if (isThere(counts)) return;
    const come = counts.unique + counts.deferred;
    if (come !== last) [last, lastAt] = [come, performance.now()];
    if (performance.now() - lastAt > STALL_MS) return;
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
