// `npm test`: everything that proves the project, in the order of cost, then one line of counts.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

const steps: readonly (readonly [string, readonly string[]])[] = [
  ['generated code', ['run-many', '-t', 'generate']],
  [
    'format, lint, boundaries, links, types, unused code',
    ['run-many', '-t', 'format', 'lint', 'links', 'typecheck', 'unused'],
  ],
  ['unit tests', ['run-many', '-t', 'test']],
  ['integration tests', ['run-many', '-t', 'integration', '--parallel=1']],
  ['end to end', ['run-many', '-t', 'e2e', '--parallel=1']],
  ['containers', ['run-many', '-t', 'containers', '--parallel=1']],
];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

function runStep(title: string, args: readonly string[]): boolean {
  process.stdout.write(`\n== ${title}\n`);
  const started = performance.now();
  const result = spawnSync('nx', [...args, '--outputStyle=static'], { cwd: root, stdio: 'inherit' });
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`== ${title}: ${result.status === 0 ? 'ok' : 'FAILED'} (${String(seconds)} s)\n`);
  return result.status === 0;
}

/** `reports/` of every project. */
function reportFolders(): readonly string[] {
  return ['apps', 'libs'].flatMap((kind) =>
    readdirSync(path.join(root, kind)).map((project) => path.join(root, kind, project, 'reports')),
  );
}

/** Adds up the reports that the test runners left (Jest's JSON). */
function countTests(): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const folder of reportFolders().filter((each) => existsSync(each))) {
    for (const file of readdirSync(folder)) {
      const report = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Record<string, number>;
      counts.passed += report.numPassedTests ?? 0;
      counts.failed += report.numFailedTests ?? 0;
      counts.skipped += report.numPendingTests ?? 0;
    }
  }
  return counts;
}

for (const folder of reportFolders()) rmSync(folder, { recursive: true, force: true });
const failed = steps.filter(([title, args]) => !runStep(title, args)).map(([title]) => title);
const counts = countTests();
if (failed.length > 0) process.stdout.write(`\nfailed: ${failed.join('; ')}\n`);
// A failed step without a failed test (lint, types, a suite that could not load) counts as one failure.
const failures = Math.max(counts.failed, failed.length);
const skipped = counts.skipped > 0 ? `, ${String(counts.skipped)} skipped` : '';
process.stdout.write(`\n${String(counts.passed)} passed, ${String(failures)} failed${skipped}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
