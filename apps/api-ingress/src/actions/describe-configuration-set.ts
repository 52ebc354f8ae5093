// DescribeConfigurationSet (v1) and GetConfigurationSet (v2). Only what was asked for comes back on v1 (trap 15).
import type { ConfigurationSet } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';
import { choice, list, required, text } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { v2TlsPolicy } from './tls-policy.ts';

export const describeConfigurationSet = queryOperation({
  name: 'DescribeConfigurationSet',
  input: {
    ConfigurationSetName: required(text()),
    ConfigurationSetAttributeNames: list(
      choice('eventDestinations', 'trackingOptions', 'deliveryOptions', 'reputationOptions'),
    ),
  },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName, ConfigurationSetAttributeNames }, context) => {
    const set = await find(ConfigurationSetName, context);
    const asked = new Set<string>(ConfigurationSetAttributeNames);
    return {
      ConfigurationSet: { Name: set.name },
      ...(asked.has('eventDestinations') ? { EventDestinations: [] } : {}),
      ...(asked.has('deliveryOptions')
        ? { DeliveryOptions: { TlsPolicy: set.deliveryOptions.tlsPolicy } }
        : {}),
      ...(asked.has('reputationOptions')
        ? { ReputationOptions: { SendingEnabled: true, ReputationMetricsEnabled: false } }
        : {}),
    };
  },
});

export const getConfigurationSet = restOperation({
  name: 'GetConfigurationSet',
  routes: ['GET /v2/email/configuration-sets/{ConfigurationSetName}'],
  input: { ConfigurationSetName: required(text()) },
  errors: ['set-does-not-exist'],
  run: async ({ ConfigurationSetName }, context) => {
    const { name, deliveryOptions } = await find(ConfigurationSetName, context);
    return {
      ConfigurationSetName: name,
      DeliveryOptions: {
        TlsPolicy: v2TlsPolicy(deliveryOptions.tlsPolicy),
        SendingPoolName: deliveryOptions.sendingPoolName,
        MaxDeliverySeconds: deliveryOptions.maxDeliverySeconds,
      },
      ReputationOptions: { ReputationMetricsEnabled: false },
      SendingOptions: { SendingEnabled: true },
      Tags: [],
    };
  },
});

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
