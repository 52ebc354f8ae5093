// S/MIME certificates of identities as they are listed: our vocabulary ↔ protobuf, over gRPC.
import {
  CertificateStatus as WireStatus,
  type ListedCertificate as ListedRecord,
} from './generated/policy/v1/identity.ts';
import type { IdentityCertificate } from './identity.ts';

/** In the words of SES v2. */
export type CertificateStatus = 'ACTIVE' | 'INACTIVE' | 'FAILED';

export interface ListedCertificate extends IdentityCertificate {
  readonly status: CertificateStatus;
  /** Milliseconds since 1970; undefined: not known. */
  readonly expiresAt: number | undefined;
}

export function toListedRecord({ fromAddress, arn, status, expiresAt }: ListedCertificate): ListedRecord {
  return {
    certificate: { fromAddress, arn },
    status: WIRE_STATUS[status],
    expiresAtMs: expiresAt ?? 0,
  };
}

export function fromListedRecord({ certificate, status, expiresAtMs }: ListedRecord): ListedCertificate {
  return {
    fromAddress: certificate?.fromAddress ?? '',
    arn: certificate?.arn ?? '',
    status: statusOf(status),
    expiresAt: expiresAtMs === 0 ? undefined : expiresAtMs,
  };
}

const WIRE_STATUS = {
  ACTIVE: WireStatus.ACTIVE,
  INACTIVE: WireStatus.INACTIVE,
  FAILED: WireStatus.FAILED,
} as const satisfies Readonly<Record<CertificateStatus, WireStatus>>;

function statusOf(wire: WireStatus): CertificateStatus {
  switch (wire) {
    case WireStatus.ACTIVE:
      return 'ACTIVE';
    case WireStatus.INACTIVE:
      return 'INACTIVE';
    default:
      return 'FAILED';
  }
}
