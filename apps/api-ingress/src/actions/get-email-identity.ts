// GetEmailIdentity, v2. Source: SES contract 2.3.
import type { Identity } from '@sealpost/contracts';
import { isAddress, isVerified, knownIdentity } from '../identities/identity-calls.ts';
import { required, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { epochSeconds } from '../rest/epoch-seconds.ts';
import { shownPolicies } from './identity-policies.ts';
import { shownTags } from './resource-tags.ts';

export const getEmailIdentity = restOperation({
  name: 'GetEmailIdentity',
  routes: ['GET /v2/email/identities/{EmailIdentity}'],
  input: { EmailIdentity: required(text()) },
  errors: ['not-found'],
  run: async ({ EmailIdentity }, context) => {
    const identity = await knownIdentity(EmailIdentity, context);
    const { verification, mailFrom } = identity;
    return {
      IdentityType: isAddress(identity.name) ? 'EMAIL_ADDRESS' : 'DOMAIN',
      FeedbackForwardingStatus: !identity.notifications.forwardingDisabled,
      VerifiedForSendingStatus: isVerified(identity),
      DkimAttributes: dkimAttributes(identity),
      MailFromAttributes: {
        MailFromDomain: mailFrom?.domain,
        MailFromDomainStatus: mailFrom?.status,
        BehaviorOnMxFailure: mailFrom?.rejectsOnFailure === true ? 'REJECT_MESSAGE' : 'USE_DEFAULT_VALUE',
      },
      Policies: shownPolicies(identity),
      Tags: shownTags(identity.tags),
      ConfigurationSetName: identity.configurationSet,
      VerificationStatus: verification.status,
      VerificationInfo: {
        LastCheckedTimestamp: orAbsent(verification.checkedAt),
        LastSuccessTimestamp: orAbsent(verification.succeededAt),
      },
    };
  },
});

/** `DnsRecords` is ours: what has to stand in DNS, for who does not host the targets of SES's CNAME records. */
export function dkimAttributes({ name, verification, dkim }: Identity): object {
  return {
    SigningEnabled: dkim.isEnabled === true,
    Status: dkim.status,
    Tokens: isAddress(name) ? undefined : dkim.keys.map(({ selector }) => selector),
    SigningAttributesOrigin: dkim.isExternal ? 'EXTERNAL' : 'AWS_SES',
    NextSigningKeyLength: 'RSA_2048_BIT',
    CurrentSigningKeyLength: dkim.keys.length === 0 || dkim.isExternal ? undefined : 'RSA_2048_BIT',
    LastKeyGenerationTimestamp: orAbsent(dkim.madeAt),
    DnsRecords: isAddress(name)
      ? undefined
      : [
          ...dkim.keys.map(({ selector, algorithm, publicKey }) => ({
            Name: `${selector}._domainkey.${name}`,
            Type: 'TXT',
            Value: `v=DKIM1; k=${algorithm}; p=${publicKey.toString('base64')}`,
          })),
          { Name: `_amazonses.${name}`, Type: 'TXT', Value: verification.token },
        ],
  };
}

function orAbsent(milliseconds: number): number | undefined {
  return milliseconds === 0 ? undefined : epochSeconds(milliseconds);
}
