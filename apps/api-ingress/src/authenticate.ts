// Who calls: the signature is verified with a key that policy-service derived for the day. Source: SES contract 3.6.
import { createSecretKey } from 'node:crypto';
import {
  checkScope,
  checkSignature,
  readAuthorization,
  type AuthFault,
  type SignedRequest,
} from '@sealpost/aws-auth';
import type { PolicyClient } from '@sealpost/policy-client';
import { ApiFault, UNAVAILABLE, type FaultCode } from './api-fault.ts';
import type { Caller } from './caller.ts';

export interface AuthenticateDeps {
  readonly policies: Pick<PolicyClient, 'signingKey'>;
  readonly region: string;
  readonly accountId: string;
  readonly now: () => number;
}

const CODES: Readonly<Record<AuthFault['kind'], FaultCode>> = {
  missing: 'missing-token',
  incomplete: 'incomplete-signature',
  'unknown-key': 'unknown-key',
  scope: 'bad-signature',
  clock: 'bad-signature',
  signature: 'bad-signature',
};

const UNKNOWN_KEY = 'The security token included in the request is invalid.';
/** v1 has a longer text. */
const NO_TOKEN_V2 = 'Missing Authentication Token';
/** Keyed with when the caller is unknown, so that the time tells nothing. */
const NO_KEY = createSecretKey(Buffer.alloc(32));

/** Throws ApiFault. */
export async function authenticate(request: SignedRequest, deps: AuthenticateDeps): Promise<Caller> {
  const read = readAuthorization(request);
  if (read.kind === 'fault') {
    if (read.fault.kind === 'missing' && request.rawPath !== '/')
      throw new ApiFault('missing-token', NO_TOKEN_V2);
    throw apiFault(read.fault);
  }
  const { authorization } = read;
  const { accessKeyId, date, region, service } = authorization;
  const now = deps.now();
  const own = { region: deps.region, service: 'ses' };
  const scope = checkScope(request, authorization, { ...own, now });
  // A scope that is not ours needs no key of its own, only the answer whether there is such a caller.
  const asked = scope === undefined ? { date, region, service } : { ...own, date: dayOf(now) };
  const known = await deps.policies.signingKey({ accessKeyId, ...asked });
  if (known.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  const signature = checkSignature(request, authorization, known.kind === 'key' ? known.key : NO_KEY);
  // No temporary credentials are issued, so none is known.
  const hasToken =
    request.headers['x-amz-security-token'] !== undefined ||
    /(?:^|&)X-Amz-Security-Token=/.test(request.rawQuery);
  if (known.kind !== 'key' || hasToken) throw new ApiFault('unknown-key', UNKNOWN_KEY);
  const fault = scope ?? signature;
  if (fault !== undefined) throw apiFault(fault);
  return { accessKeyId, scope: known.scope, accountId: deps.accountId };
}

/** YYYYMMDD. */
function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
}

function apiFault({ kind, message }: AuthFault): ApiFault {
  return new ApiFault(CODES[kind], message);
}
