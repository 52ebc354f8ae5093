// The rules of identities: what is one, which ones speak for an address, how verification goes on. Pure.
// Source: SES contract 5.8, 5.9, 1.5 (72 hours).
import { decodeIdentity, encodeIdentity, type CheckStatus, type Identity } from '@sealpost/contracts';
import { parseDomainName, parseMailbox } from '@sealpost/mail';
import type { RecordKind } from '../record-store.ts';

export const identityRecords: RecordKind<Identity> = {
  prefix: 'identity.',
  nameOf: ({ name }) => name,
  encode: encodeIdentity,
  decode: decodeIdentity,
  // SES's limit per region.
  maxRecords: 10_000,
};

/** How long DNS records are waited for. */
export const PENDING_MS = 72 * 3600 * 1000;
/** How long a mailed link is good for. */
export const LINK_MS = 24 * 3600 * 1000;

/** As identities are kept and compared: the domain in lower-case A-labels, a local part as given. */
export function parseIdentityName(text: string): string | undefined {
  if (!text.includes('@')) {
    const domain = parseDomainName(text);
    return domain?.includes('.') === true ? domain : undefined;
  }
  const parsed = parseMailbox(text, 'utf8');
  return parsed.kind === 'mailbox' ? parsed.mailbox.text : undefined;
}

/** Of an address; of a domain itself. */
export function domainOf(name: string): string {
  return name.slice(name.lastIndexOf('@') + 1);
}

export function isDomain(name: string): boolean {
  return !name.includes('@');
}

/** Names of the identities that may speak for an address, the most specific first. */
export function senderCandidates(address: string): readonly string[] {
  const name = parseIdentityName(address);
  if (name === undefined) return [];
  const at = name.lastIndexOf('@');
  const localPart = name.slice(0, at);
  const domain = name.slice(at + 1);
  const labels = domain.split('.');
  // A single label is no domain anybody can own.
  const domains = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
  const plus = localPart.startsWith('"') ? -1 : localPart.indexOf('+');
  const base = plus > 0 ? [`${localPart.slice(0, plus)}@${domain}`] : [];
  return [name, ...base, ...domains];
}

/** What a look into DNS has shown: `unknown` when DNS itself could not be asked. */
export type Sight = 'there' | 'not-there' | 'unknown';

/** What succeeded once stays so while DNS can't be asked, and is lost when the record has gone. */
export function nextStatus(status: CheckStatus, sight: Sight, pendingForMs: number): CheckStatus {
  switch (sight) {
    case 'there':
      return 'SUCCESS';
    case 'unknown':
      return status === 'SUCCESS' ? 'TEMPORARY_FAILURE' : status;
    case 'not-there':
      if (status === 'SUCCESS') return 'TEMPORARY_FAILURE';
      if (pendingForMs >= PENDING_MS) return 'FAILED';
      return status === 'TEMPORARY_FAILURE' ? status : 'PENDING';
  }
}

/** A record that was there and is no longer to be seen still counts (SES: `TemporaryFailure`). */
export function isVerified(identity: Identity): boolean {
  return counts(identity.verification.status);
}

/** Its records count while DNS shows them, and while they can't be seen for a while. */
export function counts(status: CheckStatus): boolean {
  return status === 'SUCCESS' || status === 'TEMPORARY_FAILURE';
}
