// CPU and memory of a process with all its descendants, from /proc. Source: proc(5).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Its own, and that of children which ended and were waited for. */
  readonly cpuTicks: number;
}

export interface TreeUsage {
  readonly processes: number;
  readonly cpuSeconds: number;
  /** Memory that is not shared with others through a file (program text is in none of it twice). */
  readonly memoryBytes: number;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** `/proc/PID/stat`: the second field, in brackets, may hold anything. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    // utime, stime, cutime, cstime.
    cpuTicks: field(14) + field(15) + field(16) + field(17),
  };
}

export function descendants(root: number, all: readonly ProcessStat[]): readonly ProcessStat[] {
  const members = all.filter(({ pid }) => pid === root);
  for (const member of members) members.push(...all.filter(({ parent }) => parent === member.pid));
  return members;
}

export function readTree(root: number): TreeUsage {
  const members = membersOf(root);
  return {
    processes: members.length,
    cpuSeconds: cpuSecondsOf(members),
    memoryBytes: members.reduce((sum, { pid }) => sum + ownPages(pid), 0) * PAGE_BYTES,
  };
}

/** CPU of those members of a tree that have this argument, e.g. the file of a program. */
export function programCpuSeconds(root: number, argument: string): number {
  return cpuSecondsOf(programMembers(root, argument));
}

/** Memory of the same. */
export function programMemoryBytes(root: number, argument: string): number {
  return programMembers(root, argument).reduce((sum, { pid }) => sum + ownPages(pid), 0) * PAGE_BYTES;
}

export function programPids(root: number, argument: string): readonly number[] {
  return programMembers(root, argument).map(({ pid }) => pid);
}

function programMembers(root: number, argument: string): readonly ProcessStat[] {
  const hasArgument = ({ pid }: ProcessStat) =>
    (readIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0').includes(argument);
  return membersOf(root).filter(hasArgument);
}

function membersOf(root: number): readonly ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const text = readIfThere(`/proc/${name}/stat`);
      return text === undefined ? [] : [parseStat(text)];
    });
  return descendants(root, all);
}

function cpuSecondsOf(processes: readonly ProcessStat[]): number {
  return processes.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) / TICKS_PER_SECOND;
}

/** Seconds that all cores together were not idle since the machine started; stolen time counts. */
export function machineBusySeconds(): number {
  return busyTicks(readFileSync('/proc/stat', 'utf8')) / TICKS_PER_SECOND;
}

/** `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal. */
export function busyTicks(text: string): number {
  const fields = text.split('\n', 1)[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? [];
  return fields.reduce((sum, ticks, index) => (index === 3 || index === 4 ? sum : sum + ticks), 0);
}

/** `/proc/PID/statm`: resident and, of that, shared pages. */
function ownPages(pid: number): number {
  const [, resident = 0, shared = 0] = readIfThere(`/proc/${pid}/statm`)?.split(' ').map(Number) ?? [];
  return resident - shared;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
}
