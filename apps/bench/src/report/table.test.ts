import { expect, test } from 'vitest';
import { faultOf, measurementOf, type Measurement, type Observed } from '../measure/measurement.ts';
import { formatNeighbours, formatQueues, formatRatios, formatTable } from './table.ts';

const observed: Observed = {
  load: {
    accepted: 1000,
    refused: 0,
    broken: 0,
    complaints: [],
    beganAtUs: 5_000_000,
    endedAtUs: 6_000_000,
    acceptP50Ms: 10,
    acceptP99Ms: 20,
  },
  counts: { unique: 1000, doubled: 0, damaged: 0, foreign: 0, deferred: 1000, lastAtUs: 9_000_000 },
  latencies: { p50Ms: 30, p99Ms: 40 },
  cpuSeconds: 2,
  ingressCpuSeconds: 0.5,
  memoryBytes: 300 * 1024 * 1024,
  foreignCores: 0.25,
  acceptsSinceUs: 6_500_000,
};

function measured(system: string, cpuSeconds: number, scenario = 'E'): Measurement {
  return measurementOf({ scenario, system, repetition: 1 }, { ...observed, cpuSeconds });
}

test('figures are of the whole time from the first message to the last delivery', () => {
  expect(measured('Sealpost', 2)).toMatchObject({
    wallSeconds: 4,
    acceptedPerSecond: 1000,
    deliveredPerSecond: 250,
    deliveredPerCpuSecond: 500,
    cpuMsPerMessage: 2,
    cpuMsPerAttempt: 1,
    attempts: 2000,
    ingressCpuMsPerAccepted: 0.5,
    drainSeconds: 2.5,
    memoryMiB: 300,
  });
});

test('what is lost, doubled or damaged is a fault, and so is mail that was not taken', () => {
  const { load, counts } = observed;
  const bad = { ...observed, counts: { ...counts, unique: 998, doubled: 1, damaged: 3 } };
  expect(faultOf(measurementOf({ scenario: 'B', system: 'x', repetition: 1 }, bad))).toBe(
    '2 lost, 1 doubled, 3 damaged',
  );
  const refused = { ...observed, load: { ...load, accepted: 0, refused: 1000 } };
  expect(faultOf(measurementOf({ scenario: 'B', system: 'x', repetition: 1 }, refused))).toBe(
    'nothing was accepted, 1000 refused',
  );
  expect(faultOf(measured('Sealpost', 2))).toBeUndefined();
});

test('what a full queue costs is told by service, where it was looked at', () => {
  const of = (mib: number) => ({ 'smtp-ingress': mib * 1024 * 1024, 'mx-delivery': 2 * mib * 1024 * 1024 });
  const queueMemory = { before: of(50), full: of(60), drained: of(55) };
  const subject = { scenario: 'Q1', system: 'Sealpost', repetition: 1 };
  const full = measurementOf(subject, { ...observed, queueMemory });
  expect(formatQueues([measured('Sealpost', 2), full])).toBe(
    'Q1: 1000 queued messages: services 150 → 180 MiB (smtp-ingress 50 → 60, mx-delivery 100 → 120), drained 165 MiB.\n',
  );
});

test('the table has a line for each scenario and system: medians, and the range of what varies', () => {
  const lines = formatTable([
    measured('Sealpost', 3),
    measured('Sealpost', 1),
    measured('Sealpost', 2),
    measured('Postfix', 6),
  ])
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[2]).toMatch(
    /^\| E \| Sealpost \| 2\.00 \(1\.00–3\.00\) +\| 0\.50 +\| 1\.00 +\| 250 \(250–250\) +\|/,
  );
  expect(lines[3]).toMatch(/^\| E \| Postfix +\| 6\.00 +\|.* 0\/0\/0 /);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
});

test('the peer is told as a ratio, where there is one', () => {
  expect(formatRatios([measured('Sealpost', 2), measured('Postfix', 5), measured('Sealpost', 1, 'L')])).toBe(
    'E: Postfix takes 2.50 times the CPU of Sealpost for a message.\n',
  );
});

test('what a neighbour changes is told as a ratio to the same load without it', () => {
  const withP99 = (scenario: string, p99Ms: number) =>
    measurementOf(
      { scenario, system: 'Sealpost', repetition: 1 },
      { ...observed, latencies: { p50Ms: 5, p99Ms } },
    );
  expect(formatNeighbours([withP99('S1', 10), withP99('S2', 15), withP99('S3', 12), withP99('B', 1)])).toBe(
    'S2: p99 end to end is 1.50 times that of S1.\nS3: p99 end to end is 1.20 times that of S1.\n',
  );
  expect(formatNeighbours([withP99('S2', 15)])).toBe('');
});
