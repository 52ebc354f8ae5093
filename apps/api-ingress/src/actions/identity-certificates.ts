// The S/MIME certificates of identities, v2: which one signs the mail of which address. An ARN of ACM stands for files
// on policy-service's machine. Source: SES contract 2.3.
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { identityNotFound } from '../identities/identity-calls.ts';
import { number, required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { askedPage, nextToken } from '../pages.ts';
import { epochSeconds } from '../rest/epoch-seconds.ts';

export const associateEmailIdentityCertificate = restOperation({
  name: 'AssociateEmailIdentityCertificate',
  routes: ['POST /v2/email/identity/certificates'],
  input: { EmailIdentity: required(text()), CertificateArn: required(text()), FromAddress: text() },
  errors: ['not-found', 'already-exists', 'limit'],
  run: async ({ EmailIdentity, CertificateArn, FromAddress }, { policies }) => {
    const of = { identity: EmailIdentity, fromAddress: FromAddress };
    const result = await policies.associateCertificate(of, CertificateArn);
    switch (result.kind) {
      case 'associated':
        return {};
      case 'exists':
        throw new ApiFault(
          'already-exists',
          `${FromAddress ?? EmailIdentity} has a certificate already: disassociate it first.`,
        );
      case 'certificate-absent':
        throw new ApiFault('not-found', `Certificate ${CertificateArn} does not exist.`);
      case 'limit':
        throw new ApiFault(
          'limit',
          `Email identity ${EmailIdentity} has as many certificates as it can have.`,
        );
      default:
        throw certificateFault(result, EmailIdentity);
    }
  },
});

/** Idempotent, as in SES: there is none afterwards. */
export const disassociateEmailIdentityCertificate = restOperation({
  name: 'DisassociateEmailIdentityCertificate',
  routes: ['POST /v2/email/identity/certificates/delete'],
  input: { EmailIdentity: required(text()), FromAddress: text() },
  errors: ['not-found'],
  run: async ({ EmailIdentity, FromAddress }, { policies }) => {
    const of = { identity: EmailIdentity, fromAddress: FromAddress };
    const result = await policies.disassociateCertificate(of);
    if (result.kind !== 'disassociated') throw certificateFault(result, EmailIdentity);
    return {};
  },
});

export const listEmailIdentityCertificates = restOperation({
  name: 'ListEmailIdentityCertificates',
  routes: ['POST /v2/email/identity/certificates/list'],
  input: { EmailIdentity: required(text()), NextToken: text(), PageSize: number() },
  errors: ['not-found'],
  run: async ({ EmailIdentity, NextToken, PageSize }, { policies }) => {
    const page = askedPage(NextToken, PageSize, { usual: 100, max: 1000 });
    const result = await policies.listCertificates(EmailIdentity, page);
    if (result.kind !== 'page') throw certificateFault(result, EmailIdentity);
    return {
      Certificates: result.certificates.map(({ fromAddress, arn, status, expiresAt }) => ({
        FromAddress: fromAddress,
        Status: status,
        CertificateArn: arn,
        CertificateExpiryTime: expiresAt === undefined ? undefined : epochSeconds(expiresAt),
      })),
      NextToken: nextToken(result.hasMore, result.certificates.at(-1)?.fromAddress),
    };
  },
});

type Failed =
  { readonly kind: 'unknown' | 'unavailable' } | { readonly kind: 'invalid'; readonly message: string };

function certificateFault(failed: Failed, identity: string): ApiFault {
  switch (failed.kind) {
    case 'unknown':
      return identityNotFound(identity);
    case 'invalid':
      return new ApiFault('invalid-parameter', failed.message);
    case 'unavailable':
      return new ApiFault('unavailable', UNAVAILABLE);
  }
}
