// S/MIME signing by SES itself, v2. It is not offered: no identity has a certificate, and what asks for signed mail is
// refused, since mail would go out unsigned in silence. Source: SES contract 2.3.
import { ApiFault } from '../api-fault.ts';
import { knownIdentity } from '../identities/identity-calls.ts';
import { number, required, structure, text, type InputOf } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { findSet } from './describe-configuration-set.ts';

const securityMembers = {
  SigningScheme: structure({ DefaultScheme: structure({}), SmimeScheme: structure({}) }),
};
export const messageSecurityOptions = structure(securityMembers);

/** Throws ApiFault. */
export function refuseSmime(options: InputOf<typeof securityMembers> | undefined): void {
  if (options?.SigningScheme?.SmimeScheme !== undefined) throw notOffered();
}

export const updateConfigurationSet = restOperation({
  name: 'UpdateConfigurationSet',
  routes: ['POST /v2/email/update-configuration-sets'],
  input: { ConfigurationSetName: required(text()), MessageSecurityOptions: messageSecurityOptions },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, MessageSecurityOptions }, context) => {
    await findSet(ConfigurationSetName, context);
    refuseSmime(MessageSecurityOptions);
    return {};
  },
});

export const associateEmailIdentityCertificate = restOperation({
  name: 'AssociateEmailIdentityCertificate',
  routes: ['POST /v2/email/identity/certificates'],
  input: { EmailIdentity: required(text()), CertificateArn: required(text()), FromAddress: text() },
  errors: ['not-found', 'already-exists'],
  run: async ({ EmailIdentity }, context) => {
    await knownIdentity(EmailIdentity, context);
    throw notOffered();
  },
});

/** Idempotent, as in SES: there is none afterwards. */
export const disassociateEmailIdentityCertificate = restOperation({
  name: 'DisassociateEmailIdentityCertificate',
  routes: ['POST /v2/email/identity/certificates/delete'],
  input: { EmailIdentity: required(text()), FromAddress: text() },
  errors: ['not-found'],
  run: async ({ EmailIdentity }, context) => {
    await knownIdentity(EmailIdentity, context);
    return {};
  },
});

export const listEmailIdentityCertificates = restOperation({
  name: 'ListEmailIdentityCertificates',
  routes: ['POST /v2/email/identity/certificates/list'],
  input: { EmailIdentity: required(text()), NextToken: text(), PageSize: number() },
  errors: ['not-found'],
  run: async ({ EmailIdentity }, context) => {
    await knownIdentity(EmailIdentity, context);
    return { Certificates: [] };
  },
});

function notOffered(): ApiFault {
  return new ApiFault('validation', 'S/MIME signing is not offered.');
}
