// DKIM of an identity: SetIdentityDkimEnabled (v1), PutEmailIdentityDkimAttributes and
// PutEmailIdentityDkimSigningAttributes (v2). Source: SES contract 1.3 (text), 5.8.
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import { changeIdentity, findIdentity } from '../identities/identity-calls.ts';
import { choice, flag, required, structure, text, type InputOf } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';

export const setIdentityDkimEnabled = queryOperation({
  name: 'SetIdentityDkimEnabled',
  input: { Identity: required(text()), DkimEnabled: required(flag()) },
  errors: [],
  run: async ({ Identity, DkimEnabled }, context) => {
    await setEnabled(Identity, DkimEnabled, context);
    return {};
  },
});

export const putEmailIdentityDkimAttributes = restOperation({
  name: 'PutEmailIdentityDkimAttributes',
  routes: ['PUT /v2/email/identities/{EmailIdentity}/dkim'],
  input: { EmailIdentity: required(text()), SigningEnabled: flag() },
  errors: ['not-found'],
  // Trap 51: left out is false.
  run: async ({ EmailIdentity, SigningEnabled }, context) => {
    await setEnabled(EmailIdentity, SigningEnabled === true, context);
    return {};
  },
});

/** On needs keys that are published: those of a domain, or of the domain of an address. */
async function setEnabled(name: string, dkimEnabled: boolean, context: ActionContext): Promise<void> {
  const domain = name.slice(name.lastIndexOf('@') + 1);
  const refused = new ApiFault('invalid-parameter', `Domain ${domain} is not verified for DKIM signing.`);
  if (dkimEnabled) {
    const signer = await findIdentity(domain, context);
    const status = signer?.dkim.status;
    if (status !== 'SUCCESS' && status !== 'TEMPORARY_FAILURE') throw refused;
  }
  await changeIdentity(name, { dkimEnabled }, context, refused);
}

/** A region's own origin (`AWS_SES_EU_WEST_1`) is for copies of an identity in several regions: there is one here. */
export const signingMembers = {
  DomainSigningSelector: text({ min: 1, max: 63 }),
  DomainSigningPrivateKey: text({ min: 1, max: 20_480 }),
  NextSigningKeyLength: choice('RSA_1024_BIT', 'RSA_2048_BIT'),
  DomainSigningAttributesOrigin: text(),
};

export const putEmailIdentityDkimSigningAttributes = restOperation({
  name: 'PutEmailIdentityDkimSigningAttributes',
  routes: [
    'PUT /v2/email/identities/{EmailIdentity}/dkim/signing',
    // Trap 20: Debian's client.
    'PUT /v1/email/identities/{EmailIdentity}/dkim/signing',
  ],
  input: {
    EmailIdentity: required(text()),
    SigningAttributesOrigin: required(text()),
    SigningAttributes: structure(signingMembers),
  },
  errors: ['not-found'],
  run: async ({ EmailIdentity, SigningAttributesOrigin, SigningAttributes }, context) => {
    const isExternal = SigningAttributesOrigin === 'EXTERNAL';
    if (!isExternal && SigningAttributesOrigin !== 'AWS_SES')
      throw new ApiFault('validation', 'SigningAttributesOrigin must be one of [AWS_SES, EXTERNAL].');
    const signing = isExternal ? externalKey(SigningAttributes) : 'own';
    const { dkim } = await changeIdentity(EmailIdentity, { signing, dkimEnabled: true }, context);
    return {
      DkimStatus: dkim.status,
      DkimTokens: dkim.keys.map(({ selector }) => selector),
    };
  },
});

/** Throws ApiFault unless both halves are given. */
export function externalKey(attributes: InputOf<typeof signingMembers> | undefined): {
  readonly selector: string;
  readonly privateKey: string;
} {
  const { DomainSigningSelector: selector, DomainSigningPrivateKey: privateKey } = attributes ?? {};
  if (selector !== undefined && privateKey !== undefined) return { selector, privateKey };
  throw new ApiFault('validation', 'DomainSigningSelector and DomainSigningPrivateKey must be specified.');
}
