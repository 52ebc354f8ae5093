// Every operation of v2 that is served, called in an order in which each shows in what is read afterwards.
// Source: SES contract 2.1, 2.2, 2.3.
import { expect } from 'vitest';
import { identitiesOfV2 } from './identities-v2.ts';
import { sendingOfV2, templatesOfV2 } from './sending-v2.ts';
import { later, refused, v2, type Names, type Step } from './step.ts';

export function storyOfV2(names: Names): readonly Step[] {
  const set = `${names.prefix}-v2`;
  return [
    ...pools(names),
    ...configurationSets(names, set),
    ...smime(names, set),
    ...eventDestinations(set),
    ...identitiesOfV2(names, set),
    ...templatesOfV2(names),
    ...sendingOfV2(names, set),
    ...suppression(names),
    ...tags(set),
    ...account(),
    v2('DeleteDedicatedIpPool', { PoolName: `${names.prefix}-pool` }),
    refused(v2('DeleteDedicatedIpPool', { PoolName: `${names.prefix}-pool` }), 'NotFoundException', 404),
    v2('DeleteConfigurationSet', { ConfigurationSetName: set }),
    refused(v2('DeleteConfigurationSet', { ConfigurationSetName: set }), 'NotFoundException', 404),
  ];
}

function pools({ prefix }: Names): readonly Step[] {
  const of = { PoolName: `${prefix}-pool` };
  const create = v2('CreateDedicatedIpPool', of);
  const scaling = v2('PutDedicatedIpPoolScalingAttributes', { ...of, ScalingMode: 'MANAGED' }, later);
  return [
    create,
    refused(create, 'AlreadyExistsException'),
    v2('GetDedicatedIpPool', of, {
      answer: { DedicatedIpPool: { ...of, ScalingMode: 'STANDARD' } },
      ...later,
    }),
    scaling,
    v2('GetDedicatedIpPool', of, {
      answer: { DedicatedIpPool: { ...of, ScalingMode: 'MANAGED' } },
      ...later,
    }),
    refused(v2('GetDedicatedIpPool', { PoolName: 'absent' }, later), 'NotFoundException', 404),
    v2(
      'ListDedicatedIpPools',
      {},
      {
        answer: { DedicatedIpPools: expect.arrayContaining([of.PoolName]) as object },
      },
    ),
  ];
}

function smime(names: Names, set: string): readonly Step[] {
  const of = { ConfigurationSetName: set };
  const signing = (SigningScheme: object) =>
    v2('UpdateConfigurationSet', { ...of, MessageSecurityOptions: { SigningScheme } }, later);
  const shown = (SigningScheme: object) =>
    v2('GetConfigurationSet', of, { answer: { MessageSecurityOptions: { SigningScheme } }, ...later });
  const smimeScheme = { SmimeScheme: { SignatureFormat: 'DETACHED' } };
  return [
    signing(smimeScheme),
    shown(smimeScheme),
    ...certificates(names),
    signing({ DefaultScheme: {} }),
    shown({ DefaultScheme: {} }),
    refused(signing({}), 'BadRequestException'),
  ];
}

function certificates({ from: FromAddress, certificateArn: CertificateArn }: Names): readonly Step[] {
  const EmailIdentity = 'sender.test';
  const associate = (input: object) =>
    v2('AssociateEmailIdentityCertificate', { EmailIdentity, CertificateArn, ...input }, later);
  const listed = (Certificates: readonly object[]) =>
    v2('ListEmailIdentityCertificates', { EmailIdentity }, { answer: { Certificates }, ...later });
  const disassociate = (input: object) => v2('DisassociateEmailIdentityCertificate', input, later);
  const unknown = v2('ListEmailIdentityCertificates', { EmailIdentity: 'absent.test' }, later);
  return [
    refused(associate({}), 'BadRequestException'),
    refused(associate({ FromAddress, CertificateArn: 'arn:aws:acm:x' }), 'BadRequestException'),
    refused(associate({ FromAddress, CertificateArn: `${CertificateArn}-gone` }), 'NotFoundException', 404),
    associate({ FromAddress }),
    refused(associate({ FromAddress }), 'AlreadyExistsException'),
    listed([
      { FromAddress, CertificateArn, Status: 'ACTIVE', CertificateExpiryTime: expect.any(String) as string },
    ]),
    disassociate({ EmailIdentity, FromAddress }),
    disassociate({ EmailIdentity, FromAddress }),
    listed([]),
    refused(disassociate({ EmailIdentity: 'absent.test', FromAddress }), 'NotFoundException', 404),
    refused(unknown, 'NotFoundException', 404),
  ];
}

function configurationSets({ prefix, from, to }: Names, name: string): readonly Step[] {
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
    v2('PutConfigurationSetDeliveryOptions', {
      ...of,
      TlsPolicy: 'OPTIONAL',
      SendingPoolName: `${prefix}-pool`,
    }),
    refused(
      v2('PutConfigurationSetDeliveryOptions', { ...of, SendingPoolName: 'absent' }),
      'BadRequestException',
    ),
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
        DeliveryOptions: { TlsPolicy: 'OPTIONAL', SendingPoolName: `${prefix}-pool` },
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
