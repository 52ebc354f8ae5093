// A detached CMS signature over content of which only the hash is here. The work with the private key is done in the
// thread pool, never on the event loop. Source: RFC 5652 §5, RFC 8551 §2 (algorithms, attributes), RFC 5754 §2, §3.
import { sign, type KeyObject } from 'node:crypto';
import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifier,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  id_contentType,
  id_data,
  id_messageDigest,
  id_signedData,
  id_signingTime,
  IssuerAndSerialNumber,
  SignatureAlgorithmIdentifier,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
  UnprotectedAttributes,
} from '@peculiar/asn1-cms';
import { AsnConvert, AsnObjectIdentifierConverter, OctetString } from '@peculiar/asn1-schema';
import { Certificate, Time } from '@peculiar/asn1-x509';

/** The same object as long as it is the same key: what is made of its certificates is kept with it. */
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
  const { certificates, sid } = preparedCertificates(key);
  const signedAttrs = attributes(digest);
  // RFC 5652 §5.4: over the DER of SET OF, whatever tag stands in the SignerInfo.
  const signature = await signAsync(serialized(new UnprotectedAttributes(signedAttrs)), key.privateKey);
  const signer = new SignerInfo({
    version: CMSVersion.v1,
    sid,
    digestAlgorithm: sha256(),
    signedAttrs,
    signatureAlgorithm: signatureAlgorithm(key),
    signature: new OctetString(signature),
  });
  const signedData = new SignedData({
    version: CMSVersion.v1,
    digestAlgorithms: new DigestAlgorithmIdentifiers([sha256()]),
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: id_data }),
    certificates,
    signerInfos: new SignerInfos([signer]),
  });
  return serialized(
    new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(signedData) }),
  );
}

interface PreparedCertificates {
  readonly certificates: CertificateSet;
  readonly sid: SignerIdentifier;
}

const prepared = new WeakMap<SmimeKey, PreparedCertificates>();

function preparedCertificates(key: SmimeKey): PreparedCertificates {
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const parsed = key.certificates.map(parseCertificate);
  const [signer] = parsed;
  if (signer === undefined) throw new Error('a key without its certificate');
  const { issuer, serialNumber } = signer.tbsCertificate;
  const made = {
    certificates: new CertificateSet(parsed.map((certificate) => new CertificateChoices({ certificate }))),
    sid: new SignerIdentifier({ issuerAndSerialNumber: new IssuerAndSerialNumber({ issuer, serialNumber }) }),
  };
  prepared.set(key, made);
  return made;
}

/** Throws for one that would not come out as it went in: its own signature would be broken. */
function parseCertificate(der: Buffer): Certificate {
  const certificate = AsnConvert.parse(der, Certificate);
  if (!serialized(certificate).equals(der)) throw new Error('a certificate that is not in DER');
  return certificate;
}

/** In the order of DER: by their encoding, which is by length here. */
function attributes({ sha256: digest, signedAt }: Digest): Attribute[] {
  return [
    attribute(id_contentType, AsnObjectIdentifierConverter.toASN(id_data).toBER()),
    // RFC 5652 §11.3: UTCTime until 2049, in whole seconds.
    attribute(id_signingTime, AsnConvert.serialize(new Time(signedAt - (signedAt % 1000)))),
    attribute(id_messageDigest, AsnConvert.serialize(new OctetString(digest))),
  ];
}

function attribute(attrType: string, value: ArrayBuffer): Attribute {
  return new Attribute({ attrType, attrValues: [value] });
}

const ID_SHA256 = '2.16.840.1.101.3.4.2.1';
const ID_RSA = '1.2.840.113549.1.1.1';
const ID_ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const NULL = Uint8Array.of(5, 0).buffer;

/** RFC 5754 §2: without parameters. */
function sha256(): DigestAlgorithmIdentifier {
  return new DigestAlgorithmIdentifier({ algorithm: ID_SHA256 });
}

/** RFC 5754 §3.2 (what every reader knows for RSA), §3.3. */
function signatureAlgorithm({ privateKey }: SmimeKey): SignatureAlgorithmIdentifier {
  return privateKey.asymmetricKeyType === 'ec'
    ? new SignatureAlgorithmIdentifier({ algorithm: ID_ECDSA_WITH_SHA256 })
    : new SignatureAlgorithmIdentifier({ algorithm: ID_RSA, parameters: NULL });
}

function signAsync(data: Buffer, privateKey: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', data, privateKey, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

function serialized(value: object): Buffer {
  return Buffer.from(AsnConvert.serialize(value));
}
