// The key that signs what webhooks are sent: made once, sealed in the store, the same for all copies.
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { issueSelfSigned } from '@sealpost/authority';
import { decodeNoticeSigningKey, encodeNoticeSigningKey, type NoticeSigningKey } from '@sealpost/contracts';
import type { RecordKind, RecordStore } from '../record-store.ts';
import { seal, unseal, type SealingKeys } from '../sealing.ts';

const NAME = 'notices';
/** What the sealed key is bound to. */
export const SIGNING_KEY_CONTEXT = 'signing-key.notices';
const TEN_YEARS_MS = 3650 * 86_400_000;

export const signingKeyRecords: RecordKind<NoticeSigningKey> = {
  prefix: 'signing-key.',
  nameOf: () => NAME,
  encode: encodeNoticeSigningKey,
  decode: decodeNoticeSigningKey,
  maxRecords: 1,
};

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly certificate: string;
  /** Of its file: changes with the certificate. */
  readonly certificateName: string;
}

export async function openSigningKey(
  store: RecordStore<NoticeSigningKey>,
  sealingKeys: SealingKeys,
  now: number,
): Promise<SigningKey> {
  const stored = (await store.get(NAME)) ?? (await make(store, sealingKeys, now));
  const pem = unseal(sealingKeys, stored.sealedPrivateKey, SIGNING_KEY_CONTEXT);
  if (pem === undefined) throw new Error('the key for notices was sealed with another key');
  const certificateName = createHash('sha256').update(stored.certificate).digest('hex').slice(0, 32);
  return { privateKey: createPrivateKey(pem), certificate: stored.certificate, certificateName };
}

async function make(
  store: RecordStore<NoticeSigningKey>,
  sealingKeys: SealingKeys,
  now: number,
): Promise<NoticeSigningKey> {
  const { certificatePem, keyPem } = await issueSelfSigned({
    commonName: 'Sealpost notifications',
    dnsNames: [],
    ipAddresses: [],
    notAfter: new Date(now + TEN_YEARS_MS),
  });
  const made = {
    sealedPrivateKey: seal(sealingKeys, keyPem, SIGNING_KEY_CONTEXT),
    certificate: certificatePem,
  };
  if ((await store.create(made)) === 'created') return made;
  // Another copy was faster.
  return (await store.get(NAME)) ?? made;
}
