// What holds for a message from now on, whatever changes later (T10, T11): of its configuration set, of the identity
// that sends it, and of the account. Source: SES contract 1.3, 5.6, 5.7.
import type { PinnedPolicy } from '@sealpost/mail';
import type { Sender } from '@sealpost/policy-client';
import type { Refused } from './inspect.ts';
import type { DoorDeps, Refusal } from './submission.ts';

type Pinned =
  | {
      readonly kind: 'policy';
      readonly policy: PinnedPolicy;
      /** Of the set: settled at the door, so it does not travel. */
      readonly isSmimeSigned: boolean;
    }
  | Refused
  | { readonly kind: 'unavailable' };

/** `name` of the set that was asked for; undefined: none. */
export async function pinPolicy(name: string | undefined, sender: Sender, deps: DoorDeps): Promise<Pinned> {
  // Mail that this system writes itself goes on.
  const account = deps.senders === undefined ? undefined : await deps.senders.account();
  if (account?.kind === 'unavailable') return account;
  if (account?.account.isSendingPaused === true) return { kind: 'refused', refusal: PAUSED_ACCOUNT };
  const resolved = await deps.policies.resolvePolicy(name);
  switch (resolved.kind) {
    case 'unavailable':
      return resolved;
    case 'unknown-configuration-set':
      return { kind: 'refused', refusal: unknownSet(name ?? '') };
    case 'policy':
      if (resolved.isSendingPaused === true) return { kind: 'refused', refusal: pausedSet(name ?? '') };
      return {
        kind: 'policy',
        policy: withIdentity(resolved.policy, sender),
        isSmimeSigned: resolved.isSmimeSigned === true,
      };
  }
}

function withIdentity(policy: PinnedPolicy, { mailFromDomain, forwardingDisabled }: Sender): PinnedPolicy {
  return {
    ...policy,
    ...(mailFromDomain === undefined ? {} : { mailFromDomain }),
    ...(forwardingDisabled ? { forwardingDisabled } : {}),
  };
}

const PAUSED_ACCOUNT: Refusal = {
  code: 'account-paused',
  message: 'Email sending is disabled for this account.',
};

function pausedSet(configurationSetName: string): Refusal {
  return {
    code: 'configuration-set-paused',
    message: `Email sending is disabled for configuration set <${configurationSetName}>.`,
    configurationSetName,
  };
}

function unknownSet(configurationSetName: string): Refusal {
  return {
    code: 'configuration-set-does-not-exist',
    message: `Configuration set <${configurationSetName}> does not exist.`,
    configurationSetName,
  };
}
