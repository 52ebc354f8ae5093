// Key pairs for certificates: made as PKCS#8 PEM for node:tls, lent to WebCrypto for signing.
import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import type { KeyObject, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';

/** RSA-2048, which every TLS client since 1.0 can verify, or ECDSA on P-256. */
export type KeyType = 'rsa' | 'ecdsa';

export interface KeyPair {
  readonly keyPem: string;
  readonly publicKey: webcrypto.CryptoKey;
  readonly privateKey: webcrypto.CryptoKey;
}

const generate = promisify(generateKeyPair);

const ALGORITHMS = {
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ecdsa: { name: 'ECDSA', namedCurve: 'P-256' },
} as const;

export async function generateKeys(type: KeyType): Promise<KeyPair> {
  const { privateKey } =
    type === 'rsa'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: 'P-256' });
  return fromPrivateKey(privateKey);
}

/** Throws when the text is no private key of one of the two types. */
export function openKeys(keyPem: string): KeyPair {
  return fromPrivateKey(createPrivateKey(keyPem));
}

function fromPrivateKey(key: KeyObject): KeyPair {
  const algorithm = ALGORITHMS[key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ecdsa'];
  return {
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: createPublicKey(key).toCryptoKey(algorithm, true, ['verify']),
    privateKey: key.toCryptoKey(algorithm, false, ['sign']),
  };
}
