// The story of the bench: for each scenario a fresh system, a warm-up, and the measured repetitions.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { faultOf, measurementOf, type Measurement } from './measure/measurement.ts';
import { runRepetition } from './measure/run-repetition.ts';
import type { Tools } from './measure/tools.ts';
import type { Progress } from './report/progress.ts';
import type { Scenario } from './scenarios.ts';
import type { Destination, SystemPlace, SystemUnderTest } from './systems/system-under-test.ts';

type Start = (to: Destination, place: SystemPlace) => Promise<SystemUnderTest>;

export interface BenchDeps {
  readonly tools: Tools;
  readonly place: SystemPlace;
  readonly progress: Progress;
  /** What is running; it is ended when the bench is. */
  readonly running: Set<SystemUnderTest>;
}

export interface Candidate {
  readonly name: string;
  readonly start: Start;
  /** Only where scenarios have one. */
  readonly isPeer: boolean;
}

export async function runBench(
  scenarios: readonly Scenario[],
  candidates: readonly Candidate[],
  deps: BenchDeps,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const scenario of scenarios) {
    deps.progress.say(`${scenario.id}: ${scenario.title}`);
    for (const candidate of candidates) {
      if (candidate.isPeer && scenario.hasPeer !== true) continue;
      measurements.push(...(await runScenario(scenario, candidate, deps)));
    }
  }
  return measurements;
}

async function runScenario(
  scenario: Scenario,
  { name, start }: Candidate,
  deps: BenchDeps,
): Promise<readonly Measurement[]> {
  const { tools, progress, running } = deps;
  const folder = path.join(deps.place.folder, `${name}-${scenario.id}`);
  await mkdir(folder, { recursive: true });
  progress.say(`${scenario.id}: starting ${name}`);
  const to: Destination = {
    ...tools.sink,
    byMx: scenario.domains !== undefined,
    ...retryAfter(scenario),
  };
  const system = await start(to, { ...deps.place, folder });
  running.add(system);
  try {
    return await measure(scenario, system, deps);
  } finally {
    await system.stop();
    running.delete(system);
    await rm(folder, { recursive: true, force: true });
  }
}

function retryAfter({ defersFirst, queue }: Scenario): Pick<Destination, 'retryAfter'> {
  if (queue === 'deferred') return { retryAfter: '3m' };
  return defersFirst === true ? { retryAfter: '5s' } : {};
}

async function measure(
  scenario: Scenario,
  system: SystemUnderTest,
  { tools, progress }: BenchDeps,
): Promise<readonly Measurement[]> {
  const run = (what: string, isWarmUp: boolean) =>
    runRepetition({
      scenario,
      system,
      tools,
      isWarmUp,
      onProgress: (accepted, delivered) => {
        progress.show(`${scenario.id} ${system.name} ${what}: ${accepted} accepted, ${delivered} delivered`);
      },
    });
  await run('warm-up', true);
  const measurements: Measurement[] = [];
  for (let repetition = 1; repetition <= scenario.repetitions; repetition += 1) {
    const what = `${repetition} of ${scenario.repetitions}`;
    const subject = { scenario: scenario.id, system: system.name, repetition };
    const measured = measurementOf(subject, await run(what, false));
    measurements.push(measured);
    progress.say(`${scenario.id} ${system.name} ${what}: ${summary(measured)}`);
    if (faultOf(measured) !== undefined) progress.say(system.output().slice(-2000));
  }
  return measurements;
}

function summary(measured: Measurement): string {
  const ingress = measured.ingressCpuMsPerAccepted;
  const inIngress = ingress === undefined ? '' : ` (${ingress.toFixed(2)} where it is accepted)`;
  const figures = `${measured.cpuMsPerMessage.toFixed(2)} ms CPU a message${inIngress}, ${measured.deliveredPerSecond.toFixed(0)} delivered/s`;
  const fault = faultOf(measured);
  return fault === undefined ? figures : `${figures}; ${[fault, ...measured.complaints].join('; ')}`;
}
