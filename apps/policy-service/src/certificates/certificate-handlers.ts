// gRPC in front of the S/MIME certificates of identities. Private keys leave by ResolveSender only.
import { toListedRecord, type IdentityServiceServer } from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { status } from '@grpc/grpc-js';
import { pageLimit, Refused, unary } from '../grpc-answers.ts';
import type { Associated, Certificates } from './open-certificates.ts';

type CertificateMethods = Pick<
  IdentityServiceServer,
  'associateCertificate' | 'disassociateCertificate' | 'listCertificates'
>;

export function certificateHandlers(certificates: Certificates, logger: Logger): CertificateMethods {
  return {
    associateCertificate: unary(logger, async ({ name, fromAddress, arn }) =>
      done(await certificates.associate({ identityName: name, fromAddress }, arn)),
    ),
    disassociateCertificate: unary(logger, async ({ name, fromAddress }) =>
      done(await certificates.disassociate({ identityName: name, fromAddress })),
    ),
    listCertificates: unary(logger, async ({ name, pageSize, afterFromAddress }) => {
      const all = await certificates.list(name);
      if (all === undefined) throw refusal({ kind: 'identity-absent' });
      const later = all.filter(({ fromAddress }) => fromAddress > afterFromAddress);
      const limit = pageLimit(pageSize);
      return { certificates: later.slice(0, limit).map(toListedRecord), hasMore: later.length > limit };
    }),
  };
}

function done(ending: Associated): Record<string, never> {
  if (ending.kind !== 'done') throw refusal(ending);
  return {};
}

function refusal(ending: Exclude<Associated, { kind: 'done' }>): Refused {
  switch (ending.kind) {
    case 'identity-absent':
      return new Refused(status.NOT_FOUND, 'The identity does not exist.');
    case 'certificate-absent':
      return new Refused(status.FAILED_PRECONDITION, 'The certificate does not exist.');
    case 'exists':
      return new Refused(status.ALREADY_EXISTS, 'The address has a certificate already.');
    case 'limit':
      return new Refused(status.RESOURCE_EXHAUSTED, 'Too many certificates.');
    case 'invalid':
      return new Refused(status.INVALID_ARGUMENT, ending.message);
  }
}
