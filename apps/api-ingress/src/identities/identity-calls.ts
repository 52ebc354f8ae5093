// What the identity operations ask of policy-service, and what callers are told when it says no.
// Source: SES contract 1.5, 2.1 (texts).
import type { CheckStatus, Identity } from '@sealpost/contracts';
import type { IdentityChange } from '@sealpost/policy-client';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';

/** SES contract 1.5. */
export const MAX_IDENTITIES_PER_CALL = 100;

/** Undefined when there is none. Throws ApiFault. */
export async function findIdentity(name: string, { policies }: ActionContext): Promise<Identity | undefined> {
  const result = await policies.getIdentity(name);
  if (result.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  return result.kind === 'identity' ? result.identity : undefined;
}

/** By the names that were asked for; what is not known is left out (trap 52). Throws ApiFault. */
export async function findIdentities(
  names: readonly string[],
  context: ActionContext,
): Promise<ReadonlyMap<string, Identity>> {
  const found = await Promise.all(
    [...new Set(names)].map(async (name) => [name, await findIdentity(name, context)] as const),
  );
  return new Map(found.flatMap(([name, identity]) => (identity === undefined ? [] : [[name, identity]])));
}

/** Throws ApiFault; `absent` is thrown when there is no such identity. */
export async function changeIdentity(
  name: string,
  change: IdentityChange,
  { policies }: ActionContext,
  absent: ApiFault = identityDoesNotExist(name),
): Promise<Identity> {
  const result = await policies.updateIdentity(name, change);
  switch (result.kind) {
    case 'identity':
      return result.identity;
    case 'unknown':
      throw absent;
    case 'invalid':
      throw new ApiFault('invalid-parameter', result.message);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}

/** Makes it, or verifies it again when there is one: v1 knows no AlreadyExists here. Throws ApiFault. */
export async function ensureIdentity(
  name: string,
  change: Pick<IdentityChange, 'signing'>,
  context: ActionContext,
): Promise<Identity> {
  const made = await context.policies.createIdentity(name, change);
  switch (made.kind) {
    case 'identity':
      return made.identity;
    case 'exists':
      return changeIdentity(name, { ...change, verifyAgain: true }, context);
    case 'limit':
      throw new ApiFault('limit', 'Identity limit exceeded.');
    case 'invalid':
      throw new ApiFault('invalid-parameter', made.message);
    case 'unknown':
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}

/** Undefined: none is asked for. Throws ApiFault when there is no such set. */
export async function assertSetExists(name: string | undefined, { policies }: ActionContext): Promise<void> {
  if (name === undefined || name === '') return;
  const result = await policies.getConfigurationSet(name);
  if (result.kind === 'unknown') throw setDoesNotExist(name);
  if (result.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
}

/** Throws ApiFault, on v2. */
export async function knownIdentity(name: string, context: ActionContext): Promise<Identity> {
  const identity = await findIdentity(name, context);
  if (identity === undefined) throw identityNotFound(name);
  return identity;
}

/** v2, of the operations that are about one. */
export function identityNotFound(name: string): ApiFault {
  return new ApiFault('not-found', `Email identity ${name} does not exist.`);
}

/** SES contract 2.1: of the Put operations, BadRequest. */
export function identityDoesNotExist(name: string): ApiFault {
  return new ApiFault('invalid-parameter', `Identity <${name}> does not exist.`);
}

/** v1. */
export function assertAddress(text: string): void {
  if (!text.includes('@')) throw new ApiFault('invalid-parameter', `Invalid email address<${text}>.`);
}

/** v1. */
export function assertDomain(text: string): void {
  if (text.includes('@')) throw new ApiFault('invalid-parameter', `Invalid domain name ${text}.`);
}

export function isAddress(name: string): boolean {
  return name.includes('@');
}

export function isVerified({ verification }: Identity): boolean {
  return verification.status === 'SUCCESS' || verification.status === 'TEMPORARY_FAILURE';
}

const V1_STATUS = {
  NOT_STARTED: 'NotStarted',
  PENDING: 'Pending',
  SUCCESS: 'Success',
  FAILED: 'Failed',
  TEMPORARY_FAILURE: 'TemporaryFailure',
} as const satisfies Readonly<Record<CheckStatus, string>>;

/** Trap 53. */
export function v1Status(status: CheckStatus): string {
  return V1_STATUS[status];
}
