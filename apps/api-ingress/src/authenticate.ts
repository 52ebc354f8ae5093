// Who calls: the signature is verified with a key that policy-service derived for the day. Source: SES contract 3.6.
import {
  checkScope,
  checkSignature,
  readAuthorization,
  type AuthFault,
  type SignedRequest,
} from '@sealpost/aws-auth';
import type { PolicyClient } from '@sealpost/policy-client';
import { ApiFault, UNAVAILABLE, type FaultCode } from './api-fault.ts';

export interface AuthenticateDeps {
  readonly policies: Pick<PolicyClient, 'signingKey'>;
  readonly region: string;
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
/** Keyed with when the caller is unknown, so that the time tells nothing. */
const NO_KEY = Buffer.alloc(32);

/** The access key id. Throws ApiFault. */
export async function authenticate(request: SignedRequest, deps: AuthenticateDeps): Promise<string> {
  const read = readAuthorization(request);
  if (read.kind === 'fault') throw apiFault(read.fault);
  const { authorization } = read;
  const { accessKeyId, date, region, service } = authorization;
  const known = await deps.policies.signingKey({ accessKeyId, date, region, service });
  if (known.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  const signature = checkSignature(request, authorization, known.kind === 'key' ? known.key : NO_KEY);
  // No temporary credentials are issued, so none is known.
  const hasToken = request.headers['x-amz-security-token'] !== undefined;
  if (known.kind === 'unknown' || hasToken) throw new ApiFault('unknown-key', UNKNOWN_KEY);
  const scope = checkScope(request, authorization, { region: deps.region, service: 'ses', now: deps.now() });
  const fault = scope ?? signature;
  if (fault !== undefined) throw apiFault(fault);
  return accessKeyId;
}

function apiFault({ kind, message }: AuthFault): ApiFault {
  return new ApiFault(CODES[kind], message);
}
