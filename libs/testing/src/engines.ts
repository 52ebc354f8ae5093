// A real nats-server and a real redis-server on free loopback ports, with data in a temporary folder.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

export interface Engine {
  readonly url: string;
  readonly port: number;
  /** Where its data is. */
  readonly folder: string;
  /** Of the process that runs now, for other signals. */
  pid(): number;
  /** SIGKILL: what was not on disk or in the page cache is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers, until the result is called. */
  hang(): () => void;
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** The text of an engine's configuration file, for its port and with its data below the folder. */
export type EngineConfig = (place: { readonly port: number; readonly folder: string }) => string;

const plainNats: EngineConfig = ({ port, folder }) =>
  `host: 127.0.0.1\nport: ${port}\nmax_payload: 8MB\njetstream { store_dir: "${path.join(folder, 'store')}" }\n`;

export async function startNats(config: EngineConfig = plainNats): Promise<Engine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealpost-nats-'));
  const port = await freePort();
  const file = path.join(folder, 'nats.conf');
  await writeFile(file, config({ port, folder }));
  return startEngine(['nats-server', '-c', file], { folder, port, scheme: 'nats' });
}

const plainRedis: EngineConfig = ({ port, folder }) =>
  `bind 127.0.0.1\nport ${port}\ndir ${folder}\nappendonly yes\nsave ""\n`;

export async function startRedis(config: EngineConfig = plainRedis): Promise<Engine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealpost-redis-'));
  const port = await freePort();
  const file = path.join(folder, 'redis.conf');
  await writeFile(file, config({ port, folder }));
  return startEngine(['redis-server', file], { folder, port, scheme: 'redis' });
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly scheme: string;
}

async function startEngine(command: readonly string[], place: Place): Promise<Engine> {
  let child = await startProcess(command, place);
  return {
    url: `${place.scheme}://127.0.0.1:${place.port}`,
    port: place.port,
    folder: place.folder,
    pid: () => {
      if (child.pid === undefined) throw new Error('it does not run');
      return child.pid;
    },
    kill: () => end(child, 'SIGKILL'),
    hang: () => {
      child.kill('SIGSTOP');
      return () => child.kill('SIGCONT');
    },
    restart: async () => {
      await end(child, 'SIGTERM');
      child = await startProcess(command, place);
    },
    stop: async () => {
      await end(child, 'SIGTERM');
      await rm(place.folder, { recursive: true, force: true });
    },
  };
}

async function startProcess(command: readonly string[], place: Place): Promise<ChildProcess> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: 'ignore' });
  // A test run that dies must leave no engine behind.
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => process.removeListener('exit', killAtExit));
  await eventually(() => accepts(place.port), { what: `${program} on port ${place.port}` });
  return child;
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill(signal);
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
