// Whom a message claims to be from. Source: SES contract 5.9: From, Sender, Return-Path and the reverse-path.
import { remembering } from '@sealpost/mail';
import { addressesOutsideQuotes, parseAddressList, type HeaderField } from '@sealpost/mime';
import type { Section } from './inspect.ts';
import type { Submission } from './submission.ts';

const CLAIMING_FIELDS = new Set(['from', 'sender', 'return-path']);

/** Address → as it was given, From first. What is no address list claims its whole text. */
export function claimedAddresses(
  submission: Pick<Submission, 'reversePath'>,
  section: Section,
): ReadonlyMap<string, string> {
  const claims = new Map<string, string>();
  const claim = (address: string, given: string) => {
    if (address !== '' && !claims.has(address)) claims.set(address, given);
  };
  const claiming = section.fields.filter(({ lowerName }) => CLAIMING_FIELDS.has(lowerName));
  for (const { lowerName, value } of claiming.sort(fromFirst)) {
    const { addresses, outsideQuotes } = addressesIn(value);
    // An empty Return-Path is no claim; From without an address is one that nothing covers.
    if (addresses.length === 0 && lowerName === 'from') claim(value || 'From', value || 'an empty From');
    for (const address of addresses) claim(address, addresses.length === 1 ? value.trim() : address);
    // `ceo@victim.test <a@x.test>`: some readers take such a display name for the address.
    for (const address of outsideQuotes) claim(address, value.trim());
  }
  claim(submission.reversePath, submission.reversePath);
  return claims;
}

/** A sender has the same fields in message after message. */
const addressesIn = remembering((value) => ({
  addresses: parseAddressList(value) ?? [value],
  outsideQuotes: addressesOutsideQuotes(value),
}));

function fromFirst(one: HeaderField, other: HeaderField): number {
  return Number(other.lowerName === 'from') - Number(one.lowerName === 'from');
}
