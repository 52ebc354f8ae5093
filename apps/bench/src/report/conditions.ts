// Under which conditions was measured: without them a figure says nothing.
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release } from 'node:os';
import { postfixVersion } from '../systems/start-postfix.ts';

export interface Conditions {
  readonly when: string;
  readonly cpu: string;
  readonly cores: number;
  readonly pinning: string;
  readonly kernel: string;
  readonly loadAverageAtStart: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly peer: string;
}

export interface Arranged {
  readonly pinning: string;
  /** Why there is no peer; undefined: there is one. */
  readonly whyNoPeer: string | undefined;
}

export function readConditions({ pinning, whyNoPeer }: Arranged, env: NodeJS.ProcessEnv): Conditions {
  const machine = cpus();
  return {
    when: new Date().toISOString(),
    cpu: machine[0]?.model ?? 'unknown',
    cores: machine.length,
    pinning,
    kernel: release(),
    loadAverageAtStart: loadavg()[0] ?? 0,
    versions: {
      node: process.version,
      'nats-server': version('nats-server', env),
      'redis-server': version('redis-server', env),
    },
    peer: whyNoPeer === undefined ? `Postfix ${postfixVersion(env)}` : `no Postfix beside it: ${whyNoPeer}`,
  };
}

export function formatConditions(conditions: Conditions): string {
  const versions = Object.entries(conditions.versions).map(([name, number]) => `${name} ${number}`);
  return (
    `${conditions.when}, ${conditions.cores} cores (${conditions.cpu}), Linux ${conditions.kernel}, ` +
    `load average ${conditions.loadAverageAtStart.toFixed(1)} at the start\n` +
    `${conditions.pinning}; ${versions.join(', ')}; ${conditions.peer}\n` +
    'CPU and memory are those of the whole system: services, engines and the process that starts them. Figures are ' +
    'medians (least–most).\n'
  );
}

function version(program: string, env: NodeJS.ProcessEnv): string {
  const { stdout, status } = spawnSync(program, ['--version'], { env, encoding: 'utf8' });
  return status === 0 ? (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'unknown') : 'not installed';
}
