// Every operation of v2 that is served, called in an order in which each shows in what is read afterwards.
// Source: SES contract 2.1, 2.2, 2.3.
import { expect } from 'vitest';
import { bytes, DEBIANS, refused, v2, type Names, type Step } from './step.ts';

export function storyOfV2(names: Names): readonly Step[] {
  const set = `${names.prefix}-v2`;
  return [
    ...configurationSets(names, set),
    ...eventDestinations(set),
    ...identities(names, set),
    ...templates(names),
    ...sending(names, set),
    ...suppression(names),
    ...tags(set),
    ...account(),
    v2('DeleteConfigurationSet', { ConfigurationSetName: set }),
    refused(v2('DeleteConfigurationSet', { ConfigurationSetName: set }), 'NotFoundException', 404),
  ];
}

function configurationSets({ from, to }: Names, name: string): readonly Step[] {
  const of = { ConfigurationSetName: name };
  const absent = { ConfigurationSetName: 'absent' };
  const create = v2('CreateConfigurationSet', {
    ...of,
    DeliveryOptions: { TlsPolicy: 'REQUIRE' },
    SendingOptions: { SendingEnabled: false },
    Tags: [{ Key: 'team', Value: 'shop' }],
  });
  const notThere = (operation: string, input: object) =>
    refused(v2(operation, { ...absent, ...input }), 'NotFoundException', 404);
  const mail = {
    ...of,
    FromEmailAddress: from,
    Destination: { ToAddresses: [to] },
    Content: { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } } } },
  };
  return [
    create,
    refused(create, 'AlreadyExistsException'),
    refused(v2('SendEmail', mail), 'SendingPausedException'),
    v2(
      'ListConfigurationSets',
      { PageSize: 1000 },
      {
        answer: { ConfigurationSets: expect.arrayContaining([name]) as object },
      },
    ),
    v2('PutConfigurationSetDeliveryOptions', { ...of, TlsPolicy: 'OPTIONAL' }),
    notThere('PutConfigurationSetDeliveryOptions', { TlsPolicy: 'REQUIRE' }),
    v2('PutConfigurationSetSendingOptions', { ...of, SendingEnabled: true }),
    notThere('PutConfigurationSetSendingOptions', { SendingEnabled: true }),
    v2('PutConfigurationSetReputationOptions', { ...of, ReputationMetricsEnabled: true }),
    notThere('PutConfigurationSetReputationOptions', {}),
    v2('PutConfigurationSetSuppressionOptions', { ...of, SuppressedReasons: ['COMPLAINT'] }),
    notThere('PutConfigurationSetSuppressionOptions', { SuppressedReasons: [] }),
    v2('PutConfigurationSetTrackingOptions', { ...of, CustomRedirectDomain: 'click.sender.test' }),
    notThere('PutConfigurationSetTrackingOptions', {}),
    v2('GetConfigurationSet', of, {
      answer: {
        ...of,
        DeliveryOptions: { TlsPolicy: 'OPTIONAL' },
        SendingOptions: { SendingEnabled: true },
        ReputationOptions: { ReputationMetricsEnabled: true },
        SuppressionOptions: { SuppressedReasons: ['COMPLAINT'] },
        TrackingOptions: { CustomRedirectDomain: 'click.sender.test' },
        Tags: [{ Key: 'team', Value: 'shop' }],
      },
    }),
    notThere('GetConfigurationSet', {}),
  ];
}

function eventDestinations(set: string): readonly Step[] {
  const of = { ConfigurationSetName: set, EventDestinationName: 'counters' };
  const dimension = {
    DimensionName: 'campaign',
    DimensionValueSource: 'MESSAGE_TAG',
    DefaultDimensionValue: 'none',
  };
  const destination = (...MatchingEventTypes: readonly string[]) => ({
    EventDestination: {
      Enabled: true,
      MatchingEventTypes,
      CloudWatchDestination: { DimensionConfigurations: [dimension] },
    },
  });
  const create = v2('CreateConfigurationSetEventDestination', { ...of, ...destination('SEND') });
  const remove = v2('DeleteConfigurationSetEventDestination', of);
  const absent = { ...of, EventDestinationName: 'absent' };
  return [
    create,
    refused(create, 'AlreadyExistsException'),
    v2('UpdateConfigurationSetEventDestination', { ...of, ...destination('BOUNCE', 'DELIVERY_DELAY') }),
    refused(
      v2('UpdateConfigurationSetEventDestination', { ...absent, ...destination('SEND') }),
      'NotFoundException',
      404,
    ),
    v2(
      'GetConfigurationSetEventDestinations',
      { ConfigurationSetName: set },
      {
        answer: {
          EventDestinations: [
            {
              Name: 'counters',
              Enabled: true,
              MatchingEventTypes: ['BOUNCE', 'DELIVERY_DELAY'],
              CloudWatchDestination: { DimensionConfigurations: [dimension] },
            },
          ],
        },
      },
    ),
    refused(
      v2('GetConfigurationSetEventDestinations', { ConfigurationSetName: 'absent' }),
      'NotFoundException',
      404,
    ),
    remove,
    refused(remove, 'NotFoundException', 404),
  ];
}

function identities({ prefix }: Names, set: string): readonly Step[] {
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
    v2('PutEmailIdentityConfigurationSetAttributes', of),
    v2('DeleteEmailIdentity', of),
    notThere('DeleteEmailIdentity'),
  ];
}

function templates({ prefix, from, to }: Names): readonly Step[] {
  const of = { TemplateName: `${prefix}-template-v2` };
  const absent = { TemplateName: 'absent' };
  const content = (Text: string) => ({ TemplateContent: { Subject: 'v2 {{kind}} {{who}}', Text } });
  const TemplateData = (kind: string) => JSON.stringify({ kind, who: prefix });
  const create = v2('CreateEmailTemplate', { ...of, ...content('Hello') });
  const mail = { FromEmailAddress: from };
  const Destination = { ToAddresses: [to] };
  return [
    create,
    refused(create, 'AlreadyExistsException'),
    v2('UpdateEmailTemplate', { ...of, ...content('Hello {{who}}') }),
    refused(v2('UpdateEmailTemplate', { ...absent, ...content('x') }), 'NotFoundException', 404),
    v2('GetEmailTemplate', of, { answer: { ...of, ...content('Hello {{who}}') } }),
    refused(v2('GetEmailTemplate', absent), 'NotFoundException', 404),
    v2(
      'ListEmailTemplates',
      { PageSize: 100 },
      {
        answer: {
          TemplatesMetadata: expect.arrayContaining([
            { ...of, CreatedTimestamp: expect.stringMatching(/^20\d\d-/) as string },
          ]) as object,
        },
      },
    ),
    v2(
      'TestRenderEmailTemplate',
      { ...of, TemplateData: TemplateData('rendered') },
      {
        answer: {
          RenderedTemplate: expect.stringMatching(
            new RegExp(`Subject: v2 rendered ${prefix}[^]*Hello ${prefix}`),
          ) as string,
        },
      },
    ),
    refused(v2('TestRenderEmailTemplate', { ...absent, TemplateData: '{}' }), 'NotFoundException', 404),
    v2(
      'SendEmail',
      { ...mail, Destination, Content: { Template: { ...of, TemplateData: TemplateData('templated') } } },
      { answer: sent, arrives: `v2 templated ${prefix}` },
    ),
    v2(
      'SendBulkEmail',
      {
        ...mail,
        DefaultContent: { Template: { ...of, TemplateData: TemplateData('bulk') } },
        BulkEmailEntries: [{ Destination }, { Destination: { ToAddresses: ['nobody'] } }],
      },
      {
        answer: { BulkEmailEntryResults: [{ Status: 'SUCCESS', ...sent }, { Status: 'INVALID_PARAMETER' }] },
        arrives: `v2 bulk ${prefix}`,
      },
    ),
    v2('DeleteEmailTemplate', of),
    refused(v2('DeleteEmailTemplate', of), 'NotFoundException', 404),
  ];
}

const ID = /^[0-9a-f]{16}-[0-9a-f-]{36}-\d{6}$/;
const sent = { MessageId: expect.stringMatching(ID) as string };

function sending({ prefix, from, to }: Names, set: string): readonly Step[] {
  const simple = (Subject: string, more: object = {}) => ({
    FromEmailAddress: from,
    Destination: { ToAddresses: [to] },
    EmailTags: [{ Name: 'campaign', Value: 'spring' }],
    Content: {
      Simple: {
        Subject: { Data: Subject },
        Body: { Text: { Data: 'Hi' }, Html: { Data: '<p>Hi</p>' } },
        ...more,
      },
    },
  });
  const raw = `From: ${from}\r\nTo: ${to}\r\nSubject: v2 raw ${prefix}\r\n\r\nGrüße + more\r\n`;
  const extras = {
    Headers: [{ Name: 'X-Mine', Value: '1' }],
    Attachments: [{ FileName: 'a.txt', RawContent: bytes('attached') }],
  };
  return [
    v2(
      'SendEmail',
      { ...simple(`v2 simple ${prefix}`), ConfigurationSetName: set },
      {
        answer: sent,
        arrives: `v2 simple ${prefix}`,
      },
    ),
    v2('SendEmail', simple(`v2 attached ${prefix}`, extras), {
      answer: sent,
      arrives: `v2 attached ${prefix}`,
      notFor: DEBIANS,
    }),
    v2(
      'SendEmail',
      { Content: { Raw: { Data: bytes(raw) } } },
      { answer: sent, arrives: `v2 raw ${prefix}` },
    ),
    refused(v2('SendEmail', { ...simple('x'), ConfigurationSetName: 'absent' }), 'NotFoundException', 404),
    refused(v2('SendEmail', { ...simple('x'), FromEmailAddress: 'a@unverified.test' }), 'MessageRejected'),
  ];
}

function suppression({ prefix }: Names): readonly Step[] {
  const of = { EmailAddress: `${prefix}+a/b@suppressed.test` };
  const get = v2('GetSuppressedDestination', of);
  return [
    v2('PutSuppressedDestination', { ...of, Reason: 'COMPLAINT' }),
    {
      ...get,
      answer: {
        SuppressedDestination: {
          ...of,
          Reason: 'COMPLAINT',
          LastUpdateTime: expect.stringMatching(/^20\d\d-/) as string,
        },
      },
    },
    v2(
      'ListSuppressedDestinations',
      { Reasons: ['BOUNCE', 'COMPLAINT'], PageSize: 1000 },
      {
        answer: {
          SuppressedDestinationSummaries: expect.arrayContaining([expect.objectContaining(of)]) as object,
        },
      },
    ),
    v2('DeleteSuppressedDestination', of),
    refused(get, 'NotFoundException', 404),
    refused(v2('DeleteSuppressedDestination', of), 'NotFoundException', 404),
  ];
}

function tags(set: string): readonly Step[] {
  const of = { ResourceArn: `arn:aws:ses:us-east-1:000000000000:configuration-set/${set}` };
  const absent = { ResourceArn: 'arn:aws:ses:us-east-1:000000000000:configuration-set/absent' };
  return [
    v2('TagResource', { ...of, Tags: [{ Key: 'stage', Value: 'test' }] }),
    v2('UntagResource', { ...of, TagKeys: ['team', 'other'] }),
    v2('ListTagsForResource', of, { answer: { Tags: [{ Key: 'stage', Value: 'test' }] } }),
    refused(v2('ListTagsForResource', absent), 'NotFoundException', 404),
  ];
}

function account(): readonly Step[] {
  return [
    v2('PutAccountSuppressionAttributes', { SuppressedReasons: ['BOUNCE'] }),
    v2('PutAccountSendingAttributes', { SendingEnabled: false }),
    v2(
      'GetAccount',
      {},
      {
        answer: { SendingEnabled: false, SuppressionAttributes: { SuppressedReasons: ['BOUNCE'] } },
      },
    ),
    v2('PutAccountSendingAttributes', { SendingEnabled: true }),
    v2('PutAccountSuppressionAttributes', { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] }),
    v2(
      'GetAccount',
      {},
      {
        answer: {
          EnforcementStatus: 'HEALTHY',
          ProductionAccessEnabled: true,
          SendingEnabled: true,
          SendQuota: { SentLast24Hours: expect.any(Number) as number },
          SuppressionAttributes: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
        },
      },
    ),
  ];
}
