// The S/MIME certificates of identities, as the API makes and lists them. Not cached.
import { fromListedRecord, type IdentityServiceClient, type ListedCertificate } from '@sealpost/contracts';
import { status } from '@grpc/grpc-js';
import { ask, invalidOr, UNAVAILABLE, type Invalid, type Unavailable } from './ask.ts';

interface CertificateOf {
  /** A domain or an address. */
  readonly identity: string;
  /** Undefined on an address: that address. */
  readonly fromAddress: string | undefined;
}

interface Unknown {
  readonly kind: 'unknown';
}

export interface CertificatePlane {
  associateCertificate(
    of: CertificateOf,
    arn: string,
  ): Promise<
    | { readonly kind: 'associated' | 'exists' | 'limit' | 'certificate-absent' }
    | Unknown
    | Invalid
    | Unavailable
  >;
  /** Also when there is none. */
  disassociateCertificate(
    of: CertificateOf,
  ): Promise<{ readonly kind: 'disassociated' } | Unknown | Invalid | Unavailable>;
  listCertificates(
    identity: string,
    page: { readonly pageSize: number; readonly afterName: string },
  ): Promise<
    | {
        readonly kind: 'page';
        readonly certificates: readonly ListedCertificate[];
        readonly hasMore: boolean;
      }
    | Unknown
    | Unavailable
  >;
}

type ListedRecord = Parameters<typeof fromListedRecord>[0];

export function certificatePlane(
  client: IdentityServiceClient,
  changed: (name: string) => void,
): CertificatePlane {
  return {
    associateCertificate: async ({ identity, fromAddress = '' }, arn) => {
      const request = { name: identity, fromAddress, arn };
      const answer = await ask((call) => client.associateCertificate(request, ...call));
      changed(identity);
      if (answer.kind === 'response') return { kind: 'associated' };
      const kind = ASSOCIATE_ERRORS.get(answer.error.code);
      return kind === undefined ? invalidOr(answer.error) : { kind };
    },
    disassociateCertificate: async ({ identity, fromAddress = '' }) => {
      const request = { name: identity, fromAddress };
      const answer = await ask((call) => client.disassociateCertificate(request, ...call));
      changed(identity);
      if (answer.kind === 'response') return { kind: 'disassociated' };
      return answer.error.code === status.NOT_FOUND ? { kind: 'unknown' } : invalidOr(answer.error);
    },
    listCertificates: async (identity, { pageSize, afterName }) => {
      const request = { name: identity, pageSize, afterFromAddress: afterName };
      const answer = await ask<{ certificates: ListedRecord[]; hasMore: boolean }>((call) =>
        client.listCertificates(request, ...call),
      );
      if (answer.kind === 'error')
        return answer.error.code === status.NOT_FOUND ? { kind: 'unknown' } : UNAVAILABLE;
      const { certificates, hasMore } = answer.response;
      return { kind: 'page', certificates: certificates.map(fromListedRecord), hasMore };
    },
  };
}

const ASSOCIATE_ERRORS: ReadonlyMap<status, 'unknown' | 'exists' | 'limit' | 'certificate-absent'> = new Map([
  [status.NOT_FOUND, 'unknown'],
  [status.ALREADY_EXISTS, 'exists'],
  [status.RESOURCE_EXHAUSTED, 'limit'],
  [status.FAILED_PRECONDITION, 'certificate-absent'],
]);
