// Which certificate stands for which address of an identity. Pure. Source: SES contract 2.3.
import type { Identity, IdentityCertificate } from '@sealpost/contracts';
import { domainOf, isDomain, parseIdentityName } from '../identities/identity-rules.ts';

/** Not SES's: an identity is one record, and has to stay a small one. */
const MAX_CERTIFICATES = 1000;

export type FromAddress =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'invalid'; readonly message: string };

/** Empty on an address: that address. Of a domain it has to be given, and to be of it or below it. */
export function fromAddressOf(identityName: string, given: string): FromAddress {
  if (given === '') {
    return isDomain(identityName)
      ? { kind: 'invalid', message: 'FromAddress is required when the identity is a domain.' }
      : { kind: 'address', address: identityName };
  }
  const address = parseIdentityName(given);
  if (address === undefined || isDomain(address)) {
    return { kind: 'invalid', message: 'FromAddress is not a valid email address.' };
  }
  if (!isDomain(identityName)) {
    return isSameAddress(address, identityName)
      ? { kind: 'address', address: identityName }
      : { kind: 'invalid', message: 'FromAddress must be the email address of the identity.' };
  }
  const domain = domainOf(address);
  return domain === identityName || domain.endsWith(`.${identityName}`)
    ? { kind: 'address', address }
    : {
        kind: 'invalid',
        message: 'FromAddress must belong to the domain of the identity or to one below it.',
      };
}

export function certificateFor(identity: Identity, address: string): IdentityCertificate | undefined {
  return identity.certificates.find(({ fromAddress }) => isSameAddress(fromAddress, address));
}

export type WithCertificate =
  { readonly kind: 'done'; readonly identity: Identity } | { readonly kind: 'exists' | 'limit' };

/** One for each address. */
export function withCertificate(identity: Identity, certificate: IdentityCertificate): WithCertificate {
  if (certificateFor(identity, certificate.fromAddress) !== undefined) return { kind: 'exists' };
  if (identity.certificates.length >= MAX_CERTIFICATES) return { kind: 'limit' };
  const certificates = [...identity.certificates, certificate].sort(byAddress);
  return { kind: 'done', identity: { ...identity, certificates } };
}

/** The same identity when there is none. */
export function withoutCertificate(identity: Identity, address: string): Identity {
  const certificates = identity.certificates.filter(
    ({ fromAddress }) => !isSameAddress(fromAddress, address),
  );
  return certificates.length === identity.certificates.length ? identity : { ...identity, certificates };
}

function byAddress(one: IdentityCertificate, other: IdentityCertificate): number {
  return one.fromAddress < other.fromAddress ? -1 : 1;
}

/** People write the letters of their own address in either case. */
function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
