// Credentials: our vocabulary ↔ protobuf, in the POLICY bucket and over gRPC.
import {
  CredentialScope as WireScope,
  StoredCredential as StoredRecord,
  type Credential as CredentialRecord,
} from './generated/policy/v1/credential.ts';

/** `send`: the sending operations of the API, and SMTP. `none`: a scope of a newer version, which allows nothing here. */
export type CredentialScope = 'full' | 'send' | 'none';

/** What may be told of a credential: everything but its secret. */
export interface Credential {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  readonly isDisabled: boolean;
  /** The operator's own words. */
  readonly description: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface StoredCredential extends Credential {
  /** Sealed; opened in policy-service only. */
  readonly sealedSecretAccessKey: Buffer;
}

export function encodeCredential(credential: StoredCredential): Uint8Array {
  const { sealedSecretAccessKey } = credential;
  return StoredRecord.encode({ ...toCredentialRecord(credential), sealedSecretAccessKey }).finish();
}

/** Throws on bytes that are no record. */
export function decodeCredential(bytes: Uint8Array): StoredCredential {
  const record = StoredRecord.decode(bytes);
  if (record.accessKeyId === '') throw new Error('a credential without an access key id');
  const sealedSecretAccessKey = Buffer.from(record.sealedSecretAccessKey);
  // Written before there were scopes.
  const scope = record.scope === WireScope.UNSPECIFIED ? WireScope.FULL : record.scope;
  return { ...fromCredentialRecord({ ...record, scope }), sealedSecretAccessKey };
}

export function toCredentialRecord(credential: Credential): CredentialRecord {
  const { accessKeyId, isDisabled, description, createdAt } = credential;
  return {
    accessKeyId,
    scope: toWireScope(credential.scope),
    isDisabled,
    description,
    createdAtMs: createdAt,
  };
}

export function fromCredentialRecord(record: CredentialRecord): Credential {
  const { accessKeyId, isDisabled, description, createdAtMs } = record;
  return {
    accessKeyId,
    scope: fromWireScope(record.scope),
    isDisabled,
    description,
    createdAt: createdAtMs,
  };
}

/** Of a request: one that is not known is refused. */
export function fromRequestedScope(scope: WireScope): Exclude<CredentialScope, 'none'> | undefined {
  const known = fromWireScope(scope);
  return known === 'none' ? undefined : known;
}

export function fromWireScope(scope: WireScope): CredentialScope {
  switch (scope) {
    case WireScope.FULL:
      return 'full';
    case WireScope.SEND:
      return 'send';
    case WireScope.UNSPECIFIED:
    case WireScope.UNRECOGNIZED:
      return 'none';
  }
}

const WIRE_SCOPE = { full: WireScope.FULL, send: WireScope.SEND, none: WireScope.UNRECOGNIZED } as const;

export function toWireScope(scope: CredentialScope): WireScope {
  return WIRE_SCOPE[scope];
}
