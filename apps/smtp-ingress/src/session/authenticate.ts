// AUTH PLAIN and LOGIN. Pure but for the comparison of secrets. Source: RFC 4954, RFC 4616, SES contract 4.3.
import { hash, timingSafeEqual } from 'node:crypto';
import { formatReply } from '@sealpost/smtp';
import { countError } from './count-error.ts';
import type { AuthExchange, SessionState, Step } from './state.ts';

/** `initialResponse` as it stood behind AUTH; `=` is an empty one (RFC 4954 §4). */
export function beginAuth(state: SessionState, mechanism: string, initialResponse: string | undefined): Step {
  switch (mechanism) {
    case 'PLAIN':
      if (initialResponse === undefined) {
        return { kind: 'challenge', reply: formatReply(334, 'Ok'), next: { mechanism } };
      }
      return continueAuth(state, { mechanism }, initialResponse === '=' ? '' : initialResponse);
    case 'LOGIN':
      if (initialResponse === undefined) {
        return { kind: 'challenge', reply: formatReply(334, 'VXNlcm5hbWU6'), next: { mechanism } };
      }
      return continueAuth(state, { mechanism }, initialResponse);
    default:
      return countError(state, 504, 'AUTH mechanism not supported');
  }
}

/** `line` is the client's answer to a challenge. */
export function continueAuth(state: SessionState, exchange: AuthExchange, line: string): Step {
  // RFC 4954 §4: `*` cancels.
  if (line === '*') return countError(state, 501, 'AUTH cancelled');
  const text = decodeBase64(line);
  if (text === undefined) return countError(state, 501, '5.5.2 Cannot decode AUTH response');
  if (exchange.mechanism === 'LOGIN') {
    if (exchange.user !== undefined) return { kind: 'verify', user: exchange.user, password: text };
    const next = { mechanism: 'LOGIN', user: text } as const;
    return { kind: 'challenge', reply: formatReply(334, 'UGFzc3dvcmQ6'), next };
  }
  const [authorization = '', user = '', password, ...more] = text.split('\0');
  if (password === undefined || more.length > 0)
    return countError(state, 501, '5.5.2 Malformed AUTH PLAIN response');
  // RFC 4616 §2: to act as somebody else is not offered. An empty user never matches.
  const isForeign = authorization !== '' && authorization !== user;
  return { kind: 'verify', user: isForeign ? '' : user, password };
}

/** Compares hashes of equal length: the time tells nothing about the secret or whether the user exists. */
export function passwordMatches(given: string, expected: string | undefined): boolean {
  const isEqual = timingSafeEqual(sha256(given), sha256(expected ?? ''));
  return isEqual && expected !== undefined;
}

function decodeBase64(text: string): string | undefined {
  if (text.length > 1024 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64').toString('utf8');
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
