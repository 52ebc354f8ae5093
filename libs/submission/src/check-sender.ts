// Who sends, and whether they may. Source: SES contract 5.9 (what must be verified), 1.3 (the text), 5.8 (whose keys).
import { parseAddressList } from '@sealpost/mime';
import type { ResolvedSender, Sender } from '@sealpost/policy-client';
import type { Refused, Section } from './inspect.ts';
import type { DoorDeps, SenderRules, Submission } from './submission.ts';

export type CheckedSender =
  { readonly kind: 'sender'; readonly sender: Sender } | Refused | { readonly kind: 'unavailable' };

const NOBODY: Sender = { isVerified: false, signingKeys: [], configurationSet: undefined };
/** SES cuts the list as well. */
const MAX_NAMED = 10;
const CLAIMING_FIELDS = new Set(['from', 'sender', 'return-path']);

/** The sender is who stands first in From: receivers see and align with that one. */
export async function checkSender(
  submission: Submission,
  section: Section,
  deps: DoorDeps,
): Promise<CheckedSender> {
  const { senders } = deps;
  if (senders === undefined) return { kind: 'sender', sender: NOBODY };
  const claims = claimedAddresses(submission, section);
  const [first] = claims.keys();
  if (first === undefined) return { kind: 'sender', sender: NOBODY };
  const resolved = await senders.resolveSender(first);
  // Never a guess (T11): the identity's own configuration set may demand TLS, and unsigned mail may be refused.
  if (resolved.kind === 'unavailable') return resolved;
  if (senders.mustBeVerified) {
    const refused = await refuseUnverified(claims, { senders, region: deps.region });
    if (refused !== undefined) return refused;
  }
  const { sender } = resolved;
  return { kind: 'sender', sender: senders.signs ? sender : { ...sender, signingKeys: [] } };
}

/** Address → as it was given, From first. */
function claimedAddresses(submission: Submission, section: Section): ReadonlyMap<string, string> {
  const claims = new Map<string, string>();
  const claim = (address: string, given: string) => {
    if (address !== '' && !claims.has(address)) claims.set(address, given);
  };
  for (const { lowerName, value } of section.fields) {
    if (!CLAIMING_FIELDS.has(lowerName)) continue;
    const addresses = parseAddressList(value) ?? [value];
    // An empty Return-Path is no claim; From without an address is one that nothing covers.
    if (addresses.length === 0 && lowerName === 'from') claim(value, value);
    for (const address of addresses) claim(address, addresses.length === 1 ? value.trim() : address);
  }
  claim(submission.reversePath, submission.reversePath);
  return claims;
}

async function refuseUnverified(
  claims: ReadonlyMap<string, string>,
  { senders, region }: { readonly senders: SenderRules; readonly region: string },
): Promise<Refused | { readonly kind: 'unavailable' } | undefined> {
  const checked = await Promise.all(
    [...claims].map(async ([address, given]) => ({ given, resolved: await senders.resolveSender(address) })),
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

function covers(resolved: ResolvedSender): boolean {
  return resolved.kind === 'sender' && resolved.sender.isVerified;
}
