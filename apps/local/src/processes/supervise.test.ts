// Real processes, small ones: shells that live, die and refuse to die.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { getPriority } from 'node:os';
import { eventually } from '@sealpost/testing';
import { expect, test } from 'vitest';
import { createOutput } from '../output.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { findLaunchers } from './launcher.ts';
import type { ProcessPlan } from './process-plan.ts';
import { isReadyOn, tcpAnswers } from './probes.ts';
import { runCommand } from './run-command.ts';

interface Setup {
  readonly fleet: Fleet;
  readonly log: string[];
  readonly callOff: AbortController;
}

function setup(): Setup {
  const log: string[] = [];
  const output = createOutput({ write: (text) => log.push(text.trimEnd()) }, 'info');
  const callOff = new AbortController();
  const launchers = { usual: [], patient: ['env', 'IS_PATIENT=yes'] };
  const fleet = createFleet({ logger: output.logger, output, signal: callOff.signal, launchers });
  return { fleet, log, callOff };
}

function shell(name: string, script: string, isReady = true): ProcessPlan {
  const env = { PATH: process.env.PATH };
  return { name, command: 'sh', args: ['-c', script], env, isReady: () => Promise.resolve(isReady) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a process that dies is started again, and the log says which, its pid and its exit code', async () => {
  const { fleet, log } = setup();
  await fleet.start('policy', [shell('policy-service', 'exec sleep 60')]);
  const first = fleet.pids()['policy-service'];
  expect(first).toBeTypeOf('number');
  process.kill(first ?? 0, 'SIGKILL');
  await eventually(
    () => fleet.pids()['policy-service'] !== first && fleet.pids()['policy-service'] !== undefined,
  );
  expect(log.map((line): unknown => JSON.parse(line))).toContainEqual(
    expect.objectContaining({
      process: 'policy-service',
      pid: first,
      exitCode: null,
      signal: 'SIGKILL',
      msg: 'a process ended and is started again',
    }),
  );
  await fleet.stop();
  expect(fleet.pids()['policy-service']).toBeUndefined();
});

test('a process that others go before is nicer than they are, and so is its session', async () => {
  const { fleet } = setup();
  await fleet.start('ingress', [
    { ...shell('smtp-ingress', 'exec sleep 60'), nice: 5 },
    shell('mx-delivery', 'exec sleep 60'),
  ]);
  const { 'smtp-ingress': nice = 0, 'mx-delivery': usual = 0 } = fleet.pids();
  expect([getPriority(nice), getPriority(usual)]).toEqual([5, getPriority()]);
  // Not on every system.
  if (existsSync(`/proc/${nice}/autogroup`))
    expect(readFileSync(`/proc/${nice}/autogroup`, 'utf8')).toMatch(/ nice 5$/m);
  await fleet.stop();
});

test('an engine does not interrupt the services at each message', async () => {
  const { fleet, log } = setup();
  const script = 'echo "patient: $IS_PATIENT"; exec sleep 60';
  const plans = [{ ...shell('nats-server', script), isPatient: true }, shell('mx-delivery', script)];
  await fleet.start('engine', plans);
  await eventually(() => log.length >= 2);
  const told = log.map((line) => JSON.parse(line) as { process: string; msg: string });
  expect(Object.fromEntries(told.map(({ process, msg }) => [process, msg]))).toEqual({
    'nats-server': 'patient: yes',
    'mx-delivery': 'patient: ',
  });
  await fleet.stop();
});

test('where the system can, an engine is scheduled in batches, and ends with its parent as others do', async () => {
  const { usual, patient } = await findLaunchers(process.env);
  expect(patient.slice(0, usual.length)).toEqual(usual);
  if (!patient.includes('chrt')) return;
  const [command, ...args] = [...patient, 'chrt', '-p', '0'];
  const { output } = await runCommand(command, args, { env: process.env, timeoutMs: 5000 });
  expect(output).toContain('SCHED_BATCH');
});

test('a process that dies three times at its start fails the start with its own sentence', async () => {
  const { fleet } = setup();
  const script =
    'echo trace >&2; echo "policy-service: Wrong settings: X: is missing." >&2; echo more >&2; exit 1';
  await expect(fleet.start('policy', [shell('policy-service', script, false)])).rejects.toThrow(
    /^policy-service: Wrong settings: X: is missing\.$/,
  );
});

test('a program that is not there fails the start', async () => {
  const { fleet } = setup();
  const plan = { ...shell('nats-server', '', false), command: '/nowhere/nats-server', args: [] };
  await expect(fleet.start('engine', [plan])).rejects.toThrow('ENOENT');
});

test('processes end in order, ingresses first and engines last, and a deaf one is killed', async () => {
  const { fleet, log } = setup();
  const polite = (name: string): ProcessPlan =>
    shell(name, `trap 'echo bye-${name}; exit 0' TERM; echo up-${name}; while :; do sleep 0.05; done`);
  await fleet.start('engine', [polite('nats-server')]);
  await fleet.start('policy', [polite('policy-service')]);
  await fleet.start('ingress', [polite('smtp-ingress')]);
  await fleet.start('inbox', [shell('inbox', "trap '' TERM; echo up-inbox; while :; do sleep 0.05; done")]);
  for (const name of ['nats-server', 'policy-service', 'smtp-ingress', 'inbox']) {
    await eventually(() => log.some((line) => line.includes(`up-${name}`)));
  }
  const pids = Object.values(fleet.pids());
  const begin = Date.now();
  await fleet.stop();
  expect(Date.now() - begin).toBeLessThan(9000);
  expect(pids.filter((pid) => pid !== undefined && isAlive(pid))).toEqual([]);
  const byes = log.filter((line) => line.includes('bye-')).map((line) => /bye-[\w-]+/.exec(line)?.[0]);
  expect(byes).toEqual(['bye-smtp-ingress', 'bye-policy-service', 'bye-nats-server']);
}, 20_000);

test('a start that was called off starts nothing more and can be stopped', async () => {
  const { fleet, callOff } = setup();
  const starting = fleet.start('policy', [shell('policy-service', 'exec sleep 60', false)]);
  callOff.abort();
  await starting;
  await fleet.start('ingress', [shell('smtp-ingress', 'exec sleep 60')]);
  expect(Object.keys(fleet.pids())).toEqual(['policy-service']);
  await fleet.stop();
});

test('what a process says on standard error before it is ready is logged when it got ready', async () => {
  const { fleet, log } = setup();
  await fleet.start('engine', [
    { ...shell('nats-server', 'echo hello >&2; exec sleep 60'), isReady: () => Promise.resolve(true) },
  ]);
  await eventually(() => log.some((line) => line.includes('hello')));
  await fleet.stop();
});

test('probes know an answer from silence and from nobody', async () => {
  const server = createServer((socket) => socket.end('INFO {"jetstream":true}\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await tcpAnswers({ port, expect: /"jetstream": ?true/ })).toBe(true);
  expect(await tcpAnswers({ port, expect: /PONG/ })).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await tcpAnswers({ port, expect: /./ })).toBe(false);
  expect(await isReadyOn(port)).toBe(false);
});

test('a command gives its output and status, and is ended with its children when called off', async () => {
  const env = { PATH: process.env.PATH };
  expect(await runCommand('sh', ['-c', 'echo a; echo b >&2; exit 3'], { env, timeoutMs: 5000 })).toEqual({
    status: 3,
    output: 'a\nb\n',
  });
  const callOff = new AbortController();
  const running = runCommand('sh', ['-c', 'sleep 60; true'], {
    env,
    timeoutMs: 60_000,
    signal: callOff.signal,
  });
  callOff.abort();
  expect((await running).status).toBeNull();
  expect((await runCommand('/nowhere', [], { env, timeoutMs: 1000 })).output).toContain('ENOENT');
});
