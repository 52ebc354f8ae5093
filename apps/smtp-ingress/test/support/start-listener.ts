// For tests of sessions: a real listener with a real certificate in front of a door that the test is.
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { formatMessageId } from '@sealpost/mail';
import type { Submission, SubmissionResult } from '@sealpost/submission';
import { eventually, testCertificate } from '@sealpost/testing';
import { acceptHandshake, listenerContexts } from '@sealpost/tls';
import { Registry } from 'prom-client';
import { afterEach, beforeEach } from 'vitest';
import type { AdmissionLimits } from '../../src/admission.ts';
import { authThrottle } from '../../src/auth-throttle.ts';
import { ownFailureCounts } from '../../src/failure-counts.ts';
import { listen, type Listener } from '../../src/listener.ts';
import { memoryRoom, type MemoryRoom } from '../../src/memory-room.ts';
import { ingressMetrics } from '../../src/metrics.ts';
import { storeTurns } from '../../src/store-turns.ts';
import type { SessionDeps } from '../../src/session/session-deps.ts';

export const USER = 'AKIAIOSFODNN7EXAMPLE';
export const PASSWORD = 'BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9';
export const ID = formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');
export const plainAuth = Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64');

/** Writes bytes, collects what comes back. */
class Client {
  socket: Socket;
  received = '';
  constructor(socket: Socket) {
    this.socket = socket;
    this.listen();
  }
  private listen() {
    this.socket.on('data', (chunk: Buffer) => (this.received += chunk.toString()));
    this.socket.on('error', () => undefined);
  }
  write(text: string) {
    this.socket.write(text);
  }
  async expect(pattern: RegExp): Promise<string> {
    const match = await eventually(() => pattern.exec(this.received) ?? undefined, {
      what: `${String(pattern)}, got ${JSON.stringify(this.received)}`,
      timeoutMs: 5000,
    });
    // Replies are taken whole: what a pattern leaves of its last line goes with it.
    const rest = this.received.slice(match.index + match[0].length);
    this.received = match[0].endsWith('\n') || match[0].endsWith('$') ? rest : rest.replace(/^[^\n]*\n?/, '');
    return match[0];
  }
  async say(line: string, pattern: RegExp): Promise<string> {
    this.write(`${line}\r\n`);
    return this.expect(pattern);
  }
  async upgrade(options: ConnectionOptions = {}): Promise<void> {
    await this.say('STARTTLS', /^220 .*\r\n/);
    this.socket.removeAllListeners();
    this.socket = connectTls({ socket: this.socket, rejectUnauthorized: false, ...options });
    this.listen();
    await once(this.socket, 'secureConnect');
  }
  async closed(): Promise<void> {
    await eventually(() => this.socket.destroyed || this.socket.readableEnded, {
      what: 'the end of the connection',
    });
  }
}

/** A submission as the door got it, all of its content arrived. */
type Submitted = Omit<Submission, 'content'> & {
  readonly content: Buffer;
  readonly isStreamed: boolean;
};

export interface Harness {
  /** A client that is destroyed when the test is over. */
  add(socket: Socket): Client;
  /** Greeted, in the clear. */
  plain(): Promise<Client>;
  /** Behind STARTTLS and EHLO. */
  inTls(): Promise<Client>;
  authenticated(): Promise<Client>;
  /** MAIL, RCPT and DATA are answered. */
  readyForContent(): Promise<Client>;
  readonly listener: Listener;
  /** What the door was given whole, in order. */
  readonly submissions: Submitted[];
  readonly room: MemoryRoom;
  /** The door's answer. */
  answer: (submission: Submission) => Promise<SubmissionResult>;
  policyIsAway: boolean;
  /** Of the user's credential; undefined: it is disabled. */
  scope: 'full' | 'send' | 'none' | undefined;
  isOverloaded: boolean;
  isStoreFull: boolean;
}

export interface HarnessOptions {
  readonly deps?: Partial<SessionDeps>;
  readonly admission?: Partial<AdmissionLimits>;
  readonly room?: Parameters<typeof memoryRoom>[0];
}

/** Call once in a `describe`; a listener is opened before each test and closed after it. */
export function useListener(options: HarnessOptions = {}): Harness {
  const clients: Client[] = [];
  let listener: Listener | undefined;
  let room = memoryRoom({ maxBytes: 1 });
  const harness: Harness = {
    submissions: [],
    policyIsAway: false,
    scope: 'full',
    isOverloaded: false,
    isStoreFull: false,
    answer: () => Promise.resolve({ kind: 'accepted', messageId: ID }),
    get room() {
      return room;
    },
    get listener() {
      if (listener === undefined) throw new Error('the listener is open in tests only');
      return listener;
    },
    add: (socket) => {
      const client = new Client(socket);
      clients.push(client);
      return client;
    },
    plain: async () => {
      const port = harness.listener.starttlsPorts[0] ?? 0;
      const client = harness.add(connectPlain({ host: '127.0.0.1', port }));
      await client.expect(/^220 in\.sealpost\.test ESMTP.*\r\n/);
      return client;
    },
    inTls: async () => {
      const client = await harness.plain();
      await client.say('EHLO client.test', /250 Ok\r\n/);
      await client.upgrade();
      await client.say('EHLO client.test', /250 Ok\r\n/);
      return client;
    },
    authenticated: async () => {
      const client = await harness.inTls();
      await client.say(`AUTH PLAIN ${plainAuth}`, /^235 Authentication successful\.\r\n/);
      return client;
    },
    readyForContent: async () => {
      const client = await harness.authenticated();
      await client.say('MAIL FROM:<a@x.test>', /^250 Ok\r\n/);
      await client.say('RCPT TO:<b@y.test>', /^250 Ok\r\n/);
      await client.say('DATA', /^354 .*\r\n/);
      return client;
    },
  };

  beforeEach(async () => {
    harness.submissions.length = 0;
    harness.answer = () => Promise.resolve({ kind: 'accepted', messageId: ID });
    harness.policyIsAway = false;
    harness.scope = 'full';
    harness.isOverloaded = false;
    room = memoryRoom(options.room ?? { maxBytes: 64_000_000 });
    harness.isStoreFull = false;
    listener = await listen(
      {
        host: '127.0.0.1',
        starttlsPorts: [0],
        tlsPorts: [0],
        maxConnections: 20,
        maxConnectionsPerAddress: 20,
        loginTimeoutMs: 60_000,
        ...options.admission,
      },
      { ...(await sessionDeps(harness)), ...options.deps },
    );
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await listener?.close(1000);
  });
  return harness;
}

async function sessionDeps(harness: Harness): Promise<SessionDeps> {
  const { certificatePem: cert, keyPem: key } = await testCertificate(['localhost', '127.0.0.1']);
  const contexts = listenerContexts('ses-classic', [{ cert, key }], () => performance.now());
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  return {
    facts: {
      heloName: 'in.sealpost.test',
      maxMessageBytes: 100_000,
      isOverloaded: () => harness.isOverloaded,
      isStoreFull: () => harness.isStoreFull,
    },
    secure: async (socket, via) => {
      const takesSslv2Hello = via === 'starttls';
      const result = await acceptHandshake(socket, { contexts, takesSslv2Hello, timeoutMs: 2000 });
      return result.kind === 'secured' ? result : undefined;
    },
    login: {
      passwordOf: (user) => {
        if (harness.policyIsAway) return Promise.resolve({ kind: 'unavailable' });
        return Promise.resolve(
          user === USER && harness.scope !== undefined
            ? { kind: 'password', password: PASSWORD, scope: harness.scope }
            : { kind: 'unknown' },
        );
      },
      accountId: '000000000000',
      throttle: authThrottle(
        ownFailureCounts(() => performance.now()),
        undefined,
        logger,
      ),
    },
    submit: (submission) => submitTo(harness, submission),
    room: harness.room,
    turns: storeTurns({ maxActive: 4, maxWaitMs: 60_000 }),
    inlineBytes: 1_000_000,
    deadlines: { idleMs: 60_000, minContentBytesPerSecond: 1024 },
    metrics: ingressMetrics(new Registry(), {
      connections: () => 0,
      heldBytes: () => 0,
    }),
    logger,
  };
}

/** As the door does: content that arrives is read to its end, and asked for its fault then. */
async function submitTo(harness: Harness, submission: Submission): Promise<SubmissionResult> {
  const { content } = submission;
  if (Buffer.isBuffer(content)) {
    harness.submissions.push({ ...submission, content, isStreamed: false });
    return harness.answer(submission);
  }
  const result = await harness.answer(submission);
  if (result.kind !== 'accepted') return result;
  const parts = [content.head];
  for await (const part of content.rest) parts.push(Buffer.from(part));
  const fault = content.fault();
  if (fault !== undefined) return { kind: 'refused', refusal: { code: 'invalid-content', message: fault } };
  harness.submissions.push({ ...submission, content: Buffer.concat(parts), isStreamed: true });
  return result;
}
