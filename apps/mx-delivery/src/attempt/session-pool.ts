// Sessions between messages. One is given out only for the same MX host and port, only to mail of the same pool of source
// addresses, and only to mail whose requirement its evidence satisfies: what was opened in the clear never carries
// Require mail (T11).
import type { TlsLevel } from '@sealpost/mail';
import { satisfies } from '@sealpost/tls';
import type { ReceiverSession } from './open-session.ts';
import type { SmtpClient } from './smtp-client.ts';

export interface SessionPool {
  take(wanted: WantedSession): ReceiverSession | undefined;
  /** By each that had it; idle when the last one has put it back. */
  put(session: ReceiverSession): void;
  /** Another may have it as well: it has a message to go, and is in order as far as is known. */
  mayShare(session: ReceiverSession): boolean;
  /** Another has it as well. */
  share(session: ReceiverSession): void;
  /** Quits all idle sessions. */
  close(): void;
}

interface WantedSession {
  readonly host: string;
  readonly port: number;
  readonly required: TlsLevel;
  /** Any of them; undefined: a session whose source the machine chose. */
  readonly sources: readonly string[] | undefined;
}

interface Use {
  /** Messages it was used for. */
  served: number;
  /** Who have it. */
  users: number;
}

interface Idle {
  readonly session: ReceiverSession;
  readonly since: number;
}

// Receivers and the middle of the network drop idle connections; a few seconds are worth keeping.
const IDLE_MS = 5000;
const SWEEP_MS = 1000;
// Receivers dislike endless connections; Postfix and others limit theirs in this order of magnitude.
const MAX_MESSAGES = 1000;

export function openSessionPool(): SessionPool {
  const idle = new Map<string, Idle[]>();
  const useOf = rememberUses();
  const sweep = setInterval(() => {
    const oldest = performance.now() - IDLE_MS;
    for (const [key, sessions] of idle) {
      while (sessions[0] !== undefined && sessions[0].since < oldest) sessions.shift()?.session.client.quit();
      if (sessions.length === 0) idle.delete(key);
    }
  }, SWEEP_MS);
  return {
    take: (wanted) => takeLatest(idle.get(keyOf(wanted.host, wanted.port)) ?? [], wanted),
    put: (session) => {
      const use = useOf(session);
      use.served += 1;
      if (use.users > 1) {
        use.users -= 1;
        return;
      }
      if (use.served >= MAX_MESSAGES || !isUsable(session)) {
        session.client.quit();
        return;
      }
      const key = keyOf(session.mx.host, session.mx.port);
      const sessions = idle.get(key) ?? [];
      sessions.push({ session, since: performance.now() });
      idle.set(key, sessions);
    },
    mayShare: (session) => {
      const { served, users } = useOf(session);
      return served + users < MAX_MESSAGES && isUsable(session);
    },
    share: (session) => {
      useOf(session).users += 1;
    },
    close: () => {
      clearInterval(sweep);
      for (const sessions of idle.values()) for (const { session } of sessions) session.client.quit();
      idle.clear();
    },
  };
}

function takeLatest(idle: Idle[], { required, sources }: WantedSession): ReceiverSession | undefined {
  for (let index = idle.length - 1; index >= 0; index -= 1) {
    const candidate = idle[index];
    if (candidate === undefined || !satisfies(required, candidate.session.evidence)) continue;
    if (!isFrom(sources, candidate.session)) continue;
    idle.splice(index, 1);
    if (isUsable(candidate.session)) return candidate.session;
    candidate.session.client.destroy();
  }
  return undefined;
}

function rememberUses(): (session: ReceiverSession) => Use {
  const uses = new WeakMap<SmtpClient, Use>();
  return ({ client }) => {
    const known = uses.get(client);
    if (known !== undefined) return known;
    const use = { served: 0, users: 1 };
    uses.set(client, use);
    return use;
  };
}

function isFrom(sources: readonly string[] | undefined, { mx }: ReceiverSession): boolean {
  return sources === undefined
    ? mx.source === undefined
    : mx.source !== undefined && sources.includes(mx.source);
}

/** Bytes nobody asked for (a 421, or worse) end a session. */
export function isUsable({ client }: ReceiverSession): boolean {
  return client.isOpen && !client.hasUnreadBytes;
}

function keyOf(host: string, port: number): string {
  return `${host}:${port}`;
}
