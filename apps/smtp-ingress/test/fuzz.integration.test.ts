// Random clients against a real listener: 85,000 connections, each a case of its own. One that fails is reduced to
// its smallest form and printed with its seed. FUZZ_CASES=n makes n times as many.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { formatMessageId } from '@sealpost/mail';
import { array, assert, asyncProperty, constantFrom, oneof, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anything, segmentation, segments, transaction } from './support/dialogues.ts';
import { plainAuth, useListener } from './support/start-listener.ts';

const TIMES = Number(process.env.FUZZ_CASES ?? 1);
const HOUR_MS = 3_600_000;
const runs = (count: number) => ({ numRuns: Math.round(count * TIMES), endOnFailure: false });

/** Whole replies, and a last one that the end of the connection may have cut. */
const REPLIES = /^(?:(?:\d{3}-[^\r\n]*\r\n)*\d{3} [^\r\n]*\r\n)*(?:\d{0,3}|\d{3}[ -][^\n]*)$/;
const STALL_MS = 10_000;

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Says all of it, closes its side, and gives what it was told until the server had closed as well. */
async function converse(port: number, wire: readonly Buffer[]): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let received = '';
  socket.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(STALL_MS) });
  await once(socket, 'connect');
  await writeAll(socket, wire);
  socket.end();
  await closed;
  return received;
}

async function writeAll(socket: Socket, wire: readonly Buffer[]): Promise<void> {
  for (const segment of wire) {
    if (socket.destroyed || !socket.writable) return;
    socket.write(segment);
    // Two turns: the server has read this segment before the next one comes.
    await nextTurn();
    await nextTurn();
  }
}

function idsIn(received: string): readonly string[] {
  return [...received.matchAll(/^250 Ok (\S{40,})\r\n/gm)].map((match) => match[1] ?? '');
}

/** Inside TLS as far as the session knows: the handshake is the business of other tests. */
const alreadySecure = {
  secure: (socket: Socket) =>
    Promise.resolve({ kind: 'secured', socket, tls: { version: 'TLSv1.3', cipher: 'X' } } as const),
};
const LOGIN = Buffer.from(`EHLO fuzz.test\r\nAUTH PLAIN ${plainAuth}\r\n`);
const END = Buffer.from('QUIT\r\n');

describe('inside TLS', () => {
  const mail = useListener({ deps: alreadySecure });
  const port = () => mail.listener.tlsPorts[0] ?? 0;
  let accepted: Set<string>;

  /** The door takes every message, or answers in turn as it may. */
  function door(answers: readonly ('accepted' | 'refused' | 'unavailable' | 'bug')[]): void {
    accepted = new Set();
    mail.submissions.length = 0;
    let turn = 0;
    mail.answer = () => {
      const answer = answers[turn % answers.length];
      turn += 1;
      switch (answer) {
        case 'refused':
          return Promise.resolve({ kind: 'refused', refusal: { code: 'invalid-content', message: 'no' } });
        case 'unavailable':
          return Promise.resolve({ kind: 'unavailable', cause: 'queue' });
        case 'bug':
          return Promise.reject(new Error('a bug behind the door'));
        default: {
          const messageId = idOf(accepted.size);
          accepted.add(messageId);
          return Promise.resolve({ kind: 'accepted', messageId });
        }
      }
    };
  }

  test('T13: good mail is taken as it was sent, wherever the wire is cut', { timeout: HOUR_MS }, async () => {
    await assert(
      asyncProperty(
        array(transaction, { minLength: 1, maxLength: 4 }),
        segmentation,
        async (mails, sizes) => {
          door(['accepted']);
          const wire = Buffer.concat([LOGIN, ...mails.map((each) => each.wire), END]);
          const received = await converse(port(), segments(wire, sizes));
          expect(mail.submissions.map(({ content }) => content.toString())).toEqual(
            mails.map(({ content }) => content),
          );
          expect(idsIn(received)).toEqual([...accepted]);
          expect(received).toMatch(/\r\n221 Bye\r\n$/);
        },
      ),
      runs(10_000),
    );
  });

  test(
    'whatever a client says: no crash, no stall, and no 250 for what the door did not take',
    { timeout: HOUR_MS },
    async () => {
      const answers = array(constantFrom('accepted', 'accepted', 'refused', 'unavailable', 'bug'), {
        minLength: 1,
        maxLength: 5,
      });
      let acceptedCount = 0;
      await assert(
        asyncProperty(anything, segmentation, answers, async (wire, sizes, doorAnswers) => {
          door(doorAnswers);
          const received = await converse(port(), segments(Buffer.concat([LOGIN, wire, END]), sizes));
          expect(received).toMatch(REPLIES);
          for (const id of idsIn(received)) expect(accepted).toContain(id);
          for (const { content } of mail.submissions) expect(isCleanContent(content)).toBe(true);
          expect(mail.room.heldBytes).toBe(0);
          acceptedCount += accepted.size;
        }),
        runs(50_000),
      );
      // Nonsense alone would prove nothing: some of the mail got through.
      expect(acceptedCount).toBeGreaterThan(1000 * TIMES);
      // What was written last is not of the one who came first: the listener still serves.
      door(['accepted']);
      expect(await converse(port(), [Buffer.concat([LOGIN, END])])).toMatch(/221 Bye\r\n$/);
      expect(mail.listener.connections()).toBe(0);
    },
  );

  test(
    '4.1 row 6: without AUTH nothing reaches the door, whatever is said',
    { timeout: HOUR_MS },
    async () => {
      await assert(
        asyncProperty(anything, segmentation, async (wire, sizes) => {
          door(['accepted']);
          const text = Buffer.from(wire.toString('latin1').replaceAll(plainAuth, 'AGEAYg=='), 'latin1');
          const received = await converse(port(), segments(text, sizes));
          expect(mail.submissions).toEqual([]);
          expect(received).not.toMatch(/^(?:235|354|250 Ok \S)/m);
        }),
        runs(10_000),
      );
    },
  );
});

describe('before TLS', () => {
  const mail = useListener();

  test(
    'T2, 4.1 rows 1 to 5: nothing reaches the door on a STARTTLS port, whatever is said',
    { timeout: HOUR_MS },
    async () => {
      await assert(
        asyncProperty(anything, segmentation, async (wire, sizes) => {
          const received = await converse(mail.listener.starttlsPorts[0] ?? 0, segments(wire, sizes));
          expect(mail.submissions).toEqual([]);
          expect(received).not.toMatch(/^(?:235|334|354|250 Ok \S)/m);
          // What follows the permission to begin TLS is TLS, and none of our words.
          expect(received.replace(/^220 Ready to start TLS\r\n[^]*/m, '')).toMatch(REPLIES);
        }),
        runs(10_000),
      );
      expect(mail.listener.connections()).toBe(0);
    },
  );

  test('T4: no bytes on a TLS Wrapper port bring an answer in the clear', { timeout: HOUR_MS }, async () => {
    const hello = await recordedHello();
    const spoilt = uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => spoil(hello, bytes));
    await assert(
      asyncProperty(
        oneof(spoilt, uint8Array({ maxLength: 300 }), anything),
        segmentation,
        async (wire, sizes) => {
          const received = await converse(mail.listener.tlsPorts[0] ?? 0, segments(Buffer.from(wire), sizes));
          expect(received).not.toMatch(/^\d{3}[ -]/m);
          expect(mail.submissions).toEqual([]);
        },
      ),
      runs(5000),
    );
    expect(mail.listener.connections()).toBe(0);
  });
});

/** The first bytes of a real client. */
async function recordedHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

/** Each pair of bytes says where and with what. */
function spoil(hello: Buffer, changes: Uint8Array): Buffer {
  const spoilt = Buffer.from(hello);
  for (let index = 0; index + 1 < changes.length; index += 2) {
    spoilt[((changes[index] ?? 0) * 7) % spoilt.length] = changes[index + 1] ?? 0;
  }
  return spoilt;
}

function idOf(count: number) {
  return formatMessageId('us-east-1', count, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');
}

/** Lines end in CRLF, hold no NUL and at most 998 octets (4.1 rows 19 to 21). */
function isCleanContent(content: Buffer): boolean {
  return content
    .toString('latin1')
    .split('\r\n')
    .every((each) => each.length <= 998 && !/[\r\n\0]/.test(each));
}
