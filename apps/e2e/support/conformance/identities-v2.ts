// Identities in v2. Source: SES contract 2.1 (texts), 2.3.
import { expect } from 'vitest';
import { refused, v2, type Names, type Step } from './step.ts';

export function identitiesOfV2({ prefix }: Names, set: string): readonly Step[] {
  const domain = `${prefix}.second.test`;
  const of = { EmailIdentity: domain };
  const absent = { EmailIdentity: 'absent.test' };
  const create = v2('CreateEmailIdentity', of, {
    answer: {
      IdentityType: 'DOMAIN',
      VerifiedForSendingStatus: false,
      DkimAttributes: {
        Status: 'PENDING',
        Tokens: expect.any(Array) as object,
        SigningAttributesOrigin: 'AWS_SES',
      },
    },
  });
  const notThere = (operation: string, input: object = {}) =>
    refused(v2(operation, { ...absent, ...input }), 'NotFoundException', 404);
  return [
    create,
    refused(create, 'AlreadyExistsException'),
    v2(
      'CreateEmailIdentity',
      { EmailIdentity: `me@${domain}` },
      { answer: { IdentityType: 'EMAIL_ADDRESS' } },
    ),
    v2(
      'ListEmailIdentities',
      { PageSize: 1000 },
      {
        answer: {
          EmailIdentities: expect.arrayContaining([
            expect.objectContaining({ IdentityName: domain, IdentityType: 'DOMAIN', SendingEnabled: false }),
          ]) as object,
        },
      },
    ),
    v2(
      'PutEmailIdentityDkimSigningAttributes',
      { ...of, SigningAttributesOrigin: 'AWS_SES' },
      {
        answer: { DkimStatus: 'PENDING' },
      },
    ),
    v2('PutEmailIdentityDkimAttributes', { ...of, SigningEnabled: false }),
    refused(v2('PutEmailIdentityDkimAttributes', { ...of, SigningEnabled: true }), 'BadRequestException'),
    v2('PutEmailIdentityMailFromAttributes', {
      ...of,
      MailFromDomain: `bounce.${domain}`,
      BehaviorOnMxFailure: 'REJECT_MESSAGE',
    }),
    v2('PutEmailIdentityFeedbackAttributes', { ...of, EmailForwardingEnabled: true }),
    v2('PutEmailIdentityConfigurationSetAttributes', { ...of, ConfigurationSetName: set }),
    refused(
      v2('PutEmailIdentityConfigurationSetAttributes', { ...of, ConfigurationSetName: 'absent' }),
      'NotFoundException',
      404,
    ),
    v2('GetEmailIdentity', of, {
      answer: {
        IdentityType: 'DOMAIN',
        FeedbackForwardingStatus: true,
        VerifiedForSendingStatus: false,
        DkimAttributes: { SigningEnabled: false },
        MailFromAttributes: { MailFromDomain: `bounce.${domain}`, BehaviorOnMxFailure: 'REJECT_MESSAGE' },
        ConfigurationSetName: set,
      },
    }),
    notThere('GetEmailIdentity'),
    ...policies(of),
    v2('PutEmailIdentityConfigurationSetAttributes', of),
    v2('DeleteEmailIdentity', of),
    notThere('DeleteEmailIdentity'),
  ];
}

function policies(of: object): readonly Step[] {
  const named = { ...of, PolicyName: 'partners' };
  const Policy = '{"Statement":[]}';
  const create = v2('CreateEmailIdentityPolicy', { ...named, Policy });
  const remove = v2('DeleteEmailIdentityPolicy', named);
  return [
    refused(v2('UpdateEmailIdentityPolicy', { ...named, Policy }), 'NotFoundException', 404),
    create,
    refused(create, 'AlreadyExistsException'),
    v2('UpdateEmailIdentityPolicy', { ...named, Policy: '{"Version":"2012-10-17"}' }),
    v2('GetEmailIdentityPolicies', of, {
      answer: { Policies: { partners: '{"Version":"2012-10-17"}' } },
    }),
    remove,
    refused(remove, 'NotFoundException', 404),
    v2('GetEmailIdentity', of, { answer: { Policies: {} } }),
  ];
}
