// Every operation of v1 that is served, called in an order in which each shows in what is read afterwards.
// Source: SES contract 1.4, 1.5.
import { expect } from 'vitest';
import { bytes, refused, v1, type Names, type Step } from './step.ts';

const DIMENSION = {
  DimensionName: 'campaign',
  DimensionValueSource: 'messageTag',
  DefaultDimensionValue: 'none',
};

export function storyOfV1(names: Names): readonly Step[] {
  const set = `${names.prefix}-v1`;
  return [
    ...configurationSets(set),
    ...identities(names),
    ...templates(names, set),
    ...sending(names, set),
    ...account(names, set),
    v1('DeleteConfigurationSet', { ConfigurationSetName: set }),
    refused(v1('DeleteConfigurationSet', { ConfigurationSetName: set }), 'ConfigurationSetDoesNotExist'),
  ];
}

function configurationSets(name: string): readonly Step[] {
  const absent = { ConfigurationSetName: 'absent' };
  const of = { ConfigurationSetName: name };
  const create = v1('CreateConfigurationSet', { ConfigurationSet: { Name: name } });
  return [
    create,
    refused(create, 'ConfigurationSetAlreadyExists'),
    v1(
      'ListConfigurationSets',
      { MaxItems: 1000 },
      {
        answer: { ConfigurationSets: expect.arrayContaining([{ Name: name }]) as object },
      },
    ),
    v1('PutConfigurationSetDeliveryOptions', { ...of, DeliveryOptions: { TlsPolicy: 'Require' } }),
    refused(v1('PutConfigurationSetDeliveryOptions', absent), 'ConfigurationSetDoesNotExist'),
    ...eventDestinations(of, absent),
    ...trackingOptions(of),
    v1('UpdateConfigurationSetReputationMetricsEnabled', { ...of, Enabled: true }),
    refused(
      v1('UpdateConfigurationSetReputationMetricsEnabled', { ...absent, Enabled: true }),
      'ConfigurationSetDoesNotExist',
    ),
    v1('UpdateConfigurationSetSendingEnabled', { ...of, Enabled: false }),
    refused(
      v1('UpdateConfigurationSetSendingEnabled', { ...absent, Enabled: true }),
      'ConfigurationSetDoesNotExist',
    ),
    v1(
      'DescribeConfigurationSet',
      { ...of, ConfigurationSetAttributeNames: ATTRIBUTES },
      {
        answer: {
          ConfigurationSet: { Name: name },
          DeliveryOptions: { TlsPolicy: 'Require' },
          TrackingOptions: { CustomRedirectDomain: 'other.sender.test' },
          ReputationOptions: { SendingEnabled: false, ReputationMetricsEnabled: true },
          EventDestinations: [
            {
              Name: 'counters',
              Enabled: true,
              MatchingEventTypes: ['delivery'],
              CloudWatchDestination: { DimensionConfigurations: [DIMENSION] },
            },
          ],
        },
      },
    ),
    refused(v1('DescribeConfigurationSet', absent), 'ConfigurationSetDoesNotExist'),
    v1('DeleteConfigurationSetTrackingOptions', of),
    refused(v1('DeleteConfigurationSetTrackingOptions', of), 'TrackingOptionsDoesNotExistException'),
    v1('DeleteConfigurationSetEventDestination', { ...of, EventDestinationName: 'counters' }),
    refused(
      v1('DeleteConfigurationSetEventDestination', { ...of, EventDestinationName: 'counters' }),
      'EventDestinationDoesNotExist',
    ),
  ];
}

const ATTRIBUTES = ['eventDestinations', 'trackingOptions', 'deliveryOptions', 'reputationOptions'];

function eventDestinations(of: object, absent: object): readonly Step[] {
  const destination = (...MatchingEventTypes: readonly string[]) => ({
    EventDestination: {
      Name: 'counters',
      Enabled: true,
      MatchingEventTypes,
      CloudWatchDestination: { DimensionConfigurations: [DIMENSION] },
    },
  });
  const create = v1('CreateConfigurationSetEventDestination', { ...of, ...destination('send', 'bounce') });
  return [
    create,
    refused(create, 'EventDestinationAlreadyExists'),
    refused(
      v1('CreateConfigurationSetEventDestination', { ...absent, ...destination('send') }),
      'ConfigurationSetDoesNotExist',
    ),
    v1('UpdateConfigurationSetEventDestination', { ...of, ...destination('delivery') }),
    refused(
      v1('UpdateConfigurationSetEventDestination', { ...absent, ...destination('send') }),
      'ConfigurationSetDoesNotExist',
    ),
  ];
}

function trackingOptions(of: object): readonly Step[] {
  const options = (CustomRedirectDomain: string) => ({ ...of, TrackingOptions: { CustomRedirectDomain } });
  const create = v1('CreateConfigurationSetTrackingOptions', options('click.sender.test'));
  const update = v1('UpdateConfigurationSetTrackingOptions', options('other.sender.test'));
  return [
    refused(update, 'TrackingOptionsDoesNotExistException'),
    create,
    refused(create, 'TrackingOptionsAlreadyExistsException'),
    update,
  ];
}

function identities({ prefix }: Names): readonly Step[] {
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

/** The AWS CLI has no command for them any more. */
const deprecated = { notFor: ['cli'] } as const;

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

function templates({ prefix, from, to }: Names, set: string): readonly Step[] {
  const name = `${prefix}-template-v1`;
  const template = (TextPart: string) => ({
    Template: { TemplateName: name, SubjectPart: 'v1 {{kind}} {{who}}', TextPart },
  });
  const create = v1('CreateTemplate', template('Hello'));
  const TemplateData = (kind: string) => JSON.stringify({ kind, who: prefix });
  const mail = { Source: from, Template: name, ConfigurationSetName: set };
  const paused = v1('SendTemplatedEmail', {
    ...mail,
    Destination: { ToAddresses: [to] },
    TemplateData: TemplateData('templated'),
  });
  return [
    create,
    refused(create, 'AlreadyExists'),
    v1('UpdateTemplate', template('Hello {{who}}')),
    v1('GetTemplate', { TemplateName: name }, { answer: template('Hello {{who}}') }),
    refused(v1('GetTemplate', { TemplateName: 'absent' }), 'TemplateDoesNotExist'),
    v1(
      'ListTemplates',
      { MaxItems: 100 },
      {
        answer: {
          TemplatesMetadata: expect.arrayContaining([
            { Name: name, CreatedTimestamp: expect.stringMatching(/^20\d\d-/) as string },
          ]) as object,
        },
      },
    ),
    v1(
      'TestRenderTemplate',
      { TemplateName: name, TemplateData: TemplateData('rendered') },
      {
        answer: {
          RenderedTemplate: expect.stringMatching(
            new RegExp(`Subject: v1 rendered ${prefix}[^]*Hello ${prefix}`),
          ) as string,
        },
      },
    ),
    refused(
      v1('TestRenderTemplate', { TemplateName: name, TemplateData: '{}' }),
      'MissingRenderingAttribute',
    ),
    refused(paused, 'ConfigurationSetSendingPausedException'),
    v1('UpdateConfigurationSetSendingEnabled', { ConfigurationSetName: set, Enabled: true }),
    { ...paused, answer: sent, arrives: `v1 templated ${prefix}` },
    v1(
      'SendBulkTemplatedEmail',
      {
        ...mail,
        DefaultTemplateData: TemplateData('bulk'),
        Destinations: [{ Destination: { ToAddresses: [to] } }, { Destination: { ToAddresses: ['nobody'] } }],
      },
      {
        answer: {
          Status: [
            { Status: 'Success', MessageId: expect.stringMatching(ID) as string },
            { Status: 'InvalidParameterValue' },
          ],
        },
        arrives: `v1 bulk ${prefix}`,
      },
    ),
    v1('DeleteTemplate', { TemplateName: name }),
    refused({ ...paused, answer: {} }, 'TemplateDoesNotExist'),
  ];
}

const ID = /^[0-9a-f]{16}-[0-9a-f-]{36}-\d{6}$/;
const sent = { MessageId: expect.stringMatching(ID) as string };

function sending({ prefix, from, to }: Names, set: string): readonly Step[] {
  const composed = (Subject: string, more: object = {}) =>
    v1('SendEmail', {
      Source: from,
      Destination: { ToAddresses: [to], CcAddresses: [] },
      Message: { Subject: { Data: Subject }, Body: { Text: { Data: 'Hi' }, Html: { Data: '<p>Hi</p>' } } },
      Tags: [{ Name: 'campaign', Value: 'spring' }],
      ...more,
    });
  const raw = `From: ${from}\r\nTo: ${to}\r\nSubject: v1 raw ${prefix}\r\n\r\nGrüße + more\r\n`;
  return [
    {
      ...composed(`v1 composed ${prefix}`, { ConfigurationSetName: set }),
      answer: sent,
      arrives: `v1 composed ${prefix}`,
    },
    refused(composed('x', { ConfigurationSetName: 'absent' }), 'ConfigurationSetDoesNotExist'),
    refused(composed('x', { Source: 'a@unverified.test' }), 'MessageRejected'),
    v1('SendRawEmail', { RawMessage: { Data: bytes(raw) } }, { answer: sent, arrives: `v1 raw ${prefix}` }),
    refused(
      v1('SendRawEmail', { RawMessage: { Data: bytes(`To: ${to}\r\n\r\nx`) } }),
      'InvalidParameterValue',
    ),
  ];
}

function account({ from, to }: Names, set: string): readonly Step[] {
  const mail = {
    Source: from,
    Destination: { ToAddresses: [to] },
    Message: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } } },
    ConfigurationSetName: set,
  };
  return [
    v1(
      'GetSendQuota',
      {},
      {
        answer: {
          Max24HourSend: expect.any(Number) as number,
          MaxSendRate: expect.any(Number) as number,
          SentLast24Hours: expect.any(Number) as number,
        },
      },
    ),
    v1('GetSendStatistics', {}, { answer: { SendDataPoints: expect.any(Array) as object } }),
    v1('UpdateAccountSendingEnabled', { Enabled: false }),
    v1('GetAccountSendingEnabled', {}, { answer: { Enabled: false } }),
    refused(v1('SendEmail', mail), 'AccountSendingPausedException'),
    v1('UpdateAccountSendingEnabled', { Enabled: true }),
    v1('GetAccountSendingEnabled', {}, { answer: { Enabled: true } }),
  ];
}
