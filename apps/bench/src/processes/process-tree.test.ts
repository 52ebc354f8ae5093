import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import {
  busyTicks,
  descendants,
  parseStat,
  programCpuSeconds,
  programMemoryBytes,
  programPids,
  readTree,
} from './process-tree.ts';

test('reads a stat line whose command holds brackets and blanks', () => {
  const line =
    '4242 (a) strange (name) S 17 4242 4242 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 11 0 99 1 2 18446744073709551615';
  expect(parseStat(line)).toEqual({ pid: 4242, parent: 17, cpuTicks: 127 });
});

test('the tree of a process holds its descendants and nobody else', () => {
  const each = (pid: number, parent: number) => ({ pid, parent, cpuTicks: 0 });
  const all = [each(1, 0), each(50, 1), each(30, 50), each(60, 30), each(61, 30), each(70, 1)];
  expect(descendants(50, all).map(({ pid }) => pid)).toEqual([50, 30, 60, 61]);
  expect(descendants(99, all)).toEqual([]);
});

test('busy time is all but idle and waiting for the disk', () => {
  expect(busyTicks('cpu  1 2 4 1000 2000 8 16 32 64 128\ncpu0 9 9 9 9 9 9 9 9\n')).toBe(63);
});

test('the time of a child that has ended still counts', async () => {
  const before = readTree(process.pid);
  const child = spawn(process.execPath, [
    '-e',
    'for (const end = process.cpuUsage().user + 1e5; process.cpuUsage().user < end; );',
  ]);
  await once(child, 'exit');
  const after = readTree(process.pid);
  expect(after.cpuSeconds - before.cpuSeconds).toBeGreaterThanOrEqual(0.1);
  expect(after.memoryBytes).toBeGreaterThan(1024 * 1024);
});

test('time and memory of one program of a tree are told apart by an argument', async () => {
  const busy = 'for (const end = process.cpuUsage().user + 1e5; process.cpuUsage().user < end; );';
  const child = spawn(
    process.execPath,
    ['-e', `${busy} console.log('done'); setInterval(() => 0, 1e6);`, 'mine'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  await once(child.stdout, 'data');
  const [ofIt, ofNone] = ['mine', 'min'].map((argument) => programCpuSeconds(process.pid, argument));
  const [memoryOfIt, memoryOfNone] = ['mine', 'min'].map((argument) =>
    programMemoryBytes(process.pid, argument),
  );
  expect(programPids(process.pid, 'mine')).toEqual([child.pid]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(memoryOfIt).toBeGreaterThan(1024 * 1024);
  expect(memoryOfNone).toBe(0);
  expect(ofIt).toBeGreaterThanOrEqual(0.1);
  expect(ofNone).toBe(0);
});
