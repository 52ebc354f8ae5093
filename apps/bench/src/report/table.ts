// The table: one line for each scenario and system, medians of the repetitions.
import type { Measurement } from '../measure/measurement.ts';
import { median } from '../statistics.ts';

interface Column {
  readonly head: string;
  readonly cell: (repetitions: readonly Measurement[]) => string;
}

type Figure = (measured: Measurement) => number;

const COLUMNS: readonly Column[] = [
  { head: '', cell: ([first]) => first?.scenario ?? '' },
  { head: 'system', cell: ([first]) => first?.system ?? '' },
  { head: 'CPU ms/message', cell: (all) => withRange(all, (each) => each.cpuMsPerMessage, 2) },
  {
    head: 'ingress ms/accepted',
    cell: (all) => middle(all, (each) => each.ingressCpuMsPerAccepted ?? NaN, 2),
  },
  { head: 'per attempt', cell: (all) => middle(all, (each) => each.cpuMsPerAttempt, 2) },
  { head: 'delivered/s', cell: (all) => withRange(all, (each) => each.deliveredPerSecond, 0) },
  { head: 'accepted/s', cell: (all) => middle(all, (each) => each.acceptedPerSecond, 0) },
  { head: 'delivered/CPU s', cell: (all) => middle(all, (each) => each.deliveredPerCpuSecond, 0) },
  {
    head: 'accept p50/p99 ms',
    cell: (all) =>
      pair(
        all,
        (each) => each.acceptP50Ms,
        (each) => each.acceptP99Ms,
      ),
  },
  {
    head: 'end to end p50/p99 ms',
    cell: (all) =>
      pair(
        all,
        (each) => each.endToEndP50Ms,
        (each) => each.endToEndP99Ms,
      ),
  },
  { head: 'memory MiB', cell: (all) => middle(all, (each) => each.memoryMiB, 0) },
  { head: 'drain s', cell: (all) => middle(all, (each) => each.drainSeconds ?? NaN, 1) },
  {
    head: 'lost/doubled/damaged',
    cell: (all) =>
      [
        sum(all, (each) => each.lost),
        sum(all, (each) => each.doubled),
        sum(all, (each) => each.damaged),
      ].join('/'),
  },
  { head: 'cores busy with other work', cell: (all) => middle(all, (each) => each.foreignCores, 1) },
];

/** Markdown, aligned for a terminal. */
export function formatTable(measurements: readonly Measurement[]): string {
  const groups = Map.groupBy(measurements, ({ scenario, system }) => `${scenario} ${system}`);
  const rows = [...groups.values()].map((repetitions) => COLUMNS.map(({ cell }) => cell(repetitions)));
  const widths = COLUMNS.map(({ head }, index) =>
    Math.max(head.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |\n`;
  const ruler = line(widths.map((width) => '-'.repeat(width)));
  return line(COLUMNS.map(({ head }) => head)) + ruler + rows.map(line).join('');
}

/** One sentence for each scenario that was measured with a peer too. */
export function formatRatios(measurements: readonly Measurement[]): string {
  const byScenario = Map.groupBy(measurements, ({ scenario }) => scenario);
  const sentences = [...byScenario].flatMap(([scenario, ofScenario]) => {
    const [own, peer] = ['Sealpost', 'Postfix'].map((name) =>
      median(ofScenario.filter(({ system }) => system === name).map((each) => each.cpuMsPerMessage)),
    );
    if (own === undefined || peer === undefined || !(own > 0) || !(peer > 0)) return [];
    return [
      `${scenario}: Postfix takes ${(peer / own).toFixed(2)} times the CPU of Sealpost for a message.\n`,
    ];
  });
  return sentences.join('');
}

/** What the neighbours of a quick destination change for it (scenarios S). */
export function formatNeighbours(measurements: readonly Measurement[]): string {
  const p99 = (scenario: string) =>
    median(measurements.filter((each) => each.scenario === scenario).map((each) => each.endToEndP99Ms));
  const sentences = ['S2', 'S3', 'S4'].flatMap((scenario) => {
    const ratio = p99(scenario) / p99('S1');
    return Number.isFinite(ratio)
      ? [`${scenario}: p99 end to end is ${ratio.toFixed(2)} times that of S1.\n`]
      : [];
  });
  return sentences.join('');
}

/** What a full queue costs the services: one sentence for each repetition. */
export function formatQueues(measurements: readonly Measurement[]): string {
  return measurements
    .flatMap(({ scenario, accepted, queueMemoryMiB }) => {
      if (queueMemoryMiB === undefined) return [];
      const { before, full, drained } = queueMemoryMiB;
      const total = (memory: Readonly<Record<string, number>>) =>
        Object.values(memory).reduce((all, each) => all + each, 0);
      const each = Object.entries(full)
        .map(([name, mib]) => `${name} ${number(before[name] ?? NaN, 0)} → ${number(mib, 0)}`)
        .join(', ');
      return `${scenario}: ${accepted} queued messages: services ${number(total(before), 0)} → ${number(total(full), 0)} MiB (${each}), drained ${number(total(drained), 0)} MiB.\n`;
    })
    .join('');
}

function middle(all: readonly Measurement[], figure: Figure, digits: number): string {
  return number(median(all.map(figure)), digits);
}

function withRange(all: readonly Measurement[], figure: Figure, digits: number): string {
  const values = all.map(figure);
  if (values.length === 1) return middle(all, figure, digits);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${middle(all, figure, digits)} (${number(least, digits)}–${number(most, digits)})`;
}

function pair(all: readonly Measurement[], first: Figure, second: Figure): string {
  return `${middle(all, first, 1)}/${middle(all, second, 1)}`;
}

function sum(all: readonly Measurement[], figure: Figure): number {
  return all.reduce((total, each) => total + figure(each), 0);
}

function number(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}
