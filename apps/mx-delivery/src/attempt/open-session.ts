// From a name and an address to a session that can carry mail: connect, greeting, EHLO, STARTTLS by plan.
// Source: RFC 5321 §3.1–3.2, RFC 3207. Decides nothing about what a failure means for the mail.
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { MxAddress, Reply, TlsEvidence, TlsFailure, TlsFailureType } from '@sealpost/mail';
import { negotiate, type ConnectionPlan } from '@sealpost/tls';
import type { DialOptions } from './dial.ts';
import { SmtpClient } from './smtp-client.ts';
import { describeAnswer, plainReply, type Answer, type DialogueRecorder } from './transcript.ts';

/** Milliseconds; RFC 5321 §4.5.3.2, one per phase. Connecting and the handshake are ours. */
export interface PhaseTimeouts {
  readonly connectMs: number;
  readonly greetingMs: number;
  readonly ehloMs: number;
  readonly starttlsMs: number;
  readonly mailMs: number;
  readonly rcptMs: number;
  readonly dataMs: number;
  /** For each block of content to be taken by the network. */
  readonly dataBlockMs: number;
  readonly finalDotMs: number;
}

/** Where a connection goes, and from where. */
export interface Way extends MxAddress {
  /** Undefined: the machine chooses. */
  readonly source?: string;
}

export interface ReceiverSession {
  readonly client: SmtpClient;
  readonly mx: Way;
  /** Absent: the connection is in the clear. */
  readonly evidence?: TlsEvidence;
  /** In the clear: why there is no TLS. */
  readonly tlsFailures?: readonly TlsFailure[];
  /** EHLO keywords in upper case → their parameters. */
  readonly extensions: ReadonlyMap<string, string>;
}

/** Why TLS was not to be had; `isDefinite`: the receiver said so itself, and not for the moment only. */
export interface TlsTrouble {
  readonly type: TlsFailureType;
  readonly detail: string;
  readonly isDefinite: boolean;
  /** Refused in the handshake (version, cipher, alert): definite only when seen twice. */
  readonly isHandshakeRefusal: boolean;
  /** The connection is gone with it: without TLS one has to connect again. */
  readonly costsConnection: boolean;
  /** Plaintext was put behind the reply to STARTTLS: nothing more is said to that address for now. */
  readonly isInjection: boolean;
}

export type OpenedSession =
  | {
      readonly kind: 'session';
      readonly session: ReceiverSession;
      /** TLS was asked for and not offered or refused; the session is in the clear, nothing was lost by asking. */
      readonly tlsTrouble?: TlsTrouble;
    }
  /** TLS was offered and failed; the connection is gone. */
  | { readonly kind: 'tls-failed'; readonly trouble: TlsTrouble }
  /** The host can't be talked to, TLS or not. */
  | {
      readonly kind: 'unreachable';
      readonly detail: string;
      readonly reply?: Reply;
      /** What it said is no SMTP. */
      readonly isProtocolError?: true;
    };

export interface OpenDeps {
  readonly dial: (address: MxAddress, options: DialOptions) => Promise<Socket>;
  /** Tells why a connected address must not be used. */
  readonly refuseAddress: (address: string) => string | undefined;
  readonly timeouts: PhaseTimeouts;
  readonly heloName: string;
  readonly secureContext: SecureContext;
  /** Each connection's conversation is noted by itself. */
  readonly beginDialogue: () => DialogueRecorder;
  /** Filled in as the phases end. */
  readonly spent: { connect: number; tls: number };
}

/** `plan` 'plaintext' asks for no TLS; only a caller that may send in the clear has that plan. */
export async function openSession(mx: Way, plan: ConnectionPlan, deps: OpenDeps): Promise<OpenedSession> {
  const startedAt = performance.now();
  const connected = await connectAndGreet(mx, deps);
  deps.spent.connect += Math.round(performance.now() - startedAt);
  if (connected.kind === 'unreachable') return connected;
  const { client, extensions } = connected;
  if (plan === 'plaintext') return { kind: 'session', session: { client, mx, extensions } };
  const tlsStartedAt = performance.now();
  const secured = await startTls({ client, mx, extensions }, deps);
  deps.spent.tls += Math.round(performance.now() - tlsStartedAt);
  return secured;
}

type Greeted =
  | {
      readonly kind: 'greeted';
      readonly client: SmtpClient;
      readonly extensions: ReadonlyMap<string, string>;
    }
  | Extract<OpenedSession, { kind: 'unreachable' }>;

async function connectAndGreet(mx: Way, deps: OpenDeps): Promise<Greeted> {
  const dialogue = deps.beginDialogue();
  let socket: Socket;
  try {
    socket = await deps.dial(mx, { timeoutMs: deps.timeouts.connectMs, source: mx.source });
  } catch (error) {
    return { kind: 'unreachable', detail: error instanceof Error ? error.message : String(error) };
  }
  // The address really connected to counts, whatever a name resolved to before.
  const refusal = deps.refuseAddress(socket.remoteAddress ?? mx.address);
  if (refusal !== undefined) {
    socket.destroy();
    return { kind: 'unreachable', detail: refusal };
  }
  const client = new SmtpClient(socket);
  client.recordIn(dialogue);
  const greeting = await client.readReply(deps.timeouts.greetingMs);
  // RFC 5321 §3.1: 554 and 4xx at the greeting are about this connection, not about a recipient.
  if (!isCode(greeting, 220)) return unreachable(client, 'greeting', greeting);
  const hello = await sayHello(client, deps);
  return hello.kind === 'hello'
    ? { kind: 'greeted', client, extensions: hello.extensions }
    : unreachable(client, 'EHLO', hello.answer);
}

type Hello =
  | { readonly kind: 'hello'; readonly extensions: ReadonlyMap<string, string> }
  | { readonly kind: 'refused'; readonly answer: Answer };

/** RFC 5321 §3.2: a 5xx to EHLO is followed by HELO, which offers no extensions. */
async function sayHello(client: SmtpClient, deps: OpenDeps): Promise<Hello> {
  client.sendCommands([`EHLO ${deps.heloName}`]);
  const ehlo = await client.readReply(deps.timeouts.ehloMs);
  if (isCode(ehlo, 250)) return { kind: 'hello', extensions: parseExtensions(ehlo) };
  if (ehlo.kind !== 'reply' || ehlo.reply.code < 500) return { kind: 'refused', answer: ehlo };
  client.sendCommands([`HELO ${deps.heloName}`]);
  const helo = await client.readReply(deps.timeouts.ehloMs);
  return isCode(helo, 250) ? { kind: 'hello', extensions: new Map() } : { kind: 'refused', answer: helo };
}

async function startTls(session: ReceiverSession, deps: OpenDeps): Promise<OpenedSession> {
  const { client, mx } = session;
  if (!session.extensions.has('STARTTLS')) {
    const trouble = noTls('starttls-not-supported', 'EHLO offered no STARTTLS', true);
    return { kind: 'session', session, tlsTrouble: trouble };
  }
  client.sendCommands(['STARTTLS']);
  const answer = await client.readReply(deps.timeouts.ehloMs);
  if (answer.kind !== 'reply') return tlsFailed('handshake-failed', `no reply to STARTTLS: ${answer.detail}`);
  if (answer.reply.code !== 220) {
    const { code, text } = answer.reply;
    // A 421 closes the connection: there is no session left to fall back on.
    if (code === 421) return tlsFailed('starttls-refused', `${code} ${text}`);
    return {
      kind: 'session',
      session,
      tlsTrouble: noTls('starttls-refused', `${code} ${text}`, code >= 500),
    };
  }
  if (client.hasUnreadBytes) {
    // Somebody put plaintext behind the 220: nothing on this connection can be trusted (faults 5.2).
    client.destroy();
    const detail = 'starttls-injection: plaintext behind the reply to STARTTLS';
    return { kind: 'tls-failed', trouble: { ...lostTls('handshake-failed', detail), isInjection: true } };
  }
  const result = await negotiate(client.detach(), {
    serverName: mx.host,
    secureContext: deps.secureContext,
    timeoutMs: deps.timeouts.starttlsMs,
  });
  if (result.kind === 'failed') {
    const { type, detail, isRefusal } = result;
    return { kind: 'tls-failed', trouble: { ...lostTls(type, detail), isHandshakeRefusal: isRefusal } };
  }
  client.upgrade(result.socket);
  const hello = await sayHello(client, deps);
  if (hello.kind === 'refused') {
    client.destroy();
    return tlsFailed('handshake-failed', `no EHLO inside TLS: ${describeAnswer(hello.answer)}`);
  }
  return {
    kind: 'session',
    session: { client, mx, evidence: result.evidence, extensions: hello.extensions },
  };
}

/** Said in words; the connection stays. */
function noTls(type: TlsFailureType, detail: string, isDefinite: boolean): TlsTrouble {
  return { type, detail, isDefinite, isHandshakeRefusal: false, costsConnection: false, isInjection: false };
}

function lostTls(type: TlsFailureType, detail: string): TlsTrouble {
  return { ...noTls(type, detail, false), costsConnection: true };
}

function tlsFailed(type: TlsFailureType, detail: string): OpenedSession {
  return { kind: 'tls-failed', trouble: lostTls(type, detail) };
}

/** `250-SIZE 1000` → SIZE: '1000'. The first line is the host's name (RFC 5321 §4.1.1.1). */
function parseExtensions(answer: Answer): ReadonlyMap<string, string> {
  if (answer.kind !== 'reply') return new Map();
  const keywords = answer.reply.lines.slice(1).map((line) => /^(\S+)\s*(.*)$/.exec(line.slice(4)));
  return new Map(
    keywords.flatMap((match) => (match === null ? [] : [[String(match[1]).toUpperCase(), match[2] ?? '']])),
  );
}

function unreachable(
  client: SmtpClient,
  phase: string,
  answer: Answer,
): Extract<OpenedSession, { kind: 'unreachable' }> {
  client.quit();
  return {
    kind: 'unreachable',
    detail: `${phase}: ${describeAnswer(answer)}`,
    ...(answer.kind === 'reply' ? { reply: plainReply(answer.reply) } : {}),
    ...(answer.kind === 'broken' ? { isProtocolError: true } : {}),
  };
}

function isCode(answer: Answer, code: number): boolean {
  return answer.kind === 'reply' && answer.reply.code === code;
}
