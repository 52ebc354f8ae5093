// Policies of an identity: who else may send as it. Kept and shown; there is one account here. Source: SES contract 7.
import type { IdentityPolicy } from '@sealpost/contracts';

export interface PolicyChange {
  /** Replaces the one of the name. */
  readonly policy?: IdentityPolicy;
  readonly removedPolicy?: string;
}

const MAX_POLICIES = 20;
const MAX_CHARACTERS = 4096;

/** Sorted by name. */
export function changedPolicies(
  policies: readonly IdentityPolicy[],
  { policy, removedPolicy }: PolicyChange,
): readonly IdentityPolicy[] {
  if (policy === undefined && removedPolicy === undefined) return policies;
  const kept = policies.filter(({ name }) => name !== removedPolicy && name !== policy?.name);
  return [...kept, ...(policy === undefined ? [] : [policy])].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What is wrong with them, or undefined. */
export function policiesFault(policies: readonly IdentityPolicy[]): string | undefined {
  if (policies.length > MAX_POLICIES) return `An identity has at most ${MAX_POLICIES} policies.`;
  return policies.map(policyFault).find((fault) => fault !== undefined);
}

function policyFault({ name, document }: IdentityPolicy): string | undefined {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) return 'Invalid policy name.';
  if (document.length > MAX_CHARACTERS) return `A policy has at most ${MAX_CHARACTERS} characters.`;
  return isObject(document) ? undefined : 'Policy document is not valid JSON.';
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    // Anything may be sent here.
    return false;
  }
}
