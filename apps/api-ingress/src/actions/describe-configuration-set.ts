// DescribeConfigurationSet (v1) and GetConfigurationSet (v2). Only what was asked for comes back on v1 (trap 15).
import type { ConfigurationSet } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';
import type { QueryAction, RestAction } from '../operation.ts';
import { v2TlsPolicy } from './tls-policy.ts';

const ATTRIBUTES = ['eventDestinations', 'trackingOptions', 'deliveryOptions', 'reputationOptions'];

export const describeConfigurationSet: QueryAction = async (parameters, context) => {
  const set = await find(parameters.required('ConfigurationSetName', 'configurationSetName'), context);
  const asked = parameters.list('ConfigurationSetAttributeNames').filter((name) => name !== '');
  const unknown = asked.find((name) => !ATTRIBUTES.includes(name));
  if (unknown !== undefined) {
    throw new ApiFault(
      'validation',
      "1 validation error detected: Value at 'configurationSetAttributeNames' failed to satisfy constraint: " +
        `Member must satisfy constraint: [Member must satisfy enum value set: [${ATTRIBUTES.join(', ')}]]`,
    );
  }
  const has = (name: string) => asked.includes(name);
  return {
    ConfigurationSet: { Name: set.name },
    ...(has('eventDestinations') ? { EventDestinations: [] } : {}),
    ...(has('deliveryOptions') ? { DeliveryOptions: { TlsPolicy: set.deliveryOptions.tlsPolicy } } : {}),
    ...(has('reputationOptions')
      ? { ReputationOptions: { SendingEnabled: true, ReputationMetricsEnabled: false } }
      : {}),
  };
};

export const getConfigurationSet: RestAction = async ({ labels }, context) => {
  const { name, deliveryOptions } = await find(labels.ConfigurationSetName ?? '', context);
  const { tlsPolicy, sendingPoolName, maxDeliverySeconds } = deliveryOptions;
  return {
    ConfigurationSetName: name,
    DeliveryOptions: {
      TlsPolicy: v2TlsPolicy(tlsPolicy),
      ...(sendingPoolName === undefined ? {} : { SendingPoolName: sendingPoolName }),
      ...(maxDeliverySeconds === undefined ? {} : { MaxDeliverySeconds: maxDeliverySeconds }),
    },
    ReputationOptions: { ReputationMetricsEnabled: false },
    SendingOptions: { SendingEnabled: true },
    Tags: [],
  };
};

async function find(name: string, context: ActionContext): Promise<ConfigurationSet> {
  const result = await context.policies.getConfigurationSet(name);
  switch (result.kind) {
    case 'set':
      return result.set;
    case 'unknown':
      throw setDoesNotExist(name);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}
