// CreateEmailIdentity, v2. A domain gets DKIM keys at once, made here or brought along; an address gets a mail.
// Source: SES contract 2.3, 5.8.
import type { Identity } from '@sealpost/contracts';
import type { IdentityChange } from '@sealpost/policy-client';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { assertSetExists, isAddress, isVerified } from '../identities/identity-calls.ts';
import { required, structure, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { dkimAttributes } from './get-email-identity.ts';
import { resourceTags, tagList } from './resource-tags.ts';
import { externalKey, signingMembers } from './set-identity-dkim.ts';

export const createEmailIdentity = restOperation({
  name: 'CreateEmailIdentity',
  routes: ['POST /v2/email/identities'],
  input: {
    EmailIdentity: required(text({ min: 1 })),
    Tags: tagList,
    DkimSigningAttributes: structure(signingMembers),
    ConfigurationSetName: text(),
  },
  errors: ['already-exists', 'limit', 'concurrent-change', 'set-does-not-exist'],
  run: async ({ EmailIdentity, Tags, DkimSigningAttributes, ConfigurationSetName }, context) => {
    await assertSetExists(ConfigurationSetName, context);
    const bringsKey =
      DkimSigningAttributes?.DomainSigningPrivateKey !== undefined ||
      DkimSigningAttributes?.DomainSigningSelector !== undefined;
    const ownSigning = isAddress(EmailIdentity) ? undefined : ('own' as const);
    const given = {
      ...withoutUndefined({
        signing: bringsKey ? externalKey(DkimSigningAttributes) : ownSigning,
        configurationSet: ConfigurationSetName,
      }),
      tags: resourceTags(Tags),
    };
    const identity = await create(EmailIdentity, given, context);
    if (isAddress(identity.name) && identity.verification.status === 'PENDING')
      await context.mailVerificationLink(identity.name, identity.verification.token);
    return {
      IdentityType: isAddress(identity.name) ? 'EMAIL_ADDRESS' : 'DOMAIN',
      VerifiedForSendingStatus: isVerified(identity),
      DkimAttributes: dkimAttributes(identity),
    };
  },
});

async function create(
  name: string,
  given: Pick<IdentityChange, 'signing' | 'configurationSet'> & {
    readonly tags: ReturnType<typeof resourceTags>;
  },
  { policies }: ActionContext,
): Promise<Identity> {
  const result = await policies.createIdentity(name, given);
  switch (result.kind) {
    case 'identity':
      return result.identity;
    case 'exists':
      throw new ApiFault('already-exists', `Email identity ${name} already exist.`);
    case 'limit':
      throw new ApiFault('limit', 'Identity limit exceeded.');
    case 'invalid':
      throw new ApiFault('validation', result.message);
    case 'unknown':
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}
