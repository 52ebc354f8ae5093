// What holds for mail from an address. The most specific identity's settings win; keys are those of the nearest
// domain that has some. Source: SES contract 5.8 (inheritance), 5.9.
import type { Identity, IdentityCertificate } from '@sealpost/contracts';
import { certificateFor } from '../certificates/associations.ts';
import type { SmimeKey } from '../certificates/open-certificates.ts';
import type { SealingKeys } from '../sealing.ts';
import { openPrivateKey } from './dkim-keys.ts';
import { counts, isDomain, isVerified, senderCandidates } from './identity-rules.ts';

export interface SenderFacts {
  readonly isVerified: boolean;
  readonly signingKeys: readonly {
    readonly domain: string;
    readonly selector: string;
    /** PKCS #8 DER. */
    readonly privateKey: Buffer;
  }[];
  readonly configurationSet: string | undefined;
  /** Of the envelope sender; undefined: the sender's own address is. */
  readonly mailFromDomain: string | undefined;
  /** The records of that domain are not there, and the identity wants such mail refused. */
  readonly isMailFromMissing: boolean;
  /** Bounces are not mailed to the sender. */
  readonly forwardingDisabled: boolean;
  /** Undefined: mail from this address can't be S/MIME-signed. */
  readonly smimeKey: SmimeKey | undefined;
}

export interface SenderDeps {
  readonly getIdentity: (name: string) => Promise<Identity | undefined>;
  readonly sealingKeys: SealingKeys;
  /** Keys whose record is not in DNS are left out, as nobody could verify with them. */
  readonly publishedKeysOnly: boolean;
  readonly smimeKeyOf: (certificate: IdentityCertificate) => Promise<SmimeKey | undefined>;
}

export async function resolveSender(address: string, deps: SenderDeps): Promise<SenderFacts> {
  const candidates = senderCandidates(address);
  const found = await Promise.all(candidates.map(deps.getIdentity));
  const identities = found.filter((identity) => identity !== undefined);
  return {
    isVerified: identities.some(isVerified),
    signingKeys: signingKeys(identities, deps),
    configurationSet: identities.find((each) => each.configurationSet !== undefined)?.configurationSet,
    ...mailFrom(identities),
    forwardingDisabled: identities[0]?.notifications.forwardingDisabled ?? false,
    smimeKey: await smimeKey(candidates[0] ?? '', identities, deps),
  };
}

/** Of the most specific identity that has a certificate for this very address. */
async function smimeKey(
  address: string,
  identities: readonly Identity[],
  deps: SenderDeps,
): Promise<SmimeKey | undefined> {
  const certificate = identities
    .map((identity) => certificateFor(identity, address))
    .find((each) => each !== undefined);
  return certificate && deps.smimeKeyOf(certificate);
}

/** SES contract 5.7: without its records the envelope sender is the usual one, or the message is refused. */
function mailFrom(
  identities: readonly Identity[],
): Pick<SenderFacts, 'mailFromDomain' | 'isMailFromMissing'> {
  const wanted = identities.map((each) => each.mailFrom).find((each) => each !== undefined);
  const isThere = wanted !== undefined && counts(wanted.status);
  return {
    mailFromDomain: isThere ? wanted.domain : undefined,
    isMailFromMissing: wanted !== undefined && !isThere && wanted.rejectsOnFailure,
  };
}

function signingKeys(identities: readonly Identity[], deps: SenderDeps): SenderFacts['signingKeys'] {
  const isEnabled = identities.map(({ dkim }) => dkim.isEnabled).find((enabled) => enabled !== undefined);
  const signer = identities.find(({ name, dkim }) => isDomain(name) && dkim.keys.length > 0);
  if (isEnabled !== true || signer === undefined) return [];
  const domain = signer.name;
  return signer.dkim.keys
    .filter(({ isSpare, isPublished }) => !isSpare && (isPublished || !deps.publishedKeysOnly))
    .map((key) => ({
      domain,
      selector: key.selector,
      privateKey: openPrivateKey(key, { sealingKeys: deps.sealingKeys, domain }),
    }));
}
