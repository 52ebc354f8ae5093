// Submission as an application does it: STARTTLS, AUTH PLAIN, the envelope of each message in one write (RFC 2920).
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  benchBody,
  dotStuffed,
  mailTemplate,
  nowUs,
  SENDER,
  stamp,
  type MailTemplate,
} from '../bench-mail.ts';
import type { LoadPlan } from './load-plan.ts';
import type { LoadTally } from './load-tally.ts';
import { openReplyReader, type ReplyReader } from './reply-reader.ts';

interface Session {
  readonly socket: Socket;
  readonly replies: ReplyReader;
}

const TIMEOUT_MS = 60_000;

export async function runSmtpLoad(plan: LoadPlan, tally: LoadTally): Promise<void> {
  const body = dotStuffed(benchBody(plan.bodyBytes));
  const wire = (): MailTemplate => {
    const template = mailTemplate(plan.run, body);
    return { ...template, bytes: Buffer.concat([template.bytes, Buffer.from('.\r\n')]) };
  };
  await Promise.all(
    Array.from({ length: plan.connections }, async () => {
      const template = wire();
      while (!tally.isDone()) await runConnection(plan, template, tally);
    }),
  );
}

async function runConnection(plan: LoadPlan, template: MailTemplate, tally: LoadTally): Promise<void> {
  let session: Session | undefined;
  try {
    session = await login(plan);
    for (let count = 0; count < plan.messagesPerConnection; count += 1) {
      const sequence = await tally.next();
      if (sequence === undefined) break;
      if (plan.neighbour !== undefined) {
        const recipient = `u${sequence}@${plan.neighbour}.test`;
        await submit(session, { sequence, recipient }, template, unmeasured(tally));
      }
      await submit(session, { sequence, recipient: recipientOf(sequence, plan.domains) }, template, tally);
    }
    session.socket.write('QUIT\r\n');
    await session.replies.next();
  } catch (error) {
    tally.broken(error instanceof Error ? error.message : String(error));
  } finally {
    session?.socket.destroy();
  }
}

/** What is refused counts all the same. */
function unmeasured(tally: LoadTally): LoadTally {
  return { ...tally, accepted: () => undefined };
}

function recipientOf(sequence: number, domains: number | undefined): string {
  return domains === undefined
    ? `u${sequence}@receiver.test`
    : `u${sequence}@d${sequence % domains}.receiver.test`;
}

async function login({ host, port, user, password }: LoadPlan): Promise<Session> {
  const plain = connect({ host, port, noDelay: true });
  const replies = openReplyReader();
  replies.readFrom(plain);
  plain.setTimeout(TIMEOUT_MS, () => plain.destroy(new Error('nothing happened for a minute')));
  expectCode(await replies.next(), '220');
  await ask({ socket: plain, replies }, 'EHLO bench.test', '250');
  await ask({ socket: plain, replies }, 'STARTTLS', '220');
  plain.removeAllListeners('data');
  // Each connection pays for a whole handshake, as different clients do.
  const socket = connectTls({ socket: plain, rejectUnauthorized: false });
  const secured = openReplyReader();
  secured.readFrom(socket);
  await once(socket, 'secureConnect');
  const session = { socket, replies: secured };
  await ask(session, 'EHLO bench.test', '250');
  const secret = Buffer.from(`\0${user}\0${password}`).toString('base64');
  await ask(session, `AUTH PLAIN ${secret}`, '235');
  return session;
}

async function ask({ socket, replies }: Session, command: string, code: string): Promise<void> {
  socket.write(`${command}\r\n`);
  expectCode(await replies.next(), code);
}

function expectCode(reply: string, code: string): void {
  if (!reply.startsWith(code)) throw new Error(reply);
}

async function submit(
  { socket, replies }: Session,
  { sequence, recipient }: { readonly sequence: number; readonly recipient: string },
  template: MailTemplate,
  tally: LoadTally,
): Promise<void> {
  const sentAtUs = nowUs();
  stamp(template, { sequence, sentAtUs });
  socket.write(`MAIL FROM:<${SENDER}>\r\nRCPT TO:<${recipient}>\r\nDATA\r\n`);
  const envelope = [await replies.next(), await replies.next()];
  const data = await replies.next();
  const complaint = envelope.find((reply) => !reply.startsWith('250'));
  if (!data.startsWith('354')) {
    tally.refused(complaint ?? data);
    await ask({ socket, replies }, 'RSET', '250');
    return;
  }
  // A server that says 354 without a recipient gets an empty content.
  socket.write(complaint === undefined ? template.bytes : '.\r\n');
  const reply = await replies.next();
  if (complaint === undefined && reply.startsWith('250')) tally.accepted(sentAtUs);
  else tally.refused(complaint ?? reply);
}
