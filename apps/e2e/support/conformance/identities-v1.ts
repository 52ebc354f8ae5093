// Identities in v1, from verification to the end. Source: SES contract 1.5.
import { expect } from 'vitest';
import { deprecated, refused, v1, type Names, type Step } from './step.ts';

export function identitiesOfV1({ prefix }: Names): readonly Step[] {
  const domain = `${prefix}.domain.test`;
  const address = `me@${prefix}.address.test`;
  const of = { Identity: domain };
  const ask = (operation: string, Identities: readonly string[], answer: object) =>
    v1(operation, { Identities }, { answer });
  const notVerified = v1('SetIdentityDkimEnabled', { ...of, DkimEnabled: true });
  return [
    v1(
      'VerifyDomainIdentity',
      { Domain: domain },
      { answer: { VerificationToken: expect.any(String) as string } },
    ),
    v1('VerifyDomainDkim', { Domain: domain }, { answer: { DkimTokens: expect.any(Array) as object } }),
    v1('VerifyEmailIdentity', { EmailAddress: address }),
    v1('VerifyEmailAddress', { EmailAddress: `old-${address}` }, deprecated),
    ask('GetIdentityVerificationAttributes', [domain, address, 'absent.test'], {
      VerificationAttributes: {
        [domain]: { VerificationStatus: 'Pending', VerificationToken: expect.any(String) as string },
        [address]: { VerificationStatus: 'Pending' },
      },
    }),
    v1(
      'ListIdentities',
      { IdentityType: 'Domain', MaxItems: 1000 },
      {
        answer: { Identities: expect.arrayContaining([domain]) as object },
      },
    ),
    ask('GetIdentityDkimAttributes', [domain], {
      DkimAttributes: { [domain]: { DkimVerificationStatus: 'Pending' } },
    }),
    refused(notVerified, 'InvalidParameterValue'),
    v1('SetIdentityDkimEnabled', { ...of, DkimEnabled: false }),
    ask('GetIdentityDkimAttributes', [domain], { DkimAttributes: { [domain]: { DkimEnabled: false } } }),
    v1('SetIdentityMailFromDomain', {
      ...of,
      MailFromDomain: `bounce.${domain}`,
      BehaviorOnMXFailure: 'RejectMessage',
    }),
    ask('GetIdentityMailFromDomainAttributes', [domain], {
      MailFromDomainAttributes: {
        [domain]: { MailFromDomain: `bounce.${domain}`, BehaviorOnMXFailure: 'RejectMessage' },
      },
    }),
    ...notifications(domain, ask),
    ...policies(of),
    v1('DeleteIdentity', of),
    v1('DeleteIdentity', of),
    ask('GetIdentityVerificationAttributes', [domain], { VerificationAttributes: {} }),
    v1('DeleteVerifiedEmailAddress', { EmailAddress: `old-${address}` }, deprecated),
    v1(
      'ListVerifiedEmailAddresses',
      {},
      {
        answer: { VerifiedEmailAddresses: expect.not.arrayContaining([`old-${address}`]) as object },
        ...deprecated,
      },
    ),
  ];
}

type Ask = (operation: string, identities: readonly string[], answer: object) => Step;

function notifications(domain: string, ask: Ask): readonly Step[] {
  const SnsTopic = 'arn:aws:sns:us-east-1:000000000000:conformance';
  const of = { Identity: domain };
  return [
    ...['Bounce', 'Complaint'].map((NotificationType) =>
      v1('SetIdentityNotificationTopic', { ...of, NotificationType, SnsTopic }),
    ),
    refused(
      v1('SetIdentityNotificationTopic', { Identity: 'absent.test', NotificationType: 'Bounce', SnsTopic }),
      'InvalidParameterValue',
    ),
    v1('SetIdentityHeadersInNotificationsEnabled', { ...of, NotificationType: 'Bounce', Enabled: true }),
    v1('SetIdentityFeedbackForwardingEnabled', { ...of, ForwardingEnabled: false }),
    ask('GetIdentityNotificationAttributes', [domain], {
      NotificationAttributes: {
        [domain]: {
          BounceTopic: SnsTopic,
          ComplaintTopic: SnsTopic,
          ForwardingEnabled: false,
          HeadersInBounceNotificationsEnabled: true,
        },
      },
    }),
  ];
}

function policies(of: object): readonly Step[] {
  const named = { ...of, PolicyName: 'partners' };
  const Policy = '{"Statement":[]}';
  const PolicyNames = ['partners', 'absent'];
  return [
    v1('PutIdentityPolicy', { ...named, Policy }),
    refused(v1('PutIdentityPolicy', { ...named, Policy: 'no JSON' }), 'InvalidPolicy'),
    v1('ListIdentityPolicies', of, { answer: { PolicyNames: ['partners'] } }),
    v1('GetIdentityPolicies', { ...of, PolicyNames }, { answer: { Policies: { partners: Policy } } }),
    v1('DeleteIdentityPolicy', named),
    v1('DeleteIdentityPolicy', named),
    v1('ListIdentityPolicies', of, { answer: { PolicyNames: [] } }),
  ];
}
