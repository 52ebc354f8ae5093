// What a scripted receiver is told to do: every oddity of a receiving mail server, as data.
// Reading the script is all that happens here; receiver-session.ts plays it.
import type { SecureVersion } from 'node:tls';
import type { CertificateKind } from './authority.ts';

/**
 * One line (CRLF is added), several lines (each as given, `250-` and `250 ` included, CRLF added),
 * bytes sent as they are, or `'none'` for silence.
 */
export type ScriptedReply = string | readonly string[] | { readonly raw: string };

/**
 * Where a rule applies:
 * `connect` the connection is up, the greeting not sent; `secured` the handshake is done;
 * `content-start` 354 is sent and the first bytes of content are here; `content` the final dot is here, or the
 * last chunk; `BDAT` a chunk that is not the last one.
 */
export type ReceiverPhase =
  | 'connect'
  | 'secured'
  | 'content-start'
  | 'content'
  | 'EHLO'
  | 'HELO'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'BDAT'
  | 'RSET'
  | 'NOOP'
  | 'QUIT';

export interface ReceiverRule {
  readonly on: ReceiverPhase;
  /** RCPT only: the address without brackets, compared without case. */
  readonly recipient?: string;
  /** Only inside TLS (true), only outside (false); default both. */
  readonly overTls?: boolean;
  /** Left out: what a working server says. `'none'`: nothing. */
  readonly reply?: ScriptedReply;
  /** MAIL, RCPT, DATA: obeyed as if the reply were a yes, whatever is said or not said. */
  readonly obeys?: true;
  /** The rule applies this many times, over all connections; default for ever. */
  readonly times?: number;
  /** The reply waits this long, each time. */
  readonly delayMs?: number;
  /** The reply waits for this. */
  readonly after?: Promise<unknown>;
  /** After the reply: FIN, or RST. Default: the session goes on. */
  readonly then?: 'close' | 'reset';
}

/**
 * `alert-after-220` answers the ClientHello with a fatal protocol_version alert, as a server does
 * that has no version in common with the client.
 */
export type StarttlsScript =
  | 'offered'
  | 'absent'
  | 'garbage-after-220'
  | 'alert-after-220'
  | 'close-after-220'
  | 'reset-after-220'
  | 'stall-after-220'
  | 'inject-plaintext-after-220'
  | { readonly reply: ScriptedReply };

export interface ReceiverTls {
  /** Default TLSv1.2. */
  readonly minVersion?: SecureVersion;
  /** Default TLSv1.3. */
  readonly maxVersion?: SecureVersion;
  /** OpenSSL cipher string; default OpenSSL's own, at security level 0 when a version below 1.2 is allowed. */
  readonly ciphers?: string;
  /** Default trusted: issued by `testAuthority()` for `certificateNames`. */
  readonly certificate?: CertificateKind;
}

export interface ReceiverScript {
  /** Default 127.0.0.1; other addresses of 127.0.0.0/8 play other hosts. */
  readonly address?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default mx.example.test. */
  readonly hostName?: string;
  /** Names in the certificate; default the host name. */
  readonly certificateNames?: readonly string[];
  /** Capabilities besides STARTTLS; default PIPELINING, 8BITMIME, SIZE, ENHANCEDSTATUSCODES, SMTPUTF8; CHUNKING is understood. */
  readonly capabilities?: readonly string[];
  /** Capabilities inside TLS; default those outside. */
  readonly capabilitiesInTls?: readonly string[];
  /** Default offered. */
  readonly starttls?: StarttlsScript;
  readonly tls?: ReceiverTls;
  /** The first rule that applies counts. */
  readonly rules?: readonly ReceiverRule[];
  /** Every byte of every reply in a packet of its own. */
  readonly byteWise?: boolean;
}

const CAPABILITIES = ['PIPELINING', '8BITMIME', 'SIZE 52428800', 'ENHANCEDSTATUSCODES', 'SMTPUTF8'];

export interface PhaseFacts {
  readonly overTls: boolean;
  readonly recipient?: string;
}

/** The script in force and how often each of its rules has been used. */
export interface ScriptPlayer {
  script(): ReceiverScript;
  setScript(script: ReceiverScript): void;
  /** Takes one use of the first rule that applies. */
  takeRule(phase: ReceiverPhase, facts: PhaseFacts): ReceiverRule | undefined;
}

export function createScriptPlayer(first: ReceiverScript): ScriptPlayer {
  let script = first;
  let uses = new Map<ReceiverRule, number>();
  return {
    script: () => script,
    setScript: (next) => {
      script = next;
      uses = new Map();
    },
    takeRule: (phase, facts) => {
      const rule = script.rules?.find((candidate) => {
        const left = (candidate.times ?? Infinity) - (uses.get(candidate) ?? 0);
        return left > 0 && applies(candidate, phase, facts);
      });
      if (rule !== undefined) uses.set(rule, (uses.get(rule) ?? 0) + 1);
      return rule;
    },
  };
}

function applies(rule: ReceiverRule, phase: ReceiverPhase, facts: PhaseFacts): boolean {
  if (rule.on !== phase) return false;
  if (rule.overTls !== undefined && rule.overTls !== facts.overTls) return false;
  return rule.recipient === undefined || rule.recipient.toLowerCase() === facts.recipient?.toLowerCase();
}

export function hostNameOf(script: ReceiverScript): string {
  return script.hostName ?? 'mx.example.test';
}

export function certificateNamesOf(script: ReceiverScript): readonly string[] {
  return script.certificateNames ?? [hostNameOf(script)];
}

/** The lines of the answer to EHLO. */
export function ehloReply(script: ReceiverScript, overTls: boolean): readonly string[] {
  const outside = script.capabilities ?? CAPABILITIES;
  const capabilities = overTls
    ? (script.capabilitiesInTls ?? outside)
    : script.starttls === 'absent'
      ? outside
      : [...outside, 'STARTTLS'];
  const lines = [hostNameOf(script), ...capabilities];
  return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`);
}

export function replyBytes(reply: ScriptedReply): Buffer {
  if (reply === 'none') return Buffer.alloc(0);
  if (typeof reply === 'string') return Buffer.from(`${reply}\r\n`);
  if ('raw' in reply) return Buffer.from(reply.raw, 'latin1');
  return Buffer.from(reply.map((line) => `${line}\r\n`).join(''));
}
