// The listener for what comes back, and what its hosts are answered. Source: RFC 5321 §4.2.1; never a relay.
import type { Socket } from 'node:net';
import { openPort, type TlsFront } from '@sealpost/listening';
import { formatReply } from '@sealpost/smtp';
import { digestOf, submitOwn } from '../dsn/submit-own.ts';
import { parseReturnPart } from './return-address.ts';
import type { ReturnRecipient } from './return-commands.ts';
import { ReturnSession, type ArrivedMail, type ReturnSessionDeps } from './return-session.ts';
import { takeReturn, type ReturnDeps, type Taken } from './take-return.ts';

export interface ReturnPathOptions {
  readonly host: string;
  readonly port: number;
  readonly heloName: string;
  readonly maxConnections: number;
  /** Mail to `postmaster` goes here; undefined: there is none. */
  readonly postmaster: string | undefined;
  readonly secure: TlsFront['secure'] | undefined;
  readonly reusePort?: boolean;
}

export interface ReturnPathListener {
  readonly port: number;
  connections(): number;
  close(): Promise<void>;
}

/** A report may hold the whole message it is about: MAX_MESSAGE_BYTES and some. Only its beginning is kept. */
const MAX_MESSAGE_BYTES = 48 * 1024 * 1024;
/** One host must not have all the places. */
const PLACES_PER_ADDRESS = 0.5;
const SWEEP_MS = 1000;
/** A host that is cut in the middle brings it again. */
const DRAIN_MS = 5000;

/** Throws ConfigError for a port that can't be had. */
export async function openReturnPath(
  options: ReturnPathOptions,
  deps: ReturnDeps,
): Promise<ReturnPathListener> {
  const sessions = new Set<ReturnSession>();
  const sessionDeps: ReturnSessionDeps = {
    facts: {
      heloName: options.heloName,
      offersTls: options.secure !== undefined,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      recipientOf: (address) => recipientOf(address, options, deps),
    },
    secure: options.secure,
    take: (mail) => takeMail(mail, options, deps),
    logger: deps.logger,
  };
  const accept = (socket: Socket): void => {
    const session = new ReturnSession(socket, sessionDeps, () => sessions.delete(session));
    sessions.add(session);
    if (hasPlace(session, sessions, options)) session.begin();
    else session.refuse(TOO_MANY);
  };
  const listening = await openPort(options, accept);
  const sweep = setInterval(() => {
    for (const session of sessions) session.checkDeadline(performance.now());
  }, SWEEP_MS);
  return {
    port: listening.port,
    connections: () => sessions.size,
    close: async () => {
      clearInterval(sweep);
      const ended = listening.close();
      for (const session of sessions) session.drain();
      const cut = setTimeout(() => {
        for (const session of sessions) session.refuse('');
      }, DRAIN_MS);
      await ended;
      clearTimeout(cut);
    },
  };
}

function hasPlace(
  { clientAddress }: ReturnSession,
  sessions: ReadonlySet<ReturnSession>,
  { maxConnections }: ReturnPathOptions,
): boolean {
  if (sessions.size > maxConnections) return false;
  const sameAddress = [...sessions].filter((each) => each.clientAddress === clientAddress).length;
  return sameAddress <= Math.max(1, maxConnections * PLACES_PER_ADDRESS);
}

function recipientOf(
  address: string,
  { postmaster }: ReturnPathOptions,
  { keys, metrics }: ReturnDeps,
): ReturnRecipient | undefined {
  const localPart = address.split('@')[0] ?? '';
  const reference = parseReturnPart(localPart, keys);
  if (reference !== undefined) return { kind: 'signed', reference };
  const name = localPart.toLowerCase();
  if (name === 'complaints') return { kind: 'complaints' };
  if (name === 'postmaster' && postmaster !== undefined) return { kind: 'postmaster' };
  metrics.unknownAddress();
  return undefined;
}

/** One answer for all recipients: the first that is not taken decides, and what was taken is known as a repeat later. */
async function takeMail(mail: ArrivedMail, options: ReturnPathOptions, deps: ReturnDeps): Promise<string> {
  for (const recipient of mail.recipients) {
    const taken =
      recipient.kind === 'postmaster'
        ? await passToPostmaster(mail, options.postmaster ?? '', deps)
        : await takeReturn(
            { ...mail, reference: recipient.kind === 'signed' ? recipient.reference : undefined },
            deps,
          );
    if (taken.kind !== 'taken') return replyTo(taken);
  }
  return formatReply(250, '2.0.0 Ok');
}

function replyTo(taken: Exclude<Taken, { kind: 'taken' }>): string {
  if (taken.kind === 'unavailable') return formatReply(451, '4.3.0 Temporary failure, try again later');
  switch (taken.reason) {
    case 'no-report':
      return formatReply(554, '5.6.0 Only reports, complaints and automatic answers are taken here');
    case 'not-taken':
      return formatReply(554, '5.6.0 It is not well-formed');
    case 'no-message':
      return formatReply(554, '5.6.0 It does not say which message it is about');
    case 'too-large':
      return formatReply(552, '5.3.4 Message is too long');
  }
}

async function passToPostmaster(
  { content, isCut }: ArrivedMail,
  postmaster: string,
  { door, now }: ReturnDeps,
): Promise<Taken> {
  if (isCut) return { kind: 'refused', reason: 'too-large' };
  // RFC 5321 §6.3: a postmaster whose mail ends up here again.
  if (hopsOf(content) > MAX_HOPS) return { kind: 'refused', reason: 'not-taken' };
  const submitted = await submitOwn(
    {
      recipient: postmaster,
      content,
      smtpUtf8: false,
      operation: 'Postmaster',
      digest: digestOf(['postmaster', content.toString('latin1')]),
      acceptedAt: now(),
      tlsPolicy: 'Optional',
    },
    door,
  );
  if (submitted === 'refused') return { kind: 'refused', reason: 'not-taken' };
  return { kind: submitted === 'stored' ? 'taken' : 'unavailable' };
}

function hopsOf(content: Buffer): number {
  return content.toString('latin1').match(/^Received:/gim)?.length ?? 0;
}

const MAX_HOPS = 30;
const TOO_MANY = formatReply(421, '4.3.2 Too many connections, try again later');
