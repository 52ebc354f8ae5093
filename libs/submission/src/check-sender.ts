// Who sends, and whether they may. Source: SES contract 5.9 (what must be verified), 1.3 (the text), 5.8 (whose keys).
import { parseMailbox } from '@sealpost/mail';
import type { ResolvedSender, Sender } from '@sealpost/policy-client';
import { claimedAddresses } from './claimed-addresses.ts';
import { refused as refusedContent, type Refused, type Section } from './inspect.ts';
import type { DoorDeps, SenderRules, Submission } from './submission.ts';

export type CheckedSender =
  { readonly kind: 'sender'; readonly sender: Sender } | Refused | { readonly kind: 'unavailable' };

const NOBODY: Sender = {
  isVerified: false,
  signingKeys: [],
  configurationSet: undefined,
  mailFromDomain: undefined,
  isMailFromMissing: false,
  forwardingDisabled: false,
  smimeKey: undefined,
};
/** SES cuts the list as well. */
const MAX_NAMED = 10;
/** A mail has one sender, seldom two; each is a question. */
const MAX_CLAIMS = 50;

/** SES contract 4.5, 5.7: BehaviorOnMXFailure is RejectMessage. */
const MAIL_FROM_MISSING: Refused = {
  kind: 'refused',
  refusal: {
    code: 'mail-from-not-verified',
    message: 'MAIL FROM domain not verified: DNS setup for MAIL FROM domain is invalid.',
  },
};

/** The sender is who stands first in From: receivers see and align with that one. */
export async function checkSender(
  submission: Submission,
  section: Section,
  deps: DoorDeps,
): Promise<CheckedSender> {
  const { senders } = deps;
  if (senders === undefined) return { kind: 'sender', sender: NOBODY };
  const claims = claimedAddresses(submission, section);
  if (claims.size > MAX_CLAIMS)
    return refusedContent(`More than ${MAX_CLAIMS} addresses in From, Sender and Return-Path`);
  const [first] = claims.keys();
  if (first === undefined) return { kind: 'sender', sender: NOBODY };
  const resolved = await resolve(first, senders);
  // Never a guess (T11): the identity's own configuration set may demand TLS, and unsigned mail may be refused.
  if (resolved.kind === 'unavailable') return resolved;
  if (senders.mustBeVerified) {
    const refused = await refuseUnverified(claims, { senders, region: deps.region });
    if (refused !== undefined) return refused;
  }
  const { sender } = resolved;
  if (sender.isMailFromMissing) return MAIL_FROM_MISSING;
  return { kind: 'sender', sender: senders.signs ? sender : { ...sender, signingKeys: [] } };
}

async function refuseUnverified(
  claims: ReadonlyMap<string, string>,
  { senders, region }: { readonly senders: SenderRules; readonly region: string },
): Promise<Refused | { readonly kind: 'unavailable' } | undefined> {
  const checked = await Promise.all(
    [...claims].map(async ([address, given]) => ({ given, resolved: await resolve(address, senders) })),
  );
  if (checked.some(({ resolved }) => resolved.kind === 'unavailable')) return { kind: 'unavailable' };
  const failed = checked.filter(({ resolved }) => !covers(resolved)).map(({ given }) => given);
  if (failed.length === 0) return undefined;
  const named = failed.slice(0, MAX_NAMED).join(', ') + (failed.length > MAX_NAMED ? '...' : '');
  return {
    kind: 'refused',
    refusal: {
      code: 'sender-not-verified',
      message:
        'Email address is not verified. The following identities failed the check in region ' +
        `${region.toUpperCase()}: ${named}`,
    },
  };
}

/** What is no address has no identity: that needs no question, and no place in a cache. */
function resolve(address: string, senders: SenderRules): Promise<ResolvedSender> {
  if (parseMailbox(address, 'utf8').kind === 'invalid')
    return Promise.resolve({ kind: 'sender', sender: NOBODY });
  return senders.resolveSender(address);
}

function covers(resolved: ResolvedSender): boolean {
  return resolved.kind === 'sender' && resolved.sender.isVerified;
}
