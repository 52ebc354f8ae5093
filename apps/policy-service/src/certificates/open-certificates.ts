// S/MIME certificates of identities: which one stands for an address, and what it is worth now.
// Source: SES contract 2.3.
import type { Identity, IdentityCertificate, ListedCertificate } from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { parseIdentityName } from '../identities/identity-rules.ts';
import type { RecordStore } from '../record-store.ts';
import { fromAddressOf, withCertificate, withoutCertificate, type WithCertificate } from './associations.ts';
import { isCertificateArn, openCertificate } from './certificate-files.ts';
import { expiryOf, judgeCertificate } from './judge-certificate.ts';

export interface SmimeKey {
  /** DER: the signer's, then those that lead to its root. */
  readonly certificates: readonly Buffer[];
  /** PKCS #8 DER. */
  readonly privateKey: Buffer;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

interface AddressOfIdentity {
  readonly identityName: string;
  /** Empty on an address: that address. */
  readonly fromAddress: string;
}

export type Associated =
  | { readonly kind: 'done' }
  | { readonly kind: 'identity-absent' | 'certificate-absent' | 'exists' | 'limit' }
  | { readonly kind: 'invalid'; readonly message: string };

export interface Certificates {
  associate(of: AddressOfIdentity, arn: string): Promise<Associated>;
  /** Also done when there is none. */
  disassociate(of: AddressOfIdentity): Promise<Associated>;
  /** Undefined when there is no such identity. */
  list(identityName: string): Promise<readonly ListedCertificate[] | undefined>;
  /** Undefined unless it is ACTIVE; the log says why. */
  keyOf(certificate: IdentityCertificate): Promise<SmimeKey | undefined>;
}

export interface CertificateDeps {
  readonly store: Pick<RecordStore<Identity>, 'get' | 'change'>;
  /** Holds the files; need not be there. */
  readonly folder: string;
  readonly now: () => number;
  readonly logger: Logger;
}

export function openCertificates(deps: CertificateDeps): Certificates {
  return {
    associate: (of, arn) => associate(of, arn, deps),
    disassociate: async (of) => {
      const found = await find(of, deps);
      if (found.kind !== 'found') return found;
      const stored = await deps.store.change(found.name, (identity) =>
        withoutCertificate(identity, found.address),
      );
      return { kind: stored === undefined ? 'identity-absent' : 'done' };
    },
    list: async (identityName) => {
      const name = parseIdentityName(identityName);
      const identity = name === undefined ? undefined : await deps.store.get(name);
      return identity && Promise.all(identity.certificates.map((each) => listed(each, deps)));
    },
    keyOf: (certificate) => keyOf(certificate, deps),
  };
}

async function associate(of: AddressOfIdentity, arn: string, deps: CertificateDeps): Promise<Associated> {
  const found = await find(of, deps);
  if (found.kind !== 'found') return found;
  if (!isCertificateArn(arn)) {
    return { kind: 'invalid', message: 'CertificateArn is not the ARN of a certificate.' };
  }
  const files = await openCertificate(arn, deps.folder);
  if (files.kind === 'absent') return { kind: 'certificate-absent' };
  const certificate = { fromAddress: found.address, arn };
  const last: { ending: WithCertificate['kind'] } = { ending: 'done' };
  const stored = await deps.store.change(found.name, (identity) => {
    const changed = withCertificate(identity, certificate);
    last.ending = changed.kind;
    return changed.kind === 'done' ? changed.identity : identity;
  });
  return { kind: stored === undefined ? 'identity-absent' : last.ending };
}

type Found =
  | { readonly kind: 'found'; readonly name: string; readonly address: string }
  | { readonly kind: 'identity-absent' }
  | { readonly kind: 'invalid'; readonly message: string };

async function find(
  { identityName, fromAddress }: AddressOfIdentity,
  { store }: Pick<CertificateDeps, 'store'>,
): Promise<Found> {
  const name = parseIdentityName(identityName);
  if (name === undefined || (await store.get(name)) === undefined) return { kind: 'identity-absent' };
  const from = fromAddressOf(name, fromAddress);
  return from.kind === 'invalid' ? from : { kind: 'found', name, address: from.address };
}

async function listed(
  { fromAddress, arn }: IdentityCertificate,
  { folder, now }: CertificateDeps,
): Promise<ListedCertificate> {
  const files = await openCertificate(arn, folder);
  const { status } = judgeCertificate(files, fromAddress, now());
  const expiresAt = files.kind === 'open' ? expiryOf(files.certificate) : undefined;
  return { fromAddress, arn, status, expiresAt };
}

async function keyOf(
  { fromAddress, arn }: IdentityCertificate,
  { folder, now, logger }: CertificateDeps,
): Promise<SmimeKey | undefined> {
  const files = await openCertificate(arn, folder);
  const { status, reason } = judgeCertificate(files, fromAddress, now());
  if (status !== 'ACTIVE' || files.kind !== 'open') {
    logger.warn({ fromAddress, arn, status, reason }, 'a certificate can not sign the mail of its address');
    return undefined;
  }
  const { certificate, chain, privateKey } = files;
  return {
    certificates: [certificate, ...chain].map(({ raw }) => raw),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }),
    expiresAt: expiryOf(certificate),
  };
}
