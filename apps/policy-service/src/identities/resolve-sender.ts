// What holds for mail from an address. The most specific identity's settings win; keys are those of the nearest
// domain that has some. Source: SES contract 5.8 (inheritance), 5.9.
import type { Identity } from '@sealpost/contracts';
import type { SealingKeys } from '../sealing.ts';
import { openPrivateKey } from './dkim-keys.ts';
import { isDomain, isVerified, senderCandidates } from './identity-rules.ts';

export interface SenderFacts {
  readonly isVerified: boolean;
  readonly signingKeys: readonly {
    readonly domain: string;
    readonly selector: string;
    /** PKCS #8 DER. */
    readonly privateKey: Buffer;
  }[];
  readonly configurationSet: string | undefined;
}

export interface SenderDeps {
  readonly getIdentity: (name: string) => Promise<Identity | undefined>;
  readonly sealingKeys: SealingKeys;
  /** Keys whose record is not in DNS are left out, as nobody could verify with them. */
  readonly publishedKeysOnly: boolean;
}

export async function resolveSender(address: string, deps: SenderDeps): Promise<SenderFacts> {
  const found = await Promise.all(senderCandidates(address).map(deps.getIdentity));
  const identities = found.filter((identity) => identity !== undefined);
  return {
    isVerified: identities.some(isVerified),
    signingKeys: signingKeys(identities, deps),
    configurationSet: identities.find((each) => each.configurationSet !== undefined)?.configurationSet,
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
