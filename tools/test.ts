// `npm test`: everything that proves the project, in the order of cost, then one line of counts.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

/** What a test runner says of one run (Jest's JSON, as far as it is read here). */
interface Report {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly testResults?: readonly Suite[];
}

interface Suite {
  /** The file. */
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults?: readonly Assertion[];
}

interface Assertion {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
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

function readReports(): readonly Report[] {
  return reportFolders()
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => path.join(folder, file)))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Report);
}

function sum(reports: readonly Report[], count: (report: Report) => number | undefined): number {
  return reports.reduce((total, report) => total + (count(report) ?? 0), 0);
}

/** Each failed test with what it said; a file that failed without one (it could not load) by itself. */
function describeFailures(suite: Suite): readonly string[] {
  const file = path.relative(root, suite.name);
  const tests = (suite.assertionResults ?? []).filter(({ status }) => status === 'failed');
  if (tests.length === 0) return suite.status === 'failed' ? [`${file}\n  ${suite.message ?? ''}`] : [];
  return tests.map(
    ({ fullName, failureMessages }) => `${file}: ${fullName}\n  ${(failureMessages ?? []).join('\n  ')}`,
  );
}

/** Files of tests that no report tells of: their project has no script that would run them. Containers have no say in it. */
function filesLeftOut(suites: readonly Suite[]): readonly string[] {
  const kinds = [
    '{apps,libs}/*/src/**/*.test.ts',
    '{apps,libs}/*/test/**/*.integration.test.ts',
    'apps/*/scenarios/**/*.e2e.ts',
  ];
  return globSync(kinds, { cwd: root }).filter(
    (file) => !suites.some(({ name }) => name.endsWith(`/${file}`)),
  );
}

for (const folder of reportFolders()) rmSync(folder, { recursive: true, force: true });
const failed = steps.filter(([title, args]) => !runStep(title, args)).map(([title]) => title);
const reports = readReports();
const suites = reports.flatMap(({ testResults }) => testResults ?? []);
const leftOut = filesLeftOut(suites);
if (leftOut.length > 0) failed.push(`not run: ${leftOut.join(', ')}`);
// Once more at the end: the output of the step itself is thousands of lines further up.
for (const suite of suites)
  for (const failure of describeFailures(suite)) process.stdout.write(`\nfailed: ${failure}\n`);
if (failed.length > 0) process.stdout.write(`\nfailed: ${failed.join('; ')}\n`);
// A failed step without a failed test (lint, types, a suite that could not load) counts as one failure.
const failures = Math.max(
  sum(reports, (report) => report.numFailedTests),
  failed.length,
);
const skippedTests = sum(reports, (report) => report.numPendingTests);
const skipped = skippedTests > 0 ? `, ${String(skippedTests)} skipped` : '';
const passed = sum(reports, (report) => report.numPassedTests);
process.stdout.write(`\n${String(passed)} passed, ${String(failures)} failed${skipped}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
