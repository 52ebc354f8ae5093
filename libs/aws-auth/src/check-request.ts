// Whether a request is signed by whom it says, now, and for us. Pure; order and texts of SES contract 3.6.
import { timingSafeEqual, type KeyObject } from 'node:crypto';
import { stringToSign } from './canonical-request.ts';
import { hmac } from './derive-signing-key.ts';
import {
  formatTimestamp,
  parseTimestamp,
  type AuthFault,
  type Authorization,
  type SignedRequest,
} from './signed-request.ts';

export interface ExpectedScope {
  readonly region: string;
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const WINDOW_MS = 15 * 60_000;

/** Everything but the signature: scope, clock, what has to be signed. Undefined when all is well. */
export function checkScope(
  request: SignedRequest,
  authorization: Authorization,
  expected: ExpectedScope,
): AuthFault | undefined {
  const { region, service, date, timestamp } = authorization;
  if (region !== expected.region) {
    return scope(`Credential should be scoped to a valid Region, not '${region}'.`);
  }
  if (service !== expected.service) {
    return scope(`Credential should be scoped to correct service: '${expected.service}'.`);
  }
  if (!timestamp.startsWith(date)) {
    const day = timestamp.slice(0, 8);
    return scope(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${day}', from '${timestamp}'.`,
    );
  }
  return clockFault(authorization, expected.now) ?? unsignedFault(request, authorization);
}

/** `signingKey` is that of the authorization's scope; for an unknown key any will do, so that time tells nothing. */
export function checkSignature(
  request: SignedRequest,
  authorization: Authorization,
  signingKey: Buffer | KeyObject,
): AuthFault | undefined {
  const declared = request.headers['x-amz-content-sha256'];
  // UNSIGNED-PAYLOAD and STREAMING-… belong to S3 (faults 4.2 row 39).
  const isBodyAsDeclared = declared === undefined || declared === request.bodySha256;
  const computed = hmac(signingKey, stringToSign(request, authorization));
  const isEqual = timingSafeEqual(computed, Buffer.from(authorization.signature, 'hex'));
  return isEqual && isBodyAsDeclared ? undefined : { kind: 'signature', message: MISMATCH };
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
  'and signing method. Consult the service documentation for details.';

function clockFault({ timestamp, expiresSeconds }: Authorization, now: number): AuthFault | undefined {
  const signedAt = parseTimestamp(timestamp);
  const lifeMs = expiresSeconds === undefined ? WINDOW_MS : expiresSeconds * 1000;
  if (Number.isNaN(signedAt) || signedAt + lifeMs < now) {
    const earliest = formatTimestamp(now - WINDOW_MS);
    return clock(
      `Signature expired: ${timestamp} is now earlier than ${earliest} (${formatTimestamp(now)} - 15 min.)`,
    );
  }
  if (signedAt - WINDOW_MS > now) {
    const latest = formatTimestamp(now + WINDOW_MS);
    return clock(
      `Signature not yet current: ${timestamp} is still later than ${latest} (${formatTimestamp(now)} + 15 min.)`,
    );
  }
  return undefined;
}

/** Faults 4.2 row 35: host, and every x-amz-… field that is there, has to be signed. */
function unsignedFault(request: SignedRequest, { signedHeaders }: Authorization): AuthFault | undefined {
  const present = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'));
  const unsigned = ['host', ...present].filter((name) => !signedHeaders.includes(name));
  return unsigned.length === 0 ? undefined : { kind: 'signature', message: MISMATCH };
}

function scope(message: string): AuthFault {
  return { kind: 'scope', message };
}

function clock(message: string): AuthFault {
  return { kind: 'clock', message };
}
