// Key pairs for DKIM: made here or brought by the caller. Source: RFC 6376 §3.6.1, RFC 8463 §4, RFC 8301 §3.2.
import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { IdentityKey } from '@sealpost/contracts';
import { seal, unseal, type SealingKeys } from '../sealing.ts';

const generate = promisify(generateKeyPair);
const RSA_BITS = 2048;
/** RFC 8301 §3.2: verifiers need not take more than 2048; 4096 fits into DNS and is taken by the large ones. */
const EXTERNAL_RSA_BITS = { min: 1024, max: 4096 };
/** RFC 1035 §2.3.4. */
const SELECTOR = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

export interface SealingFacts {
  readonly sealingKeys: SealingKeys;
  readonly domain: string;
}

/** RSA and Ed25519 to sign with side by side, and an RSA one to publish for the next change of keys. */
export async function makeKeys(facts: SealingFacts): Promise<readonly IdentityKey[]> {
  const [current, modern, spare] = await Promise.all([
    generate('rsa', { modulusLength: RSA_BITS }),
    generate('ed25519'),
    generate('rsa', { modulusLength: RSA_BITS }),
  ]);
  return [
    sealedKey(makeSelector(), current.privateKey, facts),
    sealedKey(makeSelector(), modern.privateKey, facts),
    { ...sealedKey(makeSelector(), spare.privateKey, facts), isSpare: true },
  ];
}

/** `privateKey` is base64 of DER, PKCS #8 or PKCS #1, with or without PEM lines. */
export function readExternalKey(
  external: { readonly selector: string; readonly privateKey: string },
  facts: SealingFacts,
):
  | { readonly kind: 'key'; readonly key: IdentityKey }
  | { readonly kind: 'invalid'; readonly message: string } {
  const { selector } = external;
  if (!SELECTOR.test(selector)) return invalid('DomainSigningSelector is invalid.');
  const privateKey = parsePrivateKey(external.privateKey);
  if (privateKey === undefined) return invalid('DomainSigningPrivateKey is not a valid private key.');
  const bits = privateKey.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && (bits < EXTERNAL_RSA_BITS.min || bits > EXTERNAL_RSA_BITS.max)) {
    const { min, max } = EXTERNAL_RSA_BITS;
    return invalid(`DomainSigningPrivateKey must have ${String(min)} to ${String(max)} bits.`);
  }
  return { kind: 'key', key: sealedKey(selector.toLowerCase(), privateKey, facts) };
}

/** PKCS #8 DER. Throws when the key was sealed with another sealing key. */
export function openPrivateKey(key: IdentityKey, { sealingKeys, domain }: SealingFacts): Buffer {
  const der = unseal(sealingKeys, key.sealedPrivateKey, sealingContext(key.selector, domain));
  if (der === undefined) throw new Error(`the DKIM key of ${domain} was sealed with another key`);
  return Buffer.from(der, 'base64');
}

/** What a private key is bound to: its name in DNS. */
export function sealingContext(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

/** As SES's tokens look: 32 letters and digits. */
function makeSelector(): string {
  return randomBytes(16).toString('hex');
}

function sealedKey(selector: string, privateKey: KeyObject, facts: SealingFacts): IdentityKey {
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  return {
    selector,
    algorithm: privateKey.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'rsa',
    publicKey: publicKeyOf(privateKey),
    sealedPrivateKey: seal(facts.sealingKeys, der.toString('base64'), sealingContext(selector, facts.domain)),
    isSpare: false,
    isPublished: false,
  };
}

/** RFC 8463 §4.2: for Ed25519 the 32 bytes alone, which end the SubjectPublicKeyInfo. */
function publicKeyOf(privateKey: KeyObject): Buffer {
  const info = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return privateKey.asymmetricKeyType === 'ed25519' ? info.subarray(-32) : info;
}

function parsePrivateKey(text: string): KeyObject | undefined {
  const key = Buffer.from(text.replace(/-----[^-]*-----/g, ''), 'base64');
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    try {
      const parsed = createPrivateKey({ key, format: 'der', type });
      return ['rsa', 'ed25519'].includes(parsed.asymmetricKeyType ?? '') ? parsed : undefined;
    } catch {
      // Expected for the other form, and for what is no key.
    }
  }
  return undefined;
}

function invalid(message: string): { readonly kind: 'invalid'; readonly message: string } {
  return { kind: 'invalid', message };
}
