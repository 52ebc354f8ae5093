// A system whose engines the test owns, receivers that it scripts, and the accounts: every message that was
// accepted is delivered, bounced or still queued; nothing is lost, and nothing comes twice beyond what a row allows.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import {
  eventually,
  startNats,
  startRedis,
  type Engine,
  type EngineConfig,
  type HostScript,
  type Receiver,
  type ReceiverScript,
} from '@sealpost/testing';
import { listQueue } from './command.ts';
import { readEvents, type EventReader } from './events.ts';
import { hostOf, startInternet, type Internet } from './receivers.ts';
import { sesAdmin, type SesAdmin } from './ses.ts';
import { mailText, submitBySmtp } from './submit.ts';
import { startSystem, type System } from './system.ts';

export interface Accepted {
  readonly messageId: string;
  /** In the subject; tells which message a receiver got. */
  readonly token: string;
}

interface Accounts {
  /** Accepted, and neither delivered, bounced nor queued. */
  readonly lost: readonly string[];
  readonly delivered: number;
  readonly bounced: number;
  readonly queued: number;
  /** Copies beyond the first, over all messages. */
  readonly doubles: number;
}

interface SubmitOptions {
  readonly to?: string;
  readonly set?: string;
  /** Default SMTP. */
  readonly via?: 'api';
  /** What follows in it; CRLF line ends. */
  readonly body?: string;
}

export interface FaultWorld {
  readonly internet: Internet;
  readonly system: System;
  readonly nats: Engine;
  readonly redis: Engine;
  readonly events: EventReader;
  readonly ses: SesAdmin;
  receiver(): Receiver;
  /** Of the receiver of `receiver.test`. */
  script(script: Omit<ReceiverScript, 'hostName'>): void;
  /** Rejects with the client's error when it is not accepted. */
  submit(options?: SubmitOptions): Promise<Accepted>;
  /** Again and again until it is accepted, by an ingress that is back. */
  submitWhenBack(): Promise<Accepted>;
  /** So many at a time as there are; those that were accepted. */
  submitMany(count: number, options?: SubmitOptions): Promise<readonly Accepted[]>;
  copies(accepted: Accepted): number;
  /** Of what was accepted since the last call. */
  account(): Promise<Accounts>;
  /** Waits until everything is delivered or bounced; later accounts begin anew. */
  settled(): Promise<Accounts>;
  /** A test keeps its own account of what was accepted so far. */
  forget(): void;
  close(): Promise<void>;
}

const HOST = 'mx.receiver.test';

/** Of a receiver: no, but later. */
export const deferring = { rules: [{ on: 'RCPT', reply: '452 4.2.2 mailbox full' }] } as const;

type Settings = Readonly<Record<string, string>>;

/** `env` may depend on the engines, which are there before the services. */
export async function startFaultWorld(
  env: Settings | ((nats: Engine) => Settings | Promise<Settings>) = {},
  hosts: Readonly<Record<string, HostScript>> = {},
  domains: Readonly<Record<string, readonly string[]>> = {},
  natsConfig?: EngineConfig,
): Promise<FaultWorld> {
  const [nats, redis] = await Promise.all([startNats(natsConfig), startRedis()]);
  const settings = typeof env === 'function' ? await env(nats) : env;
  const internet = await startInternet({ [HOST]: {}, ...hosts }, { 'receiver.test': [HOST], ...domains });
  const system = await startSystem({
    env: {
      ...internet.env,
      NATS_URL: nats.url,
      REDIS_URL: redis.url,
      RETRY_SCHEDULE: '1s,2s',
      TAKEOVER_AFTER: '3s',
      ...settings,
    },
  });
  const events = await readEvents(nats.url);
  const ses = await sesAdmin(system);
  const accepted: Accepted[] = [];
  const receivers = () => Object.values(internet.hosts);
  const copies = ({ token }: Accepted) =>
    receivers()
      .flatMap((receiver) => receiver.messages())
      // A report to the sender holds the subject as well.
      .filter(({ reversePath, content }) => reversePath !== '' && content.includes(`Subject: ${token}\r\n`))
      .length;
  const submit: FaultWorld['submit'] = async ({ to = 'someone@receiver.test', set, via, body = '' } = {}) => {
    const token = randomUUID();
    const raw = mailText(token, set) + body;
    const messageId =
      via === 'api' ? await ses.sendRaw(to, raw) : await submitBySmtp(system, { to: [to], raw });
    accepted.push({ messageId, token });
    return { messageId, token };
  };
  const account = async (): Promise<Accounts> => {
    const queued = new Set((await listQueue(system)).map(({ messageId }) => messageId));
    return accountOf(accepted, { queued, events, copies });
  };
  return {
    internet,
    system,
    nats,
    redis,
    events,
    receiver: () => hostOf(internet, HOST),
    script: (script) => {
      hostOf(internet, HOST).setScript({ hostName: HOST, ...script });
    },
    submit,
    submitWhenBack: () => eventually(() => submit(), { timeoutMs: 30_000, what: 'an accepted message' }),
    submitMany: async (count, options) => {
      const results = await Promise.allSettled(Array.from({ length: count }, () => submit(options)));
      return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    },
    copies,
    account,
    settled: async () => {
      const accounts = await eventually(
        async () => {
          const now = await account();
          return now.queued === 0 && now.lost.length === 0 ? now : undefined;
        },
        { timeoutMs: 60_000, what: 'an end of every message' },
      );
      accepted.length = 0;
      return accounts;
    },
    ses,
    forget: () => {
      accepted.length = 0;
    },
    close: async () => {
      ses.close();
      await events.close();
      await system.dispose();
      await internet.close();
      await Promise.all([nats.stop(), redis.stop()]);
    },
  };
}

function accountOf(
  accepted: readonly Accepted[],
  facts: {
    readonly queued: ReadonlySet<string>;
    readonly events: EventReader;
    readonly copies: (accepted: Accepted) => number;
  },
): Accounts {
  const counts = { delivered: 0, bounced: 0, queued: 0, doubles: 0 };
  const lost: string[] = [];
  for (const message of accepted) {
    const copies = facts.copies(message);
    const hasBounced = facts.events.of(message.messageId).some(({ eventType }) => eventType === 'Bounce');
    if (facts.queued.has(message.messageId)) counts.queued += 1;
    if (copies > 0) counts.delivered += 1;
    else if (hasBounced) counts.bounced += 1;
    else if (!facts.queued.has(message.messageId)) lost.push(message.messageId);
    counts.doubles += Math.max(0, copies - 1);
  }
  return { ...counts, lost };
}

/** SIGSTOP until `work` is done. */
export async function whilePaused<T>(pids: readonly number[], work: () => Promise<T>): Promise<T> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

/** SIGKILL, and it is started again when `work` is done. */
export async function whileKilled<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  await engine.kill();
  try {
    return await work();
  } finally {
    await engine.restart();
  }
}

const PULSE_MS = 400;

/** Stopped for half of the time until `work` is done. */
export async function whilePulsing<T>(pid: number, work: () => Promise<T>): Promise<T> {
  let isStopped = false;
  const pulse = setInterval(() => {
    isStopped = !isStopped;
    process.kill(pid, isStopped ? 'SIGSTOP' : 'SIGCONT');
  }, PULSE_MS);
  try {
    return await work();
  } finally {
    clearInterval(pulse);
    process.kill(pid, 'SIGCONT');
  }
}

/** Kills one of the system's processes and waits until it was started again and is ready. */
export async function killAndAwait(system: System, name: string, signal: NodeJS.Signals = 'SIGKILL') {
  const pid = await system.pidOf(name);
  process.kill(pid, signal);
  await eventually(async () => (await system.pidOf(name)) !== pid, {
    timeoutMs: 20_000,
    what: `${name} again`,
  });
}

/** One inline command; the first line of the answer. */
export function redisCommand(redis: Engine, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: redis.port });
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      if (!answer.includes('\r\n')) return;
      socket.destroy();
      resolve(answer.split('\r\n')[0] ?? '');
    });
    socket.on('error', reject);
    socket.write(`${command}\r\n`);
  });
}

/** SIGKILL, and nothing of its data is left. */
export async function loseRedis(redis: Engine): Promise<void> {
  await redis.kill();
  await rm(path.join(redis.folder, 'appendonlydir'), { recursive: true, force: true });
  await redis.restart();
}

export async function isReady(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${String(port)}/readyz`)).ok;
}
