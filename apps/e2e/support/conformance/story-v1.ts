// Every operation of v1 that is served, called in an order in which each shows in what is read afterwards.
// Source: SES contract 1.4, 1.5.
import { expect } from 'vitest';
import { identitiesOfV1 } from './identities-v1.ts';
import { sendingOfV1, templatesOfV1 } from './sending-v1.ts';
import { refused, v1, type Names, type Step } from './step.ts';

const DIMENSION = {
  DimensionName: 'campaign',
  DimensionValueSource: 'messageTag',
  DefaultDimensionValue: 'none',
};

export function storyOfV1(names: Names): readonly Step[] {
  const set = `${names.prefix}-v1`;
  return [
    ...configurationSets(set),
    ...identitiesOfV1(names),
    ...templatesOfV1(names, set),
    ...sendingOfV1(names, set),
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
