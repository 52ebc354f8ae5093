// `npm run bench`: what a message costs, measured with the whole system. Progress on standard error, the table on
// standard output, everything in a JSON file; status 1 when anything was lost, doubled or damaged.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { faultOf } from './measure/measurement.ts';
import { startTools, type Tools } from './measure/tools.ts';
import { parseOptions, type Options } from './options.ts';
import { shareCores } from './processes/cores.ts';
import { formatConditions, readConditions } from './report/conditions.ts';
import { openProgress } from './report/progress.ts';
import { formatNeighbours, formatQueues, formatRatios, formatTable } from './report/table.ts';
import { runBench, type Candidate } from './run-bench.ts';
import { startPostfix, whyNoPostfix } from './systems/start-postfix.ts';
import { startSealpost } from './systems/start-sealpost.ts';
import type { SystemUnderTest } from './systems/system-under-test.ts';

const { PATH, HOME } = process.env;
const env = { PATH, HOME };
const running = new Set<SystemUnderTest>();
let tools: Tools | undefined;
let folder: string | undefined;
let isEnding = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    isEnding = true;
    process.stderr.write('\nending what was started\n');
    void end().then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  });
}

const asked = parseOptions(process.argv.slice(2));
switch (asked.kind) {
  case 'options':
    process.exitCode = await bench(asked.options).catch(complain).finally(end);
    break;
  case 'help':
    process.stdout.write(asked.text);
    break;
  case 'mistake':
    process.stderr.write(asked.text);
    process.exitCode = 2;
}

async function bench({ scenarios, out, pins, peer }: Options): Promise<number> {
  const cores = shareCores(pins);
  const whyNoPeer = peer ? whyNoPostfix(env) : '--no-peer';
  const conditions = readConditions({ pinning: cores.told, whyNoPeer }, env);
  process.stderr.write(formatConditions(conditions));
  folder = await mkdtemp(path.join(tmpdir(), 'sealpost-bench-'));
  // Postfix' daemons give up root, and have to reach what is theirs; folders with secrets are closed themselves.
  await chmod(folder, 0o711);
  tools = await startTools({ pinned: cores.load, env });
  const candidates: readonly Candidate[] = [
    { name: 'Sealpost', start: startSealpost, isPeer: false },
    ...(whyNoPeer === undefined ? [{ name: 'Postfix', start: startPostfix, isPeer: true }] : []),
  ];
  const place = { folder, pinned: cores.system, env };
  const progress = openProgress(process.stderr);
  const measurements = await runBench(scenarios, candidates, { tools, place, progress, running });
  await mkdir(path.dirname(path.resolve(out)), { recursive: true });
  await writeFile(out, `${JSON.stringify({ conditions, scenarios, measurements }, null, 2)}\n`);
  process.stdout.write(`${formatConditions(conditions)}\n${formatTable(measurements)}`);
  process.stdout.write(
    formatRatios(measurements) + formatNeighbours(measurements) + formatQueues(measurements),
  );
  const faults = measurements.flatMap((each) => {
    const fault = faultOf(each);
    return fault === undefined ? [] : [`${each.scenario} ${each.system} ${each.repetition}: ${fault}\n`];
  });
  process.stdout.write(faults.length === 0 ? 'Nothing was lost, doubled or damaged.\n' : faults.join(''));
  process.stderr.write(`${out}\n`);
  return faults.length === 0 ? 0 : 1;
}

function complain(error: unknown): number {
  // What was ended in the middle of its work says so.
  if (!isEnding) process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}

async function end(): Promise<void> {
  await Promise.all([...running].map((system) => system.stop()));
  await tools?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
