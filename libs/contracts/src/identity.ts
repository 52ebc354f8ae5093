// Identities and their keys: our vocabulary ↔ protobuf, in the POLICY bucket and over gRPC.
import {
  CheckStatus as WireStatus,
  Dkim as DkimRecord,
  DkimAlgorithm as WireAlgorithm,
  Identity as IdentityRecord,
  Verification as VerificationRecord,
  type DkimKey as KeyRecord,
  type MailFrom as MailFromRecord,
  type Notifications as NotificationsRecord,
} from './generated/policy/v1/identity.ts';
import type { ResourceTag } from './policy.ts';

/** In the words of SES v2. */
export type CheckStatus = 'NOT_STARTED' | 'PENDING' | 'SUCCESS' | 'FAILED' | 'TEMPORARY_FAILURE';

export interface IdentityKey {
  readonly selector: string;
  readonly algorithm: 'rsa' | 'ed25519';
  /** As in `p=` of the DNS record (RFC 6376 §3.6.1, RFC 8463 §4), not in base64. */
  readonly publicKey: Buffer;
  /** Opened in policy-service only; empty elsewhere. */
  readonly sealedPrivateKey: Buffer;
  /** Published for a change of keys, not signed with. */
  readonly isSpare: boolean;
  /** The DNS record was there at the last look. */
  readonly isPublished: boolean;
}

interface IdentityDkim {
  /** Undefined on an address: as its domain. */
  readonly isEnabled: boolean | undefined;
  /** The keys came from the caller. */
  readonly isExternal: boolean;
  readonly status: CheckStatus;
  readonly keys: readonly IdentityKey[];
  /** Milliseconds since 1970, here and below. */
  readonly madeAt: number;
}

interface IdentityVerification {
  readonly status: CheckStatus;
  readonly token: string;
  readonly pendingSince: number;
  /** 0: never, here and below. */
  readonly checkedAt: number;
  readonly succeededAt: number;
}

interface IdentityMailFrom {
  readonly domain: string;
  /** When its records are not there: refuse the message; otherwise go on without. */
  readonly rejectsOnFailure: boolean;
  readonly status: CheckStatus;
  readonly pendingSince: number;
}

export interface NotificationTopic {
  /** Empty: none. */
  readonly topicArn: string;
  readonly includesHeaders: boolean;
}

export interface IdentityNotifications {
  /** Bounces and complaints are not mailed to the sender. */
  readonly forwardingDisabled: boolean;
  readonly bounce: NotificationTopic;
  readonly complaint: NotificationTopic;
  readonly delivery: NotificationTopic;
}

export interface IdentityPolicy {
  readonly name: string;
  /** JSON. */
  readonly document: string;
}

/** The S/MIME certificate of mail from one address. */
export interface IdentityCertificate {
  /** Its domain in lower-case A-labels. */
  readonly fromAddress: string;
  readonly arn: string;
}

export interface Identity {
  /** A domain in lower-case A-labels, or an address with such a domain. */
  readonly name: string;
  readonly createdAt: number;
  readonly verification: IdentityVerification;
  readonly dkim: IdentityDkim;
  /** Of mail that names none. */
  readonly configurationSet: string | undefined;
  /** Undefined: the sender's own address is the envelope sender. */
  readonly mailFrom: IdentityMailFrom | undefined;
  readonly notifications: IdentityNotifications;
  readonly tags: readonly ResourceTag[];
  /** Documents of IAM: kept and shown, there is one account here. */
  readonly policies: readonly IdentityPolicy[];
  /** By address; one of each. */
  readonly certificates: readonly IdentityCertificate[];
}

export function encodeIdentity(identity: Identity): Uint8Array {
  return IdentityRecord.encode(toIdentityRecord(identity)).finish();
}

/** Throws on bytes that are no record. */
export function decodeIdentity(bytes: Uint8Array): Identity {
  const identity = fromIdentityRecord(IdentityRecord.decode(bytes));
  if (identity.name === '') throw new Error('an identity without a name');
  return identity;
}

/** For the wire: without private keys, sealed or not. */
export function withoutPrivateKeys(identity: Identity): Identity {
  const keys = identity.dkim.keys.map((key) => ({ ...key, sealedPrivateKey: Buffer.alloc(0) }));
  return { ...identity, dkim: { ...identity.dkim, keys } };
}

export function toIdentityRecord({ verification, dkim, mailFrom, ...identity }: Identity): IdentityRecord {
  return {
    mailFrom: mailFrom && {
      domain: mailFrom.domain,
      rejectsOnFailure: mailFrom.rejectsOnFailure,
      status: WIRE_STATUS[mailFrom.status],
      pendingSinceMs: mailFrom.pendingSince,
    },
    notifications: identity.notifications,
    tags: [...identity.tags],
    policies: [...identity.policies],
    certificates: [...identity.certificates],
    name: identity.name,
    createdAtMs: identity.createdAt,
    configurationSet: identity.configurationSet ?? '',
    verification: {
      status: WIRE_STATUS[verification.status],
      token: verification.token,
      pendingSinceMs: verification.pendingSince,
      checkedAtMs: verification.checkedAt,
      succeededAtMs: verification.succeededAt,
    },
    dkim: {
      isEnabled: dkim.isEnabled,
      isExternal: dkim.isExternal,
      status: WIRE_STATUS[dkim.status],
      keys: dkim.keys.map((key) => ({ ...key, algorithm: WIRE_ALGORITHM[key.algorithm] })),
      madeAtMs: dkim.madeAt,
    },
  };
}

export function fromIdentityRecord({ verification, dkim, ...identity }: IdentityRecord): Identity {
  return {
    mailFrom: identity.mailFrom?.domain ? mailFromOf(identity.mailFrom) : undefined,
    notifications: notificationsOf(identity.notifications),
    tags: identity.tags,
    policies: identity.policies,
    certificates: identity.certificates,
    name: identity.name,
    createdAt: identity.createdAtMs,
    configurationSet: identity.configurationSet === '' ? undefined : identity.configurationSet,
    verification: verificationOf(verification ?? VerificationRecord.decode(NOTHING)),
    dkim: dkimOf(dkim ?? DkimRecord.decode(NOTHING)),
  };
}

const NOTHING = new Uint8Array();

function verificationOf(record: VerificationRecord): IdentityVerification {
  return {
    status: storedStatus(record.status),
    token: record.token,
    pendingSince: record.pendingSinceMs,
    checkedAt: record.checkedAtMs,
    succeededAt: record.succeededAtMs,
  };
}

function mailFromOf(record: MailFromRecord): IdentityMailFrom {
  return {
    domain: record.domain,
    rejectsOnFailure: record.rejectsOnFailure,
    status: storedStatus(record.status),
    pendingSince: record.pendingSinceMs,
  };
}

const NO_TOPIC: NotificationTopic = { topicArn: '', includesHeaders: false };

function notificationsOf(record: NotificationsRecord | undefined): IdentityNotifications {
  return {
    forwardingDisabled: record?.forwardingDisabled ?? false,
    bounce: record?.bounce ?? NO_TOPIC,
    complaint: record?.complaint ?? NO_TOPIC,
    delivery: record?.delivery ?? NO_TOPIC,
  };
}

function dkimOf(record: DkimRecord): IdentityDkim {
  return {
    isEnabled: record.isEnabled,
    isExternal: record.isExternal,
    status: storedStatus(record.status),
    keys: record.keys.map(fromKeyRecord),
    madeAt: record.madeAtMs,
  };
}

function fromKeyRecord({ algorithm, ...key }: KeyRecord): IdentityKey {
  return {
    ...key,
    publicKey: Buffer.from(key.publicKey),
    sealedPrivateKey: Buffer.from(key.sealedPrivateKey),
    algorithm: algorithm === WireAlgorithm.ED25519 ? 'ed25519' : 'rsa',
  };
}

const WIRE_ALGORITHM = { rsa: WireAlgorithm.RSA, ed25519: WireAlgorithm.ED25519 } as const;

const WIRE_STATUS = {
  NOT_STARTED: WireStatus.NOT_STARTED,
  PENDING: WireStatus.PENDING,
  SUCCESS: WireStatus.SUCCESS,
  FAILED: WireStatus.FAILED,
  TEMPORARY_FAILURE: WireStatus.TEMPORARY_FAILURE,
} as const satisfies Readonly<Record<CheckStatus, WireStatus>>;

/** What is not known has not been verified. */
function storedStatus(wire: WireStatus): CheckStatus {
  switch (wire) {
    case WireStatus.PENDING:
      return 'PENDING';
    case WireStatus.SUCCESS:
      return 'SUCCESS';
    case WireStatus.FAILED:
      return 'FAILED';
    case WireStatus.TEMPORARY_FAILURE:
      return 'TEMPORARY_FAILURE';
    default:
      return 'NOT_STARTED';
  }
}
