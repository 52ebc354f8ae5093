// A detached CMS signature over content of which only the hash is here. The work with the private key is done in the
// thread pool, never on the event loop; what stays the same for a key is encoded once.
// Source: RFC 5652 §5, §11; RFC 8551 §2 (algorithms, attributes); RFC 5754 §2, §3.
import { sign, type KeyObject } from 'node:crypto';
import {
  DigestAlgorithmIdentifier,
  id_contentType,
  id_data,
  id_messageDigest,
  id_signedData,
  id_signingTime,
  IssuerAndSerialNumber,
  SignatureAlgorithmIdentifier,
} from '@peculiar/asn1-cms';
import { AsnConvert, AsnObjectIdentifierConverter } from '@peculiar/asn1-schema';
import { Certificate, Time } from '@peculiar/asn1-x509';
import { CONTEXT_0, der, OCTET_STRING, SEQUENCE, SET } from './der.ts';

/** The same object as long as it is the same key: what is encoded of it is kept with it. */
export interface SmimeKey {
  /** DER: the signer's, then those that lead to its root. */
  readonly certificates: readonly Buffer[];
  /** RSA or ECDSA, of the first certificate. */
  readonly privateKey: KeyObject;
}

export interface Digest {
  /** SHA-256 of the signed part. */
  readonly sha256: Buffer;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

/** DER of a ContentInfo, as it goes into `smime.p7s`. */
export async function signDigest(digest: Digest, key: SmimeKey): Promise<Buffer> {
  const { certificates, signerIdentifier, algorithm } = encodedKey(key);
  const attributes = signedAttributes(digest);
  // RFC 5652 §5.4: over SET OF, although they stand as [0] in the SignerInfo.
  const signature = await signAsync(der(SET, ...attributes), key.privateKey);
  const signerInfo = der(
    SEQUENCE,
    VERSION_1,
    signerIdentifier,
    SHA256,
    der(CONTEXT_0, ...attributes),
    algorithm,
    der(OCTET_STRING, signature),
  );
  const signedData = der(
    SEQUENCE,
    VERSION_1,
    der(SET, SHA256),
    der(SEQUENCE, ID_DATA),
    certificates,
    der(SET, signerInfo),
  );
  return der(SEQUENCE, ID_SIGNED_DATA, der(CONTEXT_0, signedData));
}

const VERSION_1 = Buffer.of(2, 1, 1);
const ID_DATA = identifier(id_data);
const ID_SIGNED_DATA = identifier(id_signedData);
const ID_SIGNING_TIME = identifier(id_signingTime);
const ID_MESSAGE_DIGEST = identifier(id_messageDigest);
const CONTENT_TYPE = der(SEQUENCE, identifier(id_contentType), der(SET, ID_DATA));
/** RFC 5754 §2: without parameters. */
const SHA256 = serialized(new DigestAlgorithmIdentifier({ algorithm: '2.16.840.1.101.3.4.2.1' }));
const ECDSA_WITH_SHA256 = serialized(new SignatureAlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' }));
/** RFC 5754 §3.2: what every reader knows, with its NULL. */
const RSA = serialized(
  new SignatureAlgorithmIdentifier({
    algorithm: '1.2.840.113549.1.1.1',
    parameters: Uint8Array.of(5, 0).buffer,
  }),
);

/** In the order of DER: by their encoding, which is by length here. */
function signedAttributes({ sha256, signedAt }: Digest): readonly Buffer[] {
  // RFC 5652 §11.3: in whole seconds.
  const time = serialized(new Time(signedAt - (signedAt % 1000)));
  return [
    CONTENT_TYPE,
    der(SEQUENCE, ID_SIGNING_TIME, der(SET, time)),
    der(SEQUENCE, ID_MESSAGE_DIGEST, der(SET, der(OCTET_STRING, sha256))),
  ];
}

interface EncodedKey {
  readonly certificates: Buffer;
  readonly signerIdentifier: Buffer;
  readonly algorithm: Buffer;
}

const encodedKeys = new WeakMap<SmimeKey, EncodedKey>();

function encodedKey(key: SmimeKey): EncodedKey {
  const known = encodedKeys.get(key);
  if (known !== undefined) return known;
  const [signer] = key.certificates;
  if (signer === undefined) throw new Error('a key without its certificate');
  const { issuer, serialNumber } = AsnConvert.parse(signer, Certificate).tbsCertificate;
  const encoded = {
    certificates: der(CONTEXT_0, ...key.certificates),
    signerIdentifier: serialized(new IssuerAndSerialNumber({ issuer, serialNumber })),
    algorithm: key.privateKey.asymmetricKeyType === 'ec' ? ECDSA_WITH_SHA256 : RSA,
  };
  encodedKeys.set(key, encoded);
  return encoded;
}

function signAsync(data: Buffer, privateKey: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', data, privateKey, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

function identifier(oid: string): Buffer {
  return Buffer.from(AsnObjectIdentifierConverter.toASN(oid).toBER());
}

function serialized(value: object): Buffer {
  return Buffer.from(AsnConvert.serialize(value));
}
